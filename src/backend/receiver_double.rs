//! A receiver of spans that answers as it is told to, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};

/// A status, headers and a body.
pub type Canned = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// A receiver; it answers with what is canned, and then takes everything.
#[derive(Clone, Default)]
pub struct Double {
    pub canned: Arc<Mutex<VecDeque<Canned>>>,
    pub seen: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Double {
    /// Opens its door, and returns its address.
    pub async fn open(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        format!("http://{address}/v1/traces")
    }
}

async fn answer(
    State(double): State<Double>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    double.seen.lock().unwrap().push((headers, body));
    let (status, pairs, body) =
        double
            .canned
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or((200, Vec::new(), Vec::new()));
    let pairs = pairs.into_iter();
    let headers =
        pairs.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
    (
        StatusCode::from_u16(status).unwrap(),
        headers.collect(),
        body,
    )
}
