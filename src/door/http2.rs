//! Serves HTTP/2 without TLS, for callers that know it is spoken here.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::listening::Peer;
use super::split::Half;

// More than any exporter has under way at once; each may hold a whole body.
const MOST_STREAMS: u32 = 32;

// What a connection may have received and not given to its requests.
const MOST_UNREAD_BYTES: u32 = 512 << 10;

// A connection whose other end has gone gives its place back after this long.
const SILENCE: Duration = Duration::from_secs(30);

/// Answers requests until `stop` resolves, and then those that are under way.
pub async fn serve_http2(mut connections: Half, routes: Router, stop: impl Future<Output = ()>) {
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
                    let serving = http2::Builder::new(TokioExecutor::new())
                        .timer(TokioTimer::new())
                        .keep_alive_interval(SILENCE)
                        .max_concurrent_streams(MOST_STREAMS)
                        .initial_connection_window_size(MOST_UNREAD_BYTES)
                        .initial_stream_window_size(MOST_UNREAD_BYTES)
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
