//! StartLiveTail: lines as they come in, without asking again and again.

use std::error::Error;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::endpoint::Params;
use aws_sdk_cloudwatchlogs::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_cloudwatchlogs::config::{
    Config, ConfigBag, Intercept, RuntimeComponents, StalledStreamProtectionConfig,
};
use aws_sdk_cloudwatchlogs::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_cloudwatchlogs::operation::start_live_tail::StartLiveTailOutput;
use aws_sdk_cloudwatchlogs::types::StartLiveTailResponseStream as Message;
use aws_sdk_cloudwatchlogs::types::error::StartLiveTailResponseStreamError as Ended;

use super::{LogsClient, Streams};
use crate::aws::{AwsError, classify, endpoint_choice};
use crate::model::log::LogEvent;

/// The host's beginning for this one operation. Source: CloudWatch Logs API model, StartLiveTail.
const HOST_PREFIX: &str = "stream-";

/// A session in which lines come as they are written; it ends when it is dropped.
#[derive(Debug)]
pub struct LiveSession {
    output: StartLiveTailOutput,
}

/// A line of a session; it has no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLine {
    /// The group's name, without the account before it.
    pub group: String,
    /// Its stream.
    pub stream: String,
    /// Its time and its words.
    pub event: LogEvent,
}

/// What came in about a second; often nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveUpdate {
    /// At most 500.
    pub lines: Vec<LiveLine>,
    /// Whether there were more, which the session leaves out.
    pub is_sampled: bool,
}

impl LogsClient {
    /// Starts a session for 1 to 10 groups by their ARNs; only one, if not all its streams are meant.
    pub async fn live(
        &self,
        arns: &[String],
        streams: &Streams,
        pattern: Option<&str>,
    ) -> Result<LiveSession, AwsError> {
        let (names, prefix) = streams.members();
        // A quiet session is no stalled download; whoever reads it knows how long to wait.
        let patient =
            Config::builder().stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let request = Client::start_live_tail(&self.client)
            .set_log_group_identifiers(Some(arns.to_vec()))
            .set_log_stream_names(names)
            .set_log_stream_name_prefixes(prefix.map(|prefix| vec![prefix]))
            .set_log_event_filter_pattern(pattern.map(str::to_string))
            .customize()
            .config_override(patient)
            .interceptor(NamedHost);
        let output = request.send().await.map_err(classify)?;
        Ok(LiveSession { output })
    }
}

impl LiveSession {
    /// Waits for the next update; `None` when the session has ended in order.
    ///
    /// # Errors
    /// `Timeout` after three hours, when a new session may be started; else that of the connection.
    pub async fn next(&mut self) -> Result<Option<LiveUpdate>, AwsError> {
        loop {
            match self.output.response_stream.recv().await {
                Ok(None) => return Ok(None),
                Ok(Some(Message::SessionUpdate(update))) => {
                    let is_sampled = update.session_metadata().is_some_and(|it| it.sampled());
                    let lines = update.session_results().iter().map(|line| LiveLine {
                        group: group_name(line.log_group_identifier().unwrap_or_default()),
                        stream: line.log_stream_name().unwrap_or_default().to_string(),
                        event: LogEvent {
                            timestamp_ms: line.timestamp().unwrap_or(0),
                            message: line.message().unwrap_or_default().to_string(),
                        },
                    });
                    return Ok(Some(LiveUpdate {
                        lines: lines.collect(),
                        is_sampled,
                    }));
                }
                // The first message only repeats the question; what we do not know, we need not.
                Ok(Some(_)) => {}
                Err(error) => return Err(ended(&error)),
            }
        }
    }
}

fn ended<R: std::fmt::Debug + 'static>(error: &SdkError<Ended, R>) -> AwsError {
    match error.as_service_error() {
        Some(Ended::SessionTimeoutException(_)) => AwsError::Timeout,
        Some(error) => AwsError::Refused {
            code: error.code().unwrap_or("SessionStreamingException").into(),
            message: error.message().unwrap_or_default().into(),
        },
        None => AwsError::Unreachable {
            address: "the live session".into(),
            reason: innermost(error).into(),
        },
    }
}

// It says what the system said; what is around it says where in the SDK.
fn innermost(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string(),
    }
}

/// Returns `cruddur` of `123456789012:cruddur`, of an ARN, or of itself.
fn group_name(identifier: &str) -> String {
    let identifier = identifier.strip_suffix(":*").unwrap_or(identifier);
    let name = identifier.rsplit(':').next().unwrap_or(identifier);
    name.to_string()
}

/// Leaves the host of an endpoint that somebody named as it is.
///
/// The SDK writes `stream-` before every host for this operation, also before one that it was told,
/// so that `127.0.0.1` would become a host that nobody has.
#[derive(Debug)]
struct NamedHost;

impl Intercept for NamedHost {
    fn name(&self) -> &'static str {
        "NamedHost"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_named = endpoint_choice::<Params>(config).is_some_and(|it| it.endpoint().is_some());
        let request = context.request_mut();
        if let (true, Some(uri)) = (is_named, without_prefix(request.uri())) {
            request.set_uri(uri)?;
        }
        Ok(())
    }
}

fn without_prefix(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let rest = rest.strip_prefix(HOST_PREFIX)?;
    Some(format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_prefix_goes_from_the_host() {
        for (uri, expected) in [
            (
                "http://stream-127.0.0.1:4318/",
                Some("http://127.0.0.1:4318/"),
            ),
            ("http://127.0.0.1:4318/stream-", None),
            ("stream-", None),
        ] {
            assert_eq!(without_prefix(uri).as_deref(), expected, "{uri}");
        }
    }

    #[test]
    fn a_group_is_known_by_its_name_however_it_is_identified() {
        for identifier in [
            "cruddur",
            "123456789012:cruddur",
            "arn:aws:logs:us-east-1:123456789012:log-group:cruddur",
            "arn:aws:logs:us-east-1:123456789012:log-group:cruddur:*",
        ] {
            assert_eq!(group_name(identifier), "cruddur");
        }
    }
}
