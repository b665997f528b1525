//! `store stat` and `store verify`: what the data folder holds, and whether it is whole.

use serde_json::{Value as Json, json};

use super::args::{OutputArg, StoreStatArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::render::columns::{Column, in_columns};
use super::render::csv;
use crate::model::time::rfc3339;
use crate::stack::{Held, Inspection, StackError, inspect};

/// Prints every dataset with its events.
pub fn stat(context: &Context, args: &StoreStatArgs) -> Outcome {
    let found = found(context)?;
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
    Ok(Exit::Done)
}

/// Reads everything and names what is damaged.
pub fn verify(context: &Context) -> Outcome {
    let found = found(context)?;
    let n_events: u64 = found.datasets.iter().map(|held| held.events).sum();
    for damage in &found.damage {
        context.note(&format!("damaged: {damage}"));
    }
    context.print(&format!("{n_events} events can be read\n"))?;
    context.note(&size(&found));
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

fn found(context: &Context) -> Result<Inspection, Failure> {
    let folder = context.data_folder()?;
    context.note(&format!("data: {}", folder.display()));
    if !folder.exists() {
        return Ok(Inspection::default());
    }
    Ok(inspect(&folder).map_err(StackError::from)?)
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
        "journal_files": found.n_files,
        "journal_bytes": found.n_bytes,
    })
}

fn size(found: &Inspection) -> String {
    let files = if found.n_files == 1 { "file" } else { "files" };
    format!(
        "{} bytes in {} journal {files}",
        found.n_bytes, found.n_files
    )
}
