//! Live tails that are hard to judge from outside: readers that are too slow, and a store that closes.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use serde_json::Value;

use super::server_live_tail::start_lasting;
use super::server_state::Call;
use super::server_tests::{NOW, Service};
use super::wire::StartLiveTail;

struct Tail(Body);

impl Tail {
    async fn start(service: &Service) -> Tail {
        Tail::lasting(service, Duration::from_secs(600)).await
    }

    async fn lasting(service: &Service, length: Duration) -> Tail {
        let call = Call {
            left_out: &Default::default(),
            store: &service.store,
            region: "us-east-1",
            now_ms: NOW,
        };
        let arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
        let request = StartLiveTail {
            log_group_identifiers: Some(vec![arn.to_string()]),
            ..StartLiveTail::default()
        };
        let frames = start_lasting(&call, request, length).unwrap();
        let mut tail = Tail(Body::new(frames));
        for kind in ["initial-response", "sessionStart"] {
            assert_eq!(tail.next().await.unwrap().0, kind);
        }
        tail
    }

    /// Returns the next message: its kind and its payload; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        let frame = poll_fn(|context| Pin::new(&mut self.0).poll_frame(context)).await?;
        let message = frame.unwrap().into_data().unwrap();
        let number = |at: usize| u32::from_be_bytes(message[at..at + 4].try_into().unwrap());
        assert_eq!(number(0) as usize, message.len());
        let headers_end = 12 + number(4) as usize;
        let headers = String::from_utf8_lossy(&message[12..headers_end]).into_owned();
        let kind = headers.split("-type\x07\0").nth(2).unwrap();
        let length = kind.as_bytes()[0] as usize;
        let payload = &message[headers_end..message.len() - 4];
        Some((
            kind[1..=length].to_string(),
            serde_json::from_slice(payload).unwrap(),
        ))
    }

    /// Returns the next lines that are told, and whether some were left out.
    async fn lines(&mut self) -> (Vec<String>, bool) {
        loop {
            let (kind, update) = self.next().await.unwrap();
            assert_eq!(kind, "sessionUpdate", "{update}");
            let results = update["sessionResults"].as_array().unwrap();
            if !results.is_empty() {
                let message = |line: &Value| line["message"].as_str().unwrap().to_string();
                let is_sampled = update["sessionMetadata"]["sampled"].as_bool().unwrap();
                return (results.iter().map(message).collect(), is_sampled);
            }
        }
    }
}

#[tokio::test]
async fn a_reader_that_is_too_slow_gets_the_newest_lines_and_is_told() {
    let service = Service::with_stream().await;
    let mut tail = Tail::start(&service).await;
    let lines: Vec<String> = (0..6_000).map(|number| number.to_string()).collect();
    let batch: Vec<(i64, &str)> = lines.iter().map(|line| (NOW, line.as_str())).collect();
    service.put("s", &batch).await;
    let mut told = Vec::new();
    while told.last() != lines.last() {
        let (lines, is_sampled) = tail.lines().await;
        assert!(lines.len() <= 500 && is_sampled);
        told.extend(lines);
    }
    assert_eq!(told, lines[1_000..]);
    // The next ones are whole again.
    service.put("s", &[(NOW, "after")]).await;
    assert_eq!(tail.lines().await, (vec!["after".to_string()], false));
}

#[tokio::test]
async fn an_update_ends_before_a_megabyte() {
    let service = Service::with_stream().await;
    let mut tail = Tail::start(&service).await;
    let long = "x".repeat(400_000);
    service.put("s", &[(NOW, &long), (NOW, &long)]).await;
    service.put("s", &[(NOW, &long), (NOW, &long)]).await;
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < 4 {
        sizes.push(tail.lines().await.0.len());
    }
    assert!(sizes.iter().all(|size| *size <= 2), "{sizes:?}");
}

#[tokio::test]
async fn a_tail_keeps_no_store_open_and_ends_with_it() {
    let service = Service::with_stream().await;
    let mut tail = Tail::start(&service).await;
    service.store.dismiss();
    let (kind, said) = tail.next().await.unwrap();
    assert_eq!(kind, "SessionStreamingException");
    assert_eq!(said["message"], "The local stack is stopping.");
    assert!(tail.next().await.is_none());

    let service = service.reopened();
    let mut tail = Tail::start(&service).await;
    let weak = std::sync::Arc::downgrade(&service.store);
    drop(service);
    assert!(weak.upgrade().is_none());
    while let Some((kind, _)) = tail.next().await {
        assert!(["sessionUpdate", "SessionStreamingException"].contains(&&*kind));
    }
}

#[tokio::test]
async fn a_tail_that_lasted_as_long_as_it_may_says_so() {
    let service = Service::with_stream().await;
    let mut tail = Tail::lasting(&service, Duration::from_millis(1)).await;
    let last = loop {
        let (kind, _) = tail.next().await.unwrap();
        if kind != "sessionUpdate" {
            break kind;
        }
    };
    assert_eq!(last, "SessionTimeoutException");
    assert!(tail.next().await.is_none());
}
