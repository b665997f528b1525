//! Log groups and log lines.

/// The log group of week 2.
pub const CRUDDUR_LOG_GROUP: &str = "cruddur";

/// The days that CloudWatch Logs can keep events for; nothing between is allowed.
///
/// Source: CloudWatch Logs API, PutRetentionPolicy.
pub const RETENTION_DAYS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// One line of a log stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// The line, without its end.
    pub message: String,
}

/// A log group as it is or should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// 1 to 512 of `.-_/#A-Za-z0-9`.
    pub name: String,
    /// How long events are kept; `None` is for ever, which costs money for ever.
    pub retention_days: Option<u32>,
}
