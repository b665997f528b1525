//! CloudWatch Logs' JSON requests, and the limits that both ends keep to.
//!
//! AWS JSON 1.1: the operation is in a header, names are in camel case. Limits: CloudWatch Logs API
//! reference, each operation's page.

#![allow(
    missing_docs,
    reason = "members are described in the API reference, under the same names"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The most events in one PutLogEvents.
pub const BATCH_MAX_EVENTS: usize = 10_000;
/// The most bytes in one PutLogEvents, counting [`EVENT_OVERHEAD_BYTES`] for each event.
pub const BATCH_MAX_BYTES: usize = 1_048_576;
/// The most bytes of one event, its overhead included; 262,144 until April 2025.
pub const EVENT_MAX_BYTES: usize = 1_048_576;
/// What each event counts besides its message's UTF-8 bytes.
pub const EVENT_OVERHEAD_BYTES: usize = 26;
/// The longest time between the first and the last event of a batch.
pub const BATCH_MAX_SPAN_MS: i64 = 24 * HOUR_MS;
/// Events older than this are rejected.
pub const TOO_OLD_MS: i64 = 14 * 24 * HOUR_MS;
/// Events further ahead than this are rejected.
pub const TOO_NEW_MS: i64 = 2 * HOUR_MS;
/// The most events in one answer.
pub const PAGE_MAX_EVENTS: usize = 10_000;
/// The most bytes of events in one answer.
pub const PAGE_MAX_BYTES: usize = 1_048_576;
/// The most log groups or streams in one answer, and the number given if none is asked for.
pub const PAGE_MAX_NAMES: usize = 50;
pub use crate::model::log::NAME_MAX_CHARS;

const HOUR_MS: i64 = 3_600_000;

/// Names a log group: by its name, or by name or ARN in `log_group_identifier`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupName {
    /// The name.
    pub log_group_name: Option<String>,
    /// Name or ARN.
    pub log_group_identifier: Option<String>,
}

/// CreateLogGroup.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateLogGroup {
    pub log_group_name: Option<String>,
    pub log_group_class: Option<String>,
    pub kms_key_id: Option<String>,
    pub tags: Option<BTreeMap<String, String>>,
    pub deletion_protection_enabled: Option<bool>,
}

/// DescribeLogGroups.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DescribeLogGroups {
    pub log_group_name_prefix: Option<String>,
    pub log_group_name_pattern: Option<String>,
    pub log_group_identifiers: Option<Vec<String>>,
    pub log_group_class: Option<String>,
    pub include_linked_accounts: Option<bool>,
    pub account_identifiers: Option<Vec<String>>,
    pub limit: Option<i64>,
    pub next_token: Option<String>,
}

/// ListLogGroups.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListLogGroups {
    pub log_group_name_pattern: Option<String>,
    pub log_group_class: Option<String>,
    pub include_linked_accounts: Option<bool>,
    pub account_identifiers: Option<Vec<String>>,
    pub data_sources: Option<Vec<serde_json::Value>>,
    pub field_index_names: Option<Vec<String>>,
    pub log_group_tags: Option<Vec<TagFilter>>,
    pub limit: Option<i64>,
    pub next_token: Option<String>,
}

/// One condition of ListLogGroups on a tag.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct TagFilter {
    pub key: Option<String>,
    /// Texts with `*` at either end, after `!` if they must not be; none is any.
    pub values: Option<Vec<String>>,
}

impl TagFilter {
    /// Tells whether some tags satisfy it: one of the values that must be, and none that must not.
    pub fn holds(&self, tags: &BTreeMap<String, String>) -> bool {
        let Some(value) = self.key.as_ref().and_then(|key| tags.get(key)) else {
            return false;
        };
        let fits = |asked: &str| match (asked.strip_prefix('*'), asked.strip_suffix('*')) {
            (Some(rest), Some(_)) => value.contains(rest.strip_suffix('*').unwrap_or(rest)),
            (Some(end), None) => value.ends_with(end),
            (None, Some(start)) => value.starts_with(start),
            (None, None) => value == asked,
        };
        let (excluded, wanted): (Vec<&String>, Vec<&String>) = self
            .values
            .iter()
            .flatten()
            .partition(|it| it.starts_with('!'));
        (wanted.is_empty() || wanted.iter().any(|it| fits(it)))
            && !excluded.iter().any(|it| fits(it.trim_start_matches('!')))
    }
}

/// TestMetricFilter.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TestMetricFilter {
    pub filter_pattern: Option<String>,
    pub log_event_messages: Option<Vec<String>>,
}

/// PutRetentionPolicy.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PutRetentionPolicy {
    pub log_group_name: Option<String>,
    pub retention_in_days: Option<i64>,
}

/// TagResource, UntagResource, ListTagsForResource and their older kin, which name the group.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tagging {
    pub resource_arn: Option<String>,
    pub log_group_name: Option<String>,
    /// To add: a map. To take away, in the older operation: a list of keys.
    pub tags: Option<serde_json::Value>,
    pub tag_keys: Option<Vec<String>>,
}

/// CreateLogStream and DeleteLogStream.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StreamName {
    pub log_group_name: Option<String>,
    pub log_stream_name: Option<String>,
}

/// DescribeLogStreams.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DescribeLogStreams {
    #[serde(flatten)]
    pub group: GroupName,
    pub log_stream_name_prefix: Option<String>,
    pub order_by: Option<String>,
    pub descending: Option<bool>,
    pub limit: Option<i64>,
    pub next_token: Option<String>,
}

/// PutLogEvents.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PutLogEvents {
    pub log_group_name: Option<String>,
    pub log_stream_name: Option<String>,
    pub log_events: Option<InputLogEvents>,
    /// Ignored, as by the service.
    pub sequence_token: Option<String>,
    /// What sent the events; checked, and not kept.
    pub entity: Option<serde_json::Value>,
}

/// The events of PutLogEvents. Of more than a batch may have only the number is kept: two bytes of a request could
/// otherwise become many in memory.
#[derive(Debug, Default)]
pub struct InputLogEvents {
    /// The first [`BATCH_MAX_EVENTS`].
    pub events: Vec<InputLogEvent>,
    /// How many there are.
    pub n_events: usize,
}

impl<'de> Deserialize<'de> for InputLogEvents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<InputLogEvents, D::Error> {
        struct Bounded;
        impl<'de> Visitor<'de> for Bounded {
            type Value = InputLogEvents;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<InputLogEvents, A::Error> {
                let mut taken = InputLogEvents::default();
                while taken.n_events < BATCH_MAX_EVENTS {
                    let Some(event) = list.next_element()? else {
                        return Ok(taken);
                    };
                    taken.events.push(event);
                    taken.n_events += 1;
                }
                while list.next_element::<IgnoredAny>()?.is_some() {
                    taken.n_events += 1;
                }
                Ok(taken)
            }
        }
        deserializer.deserialize_seq(Bounded)
    }
}

/// One event of PutLogEvents.
#[derive(Debug, Default)]
pub struct InputLogEvent {
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    pub message: Option<String>,
}

// By hand, since a list would be taken for the members in their order; `null` is an event without any.
impl<'de> Deserialize<'de> for InputLogEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<InputLogEvent, D::Error> {
        struct OfMembers;
        impl<'de> Visitor<'de> for OfMembers {
            type Value = InputLogEvent;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an event with timestamp and message")
            }

            fn visit_unit<E>(self) -> Result<InputLogEvent, E> {
                Ok(InputLogEvent::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InputLogEvent, A::Error> {
                let mut event = InputLogEvent::default();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    match &*name {
                        "timestamp" => event.timestamp = map.next_value()?,
                        "message" => event.message = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(event)
            }
        }
        deserializer.deserialize_any(OfMembers)
    }
}

/// GetLogEvents.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GetLogEvents {
    #[serde(flatten)]
    pub group: GroupName,
    pub log_stream_name: Option<String>,
    /// Milliseconds since the epoch, inclusive.
    pub start_time: Option<i64>,
    /// Milliseconds since the epoch, exclusive.
    pub end_time: Option<i64>,
    pub start_from_head: Option<bool>,
    pub limit: Option<i64>,
    pub next_token: Option<String>,
}

/// FilterLogEvents.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FilterLogEvents {
    #[serde(flatten)]
    pub group: GroupName,
    pub log_stream_names: Option<Vec<String>>,
    pub log_stream_name_prefix: Option<String>,
    /// Milliseconds since the epoch, inclusive.
    pub start_time: Option<i64>,
    /// Milliseconds since the epoch, inclusive too.
    pub end_time: Option<i64>,
    pub filter_pattern: Option<String>,
    pub start_from_head: Option<bool>,
    pub limit: Option<i64>,
    pub next_token: Option<String>,
}

/// StartLiveTail.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StartLiveTail {
    pub log_group_identifiers: Option<Vec<String>>,
    pub log_stream_names: Option<Vec<String>>,
    pub log_stream_name_prefixes: Option<Vec<String>>,
    pub log_event_filter_pattern: Option<String>,
}

/// StartQuery.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StartQuery {
    pub log_group_name: Option<String>,
    pub log_group_names: Option<Vec<String>>,
    pub log_group_identifiers: Option<Vec<String>>,
    /// Seconds since the epoch, inclusive.
    pub start_time: Option<i64>,
    /// Seconds since the epoch, inclusive.
    pub end_time: Option<i64>,
    pub query_string: Option<String>,
    pub query_language: Option<String>,
    pub limit: Option<i64>,
}

/// GetQueryResults and StopQuery, and ListLogGroupsForQuery.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QueryId {
    pub query_id: Option<String>,
    pub next_token: Option<String>,
    pub max_items: Option<i64>,
    pub max_results: Option<i64>,
}

/// DescribeQueries.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DescribeQueries {
    pub log_group_name: Option<String>,
    pub status: Option<String>,
    pub query_language: Option<String>,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

/// GetLogRecord.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GetLogRecord {
    pub log_record_pointer: Option<String>,
}

/// AssociateKmsKey and DisassociateKmsKey.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KmsKey {
    pub log_group_name: Option<String>,
    /// An ARN of a log group, or of all query results.
    pub resource_identifier: Option<String>,
    pub kms_key_id: Option<String>,
}

/// PutLogGroupDeletionProtection.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeletionProtection {
    /// Name or ARN.
    pub log_group_identifier: Option<String>,
    pub deletion_protection_enabled: Option<bool>,
}
