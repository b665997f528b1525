//! Rows gathered into traces, a few traces at a time, so that neither memory nor the processor's cache
//! has to hold all of them at once.
//!
//! Rows are dealt into buckets by the trace's id, and each bucket is gathered on its own. So memory depends
//! on a bucket, and on how many rows are dealt out at once, and not on how many traces there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::FixedState;

use super::outline;
use super::server_prune::Expression;
use crate::model::time::Window;
use crate::store::{Column, ColumnData, Part};

/// Rows in a bucket, about.
const BUCKET_ROWS: usize = 16_384;
/// Rows that are dealt out at once; of more, each round takes the traces of its own ids.
const ROUND_ROWS: usize = 8 << 20;
/// Rows that one thread deals out before it takes the next.
const STRETCH: usize = 1 << 16;

/// Where a row is: its part, and its number there.
pub type Row = (u32, u32);

/// What to gather.
#[derive(Clone, Copy)]
pub struct Gathering<'g> {
    /// Sound parts.
    pub parts: &'g [Arc<Part>],
    /// Traces with any row in it are gathered, each with all of its rows.
    pub window: Window,
    /// Which part of all traces is looked at, 0 to 1; chosen by their ids.
    pub share: f64,
    /// Whose bits each trace gets.
    pub expression: &'g Expression<'g>,
}

/// Some of the traces.
#[derive(Default)]
pub struct Bucket {
    /// What rows say of each.
    pub traces: Vec<Gathered>,
    places: HashMap<u128, u32, FixedState>,
    // A row, and the entry of the one before it in its trace.
    entries: Vec<(Row, u32)>,
}

/// What rows say of a trace.
#[derive(Debug, Clone, Copy)]
pub struct Gathered {
    /// The id as a number.
    pub id: u128,
    /// The earliest start, nanoseconds since the epoch.
    pub start: i64,
    /// The latest end that is known, or start.
    pub end: i64,
    /// The bits of all of its rows, see [`Expression::bits`].
    pub bits: u64,
    last_entry: u32,
}

const NO_ENTRY: u32 = u32::MAX;

impl Bucket {
    /// Returns the rows of a trace, in no particular order.
    pub fn rows(&self, trace: &Gathered) -> impl Iterator<Item = Row> {
        let mut entry = trace.last_entry;
        std::iter::from_fn(move || {
            let (row, before) = *self.entries.get(entry as usize)?;
            entry = before;
            Some(row)
        })
    }

    fn clear(&mut self) {
        self.traces.clear();
        self.places.clear();
        self.entries.clear();
    }

    fn add(&mut self, id: u128, row: Row, (start, end): (i64, i64), bits: u64, is_new_taken: bool) {
        let place = match self.places.get(&id) {
            Some(place) => *place as usize,
            None if !is_new_taken => return,
            None => {
                self.places.insert(id, self.traces.len() as u32);
                self.traces.push(Gathered {
                    id,
                    start,
                    end,
                    bits: 0,
                    last_entry: NO_ENTRY,
                });
                self.traces.len() - 1
            }
        };
        let Some(trace) = self.traces.get_mut(place) else {
            return;
        };
        trace.start = trace.start.min(start);
        trace.end = trace.end.max(end);
        trace.bits |= bits;
        self.entries.push((row, trace.last_entry));
        trace.last_entry = (self.entries.len() - 1) as u32;
    }
}

/// Gathers traces on a few threads; each begins with a state and folds buckets into it.
///
/// A trace is in one bucket only, with all of its rows. Returns one state for each thread.
pub fn gather<S: Send>(
    gathering: &Gathering<'_>,
    begin: impl Fn() -> S + Sync,
    fold: impl Fn(&mut S, &Bucket) + Sync,
) -> Vec<S> {
    let parts = gathering.parts;
    let n_rows: usize = parts.iter().map(|part| part.len()).sum();
    let n_rounds = n_rows.div_ceil(ROUND_ROWS).max(1);
    let n_buckets = n_rows
        .div_ceil(n_rounds)
        .div_ceil(BUCKET_ROWS)
        .next_power_of_two();
    let bits: Vec<Vec<u64>> = each(parts, |part| {
        if gathering.expression.says_nothing() {
            Vec::new()
        } else {
            gathering.expression.bits(part)
        }
    });
    let readers: Vec<Ids<'_>> = parts.iter().map(|part| Ids::new(part)).collect();
    let stretches = stretches(parts, gathering.window);
    let mut states: Vec<S> = Vec::new();
    states.resize_with(threads(), &begin);
    for round in 0..n_rounds as u64 {
        let deal = Deal {
            gathering,
            readers: &readers,
            round: (round, n_rounds as u64),
            n_buckets: n_buckets as u64,
        };
        // A hand for each thread; which rows are in which hand does not matter.
        let mut hands: Vec<Hand> = Vec::new();
        hands.resize_with(threads(), || Hand::new(n_buckets));
        in_turn(&mut hands, stretches.len(), |hand, idx| {
            if let Some(stretch) = stretches.get(idx) {
                deal.out(stretch, hand);
            }
        });
        let mut workers: Vec<(S, Bucket)> = states
            .drain(..)
            .map(|state| (state, Bucket::default()))
            .collect();
        in_turn(&mut workers, n_buckets, |(state, bucket), idx| {
            bucket.clear();
            // What meets the window says which traces; whatever else there is of them lies anywhere.
            for is_within in [true, false] {
                for hand in &hands {
                    let rows = hand.rows(is_within).get(idx);
                    for row in rows.into_iter().flatten() {
                        deal.add(bucket, *row, &bits, is_within);
                    }
                }
            }
            if !bucket.traces.is_empty() {
                fold(state, bucket);
            }
        });
        states.extend(workers.into_iter().map(|(state, _)| state));
    }
    states
}

/// Rows of one part that follow each other.
struct Stretch {
    part: usize,
    rows: std::ops::Range<usize>,
    is_within: bool,
}

fn stretches(parts: &[Arc<Part>], window: Window) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for (part, it) in parts.iter().enumerate() {
        let within = it.rows_within(window);
        for (rows, is_within) in [
            (within.clone(), true),
            (0..within.start, false),
            (within.end..it.len(), false),
        ] {
            let starts = rows.clone().step_by(STRETCH);
            stretches.extend(starts.map(|start| Stretch {
                part,
                rows: start..rows.end.min(start + STRETCH),
                is_within,
            }));
        }
    }
    stretches
}

/// Rows by bucket.
struct Hand {
    within: Vec<Vec<Row>>,
    outside: Vec<Vec<Row>>,
}

impl Hand {
    fn new(n_buckets: usize) -> Hand {
        Hand {
            within: vec![Vec::new(); n_buckets],
            outside: vec![Vec::new(); n_buckets],
        }
    }

    fn rows(&self, is_within: bool) -> &[Vec<Row>] {
        if is_within {
            &self.within
        } else {
            &self.outside
        }
    }
}

struct Deal<'d> {
    gathering: &'d Gathering<'d>,
    readers: &'d [Ids<'d>],
    // Which round of how many.
    round: (u64, u64),
    n_buckets: u64,
}

impl Deal<'_> {
    fn out(&self, stretch: &Stretch, hand: &mut Hand) {
        let Some(reader) = self.readers.get(stretch.part) else {
            return;
        };
        let hands = if stretch.is_within {
            &mut hand.within
        } else {
            &mut hand.outside
        };
        let (round, n_rounds) = self.round;
        for row in stretch.rows.clone() {
            let Some(id) = reader.id(row) else {
                continue;
            };
            let mixed = mixed(id);
            let is_this_round = n_rounds == 1 || (mixed >> 32) % n_rounds == round;
            if is_this_round && is_chosen(id, self.gathering.share) {
                let bucket = (mixed & (self.n_buckets - 1)) as usize;
                if let Some(rows) = hands.get_mut(bucket) {
                    rows.push((stretch.part as u32, row as u32));
                }
            }
        }
    }

    fn add(&self, bucket: &mut Bucket, row: Row, bits: &[Vec<u64>], is_within: bool) {
        let (part_idx, row_idx) = (row.0 as usize, row.1 as usize);
        let (Some(part), Some(reader)) = (
            self.gathering.parts.get(part_idx),
            self.readers.get(part_idx),
        ) else {
            return;
        };
        let Some(id) = reader.id(row_idx) else {
            return;
        };
        let start = part.times().get(row_idx).copied().unwrap_or(0);
        let end = start.saturating_add(int_in(reader.durations, row_idx).unwrap_or(0));
        let row_bits = bits.get(part_idx).and_then(|bits| bits.get(row_idx));
        let row_bits = row_bits.copied().unwrap_or(0);
        bucket.add(id, row, (start, end), row_bits, is_within);
    }
}

/// The trace ids and durations of a part.
struct Ids<'p> {
    ids: &'p [Column],
    durations: &'p [Column],
}

impl<'p> Ids<'p> {
    fn new(part: &'p Part) -> Ids<'p> {
        Ids {
            ids: part.columns_named("trace_id"),
            durations: part.columns_named("duration_ns"),
        }
    }

    fn id(&self, row: usize) -> Option<u128> {
        self.ids.iter().find_map(|column| match &column.data {
            ColumnData::Hex(hexes) if column.present.has(row) => {
                let bytes: [u8; 16] = hexes.get(row)?.try_into().ok()?;
                Some(u128::from_be_bytes(bytes))
            }
            _ => None,
        })
    }
}

/// Returns the integer of a row, if a column has one there.
pub fn int_in(columns: &[Column], row: usize) -> Option<i64> {
    columns.iter().find_map(|column| match &column.data {
        ColumnData::Int(ints) if column.present.has(row) => ints.values.get(row),
        _ => None,
    })
}

/// Returns the id of a row as a number; `None` if it is not 16 lower-case digits.
pub fn short_id_in(columns: &[Column], row: usize) -> Option<u64> {
    let column = columns.iter().find(|column| column.present.has(row))?;
    match &column.data {
        ColumnData::Hex(hexes) => {
            let bytes: [u8; 8] = hexes.get(row)?.try_into().ok()?;
            Some(u64::from_be_bytes(bytes))
        }
        ColumnData::Str(strs) => outline::number_of(strs.get(row)),
        ColumnData::Int(_) | ColumnData::Float(_) | ColumnData::Bool(_) => None,
    }
}

// All but the first 32 bits of an id are random where they come from an SDK; a test's may only count up.
fn mixed(id: u128) -> u64 {
    let folded = (id as u64) ^ ((id >> 64) as u64).rotate_left(32);
    let product = u128::from(folded).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (product as u64) ^ (product >> 64) as u64
}

/// Tells whether a trace belongs to a share of all traces; the same traces each time, by the id.
pub fn is_chosen(id: u128, share: f64) -> bool {
    share >= 1.0 || ((id as u32).wrapping_mul(0x9e37_79b9) as f64) < share * (1u64 << 32) as f64
}

fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.min(4)
}

/// Runs something for each item on a few threads; the results have the order of the items.
pub fn each<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let mut workers: Vec<Vec<(usize, R)>> = Vec::new();
    workers.resize_with(threads().min(items.len()), Vec::new);
    in_turn(&mut workers, items.len(), |done, idx| {
        done.extend(items.get(idx).map(|item| (idx, run(item))));
    });
    let mut results: Vec<(usize, R)> = workers.into_iter().flatten().collect();
    results.sort_unstable_by_key(|(idx, _)| *idx);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs something for each of `n` indices on as many threads as there are workers; each index once.
fn in_turn<W: Send>(workers: &mut [W], n: usize, run: impl Fn(&mut W, usize) + Sync) {
    let next = AtomicUsize::new(0);
    let work = |worker: &mut W| {
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            if idx >= n {
                return;
            }
            run(worker, idx);
        }
    };
    // What one thread does in no time is not worth another.
    if n <= 1 {
        workers.first_mut().into_iter().for_each(work);
        return;
    }
    let (first, others) = match workers.split_first_mut() {
        Some(split) => split,
        None => return,
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = others
            .iter_mut()
            .map(|worker| scope.spawn(|| work(worker)))
            .collect();
        work(first);
        for other in others {
            if let Err(panic) = other.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}
