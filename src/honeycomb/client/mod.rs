//! Asks Honeycomb, or whatever speaks its API.

mod catalogue;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};

pub use super::spec_reader::{Problem, spec_from_json};
use super::wire::answer_from_json;
pub use super::wire::spec_to_json;
use crate::model::answer::Answer;
use crate::model::query::QuerySpec;
use crate::settings::targets::HoneycombTarget;

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum HoneycombError {
    /// Nobody answered.
    #[error("cannot reach {address}: {reason}")]
    Unreachable {
        /// Where we tried.
        address: String,
        /// What happened.
        reason: String,
    },
    /// The key is unknown there.
    #[error("{address} rejected the key: {message}")]
    Unauthorized {
        /// Who rejected it.
        address: String,
        /// What it said.
        message: String,
    },
    /// The key is known but may not do this, or the plan does not have it.
    #[error("{address} does not allow this: {message}")]
    Forbidden {
        /// Who refused.
        address: String,
        /// What it said.
        message: String,
    },
    /// There is no such dataset.
    #[error("{address} has no dataset {dataset}")]
    NoSuchDataset {
        /// Who was asked.
        address: String,
        /// For what.
        dataset: String,
    },
    /// The question is wrong, in one or more ways.
    #[error("the query was refused: {}", problems.join("; "))]
    Invalid {
        /// Each with its field.
        problems: Vec<String>,
    },
    /// Too many questions in a minute.
    #[error("{address} takes no more queries for now: {message}")]
    RateLimited {
        /// Who asks for patience.
        address: String,
        /// What it said.
        message: String,
    },
    /// The query ran and failed.
    #[error("the query failed: {message}")]
    Failed {
        /// What the service said.
        message: String,
    },
    /// It ran longer than we wait.
    #[error("the query was not done within {} s", waited.as_secs())]
    TooSlow {
        /// How long we waited.
        waited: Duration,
    },
    /// The answer is not what the API promises.
    #[error("{address} answered something odd: {what}")]
    Odd {
        /// Who answered.
        address: String,
        /// What was odd.
        what: String,
    },
}

/// Asks one address with one key.
pub struct HoneycombClient {
    http: reqwest::Client,
    target: HoneycombTarget,
}

// Where the service gives up by itself: ten seconds; the rest is queue and network.
const LONGEST: Duration = Duration::from_secs(30);
// No answer is read beyond this.
const LARGEST_ANSWER: usize = 256 << 20;

impl HoneycombClient {
    /// Makes a client.
    ///
    /// # Errors
    /// `Odd` if the system's certificates cannot be read.
    pub fn new(target: HoneycombTarget) -> Result<HoneycombClient, HoneycombError> {
        // Only the first call in a process installs it; it is the same provider every time.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("cruddurctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30));
        if target.base.starts_with("http://") {
            // Reading the system's certificates takes longer than a local query does.
            let none = rustls::ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            builder = builder.tls_backend_preconfigured(none);
        }
        if target.is_local {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| HoneycombError::Odd {
            address: target.base.clone(),
            what: innermost(&error),
        })?;
        Ok(HoneycombClient { http, target })
    }

    /// Returns whom the client asks, for people: `api.honeycomb.io`.
    pub fn address(&self) -> &str {
        self.target
            .base
            .split_once("://")
            .map_or(self.target.base.as_str(), |(_, rest)| rest)
    }

    /// Tells whether the client asks a local stack.
    pub fn is_local(&self) -> bool {
        self.target.is_local
    }

    /// Returns where the other side is: `us`, `eu`, `local` or `other`.
    pub fn region(&self) -> &'static str {
        match self.address() {
            "api.honeycomb.io" => "us",
            "api.eu1.honeycomb.io" => "eu",
            _ if self.is_local() => "local",
            _ => "other",
        }
    }

    /// Makes a dataset, or finds that it is there.
    ///
    /// # Errors
    /// See [`HoneycombError`].
    pub async fn make_dataset(&self, name: &str) -> Result<(), HoneycombError> {
        let body = json!({ "name": name });
        self.call(Method::POST, "/1/datasets", Some(body), name)
            .await?;
        Ok(())
    }

    /// Creates the query, runs it, and waits for its result; `now` is in nanoseconds.
    ///
    /// # Errors
    /// See [`HoneycombError`]. An error that comes in a 200 is an error.
    pub async fn run(
        &self,
        dataset: &str,
        spec: &QuerySpec,
        with_series: bool,
        now: i64,
    ) -> Result<Answer, HoneycombError> {
        let slug = encoded(dataset);
        let query = Some(spec_to_json(spec));
        let query = self
            .call(Method::POST, &format!("/1/queries/{slug}"), query, dataset)
            .await?;
        let run = json!({ "query_id": self.id_in(&query)?, "disable_series": !with_series });
        let path = format!("/1/query_results/{slug}");
        let started = self.call(Method::POST, &path, Some(run), dataset).await?;
        let path = format!("{path}/{}", self.id_in(&started)?);

        let begun = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(25);
        loop {
            let result = self.call(Method::GET, &path, None, dataset).await?;
            if result["complete"] == true {
                if let Some(message) = result["error"].as_str() {
                    return Err(HoneycombError::Failed {
                        message: message.to_string(),
                    });
                }
                return Ok(answer_from_json(spec, &result["data"], now));
            }
            if begun.elapsed() > LONGEST {
                return Err(HoneycombError::TooSlow { waited: LONGEST });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    fn id_in(&self, body: &Json) -> Result<String, HoneycombError> {
        let id = body["id"].as_str().filter(|id| !id.is_empty());
        id.map(encoded)
            .ok_or_else(|| self.odd("an answer without an id"))
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Json>,
        dataset: &str,
    ) -> Result<Json, HoneycombError> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.target.base))
            .header("x-honeycomb-team", self.target.key.expose());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let unreachable = |error: reqwest::Error| HoneycombError::Unreachable {
            address: self.address().to_string(),
            reason: if error.is_timeout() {
                "no answer in time".into()
            } else {
                innermost(&error)
            },
        };
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST_ANSWER {
                return Err(self.odd("an answer without end"));
            }
        }
        let body: Option<Json> = serde_json::from_slice(&bytes).ok();
        if status.is_success() {
            return body.ok_or_else(|| self.odd("a body that is not JSON"));
        }
        Err(self.refusal(status, &body.unwrap_or(Json::Null), dataset))
    }

    fn refusal(&self, status: StatusCode, body: &Json, dataset: &str) -> HoneycombError {
        let address = self.address().to_string();
        let said = ["error", "detail", "title"]
            .iter()
            .find_map(|name| body[*name].as_str());
        let message = said.map_or_else(|| format!("HTTP status {status}"), str::to_string);
        match status.as_u16() {
            401 => HoneycombError::Unauthorized { address, message },
            403 => HoneycombError::Forbidden { address, message },
            404 if message == "Dataset not found" => HoneycombError::NoSuchDataset {
                address,
                dataset: dataset.to_string(),
            },
            429 => HoneycombError::RateLimited { address, message },
            400 | 404 | 422 => {
                let details = body["type_detail"]
                    .as_array()
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let mut problems: Vec<String> = details
                    .iter()
                    .map(|detail| {
                        let text = |name: &str| detail[name].as_str().unwrap_or_default();
                        format!("{} {}", text("field"), text("description"))
                    })
                    .collect();
                if problems.is_empty() {
                    problems.push(message);
                }
                HoneycombError::Invalid { problems }
            }
            _ => HoneycombError::Odd {
                address,
                what: format!("HTTP status {status}: {message}"),
            },
        }
    }

    fn odd(&self, what: &str) -> HoneycombError {
        HoneycombError::Odd {
            address: self.address().to_string(),
            what: what.to_string(),
        }
    }
}

// A dataset's name becomes one segment of a path, whatever is in it.
fn encoded(name: impl AsRef<str>) -> String {
    let mut path = String::new();
    for byte in name.as_ref().bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            path.push(byte as char);
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

// The innermost cause says what the system said; the layers around it repeat the address.
fn innermost(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => innermost(cause),
        None => error.to_string(),
    }
}
