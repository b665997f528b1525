//! `setup`, `plan`, `status` and `teardown`, for X-Ray, for the log group, and for all together.

use clap::Args;

use super::args::{
    AllNames, FormArg, PlanArgs, RuleFileArgs, SetupArgs, StatusArgs, TeardownArgs, Things,
};
use super::confirm::confirm;
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::render;
use super::{logs, xray};
use crate::aws::SdkConfig;
use crate::cloudwatch::client::LogsClient;
use crate::cloudwatch::plan::{self as logs_plan, LogsPlan};
use crate::model::plan::{Action, Claim, Kind, OWNER_KEY, Owner, Plan, State, Step};
use crate::model::tag_limits;
use crate::model::wanted::{WantedLogGroup, XRayWanted};
use crate::xray::client::XRayClient;
use crate::xray::plan as xray_plan;

/// Makes what is missing, and changes what differs.
pub async fn setup<T: Args + Things>(context: &Context, args: &SetupArgs<T>) -> Outcome {
    let (wanted, source) = wanted(context, &args.things, &args.tags.tag)?;
    let (config, is_cloud) = context.aws(wanted.what()).await?;
    xray::warn_of_unknown_services(context, &config, &source, wanted.xray.as_ref()).await;
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
    note_fixed(context, &whole.plan);
    if whole.plan.is_unchanged() {
        whole.note_cost(context);
        context.note("nothing to do; next: cruddurctl serve");
        return Ok(Exit::Done);
    }
    confirm(context, &args.apply, is_cloud)?;
    whole.apply().await?;
    if is_cloud && !whole.settled().await? {
        context
            .note("warning: what was made is not listed yet; ask again with `cruddurctl status`");
    }
    whole.note_retention(context);
    whole.note_cost(context);
    let counts = whole.plan.counts();
    context.note(&format!(
        "done: {} created, {} updated; next: cruddurctl serve",
        counts.created, counts.updated
    ));
    Ok(Exit::Done)
}

/// Shows what a set-up would change.
pub async fn plan<T: Args + Things>(context: &Context, args: &PlanArgs<T>) -> Outcome {
    let (wanted, source) = wanted(context, &args.things, &args.tags.tag)?;
    let prefix = wanted.prefix();
    let (config, is_cloud) = context.aws(wanted.what()).await?;
    xray::warn_of_unknown_services(context, &config, &source, wanted.xray.as_ref()).await;
    let whole = Whole::plan(&config, wanted, claim(is_cloud, args.adopt.adopt)).await?;
    let plan = &whole.plan;
    context.print(&match args.output {
        FormArg::Table => render::plan::plan(plan, &context.out),
        FormArg::Json => format!("{:#}\n", render::plan::json(plan)),
    })?;
    note_strangers(context, plan);
    note_fixed(context, plan);
    whole.note_cost(context);
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
    let (wanted, source) = wanted(context, &args.things, &args.tags.tag)?;
    let prefix = wanted.prefix();
    let (config, is_cloud) = context.aws(wanted.what()).await?;
    xray::warn_of_unknown_services(context, &config, &source, wanted.xray.as_ref()).await;
    let whole = Whole::plan(&config, wanted, claim(is_cloud, false)).await?;
    let plan = &whole.plan;
    context.print(&match args.output {
        FormArg::Table => render::plan::status(plan, &context.out),
        FormArg::Json => format!("{:#}\n", render::plan::status_json(plan)),
    })?;
    note_strangers(context, plan);
    note_fixed(context, plan);
    whole.note_cost(context);
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
    let (wanted, _) = wanted(context, &args.things, &[])?;
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
    if let Some(name) = whole.protected() {
        let message = format!("nothing was deleted: log group {name} is protected against it");
        return Err(Failure::of(Exit::Failed, message).with_hint(
            "lift that with `cruddurctl logs setup --deletion-protection=false`, or take away the rest with `cruddurctl xray teardown`",
        ));
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
    /// The log groups; `None` if the command is not about them.
    pub logs: Option<Vec<WantedLogGroup>>,
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

/// Returns what is wanted without any flag, as `setup` sets it up.
///
/// # Errors
/// If the rule file of this folder cannot be used.
pub fn usual(context: &Context) -> Result<Wanted, Failure> {
    let things = AllNames {
        rule: RuleFileArgs { rule_file: None },
    };
    wanted(context, &things, &[]).map(|(wanted, _)| wanted)
}

fn wanted(
    context: &Context,
    things: &impl Things,
    tags: &[(String, String)],
) -> Result<(Wanted, xray::RuleSource), Failure> {
    let by_file = match things.rule() {
        Some(args) => Some(xray::wanted(context, args)?),
        None => None,
    };
    let (mut xray, log_groups, source) = match by_file {
        Some(by_file) => (Some(by_file.xray), by_file.log_groups, by_file.source),
        None => (None, None, xray::RuleSource::default()),
    };
    let mut logs = match (things.log_group(), log_groups) {
        (Some(args), Some(_)) if !args.is_plain() => {
            let message = "the file says what the log groups are, and so do flags";
            return Err(Failure::of(Exit::Usage, message)
                .with_hint("leave the flags out, or `LogGroups` in the file"));
        }
        (Some(_), Some(log_groups)) => Some(log_groups),
        (Some(args), None) => Some(vec![logs::wanted_group(args)]),
        (None, Some(_)) => {
            context.note("the file's log groups are left to `cruddurctl setup`");
            None
        }
        (None, None) => None,
    };
    let of_xray = xray.iter_mut().flat_map(|wanted| {
        let groups = wanted.groups.iter_mut().map(|group| &mut group.tags);
        groups.chain(wanted.rules.iter_mut().map(|rule| &mut rule.tags))
    });
    for tagged in of_xray.chain(logs.iter_mut().flatten().map(|group| &mut group.tags)) {
        tagged.extend(tags.iter().cloned());
    }
    Ok((Wanted { xray, logs }, source))
}

/// Reads `KEY=VALUE` as a tag.
///
/// # Errors
/// What AWS would refuse about it.
pub fn parse_tag(text: &str) -> Result<(String, String), String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err("expected KEY=VALUE".to_string());
    };
    if key == OWNER_KEY {
        return Err(format!("the tag {OWNER_KEY} is set by cruddurctl itself"));
    }
    match tag_limits::violation(key, value) {
        Some(violation) => Err(violation),
        None => Ok((key.to_string(), value.to_string())),
    }
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
    logs: Option<(LogsClient, Vec<(WantedLogGroup, LogsPlan)>)>,
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
        if let Some(groups) = wanted.logs {
            let client = LogsClient::new(config);
            let mut all = Vec::new();
            for group in groups {
                let planned = logs_plan::plan(&client, &group, claim).await?;
                all.push((group, planned));
            }
            whole.add_logs(client, all);
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
        if let Some(groups) = wanted.logs {
            let client = LogsClient::new(config);
            let mut all = Vec::new();
            for group in groups {
                let planned = logs_plan::teardown(&client, &group, claim).await?;
                all.push((group, planned));
            }
            whole.add_logs(client, all);
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
        if let Some((client, groups)) = &self.logs {
            for (group, planned) in groups {
                logs_plan::apply(client, group, &planned.step).await?;
            }
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

    fn add_logs(&mut self, client: LogsClient, groups: Vec<(WantedLogGroup, LogsPlan)>) {
        let steps = groups.iter().map(|(_, planned)| planned.step.clone());
        self.plan.steps.extend(steps);
        self.logs = Some((client, groups));
    }

    fn log_groups(&self) -> impl Iterator<Item = &(WantedLogGroup, LogsPlan)> {
        self.logs.iter().flat_map(|(_, groups)| groups)
    }

    /// Says how long lines are kept, if that is the same for all.
    fn note_retention(&self, context: &Context) {
        let days = self.log_groups().map(|(wanted, planned)| {
            let known = planned
                .known
                .as_ref()
                .and_then(|it| it.group.retention_days);
            match known.filter(|_| wanted.has_usual_days) {
                Some(days) => Some(days),
                None => wanted.retention_days,
            }
        });
        let mut days: Vec<Option<u32>> = days.collect();
        days.dedup();
        if let [Some(days)] = days.as_slice() {
            logs::note_retention(context, *days);
        }
    }

    /// Says what the log groups cost that are there.
    fn note_cost(&self, context: &Context) {
        for known in self
            .log_groups()
            .filter_map(|(_, planned)| planned.known.as_ref())
        {
            logs::note_cost(context, known);
        }
    }

    /// Returns a log group that is to go and that the service will not delete.
    fn protected(&self) -> Option<&str> {
        let mut to_go = self
            .log_groups()
            .filter(|(_, planned)| planned.step.action == Action::Delete)
            .filter_map(|(_, planned)| planned.known.as_ref());
        let found = to_go.find(|known| known.group.is_protected)?;
        Some(&found.group.name)
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

/// Says what differs and can be changed by nobody.
fn note_fixed(context: &Context, plan: &Plan) {
    for step in &plan.steps {
        for change in &step.fixed {
            let (kind, name, field) = (step.kind, &step.name, change.field);
            let is = change.from.as_deref().unwrap_or("none");
            context.note(&format!(
                "warning: {kind} {name} keeps its {field} {is} for life; to change it, tear the {kind} down and set it up again"
            ));
        }
    }
}
