//! The X-Ray service: its paths, and how a request and its answer travel.
//!
//! To add an operation, write it in the file of its subject, give it a line in [`routes`], and take
//! its line out of `OTHER_OPERATIONS`.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use rand::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::server_errors::XRayError;
use super::server_targets::Clients;
use super::{server_groups, server_rules, server_tags, server_targets, server_traces};
use crate::clock;
use crate::model::region::region_of_signature;
use crate::store::{Change, Documents, Store};

/// The largest request that is read: fifty documents of 64 kB, and room to spare.
const MAX_BODY_BYTES: usize = 8 << 20;

/// Returns the service's paths over `store`.
pub fn routes(store: Arc<Store>) -> Router {
    routes_at(store, clock::now)
}

/// Returns the service's paths with another clock, which returns nanoseconds since the epoch.
pub fn routes_at(store: Arc<Store>, clock: fn() -> i64) -> Router {
    let service = Arc::new(Service {
        store,
        clock,
        clients: Clients::default(),
    });
    let mut router = Router::new()
        .route("/CreateGroup", operation(&service, server_groups::create))
        .route("/GetGroup", operation(&service, server_groups::get))
        .route("/Groups", operation(&service, server_groups::list))
        .route("/UpdateGroup", operation(&service, server_groups::update))
        .route("/DeleteGroup", operation(&service, server_groups::delete))
        .route(
            "/CreateSamplingRule",
            operation(&service, server_rules::create),
        )
        .route("/GetSamplingRules", operation(&service, server_rules::list))
        .route(
            "/UpdateSamplingRule",
            operation(&service, server_rules::update),
        )
        .route(
            "/DeleteSamplingRule",
            operation(&service, server_rules::delete),
        )
        .route("/TagResource", operation(&service, server_tags::add))
        .route("/UntagResource", operation(&service, server_tags::remove))
        .route(
            "/ListTagsForResource",
            operation(&service, server_tags::list),
        )
        .route("/SamplingTargets", operation(&service, server_targets::get))
        .route("/TraceSegments", operation(&service, server_traces::put))
        .route(
            "/TraceSummaries",
            operation(&service, server_traces::summaries),
        )
        .route("/Traces", operation(&service, server_traces::batch_get));
    for (path, name) in OTHER_OPERATIONS {
        let refuse = move || async move { refusal(&XRayError::Operation(name)) };
        router = router.route(path, post(refuse));
    }
    router.layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// What stays the same for all requests.
pub struct Service {
    store: Arc<Store>,
    clock: fn() -> i64,
    /// Who reports about which rule.
    pub clients: Clients,
}

/// What an operation knows besides its request.
pub struct Context {
    /// What stays the same.
    pub service: Arc<Service>,
    /// The region that the request is for.
    pub region: String,
    /// Nanoseconds since the epoch.
    pub now: i64,
}

impl Context {
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

fn operation<I, O, F, Fut>(service: &Arc<Service>, run: F) -> MethodRouter
where
    I: DeserializeOwned + Send + 'static,
    O: Serialize,
    F: Fn(Context, I) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<O, XRayError>> + Send,
{
    let service = service.clone();
    post(
        move |headers: HeaderMap, body: Result<Bytes, BytesRejection>| async move {
            let authorization = headers.get(header::AUTHORIZATION);
            let authorization = authorization.and_then(|value| value.to_str().ok());
            let context = Context {
                region: region_of_signature(authorization).to_string(),
                now: (service.clock)(),
                service,
            };
            let result = match read(body) {
                Ok(request) => run(context, request).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(answer) => response(StatusCode::OK, &answer),
                Err(error) => refusal(&error),
            }
        },
    )
}

// Clients send no body at all for an operation without members, and any content type.
fn read<I: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<I, XRayError> {
    let body = body.map_err(|_| XRayError::Incomplete)?;
    let json: &[u8] = if body.is_empty() { b"{}" } else { &body };
    // Serde would take an array for a struct, member by member.
    if json.trim_ascii_start().starts_with(b"[") {
        return Err(XRayError::Body(serde::de::Error::custom(
            "expected an object",
        )));
    }
    serde_json::from_slice(json).map_err(XRayError::Body)
}

fn refusal(error: &XRayError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut body = serde_json::json!({ "Message": error.to_string() });
    if let Some(arn) = error.resource_name() {
        body["ResourceName"] = serde_json::json!(arn);
    }
    let mut response = response(status, &body);
    let code = header::HeaderValue::from_static(error.code());
    response.headers_mut().insert("x-amzn-errortype", code);
    response
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

/// Path and name of the operations that the real service has and this one has not.
const OTHER_OPERATIONS: [(&str, &str); 22] = [
    ("/TelemetryRecords", "PutTelemetryRecords"),
    ("/TraceGraph", "GetTraceGraph"),
    ("/ServiceGraph", "GetServiceGraph"),
    (
        "/TimeSeriesServiceStatistics",
        "GetTimeSeriesServiceStatistics",
    ),
    (
        "/SamplingStatisticSummaries",
        "GetSamplingStatisticSummaries",
    ),
    ("/PutEncryptionConfig", "PutEncryptionConfig"),
    ("/EncryptionConfig", "GetEncryptionConfig"),
    ("/GetTraceSegmentDestination", "GetTraceSegmentDestination"),
    (
        "/UpdateTraceSegmentDestination",
        "UpdateTraceSegmentDestination",
    ),
    ("/GetIndexingRules", "GetIndexingRules"),
    ("/UpdateIndexingRule", "UpdateIndexingRule"),
    ("/Insight", "GetInsight"),
    ("/InsightEvents", "GetInsightEvents"),
    ("/InsightImpactGraph", "GetInsightImpactGraph"),
    ("/InsightSummaries", "GetInsightSummaries"),
    ("/StartTraceRetrieval", "StartTraceRetrieval"),
    ("/CancelTraceRetrieval", "CancelTraceRetrieval"),
    ("/ListRetrievedTraces", "ListRetrievedTraces"),
    ("/GetRetrievedTracesGraph", "GetRetrievedTracesGraph"),
    ("/PutResourcePolicy", "PutResourcePolicy"),
    ("/DeleteResourcePolicy", "DeleteResourcePolicy"),
    ("/ListResourcePolicies", "ListResourcePolicies"),
];
