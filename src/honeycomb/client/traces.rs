//! Asks for whole traces, though the API answers with aggregates only.
//!
//! A trace's spans come as groups: broken down by their ids, every span is a group of its own, and its
//! other columns are breakdowns too. Its time comes out of a calculated field. A double holds the seconds
//! since the epoch to a quarter of a microsecond.

use std::collections::BTreeMap;

use super::{HoneycombClient, HoneycombError};
use crate::model::answer::{Answer, Row};
use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::{
    Calculation, Combination, Filter, FilterOp, Op, Order, OrderKey, QuerySpec,
};
use crate::model::span::Value;
use crate::model::span_tree::{DECIDED, HOST, SHOWN, SpanRow};
use crate::model::time::{SECOND, TimeRange};

/// The spans of one trace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundSpans {
    /// Oldest first.
    pub rows: Vec<SpanRow>,
    /// Whether there are more than the API answers.
    pub is_cut: bool,
}

/// A trace among others.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// As the column has it, mostly 32 hexadecimal digits.
    pub id: String,
    /// When its newest request began, nanoseconds since the epoch.
    pub start: i64,
    /// How long its longest request took, in milliseconds.
    pub duration_ms: f64,
}

/// Which trace is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The one of the newest request.
    Newest,
    /// The one of the slowest request.
    Slowest,
}

const TRACE: &str = "trace.trace_id";
const SPAN: &str = "trace.span_id";
const PARENT: &str = "trace.parent_id";
const NAME: &str = "name";
const SERVICE: &str = "service.name";
const ANNOTATION: &str = "meta.annotation_type";
const BODY: &str = "body";
const KIND: &str = "span.kind";
const DURATION: &str = "duration_ms";
// A name that no event has, as it would hide a field of theirs.
const START: &str = "cruddurctl_start";

/// The most groups of an answer, and the most columns that groups are made of. Source: Honeycomb's OpenAPI
/// document.
const MOST_GROUPS: usize = 1000;
const MOST_BREAKDOWNS: usize = 100;

impl HoneycombClient {
    /// Returns the spans of a trace (32 hexadecimal digits), their events and their links.
    ///
    /// Without `has_all`, only the attributes that a tree shows. An empty list if the dataset has no traces
    /// at all.
    ///
    /// # Errors
    /// See [`HoneycombError`].
    pub async fn spans_of_trace(
        &self,
        dataset: &str,
        id: &str,
        range: TimeRange,
        has_all: bool,
        now: i64,
    ) -> Result<FoundSpans, HoneycombError> {
        // A breakdown that the dataset does not have would be refused.
        let known = self.column_names(dataset).await?;
        if !known.iter().any(|name| name == TRACE) {
            return Ok(FoundSpans::default());
        }
        let spec = spans_question(&known, id, range, has_all);
        let answer = self.run(dataset, &spec, false, now).await?;
        Ok(FoundSpans {
            is_cut: answer.rows.len() >= MOST_GROUPS,
            rows: answer
                .rows
                .iter()
                .map(|row| span_row(&answer, row))
                .collect(),
        })
    }

    /// Returns the trace of the newest or of the slowest request, if there is any: the span that has no
    /// parent, or by which a service was entered.
    ///
    /// # Errors
    /// See [`HoneycombError`].
    pub async fn pick_trace(
        &self,
        dataset: &str,
        pick: Pick,
        range: TimeRange,
        now: i64,
    ) -> Result<Option<Candidate>, HoneycombError> {
        let known = self.column_names(dataset).await?;
        if !known.iter().any(|name| name == TRACE) {
            return Ok(None);
        }
        let spec = pick_question(&known, pick, range);
        let answer = self.run(dataset, &spec, false, now).await?;
        Ok(answer.rows.iter().find_map(candidate))
    }

    /// Returns how many root spans each trace has, by the trace's id.
    ///
    /// # Errors
    /// See [`HoneycombError`].
    pub async fn roots_by_trace(
        &self,
        dataset: &str,
        range: TimeRange,
        now: i64,
    ) -> Result<BTreeMap<String, u64>, HoneycombError> {
        let known = self.column_names(dataset).await?;
        let mut roots = BTreeMap::new();
        if !known.iter().any(|name| name == TRACE) {
            return Ok(roots);
        }
        // The API answers a thousand groups at a time and knows no next page: the next thousand are those
        // behind the last id.
        loop {
            let last = roots
                .last_key_value()
                .map(|(id, _): (&String, &u64)| id.clone());
            let spec = roots_question(&known, last, range);
            let answer = self.run(dataset, &spec, false, now).await?;
            for row in &answer.rows {
                if let (Some(id), Some(count)) = (text_at(row, 0), number_at(row, 0)) {
                    roots.insert(id, count as u64);
                }
            }
            if answer.rows.len() < MOST_GROUPS {
                return Ok(roots);
            }
        }
    }
}

fn spans_question(known: &[String], id: &str, range: TimeRange, has_all: bool) -> QuerySpec {
    let mut breakdowns: Vec<String> = Vec::new();
    let usual = [SPAN, PARENT, NAME, SERVICE, ANNOTATION, KIND, BODY];
    for name in usual.iter().chain(&SHOWN).chain(&HOST).chain(&DECIDED) {
        if known.iter().any(|known| known == name) {
            breakdowns.push(name.to_string());
        }
    }
    if has_all {
        let is_more = |name: &&String| {
            !breakdowns.contains(name) && ![TRACE, DURATION].contains(&name.as_str())
        };
        let more: Vec<String> = known.iter().filter(is_more).cloned().collect();
        breakdowns.extend(more);
        breakdowns.truncate(MOST_BREAKDOWNS);
    }
    let start = min_start();
    let mut calculations = vec![start.clone(), Calculation::new(Op::Count, None)];
    if known.iter().any(|name| name == DURATION) {
        calculations.push(Calculation::new(Op::Max, Some(DURATION.to_string())));
    }
    QuerySpec {
        calculated_fields: start_field(),
        breakdowns,
        filters: vec![equal(TRACE, in_column(id))],
        orders: vec![by(start, false)],
        limit: MOST_GROUPS,
        ..QuerySpec::new(calculations, range)
    }
}

fn pick_question(known: &[String], pick: Pick, range: TimeRange) -> QuerySpec {
    let newest = Calculation::new(Op::Max, Some(START.to_string()));
    let longest = Calculation::new(Op::Max, Some(DURATION.to_string()));
    let mut calculations = vec![newest.clone()];
    let has_durations = known.iter().any(|name| name == DURATION);
    if has_durations {
        calculations.push(longest.clone());
    }
    let order = match pick {
        Pick::Slowest if has_durations => longest,
        _ => newest,
    };
    let mut filters = Vec::new();
    let has = |name: &str| known.iter().any(|known| known == name);
    if has(PARENT) {
        filters.push(absent(PARENT));
    }
    if has(KIND) {
        filters.extend(["server", "consumer"].map(|kind| equal(KIND, kind)));
    }
    QuerySpec {
        calculated_fields: start_field(),
        breakdowns: vec![TRACE.to_string()],
        filters,
        combination: Combination::Or,
        orders: vec![by(order, true)],
        // Of events without a trace, which may come first, there is a group too.
        limit: 2,
        ..QuerySpec::new(calculations, range)
    }
}

fn roots_question(known: &[String], behind: Option<String>, range: TimeRange) -> QuerySpec {
    let mut filters = vec![match behind {
        Some(id) => Filter {
            column: TRACE.to_string(),
            op: FilterOp::Greater,
            values: vec![id.into()],
        },
        None => Filter {
            column: TRACE.to_string(),
            op: FilterOp::Exists,
            values: Vec::new(),
        },
    }];
    let absent_ones = [PARENT, ANNOTATION].into_iter();
    filters.extend(
        absent_ones
            .filter(|name| known.iter().any(|known| known == name))
            .map(absent),
    );
    QuerySpec {
        breakdowns: vec![TRACE.to_string()],
        filters,
        orders: vec![Order {
            key: OrderKey::Breakdown(TRACE.to_string()),
            descending: false,
        }],
        limit: MOST_GROUPS,
        ..QuerySpec::new(vec![Calculation::new(Op::Count, None)], range)
    }
}

fn start_field() -> Vec<NamedFormula> {
    let formula = Formula::parse("EVENT_TIMESTAMP()").ok();
    let named = formula.map(|formula| NamedFormula {
        name: START.to_string(),
        formula,
    });
    named.into_iter().collect()
}

fn min_start() -> Calculation {
    Calculation::new(Op::Min, Some(START.to_string()))
}

fn by(calculation: Calculation, descending: bool) -> Order {
    Order {
        key: OrderKey::Calculation(calculation),
        descending,
    }
}

fn equal(column: &str, value: &str) -> Filter {
    Filter {
        column: column.to_string(),
        op: FilterOp::Equal,
        values: vec![value.into()],
    }
}

fn absent(column: &str) -> Filter {
    Filter {
        column: column.to_string(),
        op: FilterOp::DoesNotExist,
        values: Vec::new(),
    }
}

// Source: husky, `BytesToTraceID`: an id whose upper half is zero is kept without it.
fn in_column(id: &str) -> &str {
    match id.split_at_checked(16) {
        Some((upper, lower)) if upper.bytes().all(|digit| digit == b'0') => lower,
        _ => id,
    }
}

fn span_row(answer: &Answer, row: &Row) -> SpanRow {
    let mut span = SpanRow {
        start: nanoseconds(number_at(row, 0).unwrap_or_default()),
        copies: number_at(row, 1).unwrap_or(1.0) as u64,
        duration: number_at(row, 2).map(|ms| (ms * 1e6).round() as i64),
        ..SpanRow::default()
    };
    let mut is_link = false;
    for (name, value) in answer.breakdowns.iter().zip(&row.group) {
        let Some(value) = value else { continue };
        match name.as_str() {
            SPAN => span.id = Some(value.to_string()),
            PARENT => span.parent_id = Some(value.to_string()),
            NAME => span.name = value.to_string(),
            SERVICE => span.service = value.to_string(),
            ANNOTATION => {
                span.is_annotation = true;
                is_link = value.text() == Some("link");
            }
            _ => span.attributes.push((name.clone(), value.clone())),
        }
    }
    if span.name.is_empty() {
        // A log record says something and has no name, a link has neither.
        let body = span.attribute(&[BODY]).map(ToString::to_string);
        let else_named = if is_link { "link" } else { "unnamed" };
        span.name = body.unwrap_or_else(|| else_named.to_string());
    }
    span
}

fn candidate(row: &Row) -> Option<Candidate> {
    Some(Candidate {
        id: text_at(row, 0)?,
        start: nanoseconds(number_at(row, 0)?),
        duration_ms: number_at(row, 1).unwrap_or_default(),
    })
}

// A whole number of nanoseconds since the epoch is more than a double holds.
fn nanoseconds(seconds: f64) -> i64 {
    let whole = seconds.floor();
    let rest = ((seconds - whole) * 1e9).round();
    (whole as i64)
        .saturating_mul(SECOND)
        .saturating_add(rest as i64)
}

fn number_at(row: &Row, idx: usize) -> Option<f64> {
    row.cells.get(idx)?.number()
}

fn text_at(row: &Row, idx: usize) -> Option<String> {
    let value: &Value = row.group.get(idx)?.as_ref()?;
    Some(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::honeycomb::wire::spec_to_json;
    use crate::model::answer::Cell;
    use crate::model::time::Window;

    const RANGE: TimeRange = TimeRange::Last { seconds: 3600 };

    fn known(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn only_columns_that_are_there_are_asked_for() {
        let columns = known(&[TRACE, SPAN, PARENT, NAME, DURATION, "http.route", "app.now"]);
        let spec = spans_question(&columns, "5759e988bd862e3fe1be46a994272793", RANGE, false);
        assert_eq!(spec.breakdowns, [SPAN, PARENT, NAME, "http.route"]);
        let json = spec_to_json(&spec);
        assert_eq!(
            json["calculated_fields"][0]["expression"],
            "EVENT_TIMESTAMP()"
        );
        assert_eq!(json["orders"][0]["op"], "MIN");
        let all = spans_question(&columns, "x", RANGE, true);
        assert_eq!(all.breakdowns.last().map(String::as_str), Some("app.now"));
        let many: Vec<String> = (0..300).map(|n| format!("c{n}")).collect();
        let most = spans_question(&many, "x", RANGE, true).breakdowns.len();
        assert_eq!(most, MOST_BREAKDOWNS);
    }

    #[test]
    fn an_id_with_an_empty_upper_half_is_asked_for_as_it_is_kept() {
        assert_eq!(
            in_column("0000000000000000e1be46a994272793"),
            "e1be46a994272793"
        );
        let whole = "5759e988bd862e3fe1be46a994272793";
        assert_eq!(in_column(whole), whole);
        assert_eq!(in_column("abc"), "abc");
    }

    #[test]
    fn a_group_is_a_span_and_what_it_lacks_is_absent() {
        let breakdowns = known(&[SPAN, PARENT, NAME, SERVICE, ANNOTATION, "http.route"]);
        let text = |text: &str| Some(Value::from(text));
        let row = Row {
            group: vec![
                text("53995c3f42cd8ad8"),
                None,
                text("GET /"),
                text("backend-flask"),
                None,
                text("/"),
            ],
            cells: vec![
                Cell::Number(1_465_510_280.25),
                Cell::Count(2),
                Cell::Number(1.5),
            ],
        };
        let answer = Answer {
            left_out: Default::default(),
            window: Window { start: 0, end: 1 },
            granularity: 1,
            breakdowns,
            calculations: Vec::new(),
            rows: Vec::new(),
            series: Vec::new(),
            percentiles: Default::default(),
        };
        let span = span_row(&answer, &row);
        assert_eq!(span.id.as_deref(), Some("53995c3f42cd8ad8"));
        assert_eq!((span.parent_id.clone(), span.is_annotation), (None, false));
        assert_eq!(
            (span.start, span.duration),
            (1_465_510_280_250_000_000, Some(1_500_000))
        );
        assert_eq!(span.copies, 2);
        assert_eq!(span.attributes, [("http.route".to_string(), "/".into())]);
    }

    #[test]
    fn what_has_no_name_is_called_by_what_it_says_or_is() {
        let named = |annotation: &str, body: Option<&str>| {
            let answer = Answer {
                left_out: Default::default(),
                window: Window { start: 0, end: 1 },
                granularity: 1,
                breakdowns: known(&[ANNOTATION, BODY]),
                calculations: Vec::new(),
                rows: Vec::new(),
                series: Vec::new(),
                percentiles: Default::default(),
            };
            let row = Row {
                group: vec![Some(annotation.into()), body.map(Value::from)],
                cells: Vec::new(),
            };
            span_row(&answer, &row).name
        };
        assert_eq!(named("span_event", Some("cache is cold")), "cache is cold");
        assert_eq!(named("link", None), "link");
        assert_eq!(named("span_event", None), "unnamed");
    }
}
