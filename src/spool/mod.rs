//! What waits to be sent to another side, kept on disk until that side has answered.
//!
//! `pieces` is one queue on disk, each `piece` of it made of `record`s; `queues` says which process has which queue; `courier`
//! carries batches from a queue to a [`Carrier`], again and again until each is settled; `outbox` joins them
//! into one thing to put batches into. Knows neither what a batch holds nor where it goes.

mod courier;
mod outbox;
mod piece;
mod pieces;
mod queue;
mod queues;
mod record;

pub use courier::{Answer, AtEnd, Carrier, Courier, News, Stage};
pub use outbox::{Delivery, Outbox, OutboxOptions};
pub use piece::Found;
pub use pieces::{Batch, Spool, SpoolError};
pub use queue::{Queue, Tally};
pub use queues::{Claim, Looking, QueueError, Queues, open_own};
