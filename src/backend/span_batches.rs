//! Encodes spans where they end, and hands over those of a moment as one request.
//!
//! The SDK's own batch processor takes every span to another thread, and its exporter makes other structures of
//! it there, and bytes of these: at full speed that costs a service more than all else that is done for a
//! span. Here the thread that ends a span writes its bytes, while it still has it at hand.

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::span_encoding::{self, ResourceBytes};
use super::telemetry::Console;
use crate::otlp::protobuf::Writer;

/// Takes a request's spans and their number, and may wait for the disk.
pub type Take = Box<dyn Fn(u32, Vec<u8>) + Send>;

/// When spans go.
#[derive(Debug, Clone, Copy)]
pub struct Batching {
    /// The longest that the first of a request waits for others.
    pub every: Duration,
    /// So many make a request at once.
    pub full: usize,
    /// The most that wait while a request is handed over; who comes then is lost, and counted.
    pub most: usize,
    /// How often each span goes.
    pub copies: u32,
}

/// A span processor that ends in a function.
pub struct SpanBatches {
    shared: Arc<Shared>,
    console: Option<Console>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How many spans ended, each as often as it goes.
#[derive(Debug, Clone, Default)]
pub struct Ended(Arc<AtomicU64>);

impl Ended {
    /// Returns their number.
    pub fn number(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

struct Shared {
    batching: Batching,
    ended: Ended,
    batch: Mutex<Batch>,
    has_changed: Condvar,
    is_settled: Condvar,
}

#[derive(Default)]
struct Batch {
    // What of the request is about the resource.
    resource: ResourceBytes,
    // The encoded spans of each scope.
    scopes: Vec<(InstrumentationScope, Vec<u8>)>,
    n_spans: usize,
    // Whether the thread waits for a first span, or for a full request.
    waits_for: WaitsFor,
    is_hurried: bool,
    is_closed: bool,
    is_over: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum WaitsFor {
    #[default]
    Nothing,
    One,
    Many,
}

impl SpanBatches {
    /// Starts handing over to `take`, on a thread of its own.
    pub fn start(
        batching: Batching,
        ended: Ended,
        console: Option<Console>,
        take: Take,
    ) -> SpanBatches {
        let shared = Arc::new(Shared {
            batching,
            ended,
            batch: Mutex::default(),
            has_changed: Condvar::new(),
            is_settled: Condvar::new(),
        });
        let thread = {
            let shared = shared.clone();
            thread::spawn(move || shared.hand_over_all(&take))
        };
        SpanBatches {
            shared,
            console,
            thread: Mutex::new(Some(thread)),
        }
    }

    // Waits until the thread says that something is so.
    fn wait_until(&self, deadline: Instant, is_so: impl Fn(&Batch) -> bool) -> OTelSdkResult {
        let mut batch = self.shared.batch();
        while !is_so(&batch) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(OTelSdkError::Timeout(left));
            }
            let waited = self.shared.is_settled.wait_timeout(batch, left);
            batch = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }
}

thread_local! {
    // The bytes of one span, before it is known where they go.
    static WRITER: RefCell<Writer> = RefCell::default();
}

impl SpanProcessor for SpanBatches {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        let shared = &self.shared;
        let copies = shared.batching.copies;
        shared.ended.0.fetch_add(copies.into(), Ordering::AcqRel);
        if let Some(console) = &self.console {
            console(&super::telemetry::line_of(&span));
        }
        WRITER.with_borrow_mut(|writer| {
            writer.bytes.clear();
            span_encoding::span(writer, &span);
            for _ in 0..copies {
                shared.add(&span.instrumentation_scope, &writer.bytes);
            }
        });
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.shared.batch().is_hurried = true;
        self.shared.has_changed.notify_one();
        let deadline = Instant::now() + FLUSH_PATIENCE;
        self.wait_until(deadline, |batch| !batch.is_hurried || batch.is_over)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.shared.batch().is_closed = true;
        self.shared.has_changed.notify_one();
        self.wait_until(Instant::now() + timeout, |batch| batch.is_over)?;
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.shared.batch().resource = ResourceBytes::of(resource);
    }
}

// As the specification has it for OTEL_BSP_EXPORT_TIMEOUT.
const FLUSH_PATIENCE: Duration = Duration::from_secs(30);

impl Drop for SpanBatches {
    fn drop(&mut self) {
        self.shared.batch().is_closed = true;
        self.shared.has_changed.notify_one();
    }
}

impl fmt::Debug for SpanBatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let batching = &self.shared.batching;
        f.debug_struct("SpanBatches")
            .field("batching", batching)
            .finish_non_exhaustive()
    }
}

impl Shared {
    // A panic elsewhere leaves nothing half done here.
    fn batch(&self) -> MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, scope: &InstrumentationScope, span: &[u8]) {
        let mut batch = self.batch();
        if batch.n_spans >= self.batching.most || batch.is_closed {
            return;
        }
        match batch.scopes.iter_mut().find(|(known, _)| known == scope) {
            Some((_, spans)) => spans.extend_from_slice(span),
            None => batch.scopes.push((scope.clone(), span.to_vec())),
        }
        batch.n_spans += 1;
        let is_due = match batch.waits_for {
            WaitsFor::Nothing => false,
            WaitsFor::One => true,
            WaitsFor::Many => batch.n_spans >= self.batching.full,
        };
        if is_due {
            batch.waits_for = WaitsFor::Nothing;
            drop(batch);
            self.has_changed.notify_one();
        }
    }

    fn hand_over_all(&self, take: &Take) {
        // What is handed over is not what is written to meanwhile, and both keep their room.
        let mut scopes = Vec::new();
        while let Some(n_spans) = self.next(&mut scopes) {
            let resource = self.batch().resource.clone();
            let request = span_encoding::request(&resource, &scopes);
            take(n_spans, request);
        }
    }

    // Fetches the spans of the next request, and returns their number; none if there will be no more.
    fn next(&self, scopes: &mut Vec<(InstrumentationScope, Vec<u8>)>) -> Option<u32> {
        let mut batch = self.batch();
        while batch.n_spans == 0 {
            // All that came before has been handed over.
            batch.is_hurried = false;
            batch.is_over = batch.is_closed;
            self.is_settled.notify_all();
            if batch.is_closed {
                return None;
            }
            batch.waits_for = WaitsFor::One;
            let woken = self.has_changed.wait(batch);
            batch = woken.unwrap_or_else(PoisonError::into_inner);
        }
        let leaves_at = Instant::now() + self.batching.every;
        while batch.n_spans < self.batching.full && !batch.is_closed && !batch.is_hurried {
            let left = leaves_at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            batch.waits_for = WaitsFor::Many;
            let woken = self.has_changed.wait_timeout(batch, left);
            batch = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        batch.waits_for = WaitsFor::Nothing;
        let n_spans = u32::try_from(std::mem::take(&mut batch.n_spans)).unwrap_or(u32::MAX);
        for (_, spans) in scopes.iter_mut() {
            spans.clear();
        }
        std::mem::swap(&mut batch.scopes, scopes);
        Some(n_spans)
    }
}

#[cfg(test)]
#[path = "span_batches_tests.rs"]
mod tests;
