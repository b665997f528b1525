//! Sends X-Ray segments in batches, and counts what became of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::aws::AwsError;
use crate::xray::client::XRayClient;

// PutTraceSegments takes fifty documents at once, and a student waits for the first.
const BATCH: usize = 50;
const LINGER: Duration = Duration::from_millis(500);
const MOST_WAITING: usize = 10_000;
const PAUSES: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(3),
    Duration::from_secs(10),
];

/// What became of the segments.
#[derive(Debug, Clone, Default)]
pub struct SegmentDelivery {
    /// Taken by the service.
    pub delivered: u64,
    /// Refused by the service.
    pub rejected: u64,
    /// Never acknowledged: the queue was full, or the service could not be reached.
    pub dropped: u64,
    /// The last thing that went wrong, if anything did.
    pub trouble: Option<String>,
}

/// Takes segment documents.
#[derive(Clone)]
pub struct SegmentSender {
    queue: mpsc::Sender<String>,
    accepted: Arc<AtomicU64>,
}

impl SegmentSender {
    /// Hands a document over without waiting; it is dropped if there is no room.
    pub fn send(&self, document: String) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        // What was accepted and is neither delivered nor rejected in the end counts as dropped.
        let _ = self.queue.try_send(document);
    }
}

/// Where segments go.
pub enum Carrier {
    /// To the service, which acknowledges them.
    Service(Arc<XRayClient>),
    /// To a daemon by UDP, which nobody acknowledges.
    Daemon(SocketAddr),
}

/// The task that sends.
pub struct SegmentSink {
    task: JoinHandle<()>,
    accepted: Arc<AtomicU64>,
    settled: Arc<Mutex<SegmentDelivery>>,
}

impl SegmentSink {
    /// Starts sending.
    pub fn start(carrier: Carrier) -> (SegmentSender, SegmentSink) {
        let (queue, documents) = mpsc::channel(MOST_WAITING);
        let accepted = Arc::new(AtomicU64::new(0));
        let settled = Arc::new(Mutex::new(SegmentDelivery::default()));
        let task = match carrier {
            Carrier::Service(client) => tokio::spawn(send_all(client, documents, settled.clone())),
            Carrier::Daemon(address) => {
                tokio::spawn(send_datagrams(address, documents, settled.clone()))
            }
        };
        let sender = SegmentSender {
            queue,
            accepted: accepted.clone(),
        };
        let sink = SegmentSink {
            task,
            accepted,
            settled,
        };
        (sender, sink)
    }

    /// Sends what is left, for `deadline` at most. Every sender must have been dropped before.
    pub async fn close(mut self, deadline: Duration) -> SegmentDelivery {
        let is_late = timeout(deadline, &mut self.task).await.is_err();
        self.task.abort();
        let mut delivery = lock(&self.settled).clone();
        let n_settled = delivery.delivered + delivery.rejected;
        delivery.dropped = self
            .accepted
            .load(Ordering::Relaxed)
            .saturating_sub(n_settled);
        if is_late && delivery.trouble.is_none() {
            delivery.trouble = Some(format!("not done within {} s", deadline.as_secs()));
        }
        delivery
    }
}

// A panic elsewhere leaves nothing half done here.
fn lock(settled: &Mutex<SegmentDelivery>) -> MutexGuard<'_, SegmentDelivery> {
    settled.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn send_all(
    client: Arc<XRayClient>,
    mut documents: mpsc::Receiver<String>,
    settled: Arc<Mutex<SegmentDelivery>>,
) {
    let mut batch = Vec::new();
    while documents.recv_many(&mut batch, BATCH).await > 0 {
        // A few more may come in a moment; a closed queue ends the wait at once.
        let more = async {
            while batch.len() < BATCH {
                let Some(document) = documents.recv().await else {
                    break;
                };
                batch.push(document);
            }
        };
        let _ = timeout(LINGER, more).await;
        let n_documents = batch.len() as u64;
        let sent = send(&client, std::mem::take(&mut batch)).await;
        let mut settled = lock(&settled);
        match sent {
            Ok(n_rejected) => {
                settled.rejected += n_rejected;
                settled.delivered += n_documents.saturating_sub(n_rejected);
            }
            Err(error) => settled.trouble = Some(error.to_string()),
        }
    }
}

// As the X-Ray SDKs do it: a datagram for each document, and no word of what became of it.
async fn send_datagrams(
    address: SocketAddr,
    mut documents: mpsc::Receiver<String>,
    settled: Arc<Mutex<SegmentDelivery>>,
) {
    const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";
    let trouble = format!("sent by UDP to {address}, which nobody acknowledges");
    let socket = match UdpSocket::bind("127.0.0.1:0").await {
        Ok(socket) => socket,
        Err(error) => {
            lock(&settled).trouble = Some(error.to_string());
            return;
        }
    };
    while let Some(document) = documents.recv().await {
        let datagram = format!("{HEADER}{document}");
        // A closed port is told to the next one who sends, and the SDKs go on.
        let _ = socket.send_to(datagram.as_bytes(), address).await;
        lock(&settled).trouble = Some(trouble.clone());
    }
}

async fn send(client: &XRayClient, documents: Vec<String>) -> Result<u64, AwsError> {
    let mut pauses = PAUSES.iter();
    loop {
        match client.put_segments(documents.clone()).await {
            Ok(refused) => return Ok(refused.len() as u64),
            Err(error) if error.is_passing() => match pauses.next() {
                Some(pause) => sleep(*pause).await,
                None => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
}
