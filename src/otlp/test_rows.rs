//! Rows as tests look at them: event by event, in the order of arrival.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::span::{Batch, Event, Value};
use crate::store::PartBuilder;

/// Returns what was decoded as batches, events in the order of arrival.
pub fn batches_of(parts: Vec<PartBuilder>) -> Vec<Batch> {
    let batches = parts.into_iter().map(|part| {
        let part = part.finish();
        let mut events: Vec<(u64, Event)> = Vec::new();
        for (row, &time) in part.times().iter().enumerate() {
            let names: BTreeSet<_> = part.names().cloned().collect();
            let fields = names.into_iter().filter_map(|name| {
                let value = part.value(&name, row)?;
                Some((name, value))
            });
            let event = Event {
                time,
                sample_rate: part.rates().get(row),
                fields: fields.collect(),
            };
            events.push((part.sequence(row), event));
        }
        events.sort_by_key(|(sequence, _)| *sequence);
        Batch {
            lens: part.lens,
            dataset: part.dataset.to_string(),
            events: events.into_iter().map(|(_, event)| event).collect(),
        }
    });
    batches.collect()
}

/// Returns the fields of an event by name; of a name that comes twice, the last one.
pub fn named_fields(event: &Event) -> BTreeMap<String, Value> {
    let fields = event.fields.iter();
    fields
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect()
}
