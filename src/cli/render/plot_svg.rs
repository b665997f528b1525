//! What SVG pictures with a value axis and a time axis share: their sheet, axes, headings and marks.

use std::fmt::Write as _;

use super::axis::ValueAxis;
use super::clock::TimeAxis;
use super::mark::{PlacedMark, rooms};
use super::palette::{cell_rgb, mark_rgb};
use super::scheme::DARK;
use super::sheet::{CHARACTER, escaped, text};
use super::terminal::Theme;
use super::text::clipped;
use crate::model::width::cell_width;

pub(super) const WIDTH: f64 = 960.0;
pub(super) const LEFT: f64 = 78.0;
pub(super) const RIGHT: f64 = 24.0;
pub(super) const TOP: f64 = 64.0;
pub(super) const PLOT_HEIGHT: f64 = 360.0;
pub(super) const PLOT_WIDTH: f64 = WIDTH - LEFT - RIGHT;
pub(super) const HEIGHT: f64 = TOP + PLOT_HEIGHT + 100.0;
/// What the heading over several pictures takes.
pub(super) const HEADING: f64 = 34.0;

/// How many shades the ramp has; two classes for each.
pub(super) const SHADES: usize = 12;

/// Begins a picture of the usual size, with its heading.
pub(super) fn open(svg: &mut String, title: &str) {
    begin(svg, title, HEIGHT);
    text(svg, 24.0, 36.0, "h", title);
}

/// Begins a picture: its size, its classes for both schemes, and its ground.
pub(super) fn begin(svg: &mut String, title: &str, height: f64) {
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n<title>{0}</title>\n<style>\n\
         svg{{font:13px ui-sans-serif,system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif;\
         font-variant-numeric:tabular-nums}}\n\
         .h{{font-size:16px;font-weight:600}}.n{{font-weight:600}}.m{{text-anchor:middle}}.e{{text-anchor:end}}.t{{font-size:10.5px}}\n\
         .l{{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}}\
         .d1{{stroke-dasharray:9 5}}.d2{{stroke-dasharray:1 5}}\n\
         .v{{stroke-width:1.25;stroke-dasharray:4 3}}.w{{stroke-width:4}}\n\
         .g{{fill:none;stroke-dasharray:.94 .06}}.z{{fill:transparent}}.z:hover{{fill:#8899aa;fill-opacity:.14}}\n\
         .sel{{fill:none;stroke-width:2}}.us{{fill:none;stroke-width:5;stroke-opacity:.7}}\
         .u{{fill:none;stroke-width:5;stroke-opacity:.55;stroke-linejoin:round;stroke-linecap:round}}\n",
        escaped(title)
    );
    scheme(
        svg,
        Theme::Light,
        "#ffffff",
        "#1d2733",
        "#5b6876",
        "#dfe5ea",
    );
    let _ = writeln!(svg, "{DARK}");
    scheme(svg, Theme::Dark, "#10151c", "#e6ebf0", "#93a0ad", "#27313b");
    let _ = write!(
        svg,
        "}}\n</style>\n<rect class=\"b\" width=\"{WIDTH}\" height=\"{height}\" rx=\"10\"/>\n"
    );
}

/// Writes the classes of one scheme: ground, words, quieter words, rules, shades and lines.
fn scheme(svg: &mut String, theme: Theme, ground: &str, words: &str, quiet: &str, rules: &str) {
    let _ = writeln!(
        svg,
        ".b{{fill:{ground}}}text{{fill:{quiet}}}.h,.s,.t{{fill:{words}}}.r{{stroke:{rules}}}\
         .u,.us{{stroke:{ground}}}.v,.w,.sel{{stroke:{words}}}"
    );
    for shade in 0..SHADES {
        let (r, g, b) = cell_rgb(theme, shade as f64 / (SHADES - 1) as f64);
        let _ = write!(
            svg,
            ".c{shade}{{fill:#{r:02x}{g:02x}{b:02x}}}.k{shade}{{stroke:#{r:02x}{g:02x}{b:02x}}}"
        );
    }
    for line_idx in 0..3 {
        let (r, g, b) = mark_rgb(theme, line_idx);
        let _ = write!(svg, ".l{line_idx}{{stroke:#{r:02x}{g:02x}{b:02x}}}");
    }
    svg.push('\n');
}

/// Draws both axes of a plot that is `height` high, with about `n_values` ticks on the vertical one.
pub(super) fn axes(
    svg: &mut String,
    values: &ValueAxis,
    times: &TimeAxis,
    height: f64,
    n_values: usize,
) {
    let bottom = TOP + height;
    value_ticks(svg, values, height, n_values);
    if values.is_log {
        text(svg, LEFT - 10.0, TOP - 10.0, "e", "log");
    }
    // A character is taken to be 9 units wide, which leaves air between labels.
    for tick in times.ticks((PLOT_WIDTH / 9.0) as usize) {
        let x = LEFT + tick.position * PLOT_WIDTH;
        let _ = writeln!(svg, "<path class=\"r\" d=\"M{x:.1} {bottom}v6\"/>");
        // The last label stays inside the picture.
        let half = cell_width(&tick.label) as f64 * CHARACTER / 2.0;
        let x = x.min(WIDTH - half - 2.0);
        text(svg, x, bottom + 22.0, "m", &tick.label);
    }
    let _ = writeln!(
        svg,
        "<path class=\"r\" d=\"M{LEFT} {bottom}h{PLOT_WIDTH}\"/>"
    );
}

/// Draws a rule with its value across the plot for each of about `n_values` round values.
pub(super) fn value_ticks(svg: &mut String, values: &ValueAxis, height: f64, n_values: usize) {
    for tick in values.ticks(n_values) {
        let y = TOP + height - tick.position * height;
        let _ = writeln!(
            svg,
            "<path class=\"r\" d=\"M{LEFT} {y:.1}H{}\"/>",
            WIDTH - RIGHT
        );
        text(svg, LEFT - 10.0, y + 4.5, "e", &tick.label);
    }
}

/// Writes what a picture is of, and at the right the time, with which the words must not collide.
pub(super) fn heading(svg: &mut String, title: &str, span: &str) {
    // A letter of the heading is taken to be 9.8 units wide.
    let room = WIDTH - RIGHT - 24.0 - (cell_width(span) + 2) as f64 * CHARACTER;
    let title = clipped(title, (room / 9.8) as usize, '…');
    text(svg, 24.0, 36.0, "h", &title);
    text(svg, WIDTH - RIGHT, 36.0, "e", span);
}

/// Writes the same of a part that stands below the heading of the whole.
pub(super) fn sub_heading(svg: &mut String, title: &str, span: &str) {
    let room = PLOT_WIDTH - (cell_width(span) + 2) as f64 * CHARACTER;
    let title = clipped(title, (room / 8.2) as usize, '…');
    text(svg, LEFT, TOP - 28.0, "s n", &title);
    text(svg, WIDTH - RIGHT, TOP - 28.0, "e", span);
}

/// Draws each mark as a line from top to bottom, its label above, and how long it lasted along the top.
pub(super) fn marks(svg: &mut String, marks: &[PlacedMark], height: f64) {
    for (mark, room) in marks.iter().zip(rooms(marks)) {
        let x = LEFT + mark.place() * PLOT_WIDTH;
        let label = escaped(&mark.label);
        let _ = writeln!(svg, "<g><title>{label}</title>");
        if mark.start.is_some() {
            let down = format!("M{x:.1} {:.1}V{:.1}", TOP - 6.0, TOP + height);
            let _ = writeln!(
                svg,
                "<path class=\"u\" d=\"{down}\"/><path class=\"v\" d=\"{down}\"/>"
            );
        }
        if let Some(end) = mark.end {
            let end = LEFT + end * PLOT_WIDTH;
            let _ = writeln!(
                svg,
                "<path class=\"w\" d=\"M{x:.1} {:.1}H{end:.1}\"/>",
                TOP - 4.0
            );
        }
        let width = room * PLOT_WIDTH;
        let words = clipped(&mark.label, (width / CHARACTER) as usize, '…');
        // At the right end there is room at the left of the line only.
        let is_last = mark.place() + room >= 1.0;
        let wanted = cell_width(&mark.label).min(48) as f64 * CHARACTER;
        if is_last && width < wanted && x - LEFT > wanted && marks.len() == 1 {
            text(svg, x, TOP - 10.0, "e s", &clipped(&mark.label, 48, '…'));
        } else if cell_width(&words) > 2 {
            text(svg, x, TOP - 10.0, "s", &words);
        }
        svg.push_str("</g>\n");
    }
}

/// Moves words at the given heights apart by a `line` where they are closer, in their order, and none below
/// `bottom`.
pub(super) fn spread<T>(mut places: Vec<(f64, T)>, line: f64, bottom: f64) -> Vec<(f64, T)> {
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free_from = f64::NEG_INFINITY;
    for place in &mut places {
        place.0 = place.0.max(free_from);
        free_from = place.0 + line;
    }
    let mut free_to = bottom;
    for place in places.iter_mut().rev() {
        place.0 = place.0.min(free_to);
        free_to = place.0 - line;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_moved_apart_and_stay_above_the_bottom() {
        let places = vec![(99.0, 'c'), (10.0, 'a'), (98.0, 'b'), (12.0, 'd')];
        let moved = spread(places, 11.0, 100.0);
        assert_eq!(moved, [(10.0, 'a'), (21.0, 'd'), (89.0, 'b'), (100.0, 'c')]);
    }
}
