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

/// How a log group stores its lines, and what it can do with them. A group keeps its class for life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogClass {
    /// Everything.
    Standard,
    /// Half the price, without live tail, metric filters and other things.
    InfrequentAccess,
    /// Only passed on.
    Delivery,
    /// A part of the features.
    Essentials,
}

impl LogClass {
    /// All of them. Source: CloudWatch Logs API, CreateLogGroup.
    pub const ALL: [LogClass; 4] = [
        LogClass::Standard,
        LogClass::InfrequentAccess,
        LogClass::Delivery,
        LogClass::Essentials,
    ];

    /// Returns the API's name.
    pub fn name(self) -> &'static str {
        match self {
            LogClass::Standard => "STANDARD",
            LogClass::InfrequentAccess => "INFREQUENT_ACCESS",
            LogClass::Delivery => "DELIVERY",
            LogClass::Essentials => "ESSENTIALS",
        }
    }
}

/// A log group as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// 1 to 512 of `.-_/#A-Za-z0-9`.
    pub name: String,
    /// How long events are kept; `None` is for ever, which costs money for ever.
    pub retention_days: Option<u32>,
    /// Its class as the API names it; empty if the service did not say.
    pub class: String,
    /// The ARN of the key that encrypts its lines; `None` for the service's own.
    pub kms_key: Option<String>,
    /// Whether it cannot be deleted.
    pub is_protected: bool,
}
