//! `setup`, and what all set-ups have in common: show the plan, ask, apply, say what comes next.

use std::io::{self, BufRead, IsTerminal, Write};

use super::args::{ApplyArgs, SetupArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::render;
use super::{logs, xray};
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::plan as logs_plan;
use crate::model::plan::Plan;
use crate::xray::client::XRayClient;
use crate::xray::plan as xray_plan;

/// Sets up group, rule and log group as one plan.
pub async fn run(context: &Context, args: &SetupArgs) -> Outcome {
    let rule = xray::wanted_rule(context, &args.rule)?;
    let (config, is_cloud) = context.aws("x-ray and logs").await?;
    let (xray_client, logs_client) = (XRayClient::new(&config), LogsClient::new(&config));
    let traces = xray::plan_of(&xray_client, rule).await?;
    let group = logs::wanted_group(args.retention.retention_days);
    let lines = logs_plan::plan(&logs_client, &group).await?;
    let mut plan = traces.plan.clone();
    plan.steps.push(lines.clone());
    let settled = confirm(context, &plan, &args.apply, is_cloud)?;
    if settled == Settled::Apply {
        xray_plan::apply(&xray_client, &traces, |_| {}).await?;
        logs_plan::apply(&logs_client, &group, &lines).await?;
        logs::note_cost(context, args.retention.retention_days);
    }
    conclude(context, &plan, settled, "cruddurctl serve")
}

/// What is to be done with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Do it.
    Apply,
    /// There is nothing to do.
    Nothing,
    /// It was only to be shown.
    DryRun,
}

/// Shows the plan, and asks before anything in the cloud is changed.
///
/// # Errors
/// If the cloud is to be changed and nobody said yes.
pub fn confirm(
    context: &Context,
    plan: &Plan,
    args: &ApplyArgs,
    is_cloud: bool,
) -> Result<Settled, Failure> {
    context.print(&render::plan::plan(plan, &context.out))?;
    if args.dry_run {
        return Ok(Settled::DryRun);
    }
    if plan.is_unchanged() {
        return Ok(Settled::Nothing);
    }
    if is_cloud && !args.yes && !says_yes(context) {
        return Err(
            Failure::of(Exit::Failed, "nothing was changed in the cloud")
                .with_hint("say yes with --yes, or work locally with --target local"),
        );
    }
    Ok(Settled::Apply)
}

/// Says how it ended and which command comes next.
///
/// # Errors
/// None; the type is that of a command.
pub fn conclude(context: &Context, plan: &Plan, settled: Settled, next: &str) -> Outcome {
    match settled {
        Settled::DryRun => context.note("dry run: nothing was changed"),
        Settled::Nothing => context.note(&format!("nothing to do; next: {next}")),
        Settled::Apply => {
            let (created, updated) = plan.changes();
            context.note(&format!(
                "done: {created} created, {updated} updated; next: {next}"
            ));
        }
    }
    Ok(Exit::Done)
}

fn says_yes(context: &Context) -> bool {
    if !io::stdin().is_terminal() || !context.err.is_terminal {
        return false;
    }
    let _ = write!(io::stderr().lock(), "change this in the cloud? [y/N] ");
    let mut answer = String::new();
    // No answer is no.
    let _ = io::stdin().lock().read_line(&mut answer);
    matches!(answer.trim(), "y" | "Y" | "yes")
}
