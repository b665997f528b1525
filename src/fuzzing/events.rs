//! Events on their way in: bodies, OpenTelemetry, Honeycomb's own ingest.

use super::{first_line, journal, with_text};
use crate::door::body::{BodyError, Bounds, Received};
use crate::honeycomb::event::{self, LONGEST_TEXT, MOST_BATCH_EVENTS, MOST_FIELDS};
use crate::model::span::{Batch, Event, Lens, Value};
use crate::otlp::decode::{self, Decoded, Encoding, LogDefaults, ReadError};

// Small, so that bodies that are too large inside are found at once.
const BOUNDS: Bounds = Bounds {
    received: 1 << 20,
    decompressed: 64 << 10,
};

/// A body of `content-encoding: gzip`.
pub fn body_gzip(bytes: &[u8]) {
    body("gzip", bytes);
}

/// A body of `content-encoding: zstd`.
pub fn body_zstd(bytes: &[u8]) {
    body("zstd", bytes);
}

fn body(encoding: &str, bytes: &[u8]) {
    let received = Received::from_bytes(bytes.to_vec().into(), encoding, BOUNDS);
    match received.and_then(Received::decompressed) {
        Ok(decompressed) => assert!(decompressed.len() <= BOUNDS.decompressed, "the bound holds"),
        Err(BodyError::TooLargeInside(_) | BodyError::NotCompressed(_)) => {}
        Err(other) => assert_eq!(other, BodyError::Cut, "no other fault is in the bytes"),
    }
}

/// An OTLP trace request in protobuf.
pub fn otlp_protobuf(bytes: &[u8]) {
    parts(decode::spans(bytes, Encoding::Protobuf));
}

/// An OTLP trace request in JSON.
pub fn otlp_json(bytes: &[u8]) {
    parts(decode::spans(bytes, Encoding::Json));
}

const LOG_DEFAULTS: LogDefaults<'static> = LogDefaults {
    dataset: None,
    now: 7,
};

/// An OTLP logs request in protobuf.
pub fn otlp_logs_protobuf(bytes: &[u8]) {
    parts(decode::logs(bytes, Encoding::Protobuf, LOG_DEFAULTS));
}

/// An OTLP logs request in JSON.
pub fn otlp_logs_json(bytes: &[u8]) {
    parts(decode::logs(bytes, Encoding::Json, LOG_DEFAULTS));
}

fn parts(read: Result<Decoded, ReadError>) {
    for builder in read.map(|decoded| decoded.parts).unwrap_or_default() {
        if builder.is_empty() {
            continue;
        }
        let part = builder.finish();
        assert!(!part.dataset.is_empty(), "every part has a dataset");
        assert!(part.times().is_sorted(), "parts are sorted by time");
        journal::part_comes_back_the_same(&part);
    }
}

const RULES: event::Rules = event::Rules {
    now: 7,
    expand_json_depth: 3,
};

/// One event of Honeycomb: a line with its time, a line with its sample rate, and its fields as JSON.
pub fn honeycomb_event(bytes: &[u8]) {
    with_text(bytes, |text| {
        let (time, rest) = first_line(text);
        let (sample_rate, fields) = first_line(rest);
        if let Ok(event) = event::event(fields.as_bytes(), Some(time), Some(sample_rate), RULES) {
            honeycomb_events(vec![event]);
        }
    });
}

/// A batch of Honeycomb's events.
pub fn honeycomb_batch(bytes: &[u8]) {
    if let Ok(results) = event::batch(bytes, RULES) {
        assert!(results.len() <= MOST_BATCH_EVENTS, "batches are bounded");
        honeycomb_events(results.into_iter().filter_map(Result::ok).collect());
    }
}

fn honeycomb_events(events: Vec<Event>) {
    for event in &events {
        assert!((1..=MOST_FIELDS).contains(&event.fields.len()) || event.fields.is_empty());
        assert!(event.sample_rate >= 1, "an event stands for one at least");
        for (name, value) in &event.fields {
            assert!(!name.is_empty(), "every field has a name");
            match value {
                Value::Str(text) => assert!(text.len() <= LONGEST_TEXT, "texts are cut"),
                Value::Float(float) => assert!(float.is_finite(), "JSON has no other numbers"),
                Value::Int(_) | Value::Bool(_) => {}
            }
        }
    }
    journal::comes_back_the_same(&Batch {
        lens: Lens::Spans,
        dataset: "fuzz".to_string(),
        events,
    });
}
