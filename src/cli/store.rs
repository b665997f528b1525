//! `store`: what the data folder holds, whether it is whole, and a copy of it for other tools.

use serde_json::{Value as Json, json};

use super::args::{LensArg, OutputArg, StoreExportArgs, StoreStatArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::progress;
use super::render::columns::{Column, in_columns};
use super::render::csv;
use super::render::text::printable;
use super::when::ends;
use super::when_error::backwards;
use crate::clock;
use crate::model::span::Lens;
use crate::model::time::{TimeRange, Window, rfc3339};
use crate::stack::{self, ExportError, Exported, Held, Inspection, StackError, Wanted, inspect};

/// Prints every dataset with its events.
pub fn stat(context: &Context, args: &StoreStatArgs) -> Outcome {
    let found = found(context, false)?;
    let text = match args.output {
        OutputArg::Table => {
            let columns = [
                Column::words("lens"),
                Column::words("dataset"),
                Column::numbers("events"),
                Column::words("newest"),
            ];
            let rows: Vec<Vec<String>> = found.datasets.iter().map(cells).collect();
            in_columns(&columns, &rows, &context.out)
        }
        OutputArg::Json => format!("{:#}\n", json_of(&found)),
        OutputArg::Csv => {
            let rows = found.datasets.iter().map(cells);
            csv::table(&["lens", "dataset", "events", "newest"], rows)
        }
    };
    context.print(&text)?;
    context.note(&size(&found));
    note_set_aside(context, &found);
    if let Some(held_back) = &found.held_back {
        context.note(&format!("warning: {held_back}"));
    }
    Ok(Exit::Done)
}

/// Reads everything and names what is damaged.
pub fn verify(context: &Context) -> Outcome {
    let found = found(context, true)?;
    let n_events = found.readable.unwrap_or(0);
    for damage in &found.damage {
        context.note(&format!("damaged: {damage}"));
    }
    context.print(&format!("{n_events} events can be read\n"))?;
    context.note(&size(&found));
    note_set_aside(context, &found);
    match found.damage.len() {
        0 => Ok(Exit::Done),
        n => {
            let places = if n == 1 { "place" } else { "places" };
            let message = format!("the data folder is damaged in {n} {places}");
            let hint = "everything else is served; a stack that runs may just be writing: verify again, or after it has stopped";
            Err(Failure::of(Exit::Found, message).with_hint(hint))
        }
    }
}

fn note_set_aside(context: &Context, found: &Inspection) {
    for sentence in &found.set_aside {
        context.note(&format!("warning: {}", printable(sentence)));
    }
}

/// Seals and merges what is there.
pub async fn compact(context: &Context) -> Outcome {
    let folder = context.data_folder()?;
    context.note(&format!("data: {}", folder.display()));
    if !folder.exists() {
        context.note("there is nothing to compact");
        return Ok(Exit::Done);
    }
    let spinner = progress::spinner(context, "compacting");
    let compacted = stack::compact(&folder).await;
    spinner.finish_and_clear();
    match compacted {
        Err(error @ StackError::Held { .. }) => {
            let hint =
                "a stack that runs compacts by itself; stop it first if you want it done now";
            Err(Failure::from(error).with_hint(hint))
        }
        compacted => {
            compacted?;
            context.note(&size(&found(context, false)?));
            Ok(Exit::Done)
        }
    }
}

/// Takes it that what is missing never comes back.
pub async fn accept_losses(context: &Context) -> Outcome {
    let folder = context.data_folder()?;
    context.note(&format!("data: {}", folder.display()));
    let accepted = match folder.exists() {
        true => stack::accept_losses(&folder).await,
        false => Ok(Vec::new()),
    };
    let accepted = match accepted {
        Err(error @ StackError::Held { .. }) => {
            return Err(Failure::from(error).with_hint("stop the stack that runs first"));
        }
        accepted => accepted?,
    };
    for loss in &accepted {
        context.note(&format!("accepted: {}", printable(loss)));
    }
    let n = accepted.len();
    let losses = if n == 1 { "loss" } else { "losses" };
    context.print(&format!("{n} {losses} accepted\n"))?;
    let left = found(context, true)?.damage.len();
    if left > 0 {
        context.note("some damage is left: `cruddurctl store verify` names it");
    }
    Ok(Exit::Done)
}

/// Takes it that the system's clock is right.
pub async fn accept_clock(context: &Context) -> Outcome {
    let folder = context.data_folder()?;
    context.note(&format!("data: {}", folder.display()));
    let accepted = match folder.exists() {
        true => stack::accept_clock(&folder).await,
        false => Ok(0),
    };
    let n_events = match accepted {
        Err(error @ StackError::Held { .. }) => {
            return Err(Failure::from(error).with_hint("stop the stack that runs first"));
        }
        accepted => accepted?,
    };
    let now = rfc3339(clock::now());
    context.print(&format!(
        "events expire by the system's clock from now on: {now}\n"
    ))?;
    if n_events > 0 {
        context.note(&format!(
            "{n_events} events have expired by it; the next stack removes them"
        ));
    }
    Ok(Exit::Done)
}

/// Writes a dataset's events to a file.
pub fn export(context: &Context, args: &StoreExportArgs) -> Outcome {
    let folder = context.data_folder()?;
    context.note(&format!("data: {}", folder.display()));
    let wanted = Wanted {
        lens: match args.lens {
            LensArg::Spans => Lens::Spans,
            LensArg::Logs => Lens::Logs,
            LensArg::Segments => Lens::Segments,
        },
        dataset: args.dataset.clone(),
        window: window(context, args)?,
    };
    let bar = progress::bar(context, "exporting");
    let exported = stack::export(&folder, &wanted, &args.file, |written, most| {
        bar.set_length(most);
        bar.set_position(written);
    });
    bar.finish_and_clear();
    let exported = exported.map_err(StackError::from)?;
    let exported = exported.map_err(|error| {
        let is_missing = matches!(error, ExportError::NoParquet);
        let failure = Failure::new(Exit::Failed, error.into());
        match is_missing {
            true => failure.with_hint("build it with `cargo install --features parquet`, or name a file that ends in .arrow"),
            false => failure,
        }
    })?;
    let Some((Exported { events, .. }, left_out)) = exported else {
        let message = format!("there is no dataset {}", args.dataset);
        return Err(Failure::of(Exit::Failed, message)
            .with_hint("`cruddurctl store stat` lists the datasets"));
    };
    context.print(&format!(
        "wrote {events} events to {}\n",
        args.file.display()
    ))?;
    for warning in context.left_out_warnings(&left_out) {
        context.note(&warning);
    }
    if left_out.unread.is_empty() {
        return Ok(Exit::Done);
    }
    let message = "the file has less than the range: some events could not be read";
    Err(Failure::of(Exit::Found, message)
        .with_hint("`cruddurctl store verify` names what is damaged"))
}

fn window(context: &Context, args: &StoreExportArgs) -> Result<Window, Failure> {
    let now = clock::now();
    if let Some(last) = args.last {
        let seconds = i64::try_from(last.as_secs()).unwrap_or(i64::MAX);
        return Ok(TimeRange::Last { seconds }.window(now));
    }
    let usage = |what| Failure::of(Exit::Usage, what);
    let ends = ends(args.since, args.until, now, context.zone()).map_err(usage)?;
    ends.notes.iter().for_each(|it| context.note(it));
    if let (Some(since), Some(until)) = (ends.since, ends.until)
        && until <= since
    {
        return Err(usage(backwards(Some((since, until)), now, context.zone())));
    }
    Ok(Window {
        start: ends.since.unwrap_or(i64::MIN),
        end: ends.until.unwrap_or(i64::MAX),
    })
}

fn found(context: &Context, finds_all_damage: bool) -> Result<Inspection, Failure> {
    let folder = context.data_folder()?;
    context.note(&format!("data: {}", folder.display()));
    if !folder.exists() {
        return Ok(Inspection::default());
    }
    Ok(inspect(&folder, finds_all_damage).map_err(StackError::from)?)
}

fn cells(held: &Held) -> Vec<String> {
    vec![
        held.lens.to_string(),
        held.name.clone(),
        held.events.to_string(),
        rfc3339(held.newest),
    ]
}

fn json_of(found: &Inspection) -> Json {
    let datasets: Vec<Json> = found
        .datasets
        .iter()
        .map(|held| {
            json!({
                "lens": held.lens,
                "dataset": held.name,
                "events": held.events,
                "newest": rfc3339(held.newest),
            })
        })
        .collect();
    json!({
        "schema_version": super::render::json::SCHEMA_VERSION,
        "datasets": datasets,
        "journal_files": found.journal.0,
        "journal_bytes": found.journal.1,
        "segment_files": found.segments.0,
        "segment_bytes": found.segments.1,
        "evicted_events": found.evicted,
        "set_aside": found.set_aside,
        "held_back": found.held_back,
    })
}

fn size(found: &Inspection) -> String {
    let files = |(n_files, n_bytes): (usize, u64), kind: &str| {
        let files = if n_files == 1 { "file" } else { "files" };
        format!("{n_bytes} bytes in {n_files} {kind} {files}")
    };
    let mut text = format!(
        "{}, {}",
        files(found.journal, "journal"),
        files(found.segments, "segment")
    );
    if found.evicted > 0 {
        text.push_str(&format!(
            "; {} events have left for lack of room or for their age",
            found.evicted
        ));
    }
    text
}
