//! Where the three lenses are asked, and what each says of one trace.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::query_cloud::explained;
use crate::cli::serve::service_name;
use crate::cloudwatch::client::{Filter, KnownGroup, LogsClient, Streams};
use crate::honeycomb::client::{Candidate, FoundSpans, HoneycombClient, HoneycombError, Pick};
use crate::model::query::QuerySpec;
use crate::model::three_lenses::TraceLine;
use crate::model::time::{MILLISECOND, SECOND, TimeRange, Window};
use crate::model::trace_id::{hex_from_xray, trace_ids_in};
use crate::settings::secret::Secret;
use crate::xray::client::{KnownRule, XRayClient};

/// The three lenses, each if it can be asked at all.
pub struct Remotes {
    /// Spans.
    pub honeycomb: Result<HoneycombClient, Failure>,
    /// Segments and log lines.
    pub aws: Result<(XRayClient, LogsClient), Failure>,
    /// Whose spans: a dataset, or all of them.
    pub dataset: String,
    // Asked in place of all, where there is no such thing.
    own_dataset: String,
    /// Whose lines.
    pub log_group: String,
    /// The local stack, as far as spans go there.
    pub stack_of_spans: Option<SocketAddr>,
    /// The local stack, as far as segments and lines go there.
    pub stack_of_segments: Option<SocketAddr>,
    /// What the local stack may ask for.
    pub stack_key: Option<Secret>,
    /// Where `serve` keeps what is not delivered.
    pub spool: Option<PathBuf>,
}

/// Lines of about the time of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// How many there are, at least.
    pub lines: usize,
    /// How many of those carry a trace id.
    pub with_id: usize,
}

/// Whose traces X-Ray has of about the time of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Others {
    /// Some of the same service.
    Same,
    /// None of the same service, but of the one of this name.
    Named(String),
    /// None at all.
    None,
}

// No line of one request is looked for beyond these.
const MOST_LINES: usize = 10_000;
/// Honeycomb's longest range. Source: its OpenAPI document, Query Data.
pub const LONGEST_SECONDS: i64 = 7 * 86_400;
// Honeycomb cuts the ends of a range down to this at most. Source: the same.
const EDGE_SECONDS: i64 = 1_800;

impl Remotes {
    /// Finds the three; one that is not there does not keep the others away.
    pub async fn of(context: &Context, dataset: Option<&str>, log_group: &str) -> Remotes {
        let aws = context.aws("x-ray and logs").await;
        let honeycomb = context.honeycomb().await.map(|mut client| {
            if !client.is_local() {
                client.be_patient();
                if let Ok(folder) = context.data_folder() {
                    client.remember_in(folder.join("honeycomb-client"));
                }
            }
            client
        });
        let is_here = |is_local: bool| async move {
            match is_local {
                true => context.local_stack().await.ok(),
                false => None,
            }
        };
        let is_local = honeycomb.as_ref().is_ok_and(HoneycombClient::is_local);
        let stack_of_spans = is_here(is_local).await;
        let stack_of_segments = is_here(aws.as_ref().is_ok_and(|(_, is_cloud)| !is_cloud)).await;
        Remotes {
            stack_of_spans,
            stack_of_segments,
            stack_key: context.stack_key(),
            spool: context
                .data_folder()
                .ok()
                .map(|folder| folder.join("spool")),
            honeycomb,
            aws: aws.map(|(config, _)| (XRayClient::new(&config), LogsClient::new(&config))),
            dataset: dataset.unwrap_or(QuerySpec::ALL_DATASETS).to_string(),
            own_dataset: service_name(context),
            log_group: log_group.to_string(),
        }
    }

    /// Returns the spans of a trace that has them in `window`.
    ///
    /// # Errors
    /// What keeps Honeycomb from saying.
    pub async fn spans(
        &self,
        client: &HoneycombClient,
        id: &str,
        window: Window,
        has_all: bool,
        now: i64,
    ) -> Result<FoundSpans, Failure> {
        let hex = hex_from_xray(id).unwrap_or_default();
        let range = range_of(window);
        let ask = async |dataset: &str| {
            client
                .spans_of_trace(dataset, &hex, range, has_all, now)
                .await
        };
        Ok(self.of_dataset(client, ask).await?.unwrap_or_default())
    }

    /// Returns the newest or the slowest of the traces with spans.
    ///
    /// # Errors
    /// As [`Remotes::spans`].
    pub async fn pick_of_spans(
        &self,
        client: &HoneycombClient,
        pick: Pick,
        window: Window,
        now: i64,
    ) -> Result<Option<Candidate>, Failure> {
        let range = range_of(window);
        let ask = async |dataset: &str| client.pick_trace(dataset, pick, range, now).await;
        Ok(self.of_dataset(client, ask).await?.flatten())
    }

    /// Returns how many traces have a root span in `window`; `None` if there is no such dataset.
    ///
    /// # Errors
    /// As [`Remotes::spans`].
    pub async fn n_roots(
        &self,
        client: &HoneycombClient,
        window: Window,
        now: i64,
    ) -> Result<Option<usize>, Failure> {
        let range = range_of(window);
        let ask = async |dataset: &str| client.roots_by_trace(dataset, range, now).await;
        Ok(self.of_dataset(client, ask).await?.map(|roots| roots.len()))
    }

    /// Asks about the dataset; `None` if there is no such one.
    async fn of_dataset<T>(
        &self,
        client: &HoneycombClient,
        ask: impl AsyncFn(&str) -> Result<T, HoneycombError>,
    ) -> Result<Option<T>, Failure> {
        let is_all = self.dataset == QuerySpec::ALL_DATASETS;
        let asked = match ask(&self.dataset).await {
            // A team without environments has no such thing as all datasets.
            Err(HoneycombError::NoSuchDataset { .. } | HoneycombError::Invalid { .. })
                if is_all =>
            {
                ask(&self.own_dataset).await
            }
            asked => asked,
        };
        match asked {
            Ok(found) => Ok(Some(found)),
            Err(HoneycombError::NoSuchDataset { .. }) => Ok(None),
            Err(error) => Err(explained(client, error).await),
        }
    }

    /// Returns the dataset that a link leads to: the one that is asked, or that of a service.
    pub fn dataset_of(&self, service: Option<&str>) -> String {
        match self.dataset.as_str() {
            QuerySpec::ALL_DATASETS => service.unwrap_or(&self.own_dataset).to_string(),
            dataset => dataset.to_string(),
        }
    }
}

/// Returns the rules, and whose traces X-Ray has in `window`.
///
/// # Errors
/// What keeps X-Ray from saying.
pub async fn rules_and_others(
    client: &XRayClient,
    service: Option<&str>,
    window: Window,
) -> Result<(Vec<KnownRule>, Others), Failure> {
    let quoted = service.map(|name| format!("service(\"{}\")", name.replace(['"', '\\'], "")));
    let (rules, same) = tokio::join!(
        client.known_rules(),
        client.trace_summaries(window, quoted.as_deref(), 1)
    );
    let rules = rules?;
    if !same?.0.is_empty() {
        return Ok((rules, Others::Same));
    }
    let (any, _) = client.trace_summaries(window, None, 1).await?;
    let named = any.into_iter().find_map(|summary| summary.service);
    Ok((rules, named.map_or(Others::None, Others::Named)))
}

/// Returns the lines that carry a trace's id in either form, the oldest first; `None` if there is no such
/// group.
///
/// # Errors
/// What keeps CloudWatch Logs from saying.
pub async fn lines(
    client: &LogsClient,
    group: &str,
    id: &str,
    window: Window,
) -> Result<Option<Vec<TraceLine>>, Failure> {
    let hex = hex_from_xray(id).unwrap_or_default();
    let filter = Filter {
        pattern: Some(format!("?\"{hex}\" ?\"{id}\"")),
        ..filter_of(group, window)
    };
    let mut lines = Vec::new();
    let mut token = None;
    loop {
        let page = match client.find(&filter, token).await {
            Ok(page) => page,
            Err(error) if error.is_code("ResourceNotFoundException") => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        lines.extend(page.lines.into_iter().map(|line| TraceLine {
            time: line.event.timestamp_ms.saturating_mul(MILLISECOND),
            stream: line.stream,
            message: line.event.message,
        }));
        token = page.next_token;
        if token.is_none() || lines.len() >= MOST_LINES {
            lines.sort_by(|a, b| (a.time, &a.stream).cmp(&(b.time, &b.stream)));
            return Ok(Some(lines));
        }
    }
}

/// Returns the group, and what lines it has in `window`.
///
/// # Errors
/// As [`lines`].
pub async fn group_and_neighbours(
    client: &LogsClient,
    group: &str,
    window: Window,
) -> Result<(Option<KnownGroup>, Neighbours), Failure> {
    let filter = filter_of(group, window);
    let (known, page) = tokio::join!(client.known_group(group), client.find(&filter, None));
    let (known, page) = (known?, page?);
    let has_id = |message: &str| !trace_ids_in(message).is_empty();
    let with_id = page.lines.iter().filter(|line| has_id(&line.event.message));
    let neighbours = Neighbours {
        lines: page.lines.len(),
        with_id: with_id.count(),
    };
    Ok((known, neighbours))
}

fn filter_of(group: &str, window: Window) -> Filter {
    Filter {
        group: group.to_string(),
        streams: Streams::All,
        pattern: None,
        window_ms: Some(
            window.start.div_euclid(MILLISECOND).max(0)
                ..window.end.div_euclid(MILLISECOND).saturating_add(1).max(0),
        ),
    }
}

/// Returns a range that has all of `window` even when its ends are cut down, and is not too long.
pub fn range_of(window: Window) -> TimeRange {
    let (start, end) = (
        window.start.div_euclid(SECOND),
        window.end.div_euclid(SECOND) + 1,
    );
    let edge = match end.saturating_sub(start) {
        ..=21_000 => 60,
        21_001..=172_000 => 300,
        _ => EDGE_SECONDS,
    };
    let end = end.saturating_add(edge);
    TimeRange::Between {
        start: start.max(end.saturating_sub(LONGEST_SECONDS)),
        end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_longer_than_its_window_and_no_longer_than_honeycomb_answers() {
        let range = |seconds: i64| {
            let window = Window {
                start: 1_000_000 * SECOND,
                end: (1_000_000 + seconds) * SECOND,
            };
            let TimeRange::Between { start, end } = range_of(window) else {
                panic!("two ends")
            };
            (start - 1_000_000, end - 1_000_000 - seconds)
        };
        assert_eq!(range(3_600), (0, 61));
        assert_eq!(range(86_400), (0, 301));
        assert_eq!(range(LONGEST_SECONDS), (1_801, 1_801));
    }
}
