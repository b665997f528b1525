//! Delivers what a span exporter has encoded: every request of it waits on disk until the other side has
//! taken it, for as long as that takes, in this process or in the next one that has the same destination.
//!
//! [`Handover`] stands where the exporter's HTTP client would. It puts the bodies into an [`Outbox`] and tells
//! the exporter that all is well; what becomes of them is counted there. Headers, and with them keys, are
//! added when a body is sent, and never written down.
//!
//! What a receiver refuses for good (it cannot read it, or it is too large) is dropped, and said. A missing or
//! wrong key is not for good: spans wait for a start with a better one. Killed with `kill -9`, a service
//! loses the spans that its exporter had not encoded yet: those of the last export interval, a quarter of a
//! second, or what the exporter's queue holds if the disk is slower than the service.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as ExportSpans};
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::span_receiver::SpanReceiver;
use crate::spool::{Delivery, Outbox, OutboxOptions};

/// Makes an exporter that sends through the client that it is given.
pub type MakeExporter<'m> = dyn Fn(Handover) -> anyhow::Result<SpanExporter> + 'm;

/// The spans of a service on their way to one receiver.
pub struct SpanCourier {
    outbox: Arc<Outbox<SpanReceiver>>,
    n_handed: Arc<AtomicU64>,
}

/// An exporter whose requests are kept until they are delivered.
#[derive(Debug)]
pub struct Kept {
    exporter: SpanExporter,
    handover: Handover,
}

/// The HTTP client of an exporter, which sends nothing itself.
#[derive(Clone)]
pub struct Handover(Arc<Taking>);

struct Taking {
    to: To,
    // How many spans the next body has. An exporter exports one batch at a time.
    n_spans: AtomicU32,
}

enum To {
    /// On their way.
    Outbox(Arc<Outbox<SpanReceiver>>, Arc<AtomicU64>),
    /// Only to see where an exporter would send.
    Look(Mutex<Option<Asked>>),
}

/// Where an exporter sends, and with which headers.
struct Asked {
    url: String,
    headers: HeaderMap,
}

/// Where the spans of a queue go; whose key it was does not matter.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Address {
    /// `local` for the local stack, or a URL without user and query.
    place: String,
}

impl SpanCourier {
    /// Starts delivering, what waits from before too; needs a Tokio runtime.
    ///
    /// # Errors
    /// If the exporter cannot be made or the spool cannot be used.
    pub fn start(
        make: &MakeExporter<'_>,
        is_local: bool,
        options: &OutboxOptions,
        patience: Duration,
    ) -> anyhow::Result<SpanCourier> {
        let Asked { url, headers } = asked(make)?;
        let receiver = SpanReceiver::new(&url, headers, is_local, patience)?;
        let place = match is_local {
            true => "local".to_string(),
            false => receiver.place().to_string(),
        };
        let outbox = Outbox::open(options, Address { place }, receiver)
            .context("spans cannot be kept on their way")?;
        Ok(SpanCourier {
            outbox: Arc::new(outbox),
            n_handed: Arc::default(),
        })
    }

    /// Returns an exporter whose spans are delivered here.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn exporter(&self, make: &MakeExporter<'_>) -> anyhow::Result<Kept> {
        let to = To::Outbox(self.outbox.clone(), self.n_handed.clone());
        let handover = Handover::new(to);
        Ok(Kept {
            exporter: make(handover.clone())?,
            handover,
        })
    }

    /// Returns how many spans were handed over.
    pub fn n_handed(&self) -> u64 {
        self.n_handed.load(Ordering::Acquire)
    }

    /// Returns what became of them so far.
    pub fn so_far(&self) -> Delivery {
        self.outbox.so_far()
    }

    /// Sends what is left until `deadline`; the rest stays on disk.
    pub async fn close(&self, deadline: Instant) -> Delivery {
        self.outbox.close(deadline).await
    }
}

// Every OTEL_* variable has its say in where an exporter sends. It is asked, with no spans at all, so that
// what waits from before can go before the first span comes.
fn asked(make: &MakeExporter<'_>) -> anyhow::Result<Asked> {
    let look = Handover::new(To::Look(Mutex::default()));
    let exporter = make(look.clone())?;
    // Nothing is sent, so it is done at once.
    let exported = pin!(exporter.export(Vec::new())).poll(&mut Context::from_waker(Waker::noop()));
    let To::Look(seen) = &look.0.to else {
        anyhow::bail!("the exporter of spans has another client");
    };
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    seen.with_context(|| format!("the exporter of spans sends nothing: {exported:?}"))
}

impl ExportSpans for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let n_spans = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        self.handover.0.n_spans.store(n_spans, Ordering::Release);
        self.exporter.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl Handover {
    fn new(to: To) -> Handover {
        Handover(Arc::new(Taking {
            to,
            n_spans: AtomicU32::new(0),
        }))
    }

    fn take(&self, request: Request<Bytes>) {
        match &self.0.to {
            To::Outbox(outbox, n_handed) => {
                let n_spans = self.0.n_spans.swap(0, Ordering::AcqRel);
                n_handed.fetch_add(u64::from(n_spans), Ordering::AcqRel);
                outbox.put(n_spans, request.into_body());
            }
            To::Look(seen) => {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                *seen = Some(Asked {
                    url: request.uri().to_string(),
                    headers: request.headers().clone(),
                });
            }
        }
    }
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}

impl HttpClient for Handover {
    fn send_bytes<'c, 'f>(
        &'c self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        // The exporter's thread is its own, and may wait for the disk.
        self.take(request);
        Box::pin(std::future::ready(Ok(Response::new(Bytes::new()))))
    }
}

#[cfg(test)]
#[path = "span_courier_tests.rs"]
mod tests;
