//! Client, plan and sink against the local service, over HTTP and through AWS's SDK.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::client::{Filter, LogsClient, Rejected, Streams};
use super::plan::{apply, plan};
use super::server::handle;
use super::sink::{Delivery, Destination, LineSender, LogSink};
use crate::aws;
use crate::model::log::LogEvent;
use crate::model::plan::{Action, Claim};
use crate::model::wanted::WantedLogGroup;
use crate::settings::targets::AwsTarget;
use crate::store::{Limits, Store};

const LONG: Duration = Duration::from_secs(60);

struct Service {
    client: LogsClient,
    server: JoinHandle<()>,
    store: Arc<Store>,
    _folder: tempfile::TempDir,
}

impl Service {
    /// A service that answers `n_failures` PutLogEvents with `status` before it works.
    async fn failing(n_failures: usize, status: u16) -> Service {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path(), Limits::default()).unwrap());
        let failures = Arc::new(AtomicUsize::new(n_failures));
        let shared = store.clone();
        let door = post(move |headers: HeaderMap, body: Bytes| {
            let (store, failures) = (shared.clone(), failures.clone());
            async move {
                let is_put = headers["x-amz-target"]
                    .to_str()
                    .unwrap()
                    .ends_with(".PutLogEvents");
                let left = |left: usize| left.checked_sub(1);
                let fails = is_put
                    && failures
                        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
                        .is_ok();
                if fails {
                    return (StatusCode::from_u16(status).unwrap(), "{}").into_response();
                }
                handle(&store, &headers, body).await
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router: Router = Router::new().route("/", door);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let target = AwsTarget::Local {
            address,
            region: "us-east-1".to_string(),
        };
        let client = LogsClient::new(&aws::configuration(&target).await.unwrap());
        Service {
            client,
            server,
            store,
            _folder: folder,
        }
    }

    async fn new() -> Service {
        Service::failing(0, 500).await
    }

    fn sink(&self) -> (LineSender, LogSink) {
        let destination = Destination {
            group: "cruddur".to_string(),
            stream: "test".to_string(),
            retention_days: Some(7),
        };
        LogSink::start(self.client.clone(), destination)
    }

    async fn n_lines(&self) -> u64 {
        self.client
            .count_events("cruddur", None, 0..i64::MAX)
            .await
            .unwrap()
    }
}

fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64
}

fn line(message: impl Into<String>) -> LogEvent {
    LogEvent {
        timestamp_ms: now_ms(),
        message: message.into(),
    }
}

fn counts(delivery: &Delivery) -> (u64, u64, u64) {
    (delivery.delivered, delivery.rejected, delivery.dropped)
}

#[tokio::test]
async fn a_plan_is_made_applied_and_then_unchanged() {
    let service = Service::new().await;
    let client = &service.client;
    let wanted = WantedLogGroup::keeping("cruddur", Some(7));
    // Another group with the same start must not be taken for ours.
    client.create_group("cruddur-other").await.unwrap();
    let days = async || {
        client
            .group("cruddur")
            .await
            .unwrap()
            .unwrap()
            .retention_days
    };

    let first = plan(client, &wanted, Claim::Everything).await.unwrap().step;
    assert!(matches!(first.action, Action::Create(_)));
    apply(client, &wanted, &first).await.unwrap();
    assert_eq!(days().await, Some(7));
    let second = plan(client, &wanted, Claim::Everything).await.unwrap().step;
    assert_eq!(second.action, Action::Unchanged);

    let endless = WantedLogGroup::keeping("cruddur", None);
    let back = plan(client, &endless, Claim::Everything)
        .await
        .unwrap()
        .step;
    assert!(matches!(back.action, Action::Update(_)));
    apply(client, &endless, &back).await.unwrap();
    assert_eq!(days().await, None);
    // A plan that was made before somebody else acted still leads to what is wanted.
    apply(client, &wanted, &first).await.unwrap();
    assert_eq!(days().await, Some(7));

    assert!(client.delete_group("cruddur").await.unwrap());
    assert!(!client.delete_group("cruddur").await.unwrap());
    assert_eq!(client.group("cruddur").await.unwrap(), None);
}

#[tokio::test]
async fn lines_that_the_service_turns_away_are_counted_by_reason() {
    let service = Service::new().await;
    service.client.create_group("cruddur").await.unwrap();
    service.client.put_retention("cruddur", 1).await.unwrap();
    assert!(
        service
            .client
            .ensure_stream("cruddur", "test")
            .await
            .unwrap()
    );
    assert!(
        !service
            .client
            .ensure_stream("cruddur", "test")
            .await
            .unwrap()
    );
    let hour_ms = 3_600_000;
    let events = [-20 * 24, -3 * 24, -2 * 24, 0, 5].map(|hours| LogEvent {
        timestamp_ms: now_ms() + hours * hour_ms,
        message: "x".to_string(),
    });
    let rejected = service
        .client
        .put_events("cruddur", "test", events.to_vec())
        .await
        .unwrap();
    assert_eq!(
        rejected,
        Rejected {
            too_old: 1,
            expired: 2,
            too_new: 1
        }
    );
    assert_eq!(service.n_lines().await, 1);
}

#[tokio::test]
async fn found_lines_have_their_stream_and_an_id_of_their_own() {
    let service = Service::new().await;
    let (sender, sink) = service.sink();
    sender.send(line("one GET"));
    sender.send(line("two POST"));
    sink.close(LONG).await;
    let filter = Filter {
        group: "cruddur".to_string(),
        streams: Streams::All,
        pattern: Some("GET".to_string()),
        window_ms: None,
    };
    let page = service.client.find(&filter, None).await.unwrap();
    assert_eq!(page.next_token, None);
    assert_eq!(page.lines.len(), 1);
    assert_eq!(page.lines[0].event.message, "one GET");
    assert_eq!(page.lines[0].stream, "test");
    assert_eq!(page.lines[0].id.len(), 56);
}

#[tokio::test]
async fn every_line_arrives_though_group_and_stream_were_missing() {
    let service = Service::new().await;
    let (sender, sink) = service.sink();
    for idx in 0..2_500 {
        sender.clone().send(line(format!("line {idx}")));
    }
    let delivery = sink.close(LONG).await;
    assert_eq!(counts(&delivery), (2_500, 0, 0));
    assert_eq!(service.n_lines().await, 2_500);
    let group = service.client.group("cruddur").await.unwrap().unwrap();
    assert_eq!(group.retention_days, Some(7));
}

#[tokio::test]
async fn more_than_a_batch_arrives_in_several() {
    let service = Service::new().await;
    let (sender, sink) = service.sink();
    for _ in 0..10 {
        sender.send(line("x".repeat(400_000)));
    }
    sender.send(line("🦀".repeat(300_000)));
    let delivery = sink.close(LONG).await;
    assert_eq!(counts(&delivery), (11, 0, 0));
    assert_eq!(service.n_lines().await, 11);
}

#[tokio::test]
async fn a_service_that_fails_for_a_while_gets_the_lines_in_the_end() {
    // Every call is tried twice by the SDK, so two of ours fail before the third goes through.
    let service = Service::failing(4, 503).await;
    let (sender, sink) = service.sink();
    sender.send(line("patient"));
    let delivery = sink.close(LONG).await;
    assert_eq!(counts(&delivery), (1, 0, 0));
    assert!(delivery.trouble.is_some());
    assert_eq!(service.n_lines().await, 1);
}

#[tokio::test]
async fn lines_that_are_too_old_are_rejected_and_the_others_delivered() {
    let service = Service::new().await;
    let (sender, sink) = service.sink();
    sender.send(LogEvent {
        timestamp_ms: 1,
        message: "1970".to_string(),
    });
    sender.send(line("now"));
    let delivery = sink.close(LONG).await;
    assert_eq!(counts(&delivery), (1, 1, 0));
}

#[tokio::test]
async fn with_nobody_there_every_line_is_counted_as_dropped() {
    let service = Service::new().await;
    service.server.abort();
    let (sender, sink) = service.sink();
    for _ in 0..30_000 {
        sender.send(line("x"));
    }
    let delivery = sink.close(Duration::ZERO).await;
    assert_eq!(counts(&delivery), (0, 0, 30_000));
    sender.send(line("too late"));
}

#[tokio::test]
async fn a_queue_past_its_bytes_drops_and_counts() {
    let service = Service::new().await;
    let (sender, sink) = service.sink();
    let megabyte = "x".repeat(1 << 20);
    // Nothing of the task runs before the first await, so all of these meet in the queue.
    for _ in 0..20 {
        sender.send(line(megabyte.clone()));
    }
    let delivery = sink.close(LONG).await;
    assert_eq!(counts(&delivery), (16, 0, 4));
    assert_eq!(service.n_lines().await, 16);
    drop(service.store);
}

#[tokio::test]
async fn a_line_leaves_by_itself_when_no_other_follows() {
    let service = Service::new().await;
    let (sender, _sink) = service.sink();
    sender.send(line("alone"));
    while service.client.group("cruddur").await.unwrap().is_none() {}
    while service.n_lines().await == 0 {}
}
