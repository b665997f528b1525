//! How a command ends: an exit code, an error, a hint.

use std::process::ExitCode;

use super::context::Context;
use crate::aws::AwsError;
use crate::door::TakenPort;
use crate::honeycomb::client::{HoneycombError, KeyKind};
use crate::stack::StackError;

/// What a command's run comes to.
pub type Outcome = Result<Exit, Failure>;

/// The exit codes, as the README lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The operation failed, was refused, or an assertion did not hold.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// The other side could not be reached.
    Unreachable = 3,
    /// Credentials are missing or were rejected.
    Credentials = 4,
    /// A check found problems.
    Found = 6,
    /// Our bug.
    Bug = 70,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command did not do what it should.
pub struct Failure {
    /// The code that the process ends with.
    pub exit: Exit,
    error: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    /// Makes a failure without a hint.
    pub fn new(exit: Exit, error: anyhow::Error) -> Failure {
        Failure {
            exit,
            error,
            hint: None,
        }
    }

    /// Makes a failure of a sentence's fragment.
    pub fn of(exit: Exit, message: impl Into<String>) -> Failure {
        Failure::new(exit, anyhow::Error::msg(message.into()))
    }

    /// Adds something that one can do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// Says what was tried when it failed.
    pub fn while_doing(mut self, what: impl Into<String>) -> Failure {
        self.error = self.error.context(what.into());
        self
    }

    /// Returns the error with its causes, in one line.
    pub fn words(&self) -> String {
        let causes: Vec<String> = self.error.chain().map(ToString::to_string).collect();
        causes.join(": ")
    }

    /// Returns the same failure once more, for who has it only on loan.
    pub fn again(&self) -> Failure {
        Failure {
            exit: self.exit,
            error: anyhow::Error::msg(self.words()),
            hint: self.hint.clone(),
        }
    }

    /// Prints the error with its causes, and the hint, to stderr.
    pub fn report(&self, context: &Context) {
        // The reader of a pipe that went away needs no words.
        if self.exit == Exit::Done {
            return;
        }
        let mut text = format!("error: {}", self.words());
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\nhint: {hint}"));
        }
        context.note(&text);
    }
}

impl From<StackError> for Failure {
    fn from(error: StackError) -> Failure {
        let hint = match &error {
            StackError::Held { .. } => {
                Some("stop the other one, or choose another folder with --data-dir")
            }
            StackError::Key => Some(
                "give it letters, digits and signs alone, such as what `openssl rand -hex 20` prints",
            ),
            StackError::Open(_) => {
                Some("update cruddurctl, or choose another folder with --data-dir")
            }
            StackError::Port(_)
            | StackError::GrpcPort(_)
            | StackError::DaemonPort(_)
            | StackError::Folder { .. }
            | StackError::Store(_) => None,
        };
        let failure = Failure::new(Exit::Failed, error.into());
        match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<TakenPort> for Failure {
    fn from(error: TakenPort) -> Failure {
        Failure::new(Exit::Failed, error.into())
    }
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Failure {
        let (exit, hint) = match &error {
            AwsError::Unreachable { .. } | AwsError::Timeout => (
                Exit::Unreachable,
                "check the address in AWS_ENDPOINT_URL and the network, or work locally with --target local",
            ),
            AwsError::Credentials { .. } => (
                Exit::Credentials,
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or work locally with --target local",
            ),
            AwsError::Region => (
                Exit::Credentials,
                "set AWS_REGION, or give your AWS profile a region; credentials are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
            ),
            AwsError::Throttled { .. } | AwsError::Failing { .. } => {
                (Exit::Failed, "try again in a minute")
            }
            AwsError::Refused { .. } | AwsError::Odd { .. } => {
                return Failure::new(Exit::Failed, error.into());
            }
        };
        Failure::new(exit, error.into()).with_hint(hint)
    }
}

impl From<HoneycombError> for Failure {
    fn from(error: HoneycombError) -> Failure {
        let (exit, hint) = match &error {
            HoneycombError::Unreachable { .. } => (
                Exit::Unreachable,
                "check HONEYCOMB_API_ENDPOINT and the network, or ask the local stack with --target local",
            ),
            HoneycombError::Cut { .. } => (
                Exit::Unreachable,
                "check the network and what stands in between, such as a proxy; a smaller answer may pass: --limit 10, or --output csv, which needs no series",
            ),
            HoneycombError::TooSlow { .. } => (
                Exit::Unreachable,
                "ask about less: --last 15m, or more --where; or wait longer, as in --timeout 2m",
            ),
            HoneycombError::Unauthorized { address, looks, .. } => {
                (Exit::Credentials, key_hint(address, *looks))
            }
            HoneycombError::Forbidden { .. } => (
                Exit::Credentials,
                "the key needs the permissions \"Manage Queries and Columns\" and \"Run Queries\", and the team the Enterprise plan; the local stack answers the same query: --target local",
            ),
            HoneycombError::RateLimited { wait, .. } => {
                let hint = match wait {
                    Some(wait) => format!("it asks to come again in {} s", wait.as_secs()),
                    None => {
                        "Honeycomb runs ten queries a minute; try again in a minute".to_string()
                    }
                };
                return Failure::new(Exit::Failed, error.into()).with_hint(hint);
            }
            HoneycombError::Failing { .. } => (
                Exit::Failed,
                "try again in a few minutes; https://status.honeycomb.io says whether Honeycomb knows",
            ),
            HoneycombError::NotJson { .. } => (
                Exit::Failed,
                "check HONEYCOMB_API_ENDPOINT: it should be https://api.honeycomb.io or https://api.eu1.honeycomb.io, and no proxy or login should stand in between",
            ),
            HoneycombError::Failed { .. } => (
                Exit::Failed,
                "ask about less: --last 15m, or fewer columns in --by",
            ),
            HoneycombError::NoSuchDataset { .. }
            | HoneycombError::Invalid { .. }
            | HoneycombError::Odd { .. } => {
                return Failure::new(Exit::Failed, error.into());
            }
        };
        Failure::new(exit, error.into()).with_hint(hint)
    }
}

// Keys are of one region, and only some ask questions.
fn key_hint(address: &str, looks: Option<KeyKind>) -> &'static str {
    match (looks, address) {
        (Some(KeyKind::Management), _) => {
            "HONEYCOMB_API_KEY looks like a management key, which queries do not take; they need a configuration key of the environment"
        }
        (_, "api.honeycomb.io") => {
            "check HONEYCOMB_API_KEY; a key of an EU team is only known there: HONEYCOMB_API_ENDPOINT=https://api.eu1.honeycomb.io"
        }
        (_, "api.eu1.honeycomb.io") => {
            "check HONEYCOMB_API_KEY; a key of a US team is only known there: HONEYCOMB_API_ENDPOINT=https://api.honeycomb.io"
        }
        (Some(KeyKind::Ingest), _) => {
            "HONEYCOMB_API_KEY looks like an ingest key; queries need a configuration key of the environment"
        }
        _ => {
            "check HONEYCOMB_API_KEY and HONEYCOMB_API_ENDPOINT: a key is only known in its own region, https://api.honeycomb.io or https://api.eu1.honeycomb.io"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_one_region_does_not_know_may_be_of_the_other() {
        let us = key_hint("api.honeycomb.io", None);
        assert!(us.contains("=https://api.eu1.honeycomb.io"), "{us}");
        let eu = key_hint("api.eu1.honeycomb.io", Some(KeyKind::Ingest));
        assert!(eu.contains("=https://api.honeycomb.io"), "{eu}");
        let management = key_hint("api.honeycomb.io", Some(KeyKind::Management));
        assert!(management.contains("management key"), "{management}");
    }
}
