//! Log groups and log lines.

/// The log group of week 2.
pub const CRUDDUR_LOG_GROUP: &str = "cruddur";
/// How many days it keeps lines if no one says: the service's own default, for ever, costs money for ever.
pub const CRUDDUR_RETENTION_DAYS: u32 = 7;

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

/// The longest name of a log group or stream, in characters.
pub const NAME_MAX_CHARS: usize = 512;

/// Checks the name of a log group.
///
/// Source: CloudWatch Logs API, CreateLogGroup.
///
/// # Errors
/// A sentence's fragment that names what was given and what is wrong with it.
pub fn check_group_name(name: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    check_length("log group", name)?;
    match name.chars().find(|&c| !is_allowed(c)) {
        Some(odd) => Err(format!(
            "a log group's name cannot hold {odd:?}: `{name}`; letters, digits and .-_/# can be in it"
        )),
        None if name.starts_with("aws/") => Err(format!(
            "a log group's name cannot begin with aws/: `{name}`"
        )),
        None => Ok(()),
    }
}

/// Checks the name of a log stream.
///
/// Source: CloudWatch Logs API, CreateLogStream.
///
/// # Errors
/// A sentence's fragment that names what was given and what is wrong with it.
pub fn check_stream_name(name: &str) -> Result<(), String> {
    check_length("log stream", name)?;
    match name.chars().find(|c| matches!(c, ':' | '*')) {
        Some(odd) => Err(format!(
            "a log stream's name cannot hold {odd:?}: `{name}`; write `{}`",
            name.replace([':', '*'], "-")
        )),
        None => Ok(()),
    }
}

fn check_length(what: &str, name: &str) -> Result<(), String> {
    match name.chars().count() {
        0 => Err(format!("a {what}'s name cannot be empty")),
        1..=NAME_MAX_CHARS => Ok(()),
        n => Err(format!(
            "a {what}'s name has {NAME_MAX_CHARS} characters at most, and this one has {n}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_service_takes() {
        let long = "x".repeat(512);
        for name in ["cruddur", "/ecs/a.b-c_d#1", &long] {
            assert_eq!(check_group_name(name), Ok(()));
            assert_eq!(check_stream_name(name), Ok(()));
        }
        assert_eq!(check_stream_name("a b [1] $LATEST \u{e9}"), Ok(()));
        for name in ["", "a b", "a:b", "\u{e9}", "aws/x", &format!("{long}x")] {
            assert!(check_group_name(name).is_err(), "{name}");
        }
        for (name, says) in [("", "empty"), ("a:b", "`a-b`"), ("*", "'*'")] {
            let error = check_stream_name(name).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        assert!(check_stream_name(&format!("{long}x")).is_err());
    }
}
