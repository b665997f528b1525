//! Sends a plan and measures it.
//!
//! The model is open: requests are due at their times, however slow the back end is. A closed model
//! would wait with the next request while the back end stalls, and so hide the stall from its own
//! statistics.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::http::{self, Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use super::plan::{LoadPlan, Method, PlannedRequest};
use super::report::{Latencies, LoadReport, TransportError};

const USER_AGENT: &str = concat!("cruddurctl-load/", env!("CARGO_PKG_VERSION"));

/// How long an answer may take; a back end that hangs must not hang the run.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is due later is due then; the clock cannot count to every duration.
const LONGEST_RUN: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Sends the plan's requests, each as soon as it is due and a connection is free.
///
/// `progress` is called after each request with how many are done, answered or not. Nothing fails as a
/// whole: a request without an answer is counted in the report. Dropping the future stops the run.
pub async fn run(plan: LoadPlan, progress: impl Fn(u64) + Send + Sync) -> LoadReport {
    let n_connections = plan.connections.clamp(1, plan.requests.len().max(1));
    let address = plan.address;
    let mut requests = plan.requests;
    requests.sort_by_key(|request| request.at);
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let (done, mut outcomes) = mpsc::unbounded_channel();
    let start = Instant::now();

    let mut connections = JoinSet::new();
    for _ in 0..n_connections {
        let (requests, next, done) = (requests.clone(), next.clone(), done.clone());
        connections.spawn(async move {
            let mut connection = Connection {
                address,
                sender: None,
            };
            // Taken in order of time, so whoever is free first sends what is due first.
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                let due = start + request.at.min(LONGEST_RUN);
                sleep_until(due).await;
                let outcome = connection.outcome(request, due).await;
                if done.send(outcome).is_err() {
                    return;
                }
            }
        });
    }
    drop(done);

    let mut gathered = Gathered::default();
    let mut n_done = 0;
    while let Some(outcome) = outcomes.recv().await {
        gathered.add(outcome);
        n_done += 1;
        progress(n_done);
    }
    gathered.report(start.elapsed())
}

/// What became of one request.
struct Outcome {
    label: &'static str,
    was_sent: bool,
    answer: Result<Answer, TransportError>,
}

struct Answer {
    status: u16,
    response_time: Duration,
    service_time: Duration,
}

/// A connection that is made when it is needed, and again when it broke or was closed.
struct Connection {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    async fn outcome(&mut self, planned: &PlannedRequest, due: Instant) -> Outcome {
        let mut was_sent = false;
        let exchange = self.exchange(planned, due, &mut was_sent);
        let answer = match timeout(PATIENCE, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(TransportError::Timeout(PATIENCE)),
        };
        if answer.is_err() {
            // Whatever is left of the old answer must not be taken for the next one.
            self.sender = None;
        }
        Outcome {
            label: planned.label,
            was_sent,
            answer,
        }
    }

    async fn exchange(
        &mut self,
        planned: &PlannedRequest,
        due: Instant,
        was_sent: &mut bool,
    ) -> Result<Answer, TransportError> {
        let request = self.request(planned).map_err(TransportError::Unsendable)?;
        let sender = self.ready_sender().await?;
        let sent = Instant::now();
        *was_sent = true;
        let response = sender
            .send_request(request)
            .await
            .map_err(TransportError::Broken)?;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            frame.map_err(TransportError::Broken)?;
        }
        Ok(Answer {
            status,
            response_time: due.elapsed(),
            service_time: sent.elapsed(),
        })
    }

    fn request(&self, planned: &PlannedRequest) -> Result<Request<Full<Bytes>>, http::Error> {
        let method = match planned.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
        };
        let request = Request::builder()
            .method(method)
            .uri(&planned.path)
            .header(header::HOST, self.address.to_string())
            .header(header::USER_AGENT, USER_AGENT);
        match &planned.body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Full::from(body.to_string())),
            None => request.body(Full::default()),
        }
    }

    /// Returns the sender of an open connection: the one at hand, or a new one if it was closed since.
    async fn ready_sender(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, TransportError> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(self.sender.insert(sender));
        }
        let stream = TcpStream::connect(self.address)
            .await
            .map_err(TransportError::Connect)?;
        // Small requests would otherwise wait for the acknowledgement of the one before.
        stream.set_nodelay(true).map_err(TransportError::Connect)?;
        let (sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(TransportError::Broken)?;
        // Ends by itself when the sender is dropped; its errors also reach the sender.
        tokio::spawn(connection);
        Ok(self.sender.insert(sender))
    }
}

/// Outcomes on their way to a report.
#[derive(Default)]
struct Gathered {
    report: LoadReport,
    response_times: Vec<Duration>,
    service_times: Vec<Duration>,
    by_label: BTreeMap<&'static str, Vec<Duration>>,
}

impl Gathered {
    fn add(&mut self, outcome: Outcome) {
        self.report.sent += u64::from(outcome.was_sent);
        match outcome.answer {
            Ok(answer) => {
                *self.report.by_status.entry(answer.status).or_default() += 1;
                self.response_times.push(answer.response_time);
                self.service_times.push(answer.service_time);
                self.by_label
                    .entry(outcome.label)
                    .or_default()
                    .push(answer.response_time);
            }
            Err(error) => {
                self.report.transport_errors += 1;
                self.report.first_error.get_or_insert(error);
            }
        }
    }

    fn report(self, elapsed: Duration) -> LoadReport {
        let by_label = self.by_label.into_iter();
        LoadReport {
            elapsed,
            response_time: Latencies::of(self.response_times),
            service_time: Latencies::of(self.service_times),
            by_label: by_label
                .filter_map(|(label, times)| Some((label, Latencies::of(times)?)))
                .collect(),
            ..self.report
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::mix::cruddur_mix;
    use super::*;
    use hyper::body::Incoming;
    use hyper::service::service_fn;
    use hyper::{Response, server::conn::http1};
    use serde_json::json;
    use std::convert::Infallible;
    use std::sync::Mutex;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    /// What a server has seen.
    #[derive(Default)]
    struct Seen {
        connections: AtomicUsize,
        requests: Mutex<Vec<(http::request::Parts, Bytes)>>,
    }

    async fn answer(
        request: Request<Incoming>,
        seen: Arc<Seen>,
        closes: bool,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let status = match parts.uri.path_and_query().unwrap().as_str() {
            path if path.ends_with("?term=") => 422,
            path if path.starts_with("/api/") => 200,
            _ => 404,
        };
        seen.requests.lock().unwrap().push((parts, body));
        let mut response = Response::builder().status(status);
        if closes {
            response = response.header(header::CONNECTION, "close");
        }
        Ok(response.body(Full::from("[]")).unwrap())
    }

    async fn server(closes: bool) -> (SocketAddr, Arc<Seen>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let shared = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let seen = shared.clone();
                let service = service_fn(move |request| answer(request, seen.clone(), closes));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        (address, seen)
    }

    fn at_once(n: usize) -> Vec<PlannedRequest> {
        cruddur_mix(n, 0.0, 9)
    }

    #[tokio::test]
    async fn every_request_arrives_over_the_connections_that_are_kept() {
        let (address, seen) = server(false).await;
        let requests = at_once(200);
        let asked: Vec<String> = requests
            .iter()
            .map(|request| request.path.clone())
            .collect();
        let progress = Mutex::new(Vec::new());
        let plan = LoadPlan {
            address,
            requests,
            connections: 4,
        };
        let report = run(plan, |n_done| progress.lock().unwrap().push(n_done)).await;

        let count = |is: fn(&str) -> bool| asked.iter().filter(|path| is(path)).count() as u64;
        assert_eq!(
            (report.sent, report.answered(), report.transport_errors),
            (200, 200, 0)
        );
        assert_eq!(
            report.by_status.get(&422),
            Some(&count(|path| path.ends_with("?term=")))
        );
        assert_eq!(report.by_class(2) + report.by_class(4), 200);
        assert_eq!(*progress.lock().unwrap(), (1..=200).collect::<Vec<u64>>());
        let by_label: u64 = report
            .by_label
            .iter()
            .map(|(_, latencies)| latencies.count)
            .sum();
        assert_eq!(by_label, 200);

        assert!(seen.connections.load(Ordering::Relaxed) <= 4);
        let mut arrived: Vec<String> = seen
            .requests
            .lock()
            .unwrap()
            .iter()
            .map(|(parts, _)| parts.uri.to_string())
            .collect();
        let mut asked = asked;
        arrived.sort();
        asked.sort();
        assert_eq!(arrived, asked);
    }

    #[tokio::test]
    async fn requests_say_who_sends_them_and_carry_their_json() {
        let (address, seen) = server(false).await;
        let request = PlannedRequest {
            method: Method::Post,
            path: "/api/activities".to_string(),
            label: "POST /api/activities",
            body: Some(json!({ "message": "Cloud is fun!" })),
            at: Duration::ZERO,
        };
        run(
            LoadPlan {
                address,
                requests: vec![request],
                connections: 9,
            },
            |_| {},
        )
        .await;
        let requests = seen.requests.lock().unwrap();
        let (parts, body) = &requests[0];
        assert_eq!(parts.method, http::Method::POST);
        assert_eq!(parts.headers["user-agent"], USER_AGENT);
        assert_eq!(parts.headers["host"], address.to_string());
        assert_eq!(parts.headers["content-type"], "application/json");
        assert_eq!(&body[..], br#"{"message":"Cloud is fun!"}"#);
    }

    #[tokio::test]
    async fn waiting_for_a_free_connection_counts_as_response_time() {
        let (address, _) = server(false).await;
        let n = 50;
        let report = run(
            LoadPlan {
                address,
                requests: at_once(n),
                connections: 1,
            },
            |_| {},
        )
        .await;
        let (response, service) = (report.response_time.unwrap(), report.service_time.unwrap());
        // All were due at once, so the last one has waited for all the others to be served.
        assert!(
            response.max >= service.mean * (n as u32 - 1),
            "{response:?} {service:?}"
        );
        assert!(report.elapsed >= response.max);
    }

    #[tokio::test]
    async fn requests_are_not_sent_before_they_are_due() {
        let (address, _) = server(false).await;
        let requests = cruddur_mix(20, 400.0, 1);
        let last = requests.last().unwrap().at;
        let report = run(
            LoadPlan {
                address,
                requests,
                connections: 2,
            },
            |_| {},
        )
        .await;
        assert!(report.elapsed >= last);
    }

    #[tokio::test]
    async fn a_server_that_closes_after_each_answer_costs_no_request() {
        let (address, seen) = server(true).await;
        let report = run(
            LoadPlan {
                address,
                requests: at_once(30),
                connections: 3,
            },
            |_| {},
        )
        .await;
        assert_eq!((report.answered(), report.transport_errors), (30, 0));
        assert_eq!(seen.connections.load(Ordering::Relaxed), 30);
    }

    #[tokio::test]
    async fn nobody_listening_is_an_error_for_each_request_and_nothing_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let report = run(
            LoadPlan {
                address,
                requests: at_once(5),
                connections: 2,
            },
            |_| {},
        )
        .await;
        assert_eq!((report.sent, report.transport_errors), (0, 5));
        assert!(matches!(
            report.first_error,
            Some(TransportError::Connect(_))
        ));
        assert_eq!(report.response_time, None);
    }

    #[tokio::test]
    async fn a_connection_that_breaks_is_an_error_and_the_next_request_gets_a_new_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
            }
        });
        let report = run(
            LoadPlan {
                address,
                requests: at_once(4),
                connections: 1,
            },
            |_| {},
        )
        .await;
        assert_eq!(
            (report.sent, report.answered(), report.transport_errors),
            (4, 0, 4)
        );
        assert!(matches!(
            report.first_error,
            Some(TransportError::Broken(_))
        ));
    }

    #[tokio::test]
    async fn a_path_that_is_none_is_not_sent_and_an_empty_plan_ends() {
        let (address, _) = server(false).await;
        let mut requests = at_once(1);
        requests[0].path = "/with a blank".to_string();
        let report = run(
            LoadPlan {
                address,
                requests,
                connections: 1,
            },
            |_| {},
        )
        .await;
        assert!(matches!(
            report.first_error,
            Some(TransportError::Unsendable(_))
        ));
        assert_eq!(report.sent, 0);
        let report = run(
            LoadPlan {
                address,
                requests: Vec::new(),
                connections: 0,
            },
            |_| {},
        )
        .await;
        assert_eq!((report.sent, report.answered()), (0, 0));
    }
}
