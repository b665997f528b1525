//! A naive engine, obviously right, and the fast one held against it on random events and questions.

mod naive;
mod questions;

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use naive::Naive;
use questions::{random_events, random_spec};

use super::{Detail, Terms, answer, answer_on};
use crate::model::answer::{Answer, Cell, PercentileMethod, Row};
use crate::model::query::{Op, QuerySpec};
use crate::model::span::{Batch, Event, Lens, Value};
use crate::model::time::SECOND;
use crate::store::{Limits, Part, Store};

// After and before the epoch.
const NOWS: [i64; 2] = [1_800_000_000 * SECOND, -1_234 * SECOND];

// The events in parts of random sizes: as they come, or in order of time.
fn parts_of(events: &[Event], rng: &mut StdRng) -> Vec<Arc<Part>> {
    let mut events = events.to_vec();
    if rng.random() {
        events.sort_by_key(|event| event.time);
    }
    let most = [2, 20, 200, 2_000][rng.random_range(0..4)];
    let mut parts = Vec::new();
    while !events.is_empty() {
        let rest = events.split_off(events.len().min(rng.random_range(1..most)));
        parts.push(Arc::new(Part::of(&Batch {
            lens: Lens::Spans,
            dataset: "d".into(),
            events: std::mem::replace(&mut events, rest),
        })));
    }
    parts
}

// The same events as a store has them: some in the journal, some sealed, some merged.
fn stored_parts_of(events: &[Event], rng: &mut StdRng) -> Vec<Arc<Part>> {
    let temp = tempfile::tempdir().unwrap();
    let limits = Limits {
        file_events: [20, 200, 2_000][rng.random_range(0..3)],
        most_age: None,
        ..Limits::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let store = Store::open(temp.path(), limits).unwrap();
    for events in events.chunks(rng.random_range(1..300)) {
        let batch = Batch {
            lens: Lens::Spans,
            dataset: "d".into(),
            events: events.to_vec(),
        };
        runtime.block_on(store.append(vec![batch])).unwrap();
        if rng.random_bool(0.1) {
            runtime.block_on(store.compact()).unwrap();
        }
    }
    if rng.random() {
        runtime.block_on(store.compact()).unwrap();
    }
    store.parts(Lens::Spans, "d")
}

fn key_of<'v>(group: impl IntoIterator<Item = Option<&'v Value>>) -> String {
    format!("{:?}", group.into_iter().collect::<Vec<_>>())
}

// A random question about random events, and both answers.
struct Case {
    seed: u64,
    spec: QuerySpec,
    parts: Vec<Arc<Part>>,
    now: i64,
    naive: Naive,
}

impl Case {
    fn new(seed: u64) -> Case {
        Case::laid(seed, parts_of)
    }

    // `lay` makes parts of the events.
    fn laid(seed: u64, lay: fn(&[Event], &mut StdRng) -> Vec<Arc<Part>>) -> Case {
        let mut rng = StdRng::seed_from_u64(seed);
        let now = NOWS[usize::from(rng.random_bool(0.2))];
        let events = random_events(&mut rng, now);
        let spec = random_spec(&mut rng, now);
        let parts = lay(&events, &mut rng);
        let naive = Naive::new(&spec, &events, now);
        Case {
            seed,
            spec,
            parts,
            now,
            naive,
        }
    }

    fn terms(&self) -> Terms<'static> {
        Terms {
            with_aggregates: true,
            threads: Some(1 + self.seed as usize % 3),
            ..Terms::new(Detail::Series)
        }
    }

    // What all cells of `events` are, over the whole window or in one step.
    fn check(&self, row: &Row, events: &[&Event], step: Option<i64>, what: &str) {
        let expected = self.naive.cells(events, step);
        assert_eq!(row.cells.len(), expected.len(), "seed {}", self.seed);
        for (idx, (cell, (naive, slack))) in row.cells.iter().zip(&expected).enumerate() {
            let is_same = match (cell, naive) {
                (Cell::Number(a), Cell::Number(b)) => a == b || (a - b).abs() <= *slack,
                (a, b) => a == b,
            };
            assert!(
                is_same,
                "seed {}, {what}, cell {idx}: {cell:?} is not {naive:?}\n{:?}",
                self.seed, self.spec
            );
        }
    }

    fn check_all(&self) {
        let Case { seed, spec, .. } = self;
        let (fast, aggregates) = answer_on(&self.terms(), spec, &self.parts, self.now).unwrap();
        let aggregates = aggregates.unwrap();
        let all = self.naive.matching();
        let mut groups: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        let group_of = |event: &Event| key_of(spec.breakdowns.iter().map(|it| event.field(it)));
        if spec.breakdowns.is_empty() {
            groups.insert("[]".into(), Vec::new());
        }
        for event in &all {
            groups.entry(group_of(event)).or_default().push(event);
        }
        if spec.havings.is_empty() {
            assert_eq!(
                fast.rows.len(),
                groups.len().min(spec.limit),
                "seed {seed}: {spec:?}"
            );
        }
        self.check(&aggregates.total, &all, None, "total");
        for step in &aggregates.total_series {
            self.check(&step.row, &all, Some(step.time), "total of a step");
        }
        if spec.havings.is_empty() {
            let is_shown = |event: &&&Event| {
                let key = group_of(event);
                let mut rows = fast.rows.iter();
                rows.any(|row| key_of(row.group.iter().map(Option::as_ref)) == key)
            };
            let others: Vec<&Event> = all.iter().filter(|it| !is_shown(it)).copied().collect();
            self.check(&aggregates.other, &others, None, "other");
        }
        let mut expected_steps = Vec::new();
        for (rank, row) in fast.rows.iter().enumerate() {
            let key = key_of(row.group.iter().map(Option::as_ref));
            let events = groups.get(&key);
            let events = events.unwrap_or_else(|| panic!("seed {seed}: no group {key}"));
            self.check(row, events, None, &key);
            for step in self.naive.steps(events) {
                expected_steps.push((step, rank));
            }
        }
        expected_steps.sort_unstable();
        assert_eq!(
            fast.series.len(),
            expected_steps.len(),
            "seed {seed}: {spec:?}"
        );
        for (step, (time, rank)) in fast.series.iter().zip(expected_steps) {
            assert_eq!(step.time, time, "seed {seed}");
            assert_eq!(
                key_of_row(&step.row),
                key_of_row(&fast.rows[rank]),
                "seed {seed}"
            );
            let events = &groups[&key_of_row(&step.row)];
            self.check(&step.row, events, Some(time), "a step");
        }
        let rows = answer(spec, &self.parts, self.now, Detail::Rows).unwrap();
        assert_eq!(rows.series, []);
        assert_same_rows(&rows, &fast, *seed);
    }
}

fn key_of_row(row: &Row) -> String {
    key_of(row.group.iter().map(Option::as_ref))
}

fn assert_same_rows(a: &Answer, b: &Answer, seed: u64) {
    assert_eq!(a.rows.len(), b.rows.len(), "seed {seed}");
    for (a, b) in a.rows.iter().zip(&b.rows) {
        assert_eq!(key_of_row(a), key_of_row(b), "seed {seed}");
        for (a, b) in a.cells.iter().zip(&b.cells) {
            match (a, b) {
                (Cell::Number(a), Cell::Number(b)) => {
                    assert!(
                        (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs())),
                        "seed {seed}: {a} {b}"
                    );
                }
                (a, b) => assert_eq!(a, b, "seed {seed}"),
            }
        }
    }
}

#[test]
fn the_fast_engine_answers_as_the_naive_one() {
    for seed in 0..600 {
        Case::new(seed).check_all();
    }
}

#[test]
fn it_does_so_from_the_segments_of_a_store_too() {
    for seed in 10_000..10_120 {
        Case::laid(seed, stored_parts_of).check_all();
    }
}

#[test]
fn a_sketch_is_as_close_as_it_says() {
    let mut n_sketches = 0;
    for seed in 0..300 {
        let case = Case::new(seed);
        let is_percentile = |op| matches!(op, Op::Percentile(_));
        if !case.spec.formulas.is_empty() || !case.spec.havings.is_empty() {
            continue;
        }
        let terms = Terms {
            detail: Detail::Rows,
            ..case.terms()
        };
        let exact = answer_on(&terms, &case.spec, &case.parts, case.now)
            .unwrap()
            .0;
        assert_eq!(exact.percentiles, PercentileMethod::Exact);
        let terms = Terms {
            sketch: true,
            ..terms
        };
        let sketch = answer_on(&terms, &case.spec, &case.parts, case.now)
            .unwrap()
            .0;
        let PercentileMethod::Sketch { error } = sketch.percentiles else {
            assert_same_rows(&sketch, &exact, seed);
            continue;
        };
        n_sketches += 1;
        for row in &sketch.rows {
            let is_it = |other: &&Row| key_of_row(other) == key_of_row(row);
            // The order, and so what the limit leaves, may differ.
            let Some(other) = exact.rows.iter().find(is_it) else {
                continue;
            };
            for ((cell, other), calculation) in row
                .cells
                .iter()
                .zip(&other.cells)
                .zip(&case.spec.calculations)
            {
                let (Cell::Number(a), Cell::Number(b)) = (cell, other) else {
                    continue;
                };
                // The values go up to 50, but those that can be anything.
                let is_close = (a - b).abs() <= error * b.abs() + 50.0 * 6e-8;
                let is_any = calculation.column.as_deref() == Some("any");
                assert!(
                    !is_percentile(calculation.op) || is_close || is_any,
                    "seed {seed}: {a} {b}"
                );
            }
        }
    }
    assert!(n_sketches > 5, "{n_sketches}");
}
