//! Segments that no healthy program sends: counted, named, shown, and never a crash.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::post_json;
use crate::place::{Place, Stack};

const EPOCH: u64 = 1_795_478_400;

fn trace_id(epoch: u64, n: u64) -> String {
    format!("1-{epoch:08x}-{n:024x}")
}

fn segment(n: u64, more: Json) -> Json {
    let start = EPOCH as f64 + n as f64;
    let mut json = json!({
        "name": "backend-flask", "id": format!("{n:016x}"), "trace_id": trace_id(EPOCH, n),
        "start_time": start, "end_time": start + 0.5,
    });
    for (key, value) in more.as_object().unwrap() {
        json[key] = value.clone();
    }
    json
}

/// Puts documents, and returns the codes of those that were refused.
fn put(stack: &Stack, documents: &[Json]) -> Vec<String> {
    let documents: Vec<String> = documents.iter().map(Json::to_string).collect();
    let body = json!({ "TraceSegmentDocuments": documents });
    let answer = post_json(stack.address, "/TraceSegments", &body).json();
    let refused = answer["UnprocessedTraceSegments"]
        .as_array()
        .unwrap()
        .iter();
    refused
        .map(|it| it["ErrorCode"].as_str().unwrap().to_string())
        .collect()
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs()
}

fn summaries(stack: &Stack, start: u64, end: u64) -> Vec<Json> {
    let body = json!({"StartTime": start, "EndTime": end});
    let answer = post_json(stack.address, "/TraceSummaries", &body).json();
    answer["TraceSummaries"].as_array().unwrap().clone()
}

fn trace(stack: &Stack, id: &str) -> Json {
    let answer = post_json(stack.address, "/Traces", &json!({ "TraceIds": [id] })).json();
    answer["Traces"][0].clone()
}

#[test]
fn clocks_that_are_wrong_are_kept_and_shown_and_times_that_make_no_sense_are_refused() {
    let place = Place::new();
    let stack = place.stack();
    let year_2200 = 7_258_118_400.0;
    let refused = put(
        &stack,
        &[
            segment(1, json!({"end_time": "tomorrow"})),
            segment(2, json!({"start_time": -5.0})),
            segment(3, json!({"start_time": 1e300})),
            segment(4, json!({"start_time": "yesterday"})),
            segment(5, json!({"end_time": null})),
            segment(
                6,
                json!({"start_time": year_2200, "end_time": year_2200 + 1.0}),
            ),
        ],
    );
    assert_eq!(
        refused,
        [
            "InvalidTime",
            "InvalidTime",
            "InvalidTime",
            "InvalidTime",
            "MissingEndTime"
        ]
    );
    // Its id says nothing of the year 2200, so that it is found by its arrival.
    let future = summaries(&stack, now() - 600, now() + 600);
    assert_eq!(future[0]["Id"], trace_id(EPOCH, 6));
    assert_eq!(future[0]["StartTime"], year_2200);
    let rejects = place
        .run(&["xray", "daemon", "rejects", "--output", "json"])
        .expect_code(0);
    let rejects: Json = serde_json::from_str(&rejects.stdout).unwrap();
    let ids: Vec<&str> = rejects
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["reason"] == "InvalidTime")
        .filter_map(|it| it["trace_id"].as_str())
        .collect();
    assert_eq!(ids.len(), 4, "{rejects}");

    // A clock that was put back: kept, as X-Ray keeps it, and drawn.
    let back = segment(9, json!({"end_time": EPOCH as f64 - 100.0}));
    assert_eq!(put(&stack, &[back]), [""; 0]);
    place.run(&["trace", &trace_id(EPOCH, 9)]).expect_code(0);

    // The called service's clock is two seconds early, and it ends after its caller.
    let skewed = segment(
        7,
        json!({"parent_id": "0000000000000008", "start_time": EPOCH as f64 + 6.0, "end_time": EPOCH as f64 + 12.0}),
    );
    let caller = segment(8, json!({"trace_id": trace_id(EPOCH, 7)}));
    assert_eq!(put(&stack, &[skewed, caller]), [""; 0]);
    let drawn = place.run(&["trace", &trace_id(EPOCH, 7)]).expect_code(0);
    assert!(
        drawn.stdout.contains("their clocks differ"),
        "{}",
        drawn.stdout
    );
    let picture = place
        .run(&["trace", &trace_id(EPOCH, 7), "--output", "svg"])
        .expect_code(0);
    assert!(
        picture.stdout.contains("their clocks differ"),
        "{}",
        picture.stdout
    );
}

#[test]
fn ids_of_2016_and_of_1970_are_kept_and_a_trace_that_is_not_there_is_explained_by_its_age() {
    let place = Place::new();
    let stack = place.stack();
    for (n, epoch) in [(1, 0x581c_f771), (2, 0), (3, 0xffff_ffff)] {
        let id = trace_id(epoch, n);
        assert_eq!(
            put(&stack, &[segment(n, json!({ "trace_id": id }))]),
            [""; 0]
        );
        assert_eq!(trace(&stack, &id)["Segments"].as_array().unwrap().len(), 1);
        place.run(&["trace", &id]).expect_code(0);
    }
    // No id says when its segments were: what finds them is that they arrived.
    assert_eq!(summaries(&stack, now() - 600, now() + 600).len(), 3);
    let old = place
        .run(&["trace", &trace_id(0x581c_f771, 99)])
        .expect_code(1);
    // Random ids begin with any number, so that one of 2016 says nothing of its age.
    assert!(old.stderr.contains("cannot be known"), "{}", old.stderr);
    assert!(!old.stderr.contains("2016"), "{}", old.stderr);
}

#[test]
fn a_finished_document_that_comes_twice_counts_once_and_the_first_one_stays() {
    let place = Place::new();
    let stack = place.stack();
    let graph = || {
        let body = json!({"StartTime": now() - 600, "EndTime": now() + 600});
        let answer = post_json(stack.address, "/ServiceGraph", &body).json();
        let services = answer["Services"].as_array().unwrap();
        let backend = services.iter().find(|it| it["Type"] != "client").unwrap();
        let found = &backend["SummaryStatistics"];
        (
            found["TotalCount"].clone(),
            found["FaultStatistics"]["TotalCount"].clone(),
        )
    };
    let good = segment(1, json!({}));
    assert_eq!(put(&stack, &[good.clone(), good.clone()]), [""; 0]);
    assert_eq!(put(&stack, &[good]), [""; 0]);
    assert_eq!(graph(), (json!(1), json!(0)));
    assert_eq!(put(&stack, &[segment(1, json!({"fault": true}))]), [""; 0]);
    assert_eq!(graph(), (json!(1), json!(0)));
    let whole = trace(&stack, &trace_id(EPOCH, 1));
    let segments = whole["Segments"].as_array().unwrap();
    assert_eq!(segments.len(), 1);
    assert!(!segments[0]["Document"].as_str().unwrap().contains("fault"));
    let found = summaries(&stack, EPOCH, EPOCH + 10);
    assert_eq!((found.len(), &found[0]["HasFault"]), (1, &json!(false)));
    // The same id in another trace is another segment.
    let other = segment(1, json!({"trace_id": trace_id(EPOCH, 2), "fault": true}));
    assert_eq!(put(&stack, &[other]), [""; 0]);
    assert_eq!(graph(), (json!(2), json!(1)));
}

#[test]
fn a_finished_segment_takes_the_place_of_the_one_in_progress_in_any_order() {
    let place = Place::new();
    let stack = place.stack();
    let open = |n| {
        let mut open = segment(n, json!({"in_progress": true}));
        open.as_object_mut().unwrap().remove("end_time");
        open
    };
    assert_eq!(put(&stack, &[open(1), open(2)]), [""; 0]);
    // What is in progress has no duration yet; nothing is missing of it.
    let found = summaries(&stack, EPOCH, EPOCH + 10);
    let is_open = |it: &Json| it["Duration"].is_null() && it["IsPartial"] == false;
    assert!(found.len() == 2 && found.iter().all(is_open), "{found:?}");
    let drawn = place.run(&["trace", &trace_id(EPOCH, 2)]).expect_code(0);
    assert!(drawn.stdout.contains("open"), "{}", drawn.stdout);
    assert_eq!(
        put(
            &stack,
            &[segment(1, json!({})), segment(3, json!({})), open(3)]
        ),
        [""; 0]
    );
    let found = summaries(&stack, EPOCH, EPOCH + 10);
    let lasting: Vec<&Json> = found.iter().map(|it| &it["Duration"]).collect();
    assert_eq!(lasting, [&json!(0.5), &json!(null), &json!(0.5)]);
}

#[test]
fn a_document_of_64_kb_is_kept_and_one_byte_more_is_refused_with_the_reason() {
    const LONGEST: usize = 64 * 1024;
    let place = Place::new();
    let stack = place.stack();
    let padded = |n: u64, length: usize| {
        let bare = segment(n, json!({"metadata": ""})).to_string().len();
        segment(n, json!({"metadata": "x".repeat(length - bare)}))
    };
    assert_eq!(padded(1, LONGEST).to_string().len(), LONGEST);
    let refused = put(&stack, &[padded(1, LONGEST), padded(2, LONGEST + 1)]);
    assert_eq!(refused, ["DocumentTooLarge"]);
    let document = &trace(&stack, &trace_id(EPOCH, 1))["Segments"][0]["Document"];
    let document: Json = serde_json::from_str(document.as_str().unwrap()).unwrap();
    let sent = padded(1, LONGEST);
    assert_eq!(document["metadata"], sent["metadata"]);
    let rejects = place.run(&["xray", "daemon", "rejects"]).expect_code(0);
    assert!(
        rejects.stdout.contains("DocumentTooLarge"),
        "{}",
        rejects.stdout
    );
    assert!(
        rejects.stdout.contains(&trace_id(EPOCH, 2)),
        "{}",
        rejects.stdout
    );
}

fn nested(levels: usize) -> Json {
    let mut inside = json!([]);
    for level in (1..=levels).rev() {
        let start = EPOCH as f64 + 1.0 + 0.001 * level as f64;
        inside = json!([{
            "name": format!("level-{level}"), "id": format!("{:016x}", 1000 + level),
            "start_time": start, "end_time": EPOCH as f64 + 1.4, "subsegments": inside,
        }]);
    }
    inside
}

#[test]
fn subsegments_inside_of_each_other_are_drawn_or_refused_and_overflow_no_stack() {
    let place = Place::new();
    let stack = place.stack();
    let deep = segment(1, json!({ "subsegments": nested(60) }));
    let deeper = segment(2, json!({ "subsegments": nested(100) }));
    let document = format!("{{\"a\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let body = json!({"TraceSegmentDocuments": [deep.to_string(), deeper.to_string(), document]});
    let answer = post_json(stack.address, "/TraceSegments", &body).json();
    let refused = answer["UnprocessedTraceSegments"]
        .as_array()
        .unwrap()
        .iter();
    let codes: Vec<&Json> = refused.map(|it| &it["ErrorCode"]).collect();
    assert_eq!(codes, ["TooDeep", "TooDeep"], "{answer}");
    let rejects = place.run(&["xray", "daemon", "rejects"]).expect_code(0);
    assert!(
        rejects.stdout.contains(&trace_id(EPOCH, 2)),
        "{}",
        rejects.stdout
    );
    for output in ["table", "svg", "json"] {
        let drawn = place
            .run(&["trace", &trace_id(EPOCH, 1), "--output", output])
            .expect_code(0);
        assert!(drawn.stdout.contains("level-60"), "{}", drawn.stdout);
    }

    // Sent one by one, a thousand of them may hang on each other.
    let id = trace_id(EPOCH, 3);
    let mut chain = vec![segment(3, json!({}))];
    for level in 1..=1_000u64 {
        chain.push(segment(
            3,
            json!({
                "name": format!("alone-{level}"), "id": format!("{:016x}", 5_000 + level),
                "type": "subsegment", "start_time": EPOCH as f64 + 3.0,
                "parent_id": if level == 1 { format!("{:016x}", 3) } else { format!("{:016x}", 5_000 + level - 1) },
            }),
        ));
    }
    for documents in chain.chunks(500) {
        assert_eq!(put(&stack, documents), [""; 0]);
    }
    assert_eq!(trace(&stack, &id)["Segments"].as_array().unwrap().len(), 1);
    for output in ["table", "svg"] {
        let drawn = place
            .run(&["trace", &id, "--output", output, "--limit", "2000"])
            .expect_code(0);
        assert!(drawn.stdout.contains("alone-1000"), "{output}");
    }
}
