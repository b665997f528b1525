//! Answers for tests: what a few hundred requests with a realistic spread of latency would give.

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::model::answer::{Answer, Cell, Histogram, Row, Step};
use crate::model::query::{Calculation, Op, Percentile};
use crate::model::time::{SECOND, Window};

/// 2026-11-22 14:03:20 UTC.
pub const START: i64 = 1_795_356_200 * SECOND;

/// Returns HEATMAP and P90 of `duration_ms`: `n_steps` steps of `step_seconds`, about `n_events` in all.
///
/// Each event comes from one of four routes with a lognormal duration; `tail` of them are ten times
/// slower. Buckets follow Honeycomb's rule: 1e-7 times a power of two, fifty at most.
pub fn latencies(n_events: usize, n_steps: i64, step_seconds: i64, tail: f64) -> Answer {
    let mut rng = StdRng::seed_from_u64(2);
    let mut by_step: Vec<Vec<f64>> = vec![Vec::new(); n_steps as usize];
    for _ in 0..n_events {
        let route: f64 = rng.random();
        let (middle, spread) = match route {
            ..0.55 => (22.0, 0.28),
            ..0.80 => (55.0, 0.22),
            ..0.93 => (95.0, 0.18),
            _ => (150.0, 0.15),
        };
        let normal = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        let slow = if rng.random_bool(tail) { 10.0 } else { 1.0 };
        let step = rng.random_range(0..n_steps) as usize;
        // A wave of load slows everything for a while.
        let wave = 1.0 + 0.6 * (-((step as f64 / n_steps as f64 - 0.62) / 0.07).powi(2)).exp();
        let value: f64 = middle * f64::exp(normal * spread) * slow * wave;
        by_step[step].push(value);
    }
    let all: Vec<f64> = by_step.iter().flatten().copied().collect();
    let bucket = bucket_width(&all);
    let times: Vec<i64> = (0..n_steps)
        .map(|i| START + i * step_seconds * SECOND)
        .collect();
    Answer {
        left_out: Default::default(),
        window: Window {
            start: START,
            end: START + n_steps * step_seconds * SECOND,
        },
        granularity: step_seconds * SECOND,
        percentiles: Default::default(),
        breakdowns: Vec::new(),
        calculations: vec![
            calculation(Op::Heatmap),
            calculation(Op::Percentile(Percentile::P90)),
        ],
        rows: if all.is_empty() {
            Vec::new()
        } else {
            vec![row(&all, bucket)]
        },
        series: by_step
            .iter()
            .zip(times)
            .filter(|(values, _)| !values.is_empty())
            .map(|(values, time)| Step {
                time,
                row: row(values, bucket),
            })
            .collect(),
    }
}

/// Returns a calculation over `duration_ms`.
pub fn calculation(op: Op) -> Calculation {
    Calculation::new(op, op.needs_column().then(|| "duration_ms".to_string()))
}

fn row(values: &[f64], bucket: f64) -> Row {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = ((sorted.len() as f64 * 0.9).ceil() as usize).max(1);
    let low = (sorted[0] / bucket).floor();
    let high = (sorted[sorted.len() - 1] / bucket).floor();
    let mut counts = vec![0; (high - low) as usize + 1];
    for value in &sorted {
        counts[((value / bucket).floor() - low) as usize] += 1;
    }
    let histogram = Histogram {
        min_value: low * bucket,
        step: bucket,
        counts,
    };
    Row {
        group: Vec::new(),
        cells: vec![Cell::Histogram(histogram), Cell::Number(sorted[rank - 1])],
    }
}

fn bucket_width(values: &[f64]) -> f64 {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    let mut width = 1e-7;
    while (high / width).floor() - (low / width).floor() + 1.0 > 50.0 {
        width *= 2.0;
    }
    width
}
