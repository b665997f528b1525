//! `pattern`: how often lines of one shape are there.

use std::collections::HashMap;

use super::expression::Times;
use super::stats::put;
use super::steps::PatternStep;
use super::value::Value;
use crate::model::log_shape::shape;

/// What a row of an answer has.
pub const PATTERN_COLUMNS: [&str; 5] = [
    "@pattern",
    "@ratio",
    "@sampleCount",
    "@severityLabel",
    "@logSamples",
];

/// The most shapes, and the most samples of each.
const MAX_SHAPES: usize = 50_000;
const MAX_SAMPLES: usize = 3;

/// Shapes while rows come.
#[derive(Debug, Default)]
pub struct Shapes {
    shapes: HashMap<String, (u64, Vec<String>)>,
    n_rows: u64,
}

impl Shapes {
    /// Adds a row; `false` if there are too many shapes.
    pub fn add(&mut self, step: &PatternStep, row: &[Value<'_>], times: &Times) -> bool {
        let value = step.of.value(row, times);
        let Some(text) = value.text() else {
            return true;
        };
        self.n_rows += 1;
        let known = self.shapes.entry(numbered(&shape(&text))).or_default();
        known.0 += 1;
        if known.1.len() < MAX_SAMPLES {
            known.1.push(text.into_owned());
        }
        self.shapes.len() <= MAX_SHAPES
    }

    /// Returns a row for each shape, the most frequent first.
    pub fn finish(self, step: &PatternStep, n_slots: usize) -> Vec<Vec<Value<'static>>> {
        let n_rows = self.n_rows.max(1) as f64;
        let mut shapes: Vec<_> = self.shapes.into_iter().collect();
        shapes.sort_by(|(a, (n_a, _)), (b, (n_b, _))| n_b.cmp(n_a).then_with(|| a.cmp(b)));
        let row = |(shape, (n, samples)): (String, (u64, Vec<String>))| {
            let mut row = vec![Value::Null; n_slots];
            let severity = severity(samples.first().map_or("", |it| it));
            let values = [
                Value::of_text(shape),
                Value::Number((n as f64 / n_rows * 10_000.0).round() / 10_000.0),
                Value::Number(n as f64),
                severity.map_or(Value::Null, Value::of_text),
                Value::Structure(std::sync::Arc::new(samples.into())),
            ];
            for (slot, value) in step.slots.iter().zip(values) {
                put(&mut row, *slot, value);
            }
            row
        };
        shapes.into_iter().map(row).collect()
    }
}

// What varies is called `<Token-1>` and so on.
fn numbered(shape: &str) -> String {
    const OPEN: [&str; 6] = ["<time>", "<n>", "<hex>", "<id>", "<trace>", "<ip>"];
    let (mut numbered, mut rest, mut n) = (String::with_capacity(shape.len()), shape, 0);
    while let Some(at) = rest.find('<') {
        let (before, after) = rest.split_at(at);
        numbered.push_str(before);
        match OPEN.iter().find(|it| after.starts_with(**it)) {
            Some(open) => {
                n += 1;
                numbered.push_str(&format!("<Token-{n}>"));
                rest = after.get(open.len()..).unwrap_or_default();
            }
            None => {
                numbered.push('<');
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    numbered + rest
}

fn severity(text: &str) -> Option<&'static str> {
    const LEVELS: [(&str, &str); 8] = [
        ("FATAL", "FATAL"),
        ("CRITICAL", "FATAL"),
        ("ERROR", "ERROR"),
        ("WARN", "WARN"),
        ("INFO", "INFO"),
        ("DEBUG", "DEBUG"),
        ("TRACE", "TRACE"),
        ("EXCEPTION", "ERROR"),
    ];
    let upper = text.to_uppercase();
    LEVELS
        .iter()
        .find(|(word, _)| upper.contains(word))
        .map(|(_, level)| *level)
}
