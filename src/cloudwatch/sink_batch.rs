//! Batches of log lines that PutLogEvents takes: cut, sorted and never too large. No I/O.

use super::wire::{
    BATCH_MAX_BYTES, BATCH_MAX_EVENTS, BATCH_MAX_SPAN_MS, EVENT_MAX_BYTES, EVENT_OVERHEAD_BYTES,
};
use crate::model::log::LogEvent;

/// Stands at the end of a line that was too long.
const CUT_MARK: &str = " [cut: the line was longer than CloudWatch Logs takes]";

/// Lines that wait to be sent.
#[derive(Debug, Default)]
pub struct Pending {
    events: Vec<LogEvent>,
    bytes: usize,
}

impl Pending {
    /// Adds a line, cutting it if it is longer than the service takes.
    pub fn push(&mut self, mut event: LogEvent) {
        event.message = fitting(event.message);
        self.bytes += size(&event);
        self.events.push(event);
    }

    /// Tells whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Tells whether at least one whole batch waits.
    pub fn is_full(&self) -> bool {
        self.events.len() >= BATCH_MAX_EVENTS || self.bytes >= BATCH_MAX_BYTES
    }

    /// Takes the oldest lines that fit into one batch, in chronological order.
    ///
    /// Lines of one time stay in the order in which they came. Empty only if nothing waits.
    pub fn take_batch(&mut self) -> Vec<LogEvent> {
        self.events.sort_by_key(|event| event.timestamp_ms);
        let first_ms = self.events.first().map_or(0, |event| event.timestamp_ms);
        let mut bytes = 0;
        let mut n_events = 0;
        for event in &self.events {
            bytes += size(event);
            let span_ms = event.timestamp_ms.saturating_sub(first_ms);
            let fits = bytes <= BATCH_MAX_BYTES
                && n_events < BATCH_MAX_EVENTS
                && span_ms <= BATCH_MAX_SPAN_MS;
            if !fits {
                break;
            }
            n_events += 1;
        }
        let batch: Vec<LogEvent> = self.events.drain(..n_events).collect();
        self.bytes -= batch.iter().map(size).sum::<usize>();
        batch
    }
}

/// Returns what a line counts towards a batch's limit.
fn size(event: &LogEvent) -> usize {
    event.message.len() + EVENT_OVERHEAD_BYTES
}

fn fitting(mut message: String) -> String {
    let most = EVENT_MAX_BYTES - EVENT_OVERHEAD_BYTES;
    // The service takes no empty line; a blank keeps its time and its place.
    if message.is_empty() {
        return " ".to_string();
    }
    if message.len() > most {
        let mut end = most - CUT_MARK.len();
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        message.push_str(CUT_MARK);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn line(timestamp_ms: i64, message: impl Into<String>) -> LogEvent {
        LogEvent {
            timestamp_ms,
            message: message.into(),
        }
    }

    #[test]
    fn any_lines_leave_once_in_batches_that_the_service_takes() {
        let mut rng = StdRng::seed_from_u64(5);
        for round in 0..20 {
            let mut pending = Pending::default();
            let n_lines = [10, 12_000, 300][round % 3];
            let most_bytes = [1_200_000, 20, 30_000][round % 3];
            for id in 0..n_lines {
                let timestamp_ms = rng.random_range(0..3 * BATCH_MAX_SPAN_MS);
                let length = rng.random_range(0..most_bytes);
                pending.push(line(
                    timestamp_ms,
                    format!("{id}:{}", "é".repeat(length / 2)),
                ));
            }
            let mut seen = Vec::new();
            loop {
                let batch = pending.take_batch();
                let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
                    break;
                };
                assert!(batch.len() <= BATCH_MAX_EVENTS);
                assert!(batch.iter().map(size).sum::<usize>() <= BATCH_MAX_BYTES);
                assert!(last.timestamp_ms - first.timestamp_ms <= BATCH_MAX_SPAN_MS);
                assert!(batch.is_sorted_by_key(|event| event.timestamp_ms));
                let id = |event: &LogEvent| event.message.split(':').next().unwrap().to_string();
                seen.extend(batch.iter().map(id));
            }
            assert!(pending.is_empty());
            assert_eq!(pending.bytes, 0);
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), n_lines);
        }
    }

    #[test]
    fn a_line_past_a_megabyte_is_cut_between_characters_and_marked() {
        for padding in 0..4 {
            let mut pending = Pending::default();
            pending.push(line(
                1,
                format!("{}{}", "x".repeat(padding), "🦀".repeat(300_000)),
            ));
            let batch = pending.take_batch();
            assert!(size(&batch[0]) <= EVENT_MAX_BYTES);
            assert!(size(&batch[0]) > EVENT_MAX_BYTES - 4);
            assert!(batch[0].message.ends_with(CUT_MARK));
        }
    }

    #[test]
    fn lines_of_one_time_stay_in_order_and_an_empty_one_keeps_its_place() {
        let mut pending = Pending::default();
        for (timestamp_ms, message) in [(2, "c"), (1, "a"), (2, ""), (2, "d")] {
            pending.push(line(timestamp_ms, message));
        }
        let messages: Vec<String> = pending
            .take_batch()
            .into_iter()
            .map(|event| event.message)
            .collect();
        assert_eq!(messages, ["a", "c", " ", "d"]);
    }
}
