//! How requests are let in: what they hold draws from one budget, and reads run where writes do not wait for them.
//!
//! Writes go first, then health, then reads. Health takes part in neither, so that it always answers.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::extract::connect_info::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use super::access::Dialect;
use super::bounds::{Bound, read, refuse_unread};
use super::check::refuse;
use crate::cloudwatch::server::TARGET_PREFIX;
use crate::door::Peer;
use crate::door::budget::{Budget, Lack, Purpose, Share};
use crate::door::drawn::{Pace, draw_body};
use crate::door::query_pool::QueryPool;
use crate::door::turns::Caller;
use crate::honeycomb;
use crate::honeycomb::server::key_of;
use crate::otlp;

/// What all requests share.
pub struct Admission {
    /// The memory for what is in flight.
    pub budget: Budget,
    /// Where reads run.
    pub pool: QueryPool,
    /// How slowly a body may come.
    pub pace: Pace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Health,
    Write,
    // One that reads little.
    Read,
    // One that may read everything.
    Query,
}

// The operations of CloudWatch Logs and the paths of X-Ray that read events. The others write, or read a document.
const LOG_QUERIES: [&str; 7] = [
    "DescribeLogStreams",
    "FilterLogEvents",
    "GetLogEvents",
    "GetLogRecord",
    "GetQueryResults",
    "StartLiveTail",
    "TestMetricFilter",
];
const XRAY_QUERIES: [&str; 11] = [
    "/GetRetrievedTracesGraph",
    "/Insight",
    "/InsightEvents",
    "/InsightImpactGraph",
    "/InsightSummaries",
    "/ListRetrievedTraces",
    "/ServiceGraph",
    "/TimeSeriesServiceStatistics",
    "/TraceGraph",
    "/TraceSummaries",
    "/Traces",
];
const READS: [&str; 2] = ["/1/", "/cruddurctl/"];
const WRITES: [&str; 2] = ["/1/events/", "/1/batch/"];
const LISTS: [&str; 1] = ["/1/columns/"];

impl Kind {
    fn of(request: &Request) -> Kind {
        let path = request.uri().path();
        let begins = |beginnings: &[&str]| beginnings.iter().any(|it| path.starts_with(it));
        if path == "/healthz" {
            return Kind::Health;
        }
        let target = text(request.headers(), "x-amz-target");
        if let Some(operation) = target.strip_prefix(TARGET_PREFIX) {
            return match LOG_QUERIES.contains(&operation) {
                true => Kind::Query,
                false => Kind::Write,
            };
        }
        match () {
            () if XRAY_QUERIES.contains(&path) => Kind::Query,
            () if begins(&WRITES) => Kind::Write,
            () if begins(&LISTS) && request.method() == "GET" => Kind::Query,
            () if begins(&READS) => Kind::Read,
            () => Kind::Write,
        }
    }
}

/// Answers a request with what `next` answers, or says in its service's form what it lacks.
pub async fn admit(admission: Arc<Admission>, mut request: Request, next: Next) -> Response {
    let kind = Kind::of(&request);
    if kind == Kind::Health {
        return next.run(request).await;
    }
    let share = admission.budget.share();
    let form = Form::of(&request);
    let caller = Caller(caller_of(&request).into());
    request.extensions_mut().insert(caller.clone());
    let bound = Bound::of(&request);
    let request = match bound {
        Some(bound) if bound.is_passed_by(&request) => return refuse_unread(request, bound).await,
        _ => draw_body(request, &share, admission.pace),
    };
    // What the receivers of spans and events read bit by bit has bounds of its own there.
    let request = match bound {
        None => request,
        Some(bound) => match read(request, bound, &share).await {
            Ok(request) => request,
            Err(refused) => return share.lack().map_or(refused, |lack| form.refuse(lack)),
        },
    };
    let answered = match kind {
        Kind::Health | Kind::Write => Ok(next.run(request).await),
        Kind::Read => admission.pool.run(None, next.run(request)).await,
        Kind::Query => admission.pool.run(Some(&caller.0), next.run(request)).await,
    };
    let mut response = match (share.lack(), answered) {
        (Some(lack), _) => return form.refuse(lack),
        (None, Err(lack)) => return form.refuse(share.lacks(lack)),
        (None, Ok(response)) => response,
    };
    let length = response.body().size_hint().lower();
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length < WORTH_HOLDING {
        return response;
    }
    // What was written is written, and its answer is given: as long as it is sent, what the request had is held.
    let is_read = matches!(kind, Kind::Read | Kind::Query);
    if is_read && let Err(lack) = share.draw(length, Purpose::Read).await {
        return form.refuse(lack);
    }
    let body = std::mem::take(response.body_mut());
    *response.body_mut() = Body::new(Held {
        body,
        _share: share,
    });
    response
}

// A shorter answer lies in the connection's own buffers as soon as it is made.
const WORTH_HOLDING: usize = 64 << 10;

/// The same for a call of OTLP/gRPC.
pub async fn admit_call(
    admission: &Admission,
    request: Request,
    answer: impl AsyncFnOnce(Request) -> otlp::receiver_grpc::Answer,
) -> Response {
    let share = admission.budget.share();
    let answered = answer(draw_body(request, &share, admission.pace)).await;
    let answered = match share.lack() {
        Some(lack) => otlp::receiver_grpc::refuse(lack),
        None => answered,
    };
    answered.map(Body::new)
}

// On one machine all have one address; their programs and keys tell them apart.
fn caller_of(request: &Request) -> String {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let address = peer.map(|ConnectInfo(Peer(address))| address.ip().to_string());
    let headers = request.headers();
    let key = key_of(headers).unwrap_or_default();
    let agent = text(headers, header::USER_AGENT.as_str());
    format!("{} {key} {agent}", address.unwrap_or_default())
}

// In whose form a request is refused.
enum Form {
    Otlp(HeaderMap),
    Honeycomb(HeaderMap),
    Aws(Dialect),
}

impl Form {
    fn of(request: &Request) -> Form {
        let path = request.uri().path();
        let only = |names: &[header::HeaderName]| {
            let headers = names.iter().filter_map(|name| {
                let value = request.headers().get(name)?.clone();
                Some((name.clone(), value))
            });
            headers.collect::<HeaderMap>()
        };
        match () {
            () if path.starts_with("/v1/") => Form::Otlp(only(&[header::CONTENT_TYPE])),
            () if path.starts_with("/1/") => Form::Honeycomb(only(&[header::HOST])),
            () => Form::Aws(Dialect::of(request)),
        }
    }

    fn refuse(&self, lack: Lack) -> Response {
        let dialect = match self {
            Form::Otlp(headers) => return otlp::receiver::refuse(lack, headers),
            Form::Honeycomb(headers) => return honeycomb::server::refuse(lack, headers),
            Form::Aws(dialect) => *dialect,
        };
        // Codes that SDKs try again on, and for the last one codes that they do not: it would take as long again.
        let (status, code) = match (lack, dialect) {
            (Lack::Memory | Lack::Queries, Dialect::AmzJson) => {
                (StatusCode::TOO_MANY_REQUESTS, "ThrottlingException")
            }
            (Lack::Memory | Lack::Queries, _) => {
                (StatusCode::TOO_MANY_REQUESTS, "ThrottledException")
            }
            (Lack::Slow, _) => (StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException"),
            (Lack::Time(_), Dialect::AmzJson) => {
                (StatusCode::BAD_REQUEST, "InvalidParameterException")
            }
            (Lack::Time(_), _) => (StatusCode::BAD_REQUEST, "InvalidRequestException"),
        };
        let mut response = refuse("/", status, code, &lack.to_string());
        if status == StatusCode::TOO_MANY_REQUESTS {
            let seconds = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

// An answer that holds its share until it is sent.
struct Held {
    body: Body,
    _share: Arc<Share>,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        std::pin::Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, target: &str) -> Request {
        let builder = axum::http::Request::builder().method(method).uri(path);
        let builder = match target {
            "" => builder,
            target => builder.header("x-amz-target", format!("{TARGET_PREFIX}{target}")),
        };
        builder.body(Body::empty()).unwrap()
    }

    #[test]
    fn writes_never_queue_behind_reads_and_health_behind_nothing() {
        for (method, path, target, kind) in [
            ("GET", "/healthz", "", Kind::Health),
            ("POST", "/v1/traces", "", Kind::Write),
            ("POST", "/1/events/d", "", Kind::Write),
            ("POST", "/1/batch/d", "", Kind::Write),
            ("POST", "/TraceSegments", "", Kind::Write),
            ("POST", "/SamplingTargets", "", Kind::Write),
            ("POST", "/", "PutLogEvents", Kind::Write),
            ("POST", "/", "CreateLogStream", Kind::Write),
            ("POST", "/", "FilterLogEvents", Kind::Query),
            ("POST", "/", "GetQueryResults", Kind::Query),
            ("POST", "/TraceSummaries", "", Kind::Query),
            ("GET", "/1/columns/d", "", Kind::Query),
            ("POST", "/1/columns/d", "", Kind::Read),
            ("POST", "/1/query_results/d", "", Kind::Read),
            ("GET", "/cruddurctl/datasets/d/result/1", "", Kind::Read),
        ] {
            assert_eq!(
                Kind::of(&request(method, path, target)),
                kind,
                "{path} {target}"
            );
        }
    }

    #[test]
    fn every_service_says_in_its_own_form_what_a_request_lacks() {
        for (path, target, lack, status, is_again, code) in [
            ("/v1/traces", "", Lack::Memory, 429, true, ""),
            ("/1/events/d", "", Lack::Memory, 429, true, ""),
            ("/1/columns/d", "", Lack::Time(10), 400, false, ""),
            (
                "/TraceSegments",
                "",
                Lack::Memory,
                429,
                true,
                "ThrottledException",
            ),
            (
                "/TraceSummaries",
                "",
                Lack::Time(10),
                400,
                false,
                "InvalidRequestException",
            ),
            (
                "/",
                "PutLogEvents",
                Lack::Memory,
                429,
                true,
                "ThrottlingException",
            ),
            (
                "/",
                "PutLogEvents",
                Lack::Slow,
                408,
                false,
                "RequestTimeoutException",
            ),
            (
                "/",
                "FilterLogEvents",
                Lack::Time(10),
                400,
                false,
                "InvalidParameterException",
            ),
        ] {
            let refused = Form::of(&request("POST", path, target)).refuse(lack);
            assert_eq!(refused.status().as_u16(), status, "{path} {target}");
            let headers = refused.headers();
            assert_eq!(
                headers.contains_key(header::RETRY_AFTER),
                is_again,
                "{path}"
            );
            assert_eq!(text(headers, "x-amzn-errortype"), code, "{path} {target}");
        }
    }
}
