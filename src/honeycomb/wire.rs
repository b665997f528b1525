//! The JSON of queries and results.
//!
//! Source for all names and rules: Honeycomb's OpenAPI document, schemas Query and
//! QueryResultDetails; how heatmaps look in results comes from first-party descriptions.

use serde_json::{Map, Value as Json, json};

use crate::model::answer::{Aggregates, Answer, Cell, Histogram, PercentileMethod, Row, Step};
use crate::model::formula::NamedFormula;
use crate::model::left_out::LeftOut;
use crate::model::query::{
    Arity, Calculation, Combination, Filter, Having, Op, Order, OrderKey, QuerySpec,
};
use crate::model::span::Value;
use crate::model::time::{SECOND, TimeRange, parse_rfc3339, rfc3339, round_step};

/// Returns the specification as JSON.
pub fn spec_to_json(spec: &QuerySpec) -> Json {
    let mut body = Map::new();
    if !spec.calculated_fields.is_empty() {
        let fields: Vec<Json> = spec
            .calculated_fields
            .iter()
            .map(named_formula_to_json)
            .collect();
        body.insert("calculated_fields".into(), fields.into());
    }
    let calculations: Vec<Json> = spec.calculations.iter().map(calculation_to_json).collect();
    body.insert("calculations".into(), calculations.into());
    if !spec.formulas.is_empty() {
        let formulas: Vec<Json> = spec.formulas.iter().map(named_formula_to_json).collect();
        body.insert("formulas".into(), formulas.into());
    }
    if !spec.breakdowns.is_empty() {
        body.insert("breakdowns".into(), spec.breakdowns.clone().into());
    }
    if !spec.filters.is_empty() {
        let filters: Vec<Json> = spec.filters.iter().map(filter_to_json).collect();
        body.insert("filters".into(), filters.into());
    }
    if spec.combination == Combination::Or {
        body.insert("filter_combination".into(), "OR".into());
    }
    if !spec.orders.is_empty() {
        let orders: Vec<Json> = spec.orders.iter().map(order_to_json).collect();
        body.insert("orders".into(), orders.into());
    }
    if !spec.havings.is_empty() {
        let havings: Vec<Json> = spec.havings.iter().map(having_to_json).collect();
        body.insert("havings".into(), havings.into());
    }
    body.insert("limit".into(), spec.limit.into());
    match spec.time_range {
        TimeRange::Last { seconds } => {
            body.insert("time_range".into(), seconds.into());
        }
        TimeRange::From { start, seconds } => {
            body.insert("start_time".into(), start.into());
            body.insert("time_range".into(), seconds.into());
        }
        TimeRange::Until { end, seconds } => {
            body.insert("end_time".into(), end.into());
            body.insert("time_range".into(), seconds.into());
        }
        TimeRange::Between { start, end } => {
            body.insert("start_time".into(), start.into());
            body.insert("end_time".into(), end.into());
        }
    }
    if let Some(seconds) = spec.granularity_seconds {
        body.insert("granularity".into(), seconds.into());
    }
    if spec.usage_mode {
        body.insert("usage_mode".into(), true.into());
    }
    Json::Object(body)
}

/// Returns the `data` of a finished result.
pub fn answer_to_json(answer: &Answer, with_series: bool) -> Json {
    let results: Vec<Json> = answer
        .rows
        .iter()
        .map(|row| json!({ "data": row_to_json(answer, row) }))
        .collect();
    let series: Vec<Json> = if with_series {
        let step = |step: &Step| json!({ "time": rfc3339(step.time), "data": row_to_json(answer, &step.row) });
        answer.series.iter().map(step).collect()
    } else {
        Vec::new()
    };
    let mut data = json!({ "series": series, "results": results });
    // A member of our own, which the service does not have and its clients pass over. Formulas come in
    // place of the percentiles that they are made from, so it is there for them too.
    let may_have_percentiles = |it: &Calculation| matches!(it.op, Op::Percentile(_) | Op::Formula);
    if answer.calculations.iter().any(may_have_percentiles) {
        data["percentiles"] = match answer.percentiles {
            PercentileMethod::Exact => json!({ "method": "exact, by nearest rank" }),
            PercentileMethod::Sketch { error } => {
                json!({ "method": "the middle of a bucket", "relative_error": error })
            }
        };
    }
    // Likewise, and only where something is left out.
    if !answer.left_out.is_empty() {
        data["left_out"] = answer.left_out.to_json();
    }
    data
}

fn percentiles_from_json(data: &Json) -> PercentileMethod {
    let error = data
        .get("percentiles")
        .and_then(|it| it.get("relative_error"));
    match error.and_then(Json::as_f64) {
        Some(error) => PercentileMethod::Sketch { error },
        None => PercentileMethod::Exact,
    }
}

/// Puts the aggregates that were asked for into the `data` of a finished result.
///
/// Source: Honeycomb's OpenAPI document, schema QueryResultDetailsData: single rows have the form of
/// `results`, and the series comes only where the other series does.
pub fn put_aggregates(
    data: &mut Json,
    answer: &Answer,
    aggregates: &Aggregates,
    wanted: AggregatesWanted,
    with_series: bool,
) {
    let row = |row: &Row| json!({ "data": row_to_json(answer, row) });
    if wanted.total {
        data["total_by_aggregate"] = row(&aggregates.total);
        if with_series {
            let step = |step: &Step| json!({ "time": rfc3339(step.time), "data": row_to_json(answer, &step.row) });
            let series: Vec<Json> = aggregates.total_series.iter().map(step).collect();
            data["total_by_aggregate_series"] = series.into();
        }
    }
    if wanted.other {
        data["other_by_aggregate"] = row(&aggregates.other);
    }
}

/// Which aggregates a request asks for: those whose `disable_…` is false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AggregatesWanted {
    /// All groups together.
    pub total: bool,
    /// The groups past the limit together.
    pub other: bool,
}

/// Reads the `data` of a finished result to the question `spec`, asked at `now` (nanoseconds).
///
/// Lenient: what is missing or of another kind than expected becomes [`Cell::Absent`], since how a
/// heatmap looks is not in the public documentation.
pub fn answer_from_json(spec: &QuerySpec, data: &Json, now: i64) -> Answer {
    let list = |name: &str| {
        data.get(name)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default()
    };
    // Some clients and proxies flatten the row; take either.
    let answered = spec.answered();
    let row = |item: &Json| row_from_json(spec, &answered, item.get("data").unwrap_or(item));
    let rows = list("results").iter().map(row).collect();
    let series: Vec<Step> = list("series")
        .iter()
        .filter_map(|item| {
            let time = parse_rfc3339(item.get("time")?.as_str()?)?;
            Some(Step {
                time,
                row: row(item),
            })
        })
        .collect();
    let window = spec.time_range.window(now);
    let granularity = match spec.granularity_seconds {
        Some(seconds) if seconds > 0 => seconds.saturating_mul(SECOND),
        _ => common_step(&series).unwrap_or_else(|| round_step(window.length(), MOST_STEPS).max(1)),
    };
    Answer {
        left_out: LeftOut::of_json(&data["left_out"]),
        window,
        granularity,
        percentiles: percentiles_from_json(data),
        breakdowns: spec.breakdowns.clone(),
        calculations: answered,
        rows,
        series,
    }
}

fn named_formula_to_json(named: &NamedFormula) -> Json {
    json!({ "name": named.name, "expression": named.formula.text() })
}

fn calculation_to_json(calculation: &Calculation) -> Json {
    let mut body = json!({ "op": calculation.op.name() });
    if let Some(column) = &calculation.column {
        body["column"] = column.clone().into();
    }
    if let Some(name) = &calculation.name {
        body["name"] = name.clone().into();
    }
    if !calculation.filters.is_empty() {
        let filters: Vec<Json> = calculation.filters.iter().map(filter_to_json).collect();
        body["filters"] = filters.into();
    }
    if calculation.combination == Combination::Or {
        body["filter_combination"] = "OR".into();
    }
    body
}

fn filter_to_json(filter: &Filter) -> Json {
    let mut body = json!({ "column": filter.column, "op": filter.op.name() });
    let values: Vec<Json> = filter.values.iter().map(value_to_json).collect();
    match filter.op.arity() {
        Arity::None => {}
        Arity::One => body["value"] = values.into_iter().next().unwrap_or(Json::Null),
        Arity::Many => body["value"] = values.into(),
    }
    body
}

fn order_to_json(order: &Order) -> Json {
    let mut body = match &order.key {
        OrderKey::Breakdown(column) => json!({ "column": column }),
        OrderKey::Named(name) => json!({ "column": name }),
        OrderKey::Calculation(calculation) => calculation_to_json(calculation),
    };
    if order.descending {
        body["order"] = "descending".into();
    }
    body
}

fn having_to_json(having: &Having) -> Json {
    let tested = &having.calculation;
    let op = match tested.op {
        // A formula goes by its name alone, but the field is a required one.
        Op::Formula => Op::Count,
        op => op,
    };
    let mut body = json!({
        "calculate_op": op.name(),
        "op": having.op.name(),
        "value": having.value,
    });
    if let Some(column) = tested.name.as_ref().or(tested.column.as_ref()) {
        body["column"] = column.clone().into();
    }
    body
}

fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Str(text) => Json::String(text.to_string()),
        Value::Int(int) => (*int).into(),
        Value::Float(float) => (*float).into(),
        Value::Bool(bool) => (*bool).into(),
    }
}

pub(super) fn value_from_json(json: &Json) -> Option<Value> {
    Some(match json {
        Json::String(text) => text.as_str().into(),
        Json::Bool(bool) => (*bool).into(),
        Json::Number(number) => match number.as_i64() {
            Some(int) => int.into(),
            None => number.as_f64()?.into(),
        },
        Json::Null | Json::Array(_) | Json::Object(_) => return None,
    })
}

// What there is no value for is not there: the service's description has texts, truths and numbers, and
// typed clients fail on a null.
fn row_to_json(answer: &Answer, row: &Row) -> Json {
    let mut data = Map::new();
    for (name, value) in answer.breakdowns.iter().zip(&row.group) {
        if let Some(value) = value {
            data.insert(name.clone(), value_to_json(value));
        }
    }
    for (calculation, cell) in answer.calculations.iter().zip(&row.cells) {
        let cell = match cell {
            Cell::Count(count) => (*count).into(),
            Cell::Number(number) => (*number).into(),
            Cell::Absent => continue,
            Cell::Histogram(histogram) => json!({
                "min_value": histogram.min_value,
                "max_value": histogram.max_value(),
                "step_size": histogram.step,
                "counts": histogram.counts,
            }),
        };
        data.insert(calculation.label(), cell);
    }
    Json::Object(data)
}

fn row_from_json(spec: &QuerySpec, answered: &[Calculation], data: &Json) -> Row {
    let group = spec
        .breakdowns
        .iter()
        .map(|name| value_from_json(data.get(name)?))
        .collect();
    let cell = |calculation: &Calculation| {
        data.get(calculation.label())
            .map_or(Cell::Absent, |json| cell_from_json(calculation.op, json))
    };
    Row {
        group,
        cells: answered.iter().map(cell).collect(),
    }
}

fn cell_from_json(op: Op, json: &Json) -> Cell {
    match json {
        Json::Number(number) => match (op, number.as_u64(), number.as_f64()) {
            (Op::Count | Op::CountDistinct, Some(count), _) => Cell::Count(count),
            (_, _, Some(float)) => Cell::Number(float),
            _ => Cell::Absent,
        },
        Json::Object(_) => histogram_from_json(json).map_or(Cell::Absent, Cell::Histogram),
        _ => Cell::Absent,
    }
}

fn histogram_from_json(json: &Json) -> Option<Histogram> {
    let number = |name: &str| json.get(name)?.as_f64().filter(|number| number.is_finite());
    let counts = json.get("counts")?.as_array()?;
    let counts: Vec<u64> = counts
        .iter()
        .map(|count| count.as_f64().map_or(0, |count| count.max(0.0) as u64))
        .collect();
    let step = number("step_size")?;
    let is_drawable = step > 0.0 && !counts.is_empty();
    is_drawable.then_some(Histogram {
        min_value: number("min_value")?,
        step,
        counts,
    })
}

// Where one step is all there is, its length is what a server would have chosen.
const MOST_STEPS: i64 = 600;

// The largest step that all times are whole multiples of apart.
fn common_step(series: &[Step]) -> Option<i64> {
    let first = series.first()?.time;
    let step = series.iter().fold(0, |step, other| {
        greatest_divisor(step, other.time.abs_diff(first))
    });
    i64::try_from(step).ok().filter(|&step| step > 0)
}

fn greatest_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        greatest_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::honeycomb::spec_reader::spec_from_json;

    #[test]
    fn results_come_back_the_same() {
        let spec = spec_from_json(&json!({
            "calculations": [{"op": "COUNT"}, {"op": "HEATMAP", "column": "d"}, {"op": "P90", "column": "d"}],
            "breakdowns": ["route"],
            "start_time": 100, "end_time": 200, "granularity": 10,
        }))
        .unwrap();
        let histogram = Histogram {
            min_value: 2.0,
            step: 0.5,
            counts: vec![1, 0, 3],
        };
        let row = Row {
            group: vec![Some("/a".into())],
            cells: vec![
                Cell::Count(4),
                Cell::Histogram(histogram),
                Cell::Number(3.25),
            ],
        };
        let empty = Row {
            group: vec![None],
            cells: vec![Cell::Count(0), Cell::Absent, Cell::Absent],
        };
        let answer = Answer {
            left_out: LeftOut::default(),
            window: spec.time_range.window(0),
            granularity: 10 * SECOND,
            percentiles: PercentileMethod::Sketch { error: 0.015625 },
            breakdowns: spec.breakdowns.clone(),
            calculations: spec.calculations.clone(),
            rows: vec![row.clone(), empty],
            series: vec![Step {
                time: 110 * SECOND,
                row,
            }],
        };
        assert_eq!(
            answer_from_json(&spec, &answer_to_json(&answer, true), 0),
            answer
        );
    }

    #[test]
    fn odd_results_are_absent_and_no_panic() {
        let spec =
            spec_from_json(&json!({"calculations": [{"op": "HEATMAP", "column": "d"}]})).unwrap();
        for data in [
            json!(null),
            json!({"results": "x", "series": [{}]}),
            json!({"results": [{"data": {"HEATMAP(d)": {"counts": []}}}]}),
            json!({"results": [{"HEATMAP(d)": {"counts": [1], "step_size": 0, "min_value": 1}}]}),
        ] {
            let answer = answer_from_json(&spec, &data, 0);
            assert!(
                answer.rows.iter().all(|row| row.cells == [Cell::Absent]),
                "{data}"
            );
        }
    }

    #[test]
    fn the_step_is_read_off_the_series_when_the_question_named_none() {
        let spec = spec_from_json(&json!({})).unwrap();
        let at = |time: &str| json!({"time": time, "data": {"COUNT": 1}});
        let data = json!({"series": [at("2026-11-22T07:00:00Z"), at("2026-11-22T07:00:30Z"), at("2026-11-22T07:01:15Z")]});
        assert_eq!(answer_from_json(&spec, &data, 0).granularity, 15 * SECOND);
    }
}
