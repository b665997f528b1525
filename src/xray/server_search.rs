//! Finding traces by time and filter: rows first, then documents of what rows do not decide.

use std::collections::HashMap;
use std::sync::Arc;

use super::document;
use super::filter::Filter;
use super::server_prune::Expression;
use super::trace::Trace;
use crate::model::time::Window;
use crate::model::trace_id::{hex_from_xray, xray_from_hex};
use crate::store::{ColumnData, Part, hex_bytes, push_hex};

/// Which traces lie in a time range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeKind {
    /// Those that began in it.
    Start,
    /// Those with any segment in it.
    AnySegment,
}

/// A search.
pub struct Search<'s> {
    /// When.
    pub window: Window,
    /// What lies in it.
    pub kind: RangeKind,
    /// Which traces.
    pub filter: &'s Filter,
    /// Which part of all traces is looked at, 0 to 1; chosen by their ids.
    pub share: f64,
    /// Only what comes after this.
    pub after: Option<Position>,
    /// How many at most.
    pub limit: usize,
}

/// What a search found.
pub struct Page {
    /// Newest first.
    pub traces: Vec<(Position, Trace)>,
    /// How many traces lie in the time range, whether or not they match.
    pub n_processed: u64,
    /// Whether more match than there was room for.
    pub has_more: bool,
}

/// A place in the order of traces, which stays valid while new traces arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The earliest start, nanoseconds since the epoch.
    pub start: i64,
    /// The trace's id as a number.
    pub id: u128,
}

impl Position {
    /// Reads a place as it was displayed.
    pub fn parse(token: &str) -> Option<Position> {
        let (start, id) = token.split_once('.')?;
        Some(Position {
            start: start.parse().ok()?,
            id: number_of(id)?,
        })
    }

    /// Returns the trace's id in X-Ray's form.
    pub fn trace_id(&self) -> String {
        let mut hex = String::new();
        push_hex(&mut hex, &self.id.to_be_bytes());
        // 32 digits always have that form.
        xray_from_hex(&hex).unwrap_or_default()
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.start, self.trace_id())
    }
}

fn number_of(trace_id: &str) -> Option<u128> {
    let hex = hex_from_xray(trace_id)?;
    let (bytes, _) = hex_bytes(&hex)?;
    Some(u128::from_be_bytes(bytes))
}

// How many documents are read at first, and at most, before the page is looked at again.
const FIRST_LOOK: usize = 128;
const LONGEST_LOOK: usize = 8_192;

/// Returns the newest traces that match.
///
/// `parts` are sound. Documents are read only of traces that columns do not rule out, and of those only
/// until the page is full.
pub fn search(parts: &[Arc<Part>], search: &Search<'_>) -> Page {
    let expression = Expression::of(search.filter);
    let groups = groups(parts, search, &expression);
    let mut n_processed = 0;
    let mut candidates: Vec<(Position, usize, usize)> = Vec::new();
    for (group_idx, group) in groups.iter().enumerate() {
        n_processed += group.n_in_range;
        let found = group.candidates.iter();
        candidates.extend(found.map(|(position, trace)| (*position, group_idx, *trace)));
    }
    candidates.retain(|(position, ..)| search.after.is_none_or(|after| *position < after));

    let mut page = Page {
        traces: Vec::new(),
        n_processed,
        has_more: false,
    };
    let mut look = FIRST_LOOK;
    let mut rest: &mut [(Position, usize, usize)] = &mut candidates;
    while !rest.is_empty() {
        let n = look.min(rest.len());
        if n < rest.len() {
            rest.select_nth_unstable_by(n, |a, b| b.0.cmp(&a.0));
        }
        let (these, others) = rest.split_at_mut(n);
        these.sort_unstable_by_key(|it| std::cmp::Reverse(it.0));
        let read = each(these, |(position, group_idx, trace)| {
            let rows = groups.get(*group_idx)?.rows(*trace);
            let trace = read(parts, position, rows);
            search.filter.matches(&trace).then_some((*position, trace))
        });
        for found in read.into_iter().flatten() {
            if page.traces.len() == search.limit {
                page.has_more = true;
                return page;
            }
            page.traces.push(found);
        }
        rest = others;
        look = (look * 4).min(LONGEST_LOOK);
    }
    page
}

/// Returns traces by their ids in X-Ray's form; those that are not there are left out.
pub fn by_id(parts: &[Arc<Part>], trace_ids: &[String]) -> Vec<Trace> {
    let ids = trace_ids.iter().filter_map(|id| number_of(id));
    let traces = ids.filter_map(|id| {
        let bytes = id.to_be_bytes();
        let mut rows = Vec::new();
        for (part_idx, part) in parts.iter().enumerate() {
            for column in part.columns_named("trace_id") {
                let ColumnData::Hex(hexes) = &column.data else {
                    continue;
                };
                let zones = column
                    .id_index()
                    .into_iter()
                    .flat_map(|ids| ids.zones(&bytes));
                let found = zones
                    .flatten()
                    .filter(|row| hexes.get(*row) == Some(&bytes));
                rows.extend(
                    found
                        .filter(|row| column.present.has(*row))
                        .map(|row| (part_idx as u32, row as u32)),
                );
            }
        }
        let starts = rows.iter().filter_map(|row| time_of(parts, *row));
        let start = starts.min()?;
        Some(read(parts, &Position { start, id }, rows))
    });
    traces.collect()
}

/// Where a row is: its part, and its number there.
type Row = (u32, u32);

/// Some of the traces: those whose ids fall to one thread.
#[derive(Default)]
struct Group {
    places: HashMap<u128, u32, foldhash::fast::FixedState>,
    traces: Vec<Gathered>,
    // A row, and the entry of the one before it in its trace.
    entries: Vec<(Row, u32)>,
    n_in_range: u64,
    candidates: Vec<(Position, usize)>,
}

/// What rows say of a trace.
struct Gathered {
    id: u128,
    start: i64,
    end: i64,
    bits: u64,
    last_entry: u32,
}

const NO_ENTRY: u32 = u32::MAX;

impl Group {
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

    fn rows(&self, trace: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut entry = self.traces.get(trace).map_or(NO_ENTRY, |it| it.last_entry);
        while let Some((row, before)) = self.entries.get(entry as usize) {
            rows.push(*row);
            entry = *before;
        }
        rows
    }

    fn choose(&mut self, parts: &[Arc<Part>], search: &Search<'_>, expression: &Expression<'_>) {
        let mut candidates = Vec::new();
        for (idx, trace) in self.traces.iter().enumerate() {
            let (start, id) = (trace.start, trace.id);
            let is_in_range = search.kind == RangeKind::AnySegment || search.window.contains(start);
            if !is_in_range {
                continue;
            }
            self.n_in_range += 1;
            let seconds = trace.end.saturating_sub(start) as f64 / 1e9;
            let may = |is_unique| expression.may_match(trace.bits, seconds, is_unique);
            let is_candidate = may(true) || may(false) && !is_unique(parts, &self.rows(idx));
            if is_candidate {
                candidates.push((Position { start, id }, idx));
            }
        }
        self.candidates = candidates;
    }
}

// Tells whether no two rows have the same segment id.
fn is_unique(parts: &[Arc<Part>], rows: &[Row]) -> bool {
    if rows.len() < 2 {
        return true;
    }
    let ids = rows.iter().map(|(part_idx, row)| {
        let part = parts.get(*part_idx as usize)?;
        part.text("id").get(*row as usize)
    });
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.windows(2).all(|pair| pair.first() != pair.last())
}

fn groups(parts: &[Arc<Part>], search: &Search<'_>, expression: &Expression<'_>) -> Vec<Group> {
    let bits: Vec<Vec<u64>> = each(parts, |part| {
        if expression.says_nothing() {
            Vec::new()
        } else {
            expression.bits(part)
        }
    });
    let n_groups = threads();
    let numbers: Vec<usize> = (0..n_groups).collect();
    each(&numbers, |number| {
        let mut group = Group::default();
        // What meets the window says which traces; whatever else there is of them lies anywhere.
        for is_within in [true, false] {
            for (part_idx, part) in parts.iter().enumerate() {
                let bits = bits.get(part_idx).map(Vec::as_slice).unwrap_or_default();
                let within = part.rows_within(search.window);
                let ranges = if is_within {
                    [within, 0..0]
                } else {
                    [0..within.start, within.end..part.len()]
                };
                let mine =
                    |id: u128| id as usize % n_groups == *number && is_chosen(id, search.share);
                for rows in ranges {
                    add_rows(&mut group, (part_idx, part), rows, bits, is_within, &mine);
                }
            }
        }
        group.choose(parts, search, expression);
        group
    })
}

fn add_rows(
    group: &mut Group,
    (part_idx, part): (usize, &Part),
    rows: std::ops::Range<usize>,
    bits: &[u64],
    is_new_taken: bool,
    mine: &dyn Fn(u128) -> bool,
) {
    if rows.is_empty() {
        return;
    }
    let durations = part.columns_named("duration_ns");
    for column in part.columns_named("trace_id") {
        let ColumnData::Hex(hexes) = &column.data else {
            continue;
        };
        for row in rows.clone().filter(|row| column.present.has(*row)) {
            let id = hexes.get(row).and_then(|id| id.try_into().ok());
            let Some(id) = id.map(u128::from_be_bytes).filter(|id| mine(*id)) else {
                continue;
            };
            let start = part.times().get(row).copied().unwrap_or(0);
            let durations = durations.iter().filter(|column| column.present.has(row));
            let duration = durations.filter_map(|column| match &column.data {
                ColumnData::Int(ints) => ints.values.get(row),
                _ => None,
            });
            let end = start.saturating_add(duration.max().unwrap_or(0));
            let row_bits = bits.get(row).copied().unwrap_or(0);
            let place = (part_idx as u32, row as u32);
            group.add(id, place, (start, end), row_bits, is_new_taken);
        }
    }
}

// The same traces each time: by the id, of which all but the first 32 bits are random.
fn is_chosen(id: u128, share: f64) -> bool {
    share >= 1.0 || ((id as u32).wrapping_mul(0x9e37_79b9) as f64) < share * (1u64 << 32) as f64
}

fn time_of(parts: &[Arc<Part>], (part_idx, row): Row) -> Option<i64> {
    let part = parts.get(part_idx as usize)?;
    part.times().get(row as usize).copied()
}

// Parts are sorted by time; the later of two documents of one segment is the one that came later.
fn read(parts: &[Arc<Part>], position: &Position, mut rows: Vec<Row>) -> Trace {
    let part = |part_idx: u32| parts.get(part_idx as usize);
    rows.sort_by_key(|(part_idx, row)| part(*part_idx).map(|part| part.sequence(*row as usize)));
    let texts = rows
        .iter()
        .filter_map(|(part_idx, row)| part(*part_idx)?.text("document").get(*row as usize));
    let documents = texts.filter_map(|text| document::read(&text).ok());
    Trace::new(&position.trace_id(), documents.collect())
}

fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.min(4)
}

/// Runs something for each item on a few threads; the results have the order of the items.
fn each<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(idx) else {
                return done;
            };
            done.push((idx, run(item)));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let others = 1..threads().min(items.len());
        let others: Vec<_> = others.map(|_| scope.spawn(worker)).collect();
        let mut results = worker();
        for other in others {
            match other.join() {
                Ok(done) => results.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(idx, _)| *idx);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
#[path = "server_search_tests.rs"]
mod tests;
