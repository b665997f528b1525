//! What the service refuses, in the API's own terms.

use super::filter_error::FilterError;
use super::rule_limits::Violation;
use super::shape::ShapeError;
use crate::model::tag_limits::MAX_TAGS;
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
    /// The body does not have the shape of the operation's input.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The body has a shape that was let through and that the operation cannot read after all.
    #[error("the request body cannot be read: {0}")]
    Body(#[source] serde_json::Error),
    /// The body could not be received.
    #[error("the request body is too large or broke off")]
    Incomplete,
    /// Neither name nor ARN was given.
    #[error("a name or an ARN is required")]
    NoReference,
    /// A group's name and its ARN, which may differ.
    #[error("Provide either GroupName or GroupARN")]
    TwoGroupReferences,
    /// A rule's name and its ARN, which may differ.
    #[error("Request cannot contain both sampling rule name and sampling rule ARN")]
    TwoRuleReferences,
    /// No such group.
    #[error("Group not found")]
    GroupNotFound,
    /// The same, as a service graph says it.
    #[error("Group not found.")]
    GroupNotFoundForGraph,
    /// A group without a filter, which only the Default group is.
    #[error("Filter Expression is empty")]
    NoFilter,
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
    /// Members of a rule that break a limit which its shape does not have.
    #[error("{}", listed(.0))]
    Rule(Vec<Violation>),
    /// A version that is none.
    #[error("Sampling rule version must be 1")]
    RuleVersion,
    /// A text that is the ARN of no rule.
    #[error("{0} is not the ARN of a sampling rule of this region")]
    RuleArn(String),
    /// A rule that is stored and cannot be read.
    #[error("the stored rule lacks {}", .0.join(", "))]
    DamagedRule(Vec<&'static str>),
    /// No such rule.
    #[error("Sampling rule does not exist")]
    RuleNotFound,
    /// The name is taken.
    #[error("Sampling rule already exists")]
    RuleExists,
    /// A change after which a limit would be broken.
    #[error("Invalid update request for sampling rule")]
    RuleUpdate,
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
    /// A member that is not there or has a value that it cannot have.
    #[error("{member} must be {allowed}")]
    Value {
        /// Which member.
        member: &'static str,
        /// What it can be.
        allowed: &'static str,
    },
    /// Something that is named and not there, where the model has an exception for it.
    #[error("{kind} {name} not found")]
    NotThere {
        /// What it is.
        kind: &'static str,
        /// What it was called.
        name: String,
    },
    /// A group or rule that has no tags because it is not there.
    #[error("Resource ARN not found")]
    ResourceNotFound(String),
    /// No such insight; nobody looks for any here.
    #[error("Insight not found")]
    InsightNotFound,
    /// The policy is not JSON; the service says no more than that it is malformed.
    #[error("the policy document is not JSON")]
    PolicyJson,
    /// The policy is no policy.
    #[error("the policy document {0}")]
    PolicyDocument(&'static str),
    /// The policy is too long.
    #[error("a policy document can have at most {0} bytes")]
    PolicySize(usize),
    /// The quota is used up.
    #[error("a region can have at most {0} resource policies")]
    PolicyCount(usize),
    /// The policy was changed since, or is there although it must not be.
    #[error("Another concurrent request has modified the resource policy {0}")]
    PolicyRevision(String),
    /// The policy was changed or deleted since.
    #[error("Another concurrent request has modified or deleted the resource policy {0}")]
    PolicyRevisionForDeletion(String),
    /// No such policy.
    #[error("The resource policy {0} does not exist.")]
    PolicyNotFound(String),
    /// A list that the service does not turn pages of.
    #[error("NextToken is currently not supported")]
    PolicyToken,
    /// Another one.
    #[error("Next Token not supported")]
    GroupToken,
    /// The policy would forbid everybody to change it.
    #[error("the policy would keep the caller from calling PutResourcePolicy again")]
    Lockout,
    /// A format that traces are not given in.
    #[error(
        "TraceFormat OTEL is not supported by the local stack; use XRAY, or ask the stack's query API for the spans"
    )]
    OtelFormat,
    /// A time that is none, or an end before its start.
    #[error(
        "StartTime and EndTime must be seconds since the epoch, and EndTime not before StartTime"
    )]
    TimeRange,
    /// More than a graph is made of. The text is the real service's, as others have quoted it.
    #[error("Time range cannot be longer than 6 hours")]
    LongRange,
    /// A period that is none.
    #[error("Time period must be one of [60, 300]")]
    Period,
    /// A selector of something else than one service() or edge(), and where it begins.
    #[error("Error Location: line 1, position {position} : Invalid input symbol: '{symbol}'")]
    Selector {
        /// Characters from the start, counted from 1.
        position: usize,
        /// What stands there.
        symbol: String,
    },
    /// A kind of time range that is not there.
    #[error("TimeRangeType must be TraceId, Event or Service, not {0}")]
    TimeRangeType(String),
    /// A way of choosing traces that is none.
    #[error("the Name of SamplingStrategy must be PartialScan or FixedRate")]
    SamplingStrategy,
    /// A page that was never given out.
    #[error("the NextToken is invalid")]
    NextToken,
    /// A tag that is not allowed.
    #[error("{0}")]
    Tag(String),
    /// A tag whose key begins with `aws:`.
    #[error("Caller is an end user and not allowed to mutate system tags")]
    SystemTag,
    /// More tags than a resource can have.
    #[error("The resultant tag set must not have more than {MAX_TAGS} user tags.")]
    TooManyTags,
    /// An operation of the real service.
    #[error("the operation {0} is not supported by the local stack")]
    Operation(&'static str),
    /// Another method than POST.
    #[error("the operation {0} is called with POST")]
    Method(&'static str),
    /// A path that is none of the service's, which it answers with status 200.
    #[error("X-Ray has no operation at this path")]
    Path,
    /// A page of traces that was never given out. The text is the real service's, as are those that follow.
    #[error("Invalid token {0}")]
    InvalidToken(String),
    /// An end before its start.
    #[error("End time cannot be earlier than start time")]
    TimeOrder,
    /// Nothing to keep.
    #[error("Segments can not be empty")]
    NoSegments,
    /// The same trace twice.
    #[error("Containing duplicate trace ids")]
    DoubledTraceIds,
    /// A graph of nothing.
    #[error("Zero trace ids provided")]
    NoTraceIds,
    /// A graph of several traces.
    #[error("Currently only one trace Id is supported")]
    ManyTraceIds,
    /// A graph of a trace that is not there.
    #[error("Trace id not found")]
    TraceNotFound,
    /// A rate that is none, or FixedRate without one.
    #[error("sampling rate must be specified and its value must be between [0, 1]")]
    SamplingRate,
    /// The store refused.
    #[error("the request could not be stored: {0}")]
    Store(#[from] StoreError),
}

fn listed(violations: &[Violation]) -> String {
    let each = violations
        .iter()
        .map(|violation| format!("{} {}", violation.key, violation.message));
    each.collect::<Vec<String>>().join("; ")
}

impl XRayError {
    /// Refuses a text that does not have `shortest` to `longest` characters.
    ///
    /// # Errors
    /// `Length`.
    pub fn check_length(
        member: &'static str,
        text: &str,
        shortest: usize,
        longest: usize,
    ) -> Result<(), XRayError> {
        if (shortest..=longest).contains(&text.chars().count()) {
            return Ok(());
        }
        Err(XRayError::Length {
            member,
            shortest,
            longest,
        })
    }

    /// Returns what was not found, for the exceptions that name it.
    pub fn resource_name(&self) -> Option<&str> {
        match self {
            XRayError::NotThere { name, .. } | XRayError::ResourceNotFound(name) => Some(name),
            _ => None,
        }
    }

    /// Returns the text that is answered; `None` where the service answers null.
    pub fn message(&self) -> Option<String> {
        (!matches!(self, XRayError::PolicyJson)).then(|| self.to_string())
    }

    /// Returns the API's code.
    pub fn code(&self) -> &'static str {
        match self {
            XRayError::RuleLimit => "RuleLimitExceededException",
            XRayError::Shape(ShapeError::Validation(_)) => "ValidationException",
            XRayError::Shape(ShapeError::Serialization(_)) | XRayError::Body(_) => {
                "SerializationException"
            }
            XRayError::NotThere { .. } | XRayError::ResourceNotFound(_) => {
                "ResourceNotFoundException"
            }
            XRayError::PolicyDocument(_) | XRayError::PolicyJson => {
                "MalformedPolicyDocumentException"
            }
            XRayError::PolicySize(_) => "PolicySizeLimitExceededException",
            XRayError::PolicyCount(_) => "PolicyCountLimitExceededException",
            XRayError::PolicyRevision(_) | XRayError::PolicyRevisionForDeletion(_) => {
                "InvalidPolicyRevisionIdException"
            }
            XRayError::Lockout => "LockoutPreventionException",
            // AWS's code for what is no operation; X-Ray's model does not have it.
            XRayError::Path | XRayError::Method(_) => "UnknownOperationException",
            XRayError::Store(StoreError::Full) => "ThrottledException",
            // Not in X-Ray's model; every AWS client takes it for the service's own fault and retries.
            XRayError::Store(_) => "ServiceUnavailable",
            _ => "InvalidRequestException",
        }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            XRayError::NotThere { .. } | XRayError::ResourceNotFound(_) => 404,
            XRayError::Path => 200,
            XRayError::Method(_) => 405,
            XRayError::Store(StoreError::Full) => 429,
            XRayError::Store(StoreError::TooLarge { .. }) => 413,
            XRayError::Store(_) => 503,
            _ => 400,
        }
    }
}
