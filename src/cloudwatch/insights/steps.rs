//! A query whose names are known: what is done to rows, one step after another.

use regex::Regex;

use super::discover::LineField;
use super::expression::Expr;
use super::period::Period;
use super::stats::Stats;

/// A value that a row has: what it is called, and where it comes from.
#[derive(Debug)]
pub struct Slot {
    pub name: String,
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    Timestamp,
    IngestionTime,
    Message,
    LogStream,
    Log,
    Pointer,
    /// At the end of the first of these paths that leads anywhere, in a message that is JSON; or in a line of a kind
    /// that is known.
    Discovered(Vec<usize>, Option<LineField>),
    /// A step puts it there.
    Computed,
}

/// What is done to a row, or to all of them.
#[derive(Debug)]
pub enum Step {
    /// Values into slots.
    Assign(Vec<(usize, Expr)>),
    Filter(Expr),
    Parse(ParseStep),
    /// A row for each element of a list; of any other value one row, if `is_any`.
    Unnest {
        list: Expr,
        slot: usize,
        is_list_of_one: bool,
    },
    Stats(Box<Stats>),
    /// By what, and whether the largest comes first.
    Sort(Vec<(Expr, bool)>),
    Limit(usize),
    Dedup(Vec<Expr>),
    Pattern(PatternStep),
    Rows(RowStep),
}

/// `parse`
#[derive(Debug)]
pub struct ParseStep {
    pub of: Expr,
    pub how: How,
}

#[derive(Debug)]
pub enum How {
    /// The texts before, between and after the stars, and a slot for each star.
    Glob(Vec<String>, Vec<usize>),
    /// Groups by number.
    Regex(Regex, Vec<(usize, usize)>, bool),
    Logfmt(usize),
    Csv(Vec<usize>),
    Json(Vec<(Vec<String>, usize)>),
}

/// `pattern`
#[derive(Debug)]
pub struct PatternStep {
    pub of: Expr,
    /// As many as there are columns of it.
    pub slots: Vec<usize>,
}

/// What needs the rows around a row.
#[derive(Debug)]
pub enum RowStep {
    /// The running sum.
    Accum(Expr, usize),
    /// What rows before have: how many rows before, and the slot that takes it.
    Autoregress(Expr, Vec<(usize, usize)>),
    AddTotals {
        of: Vec<usize>,
        row: Option<usize>,
        has_col: bool,
    },
    FillDown(Vec<usize>),
    FillMissing {
        bin: usize,
        period: Period,
        keys: Vec<usize>,
        with: Vec<(usize, Expr)>,
    },
    Outlier {
        of: Vec<usize>,
        marks: Vec<usize>,
        param: f64,
        is_removing: bool,
        uses_lower: bool,
    },
    Sessionize {
        of: Vec<Expr>,
        timestamp: usize,
        max_span_ms: i64,
        slot: usize,
    },
    CountFrequent {
        of: Vec<(Expr, usize)>,
        slot: usize,
    },
}

impl Step {
    /// Tells whether it takes rows one by one.
    pub fn is_streaming(&self) -> bool {
        matches!(
            self,
            Step::Assign(_) | Step::Filter(_) | Step::Parse(_) | Step::Unnest { .. }
        )
    }

    /// Tells whether it can make several rows of one.
    pub fn is_multiplying(&self) -> bool {
        matches!(
            self,
            Step::Unnest { .. }
                | Step::Parse(ParseStep {
                    how: How::Regex(_, _, true),
                    ..
                })
        )
    }

    /// Returns the slots that it writes, if it goes row by row and makes one of one.
    pub fn writes(&self) -> Option<Vec<usize>> {
        match self {
            _ if self.is_multiplying() => None,
            Step::Assign(list) => Some(list.iter().map(|(slot, _)| *slot).collect()),
            Step::Parse(parse) => Some(parse.how.slots()),
            _ => None,
        }
    }

    /// Returns the slots that it reads.
    pub fn reads(&self) -> Vec<usize> {
        let mut slots = Vec::new();
        match self {
            Step::Assign(list) => list.iter().for_each(|(_, it)| it.add_reads(&mut slots)),
            Step::Filter(of) | Step::Unnest { list: of, .. } => of.add_reads(&mut slots),
            Step::Parse(parse) => parse.of.add_reads(&mut slots),
            Step::Sort(by) => by.iter().for_each(|(it, _)| it.add_reads(&mut slots)),
            Step::Dedup(by) => by.iter().for_each(|it| it.add_reads(&mut slots)),
            Step::Pattern(step) => step.of.add_reads(&mut slots),
            Step::Stats(stats) => {
                stats
                    .keys
                    .iter()
                    .for_each(|(it, _)| it.add_reads(&mut slots));
                let of = stats.aggregates.iter().filter_map(|it| it.of.as_ref());
                of.for_each(|it| it.add_reads(&mut slots));
                slots.extend(stats.timestamp);
            }
            Step::Rows(step) => step.add_reads(&mut slots),
            Step::Limit(_) => {}
        }
        slots
    }
}

impl RowStep {
    fn add_reads(&self, slots: &mut Vec<usize>) {
        match self {
            RowStep::Accum(of, _) | RowStep::Autoregress(of, _) => of.add_reads(slots),
            RowStep::AddTotals { of, .. } | RowStep::FillDown(of) | RowStep::Outlier { of, .. } => {
                slots.extend(of);
            }
            RowStep::FillMissing {
                bin, keys, with, ..
            } => {
                slots.push(*bin);
                slots.extend(keys);
                with.iter().for_each(|(_, it)| it.add_reads(slots));
            }
            RowStep::Sessionize { of, timestamp, .. } => {
                slots.push(*timestamp);
                of.iter().for_each(|it| it.add_reads(slots));
            }
            RowStep::CountFrequent { of, .. } => {
                of.iter().for_each(|(it, _)| it.add_reads(slots));
            }
        }
    }
}

impl How {
    /// Returns the slots that it fills.
    pub fn slots(&self) -> Vec<usize> {
        match self {
            How::Glob(_, slots) | How::Csv(slots) => slots.clone(),
            How::Regex(_, groups, _) => groups.iter().map(|(_, slot)| *slot).collect(),
            How::Logfmt(slot) => vec![*slot],
            How::Json(paths) => paths.iter().map(|(_, slot)| *slot).collect(),
        }
    }
}
