//! `logs tail`: lines in order of time, and those to come.

use std::time::Duration;

use super::ask::{check_pattern, distinct, explained, note_event, streams};
use super::lines::{LineForm, LinePrinter};
use crate::aws;
use crate::cli::args::{LineOutputArg, TailArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::stack::stop_signal;
use crate::cli::when::ends;
use crate::cli::when_error::backwards;
use crate::clock::now;
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::tail::{Follow, Tail, TailEvent, TailOptions};
use crate::model::time::MILLISECOND;
use crate::settings::targets;
use crate::stack::find;

/// FilterLogEvents may be called 5 times a second, by everybody in an account together. Source:
/// CloudWatch Logs quotas.
const POLL_CLOUD_EVERY: Duration = Duration::from_secs(1);
const POLL_CLOUD_EACH: Duration = Duration::from_millis(400);
/// The local stack has no such limit.
const POLL_LOCAL_EVERY: Duration = Duration::from_millis(250);

const LOOK_FOR_STACK_EVERY: Duration = Duration::from_millis(200);

/// Prints lines.
pub async fn tail(context: &Context, args: &TailArgs) -> Outcome {
    if let Some(pattern) = &args.filter {
        check_pattern(context, pattern)?;
    }
    let groups = distinct(&args.groups);
    let streams = streams(&args.streams)?;
    let stop = stop_signal();
    tokio::pin!(stop);
    let is_following = args.follow || args.live;
    if is_following {
        tokio::select! {
            () = &mut stop => return Ok(Exit::Interrupted),
            there = stack_to_follow(context) => there?,
        }
    }
    let (config, is_cloud) = context.aws("logs").await?;
    // A tail that is put off asks less often, and says so itself.
    let client = LogsClient::new(&aws::without_retries(&config));
    let n_groups = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let poll_every = if is_cloud {
        POLL_CLOUD_EVERY.max(POLL_CLOUD_EACH.saturating_mul(n_groups))
    } else {
        POLL_LOCAL_EVERY
    };
    let options = TailOptions {
        groups: groups.clone(),
        streams: streams.clone(),
        pattern: args.filter.clone(),
        window_ms: window_ms(context, args)?,
        follow: is_following.then_some(Follow {
            is_live: args.live,
            poll_every,
        }),
    };
    let form = match args.output {
        LineOutputArg::Text => LineForm::Text,
        LineOutputArg::Json => LineForm::JsonLines,
        LineOutputArg::Raw => LineForm::Raw,
    };
    let mut printer = LinePrinter::new(context, &groups, form);
    let mut tail = Tail::start(client.clone(), options);
    let exit = loop {
        let event = tokio::select! {
            biased;
            () = &mut stop => break Exit::Interrupted,
            event = tail.next() => event,
        };
        match event {
            Ok(Some(TailEvent::Lines(lines))) => match printer.print(&lines) {
                Ok(_) => context.note_left_out(),
                // Whoever read has seen enough.
                Err(failure) if failure.exit == Exit::Done => break Exit::Done,
                Err(failure) => return Err(failure),
            },
            Ok(Some(event)) => note_event(context, &event, &groups, &streams),
            Ok(None) => break Exit::Done,
            Err(error) => return Err(explained(&client, error, &groups).await),
        }
    };
    let tally = printer.tally();
    context.note(&tally.words(&groups, context.zone()));
    let next = match tally.trace() {
        Some(id) => format!("next: cruddurctl trace {id}"),
        None if tally.n_lines == 0 && !is_following => {
            "look further back with --since, follow with -f, or make some with `cruddurctl serve`"
                .to_string()
        }
        None if is_following => "next: cruddurctl logs filter --count".to_string(),
        None => "next: cruddurctl logs tail -f".to_string(),
    };
    context.note(&next);
    Ok(exit)
}

/// Waits for a local stack that stays, where that is what is followed: nobody could write to one that
/// only this command has.
async fn stack_to_follow(context: &Context) -> Result<(), Failure> {
    if targets::aws_is_cloud(context.target(), &context.environment) {
        return Ok(());
    }
    let folder = context.data_folder()?;
    if find(&folder).is_some() {
        return Ok(());
    }
    context.note(
        "no local stack runs yet; waiting for one: `cruddurctl serve` or `cruddurctl stack` starts it",
    );
    while find(&folder).is_none() {
        tokio::time::sleep(LOOK_FOR_STACK_EVERY).await;
    }
    Ok(())
}

fn window_ms(context: &Context, args: &TailArgs) -> Result<std::ops::Range<i64>, Failure> {
    let now = now();
    let ends = ends(Some(args.since), args.until, now, context.zone())
        .map_err(|what| Failure::of(Exit::Usage, what))?;
    ends.notes.iter().for_each(|it| context.note(it));
    let (since, until) = (ends.since.unwrap_or(now), ends.until);
    if until.is_some_and(|until| since >= until) {
        let message = backwards(Some(since).zip(until), now, context.zone());
        return Err(Failure::of(Exit::Usage, message));
    }
    let start = since.div_euclid(MILLISECOND).max(0);
    let end = until.map_or(i64::MAX, |until| until.div_euclid(MILLISECOND));
    Ok(start..end.max(start.saturating_add(1)))
}
