//! Segment files, whole and damaged.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::store::{Part, directory, segment_read};

// So many rows are read of each part.
const MOST_ROWS: usize = 1_000;

/// A segment file, read as a stack does that starts and is then asked for everything in it.
///
/// `folder` is where the file is written. The checksums of its directories are made to hold, so that what they say is
/// believed.
pub fn segment_file(folder: &Path, bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    directory::make_sums_hold(&mut bytes);
    let path = &folder.join("segment.arrow");
    assert!(fs::write(path, &bytes).is_ok(), "the fuzzer can write");
    let Ok(opened) = segment_read::open(path, 1, None) else {
        return;
    };
    let part = Arc::new(opened.part);
    read_all(&part);
    let pieces = part.wholly_readable();
    let n_rows: usize = pieces.iter().map(|piece| piece.len()).sum();
    assert_eq!(n_rows, part.len(), "each row is in one piece");
    pieces.iter().for_each(|piece| read_all(piece));
}

fn read_all(part: &Part) {
    let is_sound = part.is_wholly_sound();
    let n_rows = part.len().min(MOST_ROWS);
    for row in 0..n_rows {
        for column in part.columns() {
            let value = column.value(row);
            assert!(!is_sound || value.is_none() || column.present.has(row));
        }
        part.sequence(row);
    }
    // Fields that few rows have are read in ways of their own.
    for field in part.fields() {
        let columns = part.columns_of(field.name);
        for row in 0..n_rows {
            let by_column = columns.iter().find_map(|column| column.value(row));
            let by_row = part.value(field.name, row);
            assert!(
                !is_sound || by_column == by_row,
                "a value is read as itself"
            );
        }
    }
}
