//! The heatmap in a terminal.
//!
//! With colours and Unicode, each character is two dots, one above the other, as an upper or lower half block;
//! with colours alone, a coloured blank; without, a denser character for more events.

use super::axis::{Tick, Unit};
use super::legend::Legend;
use super::mark::{PlacedMark, rooms};
use super::palette::{Paint, Palette};
use super::picture::{Frame, PercentileLine, Picture, Rows, heatmap_of, least_of_lines};
use super::raster::total;
use super::terminal::{Colour, Terminal};
use super::text::{Ink, Line, clipped, printable};
use crate::model::answer::Answer;
use crate::model::width::cell_width;

/// The fewest columns that a picture is drawn in.
pub const LEAST_WIDTH: usize = 30;

/// Draws the answer's first HEATMAP, with every percentile of the same column as a line over it.
///
/// Returns lines with a line end each, none wider than the terminal, about as many as it has. A sentence
/// instead if there is nothing to draw or no room.
pub fn heatmap(answer: &Answer, frame: &Frame<'_>, terminal: &Terminal) -> String {
    let Some((calculation, grid)) = heatmap_of(answer) else {
        return "the answer has no heatmap to draw\n".to_string();
    };
    let column = calculation.column.as_deref();
    let Some(grid) = grid else {
        let column = printable(column.unwrap_or("a value"));
        return format!("no events with {column} in this time\n");
    };
    if terminal.width < LEAST_WIDTH {
        let n_events = total(&grid.counts);
        return format!(
            "{n_events} events; a picture needs {LEAST_WIDTH} columns, and there are {}\n",
            terminal.width
        );
    }
    let shape = Shape::of(terminal);
    let unit = Unit::of(column.unwrap_or(""));
    let rows = Rows::new(
        &grid,
        unit,
        frame.scale,
        frame.least_value.or_else(|| least_of_lines(answer, column)),
        shape.wanted_rows * shape.dots_per_row,
        shape.most_rows * shape.dots_per_row,
    );
    let n_rows = rows.binning.cell_of_dot.len().div_ceil(shape.dots_per_row);
    let ticks = ticks_by_row(rows.axis.ticks(n_rows / 3 + 1), n_rows);
    let gutter = ticks
        .iter()
        .flatten()
        .map(|label| cell_width(label))
        .max()
        .unwrap_or(0)
        .max(3);
    let n_columns = terminal.width.saturating_sub(gutter + 2).max(1);
    let mut picture = Picture::new(answer, column, &grid, frame, rows, n_columns);
    show_few_events(&mut picture);

    let drawing = Drawing {
        picture,
        palette: Palette::new(terminal),
        shape,
        gutter,
        terminal,
    };
    let mut lines = drawing.heading(frame);
    lines.extend(drawing.plot(&ticks));
    lines.extend(drawing.time_axis());
    lines.push(Line::new());
    let legend = Legend {
        picture: &drawing.picture,
        palette: drawing.palette,
        terminal,
    };
    lines.extend(legend.lines(gutter + 2));
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.text(terminal.colour));
        text.push('\n');
    }
    text
}

/// Writes what several pictures under one another are of, as a line no wider than the terminal.
pub fn heading(title: &str, terminal: &Terminal) -> String {
    let mark = if terminal.unicode { '…' } else { '~' };
    let mut line = Line::new();
    line.push(&clipped(&printable(title), terminal.width, mark), Ink::BOLD);
    format!("{}\n", line.text(terminal.colour))
}

/// Takes lines away where a column has an event or two, whose percentiles are these themselves: a dot shows either,
/// and the events come first.
fn show_few_events(picture: &mut Picture) {
    let raster = &picture.raster;
    for line in &mut picture.lines {
        for (column, value) in line.values.iter_mut().enumerate() {
            let counts: Vec<u64> = (0..raster.rows.n_cells)
                .map(|row| raster.count(column, row))
                .collect();
            if total(&counts) <= 2 {
                *value = None;
            }
        }
    }
    let is_seen = |line: &PercentileLine| line.values.iter().any(Option::is_some);
    picture.lines.retain(is_seen);
}

/// How many dots a character has, and how many lines the picture may take.
#[derive(Debug, Clone, Copy)]
struct Shape {
    dots_per_row: usize,
    wanted_rows: usize,
    most_rows: usize,
}

impl Shape {
    /// What stands around the plot: heading, axis, legend, summary, and the next prompt.
    const LINES_AROUND: usize = 9;

    fn of(terminal: &Terminal) -> Shape {
        let dots_per_row = if terminal.unicode && terminal.colour > Colour::None {
            2
        } else {
            1
        };
        let most_rows = terminal.height.map_or(25, |height| {
            height.saturating_sub(Self::LINES_AROUND).clamp(5, 25)
        });
        Shape {
            dots_per_row,
            wanted_rows: most_rows.min(18),
            most_rows,
        }
    }
}

struct Drawing<'a> {
    picture: Picture,
    palette: Palette,
    shape: Shape,
    gutter: usize,
    terminal: &'a Terminal,
}

/// What one dot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dot {
    Empty,
    Count(u64),
    /// A line, by its index.
    Line(usize),
}

impl Drawing<'_> {
    fn heading(&self, frame: &Frame<'_>) -> Vec<Line> {
        let span = self.picture.time_axis.span();
        let width = self.terminal.width;
        let mark = if self.terminal.unicode { '…' } else { '~' };
        let mut line = Line::new();
        line.push(&clipped(&printable(frame.title), width, mark), Ink::BOLD);
        let has_room = line.len() + 2 + cell_width(&span) <= width;
        let mut lines = Vec::new();
        if !has_room {
            lines.push(std::mem::take(&mut line));
        }
        line.pad_to(width.saturating_sub(cell_width(&span)));
        line.push(&clipped(&span, width, mark), Ink::FAINT);
        lines.push(line);
        let mut scale = Line::new();
        if self.picture.value_axis.is_log {
            scale.pad_to(self.gutter.saturating_sub(3));
            scale.push("log", Ink::FAINT);
        }
        self.push_marks(&mut scale);
        lines.push(scale);
        lines
    }

    /// Writes each mark's label over its line, as far as there is room up to the next one.
    fn push_marks(&self, line: &mut Line) {
        let flag = if self.terminal.unicode { '▾' } else { 'v' };
        let cut = if self.terminal.unicode { '…' } else { '~' };
        let n_columns = self.n_columns();
        let marks = &self.picture.marks;
        for (mark, room) in marks.iter().zip(rooms(marks)) {
            let Some(x) = self.column_of(mark) else {
                continue;
            };
            let room = ((room * n_columns as f64) as usize).min(n_columns - x);
            // One blank between a label and the next flag.
            let words = clipped(&printable(&mark.label), room.saturating_sub(2), cut);
            line.pad_to(self.gutter + 2 + x);
            line.push(flag.encode_utf8(&mut [0; 4]), Ink::BOLD);
            line.push(&words, Ink::PLAIN);
        }
        line.cut_to(self.terminal.width);
    }

    fn n_columns(&self) -> usize {
        self.picture.raster.columns.cell_of_dot.len().max(1)
    }

    /// Returns the column of the plot in which a mark's line is; `None` if it began before.
    fn column_of(&self, mark: &PlacedMark) -> Option<usize> {
        let n_columns = self.n_columns();
        let place = mark.start? * n_columns as f64;
        Some((place as usize).min(n_columns - 1))
    }

    /// Tells for each column of the plot whether a mark's line goes through it.
    fn marked_columns(&self) -> Vec<bool> {
        let mut marked = vec![false; self.n_columns()];
        for mark in &self.picture.marks {
            if let Some(is_marked) = self.column_of(mark).and_then(|x| marked.get_mut(x)) {
                *is_marked = true;
            }
        }
        marked
    }

    /// Puts a line's character where it hides nothing: on empty ground, and on characters of one colour.
    fn lined(&self, line: char, glyph: char, ink: Ink) -> (char, Ink) {
        match (glyph, ink) {
            (' ', ink) => (line, ink),
            (
                '█',
                Ink {
                    fg: Some(paint), ..
                },
            ) if self.shape.dots_per_row == 2 => (line, Ink::behind(paint)),
            unchanged => unchanged,
        }
    }

    /// Returns the plot's lines from the top, with the vertical axis at their left.
    fn plot(&self, ticks: &[Option<String>]) -> Vec<Line> {
        let overlay = self.overlay();
        let (plain, ticked) = if self.terminal.unicode {
            ("│", "┤")
        } else {
            ("|", "+")
        };
        let marked = self.marked_columns();
        let mark = if self.terminal.unicode { '┊' } else { '!' };
        let selected = self.picture.selected;
        let sides = selected.map(|it| it.sides(marked.len(), ticks.len()));
        let mut lines = Vec::new();
        for (row, tick) in ticks.iter().enumerate().rev() {
            let mut line = Line::new();
            let label = tick.as_deref().unwrap_or("");
            line.pad_to(self.gutter.saturating_sub(cell_width(label)));
            line.push(label, Ink::FAINT);
            line.pad_to(self.gutter + 1);
            line.push(if tick.is_some() { ticked } else { plain }, Ink::FAINT);
            for (x, is_marked) in marked.iter().enumerate() {
                let dot = |y: usize| match overlay.get(x).and_then(|marks| marks.get(y)) {
                    Some(Some(line_idx)) => Dot::Line(*line_idx),
                    _ => match self.picture.raster.count_at_dot(x, y) {
                        0 => Dot::Empty,
                        count => Dot::Count(count),
                    },
                };
                let (glyph, ink) = if self.shape.dots_per_row == 2 {
                    self.halves(dot(2 * row + 1), dot(2 * row))
                } else {
                    self.whole(dot(row))
                };
                let stroke = sides.and_then(|it| it.at(x, row, self.terminal.unicode));
                let (glyph, ink) = match stroke {
                    Some(stroke) if stroke.is_outside => (stroke.glyph, over(ink)),
                    Some(stroke) => self.lined(stroke.glyph, glyph, ink),
                    None if *is_marked => self.lined(mark, glyph, ink),
                    None => (glyph, ink),
                };
                line.push(glyph.encode_utf8(&mut [0; 4]), ink);
            }
            lines.push(line);
        }
        lines
    }

    /// Returns, for each dot, which line goes through it: one entry for each column, low to high.
    fn overlay(&self) -> Vec<Vec<Option<usize>>> {
        let raster = &self.picture.raster;
        let n_dots = raster.rows.cell_of_dot.len();
        let mut marks = vec![vec![None; n_dots]; raster.columns.cell_of_dot.len()];
        for (column, &cell) in marks.iter_mut().zip(&raster.columns.cell_of_dot) {
            for (line_idx, line) in self.picture.lines.iter().enumerate() {
                let Some(Some(value)) = line.values.get(cell) else {
                    continue;
                };
                let place = self.picture.value_axis.position(*value) * n_dots as f64;
                if let Some(mark) = column.get_mut((place as usize).min(n_dots - 1)) {
                    *mark = Some(line_idx);
                }
            }
        }
        marks
    }

    fn halves(&self, upper: Dot, lower: Dot) -> (char, Ink) {
        let (top, bottom) = (self.paint(upper), self.paint(lower));
        match (top, bottom) {
            (None, None) => (' ', Ink::PLAIN),
            (Some(top), None) => ('▀', Ink::of(top)),
            (None, Some(bottom)) => ('▄', Ink::of(bottom)),
            (Some(top), Some(bottom)) if top == bottom => ('█', Ink::of(top)),
            (Some(top), _) => (
                '▀',
                Ink {
                    bg: bottom,
                    ..Ink::of(top)
                },
            ),
        }
    }

    fn whole(&self, dot: Dot) -> (char, Ink) {
        if let Some(paint) = self.paint(dot) {
            return (' ', Ink::behind(paint));
        }
        let glyph = match dot {
            Dot::Empty => ' ',
            Dot::Count(count) => self.palette.glyph(self.picture.count_scale.share(count)),
            Dot::Line(line_idx) => self.palette.mark_glyph(line_idx),
        };
        (glyph, Ink::PLAIN)
    }

    fn paint(&self, dot: Dot) -> Option<Paint> {
        match dot {
            Dot::Empty => None,
            Dot::Count(count) => self.palette.cell(self.picture.count_scale.share(count)),
            Dot::Line(line_idx) => self.palette.mark(line_idx),
        }
    }

    fn time_axis(&self) -> Vec<Line> {
        let n_columns = self.n_columns();
        let (corner, plain, ticked, marked, both) = if self.terminal.unicode {
            ('└', '─', '┬', '┴', '┼')
        } else {
            ('+', '-', '+', '!', '!')
        };
        let first = self.gutter + 1;
        let mut rule: Vec<char> = vec![' '; first];
        rule.push(corner);
        rule.extend(std::iter::repeat_n(plain, n_columns));
        let mut labels: Vec<char> = vec![' '; rule.len()];
        let mut free_from = 0;
        for tick in self.picture.time_axis.ticks(n_columns) {
            let place =
                first + 1 + ((tick.position * n_columns as f64) as usize).min(n_columns - 1);
            let width = cell_width(&tick.label);
            let start = place
                .saturating_sub(width / 2)
                .min(labels.len().saturating_sub(width));
            if start < free_from {
                continue;
            }
            if let Some(mark) = rule.get_mut(place) {
                *mark = ticked;
            }
            for (slot, c) in labels.iter_mut().skip(start).zip(tick.label.chars()) {
                *slot = c;
            }
            free_from = start + width + 1;
        }
        for (x, _) in self
            .marked_columns()
            .iter()
            .enumerate()
            .filter(|(_, it)| **it)
        {
            if let Some(slot) = rule.get_mut(first + 1 + x) {
                *slot = if *slot == ticked { both } else { marked };
            }
        }
        [rule, labels]
            .into_iter()
            .map(|chars| {
                let mut line = Line::new();
                line.push(&chars.into_iter().collect::<String>(), Ink::FAINT);
                line
            })
            .collect()
    }
}

/// Returns the ink of a line over a character, whose colour stays behind it.
fn over(ink: Ink) -> Ink {
    Ink {
        bg: ink.bg.or(ink.fg),
        ..Ink::BOLD
    }
}

/// Returns the label beside each row, from below; where two come too close, the higher one is left out.
fn ticks_by_row(ticks: Vec<Tick>, n_rows: usize) -> Vec<Option<String>> {
    let mut rows: Vec<Option<String>> = vec![None; n_rows];
    let mut free_from = 0;
    for tick in ticks {
        let row = ((tick.position * n_rows as f64) as usize).min(n_rows - 1);
        if row < free_from {
            continue;
        }
        if let Some(place) = rows.get_mut(row) {
            *place = Some(tick.label);
        }
        free_from = row + 2;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::mark::Mark;
    use super::super::picture::Scale;
    use super::super::sample::{START, calculation, latencies};
    use super::super::terminal::Theme;
    use super::*;
    use crate::model::answer::{Cell, Histogram, Row, Step};
    use crate::model::query::{Op, Percentile};
    use crate::model::time::{SECOND, Window};

    /// Twelve steps of ten seconds with buckets of 25 ms, and P90; nothing in the sixth step.
    fn small_answer() -> Answer {
        let steps: [(&[u64], f64); 12] = [
            (&[4, 6, 1], 60.0),
            (&[5, 7, 2, 1], 80.0),
            (&[6, 9, 3], 65.0),
            (&[4, 8, 2, 0, 1], 70.0),
            (&[3, 7, 4, 2, 1, 0, 1], 120.0),
            (&[], 0.0),
            (&[1, 4, 6, 5, 3, 2, 1], 150.0),
            (&[0, 2, 5, 8, 6, 4, 2, 1], 170.0),
            (&[2, 5, 7, 4, 2, 1], 110.0),
            (&[4, 8, 4, 1, 0, 1], 90.0),
            (&[6, 9, 2, 1], 70.0),
            (&[5, 8, 2], 65.0),
        ];
        let series = steps
            .iter()
            .enumerate()
            .filter(|(_, (counts, _))| !counts.is_empty());
        Answer {
            left_out: Default::default(),
            window: Window {
                start: START,
                end: START + 120 * SECOND,
            },
            granularity: 10 * SECOND,
            percentiles: Default::default(),
            breakdowns: Vec::new(),
            calculations: vec![
                calculation(Op::Heatmap),
                calculation(Op::Percentile(Percentile::P90)),
            ],
            rows: Vec::new(),
            series: series
                .map(|(idx, (counts, p90))| Step {
                    time: START + idx as i64 * 10 * SECOND,
                    row: Row {
                        group: Vec::new(),
                        cells: vec![
                            Cell::Histogram(Histogram {
                                min_value: 0.0,
                                step: 25.0,
                                counts: counts.to_vec(),
                            }),
                            Cell::Number(*p90),
                        ],
                    },
                })
                .collect(),
        }
    }

    fn rich(width: usize) -> Terminal {
        Terminal {
            colour: Colour::True,
            unicode: true,
            is_terminal: true,
            ..Terminal::plain(width)
        }
    }

    fn without_escapes(text: &str) -> String {
        let mut plain = String::new();
        let mut parts = text.split('\x1b');
        plain.push_str(parts.next().unwrap_or(""));
        for part in parts {
            plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
        }
        plain
    }

    #[test]
    fn marks_are_labelled_lines_that_hide_no_event() {
        let marks = [
            Mark::new(START + 25 * SECOND, None, "deploy", "#7"),
            Mark::new(
                START + 55 * SECOND,
                Some(START + 70 * SECOND),
                "load",
                "load: 20 a second, for a long time",
            ),
        ];
        let plain = Frame::new("t");
        let marked = Frame {
            marks: &marks,
            ..plain
        };
        for terminal in [Terminal::plain(80), rich(80)] {
            let without = without_escapes(&heatmap(&small_answer(), &plain, &terminal));
            let with = without_escapes(&heatmap(&small_answer(), &marked, &terminal));
            let line = if terminal.unicode { '┊' } else { '!' };
            let labels = with.lines().nth(1).unwrap();
            assert!(
                labels.contains("deploy: #7") && labels.contains("load: 20"),
                "{with}"
            );
            let x = labels.chars().position(|c| c == '▾' || c == 'v').unwrap();
            assert!(
                with.lines()
                    .filter(|it| it.chars().nth(x) == Some(line))
                    .count()
                    > 5,
                "{with}"
            );
            assert!(with.lines().all(|it| cell_width(it) <= 80));
            for (before, after) in without.lines().zip(with.lines()).skip(2).take(15) {
                for (a, b) in before.chars().zip(after.chars()) {
                    assert!(a == b || (b == line && (a == ' ' || a == '█')), "{with}");
                }
            }
        }
    }

    #[test]
    fn ascii_picture_at_eighty_columns() {
        let picture = heatmap(
            &small_answer(),
            &Frame::new("duration_ms, cruddur"),
            &Terminal::plain(80),
        );
        assert_eq!(
            picture,
            "\
duration_ms, cruddur                         2026-11-22 14:03:20 to 14:05:20 UTC

200 ms +                                          ......
       |                                          ......
       |                        ......      ......------
150 ms +                        ......      ------::::::
       |                                    ::::::******............
       |                                    ::::::******............
       |                  ......------      ++++++######::::::
100 ms +                  ............      ++++++######------
       |      ......            ::::::      %%%%%%@@@@@@******------......
       |      ------            ::::::      %%%%%%@@@@@@******............
       |......::::::------------******      ######%%%%%%######******------------
 50 ms +------::::::++++++::::::******      ######%%%%%%######******::::::::::::
       |############@@@@@@@@@@@@######      ******::::::%%%%%%@@@@@@@@@@@@@@@@@@
       |############@@@@@@@@@@@@######      ******::::::%%%%%%@@@@@@@@@@@@@@@@@@
       |******%%%%%%######******++++++      ......      ::::::******######%%%%%%
  0 ms +******%%%%%%######******++++++      ......      ::::::******######%%%%%%
       +------+-----------------+-----------------+-----------------+-----------
          14:03:30          14:04:00          14:04:30          14:05:00

        . 1  : 2  + 3  * 4  % 5  # 6  @ 8  events per cell  -- P90
        199 events, 0 to 200 ms, bucket 25 ms x 10 s
"
        );
    }

    #[test]
    fn dots_are_drawn_in_the_ramps_colours_two_to_a_character() {
        let mut answer = small_answer();
        answer.series.truncate(1);
        answer.window.end = START + 10 * SECOND;
        let picture = heatmap(&answer, &Frame::new("t"), &rich(40));
        // The largest count lies over a smaller one, the line over the smallest.
        assert!(picture.contains("\x1b[0;38;2;214;250;208m█"), "{picture}");
        assert!(picture.contains("38;2;255;159;67"), "{picture}");
        let four = Palette::new(&rich(40)).cell(super::super::palette::CountScale::new(6).share(4));
        assert!(picture.contains(&four.unwrap().foreground()), "{picture}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_any_width_is_drawn() {
        let answers = [
            small_answer(),
            latencies(400, 70, 1, 0.02),
            latencies(1, 1, 1, 0.0),
        ];
        for width in 0..=300 {
            let plain = Terminal::plain(width);
            let shapes = [
                plain,
                rich(width),
                Terminal {
                    height: Some(width / 6),
                    ..rich(width)
                },
                Terminal {
                    unicode: true,
                    ..plain
                },
                Terminal {
                    colour: Colour::Ansi16,
                    theme: Theme::Light,
                    ..plain
                },
                Terminal {
                    colour: Colour::Ansi256,
                    ..rich(width)
                },
            ];
            let answer = &answers[width % answers.len()];
            for terminal in shapes {
                let frame = Frame {
                    scale: Scale::Log,
                    ..Frame::new("a title of some length")
                };
                let picture = without_escapes(&heatmap(answer, &frame, &terminal));
                let widest = picture.lines().map(cell_width).max();
                assert!(width < LEAST_WIDTH || widest <= Some(width), "{picture}");
                assert!(
                    width >= LEAST_WIDTH || picture.contains("30 columns"),
                    "{picture}"
                );
            }
        }
    }

    #[test]
    fn absurd_values_and_counts_are_drawn_too() {
        let column = |name: &str| Some(name.to_string());
        for (min_value, step, name) in [
            (1e300, 1e298, "app.size"),
            (-1e300, 1e299, "duration_ms"),
            (0.0, 1e-300, "duration_ms"),
            (1e-300, 1e307, "app.size"),
            (1e17, 32.0, "app.size"),
        ] {
            let mut answer = small_answer();
            for calculation in &mut answer.calculations {
                calculation.column = column(name);
            }
            let counts = [vec![u64::MAX], vec![0; 14], vec![1]].concat();
            answer.series.truncate(1);
            answer.series[0].row.cells[0] = Cell::Histogram(Histogram {
                min_value,
                step,
                counts,
            });
            for scale in [Scale::Linear, Scale::Log] {
                let frame = Frame {
                    scale,
                    ..Frame::new("t")
                };
                let picture = heatmap(&answer, &frame, &Terminal::plain(40));
                assert!(picture.lines().all(|line| line.len() <= 40), "{picture}");
                assert!(picture.contains('@'), "{picture}");
                assert!(super::super::svg::heatmap_svg(&answer, &frame).ends_with("</svg>\n"));
            }
        }
    }

    #[test]
    fn no_colour_means_no_escape_and_no_unicode_means_ascii() {
        let answer = latencies(400, 70, 1, 0.02);
        let dull = Terminal {
            colour: Colour::None,
            ..rich(90)
        };
        let picture = heatmap(&answer, &Frame::new("t"), &dull);
        assert!(!picture.contains('\x1b') && picture.contains('░'));
        let bare = Terminal {
            unicode: false,
            ..rich(90)
        };
        let picture = heatmap(&answer, &Frame::new("t"), &bare);
        assert!(picture.is_ascii() && picture.contains("\x1b[0;48;2;"));
    }

    #[test]
    fn logarithmic_axis_is_marked() {
        let answer = latencies(5000, 30, 10, 0.01);
        assert!(heatmap(&answer, &Frame::new("t"), &Terminal::plain(80)).contains(" log\n"));
        let linear = Frame {
            scale: Scale::Linear,
            ..Frame::new("t")
        };
        assert!(!heatmap(&answer, &linear, &Terminal::plain(80)).contains("log"));
    }

    #[test]
    fn nothing_to_draw_is_a_sentence() {
        let mut answer = small_answer();
        answer.series.clear();
        let terminal = Terminal::plain(80);
        let said = heatmap(&answer, &Frame::new("t"), &terminal);
        assert_eq!(said, "no events with duration_ms in this time\n");
        answer.calculations.remove(0);
        let said = heatmap(&answer, &Frame::new("t"), &terminal);
        assert_eq!(said, "the answer has no heatmap to draw\n");
    }

    #[test]
    fn a_strangers_title_cannot_steer_the_terminal() {
        let picture = heatmap(
            &small_answer(),
            &Frame::new("\x1b[2J"),
            &Terminal::plain(80),
        );
        assert!(picture.starts_with("\\u{1b}[2J"), "{picture}");
    }
}
