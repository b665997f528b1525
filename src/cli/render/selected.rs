//! A selection in a picture: a box around a range of time and of values.

use std::fmt::Write as _;

use super::axis::ValueAxis;
use super::clock::TimeAxis;
use super::plot_svg::{LEFT, PLOT_HEIGHT, PLOT_WIDTH, TOP};

/// What is selected; a side without an end is open.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Selected {
    /// First moment inside, nanoseconds since the epoch.
    pub start: Option<i64>,
    /// First moment after.
    pub end: Option<i64>,
    /// The lowest value.
    pub low: Option<f64>,
    /// The highest value.
    pub high: Option<f64>,
}

/// Where the box is: shares of the axes, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// From the left: begin and end.
    pub across: (f64, f64),
    /// From below: begin and end.
    pub up: (f64, f64),
}

/// The characters of a box in a plot: the column or row on which each side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    columns: (Side, Side),
    rows: (Side, Side),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Side {
    at: usize,
    // Whether there was room for it outside of what is selected.
    is_outside: bool,
}

/// A character of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stroke {
    /// The character.
    pub glyph: char,
    /// Whether it hides nothing that is selected.
    pub is_outside: bool,
}

impl Selected {
    /// Returns where the box is; `None` if nothing of it is on the axes.
    pub fn placed(&self, times: &TimeAxis, values: &ValueAxis) -> Option<Placed> {
        let is_off = self.start.is_some_and(|start| start >= times.end)
            || self.end.is_some_and(|end| end <= times.start)
            || self.low.is_some_and(|low| low > values.high)
            // Zero has no place on a logarithmic axis, yet the lowest cells begin there.
            || self.high.is_some_and(|high| high < values.low && !values.is_log);
        if is_off {
            return None;
        }
        Some(Placed {
            across: (
                self.start.map_or(0.0, |it| times.position(it)),
                self.end.map_or(1.0, |it| times.position(it)),
            ),
            up: (
                self.low.map_or(0.0, |it| values.position(it)),
                self.high.map_or(1.0, |it| values.position(it)),
            ),
        })
    }
}

impl Placed {
    /// Draws the box over a heatmap's plot.
    pub fn svg(&self, svg: &mut String) {
        let (left, right) = self.across;
        let (low, high) = self.up;
        let place = format!(
            "x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"",
            LEFT + left * PLOT_WIDTH,
            TOP + (1.0 - high) * PLOT_HEIGHT,
            ((right - left) * PLOT_WIDTH).max(2.0),
            ((high - low) * PLOT_HEIGHT).max(2.0),
        );
        let _ = writeln!(
            svg,
            "<rect class=\"us\" {place}/>\n<rect class=\"sel\" {place}><title>selected</title></rect>"
        );
    }

    /// Returns the sides of the box in a plot of characters: around what is inside, as far as the plot has
    /// room for them.
    pub fn sides(&self, n_columns: usize, n_rows: usize) -> Sides {
        Sides {
            columns: around(self.across, n_columns),
            rows: around(self.up, n_rows),
        }
    }
}

fn around((from, to): (f64, f64), n: usize) -> (Side, Side) {
    let last = n.saturating_sub(1);
    // A hair less than a whole character is rounding.
    let first_inside = (from * n as f64 + 1e-6).floor().max(0.0) as usize;
    let first_after = ((to * n as f64 - 1e-6).ceil().max(0.0) as usize).max(first_inside + 1);
    let before = Side {
        at: first_inside.min(n).saturating_sub(1),
        is_outside: first_inside > 0,
    };
    let after = Side {
        at: first_after.min(last),
        is_outside: first_after <= last,
    };
    (before, after)
}

impl Sides {
    /// Returns what of the box is at a column (from the left) and a row (from below), if anything is.
    pub fn at(&self, column: usize, row: usize, unicode: bool) -> Option<Stroke> {
        let (left, right) = self.columns;
        let (bottom, top) = self.rows;
        if !(left.at..=right.at).contains(&column) || !(bottom.at..=top.at).contains(&row) {
            return None;
        }
        let across = [left, right].into_iter().find(|it| it.at == column);
        let up = [top, bottom].into_iter().find(|it| it.at == row);
        let sides: Vec<Side> = across.into_iter().chain(up).collect();
        let glyph = match (across.is_some(), up.is_some(), unicode) {
            (false, false, _) => return None,
            (true, true, false) => '+',
            (true, false, false) => '|',
            (false, true, false) => '=',
            (true, false, true) => '┃',
            (false, true, true) => '━',
            (true, true, true) => match (column == left.at, row == top.at) {
                (true, true) => '┏',
                (true, false) => '┗',
                (false, true) => '┓',
                (false, false) => '┛',
            },
        };
        Some(Stroke {
            glyph,
            is_outside: sides.iter().any(|it| it.is_outside),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Unit;
    use super::*;
    use crate::model::zone::Zone;

    const TIMES: TimeAxis = TimeAxis {
        start: 0,
        end: 100,
        zone: Zone::UTC,
    };
    const VALUES: ValueAxis = ValueAxis {
        low: 0.0,
        high: 500.0,
        is_log: false,
        unit: Unit::Milliseconds,
    };

    fn drawn(selected: Selected) -> Vec<String> {
        let sides = selected.placed(&TIMES, &VALUES).unwrap().sides(10, 5);
        let row = |row: usize| {
            let glyph = |column| sides.at(column, row, false).map_or('.', |it| it.glyph);
            (0..10).map(glyph).collect()
        };
        (0..5).rev().map(row).collect()
    }

    #[test]
    fn the_box_is_around_what_is_inside() {
        let selected = Selected {
            start: Some(30),
            end: Some(60),
            low: Some(200.0),
            high: Some(300.0),
        };
        assert_eq!(
            drawn(selected),
            [
                "..........",
                "..+===+...",
                "..|...|...",
                "..+===+...",
                ".........."
            ]
        );
    }

    #[test]
    fn open_sides_are_the_plots_own() {
        let above = Selected {
            low: Some(300.0),
            ..Selected::default()
        };
        assert_eq!(
            drawn(above),
            [
                "+========+",
                "|........|",
                "+========+",
                "..........",
                ".........."
            ]
        );
        assert_eq!(drawn(Selected::default())[4], "+========+");
    }

    #[test]
    fn what_is_off_the_axes_is_no_box() {
        let off = |selected: Selected| selected.placed(&TIMES, &VALUES).is_none();
        assert!(off(Selected {
            start: Some(100),
            ..Selected::default()
        }));
        assert!(off(Selected {
            end: Some(0),
            ..Selected::default()
        }));
        assert!(off(Selected {
            low: Some(501.0),
            ..Selected::default()
        }));
        assert!(off(Selected {
            high: Some(-1.0),
            ..Selected::default()
        }));
    }
}
