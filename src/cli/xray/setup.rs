//! `xray setup`.

use super::wanted_rule;
use crate::cli::args::XraySetupArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::setup::{self, Settled};
use crate::model::sampling::{CRUDDUR_FILTER, CRUDDUR_GROUP, SamplingRule};
use crate::xray::client::XRayClient;
use crate::xray::plan::{self, Wanted};

/// Creates group and rule, or brings them to what the rule file says.
pub async fn setup(context: &Context, args: &XraySetupArgs) -> Outcome {
    let rule = wanted_rule(context, &args.rule)?;
    let (config, is_cloud) = context.aws("x-ray").await?;
    let client = XRayClient::new(&config);
    let plan = plan_of(&client, rule).await?;
    let settled = setup::confirm(context, &plan.plan, &args.apply, is_cloud)?;
    if settled == Settled::Apply {
        plan::apply(&client, &plan, |_| {}).await?;
    }
    setup::conclude(context, &plan.plan, settled, "cruddurctl serve")
}

/// Returns what setting up group and rule would change.
pub async fn plan_of(client: &XRayClient, rule: SamplingRule) -> Result<plan::XRayPlan, Failure> {
    let wanted = Wanted {
        group_name: CRUDDUR_GROUP.to_string(),
        filter_expression: CRUDDUR_FILTER.to_string(),
        rule,
    };
    Ok(plan::plan(client, &wanted).await?)
}
