//! How often what was said: lines by pattern, and by shape.

use std::collections::HashMap;

use crate::model::log::LogEvent;
use crate::model::log_shape::shape;

/// The most shapes that are told apart; lines of later ones count together.
const MOST_SHAPES: usize = 10_000;
/// The most characters of an example.
const EXAMPLE_MAX_CHARS: usize = 400;

/// How often something was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// A pattern or a shape.
    pub of: String,
    /// How many lines.
    pub n_lines: u64,
    /// The time of the first and of the last line, in milliseconds since the epoch.
    pub times_ms: Option<(i64, i64)>,
    /// The last line.
    pub example: Option<String>,
}

impl Counts {
    /// Begins at none.
    pub fn new(of: String) -> Counts {
        Counts {
            of,
            n_lines: 0,
            times_ms: None,
            example: None,
        }
    }

    /// Counts a line.
    pub fn add(&mut self, event: LogEvent) {
        let time_ms = event.timestamp_ms;
        self.n_lines += 1;
        let (first, last) = self.times_ms.unwrap_or((time_ms, time_ms));
        self.times_ms = Some((first.min(time_ms), last.max(time_ms)));
        let mut example = event.message;
        if let Some((end, _)) = example.char_indices().nth(EXAMPLE_MAX_CHARS) {
            example.truncate(end);
            example.push_str("...");
        }
        self.example = Some(example);
    }
}

/// Lines by their shape.
#[derive(Debug, Default)]
pub struct Shapes {
    counts: HashMap<String, Counts>,
    n_other: u64,
}

impl Shapes {
    /// Counts a line.
    pub fn add(&mut self, event: LogEvent) {
        let shape = shape(&event.message);
        if let Some(counts) = self.counts.get_mut(&shape) {
            return counts.add(event);
        }
        if self.counts.len() >= MOST_SHAPES {
            self.n_other += 1;
            return;
        }
        let mut counts = Counts::new(shape.clone());
        counts.add(event);
        self.counts.insert(shape, counts);
    }

    /// Returns how many shapes there are.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Returns the most frequent shapes, and how many lines are of others.
    pub fn most_frequent(self, most: usize) -> (Vec<Counts>, u64) {
        let mut counts: Vec<Counts> = self.counts.into_values().collect();
        counts.sort_by(|a, b| b.n_lines.cmp(&a.n_lines).then_with(|| a.of.cmp(&b.of)));
        let rest = counts.split_off(most.min(counts.len()));
        let n_rest: u64 = rest.iter().map(|it| it.n_lines).sum();
        (counts, n_rest + self.n_other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(timestamp_ms: i64, message: String) -> LogEvent {
        LogEvent {
            timestamp_ms,
            message,
        }
    }

    #[test]
    fn shapes_are_counted_most_frequent_first_with_times_and_the_last_as_example() {
        let mut shapes = Shapes::default();
        for n in 0..5 {
            shapes.add(event(100 - n, format!("GET /a took {n}ms")));
        }
        shapes.add(event(7, "started".to_string()));
        shapes.add(event(8, "stopped".to_string()));
        assert_eq!(shapes.len(), 3);
        let (counts, n_other) = shapes.most_frequent(2);
        assert_eq!(n_other, 1);
        assert_eq!(
            counts[0],
            Counts {
                of: "GET /a took <n>ms".to_string(),
                n_lines: 5,
                times_ms: Some((96, 100)),
                example: Some("GET /a took 4ms".to_string()),
            }
        );
        assert_eq!(counts[1].of, "started");
    }

    #[test]
    fn memory_is_bounded_and_no_line_is_lost_from_the_count() {
        let mut shapes = Shapes::default();
        let letters = |n: usize| -> String {
            let digits = format!("{n:05}");
            digits
                .bytes()
                .map(|digit| char::from(digit - b'0' + b'a'))
                .collect()
        };
        for n in 0..MOST_SHAPES + 50 {
            shapes.add(event(0, format!("{} {}", letters(n), "é".repeat(1_000))));
        }
        let (counts, n_other) = shapes.most_frequent(usize::MAX);
        assert_eq!((counts.len(), n_other), (MOST_SHAPES, 50));
        let longest = counts
            .iter()
            .filter_map(|it| it.example.as_ref())
            .map(|it| it.chars().count());
        assert_eq!(longest.max(), Some(EXAMPLE_MAX_CHARS + 3));
    }
}
