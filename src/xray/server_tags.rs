//! Tags of groups and rules: TagResource, UntagResource, ListTagsForResource.
//!
//! They lie apart from what they belong to, by its ARN, and go with it: a group that is made again has
//! another ARN, and a rule's deletion takes its tags along.

use std::collections::BTreeMap;

use super::server::Context;
use super::server_errors::XRayError;
use super::wire::{Nothing, Tag, TagRequest, TagsAnswer, TagsRequest, UntagRequest};
use super::{server_groups, server_rules};
use crate::model::tag_limits::{MAX_TAGS, violation};
use crate::store::{Change, Documents, Table};

/// By ARN, which holds the region.
const TAGS: Table = Table("xray/tags");

type Tags = BTreeMap<String, String>;

/// Adds tags to a group or a rule; a key that is there gets the new value.
pub async fn add(ctx: Context, request: TagRequest) -> Result<Nothing, XRayError> {
    let (region, arn) = (ctx.region.clone(), request.resource_arn);
    let added = checked(request.tags)?;
    let decided = ctx.transact(move |documents| {
        let mut tags = known(documents, &region, &arn)?;
        tags.extend(added);
        if tags.len() > MAX_TAGS {
            return Err(XRayError::TooManyTags);
        }
        Ok((vec![put(&arn, &tags)], Nothing {}))
    });
    decided.await
}

/// Takes tags away; a key that is not there is none to take.
pub async fn remove(ctx: Context, request: UntagRequest) -> Result<Nothing, XRayError> {
    let (region, arn) = (ctx.region.clone(), request.resource_arn);
    let decided = ctx.transact(move |documents| {
        let mut tags = known(documents, &region, &arn)?;
        tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok((vec![put(&arn, &tags)], Nothing {}))
    });
    decided.await
}

/// Returns the tags of a group or a rule.
pub async fn list(ctx: Context, request: TagsRequest) -> Result<TagsAnswer, XRayError> {
    // The service ignores every token, and all tags come at once.
    let (region, arn) = (ctx.region.clone(), request.resource_arn);
    // A transaction that changes nothing sees resource and tags at one moment.
    let decided = ctx.transact(move |documents| Ok((Vec::new(), known(documents, &region, &arn)?)));
    let tags = decided.await?.into_iter();
    Ok(TagsAnswer {
        tags: tags.map(|(key, value)| Tag { key, value }).collect(),
        next_token: None,
    })
}

/// Returns the change that gives a new resource its tags; `None` if it has none.
///
/// # Errors
/// Tags that X-Ray does not allow.
pub fn of_new(arn: &str, tags: Option<Vec<Tag>>) -> Result<Option<Change>, XRayError> {
    let tags = checked(tags.unwrap_or_default())?;
    if tags.len() > MAX_TAGS {
        return Err(XRayError::TooManyTags);
    }
    Ok((!tags.is_empty()).then(|| put(arn, &tags)))
}

/// Returns the change that takes the tags of a resource away with it.
pub fn gone(documents: &Documents, arn: &str) -> Option<Change> {
    documents.get(TAGS, arn)?;
    Some(Change::Delete {
        table: TAGS,
        key: arn.to_string(),
    })
}

fn known(documents: &Documents, region: &str, arn: &str) -> Result<Tags, XRayError> {
    let is_there = server_groups::has_arn(documents, region, arn)
        || server_rules::has_arn(documents, region, arn);
    if !is_there {
        return Err(XRayError::ResourceNotFound(arn.to_string()));
    }
    let stored = documents.get(TAGS, arn);
    let tags = stored.and_then(|value| serde::Deserialize::deserialize(value).ok());
    Ok(tags.unwrap_or_default())
}

fn checked(tags: Vec<Tag>) -> Result<Tags, XRayError> {
    let mut checked = Tags::new();
    for Tag { key, value } in tags {
        if is_system_tag(&key) {
            return Err(XRayError::SystemTag);
        }
        if let Some(violation) = violation(&key, &value) {
            return Err(XRayError::Tag(violation));
        }
        if checked.contains_key(&key) {
            return Err(XRayError::Tag(format!("the tag {key} is there twice")));
        }
        checked.insert(key, value);
    }
    Ok(checked)
}

fn is_system_tag(key: &str) -> bool {
    let start = key.get(..4);
    start.is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

fn put(arn: &str, tags: &Tags) -> Change {
    Change::Put {
        table: TAGS,
        key: arn.to_string(),
        value: serde_json::json!(tags),
    }
}
