//! Reads from a data folder, without owning it, which requests a service has answered.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::model::recorded::{RecordedRequest, Recording, RequestKind};
use crate::model::span::{Lens, Value};
use crate::model::time::{MILLISECOND, Window};
use crate::model::trace_summary::{host_of, path_of};
use crate::store::{OpenError, Part, Reads, Store};

/// The most requests that are read; of more, the newest.
pub const MOST_REQUESTS: usize = 5_000_000;

/// Returns the requests that `service` answered in `window`: its server spans, or its X-Ray segments if there
/// are no such spans. Nothing in the folder changes.
///
/// # Errors
/// See [`OpenError`]; `Io` if there is no such folder.
pub fn recording(folder: &Path, service: &str, window: Window) -> Result<Recording, OpenError> {
    let store = Store::read_only(folder)?.store;
    let mut gathered = Gathered::default();
    gathered.add_all(&store.parts(Lens::Spans, service), window, &|part, row| {
        of_span(part, row, service)
    });
    let is_of_segments = gathered.requests.is_empty();
    if is_of_segments {
        gathered.add_all(&store.all_parts(Lens::Segments), window, &|part, row| {
            of_segment(part, row, service)
        });
    }
    let Gathered {
        mut requests,
        kinds,
        n_left_out,
        ..
    } = gathered;
    requests.sort_by_key(|request| request.time);
    let reads = Reads::Everything;
    let mut left_out = store.left_out(Lens::Spans, Some(service), window, reads);
    if is_of_segments {
        left_out.add(store.left_out(Lens::Segments, None, window, reads));
    }
    Ok(Recording {
        requests,
        kinds,
        is_of_segments,
        n_left_out,
        left_out,
    })
}

#[derive(Default)]
struct Gathered {
    requests: Vec<RecordedRequest>,
    kinds: Vec<RequestKind>,
    known: HashMap<RequestKind, u32>,
    n_left_out: u64,
}

/// Reads what a row says of a request, and how many milliseconds it took; `None` if it is none.
type Read<'r> = &'r dyn Fn(&Part, usize) -> Option<(RequestKind, f64)>;

impl Gathered {
    fn add_all(&mut self, parts: &[Arc<Part>], window: Window, read: Read<'_>) {
        let parts = parts.iter().filter(|part| part.meets(window));
        let mut parts: Vec<Arc<Part>> = parts.flat_map(|part| part.wholly_readable()).collect();
        // The newest first, for they stay if there are too many.
        parts.sort_by_key(|part| std::cmp::Reverse(part.last_time()));
        for part in parts {
            // What is damaged is left out, and said to be.
            if !part.is_wholly_sound() {
                continue;
            }
            for row in part.rows_within(window).rev() {
                let time = part.times().get(row).copied().unwrap_or_default();
                if let Some((kind, duration_ms)) = read(&part, row) {
                    self.add(time, duration_ms, kind);
                }
            }
        }
    }

    fn add(&mut self, time: i64, duration_ms: f64, kind: RequestKind) {
        if self.requests.len() >= MOST_REQUESTS {
            self.n_left_out += 1;
            return;
        }
        let idx = match self.known.get(&kind) {
            Some(idx) => *idx,
            None => {
                // There are no more kinds than requests.
                let idx = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
                self.kinds.push(kind.clone());
                self.known.insert(kind, idx);
                idx
            }
        };
        self.requests.push(RecordedRequest {
            time,
            duration_ms,
            kind: idx,
        });
    }
}

/// Returns the first of the fields that is there, as text.
fn text(part: &Part, row: usize, names: &[&str]) -> Option<String> {
    let mut values = names.iter().filter_map(|name| part.value(name, row));
    values.next().map(|value| value.to_string())
}

// Source: OpenTelemetry semantic conventions, HTTP server spans: today's names, then those before 1.21,
// then those of Honeycomb's own libraries.
const METHOD: [&str; 3] = ["http.request.method", "http.method", "request.method"];
const PATH: [&str; 3] = ["url.path", "http.target", "request.path"];
const URL: [&str; 2] = ["url.full", "http.url"];
const HOST: [&str; 2] = ["http.host", "request.host"];
const SERVER: [[&str; 2]; 2] = [
    ["server.address", "server.port"],
    ["net.host.name", "net.host.port"],
];

fn of_span(part: &Part, row: usize, dataset: &str) -> Option<(RequestKind, f64)> {
    let is_request = match part.value("span.kind", row) {
        Some(kind) => kind.text() == Some("server"),
        // Somebody's own event: what nothing else called.
        None => part.value("trace.parent_id", row).is_none(),
    };
    if !is_request || part.value("meta.annotation_type", row).is_some() {
        return None;
    }
    let http_method = text(part, row, &METHOD)?;
    let duration_ms = part.value("duration_ms", row)?.number()?;
    let url = text(part, row, &URL);
    let path = text(part, row, &PATH);
    let path = path.as_deref().or(url.as_deref()).map_or("/", path_of);
    let host = text(part, row, &HOST).or_else(|| url.as_deref().map(host_of).map(str::to_string));
    let kind = RequestKind {
        service_name: text(part, row, &["service.name"]).unwrap_or_else(|| dataset.to_string()),
        service_type: origin(text(part, row, &["cloud.platform"]).as_deref()).to_string(),
        host: host
            .filter(|host| !host.is_empty())
            .or_else(|| SERVER.iter().find_map(|names| server(part, row, names)))
            .unwrap_or_default(),
        http_method,
        url_path: path.to_string(),
    };
    Some((kind, duration_ms))
}

fn server(part: &Part, row: usize, [address, port]: &[&str; 2]) -> Option<String> {
    let address = text(part, row, &[address])?;
    Some(match part.value(port, row) {
        Some(port) => format!("{address}:{port}"),
        None => address,
    })
}

/// Returns the segment's origin of a service on this platform, as AWS's OpenTelemetry sampler takes it.
///
/// Source: aws-opentelemetry-distro, `_sampling_rule_applier.py`.
fn origin(platform: Option<&str>) -> &'static str {
    match platform {
        Some("aws_lambda") => "AWS::Lambda::Function",
        Some("aws_elastic_beanstalk") => "AWS::ElasticBeanstalk::Environment",
        Some("aws_ec2") => "AWS::EC2::Instance",
        Some("aws_ecs") => "AWS::ECS::Container",
        Some("aws_eks") => "AWS::EKS::Container",
        _ => "",
    }
}

fn of_segment(part: &Part, row: usize, service: &str) -> Option<(RequestKind, f64)> {
    let is_alone = part.value("is_subsegment", row) == Some(Value::Bool(true));
    let name = text(part, row, &["name"]).filter(|name| name == service && !is_alone)?;
    let http_method = text(part, row, &["http.method"])?;
    // In progress, it has no duration yet; the finished one is another row.
    let duration = part.value("duration_ns", row)?.number()?;
    let url = text(part, row, &["http.url"]).unwrap_or_default();
    let kind = RequestKind {
        service_name: name,
        service_type: text(part, row, &["origin"]).unwrap_or_default(),
        host: host_of(&url).to_string(),
        http_method,
        url_path: path_of(&url).to_string(),
    };
    Some((kind, duration / MILLISECOND as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::{Batch, Event};
    use crate::model::time::SECOND;
    use crate::store::Limits;

    fn event(time: i64, fields: &[(&str, Value)]) -> Event {
        let field = |(name, value): &(&str, Value)| ((*name).into(), value.clone());
        Event {
            time,
            sample_rate: 1,
            fields: fields.iter().map(field).collect(),
        }
    }

    async fn recorded(batches: Vec<Batch>) -> Recording {
        let folder = tempfile::tempdir().unwrap();
        Store::prepare(folder.path()).unwrap();
        let store = Store::open(folder.path(), Limits::default()).unwrap();
        store.append(batches).await.unwrap();
        drop(store);
        let window = Window {
            start: 0,
            end: 100 * SECOND,
        };
        recording(folder.path(), "backend-flask", window).unwrap()
    }

    fn spans(events: Vec<Event>) -> Batch {
        Batch {
            lens: Lens::Spans,
            dataset: "backend-flask".to_string(),
            events,
        }
    }

    fn segments(events: Vec<Event>) -> Batch {
        Batch {
            lens: Lens::Segments,
            dataset: "us-east-1".to_string(),
            events,
        }
    }

    fn segment(time: i64) -> Event {
        event(
            time,
            &[
                ("name", "backend-flask".into()),
                ("http.method", "GET".into()),
                ("http.url", "http://a:1/api/b".into()),
                ("duration_ns", Value::Int(2_500_000)),
                ("origin", "AWS::EC2::Instance".into()),
            ],
        )
    }

    #[tokio::test]
    async fn server_spans_of_every_convention_are_requests_and_nothing_else_is() {
        let stable = [
            ("span.kind", "server".into()),
            ("trace.parent_id", "0000000000000001".into()),
            ("http.request.method", "GET".into()),
            ("url.path", "/api/activities/home".into()),
            ("server.address", "127.0.0.1".into()),
            ("server.port", Value::Int(4567)),
            ("service.name", "backend-flask".into()),
            ("cloud.platform", "aws_ecs".into()),
            ("duration_ms", Value::Float(12.5)),
        ];
        let older = [
            ("span.kind", "server".into()),
            ("http.method", "POST".into()),
            ("http.target", "/api/messages?x=1".into()),
            ("http.host", "localhost:4567".into()),
            ("duration_ms", Value::Int(3)),
        ];
        let own = [
            ("request.method", "PUT".into()),
            ("http.url", "http://h:9/p?q".into()),
            ("duration_ms", Value::Int(1)),
        ];
        let mut client = stable.clone();
        client[0].1 = "client".into();
        let inner = [("name", "mock-data".into()), ("duration_ms", Value::Int(1))];
        let events = vec![
            event(3 * SECOND, &older),
            event(2 * SECOND, &stable),
            event(4 * SECOND, &own),
            event(5 * SECOND, &client),
            event(6 * SECOND, &inner),
            event(100 * SECOND, &stable),
        ];
        // Where there are spans, segments do not count.
        let recording = recorded(vec![spans(events), segments(vec![segment(SECOND)])]).await;
        assert!(!recording.is_of_segments);
        let found: Vec<_> = recording
            .iter()
            .map(|(request, kind)| {
                let SamplingWords(words) = SamplingWords::of(kind);
                (request.time / SECOND, request.duration_ms, words)
            })
            .collect();
        let words = |list: [&str; 5]| list.map(str::to_string);
        let expected = [
            (
                2,
                12.5,
                words([
                    "backend-flask",
                    "AWS::ECS::Container",
                    "127.0.0.1:4567",
                    "GET",
                    "/api/activities/home",
                ]),
            ),
            (
                3,
                3.0,
                words([
                    "backend-flask",
                    "",
                    "localhost:4567",
                    "POST",
                    "/api/messages",
                ]),
            ),
            (4, 1.0, words(["backend-flask", "", "h:9", "PUT", "/p"])),
        ];
        assert_eq!(found, expected);
    }

    struct SamplingWords([String; 5]);

    impl SamplingWords {
        fn of(kind: &RequestKind) -> SamplingWords {
            let request = kind.request();
            let words = [
                request.service_name,
                request.service_type,
                request.host,
                request.http_method,
                request.url_path,
            ];
            SamplingWords(words.map(str::to_string))
        }
    }

    #[tokio::test]
    async fn without_spans_segments_are_taken_and_that_is_said() {
        let mut alone = segment(SECOND);
        alone
            .fields
            .push(("is_subsegment".into(), Value::Bool(true)));
        let mut open = segment(SECOND);
        open.fields.retain(|(name, _)| &**name != "duration_ns");
        let events = vec![segment(SECOND), alone, open, segment(7 * SECOND)];
        let recording = recorded(vec![segments(events)]).await;
        assert!(recording.is_of_segments);
        let times: Vec<i64> = recording.requests.iter().map(|it| it.time).collect();
        assert_eq!(times, [SECOND, 7 * SECOND]);
        assert_eq!(recording.requests[0].duration_ms, 2.5);
        let SamplingWords(words) = SamplingWords::of(&recording.kinds[0]);
        let expected = [
            "backend-flask",
            "AWS::EC2::Instance",
            "a:1",
            "GET",
            "/api/b",
        ];
        assert_eq!(
            (words, recording.kinds.len()),
            (expected.map(str::to_string), 1)
        );
    }
}
