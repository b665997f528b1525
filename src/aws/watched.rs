//! An HTTP client for the SDK that says where nobody answers, gives up sooner there, and tells of late attempts.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// How often a call is tried that does not get through at all; more would only keep somebody waiting.
const MAX_ATTEMPTS_TO_CONNECT: u32 = 3;
/// The attempt from which on it is said that things take long.
const LATE_ATTEMPT: u32 = 4;

/// A connection that failed, and where to. The SDK's own error does not say the address.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach {address}")]
struct NotReached {
    address: String,
    source: Box<dyn Error + Send + Sync>,
}

/// Is told what goes on while a call is made.
pub struct Watching {
    /// The number of an attempt that comes late.
    pub waits: Box<dyn Fn(u32) + Send + Sync>,
    /// A response header.
    pub header: &'static str,
    /// Its value, where there is one.
    pub hears: Box<dyn Fn(&str) + Send + Sync>,
}

impl Watching {
    /// Tells nothing.
    pub fn nothing() -> Watching {
        Watching {
            waits: Box::new(|_| {}),
            header: "",
            hears: Box::new(|_| {}),
        }
    }
}

pub(super) type Waits = Arc<Watching>;

/// An HTTP client whose errors name the address, which gives up sooner where nobody answers, and which
/// tells of late attempts.
struct Watched<T> {
    inner: T,
    waits: Waits,
}

impl<T> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

/// Returns a client that is watched; `waits` is told of it.
pub(super) fn watched(inner: SharedHttpClient, waits: Waits) -> SharedHttpClient {
    SharedHttpClient::new(Watched { inner, waits })
}

impl HttpClient for Watched<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Watched {
            inner: self.inner.http_connector(settings, components),
            waits: Arc::clone(&self.waits),
        })
    }
}

impl HttpConnector for Watched<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let address = authority(request.uri()).to_string();
        let attempt = attempt_of(request.headers().get("amz-sdk-request").unwrap_or_default());
        if attempt >= LATE_ATTEMPT {
            (self.waits.waits)(attempt);
        }
        let answer = self.inner.call(request);
        let watching = Arc::clone(&self.waits);
        HttpConnectorFuture::new(async move {
            let answered = answer.await;
            let value = answered
                .as_ref()
                .ok()
                .and_then(|answer| answer.headers().get(watching.header));
            if let Some(value) = value {
                (watching.hears)(value);
            }
            answered.map_err(|error| {
                let (is_timeout, is_io) = (error.is_timeout(), error.is_io());
                if !is_timeout && !is_io {
                    return error;
                }
                let source = error.into_source();
                let not_reached = Box::new(NotReached { address, source });
                // The kind decides whether the SDK tries again.
                if attempt >= MAX_ATTEMPTS_TO_CONNECT {
                    ConnectorError::other(not_reached, None)
                } else if is_timeout {
                    ConnectorError::timeout(not_reached)
                } else {
                    ConnectorError::io(not_reached)
                }
            })
        })
    }
}

// 2 of `attempt=2; max=8`.
fn attempt_of(header: &str) -> u32 {
    let mut parts = header.split(';').map(str::trim);
    let number = parts.find_map(|part| part.strip_prefix("attempt=")?.parse().ok());
    number.unwrap_or(1)
}

// `127.0.0.1:4318` of `http://127.0.0.1:4318/GetGroups`; a user and a password are not for people.
fn authority(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// Returns the address that was not reached, if that is what went wrong.
pub(super) fn unreached(error: &(dyn Error + 'static)) -> Option<String> {
    match error.downcast_ref::<NotReached>() {
        Some(not_reached) => Some(not_reached.address.clone()),
        None => unreached(error.source()?),
    }
}
