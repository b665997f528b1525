//! StartQuery and GetQueryResults: a query of Logs Insights from its text to its rows.

use std::ops::RangeInclusive;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::QueryStatus;

use super::LogsClient;
use crate::aws::{AwsError, classify};

/// How long to wait before a query's rows are fetched again, at first and at most.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightsQuery {
    /// The groups by name; none if the text names them.
    pub groups: Vec<String>,
    /// Seconds since the epoch.
    pub range_s: RangeInclusive<i64>,
    /// In the query language of Logs Insights.
    pub text: String,
    /// The most rows.
    pub limit: Option<i32>,
}

/// What a query comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InsightsRows {
    /// Names and values; a row lacks what has no value.
    pub rows: Vec<Vec<(String, String)>>,
    /// How many events matched, and how many were read.
    pub n_matched: f64,
    /// How many events were read.
    pub n_scanned: f64,
    /// How the query ended if it did not come to its end: Failed, Cancelled, Timeout.
    pub ended: Option<String>,
}

impl LogsClient {
    /// Runs a query, and waits for its rows.
    pub async fn insights(&self, query: &InsightsQuery) -> Result<InsightsRows, AwsError> {
        let groups = Some(query.groups.clone()).filter(|groups| !groups.is_empty());
        let request = self
            .client
            .start_query()
            .set_log_group_names(groups)
            .start_time(*query.range_s.start())
            .end_time(*query.range_s.end())
            .query_string(&query.text)
            .set_limit(query.limit);
        let started = request.send().await.map_err(classify)?;
        let id = started.query_id().unwrap_or_default().to_string();
        let mut wait = FIRST_WAIT;
        let mut found = InsightsRows::default();
        let mut token: Option<String> = None;
        loop {
            let request = self.client.get_query_results().query_id(&id);
            let answer = request.set_next_token(token.clone()).send().await;
            let answer = answer.map_err(classify)?;
            match answer.status().map_or("Complete", QueryStatus::as_str) {
                "Scheduled" | "Running" | "Unknown" => {
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                    continue;
                }
                "Complete" => {}
                status => found.ended = Some(status.to_string()),
            }
            if let Some(statistics) = answer.statistics() {
                found.n_matched = statistics.records_matched();
                found.n_scanned = statistics.records_scanned();
            }
            found.rows.extend(answer.results().iter().map(|row| {
                let pair = |it: &aws_sdk_cloudwatchlogs::types::ResultField| {
                    Some((it.field()?.to_string(), it.value()?.to_string()))
                };
                row.iter().filter_map(pair).collect()
            }));
            match answer.next_token() {
                Some(next) => token = Some(next.to_string()),
                None => return Ok(found),
            }
        }
    }
}
