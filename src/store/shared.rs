//! What the store's threads and its readers share.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, RwLock};

use tokio::sync::watch;

use super::admit::RefusedCounts;
use super::arrivals::Counters;
use super::notices::Notices;
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
}

impl Shared {
    pub fn new(state: State) -> Arc<Shared> {
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
        })
    }

    /// Says what keeps journal files from being sealed or segments from being merged, or that nothing does.
    pub fn say_trouble(&self, error: Option<&io::Error>) {
        if let Ok(mut trouble) = self.trouble.lock() {
            *trouble = error.map(|error| format!("cannot seal or merge: {error}"));
        }
    }
}
