//! The request that is explained: typed, of a trace, or of a log line.

use std::io::{BufRead, Read, stdin};

use serde_json::Value as Json;

use super::kind_of;
use crate::cli::args::{ExplainArgs, RequestArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::lenses::{not_there, trace_id};
use crate::model::diagnostic::{Diagnostic, Severity, render};
use crate::model::recorded::RequestKind;
use crate::model::request_line::{LineError, RequestLine};
use crate::model::trace_summary::{host_of, path_of};
use crate::model::trace_tree::Piece;
use crate::xray::client::XRayClient;

/// The request, and where it is known from.
pub struct Subject {
    pub kind: RequestKind,
    pub source: Source,
}

pub enum Source {
    Flags,
    Line,
    Trace {
        id: String,
        /// The rule that the segment says to have been sampled by.
        recorded_rule: Option<String>,
    },
}

/// The longest line that is read from standard input.
const LONGEST_LINE: u64 = 256 * 1024;

/// Returns the request that was asked about.
///
/// # Errors
/// If there is no such trace, or the line is none of a request.
pub async fn subject(context: &Context, args: &ExplainArgs) -> Result<Subject, Failure> {
    if let Some(text) = &args.trace {
        return of_trace(context, text).await;
    }
    if let Some(text) = &args.line {
        let text = if text == "-" {
            read_line()?
        } else {
            text.clone()
        };
        let kind = of_line(&text, &args.request)?;
        let (service, host) = (&args.request.service, &args.request.host);
        context.note(&format!(
            "a log line says neither service nor Host: taken as {service} at {host}, see --service and --host"
        ));
        let source = Source::Line;
        return Ok(Subject { kind, source });
    }
    Ok(Subject {
        kind: kind_of(&args.request),
        source: Source::Flags,
    })
}

async fn of_trace(context: &Context, text: &str) -> Result<Subject, Failure> {
    let id = trace_id(text)?;
    let (config, _) = context.aws("x-ray").await?;
    let tree = XRayClient::new(&config).segment_tree(&id).await?;
    let tree = tree.ok_or_else(|| not_there(&id))?;
    let Some(segment) = tree.root().filter(|root| root.kind.is_segment()) else {
        let message =
            format!("of trace {id} there is no segment, so it does not say what the request was");
        return Err(Failure::of(Exit::Failed, message)
            .with_hint("segments arrive when a request ends; ask again in a moment"));
    };
    Ok(Subject {
        kind: of_segment(segment),
        source: Source::Trace {
            recorded_rule: fact(segment, "sampling rule"),
            id,
        },
    })
}

fn of_segment(segment: &Piece) -> RequestKind {
    let url = segment.url.as_deref().unwrap_or_default();
    RequestKind {
        service_name: segment.name.clone(),
        service_type: fact(segment, "origin").unwrap_or_default(),
        host: host_of(url).to_string(),
        http_method: segment.method.clone().unwrap_or_default(),
        url_path: if url.is_empty() { "" } else { path_of(url) }.to_string(),
    }
}

fn fact(piece: &Piece, name: &str) -> Option<String> {
    let mut facts = piece.facts.iter();
    facts
        .find(|(key, _)| *key == name)
        .map(|(_, text)| text.clone())
}

fn read_line() -> Result<String, Failure> {
    let mut line = Vec::new();
    let mut input = stdin().lock().take(LONGEST_LINE);
    input.read_until(b'\n', &mut line).map_err(|error| {
        Failure::new(Exit::Failed, error.into()).while_doing("cannot read standard input")
    })?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

fn of_line(text: &str, args: &RequestArgs) -> Result<RequestKind, Failure> {
    let text = text.trim_end_matches(['\r', '\n']);
    let inner = message_in(text);
    let text = inner.as_deref().unwrap_or(text);
    let line = RequestLine::parse(text).map_err(|error| no_line(text, &error))?;
    Ok(RequestKind {
        http_method: line.method,
        url_path: line.path,
        ..kind_of(args)
    })
}

/// Returns the line inside of JSON, as CloudWatch's clients and watchtower wrap it.
fn message_in(text: &str) -> Option<String> {
    let json: Json = text
        .trim_start()
        .starts_with('{')
        .then(|| serde_json::from_str(text).ok())??;
    let member = |name: &str| json.get(name)?.as_str();
    let inner = member("message").or_else(|| member("msg"))?;
    // One may be wrapped in the other.
    let nested: Option<Json> = serde_json::from_str(inner).ok();
    let nested = nested.as_ref().and_then(|json| json.get("msg")?.as_str());
    Some(nested.unwrap_or(inner).to_string())
}

fn no_line(text: &str, error: &LineError) -> Failure {
    let diagnostic = Diagnostic {
        severity: Severity::Error,
        message: format!("this is no log line of a request: {error}"),
        line: 1,
        column: error.column,
        length: error.length,
        help: None,
    };
    let shown = render(&diagnostic, "--line", text);
    let shown = shown.strip_prefix("error: ").unwrap_or(&shown);
    Failure::of(Exit::Usage, shown.trim_end())
        .with_hint("one is: [2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home? 200 OK")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_inside_of_json_is_found() {
        let line = "[x] 127.0.0.1 GET http /a? 200 OK";
        for json in [
            serde_json::json!({ "message": line }),
            serde_json::json!({ "timestamp": 1, "msg": line }),
            serde_json::json!({ "message": serde_json::json!({ "msg": line }).to_string() }),
        ] {
            assert_eq!(
                message_in(&json.to_string()).as_deref(),
                Some(line),
                "{json}"
            );
        }
        for text in [line, "{", "{}", "{\"message\": 1}", ""] {
            assert_eq!(message_in(text), None, "{text}");
        }
    }
}
