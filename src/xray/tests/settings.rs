//! Settings, policies, insights, telemetry and retrievals over bare HTTP.

use serde_json::{Value, json};

use super::sampling::{SIGNED, walk};
use super::{NOW, Running, segment, trace_id};
use crate::model::time::SECOND;

#[tokio::test]
async fn settings_are_kept_and_refused_as_x_ray_does() {
    let running = Running::start().await;
    for (path, body, expected) in [
        (
            "/EncryptionConfig",
            "",
            json!({"EncryptionConfig": {"Type": "NONE", "Status": "ACTIVE", "KeyId": null}}),
        ),
        (
            "/PutEncryptionConfig",
            r#"{"Type": "KMS", "KeyId": "alias/mine"}"#,
            json!({"EncryptionConfig": {"Type": "KMS", "KeyId": "alias/mine", "Status": "UPDATING"}}),
        ),
        (
            "/GetTraceSegmentDestination",
            "",
            json!({"Destination": "XRay", "Status": "ACTIVE"}),
        ),
        (
            "/UpdateTraceSegmentDestination",
            r#"{"Destination": "XRay"}"#,
            json!({"Destination": "XRay", "Status": "ACTIVE"}),
        ),
        (
            "/UpdateTraceSegmentDestination",
            r#"{"Destination": "CloudWatchLogs"}"#,
            json!({"Destination": "CloudWatchLogs", "Status": "PENDING"}),
        ),
        (
            "/UpdateIndexingRule",
            r#"{"Name": "Default", "Rule": {"Probabilistic": {"DesiredSamplingPercentage": 12.5}}}"#,
            json!({"IndexingRule": {"Name": "Default", "ModifiedAt": (NOW / SECOND) as f64, "Rule":
                {"Probabilistic": {"DesiredSamplingPercentage": 12.5, "ActualSamplingPercentage": 12.5}}}}),
        ),
    ] {
        assert_eq!(running.answer(path, body).await, expected, "{path} {body}");
    }
    for (path, body, message) in [
        (
            "/PutEncryptionConfig",
            r#"{"Type": "KMS"}"#,
            "KeyId must be given when Type is KMS",
        ),
        (
            "/PutEncryptionConfig",
            r#"{"Type": "NONE", "KeyId": "x"}"#,
            "KeyId must be left out when Type is NONE",
        ),
        (
            "/UpdateIndexingRule",
            r#"{"Name": "Default", "Rule": {"Probabilistic": {"DesiredSamplingPercentage": 101}}}"#,
            "Rule.Probabilistic.DesiredSamplingPercentage must be 0 to 100",
        ),
    ] {
        assert_eq!(running.refusal(path, body).await, message);
    }
    let unknown = running
        .post("/UpdateIndexingRule", r#"{"Name": "Mine", "Rule": {}}"#)
        .await;
    let body = json!({"Message": "the indexing rule Mine not found", "ResourceName": "Mine"});
    assert_eq!(
        unknown,
        (404, "ResourceNotFoundException".to_string(), body)
    );

    // A later start finds the settings, and the change done.
    let folder = running.stop().await;
    let running = Running::over_at(folder, || NOW + 2 * SECOND).await;
    let encryption = running.answer("/EncryptionConfig", "").await;
    assert_eq!(encryption["EncryptionConfig"]["Status"], "ACTIVE");
    assert_eq!(encryption["EncryptionConfig"]["KeyId"], "alias/mine");
    assert_eq!(
        running.answer("/GetTraceSegmentDestination", "").await,
        json!({"Destination": "CloudWatchLogs", "Status": "ACTIVE"})
    );
    let rules = running.answer("/GetIndexingRules", "").await;
    let rule = &rules["IndexingRules"][0]["Rule"]["Probabilistic"];
    assert_eq!(rule["DesiredSamplingPercentage"], 12.5);
    let elsewhere = SIGNED.replace("us-east-1", "eu-west-1");
    let (_, _, answer) = running
        .ask("POST", "/EncryptionConfig", &elsewhere, "")
        .await;
    assert_eq!(answer["EncryptionConfig"]["Type"], "NONE");
}

#[tokio::test]
async fn policies_have_revisions_and_limits() {
    let running = Running::start().await;
    let policy =
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    let put = |name: &str, more: Value| {
        let mut body = json!({"PolicyName": name, "PolicyDocument": policy});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        body.to_string()
    };
    for revision in ["1", "2"] {
        let answer = running
            .answer("/PutResourcePolicy", &put("one", json!({})))
            .await;
        assert_eq!(answer["ResourcePolicy"]["PolicyRevisionId"], revision);
    }
    let last = json!({"PolicyRevisionId": "2"});
    running
        .answer("/PutResourcePolicy", &put("one", last))
        .await;
    for number in 2..=5 {
        let name = format!("{}{number}", "n".repeat(127));
        running
            .answer(
                "/PutResourcePolicy",
                &put(&name, json!({"PolicyRevisionId": "0"})),
            )
            .await;
    }
    assert_eq!(
        walk(&running, "/ListResourcePolicies", "ResourcePolicies").await,
        [5]
    );
    let message = running
        .refusal("/ListResourcePolicies", r#"{"NextToken": "x"}"#)
        .await;
    assert_eq!(message, "NextToken is currently not supported");

    let deny = r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "xray:*"}]}"#;
    let lockout = json!({ "PolicyDocument": deny });
    let modified = "Another concurrent request has modified the resource policy one";
    for (body, code, message) in [
        (
            put("six", json!({})),
            "PolicyCountLimitExceededException",
            "a region can have at most 5 resource policies",
        ),
        (
            put("one", json!({"PolicyRevisionId": "0"})),
            "InvalidPolicyRevisionIdException",
            modified,
        ),
        (
            put("one", json!({"PolicyRevisionId": "2"})),
            "InvalidPolicyRevisionIdException",
            modified,
        ),
        (
            put("one", json!({"PolicyDocument": "{"})),
            "MalformedPolicyDocumentException",
            "null",
        ),
        (
            put("one", json!({"PolicyDocument": " ".repeat(5121)})),
            "PolicySizeLimitExceededException",
            "a policy document can have at most 5120 bytes",
        ),
        (
            put("one", lockout.clone()),
            "LockoutPreventionException",
            "the policy would keep the caller from calling PutResourcePolicy again",
        ),
        (
            put("a b", json!({})),
            "ValidationException",
            r"1 validation error detected: Value 'a b' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+",
        ),
    ] {
        let refused = running.refused("/PutResourcePolicy", &body).await;
        assert_eq!(refused, (code.to_string(), message.to_string()));
    }
    let mut bypassing = lockout;
    bypassing["BypassPolicyLockoutCheck"] = json!(true);
    running
        .answer("/PutResourcePolicy", &put("one", bypassing))
        .await;

    let stale = json!({"PolicyName": "one", "PolicyRevisionId": "1"}).to_string();
    assert_eq!(
        running.refused("/DeleteResourcePolicy", &stale).await,
        (
            "InvalidPolicyRevisionIdException".to_string(),
            "Another concurrent request has modified or deleted the resource policy one"
                .to_string()
        )
    );
    let one = json!({"PolicyName": "one"}).to_string();
    assert_eq!(
        running.answer("/DeleteResourcePolicy", &one).await,
        json!({})
    );
    let message = running.refusal("/DeleteResourcePolicy", &one).await;
    assert_eq!(message, "The resource policy one does not exist.");
}

#[tokio::test]
async fn there_are_no_insights_and_the_questions_are_checked() {
    let running = Running::start().await;
    let summaries =
        json!({"GroupName": "Default", "StartTime": 1, "EndTime": 2, "States": ["ACTIVE"]});
    let answer = running
        .answer("/InsightSummaries", &summaries.to_string())
        .await;
    assert_eq!(answer, json!({"InsightSummaries": [], "NextToken": null}));
    for (member, value, message) in [
        ("GroupName", json!("none"), "Group not found"),
        ("GroupName", Value::Null, "a name or an ARN is required"),
        ("NextToken", json!("x"), "the NextToken is invalid"),
    ] {
        let mut body = summaries.clone();
        body[member] = value;
        assert_eq!(
            running
                .refusal("/InsightSummaries", &body.to_string())
                .await,
            message
        );
    }
    for path in ["/Insight", "/InsightEvents", "/InsightImpactGraph"] {
        for (id, code) in [
            (
                "a7d1c5e0-1f3b-4c2d-9e8f-0123456789ab",
                "InvalidRequestException",
            ),
            (
                "A7D1C5E0-1F3B-1C2D-BE8F-0123456789AB",
                "InvalidRequestException",
            ),
            (
                "a7d1c5e0-1f3b-6c2d-9e8f-0123456789ab",
                "ValidationException",
            ),
            (
                "a7d1c5e0-1f3b-4c2d-7e8f-0123456789ab",
                "ValidationException",
            ),
            (
                "a7d1c5e0-1f3b-4c2d-9e8f-0123456789ab\n",
                "ValidationException",
            ),
            ("", "ValidationException"),
        ] {
            let body = json!({"InsightId": id, "StartTime": 1, "EndTime": 2}).to_string();
            assert_eq!(running.refused(path, &body).await.0, code, "{path} {id}");
        }
    }
}

#[tokio::test]
async fn telemetry_is_added_up_by_sender() {
    let running = Running::start().await;
    let body = |hostname: Option<&str>| {
        json!({"Hostname": hostname, "TelemetryRecords": [
            {"Timestamp": 10, "SegmentsReceivedCount": 2, "BackendConnectionErrors": {"HTTPCode4XXCount": 1}},
            {"Timestamp": 9.5, "SegmentsReceivedCount": 3, "SegmentsSentCount": 4},
        ]})
        .to_string()
    };
    for hostname in [Some("one"), Some("one"), None] {
        assert_eq!(
            running.answer("/TelemetryRecords", &body(hostname)).await,
            json!({})
        );
    }
    let (_, _, answer) = running.ask("GET", "/TelemetryRecords", "", "").await;
    let totals = answer["TelemetryTotals"].as_array().unwrap();
    assert_eq!(totals.len(), 2);
    let one = totals
        .iter()
        .find(|totals| totals["Hostname"] == "one")
        .unwrap();
    assert_eq!(one["RecordCount"], 4);
    assert_eq!(one["LastTimestamp"], 10.0);
    assert_eq!(one["SegmentsReceivedCount"], 10);
    assert_eq!(one["SegmentsSentCount"], 8);
    assert_eq!(one["BackendConnectionErrors"]["HTTPCode4XXCount"], 2);
    // Only the shape is checked: what counts down is taken as well.
    let down =
        r#"{"Hostname": "one", "TelemetryRecords": [{"Timestamp": 0, "SegmentsSentCount": -1.5}]}"#;
    assert_eq!(running.answer("/TelemetryRecords", down).await, json!({}));
    let (_, _, answer) = running.ask("GET", "/TelemetryRecords", "", "").await;
    assert_eq!(answer["TelemetryTotals"][0]["SegmentsSentCount"], 7);
}

#[tokio::test]
async fn no_more_than_a_hundred_senders_of_telemetry_are_kept() {
    let running = Running::start().await;
    for number in 0..=100 {
        let body =
            json!({"Hostname": format!("h{number}"), "TelemetryRecords": [{"Timestamp": number}]});
        running.answer("/TelemetryRecords", &body.to_string()).await;
    }
    let (_, _, answer) = running.ask("GET", "/TelemetryRecords", "", "").await;
    let totals = answer["TelemetryTotals"].as_array().unwrap();
    assert_eq!(totals.len(), 100);
    assert!(totals.iter().all(|totals| totals["Hostname"] != "h0"));
}

#[tokio::test]
async fn a_retrieval_gives_its_traces_in_pages_until_it_is_cancelled() {
    let running = Running::start().await;
    let documents: Vec<String> = (0..7).map(|number| segment(number, 200)).collect();
    let body = json!({ "TraceSegmentDocuments": documents }).to_string();
    running.answer("/TraceSegments", &body).await;
    let mut ids: Vec<String> = (0..7).map(trace_id).collect();
    ids.push("1-00000000-000000000000000000000000".to_string());
    let wide = json!({"TraceIds": ids, "StartTime": 0, "EndTime": NOW / SECOND + 1000});
    let started = running
        .answer("/StartTraceRetrieval", &wide.to_string())
        .await;
    let token = started["RetrievalToken"].clone();

    // Retrievals outlive the stack, like the traces.
    let running = Running::over(running.stop().await).await;
    let ask = json!({ "RetrievalToken": token });
    let first = running
        .answer("/ListRetrievedTraces", &ask.to_string())
        .await;
    assert_eq!(first["RetrievalStatus"], "COMPLETE");
    assert_eq!(first["Traces"].as_array().unwrap().len(), 5);
    let mut next = ask.clone();
    next["NextToken"] = first["NextToken"].clone();
    let second = running
        .answer("/ListRetrievedTraces", &next.to_string())
        .await;
    assert_eq!(second["Traces"].as_array().unwrap().len(), 2);
    assert_eq!(second["NextToken"], Value::Null);

    let early = json!({"TraceIds": ids, "StartTime": 0, "EndTime": 1}).to_string();
    let started = running.answer("/StartTraceRetrieval", &early).await;
    let body = json!({"RetrievalToken": started["RetrievalToken"]}).to_string();
    let none = running.answer("/ListRetrievedTraces", &body).await;
    assert_eq!(none["Traces"], json!([]));

    let mut otel = ask.clone();
    otel["TraceFormat"] = json!("OTEL");
    let message = running
        .refusal("/ListRetrievedTraces", &otel.to_string())
        .await;
    assert!(
        message.starts_with("TraceFormat OTEL is not supported"),
        "{message}"
    );
    let graph = |body: Value| {
        let running = &running;
        async move {
            running
                .answer("/GetRetrievedTracesGraph", &body.to_string())
                .await
        }
    };
    let whole = graph(ask.clone()).await;
    let direct = json!({ "TraceIds": [ids[0]] }).to_string();
    let direct = running.answer("/TraceGraph", &direct).await;
    assert_eq!(whole["RetrievalStatus"], "COMPLETE");
    let services = whole["Services"].as_array().unwrap().iter();
    let names: Vec<_> = services
        .map(|it| (&it["Service"]["Name"], &it["Service"]["Type"]))
        .collect();
    let of_one = direct["Services"].as_array().unwrap().iter();
    assert_eq!(
        names,
        of_one
            .map(|it| (&it["Name"], &it["Type"]))
            .collect::<Vec<_>>()
    );
    let total = &whole["Services"][0]["Service"]["SummaryStatistics"]["TotalCount"];
    assert_eq!(total, 7);
    assert_eq!(whole["Services"][0]["Links"], json!([]));
    let none = graph(json!({ "RetrievalToken": started["RetrievalToken"] })).await;
    assert_eq!(none["Services"], json!([]));

    assert_eq!(
        running
            .answer("/CancelTraceRetrieval", &ask.to_string())
            .await,
        json!({})
    );
    let cancelled = running
        .answer("/ListRetrievedTraces", &ask.to_string())
        .await;
    assert_eq!(
        (&cancelled["RetrievalStatus"], &cancelled["Traces"]),
        (&json!("CANCELLED"), &json!([]))
    );
    let cancelled = graph(ask.clone()).await;
    assert_eq!(
        cancelled,
        json!({"RetrievalStatus": "CANCELLED", "Services": []})
    );
    for path in [
        "/ListRetrievedTraces",
        "/CancelTraceRetrieval",
        "/GetRetrievedTracesGraph",
    ] {
        let (status, code, answer) = running.post(path, r#"{"RetrievalToken": "x"}"#).await;
        assert_eq!(
            (status, code.as_str()),
            (404, "ResourceNotFoundException"),
            "{path}"
        );
        assert_eq!(answer["ResourceName"], "x");
    }
}

#[tokio::test]
async fn the_oldest_of_a_hundred_retrievals_leaves() {
    let running = Running::start().await;
    let body = r#"{"TraceIds": [], "StartTime": 1, "EndTime": 2}"#;
    let first = running
        .answer("/StartTraceRetrieval", body)
        .await
        .to_string();
    let second = running
        .answer("/StartTraceRetrieval", body)
        .await
        .to_string();
    for _ in 0..99 {
        running.answer("/StartTraceRetrieval", body).await;
    }
    let (status, _, _) = running.post("/ListRetrievedTraces", &first).await;
    assert_eq!(status, 404);
    running.answer("/ListRetrievedTraces", &second).await;
}

#[tokio::test]
async fn what_is_no_operation_is_called_unknown() {
    let running = Running::start().await;
    for (method, path, authorization, status, code) in [
        ("GET", "/GetGroup", SIGNED, 405, "UnknownOperationException"),
        ("PUT", "/Traces", "", 405, "UnknownOperationException"),
    ] {
        let (got, refused, answer) = running.ask(method, path, authorization, "{}").await;
        assert_eq!((got, refused.as_str()), (status, code), "{path} {answer}");
    }
    let (status, _, answer) = running.ask("POST", "/Nonsense", SIGNED, "{}").await;
    assert_eq!(
        (status, answer),
        (
            200,
            json!({"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}, "Version": "1.0"})
        )
    );
}
