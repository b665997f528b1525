//! `setup`, and what all set-ups have in common: show the plan, ask, apply, say what comes next.

use std::io::{self, BufRead, IsTerminal, Write};

use super::args::{ApplyArgs, SetupArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::render;
use super::{logs, xray};
use crate::aws::SdkConfig;
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::plan as logs_plan;
use crate::model::log::LogGroup;
use crate::model::plan::{Plan, Step};
use crate::model::sampling::SamplingRule;
use crate::xray::client::XRayClient;
use crate::xray::plan as xray_plan;

/// Sets up group, rule and log group as one plan.
pub async fn run(context: &Context, args: &SetupArgs) -> Outcome {
    let rule = xray::wanted_rule(context, &args.rule)?;
    let (config, is_cloud) = context.aws("x-ray and logs").await?;
    let whole = Whole::plan(&config, rule, args.retention.retention_days).await?;
    let settled = confirm(context, &whole.plan, &args.apply, is_cloud)?;
    if settled == Settled::Apply {
        whole.apply().await?;
        logs::note_cost(context, args.retention.retention_days);
    }
    conclude(context, &whole.plan, settled, "cruddurctl serve")
}

/// Group, rule and log group, and what setting them up would change.
pub struct Whole {
    /// To be shown: the steps of all three.
    pub plan: Plan,
    xray: XRayClient,
    traces: xray_plan::XRayPlan,
    logs: LogsClient,
    group: LogGroup,
    lines: Step,
}

impl Whole {
    /// Asks what is there.
    ///
    /// # Errors
    /// If either service cannot be asked.
    pub async fn plan(
        config: &SdkConfig,
        rule: SamplingRule,
        retention_days: u32,
    ) -> Result<Whole, Failure> {
        let (xray, logs) = (XRayClient::new(config), LogsClient::new(config));
        let traces = xray::plan_of(&xray, rule).await?;
        let group = logs::wanted_group(retention_days);
        let lines = logs_plan::plan(&logs, &group).await?;
        let mut plan = traces.plan.clone();
        plan.steps.push(lines.clone());
        Ok(Whole {
            plan,
            xray,
            traces,
            logs,
            group,
            lines,
        })
    }

    /// Does what the plan says.
    ///
    /// # Errors
    /// The first step that fails ends it; a new plan leaves out what was done.
    pub async fn apply(&self) -> Result<(), Failure> {
        xray_plan::apply(&self.xray, &self.traces, |_| {}).await?;
        logs_plan::apply(&self.logs, &self.group, &self.lines).await?;
        Ok(())
    }
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
