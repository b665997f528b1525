//! What a run of load has shown.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

/// What was sent, what came back, and how long it took.
#[derive(Debug, Default)]
pub struct LoadReport {
    /// Requests that were handed to an open connection.
    pub sent: u64,
    /// Answers that arrived whole, by status code.
    pub by_status: BTreeMap<u16, u64>,
    /// Requests without a whole answer, sent or not.
    pub transport_errors: u64,
    /// The first of these.
    pub first_error: Option<TransportError>,
    /// From the start of the run to the last answer.
    pub elapsed: Duration,
    /// From when each request was due to the end of its answer, waiting for a free connection included:
    /// what a visitor feels. `None` if nothing was answered.
    pub response_time: Option<Latencies>,
    /// From when each request was sent to the end of its answer: what the back end took.
    pub service_time: Option<Latencies>,
    /// Response times by label, in the order of labels.
    pub by_label: Vec<(&'static str, Latencies)>,
}

/// How a set of durations is spread: exact values, by nearest rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latencies {
    /// How many; at least 1.
    pub count: u64,
    /// The smallest.
    pub min: Duration,
    /// The mean.
    pub mean: Duration,
    /// Half are at or below.
    pub p50: Duration,
    /// Nine of ten are at or below.
    pub p90: Duration,
    /// All but one of a hundred are at or below.
    pub p99: Duration,
    /// The largest.
    pub max: Duration,
}

/// Why a request has no whole answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Nothing listens there, or no connection came about.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The connection broke, or what came back is not HTTP.
    #[error("connection broke")]
    Broken(#[source] hyper::Error),
    /// No whole answer in time.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The planned path cannot be sent.
    #[error("cannot be sent as a request")]
    Unsendable(#[source] hyper::http::Error),
}

impl LoadReport {
    /// Returns how many answers have a status of `class`: 2 for 200 to 299.
    pub fn by_class(&self, class: u16) -> u64 {
        self.by_status
            .range(class * 100..(class + 1) * 100)
            .map(|(_, count)| count)
            .sum()
    }

    /// Returns how many answers arrived whole.
    pub fn answered(&self) -> u64 {
        self.by_status.values().sum()
    }
}

impl Latencies {
    /// Sums up durations in any order; `None` for none.
    pub fn of(mut durations: Vec<Duration>) -> Option<Latencies> {
        durations.sort_unstable();
        let count = durations.len();
        let nearest_rank = |percent: usize| {
            let rank = (count * percent).div_ceil(100).max(1);
            durations.get(rank - 1).copied()
        };
        let total: Duration = durations.iter().sum();
        Some(Latencies {
            count: count as u64,
            min: *durations.first()?,
            mean: total / u32::try_from(count).unwrap_or(u32::MAX),
            p50: nearest_rank(50)?,
            p90: nearest_rank(90)?,
            p99: nearest_rank(99)?,
            max: *durations.last()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let latencies = Latencies::of((1..=10).rev().map(ms).collect());
        let expected = Latencies {
            count: 10,
            min: ms(1),
            mean: Duration::from_micros(5500),
            p50: ms(5),
            p90: ms(9),
            p99: ms(10),
            max: ms(10),
        };
        assert_eq!(latencies, Some(expected));
        assert_eq!(Latencies::of(Vec::new()), None);
        assert_eq!(
            Latencies::of(vec![ms(7)]).map(|one| (one.p50, one.p99)),
            Some((ms(7), ms(7)))
        );
    }

    #[test]
    fn classes_add_up_their_codes() {
        let by_status = BTreeMap::from([(200, 5), (204, 1), (404, 2), (422, 3), (500, 1)]);
        let report = LoadReport {
            by_status,
            ..LoadReport::default()
        };
        assert_eq!(
            [2, 3, 4, 5].map(|class| report.by_class(class)),
            [6, 0, 5, 1]
        );
        assert_eq!(report.answered(), 12);
    }
}
