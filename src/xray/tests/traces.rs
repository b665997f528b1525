//! Stored traces, asked for over HTTP at different times.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

/// The service with a clock that the test moves. Each test has a clock of its own.
struct Clocked {
    running: Running,
    clock: &'static AtomicI64,
}

macro_rules! clocked {
    () => {{
        static CLOCK: AtomicI64 = AtomicI64::new(NOW);
        let folder = tempfile::tempdir().unwrap();
        let running = Running::over_at(folder, || CLOCK.load(Ordering::SeqCst)).await;
        Clocked {
            running,
            clock: &CLOCK,
        }
    }};
}

impl Clocked {
    fn at(&self, seconds: f64) -> &Clocked {
        let offset = (seconds * 1e9) as i64;
        self.clock.store(NOW + offset, Ordering::SeqCst);
        self
    }

    async fn put(&self, documents: &[Value]) {
        let documents: Vec<String> = documents.iter().map(Value::to_string).collect();
        let body = json!({ "TraceSegmentDocuments": documents }).to_string();
        let answer = self.running.answer("/TraceSegments", &body).await;
        assert_eq!(answer, json!({"UnprocessedTraceSegments": []}));
    }

    /// Asks for what lies between two times, seconds from `NOW` on.
    async fn between(&self, path: &str, from: f64, to: f64, more: Value) -> Value {
        let mut body = more;
        body["StartTime"] = json!(seconds() + from);
        body["EndTime"] = json!(seconds() + to);
        self.running.answer(path, &body.to_string()).await
    }

    async fn summaries(&self, kind: &str, from: f64, to: f64) -> Value {
        let kind = json!({ "TimeRangeType": kind });
        self.between("/TraceSummaries", from, to, kind).await
    }

    async fn whole(&self, number: u32) -> Value {
        let body = json!({"TraceIds": [trace_id(number)]}).to_string();
        self.running.answer("/Traces", &body).await["Traces"][0].clone()
    }
}

fn seconds() -> f64 {
    (NOW / SECOND) as f64
}

/// A segment of trace `number`, from and to seconds from `NOW` on; `more` may change everything.
fn document(number: u32, from: f64, to: f64, more: Value) -> Value {
    let mut json = json!({
        "name": "front", "id": format!("{number:016x}"), "trace_id": trace_id(number),
        "start_time": seconds() + from, "end_time": seconds() + to,
    });
    for (key, value) in more.as_object().unwrap() {
        json[key] = value.clone();
    }
    json
}

fn open(number: u32, from: f64) -> Value {
    document(
        number,
        from,
        0.0,
        json!({"end_time": null, "in_progress": true}),
    )
}

#[tokio::test]
async fn a_time_range_is_of_ids_or_of_arrivals() {
    let stack = clocked!();
    // It began 30 minutes ago, ended 4 seconds ago, and its id is as old as its beginning.
    let old = format!("1-{:08x}-000000000000000000000007", NOW / SECOND - 1_800);
    let long = document(7, -1_800.0, -4.0, json!({ "trace_id": old }));
    stack.at(0.5).put(&[long]).await;
    for (kind, from, to, n_found) in [
        ("TraceId", -60.0, 60.0, 0),
        ("TraceId", -1_801.0, -1_800.0, 0),
        ("TraceId", -1_800.0, -1_799.0, 1),
        ("Event", -60.0, 60.0, 1),
        ("Event", 0.0, 1.0, 1),
        ("Event", 1.0, 60.0, 0),
        ("Event", -1_800.0, -1_799.0, 0),
        ("Service", -60.0, -59.0, 1),
        ("Service", 60.0, 61.0, 1),
        ("Service", 62.0, 63.0, 0),
    ] {
        let answer = stack.summaries(kind, from, to).await;
        let found = answer["TraceSummaries"].as_array().unwrap();
        assert_eq!(found.len(), n_found, "{kind} {from} {to}");
        assert_eq!(answer["TracesProcessedCount"], n_found);
        let slack = if kind == "Service" { 60.0 } else { 0.0 };
        let from_second = (seconds() + from - slack).floor();
        assert_eq!(answer["ApproximateTime"], json!(from_second));
        for summary in found {
            let matched = match kind {
                "TraceId" => Value::Null,
                _ => json!(seconds()),
            };
            assert_eq!(summary["MatchedEventTime"], matched, "{kind}");
            assert_eq!(summary["StartTime"], json!(seconds() - 1_800.0));
        }
    }
}

#[tokio::test]
async fn an_id_without_a_time_is_found_by_its_first_arrival() {
    let stack = clocked!();
    let random = "1-0badcafe-000000000000000000000001";
    let root = document(1, -5.0, -4.0, json!({ "trace_id": random }));
    let late = document(
        2,
        -5.0,
        -4.5,
        json!({"trace_id": random, "parent_id": "0000000000000001"}),
    );
    stack.at(0.0).put(&[root]).await;
    stack.at(100.0).put(&[late]).await;
    for (kind, from, to, n_found) in [
        ("TraceId", -5.0, 1.0, 1),
        ("TraceId", 99.0, 101.0, 0),
        ("Event", 99.0, 101.0, 1),
    ] {
        let answer = stack.summaries(kind, from, to).await;
        let found = answer["TraceSummaries"].as_array().unwrap();
        assert_eq!(found.len(), n_found, "{kind} {from}");
    }
}

#[tokio::test]
async fn a_completion_moves_a_trace_to_its_own_arrival_and_counts_and_a_repetition_does_not() {
    let stack = clocked!();
    stack.at(0.0).put(&[open(1, -1.0)]).await;
    let first = stack.summaries("Event", 0.0, 1.0).await["TraceSummaries"][0].clone();
    assert_eq!(
        [
            &first["Duration"],
            &first["ResponseTime"],
            &first["IsPartial"],
            &first["Revision"]
        ],
        [&json!(null), &json!(null), &json!(false), &json!(1)]
    );
    let done = document(1, -1.0, 2.0, json!({"fault": true}));
    stack.at(10.0).put(&[done]).await;
    let other = document(1, -1.0, 3.0, json!({"user": "other"}));
    stack.at(20.0).put(&[other]).await;
    let n_found = |answer: Value| answer["TraceSummaries"].as_array().unwrap().len();
    assert_eq!(n_found(stack.summaries("Event", 0.0, 1.0).await), 0);
    assert_eq!(n_found(stack.summaries("Event", 20.0, 21.0).await), 0);
    let found = stack.summaries("Event", 10.0, 11.0).await["TraceSummaries"][0].clone();
    assert_eq!(
        [
            &found["Duration"],
            &found["Revision"],
            &found["MatchedEventTime"]
        ],
        [&json!(3.0), &json!(2), &json!(seconds() + 10.0)]
    );
    assert_eq!(
        (&found["HasFault"], &found["Users"]),
        (&json!(true), &json!([]))
    );

    let graph = stack.between("/ServiceGraph", 0.0, 5.0, json!({})).await;
    assert_eq!(graph["Services"], json!([]));
    assert_eq!(
        (&graph["StartTime"], &graph["EndTime"]),
        (&Value::Null, &Value::Null)
    );
    let graph = stack.between("/ServiceGraph", 5.0, 15.0, json!({})).await;
    assert_eq!(graph["Services"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn ids_are_named_once_and_what_is_not_there_is_in_no_list() {
    let stack = clocked!();
    stack.put(&[document(1, 0.0, 1.0, json!({}))]).await;
    let ids = |ids: &[String]| json!({ "TraceIds": ids }).to_string();
    let (known, unknown) = (trace_id(1), trace_id(2));
    let answer = stack
        .running
        .answer("/Traces", &ids(&[known.clone(), unknown.clone()]))
        .await;
    assert_eq!(answer["Traces"].as_array().unwrap().len(), 1);
    assert_eq!(answer["UnprocessedTraceIds"], json!([]));
    for (path, ids, message) in [
        (
            "/Traces",
            ids(&[known.clone(), known.clone()]),
            "Containing duplicate trace ids",
        ),
        ("/Traces", ids(&[]), "TraceIds must have 1 to 5 elements"),
        ("/TraceGraph", ids(&[]), "Zero trace ids provided"),
        (
            "/TraceGraph",
            ids(&[known, unknown.clone()]),
            "Currently only one trace Id is supported",
        ),
        ("/TraceGraph", ids(&[unknown]), "Trace id not found"),
        (
            "/TraceSegments",
            json!({"TraceSegmentDocuments": []}).to_string(),
            "Segments can not be empty",
        ),
    ] {
        assert_eq!(stack.running.refusal(path, &ids).await, message, "{path}");
    }
}

#[tokio::test]
async fn refused_documents_have_the_service_s_codes() {
    let stack = clocked!();
    let with = |key: &str, value: Value| document(1, 0.0, 1.0, json!({ key: value })).to_string();
    let documents = [
        "{".to_string(),
        with("id", json!(null)),
        with("id", json!("xyz")),
        with("trace_id", json!("1-2-3")),
        with("start_time", json!(null)),
        with("end_time", json!(seconds() - 50.0)),
    ];
    let body = json!({ "TraceSegmentDocuments": documents }).to_string();
    let answer = stack.running.answer("/TraceSegments", &body).await;
    let id = "0000000000000001";
    let refused = |id: Value, code: &str| json!({"Id": id, "ErrorCode": code, "Message": format!("Invalid segment. ErrorCode: {code}")});
    assert_eq!(
        answer["UnprocessedTraceSegments"],
        json!([
            refused(Value::Null, "ParseError"),
            refused(Value::Null, "MissingId"),
            refused(json!("xyz"), "InvalidId"),
            refused(json!(id), "InvalidTraceId"),
            refused(json!(id), "MissingStartTime"),
        ])
    );
}

#[tokio::test]
async fn a_trace_is_given_out_with_what_was_called_and_its_lone_subsegments_folded() {
    let stack = clocked!();
    let alone = document(
        1,
        0.2,
        0.4,
        json!({"id": "00000000000000a1", "type": "subsegment", "parent_id": "0000000000000001", "name": "DynamoDB",
               "namespace": "aws", "aws": {"operation": "Query", "table_name": "t"}}),
    );
    let orphan = document(
        1,
        0.2,
        0.4,
        json!({"id": "00000000000000a2", "type": "subsegment", "parent_id": "00000000000000ff"}),
    );
    let root = document(1, 0.0, 1.0, json!({}));
    stack.put(&[alone, orphan, root]).await;
    let whole = stack.whole(1).await;
    let segments = whole["Segments"].as_array().unwrap();
    let read = |idx: usize| -> Value {
        serde_json::from_str(segments[idx]["Document"].as_str().unwrap()).unwrap()
    };
    assert_eq!(segments.len(), 2, "{whole}");
    assert_eq!(read(0)["subsegments"][0]["name"], "DynamoDB");
    let made = read(1);
    assert_eq!(
        [&made["inferred"], &made["parent_id"], &made["origin"]],
        [
            &json!(true),
            &json!("00000000000000a1"),
            &json!("AWS::DynamoDB::Table")
        ]
    );
    assert_eq!(stack.whole(1).await, whole);
    let found = stack.summaries("TraceId", 0.0, 10.0).await["TraceSummaries"][0].clone();
    assert_eq!(found["IsPartial"], true);
    for (filter, n_found) in [
        ("inferred", 1),
        ("partial", 1),
        ("service(id(type: \"AWS::DynamoDB::Table\"))", 1),
        ("edge(\"front\", \"DynamoDB\")", 1),
        ("edge(id(type: \"client\"), \"front\")", 1),
        ("service(id(type: \"AWS::DynamoDB\"))", 0),
    ] {
        let filter = json!({ "FilterExpression": filter });
        let answer = stack
            .between("/TraceSummaries", 0.0, 10.0, filter.clone())
            .await;
        let found = answer["TraceSummaries"].as_array().unwrap().len();
        assert_eq!(found, n_found, "{filter}");
    }
}

#[tokio::test]
async fn a_graph_tells_states_and_seconds_and_nothing_of_the_client() {
    let stack = clocked!();
    let calls = json!({"subsegments": [
        {"id": "00000000000000a1", "name": "api", "namespace": "remote", "start_time": seconds() + 0.1, "end_time": seconds() + 0.1226},
        {"id": "00000000000000a2", "name": "SNS", "namespace": "aws", "start_time": seconds() + 0.1, "end_time": seconds() + 0.2},
    ], "error": true, "throttle": true});
    stack.put(&[document(1, 0.5, 1.0, calls)]).await;
    let graph = stack.between("/ServiceGraph", -1.0, 10.0, json!({})).await;
    assert_eq!(graph["StartTime"], json!(seconds()));
    assert_eq!(graph["EndTime"], json!(seconds()));
    assert_eq!(graph["NextToken"], Value::Null);
    let told: Vec<Value> = graph["Services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            json!([
                it["Name"],
                it["Type"],
                it["State"],
                it["Root"],
                it["SummaryStatistics"]["TotalCount"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["SNS", "AWS::SNS", "unknown", null, 1]),
            json!(["api", "remote", "passive", null, 1]),
            json!(["front", null, "active", true, 1]),
            json!(["front", "client", "unknown", null, null]),
        ]
    );
    let services = graph["Services"].as_array().unwrap();
    for service in services {
        assert_eq!(service["StartTime"], json!(seconds()));
        assert_eq!(service["EndTime"], json!(seconds() + 1.0));
    }
    assert_eq!(
        services[1]["ResponseTimeHistogram"],
        json!([{"Value": 0.023, "Count": 1}])
    );
    assert_eq!(services[1]["SummaryStatistics"]["TotalResponseTime"], 0.023);
    let errors = &services[2]["SummaryStatistics"]["ErrorStatistics"];
    assert_eq!(
        *errors,
        json!({"ThrottleCount": 1, "OtherCount": 0, "TotalCount": 1})
    );
    let client = &services[3];
    assert_eq!(client["DurationHistogram"], Value::Null);
    assert_eq!(client["ResponseTimeHistogram"], Value::Null);
    assert_eq!(client["Edges"][0]["SummaryStatistics"]["TotalCount"], 1);

    let body = json!({"TraceIds": [trace_id(1)]}).to_string();
    let of_one = stack.running.answer("/TraceGraph", &body).await;
    for service in of_one["Services"].as_array().unwrap() {
        for key in ["StartTime", "EndTime"] {
            assert_eq!(service[key], Value::Null, "{key}");
        }
    }
}

#[tokio::test]
async fn a_series_counts_by_arrival_and_names_the_end_of_each_period_the_newest_first() {
    let stack = clocked!();
    // The first minute that is whole.
    let minute = f64::from(60 - (NOW / SECOND % 60) as i32);
    for (number, at, outcome) in [
        (1, minute + 1.0, json!({})),
        (2, minute + 59.0, json!({"error": true})),
        (3, minute + 60.0, json!({"fault": true})),
    ] {
        let document = document(number, 0.0, f64::from(number), outcome);
        stack.at(at).put(&[document]).await;
    }
    let series = |more: Value, from: f64, to: f64| {
        let stack = &stack;
        async move {
            let answer = stack
                .between("/TimeSeriesServiceStatistics", from, to, more)
                .await;
            answer["TimeSeriesServiceStatistics"]
                .as_array()
                .unwrap()
                .clone()
        }
    };
    let of_service = json!({"EntitySelectorExpression": "service(\"front\")"});
    let rows = series(of_service.clone(), 0.0, 1_000.0).await;
    let end = |row: &Value| row["Timestamp"].as_f64().unwrap() - seconds() - minute;
    assert_eq!(rows.iter().map(end).collect::<Vec<_>>(), [120.0, 60.0]);
    assert_eq!(
        rows[0]["ServiceSummaryStatistics"]["FaultStatistics"]["TotalCount"],
        1
    );
    assert_eq!(rows[1]["ServiceSummaryStatistics"]["TotalCount"], 2);
    assert_eq!(rows[1]["EdgeSummaryStatistics"], Value::Null);
    assert_eq!(rows[0]["ServiceForecastStatistics"], json!({}));
    // A row is in the window if the end of its period is.
    assert_eq!(
        series(of_service.clone(), minute, minute + 60.0)
            .await
            .len(),
        0
    );
    assert_eq!(
        series(of_service, minute + 60.0, minute + 61.0).await.len(),
        1
    );
    let absent = json!({"EntitySelectorExpression": "service(\"nobody\")"});
    let rows = series(absent, 0.0, 1_000.0).await;
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row["ServiceSummaryStatistics"].is_null())
    );
    let edge =
        json!({"EntitySelectorExpression": "edge(id(type: \"client\"), \"front\")", "Period": 300});
    let rows = series(edge, -300.0, 1_000.0).await;
    let total = |row: &Value| row["EdgeSummaryStatistics"]["TotalCount"].as_u64().unwrap();
    assert_eq!(rows.iter().map(total).sum::<u64>(), 3);
    assert!(
        rows.iter()
            .all(|row| row["ServiceSummaryStatistics"].is_null())
    );

    for (more, message) in [
        (
            json!({"Period": 120}),
            "Time period must be one of [60, 300]",
        ),
        (json!({"Period": 0}), "Time period must be one of [60, 300]"),
        (
            json!({"EntitySelectorExpression": "id(name: \"front\")"}),
            "Error Location: line 1, position 1 : Invalid input symbol: 'id'",
        ),
        (
            json!({"EntitySelectorExpression": "  fault"}),
            "Error Location: line 1, position 3 : Invalid input symbol: 'fault'",
        ),
        (json!({"GroupName": "none"}), "Group not found."),
    ] {
        let mut body = more;
        body["StartTime"] = json!(seconds());
        body["EndTime"] = json!(seconds() + 60.0);
        let path = "/TimeSeriesServiceStatistics";
        assert_eq!(
            stack.running.refusal(path, &body.to_string()).await,
            message
        );
    }
}

#[tokio::test]
async fn a_changed_filter_is_not_applied_to_what_arrived_before() {
    let stack = clocked!();
    let group = |filter: &str| json!({"GroupName": "g", "FilterExpression": filter}).to_string();
    stack.running.answer("/CreateGroup", &group("fault")).await;
    stack
        .at(1.0)
        .put(&[
            document(1, 0.0, 1.0, json!({"fault": true})),
            document(2, 0.0, 1.0, json!({})),
        ])
        .await;
    stack
        .at(10.0)
        .running
        .answer("/UpdateGroup", &group("ok"))
        .await;
    stack
        .at(11.0)
        .put(&[
            document(3, 0.0, 1.0, json!({"fault": true})),
            document(4, 0.0, 1.0, json!({})),
        ])
        .await;
    for (from, to, n_faults, n_all, is_old) in [
        (0.0, 20.0, 1, 2, true),
        (0.0, 10.0, 1, 1, true),
        (10.0, 20.0, 0, 1, false),
    ] {
        let group = json!({"GroupName": "g"});
        let graph = stack
            .between("/ServiceGraph", from, to, group.clone())
            .await;
        let front = &graph["Services"][0]["SummaryStatistics"];
        assert_eq!(
            front["FaultStatistics"]["TotalCount"], n_faults,
            "{from} {to}"
        );
        assert_eq!(front["TotalCount"], n_all, "{from} {to}");
        assert_eq!(graph["ContainsOldGroupVersions"], is_old, "{from} {to}");
        let series = stack
            .between("/TimeSeriesServiceStatistics", from, to, group)
            .await;
        assert_eq!(series["ContainsOldGroupVersions"], is_old, "{from} {to}");
    }
    stack
        .running
        .answer("/DeleteGroup", r#"{"GroupName": "g"}"#)
        .await;
    let body = json!({"StartTime": seconds(), "EndTime": seconds() + 5.0, "GroupName": "g"});
    let message = stack
        .running
        .refusal("/ServiceGraph", &body.to_string())
        .await;
    assert_eq!(message, "Group not found.");
}

#[tokio::test]
async fn a_folder_without_arrivals_is_read_by_the_ends_of_its_segments() {
    let stack = clocked!();
    stack.put(&[document(1, 0.0, 100.0, json!({}))]).await;
    let folder = stack.running.stop().await;
    // As it was stored before arrivals were: without their column.
    {
        use crate::model::span::{Batch, Lens};
        let store = Store::open(folder.path(), Limits::default()).unwrap();
        let text = document(2, 0.0, 100.0, json!({})).to_string();
        let read = crate::xray::document::read(&text).unwrap();
        let mut event = crate::xray::server_columns::event(&read, text);
        event.fields.retain(|(name, _)| **name != *"arrival_ns");
        let batch = Batch {
            lens: Lens::Segments,
            dataset: "us-east-1".to_string(),
            events: vec![event],
        };
        store.append(vec![batch]).await.unwrap();
    }
    let running = Running::over(folder).await;
    let body = json!({"StartTime": seconds() + 100.0, "EndTime": seconds() + 101.0, "TimeRangeType": "Event"});
    let found = running.answer("/TraceSummaries", &body.to_string()).await;
    let found = found["TraceSummaries"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["Id"], trace_id(2));
}
