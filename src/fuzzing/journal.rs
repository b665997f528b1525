//! The journal as it is read back after a crash.

use std::fs;
use std::path::Path;

use crate::model::span::{Batch, Lens};
use crate::store::journal::{self, FILE_MAGIC, Found, Kind};
use crate::store::{Part, Store, codec, segment_read};

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

/// A part in the payload of a record.
pub fn journal_payload(bytes: &[u8]) {
    if let Ok(part) = codec::decode(bytes, 3) {
        part_comes_back_the_same(&part);
    }
}

/// Checks that what is written of a batch is read as the same events.
pub fn comes_back_the_same(batch: &Batch) {
    if !batch.events.is_empty() {
        part_comes_back_the_same(&Part::of(batch));
    }
}

/// Checks that what is written of a part is read as the same part.
pub fn part_comes_back_the_same(part: &Part) {
    let encoded = codec::encode(part);
    // Bytes are compared, not values: a NaN is not the same as itself.
    let again = codec::decode(&encoded, 3).map(|part| codec::encode(&part));
    // What was read may have integers in more bits than they need; what is written has not.
    let third =
        again.and_then(|again| codec::decode(&again, 3).map(|it| (again, codec::encode(&it))));
    assert!(
        third.is_ok_and(|(again, third)| again == third),
        "a part comes back the same"
    );
}

/// A segment file, read as a stack does that starts and is then asked for everything in it.
///
/// `folder` is where the file is written.
pub fn segment_file(folder: &Path, bytes: &[u8]) {
    let path = &folder.join("segment.arrow");
    assert!(fs::write(path, bytes).is_ok(), "the fuzzer can write");
    let Ok(opened) = segment_read::open(path, 1) else {
        return;
    };
    let part = opened.part;
    let is_sound = part.is_wholly_sound();
    for row in 0..part.len().min(1_000) {
        for column in part.columns() {
            let value = column.value(row);
            assert!(!is_sound || value.is_none() || column.present.has(row));
        }
        part.sequence(row);
    }
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
        1 => journal::put_record(&mut file, Kind::Part, 3, rest),
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
            (datasets, read.store.damage())
        });
        read.map_err(|error| error.to_string())
    };
    let first = read();
    assert!(first.is_ok(), "damage is no reason not to start: {first:?}");
    assert_eq!(first, read(), "reading changes nothing");
    let damage = first.map(|(_, damage)| damage);
    let name = path.display().to_string();
    assert!(
        damage.iter().flatten().all(|damage| damage.contains(&name)),
        "damage has a place: {damage:?}"
    );
}
