//! `query --assert`: an answer that has to keep something, for CI.

use super::failure::{Exit, Failure};
use super::question::assertion::{Assertion, Offender, parse_assertion};
use super::question::schema::Schema;
use crate::model::answer::Answer;
use crate::model::query::QuerySpec;

// More groups than this are counted, not listed.
const MOST_LISTED: usize = 20;

/// Reads what the answer to `spec` has to keep.
///
/// # Errors
/// Wrong usage.
pub fn assertions(
    texts: &[String],
    spec: &QuerySpec,
    column: &str,
    schema: &Schema,
) -> Result<Vec<Assertion>, Failure> {
    let parsed = texts
        .iter()
        .map(|text| parse_assertion(text, spec, column, schema));
    let assertions: Result<Vec<Assertion>, String> = parsed.collect();
    assertions.map_err(|what| Failure::of(Exit::Usage, format!("--assert: {what}")))
}

/// Returns how the command ends, and for people which assertions hold and which groups are in the way of
/// those that do not.
pub fn judge(assertions: &[Assertion], answer: &Answer, limit: usize) -> (Exit, Vec<String>) {
    let n_groups = answer.rows.len();
    let mut exit = Exit::Done;
    let mut lines = Vec::new();
    for assertion in assertions {
        let text = &assertion.text;
        let offenders = assertion.offenders(answer);
        if n_groups == 0 {
            lines.push(format!("failed: {text}: there is nothing to judge"));
        } else if !offenders.is_empty() {
            lines.push(failed(text, &offenders, answer));
        } else {
            lines.push(format!("holds: {text}"));
            continue;
        }
        exit = Exit::Failed;
    }
    if !assertions.is_empty() && !answer.breakdowns.is_empty() && n_groups >= limit {
        lines.push(format!(
            "warning: only the first {n_groups} groups are judged; --limit takes more"
        ));
    }
    (exit, lines)
}

fn failed(text: &str, offenders: &[Offender<'_>], answer: &Answer) -> String {
    let value = |it: &Offender<'_>| it.value.map_or("no value".to_string(), |it| it.to_string());
    if let ([], [only]) = (answer.breakdowns.as_slice(), offenders) {
        return format!("failed: {text}: {}", value(only));
    }
    let (n, all) = (offenders.len(), answer.rows.len());
    let mut lines = format!("failed: {text}: for {n} of {all} groups");
    for it in offenders.iter().take(MOST_LISTED) {
        let names = it.row.group.iter();
        let names = names.map(|name| name.as_ref().map_or("-".to_string(), ToString::to_string));
        let group = names.collect::<Vec<_>>().join(", ");
        lines.push_str(&format!("\n  {}: {}", group.escape_debug(), value(it)));
    }
    if n > MOST_LISTED {
        lines.push_str(&format!("\n  and {} more", n - MOST_LISTED));
    }
    lines
}
