//! The words of filter expressions.

use super::filter::{CauseKind, CausePart, Flag, NumberKey, TextKey};

/// How deep parentheses and braces may stand in each other.
pub const MAX_DEPTH: usize = 32;

/// Every keyword there is, for those that are misspelt.
///
/// Source: X-Ray Developer Guide, "Using filter expressions".
pub const KEYWORDS: [&str; 45] = [
    "ok",
    "error",
    "throttle",
    "fault",
    "partial",
    "inferred",
    "first",
    "last",
    "remote",
    "root",
    "responsetime",
    "duration",
    "http.status",
    "index",
    "coverage",
    "http.url",
    "http.method",
    "http.useragent",
    "http.clientip",
    "user",
    "name",
    "type",
    "message",
    "availabilityzone",
    "instance.id",
    "resource.arn",
    "service",
    "edge",
    "annotation.KEY",
    "group.name",
    "group.arn",
    "json",
    "rootcause.json",
    "rootcause.responsetime.service",
    "rootcause.responsetime.entity",
    "rootcause.responsetime.exception",
    "rootcause.fault.service",
    "rootcause.fault.entity",
    "rootcause.fault.exception",
    "rootcause.error.service",
    "rootcause.error.entity",
    "rootcause.error.exception",
    "AND",
    "OR",
    "id",
];

/// Returns the boolean keyword that is so called, in lower case.
pub fn flag_named(keyword: &str) -> Option<Flag> {
    Some(match keyword {
        "ok" => Flag::Ok,
        "error" => Flag::Error,
        "throttle" => Flag::Throttle,
        "fault" => Flag::Fault,
        "partial" => Flag::Partial,
        "inferred" => Flag::Inferred,
        "first" => Flag::First,
        "last" => Flag::Last,
        "remote" => Flag::Remote,
        "root" => Flag::Root,
        _ => return None,
    })
}

/// Returns the number keyword that is so called, in lower case.
pub fn number_named(keyword: &str) -> Option<NumberKey> {
    Some(match keyword {
        "responsetime" => NumberKey::ResponseTime,
        "duration" => NumberKey::Duration,
        "http.status" => NumberKey::HttpStatus,
        "index" => NumberKey::Index,
        "coverage" => NumberKey::Coverage,
        _ => return None,
    })
}

/// Returns the text keyword that is so called, in lower case.
pub fn text_named(keyword: &str) -> Option<TextKey> {
    Some(match keyword {
        "http.url" => TextKey::HttpUrl,
        "http.method" => TextKey::HttpMethod,
        "http.useragent" => TextKey::HttpUserAgent,
        "http.clientip" => TextKey::HttpClientIp,
        "user" => TextKey::User,
        "name" => TextKey::Name,
        "type" => TextKey::Type,
        "message" => TextKey::Message,
        "availabilityzone" => TextKey::AvailabilityZone,
        "instance.id" => TextKey::InstanceId,
        "resource.arn" => TextKey::ResourceArn,
        _ => return None,
    })
}

/// Returns which root causes, and what of them, `rootcause.KIND.PART` means, in lower case.
pub fn cause_named(keyword: &str) -> Option<(CauseKind, CausePart)> {
    let (kind, part) = keyword.strip_prefix("rootcause.")?.split_once('.')?;
    let kind = match kind {
        "responsetime" => CauseKind::ResponseTime,
        "fault" => CauseKind::Fault,
        "error" => CauseKind::Error,
        _ => return None,
    };
    let part = match part {
        "service" => CausePart::Service,
        "entity" => CausePart::Entity,
        "exception" => CausePart::Exception,
        _ => return None,
    };
    Some((kind, part))
}
