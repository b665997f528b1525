//! What tells a selection from the rest: a ranked list, and the same as JSON and CSV.

use serde_json::{Value as Json, json};

use super::axis::Unit;
use super::columns::Column;
use super::csv;
use super::json::value_json;
use super::palette::Palette;
use super::terminal::Terminal;
use super::text::{Ink, Line, clipped, grouped, printable};
use crate::model::contrast::{Pair, difference, share};
use crate::model::why::{Attribute, Counted, Item, Level, Skipped, Why};
use crate::model::width::cell_width;

/// What an effect is.
pub(super) const EFFECT: &str =
    "how many would need another value to be like the rest, beyond chance";

const LONGEST_NAME: usize = 30;
const LONGEST_BAR: usize = 20;

/// Writes the selection, and below it the attributes that stand out, at most `limit`.
///
/// `selection` says in words what is selected.
pub fn list(why: &Why, selection: &str, limit: usize, terminal: &Terminal) -> String {
    let mut lines = vec![heading(why, selection, terminal)];
    let causes: Vec<&Attribute> = why.causes().take(limit).collect();
    let mut line = Line::new();
    if causes.is_empty() {
        line.push(&nothing(why), Ink::PLAIN);
        lines.push(Line::new());
    } else {
        line.push(&format!("bars: {EFFECT}"), Ink::FAINT);
    }
    lines.push(line);
    let name_width = causes.iter().map(|it| cell_width(&it.column)).max();
    let name_width = name_width
        .unwrap_or(0)
        .min(LONGEST_NAME.min(terminal.width / 3));
    for (idx, cause) in causes.iter().enumerate() {
        lines.push(Line::new());
        lines.extend(entry(idx + 1, cause, name_width, terminal));
        lines.extend(same(why, cause, terminal));
    }
    let mut text = String::new();
    for mut line in lines {
        line.cut_to(terminal.width.max(LONGEST_NAME));
        text.push_str(&line.text(terminal.colour));
        text.push('\n');
    }
    text
}

fn heading(why: &Why, selection: &str, terminal: &Terminal) -> Line {
    let mut line = Line::new();
    let counts = format!("selected: {}", part(why.events.inside, why.events.total()));
    line.push(&counts, Ink::BOLD);
    let room = terminal.width.saturating_sub(line.len() + 2);
    let words = printable(selection);
    line.push(
        &format!(": {}", clipped(&words, room, cut(terminal))),
        Ink::PLAIN,
    );
    line
}

/// Says that nothing differs, of how many attributes.
fn nothing(why: &Why) -> String {
    match why.attributes.len() {
        0 => "there is no attribute to compare".to_string(),
        1 => "nothing stands out: the one attribute differs no more than by chance".to_string(),
        n => format!("nothing stands out: none of {n} attributes differs more than by chance"),
    }
}

// Its name, its effect as a bar and a number, and its value; below them what was counted.
fn entry(rank: usize, cause: &Attribute, name_width: usize, terminal: &Terminal) -> Vec<Line> {
    let mark = cut(terminal);
    let mut line = Line::new();
    line.push(&format!("{rank:>2}  "), Ink::FAINT);
    let start = line.len();
    line.push(
        &clipped(&printable(&cause.column), name_width, mark),
        Ink::BOLD,
    );
    line.pad_to(start + name_width + 2);
    let width = LONGEST_BAR.min(terminal.width.saturating_sub(start + name_width + 2) / 3);
    let bar_at = line.len();
    let ink = Palette::new(terminal).mark(0).map_or(Ink::PLAIN, Ink::of);
    line.push(&bar(cause.contrast.effect(), width, terminal.unicode), ink);
    line.pad_to(bar_at + width + 1);
    line.push(
        &format!("{:>4}", percent(cause.contrast.effect())),
        Ink::PLAIN,
    );
    line.push("  ", Ink::PLAIN);
    let Some(most) = cause.most() else {
        line.push("many rare values", Ink::FAINT);
        return vec![line];
    };
    let room = terminal.width.saturating_sub(line.len());
    let unit = Unit::of(&cause.column);
    let words = item_words(&most.item, unit);
    line.push(&clipped(&printable(&words), room, mark), Ink::PLAIN);
    let mut below = Line::new();
    below.pad_to(start);
    below.push(&sides(&most, cause.totals(), terminal.unicode), Ink::PLAIN);
    let mut lines = vec![line, below];
    if let Some((Some(inside), Some(outside))) = cause.medians {
        let (inside, outside) = (unit.quantity(inside), unit.quantity(outside));
        let words = format!("median inside {inside}, outside {outside}");
        let mut medians = Line::new();
        medians.pad_to(start);
        medians.push(&words, Ink::FAINT);
        lines.push(medians);
    }
    lines
}

// The attributes that say the same, with what they say.
fn same(why: &Why, cause: &Attribute, terminal: &Terminal) -> Option<Line> {
    let words = same_words(why, cause)?;
    let mut line = Line::new();
    line.pad_to(4);
    let room = terminal.width.saturating_sub(line.len());
    line.push(&clipped(&words, room, cut(terminal)), Ink::FAINT);
    Some(line)
}

fn same_words(why: &Why, cause: &Attribute) -> Option<String> {
    let twin = |it: &Attribute| {
        let most = it.most();
        let value = most.map(|most| item_words(&most.item, Unit::of(&it.column)));
        let name = printable(&it.column);
        value.map_or(name.clone(), |value| {
            format!("{name} {}", printable(&value))
        })
    };
    let twins: Vec<String> = why.same(&cause.column).map(twin).collect();
    (!twins.is_empty()).then(|| format!("the same events: {}", twins.join(", ")))
}

fn cut(terminal: &Terminal) -> char {
    if terminal.unicode { '…' } else { '~' }
}

// Eighths of a character, or whole ones.
fn bar(share: f64, width: usize, unicode: bool) -> String {
    const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    if !unicode {
        return "#".repeat((eighths + 4) / 8);
    }
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).and_then(|it| EIGHTHS.get(it)));
    bar
}

/// Returns how many events of each side have a value: `inside 412 of 430 (96 %) · outside …`.
fn sides(counted: &Counted, totals: Pair, unicode: bool) -> String {
    let between = if unicode { " · " } else { "; " };
    format!(
        "inside {}{between}outside {}",
        part(counted.pair.inside, totals.inside),
        part(counted.pair.outside, totals.outside)
    )
}

/// Returns `412 of 430 (96 %)`.
fn part(part: u64, whole: u64) -> String {
    let percent = percent(share(part, whole));
    format!("{} of {} ({percent})", grouped(part), grouped(whole))
}

/// Returns a share in percent, with a digit more where it is small, and neither 0 nor 100 where it is not.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = match percent {
        0.0 => "0".to_string(),
        _ if percent < 0.1 => return "<0.1 %".to_string(),
        _ if percent < 9.95 => format!("{percent:.1}"),
        _ if percent > 99.0 && percent < 100.0 => return ">99 %".to_string(),
        _ => format!("{percent:.0}"),
    };
    format!("{} %", text.trim_end_matches(".0"))
}

/// Returns what a value is called: itself, a range, or that there is none.
pub fn item_words(item: &Item, unit: Unit) -> String {
    match item {
        Item::Value(value) => match value.text() {
            Some("") => "(empty)".to_string(),
            _ => value.to_string(),
        },
        Item::Between { low, high } => match (low, high) {
            (Some(low), Some(high)) => unit.range(*low, *high),
            (Some(low), None) => format!("{} and more", unit.quantity(*low)),
            (None, Some(high)) => format!("less than {}", unit.quantity(*high)),
            (None, None) => "any number".to_string(),
        },
        Item::Missing => "(missing)".to_string(),
        Item::Others => "(others)".to_string(),
    }
}

/// Returns the ranking as a table for a page, at most `limit` attributes.
pub fn cells(why: &Why, limit: usize) -> (Vec<Column>, Vec<Vec<String>>) {
    let columns = vec![
        Column::words("attribute"),
        Column::numbers("effect"),
        Column::words("most over-represented"),
        Column::numbers("inside"),
        Column::numbers("outside"),
    ];
    let row = |cause: &Attribute| {
        let (totals, unit) = (cause.totals(), Unit::of(&cause.column));
        let (words, inside, outside) = match cause.most() {
            None => ("many rare values".to_string(), String::new(), String::new()),
            Some(most) => (
                item_words(&most.item, unit),
                part(most.pair.inside, totals.inside),
                part(most.pair.outside, totals.outside),
            ),
        };
        let effect = percent(cause.contrast.effect());
        let names = std::iter::once(cause).chain(why.same(&cause.column));
        let names: Vec<&str> = names.map(|it| it.column.as_str()).collect();
        vec![names.join(", "), effect, words, inside, outside]
    };
    (columns, why.causes().take(limit).map(row).collect())
}

/// Returns the sentences that belong to the ranking: what was not compared, and what was and does not stand out.
pub fn notes(why: &Why, limit: usize) -> Vec<String> {
    let mut notes = Vec::new();
    let n_causes = why.causes().count();
    if n_causes > limit {
        notes.push(format!(
            "{} more stand out; --limit shows them",
            n_causes - limit
        ));
    }
    let alike: Vec<&str> = why
        .attributes
        .iter()
        .filter(|it| !it.stands_out())
        .map(|it| it.column.as_str())
        .collect();
    if n_causes > 0 && !alike.is_empty() {
        notes.push(format!("no more than chance: {}", listed(&alike)));
    }
    match why.level {
        Level::All => {}
        Level::Roots => notes.push(
            "root spans (requests) are compared with root spans; --all-spans compares the spans inside of them too"
                .to_string(),
        ),
        Level::NoRoots => notes.push(
            "root spans are not on both sides, so spans of all levels are compared".to_string(),
        ),
    }
    if !why.selected_by.is_empty() {
        let names: Vec<&str> = why.selected_by.iter().map(String::as_str).collect();
        notes.push(format!(
            "selected by, and so not compared: {}",
            listed(&names)
        ));
    }
    for (reason, words) in SKIPPED {
        let skipped = why.skipped.iter().filter(|(_, it)| it == reason);
        let names: Vec<&str> = skipped.map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            notes.push(format!("{words}: {}", listed(&names)));
        }
    }
    notes
}

// With what to say of it; of what no event has there is nothing to say.
const SKIPPED: &[(Skipped, &str)] = &[
    (
        Skipped::Id,
        "another one in nearly every event, and so not compared",
    ),
    (
        Skipped::Hidden,
        "hidden, and compared only if --among names them",
    ),
    (Skipped::Histogram, "histograms, which are not compared"),
    (
        Skipped::Cost,
        "not compared, to stay within ten runs a minute (--among NAME,… asks for them)",
    ),
];

const MOST_LISTED: usize = 12;

fn listed(names: &[&str]) -> String {
    let some: Vec<String> = names
        .iter()
        .take(MOST_LISTED)
        .map(|it| printable(it))
        .collect();
    let more = names.len().saturating_sub(MOST_LISTED);
    match more {
        0 => some.join(", "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}

/// Returns everything as JSON: all attributes in their order, each with all of its values; `same_as` names the
/// attribute before it that the same events tell apart, and `spans` is `root` or `all`.
///
/// Counts are weighted by sample rates; `seen` is how many events there were. Shares, effects and chances
/// are 0 to 1. A value is under `value`, a range under `low` and `high` (null where it is open), and
/// `kind` is `value`, `range`, `missing` or `others`. `most` is what is most over-represented inside; of
/// numbers it may be several neighbouring ranges together.
pub fn why_json(why: &Why, selection: &str) -> Json {
    let attributes: Vec<Json> = why.attributes.iter().map(attribute_json).collect();
    let skipped: Vec<Json> = why
        .skipped
        .iter()
        .map(|(name, reason)| json!({ "attribute": name, "reason": reason_word(*reason) }))
        .collect();
    json!({
        "selection": selection,
        "inside": { "events": why.events.inside, "seen": why.seen.inside },
        "outside": { "events": why.events.outside, "seen": why.seen.outside },
        "attributes": attributes,
        "selected_by": why.selected_by,
        "skipped": skipped,
        "spans": match why.level {
            Level::Roots => "root",
            Level::All | Level::NoRoots => "all",
        },
    })
}

fn reason_word(reason: Skipped) -> &'static str {
    match reason {
        Skipped::Id => "id",
        Skipped::Empty => "empty",
        Skipped::Histogram => "histogram",
        Skipped::Hidden => "hidden",
        Skipped::Cost => "cost",
    }
}

fn attribute_json(attribute: &Attribute) -> Json {
    let totals = attribute.totals();
    let values = attribute.values.iter();
    let values: Vec<Json> = values.map(|it| counted_json(it, totals)).collect();
    let mut object = json!({
        "attribute": attribute.column,
        "stands_out": attribute.stands_out(),
        "effect": attribute.contrast.effect(),
        "distance": attribute.contrast.distance,
        "distance_by_chance": attribute.contrast.by_chance,
        "chance": attribute.chance,
        "same_as": attribute.same_as,
        "most": attribute.most().map(|it| counted_json(&it, totals)),
        "values": values,
    });
    if let Some((inside, outside)) = attribute.medians {
        object["inside_median"] = inside.into();
        object["outside_median"] = outside.into();
    }
    object
}

fn counted_json(counted: &Counted, totals: Pair) -> Json {
    let pair = counted.pair;
    let mut object = match &counted.item {
        Item::Value(value) => json!({ "kind": "value", "value": value_json(value) }),
        Item::Between { low, high } => json!({ "kind": "range", "low": low, "high": high }),
        Item::Missing => json!({ "kind": "missing" }),
        Item::Others => json!({ "kind": "others" }),
    };
    object["inside"] = pair.inside.into();
    object["inside_share"] = share(pair.inside, totals.inside).into();
    object["outside"] = pair.outside.into();
    object["outside_share"] = share(pair.outside, totals.outside).into();
    object["difference"] = difference(pair, totals).into();
    object
}

/// Writes one line for each value of each attribute, in their order.
pub fn why_csv(why: &Why) -> String {
    let titles = [
        "attribute",
        "stands_out",
        "effect",
        "chance",
        "value",
        "inside",
        "inside_share",
        "outside",
        "outside_share",
    ];
    let rows = why.attributes.iter().flat_map(|attribute| {
        let totals = attribute.totals();
        attribute.values.iter().map(move |counted| {
            let pair = counted.pair;
            let value = match &counted.item {
                Item::Between { low, high } => {
                    let end = |it: &Option<f64>| it.map_or(String::new(), |it| it.to_string());
                    format!("{}..{}", end(low), end(high))
                }
                item => item_words(item, Unit::Bare),
            };
            vec![
                attribute.column.clone(),
                attribute.stands_out().to_string(),
                attribute.contrast.effect().to_string(),
                attribute.chance.to_string(),
                value,
                pair.inside.to_string(),
                share(pair.inside, totals.inside).to_string(),
                pair.outside.to_string(),
                share(pair.outside, totals.outside).to_string(),
            ]
        })
    });
    csv::table(&titles, rows)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::why::Counts;

    /// One attribute that stands out, one of numbers that does, one that does not.
    pub fn sample() -> Why {
        let counted = |item: Item, inside, outside| Counted {
            item,
            pair: Pair { inside, outside },
        };
        let counts = |column: &str, values: Vec<Counted>, medians| Counts {
            column: column.to_string(),
            values,
            medians,
        };
        let seen = Pair {
            inside: 430,
            outside: 50_120,
        };
        let value = |text: &str| Item::Value(text.into());
        let range = |low, high| Item::Between { low, high };
        let counts = vec![
            counts(
                "user_agent.original",
                vec![
                    counted(
                        value("Googlebot/2.1 (+http://www.google.com/bot.html)"),
                        412,
                        1_203,
                    ),
                    counted(value("Mozilla/5.0"), 17, 48_917),
                    counted(Item::Missing, 1, 0),
                ],
                None,
            ),
            counts(
                "http.response_size_ms",
                vec![
                    counted(range(Some(4_100.0), None), 300, 10_000),
                    counted(range(None, Some(4_100.0)), 130, 40_120),
                ],
                Some((Some(5_000.0), Some(312.0))),
            ),
            counts(
                "http.method",
                vec![counted(value("GET"), 430, 50_120)],
                None,
            ),
        ];
        Why {
            events: seen,
            seen,
            attributes: Why::ranked(counts, seen),
            selected_by: vec!["duration_ms".to_string()],
            level: Level::All,
            skipped: vec![("trace.span_id".to_string(), Skipped::Id)],
        }
    }

    #[test]
    fn the_list_says_what_differs_how_much_and_what_was_counted() {
        let text = list(&sample(), "above 400 ms", 9, &Terminal::plain(80));
        assert_eq!(
            text,
            "\
selected: 430 of 50,550 (0.9 %): above 400 ms
bars: how many would need another value to be like the rest, beyond chance

 1  user_agent.original    ################  94 %  Googlebot/2.1 (+http://www.g~
    inside 412 of 430 (96 %); outside 1,203 of 50,120 (2.4 %)

 2  http.response_size_ms  ########          49 %  4.1 s and more
    inside 300 of 430 (70 %); outside 10,000 of 50,120 (20 %)
    median inside 5 s, outside 312 ms
"
        );
        assert_eq!(
            notes(&sample(), 1),
            [
                "1 more stand out; --limit shows them",
                "no more than chance: http.method",
                "selected by, and so not compared: duration_ms",
                "another one in nearly every event, and so not compared: trace.span_id",
            ]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_nothing_steers_it() {
        let mut why = sample();
        why.attributes[0].column =
            "\u{1b}[2Ja.very.long.name.of.an.attribute.that.goes.on".to_string();
        for width in [30, 44, 80, 200] {
            let terminal = Terminal {
                unicode: true,
                ..Terminal::plain(width)
            };
            let text = list(&why, "12:03 to 12:05, above 400 ms", 9, &terminal);
            assert!(!text.contains('\u{1b}'));
            for line in text.lines() {
                assert!(cell_width(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn nothing_that_differs_is_a_sentence() {
        let mut why = sample();
        why.attributes.drain(..2);
        let text = list(&why, "x", 9, &Terminal::plain(80));
        assert!(
            text.ends_with(
                "\nnothing stands out: the one attribute differs no more than by chance\n"
            ),
            "{text}"
        );
        assert!(cells(&why, 9).1.is_empty());
    }

    #[test]
    fn the_form_for_programs_is_stable() {
        let json = why_json(&sample(), ">400");
        assert_eq!(json["inside"], json!({ "events": 430, "seen": 430 }));
        let first = &json["attributes"][0];
        assert_eq!(first["attribute"], "user_agent.original");
        assert_eq!(first["values"][0]["inside"], 412);
        assert_eq!(
            first["values"][1],
            json!({
                "kind": "missing", "inside": 1, "inside_share": 1.0 / 430.0,
                "outside": 0, "outside_share": 0.0, "difference": 1.0 / 430.0,
            })
        );
        let size = &json["attributes"][1];
        assert_eq!(
            (&size["values"][0]["low"], &size["values"][0]["high"]),
            (&json!(4_100.0), &Json::Null)
        );
        assert_eq!(size["inside_median"], 5_000.0);
        assert_eq!(
            json["skipped"][0],
            json!({ "attribute": "trace.span_id", "reason": "id" })
        );
        let csv = why_csv(&sample());
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 1 + 3 + 2 + 1);
        assert!(lines[4].starts_with("http.response_size_ms,true,"), "{csv}");
        assert!(lines[4].contains(",4100..,300,"), "{csv}");
    }

    #[test]
    fn percents_are_short_and_never_round_something_away() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.000_01, "<0.1 %"),
            (0.024, "2.4 %"),
            (0.02, "2 %"),
            (0.958, "96 %"),
            (0.9999, ">99 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
