//! Log groups of the local CloudWatch Logs, and how long each keeps its lines.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::server_refusal::{
    Refusal, check_group_name, check_retention, check_tags, limit_of, page_limit, required,
};
use super::server_state::{Call, GROUPS, Group, STREAMS, parsed, put};
use super::server_token::{open, seal};
use super::wire::{
    CreateLogGroup, DeletionProtection, DescribeLogGroups, EVENT_OVERHEAD_BYTES, GroupName, KmsKey,
    ListLogGroups, PAGE_MAX_NAMES, PutRetentionPolicy,
};
use crate::model::region::LOCAL_ACCOUNT;
use crate::model::span::Lens;
use crate::store::{Change, Column, Part};

/// The most log groups in one answer of ListLogGroups. Ours: the model allows 1,000 to be asked for.
const LIST_MAX_NAMES: usize = 1_000;

/// CreateLogGroup.
pub async fn create(call: &Call<'_>, request: CreateLogGroup) -> Result<(), Refusal> {
    let name = required("logGroupName", &request.log_group_name)?;
    check_group_name(name)?;
    let class = request
        .log_group_class
        .unwrap_or_else(|| "STANDARD".to_string());
    if let Some(tags) = &request.tags {
        check_tags(tags)?;
    }
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
    let has_others = request.log_group_name_prefix.is_some()
        || request.log_group_name_pattern.is_some()
        || request.log_group_class.is_some();
    if request.log_group_identifiers.is_some() && has_others {
        return Err(Refusal::IdentifiersAndMore);
    }
    let parameters = json!([
        call.region,
        request.log_group_name_prefix,
        request.log_group_name_pattern,
        request.log_group_identifiers,
        request.log_group_class,
        request.account_identifiers,
    ]);
    let after = open(
        "DescribeLogGroups",
        &parameters,
        request.next_token.as_deref(),
    )?;
    let after = after.unwrap_or_default();
    if !has_account(
        request.include_linked_accounts,
        &request.account_identifiers,
    ) {
        return Ok(json!({"logGroups": []}));
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
    // A search by pattern gives a token even after the last match; recorded from the real service.
    let has_token = has_more || pattern.is_some();
    if let (true, Some((last, _))) = (has_token, page.last()) {
        answer["nextToken"] = json!(seal("DescribeLogGroups", &parameters, last));
    }
    Ok(answer)
}

/// ListLogGroups: sorted by name; `logGroupNamePattern` is up to five parts of names, or with `^` beginnings.
pub fn list(call: &Call<'_>, request: ListLogGroups) -> Result<Value, Refusal> {
    let limit = limit_of("limit", request.limit, LIST_MAX_NAMES)?;
    let parameters = json!([
        call.region,
        request.log_group_name_pattern,
        request.log_group_class,
        request.account_identifiers,
        request.data_sources,
        request.field_index_names,
        request.log_group_tags,
    ]);
    let after = open("ListLogGroups", &parameters, request.next_token.as_deref())?;
    let after = after.unwrap_or_default();
    // Lines of a local group come from no data source, and no field of theirs has an index.
    let can_match = request.data_sources.is_none()
        && request.field_index_names.is_none()
        && has_account(
            request.include_linked_accounts,
            &request.account_identifiers,
        );
    let is_asked = |name: &str, group: &Group| {
        let pattern = request.log_group_name_pattern.as_deref();
        let class = request.log_group_class.as_deref();
        let mut tags = request.log_group_tags.iter().flatten();
        can_match
            && name > after.as_str()
            && pattern.is_none_or(|pattern| is_named(name, pattern))
            && class.is_none_or(|class| class == group.class)
            && tags.all(|filter| filter.holds(&group.tags))
    };
    let start = call.group_key("");
    let documents = call.store.documents(GROUPS, &start);
    let mut asked = documents.iter().filter_map(|(key, document)| {
        let name = key.strip_prefix(&start)?;
        let group = parsed(document)?;
        is_asked(name, &group).then_some((name, group))
    });
    let page: Vec<(&str, Group)> = asked.by_ref().take(limit).collect();
    let summaries = page.iter().map(|(name, group)| {
        json!({
            "logGroupName": name,
            "logGroupArn": call.group_arn(name),
            "logGroupClass": group.class,
        })
    });
    let mut answer = json!({"logGroups": summaries.collect::<Vec<Value>>()});
    if let (Some(_), Some((last, _))) = (asked.next(), page.last()) {
        answer["nextToken"] = json!(seal("ListLogGroups", &parameters, last));
    }
    Ok(answer)
}

// Tells whether a name has one of the parts of a pattern, or begins with one after `^`.
fn is_named(name: &str, pattern: &str) -> bool {
    pattern.split('|').any(|part| match part.strip_prefix('^') {
        Some(beginning) => name.starts_with(beginning),
        None => name.contains(part),
    })
}

// Other accounts are linked to none here. Account ids count only where linked accounts are included.
fn has_account(includes_linked: Option<bool>, accounts: &Option<Vec<String>>) -> bool {
    let accounts = accounts.as_deref().unwrap_or_default();
    let is_own = accounts.iter().any(|account| account == LOCAL_ACCOUNT);
    includes_linked != Some(true) || accounts.is_empty() || is_own
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

/// AssociateKmsKey: the key is kept and given back; nothing here is encrypted with it.
pub async fn associate_key(call: &Call<'_>, request: KmsKey) -> Result<(), Refusal> {
    let key = required("kmsKeyId", &request.kms_key_id)?;
    let name = keyed_group(call, &request)?;
    call.change_group(&name, |group| {
        group.kms_key_id = Some(key.clone());
        Ok(())
    })
    .await
}

/// DisassociateKmsKey.
pub async fn disassociate_key(call: &Call<'_>, request: KmsKey) -> Result<(), Refusal> {
    let name = keyed_group(call, &request)?;
    call.change_group(&name, |group| {
        group.kms_key_id = None;
        Ok(())
    })
    .await
}

/// PutLogGroupDeletionProtection.
pub async fn protect(call: &Call<'_>, request: DeletionProtection) -> Result<(), Refusal> {
    let member = "deletionProtectionEnabled";
    let is_protected = *required(member, &request.deletion_protection_enabled)?;
    let identifier = required("logGroupIdentifier", &request.log_group_identifier)?;
    let name = call.name_of(identifier).ok_or(Refusal::NoGroup)?;
    call.change_group(name, |group| {
        group.is_protected = is_protected;
        Ok(())
    })
    .await
}

// Query results may have a key too, but here none are kept.
fn keyed_group(call: &Call<'_>, request: &KmsKey) -> Result<String, Refusal> {
    match (&request.log_group_name, &request.resource_identifier) {
        (Some(name), None) => Ok(name.clone()),
        (None, Some(identifier)) => {
            let is_arn = identifier.starts_with("arn:");
            let name = call.name_of(identifier).filter(|_| is_arn);
            let other = || Refusal::KeyForOther {
                identifier: identifier.clone(),
            };
            name.map(str::to_string).ok_or_else(other)
        }
        _ => Err(Refusal::KeyForWhat),
    }
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
    let pieces = parts.iter().flat_map(Part::known_pieces);
    pieces.map(|part| of_part(&part)).sum()
}
