//! From an object in a file to a group: whether its values are allowed.

use super::file_values::{Keys, Values};
use super::filter;
use super::filter_doubts::{filter_doubts, named_services};
use super::findings::{Findings, quoted};
use super::json_spans::{Json, Node, within_string};
use super::rule_reader::members;
use crate::model::wanted::{Insights, WantedGroup};

const KEYS: Keys = Keys {
    known: &[
        "GroupName",
        "FilterExpression",
        "InsightsConfiguration",
        "Tags",
    ],
    given: &["GroupARN"],
};
const INSIGHTS_KEYS: Keys = Keys {
    known: &["InsightsEnabled", "NotificationsEnabled"],
    given: &[],
};

/// A group and the place of its name.
pub struct ReadGroup<'n> {
    /// The group.
    pub wanted: WantedGroup,
    /// Where its name stands, if it has one.
    pub name: Option<&'n Node>,
}

/// Reads a group as `aws xray create-group` takes it and `get-groups` prints it; `text` is the whole
/// file.
///
/// `None` if it is no object. A returned group may be used only if no error was found.
pub fn read<'n>(node: &'n Node, text: &str, findings: &mut Findings) -> Option<ReadGroup<'n>> {
    let members = members(node, findings)?;
    let mut values = Values::of(node, members, KEYS, findings);
    values.require(&["GroupName", "FilterExpression"], findings);
    let name = values.text("GroupName", "stand-in".to_string(), findings);
    // Source: X-Ray API, CreateGroup.
    let length = name.chars().count();
    if !(1..=32).contains(&length) {
        let message = format!("must have 1 to 32 characters, not {length}");
        values.blame("GroupName", &message, findings);
    }
    if name == "Default" {
        let message = "must not be `Default`, which is X-Ray's own group";
        values.blame("GroupName", message, findings);
    }
    let wanted = WantedGroup {
        name,
        filter_expression: values.text("FilterExpression", String::new(), findings),
        insights: read_insights(&mut values, findings),
        tags: values.tags("Tags", findings),
    };
    if let Some(expression) = values.get("FilterExpression") {
        check_filter(expression, &wanted.name, text, findings);
    }
    let name = values.get("GroupName");
    Some(ReadGroup { wanted, name })
}

fn read_insights(values: &mut Values<'_>, findings: &mut Findings) -> Option<Insights> {
    let (node, members) = values.object("InsightsConfiguration", findings)?;
    let mut insights = Values::of(node, members, INSIGHTS_KEYS, findings);
    let read = Insights {
        is_enabled: insights.flag("InsightsEnabled", findings),
        notifies: insights.flag("NotificationsEnabled", findings),
    };
    if read.notifies && !read.is_enabled {
        let message = "may be true only if `InsightsEnabled` is true";
        insights.blame("NotificationsEnabled", message, findings);
    }
    Some(read)
}

/// Points at the place inside of the expression where it goes wrong, or where it can hardly be meant.
fn check_filter(node: &Node, group: &str, text: &str, findings: &mut Findings) {
    let Json::String(expression) = &node.json else {
        return;
    };
    if expression.trim().is_empty() {
        let message = "`FilterExpression` is empty, which X-Ray refuses";
        let help = "the group Default has every trace; a group of all is `responsetime >= 0`";
        findings.error(&node.span, message, Some(help.to_string()));
        return;
    }
    // Other groups may be in the account, so any name is taken for one.
    if let Err(error) = filter::parse(expression, &|_| Some(String::new())) {
        let at = error.at.saturating_sub(1);
        let span = within_string(text, &node.span, at, error.length);
        let help = error.right.as_ref().map(|right| {
            // Inside of JSON the quotes need their backslashes.
            let escaped = serde_json::json!(right).to_string();
            let inner = escaped
                .strip_prefix('"')
                .and_then(|it| it.strip_suffix('"'));
            format!("write {}", inner.unwrap_or(right))
        });
        let message = format!("in the filter expression: {}", error.what_alone());
        findings.error(&span, message, help);
        return;
    }
    for doubt in filter_doubts(expression, Some(group)) {
        let span = within_string(text, &node.span, doubt.start, doubt.length);
        let message = format!("in the filter expression: {}", doubt.message);
        findings.warning(&span, message, doubt.help);
    }
    for service in named_services(expression) {
        let is_doubted = !filter_doubts(expression, None)
            .iter()
            .all(|doubt| doubt.start != service.start);
        let Some(unknown) = findings.services.unknown_name(&service.name) else {
            continue;
        };
        if is_doubted {
            continue;
        }
        let span = within_string(text, &node.span, service.start, service.length);
        let message = format!(
            "in the filter expression: {} is the name of no service: {}",
            quoted(&service.name),
            unknown.known
        );
        let help = unknown.near.map(|near| format!("did you mean `{near}`?"));
        findings.warning(&span, message, help);
    }
}
