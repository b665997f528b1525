//! What `logs tail` and `logs filter` have in common: what is checked before anything is sent, and how
//! what goes wrong is explained.

use crate::aws::AwsError;
use crate::cli::args::StreamArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::render::text::printable;
use crate::cloudwatch::client::{LogsClient, Streams};
use crate::cloudwatch::pattern::{FilterPattern, PatternError, RefusedPattern};
use crate::cloudwatch::tail::TailEvent;
use crate::model::log::CRUDDUR_LOG_GROUP;
use crate::model::width::cell_width;

/// The most streams that can be named. Source: FilterLogEvents, `logStreamNames`.
const MOST_STREAMS: usize = 100;

/// Returns the groups in the order in which they were named, each once.
pub fn distinct(groups: &[String]) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for group in groups {
        if !distinct.contains(group) {
            distinct.push(group.clone());
        }
    }
    distinct
}

/// Returns the streams that are meant.
///
/// # Errors
/// If more are named than the service takes.
pub fn streams(args: &StreamArgs) -> Result<Streams, Failure> {
    if args.stream.len() > MOST_STREAMS {
        let message = format!("--stream names {} streams", args.stream.len());
        let hint =
            format!("the service takes {MOST_STREAMS}; --stream-prefix means all that begin alike");
        return Err(Failure::of(Exit::Usage, message).with_hint(hint));
    }
    Ok(match &args.stream_prefix {
        Some(prefix) => Streams::Prefix(prefix.clone()),
        None if args.stream.is_empty() => Streams::All,
        None => Streams::Named(args.stream.clone()),
    })
}

/// Reads a pattern as the service would, and warns of what may be meant otherwise.
///
/// # Errors
/// With a caret under the place where it goes wrong, and the right form.
pub fn check_pattern(context: &Context, pattern: &str) -> Result<(), Failure> {
    match FilterPattern::parse(pattern) {
        Ok(parsed) => {
            for warning in parsed.warnings() {
                let marked = marked(pattern, warning.at, warning.length);
                context.note(&format!("warning: {}\n{marked}", printable(&warning.text)));
            }
            Ok(())
        }
        Err(error) => Err(refused(pattern, error)),
    }
}

fn refused(pattern: &str, error: PatternError) -> Failure {
    let mut message = format!("this is no filter pattern: {}", printable(&error.why));
    if error.refused != RefusedPattern::TooLong {
        let marked = marked(pattern, error.at, error.length);
        message.push_str(&format!("\n{marked}"));
    }
    let general = "words are 'ERROR -debug' or '?WARN ?ERROR', a phrase is '\"NOT FOUND\"', a field of JSON is '{ $.status >= 500 }', and one of a line with blanks between is '[ip, method, ..., status = 5*]'";
    let hint = error.hint.unwrap_or_else(|| general.to_string());
    Failure::of(Exit::Usage, message).with_hint(printable(&hint))
}

/// Returns a pattern, with carets under some of its characters.
fn marked(pattern: &str, at: usize, length: usize) -> String {
    let before: String = pattern.chars().take(at).collect();
    let meant: String = pattern.chars().skip(at).take(length).collect();
    let width = |text: &str| cell_width(&printable(text));
    format!(
        "  {}\n  {}{}",
        printable(pattern),
        " ".repeat(width(&before)),
        "^".repeat(width(&meant).max(1))
    )
}

/// Says what happens besides lines.
pub fn note_event(context: &Context, event: &TailEvent, groups: &[String], streams: &Streams) {
    let text = match event {
        TailEvent::Lines(_) => return,
        TailEvent::Following { is_live } => {
            let how = if *is_live { "live" } else { "by polling" };
            format!("following {} {how}; stop with Ctrl-C", groups.join(", "))
        }
        TailEvent::Trouble(AwsError::Throttled { .. }) => {
            "the service asks for fewer calls: asking less often from now on".to_string()
        }
        TailEvent::Trouble(error) => format!("lost the connection: {error}; trying again"),
        TailEvent::Recovered => "connected again, going on where it broke off".to_string(),
        TailEvent::NotLive(error) => format!("there is no live session: {error}; polling instead"),
        TailEvent::Missing {
            group_idx,
            is_stream,
        } => {
            let group = groups.get(*group_idx).map_or("", String::as_str);
            match streams {
                Streams::Named(names) if *is_stream => {
                    let names = names.join(", ");
                    format!("{group} has no stream {names} yet; waiting for it")
                }
                _ => format!("there is no log group {group} yet; waiting for it"),
            }
        }
        TailEvent::Sampled => {
            "more than 500 lines a second: the live session leaves some out, which are asked for"
                .to_string()
        }
    };
    context.note(&printable(&text));
}

/// Adds what one can do about an error.
pub async fn explained(client: &LogsClient, error: AwsError, groups: &[String]) -> Failure {
    if !error.is_code("ResourceNotFoundException") {
        return error.into();
    }
    let is_stream = error.to_string().contains("log stream");
    if is_stream {
        return Failure::from(error).with_hint(
            "`--follow` waits for a stream that is not there yet, and --stream-prefix takes any that is there",
        );
    }
    let Ok(known) = client.group_names().await else {
        return error.into();
    };
    let missing = groups.iter().find(|name| !known.contains(name));
    let Some(missing) = missing.filter(|_| known.len() < 50) else {
        return error.into();
    };
    let failure = Failure::of(Exit::Failed, format!("there is no log group {missing}"));
    let hint = match (missing == CRUDDUR_LOG_GROUP, known.is_empty()) {
        (true, true) => "`cruddurctl logs setup` makes it".to_string(),
        (true, false) => format!(
            "there is {}; `cruddurctl logs setup` makes {missing}",
            known.join(", ")
        ),
        (false, false) => format!("there is {}", known.join(", ")),
        (false, true) => "there is none at all; `cruddurctl logs setup` makes cruddur".to_string(),
    };
    failure.with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_mistake_is_marked_and_the_right_form_is_told() {
        let pattern = "{ $.名 = 'ERROR' }";
        let error = FilterPattern::parse(pattern).unwrap_err();
        let said = refused(pattern, error).words();
        assert!(
            said.ends_with("\n  { $.名 = 'ERROR' }\n           ^"),
            "{said}"
        );
    }

    #[test]
    fn groups_are_read_once() {
        let groups = ["a", "b", "a"].map(str::to_string);
        assert_eq!(distinct(&groups), ["a", "b"]);
    }
}
