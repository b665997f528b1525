//! Tags of log groups; the newer operations name an ARN, the older ones the group.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::server_refusal::{Refusal, check_tags, required};
use super::server_state::Call;
use super::wire::Tagging;

/// The most tags of one group. Source: CloudWatch Logs API reference, TagResource.
pub const MAX_TAGS: usize = 50;

/// TagResource and TagLogGroup.
pub async fn add(call: &Call<'_>, request: Tagging) -> Result<(), Refusal> {
    let tags = BTreeMap::<String, String>::deserialize(required("tags", &request.tags)?)?;
    check_tags(&tags)?;
    // The older operation has no error of its own for that.
    let is_modelled = request.log_group_name.is_none();
    let change = call.change_group(group(call, &request)?, |group| {
        group.tags.extend(tags);
        if group.tags.len() > MAX_TAGS {
            let most = MAX_TAGS;
            return Err(Refusal::TooManyTags { most, is_modelled });
        }
        Ok(())
    });
    change.await.map_err(not_found)
}

/// UntagResource and UntagLogGroup.
pub async fn remove(call: &Call<'_>, request: Tagging) -> Result<(), Refusal> {
    let keys: Vec<String> = match &request.tag_keys {
        Some(keys) => keys.clone(),
        None => Vec::deserialize(required("tagKeys", &request.tags)?)?,
    };
    let change = call.change_group(group(call, &request)?, |group| {
        group.tags.retain(|key, _| !keys.contains(key));
        Ok(())
    });
    change.await.map_err(not_found)
}

/// ListTagsForResource and ListTagsLogGroup.
pub fn list(call: &Call<'_>, request: Tagging) -> Result<Value, Refusal> {
    let group = call.group(group(call, &request)?).map_err(not_found)?;
    Ok(json!({"tags": group.tags}))
}

fn group<'a>(call: &Call<'_>, request: &'a Tagging) -> Result<&'a str, Refusal> {
    if let Some(name) = &request.log_group_name {
        return Ok(name);
    }
    let arn = required("resourceArn", &request.resource_arn)?;
    let name = arn.starts_with("arn:").then(|| call.name_of(arn)).flatten();
    name.ok_or(Refusal::NoResource)
}

fn not_found(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::NoGroup => Refusal::NoResource,
        other => other,
    }
}
