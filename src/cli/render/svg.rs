//! The heatmap as a standalone SVG, readable on bright and dark pages alike.

use std::fmt::Write as _;

use super::axis::Unit;
use super::palette::{CountScale, cell_rgb, mark_rgb};
use super::picture::{Frame, Picture, Rows, heatmap_of};
use super::sheet::{escaped, text};
use super::terminal::Theme;
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

/// How many shades the ramp has; a class for each.
const SHADES: usize = 12;

/// Draws the answer's first HEATMAP, with every percentile of the same column as a line over it.
///
/// Each cell that is not empty has a `<title>` with its time, values and count, which browsers show under
/// the pointer. Colours follow the page's scheme. Without events, the picture is a frame with a sentence.
pub fn heatmap_svg(answer: &Answer, frame: &Frame<'_>) -> String {
    let mut svg = String::new();
    open(&mut svg, frame.title);
    let (column, grid) = match heatmap_of(answer) {
        Some((calculation, grid)) => (calculation.column.as_deref(), grid),
        None => (None, None),
    };
    let Some(grid) = grid else {
        svg.push_str("<desc>No events.</desc>\n");
        text(
            &mut svg,
            WIDTH / 2.0,
            HEIGHT / 2.0,
            "m",
            "no events in this time",
        );
        svg.push_str("</svg>\n");
        return svg;
    };
    let unit = Unit::of(column.unwrap_or(""));
    let rows = Rows::new(&grid, unit, frame.scale, MOST_ROWS, MOST_ROWS);
    let n_columns = grid.times.len().min(MOST_COLUMNS);
    let picture = Picture::new(answer, column, &grid, frame, rows, n_columns);
    let summary = picture.summary.join(" · ");
    let span = picture.time_axis.span();
    let _ = writeln!(
        svg,
        "<desc>Heatmap of {}, {}: {}.</desc>",
        escaped(column.unwrap_or("events")),
        span,
        escaped(&summary)
    );
    text(&mut svg, WIDTH - RIGHT, 36.0, "e", &span);
    axes(&mut svg, &picture);
    cells(&mut svg, &picture);
    lines(&mut svg, &picture);
    legend(&mut svg, &picture);
    text(&mut svg, LEFT, HEIGHT - 16.0, "s", &summary);
    svg.push_str("</svg>\n");
    svg
}

/// Begins a picture: its size, its classes for both schemes, its ground and its heading.
pub(super) fn open(svg: &mut String, title: &str) {
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n<title>{0}</title>\n<style>\n\
         svg{{font:13px ui-sans-serif,system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif;\
         font-variant-numeric:tabular-nums}}\n\
         .h{{font-size:16px;font-weight:600}}.m{{text-anchor:middle}}.e{{text-anchor:end}}\n\
         .l{{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}}\n\
         defs path{{stroke-width:.8}}\n\
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
        "}}\n</style>\n<rect class=\"b\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"10\"/>\n"
    );
    text(svg, 24.0, 36.0, "h", title);
}

/// Writes the classes of one scheme: ground, words, quieter words, rules, shades and lines.
fn scheme(svg: &mut String, theme: Theme, ground: &str, words: &str, quiet: &str, rules: &str) {
    let _ = writeln!(
        svg,
        ".b{{fill:{ground}}}text{{fill:{quiet}}}.h,.s{{fill:{words}}}.r{{stroke:{rules}}}\
         .u,defs path{{stroke:{ground}}}"
    );
    for shade in 0..SHADES {
        let (r, g, b) = cell_rgb(theme, shade as f64 / (SHADES - 1) as f64);
        let _ = write!(svg, ".c{shade}{{fill:#{r:02x}{g:02x}{b:02x}}}");
    }
    for line_idx in 0..3 {
        let (r, g, b) = mark_rgb(theme, line_idx);
        let _ = write!(svg, ".l{line_idx}{{stroke:#{r:02x}{g:02x}{b:02x}}}");
    }
    svg.push('\n');
}

fn axes(svg: &mut String, picture: &Picture) {
    let bottom = TOP + PLOT_HEIGHT;
    for tick in picture.value_axis.ticks(7) {
        let y = bottom - tick.position * PLOT_HEIGHT;
        let _ = writeln!(
            svg,
            "<path class=\"r\" d=\"M{LEFT} {y:.1}H{}\"/>",
            WIDTH - RIGHT
        );
        text(svg, LEFT - 10.0, y + 4.5, "e", &tick.label);
    }
    if picture.value_axis.is_log {
        text(svg, LEFT - 10.0, TOP - 10.0, "e", "log");
    }
    // A character is taken to be 9 units wide, which leaves air between labels.
    for tick in picture.time_axis.ticks((PLOT_WIDTH / 9.0) as usize) {
        let x = LEFT + tick.position * PLOT_WIDTH;
        let _ = writeln!(svg, "<path class=\"r\" d=\"M{x:.1} {bottom}v6\"/>");
        text(svg, x, bottom + 22.0, "m", &tick.label);
    }
    let _ = writeln!(
        svg,
        "<path class=\"r\" d=\"M{LEFT} {bottom}h{PLOT_WIDTH}\"/>"
    );
}

/// Draws a group for each column, whose cells share their outlines with the other columns, by row.
fn cells(svg: &mut String, picture: &Picture) {
    let raster = &picture.raster;
    let width = PLOT_WIDTH / raster.columns.n_cells.max(1) as f64;
    let _ = writeln!(
        svg,
        "<defs>{}</defs>",
        row_outlines(picture, width).concat()
    );
    let unit = picture.value_axis.unit;
    let values: Vec<String> = picture
        .cell_edges
        .iter()
        .map(|(low, high)| unit.range(*low, *high))
        .collect();
    for column in 0..raster.columns.n_cells {
        let time = picture.time_axis.time_of_day(picture.cell_time(column).0);
        let mut group = String::new();
        for (row, values) in values.iter().enumerate() {
            let count = raster.count(column, row);
            if count > 0 {
                let _ = writeln!(
                    group,
                    "<use href=\"#r{row}\" class=\"c{}\"><title>{time}, {values}: {count}</title></use>",
                    shade(&picture.count_scale, count),
                );
            }
        }
        if !group.is_empty() {
            let x = LEFT + column as f64 * width;
            let _ = write!(svg, "<g transform=\"translate({x:.1})\">\n{group}</g>\n");
        }
    }
}

/// Returns the outline of each row's cell in a column that begins at 0.
fn row_outlines(picture: &Picture, width: f64) -> Vec<String> {
    let dots = &picture.raster.rows.cell_of_dot;
    let dot_height = PLOT_HEIGHT / dots.len().max(1) as f64;
    (0..picture.raster.rows.n_cells)
        .map(|row| {
            let below = dots.iter().take_while(|cell| **cell < row).count();
            let own = dots.iter().filter(|cell| **cell == row).count();
            let y = TOP + (dots.len() - below - own) as f64 * dot_height;
            let height = own as f64 * dot_height;
            format!("<path id=\"r{row}\" d=\"M0 {y:.1}h{width:.1}v{height:.1}H0z\"/>")
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
             <path class=\"l l{}\" d=\"{path}\"><title>{}</title></path>",
            line_idx % 3,
            line.name
        );
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
            "<path class=\"l l{}\" d=\"M{x} {middle}h26\"/>",
            line_idx % 3
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
    use super::super::sample::latencies;
    use super::*;

    /// Returns the number behind the last colon of each cell's title.
    fn counts(svg: &str) -> Vec<u64> {
        svg.lines()
            .filter(|line| line.starts_with("<use"))
            .filter_map(|line| line.split(": ").nth(1)?.split('<').next()?.parse().ok())
            .collect()
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
        }
    }

    #[test]
    fn a_full_picture_stays_under_a_hundred_kilobytes() {
        let svg = heatmap_svg(&latencies(30_000, 60, 10, 0.0), &Frame::new("t"));
        assert!(counts(&svg).len() > 600);
        assert!(svg.len() < 100_000, "{}", svg.len());
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
                .find(|line| line.starts_with("<path class=\"l l0\""));
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
