//! The instances of a service, each with the real sampler, on a clock that the caller moves.
//!
//! They report and are given shares of the reservoirs as the local stack gives them, by the same code; only
//! the network between is left out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::sampler::{Reason, Sampler};
use super::sharing::{Clients, INTERVAL_SECONDS, QUOTA_LIFE};
use crate::model::sampling::{SamplingRequest, SamplingRule, sort_for_evaluation};
use crate::model::sampling_run::Fate;
use crate::model::sampling_target::{Quota, SamplingTarget};
use crate::model::time::SECOND;

/// The most instances of a fleet.
pub const MOST_INSTANCES: usize = 100;

/// Instances that share the rules' reservoirs.
pub struct Fleet {
    rules: Vec<SamplingRule>,
    /// A rule's place in the order of evaluation.
    places: HashMap<String, usize>,
    instances: Vec<Instance>,
    /// Who gets the next request.
    turn: usize,
    /// When which instance reports next.
    reports: BinaryHeap<Reverse<(i64, usize)>>,
    clients: Clients,
}

struct Instance {
    sampler: Sampler,
    client_id: String,
}

impl Fleet {
    /// Starts `n_instances` (at least one, at most [`MOST_INSTANCES`]) at `start`, in nanoseconds, with
    /// `rules`; `seed` makes all chance repeatable.
    ///
    /// They report every ten seconds, and are spread over the first ten, since no two start at once.
    pub fn new(mut rules: Vec<SamplingRule>, n_instances: usize, seed: u64, start: i64) -> Fleet {
        sort_for_evaluation(&mut rules);
        let n_instances = n_instances.clamp(1, MOST_INSTANCES);
        let instance = |idx: usize| {
            let sampler = Sampler::new(seed.wrapping_add(idx as u64));
            sampler.set_rules(rules.clone());
            Instance {
                sampler,
                client_id: format!("{idx:024}"),
            }
        };
        let instances: Vec<Instance> = (0..n_instances).map(instance).collect();
        let first_report = |idx: usize| {
            let share = (idx + 1) as i64 * INTERVAL_SECONDS * SECOND / n_instances as i64;
            Reverse((start.saturating_add(share), idx))
        };
        let places = rules.iter().enumerate();
        Fleet {
            places: places
                .map(|(place, rule)| (rule.rule_name.clone(), place))
                .collect(),
            rules,
            instances,
            turn: 0,
            reports: (0..n_instances).map(first_report).collect(),
            clients: Clients::default(),
        }
    }

    /// Returns the rules in the order in which they are asked.
    pub fn rules(&self) -> &[SamplingRule] {
        &self.rules
    }

    /// Lets the next instance decide about a request that comes at `now`, nanoseconds since the epoch, which
    /// is no earlier than the one before; returns the place of the rule that decided, and what became of it.
    pub fn decide(&mut self, now: i64, request: &SamplingRequest<'_>) -> (Option<usize>, Fate) {
        self.report_until(now);
        let Some(instance) = self.instances.get(self.turn) else {
            return (None, Fate::Dropped);
        };
        self.turn = (self.turn + 1) % self.instances.len();
        let decision = instance.sampler.decide(now, request);
        let place = decision.rule.and_then(|name| self.places.get(&*name));
        let fate = match decision.reason {
            Reason::Borrowed => Fate::Borrowed,
            Reason::Reservoir => Fate::Reservoir,
            Reason::Rate => Fate::ByRate,
            // One a second and a share of the rest, which the sampler does not tell apart.
            Reason::LocalFallback if decision.sampled => Fate::ByRate,
            Reason::LocalFallback | Reason::NotSampled => Fate::Dropped,
        };
        (place.copied(), fate)
    }

    fn report_until(&mut self, now: i64) {
        while let Some(Reverse((at, idx))) = self.reports.peek().copied()
            && at <= now
        {
            self.reports.pop();
            self.report(at, idx);
            let next = at.saturating_add(INTERVAL_SECONDS * SECOND);
            self.reports.push(Reverse((next, idx)));
        }
    }

    fn report(&self, at: i64, idx: usize) {
        let Some(instance) = self.instances.get(idx) else {
            return;
        };
        let statistics = instance.sampler.statistics();
        let granted = statistics.iter().filter_map(|statistics| {
            let rule = self.rules.get(*self.places.get(&*statistics.rule_name)?)?;
            let per_second = self.clients.grant(
                "",
                &rule.rule_name,
                &instance.client_id,
                statistics.request_count,
                u64::try_from(rule.reservoir_size).unwrap_or(0),
                at,
            );
            // The service names whole seconds.
            let until = at.saturating_add(QUOTA_LIFE).div_euclid(SECOND);
            Some(SamplingTarget {
                rule_name: rule.rule_name.clone(),
                fixed_rate: Some(rule.fixed_rate),
                quota: Some(Quota {
                    per_second,
                    until: until.saturating_mul(SECOND),
                }),
                interval_seconds: Some(INTERVAL_SECONDS),
            })
        });
        instance.sampler.apply_targets(&granted.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sampling_run::{FIRST_REPORTS, Fates};
    use crate::xray::rule_file::built_in;

    const REQUEST: SamplingRequest<'static> = SamplingRequest {
        service_name: "backend-flask",
        service_type: "",
        host: "127.0.0.1:4567",
        http_method: "GET",
        url_path: "/api/activities/home",
    };

    /// Sends `rps` requests evenly in each of `seconds`.
    fn fates(reservoir: i64, rate: f64, rps: i64, seconds: i64, n_instances: usize) -> Vec<Fates> {
        let rule = SamplingRule {
            reservoir_size: reservoir,
            fixed_rate: rate,
            ..built_in()
        };
        let rules = vec![SamplingRule::default_rule(), rule];
        let mut fleet = Fleet::new(rules, n_instances, 7, 0);
        let mut by_second = vec![Fates::default(); seconds as usize];
        for i in 0..seconds * rps {
            let (rule, fate) = fleet.decide(i * SECOND / rps, &REQUEST);
            assert_eq!(rule, Some(0), "the Default rule was asked");
            by_second[(i / rps) as usize].add(fate);
        }
        by_second
    }

    fn sum(fates: &[Fates]) -> Fates {
        fates.iter().fold(Fates::default(), |sum, it| sum.and(*it))
    }

    #[test]
    fn one_borrows_one_a_second_for_ten_seconds_and_then_has_the_reservoir() {
        // As AWS's OpenTelemetry sampler did with a quota of three: 10 and then 3 a second.
        let kept: Vec<u64> = fates(3, 0.0, 10, 14, 1).iter().map(Fates::kept).collect();
        assert_eq!(kept, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3]);
    }

    #[test]
    fn at_three_a_second_a_reservoir_of_five_keeps_every_request() {
        let by_second = fates(5, 0.1, 3, 3600, 1);
        let later = sum(&by_second[10..]);
        assert_eq!((later.reservoir, later.total()), (3590 * 3, 3590 * 3));
        assert_eq!(sum(&by_second[..10]).borrowed, 10);
    }

    #[test]
    fn beyond_the_reservoir_the_rate_decides() {
        let all = sum(&fates(5, 0.1, 50, 1010, 1)[10..]);
        assert_eq!(all.reservoir, 5 * 1000);
        // 45,000 with probability 0.1: the mean of 4500 and six standard deviations of 63.6 to either side.
        assert!((4_118..=4_882).contains(&all.by_rate), "{all:?}");
    }

    #[test]
    fn many_share_one_reservoir_and_none_of_a_second_is_taken_twice() {
        for n_instances in [2, 5, 8, MOST_INSTANCES] {
            let by_second = fates(5, 0.0, 200, 60, n_instances);
            let first_reports = (FIRST_REPORTS / SECOND) as usize;
            for (second, fates) in by_second.iter().enumerate() {
                // One for each that has not yet been given a share.
                let borrowers = if second < first_reports {
                    n_instances as u64
                } else {
                    0
                };
                assert!(
                    fates.borrowed <= borrowers,
                    "{n_instances} {second} {fates:?}"
                );
            }
            // The first shares are given before all are known, so the sum may be more for a report's time.
            for fates in &by_second[2 * first_reports..] {
                assert!(fates.kept() <= 5, "{n_instances}: {fates:?}");
            }
            assert!(
                sum(&by_second[2 * first_reports..]).kept() >= 4 * 40,
                "{n_instances}"
            );
        }
    }

    #[test]
    fn a_seed_decides_the_same_again_and_a_pause_is_no_trouble() {
        assert_eq!(fates(1, 0.5, 9, 30, 3), fates(1, 0.5, 9, 30, 3));
        let mut fleet = Fleet::new(vec![SamplingRule::default_rule()], 1, 7, 0);
        fleet.decide(0, &REQUEST);
        let week = 7 * 86_400 * SECOND;
        // The share has run out meanwhile.
        assert_eq!(fleet.decide(week, &REQUEST), (Some(0), Fate::Borrowed));
    }

    #[test]
    fn what_no_rule_matches_is_decided_locally() {
        let mut fleet = Fleet::new(Vec::new(), 1, 7, 0);
        let fates: Vec<(Option<usize>, Fate)> =
            (0..20).map(|i| fleet.decide(i, &REQUEST)).collect();
        assert_eq!(fates[0], (None, Fate::ByRate));
        assert!(fates.contains(&(None, Fate::Dropped)));
    }
}
