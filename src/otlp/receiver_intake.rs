//! What both doors do with a request once its body is here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::body::Bytes;

use super::decode::{self, Decoded, Encoding, LogDefaults, MOST_FIELDS, ReadError};
use super::json;
use super::protobuf::Writer;
use crate::clock;
use crate::door::body::{BodyError, Bounds, Received, json_memory_bytes};
use crate::door::budget::Purpose;
use crate::model::log::LogEvent;
use crate::model::region::region_of_signature;
use crate::store::{PartBuilder, Store, StoreError};

/// How long a body may be. Source: what Honeycomb's own receiver takes.
pub const BOUNDS: Bounds = Bounds {
    received: 20 << 20,
    decompressed: 64 << 20,
};

// The rows of a protobuf body take about so many times its length.
const ROWS_TO_BODY: usize = 2;

/// Where senders name their key, in the order of preference.
pub const KEY_HEADERS: [&str; 2] = ["x-honeycomb-team", "x-hny-team"];
/// Where senders of log records may name a dataset.
pub const DATASET_HEADER: &str = "x-honeycomb-dataset";

/// Where senders of log records name a log group, as AWS's own door wants it.
pub const GROUP_HEADERS: [&str; 2] = ["x-aws-log-group", "x-aws-log-stream"];

type Accepts = dyn Fn(Option<&str>) -> bool + Send + Sync;
type Tells = dyn Fn(&str) + Send + Sync;
type MakesLines = dyn Fn(&LogStream, Vec<LogEvent>) -> Result<Lines, String> + Send + Sync;

/// A log stream, and the region that the request was signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStream {
    /// The region.
    pub region: String,
    /// The log group's name.
    pub group: String,
    /// The stream's name.
    pub stream: String,
}

/// Lines as a log group keeps them.
pub struct Lines {
    /// What is to be stored of them.
    pub part: PartBuilder,
    /// How many the group does not take.
    pub n_rejected: usize,
    /// Why, if there are any.
    pub reason: String,
}

/// The way from a body into the store.
pub struct Intake {
    store: Arc<Store>,
    accepts: Box<Accepts>,
    makes_lines: Box<MakesLines>,
    tells: Box<Tells>,
    n_metric_requests: AtomicU64,
    n_metric_points: AtomicU64,
    has_told_excess: AtomicBool,
}

/// What came of metrics, none of which is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MetricCounts {
    /// How many requests.
    pub n_requests: u64,
    /// How many data points in them.
    pub n_points: u64,
}

/// What a sender of metrics is told.
pub const METRICS_ARE_NOT_KEPT: &str =
    "metrics are not kept here; set OTEL_METRICS_EXPORTER=none to send none";

/// What a request holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs(LogsTo),
    /// Data points, which are counted and not kept.
    Metrics,
}

/// Where log records go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogsTo {
    /// The dataset that their sender named for those of no service.
    pub dataset: Option<String>,
    /// Where they go besides, as lines.
    pub stream: Option<LogStream>,
}

impl LogsTo {
    /// Reads where to from headers, given how to ask for one; one that is not there is empty.
    ///
    /// # Errors
    /// `Stream` if a log group is named without a stream, or the other way round.
    pub fn of<'h>(header: impl Fn(&str) -> &'h str) -> Result<LogsTo, Refused> {
        let [group, stream] = GROUP_HEADERS.map(&header);
        let dataset = header(DATASET_HEADER);
        let stream = match (group, stream) {
            ("", "") => None,
            ("", _) | (_, "") => {
                let text = "x-aws-log-group and x-aws-log-stream must both be given, or neither";
                return Err(Refused::Stream(text.to_string()));
            }
            (group, stream) => Some(LogStream {
                region: region_of_signature(Some(header("authorization"))).to_string(),
                group: group.to_string(),
                stream: stream.to_string(),
            }),
        };
        Ok(LogsTo {
            dataset: (!dataset.is_empty()).then(|| dataset.to_string()),
            stream,
        })
    }
}

/// What was rejected of a request that was taken otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// How many spans, log records or data points.
    pub n_items: usize,
    /// Why.
    pub reason: String,
}

impl Rejected {
    /// Returns it as the answer's message, in which spans, log records and data points have the same numbers.
    ///
    /// Source: opentelemetry-proto, `ExportTracePartialSuccess` and those of logs and metrics.
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
    /// The log group or stream that it names does not take it.
    #[error("{0}")]
    Stream(String),
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
    /// Takes requests into `store`; `accepts` tells whether those with this key, or with none, are taken,
    /// `makes_lines` what a log group keeps of lines, or why it takes none, and `tells` gets what a person
    /// should know.
    pub fn new(
        store: Arc<Store>,
        accepts: impl Fn(Option<&str>) -> bool + Send + Sync + 'static,
        makes_lines: impl Fn(&LogStream, Vec<LogEvent>) -> Result<Lines, String> + Send + Sync + 'static,
        tells: impl Fn(&str) + Send + Sync + 'static,
    ) -> Intake {
        Intake {
            store,
            accepts: Box::new(accepts),
            makes_lines: Box::new(makes_lines),
            tells: Box::new(tells),
            n_metric_requests: AtomicU64::new(0),
            n_metric_points: AtomicU64::new(0),
            has_told_excess: AtomicBool::new(false),
        }
    }

    /// Returns what came of metrics.
    pub fn metrics(&self) -> MetricCounts {
        MetricCounts {
            n_requests: self.n_metric_requests.load(Ordering::Relaxed),
            n_points: self.n_metric_points.load(Ordering::Relaxed),
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
        let share = body.share();
        let weigh: fn(&[u8]) -> usize = match encoding {
            Encoding::Protobuf => |body| body.len() * ROWS_TO_BODY,
            Encoding::Json => json_memory_bytes,
        };
        let read = {
            let signal = signal.clone();
            let read = move |bytes: Bytes| read(&signal, encoding, &bytes);
            body.unpack(weigh, read).await??
        };
        let (mut decoded, lines) = match read {
            Read::Rows(decoded, lines) => (decoded, lines),
            Read::Nothing(reason) => return Ok(Some(Rejected { n_items: 0, reason })),
            Read::Points(n_points) => return Ok(Some(self.count(n_points))),
        };
        let mut rejected = (decoded.n_rejected > 0).then(|| Rejected {
            n_items: decoded.n_rejected,
            reason: format!("event has too many columns: more than {MOST_FIELDS}"),
        });
        if let Signal::Logs(LogsTo {
            stream: Some(stream),
            ..
        }) = &signal
        {
            let lines = (self.makes_lines)(stream, lines).map_err(Refused::Stream)?;
            decoded.parts.push(lines.part);
            if lines.n_rejected > 0 {
                // As events they are taken all the same; what is rejected is said of the group.
                rejected.get_or_insert(Rejected {
                    n_items: lines.n_rejected,
                    reason: lines.reason,
                });
            }
        }
        // Now it is known what the rows take, which is more than their bytes if most of their columns are empty.
        if let Some(share) = share {
            let bytes = decoded.parts.iter().map(PartBuilder::memory_bytes).sum();
            let missing = usize::saturating_sub(bytes, share.bytes());
            let drawn = share.draw(missing, Purpose::Work).await;
            drawn.map_err(BodyError::Lack)?;
        }
        // All that is within the limits at once, or nothing.
        let refused = self.store.append_parts(decoded.parts).await?;
        let mut events = refused.iter().flat_map(|refused| &refused.events);
        if let Some((_, why)) = events.next() {
            let n_more = 1 + events.count();
            let rejected = rejected.get_or_insert(Rejected {
                n_items: 0,
                reason: String::new(),
            });
            rejected.n_items += n_more;
            let joint = if rejected.reason.is_empty() { "" } else { "; " };
            rejected.reason.push_str(&format!("{joint}{why}"));
            if !self.has_told_excess.swap(true, Ordering::Relaxed) {
                (self.tells)(&format!(
                    "warning: events are refused: {why}; /healthz counts them"
                ));
            }
        }
        Ok(rejected)
    }

    // Whoever looks at an empty dashboard should learn why once, and not every ten seconds.
    fn count(&self, n_points: u64) -> Rejected {
        self.n_metric_points.fetch_add(n_points, Ordering::Relaxed);
        if self.n_metric_requests.fetch_add(1, Ordering::Relaxed) == 0 {
            (self.tells)(&format!("warning: metrics came in: {METRICS_ARE_NOT_KEPT}"));
        }
        Rejected {
            n_items: usize::try_from(n_points).unwrap_or(usize::MAX),
            reason: METRICS_ARE_NOT_KEPT.to_string(),
        }
    }
}

/// What was read of a body.
enum Read {
    /// What is to be kept, and the same as lines of a log group if one was named.
    Rows(Decoded, Vec<LogEvent>),
    /// No item at all, and why, if what stands there is something else. A count of zero with a text is a warning.
    Nothing(String),
    /// How many data points there were.
    Points(u64),
}

fn read(signal: &Signal, encoding: Encoding, body: &[u8]) -> Result<Read, Refused> {
    let read = match signal {
        Signal::Traces => Read::Rows(decode::spans(body, encoding)?, Vec::new()),
        Signal::Metrics => Read::Points(decode::metric_points(body, encoding)?),
        Signal::Logs(to) => {
            let now = clock::now();
            let dataset = to.dataset.as_deref();
            let decoded = decode::logs(body, encoding, LogDefaults { dataset, now })?;
            let lines = match &to.stream {
                Some(_) => decode::lines(body, encoding, now)?,
                None => Vec::new(),
            };
            Read::Rows(decoded, lines)
        }
    };
    let wanted = match signal {
        Signal::Traces => "resourceSpans",
        Signal::Logs(_) => "resourceLogs",
        Signal::Metrics => return Ok(read),
    };
    let is_empty = matches!(&read, Read::Rows(of, _) if of.parts.is_empty() && of.n_rejected == 0);
    let other = (is_empty && encoding == Encoding::Json).then(|| json::instead_of(wanted, body));
    Ok(other.flatten().map_or(read, Read::Nothing))
}
