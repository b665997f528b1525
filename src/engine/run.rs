//! From blocks to an answer.

use foldhash::{HashMap, HashMapExt};
use std::sync::Arc;

use super::accumulate::Gathered;
use super::granularity::{GranularityError, granularity};
use super::group::{Groups, Key, positions};
use super::heatmap::Buckets;
use super::order;
use super::view::{View, selected};
use crate::model::answer::{Answer, Row, Step};
use crate::model::query::{Calculation, Op, QuerySpec};
use crate::store::{Block, Column, ColumnData};

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Rows and series.
    Series,
    /// Rows only.
    Rows,
}

/// Answers `spec` from `blocks`, as of `now`, in nanoseconds since the epoch.
///
/// # Errors
/// When the granularity does not fit the time range.
pub fn answer(
    spec: &QuerySpec,
    blocks: &[Arc<Block>],
    now: i64,
    detail: Detail,
) -> Result<Answer, GranularityError> {
    let window = spec.time_range.window(now);
    let granularity = granularity(spec, window)?.max(1);
    let mut gathering = Gathering::new(spec, granularity, detail);
    for block in blocks.iter().filter(|block| block.meets(window)) {
        let (view, rows) = selected(block, window, spec);
        if !rows.is_empty() {
            gathering.take(&view, &rows);
        }
    }
    let (rows, series) = gathering.finish();
    Ok(Answer {
        window,
        granularity,
        breakdowns: spec.breakdowns.clone(),
        calculations: spec.calculations.clone(),
        rows,
        series,
    })
}

/// One group in one time step: what each calculation gathered.
struct Place {
    group: u32,
    step: i64,
    gathered: Vec<Gathered>,
}

struct Gathering<'a> {
    spec: &'a QuerySpec,
    granularity: i64,
    detail: Detail,
    groups: Groups,
    index: HashMap<(u32, i64), u32>,
    places: Vec<Place>,
    // Whether every value of a heatmap's column was a whole number.
    are_whole: Vec<bool>,
}

impl<'a> Gathering<'a> {
    fn new(spec: &'a QuerySpec, granularity: i64, detail: Detail) -> Gathering<'a> {
        Gathering {
            spec,
            granularity,
            detail,
            groups: Groups::new(&spec.breakdowns),
            index: HashMap::new(),
            places: Vec::new(),
            are_whole: vec![true; spec.calculations.len()],
        }
    }

    fn take(&mut self, view: &View<'_>, rows: &[u32]) {
        let places = self.places_of(view, rows);
        let weight = |row: u32| match self.spec.usage_mode {
            true => 1,
            false => view
                .block
                .sample_rates()
                .get(row as usize)
                .copied()
                .unwrap_or(1),
        };
        for (idx, calculation) in self.spec.calculations.iter().enumerate() {
            let op = calculation.op;
            let columns = || {
                calculation
                    .column
                    .iter()
                    .flat_map(|name| view.columns_named(name))
            };
            if op == Op::CountDistinct {
                columns().for_each(|column| self.take_distinct(column, rows, &places, idx));
                continue;
            }
            let mut put = |position: usize, number: f64| {
                let (Some(&place), Some(&row)) = (places.get(position), rows.get(position)) else {
                    return;
                };
                if let Some(place) = self.places.get_mut(place as usize)
                    && let Some(gathered) = place.gathered.get_mut(idx)
                {
                    gathered.add(op, number, weight(row));
                }
            };
            if calculation.column.is_none() {
                (0..rows.len()).for_each(|position| put(position, 0.0));
            }
            for column in columns() {
                if op == Op::Count {
                    positions(&column.rows, rows).for_each(|(position, _)| put(position, 0.0));
                } else if !numbers(column, rows, &mut put)
                    && let Some(whole) = self.are_whole.get_mut(idx)
                {
                    *whole = false;
                }
            }
        }
    }

    fn take_distinct(&mut self, column: &Column, rows: &[u32], places: &[u32], idx: usize) {
        for (position, _) in positions(&column.rows, rows) {
            let (Some(&row), Some(&place)) = (rows.get(position), places.get(position)) else {
                continue;
            };
            if let Some(value) = column.value(row as usize)
                && let Some(place) = self.places.get_mut(place as usize)
                && let Some(Gathered::Distinct(seen)) = place.gathered.get_mut(idx)
            {
                seen.insert(Key::from(&value));
            }
        }
    }

    // The place of each row.
    fn places_of(&mut self, view: &View<'_>, rows: &[u32]) -> Vec<u32> {
        let groups = self.groups.of_rows(view, rows);
        let mut found = Vec::with_capacity(rows.len());
        let mut last = ((u32::MAX, i64::MIN), 0u32);
        for (&row, group) in rows.iter().zip(groups) {
            let time = view
                .block
                .times()
                .get(row as usize)
                .copied()
                .unwrap_or_default();
            let step = match self.detail {
                Detail::Series => time.div_euclid(self.granularity),
                Detail::Rows => 0,
            };
            if last.0 != (group, step) {
                last = ((group, step), self.place(group, step));
            }
            found.push(last.1);
        }
        found
    }

    fn place(&mut self, group: u32, step: i64) -> u32 {
        if let Some(&place) = self.index.get(&(group, step)) {
            return place;
        }
        let place = self.places.len() as u32;
        let gathered = self
            .spec
            .calculations
            .iter()
            .map(|c| Gathered::nothing(c.op))
            .collect();
        self.places.push(Place {
            group,
            step,
            gathered,
        });
        self.index.insert((group, step), place);
        place
    }

    fn finish(mut self) -> (Vec<Row>, Vec<Step>) {
        let spec = self.spec;
        let nothing = || -> Vec<Gathered> {
            spec.calculations
                .iter()
                .map(|calculation| Gathered::nothing(calculation.op))
                .collect()
        };
        let mut totals: Vec<Vec<Gathered>> = (0..self.groups.len()).map(|_| nothing()).collect();
        for place in &self.places {
            if let Some(total) = totals.get_mut(place.group as usize) {
                for ((total, step), calculation) in total
                    .iter_mut()
                    .zip(&place.gathered)
                    .zip(&spec.calculations)
                {
                    total.merge(calculation.op, step);
                }
            }
        }
        let buckets: Vec<Option<Buckets>> = spec
            .calculations
            .iter()
            .enumerate()
            .map(|(idx, calculation)| self.buckets(idx, calculation, &totals))
            .collect();

        let mut rows: Vec<(usize, Row)> = totals
            .iter_mut()
            .enumerate()
            .map(|(group, total)| {
                let row = row(spec, &buckets, self.groups.values(group), total);
                (group, row)
            })
            .filter(|(_, row)| order::passes(&spec.havings, &spec.calculations, row))
            .collect();
        rows.sort_by(|(_, a), (_, b)| order::compare(spec, a, b));
        rows.truncate(spec.limit);

        let mut series = Vec::new();
        if self.detail == Detail::Series {
            let rank: HashMap<u32, usize> = rows
                .iter()
                .enumerate()
                .map(|(rank, (group, _))| (*group as u32, rank))
                .collect();
            self.places.retain(|place| rank.contains_key(&place.group));
            self.places
                .sort_by_key(|place| (place.step, rank.get(&place.group).copied()));
            for place in &mut self.places {
                let values = self.groups.values(place.group as usize);
                let row = row(spec, &buckets, values, &mut place.gathered);
                series.push(Step {
                    time: place.step.saturating_mul(self.granularity),
                    row,
                });
            }
        }
        (rows.into_iter().map(|(_, row)| row).collect(), series)
    }

    // All groups and steps share one scale, or their histograms could not be drawn together.
    fn buckets(
        &self,
        idx: usize,
        calculation: &Calculation,
        totals: &[Vec<Gathered>],
    ) -> Option<Buckets> {
        if calculation.op != Op::Heatmap {
            return None;
        }
        let values = totals.iter().filter_map(|total| match total.get(idx) {
            Some(Gathered::Values(values)) => Some(values),
            _ => None,
        });
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for (value, _) in values.flatten() {
            min = min.min(*value);
            max = max.max(*value);
        }
        Buckets::over(min, max, self.are_whole.get(idx).copied().unwrap_or(false))
    }
}

fn row(
    spec: &QuerySpec,
    buckets: &[Option<Buckets>],
    group: Vec<Option<crate::model::span::Value>>,
    gathered: &mut [Gathered],
) -> Row {
    let cells = gathered
        .iter_mut()
        .zip(&spec.calculations)
        .zip(buckets)
        .map(|((gathered, calculation), buckets)| gathered.cell(calculation.op, buckets.as_ref()))
        .collect();
    Row { group, cells }
}

// Hands every finite number of the wanted rows to `put`; tells whether all of them were integers.
fn numbers(column: &Column, rows: &[u32], mut put: impl FnMut(usize, f64)) -> bool {
    let positions = positions(&column.rows, rows);
    match &column.data {
        ColumnData::Int(values) => {
            for (position, place) in positions {
                put(
                    position,
                    values.get(place).copied().unwrap_or_default() as f64,
                );
            }
            true
        }
        ColumnData::Float(values) => {
            let mut any = false;
            for (position, place) in positions {
                let value = values.get(place).copied().unwrap_or(f64::NAN);
                if value.is_finite() {
                    any = true;
                    put(position, value);
                }
            }
            !any
        }
        ColumnData::Str { .. } | ColumnData::Bool(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::Cell;
    use crate::model::query::{Filter, FilterOp, Percentile};
    use crate::model::span::{Batch, Event, Lens, Value};
    use crate::model::time::{SECOND, TimeRange};
    use crate::store::{Limits, Store};

    const NOW: i64 = 1_800_000_000 * SECOND;

    // Events at NOW - 99 s … NOW, one a second: durations 0.5, 1.5, … 99.5 ms, two routes.
    async fn blocks() -> Vec<Arc<Block>> {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(temp.path(), Limits::default()).unwrap();
        let events = (0..100).map(|n: i64| Event {
            time: NOW - (99 - n) * SECOND,
            sample_rate: if n == 0 { 10 } else { 1 },
            fields: vec![
                ("duration_ms".into(), Value::Float(n as f64 + 0.5)),
                (
                    "status".into(),
                    Value::Int(if n % 10 == 0 { 500 } else { 200 }),
                ),
                ("route".into(), if n % 4 == 0 { "/b" } else { "/a" }.into()),
            ],
        });
        let batch = Batch {
            lens: Lens::Spans,
            dataset: "d".into(),
            events: events.collect(),
        };
        store.append(vec![batch]).await.unwrap();
        store.blocks(Lens::Spans, "d")
    }

    fn calculation(op: &str, column: Option<&str>) -> Calculation {
        Calculation {
            op: Op::named(op).unwrap(),
            column: column.map(str::to_string),
        }
    }

    fn spec(calculations: &[Calculation]) -> QuerySpec {
        QuerySpec::new(calculations.to_vec(), TimeRange::Last { seconds: 7200 })
    }

    fn single(answer: &Answer) -> &[Cell] {
        assert_eq!(answer.rows.len(), 1);
        &answer.rows[0].cells
    }

    #[tokio::test]
    async fn counts_and_means_are_weighted_by_sample_rate() {
        let blocks = blocks().await;
        let mut spec = spec(&[
            calculation("COUNT", None),
            calculation("SUM", Some("duration_ms")),
        ]);
        let cells = answer(&spec, &blocks, NOW, Detail::Series).unwrap();
        assert_eq!(
            single(&cells),
            [Cell::Count(109), Cell::Number(5000.0 + 9.0 * 0.5)]
        );
        spec.usage_mode = true;
        let cells = answer(&spec, &blocks, NOW, Detail::Series).unwrap();
        assert_eq!(single(&cells), [Cell::Count(100), Cell::Number(5000.0)]);
    }

    #[tokio::test]
    async fn the_window_is_half_open() {
        let blocks = blocks().await;
        let mut spec = spec(&[calculation("COUNT", None)]);
        let end = NOW / SECOND;
        spec.time_range = TimeRange::Between {
            start: end - 10,
            end,
        };
        assert_eq!(
            single(&answer(&spec, &blocks, NOW, Detail::Rows).unwrap()),
            [Cell::Count(10)]
        );
        spec.time_range = TimeRange::Last { seconds: 10 };
        assert_eq!(
            single(&answer(&spec, &blocks, NOW, Detail::Rows).unwrap()),
            [Cell::Count(10)]
        );
    }

    #[tokio::test]
    async fn groups_come_largest_first_and_series_agree_with_rows() {
        let blocks = blocks().await;
        let mut spec = spec(&[
            calculation("COUNT", None),
            calculation("P90", Some("duration_ms")),
        ]);
        spec.breakdowns = vec!["route".into()];
        spec.usage_mode = true;
        let answer = answer(&spec, &blocks, NOW, Detail::Series).unwrap();
        let groups: Vec<_> = answer
            .rows
            .iter()
            .map(|row| row.group[0].clone().unwrap())
            .collect();
        assert_eq!(groups, ["/a".into(), "/b".into()]);
        assert_eq!(answer.rows[0].cells, [Cell::Count(75), Cell::Number(90.5)]);
        assert_eq!(answer.rows[1].cells, [Cell::Count(25), Cell::Number(88.5)]);
        let in_series: f64 = answer.series_of(0).iter().map(|(_, count)| count).sum();
        assert_eq!(in_series, 100.0);
    }

    #[tokio::test]
    async fn a_heatmap_counts_every_value_once() {
        let blocks = blocks().await;
        let spec = spec(&[calculation("HEATMAP", Some("duration_ms"))]);
        let answer = answer(&spec, &blocks, NOW, Detail::Series).unwrap();
        let Cell::Histogram(whole) = &single(&answer)[0] else {
            panic!("no histogram")
        };
        assert_eq!(whole.total(), 109);
        let grid = answer.grid(0).unwrap();
        assert_eq!(grid.counts.iter().sum::<u64>(), 109);
        assert_eq!(grid.times.len(), 7200 / 15 + 1);
    }

    #[tokio::test]
    async fn filters_havings_and_limits_narrow_the_answer() {
        let blocks = blocks().await;
        let mut spec = spec(&[
            calculation("COUNT", None),
            calculation("COUNT_DISTINCT", Some("route")),
        ]);
        spec.breakdowns = vec!["status".into()];
        spec.filters = vec![Filter {
            column: "duration_ms".into(),
            op: FilterOp::Greater,
            values: vec![50.into()],
        }];
        let all = answer(&spec, &blocks, NOW, Detail::Rows).unwrap();
        assert_eq!(all.rows[0].cells, [Cell::Count(45), Cell::Count(2)]);
        assert_eq!(all.rows[1].group, [Some(Value::Int(500))]);
        spec.limit = 1;
        assert_eq!(
            answer(&spec, &blocks, NOW, Detail::Rows)
                .unwrap()
                .rows
                .len(),
            1
        );
        spec.havings = vec![crate::model::query::Having {
            calculation: calculation("COUNT", None),
            op: FilterOp::Less,
            value: 10.0,
        }];
        let few = answer(&spec, &blocks, NOW, Detail::Rows).unwrap();
        assert_eq!(few.rows[0].cells[0], Cell::Count(5));
    }

    #[test]
    fn no_events_give_one_row_with_a_count_of_nothing() {
        let p90 = Calculation {
            op: Op::Percentile(Percentile::P90),
            column: Some("x".into()),
        };
        let mut spec = spec(&[calculation("COUNT", None), p90]);
        let empty = answer(&spec, &[], NOW, Detail::Series).unwrap();
        assert_eq!(single(&empty), [Cell::Count(0), Cell::Absent]);
        assert!(empty.series.is_empty());
        spec.breakdowns = vec!["route".into()];
        assert!(
            answer(&spec, &[], NOW, Detail::Series)
                .unwrap()
                .rows
                .is_empty()
        );
    }
}
