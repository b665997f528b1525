//! One call of the API: what is sent, how often, and what its answer means.

use std::time::Duration;

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value as Json;

use super::error::{HoneycombError, KeyKind};
use super::limits::Limits;
use super::memory::{RUNS_A_MINUTE, Turn};
use super::{HoneycombClient, encoded};
use crate::clock::now;
use crate::model::endpoint::without_secrets;
use crate::model::foreign::Foreign;
use crate::model::left_out::{HEADER, LeftOut};

/// Why a call takes longer than it should, told while it does.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// All runs of this minute are used up.
    Budget {
        /// How many there are.
        most: usize,
        /// How long until the next.
        wait: Duration,
    },
    /// The server asks for patience.
    PutOff {
        /// How much.
        wait: Duration,
    },
    /// The server is not well, or its answer broke off; it is asked again.
    Again {
        /// What happened.
        why: String,
        /// How long until then.
        wait: Duration,
    },
    /// Nothing can be remembered from one command to the next.
    Forgetful {
        /// Where it should have been, and why not.
        why: String,
    },
}

// An answer that tells no more than that: read, not acted on.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

// No answer is read beyond this.
const LARGEST_ANSWER: usize = 256 << 20;
// How often a call that failed is made in all, and one that was put off.
const MOST_TRIES: u32 = 4;
// The first pause; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

impl HoneycombClient {
    pub(super) fn id_in(&self, body: &Json) -> Result<String, HoneycombError> {
        let id = body["id"].as_str().filter(|id| !id.is_empty());
        id.map(encoded)
            .ok_or_else(|| self.odd("an answer without an id"))
    }

    /// Calls, again and again if the other side is not well and calling twice does no harm, and returns what
    /// a success says.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Json>,
        dataset: &str,
    ) -> Result<Json, HoneycombError> {
        let is_run = method == Method::POST && path.starts_with("/1/query_results/");
        let is_harmless = is_run || method == Method::GET || path.starts_with("/1/queries/");
        // One's own stack is well or not, and nothing is gained by waiting for it.
        let most_tries = if is_harmless && !self.is_local() {
            MOST_TRIES
        } else {
            1
        };
        let mut n_tries = 0;
        loop {
            n_tries += 1;
            if is_run {
                self.wait_for_turn().await?;
            }
            let outcome = self.once(&method, path, body.as_ref()).await;
            let limits = match &outcome {
                Ok(reply) => Limits::of(&reply.headers, now()),
                Err(_) => Limits::default(),
            };
            if is_run {
                self.heed(limits).await;
            }
            let failure = match outcome {
                Ok(reply) => match self.meaning(reply, limits, n_tries, dataset) {
                    Ok(body) => return Ok(body),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            let (wait, notice) = match &failure {
                HoneycombError::RateLimited { wait, .. } => {
                    let wait = wait.unwrap_or_else(|| pause(n_tries + 2));
                    // Not all who were put off come back at once.
                    let wait = wait
                        + wait
                            .min(Duration::from_secs(1))
                            .mul_f64(rand::random::<f64>() / 4.0);
                    (wait, Notice::PutOff { wait })
                }
                HoneycombError::Failing { .. } | HoneycombError::Cut { .. } => {
                    let wait = limits.retry_after.unwrap_or_else(|| pause(n_tries));
                    let why = match &failure {
                        HoneycombError::Failing { status, .. } => format!("HTTP status {status}"),
                        _ => "the answer broke off in the middle".to_string(),
                    };
                    (wait, Notice::Again { why, wait })
                }
                _ => return Err(failure),
            };
            if n_tries >= most_tries || wait > self.patience {
                return Err(failure);
            }
            self.tell(&notice);
            tokio::time::sleep(wait).await;
        }
    }

    // Keeps to the run budget, which other commands use too.
    async fn wait_for_turn(&self) -> Result<(), HoneycombError> {
        let Some(memory) = &self.memory else {
            return Ok(());
        };
        let mut is_told = false;
        loop {
            match memory.turn(now()).await {
                Ok(Turn::Now) => return Ok(()),
                Ok(Turn::In(wait)) if wait > self.patience => {
                    return Err(HoneycombError::RateLimited {
                        address: self.address().to_string(),
                        message: "it said that no runs are left".into(),
                        wait: Some(wait),
                    });
                }
                Ok(Turn::In(wait)) => {
                    if !is_told {
                        let most = RUNS_A_MINUTE;
                        self.tell(&Notice::Budget { most, wait });
                        is_told = true;
                    }
                    tokio::time::sleep(wait).await;
                }
                Err(error) => {
                    self.tell_forgetful(&error);
                    return Ok(());
                }
            }
        }
    }

    async fn heed(&self, limits: Limits) {
        if let Some(memory) = &self.memory
            && let Err(error) = memory.server_says(limits, now()).await
        {
            self.tell_forgetful(&error);
        }
    }

    pub(super) fn tell_forgetful(&self, error: &std::io::Error) {
        if let Some(memory) = &self.memory {
            let why = format!("{}: {error}", memory.folder().display());
            self.tell(&Notice::Forgetful { why });
        }
    }

    async fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Reply, HoneycombError> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.target.base))
            .header("x-honeycomb-team", self.target.key.expose());
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut response = request.send().await.map_err(|error| self.broken(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let left_out = headers.get(HEADER).and_then(|text| text.to_str().ok());
        if let Ok(mut described) = self.described.lock() {
            *described = left_out.map(LeftOut::of_header).unwrap_or_default();
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.broken(&error))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST_ANSWER {
                return Err(self.odd("an answer without end"));
            }
        }
        Ok(Reply {
            status,
            headers,
            bytes,
        })
    }

    fn broken(&self, error: &reqwest::Error) -> HoneycombError {
        let address = self.address().to_string();
        let reason = Foreign::from(innermost(error));
        if error.is_timeout() {
            let reason = "no answer in time".into();
            return HoneycombError::Unreachable { address, reason };
        }
        if error.is_connect() || error.is_builder() {
            return HoneycombError::Unreachable { address, reason };
        }
        HoneycombError::Cut { address, reason }
    }

    fn meaning(
        &self,
        reply: Reply,
        limits: Limits,
        n_tries: u32,
        dataset: &str,
    ) -> Result<Json, HoneycombError> {
        let status = reply.status;
        let body: Option<Json> = serde_json::from_slice(&reply.bytes).ok();
        if status.is_success() {
            return body.ok_or_else(|| self.not_json(&reply));
        }
        if status.is_redirection() {
            return Err(self.odd(&redirect(&reply)));
        }
        // A web page in place of an error is a proxy or a login, and its status says little.
        if body.is_none()
            && is_web_page(&reply)
            && status.is_client_error()
            && status.as_u16() != 429
        {
            return Err(self.not_json(&reply));
        }
        let body = body.unwrap_or(Json::Null);
        let message = said(&body);
        if [500, 502, 503, 504].contains(&status.as_u16()) {
            return Err(HoneycombError::Failing {
                address: self.address().to_string(),
                status: status.as_u16(),
                n_tries,
                message: message
                    .unwrap_or_else(|| "no reason given".to_string())
                    .into(),
            });
        }
        let message = message.unwrap_or_else(|| format!("HTTP status {status}"));
        Err(self.refusal(status, &body, message, limits, dataset))
    }

    fn refusal(
        &self,
        status: StatusCode,
        body: &Json,
        message: String,
        limits: Limits,
        dataset: &str,
    ) -> HoneycombError {
        let address = self.address().to_string();
        match status.as_u16() {
            401 => HoneycombError::Unauthorized {
                address,
                message: message.into(),
                looks: KeyKind::of(self.target.key.expose()),
            },
            403 => HoneycombError::Forbidden {
                address,
                message: message.into(),
            },
            404 if message == "Dataset not found" => HoneycombError::NoSuchDataset {
                address,
                dataset: dataset.to_string(),
            },
            429 => HoneycombError::RateLimited {
                address,
                message: message.into(),
                wait: limits.wait(),
            },
            400 | 404 | 422 => {
                let details = body["type_detail"].as_array();
                let details = details.map(Vec::as_slice).unwrap_or_default();
                let text =
                    |it: &Json, name: &str| it[name].as_str().unwrap_or_default().to_string();
                let mut problems: Vec<Foreign> = details
                    .iter()
                    .map(|it| format!("{} {}", text(it, "field"), text(it, "description")).into())
                    .collect();
                if problems.is_empty() {
                    problems.push(message.into());
                }
                HoneycombError::Invalid { problems }
            }
            _ => self.odd(&format!("HTTP status {status}: {message}")),
        }
    }

    fn not_json(&self, reply: &Reply) -> HoneycombError {
        let what = if is_web_page(reply) {
            "a web page"
        } else if reply.bytes.is_empty() {
            "nothing"
        } else {
            "something else"
        };
        let address = self.address().to_string();
        HoneycombError::NotJson { address, what }
    }

    pub(super) fn odd(&self, what: &str) -> HoneycombError {
        HoneycombError::Odd {
            address: self.address().to_string(),
            what: what.into(),
        }
    }
}

// The server that is named there gets no key.
fn redirect(reply: &Reply) -> String {
    let location = reply.headers.get(reqwest::header::LOCATION);
    let to = match location.map(|it| String::from_utf8_lossy(it.as_bytes())) {
        Some(location) => format!(" to {}", without_secrets(&location)),
        None => String::new(),
    };
    format!(
        "HTTP status {}, a redirect{to}, which is not followed, since the key would go there",
        reply.status
    )
}

// Each of the API's forms of an error has one of these.
fn said(body: &Json) -> Option<String> {
    ["error", "detail", "title"]
        .iter()
        .find_map(|name| body[*name].as_str())
        .map(str::to_string)
}

fn is_web_page(reply: &Reply) -> bool {
    let begin = reply.bytes.trim_ascii_start();
    begin.starts_with(b"<")
}

// Twice as long each time, and never the same for two who failed together.
fn pause(n_tries: u32) -> Duration {
    let whole = FIRST_PAUSE * (1 << n_tries.clamp(1, 8).saturating_sub(1));
    whole.mul_f64(0.75 + rand::random::<f64>() / 2.0)
}

// The innermost cause says what the system said; the layers around it repeat the address.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => innermost(cause),
        None => error.to_string(),
    }
}
