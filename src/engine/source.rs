//! What a query sees of one field in a stretch of rows, and which of the rows it looks at.

use crate::store::{Column, Presence};

/// One field in a stretch of rows: its columns, of a stored part or computed, and where they begin.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// One column for each type.
    pub columns: &'a [Column],
    /// Which row of the columns is row 0 of the stretch.
    pub start: usize,
    /// Another one for other columns: what was learnt of their dictionaries holds as long.
    pub version: usize,
}

/// Which rows of a stretch are looked at.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// The first so many: all of the stretch.
    All(usize),
    /// These, ascending.
    List(&'a [u16]),
}

impl Rows<'_> {
    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Rows::All(n) => *n,
            Rows::List(rows) => rows.len(),
        }
    }

    /// Hands each row to `take`.
    #[inline(always)]
    pub fn each(&self, mut take: impl FnMut(usize)) {
        match self {
            Rows::All(n) => (0..*n).for_each(take),
            Rows::List(rows) => rows.iter().for_each(|row| take(usize::from(*row))),
        }
    }

    /// Hands each row and its position among the rows to `take`.
    #[inline(always)]
    pub fn each_with_position(&self, mut take: impl FnMut(usize, usize)) {
        match self {
            Rows::All(n) => (0..*n).for_each(|row| take(row, row)),
            Rows::List(rows) => {
                let rows = rows.iter().enumerate();
                rows.for_each(|(position, row)| take(position, usize::from(*row)));
            }
        }
    }
}

/// Returns 1 for each of rows `start..start + n` that has a value, else 0; `None` if all have one.
pub fn present<'b>(
    column: &Column,
    start: usize,
    n: usize,
    bytes: &'b mut Vec<u8>,
) -> Option<&'b [u8]> {
    let Presence::Some(bits, _) = &column.present else {
        return None;
    };
    bytes.clear();
    let length = n.min(bits.len().saturating_sub(start));
    let bits = bits.slice(start.min(bits.len()), length);
    let chunks = bits.bit_chunks();
    for word in chunks.iter_padded() {
        for bit in 0..64 {
            bytes.push((word >> bit & 1) as u8);
        }
    }
    // Rows that the bits do not reach have no value.
    bytes.truncate(length);
    bytes.resize(n, 0);
    Some(bytes)
}
