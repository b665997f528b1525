//! What a search has found beyond its page, so that the next page need not search again.
//!
//! It only saves time: whoever comes with a token that is not known here gets the same page a little later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::filter::Filter;
use super::server_search::{Position, RangeKind};
use crate::model::time::Window;

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
#[derive(Debug, Clone)]
pub struct Ahead {
    /// The newest first; those of earlier pages may still be among them.
    pub positions: Arc<[Position]>,
    /// Whether there are more after them.
    pub are_more: bool,
    /// How many traces lie in the time range.
    pub n_processed: u64,
}

impl Ahead {
    /// Returns those that come after a place.
    pub fn after(&self, place: Position) -> &[Position] {
        let n_before = self.positions.partition_point(|it| *it >= place);
        self.positions.get(n_before..).unwrap_or_default()
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
