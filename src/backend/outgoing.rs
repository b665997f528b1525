//! Calls another service over HTTP.

use std::time::Duration;

use anyhow::Context;
use reqwest::Url;
use reqwest::redirect::Policy;

/// Another service, and the address that is asked there.
#[derive(Debug, Clone)]
pub struct Outgoing {
    client: reqwest::Client,
    url: Url,
}

// A page that waits for another service does not wait longer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Outgoing {
    /// Prepares calls of an `http` or `https` address.
    ///
    /// # Errors
    /// If there is no such address.
    pub fn new(url: &str) -> anyhow::Result<Outgoing> {
        let url = Url::parse(url).with_context(|| format!("`{url}` is not an address"))?;
        anyhow::ensure!(
            matches!(url.scheme(), "http" | "https") && url.host_str().is_some(),
            "`{url}` is not an address of HTTP; write http://127.0.0.1:4568/api/health-check"
        );
        // The client asks rustls for the process's provider; this is the only one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(Policy::none());
        if matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
            // HTTP_PROXY would otherwise send loopback traffic to the company's proxy.
            client = client.no_proxy();
        }
        Ok(Outgoing {
            client: client.build()?,
            url,
        })
    }

    /// Returns the address without user, password and query.
    pub fn address(&self) -> String {
        format!(
            "{}{}",
            self.url.origin().ascii_serialization(),
            self.url.path()
        )
    }

    /// Returns the other service's host and port.
    pub fn host(&self) -> (&str, Option<u16>) {
        (
            self.url.host_str().unwrap_or_default(),
            self.url.port_or_known_default(),
        )
    }

    /// Sends GET with these headers and returns the answer's status.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn get(
        &self,
        headers: impl IntoIterator<Item = (String, String)>,
    ) -> Result<u16, String> {
        let mut request = self.client.get(self.url.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) if error.is_timeout() => Err(format!("no answer in {PATIENCE:?}")),
            Err(error) => Err(innermost(&error.without_url())),
        }
    }
}

// The outer errors say no more than that a request was sent.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
