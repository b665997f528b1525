//! Serves HTTP/2 without TLS, for callers that know it is spoken here.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::serve::Listener;
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::listening::Listening;

// More than any exporter has under way at once; each may hold a whole body.
const MOST_STREAMS: u32 = 32;

// A connection whose other end has gone gives its place back after this long.
const SILENCE: Duration = Duration::from_secs(30);

/// Answers requests until `stop` resolves, and then those that are under way.
pub async fn serve_http2<A, B>(
    mut listening: Listening,
    answer: impl Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    stop: impl Future<Output = ()>,
) where
    A: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let (stopping, _) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            (connection, _) = listening.accept() => {
                let answer = answer.clone();
                let mut stopped = stopping.subscribe();
                connections.spawn(async move {
                    let service = service_fn(move |request| {
                        let answer = answer(request);
                        async { Ok::<_, Infallible>(answer.await) }
                    });
                    let serving = http2::Builder::new(TokioExecutor::new())
                        .timer(TokioTimer::new())
                        .keep_alive_interval(SILENCE)
                        .max_concurrent_streams(MOST_STREAMS)
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
            Some(_) = connections.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop(listening);
    drop(stopping);
    while connections.join_next().await.is_some() {}
}
