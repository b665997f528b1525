//! Damage of every kind to a segment file: what is read of it is what was written, and little of it is not read.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::model::span::{Batch, Event, Lens, Value};
use crate::store::directory::MARK;
use crate::store::merge::merged;
use crate::store::segment_write::{self, Origin};

// Fields of every form: texts that rows share, texts of their own, ids, integers that some rows lack, floats, truths,
// and rare ones.
fn event(rng: &mut StdRng, row: usize, time: i64) -> Event {
    let mut fields: Vec<(Arc<str>, Value)> = vec![
        (
            "route".into(),
            format!("/api/{}", rng.random_range(0..12)).as_str().into(),
        ),
        (
            "message".into(),
            format!("line {row} of many").as_str().into(),
        ),
        (
            "id".into(),
            format!("{:032x}", rng.random::<u128>()).as_str().into(),
        ),
        ("float".into(), Value::Float(rng.random())),
    ];
    if !row.is_multiple_of(3) {
        fields.push(("status".into(), Value::Int(rng.random_range(200..600))));
    }
    if !row.is_multiple_of(2) {
        fields.push(("error".into(), Value::Bool(rng.random())));
    }
    if rng.random_range(0..40) == 0 {
        let name = format!("rare.{}", rng.random_range(0..20));
        let value = match rng.random_range(0..3) {
            0 => Value::Int(rng.random()),
            1 => Value::Float(rng.random()),
            _ => format!("rare {row}").as_str().into(),
        };
        fields.push((name.as_str().into(), value));
    }
    Event {
        time,
        sample_rate: rng.random_range(1..4),
        fields,
    }
}

fn part(n_rows: usize) -> Part {
    let mut rng = StdRng::seed_from_u64(11);
    let mut batches = [Vec::new(), Vec::new()];
    for row in 0..n_rows {
        let event = event(&mut rng, row, 1_000 * row as i64);
        batches[usize::from(rng.random::<bool>())].push(event);
    }
    let parts = batches.map(|events| {
        Part::of(&Batch {
            lens: Lens::Logs,
            dataset: "d".into(),
            events,
        })
    });
    merged(&[&parts[0], &parts[1]])
}

fn written(part: &Part, path: &Path) -> Vec<u8> {
    segment_write::write(part, &Origin::default(), path).unwrap();
    std::fs::read(path).unwrap()
}

/// How many rows, and how many values of fields, were not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Missing {
    rows: usize,
    values: usize,
}

fn names_of(part: &Part) -> BTreeSet<Arc<str>> {
    part.names().cloned().collect()
}

// Whatever of the pieces is sound is what was written.
fn missing(found: &Arc<Part>, expected: &Part, context: &str) -> Missing {
    let pieces = found.wholly_readable();
    let mut missing = Missing { rows: 0, values: 0 };
    let mut start = 0;
    for piece in &pieces {
        if !piece.is_sound([]) {
            missing.rows += piece.len();
            start += piece.len();
            continue;
        }
        let rows = start..start + piece.len();
        assert_eq!(piece.times(), &expected.times()[rows.clone()], "{context}");
        for (row, expected_row) in rows.clone().enumerate() {
            assert_eq!(
                piece.sequence(row),
                expected.sequence(expected_row),
                "{context}"
            );
            assert_eq!(piece.rates().get(row), expected.rates().get(expected_row));
        }
        for name in names_of(expected) {
            let values = rows.clone().map(|row| expected.value(&name, row));
            if !piece.is_sound([&*name]) {
                missing.values += values.flatten().count();
                continue;
            }
            let read: Vec<_> = (0..piece.len())
                .map(|row| piece.value(&name, row))
                .collect();
            assert_eq!(read, values.collect::<Vec<_>>(), "{context}: {name}");
        }
        start += piece.len();
    }
    assert_eq!(start, expected.len(), "{context}");
    missing
}

#[test]
fn a_flipped_bit_anywhere_costs_a_block_of_a_column_at_most() {
    const N_ROWS: usize = 3_000;
    let part = part(N_ROWS);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.arrow");
    let whole = written(&part, &path);
    let mut rng = StdRng::seed_from_u64(1);
    let block = blocks::block_length(N_ROWS);
    for trial in 0..400 {
        let at = rng.random_range(0..whole.len());
        let bit = rng.random_range(0..8);
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        std::fs::write(&path, &bytes).unwrap();
        let context = format!("trial {trial}: bit {bit} of byte {at} of {}", whole.len());
        let opened = segment_read::open(&path, 0, Some(whole.len() as u64));
        let found = match opened {
            Ok(opened) => Arc::new(opened.part),
            Err(error) => panic!("{context}: {error}"),
        };
        let Missing { rows, values } = missing(&found, &part, &context);
        // The offset between two blocks belongs to both.
        assert!(rows <= block, "{context}: {rows} rows");
        assert!(values <= 2 * block, "{context}: {values} values");
        let n_damaged = found.n_damaged();
        assert_eq!(
            n_damaged > 0 && found.pieces().is_some(),
            rows + values > 0,
            "{context}"
        );
    }
}

#[test]
fn texts_that_rows_share_are_written_twice() {
    let part = part(1_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.arrow");
    let whole = written(&part, &path);
    let opened = segment_read::open(&path, 0, None).unwrap();
    let entries = opened.directory.columns.iter();
    let route = entries.clone().find(|entry| entry.name == "route").unwrap();
    let (places, copies) = (route.texts.unwrap(), route.copy.unwrap());
    for place in [places.0, places.1, copies.0, copies.1] {
        let mut bytes = whole.clone();
        bytes[place.0 as usize] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let found = Arc::new(segment_read::open(&path, 0, None).unwrap().part);
        let missing = missing(&found, &part, "shared texts");
        assert_eq!(missing, Missing { rows: 0, values: 0 });
    }
    let mut bytes = whole;
    bytes[places.1.0 as usize] ^= 1;
    bytes[copies.1.0 as usize] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let found = Arc::new(segment_read::open(&path, 0, None).unwrap().part);
    let missing = missing(&found, &part, "both");
    assert_eq!(
        missing,
        Missing {
            rows: 0,
            values: 1_000
        }
    );
}

#[test]
fn a_file_with_bytes_at_its_end_or_without_its_end_is_read_as_far_as_it_goes() {
    let part = part(3_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.arrow");
    let whole = written(&part, &path);
    for listed in [None, Some(whole.len() as u64)] {
        let mut longer = whole.clone();
        longer.extend_from_slice(&[7; 1_000]);
        std::fs::write(&path, &longer).unwrap();
        let found = Arc::new(segment_read::open(&path, 0, listed).unwrap().part);
        assert_eq!(
            missing(&found, &part, "longer"),
            Missing { rows: 0, values: 0 }
        );
        let mut last = usize::MAX;
        for tenth in 3..10 {
            std::fs::write(&path, &whole[..whole.len() * tenth / 10]).unwrap();
            let found = Arc::new(segment_read::open(&path, 0, listed).unwrap().part);
            let Missing { rows, values } = missing(&found, &part, "cut");
            assert!(rows + values <= last, "more is read of a longer file");
            last = rows + values;
        }
        assert!(last < 3_000, "{last}");
    }
}

#[test]
fn a_file_that_is_cut_while_it_is_mapped_is_read_as_far_as_it_goes() {
    let part = part(20_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.arrow");
    let whole = written(&part, &path);
    for length in [whole.len() * 3 / 4, whole.len() / 2, 100, 0] {
        std::fs::write(&path, &whole).unwrap();
        let found = Arc::new(segment_read::open(&path, 0, None).unwrap().part);
        assert!(found.file.as_ref().unwrap().is_mapped);
        assert!(found.is_wholly_sound());
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(length as u64).unwrap();
        assert!(!found.is_sound([]) && !found.is_wholly_sound() && !found.is_file_sound());
        let Missing { rows, values } = missing(&found, &part, "mapped");
        assert!(rows + values > 0);
        assert_eq!(rows == 20_000, length <= 100, "{length}: {rows}");
        assert!(found.n_damaged() > 0);
    }
}

#[test]
fn a_directory_that_a_client_sent_as_a_name_is_not_taken_for_the_real_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.arrow");
    let forged = {
        let part = part(300);
        written(&part, &path);
        segment_read::open(&path, 0, None)
            .unwrap()
            .directory
            .to_text()
    };
    let field = |time| Event {
        time,
        sample_rate: 1,
        fields: vec![(forged.as_str().into(), Value::Int(time))],
    };
    let part = Part::of(&Batch {
        lens: Lens::Spans,
        dataset: forged.clone(),
        events: (0..300).map(field).collect(),
    });
    let whole = written(&part, &path);
    let marks: Vec<usize> = memchr::memmem::find_iter(&whole, MARK.as_bytes()).collect();
    assert_eq!(marks.len(), 2, "one at the head and one in the footer");
    for damaged in [&marks[..0], &marks[..1], &marks[1..], &marks] {
        let mut bytes = whole.clone();
        damaged.iter().for_each(|at| bytes[*at] ^= 1);
        std::fs::write(&path, &bytes).unwrap();
        match segment_read::open(&path, 0, None) {
            Ok(opened) => {
                assert_eq!(*opened.part.dataset, forged);
                assert_eq!(opened.part.value(&forged, 7), Some(Value::Int(7)));
            }
            Err(_) => assert_eq!(damaged.len(), 2),
        }
    }
}

#[test]
fn a_segment_of_very_many_damaged_places_has_few_pieces() {
    let part = part(20_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.arrow");
    let mut bytes = written(&part, &path);
    let place = segment_read::open(&path, 0, None)
        .unwrap()
        .directory
        .rare
        .unwrap()
        .ints;
    for at in (place.0..place.0 + place.1).step_by(8) {
        bytes[at as usize] ^= 1;
    }
    std::fs::write(&path, &bytes).unwrap();
    let found = Arc::new(segment_read::open(&path, 0, None).unwrap().part);
    missing(&found, &part, "rare");
    let n_pieces = found.pieces().unwrap().len();
    assert!((2..=2 * MOST_PLACES).contains(&n_pieces), "{n_pieces}");
}
