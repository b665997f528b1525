//! How much memory parts take as one part, before they are made one: what is sealed or merged at once is bounded by
//! it.
//!
//! A column that one row in sixteen has costs sixteen times its values, and one large integer makes all of a column
//! wide, so that a small journal file can become a very large part.

use foldhash::{HashMap, HashMapExt};

use super::column::{Codes, Column, ColumnData, IntValues, kind};
use super::part::Part;
use super::rare::is_rare;

/// What is sealed or merged at once takes at most about so many bytes.
pub const MOST_BYTES: usize = 128 << 20;

// Times, rates, sequences, and the places that rows come from.
const ROW_BYTES: usize = 40;
// A row number, an integer, a double and an offset.
const RARE_BYTES: usize = 24;

/// What some parts take as one.
#[derive(Default)]
pub struct Cost<'p> {
    n_rows: usize,
    fields: HashMap<&'p str, [Values; kind::COUNT]>,
}

/// The values of a field and type.
#[derive(Debug, Clone, Copy, Default)]
struct Values {
    n: usize,
    width: usize,
    n_texts: usize,
    text_bytes: usize,
}

impl<'p> Cost<'p> {
    /// Returns what these parts take.
    pub fn of(parts: impl IntoIterator<Item = &'p Part>) -> Cost<'p> {
        let mut cost = Cost {
            n_rows: 0,
            fields: HashMap::new(),
        };
        parts.into_iter().for_each(|part| cost.add(part));
        cost
    }

    fn add(&mut self, part: &'p Part) {
        self.n_rows += part.len();
        for column in part.columns() {
            let values = values_of(column, part.len());
            self.add_values(&column.name, column.data.kind(), values);
        }
        for field in &part.rare.fields {
            for run in &field.runs {
                let offset = |entry: usize| {
                    let offset = part.rare.texts.offsets().get(entry).copied();
                    offset.map_or(0, |offset| usize::try_from(offset).unwrap_or(0))
                };
                let n = run.end - run.start;
                let values = Values {
                    n,
                    width: match run.kind {
                        kind::STR | kind::HEX_8 | kind::INT | kind::FLOAT => 8,
                        kind::BOOL => 1,
                        _ => 16,
                    },
                    n_texts: if run.kind == kind::STR { n } else { 0 },
                    text_bytes: offset(run.end).saturating_sub(offset(run.start)),
                };
                self.add_values(&field.name, run.kind, values);
            }
        }
    }

    fn add_values(&mut self, name: &'p str, kind: usize, added: Values) {
        let types = self.fields.entry(name).or_default();
        if let Some(values) = types.get_mut(kind) {
            values.n += added.n;
            values.width = values.width.max(added.width);
            values.n_texts += added.n_texts;
            values.text_bytes += added.text_bytes;
        }
    }

    /// Returns about how many bytes that is.
    pub fn bytes(&self) -> usize {
        let of_field = |types: &[Values; kind::COUNT]| {
            let n_values = types.iter().map(|values| values.n).sum();
            let is_rare = is_rare(n_values, self.n_rows, self.fields.len());
            let of_type = |values: &Values| match is_rare {
                _ if values.n == 0 => 0,
                true => values.n * RARE_BYTES + values.text_bytes,
                false => {
                    let width = match values.n_texts {
                        0 => values.width,
                        1..=0x100 => 1,
                        0x101..=0x1_0000 => 2,
                        _ => 4,
                    };
                    let bits = self.n_rows / 8;
                    self.n_rows * width + bits + values.text_bytes + 4 * values.n_texts
                }
            };
            types.iter().map(of_type).sum::<usize>()
        };
        self.n_rows * ROW_BYTES + self.fields.values().map(of_field).sum::<usize>()
    }
}

fn values_of(column: &Column, n_rows: usize) -> Values {
    let values = Values {
        n: column.present.count(n_rows),
        ..Values::default()
    };
    match &column.data {
        ColumnData::Str(strs) => Values {
            width: match strs.codes {
                Codes::U8(_) => 1,
                Codes::U16(_) => 2,
                Codes::U32(_) | Codes::Rows => 4,
            },
            n_texts: strs.texts.len(),
            text_bytes: strs.texts.bytes().len(),
            ..values
        },
        ColumnData::Hex(hexes) => Values {
            width: hexes.width,
            ..values
        },
        ColumnData::Int(ints) => Values {
            width: match ints.values {
                IntValues::I8(_) => 1,
                IntValues::I16(_) => 2,
                IntValues::I32(_) => 4,
                IntValues::I64(_) => 8,
            },
            ..values
        },
        ColumnData::Float(_) => Values { width: 8, ..values },
        ColumnData::Bool(_) => Values { width: 1, ..values },
    }
}

/// Returns how many of the first parts take at most `most` bytes together; one at least, if there is any.
pub fn that_fit<'p>(parts: impl IntoIterator<Item = &'p Part>, most: usize) -> usize {
    let mut cost = Cost::of([]);
    let mut n = 0;
    for part in parts {
        cost.add(part);
        if n > 0 && cost.bytes() > most {
            break;
        }
        n += 1;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::{Batch, Event, Lens, Value};
    use crate::store::merge::merged;

    fn part(n_rows: usize, n_columns: usize, value: i64) -> Part {
        let event = |row: usize| Event {
            time: row as i64,
            sample_rate: 1,
            fields: (0..n_columns)
                .map(|n| (format!("n{n}").as_str().into(), Value::Int(value)))
                .collect(),
        };
        Part::of(&Batch {
            lens: Lens::Spans,
            dataset: "d".into(),
            events: (0..n_rows).map(event).collect(),
        })
    }

    fn bytes_of_columns(part: &Part) -> usize {
        let columns = part.columns().iter();
        let widths = columns.map(|column| values_of(column, part.len()).width);
        widths.sum::<usize>() * part.len()
    }

    #[test]
    fn the_cost_of_parts_is_at_least_what_they_take_as_one() {
        let cases = [
            // Narrow columns that one value makes wide, with many rows that lack them.
            vec![part(400, 50, 1), part(5_000, 0, 0), part(1, 50, i64::MAX)],
            vec![part(10, 300, 7), part(3, 2, 1)],
            vec![part(1, 1, 1)],
        ];
        for parts in cases {
            let refs: Vec<&Part> = parts.iter().collect();
            let cost = Cost::of(refs.iter().copied()).bytes();
            let taken = bytes_of_columns(&merged(&refs));
            assert!(
                (taken..taken * 4 + 400_000).contains(&cost),
                "{cost} for {taken}"
            );
        }
    }

    #[test]
    fn parts_are_taken_as_long_as_they_fit_and_one_at_least() {
        let parts: Vec<Part> = (0..5).map(|_| part(100, 20, 1)).collect();
        let one = Cost::of([&parts[0]]).bytes();
        for (most, n) in [(0, 1), (one, 1), (3 * one + one / 2, 3), (usize::MAX, 5)] {
            assert_eq!(that_fit(&parts, most), n, "{most}");
        }
        assert_eq!(that_fit([], 100), 0);
    }
}
