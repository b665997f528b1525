//! Resource policies: PutResourcePolicy, DeleteResourcePolicy, ListResourcePolicies.
//!
//! A policy says which other services may send traces. It is kept and nothing more: here everybody may.

use serde_json::{Value, json};

use super::server::Context;
use super::server_errors::XRayError;
use super::wire::{
    DeletePolicyRequest, Nothing, PageRequest, PoliciesAnswer, PolicyAnswer, PutPolicyRequest,
    ResourcePolicy, whole_seconds,
};
use crate::model::region::LOCAL_ACCOUNT;
use crate::store::{Change, Documents, Table};

const POLICIES: Table = Table("xray/policy");
/// Source: X-Ray API, PutResourcePolicy, and the same for the size.
const MOST_POLICIES: usize = 5;
const MOST_BYTES: usize = 5 * 1024;

/// Makes or replaces a policy.
pub async fn put(ctx: Context, request: PutPolicyRequest) -> Result<PolicyAnswer, XRayError> {
    let name = request.policy_name;
    if request.policy_document.len() > MOST_BYTES {
        return Err(XRayError::PolicySize(MOST_BYTES));
    }
    let statements = statements(&request.policy_document)?;
    let bypasses = request.bypass_policy_lockout_check.unwrap_or(false);
    if !bypasses && statements.iter().any(locks_out) {
        return Err(XRayError::Lockout);
    }
    let (region, now) = (ctx.region.clone(), whole_seconds(ctx.now));
    let decided = ctx.transact(move |documents| {
        let known = find(documents, &region, &name);
        let prefix = key(&region, "");
        if known.is_none() && documents.list(POLICIES, &prefix).count() >= MOST_POLICIES {
            return Err(XRayError::PolicyCount(MOST_POLICIES));
        }
        // `0` asks that there is none.
        let latest = known.map_or("0".to_string(), |policy| policy.policy_revision_id);
        if request.policy_revision_id.is_some_and(|id| id != latest) {
            return Err(XRayError::PolicyRevision(name));
        }
        let policy = ResourcePolicy {
            policy_revision_id: (latest.parse().unwrap_or(0_u64) + 1).to_string(),
            policy_name: name,
            policy_document: request.policy_document,
            last_updated_time: now,
        };
        let change = Change::Put {
            table: POLICIES,
            key: key(&region, &policy.policy_name),
            value: json!(policy),
        };
        Ok((vec![change], policy))
    });
    Ok(PolicyAnswer {
        resource_policy: decided.await?,
    })
}

/// Takes a policy away. One that is not there is an invalid revision if a revision was asked for, as
/// the model has nothing closer, and otherwise an invalid request.
pub async fn delete(ctx: Context, request: DeletePolicyRequest) -> Result<Nothing, XRayError> {
    let region = ctx.region.clone();
    let decided = ctx.transact(move |documents| {
        let known = find(documents, &region, &request.policy_name);
        let latest = known.as_ref().map(|policy| &policy.policy_revision_id);
        if request.policy_revision_id.is_some() && request.policy_revision_id.as_ref() != latest {
            return Err(XRayError::PolicyRevisionForDeletion(request.policy_name));
        }
        if known.is_none() {
            return Err(XRayError::PolicyNotFound(request.policy_name));
        }
        let key = key(&region, &request.policy_name);
        let table = POLICIES;
        Ok((vec![Change::Delete { table, key }], Nothing {}))
    });
    decided.await
}

/// Returns the policies by name, all at once.
pub async fn list(ctx: Context, request: PageRequest) -> Result<PoliciesAnswer, XRayError> {
    if request.next_token.is_some() {
        return Err(XRayError::PolicyToken);
    }
    let stored = ctx.store().documents(POLICIES, &key(&ctx.region, ""));
    let policies = stored.iter().filter_map(|(_, value)| policy_of(value));
    let mut policies: Vec<ResourcePolicy> = policies.collect();
    policies.sort_by(|a, b| a.policy_name.cmp(&b.policy_name));
    Ok(PoliciesAnswer {
        resource_policies: policies,
        next_token: None,
    })
}

fn find(documents: &Documents, region: &str, name: &str) -> Option<ResourcePolicy> {
    policy_of(documents.get(POLICIES, &key(region, name))?)
}

fn policy_of(value: &Value) -> Option<ResourcePolicy> {
    serde::Deserialize::deserialize(value).ok()
}

fn key(region: &str, name: &str) -> String {
    format!("{region}/{name}")
}

/// Returns the statements of a policy document.
fn statements(document: &str) -> Result<Vec<Value>, XRayError> {
    let document: Value = serde_json::from_str(document).map_err(|_| XRayError::PolicyJson)?;
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement @ Value::Object(_)) => vec![statement.clone()],
        _ => Vec::new(),
    };
    if statements.is_empty() {
        return Err(XRayError::PolicyDocument("has no Statement"));
    }
    let has_effect = |statement: &Value| {
        let effect = statement.get("Effect").and_then(Value::as_str);
        matches!(effect, Some("Allow" | "Deny"))
    };
    if !statements.iter().all(has_effect) {
        return Err(XRayError::PolicyDocument(
            "has a Statement whose Effect is neither Allow nor Deny",
        ));
    }
    Ok(statements)
}

/// Tells whether a statement forbids the local account to call PutResourcePolicy.
///
/// A condition may let the caller through, so a statement that has one is not taken for a lockout.
fn locks_out(statement: &Value) -> bool {
    let texts = |value: Option<&Value>| -> Vec<String> {
        match value {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(texts)) => {
                let texts = texts.iter().filter_map(Value::as_str);
                texts.map(str::to_string).collect()
            }
            _ => Vec::new(),
        }
    };
    let principal = statement.get("Principal");
    let principals = match principal {
        Some(Value::Object(kinds)) => texts(kinds.get("AWS")),
        other => texts(other),
    };
    let is_caller = |principal: &String| {
        principal == "*"
            || principal == LOCAL_ACCOUNT
            || principal.starts_with(&format!("arn:aws:iam::{LOCAL_ACCOUNT}:"))
    };
    let is_meant = |action: &String| {
        let meant = ["*", "xray:*", "xray:put*", "xray:putresourcepolicy"];
        meant.contains(&action.to_ascii_lowercase().as_str())
    };
    statement.get("Effect").and_then(Value::as_str) == Some("Deny")
        && statement.get("Condition").is_none()
        && principals.iter().any(is_caller)
        && texts(statement.get("Action")).iter().any(is_meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_denial_of_the_caller_without_condition_locks_out() {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "xray:*", "Resource": "*"});
        assert!(locks_out(&deny));
        let changed = |member: &str, value: Value| {
            let mut statement = deny.clone();
            statement[member] = value;
            locks_out(&statement)
        };
        assert!(changed("Principal", json!({"AWS": ["123456789012"]})));
        assert!(changed(
            "Action",
            json!(["logs:*", "xray:PutResourcePolicy"])
        ));
        assert!(!changed("Effect", json!("Allow")));
        assert!(!changed(
            "Principal",
            json!({"Service": "sns.amazonaws.com"})
        ));
        assert!(!changed("Action", json!("xray:PutTraceSegments")));
        assert!(!changed(
            "Condition",
            json!({"StringLike": {"aws:SourceArn": "x"}})
        ));
    }

    #[test]
    fn a_policy_has_statements_that_allow_or_deny() {
        for (document, expected) in [
            ("{", Some("the policy document is not JSON")),
            ("[]", Some("the policy document has no Statement")),
            (
                r#"{"Statement": []}"#,
                Some("the policy document has no Statement"),
            ),
            (
                r#"{"Statement": [{"Effect": "Maybe"}]}"#,
                Some("the policy document has a Statement whose Effect is neither Allow nor Deny"),
            ),
            (r#"{"Statement": {"Effect": "Allow"}}"#, None),
        ] {
            let error = statements(document).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), expected, "{document}");
        }
    }
}
