//! Where a result's links lead: a page with its rows, and a picture of its course.
//!
//! Texts come from whoever sent the events, so all of them are escaped, and nothing on the page can run.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value as Json;

use super::server::{HoneycombServer, may_read};
use super::server_results::Running;
use super::server_snapshot::snapshot;
use crate::model::left_out::LeftOut;
use crate::model::time::rfc3339;

/// Where the page of a result is; its picture is at `/snapshot` under it.
pub const PATH: &str = "/cruddurctl/datasets/{dataset}/result/{id}";
/// Where that picture is.
pub const SNAPSHOT_PATH: &str = "/cruddurctl/datasets/{dataset}/result/{id}/snapshot";

/// `GET` of the page
pub async fn page(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !may_read(&server, &headers) {
        return ask_for_key();
    }
    let Some(running) = server.results.of_dataset(&dataset, &id) else {
        let text = "The newest 500 results, 64 MB at most, are kept while the stack runs, and this is \
                    none of them. Run the query again.";
        return html(StatusCode::NOT_FOUND, "no such result", &paragraph(text));
    };
    html(StatusCode::OK, &dataset, &body_of(&id, &running))
}

/// `GET` of the picture
pub async fn picture(
    State(server): State<Arc<HoneycombServer>>,
    Path((dataset, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !may_read(&server, &headers) {
        return ask_for_key();
    }
    let running = server.results.of_dataset(&dataset, &id);
    let svg = running.and_then(|running| snapshot(&running.data()?));
    match svg {
        Some(svg) => respond(StatusCode::OK, "image/svg+xml", svg),
        None => {
            let text = paragraph("There is no such result, or it has no course over time.");
            html(StatusCode::NOT_FOUND, "no picture", &text)
        }
    }
}

// Browsers ask their user for a name and a password; the password is the key.
fn ask_for_key() -> Response {
    let text = paragraph("This stack has a key. It is the password; the name does not matter.");
    let mut response = html(StatusCode::UNAUTHORIZED, "a key is needed", &text);
    let basic = HeaderValue::from_static("Basic realm=\"cruddurctl stack\", charset=\"UTF-8\"");
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, basic);
    response
}

fn body_of(id: &str, running: &Running) -> String {
    let mut text = format!("<pre>{}</pre>\n", escaped(&format!("{:#}", running.query)));
    match running.outcome() {
        None => text.push_str(&paragraph("The query still runs. Load the page again.")),
        Some(Err(error)) => text.push_str(&paragraph(&format!("The query failed: {error}"))),
        Some(Ok(data)) => {
            if snapshot(&data).is_some() {
                let id = escaped(id);
                text.push_str(&format!(
                    "<img src=\"{id}/snapshot\" alt=\"its course over time\">\n"
                ));
            }
            for sentence in LeftOut::of_json(&data["left_out"]).sentences(rfc3339) {
                text.push_str(&paragraph(&format!("Warning: {sentence}.")));
            }
            text.push_str(&table(&data));
        }
    }
    text
}

fn table(data: &Json) -> String {
    let rows = data["results"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let rows: Vec<_> = rows
        .iter()
        .filter_map(|row| row["data"].as_object())
        .collect();
    let mut names: Vec<&String> = Vec::new();
    for name in rows.iter().flat_map(|row| row.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if rows.is_empty() {
        return paragraph("No rows.");
    }
    let mut text = String::from("<table>\n<tr>");
    for name in &names {
        text.push_str(&format!("<th>{}", escaped(name)));
    }
    for row in &rows {
        text.push_str("\n<tr>");
        for name in &names {
            let value = row.get(*name).unwrap_or(&Json::Null);
            let kind = if value.is_number() {
                " class=\"n\""
            } else {
                ""
            };
            text.push_str(&format!("<td{kind}>{}", escaped(&shown(value))));
        }
    }
    text.push_str("\n</table>\n");
    text
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => "-".to_string(),
        Json::String(text) => text.clone(),
        Json::Object(heatmap) => {
            let counts = heatmap.get("counts").and_then(Json::as_array);
            let n_events: f64 = counts.into_iter().flatten().filter_map(Json::as_f64).sum();
            let edge = |name| heatmap.get(name).cloned().unwrap_or_default();
            format!(
                "{n_events} from {} to {}",
                edge("min_value"),
                edge("max_value")
            )
        }
        other => other.to_string(),
    }
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

/// Returns a text as HTML and XML have it.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            // XML has no other control characters, and they turn text around in HTML.
            c if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) => {
                escaped.push('\u{fffd}')
            }
            '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escaped(title);
    let style = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem}:root{color-scheme:light dark}\
                 td,th{text-align:left;padding:.1rem 1rem .1rem 0}.n{text-align:right}\
                 img{max-width:100%;background:#fff}";
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}: cruddurctl</title>\n<style>{style}</style>\n<h1>{title}</h1>\n{body}</html>\n"
    );
    respond(status, "text/html; charset=utf-8", page)
}

fn respond(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; \
                  form-action 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_events_say_is_text_on_the_page_and_nothing_else() {
        let evil = "</td><script>alert(1)</script>&\"'\u{1b}\u{202e}";
        let data = json!({ "results": [{ "data": { evil: evil, "COUNT": 3, "HEATMAP(x)": {
            "counts": [1, 2], "min_value": 0.5, "max_value": 2
        } } }, { "data": { "COUNT": null } }] });
        let text = table(&data);
        assert!(!text.contains("<script"), "{text}");
        let written =
            "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;\u{fffd}\u{fffd}";
        assert!(
            text.contains(&format!("<th>{written}<th>COUNT<th>HEATMAP(x)")),
            "{text}"
        );
        assert!(
            text.contains("<td class=\"n\">3<td>3 from 0.5 to 2"),
            "{text}"
        );
        assert!(text.contains("<tr><td>-<td>-<td>-"), "{text}");
        assert_eq!(table(&json!({ "results": [] })), "<p>No rows.</p>\n");
    }
}
