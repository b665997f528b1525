//! The service with a clock that a test moves.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

/// The service with a clock that the test moves. Each test has a clock of its own.
pub struct Clocked {
    pub running: Running,
    pub clock: &'static AtomicI64,
}

macro_rules! clocked {
    () => {{
        static CLOCK: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(NOW);
        let folder = tempfile::tempdir().unwrap();
        let running =
            Running::over_at(folder, || CLOCK.load(std::sync::atomic::Ordering::SeqCst)).await;
        Clocked {
            running,
            clock: &CLOCK,
        }
    }};
}

pub(super) use clocked;

impl Clocked {
    pub fn at(&self, seconds: f64) -> &Clocked {
        let offset = (seconds * 1e9) as i64;
        self.clock.store(NOW + offset, Ordering::SeqCst);
        self
    }

    pub async fn put(&self, documents: &[Value]) {
        let documents: Vec<String> = documents.iter().map(Value::to_string).collect();
        let body = json!({ "TraceSegmentDocuments": documents }).to_string();
        let answer = self.running.answer("/TraceSegments", &body).await;
        assert_eq!(answer, json!({"UnprocessedTraceSegments": []}));
    }

    /// Asks for what lies between two times, seconds from `NOW` on.
    pub async fn between(&self, path: &str, from: f64, to: f64, more: Value) -> Value {
        let mut body = more;
        body["StartTime"] = json!(seconds() + from);
        body["EndTime"] = json!(seconds() + to);
        self.running.answer(path, &body.to_string()).await
    }

    pub async fn summaries(&self, kind: &str, from: f64, to: f64) -> Value {
        let kind = json!({ "TimeRangeType": kind });
        self.between("/TraceSummaries", from, to, kind).await
    }

    pub async fn whole(&self, number: u32) -> Value {
        let body = json!({"TraceIds": [trace_id(number)]}).to_string();
        self.running.answer("/Traces", &body).await["Traces"][0].clone()
    }
}

pub fn seconds() -> f64 {
    (NOW / SECOND) as f64
}

/// A segment of trace `number`, from and to seconds from `NOW` on; `more` may change everything.
pub fn document(number: u32, from: f64, to: f64, more: Value) -> Value {
    let mut json = json!({
        "name": "front", "id": format!("{number:016x}"), "trace_id": trace_id(number),
        "start_time": seconds() + from, "end_time": seconds() + to,
    });
    for (key, value) in more.as_object().unwrap() {
        json[key] = value.clone();
    }
    json
}

pub fn open(number: u32, from: f64) -> Value {
    document(
        number,
        from,
        0.0,
        json!({"end_time": null, "in_progress": true}),
    )
}
