//! An answer as a table: a row for each group, its results, and how one of them went over time.

use super::axis::Unit;
use super::columns::{Column, in_columns};
use super::course::{Steps, courses};
use super::raster::Binning;
use super::terminal::Terminal;
use crate::model::answer::{Answer, Cell, Histogram, Row};
use crate::model::query::{Calculation, Op};
use crate::model::width::cell_width;

/// What stands where there is no value.
const ABSENT: &str = "-";

/// The most characters of a course over time.
const LONGEST_COURSE: usize = 32;
/// The most characters of a histogram within a cell.
const LONGEST_HISTOGRAM: usize = 16;

const UNICODE_BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_BARS: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '@'];

/// Lays out the answer's rows: breakdowns, then calculations; each line has a line end.
///
/// Numbers of one column have the same number of digits after the point. On a terminal with room to
/// spare, a last column draws the first number of each group over time, from zero to its own largest.
pub fn table(answer: &Answer, terminal: &Terminal) -> String {
    let (mut columns, mut rows) = cells(answer, terminal);
    add_course(answer, terminal, &mut columns, &mut rows);
    in_columns(&columns, &rows, terminal)
}

/// Returns the table's headings and words, without the course over time.
pub fn cells(answer: &Answer, terminal: &Terminal) -> (Vec<Column>, Vec<Vec<String>>) {
    let mut columns: Vec<Column> = answer.breakdowns.iter().map(Column::words).collect();
    let mut rows: Vec<Vec<String>> = answer.rows.iter().map(group_words).collect();
    for (idx, calculation) in answer.calculations.iter().enumerate() {
        let is_heatmap = calculation.op == Op::Heatmap;
        columns.push(Column {
            title: calculation.label(),
            is_number: !is_heatmap,
        });
        let cells: Vec<&Cell> = answer
            .rows
            .iter()
            .map(|row| row.cells.get(idx).unwrap_or(&Cell::Absent))
            .collect();
        let n_decimals = decimals(&cells);
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(match cell {
                Cell::Count(count) => count.to_string(),
                Cell::Number(number) if number.is_finite() => format!("{number:.n_decimals$}"),
                Cell::Number(number) => number.to_string(),
                Cell::Histogram(histogram) => histogram_words(histogram, calculation, terminal),
                Cell::Absent => ABSENT.to_string(),
            });
        }
    }
    (columns, rows)
}

/// Returns a group's values in words.
pub fn group_words(row: &Row) -> Vec<String> {
    row.group
        .iter()
        .map(|value| {
            value
                .as_ref()
                .map_or(ABSENT.to_string(), ToString::to_string)
        })
        .collect()
}

/// Returns how many digits after the point a column gets: none for whole numbers; else as many as give
/// the largest four digits in all, but at least one.
fn decimals(cells: &[&Cell]) -> usize {
    let numbers = || {
        cells
            .iter()
            .filter_map(|cell| cell.number())
            .filter(|n| n.is_finite())
    };
    if numbers().all(|number| number.fract() == 0.0) {
        return 0;
    }
    let largest = numbers().map(f64::abs).fold(0.0, f64::max);
    (3.0 - largest.log10().floor()).clamp(1.0, 9.0) as usize
}

fn histogram_words(
    histogram: &Histogram,
    calculation: &Calculation,
    terminal: &Terminal,
) -> String {
    let unit = Unit::of(calculation.column.as_deref().unwrap_or(""));
    // Buckets are shared by all groups; this one's events need not fill them.
    let is_empty = |count: &&u64| **count == 0;
    let n_below = histogram.counts.iter().take_while(is_empty).count();
    let n_above = histogram.counts.iter().rev().take_while(is_empty).count();
    let edge = |n: usize| histogram.step * n as f64;
    let range = match n_below == histogram.counts.len() {
        true => unit.range(histogram.min_value, histogram.max_value()),
        false => unit.range(
            histogram.min_value + edge(n_below),
            histogram.max_value() - edge(n_above),
        ),
    };
    if !terminal.is_terminal {
        return range;
    }
    let binning = Binning::even(histogram.counts.len(), LONGEST_HISTOGRAM);
    let mut sums = vec![None; binning.n_cells];
    for (cell, count) in binning.cell_of_bin.iter().zip(&histogram.counts) {
        if let (Some(sum), true) = (sums.get_mut(*cell), *count > 0) {
            *sum = Some(sum.unwrap_or(0.0) + *count as f64);
        }
    }
    format!("{} {range}", bars(&sums, terminal))
}

/// Adds the column that draws the first calculation that is a number, if it fits.
fn add_course(
    answer: &Answer,
    terminal: &Terminal,
    columns: &mut Vec<Column>,
    rows: &mut [Vec<String>],
) {
    let mut drawn = answer.calculations.iter().enumerate();
    let Some((idx, calculation)) = drawn.find(|(_, drawn)| drawn.op != Op::Heatmap) else {
        return;
    };
    let title = format!("{} over time", calculation.label());
    let used: usize = (0..columns.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let texts = cells.chain(columns.get(column).map(|column| &column.title));
            2 + texts.map(|text| cell_width(text)).max().unwrap_or(0)
        })
        .sum();
    let room = terminal.width.saturating_sub(used + 2);
    let steps = Steps::of(answer);
    if !terminal.is_terminal || room < cell_width(&title) || steps.count < 2 {
        return;
    }
    columns.push(Column::words(title));
    let binning = Binning::even(steps.count, room.min(LONGEST_COURSE));
    for (values, words) in courses(answer, idx, calculation.op, &steps, &binning)
        .iter()
        .zip(rows)
    {
        words.push(bars(values, terminal));
    }
}

fn bars(values: &[Option<f64>], terminal: &Terminal) -> String {
    let bars = if terminal.unicode {
        &UNICODE_BARS
    } else {
        &ASCII_BARS
    };
    let largest = values.iter().flatten().copied().fold(0.0, f64::max);
    let bar = |value: &Option<f64>| {
        let Some(value) = value else { return ' ' };
        let share = if largest > 0.0 { value / largest } else { 0.0 };
        let level = (share * bars.len() as f64).ceil() as usize;
        bars[level.clamp(1, bars.len()) - 1]
    };
    values.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{START, calculation, latencies};
    use super::*;
    use crate::model::answer::Step;
    use crate::model::query::Percentile;
    use crate::model::time::{SECOND, Window};

    fn by_route() -> Answer {
        let groups = [Some("/api/activities/home".into()), None];
        let row = |group: usize, count: u64, p90: Cell| Row {
            group: vec![groups[group].clone()],
            cells: vec![Cell::Count(count), p90],
        };
        let step = |i: i64, row: Row| Step {
            time: START + i * SECOND,
            row,
        };
        Answer {
            left_out: Default::default(),
            window: Window {
                start: START,
                end: START + 4 * SECOND,
            },
            granularity: SECOND,
            percentiles: Default::default(),
            breakdowns: vec!["http.route".to_string()],
            calculations: vec![
                calculation(Op::Count),
                calculation(Op::Percentile(Percentile::P90)),
            ],
            rows: vec![
                row(0, 1234, Cell::Number(187.4432)),
                row(1, 7, Cell::Absent),
            ],
            series: vec![
                step(0, row(0, 100, Cell::Number(1.0))),
                step(1, row(0, 800, Cell::Number(2.0))),
                step(3, row(0, 334, Cell::Number(3.0))),
                step(3, row(1, 7, Cell::Absent)),
            ],
        }
    }

    #[test]
    fn a_pipe_gets_plain_columns() {
        assert_eq!(
            table(&by_route(), &Terminal::plain(80)),
            "http.route            COUNT  P90(duration_ms)\n\
             /api/activities/home   1234             187.4\n\
             -                         7                 -\n"
        );
    }

    #[test]
    fn a_terminal_with_room_also_gets_the_course_over_time() {
        let terminal = Terminal {
            is_terminal: true,
            unicode: true,
            ..Terminal::plain(80)
        };
        assert_eq!(
            table(&by_route(), &terminal),
            "http.route            COUNT  P90(duration_ms)  COUNT over time\n\
             /api/activities/home   1234             187.4  ▁█ ▄\n\
             -                         7                 -     █\n"
        );
        let ascii = table(
            &by_route(),
            &Terminal {
                unicode: false,
                ..terminal
            },
        );
        assert!(ascii.is_ascii() && ascii.contains("  .@ =\n"), "{ascii}");
        let narrow = table(
            &by_route(),
            &Terminal {
                width: 60,
                ..terminal
            },
        );
        assert!(!narrow.contains("over time"), "{narrow}");
    }

    #[test]
    fn decimals_suit_the_largest_number_of_a_column() {
        for (numbers, expected) in [
            (&[12.0, 3.0][..], 0),
            (&[1234.5, 0.25], 1),
            (&[187.44, 0.25], 1),
            (&[18.44], 2),
            (&[0.25], 4),
            (&[f64::NAN], 0),
            (&[], 0),
        ] {
            let cells: Vec<Cell> = numbers.iter().map(|number| Cell::Number(*number)).collect();
            assert_eq!(
                decimals(&cells.iter().collect::<Vec<_>>()),
                expected,
                "{numbers:?}"
            );
        }
    }

    #[test]
    fn a_heatmap_is_a_small_histogram_with_its_range() {
        let answer = latencies(400, 10, 1, 0.0);
        let terminal = Terminal {
            is_terminal: true,
            unicode: true,
            ..Terminal::plain(100)
        };
        let text = table(&answer, &terminal);
        let second = text.lines().nth(1).unwrap();
        assert!(second.contains('█') && second.contains(" ms"), "{text}");
        assert!(table(&answer, &Terminal::plain(100)).is_ascii());
    }

    #[test]
    fn no_rows_leave_the_headings() {
        let mut answer = by_route();
        answer.rows.clear();
        assert_eq!(table(&answer, &Terminal::plain(80)).lines().count(), 1);
    }
}
