//! What a run of load has shown.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::fault::Fault;
use super::mix::Route;
use super::pace::Step;
use super::plan::{LoadPlan, Model};
use super::spread::Spread;
use super::tally::{Counts, Followed, Slow, Tally};

/// What was sent, what came back, and how long it took.
#[derive(Debug, Clone)]
pub struct LoadReport {
    /// When the first request could be due.
    pub start: SystemTime,
    /// From the start of the run to the last answer.
    pub elapsed: Duration,
    /// Whether it ended before its plan did.
    pub was_stopped: bool,
    /// Requests that became due.
    pub issued: u64,
    /// Requests of which bytes were written.
    pub sent: u64,
    /// Requests that were due and neither answered nor given up when the run was stopped.
    pub unfinished: u64,
    /// All in one.
    pub all: Counts,
    /// By route, in the mix's order.
    pub routes: Vec<(Route, Counts)>,
    /// By step of the pace; empty in a closed model.
    pub steps: Vec<StepReport>,
    /// Answers by status.
    pub by_status: BTreeMap<u16, u64>,
    /// Answers from 400 to 499 where that was right, such as to a search for nothing.
    pub refused_as_meant: u64,
    /// Requests without a whole answer, by kind, see [`Fault::KINDS`].
    pub faults: BTreeMap<&'static str, u64>,
    /// The first of these.
    pub first_fault: Option<Fault>,
    /// How late requests were handed to the connections: the generator's own fault.
    pub lateness: Spread,
    /// Requests that had to wait because all connections were in use.
    pub waited: u64,
    /// How many connections were in use at once, at most.
    pub connections: usize,
    /// The slowest answers, slowest first.
    pub slowest: Vec<Slow>,
    /// The traces of all answers, if the plan follows them.
    pub followed: Vec<Followed>,
}

/// One step of the pace.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// What was wanted.
    pub step: Step,
    /// For how long it ran; shorter than wanted if the run was stopped.
    pub ran: Duration,
    /// How many answers came within its time.
    pub answered: u64,
    /// Of the requests that were due in it.
    pub counts: Counts,
}

impl LoadReport {
    pub(super) fn new(
        plan: &LoadPlan,
        tally: Tally,
        issued: u64,
        (start, elapsed): (SystemTime, Duration),
        was_stopped: bool,
    ) -> LoadReport {
        let steps: &[Step] = match &plan.model {
            Model::Open { pace, .. } => &pace.steps,
            Model::Closed { .. } => &[],
        };
        let mut left = elapsed;
        let answered = tally.steps.into_iter().zip(tally.answered_within);
        let steps = steps
            .iter()
            .zip(answered)
            .map(|(step, (counts, answered))| {
                let ran = left.min(step.length);
                left -= ran;
                StepReport {
                    step: *step,
                    ran,
                    answered,
                    counts,
                }
            });
        LoadReport {
            start,
            elapsed,
            was_stopped,
            issued,
            sent: tally.sent,
            unfinished: issued.saturating_sub(tally.all.requests),
            routes: plan
                .mix
                .routes()
                .iter()
                .cloned()
                .zip(tally.routes)
                .collect(),
            steps: steps.collect(),
            all: tally.all,
            by_status: tally.by_status,
            refused_as_meant: tally.refused_as_meant,
            faults: tally.faults,
            first_fault: tally.first_fault,
            lateness: tally.lateness,
            waited: tally.waited,
            connections: tally.connections,
            slowest: tally.slowest,
            followed: tally.followed,
        }
    }

    /// Returns how many answers have a status of `class`: 2 for 200 to 299.
    pub fn by_class(&self, class: u16) -> u64 {
        let statuses = class.saturating_mul(100)..class.saturating_add(1).saturating_mul(100);
        self.by_status.range(statuses).map(|(_, n)| n).sum()
    }

    /// Returns how many errors there are of each kind: `status_4xx`, `status_5xx`, then the faults' kinds.
    /// Their sum is `all.errors`.
    pub fn errors_by_kind(&self) -> Vec<(&'static str, u64)> {
        let refused = self.by_class(4).saturating_sub(self.refused_as_meant);
        let failed = self.by_status.range(500..).map(|(_, n)| n).sum();
        let mut kinds = vec![("status_4xx", refused), ("status_5xx", failed)];
        let of_kind = |kind| (kind, self.faults.get(kind).copied().unwrap_or_default());
        kinds.extend(Fault::KINDS.map(of_kind));
        kinds
    }

    /// Returns how many answers arrived whole.
    pub fn answered(&self) -> u64 {
        self.by_status.values().sum()
    }

    /// Returns answers a second.
    pub fn rate(&self) -> f64 {
        rate(self.answered(), self.elapsed)
    }

    /// Returns requests a second as the pace wanted them while it ran; `None` in a closed model.
    pub fn wanted_rate(&self) -> Option<f64> {
        let ran: Duration = self.steps.iter().map(|step| step.ran).sum();
        let wanted = |step: &StepReport| step.step.rate * step.ran.as_secs_f64();
        let wanted: f64 = self.steps.iter().map(wanted).sum();
        (!ran.is_zero()).then(|| wanted / ran.as_secs_f64())
    }
}

impl StepReport {
    /// Returns answers a second.
    pub fn rate(&self) -> f64 {
        rate(self.answered, self.ran)
    }
}

fn rate(n: u64, time: Duration) -> f64 {
    if time.is_zero() {
        return 0.0;
    }
    n as f64 / time.as_secs_f64()
}
