//! Traces read from columns, one after the other, without their documents.

use super::annotations::MOST_ANNOTATIONS;
use super::outline;
use super::segment::Outcome;
use super::server_gather::{Bucket, Gathered};
use super::server_rows::{Row, has, int_in, short_id_in};
use super::sketch::{Assembly, Facts, Kind, Parent, Sketch, SketchNode};
use crate::store::{Codes, Column, ColumnData, Part};

/// Room for one trace after the other.
#[derive(Default)]
pub struct Walker<'p> {
    documents: Vec<Facts<'p>>,
    assembly: Assembly<'p>,
    sketch: Sketch<'p>,
    ids: Vec<u64>,
}

impl<'p> Walker<'p> {
    /// Tells whether everything that a trace's documents say to be inside of is there; `None` if columns do
    /// not tell.
    pub fn has_all_parents(
        &mut self,
        columns: &[Columns<'p>],
        bucket: &Bucket,
        trace: &Gathered,
    ) -> Option<bool> {
        self.read(columns, bucket, trace).then(|| {
            self.assemble();
            self.knows_all_parents()
        })
    }

    /// Reads what columns say of a trace, and tells whether that is all of it.
    pub fn read(&mut self, columns: &[Columns<'p>], bucket: &Bucket, trace: &Gathered) -> bool {
        self.documents.clear();
        for row in bucket.rows(trace) {
            let Some(facts) = facts(columns, row) else {
                return false;
            };
            self.documents.push(facts);
        }
        true
    }

    /// Tells whether every row that was read is a document of the trace, and every annotation counts.
    ///
    /// To be asked before the trace is assembled.
    pub fn is_plain(&mut self) -> bool {
        self.ids.clear();
        self.ids
            .extend(self.documents.iter().map(|document| document.id));
        self.ids.sort_unstable();
        let n_annotations = self.documents.iter().map(|it| it.n_annotations);
        let has_all_annotations = n_annotations.sum::<usize>() <= MOST_ANNOTATIONS;
        has_all_annotations && self.ids.windows(2).all(|pair| pair.first() != pair.last())
    }

    /// Puts together what was read.
    pub fn assemble(&mut self) -> &Sketch<'p> {
        self.assembly.sketch(&mut self.documents, &mut self.sketch);
        &self.sketch
    }

    /// Returns what was put together.
    pub fn sketch(&self) -> &Sketch<'p> {
        &self.sketch
    }

    /// Tells whether everything is there that the documents put together say to be inside of.
    pub fn knows_all_parents(&self) -> bool {
        self.assembly.has_all_parents(&self.documents)
    }
}

/// The columns of a part that sketches are made of.
pub struct Columns<'p> {
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
    arrival_ns: &'p [Column],
    annotations: &'p [Column],
}

impl<'p> Columns<'p> {
    /// Finds them.
    pub fn new(part: &'p Part) -> Columns<'p> {
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
            arrival_ns: named("arrival_ns"),
            annotations: named("annotations"),
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
    if has_inside && !outline.is_some_and(outline::is_current) {
        return None;
    }
    let is_subsegment = is_true(columns.is_subsegment, row);
    let parent = match has(columns.parent_id, row) {
        false => Parent::None,
        true => short_id_in(columns.parent_id, row).map_or(Parent::Odd, Parent::Id),
    };
    let duration = int_in(columns.duration_ns, row);
    let end = duration.map(|duration| start.saturating_add(duration));
    let arrival = int_in(columns.arrival_ns, row);
    let n_annotations = int_in(columns.annotations, row).unwrap_or_default();
    Some(Facts {
        id: short_id_in(columns.id, row)?,
        parent,
        is_subsegment,
        sequence: columns.part.sequence(row),
        arrival: arrival.or(end).unwrap_or(start),
        n_annotations: usize::try_from(n_annotations).unwrap_or(usize::MAX),
        outline: outline.unwrap_or_default(),
        node: SketchNode {
            name: columns.name.get(row)??,
            kind: Kind::Written(columns.origin.get(row)?),
            account_id: columns.account_id.get(row)?,
            start,
            end,
            outcome: Outcome {
                error: is_true(columns.error, row),
                throttle: is_true(columns.throttle, row),
                fault: is_true(columns.fault, row),
            },
            is_inferred: false,
            is_root: parent == Parent::None && !is_subsegment,
        },
    })
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
