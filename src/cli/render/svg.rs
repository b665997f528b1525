//! The heatmap as a standalone SVG, readable on bright and dark pages alike.

use std::fmt::Write as _;

use super::axis::{Unit, ValueAxis};
use super::clock::TimeAxis;
use super::mark::{PlacedMark, rooms};
use super::palette::{CountScale, cell_rgb, mark_rgb};
use super::picture::{Frame, Picture, Rows, heatmap_of};
use super::sheet::{CHARACTER, escaped, text};
use super::terminal::Theme;
use super::text::clipped;
use crate::model::answer::Answer;

pub(super) const WIDTH: f64 = 960.0;
pub(super) const LEFT: f64 = 78.0;
pub(super) const RIGHT: f64 = 24.0;
pub(super) const TOP: f64 = 64.0;
pub(super) const PLOT_HEIGHT: f64 = 360.0;
pub(super) const PLOT_WIDTH: f64 = WIDTH - LEFT - RIGHT;
pub(super) const HEIGHT: f64 = TOP + PLOT_HEIGHT + 100.0;

/// The most columns and rows of cells; more time steps or buckets are merged, which keeps the file small.
const MOST_COLUMNS: usize = 90;
const MOST_ROWS: usize = 50;

/// How many shades the ramp has; two classes for each.
const SHADES: usize = 12;
/// What is left free between two rows.
const GAP: f64 = 0.8;

/// Draws the answer's first HEATMAP, with every percentile of the same column as a line over it.
///
/// Each column that is not empty has a `<title>` with its time, its values and their counts, which browsers
/// show under the pointer. Colours follow the page's scheme. Without events, the picture is a frame with a sentence.
pub fn heatmap_svg(answer: &Answer, frame: &Frame<'_>) -> String {
    heatmaps_svg(frame.title, &[(answer, *frame)])
}

/// Draws several of them, one under another, as one picture that `title` names.
pub fn heatmaps_svg(title: &str, parts: &[(&Answer, Frame<'_>)]) -> String {
    let mut svg = String::new();
    begin(&mut svg, title, HEIGHT * parts.len().max(1) as f64);
    for (idx, (answer, frame)) in parts.iter().enumerate() {
        if idx > 0 {
            let _ = writeln!(
                svg,
                "<g transform=\"translate(0,{})\">",
                HEIGHT * idx as f64
            );
        }
        heatmap_part(&mut svg, answer, frame);
        if idx > 0 {
            svg.push_str("</g>\n");
        }
    }
    svg.push_str("</svg>\n");
    svg
}

pub(super) fn heatmap_part(svg: &mut String, answer: &Answer, frame: &Frame<'_>) {
    let (column, grid) = match heatmap_of(answer) {
        Some((calculation, grid)) => (calculation.column.as_deref(), grid),
        None => (None, None),
    };
    let Some(grid) = grid else {
        svg.push_str("<desc>No events.</desc>\n");
        text(svg, 24.0, 36.0, "h", frame.title);
        let words = "no events in this time";
        text(svg, WIDTH / 2.0, HEIGHT / 2.0, "m", words);
        return;
    };
    let unit = Unit::of(column.unwrap_or(""));
    let rows = Rows::new(&grid, unit, frame.scale, MOST_ROWS, MOST_ROWS);
    let n_columns = grid.times.len().min(MOST_COLUMNS);
    let picture = Picture::new(answer, column, &grid, frame, rows, n_columns);
    let summary = picture.summary.join(" · ");
    let span = picture.time_axis.span();
    let names = picture
        .marks
        .iter()
        .map(|mark| format!("; marked: {}", mark.label));
    let _ = writeln!(
        svg,
        "<desc>Heatmap of {}, {}: {}{}.</desc>",
        escaped(column.unwrap_or("events")),
        span,
        escaped(&summary),
        escaped(&names.collect::<String>()),
    );
    heading(svg, frame.title, &span);
    let (values, times) = (&picture.value_axis, &picture.time_axis);
    axes(svg, values, times, PLOT_HEIGHT, 7);
    cells(svg, &picture);
    marks(svg, &picture.marks, PLOT_HEIGHT);
    lines(svg, &picture);
    picture.selected.iter().for_each(|it| it.svg(svg));
    legend(svg, &picture);
    text(svg, LEFT, HEIGHT - 16.0, "s", &summary);
}

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
         .h{{font-size:16px;font-weight:600}}.m{{text-anchor:middle}}.e{{text-anchor:end}}.t{{font-size:10.5px}}\n\
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
    svg.push_str("@media (prefers-color-scheme:dark){\n");
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
    for tick in values.ticks(n_values) {
        let y = bottom - tick.position * height;
        let _ = writeln!(
            svg,
            "<path class=\"r\" d=\"M{LEFT} {y:.1}H{}\"/>",
            WIDTH - RIGHT
        );
        text(svg, LEFT - 10.0, y + 4.5, "e", &tick.label);
    }
    if values.is_log {
        text(svg, LEFT - 10.0, TOP - 10.0, "e", "log");
    }
    // A character is taken to be 9 units wide, which leaves air between labels.
    for tick in times.ticks((PLOT_WIDTH / 9.0) as usize) {
        let x = LEFT + tick.position * PLOT_WIDTH;
        let _ = writeln!(svg, "<path class=\"r\" d=\"M{x:.1} {bottom}v6\"/>");
        // The last label stays inside the picture.
        let half = tick.label.chars().count() as f64 * CHARACTER / 2.0;
        let x = x.min(WIDTH - half - 2.0);
        text(svg, x, bottom + 22.0, "m", &tick.label);
    }
    let _ = writeln!(
        svg,
        "<path class=\"r\" d=\"M{LEFT} {bottom}h{PLOT_WIDTH}\"/>"
    );
}

/// Draws the cells row by row, all of one shade as one dashed line as thick as the row is high, and over each
/// column a field that says its counts.
///
/// A picture of 60 by 50 full cells stays small that way, where an element for each cell would not.
fn cells(svg: &mut String, picture: &Picture) {
    let n_columns = picture.raster.columns.n_cells;
    let width = PLOT_WIDTH / n_columns.max(1) as f64;
    for (row, (y, height)) in row_places(picture).into_iter().enumerate() {
        let shades: Vec<Option<usize>> = (0..n_columns)
            .map(|column| picture.raster.count(column, row))
            .map(|count| (count > 0).then(|| shade(&picture.count_scale, count)))
            .collect();
        if shades.iter().all(Option::is_none) {
            continue;
        }
        let _ = writeln!(
            svg,
            "<g class=\"g\" stroke-width=\"{:.1}\" transform=\"translate({LEFT} {:.1}) scale({width:.3} 1)\">",
            height - GAP,
            y + height / 2.0,
        );
        for shade in 0..SHADES {
            let path = dashes(&shades, shade);
            if !path.is_empty() {
                let _ = writeln!(svg, "<path class=\"k{shade}\" d=\"{path}\"/>");
            }
        }
        svg.push_str("</g>\n");
    }
    for column in 0..n_columns {
        let Some(counts) = column_counts(picture, column) else {
            continue;
        };
        let x = LEFT + column as f64 * width;
        let _ = writeln!(
            svg,
            "<rect class=\"z\" x=\"{x:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{PLOT_HEIGHT}\">\
             <title>{counts}</title></rect>",
        );
    }
}

/// Returns where the cells of one shade lie in a row, as a path in units of columns; each run of them is
/// cut into cells by its dashes.
fn dashes(shades: &[Option<usize>], wanted: usize) -> String {
    let mut path = String::new();
    let mut end = 0;
    let mut column = 0;
    while column < shades.len() {
        let run = shades.iter().skip(column);
        let length = run.take_while(|shade| **shade == Some(wanted)).count();
        if length == 0 {
            column += 1;
            continue;
        }
        let _ = match path.is_empty() {
            true => write!(path, "M{column} 0h{length}"),
            false => write!(path, "m{} 0h{length}", column - end),
        };
        column += length;
        end = column;
    }
    path
}

/// Returns what a column holds: its time, then a line for each cell that is not empty, from the highest down,
/// with the value that the cell begins at and its count; `None` if all are empty.
fn column_counts(picture: &Picture, column: usize) -> Option<String> {
    let unit = picture.value_axis.unit;
    let edges = picture.cell_edges.iter().enumerate().rev();
    let counts = edges.map(|(row, (low, _))| (low, picture.raster.count(column, row)));
    let lines: Vec<String> = counts
        .filter(|(_, count)| *count > 0)
        .map(|(low, count)| format!("\n{}: {count}", unit.quantity(*low)))
        .collect();
    let time = picture.time_axis.time_of_day(picture.cell_time(column).0);
    (!lines.is_empty()).then(|| format!("{time}, events from{}", lines.concat()))
}

/// Returns the top and the height of each row of cells.
fn row_places(picture: &Picture) -> Vec<(f64, f64)> {
    let dots = &picture.raster.rows.cell_of_dot;
    let dot_height = PLOT_HEIGHT / dots.len().max(1) as f64;
    (0..picture.raster.rows.n_cells)
        .map(|row| {
            let below = dots.iter().take_while(|cell| **cell < row).count();
            let own = dots.iter().filter(|cell| **cell == row).count();
            let y = TOP + (dots.len() - below - own) as f64 * dot_height;
            (y, own as f64 * dot_height)
        })
        .collect()
}

/// Draws each percentile as steps, with a gap where no events are, over a seam of the ground's colour.
fn lines(svg: &mut String, picture: &Picture) {
    let width = PLOT_WIDTH / picture.raster.columns.n_cells.max(1) as f64;
    for (line_idx, line) in picture.lines.iter().enumerate() {
        let mut path = String::new();
        let mut is_drawing = false;
        for (column, value) in line.values.iter().enumerate() {
            let Some(value) = value else {
                is_drawing = false;
                continue;
            };
            let x = LEFT + column as f64 * width;
            let y = TOP + (1.0 - picture.value_axis.position(*value)) * PLOT_HEIGHT;
            let _ = if is_drawing {
                write!(path, "V{y:.1}h{width:.2}")
            } else {
                write!(path, "M{x:.1} {y:.1}h{width:.2}")
            };
            is_drawing = true;
        }
        let _ = writeln!(
            svg,
            "<path class=\"u\" d=\"{path}\"/>\n\
             <path class=\"l {}\" d=\"{path}\"><title>{}</title></path>",
            line_class(line_idx),
            line.name
        );
    }
    names(svg, picture);
}

/// Returns the classes of a line: its colour, and how it is broken, which tells the same without colour.
fn line_class(line_idx: usize) -> String {
    match line_idx % 3 {
        0 => "l0".to_string(),
        other => format!("l{other} d{other}"),
    }
}

/// Writes each line's name where it ends, the lower ones a little lower where they would touch.
fn names(svg: &mut String, picture: &Picture) {
    if picture.lines.len() < 2 {
        return;
    }
    let last = |values: &[Option<f64>]| values.iter().rev().find_map(|value| *value);
    let mut ends: Vec<(f64, &str)> = Vec::new();
    for line in &picture.lines {
        if let Some(value) = last(&line.values) {
            let y = TOP + (1.0 - picture.value_axis.position(value)) * PLOT_HEIGHT;
            ends.push((y + 4.0, line.name));
        }
    }
    for (y, name) in spread(ends, TOP + PLOT_HEIGHT) {
        text(svg, WIDTH - RIGHT + 2.0, y, "t", name);
    }
}

/// Moves words at the given heights apart as far as they need, in their order, and none below `bottom`.
pub(super) fn spread<T>(mut places: Vec<(f64, T)>, bottom: f64) -> Vec<(f64, T)> {
    const LINE: f64 = 11.0;
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free_from = f64::NEG_INFINITY;
    for place in &mut places {
        place.0 = place.0.max(free_from);
        free_from = place.0 + LINE;
    }
    let mut free_to = bottom;
    for place in places.iter_mut().rev() {
        place.0 = place.0.min(free_to);
        free_to = place.0 - LINE;
    }
    places
}

/// Writes what a picture is of, and at the right the time, with which the words must not collide.
pub(super) fn heading(svg: &mut String, title: &str, span: &str) {
    // A letter of the heading is taken to be 9.8 units wide.
    let room = WIDTH - RIGHT - 24.0 - (span.chars().count() + 2) as f64 * CHARACTER;
    let title = clipped(title, (room / 9.8) as usize, '…');
    text(svg, 24.0, 36.0, "h", &title);
    text(svg, WIDTH - RIGHT, 36.0, "e", span);
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
        let wanted = mark.label.chars().count().min(48) as f64 * CHARACTER;
        if is_last && width < wanted && x - LEFT > wanted && marks.len() == 1 {
            text(svg, x, TOP - 10.0, "e s", &clipped(&mark.label, 48, '…'));
        } else if words.chars().count() > 2 {
            text(svg, x, TOP - 10.0, "s", &words);
        }
        svg.push_str("</g>\n");
    }
}

fn legend(svg: &mut String, picture: &Picture) {
    const SWATCH: f64 = 16.0;
    let y = HEIGHT - 54.0;
    let scale = &picture.count_scale;
    text(svg, LEFT, y + 11.0, "", "1");
    let first = LEFT + 14.0;
    for idx in 0..SHADES {
        let x = first + idx as f64 * SWATCH;
        let _ = writeln!(
            svg,
            "<rect class=\"c{idx}\" x=\"{x}\" y=\"{y}\" width=\"{SWATCH}\" height=\"13\">\
             <title>from {}</title></rect>",
            scale
                .count_at(idx as f64 / SHADES as f64)
                .clamp(1, scale.largest())
        );
    }
    let after = first + SHADES as f64 * SWATCH + 8.0;
    text(
        svg,
        after,
        y + 11.0,
        "",
        &format!("{} events per cell", scale.largest()),
    );
    let mut x = after + 160.0;
    for (line_idx, line) in picture.lines.iter().enumerate() {
        let middle = y + 6.5;
        let _ = writeln!(
            svg,
            "<path class=\"l {}\" d=\"M{x} {middle}h26\"/>",
            line_class(line_idx)
        );
        text(svg, x + 34.0, y + 11.0, "s", line.name);
        x += 34.0 + 60.0;
    }
}

fn shade(scale: &CountScale, count: u64) -> usize {
    ((scale.share(count) * SHADES as f64) as usize).min(SHADES - 1)
}

#[cfg(test)]
mod tests {
    use super::super::mark::Mark;
    use super::super::sample::{START, latencies};
    use super::*;
    use crate::model::time::SECOND;

    /// Returns every count in the words of the columns.
    fn counts(svg: &str) -> Vec<u64> {
        let words = svg.split("class=\"z\"").skip(1);
        let words = words.map(|it| it.split("</title>").next().unwrap());
        words
            .flat_map(|it| it.lines().skip(1))
            .map(|line| line.rsplit(": ").next().unwrap().parse().unwrap())
            .collect()
    }

    /// Returns how many cells are drawn.
    fn n_drawn(svg: &str) -> usize {
        let paths = svg.split("<path class=\"k").skip(1);
        let paths = paths.map(|it| it.split("d=\"").nth(1).unwrap().split('"').next().unwrap());
        let runs = paths.flat_map(|path| path.split('h').skip(1));
        runs.map(|run| run.split('m').next().unwrap().parse::<usize>().unwrap())
            .sum()
    }

    #[test]
    fn every_event_is_in_a_cell_on_either_axis() {
        for (n_events, n_steps, tail) in [
            (1, 1, 0.0),
            (300, 20, 0.02),
            (5000, 60, 0.0),
            (9000, 700, 0.01),
        ] {
            let svg = heatmap_svg(&latencies(n_events, n_steps, 10, tail), &Frame::new("t"));
            assert_eq!(counts(&svg).iter().sum::<u64>(), n_events as u64);
            assert_eq!(counts(&svg).len(), n_drawn(&svg));
        }
    }

    #[test]
    fn a_full_picture_stays_under_a_hundred_kilobytes() {
        let svg = heatmap_svg(&latencies(30_000, 60, 10, 0.0), &Frame::new("t"));
        assert!(counts(&svg).len() > 600);
        assert!(svg.len() < 100_000, "{}", svg.len());
    }

    #[test]
    fn pictures_under_one_another_have_outlines_of_their_own() {
        let (one, other) = (latencies(90, 9, 1, 0.0), latencies(900, 9, 1, 0.0));
        let svg = heatmaps_svg("all", &[(&one, Frame::new("a")), (&other, Frame::new("b"))]);
        assert_eq!(counts(&svg).iter().sum::<u64>(), 990);
        let mut ids: Vec<&str> = svg.split(" id=\"").skip(1).collect();
        ids.iter_mut()
            .for_each(|it| *it = it.split('"').next().unwrap());
        let n_ids = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), n_ids);
    }

    #[test]
    fn words_are_moved_apart_and_stay_above_the_bottom() {
        let places = vec![(99.0, 'c'), (10.0, 'a'), (98.0, 'b'), (12.0, 'd')];
        let moved = spread(places, 100.0);
        assert_eq!(moved, [(10.0, 'a'), (21.0, 'd'), (89.0, 'b'), (100.0, 'c')]);
    }

    #[test]
    fn marks_are_lines_with_their_labels_also_in_the_description() {
        let marks = [Mark::new(
            START + 3 * SECOND,
            Some(START + 5 * SECOND),
            "load",
            "load: <5> a second",
        )];
        let frame = Frame {
            marks: &marks,
            ..Frame::new("t")
        };
        let svg = heatmap_svg(&latencies(90, 9, 1, 0.0), &frame);
        assert_eq!(svg.matches("load: &lt;5&gt; a second").count(), 3, "{svg}");
        assert_eq!(svg.matches("class=\"v\"").count(), 1);
    }

    #[test]
    fn titles_are_escaped() {
        let svg = heatmap_svg(&latencies(9, 3, 1, 0.0), &Frame::new("<script>&\"\u{1b}"));
        assert!(svg.contains("<title>&lt;script&gt;&amp;&quot;\u{fffd}</title>"));
        assert!(!svg.contains("<script>"));
    }

    #[test]
    fn a_gap_in_the_events_is_a_gap_in_the_line() {
        let mut answer = latencies(400, 9, 10, 0.0);
        let one_piece = heatmap_svg(&answer, &Frame::new("t"));
        answer.series.remove(4);
        let two_pieces = heatmap_svg(&answer, &Frame::new("t"));
        let pieces = |svg: &str| {
            let line = svg
                .lines()
                .find(|line| line.starts_with("<path class=\"l l0\" d="));
            line.map(|line| line.matches('M').count())
        };
        assert_eq!(
            (pieces(&one_piece), pieces(&two_pieces)),
            (Some(1), Some(2))
        );
    }

    #[test]
    fn nothing_to_draw_is_a_sentence_in_the_picture() {
        let mut answer = latencies(9, 3, 1, 0.0);
        answer.series.clear();
        assert!(heatmap_svg(&answer, &Frame::new("t")).contains("no events in this time"));
    }
}
