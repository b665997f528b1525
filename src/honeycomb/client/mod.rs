//! Asks Honeycomb, or whatever speaks its API.

mod call;
mod catalogue;
mod error;
mod limits;
mod link;
mod memory;
mod traces;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;
use rustls::SupportedCipherSuite;
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
use serde_json::{Value as Json, json};

pub use call::Notice;
use call::innermost;
pub use error::{HoneycombError, KeyKind};
use memory::Memory;
pub use traces::{Candidate, FoundSpans, Pick};

pub use super::spec_reader::{Problem, spec_from_json};
use super::wire::answer_from_json;
pub use super::wire::spec_to_json;
use crate::model::answer::Answer;
use crate::model::endpoint::without_secrets;
use crate::model::left_out::LeftOut;
use crate::model::query::QuerySpec;
use crate::model::time::{SECOND, TimeRange};
use crate::settings::targets::HoneycombTarget;

/// Asks one address with one key.
pub struct HoneycombClient {
    http: reqwest::Client,
    target: HoneycombTarget,
    longest: Duration,
    patience: Duration,
    memory: Option<Memory>,
    told: Box<dyn Fn(&Notice) + Send + Sync>,
    left_out: Box<dyn Fn(&LeftOut) + Send + Sync>,
    tells_left_out: AtomicBool,
    // What the last answer that was no query's left out.
    described: Mutex<LeftOut>,
}

/// An answer, and how long ago it was asked for if it is one from before.
pub struct Asked {
    /// The answer.
    pub answer: Answer,
    /// Its age.
    pub age: Option<Duration>,
}

// More groups are for a run without the series. Source: Honeycomb's OpenAPI document, CreateQueryResultRequest.
const MOST_GROUPS: usize = 1_000;
// Where the service gives up by itself: ten seconds; the rest is queue and network.
const LONGEST: Duration = Duration::from_secs(30);
// How soon the first look at a result follows the one before: one's own stack is done in no time.
const LOCAL_PAUSE: Duration = Duration::from_millis(25);
const CLOUD_PAUSE: Duration = Duration::from_millis(250);
// How long to stay away when the server asks for it; the budget's minute fits into the longer one.
const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST_PATIENCE: Duration = Duration::from_secs(120);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl HoneycombClient {
    /// Makes a client.
    ///
    /// # Errors
    /// `Odd` if the system's certificates cannot be read.
    pub fn new(target: HoneycombTarget) -> Result<HoneycombClient, HoneycombError> {
        // Only the first call in a process installs it; it is the same provider every time.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
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
            address: without_secrets(&target.base),
            what: innermost(&error).into(),
        })?;
        Ok(HoneycombClient {
            http,
            target,
            longest: LONGEST,
            patience: PATIENCE,
            memory: None,
            told: Box::new(|_| {}),
            left_out: Box::new(|_| {}),
            tells_left_out: AtomicBool::new(true),
            described: Mutex::default(),
        })
    }

    /// Calls `told` with what answers to queries leave out, from now on; never if they leave nothing out.
    pub fn tell_left_out_with(&mut self, told: impl Fn(&LeftOut) + Send + Sync + 'static) {
        self.left_out = Box::new(told);
    }

    /// Tells from now on, or does not, what answers leave out: queries that only help to explain another, and are
    /// about other ranges, would say of that one what is not true of it.
    pub fn tell_left_out(&self, tells: bool) {
        self.tells_left_out.store(tells, Ordering::Relaxed);
    }

    /// Returns what the last list of datasets or columns leaves out, or the refusal of a query.
    pub fn described_left_out(&self) -> LeftOut {
        let described = self.described.lock();
        described.map_or_else(|_| LeftOut::default(), |described| described.clone())
    }

    fn answer(&self, spec: &QuerySpec, data: &Json, now: i64) -> Answer {
        let answer = answer_from_json(spec, data, now);
        if self.tells_left_out.load(Ordering::Relaxed) && !answer.left_out.is_empty() {
            (self.left_out)(&answer.left_out);
        }
        answer
    }

    /// Waits at most this long for a query to be done; half a minute if nobody says otherwise.
    pub fn wait_at_most(&mut self, longest: Duration) {
        self.longest = longest;
    }

    /// Waits from now on for whatever the run budget and the server ask, if it is a minute or two; before,
    /// a few seconds at most: who completes a command at the prompt has no minute.
    pub fn be_patient(&mut self) {
        self.patience = LONGEST_PATIENCE;
    }

    /// Waits from now on a few seconds at most, as before [`HoneycombClient::be_patient`].
    pub fn be_brief(&mut self) {
        self.patience = PATIENCE;
    }

    /// Calls `told` when something takes longer than it should, before it waits.
    pub fn tell_with(&mut self, told: impl Fn(&Notice) + Send + Sync + 'static) {
        self.told = Box::new(told);
    }

    /// Keeps the run budget and finished answers in `folder`, for this command and those after it.
    ///
    /// A local stack has no budget and answers at once, so nothing is remembered of it.
    pub fn remember_in(&mut self, folder: PathBuf) {
        let identity = format!("{}\n{}", self.target.base, self.target.key.expose());
        let name = sha256(&identity).filter(|_| !self.is_local());
        self.memory = name.map(|name| Memory::new(folder, name));
    }

    fn tell(&self, notice: &Notice) {
        (self.told)(notice);
    }

    /// Returns whom the client asks, for people: `api.honeycomb.io`.
    pub fn address(&self) -> &str {
        let base = self.target.base.as_str();
        let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let end = rest.find('/').unwrap_or(rest.len());
        // A user and a password are for the server alone.
        rest[..end].rfind('@').map_or(rest, |at| &rest[at + 1..])
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

    /// Returns the answer of less than a time step ago to the same question, or else asks it as
    /// [`HoneycombClient::run`] does. `is_fresh` always asks.
    ///
    /// # Errors
    /// See [`HoneycombError`].
    pub async fn ask(
        &self,
        dataset: &str,
        spec: &QuerySpec,
        with_series: bool,
        is_fresh: bool,
        now: i64,
    ) -> Result<Asked, HoneycombError> {
        let step = spec.granularity_seconds.filter(|&it| it > 0).unwrap_or(1);
        let name = self.name_of(dataset, spec, with_series, step, now);
        let known = self.memory.as_ref().zip(name);
        if let Some((memory, name)) = &known
            && !is_fresh
            && let Some(kept) = memory.answer(name, now, step.saturating_mul(SECOND))
        {
            let age = u64::try_from(now.saturating_sub(kept.asked)).unwrap_or(0);
            return Ok(Asked {
                answer: self.answer(spec, &kept.data, kept.asked),
                age: Some(Duration::from_nanos(age)),
            });
        }
        let data = self.data(dataset, spec, with_series).await?;
        if let Some((memory, name)) = &known
            && let Err(error) = memory.keep_answer(name, &data, now)
        {
            self.tell_forgetful(&error);
        }
        let answer = self.answer(spec, &data, now);
        Ok(Asked { answer, age: None })
    }

    // The same for questions about the same time steps.
    fn name_of(
        &self,
        dataset: &str,
        spec: &QuerySpec,
        with_series: bool,
        step: i64,
        now: i64,
    ) -> Option<String> {
        let window = spec.time_range.window(now);
        let aligned = |time: i64| {
            time.div_euclid(SECOND)
                .div_euclid(step)
                .saturating_mul(step)
        };
        let mut resolved = spec.clone();
        resolved.time_range = TimeRange::Between {
            start: aligned(window.start),
            end: aligned(window.end),
        };
        let key = self.target.key.expose();
        let question = spec_to_json(&resolved);
        let length = spec.time_range.seconds();
        let parts = json!([
            self.target.base,
            key,
            dataset,
            with_series,
            length,
            question
        ]);
        sha256(&parts.to_string())
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
        let data = self.data(dataset, spec, with_series).await?;
        Ok(self.answer(spec, &data, now))
    }

    async fn data(
        &self,
        dataset: &str,
        spec: &QuerySpec,
        with_series: bool,
    ) -> Result<Json, HoneycombError> {
        let slug = encoded(dataset);
        let mut query = spec_to_json(spec);
        if spec.limit > MOST_GROUPS {
            query["limit"] = MOST_GROUPS.into();
        }
        let query = self
            .call(
                Method::POST,
                &format!("/1/queries/{slug}"),
                Some(query),
                dataset,
            )
            .await?;
        let mut run = json!({ "query_id": self.id_in(&query)?, "disable_series": !with_series });
        if spec.limit > MOST_GROUPS && !with_series {
            run["limit"] = spec.limit.into();
        }
        let path = format!("/1/query_results/{slug}");
        let started = self.call(Method::POST, &path, Some(run), dataset).await?;
        let path = format!("{path}/{}", self.id_in(&started)?);
        let waited = self.longest;
        tokio::time::timeout(waited, self.result(&path, dataset))
            .await
            .unwrap_or(Err(HoneycombError::TooSlow { waited }))
    }

    // Looks for the result until it is there, ever less often.
    async fn result(&self, path: &str, dataset: &str) -> Result<Json, HoneycombError> {
        let mut pause = if self.is_local() {
            LOCAL_PAUSE
        } else {
            CLOUD_PAUSE
        };
        loop {
            let mut result = self.call(Method::GET, path, None, dataset).await?;
            if result["complete"] == true {
                if let Some(message) = result["error"].as_str() {
                    let message = message.to_string();
                    return Err(HoneycombError::Failed {
                        message: message.into(),
                    });
                }
                let data = result["data"].take();
                if !data.is_object() {
                    return Err(self.odd("a finished result without data"));
                }
                return Ok(data);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

// The one that TLS brings along.
fn sha256(text: &str) -> Option<String> {
    let SupportedCipherSuite::Tls13(suite) = TLS13_AES_128_GCM_SHA256 else {
        return None;
    };
    let hash = suite.common.hash_provider.hash(text.as_bytes());
    Some(
        hash.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    )
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
