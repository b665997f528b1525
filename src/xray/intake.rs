//! The way of documents into the store, from whichever door they came.
//!
//! PutTraceSegments and the daemon's UDP door share it: read, keep what is good in one append, and keep of
//! the rest why it was refused.

use std::net::SocketAddr;

use super::datagram::{OTLP_PREFIXES, is_otlp};
use super::document::{self, Fault, Refusal};
use super::otlp_spans::documents_of;
use super::reject::{Origin, Reject};
use super::server_columns::event;
use super::server_dropped::Dropped;
use super::server_rejects;
use crate::model::span::{Batch, Event, Lens};
use crate::otlp::decode::{self, Encoding};
use crate::otlp::plain_spans::{PlainSpan, plain_spans};
use crate::store::{Excess, PartBuilder, Store, StoreError};

/// A document as it came.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The JSON of a segment or of a subsegment, or an OTLP request as [`OTLP_PREFIXES`] say.
    pub text: String,
    /// Who sent it, if the door could tell.
    pub sender: Option<SocketAddr>,
}

/// Documents that were read and are not stored yet.
pub struct Intake {
    segments: Batch,
    // OTLP requests, whose spans are also kept where OTLP's spans go.
    otlp: Vec<Vec<u8>>,
    /// How many documents were taken.
    pub n_taken: usize,
    /// What was refused, each with its place among the documents that came.
    pub refused: Vec<(usize, Refusal)>,
    rejects: Vec<Reject>,
    // Spans that the store did not take, since a limit was reached.
    excess: Vec<Excess>,
    dropped: Dropped,
}

impl Intake {
    /// Begins an intake for a region.
    pub fn new(region: &str) -> Intake {
        Intake {
            segments: Batch {
                lens: Lens::Segments,
                dataset: region.to_string(),
                events: Vec::new(),
            },
            otlp: Vec::new(),
            n_taken: 0,
            refused: Vec::new(),
            rejects: Vec::new(),
            excess: Vec::new(),
            dropped: Dropped::default(),
        }
    }

    /// Reads documents that all came at `now`, nanoseconds since the epoch.
    pub fn read(region: &str, documents: Vec<Incoming>, now: i64) -> Intake {
        let mut intake = Intake::new(region);
        for (place, incoming) in documents.into_iter().enumerate() {
            intake.take(place, incoming, now);
        }
        intake
    }

    /// Reads one document; `place` tells it from the others.
    pub fn take(&mut self, place: usize, incoming: Incoming, now: i64) {
        let Incoming { text, sender } = incoming;
        let taken = if is_otlp(&text) {
            self.take_otlp(&text, now)
        } else {
            match document::read(&text) {
                Ok(document) => {
                    self.dropped.add(&self.segments.dataset, &document, now);
                    let document = document.received(now);
                    self.segments.events.push(event(&document, text));
                    self.n_taken += 1;
                    return;
                }
                Err(refusal) => Err((refusal, None)),
            }
        };
        match taken {
            Ok(()) => self.n_taken += 1,
            Err((refusal, why)) => {
                // The rest of a flood is counted; more could not be kept anyway.
                if (self.rejects.len() as u64) < server_rejects::MOST_PER_SECOND {
                    let region = &self.segments.dataset;
                    let origin = Origin {
                        time: now,
                        region,
                        sender,
                    };
                    self.rejects.push(match why {
                        Some(why) => Reject::of_otlp(origin, &text, why),
                        None => Reject::of_document(origin, &text, &refusal),
                    });
                }
                self.refused.push((place, refusal));
            }
        }
    }

    /// Adds what was refused before it came to its document.
    pub fn reject(&mut self, reject: Reject) {
        if (self.rejects.len() as u64) < server_rejects::MOST_PER_SECOND {
            self.rejects.push(reject);
        }
    }

    // What was not sampled is no trace of X-Ray's: its spans are kept where OTLP's go, and nowhere else.
    fn take_otlp(&mut self, text: &str, now: i64) -> Result<(), (Refusal, Option<String>)> {
        let refused = |why: String| {
            let refusal = Refusal {
                id: None,
                trace_id: None,
                fault: Fault::Parse,
            };
            (refusal, Some(why))
        };
        let [sampled, _] = OTLP_PREFIXES;
        let encoded = text
            .get(sampled.len()..)
            .unwrap_or_default()
            .trim_ascii_end();
        let request = crate::otlp::from_base64(encoded);
        let request = request.ok_or_else(|| {
            refused(
                "what comes after T1S or T1U is not base64 of an OTLP trace request".to_string(),
            )
        })?;
        let spans = plain_spans(&request).map_err(|error| refused(error.to_string()))?;
        if text.starts_with(sampled) {
            let events = events_of(&spans, now).map_err(|refusal| (refusal, None))?;
            self.segments.events.extend(events);
        }
        self.otlp.push(request);
        Ok(())
    }

    /// Stores what was taken in one append; it is on disk when this resolves. May be called again after
    /// an error.
    ///
    /// # Errors
    /// See [`StoreError`]; then nothing is stored.
    pub async fn store(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut parts = vec![PartBuilder::of(&self.segments)];
        for request in &self.otlp {
            // It has been read once, as spans; what rows cannot hold of it is not for this door to refuse.
            if let Ok(decoded) = decode::spans(request, Encoding::Protobuf) {
                parts.extend(decoded.parts);
            }
        }
        let refused = store.append_parts(parts).await?.into_iter();
        let events = refused.flat_map(|refused| refused.events);
        self.excess = events.map(|(_, why)| why).collect();
        Ok(())
    }

    /// Keeps why the others were refused, and which annotations of those that were taken count for nothing;
    /// `now` is in nanoseconds since the epoch.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_rejects(&mut self, store: &Store, now: i64) -> Result<(), StoreError> {
        let excess = std::mem::take(&mut self.excess);
        if let Some(why) = excess.first() {
            let origin = Origin {
                time: now,
                region: &self.segments.dataset,
                sender: None,
            };
            let n_spans = excess.len();
            self.rejects.push(Reject::of_spans(
                origin,
                format!("{why} {n_spans} spans of an OTLP request were not kept."),
            ));
        }
        let rejects = std::mem::take(&mut self.rejects);
        std::mem::take(&mut self.dropped).keep(store).await?;
        server_rejects::keep(store, rejects, now).await.map(|_| ())
    }
}

fn events_of(spans: &[PlainSpan], now: i64) -> Result<Vec<Event>, Refusal> {
    documents_of(spans)
        .into_iter()
        .map(|text| {
            let document = document::read(&text)?;
            Ok(event(&document.received(now), text))
        })
        .collect()
}
