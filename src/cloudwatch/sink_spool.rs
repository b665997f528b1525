//! The folder where lines wait on their way to CloudWatch Logs: a queue for each stream, of those that
//! [`Queues`] keeps.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sink_files::SEGMENT_BYTES;
use super::sink_queue::{Queue, Shared, SpoolError};
use crate::spool::{Claim, Looking, Queues};

/// Where the lines of a queue go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Which service: `local` for the local stack, `aws`, or a URL.
    pub place: String,
    /// The AWS region.
    pub region: String,
    /// The log group.
    pub group: String,
    /// The log stream.
    pub stream: String,
}

/// A folder of queues.
#[derive(Debug, Clone)]
pub struct Spool {
    queues: Queues,
    max_bytes: u64,
}

/// The queues that nobody else has.
pub struct Claimed {
    /// The one for the stream that was asked for.
    pub own: Queue,
    /// Those for other streams of the group, or the same, left behind by others.
    pub left_behind: Vec<LeftBehind>,
}

/// A queue that somebody left behind.
pub struct LeftBehind {
    /// Its number among all queues; it rises with time.
    pub number: u64,
    /// Where its lines go.
    pub address: Address,
    /// Its two ends.
    pub queue: Queue,
}

/// How many queues are claimed at once at the most; each one keeps two files open.
const MOST_AT_ONCE: usize = 200;

impl Spool {
    /// Names a folder, which is made when it is needed; `max_bytes` is for all its queues together.
    pub fn new(folder: PathBuf, max_bytes: u64) -> Spool {
        Spool {
            queues: Queues::new(folder),
            max_bytes,
        }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        self.queues.folder()
    }

    /// Claims the queue for `address`, making it if there is none, and those for the same group.
    ///
    /// # Errors
    /// `Io`.
    pub fn claim(&self, address: &Address) -> Result<Claimed, SpoolError> {
        let looking = self.queues.look()?;
        let found = looking.claims(0, |found| found == address).next();
        let max_bytes = self.room_beside(&looking, found.as_ref());
        let own = match found {
            Some(own) => own?,
            None => looking.make(address.clone())?,
        };
        let own = Queue::open(own.folder, own.lock, max_bytes)?;
        let left_behind = left_behind(&looking, address, 0)?;
        Ok(Claimed { own, left_behind })
    }

    /// Claims the queues for the group of `address`, whatever their stream, with higher numbers than
    /// `after`; not all of them if they are many.
    ///
    /// # Errors
    /// `Io`.
    pub fn claim_left_behind(
        &self,
        address: &Address,
        after: u64,
    ) -> Result<Vec<LeftBehind>, SpoolError> {
        left_behind(&self.queues.look()?, address, after)
    }

    /// Removes a queue, unless something in it is pending, or says how far a file was read that goes on
    /// and is not known to have been read to its end.
    ///
    /// # Errors
    /// `Io`.
    pub fn tidy(&self, queue: &Shared, is_input_at_end: bool) -> Result<(), SpoolError> {
        let position = queue.position().filter(|_| !is_input_at_end);
        if position.is_some_and(|position| position.has_more()) || queue.n_pending() > 0 {
            return Ok(());
        }
        Ok(self.queues.remove(queue.folder())?)
    }

    // Returns how much a queue may hold beside all others; never less than it takes to move on.
    fn room_beside<E>(
        &self,
        looking: &Looking<'_>,
        own: Option<&Result<Claim<Address>, E>>,
    ) -> u64 {
        let own = own.and_then(|own| own.as_ref().ok());
        let used = looking.bytes_beside(own.map(|own| own.folder.as_path()));
        self.max_bytes.saturating_sub(used).max(2 * SEGMENT_BYTES)
    }
}

fn left_behind(
    looking: &Looking<'_>,
    address: &Address,
    after: u64,
) -> Result<Vec<LeftBehind>, SpoolError> {
    let is_for_group = |found: &Address| {
        (&found.place, &found.region, &found.group)
            == (&address.place, &address.region, &address.group)
    };
    let claims = looking.claims(after, is_for_group).take(MOST_AT_ONCE);
    let opened = claims.map(|claim| {
        let claim = claim?;
        Ok(LeftBehind {
            number: claim.number,
            address: claim.address,
            // Nothing is added to it.
            queue: Queue::open(claim.folder, claim.lock, 0)?,
        })
    });
    opened.collect()
}
