//! What a selection is in words, and the command that looks closer.

use super::ask::Outcome;
use crate::cli::args::{QueryArgs, RUN};
use crate::cli::failure::{Exit, Failure};
use crate::cli::query_compare;
use crate::cli::question::condition::Condition;
use crate::cli::question::selection::Chosen;
use crate::cli::question::written::written;
use crate::cli::render::axis::Unit;
use crate::cli::render::clock::{second_of_day, short_date_and_time, time_of_day};
use crate::cli::render::text::{grouped, shell_word};
use crate::model::answer::{Answer, Cell};
use crate::model::query::{Filter, FilterOp, Op};
use crate::model::span::Value;
use crate::model::time::{SECOND, Window, rfc3339};
use crate::model::why::{Counted, Item, Why};
use crate::model::zone::Zone;

// What a student's back end is called, and so what is asked about if nobody says otherwise.
const USUAL_DATASET: &str = "backend-flask";

/// Returns what is selected: `12:03:00 to 12:05:00, above 400 ms, error = true`.
pub fn selection(chosen: &Chosen, zone: Zone) -> String {
    let mut parts = Vec::new();
    let time = |moment: i64| match moment.rem_euclid(SECOND) {
        0 => second_of_day(moment, zone),
        _ => time_of_day(moment, zone),
    };
    match (chosen.start, chosen.end) {
        (Some(start), Some(end)) => parts.push(format!("{} to {}", time(start), time(end))),
        (Some(start), None) => parts.push(format!("from {}", time(start))),
        (None, Some(end)) => parts.push(format!("before {}", time(end))),
        (None, None) => {}
    }
    for filter in &chosen.bounds {
        let value = filter.values.first().and_then(Value::number);
        let value = Unit::of(&filter.column).quantity(value.unwrap_or_default());
        let words = match filter.op {
            FilterOp::Greater => "above",
            FilterOp::GreaterOrEqual => "at least",
            FilterOp::Less => "below",
            _ => "at most",
        };
        parts.push(format!("{words} {value}"));
    }
    parts.extend(chosen.conditions.iter().map(written));
    parts.join(", ")
}

/// Returns the command that asks the same question about what is most over-represented, if anything is.
pub fn next(args: &QueryArgs, answer: &Answer, why: &Why) -> Option<String> {
    let cause = why.causes().find_map(|it| Some((&it.column, it.most()?)));
    let (column, most) = cause?;
    let narrowed = condition(column, &most)?;
    let calculations = match args.calculations.as_str() {
        RUN => "heatmap",
        typed => typed,
    };
    let mut words = vec!["cruddurctl".to_string(), "query".to_string()];
    words.push(shell_word(calculations));
    let mut flag = |name: &str, value: &str| {
        words.push(name.to_string());
        words.push(shell_word(value));
    };
    for computed in &args.computed {
        let text = format!("{} = {}", computed.name, computed.formula.text());
        flag("--calc", &text);
    }
    for condition in &args.conditions {
        flag("--where", &written(&condition.condition));
    }
    flag("--where", &written(&narrowed));
    if args.column != "duration_ms" {
        flag("--column", &args.column);
    }
    if args.of.dataset != USUAL_DATASET {
        flag("--dataset", &args.of.dataset);
    }
    match (args.since, args.until, args.last) {
        (None, None, None) => {}
        (None, None, Some(last)) => flag("--last", &query_compare::words(last)),
        _ => {
            flag("--since", &rfc3339(answer.window.start));
            flag("--until", &rfc3339(answer.window.end));
        }
    }
    Some(words.join(" "))
}

/// Returns what holds for the events that have a value; what is rare has none.
pub fn condition(column: &str, counted: &Counted) -> Option<Condition> {
    let test = |op, values: Vec<Value>| {
        Condition::Test(Filter {
            column: column.to_string(),
            op,
            values,
        })
    };
    Some(match &counted.item {
        Item::Value(value) => test(FilterOp::Equal, vec![value.clone()]),
        Item::Missing => test(FilterOp::DoesNotExist, Vec::new()),
        Item::Between { low, high } => {
            let low = low.map(|low| test(FilterOp::GreaterOrEqual, vec![low.into()]));
            let high = high.map(|high| test(FilterOp::Less, vec![high.into()]));
            match (low, high) {
                (Some(low), Some(high)) => Condition::All(vec![low, high]),
                (low, high) => low.or(high)?,
            }
        }
        Item::Others => return None,
    })
}

/// Returns what a comparison gave, or why there is none: what is selected is nothing, or everything.
///
/// # Errors
/// If one side is empty, with what there is.
pub fn compared(
    outcome: Outcome,
    words: &str,
    answer: &Answer,
    zone: Zone,
) -> Result<Why, Failure> {
    match outcome {
        Outcome::Compared(why) => Ok(*why),
        Outcome::Nothing(0) => {
            // Why there are none has been said beside the answer.
            let what = "there are no events to select from";
            Err(Failure::of(Exit::Failed, what))
        }
        Outcome::Nothing(n) => {
            let what = format!("nothing is selected: none of {} is {words}", events(n));
            let there = there(answer, zone);
            Err(Failure::of(Exit::Failed, what).with_hint(there))
        }
        Outcome::Everything(n) => {
            let what = format!(
                "everything is selected: nothing of {} is left to compare with",
                events(n)
            );
            let there = there(answer, zone);
            Err(Failure::of(Exit::Failed, what).with_hint(there))
        }
    }
}

fn events(n: u64) -> String {
    match n {
        1 => "1 event".to_string(),
        n => format!("{} events", grouped(n)),
    }
}

// Where events are, so that the next selection meets some.
fn there(answer: &Answer, zone: Zone) -> String {
    let Window { start, end } = answer.window;
    let short = |moment: i64| short_date_and_time(moment, zone);
    let window = format!("the question is about {} to {}", short(start), short(end));
    let times = answer.series.iter().map(|step| step.time);
    let (first, last) = (times.clone().min(), times.max());
    let events = match (first, last) {
        (Some(first), Some(last)) => format!(
            "; events are between {} and {}",
            short(first.max(start)),
            short(last.saturating_add(answer.granularity).min(end))
        ),
        _ => String::new(),
    };
    let values = values(answer).map_or(String::new(), |words| format!(", with {words}"));
    format!("{window}{events}{values}")
}

// The range of the values in a heatmap, to its buckets.
fn values(answer: &Answer) -> Option<String> {
    let idx = answer.calculation_idx(Op::Heatmap)?;
    let column = answer.calculations.get(idx)?.column.clone()?;
    let mut range: Option<(f64, f64)> = None;
    for step in &answer.series {
        let Some(Cell::Histogram(histogram)) = step.row.cells.get(idx) else {
            continue;
        };
        let used = histogram
            .counts
            .iter()
            .enumerate()
            .filter(|(_, it)| **it > 0);
        for (bucket, _) in used {
            let low = histogram.min_value + histogram.step * bucket as f64;
            let high = low + histogram.step;
            range = Some(range.map_or((low, high), |it| (it.0.min(low), it.1.max(high))));
        }
    }
    let (low, high) = range?;
    Some(format!(
        "{column} from {}",
        Unit::of(&column).range(low, high)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::question::selection::parse_selection;
    use crate::model::contrast::Pair;

    // 2026-11-27T13:00:00Z.
    const NOW: i64 = 1_795_784_400 * SECOND;

    #[test]
    fn a_selection_is_told_as_people_tell_it() {
        let window = Window {
            start: NOW - 7_200 * SECOND,
            end: NOW,
        };
        for (text, words) in [
            (
                "t=12:03..12:05,>400ms",
                "12:03:00 to 12:05:00, above 400 ms",
            ),
            ("400ms..2s", "at least 400 ms, at most 2 s"),
            ("t=12:03:20.., <0.5", "from 12:03:20, below 500 us"),
            ("t=..12:05, error = true", "before 12:05:00, error = true"),
            ("a = 'x y' or b exists", "a = \"x y\" or b exists"),
        ] {
            let selection = parse_selection(text).unwrap();
            let chosen = selection.chosen(Some("duration_ms"), window, NOW, Zone::UTC);
            assert_eq!(
                super::selection(&chosen.unwrap(), Zone::UTC),
                words,
                "{text}"
            );
        }
    }

    #[test]
    fn every_value_with_a_name_can_be_looked_for() {
        let looked_for = |item: Item| {
            let pair = Pair::default();
            condition("size", &Counted { item, pair }).map(|it| written(&it))
        };
        let between = |low, high| looked_for(Item::Between { low, high });
        assert_eq!(
            looked_for(Item::Value("a b".into())),
            Some("size = \"a b\"".into())
        );
        assert_eq!(
            looked_for(Item::Value(200.into())),
            Some("size = 200".into())
        );
        assert_eq!(
            looked_for(Item::Missing),
            Some("size does-not-exist".into())
        );
        assert_eq!(between(Some(10.0), None), Some("size >= 10".into()));
        assert_eq!(
            between(Some(10.0), Some(20.5)),
            Some("size >= 10 and size < 20.5".into())
        );
        assert_eq!(
            (between(None, None), looked_for(Item::Others)),
            (None, None)
        );
    }
}
