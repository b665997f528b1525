//! Makes segment documents of OpenTelemetry spans, as X-Ray does with the OTLP that a daemon passes on.
//!
//! A span that a service was asked for (SERVER, CONSUMER, or without a span above) becomes a segment with the
//! service's name; any other a subsegment on its own. Source: opentelemetry-collector, awsxrayexporter.

use serde_json::{Map, Value, json};

use super::segment::segment_name;
use crate::model::trace_id::xray_from_hex;
use crate::otlp::plain_spans::PlainSpan;

// More are not indexed. Source: X-Ray quotas.
const MOST_ANNOTATIONS: usize = 50;

const SERVER: u64 = 2;
const CLIENT: u64 = 3;
const PRODUCER: u64 = 4;
const CONSUMER: u64 = 5;

/// Returns one document for each span, in their order.
///
/// What a span lacks the document lacks, too, so that whoever reads it says what is wrong.
pub fn documents_of(spans: &[PlainSpan]) -> Vec<String> {
    spans
        .iter()
        .map(|span| document(span).to_string())
        .collect()
}

fn document(span: &PlainSpan) -> Value {
    let is_segment = span.parent_span_id.is_empty() || [SERVER, CONSUMER].contains(&span.kind);
    let service = first_text(&span.resource, &["service.name"]);
    let name = match (is_segment, service) {
        (true, Some(service)) => service,
        (true, None) => &span.name,
        (false, _) => called(span).unwrap_or(&span.name),
    };
    let mut document = json!({
        "id": hex(&span.span_id),
        "trace_id": xray_from_hex(&hex(&span.trace_id)),
        "name": segment_name(name),
        "start_time": span.start as f64 / 1e9,
        "end_time": span.end.max(span.start) as f64 / 1e9,
        "aws": { "xray": { "sdk": "opentelemetry" } },
    });
    if !span.parent_span_id.is_empty() {
        document["parent_id"] = hex(&span.parent_span_id).into();
    }
    if !is_segment {
        document["type"] = "subsegment".into();
        if [CLIENT, PRODUCER].contains(&span.kind) {
            let is_aws = first_text(&span.attributes, &["rpc.system"]) == Some("aws-api");
            document["namespace"] = if is_aws { "aws" } else { "remote" }.into();
        }
    }
    if let Some(origin) = origin(span).filter(|_| is_segment) {
        document["origin"] = origin.into();
    }
    if let Some(user) = first_text(&span.attributes, &["enduser.id", "user.id"]) {
        document["user"] = user.into();
    }
    put_http(&mut document, span);
    put_outcome(&mut document, span);
    put_attributes(&mut document, span);
    document
}

// Whom a client span called.
fn called(span: &PlainSpan) -> Option<&str> {
    if ![CLIENT, PRODUCER].contains(&span.kind) {
        return None;
    }
    let names = [
        "peer.service",
        "aws.remote.service",
        "rpc.service",
        "server.address",
        "net.peer.name",
        "db.system",
    ];
    first_text(&span.attributes, &names)
}

fn origin(span: &PlainSpan) -> Option<&'static str> {
    // Source: OpenTelemetry semantic conventions, `cloud.platform`.
    Some(match first_text(&span.resource, &["cloud.platform"])? {
        "aws_ec2" => "AWS::EC2::Instance",
        "aws_ecs" => "AWS::ECS::Container",
        "aws_eks" => "AWS::EKS::Container",
        "aws_elastic_beanstalk" => "AWS::ElasticBeanstalk::Environment",
        "aws_lambda" => "AWS::Lambda::Function",
        _ => return None,
    })
}

fn status(span: &PlainSpan) -> Option<i64> {
    let names = ["http.response.status_code", "http.status_code"];
    names
        .iter()
        .find_map(|name| span.attributes.get(*name)?.as_i64())
}

fn put_http(document: &mut Value, span: &PlainSpan) {
    let text = |names: &[&str]| first_text(&span.attributes, names);
    let mut request = Map::new();
    let mut put = |key: &str, value: Option<&str>| {
        request.extend(value.map(|value| (key.to_string(), value.into())));
    };
    put("method", text(&["http.request.method", "http.method"]));
    let path = text(&["url.path", "http.target"]);
    let host = text(&["server.address", "http.host", "net.host.name"]);
    let scheme = text(&["url.scheme", "http.scheme"]).unwrap_or("http");
    let made = path.map(|path| format!("{scheme}://{}{path}", host.unwrap_or("localhost")));
    put("url", text(&["url.full", "http.url"]).or(made.as_deref()));
    put(
        "user_agent",
        text(&["user_agent.original", "http.user_agent"]),
    );
    put("client_ip", text(&["client.address", "http.client_ip"]));
    let mut http = Map::new();
    if !request.is_empty() {
        http.insert("request".to_string(), request.into());
    }
    if let Some(status) = status(span) {
        http.insert("response".to_string(), json!({ "status": status }));
    }
    if !http.is_empty() {
        document["http"] = http.into();
    }
}

fn put_outcome(document: &mut Value, span: &PlainSpan) {
    match status(span) {
        Some(429) => {
            document["error"] = true.into();
            document["throttle"] = true.into();
        }
        Some(400..=499) => document["error"] = true.into(),
        Some(500..) => document["fault"] = true.into(),
        _ if span.is_error => document["fault"] = true.into(),
        _ => {}
    }
    let exceptions: Vec<Value> = span.exceptions.iter().map(exception).collect();
    if !exceptions.is_empty() {
        document["cause"] = json!({ "exceptions": exceptions });
    }
}

fn exception(attributes: &Map<String, Value>) -> Value {
    json!({
        "type": first_text(attributes, &["exception.type"]),
        "message": first_text(attributes, &["exception.message"]),
    })
}

// What can be searched for becomes an annotation, as long as there is room; all else is metadata.
fn put_attributes(document: &mut Value, span: &PlainSpan) {
    let mut annotations = Map::new();
    let mut rest = Map::new();
    for (key, value) in &span.attributes {
        let is_plain = value.is_string() || value.is_number() || value.is_boolean();
        let key_of_annotation = annotation_key(key);
        if is_plain
            && annotations.len() < MOST_ANNOTATIONS
            && !annotations.contains_key(&key_of_annotation)
        {
            annotations.insert(key_of_annotation, value.clone());
        } else {
            rest.insert(key.clone(), value.clone());
        }
    }
    if !annotations.is_empty() {
        document["annotations"] = annotations.into();
    }
    let mut metadata = Map::new();
    metadata.insert("otel".to_string(), json!({ "span": span.name }));
    if !span.resource.is_empty() {
        metadata.insert("otel.resource".to_string(), span.resource.clone().into());
    }
    if !rest.is_empty() {
        metadata.insert("default".to_string(), rest.into());
    }
    document["metadata"] = metadata.into();
}

// X-Ray's annotation keys have letters, digits and underscores.
fn annotation_key(key: &str) -> String {
    let underscore_if_odd = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    key.chars().map(underscore_if_odd).collect()
}

fn first_text<'a>(attributes: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    let texts = names
        .iter()
        .filter_map(|name| attributes.get(*name)?.as_str());
    texts.into_iter().find(|text| !text.is_empty())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xray::document;

    fn span(kind: u64, parent: &[u8], attributes: Value) -> PlainSpan {
        PlainSpan {
            trace_id: vec![
                0x58, 0x1c, 0xf7, 0x71, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
            ],
            span_id: vec![1; 8],
            parent_span_id: parent.to_vec(),
            name: "GET /home".to_string(),
            kind,
            start: 1_478_293_361_000_000_000,
            end: 1_478_293_362_000_000_000,
            attributes: attributes.as_object().unwrap().clone(),
            resource: json!({"service.name": "backend-flask"})
                .as_object()
                .unwrap()
                .clone(),
            ..PlainSpan::default()
        }
    }

    fn read(span: PlainSpan) -> document::Document {
        document::read(&documents_of(&[span])[0]).unwrap()
    }

    #[test]
    fn a_server_span_is_a_segment_with_the_services_name_and_its_request() {
        let read = read(span(
            SERVER,
            &[2; 8],
            json!({"http.request.method": "GET", "url.path": "/home", "http.response.status_code": 500, "app.n": 3, "list": [1]}),
        ));
        assert_eq!((&*read.name, read.is_subsegment), ("backend-flask", false));
        assert_eq!(read.trace_id, "1-581cf771-0102030405060708090a0b0c");
        assert_eq!(read.json["fault"], true);
        assert_eq!(read.json["http"]["request"]["url"], "http://localhost/home");
        assert_eq!(read.json["annotations"]["app_n"], 3);
        assert_eq!(read.json["metadata"]["default"]["list"], json!([1]));
    }

    #[test]
    fn any_other_span_with_one_above_is_a_subsegment() {
        let mut inner = span(CLIENT, &[2; 8], json!({"peer.service": "db"}));
        inner.is_error = true;
        inner.exceptions = vec![
            json!({"exception.type": "E", "exception.message": "m"})
                .as_object()
                .unwrap()
                .clone(),
        ];
        let read = read(inner);
        assert_eq!((&*read.name, read.is_subsegment), ("db", true));
        assert_eq!(read.parent_id.as_deref(), Some("0202020202020202"));
        assert_eq!(
            (&read.json["namespace"], &read.json["fault"]),
            (&json!("remote"), &json!(true))
        );
        assert_eq!(read.json["cause"]["exceptions"][0]["message"], "m");
    }

    #[test]
    fn a_span_without_an_id_makes_a_document_that_is_refused() {
        let text = &documents_of(&[PlainSpan::default()])[0];
        assert!(document::read(text).is_err());
    }
}
