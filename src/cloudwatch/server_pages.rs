//! Pages of lines: where one begins, and the search that fills it.
//!
//! Lines are searched in pieces, in the order of their positions, some at once on every core. As soon as
//! a page is full of lines that come before everything that was not searched, the search is over: so
//! the first page of many lines is quick, and a rare line is looked for by all cores.

use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::pattern::{FilterPattern, Prefilter};
use super::server_lines::{Asked, Block, FIELDS, Line, blocks as blocks_of, texts_of_all};
use super::server_refusal::Refusal;
use super::wire::{EVENT_OVERHEAD_BYTES, PAGE_MAX_BYTES};
use crate::door::query_pool::Current;
use crate::store::{Codes, Part, Strs, Texts, readable};

/// So many rows are searched in one go.
const PIECE_ROWS: usize = if cfg!(test) { 64 } else { 1 << 16 };
/// The most pieces that are searched before it is asked whether that is enough.
const WAVE_PIECES: usize = 64;

/// Where a page begins, and whether it goes towards newer or older lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// After this position, towards newer lines.
    After(u128),
    /// Before this position, towards older lines.
    Before(u128),
}

impl Place {
    /// Reads what [`Place::text`] wrote; `position` reads the digits.
    ///
    /// # Errors
    /// `BadToken`.
    pub fn of_text(text: &str, position: impl Fn(&str) -> Option<u128>) -> Result<Place, Refusal> {
        let place = match text.split_once('/') {
            Some(("f", digits)) => position(digits).map(Place::After),
            Some(("b", digits)) => position(digits).map(Place::Before),
            _ => None,
        };
        place.ok_or(Refusal::BadToken)
    }

    /// Returns the place as the service writes it in tokens; `digits` writes a position.
    pub fn text(self, digits: impl Fn(u128) -> String) -> String {
        match self {
            Place::After(position) => format!("f/{}", digits(position)),
            Place::Before(position) => format!("b/{}", digits(position)),
        }
    }

    /// Returns the place from which the same direction goes on.
    pub fn moved_to(self, position: u128) -> Place {
        match self {
            Place::After(_) => Place::After(position),
            Place::Before(_) => Place::Before(position),
        }
    }

    fn is_backward(self) -> bool {
        matches!(self, Place::Before(_))
    }
}

/// Lines that fit into one answer, in the direction of the place, and whether another one follows.
pub struct Page {
    /// The lines, those nearest to the place first.
    pub lines: Vec<Line>,
    /// Whether another line matches.
    pub has_more: bool,
}

impl Page {
    /// Finds the first lines from `place` on that match, as many as are asked for and fit.
    pub fn find(
        parts: Vec<Arc<Part>>,
        asked: Asked,
        pattern: &FilterPattern,
        place: Place,
        limit: usize,
    ) -> Page {
        let asked = Arc::new(asked);
        let mut blocks = blocks_of(&parts, &asked);
        // One more, which says that there is another page.
        let mut found = search(&blocks, pattern, place, limit + 1);
        // Where damage was found on the way, once more by piece.
        if blocks.iter().any(|block| block.part.pieces().is_some()) {
            blocks = blocks_of(&parts, &asked);
            found = search(&blocks, pattern, place, limit + 1);
        }
        let mut page = Page {
            lines: Vec::new(),
            has_more: false,
        };
        let mut bytes = 0;
        for found in found {
            let Some(block) = blocks.get(found.block_idx) else {
                continue;
            };
            let line = Line::of(&block.part, found.row);
            bytes += line.message().len() + EVENT_OVERHEAD_BYTES;
            // A page holds at least one line, however long it is.
            let is_full = page.lines.len() == limit || bytes > PAGE_MAX_BYTES;
            if is_full && !page.lines.is_empty() {
                page.has_more = true;
                break;
            }
            page.lines.push(line);
        }
        page
    }
}

/// Calls `take` with every line of all groups that is asked for, and the index of its group, the newest
/// first, until it returns `false`.
pub fn each_newest_first(
    groups: Vec<(Vec<Arc<Part>>, Asked)>,
    mut take: impl FnMut(usize, &Line) -> bool,
) {
    let (mut all, mut group_idxs) = (Vec::new(), Vec::new());
    for (group_idx, (parts, asked)) in groups.into_iter().enumerate() {
        let parts = readable(parts, asked.window(), &FIELDS);
        all.extend(blocks_of(&parts, &Arc::new(asked)));
        group_idxs.resize(all.len(), group_idx);
    }
    let blocks = all;
    // Where each block goes on: before this row.
    let mut ends: Vec<usize> = blocks.iter().map(|block| block.rows.end).collect();
    for (end, block) in ends.iter_mut().zip(&blocks) {
        if !block.part.is_sound(FIELDS) {
            *end = block.rows.start;
        }
    }
    let mut heap: BinaryHeap<(u128, usize)> = BinaryHeap::new();
    let next = |ends: &mut [usize], block_idx: usize| -> Option<(u128, usize)> {
        let (end, block) = (ends.get_mut(block_idx)?, blocks.get(block_idx)?);
        let row = (block.rows.start..*end).rev().find(|&row| block.has(row))?;
        *end = row;
        Some((block.position(row), block_idx))
    };
    for block_idx in 0..blocks.len() {
        heap.extend(next(&mut ends, block_idx));
    }
    while let Some((_, block_idx)) = heap.pop() {
        let (Some(block), Some(row)) = (blocks.get(block_idx), ends.get(block_idx)) else {
            return;
        };
        let group_idx = group_idxs.get(block_idx).copied().unwrap_or(0);
        if !take(group_idx, &Line::of(&block.part, *row)) {
            return;
        }
        heap.extend(next(&mut ends, block_idx));
    }
}

/// Some rows of a block.
struct Piece {
    block_idx: usize,
    rows: Range<usize>,
    /// The position that is nearest to the place.
    nearest: u128,
}

struct FoundRow {
    position: u128,
    block_idx: usize,
    row: usize,
}

fn search(blocks: &[Block], pattern: &FilterPattern, place: Place, most: usize) -> Vec<FoundRow> {
    let is_backward = place.is_backward();
    let pieces = pieces(blocks, place);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found: Vec<FoundRow> = Vec::new();
    let (mut rest, mut n_pieces) = (&pieces[..], cores);
    while let Some(nearest) = rest.first().map(|piece| piece.nearest) {
        let is_nearer = |it: &FoundRow| (it.position < nearest) != is_backward;
        if found.len() == most && found.last().is_some_and(is_nearer) {
            break;
        }
        let (wave, others) = rest.split_at(n_pieces.min(rest.len()));
        rest = others;
        n_pieces = (n_pieces * 2).min(WAVE_PIECES.max(cores));
        found.extend(search_pieces(
            blocks,
            wave,
            pattern,
            is_backward,
            most,
            cores,
        ));
        found.sort_unstable_by_key(|it| it.position);
        if is_backward {
            found.reverse();
        }
        found.truncate(most);
    }
    found
}

// Those nearest to the place come first.
fn pieces(blocks: &[Block], place: Place) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (block_idx, block) in blocks.iter().enumerate() {
        let rows = match place {
            Place::After(after) => block.partition(|position| position <= after)..block.rows.end,
            Place::Before(before) => block.rows.start..block.partition(|it| it < before),
        };
        for start in rows.clone().step_by(PIECE_ROWS) {
            let rows = start..(start + PIECE_ROWS).min(rows.end);
            let nearest = match place {
                Place::After(_) => rows.start,
                Place::Before(_) => rows.end - 1,
            };
            pieces.push(Piece {
                block_idx,
                rows,
                nearest: block.position(nearest),
            });
        }
    }
    pieces.sort_unstable_by_key(|piece| piece.nearest);
    if place.is_backward() {
        pieces.reverse();
    }
    pieces
}

fn search_pieces(
    blocks: &[Block],
    pieces: &[Piece],
    pattern: &FilterPattern,
    is_backward: bool,
    most: usize,
    cores: usize,
) -> Vec<FoundRow> {
    let next = AtomicUsize::new(0);
    let current = Current::here();
    let search_some = || {
        let mut found = Vec::new();
        // The answer of a read that is over is not given, so that it may have gaps.
        while !current.is_over()
            && let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let block_idx = piece.block_idx;
            let Some(block) = blocks.get(block_idx) else {
                continue;
            };
            let rows = Search::of(block, pattern).rows(piece.rows.clone(), is_backward, most);
            found.extend(rows.into_iter().map(|row| FoundRow {
                position: block.position(row),
                block_idx,
                row,
            }));
        }
        found
    };
    let n_rows: usize = pieces.iter().map(|piece| piece.rows.len()).sum();
    let n_threads = cores.min(pieces.len());
    // A thread takes longer to start than these to be searched.
    if n_threads < 2 || n_rows < PIECE_ROWS / 8 {
        return search_some();
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..n_threads).map(|_| scope.spawn(search_some)).collect();
        let mut found = search_some();
        for thread in threads {
            found.extend(thread.join().unwrap_or_default());
        }
        found
    })
}

/// A pattern and the messages of a block.
struct Search<'a> {
    block: &'a Block,
    pattern: &'a FilterPattern,
    messages: Option<&'a Strs>,
}

impl<'a> Search<'a> {
    fn of(block: &'a Block, pattern: &'a FilterPattern) -> Search<'a> {
        Search {
            block,
            pattern,
            messages: texts_of_all(&block.part, "message"),
        }
    }

    /// Returns the first `most` of these rows that match, or the last, the last first; none of a part that
    /// is damaged.
    fn rows(&self, rows: Range<usize>, is_backward: bool, most: usize) -> Vec<usize> {
        let Search {
            block,
            pattern,
            messages,
        } = self;
        if !block.part.is_sound(FIELDS) {
            return Vec::new();
        }
        if pattern.is_everything() {
            return first(rows, is_backward, most, |row| block.has(row));
        }
        match messages {
            Some(Strs {
                codes: Codes::Rows,
                texts,
            }) => {
                let bytes = bytes_of(texts, &rows);
                match pattern.prefilter(bytes).filter(|_| !is_backward) {
                    Some(prefilter) => self.with_prefilter(prefilter, texts, rows, most),
                    None => first(rows, is_backward, most, |row| {
                        block.has(row) && pattern.matches(texts.get(row))
                    }),
                }
            }
            Some(Strs { codes, texts }) => {
                // Each different message is asked once.
                let mut known: Vec<Option<bool>> = vec![None; texts.len()];
                first(rows, is_backward, most, |row| {
                    let Some(code) = codes.get(row).filter(|_| block.has(row)) else {
                        return false;
                    };
                    let ask = || pattern.matches(texts.get(code));
                    known
                        .get_mut(code)
                        .is_some_and(|known| *known.get_or_insert_with(ask))
                })
            }
            None => {
                let messages = block.part.text("message");
                let matches = |row| pattern.matches(&messages.get(row).unwrap_or_default());
                first(rows, is_backward, most, |row| {
                    block.has(row) && matches(row)
                })
            }
        }
    }

    // Looks for what every line has that matches, in all of them at once.
    fn with_prefilter(
        &self,
        prefilter: &Prefilter,
        texts: &Texts,
        rows: Range<usize>,
        most: usize,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        let mut row = rows.start;
        while found.len() < most
            && let Some(at) = prefilter.find(bytes_of(texts, &(row..rows.end)))
        {
            let offsets = texts.offsets().get(row..=rows.end).unwrap_or_default();
            row += row_of(offsets, at);
            // It may lie across two lines, or the rest of the pattern may not hold.
            if self.block.has(row) && self.pattern.matches(texts.get(row)) {
                found.push(row);
            }
            row += 1;
        }
        found
    }
}

// The bytes of the texts of these rows, each of which has its own.
fn bytes_of<'t>(texts: &'t Texts, rows: &Range<usize>) -> &'t [u8] {
    let offset = |row: usize| usize::try_from(*texts.offsets().get(row)?).ok();
    let bytes = offset(rows.start).zip(offset(rows.end));
    let bytes = bytes.and_then(|(start, end)| texts.bytes().get(start..end));
    bytes.unwrap_or_default()
}

fn first(
    rows: Range<usize>,
    is_backward: bool,
    most: usize,
    mut is_wanted: impl FnMut(usize) -> bool,
) -> Vec<usize> {
    let wanted = |row: &usize| is_wanted(*row);
    if is_backward {
        rows.rev().filter(wanted).take(most).collect()
    } else {
        rows.filter(wanted).take(most).collect()
    }
}

// Returns which text the byte at `at` is in, counted from the first. The next one found is mostly near, so steps
// grow from one.
fn row_of(offsets: &[i32], at: usize) -> usize {
    let start = offsets.first().copied().unwrap_or(0);
    let is_before = |offset: &i32| {
        let place = i64::from(*offset) - i64::from(start);
        usize::try_from(place).is_ok_and(|place| place <= at)
    };
    let mut step = 1;
    while offsets.get(step).is_some_and(is_before) {
        step *= 2;
    }
    let near = offsets.get(..step.min(offsets.len())).unwrap_or_default();
    near.partition_point(is_before).saturating_sub(1)
}
