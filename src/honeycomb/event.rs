//! Reads the events that are sent to Honeycomb's own ingest.
//!
//! Source: Honeycomb's OpenAPI document, Events; how a time is read, its open-source sampling proxy.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::wire::value_from_json;
use crate::model::span::{Event, Value};
use crate::model::time::parse_rfc3339;

/// The most fields of one event.
pub const MOST_FIELDS: usize = 2_000;
/// The longest event, in bytes of JSON before any compression.
pub const MOST_EVENT_BYTES: usize = 1_000_000;
/// The longest batch, likewise.
pub const MOST_BATCH_BYTES: usize = 5_000_000;
/// The most events of one batch. The service names no such limit; ours keeps the answer, which has a
/// status for each, from being many times as long as the question.
pub const MOST_BATCH_EVENTS: usize = 100_000;
/// Texts are cut at this many bytes.
pub const LONGEST_TEXT: usize = 65_535;

/// Why an event is not taken. The first four texts are the service's own.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// There is nothing in it.
    #[error("Request body should not be empty.")]
    Empty,
    /// It has more than [`MOST_FIELDS`].
    #[error("Event has too many columns.")]
    TooManyFields,
    /// It is not JSON, or not an object.
    #[error("Request body is malformed and cannot be read.")]
    Malformed,
    /// It is longer than [`MOST_EVENT_BYTES`], or has more than [`MOST_BATCH_EVENTS`].
    #[error("Request body is too large.")]
    TooLarge,
    /// Its time is in no form that we know.
    #[error("the time must be RFC 3339 or seconds since the epoch")]
    Time,
    /// Its sample rate is no whole number.
    #[error("the sample rate must be a whole number")]
    SampleRate,
    /// It would go past a limit of the store.
    #[error("{0}")]
    Excess(String),
}

/// What holds for every event of a request.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The time of an event without one, in nanoseconds since the epoch.
    pub now: i64,
    /// How deep objects are unpacked: at 1, `{"a": {"b": {"c": 2}}}` is a field `a.b` with JSON in it.
    pub expand_json_depth: usize,
}

/// Reads one event, a JSON object of its fields; `time` and `sample_rate` are what came beside it.
///
/// A field of null is passed over, one that is an array, or an object beyond the depth of `rules`, becomes
/// its JSON as text.
///
/// # Errors
/// See [`EventError`].
pub fn event(
    fields: &[u8],
    time: Option<&str>,
    sample_rate: Option<&str>,
    rules: Rules,
) -> Result<Event, EventError> {
    if fields.trim_ascii().is_empty() {
        return Err(EventError::Empty);
    }
    if fields.len() > MOST_EVENT_BYTES {
        return Err(EventError::TooLarge);
    }
    let fields: Map<String, Json> =
        serde_json::from_slice(fields).map_err(|_| EventError::Malformed)?;
    if fields.is_empty() {
        return Err(EventError::Empty);
    }
    if fields.len() > MOST_FIELDS {
        return Err(EventError::TooManyFields);
    }
    let time = match time.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => time_of(text).ok_or(EventError::Time)?,
        None => rules.now,
    };
    let sample_rate = match sample_rate.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => rate_of(text).ok_or(EventError::SampleRate)?,
        None => 1,
    };
    let mut unpacked = Unpacked::default();
    for (name, value) in fields {
        put_json(&mut unpacked, name, value, rules.expand_json_depth)?;
    }
    Ok(Event {
        time,
        sample_rate,
        fields: unpacked.fields,
    })
}

fn put_json(
    unpacked: &mut Unpacked,
    name: String,
    value: Json,
    depth: usize,
) -> Result<(), EventError> {
    if name.is_empty() {
        return Ok(());
    }
    match value {
        Json::Object(inner) if depth > 0 && !inner.is_empty() => {
            for (inner_name, value) in inner {
                put_json(unpacked, format!("{name}.{inner_name}"), value, depth - 1)?;
            }
            Ok(())
        }
        value => match field_value(value) {
            Some(value) => unpacked.put(name, value),
            None => Ok(()),
        },
    }
}

/// The fields of an event, one after another.
#[derive(Debug, Default)]
pub struct Unpacked {
    /// In the order in which they came.
    pub fields: Vec<(Arc<str>, Value)>,
    names: HashSet<Arc<str>>,
}

impl Unpacked {
    /// Adds a field; of two that have one name, the first stays.
    ///
    /// # Errors
    /// `TooManyFields` when there are [`MOST_FIELDS`] already: objects may have many.
    pub fn put(&mut self, name: String, value: Value) -> Result<(), EventError> {
        let name: Arc<str> = name.into();
        if self.names.insert(name.clone()) {
            if self.fields.len() == MOST_FIELDS {
                return Err(EventError::TooManyFields);
            }
            self.fields.push((name, value));
        }
        Ok(())
    }
}

/// Reads a batch: a JSON array of objects with `data`, `time` and `samplerate`. Returns one result for
/// each, in the same order.
///
/// # Errors
/// `Empty`, `Malformed` or `TooLarge` if it is no batch at all.
pub fn batch(body: &[u8], rules: Rules) -> Result<Vec<Result<Event, EventError>>, EventError> {
    if body.trim_ascii().is_empty() {
        return Err(EventError::Empty);
    }
    let items: Vec<&RawValue> = serde_json::from_slice(body).map_err(|_| EventError::Malformed)?;
    if items.len() > MOST_BATCH_EVENTS {
        return Err(EventError::TooLarge);
    }
    Ok(items
        .into_iter()
        .map(|item| batch_item(item, rules))
        .collect())
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    time: Option<Json>,
    samplerate: Option<Json>,
}

fn batch_item(item: &RawValue, rules: Rules) -> Result<Event, EventError> {
    let item: Item<'_> = serde_json::from_str(item.get()).map_err(|_| EventError::Malformed)?;
    let data = item.data.ok_or(EventError::Empty)?;
    let time = item.time.map(plain_text);
    let sample_rate = item.samplerate.map(plain_text);
    event(
        data.get().as_bytes(),
        time.as_deref(),
        sample_rate.as_deref(),
        rules,
    )
}

// In JSON a time or a rate is text or a number; as headers they are text.
fn plain_text(json: Json) -> String {
    match json {
        Json::String(text) => text,
        json => json.to_string(),
    }
}

fn field_value(json: Json) -> Option<Value> {
    let text = match json {
        Json::Null => return None,
        Json::Bool(_) | Json::Number(_) => return value_from_json(&json),
        Json::String(text) => text,
        json @ (Json::Array(_) | Json::Object(_)) => json.to_string(),
    };
    Some(text_value(&text))
}

/// Returns a text as a value, cut if it is too long.
pub fn text_value(text: &str) -> Value {
    let end = text.floor_char_boundary(LONGEST_TEXT);
    Value::Str(Arc::from(text.get(..end).unwrap_or_default()))
}

/// Reads a sample rate; one of nought or less stands for itself alone, as in OpenTelemetry's spans.
pub fn rate_of(text: &str) -> Option<u32> {
    let rate: f64 = text.parse().ok()?;
    let most = f64::from(i32::MAX);
    (rate.fract() == 0.0).then(|| rate.clamp(1.0, most) as u32)
}

/// Reads a moment: RFC 3339, or seconds since the epoch with or without a fraction. Of more than ten
/// digits in a row, the ones after the tenth are the fraction, so that milli-, micro- and nanoseconds
/// are read too.
///
/// Returns nanoseconds since the epoch.
pub fn time_of(text: &str) -> Option<i64> {
    if let Some(moment) = parse_rfc3339(text) {
        return Some(moment);
    }
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match text.split_once('.') {
        Some(parts) => parts,
        None if are_digits(text) && text.len() > 10 => text.split_at(10),
        None => (text, ""),
    };
    if !whole.is_empty() && are_digits(whole) && are_digits(fraction) {
        // Digits, not a double: a double of today's seconds knows no steps below 200 nanoseconds.
        let nanoseconds: String = fraction
            .chars()
            .chain("000000000".chars())
            .take(9)
            .collect();
        let whole: i64 = whole.parse().ok()?;
        return whole
            .checked_mul(1_000_000_000)?
            .checked_add(nanoseconds.parse().ok()?);
    }
    // What is left are signs and exponents.
    let seconds: f64 = text.parse().ok()?;
    let nanoseconds = seconds * 1e9;
    (nanoseconds.abs() < i64::MAX as f64).then_some(nanoseconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Rules = Rules {
        now: 7,
        expand_json_depth: 0,
    };

    fn fields(body: Json) -> Vec<(Arc<str>, Value)> {
        let event = event(body.to_string().as_bytes(), None, None, NOW);
        event.unwrap().fields
    }

    #[test]
    fn times_are_read_in_every_form_to_the_nanosecond() {
        let second = 1_795_331_340_000_000_000;
        for (text, time) in [
            ("2026-11-22T07:09:00Z", second),
            ("2026-11-22T08:09:00.123456789+01:00", second + 123_456_789),
            ("1795331340", second),
            ("1795331340123", second + 123_000_000),
            ("1795331340123456", second + 123_456_000),
            ("1795331340123456789", second + 123_456_789),
            ("17953313401234567891", second + 123_456_789),
            ("1795331340.123456789", second + 123_456_789),
            ("1795331340.", second),
            ("12", 12_000_000_000),
            ("0", 0),
            ("-1.5", -1_500_000_000),
            ("1e3", 1_000_000_000_000),
        ] {
            assert_eq!(time_of(text), Some(time), "{text}");
        }
        for text in [
            "",
            ".",
            "yesterday",
            "2026-11-22",
            "nan",
            "inf",
            "-inf",
            "1e300",
            "9999999999.5x",
            "9223372036854775808.",
            "é1795331340",
        ] {
            assert_eq!(time_of(text), None, "{text}");
        }
    }

    #[test]
    fn what_came_beside_the_event_is_its_time_and_rate() {
        let read = |time, rate| {
            let event = event(b"{\"a\":1}", time, rate, NOW).unwrap();
            (event.time, event.sample_rate)
        };
        assert_eq!(read(None, None), (7, 1));
        assert_eq!(read(Some(" 12 "), Some(" 20 ")), (12_000_000_000, 20));
        assert_eq!(read(Some(""), Some("")), (7, 1));
        assert_eq!(read(None, Some("0")), (7, 1));
        assert_eq!(read(None, Some("1e300")), (7, i32::MAX as u32));
        for (time, rate, error) in [
            (Some("soon"), None, EventError::Time),
            (None, Some("often"), EventError::SampleRate),
            (None, Some("2.5"), EventError::SampleRate),
            (None, Some("nan"), EventError::SampleRate),
        ] {
            assert_eq!(event(b"{\"a\":1}", time, rate, NOW), Err(error));
        }
    }

    #[test]
    fn values_keep_their_type_and_what_is_nested_is_json_text() {
        let fields = fields(json!({
            "text": "a", "int": -3, "float": 2.5, "large": u64::MAX, "truth": true,
            "nothing": null, "": "no name", "list": [1, "<é>", null], "object": {"a": {"b": 1}},
        }));
        let expected: Vec<(Arc<str>, Value)> = vec![
            ("text".into(), "a".into()),
            ("int".into(), (-3).into()),
            ("float".into(), 2.5.into()),
            ("large".into(), (u64::MAX as f64).into()),
            ("truth".into(), true.into()),
            ("list".into(), "[1,\"<é>\",null]".into()),
            ("object".into(), "{\"a\":{\"b\":1}}".into()),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn objects_are_unpacked_as_deep_as_the_dataset_says() {
        let body = json!({
            "a": {"b": {"c": 2, "": 3}, "l": [{"x": 1}], "e": {}, "n": null}, "a.b": 1, "": {"x": 1},
        });
        let names = |expand_json_depth| -> Vec<String> {
            let rules = Rules {
                now: 7,
                expand_json_depth,
            };
            let event = event(body.to_string().as_bytes(), None, None, rules).unwrap();
            let fields = event.fields.iter();
            fields
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        assert_eq!(
            names(1),
            ["a.b={\"c\":2,\"\":3}", "a.l=[{\"x\":1}]", "a.e={}"]
        );
        assert_eq!(
            names(9),
            ["a.b.c=2", "a.b.=3", "a.l=[{\"x\":1}]", "a.e={}", "a.b=1"]
        );
        let many: Map<String, Json> = (0..50)
            .map(|idx| {
                let inner: Map<String, Json> =
                    (0..50).map(|idx| (idx.to_string(), 1.into())).collect();
                (idx.to_string(), inner.into())
            })
            .collect();
        let rules = Rules {
            now: 7,
            expand_json_depth: 1,
        };
        let many = Json::Object(many).to_string();
        let refused = event(many.as_bytes(), None, None, rules);
        assert_eq!(refused, Err(EventError::TooManyFields));
    }

    #[test]
    fn long_text_is_cut_between_two_characters() {
        let cut = |body| match fields(body).pop() {
            Some((_, Value::Str(text))) => text.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(cut(json!({"a": "x".repeat(LONGEST_TEXT)})), LONGEST_TEXT);
        assert_eq!(
            cut(json!({"a": "é".repeat(LONGEST_TEXT)})),
            LONGEST_TEXT - 1
        );
        assert_eq!(cut(json!({"a": ["x".repeat(LONGEST_TEXT)]})), LONGEST_TEXT);
    }

    #[test]
    fn an_event_that_is_none_is_refused_in_the_services_words() {
        let many = |n: usize| -> Map<String, Json> {
            (0..n).map(|idx| (format!("f{idx}"), idx.into())).collect()
        };
        let text = |json: Json| json.to_string().into_bytes();
        assert!(event(&text(many(MOST_FIELDS).into()), None, None, NOW).is_ok());
        for (body, error) in [
            (b" \n".to_vec(), EventError::Empty),
            (b"{}".to_vec(), EventError::Empty),
            (b"[]".to_vec(), EventError::Malformed),
            (b"{\"a\":".to_vec(), EventError::Malformed),
            ("[".repeat(100_000).into_bytes(), EventError::Malformed),
            (
                text(many(MOST_FIELDS + 1).into()),
                EventError::TooManyFields,
            ),
            (
                text(json!({"a": "x".repeat(MOST_EVENT_BYTES)})),
                EventError::TooLarge,
            ),
        ] {
            assert_eq!(event(&body, None, None, NOW), Err(error));
        }
    }

    #[test]
    fn a_batch_has_one_result_for_each_item_in_its_order() {
        let body = json!([
            {"data": {"a": 1}, "time": "1970-01-01T00:00:01Z", "samplerate": 4},
            {"data": {"a": 2}, "time": 2},
            7,
            {"time": 3},
            {"data": {"a": 5}, "time": 5.5, "samplerate": "3", "more": 1},
            {"data": {"a": 6}, "time": {}},
            {"data": {"a": "x".repeat(MOST_EVENT_BYTES)}},
            {"data": {"a": 8}, "time": null, "samplerate": null},
        ]);
        let results = batch(body.to_string().as_bytes(), NOW).unwrap();
        let short: Vec<Result<(i64, u32), EventError>> = results
            .into_iter()
            .map(|result| result.map(|event| (event.time, event.sample_rate)))
            .collect();
        assert_eq!(
            short,
            [
                Ok((1_000_000_000, 4)),
                Ok((2_000_000_000, 1)),
                Err(EventError::Malformed),
                Err(EventError::Empty),
                Ok((5_500_000_000, 3)),
                Err(EventError::Time),
                Err(EventError::TooLarge),
                Ok((7, 1)),
            ]
        );
    }

    #[test]
    fn what_is_no_array_is_no_batch() {
        let many = format!("[{}0]", "0,".repeat(MOST_BATCH_EVENTS));
        for (body, error) in [
            ("", EventError::Empty),
            ("{}", EventError::Malformed),
            ("[{\"data\":{\"a\":1}}", EventError::Malformed),
            (&many, EventError::TooLarge),
        ] {
            assert_eq!(batch(body.as_bytes(), NOW), Err(error));
        }
        assert_eq!(batch(b"[]", NOW), Ok(Vec::new()));
    }
}
