//! Two answers to one question beside each other: what each side says of each group, and how far they are apart.

use serde_json::{Map, Value as Json, json};

use super::columns::{Column, in_columns};
use super::compare::{Form, Pair, numbers, pairs, share};
use super::csv;
use super::json::{cell_json, group_json};
use super::terminal::Terminal;
use crate::model::answer::Answer;
use crate::model::span::Value;

/// Numbers that lie closer than this share are the same, calculated in another order.
const SAME: f64 = 1e-9;

/// One side's name, in lower case, and what it answered.
pub type Side<'a> = (&'a str, &'a Answer);

/// Lays out one row for each group of either side and each calculation that gives a number: both values, the
/// first minus the second, and that in percent of the second.
pub fn table(here: Side<'_>, there: Side<'_>, terminal: &Terminal) -> String {
    let (titles, rows) = cells(here, there, Form::People);
    let n_words = here.1.breakdowns.len() + 1;
    let columns: Vec<Column> = titles
        .into_iter()
        .enumerate()
        .map(|(idx, title)| Column {
            title,
            is_number: idx >= n_words,
        })
        .collect();
    in_columns(&columns, &rows, terminal)
}

/// Writes the same as CSV; `share` is of the second side: 0.5 is half as much again.
pub fn both_csv(here: Side<'_>, there: Side<'_>) -> String {
    let (titles, rows) = cells(here, there, Form::Programs);
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    csv::table(&titles, rows.into_iter())
}

/// Returns one object for each group: `group` and `results`, which have for each label a value under each side's
/// name, `difference` and `difference_share` (of the second side). What is not there is null.
pub fn rows_json(here: Side<'_>, there: Side<'_>) -> Vec<Json> {
    let row = |pair: &Pair<'_>| {
        let mut results = Map::new();
        for (idx, calculation) in numbers(here.1) {
            let (now, then) = pair.values(idx);
            let mut object = Map::new();
            let sides = [(here.0, pair.now), (there.0, pair.before)];
            for (name, row) in sides {
                let cell = row.and_then(|row| row.cells.get(idx));
                object.insert(name.to_string(), cell.map_or(Json::Null, cell_json));
            }
            object.insert("difference".to_string(), pair.change(idx));
            object.insert("difference_share".to_string(), json!(share(now, then)));
            results.insert(calculation.label(), Json::Object(object));
        }
        json!({ "group": group_json(&here.1.breakdowns, pair.group), "results": results })
    };
    pairs(here.1, there.1).iter().map(row).collect()
}

/// Returns in how many groups the sides differ in anything, and how many groups there are.
pub fn n_different(here: &Answer, there: &Answer) -> (usize, usize) {
    let pairs = pairs(here, there);
    let differs = |pair: &&Pair<'_>| {
        numbers(here).any(|(idx, _)| match pair.values(idx) {
            (Some(now), Some(then)) => (now - then).abs() > SAME * now.abs().max(then.abs()),
            (None, None) => pair.now.is_some() != pair.before.is_some(),
            _ => true,
        })
    };
    (pairs.iter().filter(differs).count(), pairs.len())
}

fn cells(here: Side<'_>, there: Side<'_>, form: Form) -> (Vec<String>, Vec<Vec<String>>) {
    let mut titles = here.1.breakdowns.clone();
    let share_title = match form {
        Form::People => "percent",
        Form::Programs => "share",
    };
    let rest = ["calculation", here.0, there.0, "difference", share_title];
    titles.extend(rest.map(str::to_string));
    let name = |value: &Option<Value>| value.as_ref().map_or(form.nothing(), Value::to_string);
    let mut rows = Vec::new();
    for pair in pairs(here.1, there.1) {
        for (idx, calculation) in numbers(here.1) {
            let (now, then) = pair.values(idx);
            let number = |it: Option<f64>| it.map_or(form.nothing(), |it| form.number(it));
            let apart = now.zip(then).map(|(now, then)| now - then);
            let sign = match (form, apart) {
                (Form::People, Some(apart)) if apart > 0.0 => "+",
                _ => "",
            };
            let mut row: Vec<String> = pair.group.iter().map(name).collect();
            row.extend([
                calculation.label(),
                number(now),
                number(then),
                format!("{sign}{}", number(apart)),
                share(now, then).map_or(form.nothing(), |it| form.share(it)),
            ]);
            rows.push(row);
        }
    }
    (titles, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::{Cell, PercentileMethod, Row};
    use crate::model::query::{Calculation, Op};
    use crate::model::time::Window;

    fn answer(rows: &[(&str, u64, f64)]) -> Answer {
        let row = |(name, count, p90): &(&str, u64, f64)| Row {
            group: vec![Some(Value::Str((*name).into()))],
            cells: vec![Cell::Count(*count), Cell::Number(*p90)],
        };
        let p90 = Op::Percentile(crate::model::query::Percentile::P90);
        Answer {
            left_out: Default::default(),
            window: Window { start: 0, end: 1 },
            granularity: 1,
            breakdowns: vec!["name".to_string()],
            calculations: vec![
                Calculation::new(Op::Count, None),
                Calculation::new(p90, Some("duration_ms".to_string())),
            ],
            rows: rows.iter().map(row).collect(),
            series: Vec::new(),
            percentiles: PercentileMethod::Exact,
        }
    }

    #[test]
    fn each_group_and_calculation_is_a_row_with_its_difference() {
        let local = answer(&[("a", 30, 12.5), ("only here", 1, 2.0)]);
        let cloud = answer(&[("a", 20, 12.5), ("only there", 2, 3.0)]);
        let csv = both_csv(("local", &local), ("cloud", &cloud));
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(
            lines,
            [
                "name,calculation,local,cloud,difference,share",
                "a,COUNT,30,20,10,0.5",
                "a,P90(duration_ms),12.5,12.5,0,0",
                "only here,COUNT,1,,,",
                "only here,P90(duration_ms),2,,,",
                "only there,COUNT,,2,,",
                "only there,P90(duration_ms),,3,,",
            ]
        );
        let (_, rows) = cells(("local", &local), ("cloud", &cloud), Form::People);
        assert_eq!(rows[0], ["a", "COUNT", "30", "20", "+10", "+50.0 %"]);
        let json = rows_json(("local", &local), ("cloud", &cloud));
        assert_eq!(json[0]["results"]["COUNT"]["difference"], 10);
        assert_eq!(json[2]["results"]["COUNT"]["local"], Json::Null);
        assert_eq!(json[2]["results"]["COUNT"]["cloud"], 2);
    }

    #[test]
    fn sides_differ_in_numbers_and_in_groups_but_not_in_the_order_of_adding() {
        let here = answer(&[("a", 3, 0.1 + 0.2), ("b", 1, 1.0)]);
        let there = answer(&[("b", 1, 1.0), ("a", 3, 0.3)]);
        assert_eq!(n_different(&here, &there), (0, 2));
        let more = answer(&[("a", 4, 0.3), ("c", 1, 1.0)]);
        assert_eq!(n_different(&here, &more), (3, 3));
    }
}
