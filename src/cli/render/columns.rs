//! Text in columns, without borders, so that it reads well and pipes well.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};

use super::terminal::{Colour, Terminal};
use super::text::printable;

/// A column's heading and side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub title: String,
    /// Whether its cells are numbers, which stand at the right.
    pub is_number: bool,
}

impl Column {
    /// Returns a column of words.
    pub fn words(title: impl Into<String>) -> Column {
        Column {
            title: title.into(),
            is_number: false,
        }
    }

    /// Returns a column of numbers.
    pub fn numbers(title: impl Into<String>) -> Column {
        Column {
            title: title.into(),
            is_number: true,
        }
    }
}

/// Lays out `rows` under their headings, two blanks between columns; each line has a line end.
///
/// For a terminal, cells that are too long go on in a line below; for a pipe, every row is one line.
/// Control characters are written out.
pub fn in_columns(columns: &[Column], rows: &[Vec<String>], terminal: &Terminal) -> String {
    let mut table = Table::new();
    table.force_no_tty();
    if terminal.is_terminal {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(terminal.width.max(20)).unwrap_or(u16::MAX));
    } else {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    if terminal.colour > Colour::None {
        table.enforce_styling().style_text_only();
    }
    let heading = |column: &Column| {
        let cell = Cell::new(printable(&column.title));
        if terminal.colour > Colour::None {
            cell.add_attribute(Attribute::Bold)
        } else {
            cell
        }
    };
    table.set_header(columns.iter().map(heading).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row.iter().map(|text| printable(text)).collect::<Vec<_>>());
    }
    for (column, asked) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        if asked.is_number {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.load_style(comfy_table::presets::NOTHING);
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::width::cell_width;

    fn rows() -> Vec<Vec<String>> {
        [["/api/activities/home", "7"], ["größe\x1b[31m", "1200"]]
            .map(|row| row.map(str::to_string).to_vec())
            .to_vec()
    }

    #[test]
    fn words_stand_left_numbers_right_and_nothing_around_them() {
        let columns = [Column::words("http.route"), Column::numbers("COUNT")];
        assert_eq!(
            in_columns(&columns, &rows(), &Terminal::plain(20)),
            "http.route            COUNT\n\
             /api/activities/home      7\n\
             größe\\u{1b}[31m        1200\n"
        );
    }

    #[test]
    fn a_narrow_terminal_wraps_cells_and_loses_nothing() {
        let columns = [Column::words("http.route"), Column::numbers("COUNT")];
        let terminal = Terminal {
            is_terminal: true,
            ..Terminal::plain(20)
        };
        let text = in_columns(&columns, &rows(), &terminal);
        assert!(text.lines().all(|line| cell_width(line) <= 20), "{text}");
        let letters: String = text
            .lines()
            .skip(1)
            .flat_map(|line| line.split("  ").next())
            .collect();
        assert!(letters.starts_with("/api/activities/home"), "{text}");
    }

    #[test]
    fn headings_are_bold_only_with_colours() {
        let columns = [Column::words("a")];
        let coloured = Terminal {
            colour: Colour::Ansi16,
            ..Terminal::plain(80)
        };
        assert_eq!(in_columns(&columns, &[], &coloured), "\x1b[1ma\x1b[0m\n");
        assert_eq!(in_columns(&columns, &[], &Terminal::plain(80)), "a\n");
    }
}
