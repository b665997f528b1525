//! Groups: asking for them, making and changing them.

use aws_sdk_xray::types::InsightsConfiguration;

use super::XRayClient;
use super::tags::list;
use crate::aws::{AwsError, classify};
use crate::model::wanted::{Insights, Tags, WantedGroup};

/// A group as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Which traces it has; `None` for all.
    pub filter_expression: Option<String>,
    /// Whether X-Ray looks for anomalies.
    pub insights: Insights,
}

impl XRayClient {
    /// Returns all groups, the Default group among them.
    pub async fn groups(&self) -> Result<Vec<Group>, AwsError> {
        let mut groups = Vec::new();
        let mut pages = self.client.get_groups().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(classify)?;
            groups.extend(page.groups.into_iter().flatten().map(|group| {
                Group {
                    name: group.group_name.unwrap_or_default(),
                    arn: group.group_arn.unwrap_or_default(),
                    filter_expression: group.filter_expression.filter(|text| !text.is_empty()),
                    insights: group.insights_configuration.map_or_else(
                        Insights::default,
                        |insights| Insights {
                            is_enabled: insights.insights_enabled.unwrap_or(false),
                            notifies: insights.notifications_enabled.unwrap_or(false),
                        },
                    ),
                }
            }));
        }
        Ok(groups)
    }

    /// Returns the group called `name`.
    ///
    /// Looks through the list, because the service has no code of its own for "not found".
    pub async fn group(&self, name: &str) -> Result<Option<Group>, AwsError> {
        let groups = self.groups().await?;
        Ok(groups.into_iter().find(|group| group.name == name))
    }

    /// Makes a group with these tags.
    pub async fn create_group(&self, group: &WantedGroup, tags: &Tags) -> Result<(), AwsError> {
        let filter = Some(group.filter_expression.clone()).filter(|text| !text.is_empty());
        let call = self.client.create_group().group_name(&group.name);
        let call = call
            .set_filter_expression(filter)
            .set_insights_configuration(group.insights.map(insights_of))
            .set_tags(Some(list(tags)?).filter(|tags| !tags.is_empty()));
        call.send().await.map(drop).map_err(classify)
    }

    /// Changes the filter of a group, and its insights if they are named.
    pub async fn update_group(&self, group: &WantedGroup) -> Result<(), AwsError> {
        let call = self.client.update_group().group_name(&group.name);
        let call = call
            .filter_expression(&group.filter_expression)
            .set_insights_configuration(group.insights.map(insights_of));
        call.send().await.map(drop).map_err(classify)
    }

    /// Takes a group away.
    pub async fn delete_group(&self, name: &str) -> Result<(), AwsError> {
        let sent = self.client.delete_group().group_name(name).send().await;
        sent.map(drop).map_err(classify)
    }
}

fn insights_of(insights: Insights) -> InsightsConfiguration {
    InsightsConfiguration::builder()
        .insights_enabled(insights.is_enabled)
        .notifications_enabled(insights.notifies)
        .build()
}
