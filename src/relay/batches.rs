//! From datagrams to batches: header off, in order, into the spool of every side.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counts::Counters;
use super::rejects::Rejects;
use super::sending::Destination;
use super::waiting::Waiting;
use super::{Level, Tell};
use crate::clock;
use crate::xray::client::SEGMENTS_PER_CALL;
use crate::xray::daemon::{Datagram, Received};
use crate::xray::datagram::{self, is_otlp};
use crate::xray::document;
use crate::xray::reject::{Origin, Reject};

/// How long a document waits for others at most. The real daemon waits for a second in which none comes.
const LINGER: Duration = Duration::from_secs(1);

/// Takes what was received until the door is closed and everything is in the spools.
pub fn fill(
    received: &Received,
    destinations: &[Arc<Destination>],
    region: &str,
    rejects: &Rejects,
    tell: &Tell,
) {
    let mut filler = Filler {
        destinations,
        region,
        rejects,
        tell,
        batches: destinations.iter().map(|_| Vec::new()).collect(),
        has_told: false,
    };
    let mut oldest: Option<Instant> = None;
    loop {
        let patience = oldest.map(|came| LINGER.saturating_sub(came.elapsed()));
        let Some(datagrams) = received.take(patience) else {
            break;
        };
        if !datagrams.is_empty() {
            oldest.get_or_insert_with(Instant::now);
        }
        let n_taken = filler.take(datagrams, received);
        received.count_taken(n_taken);
        if oldest.is_some_and(|came| came.elapsed() >= LINGER) {
            filler.flush();
            destinations
                .iter()
                .for_each(|destination| destination.sync());
            oldest = None;
        }
    }
    filler.flush();
    for destination in destinations {
        destination.sync();
        destination.no_more();
    }
}

struct Filler<'f> {
    destinations: &'f [Arc<Destination>],
    region: &'f str,
    rejects: &'f Rejects,
    tell: &'f Tell,
    /// One for each destination.
    batches: Vec<Vec<Waiting>>,
    has_told: bool,
}

impl Filler<'_> {
    /// Returns how many had a header that they should have.
    fn take(&mut self, datagrams: Vec<Datagram>, received: &Received) -> u64 {
        let now = clock::now();
        let mut n_taken = 0;
        for Datagram { sender, bytes } in datagrams {
            let origin = Origin {
                time: now,
                region: self.region,
                sender: Some(sender),
            };
            let text = match datagram::document(&bytes) {
                Ok(text) => text,
                Err(fault) => {
                    received.count_refused(fault.code());
                    self.rejects.put(Reject::of_datagram(origin, &bytes, fault));
                    continue;
                }
            };
            n_taken += 1;
            for (destination, batch) in self.destinations.iter().zip(&mut self.batches) {
                // The local stack would refuse it, too, but without knowing who sent it; of what AWS takes,
                // AWS is the judge.
                if destination.side.is_local()
                    && !is_otlp(text)
                    && let Err(refusal) = document::read(text)
                {
                    destination.counters.refuse(&refusal.fault.to_string());
                    let reject = Reject::of_document(origin, text, &refusal);
                    self.rejects.put(reject);
                    continue;
                }
                batch.push(Waiting {
                    time: now,
                    sender,
                    text: text.to_string(),
                });
                if batch.len() == SEGMENTS_PER_CALL {
                    spool(destination, batch, self.tell, &mut self.has_told);
                }
            }
        }
        n_taken
    }

    fn flush(&mut self) {
        for (destination, batch) in self.destinations.iter().zip(&mut self.batches) {
            spool(destination, batch, self.tell, &mut self.has_told);
        }
    }
}

fn spool(destination: &Destination, batch: &mut Vec<Waiting>, tell: &Tell, has_told: &mut bool) {
    let batch = std::mem::take(batch);
    if batch.is_empty() {
        return;
    }
    if let Err(error) = destination.put(&batch) {
        Counters::add(&destination.counters.dropped, batch.len() as u64);
        if !std::mem::replace(has_told, true) {
            let name = destination.side.name();
            tell(
                Level::Error,
                &format!("cannot write to the spool for {name}, and segments are lost: {error}"),
            );
        }
    }
}
