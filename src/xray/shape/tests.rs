//! What the shape layer says, by hand; `tests/clients/test_xray_shapes.py` goes through the whole model.

use serde_json::{Value, json};

use super::{ShapeError, operation, read};

fn refused(name: &str, body: &str) -> ShapeError {
    read(body.as_bytes(), operation(name)).unwrap_err()
}

fn rule(changes: Value) -> String {
    let mut rule = json!({
        "RuleName": "r", "ResourceARN": "*", "Priority": 1, "FixedRate": 0.1, "ReservoirSize": 5,
        "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
    });
    for (key, value) in changes.as_object().unwrap() {
        rule[key] = value.clone();
    }
    json!({ "SamplingRule": rule }).to_string()
}

#[test]
fn members_out_of_range_are_named_as_the_service_does() {
    let report = |changes: Value| {
        let mut report = json!({"RuleName": "x", "ClientID": "y".repeat(24), "Timestamp": 1_790_159_572,
            "RequestCount": 100, "SampledCount": 10, "BorrowCount": 3});
        for (key, value) in changes.as_object().unwrap() {
            report[key] = value.clone();
        }
        report
    };
    let reports =
        |reports: Vec<Value>| json!({ "SamplingStatisticsDocuments": reports }).to_string();
    let printed = format!(
        "SamplingStatisticsDocument(ruleName=x, clientID={}, timestamp=Wed Sep 23 10:32:52 UTC 2026, requestCount=100, sampledCount=10, borrowCount=3)",
        "y".repeat(24)
    );
    for (name, body, clauses) in [
        (
            "CreateSamplingRule",
            rule(json!({"Priority": 0})),
            vec!["Value '0' at 'samplingRule.priority' failed to satisfy constraint: Member must have value greater than or equal to 1".to_string()],
        ),
        (
            "CreateSamplingRule",
            rule(json!({"Priority": null, "Version": null})),
            vec![
                "Value '0' at 'samplingRule.priority' failed to satisfy constraint: Member must have value greater than or equal to 1".to_string(),
                "Value '0' at 'samplingRule.version' failed to satisfy constraint: Member must have value greater than or equal to 1".to_string(),
            ],
        ),
        (
            "CreateSamplingRule",
            rule(json!({"FixedRate": 1.5, "HTTPMethod": "x".repeat(11), "Host": null})),
            vec![
                "Value '1.5' at 'samplingRule.fixedRate' failed to satisfy constraint: Member must have value less than or equal to 1".to_string(),
                "Value null at 'samplingRule.host' failed to satisfy constraint: Member must not be null".to_string(),
                "Value 'xxxxxxxxxxx' at 'samplingRule.hTTPMethod' failed to satisfy constraint: Member must have length less than or equal to 10".to_string(),
            ],
        ),
        (
            "CreateSamplingRule",
            rule(json!({"Attributes": {"0": "v", "1": "v", "2": "v", "3": "v", "4": "v", "5": "v"}})),
            vec!["Value '{0=v, 1=v, 2=v, 3=v, 4=v, 5=v}' at 'samplingRule.attributes' failed to satisfy constraint: Member must have length less than or equal to 5".to_string()],
        ),
        (
            "CreateSamplingRule",
            rule(json!({"Attributes": {"k": ""}})),
            vec!["Value '{k=}' at 'samplingRule.attributes' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 32, Member must have length greater than or equal to 1]".to_string()],
        ),
        (
            "GetSamplingTargets",
            reports(vec![report(json!({"ClientID": "short"}))]),
            vec!["Value 'short' at 'samplingStatisticsDocuments.1.member.clientID' failed to satisfy constraint: Member must have length greater than or equal to 24".to_string()],
        ),
        (
            "GetSamplingTargets",
            reports(vec![report(json!({})), report(json!({"RuleName": null, "Timestamp": null}))]),
            vec![
                "Value null at 'samplingStatisticsDocuments.2.member.ruleName' failed to satisfy constraint: Member must not be null".to_string(),
                "Value null at 'samplingStatisticsDocuments.2.member.timestamp' failed to satisfy constraint: Member must not be null".to_string(),
            ],
        ),
        (
            "GetSamplingTargets",
            reports(vec![report(json!({})); 26]),
            vec![format!(
                "Value '[{}]' at 'samplingStatisticsDocuments' failed to satisfy constraint: Member must have length less than or equal to 25",
                vec![printed; 26].join(", ")
            )],
        ),
        (
            "GetSamplingTargets",
            "{}".to_string(),
            vec!["Value null at 'samplingStatisticsDocuments' failed to satisfy constraint: Member must not be null".to_string()],
        ),
        (
            "GetTraceSummaries",
            json!({"StartTime": 1, "EndTime": 2, "TimeRangeType": "Segment"}).to_string(),
            vec!["Value 'Segment' at 'timeRangeType' failed to satisfy constraint: Member must satisfy enum value set: [TraceId, Event, Service]".to_string()],
        ),
        (
            "GetInsightSummaries",
            json!({"StartTime": 1, "EndTime": 2, "States": ["OPEN"], "MaxResults": 0}).to_string(),
            vec![
                "Value '[OPEN]' at 'states' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ACTIVE, CLOSED]]".to_string(),
                "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1".to_string(),
            ],
        ),
        (
            "BatchGetTraces",
            json!({"TraceIds": ["a", ""]}).to_string(),
            vec!["Value '[a, ]' at 'traceIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 35, Member must have length greater than or equal to 1]".to_string()],
        ),
        (
            "PutResourcePolicy",
            json!({"PolicyName": "a b\n", "PolicyDocument": "{}"}).to_string(),
            vec![r"Value 'a b
' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+".to_string()],
        ),
        (
            "TagResource",
            json!({"ResourceARN": "x", "Tags": [{"Key": "", "Value": "v"}, {"Key": "k"}]}).to_string(),
            vec![
                "Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1".to_string(),
                "Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null".to_string(),
            ],
        ),
        (
            "UpdateIndexingRule",
            json!({"Name": "Default", "Rule": {"Probabilistic": {}}}).to_string(),
            vec!["Value null at 'rule.probabilistic.desiredSamplingPercentage' failed to satisfy constraint: Member must not be null".to_string()],
        ),
    ] {
        let error = refused(name, &body);
        let n = clauses.len();
        let errors = if n == 1 { "error" } else { "errors" };
        let expected = format!("{n} validation {errors} detected: {}", clauses.join("; "));
        assert_eq!(error.to_string(), expected, "{name}");
        assert_eq!(error, ShapeError::Validation(clauses), "{name}");
    }
}

#[test]
fn another_kind_of_json_is_refused_before_anything_else() {
    for (name, body, message) in [
        (
            "CreateGroup",
            r#"{"GroupName": 3}"#,
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            "CreateGroup",
            r#"{"GroupName": true}"#,
            "TRUE_VALUE can not be converted to a String",
        ),
        (
            "CreateGroup",
            r#"{"GroupName": ["a"]}"#,
            "Start of list found where not expected",
        ),
        (
            "CreateGroup",
            r#"{"GroupName": {"a": 1}}"#,
            "Start of structure or map found where not expected.",
        ),
        (
            "CreateGroup",
            r#"{"GroupName": "", "Tags": "x"}"#,
            "Expected list or null",
        ),
        (
            "CreateGroup",
            r#"{"InsightsConfiguration": 1}"#,
            "Expected null",
        ),
        (
            "CreateGroup",
            r#"{"InsightsConfiguration": {"InsightsEnabled": 1}}"#,
            "NUMBER_VALUE can not be converted to a Boolean",
        ),
        (
            "PutTelemetryRecords",
            r#"{"TelemetryRecords": [{"Timestamp": 0, "SegmentsSentCount": "1"}]}"#,
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            "GetServiceGraph",
            r#"{"StartTime": "2026-01-01", "EndTime": 1}"#,
            "STRING_VALUE can not be converted to milliseconds since epoch",
        ),
        (
            "UpdateSamplingRule",
            r#"{"SamplingRuleUpdate": {"FixedRate": false}}"#,
            "FALSE_VALUE can not be converted to a Double",
        ),
        (
            "UpdateSamplingRule",
            r#"{"SamplingRuleUpdate": {"Priority": 3000000000}}"#,
            "NUMBER_VALUE can not be converted to an Integer",
        ),
        ("GetGroups", "[]", "Start of list found where not expected"),
        ("GetGroups", "7", "Expected null"),
    ] {
        let expected = ShapeError::Serialization(message.to_string());
        assert_eq!(refused(name, body), expected, "{name} {body}");
    }
    for body in ["{", "{\"a\": 1,}", "{} {}", &"[".repeat(100_000)] {
        let message = refused("GetGroups", body).to_string();
        assert!(
            message.starts_with("the request body cannot be read: "),
            "{message}"
        );
    }
}

#[test]
fn null_is_absent_a_fraction_is_cut_off_and_more_members_are_let_be() {
    let body = json!({
        "TelemetryRecords": [null, {"Timestamp": 0.5, "SegmentsSentCount": -2.9, "SegmentsReceivedCount": null,
            "BackendConnectionErrors": null}],
        "Hostname": null, "More": {"a": [1, null]},
    });
    assert_eq!(
        read(
            body.to_string().as_bytes(),
            operation("PutTelemetryRecords")
        )
        .unwrap(),
        json!({"TelemetryRecords": [{"Timestamp": 0.5, "SegmentsSentCount": -2}], "More": {"a": [1]}})
    );
}

#[test]
fn a_message_with_very_much_in_it_is_cut() {
    let body = json!({"TraceIds": ["é".repeat(100_000)]}).to_string();
    let message = refused("BatchGetTraces", &body).to_string();
    assert!(message.len() < 20_000, "{}", message.len());
    let body = json!({"TelemetryRecords": vec![json!({}); 10_000]}).to_string();
    let message = refused("PutTelemetryRecords", &body).to_string();
    assert!(message.len() < 200_000, "{}", message.len());
}
