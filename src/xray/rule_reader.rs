//! From a file's JSON to a rule: which keys are meant, and whether their values are allowed.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::{Findings, quoted};
use super::json_spans::{Json, Member, Node};
use super::rule_keys::{RULE_KEYS, Reading, WRAPPER_KEYS, reading};
use super::rule_limits::violations;
use crate::model::sampling::SamplingRule;

/// Reads the rule inside `root`.
///
/// `None` if there is no object that could be one. A returned rule may be used only if no error was
/// found: stand-ins take the place of what is missing.
pub fn read(root: &Node, findings: &mut Findings) -> Option<SamplingRule> {
    let (rule, members) = rule_members(root, findings)?;
    Some(read_rule(rule, members, findings))
}

/// Finds the object with the rule: inside `SamplingRule`, or the outermost one.
fn rule_members<'n>(root: &'n Node, findings: &mut Findings) -> Option<(&'n Node, &'n [Member])> {
    let Json::Object(outer) = &root.json else {
        let message = format!("expected an object, found {}", root.json.kind());
        findings.error(&root.span, message, None);
        return None;
    };
    let is_wrapper =
        |member: &&Member| !matches!(reading(&member.key, &WRAPPER_KEYS), Reading::Unknown(_));
    let is_rule_key =
        |member: &Member| !matches!(reading(&member.key, &RULE_KEYS), Reading::Unknown(_));
    let wrappers: Vec<&Member> = outer.iter().filter(is_wrapper).collect();
    if wrappers.is_empty() && outer.iter().any(is_rule_key) {
        return Some((root, outer));
    }

    for member in outer.iter().filter(|member| !is_wrapper(member)) {
        let help = if is_rule_key(member) {
            "move it into `SamplingRule`"
        } else {
            "a rule file holds `SamplingRule` and nothing else"
        };
        let message = format!("unknown key {}", quoted(&member.key));
        findings.error(&member.key_span, message, Some(help.to_string()));
    }
    let Some(wrapper) = unique("SamplingRule", &wrappers, findings) else {
        if wrappers.is_empty() {
            let brace = root.span.start..root.span.start + 1;
            findings.error(&brace, "missing key `SamplingRule`", None);
        }
        return None;
    };
    match &wrapper.value.json {
        Json::Object(members) => Some((&wrapper.value, members)),
        other => {
            let message = format!("`SamplingRule` must be an object, not {}", other.kind());
            findings.error(&wrapper.value.span, message, None);
            None
        }
    }
}

/// Returns the first of the members that mean the key `right`, and reports if it is misspelt or
/// if there are several.
fn unique<'n>(
    right: &'static str,
    members: &[&'n Member],
    findings: &mut Findings,
) -> Option<&'n Member> {
    let (first, others) = members.split_first()?;
    for other in others {
        let message = if other.key == first.key {
            format!("duplicate key {}", quoted(&other.key))
        } else {
            format!(
                "{} and {} both mean `{right}`",
                quoted(&first.key),
                quoted(&other.key)
            )
        };
        let help = format!("keep one of them, spelt `{right}`");
        findings.error(&other.key_span, message, Some(help));
    }
    if first.key != right && others.is_empty() {
        let message = format!("unknown key {}, read as `{right}`", quoted(&first.key));
        let help = format!("spell it `{right}`");
        findings.warning(&first.key_span, message, Some(help));
        findings.renames.push((first.key_span.clone(), right));
    }
    Some(first)
}

fn read_rule(rule: &Node, members: &[Member], findings: &mut Findings) -> SamplingRule {
    let mut meant: BTreeMap<&'static str, Vec<&Member>> = BTreeMap::new();
    for member in members {
        match reading(&member.key, &RULE_KEYS) {
            Reading::Exact(key) | Reading::Misspelt(key) => {
                meant.entry(key).or_default().push(member);
            }
            Reading::Unknown(asked) => unknown_key(member, asked, findings),
        }
    }
    let mut values: BTreeMap<&'static str, &Node> = BTreeMap::new();
    for (key, members) in meant {
        if let Some(member) = unique(key, &members, findings) {
            values.insert(key, &member.value);
        }
    }
    report_missing(rule, &values, findings);

    // Where a value is missing or unreadable, another stands in, so that the rest is checked all the
    // same; the rule is then not used. It keeps within every limit, or it would be found fault with.
    let fallback = SamplingRule {
        rule_name: "stand-in".to_string(),
        priority: 1,
        ..SamplingRule::default_rule()
    };
    let mut reader = ValueReader {
        values: &values,
        findings,
        refused: BTreeSet::new(),
    };
    let read = SamplingRule {
        rule_name: reader.text("RuleName", fallback.rule_name),
        resource_arn: reader.text("ResourceARN", fallback.resource_arn),
        priority: reader.whole_number("Priority", fallback.priority),
        fixed_rate: reader.number("FixedRate", fallback.fixed_rate),
        reservoir_size: reader.whole_number("ReservoirSize", fallback.reservoir_size),
        service_name: reader.text("ServiceName", fallback.service_name),
        service_type: reader.text("ServiceType", fallback.service_type),
        host: reader.text("Host", fallback.host),
        http_method: reader.text("HTTPMethod", fallback.http_method),
        url_path: reader.text("URLPath", fallback.url_path),
        version: reader.whole_number("Version", fallback.version),
        attributes: reader.attributes(),
    };
    let refused = reader.refused;
    for violation in violations(&read) {
        let Some(value) = values.get(violation.key) else {
            continue;
        };
        if !refused.contains(violation.key) {
            let message = format!("`{}` {}", violation.key, violation.message);
            findings.error(&value.span, message, None);
        }
    }
    if let ("Default", Some(value)) = (read.rule_name.as_str(), values.get("RuleName")) {
        let help = "choose another name".to_string();
        findings.error(
            &value.span,
            "`Default` is the name of X-Ray's own rule",
            Some(help),
        );
    }
    read
}

fn unknown_key(member: &Member, asked: Option<&'static str>, findings: &mut Findings) {
    let span = &member.key_span;
    match (member.key.as_str(), asked) {
        // `get-sampling-rules` prints it, so it stands in files that were made from its answer.
        ("RuleARN", _) => findings.warning(
            span,
            "`RuleARN` is given by X-Ray and not read",
            Some("remove it".to_string()),
        ),
        ("SamplingRateBoost", _) => findings.error(
            span,
            "`SamplingRateBoost` is not supported",
            Some("remove it, or create the rule with the AWS CLI".to_string()),
        ),
        (key, Some(asked)) => findings.error(
            span,
            format!("unknown key {}", quoted(key)),
            Some(format!("did you mean `{asked}`?")),
        ),
        (key, None) => findings.error(
            span,
            format!("unknown key {}", quoted(key)),
            Some(format!("the keys are {}", RULE_KEYS.join(", "))),
        ),
    }
}

fn report_missing(rule: &Node, values: &BTreeMap<&str, &Node>, findings: &mut Findings) {
    let missing: Vec<String> = RULE_KEYS
        .iter()
        .filter(|key| **key != "Attributes" && !values.contains_key(**key))
        .map(|key| format!("`{key}`"))
        .collect();
    if !missing.is_empty() {
        let brace = rule.span.start..rule.span.start + 1;
        let keys = if missing.len() == 1 { "key" } else { "keys" };
        findings.error(
            &brace,
            format!("missing {keys} {}", missing.join(", ")),
            None,
        );
    }
}

struct ValueReader<'n, 'f> {
    values: &'n BTreeMap<&'static str, &'n Node>,
    findings: &'f mut Findings,
    /// The keys whose values could not be read; their stand-ins are not checked further.
    refused: BTreeSet<&'static str>,
}

impl ValueReader<'_, '_> {
    fn text(&mut self, key: &'static str, fallback: String) -> String {
        match self.values.get(key) {
            None => fallback,
            Some(Node {
                json: Json::String(text),
                ..
            }) => text.clone(),
            Some(node) => {
                self.refuse(key, node, "a string");
                fallback
            }
        }
    }

    fn whole_number(&mut self, key: &'static str, fallback: i64) -> i64 {
        let Some(node) = self.values.get(key) else {
            return fallback;
        };
        let Json::Number(number) = &node.json else {
            self.refuse(key, node, "a whole number");
            return fallback;
        };
        match number.parse() {
            Ok(whole) => whole,
            // Out of 64 bits is out of range as well, and the limits say so.
            Err(_) if !number.contains(['.', 'e', 'E']) && number.starts_with('-') => i64::MIN,
            Err(_) if !number.contains(['.', 'e', 'E']) => i64::MAX,
            Err(_) => {
                self.refuse(key, node, "a whole number");
                fallback
            }
        }
    }

    fn number(&mut self, key: &'static str, fallback: f64) -> f64 {
        match self.values.get(key) {
            None => fallback,
            Some(Node {
                json: Json::Number(number),
                ..
            }) => number.parse().unwrap_or(f64::NAN),
            Some(node) => {
                self.refuse(key, node, "a number");
                fallback
            }
        }
    }

    fn attributes(&mut self) -> BTreeMap<String, String> {
        let Some(node) = self.values.get("Attributes") else {
            return BTreeMap::new();
        };
        let Json::Object(members) = &node.json else {
            self.refuse("Attributes", node, "an object");
            return BTreeMap::new();
        };
        let mut attributes = BTreeMap::new();
        for member in members {
            let Json::String(value) = &member.value.json else {
                self.refuse("Attributes", &member.value, "an object of strings");
                continue;
            };
            if attributes
                .insert(member.key.clone(), value.clone())
                .is_some()
            {
                let message = format!("duplicate key {}", quoted(&member.key));
                self.findings.error(&member.key_span, message, None);
            }
        }
        attributes
    }

    fn refuse(&mut self, key: &'static str, node: &Node, wanted: &str) {
        self.refused.insert(key);
        let (found, help) = match &node.json {
            Json::Number(number) => (quoted(number), None),
            Json::String(text) if text.parse::<f64>().is_ok() => (
                node.json.kind().to_string(),
                Some("remove the quotes".to_string()),
            ),
            other => (other.kind().to_string(), None),
        };
        let message = format!("`{key}` must be {wanted}, not {found}");
        self.findings.error(&node.span, message, help);
    }
}
