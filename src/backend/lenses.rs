//! What is told of each request: a span, a log line, and a segment if a sampling rule chose it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::zone::Zone;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use serde_json::json;

use super::exception::Exception;
use super::outgoing::Outgoing;
use super::routes::{Answer, Compat, Observer};
use super::sampling_clock::SamplingClock;
use super::seen::{Seen, X_AMZN_TRACE_ID};
use super::segments::SegmentSender;
use super::telemetry::{Console, Telemetry};
use crate::clock::now;
use crate::cloudwatch::sink::LineSender;
use crate::model::dynamic_name::DynamicName;
use crate::model::span_tree::DECIDED;
use crate::model::time::{MILLISECOND, rfc3339};
use crate::model::trace_id::{push_hex, xray_from_bytes};
use crate::xray::sampler::Sampler;
use crate::xray::segment::{
    Cause, Http, HttpRequest, HttpResponse, Outcome, SampledFlag, Segment, Subsegment, TraceHeader,
};

/// Which lenses a service is looked at through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LensesOn {
    /// Spans.
    pub spans: bool,
    /// Log lines.
    pub lines: bool,
    /// Segments.
    pub segments: bool,
}

impl LensesOn {
    /// All of them.
    pub const ALL: LensesOn = LensesOn {
        spans: true,
        lines: true,
        segments: true,
    };

    /// Tells whether nobody looks.
    pub fn is_none(self) -> bool {
        !(self.spans || self.lines || self.segments)
    }
}

/// The three lenses of one service.
pub struct Lenses {
    /// Which of them are on.
    pub on: LensesOn,
    /// The service's name, which is the segment's name too.
    pub service_name: String,
    /// After which Host headers segments are named instead.
    pub dynamic_name: Option<DynamicName>,
    /// Whose behaviour is shown.
    pub compat: Compat,
    /// Spans.
    pub telemetry: Arc<Telemetry>,
    /// Log lines.
    pub lines: LineSender,
    /// Which requests get a segment.
    pub sampler: Arc<Sampler>,
    /// What time it is for it.
    pub sampling_clock: SamplingClock,
    /// Segments.
    pub segments: SegmentSender,
    /// The service that the notifications ask.
    pub outgoing: Option<Outgoing>,
    /// The clock that log lines show.
    pub zone: Zone,
    /// Sees every log line too.
    pub echo: Option<Console>,
}

/// What is known of a request while it is answered, and what a handler did, on its way to the segment.
struct Notes {
    // In X-Ray's form.
    trace_id: String,
    // At the end of every line, so that one filter finds all that is told of a request.
    mark: String,
    is_sampled: bool,
    subsegments: Mutex<Vec<Subsegment>>,
}

tokio::task_local! {
    static NOTES: Arc<Notes>;
}

impl Notes {
    // Of the request that is being answered, if somebody watches it.
    fn current() -> Option<Arc<Notes>> {
        NOTES.try_with(Arc::clone).ok()
    }

    fn add(&self, subsegment: Subsegment) {
        let subsegments = self.subsegments.lock();
        subsegments
            .unwrap_or_else(PoisonError::into_inner)
            .push(subsegment);
    }

    fn take(&self) -> Vec<Subsegment> {
        let subsegments = self.subsegments.lock();
        std::mem::take(&mut *subsegments.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Lenses {
    async fn watch<'a>(
        &'a self,
        request: Request,
        answer: Box<dyn FnOnce(Request) -> Answer<'a> + Send + 'a>,
    ) -> Response {
        let seen = Seen::of(&request);
        let service_name = self.service_name.as_str();
        let name = match &self.dynamic_name {
            Some(dynamic) => dynamic.name(&seen.host, service_name),
            None => service_name,
        };
        let (is_sampled, rule) = self.is_sampled(&seen, name);
        let context = self.telemetry.server_span(
            &Headers(request.headers()),
            &seen.xray,
            seen.span_name(),
            self.telemetry.semconv().of_request(&seen),
        );
        let (trace, id) = {
            let span = context.span();
            let span = span.span_context();
            (span.trace_id().to_bytes(), span.span_id().to_bytes())
        };
        self.note_decision(&seen, &context);
        let notes = Arc::new(Notes {
            mark: self.mark(trace),
            trace_id: xray_from_bytes(trace),
            is_sampled,
            subsegments: Mutex::new(Vec::new()),
        });

        let answer = answer(request).with_context(context.clone());
        let mut response = NOTES.scope(notes.clone(), answer).await;

        let end = now();
        let status = response.status();
        let exception = response.extensions().get::<Exception>().cloned();
        self.telemetry
            .end_server_span(&context, status.as_u16(), exception.as_ref());
        if let Some(exception) = &exception {
            let line = format!("ERROR {exception} [{} {}]", seen.method, seen.path());
            self.say(end, &(line + &self.error_mark(&notes)));
        }
        if self.on.lines {
            let mut line = seen.line(status, end, self.zone);
            line.push_str(&notes.mark);
            self.say(end, &line);
        }
        if is_sampled {
            // One id serves both: the span's is the segment's.
            let id = u64::from_be_bytes(id);
            let mut segment = seen.segment(name, (&notes.trace_id, id), &response, end);
            segment.subsegments = notes.take();
            if !segment.subsegments.iter().any(|it| it.name == MOCK_DATA) {
                // Nobody watched the data being made: it is the whole request.
                let value = json!({ "now": rfc3339(seen.start) });
                segment
                    .subsegments
                    .insert(0, mock_data(seen.start, end, value));
            }
            self.send(segment, rule);
        }
        self.answer(&seen, &notes, &mut response);
        response
    }

    // A caller that has decided has decided for us too.
    fn is_sampled(&self, seen: &Seen, name: &str) -> (bool, Option<String>) {
        if !self.on.segments {
            return (false, None);
        }
        match seen.xray.sampled {
            Some(SampledFlag::Yes) => (true, None),
            Some(SampledFlag::No) => (false, None),
            Some(SampledFlag::Asked) | None => {
                let request = seen.sampling_request(name);
                let decide = |at| self.sampler.decide(at, &request);
                let decision = self.sampling_clock.decide(seen.start, decide);
                (decision.sampled, decision.rule.map(|rule| rule.to_string()))
            }
        }
    }

    // Only where no rule decided: `trace` then says so of a segment that is not there.
    fn note_decision(&self, seen: &Seen, context: &Context) {
        let [caller_sampled, sdk_enabled] = DECIDED;
        let span = context.span();
        match seen.xray.sampled {
            _ if !self.on.segments => span.set_attribute(KeyValue::new(sdk_enabled, false)),
            Some(SampledFlag::Yes) => span.set_attribute(KeyValue::new(caller_sampled, true)),
            Some(SampledFlag::No) => span.set_attribute(KeyValue::new(caller_sampled, false)),
            Some(SampledFlag::Asked) | None => {}
        }
    }

    // Source: the X-Ray SDK for Python, which answers what it does not trace with a root of zeros.
    fn answer(&self, seen: &Seen, notes: &Notes, response: &mut Response) {
        let is_shown = notes.is_sampled || self.compat == Compat::Mended;
        let root = if is_shown { &notes.trace_id } else { NO_TRACE };
        let header = TraceHeader {
            root: Some(root.to_string()),
            sampled: (seen.xray.sampled == Some(SampledFlag::Asked))
                .then_some(flag(notes.is_sampled)),
            ..TraceHeader::default()
        };
        if let Ok(value) = HeaderValue::try_from(header.to_string()) {
            response.headers_mut().insert(X_AMZN_TRACE_ID, value);
        }
    }

    // As in the Flask module that `init` writes; the lines of week 2 as it was published have no id.
    fn mark(&self, trace: [u8; 16]) -> String {
        let mut mark = String::new();
        if self.compat == Compat::Mended {
            mark.reserve(42);
            mark.push_str(" trace_id=");
            push_hex(&mut mark, &trace);
        }
        mark
    }

    // The line of an exception, which is ours, has an id either way.
    fn error_mark(&self, notes: &Notes) -> String {
        match self.compat {
            Compat::Mended => notes.mark.clone(),
            Compat::Upstream => format!(" {}", notes.trace_id),
        }
    }

    fn say(&self, at: i64, line: &str) {
        if !self.on.lines {
            return;
        }
        if let Some(echo) = &self.echo {
            echo(line);
        }
        self.lines.send(at / MILLISECOND, line);
    }

    fn send(&self, mut segment: Segment, rule: Option<String>) {
        segment.aws.xray.sampling_rule_name = rule;
        self.segments.send(segment.to_json());
    }

    async fn call(&self, outgoing: &Outgoing) {
        let Some(notes) = Notes::current() else {
            // Nobody watches; the call is made all the same.
            let _ = outgoing.get(HashMap::new()).await;
            return;
        };
        let address = outgoing.address();
        let start = now();
        let attributes = (self.telemetry.semconv()).of_call(&address, outgoing.host());
        let (context, mut headers) = self.telemetry.client_span(attributes);
        let span_id = context.span().span_context().span_id();
        let header = TraceHeader {
            root: Some(notes.trace_id.clone()),
            parent: Some(span_id.to_string()),
            sampled: Some(flag(notes.is_sampled)),
            ..TraceHeader::default()
        };
        headers.insert("x-amzn-trace-id".to_string(), header.to_string());

        let answer = outgoing.get(headers).await;

        self.telemetry.end_client_span(&context, &answer);
        let end = now();
        let id = u64::from_be_bytes(span_id.to_bytes());
        let mut subsegment = Subsegment::new(outgoing.host().0, id, start, end);
        subsegment.namespace = Some("remote");
        let status = answer.as_ref().copied().unwrap_or_default();
        subsegment.outcome = Outcome::of_status(status);
        subsegment.http = Some(Http {
            request: HttpRequest {
                method: "GET".to_string(),
                url: address.clone(),
                ..HttpRequest::default()
            },
            response: HttpResponse {
                status,
                content_length: None,
            },
        });
        if let Err(why) = &answer {
            subsegment.outcome.fault = true;
            let cause = Cause::of("ConnectionError", why, rand::random(), Vec::new());
            subsegment.cause = Some(cause);
            let line = format!("ERROR ConnectionError: {why} [GET {address}]");
            self.say(end, &(line + &self.error_mark(&notes)));
        }
        notes.add(subsegment);
    }
}

impl Observer for Lenses {
    fn request<'a>(
        &'a self,
        request: Request,
        answer: Box<dyn FnOnce(Request) -> Answer<'a> + Send + 'a>,
    ) -> Answer<'a> {
        if self.on.is_none() {
            return answer(request);
        }
        Box::pin(self.watch(request, answer))
    }

    fn home_activities(&self, now_iso: &str, run: &mut dyn FnMut() -> usize) {
        let notes = Notes::current();
        let mark = notes.as_ref().map_or("", |notes| notes.mark.as_str());
        let start = now();
        self.say(start, &["HomeActivities", mark].concat());
        let mut length = 0;
        self.telemetry.home_span(now_iso, &mut || {
            length = run();
            length
        });
        if let Some(notes) = notes.filter(|notes| notes.is_sampled) {
            let value = json!({ "now": now_iso, "results-size": length });
            notes.add(mock_data(start, now(), value));
        }
    }

    fn other_service(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            if let Some(outgoing) = &self.outgoing {
                self.call(outgoing).await;
            }
        })
    }
}

const NO_TRACE: &str = "1-00000000-000000000000000000000000";
// The bootcamp's subsegment.
const MOCK_DATA: &str = "mock-data";

fn mock_data(start: i64, end: i64, value: serde_json::Value) -> Subsegment {
    let mut subsegment = Subsegment::new(MOCK_DATA, rand::random(), start, end);
    let metadata = [("key".to_string(), value)].into_iter().collect();
    subsegment
        .metadata
        .insert("namespace".to_string(), metadata);
    subsegment
}

fn flag(is_sampled: bool) -> SampledFlag {
    if is_sampled {
        SampledFlag::Yes
    } else {
        SampledFlag::No
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
