//! Resource policies as they travel.

use serde::{Deserialize, Serialize};

/// PutResourcePolicy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutPolicyRequest {
    /// 1 to 128 characters.
    pub policy_name: String,
    /// JSON in a string.
    pub policy_document: String,
    /// The revision that is replaced; `0` if none may be there.
    pub policy_revision_id: Option<String>,
    /// Take a policy also if it keeps everybody from changing it.
    #[serde(default)]
    pub bypass_policy_lockout_check: Option<bool>,
}

/// DeleteResourcePolicy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeletePolicyRequest {
    /// Which policy.
    pub policy_name: String,
    /// The revision that is deleted.
    pub policy_revision_id: Option<String>,
}

/// A policy; also the form in which it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourcePolicy {
    /// Its name.
    pub policy_name: String,
    /// JSON in a string, as it was given.
    pub policy_document: String,
    /// A number that grows with each change.
    pub policy_revision_id: String,
    /// Whole seconds since the epoch.
    pub last_updated_time: f64,
}

/// The answer to PutResourcePolicy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyAnswer {
    /// The policy.
    pub resource_policy: ResourcePolicy,
}

/// The answer to ListResourcePolicies.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PoliciesAnswer {
    /// The policies.
    pub resource_policies: Vec<ResourcePolicy>,
    /// Always null.
    pub next_token: Option<String>,
}
