//! Log groups of the local CloudWatch Logs, and how long each keeps its lines.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::server_refusal::{Refusal, check_group_name, check_retention, page_limit, required};
use super::server_state::{Call, GROUPS, Group, STREAMS, parsed, put};
use super::wire::{
    CreateLogGroup, DescribeLogGroups, EVENT_OVERHEAD_BYTES, GroupName, PAGE_MAX_NAMES,
    PutRetentionPolicy,
};
use crate::model::span::Lens;
use crate::store::{Change, Column, Part};

const CLASSES: [&str; 4] = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"];

/// CreateLogGroup.
pub async fn create(call: &Call<'_>, request: CreateLogGroup) -> Result<(), Refusal> {
    let name = required("logGroupName", &request.log_group_name)?;
    check_group_name(name)?;
    let class = request
        .log_group_class
        .unwrap_or_else(|| "STANDARD".to_string());
    check_class(&class)?;
    let group = Group {
        created_ms: call.now_ms,
        retention_days: None,
        class,
        kms_key_id: request.kms_key_id,
        is_protected: request.deletion_protection_enabled.unwrap_or(false),
        tags: request.tags.unwrap_or_default(),
    };
    let key = call.group_key(name);
    let created = call.store.transact(|documents| {
        if documents.get(GROUPS, &key).is_some() {
            return Err(Refusal::GroupExists);
        }
        Ok((vec![put(GROUPS, key.clone(), &group)?], ()))
    });
    created.await?
}

/// DescribeLogGroups: sorted by name; the token is the last name given.
pub async fn describe(call: &Call<'_>, request: DescribeLogGroups) -> Result<Value, Refusal> {
    if request.log_group_name_prefix.is_some() && request.log_group_name_pattern.is_some() {
        return Err(Refusal::PrefixAndPattern);
    }
    let limit = page_limit(request.limit, PAGE_MAX_NAMES)?;
    if let Some(class) = &request.log_group_class {
        check_class(class)?;
    }
    let after = request.next_token.unwrap_or_default();
    if !after.is_empty() && check_group_name(&after).is_err() {
        return Err(Refusal::BadToken);
    }
    let prefix = request.log_group_name_prefix.unwrap_or_default();
    let pattern = request.log_group_name_pattern;
    let identifiers = request.log_group_identifiers;
    let is_asked = |name: &str, group: &Group| {
        let is_named = |identifiers: &Vec<String>| {
            identifiers
                .iter()
                .any(|identifier| call.name_of(identifier) == Some(name))
        };
        name > after.as_str()
            && pattern
                .as_ref()
                .is_none_or(|pattern| name.contains(pattern.as_str()))
            && request
                .log_group_class
                .as_ref()
                .is_none_or(|class| *class == group.class)
            && identifiers.as_ref().is_none_or(is_named)
    };

    let start = call.group_key("");
    let documents = call.store.documents(GROUPS, &call.group_key(&prefix));
    let mut asked = documents.iter().filter_map(|(key, document)| {
        let name = key.strip_prefix(&start)?;
        let group = parsed(document)?;
        is_asked(name, &group).then_some((name, group))
    });
    let page: Vec<(&str, Group)> = asked.by_ref().take(limit).collect();
    let has_more = asked.next().is_some();

    let bytes = page.iter().map(|(name, _)| stored_bytes(&call.parts(name)));
    let entries = page.iter().zip(bytes).map(|((name, group), bytes)| {
        // A search by pattern leaves two members out; recorded from the real service.
        entry(call, name, group, pattern.is_none().then_some(bytes))
    });
    let mut answer = json!({"logGroups": entries.collect::<Vec<Value>>()});
    if let (true, Some((last, _))) = (has_more, page.last()) {
        answer["nextToken"] = json!(last);
    }
    Ok(answer)
}

/// DeleteLogGroup: with its streams and lines.
pub async fn delete(call: &Call<'_>, request: GroupName) -> Result<(), Refusal> {
    let name = required("logGroupName", &request.log_group_name)?;
    if call.group(name)?.is_protected {
        return Err(Refusal::Protected);
    }
    // The lines go first: once the document is gone, somebody may make the group again and write to
    // it, and those lines must stay. A line that comes in between is hidden by its stream's start.
    call.store
        .delete_events(Lens::Logs, &call.group_key(name))
        .await?;
    let (key, streams) = (call.group_key(name), call.stream_key(name, ""));
    let deleted = call.store.transact(|documents| {
        if documents.get(GROUPS, &key).is_none() {
            return Err(Refusal::NoGroup);
        }
        let streams = documents.list(STREAMS, &streams);
        let mut changes: Vec<Change> = streams
            .map(|(key, _)| Change::Delete {
                table: STREAMS,
                key: key.to_string(),
            })
            .collect();
        changes.push(Change::Delete {
            table: GROUPS,
            key: key.clone(),
        });
        Ok((changes, ()))
    });
    deleted.await?
}

/// PutRetentionPolicy.
pub async fn put_retention(call: &Call<'_>, request: PutRetentionPolicy) -> Result<(), Refusal> {
    let name = required("logGroupName", &request.log_group_name)?;
    let days = check_retention(*required("retentionInDays", &request.retention_in_days)?)?;
    call.change_group(name, |group| {
        group.retention_days = Some(days);
        Ok(())
    })
    .await
}

/// DeleteRetentionPolicy: lines are kept for ever from now on.
pub async fn delete_retention(call: &Call<'_>, request: GroupName) -> Result<(), Refusal> {
    let name = required("logGroupName", &request.log_group_name)?;
    call.change_group(name, |group| {
        group.retention_days = None;
        Ok(())
    })
    .await
}

fn check_class(class: &str) -> Result<(), Refusal> {
    if CLASSES.contains(&class) {
        return Ok(());
    }
    let constraint = format!(
        "Member must satisfy enum value set: [{}]",
        CLASSES.join(", ")
    );
    Err(Refusal::constraint(class, "logGroupClass", constraint))
}

fn entry(call: &Call<'_>, name: &str, group: &Group, bytes: Option<u64>) -> Value {
    let arn = call.group_arn(name);
    let mut entry = Map::new();
    let mut set = |member: &str, value: Value| entry.insert(member.to_string(), value);
    set("arn", json!(format!("{arn}:*")));
    set("creationTime", json!(group.created_ms));
    set("logGroupArn", json!(arn));
    set("logGroupClass", json!(group.class));
    set("logGroupName", json!(name));
    set("metricFilterCount", json!(0));
    if let Some(bytes) = bytes {
        set("deletionProtectionEnabled", json!(group.is_protected));
        set("storedBytes", json!(bytes));
    }
    if let Some(days) = group.retention_days {
        set("retentionInDays", json!(days));
    }
    if let Some(key) = &group.kms_key_id {
        set("kmsKeyId", json!(key));
    }
    Value::Object(entry)
}

/// Counts the bytes of all lines, as the service counts them.
fn stored_bytes(parts: &[Arc<Part>]) -> u64 {
    let of_part = |part: &Arc<Part>| {
        let messages = part.columns_named("message");
        let overhead = part.len() as u64 * EVENT_OVERHEAD_BYTES as u64;
        messages.iter().map(Column::text_bytes).sum::<u64>() + overhead
    };
    parts.iter().map(of_part).sum()
}
