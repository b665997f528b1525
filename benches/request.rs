//! What one request costs the thread that answers it, with all three lenses and with none: no network, no load, and the
//! processor time of that thread alone.
//!
//! `cargo bench --bench request [-- REQUESTS]`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where it cannot"
)]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use cruddurctl::aws;
use cruddurctl::backend::lenses::{Lenses, LensesOn};
use cruddurctl::backend::routes::{Backend, Compat, Unobserved, routes};
use cruddurctl::backend::sampling_clock::SamplingClock;
use cruddurctl::backend::semconv::Semconv;
use cruddurctl::backend::serve::{ServeOptions, serve};
use cruddurctl::backend::telemetry::SpanDestination;
use cruddurctl::cloudwatch::sink::{Destination, SinkOptions, WhenFull};
use cruddurctl::door::{Peer, accept, bind};
use cruddurctl::model::zone::Zone;
use cruddurctl::settings::targets::AwsTarget;
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::sync::oneshot;

const NONE: LensesOn = LensesOn {
    spans: false,
    lines: false,
    segments: false,
};

fn main() {
    let asked = std::env::args().find_map(|it| it.parse::<u64>().ok());
    let n_requests = asked.unwrap_or(200_000);
    let spans = LensesOn {
        spans: true,
        ..NONE
    };
    let lines = LensesOn {
        lines: true,
        ..NONE
    };
    let segments = LensesOn {
        segments: true,
        ..NONE
    };
    let paths = [
        "/api/activities/home",
        "/api/activities/search?term=cloud",
        "/api/messages/@worf",
    ];
    for path in paths {
        println!("{path}");
        let none = measure(NONE, path, n_requests);
        for (name, on) in [
            ("none", NONE),
            ("spans", spans),
            ("log lines", lines),
            ("segments", segments),
            ("all", LensesOn::ALL),
        ] {
            let cost = measure(on, path, n_requests);
            println!("  {name:<10} {cost:6.2} us a request, {:+6.2}", cost - none);
        }
    }
}

// Returns microseconds of processor time for a request: the best of five, as the machine does other things too.
fn measure(on: LensesOn, path: &str, n_requests: u64) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (give, take) = channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let options = runtime.block_on(options(on, folder.path()));
    let serving = runtime.spawn(async move {
        let make = |lenses: Arc<Lenses>| {
            let backend = Backend::new(vec!["http://localhost:3000".to_string()], lenses);
            give.send(routes(Arc::new(backend))).unwrap();
            Backend::new(Vec::new(), Arc::new(Unobserved))
        };
        let door = accept(bind(([127, 0, 0, 1], 0).into()).unwrap());
        let stop = async move {
            let _ = stopped.await;
        };
        serve(door, options, make, Arc::new(|_| {}), stop).await
    });
    let router = take.recv().unwrap();
    let own = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let before = own_nanoseconds();
        own.block_on(ask(&router, path, n_requests / 5));
        let spent = own_nanoseconds() - before;
        best = best.min(spent as f64 / 1e3 / (n_requests / 5) as f64);
    }
    stop.send(()).unwrap();
    runtime.block_on(serving).unwrap().unwrap();
    best
}

async fn ask(router: &Router, path: &str, n_requests: u64) {
    let service = TowerToHyperService::new(router.clone());
    let peer: SocketAddr = ([127, 0, 0, 1], 50_000).into();
    for _ in 0..n_requests {
        let mut request = Request::get(path)
            .header("host", "127.0.0.1:4567")
            .header("user-agent", "cruddurctl/0.1.0")
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(Peer(peer)));
        let response = service.call(request).await.unwrap();
        assert!(response.status().is_success());
        response.into_body().collect().await.unwrap();
    }
}

// Nobody is there, so that all of it waits on disk.
async fn options(on: LensesOn, folder: &Path) -> ServeOptions {
    let nobody = "127.0.0.1:9";
    let target = AwsTarget::Local {
        address: nobody.parse().unwrap(),
        region: "us-east-1".to_string(),
        key: None,
    };
    ServeOptions {
        service_name: "backend-flask".to_string(),
        spans: SpanDestination {
            url: Some(format!("http://{nobody}/v1/traces")),
            is_local: true,
            key: None,
        },
        aws: aws::configuration(&target).await.unwrap(),
        sink: SinkOptions {
            destination: Destination {
                group: "cruddur".to_string(),
                stream: "bench".to_string(),
                retention_days: None,
            },
            place: "local".to_string(),
            region: "us-east-1".to_string(),
            spool: folder.to_path_buf(),
            spool_bytes: 64 << 20,
            when_full: WhenFull::Drop,
        },
        on,
        xray_place: "local".to_string(),
        compat: Compat::Mended,
        semconv: Semconv::Stable,
        faults: Vec::new(),
        outgoing: None,
        grace: Duration::from_millis(1),
        seed: 7,
        sampling_clock: SamplingClock::Real,
        dynamic_name: None,
        zone: Zone::UTC,
        console: None,
        echo: None,
    }
}

// Source: proc(5), `schedstat`: nanoseconds on a processor come first.
fn own_nanoseconds() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}
