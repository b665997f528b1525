//! Groups: CreateGroup, GetGroup, GetGroups, UpdateGroup, DeleteGroup.

use rand::Rng;

use super::filter;
use super::server::Context;
use super::server_errors::{QUOTA, XRayError};
use super::server_group_versions as versions;
use super::server_tags;
use super::wire::{
    Group, GroupAnswer, GroupReference, GroupRequest, GroupsAnswer, InsightsConfiguration, Nothing,
    PageRequest,
};
use crate::model::region;
use crate::store::{Change, Documents, Table};

const GROUPS: Table = Table("xray/group");
const DEFAULT: &str = "Default";

/// Makes a group.
pub async fn create(ctx: Context, request: GroupRequest) -> Result<GroupAnswer, XRayError> {
    let name = request.reference.group_name.ok_or(XRayError::NoReference)?;
    let expression = filter_in(request.filter_expression)?;
    if name == DEFAULT {
        return Err(XRayError::ReservedName);
    }
    let insights = request.insights_configuration.unwrap_or_default();
    check_insights(insights)?;
    let group = Group {
        group_arn: region::arn(
            "xray",
            &ctx.region,
            &format!("group/{name}/{}", unique_id()),
        ),
        group_name: name,
        filter_expression: Some(expression),
        insights_configuration: insights,
    };
    let tags = server_tags::of_new(&group.group_arn, request.tags)?;
    let region = ctx.region.clone();
    let decided = ctx.transact(move |documents| {
        let known = custom(documents, &region);
        if known
            .iter()
            .any(|other| other.group_name == group.group_name)
        {
            return Err(XRayError::GroupExists(group.group_name));
        }
        if known.len() >= QUOTA {
            return Err(XRayError::GroupLimit);
        }
        check_filter(group.filter_expression.as_deref(), &known)?;
        let mut changes = vec![put(&region, &group)];
        changes.extend(tags);
        Ok((changes, group))
    });
    Ok(GroupAnswer {
        group: decided.await?,
    })
}

/// Returns one group.
pub async fn get(ctx: Context, request: GroupReference) -> Result<GroupAnswer, XRayError> {
    let group = find(all(&ctx), &request)?;
    Ok(GroupAnswer { group })
}

/// Returns all groups, the Default group first, then by name; there are no pages.
pub async fn list(ctx: Context, request: PageRequest) -> Result<GroupsAnswer, XRayError> {
    if request.next_token.is_some() {
        return Err(XRayError::GroupToken);
    }
    Ok(GroupsAnswer {
        groups: all(&ctx),
        next_token: None,
    })
}

/// Changes the filter of a group, which has to be given, and its insights.
pub async fn update(ctx: Context, request: GroupRequest) -> Result<GroupAnswer, XRayError> {
    check_reference(&request.reference)?;
    let expression = filter_in(request.filter_expression)?;
    let (region, now) = (ctx.region.clone(), ctx.now);
    let decided = ctx.transact(move |documents| {
        let known = custom(documents, &region);
        let mut group = find(with_default(&region, known.clone()), &request.reference)?;
        if group.group_name == DEFAULT {
            return Err(XRayError::DefaultGroup);
        }
        let before = group.filter_expression.clone();
        check_filter(Some(&expression), &known)?;
        group.filter_expression = Some(expression);
        if let Some(insights) = request.insights_configuration {
            check_insights(insights)?;
            group.insights_configuration = insights;
        }
        let filters = (before.as_deref(), group.filter_expression.as_deref());
        let mut changes = vec![put(&region, &group)];
        changes.extend(versions::replaced(
            documents,
            &group.group_arn,
            filters,
            now,
        ));
        Ok((changes, group))
    });
    Ok(GroupAnswer {
        group: decided.await?,
    })
}

/// Takes a group away.
pub async fn delete(ctx: Context, request: GroupReference) -> Result<Nothing, XRayError> {
    let region = ctx.region.clone();
    let decided = ctx.transact(move |documents| {
        let group = find(with_default(&region, custom(documents, &region)), &request)?;
        if group.group_name == DEFAULT {
            return Err(XRayError::DefaultGroup);
        }
        let key = key(&region, &group.group_name);
        let mut changes = vec![Change::Delete { table: GROUPS, key }];
        changes.extend(server_tags::gone(documents, &group.group_arn));
        changes.extend(versions::gone(documents, &group.group_arn));
        Ok((changes, Nothing {}))
    });
    decided.await
}

/// Tells whether a group of the region has this ARN.
pub fn has_arn(documents: &Documents, region: &str, arn: &str) -> bool {
    let groups = with_default(region, custom(documents, region));
    groups.iter().any(|group| group.group_arn == arn)
}

/// Returns the filter expression of a group by its name or ARN, for `group.name` in other filters.
pub fn filter_of(ctx: &Context, name_or_arn: &str) -> Option<String> {
    expression_of(&all(ctx), name_or_arn)
}

fn expression_of(groups: &[Group], name_or_arn: &str) -> Option<String> {
    let group = groups
        .iter()
        .find(|group| group.group_name == name_or_arn || group.group_arn == name_or_arn)?;
    Some(group.filter_expression.clone().unwrap_or_default())
}

/// Returns one of `groups` by its name or ARN.
pub fn find(groups: Vec<Group>, reference: &GroupReference) -> Result<Group, XRayError> {
    check_reference(reference)?;
    let (name, arn) = (&reference.group_name, &reference.group_arn);
    groups
        .into_iter()
        .find(|group| {
            name.as_ref() == Some(&group.group_name) || arn.as_ref() == Some(&group.group_arn)
        })
        .ok_or(XRayError::GroupNotFound)
}

/// Refuses two references, even if both are to the same group, and none.
fn check_reference(reference: &GroupReference) -> Result<(), XRayError> {
    match (&reference.group_name, &reference.group_arn) {
        (Some(_), Some(_)) => Err(XRayError::TwoGroupReferences),
        (None, None) => Err(XRayError::NoReference),
        _ => Ok(()),
    }
}

/// Returns the filter that a group is made or changed with; only the Default group has none.
fn filter_in(expression: Option<String>) -> Result<String, XRayError> {
    let expression = expression.filter(|text| !text.trim().is_empty());
    expression.ok_or(XRayError::NoFilter)
}

/// Returns all groups of the region.
pub fn all(ctx: &Context) -> Vec<Group> {
    let stored = ctx.store().documents(GROUPS, &key(&ctx.region, ""));
    let groups = stored.iter().filter_map(|(_, value)| group_of(value));
    with_default(&ctx.region, groups.collect())
}

fn custom(documents: &Documents, region: &str) -> Vec<Group> {
    let prefix = key(region, "");
    let stored = documents.list(GROUPS, &prefix);
    stored.filter_map(|(_, value)| group_of(value)).collect()
}

fn group_of(value: &serde_json::Value) -> Option<Group> {
    serde::Deserialize::deserialize(value).ok()
}

/// Puts the group in front that every region has. Its ARN, unlike others, has no unique id.
fn with_default(region: &str, mut groups: Vec<Group>) -> Vec<Group> {
    let default = Group {
        group_name: DEFAULT.to_string(),
        group_arn: region::arn("xray", region, "group/Default"),
        filter_expression: None,
        insights_configuration: InsightsConfiguration::default(),
    };
    groups.insert(0, default);
    groups
}

fn put(region: &str, group: &Group) -> Change {
    Change::Put {
        table: GROUPS,
        key: key(region, &group.group_name),
        value: serde_json::json!(group),
    }
}

fn key(region: &str, name: &str) -> String {
    format!("{region}/{name}")
}

fn check_insights(insights: InsightsConfiguration) -> Result<(), XRayError> {
    if insights.notifications_enabled && !insights.insights_enabled {
        return Err(XRayError::Notifications);
    }
    Ok(())
}

/// Refuses a text that is no filter expression.
///
/// One that the real service understands and we do not may be kept: a group can be made here for
/// use there.
fn check_filter(expression: Option<&str>, known: &[Group]) -> Result<(), XRayError> {
    let groups = |name: &str| expression_of(known, name);
    match filter::parse(expression.unwrap_or_default(), &groups) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns what makes the ARN of a group differ from that of an earlier one of the same name.
///
/// The service's are 32 bytes in base32; groups from before that was known here keep their shorter ones.
fn unique_id() -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut random = rand::rng();
    let letter = |_| ALPHABET.get(random.random_range(0..ALPHABET.len()));
    (0..52)
        .filter_map(letter)
        .map(|byte| char::from(*byte))
        .collect()
}
