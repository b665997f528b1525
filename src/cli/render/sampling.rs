//! What sampling kept and dropped: a row for each rule, and columns over time.

use serde_json::{Value as Json, json};

use super::clock::{TimeAxis, duration};
use super::columns::{Column, in_columns};
use super::palette::Palette;
use super::terminal::Terminal;
use super::text::{Ink, Line};
use crate::model::sampling_run::{Fates, SamplingRun};
use crate::model::time::Window;
use crate::model::width::cell_width;
use crate::model::zone::Zone;

/// How the times of a run are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// As lengths from its start: the time was made up.
    SinceStart,
    /// By the clock of a zone.
    Clock(Zone),
}

/// Lines of the picture.
const HEIGHT: usize = 8;
/// Characters of the numbers at its left.
const GUTTER: usize = 8;

/// Returns a table of what each rule decided, those that decided nothing left out, and the sum below.
pub fn by_rule(run: &SamplingRun, terminal: &Terminal) -> String {
    let columns = [
        Column::words("rule"),
        Column::numbers("requests"),
        Column::numbers("borrowed"),
        Column::numbers("reservoir"),
        Column::numbers("by rate"),
        Column::numbers("dropped"),
        Column::numbers("kept"),
    ];
    let mut rows: Vec<Vec<String>> = run
        .rules
        .iter()
        .filter(|rule| rule.all.total() > 0)
        .map(|rule| row(&rule.name, rule.all))
        .collect();
    if run.unmatched.total() > 0 {
        rows.push(row("(no rule)", run.unmatched));
    }
    if rows.len() != 1 {
        rows.push(row("all", run.total()));
    }
    in_columns(&columns, &rows, terminal)
}

fn row(name: &str, fates: Fates) -> Vec<String> {
    let counts = [
        fates.total(),
        fates.borrowed,
        fates.reservoir,
        fates.by_rate,
        fates.dropped,
    ];
    let mut row = vec![name.to_string()];
    row.extend(counts.map(|count| count.to_string()));
    row.push(percent(fates.share()));
    row
}

/// Returns a share as `12.3 %`; only what is all of it is `100 %`, and only nothing is `0 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".to_string(),
        100.0 => "100 %".to_string(),
        _ if percent < 0.1 => "<0.1 %".to_string(),
        _ if percent > 99.9 => ">99.9 %".to_string(),
        _ => format!("{percent:.1} %"),
    }
}

/// Draws a column for each step of time: what was kept at the bottom, what was dropped above it.
///
/// Both have characters of their own, so that it reads without colours. Steps are merged where the
/// terminal is narrow. Each line has a line end.
pub fn plot(run: &SamplingRun, times: Times, terminal: &Terminal) -> String {
    let room = terminal.width.saturating_sub(GUTTER + 2).max(10);
    let per_column = run.steps.len().div_ceil(room).max(1);
    let columns: Vec<Fates> = run
        .steps
        .chunks(per_column)
        .map(|steps| steps.iter().fold(Fates::default(), |sum, it| sum.and(*it)))
        .collect();
    let width = (room / columns.len().max(1)).clamp(1, 6);
    let most = columns.iter().map(Fates::total).max().unwrap_or(0).max(1);
    let palette = Palette::new(terminal);
    let (kept, dropped) = if terminal.unicode {
        ('█', '░')
    } else {
        ('#', '.')
    };
    let kept_ink = palette.mark(0).map_or(Ink::BOLD, Ink::of);

    let mut text = Line::new();
    let step = duration(run.step.saturating_mul(per_column as i64));
    text.push(
        &format!("{:GUTTER$}requests in each {step}: ", ""),
        Ink::PLAIN,
    );
    text.push(&kept.to_string().repeat(2), kept_ink);
    text.push(" kept ", Ink::PLAIN);
    text.push(&dropped.to_string().repeat(2), Ink::FAINT);
    text.push(" dropped", Ink::PLAIN);
    let mut lines = vec![text];
    for level in (1..=HEIGHT).rev() {
        let mut line = Line::new();
        let label = match level {
            HEIGHT => most.to_string(),
            1 => "0".to_string(),
            _ => String::new(),
        };
        let edge = if terminal.unicode { '│' } else { '|' };
        line.push(&format!("{label:>0$} {edge}", GUTTER - 2), Ink::FAINT);
        for fates in &columns {
            let (n_kept, n_all) = heights(*fates, most);
            let (c, ink) = match level {
                _ if level <= n_kept => (kept, kept_ink),
                _ if level <= n_all => (dropped, Ink::FAINT),
                _ => (' ', Ink::PLAIN),
            };
            line.push(&c.to_string().repeat(width), ink);
        }
        lines.push(line);
    }
    lines.push(axis(run.window, times, columns.len() * width));
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.text(terminal.colour));
        text.push('\n');
    }
    text
}

/// Returns how many levels what was kept has, and all of it; whatever is there has at least one.
fn heights(fates: Fates, most: u64) -> (usize, usize) {
    let level = |count: u64| {
        let level = count as f64 / most as f64 * HEIGHT as f64;
        (level.round() as usize).max(usize::from(count > 0))
    };
    let (kept, dropped) = (level(fates.kept()), fates.dropped > 0);
    let all = level(fates.total()).max(kept);
    match dropped {
        // Both are to be seen where there is room for both.
        true if kept == all && all < HEIGHT => (kept, all + 1),
        true if kept == all && kept > 1 => (kept - 1, all),
        _ => (kept, all),
    }
}

fn axis(window: Window, times: Times, width: usize) -> Line {
    let (first, last) = ends(window, times);
    let mut line = Line::new();
    line.pad_to(GUTTER);
    line.push(&first, Ink::FAINT);
    line.pad_to((GUTTER + width).saturating_sub(cell_width(&last)));
    if line.len() > GUTTER + cell_width(&first) {
        line.push(&last, Ink::FAINT);
    }
    line
}

/// Returns what stands at both ends of the time axis.
pub fn ends(window: Window, times: Times) -> (String, String) {
    match times {
        Times::SinceStart => ("0".to_string(), duration(window.length())),
        Times::Clock(zone) => {
            let axis = TimeAxis {
                start: window.start,
                end: window.end,
                zone,
            };
            (axis.time_of_day(window.start), axis.time_of_day(window.end))
        }
    }
}

/// Returns the counts of all, of each rule, and of each step as JSON; steps say at which second from the
/// start of the run they begin.
pub fn json(run: &SamplingRun) -> Json {
    let rules = run.rules.iter().map(|rule| {
        let mut counts = counts(rule.all);
        counts["name"] = rule.name.as_str().into();
        counts["reservoir_size"] = rule.reservoir_size.into();
        counts["fixed_rate"] = rule.fixed_rate.into();
        counts
    });
    let seconds = run.step as f64 / 1e9;
    let steps = run.steps.iter().enumerate().map(|(idx, fates)| {
        let (kept, dropped) = (fates.kept(), fates.dropped);
        json!({ "second": idx as f64 * seconds, "kept": kept, "dropped": dropped })
    });
    json!({
        "all": counts(run.total()),
        "rules": rules.collect::<Vec<_>>(),
        "unmatched": counts(run.unmatched),
        "step_seconds": seconds,
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn counts(fates: Fates) -> Json {
    json!({
        "requests": fates.total(),
        "kept": fates.kept(),
        "dropped": fates.dropped,
        "kept_borrowed": fates.borrowed,
        "kept_by_reservoir": fates.reservoir,
        "kept_by_rate": fates.by_rate,
        "effective_rate": fates.share(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::terminal::{Colour, Theme};
    use crate::model::sampling_run::Fate;
    use crate::model::time::SECOND;

    fn terminal(width: usize, unicode: bool) -> Terminal {
        Terminal {
            width,
            height: None,
            colour: Colour::None,
            unicode,
            theme: Theme::Dark,
            is_terminal: false,
        }
    }

    /// All of the first four seconds, half of the next four, none of the last two.
    fn run() -> SamplingRun {
        let window = Window {
            start: 0,
            end: 10 * SECOND,
        };
        let mut run = SamplingRun::new(window, 60, [("Cruddur".to_string(), 4, 0.0)]);
        for second in 0..10 {
            for i in 0..8 {
                let is_kept = second < 4 || second < 8 && i < 4;
                let fate = if is_kept {
                    Fate::Reservoir
                } else {
                    Fate::Dropped
                };
                run.count(second * SECOND, Some(0), fate);
            }
        }
        run
    }

    #[test]
    fn kept_and_dropped_can_be_told_apart_without_colours() {
        let expected = "        requests in each 1 s: ## kept .. dropped
     8 |########............
       |########............
       |########............
       |########............
       |################....
       |################....
       |################....
     0 |################....
        0               10 s
";
        let drawn = plot(&run(), Times::SinceStart, &terminal(30, false));
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_narrow_terminal_merges_steps_and_nothing_is_wider_than_it() {
        for width in [12, 20, 33, 80, 200] {
            let drawn = plot(&run(), Times::Clock(Zone::UTC), &terminal(width, true));
            for line in drawn.lines().skip(1) {
                assert!(cell_width(line) <= width.max(20), "{width}: {line}");
            }
        }
    }

    #[test]
    fn a_single_dropped_request_is_seen_beside_very_many_kept_ones() {
        for (kept, dropped) in [(10_000, 1), (1, 10_000), (3, 1)] {
            let fates = Fates {
                reservoir: kept,
                dropped,
                ..Fates::default()
            };
            let (n_kept, n_all) = heights(fates, kept + dropped);
            assert!(
                n_kept >= 1 && n_all > n_kept && n_all <= HEIGHT,
                "{fates:?}"
            );
        }
        assert_eq!(heights(Fates::default(), 10), (0, 0));
    }

    #[test]
    fn a_percentage_is_only_whole_when_it_is() {
        for (share, text) in [
            (1.0, "100 %"),
            (0.99999, ">99.9 %"),
            (0.5, "50.0 %"),
            (0.0001, "<0.1 %"),
            (0.0, "0 %"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
