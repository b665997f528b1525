//! Central sampling: which requests are traced, as the X-Ray SDKs decide it.
//!
//! Knows no network and no clock: the rules and targets come from the client, the time from the caller.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::sampler_memory::Memory;
use crate::model::sampling::{SamplingRequest, SamplingRule, sort_for_evaluation};
use crate::model::sampling_match::Matcher;
use crate::model::sampling_target::{Quota, RuleStatistics, SamplingTarget};
use crate::model::time::SECOND;

/// Decides for each request whether it is traced. Shared between threads as it is.
///
/// Source: X-Ray Developer Guide, "Using sampling rules with the X-Ray API".
pub struct Sampler {
    /// Replaced as a whole, so that asking holds no lock.
    rules: RwLock<Arc<RuleSet>>,
    local: Mutex<Counters>,
    random: AtomicU64,
}

/// What was decided for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request is traced.
    pub sampled: bool,
    /// The rule that decided; `None` if the local fallback did.
    pub rule: Option<Arc<str>>,
    /// Why.
    pub reason: Reason,
}

/// Why a request is traced or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Within this client's share of the rule's reservoir.
    Reservoir,
    /// The one request a second that may be taken before a share is known.
    Borrowed,
    /// By the rule's fixed rate.
    Rate,
    /// The rule matched and did not take it.
    NotSampled,
    /// No rule is known, or none matched: one a second and 5 % of the rest.
    LocalFallback,
}

/// Everything that was decided by one rule since the sampler was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTotals {
    /// The rule; `None` for the local fallback.
    pub rule_name: Option<Arc<str>>,
    /// Requests that matched.
    pub matched: u64,
    /// Requests sampled out of the reservoir, the borrowed ones included.
    pub reservoir: u64,
    /// Requests sampled by the fixed rate.
    pub by_rate: u64,
}

impl RuleTotals {
    /// Returns how many requests were sampled.
    pub fn sampled(&self) -> u64 {
        self.reservoir + self.by_rate
    }
}

/// The share that is sampled locally after the first request of a second.
///
/// Source: aws-xray-sdk-python, the default of its local sampler.
const LOCAL_RATE: f64 = 0.05;

impl Sampler {
    /// Makes a sampler without rules; `seed` makes its random choices repeatable.
    pub fn new(seed: u64) -> Sampler {
        Sampler {
            rules: RwLock::default(),
            local: Mutex::new(Counters::new(LOCAL_RATE)),
            random: AtomicU64::new(seed),
        }
    }

    /// Decides about `request`, which arrived at `now`, in nanoseconds since the epoch.
    pub fn decide(&self, now: i64, request: &SamplingRequest<'_>) -> Decision {
        let rules = self.current_rules();
        match rules.matching(request) {
            Some(tracked) => {
                let can_borrow = tracked.rule.reservoir_size > 0;
                let reason = lock(&tracked.counters).decide(now, can_borrow, self.draw());
                Decision {
                    sampled: reason != Reason::NotSampled,
                    rule: Some(tracked.name.clone()),
                    reason,
                }
            }
            None => {
                let reason = lock(&self.local).decide(now, true, self.draw());
                Decision {
                    sampled: reason != Reason::NotSampled,
                    rule: None,
                    reason: Reason::LocalFallback,
                }
            }
        }
    }

    /// Replaces the rules.
    ///
    /// A rule that did not change keeps its share of the reservoir; one that changed keeps its
    /// counts, because they are still to be reported.
    pub fn set_rules(&self, mut rules: Vec<SamplingRule>) {
        sort_for_evaluation(&mut rules);
        let mut current = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        let tracked = rules.into_iter().map(|rule| {
            let known = current
                .in_order
                .iter()
                .find(|tracked| *tracked.name == *rule.rule_name);
            let Some(known) = known else {
                return TrackedRule::new(rule);
            };
            if known.rule != rule {
                lock(&known.counters).forget_target(rule.fixed_rate);
            }
            TrackedRule {
                name: known.name.clone(),
                counters: known.counters.clone(),
                matcher: Matcher::new(&rule),
                rule,
            }
        });
        *current = Arc::new(RuleSet {
            in_order: tracked.collect(),
            memory: Memory::default(),
        });
    }

    /// Applies what the service granted; targets of unknown rules are left alone.
    pub fn apply_targets(&self, targets: &[SamplingTarget]) {
        let rules = self.current_rules();
        for target in targets {
            let mut in_order = rules.in_order.iter();
            let tracked = in_order.find(|tracked| *tracked.name == *target.rule_name);
            if let Some(tracked) = tracked {
                let mut counters = lock(&tracked.counters);
                counters.quota = target.quota.or(counters.quota);
                counters.rate = target.fixed_rate.unwrap_or(counters.rate);
            }
        }
    }

    /// Returns what happened since the last call, for the rules that matched anything.
    pub fn statistics(&self) -> Vec<RuleStatistics> {
        let drained = self
            .current_rules()
            .in_order
            .iter()
            .map(|tracked| {
                let mut counters = lock(&tracked.counters);
                let unreported = std::mem::take(&mut counters.unreported);
                RuleStatistics {
                    rule_name: tracked.name.clone(),
                    request_count: unreported.matched,
                    sampled_count: unreported.sampled,
                    borrow_count: unreported.borrowed,
                }
            })
            .collect::<Vec<_>>();
        drained
            .into_iter()
            .filter(|statistics| statistics.request_count > 0)
            .collect()
    }

    /// Gives back statistics that could not be reported, so that the next report has them.
    pub fn restore_statistics(&self, statistics: &[RuleStatistics]) {
        let rules = self.current_rules();
        for lost in statistics {
            let mut in_order = rules.in_order.iter();
            let tracked = in_order.find(|tracked| tracked.name == lost.rule_name);
            if let Some(tracked) = tracked {
                let unreported = &mut lock(&tracked.counters).unreported;
                unreported.matched += lost.request_count;
                unreported.sampled += lost.sampled_count;
                unreported.borrowed += lost.borrow_count;
            }
        }
    }

    /// Returns the totals of each rule in the order of evaluation, the local fallback last.
    pub fn totals(&self) -> Vec<RuleTotals> {
        let mut totals: Vec<RuleTotals> = self
            .current_rules()
            .in_order
            .iter()
            .map(|tracked| lock(&tracked.counters).totals(Some(tracked.name.clone())))
            .collect();
        totals.push(lock(&self.local).totals(None));
        totals
    }

    fn current_rules(&self) -> Arc<RuleSet> {
        self.rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns a random number, `0 <= number < 1`.
    ///
    /// One atomic addition for each draw, so that threads do not wait for each other.
    /// Source: Steele, Lea and Flood (2014), SplitMix64.
    fn draw(&self) -> f64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self
            .random
            .fetch_add(STEP, Ordering::Relaxed)
            .wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        // The upper 53 bits fill a double's mantissa exactly.
        (z >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[derive(Default)]
struct RuleSet {
    /// In the order in which they are asked.
    in_order: Vec<TrackedRule>,
    /// Indices of those that decided.
    memory: Memory,
}

impl RuleSet {
    fn matching(&self, request: &SamplingRequest<'_>) -> Option<&TrackedRule> {
        let ask = || {
            let mut rules = self.in_order.iter();
            let found = rules.position(|tracked| tracked.matcher.matches(request));
            found.unwrap_or(self.in_order.len())
        };
        self.in_order.get(self.memory.recall(request, ask))
    }
}

struct TrackedRule {
    name: Arc<str>,
    rule: SamplingRule,
    /// The rule, prepared once.
    matcher: Matcher,
    /// Shared with the rule's earlier form, so that no decision on the way is lost.
    counters: Arc<Mutex<Counters>>,
}

impl TrackedRule {
    fn new(rule: SamplingRule) -> TrackedRule {
        TrackedRule {
            name: rule.rule_name.as_str().into(),
            counters: Arc::new(Mutex::new(Counters::new(rule.fixed_rate))),
            matcher: Matcher::new(&rule),
            rule,
        }
    }
}

struct Counters {
    rate: f64,
    quota: Option<Quota>,
    /// The second since the epoch that `taken` belongs to.
    second: i64,
    taken: u64,
    unreported: Unreported,
    matched: u64,
    reservoir: u64,
    by_rate: u64,
}

#[derive(Default)]
struct Unreported {
    matched: u64,
    sampled: u64,
    borrowed: u64,
}

impl Counters {
    fn new(rate: f64) -> Counters {
        Counters {
            rate,
            quota: None,
            second: i64::MIN,
            taken: 0,
            unreported: Unreported::default(),
            matched: 0,
            reservoir: 0,
            by_rate: 0,
        }
    }

    fn decide(&mut self, now: i64, can_borrow: bool, draw: f64) -> Reason {
        let reason = self.choose(now, can_borrow, draw);
        self.matched += 1;
        self.unreported.matched += 1;
        match reason {
            Reason::Reservoir => self.reservoir += 1,
            Reason::Borrowed => {
                self.reservoir += 1;
                self.unreported.borrowed += 1;
            }
            Reason::Rate => self.by_rate += 1,
            Reason::NotSampled | Reason::LocalFallback => return reason,
        }
        self.unreported.sampled += 1;
        reason
    }

    fn choose(&mut self, now: i64, can_borrow: bool, draw: f64) -> Reason {
        let second = now.div_euclid(SECOND);
        if second != self.second {
            (self.second, self.taken) = (second, 0);
        }
        // A share that has run out counts as none, so the client borrows again.
        let quota = self.quota.filter(|quota| now < quota.until);
        let (allowed, reason) = match quota {
            Some(quota) => (quota.per_second, Reason::Reservoir),
            None => (u64::from(can_borrow), Reason::Borrowed),
        };
        if self.taken < allowed {
            self.taken += 1;
            return reason;
        }
        if draw < self.rate {
            Reason::Rate
        } else {
            Reason::NotSampled
        }
    }

    fn forget_target(&mut self, rate: f64) {
        self.rate = rate;
        self.quota = None;
    }

    fn totals(&self, rule_name: Option<Arc<str>>) -> RuleTotals {
        RuleTotals {
            rule_name,
            matched: self.matched,
            reservoir: self.reservoir,
            by_rate: self.by_rate,
        }
    }
}

// Counting cannot panic half-way, so a poisoned lock still guards sound counters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xray::rule_file::built_in;

    const REQUEST: SamplingRequest<'static> = SamplingRequest {
        service_name: "backend-flask",
        service_type: "",
        host: "127.0.0.1:4567",
        http_method: "GET",
        url_path: "/api/activities/home",
    };

    fn rule(fixed_rate: f64, reservoir_size: i64) -> SamplingRule {
        SamplingRule {
            fixed_rate,
            reservoir_size,
            ..built_in()
        }
    }

    fn with_rules(rules: Vec<SamplingRule>) -> Sampler {
        let sampler = Sampler::new(7);
        sampler.set_rules(rules);
        sampler
    }

    fn target(per_second: u64, until: i64) -> SamplingTarget {
        SamplingTarget {
            rule_name: "Cruddur".to_string(),
            fixed_rate: None,
            quota: Some(Quota { per_second, until }),
            interval_seconds: Some(10),
        }
    }

    /// Sends ten requests in each of `seconds` and returns how many were sampled.
    fn sampled_in(sampler: &Sampler, seconds: std::ops::Range<i64>) -> usize {
        seconds
            .flat_map(|second| (0..10).map(move |i| second * SECOND + i * SECOND / 10))
            .filter(|now| sampler.decide(*now, &REQUEST).sampled)
            .count()
    }

    #[test]
    fn it_borrows_one_a_second_until_the_quota_comes_and_then_takes_the_quota() {
        // The numbers that the vendor's own samplers gave at 10 requests a second.
        let sampler = with_rules(vec![rule(0.0, 5)]);
        assert_eq!(sampled_in(&sampler, 0..10), 10);
        sampler.apply_targets(&[target(3, 310 * SECOND)]);
        assert_eq!(sampled_in(&sampler, 10..14), 12);
    }

    #[test]
    fn a_quota_that_ran_out_is_borrowed_for_again() {
        let sampler = with_rules(vec![rule(0.0, 5)]);
        sampler.apply_targets(&[target(3, 2 * SECOND)]);
        assert_eq!(sampled_in(&sampler, 0..4), 3 + 3 + 1 + 1);
    }

    #[test]
    fn a_rule_without_reservoir_does_not_borrow() {
        let sampler = with_rules(vec![rule(0.0, 0)]);
        assert_eq!(sampled_in(&sampler, 0..10), 0);
        let sampler = with_rules(vec![rule(1.0, 0)]);
        assert_eq!(sampler.decide(0, &REQUEST).reason, Reason::Rate);
    }

    #[test]
    fn reports_count_the_borrowed_as_sampled_and_are_drained() {
        let sampler = with_rules(vec![rule(1.0, 1)]);
        sampled_in(&sampler, 0..10);
        let expected = RuleStatistics {
            rule_name: "Cruddur".into(),
            request_count: 100,
            sampled_count: 100,
            borrow_count: 10,
        };
        assert_eq!(sampler.statistics(), std::slice::from_ref(&expected));
        assert_eq!(sampler.statistics(), []);
        sampler.restore_statistics(std::slice::from_ref(&expected));
        assert_eq!(sampler.statistics(), [expected]);
        let totals = &sampler.totals()[0];
        assert_eq!(
            (
                totals.matched,
                totals.reservoir,
                totals.by_rate,
                totals.sampled()
            ),
            (100, 10, 90, 100)
        );
    }

    #[test]
    fn the_rate_is_held_over_many_requests() {
        let sampler = with_rules(vec![rule(0.1, 0)]);
        let sampled = sampled_in(&sampler, 0..10_000);
        // Six standard deviations of a binomial with n = 100000 and p = 0.1.
        assert!((9_430..=10_570).contains(&sampled), "{sampled}");
    }

    #[test]
    fn the_same_seed_decides_the_same() {
        let decisions = |seed| {
            let sampler = Sampler::new(seed);
            sampler.set_rules(vec![rule(0.5, 0)]);
            (0..64)
                .map(|_| sampler.decide(0, &REQUEST).sampled)
                .collect::<Vec<bool>>()
        };
        assert_eq!(decisions(1), decisions(1));
        assert_ne!(decisions(1), decisions(2));
    }

    #[test]
    fn without_rules_one_a_second_and_a_few_more_are_sampled() {
        let sampler = Sampler::new(1);
        let first = sampler.decide(0, &REQUEST);
        assert_eq!(
            (first.sampled, first.rule, first.reason),
            (true, None, Reason::LocalFallback)
        );
        let sampled = sampled_in(&sampler, 1..1001);
        // 1000 and 5 % of 9000, within six standard deviations.
        assert!((1_325..=1_575).contains(&sampled), "{sampled}");
        let totals = sampler.totals();
        assert_eq!(totals[0].rule_name, None);
        assert_eq!(totals[0].sampled(), sampled as u64 + 1);
    }

    #[test]
    fn the_lowest_priority_that_matches_decides() {
        let mut other_service = rule(1.0, 1);
        other_service.rule_name = "Other".to_string();
        other_service.service_name = "Cruddur".to_string();
        other_service.priority = 1;
        let rules = vec![SamplingRule::default_rule(), rule(0.0, 1), other_service];
        let decision = with_rules(rules).decide(0, &REQUEST);
        assert_eq!(decision.rule.as_deref(), Some("Cruddur"));
    }

    #[test]
    fn unchanged_rules_keep_their_quota_and_changed_ones_their_counts() {
        let sampler = with_rules(vec![rule(0.0, 5)]);
        sampler.apply_targets(&[target(4, 100 * SECOND)]);
        sampler.set_rules(vec![rule(0.0, 5), SamplingRule::default_rule()]);
        assert_eq!(sampled_in(&sampler, 0..1), 4);
        sampler.set_rules(vec![rule(0.0, 6)]);
        assert_eq!(sampled_in(&sampler, 1..2), 1);
        assert_eq!(sampler.statistics()[0].request_count, 20);
    }

    #[test]
    fn a_target_replaces_the_rate() {
        let sampler = with_rules(vec![rule(0.0, 0)]);
        sampler.apply_targets(&[SamplingTarget {
            fixed_rate: Some(1.0),
            quota: None,
            ..target(0, 0)
        }]);
        assert_eq!(sampled_in(&sampler, 0..1), 10);
    }

    #[test]
    fn many_threads_together_take_no_more_than_the_quota() {
        let sampler = with_rules(vec![rule(0.0, 50)]);
        sampler.apply_targets(&[target(50, SECOND)]);
        let sampled: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        (0..1000)
                            .filter(|_| sampler.decide(0, &REQUEST).sampled)
                            .count()
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).sum()
        });
        assert_eq!(sampled, 50);
        assert_eq!(sampler.totals()[0].matched, 4000);
    }
}
