//! Why a request has no whole answer.

use std::io::{self, ErrorKind};
use std::time::Duration;

/// Why a request has no whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// No connection came about, for another reason.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The other side broke the connection off.
    #[error("connection reset: {0}")]
    Reset(String),
    /// The other side closed the connection before the answer was whole.
    #[error("connection closed before the answer was whole")]
    Closed,
    /// No whole answer in time.
    #[error("no answer within {:?}", .0)]
    Timeout(Duration),
    /// What came back is not HTTP.
    #[error("the answer is not HTTP: {0}")]
    Malformed(String),
}

impl Fault {
    /// The kinds of faults, in the order in which they are listed.
    pub const KINDS: [&'static str; 6] = [
        "refused",
        "connect",
        "reset",
        "closed",
        "timeout",
        "malformed",
    ];

    /// Returns the fault's kind, one of [`Fault::KINDS`].
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Refused => "refused",
            Fault::Connect(_) => "connect",
            Fault::Reset(_) => "reset",
            Fault::Closed => "closed",
            Fault::Timeout(_) => "timeout",
            Fault::Malformed(_) => "malformed",
        }
    }

    pub(super) fn malformed(what: impl ToString) -> Fault {
        Fault::Malformed(what.to_string())
    }

    pub(super) fn of_connecting(error: io::Error) -> Fault {
        match error.kind() {
            ErrorKind::ConnectionRefused => Fault::Refused,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
                Fault::Reset(error.to_string())
            }
            _ => Fault::Connect(error.to_string()),
        }
    }

    pub(super) fn of_stream(error: io::Error) -> Fault {
        match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::WriteZero => Fault::Closed,
            _ => Fault::Reset(error.to_string()),
        }
    }
}
