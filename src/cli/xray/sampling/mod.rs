//! `xray sampling`: which rule decides about a request, and what becomes of many.

mod explain;
mod finding;
mod simulate;
mod subject;
mod traffic;

pub use explain::explain;
pub use simulate::simulate;

use super::wanted;
use crate::cli::args::{RequestArgs, RuleFileArgs};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::model::recorded::RequestKind;
use crate::model::sampling::SamplingRule;
use crate::xray::client::XRayClient;

/// Returns the rule of a file and the Default rule, or without a file all rules of X-Ray.
async fn rules(
    context: &Context,
    rule_file: Option<&std::path::Path>,
) -> Result<Vec<SamplingRule>, Failure> {
    match rule_file {
        Some(file) => {
            let rule_file = Some(file.to_path_buf());
            let wanted = wanted(context, &RuleFileArgs { rule_file })?;
            let rules = wanted.xray.rules.into_iter().map(|wanted| wanted.rule);
            Ok(rules.chain([SamplingRule::default_rule()]).collect())
        }
        None => {
            let (config, _) = context.aws("x-ray").await?;
            Ok(XRayClient::new(&config).rules().await?)
        }
    }
}

fn kind_of(args: &RequestArgs) -> RequestKind {
    RequestKind {
        service_name: args.service.clone(),
        service_type: args.service_type.clone(),
        host: args.host.clone(),
        http_method: args.method.clone(),
        url_path: args.path.clone(),
    }
}
