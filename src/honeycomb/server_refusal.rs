//! Honeycomb's error bodies, and JSON in and out.
//!
//! Source: Honeycomb's OpenAPI document, components.responses.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::event::EventError;
use super::server_limits::put_retry_after;
use super::spec_reader::Problem;
use crate::door::body::BodyError;
use crate::door::budget::Lack;
use crate::door::frames::frames;
use crate::store::StoreError;

/// Returns a JSON response.
pub fn json_response(status: StatusCode, body: &Json) -> Response {
    with_type(status, "application/json", body)
}

/// Returns a JSON object with one more member, a text that is JSON already and may be long: it is not copied.
pub fn json_response_with(body: &Json, name: &'static str, member: Bytes) -> Response {
    let mut begin = body.to_string();
    let is_empty = body.as_object().is_none_or(serde_json::Map::is_empty);
    begin.truncate(begin.len() - 1);
    let comma = if is_empty { "" } else { "," };
    begin.push_str(&format!("{comma}\"{name}\":"));
    let length = begin.len() + member.len() + 1;
    let (sender, frames) = frames(3);
    for piece in [begin.into(), member, Bytes::from_static(b"}")] {
        // There is a place for each.
        let _ = sender.try_send(piece);
    }
    let mut response = Response::new(Body::new(frames));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CONTENT_LENGTH, length.into());
    response
}

fn with_type(status: StatusCode, content_type: &'static str, body: &Json) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

const UNPARSEABLE: &str = "could not parse request body";

/// Why a request was refused, in Honeycomb's own error bodies.
pub enum Refusal {
    /// The body is not JSON.
    Unparseable,
    /// There is no such thing; says which.
    NotFound(&'static str),
    /// The fields are wrong.
    Invalid(Vec<Problem>),
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The body is well-formed and yet not to be done; in the legacy form, where the service uses it.
    BadRequest(String),
    /// It goes against what is there already; says what.
    Conflict(&'static str),
    /// The service has such things, and the stack has none; says which.
    Unserved(&'static str),
    /// The team's plan does not have it.
    Plan,
    /// The range of a query is longer than seven days.
    TooLong,
    /// More than this many requests came in a minute; who refuses adds when to come again.
    RateLimited(u32),
    /// More comes in than can be written, so an event is not taken; in ingest's own words.
    Dropped,
    /// It could be served at another time.
    Lack(Lack),
    /// The body cannot be had.
    Body(BodyError),
    /// The body is no event, or no batch of them.
    Event(EventError),
    /// The store refused.
    Store(StoreError),
}

impl Refusal {
    /// Returns what the endpoints say whose description has no other 400 than the legacy form, and for a
    /// wrong field nothing else.
    pub fn in_short(self) -> Refusal {
        match self {
            Refusal::Unparseable => Refusal::BadRequest(UNPARSEABLE.to_string()),
            Refusal::Invalid(problems) => {
                let each = problems
                    .iter()
                    .map(|it| format!("{} {}", it.field, it.description));
                Refusal::BadRequest(each.collect::<Vec<_>>().join("; "))
            }
            other => other,
        }
    }

    /// Turns the refusal into a response to a request with `headers`, whose Host the problem's type
    /// address is built on.
    pub fn response(self, headers: &HeaderMap) -> Response {
        match self {
            Refusal::Unparseable => {
                let body = json!({
                    "status": 400,
                    "title": "The request body could not be parsed.",
                    "error": UNPARSEABLE,
                });
                problem(StatusCode::BAD_REQUEST, headers, "unparseable", body)
            }
            Refusal::NotFound(what) => {
                let body = json!({
                    "status": 404,
                    "title": "The requested resource cannot be found.",
                    "error": what,
                });
                problem(StatusCode::NOT_FOUND, headers, "not-found", body)
            }
            Refusal::Invalid(problems) => {
                let details: Vec<Json> = problems
                    .iter()
                    .map(|problem| {
                        json!({
                            "field": problem.field,
                            "code": problem.code,
                            "description": problem.description,
                        })
                    })
                    .collect();
                let body = json!({
                    "status": 422,
                    "title": "The provided input is invalid.",
                    "error": "The provided input is invalid.",
                    "type_detail": details,
                });
                problem(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    headers,
                    "validation-failed",
                    body,
                )
            }
            Refusal::BadRequest(error) => {
                json_response(StatusCode::BAD_REQUEST, &json!({ "error": error }))
            }
            Refusal::Conflict(error) => {
                let body = json!({
                    "status": 409,
                    "title": "Request could not be completed due to a conflict with the current state of the target resource.",
                    "error": error,
                });
                problem(StatusCode::CONFLICT, headers, "conflict", body)
            }
            Refusal::Unserved(what) => {
                let error = format!(
                    "{what} are not served locally: their list is empty, and none can be made"
                );
                let body = json!({
                    "status": 403,
                    "title": "The local stack does not have this feature.",
                    "error": error,
                    "detail": error,
                });
                problem(StatusCode::FORBIDDEN, headers, "forbidden", body)
            }
            // What the service says to a team without the plan is not documented beyond the status. This is
            // the form of its other problems, with a slug and words of our own.
            Refusal::Plan => {
                let error = "Query Data is only available to teams on the Enterprise plan.";
                let body = json!({
                    "status": 403,
                    "title": "Your plan does not include this feature.",
                    "error": error,
                    "detail": error,
                });
                problem(StatusCode::FORBIDDEN, headers, "forbidden", body)
            }
            Refusal::TooLarge(most) => {
                let body = json!({
                    "status": 413,
                    "title": "The request body is too large.",
                    "error": format!("the request body is larger than {most} bytes"),
                });
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                problem(status, headers, "payload-too-large", body)
            }
            Refusal::TooLong => {
                let error = "invalid Query data: the time range is longer than 7 days";
                json_response(StatusCode::BAD_REQUEST, &json!({ "error": error }))
            }
            Refusal::RateLimited(most) => {
                let body = json!({
                    "status": 429,
                    "title": "You have exceeded your rate limit.",
                    "error": "You have exceeded your rate limit.",
                    "detail": format!("This endpoint allows {most} requests per minute."),
                });
                problem(StatusCode::TOO_MANY_REQUESTS, headers, "rate-limited", body)
            }
            Refusal::Dropped => {
                let error = "Request dropped due to rate limiting.";
                let status = StatusCode::TOO_MANY_REQUESTS;
                let mut response = json_response(status, &json!({ "error": error }));
                put_retry_after(response.headers_mut(), 1);
                response
            }
            Refusal::Lack(lack) => {
                let status = match lack {
                    Lack::Memory | Lack::Queries => StatusCode::TOO_MANY_REQUESTS,
                    Lack::Slow => StatusCode::REQUEST_TIMEOUT,
                    Lack::Time(_) => StatusCode::BAD_REQUEST,
                };
                let mut response = json_response(status, &json!({ "error": lack.to_string() }));
                if status == StatusCode::TOO_MANY_REQUESTS {
                    put_retry_after(response.headers_mut(), 1);
                }
                response
            }
            Refusal::Body(error) => {
                json_response(error.status(), &json!({ "error": error.to_string() }))
            }
            Refusal::Event(error) => {
                let status = match error {
                    EventError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                    _ => StatusCode::BAD_REQUEST,
                };
                json_response(status, &json!({ "error": error.to_string() }))
            }
            Refusal::Store(error) => {
                let status = match error {
                    StoreError::Full => StatusCode::TOO_MANY_REQUESTS,
                    StoreError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                    StoreError::Io(_) | StoreError::Closed => StatusCode::SERVICE_UNAVAILABLE,
                };
                let mut response = json_response(status, &json!({ "error": error.to_string() }));
                if status == StatusCode::TOO_MANY_REQUESTS {
                    put_retry_after(response.headers_mut(), 1);
                }
                response
            }
        }
    }
}

// What is made here is kept in memory, so it may not be of any length. Source for the number: the example
// of a body that is too large in Honeycomb's OpenAPI document.
pub const MOST_BODY_BYTES: usize = 100_000;

/// Reads a JSON body.
///
/// # Errors
/// `TooLarge` and `Unparseable`.
pub fn parse_body(body: &Bytes) -> Result<Json, Refusal> {
    if body.len() > MOST_BODY_BYTES {
        return Err(Refusal::TooLarge(MOST_BODY_BYTES));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::Unparseable)
}

/// Returns a problem as RFC 7807 describes it; its type is an address under the request's own Host.
pub fn problem(status: StatusCode, headers: &HeaderMap, slug: &str, mut body: Json) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    body["type"] = format!("http://{host}/problems/{slug}").into();
    with_type(status, "application/problem+json", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_429_that_is_not_of_a_budget_says_when_to_come_again() {
        for refusal in [
            Refusal::Dropped,
            Refusal::Lack(Lack::Memory),
            Refusal::Lack(Lack::Queries),
            Refusal::Store(StoreError::Full),
        ] {
            let response = refusal.response(&HeaderMap::new());
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            let again = response.headers()[header::RETRY_AFTER].to_str().unwrap();
            assert!(again.ends_with(" GMT"), "{again}");
        }
    }
}
