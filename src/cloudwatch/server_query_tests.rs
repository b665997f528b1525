//! Logs Insights, asked operation by operation.

use serde_json::{Value, json};

use super::server_state::DAY_MS;
use super::server_tests::{NOW, Service};

const NOW_S: i64 = NOW / 1_000;

fn asking(text: &str) -> Value {
    json!({
        "logGroupName": "g", "queryString": text, "startTime": NOW_S - 60, "endTime": NOW_S + 60,
    })
}

async fn started(service: &Service, request: Value) -> Value {
    let id = service.ok("StartQuery", request).await["queryId"].clone();
    assert_eq!(id.as_str().map(str::len), Some(36));
    json!({ "queryId": id })
}

/// The values of all rows but the pointers.
fn values(results: &Value) -> Vec<Vec<String>> {
    let rows = results["results"].as_array().unwrap().iter();
    let values = |row: &Value| {
        let pairs = row
            .as_array()
            .unwrap()
            .iter()
            .filter(|pair| pair["field"] != "@ptr");
        pairs
            .map(|pair| pair["value"].as_str().unwrap().to_string())
            .collect()
    };
    rows.map(values).collect()
}

#[tokio::test]
async fn a_query_answers_with_rows_and_what_it_read() {
    let service = Service::with_stream().await;
    service
        .put(
            "s",
            &[
                (NOW, r#"{"status":200}"#),
                (NOW + 1, r#"{"status":500}"#),
                (NOW + 2, "x"),
            ],
        )
        .await;
    let id = started(&service, asking("fields status | filter status >= 500")).await;
    let results = service.ok("GetQueryResults", id).await;
    assert_eq!(values(&results), [["500"]]);
    assert_eq!(results["status"], "Complete");
    let statistics = json!({
        "recordsMatched": 1.0, "recordsScanned": 3.0, "bytesScanned": 29.0 + 3.0 * 26.0,
        "estimatedRecordsSkipped": 0.0, "estimatedBytesSkipped": 0.0, "logGroupsScanned": 1.0,
    });
    assert_eq!(results["statistics"], statistics);
    let pointer = &results["results"][0][1];
    assert_eq!(pointer["field"], "@ptr");
    let request = json!({"logRecordPointer": pointer["value"]});
    let record = service.ok("GetLogRecord", request).await;
    let expected = json!({
        "status": "500", "@message": r#"{"status":500}"#, "@timestamp": (NOW + 1).to_string(),
        "@ingestionTime": NOW.to_string(), "@logStream": "s", "@log": "123456789012:g",
        "@ptr": pointer["value"],
    });
    assert_eq!(record["logRecord"], expected);
}

#[tokio::test]
async fn an_answer_does_not_change_although_lines_keep_coming_and_outlives_the_stack() {
    let service = Service::with_stream().await;
    service.put("s", &[(NOW, "first")]).await;
    let id = started(&service, asking("stats count(*)")).await;
    service.put("s", &[(NOW, "later")]).await;
    let results = service.ok("GetQueryResults", id.clone()).await;
    assert_eq!(values(&results), [["1"]]);
    let service = service.reopened();
    assert_eq!(service.ok("GetQueryResults", id).await, results);
    let again = started(&service, asking("stats count(*)")).await;
    let results = service.ok("GetQueryResults", again).await;
    assert_eq!(values(&results), [["2"]]);
}

#[tokio::test]
async fn both_ends_of_a_query_count_in_whole_seconds() {
    let service = Service::with_stream().await;
    let (start_ms, end_ms) = ((NOW_S - 60) * 1_000, (NOW_S + 60) * 1_000);
    service
        .put(
            "s",
            &[
                (start_ms - 1, "a"),
                (start_ms, "b"),
                (end_ms + 999, "c"),
                (end_ms + 1_000, "d"),
            ],
        )
        .await;
    let id = started(&service, asking("display @message")).await;
    let results = service.ok("GetQueryResults", id).await;
    assert_eq!(values(&results), [["c"], ["b"]]);
}

#[tokio::test]
async fn several_groups_are_one_answer_newest_first() {
    let service = Service::with_stream().await;
    service
        .ok("CreateLogGroup", json!({"logGroupName": "h"}))
        .await;
    let stream = json!({"logGroupName": "h", "logStreamName": "t"});
    service.ok("CreateLogStream", stream).await;
    service.put("s", &[(NOW, "1"), (NOW + 2, "3")]).await;
    let event = json!({"timestamp": NOW + 1, "message": "2"});
    let request = json!({"logGroupName": "h", "logStreamName": "t", "logEvents": [event]});
    service.ok("PutLogEvents", request).await;
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:h";
    let text = "fields @message, @log, @logStream | limit 2";
    for groups in [
        json!({"logGroupNames": ["g", "h"]}),
        json!({"logGroupIdentifiers": ["g", arn]}),
        json!({"queryString": format!("SOURCE 'g', 'h' | {text}")}),
    ] {
        let mut request = json!({"queryString": text, "startTime": 0, "endTime": NOW_S + 60});
        let members = groups.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(members);
        let id = started(&service, request).await;
        let results = service.ok("GetQueryResults", id.clone()).await;
        let (first, second) = (["3", "123456789012:g", "s"], ["2", "123456789012:h", "t"]);
        assert_eq!(values(&results), [first, second]);
        let named = service.ok("ListLogGroupsForQuery", id).await;
        assert_eq!(named, json!({"logGroupIdentifiers": ["g", "h"]}));
    }
}

#[tokio::test]
async fn queries_are_described_as_recorded_and_the_newest_first() {
    let service = Service::with_stream().await;
    let mut ids = Vec::new();
    for (number, text) in ["fields @message", "stats count(*)"]
        .into_iter()
        .enumerate()
    {
        let request = asking(text);
        let at = NOW + number as i64;
        let answer = service
            .at("us-east-1", at, "StartQuery", request)
            .await
            .unwrap();
        ids.push(answer["queryId"].clone());
    }
    let entry = |number: usize, text: &str| {
        let text = format!(
            "SOURCE \"g\" START={}000 END={}999 | {text}",
            NOW_S - 60,
            NOW_S + 60
        );
        json!({
            "queryLanguage": "CWLI", "queryId": ids[number], "queryString": text,
            "status": "Complete", "createTime": NOW + number as i64, "logGroupName": "g",
        })
    };
    let both = json!([entry(1, "stats count(*)"), entry(0, "fields @message")]);
    let answer = service
        .ok("DescribeQueries", json!({"logGroupName": "g"}))
        .await;
    assert_eq!(answer, json!({ "queries": both }));
    let first = service
        .ok("DescribeQueries", json!({"maxResults": 1}))
        .await;
    assert_eq!(first["queries"], json!([both[0]]));
    let request = json!({"maxResults": 1, "nextToken": first["nextToken"]});
    let second = service.ok("DescribeQueries", request).await;
    assert_eq!(second, json!({"queries": [both[1]]}));
    for request in [json!({"logGroupName": "x"}), json!({"status": "Running"})] {
        assert_eq!(
            service.ok("DescribeQueries", request).await,
            json!({"queries": []})
        );
    }
    let later = NOW + 7 * DAY_MS + 2;
    let answer = service
        .at("us-east-1", later, "DescribeQueries", json!({}))
        .await;
    assert_eq!(answer.unwrap(), json!({"queries": []}));
    let elsewhere = service
        .at("eu-west-1", NOW, "DescribeQueries", json!({}))
        .await;
    assert_eq!(elsewhere.unwrap(), json!({"queries": []}));
}

#[tokio::test]
async fn a_query_can_be_stopped_until_its_answer_was_seen() {
    let service = Service::with_stream().await;
    let stopped = started(&service, asking("")).await;
    let answer = service.ok("StopQuery", stopped.clone()).await;
    assert_eq!(answer, json!({"success": true}));
    let results = service.ok("GetQueryResults", stopped.clone()).await;
    assert_eq!(
        (&results["status"], &results["results"]),
        (&json!("Cancelled"), &json!([]))
    );
    let seen = started(&service, asking("")).await;
    service.ok("GetQueryResults", seen.clone()).await;
    for id in [stopped, seen] {
        let (code, text) = service.refused("StopQuery", id).await;
        assert_eq!(code, "InvalidParameterException", "{text}");
    }
}

#[tokio::test]
async fn long_answers_come_in_pages() {
    let service = Service::with_stream().await;
    let lines: Vec<(i64, &str)> = (0..25).map(|idx| (NOW + idx, "x")).collect();
    service.put("s", &lines).await;
    let mut request = started(&service, asking("fields @timestamp")).await;
    request["maxItems"] = json!(10);
    let mut sizes = Vec::new();
    loop {
        let results = service.ok("GetQueryResults", request.clone()).await;
        sizes.push(values(&results).len());
        match results.get("nextToken") {
            Some(token) => request["nextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(sizes, [10, 10, 5]);
}

#[tokio::test]
async fn what_is_no_query_is_refused_before_it_starts() {
    let service = Service::with_stream().await;
    let with = |member: &str, value: Value| {
        let mut request = asking("");
        request[member] = value;
        request
    };
    for (request, code, says) in [
        (
            with("queryString", json!("fields a | anomaly")),
            "MalformedQueryException",
            "(at character 11)",
        ),
        (
            with("logGroupNames", json!(["g"])),
            "InvalidParameterException",
            "exactly one way",
        ),
        (
            with("logGroupName", Value::Null),
            "InvalidParameterException",
            "exactly one way",
        ),
        (
            with("endTime", json!(1)),
            "InvalidParameterException",
            "before its start",
        ),
        (
            with("startTime", json!(-1)),
            "InvalidParameterException",
            "'startTime'",
        ),
        (
            with("limit", json!(0)),
            "InvalidParameterException",
            "Value '0' at 'limit'",
        ),
        (
            with("limit", json!(100_001)),
            "InvalidParameterException",
            "less than or equal to 100000",
        ),
        (
            with("queryLanguage", json!("SQL")),
            "InvalidParameterException",
            "SQL",
        ),
        (
            with("queryString", json!("x".repeat(10_001))),
            "InvalidParameterException",
            "10000",
        ),
    ] {
        let (got, text) = service.refused("StartQuery", request.clone()).await;
        assert_eq!(got, code, "{request}: {text}");
        assert!(text.contains(says), "{request}: {text}");
    }
    let (code, text) = service
        .refused("StartQuery", with("logGroupName", json!("none")))
        .await;
    assert_eq!(code, "ResourceNotFoundException");
    // Recorded.
    let (start, rest) = text.split_once("Request ID: ").unwrap();
    assert_eq!(
        start,
        "Log group 'none' does not exist for account ID '123456789012' (Service: AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException; "
    );
    assert!(rest.ends_with("; Proxy: null)"), "{text}");
    for operation in ["GetQueryResults", "StopQuery", "ListLogGroupsForQuery"] {
        let (code, _) = service.refused(operation, json!({"queryId": "none"})).await;
        assert_eq!(code, "ResourceNotFoundException", "{operation}");
    }
    for pointer in ["", "x", "g:1", "none"] {
        let (code, _) = service
            .refused("GetLogRecord", json!({"logRecordPointer": pointer}))
            .await;
        assert_eq!(code, "InvalidParameterException", "{pointer}");
    }
}

#[tokio::test]
async fn a_query_names_groups_by_their_beginnings_and_by_class() {
    let service = Service::with_stream().await;
    for (name, class) in [("web/a", "STANDARD"), ("web/b", "INFREQUENT_ACCESS")] {
        let request = json!({"logGroupName": name, "logGroupClass": class});
        service.ok("CreateLogGroup", request).await;
    }
    let query = |text: &str| json!({"queryString": text, "startTime": 0, "endTime": NOW_S});
    for (source, expected) in [
        ("logGroups()", json!(["g", "web/a"])),
        ("logGroups(namePrefix: ['web'])", json!(["web/a"])),
        (
            "logGroups(namePrefix: ['web'], class: ['INFREQUENT_ACCESS'])",
            json!(["web/b"]),
        ),
    ] {
        let id = started(&service, query(&format!("SOURCE {source} | limit 1"))).await;
        let named = service.ok("ListLogGroupsForQuery", id).await;
        assert_eq!(named, json!({"logGroupIdentifiers": expected}), "{source}");
    }
    let none = query("SOURCE logGroups(namePrefix: ['none']) | limit 1");
    let (code, _) = service.refused("StartQuery", none).await;
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_limit_beyond_a_page_comes_in_pages_and_too_much_is_a_failure() {
    let service = Service::with_stream().await;
    let lines: Vec<(i64, &str)> = (0..9_000).map(|_| (NOW, "x")).collect();
    service.put("s", &lines).await;
    service.put("s", &lines).await;
    let mut request = started(&service, asking("fields @message | limit 10001")).await;
    let first = service.ok("GetQueryResults", request.clone()).await;
    assert_eq!(values(&first).len(), 10_000);
    request["nextToken"] = first["nextToken"].clone();
    let second = service.ok("GetQueryResults", request).await;
    assert_eq!(values(&second).len(), 1);
    let usual = started(&service, asking("fields @message")).await;
    let usual = service.ok("GetQueryResults", usual).await;
    assert_eq!(
        (values(&usual).len(), usual.get("nextToken")),
        (10_000, None)
    );
}
