//! The journal as it is read back after a crash.

use std::fs;
use std::path::Path;

use crate::model::span::{Batch, Lens};
use crate::store::journal::{self, Binding, Found, Head, Kind, OLD_MAGIC};
use crate::store::{Part, Store, codec, folder_salt};

/// The records of a journal file, after the file's head.
pub fn journal_file(bytes: &[u8]) {
    // Those of format 2, so that what the fuzzer makes counts wherever it stands.
    let start = (Binding::Free, 0);
    let mut at = 0;
    for found in journal::records(bytes, start) {
        let n_bytes = match found {
            Found::Record(record) => {
                let mut again = Vec::new();
                let (kind, sequence) = (record.kind, record.sequence);
                journal::put_record(&mut again, start, kind, sequence, record.payload);
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

/// A data folder with one journal file, read as a stack does that starts.
///
/// The first byte says what comes: a record of a kind, with the other bytes as its payload and a
/// checksum that holds, or the other bytes as the file. `folder` is made if it is missing.
pub fn data_folder(folder: &Path, bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    let path = folder.join("journal").join("0000000001.log");
    let prepared = folder.join("FORMAT").exists() || Store::prepare(folder).is_ok();
    let head = Head {
        number: 1,
        salt: folder_salt(folder).unwrap_or(0),
        first_sequence: 0,
    };
    // Every other one is of format 2.
    let (mut file, start) = match kind % 2 {
        0 => (head.to_bytes().to_vec(), (head.binding(), 0)),
        _ => (OLD_MAGIC.to_vec(), (Binding::Free, 0)),
    };
    match kind / 2 % 5 {
        1 => journal::put_record(&mut file, start, Kind::Part, 3, rest),
        2 => journal::put_record(&mut file, start, Kind::Documents, 3, rest),
        3 => journal::put_record(&mut file, start, Kind::Snapshot, 3, rest),
        4 => journal::put_record(&mut file, start, Kind::Forget, 3, rest),
        _ => file.extend_from_slice(rest),
    }
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
    let name = folder.display().to_string();
    assert!(
        damage.iter().flatten().all(|damage| damage.contains(&name)),
        "damage has a place: {damage:?}"
    );
}
