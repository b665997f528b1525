//! Runs against servers that are as they are in life: quick, closing, breaking, stalling.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// What a server has seen.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    // The first lines of requests, in the order of their arrival.
    asked: Mutex<Vec<String>>,
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
const LAST: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]";

/// Answers every request with `answer`; an empty one breaks the connection.
async fn server(answer: &'static str) -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let shared = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            shared.connections.fetch_add(1, Ordering::Relaxed);
            let seen = shared.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                    let text = String::from_utf8_lossy(&buffer[..n]).into_owned();
                    let line = text.lines().next().unwrap().to_string();
                    seen.asked.lock().unwrap().push(line);
                    let _ = stream.write_all(answer.as_bytes()).await;
                    if answer.is_empty() || answer.contains("close") {
                        return;
                    }
                }
            });
        }
    });
    (address, seen)
}

fn open(address: SocketAddr, rate: f64, most: u64, most_connections: usize) -> LoadPlan {
    let step = Step {
        rate,
        length: Duration::from_secs(3600),
    };
    let pace = Pace {
        steps: vec![step],
        arrivals: Arrivals::Even,
        most: Some(most),
    };
    LoadPlan {
        address,
        host: address.to_string(),
        mix: Mix::cruddur(),
        model: Model::Open {
            pace,
            most_connections,
        },
        seed: 9,
        timeout: Duration::from_secs(30),
        has_traceparent: false,
        follows_traces: false,
    }
}

async fn finished(plan: LoadPlan) -> LoadReport {
    run(plan, std::future::pending(), |_| {}).await.unwrap()
}

#[tokio::test]
async fn every_request_arrives_over_the_connections_that_are_kept() {
    let (address, seen) = server(OK).await;
    let glances = Mutex::new(Vec::new());
    let report = run(
        open(address, 2000.0, 400, 4),
        std::future::pending(),
        |it| {
            glances.lock().unwrap().push(*it);
        },
    )
    .await
    .unwrap();
    assert_eq!(
        (report.issued, report.sent, report.answered()),
        (400, 400, 400)
    );
    assert_eq!((report.unfinished, report.faults.len()), (0, 0));
    assert_eq!(report.by_class(2), 400);
    let by_route: u64 = report
        .routes
        .iter()
        .map(|(_, counts)| counts.requests)
        .sum();
    assert_eq!(by_route, 400);
    assert_eq!(seen.asked.lock().unwrap().len(), 400);
    assert!(seen.connections.load(Ordering::Relaxed) <= 4);
    assert_eq!(glances.lock().unwrap().last().unwrap().requests, 400);
    assert!(!report.was_stopped && report.elapsed >= Duration::from_millis(199));
}

#[tokio::test]
async fn the_same_seed_asks_for_the_same_in_the_same_order() {
    let mut asked = Vec::new();
    for seed in [1, 1, 2] {
        let (address, seen) = server(OK).await;
        let mut plan = open(address, 500.0, 60, 1);
        plan.seed = seed;
        finished(plan).await;
        asked.push(seen.asked.lock().unwrap().clone());
    }
    assert_eq!(asked[0], asked[1]);
    assert_ne!(asked[0], asked[2]);
}

#[tokio::test]
async fn waiting_for_a_free_connection_counts_as_response_time() {
    let (address, _) = server(OK).await;
    // All are due at once, so the last one waits for all the others to be served.
    let report = finished(open(address, 1e9, 200, 1)).await;
    let response = report.all.response_time.max().unwrap();
    let service = report.all.service_time.mean().unwrap();
    assert!(response >= service * 150, "{response:?} {service:?}");
    assert!(report.waited > 0 && report.connections == 1);
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_costs_no_request() {
    let (address, seen) = server(LAST).await;
    let report = finished(open(address, 1e9, 30, 3)).await;
    assert_eq!((report.answered(), report.all.errors), (30, 0));
    assert_eq!(seen.connections.load(Ordering::Relaxed), 30);
}

#[tokio::test]
async fn nobody_listening_is_an_error_for_each_request_and_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let report = finished(open(address, 1e9, 5, 2)).await;
    assert_eq!((report.sent, report.all.errors), (0, 5));
    assert_eq!(report.faults["refused"], 5);
    assert_eq!(report.first_fault, Some(Fault::Refused));
    assert_eq!(report.all.response_time.max(), None);
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_error_and_the_next_request_gets_a_new_one() {
    let (address, seen) = server("").await;
    let report = finished(open(address, 1e9, 4, 1)).await;
    assert_eq!(
        (report.sent, report.answered(), report.all.errors),
        (4, 0, 4)
    );
    let n: u64 = report.faults.values().sum();
    assert_eq!((n, seen.connections.load(Ordering::Relaxed)), (4, 4));
}

#[tokio::test]
async fn no_answer_in_time_is_a_timeout_and_what_waited_as_long_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut plan = open(listener.local_addr().unwrap(), 1e9, 50, 1);
    plan.timeout = Duration::from_millis(20);
    let report = finished(plan).await;
    assert_eq!((report.all.errors, report.faults["timeout"]), (50, 50));
    // By the time that the first was given up, the others had waited as long.
    assert!(report.sent < 50, "{}", report.sent);
}

#[tokio::test]
async fn a_run_that_is_stopped_says_what_was_under_way() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // The listener never answers; the third connection stops the run.
    let stop = async {
        let mut kept = Vec::new();
        for _ in 0..3 {
            kept.push(listener.accept().await.unwrap());
        }
    };
    let report = run(open(address, 200.0, u64::MAX, 8), stop, |_| {})
        .await
        .unwrap();
    assert!(report.was_stopped);
    assert!(report.unfinished >= 3 && report.unfinished == report.issued);
    assert_eq!(report.all.requests, 0);
}

#[tokio::test]
async fn a_closed_model_keeps_its_connections_busy() {
    let (address, seen) = server(OK).await;
    let mut plan = open(address, 1.0, 1, 1);
    plan.model = Model::Closed {
        connections: 3,
        length: Duration::from_millis(100),
    };
    let report = finished(plan).await;
    assert_eq!(report.answered(), report.issued);
    assert!(report.issued > 3);
    assert_eq!(report.wanted_rate(), None);
    assert_eq!(seen.connections.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn steps_are_counted_by_when_requests_were_due() {
    let (address, _) = server(OK).await;
    let step = |rate| Step {
        rate,
        length: Duration::from_millis(100),
    };
    let mut plan = open(address, 1.0, 1, 8);
    plan.model = Model::Open {
        pace: Pace {
            steps: vec![step(100.0), step(500.0)],
            arrivals: Arrivals::Even,
            most: None,
        },
        most_connections: 8,
    };
    let report = finished(plan).await;
    let counts: Vec<u64> = report.steps.iter().map(|it| it.counts.requests).collect();
    assert_eq!(counts, [10, 50]);
    assert_eq!(report.wanted_rate(), Some(300.0));
    // It takes as long as it was asked to, also when its last request was answered before.
    assert!(report.elapsed >= Duration::from_millis(200));
}
