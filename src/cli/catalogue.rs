//! `auth`, `datasets`, `columns` and `markers`: what there is to ask about.

use serde_json::{Value as Json, json};

use super::args::{AuthArgs, ColumnsArgs, DatasetsArgs, MarkerArgs, MarkersArgs, OutputArg};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::query::no_such_dataset;
use super::query_cloud::{explained_key, missing_permissions};
use super::render::clock::date_and_time;
use super::render::columns::{Column as Heading, in_columns};
use super::render::csv;
use super::when::ends;
use crate::clock::now;
use crate::honeycomb::client::{HoneycombClient, HoneycombError};
use crate::model::catalogue::Marker;
use crate::model::time::{SECOND, rfc3339};

/// Says whom the key belongs to and what it may do.
pub async fn auth(context: &Context, args: &AuthArgs) -> Outcome {
    let client = context.honeycomb().await?;
    let identity = client.identity().await?;
    let (team, environment) = (&identity.team, &identity.environment);
    let yes_or_no = |may: bool| if may { "yes" } else { "no" };
    let mut rows = vec![
        vec!["address".to_string(), client.address().to_string()],
        vec!["region".to_string(), client.region().to_string()],
        vec!["key".to_string(), identity.kind.clone()],
        vec!["team".to_string(), team.0.clone()],
        vec!["environment".to_string(), environment.0.clone()],
    ];
    for (name, may) in &identity.permissions {
        rows.push(vec![format!("may {name}"), yes_or_no(*may).to_string()]);
    }
    let json = || {
        let permissions: serde_json::Map<String, Json> = identity
            .permissions
            .iter()
            .map(|(name, may)| (name.clone(), (*may).into()))
            .collect();
        json!({
            "address": client.address(),
            "region": client.region(),
            "key_type": identity.kind,
            "team": { "name": team.0, "slug": team.1 },
            "environment": { "name": environment.0, "slug": environment.1 },
            "permissions": permissions,
        })
    };
    print(context, args.output, &["what", "value"], rows, json)?;
    let missing = missing_permissions(&identity);
    if identity.kind == "ingest" {
        context.note("an ingest key can send and not ask: queries need a configuration key, from Honeycomb's environment settings");
    } else if missing.is_empty() {
        context.note("next: cruddurctl datasets");
    } else {
        context.note(&format!(
            "to run queries, the key also needs the permissions {}",
            missing.join(" and ")
        ));
    }
    Ok(Exit::Done)
}

/// Lists the datasets.
pub async fn datasets(context: &Context, args: &DatasetsArgs) -> Outcome {
    let client = context.honeycomb().await?;
    let datasets = match client.datasets().await {
        Ok(datasets) => datasets,
        Err(error) => return Err(explained(&client, error).await),
    };
    context.left_out.take(&client.described_left_out());
    if args.names {
        let names: String = datasets.iter().map(|it| format!("{}\n", it.slug)).collect();
        return context.print(&names);
    }
    let rows = datasets.iter().map(|it| {
        vec![
            it.slug.clone(),
            it.name.clone(),
            it.n_columns.map_or(String::new(), |n| n.to_string()),
            it.last_written.clone().unwrap_or_default(),
            it.description.clone(),
        ]
    });
    let json = || {
        let object = |it: &crate::model::catalogue::Dataset| {
            json!({
                "slug": it.slug,
                "name": it.name,
                "columns": it.n_columns,
                "last_written": it.last_written,
                "description": it.description,
            })
        };
        datasets.iter().map(object).collect::<Vec<_>>().into()
    };
    let titles = ["slug", "name", "columns", "last written", "description"];
    print(context, args.output, &titles, rows.collect(), json)?;
    context.note(match datasets.first() {
        None => "no dataset yet; next: cruddurctl serve, then call http://127.0.0.1:4567/api/activities/home",
        Some(_) => "next: cruddurctl columns --dataset NAME",
    });
    Ok(Exit::Done)
}

/// Lists the columns of a dataset.
pub async fn columns(context: &Context, args: &ColumnsArgs) -> Outcome {
    let client = context.honeycomb().await?;
    let dataset = &args.of.dataset;
    let columns = match client.columns(dataset).await {
        Ok(columns) => columns,
        Err(error) => return Err(explained(&client, error).await),
    };
    context.left_out.take(&client.described_left_out());
    if args.names {
        let names: String = columns.iter().map(|it| format!("{}\n", it.name)).collect();
        return context.print(&names);
    }
    let rows = columns.iter().map(|it| {
        vec![
            it.name.clone(),
            it.kind.clone(),
            it.last_written.clone().unwrap_or_default(),
            it.description.clone(),
        ]
    });
    let json = || {
        let object = |it: &crate::model::catalogue::Column| {
            json!({
                "name": it.name,
                "type": it.kind,
                "description": it.description,
                "hidden": it.is_hidden,
                "last_written": it.last_written,
            })
        };
        columns.iter().map(object).collect::<Vec<_>>().into()
    };
    let titles = ["name", "type", "last written", "description"];
    print(context, args.output, &titles, rows.collect(), json)?;
    context.note("next: cruddurctl query count --by COLUMN");
    Ok(Exit::Done)
}

/// Lists the markers of a dataset.
pub async fn markers(context: &Context, args: &MarkersArgs) -> Outcome {
    let client = context.honeycomb().await?;
    let dataset = &args.of.dataset;
    let markers = match client.markers(dataset).await {
        Ok(markers) => markers,
        Err(error) => return Err(explained(&client, error).await),
    };
    let zone = context.zone();
    let clock = |second: i64| date_and_time(second.saturating_mul(SECOND), zone);
    let row = |it: &Marker| {
        vec![
            clock(it.start),
            it.end.map_or(String::new(), clock),
            it.kind.clone(),
            it.message.clone(),
            it.url.clone(),
            it.id.clone(),
        ]
    };
    let rows = markers.iter().map(row).collect();
    let titles = ["start", "end", "type", "message", "url", "id"];
    let json = || markers.iter().map(marker_json).collect::<Vec<_>>().into();
    print(context, args.output, &titles, rows, json)?;
    context.note("next: cruddurctl markers add 'what happened', to see it on the graphs");
    Ok(Exit::Done)
}

/// Makes a marker.
pub async fn add_marker(context: &Context, args: &MarkerArgs) -> Outcome {
    let now = now();
    let second = |moment: i64| moment.div_euclid(SECOND);
    let ends = ends(args.since, args.until, now, context.zone())
        .map_err(|what| Failure::of(Exit::Usage, what))?;
    ends.notes.iter().for_each(|it| context.note(it));
    let marker = Marker {
        id: String::new(),
        start: ends.since.map_or(second(now), second),
        end: ends.until.map(second),
        kind: args.kind.clone(),
        message: args.message.clone(),
        url: args.url.clone(),
    };
    if marker.end.is_some_and(|end| end < marker.start) {
        return Err(Failure::of(Exit::Usage, "the marker ends before it begins"));
    }
    let client = context.honeycomb().await?;
    let made = match client.make_marker(&args.of.dataset, &marker).await {
        Ok(made) => made,
        Err(error) => return Err(explained(&client, error).await),
    };
    context.print(&format!("{:#}\n", marker_json(&made)))?;
    context.note("next: cruddurctl query heatmap");
    Ok(Exit::Done)
}

fn marker_json(it: &Marker) -> Json {
    let moment = |second: i64| rfc3339(second.saturating_mul(SECOND));
    json!({
        "id": it.id,
        "start": moment(it.start),
        "end": it.end.map(moment),
        "type": it.kind,
        "message": it.message,
        "url": it.url,
    })
}

async fn explained(client: &HoneycombClient, error: HoneycombError) -> Failure {
    match error {
        HoneycombError::NoSuchDataset { address, dataset } => {
            no_such_dataset(client, &address, &dataset).await
        }
        error => explained_key(client, error).await,
    }
}

fn print(
    context: &Context,
    output: OutputArg,
    titles: &[&str],
    rows: Vec<Vec<String>>,
    json: impl FnOnce() -> Json,
) -> Outcome {
    context.print(&match output {
        OutputArg::Table => {
            let headings: Vec<Heading> =
                titles.iter().map(|title| Heading::words(*title)).collect();
            in_columns(&headings, &rows, &context.out)
        }
        OutputArg::Json => format!("{:#}\n", json()),
        OutputArg::Csv => csv::table(titles, rows.into_iter()),
    })
}
