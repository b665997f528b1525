//! Honeycomb's own ingest: one event, or a batch of them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::event::{self, EventError, Rules};
use super::msgpack;
use super::server::HoneycombServer;
use super::server_datasets::{NO_DATASET, expand_json_depth};
use super::server_refusal::{Refusal, json_response};
use crate::clock::now;
use crate::door::body::{BodyError, Bounds, Received, json_memory_bytes};
use crate::model::query::QuerySpec;
use crate::model::span::{Batch, Event, Lens};
use crate::store::{Excess, Refused, StoreError};

// The same length before and after: what is sent as it is has no smaller bound than what is compressed.
const EVENT_BOUNDS: Bounds = Bounds {
    received: event::MOST_EVENT_BYTES,
    decompressed: event::MOST_EVENT_BYTES,
};
const BATCH_BOUNDS: Bounds = Bounds {
    received: event::MOST_BATCH_BYTES,
    decompressed: event::MOST_BATCH_BYTES,
};

/// `POST /1/events/{dataset}`
pub async fn one(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    match take_one(&server, dataset, &headers, request).await {
        Ok(()) => Response::new(Body::empty()),
        Err(refusal) => refusal.response(&headers),
    }
}

async fn take_one(
    server: &HoneycombServer,
    dataset: String,
    headers: &HeaderMap,
    request: Request,
) -> Result<(), Refusal> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let time = text("x-honeycomb-event-time").map(str::to_string);
    let sample_rate = text("x-honeycomb-samplerate").map(str::to_string);
    let body = body_of(&dataset, request, EVENT_BOUNDS).await?;
    let read = match is_msgpack(headers) {
        true => msgpack::event,
        false => event::event,
    };
    let rules = rules(server, &dataset);
    let event = body
        .unpack(weighing(headers), move |body| {
            read(&body, time.as_deref(), sample_rate.as_deref(), rules)
        })
        .await
        .map_err(refused_body)?
        .map_err(Refusal::Event)?;
    match append(server, dataset, vec![event]).await?.first() {
        None => Ok(()),
        Some((_, excess)) => Err(Refusal::Event(EventError::Excess(excess.to_string()))),
    }
}

/// `POST /1/batch/{dataset}`
pub async fn batch(
    State(server): State<Arc<HoneycombServer>>,
    Path(dataset): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    match take_batch(&server, dataset, &headers, request).await {
        Ok(statuses) => json_response(StatusCode::OK, &statuses.into()),
        Err(refusal) => refusal.response(&headers),
    }
}

async fn take_batch(
    server: &HoneycombServer,
    dataset: String,
    headers: &HeaderMap,
    request: Request,
) -> Result<Vec<Json>, Refusal> {
    let body = body_of(&dataset, request, BATCH_BOUNDS).await?;
    let read = match is_msgpack(headers) {
        true => msgpack::batch,
        false => event::batch,
    };
    let rules = rules(server, &dataset);
    let results = body
        .unpack(weighing(headers), move |body| read(&body, rules))
        .await
        .map_err(refused_body)?
        .map_err(Refusal::Event)?;
    let (mut events, mut statuses) = (Vec::new(), Vec::new());
    // The place of each event among the statuses.
    let mut places = Vec::new();
    for result in results {
        match result {
            Ok(event) => {
                events.push(event);
                places.push(statuses.len());
                statuses.push(json!({ "status": 202 }));
            }
            Err(error) => statuses.push(json!({ "status": 400, "error": error.to_string() })),
        }
    }
    // Only now are they accepted: a 202 means that the event is on disk.
    for (event, excess) in append(server, dataset, events).await? {
        let place = places.get(event).copied();
        if let Some(status) = place.and_then(|place| statuses.get_mut(place)) {
            *status = json!({ "status": 400, "error": excess.to_string() });
        }
    }
    Ok(statuses)
}

fn rules(server: &HoneycombServer, dataset: &str) -> Rules {
    Rules {
        now: now(),
        expand_json_depth: expand_json_depth(&server.store, dataset),
    }
}

// Whatever else it is called, it is read as JSON: `curl -d` calls it a form.
fn is_msgpack(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    content_type.is_some_and(|content_type| content_type.contains("msgpack"))
}

// How much the events of a body take.
fn weighing(headers: &HeaderMap) -> fn(&[u8]) -> usize {
    // A field takes a hundred bytes or two, and may be four in the body.
    const TIMES: usize = 16;
    match is_msgpack(headers) {
        true => |body| body.len() * TIMES,
        false => json_memory_bytes,
    }
}

async fn body_of(dataset: &str, request: Request, bounds: Bounds) -> Result<Received, Refusal> {
    // The name of all datasets together is nobody's own.
    if dataset == QuerySpec::ALL_DATASETS {
        return Err(NO_DATASET);
    }
    Received::of(request, bounds).await.map_err(refused_body)
}

async fn append(
    server: &HoneycombServer,
    dataset: String,
    events: Vec<Event>,
) -> Result<Vec<(usize, Excess)>, Refusal> {
    let batch = Batch {
        lens: Lens::Spans,
        dataset,
        events,
    };
    let stored = server.store.take(vec![batch]).await;
    let events = |refused: Vec<Refused>| {
        let events = refused.into_iter().flat_map(|refused| refused.events);
        events.collect()
    };
    stored.map(events).map_err(|error| match error {
        StoreError::Full => Refusal::Dropped,
        error => Refusal::Store(error),
    })
}

// Ingest has words of its own for most of what can be wrong with a body.
fn refused_body(error: BodyError) -> Refusal {
    match error {
        BodyError::TooLarge(_) | BodyError::TooLargeInside(_) => {
            Refusal::Event(EventError::TooLarge)
        }
        BodyError::NotCompressed(_) | BodyError::Cut => Refusal::Event(EventError::Malformed),
        BodyError::Lack(lack) => Refusal::Lack(lack),
        BodyError::Encoding(_) => Refusal::Body(error),
    }
}
