//! `trace`: one request, drawn on a time axis.
//!
//! Today the segment tree of X-Ray; another lens is one more list of pieces over the same window.

use serde_json::{Value as Json, json};

use super::args::{PictureOutputArg, TraceArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::picture;
use super::render;
use super::render::waterfall::Frame;
use super::render::waterfall_svg::waterfall_svg;
use super::xray::value;
use crate::clock::now;
use crate::model::segment_tree::{Piece, PieceKind, SegmentTree};
use crate::model::time::{SECOND, TimeRange, rfc3339};
use crate::model::trace_id::{hex_from_xray, xray_from_hex};
use crate::model::trace_summary::TraceSummary;
use crate::xray::client::XRayClient;

/// The most traces that the slowest is looked for among.
const MOST_COMPARED: usize = 10_000;

/// X-Ray keeps traces for 30 days. Source: AWS X-Ray endpoints and quotas.
const KEPT_SECONDS: i64 = 30 * 86_400;

/// Draws the trace.
pub async fn run(context: &Context, args: &TraceArgs) -> Outcome {
    picture::check_png(context, args.output == PictureOutputArg::Png, "trace")?;
    let typed = args.id.as_deref().map(xray_id).transpose()?;
    let (config, _) = context.aws("x-ray").await?;
    let client = XRayClient::new(&config);
    let id = match typed {
        Some(id) => id,
        None => chosen(context, &client, args).await?,
    };
    let Some(tree) = client.segment_tree(&id).await? else {
        return Err(not_there(&id));
    };
    let frame = Frame {
        utc_offset_seconds: context.utc_offset.whole_seconds(),
        has_details: args.details,
        most_pieces: usize::try_from(args.limit).unwrap_or(usize::MAX),
    };
    match args.output {
        PictureOutputArg::Table => {
            context.print(&render::waterfall::waterfall(&tree, &frame, &context.out))?
        }
        PictureOutputArg::Json => context.print(&format!("{:#}\n", json_of(&tree)))?,
        PictureOutputArg::Svg => picture::print_drawing(context, &waterfall_svg(&tree, &frame))?,
        PictureOutputArg::Png => picture::print_png(context, &waterfall_svg(&tree, &frame))?,
    };
    context.note(&next(&tree, args));
    Ok(Exit::Done)
}

/// Returns the sentence that names the next useful command: more of this trace, or others like it.
fn next(tree: &SegmentTree, args: &TraceArgs) -> String {
    let root = tree.root();
    let is_bad = root.is_some_and(|root| root.marks.fault);
    match root {
        Some(root) if is_bad && is_quotable(&root.service) => format!(
            "next: cruddurctl xray traces --filter 'service(\"{}\") {{ fault }}'",
            root.service
        ),
        _ if !args.details => format!("next: cruddurctl trace {} --details", tree.trace_id),
        _ => "next: cruddurctl xray graph".to_string(),
    }
}

// What could end the quotes of a shell or of a filter is not put between them.
fn is_quotable(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || " _.:/%&#=+@-".contains(c);
    !name.is_empty() && name.chars().all(is_plain)
}

async fn chosen(
    context: &Context,
    client: &XRayClient,
    args: &TraceArgs,
) -> Result<String, Failure> {
    let seconds = i64::try_from(args.within.as_secs()).unwrap_or(i64::MAX);
    let window = TimeRange::Last { seconds }.window(now());
    let most = if args.last { 1 } else { MOST_COMPARED };
    let (summaries, has_more) = client.trace_summaries(window, None, most).await?;
    if has_more && args.slowest {
        context.note(&format!("the slowest of the newest {most} traces"));
    }
    let slower = |a: &&TraceSummary, b: &&TraceSummary| a.seconds().total_cmp(&b.seconds());
    let found = match args.last {
        true => summaries.first(),
        false => summaries.iter().max_by(slower),
    };
    found.map(|summary| summary.id.clone()).ok_or_else(|| {
        Failure::of(Exit::Failed, "there are no traces in this time")
            .with_hint("look further back with --within, or make some with `cruddurctl serve`")
    })
}

/// Reads a trace id of either form and returns it in X-Ray's.
///
/// # Errors
/// If it has neither, or is the id of requests that were not sampled.
pub(super) fn xray_id(text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let hex = hex_from_xray(text).unwrap_or_else(|| text.to_string());
    let Some(id) = xray_from_hex(&hex) else {
        let message = format!("`{text}` is not a trace id");
        return Err(Failure::of(Exit::Usage, message).with_hint(
            "a trace id is 1-5759e988-bd862e3fe1be46a994272793, or the same 32 digits without 1 and dashes; --last takes the newest trace",
        ));
    };
    if hex.bytes().all(|digit| digit == b'0') {
        let message = "the id of zeros is no trace: it answers a request that was not sampled";
        return Err(Failure::of(Exit::Failed, message)
            .with_hint("`cruddurctl xray traces` lists those that were"));
    }
    Ok(id)
}

/// Says that a trace is not there, and why that may be.
pub(super) fn not_there(id: &str) -> Failure {
    let failure = Failure::of(Exit::Failed, format!("there is no trace {id}"));
    let epoch = hex_from_xray(id).and_then(|hex| i64::from_str_radix(hex.get(..8)?, 16).ok());
    let began = epoch.unwrap_or_default().saturating_mul(SECOND);
    let age_seconds = now().saturating_sub(began) / SECOND;
    failure.with_hint(if age_seconds > KEPT_SECONDS {
        format!(
            "its id says that it began at {}, and X-Ray keeps traces for 30 days",
            rfc3339(began)
        )
    } else {
        "the request may not have been sampled, or have gone to another region (AWS_REGION); `cruddurctl xray traces` lists what is there".to_string()
    })
}

fn json_of(tree: &SegmentTree) -> Json {
    json!({
        "schema_version": render::json::SCHEMA_VERSION,
        "id": tree.trace_id,
        "start": rfc3339(tree.window.start),
        "end": rfc3339(tree.window.end),
        "limit_exceeded": tree.limit_exceeded,
        "unreadable_documents": tree.n_unreadable,
        "pieces": tree.pieces.iter().map(|piece| piece_json(tree, piece)).collect::<Vec<_>>(),
    })
}

fn piece_json(tree: &SegmentTree, piece: &Piece) -> Json {
    let annotations: serde_json::Map<String, Json> = piece
        .annotations
        .iter()
        .map(|(key, found)| (key.clone(), value(found)))
        .collect();
    let facts: serde_json::Map<String, Json> = piece
        .facts
        .iter()
        .map(|(key, text)| (key.replace(' ', "_"), text.as_str().into()))
        .collect();
    let exceptions = piece.exceptions.iter();
    let overhang = tree.overhang(piece);
    json!({
        "id": piece.id,
        // Its place in this very list.
        "parent": piece.parent,
        "missing_parent": piece.missing_parent,
        "name": piece.name,
        "service": piece.service,
        "kind": match piece.kind {
            PieceKind::Segment => "segment",
            PieceKind::Inferred => "inferred",
            PieceKind::Subsegment => "subsegment",
            PieceKind::SentAlone => "subsegment_sent_alone",
        },
        "start": rfc3339(piece.start),
        "end": piece.end.map(rfc3339),
        "duration_seconds": piece.duration().map(|ns| ns as f64 / 1e9),
        "method": piece.method,
        "url": piece.url,
        "status": piece.status,
        "fault": piece.marks.fault,
        "error": piece.marks.error,
        "throttle": piece.marks.throttle,
        "in_progress": piece.marks.partial,
        "before_parent_seconds": overhang.before as f64 / 1e9,
        "after_parent_seconds": overhang.after as f64 / 1e9,
        "exceptions": exceptions
            .map(|it| json!({ "type": it.kind, "message": it.message }))
            .collect::<Vec<_>>(),
        "annotations": annotations,
        "facts": facts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_id_are_read_and_zeros_are_no_trace() {
        let id = "1-5759e988-bd862e3fe1be46a994272793";
        for text in [id, "5759E988bd862e3fe1be46a994272793", &format!(" {id}\n")] {
            assert_eq!(xray_id(text).ok().as_deref(), Some(id), "{text}");
        }
        for text in ["15m", "1-00000000-000000000000000000000000", ""] {
            assert!(xray_id(text).is_err(), "{text}");
        }
    }
}
