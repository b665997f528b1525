//! Makes one part of several: sorted by time, with one dictionary for each text column.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::Buffer;

use super::build::ValueRef;
use super::column::{
    Codes, Column, ColumnData, Floats, Hexes, IntValues, Ints, Presence, Strs, kind,
};
use super::part::{Part, Rates, Sequences, Span, bits_of};
use super::rare::{Rare, RareBuilder, Run, is_rare};
use super::texts::{Dictionary, Texts};

/// Returns the events of all `parts`, which are of one dataset, oldest first.
///
/// Events of one time come in the order of the parts, so parts are given in the order of arrival. The
/// result is in memory, whole.
pub fn merged(parts: &[&Part]) -> Part {
    merged_since(parts, i64::MIN)
}

/// The same without the events before `oldest`, nanoseconds since the epoch; their texts are gone too.
pub fn merged_since(parts: &[&Part], oldest: i64) -> Part {
    let order = Order::of(parts, oldest);
    let (columns, rare) = order.fields(parts);

    let rows = parts.iter().zip(&order.rows);
    let weight = rows.map(|(part, rows)| part.rates.weight(rows.start, rows.end));
    let weight = weight.sum();
    let rates = if weight == order.len() as u64 {
        Rates::One
    } else {
        let rate = |place: &Place| {
            parts
                .get(place.part())
                .map_or(1, |it| it.rates.get(place.row()))
        };
        Rates::Each(order.places.iter().map(rate).collect())
    };
    let first = parts.iter().map(|part| part.sequences.first).min();
    let first = first.unwrap_or(0);
    let offset = |place: &Place| {
        let sequence = parts
            .get(place.part())
            .map_or(first, |it| it.sequence(place.row()));
        u32::try_from(sequence - first).unwrap_or(u32::MAX)
    };
    let offsets: Vec<u32> = order.places.iter().map(offset).collect();
    let are_rows = offsets.iter().zip(0..).all(|(offset, row)| *offset == row);
    let times: Vec<i64> = order.times;
    let head = parts.first();
    Part {
        lens: head.map_or(crate::model::span::Lens::Spans, |part| part.lens),
        dataset: head.map_or_else(|| "".into(), |part| part.dataset.clone()),
        span: Span {
            n_rows: times.len(),
            first_time: times.first().copied().unwrap_or(0),
            last_time: times.last().copied().unwrap_or(0),
            weight,
        },
        times: times.into(),
        rates,
        sequences: Sequences {
            first,
            offsets: (!are_rows).then(|| offsets.into()),
        },
        columns,
        rare,
        checks: Default::default(),
        file: None,
        damage: Default::default(),
    }
}

// What the parts have of a field: by type, which part has which values.
type ByType<'p> = BTreeMap<usize, Vec<(usize, Held<'p>)>>;

/// The values that a part has of a field and type.
#[derive(Clone, Copy)]
enum Held<'p> {
    Column(&'p Column),
    Run(Run),
}

impl Held<'_> {
    fn n_values(&self, n_rows: usize) -> usize {
        match self {
            Held::Column(column) => column.present.count(n_rows),
            Held::Run(run) => run.end - run.start,
        }
    }
}

/// Where the rows of the result come from.
struct Order {
    times: Vec<i64>,
    places: Vec<Place>,
    /// The rows of each part that are in it.
    rows: Vec<Range<usize>>,
}

#[derive(Clone, Copy)]
struct Place {
    part: u32,
    row: u32,
}

impl Place {
    fn part(self) -> usize {
        self.part as usize
    }

    fn row(self) -> usize {
        self.row as usize
    }
}

impl Order {
    fn of(parts: &[&Part], oldest: i64) -> Order {
        let mut rows: Vec<(i64, Place)> = Vec::with_capacity(parts.iter().map(|it| it.len()).sum());
        let mut ranges = Vec::with_capacity(parts.len());
        for (part, it) in (0..).zip(parts) {
            let start = it.times().partition_point(|&time| time < oldest);
            ranges.push(start..it.len());
            let kept = it.times().iter().zip(0..).skip(start);
            rows.extend(kept.map(|(&time, row)| (time, Place { part, row })));
        }
        // Stable, and quick where sorted pieces follow each other.
        rows.sort_by_key(|(time, _)| *time);
        let (times, places) = rows.into_iter().unzip();
        Order {
            times,
            places,
            rows: ranges,
        }
    }

    fn len(&self) -> usize {
        self.times.len()
    }

    // What it costs follows the values: a field that few of the rows have is never made a column.
    fn fields(&self, parts: &[&Part]) -> (Vec<Column>, Rare) {
        let mut by_name: BTreeMap<&Arc<str>, ByType<'_>> = BTreeMap::new();
        for (idx, part) in parts.iter().enumerate() {
            for column in &part.columns {
                let of_name = by_name.entry(&column.name).or_default();
                let of_type = of_name.entry(column.data.kind()).or_default();
                of_type.push((idx, Held::Column(column)));
            }
            for field in &part.rare.fields {
                let of_name = by_name.entry(&field.name).or_default();
                for run in &field.runs {
                    let of_type = of_name.entry(run.kind).or_default();
                    of_type.push((idx, Held::Run(*run)));
                }
            }
        }
        let (mut columns, mut rare) = (Vec::new(), RareBuilder::default());
        let mut new_rows: Option<Vec<Vec<u32>>> = None;
        let n_fields = by_name.len();
        for (name, types) in by_name {
            let held = types.values().flatten();
            let n_values: usize = held
                .map(|(idx, held)| held.n_values(parts.get(*idx).map_or(0, |part| part.len())))
                .sum();
            if is_rare(n_values, self.len(), n_fields) {
                let new_rows = new_rows.get_or_insert_with(|| self.new_rows(parts));
                for (kind, held) in types {
                    rare.run(name, kind, self.entries(parts, new_rows, &held));
                }
                continue;
            }
            for (kind, held) in types {
                let made: Vec<(usize, Box<[Column]>)> = held
                    .iter()
                    .filter_map(|(idx, held)| {
                        let part = parts.get(*idx)?;
                        match held {
                            Held::Column(_) => None,
                            Held::Run(_) => {
                                Some((*idx, part.rare.columns(part.rare.field(name)?, part.len())))
                            }
                        }
                    })
                    .collect();
                let mut of_parts: Vec<Option<&Column>> = vec![None; parts.len()];
                let stored = held.iter().filter_map(|(idx, held)| match held {
                    Held::Column(column) => Some((*idx, *column)),
                    Held::Run(_) => None,
                });
                let made = made.iter().filter_map(|(idx, columns)| {
                    let column = columns.iter().find(|column| column.data.kind() == kind)?;
                    Some((*idx, column))
                });
                for (idx, column) in stored.chain(made) {
                    if let Some(place) = of_parts.get_mut(idx) {
                        *place = Some(column);
                    }
                }
                columns.extend(self.column(kind, &of_parts));
            }
        }
        (columns, rare.finish())
    }

    // For each part, where each of its rows comes in the result; `u32::MAX` for those that do not.
    fn new_rows(&self, parts: &[&Part]) -> Vec<Vec<u32>> {
        let mut new_rows: Vec<Vec<u32>> = parts
            .iter()
            .map(|part| vec![u32::MAX; part.len()])
            .collect();
        for (place, new_row) in self.places.iter().zip(0..) {
            let of_part = new_rows.get_mut(place.part());
            if let Some(row) = of_part.and_then(|rows| rows.get_mut(place.row())) {
                *row = new_row;
            }
        }
        new_rows
    }

    fn entries<'p>(
        &self,
        parts: &[&'p Part],
        new_rows: &[Vec<u32>],
        held: &[(usize, Held<'p>)],
    ) -> Vec<(u32, ValueRef<'p>)> {
        let mut all = Vec::new();
        for (idx, held) in held {
            let (Some(part), Some(new_rows)) = (parts.get(*idx), new_rows.get(*idx)) else {
                continue;
            };
            let mut take = |row: usize, value: ValueRef<'p>| {
                let new_row = new_rows.get(row).filter(|row| **row != u32::MAX);
                all.extend(new_row.map(|row| (*row, value)));
            };
            match held {
                Held::Run(run) => part
                    .rare
                    .entries(*run)
                    .for_each(|(row, value)| take(row as usize, value)),
                Held::Column(column) => (0..part.len())
                    .filter_map(|row| Some((row, column.value_ref(row)?)))
                    .for_each(|(row, value)| take(row, value)),
            }
        }
        all
    }

    // `columns` has one for each part, all of one name and type; `None` if there is none at all.
    fn column(&self, kind: usize, columns: &[Option<&Column>]) -> Option<Column> {
        let name = Arc::clone(&columns.iter().flatten().next()?.name);
        let present = self.presence(columns);
        let data = match kind {
            kind::HEX_8 => ColumnData::Hex(self.ids(8, columns)),
            kind::HEX_16 => ColumnData::Hex(self.ids(16, columns)),
            kind::INT => ColumnData::Int(Ints::new(self.ints(columns), &present)),
            kind::FLOAT => ColumnData::Float(Floats::new(self.floats(columns), &present)),
            kind::BOOL => ColumnData::Bool(bits_of(&self.truths(columns), self.len())),
            _ => ColumnData::Str(self.strs(columns, &present)),
        };
        Some(Column::new(name, present, data))
    }

    fn presence(&self, columns: &[Option<&Column>]) -> Presence {
        let is_all = |column: &Option<&Column>| {
            column.is_some_and(|column| matches!(column.present, Presence::All))
        };
        if columns.iter().all(is_all) {
            return Presence::All;
        }
        let rows = self.rows_where(columns, |column, row| column.present.has(row));
        if rows.len() == self.len() {
            return Presence::All;
        }
        Presence::Some(bits_of(&rows, self.len()), rows.len())
    }

    fn rows_where(
        &self,
        columns: &[Option<&Column>],
        is_wanted: impl Fn(&Column, usize) -> bool,
    ) -> Vec<u32> {
        let rows = self.places.iter().zip(0..);
        let wanted = rows.filter(|(place, _)| {
            let column = columns.get(place.part()).copied().flatten();
            column.is_some_and(|column| is_wanted(column, place.row()))
        });
        wanted.map(|(_, row)| row).collect()
    }

    fn truths(&self, columns: &[Option<&Column>]) -> Vec<u32> {
        self.rows_where(columns, |column, row| match &column.data {
            ColumnData::Bool(bits) => row < bits.len() && bits.value(row),
            _ => false,
        })
    }

    fn ints(&self, columns: &[Option<&Column>]) -> Vec<i64> {
        let values: Vec<Option<&IntValues>> = columns
            .iter()
            .map(|column| match &column.as_ref()?.data {
                ColumnData::Int(ints) => Some(&ints.values),
                _ => None,
            })
            .collect();
        let value = |place: &Place| values.get(place.part())?.as_ref()?.get(place.row());
        self.places
            .iter()
            .map(|place| value(place).unwrap_or(0))
            .collect()
    }

    fn floats(&self, columns: &[Option<&Column>]) -> Vec<f64> {
        let values: Vec<&[f64]> = columns
            .iter()
            .map(|column| match column.map(|column| &column.data) {
                Some(ColumnData::Float(floats)) => &floats.values[..],
                _ => &[],
            })
            .collect();
        let value = |place: &Place| values.get(place.part())?.get(place.row()).copied();
        self.places
            .iter()
            .map(|place| value(place).unwrap_or(0.0))
            .collect()
    }

    fn ids(&self, width: usize, columns: &[Option<&Column>]) -> Hexes {
        let mut bytes = Vec::with_capacity(self.len() * width);
        for place in &self.places {
            let column = columns.get(place.part()).copied().flatten();
            let id = match column.map(|column| &column.data) {
                Some(ColumnData::Hex(hexes)) => hexes.get(place.row()),
                _ => None,
            };
            match id.filter(|id| id.len() == width) {
                Some(id) => bytes.extend_from_slice(id),
                None => bytes.resize(bytes.len() + width, 0),
            }
        }
        Hexes {
            width,
            bytes: Buffer::from_vec(bytes),
        }
    }

    fn strs(&self, columns: &[Option<&Column>], present: &Presence) -> Strs {
        let mut dictionary = Dictionary::default();
        // For each part, the new code of each of its rows.
        let mut codes: Vec<Vec<u32>> = Vec::with_capacity(columns.len());
        for (column, rows) in columns.iter().zip(&self.rows) {
            codes.push(match column {
                Some(column) => new_codes(column, rows, &mut dictionary),
                None => Vec::new(),
            });
        }
        let code = |place: &Place| codes.get(place.part())?.get(place.row()).copied();
        let codes: Vec<u32> = self
            .places
            .iter()
            .map(|place| code(place).unwrap_or(0))
            .collect();
        let texts = dictionary.finish();
        // Where nearly every row has a text of its own, a code only stands in the way.
        let n_present = present.count(self.len());
        if self.len() >= 256 && texts.len() > n_present / 4 * 3 && n_present > self.len() / 2 {
            return rows_own(&codes, &texts, present);
        }
        Strs {
            codes: Codes::narrow(codes, texts.len()),
            texts,
        }
    }
}

// Adds the texts that rows have, and returns each row's code; 0 for rows that have none.
fn new_codes(column: &Column, rows: &Range<usize>, dictionary: &mut Dictionary) -> Vec<u32> {
    let ColumnData::Str(strs) = &column.data else {
        return Vec::new();
    };
    let mut codes = vec![0; rows.end];
    let mut known = vec![u32::MAX; strs.texts.len()];
    for (row, place) in codes.iter_mut().enumerate().skip(rows.start) {
        if !column.present.has(row) {
            continue;
        }
        let Some(old) = strs.codes.get(row) else {
            continue;
        };
        match known.get_mut(old) {
            Some(new) if *new != u32::MAX => *place = *new,
            Some(new) => {
                *new = dictionary.code(strs.texts.get(old));
                *place = *new;
            }
            None => *place = dictionary.code(""),
        }
    }
    codes
}

fn rows_own(codes: &[u32], texts: &Texts, present: &Presence) -> Strs {
    let mut bytes = Vec::with_capacity(texts.bytes().len());
    let mut offsets = Vec::with_capacity(codes.len() + 1);
    offsets.push(0);
    for (row, &code) in codes.iter().enumerate() {
        if present.has(row) {
            bytes.extend_from_slice(texts.bytes_of(code as usize));
        }
        offsets.push(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
    }
    Strs {
        codes: Codes::Rows,
        texts: Texts::new(offsets.into(), Buffer::from_vec(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::{Batch, Event, Lens, Value};
    use crate::store::build::PartBuilder;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn random_event(rng: &mut StdRng) -> Event {
        let mut fields = Vec::new();
        for name in ["a", "b", "c"] {
            let value = match rng.random_range(0..8) {
                0 => Value::from(format!("text {}", rng.random_range(0..400))),
                1 => format!("{:016x}", rng.random_range(0..50u64)).into(),
                2 => format!("{:032x}", rng.random::<u128>()).into(),
                3 => Value::Int(rng.random_range(-40_000..40_000)),
                4 => Value::Float(rng.random()),
                5 => Value::Bool(rng.random()),
                6 => format!("{name} {}", rng.random::<u64>()).into(),
                _ => continue,
            };
            fields.push((name.into(), value));
        }
        Event {
            time: rng.random_range(0..1_000),
            sample_rate: rng.random_range(1..3),
            fields,
        }
    }

    fn part_of(events: &[Event]) -> Part {
        PartBuilder::of(&Batch {
            lens: Lens::Logs,
            dataset: "d".into(),
            events: events.to_vec(),
        })
        .finish()
    }

    #[test]
    fn every_event_is_in_its_place_with_all_its_fields() {
        for seed in 0..60 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut parts = Vec::new();
            let mut expected: Vec<(u64, Event)> = Vec::new();
            for _ in 0..rng.random_range(1..6) {
                let first = expected.len() as u64;
                let n = rng.random_range(1..if seed % 10 == 0 { 900 } else { 60 });
                let events: Vec<Event> = (0..n).map(|_| random_event(&mut rng)).collect();
                let mut part = part_of(&events);
                part.sequences.first = first;
                parts.push(part);
                expected.extend((first..).zip(events));
            }
            expected.sort_by_key(|(sequence, event)| (event.time, *sequence));
            let oldest = if seed % 3 == 0 { 300 } else { i64::MIN };
            expected.retain(|(_, event)| event.time >= oldest);
            let merged = merged_since(&parts.iter().collect::<Vec<_>>(), oldest);
            assert_eq!(merged.len(), expected.len());
            let weight: u64 = expected
                .iter()
                .map(|(_, it)| u64::from(it.sample_rate))
                .sum();
            assert_eq!(merged.weight(), weight);
            for (row, (sequence, event)) in expected.iter().enumerate() {
                assert_eq!(merged.times()[row], event.time);
                assert_eq!(merged.sequence(row), *sequence, "seed {seed}, row {row}");
                assert_eq!(merged.rates().get(row), event.sample_rate);
                for name in ["a", "b", "c"] {
                    assert_eq!(
                        merged.value(name, row).as_ref(),
                        event.field(name),
                        "{name}"
                    );
                    let text = event.field(name).and_then(|value| value.text());
                    assert_eq!(merged.text(name).get(row).as_deref(), text);
                }
            }
        }
    }

    #[test]
    fn a_field_given_twice_keeps_the_later_value_and_no_trace_of_the_other() {
        let event = |fields: &[(&str, Value)]| Event {
            time: 1,
            sample_rate: 1,
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).into(), value.clone()))
                .collect(),
        };
        let part = part_of(&[
            event(&[("a", "x".into()), ("a", Value::Int(1)), ("b", "y".into())]),
            event(&[("b", "y".into()), ("b", "z".into())]),
        ]);
        assert_eq!(part.value("a", 0), Some(Value::Int(1)));
        assert_eq!(part.columns_named("a").len(), 1);
        assert_eq!(part.value("b", 1), Some("z".into()));
        let [column] = part.columns_named("b") else {
            panic!()
        };
        let ColumnData::Str(strs) = &column.data else {
            panic!()
        };
        assert_eq!(strs.texts.iter().collect::<Vec<_>>(), ["y", "z"]);
    }
}
