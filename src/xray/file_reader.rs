//! From a file's JSON to everything that it asks for: one rule, or several rules, groups and log groups.

use std::collections::BTreeSet;

use super::file_values::{Keys, Values};
use super::findings::{Findings, quoted};
use super::foreign_file::foreign;
use super::json_spans::{Json, Member, Node};
use super::rule_keys::{Reading, reading};
use super::rule_reader::{is_rule_key, members};
use super::{group_reader, log_group_reader, rule_reader};
use crate::model::sampling::{SamplingRule, evaluation_order};
use crate::model::sampling_cover::{Never, never_decides, pattern_covers};
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
    if let Some(other) = foreign(root, outer) {
        findings.error(
            &(root.span.start..root.span.start + 1),
            other.message(),
            Some(other.help),
        );
        return None;
    }
    if outer.iter().any(is_list) {
        return Some(read_lists(root, outer, text, findings));
    }
    let rule = rule_reader::read(root, outer, findings)?;
    warn_of_hidden(&[(&rule.wanted.rule, rule.name)], findings);
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
    let mut rules: Vec<WantedRule> = Vec::new();
    let mut places: Vec<Option<&Node>> = Vec::new();
    let mut names = BTreeSet::new();
    for element in lists.array("SamplingRules", findings) {
        let Some(members) = members(element, findings) else {
            continue;
        };
        if let Some(read) = rule_reader::read(element, members, findings) {
            let name = &read.wanted.rule.rule_name;
            report_double("rule", name, read.name, &mut names, findings);
            rules.push(read.wanted);
            places.push(read.name);
        }
    }
    let placed: Vec<(&SamplingRule, Option<&Node>)> = rules
        .iter()
        .map(|wanted| &wanted.rule)
        .zip(places)
        .collect();
    warn_of_hidden(&placed, findings);
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

/// Warns of rules that others hide, and of one that hides all others and keeps nothing.
fn warn_of_hidden(rules: &[(&SamplingRule, Option<&Node>)], findings: &mut Findings) {
    let mut rules = rules.to_vec();
    rules.sort_by(|a, b| evaluation_order(a.0, b.0));
    let in_order: Vec<SamplingRule> = rules.iter().map(|(rule, _)| (*rule).clone()).collect();
    for ((rule, place), never) in rules.iter().zip(never_decides(&in_order)) {
        let Some(place) = place else {
            continue;
        };
        if let Some(Never::Covered(by)) = never {
            let hides = in_order.iter().find(|other| other.rule_name == by);
            let keeps = match hides.is_some_and(keeps_nothing) {
                true => ", and keeps nothing of it",
                false => "",
            };
            let message = format!(
                "{} never matches: {} is asked before it and matches all that it would{keeps}",
                quoted(&rule.rule_name),
                quoted(&by)
            );
            let help = "give it a lower Priority, or the other a narrower pattern".to_string();
            findings.warning(&place.span, message, Some(help));
        } else if keeps_nothing(rule) && matches_all(rule) {
            let message = format!(
                "{} keeps nothing of all requests, and no later rule is asked",
                quoted(&rule.rule_name)
            );
            let help = "give it a narrower pattern, or a FixedRate or a ReservoirSize above 0";
            findings.warning(&place.span, message, Some(help.to_string()));
        }
    }
}

fn keeps_nothing(rule: &SamplingRule) -> bool {
    rule.fixed_rate == 0.0 && rule.reservoir_size == 0
}

fn matches_all(rule: &SamplingRule) -> bool {
    let patterns = [
        &rule.service_name,
        &rule.service_type,
        &rule.host,
        &rule.http_method,
        &rule.url_path,
    ];
    patterns.iter().all(|pattern| pattern_covers(pattern, "*"))
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
