//! `xray traces`: which traces there are, the newest first.

use serde_json::{Value as Json, json};

use super::rejects::dropped_words;
use crate::cli::args::{OutputArg, TracesArgs, WhenArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::progress;
use crate::cli::render::columns::{Column, in_columns};
use crate::cli::render::text::{milliseconds, printable};
use crate::cli::render::{clock, csv, json as render_json};
use crate::cli::when::ends;
use crate::cli::when_error::backwards;
use crate::clock::now;
use crate::model::span::Value;
use crate::model::time::{SECOND, TimeRange, Window, rfc3339};
use crate::model::trace_summary::{TraceSummary, path_of};
use crate::model::zone::Zone;
use crate::stack;
use crate::xray::client::{AwsError, XRayClient};
use crate::xray::filter::{self, Filter, filter_doubts};

/// Lists traces.
pub async fn traces(context: &Context, args: &TracesArgs) -> Outcome {
    let window = window(context, &args.when)?;
    let (config, _) = context.aws("x-ray").await?;
    let client = XRayClient::new(&config);
    if let Some(group) = &args.group {
        check_group(&client, group).await?;
    }
    for doubt in filter_doubts(args.filter.as_deref().unwrap_or_default(), None) {
        context.note(&printable(&format!(
            "warning: in the filter: {}",
            doubt.message
        )));
    }
    let asked = expression(args.filter.as_deref(), args.group.as_deref());
    let spinner = progress::spinner(context, "looking for traces");
    let most = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let found = client.trace_summaries(window, asked.as_deref(), most).await;
    spinner.finish_and_clear();
    let (summaries, has_more) =
        found.map_err(|error| refused(error, args.filter.as_deref(), asked.as_deref()))?;
    let zone = context.zone();
    let text = match args.output {
        OutputArg::Table => table(context, &summaries, zone),
        OutputArg::Json => {
            let mut whole = json_of(&summaries, window, has_more);
            context.put_left_out(&mut whole);
            format!("{whole:#}\n")
        }
        OutputArg::Csv => csv::table(&TITLES, summaries.iter().map(fields)),
    };
    context.print(&text)?;
    context.note_left_out();
    note_dropped(context, window.start).await;
    if has_more {
        context.note(&format!(
            "these are the newest {}; there are more, see --limit",
            summaries.len()
        ));
    }
    match summaries.first() {
        Some(newest) => context.note(&format!("next: cruddurctl trace {}", newest.id)),
        None => {
            let names = (args.filter.as_deref(), args.group.as_deref());
            context.note(&nothing(&client, window, names).await);
        }
    }
    Ok(Exit::Done)
}

// A search for an annotation that X-Ray does not take finds nothing, so that a person is told here.
async fn note_dropped(context: &Context, since: i64) {
    let Some(address) = context.known_local_stack() else {
        return;
    };
    // The stack may be our own, on this very runtime.
    let key = context.stack_key();
    let asking = move || stack::dropped_annotations(address, key.as_ref(), since);
    let asked = tokio::task::spawn_blocking(asking);
    let dropped = asked.await.ok().flatten().unwrap_or_default();
    if let Some(last) = dropped.first() {
        context.note(&dropped_words(last));
    }
    if dropped.len() > 1 {
        context.note(&format!(
            "{} more keys like this: cruddurctl xray daemon rejects",
            dropped.len() - 1
        ));
    }
}

/// Says why there is no trace: there is none in the window, or there are and the filter or the group takes them.
pub async fn nothing(
    client: &XRayClient,
    window: Window,
    (filter, group): (Option<&str>, Option<&str>),
) -> String {
    const MOST_COUNTED: usize = 100;
    let what = match (filter, group) {
        (None, None) => None,
        (Some(_), None) => Some("none of them passes the filter".to_string()),
        (None, Some(group)) => Some(format!("none of them is in group {group}")),
        (Some(_), Some(group)) => Some(format!(
            "none of them is in group {group} and passes the filter"
        )),
    };
    if let Some(what) = what {
        let found = client.trace_summaries(window, None, MOST_COUNTED).await;
        match found {
            Ok((all, has_more)) if !all.is_empty() => {
                let more = if has_more { "more than " } else { "" };
                let (n, s) = (all.len(), if all.len() == 1 { "" } else { "s" });
                return format!("there are {more}{n} trace{s} in this time, and {what}");
            }
            Ok(_) => {}
            Err(_) => return "no traces match".to_string(),
        }
    }
    // A longer time that ends now helps only where this one does.
    match window.end < now().saturating_sub(SECOND) {
        true => "no traces in this time; ask about another one with --since and --until, or the last hours with --last 24h".to_string(),
        false => "no traces in this time; ask about a longer one with --last, or make some with `cruddurctl serve`".to_string(),
    }
}

/// Returns the window that was asked for; the last hour if nothing else was.
pub fn window(context: &Context, when: &WhenArgs) -> Result<Window, Failure> {
    const HOUR: i64 = 3600 * SECOND;
    let seconds = match when.last {
        Some(last) => i64::try_from(last.as_secs()).unwrap_or(i64::MAX),
        None => 3600,
    };
    let now = now();
    let ends = ends(when.since, when.until, now, context.zone())
        .map_err(|what| Failure::of(Exit::Usage, what))?;
    ends.notes.iter().for_each(|it| context.note(it));
    let window = match (ends.since, ends.until) {
        (None, None) => TimeRange::Last { seconds }.window(now),
        (Some(start), until) => Window {
            start,
            end: until.unwrap_or_else(|| now.saturating_add(1)),
        },
        (None, Some(end)) => Window {
            start: end.saturating_sub(HOUR),
            end,
        },
    };
    if window.start >= window.end {
        let message = backwards(ends.since.zip(ends.until), now, context.zone());
        return Err(Failure::of(Exit::Usage, message));
    }
    Ok(window)
}

/// Makes sure that a group is there.
///
/// # Errors
/// The names of those that are.
pub async fn check_group(client: &XRayClient, name: &str) -> Result<(), Failure> {
    let groups = client.groups().await?;
    if groups.iter().any(|group| group.name == name) {
        return Ok(());
    }
    let known: Vec<&str> = groups.iter().map(|group| &*group.name).collect();
    let message = format!("there is no X-Ray group {name}");
    Err(Failure::of(Exit::Failed, message).with_hint(format!(
        "there is {}; `cruddurctl xray setup` makes Cruddur",
        known.join(", ")
    )))
}

/// Returns the one expression that filter and group come to.
///
/// Parentheses stand only around an OR, which would bind less than the AND: X-Ray's guide does not
/// describe them, so nothing that works without gets them.
fn expression(filter: Option<&str>, group: Option<&str>) -> Option<String> {
    let filter = filter.filter(|filter| !filter.trim().is_empty());
    let Some(group) = group else {
        return filter.map(str::to_string);
    };
    let group = format!("group.name = \"{group}\"");
    Some(match filter {
        None => group,
        Some(filter) => match filter::parse(filter, &|_| Some(String::new())) {
            Ok(Filter::Any(_)) | Err(_) => format!("{group} AND ({filter})"),
            Ok(_) => format!("{group} AND {filter}"),
        },
    })
}

// The service is the judge, since it may know words that we do not; where it says no, our own reading
// of the text says at which place.
fn refused(error: AwsError, filter: Option<&str>, asked: Option<&str>) -> Failure {
    let is_refusal = error.is_code("InvalidRequestException");
    let said = error.to_string();
    let failure = Failure::from(error);
    match (filter, asked) {
        (Some(filter), Some(asked)) if is_refusal => {
            match filter::parse(filter, &|_| Some(String::new())) {
                // The local stack reads as we do, and has said so itself.
                Err(error) if said.contains(&error.to_string()) => failure,
                Err(error) => failure.with_hint(format!("in the filter: {error}")),
                Ok(_) => failure.with_hint(format!("it was asked for {asked}")),
            }
        }
        _ => failure,
    }
}

fn table(context: &Context, summaries: &[TraceSummary], zone: Zone) -> String {
    let columns = [
        Column::words("id"),
        Column::words("start"),
        Column::numbers("response"),
        Column::numbers("whole"),
        Column::words("request"),
        Column::numbers("status"),
        Column::words("service"),
        Column::words("marks"),
    ];
    let absent = || "-".to_string();
    let row = |summary: &TraceSummary| {
        let path = summary.url.as_deref().map(path_of);
        let request = [summary.method.as_deref(), path];
        let request: Vec<&str> = request.into_iter().flatten().collect();
        vec![
            summary.id.clone(),
            clock::date_and_time(summary.start, zone),
            summary.response_seconds.map_or_else(absent, milliseconds),
            milliseconds(summary.duration_seconds),
            Some(request.join(" "))
                .filter(|it| !it.is_empty())
                .unwrap_or_else(absent),
            summary
                .status
                .map_or_else(absent, |status| status.to_string()),
            summary.service.clone().unwrap_or_else(absent),
            summary.marks.words().join(" "),
        ]
    };
    let rows: Vec<Vec<String>> = summaries.iter().map(row).collect();
    in_columns(&columns, &rows, &context.out)
}

const TITLES: [&str; 12] = [
    "id",
    "start",
    "response_seconds",
    "duration_seconds",
    "method",
    "url",
    "status",
    "service",
    "fault",
    "error",
    "throttle",
    "partial",
];

fn fields(summary: &TraceSummary) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let marks = summary.marks;
    let mut fields = vec![
        summary.id.clone(),
        rfc3339(summary.start),
        summary
            .response_seconds
            .map(|n| n.to_string())
            .unwrap_or_default(),
        summary.duration_seconds.to_string(),
        text(&summary.method),
        text(&summary.url),
        summary.status.map(|n| n.to_string()).unwrap_or_default(),
        text(&summary.service),
    ];
    let flags = [marks.fault, marks.error, marks.throttle, marks.partial];
    fields.extend(flags.map(|flag| flag.to_string()));
    fields
}

fn json_of(summaries: &[TraceSummary], window: Window, has_more: bool) -> Json {
    let trace = |summary: &TraceSummary| {
        let annotations: serde_json::Map<String, Json> = summary
            .annotations
            .iter()
            .map(|(key, values)| (key.clone(), values.iter().map(value).collect()))
            .collect();
        json!({
            "id": summary.id,
            "start": rfc3339(summary.start),
            "response_seconds": summary.response_seconds,
            "duration_seconds": summary.duration_seconds,
            "method": summary.method,
            "url": summary.url,
            "status": summary.status,
            "service": summary.service,
            "services": summary.services,
            "users": summary.users,
            "fault": summary.marks.fault,
            "error": summary.marks.error,
            "throttle": summary.marks.throttle,
            "partial": summary.marks.partial,
            "annotations": annotations,
        })
    };
    json!({
        "schema_version": render_json::SCHEMA_VERSION,
        "window": { "start": rfc3339(window.start), "end": rfc3339(window.end) },
        "has_more": has_more,
        "traces": summaries.iter().map(trace).collect::<Vec<_>>(),
    })
}

/// Returns a value as JSON.
pub fn value(value: &Value) -> Json {
    match value {
        Value::Str(text) => Json::from(&**text),
        Value::Int(int) => (*int).into(),
        Value::Float(float) => (*float).into(),
        Value::Bool(bool) => (*bool).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_and_a_filter_must_both_hold() {
        for (filter, group, expected) in [
            (None, None, None),
            (Some("fault"), None, Some("fault")),
            (None, Some("Cruddur"), Some("group.name = \"Cruddur\"")),
            (
                Some("fault"),
                Some("C"),
                Some("group.name = \"C\" AND fault"),
            ),
            (
                Some("fault OR error"),
                Some("C"),
                Some("group.name = \"C\" AND (fault OR error)"),
            ),
        ] {
            assert_eq!(expression(filter, group).as_deref(), expected);
        }
    }
}
