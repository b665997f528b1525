//! Spans of the real exporter, kept while their receiver is away.

use std::path::Path;

use super::super::receiver_double::Double;
use super::super::semconv::Semconv;
use super::super::telemetry::{SpanDestination, SpanSettings, Telemetry};
use super::*;
use crate::settings::secret::Secret;

fn telemetry(folder: &Path, url: &str, is_local: bool) -> Telemetry {
    let destination = SpanDestination {
        url: Some(url.to_string()),
        is_local,
        key: Some(Secret::new("the-key".to_string())),
    };
    let outbox = OutboxOptions {
        folder: folder.to_path_buf(),
        most_bytes: 1 << 20,
        width: 4,
    };
    let settings = SpanSettings {
        semconv: Semconv::Stable,
        home_span: "home",
        is_doubled: false,
        is_on: true,
    };
    Telemetry::start("a-service", &destination, &outbox, settings, None).unwrap()
}

async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/v1/traces", listener.local_addr().unwrap())
}

fn holds(folder: &Path, text: &str) -> bool {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|it| it.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|it| it == text.as_bytes())
    })
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(300)
}

fn in_time() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_wait_without_their_key_and_go_with_it_when_the_receiver_is_back() {
    let temp = tempfile::tempdir().unwrap();
    let first = telemetry(temp.path(), &nobody().await, true);
    for _ in 0..3 {
        first.home_span("now", &mut || 3);
    }
    let delivery = first.close(soon()).await;
    assert_eq!(
        (delivery.kept, delivery.delivered, delivery.dropped),
        (3, 0, 0),
        "{delivery:?}"
    );
    drop(first);
    assert!(holds(temp.path(), "a-service"), "the spans are on disk");
    assert!(!holds(temp.path(), "the-key"), "and their key is not");

    let double = Double::default();
    let url = double.open().await;
    let second = telemetry(temp.path(), &url, true);
    assert_eq!(second.so_far().from_before, 3);
    second.home_span("now", &mut || 3);
    let delivery = second.close(in_time()).await;
    assert_eq!((delivery.kept, delivery.delivered), (0, 4), "{delivery:?}");
    let seen = double.seen.lock().unwrap();
    assert!(!seen.is_empty());
    for (headers, body) in seen.iter() {
        assert_eq!(headers["x-honeycomb-team"], "the-key");
        assert_eq!(headers["content-type"], "application/x-protobuf");
        assert!(body.windows(9).any(|it| it == b"a-service"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_for_one_receiver_do_not_go_to_another() {
    let temp = tempfile::tempdir().unwrap();
    let away = nobody().await;
    let first = telemetry(temp.path(), &away, false);
    first.home_span("now", &mut || 3);
    assert_eq!(first.close(soon()).await.kept, 1);
    drop(first);
    let double = Double::default();
    let other = telemetry(temp.path(), &double.open().await, false);
    let delivery = other.close(in_time()).await;
    assert_eq!((delivery.from_before, delivery.delivered), (0, 0));
    assert!(double.seen.lock().unwrap().is_empty());
    let again = telemetry(temp.path(), &away, false);
    assert_eq!(again.so_far().from_before, 1);
}
