//! The heatmap as a standalone SVG, readable on bright and dark pages alike.

use std::fmt::Write as _;

use super::axis::Unit;
use super::palette::CountScale;
use super::picture::{Frame, Picture, Rows, heatmap_of, least_of_lines};
use super::plot_svg::{
    HEADING, HEIGHT, LEFT, PLOT_HEIGHT, PLOT_WIDTH, RIGHT, SHADES, TOP, WIDTH, axes, begin,
    heading, marks, spread, sub_heading,
};
use super::sheet::{escaped, text};
use crate::model::answer::Answer;

/// The most columns and rows of cells; more time steps or buckets are merged, which keeps the file small.
const MOST_COLUMNS: usize = 90;
const MOST_ROWS: usize = 50;

/// What each of several pictures under one heading needs less than one alone.
const LESS: f64 = 8.0;

/// What is left free between two rows.
const GAP: f64 = 0.8;

/// Draws the answer's first HEATMAP, with every percentile of the same column as a line over it.
///
/// Each column that is not empty has a `<title>` with its time, its values and their counts, which browsers
/// show under the pointer. Colours follow the page's scheme. Without events, the picture is a frame with a sentence.
pub fn heatmap_svg(answer: &Answer, frame: &Frame<'_>) -> String {
    let mut svg = String::new();
    begin(&mut svg, frame.title, HEIGHT);
    heatmap_part(&mut svg, answer, frame, heading);
    svg.push_str("</svg>\n");
    svg
}

/// Draws several of them, one under another, as one picture under the heading `title`.
pub fn heatmaps_svg(title: &str, parts: &[(&Answer, Frame<'_>)]) -> String {
    let mut svg = String::new();
    let part_height = HEIGHT - LESS;
    begin(
        &mut svg,
        title,
        HEADING + LESS + part_height * parts.len().max(1) as f64,
    );
    let names: Vec<&str> = parts.iter().map(|(_, frame)| frame.title).collect();
    let _ = writeln!(
        svg,
        "<desc>Under one another: {}.</desc>",
        escaped(&names.join("; "))
    );
    heading(&mut svg, title, "");
    for (idx, (answer, frame)) in parts.iter().enumerate() {
        let top = HEADING + part_height * idx as f64;
        let _ = writeln!(svg, "<g transform=\"translate(0,{top})\">");
        heatmap_part(&mut svg, answer, frame, sub_heading);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

pub(super) fn heatmap_part(
    svg: &mut String,
    answer: &Answer,
    frame: &Frame<'_>,
    heading: fn(&mut String, &str, &str),
) {
    let (column, grid) = match heatmap_of(answer) {
        Some((calculation, grid)) => (calculation.column.as_deref(), grid),
        None => (None, None),
    };
    let Some(grid) = grid else {
        svg.push_str("<desc>No events.</desc>\n");
        heading(svg, frame.title, "");
        let words = "no events in this time";
        text(svg, WIDTH / 2.0, HEIGHT / 2.0, "m", words);
        return;
    };
    let unit = Unit::of(column.unwrap_or(""));
    let least = frame.least_value.or_else(|| least_of_lines(answer, column));
    let rows = Rows::new(&grid, unit, frame.scale, least, MOST_ROWS, MOST_ROWS);
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
    for (y, name) in spread(ends, 11.0, TOP + PLOT_HEIGHT) {
        text(svg, WIDTH - RIGHT + 2.0, y, "t", name);
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
