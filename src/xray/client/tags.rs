//! Tags of groups and rules, by ARN.

use aws_sdk_xray::types::Tag;

use super::{XRayClient, odd};
use crate::aws::{AwsError, classify};
use crate::model::wanted::Tags;

impl XRayClient {
    /// Returns the tags of a group or a rule.
    pub async fn tags(&self, arn: &str) -> Result<Tags, AwsError> {
        let mut tags = Tags::new();
        let call = self.client.list_tags_for_resource().resource_arn(arn);
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(classify)?;
            let found = page.tags.into_iter().flatten();
            tags.extend(found.map(|tag| (tag.key, tag.value)));
        }
        Ok(tags)
    }

    /// Adds tags to a group or a rule.
    pub async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), AwsError> {
        let call = self.client.tag_resource().resource_arn(arn);
        let sent = call.set_tags(Some(list(tags)?)).send().await;
        sent.map(drop).map_err(classify)
    }
}

/// Returns tags as the SDK has them.
pub(super) fn list(tags: &Tags) -> Result<Vec<Tag>, AwsError> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(|pair| tag(pair).map_err(odd)).collect()
}
