//! What each worker counts while it runs, added up at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fault::Fault;
use super::spread::Spread;

/// How many of the slowest requests are remembered.
const N_SLOWEST: usize = 5;

/// Counts and durations.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Of each route, in the mix's order.
    pub routes: Vec<Counts>,
    /// Of each step of the pace, by when requests were due.
    pub steps: Vec<Counts>,
    /// Of each step, how many answers came within its time.
    pub answered_within: Vec<u64>,
    /// All in one.
    pub all: Counts,
    /// Answers by status.
    pub by_status: BTreeMap<u16, u64>,
    /// Answers from 400 to 499 where that was right.
    pub refused_as_meant: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// The first fault.
    pub first_fault: Option<Fault>,
    /// Requests of which bytes were written.
    pub sent: u64,
    /// How late requests were handed to the connections: the generator's own fault.
    pub lateness: Spread,
    /// Requests that had to wait because all connections were in use.
    pub waited: u64,
    /// How many connections were in use at once, at most.
    pub connections: usize,
    /// The slowest answers, slowest first.
    pub slowest: Vec<Slow>,
    /// The traces of answers that are followed, in no order.
    pub followed: Vec<Followed>,
}

/// An answer's trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// As the answer said; empty if it did not.
    pub trace_id: String,
    /// Whether it is sampled, if the answer says so.
    pub is_sampled: Option<bool>,
}

/// What is counted of some requests.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Requests that are over, with or without an answer.
    pub requests: u64,
    /// Those without a whole answer, with a status from 500 on, or refused without being meant to be.
    pub errors: u64,
    /// From when a request was due to the end of its answer: what a visitor feels. Answers only.
    pub response_time: Spread,
    /// From when a request was sent to the end of its answer: what the back end took.
    pub service_time: Spread,
}

/// A slow answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slow {
    /// From when it was due to its end.
    pub response_time: Duration,
    /// From when it was sent to its end.
    pub service_time: Duration,
    /// Its route, an index into the mix's.
    pub route: usize,
    /// Its status.
    pub status: u16,
    /// When it was due, from the start of the run.
    pub due: Duration,
    /// Its trace, as the answer said or else as the request did.
    pub trace_id: Option<String>,
}

/// One request that is over.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// Its route, an index into the mix's.
    pub route: usize,
    /// Whether a status from 400 to 499 is the right answer.
    pub is_refused: bool,
    /// When it was due, from the start of the run.
    pub due: Duration,
    /// The step of the pace that it was due in.
    pub step: usize,
    /// Whether bytes of it were written.
    pub was_sent: bool,
    /// Its trace, or nothing.
    pub trace_id: &'a str,
    /// Whether the trace is sampled, if the answer says so.
    pub is_sampled: Option<bool>,
    /// Whether its trace is to be remembered.
    pub is_followed: bool,
    /// What came back.
    pub answer: Result<Timed, Fault>,
}

/// An answer with its times.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    /// Its status.
    pub status: u16,
    /// From when it was due to its end.
    pub response_time: Duration,
    /// From when it was sent to its end.
    pub service_time: Duration,
    /// The step of the pace in which it ended; `None` if it was over by then.
    pub ended_in: Option<usize>,
}

impl Tally {
    /// Makes an empty tally.
    pub fn new(n_routes: usize, n_steps: usize) -> Tally {
        Tally {
            routes: vec![Counts::default(); n_routes],
            steps: vec![Counts::default(); n_steps],
            answered_within: vec![0; n_steps],
            ..Tally::default()
        }
    }

    /// Counts a request that is over.
    pub fn add(&mut self, outcome: Outcome) {
        self.sent += u64::from(outcome.was_sent);
        let is_error = match &outcome.answer {
            Ok(answer) => match answer.status {
                400..=499 => !outcome.is_refused,
                status => status >= 500,
            },
            Err(_) => true,
        };
        let counted = [
            Some(&mut self.all),
            self.routes.get_mut(outcome.route),
            self.steps.get_mut(outcome.step),
        ];
        for counts in counted.into_iter().flatten() {
            counts.requests += 1;
            counts.errors += u64::from(is_error);
            if let Ok(answer) = &outcome.answer {
                counts.response_time.add(answer.response_time);
                counts.service_time.add(answer.service_time);
            }
        }
        match outcome.answer {
            Ok(answer) => {
                if outcome.is_followed {
                    self.followed.push(Followed {
                        trace_id: outcome.trace_id.to_string(),
                        is_sampled: outcome.is_sampled,
                    });
                }
                *self.by_status.entry(answer.status).or_default() += 1;
                let was_refused = (400..500).contains(&answer.status);
                self.refused_as_meant += u64::from(was_refused && outcome.is_refused);
                let step = answer
                    .ended_in
                    .and_then(|step| self.answered_within.get_mut(step));
                if let Some(n) = step {
                    *n += 1;
                }
                self.remember(&answer, outcome.route, outcome.due, outcome.trace_id);
            }
            Err(fault) => {
                *self.faults.entry(fault.kind()).or_default() += 1;
                self.first_fault.get_or_insert(fault);
            }
        }
    }

    fn remember(&mut self, answer: &Timed, route: usize, due: Duration, trace_id: &str) {
        let is_slow = |last: &Slow| answer.response_time > last.response_time;
        if self.slowest.len() >= N_SLOWEST && !self.slowest.last().is_some_and(is_slow) {
            return;
        }
        self.slowest.push(Slow {
            response_time: answer.response_time,
            service_time: answer.service_time,
            route,
            status: answer.status,
            due,
            trace_id: (!trace_id.is_empty()).then(|| trace_id.to_string()),
        });
        self.keep_slowest();
    }

    fn keep_slowest(&mut self) {
        self.slowest
            .sort_by_key(|it| std::cmp::Reverse(it.response_time));
        self.slowest.truncate(N_SLOWEST);
    }

    /// Adds all of another tally of the same run.
    pub fn merge(&mut self, other: Tally) {
        self.all.merge(&other.all);
        for (own, others) in [
            (&mut self.routes, &other.routes),
            (&mut self.steps, &other.steps),
        ] {
            for (own, other) in own.iter_mut().zip(others) {
                own.merge(other);
            }
        }
        for (own, other) in self.answered_within.iter_mut().zip(other.answered_within) {
            *own += other;
        }
        for (status, n) in other.by_status {
            *self.by_status.entry(status).or_default() += n;
        }
        for (kind, n) in other.faults {
            *self.faults.entry(kind).or_default() += n;
        }
        self.first_fault = self.first_fault.take().or(other.first_fault);
        self.refused_as_meant += other.refused_as_meant;
        self.sent += other.sent;
        self.lateness.merge(&other.lateness);
        self.waited += other.waited;
        self.connections += other.connections;
        self.followed.extend(other.followed);
        self.slowest.extend(other.slowest);
        self.keep_slowest();
    }
}

impl Counts {
    fn merge(&mut self, other: &Counts) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.response_time.merge(&other.response_time);
        self.service_time.merge(&other.service_time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(route: usize, answer: Result<(u16, u64), Fault>) -> Outcome<'static> {
        let timed = |(status, ms)| Timed {
            status,
            response_time: Duration::from_millis(ms),
            service_time: Duration::from_millis(1),
            ended_in: Some(0),
        };
        Outcome {
            route,
            is_refused: route == 1,
            due: Duration::ZERO,
            step: 0,
            was_sent: true,
            trace_id: "",
            is_sampled: None,
            is_followed: false,
            answer: answer.map(timed),
        }
    }

    fn tally(outcomes: impl IntoIterator<Item = Outcome<'static>>) -> Tally {
        let mut tally = Tally::new(2, 1);
        outcomes.into_iter().for_each(|outcome| tally.add(outcome));
        tally
    }

    #[test]
    fn what_is_meant_to_be_refused_is_no_error_when_it_is() {
        let tally = tally([
            outcome(0, Ok((200, 1))),
            outcome(0, Ok((404, 1))),
            outcome(0, Err(Fault::Refused)),
            outcome(1, Ok((422, 1))),
            outcome(1, Ok((500, 1))),
        ]);
        let errors: Vec<u64> = tally.routes.iter().map(|counts| counts.errors).collect();
        assert_eq!((errors, tally.all.errors), (vec![2, 1], 3));
        assert_eq!(tally.all.requests, 5);
        assert_eq!(tally.all.response_time.count(), 4);
        assert_eq!(tally.by_status.len(), 4);
        assert_eq!(tally.faults["refused"], 1);
        assert_eq!(tally.refused_as_meant, 1);
        assert_eq!(tally.first_fault, Some(Fault::Refused));
        assert_eq!(tally.answered_within, [4]);
    }

    #[test]
    fn two_halves_merge_to_the_whole() {
        let all = || (0..100).map(|ms| outcome(ms as usize % 2, Ok((200, ms))));
        let whole = tally(all());
        let mut halves = tally(all().take(30));
        halves.merge(tally(all().skip(30)));
        assert_eq!(halves.all.requests, whole.all.requests);
        assert_eq!(halves.sent, 100);
        for share in [0.5, 0.9, 0.99] {
            let of = |tally: &Tally| {
                let spread = |counts: &Counts| counts.response_time.at(share);
                (
                    spread(&tally.all),
                    tally.routes.iter().map(spread).collect::<Vec<_>>(),
                )
            };
            assert_eq!(of(&halves), of(&whole));
        }
        let slowest = |tally: &Tally| {
            let times = tally
                .slowest
                .iter()
                .map(|slow| slow.response_time.as_millis());
            times.collect::<Vec<_>>()
        };
        assert_eq!(slowest(&halves), [99, 98, 97, 96, 95]);
        assert_eq!(slowest(&whole), slowest(&halves));
    }
}
