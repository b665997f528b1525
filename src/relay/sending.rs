//! A side that documents go to: its queue, and how a batch gets there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use tokio::sync::watch;

use super::counts::{Counters, Delivery};
use super::rejects::Rejects;
use super::side::Side;
use super::waiting::{self, Waiting};
use super::{Level, Tell};
use crate::aws::AwsError;
use crate::spool::{
    Answer, AtEnd, Batch, Carrier, Courier, Found, News, Queue, Spool, Stage, Tally,
};
use crate::xray::client::{RefusedSegment, XRayClient};
use crate::xray::reject::{Origin, Reject};

/// How many batches are on the way at once. Source: aws-xray-daemon, the default of Concurrency.
const WIDTH: usize = 8;

/// A side, what waits for it, and what became of the rest.
pub struct Destination {
    pub side: Arc<Side>,
    pub counters: Counters,
    queue: Arc<Queue>,
}

impl Destination {
    /// Joins a side and its spool.
    pub fn new(side: Arc<Side>, spool: Spool, found: Found) -> Destination {
        Destination {
            side,
            counters: Counters::default(),
            queue: Arc::new(Queue::new(spool, found, Arc::new(Tally::default()))),
        }
    }

    /// Adds a batch to what waits.
    pub fn put(&self, batch: &[Waiting]) -> std::io::Result<()> {
        let n_items = u32::try_from(batch.len()).map_err(std::io::Error::other)?;
        self.queue.put(n_items, &waiting::encode(batch)?.into())
    }

    /// Sees to it that what was put is on the disk itself.
    pub fn sync(&self) {
        self.queue.sync();
    }

    /// Says that nothing will be put any more.
    pub fn no_more(&self) {
        self.queue.no_more();
    }

    /// Returns what became of everything.
    pub fn delivery(&self) -> Delivery {
        let counts = self.queue.tally().counts();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Delivery {
            name: self.side.name().to_string(),
            is_local: self.side.is_local(),
            delivered: counts.delivered,
            refused: self.counters.refused(),
            dropped: counts.dropped + count(&self.counters.dropped),
            spooled: self.queue.n_waiting(),
            from_before: self.queue.from_before(),
        }
    }

    /// Removes what was sent from the disk.
    pub fn settle(&self) {
        self.queue.tidy();
    }
}

/// What sending needs besides the destination.
pub struct Sending {
    pub rejects: Rejects,
    pub region: String,
    pub tell: Tell,
    /// How far the daemon is: once it stops, a side that fails is not waited for.
    pub stage: watch::Receiver<Stage>,
}

/// Sends what is in the spool until there is no more to come.
pub async fn send(destination: Arc<Destination>, sending: Sending) {
    let courier = Courier {
        queue: destination.queue.clone(),
        width: WIDTH,
        at_end: AtEnd::OneMoreTry,
        stage: sending.stage.clone(),
        carrier: Arc::new(ToSide {
            destination,
            sending,
        }),
    };
    courier.run().await;
}

struct ToSide {
    destination: Arc<Destination>,
    sending: Sending,
}

impl Carrier for ToSide {
    async fn carry(&self, batch: &Batch) -> Answer {
        let name = self.destination.side.name();
        let Ok(documents) = waiting::decode(&batch.things) else {
            // Its checksum holds, so it was written by another version.
            let message = format!("{} segments in the spool cannot be read", batch.n_items);
            (self.sending.tell)(Level::Error, &message);
            Counters::add(&self.destination.counters.dropped, batch.n_items);
            return Answer::Settled {
                n_delivered: 0,
                n_refused: 0,
                trouble: None,
            };
        };
        let refused = match put(&self.destination.side.client(), &documents).await {
            Ok(refused) => refused,
            Err(error) => {
                return Answer::Later {
                    why: error.to_string(),
                    after: None,
                };
            }
        };
        let n_refused = refused.len();
        let n_delivered = documents.len() - n_refused;
        refuse(&self.destination, &documents, refused, &self.sending);
        let message = format!("{n_delivered} of {} segments: {name}", documents.len());
        (self.sending.tell)(Level::Debug, &message);
        Answer::Settled {
            n_delivered: n_delivered as u64,
            n_refused: n_refused as u64,
            trouble: None,
        }
    }

    async fn look_again(&self) {
        self.destination.side.look_again().await;
    }

    fn hear(&self, news: News<'_>) {
        let name = self.destination.side.name();
        let level = |is_new: bool| if is_new { Level::Warn } else { Level::Debug };
        let (level, message) = match news {
            News::Away { why, is_new } => (
                level(is_new),
                format!("{name} takes no segments, and they wait in the spool: {why}"),
            ),
            News::Back => (
                Level::Info,
                format!("{name} takes segments again; what waited is sent first"),
            ),
            News::Lost(n) => (
                Level::Error,
                format!("{n} segments in the spool were damaged and are lost"),
            ),
            News::Disk {
                action,
                error,
                is_new,
            } => (
                level(is_new),
                format!("cannot {action} for {name}: {error}"),
            ),
        };
        (self.sending.tell)(level, &message);
    }
}

/// What a side refused: which document of the batch, and why.
type Refusals = Vec<(Option<usize>, RefusedSegment)>;

// A call that is refused as a whole is refused for each of its documents, unless it was only too long.
async fn put(client: &XRayClient, batch: &[Waiting]) -> Result<Refusals, AwsError> {
    let mut refusals = Refusals::new();
    let mut pieces: Vec<_> = std::iter::once(0..batch.len()).collect();
    while let Some(piece) = pieces.pop() {
        let documents = batch.get(piece.clone()).unwrap_or_default();
        let texts = documents.iter().map(|document| document.text.clone());
        match client.put_segments(texts.collect()).await {
            Ok(refused) => {
                let found = matched(documents, refused).into_iter();
                refusals.extend(found.map(|(at, why)| (at.map(|at| at + piece.start), why)));
            }
            Err(error) if is_too_long(&error) && piece.len() > 1 => {
                let middle = piece.start + piece.len() / 2;
                pieces.extend([middle..piece.end, piece.start..middle]);
            }
            Err(AwsError::Refused { code, message }) => {
                let refused = |at| {
                    let refused = RefusedSegment {
                        id: None,
                        code: code.raw().to_string(),
                        message: message.raw().to_string(),
                    };
                    (Some(at), refused)
                };
                refusals.extend(piece.map(refused));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(refusals)
}

fn is_too_long(error: &AwsError) -> bool {
    error.is_code("HTTP status 413") || error.is_code("RequestEntityTooLargeException")
}

/// Finds the documents that were refused by their ids; those that X-Ray could not even read have none.
fn matched(documents: &[Waiting], refused: Vec<RefusedSegment>) -> Refusals {
    #[derive(Deserialize)]
    struct Named {
        id: Option<String>,
    }
    if refused.is_empty() {
        return Refusals::new();
    }
    let id = |document: &Waiting| {
        let named: Option<Named> = serde_json::from_str(&document.text).ok();
        named.and_then(|named| named.id)
    };
    let mut ids: Vec<Option<Option<String>>> = documents
        .iter()
        .map(|document| Some(id(document)))
        .collect();
    let found = refused.into_iter().map(|refused| {
        let wanted = Some(refused.id.clone());
        let at = ids.iter().position(|id| *id == wanted);
        // Each is found once.
        if let Some(slot) = at.and_then(|at| ids.get_mut(at)) {
            *slot = None;
        }
        (at, refused)
    });
    found.collect()
}

fn refuse(destination: &Destination, batch: &[Waiting], refused: Refusals, sending: &Sending) {
    for (at, RefusedSegment { code, message, .. }) in refused {
        destination.counters.refuse(&code);
        // A local stack keeps for itself what it refuses.
        let Some(document) = at.and_then(|at| batch.get(at)) else {
            continue;
        };
        if destination.side.is_local() {
            continue;
        }
        let origin = Origin {
            time: document.time,
            region: &sending.region,
            sender: Some(document.sender),
        };
        let reject = Reject::of_service(origin, &document.text, &code, &message);
        sending.rejects.put(reject);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(text: &str) -> Waiting {
        Waiting {
            time: 1,
            sender: ([127, 0, 0, 1], 1).into(),
            text: text.to_string(),
        }
    }

    fn refused(id: Option<&str>) -> RefusedSegment {
        RefusedSegment {
            id: id.map(str::to_string),
            code: "ParseError".to_string(),
            message: String::new(),
        }
    }

    #[test]
    fn refused_documents_are_found_by_id_each_once_and_the_unreadable_by_having_none() {
        let batch = [
            waiting(r#"{"id":"a"}"#),
            waiting("garbage"),
            waiting(r#"{"id":"a"}"#),
            waiting(r#"{"name":"b"}"#),
        ];
        let refusals = [Some("a"), None, Some("a"), None, Some("z")].map(refused);
        let found: Vec<Option<usize>> = matched(&batch, refusals.to_vec())
            .into_iter()
            .map(|(at, _)| at)
            .collect();
        assert_eq!(found, [Some(0), Some(1), Some(2), Some(3), None]);
    }
}
