//! The CloudWatch Logs commands.

mod ask;
mod counts;
mod filter;
mod lines;
mod query;
mod query_empty;
mod tail;

use super::args::{LogClassArg, LogGroupArgs, LogsCommand};
use super::context::Context;
use super::failure::Outcome;
use super::{setup, ship};
use crate::clock::now;
use crate::cloudwatch::client::KnownGroup;
use crate::cloudwatch::plan;
use crate::model::log::{CRUDDUR_LOG_GROUP, LogClass, RETENTION_DAYS};
use crate::model::log_cost::LogCost;
use crate::model::sampling_cost::Prices;
use crate::model::time::MILLISECOND;
use crate::model::wanted::{KmsKey, WantedLogGroup};

/// Runs one of them.
pub async fn run(context: &Context, command: &LogsCommand) -> Outcome {
    match command {
        LogsCommand::Setup(args) => setup::setup(context, args).await,
        LogsCommand::Plan(args) => setup::plan(context, args).await,
        LogsCommand::Status(args) => setup::status(context, args).await,
        LogsCommand::Teardown(args) => setup::teardown(context, args).await,
        LogsCommand::Tail(args) => tail::tail(context, args).await,
        LogsCommand::Filter(args) => filter::filter(context, args).await,
        LogsCommand::Query(args) => query::query(context, args).await,
        LogsCommand::Ship(args) => ship::run(context, args).await,
    }
}

/// Returns the log group as it should be.
pub fn wanted_group(args: &LogGroupArgs) -> WantedLogGroup {
    WantedLogGroup {
        class: args.class.map(|class| match class {
            LogClassArg::Standard => LogClass::Standard,
            LogClassArg::InfrequentAccess => LogClass::InfrequentAccess,
            LogClassArg::Delivery => LogClass::Delivery,
            LogClassArg::Essentials => LogClass::Essentials,
        }),
        kms_key: args.kms_key.clone(),
        is_protected: args.deletion_protection,
        ..match args.retention_days {
            Some(days) => WantedLogGroup::keeping(CRUDDUR_LOG_GROUP, Some(days)),
            None => WantedLogGroup::of_week_2(),
        }
    }
}

/// Says how long events are kept.
pub fn note_retention(context: &Context, retention_days: u32) {
    let days = if retention_days == 1 {
        "1 day".to_string()
    } else {
        format!("{retention_days} days")
    };
    context.note(&format!(
        "log events leave after {days}; CloudWatch's own default keeps them for ever, and bills them for ever"
    ));
}

/// Says what a group that is there costs a month, by what it stores and how fast that came in.
pub fn note_cost(context: &Context, known: &KnownGroup) {
    let (Some(bytes), Some(created_ms)) = (known.stored_bytes, known.created_ms) else {
        return;
    };
    let group = &known.group;
    let age_days = (now() / MILLISECOND).saturating_sub(created_ms) as f64 / DAY_MS;
    let prices = Prices::known();
    let is_infrequent = group.class == LogClass::InfrequentAccess.name();
    let cost = LogCost::of(
        bytes,
        age_days,
        group.retention_days.map(f64::from),
        is_infrequent,
        prices,
    );
    let coming = cost.coming.map_or_else(String::new, |coming| {
        format!(
            ", and {} a month come in for {:.2}",
            size(coming.gigabytes),
            coming.dollars
        )
    });
    context.note(&format!(
        "log group {}: in CloudWatch, {} stored cost {:.2} {} a month{coming}; {} GB of each are free (prices of {})",
        group.name,
        size(cost.stored.gigabytes),
        cost.stored.dollars,
        prices.currency,
        prices.amount("logs_free_gigabytes"),
        prices.as_of
    ));
}

const DAY_MS: f64 = 86_400_000.0;

fn size(gigabytes: f64) -> String {
    match gigabytes {
        gigabytes if gigabytes >= 1.0 => format!("{gigabytes:.1} GB"),
        gigabytes if gigabytes >= 1e-3 => format!("{:.1} MB", gigabytes * 1e3),
        gigabytes => format!("{:.0} kB", gigabytes * 1e6),
    }
}

/// Reads the ARN of a KMS key, or `none`.
///
/// # Errors
/// If it is neither.
pub fn parse_key(text: &str) -> Result<KmsKey, String> {
    match text {
        "none" => Ok(KmsKey::Service),
        arn if arn.starts_with("arn:") && arn.contains(":kms:") && arn.len() <= 256 => {
            Ok(KmsKey::Arn(arn.to_string()))
        }
        _ => Err("expected the ARN of a KMS key, arn:aws:kms:…, or none".to_string()),
    }
}

/// Reads a number of days that CloudWatch Logs allows.
///
/// # Errors
/// The nearest allowed number and the whole list.
pub fn parse_retention(text: &str) -> Result<u32, String> {
    let days: u32 = text
        .parse()
        .map_err(|_| format!("`{text}` is not a number of days"))?;
    plan::check_retention_days(days).map_err(|error| {
        let all: Vec<String> = RETENTION_DAYS.iter().map(ToString::to_string).collect();
        format!("{error}; allowed are {}", all.join(", "))
    })
}
