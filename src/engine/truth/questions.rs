//! Random events, and random questions about them.

use std::sync::Arc;

use rand::Rng;
use rand::rngs::StdRng;

use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::{
    Calculation, Combination, Filter, FilterOp, Having, Op, Order, OrderKey, Percentile, QuerySpec,
};
use crate::model::span::{Event, Value};
use crate::model::time::{SECOND, TimeRange};

const COLUMNS: [&str; 8] = [
    "route",
    "status",
    "duration_ms",
    "ok",
    "user",
    // Anything at all, an id, and something that hardly any event has.
    "any",
    "trace",
    "rare",
];

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
        "any" => random_thing(rng),
        "trace" => format!("{:032x}", (7 * rng.random_range(0..30u128)) << 64).into(),
        "rare" => Value::Int(rng.random_range(-3..3) * 1_000_000_007),
        _ => format!("user-{}", rng.random_range(0..40)).into(),
    }
}

// A value of any type, often one that has something odd about it.
fn random_thing(rng: &mut StdRng) -> Value {
    match rng.random_range(0..16) {
        0 => Value::Float(f64::NAN),
        1 => Value::Float(f64::INFINITY),
        2 => Value::Float(f64::NEG_INFINITY),
        3 => Value::Float(0.0),
        4 => Value::Float(-0.0),
        5 => Value::Float(1e300),
        6 => Value::Float(1e-300),
        7 => Value::Int(i64::MAX),
        8 => Value::Int(rng.random_range(-3..3)),
        9 => Value::Float(f64::from(rng.random_range(-3..3))),
        10 => Value::Bool(rng.random()),
        11 => format!("{:016x}", rng.random_range(0..4)).into(),
        12 => format!("{:032x}", rng.random_range(0..4)).into(),
        13 => rng.random_range(-3..3).to_string().into(),
        14 => ["", "NaN", "inf", "-0", "true", "2.5"][rng.random_range(0..6)].into(),
        _ => Value::Float(2.5),
    }
}

pub fn random_events(rng: &mut StdRng, now: i64) -> Vec<Event> {
    let n = match rng.random_range(0..8) {
        0 => rng.random_range(0..1_500),
        _ => rng.random_range(0..300),
    };
    (0..n)
        .map(|_| Event {
            time: now - rng.random_range(0..300) * SECOND - rng.random_range(0..SECOND),
            sample_rate: if rng.random_bool(0.2) {
                rng.random_range(1..9)
            } else {
                1
            },
            fields: COLUMNS
                .iter()
                .filter_map(|column| {
                    let is_given = rng.random_bool(if *column == "rare" { 0.02 } else { 0.8 });
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

fn random_column(rng: &mut StdRng) -> String {
    if rng.random_bool(0.4) {
        return FIELDS[rng.random_range(0..FIELDS.len())].0.to_string();
    }
    // Now and then one that no event has.
    COLUMNS
        .get(rng.random_range(0..COLUMNS.len() + 1))
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
        percentile,
        "CONCURRENCY",
        "RATE_AVG",
        "RATE_SUM",
        "RATE_MAX",
    ];
    let op = Op::named(ops[rng.random_range(0..ops.len())]).unwrap();
    let may_have = op == Op::Count && rng.random_bool(0.3);
    let column = (op.needs_column() || may_have).then(|| random_column(rng));
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

pub fn random_spec(rng: &mut StdRng, now: i64) -> QuerySpec {
    let n_calculations = rng.random_range(1..4);
    let calculations = (0..n_calculations)
        .map(|_| random_calculation(rng))
        .collect();
    let end = now.div_euclid(SECOND) - rng.random_range(0..60);
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
    if rng.random_bool(0.3) {
        let range = time_range.seconds();
        spec.granularity_seconds = Some(rng.random_range((range + 999) / 1000..=range));
    }
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
        if rng.random_bool(0.2) && spec.breakdowns.is_empty() {
            spec.orders.push(Order {
                key: OrderKey::Breakdown("route".to_string()),
                descending: true,
            });
        }
        if let Some(column) = spec.breakdowns.first()
            && rng.random_bool(0.2)
        {
            spec.orders.push(Order {
                key: OrderKey::Breakdown(column.clone()),
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
