//! Why an answer is empty, in sentences.

use super::query::Asking;
use super::query_empty::{Fault, There};
use super::question::assertion::holds;
use super::question::schema::Kind;
use super::render::axis::Unit;
use super::render::clock::{date_and_second, duration};
use super::render::text::{clipped, grouped, printable};
use crate::model::answer::Answer;
use crate::model::query::{Calculation, Having, Op, QuerySpec};
use crate::model::span::Value;
use crate::model::time::{SECOND, TimeRange, Window, rfc3339};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
// How far back one looks, in seconds and as it is typed.
const LASTS: [(i64, &str); 16] = [
    (5 * MINUTE, "5m"),
    (15 * MINUTE, "15m"),
    (30 * MINUTE, "30m"),
    (HOUR, "1h"),
    (2 * HOUR, "2h"),
    (3 * HOUR, "3h"),
    (6 * HOUR, "6h"),
    (12 * HOUR, "12h"),
    (DAY, "1d"),
    (2 * DAY, "2d"),
    (3 * DAY, "3d"),
    (7 * DAY, "7d"),
    (14 * DAY, "14d"),
    (30 * DAY, "30d"),
    (90 * DAY, "90d"),
    (365 * DAY, "365d"),
];
// Honeycomb's API answers no longer range. Source: its OpenAPI document, tag Query Data.
const LONGEST_OF_CLOUD: i64 = 7 * DAY;
const LONGEST_VALUE: usize = 60;

/// Says that no events are in the range, when the newest was, and how to reach it; moments are in nanoseconds
/// since the epoch.
pub fn no_events(asking: &Asking<'_>, window: Window, last: Option<i64>, now: i64) -> String {
    let dataset = name(asking);
    let Some(last) = last else {
        return format!(
            "{dataset} has no events at all: start `cruddurctl serve` and call http://127.0.0.1:4567/api/activities/home, or name another with --dataset"
        );
    };
    let range = range(asking, window);
    let age = now.saturating_sub(last).max(0);
    let ago = ago(age / SECOND);
    let newest = format!("the newest is of {}, {ago}", shown(asking, last));
    let advice = advice(asking, window, last, age);
    format!("no events of {dataset} {range}; {newest}{advice}")
}

fn ago(seconds: i64) -> String {
    match seconds {
        0 => "just now".to_string(),
        seconds if seconds < 2 * MINUTE => format!("{seconds} s ago"),
        seconds if seconds < 2 * HOUR => format!("{} min ago", seconds / MINUTE),
        seconds if seconds < 2 * DAY => format!("{} h ago", seconds / HOUR),
        seconds => format!("{} days ago", seconds / DAY),
    }
}

fn advice(asking: &Asking<'_>, window: Window, last: i64, age: i64) -> String {
    if last >= window.end {
        return ": after the range, which --since and --until move".to_string();
    }
    if window.contains(last) {
        // It may have come after the question was asked, or its age has kept it out.
        return ": ask again".to_string();
    }
    let is_local = asking.client.is_local();
    let longest = if is_local { i64::MAX } else { LONGEST_OF_CLOUD };
    let is_last = matches!(asking.spec.time_range, TimeRange::Last { .. });
    let reaches = |(seconds, _): &&(i64, &str)| seconds * SECOND > age && *seconds <= longest;
    if is_last && let Some((_, length)) = LASTS.iter().find(reaches) {
        return format!(": --last {length} reaches it");
    }
    let minute = last.div_euclid(MINUTE * SECOND) * MINUTE * SECOND;
    format!(": --since {} --last 1h reaches it", rfc3339(minute))
}

/// Says that HAVING took all groups of `all`, and what they have.
pub fn having(havings: &[Having], all: &Answer) -> String {
    let numbers_of = |having: &Having| -> Vec<f64> {
        let mut calculations = all.calculations.iter();
        let idx = calculations.position(|it| is_it(it, &having.calculation));
        let rows = all.rows.iter();
        rows.filter_map(|row| row.cells.get(idx?)?.number())
            .collect()
    };
    let is_met = |having: &&Having| {
        let mut numbers = numbers_of(having).into_iter();
        numbers.any(|it| holds(having.op, it, having.value))
    };
    // Those that no group meets are at fault; where there is none, all of them together.
    let mut faults: Vec<&Having> = havings.iter().filter(|it| !is_met(it)).collect();
    if faults.is_empty() {
        faults = havings.iter().collect();
    }
    let words = |having: &Having| {
        let unit = unit_of(&having.calculation);
        let numbers = numbers_of(having).into_iter();
        let ends = numbers.fold(None, |ends: Option<(f64, f64)>, it| {
            Some(ends.map_or((it, it), |(low, high)| (low.min(it), high.max(it))))
        });
        let there = match ends {
            None => "no number".to_string(),
            Some((low, high)) if low == high => unit.quantity(low),
            Some((low, high)) => unit.range(low, high),
        };
        let bound = format!("{} {}", having.op.name(), unit.quantity(having.value));
        let label = having.calculation.label();
        format!("{label} is {there}, and has to be {bound}")
    };
    let parts: Vec<String> = faults.into_iter().map(words).collect();
    let groups = match all.rows.len() {
        1 => "there is 1 group".to_string(),
        n => format!("there are {} groups", grouped(n as u64)),
    };
    format!(
        "{groups}, and --having takes them all: {}",
        parts.join("; ")
    )
}

fn is_it(one: &Calculation, other: &Calculation) -> bool {
    match &other.name {
        Some(_) => one.name == other.name,
        None => one.is_like(other),
    }
}

fn unit_of(calculation: &Calculation) -> Unit {
    match (calculation.op, &calculation.column) {
        (Op::Count | Op::CountDistinct, _) | (_, None) => Unit::Bare,
        (_, Some(column)) => Unit::of(column),
    }
}

/// Says that no event of `n` has a value to calculate with.
pub fn no_values(asking: &Asking<'_>, n: u64) -> String {
    let calculations = asking.spec.calculations.iter();
    let mut columns: Vec<&str> = calculations.filter_map(|it| it.column.as_deref()).collect();
    columns.dedup();
    let of = match asking.conditions {
        [] => format!("{} in the range", events(n)),
        _ => format!("{} match", events(n)),
    };
    // Differences of steps need two of them.
    let is_rate = |it: &Calculation| matches!(it.op, Op::Rate(_));
    if asking.spec.calculations.iter().all(is_rate) {
        return format!(
            "{of}, but a rate is the difference of two steps, and no two of them have numbers in {}: choose shorter steps with --granularity, or more time",
            columns.join(", ")
        );
    }
    let nothing = |column: &&str| match asking.schema.kind(column) {
        kind @ (Kind::Text | Kind::Truth) => {
            format!(
                "{column} is a column of {}, and no numbers are in it",
                kind.words()
            )
        }
        _ => format!("none has a number in {column}"),
    };
    let parts: Vec<String> = columns.iter().map(nothing).collect();
    format!("{of}, but {}", parts.join("; "))
}

/// Says that there are events, `total`, and which of `n` conditions take them.
pub fn conditions(asking: &Asking<'_>, total: u64, n: usize, faults: &[Fault]) -> String {
    let range = range(asking, asking.spec.time_range.window(crate::clock::now()));
    let begin = format!("{} of {} {range}", events(total), name(asking));
    match faults {
        [] if n == 1 => format!("{begin}, and none passes the condition"),
        [] => format!(
            "{begin}, and none passes all {n} conditions together, though each of them alone is met"
        ),
        faults => {
            let each = faults.iter().map(|it| fault(it, n, faults.len()));
            let each: Vec<String> = each.collect();
            let none = match (n, faults) {
                (1, _) => "none passes",
                (_, [_]) => "all are taken by",
                _ => "none passes all conditions:",
            };
            format!("{begin}, and {none} {}", each.join("; "))
        }
    }
}

fn fault(fault: &Fault, n: usize, n_faults: usize) -> String {
    let mut text = printable(&fault.condition);
    if n > 1 {
        text.push_str(&match (fault.alone, fault.without) {
            (0, 0) => ", which no event passes".to_string(),
            (0, without) => format!(
                ", which no event passes; without it {} would match",
                events(without)
            ),
            (_, without) if n_faults > 1 => format!(": without it {} would match", events(without)),
            (alone, without) => format!(
                ": without it {} would match, and {} pass it alone",
                events(without),
                grouped(alone)
            ),
        });
    }
    for there in &fault.there {
        text.push_str("; ");
        text.push_str(&words(there));
    }
    text
}

fn words(there: &There) -> String {
    match there {
        There::Range(column, low, high) => {
            let unit = Unit::of(column);
            match low == high {
                true => format!("{column} is {} there", unit.quantity(*low)),
                false => format!("{column} is {} there", unit.range(*low, *high)),
            }
        }
        There::Values(column, values) => {
            let value = |(value, n): &(Option<Value>, u64)| match value {
                None => format!("no value ({})", grouped(*n)),
                Some(value) => {
                    let text = printable(&value.to_string());
                    let text = clipped(&text, LONGEST_VALUE, '…');
                    format!("{text} ({})", grouped(*n))
                }
            };
            match values.as_slice() {
                [] | [(None, _)] => format!("no event has {column} there"),
                values => {
                    let list: Vec<String> = values.iter().map(value).collect();
                    format!("{column} there: {}", list.join(", "))
                }
            }
        }
    }
}

fn events(n: u64) -> String {
    match n {
        1 => "1 event".to_string(),
        n => format!("{} events", grouped(n)),
    }
}

fn name(asking: &Asking<'_>) -> String {
    match asking.args.of.dataset.as_str() {
        QuerySpec::ALL_DATASETS => "any dataset".to_string(),
        dataset => dataset.to_string(),
    }
}

fn range(asking: &Asking<'_>, window: Window) -> String {
    match asking.spec.time_range {
        TimeRange::Last { seconds } => format!("in the last {}", duration(seconds * SECOND)),
        _ => format!(
            "from {} to {}",
            shown(asking, window.start),
            shown(asking, window.end)
        ),
    }
}

fn shown(asking: &Asking<'_>, moment: i64) -> String {
    // Milliseconds say nothing here.
    date_and_second(moment, asking.context.zone())
}
