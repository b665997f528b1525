//! A batch of log lines that PutLogEvents takes: filled up to every limit, then sorted. No I/O.

use super::wire::{BATCH_MAX_BYTES, BATCH_MAX_EVENTS, BATCH_MAX_SPAN_MS, EVENT_OVERHEAD_BYTES};
use crate::model::log::LogEvent;

/// Lines that leave together; always the next ones in the order in which they came.
#[derive(Debug, Default)]
pub struct Batch {
    events: Vec<LogEvent>,
    bytes: usize,
    first_ms: i64,
    last_ms: i64,
}

impl Batch {
    /// Adds a line, or gives it back if it has no room beside the others.
    ///
    /// A first line always has room; what is too large alone is for the service to refuse.
    pub fn push(&mut self, event: LogEvent) -> Result<(), LogEvent> {
        let (bytes, at_ms) = (self.bytes + size(&event), event.timestamp_ms);
        let (first_ms, last_ms) = match self.is_empty() {
            true => (at_ms, at_ms),
            false => (self.first_ms.min(at_ms), self.last_ms.max(at_ms)),
        };
        let fits = bytes <= BATCH_MAX_BYTES
            && self.events.len() < BATCH_MAX_EVENTS
            && last_ms.saturating_sub(first_ms) <= BATCH_MAX_SPAN_MS;
        if !fits && !self.is_empty() {
            return Err(event);
        }
        (self.bytes, self.first_ms, self.last_ms) = (bytes, first_ms, last_ms);
        self.events.push(event);
        Ok(())
    }

    /// Tells whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Returns how many lines are in it.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Returns the lines in chronological order; lines of one time stay in the order in which they
    /// came.
    pub fn into_events(mut self) -> Vec<LogEvent> {
        self.events.sort_by_key(|event| event.timestamp_ms);
        self.events
    }
}

/// Returns what a line counts towards a batch's limit.
pub fn size(event: &LogEvent) -> usize {
    event.message.len() + EVENT_OVERHEAD_BYTES
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
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn line(timestamp_ms: i64, message: impl Into<String>) -> LogEvent {
        LogEvent {
            timestamp_ms,
            message: message.into(),
        }
    }

    fn batches(events: Vec<LogEvent>) -> Vec<Vec<LogEvent>> {
        let mut batches = Vec::new();
        let mut batch = Batch::default();
        for event in events {
            if let Err(event) = batch.push(event) {
                batches.push(std::mem::take(&mut batch).into_events());
                batch.push(event).unwrap();
            }
        }
        batches.push(batch.into_events());
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
                events.extend(pieces(text).into_iter().map(|piece| line(at_ms, piece)));
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
            by_count.push(line(1, "x")).unwrap();
        }
        assert!(by_count.push(line(1, "x")).is_err());

        let mut by_bytes = Batch::default();
        by_bytes.push(line(1, "x".repeat(full - 27))).unwrap();
        assert!(by_bytes.push(line(1, "xx")).is_err());
        by_bytes.push(line(1, "x")).unwrap();
        assert!(by_bytes.push(line(1, "")).is_err());

        let mut by_span = Batch::default();
        by_span.push(line(BATCH_MAX_SPAN_MS, "x")).unwrap();
        by_span.push(line(0, "x")).unwrap();
        assert!(by_span.push(line(BATCH_MAX_SPAN_MS + 1, "x")).is_err());
        assert!(by_span.push(line(-1, "x")).is_err());
        assert_eq!(by_span.len(), 2);
    }
}
