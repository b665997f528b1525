//! Calls to CloudWatch Logs through AWS's SDK: the real service or the local stack, by address alone.
//!
//! The only place that names the SDK's crate.

mod body;
mod insights;
mod live;

use std::ops::Range;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::Builder;
use aws_sdk_cloudwatchlogs::types::{self, LogGroupClass};

use crate::aws::{AwsError, Conflicts, SdkConfig, classify};
use crate::model::log::{LogEvent, LogGroup};
use crate::model::plan::owned;
use crate::model::wanted::{KmsKey, Tags, WantedLogGroup};

pub use insights::{InsightsQuery, InsightsRows};
pub use live::{LiveLine, LiveSession, LiveUpdate};

/// Calls CloudWatch Logs.
#[derive(Debug, Clone)]
pub struct LogsClient {
    client: Client,
}

/// A log group as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownGroup {
    /// Its ARN, without the `:*` that some operations put behind it.
    pub arn: String,
    /// How much its lines count; hours late in the cloud.
    pub stored_bytes: Option<u64>,
    /// When it was made, in milliseconds since the epoch.
    pub created_ms: Option<i64>,
    /// What can be set.
    pub group: LogGroup,
}

/// How many lines of a batch the service turned away, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rejected {
    /// More than 14 days old.
    pub too_old: usize,
    /// Older than the group keeps lines, but not too old.
    pub expired: usize,
    /// More than 2 hours ahead.
    pub too_new: usize,
}

impl Rejected {
    /// Returns the number of all lines that were turned away.
    pub fn total(&self) -> usize {
        self.too_old + self.expired + self.too_new
    }
}

impl std::ops::Add for Rejected {
    type Output = Rejected;

    fn add(self, more: Rejected) -> Rejected {
        Rejected {
            too_old: self.too_old + more.too_old,
            expired: self.expired + more.expired,
            too_new: self.too_new + more.too_new,
        }
    }
}

/// Some streams of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Streams {
    /// All, those to come included.
    #[default]
    All,
    /// These, 1 to 100.
    Named(Vec<String>),
    /// All whose name begins so.
    Prefix(String),
}

impl Streams {
    /// Returns the two members that requests have for them, of which one may be set.
    fn members(&self) -> (Option<Vec<String>>, Option<String>) {
        match self {
            Streams::All => (None, None),
            Streams::Named(names) => (Some(names.clone()), None),
            Streams::Prefix(prefix) => (None, Some(prefix.clone())),
        }
    }
}

/// Which lines to find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where.
    pub group: String,
    /// In which of its streams.
    pub streams: Streams,
    /// A filter pattern; every line if `None`.
    pub pattern: Option<String>,
    /// Milliseconds since the epoch, start included, end not; all times if `None`.
    pub window_ms: Option<Range<i64>>,
}

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLine {
    /// Unique and always the same, so that a line that is seen twice is known.
    pub id: String,
    /// Its stream.
    pub stream: String,
    /// Its time and its words.
    pub event: LogEvent,
}

/// Some of the lines that were asked for; may be empty though more follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundPage {
    /// Oldest first.
    pub lines: Vec<FoundLine>,
    /// Asks for the next page; `None` at the end.
    pub next_token: Option<String>,
}

impl LogsClient {
    /// Returns a client, which tries again what met another call about the same group.
    pub fn new(config: &SdkConfig) -> LogsClient {
        let config = Builder::from(config).retry_classifier(Conflicts).build();
        LogsClient {
            client: Client::from_conf(config),
        }
    }

    /// Returns the log group called `name`, if there is one.
    pub async fn group(&self, name: &str) -> Result<Option<LogGroup>, AwsError> {
        Ok(self.known_group(name).await?.map(|known| known.group))
    }

    /// The same, with what only the service knows of it.
    pub async fn known_group(&self, name: &str) -> Result<Option<KnownGroup>, AwsError> {
        // Groups come sorted, and a name is the first of those that it is a prefix of; a page may be empty.
        let request = self
            .client
            .describe_log_groups()
            .log_group_name_prefix(name)
            .limit(1);
        let mut pages = request.into_paginator().send();
        let mut first = None;
        while let (None, Some(page)) = (&first, pages.next().await) {
            let page = page.map_err(classify)?;
            first = page.log_groups.into_iter().flatten().next();
        }
        Ok(first
            .filter(|group| group.log_group_name() == Some(name))
            .map(|group| known(name, &group)))
    }

    /// Returns the names of the first log groups in alphabetical order, at most 50.
    pub async fn group_names(&self) -> Result<Vec<String>, AwsError> {
        let answer = self.client.describe_log_groups().send().await;
        let answer = answer.map_err(classify)?;
        let names = answer
            .log_groups()
            .iter()
            .filter_map(|group| group.log_group_name());
        Ok(names.map(str::to_string).collect())
    }

    /// Makes a log group that keeps lines for ever; `false` if it is there already.
    ///
    /// A new one is tagged as ours, so that undoing a set-up finds it.
    pub async fn create_group(&self, name: &str) -> Result<bool, AwsError> {
        self.create_as(&WantedLogGroup::keeping(name, None)).await
    }

    /// The same, with class, key, protection and tags as wanted; its days are yet to be set.
    pub async fn create_as(&self, wanted: &WantedLogGroup) -> Result<bool, AwsError> {
        let kms_key = match &wanted.kms_key {
            Some(KmsKey::Arn(arn)) => Some(arn.clone()),
            Some(KmsKey::Service) | None => None,
        };
        let class = wanted.class.map(|class| LogGroupClass::from(class.name()));
        let request = self
            .client
            .create_log_group()
            .log_group_name(&wanted.name)
            .set_log_group_class(class)
            .set_kms_key_id(kms_key)
            .set_deletion_protection_enabled(wanted.is_protected.filter(|flag| *flag))
            .set_tags(Some(owned(&wanted.tags).into_iter().collect()));
        unless(
            "ResourceAlreadyExistsException",
            request.send().await.map_err(classify),
        )
    }

    /// Returns the tags of a log group by its ARN.
    pub async fn tags(&self, arn: &str) -> Result<Tags, AwsError> {
        let request = self.client.list_tags_for_resource().resource_arn(arn);
        let answer = request.send().await.map_err(classify)?;
        Ok(answer.tags.into_iter().flatten().collect())
    }

    /// Adds tags to a log group.
    pub async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), AwsError> {
        let request = self.client.tag_resource().resource_arn(arn);
        let request = request.set_tags(Some(tags.clone().into_iter().collect()));
        request.send().await.map(drop).map_err(classify)
    }

    /// Has a log group's lines encrypted with another key from now on.
    pub async fn set_kms_key(&self, name: &str, key: &KmsKey) -> Result<(), AwsError> {
        match key {
            KmsKey::Arn(arn) => {
                let request = self.client.associate_kms_key().log_group_name(name);
                let sent = request.kms_key_id(arn).send().await;
                sent.map(drop).map_err(classify)
            }
            KmsKey::Service => {
                let request = self.client.disassociate_kms_key().log_group_name(name);
                request.send().await.map(drop).map_err(classify)
            }
        }
    }

    /// Lets a log group be deleted, or not.
    pub async fn set_protection(&self, name: &str, is_protected: bool) -> Result<(), AwsError> {
        let request = self.client.put_log_group_deletion_protection();
        let request = request.log_group_identifier(name);
        let sent = request.deletion_protection_enabled(is_protected).send();
        sent.await.map(drop).map_err(classify)
    }

    /// Deletes a log group with all its lines; `false` if there is none.
    pub async fn delete_group(&self, name: &str) -> Result<bool, AwsError> {
        let request = self.client.delete_log_group().log_group_name(name);
        unless(
            "ResourceNotFoundException",
            request.send().await.map_err(classify),
        )
    }

    /// Lets a log group keep lines for `days`, one of [`crate::model::log::RETENTION_DAYS`].
    pub async fn put_retention(&self, name: &str, days: u32) -> Result<(), AwsError> {
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        let request = self.client.put_retention_policy().log_group_name(name);
        let sent = request.retention_in_days(days).send().await;
        sent.map(drop).map_err(classify)
    }

    /// Lets a log group keep lines for ever.
    pub async fn delete_retention(&self, name: &str) -> Result<(), AwsError> {
        let request = self.client.delete_retention_policy().log_group_name(name);
        request.send().await.map(drop).map_err(classify)
    }

    /// Makes a log stream; `false` if it is there already.
    pub async fn ensure_stream(&self, group: &str, stream: &str) -> Result<bool, AwsError> {
        let request = self
            .client
            .create_log_stream()
            .log_group_name(group)
            .log_stream_name(stream);
        unless(
            "ResourceAlreadyExistsException",
            request.send().await.map_err(classify),
        )
    }

    /// Writes lines, each with its time in milliseconds, which must be in chronological order and within the
    /// service's limits.
    pub async fn put_events<'e>(
        &self,
        group: &str,
        stream: &str,
        events: impl ExactSizeIterator<Item = (i64, &'e str)>,
    ) -> Result<Rejected, AwsError> {
        let n_events = events.len();
        let body = body::of_put(group, stream, events);
        // The SDK would make three copies of each line.
        let request = self
            .client
            .put_log_events()
            .log_group_name(group)
            .log_stream_name(stream)
            .set_log_events(Some(Vec::new()))
            .customize()
            .mutate_request(move |request| {
                let length = body.len().to_string();
                request.headers_mut().insert("content-length", length);
                *request.body_mut() = body.clone().into();
            });
        let answer = request.send().await.map_err(classify)?;
        let Some(rejected) = answer.rejected_log_events_info() else {
            return Ok(Rejected::default());
        };
        let index = |index: Option<i32>, or: usize| {
            index.map_or(or, |index| {
                usize::try_from(index).unwrap_or(0).min(n_events)
            })
        };
        let too_old = index(rejected.too_old_log_event_end_index(), 0);
        let expired = index(rejected.expired_log_event_end_index(), 0);
        let too_new = index(rejected.too_new_log_event_start_index(), n_events);
        Ok(Rejected {
            too_old,
            expired: expired.saturating_sub(too_old),
            too_new: n_events - too_new,
        })
    }

    /// Finds lines, a page at a time; `token` is that of the page before.
    pub async fn find(
        &self,
        filter: &Filter,
        token: Option<String>,
    ) -> Result<FoundPage, AwsError> {
        let window_ms = filter.window_ms.as_ref();
        let (names, prefix) = filter.streams.members();
        let request = self
            .client
            .filter_log_events()
            .log_group_name(&filter.group)
            .set_log_stream_names(names)
            .set_log_stream_name_prefix(prefix)
            .set_filter_pattern(filter.pattern.clone())
            // The service knows no time before 1970.
            .set_start_time(window_ms.map(|window| window.start.max(0)))
            // The service counts the end in; an end that never comes is none.
            .set_end_time(
                window_ms
                    .filter(|window| window.end < i64::MAX)
                    .map(|window| window.end.saturating_sub(1).max(0)),
            )
            .set_next_token(token);
        let answer = request.send().await.map_err(classify)?;
        let lines = answer.events().iter().map(|event| FoundLine {
            id: event.event_id().unwrap_or_default().to_string(),
            stream: event.log_stream_name().unwrap_or_default().to_string(),
            event: LogEvent {
                timestamp_ms: event.timestamp().unwrap_or(0),
                message: event.message().unwrap_or_default().to_string(),
            },
        });
        Ok(FoundPage {
            lines: lines.collect(),
            next_token: answer.next_token().map(str::to_string),
        })
    }

    /// Counts a group's lines that match `pattern`, if there is one, and whose time is in `window_ms`:
    /// milliseconds, start included, end not.
    pub async fn count_events(
        &self,
        group: &str,
        pattern: Option<&str>,
        window_ms: Range<i64>,
    ) -> Result<u64, AwsError> {
        let filter = Filter {
            group: group.to_string(),
            streams: Streams::All,
            pattern: pattern.map(str::to_string),
            window_ms: Some(window_ms),
        };
        let mut n_lines = 0;
        let mut token = None;
        loop {
            let page = self.find(&filter, token).await?;
            n_lines += page.lines.len() as u64;
            match page.next_token {
                Some(next) => token = Some(next),
                None => return Ok(n_lines),
            }
        }
    }
}

fn known(name: &str, group: &types::LogGroup) -> KnownGroup {
    let arn = group.log_group_arn().or(group.arn()).unwrap_or_default();
    let stored_bytes = group.stored_bytes();
    let days = group.retention_in_days();
    let class = group.log_group_class().map(LogGroupClass::as_str);
    KnownGroup {
        arn: arn.strip_suffix(":*").unwrap_or(arn).to_string(),
        stored_bytes: stored_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        created_ms: group.creation_time(),
        group: LogGroup {
            name: name.to_string(),
            retention_days: days.and_then(|days| u32::try_from(days).ok()),
            class: class.unwrap_or_default().to_string(),
            kms_key: group.kms_key_id().map(str::to_string),
            is_protected: group.deletion_protection_enabled().unwrap_or(false),
        },
    }
}

/// Returns whether something was done; the error `code` says that it did not need to be.
fn unless<T>(code: &str, sent: Result<T, AwsError>) -> Result<bool, AwsError> {
    match sent {
        Ok(_) => Ok(true),
        Err(error) if error.is_code(code) => Ok(false),
        Err(error) => Err(error),
    }
}
