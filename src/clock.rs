//! The present moment, in the unit that every room counts in.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the present moment in nanoseconds since the epoch.
///
/// A clock before 1970 counts as 1970, one after 2262 as 2262.
pub fn now() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}
