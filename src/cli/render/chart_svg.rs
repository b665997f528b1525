//! Results without a heatmap as a standalone SVG: lines over time, or bars where there is no time to see.

use std::fmt::Write as _;

use super::axis::{Unit, ValueAxis};
use super::chart::{Curve, Panel, panels};
use super::clock::{TimeAxis, duration};
use super::mark::placed;
use super::palette::{N_GROUP_COLOURS, group_rgb};
use super::picture::{Frame, Scale};
use super::plot_svg::{
    HEADING, LEFT, PLOT_WIDTH, RIGHT, TOP, WIDTH, axes, begin, heading, marks, spread, sub_heading,
};
use super::scheme::DARK;
use super::sheet::{CHARACTER, escaped, text};
use super::terminal::Theme;
use super::text::clipped;
use crate::model::answer::Answer;

const PLOT: f64 = 240.0;
const ROW: f64 = 21.0;
const BAR_LEFT: f64 = 300.0;
// What stands between the plot and the legend: the time axis.
const AXIS: f64 = 48.0;
const DASHES: [&str; 6] = ["none", "9 4", "2 4", "12 3 2 3", "5 3", "14 3 2 3 2 3"];
const LETTERS: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// Draws every calculation that gives numbers: a line over time for each of the first groups, told apart by
/// a letter and by how it is broken as well as by colour; bars if the answer has no course over time.
///
/// Each moment has a `<title>` with its numbers, which browsers show under the pointer.
pub fn chart_svg(answer: &Answer, frame: &Frame<'_>) -> String {
    let panels = panels(answer);
    let is_empty = panels.iter().all(|panel| panel.curves.is_empty());
    let heights: Vec<f64> = panels.iter().map(height).collect();
    let all: f64 = heights.iter().sum();
    let mut svg = String::new();
    // One panel shares its heading with the picture; several have each their own below it.
    let has_one = panels.len() < 2;
    let first = if has_one { 0.0 } else { HEADING };
    let all = if is_empty { PLOT } else { first + all };
    begin(&mut svg, frame.title, all);
    style(&mut svg);
    describe(&mut svg, &panels);
    let has_heading = has_one && panels.iter().any(Panel::has_course);
    if !has_heading {
        heading(&mut svg, frame.title, "");
    }
    if is_empty {
        text(
            &mut svg,
            WIDTH / 2.0,
            TOP + PLOT / 3.0,
            "m",
            "no events in this time",
        );
        svg.push_str("</svg>\n");
        return svg;
    }
    let mut top = first;
    for (panel, height) in panels.iter().zip(heights) {
        let _ = writeln!(svg, "<g transform=\"translate(0,{top:.0})\">");
        if panel.has_course() {
            lines(&mut svg, panel, frame, has_one);
        } else {
            bars(&mut svg, panel, has_one);
        }
        svg.push_str("</g>\n");
        top += height;
    }
    svg.push_str("</svg>\n");
    svg
}

fn height(panel: &Panel) -> f64 {
    let n_rows = panel.curves.len() as f64 + f64::from(u8::from(has_more(panel)));
    let plot = if panel.has_course() { PLOT + AXIS } else { 0.0 };
    plot + n_rows * ROW + TOP
}

fn has_more(panel: &Panel) -> bool {
    panel.n_groups > panel.curves.len() || !panel.merged.is_empty()
}

fn style(svg: &mut String) {
    svg.push_str("<style>");
    for (idx, dashes) in DASHES.iter().enumerate() {
        let _ = write!(svg, ".q{idx}{{stroke-dasharray:{dashes}}}");
    }
    for (theme, around) in [(Theme::Light, ("", "")), (Theme::Dark, (DARK, "}"))] {
        svg.push_str(around.0);
        for idx in 0..N_GROUP_COLOURS {
            let (r, g, b) = group_rgb(theme, idx);
            let colour = format!("#{r:02x}{g:02x}{b:02x}");
            let _ = write!(
                svg,
                ".g{idx}{{stroke:{colour}}}.f{idx},text.f{idx}{{fill:{colour}}}"
            );
        }
        svg.push_str(around.1);
    }
    svg.push_str(".k{font-weight:700}</style>\n");
}

fn describe(svg: &mut String, panels: &[Panel]) {
    let mut words = Vec::new();
    for panel in panels {
        for curve in &panel.curves {
            let name = match panel.title == curve.name {
                true => String::new(),
                false => format!(" {}", curve.name),
            };
            words.push(format!(
                "{}{name}: {}",
                panel.title,
                quantity(panel.unit, curve.total)
            ));
        }
    }
    let words = if words.is_empty() {
        "No events".to_string()
    } else {
        words.join("; ")
    };
    let _ = writeln!(svg, "<desc>{}.</desc>", escaped(&words));
}

fn quantity(unit: Unit, value: Option<f64>) -> String {
    value.map_or("-".to_string(), |value| unit.quantity(value))
}

fn lines(svg: &mut String, panel: &Panel, frame: &Frame<'_>, is_only: bool) {
    let n_cells = panel.n_cells();
    let end = panel
        .start
        .saturating_add(panel.cell.saturating_mul(n_cells as i64));
    let time_axis = TimeAxis {
        start: panel.start,
        end,
        zone: frame.zone,
    };
    let Some(axis) = value_axis(panel, frame.scale) else {
        return;
    };
    let (marked, _) = placed(frame.marks, &time_axis);
    let span = time_axis.span();
    if is_only {
        heading(svg, frame.title, &span);
    } else {
        sub_heading(svg, &panel.title, &span);
    }
    let bottom = TOP + PLOT;
    axes(svg, &axis, &time_axis, PLOT, 6);
    marks(svg, &marked, PLOT);
    let width = PLOT_WIDTH / n_cells as f64;
    let place = |cell: usize, value: f64| {
        let x = LEFT + (cell as f64 + 0.5) * width;
        (x, bottom - axis.position(value) * PLOT)
    };
    for (idx, curve) in panel.curves.iter().enumerate() {
        curve_path(svg, idx, curve, place);
    }
    letters(svg, panel, place);
    for cell in 0..n_cells {
        let numbers = numbers_at(panel, cell);
        if !numbers.is_empty() {
            let moment = time_axis
                .start
                .saturating_add(panel.cell.saturating_mul(cell as i64));
            let _ = writeln!(
                svg,
                "<rect class=\"z\" x=\"{:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{PLOT}\">\
                 <title>{}, {}</title></rect>",
                LEFT + cell as f64 * width,
                time_axis.time_of_day(moment),
                escaped(&numbers),
            );
        }
    }
    let mut y = bottom + AXIS;
    for (idx, curve) in panel.curves.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<path class=\"l g{idx} q{idx}\" d=\"M{LEFT} {:.1}h44\"/>",
            y - 4.5
        );
        legend_row(svg, panel, idx, curve, y);
        y += ROW;
    }
    more(svg, panel, y);
}

/// Draws a curve through the middles of its cells, with a gap where no events are and a dot where one cell
/// stands alone.
fn curve_path(
    svg: &mut String,
    idx: usize,
    curve: &Curve,
    place: impl Fn(usize, f64) -> (f64, f64),
) {
    let mut path = String::new();
    let mut dots = String::new();
    let at = |cell: Option<usize>| cell.and_then(|cell| curve.values.get(cell).copied().flatten());
    for (cell, value) in curve.values.iter().enumerate() {
        let Some(value) = value else { continue };
        let (x, y) = place(cell, *value);
        let has_before = at(cell.checked_sub(1)).is_some();
        let _ = write!(path, "{}{x:.1} {y:.1}", if has_before { 'L' } else { 'M' });
        if !has_before && at(Some(cell + 1)).is_none() {
            let _ = write!(
                dots,
                "<circle class=\"f{idx}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>"
            );
        }
    }
    let name = escaped(&curve.name);
    let _ = writeln!(
        svg,
        "<path class=\"l g{idx} q{idx}\" d=\"{path}\"><title>{name}</title></path>{dots}"
    );
}

/// Writes each curve's letter at the right of where it ends.
fn letters(svg: &mut String, panel: &Panel, place: impl Fn(usize, f64) -> (f64, f64)) {
    if panel.curves.len() < 2 {
        return;
    }
    let mut ends: Vec<(f64, usize)> = Vec::new();
    let mut right: f64 = 0.0;
    for (idx, curve) in panel.curves.iter().enumerate() {
        let mut from_last = curve.values.iter().enumerate().rev();
        let last = from_last.find_map(|(cell, it)| Some((cell, (*it)?)));
        if let Some((cell, value)) = last {
            let (x, y) = place(cell, value);
            ends.push((y + 4.0, idx));
            right = right.max(x + 6.0);
        }
    }
    for (y, idx) in spread(ends, 13.0, TOP + PLOT + 4.0) {
        text(svg, right, y, &format!("k f{idx}"), letter(idx));
    }
}

fn letter(idx: usize) -> &'static str {
    LETTERS.get(idx).copied().unwrap_or("")
}

fn legend_row(svg: &mut String, panel: &Panel, idx: usize, curve: &Curve, y: f64) {
    if panel.curves.len() > 1 {
        text(svg, LEFT + 54.0, y, &format!("k f{idx}"), letter(idx));
    }
    text(svg, LEFT + 74.0, y, "s", &clipped(&curve.name, 84, '…'));
    text(
        svg,
        WIDTH - RIGHT,
        y,
        "e s",
        &quantity(panel.unit, curve.total),
    );
}

/// Says what is not drawn, or not as it came.
fn more(svg: &mut String, panel: &Panel, y: f64) {
    let mut words = Vec::new();
    if panel.n_groups > panel.curves.len() {
        words.push(format!(
            "the first {} of {} groups",
            panel.curves.len(),
            panel.n_groups
        ));
    }
    if !panel.merged.is_empty() && panel.has_course() {
        words.push(format!("{} in each {}", panel.merged, duration(panel.cell)));
    }
    if !words.is_empty() {
        text(svg, LEFT, y, "", &words.join(" · "));
    }
}

/// Returns the axis of the lines; from zero unless it is logarithmic, which it is only if that is asked for.
fn value_axis(panel: &Panel, scale: Scale) -> Option<ValueAxis> {
    let (low, high) = panel.range(true)?;
    let is_log = scale == Scale::Log && low > 0.0;
    let low = if is_log { low / 1.1 } else { low.min(0.0) };
    let high = match high > low {
        true if is_log => high * 1.1,
        true => high + (high - low) * 0.04,
        false => low + 1.0,
    };
    Some(ValueAxis {
        low,
        high,
        is_log,
        unit: panel.unit,
    })
}

fn numbers_at(panel: &Panel, cell: usize) -> String {
    let mut numbers = Vec::new();
    for (idx, curve) in panel.curves.iter().enumerate() {
        if let Some(value) = curve.values.get(cell).copied().flatten() {
            let letter = if panel.curves.len() > 1 {
                format!("{} ", letter(idx))
            } else {
                String::new()
            };
            numbers.push(format!("{letter}{}", panel.unit.quantity(value)));
        }
    }
    numbers.join(", ")
}

/// Draws a bar for each group, from zero, with its number behind it.
fn bars(svg: &mut String, panel: &Panel, is_only: bool) {
    if !is_only {
        text(
            svg,
            LEFT,
            TOP - 12.0,
            "s n",
            &clipped(&panel.title, 90, '…'),
        );
    }
    let (low, high) = panel.range(false).unwrap_or((0.0, 0.0));
    let largest = high.abs().max(low.abs());
    // The number stands behind the longest bar too.
    let longest = WIDTH - RIGHT - BAR_LEFT - 80.0;
    let mut y = TOP + 16.0;
    for curve in &panel.curves {
        let share = match curve.total {
            Some(total) if largest > 0.0 => total.abs() / largest,
            _ => 0.0,
        };
        let width = (share * longest).max(1.0);
        let most = ((BAR_LEFT - 34.0) / CHARACTER) as usize;
        let number = quantity(panel.unit, curve.total);
        let name = escaped(&curve.name);
        text(
            svg,
            BAR_LEFT - 10.0,
            y,
            "e s",
            &clipped(&curve.name, most, '…'),
        );
        let _ = writeln!(
            svg,
            "<rect class=\"f0\" x=\"{BAR_LEFT}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"14\" rx=\"2\">\
             <title>{name}: {number}</title></rect>",
            y - 11.0
        );
        text(svg, BAR_LEFT + width + 8.0, y, "s", &number);
        y += ROW;
    }
    more(svg, panel, y);
}

#[cfg(test)]
mod tests {
    use super::super::sample::{START, calculation, latencies};
    use super::*;
    use crate::model::answer::{Cell, Row, Step};
    use crate::model::query::{Op, Percentile};
    use crate::model::time::{SECOND, Window};

    fn by_route(n_groups: i64, n_steps: i64) -> Answer {
        let row = |group: i64, value: i64| Row {
            group: vec![Some(format!("/<{group}>").as_str().into())],
            cells: vec![Cell::Number((value + 1) as f64)],
        };
        let steps = (0..n_steps).flat_map(|step| (0..n_groups).map(move |group| (step, group)));
        Answer {
            left_out: Default::default(),
            window: Window {
                start: START,
                end: START + n_steps.max(1) * SECOND,
            },
            granularity: SECOND,
            percentiles: Default::default(),
            breakdowns: vec!["http.route".to_string()],
            calculations: vec![calculation(Op::Percentile(Percentile::P90))],
            rows: (0..n_groups).map(|group| row(group, group)).collect(),
            series: steps
                .map(|(step, group)| Step {
                    time: START + step * SECOND,
                    row: row(group, step * 7 % 11 + group),
                })
                .collect(),
        }
    }

    #[test]
    fn the_first_groups_are_lines_with_letters_dashes_and_hover_values() {
        let svg = chart_svg(&by_route(8, 30), &Frame::new("t"));
        for letter in LETTERS {
            assert_eq!(
                svg.matches(&format!(">{letter}</text>")).count(),
                2,
                "{letter}"
            );
        }
        assert_eq!(svg.matches("class=\"z\"").count(), 30);
        assert!(svg.contains("the first 6 of 8 groups") && svg.contains("/&lt;5&gt;"));
        assert!(svg.contains("<title>14:03:20, A 1 ms, B 2 ms"), "{svg}");
    }

    #[test]
    fn without_a_course_over_time_there_are_bars() {
        let svg = chart_svg(&by_route(3, 0), &Frame::new("t"));
        assert_eq!(svg.matches("<rect class=\"f0\"").count(), 3);
        assert!(svg.contains("/&lt;2&gt;: 3 ms</title>"), "{svg}");
    }

    #[test]
    fn steps_beyond_what_can_be_seen_are_merged_and_it_is_said() {
        let svg = chart_svg(&by_route(1, 1000), &Frame::new("t"));
        assert!(svg.contains("the largest in each 5 s"), "{svg}");
        assert!(svg.len() < 60_000, "{}", svg.len());
    }

    #[test]
    fn several_percentiles_without_groups_share_one_axis() {
        let mut answer = latencies(400, 20, 10, 0.0);
        let percentile = |name| Op::Percentile(Percentile::named(name).unwrap());
        answer.calculations = ["P50", "P90"]
            .map(|name| calculation(percentile(name)))
            .to_vec();
        let panels = panels(&answer);
        assert_eq!((panels.len(), panels[0].curves.len()), (1, 2));
    }

    #[test]
    fn nothing_to_draw_is_a_sentence_in_the_picture() {
        assert!(chart_svg(&by_route(0, 0), &Frame::new("t")).contains("no events in this time"));
    }
}
