//! From a file's JSON to everything that it asks for: one rule, or several rules, groups and log groups.

use std::collections::BTreeSet;

use super::file_values::{Keys, Values};
use super::findings::{Findings, quoted};
use super::json_spans::{Json, Member, Node};
use super::rule_keys::{Reading, reading};
use super::rule_reader::{is_rule_key, members};
use super::{group_reader, log_group_reader, rule_reader};
use crate::model::wanted::{WantedGroup, WantedLogGroup, WantedRule};

const LIST_KEYS: Keys = Keys {
    known: &["SamplingRules", "Groups", "LogGroups"],
    given: &[],
};
const FORM_KEYS: [&str; 4] = ["SamplingRule", "SamplingRules", "Groups", "LogGroups"];

/// What was read; to be used only if no error was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The rules.
    pub rules: Vec<WantedRule>,
    /// The groups; `None` for a file that is a rule alone and says nothing of groups.
    pub groups: Option<Vec<WantedGroup>>,
    /// The log groups; `None` if the file says nothing of them.
    pub log_groups: Option<Vec<WantedLogGroup>>,
}

/// Reads one of the three forms: a rule, a rule inside `SamplingRule`, or lists of rules, groups and log groups.
///
/// `text` is the whole file. `None` if nothing in it could be meant.
pub fn read(root: &Node, text: &str, findings: &mut Findings) -> Option<Read> {
    let outer = members(root, findings)?;
    let is_list = |member: &Member| {
        matches!(
            reading(&member.key, &FORM_KEYS),
            Reading::Exact(key) | Reading::Misspelt(key) if key != "SamplingRule"
        )
    };
    if outer.iter().any(is_list) {
        return Some(read_lists(root, outer, text, findings));
    }
    let rule = rule_reader::read(root, outer, findings)?;
    Some(Read {
        rules: vec![rule.wanted],
        groups: None,
        log_groups: None,
    })
}

fn read_lists(root: &Node, outer: &[Member], text: &str, findings: &mut Findings) -> Read {
    let help = |member: &Member| {
        let is_rule = is_rule_key(&member.key) || member.key == "SamplingRule";
        is_rule.then(|| "move it into `SamplingRules`".to_string())
    };
    let mut lists = Values::with_help(root, outer, LIST_KEYS, findings, help);
    let mut rules = Vec::new();
    let mut names = BTreeSet::new();
    for element in lists.array("SamplingRules", findings) {
        let Some(members) = members(element, findings) else {
            continue;
        };
        if let Some(read) = rule_reader::read(element, members, findings) {
            let name = &read.wanted.rule.rule_name;
            report_double("rule", name, read.name, &mut names, findings);
            rules.push(read.wanted);
        }
    }
    let mut groups = Vec::new();
    names.clear();
    for element in lists.array("Groups", findings) {
        if let Some(read) = group_reader::read(element, text, findings) {
            report_double("group", &read.wanted.name, read.name, &mut names, findings);
            groups.push(read.wanted);
        }
    }
    let log_groups = lists.get("LogGroups").map(|_| {
        let mut log_groups = Vec::new();
        let mut names = BTreeSet::new();
        for element in lists.array("LogGroups", findings) {
            if let Some(read) = log_group_reader::read(element, findings) {
                let name = &read.wanted.name;
                report_double("log group", name, read.name, &mut names, findings);
                log_groups.push(read.wanted);
            }
        }
        log_groups
    });
    Read {
        rules,
        groups: Some(groups),
        log_groups,
    }
}

fn report_double(
    what: &str,
    name: &str,
    place: Option<&Node>,
    names: &mut BTreeSet<String>,
    findings: &mut Findings,
) {
    // What is no text is reported already, and has no name.
    let Some(place) = place.filter(|place| matches!(place.json, Json::String(_))) else {
        return;
    };
    if !names.insert(name.to_string()) {
        let message = format!("another {what} is called {} as well", quoted(name));
        findings.error(
            &place.span,
            message,
            Some("give it another name".to_string()),
        );
    }
}
