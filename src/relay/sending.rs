//! From a spool to its side: in order, a few batches at a time, and again until the side has taken them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::counts::{Counters, Delivery};
use super::rejects::Rejects;
use super::side::Side;
use super::spool::{Batch, Found, Spool};
use super::spool_record::Waiting;
use super::{Level, Tell};
use crate::aws::AwsError;
use crate::xray::client::{RefusedSegment, XRayClient};
use crate::xray::reject::{Origin, Reject};

/// How many batches are on the way at once. Source: aws-xray-daemon, the default of Concurrency.
const WIDTH: usize = 8;
/// How long a side that fails is left alone, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// A side, what waits for it, and what became of the rest.
pub struct Destination {
    pub side: Arc<Side>,
    pub counters: Counters,
    spool: Mutex<Spool>,
    from_before: u64,
    came: Notify,
    is_complete: AtomicBool,
}

impl Destination {
    /// Joins a side and its spool.
    pub fn new(side: Arc<Side>, spool: Spool, found: Found) -> Destination {
        Destination {
            side,
            counters: Counters::default(),
            spool: Mutex::new(spool),
            from_before: found.n_waiting,
            came: Notify::new(),
            is_complete: AtomicBool::new(false),
        }
    }

    /// Adds a batch to what waits.
    pub fn put(&self, batch: &[Waiting]) -> std::io::Result<()> {
        let n_dropped = self.spool().append(batch)?;
        Counters::add(&self.counters.dropped, n_dropped);
        self.came.notify_one();
        Ok(())
    }

    /// Sees to it that what was put is on the disk itself.
    pub fn sync(&self) {
        let file = self.spool().unsynced();
        // A disk that cannot sync says so when it is written to.
        let _ = file.map(|file| file.sync_data());
    }

    /// Says that nothing will be put any more.
    pub fn no_more(&self) {
        self.is_complete.store(true, Ordering::Release);
        self.came.notify_one();
    }

    /// Returns what became of everything.
    pub fn delivery(&self) -> Delivery {
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        Delivery {
            name: self.side.name().to_string(),
            is_local: self.side.is_local(),
            delivered: count(&self.counters.delivered),
            refused: self.counters.refused(),
            dropped: count(&self.counters.dropped),
            spooled: self.spool().n_waiting(),
            from_before: self.from_before,
        }
    }

    /// Gives up on what is on the way, and removes what was sent from the disk.
    pub fn settle(&self) {
        let mut spool = self.spool();
        let n_gone = spool.keep();
        Counters::add(&self.counters.dropped, n_gone);
        // What stays there in vain is sent once more.
        let _ = spool.tidy();
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What sending needs besides the destination.
pub struct Sending {
    pub rejects: Rejects,
    pub region: String,
    pub tell: Tell,
    /// True once the daemon stops: a side that fails is then not waited for.
    pub stopping: watch::Receiver<bool>,
}

/// Sends what is in the spool until there is no more to come.
pub async fn send(destination: Arc<Destination>, mut sending: Sending) {
    let mut trouble = Trouble::default();
    loop {
        let width = if trouble.is_over() { WIDTH } else { 1 };
        let is_complete = destination.is_complete.load(Ordering::Acquire);
        let oldest = destination.spool().oldest(width);
        let (batches, n_lost) = match oldest {
            Ok(read) => read,
            Err(error) => {
                let name = destination.side.name();
                let message = format!("cannot read the spool for {name}: {error}");
                trouble.tell_once(&sending.tell, &message);
                if !trouble.pause(&mut sending.stopping).await {
                    return;
                }
                continue;
            }
        };
        if n_lost > 0 {
            Counters::add(&destination.counters.dropped, n_lost);
            let message = format!("{n_lost} segments in the spool were damaged and are lost");
            (sending.tell)(Level::Error, &message);
        }
        if batches.is_empty() {
            if is_complete {
                return;
            }
            destination.came.notified().await;
            continue;
        }
        if !send_wave(&destination, &batches, &mut trouble, &mut sending).await {
            return;
        }
        if let Err(error) = destination.spool().done(&batches) {
            let message = format!("cannot note in the spool what was sent: {error}");
            trouble.tell_once(&sending.tell, &message);
        }
    }
}

/// Sends batches side by side until every one has arrived or was refused; `false` if we stop before.
async fn send_wave(
    destination: &Arc<Destination>,
    batches: &[Batch],
    trouble: &mut Trouble,
    sending: &mut Sending,
) -> bool {
    let name = destination.side.name();
    let mut left: Vec<Arc<[Waiting]>> = batches
        .iter()
        .map(|batch| batch.documents.as_slice().into())
        .collect();
    loop {
        let mut calls = JoinSet::new();
        let (width, client) = (
            if trouble.is_over() { WIDTH } else { 1 },
            destination.side.client(),
        );
        let later = left.split_off(width.min(left.len()));
        for (place, batch) in left.drain(..).enumerate() {
            let client = client.clone();
            calls.spawn(async move { (place, put(&client, &batch).await, batch) });
        }
        let mut failure = None;
        let mut again = Vec::new();
        while let Some(call) = calls.join_next().await {
            // A task of ours that was lost can only have panicked, which was said.
            let Ok((place, result, batch)) = call else {
                continue;
            };
            match result {
                Ok(refused) => {
                    let n_delivered = batch.len() - refused.len();
                    Counters::add(&destination.counters.delivered, n_delivered as u64);
                    refuse(destination, &batch, refused, sending);
                    let message = format!("{n_delivered} of {} segments: {name}", batch.len());
                    (sending.tell)(Level::Debug, &message);
                }
                Err(error) => {
                    again.push((place, batch));
                    failure = Some(error);
                }
            }
        }
        again.sort_by_key(|(place, _)| *place);
        left = again
            .into_iter()
            .map(|(_, batch)| batch)
            .chain(later)
            .collect();
        match failure {
            None => {
                if trouble.end() {
                    let message = format!("{name} takes segments again; what waited is sent first");
                    (sending.tell)(Level::Info, &message);
                }
                if left.is_empty() {
                    return true;
                }
            }
            Some(error) => {
                trouble.tell_once(
                    &sending.tell,
                    &format!("{name} takes no segments, and they wait in the spool: {error}"),
                );
                if !trouble.pause(&mut sending.stopping).await {
                    return false;
                }
                destination.side.look_again().await;
            }
        }
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
                        code: code.clone(),
                        message: message.clone(),
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

/// How often a side has failed in a row.
#[derive(Default)]
struct Trouble {
    n_failures: u32,
    has_told: bool,
}

impl Trouble {
    fn is_over(&self) -> bool {
        self.n_failures == 0
    }

    fn tell_once(&mut self, tell: &Tell, message: &str) {
        let has_told = std::mem::replace(&mut self.has_told, true);
        let level = if has_told { Level::Debug } else { Level::Warn };
        tell(level, message);
    }

    /// Returns whether there was any, and that it was said.
    fn end(&mut self) -> bool {
        let was_told = self.has_told && self.n_failures > 0;
        *self = Trouble::default();
        was_told
    }

    /// Waits a while, longer each time; `false` if there is no more time.
    ///
    /// The daemon that stops interrupts it, and then there is one more try.
    async fn pause(&mut self, stopping: &mut watch::Receiver<bool>) -> bool {
        if *stopping.borrow() {
            return false;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.n_failures.min(10));
        self.n_failures += 1;
        // Not everybody whom the same failure has sent away comes back in the same moment.
        let pause = pause
            .min(LONGEST_PAUSE)
            .mul_f64(rand::random_range(0.5..1.0));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        true
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

    #[tokio::test]
    async fn a_stop_ends_a_pause_and_allows_one_more_try() {
        let (stop, mut stopping) = watch::channel(false);
        let mut trouble = Trouble {
            n_failures: 20,
            has_told: true,
        };
        stop.send(true).unwrap();
        assert!(!trouble.pause(&mut stopping).await);
        let (stop, mut stopping) = watch::channel(false);
        let stopped = async { stop.send(true).unwrap() };
        let (may_try, ()) = tokio::join!(trouble.pause(&mut stopping), stopped);
        assert!(may_try && !trouble.pause(&mut stopping).await);
    }
}
