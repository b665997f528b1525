//! The local CloudWatch Logs, asked operation by operation with a fixed clock.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::server::{Answer, answer, handle};
use super::server_refusal::Refusal;
use super::server_state::{Call, DAY_MS};
use crate::store::{Limits, Store};

pub(super) const NOW: i64 = 1_795_331_345_000;
const HOUR_MS: i64 = 3_600_000;

pub(super) struct Service {
    pub folder: tempfile::TempDir,
    pub store: Arc<Store>,
}

impl Service {
    pub fn new() -> Service {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path(), Limits::default()).unwrap());
        Service { folder, store }
    }

    /// With group `g` and stream `s`.
    pub async fn with_stream() -> Service {
        let service = Service::new();
        service
            .ok("CreateLogGroup", json!({"logGroupName": "g"}))
            .await;
        service.stream("s").await;
        service
    }

    pub fn reopened(self) -> Service {
        let Service { folder, store } = self;
        drop(store);
        let store = Arc::new(Store::open(folder.path(), Limits::default()).unwrap());
        Service { folder, store }
    }

    pub async fn at(
        &self,
        region: &str,
        now_ms: i64,
        operation: &str,
        request: Value,
    ) -> Result<Value, Refusal> {
        let call = Call {
            left_out: &Default::default(),
            store: &self.store,
            region,
            now_ms,
        };
        let body = request.to_string();
        let answer = answer(&call, Some(operation), body.as_bytes()).await?;
        Ok(match answer {
            Answer::Json(answer) => answer,
            Answer::Nothing | Answer::Stream(_) => Value::Null,
        })
    }

    pub async fn ok(&self, operation: &str, request: Value) -> Value {
        self.at("us-east-1", NOW, operation, request).await.unwrap()
    }

    pub async fn refused(&self, operation: &str, request: Value) -> (&'static str, String) {
        let refusal = self
            .at("us-east-1", NOW, operation, request)
            .await
            .unwrap_err();
        (refusal.code(), refusal.to_string())
    }

    pub async fn stream(&self, name: &str) {
        let request = json!({"logGroupName": "g", "logStreamName": name});
        self.ok("CreateLogStream", request).await;
    }

    pub async fn put(&self, stream: &str, lines: &[(i64, &str)]) -> Value {
        self.ok("PutLogEvents", batch(stream, lines)).await
    }

    pub async fn filtered(&self, mut request: Value) -> Vec<String> {
        request["logGroupName"] = json!("g");
        messages(&self.ok("FilterLogEvents", request).await)
    }
}

pub(super) fn batch(stream: &str, lines: &[(i64, &str)]) -> Value {
    let events: Vec<Value> = lines
        .iter()
        .map(|(timestamp, message)| json!({"timestamp": timestamp, "message": message}))
        .collect();
    json!({"logGroupName": "g", "logStreamName": stream, "logEvents": events})
}

pub(super) fn messages(answer: &Value) -> Vec<String> {
    let events = answer["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["message"].as_str().unwrap().to_string())
        .collect()
}

#[tokio::test]
async fn recorded_refusals_have_their_recorded_codes_and_texts() {
    let service = Service::with_stream().await;
    let long = "g".repeat(513);
    for (operation, request, code, text) in [
        (
            "CreateLogGroup",
            json!({"logGroupName": "g"}),
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
        ),
        (
            "CreateLogStream",
            json!({"logGroupName": "g", "logStreamName": "s"}),
            "ResourceAlreadyExistsException",
            "The specified log stream already exists",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": long}),
            "InvalidParameterException",
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "none", "logStreamName": "s"}),
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "none"}),
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        ),
        (
            "PutLogEvents",
            batch("none", &[(NOW, "a")]),
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        ),
        (
            "PutLogEvents",
            batch("s", &[(NOW, "a"), (NOW - 1, "b")]),
            "InvalidParameterException",
            "Log events in a single PutLogEvents request must be in chronological order.",
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "nextToken": "x"}),
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "nextToken": "x"}),
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        ),
        (
            "DescribeLogGroups",
            json!({"logGroupNamePrefix": "a", "logGroupNamePattern": "b"}),
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ),
        (
            "DescribeLogStreams",
            json!({"logGroupName": "g", "logGroupIdentifier": "g"}),
            "ValidationException",
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "limit": 10001}),
            "InvalidParameterException",
            "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: \
             Member must have value less than or equal to 10000",
        ),
    ] {
        let expected = (code, text.to_string());
        assert_eq!(
            service.refused(operation, request.clone()).await,
            expected,
            "{operation} {request}"
        );
    }
}

#[tokio::test]
async fn odd_requests_are_refused_by_name() {
    let service = Service::with_stream().await;
    for (operation, request, code, says) in [
        (
            "PutMetricFilter",
            json!({}),
            "InvalidParameterException",
            "the operation PutMetricFilter",
        ),
        (
            "CreateDelivery",
            json!({}),
            "ValidationException",
            "the operation CreateDelivery",
        ),
        (
            "StartQuery",
            json!({"startTime": 1}),
            "InvalidParameterException",
            "Value null at 'queryString'",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "x", "tags": {}}),
            "InvalidParameterException",
            "at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "x", "tags": {"aws:x": "y"}}),
            "InvalidParameterException",
            "Value 'aws:x' at 'tags'",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "x", "logGroupClass": "CHEAP"}),
            "InvalidParameterException",
            "Value 'CHEAP' at 'logGroupClass' failed to satisfy constraint: Member must satisfy enum value set",
        ),
        (
            "DescribeLogGroups",
            json!({"logGroupIdentifiers": ["g"], "logGroupNamePrefix": "g"}),
            "InvalidParameterException",
            "logGroupIdentifiers cannot be used together",
        ),
        (
            "AssociateKmsKey",
            json!({"kmsKeyId": "k"}),
            "InvalidParameterException",
            "Exactly one of",
        ),
        (
            "AssociateKmsKey",
            json!({"kmsKeyId": "k", "resourceIdentifier": "arn:aws:logs:us-east-1:123456789012:query-definition:x"}),
            "InvalidParameterException",
            "is not one",
        ),
        (
            "PutLogGroupDeletionProtection",
            json!({"logGroupIdentifier": "none", "deletionProtectionEnabled": true}),
            "ResourceNotFoundException",
            "does not exist",
        ),
        (
            "TagResource",
            json!({"resourceArn": "g", "tags": {"a": "b"}}),
            "ResourceNotFoundException",
            "does not exist",
        ),
        (
            "CreateLogGroup",
            json!({}),
            "InvalidParameterException",
            "Value null at 'logGroupName'",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": 7}),
            "SerializationException",
            "logGroupName must be a text",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "a b"}),
            "InvalidParameterException",
            r"Value at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "aws/x"}),
            "InvalidParameterException",
            "reserved",
        ),
        (
            "CreateLogStream",
            json!({"logGroupName": "g", "logStreamName": "a:b"}),
            "InvalidParameterException",
            "[^:*]*",
        ),
        (
            "PutRetentionPolicy",
            json!({"logGroupName": "g", "retentionInDays": 2}),
            "InvalidParameterException",
            "Value '2' at 'retentionInDays'",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "logStreamNames": ["s"], "logStreamNamePrefix": "s"}),
            "InvalidParameterException",
            "mutually exclusive",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "filterPattern": "{"}),
            "InvalidParameterException",
            "Invalid filter pattern",
        ),
    ] {
        let (got, text) = service.refused(operation, request.clone()).await;
        assert_eq!(got, code, "{operation} {request}: {text}");
        assert!(text.contains(says), "{operation} {request}: {text}");
    }
    let long = "a".repeat(1025);
    for (operation, member, request) in [
        (
            "FilterLogEvents",
            "filterPattern",
            json!({"logGroupName": "g"}),
        ),
        (
            "StartLiveTail",
            "logEventFilterPattern",
            json!({"logGroupIdentifiers": ["arn:aws:logs:us-east-1:123456789012:log-group:g"]}),
        ),
    ] {
        let mut request = request;
        request[member] = json!(long);
        let (_, text) = service.refused(operation, request).await;
        let says = format!(
            "at '{member}' failed to satisfy constraint: Member must have length less than or equal to 1024"
        );
        assert!(text.ends_with(&says), "{text}");
    }
    let call = Call {
        left_out: &Default::default(),
        store: &service.store,
        region: "us-east-1",
        now_ms: NOW,
    };
    let refusal = answer(&call, None, b"").await.unwrap_err();
    assert_eq!(refusal.code(), "UnknownOperationException");
    let refusal = answer(&call, Some("DescribeLogGroups"), b"\xff{")
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "SerializationException");
}

#[tokio::test]
async fn a_group_is_described_as_the_service_describes_it() {
    let service = Service::with_stream().await;
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
    let mut expected = json!({
        "arn": format!("{arn}:*"),
        "creationTime": NOW,
        "logGroupArn": arn,
        "logGroupClass": "STANDARD",
        "logGroupName": "g",
        "metricFilterCount": 0,
        "deletionProtectionEnabled": false,
        "storedBytes": 0,
    });
    assert_eq!(
        service.ok("DescribeLogGroups", json!({})).await,
        json!({"logGroups": [expected]})
    );

    service.put("s", &[(NOW, "four")]).await;
    service
        .ok(
            "PutRetentionPolicy",
            json!({"logGroupName": "g", "retentionInDays": 7}),
        )
        .await;
    expected["storedBytes"] = json!(30);
    expected["retentionInDays"] = json!(7);
    let service = service.reopened();
    assert_eq!(
        service.ok("DescribeLogGroups", json!({})).await,
        json!({"logGroups": [expected]})
    );

    service
        .ok("DeleteRetentionPolicy", json!({"logGroupName": "g"}))
        .await;
    let answer = service
        .ok("DescribeLogGroups", json!({"logGroupNamePattern": "g"}))
        .await;
    assert_eq!(answer["logGroups"][0].get("retentionInDays"), None);
    assert_eq!(answer["logGroups"][0].get("storedBytes"), None);
}

#[tokio::test]
async fn groups_come_by_name_and_in_pages() {
    let service = Service::new();
    for name in ["b/2", "a", "b/10", "c"] {
        service
            .ok("CreateLogGroup", json!({"logGroupName": name}))
            .await;
    }
    let names = |answer: &Value| -> Vec<String> {
        let groups = answer["logGroups"].as_array().unwrap();
        groups
            .iter()
            .map(|it| it["logGroupName"].as_str().unwrap().to_string())
            .collect()
    };
    let all = service.ok("DescribeLogGroups", json!({})).await;
    assert_eq!(names(&all), ["a", "b/10", "b/2", "c"]);
    assert_eq!(all.get("nextToken"), None);
    let first = service.ok("DescribeLogGroups", json!({"limit": 3})).await;
    let token = &first["nextToken"];
    let second = service
        .ok("DescribeLogGroups", json!({"limit": 3, "nextToken": token}))
        .await;
    assert_eq!(
        (names(&first).len(), names(&second)),
        (3, vec!["c".to_string()])
    );
    let prefixed = service
        .ok("DescribeLogGroups", json!({"logGroupNamePrefix": "b/"}))
        .await;
    assert_eq!(names(&prefixed), ["b/10", "b/2"]);
    let matching = service
        .ok("DescribeLogGroups", json!({"logGroupNamePattern": "/1"}))
        .await;
    assert_eq!(names(&matching), ["b/10"]);
    // Recorded: a search by pattern gives a token even after its last match, and then nothing.
    let token = &matching["nextToken"];
    let request = json!({"logGroupNamePattern": "/1", "nextToken": token});
    let after = service.ok("DescribeLogGroups", request).await;
    assert_eq!(after, json!({"logGroups": []}));
}

#[tokio::test]
async fn regions_are_kept_apart() {
    let service = Service::with_stream().await;
    service.put("s", &[(NOW, "here")]).await;
    let elsewhere = "ca-central-1";
    let answer = service
        .at(elsewhere, NOW, "DescribeLogGroups", json!({}))
        .await
        .unwrap();
    assert_eq!(answer, json!({"logGroups": []}));
    let request = json!({"logGroupName": "g"});
    service
        .at(elsewhere, NOW, "CreateLogGroup", request.clone())
        .await
        .unwrap();
    let answer = service
        .at(elsewhere, NOW, "FilterLogEvents", request)
        .await
        .unwrap();
    assert_eq!(messages(&answer), Vec::<String>::new());
    service
        .at(
            elsewhere,
            NOW,
            "DeleteLogGroup",
            json!({"logGroupName": "g"}),
        )
        .await
        .unwrap();
    assert_eq!(service.filtered(json!({})).await, ["here"]);
}

#[tokio::test]
async fn a_new_group_or_stream_of_an_old_name_is_empty() {
    let service = Service::with_stream().await;
    service.stream("other").await;
    service.put("s", &[(NOW, "old s")]).await;
    service.put("other", &[(NOW, "kept")]).await;
    let stream = json!({"logGroupName": "g", "logStreamName": "s"});
    service.ok("DeleteLogStream", stream.clone()).await;
    assert_eq!(service.filtered(json!({})).await, ["kept"]);
    service.stream("s").await;
    let service = service.reopened();
    assert_eq!(service.filtered(json!({})).await, ["kept"]);
    service.put("s", &[(NOW, "new s")]).await;
    assert_eq!(
        messages(&service.ok("GetLogEvents", stream).await),
        ["new s"]
    );

    service
        .ok("DeleteLogGroup", json!({"logGroupName": "g"}))
        .await;
    service
        .ok("CreateLogGroup", json!({"logGroupName": "g"}))
        .await;
    let (code, _) = service
        .refused("PutLogEvents", batch("s", &[(NOW, "x")]))
        .await;
    assert_eq!(code, "ResourceNotFoundException");
    service.stream("s").await;
    let service = service.reopened();
    assert_eq!(service.filtered(json!({})).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_protected_group_stays() {
    let service = Service::new();
    let request = json!({"logGroupName": "g", "deletionProtectionEnabled": true});
    service.ok("CreateLogGroup", request).await;
    let (code, _) = service
        .refused("DeleteLogGroup", json!({"logGroupName": "g"}))
        .await;
    assert_eq!(code, "ValidationException");
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
    let request = json!({"logGroupIdentifier": arn, "deletionProtectionEnabled": false});
    service.ok("PutLogGroupDeletionProtection", request).await;
    service
        .ok("DeleteLogGroup", json!({"logGroupName": "g"}))
        .await;
}

#[tokio::test]
async fn a_key_is_kept_by_name_or_arn_until_it_is_taken_away() {
    let service = Service::with_stream().await;
    let key = async |service: &Service| {
        let answer = service.ok("DescribeLogGroups", json!({})).await;
        answer["logGroups"][0].get("kmsKeyId").cloned()
    };
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
    let request = json!({"logGroupName": "g", "kmsKeyId": "arn:aws:kms:x"});
    service.ok("AssociateKmsKey", request).await;
    assert_eq!(key(&service).await, Some(json!("arn:aws:kms:x")));
    service
        .ok("DisassociateKmsKey", json!({"resourceIdentifier": arn}))
        .await;
    assert_eq!(key(&service).await, None);
}

#[tokio::test]
async fn retention_takes_lines_from_the_disk_too() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        kept: super::server::kept,
        clock: || NOW * 1_000_000,
        ..Limits::default()
    };
    let store = Arc::new(Store::open(folder.path(), limits).unwrap());
    let service = Service { folder, store };
    for name in ["g", "other"] {
        let group = json!({"logGroupName": name});
        service.ok("CreateLogGroup", group).await;
    }
    service.stream("s").await;
    let old = "0123456789 old ".repeat(20);
    service.put("s", &[(NOW - 2 * DAY_MS, &old)]).await;
    service.store.compact().await.unwrap();
    let on_disk = || {
        let files = std::fs::read_dir(service.folder.path().join("segments")).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| bytes.windows(14).any(|it| it == b"0123456789 old"))
    };
    assert!(on_disk());
    let request = json!({"logGroupName": "g", "retentionInDays": 1});
    service.ok("PutRetentionPolicy", request).await;
    service.store.compact().await.unwrap();
    assert!(!on_disk());
    let answer = service.ok("DescribeLogGroups", json!({})).await;
    assert_eq!(answer["logGroups"][0]["storedBytes"], 0);
}

#[tokio::test]
async fn an_empty_stream_is_described_without_times_and_a_used_one_with_them() {
    let service = Service::with_stream().await;
    let empty = json!({
        "arn": "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:s",
        "creationTime": NOW,
        "logStreamName": "s",
        "storedBytes": 0,
    });
    let request = json!({"logGroupName": "g"});
    let answer = service.ok("DescribeLogStreams", request.clone()).await;
    assert_eq!(answer, json!({"logStreams": [empty]}));
    service.put("s", &[(NOW - 5, "a"), (NOW - 2, "b")]).await;
    let answer = service.ok("DescribeLogStreams", request).await;
    let stream = &answer["logStreams"][0];
    assert_eq!(stream["firstEventTimestamp"], NOW - 5);
    assert_eq!(stream["lastEventTimestamp"], NOW - 2);
    assert_eq!(stream["lastIngestionTime"], NOW);
    assert_eq!(stream["uploadSequenceToken"].as_str().unwrap().len(), 56);
}

#[tokio::test]
async fn streams_come_by_name_or_by_newest_event() {
    let service = Service::with_stream().await;
    for name in ["t/1", "t/2"] {
        service.stream(name).await;
    }
    service.put("s", &[(NOW, "newest")]).await;
    service.put("t/2", &[(NOW - 9, "older")]).await;
    let names = |answer: &Value| -> Vec<String> {
        let streams = answer["logStreams"].as_array().unwrap();
        streams
            .iter()
            .map(|it| it["logStreamName"].as_str().unwrap().to_string())
            .collect()
    };
    for (request, expected) in [
        (json!({}), vec!["s", "t/1", "t/2"]),
        (json!({"descending": true}), vec!["t/2", "t/1", "s"]),
        (json!({"logStreamNamePrefix": "t/"}), vec!["t/1", "t/2"]),
        (json!({"orderBy": "LastEventTime"}), vec!["t/1", "t/2", "s"]),
        (
            json!({"orderBy": "LastEventTime", "descending": true}),
            vec!["s", "t/2", "t/1"],
        ),
    ] {
        let mut paged = Vec::new();
        let mut request = request;
        request["logGroupName"] = json!("g");
        assert_eq!(
            names(&service.ok("DescribeLogStreams", request.clone()).await),
            expected
        );
        request["limit"] = json!(1);
        loop {
            let answer = service.ok("DescribeLogStreams", request.clone()).await;
            paged.extend(names(&answer));
            match answer.get("nextToken") {
                Some(token) => request["nextToken"] = token.clone(),
                None => break,
            }
        }
        assert_eq!(paged, expected, "in pages");
    }
    let request =
        json!({"logGroupName": "g", "orderBy": "LastEventTime", "logStreamNamePrefix": "t"});
    let (code, _) = service.refused("DescribeLogStreams", request).await;
    assert_eq!(code, "InvalidParameterException");
}

#[tokio::test]
async fn lines_that_are_too_old_or_too_new_are_turned_away_and_the_others_taken() {
    let service = Service::with_stream().await;
    let old = NOW - 14 * DAY_MS - 1;
    let ahead = NOW + 2 * HOUR_MS + 1;
    let answer = service
        .put("s", &[(old, "old"), (NOW, "now"), (ahead, "ahead")])
        .await;
    let expected = json!({"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2});
    assert_eq!(answer["rejectedLogEventsInfo"], expected);
    assert_eq!(answer["nextSequenceToken"].as_str().unwrap().len(), 56);
    assert_eq!(service.filtered(json!({})).await, ["now"]);

    let answer = service.put("s", &[(old + 1, "just")]).await;
    assert_eq!(answer.get("rejectedLogEventsInfo"), None);
    let answer = service.put("s", &[(ahead - 1, "just ahead")]).await;
    assert_eq!(answer.get("rejectedLogEventsInfo"), None);
}

#[tokio::test]
async fn retention_turns_expired_lines_away_and_hides_those_that_expire() {
    let service = Service::with_stream().await;
    service
        .put("s", &[(NOW - 2 * DAY_MS, "two days old")])
        .await;
    service.put("s", &[(NOW, "new")]).await;
    service
        .ok(
            "PutRetentionPolicy",
            json!({"logGroupName": "g", "retentionInDays": 1}),
        )
        .await;
    assert_eq!(service.filtered(json!({})).await, ["new"]);
    let answer = service
        .put("s", &[(NOW - DAY_MS - 1, "expired"), (NOW, "also new")])
        .await;
    assert_eq!(
        answer["rejectedLogEventsInfo"],
        json!({"expiredLogEventEndIndex": 1})
    );
    assert_eq!(service.filtered(json!({})).await, ["new", "also new"]);
}

#[tokio::test]
async fn a_batch_past_a_limit_is_refused_whole() {
    let service = Service::with_stream().await;
    let said = |refused: (&'static str, String)| {
        assert_eq!(refused.0, "InvalidParameterException");
        refused.1
    };
    let too_many = vec![(NOW, "a"); 10_001];
    let text = said(service.refused("PutLogEvents", batch("s", &too_many)).await);
    assert!(
        text.contains("length less than or equal to 10000"),
        "{text}"
    );
    let text = said(service.refused("PutLogEvents", batch("s", &[])).await);
    assert!(text.contains("length greater than or equal to 1"), "{text}");
    let text = said(
        service
            .refused("PutLogEvents", batch("s", &[(NOW, "")]))
            .await,
    );
    assert!(text.contains("logEvents.1.member.message"), "{text}");
    let span = [(NOW - DAY_MS - 1, "a"), (NOW, "b")];
    let text = said(service.refused("PutLogEvents", batch("s", &span)).await);
    assert!(text.contains("24 hours"), "{text}");

    // Two bytes a character: characters must not be counted.
    let just = "é".repeat((1_048_576 - 26) / 2);
    service.put("s", &[(NOW, just.as_str())]).await;
    let text = said(
        service
            .refused("PutLogEvents", batch("s", &[(NOW, &format!("{just}x"))]))
            .await,
    );
    assert_eq!(
        text,
        "Log event too large: 1048577 bytes exceeds limit of 1048576"
    );
    let half = "x".repeat(524_288 - 26);
    service
        .put("s", &[(NOW, half.as_str()), (NOW, half.as_str())])
        .await;
    let over = format!("{half}x");
    let two = [(NOW, half.as_str()), (NOW, over.as_str())];
    let text = said(service.refused("PutLogEvents", batch("s", &two)).await);
    assert_eq!(
        text,
        "Upload too large: 1048577 bytes exceeds limit of 1048576"
    );
}

#[tokio::test]
async fn lines_come_by_time_and_then_by_arrival() {
    let service = Service::with_stream().await;
    service.stream("t").await;
    service
        .put("s", &[(NOW, "third"), (NOW + 1, "fifth")])
        .await;
    service
        .put("t", &[(NOW - 1, "first"), (NOW, "fourth")])
        .await;
    service.put("s", &[(NOW - 1, "second")]).await;
    let all = ["first", "second", "third", "fourth", "fifth"];
    assert_eq!(service.filtered(json!({})).await, all);
    let newest_first = service
        .filtered(json!({"startFromHead": false, "startTime": NOW - 1}))
        .await;
    assert_eq!(newest_first, all.iter().rev().copied().collect::<Vec<_>>());
}

#[tokio::test]
async fn get_ends_before_its_end_and_filter_at_it() {
    let service = Service::with_stream().await;
    service
        .put("s", &[(NOW, "a"), (NOW + 1, "b"), (NOW + 2, "c")])
        .await;
    let times = json!({"startTime": NOW + 1, "endTime": NOW + 2});
    assert_eq!(service.filtered(times.clone()).await, ["b", "c"]);
    let mut request = times;
    request["logGroupName"] = json!("g");
    request["logStreamName"] = json!("s");
    assert_eq!(messages(&service.ok("GetLogEvents", request).await), ["b"]);
}

#[tokio::test]
async fn get_pages_forwards_and_backwards_and_gives_the_token_back_at_the_end() {
    let service = Service::with_stream().await;
    let lines: Vec<(i64, &str)> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|it| (NOW, *it))
        .collect();
    service.put("s", &lines).await;
    let get = async |token: &Value, head: bool| {
        let mut request = json!({
            "logGroupName": "g", "logStreamName": "s", "limit": 2, "startFromHead": head
        });
        if !token.is_null() {
            request["nextToken"] = token.clone();
        }
        service.ok("GetLogEvents", request).await
    };
    let tail = get(&Value::Null, false).await;
    assert_eq!(messages(&tail), ["d", "e"]);
    let before = get(&tail["nextBackwardToken"], false).await;
    assert_eq!(messages(&before), ["b", "c"]);
    let again = get(&before["nextForwardToken"], false).await;
    assert_eq!(messages(&again), ["d", "e"]);

    let end = get(&tail["nextForwardToken"], false).await;
    assert_eq!(messages(&end), Vec::<String>::new());
    assert_eq!(end["nextForwardToken"], tail["nextForwardToken"]);
    assert_eq!(
        messages(&get(&end["nextBackwardToken"], false).await),
        ["d", "e"]
    );
    service.put("s", &[(NOW + 1, "f")]).await;
    assert_eq!(messages(&get(&end["nextForwardToken"], false).await), ["f"]);

    let head = get(&Value::Null, true).await;
    assert_eq!(messages(&head), ["a", "b"]);
    let start = get(&head["nextBackwardToken"], true).await;
    assert_eq!(messages(&start), Vec::<String>::new());
    assert_eq!(start["nextBackwardToken"], head["nextBackwardToken"]);
    assert_eq!(
        messages(&get(&start["nextForwardToken"], true).await),
        ["a", "b"]
    );
}

#[tokio::test]
async fn tokens_of_an_empty_stream_wait_for_its_first_line() {
    let service = Service::with_stream().await;
    for head in [true, false] {
        let mut request = json!({"logGroupName": "g", "logStreamName": "s", "startFromHead": head});
        let empty = service.ok("GetLogEvents", request.clone()).await;
        service.put("s", &[(NOW, "x")]).await;
        request["nextToken"] = empty["nextForwardToken"].clone();
        assert!(!messages(&service.ok("GetLogEvents", request).await).is_empty());
        service
            .ok(
                "DeleteLogStream",
                json!({"logGroupName": "g", "logStreamName": "s"}),
            )
            .await;
        service.stream("s").await;
    }
}

#[tokio::test]
async fn filter_pages_hold_every_match_once_and_the_last_has_no_token() {
    let service = Service::with_stream().await;
    let lines: Vec<(i64, String)> = (0..10)
        .map(|i| (NOW + i / 3, format!("line {i}")))
        .collect();
    let lines: Vec<(i64, &str)> = lines
        .iter()
        .map(|(time, line)| (*time, line.as_str()))
        .collect();
    service.put("s", &lines).await;
    for (limit, n_pages) in [(4, 3), (5, 2), (10, 1), (20, 1)] {
        let mut request = json!({"logGroupName": "g", "filterPattern": "line", "limit": limit});
        let mut ids = Vec::new();
        let mut pages = 0;
        loop {
            let answer = service.ok("FilterLogEvents", request.clone()).await;
            assert_eq!(answer["searchedLogStreams"], json!([]));
            for event in answer["events"].as_array().unwrap() {
                ids.push(event["eventId"].as_str().unwrap().to_string());
            }
            pages += 1;
            match answer.get("nextToken") {
                Some(token) => request["nextToken"] = token.clone(),
                None => break,
            }
        }
        assert_eq!(pages, n_pages, "limit {limit}");
        assert_eq!(ids.len(), 10);
        assert!(ids.is_sorted() && ids.iter().all(|id| id.len() == 56));
        ids.dedup();
        assert_eq!(ids.len(), 10);
    }
}

#[tokio::test]
async fn a_page_ends_before_a_megabyte() {
    let service = Service::with_stream().await;
    let line = "x".repeat(600_000);
    for _ in 0..3 {
        service.put("s", &[(NOW, line.as_str())]).await;
    }
    let answer = service
        .ok("FilterLogEvents", json!({"logGroupName": "g"}))
        .await;
    assert_eq!(messages(&answer).len(), 1);
    assert!(answer.get("nextToken").is_some());
}

#[tokio::test]
async fn filter_searches_the_streams_that_are_named() {
    let service = Service::with_stream().await;
    for name in ["web/1", "web/2"] {
        service.stream(name).await;
        service.put(name, &[(NOW, name)]).await;
    }
    service.put("s", &[(NOW, "s")]).await;
    assert_eq!(
        service
            .filtered(json!({"logStreamNames": ["s", "web/2"]}))
            .await,
        ["web/2", "s"]
    );
    assert_eq!(
        service
            .filtered(json!({"logStreamNamePrefix": "web/"}))
            .await,
        ["web/1", "web/2"]
    );
    assert_eq!(
        service.filtered(json!({"filterPattern": "-web"})).await,
        ["s"]
    );
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
    let answer = service
        .ok("FilterLogEvents", json!({"logGroupIdentifier": arn}))
        .await;
    assert_eq!(messages(&answer).len(), 3);
}

#[tokio::test]
async fn tags_are_one_map_for_both_kinds_of_operations() {
    let service = Service::new();
    let request = json!({"logGroupName": "g", "tags": {"a": "1"}});
    service.ok("CreateLogGroup", request).await;
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
    service
        .ok(
            "TagResource",
            json!({"resourceArn": arn, "tags": {"b": "2"}}),
        )
        .await;
    let answer = service
        .ok("ListTagsLogGroup", json!({"logGroupName": "g"}))
        .await;
    assert_eq!(answer, json!({"tags": {"a": "1", "b": "2"}}));
    service
        .ok("UntagLogGroup", json!({"logGroupName": "g", "tags": ["a"]}))
        .await;
    service
        .ok(
            "UntagResource",
            json!({"resourceArn": arn, "tagKeys": ["c"]}),
        )
        .await;
    let answer = service
        .ok("ListTagsForResource", json!({"resourceArn": arn}))
        .await;
    assert_eq!(answer, json!({"tags": {"b": "2"}}));
    let other = format!("{arn}x");
    let (code, _) = service
        .refused("ListTagsForResource", json!({"resourceArn": other}))
        .await;
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn the_door_speaks_aws_json_and_tells_regions_by_the_signature() {
    let service = Service::new();
    let ask = async |operation: &str, region: &str, body: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-amz-target",
            format!("Logs_20140328.{operation}").parse().unwrap(),
        );
        let scope = format!("AWS4-HMAC-SHA256 Credential=K/20261122/{region}/logs/aws4_request");
        headers.insert("authorization", scope.parse().unwrap());
        let answer = handle(&service.store, &headers, body.into()).await;
        let (parts, body) = answer.into_parts();
        assert_eq!(parts.headers["content-type"], "application/x-amz-json-1.1");
        assert_eq!(parts.headers["x-amzn-requestid"].len(), 36);
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (
            parts.status.as_u16(),
            String::from_utf8(body.to_vec()).unwrap(),
        )
    };
    let create = r#"{"logGroupName": "g"}"#;
    let empty = (200, String::new());
    assert_eq!(ask("CreateLogGroup", "eu-west-1", create).await, empty);
    assert_eq!(ask("CreateLogGroup", "eu-west-2", create).await, empty);
    let (status, body) = ask("CreateLogGroup", "eu-west-1", create).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        r#"{"__type":"ResourceAlreadyExistsException","message":"The specified log group already exists"}"#
    );
    let (status, body) = ask("DescribeLogGroups", "eu-west-3", "").await;
    assert_eq!((status, body.as_str()), (200, r#"{"logGroups":[]}"#));
}
