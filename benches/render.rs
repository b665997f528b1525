//! How long pictures take: a heatmap of 200 by 60 cells in the terminal, as SVG, as a page's chart, and as PNG.
//!
//! `cargo bench --bench render [-- RUNS]`; medians of 99 runs if it is not said. Nothing is read or written.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where it cannot"
)]

use std::time::Instant;

use cruddurctl::cli::render::chart_svg::chart_svg;
use cruddurctl::cli::render::heatmap::heatmap;
use cruddurctl::cli::render::picture::Frame;
use cruddurctl::cli::render::png::png;
use cruddurctl::cli::render::svg::heatmap_svg;
use cruddurctl::cli::render::terminal::{Colour, Terminal, Theme};
use cruddurctl::model::answer::{Answer, Cell, Histogram, PercentileMethod, Row, Step};
use cruddurctl::model::query::{Calculation, Op, Percentile};
use cruddurctl::model::time::{SECOND, Window};

/// 2026-11-22 14:00:00 UTC.
const START: i64 = 1_795_356_000 * SECOND;

fn main() {
    // Cargo passes flags of its own.
    let runs = std::env::args().find_map(|argument| argument.parse().ok());
    let runs: usize = runs.unwrap_or(99);
    let frame = Frame::new("P50, P90 and P99 of duration_ms, backend-flask");
    let terminal = |colour, unicode| Terminal {
        width: 209,
        height: Some(69),
        colour,
        unicode,
        theme: Theme::Dark,
        is_terminal: true,
    };
    let wide = answer(200, 60);
    println!(
        "{:<52} {:>9} {:>9} {:>6} {:>10}",
        "picture", "ms", "target", "ratio", "bytes"
    );
    for (name, colour, unicode) in [
        (
            "terminal, 200 by 60 cells, 24 bits of colour",
            Colour::True,
            true,
        ),
        (
            "terminal, 200 by 60 cells, 256 colours",
            Colour::Ansi256,
            true,
        ),
        (
            "terminal, 200 by 60 cells, ASCII without colour",
            Colour::None,
            false,
        ),
    ] {
        let terminal = terminal(colour, unicode);
        measure(name, runs, Some(5.0), || heatmap(&wide, &frame, &terminal));
    }
    let usual = answer(60, 50);
    measure("SVG, 60 by 50 cells", runs, None, || {
        heatmap_svg(&usual, &frame)
    });
    measure("SVG, 200 by 60 cells", runs, None, || {
        heatmap_svg(&wide, &frame)
    });
    let mut lines = usual.clone();
    lines.calculations.remove(0);
    for row in lines
        .rows
        .iter_mut()
        .chain(lines.series.iter_mut().map(|step| &mut step.row))
    {
        row.cells.remove(0);
    }
    measure("SVG, three lines over 60 steps", runs, None, || {
        chart_svg(&lines, &frame)
    });
    let svg = heatmap_svg(&usual, &frame);
    let few = runs.div_ceil(9);
    measure(
        "PNG of 1920 by 1048 pixels, from that SVG",
        few,
        None,
        || png(&svg, Theme::Light).unwrap(),
    );
}

/// Every cell has events: HEATMAP and three percentiles, a step each ten seconds.
fn answer(n_steps: i64, n_buckets: u64) -> Answer {
    let percentiles = ["P50", "P90", "P99"].map(|name| Percentile::named(name).unwrap());
    let column = || Some("duration_ms".to_string());
    let row = |step: i64| {
        let wave = ((step as f64 / 17.0).sin() + 1.0) * n_buckets as f64 / 4.0;
        let count = |bucket: u64| {
            let away = (bucket as f64 - wave).abs();
            1 + (400.0 * (-away / 6.0).exp()) as u64
        };
        let histogram = Histogram {
            min_value: 0.0,
            step: 6.7108864,
            counts: (0..n_buckets).map(count).collect(),
        };
        let value = |share: f64| Cell::Number((wave + share * n_buckets as f64 / 2.0) * 6.7108864);
        Row {
            group: Vec::new(),
            cells: vec![
                Cell::Histogram(histogram),
                value(0.1),
                value(0.5),
                value(0.9),
            ],
        }
    };
    let calculations = [Op::Heatmap]
        .into_iter()
        .chain(percentiles.map(Op::Percentile));
    Answer {
        left_out: Default::default(),
        window: Window {
            start: START,
            end: START + n_steps * 10 * SECOND,
        },
        granularity: 10 * SECOND,
        percentiles: PercentileMethod::Exact,
        breakdowns: Vec::new(),
        calculations: calculations
            .map(|op| Calculation::new(op, column()))
            .collect(),
        rows: vec![row(0)],
        series: (0..n_steps)
            .map(|step| Step {
                time: START + step * 10 * SECOND,
                row: row(step),
            })
            .collect(),
    }
}

fn measure<T: AsRef<[u8]>>(name: &str, runs: usize, target_ms: Option<f64>, draw: impl Fn() -> T) {
    let mut n_bytes = draw().as_ref().len();
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let begun = Instant::now();
            n_bytes = std::hint::black_box(draw()).as_ref().len();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let ms = times[times.len() / 2];
    let (target, ratio) = match target_ms {
        Some(target) => (format!("{target:.0}"), format!("{:.2}", ms / target)),
        None => (String::new(), String::new()),
    };
    println!("{name:<52} {ms:>9.3} {target:>9} {ratio:>6} {n_bytes:>10}");
}
