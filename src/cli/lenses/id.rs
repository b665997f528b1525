//! Which trace is meant, and when it must have been.

use crate::cli::failure::{Exit, Failure};
use crate::clock::now;
use crate::model::time::{SECOND, rfc3339};
use crate::model::trace_id::{hex_from_xray, trace_ids_in};

/// X-Ray keeps traces for 30 days. Source: AWS X-Ray endpoints and quotas.
pub const KEPT_SECONDS: i64 = 30 * 86_400;
/// Who makes ids may have a clock that is ahead.
const AHEAD_SECONDS: i64 = 3_600;

/// Reads a trace id as it is written anywhere, and returns it in X-Ray's form.
///
/// In X-Ray's form or W3C's, alone or in the value of a `traceparent` or an `X-Amzn-Trace-Id`, of which the
/// root counts.
///
/// # Errors
/// If there is none, or it is the id of requests that were not sampled.
pub fn trace_id(text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let root = text.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_root = name.trim().to_ascii_lowercase().ends_with("root");
        is_root.then_some(value)
    });
    let found = trace_ids_in(root.unwrap_or(text));
    if let Some((_, id)) = found.first()
        && found.iter().all(|(_, other)| other == id)
    {
        return Ok(id.clone());
    }
    if text.contains("1-00000000-000000000000000000000000") || text.contains(&"0".repeat(32)) {
        let message = "the id of zeros is no trace: it answers a request that was not sampled";
        return Err(Failure::of(Exit::Failed, message)
            .with_hint("`cruddurctl xray traces` lists those that were; `cruddurctl trace --last` shows the newest request"));
    }
    let message = format!("`{text}` is not a trace id");
    Err(Failure::of(Exit::Usage, message).with_hint(
        "a trace id is 1-5759e988-bd862e3fe1be46a994272793, or the same 32 digits without 1 and dashes, or a traceparent or X-Amzn-Trace-Id with one; --last takes the newest request",
    ))
}

/// Returns when a trace began, nanoseconds since the epoch, by what X-Ray has an id begin with.
pub fn began(id: &str) -> Option<i64> {
    let hex = hex_from_xray(id)?;
    let seconds = i64::from_str_radix(hex.get(..8)?, 16).ok()?;
    seconds.checked_mul(SECOND)
}

/// The same if it may be true: not ahead of the clock, and of the last `days`.
pub fn began_lately(id: &str, days: i64, now: i64) -> Option<i64> {
    let latest = now.saturating_add(AHEAD_SECONDS * SECOND);
    let earliest = now.saturating_sub(days.saturating_mul(86_400 * SECOND));
    began(id).filter(|began| (earliest..latest).contains(began))
}

/// Says that X-Ray does not have a trace, and why that may be.
pub fn not_there(id: &str) -> Failure {
    let failure = Failure::of(Exit::Failed, format!("there is no trace {id}"));
    let began = began(id).unwrap_or_default();
    let age_seconds = now().saturating_sub(began) / SECOND;
    failure.with_hint(if (KEPT_SECONDS..400 * 86_400).contains(&age_seconds) {
        format!(
            "if its id begins with the second it was made in, as those of X-Ray's SDKs do, it began at {}, and X-Ray keeps traces for 30 days",
            rfc3339(began)
        )
    } else {
        "the request may not have been sampled, or have gone to another region (AWS_REGION); `cruddurctl xray traces` lists what is there".to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1-5759e988-bd862e3fe1be46a994272793";
    const HEX: &str = "5759e988bd862e3fe1be46a994272793";

    #[test]
    fn an_id_is_read_in_whatever_it_comes() {
        for text in [
            ID.to_string(),
            "5759E988bd862e3fe1be46a994272793".to_string(),
            format!(" {HEX}\n"),
            format!("00-{HEX}-53995c3f42cd8ad8-01"),
            format!("traceparent: 00-{HEX}-53995c3f42cd8ad8-01"),
            format!("Root={ID};Parent=53995c3f42cd8ad8;Sampled=1"),
            format!("X-Amzn-Trace-Id: Self=1-67891234-12456789abcdef012345678a;Root={ID}"),
        ] {
            assert_eq!(trace_id(&text).ok().as_deref(), Some(ID), "{text}");
        }
        for text in ["15m", "1-00000000-000000000000000000000000", "", "Root="] {
            assert!(trace_id(text).is_err(), "{text}");
        }
        let two = format!("{ID} 1-67891234-12456789abcdef012345678a");
        assert!(trace_id(&two).is_err());
    }

    #[test]
    fn an_id_says_when_it_was_made_unless_it_cannot_be_true() {
        let made = 1_465_510_280 * SECOND;
        assert_eq!(began_lately(ID, 30, made + 86_400 * SECOND), Some(made));
        assert_eq!(began_lately(ID, 30, made + 31 * 86_400 * SECOND), None);
        assert_eq!(
            began_lately(ID, 30, made - 2 * AHEAD_SECONDS * SECOND),
            None
        );
    }
}
