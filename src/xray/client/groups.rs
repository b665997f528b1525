//! Groups: asking for them, making and changing them.

use super::XRayClient;
use crate::aws::{AwsError, classify};

/// A group as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Which traces it has; `None` for all.
    pub filter_expression: Option<String>,
}

impl XRayClient {
    /// Returns all groups, the Default group among them.
    pub async fn groups(&self) -> Result<Vec<Group>, AwsError> {
        let mut groups = Vec::new();
        let mut pages = self.client.get_groups().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(classify)?;
            groups.extend(page.groups.into_iter().flatten().map(|group| Group {
                name: group.group_name.unwrap_or_default(),
                arn: group.group_arn.unwrap_or_default(),
                filter_expression: group.filter_expression.filter(|text| !text.is_empty()),
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

    /// Makes a group.
    pub async fn create_group(&self, name: &str, filter_expression: &str) -> Result<(), AwsError> {
        let call = self.client.create_group().group_name(name);
        let sent = call.filter_expression(filter_expression).send().await;
        sent.map(drop).map_err(classify)
    }

    /// Changes the filter of a group.
    pub async fn update_group(&self, name: &str, filter_expression: &str) -> Result<(), AwsError> {
        let call = self.client.update_group().group_name(name);
        let sent = call.filter_expression(filter_expression).send().await;
        sent.map(drop).map_err(classify)
    }
}
