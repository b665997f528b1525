//! What the service refuses, in the API's own terms.

use super::filter_error::FilterError;
use super::rule_limits::Violation;
use crate::store::StoreError;

/// The most groups or rules of a region, besides the ones that are always there.
///
/// Source: AWS X-Ray endpoints and quotas.
pub const QUOTA: usize = 25;

/// Why a request is refused. Displays as the `Message` of the answer.
///
/// Texts of the real service are kept where one was recorded; the others are ours.
#[derive(Debug, thiserror::Error)]
pub enum XRayError {
    /// The body is not the operation's JSON.
    #[error("the request body cannot be read: {0}")]
    Body(#[source] serde_json::Error),
    /// The body could not be received.
    #[error("the request body is too large or broke off")]
    Incomplete,
    /// Neither name nor ARN was given.
    #[error("a name or an ARN is required")]
    NoReference,
    /// No such group. Source of the text: terraform-provider-aws, which looks for it.
    #[error("Group not found")]
    GroupNotFound,
    /// The name is taken.
    #[error("a group with the name {0} already exists")]
    GroupExists(String),
    /// The name belongs to X-Ray.
    #[error("the name Default is reserved")]
    ReservedName,
    /// The Default group stays as it is.
    #[error("the Default group cannot be changed or deleted")]
    DefaultGroup,
    /// The quota is used up.
    #[error("a region can have at most {QUOTA} groups")]
    GroupLimit,
    /// Notifications without insights.
    #[error("NotificationsEnabled may be true only when InsightsEnabled is true")]
    Notifications,
    /// The filter cannot be read or used.
    #[error("invalid filter expression: {0}\n{place}", place = .0.caret())]
    Filter(#[from] FilterError),
    /// A text that is too short or too long.
    #[error("{member} must have {shortest} to {longest} characters")]
    Length {
        /// Which member.
        member: &'static str,
        /// At least so many.
        shortest: usize,
        /// At most so many.
        longest: usize,
    },
    /// Members of a rule that have to be there.
    #[error("missing in SamplingRule: {}", .0.join(", "))]
    MissingMembers(Vec<&'static str>),
    /// Members of a rule that break a limit.
    #[error("{}", listed(.0))]
    Rule(Vec<Violation>),
    /// A member that the real service has.
    #[error("SamplingRateBoost is not supported by the local stack")]
    Boost,
    /// No such rule.
    #[error("Sampling rule not found")]
    RuleNotFound,
    /// The name is taken.
    #[error("a sampling rule with the name {0} already exists")]
    RuleExists(String),
    /// The quota is used up.
    #[error("a region can have at most {QUOTA} sampling rules")]
    RuleLimit,
    /// Only rate and reservoir of the Default rule can change.
    /// Source of the text: terraform-provider-aws, issue 49597.
    #[error("Invalid update request for default sampling rule")]
    DefaultRule,
    /// The Default rule stays.
    #[error("the Default sampling rule cannot be deleted")]
    DefaultRuleDeletion,
    /// More or fewer elements than the operation takes.
    #[error("{member} must have {fewest} to {most} elements")]
    Count {
        /// Which member.
        member: &'static str,
        /// At least so many.
        fewest: usize,
        /// At most so many.
        most: usize,
    },
    /// A count below zero.
    #[error("RequestCount, SampledCount and BorrowCount must not be negative")]
    NegativeCount,
    /// A time that is none, or an end before its start.
    #[error(
        "StartTime and EndTime must be seconds since the epoch, and EndTime not before StartTime"
    )]
    TimeRange,
    /// A kind of time range that is not there.
    #[error("TimeRangeType must be TraceId, Event or Service, not {0}")]
    TimeRangeType(String),
    /// A part of all traces that is none.
    #[error("SamplingStrategy must have the Name PartialScan or FixedRate and a Value from 0 to 1")]
    SamplingStrategy,
    /// A page that was never given out.
    #[error("the NextToken is invalid")]
    NextToken,
    /// An operation of the real service.
    #[error("the operation {0} is not supported by the local stack")]
    Operation(&'static str),
    /// The store refused.
    #[error("the request could not be stored")]
    Store(#[from] StoreError),
}

fn listed(violations: &[Violation]) -> String {
    let each = violations
        .iter()
        .map(|violation| format!("{} {}", violation.key, violation.message));
    each.collect::<Vec<String>>().join("; ")
}

impl XRayError {
    /// Returns the API's code.
    pub fn code(&self) -> &'static str {
        match self {
            XRayError::RuleLimit => "RuleLimitExceededException",
            XRayError::Store(StoreError::Full) => "ThrottledException",
            // Not in X-Ray's model; every AWS client takes it for the service's own fault and retries.
            XRayError::Store(_) => "InternalFailure",
            _ => "InvalidRequestException",
        }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            XRayError::Store(StoreError::Full) => 429,
            XRayError::Store(StoreError::TooLarge { .. }) => 413,
            XRayError::Store(_) => 500,
            _ => 400,
        }
    }
}
