//! `logs ship`: lines from a pipe or a file into a log stream, none lost.

use std::cell::Cell;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use indicatif::ProgressBar;

use super::args::{FormArg, ShipArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::progress;
use super::ship_input::{Ended, Input, InputCounts, Reading};
use super::ship_words::{Shipped, json_of, sentence};
use super::spool_note::note_unaddressed;
use super::stack::stop_signal;
use crate::aws::SdkConfig;
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::line_time::{LineTimes, TimeForm, TimeSource};
use crate::cloudwatch::sink::{
    Delivery, Destination, LogSink, Progress, SinkOptions, SpoolError, WhenFull,
};
use crate::model::log::{CRUDDUR_LOG_GROUP, CRUDDUR_RETENTION_DAYS};
use crate::model::zone::Zone;
use crate::settings::env;

// How often what moves on a terminal moves, and how soon trouble is told.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Sends lines until the input ends or Ctrl-C, and says what became of them.
pub async fn run(context: &Context, args: &ShipArgs) -> Outcome {
    if let Some(file) = &args.file {
        // Before anything is started for nothing.
        std::fs::File::open(file).map_err(|error| unreadable(file, error))?;
    }
    let (aws, is_cloud) = context.aws("logs").await?;
    let options = SinkOptions {
        destination: Destination {
            group: args.group.clone(),
            stream: args.stream.clone().unwrap_or_default(),
            retention_days: Some(args.retention_days),
        },
        spool_bytes: args.spool_size,
        when_full: WhenFull::Wait,
        ..sink_options(context, &aws, is_cloud)?
    };
    note_unaddressed(context, &options.spool);
    let client = LogsClient::new(&aws);
    if args.drain {
        return drain(context, args, client, &options).await;
    }
    let (lines, mut sink) = LogSink::start(client, &options).map_err(unusable)?;
    let input = match &args.file {
        None => {
            if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
                context.note("reading lines from the terminal; end with Ctrl-D");
            }
            Input::stdin()
        }
        Some(file) => {
            let opened = Input::file(file, sink.position());
            let (input, is_resumed) = opened.map_err(|error| unreadable(file, error))?;
            if let Some(position) = sink.position().filter(|_| is_resumed) {
                context.note(&format!(
                    "{}: going on at byte {}, up to which an earlier run has accepted it",
                    file.display(),
                    position.offset
                ));
            }
            input
        }
    };
    let times = LineTimes::new(time_source(args), time_form(context, args)?);
    let look = Look::new(context, &sink);
    let stop = stop_signal();
    tokio::pin!(stop);
    let mut reading = Reading::start(input, times, lines);
    let ended = tokio::select! {
        ended = &mut reading.ended => Some(ended.unwrap_or(Ended::Closed)),
        () = look.again_and_again() => None,
        () = &mut stop => None,
    };
    if matches!(ended, Some(Ended::AtEnd)) {
        sink.input_ended();
    }
    // Asked to stop once, it delivers what it has accepted; asked twice, it ends at once.
    let stop_again = ended.is_some().then_some(stop.as_mut());
    let delivery = close(sink, args.patience, stop_again, &look).await;
    look.end();
    let shipped = Shipped {
        delivery,
        input: reading.counts(),
    };
    print(context, args, &shipped)?;
    say(context, args, &options.spool, &shipped.delivery);
    outcome(args, ended, &shipped.delivery)
}

/// Returns options for a sink that keeps lines in the data folder and never makes anybody wait.
///
/// # Errors
/// If there is no data folder.
pub fn sink_options(
    context: &Context,
    aws: &SdkConfig,
    is_cloud: bool,
) -> Result<SinkOptions, Failure> {
    let place = place(context, aws, is_cloud, env::AWS_ENDPOINT_URL_LOGS);
    let region = aws.region().map(ToString::to_string);
    Ok(SinkOptions {
        destination: Destination {
            group: CRUDDUR_LOG_GROUP.to_string(),
            stream: String::new(),
            retention_days: Some(CRUDDUR_RETENTION_DAYS),
        },
        place,
        region: region.unwrap_or_default(),
        spool: context.data_folder()?.join("spool"),
        spool_bytes: 256 << 20,
        when_full: WhenFull::Drop,
    })
}

/// Returns which service things go to: `local`, `aws`, or the URL that `endpoint` or the configuration names.
pub fn place(context: &Context, aws: &SdkConfig, is_cloud: bool, endpoint: &str) -> String {
    let named = context.environment.get(endpoint).or(aws.endpoint_url());
    let place = match (is_cloud, named) {
        (false, _) => "local",
        (true, Some(url)) => url,
        (true, None) => "aws",
    };
    place.to_string()
}

async fn drain(
    context: &Context,
    args: &ShipArgs,
    client: LogsClient,
    options: &SinkOptions,
) -> Outcome {
    let sink = LogSink::drain(client, options).map_err(unusable)?;
    let look = Look::new(context, &sink);
    let stop = stop_signal();
    tokio::pin!(stop);
    let delivery = close(sink, args.patience, Some(stop.as_mut()), &look).await;
    look.end();
    let shipped = Shipped {
        delivery,
        input: InputCounts::default(),
    };
    print(context, args, &shipped)?;
    let delivery = &shipped.delivery;
    if delivery.from_before == 0 {
        context.note(&format!(
            "nothing waits for log group {} in {}",
            args.group,
            options.spool.display()
        ));
        return Ok(Exit::Done);
    }
    say(context, args, &options.spool, delivery);
    match (delivery.kept, delivery.rejected.total()) {
        (0, 0) => Ok(Exit::Done),
        (0, _) => Ok(Exit::Failed),
        _ => Ok(Exit::Unreachable),
    }
}

// Sends what is left while that gets anywhere and nobody wants to stop.
async fn close(
    sink: LogSink,
    patience: Duration,
    stop: Option<Pin<&mut impl Future<Output = ()>>>,
    look: &Look<'_>,
) -> Delivery {
    let idle = sink.idle(patience);
    let stopped = async {
        match stop {
            Some(stop) => stop.await,
            None => std::future::pending().await,
        }
    };
    let give_up = async {
        tokio::select! {
            () = idle => {}
            () = stopped => {}
        }
    };
    tokio::select! {
        delivery = sink.close(give_up) => delivery,
        () = look.again_and_again() => Delivery::default(),
    }
}

/// Shows how it goes while it goes.
struct Look<'a> {
    context: &'a Context,
    progress: Progress,
    bar: ProgressBar,
    // Said already, and still so.
    is_away: Cell<bool>,
    is_full: Cell<bool>,
}

impl<'a> Look<'a> {
    fn new(context: &'a Context, sink: &LogSink) -> Look<'a> {
        let progress = sink.progress().clone();
        let before = progress.so_far();
        if before.n_damaged_bytes > 0 {
            context.note(&format!(
                "warning: {} bytes of the spool were damaged; the lines in them are lost",
                before.n_damaged_bytes
            ));
        }
        if before.from_before > 0 {
            context.note(&format!(
                "spool: {} lines wait from before and go too",
                before.from_before
            ));
        }
        Look {
            context,
            progress,
            bar: progress::spinner(context, "shipping"),
            is_away: Cell::new(false),
            is_full: Cell::new(false),
        }
    }

    async fn again_and_again(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Delivery {
                accepted,
                delivered,
                kept,
                ..
            } = self.progress.so_far();
            self.bar.set_message(format!(
                "accepted {accepted}, delivered {delivered}, {kept} wait"
            ));
            let away = self.progress.is_away();
            let was_away = self.is_away.replace(away.is_some());
            if let Some(trouble) = away.filter(|_| !was_away) {
                self.say(&format!("lines wait in the spool: {trouble}"));
            }
            let is_full = self.progress.is_full();
            if is_full && !self.is_full.replace(is_full) {
                self.say("the spool is full; no more is read until some of it is delivered");
            }
            self.is_full.set(is_full);
        }
    }

    fn say(&self, text: &str) {
        self.bar.suspend(|| self.context.note(text));
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn print(context: &Context, args: &ShipArgs, shipped: &Shipped) -> Outcome {
    let text = match args.output {
        FormArg::Table => sentence(shipped),
        FormArg::Json => json_of(shipped).to_string(),
    };
    context.print(&format!("{text}\n"))
}

// Says what is to be known besides the numbers, and what to do next.
fn say(context: &Context, args: &ShipArgs, spool: &Path, delivery: &Delivery) {
    let group = &args.group;
    if delivery.has_made_group {
        context.note(&format!(
            "made log group {group}; lines leave it after {} days",
            args.retention_days
        ));
    }
    let because = match &delivery.trouble {
        Some(trouble) if delivery.kept > 0 || delivery.rejected.total() > 0 => {
            format!(": {trouble}")
        }
        _ => String::new(),
    };
    if delivery.kept > 0 {
        context.note(&format!(
            "what is spooled is safe in {} and goes when it can{because}",
            spool.display()
        ));
        context.note(&format!(
            "next: cruddurctl logs ship --group {group} --drain"
        ));
    } else {
        context.note("everything that was accepted is settled; next: cruddurctl logs tail");
    }
}

fn outcome(args: &ShipArgs, ended: Option<Ended>, delivery: &Delivery) -> Outcome {
    let trouble = || delivery.trouble.clone().unwrap_or_default();
    match ended {
        Some(Ended::Failed(error)) => {
            let input = args.file.as_ref().map(|file| file.display().to_string());
            let input = input.unwrap_or_else(|| "the standard input".to_string());
            Err(Failure::new(Exit::Failed, error.into())
                .while_doing(format!("cannot read {input} any further")))
        }
        Some(Ended::Closed) => Err(Failure::of(
            Exit::Failed,
            format!("the input was not accepted to its end: {}", trouble()),
        )
        .with_hint("make room on the disk, or name another folder with --data-dir")),
        Some(Ended::AtEnd) if delivery.dropped > 0 => Err(Failure::of(
            Exit::Failed,
            format!(
                "the last {} lines were not accepted: {}",
                delivery.dropped,
                trouble()
            ),
        )
        .with_hint(
            "deliver what waits with --drain, or give the spool more room with --spool-size",
        )),
        None if args.file.is_some() => Err(Failure::of(Exit::Interrupted, "interrupted")
            .with_hint("the same command goes on where this one stopped")),
        _ if delivery.rejected.total() > 0 => Ok(Exit::Failed),
        // A pipe is ended by ending whoever writes to it, and Ctrl-C ends both.
        _ => Ok(Exit::Done),
    }
}

fn time_source(args: &ShipArgs) -> TimeSource {
    if args.json {
        let name = args.timestamp_field.as_deref().unwrap_or("timestamp");
        TimeSource::Member(name.to_string())
    } else if args.leading_time {
        TimeSource::Beginning
    } else {
        TimeSource::Reading
    }
}

fn time_form(context: &Context, args: &ShipArgs) -> Result<TimeForm, Failure> {
    let zone = match args.timezone {
        Some(zone) => zone,
        None if args.json || args.leading_time => context.zone(),
        None => Zone::UTC,
    };
    if zone.is_unknown() && args.leading_time {
        let message =
            "TZ names no time zone, so lines that begin with a local time would be misread";
        return Err(Failure::of(Exit::Usage, message).with_hint(
            "say whose clock wrote them, such as --timezone Europe/Berlin or --timezone UTC",
        ));
    }
    Ok(TimeForm {
        zone,
        format: args.time_format.clone(),
    })
}

fn unreadable(file: &Path, error: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, error.into()).while_doing(format!("cannot read {}", file.display()))
}

/// Returns the failure of a spool that cannot be used.
pub fn unusable(error: SpoolError) -> Failure {
    Failure::new(Exit::Failed, error.into())
        .while_doing("lines cannot be kept on their way to CloudWatch Logs")
        .with_hint("make the folder writable, or name another one with --data-dir")
}
