//! What sampling kept and dropped over time, as a standalone SVG.

use std::fmt::Write as _;

use super::axis::{Unit, ValueAxis};
use super::clock::duration;
use super::plot_svg::{
    HEIGHT, LEFT, PLOT_HEIGHT, PLOT_WIDTH, RIGHT, TOP, WIDTH, open, value_ticks,
};
use super::sampling::{Times, ends, percent};
use super::sheet::text;
use crate::model::sampling_run::{Fates, SamplingRun};

// Classes of the heatmap's ramp: a strong shade, and a weak one.
const KEPT: &str = "c9";
const DROPPED: &str = "c2";

/// Draws a column for each step: what was kept at the bottom, what was dropped above it. Each column has a
/// `<title>` with its numbers; `words` are written below.
pub fn sampling_svg(run: &SamplingRun, times: Times, title: &str, words: &str) -> String {
    let mut svg = String::new();
    open(&mut svg, title);
    let total = run.total();
    let share = percent(total.share());
    let (kept, n_all) = (total.kept(), total.total());
    let _ = writeln!(
        svg,
        "<desc>{kept} of {n_all} requests were kept, {share}.</desc>"
    );
    let most = run.steps.iter().map(Fates::total).max().unwrap_or(0).max(1);
    let bottom = TOP + PLOT_HEIGHT;
    let counts = ValueAxis {
        low: 0.0,
        high: most as f64,
        is_log: false,
        unit: Unit::Bare,
    };
    // No half requests.
    value_ticks(&mut svg, &counts, PLOT_HEIGHT, most.min(6) as usize);
    let width = PLOT_WIDTH / run.steps.len().max(1) as f64;
    for (idx, fates) in run
        .steps
        .iter()
        .enumerate()
        .filter(|(_, it)| it.total() > 0)
    {
        let x = LEFT + idx as f64 * width;
        let height = |count: u64| count as f64 / most as f64 * PLOT_HEIGHT;
        let (kept, dropped) = (height(fates.kept()), height(fates.dropped));
        let after = duration(run.step.saturating_mul(idx as i64 + 1));
        let inner = (width * 0.9).max(0.5);
        let _ = writeln!(
            svg,
            "<g><title>up to {after}: {} kept, {} dropped</title>\
             <rect class=\"{KEPT}\" x=\"{x:.2}\" y=\"{:.2}\" width=\"{inner:.2}\" height=\"{kept:.2}\"/>\
             <rect class=\"{DROPPED}\" x=\"{x:.2}\" y=\"{:.2}\" width=\"{inner:.2}\" height=\"{dropped:.2}\"/></g>",
            fates.kept(),
            fates.dropped,
            bottom - kept,
            bottom - kept - dropped,
        );
    }
    let (first, last) = ends(run.window, times);
    text(&mut svg, LEFT, bottom + 18.0, "", &first);
    text(&mut svg, WIDTH - RIGHT, bottom + 18.0, "e", &last);
    let y = HEIGHT - 54.0;
    let mut x = LEFT;
    for (class, label) in [
        (KEPT, format!("{} kept, {share}", total.kept())),
        (DROPPED, format!("{} dropped", total.dropped)),
    ] {
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"16\" height=\"13\"/>"
        );
        text(&mut svg, x + 22.0, y + 11.0, "s", &label);
        x += 230.0;
    }
    let step = format!("requests in each {}", duration(run.step));
    text(&mut svg, WIDTH - RIGHT, y + 11.0, "e", &step);
    text(&mut svg, LEFT, HEIGHT - 16.0, "s", words);
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sampling_run::Fate;
    use crate::model::time::{SECOND, Window};

    #[test]
    fn every_step_with_requests_is_a_column_and_words_are_escaped() {
        let window = Window {
            start: 0,
            end: 10 * SECOND,
        };
        let mut run = SamplingRun::new(window, 60, [("r".to_string(), 1, 0.0)]);
        for second in 0..4 {
            run.count(second * SECOND, Some(0), Fate::Reservoir);
            run.count(second * SECOND, Some(0), Fate::Dropped);
        }
        let svg = sampling_svg(&run, Times::SinceStart, "<t>", "a & b");
        assert_eq!(svg.matches(": 1 kept, 1 dropped</title>").count(), 4);
        assert!(svg.contains("&lt;t&gt;") && svg.contains("a &amp; b"));
        assert!(svg.contains("4 of 8 requests were kept, 50.0 %"));
    }
}
