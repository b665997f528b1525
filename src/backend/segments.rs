//! Sends X-Ray segments in batches, and counts what became of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{self, error::TrySendError};
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
    full: Arc<AtomicU64>,
}

impl SegmentSender {
    /// Hands a document over without waiting; counts it as dropped if there is no room.
    pub fn send(&self, document: String) {
        if let Err(TrySendError::Full(_) | TrySendError::Closed(_)) = self.queue.try_send(document)
        {
            self.full.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The task that sends.
pub struct SegmentSink {
    task: JoinHandle<SegmentDelivery>,
    full: Arc<AtomicU64>,
}

impl SegmentSink {
    /// Starts sending.
    pub fn start(client: Arc<XRayClient>) -> (SegmentSender, SegmentSink) {
        let (queue, documents) = mpsc::channel(MOST_WAITING);
        let full = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(send_all(client, documents));
        (
            SegmentSender {
                queue,
                full: full.clone(),
            },
            SegmentSink { task, full },
        )
    }

    /// Sends what is left, for `deadline` at most. Every sender must have been dropped before.
    pub async fn close(mut self, deadline: Duration) -> SegmentDelivery {
        let mut delivery = match timeout(deadline, &mut self.task).await {
            Ok(Ok(delivery)) => delivery,
            Ok(Err(_)) | Err(_) => {
                self.task.abort();
                let trouble = format!("not done within {} s", deadline.as_secs());
                SegmentDelivery {
                    trouble: Some(trouble),
                    ..SegmentDelivery::default()
                }
            }
        };
        delivery.dropped += self.full.load(Ordering::Relaxed);
        delivery
    }
}

async fn send_all(
    client: Arc<XRayClient>,
    mut documents: mpsc::Receiver<String>,
) -> SegmentDelivery {
    let mut delivery = SegmentDelivery::default();
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
        match send(&client, std::mem::take(&mut batch)).await {
            Ok(n_rejected) => {
                delivery.rejected += n_rejected;
                delivery.delivered += n_documents.saturating_sub(n_rejected);
            }
            Err(error) => {
                delivery.dropped += n_documents;
                delivery.trouble = Some(error.to_string());
            }
        }
    }
    delivery
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
