//! Stored traces, asked for over HTTP at different times.

use super::clocked::{Clocked, clocked, document, open, seconds};
use super::*;

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
    let refused = |id: Value, code: &str| {
        let message = format!("Invalid segment. ErrorCode: {code}");
        json!({"Id": id, "ErrorCode": code, "Message": message})
    };
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
