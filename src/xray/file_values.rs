//! The members of an object in a file: which keys are meant, and the values under them.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::{Findings, quoted};
use super::json_spans::{Json, Member, Node};
use super::rule_keys::{Reading, reading};
use crate::model::plan::OWNER_KEY;
use crate::model::tag_limits::{self, MAX_TAGS};
use crate::model::wanted::Tags;

/// The keys of a kind of object.
#[derive(Debug, Clone, Copy)]
pub struct Keys {
    /// Those that it needs or may have, as the API spells them.
    pub known: &'static [&'static str],
    /// Those that X-Ray's own answers have and that are not read.
    pub given: &'static [&'static str],
}

/// The members of an object, each under the key that it means.
pub struct Values<'n> {
    /// The whole object.
    node: &'n Node,
    values: BTreeMap<&'static str, &'n Node>,
    /// The keys whose values could not be read; their stand-ins are not checked further.
    refused: BTreeSet<&'static str>,
}

impl<'n> Values<'n> {
    /// Reads the keys of `members`, and reports those that are misspelt, doubled or unknown.
    pub fn of(
        node: &'n Node,
        members: &'n [Member],
        keys: Keys,
        findings: &mut Findings,
    ) -> Values<'n> {
        Values::with_help(node, members, keys, findings, |_| None)
    }

    /// The same, with better advice about unknown keys where `help` has some.
    pub fn with_help(
        node: &'n Node,
        members: &'n [Member],
        keys: Keys,
        findings: &mut Findings,
        help: impl Fn(&Member) -> Option<String>,
    ) -> Values<'n> {
        let mut meant: BTreeMap<&'static str, Vec<&'n Member>> = BTreeMap::new();
        for member in members {
            match reading(&member.key, keys.known) {
                Reading::Exact(key) => meant.entry(key).or_default().push(member),
                _ if keys.given.contains(&member.key.as_str()) => {
                    let message = format!("`{}` is given by X-Ray and not read", member.key);
                    findings.warning(&member.key_span, message, Some("remove it".to_string()));
                }
                Reading::Misspelt(key) => meant.entry(key).or_default().push(member),
                Reading::Unknown(asked) => {
                    let help = help(member).unwrap_or_else(|| match asked {
                        Some(asked) => format!("did you mean `{asked}`?"),
                        None => format!("the keys are {}", keys.known.join(", ")),
                    });
                    let message = format!("unknown key {}", quoted(&member.key));
                    findings.error(&member.key_span, message, Some(help));
                }
            }
        }
        let mut values = BTreeMap::new();
        for (key, members) in meant {
            if let Some(member) = unique(key, &members, findings) {
                values.insert(key, &member.value);
            }
        }
        Values {
            node,
            values,
            refused: BTreeSet::new(),
        }
    }

    /// Returns the value under `key`.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.values.get(key).copied()
    }

    /// Reports all of `required` that are not there, in one finding.
    pub fn require(&self, required: &[&str], findings: &mut Findings) {
        let missing: Vec<String> = required
            .iter()
            .filter(|key| !self.values.contains_key(**key))
            .map(|key| format!("`{key}`"))
            .collect();
        if !missing.is_empty() {
            let brace = self.node.span.start..self.node.span.start + 1;
            let keys = if missing.len() == 1 { "key" } else { "keys" };
            let message = format!("missing {keys} {}", missing.join(", "));
            findings.error(&brace, message, None);
        }
    }

    /// Reports that the value under `key` breaks a limit, unless it could not be read at all.
    pub fn blame(&self, key: &str, message: &str, findings: &mut Findings) {
        if let Some(value) = self.values.get(key)
            && !self.refused.contains(key)
        {
            findings.error(&value.span, format!("`{key}` {message}"), None);
        }
    }

    /// Warns of the value under `key`, unless it could not be read at all.
    pub fn doubt(&self, key: &str, message: &str, help: Option<String>, findings: &mut Findings) {
        if let Some(value) = self.values.get(key)
            && !self.refused.contains(key)
        {
            findings.warning(&value.span, format!("`{key}` {message}"), help);
        }
    }

    /// Returns a text; `fallback` if there is none or something else.
    pub fn text(&mut self, key: &'static str, fallback: String, findings: &mut Findings) -> String {
        match self.values.get(key).map(|node| (*node, &node.json)) {
            None => fallback,
            Some((_, Json::String(text))) => text.clone(),
            Some((node, _)) => {
                self.refuse(key, node, "a string", findings);
                fallback
            }
        }
    }

    /// Returns a whole number; one that is past 64 bits is the nearest that is not.
    pub fn whole_number(
        &mut self,
        key: &'static str,
        fallback: i64,
        findings: &mut Findings,
    ) -> i64 {
        let Some(node) = self.values.get(key).copied() else {
            return fallback;
        };
        let Json::Number(number) = &node.json else {
            self.refuse(key, node, "a whole number", findings);
            return fallback;
        };
        match number.parse() {
            Ok(whole) => whole,
            // Out of 64 bits is out of range as well, and the limits say so.
            Err(_) if !number.contains(['.', 'e', 'E']) && number.starts_with('-') => i64::MIN,
            Err(_) if !number.contains(['.', 'e', 'E']) => i64::MAX,
            Err(_) => {
                self.refuse(key, node, "a whole number", findings);
                fallback
            }
        }
    }

    /// Returns a number.
    pub fn number(&mut self, key: &'static str, fallback: f64, findings: &mut Findings) -> f64 {
        match self.values.get(key).map(|node| (*node, &node.json)) {
            None => fallback,
            Some((_, Json::Number(number))) => number.parse().unwrap_or(f64::NAN),
            Some((node, _)) => {
                self.refuse(key, node, "a number", findings);
                fallback
            }
        }
    }

    /// Returns a truth value.
    pub fn flag(&mut self, key: &'static str, findings: &mut Findings) -> bool {
        match self.values.get(key).map(|node| (*node, &node.json)) {
            None => false,
            Some((_, Json::Bool(flag))) => *flag,
            Some((node, _)) => {
                self.refuse(key, node, "true or false", findings);
                false
            }
        }
    }

    /// Returns the object under `key`.
    pub fn object(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<(&'n Node, &'n [Member])> {
        let node = self.get(key)?;
        match &node.json {
            Json::Object(members) => Some((node, members)),
            _ => {
                self.refuse(key, node, "an object", findings);
                None
            }
        }
    }

    /// Returns the elements of the array under `key`; none if it is not there.
    pub fn array(&mut self, key: &'static str, findings: &mut Findings) -> &'n [Node] {
        match self.get(key).map(|node| (node, &node.json)) {
            None => &[],
            Some((_, Json::Array(elements))) => elements,
            Some((node, _)) => {
                self.refuse(key, node, "an array", findings);
                &[]
            }
        }
    }

    /// Returns an object of texts.
    pub fn texts(
        &mut self,
        key: &'static str,
        findings: &mut Findings,
    ) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        let Some((_, members)) = self.object(key, findings) else {
            return texts;
        };
        for member in members {
            let Json::String(value) = &member.value.json else {
                self.refuse(key, &member.value, "an object of strings", findings);
                continue;
            };
            if texts.insert(member.key.clone(), value.clone()).is_some() {
                let message = format!("duplicate key {}", quoted(&member.key));
                findings.error(&member.key_span, message, None);
            }
        }
        texts
    }

    /// Returns the tags under `key`: a list of `{"Key": …, "Value": …}`, or an object of texts.
    pub fn tags(&mut self, key: &'static str, findings: &mut Findings) -> Tags {
        let mut tags = Tags::new();
        let Some(node) = self.get(key) else {
            return tags;
        };
        if let Json::Object(members) = &node.json {
            tags = self.texts(key, findings);
            for member in members {
                if let Some(value) = tags.get(&member.key) {
                    check_tag(&member.key_span, &member.key, value, findings);
                }
            }
        }
        let is_object = matches!(node.json, Json::Object(_));
        let elements: &[Node] = if is_object {
            &[]
        } else {
            self.array(key, findings)
        };
        for element in elements {
            let Json::Object(members) = &element.json else {
                self.refuse(key, element, "an array of objects", findings);
                continue;
            };
            let mut tag = Values::of(element, members, TAG_KEYS, findings);
            tag.require(TAG_KEYS.known, findings);
            let tag_key = tag.text("Key", String::new(), findings);
            let value = tag.text("Value", String::new(), findings);
            let Some(key_node) = tag.get("Key").filter(|_| tag.refused.is_empty()) else {
                continue;
            };
            check_tag(&key_node.span, &tag_key, &value, findings);
            let message = format!("duplicate tag {}", quoted(&tag_key));
            if tags.insert(tag_key, value).is_some() {
                findings.error(&key_node.span, message, None);
            }
        }
        // One of them is ours.
        if tags.len() >= MAX_TAGS {
            let message = format!("`{key}` must have at most {}", MAX_TAGS - 1);
            let help = format!("{MAX_TAGS} are allowed, and one is `{OWNER_KEY}`");
            findings.error(&node.span, message, Some(help));
        }
        tags
    }

    fn refuse(&mut self, key: &'static str, node: &Node, wanted: &str, findings: &mut Findings) {
        self.refused.insert(key);
        let (found, help) = match &node.json {
            Json::Number(number) => (quoted(number), None),
            Json::String(text) if is_bare(text) => (
                node.json.kind().to_string(),
                Some("remove the quotes".to_string()),
            ),
            other => (other.kind().to_string(), None),
        };
        let message = format!("`{key}` must be {wanted}, not {found}");
        findings.error(&node.span, message, help);
    }
}

/// The keys of a tag.
const TAG_KEYS: Keys = Keys {
    known: &["Key", "Value"],
    given: &[],
};

fn check_tag(span: &std::ops::Range<usize>, key: &str, value: &str, findings: &mut Findings) {
    if key == OWNER_KEY {
        let message = format!("the tag `{OWNER_KEY}` is set by cruddurctl itself");
        findings.error(span, message, Some("remove it".to_string()));
    } else if let Some(message) = tag_limits::violation(key, value) {
        findings.error(span, message, None);
    }
}

fn is_bare(text: &str) -> bool {
    matches!(text, "true" | "false") || text.parse::<f64>().is_ok()
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
