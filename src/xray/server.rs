//! The X-Ray service: its paths, and how a request and its answer travel.
//!
//! To add an operation, write it in the file of its subject and name it in the table `operations`.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use rand::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::server_ahead::Known;
use super::server_errors::XRayError;
use super::server_statistics::Statistics;
use super::shape::ShapeError;
use super::sharing::Clients;
use super::{
    server_graph as graph, server_groups as groups, server_insights as insights,
    server_policies as policies, server_retrieval as retrieval, server_rules as rules,
    server_settings as settings, server_statistics as statistics, server_tags as tags,
    server_targets as targets, server_telemetry as telemetry, server_traces as traces, shape,
};
use crate::clock;
use crate::model::left_out::{HEADER, LeftOut};
use crate::model::region::region_of_signature;
use crate::model::span::Lens;
use crate::model::time::{SECOND, Window};
use crate::store::{Change, Documents, Part, Reads, Store};

/// The largest request that is read: fifty documents of 64 kB, and room to spare.
pub const MAX_BODY_BYTES: usize = 8 << 20;

/// Returns the service's paths over `store`.
pub fn routes(store: Arc<Store>) -> Router {
    routes_at(store, clock::now)
}

/// Returns the service's paths with another clock, which returns nanoseconds since the epoch.
///
/// A path that is none of the service's is answered in its way if the request is signed for it.
pub fn routes_at(store: Arc<Store>, clock: fn() -> i64) -> Router {
    let service = Arc::new(Service {
        store,
        clock,
        clients: Clients::default(),
        statistics: Statistics::default(),
        ahead: Known::default(),
    });
    let mut router = Router::new();
    for (path, name, answering) in operations(&service) {
        let other_method = move || async move { refusal(&XRayError::Method(name)) };
        router = router.route(path, answering(name).fallback(other_method));
    }
    router
        .fallback(unknown_path)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// The operations of the service, in the order of its documentation: path, name, and what answers.
#[rustfmt::skip]
fn operations(service: &Arc<Service>) -> [(&'static str, &'static str, ForName); 38] {
    let on = service;
    [
        ("/Traces", "BatchGetTraces", operation(on, traces::batch_get)),
        ("/CancelTraceRetrieval", "CancelTraceRetrieval", operation(on, retrieval::cancel)),
        ("/CreateGroup", "CreateGroup", operation(on, groups::create)),
        ("/CreateSamplingRule", "CreateSamplingRule", operation(on, rules::create)),
        ("/DeleteGroup", "DeleteGroup", operation(on, groups::delete)),
        ("/DeleteResourcePolicy", "DeleteResourcePolicy", operation(on, policies::delete)),
        ("/DeleteSamplingRule", "DeleteSamplingRule", operation(on, rules::delete)),
        ("/EncryptionConfig", "GetEncryptionConfig", operation(on, settings::encryption)),
        ("/GetGroup", "GetGroup", operation(on, groups::get)),
        ("/Groups", "GetGroups", operation(on, groups::list)),
        ("/GetIndexingRules", "GetIndexingRules", operation(on, settings::indexing_rules)),
        ("/Insight", "GetInsight", operation(on, insights::get)),
        ("/InsightEvents", "GetInsightEvents", operation(on, insights::events)),
        ("/InsightImpactGraph", "GetInsightImpactGraph", operation(on, insights::graph)),
        ("/InsightSummaries", "GetInsightSummaries", operation(on, insights::summaries)),
        ("/GetRetrievedTracesGraph", "GetRetrievedTracesGraph", operation(on, retrieval::graph)),
        ("/GetSamplingRules", "GetSamplingRules", operation(on, rules::list)),
        ("/SamplingStatisticSummaries", "GetSamplingStatisticSummaries", operation(on, statistics::list)),
        ("/SamplingTargets", "GetSamplingTargets", operation(on, targets::get)),
        ("/ServiceGraph", "GetServiceGraph", operation(on, graph::service)),
        ("/TimeSeriesServiceStatistics", "GetTimeSeriesServiceStatistics", operation(on, graph::series)),
        ("/TraceGraph", "GetTraceGraph", operation(on, graph::trace)),
        ("/GetTraceSegmentDestination", "GetTraceSegmentDestination", operation(on, settings::destination)),
        ("/TraceSummaries", "GetTraceSummaries", operation(on, traces::summaries)),
        ("/ListResourcePolicies", "ListResourcePolicies", operation(on, policies::list)),
        ("/ListRetrievedTraces", "ListRetrievedTraces", operation(on, retrieval::list)),
        ("/ListTagsForResource", "ListTagsForResource", operation(on, tags::list)),
        ("/PutEncryptionConfig", "PutEncryptionConfig", operation(on, settings::put_encryption)),
        ("/PutResourcePolicy", "PutResourcePolicy", operation(on, policies::put)),
        ("/TelemetryRecords", "PutTelemetryRecords", put_and_listed(on)),
        ("/TraceSegments", "PutTraceSegments", operation(on, traces::put)),
        ("/StartTraceRetrieval", "StartTraceRetrieval", operation(on, retrieval::start)),
        ("/TagResource", "TagResource", operation(on, tags::add)),
        ("/UntagResource", "UntagResource", operation(on, tags::remove)),
        ("/UpdateGroup", "UpdateGroup", operation(on, groups::update)),
        ("/UpdateIndexingRule", "UpdateIndexingRule", operation(on, settings::update_indexing_rule)),
        ("/UpdateSamplingRule", "UpdateSamplingRule", operation(on, rules::update)),
        ("/UpdateTraceSegmentDestination", "UpdateTraceSegmentDestination", operation(on, settings::update_destination)),
    ]
}

/// What stays the same for all requests.
pub struct Service {
    store: Arc<Store>,
    clock: fn() -> i64,
    /// Who reports about which rule.
    pub clients: Clients,
    /// What was reported lately.
    pub statistics: Statistics,
    /// What searches have found beyond their pages.
    pub ahead: Known,
}

/// What an operation knows besides its request.
#[derive(Clone)]
pub struct Context {
    /// What stays the same.
    pub service: Arc<Service>,
    /// The region that the request is for.
    pub region: String,
    /// Somebody signed the request, rightly or not: SDKs with credentials do, samplers do not.
    pub is_signed: bool,
    /// Nanoseconds since the epoch.
    pub now: i64,
    /// What the answer leaves out, said by those who read segments.
    left_out: Arc<Mutex<LeftOut>>,
}

/// How far a segment may lie from the time by which its trace is found.
const AROUND: i64 = 86_400 * SECOND;

impl Context {
    /// Returns what can be read of the region's segments, for an answer about traces of this time; what cannot is
    /// said in the answer.
    pub fn parts(&self, window: Window) -> Vec<Arc<Part>> {
        let parts = self.store().sound_parts(Lens::Segments, &self.region);
        let around = Window {
            start: window.start.saturating_sub(AROUND),
            end: window.end.saturating_add(AROUND),
        };
        let of = |window, reads| {
            let region = Some(self.region.as_str());
            self.store().left_out(Lens::Segments, region, window, reads)
        };
        let mut left_out = of(around, Reads::Everything);
        left_out.gone = of(window, Reads::Heads).gone;
        // A trace is found by its id or by its last change, and damaged segments say neither.
        let unread = left_out.unread.iter_mut();
        unread.for_each(|unread| unread.may_be_elsewhere = true);
        if let Ok(mut all) = self.left_out.lock() {
            all.merge(&left_out);
        }
        parts
    }

    /// The same for traces with these ids.
    pub fn parts_of(&self, trace_ids: &[String]) -> Vec<Arc<Part>> {
        let seconds = trace_ids.iter().map(|id| {
            let second = id.split('-').nth(1)?;
            Some(i64::from_str_radix(second, 16).ok()?.saturating_mul(SECOND))
        });
        let times: Option<Vec<i64>> = seconds.collect();
        let times = times.unwrap_or_default();
        let window = match (times.iter().min(), times.iter().max()) {
            (Some(first), Some(last)) => Window {
                start: *first,
                end: last.saturating_add(1),
            },
            _ => Window::ALL,
        };
        self.parts(window)
    }

    /// Returns the store.
    pub fn store(&self) -> &Store {
        &self.service.store
    }

    /// Changes documents in a transaction; see [`Store::transact`].
    ///
    /// # Errors
    /// What `decide` returned, or the store.
    pub async fn transact<R>(
        &self,
        decide: impl FnOnce(&Documents) -> Result<(Vec<Change>, R), XRayError>,
    ) -> Result<R, XRayError> {
        self.store().transact(decide).await?
    }
}

/// Makes what answers an operation of this name.
type ForName = Box<dyn FnOnce(&'static str) -> MethodRouter>;

fn operation<I, O, F, Fut>(service: &Arc<Service>, run: F) -> ForName
where
    I: DeserializeOwned + Send + 'static,
    O: Serialize + 'static,
    F: Fn(Context, I) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<O, XRayError>> + Send + 'static,
{
    let service = service.clone();
    Box::new(move |name| post(handler(&service, name, run)))
}

/// The real service has no way to ask for what was told; see `server_telemetry`.
fn put_and_listed(service: &Arc<Service>) -> ForName {
    let listed = handler(service, "", telemetry::list);
    let put = operation(service, telemetry::put);
    Box::new(move |name| put(name).get(listed))
}

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Returns what reads a request of the operation `name`, runs it and writes its answer.
fn handler<I, O, F, Fut>(
    service: &Arc<Service>,
    name: &'static str,
    run: F,
) -> impl Fn(HeaderMap, Result<Bytes, BytesRejection>) -> Answering + Clone + Send + Sync + 'static
where
    I: DeserializeOwned + Send + 'static,
    O: Serialize,
    F: Fn(Context, I) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<O, XRayError>> + Send + 'static,
{
    let service = service.clone();
    move |headers, body| {
        let service = service.clone();
        Box::pin(async move {
            let authorization = authorization(&headers);
            let context = Context {
                region: region_of_signature(authorization).to_string(),
                is_signed: authorization.is_some(),
                now: (service.clock)(),
                service,
                left_out: Arc::default(),
            };
            let left_out = context.left_out.clone();
            let result = match read(body, name) {
                Ok(request) => run(context, request).await,
                Err(error) => Err(error),
            };
            let mut response = match result {
                Ok(answer) => response(StatusCode::OK, &answer),
                Err(error) => refusal(&error),
            };
            let left_out = left_out.lock().ok().and_then(|left_out| left_out.header());
            if let Some(left_out) = left_out.and_then(|text| HeaderValue::try_from(text).ok()) {
                response.headers_mut().insert(HEADER, left_out);
            }
            response
        })
    }
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()
}

/// Answers what has no path here or at any other service of the stack.
async fn unknown_path(headers: HeaderMap) -> Response {
    // The credential scope names the service; see `region_of_signature`.
    let is_ours = authorization(&headers).is_some_and(|text| text.contains("/xray/aws4_request"));
    if is_ours {
        return refusal(&XRayError::Path);
    }
    StatusCode::NOT_FOUND.into_response()
}

// Clients send no body at all for an operation without members, and any content type.
fn read<I: DeserializeOwned>(
    body: Result<Bytes, BytesRejection>,
    name: &str,
) -> Result<I, XRayError> {
    let body = body.map_err(|_| XRayError::Incomplete)?;
    let json: &[u8] = if body.is_empty() { b"{}" } else { &body };
    let value = shape::read(json, shape::operation(name))?;
    serde_json::from_value(value).map_err(XRayError::Body)
}

fn refusal(error: &XRayError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    if matches!(error, XRayError::Path) {
        return response(status, &unknown_operation());
    }
    // The framework in front of the service writes the key small, the service itself does not.
    let key = match error {
        XRayError::Shape(ShapeError::Validation(_)) => "message",
        _ => "Message",
    };
    let mut body = serde_json::json!({ key: error.message() });
    if let Some(name) = error.resource_name() {
        body["ResourceName"] = name.into();
    }
    let mut response = response(status, &body);
    let code = HeaderValue::from_static(error.code());
    response.headers_mut().insert("x-amzn-errortype", code);
    response
}

/// What the service answers, with status 200, where it has no operation.
fn unknown_operation() -> serde_json::Value {
    serde_json::json!({
        "Output": { "__type": "com.amazon.coral.service#UnknownOperationException" },
        "Version": "1.0",
    })
}

fn response(status: StatusCode, body: &impl Serialize) -> Response {
    // Our own shapes have text keys and finite numbers, so they always become JSON.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let request_id = request_id();
    let headers = [
        ("content-type", "application/json"),
        ("x-amzn-requestid", request_id.as_str()),
    ];
    (status, headers, body).into_response()
}

fn request_id() -> String {
    let hex = format!("{:032x}", rand::rng().random::<u128>());
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or(""));
    parts.join("-")
}
