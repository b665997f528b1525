//! Sends X-Ray segments in batches that wait on disk until the service has taken them, and counts what became
//! of them.
//!
//! Killed with `kill -9`, a service loses the segments of the last quarter of a second, or what the queue in
//! memory holds if the disk is slower than the service.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use crate::aws::AwsError;
use crate::spool::{Answer, Batch, Carrier, Delivery, Outbox, OutboxOptions};
use crate::xray::client::{SEGMENTS_PER_CALL, XRayClient};

// A student waits for the first segment; the others may as well travel together.
const LINGER: Duration = Duration::from_millis(250);
// How often it is looked whether more have come. Who waited for them would be woken by each request.
const LOOK_EVERY: Duration = Duration::from_millis(10);
const MOST_WAITING: usize = 10_000;

/// Takes segment documents.
#[derive(Clone)]
pub struct SegmentSender {
    queue: SyncSender<Message>,
    accepted: Arc<AtomicU64>,
}

enum Message {
    Document(String),
    Close,
}

impl SegmentSender {
    /// Hands a document over without waiting; it is dropped if there is no room.
    pub fn send(&self, document: String) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        // What was accepted and does not come out at the other end counts as dropped.
        let _ = self.queue.try_send(Message::Document(document));
    }
}

/// Where segments go.
pub enum Destination {
    /// To the service, which acknowledges them.
    Service {
        /// Asks it.
        client: XRayClient,
        /// Which it is; segments that wait for one are never sent to another.
        address: SegmentAddress,
        /// Where they wait.
        outbox: OutboxOptions,
    },
    /// To a daemon by UDP, which nobody acknowledges.
    Daemon(SocketAddr),
}

/// Which X-Ray it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentAddress {
    /// `local` for the local stack, `aws`, or a URL.
    pub place: String,
    /// The AWS region.
    pub region: String,
}

/// What sends.
#[derive(Clone)]
pub struct SegmentSink {
    queue: SyncSender<Message>,
    accepted: Arc<AtomicU64>,
    taken: Arc<AtomicU64>,
    way: Way,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

#[derive(Clone)]
enum Way {
    Kept(Arc<Outbox<ToService>>),
    Told(Arc<Mutex<Option<String>>>),
}

impl SegmentSink {
    /// Starts sending, what waits from before too; needs a Tokio runtime.
    ///
    /// # Errors
    /// If the spool cannot be used, or there is no socket.
    pub fn start(destination: Destination) -> anyhow::Result<(SegmentSender, SegmentSink)> {
        let (queue, messages) = sync_channel(MOST_WAITING);
        let taken = Arc::new(AtomicU64::new(0));
        let (way, thread) = match destination {
            Destination::Service {
                client,
                address,
                outbox,
            } => {
                let outbox = Outbox::open(&outbox, address, ToService { client });
                let outbox = Arc::new(outbox.context("segments cannot be kept on their way")?);
                let (filled, taken) = (outbox.clone(), taken.clone());
                let thread = spawn(move || fill(&messages, &filled, &taken))?;
                (Way::Kept(outbox), thread)
            }
            Destination::Daemon(address) => {
                let socket = UdpSocket::bind("127.0.0.1:0").context("no free UDP port")?;
                let said = Arc::new(Mutex::new(None));
                let saying = said.clone();
                let thread = spawn(move || send_datagrams(&messages, &socket, address, &saying))?;
                (Way::Told(said), thread)
            }
        };
        let accepted = Arc::new(AtomicU64::new(0));
        let sender = SegmentSender {
            queue: queue.clone(),
            accepted: accepted.clone(),
        };
        let sink = SegmentSink {
            queue,
            accepted,
            taken,
            way,
            thread: Arc::new(Mutex::new(Some(thread))),
        };
        Ok((sender, sink))
    }

    /// Returns what became of the segments so far; of those that are still in memory, nothing.
    pub fn so_far(&self) -> Delivery {
        match &self.way {
            Way::Kept(outbox) => outbox.so_far(),
            Way::Told(said) => Delivery {
                trouble: said.lock().unwrap_or_else(PoisonError::into_inner).clone(),
                ..Delivery::default()
            },
        }
    }

    /// Sends what is left until `deadline`; the rest stays on disk.
    pub async fn close(&self, deadline: Instant) -> Delivery {
        let sink = self.clone();
        let filling = tokio::task::spawn_blocking(move || {
            // It fails if the thread has gone already.
            let _ = sink.queue.send(Message::Close);
            let mut thread = sink.thread.lock().unwrap_or_else(PoisonError::into_inner);
            // A thread of ours that was lost can only have panicked, which was said.
            let _ = thread.take().map(JoinHandle::join);
        });
        // A disk that is too slow for this shows in the counts.
        let _ = timeout_at(deadline, filling).await;
        let accepted = self.accepted.load(Ordering::Relaxed);
        let n_lost = accepted.saturating_sub(self.taken.load(Ordering::Acquire));
        let delivery = match &self.way {
            Way::Kept(outbox) => outbox.close(deadline).await,
            Way::Told(_) => self.so_far(),
        };
        delivery.with_lost(n_lost, "they came faster than the disk took them")
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> anyhow::Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name("segments".to_string());
    thread.spawn(work).context("cannot start a thread")
}

// Puts documents into the outbox, as many together as one call takes.
fn fill(messages: &Receiver<Message>, outbox: &Outbox<ToService>, taken: &AtomicU64) {
    let mut is_open = true;
    while is_open && let Ok(Message::Document(first)) = messages.recv() {
        let until = std::time::Instant::now() + LINGER;
        let mut batch = vec![first];
        while batch.len() < SEGMENTS_PER_CALL {
            match messages.try_recv() {
                Ok(Message::Document(document)) => batch.push(document),
                Err(TryRecvError::Empty) if std::time::Instant::now() >= until => break,
                Err(TryRecvError::Empty) => std::thread::sleep(LOOK_EVERY),
                Ok(Message::Close) | Err(TryRecvError::Disconnected) => {
                    is_open = false;
                    break;
                }
            }
        }
        let n_documents = batch.len() as u32;
        taken.fetch_add(u64::from(n_documents), Ordering::Release);
        outbox.put(n_documents, joined(&batch));
    }
}

// The JSON that we write has no line breaks outside of strings, and in strings they are escaped.
fn joined(documents: &[String]) -> Bytes {
    documents.join("\n").into()
}

fn split(batch: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(batch);
    text.split('\n').map(str::to_string).collect()
}

// As the X-Ray SDKs do it: a datagram for each document, and no word of what became of it.
fn send_datagrams(
    messages: &Receiver<Message>,
    socket: &UdpSocket,
    address: SocketAddr,
    said: &Mutex<Option<String>>,
) {
    const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";
    while let Ok(Message::Document(document)) = messages.recv() {
        let datagram = format!("{HEADER}{document}");
        // A closed port is told to the next one who sends, and the SDKs go on.
        let _ = socket.send_to(datagram.as_bytes(), address);
        let trouble = format!("sent by UDP to {address}, which nobody acknowledges");
        *said.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
    }
}

/// Takes batches to X-Ray.
struct ToService {
    client: XRayClient,
}

impl Carrier for ToService {
    async fn carry(&self, batch: &Batch) -> Answer {
        match self.client.put_segments(split(&batch.things)).await {
            Ok(refused) => {
                let n_refused = (refused.len() as u64).min(batch.n_items);
                let first = refused.into_iter().next();
                Answer::Settled {
                    n_delivered: batch.n_items - n_refused,
                    n_refused,
                    trouble: first.map(|it| format!("{}: {}", it.code, it.message)),
                }
            }
            Err(error) if is_final(&error) => Answer::Settled {
                n_delivered: 0,
                n_refused: batch.n_items,
                trouble: Some(error.to_string()),
            },
            // Credentials and rights can be put right; until then nothing else goes either.
            Err(
                error
                @ (AwsError::Credentials { .. } | AwsError::Refused { .. } | AwsError::Region),
            ) => Answer::Barred {
                why: error.to_string(),
            },
            Err(error) => Answer::Later {
                why: error.to_string(),
                after: None,
            },
        }
    }
}

// Tells whether sending the same documents again cannot help.
fn is_final(error: &AwsError) -> bool {
    let codes = [
        "InvalidRequestException",
        "ValidationException",
        "SerializationException",
        "HTTP status 413",
        "RequestEntityTooLargeException",
    ];
    codes.iter().any(|code| error.is_code(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_back_from_a_batch_as_they_were() {
        let documents = [r#"{"id":"1","text":"a\nb"}"#, r#"{"id":"2","text":"é"}"#];
        let documents = documents.map(str::to_string);
        assert_eq!(split(&joined(&documents)), documents);
        let value = serde_json::json!({ "text": "a\nb" });
        assert!(!value.to_string().contains('\n'), "{value}");
    }
}
