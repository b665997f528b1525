//! The memory that a query may take.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};

/// Gives a query memory, or does not.
pub trait Draw: Debug + Sync {
    /// Takes so many bytes more; `false` if there are none left for it.
    fn draw(&self, bytes: usize) -> bool;
}

/// What a query has of memory.
#[derive(Debug, Default)]
pub struct Memory<'a> {
    draw: Option<&'a dyn Draw>,
    is_exceeded: AtomicBool,
}

/// The most text that calculated fields may make of one item's rows, in bytes.
pub const MOST_MADE_TEXT: usize = if cfg!(test) { 4 << 20 } else { 32 << 20 };

impl<'a> Memory<'a> {
    /// Memory that is drawn from there, or as much as the machine has.
    pub fn of(draw: Option<&'a dyn Draw>) -> Memory<'a> {
        Memory {
            draw,
            is_exceeded: AtomicBool::new(false),
        }
    }

    /// Notes that there is more than before.
    pub fn grow(&self, bytes: usize) {
        if bytes > 0 && self.draw.is_some_and(|draw| !draw.draw(bytes)) {
            self.exceed();
        }
    }

    /// Notes that there is too much.
    pub fn exceed(&self) {
        self.is_exceeded.store(true, Ordering::Relaxed);
    }

    /// Tells whether there is too much.
    pub fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }
}
