//! Rows gathered into traces, a few traces at a time, so that neither memory nor the processor's cache
//! has to hold all of them at once.
//!
//! Rows are dealt into buckets by the trace's id, and each bucket is gathered on its own. So memory depends
//! on a bucket, and on how many rows are dealt out at once, and not on how many traces there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::FixedState;

use super::server_prune::Expression;
use super::server_rows::{Row, int_in, second_of_id};
use crate::door::query_pool::Current;
use crate::model::time::Window;
use crate::store::{Column, ColumnData, Part};

/// Rows in a bucket, about; their traces fit into a processor's cache.
const BUCKET_ROWS: usize = 16_384;
/// Rows that are dealt out at once, 64 bytes each; of more, each round takes the traces of its own ids.
const ROUND_ROWS: usize = 3 << 18;
/// Rows that one thread deals out before it takes the next.
const STRETCH: usize = 1 << 16;

/// What to gather.
#[derive(Clone, Copy)]
pub struct Gathering<'g> {
    /// Sound parts.
    pub parts: &'g [Arc<Part>],
    /// Traces that have any row in it are gathered, each with all of its rows.
    pub reach: Reach,
    /// Which part of all traces is looked at, 0 to 1; chosen by their ids.
    pub share: f64,
    /// Whose bits each trace gets.
    pub expression: &'g Expression<'g>,
}

/// Which rows choose the traces that are gathered.
#[derive(Debug, Clone, Copy)]
pub enum Reach {
    /// Those whose trace id may say a time in the window, and those that arrived in it, in case that the id
    /// says none.
    Id(Window),
    /// Those that arrived in the window.
    Arrival(Window),
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
    /// The latest end that is known, or start, nanoseconds since the epoch.
    pub end: i64,
    /// The earliest start of what is finished inside of a row and began before it; or start.
    pub inner_start: i64,
    /// When the first of its rows arrived, nanoseconds since the epoch.
    pub first_arrival: i64,
    /// When the last of them did.
    pub last_arrival: i64,
    /// The bits of all of its rows, see [`Expression::bits`].
    pub bits: u64,
    last_entry: u32,
}

impl Gathered {
    /// Returns a number of seconds that the trace lasts no longer than.
    pub fn seconds(&self) -> f64 {
        self.end.saturating_sub(self.inner_start) as f64 / 1e9
    }
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

    fn add(&mut self, dealt: &Dealt, is_new_taken: bool) {
        let Dealt {
            id,
            start,
            end,
            inner_start,
            arrival,
            bits,
            row,
        } = *dealt;
        let place = match self.places.get(&id) {
            Some(place) => *place as usize,
            None if !is_new_taken => return,
            None => {
                self.places.insert(id, self.traces.len() as u32);
                self.traces.push(Gathered {
                    id,
                    start,
                    end,
                    inner_start,
                    first_arrival: arrival,
                    last_arrival: arrival,
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
        trace.inner_start = trace.inner_start.min(inner_start);
        trace.first_arrival = trace.first_arrival.min(arrival);
        trace.last_arrival = trace.last_arrival.max(arrival);
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
    let n_dealt = n_rows.div_ceil(n_rounds);
    let n_buckets = n_dealt.div_ceil(BUCKET_ROWS).next_power_of_two();
    let bits: Vec<Vec<u64>> = each(parts, |part| {
        if gathering.expression.says_nothing() {
            Vec::new()
        } else {
            gathering.expression.bits(part)
        }
    });
    let readers = parts.iter().zip(&bits);
    let readers: Vec<Reader<'_>> = readers
        .map(|(part, bits)| Reader::new(part, bits))
        .collect();
    let stretches = stretches(parts);
    let mut states: Vec<(S, Bucket)> = Vec::new();
    states.resize_with(threads(), || (begin(), Bucket::default()));
    // A hand for each thread; which rows are in which hand does not matter.
    let mut hands: Vec<Hand> = Vec::new();
    hands.resize_with(threads(), || Hand::new(n_buckets));
    for round in 0..n_rounds as u64 {
        hands.iter_mut().for_each(Hand::clear);
        let deal = Deal {
            readers: &readers,
            reach: gathering.reach,
            share: gathering.share,
            round: (round, n_rounds as u64),
            n_buckets: n_buckets as u64,
        };
        in_turn(&mut hands, stretches.len(), |hand, idx| {
            if let Some(stretch) = stretches.get(idx) {
                deal.out(stretch, hand);
            }
        });
        in_turn(&mut states, n_buckets, |(state, bucket), idx| {
            bucket.clear();
            // What is in reach says which traces; whatever else there is of them lies anywhere.
            for is_within in [true, false] {
                for hand in &hands {
                    let dealt = hand.dealt(is_within).get(idx);
                    for dealt in dealt.into_iter().flatten() {
                        bucket.add(dealt, is_within);
                    }
                }
            }
            if !bucket.traces.is_empty() {
                fold(state, bucket);
            }
        });
    }
    states.into_iter().map(|(state, _)| state).collect()
}

/// Rows of one part that follow each other.
struct Stretch {
    part: usize,
    rows: std::ops::Range<usize>,
}

fn stretches(parts: &[Arc<Part>]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for (part, it) in parts.iter().enumerate() {
        let starts = (0..it.len()).step_by(STRETCH);
        stretches.extend(starts.map(|start| Stretch {
            part,
            rows: start..it.len().min(start + STRETCH),
        }));
    }
    stretches
}

/// A row as it is dealt out, with all that gathering needs, so that no column is read in jumps.
struct Dealt {
    id: u128,
    start: i64,
    end: i64,
    inner_start: i64,
    arrival: i64,
    bits: u64,
    row: Row,
}

/// Rows by bucket.
struct Hand {
    within: Vec<Vec<Dealt>>,
    outside: Vec<Vec<Dealt>>,
}

impl Hand {
    fn new(n_buckets: usize) -> Hand {
        let empty = || {
            let mut buckets = Vec::new();
            buckets.resize_with(n_buckets, Vec::new);
            buckets
        };
        Hand {
            within: empty(),
            outside: empty(),
        }
    }

    fn clear(&mut self) {
        let buckets = self.within.iter_mut().chain(&mut self.outside);
        buckets.for_each(Vec::clear);
    }

    fn dealt(&self, is_within: bool) -> &[Vec<Dealt>] {
        if is_within {
            &self.within
        } else {
            &self.outside
        }
    }
}

struct Deal<'d> {
    readers: &'d [Reader<'d>],
    reach: Reach,
    share: f64,
    // Which round of how many.
    round: (u64, u64),
    n_buckets: u64,
}

impl Deal<'_> {
    fn out(&self, stretch: &Stretch, hand: &mut Hand) {
        let Some(reader) = self.readers.get(stretch.part) else {
            return;
        };
        let (round, n_rounds) = self.round;
        for row in stretch.rows.clone() {
            let Some(id) = reader.id(row) else {
                continue;
            };
            let is_within = match self.reach {
                Reach::Arrival(window) => window.contains(reader.arrival(row)),
                Reach::Id(window) => {
                    window.contains(second_of_id(id)) || window.contains(reader.arrival(row))
                }
            };
            let mixed = mixed(id);
            let is_this_round = n_rounds == 1 || (mixed >> 32) % n_rounds == round;
            if is_this_round && is_chosen(id, self.share) {
                let bucket = (mixed & (self.n_buckets - 1)) as usize;
                let hands = if is_within {
                    &mut hand.within
                } else {
                    &mut hand.outside
                };
                if let Some(dealt) = hands.get_mut(bucket) {
                    dealt.push(reader.dealt(id, (stretch.part as u32, row as u32)));
                }
            }
        }
    }
}

/// What is read of each row of a part.
struct Reader<'p> {
    times: &'p [i64],
    ids: &'p [Column],
    durations: &'p [Column],
    inner_starts: &'p [Column],
    inner_ends: &'p [Column],
    arrivals: &'p [Column],
    bits: &'p [u64],
}

impl<'p> Reader<'p> {
    fn new(part: &'p Part, bits: &'p [u64]) -> Reader<'p> {
        Reader {
            times: part.times(),
            ids: part.columns_named("trace_id"),
            durations: part.columns_named("duration_ns"),
            inner_starts: part.columns_named("inner_start_ns"),
            inner_ends: part.columns_named("inner_end_ns"),
            arrivals: part.columns_named("arrival_ns"),
            bits,
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

    fn start(&self, row: usize) -> i64 {
        self.times.get(row).copied().unwrap_or(0)
    }

    // What was stored before arrivals were came when it ended.
    fn arrival(&self, row: usize) -> i64 {
        int_in(self.arrivals, row).unwrap_or_else(|| {
            let duration = int_in(self.durations, row).unwrap_or(0);
            self.start(row).saturating_add(duration)
        })
    }

    fn dealt(&self, id: u128, row: Row) -> Dealt {
        let idx = row.1 as usize;
        let start = self.start(idx);
        let end = start.saturating_add(int_in(self.durations, idx).unwrap_or(0));
        let inner_end = int_in(self.inner_ends, idx).unwrap_or(end);
        Dealt {
            id,
            start,
            end: end.max(inner_end),
            inner_start: int_in(self.inner_starts, idx).unwrap_or(start).min(start),
            arrival: self.arrival(idx),
            bits: self.bits.get(idx).copied().unwrap_or(0),
            row,
        }
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
    let current = Current::here();
    let work = |worker: &mut W| {
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            // The answer of a read that is over is not given, so that it may have gaps.
            if idx >= n || current.is_over() {
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
