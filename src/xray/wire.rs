//! The JSON of the X-Ray API, in its own words.
//!
//! What is not set is left out and nothing is added: a sampler that meets a member it does not know
//! drops all rules. Timestamps are seconds since the epoch, whole or with a fraction.
//! Source: X-Ray API, version 2016-04-12.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::sampling::SamplingRule;
use crate::model::time::{MILLISECOND, SECOND};

/// A request or an answer without members.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Nothing {}

/// What names a group: one of the two, or both.
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
    /// Which traces it has.
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// A request that only turns a page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageRequest {
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// GetGroups; the quota lets all fit on one page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupsAnswer {
    /// The groups.
    pub groups: Vec<Group>,
}

/// A rule, or those of its members that are to change; also the form in which it is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are those of model::sampling::SamplingRule"
)]
pub struct RuleShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name: Option<String>,
    #[serde(rename = "RuleARN", skip_serializing_if = "Option::is_none")]
    pub rule_arn: Option<String>,
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservoir_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(rename = "HTTPMethod", skip_serializing_if = "Option::is_none")]
    pub http_method: Option<String>,
    #[serde(rename = "URLPath", skip_serializing_if = "Option::is_none")]
    pub url_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, String>>,
    /// Not supported; read so that it can be refused.
    #[serde(skip_serializing)]
    pub sampling_rate_boost: Option<Value>,
}

impl RuleShape {
    /// Returns the whole rule as the service answers it.
    pub fn of(rule: &SamplingRule, rule_arn: String) -> RuleShape {
        RuleShape {
            rule_name: Some(rule.rule_name.clone()),
            rule_arn: Some(rule_arn),
            resource_arn: Some(rule.resource_arn.clone()),
            priority: Some(rule.priority),
            fixed_rate: Some(rule.fixed_rate),
            reservoir_size: Some(rule.reservoir_size),
            service_name: Some(rule.service_name.clone()),
            service_type: Some(rule.service_type.clone()),
            host: Some(rule.host.clone()),
            http_method: Some(rule.http_method.clone()),
            url_path: Some(rule.url_path.clone()),
            version: Some(rule.version),
            attributes: Some(rule.attributes.clone()),
            sampling_rate_boost: None,
        }
    }

    /// Returns `rule` with the members that are set here; the name and the version stay.
    pub fn changed(&self, mut rule: SamplingRule) -> SamplingRule {
        set(&mut rule.resource_arn, &self.resource_arn);
        set(&mut rule.priority, &self.priority);
        set(&mut rule.fixed_rate, &self.fixed_rate);
        set(&mut rule.reservoir_size, &self.reservoir_size);
        set(&mut rule.service_name, &self.service_name);
        set(&mut rule.service_type, &self.service_type);
        set(&mut rule.host, &self.host);
        set(&mut rule.http_method, &self.http_method);
        set(&mut rule.url_path, &self.url_path);
        set(&mut rule.attributes, &self.attributes);
        rule
    }

    /// Returns the rule, which has all its members.
    ///
    /// # Errors
    /// The members that are missing.
    pub fn whole(&self) -> Result<SamplingRule, Vec<&'static str>> {
        let required = [
            ("RuleName", self.rule_name.is_some()),
            ("ResourceARN", self.resource_arn.is_some()),
            ("Priority", self.priority.is_some()),
            ("FixedRate", self.fixed_rate.is_some()),
            ("ReservoirSize", self.reservoir_size.is_some()),
            ("ServiceName", self.service_name.is_some()),
            ("ServiceType", self.service_type.is_some()),
            ("Host", self.host.is_some()),
            ("HTTPMethod", self.http_method.is_some()),
            ("URLPath", self.url_path.is_some()),
            ("Version", self.version.is_some()),
        ];
        let missing: Vec<&'static str> = required
            .into_iter()
            .filter(|(_, is_there)| !is_there)
            .map(|(key, _)| key)
            .collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let mut rule = self.changed(SamplingRule::default_rule());
        set(&mut rule.rule_name, &self.rule_name);
        set(&mut rule.version, &self.version);
        Ok(rule)
    }
}

fn set<T: Clone>(member: &mut T, wanted: &Option<T>) {
    if let Some(wanted) = wanted {
        *member = wanted.clone();
    }
}

/// CreateSamplingRule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRuleRequest {
    /// The rule.
    pub sampling_rule: RuleShape,
}

/// UpdateSamplingRule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRuleRequest {
    /// Which rule, and what changes.
    pub sampling_rule_update: RuleShape,
}

/// DeleteSamplingRule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleReference {
    /// Its name.
    pub rule_name: Option<String>,
    /// Its ARN.
    #[serde(rename = "RuleARN")]
    pub rule_arn: Option<String>,
}

/// A rule and when it was made and changed; also the form in which it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleRecord {
    /// The rule.
    pub sampling_rule: RuleShape,
    /// Seconds since the epoch.
    pub created_at: f64,
    /// Seconds since the epoch.
    pub modified_at: f64,
}

/// The answer about one rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleAnswer {
    /// The rule.
    pub sampling_rule_record: RuleRecord,
}

/// GetSamplingRules; the quota lets all fit on one page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RulesAnswer {
    /// The rules.
    pub sampling_rule_records: Vec<RuleRecord>,
}

/// GetSamplingTargets.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsRequest {
    /// At most 25.
    pub sampling_statistics_documents: Vec<StatisticsDocument>,
}

/// What a client saw of a rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatisticsDocument {
    /// The rule.
    pub rule_name: String,
    /// 24 characters, one for each client.
    #[serde(rename = "ClientID")]
    pub client_id: String,
    /// Requests that matched.
    pub request_count: i64,
    /// Requests that were sampled; the OpenTelemetry samplers spell it `SampleCount`.
    #[serde(alias = "SampleCount", default)]
    pub sampled_count: i64,
    /// Requests that were borrowed.
    #[serde(default)]
    pub borrow_count: i64,
}

/// The answer to a report.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetsAnswer {
    /// One for each rule that exists.
    pub sampling_target_documents: Vec<TargetDocument>,
    /// When a rule changed last, seconds since the epoch.
    pub last_rule_modification: f64,
    /// What was not answered.
    pub unprocessed_statistics: Vec<UnprocessedStatistics>,
}

/// What the service grants for a rule.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetDocument {
    /// The rule.
    pub rule_name: String,
    /// The share to sample after the reservoir.
    pub fixed_rate: f64,
    /// Requests in each second.
    pub reservoir_quota: i64,
    /// Until when, seconds since the epoch.
    #[serde(rename = "ReservoirQuotaTTL")]
    pub reservoir_quota_ttl: f64,
    /// Seconds until the next report.
    pub interval: i64,
}

/// A report that was not answered.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnprocessedStatistics {
    /// The rule.
    pub rule_name: String,
    /// A status code.
    pub error_code: String,
    /// Why.
    pub message: String,
}

/// PutTraceSegments.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutSegmentsRequest {
    /// Each is JSON in a string.
    pub trace_segment_documents: Vec<String>,
}

/// The answer to PutTraceSegments.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutSegmentsAnswer {
    /// What was refused; the others are kept.
    pub unprocessed_trace_segments: Vec<UnprocessedSegment>,
}

/// A refused document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnprocessedSegment {
    /// Its id, if it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why, in one word.
    pub error_code: String,
    /// Why, in a sentence.
    pub message: String,
}

/// GetTraceSummaries; sampling of the result is not asked for, because all of it is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SummariesRequest {
    /// The first second, since the epoch.
    pub start_time: f64,
    /// The end, exclusive.
    pub end_time: f64,
    /// `TraceId`, `Event` or `Service`.
    pub time_range_type: Option<String>,
    /// Which traces.
    pub filter_expression: Option<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to GetTraceSummaries.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SummariesAnswer {
    /// Newest first.
    pub trace_summaries: Vec<TraceSummary>,
    /// The start of this page's time, seconds since the epoch.
    pub approximate_time: f64,
    /// Traces in the time range, whether or not they matched.
    pub traces_processed_count: u64,
    /// Where this page ends; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A trace in short.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
#[allow(
    missing_docs,
    reason = "the members are described in the API's TraceSummary"
)]
pub struct TraceSummary {
    pub id: String,
    pub start_time: f64,
    pub duration: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_time: Option<f64>,
    pub has_fault: bool,
    pub has_error: bool,
    pub has_throttle: bool,
    pub is_partial: bool,
    pub http: HttpShape,
    pub annotations: BTreeMap<String, Vec<AnnotationShape>>,
    pub users: Vec<UserShape>,
    pub service_ids: Vec<ServiceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_point: Option<ServiceId>,
    pub revision: i64,
}

/// A summary's HTTP request.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs, reason = "the members are described in the API's Http")]
pub struct HttpShape {
    #[serde(rename = "HttpURL", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(rename = "HttpStatus", skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    #[serde(rename = "HttpMethod", skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(rename = "UserAgent", skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(rename = "ClientIp", skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
}

/// One value of an annotation, and who set it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AnnotationShape {
    /// The value.
    pub annotation_value: AnnotationValue,
    /// Who set it.
    pub service_ids: Vec<ServiceId>,
}

/// An annotation's value by its type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub enum AnnotationValue {
    /// A number.
    NumberValue(f64),
    /// True or false.
    BooleanValue(bool),
    /// Text.
    StringValue(String),
}

/// A user, and whom it was seen by.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserShape {
    /// The user.
    pub user_name: String,
    /// Whom it was seen by.
    pub service_ids: Vec<ServiceId>,
}

/// A service in a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceId {
    /// Its name.
    pub name: String,
    /// All its names.
    pub names: Vec<String>,
    /// The account that it ran in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Its origin.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// BatchGetTraces.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TracesRequest {
    /// One to five.
    pub trace_ids: Vec<String>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// The answer to BatchGetTraces.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TracesAnswer {
    /// The traces that are there.
    pub traces: Vec<TraceShape>,
    /// The ids that are not.
    pub unprocessed_trace_ids: Vec<String>,
}

/// A trace in full.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TraceShape {
    /// Its id.
    pub id: String,
    /// Seconds from the first start to the last end.
    pub duration: f64,
    /// Whether the trace grew beyond what is kept.
    pub limit_exceeded: bool,
    /// Its documents.
    pub segments: Vec<SegmentShape>,
}

/// A document and its id.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SegmentShape {
    /// Its id.
    pub id: String,
    /// JSON in a string.
    pub document: String,
}

/// Returns nanoseconds since the epoch as the API's seconds, rounded down to milliseconds.
pub fn epoch_seconds(nanoseconds: i64) -> f64 {
    nanoseconds.div_euclid(MILLISECOND) as f64 / 1e3
}

/// Returns the API's seconds as nanoseconds since the epoch.
///
/// `None` if the number is none, or beyond what 64 bits of nanoseconds can say.
pub fn nanoseconds(epoch_seconds: f64) -> Option<i64> {
    let is_within = epoch_seconds.abs() < 9.2e9;
    if !is_within {
        return None;
    }
    let whole = epoch_seconds.floor();
    let fraction = ((epoch_seconds - whole) * 1e6).round() as i64;
    Some(whole as i64 * SECOND + fraction * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xray::rule_file::built_in;
    use serde_json::json;

    #[test]
    fn a_rule_has_the_api_s_members_and_no_other() {
        let shape = RuleShape::of(&built_in(), "arn:x".to_string());
        assert_eq!(
            serde_json::to_value(&shape).unwrap(),
            json!({
                "RuleName": "Cruddur", "RuleARN": "arn:x", "ResourceARN": "*", "Priority": 9000,
                "FixedRate": 0.1, "ReservoirSize": 5, "ServiceName": "backend-flask",
                "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
                "Attributes": {},
            })
        );
        assert_eq!(shape.whole(), Ok(built_in()));
    }

    #[test]
    fn all_missing_members_are_named() {
        let missing = RuleShape::default().whole().unwrap_err();
        assert_eq!(missing.len(), 11);
    }

    #[test]
    fn times_come_back_the_same_to_the_microsecond() {
        for seconds in [0.0, 1_795_331_345.0, 1_795_331_345.123_456, -1.5] {
            let there = nanoseconds(seconds).unwrap();
            assert_eq!(there as f64 / 1e9, seconds);
        }
        assert_eq!(nanoseconds(f64::NAN), None);
        assert_eq!(nanoseconds(1e300), None);
        assert_eq!(epoch_seconds(1_795_331_345_123_456_789), 1_795_331_345.123);
    }
}
