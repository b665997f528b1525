//! From blocks to an answer.

use std::sync::Arc;

use super::gather::Gathering;
use super::granularity::{GranularityError, granularity};
use super::view::selected;
use crate::model::answer::{Aggregates, Answer};
use crate::model::query::QuerySpec;
use crate::store::Block;

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
    Ok(run(spec, blocks, now, detail, false)?.0)
}

/// Answers as [`answer`] does, and says what all groups give together and those past the limit.
///
/// # Errors
/// As [`answer`].
pub fn answer_with_aggregates(
    spec: &QuerySpec,
    blocks: &[Arc<Block>],
    now: i64,
    detail: Detail,
) -> Result<(Answer, Option<Aggregates>), GranularityError> {
    run(spec, blocks, now, detail, true)
}

fn run(
    spec: &QuerySpec,
    blocks: &[Arc<Block>],
    now: i64,
    detail: Detail,
    with_aggregates: bool,
) -> Result<(Answer, Option<Aggregates>), GranularityError> {
    let window = spec.time_range.window(now);
    let granularity = granularity(spec, window)?.max(1);
    let mut gathering = Gathering::new(spec, granularity, detail);
    for block in blocks.iter().filter(|block| block.meets(window)) {
        let (view, rows) = selected(block, window, spec);
        if !rows.is_empty() {
            gathering.take(&view, &rows);
        }
    }
    let outcome = gathering.outcome(with_aggregates);
    let answer = Answer {
        window,
        granularity,
        breakdowns: spec.breakdowns.clone(),
        calculations: spec.answered(),
        rows: outcome.rows,
        series: outcome.series,
    };
    Ok((answer, outcome.aggregates))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::Cell;
    use crate::model::query::{Calculation, Filter, FilterOp, Op};
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
        Calculation::new(Op::named(op).unwrap(), column.map(str::to_string))
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
        let p90 = calculation("P90", Some("x"));
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
