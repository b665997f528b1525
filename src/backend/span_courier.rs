//! Delivers encoded spans: every request waits on disk until the other side has taken it, for as long as that
//! takes, in this process or in the next one that has the same destination.
//!
//! Where that is, and which headers go with it, is asked of the SDK's own exporter, which knows the OTEL_*
//! variables: [`Look`] stands where its HTTP client would. Headers, and with them keys, are added when a
//! body is sent, and never written down.
//!
//! What a receiver refuses for good (it cannot read it, or it is too large) is dropped, and said. A missing or
//! wrong key is not for good: spans wait for a start with a better one. Killed with `kill -9`, a service
//! loses the spans that were not handed over yet: those of the last quarter of a second, or as many as may wait
//! if the disk is slower than the service.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::SpanExporter as _;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::span_batches::Take;
use super::span_receiver::SpanReceiver;
use crate::spool::{Delivery, Outbox, OutboxOptions};

/// Makes an exporter that sends through the client that it is given.
pub type MakeExporter<'m> = dyn Fn(Look) -> anyhow::Result<SpanExporter> + 'm;

/// The spans of a service on their way to one receiver.
pub struct SpanCourier {
    outbox: Arc<Outbox<SpanReceiver>>,
    n_handed: Arc<AtomicU64>,
}

/// An HTTP client that sends nothing and sees where it would.
#[derive(Clone, Default)]
pub struct Look(Arc<Mutex<Option<Asked>>>);

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

    /// Returns what takes encoded spans.
    pub fn taker(&self) -> Take {
        let (outbox, n_handed) = (self.outbox.clone(), self.n_handed.clone());
        Box::new(move |n_spans, request| {
            n_handed.fetch_add(n_spans.into(), Ordering::AcqRel);
            outbox.put(n_spans, request.into());
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

// Every OTEL_* variable has its say in where an exporter sends. It is asked with no spans at all.
fn asked(make: &MakeExporter<'_>) -> anyhow::Result<Asked> {
    let look = Look::default();
    let exporter = make(look.clone())?;
    // Nothing is sent, so it is done at once.
    let exported = pin!(exporter.export(Vec::new())).poll(&mut Context::from_waker(Waker::noop()));
    let seen = look.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    seen.with_context(|| format!("the exporter of spans sends nothing: {exported:?}"))
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Look").finish_non_exhaustive()
    }
}

impl HttpClient for Look {
    fn send_bytes<'c, 'f>(
        &'c self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Asked {
            url: request.uri().to_string(),
            headers: request.headers().clone(),
        });
        Box::pin(std::future::ready(Ok(Response::new(Bytes::new()))))
    }
}

#[cfg(test)]
#[path = "span_courier_tests.rs"]
mod tests;
