//! What a set-up wants of X-Ray: groups and sampling rules, each with the tags of its user.

use std::collections::BTreeMap;

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

/// Everything that should be there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct XRayWanted {
    /// The groups, no two with one name.
    pub groups: Vec<WantedGroup>,
    /// The rules, no two with one name.
    pub rules: Vec<WantedRule>,
}

impl XRayWanted {
    /// Returns week 2's group together with `rule`.
    pub fn of_rule(rule: SamplingRule, tags: Tags) -> XRayWanted {
        let group = WantedGroup {
            name: CRUDDUR_GROUP.to_string(),
            filter_expression: CRUDDUR_FILTER.to_string(),
            insights: None,
            tags: Tags::new(),
        };
        XRayWanted {
            groups: vec![group],
            rules: vec![WantedRule { rule, tags }],
        }
    }
}
