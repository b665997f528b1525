//! `logs query` as it is typed: rows, carets, and why there is nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::logs;
use crate::place::Place;

const LINES: [&str; 4] = [
    r#"{"level":"ERROR","status":500,"route":"/api/a"}"#,
    r#"{"level":"INFO","status":200,"route":"/api/a"}"#,
    r#"{"level":"INFO","status":200,"route":"/api/b"}"#,
    "plain",
];

fn filled(place: &Place) -> crate::place::Stack {
    let stack = place.stack();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let start = i64::try_from(since.as_millis()).unwrap() - 60_000;
    let names = json!({"logGroupName": "cruddur", "logStreamName": "s"});
    logs(
        stack.address,
        "CreateLogGroup",
        &json!({"logGroupName": "cruddur"}),
    );
    logs(stack.address, "CreateLogStream", &names);
    let events: Vec<Json> = (start..)
        .zip(LINES)
        .map(|(timestamp, message)| json!({"timestamp": timestamp, "message": message}))
        .collect();
    let body = json!({"logGroupName": "cruddur", "logStreamName": "s", "logEvents": events});
    assert_eq!(logs(stack.address, "PutLogEvents", &body).status, 200);
    stack
}

#[test]
fn rows_are_a_table_json_or_csv() {
    let place = Place::new();
    let _stack = filled(&place);
    let run = |more: &[&str]| {
        let query = "stats count(*) as n by route | sort n desc";
        place
            .run(&[&["logs", "query", query], more].concat())
            .expect_code(0)
    };
    let table = run(&[]);
    assert_eq!(table.stdout, "route   n\n/api/a  2\n/api/b  1\n-       1\n");
    assert!(
        table
            .stderr
            .ends_with("3 rows of 4 events that matched, 4 read\n"),
        "{}",
        table.stderr
    );
    let csv = run(&["--output", "csv", "--last", "15m"]);
    assert_eq!(csv.stdout, "route,n\r\n/api/a,2\r\n/api/b,1\r\n,1\r\n");
    let json: Json =
        serde_json::from_str(&run(&["--output", "json", "--limit", "1"]).stdout).unwrap();
    assert_eq!(json["rows"], json!([{"route": "/api/a", "n": "2"}]));
    assert_eq!(
        (&json["groups"], &json["events_scanned"]),
        (&json!(["cruddur"]), &json!(4.0))
    );
}

#[test]
fn what_finds_nothing_says_why() {
    let place = Place::new();
    let _stack = filled(&place);
    for (arguments, says) in [
        (
            &["filter staus = 500"][..],
            "staus is no field of any of the 4 events of this range: did you mean status?",
        ),
        (
            &["filter level = ERROR"],
            "a text stands in quotes: \"ERROR\"",
        ),
        (&["filter Level = 'ERROR'"], "did you mean level?"),
        (
            &["filter status = 200 | filter route = '/x'"],
            "none of 2 events passes `filter route = '/x'`",
        ),
        (
            &["limit 1", "--until", "2020-01-01"],
            "there is no event of cruddur in this range, and none before",
        ),
        (
            &["limit 1", "--since", "1s"],
            "the last one before was at 20",
        ),
        (&["stats sum(level)"], "sum(level) has no value in any row"),
        (&["stats avg(stats.x)"], "stats.x is no field"),
        (
            &["filter @message like '%plain%'"],
            "looks for the percent sign itself",
        ),
        (&["stats count(*) by bin(300s)"], "bin(300s) is cut down"),
        (
            &["SOURCE 'cruddur' | filter level = 'WARN'"],
            "none of 4 events passes `filter level = 'WARN'`",
        ),
    ] {
        let ran = place
            .run(&[&["logs", "query"], arguments].concat())
            .expect_code(0);
        assert!(ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn what_is_no_query_is_pointed_at_and_not_sent() {
    let place = Place::new();
    for (query, says) in [
        (
            "filter a == 1",
            "error: the language has no == here: use =\n  filter a == 1\n           ^^\n",
        ),
        (
            "fields a\n| dedup a | join b",
            "is not answered by this local stack",
        ),
        ("stats sum(5)", "  stats sum(5)\n            ^\n"),
    ] {
        let ran = place.run(&["logs", "query", query]).expect_code(2);
        assert!(ran.stderr.contains(says), "{query}: {}", ran.stderr);
    }
    let both = place.run(&["logs", "query", "SOURCE 'a' | limit 1", "--group", "b"]);
    assert!(both.expect_code(2).stderr.contains("named twice"));
}
