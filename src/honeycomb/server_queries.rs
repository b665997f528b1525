//! Queries and their results: create, run, poll.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::server::HoneycombServer;
use super::server_columns::check_deleted;
use super::server_datasets::{NO_DATASET, left_out, parts};
use super::server_derived::add_derived;
use super::server_fields::Fields;
use super::server_kept::json_bytes;
use super::server_limits::http_date;
use super::server_refusal::{Refusal, json_response, parse_body};
use super::spec_reader::{Problem, spec_from_json};
use super::wire::{AggregatesWanted, answer_to_json, put_aggregates};
use crate::clock::now;
use crate::engine::{self, Detail, QueryError, Terms, granularity};
use crate::model::query::QuerySpec;
use crate::model::span::slug;
use crate::store::{Change, Part, Store, StoreError, Table};

pub(super) const QUERIES: Table = Table("honeycomb/query");

// So many rows are for those who do without the series. Source: Honeycomb's OpenAPI document.
const MOST_ROWS: i64 = 10_000;

// A result that is ready this soon comes with the first GET, which saves the client a second round.
const PATIENCE: Duration = Duration::from_millis(200);

pub(super) struct Running {
    pub(super) dataset: String,
    pub(super) query: Json,
    // With the moment at which it was there.
    pub(super) outcome: OnceLock<(SystemTime, Outcome)>,
    pub(super) done: Notify,
}

// `data` or an error's text.
pub(super) type Outcome = Result<Json, String>;

impl Running {
    /// Returns what came of it: `data` or an error's text; `None` while it runs.
    pub(super) fn outcome(&self) -> Option<Result<&Json, &str>> {
        let (_, outcome) = self.outcome.get()?;
        Some(outcome.as_ref().map_err(String::as_str))
    }

    /// Returns its `data`, if it has come to some.
    pub(super) fn data(&self) -> Option<&Json> {
        self.outcome()?.ok()
    }
}

/// `POST /1/queries/{dataset}`
pub async fn create(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match try_create(&server, &dataset, &body).await {
        Ok(query) => json_response(StatusCode::OK, &query),
        Err(refusal) => refusal.response(&headers),
    }
}

async fn try_create(
    server: &HoneycombServer,
    dataset: &str,
    body: &Bytes,
) -> Result<Json, Refusal> {
    let mut query = parse_body(body)?;
    parts(&server.store, dataset).ok_or(NO_DATASET)?;
    let spec = spec_from_json(&query).map_err(Refusal::Invalid)?;
    check_deleted(&server.store, dataset, &spec)?;
    let window = spec.time_range.window(now());
    granularity(&spec, window).map_err(|error| {
        let field = "granularity".to_string();
        Refusal::Invalid(vec![Problem {
            field,
            code: "invalid",
            // The field is named beside it.
            description: error.to_string().replacen("granularity ", "", 1),
        }])
    })?;
    // The same question has the same id, so asking it every day does not fill the store.
    let dataset = slug(dataset);
    let id = short_id(&[&dataset, &query.to_string()]);
    let key = format!("{dataset}/{id}");
    let stored = query.clone();
    let unstored = (key.clone(), query.clone());
    let made = server.store.transact(|documents| {
        let is_known = documents.get(QUERIES, &key).is_some();
        let change = Change::Put {
            table: QUERIES,
            key,
            value: stored,
        };
        Ok::<_, Refusal>((if is_known { Vec::new() } else { vec![change] }, ()))
    });
    match made.await {
        Ok(made) => made?,
        Err(StoreError::Io(_)) => server.unstored.put(unstored.0, unstored.1),
        Err(error) => return Err(Refusal::Store(error)),
    }
    query["id"] = id.into();
    Ok(query)
}

/// `GET /1/queries/{dataset}/{id}`
pub async fn one(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    match stored(&server, &dataset, &id) {
        Some(mut query) => {
            query["id"] = id.into();
            json_response(StatusCode::OK, &query)
        }
        None => Refusal::NotFound("Query not found").response(&headers),
    }
}

/// `POST /1/query_results/{dataset}`
pub async fn run(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = server.limits.check_plan() {
        return refusal.response(&headers);
    }
    let run = server.limits.run();
    let started = match run.is_allowed {
        true => start(&server, &dataset, &body),
        false => Err(run.refusal()),
    };
    let mut response = match started {
        Ok((id, running)) => {
            let body = envelope(&headers, &id, &running);
            let mut response = json_response(StatusCode::CREATED, &body);
            let location = format!("/1/query_results/{dataset}/{id}");
            if let Ok(location) = HeaderValue::from_str(&location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
        Err(refusal) => refusal.response(&headers),
    };
    run.put_headers(response.headers_mut());
    response
}

fn start(
    server: &Arc<HoneycombServer>,
    dataset: &str,
    body: &Bytes,
) -> Result<(String, Arc<Running>), Refusal> {
    let mut fields = Fields::of(body)?;
    let query_id = fields.required("query_id", 255);
    let detail = match fields.truth("disable_series") {
        Some(true) => Detail::Rows,
        _ => Detail::Series,
    };
    let wanted = AggregatesWanted {
        total: fields.truth("disable_total_by_aggregate") == Some(false),
        other: fields.truth("disable_other_by_aggregate") == Some(false),
    };
    // With a series it is ignored, as the service's document has it.
    let limit = match detail {
        Detail::Rows => fields.whole("limit", 1..=MOST_ROWS),
        Detail::Series => None,
    };
    fields.done()?;
    let mut query =
        stored(server, dataset, &query_id).ok_or(Refusal::NotFound("Query not found"))?;
    let mut spec = spec_from_json(&query).map_err(Refusal::Invalid)?;
    check_deleted(&server.store, dataset, &spec)?;
    add_derived(server, dataset, &mut spec);
    if let Some(limit) = limit {
        spec.limit = limit as usize;
        query["limit"] = limit.into();
    }
    query["id"] = query_id.into();
    let now = now();
    spec.time_range = server.limits.range(spec.time_range, now)?;
    let parts = parts(&server.store, dataset).ok_or(NO_DATASET)?;

    let id = random_id();
    let dataset = slug(dataset);
    let (store, read) = (server.store.clone(), dataset.clone());
    let running = Arc::new(Running {
        dataset,
        query,
        outcome: OnceLock::new(),
        done: Notify::new(),
    });
    server.results.put(id.clone(), running.clone());
    let longest = server.limits.longest_run();
    let (task, its_id) = (running.clone(), id.clone());
    let server = server.clone();
    tokio::spawn(async move {
        // Queries take turns, so that writing and health never wait for them.
        let turn = tokio::time::timeout(longest, server.runs.clone().acquire_owned()).await;
        let outcome = match turn {
            Ok(Ok(turn)) => {
                let stop = Arc::new(AtomicBool::new(false));
                let stopped = stop.clone();
                let work = tokio::task::spawn_blocking(move || {
                    // A run that is given up keeps its turn until it has seen the flag.
                    let _turn = turn;
                    let asked = (&spec, detail, wanted);
                    data(&store, &read, asked, &parts, now, &stopped)
                        .map_err(|error| error.to_string())
                });
                outcome_within(longest, work, &stop).await
            }
            _ => Err(format!(
                "other queries were running for {} s, and this one was given up",
                longest.as_secs()
            )),
        };
        let bytes = outcome.as_ref().map_or(0, json_bytes);
        let _ = task.outcome.set((SystemTime::now(), outcome));
        task.done.notify_waiters();
        server.results.weigh(&its_id, bytes);
    });
    Ok((id, running))
}

// A run that takes too long is stopped, and not waited for: it checks the flag after each piece of work.
async fn outcome_within(
    longest: Duration,
    work: JoinHandle<Outcome>,
    stop: &AtomicBool,
) -> Outcome {
    match tokio::time::timeout(longest, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err("the query ended before its time".to_string()),
        Err(_) => {
            stop.store(true, Ordering::Relaxed);
            Err(format!(
                "the query took longer than {} s and was given up; a shorter time range takes less",
                longest.as_secs()
            ))
        }
    }
}

// The whole answer as the `data` of a result.
fn data(
    store: &Store,
    dataset: &str,
    (spec, detail, wanted): (&QuerySpec, Detail, AggregatesWanted),
    parts: &[Arc<Part>],
    now: i64,
    stop: &AtomicBool,
) -> Result<Json, QueryError> {
    let with_series = detail == Detail::Series;
    let terms = Terms {
        with_aggregates: wanted.total || wanted.other,
        stop: Some(stop),
        ..Terms::new(detail)
    };
    let (mut answer, aggregates) = engine::answer_on(&terms, spec, parts, now)?;
    // The answer itself says it of the parts that it has read.
    let gone = left_out(store, dataset, answer.window);
    answer.left_out.add(gone);
    let mut data = answer_to_json(&answer, with_series);
    if let Some(aggregates) = aggregates {
        put_aggregates(&mut data, &answer, &aggregates, wanted, with_series);
    }
    Ok(data)
}

/// Returns how many queries may run at once.
pub(super) fn most_at_once() -> usize {
    // Each works on all cores; a second one fills the gaps of the first.
    2
}

/// `GET /1/query_results/{dataset}/{id}`
pub async fn result(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = server.limits.check_plan() {
        return refusal.response(&headers);
    }
    let Some(running) = server.results.of_dataset(&dataset, &id) else {
        return Refusal::NotFound("Query result not found").response(&headers);
    };
    let done = running.done.notified();
    if running.outcome.get().is_none() {
        let _ = tokio::time::timeout(PATIENCE, done).await;
    }
    // Asked once, so that it cannot become complete between the data and the word for it.
    let outcome = running.outcome.get();
    let mut body = envelope(&headers, &id, &running);
    match outcome {
        None => {}
        Some((_, Ok(data))) => body["data"] = data.clone(),
        // A query that failed is still a 200, as on the real service.
        Some((_, Err(error))) => body["error"] = error.clone().into(),
    }
    body["complete"] = outcome.is_some().into();
    let mut response = json_response(StatusCode::OK, &body);
    if let Some((since, _)) = outcome {
        let headers = response.headers_mut();
        let forever = HeaderValue::from_static("private, max-age=86400");
        headers.insert(header::CACHE_CONTROL, forever);
        if let Some(since) = http_date(*since) {
            headers.insert(header::LAST_MODIFIED, since);
        }
    }
    response
}

fn envelope(headers: &HeaderMap, id: &str, running: &Running) -> Json {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let url = format!(
        "http://{host}/cruddurctl/datasets/{}/result/{id}",
        running.dataset
    );
    json!({
        "query": running.query,
        "id": id,
        "complete": false,
        "links": { "query_url": url, "graph_image_url": format!("{url}/snapshot") },
    })
}

fn stored(server: &HoneycombServer, dataset: &str, id: &str) -> Option<Json> {
    let key = format!("{}/{id}", slug(dataset));
    let stored = server.store.document(QUERIES, &key);
    match stored {
        Some(query) => Some((*query).clone()),
        None => server.unstored.get(&key),
    }
}

/// Returns an id of eleven letters and digits that depends on `parts` alone.
pub fn short_id(parts: &[&str]) -> String {
    // FNV-1a: the same in every version, unlike the standard library's hasher.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    letters(hash)
}

/// Returns an id of eleven letters and digits that nobody can know before.
pub fn random_id() -> String {
    letters(rand::random())
}

fn letters(mut number: u64) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    (0..11)
        .map(|_| {
            let letter = LETTERS[(number % 62) as usize] as char;
            number /= 62;
            letter
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_that_takes_too_long_or_is_lost_is_an_error() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let endless = tokio::task::spawn_blocking(move || {
            let _ = ended.recv();
            Ok(Json::Null)
        });
        let stop = AtomicBool::new(false);
        let given_up = outcome_within(Duration::ZERO, endless, &stop).await;
        assert!(stop.load(Ordering::Relaxed));
        assert_eq!(
            given_up.unwrap_err(),
            "the query took longer than 0 s and was given up; a shorter time range takes less"
        );
        drop(end);

        let quick = tokio::spawn(async { Ok(1.into()) });
        let within = Duration::from_secs(600);
        let stop = AtomicBool::new(false);
        assert_eq!(outcome_within(within, quick, &stop).await, Ok(1.into()));

        let lost = tokio::spawn(std::future::pending());
        lost.abort();
        assert!(outcome_within(within, lost, &stop).await.is_err());
        assert!(!stop.load(Ordering::Relaxed));
    }
}
