//! Tests of the rows of a part, column by column.

use super::filter::{AnnotationTest, Filter, Flag, NumberKey, Selector, TextKey, TextTest};
use super::filter_holds::is_ok;
use super::server_columns::{BETWEEN_CALLS, Call, call_of};
use super::trace::rounded_seconds;
use crate::store::{Codes, Column, ColumnData, Part, push_hex};

/// It may hold of the row.
pub const MAYBE: u8 = 1;
/// It holds of the row; whatever has this bit has the other.
pub const MUST: u8 = 2;
const YES: u8 = MAYBE | MUST;

/// One of no bits, [`MAYBE`], or both, for each row of a part.
pub type Truths = Vec<u8>;

/// Returns where both hold.
pub fn and(mut a: Truths, b: &Truths) -> Truths {
    a.iter_mut().zip(b).for_each(|(a, b)| *a &= b);
    a
}

/// Returns where either holds.
pub fn or(mut a: Truths, b: &Truths) -> Truths {
    a.iter_mut().zip(b).for_each(|(a, b)| *a |= b);
    a
}

/// Returns where it does not hold.
pub fn not(mut truths: Truths) -> Truths {
    truths.iter_mut().for_each(|truth| *truth = not_one(*truth));
    truths
}

// What must be is not what may not be, and the other way round.
fn not_one(truth: u8) -> u8 {
    let opposite = !truth & YES;
    opposite << 1 & MUST | opposite >> 1
}

fn known(holds: bool) -> u8 {
    if holds { YES } else { 0 }
}

/// The rows of a part, to be asked.
pub struct RowTests<'p> {
    part: &'p Part,
}

impl<'p> RowTests<'p> {
    /// Asks rows of `part`.
    pub fn new(part: &'p Part) -> RowTests<'p> {
        RowTests { part }
    }

    fn all(&self, truth: u8) -> Truths {
        vec![truth; self.part.len()]
    }

    fn each(&self, name: &str, truth: impl Fn(&Column, usize) -> u8) -> Truths {
        let mut truths = self.all(0);
        for column in self.part.columns_named(name) {
            for (row, found) in truths.iter_mut().enumerate() {
                if column.present.has(row) {
                    *found = truth(column, row);
                }
            }
        }
        truths
    }

    /// Returns where the boolean column is true.
    pub fn flag(&self, name: &str) -> Truths {
        self.each(name, |column, row| match &column.data {
            ColumnData::Bool(bits) => known(row < bits.len() && bits.value(row)),
            _ => 0,
        })
    }

    /// Returns where there is a value.
    pub fn present(&self, name: &str) -> Truths {
        self.each(name, |_, _| YES)
    }

    fn number(&self, name: &str, holds: impl Fn(f64) -> bool) -> Truths {
        self.each(name, |column, row| {
            let number = match &column.data {
                ColumnData::Int(ints) => ints.values.get(row).map(|int| int as f64),
                ColumnData::Float(floats) => floats.values.get(row).copied(),
                _ => None,
            };
            known(number.is_some_and(&holds))
        })
    }

    fn text(&self, name: &str, test: TextTest, wanted: &str) -> Truths {
        self.texts(name, |text| known(test.holds(text, wanted)))
    }

    // Each different text is tested only once.
    fn texts(&self, name: &str, truth: impl Fn(&str) -> u8) -> Truths {
        let mut truths = self.all(0);
        for column in self.part.columns_named(name) {
            let present = &column.present;
            let rows = truths.iter_mut().enumerate();
            let rows = rows.filter(|(row, _)| present.has(*row));
            match &column.data {
                ColumnData::Str(strs) if matches!(strs.codes, Codes::Rows) => {
                    rows.for_each(|(row, found)| *found = truth(strs.get(row)));
                }
                ColumnData::Str(strs) => {
                    let by_code: Vec<u8> = strs.texts.iter().map(&truth).collect();
                    rows.for_each(|(row, found)| {
                        let code = strs.codes.get(row).and_then(|code| by_code.get(code));
                        *found = code.copied().unwrap_or(0);
                    });
                }
                ColumnData::Hex(hexes) => {
                    let mut text = String::new();
                    rows.for_each(|(row, found)| {
                        text.clear();
                        push_hex(&mut text, hexes.get(row).unwrap_or_default());
                        *found = truth(&text);
                    });
                }
                ColumnData::Int(_) | ColumnData::Float(_) | ColumnData::Bool(_) => {}
            }
        }
        truths
    }

    /// Returns of which rows the filter holds, taking each for a segment that is a service of the trace.
    pub fn node(&self, filter: &Filter) -> Truths {
        match filter {
            Filter::All(filters) => filters.iter().fold(self.all(YES), |truths, filter| {
                and(truths, &self.node(filter))
            }),
            Filter::Any(filters) => filters
                .iter()
                .fold(self.all(0), |truths, filter| or(truths, &self.node(filter))),
            Filter::Not(filter) => not(self.node(filter)),
            Filter::Flag(flag) => match flag {
                Flag::Error => and(self.flag("error"), &not(self.flag("throttle"))),
                Flag::Throttle => self.flag("throttle"),
                Flag::Fault => self.flag("fault"),
                Flag::Ok => not(or(
                    or(self.flag("error"), &self.flag("throttle")),
                    &self.flag("fault"),
                )),
                Flag::Partial => not(self.present("duration_ns")),
                // A segment was sent, so it is not inferred, and only what is inferred is remote.
                Flag::Inferred | Flag::Remote => self.all(0),
                Flag::Root => not(self.present("parent_id")),
                Flag::First | Flag::Last => self.all(MAYBE),
            },
            Filter::Number(key, comparison, wanted) => match key {
                NumberKey::ResponseTime | NumberKey::Duration => self.number("duration_ns", |ns| {
                    comparison.holds(rounded_seconds(ns as i64), *wanted)
                }),
                NumberKey::HttpStatus => {
                    self.number("http.status", |status| comparison.holds(status, *wanted))
                }
                NumberKey::Index => self.all(MAYBE),
                NumberKey::Coverage => self.all(0),
            },
            Filter::Text(key, test, wanted) => match column_of(*key) {
                Some(name) => self.text(name, *test, wanted),
                None => self.all(MAYBE),
            },
            Filter::Present(key) => match column_of(*key) {
                Some(name) => self.present(name),
                None => self.all(MAYBE),
            },
            Filter::Annotation(..)
            | Filter::Service(..)
            | Filter::Edge(..)
            | Filter::Cause(..)
            | Filter::CauseJson(_) => self.all(MAYBE),
        }
    }

    /// Returns which rows are segments of the service that is meant.
    pub fn selected(&self, selector: &Selector) -> Truths {
        let parts = [
            ("name", &selector.name),
            ("origin", &selector.kind),
            ("account_id", &selector.account_id),
        ];
        let parts = parts
            .into_iter()
            .filter_map(|(name, wanted)| Some((name, wanted.as_ref()?)));
        parts.fold(self.all(YES), |truths, (name, wanted)| {
            and(truths, &self.text(name, TextTest::Equal, wanted))
        })
    }

    /// Returns which rows have a call to the service that is meant; whether it is inferred from the call
    /// is not known.
    pub fn calls(&self, selector: &Selector, inner: &Filter) -> Truths {
        self.texts("calls", |calls| {
            let mut calls = calls.split(BETWEEN_CALLS).filter_map(call_of);
            let is_meant = calls.any(|call| {
                let is_selected = if call.has_origin {
                    selector.is(call.name, Some(&kind_of(&call)), None)
                } else {
                    selector.of_any_kind().is(call.name, None, None)
                };
                is_selected && of_call(inner, &call) != 0
            });
            if is_meant { MAYBE } else { 0 }
        })
    }

    /// Returns in which rows one of the flags may be set, of which the second is for what is inside.
    pub fn inside(&self, [own, inside]: [&str; 2]) -> Truths {
        // What came before there were outlines has no such flag either.
        let unknown = and(self.present("subsegments"), &not(self.present("outline")));
        let set = or(or(self.flag(own), &self.flag(inside)), &unknown);
        set.iter().map(|truth| truth & MAYBE).collect()
    }

    /// Returns which rows have such a message, or any.
    pub fn messages(&self, test: Option<(TextTest, &String)>) -> Truths {
        self.texts("messages", |messages| match test {
            None | Some((TextTest::NotEqual, _)) => MAYBE,
            // They stand together, each on lines of its own.
            Some((_, wanted)) => u8::from(messages.contains(wanted.as_str())),
        })
    }

    /// Returns which rows have such an annotation.
    pub fn annotation(&self, key: &str, test: &AnnotationTest) -> Truths {
        let name = format!("annotation.{key}");
        let found = match test {
            AnnotationTest::Present => self.present(&name),
            AnnotationTest::Bool(wanted) => self.each(&name, |column, row| match &column.data {
                ColumnData::Bool(bits) => known(row < bits.len() && bits.value(row) == *wanted),
                _ => 0,
            }),
            AnnotationTest::Number(comparison, wanted) => {
                self.number(&name, |number| comparison.holds(number, *wanted))
            }
            AnnotationTest::Text(test, wanted) => self.text(&name, *test, wanted),
        };
        let more = self.flag("more_annotations");
        or(found, &more.iter().map(|truth| truth & MAYBE).collect())
    }
}

fn column_of(key: TextKey) -> Option<&'static str> {
    Some(match key {
        TextKey::HttpUrl => "http.url",
        TextKey::HttpMethod => "http.method",
        TextKey::HttpUserAgent => "http.useragent",
        TextKey::HttpClientIp => "http.clientip",
        TextKey::User => "user",
        TextKey::Name => "name",
        TextKey::Type => "origin",
        TextKey::AvailabilityZone => "availability_zone",
        TextKey::InstanceId => "instance_id",
        TextKey::ResourceArn => "resource_arn",
        // Subsegments that were sent alone bring messages of their own.
        TextKey::Message => return None,
    })
}

fn kind_of(call: &Call<'_>) -> String {
    match call.origin {
        _ if call.is_remote => "remote".to_string(),
        Some(origin) => origin.to_string(),
        None => format!("AWS::{}", call.name),
    }
}

// Whether the filter holds of the service that would be inferred from the call.
fn of_call(filter: &Filter, call: &Call<'_>) -> u8 {
    match filter {
        Filter::All(filters) => filters
            .iter()
            .fold(YES, |truth, filter| truth & of_call(filter, call)),
        Filter::Any(filters) => filters
            .iter()
            .fold(0, |truth, filter| truth | of_call(filter, call)),
        Filter::Not(filter) => not_one(of_call(filter, call)),
        Filter::Flag(flag) => match flag {
            Flag::Ok => known(is_ok(call.outcome)),
            Flag::Error => known(call.outcome.error && !call.outcome.throttle),
            Flag::Throttle => known(call.outcome.throttle),
            Flag::Fault => known(call.outcome.fault),
            Flag::Inferred => YES,
            Flag::Remote => known(call.is_remote),
            Flag::Root => 0,
            Flag::Partial => known(call.is_open),
            Flag::First | Flag::Last => MAYBE,
        },
        Filter::Text(TextKey::Name, test, wanted) => known(test.holds(call.name, wanted)),
        Filter::Text(TextKey::Type, test, wanted) if call.has_origin => {
            known(test.holds(&kind_of(call), wanted))
        }
        _ => MAYBE,
    }
}
