//! The rule file: compared by what it means, and replaced only if it is none.

use super::files::{self, Change};
use super::survey::Survey;
use crate::cli::checkout::Checkout;
use crate::cli::failure::Failure;
use crate::model::sampling::SamplingRule;
use crate::xray::rule_file;

const NAME: &str = "aws/json/xray.json";

/// Plans the rule file; `None` if it is one already, whatever its blanks are.
///
/// # Errors
/// If it cannot be read.
pub fn change(checkout: &Checkout, survey: &mut Survey) -> Result<Option<Change>, Failure> {
    let Some(old) = files::old(checkout, NAME)? else {
        return files::whole(checkout, NAME, rule_file::TEMPLATE);
    };
    match rule_file::parse(old.as_bytes()) {
        Ok(file) => {
            if !file.warnings.is_empty() {
                survey.warn(
                    NAME,
                    &format!("misspelt keys: `cruddurctl xray check --fix {NAME}` puts them right"),
                );
            }
            let ours = rule_file::built_in();
            let rules = || file.rules.iter().map(|wanted| &wanted.rule);
            let same_name = rules().find(|rule| rule.rule_name == ours.rule_name);
            let difference = match same_name {
                Some(rule) => difference(rule, &ours),
                None => Some(format!("it has no rule `{}`", ours.rule_name)),
            };
            if let Some(difference) = difference {
                survey.found(NAME, &format!("a rule file of yours, kept: {difference}"));
            }
            Ok(None)
        }
        Err(_) if is_meant_as_one(&old) => {
            survey.warn(
                NAME,
                &format!("not a rule file that X-Ray takes: `cruddurctl xray check {NAME}` says why; it was left as it is"),
            );
            Ok(None)
        }
        Err(_) => files::whole(checkout, NAME, rule_file::TEMPLATE),
    }
}

/// Tells whether a text that cannot be read as a rule file is a broken one.
fn is_meant_as_one(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["samplingrule", "rulename", "fixedrate"]
        .iter()
        .any(|word| text.contains(word))
}

fn difference(rule: &SamplingRule, ours: &SamplingRule) -> Option<String> {
    if rule == ours {
        return None;
    }
    let mut parts = Vec::new();
    for (name, theirs, ours) in [
        (
            "FixedRate",
            rule.fixed_rate.to_string(),
            ours.fixed_rate.to_string(),
        ),
        (
            "ReservoirSize",
            rule.reservoir_size.to_string(),
            ours.reservoir_size.to_string(),
        ),
        (
            "Priority",
            rule.priority.to_string(),
            ours.priority.to_string(),
        ),
        (
            "ServiceName",
            rule.service_name.clone(),
            ours.service_name.clone(),
        ),
    ] {
        if theirs != ours {
            parts.push(format!("{name} {theirs}, where ours says {ours}"));
        }
    }
    if parts.is_empty() {
        parts.push("other fields than ours".to_string());
    }
    Some(parts.join("; "))
}
