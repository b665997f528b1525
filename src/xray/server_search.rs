//! Finding traces by time and filter: rows first, then documents of what rows do not decide.

use std::sync::Arc;

use super::annotations::MOST_ANNOTATIONS;
use super::document;
use super::filter::Filter;
use super::server_ahead::Ahead;
use super::server_gather::{Bucket, Gathered, Gathering, Reach, each, gather};
use super::server_prune::Expression;
use super::server_rows::{Row, has, int_in, time_of_id};
use super::server_walker::{Columns, Walker};
use super::trace::Trace;
use crate::model::time::Window;
use crate::model::trace_id::{hex_from_xray, xray_from_hex};
use crate::store::{ColumnData, Part, hex_bytes, push_hex};

/// Which traces lie in a time range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeKind {
    /// Those whose id says a time in it; of ids that say none, see [`time_of_id`], those whose first
    /// document arrived in it.
    TraceId,
    /// Those that an arrival in it changed last.
    LastChange,
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
    /// What comes after it, if more match than there was room for.
    pub ahead: Option<Ahead>,
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
const LONGEST_LOOK: usize = 4_096;
/// How many of the newest candidates are kept of a search; if they do not fill the page, it is repeated
/// for those after them.
const MOST_CANDIDATES: usize = 8_192;

/// Returns the newest traces that match.
///
/// `parts` are sound. Documents are read only of traces that columns do not rule out, and of those only
/// until the page is full. `ahead` is what an earlier page of the same search came with.
pub fn search(parts: &[Arc<Part>], search: &Search<'_>, ahead: Option<Ahead>) -> Page {
    let mut page = Page {
        traces: Vec::new(),
        n_processed: 0,
        ahead: None,
    };
    let mut after = search.after;
    if let (Some(place), Some(ahead)) = (after, ahead) {
        page.n_processed = ahead.n_processed;
        let next = ahead.after(place);
        after = next.last().map(|last| last.position).or(after);
        let has_rows = ahead.is_of(parts);
        let is_full = page.read(next, search, |candidate| {
            let rows = match has_rows {
                true => candidate.rows(),
                false => rows_of(parts, candidate.position.id),
            };
            read(parts, &candidate.position, rows)
        });
        if is_full || !ahead.are_more {
            page.ahead = is_full.then_some(ahead);
            return page;
        }
    }
    let expression = Expression::of(search.filter);
    loop {
        let found = candidates(parts, search, &expression, after);
        page.n_processed = found.n_in_range;
        after = found.newest.last().map(|last| last.position);
        let is_full = page.read(&found.newest, search, |candidate| {
            read(parts, &candidate.position, candidate.rows())
        });
        if is_full || !found.are_more {
            let ahead = || Ahead::new(found.newest, found.are_more, found.n_in_range, parts);
            page.ahead = is_full.then(ahead);
            return page;
        }
    }
}

impl Page {
    /// Reads traces in their order until the page is full and one more is found; tells whether it is.
    fn read(
        &mut self,
        candidates: &[Candidate],
        search: &Search<'_>,
        read: impl Fn(&Candidate) -> Trace + Sync,
    ) -> bool {
        let mut look = FIRST_LOOK;
        let mut rest = candidates;
        while !rest.is_empty() {
            let (these, others) = rest.split_at(look.min(rest.len()));
            let found = each(these, |candidate| {
                let trace = read(candidate);
                let matches = search.filter.matches(&trace);
                matches.then_some((candidate.position, trace))
            });
            for found in found.into_iter().flatten() {
                if self.traces.len() == search.limit {
                    return true;
                }
                self.traces.push(found);
            }
            rest = others;
            look = (look * 4).min(LONGEST_LOOK);
        }
        false
    }
}

/// A trace that may match.
pub struct Candidate {
    /// Its place among all traces.
    pub position: Position,
    // Most traces have few rows.
    first: [Row; 2],
    n_first: usize,
    more: Vec<Row>,
}

impl Candidate {
    fn new(position: Position, rows: impl Iterator<Item = Row>) -> Candidate {
        let mut candidate = Candidate {
            position,
            first: [(0, 0); 2],
            n_first: 0,
            more: Vec::new(),
        };
        for row in rows {
            match candidate.first.get_mut(candidate.n_first) {
                Some(place) => {
                    *place = row;
                    candidate.n_first += 1;
                }
                None => candidate.more.push(row),
            }
        }
        candidate
    }

    fn rows(&self) -> Vec<Row> {
        let first = self.first.get(..self.n_first).unwrap_or_default();
        first.iter().chain(&self.more).copied().collect()
    }
}

/// What columns say of a search.
#[derive(Default)]
struct Candidates {
    /// The newest first, when all is done.
    newest: Vec<Candidate>,
    /// Whether there are more than are kept.
    are_more: bool,
    n_in_range: u64,
}

impl Candidates {
    fn add(&mut self, others: impl IntoIterator<Item = Candidate>) {
        self.newest.extend(others);
        if self.newest.len() > 4 * MOST_CANDIDATES {
            self.cut();
        }
    }

    // Those that are cut off are older than all that stay.
    fn cut(&mut self) {
        if self.newest.len() > MOST_CANDIDATES {
            let newest = |a: &Candidate, b: &Candidate| b.position.cmp(&a.position);
            self.newest.select_nth_unstable_by(MOST_CANDIDATES, newest);
            self.newest.truncate(MOST_CANDIDATES);
            self.are_more = true;
        }
    }
}

fn candidates(
    parts: &[Arc<Part>],
    search: &Search<'_>,
    expression: &Expression<'_>,
    after: Option<Position>,
) -> Candidates {
    let gathering = Gathering {
        parts,
        reach: match search.kind {
            RangeKind::TraceId => Reach::Id(search.window),
            RangeKind::LastChange => Reach::Arrival(search.window),
        },
        share: search.share,
        expression,
    };
    let columns: Vec<Columns<'_>> = match expression.asks_for_parents() {
        true => parts.iter().map(|part| Columns::new(part)).collect(),
        false => Vec::new(),
    };
    let begin = || (Candidates::default(), Walker::default());
    let found = gather(&gathering, begin, |(found, walker), bucket| {
        let mut candidates = Vec::new();
        for trace in &bucket.traces {
            let time = match search.kind {
                RangeKind::TraceId => {
                    time_of_id(trace.id, trace.start).unwrap_or(trace.first_arrival)
                }
                RangeKind::LastChange => last_change(parts, bucket, trace),
            };
            if !search.window.contains(time) {
                continue;
            }
            found.n_in_range += 1;
            let position = Position {
                start: trace.start,
                id: trace.id,
            };
            if after.is_some_and(|after| position >= after) {
                continue;
            }
            let has_all_parents = match columns.is_empty() {
                true => None,
                false => walker.has_all_parents(&columns, bucket, trace),
            };
            let may = |is_plain| {
                let truth =
                    expression.truth(trace.bits, trace.seconds(), is_plain, has_all_parents);
                truth.0
            };
            if may(true) || may(false) && !is_plain(parts, bucket.rows(trace)) {
                candidates.push(Candidate::new(position, bucket.rows(trace)));
            }
        }
        found.add(candidates);
    });
    let mut all = Candidates::default();
    for (some, _) in found {
        all.are_more |= some.are_more;
        all.n_in_range += some.n_in_range;
        all.newest.extend(some.newest);
    }
    all.cut();
    all.newest
        .sort_unstable_by_key(|candidate| std::cmp::Reverse(candidate.position));
    all
}

fn id_of(parts: &[Arc<Part>], (part_idx, row): Row) -> Option<std::borrow::Cow<'_, str>> {
    let part = parts.get(part_idx as usize)?;
    part.text("id").get(row as usize)
}

// Tells whether no two rows have the same segment id, and all of their annotations count.
fn is_plain(parts: &[Arc<Part>], rows: impl Iterator<Item = Row>) -> bool {
    let mut n_annotations = 0;
    let mut ids = Vec::new();
    for (part_idx, row) in rows {
        ids.push(id_of(parts, (part_idx, row)));
        let columns = parts.get(part_idx as usize);
        let columns = columns.map_or(&[][..], |part| part.columns_named("annotations"));
        n_annotations += int_in(columns, row as usize).unwrap_or(0);
    }
    ids.sort_unstable();
    n_annotations <= MOST_ANNOTATIONS as i64
        && ids.windows(2).all(|pair| pair.first() != pair.last())
}

// When the last document came that counts: of an id, what comes after a finished one changes nothing.
fn last_change(parts: &[Arc<Part>], bucket: &Bucket, trace: &Gathered) -> i64 {
    if trace.first_arrival == trace.last_arrival {
        return trace.last_arrival;
    }
    let mut rows: Vec<Row> = bucket.rows(trace).collect();
    in_order_of_arrival(parts, &mut rows);
    let mut known: Vec<(Option<std::borrow::Cow<'_, str>>, bool, i64)> =
        Vec::with_capacity(rows.len());
    for row in rows {
        let id = id_of(parts, row);
        let (part_idx, idx) = (row.0 as usize, row.1 as usize);
        let named = |name| {
            let part = parts.get(part_idx);
            part.map_or(&[][..], |part| part.columns_named(name))
        };
        let is_finished = has(named("duration_ns"), idx);
        let arrival = arrival_of(parts, row);
        match known.iter_mut().find(|(other, ..)| *other == id) {
            Some((_, true, _)) => {}
            Some(open) => *open = (id, is_finished, arrival),
            None => known.push((id, is_finished, arrival)),
        }
    }
    let arrivals = known.into_iter().map(|(.., arrival)| arrival);
    arrivals.max().unwrap_or(trace.last_arrival)
}

// What was stored before arrivals were came when it ended.
fn arrival_of(parts: &[Arc<Part>], (part_idx, row): Row) -> i64 {
    let Some(part) = parts.get(part_idx as usize) else {
        return 0;
    };
    let (named, row) = (|name| part.columns_named(name), row as usize);
    int_in(named("arrival_ns"), row).unwrap_or_else(|| {
        let start = part.times().get(row).copied().unwrap_or(0);
        start.saturating_add(int_in(named("duration_ns"), row).unwrap_or(0))
    })
}

// Parts are sorted by time; the later of two documents of one segment is the one that came later.
fn in_order_of_arrival(parts: &[Arc<Part>], rows: &mut [Row]) {
    rows.sort_by_key(|(part_idx, row)| {
        let part = parts.get(*part_idx as usize);
        part.map(|part| part.sequence(*row as usize))
    });
}

/// Returns traces by their ids in X-Ray's form; those that are not there are left out.
pub fn by_id(parts: &[Arc<Part>], trace_ids: &[String]) -> Vec<Trace> {
    let ids = trace_ids.iter().filter_map(|id| number_of(id));
    let traces = ids.filter_map(|id| {
        let rows = rows_of(parts, id);
        let starts = rows.iter().filter_map(|row| time_of(parts, *row));
        let start = starts.min()?;
        Some(read(parts, &Position { start, id }, rows))
    });
    traces.collect()
}

fn rows_of(parts: &[Arc<Part>], id: u128) -> Vec<Row> {
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
    rows
}

fn time_of(parts: &[Arc<Part>], (part_idx, row): Row) -> Option<i64> {
    let part = parts.get(part_idx as usize)?;
    part.times().get(row as usize).copied()
}

/// Reads a trace from all of its rows.
pub fn read(parts: &[Arc<Part>], position: &Position, mut rows: Vec<Row>) -> Trace {
    in_order_of_arrival(parts, &mut rows);
    let documents = rows.into_iter().filter_map(|row| {
        let part = parts.get(row.0 as usize)?;
        let text = part.text("document").get(row.1 as usize)?;
        let document = document::read(&text).ok()?;
        Some(document.received(arrival_of(parts, row)))
    });
    Trace::new(&position.trace_id(), documents.collect())
}

#[cfg(test)]
#[path = "server_search_tests.rs"]
mod tests;
