//! JSON files that are taken for rule files and are something else.

use super::json_spans::{Json, Member, Node};
use super::rule_keys::{RULE_KEYS, Reading, reading};

/// A file that is no rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignFile {
    /// What it is: `the output of …`.
    what: &'static str,
    /// What to do.
    pub help: String,
}

impl ForeignFile {
    /// Returns what is wrong, in a fragment.
    pub fn message(&self) -> String {
        format!("this is no rule file but {}", self.what)
    }
}

/// Files that one key tells apart.
const BY_KEY: [(&str, &str, &str); 19] = [
    (
        "SamplingRuleRecords",
        "the output of `aws xray get-sampling-rules`",
        "a rule file has what is in `SamplingRule` of each record, in {\"SamplingRules\": […]}, without `RuleARN` and without the rule Default",
    ),
    (
        "SamplingRuleRecord",
        "the output of `aws xray create-sampling-rule`",
        "a rule file has what is in `SamplingRule`, without `RuleARN`",
    ),
    (
        "SamplingRuleUpdate",
        "the input of `aws xray update-sampling-rule`",
        "a rule file has the whole rule, in {\"SamplingRule\": {…}}",
    ),
    (
        "Group",
        "the output of `aws xray get-group`",
        "a rule file has its `GroupName` and `FilterExpression`, in {\"Groups\": [{…}]}",
    ),
    (
        "SamplingTargetDocuments",
        "the output of `aws xray get-sampling-targets`",
        RULE_FILE,
    ),
    (
        "SamplingStatisticSummaries",
        "the output of `aws xray get-sampling-statistic-summaries`",
        RULE_FILE,
    ),
    (
        "TraceSummaries",
        "the output of `aws xray get-trace-summaries`",
        RULE_FILE,
    ),
    (
        "UnprocessedTraceIds",
        "the output of `aws xray batch-get-traces`",
        RULE_FILE,
    ),
    (
        "Services",
        "the output of `aws xray get-service-graph`",
        RULE_FILE,
    ),
    (
        "ResourcePolicies",
        "the output of `aws xray list-resource-policies`",
        RULE_FILE,
    ),
    (
        "logGroups",
        "the output of `aws logs describe-log-groups`",
        "a rule file has log groups in {\"LogGroups\": [{\"logGroupName\": …}]}",
    ),
    (
        "trace_id",
        "a segment document",
        "send it with `aws xray put-trace-segments`",
    ),
    ("Statement", "a policy", RULE_FILE),
    (
        "AWSTemplateFormatVersion",
        "a CloudFormation template",
        RULE_FILE,
    ),
    ("Resources", "a CloudFormation template", RULE_FILE),
    ("lockfileVersion", "npm's package-lock.json", RULE_FILE),
    ("compilerOptions", "a tsconfig.json", RULE_FILE),
    ("openapi", "an OpenAPI document", RULE_FILE),
    ("swagger", "an OpenAPI document", RULE_FILE),
];
const RULE_FILE: &str =
    "a rule file is {\"SamplingRule\": {\"RuleName\": …}}; `cruddurctl init` writes one";

/// Returns what a file is if it is none of rules, groups and log groups.
///
/// A file that merely has faults is none of these: it has a key of a rule file, or nearly all of its keys
/// are those of a rule.
pub fn foreign(root: &Node, members: &[Member]) -> Option<ForeignFile> {
    let has = |key: &str| members.iter().any(|member| member.key == key);
    if ["SamplingRule", "SamplingRules", "LogGroups"]
        .iter()
        .any(|key| has(key))
    {
        return None;
    }
    if has("version") && (has("default") || has("rules")) && !has("RuleName") {
        return Some(ForeignFile {
            what: "the local sampling rules of an X-Ray SDK",
            help: "the SDK reads it itself, as in `xray_recorder.configure(sampling_rules=…)`, and X-Ray does not; X-Ray's rules are in {\"SamplingRule\": {…}}".to_string(),
        });
    }
    if has("Groups") {
        return is_output_of_get_groups(members).then(|| ForeignFile {
            what: "the output of `aws xray get-groups`",
            help: "a rule file has {\"Groups\": […]} without `GroupARN`, without `NextToken` and without the group Default".to_string(),
        });
    }
    if let Some((_, what, help)) = BY_KEY.iter().find(|(key, ..)| has(key)) {
        return Some(ForeignFile {
            what,
            help: (*help).to_string(),
        });
    }
    let of_npm = ["dependencies", "devDependencies", "scripts", "main"];
    if has("name") && of_npm.iter().any(|key| has(key)) {
        return Some(ForeignFile {
            what: "npm's package.json",
            help: RULE_FILE.to_string(),
        });
    }
    // The keys of a rule are common words: `version`, `host`. A few of them make no rule.
    let is_one = |member: &&Member| {
        let reading = reading(&member.key, RULE_KEYS);
        matches!(reading, Reading::Exact(_) | Reading::Misspelt(_))
    };
    let n_ours = members.iter().filter(is_one).count();
    let is_exact = members
        .iter()
        .any(|member| RULE_KEYS.contains(&member.key.as_str()));
    let has_wrapper = members.iter().any(|member| {
        let known = ["SamplingRule", "SamplingRules", "Groups", "LogGroups"];
        !matches!(reading(&member.key, &known), Reading::Unknown(_))
    });
    let is_other = n_ours > 0 && !is_exact && !has_wrapper && n_ours * 2 < members.len().max(5);
    (is_other && matches!(root.json, Json::Object(_))).then(|| ForeignFile {
        what: "another JSON file",
        help: RULE_FILE.to_string(),
    })
}

/// Tells whether groups are written as the service answers them: each with its ARN, and beside them
/// nothing but a token.
fn is_output_of_get_groups(members: &[Member]) -> bool {
    let beside = members
        .iter()
        .all(|member| ["Groups", "NextToken"].contains(&member.key.as_str()));
    let has_arn = |node: &Node| match &node.json {
        Json::Object(members) => members.iter().any(|member| member.key == "GroupARN"),
        _ => false,
    };
    let groups = members.iter().find(|member| member.key == "Groups");
    beside
        && groups.is_some_and(|groups| match &groups.value.json {
            Json::Array(groups) => !groups.is_empty() && groups.iter().all(has_arn),
            _ => false,
        })
}
