//! What a set-up wants: groups, sampling rules and log groups, each with the tags of its user.

use std::collections::BTreeMap;

use super::log::{CRUDDUR_LOG_GROUP, CRUDDUR_RETENTION_DAYS, LogClass};
use super::sampling::{CRUDDUR_FILTER, CRUDDUR_GROUP, SamplingRule};

/// Keys and values that a resource is tagged with.
pub type Tags = BTreeMap<String, String>;

/// Whether X-Ray looks for anomalies in a group, and tells about them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Insights {
    /// It looks.
    pub is_enabled: bool,
    /// It tells; only if it looks.
    pub notifies: bool,
}

/// A group as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedGroup {
    /// 1 to 32 characters, and not `Default`.
    pub name: String,
    /// Which traces the group has; empty for all.
    pub filter_expression: String,
    /// `None` leaves them as they are.
    pub insights: Option<Insights>,
    /// Tags that should be there; others are left alone.
    pub tags: Tags,
}

/// A sampling rule as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedRule {
    /// The rule.
    pub rule: SamplingRule,
    /// Tags that should be there; others are left alone.
    pub tags: Tags,
}

/// The key that encrypts the lines of a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KmsKey {
    /// The service's own.
    Service,
    /// The one with this ARN.
    Arn(String),
}

/// A log group as it should be; what is `None` is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedLogGroup {
    /// 1 to 512 of `.-_/#A-Za-z0-9`.
    pub name: String,
    /// One of [`super::log::RETENTION_DAYS`]; here, `None` is for ever.
    pub retention_days: Option<u32>,
    /// Whether no one has chosen these days: a group that is there and keeps lines for a number of days keeps it.
    pub has_usual_days: bool,
    /// Only a new group can get one.
    pub class: Option<LogClass>,
    /// What encrypts its lines.
    pub kms_key: Option<KmsKey>,
    /// Whether it cannot be deleted.
    pub is_protected: Option<bool>,
    /// Tags that should be there; others are left alone.
    pub tags: Tags,
}

impl WantedLogGroup {
    /// Returns week 2's group as it is without any flag: what `setup`, `serve`, `up` and `demo` make, and `status` looks for.
    pub fn of_week_2() -> WantedLogGroup {
        WantedLogGroup {
            has_usual_days: true,
            ..WantedLogGroup::keeping(CRUDDUR_LOG_GROUP, Some(CRUDDUR_RETENTION_DAYS))
        }
    }

    /// Returns a group that keeps lines for `retention_days`, and otherwise is as the service makes it.
    pub fn keeping(name: &str, retention_days: Option<u32>) -> WantedLogGroup {
        WantedLogGroup {
            name: name.to_string(),
            retention_days,
            has_usual_days: false,
            class: None,
            kms_key: None,
            is_protected: None,
            tags: Tags::new(),
        }
    }
}

/// Everything that should be there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct XRayWanted {
    /// The groups, no two with one name.
    pub groups: Vec<WantedGroup>,
    /// The rules, no two with one name.
    pub rules: Vec<WantedRule>,
}

impl WantedGroup {
    /// Returns week 2's group.
    pub fn of_week_2() -> WantedGroup {
        WantedGroup {
            name: CRUDDUR_GROUP.to_string(),
            filter_expression: CRUDDUR_FILTER.to_string(),
            insights: None,
            tags: Tags::new(),
        }
    }
}

impl XRayWanted {
    /// Returns week 2's group together with `rule`.
    pub fn of_rule(rule: SamplingRule, tags: Tags) -> XRayWanted {
        XRayWanted {
            groups: vec![WantedGroup::of_week_2()],
            rules: vec![WantedRule { rule, tags }],
        }
    }
}
