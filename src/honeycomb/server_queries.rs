//! Queries and their results: create, run, poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::server::HoneycombServer;
use super::server_columns::check_deleted;
use super::server_datasets::{NO_DATASET, left_out, parts};
use super::server_derived::add_derived;
use super::server_fields::Fields;
use super::server_limits::http_date;
use super::server_refusal::{Refusal, json_response, json_response_with, parse_body};
use super::server_results::{Outcome, Running};
use super::server_stored::length;
use super::spec_reader::{Problem, spec_from_json};
use super::wire::{AggregatesWanted, answer_to_json, put_aggregates};
use crate::clock::now;
use crate::door::budget::{Lack, Purpose, Share};
use crate::door::turns::Caller;
use crate::engine::{self, Detail, Draw, QueryError, Terms, granularity};
use crate::model::query::QuerySpec;
use crate::model::span::slug;
use crate::store::{Change, Part, Store, StoreError, Table};

pub(super) const QUERIES: Table = Table("honeycomb/query");

// So many rows are for those who do without the series. Source: Honeycomb's OpenAPI document.
const MOST_ROWS: i64 = 10_000;

// A result that is ready this soon comes with the first GET, which saves the client a second round.
const PATIENCE: Duration = Duration::from_millis(200);

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
        if documents.get(QUERIES, &key).is_some() {
            server.queries.used(&key);
            return Ok::<_, Refusal>((Vec::new(), ()));
        }
        let mut changes = server.queries.make_room(documents, &key, length(&stored));
        changes.push(Change::Put {
            table: QUERIES,
            key,
            value: stored,
        });
        Ok((changes, ()))
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
    caller: Option<Extension<Caller>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = server.limits.check_plan() {
        return refusal.response(&headers);
    }
    let run = server.limits.run();
    let caller = caller.map(|Extension(Caller(caller))| caller);
    let caller = caller.unwrap_or_default();
    let started = match run.is_allowed {
        true => start(&server, &dataset, &caller, &body),
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
    caller: &str,
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
    let running = Arc::new(Running::new(dataset.clone(), query));
    server.results.put(id.clone(), running.clone());
    let run = Run {
        store: server.store.clone(),
        dataset,
        spec,
        detail,
        wanted,
        parts,
        now,
    };
    let (server, its_id, caller) = (server.clone(), id.clone(), caller.to_string());
    tokio::spawn({
        let running = running.clone();
        async move {
            let outcome = outcome(&server, &caller, &running, run).await;
            server.results.finish(&its_id, &running, outcome);
        }
    });
    Ok((id, running))
}

/// What is run, of what.
struct Run {
    store: Arc<Store>,
    dataset: String,
    spec: QuerySpec,
    detail: Detail,
    wanted: AggregatesWanted,
    parts: Vec<Arc<Part>>,
    now: i64,
}

// Queries take turns, so that writing and health never wait for them, nor one caller for all queries of another.
async fn outcome(server: &HoneycombServer, caller: &str, running: &Running, run: Run) -> Outcome {
    let longest = server.limits.longest_run();
    let too_long = |what: &str| {
        Err(format!(
            "{what} for {} s, and this one was given up",
            longest.as_secs()
        ))
    };
    let Ok(turn) = server.turns.queue(caller) else {
        return Err(Lack::Queries.to_string());
    };
    let turn = tokio::select! {
        turn = timeout(longest, turn) => turn,
        () = running.is_abandoned(ABANDONED) => return Err(NOT_ASKED_FOR.to_string()),
    };
    let Ok(turn) = turn else {
        return too_long("other queries were running");
    };
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, share) = (stop.clone(), server.budget.share());
    let work = tokio::task::spawn_blocking(move || {
        // A run that is given up keeps its turn until it has seen the flag.
        let _turn = turn;
        let data = data(&run, &InFlight(share), &stopped);
        data.map(|data| Bytes::from(data.to_string()))
            .map_err(|error| error.to_string())
    });
    tokio::select! {
        outcome = outcome_within(longest, work, &stop) => outcome,
        () = running.is_abandoned(ABANDONED) => {
            stop.store(true, Ordering::Relaxed);
            Err(NOT_ASKED_FOR.to_string())
        }
    }
}

// Clients ask for a result twice a second or so until it is there; one that has left does not.
const ABANDONED: Duration = Duration::from_secs(15);
const NOT_ASKED_FOR: &str = "the query was given up, since its result was not asked for any more";

// A run that takes too long is stopped, and not waited for: it checks the flag after each piece of work.
async fn outcome_within(
    longest: Duration,
    work: JoinHandle<Outcome>,
    stop: &AtomicBool,
) -> Outcome {
    match timeout(longest, work).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err("the query ended before its time".to_string()),
        Err(_) => {
            stop.store(true, Ordering::Relaxed);
            let seconds = u8::try_from(longest.as_secs()).unwrap_or(u8::MAX);
            Err(Lack::Time(seconds).to_string())
        }
    }
}

// The memory of a run.
#[derive(Debug)]
struct InFlight(Arc<Share>);

impl Draw for InFlight {
    fn draw(&self, bytes: usize) -> bool {
        self.0.try_draw(bytes, Purpose::Read)
    }
}

// The whole answer as the `data` of a result.
fn data(run: &Run, memory: &InFlight, stop: &AtomicBool) -> Result<Json, QueryError> {
    let with_series = run.detail == Detail::Series;
    let terms = Terms {
        with_aggregates: run.wanted.total || run.wanted.other,
        stop: Some(stop),
        memory: Some(memory),
        ..Terms::new(run.detail)
    };
    let (mut answer, aggregates) = engine::answer_on(&terms, &run.spec, &run.parts, run.now)?;
    // The answer itself says it of the parts that it has read.
    let gone = left_out(&run.store, &run.dataset, answer.window);
    answer.left_out.add(gone);
    let mut data = answer_to_json(&answer, with_series);
    if let Some(aggregates) = aggregates {
        put_aggregates(&mut data, &answer, &aggregates, run.wanted, with_series);
    }
    Ok(data)
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
        let refusal = match server.results.is_evicted(&id) {
            true => Refusal::NotFound("Query result is not kept any more; run the query again"),
            false => Refusal::NotFound("Query result not found"),
        };
        return refusal.response(&headers);
    };
    let outcome = running.wait(PATIENCE).await;
    let mut body = envelope(&headers, &id, &running);
    body["complete"] = outcome.is_some().into();
    let mut response = match outcome {
        None => json_response(StatusCode::OK, &body),
        Some((_, Ok(data))) => json_response_with(&body, "data", data.clone()),
        // A query that failed is still a 200, as on the real service.
        Some((_, Err(error))) => {
            body["error"] = error.clone().into();
            json_response(StatusCode::OK, &body)
        }
    };
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
        running.dataset()
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
            Ok(Bytes::new())
        });
        let stop = AtomicBool::new(false);
        let given_up = outcome_within(Duration::ZERO, endless, &stop).await;
        assert!(stop.load(Ordering::Relaxed));
        assert_eq!(
            given_up.unwrap_err(),
            "the query took longer than 0 s and was given up; a shorter time range takes less"
        );
        drop(end);

        let quick = tokio::spawn(async { Ok(Bytes::from("1")) });
        let within = Duration::from_secs(600);
        let stop = AtomicBool::new(false);
        assert_eq!(
            outcome_within(within, quick, &stop).await,
            Ok(Bytes::from("1"))
        );

        let lost = tokio::spawn(std::future::pending());
        lost.abort();
        assert!(outcome_within(within, lost, &stop).await.is_err());
        assert!(!stop.load(Ordering::Relaxed));
    }
}
