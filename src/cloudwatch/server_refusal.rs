//! What the local CloudWatch Logs refuses, with the code and the text of the real service.
//!
//! An error is `{"__type": code, "message": text}`. Texts marked "recorded" are those of the real
//! service, the others are ours in its manner.

use super::pattern::PatternError;
use super::wire::{BATCH_MAX_BYTES, EVENT_MAX_BYTES, NAME_MAX_CHARS};
use crate::model::log::RETENTION_DAYS;
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
    /// A filter pattern that is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A body that is not the operation's JSON.
    #[error("cannot read the request: {0}")]
    Unreadable(#[from] serde_json::Error),
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
            Refusal::GroupExists | Refusal::StreamExists => "ResourceAlreadyExistsException",
            Refusal::NoGroup | Refusal::NoStream | Refusal::NoResource => {
                "ResourceNotFoundException"
            }
            Refusal::NameAndIdentifier | Refusal::Protected => "ValidationException",
            Refusal::Unreadable(_) => "SerializationException",
            Refusal::NoOperation => "UnknownOperationException",
            Refusal::Store(_) => "ServiceUnavailableException",
            _ => "InvalidParameterException",
        }
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

/// Returns a member that must be there.
///
/// # Errors
/// `Constraint` if it is not.
pub fn required<'a, T>(member: &str, value: &'a Option<T>) -> Result<&'a T, Refusal> {
    value.as_ref().ok_or_else(|| missing(member))
}

/// Returns the refusal of a request without a member that must be there.
pub fn missing(member: &str) -> Refusal {
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
    let Some(limit) = limit else { return Ok(most) };
    let refuse = |side: &str, bound: usize| {
        let constraint = format!("Member must have value {side} than or equal to {bound}");
        Err(Refusal::constraint(limit, "limit", constraint))
    };
    match usize::try_from(limit) {
        Ok(0) | Err(_) => refuse("greater", 1),
        Ok(limit) if limit > most => refuse("less", most),
        Ok(limit) => Ok(limit),
    }
}

/// Checks the name of a log group that is to be made.
///
/// # Errors
/// `NameTooLong`, `ReservedName`, or `Constraint` for other characters than `.-_/#A-Za-z0-9`.
pub fn check_group_name(name: &str) -> Result<(), Refusal> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    check_length("logGroupName", name)?;
    if !name.chars().all(is_allowed) {
        let pattern = r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+";
        return Err(Refusal::constraint(name, "logGroupName", pattern));
    }
    let is_reserved = name
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws/"));
    if is_reserved {
        Err(Refusal::ReservedName)
    } else {
        Ok(())
    }
}

/// Checks the name of a log stream that is to be made.
///
/// # Errors
/// `NameTooLong`, or `Constraint` for a colon or a star.
pub fn check_stream_name(name: &str) -> Result<(), Refusal> {
    check_length("logStreamName", name)?;
    if name.contains([':', '*']) {
        let pattern = "Member must satisfy regular expression pattern: [^:*]*";
        return Err(Refusal::constraint(name, "logStreamName", pattern));
    }
    Ok(())
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

fn check_length(member: &str, name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        let constraint = "Member must have length greater than or equal to 1";
        return Err(Refusal::constraint("", member, constraint));
    }
    if name.chars().count() > NAME_MAX_CHARS {
        Err(Refusal::NameTooLong)
    } else {
        Ok(())
    }
}
