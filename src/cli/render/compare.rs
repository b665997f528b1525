//! An answer beside the one of an earlier window: what each group gave, what it gave before, and the change.

use serde_json::{Map, Value as Json, json};

use super::columns::{Column, in_columns};
use super::csv;
use super::json::{cell_json, group_json};
use super::terminal::Terminal;
use crate::model::answer::{Answer, Cell, Row};
use crate::model::query::{Calculation, Op};
use crate::model::span::Value;
use crate::model::time::rfc3339;

/// A group in two answers; it may be missing in one of them.
pub(super) struct Pair<'a> {
    pub(super) group: &'a [Option<Value>],
    pub(super) now: Option<&'a Row>,
    pub(super) before: Option<&'a Row>,
}

/// Lays out one row for each group of either answer: for each calculation its value, the one `ago` before,
/// and the change in percent.
///
/// Both answers are to the same question. Groups that are gone stand last.
pub fn table(answer: &Answer, before: &Answer, ago: &str, terminal: &Terminal) -> String {
    let (titles, rows) = cells(answer, before, ago, Form::People);
    let columns: Vec<Column> = titles
        .into_iter()
        .enumerate()
        .map(|(idx, title)| Column {
            title,
            is_number: idx >= answer.breakdowns.len(),
        })
        .collect();
    in_columns(&columns, &rows, terminal)
}

/// Writes the same as CSV; the change is a share: 0.5 is half as much again.
pub fn comparison_csv(answer: &Answer, before: &Answer, ago: &str) -> String {
    let (titles, rows) = cells(answer, before, ago, Form::Programs);
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    csv::table(&titles, rows.into_iter())
}

/// Returns the comparison as JSON: `window` of the earlier answer, and for each group `group` and `results`,
/// which have for each label `value`, `before`, `change` (the difference) and `change_share` (of `before`).
/// What is not there is null.
pub fn comparison_json(answer: &Answer, before: &Answer) -> Json {
    let rows: Vec<Json> = pairs(answer, before)
        .iter()
        .map(|pair| {
            let mut results = Map::new();
            for (idx, calculation) in numbers(answer) {
                let (now, then) = pair.values(idx);
                let object = json!({
                    "value": pair.now.and_then(|row| row.cells.get(idx)).map(cell_json),
                    "before": pair.before.and_then(|row| row.cells.get(idx)).map(cell_json),
                    "change": pair.change(idx),
                    "change_share": share(now, then),
                });
                results.insert(calculation.label(), object);
            }
            json!({ "group": group_json(&answer.breakdowns, pair.group), "results": results })
        })
        .collect();
    json!({
        "window": { "start": rfc3339(before.window.start), "end": rfc3339(before.window.end) },
        "rows": rows,
    })
}

/// Who reads.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// Rounded, with units and signs.
    People,
    /// As exact as it is.
    Programs,
}

fn cells(
    answer: &Answer,
    before: &Answer,
    ago: &str,
    form: Form,
) -> (Vec<String>, Vec<Vec<String>>) {
    let mut titles = answer.breakdowns.clone();
    for (_, calculation) in numbers(answer) {
        let label = calculation.label();
        titles.extend([
            label.clone(),
            format!("{label} {ago} before"),
            "change".to_string(),
        ]);
    }
    let pairs = pairs(answer, before);
    let row = |pair: &Pair| {
        let name = |value: &Option<Value>| value.as_ref().map_or(form.nothing(), Value::to_string);
        let mut row: Vec<String> = pair.group.iter().map(name).collect();
        for (idx, _) in numbers(answer) {
            let (now, then) = pair.values(idx);
            let number = |it: Option<f64>| it.map_or(form.nothing(), |it| form.number(it));
            let change = share(now, then).map_or(form.nothing(), |it| form.share(it));
            row.extend([number(now), number(then), change]);
        }
        row
    };
    (titles, pairs.iter().map(row).collect())
}

impl Form {
    pub(super) fn nothing(self) -> String {
        let dash = if self == Form::People { "-" } else { "" };
        dash.to_string()
    }

    pub(super) fn number(self, number: f64) -> String {
        if self == Form::Programs || number.fract() == 0.0 {
            return number.to_string();
        }
        let n_decimals = (3.0 - number.abs().log10().floor()).clamp(1.0, 9.0) as usize;
        format!("{number:.n_decimals$}")
    }

    pub(super) fn share(self, share: f64) -> String {
        match self {
            Form::People => format!("{:+.1} %", share * 100.0),
            Form::Programs => share.to_string(),
        }
    }
}

impl Pair<'_> {
    pub(super) fn values(&self, idx: usize) -> (Option<f64>, Option<f64>) {
        let value = |row: Option<&Row>| row?.cells.get(idx)?.number().filter(|it| it.is_finite());
        (value(self.now), value(self.before))
    }
}

impl Pair<'_> {
    // Whole for counts.
    pub(super) fn change(&self, idx: usize) -> Json {
        let cell = |row: Option<&Row>| row.and_then(|row| row.cells.get(idx).cloned());
        if let (Some(Cell::Count(now)), Some(Cell::Count(then))) =
            (cell(self.now), cell(self.before))
        {
            let change = i128::from(now) - i128::from(then);
            return i64::try_from(change).map_or(Json::Null, Json::from);
        }
        let (now, then) = self.values(idx);
        now.zip(then)
            .map_or(Json::Null, |(now, then)| Json::from(now - then))
    }
}

pub(super) fn share(now: Option<f64>, then: Option<f64>) -> Option<f64> {
    let (now, then) = now.zip(then)?;
    (then != 0.0).then(|| (now - then) / then.abs())
}

pub(super) fn numbers(answer: &Answer) -> impl Iterator<Item = (usize, &Calculation)> {
    let calculations = answer.calculations.iter().enumerate();
    calculations.filter(|(_, it)| it.op != Op::Heatmap)
}

pub(super) fn pairs<'a>(answer: &'a Answer, before: &'a Answer) -> Vec<Pair<'a>> {
    let find = |rows: &'a [Row], group: &[Option<Value>]| rows.iter().find(|it| it.group == group);
    let here = answer.rows.iter().map(|row| Pair {
        group: &row.group,
        now: Some(row),
        before: find(&before.rows, &row.group),
    });
    let gone = before
        .rows
        .iter()
        .filter(|row| find(&answer.rows, &row.group).is_none());
    let gone = gone.map(|row| Pair {
        group: &row.group,
        now: None,
        before: Some(row),
    });
    here.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::{Cell, PercentileMethod};
    use crate::model::time::Window;

    fn answer(rows: &[(&str, u64)]) -> Answer {
        let row = |(name, count): &(&str, u64)| Row {
            group: vec![Some(Value::Str((*name).into()))],
            cells: vec![Cell::Count(*count)],
        };
        Answer {
            left_out: Default::default(),
            window: Window { start: 0, end: 1 },
            granularity: 1,
            breakdowns: vec!["name".to_string()],
            calculations: vec![Calculation::new(Op::Count, None)],
            rows: rows.iter().map(row).collect(),
            series: Vec::new(),
            percentiles: PercentileMethod::Exact,
        }
    }

    #[test]
    fn groups_that_came_and_went_are_there_and_have_no_change() {
        let (now, then) = (
            answer(&[("a", 30), ("new", 1)]),
            answer(&[("gone", 2), ("a", 20)]),
        );
        let text = comparison_csv(&now, &then, "1d");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "name,COUNT,COUNT 1d before,change",
                "a,30,20,0.5",
                "new,1,,",
                "gone,,2,"
            ]
        );
        let (_, rows) = cells(&now, &then, "1d", Form::People);
        assert_eq!(rows[0], ["a", "30", "20", "+50.0 %"]);
        let json = comparison_json(&now, &then);
        assert_eq!(json["rows"][0]["results"]["COUNT"]["change"], 10);
        assert_eq!(json["rows"][2]["results"]["COUNT"]["value"], Json::Null);
    }
}
