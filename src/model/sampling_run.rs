//! What a sampler did with many requests: kept and dropped, by rule and by time.

use super::time::{SECOND, Window, round_step};

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Kept as the one of a second that may be, before a share of the reservoir is known.
    Borrowed,
    /// Kept within the share of the reservoir.
    Reservoir,
    /// Kept by the fixed rate.
    ByRate,
    /// Not kept.
    Dropped,
}

/// What became of many.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingRun {
    /// When they came.
    pub window: Window,
    /// Nanoseconds of a step.
    pub step: i64,
    /// From the start of the window on, without a gap.
    pub steps: Vec<Fates>,
    /// In the order of evaluation.
    pub rules: Vec<RuleRun>,
    /// What no rule matched.
    pub unmatched: Fates,
}

/// What became of those that one rule decided.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleRun {
    /// The rule's name.
    pub name: String,
    /// Its reservoir.
    pub reservoir_size: i64,
    /// Its rate, 0 to 1.
    pub fixed_rate: f64,
    /// All of them.
    pub all: Fates,
    /// Those that came when every instance had had the time to get its share of the reservoir.
    pub with_quota: Fates,
}

/// How many had which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fates {
    /// Kept as the one of a second, before a share is known.
    pub borrowed: u64,
    /// Kept within the share.
    pub reservoir: u64,
    /// Kept by the rate.
    pub by_rate: u64,
    /// Not kept.
    pub dropped: u64,
}

impl Fates {
    /// Counts one.
    pub fn add(&mut self, fate: Fate) {
        match fate {
            Fate::Borrowed => self.borrowed += 1,
            Fate::Reservoir => self.reservoir += 1,
            Fate::ByRate => self.by_rate += 1,
            Fate::Dropped => self.dropped += 1,
        }
    }

    /// Returns how many were kept.
    pub fn kept(&self) -> u64 {
        self.borrowed + self.reservoir + self.by_rate
    }

    /// Returns how many there were.
    pub fn total(&self) -> u64 {
        self.kept() + self.dropped
    }

    /// Returns which share was kept, 0 to 1; 0 of none.
    pub fn share(&self) -> f64 {
        self.kept() as f64 / self.total().max(1) as f64
    }

    /// Returns how many the rate decided about.
    pub fn left_to_rate(&self) -> u64 {
        self.by_rate + self.dropped
    }

    /// Returns the sum.
    pub fn and(self, other: Fates) -> Fates {
        Fates {
            borrowed: self.borrowed + other.borrowed,
            reservoir: self.reservoir + other.reservoir,
            by_rate: self.by_rate + other.by_rate,
            dropped: self.dropped + other.dropped,
        }
    }
}

/// How long it takes until every instance has had its first share. Source: X-Ray Developer Guide,
/// GetSamplingTargets: a report every ten seconds.
pub const FIRST_REPORTS: i64 = 10 * SECOND;

impl SamplingRun {
    /// Begins with nothing; `rules` in the order of evaluation: name, reservoir and rate. There are at most
    /// `most_steps` (two or more) steps, and none is shorter than the second that a reservoir is for.
    pub fn new(
        window: Window,
        most_steps: usize,
        rules: impl IntoIterator<Item = (String, i64, f64)>,
    ) -> SamplingRun {
        let length = window.length().max(1);
        let most = i64::try_from(most_steps).unwrap_or(i64::MAX).max(1);
        // By one less, since a last step that is not whole counts as well.
        let step = round_step(length - 1, most - 1).max(SECOND);
        let n_steps = usize::try_from((length + step - 1) / step).unwrap_or(1);
        let rules = rules
            .into_iter()
            .map(|(name, reservoir_size, fixed_rate)| RuleRun {
                name,
                reservoir_size,
                fixed_rate,
                all: Fates::default(),
                with_quota: Fates::default(),
            });
        SamplingRun {
            window,
            step,
            steps: vec![Fates::default(); n_steps],
            rules: rules.collect(),
            unmatched: Fates::default(),
        }
    }

    /// Counts a request that came at `time`; `rule` is the index of the one that decided.
    pub fn count(&mut self, time: i64, rule: Option<usize>, fate: Fate) {
        let since = time.saturating_sub(self.window.start).max(0);
        let step = usize::try_from(since / self.step).unwrap_or(usize::MAX);
        let step = step.min(self.steps.len().saturating_sub(1));
        if let Some(step) = self.steps.get_mut(step) {
            step.add(fate);
        }
        match rule.and_then(|idx| self.rules.get_mut(idx)) {
            Some(rule) => {
                rule.all.add(fate);
                if since >= FIRST_REPORTS {
                    rule.with_quota.add(fate);
                }
            }
            None => self.unmatched.add(fate),
        }
    }

    /// Returns what became of all.
    pub fn total(&self) -> Fates {
        let rules = self.rules.iter().map(|rule| rule.all);
        rules.fold(self.unmatched, Fates::and)
    }

    /// Returns the length in seconds, at least one.
    pub fn seconds(&self) -> f64 {
        (self.window.length() as f64 / SECOND as f64).max(1.0)
    }
}

/// Whether a rule's rate decides anything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trap {
    /// The reservoir takes every request, so the rate decides about none.
    RateNeverApplies,
    /// The reservoir takes this share, 0 to 1, which is nine of ten or more.
    RateSeldomApplies(f64),
}

impl RuleRun {
    /// Tells whether the reservoir leaves the rate next to nothing to decide, once there are quotas.
    ///
    /// `None` too if the rate would keep everything anyway, or if too little came to tell.
    pub fn trap(&self) -> Option<Trap> {
        let (total, left) = (self.with_quota.total(), self.with_quota.left_to_rate());
        if total == 0 || self.fixed_rate >= 1.0 {
            return None;
        }
        let share = 1.0 - left as f64 / total as f64;
        match left {
            0 => Some(Trap::RateNeverApplies),
            _ if share >= 0.9 => Some(Trap::RateSeldomApplies(share)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seconds: i64) -> SamplingRun {
        let window = Window {
            start: 5,
            end: 5 + seconds * SECOND,
        };
        SamplingRun::new(window, 60, [("Cruddur".to_string(), 5, 0.1)])
    }

    #[test]
    fn steps_cover_the_window_and_are_never_more_than_asked_for_nor_shorter_than_a_second() {
        for (seconds, n_steps, step) in [
            (1, 1, SECOND),
            (14, 14, SECOND),
            (3600, 60, 60 * SECOND),
            (59 * 60, 59, 60 * SECOND),
            (3601, 13, 300 * SECOND),
        ] {
            let run = run(seconds);
            assert_eq!((run.steps.len(), run.step), (n_steps, step), "{seconds}");
        }
        for seconds in 1..20_000 {
            let run = run(seconds);
            let covered = run.step * run.steps.len() as i64;
            assert!(run.steps.len() <= 60 && run.step >= SECOND, "{seconds}");
            assert!(covered >= run.window.length(), "{seconds}");
        }
    }

    #[test]
    fn what_is_counted_adds_up_by_rule_and_by_time() {
        let mut run = run(30);
        for second in 0..30 {
            let fate = match second {
                0..10 => Fate::Borrowed,
                _ => Fate::Reservoir,
            };
            run.count(5 + second * SECOND, Some(0), fate);
        }
        assert_eq!(run.rules[0].trap(), Some(Trap::RateNeverApplies));
        run.count(5 + 29 * SECOND, Some(0), Fate::Dropped);
        assert_eq!(
            run.rules[0].trap(),
            Some(Trap::RateSeldomApplies(1.0 - 1.0 / 21.0))
        );
        run.count(i64::MAX, None, Fate::ByRate);
        let total = run.total();
        assert_eq!(
            (total.total(), total.kept(), total.left_to_rate()),
            (32, 31, 2)
        );
        let by_time = run
            .steps
            .iter()
            .fold(Fates::default(), |sum, step| sum.and(*step));
        assert_eq!(by_time, total);
        assert_eq!(run.unmatched.kept(), 1);
    }
}
