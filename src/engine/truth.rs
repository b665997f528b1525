//! A naive engine, obviously right, and the fast one held against it on random events and questions.

mod questions;

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use questions::{random_events, random_spec};

use super::filter::passes;
use super::{Detail, answer, answer_with_aggregates};
use crate::model::answer::{Cell, Row};
use crate::model::query::{Calculation, Combination, Filter, Op, QuerySpec};
use crate::model::span::{Batch, Event, Lens, Value};
use crate::model::time::SECOND;
use crate::store::{Block, Limits, Store};

const NOW: i64 = 1_800_000_000 * SECOND;
// The events with their calculated fields as fields like any other.
fn with_fields(spec: &QuerySpec, events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    for field in &spec.calculated_fields {
        for event in &mut events {
            let columns = field.formula.columns();
            let column = |idx: usize| event.field(&columns[idx]).cloned();
            let value = super::formula::value(field.formula.root(), &column, event.time);
            event.fields.retain(|(name, _)| **name != *field.name);
            if let Some(value) = value {
                event.fields.push((field.name.as_str().into(), value));
            }
        }
    }
    events
}

fn matching<'e>(spec: &QuerySpec, events: &'e [Event]) -> Vec<&'e Event> {
    let window = spec.time_range.window(NOW);
    let is_wanted = |event: &&Event| {
        passes_all(&spec.filters, spec.combination, event) && window.contains(event.time)
    };
    events.iter().filter(is_wanted).collect()
}

fn passes_all(filters: &[Filter], combination: Combination, event: &Event) -> bool {
    let mut passing = filters.iter().map(|it| passes(it, event.field(&it.column)));
    match combination {
        _ if filters.is_empty() => true,
        Combination::And => passing.all(|passes| passes),
        Combination::Or => passing.any(|passes| passes),
    }
}

// The cells that the answer has: one for each calculation, or the two formulas.
fn naive_cells(spec: &QuerySpec, events: &[&Event]) -> Vec<Cell> {
    let calculations = &spec.calculations;
    let cells: Vec<Cell> = calculations
        .iter()
        .map(|it| naive_cell(spec, it, events))
        .collect();
    if spec.formulas.is_empty() {
        return cells;
    }
    let named: Vec<Option<f64>> = calculations
        .iter()
        .zip(&cells)
        .filter(|(calculation, _)| calculation.name.is_some())
        .map(|(_, cell)| cell.number())
        .collect();
    let sum: Option<f64> = named.iter().copied().sum();
    let quotient = named[0].zip(named[named.len() - 1]);
    let quotient = quotient.filter(|(_, below)| *below != 0.0);
    [sum, quotient.map(|(above, below)| above / below)]
        .map(|number| number.map_or(Cell::Absent, Cell::Number))
        .to_vec()
}

// One cell from the events of one group, by the definition of each calculation.
fn naive_cell(spec: &QuerySpec, calculation: &Calculation, events: &[&Event]) -> Cell {
    let weight = |event: &Event| {
        if spec.usage_mode {
            1
        } else {
            u64::from(event.sample_rate)
        }
    };
    let is_wanted =
        |event: &&&Event| passes_all(&calculation.filters, calculation.combination, event);
    let events: Vec<&Event> = events.iter().filter(is_wanted).copied().collect();
    let Some(column) = &calculation.column else {
        return Cell::Count(events.iter().map(|event| weight(event)).sum());
    };
    let having: Vec<(&Value, u64)> = events
        .iter()
        .filter_map(|event| Some((event.field(column)?, weight(event))))
        .collect();
    // Every value as often as it stands for.
    let mut numbers: Vec<f64> = having
        .iter()
        .filter_map(|(value, weight)| Some((value.number()?, *weight)))
        .flat_map(|(number, weight)| std::iter::repeat_n(number, weight as usize))
        .collect();
    numbers.sort_by(f64::total_cmp);
    let sum: f64 = numbers.iter().sum();
    let number = |number: Option<f64>| number.map_or(Cell::Absent, Cell::Number);
    match calculation.op {
        Op::Count => Cell::Count(having.iter().map(|(_, weight)| weight).sum()),
        Op::CountDistinct => {
            let mut texts: Vec<String> = having
                .iter()
                .map(|(value, _)| format!("{value:?}"))
                .collect();
            texts.sort();
            texts.dedup();
            Cell::Count(texts.len() as u64)
        }
        Op::Sum => number((!numbers.is_empty()).then_some(sum)),
        Op::Avg => number((!numbers.is_empty()).then(|| sum / numbers.len() as f64)),
        Op::Min => number(numbers.first().copied()),
        Op::Max => number(numbers.last().copied()),
        Op::Percentile(percentile) => {
            // The smallest value that at least this share of all values does not exceed.
            let share = |value: f64| {
                let below = numbers.iter().filter(|other| **other <= value).count();
                below as f64 / numbers.len() as f64 + 1e-12 >= percentile.fraction()
            };
            number(numbers.iter().copied().find(|&value| share(value)))
        }
        Op::Formula | Op::Concurrency | Op::Rate(_) => Cell::Absent,
        // Compared by its total; the buckets themselves have tests of their own.
        Op::Heatmap => match numbers.len() {
            0 => Cell::Absent,
            n => Cell::Count(n as u64),
        },
    }
}

fn same(fast: &Cell, naive: &Cell) -> bool {
    match (fast, naive) {
        (Cell::Number(a), Cell::Number(b)) => (a - b).abs() <= 1e-9 * (1.0 + a.abs()),
        (Cell::Histogram(histogram), Cell::Count(n)) => histogram.total() == *n,
        (a, b) => a == b,
    }
}

async fn blocks_of(events: &[Event], rng: &mut StdRng) -> Vec<Arc<Block>> {
    let temp = tempfile::tempdir().unwrap();
    let limits = Limits {
        file_bytes: rng.random_range(200..20_000),
        ..Limits::default()
    };
    let store = Store::open(temp.path(), limits).unwrap();
    for events in events.chunks(rng.random_range(1..200)) {
        let batch = Batch {
            lens: Lens::Spans,
            dataset: "d".into(),
            events: events.to_vec(),
        };
        store.append(vec![batch]).await.unwrap();
    }
    store.blocks(Lens::Spans, "d")
}

#[tokio::test]
async fn the_fast_engine_answers_as_the_naive_one() {
    for seed in 0..400 {
        let mut rng = StdRng::seed_from_u64(seed);
        let events = random_events(&mut rng);
        let spec = random_spec(&mut rng);
        let blocks = blocks_of(&events, &mut rng).await;
        let (fast, aggregates) =
            answer_with_aggregates(&spec, &blocks, NOW, Detail::Series).unwrap();
        assert_eq!(answer(&spec, &blocks, NOW, Detail::Series).unwrap(), fast);
        let events = with_fields(&spec, &events);

        let mut groups: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        let group_of = |event: &Event| {
            let values: Vec<Option<&Value>> = spec
                .breakdowns
                .iter()
                .map(|column| event.field(column))
                .collect();
            format!("{values:?}")
        };
        if spec.breakdowns.is_empty() {
            groups.insert("[]".into(), Vec::new());
        }
        for event in matching(&spec, &events) {
            groups.entry(group_of(event)).or_default().push(event);
        }
        if spec.havings.is_empty() {
            assert_eq!(
                fast.rows.len(),
                groups.len().min(spec.limit),
                "seed {seed}: {spec:?}"
            );
        }
        let aggregates = aggregates.unwrap();
        let all = matching(&spec, &events);
        let check = |row: &Row, events: &[&Event], what: &str| {
            for (cell, naive) in row.cells.iter().zip(naive_cells(&spec, events)) {
                assert!(
                    same(cell, &naive),
                    "seed {seed}, {what}: {cell:?} is not {naive:?}\n{spec:?}"
                );
            }
        };
        check(&aggregates.total, &all, "total");
        for step in &aggregates.total_series {
            let end = step.time + fast.granularity;
            let is_inside = |event: &&&Event| (step.time..end).contains(&event.time);
            let events: Vec<&Event> = all.iter().filter(is_inside).copied().collect();
            assert!(!events.is_empty() || spec.breakdowns.is_empty());
            check(&step.row, &events, "total of a step");
        }
        if spec.havings.is_empty() {
            let is_shown = |event: &&&Event| {
                fast.rows.iter().any(|row| {
                    let group = row.group.iter().map(Option::as_ref);
                    format!("{:?}", group.collect::<Vec<_>>()) == group_of(event)
                })
            };
            let others: Vec<&Event> = all.iter().filter(|it| !is_shown(it)).copied().collect();
            check(&aggregates.other, &others, "other");
        }
        for row in &fast.rows {
            let key = format!(
                "{:?}",
                row.group.iter().map(Option::as_ref).collect::<Vec<_>>()
            );
            let events = groups
                .get(&key)
                .unwrap_or_else(|| panic!("seed {seed}: no group {key}"));
            let naive_cells = naive_cells(&spec, events);
            assert_eq!(row.cells.len(), naive_cells.len(), "seed {seed}");
            for ((cell, naive), calculation) in
                row.cells.iter().zip(&naive_cells).zip(&fast.calculations)
            {
                assert!(
                    same(cell, naive),
                    "seed {seed}, group {key}, {}: {cell:?} is not {naive:?}\n{spec:?}",
                    calculation.label()
                );
            }
        }
        for step in &fast.series {
            let key = format!(
                "{:?}",
                step.row
                    .group
                    .iter()
                    .map(Option::as_ref)
                    .collect::<Vec<_>>()
            );
            let is_inside =
                |event: &&&Event| (step.time..step.time + fast.granularity).contains(&event.time);
            let events: Vec<&Event> = groups[&key].iter().filter(is_inside).copied().collect();
            for (cell, naive) in step.row.cells.iter().zip(naive_cells(&spec, &events)) {
                assert!(
                    same(cell, &naive),
                    "seed {seed}, step {}: {cell:?} is not {naive:?}",
                    step.time
                );
            }
        }
    }
}
