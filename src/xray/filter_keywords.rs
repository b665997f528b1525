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

/// Returns the keyword that a word of other tools means here.
pub fn meant(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "status"
        | "statuscode"
        | "status_code"
        | "http.status_code"
        | "http.statuscode"
        | "http.response.status_code"
        | "code" => "http.status",
        "url" | "path" | "uri" | "http.path" | "http.route" | "http.target" | "url.path"
        | "url.full" => "http.url",
        "method" | "http.request.method" => "http.method",
        "useragent" | "user_agent" | "http.user_agent" => "http.useragent",
        "clientip" | "client_ip" | "ip" | "http.client_ip" => "http.clientip",
        "latency" | "response_time" | "elapsed" => "responsetime",
        "duration_ms" => "duration",
        "throttled" => "throttle",
        "failed" | "failure" | "5xx" => "fault",
        "4xx" => "error",
        "group" => "group.name",
        _ => return None,
    })
}

/// Returns the operator that a word of other languages means here.
pub fn operator_meant(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "like" | "ilike" | "matches" | "match" | "regex" | "has" | "includes" | "include"
        | "contain" => "CONTAINS",
        "startswith" | "starts_with" | "starts-with" | "starts" | "begins_with" | "begins-with"
        | "begins" => "BEGINSWITH",
        "ends_with" | "ends-with" | "ends" => "ENDSWITH",
        "is" | "eq" | "equals" | "equal" | "in" => "=",
        "ne" | "neq" => "!=",
        "gt" => ">",
        "lt" => "<",
        "gte" | "ge" => ">=",
        "lte" | "le" => "<=",
        _ => return None,
    })
}

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
