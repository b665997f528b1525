//! From parts to an answer.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use super::gather::{Gathered, Gatherer};
use super::granularity::GranularityError;
use super::heatmap::Buckets;
use super::items::{ITEM_ROWS, Stopped, Work, each};
use super::memory::{Draw, Memory};
use super::outcome::outcome;
use super::passes::{Bound, Bounds, Collector};
use super::percentile::{Found, MOST_COLLECTED, MOST_COLLECTED_WITHIN, SecondPassTerms, Targets};
use super::plan::{Plan, Planned};
use super::prepared::Prepared;
use super::scale::{SKETCH_ERROR, Scale};
use super::select::Kept;
use crate::model::answer::{Aggregates, Answer, PercentileMethod};
use crate::model::query::{Op, QuerySpec};
use crate::store::{Column, ColumnData, Part, Reads, unread_of_parts};

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Rows and series.
    Series,
    /// Rows only.
    Rows,
}

/// What an answer may cost, and what it has to have.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// How much of it is wanted.
    pub detail: Detail,
    /// Whether to say what all groups give together, and those past the limit.
    pub with_aggregates: bool,
    /// Give the middle of a percentile's bucket and do not look for the percentile itself.
    ///
    /// Without this a percentile is exact, unless more than 32 million numbers lie in the buckets of the
    /// percentiles that were asked; the answer says which it is.
    pub sketch: bool,
    /// How many threads to use; `None` for as many as there are cores, up to eight, and for one where
    /// there is little to do.
    pub threads: Option<usize>,
    /// Ends the run soon after it becomes true.
    pub stop: Option<&'a AtomicBool>,
    /// Where its memory is drawn from; `None` for as much as it likes.
    pub memory: Option<&'a dyn Draw>,
}

impl Terms<'_> {
    /// The usual terms.
    pub fn new(detail: Detail) -> Terms<'static> {
        Terms {
            detail,
            with_aggregates: false,
            sketch: false,
            threads: None,
            stop: None,
            memory: None,
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The granularity does not fit the time range.
    #[error(transparent)]
    Granularity(#[from] GranularityError),
    /// The run was stopped.
    #[error("the query was stopped")]
    Stopped,
    /// There is no memory for it.
    #[error(
        "the query needs more memory than there is for queries; fewer groups, different values or calculated fields, or a narrower filter, take less"
    )]
    Memory,
}

/// Answers `spec` from `parts`, as of `now`, in nanoseconds since the epoch.
///
/// Parts that are damaged, in what the query reads of them, are left out, and the answer says so. Sums of doubles may differ in
/// their last digits from one run to the next, since threads add them up in turns of their own.
///
/// # Errors
/// When the granularity does not fit the time range.
pub fn answer(
    spec: &QuerySpec,
    parts: &[Arc<Part>],
    now: i64,
    detail: Detail,
) -> Result<Answer, QueryError> {
    Ok(answer_on(&Terms::new(detail), spec, parts, now)?.0)
}

/// Answers as [`answer`] does, on terms of the caller's.
///
/// # Errors
/// As [`answer`], and when the run is stopped.
pub fn answer_on(
    terms: &Terms<'_>,
    spec: &QuerySpec,
    parts: &[Arc<Part>],
    now: i64,
) -> Result<(Answer, Option<Aggregates>), QueryError> {
    let mut plan = Plan::new(spec, now, terms.detail)?;
    plan.memory = Memory::of(terms.memory);
    let plan = plan;
    let names: Vec<&str> = plan.stored().collect();
    let parts = &readable(&plan, parts, &names);
    let run = Run::new(&plan, parts, terms);
    let why = |_: Stopped| match plan.memory.is_exceeded() {
        true => QueryError::Memory,
        false => QueryError::Stopped,
    };
    let gathered = run.gathered().map_err(why)?;
    let second_pass = |gathered: &Gathered, targets: &[Targets]| run.found(gathered, targets);
    let outcome = outcome(
        &plan,
        &gathered,
        terms.with_aggregates,
        run.second_pass_terms(terms.sketch),
        &second_pass,
    )
    .map_err(why)?;
    let left_out = unread_of_parts(parts, plan.window, Reads::Columns(&names));
    let answer = Answer {
        left_out,
        window: plan.window,
        granularity: plan.granularity,
        breakdowns: spec.breakdowns.clone(),
        calculations: spec.answered(),
        rows: outcome.rows,
        series: outcome.series,
        percentiles: match outcome.is_sketch {
            true => PercentileMethod::Sketch {
                error: SKETCH_ERROR,
            },
            false => PercentileMethod::Exact,
        },
    };
    Ok((answer, outcome.aggregates))
}

// The parts that may matter; of those that are damaged, the pieces.
fn readable(plan: &Plan<'_>, parts: &[Arc<Part>], names: &[&str]) -> Vec<Arc<Part>> {
    let meeting = parts.iter().filter(|part| part.meets(plan.window));
    let meeting: Vec<&Arc<Part>> = meeting.collect();
    // This reads checksums, once.
    let n_rows = match plan.slots.is_empty() {
        true => 0,
        false => meeting.iter().map(|part| part.len()).sum(),
    };
    let pieces = each(meeting.len(), n_rows, |idx| {
        meeting.get(idx).map(|part| part.readable(names))
    });
    pieces.into_iter().flatten().flatten().collect()
}

// The passes over the events: one or two before what percentiles need.
struct Run<'q> {
    plan: &'q Plan<'q>,
    parts: Vec<Prepared<'q>>,
    work: Work<'q>,
    // The rows of each item that pass, if there is more than one pass.
    kept: Option<Vec<OnceLock<Kept>>>,
    most_collected: f64,
}

impl<'q> Run<'q> {
    fn new(plan: &'q Plan<'q>, parts: &'q [Arc<Part>], terms: &Terms<'q>) -> Run<'q> {
        let parts: Vec<&Part> = parts.iter().map(|part| &**part).collect();
        let meeting = parts.into_iter().filter(|part| part.meets(plan.window));
        let meeting: Vec<&Part> = meeting.collect();
        // Preparing reads dictionaries and, once, checksums; without columns there is nothing to it.
        let n_rows = match plan.slots.is_empty() {
            true => 0,
            false => meeting.iter().map(|part| part.len()).sum(),
        };
        let prepare = |idx: usize| Prepared::new(plan, meeting.get(idx)?);
        let parts = each(meeting.len(), n_rows, prepare);
        let parts: Vec<Prepared<'q>> = parts.into_iter().flatten().collect();
        // Rows that are only counted need no look at all.
        let item_rows = match plan.slots.is_empty() {
            true => usize::MAX,
            false => ITEM_ROWS,
        };
        let threads = terms.threads.or(plan.slots.is_empty().then_some(1));
        let work = Work::new(&parts, item_rows, threads, terms.stop);
        let work = work.within(&plan.memory);
        let has_filters = !plan.filters.filters.is_empty();
        let heatmaps = plan
            .calculations
            .iter()
            .filter(|it| it.calculation.op == Op::Heatmap);
        let has_passes = heatmaps.count() > 0 || (!plan.spreads.is_empty() && !terms.sketch);
        let kept = (has_filters && has_passes)
            .then(|| work.items.iter().map(|_| OnceLock::new()).collect());
        Run {
            plan,
            parts,
            work,
            kept,
            most_collected: match terms.memory {
                Some(_) => MOST_COLLECTED_WITHIN,
                None => MOST_COLLECTED,
            },
        }
    }

    // With bounded memory less is collected, and the middles of the buckets have to do sooner.
    fn second_pass_terms(&self, is_off: bool) -> SecondPassTerms {
        let n_rows: usize = self.parts.iter().map(|it| it.part.len()).sum();
        let weight: u64 = self.parts.iter().map(|it| it.part.weight()).sum();
        let mean_weight = match self.plan.spec.usage_mode {
            true => 1.0,
            false => weight.max(1) as f64 / n_rows.max(1) as f64,
        };
        SecondPassTerms {
            is_off,
            mean_weight,
            most_collected: self.most_collected,
        }
    }

    fn kept(&self) -> Option<&[OnceLock<Kept>]> {
        self.kept.as_deref()
    }

    fn gathered(&self) -> Result<Gathered, Stopped> {
        let buckets = self.buckets()?;
        let scales = self.scales();
        let new = || Gatherer::new(self.plan, &self.parts, self.kept(), &buckets, &scales);
        let workers = self
            .work
            .share(new, |worker, idx, item| worker.take(idx, item))?;
        let all = workers.into_iter().map(Gatherer::finish);
        let all = all.reduce(|mut all, other| {
            all.take_over(other);
            all
        });
        let mut all = all.unwrap_or_else(|| new().finish());
        all.finish();
        Ok(all)
    }

    fn found(&self, gathered: &Gathered, targets: &[Targets]) -> Result<Vec<Found>, Stopped> {
        let scales = self.scales();
        let groups = &gathered.groups;
        let new = || {
            let groups = groups.clone();
            Collector::new(
                self.plan,
                &self.parts,
                self.kept(),
                groups,
                &scales,
                targets,
            )
        };
        let workers = self
            .work
            .share(new, |worker, idx, item| worker.take(idx, item))?;
        let all = workers.into_iter().map(|worker| worker.found);
        let all = all.reduce(|mut all, other| {
            for (all, other) in all.iter_mut().zip(other) {
                all.take_over(other);
            }
            all
        });
        Ok(all.unwrap_or_default())
    }

    fn columns(&self, slot: usize) -> impl Iterator<Item = &Column> {
        self.parts.iter().flat_map(move |part| part.columns(slot))
    }

    fn scales(&self) -> Vec<Scale> {
        let spreads = self.plan.spreads.iter();
        let scale = spreads.map(|spread| match self.plan.is_calculated(spread.slot) {
            true => Scale::ANY,
            false => Scale::over(self.columns(spread.slot)),
        });
        scale.collect()
    }

    // The buckets of each heatmap: those of its smallest and largest value. All groups and steps share
    // them, or their histograms could not be drawn together.
    fn buckets(&self) -> Result<Vec<Option<Buckets>>, Stopped> {
        let calculations = &self.plan.calculations;
        let is_heatmap = |it: &&Planned<'_>| it.calculation.op == Op::Heatmap;
        let mut bounds = vec![Bound::NONE; calculations.len()];
        if calculations
            .iter()
            .filter(is_heatmap)
            .all(|it| self.is_bounded(it))
        {
            for (planned, bound) in calculations.iter().zip(&mut bounds) {
                let columns = planned.slot.map(|slot| self.columns(slot));
                columns
                    .into_iter()
                    .flatten()
                    .for_each(|it| bound.widen(bound_of(it)));
            }
        } else {
            let new = || Bounds::new(self.plan, &self.parts, self.kept());
            let workers = self
                .work
                .share(new, |worker, idx, item| worker.take(idx, item))?;
            for worker in workers {
                for (bound, found) in bounds.iter_mut().zip(worker.found) {
                    bound.widen(found);
                }
            }
        }
        let buckets = bounds.iter().map(|bound| {
            let has_any = bound.least <= bound.most;
            has_any.then(|| Buckets::over(bound.least, bound.most, !bound.has_doubles))?
        });
        Ok(buckets.collect())
    }

    // Tells whether the columns' own bounds are those of the values that a calculation takes.
    fn is_bounded(&self, planned: &Planned<'_>) -> bool {
        let is_stored = planned
            .slot
            .is_some_and(|slot| !self.plan.is_calculated(slot));
        is_stored && planned.lane == 0 && self.parts.iter().all(|part| part.is_whole)
    }
}

fn bound_of(column: &Column) -> Bound {
    match &column.data {
        ColumnData::Int(ints) if ints.least <= ints.most => Bound {
            least: ints.least as f64,
            most: ints.most as f64,
            has_doubles: false,
        },
        ColumnData::Float(floats) if floats.least <= floats.most => Bound {
            least: floats.least,
            most: floats.most,
            has_doubles: true,
        },
        _ => Bound::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::Cell;
    use crate::model::query::{Calculation, Filter, FilterOp, Op};
    use crate::model::span::{Batch, Event, Lens, Value};
    use crate::model::time::{SECOND, TimeRange};

    const NOW: i64 = 1_800_000_000 * SECOND;

    // Events at NOW - 99 s … NOW, one a second: durations 0.5, 1.5, … 99.5 ms, two routes.
    fn parts() -> Vec<Arc<Part>> {
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
        vec![Arc::new(Part::of(&batch))]
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

    #[test]
    fn counts_and_means_are_weighted_by_sample_rate() {
        let parts = parts();
        let mut spec = spec(&[
            calculation("COUNT", None),
            calculation("SUM", Some("duration_ms")),
        ]);
        let cells = answer(&spec, &parts, NOW, Detail::Series).unwrap();
        assert_eq!(
            single(&cells),
            [Cell::Count(109), Cell::Number(5000.0 + 9.0 * 0.5)]
        );
        spec.usage_mode = true;
        let cells = answer(&spec, &parts, NOW, Detail::Series).unwrap();
        assert_eq!(single(&cells), [Cell::Count(100), Cell::Number(5000.0)]);
    }

    #[test]
    fn the_window_is_half_open() {
        let parts = parts();
        let mut spec = spec(&[calculation("COUNT", None)]);
        let end = NOW / SECOND;
        spec.time_range = TimeRange::Between {
            start: end - 10,
            end,
        };
        assert_eq!(
            single(&answer(&spec, &parts, NOW, Detail::Rows).unwrap()),
            [Cell::Count(10)]
        );
        spec.time_range = TimeRange::Last { seconds: 10 };
        assert_eq!(
            single(&answer(&spec, &parts, NOW, Detail::Rows).unwrap()),
            [Cell::Count(10)]
        );
    }

    #[test]
    fn groups_come_largest_first_and_series_agree_with_rows() {
        let parts = parts();
        let mut spec = spec(&[
            calculation("COUNT", None),
            calculation("P90", Some("duration_ms")),
        ]);
        spec.breakdowns = vec!["route".into()];
        spec.usage_mode = true;
        let answer = answer(&spec, &parts, NOW, Detail::Series).unwrap();
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

    #[test]
    fn a_heatmap_counts_every_value_once() {
        let parts = parts();
        let spec = spec(&[calculation("HEATMAP", Some("duration_ms"))]);
        let answer = answer(&spec, &parts, NOW, Detail::Series).unwrap();
        let Cell::Histogram(whole) = &single(&answer)[0] else {
            panic!("no histogram")
        };
        assert_eq!(whole.total(), 109);
        let grid = answer.grid(0).unwrap();
        assert_eq!(grid.counts.iter().sum::<u64>(), 109);
        assert_eq!(grid.times.len(), 7200 / 15 + 1);
    }

    #[test]
    fn filters_havings_and_limits_narrow_the_answer() {
        let parts = parts();
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
        let all = answer(&spec, &parts, NOW, Detail::Rows).unwrap();
        assert_eq!(all.rows[0].cells, [Cell::Count(45), Cell::Count(2)]);
        assert_eq!(all.rows[1].group, [Some(Value::Int(500))]);
        spec.limit = 1;
        assert_eq!(
            answer(&spec, &parts, NOW, Detail::Rows).unwrap().rows.len(),
            1
        );
        spec.havings = vec![crate::model::query::Having {
            calculation: calculation("COUNT", None),
            op: FilterOp::Less,
            value: 10.0,
        }];
        let few = answer(&spec, &parts, NOW, Detail::Rows).unwrap();
        assert_eq!(few.rows[0].cells[0], Cell::Count(5));
    }

    #[test]
    fn past_the_limit_there_may_be_nothing_of_which_several_percentiles_are_asked() {
        let p50 = calculation("P50", Some("duration_ms"));
        let spec = spec(&[p50, calculation("P90", Some("duration_ms"))]);
        let terms = Terms {
            with_aggregates: true,
            ..Terms::new(Detail::Rows)
        };
        let (_, aggregates) = answer_on(&terms, &spec, &parts(), NOW).unwrap();
        assert_eq!(
            aggregates.unwrap().other.cells,
            [Cell::Absent, Cell::Absent]
        );
    }

    #[test]
    fn a_run_that_is_stopped_has_no_answer() {
        let parts = parts();
        let spec = spec(&[calculation("MAX", Some("duration_ms"))]);
        let stop = AtomicBool::new(true);
        let terms = Terms {
            stop: Some(&stop),
            ..Terms::new(Detail::Rows)
        };
        let stopped = answer_on(&terms, &spec, &parts, NOW);
        assert_eq!(stopped.unwrap_err(), QueryError::Stopped);
        stop.store(false, std::sync::atomic::Ordering::Relaxed);
        assert!(answer_on(&terms, &spec, &parts, NOW).is_ok());
    }

    #[derive(Debug)]
    struct AtMost(std::sync::atomic::AtomicUsize);

    impl Draw for AtMost {
        fn draw(&self, bytes: usize) -> bool {
            let left = self.0.load(std::sync::atomic::Ordering::Relaxed);
            let left = left.checked_sub(bytes);
            self.0
                .store(left.unwrap_or(0), std::sync::atomic::Ordering::Relaxed);
            left.is_some()
        }
    }

    #[test]
    fn a_query_that_needs_more_memory_than_there_is_says_so() {
        let parts = parts();
        let mut by_duration = spec(&[calculation("COUNT", None)]);
        by_duration.breakdowns = vec!["duration_ms".into()];
        let distinct = spec(&[calculation("COUNT_DISTINCT", Some("duration_ms"))]);
        let by_step = spec(&[calculation("P90", Some("duration_ms"))]);
        for spec in [by_duration, distinct, by_step] {
            for (most, is_answered) in [(1 << 20, true), (1_000, false)] {
                let memory = AtMost(most.into());
                let terms = Terms {
                    memory: Some(&memory),
                    ..Terms::new(Detail::Series)
                };
                let answered = answer_on(&terms, &spec, &parts, NOW);
                match is_answered {
                    true => assert!(answered.is_ok(), "{spec:?}"),
                    false => assert_eq!(answered.unwrap_err(), QueryError::Memory, "{spec:?}"),
                }
            }
        }
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
