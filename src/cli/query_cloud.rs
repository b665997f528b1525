//! `query` where Honeycomb itself is asked: its limits, its links, and what to do about its refusals.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::args::QueryCloudArgs;
use super::context::{Context, note};
use super::failure::{Exit, Failure, Outcome};
use super::progress;
use super::render::clock::short_date_and_time;
use crate::honeycomb::client::{Asked, HoneycombClient, HoneycombError, Notice};
use crate::model::answer::Answer;
use crate::model::catalogue::Identity;
use crate::model::query::QuerySpec;
use crate::model::time::{SECOND, TimeRange, Window};

// Source: Honeycomb's OpenAPI document, tag Query Data: the longest range, and to how many seconds both ends
// of a range of up to so many seconds are cut down.
const SEVEN_DAYS: i64 = 7 * 86_400;
const EDGES: [(i64, i64); 3] = [(6 * 3_600, 60), (2 * 86_400, 300), (SEVEN_DAYS, 1_800)];

// What querying takes, as the API calls it, and as Honeycomb's pages do.
const NEEDED: [(&str, &str); 2] = [
    ("queries", "Run Queries"),
    ("columns", "Manage Queries and Columns"),
];

/// Refuses what makes no sense of a local stack, before it is asked anything.
///
/// # Errors
/// Wrong usage.
pub fn check(client: &HoneycombClient, args: &QueryCloudArgs) -> Result<(), Failure> {
    if client.is_local() && (args.url || args.open) {
        let what = "links lead to Honeycomb's own pages, and this asks the local stack";
        return Err(Failure::of(Exit::Usage, what).with_hint(
            "set HONEYCOMB_API_KEY (any key of the environment will do, an ingest key too), or leave --url and --open out",
        ));
    }
    Ok(())
}

/// Asks, with everything that keeps Honeycomb happy; a local stack is just asked.
///
/// # Errors
/// A failure that says what to do; but that there is no such dataset is left to the caller.
pub async fn ask(
    context: &Context,
    client: &mut HoneycombClient,
    args: &QueryCloudArgs,
    dataset: &str,
    spec: &QuerySpec,
    with_series: bool,
    now: i64,
) -> Result<Result<Answer, HoneycombError>, Failure> {
    let spinner = progress::spinner(context, "waiting for the answer");
    client.wait_at_most(args.timeout);
    if !client.is_local() {
        check_length(spec)?;
        client.be_patient();
        if let Ok(folder) = context.data_folder() {
            client.remember_in(folder.join("honeycomb-client"));
        }
        let shown = spinner.clone();
        client.tell_with(move |notice| shown.suspend(|| note(&words(notice))));
    }
    let asked = client
        .ask(dataset, spec, with_series, args.fresh, now)
        .await;
    spinner.finish_and_clear();
    match asked {
        Ok(Asked { answer, age }) => {
            if let Some(age) = age {
                let ago = match age.as_secs() {
                    1 => "1 second".to_string(),
                    n => format!("{n} seconds"),
                };
                context.note(&format!("the answer is from {ago} ago; --fresh asks anew"));
            }
            if !client.is_local()
                && let Some(text) = cut_edges(context, spec, &answer)
            {
                context.note(&text);
            }
            Ok(Ok(answer))
        }
        Err(error @ HoneycombError::NoSuchDataset { .. }) => Ok(Err(error)),
        Err(error) => Err(explained(client, error).await),
    }
}

/// Returns what `asking` comes to, or at Ctrl-C that it was interrupted; a wait may last a minute.
///
/// # Errors
/// As `asking`.
pub async fn until_interrupted(asking: impl Future<Output = Outcome>) -> Outcome {
    tokio::select! {
        outcome = asking => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::of(Exit::Interrupted, "interrupted")),
    }
}

/// Prints, or opens, the link that runs the question in the browser.
///
/// # Errors
/// If the key is of no team, or no browser can be started.
pub async fn link(
    context: &Context,
    client: &HoneycombClient,
    args: &QueryCloudArgs,
    dataset: &str,
    spec: &QuerySpec,
) -> Outcome {
    let identity = client.identity().await?;
    let link = client.template_link(&identity, dataset, spec);
    if args.url {
        context.print(&format!("{link}\n"))?;
    }
    if args.open {
        open(&link)?;
        context.note("opened in the browser");
    }
    Ok(Exit::Done)
}

/// Refuses a range that is longer than Honeycomb's API answers.
///
/// # Errors
/// Wrong usage.
pub fn check_length(spec: &QuerySpec) -> Result<(), Failure> {
    let seconds = spec.time_range.seconds();
    if seconds <= SEVEN_DAYS {
        return Ok(());
    }
    let days = (seconds as f64 / 86_400.0 * 10.0).ceil() / 10.0;
    let what = format!("Honeycomb's API answers 7 days at most, and this asks for {days}");
    Err(Failure::of(Exit::Usage, what).with_hint(
        "ask for parts, as in --last 7d --until '7d ago'; or see all of it in the browser with --url; the local stack has no such limit: --target local",
    ))
}

// Honeycomb looks at less at the end than was asked for, and at more at the beginning. Returns both ends in
// seconds, and the step that they are cut down to.
fn cut(spec: &QuerySpec, window: Window) -> Option<(i64, i64, i64)> {
    let seconds = spec.time_range.seconds();
    let (_, step) = EDGES.into_iter().find(|(longest, _)| seconds <= *longest)?;
    let down = |time: i64| {
        let second = time.div_euclid(SECOND);
        second - second.rem_euclid(step)
    };
    Some((down(window.start), down(window.end), step))
}

/// Returns the same question about the range that Honeycomb's API cuts this one down to, as of `now`, so that
/// everybody who answers it looks at the same events. It has one step at least.
pub fn cut_to_edges(spec: &QuerySpec, now: i64) -> QuerySpec {
    let window = spec.time_range.window(now);
    let mut cut_down = spec.clone();
    if let Some((start, end, step)) = cut(spec, window) {
        let end = end.max(start.saturating_add(step));
        cut_down.time_range = TimeRange::Between { start, end };
    }
    cut_down
}

fn cut_edges(context: &Context, spec: &QuerySpec, answer: &Answer) -> Option<String> {
    let window = answer.window;
    let (start, end, step) = cut(spec, window)?;
    if window.start.div_euclid(SECOND) == start && window.end.div_euclid(SECOND) == end {
        return None;
    }
    let zone = context.zone();
    let shown = |second: i64| short_date_and_time(second.saturating_mul(SECOND), zone);
    let unit = match step {
        60 => "a minute".to_string(),
        step => format!("{} minutes", step / 60),
    };
    Some(format!(
        "Honeycomb's API cuts both ends of the range down to {unit}: {} to {}",
        shown(start),
        shown(end)
    ))
}

/// Returns what the key's permissions lack for running queries, as Honeycomb's pages call them.
pub fn missing_permissions(identity: &Identity) -> Vec<&'static str> {
    let may = |name: &str| {
        let mut permissions = identity.permissions.iter();
        permissions.any(|(it, may)| it == name && *may)
    };
    let needed = NEEDED.iter().filter(|(name, _)| !may(name));
    needed.map(|(_, title)| *title).collect()
}

/// Returns the failure for a query's error: only the key's own description tells whether it is the key or the
/// plan that forbids a thing.
pub async fn explained(client: &HoneycombClient, error: HoneycombError) -> Failure {
    match behind(client, &error).await {
        Some((identity, said)) => refusal(&identity, &client.pages(), &said),
        None => error.into(),
    }
}

/// Returns the failure for a refusal that is none of a query: an ingest key is named, whatever was asked.
pub async fn explained_key(client: &HoneycombClient, error: HoneycombError) -> Failure {
    match behind(client, &error).await {
        Some((identity, said)) if identity.kind == "ingest" => {
            refusal(&identity, &client.pages(), &said)
        }
        _ => error.into(),
    }
}

// Whose key was refused, and with what words; nobody's if it is not known at all.
async fn behind(client: &HoneycombClient, error: &HoneycombError) -> Option<(Identity, String)> {
    let (HoneycombError::Forbidden { message, .. } | HoneycombError::Unauthorized { message, .. }) =
        error
    else {
        return None;
    };
    Some((client.identity().await.ok()?, message.raw().to_string()))
}

fn refusal(identity: &Identity, pages: &str, said: &str) -> Failure {
    let (team, environment) = (&identity.team, &identity.environment);
    let keys = match environment.1.as_str() {
        "" => format!("{pages}/{}", team.1),
        slug => format!("{pages}/{}/environments/{slug}/api_keys", team.1),
    };
    if identity.kind == "ingest" {
        let what = format!(
            "HONEYCOMB_API_KEY is an ingest key, which sends events and asks no questions ({said})"
        );
        return Failure::of(Exit::Credentials, what).with_hint(format!(
            "make a configuration key with the permissions \"Run Queries\" and \"Manage Queries and Columns\" at {keys}; --url gives a link that runs the question in the browser; --target local asks the local stack"
        ));
    }
    let missing = missing_permissions(identity);
    if !missing.is_empty() {
        let (word, names) = match missing.as_slice() {
            [one] => ("permission", format!("\"{one}\"")),
            all => ("permissions", format!("\"{}\"", all.join("\" and \""))),
        };
        let what = format!("the key lacks the {word} {names} ({said})");
        return Failure::of(Exit::Credentials, what).with_hint(format!(
            "give them to the key, or make another, at {keys}; --url gives a link that runs the question in the browser; --target local asks the local stack"
        ));
    }
    let what = format!(
        "team {} may not run queries through the API, though the key may: that takes Honeycomb's Enterprise plan ({said})",
        team.0
    );
    Failure::of(Exit::Credentials, what).with_hint(
        "--url prints and --open opens a link that runs the same question in the browser, on every plan; --target local asks the local stack",
    )
}

/// Returns a notice as people read it.
pub fn words(notice: &Notice) -> String {
    match notice {
        Notice::Budget { most, wait } => format!(
            "honeycomb: {most} runs a minute are allowed and all are used: waiting {} (Ctrl-C ends it)",
            length(*wait)
        ),
        Notice::PutOff { wait } => format!(
            "honeycomb: asked to come later: waiting {} (Ctrl-C ends it)",
            length(*wait)
        ),
        Notice::Again { why, wait } => {
            format!("honeycomb: {why}: trying again in {}", length(*wait))
        }
        Notice::Forgetful { why } => {
            format!("warning: the run budget and answers cannot be kept: {why}")
        }
    }
}

fn length(wait: Duration) -> String {
    if wait < Duration::from_secs(1) {
        return format!("{} ms", wait.as_millis());
    }
    format!("{} s", wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

const OPENER: (&str, &[&str]) = if cfg!(target_os = "macos") {
    ("open", &[])
} else if cfg!(windows) {
    // Unlike `start`, it takes an address as it is.
    ("rundll32", &["url.dll,FileProtocolHandler"])
} else {
    ("xdg-open", &[])
};
// An opener is gone by then, or it is the browser itself.
const OPENING: Duration = Duration::from_secs(2);

fn open(link: &str) -> Result<(), Failure> {
    let (program, arguments) = OPENER;
    let failed = |what: String| {
        Failure::of(Exit::Failed, format!("{program} opened nothing: {what}"))
            .with_hint("--url prints the link")
    };
    let mut child = Command::new(program)
        .args(arguments)
        .arg(link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let begun = std::time::Instant::now();
    while begun.elapsed() < OPENING {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(failed(status.to_string())),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(failed(error.to_string())),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(kind: &str, permissions: &[(&str, bool)]) -> Identity {
        let named = |name: &str| (name.to_string(), name.to_string());
        Identity {
            kind: kind.to_string(),
            team: named("cruddur"),
            environment: named("test"),
            permissions: permissions
                .iter()
                .map(|(name, may)| (name.to_string(), *may))
                .collect(),
        }
    }

    #[test]
    fn only_what_is_not_there_is_missing() {
        let missing = |permissions| missing_permissions(&identity("configuration", permissions));
        assert_eq!(missing(&[("queries", true), ("columns", true)]), [""; 0]);
        assert_eq!(missing(&[("columns", true)]), ["Run Queries"]);
        assert_eq!(
            missing(&[("queries", false)]),
            ["Run Queries", "Manage Queries and Columns"]
        );
    }

    #[test]
    fn a_range_is_cut_down_as_honeycomb_does_it_and_keeps_a_step() {
        let cut = |seconds, now| {
            let spec = QuerySpec::new(Vec::new(), TimeRange::Last { seconds });
            cut_to_edges(&spec, now * SECOND).time_range
        };
        let between = |start, end| TimeRange::Between { start, end };
        assert_eq!(cut(600, 100_030), between(99_420, 100_020));
        assert_eq!(cut(5, 100_030), between(100_020, 100_080));
        assert_eq!(cut(7 * 3600, 100_030), between(74_700, 99_900));
    }

    #[test]
    fn seven_days_are_allowed_and_no_second_more() {
        let of = |seconds| check_length(&QuerySpec::new(Vec::new(), TimeRange::Last { seconds }));
        assert!(of(SEVEN_DAYS).is_ok());
        assert!(of(SEVEN_DAYS + 1).is_err());
    }
}
