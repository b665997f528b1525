//! Groups as they travel.

use serde::{Deserialize, Serialize};

use super::Tag;

/// What names a group: one of the two.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupReference {
    /// Its name.
    pub group_name: Option<String>,
    /// Its ARN.
    #[serde(rename = "GroupARN")]
    pub group_arn: Option<String>,
}

/// CreateGroup and UpdateGroup.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupRequest {
    /// The group; a new one is named and has no ARN yet.
    #[serde(flatten)]
    pub reference: GroupReference,
    /// Which traces it has.
    pub filter_expression: Option<String>,
    /// Whether X-Ray looks for anomalies.
    pub insights_configuration: Option<InsightsConfiguration>,
    /// Tags of a new group.
    pub tags: Option<Vec<Tag>>,
}

/// Whether X-Ray looks for anomalies, and says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InsightsConfiguration {
    /// It looks.
    pub insights_enabled: bool,
    /// It says so.
    pub notifications_enabled: bool,
}

/// A group; also the form in which it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Group {
    /// Its name.
    pub group_name: String,
    /// Its ARN.
    #[serde(rename = "GroupARN")]
    pub group_arn: String,
    /// Which traces it has; null in the Default group.
    pub filter_expression: Option<String>,
    /// Whether X-Ray looks for anomalies.
    pub insights_configuration: InsightsConfiguration,
}

/// The answer about one group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupAnswer {
    /// The group.
    pub group: Group,
}

/// GetGroups.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupsAnswer {
    /// The groups.
    pub groups: Vec<Group>,
    /// Always null: all groups come at once.
    pub next_token: Option<String>,
}
