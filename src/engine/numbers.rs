//! The finite numbers of a field, one after another, with their places and weights.
//!
//! Every calculation over numbers reads what this makes, so that there is one loop for each of them and
//! not one for each type. Where all rows have a finite double nothing is copied.

use super::places::Places;
use super::source::{Rows, Source, present};
use crate::store::{ColumnData, Floats, IntValues};

/// Finite numbers, with the place and the weight of each.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// The numbers.
    pub values: &'a [f64],
    /// As many places, or one for all.
    pub places: Places<'a>,
    /// As many weights; `None` if all are 1.
    pub weights: Option<&'a [u32]>,
    /// Whether one comes from a column of doubles.
    pub has_doubles: bool,
}

/// What making numbers needs to write on.
#[derive(Debug, Default)]
pub struct Scratch {
    values: Vec<f64>,
    places: Vec<u32>,
    weights: Vec<u32>,
    presence: Vec<u8>,
}

/// Returns the numbers of the rows that are looked at.
///
/// `places` are those of the rows, in their order; `rates` are the weights of the whole stretch.
pub fn numbers<'a>(
    source: Source<'a>,
    rows: Rows<'a>,
    n: usize,
    places: Places<'a>,
    rates: Option<&'a [u32]>,
    scratch: &'a mut Scratch,
) -> Numbers<'a> {
    let start = source.start;
    if let ([column], Rows::All(n)) = (source.columns, rows)
        && let ColumnData::Float(floats) = &column.data
        && floats.are_finite
        && present(column, start, n, &mut scratch.presence).is_none()
        && let Some(values) = floats.values.get(start..start + n)
    {
        return Numbers {
            values,
            places,
            weights: rates,
            has_doubles: !values.is_empty(),
        };
    }
    scratch.values.clear();
    scratch.places.clear();
    scratch.weights.clear();
    let mut has_doubles = false;
    for column in source.columns {
        let mut presence = std::mem::take(&mut scratch.presence);
        let has = present(column, start, n, &mut presence);
        let mut put = Putting {
            scratch,
            rows,
            places,
            rates,
            has,
        };
        match &column.data {
            ColumnData::Int(ints) => match &ints.values {
                IntValues::I8(it) => put.all(it, start, |it| it.into()),
                IntValues::I16(it) => put.all(it, start, |it| it.into()),
                IntValues::I32(it) => put.all(it, start, |it| it.into()),
                IntValues::I64(it) => put.all(it, start, |it| it as f64),
            },
            ColumnData::Float(floats) => {
                let n_before = put.scratch.values.len();
                put.floats(floats, start);
                has_doubles |= put.scratch.values.len() > n_before;
            }
            ColumnData::Str(_) | ColumnData::Hex(_) | ColumnData::Bool(_) => {}
        }
        scratch.presence = presence;
    }
    Numbers {
        values: &scratch.values,
        places: match places {
            Places::Each(_) if !scratch.places.is_empty() => Places::Each(&scratch.places),
            // Nothing was left out, so they still fit.
            places => places,
        },
        weights: match rates {
            Some(_) => Some(&scratch.weights),
            None => None,
        },
        has_doubles,
    }
}

struct Putting<'a, 's> {
    scratch: &'s mut Scratch,
    rows: Rows<'a>,
    places: Places<'a>,
    rates: Option<&'a [u32]>,
    has: Option<&'s [u8]>,
}

impl Putting<'_, '_> {
    // Values of a type all of whose values are finite.
    fn all<T: Copy>(&mut self, values: &[T], start: usize, number: impl Fn(T) -> f64) {
        let values = values.get(start..).unwrap_or_default();
        if self.has.is_some() || !self.scratch.values.is_empty() {
            self.some(values, number, |_| true);
            return;
        }
        match self.rows {
            Rows::All(n) => {
                let values = values.iter().take(n);
                self.scratch.values.extend(values.map(|it| number(*it)));
            }
            Rows::List(rows) => {
                let value = |row: &u16| values.get(usize::from(*row)).map_or(0.0, |it| number(*it));
                self.scratch.values.extend(rows.iter().map(value));
            }
        }
        if let Places::Each(places) = self.places {
            self.scratch.places.extend_from_slice(places);
        }
        if let Some(rates) = self.rates {
            weights(self.rows, rates, &mut self.scratch.weights);
        }
    }

    fn floats(&mut self, floats: &Floats, start: usize) {
        if floats.are_finite {
            self.all(&floats.values, start, |it| it);
        } else {
            let values = floats.values.get(start..).unwrap_or_default();
            self.some(values, |it| it, f64::is_finite);
        }
    }

    // Values of which some are left out.
    fn some<T: Copy>(
        &mut self,
        values: &[T],
        number: impl Fn(T) -> f64,
        is_wanted: impl Fn(f64) -> bool,
    ) {
        let Putting {
            scratch,
            rows,
            places,
            rates,
            has,
        } = self;
        rows.each_with_position(|position, row| {
            if has.is_some_and(|has| has.get(row) != Some(&1)) {
                return;
            }
            let Some(value) = values.get(row).map(|it| number(*it)) else {
                return;
            };
            if !is_wanted(value) {
                return;
            }
            scratch.values.push(value);
            if let Places::Each(places) = places {
                scratch
                    .places
                    .push(places.get(position).copied().unwrap_or(0));
            }
            if let Some(rates) = rates {
                scratch.weights.push(rates.get(row).copied().unwrap_or(1));
            }
        });
    }
}

/// Appends the weight of each row that is looked at.
pub fn weights(rows: Rows<'_>, rates: &[u32], weights: &mut Vec<u32>) {
    match rows {
        Rows::All(n) => weights.extend_from_slice(rates.get(..n).unwrap_or_default()),
        Rows::List(list) => {
            let rate = |row: &u16| rates.get(usize::from(*row)).copied().unwrap_or(1);
            weights.extend(list.iter().map(rate));
        }
    }
}

/// Returns those of the rows in which the field has a value of any type, with places and weights;
/// there are `values.len()` of them, and the values themselves mean nothing.
pub fn presences<'a>(
    source: Source<'a>,
    rows: Rows<'a>,
    n: usize,
    places: Places<'a>,
    rates: Option<&'a [u32]>,
    scratch: &'a mut Scratch,
) -> (usize, Places<'a>, Option<&'a [u32]>) {
    scratch.values.clear();
    scratch.places.clear();
    scratch.weights.clear();
    let mut n_present = 0;
    for column in source.columns {
        let mut presence = std::mem::take(&mut scratch.presence);
        let has = present(column, source.start, n, &mut presence);
        if has.is_none() {
            // A row has a value of one type at most.
            scratch.presence = presence;
            if let (Some(rates), Rows::List(_)) = (rates, rows) {
                weights(rows, rates, &mut scratch.weights);
                return (rows.len(), places, Some(&scratch.weights));
            }
            return (rows.len(), places, rates);
        }
        rows.each_with_position(|position, row| {
            if has.is_some_and(|has| has.get(row) != Some(&1)) {
                return;
            }
            n_present += 1;
            if let Places::Each(places) = places {
                scratch
                    .places
                    .push(places.get(position).copied().unwrap_or(0));
            }
            if let Some(rates) = rates {
                scratch.weights.push(rates.get(row).copied().unwrap_or(1));
            }
        });
        scratch.presence = presence;
    }
    let places = match places {
        Places::Each(_) => Places::Each(&scratch.places),
        one => one,
    };
    (n_present, places, rates.map(|_| &*scratch.weights))
}
