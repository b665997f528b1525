//! A query over records that come one by one, the newest first.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::datum::Datum;
use super::stats::{Groups, Stats};
use super::{ANSWER_MAX_ROWS, Command, Origin, Query, Shown, USUAL_ROWS};
use crate::cloudwatch::json_values::Found;

/// The most bytes of texts that rows keep, all together.
const MAX_BYTES: usize = 128 << 20;

/// A line.
pub struct Record<'a> {
    /// Milliseconds since the epoch.
    pub time_ms: i64,
    /// Milliseconds since the epoch.
    pub ingested_ms: i64,
    /// What it says.
    pub message: Cow<'a, str>,
    /// The name of its stream.
    pub stream: Cow<'a, str>,
    /// The log group, as `account:group`.
    pub log: &'a str,
    /// What the line can be asked for by; made only if it is needed.
    pub pointer: &'a dyn Fn() -> String,
}

/// What a query comes to.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// Names and values.
    pub rows: Vec<Vec<(String, String)>>,
    /// How many records came to where they count: past every filter.
    pub n_matched: u64,
    /// Whether there was more than is kept.
    pub is_too_much: bool,
}

type Row = Vec<Option<Datum>>;

/// A query while records come.
pub struct Run<'q> {
    query: &'q Query,
    /// The commands that take rows one by one, and the others.
    streaming: &'q [Command],
    rest: &'q [Command],
    /// The most rows of the answer.
    limit: usize,
    pointer: Option<usize>,
    gathering: Gathering<'q>,
    n_bytes: usize,
    n_matched: u64,
    is_too_much: bool,
}

enum Gathering<'q> {
    Stats(&'q Stats, Groups),
    /// Rows that come first by these slots, and how many are wanted.
    Sorted(&'q [(usize, bool)], usize, Vec<Row>),
    /// The first rows that come.
    First(usize, Vec<Row>),
}

impl<'q> Run<'q> {
    /// Begins to run a query; `limit` is what the caller wants at the most.
    pub fn new(query: &'q Query, limit: Option<usize>) -> Run<'q> {
        let is_streaming = |it: &Command| {
            matches!(
                it,
                Command::Fields(_) | Command::Display(_) | Command::Filter(_) | Command::Parse(_)
            )
        };
        let commands = &query.commands;
        let n = commands.iter().take_while(|it| is_streaming(it)).count();
        let (streaming, rest) = commands.split_at(n);
        let limit = limit.unwrap_or(USUAL_ROWS);
        // What comes later may leave rows out, or count them all.
        let is_final = |rest: &[Command]| {
            let leaves_out = |it: &Command| matches!(it, Command::Filter(_) | Command::Stats(_));
            !rest.iter().any(leaves_out)
        };
        let wanted = |rest: &[Command]| match rest.first() {
            Some(Command::Limit(n)) => *n,
            _ if is_final(rest) => limit,
            _ => ANSWER_MAX_ROWS,
        };
        let (gathering, rest) = match rest.split_first() {
            Some((Command::Stats(stats), rest)) => {
                (Gathering::Stats(stats, Groups::default()), rest)
            }
            Some((Command::Sort(by), rest)) => {
                (Gathering::Sorted(by, wanted(rest), Vec::new()), rest)
            }
            _ => (Gathering::First(wanted(rest), Vec::new()), rest),
        };
        Run {
            query,
            streaming,
            rest,
            limit,
            pointer: query
                .slots
                .iter()
                .position(|slot| slot.origin == Origin::Pointer),
            gathering,
            n_bytes: 0,
            n_matched: 0,
            is_too_much: false,
        }
    }

    /// Takes the next record; `false` if no other one is needed.
    pub fn take(&mut self, record: &Record<'_>) -> bool {
        let mut row = self.row(record);
        if !stream(self.streaming, &mut row) {
            return true;
        }
        self.n_matched += 1;
        let bytes_of = |row: &Row| -> usize {
            let texts = row.iter().map(|datum| match datum {
                Some(Datum::Text(text)) => text.len(),
                _ => 0,
            });
            texts.sum::<usize>() + size_of_val(row.as_slice())
        };
        match &mut self.gathering {
            Gathering::Stats(stats, groups) => self.is_too_much |= groups.add(stats, &row).is_err(),
            Gathering::First(wanted, rows) => {
                self.n_bytes += bytes_of(&row);
                rows.push(row);
                if rows.len() >= *wanted {
                    return false;
                }
            }
            Gathering::Sorted(by, wanted, rows) => {
                self.n_bytes += bytes_of(&row);
                rows.push(row);
                if rows.len() >= *wanted * 2 + 1_000 {
                    sort(rows, by);
                    rows.truncate(*wanted);
                    self.n_bytes = rows.iter().map(bytes_of).sum();
                }
            }
        }
        self.is_too_much |= self.n_bytes > MAX_BYTES;
        !self.is_too_much
    }

    /// Returns the answer.
    pub fn finish(mut self) -> Answer {
        let n_slots = self.query.slots.len();
        let has_stats = matches!(self.gathering, Gathering::Stats(..));
        let mut rows = match self.gathering {
            Gathering::Stats(stats, groups) => groups.finish(stats, n_slots),
            Gathering::First(_, rows) => rows,
            Gathering::Sorted(by, wanted, mut rows) => {
                sort(&mut rows, by);
                rows.truncate(wanted);
                rows
            }
        };
        let mut has_late_stats = false;
        for command in self.rest {
            match command {
                Command::Stats(stats) => {
                    has_late_stats = true;
                    let mut groups = Groups::default();
                    for row in &rows {
                        self.is_too_much |= groups.add(stats, row).is_err();
                    }
                    rows = groups.finish(stats, n_slots);
                }
                Command::Sort(by) => sort(&mut rows, by),
                Command::Limit(limit) => rows.truncate(*limit),
                command => rows.retain_mut(|row| stream(std::slice::from_ref(command), row)),
            }
        }
        rows.truncate(self.limit);
        let shown = self.query.shown();
        let with_pointer = !has_stats && !has_late_stats;
        let pointer = self
            .pointer
            .filter(|slot| with_pointer && !shown.contains(slot));
        let shown: Vec<usize> = shown.into_iter().chain(pointer).collect();
        let shown_row = |row: Row| {
            let pairs = shown.iter().filter_map(|slot| {
                let name = &self.query.slots.get(*slot)?.name;
                let datum = row.get(*slot)?.as_ref()?;
                Some((name.clone(), datum.text().into_owned()))
            });
            pairs.collect()
        };
        Answer {
            rows: rows.into_iter().map(shown_row).collect(),
            n_matched: self.n_matched,
            is_too_much: self.is_too_much,
        }
    }

    fn row(&self, record: &Record<'_>) -> Row {
        let begins_json = record.message.trim_start().starts_with(['{', '[']);
        let has_paths = self
            .query
            .slots
            .iter()
            .any(|slot| matches!(slot.origin, Origin::Json(_)));
        let found = match begins_json && has_paths {
            true => self.query.paths.find(&record.message),
            false => None,
        };
        let found = found.unwrap_or_default();
        let slots = self.query.slots.iter().map(|slot| match &slot.origin {
            Origin::Timestamp => Some(Datum::Moment(record.time_ms)),
            Origin::IngestionTime => Some(Datum::Moment(record.ingested_ms)),
            Origin::Message => Some(Datum::Text(record.message.to_string())),
            Origin::LogStream => Some(Datum::Text(record.stream.to_string())),
            Origin::Log => Some(Datum::Text(record.log.to_string())),
            Origin::Pointer => Some(Datum::Text((record.pointer)())),
            Origin::Json(paths) => {
                let mut values = paths.iter().filter_map(|path| found.get(*path));
                values.find_map(datum)
            }
            Origin::Computed => None,
        });
        slots.collect()
    }
}

impl Query {
    // The slots that are shown, in order.
    fn shown(&self) -> Vec<usize> {
        let mut shown: Vec<usize> = Vec::new();
        let add = |shown: &mut Vec<usize>, slot: usize| {
            if !shown.contains(&slot) {
                shown.push(slot);
            }
        };
        for command in &self.commands {
            match command {
                Command::Fields(fields) => fields.iter().for_each(|it| add(&mut shown, it.slot)),
                Command::Display(fields) => {
                    shown.clear();
                    fields.iter().for_each(|it| add(&mut shown, it.slot));
                }
                Command::Stats(stats) => {
                    shown.clear();
                    stats
                        .groups
                        .iter()
                        .for_each(|(_, slot)| add(&mut shown, *slot));
                    stats
                        .calculations
                        .iter()
                        .for_each(|(_, slot)| add(&mut shown, *slot));
                }
                Command::Filter(_) | Command::Parse(_) | Command::Sort(_) | Command::Limit(_) => {}
            }
        }
        shown
    }
}

// Passes a row on; `false` if it is left out.
fn stream(commands: &[Command], row: &mut Row) -> bool {
    for command in commands {
        match command {
            Command::Filter(condition) => {
                if !condition.holds(row) {
                    return false;
                }
            }
            Command::Fields(fields) | Command::Display(fields) => {
                for Shown { slot, from } in fields.iter().filter(|it| it.slot != it.from) {
                    put(row, *slot, row.get(*from).cloned().flatten());
                }
            }
            Command::Parse(glob) => {
                let Some(Some(datum)) = row.get(glob.from).cloned() else {
                    continue;
                };
                let text = datum.text();
                for (slot, found) in glob.slots.iter().zip(glob.split(&text).unwrap_or_default()) {
                    put(row, *slot, Some(Datum::Text(found.to_string())));
                }
            }
            Command::Stats(_) | Command::Sort(_) | Command::Limit(_) => {}
        }
    }
    true
}

fn put(row: &mut Row, slot: usize, datum: Option<Datum>) {
    if let Some(place) = row.get_mut(slot) {
        *place = datum;
    }
}

// Stable, so that what is alike stays newest first. What has no value comes last.
fn sort(rows: &mut [Row], by: &[(usize, bool)]) {
    rows.sort_by(|a, b| {
        for (slot, is_descending) in by {
            let of = |row: &'_ Row| row.get(*slot).cloned().flatten();
            let ordering = match (of(a), of(b)) {
                (Some(a), Some(b)) if *is_descending => b.compare(&a),
                (Some(a), Some(b)) => a.compare(&b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    });
}

fn datum(found: &Found<'_>) -> Option<Datum> {
    match found {
        Found::Number(number) => Some(Datum::Number(*number)),
        Found::Text(text) => Some(Datum::Text(text.to_string())),
        Found::Bool(truth) => Some(Datum::Number(f64::from(u8::from(*truth)))),
        Found::Null | Found::Several | Found::Nothing => None,
    }
}
