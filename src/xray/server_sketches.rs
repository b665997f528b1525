//! A walk over the traces of a time, of which documents are read only where columns do not tell enough.

use std::sync::Arc;

use super::filter::Filter;
use super::segment::Outcome;
use super::server_gather::{Bucket, Gathered, Gathering, Row, gather, int_in, short_id_in};
use super::server_prune::Expression;
use super::server_search::{Position, read};
use super::sketch::{Assembly, Facts, Kind, Parent, Sketch, SketchNode};
use crate::model::time::Window;
use crate::store::{Codes, Column, ColumnData, Part};

/// Shows each trace that has a segment in the window and passes the filter, in no particular order.
///
/// `parts` are sound. Each thread has a state of its own, which `begin` makes; all of them are returned.
pub fn walk<S: Send>(
    parts: &[Arc<Part>],
    window: Window,
    filter: &Filter,
    begin: impl Fn() -> S + Sync,
    see: impl Fn(&mut S, &Sketch<'_>) + Sync,
) -> Vec<S> {
    let expression = Expression::of(filter);
    let columns: Vec<Columns<'_>> = parts.iter().map(|part| Columns::new(part)).collect();
    let gathering = Gathering {
        parts,
        window,
        share: 1.0,
        expression: &expression,
    };
    let begin = || (begin(), Walker::default());
    let states = gather(&gathering, begin, |(state, walker), bucket| {
        for trace in &bucket.traces {
            let seconds = trace.end.saturating_sub(trace.start) as f64 / 1e9;
            let truth = |is_unique| expression.truth(trace.bits, seconds, is_unique);
            if !truth(true).0 && !truth(false).0 {
                continue;
            }
            let is_read = walker.read(&columns, bucket, trace);
            let (may, must) = truth(is_read && walker.is_unique());
            if is_read && !may {
                continue;
            }
            if is_read && must {
                walker.assemble();
                see(state, &walker.sketch);
                continue;
            }
            let position = Position {
                start: trace.start,
                id: trace.id,
            };
            let whole = read(parts, &position, bucket.rows(trace).collect());
            if filter.matches(&whole) {
                see(state, &Sketch::of(&whole));
            }
        }
    });
    states.into_iter().map(|(state, _)| state).collect()
}

/// Room for one trace after the other.
#[derive(Default)]
struct Walker<'p> {
    documents: Vec<Facts<'p>>,
    assembly: Assembly<'p>,
    sketch: Sketch<'p>,
    ids: Vec<u64>,
}

impl<'p> Walker<'p> {
    // Tells whether columns say all of it.
    fn read(&mut self, columns: &[Columns<'p>], bucket: &Bucket, trace: &Gathered) -> bool {
        self.documents.clear();
        for row in bucket.rows(trace) {
            let Some(facts) = facts(columns, row) else {
                return false;
            };
            self.documents.push(facts);
        }
        true
    }

    fn is_unique(&mut self) -> bool {
        self.ids.clear();
        self.ids
            .extend(self.documents.iter().map(|document| document.id));
        self.ids.sort_unstable();
        self.ids.windows(2).all(|pair| pair.first() != pair.last())
    }

    fn assemble(&mut self) {
        self.assembly.sketch(&mut self.documents, &mut self.sketch);
    }
}

/// The columns of a part that sketches are made of.
struct Columns<'p> {
    part: &'p Part,
    id: &'p [Column],
    parent_id: &'p [Column],
    is_subsegment: &'p [Column],
    name: Texts<'p>,
    origin: Texts<'p>,
    account_id: Texts<'p>,
    duration_ns: &'p [Column],
    error: &'p [Column],
    throttle: &'p [Column],
    fault: &'p [Column],
    subsegments: &'p [Column],
    calls: &'p [Column],
    outline: &'p [Column],
}

impl<'p> Columns<'p> {
    fn new(part: &'p Part) -> Columns<'p> {
        let named = |name| part.columns_named(name);
        Columns {
            part,
            id: named("id"),
            parent_id: named("parent_id"),
            is_subsegment: named("is_subsegment"),
            name: Texts::new(named("name")),
            origin: Texts::new(named("origin")),
            account_id: Texts::new(named("account_id")),
            duration_ns: named("duration_ns"),
            error: named("error"),
            throttle: named("throttle"),
            fault: named("fault"),
            subsegments: named("subsegments"),
            calls: named("calls"),
            outline: named("outline"),
        }
    }
}

// `None` where only the document tells: of ids in another form than ours, of texts that stand among the ids,
// and of what was stored before there were outlines.
fn facts<'p>(columns: &[Columns<'p>], (part_idx, row): Row) -> Option<Facts<'p>> {
    let columns = columns.get(part_idx as usize)?;
    let row = row as usize;
    let start = columns.part.times().get(row).copied()?;
    let outline = bytes_in(columns.outline, row)?;
    let has_inside = has(columns.subsegments, row) || has(columns.calls, row);
    if has_inside && outline.is_none() {
        return None;
    }
    let parent = match has(columns.parent_id, row) {
        false => Parent::None,
        true => short_id_in(columns.parent_id, row).map_or(Parent::Odd, Parent::Id),
    };
    let duration = int_in(columns.duration_ns, row);
    Some(Facts {
        id: short_id_in(columns.id, row)?,
        parent,
        is_subsegment: is_true(columns.is_subsegment, row),
        sequence: columns.part.sequence(row),
        outline: outline.unwrap_or_default(),
        node: SketchNode {
            name: columns.name.get(row)??,
            kind: Kind::Written(columns.origin.get(row)?),
            account_id: columns.account_id.get(row)?,
            start,
            end: duration.map(|duration| start.saturating_add(duration)),
            outcome: Outcome {
                error: is_true(columns.error, row),
                throttle: is_true(columns.throttle, row),
                fault: is_true(columns.fault, row),
            },
            is_inferred: false,
            is_root: false,
        },
    })
}

fn has(columns: &[Column], row: usize) -> bool {
    columns.iter().any(|column| column.present.has(row))
}

fn is_true(columns: &[Column], row: usize) -> bool {
    columns.iter().any(|column| match &column.data {
        ColumnData::Bool(bits) => column.present.has(row) && row < bits.len() && bits.value(row),
        _ => false,
    })
}

// `None` if the text stands among the ids, where it is no text that could be lent.
fn bytes_in(columns: &[Column], row: usize) -> Option<Option<&[u8]>> {
    let Some(column) = columns.iter().find(|column| column.present.has(row)) else {
        return Some(None);
    };
    match &column.data {
        ColumnData::Str(strs) => {
            let code = strs.codes.get(row)?;
            Some(Some(strs.texts.bytes_of(code)))
        }
        _ => None,
    }
}

/// A field of few texts, each of which is looked at only once.
struct Texts<'p> {
    columns: &'p [Column],
    // Of the first column, unless each row has a text of its own.
    by_code: Vec<&'p str>,
}

impl<'p> Texts<'p> {
    fn new(columns: &'p [Column]) -> Texts<'p> {
        let by_code = match columns.first().map(|column| &column.data) {
            Some(ColumnData::Str(strs)) if !matches!(strs.codes, Codes::Rows) => {
                strs.texts.iter().collect()
            }
            _ => Vec::new(),
        };
        Texts { columns, by_code }
    }

    // As `bytes_in`.
    fn get(&self, row: usize) -> Option<Option<&'p str>> {
        if let Some(column) = self.columns.first()
            && column.present.has(row)
            && let ColumnData::Str(strs) = &column.data
            && let Some(text) = strs.codes.get(row).and_then(|code| self.by_code.get(code))
        {
            return Some(Some(text));
        }
        let bytes = bytes_in(self.columns, row)?;
        Some(bytes.map(|bytes| std::str::from_utf8(bytes).unwrap_or_default()))
    }
}
