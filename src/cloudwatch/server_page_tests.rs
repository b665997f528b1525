//! Pages of lines, held against a plain list of the same lines.

use std::collections::HashMap;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::pattern::FilterPattern;
use super::server_lines::{Asked, Line};
use super::server_pages::{Page, Place, each_newest_first};
use super::wire::{EVENT_OVERHEAD_BYTES, PAGE_MAX_BYTES};
use crate::model::span::{Batch, Event, Lens};
use crate::model::time::MILLISECOND;
use crate::store::{Limits, Store};

struct Written {
    time_ms: i64,
    sequence: u64,
    stream: String,
    message: String,
}

impl Written {
    fn position(&self) -> u128 {
        u128::from(self.time_ms as u64) << 64 | u128::from(self.sequence)
    }
}

/// Writes random lines, in batches that overlap in time; some are sealed, some merged in memory.
async fn write(store: &Store, rng: &mut StdRng) -> Vec<Written> {
    let mut written: Vec<Written> = Vec::new();
    for round in 0..40 {
        let n_lines = rng.random_range(1..60);
        let mut times: Vec<i64> = (0..n_lines).map(|_| rng.random_range(0..400)).collect();
        times.sort_unstable();
        let first = written.len();
        for time_ms in times {
            let number = written.len();
            let message = match rng.random_range(0..10) {
                0 => "the same".to_string(),
                1 => format!("{number:032x}"),
                2 => format!(
                    r#"{{"status":{},"n":{number}}}"#,
                    rng.random_range(0..3) * 100
                ),
                3 => format!("ends with ab {number} ab"),
                4 => format!("ab{number} begins"),
                _ => format!("line {number} of {}", rng.random_range(0..50)),
            };
            written.push(Written {
                time_ms,
                sequence: number as u64,
                stream: format!("s{}", rng.random_range(0..4)),
                message,
            });
        }
        let events = written.iter().skip(first).map(|line| Event {
            time: line.time_ms * MILLISECOND,
            sample_rate: 1,
            fields: vec![
                ("stream".into(), line.stream.as_str().into()),
                ("message".into(), line.message.as_str().into()),
                ("ingested_ms".into(), 5.into()),
            ],
        });
        let batch = Batch {
            lens: Lens::Logs,
            dataset: "r/g".into(),
            events: events.collect(),
        };
        store.append(vec![batch]).await.unwrap();
        if round == 20 {
            store.compact().await.unwrap();
        }
    }
    written
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_what_a_plain_list_holds_whichever_way_they_go() {
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let temp = tempfile::tempdir().unwrap();
        let limits = Limits {
            most_age: None,
            ..Limits::default()
        };
        let store = Store::open(temp.path(), limits).unwrap();
        let written = write(&store, &mut rng).await;
        let patterns = [
            "",
            "line",
            "ab",
            "\"ab \"",
            "-line",
            "?same ?begins",
            "\"1\" line",
            "nowhere",
            "%ab$%",
            "%b [a-l]%",
            "%^li|[0-9]$%",
            "{ $.status = 200 }",
            "{ $.n > 100 && $.status != 0 }",
            "[w1 = line, ...]",
        ];
        for pattern in patterns {
            let parsed = FilterPattern::parse(pattern).unwrap();
            let since = rng.random_range(0..written.len() as u64);
            let streams: HashMap<String, u64> = match rng.random_range(0..3) {
                0 => (0..4).map(|it| (format!("s{it}"), 0)).collect(),
                1 => [("s1".to_string(), 0), ("gone".to_string(), 0)].into(),
                _ => [("s0".to_string(), since), ("s2".to_string(), 0)].into(),
            };
            let (from_ms, until_ms) = (rng.random_range(-5..200), rng.random_range(200..500));
            let asked = || Asked {
                streams: streams.clone(),
                from_ms,
                until_ms,
            };
            let is_asked = |line: &&Written| {
                let since = streams.get(&line.stream);
                since.is_some_and(|since| line.sequence >= *since)
                    && (from_ms..=until_ms).contains(&line.time_ms)
            };
            let mut expected: Vec<&Written> = written.iter().filter(is_asked).collect();
            expected.sort_by_key(|line| line.position());
            let mut newest_first: Vec<u128> = expected.iter().map(|it| it.position()).collect();
            newest_first.reverse();
            let mut each = Vec::new();
            each_newest_first(
                vec![(store.parts(Lens::Logs, "r/g"), asked())],
                |_, line| {
                    each.push(line.position());
                    true
                },
            );
            assert_eq!(each, newest_first, "seed {seed}");
            expected.retain(|line| parsed.matches(&line.message));

            let limit = rng.random_range(1..200);
            let middle = u128::from(rng.random_range(0..400u64)) << 64;
            for (start, is_forward) in [
                (0, true),
                (middle, true),
                (u128::MAX, false),
                (middle, false),
            ] {
                let mut wanted: Vec<&Written> = expected.clone();
                wanted.retain(|line| match is_forward {
                    true => line.position() > start,
                    false => line.position() < start,
                });
                if !is_forward {
                    wanted.reverse();
                }
                let mut place = match is_forward {
                    true => Place::After(start),
                    false => Place::Before(start),
                };
                let mut found: Vec<(u128, String)> = Vec::new();
                loop {
                    let parts = store.parts(Lens::Logs, "r/g");
                    let page = Page::find(parts, asked(), &parsed, place, limit);
                    assert!(page.lines.len() == limit || !page.has_more);
                    let line = |line: &Line| (line.position(), line.message().to_string());
                    found.extend(page.lines.iter().map(line));
                    match page.lines.last() {
                        Some(last) if page.has_more => place = place.moved_to(last.position()),
                        _ => break,
                    }
                }
                let wanted: Vec<(u128, String)> = wanted
                    .iter()
                    .map(|it| (it.position(), it.message.clone()))
                    .collect();
                assert_eq!(
                    found, wanted,
                    "seed {seed}, {pattern}, {place:?}, limit {limit}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_page_ends_before_a_megabyte_but_has_a_line() {
    let temp = tempfile::tempdir().unwrap();
    let store = Store::open(temp.path(), Limits::default()).unwrap();
    let now = crate::clock::now();
    for n_bytes in [
        PAGE_MAX_BYTES,
        10,
        PAGE_MAX_BYTES - 10 - 2 * EVENT_OVERHEAD_BYTES,
        1,
    ] {
        let event = Event {
            time: now,
            sample_rate: 1,
            fields: vec![
                ("stream".into(), "s".into()),
                ("message".into(), "x".repeat(n_bytes).into()),
                ("ingested_ms".into(), 5.into()),
            ],
        };
        let batch = Batch {
            lens: Lens::Logs,
            dataset: "r/g".into(),
            events: vec![event],
        };
        store.append(vec![batch]).await.unwrap();
    }
    let mut place = Place::After(0);
    let mut sizes = Vec::new();
    loop {
        let asked = Asked {
            streams: [("s".to_string(), 0)].into(),
            from_ms: 0,
            until_ms: i64::MAX,
        };
        let parts = store.parts(Lens::Logs, "r/g");
        let page = Page::find(parts, asked, &FilterPattern::default(), place, 100);
        sizes.push(page.lines.len());
        match page.lines.last() {
            Some(last) if page.has_more => place = place.moved_to(last.position()),
            _ => break,
        }
    }
    assert_eq!(sizes, [1, 2, 1]);
}
