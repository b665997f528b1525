//! What a client tells the service about its sampling, and what it is told in turn.

use std::sync::Arc;

/// What happened to the requests that matched a rule since the last report.
///
/// Source: X-Ray API, SamplingStatisticsDocument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleStatistics {
    /// The rule.
    pub rule_name: Arc<str>,
    /// Requests that matched.
    pub request_count: u64,
    /// Requests that were sampled, the borrowed ones included.
    pub sampled_count: u64,
    /// Requests that were sampled before a share of the reservoir was known.
    pub borrow_count: u64,
}

/// What the service grants for a rule.
///
/// Source: X-Ray API, SamplingTargetDocument.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingTarget {
    /// The rule.
    pub rule_name: String,
    /// The share to sample after the reservoir, 0 to 1.
    pub fixed_rate: Option<f64>,
    /// This client's share of the reservoir.
    pub quota: Option<Quota>,
    /// Seconds until the next report.
    pub interval_seconds: Option<i64>,
}

/// A share of a reservoir.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests to sample in each second.
    pub per_second: u64,
    /// Until when it holds, nanoseconds since the epoch, exclusive.
    pub until: i64,
}

/// The whole answer to a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SamplingTargets {
    /// One for each rule that was reported and exists.
    pub targets: Vec<SamplingTarget>,
    /// When any rule changed last, nanoseconds since the epoch.
    pub rules_modified: Option<i64>,
    /// Why rules were not answered: name and message.
    pub unprocessed: Vec<(String, String)>,
}
