//! Marks a run in Honeycomb, so that graphs show when it was.

use super::Ran;
use crate::cli::context::Context;
use crate::cli::serve::service_name;
use crate::honeycomb::client::{HoneycombClient, HoneycombError};
use crate::model::catalogue::Marker;
use crate::model::time::SECOND;
use crate::settings::targets::{self, HoneycombTarget};
use crate::stack;

/// Marks the run in the dataset, else in the back end's. Where that cannot be done, it is said: a run
/// without a mark is a run all the same.
pub async fn mark(context: &Context, dataset: Option<&str>, ran: &Ran<'_>) {
    let dataset = dataset.map_or_else(|| service_name(context), str::to_string);
    let target = match target(context) {
        Ok(target) => target,
        Err(reason) => return context.note(&format!("the run is not marked: {reason}")),
    };
    let marker = Marker {
        id: String::new(),
        start: ran.began.div_euclid(SECOND),
        // The end is a whole second too, and not before the last request.
        end: Some(ran.ended.div_euclid(SECOND) + 1),
        kind: "load".to_string(),
        message: format!("load: {}, {}", ran.pace, ran.mix),
        url: String::new(),
    };
    let place = target
        .base
        .split_once("://")
        .map_or(target.base.clone(), |(_, rest)| rest.to_string());
    match make(target, &dataset, &marker).await {
        Ok(()) => context.note(&format!(
            "marked in dataset {dataset} at {place}: \"{}\"",
            marker.message
        )),
        Err(error) => {
            context.note(&format!("warning: the run is not marked: {error}"));
            if let HoneycombError::Unauthorized { .. } | HoneycombError::Forbidden { .. } = error {
                context.note(
                    "hint: it takes a configuration key with the permission \"Manage Markers\"; --no-marker leaves it be",
                );
            }
        }
    }
}

/// Returns where to mark: Honeycomb if there is a key, else a stack that runs already; none is started
/// for this.
fn target(context: &Context) -> Result<HoneycombTarget, String> {
    let environment = &context.environment;
    if targets::honeycomb_is_cloud(context.target(), environment) {
        return targets::honeycomb_cloud(environment)
            .ok_or_else(|| "there is no HONEYCOMB_API_KEY".to_string());
    }
    let folder = context.data_folder().ok();
    let running = folder.and_then(|folder| stack::find(&folder));
    let running = running.ok_or_else(|| "no local stack is running".to_string())?;
    Ok(targets::honeycomb_local(running.address, environment))
}

async fn make(
    target: HoneycombTarget,
    dataset: &str,
    marker: &Marker,
) -> Result<(), HoneycombError> {
    let client = HoneycombClient::new(target)?;
    match client.make_marker(dataset, marker).await {
        // The back end's first spans may still be on their way.
        Err(HoneycombError::NoSuchDataset { .. }) => {
            client.make_dataset(dataset).await?;
            client.make_marker(dataset, marker).await?;
        }
        made => {
            made?;
        }
    }
    Ok(())
}
