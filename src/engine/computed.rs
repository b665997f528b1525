//! Calculated fields, computed for the rows of a stretch that are looked at.

use std::ops::Range;

use super::formula::value;
use super::memory::MOST_MADE_TEXT;
use super::plan::Plan;
use super::prepared::Prepared;
use super::source::Rows;
use crate::model::span::Value;
use crate::store::{Part, PartBuilder, ValueRef};

/// Returns a part of as many rows as `stretch` that has the calculated fields that are read, under the
/// numbers that [`name`] gives them.
///
/// They are made by the builder that makes stored parts, so everything that knows stored columns knows
/// them too. Rows that are not looked at have none.
pub fn computed(
    plan: &Plan<'_>,
    prepared: &Prepared<'_>,
    stretch: Range<usize>,
    rows: Rows<'_>,
) -> Part {
    let part = prepared.part;
    let mut builder = PartBuilder::new(part.lens, &part.dataset);
    let mut values: Vec<Option<Value>> = vec![None; plan.fields.len()];
    let names: Vec<String> = (0..plan.fields.len()).map(name).collect();
    let (mut n_begun, mut made_bytes) = (0, 0);
    rows.each(|row| {
        while n_begun <= row {
            // Times rise with the rows, or the rows would be sorted anew.
            builder.begin_row(n_begun as i64, 1);
            n_begun += 1;
        }
        if made_bytes > MOST_MADE_TEXT {
            plan.memory.exceed();
            return;
        }
        let at = stretch.start + row;
        for (idx, field) in plan.fields.iter().enumerate() {
            let Some(sources) = &field.sources else {
                continue;
            };
            let source = |column: usize| {
                let slot = *sources.get(column)?;
                match plan.slots.get(slot)?.field {
                    Some(earlier) => values.get(earlier)?.clone(),
                    None => {
                        let columns = prepared.columns.get(slot)?;
                        columns.iter().find_map(|column| column.value(at))
                    }
                }
            };
            let time = part.times().get(at).copied().unwrap_or_default();
            let value = value(field.named.formula.root(), &source, time);
            if let (Some(value), Some(name)) = (&value, names.get(idx)) {
                made_bytes += value.text().map_or(0, str::len);
                builder.put(name, ValueRef::from(value));
            }
            if let Some(place) = values.get_mut(idx) {
                *place = value;
            }
        }
    });
    while n_begun < stretch.len() {
        builder.begin_row(n_begun as i64, 1);
        n_begun += 1;
    }
    builder.finish()
}

/// Returns the name of calculated field `idx` in a computed part.
pub fn name(idx: usize) -> String {
    idx.to_string()
}
