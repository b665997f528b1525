//! How many requests a second `load` sends with its times intact, against the least server there is.
//!
//! `cargo bench --bench load [-- SECONDS]`. Generator and server share the machine's cores: each request
//! costs both of them. At each rate: what came of it, how late the generator was with one request in a
//! hundred, and what that did to the response times. Fails if fewer than 99 in a hundred of 30,000 requests a second are
//! answered.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench says what it measured, and stops where it cannot"
)]

use std::net::SocketAddr;
use std::time::Duration;

use cruddurctl::load::{Arrivals, LoadPlan, LoadReport, Mix, Model, Pace, Spread, Step, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const WANTED: f64 = 30_000.0;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";

fn main() {
    // Cargo passes flags of its own.
    let seconds = std::env::args().find_map(|argument| argument.parse().ok());
    let length = Duration::from_secs(seconds.unwrap_or(5));
    let address = serve();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no event loop: {error}"));
    let measure = |model| {
        let plan = LoadPlan {
            address,
            host: address.to_string(),
            mix: Mix::cruddur(),
            model,
            seed: 7,
            timeout: Duration::from_secs(10),
            has_traceparent: false,
            follows_traces: false,
        };
        let ran = runtime.block_on(run(plan, std::future::pending(), |_| {}));
        ran.unwrap_or_else(|error| panic!("the run failed: {error}"))
    };
    println!(
        "rate wanted  answered/s  late P99  response P50   P99   service P50   P99  errors  (ms)"
    );
    let mut reached = 0.0;
    for rate in [1_000.0, 10_000.0, WANTED] {
        let pace = Pace {
            steps: vec![Step { rate, length }],
            arrivals: Arrivals::Even,
            most: None,
        };
        let report = measure(Model::Open {
            pace,
            most_connections: 512,
        });
        print_row(&format!("{rate}"), &report);
        reached = report.rate();
    }
    let closed = measure(Model::Closed {
        connections: 64,
        length,
    });
    print_row("closed, 64", &closed);
    assert!(
        reached >= WANTED * 0.99,
        "{reached:.0} requests a second, not {WANTED}"
    );
}

fn print_row(name: &str, report: &LoadReport) {
    let ms = |spread: &Spread, share| {
        spread.at(share).map_or("-".to_string(), |time| {
            format!("{:.2}", time.as_secs_f64() * 1e3)
        })
    };
    let all = &report.all;
    println!(
        "{name:>11}  {:>10.0}  {:>8}  {:>12}  {:>5}  {:>10}  {:>5}  {:>6}",
        report.rate(),
        ms(&report.lateness, 0.99),
        ms(&all.response_time, 0.5),
        ms(&all.response_time, 0.99),
        ms(&all.service_time, 0.5),
        ms(&all.service_time, 0.99),
        all.errors,
    );
}

/// Answers every request on a thread of its own; a request is small enough to come in one piece.
fn serve() -> SocketAddr {
    let (tell, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no event loop: {error}"));
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await;
            let listener = listener.unwrap_or_else(|error| panic!("no port: {error}"));
            let _ = tell.send(listener.local_addr());
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(async move {
                    let mut buffer = vec![0; 4096];
                    while let Ok(1..) = stream.read(&mut buffer).await {
                        if stream.write_all(ANSWER).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
    });
    let address = address.recv();
    address
        .unwrap_or_else(|error| panic!("the server is gone: {error}"))
        .unwrap_or_else(|error| panic!("no address: {error}"))
}
