//! A batch of log lines that PutLogEvents takes: filled up to every limit, then sorted. No I/O.

use std::ops::Range;

use super::wire::{BATCH_MAX_BYTES, BATCH_MAX_EVENTS, BATCH_MAX_SPAN_MS, EVENT_OVERHEAD_BYTES};

/// Lines that leave together; always the next ones in the order in which they came.
#[derive(Debug, Default)]
pub struct Batch {
    // One behind the other.
    texts: String,
    lines: Vec<Line>,
    bytes: usize,
    first_ms: i64,
    last_ms: i64,
}

#[derive(Debug, Clone)]
struct Line {
    timestamp_ms: i64,
    text: Range<usize>,
}

impl Batch {
    /// Adds a line; `false` if it has no room beside the others.
    ///
    /// A first line always has room; what is too large alone is for the service to refuse.
    pub fn push(&mut self, timestamp_ms: i64, text: &str) -> bool {
        let bytes = self.bytes + text.len() + EVENT_OVERHEAD_BYTES;
        let (first_ms, last_ms) = match self.is_empty() {
            true => (timestamp_ms, timestamp_ms),
            false => (
                self.first_ms.min(timestamp_ms),
                self.last_ms.max(timestamp_ms),
            ),
        };
        let fits = bytes <= BATCH_MAX_BYTES
            && self.lines.len() < BATCH_MAX_EVENTS
            && last_ms.saturating_sub(first_ms) <= BATCH_MAX_SPAN_MS;
        if !fits && !self.is_empty() {
            return false;
        }
        (self.bytes, self.first_ms, self.last_ms) = (bytes, first_ms, last_ms);
        let start = self.texts.len();
        self.texts.push_str(text);
        self.lines.push(Line {
            timestamp_ms,
            text: start..self.texts.len(),
        });
        true
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns how many lines are in it.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Returns what its lines count towards the limit.
    pub fn n_bytes(&self) -> usize {
        self.bytes
    }

    /// Puts the lines into chronological order; those of one time stay in the order in which they came.
    pub fn sort(&mut self) {
        self.lines.sort_by_key(|line| line.timestamp_ms);
    }

    /// Returns a run of the lines, each with its time in milliseconds.
    pub fn events(&self, run: Range<usize>) -> impl ExactSizeIterator<Item = (i64, &str)> {
        let lines = self.lines.get(run).unwrap_or_default().iter();
        lines.map(|line| {
            let text = self.texts.get(line.text.clone());
            (line.timestamp_ms, text.unwrap_or_default())
        })
    }
}

/// Tells whether so many lines of so many bytes, each with its overhead, fill a batch.
pub fn is_enough(n_events: u64, bytes: u64) -> bool {
    n_events >= BATCH_MAX_EVENTS as u64 || bytes >= BATCH_MAX_BYTES as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudwatch::lines::pieces;
    use crate::cloudwatch::wire::EVENT_MAX_BYTES;
    use crate::model::log::LogEvent;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn line(timestamp_ms: i64, message: impl Into<String>) -> LogEvent {
        LogEvent {
            timestamp_ms,
            message: message.into(),
        }
    }

    fn size(event: &LogEvent) -> usize {
        event.message.len() + EVENT_OVERHEAD_BYTES
    }

    fn events(mut batch: Batch) -> Vec<LogEvent> {
        batch.sort();
        let events = batch.events(0..batch.len());
        events.map(|(at_ms, text)| line(at_ms, text)).collect()
    }

    fn batches(all: Vec<LogEvent>) -> Vec<Vec<LogEvent>> {
        let mut batches = Vec::new();
        let mut batch = Batch::default();
        for event in all {
            if !batch.push(event.timestamp_ms, &event.message) {
                batches.push(events(std::mem::take(&mut batch)));
                assert!(batch.push(event.timestamp_ms, &event.message));
            }
        }
        batches.push(events(batch));
        batches
    }

    #[test]
    fn any_lines_leave_once_in_batches_that_the_service_takes() {
        let mut rng = StdRng::seed_from_u64(5);
        for round in 0..30 {
            let n_lines = [10, 12_000, 300][round % 3];
            let most_bytes = [3_000_000, 20, 30_000][round % 3];
            let most_ms = [1, 1_000, 3 * BATCH_MAX_SPAN_MS][(round / 3) % 3];
            let mut events = Vec::new();
            for id in 0..n_lines {
                let at_ms = rng.random_range(0..most_ms);
                let length = rng.random_range(0..most_bytes);
                let text = format!("{id}:{}", "\u{e9}".repeat(length / 2));
                events.extend(pieces(&text).into_iter().map(|piece| line(at_ms, piece)));
            }
            let batches = batches(events.clone());
            for batch in &batches {
                let (first, last) = (batch.first().unwrap(), batch.last().unwrap());
                assert!(batch.len() <= BATCH_MAX_EVENTS);
                assert!(batch.iter().map(size).sum::<usize>() <= BATCH_MAX_BYTES);
                assert!(batch.iter().all(|event| size(event) <= EVENT_MAX_BYTES));
                assert!(last.timestamp_ms - first.timestamp_ms <= BATCH_MAX_SPAN_MS);
                assert!(batch.is_sorted_by_key(|event| event.timestamp_ms));
            }
            // Nothing is lost or doubled, batches are runs of the input, and equal times keep its order.
            let mut at = 0;
            for batch in batches {
                let mut run = events[at..at + batch.len()].to_vec();
                at += batch.len();
                run.sort_by_key(|event| event.timestamp_ms);
                assert!(run == batch);
            }
            assert_eq!(at, events.len());
        }
    }

    #[test]
    fn each_limit_alone_ends_a_batch_exactly_there() {
        let full = BATCH_MAX_BYTES - EVENT_OVERHEAD_BYTES;
        let mut by_count = Batch::default();
        for _ in 0..BATCH_MAX_EVENTS {
            assert!(by_count.push(1, "x"));
        }
        assert!(!by_count.push(1, "x"));

        let mut by_bytes = Batch::default();
        assert!(by_bytes.push(1, &"x".repeat(full - 27)));
        assert!(!by_bytes.push(1, "xx"));
        assert!(by_bytes.push(1, "x"));
        assert!(!by_bytes.push(1, ""));

        let mut by_span = Batch::default();
        assert!(by_span.push(BATCH_MAX_SPAN_MS, "x"));
        assert!(by_span.push(0, "x"));
        assert!(!by_span.push(BATCH_MAX_SPAN_MS + 1, "x"));
        assert!(!by_span.push(-1, "x"));
        assert_eq!(by_span.len(), 2);
    }
}
