//! What a search has found beyond its page, so that the next page need not search again.
//!
//! It only saves time: whoever comes with a token that is not known here gets the same page a little later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::filter::Filter;
use super::server_search::{Candidate, Position, RangeKind};
use crate::model::time::Window;
use crate::store::Part;

/// The most pages of which it is known what follows.
const MOST: usize = 32;

/// What a search was for.
#[derive(Debug, PartialEq)]
pub struct Question {
    /// Whose traces.
    pub region: String,
    /// When.
    pub window: Window,
    /// What lies in it.
    pub kind: RangeKind,
    /// Which traces.
    pub filter: Filter,
    /// Which part of all traces.
    pub share: f64,
}

/// Traces that may match, in the order of pages.
#[derive(Clone)]
pub struct Ahead {
    /// The newest first; those of earlier pages are still among them.
    pub candidates: Arc<[Candidate]>,
    /// Whether there are more after them.
    pub are_more: bool,
    /// How many traces lie in the time range.
    pub n_processed: u64,
    // The parts that the candidates' rows are in, which may leave the store meanwhile.
    parts: Arc<[Weak<Part>]>,
}

impl Ahead {
    /// Keeps what was found in `parts`.
    pub fn new(
        candidates: Vec<Candidate>,
        are_more: bool,
        n_processed: u64,
        parts: &[Arc<Part>],
    ) -> Ahead {
        Ahead {
            candidates: candidates.into(),
            are_more,
            n_processed,
            parts: parts.iter().map(Arc::downgrade).collect(),
        }
    }

    /// Returns those that come after a place.
    pub fn after(&self, place: Position) -> &[Candidate] {
        let n_before = self.candidates.partition_point(|it| it.position >= place);
        self.candidates.get(n_before..).unwrap_or_default()
    }

    /// Tells whether the candidates' rows are still all that there is of them.
    pub fn is_of(&self, parts: &[Arc<Part>]) -> bool {
        let is_same =
            |(known, part): (&Weak<Part>, &Arc<Part>)| known.as_ptr() == Arc::as_ptr(part);
        self.parts.len() == parts.len() && self.parts.iter().zip(parts).all(is_same)
    }
}

/// What is known beyond the pages that were given out last.
#[derive(Default)]
pub struct Known(Mutex<VecDeque<(Question, Position, Ahead)>>);

impl Known {
    /// Returns what comes after a page of this search that ended at `place`.
    pub fn find(&self, question: &Question, place: Position) -> Option<Ahead> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = known
            .iter()
            .filter(|(of, at, _)| *at == place && of == question);
        found.next().map(|(.., ahead)| ahead.clone())
    }

    /// Keeps what comes after a page that ended at `place`.
    pub fn keep(&self, question: Question, place: Position, ahead: Ahead) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_back((question, place, ahead));
        while known.len() > MOST {
            known.pop_front();
        }
    }
}
