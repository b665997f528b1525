//! From an object in a file to a log group, which is set up together with rules and groups.

use super::file_values::{Keys, Values};
use super::findings::{Findings, quoted};
use super::json_spans::Node;
use super::rule_reader::members;
use crate::model::log::{LogClass, RETENTION_DAYS};
use crate::model::wanted::{KmsKey, WantedLogGroup};

const KEYS: Keys = Keys {
    known: &[
        "logGroupName",
        "retentionInDays",
        "logGroupClass",
        "kmsKeyId",
        "deletionProtectionEnabled",
        "tags",
    ],
    given: &[
        "arn",
        "logGroupArn",
        "creationTime",
        "storedBytes",
        "metricFilterCount",
    ],
};

/// A log group and the place of its name.
pub struct ReadLogGroup<'n> {
    /// The group.
    pub wanted: WantedLogGroup,
    /// Where its name stands, if it has one.
    pub name: Option<&'n Node>,
}

/// Reads a log group as `aws logs create-log-group` takes it and `describe-log-groups` prints it, with its
/// days of retention, without which it keeps lines for ever.
///
/// `None` if it is no object. A returned group may be used only if no error was found.
pub fn read<'n>(node: &'n Node, findings: &mut Findings) -> Option<ReadLogGroup<'n>> {
    let members = members(node, findings)?;
    let mut values = Values::of(node, members, KEYS, findings);
    values.require(&["logGroupName"], findings);
    let name = values.text("logGroupName", "stand-in".to_string(), findings);
    if let Some(message) = fault_of_name(&name) {
        values.blame("logGroupName", &message, findings);
    }
    let retention_days = values.get("retentionInDays").map(|_| {
        let days = values.whole_number("retentionInDays", 7, findings);
        let days = u32::try_from(days).unwrap_or(0);
        if !RETENTION_DAYS.contains(&days) {
            let allowed: Vec<String> = RETENTION_DAYS.iter().map(ToString::to_string).collect();
            let message = format!("must be one of {}", allowed.join(", "));
            values.blame("retentionInDays", &message, findings);
        }
        days
    });
    let class = values.get("logGroupClass").and_then(|_| {
        let class = values.text("logGroupClass", "STANDARD".to_string(), findings);
        let known = LogClass::ALL.into_iter().find(|it| it.name() == class);
        if known.is_none() {
            let names = LogClass::ALL.map(LogClass::name).join(", ");
            let message = format!("must be one of {names}, not {}", quoted(&class));
            values.blame("logGroupClass", &message, findings);
        }
        known
    });
    let kms_key = values.get("kmsKeyId").map(|_| {
        let arn = values.text("kmsKeyId", "arn:".to_string(), findings);
        if !arn.starts_with("arn:") || arn.len() > 256 {
            let message = "must be the ARN of a KMS key, of 256 characters at most";
            values.blame("kmsKeyId", message, findings);
        }
        KmsKey::Arn(arn)
    });
    let is_protected = values
        .get("deletionProtectionEnabled")
        .map(|_| values.flag("deletionProtectionEnabled", findings));
    let tags = values.tags("tags", findings);
    let place = values.get("logGroupName");
    Some(ReadLogGroup {
        wanted: WantedLogGroup {
            name,
            retention_days,
            has_usual_days: false,
            class,
            kms_key,
            is_protected,
            tags,
        },
        name: place,
    })
}

/// Source: CloudWatch Logs API, CreateLogGroup.
fn fault_of_name(name: &str) -> Option<String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    if !(1..=512).contains(&name.chars().count()) {
        return Some("must have 1 to 512 characters".to_string());
    }
    if name.starts_with("aws/") {
        return Some("must not begin with aws/, which is AWS's own".to_string());
    }
    let odd = name.chars().find(|c| !is_allowed(*c))?;
    Some(format!(
        "may have letters, digits and . - _ / #, not {odd:?}"
    ))
}
