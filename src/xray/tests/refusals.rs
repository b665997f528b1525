//! How requests are refused: the service's three families, each with its code, its key and its text.
//!
//! Every row is a recorded answer of the service, or follows from one and the service's model.

use serde_json::{Value, json};

use super::{NOW, Running, rule_json};
use crate::model::time::SECOND;

const INVALID: &str = "InvalidRequestException";
const VALIDATION: &str = "ValidationException";
const SERIALIZATION: &str = "SerializationException";

fn with(mut value: Value, changes: Value) -> Value {
    for (key, change) in changes.as_object().unwrap() {
        value[key] = change.clone();
    }
    value
}

fn create(changes: Value) -> Value {
    json!({ "SamplingRule": with(rule_json(), changes) })
}

fn update(changes: Value) -> Value {
    json!({ "SamplingRuleUpdate": with(json!({"RuleName": "Cruddur"}), changes) })
}

#[tokio::test]
async fn rules_are_refused_in_the_service_s_words() {
    let running = Running::start().await;
    let made = running
        .answer("/CreateSamplingRule", &create(json!({})).to_string())
        .await;
    let arn = made["SamplingRuleRecord"]["SamplingRule"]["RuleARN"].clone();
    let both = "Request cannot contain both sampling rule name and sampling rule ARN";
    let member = |value: &str, path: &str, tail: &str| {
        format!(
            "1 validation error detected: Value {value} at 'samplingRule.{path}' failed to satisfy constraint: Member must {tail}"
        )
    };
    let new = |changes: Value| create(with(json!({"RuleName": "new"}), changes));
    let rows: Vec<(&str, Value, &str, String)> = vec![
        ("/CreateSamplingRule", create(json!({})), INVALID, "Sampling rule already exists".into()),
        ("/CreateSamplingRule", create(json!({"RuleName": null, "RuleARN": arn})), INVALID, "Sampling rule already exists".into()),
        ("/CreateSamplingRule", create(json!({"RuleARN": arn})), INVALID, both.into()),
        ("/CreateSamplingRule", create(json!({"RuleName": "Default"})), INVALID, "the name Default is reserved".into()),
        ("/CreateSamplingRule", new(json!({"Version": 2})), INVALID, "Sampling rule version must be 1".into()),
        ("/CreateSamplingRule", new(json!({"Priority": 0})), VALIDATION, member("'0'", "priority", "have value greater than or equal to 1")),
        ("/CreateSamplingRule", new(json!({"Priority": 10_000})), VALIDATION, member("'10000'", "priority", "have value less than or equal to 9999")),
        ("/CreateSamplingRule", new(json!({"FixedRate": 1.1})), VALIDATION, member("'1.1'", "fixedRate", "have value less than or equal to 1")),
        ("/CreateSamplingRule", new(json!({"ReservoirSize": -1})), VALIDATION, member("'-1'", "reservoirSize", "have value greater than or equal to 0")),
        ("/CreateSamplingRule", new(json!({"ResourceARN": null})), VALIDATION, member("null", "resourceARN", "not be null")),
        ("/CreateSamplingRule", new(json!({"RuleName": "x".repeat(33)})), VALIDATION, member(&format!("'{}'", "x".repeat(33)), "ruleName", "have length less than or equal to 32")),
        ("/CreateSamplingRule", new(json!({"SamplingRateBoost": {"MaxRate": 1.5, "CooldownWindowMinutes": 1}})), VALIDATION, member("'1.5'", "samplingRateBoost.maxRate", "have value less than or equal to 1")),
        // The service fails here and says nothing; ours says what is wrong.
        ("/CreateSamplingRule", new(json!({"SamplingRateBoost": {"MaxRate": 0, "CooldownWindowMinutes": 0}})), INVALID, "SamplingRateBoost.CooldownWindowMinutes must be 1 to 2147483647, not 0".into()),
        ("/CreateSamplingRule", new(json!({"SamplingRateBoost": {}})), INVALID, "SamplingRateBoost.CooldownWindowMinutes must be 1 to 2147483647, not 0".into()),
        ("/CreateSamplingRule", new(json!({"Priority": "1"})), SERIALIZATION, "STRING_VALUE can not be converted to an Integer".into()),
        ("/UpdateSamplingRule", update(json!({"RuleARN": arn})), INVALID, both.into()),
        ("/UpdateSamplingRule", update(json!({"RuleName": "gone"})), INVALID, "Sampling rule does not exist".into()),
        ("/UpdateSamplingRule", update(json!({"Priority": -1})), INVALID, "Invalid update request for sampling rule".into()),
        ("/UpdateSamplingRule", update(json!({"FixedRate": 2, "Host": "x"})), INVALID, "Invalid update request for sampling rule".into()),
        ("/UpdateSamplingRule", json!({}), VALIDATION, "1 validation error detected: Value null at 'samplingRuleUpdate' failed to satisfy constraint: Member must not be null".into()),
        ("/DeleteSamplingRule", json!({"RuleName": "Cruddur", "RuleARN": arn}), INVALID, both.into()),
        ("/DeleteSamplingRule", json!({"RuleName": "gone"}), INVALID, "Sampling rule does not exist".into()),
    ];
    for (path, body, code, message) in rows {
        let refused = running.refused(path, &body.to_string()).await;
        assert_eq!(refused, (code.to_string(), message), "{path} {body}");
    }
    let rules = running.answer("/GetSamplingRules", "").await;
    assert_eq!(rules["SamplingRuleRecords"][0], made["SamplingRuleRecord"]);
}

#[tokio::test]
async fn a_rule_that_is_made_by_its_arn_has_the_arn_s_name() {
    let running = Running::start().await;
    let arn = "arn:aws:xray:us-east-1:123456789012:sampling-rule/by-arn";
    let body =
        create(json!({"RuleName": null, "RuleARN": arn, "FixedRate": null, "ReservoirSize": null}));
    let made = running
        .answer("/CreateSamplingRule", &body.to_string())
        .await;
    let rule = &made["SamplingRuleRecord"]["SamplingRule"];
    assert_eq!(
        (&rule["RuleName"], &rule["RuleARN"]),
        (&json!("by-arn"), &json!(arn))
    );
    // The service cannot tell a number that is missing from 0.
    assert_eq!(
        (&rule["FixedRate"], &rule["ReservoirSize"]),
        (&json!(0.0), &json!(0))
    );
    let elsewhere =
        create(json!({"RuleName": null, "RuleARN": "arn:aws:xray:eu-west-1:1:sampling-rule/x"}));
    let message = running
        .refusal("/CreateSamplingRule", &elsewhere.to_string())
        .await;
    assert!(
        message.ends_with("is not the ARN of a sampling rule of this region"),
        "{message}"
    );
}

#[tokio::test]
async fn times_of_rules_and_policies_are_whole_seconds() {
    let running = Running::over_at(tempfile::tempdir().unwrap(), || NOW + 765_432_100).await;
    let made = running
        .answer("/CreateSamplingRule", &create(json!({})).to_string())
        .await;
    let second = json!((NOW / SECOND) as f64);
    let record = &made["SamplingRuleRecord"];
    assert_eq!(
        (&record["CreatedAt"], &record["ModifiedAt"]),
        (&second, &second)
    );
    let answer = running
        .answer("/SamplingTargets", r#"{"SamplingStatisticsDocuments": []}"#)
        .await;
    assert_eq!(answer["LastRuleModification"], second);
    let policy =
        json!({"PolicyName": "p", "PolicyDocument": r#"{"Statement": {"Effect": "Allow"}}"#});
    let put = running
        .answer("/PutResourcePolicy", &policy.to_string())
        .await;
    assert_eq!(put["ResourcePolicy"]["LastUpdatedTime"], second);
}

#[tokio::test]
async fn tags_are_refused_in_the_service_s_words_and_tokens_of_theirs_are_ignored() {
    let running = Running::start().await;
    let group = running
        .answer(
            "/CreateGroup",
            r#"{"GroupName": "a", "FilterExpression": "ok"}"#,
        )
        .await;
    let arn = group["Group"]["GroupARN"].clone();
    let tags = |keys: std::ops::Range<usize>| -> Vec<Value> {
        keys.map(|n| json!({"Key": format!("k{n}@x"), "Value": "v@w"}))
            .collect()
    };
    let tag = |tags: Vec<Value>| json!({"ResourceARN": arn, "Tags": tags}).to_string();
    assert_eq!(
        running.answer("/TagResource", &tag(tags(0..50))).await,
        json!({})
    );
    assert_eq!(
        running.answer("/TagResource", &tag(Vec::new())).await,
        json!({})
    );
    for (tags, message) in [
        (
            tags(50..51),
            "The resultant tag set must not have more than 50 user tags.",
        ),
        (
            vec![json!({"Key": "aws:x", "Value": "v"})],
            "Caller is an end user and not allowed to mutate system tags",
        ),
        // The service fails here and says nothing; ours says what is wrong.
        (
            vec![
                json!({"Key": "k", "Value": "1"}),
                json!({"Key": "k", "Value": "2"}),
            ],
            "the tag k is there twice",
        ),
    ] {
        assert_eq!(running.refusal("/TagResource", &tag(tags)).await, message);
    }
    let listed = running
        .answer(
            "/ListTagsForResource",
            &json!({"ResourceARN": arn, "NextToken": "any"}).to_string(),
        )
        .await;
    assert_eq!(listed["Tags"].as_array().unwrap().len(), 50);
    assert_eq!(listed["NextToken"], Value::Null);
    for (path, more) in [
        ("/TagResource", json!({"Tags": []})),
        ("/UntagResource", json!({"TagKeys": []})),
        ("/ListTagsForResource", json!({})),
    ] {
        let gone = "arn:aws:xray:us-east-1:123456789012:group/gone/X";
        let body = with(json!({ "ResourceARN": gone }), more).to_string();
        let refused = running.post(path, &body).await;
        let answer = json!({"Message": "Resource ARN not found", "ResourceName": gone});
        assert_eq!(
            refused,
            (404, "ResourceNotFoundException".to_string(), answer)
        );
    }
}
