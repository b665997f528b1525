//! What a filter asks of a column, in the form that is quickest to answer for many rows.

use super::condition::{Numbers, Side, Test};
use super::filter::{passes, passes_absent, text_of};
use crate::model::query::{Filter, FilterOp};
use crate::model::span::Value;
use crate::store::{Codes, Column, ColumnData, Floats, Hexes, Ints, Strs, ValueRef, hex_bytes};

// Integers that lie in a range of so many are all tried.
const FEW: u64 = 4_096;

/// Returns what a filter asks of the values of a column, less where the column says enough of them all.
pub fn test_of(filter: &Filter, column: &Column) -> Test {
    match filter.op {
        FilterOp::Exists => return Test::Constant(true),
        FilterOp::DoesNotExist => return Test::Constant(false),
        _ => {}
    }
    match &column.data {
        ColumnData::Str(strs) => of_texts(filter, strs),
        ColumnData::Hex(hexes) => of_ids(filter, hexes),
        ColumnData::Int(ints) => of_ints(filter, ints),
        ColumnData::Float(floats) => of_floats(filter, floats),
        ColumnData::Bool(_) => {
            let of = |bool| passes(filter, Some(ValueRef::Bool(bool)));
            match (of(false), of(true)) {
                (a, b) if a == b => Test::Constant(a),
                (a, b) => Test::Truths(a, b),
            }
        }
    }
}

fn of_texts(filter: &Filter, strs: &Strs) -> Test {
    if matches!(strs.codes, Codes::Rows) {
        return Test::Each(filter.clone());
    }
    let table = if is_equality(filter.op) {
        let wanted: Vec<_> = filter.values.iter().map(|it| text_of(it.into())).collect();
        let is_negative = passes_absent(filter.op);
        let is_wanted = |code: usize| {
            let text = strs.texts.bytes_of(code);
            wanted.iter().any(|wanted| wanted.as_bytes() == text)
        };
        (0..strs.texts.len())
            .map(|code| u8::from(is_wanted(code) != is_negative))
            .collect()
    } else {
        let texts = strs.texts.iter();
        texts
            .map(|text| u8::from(passes(filter, Some(ValueRef::Str(text)))))
            .collect()
    };
    of_table(table)
}

fn of_table(table: Vec<u8>) -> Test {
    let n_passing: usize = table.iter().map(|passes| usize::from(*passes)).sum();
    let first = |wanted: u8| table.iter().position(|it| *it == wanted).unwrap_or(0) as u32;
    match (n_passing, table.len() - n_passing) {
        (0, _) => Test::Constant(false),
        (_, 0) => Test::Constant(true),
        (1, _) => Test::Code(first(1), true),
        (_, 1) => Test::Code(first(0), false),
        _ => Test::Codes(table),
    }
}

fn of_ids(filter: &Filter, hexes: &Hexes) -> Test {
    if !is_equality(filter.op) {
        return Test::Each(filter.clone());
    }
    let ids: Vec<[u8; 16]> = filter
        .values
        .iter()
        .filter_map(|wanted| hex_bytes(&text_of(wanted.into())))
        .filter(|(_, width)| *width == hexes.width)
        .map(|(id, _)| id)
        .collect();
    let is_positive = !passes_absent(filter.op);
    match ids.is_empty() {
        true => Test::Constant(!is_positive),
        false => Test::Ids(ids, is_positive),
    }
}

fn of_ints(filter: &Filter, ints: &Ints) -> Test {
    let (least, most) = (ints.least, ints.most);
    if least > most {
        return Test::Constant(false);
    }
    let of = |int: i64| passes(filter, Some(ValueRef::Int(int)));
    if most.abs_diff(least) < FEW {
        return of_few_ints(least, (least..=most).map(of).map(u8::from).collect());
    }
    let (ranges, is_positive) = match filter.op {
        // What passes begins or ends somewhere: numbers are compared in their order.
        FilterOp::Greater | FilterOp::GreaterOrEqual => {
            (vec![(first_where(least, most, of), most)], true)
        }
        FilterOp::Less | FilterOp::LessOrEqual => {
            let first_failing = first_where(least, most, |int| !of(int));
            let range = match first_failing {
                None => (Some(least), most),
                Some(first) => (first.checked_sub(1).map(|_| least), first.saturating_sub(1)),
            };
            (vec![range], true)
        }
        op if is_equality(op) => {
            let ranges = filter
                .values
                .iter()
                .map(|wanted| equal_ints(wanted, least, most));
            (ranges.collect(), !passes_absent(op))
        }
        _ => return Test::Each(filter.clone()),
    };
    let ranges: Vec<(i64, i64)> = ranges
        .into_iter()
        .filter_map(|(low, high): (Option<i64>, i64)| Some((low?.max(least), high.min(most))))
        .filter(|(low, high)| low <= high)
        .collect();
    match ranges.as_slice() {
        [] => Test::Constant(!is_positive),
        [(low, high)] if *low == least && *high == most => Test::Constant(is_positive),
        _ => Test::Within(ranges, is_positive),
    }
}

fn of_few_ints(first: i64, table: Vec<u8>) -> Test {
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for (idx, passes) in table.iter().enumerate() {
        let int = first + idx as i64;
        if *passes == 0 {
            continue;
        }
        match ranges.last_mut() {
            Some((_, high)) if *high + 1 == int => *high = int,
            _ => ranges.push((int, int)),
        }
    }
    let last = first + (table.len() as i64 - 1);
    match ranges.as_slice() {
        [] => Test::Constant(false),
        [(low, high)] if *low == first && *high == last => Test::Constant(true),
        [_] | [_, _] => Test::Within(ranges, true),
        _ => Test::Ints(first, table),
    }
}

// The integers of `least..=most` that are equal to `wanted` all lie together.
fn equal_ints(wanted: &Value, least: i64, most: i64) -> (Option<i64>, i64) {
    match wanted {
        Value::Int(int) => (Some(*int), *int),
        Value::Float(float) => {
            let low = first_where(least, most, |int| int as f64 >= *float);
            match first_where(least, most, |int| int as f64 > *float) {
                None => (low, most),
                above if above == low => (None, 0),
                Some(above) => (low, above - 1),
            }
        }
        Value::Str(text) => {
            let int = text.parse::<i64>().ok();
            let int = int.filter(|int| int.to_string() == **text);
            (int, int.unwrap_or(0))
        }
        Value::Bool(_) => (None, 0),
    }
}

// The first integer of `least..=most` that passes, where all after a passing one pass.
fn first_where(least: i64, most: i64, passes: impl Fn(i64) -> bool) -> Option<i64> {
    if !passes(most) {
        return None;
    }
    let (mut low, mut high) = (least, most);
    while low < high {
        let middle = low + (high.abs_diff(low) / 2) as i64;
        if passes(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low)
}

fn of_floats(filter: &Filter, floats: &Floats) -> Test {
    let side = match filter.op {
        FilterOp::Greater => Side::Above,
        FilterOp::GreaterOrEqual => Side::From,
        FilterOp::Less => Side::Below,
        FilterOp::LessOrEqual => Side::UpTo,
        op if is_equality(op) => return one_of(filter, floats),
        _ => return Test::Each(filter.clone()),
    };
    let number = filter.values.first().and_then(|wanted| match wanted {
        Value::Str(text) => text.parse().ok(),
        _ => wanted.number(),
    });
    let Some(number) = number else {
        return Test::Constant(false);
    };
    let (least, most) = (
        side.has(floats.least, number),
        side.has(floats.most, number),
    );
    if floats.are_finite && floats.least <= floats.most && least == most {
        return Test::Constant(least);
    }
    Test::Beside(side, number)
}

fn one_of(filter: &Filter, floats: &Floats) -> Test {
    let mut numbers = Numbers::default();
    for wanted in &filter.values {
        match wanted {
            Value::Bool(_) => {}
            // A text is equal to the number that is written so.
            Value::Str(text) => match text.parse::<f64>() {
                Ok(number) if number.is_nan() => numbers.nan |= **text == *"NaN",
                Ok(number) if number.to_string() == **text => numbers.bits.push(number.to_bits()),
                _ => {}
            },
            _ => numbers.equal.extend(wanted.number()),
        }
    }
    let is_positive = !passes_absent(filter.op);
    let may_have =
        |number: f64| !floats.are_finite || (floats.least <= number && number <= floats.most);
    let bits = numbers.bits.iter().map(|bits| f64::from_bits(*bits));
    let mut wanted = numbers.equal.iter().copied().chain(bits);
    if !wanted.any(may_have) && (floats.are_finite || !numbers.nan) {
        return Test::Constant(!is_positive);
    }
    Test::OneOf(numbers, is_positive)
}

fn is_equality(op: FilterOp) -> bool {
    matches!(
        op,
        FilterOp::Equal | FilterOp::NotEqual | FilterOp::In | FilterOp::NotIn
    )
}
