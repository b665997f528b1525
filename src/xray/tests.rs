//! Both ends together: the service over a temporary folder, asked by AWS's SDK and over bare HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::client::XRayClient;
use super::plan;
use super::rule_file::built_in;
use super::sampler::Sampler;
use super::segment::{HttpRequest, HttpResponse, Segment};
use super::server::routes_at;
use crate::aws;
use crate::model::plan::{Action, Claim, Plan};
use crate::model::sampling::SamplingRequest;
use crate::model::sampling_target::{Quota, RuleStatistics};
use crate::model::time::{SECOND, Window};
use crate::model::wanted::{Tags, XRayWanted};
use crate::settings::targets::AwsTarget;
use crate::store::{Limits, Store};

const NOW: i64 = 1_795_331_345 * SECOND;

mod clocked;
mod graphs;
mod refusals;
mod sampling;
mod settings;
mod traces;

/// The service on a port of its own; its folder goes when it is dropped.
struct Running {
    address: SocketAddr,
    folder: tempfile::TempDir,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start() -> Running {
        Running::over(tempfile::tempdir().unwrap()).await
    }

    async fn over(folder: tempfile::TempDir) -> Running {
        Running::over_at(folder, || NOW).await
    }

    async fn over_at(folder: tempfile::TempDir, clock: fn() -> i64) -> Running {
        let store = Arc::new(Store::open(folder.path(), Limits::default()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            axum::serve(listener, routes_at(store, clock))
                .await
                .unwrap();
        });
        Running {
            address,
            folder,
            task,
        }
    }

    /// Stops, so that the folder can be opened again.
    async fn stop(self) -> tempfile::TempDir {
        self.task.abort();
        let _ = self.task.await;
        self.folder
    }

    async fn client(&self, region: &str) -> XRayClient {
        let (address, region) = (self.address, region.to_string());
        let target = AwsTarget::Local {
            address,
            region,
            key: None,
        };
        XRayClient::new(&aws::configuration(&target).await.unwrap())
    }

    /// Posts bare HTTP and returns status, the error's code, and the body.
    async fn post(&self, path: &str, body: &str) -> (u16, String, Value) {
        self.ask("POST", path, "", body).await
    }

    /// As `post`, with any method and, if it is not empty, an Authorization header.
    async fn ask(
        &self,
        method: &str,
        path: &str,
        signed: &str,
        body: &str,
    ) -> (u16, String, Value) {
        let signed = match signed {
            "" => String::new(),
            signed => format!("authorization: {signed}\r\n"),
        };
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\n{signed}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A refused body may be followed by a reset; what came before it is the answer.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head[9..12].parse().unwrap();
        let code = head
            .lines()
            .find_map(|line| line.strip_prefix("x-amzn-errortype: "));
        assert!(head.contains("x-amzn-requestid: "), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        let body = serde_json::from_str(body).unwrap();
        (status, code.unwrap_or_default().to_string(), body)
    }

    /// Posts what must be refused and returns the message.
    async fn refusal(&self, path: &str, body: &str) -> String {
        let (status, code, answer) = self.post(path, body).await;
        assert_eq!(
            (status, code.as_str()),
            (400, "InvalidRequestException"),
            "{answer}"
        );
        answer["Message"].as_str().unwrap().to_string()
    }

    /// Posts what must be refused and returns the error's code and the message, which stands under the key
    /// that its family has.
    async fn refused(&self, path: &str, body: &str) -> (String, String) {
        let (status, code, answer) = self.post(path, body).await;
        assert_eq!(status, 400, "{path} {body} {answer}");
        let key = match code.as_str() {
            "ValidationException" => "message",
            _ => "Message",
        };
        let message = answer[key].as_str().unwrap_or("null").to_string();
        (code, message)
    }

    /// Posts what must be taken and returns the answer.
    async fn answer(&self, path: &str, body: &str) -> Value {
        let (status, _, answer) = self.post(path, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

fn wanted() -> XRayWanted {
    XRayWanted::of_rule(built_in(), Tags::new())
}

async fn set_up(client: &XRayClient, wanted: &XRayWanted) -> Plan {
    let planned = plan::plan(client, wanted, Claim::Tagged).await.unwrap();
    let mut n_done = 0;
    plan::apply(client, &planned, |_| n_done += 1)
        .await
        .unwrap();
    assert_eq!(n_done, planned.plan.steps.len());
    planned.plan
}

fn rule_json() -> Value {
    json!({
        "RuleName": "Cruddur", "ResourceARN": "*", "Priority": 9000, "FixedRate": 0.1,
        "ReservoirSize": 5, "ServiceName": "backend-flask", "ServiceType": "*", "Host": "*",
        "HTTPMethod": "*", "URLPath": "*", "Version": 1,
    })
}

fn trace_id(number: u32) -> String {
    let second = NOW / SECOND + i64::from(number);
    format!("1-{second:08x}-{number:024x}")
}

fn segment(number: u32, status: u16) -> String {
    let start = NOW + i64::from(number) * SECOND;
    let id = trace_id(number);
    let mut segment = Segment::new(
        "backend-flask",
        number.into(),
        &id,
        start,
        start + SECOND / 4,
    );
    let response = HttpResponse {
        status,
        content_length: None,
    };
    segment.set_http(HttpRequest::default(), response);
    segment.to_json()
}

#[tokio::test]
async fn setting_up_twice_changes_nothing_the_second_time() {
    let running = Running::start().await;
    let client = running.client("us-east-1").await;
    let first = set_up(&client, &wanted()).await;
    assert_eq!((first.counts().created, first.counts().updated), (2, 0));
    let second = set_up(&client, &wanted()).await;
    assert!(second.is_unchanged(), "{second:?}");
    assert_eq!(
        client.rules().await.unwrap(),
        [
            built_in(),
            crate::model::sampling::SamplingRule::default_rule()
        ]
    );
}

#[tokio::test]
async fn setting_up_brings_what_differs_to_what_is_wanted() {
    let running = Running::start().await;
    let client = running.client("us-east-1").await;
    let mut other = wanted();
    other.groups[0].filter_expression = "ok".to_string();
    other.rules[0].rule.reservoir_size = 1;
    other.rules[0].rule.attributes = [("a".to_string(), "b".to_string())].into();
    set_up(&client, &other).await;

    let changed = set_up(&client, &wanted()).await;
    assert_eq!((changed.counts().created, changed.counts().updated), (0, 2));
    let Action::Update(fields) = &changed.steps[1].action else {
        unreachable!()
    };
    let names: Vec<&str> = fields.iter().map(|change| change.field).collect();
    assert_eq!(names, ["reservoir_size", "attributes"]);
    assert!(set_up(&client, &wanted()).await.is_unchanged());
    let group = client.group("Cruddur").await.unwrap().unwrap();
    assert_eq!(
        group.filter_expression.as_deref(),
        Some("service(\"backend-flask\")")
    );
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let running = Running::start().await;
    let client = running.client("us-east-1").await;
    set_up(&client, &wanted()).await;
    client.put_segments(vec![segment(1, 200)]).await.unwrap();
    let arn = client.group("Cruddur").await.unwrap().unwrap().arn;
    drop(client);

    let running = Running::over(running.stop().await).await;
    let client = running.client("us-east-1").await;
    assert!(set_up(&client, &wanted()).await.is_unchanged());
    assert_eq!(client.group("Cruddur").await.unwrap().unwrap().arn, arn);
    assert_eq!(client.traces(&[trace_id(1)]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn regions_do_not_see_each_other() {
    let running = Running::start().await;
    let here = running.client("us-east-1").await;
    let there = running.client("ca-central-1").await;
    set_up(&here, &wanted()).await;
    here.put_segments(vec![segment(1, 200)]).await.unwrap();
    assert_eq!(there.group("Cruddur").await.unwrap(), None);
    assert_eq!(there.rules().await.unwrap().len(), 1);
    assert_eq!(there.traces(&[trace_id(1)]).await.unwrap(), []);
    let default = there.group("Default").await.unwrap().unwrap();
    assert_eq!(
        default.arn,
        "arn:aws:xray:ca-central-1:123456789012:group/Default"
    );
}

#[tokio::test]
async fn groups_are_checked_named_once_and_found_by_name_or_arn() {
    let running = Running::start().await;
    let created = running
        .answer(
            "/CreateGroup",
            r#"{"GroupName": "a", "FilterExpression": "ok"}"#,
        )
        .await;
    let group = &created["Group"];
    assert_eq!(
        group["InsightsConfiguration"],
        json!({"InsightsEnabled": false, "NotificationsEnabled": false})
    );
    let arn = group["GroupARN"].as_str().unwrap();
    assert!(
        arn.starts_with("arn:aws:xray:us-east-1:123456789012:group/a/"),
        "{arn}"
    );

    let suffix = arn.rsplit('/').next().unwrap();
    let is_base32 = |c: char| c.is_ascii_uppercase() || ('2'..='7').contains(&c);
    assert!(suffix.len() == 52 && suffix.chars().all(is_base32), "{arn}");

    let by_arn = json!({"GroupARN": arn}).to_string();
    let both = json!({"GroupARN": arn, "GroupName": "a"}).to_string();
    for reference in [r#"{"GroupName": "a"}"#, &by_arn] {
        assert_eq!(running.answer("/GetGroup", reference).await, created);
    }
    let update = json!({"GroupARN": arn, "GroupName": "a", "FilterExpression": "ok"}).to_string();
    for (path, body) in [("/GetGroup", &both), ("/UpdateGroup", &update)] {
        let message = running.refusal(path, body).await;
        assert_eq!(message, "Provide either GroupName or GroupARN");
    }
    for (path, body, message) in [
        (
            "/CreateGroup",
            r#"{"GroupName": "a", "FilterExpression": "ok"}"#,
            "a group with the name a already exists",
        ),
        (
            "/CreateGroup",
            r#"{"GroupName": "Default", "FilterExpression": "ok"}"#,
            "the name Default is reserved",
        ),
        (
            "/CreateGroup",
            r#"{"GroupName": "b"}"#,
            "Filter Expression is empty",
        ),
        (
            "/CreateGroup",
            r#"{"GroupName": "b", "FilterExpression": " "}"#,
            "Filter Expression is empty",
        ),
        (
            "/CreateGroup",
            r#"{"GroupName": "b", "FilterExpression": "servce(\"x\")"}"#,
            "invalid filter expression: unknown keyword `servce` at character 1; did you mean `service`?\nservce(\"x\")\n^^^^^^",
        ),
        (
            "/CreateGroup",
            r#"{"GroupName": "b", "FilterExpression": "ok", "InsightsConfiguration": {"NotificationsEnabled": true}}"#,
            "NotificationsEnabled may be true only when InsightsEnabled is true",
        ),
        ("/GetGroup", "{}", "a name or an ARN is required"),
        ("/GetGroup", r#"{"GroupName": "A"}"#, "Group not found"),
        (
            "/UpdateGroup",
            r#"{"GroupName": "b", "FilterExpression": "ok"}"#,
            "Group not found",
        ),
        (
            "/UpdateGroup",
            r#"{"GroupName": "a", "FilterExpression": ""}"#,
            "Filter Expression is empty",
        ),
        (
            "/UpdateGroup",
            r#"{"GroupName": "a", "InsightsConfiguration": {"InsightsEnabled": true}}"#,
            "Filter Expression is empty",
        ),
        (
            "/ServiceGraph",
            r#"{"GroupName": "b", "StartTime": 1, "EndTime": 2}"#,
            "Group not found.",
        ),
        ("/DeleteGroup", r#"{"GroupName": "b"}"#, "Group not found"),
        (
            "/DeleteGroup",
            r#"{"GroupName": "Default"}"#,
            "the Default group cannot be changed or deleted",
        ),
        (
            "/Groups",
            r#"{"NextToken": "x"}"#,
            "Next Token not supported",
        ),
    ] {
        assert_eq!(running.refusal(path, body).await, message, "{path} {body}");
    }
    let unchanged = running.answer("/GetGroup", &by_arn).await;
    assert_eq!(unchanged["Group"]["FilterExpression"], "ok");
    assert_eq!(running.answer("/DeleteGroup", &by_arn).await, json!({}));
    let again = running
        .answer(
            "/CreateGroup",
            r#"{"GroupName": "a", "FilterExpression": "ok"}"#,
        )
        .await;
    assert_ne!(again["Group"]["GroupARN"].as_str().unwrap(), arn);
}

#[tokio::test]
async fn an_empty_body_lists_groups_and_rules_and_the_list_ends() {
    let running = Running::start().await;
    for body in ["", "{}", r#"{"NextToken": null, "Unknown": [1]}"#] {
        let groups = running.answer("/Groups", body).await;
        let default = json!({
            "GroupName": "Default", "GroupARN": "arn:aws:xray:us-east-1:123456789012:group/Default",
            "FilterExpression": null,
            "InsightsConfiguration": {"InsightsEnabled": false, "NotificationsEnabled": false},
        });
        assert_eq!(groups, json!({"Groups": [default], "NextToken": null}));
        let rules = running.answer("/GetSamplingRules", body).await;
        assert_eq!(
            rules,
            json!({"SamplingRuleRecords": [{
                "SamplingRule": {
                    "RuleName": "Default", "RuleARN": "arn:aws:xray:us-east-1:123456789012:sampling-rule/Default",
                    "ResourceARN": "*", "Priority": 10000, "FixedRate": 0.05, "ReservoirSize": 1,
                    "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*",
                    "URLPath": "*", "Version": 1, "Attributes": {},
                },
                "CreatedAt": 0.0, "ModifiedAt": 0.0,
            }], "NextToken": null})
        );
    }
}

#[tokio::test]
async fn a_region_has_at_most_25_rules_and_25_groups() {
    let running = Running::start().await;
    for i in 0..26 {
        let mut rule = rule_json();
        rule["RuleName"] = json!(format!("r{i}"));
        let body = json!({ "SamplingRule": rule }).to_string();
        let (_, code, _) = running.post("/CreateSamplingRule", &body).await;
        assert_eq!(
            code,
            if i < 25 {
                ""
            } else {
                "RuleLimitExceededException"
            },
            "{i}"
        );
        let body = json!({ "GroupName": format!("g{i}"), "FilterExpression": "ok" }).to_string();
        let (_, code, _) = running.post("/CreateGroup", &body).await;
        assert_eq!(
            code,
            if i < 25 {
                ""
            } else {
                "InvalidRequestException"
            },
            "{i}"
        );
    }
}

#[tokio::test]
async fn of_the_default_rule_only_rate_and_reservoir_change() {
    let running = Running::start().await;
    let update = |member: &str, value: Value| {
        json!({"SamplingRuleUpdate": {"RuleName": "Default", member: value}}).to_string()
    };
    let answer = running
        .answer("/UpdateSamplingRule", &update("FixedRate", json!(0.5)))
        .await;
    assert_eq!(
        answer["SamplingRuleRecord"]["SamplingRule"]["FixedRate"],
        0.5
    );
    assert_eq!(
        answer["SamplingRuleRecord"]["SamplingRule"]["Priority"],
        10000
    );
    let rules = running.answer("/GetSamplingRules", "").await;
    assert_eq!(rules["SamplingRuleRecords"].as_array().unwrap().len(), 1);
    for (body, message) in [
        (
            update("Host", json!("x")),
            "Invalid update request for default sampling rule",
        ),
        (
            update("FixedRate", json!(-1)),
            "Invalid update request for default sampling rule",
        ),
    ] {
        assert_eq!(running.refusal("/UpdateSamplingRule", &body).await, message);
    }
    let message = running
        .refusal("/DeleteSamplingRule", r#"{"RuleName": "Default"}"#)
        .await;
    assert_eq!(message, "the Default sampling rule cannot be deleted");
}

#[tokio::test]
async fn a_deleted_rule_is_returned_and_gone() {
    let running = Running::start().await;
    let body = json!({ "SamplingRule": rule_json() }).to_string();
    running.answer("/CreateSamplingRule", &body).await;
    let by_arn = json!({"RuleARN": "arn:aws:xray:us-east-1:123456789012:sampling-rule/Cruddur"});
    let deleted = running
        .answer("/DeleteSamplingRule", &by_arn.to_string())
        .await;
    assert_eq!(
        deleted["SamplingRuleRecord"]["SamplingRule"]["RuleName"],
        "Cruddur"
    );
    assert_eq!(deleted["SamplingRuleRecord"]["CreatedAt"], 1_795_331_345.0);
    let message = running
        .refusal("/DeleteSamplingRule", &by_arn.to_string())
        .await;
    assert_eq!(message, "Sampling rule does not exist");
}

#[tokio::test]
async fn a_report_is_answered_with_a_share_of_the_reservoir() {
    let running = Running::start().await;
    let client = running.client("us-east-1").await;
    client.create_rule(&built_in(), &Tags::new()).await.unwrap();
    let sampler = Sampler::new(1);
    sampler.set_rules(client.rules().await.unwrap());
    let request = SamplingRequest {
        service_name: "backend-flask",
        service_type: "",
        host: "",
        http_method: "GET",
        url_path: "/",
    };
    sampler.decide(NOW, &request);

    // A rule that was made a moment ago has a rate and nothing else; the client goes on to borrow.
    let granted = client
        .sampling_targets(&"a".repeat(24), NOW, &sampler.statistics())
        .await
        .unwrap();
    let only_the_rate = (Some(0.1), None, None);
    let target = &granted.targets[0];
    assert_eq!(
        (target.fixed_rate, target.quota, target.interval_seconds),
        only_the_rate
    );
    sampler.apply_targets(&granted.targets);
    assert!(sampler.decide(NOW, &request).rule.is_some());
    drop(client);

    let running = Running::over_at(running.stop().await, || NOW + 10 * SECOND).await;
    let client = running.client("us-east-1").await;
    sampler.decide(NOW, &request);
    let granted = client
        .sampling_targets(&"a".repeat(24), NOW, &sampler.statistics())
        .await
        .unwrap();
    let quota = Quota {
        per_second: 5,
        until: NOW + 310 * SECOND,
    };
    assert_eq!(granted.targets[0].quota, Some(quota));
    assert_eq!(granted.targets[0].interval_seconds, Some(10));
    assert_eq!(granted.rules_modified, Some(NOW));
    sampler.apply_targets(&granted.targets);
    let later = NOW + SECOND;
    let sampled = (0..5)
        .filter(|_| sampler.decide(later, &request).sampled)
        .count();
    assert_eq!(sampled, 5);

    let unknown = RuleStatistics {
        rule_name: "gone".into(),
        request_count: 1,
        sampled_count: 1,
        borrow_count: 0,
    };
    let statistics = [sampler.statistics(), vec![unknown]].concat();
    let granted = client
        .sampling_targets(&"b".repeat(24), NOW, &statistics)
        .await
        .unwrap();
    assert_eq!(granted.targets[0].quota.unwrap().per_second, 2);
    assert_eq!(
        granted.unprocessed,
        [("gone".to_string(), "Unknown rule".to_string())]
    );
}

#[tokio::test]
async fn the_reports_of_opentelemetry_samplers_are_understood() {
    let running = Running::start().await;
    let body = r#"{"SamplingStatisticsDocuments": [{"RuleName": "Default", "ClientID": "0123456789abcdef01234567",
        "Timestamp": 1795331345, "RequestCount": 3, "SampleCount": 1, "BorrowCount": 1}],
        "SamplingBoostStatisticsDocuments": []}"#;
    let answer = running.answer("/SamplingTargets", body).await;
    assert_eq!(answer["SamplingTargetDocuments"][0]["ReservoirQuota"], 1);
    // A sampler that has nothing to say of a rule may leave its counts out.
    let body = r#"{"SamplingStatisticsDocuments": [{"RuleName": "Default", "ClientID": "0123456789abcdef01234567",
        "Timestamp": 0}]}"#;
    let answer = running.answer("/SamplingTargets", body).await;
    assert_eq!(answer["SamplingTargetDocuments"][0]["FixedRate"], 0.05);
}

#[tokio::test]
async fn refused_documents_are_named_and_the_others_kept() {
    let running = Running::start().await;
    let client = running.client("us-east-1").await;
    let mut documents: Vec<String> = (1..=60).map(|number| segment(number, 200)).collect();
    documents.push("T1Sabc".to_string());
    documents.push(segment(1, 200).replace(&trace_id(1), "1-575-2"));
    let refused = client.put_segments(documents).await.unwrap();
    let codes: Vec<(Option<&str>, &str)> = refused
        .iter()
        .map(|segment| (segment.id.as_deref(), &*segment.code))
        .collect();
    assert_eq!(
        codes,
        [
            (None, "ParseError"),
            (Some("0000000000000001"), "InvalidTraceId")
        ]
    );
    assert_eq!(
        refused[1].message,
        "Invalid segment. ErrorCode: InvalidTraceId"
    );

    let ids: Vec<String> = (1..=61).map(trace_id).collect();
    assert_eq!(client.traces(&ids).await.unwrap().len(), 60);
}

#[tokio::test]
async fn traces_are_found_by_time_and_filter_over_several_pages() {
    let running = Running::start().await;
    let client = running.client("us-east-1").await;
    let status = |number: u32| if number.is_multiple_of(5) { 500 } else { 200 };
    let documents = (0..250)
        .map(|number| segment(number, status(number)))
        .collect();
    client.put_segments(documents).await.unwrap();

    let window = |from: i64, to: i64| Window {
        start: NOW + from * SECOND,
        end: NOW + to * SECOND,
    };
    let all = client
        .trace_ids_between(window(0, 250), None)
        .await
        .unwrap();
    let expected: Vec<String> = (0..250).rev().map(trace_id).collect();
    assert_eq!(all, expected);
    let some = client
        .trace_ids_between(window(10, 20), None)
        .await
        .unwrap();
    assert_eq!(some, expected[230..240]);
    let faults = client
        .trace_ids_between(window(0, 250), Some("fault AND http.status = 500"))
        .await
        .unwrap();
    assert_eq!(faults.len(), 50);
    let group = "group.name = \"Cruddur\" AND ok AND responsetime < 0.3";
    set_up(&client, &wanted()).await;
    assert_eq!(
        client
            .trace_ids_between(window(0, 250), Some(group))
            .await
            .unwrap()
            .len(),
        200
    );
}

#[tokio::test]
async fn a_search_that_cannot_be_answered_says_why() {
    let running = Running::start().await;
    for (members, message) in [
        (
            r#""FilterExpression": "ok ok)""#,
            "invalid filter expression: `)` at character 6 closes nothing\nok ok)\n     ^",
        ),
        (r#""NextToken": "x""#, "Invalid token x"),
        (
            r#""SamplingStrategy": {"Name": "FixedRate"}"#,
            "sampling rate must be specified and its value must be between [0, 1]",
        ),
        (
            r#""SamplingStrategy": {"Name": "FixedRate", "Value": 1.5}"#,
            "sampling rate must be specified and its value must be between [0, 1]",
        ),
    ] {
        let body = format!(r#"{{"StartTime": 0, "EndTime": 5.5, {members}}}"#);
        assert_eq!(running.refusal("/TraceSummaries", &body).await, message);
    }
    for path in [
        "/TraceSummaries",
        "/ServiceGraph",
        "/TimeSeriesServiceStatistics",
    ] {
        let backwards = r#"{"StartTime": 5, "EndTime": 1}"#;
        let message = running.refusal(path, backwards).await;
        assert_eq!(message, "End time cannot be earlier than start time");
        let body = r#"{"StartTime": 1, "EndTime": 5, "NextToken": "abc"}"#;
        assert_eq!(running.refusal(path, body).await, "Invalid token abc");
    }
    let body = r#"{"StartTime": 1, "EndTime": 5, "SamplingStrategy": {}}"#;
    running.answer("/TraceSummaries", body).await;
}

#[tokio::test]
async fn odd_bodies_are_refused_in_the_service_s_words() {
    let running = Running::start().await;
    let deep = format!("{{\"TraceSegmentDocuments\": {}", "[".repeat(100_000));
    for (path, body, start) in [
        ("/CreateGroup", "{", "the request body cannot be read: EOF"),
        (
            "/TraceSegments",
            "[[]]",
            "Start of list found where not expected",
        ),
        (
            "/CreateGroup",
            r#"{"GroupName": 3}"#,
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            "/TraceSegments",
            &deep,
            "the request body cannot be read: recursion",
        ),
    ] {
        let (code, message) = running.refused(path, body).await;
        assert_eq!(code, "SerializationException");
        assert!(message.starts_with(start), "{message}");
    }
}
