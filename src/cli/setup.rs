//! `setup`, `plan`, `status` and `teardown`, for X-Ray, for the log group, and for all together.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;

use super::args::{ApplyArgs, FormArg, PlanArgs, SetupArgs, StatusArgs, TeardownArgs, Things};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::render;
use super::{logs, xray};
use crate::aws::SdkConfig;
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::plan as logs_plan;
use crate::model::log::LogGroup;
use crate::model::plan::{Action, Claim, Kind, Owner, Plan, State, Step};
use crate::model::wanted::{Tags, XRayWanted};
use crate::xray::client::XRayClient;
use crate::xray::plan as xray_plan;

/// Makes what is missing, and changes what differs.
pub async fn setup<T: Args + Things>(context: &Context, args: &SetupArgs<T>) -> Outcome {
    let wanted = wanted(context, &args.things)?;
    let (config, is_cloud) = context.aws(wanted.what()).await?;
    let whole = Whole::plan(&config, wanted, claim(is_cloud, args.adopt.adopt)).await?;
    context.print(&render::plan::plan(&whole.plan, &context.out))?;
    if args.apply.dry_run {
        context.note("dry run: nothing was changed");
        return Ok(Exit::Done);
    }
    note_strangers(context, &whole.plan);
    if whole.plan.counts().not_ours > 0 {
        return Err(Failure::of(
            Exit::Failed,
            "nothing was changed: something is not ours and differs",
        )
        .with_hint("take it over with --adopt, or give ours another name"));
    }
    if whole.plan.is_unchanged() {
        context.note("nothing to do; next: cruddurctl serve");
        return Ok(Exit::Done);
    }
    confirm(context, &args.apply, is_cloud)?;
    whole.apply().await?;
    if is_cloud && !whole.settled().await? {
        context
            .note("warning: what was made is not listed yet; ask again with `cruddurctl status`");
    }
    if let Some(retention) = args.things.retention() {
        logs::note_cost(context, retention.retention_days);
    }
    let counts = whole.plan.counts();
    context.note(&format!(
        "done: {} created, {} updated; next: cruddurctl serve",
        counts.created, counts.updated
    ));
    Ok(Exit::Done)
}

/// Shows what a set-up would change.
pub async fn plan<T: Args + Things>(context: &Context, args: &PlanArgs<T>) -> Outcome {
    let wanted = wanted(context, &args.things)?;
    let prefix = wanted.prefix();
    let (config, is_cloud) = context.aws(wanted.what()).await?;
    let plan = Whole::plan(&config, wanted, claim(is_cloud, args.adopt.adopt))
        .await?
        .plan;
    context.print(&match args.output {
        FormArg::Table => render::plan::plan(&plan, &context.out),
        FormArg::Json => format!("{:#}\n", render::plan::json(&plan)),
    })?;
    note_strangers(context, &plan);
    let is_unchanged = plan.is_unchanged();
    context.note(&match (is_unchanged, plan.counts().not_ours) {
        (true, _) => format!("next: cruddurctl {prefix}status"),
        (false, 0) => format!("next: cruddurctl {prefix}setup"),
        (false, _) => {
            format!("next: cruddurctl {prefix}setup --adopt, to take over what is not ours")
        }
    });
    Ok(match args.detailed_exitcode && !is_unchanged {
        true => Exit::Usage,
        false => Exit::Done,
    })
}

/// Shows what is there against what is wanted; exit 1 if they differ.
pub async fn status<T: Args + Things>(context: &Context, args: &StatusArgs<T>) -> Outcome {
    let wanted = wanted(context, &args.things)?;
    let prefix = wanted.prefix();
    let (config, is_cloud) = context.aws(wanted.what()).await?;
    let plan = Whole::plan(&config, wanted, claim(is_cloud, false))
        .await?
        .plan;
    context.print(&match args.output {
        FormArg::Table => render::plan::status(&plan, &context.out),
        FormArg::Json => format!("{:#}\n", render::plan::status_json(&plan)),
    })?;
    note_strangers(context, &plan);
    if plan.steps.iter().all(|step| step.state() == State::Ok) {
        context.note("all is as wanted; next: cruddurctl serve");
        return Ok(Exit::Done);
    }
    let adopt = if plan.counts().not_ours > 0 {
        " --adopt"
    } else {
        ""
    };
    context.note(&format!(
        "not as wanted; next: cruddurctl {prefix}setup{adopt}"
    ));
    Ok(Exit::Failed)
}

/// Takes away what is ours of what is wanted.
pub async fn teardown<T: Args + Things>(context: &Context, args: &TeardownArgs<T>) -> Outcome {
    let wanted = wanted(context, &args.things)?;
    let prefix = wanted.prefix();
    let (config, is_cloud) = context.aws(wanted.what()).await?;
    let whole = Whole::teardown(&config, wanted, claim(is_cloud, false)).await?;
    context.print(&render::plan::plan(&whole.plan, &context.out))?;
    let takes_lines = |step: &Step| step.kind == Kind::LogGroup && step.action == Action::Delete;
    if whole.plan.steps.iter().any(takes_lines) {
        context.note("the log group goes with all its lines; they cannot be brought back");
    }
    if args.apply.dry_run {
        context.note("dry run: nothing was changed");
        return Ok(Exit::Done);
    }
    let counts = whole.plan.counts();
    if counts.not_ours > 0 {
        context.note("what is not ours is left alone; `setup --adopt` would make it ours");
    }
    if counts.deleted == 0 {
        context.note(&format!(
            "nothing to delete; next: cruddurctl {prefix}setup"
        ));
        return Ok(Exit::Done);
    }
    confirm(context, &args.apply, is_cloud)?;
    whole.apply().await?;
    if is_cloud && !whole.settled().await? {
        context
            .note("warning: what was deleted is still listed; ask again with `cruddurctl status`");
    }
    context.note(&format!(
        "done: {} deleted; next: cruddurctl {prefix}setup",
        counts.deleted
    ));
    Ok(Exit::Done)
}

/// What should be there, as far as a command is about it.
pub struct Wanted {
    /// X-Ray's part.
    pub xray: Option<XRayWanted>,
    /// The log group.
    pub logs: Option<LogGroup>,
}

impl Wanted {
    /// Returns what the line about the place begins with.
    fn what(&self) -> &'static str {
        match (&self.xray, &self.logs) {
            (Some(_), None) => "x-ray",
            (None, _) => "logs",
            (Some(_), Some(_)) => "x-ray and logs",
        }
    }

    /// Returns the word before the verb in commands about the same things.
    fn prefix(&self) -> &'static str {
        match (&self.xray, &self.logs) {
            (Some(_), None) => "xray ",
            (None, _) => "logs ",
            (Some(_), Some(_)) => "",
        }
    }
}

fn wanted(context: &Context, things: &impl Things) -> Result<Wanted, Failure> {
    let xray = match things.rule() {
        Some(args) => Some(XRayWanted::of_rule(
            xray::wanted_rule(context, args)?,
            Tags::new(),
        )),
        None => None,
    };
    let logs = things
        .retention()
        .map(|args| logs::wanted_group(args.retention_days));
    Ok(Wanted { xray, logs })
}

/// The user's own stack is all theirs; in the cloud only what is tagged or taken over.
fn claim(is_cloud: bool, adopts: bool) -> Claim {
    match (is_cloud, adopts) {
        (_, true) => Claim::Adopt,
        (true, false) => Claim::Tagged,
        (false, false) => Claim::Everything,
    }
}

/// Groups, rules and the log group, and what is going to happen to them.
pub struct Whole {
    /// To be shown: the steps of all.
    pub plan: Plan,
    xray: Option<(XRayClient, xray_plan::XRayPlan)>,
    logs: Option<(LogsClient, LogGroup, Step)>,
}

impl Whole {
    /// Asks what is there, and plans to bring it to what is wanted.
    ///
    /// # Errors
    /// If a service cannot be asked.
    pub async fn plan(config: &SdkConfig, wanted: Wanted, claim: Claim) -> Result<Whole, Failure> {
        let mut whole = Whole::none();
        if let Some(wanted) = wanted.xray {
            let client = XRayClient::new(config);
            let planned = xray_plan::plan(&client, &wanted, claim).await?;
            whole.add_xray(client, planned);
        }
        if let Some(group) = wanted.logs {
            let client = LogsClient::new(config);
            let step = logs_plan::plan(&client, &group, claim).await?;
            whole.add_logs(client, group, step);
        }
        Ok(whole)
    }

    /// Asks what is there, and plans to take it away.
    ///
    /// # Errors
    /// If a service cannot be asked.
    async fn teardown(config: &SdkConfig, wanted: Wanted, claim: Claim) -> Result<Whole, Failure> {
        let mut whole = Whole::none();
        if let Some(wanted) = wanted.xray {
            let client = XRayClient::new(config);
            let planned = xray_plan::teardown(&client, &wanted, claim).await?;
            whole.add_xray(client, planned);
        }
        if let Some(group) = wanted.logs {
            let client = LogsClient::new(config);
            let step = logs_plan::teardown(&client, &group, claim).await?;
            whole.add_logs(client, group, step);
        }
        Ok(whole)
    }

    /// Does what the plan says.
    ///
    /// # Errors
    /// The first step that fails ends it; a new plan leaves out what was done.
    pub async fn apply(&self) -> Result<(), Failure> {
        if let Some((client, planned)) = &self.xray {
            xray_plan::apply(client, planned, |_| {}).await?;
        }
        if let Some((client, group, step)) = &self.logs {
            logs_plan::apply(client, group, step).await?;
        }
        Ok(())
    }

    /// Waits a bounded time until X-Ray lists what was done; its lists may be late.
    async fn settled(&self) -> Result<bool, Failure> {
        match &self.xray {
            Some((client, planned)) => Ok(xray_plan::settled(client, planned).await?),
            None => Ok(true),
        }
    }

    fn none() -> Whole {
        Whole {
            plan: Plan::default(),
            xray: None,
            logs: None,
        }
    }

    fn add_xray(&mut self, client: XRayClient, planned: xray_plan::XRayPlan) {
        self.plan.steps.extend(planned.plan.steps.iter().cloned());
        self.xray = Some((client, planned));
    }

    fn add_logs(&mut self, client: LogsClient, group: LogGroup, step: Step) {
        self.plan.steps.push(step.clone());
        self.logs = Some((client, group, step));
    }
}

/// Says of what is there, as far as it is not ours, why that is thought.
fn note_strangers(context: &Context, plan: &Plan) {
    for step in &plan.steps {
        let (kind, name) = (step.kind, &step.name);
        match &step.owner {
            Owner::Us => {}
            Owner::SomebodyElse => context.note(&format!(
                "{kind} {name} was made by somebody else: it lacks the tag managed-by=cruddurctl"
            )),
            Owner::Unknown { reason } => context.note(&format!(
                "{kind} {name} is treated as somebody else's, since its tags cannot be read: {reason}"
            )),
        }
    }
}

/// Asks before anything in the cloud is changed.
///
/// # Errors
/// If nobody said yes.
fn confirm(context: &Context, args: &ApplyArgs, is_cloud: bool) -> Result<(), Failure> {
    if !is_cloud || args.yes || says_yes(context) {
        return Ok(());
    }
    Err(
        Failure::of(Exit::Failed, "nothing was changed in the cloud")
            .with_hint("say yes with --yes, or work locally with --target local"),
    )
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
