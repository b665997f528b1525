//! TestMetricFilter: which of some lines match a pattern, and what it extracts from them.

use serde_json::{Map, Value, json};

use super::pattern::PatternUse;
use super::server_refusal::{Refusal, filter_pattern, required};
use super::wire::TestMetricFilter;

/// TestMetricFilter: lines are counted from 1, as recorded; the API reference's examples count from 0.
pub fn test(request: TestMetricFilter) -> Result<Value, Refusal> {
    let pattern = required("filterPattern", &request.filter_pattern)?;
    let messages = required("logEventMessages", &request.log_event_messages)?;
    let pattern = filter_pattern(Some(pattern), PatternUse::MetricFilter)?;
    let matches = messages.iter().enumerate().filter_map(|(idx, message)| {
        let extracted = pattern.extracted(message)?;
        let extracted: Map<String, Value> = extracted
            .into_iter()
            .map(|(name, text)| (name, Value::String(text)))
            .collect();
        Some(json!({
            "eventNumber": idx + 1,
            "eventMessage": message,
            "extractedValues": extracted,
        }))
    });
    Ok(json!({"matches": matches.collect::<Vec<Value>>()}))
}
