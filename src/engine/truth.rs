//! A naive engine, obviously right, and the fast one held against it on random events and questions.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::filter::passes;
use super::{Detail, answer};
use crate::model::answer::Cell;
use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::{
    Calculation, Combination, Filter, FilterOp, Having, Op, Order, OrderKey, Percentile, QuerySpec,
};
use crate::model::span::{Batch, Event, Lens, Value};
use crate::model::time::{SECOND, TimeRange};
use crate::store::{Block, Limits, Store};

const NOW: i64 = 1_800_000_000 * SECOND;
const COLUMNS: [&str; 5] = ["route", "status", "duration_ms", "ok", "user"];

fn random_value(rng: &mut StdRng, column: &str) -> Value {
    match column {
        "route" => ["/a", "/b", "/c"][rng.random_range(0..3)].into(),
        // A column that has changed its type.
        "status" if rng.random_bool(0.1) => "500".into(),
        "status" => Value::Int([200, 404, 500][rng.random_range(0..3)]),
        "duration_ms" => Value::Float(f64::from(rng.random_range(-40..400)) / 8.0),
        "ok" | "is_slow" => Value::Bool(rng.random()),
        "kind" | "mixed" => ["slow", "/a!", "/b"][rng.random_range(0..3)].into(),
        "ratio" => Value::Float(f64::from(rng.random_range(-9..9)) / 10.0),
        _ => format!("user-{}", rng.random_range(0..40)).into(),
    }
}

fn random_events(rng: &mut StdRng) -> Vec<Event> {
    let n = rng.random_range(0..300);
    (0..n)
        .map(|_| Event {
            time: NOW - rng.random_range(0..300) * SECOND - rng.random_range(0..SECOND),
            sample_rate: if rng.random_bool(0.2) {
                rng.random_range(1..9)
            } else {
                1
            },
            fields: COLUMNS
                .iter()
                .filter_map(|column| {
                    let is_given = rng.random_bool(0.8);
                    is_given.then(|| (Arc::from(*column), random_value(rng, column)))
                })
                .collect(),
        })
        .collect()
}

// Over the columns above; the later ones read the earlier ones.
const FIELDS: [(&str, &str); 6] = [
    ("is_slow", "$duration_ms > 20 AND $status != 404"),
    (
        "kind",
        "IF($is_slow, \"slow\", EXISTS($ok), CONCAT($route, \"!\"))",
    ),
    ("mixed", "COALESCE($status, $route, $duration_ms * 2)"),
    ("ratio", "$duration_ms / ($status - 404)"),
    ("bin", "BUCKET($ratio, 0.05, 0)"),
    // Hides the stored column.
    ("user", "LENGTH($user)"),
];

fn random_fields(rng: &mut StdRng) -> Vec<NamedFormula> {
    let n = [0, 0, 2, 5, 6][rng.random_range(0..5)];
    let fields = FIELDS.iter().take(n);
    fields
        .map(|(name, text)| NamedFormula {
            name: name.to_string(),
            formula: Formula::parse(text).unwrap(),
        })
        .collect()
}

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

fn random_column(rng: &mut StdRng) -> String {
    if rng.random_bool(0.4) {
        return FIELDS[rng.random_range(0..FIELDS.len())].0.to_string();
    }
    // Now and then one that no event has.
    COLUMNS
        .get(rng.random_range(0..6))
        .unwrap_or(&"nothing")
        .to_string()
}

fn random_calculation(rng: &mut StdRng) -> Calculation {
    let percentile = Percentile::ALL[rng.random_range(0..Percentile::ALL.len())].0;
    let ops = [
        "COUNT",
        "SUM",
        "AVG",
        "MIN",
        "MAX",
        "COUNT_DISTINCT",
        "HEATMAP",
        percentile,
    ];
    let op = Op::named(ops[rng.random_range(0..ops.len())]).unwrap();
    let column = (op.needs_column() || rng.random_bool(0.3)).then(|| random_column(rng));
    let mut calculation = Calculation::new(op, column);
    if rng.random_bool(0.3) {
        calculation.name = Some(format!("result {}", rng.random_range(0..1_000_000)));
        calculation.filters = (0..rng.random_range(0..3))
            .map(|_| random_filter(rng))
            .collect();
        if rng.random() {
            calculation.combination = Combination::Or;
        }
    }
    calculation
}

fn random_filter(rng: &mut StdRng) -> Filter {
    let (_, op) = FilterOp::ALL[rng.random_range(0..16)];
    let column = random_column(rng);
    let n_values = match op {
        FilterOp::Exists | FilterOp::DoesNotExist => 0,
        FilterOp::In | FilterOp::NotIn => rng.random_range(1..4),
        _ => 1,
    };
    let values = (0..n_values).map(|_| random_value(rng, &column)).collect();
    Filter { column, op, values }
}

fn random_spec(rng: &mut StdRng) -> QuerySpec {
    let n_calculations = rng.random_range(1..4);
    let calculations = (0..n_calculations)
        .map(|_| random_calculation(rng))
        .collect();
    let end = NOW / SECOND - rng.random_range(0..60);
    let time_range = match rng.random_range(0..3) {
        0 => TimeRange::Last {
            seconds: rng.random_range(1..400),
        },
        1 => TimeRange::Until {
            end,
            seconds: rng.random_range(1..400),
        },
        _ => TimeRange::Between {
            start: end - rng.random_range(1..400),
            end,
        },
    };
    let mut spec = QuerySpec::new(calculations, time_range);
    spec.calculated_fields = random_fields(rng);
    spec.breakdowns = (0..rng.random_range(0..3))
        .map(|_| random_column(rng))
        .collect();
    spec.filters = (0..rng.random_range(0..3))
        .map(|_| random_filter(rng))
        .collect();
    spec.combination = if rng.random() {
        Combination::And
    } else {
        Combination::Or
    };
    spec.usage_mode = rng.random_bool(0.2);
    spec.limit = rng.random_range(1..50);
    let numeric: Vec<Calculation> = spec
        .calculations
        .iter()
        .filter(|it| it.op != Op::Heatmap)
        .map(|it| Calculation::new(it.op, it.column.clone()))
        .collect();
    if numeric.len() == spec.calculations.len() && rng.random_bool(0.3) {
        spec.formulas = random_formulas(&spec.calculations);
    }
    if let Some(calculation) = numeric.first() {
        if rng.random_bool(0.3) {
            let key = OrderKey::Calculation(calculation.clone());
            spec.orders.push(Order {
                key,
                descending: rng.random(),
            });
        }
        if rng.random_bool(0.2) {
            let value = f64::from(rng.random_range(0..60));
            let (_, op) = FilterOp::ALL[rng.random_range(0..6)];
            spec.havings.push(Having {
                calculation: calculation.clone(),
                op,
                value,
            });
        }
    }
    spec
}

// A sum and a quotient of those that have a name.
fn random_formulas(calculations: &[Calculation]) -> Vec<NamedFormula> {
    let names: Vec<String> = calculations
        .iter()
        .filter_map(|it| Some(format!("$\"{}\"", it.name.as_ref()?)))
        .collect();
    let (Some(first), Some(last)) = (names.first(), names.last()) else {
        return Vec::new();
    };
    let formula = |name: &str, text: String| NamedFormula {
        name: name.to_string(),
        formula: Formula::parse(&text).unwrap(),
    };
    vec![
        formula("sum", names.join(" + ")),
        formula("quotient", format!("{first} / {last}")),
    ]
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
        Op::Formula => Cell::Absent,
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
        let fast = answer(&spec, &blocks, NOW, Detail::Series).unwrap();
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
