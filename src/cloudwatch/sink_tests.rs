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
use tokio::time::sleep;

use super::client::{Filter, LogsClient, Rejected, Streams};
use super::plan::{apply, plan};
use super::server::handle;
use super::sink::{Delivery, Destination, LineSender, LogSink, SinkOptions, WhenFull};
use crate::aws;
use crate::model::plan::{Action, Claim};
use crate::model::wanted::WantedLogGroup;
use crate::settings::targets::AwsTarget;
use crate::store::{Limits, Store};

const LONG: Duration = Duration::from_secs(60);

struct Service {
    client: LogsClient,
    _server: JoinHandle<()>,
    store: Arc<Store>,
    folder: tempfile::TempDir,
}

impl Service {
    /// A service that answers `n_failures` PutLogEvents with `status` before it works.
    async fn failing(n_failures: usize, status: u16) -> Service {
        Service::refusing(n_failures, status, "{}", "").await
    }

    /// The same with a body, or for every PutLogEvents that has `odd` in it, if it is not empty.
    async fn refusing(
        n_failures: usize,
        status: u16,
        answer: &'static str,
        odd: &'static str,
    ) -> Service {
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
                let is_odd = !odd.is_empty() && String::from_utf8_lossy(&body).contains(odd);
                let fails = is_put
                    && (is_odd
                        || failures
                            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
                            .is_ok());
                if fails {
                    return (StatusCode::from_u16(status).unwrap(), answer).into_response();
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
            key: None,
        };
        let client = LogsClient::new(&aws::configuration(&target).await.unwrap());
        Service {
            client,
            _server: server,
            store,
            folder,
        }
    }

    async fn new() -> Service {
        Service::failing(0, 500).await
    }

    fn options(&self, stream: &str) -> SinkOptions {
        SinkOptions {
            destination: Destination {
                group: "cruddur".to_string(),
                stream: stream.to_string(),
                retention_days: Some(7),
            },
            place: "local".to_string(),
            region: "us-east-1".to_string(),
            spool: self.folder.path().join("spool"),
            spool_bytes: 64 << 20,
            when_full: WhenFull::Drop,
        }
    }

    fn sink(&self) -> (LineSender, LogSink) {
        LogSink::start(self.client.clone(), &self.options("test")).unwrap()
    }

    /// A client that finds nobody.
    async fn nobody() -> LogsClient {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = AwsTarget::Local {
            address: gone.local_addr().unwrap(),
            region: "us-east-1".to_string(),
            key: None,
        };
        LogsClient::new(&aws::configuration(&target).await.unwrap())
    }

    /// Every line of the group: its stream and its words, in the order of time and then of coming.
    async fn lines(&self) -> Vec<(String, String)> {
        let filter = Filter {
            streams: Streams::All,
            group: "cruddur".to_string(),
            pattern: None,
            window_ms: None,
        };
        let (mut lines, mut token) = (Vec::new(), None);
        loop {
            let page = self.client.find(&filter, token).await.unwrap();
            lines.extend(
                page.lines
                    .into_iter()
                    .map(|it| (it.stream, it.event.message)),
            );
            match page.next_token {
                Some(next) => token = Some(next),
                None => return lines,
            }
        }
    }

    /// The queues in the spool's folder.
    fn n_queues(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.path().join("spool")).unwrap();
        entries
            .filter(|entry| entry.as_ref().unwrap().path().is_dir())
            .count()
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

fn say(sender: &LineSender, text: impl AsRef<str>) {
    sender.send(now_ms(), text.as_ref());
}

fn counts(delivery: &Delivery) -> (u64, u64, u64) {
    (
        delivery.delivered,
        delivery.rejected.total(),
        delivery.dropped,
    )
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
    let hours = [-20 * 24, -3 * 24, -2 * 24, 0, 5];
    let events = hours.map(|hours| (now_ms() + hours * hour_ms, "x"));
    let rejected = service
        .client
        .put_events("cruddur", "test", events.into_iter())
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
    say(&sender, "one GET");
    say(&sender, "two POST");
    sink.close(sleep(LONG)).await;
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
        say(&sender.clone(), format!("line {idx}"));
    }
    let delivery = sink.close(sleep(LONG)).await;
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
        say(&sender, "x".repeat(400_000));
    }
    say(&sender, "🦀".repeat(300_000));
    let delivery = sink.close(sleep(LONG)).await;
    assert_eq!(counts(&delivery), (12, 0, 0));
    assert_eq!(service.n_lines().await, 12);
}

#[tokio::test]
async fn a_service_that_fails_for_a_while_gets_the_lines_in_the_end() {
    // Every call is tried twice by the SDK, so two of ours fail before the third goes through.
    let service = Service::failing(4, 503).await;
    let (sender, sink) = service.sink();
    say(&sender, "patient");
    let delivery = sink.close(sleep(LONG)).await;
    assert_eq!(counts(&delivery), (1, 0, 0));
    assert!(delivery.trouble.is_some());
    assert_eq!(service.n_lines().await, 1);
}

#[tokio::test]
async fn lines_that_are_too_old_are_rejected_and_the_others_delivered() {
    let service = Service::new().await;
    let (sender, sink) = service.sink();
    sender.send(1, "1970");
    say(&sender, "now");
    let delivery = sink.close(sleep(LONG)).await;
    assert_eq!(counts(&delivery), (1, 1, 0));
}

#[tokio::test]
async fn with_nobody_there_lines_wait_on_disk_and_the_next_sink_delivers_them() {
    let service = Service::new().await;
    let options = service.options("first");
    let (sender, sink) = LogSink::start(Service::nobody().await, &options).unwrap();
    for idx in 0..12_000 {
        say(&sender, format!("{idx:05}"));
    }
    let delivery = sink.close(async {}).await;
    assert_eq!(delivery.delivered, 0);
    assert_eq!(
        (delivery.accepted, delivery.kept + delivery.dropped),
        (delivery.kept, 12_000)
    );
    assert!(delivery.kept > 0);
    say(&sender, "too late");
    assert_eq!(service.n_queues(), 1);

    let (sender, sink) = service.sink();
    say(&sender, "and now");
    let after = sink.close(sleep(LONG)).await;
    assert_eq!(
        (after.from_before, after.accepted, after.kept),
        (delivery.kept, 1, 0)
    );
    assert_eq!(after.delivered, delivery.kept + 1);
    let lines = service.lines().await;
    let first: Vec<&String> = lines
        .iter()
        .filter(|(stream, _)| stream == "first")
        .map(|(_, message)| message)
        .collect();
    assert!(first.is_sorted());
    assert_eq!(first.len() as u64, delivery.kept);
    assert!(lines.contains(&("test".to_string(), "and now".to_string())));
    assert_eq!(service.n_queues(), 0, "what is delivered leaves nothing");
}

#[tokio::test]
async fn lines_for_another_service_region_or_group_are_left_alone() {
    let service = Service::new().await;
    let options = service.options("test");
    let mut others = vec![options.clone(), options.clone(), options.clone()];
    others[0].place = "aws".to_string();
    others[1].region = "ca-central-1".to_string();
    others[2].destination.group = "other".to_string();
    for other in &others {
        let (sender, sink) = LogSink::start(Service::nobody().await, other).unwrap();
        say(&sender, "not for cruddur here");
        assert_eq!(sink.close(async {}).await.kept, 1);
    }
    let (sender, sink) = service.sink();
    say(&sender, "here");
    let delivery = sink.close(sleep(LONG)).await;
    assert_eq!((delivery.from_before, delivery.delivered), (0, 1));
    assert_eq!(service.n_lines().await, 1);
    assert_eq!(service.n_queues(), 3);
    for other in &others {
        let sink = LogSink::drain(service.client.clone(), other).unwrap();
        assert_eq!(sink.close(sleep(LONG)).await.delivered, 1);
    }
    assert_eq!(service.n_queues(), 0);
}

#[tokio::test]
async fn two_sinks_for_one_stream_do_not_touch_each_others_lines() {
    let service = Service::new().await;
    let (first, one) = service.sink();
    let (second, two) = service.sink();
    assert_eq!(service.n_queues(), 2);
    say(&first, "one");
    say(&second, "two");
    assert_eq!(two.close(sleep(LONG)).await.delivered, 1);
    assert_eq!(one.close(sleep(LONG)).await.delivered, 1);
    assert_eq!(service.n_lines().await, 2);
}

#[tokio::test]
async fn one_odd_line_costs_no_other() {
    const ODD: &str = r#"{"__type":"InvalidParameterException","message":"Log event too large"}"#;
    let service = Service::refusing(0, 400, ODD, "odd one").await;
    let (sender, sink) = service.sink();
    for idx in 0..1_000 {
        say(
            &sender,
            match idx {
                123 | 877 => "odd one".to_string(),
                idx => format!("{idx:04}"),
            },
        );
    }
    let delivery = sink.close(sleep(LONG)).await;
    assert_eq!(counts(&delivery), (998, 2, 0));
    let reasons = delivery.rejected.reasons();
    assert_eq!(reasons.len(), 1);
    assert!(reasons[0].0.contains("Log event too large") && reasons[0].1 == 2);
    assert_eq!(service.n_lines().await, 998);
    assert_eq!(service.n_queues(), 0);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    const SLOWER: &str = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    let service = Service::refusing(5, 400, SLOWER, "").await;
    let (sender, sink) = service.sink();
    say(&sender, "patient");
    let delivery = sink.close(sleep(LONG)).await;
    assert_eq!(counts(&delivery), (1, 0, 0));
    assert!(delivery.trouble.unwrap().contains("Rate exceeded"));
    assert_eq!(service.n_lines().await, 1);
}

#[tokio::test]
async fn what_comes_faster_than_the_disk_takes_it_is_dropped_and_counted() {
    let service = Service::new().await;
    let (sender, sink) = service.sink();
    let megabyte = "x".repeat(1_000_000);
    for _ in 0..30 {
        say(&sender, megabyte.clone());
    }
    let delivery = sink.close(sleep(LONG)).await;
    assert_eq!(delivery.delivered + delivery.dropped, 30);
    assert_eq!(delivery.accepted, delivery.delivered);
    assert_eq!(service.n_lines().await, delivery.delivered);
    drop(service.store);
}

#[tokio::test]
async fn an_empty_line_is_skipped_and_a_long_one_split() {
    let service = Service::new().await;
    let (sender, sink) = service.sink();
    say(&sender, "");
    say(&sender, "x".repeat(2_500_000));
    let delivery = sink.close(sleep(LONG)).await;
    assert_eq!(counts(&delivery), (3, 0, 0));
    let lines = service.lines().await;
    let n_bytes: usize = lines
        .iter()
        .map(|(_, message)| message.split(' ').next().unwrap().len())
        .sum();
    assert_eq!(n_bytes, 2_500_000);
    assert!(lines[2].1.ends_with("[piece 3, the last of this line]"));
}

#[tokio::test]
async fn a_line_leaves_by_itself_when_no_other_follows() {
    let service = Service::new().await;
    let (sender, _sink) = service.sink();
    say(&sender, "alone");
    while service.client.group("cruddur").await.unwrap().is_none() {}
    while service.n_lines().await == 0 {}
}
