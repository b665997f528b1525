//! Serves HTTP/1 with limits on the time that a head may take and a connection may be idle.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::listening::{Connection, Peer};

// From the end of an answer, or from the beginning, to the end of the next request's head.
const LONGEST_HEAD: Duration = Duration::from_secs(60);

// What a connection may have read and not given to its request; the usual 400 kB are too many for all of them.
const MOST_READ_BYTES: usize = 128 << 10;

/// Answers requests until `stop` resolves, and then those that are under way.
pub async fn serve_http1<L>(mut connections: L, routes: Router, stop: impl Future<Output = ()>)
where
    L: Listener<Io = Connection, Addr = SocketAddr>,
{
    let (stopping, _) = watch::channel(());
    let mut served = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            (connection, from) = connections.accept() => {
                let service = TowerToHyperService::new(routes.clone());
                let service = service_fn(move |mut request: Request<Incoming>| {
                    request.extensions_mut().insert(ConnectInfo(Peer(from)));
                    service.call(request)
                });
                let mut stopped = stopping.subscribe();
                served.spawn(async move {
                    let serving = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(LONGEST_HEAD)
                        .max_buf_size(MOST_READ_BYTES)
                        .serve_connection(TokioIo::new(connection), service);
                    let mut serving = pin!(serving);
                    // How a connection ends is of no concern to the others.
                    tokio::select! {
                        _ = serving.as_mut() => return,
                        _ = stopped.changed() => serving.as_mut().graceful_shutdown(),
                    }
                    let _ = serving.await;
                });
            }
            Some(_) = served.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop(connections);
    drop(stopping);
    while served.join_next().await.is_some() {}
}
