//! The present moment, in the unit that every room counts in.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Returns the present moment in nanoseconds since the epoch.
///
/// A clock before 1970 counts as 1970, one after 2262 as 2262.
pub fn now() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}

/// Returns how many nanoseconds have passed since this was first called: a clock that is never set.
pub fn passed() -> i64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let passed = FIRST.get_or_init(Instant::now).elapsed();
    i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX)
}
