//! Rows that are kept, and the commands that need the rows around a row.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::expression::{Expr, Times};
use super::order;
use super::stats::{add_to_key, put};
use super::steps::RowStep;
use super::value::Value;

/// A row that is kept.
pub type Row = Vec<Value<'static>>;

/// The most bytes of rows that are kept, all together.
const MAX_BYTES: usize = 256 << 20;
/// The most rows that `fillmissing` adds.
const MAX_FILLED: usize = 100_000;

/// How much is kept.
#[derive(Debug, Default)]
pub struct Budget {
    n_bytes: usize,
}

impl Budget {
    /// Returns what rows take.
    pub fn of(rows: &[Row]) -> Budget {
        let mut budget = Budget::default();
        rows.iter().for_each(|row| budget.add(row_bytes(row)));
        budget
    }

    /// Keeps a row.
    pub fn kept(&mut self, row: Vec<Value<'_>>) -> Row {
        self.add(row_bytes(&row));
        row.into_iter().map(Value::into_owned).collect()
    }

    /// Adds bytes.
    pub fn add(&mut self, n_bytes: usize) {
        self.n_bytes = self.n_bytes.saturating_add(n_bytes);
    }

    /// Tells whether there is no more.
    pub fn is_spent(&self) -> bool {
        self.n_bytes > MAX_BYTES
    }
}

fn row_bytes(row: &[Value<'_>]) -> usize {
    size_of_val(row) + row.iter().map(Value::n_bytes).sum::<usize>() + 24
}

/// Sorts rows. Stable, so that what is alike stays as it was, the newest first.
pub fn sort(rows: &mut Vec<Row>, by: &[(Expr, bool)], times: &Times) {
    let mut keyed: Vec<(Vec<Value<'static>>, Row)> = std::mem::take(rows)
        .into_iter()
        .map(|row| {
            let keys = by
                .iter()
                .map(|(expr, _)| expr.value(&row, times).into_owned())
                .collect();
            (keys, row)
        })
        .collect();
    keyed.sort_by(|(a, _), (b, _)| {
        let orders = by.iter().zip(a.iter().zip(b));
        let mut orders = orders
            .map(|((_, is_descending), (a, b))| order::compare_directed(a, b, *is_descending));
        orders.find(|it| it.is_ne()).unwrap_or(Ordering::Equal)
    });
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

/// Does what a command does to all rows; `None` if that were too many.
pub fn apply(
    step: &RowStep,
    mut rows: Vec<Row>,
    n_slots: usize,
    times: &Times,
) -> Option<Vec<Row>> {
    match step {
        RowStep::Accum(of, slot) => {
            let mut sum = 0.0;
            for row in &mut rows {
                let number = of.value(row, times).number();
                if let Some(number) = number {
                    sum += number;
                    put(row, *slot, Value::of_number(sum));
                }
            }
        }
        RowStep::Autoregress(of, slots) => {
            let values: Vec<Value<'static>> = rows
                .iter()
                .map(|row| of.value(row, times).into_owned())
                .collect();
            for (idx, row) in rows.iter_mut().enumerate() {
                for (before, slot) in slots {
                    let value = idx.checked_sub(*before).and_then(|idx| values.get(idx));
                    put(row, *slot, value.cloned().unwrap_or(Value::Null));
                }
            }
        }
        RowStep::AddTotals { of, row, has_col } => {
            add_totals(&mut rows, of, *row, *has_col, n_slots)
        }
        RowStep::FillDown(slots) => {
            for slot in slots {
                let mut last = Value::Null;
                for row in &mut rows {
                    match row.get(*slot) {
                        Some(value) if !value.is_null() => last = value.clone(),
                        _ => put(row, *slot, last.clone()),
                    }
                }
            }
        }
        RowStep::FillMissing {
            bin,
            period,
            keys,
            with,
        } => {
            return fill_missing(rows, (*bin, *period), keys, with, n_slots, times);
        }
        RowStep::Outlier {
            of,
            marks,
            param,
            is_removing,
            uses_lower,
        } => {
            for (idx, slot) in of.iter().enumerate() {
                outlier(
                    &mut rows,
                    *slot,
                    marks.get(idx).copied(),
                    *param,
                    *is_removing,
                    *uses_lower,
                );
            }
        }
        RowStep::Sessionize {
            of,
            timestamp,
            max_span_ms,
            slot,
        } => {
            sessionize(&mut rows, of, *timestamp, *max_span_ms, *slot, times);
        }
        RowStep::CountFrequent { of, slot } => {
            return Some(count_frequent(rows, of, *slot, n_slots, times));
        }
    }
    Some(rows)
}

fn number_in(row: &Row, slot: usize) -> Option<f64> {
    match row.get(slot) {
        Some(Value::Time(_)) | None => None,
        Some(value) => value.number(),
    }
}

fn add_totals(
    rows: &mut Vec<Row>,
    of: &[usize],
    row: Option<usize>,
    has_col: bool,
    n_slots: usize,
) {
    if let Some(total) = row {
        for row in rows.iter_mut() {
            let sum = of.iter().filter_map(|slot| number_in(row, *slot)).sum();
            put(row, total, Value::of_number(sum));
        }
    }
    if has_col {
        let mut totals = vec![Value::Null; n_slots];
        for slot in of.iter().copied().chain(row) {
            let numbers: Vec<f64> = rows.iter().filter_map(|row| number_in(row, slot)).collect();
            if !numbers.is_empty() {
                put(&mut totals, slot, Value::of_number(numbers.iter().sum()));
            }
        }
        rows.push(totals);
    }
}

// A row for each bin between the first and the last, for each combination of the other keys.
fn fill_missing(
    rows: Vec<Row>,
    (bin, period): (usize, super::period::Period),
    keys: &[usize],
    with: &[(usize, Expr)],
    n_slots: usize,
    times: &Times,
) -> Option<Vec<Row>> {
    let time = |row: &Row| row.get(bin).and_then(Value::number).map(|ms| ms as i64);
    let first = rows.iter().filter_map(time).min();
    let last = rows.iter().filter_map(time).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Some(rows);
    };
    let key_of = |row: &Row| {
        let mut key = Vec::new();
        let values = keys.iter().filter_map(|slot| row.get(*slot));
        values.for_each(|value| add_to_key(&mut key, value));
        key
    };
    let mut by_key: BTreeMap<Vec<u8>, (Row, BTreeMap<i64, Row>)> = BTreeMap::new();
    let mut others = Vec::new();
    for row in rows {
        match time(&row) {
            Some(ms) => {
                let known = by_key
                    .entry(key_of(&row))
                    .or_insert_with(|| (row.clone(), BTreeMap::new()));
                known.1.insert(ms, row);
            }
            None => others.push(row),
        }
    }
    let mut filled: Vec<(i64, Row)> = Vec::new();
    for (example, mut known) in by_key.into_values() {
        let mut ms = first;
        while ms <= last {
            let row = known.remove(&ms).unwrap_or_else(|| {
                let mut row = vec![Value::Null; n_slots];
                for slot in keys {
                    put(
                        &mut row,
                        *slot,
                        example.get(*slot).cloned().unwrap_or(Value::Null),
                    );
                }
                put(&mut row, bin, Value::Time(ms));
                for (slot, value) in with {
                    let value = value.value(&row, times).into_owned();
                    put(&mut row, *slot, value);
                }
                row
            });
            filled.push((ms, row));
            if filled.len() > MAX_FILLED {
                return None;
            }
            let next = period.ceil(ms.saturating_add(1));
            if next <= ms {
                break;
            }
            ms = next;
        }
    }
    filled.sort_by_key(|(ms, _)| *ms);
    Some(
        filled
            .into_iter()
            .map(|(_, row)| row)
            .chain(others)
            .collect(),
    )
}

// What is further than `param` times the distance of the quartiles outside of them.
fn outlier(
    rows: &mut [Row],
    slot: usize,
    mark: Option<usize>,
    param: f64,
    is_removing: bool,
    uses_lower: bool,
) {
    let mut numbers: Vec<f64> = rows.iter().filter_map(|row| number_in(row, slot)).collect();
    numbers.sort_by(f64::total_cmp);
    let rank = |share: f64| {
        let rank = (share * numbers.len() as f64).ceil() as usize;
        numbers.get(rank.saturating_sub(1)).copied()
    };
    let (Some(lower), Some(upper)) = (rank(0.25), rank(0.75)) else {
        return;
    };
    let reach = param * (upper - lower);
    let (least, most) = (lower - reach, upper + reach);
    for row in rows {
        let Some(number) = number_in(row, slot) else {
            continue;
        };
        let is_outside = number > most || (uses_lower && number < least);
        if let Some(mark) = mark {
            put(row, mark, Value::Bool(is_outside));
        }
        if is_outside {
            let value = match is_removing {
                true => Value::Null,
                false => Value::of_number(number.clamp(least, most)),
            };
            put(row, slot, value);
        }
    }
}

// A session of the same values ends where nothing comes for so long.
fn sessionize(
    rows: &mut [Row],
    of: &[Expr],
    timestamp: usize,
    max_span_ms: i64,
    slot: usize,
    times: &Times,
) {
    let mut by_time: Vec<(i64, usize)> = Vec::new();
    for (idx, row) in rows.iter().enumerate() {
        let ms = row.get(timestamp).and_then(Value::number).unwrap_or(0.0) as i64;
        by_time.push((ms, idx));
    }
    by_time.sort_unstable();
    let mut open: HashMap<Vec<u8>, (i64, u64)> = HashMap::new();
    let mut n_sessions = 0;
    for (ms, idx) in by_time {
        let Some(row) = rows.get_mut(idx) else {
            continue;
        };
        let mut key = Vec::new();
        for expr in of {
            add_to_key(&mut key, &expr.value(row, times));
        }
        let session = match open.get(&key) {
            Some((last, session)) if ms.saturating_sub(*last) <= max_span_ms => *session,
            _ => {
                n_sessions += 1;
                n_sessions
            }
        };
        open.insert(key, (ms, session));
        put(row, slot, Value::Number(session as f64));
    }
}

fn count_frequent(
    rows: Vec<Row>,
    of: &[(Expr, usize)],
    slot: usize,
    n_slots: usize,
    times: &Times,
) -> Vec<Row> {
    let mut counts: HashMap<Vec<u8>, (u64, Row)> = HashMap::new();
    for row in &rows {
        let values: Vec<Value<'static>> = of
            .iter()
            .map(|(expr, _)| expr.value(row, times).into_owned())
            .collect();
        let mut key = Vec::new();
        values.iter().for_each(|value| add_to_key(&mut key, value));
        let known = counts.entry(key).or_insert_with(|| (0, values));
        known.0 += 1;
    }
    let mut counts: Vec<(Vec<u8>, (u64, Row))> = counts.into_iter().collect();
    counts.sort_by(|(a, (n_a, _)), (b, (n_b, _))| n_b.cmp(n_a).then_with(|| a.cmp(b)));
    let row = |(_, (n, values)): (Vec<u8>, (u64, Row))| {
        let mut row = vec![Value::Null; n_slots];
        for ((_, slot), value) in of.iter().zip(values) {
            put(&mut row, *slot, value);
        }
        put(&mut row, slot, Value::Number(n as f64));
        row
    };
    counts.into_iter().map(row).collect()
}
