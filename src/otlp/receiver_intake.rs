//! What both doors do with a request once its body is here.

use std::sync::Arc;

use super::decode::{self, Decoded, Encoding, LogDefaults, MOST_FIELDS, ReadError};
use super::to_protobuf::Writer;
use crate::clock;
use crate::door::body::{BodyError, Bounds, Received};
use crate::store::{Store, StoreError};

/// How long a body may be. Source: what Honeycomb's own receiver takes.
pub const BOUNDS: Bounds = Bounds {
    received: 20 << 20,
    decompressed: 64 << 20,
};

/// Where senders name their key, in the order of preference.
pub const KEY_HEADERS: [&str; 2] = ["x-honeycomb-team", "x-hny-team"];
/// Where senders of log records may name a dataset.
pub const DATASET_HEADER: &str = "x-honeycomb-dataset";

// What is read faster than a task moves to another thread and back, or nearly so.
const QUICK_BYTES: usize = 512 << 10;

type Accepts = dyn Fn(Option<&str>) -> bool + Send + Sync;

/// The way from a body into the store.
pub struct Intake {
    store: Arc<Store>,
    accepts: Box<Accepts>,
}

/// What a request holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records, and the dataset that their sender named for those of no service.
    Logs(Option<String>),
}

/// What was rejected of a request that was taken otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// How many spans or log records.
    pub n_items: usize,
    /// Why.
    pub reason: String,
}

impl Rejected {
    /// Returns it as the answer's message, in which spans and log records have the same numbers.
    ///
    /// Source: opentelemetry-proto, `ExportTracePartialSuccess` and `ExportLogsPartialSuccess`.
    pub fn to_protobuf(&self) -> Vec<u8> {
        let mut answer = Writer::default();
        answer.message(1, |partial| {
            partial.number(1, i64::try_from(self.n_items).unwrap_or(i64::MAX));
            partial.bytes(2, self.reason.as_bytes());
        });
        answer.bytes
    }
}

/// Why a request is not taken. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It has no key, and one is wanted.
    #[error("missing 'x-honeycomb-team' header")]
    NoKey,
    /// It has another key.
    #[error("unknown API key - check your credentials")]
    UnknownKey,
    /// Its body cannot be had.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// It is not OTLP.
    #[error("{0}")]
    Unreadable(String),
    /// It is more than is taken at once.
    #[error("{0}")]
    TooMuch(String),
    /// The store did not take it.
    #[error(transparent)]
    Store(StoreError),
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Refused {
        match error {
            ReadError::TooMany | ReadError::TooLarge => Refused::TooMuch(error.to_string()),
            ReadError::Protobuf | ReadError::Json(_) => {
                // The cause may quote what it found, however long that is.
                let mut text = format!("failed to parse OTLP request body: {error}");
                text.truncate(text.floor_char_boundary(LONGEST_MESSAGE));
                Refused::Unreadable(text)
            }
        }
    }
}

const LONGEST_MESSAGE: usize = 500;

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        match error {
            StoreError::TooLarge { .. } => Refused::TooMuch(error.to_string()),
            error => Refused::Store(error),
        }
    }
}

impl Intake {
    /// Takes requests into `store`; `accepts` tells whether those with this key, or with none, are taken.
    pub fn new(
        store: Arc<Store>,
        accepts: impl Fn(Option<&str>) -> bool + Send + Sync + 'static,
    ) -> Intake {
        Intake {
            store,
            accepts: Box::new(accepts),
        }
    }

    /// Tells whether a sender with this key, or with none, may come in.
    ///
    /// # Errors
    /// `NoKey` and `UnknownKey`
    pub fn admit(&self, key: Option<&str>) -> Result<(), Refused> {
        match key {
            _ if (self.accepts)(key) => Ok(()),
            None => Err(Refused::NoKey),
            Some(_) => Err(Refused::UnknownKey),
        }
    }

    /// Stores what a body holds; returns when it is durable, with what could not be taken of it.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn take(
        &self,
        signal: Signal,
        encoding: Encoding,
        body: Received,
    ) -> Result<Option<Rejected>, Refused> {
        let decoded = if body.is_quick(QUICK_BYTES) {
            decoded(&signal, encoding, body)?
        } else {
            // A large body takes its time, and nobody else's: the runtime has few threads. The task is lost
            // only when the whole program stops, and the store with it.
            let read = move || decoded(&signal, encoding, body);
            let read = tokio::task::spawn_blocking(read).await;
            read.map_err(|_| Refused::Store(StoreError::Closed))??
        };
        self.store.append_parts(decoded.parts).await?;
        Ok((decoded.n_rejected > 0).then(|| Rejected {
            n_items: decoded.n_rejected,
            reason: format!("event has too many columns: more than {MOST_FIELDS}"),
        }))
    }
}

fn decoded(signal: &Signal, encoding: Encoding, body: Received) -> Result<Decoded, Refused> {
    let body = body.decompressed()?;
    Ok(match signal {
        Signal::Traces => decode::spans(&body, encoding)?,
        Signal::Logs(dataset) => {
            let defaults = LogDefaults {
                dataset: dataset.as_deref(),
                now: clock::now(),
            };
            decode::logs(&body, encoding, defaults)?
        }
    })
}
