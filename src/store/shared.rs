//! What the store's threads and its readers share.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::watch;

use super::admit::RefusedCounts;
use super::arrivals::Counters;
use super::limits::Limits;
use super::notices::Notices;
use super::retention::{HeldBack, RetentionClock};
use super::state::State;

/// What the store's threads and its readers share.
pub(super) struct Shared {
    pub state: RwLock<State>,
    pub waiting_bytes: AtomicUsize,
    /// How many bytes of full journal files wait to be sealed.
    pub unsealed_bytes: AtomicU64,
    pub is_stopping: AtomicBool,
    pub transactions: Arc<tokio::sync::Mutex<()>>,
    /// What [`Store::arrivals`] says.
    pub arrivals: watch::Sender<Option<u64>>,
    /// What [`Store::received`] says.
    pub received: Counters,
    /// What [`Store::refused`] says.
    pub refused: RefusedCounts,
    pub trouble: Mutex<Option<String>>,
    /// For the person who runs the store.
    pub notices: Notices,
    /// What events expire by.
    clock: Mutex<RetentionClock>,
    /// What [`Store::warnings`] says.
    pub warnings: watch::Sender<Warnings>,
}

/// What the owner should know of a store that is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Why nothing can be written, if nothing can.
    pub refusal: Option<String>,
    /// What has not expired since the system's clock is not believed.
    pub held_back: Option<HeldBack>,
}

impl Warnings {
    /// Returns them as sentences.
    pub fn sentences(&self) -> Vec<String> {
        let refusal = self.refusal.as_ref();
        let refusal = refusal.map(|why| format!("nothing can be stored: {why}"));
        let held_back = self.held_back.map(|held_back| held_back.sentence());
        refusal.into_iter().chain(held_back).collect()
    }
}

impl Shared {
    pub fn new(state: State, clock: RetentionClock) -> Arc<Shared> {
        let arrivals = watch::Sender::new(Some(state.next_sequence));
        Arc::new(Shared {
            state: RwLock::new(state),
            arrivals,
            received: Counters::default(),
            refused: RefusedCounts::default(),
            waiting_bytes: AtomicUsize::new(0),
            unsealed_bytes: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
            transactions: Arc::default(),
            trouble: Mutex::new(None),
            notices: Notices::default(),
            clock: Mutex::new(clock),
            warnings: watch::Sender::new(Warnings::default()),
        })
    }

    /// Lets the clock go on to this moment, and returns it.
    pub fn clock(&self, limits: Limits) -> RetentionClock {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.advance(limits);
        *clock
    }

    /// Returns the clock as of when it was last looked at.
    pub fn known_clock(&self) -> RetentionClock {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes it that the system's clock is right.
    pub fn accept_clock(&self) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.accept();
    }

    /// Takes it that the clock was written down.
    pub fn clock_was_written(&self, as_of: RetentionClock) {
        let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        clock.written(as_of);
    }

    /// Tells what stays because the system's clock is not believed.
    pub fn tell_held_back(&self, held_back: Option<HeldBack>) {
        self.warnings.send_if_modified(|warnings| {
            let before = std::mem::replace(&mut warnings.held_back, held_back);
            before.is_some() != held_back.is_some()
        });
    }

    /// Tells why nothing can be written, or that it can.
    pub fn tell_refusal(&self, refusal: Option<String>) {
        self.warnings.send_if_modified(|warnings| {
            let before = std::mem::replace(&mut warnings.refusal, refusal);
            before != warnings.refusal
        });
    }

    /// Says what keeps journal files from being sealed or segments from being merged, or that nothing does.
    pub fn say_trouble(&self, error: Option<&io::Error>) {
        if let Ok(mut trouble) = self.trouble.lock() {
            *trouble = error.map(|error| format!("cannot seal or merge: {error}"));
        }
    }
}
