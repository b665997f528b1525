//! From an object in a file to a sampling rule: whether its values are allowed.

use super::file_values::{Keys, Values};
use super::findings::Findings;
use super::json_spans::{Json, Member, Node};
use super::rule_keys::{RULE_AND_TAGS_KEYS, RULE_KEYS, Reading, reading};
use super::rule_limits::violations;
use crate::model::sampling::{RateBoost, SamplingRule};
use crate::model::sampling_doubts::rule_doubts;
use crate::model::wanted::{Tags, WantedRule};

/// The keys around a rule, as `aws xray create-sampling-rule` takes them and `get-sampling-rules` prints
/// them.
const ENTRY_KEYS: Keys = Keys {
    known: &["SamplingRule", "Tags"],
    given: &["CreatedAt", "ModifiedAt"],
};
const KEYS: Keys = Keys {
    known: RULE_KEYS,
    given: &["RuleARN"],
};
/// A rule without anything around it has its tags inside.
const KEYS_WITH_TAGS: Keys = Keys {
    known: &RULE_AND_TAGS_KEYS,
    given: &["RuleARN"],
};
const BOOST_KEYS: Keys = Keys {
    known: &["MaxRate", "CooldownWindowMinutes"],
    given: &[],
};
const OPTIONAL_KEYS: [&str; 2] = ["Attributes", "SamplingRateBoost"];

/// A rule and the place of its name.
pub struct ReadRule<'n> {
    /// The rule.
    pub wanted: WantedRule,
    /// Where its name stands, if it has one.
    pub name: Option<&'n Node>,
}

/// Tells whether `key` is one of a rule, or is near to one.
pub fn is_rule_key(key: &str) -> bool {
    !matches!(reading(key, RULE_KEYS), Reading::Unknown(_))
}

/// Reads `{"SamplingRule": {…}, "Tags": […]}`, or the inner object alone with its tags inside.
///
/// `None` if there is no object that could be a rule. A returned rule may be used only if no error was
/// found: stand-ins take the place of what is missing.
pub fn read<'n>(
    node: &'n Node,
    members: &'n [Member],
    findings: &mut Findings,
) -> Option<ReadRule<'n>> {
    let is_wrapper =
        |member: &Member| !matches!(reading(&member.key, &["SamplingRule"]), Reading::Unknown(_));
    let has_wrapper = members.iter().any(is_wrapper);
    if !has_wrapper && members.iter().any(|member| is_rule_key(&member.key)) {
        return Some(read_rule(node, members, KEYS_WITH_TAGS, findings));
    }

    let help = |member: &Member| {
        Some(match is_rule_key(&member.key) {
            true => "move it into `SamplingRule`".to_string(),
            false => "beside `SamplingRule` there may be `Tags`, and nothing else".to_string(),
        })
    };
    let mut entry = Values::with_help(node, members, ENTRY_KEYS, findings, help);
    entry.require(&["SamplingRule"], findings);
    let tags = entry.tags("Tags", findings);
    let (inner, members) = entry.object("SamplingRule", findings)?;
    let mut read = read_rule(inner, members, KEYS, findings);
    read.wanted.tags = tags;
    Some(read)
}

fn read_rule<'n>(
    node: &'n Node,
    members: &'n [Member],
    keys: Keys,
    findings: &mut Findings,
) -> ReadRule<'n> {
    let mut values = Values::of(node, members, keys, findings);
    let is_required = |key: &&str| !OPTIONAL_KEYS.contains(key);
    let required: Vec<&str> = RULE_KEYS.iter().copied().filter(is_required).collect();
    values.require(&required, findings);

    // Where a value is missing or unreadable, another stands in, so that the rest is checked all the
    // same; the rule is then not used. It keeps within every limit, or it would be found fault with.
    let fallback = SamplingRule {
        rule_name: "stand-in".to_string(),
        priority: 1,
        ..SamplingRule::default_rule()
    };
    let rule = SamplingRule {
        rule_name: values.text("RuleName", fallback.rule_name, findings),
        resource_arn: values.text("ResourceARN", fallback.resource_arn, findings),
        priority: values.whole_number("Priority", fallback.priority, findings),
        fixed_rate: values.number("FixedRate", fallback.fixed_rate, findings),
        reservoir_size: values.whole_number("ReservoirSize", fallback.reservoir_size, findings),
        service_name: values.text("ServiceName", fallback.service_name, findings),
        service_type: values.text("ServiceType", fallback.service_type, findings),
        host: values.text("Host", fallback.host, findings),
        http_method: values.text("HTTPMethod", fallback.http_method, findings),
        url_path: values.text("URLPath", fallback.url_path, findings),
        version: values.whole_number("Version", fallback.version, findings),
        attributes: values.texts("Attributes", findings),
        rate_boost: None,
    };
    for violation in violations(&rule) {
        values.blame(violation.key, &violation.message, findings);
    }
    for doubt in rule_doubts(&rule, &findings.services) {
        values.doubt(doubt.key, &doubt.message, doubt.help, findings);
    }
    let name = values.get("RuleName");
    if let ("Default", Some(name)) = (rule.rule_name.as_str(), name) {
        let help = "choose another name".to_string();
        let message = "`Default` is the name of X-Ray's own rule";
        findings.error(&name.span, message, Some(help));
    }
    let rate_boost = read_boost(&mut values, &rule, findings);
    ReadRule {
        wanted: WantedRule {
            rule: SamplingRule { rate_boost, ..rule },
            tags: if keys.known.contains(&"Tags") {
                values.tags("Tags", findings)
            } else {
                Tags::new()
            },
        },
        name,
    }
}

/// Reads how far the rate may be raised, and checks that alone; `rule` is what it belongs to.
fn read_boost(
    values: &mut Values<'_>,
    rule: &SamplingRule,
    findings: &mut Findings,
) -> Option<RateBoost> {
    let (node, members) = values.object("SamplingRateBoost", findings)?;
    let mut boost = Values::of(node, members, BOOST_KEYS, findings);
    boost.require(BOOST_KEYS.known, findings);
    let read = RateBoost {
        max_rate: boost.number("MaxRate", 0.0, findings),
        cooldown_minutes: boost.whole_number("CooldownWindowMinutes", 0, findings),
    };
    let rule = SamplingRule {
        rate_boost: Some(read),
        ..rule.clone()
    };
    for violation in violations(&rule) {
        if let Some(key) = violation.key.strip_prefix("SamplingRateBoost.") {
            boost.blame(key, &violation.message, findings);
        }
    }
    Some(read)
}

/// Returns the members of an object, or reports what else it is.
pub fn members<'n>(node: &'n Node, findings: &mut Findings) -> Option<&'n [Member]> {
    match &node.json {
        Json::Object(members) => Some(members),
        other => {
            let message = format!("expected an object, found {}", other.kind());
            findings.error(&node.span, message, None);
            None
        }
    }
}
