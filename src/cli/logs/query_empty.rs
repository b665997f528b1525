//! Why a query of Logs Insights finds nothing: no events, a condition that took them all, or a field that none has.

use std::collections::BTreeSet;

use super::query::Ran;
use crate::cli::question::nearest;
use crate::cli::render::text::printable;
use crate::cloudwatch::client::InsightsQuery;

/// The most fields that are looked for, the most messages that are read for their names, and the most conditions.
const MOST_FIELDS: usize = 40;
const MOST_MESSAGES: i32 = 200;
const MOST_FILTERS: usize = 20;

/// Returns sentences that say why there is nothing, or why a column is empty.
///
/// In the cloud each of these would be a query that is billed again, so that only what is known is said.
pub(super) async fn reasons(ran: &Ran<'_>, is_cloud: bool) -> Vec<String> {
    let is_empty = ran.found.rows.is_empty();
    if is_cloud {
        let is_without_events = ran.found.n_scanned == 0.0;
        return match (is_empty, is_without_events) {
            (true, true) => vec!["there is no event in this range".to_string()],
            (true, false) => vec![format!(
                "{} events were read, and none passes the conditions; count(f) tells how many have a field: stats count(*), count(f)",
                ran.found.n_scanned
            )],
            _ => Vec::new(),
        };
    }
    let fields: Vec<&str> = ran.query.fields().take(MOST_FIELDS).collect();
    let is_missing = |name: &&&str| {
        let mut pairs = ran.found.rows.iter().flatten();
        !pairs.any(|(it, _)| it == **name)
    };
    let suspects: Vec<&str> = fields.iter().filter(is_missing).copied().collect();
    let mut reasons = Vec::new();
    let Some(n_events) = count(ran, &[]).await.first().copied() else {
        return reasons;
    };
    if n_events == 0 {
        reasons.push(no_events(ran).await);
        return reasons;
    }
    let counts = count(ran, &suspects).await;
    let missing = suspects
        .iter()
        .zip(counts.iter().skip(1))
        .filter(|(_, n)| **n == 0);
    let missing: Vec<&str> = missing.map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let known = names(ran).await;
        for name in &missing {
            reasons.push(no_field(name, &known, n_events));
        }
    }
    if is_empty && missing.is_empty() {
        reasons.extend(taker(ran, n_events).await);
    }
    if !is_empty && missing.is_empty() {
        let has = |name: &str| ran.found.rows.iter().flatten().any(|(it, _)| it == name);
        let empty: Vec<&str> = ran.query.columns().filter(|name| !has(name)).collect();
        if !empty.is_empty() {
            reasons.push(format!(
                "{} has no value in any row: what it is made of is there, and gives none",
                empty.join(", ")
            ));
        }
    }
    reasons
}

// How many events there are, and how many have each of these fields.
async fn count(ran: &Ran<'_>, fields: &[&str]) -> Vec<u64> {
    let mut text = "stats count(*) as n".to_string();
    for (idx, name) in fields.iter().enumerate() {
        text.push_str(&format!(", count({}) as n{idx}", quoted(name)));
    }
    let rows = rows(ran, text, None).await;
    let row = rows.into_iter().next().unwrap_or_default();
    row.iter()
        .map(|(_, value)| value.parse().unwrap_or(0))
        .collect()
}

fn quoted(name: &str) -> String {
    // Outside of backticks, where it would be looked for in lines of Lambda.
    match name.strip_prefix('@') {
        Some(_) => name.to_string(),
        None => format!("`{name}`"),
    }
}

async fn rows(ran: &Ran<'_>, text: String, limit: Option<i32>) -> Vec<Vec<(String, String)>> {
    let query = InsightsQuery {
        text: with_source(ran, text),
        limit,
        ..ran.sent.clone()
    };
    let found = ran.client.insights(&query).await;
    found.map(|found| found.rows).unwrap_or_default()
}

// Of the groups that the query names itself.
fn with_source(ran: &Ran<'_>, text: String) -> String {
    let sent = &ran.sent.text;
    let end = match ran.sent.groups.is_empty() {
        true => sent.find('|').unwrap_or(sent.len()),
        false => return text,
    };
    format!("{} | {text}", sent.get(..end).unwrap_or_default())
}

async fn no_events(ran: &Ran<'_>) -> String {
    let query = InsightsQuery {
        range_s: 0..=*ran.sent.range_s.start(),
        text: with_source(ran, "display @timestamp".to_string()),
        limit: Some(1),
        ..ran.sent.clone()
    };
    let found = ran.client.insights(&query).await.unwrap_or_default();
    let last = found
        .rows
        .first()
        .and_then(|row| row.first())
        .map(|(_, time)| time.clone());
    let groups = match ran.sent.groups.is_empty() {
        true => "these log groups".to_string(),
        false => ran.sent.groups.join(", "),
    };
    match last {
        Some(time) => format!(
            "there is no event of {groups} in this range; the last one before was at {time} UTC"
        ),
        None => format!("there is no event of {groups} in this range, and none before"),
    }
}

fn no_field(name: &str, known: &BTreeSet<String>, n_events: u64) -> String {
    let events = if n_events == 1 {
        "the event".to_string()
    } else {
        format!("any of the {n_events} events")
    };
    let other_case = known.iter().find(|it| it.eq_ignore_ascii_case(name));
    let near = other_case
        .map(String::as_str)
        .or_else(|| nearest(name, known.iter().map(String::as_str)));
    let is_loud = name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase);
    let advice = match near {
        Some(near) => format!("did you mean {near}?"),
        None if is_loud => format!("a text stands in quotes: \"{name}\""),
        None if known.is_empty() => {
            "they are no JSON: take fields out of @message with parse".to_string()
        }
        None => {
            let some: Vec<&str> = known.iter().take(12).map(String::as_str).collect();
            format!("there is {}", some.join(", "))
        }
    };
    format!(
        "{} is no field of {events} of this range: {advice}",
        printable(name)
    )
}

// The names of fields that the newest messages have.
async fn names(ran: &Ran<'_>) -> BTreeSet<String> {
    let rows = rows(ran, "display @message".to_string(), Some(MOST_MESSAGES)).await;
    let mut names = BTreeSet::new();
    for (_, message) in rows.iter().flatten().filter(|(name, _)| name == "@message") {
        if let Ok(json) = serde_json::from_str(message) {
            add_names(&mut names, "", &json, 0);
        }
    }
    names
}

fn add_names(names: &mut BTreeSet<String>, prefix: &str, json: &serde_json::Value, depth: u32) {
    let serde_json::Value::Object(map) = json else {
        return;
    };
    for (name, value) in map {
        if names.len() >= 1_000 {
            return;
        }
        let name = format!("{prefix}{name}");
        if depth < 4 {
            add_names(names, &format!("{name}."), value, depth + 1);
        }
        names.insert(name);
    }
}

// Which condition took all that were left.
async fn taker(ran: &Ran<'_>, n_events: u64) -> Option<String> {
    let mut n_before = n_events;
    for (start, end) in ran.query.filters.iter().take(MOST_FILTERS) {
        let before: String = ran.sent.text.chars().take(*end).collect();
        let query = InsightsQuery {
            text: format!("{before}\n| stats count(*) as n"),
            limit: None,
            ..ran.sent.clone()
        };
        let found = ran.client.insights(&query).await.ok()?;
        let n = found.rows.first()?.first()?.1.parse().unwrap_or(0);
        if n == 0 {
            let condition: String = ran
                .sent
                .text
                .chars()
                .skip(*start)
                .take(end - start)
                .collect();
            let of = if n_before == 1 {
                "the only event does not pass".to_string()
            } else {
                format!("none of {n_before} events passes")
            };
            return Some(format!("{of} `{condition}`"));
        }
        n_before = n;
    }
    Some(format!(
        "{n_before} events pass the conditions, and the commands behind them leave no row"
    ))
}
