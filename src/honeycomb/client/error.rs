//! Why a question got no answer.

use std::time::Duration;

use crate::model::foreign::Foreign;

/// Why a question got no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HoneycombError {
    /// Nobody answered.
    #[error("cannot reach {address}: {reason}")]
    Unreachable {
        /// Where we tried.
        address: String,
        /// What happened.
        reason: Foreign,
    },
    /// An answer began and did not end, again and again.
    #[error("the answer of {address} broke off in the middle: {reason}")]
    Cut {
        /// Who answered.
        address: String,
        /// What happened.
        reason: Foreign,
    },
    /// The key is unknown there.
    #[error("{address} rejected the key: {message}")]
    Unauthorized {
        /// Who rejected it.
        address: String,
        /// What it said.
        message: Foreign,
        /// What the key looks like, if that explains it.
        looks: Option<KeyKind>,
    },
    /// The key is known but may not do this, or the plan does not have it.
    #[error("{address} does not allow this: {message}")]
    Forbidden {
        /// Who refused.
        address: String,
        /// What it said.
        message: Foreign,
    },
    /// There is no such dataset.
    #[error("{address} has no dataset {dataset}")]
    NoSuchDataset {
        /// Who was asked.
        address: String,
        /// For what.
        dataset: String,
    },
    /// The question is wrong, in one or more ways.
    #[error("the query was refused: {}", listed(problems))]
    Invalid {
        /// Each with its field.
        problems: Vec<Foreign>,
    },
    /// Too many questions in a minute.
    #[error("{address} takes no more queries for now: {message}")]
    RateLimited {
        /// Who asks for patience.
        address: String,
        /// What it said.
        message: Foreign,
        /// How long it asks to wait, if it says.
        wait: Option<Duration>,
    },
    /// The other side is not well, however often it is asked.
    #[error("{address} is not well: HTTP status {status}{}: {message}", each_of(*n_tries))]
    Failing {
        /// Who fails.
        address: String,
        /// The last status.
        status: u16,
        /// How often it was asked.
        n_tries: u32,
        /// What it said.
        message: Foreign,
    },
    /// The query ran and failed.
    #[error("the query failed: {message}")]
    Failed {
        /// What the service said.
        message: Foreign,
    },
    /// It ran longer than we wait.
    #[error("the query was not done within {} s", waited.as_secs_f64())]
    TooSlow {
        /// How long we waited.
        waited: Duration,
    },
    /// Whoever answered does not speak this API.
    #[error("{address} answered with {what} where JSON was due")]
    NotJson {
        /// Who answered.
        address: String,
        /// What came: `a web page`.
        what: &'static str,
    },
    /// The answer is not what the API promises.
    #[error("{address} answered something odd: {what}")]
    Odd {
        /// Who answered.
        address: String,
        /// What was odd.
        what: Foreign,
    },
}

fn listed(problems: &[Foreign]) -> String {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    problems.join("; ")
}

fn each_of(n_tries: u32) -> String {
    match n_tries {
        0 | 1 => String::new(),
        n => format!(" each of {n} times"),
    }
}

/// A kind of key that one can tell by its looks and that asks no questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// For sending events.
    Ingest,
    /// For the team's environments and keys.
    Management,
}

impl KeyKind {
    /// Returns the kind of a key that shows it.
    ///
    /// Source: the prefixes in Honeycomb's documentation, Authentication: `hc`, a letter, two letters for the
    /// kind, an underscore.
    pub fn of(key: &str) -> Option<KeyKind> {
        let rest = key.strip_prefix("hc")?;
        let mut letters = rest.chars();
        letters.next().filter(char::is_ascii_lowercase)?;
        match letters.as_str() {
            rest if rest.starts_with("ik_") || rest.starts_with("ic_") => Some(KeyKind::Ingest),
            rest if rest.starts_with("mk_") => Some(KeyKind::Management),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_cannot_ask_are_known_by_their_looks() {
        for (key, kind) in [
            ("hcaik_01h", Some(KeyKind::Ingest)),
            ("hcbic_01h", Some(KeyKind::Ingest)),
            ("hcamk_01h:secret", Some(KeyKind::Management)),
            ("hcalk_01h", None),
            ("hc", None),
            ("hc\u{e4}ik_", None),
            ("AbCdEfGhIjKlMnOpQrStUv", None),
        ] {
            assert_eq!(KeyKind::of(key), kind, "{key}");
        }
    }
}
