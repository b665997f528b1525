//! `xray graph`: which service calls which.

use super::traces::{check_group, nothing, window};
use crate::cli::args::{GraphArgs, PictureOutputArg};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Outcome};
use crate::cli::picture;
use crate::cli::progress;
use crate::cli::render;
use crate::cli::render::graph_svg::graph_svg;
use crate::xray::client::XRayClient;

/// Prints the service graph.
pub async fn graph(context: &Context, args: &GraphArgs) -> Outcome {
    picture::check_png(context, args.output == PictureOutputArg::Png, "graph")?;
    let window = window(context, &args.when)?;
    let (config, _) = context.aws("x-ray").await?;
    let client = XRayClient::new(&config);
    if let Some(group) = &args.group {
        check_group(&client, group).await?;
    }
    let spinner = progress::spinner(context, "asking for the service graph");
    let found = client.service_graph(window, args.group.as_deref()).await;
    spinner.finish_and_clear();
    let graph = found?;
    let frame = render::graph_svg::Frame {
        group: args.group.as_deref(),
        zone: context.zone(),
    };
    match args.output {
        PictureOutputArg::Table => context.print(&render::graph::graph(&graph, &context.out))?,
        PictureOutputArg::Json => {
            let mut whole = render::graph::json(&graph);
            context.put_left_out(&mut whole);
            context.print(&format!("{whole:#}\n"))?
        }
        PictureOutputArg::Svg => picture::print_drawing(context, &graph_svg(&graph, &frame))?,
        PictureOutputArg::Png => picture::print_png(context, &graph_svg(&graph, &frame))?,
    };
    context.note_left_out();
    if graph.services.is_empty() {
        let names = (None, args.group.as_deref());
        context.note(&nothing(&client, window, names).await);
    }
    context.note("next: cruddurctl xray traces --filter 'fault OR error'");
    Ok(Exit::Done)
}
