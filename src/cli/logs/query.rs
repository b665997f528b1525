//! `logs query`: a query of Logs Insights, and why it finds nothing.

use super::ask::{distinct, explained};
use super::filter::window_of;
use super::query_empty::reasons;
use crate::cli::args::{LogsQueryArgs, RowsOutputArg};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::progress;
use crate::cli::render::columns::{Column, in_columns};
use crate::cli::render::text::printable;
use crate::cli::render::{csv, json as render_json};
use crate::cloudwatch::client::{InsightsQuery, InsightsRows, LogsClient};
use crate::cloudwatch::insights::{Query, QueryError, USUAL_ROWS};
use crate::model::log::CRUDDUR_LOG_GROUP;
use crate::model::time::{SECOND, Window, rfc3339};
use crate::model::width::cell_width;

/// The name under which a row of events has what finds its event again.
const POINTER: &str = "@ptr";

/// What the terminal needs to say why there is nothing.
pub(super) struct Ran<'a> {
    pub client: &'a LogsClient,
    pub query: &'a Query,
    pub sent: &'a InsightsQuery,
    pub found: &'a InsightsRows,
}

/// Runs a query.
pub async fn query(context: &Context, args: &LogsQueryArgs) -> Outcome {
    let parsed = Query::parse(&args.query);
    if let Err(error) = &parsed
        && !error.is_of_stack
    {
        return Err(pointed(&args.query, error));
    }
    let names_groups = match &parsed {
        Ok(query) => query.source != Default::default(),
        Err(_) => args.query.trim_start().to_lowercase().starts_with("source"),
    };
    let groups = match (args.groups.is_empty(), names_groups) {
        (true, true) => Vec::new(),
        (true, false) => vec![CRUDDUR_LOG_GROUP.to_string()],
        (false, false) => distinct(&args.groups),
        (false, true) => {
            let message = "the log groups are named twice: by --group, and by SOURCE in the query";
            return Err(Failure::of(Exit::Usage, message));
        }
    };
    let window = window_of(context, args.last, args.since, args.until)?;
    let (config, is_cloud) = context.aws("logs").await?;
    // What only the local stack does not answer may be answered by the service.
    let parsed = match parsed {
        Err(error) if !is_cloud => return Err(pointed(&args.query, &error)),
        parsed => parsed.ok(),
    };
    let client = LogsClient::new(&config);
    let sent = InsightsQuery {
        groups,
        range_s: window.start.div_euclid(SECOND)..=window.end.saturating_sub(1).div_euclid(SECOND),
        text: args.query.clone(),
        limit: args.limit.and_then(|limit| i32::try_from(limit).ok()),
    };
    let spinner = progress::spinner(context, "querying");
    let found = client.insights(&sent).await;
    spinner.finish_and_clear();
    let found = match found {
        Ok(found) => found,
        Err(error) => return Err(explained(&client, error, &sent.groups).await),
    };
    if let Some(status) = &found.ended {
        let message = format!("the query ended as {status}");
        return Err(Failure::of(Exit::Failed, message).with_hint(
            "the local stack keeps 100,000 groups and 256 MB of rows for a query: filter first, group by less, or choose a shorter time",
        ));
    }
    let columns = parsed.iter().flat_map(Query::columns).collect();
    context.print(&shown(context, args, &found, columns, &sent, window))?;
    context.note_left_out();
    if let Some(query) = &parsed {
        let ran = Ran {
            client: &client,
            query,
            sent: &sent,
            found: &found,
        };
        say(context, args, &ran, is_cloud).await;
    }
    Ok(Exit::Done)
}

async fn say(context: &Context, args: &LogsQueryArgs, ran: &Ran<'_>, is_cloud: bool) {
    for note in &ran.query.notes {
        context.note(&printable(note));
    }
    let n_rows = ran.found.rows.len();
    if n_rows == USUAL_ROWS && ran.query.limit().is_none() && args.limit.is_none() {
        context.note(
            "these are 10,000 rows, the most without limit: there may be more; add | limit 100000",
        );
    }
    for reason in reasons(ran, is_cloud).await {
        context.note(&printable(&reason));
    }
    let count = |n: f64, what: &str| format!("{n} {what}{}", if n == 1.0 { "" } else { "s" });
    context.note(&format!(
        "{} of {} that matched, {} read",
        count(n_rows as f64, "row"),
        count(ran.found.n_matched, "event"),
        ran.found.n_scanned
    ));
}

/// Says what is wrong with a query, with a caret under the place.
pub(super) fn pointed(text: &str, error: &QueryError) -> Failure {
    // The line of the place, and where in it the place begins.
    let before: String = text.chars().take(error.start).collect();
    let line_idx = before.matches('\n').count();
    let line = text.split('\n').nth(line_idx).unwrap_or_default();
    let in_line = before.rsplit('\n').next().unwrap_or_default();
    let meant: String = text
        .chars()
        .skip(error.start)
        .take(error.end - error.start)
        .collect();
    let meant = meant.split('\n').next().unwrap_or_default();
    let width = |text: &str| cell_width(&printable(text));
    Failure::of(
        Exit::Usage,
        format!(
            "{}\n  {}\n  {}{}",
            printable(&error.what),
            printable(line.trim_end_matches('\r')),
            " ".repeat(width(in_line)),
            "^".repeat(width(meant).max(1))
        ),
    )
}

fn shown(
    context: &Context,
    args: &LogsQueryArgs,
    found: &InsightsRows,
    columns: Vec<&str>,
    sent: &InsightsQuery,
    window: Window,
) -> String {
    // A row lacks what has no value, so that the columns are those of the query and of all rows.
    let mut names = columns;
    names.retain(|name| *name != POINTER);
    for (name, _) in found.rows.iter().flatten() {
        if name != POINTER && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let cells = found.rows.iter().map(|row| -> Vec<String> {
        let value = |name: &&str| {
            let found = row.iter().find(|(it, _)| it == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        names.iter().map(value).collect()
    });
    match args.output {
        RowsOutputArg::Csv => csv::table(&names, cells),
        RowsOutputArg::Json => {
            let rows: Vec<serde_json::Value> = found
                .rows
                .iter()
                .map(|row| {
                    let pairs = row
                        .iter()
                        .map(|(name, value)| (name.clone(), value.clone().into()));
                    serde_json::Value::Object(pairs.collect())
                })
                .collect();
            let mut whole = serde_json::json!({
                "schema_version": render_json::SCHEMA_VERSION,
                "window": { "start": rfc3339(window.start), "end": rfc3339(window.end) },
                "groups": sent.groups,
                "query": sent.text,
                "rows": rows,
                "events_matched": found.n_matched,
                "events_scanned": found.n_scanned,
            });
            context.put_left_out(&mut whole);
            format!("{whole:#}\n")
        }
        RowsOutputArg::Table if found.rows.is_empty() => String::new(),
        RowsOutputArg::Table => {
            let cells: Vec<Vec<String>> = cells
                .map(|row| {
                    row.into_iter()
                        .map(|it| it.trim_end().to_string())
                        .collect()
                })
                .collect();
            let is_number = |idx: usize| {
                let mut there = cells
                    .iter()
                    .filter_map(|row| row.get(idx))
                    .filter(|it| !it.is_empty());
                there.all(|it| it.parse::<f64>().is_ok())
            };
            let columns: Vec<Column> = names
                .iter()
                .enumerate()
                .map(|(idx, name)| Column {
                    title: name.to_string(),
                    is_number: is_number(idx),
                })
                .collect();
            let absent = |row: &Vec<String>| -> Vec<String> {
                let cell = |it: &String| {
                    if it.is_empty() {
                        "-".to_string()
                    } else {
                        it.clone()
                    }
                };
                row.iter().map(cell).collect()
            };
            let cells: Vec<Vec<String>> = cells.iter().map(absent).collect();
            in_columns(&columns, &cells, &context.out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place_in_its_line() {
        for (text, expected) in [
            ("filter a == 1", "  filter a == 1\n           ^^"),
            ("fields a\n| filtr b", "  | filtr b\n    ^^^^^"),
            ("fields 日本, 'x'", "  fields 日本, 'x'\n               ^^^"),
            ("fields a |", "  fields a |\n            ^"),
        ] {
            let error = Query::parse(text).unwrap_err();
            let words = pointed(text, &error).words();
            assert!(words.ends_with(expected), "{words}");
        }
    }
}
