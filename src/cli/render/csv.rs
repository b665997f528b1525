//! An answer as CSV.

use crate::model::answer::{Answer, Cell, Row};
use crate::model::query::Op;
use crate::model::time::rfc3339;

/// Writes the answer as CSV with a heading line; lines end in CR LF. Source: RFC 4180.
///
/// One line for each row: the breakdowns, then the calculations under Honeycomb's labels. If there is a
/// HEATMAP, instead one line for each time step, group and bucket: `time`, the breakdowns, `low`, `high`
/// and `count`, where `time` is RFC 3339 and the edges are in the column's unit. What is absent is empty.
pub fn csv(answer: &Answer) -> String {
    match answer.calculation_idx(Op::Heatmap) {
        Some(idx) => buckets(answer, idx),
        None => rows(answer),
    }
}

/// Writes any table as CSV with a heading line.
pub fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = line(titles.iter().map(ToString::to_string));
    for row in rows {
        text.push_str(&line(row.into_iter()));
    }
    text
}

fn rows(answer: &Answer) -> String {
    let labels = answer
        .calculations
        .iter()
        .map(|calculation| calculation.label());
    let mut text = line(answer.breakdowns.iter().cloned().chain(labels));
    for row in &answer.rows {
        let results = row.cells.iter().map(|cell| match cell {
            Cell::Count(count) => count.to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Histogram(_) | Cell::Absent => String::new(),
        });
        text.push_str(&line(group(row).chain(results)));
    }
    text
}

fn buckets(answer: &Answer, idx: usize) -> String {
    let words = |names: &[&str]| {
        names
            .iter()
            .map(|name| name.to_string())
            .collect::<Vec<_>>()
    };
    let heading = words(&["time"])
        .into_iter()
        .chain(answer.breakdowns.iter().cloned());
    let mut text = line(heading.chain(words(&["low", "high", "count"])));
    for step in &answer.series {
        let Some(Cell::Histogram(histogram)) = step.row.cells.get(idx) else {
            continue;
        };
        let time = rfc3339(step.time);
        for (bucket_idx, count) in histogram.counts.iter().enumerate() {
            let edge = |i: usize| (histogram.min_value + histogram.step * i as f64).to_string();
            let fields = [edge(bucket_idx), edge(bucket_idx + 1), count.to_string()];
            let fields = std::iter::once(time.clone())
                .chain(group(&step.row))
                .chain(fields);
            text.push_str(&line(fields));
        }
    }
    text
}

fn group(row: &Row) -> impl Iterator<Item = String> {
    row.group
        .iter()
        .map(|value| value.as_ref().map_or(String::new(), ToString::to_string))
}

/// Writes one line of CSV with its line end.
pub fn line(fields: impl Iterator<Item = String>) -> String {
    let mut text = fields.map(quoted).collect::<Vec<_>>().join(",");
    text.push_str("\r\n");
    text
}

fn quoted(field: String) -> String {
    // A spreadsheet would run what looks like a formula, with whatever a stranger sent as its text.
    let field = match looks_like_formula(&field) {
        true => format!("'{field}"),
        false => field,
    };
    if field.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", field.replace('"', "\"\""));
    }
    field
}

// Source: OWASP, CSV Injection. A number is none, whatever its sign.
fn looks_like_formula(field: &str) -> bool {
    let begins = |c: &str| field.starts_with(c);
    ["=", "+", "-", "@", "\t", "\r"].into_iter().any(begins) && field.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{START, calculation, latencies};
    use super::*;
    use crate::model::query::Percentile;
    use crate::model::time::{SECOND, Window};

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for (field, written) in [
            ("=1+2", "'=1+2"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1,B1)", "\"'@SUM(A1,B1)\""),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("-5", "-5"),
            ("-1.5e3", "-1.5e3"),
            ("+5", "+5"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(quoted(field.to_string()), written);
        }
    }

    #[test]
    fn rows_are_quoted_where_they_must_be_and_absent_is_empty() {
        let row = |group: Option<&str>, p90: Cell| Row {
            group: vec![group.map(Into::into)],
            cells: vec![Cell::Count(3), p90],
        };
        let answer = Answer {
            left_out: Default::default(),
            window: Window {
                start: START,
                end: START + SECOND,
            },
            granularity: SECOND,
            percentiles: Default::default(),
            breakdowns: vec!["a,b".to_string()],
            calculations: vec![
                calculation(Op::Count),
                calculation(Op::Percentile(Percentile::P90)),
            ],
            rows: vec![
                row(Some("say \"hi\"\n"), Cell::Number(1.5)),
                row(None, Cell::Absent),
            ],
            series: Vec::new(),
        };
        assert_eq!(
            csv(&answer),
            "\"a,b\",COUNT,P90(duration_ms)\r\n\"say \"\"hi\"\"\n\",3,1.5\r\n,3,\r\n"
        );
    }

    #[test]
    fn heatmaps_are_written_bucket_by_bucket_and_sum_to_the_events() {
        let text = csv(&latencies(250, 6, 10, 0.0));
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("time,low,high,count"));
        let total: u64 = lines
            .map(|line| line.rsplit(',').next().unwrap().parse::<u64>().unwrap())
            .sum();
        assert_eq!(total, 250);
        assert!(text.contains("\r\n2026-11-22T14:03:20Z,"), "{text}");
    }
}
