//! `xray daemon rejects`: which segments were refused, and why.

use serde_json::json;

use crate::cli::args::{OutputArg, RejectsArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::render::columns::{Column, in_columns};
use crate::cli::render::text::printable;
use crate::cli::render::{clock, csv};
use crate::clock::now;
use crate::model::time::{TimeRange, rfc3339};
use crate::stack::{self, DroppedKey, Reject};

const TITLES: [&str; 8] = [
    "time",
    "via",
    "sender",
    "reason",
    "explanation",
    "trace_id",
    "segment_id",
    "bytes",
];

/// Lists what the local stack refused, the oldest first.
pub async fn rejects(context: &Context, args: &RejectsArgs) -> Outcome {
    let seconds = i64::try_from(args.last.as_secs()).unwrap_or(i64::MAX);
    let since = TimeRange::Last { seconds }.window(now()).start;
    let address = context.local_stack().await?;
    // The stack may be our own, on this very runtime.
    let key = context.stack_key();
    let asked = tokio::task::spawn_blocking(move || {
        let rejects = stack::rejects(address, key.as_ref(), since)?;
        let dropped = stack::dropped_annotations(address, key.as_ref(), since);
        Some((rejects, dropped.unwrap_or_default()))
    });
    let Some((rejects, dropped)) = asked.await.ok().flatten() else {
        let message = format!("the stack at {address} does not answer");
        return Err(Failure::of(Exit::Unreachable, message));
    };
    let text = match args.output {
        OutputArg::Table => table(context, &rejects),
        OutputArg::Json => format!(
            "{:#}\n",
            json!(rejects.iter().map(json_of).collect::<Vec<_>>())
        ),
        OutputArg::Csv => csv::table(&TITLES, rejects.iter().map(fields)),
    };
    context.print(&text)?;
    for lost in &dropped {
        context.note(&dropped_words(lost));
    }
    context.note(if rejects.is_empty() {
        "no segment was refused in this time; next: cruddurctl xray traces"
    } else {
        "the last 1000 are kept, at most 100 of a second; --output json shows what was sent"
    });
    Ok(Exit::Done)
}

/// Says which annotations were dropped, and why.
pub fn dropped_words(lost: &DroppedKey) -> String {
    format!(
        "annotation {:?} was dropped {}, last of trace {}: {}; its segments are kept",
        printable(&lost.key),
        match lost.count {
            1 => "once".to_string(),
            count => format!("{count} times"),
        },
        printable(&lost.trace_id),
        lost.explanation,
    )
}

fn table(context: &Context, rejects: &[Reject]) -> String {
    if rejects.is_empty() {
        return String::new();
    }
    let columns = [
        Column::words("time"),
        Column::words("via"),
        Column::words("reason"),
        Column::words("trace"),
        Column::words("why"),
    ];
    let zone = context.zone();
    let absent = || "-".to_string();
    let row = |reject: &Reject| {
        vec![
            clock::date_and_time(reject.time, zone),
            reject.via.clone(),
            reject.reason.clone(),
            reject.trace_id.clone().unwrap_or_else(absent),
            reject.explanation.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = rejects.iter().map(row).collect();
    in_columns(&columns, &rows, &context.out)
}

fn fields(reject: &Reject) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        rfc3339(reject.time),
        reject.via.clone(),
        text(&reject.sender),
        reject.reason.clone(),
        reject.explanation.clone(),
        text(&reject.trace_id),
        text(&reject.segment_id),
        reject.n_bytes.to_string(),
    ]
}

fn json_of(reject: &Reject) -> serde_json::Value {
    json!({
        "time": rfc3339(reject.time),
        "region": reject.region,
        "via": reject.via,
        "sender": reject.sender,
        "reason": reject.reason,
        "explanation": reject.explanation,
        "trace_id": reject.trace_id,
        "segment_id": reject.segment_id,
        "bytes": reject.n_bytes,
        "document": reject.document,
    })
}
