//! Settings of a region: encryption, indexing rules, the destination of segments.
//!
//! They are kept and answered as X-Ray does, so that a program that sets them up can be tried here.
//! They change nothing about what the stack stores: all of it, unencrypted, in one place.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::server::Context;
use super::server_errors::XRayError;
use super::server_pages::only_page;
use super::wire::{
    DestinationAnswer, DestinationRequest, EncryptionAnswer, EncryptionConfig, EncryptionRequest,
    IndexingRule, IndexingRuleAnswer, IndexingRuleRequest, IndexingRuleValue, IndexingRulesAnswer,
    Nothing, PageRequest, Percentage, whole_seconds,
};
use crate::model::time::SECOND;
use crate::store::{Change, Documents, Table};

// Each has the region for its key.
const ENCRYPTION: Table = Table("xray/encryption");
const DESTINATION: Table = Table("xray/destination");
const INDEXING: Table = Table("xray/indexing");

/// How long a change is said to be under way. X-Ray needs minutes; this is long enough for a client
/// to see it once and short enough for a test to wait for its end.
const CHANGE_TAKES: i64 = 2 * SECOND;
/// The indexing rule that is always there.
const DEFAULT: &str = "Default";
/// The share of spans that X-Ray indexes unless told otherwise.
const DEFAULT_PERCENTAGE: f64 = 1.0;

/// A setting as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Setting {
    value: String,
    /// The key of an encryption.
    key_id: Option<String>,
    /// Nanoseconds since the epoch.
    changed_at: Option<i64>,
}

impl Setting {
    fn initial(value: &str) -> Setting {
        Setting {
            value: value.to_string(),
            key_id: None,
            changed_at: None,
        }
    }

    fn status(&self, now: i64, under_way: &'static str) -> &'static str {
        let since = self.changed_at.map(|at| now.saturating_sub(at));
        match since {
            Some(since) if since < CHANGE_TAKES => under_way,
            _ => "ACTIVE",
        }
    }
}

/// Says how data is encrypted.
pub async fn encryption(ctx: Context, _: Nothing) -> Result<EncryptionAnswer, XRayError> {
    let setting = stored(&ctx, ENCRYPTION).unwrap_or_else(|| Setting::initial("NONE"));
    Ok(encryption_answer(setting, ctx.now))
}

/// Sets how data is encrypted.
pub async fn put_encryption(
    ctx: Context,
    request: EncryptionRequest,
) -> Result<EncryptionAnswer, XRayError> {
    let wrong_key = |allowed| XRayError::Value {
        member: "KeyId",
        allowed,
    };
    match (request.kind.as_str(), request.key_id.as_deref()) {
        ("KMS", None) => return Err(wrong_key("given when Type is KMS")),
        ("NONE", Some(_)) => return Err(wrong_key("left out when Type is NONE")),
        _ => {}
    }
    let setting = Setting {
        value: request.kind,
        key_id: request.key_id,
        changed_at: Some(ctx.now),
    };
    let put = put(ENCRYPTION, &ctx.region, &setting);
    ctx.transact(|_| Ok((vec![put], ()))).await?;
    Ok(encryption_answer(setting, ctx.now))
}

fn encryption_answer(setting: Setting, now: i64) -> EncryptionAnswer {
    EncryptionAnswer {
        encryption_config: EncryptionConfig {
            status: setting.status(now, "UPDATING"),
            key_id: setting.key_id,
            kind: setting.value,
        },
    }
}

/// Says where segments go.
pub async fn destination(ctx: Context, _: Nothing) -> Result<DestinationAnswer, XRayError> {
    let setting = stored(&ctx, DESTINATION).unwrap_or_else(|| Setting::initial("XRay"));
    Ok(destination_answer(setting, ctx.now))
}

/// Sets where segments go; where they already go, nothing changes.
pub async fn update_destination(
    ctx: Context,
    request: DestinationRequest,
) -> Result<DestinationAnswer, XRayError> {
    let wanted = request.destination.ok_or(XRayError::Value {
        member: "Destination",
        allowed: "XRay or CloudWatchLogs",
    })?;
    let (region, now) = (ctx.region.clone(), ctx.now);
    let decided = ctx.transact(move |documents| {
        let before = read(documents, DESTINATION, &region);
        let before = before.unwrap_or_else(|| Setting::initial("XRay"));
        if before.value == wanted {
            return Ok((Vec::new(), before));
        }
        let setting = Setting {
            value: wanted,
            key_id: None,
            changed_at: Some(now),
        };
        Ok((vec![put(DESTINATION, &region, &setting)], setting))
    });
    Ok(destination_answer(decided.await?, ctx.now))
}

fn destination_answer(setting: Setting, now: i64) -> DestinationAnswer {
    DestinationAnswer {
        status: setting.status(now, "PENDING"),
        destination: setting.value,
    }
}

/// Returns the only indexing rule there is.
pub async fn indexing_rules(
    ctx: Context,
    request: PageRequest,
) -> Result<IndexingRulesAnswer, XRayError> {
    only_page(request.next_token.as_deref())?;
    let stored = ctx.store().document(INDEXING, &ctx.region);
    let known = stored.and_then(|value| Deserialize::deserialize(&*value).ok());
    let (percentage, modified_at) = known.unwrap_or((DEFAULT_PERCENTAGE, 0.0));
    Ok(IndexingRulesAnswer {
        indexing_rules: vec![indexing_rule(percentage, modified_at)],
        next_token: None,
    })
}

/// Changes the share of spans that is to be indexed.
pub async fn update_indexing_rule(
    ctx: Context,
    request: IndexingRuleRequest,
) -> Result<IndexingRuleAnswer, XRayError> {
    if request.name != DEFAULT {
        return Err(XRayError::NotThere {
            kind: "the indexing rule",
            name: request.name,
        });
    }
    let wanted = request.rule.probabilistic;
    let percentage = wanted.map(|wanted| wanted.desired_sampling_percentage);
    let percentage = percentage.filter(|percentage| (0.0..=100.0).contains(percentage));
    let percentage = percentage.ok_or(XRayError::Value {
        member: "Rule.Probabilistic.DesiredSamplingPercentage",
        allowed: "0 to 100",
    })?;
    let modified_at = whole_seconds(ctx.now);
    let change = Change::Put {
        table: INDEXING,
        key: ctx.region.clone(),
        value: json!([percentage, modified_at]),
    };
    ctx.transact(|_| Ok((vec![change], ()))).await?;
    Ok(IndexingRuleAnswer {
        indexing_rule: indexing_rule(percentage, modified_at),
    })
}

fn indexing_rule(percentage: f64, modified_at: f64) -> IndexingRule {
    IndexingRule {
        name: DEFAULT.to_string(),
        modified_at,
        rule: IndexingRuleValue {
            probabilistic: Percentage {
                desired_sampling_percentage: percentage,
                actual_sampling_percentage: percentage,
            },
        },
    }
}

fn stored(ctx: &Context, table: Table) -> Option<Setting> {
    let value = ctx.store().document(table, &ctx.region)?;
    Setting::deserialize(&*value).ok()
}

fn read(documents: &Documents, table: Table, region: &str) -> Option<Setting> {
    Setting::deserialize(documents.get(table, region)?).ok()
}

fn put(table: Table, region: &str, setting: &Setting) -> Change {
    Change::Put {
        table,
        key: region.to_string(),
        value: json!(setting),
    }
}
