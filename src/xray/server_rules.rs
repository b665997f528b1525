//! Sampling rules: CreateSamplingRule, GetSamplingRules, UpdateSamplingRule, DeleteSamplingRule.

use super::rule_limits::violations;
use super::server::Context;
use super::server_errors::{QUOTA, XRayError};
use super::server_pages::Pages;
use super::server_tags;
use super::wire::{
    CreateRuleRequest, PageRequest, RuleAnswer, RuleRecord, RuleReference, RuleShape, RulesAnswer,
    UpdateRuleRequest, whole_seconds,
};
use crate::model::region;
use crate::model::sampling::SamplingRule;
use crate::store::{Change, Documents, Table};

const RULES: Table = Table("xray/rule");
/// By region: when a rule was made, changed or deleted last, seconds since the epoch.
const RULES_MODIFIED: Table = Table("xray/rules-modified");
const DEFAULT: &str = "Default";

/// Makes a rule.
pub async fn create(ctx: Context, request: CreateRuleRequest) -> Result<RuleAnswer, XRayError> {
    let rule = new_rule(&ctx.region, request.sampling_rule)?;
    if rule.rule_name == DEFAULT {
        return Err(XRayError::ReservedName);
    }
    check(&rule)?;
    let (region, now) = (ctx.region.clone(), whole_seconds(ctx.now));
    let tags = server_tags::of_new(&arn(&region, &rule.rule_name), request.tags)?;
    let decided = ctx.transact(move |documents| {
        let known = all_in(documents, &region);
        if known.iter().any(|record| named(record) == rule.rule_name) {
            return Err(XRayError::RuleExists);
        }
        if known
            .iter()
            .filter(|record| named(record) != DEFAULT)
            .count()
            >= QUOTA
        {
            return Err(XRayError::RuleLimit);
        }
        let record = record(&region, &rule, now, now);
        let mut changes = changes(&region, &record, now);
        changes.extend(tags);
        Ok((changes, record))
    });
    Ok(RuleAnswer {
        sampling_rule_record: decided.await?,
    })
}

/// Returns the rules by name, and the Default rule last.
///
/// Samplers do not sign, and the OpenTelemetry ones and the X-Ray SDKs read no further than the first
/// page, so what is not signed gets all on one. Everybody else turns three pages at the quota.
pub async fn list(ctx: Context, request: PageRequest) -> Result<RulesAnswer, XRayError> {
    let pages = Pages {
        name: "rules",
        size: if ctx.is_signed { 10 } else { QUOTA + 1 },
    };
    let key = |record: &RuleRecord| format!("{}{}", u8::from(is_default(record)), named(record));
    let page = pages.turn(request.next_token.as_deref(), all(&ctx), key)?;
    Ok(RulesAnswer {
        sampling_rule_records: page.items,
        next_token: page.next_token,
    })
}

/// Changes members of a rule. A boost that is not named is taken away, unlike everything else.
pub async fn update(ctx: Context, request: UpdateRuleRequest) -> Result<RuleAnswer, XRayError> {
    let update = request.sampling_rule_update;
    let reference = RuleReference {
        rule_name: update.rule_name.clone(),
        rule_arn: update.rule_arn.clone(),
    };
    let (region, now) = (ctx.region.clone(), whole_seconds(ctx.now));
    let decided = ctx.transact(move |documents| {
        let known = find(all_in(documents, &region), &reference)?;
        let before = known
            .sampling_rule
            .whole()
            .map_err(XRayError::DamagedRule)?;
        let unboosted = SamplingRule {
            rate_boost: None,
            ..before.clone()
        };
        let after = update.changed(unboosted);
        if before.rule_name == DEFAULT {
            check_default(&before, &after)?;
        } else if !violations(&after).is_empty() {
            return Err(XRayError::RuleUpdate);
        }
        let record = record(&region, &after, known.created_at, now);
        Ok((changes(&region, &record, now), record))
    });
    Ok(RuleAnswer {
        sampling_rule_record: decided.await?,
    })
}

/// Takes a rule away and returns it.
pub async fn delete(ctx: Context, request: RuleReference) -> Result<RuleAnswer, XRayError> {
    let (region, now) = (ctx.region.clone(), whole_seconds(ctx.now));
    let decided = ctx.transact(move |documents| {
        let record = find(all_in(documents, &region), &request)?;
        if named(&record) == DEFAULT {
            return Err(XRayError::DefaultRuleDeletion);
        }
        let key = key(&region, named(&record));
        let mut changes = vec![Change::Delete { table: RULES, key }, modified(&region, now)];
        changes.extend(server_tags::gone(documents, &arn(&region, named(&record))));
        Ok((changes, record))
    });
    Ok(RuleAnswer {
        sampling_rule_record: decided.await?,
    })
}

/// Returns all rules of the region, by name and the Default rule last.
pub fn all(ctx: &Context) -> Vec<RuleRecord> {
    let stored = ctx.store().documents(RULES, &key(&ctx.region, ""));
    let records = stored.iter().filter_map(|(_, value)| record_of(value));
    with_default(&ctx.region, records.collect())
}

/// Tells whether a rule of the region has this ARN.
pub fn has_arn(documents: &Documents, region: &str, wanted: &str) -> bool {
    let records = all_in(documents, region);
    records
        .iter()
        .any(|record| arn(region, named(record)) == wanted)
}

/// Returns when a rule changed last, seconds since the epoch; 0 if none ever did.
pub fn last_modified(ctx: &Context) -> f64 {
    let stored = ctx.store().document(RULES_MODIFIED, &ctx.region);
    stored.and_then(|value| value.as_f64()).unwrap_or(0.0)
}

/// Returns the name of the rule in `record`.
pub fn named(record: &RuleRecord) -> &str {
    record
        .sampling_rule
        .rule_name
        .as_deref()
        .unwrap_or_default()
}

fn all_in(documents: &Documents, region: &str) -> Vec<RuleRecord> {
    let prefix = key(region, "");
    let stored = documents.list(RULES, &prefix);
    let records = stored.filter_map(|(_, value)| record_of(value)).collect();
    with_default(region, records)
}

fn record_of(value: &serde_json::Value) -> Option<RuleRecord> {
    serde::Deserialize::deserialize(value).ok()
}

/// Adds the rule that every region has, unless it was changed and is stored like the others.
fn with_default(region: &str, mut records: Vec<RuleRecord>) -> Vec<RuleRecord> {
    if !records.iter().any(|record| named(record) == DEFAULT) {
        records.push(record(region, &SamplingRule::default_rule(), 0.0, 0.0));
    }
    let key = |record: &RuleRecord| (is_default(record), named(record).to_string());
    records.sort_by_cached_key(key);
    records
}

fn is_default(record: &RuleRecord) -> bool {
    named(record) == DEFAULT
}

/// Returns a new rule, which may be named by the ARN that it is to have.
fn new_rule(region: &str, mut shape: RuleShape) -> Result<SamplingRule, XRayError> {
    match (&shape.rule_name, shape.rule_arn.take()) {
        (Some(_), Some(_)) => return Err(XRayError::TwoRuleReferences),
        (None, None) => return Err(XRayError::NoReference),
        (None, Some(given)) => {
            let name = given.rsplit('/').next().unwrap_or_default().to_string();
            if arn(region, &name) != given {
                return Err(XRayError::RuleArn(given));
            }
            shape.rule_name = Some(name);
        }
        (Some(_), None) => {}
    }
    // The service cannot tell a missing number from 0; what may not be 0, the shape has refused.
    shape.fixed_rate.get_or_insert(0.0);
    shape.reservoir_size.get_or_insert(0);
    shape.whole().map_err(XRayError::DamagedRule)
}

fn find(records: Vec<RuleRecord>, reference: &RuleReference) -> Result<RuleRecord, XRayError> {
    let (name, arn) = (&reference.rule_name, &reference.rule_arn);
    match (name, arn) {
        (Some(_), Some(_)) => return Err(XRayError::TwoRuleReferences),
        (None, None) => return Err(XRayError::NoReference),
        _ => {}
    }
    records
        .into_iter()
        .find(|record| match name {
            Some(name) => name == named(record),
            None => *arn == record.sampling_rule.rule_arn,
        })
        .ok_or(XRayError::RuleNotFound)
}

fn check(rule: &SamplingRule) -> Result<(), XRayError> {
    if rule.version != 1 {
        return Err(XRayError::RuleVersion);
    }
    match violations(rule) {
        violations if violations.is_empty() => Ok(()),
        violations => Err(XRayError::Rule(violations)),
    }
}

/// Lets only rate and reservoir change, within their limits.
fn check_default(before: &SamplingRule, after: &SamplingRule) -> Result<(), XRayError> {
    let allowed = SamplingRule {
        fixed_rate: after.fixed_rate,
        reservoir_size: after.reservoir_size,
        ..before.clone()
    };
    if allowed != *after {
        return Err(XRayError::DefaultRule);
    }
    // Its priority is the one number that no other rule may have.
    let checked = SamplingRule {
        priority: 1,
        ..allowed
    };
    match violations(&checked).is_empty() {
        true => Ok(()),
        false => Err(XRayError::DefaultRule),
    }
}

fn record(region: &str, rule: &SamplingRule, created_at: f64, modified_at: f64) -> RuleRecord {
    RuleRecord {
        sampling_rule: RuleShape::of(rule, arn(region, &rule.rule_name)),
        created_at,
        modified_at,
    }
}

fn arn(region: &str, name: &str) -> String {
    region::arn("xray", region, &format!("sampling-rule/{name}"))
}

fn changes(region: &str, record: &RuleRecord, now: f64) -> Vec<Change> {
    let rule = Change::Put {
        table: RULES,
        key: key(region, named(record)),
        value: serde_json::json!(record),
    };
    vec![rule, modified(region, now)]
}

fn modified(region: &str, now: f64) -> Change {
    Change::Put {
        table: RULES_MODIFIED,
        key: region.to_string(),
        value: serde_json::json!(now),
    }
}

fn key(region: &str, name: &str) -> String {
    format!("{region}/{name}")
}
