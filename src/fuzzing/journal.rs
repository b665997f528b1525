//! The journal as it is read back after a crash.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::model::span::{Batch, Event, Lens, Value};
use crate::store::Store;
use crate::store::codec::{self, NotABatch, Reader, ValueRef};
use crate::store::journal::{self, FILE_MAGIC, Found, Kind};

/// The records of a journal file, after the file's magic.
pub fn journal_file(bytes: &[u8]) {
    let mut at = 0;
    for found in journal::records(bytes) {
        let n_bytes = match found {
            Found::Record(record) => {
                let mut again = Vec::new();
                journal::put_record(&mut again, record.kind, record.sequence, record.payload);
                assert!(
                    bytes.get(at..).is_some_and(|rest| rest.starts_with(&again)),
                    "a record is what stands in the file"
                );
                journal_payload(record.payload);
                journal::length_of(&record)
            }
            Found::Damage(n) => n,
            Found::Torn(n) => {
                assert_eq!(at + n, bytes.len(), "only the end is torn");
                n
            }
        };
        assert!(n_bytes > 0, "every place has bytes");
        at += n_bytes;
    }
    assert_eq!(at, bytes.len(), "every byte is accounted for");
}

/// A batch in the payload of a record.
pub fn journal_payload(bytes: &[u8]) {
    if let Ok(batch) = read(bytes) {
        comes_back_the_same(&batch);
    }
}

/// Checks that what is written of a batch is read as the same batch.
pub fn comes_back_the_same(batch: &Batch) {
    let encoded = codec::encode(batch);
    assert_eq!(encoded.n_events, batch.events.len() as u64);
    // Bytes are compared, not batches: a NaN is not the same as itself.
    let again = read(&encoded.bytes).map(|batch| codec::encode(&batch).bytes);
    assert_eq!(
        again.as_ref(),
        Ok(&encoded.bytes),
        "a batch comes back the same"
    );
}

/// A data folder with one journal file, read as a stack does that starts.
///
/// The first byte says what comes: a record of a kind, with the other bytes as its payload and a
/// checksum that holds, or the other bytes as the file. `folder` is made if it is missing.
pub fn data_folder(folder: &Path, bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    let mut file = FILE_MAGIC.to_vec();
    match kind % 5 {
        1 => journal::put_record(&mut file, Kind::Batch, 3, rest),
        2 => journal::put_record(&mut file, Kind::Documents, 3, rest),
        3 => journal::put_record(&mut file, Kind::Snapshot, 3, rest),
        4 => journal::put_record(&mut file, Kind::Forget, 3, rest),
        _ => file.extend_from_slice(rest),
    }
    let path = folder.join("journal").join("0000000001.log");
    let prepared = folder.join("FORMAT").exists() || Store::prepare(folder).is_ok();
    assert!(
        prepared && fs::write(&path, &file).is_ok(),
        "the fuzzer can write to its own folder"
    );
    let read = || {
        let read = Store::read_only(folder).map(|read| {
            let lenses = [Lens::Spans, Lens::Logs, Lens::Segments];
            let datasets = lenses.map(|lens| read.store.datasets(lens));
            (datasets, read.store.recovery().clone())
        });
        read.map_err(|error| error.to_string())
    };
    let first = read();
    assert!(first.is_ok(), "damage is no reason not to start: {first:?}");
    assert_eq!(first, read(), "reading changes nothing");
    let damage = first.map(|(_, recovery)| recovery.damage);
    let name = path.display().to_string();
    assert!(
        damage.iter().flatten().all(|damage| damage.contains(&name)),
        "damage has a place: {damage:?}"
    );
}

fn read(bytes: &[u8]) -> Result<Batch, NotABatch> {
    let mut reader = Reader::new(bytes)?;
    let names: Vec<Arc<str>> = reader.names.iter().map(|name| Arc::from(*name)).collect();
    let mut events = Vec::new();
    while let Some(head) = reader.next_event()? {
        let mut fields = Vec::new();
        for _ in 0..head.n_fields {
            let (name, value) = reader.next_field()?;
            let value = match value {
                ValueRef::Str(text) => text.into(),
                ValueRef::Int(int) => Value::Int(int),
                ValueRef::Float(float) => Value::Float(float),
                ValueRef::Bool(bool) => Value::Bool(bool),
            };
            let name = names.get(name).ok_or(NotABatch)?;
            fields.push((name.clone(), value));
        }
        events.push(Event {
            time: head.time,
            sample_rate: head.sample_rate,
            fields,
        });
    }
    Ok(Batch {
        lens: reader.lens,
        dataset: reader.dataset.to_string(),
        events,
    })
}
