//! Whether what was sent is what arrived: the closing table of a run.

use super::columns::{Column, in_columns};
use super::palette::Paint;
use super::terminal::Terminal;
use super::text::{Ink, Line};

/// One thing that was counted on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// What was counted: `root spans`.
    pub what: String,
    /// How many there should be.
    pub expected: Expected,
    /// How many there are.
    pub found: u64,
}

/// How many there should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Expected {
    /// This many.
    Exactly(u64),
    /// About the mean, and by all chance from the least to the most.
    About {
        /// What is expected on average.
        mean: f64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
}

impl Tally {
    /// Returns both numbers in words: `root spans: 298 found, 300 expected`.
    pub fn words(&self) -> String {
        format!(
            "{}: {} found, {} expected",
            self.what,
            self.found,
            self.expected.words()
        )
    }

    /// Tells whether the number found is one that was expected.
    pub fn agrees(&self) -> bool {
        let (least, most) = self.expected.bounds();
        (least..=most).contains(&self.found)
    }

    fn verdict(&self, terminal: &Terminal) -> Line {
        let (least, most) = self.expected.bounds();
        let (yes, no) = if terminal.unicode {
            ("✓", "✗ ")
        } else {
            ("ok", "")
        };
        let words = if self.found < least {
            format!("{no}{} missing", least - self.found)
        } else if self.found > most {
            format!("{no}{} too many", self.found - most)
        } else {
            yes.to_string()
        };
        let paint = Paint::Basic(if self.agrees() { 2 } else { 1 });
        let mut line = Line::new();
        line.push(
            &words,
            Ink {
                bold: !self.agrees(),
                ..Ink::of(paint)
            },
        );
        line
    }
}

impl Expected {
    fn bounds(self) -> (u64, u64) {
        match self {
            Expected::Exactly(count) => (count, count),
            Expected::About { least, most, .. } => (least, most),
        }
    }

    fn words(self) -> String {
        match self {
            Expected::Exactly(count) => count.to_string(),
            Expected::About { mean, least, most } => format!("{mean:.0} ({least} to {most})"),
        }
    }
}

/// Returns a line for each tally: what, expected, found, and a mark or what is wrong.
pub fn reconciliation(tallies: &[Tally], terminal: &Terminal) -> String {
    let columns = [
        Column::words(""),
        Column::numbers("expected"),
        Column::numbers("found"),
    ];
    let rows: Vec<Vec<String>> = tallies
        .iter()
        .map(|tally| {
            vec![
                tally.what.clone(),
                tally.expected.words(),
                tally.found.to_string(),
            ]
        })
        .collect();
    // Every row must stay one line for its mark to stand beside it, so nothing may wrap.
    let unwrapped = Terminal {
        is_terminal: false,
        ..*terminal
    };
    let table = in_columns(&columns, &rows, &unwrapped);
    let mut lines = table.lines();
    let mut text = format!("{}\n", lines.next().unwrap_or(""));
    for (line, tally) in lines.zip(tallies) {
        text.push_str(&format!(
            "{line}  {}\n",
            tally.verdict(terminal).text(terminal.colour)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::terminal::Colour;
    use super::*;

    fn tallies() -> Vec<Tally> {
        let tally = |what: &str, expected, found| Tally {
            what: what.to_string(),
            expected,
            found,
        };
        vec![
            tally("requests sent", Expected::Exactly(300), 300),
            tally("root spans", Expected::Exactly(300), 298),
            tally("log lines", Expected::Exactly(300), 301),
            tally(
                "X-Ray segments",
                Expected::About {
                    mean: 49.6,
                    least: 40,
                    most: 60,
                },
                60,
            ),
        ]
    }

    #[test]
    fn each_line_says_whether_it_agrees_or_by_how_much_not() {
        assert_eq!(
            reconciliation(&tallies(), &Terminal::plain(80)),
            "                     expected  found\n\
             requests sent             300    300  ok\n\
             root spans                300    298  2 missing\n\
             log lines                 300    301  1 too many\n\
             X-Ray segments  50 (40 to 60)     60  ok\n"
        );
        assert_eq!(tallies()[1].words(), "root spans: 298 found, 300 expected");
        assert_eq!(tallies().iter().filter(|tally| tally.agrees()).count(), 2);
    }

    #[test]
    fn marks_are_coloured_and_say_the_same_without() {
        let terminal = Terminal {
            colour: Colour::Ansi16,
            unicode: true,
            ..Terminal::plain(80)
        };
        let text = reconciliation(&tallies(), &terminal);
        assert!(text.contains("  \x1b[0;32m✓\x1b[0m\n"), "{text}");
        assert!(
            text.contains("  \x1b[0;1;31m✗ 2 missing\x1b[0m\n"),
            "{text}"
        );
    }
}
