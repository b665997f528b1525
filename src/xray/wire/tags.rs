//! Tags as they travel.

use serde::{Deserialize, Serialize};

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// Up to 256 characters.
    pub value: String,
}

/// TagResource.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagRequest {
    /// Of a group or a rule.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: String,
    /// Added to those that are there.
    pub tags: Vec<Tag>,
}

/// UntagResource.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagRequest {
    /// Of a group or a rule.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: String,
    /// The keys of the tags to take away.
    pub tag_keys: Vec<String>,
}

/// ListTagsForResource.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagsRequest {
    /// Of a group or a rule.
    #[serde(rename = "ResourceARN")]
    pub resource_arn: String,
}

/// The answer of ListTagsForResource; fifty tags fit on one page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagsAnswer {
    /// Sorted by key.
    pub tags: Vec<Tag>,
    /// Always null.
    pub next_token: Option<String>,
}
