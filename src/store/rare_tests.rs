use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::model::span::{Batch, Event, Lens};
use crate::store::build::PartBuilder;
use crate::store::codec;
use crate::store::merge::merged_since;
use crate::store::part::Part;
use crate::store::segment_read;
use crate::store::segment_write::{self, Origin};

const TYPES: u32 = 6;

fn value(rng: &mut StdRng, of_type: u32) -> Value {
    match of_type {
        0 => Value::from(format!("text {}", rng.random_range(0..40))),
        1 => format!("{:016x}", rng.random::<u64>()).into(),
        2 => format!("{:032x}", rng.random::<u128>()).into(),
        3 => Value::Int(rng.random_range(-40_000..40_000)),
        4 => Value::Float(rng.random()),
        _ => Value::Bool(rng.random()),
    }
}

// Three fields that every event has, and many that one or a few have, some of them of several types.
fn events(rng: &mut StdRng, n_events: usize, n_names: usize) -> Vec<Event> {
    let mut events = Vec::new();
    for _ in 0..n_events {
        let mut fields: Vec<(Arc<str>, Value)> = [("all", 0), ("each", 3), ("id", 2)]
            .map(|(name, of_type)| (name.into(), value(rng, of_type)))
            .into();
        for _ in 0..rng.random_range(0..4) {
            let name = rng.random_range(0..n_names);
            if fields.iter().any(|(it, _)| **it == *format!("rare.{name}")) {
                continue;
            }
            let of_type = match name % 5 {
                0 => rng.random_range(0..TYPES),
                n => n as u32,
            };
            fields.push((format!("rare.{name}").as_str().into(), value(rng, of_type)));
        }
        events.push(Event {
            time: rng.random_range(0..1_000),
            sample_rate: rng.random_range(1..3),
            fields,
        });
    }
    events
}

fn part_of(events: &[Event], first: u64) -> Part {
    let batch = Batch {
        lens: Lens::Logs,
        dataset: "d".into(),
        events: events.to_vec(),
    };
    PartBuilder::of(&batch).finish().numbered_from(first)
}

// Every value of every event, by each of the ways in which it can be read.
fn assert_holds(part: &Part, expected: &[(u64, Event)], n_names: usize) {
    assert_eq!(part.len(), expected.len());
    let names: Vec<String> = (0..n_names).map(|name| format!("rare.{name}")).collect();
    let names = names
        .iter()
        .map(String::as_str)
        .chain(["all", "each", "id"]);
    for name in names {
        let columns = part.columns_of(name);
        for (row, (_, event)) in expected.iter().enumerate() {
            let field = event.field(name);
            assert_eq!(part.value(name, row).as_ref(), field, "{name} in {row}");
            let of_columns = columns.iter().find_map(|column| column.value(row));
            assert_eq!(of_columns.as_ref(), field, "{name} in {row}");
            let text = field.and_then(|value| value.text());
            assert_eq!(part.text(name).get(row).as_deref(), text, "{name} in {row}");
        }
    }
    assert!(part.is_wholly_sound());
}

#[test]
fn rare_values_are_the_same_in_memory_in_the_journal_in_a_file_and_merged() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let n_names = [3, 40, 400][seed as usize % 3];
        let mut parts = Vec::new();
        let mut expected: Vec<(u64, Event)> = Vec::new();
        for _ in 0..rng.random_range(1..5) {
            let n_events = [20, 300, 700][rng.random_range(0..3)];
            let events = events(&mut rng, n_events, n_names);
            let first = expected.len() as u64;
            let part = part_of(&events, first);
            let mut of_part: Vec<(u64, Event)> = (first..).zip(events).collect();
            expected.extend(of_part.iter().cloned());
            of_part.sort_by_key(|(sequence, event)| (event.time, *sequence));
            assert_holds(&part, &of_part, n_names);
            let again = codec::decode(&codec::encode(&part), first).unwrap();
            assert_holds(&again, &of_part, n_names);
            assert_eq!(again.rare.fields.len(), part.rare.fields.len());
            parts.push(again);
        }
        expected.sort_by_key(|(sequence, event)| (event.time, *sequence));
        let oldest = if seed % 4 == 0 { 300 } else { i64::MIN };
        expected.retain(|(_, event)| event.time >= oldest);
        let merged = merged_since(&parts.iter().collect::<Vec<_>>(), oldest);
        assert_holds(&merged, &expected, n_names);

        let path = folder.path().join(format!("{seed}.arrow"));
        let origin = Origin {
            number: 7,
            ..Origin::default()
        };
        segment_write::write(&merged, &origin, &path).unwrap();
        let opened = segment_read::open(&path, 7, None).unwrap().part;
        assert_holds(&opened, &expected, n_names);
        let twice = merged_since(&[&opened], i64::MIN);
        assert_holds(&twice, &expected, n_names);
        if expected.len() >= FEW_ROWS && n_names == 400 {
            assert!(
                opened.rare.fields.len() > 100,
                "{}",
                opened.rare.fields.len()
            );
        }
    }
}

#[test]
fn twenty_thousand_names_cost_what_their_values_cost() {
    let mut parts = Vec::new();
    for request in 0..40 {
        let events: Vec<Event> = (0..100)
            .map(|event| Event {
                time: 1,
                sample_rate: 1,
                fields: (0..5)
                    .map(|n| {
                        (
                            format!("n{request}.{event}.{n}").as_str().into(),
                            Value::Int(n),
                        )
                    })
                    .collect(),
            })
            .collect();
        parts.push(part_of(&events, request * 100));
    }
    let merged = merged_since(&parts.iter().collect::<Vec<_>>(), i64::MIN);
    assert_eq!(merged.len(), 4_000);
    assert_eq!(merged.columns().len(), 0);
    assert_eq!(merged.rare.fields.len(), 20_000);
    assert_eq!(merged.rare.rows.len(), 20_000);
    assert_eq!(merged.value("n39.99.4", 3_999), Some(Value::Int(4)));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.arrow");
    segment_write::write(&merged, &Origin::default(), &path).unwrap();
    // Dense, these would be 80 million places.
    let n_bytes = std::fs::metadata(&path).unwrap().len();
    assert!(n_bytes < 4 << 20, "{n_bytes}");
    let opened = segment_read::open(&path, 0, None).unwrap().part;
    assert_eq!(opened.value("n0.0.0", 0), Some(Value::Int(0)));
}

#[test]
fn a_damaged_rare_value_takes_rare_fields_alone() {
    let mut rng = StdRng::seed_from_u64(5);
    let part = part_of(&events(&mut rng, 600, 300), 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.arrow");
    segment_write::write(&part, &Origin::default(), &path).unwrap();
    let opened = segment_read::open(&path, 0, None).unwrap();
    let place = opened.directory.rare.unwrap().ints;
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[place.0 as usize] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let damaged = segment_read::open(&path, 0, None).unwrap().part;
    let name = damaged.rare.fields[0].name.clone();
    assert!(damaged.is_sound(["all", "each", "nowhere"]));
    assert!(!damaged.is_sound([&*name]));
}
