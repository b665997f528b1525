//! Encryption, indexing rules and the destination of segments as they travel.

use serde::{Deserialize, Serialize};

/// PutEncryptionConfig.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionRequest {
    /// `NONE` or `KMS`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// With `KMS`: a key's id, ARN or alias, 1 to 3000 characters.
    pub key_id: Option<String>,
}

/// How data is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionConfig {
    /// The key as it was given, with `KMS`; else null.
    pub key_id: Option<String>,
    /// `UPDATING` or `ACTIVE`.
    pub status: &'static str,
    /// `NONE` or `KMS`.
    #[serde(rename = "Type")]
    pub kind: String,
}

/// The answer about encryption.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionAnswer {
    /// How data is encrypted.
    pub encryption_config: EncryptionConfig,
}

/// UpdateTraceSegmentDestination.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DestinationRequest {
    /// `XRay` or `CloudWatchLogs`. Which key CloudWatch Logs is to use for spans is not kept here.
    pub destination: Option<String>,
}

/// Where segments go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DestinationAnswer {
    /// `XRay` or `CloudWatchLogs`.
    pub destination: String,
    /// `PENDING` or `ACTIVE`.
    pub status: &'static str,
}

/// UpdateIndexingRule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexingRuleRequest {
    /// Which rule.
    pub name: String,
    /// What it shall say.
    pub rule: IndexingRuleUpdate,
}

/// What an indexing rule shall say.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexingRuleUpdate {
    /// The only kind there is.
    pub probabilistic: Option<DesiredPercentage>,
}

/// The share of spans that shall be indexed.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DesiredPercentage {
    /// 0 to 100.
    pub desired_sampling_percentage: f64,
}

/// A rule that says which spans are indexed as traces.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexingRule {
    /// Its name.
    pub name: String,
    /// Seconds since the epoch; 0 if it never changed.
    pub modified_at: f64,
    /// What it says.
    pub rule: IndexingRuleValue,
}

/// What an indexing rule says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexingRuleValue {
    /// The only kind there is.
    pub probabilistic: Percentage,
}

/// The share of spans that is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Percentage {
    /// What is wanted, 0 to 100.
    pub desired_sampling_percentage: f64,
    /// What is done, 0 to 100.
    pub actual_sampling_percentage: f64,
}

/// The answer to GetIndexingRules; all fit on one page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexingRulesAnswer {
    /// The rules.
    pub indexing_rules: Vec<IndexingRule>,
    /// Always null.
    pub next_token: Option<String>,
}

/// The answer to UpdateIndexingRule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexingRuleAnswer {
    /// The rule.
    pub indexing_rule: IndexingRule,
}
