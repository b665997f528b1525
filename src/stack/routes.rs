//! What is served at which port, and who may call it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, RawQuery, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Map, Value as Json, json};

use super::access;
use super::admission::{Admission, admit, admit_call};
use super::check::{self, Allowed, MOST_BODY_BYTES};
use super::identity;
use super::probe;
use crate::door::budget::Budget;
use crate::honeycomb::server_limits::Limits;
use crate::model::time::SECOND;
use crate::otlp::receiver_intake::Intake;
use crate::settings::secret::Secret;
use crate::store::{Excess, Store};
use crate::xray::daemon::Door;
use crate::{cloudwatch, honeycomb, otlp, xray};

/// Returns everything that the stack serves, for the port that everything can be asked at.
pub fn of_http_port(
    health: Health,
    (intake, admission): (Arc<Intake>, Arc<Admission>),
    xray: Router,
    limits: Limits,
    allowed: Arc<Allowed>,
    key: Arc<Option<Secret>>,
    accepts: impl Fn(&str) -> bool + Clone + Send + Sync + 'static,
) -> Router {
    let store = health.store.clone();
    let logs = store.clone();
    let of_aws = Router::new()
        .route(
            "/",
            post(move |query, headers, body| by_target(logs.clone(), query, headers, body))
                .get(page),
        )
        .merge(xray)
        .merge(xray::server_rejects::routes(store.clone()))
        .layer(middleware::from_fn(move |request, next| {
            access::check(key.clone(), request, next)
        }));
    let routes = Router::new()
        .route("/healthz", get(move || healthy(health)))
        .merge(otlp::receiver::routes(intake.clone()))
        .merge(honeycomb::server::routes(
            store,
            limits,
            (admission.pool.turns().clone(), admission.budget.clone()),
            accepts,
        ))
        .merge(of_aws)
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES as usize));
    checked(routes, intake, admission, allowed)
}

/// Returns what the port of OTLP/gRPC serves: OTLP, over HTTP too, since exporters are often pointed there.
///
/// Everything else is told where it is served.
pub fn of_grpc_port(
    intake: Arc<Intake>,
    admission: Arc<Admission>,
    allowed: Arc<Allowed>,
    http: SocketAddr,
) -> Router {
    let elsewhere = move || async move {
        let message = format!("this port takes OTLP alone; everything else is at http://{http}");
        let body = json!({ "message": message }).to_string();
        let json = [(header::CONTENT_TYPE, "application/json")];
        (StatusCode::NOT_FOUND, json, body)
    };
    let routes = otlp::receiver::routes(intake.clone()).fallback(elsewhere);
    checked(routes, intake, admission, allowed)
}

fn checked(
    routes: Router,
    intake: Arc<Intake>,
    admission: Arc<Admission>,
    allowed: Arc<Allowed>,
) -> Router {
    let inner = admission.clone();
    routes
        .layer(middleware::from_fn(move |request, next| {
            admit(inner.clone(), request, next)
        }))
        .layer(middleware::from_fn(move |request, next| {
            let (intake, admission) = (intake.clone(), admission.clone());
            enter(intake, admission, allowed.clone(), request, next)
        }))
}

// No page can make a gRPC call without TLS, and programs call us by any name.
async fn enter(
    intake: Arc<Intake>,
    admission: Arc<Admission>,
    allowed: Arc<Allowed>,
    request: Request,
    next: Next,
) -> Response {
    if otlp::receiver_grpc::is_call(&request) {
        let answer = async |request| otlp::receiver_grpc::answer(intake, request).await;
        return admit_call(&admission, request, answer).await;
    }
    check::check(allowed, request, next).await
}

/// What a stack knows of how it is.
#[derive(Clone)]
pub struct Health {
    /// When the stack started, in nanoseconds since the epoch.
    pub started: i64,
    /// How long events are kept; `None` is for ever.
    pub keep_age: Option<Duration>,
    /// What is stored.
    pub store: Arc<Store>,
    /// What comes in as OTLP.
    pub intake: Arc<Intake>,
    /// Where OTLP/gRPC has a port of its own, if it has one.
    pub grpc_address: Option<SocketAddr>,
    /// Where the X-Ray daemon's port is, if there is one.
    pub daemon_address: Option<SocketAddr>,
    /// What comes in there by UDP.
    pub door: Option<Arc<Door>>,
    /// The memory for what is in flight.
    pub budget: Budget,
}

/// `GET /healthz`
pub async fn healthy(health: Health) -> Response {
    let (metrics, refused) = (health.intake.metrics(), health.store.refused());
    let warnings = health.store.warnings().borrow().clone();
    let body = json!({
        "service": "cruddurctl",
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        // Seconds since the epoch, and how many seconds events are kept; null is for ever.
        "started": health.started / SECOND,
        "keep_seconds": health.keep_age.map(|age| age.as_secs()),
        "grpc_address": health.grpc_address.map(|address| address.to_string()),
        "daemon_address": health.daemon_address.map(|address| address.to_string()),
        // What came through the UDP door, and where it went.
        "daemon": health.door.map(|door| door.counts().to_json()),
        // What all requests and queries in flight have together, what they may have, and how many were refused since
        // they found too little of it, or no turn, or came or took too long.
        "in_flight": {
            "bytes": health.budget.used_bytes(),
            "limit_bytes": health.budget.total_bytes(),
            "refused": health.budget.n_refused(),
        },
        // How many events have ever left because the folder was full or they were too old.
        "evicted_events": health.store.evicted_events(),
        // How many events were refused since the stack started, since a limit was reached.
        "refused_events": {
            "dataset_has_too_many_columns": refused.count(Excess::Columns),
            "too_many_datasets": refused.count(Excess::Datasets),
            "column_name_is_too_long": refused.count(Excess::Name),
        },
        // The same by dataset, of the first 20 that had any.
        "refused_by_dataset": refused.by_dataset().iter().map(|(dataset, n)| {
            (dataset.to_string(), Json::from(*n))
        }).collect::<Map<String, Json>>(),
        // How much was stored since the stack started, lens by lens.
        "received": probe::received_json(health.store.received()),
        // What came and is not kept: see `otlp::receiver_intake`.
        "metrics_not_kept": {
            "requests": metrics.n_requests,
            "data_points": metrics.n_points,
        },
        "damage": health.store.damage(),
        // Journal files that cannot be sealed; their events are served.
        "set_aside": health.store.set_aside(),
        "trouble": health.store.trouble(),
        // Why nothing can be stored; null while everything can.
        "writes_refused": warnings.refusal,
        // The clock that events expire by, in seconds since the epoch; how many seconds the system's clock is ahead of
        // it, and how many events stay because of that. See `store::retention`.
        "retention": {
            "clock": health.store.retention_time() / SECOND,
            "clock_is_ahead_by": warnings.held_back.map(|it| it.ahead / SECOND),
            "events_that_would_have_expired": warnings.held_back.map(|it| it.events),
        },
        "warnings": warnings.sentences(),
    });
    (
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

async fn page(RawQuery(query): RawQuery) -> Response {
    if let Some(response) = identity::answer(query.as_deref().unwrap_or_default()) {
        return response;
    }
    let page = include_str!("../../templates/page.html");
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

// CloudWatch Logs and STS both POST to `/`; the one names its operation in a header, the other in
// the body, or in the query if it is signed there.
async fn by_target(
    store: Arc<Store>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if headers.contains_key("x-amz-target") {
        return cloudwatch::server::handle(&store, &headers, body).await;
    }
    let forms = [query.as_deref(), std::str::from_utf8(&body).ok()];
    if let Some(response) = forms.into_iter().flatten().find_map(identity::answer) {
        return response;
    }
    let message = "POST / takes CloudWatch Logs calls (with an X-Amz-Target header) and STS GetCallerIdentity";
    let body = json!({ "__type": "UnknownOperationException", "message": message });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
