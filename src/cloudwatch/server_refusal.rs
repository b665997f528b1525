//! What the local CloudWatch Logs refuses, with the code and the text of the real service.
//!
//! An error is `{"__type": code, "message": text}`. Texts marked "recorded" are those of the real
//! service, the others are ours in its manner.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::insights::QueryError;
use super::pattern::{FilterPattern, PatternUse};
use super::wire::{BATCH_MAX_BYTES, EVENT_MAX_BYTES};
use crate::model::log::RETENTION_DAYS;
use crate::model::region::LOCAL_ACCOUNT;
use crate::store::StoreError;

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Recorded.
    #[error("The specified log group already exists")]
    GroupExists,
    /// Recorded.
    #[error("The specified log stream already exists")]
    StreamExists,
    /// Recorded.
    #[error("The specified log group does not exist.")]
    NoGroup,
    /// Recorded.
    #[error("The specified log stream does not exist.")]
    NoStream,
    /// A tag operation on something that is not there.
    #[error("The specified resource does not exist.")]
    NoResource,
    /// Recorded.
    #[error("Invalid LogGroup or LogStream, both must have length less than or equal to 512.")]
    NameTooLong,
    /// A name that begins as the names of the service's own groups do.
    #[error("Log groups starting with AWS/ are reserved for AWS.")]
    ReservedName,
    /// Recorded.
    #[error("Log events in a single PutLogEvents request must be in chronological order.")]
    OutOfOrder,
    /// Recorded.
    #[error("The specified nextToken is invalid.")]
    BadToken,
    /// Recorded.
    #[error("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")]
    PrefixAndPattern,
    /// Recorded.
    #[error("LogGroup name and LogGroup ARN are mutually exclusive parameters.")]
    NameAndIdentifier,
    /// Ours.
    #[error("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")]
    StreamsAndPrefix,
    /// Ours.
    #[error("Cannot order by LastEventTime with a logStreamNamePrefix.")]
    PrefixByEventTime,
    /// Ours.
    #[error("startFromHead can be false only with a startTime from 2024-01-01 on.")]
    NewestFirst,
    /// Ours; the rule is the API reference's.
    #[error(
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
    )]
    SpanTooLong,
    /// Recorded, with the limit of its time.
    #[error("Log event too large: {bytes} bytes exceeds limit of {EVENT_MAX_BYTES}")]
    EventTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Ours.
    #[error("Upload too large: {bytes} bytes exceeds limit of {BATCH_MAX_BYTES}")]
    BatchTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Ours.
    #[error("Deletion protection is enabled for the specified log group.")]
    Protected,
    /// Ours; the rule is the API reference's.
    #[error("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.")]
    TailStreamsAndPrefixes,
    /// Ours; the rule is the API reference's.
    #[error("logStreamNames and logStreamNamePrefixes can be given only with a single log group.")]
    TailStreamsOfManyGroups,
    /// Ours; the rule is the API reference's.
    #[error(
        "'{identifier}' is not the ARN of a log group; give its logGroupArn, which has no ':*' at its end"
    )]
    TailOfNoArn {
        /// What was given.
        identifier: String,
    },
    /// Ours; the rule is the user guide's.
    #[error("Live Tail is supported only for log groups in the Standard log class.")]
    TailOfClass,
    /// Recorded.
    #[error(
        "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"
    )]
    Constraint {
        /// The value in single quotes, or `null`.
        value: String,
        /// The member's name.
        member: String,
        /// What it should be.
        constraint: String,
    },
    /// Everything that breaks the limits of the service's model. Recorded.
    #[error("{n} validation error{s} detected: {errors}", n = .errors.len(), s = if .errors.len() == 1 { "" } else { "s" }, errors = .errors.join("; "))]
    Validation {
        /// What is wrong, a sentence each; at least one.
        errors: Vec<String>,
    },
    /// Ours.
    #[error("logGroupIdentifiers cannot be used together with a prefix, a pattern or a class.")]
    IdentifiersAndMore,
    /// Ours; the rule is the API reference's.
    #[error("A resource cannot have more than {most} tags.")]
    TooManyTags {
        /// How many it may have.
        most: usize,
        /// Whether the operation has an error of its own for that.
        is_modelled: bool,
    },
    /// Ours; the rule is the API reference's.
    #[error("Exactly one of logGroupName and resourceIdentifier must be given.")]
    KeyForWhat,
    /// Ours.
    #[error("Only a log group can have a KMS key here; '{identifier}' is not one.")]
    KeyForOther {
        /// What was given.
        identifier: String,
    },
    /// Recorded.
    #[error(
        "Log group '{group}' does not exist for account ID '{LOCAL_ACCOUNT}' (Service: AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: {request_id}; Proxy: null)"
    )]
    NoQueryGroup {
        /// What was given.
        group: String,
        /// Some id.
        request_id: String,
    },
    /// Ours; the rule is the API reference's.
    #[error(
        "Log groups must be given in exactly one way: logGroupName, logGroupNames, logGroupIdentifiers, or SOURCE in the query."
    )]
    QueryGroups,
    /// Ours.
    #[error("The end of a query must not be before its start.")]
    QueryEndsEarly,
    /// Ours.
    #[error("The query language {language} is not answered by this local stack; use CWLI.")]
    QueryLanguage {
        /// Which one.
        language: String,
    },
    /// A query that is none, or none that is answered here.
    #[error("{0} (at character {start}).", start = .0.start)]
    Query(#[from] QueryError),
    /// Ours.
    #[error("The specified query does not exist.")]
    NoQuery,
    /// Ours; the rule is the API reference's.
    #[error("The specified query is not running.")]
    QueryEnded,
    /// Ours.
    #[error("The specified logRecordPointer is invalid.")]
    BadPointer,
    /// Ours.
    #[error("The specified log record does not exist.")]
    NoRecord,
    /// A filter pattern that is none. Recorded.
    #[error("{text}")]
    FilterPattern {
        /// The text, which is another one for each purpose.
        text: String,
    },
    /// A body that is not the operation's JSON.
    #[error("cannot read the request: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The body is JSON, and no object.
    #[error("cannot read the request: an object is expected")]
    NoObject,
    /// A member is of another kind of JSON than the model has it.
    #[error("cannot read the request: {member} must be {kind}")]
    WrongKind {
        /// Where it is.
        member: String,
        /// What it should be.
        kind: &'static str,
    },
    /// No operation of CloudWatch Logs is named.
    #[error("the X-Amz-Target header names no operation of CloudWatch Logs")]
    NoOperation,
    /// An operation that is not answered here.
    #[error("the operation {operation} is not answered by this local stack")]
    NotAnswered {
        /// Its name.
        operation: String,
    },
    /// The store could not keep or read something.
    #[error("the local store: {0}")]
    Store(#[from] StoreError),
}

impl Refusal {
    /// Returns the error's code, which is what clients decide by.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NoQueryGroup { .. } | Refusal::NoQuery | Refusal::NoRecord => {
                "ResourceNotFoundException"
            }
            Refusal::Query(_) => "MalformedQueryException",
            Refusal::TooManyTags {
                is_modelled: true, ..
            } => "TooManyTagsException",
            Refusal::NotAnswered { operation } if has_no_invalid_parameter(operation) => {
                "ValidationException"
            }
            Refusal::GroupExists | Refusal::StreamExists => "ResourceAlreadyExistsException",
            Refusal::NoGroup | Refusal::NoStream | Refusal::NoResource => {
                "ResourceNotFoundException"
            }
            Refusal::TailOfClass => "InvalidOperationException",
            Refusal::NameAndIdentifier | Refusal::Protected => "ValidationException",
            Refusal::Unreadable(_) | Refusal::NoObject | Refusal::WrongKind { .. } => {
                "SerializationException"
            }
            Refusal::NoOperation => "UnknownOperationException",
            Refusal::Store(_) => "ServiceUnavailableException",
            _ => "InvalidParameterException",
        }
    }

    /// Returns what the error's body has besides its code and text.
    pub fn details(&self) -> Option<(&'static str, Value)> {
        let Refusal::Query(error) = self else {
            return None;
        };
        let location = json!({"startCharOffset": error.start, "endCharOffset": error.end});
        let error = json!({"location": location, "message": error.what});
        Some(("queryCompileError", error))
    }

    /// Returns the HTTP status: 400, except where trying again may help.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::Store(_) => 503,
            _ => 400,
        }
    }

    /// Refuses a value that breaks a rule of its member.
    pub fn constraint(
        value: impl std::fmt::Display,
        member: impl Into<String>,
        constraint: impl Into<String>,
    ) -> Refusal {
        let (member, constraint) = (member.into(), constraint.into());
        Refusal::Constraint {
            value: format!("'{value}'"),
            member,
            constraint,
        }
    }
}

// Some families of operations do not know that error.
fn has_no_invalid_parameter(operation: &str) -> bool {
    let families = [
        "Deliver",
        "ScheduledQuer",
        "S3Table",
        "ConfigurationTemplates",
    ];
    families.iter().any(|family| operation.contains(family))
}

/// Returns a member that must be there.
///
/// # Errors
/// `Constraint` if it is not.
pub fn required<'a, T>(member: &str, value: &'a Option<T>) -> Result<&'a T, Refusal> {
    value.as_ref().ok_or_else(|| missing(member))
}

/// Returns the refusal of a request without a member that must be there.
fn missing(member: &str) -> Refusal {
    Refusal::Constraint {
        value: "null".to_string(),
        member: member.to_string(),
        constraint: "Member must not be null".to_string(),
    }
}

/// Returns `limit`, or `most` if there is none.
///
/// # Errors
/// `Constraint` if it is not in `1..=most`.
pub fn page_limit(limit: Option<i64>, most: usize) -> Result<usize, Refusal> {
    limit_of("limit", limit, most)
}

/// The same for a member of another name.
///
/// # Errors
/// As there.
pub fn limit_of(member: &str, limit: Option<i64>, most: usize) -> Result<usize, Refusal> {
    let Some(limit) = limit else { return Ok(most) };
    let refuse = |side: &str, bound: usize| {
        let constraint = format!("Member must have value {side} than or equal to {bound}");
        Err(Refusal::constraint(limit, member, constraint))
    };
    match usize::try_from(limit) {
        Ok(0) | Err(_) => refuse("greater", 1),
        Ok(limit) if limit > most => refuse("less", most),
        Ok(limit) => Ok(limit),
    }
}

/// Reads a filter pattern; there may be none, which every line matches.
///
/// # Errors
/// `FilterPattern` if it is none.
pub fn filter_pattern(
    pattern: Option<&str>,
    purpose: PatternUse,
) -> Result<FilterPattern, Refusal> {
    let parsed = FilterPattern::parse(pattern.unwrap_or_default());
    parsed.map_err(|error| Refusal::FilterPattern {
        text: error.text(purpose),
    })
}

/// Checks tags that are to be added.
///
/// # Errors
/// `Constraint` for keys that begin with `aws:`.
pub fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let is_reserved = |key: &&String| has_start(key, "aws:");
    match tags.keys().find(is_reserved) {
        Some(key) => {
            let constraint = "Member must not begin with aws:";
            Err(Refusal::constraint(key, "tags", constraint))
        }
        None => Ok(()),
    }
}

/// Checks the name of a log group that is to be made.
///
/// # Errors
/// `ReservedName`.
pub fn check_group_name(name: &str) -> Result<(), Refusal> {
    if has_start(name, "aws/") {
        Err(Refusal::ReservedName)
    } else {
        Ok(())
    }
}

// Whatever the case of its letters.
fn has_start(text: &str, start: &str) -> bool {
    let beginning = text.get(..start.len());
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
}

/// Checks a number of days to keep events.
///
/// # Errors
/// `Constraint` if the service has no such number.
pub fn check_retention(days: i64) -> Result<u32, Refusal> {
    let allowed = RETENTION_DAYS
        .into_iter()
        .find(|&allowed| i64::from(allowed) == days);
    allowed.ok_or_else(|| {
        let all: Vec<String> = RETENTION_DAYS.iter().map(u32::to_string).collect();
        let constraint = format!("Member must satisfy enum value set: [{}]", all.join(", "));
        Refusal::constraint(days, "retentionInDays", constraint)
    })
}
