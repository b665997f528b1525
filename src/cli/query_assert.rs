//! `query --assert`: an answer that has to keep something, for CI.

use super::context::Context;
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
///
/// An answer that leaves events out keeps nothing for certain, so that no assertion holds of it: not even of a
/// count that could only be larger, since the range was not looked at whole.
pub fn judge(
    context: &Context,
    assertions: &[Assertion],
    answer: &Answer,
    limit: usize,
) -> (Exit, Vec<String>) {
    let why_not = context.left_out_sentences(&answer.left_out);
    judged(assertions, answer, limit, &why_not)
}

fn judged(
    assertions: &[Assertion],
    answer: &Answer,
    limit: usize,
    why_not: &[String],
) -> (Exit, Vec<String>) {
    let n_groups = answer.rows.len();
    let mut exit = Exit::Done;
    let mut lines = Vec::new();
    for assertion in assertions {
        let text = &assertion.text;
        let offenders = assertion.offenders(answer);
        if !why_not.is_empty() {
            let why_not = why_not.join("; ");
            lines.push(format!("failed: {text}: cannot be judged: {why_not}"));
        } else if n_groups == 0 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::{Cell, Row};
    use crate::model::query::{Calculation, Op};
    use crate::model::time::{TimeRange, Window};

    #[test]
    fn nothing_holds_of_an_answer_that_leaves_events_out() {
        let count = Calculation::new(Op::Count, None);
        let spec = QuerySpec::new(vec![count.clone()], TimeRange::DEFAULT);
        let texts = ["count > 400", "count < 400"].map(str::to_string);
        let schema = Schema::default();
        let assertions = assertions(&texts, &spec, "duration_ms", &schema);
        let assertions = assertions.ok().expect("assertions");
        let answer = Answer {
            window: Window { start: 0, end: 1 },
            granularity: 1,
            breakdowns: Vec::new(),
            calculations: vec![count],
            rows: vec![Row {
                group: Vec::new(),
                cells: vec![Cell::Count(460)],
            }],
            series: Vec::new(),
            percentiles: Default::default(),
            left_out: Default::default(),
        };
        let (exit, lines) = judged(&assertions, &answer, 100, &[]);
        assert_eq!(exit, Exit::Failed);
        assert_eq!(lines, ["holds: count > 400", "failed: count < 400: 460"]);
        let why_not = ["1940 events could not be read".to_string()];
        let (exit, lines) = judged(&assertions[..1], &answer, 100, &why_not);
        assert_eq!(exit, Exit::Failed);
        assert_eq!(
            lines,
            ["failed: count > 400: cannot be judged: 1940 events could not be read"]
        );
    }
}
