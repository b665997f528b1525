//! An answer as JSON, in a form of our own that stays as it is.

use serde_json::{Map, Value as Json, json};

use crate::model::answer::{Answer, Cell, PercentileMethod, Row};
use crate::model::query::Calculation;
use crate::model::span::Value;
use crate::model::time::{SECOND, rfc3339};

/// Rises when a field changes its meaning or goes away; new fields leave it as it is.
pub const SCHEMA_VERSION: u32 = 1;

/// Returns the answer as a JSON object.
///
/// `rows` has one object for each group with `group` (by column) and `results` (by Honeycomb's label);
/// `series` has the same with `time`, one for each time step and group. Times are RFC 3339 in UTC, and
/// `end` is the first moment outside. What is absent or not a number is null; a histogram is an
/// object with `min_value`, `max_value`, `step_size` and `counts`. No rows are `[]`. `left_out` says what of the
/// window is not in it, and is absent if nothing is.
pub fn json(answer: &Answer, dataset: &str) -> Json {
    let rows: Vec<Json> = answer
        .rows
        .iter()
        .map(|row| Json::Object(fields(answer, row)))
        .collect();
    let series: Vec<Json> = answer
        .series
        .iter()
        .map(|step| {
            let mut object = Map::new();
            object.insert("time".to_string(), rfc3339(step.time).into());
            object.append(&mut fields(answer, &step.row));
            Json::Object(object)
        })
        .collect();
    let percentile_error = match answer.percentiles {
        PercentileMethod::Exact => 0.0,
        PercentileMethod::Sketch { error } => error,
    };
    let mut whole = json!({
        "schema_version": SCHEMA_VERSION,
        "dataset": dataset,
        "window": {
            "start": rfc3339(answer.window.start),
            "end": rfc3339(answer.window.end),
        },
        "granularity_seconds": seconds(answer.granularity),
        // How far percentiles may be off, relative to the true ones.
        "percentile_error": percentile_error,
        "breakdowns": answer.breakdowns,
        "calculations": answer.calculations.iter().map(Calculation::label).collect::<Vec<_>>(),
        "rows": rows,
        "series": series,
    });
    // Only where the numbers are of less than the window.
    if !answer.left_out.is_empty() {
        whole["left_out"] = answer.left_out.to_json();
    }
    whole
}

fn fields(answer: &Answer, row: &Row) -> Map<String, Json> {
    let results: Map<String, Json> = answer
        .calculations
        .iter()
        .zip(&row.cells)
        .map(|(calculation, cell)| (calculation.label(), cell_json(cell)))
        .collect();
    let mut object = Map::new();
    let group = group_json(&answer.breakdowns, &row.group);
    object.insert("group".to_string(), group);
    object.insert("results".to_string(), Json::Object(results));
    object
}

/// Returns a group's values by their columns.
pub fn group_json(breakdowns: &[String], group: &[Option<Value>]) -> Json {
    let json = |value: &Option<Value>| value.as_ref().map_or(Json::Null, value_json);
    let pairs = breakdowns.iter().zip(group);
    Json::Object(
        pairs
            .map(|(column, value)| (column.clone(), json(value)))
            .collect(),
    )
}

/// Returns a value as JSON.
pub fn value_json(value: &Value) -> Json {
    match value {
        Value::Str(text) => Json::from(&**text),
        Value::Int(int) => Json::from(*int),
        Value::Float(float) => Json::from(*float),
        Value::Bool(bool) => Json::from(*bool),
    }
}

/// Returns a result: a number, a histogram, or null.
pub fn cell_json(cell: &Cell) -> Json {
    match cell {
        Cell::Count(count) => Json::from(*count),
        Cell::Number(number) => Json::from(*number),
        Cell::Histogram(histogram) => json!({
            "min_value": histogram.min_value,
            "max_value": histogram.max_value(),
            "step_size": histogram.step,
            "counts": histogram.counts,
        }),
        Cell::Absent => Json::Null,
    }
}

/// Returns nanoseconds as seconds: a whole number where it is one.
fn seconds(ns: i64) -> Json {
    if ns % SECOND == 0 {
        Json::from(ns / SECOND)
    } else {
        Json::from(ns as f64 / SECOND as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{START, calculation};
    use super::*;
    use crate::model::answer::{Histogram, Step};
    use crate::model::query::{Op, Percentile};
    use crate::model::time::Window;

    #[test]
    fn the_form_is_stable() {
        let row = Row {
            group: vec![Some(Value::Int(200)), None],
            cells: vec![
                Cell::Count(2),
                Cell::Number(f64::NAN),
                Cell::Histogram(Histogram {
                    min_value: 0.0,
                    step: 2.5,
                    counts: vec![1, 0, 1],
                }),
            ],
        };
        let answer = Answer {
            left_out: Default::default(),
            window: Window {
                start: START,
                end: START + 3 * SECOND / 2,
            },
            granularity: SECOND / 2,
            percentiles: Default::default(),
            breakdowns: vec!["http.status_code".to_string(), "error".to_string()],
            calculations: vec![
                calculation(Op::Count),
                calculation(Op::Percentile(Percentile::P90)),
                calculation(Op::Heatmap),
            ],
            rows: vec![row.clone()],
            series: vec![Step {
                time: START + SECOND / 2,
                row,
            }],
        };
        let fields = r#""group":{"http.status_code":200,"error":null},"results":{"COUNT":2,"P90(duration_ms)":null,"HEATMAP(duration_ms)":{"min_value":0.0,"max_value":7.5,"step_size":2.5,"counts":[1,0,1]}}"#;
        let expected = format!(
            r#"{{"schema_version":1,"dataset":"backend-flask","window":{{"start":"2026-11-22T14:03:20Z","end":"2026-11-22T14:03:21.5Z"}},"granularity_seconds":0.5,"percentile_error":0.0,"breakdowns":["http.status_code","error"],"calculations":["COUNT","P90(duration_ms)","HEATMAP(duration_ms)"],"rows":[{{{fields}}}],"series":[{{"time":"2026-11-22T14:03:20.5Z",{fields}}}]}}"#
        );
        assert_eq!(json(&answer, "backend-flask").to_string(), expected);
        let nothing = Answer {
            left_out: Default::default(),
            rows: Vec::new(),
            series: Vec::new(),
            ..answer
        };
        let nothing = json(&nothing, "backend-flask").to_string();
        assert!(nothing.ends_with(r#""rows":[],"series":[]}"#), "{nothing}");
    }
}
