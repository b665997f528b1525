//! Queries that cannot mean what was meant, and answers that are empty: each says so, with the right form.

use serde_json::{Value as Json, json};

use crate::http::post_json;
use crate::otlp_text::Span;
use crate::place::{Place, Ran, Stack};
use crate::question::{at_ms, now, send};

const TIMES: [&str; 4] = [
    "--since",
    "2026-11-22T07:09:00Z",
    "--until",
    "2026-11-22T07:19:00Z",
];

/// Twenty requests of two routes, each with a span inside; durations of 1 to 20 ms, and 0.5 ms inside.
fn stack_with_requests(place: &Place) -> Stack {
    let stack = place.stack();
    let mut spans = Vec::new();
    for i in 0..20u64 {
        let (route, path) = match i % 4 {
            0 => ("/api/messages", "/api/messages"),
            _ => ("/api/home", "/api/home"),
        };
        let start = at_ms(1_000 * i);
        let trace_id = format!("{:032x}", i + 1);
        let mut root = Span::named(&format!("GET {path}"), start)
            .with("http.route", route)
            .with("url.path", path)
            .with("http.request.method", "GET")
            .with("http.response.status_code", if i == 7 { 404 } else { 200 })
            .with("app.cached", i % 2 == 0);
        root.trace_id.clone_from(&trace_id);
        root.span_id = format!("{:016x}", 2 * i + 1);
        root.end = start + (i + 1) * 1_000_000;
        let mut inside = Span::named("mock-data", start).with("app.rows", 3);
        inside.trace_id = trace_id;
        inside.span_id = format!("{:016x}", 2 * i + 2);
        inside.parent_id.clone_from(&root.span_id);
        inside.end = start + 500_000;
        spans.extend([root, inside]);
    }
    send(stack.address, "backend-flask", spans);
    stack
}

fn query(place: &Place, line: &[&str]) -> Ran {
    place.run(&[&["query"], line, &TIMES].concat())
}

#[test]
fn what_cannot_be_meant_is_wrong_usage_and_names_the_right_form() {
    let place = Place::new();
    let stack = stack_with_requests(&place);
    for (line, says) in [
        (
            &["--where", "http.route == /api/home"][..],
            "unknown operator `==`: use `=`",
        ),
        (
            &["--where", "http.route <> /api/home"],
            "unknown operator `<>`: use `!=`",
        ),
        (
            &["--where", "http.route =~ home"],
            "use `contains`: http.route contains home",
        ),
        (
            &["--where", "http.route LIKE '/api%'"],
            "use `starts-with`: http.route starts-with /api",
        ),
        (
            &["--where", "http.route = /a && app.cached = true"],
            "unknown operator `&&`: use `and`",
        ),
        (
            &["--where", "http.route = /a || http.route = /b"],
            "unknown operator `||`: use `or`",
        ),
        (&["--where", "http.route IS NULL"], "use `does-not-exist`"),
        (
            &["--where", "http.route:/api/home"],
            "unknown operator `:`: use `=`",
        ),
        (
            &["--where", "duration_ms > abc"],
            "duration_ms is a column of numbers (float), and `abc` is no number",
        ),
        (
            &["--where", "duration_ms > 250msec"],
            "one of the units ns, us, ms, s, m or h",
        ),
        (
            &["--where", "app.rows > 2s"],
            "app.rows has no unit of time",
        ),
        (
            &["--where", "http.response.status_code contains 40"],
            "a column of whole numbers (integer)",
        ),
        (
            &["--where", "http.response.status_code = ok"],
            "a column of whole numbers (integer)",
        ),
        (
            &["--where", "app.cached = yes"],
            "true or false (boolean): use true or false",
        ),
        (
            &["--where", "http.rout = /a"],
            "has no column http.rout; did you mean http.route?",
        ),
        (
            &["--where", "http.route > 250"],
            "http.route is a column of text (string), and 250 is a number",
        ),
        (
            &["--where", "http.route not-in (/api/home /api/messages)"],
            "values are separated by commas",
        ),
        (
            &["--where", "p90 > 5"],
            "conditions on those go in --having",
        ),
        (
            &["--where", "duration_ms"],
            "quote the whole condition, as in 'duration_ms > 250'",
        ),
        (
            &["--where", "http.route", "=", "/api/home"],
            "hint: quote the whole condition: --where 'http.route = /api/home'",
        ),
        (&["where", "app.rows=3"], "hint: `where` is a flag: --where"),
        (
            &["--by", "http.rout"],
            "--by: backend-flask has no column http.rout; did you mean http.route?",
        ),
        (
            &["--by", "name,route"],
            "has no column route; did you mean http.route?",
        ),
        (
            &["--calc", "slow = GT($duration, 5)", "--by", "slow"],
            "--calc: backend-flask has no column duration; did you mean duration_ms?",
        ),
        (
            &["--calc", "get = EQUALS($http.method, \"GET\")"],
            "it is called http.request.method here",
        ),
        (
            &["--order", "http.rout"],
            "http.rout is neither a calculation of this query nor a column of --by",
        ),
        (
            &["--calc", "x = $http.route > 3", "--by", "x"],
            "--calc: http.route is a column of text (string), and a text stands in quotes: \"3\"",
        ),
        (
            &["--calc", "x = GT($duration_ms, \"5\")", "--by", "x"],
            "a number has no quotes: 5",
        ),
        (
            &["--calc", "x = LOG10($http.route)", "--by", "x"],
            "LOG10 takes numbers, and http.route is a column of text (string)",
        ),
        (
            &["--calc", "duration_ms = 3"],
            "has a column duration_ms already",
        ),
        (&["--order", ""], "such as count desc"),
        (
            &["--order", "count desc, http.route"],
            "--order can be given again",
        ),
        (&["--dataset", ""], "--dataset: expected a dataset"),
        (
            &["--having", "count like 3"],
            "unknown operator `like`: use one of = != > >= < <=",
        ),
        (&["--having", "count > 3s"], "COUNT has no unit of time"),
        (
            &["--having", "count => 3"],
            "unknown operator `=>`: use `>=`",
        ),
        (
            &["--having", "p90 > 3"],
            "P90(duration_ms) is not asked for",
        ),
        (
            &["--assert", "count == 3"],
            "unknown operator `==`: use `=`",
        ),
        (
            &["--select", "http.rout = /a", "--why"],
            "--select: backend-flask has no column http.rout; did you mean http.route?",
        ),
        (
            &["--select", "duration_ms > abc", "--why"],
            "--select: duration_ms is a column of numbers",
        ),
        (
            &[
                "--select",
                "app.cached = true",
                "--why",
                "--among",
                "http.rout",
            ],
            "--among: backend-flask has no column http.rout; did you mean http.route?",
        ),
    ] {
        let ran = query(&place, &[&["count"], line].concat()).expect_code(2);
        assert!(
            ran.stdout.is_empty() && ran.stderr.contains(says),
            "{line:?}: {}",
            ran.stderr
        );
    }
    for (line, says) in [
        (
            &["p90", "--column", "duration"][..],
            "--column: backend-flask has no column duration; did you mean duration_ms?",
        ),
        (&["p101"], "`p101` is not a percentile there is: "),
        (
            &["count,p90(durationms)"],
            "has no column durationms; did you mean duration_ms?\n  count,p90(durationms)\n            ^",
        ),
    ] {
        let ran = query(&place, line).expect_code(2);
        assert!(ran.stderr.contains(says), "{line:?}: {}", ran.stderr);
    }
    let spec = json!({
        "calculations": [{ "op": "P90", "column": "duration" }],
        "breakdowns": ["http.rout"],
        "filters": [{ "column": "duration_ms", "op": ">", "value": "fast" }],
    });
    place.write("spec.json", spec.to_string());
    let ran = place
        .run(&["query", "run", "--spec", "spec.json"])
        .expect_code(2);
    for says in [
        "error: calculations[0].column: backend-flask has no column duration; did you mean duration_ms?\n",
        "error: breakdowns[0]: backend-flask has no column http.rout; did you mean http.route?\n",
        "error: filters[0].value: duration_ms is a column of numbers (float), and `fast` is no number\n",
        "error: the specification has 3 mistakes\n",
    ] {
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    for (spec, says) in [
        (
            json!([]),
            "error: must be an object\nerror: spec.json has a mistake\n",
        ),
        (
            json!({ "calculations": [{ "op": "COUNT" }], "filters": [{ "column": "a", "op": "==", "value": 3 }] }),
            "error: filters[0].op: unknown operator `==`: use `=`\n",
        ),
    ] {
        place.write("spec.json", spec.to_string());
        let ran = place
            .run(&["query", "run", "--spec", "spec.json"])
            .expect_code(1);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let spec = json!({
        "calculations": [{ "op": "COUNT" }],
        "calculated_fields": [{ "name": "x", "expression": "LENGTH($duration_ms)" }],
        "filters": [{ "column": "http.route", "op": ">", "value": 3 }],
    });
    place.write("spec.json", spec.to_string());
    let ran = place
        .run(&["query", "run", "--spec", "spec.json"])
        .expect_code(2);
    for says in [
        "error: calculated_fields[0].expression: LENGTH takes texts, and duration_ms is a column of numbers (float)",
        "error: filters[0].value: http.route is a column of text (string), and 3 is a number",
    ] {
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    stack.running.stop();
}

#[test]
fn units_and_other_names_mean_what_they_say_everywhere() {
    let place = Place::new();
    let stack = stack_with_requests(&place);
    let counted = |line: &[&str]| {
        let csv = [&["count", "--output", "csv"], line].concat();
        let ran = query(&place, &csv).expect_code(0);
        ran.stdout.lines().nth(1).unwrap_or("none").to_string()
    };
    for (condition, n) in [
        ("duration_ms > 18ms", "2"),
        ("duration_ms >= 0.02s", "1"),
        ("duration_ms < 501us", "20"),
        ("duration_ms < 501µs", "20"),
        ("duration_ms in (1ms, 2 ms)", "2"),
        ("app.cached = True and duration_ms > 1ms", "9"),
        ("http.method = GET AND duration_ms <= 5ms", "5"),
        ("NOT http.route EXISTS", "20"),
        ("http.response.status_code = '404'", "1"),
        (
            "http.route contains home or http.response.status_code IN (404)",
            "15",
        ),
        ("error does-not-exist", "40"),
        // The same value is the same in a filter and in a formula, which a mixed condition becomes.
        (
            "(http.response.status_code = '404' or name = x) and name exists",
            "1",
        ),
        (
            "(duration_ms > '18' or name = x) and duration_ms > '19'",
            "1",
        ),
        (
            "(http.route = 250 or http.response.status_code = 404) and http.route != 250",
            "1",
        ),
        (
            "http.response.status_code = 404 or (http.response.status_code = 99999999999999999999 and name exists)",
            "1",
        ),
    ] {
        assert_eq!(counted(&["--where", condition]), n, "{condition}");
    }
    let took = ["--calc", "took = $duration_ms", "--where", "took > 18ms"];
    assert_eq!(counted(&took), "2");
    let slow = [
        "max",
        "--by",
        "http.route",
        "--having",
        "MAX(duration_ms) > 18ms",
    ];
    let ran = query(&place, &[&slow[..], &["--output", "csv"]].concat()).expect_code(0);
    assert_eq!(
        ran.stdout,
        "http.route,MAX(duration_ms)\r\n/api/home,20\r\n"
    );
    let spec = json!({
        "calculations": [{ "op": "MAX", "column": "duration_ms", "name": "slowest" }],
        "breakdowns": ["http.method"],
        "orders": [{ "column": "http.method" }],
        "start_time": 1_795_331_340, "end_time": 1_795_331_940,
    });
    place.write("spec.json", spec.to_string());
    let line = [
        "query",
        "run",
        "--spec",
        "spec.json",
        "--assert",
        "slowest <= 20ms",
    ];
    let ran = place.run(&line).expect_code(0);
    assert!(
        ran.stderr.contains("holds: slowest <= 20ms"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("http.method is called http.request.method here"),
        "{}",
        ran.stderr
    );
    stack.running.stop();
}

#[test]
fn an_empty_answer_says_what_took_the_events() {
    let place = Place::new();
    let stack = stack_with_requests(&place);
    for (line, says) in [
        (
            &["count", "--where", "http.route = /api/hme"][..],
            "40 events of backend-flask from 2026-11-22 07:09:00 to 2026-11-22 07:19:00, and none passes http.route = /api/hme; http.route there: no value (20), /api/home (15), /api/messages (5)\n",
        ),
        (
            &[
                "count",
                "--where",
                "http.response.status_code = 200 and http.route = /nope",
            ],
            "and all are taken by http.route = /nope, which no event passes; without it 19 events would match; http.route there: /api/home (14), /api/messages (5)\n",
        ),
        (
            &["p90", "--where", "duration_ms > 10s", "--by", "http.route"],
            "and none passes duration_ms > 10000; duration_ms is 0.5 to 20 ms there\n",
        ),
        (
            &[
                "count",
                "--where",
                "http.route = /api/home",
                "--where",
                "name = 'GET /api/messages'",
            ],
            "and none passes all conditions: http.route = /api/home: without it 5 events would match; http.route there: /api/messages (5); name = \"GET /api/messages\": without it 15 events would match; name there: GET /api/home (15)\n",
        ),
        (
            &["count", "--where", "error = true"],
            "no event of backend-flask has error yet: it comes with the first span that fails\n40 events of backend-flask from 2026-11-22 07:09:00 to 2026-11-22 07:19:00, and none passes error = true; no event has error there\n",
        ),
        (
            &["count,p90", "--by", "http.route", "--having", "p90 > 1s"],
            "there are 3 groups, and --having takes them all: P90(duration_ms) is 0.5 to 19 ms, and has to be > 1 s\n",
        ),
        (
            &[
                "count",
                "--where",
                "http.response.status_code = 99999999999999999999",
            ],
            "and none passes http.response.status_code = 100000000000000000000; http.response.status_code",
        ),
        (
            &["rate-avg", "--granularity", "600s"],
            "but a rate is the difference of two steps",
        ),
        (
            &["p90", "--column", "http.route"],
            "40 events in the range, but http.route is a column of text (string), and no numbers are in it\n",
        ),
        (
            &[
                "heatmap",
                "--column",
                "app.rows",
                "--where",
                "http.route exists",
            ],
            "20 events match, but none has a number in app.rows\n",
        ),
    ] {
        for output in ["table", "csv", "json"] {
            let all = [line, &["--output", output]].concat();
            let ran = query(&place, &all).expect_code(0);
            assert!(ran.stderr.contains(says), "{line:?}: {}", ran.stderr);
            assert!(
                !ran.stderr.contains("--last") && !ran.stderr.contains("next: "),
                "{}",
                ran.stderr
            );
        }
    }
    let line = ["count", "--where", "http.route = /nope", "--output", "json"];
    let json: Json = serde_json::from_str(&query(&place, &line).expect_code(0).stdout).unwrap();
    let because = &json["empty_because"];
    assert_eq!(because["reason"], "conditions");
    assert_eq!(because["events"], 40);
    assert_eq!(because["conditions"][0]["condition"], "http.route = /nope");
    let values = &because["conditions"][0]["there"][0]["values"];
    assert_eq!(values[1], json!({ "value": "/api/home", "events": 15 }));
    let line = ["count", "--output", "json"];
    let json: Json = serde_json::from_str(&query(&place, &line).expect_code(0).stdout).unwrap();
    assert_eq!(json.get("empty_because"), None);
    stack.running.stop();
}

#[test]
fn a_range_without_events_says_when_the_newest_was_and_how_to_reach_it() {
    let place = Place::new();
    let stack = stack_with_requests(&place);
    let ran = place
        .run(&[
            "query",
            "count",
            "--since",
            "2026-11-21",
            "--until",
            "2026-11-22",
            "--output",
            "json",
        ])
        .expect_code(0);
    let says = "no events of backend-flask from 2026-11-21 00:00:00 to 2026-11-22 00:00:00; the newest is of 2026-11-22 07:09:19, ";
    assert!(
        ran.stderr.contains(says) && ran.stderr.contains("after the range"),
        "{}",
        ran.stderr
    );
    let json: Json = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["empty_because"]["reason"], "no_events");
    assert_eq!(json["empty_because"]["last_event"], "2026-11-22T07:09:19Z");

    let ran = place
        .run(&[
            "query",
            "count",
            "--since",
            "2026-11-23T00:00:00Z",
            "--until",
            "2026-11-24T00:00:00Z",
        ])
        .expect_code(0);
    let says = ": --since 2026-11-22T07:09:00Z --last 1h reaches it\n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);

    let ago = now() - 1_000 * 1_000_000_000;
    let span = Span::named("work", ago).with("http.route", "/a");
    send(stack.address, "worker", vec![span]);
    let line = ["query", "count", "--dataset", "worker", "--last", "5m"];
    let ran = place.run(&line).expect_code(0);
    let says = "no events of worker in the last 5 min; the newest is of ";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(" min ago: --last 30m reaches it\n"),
        "{}",
        ran.stderr
    );
    let reached = place.run(&[
        "query",
        "count",
        "--dataset",
        "worker",
        "--last",
        "30m",
        "--output",
        "csv",
    ]);
    assert_eq!(reached.expect_code(0).stdout, "COUNT\r\n1\r\n");

    let made = post_json(stack.address, "/1/datasets", &json!({ "name": "empty" }));
    assert_eq!(made.status, 201);
    let line = ["query", "p90", "--by", "http.rout", "--dataset", "empty"];
    let ran = place.run(&line).expect_code(0);
    assert!(
        ran.stderr.contains("empty has no events at all: start "),
        "{}",
        ran.stderr
    );
    stack.running.stop();
}

#[test]
fn what_is_read_or_compared_without_effect_is_said_once() {
    let place = Place::new();
    let stack = stack_with_requests(&place);
    for (line, says) in [
        (
            &["count", "--calc", "slow = GT($duration_ms, 5)"][..],
            "--calc: nothing here asks for slow; --by slow groups by it",
        ),
        (
            &["count", "--compare", "1h"],
            "no events match from 2026-11-22 06:09:00 to 2026-11-22 06:19:00, which is compared with",
        ),
    ] {
        let ran = query(&place, line).expect_code(0);
        assert_eq!(ran.stderr.matches(says).count(), 1, "{}", ran.stderr);
    }
    let twice = ["--since", "2026-10-25 02:30", "--until", "2026-10-25 02:45"];
    let mut command = place.command(&[&["query", "count"][..], &twice].concat());
    command.env_remove("CRUDDUR_UTC").env("TZ", "Europe/Berlin");
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.matches("taken: the first").count(), 1, "{stderr}");
    stack.running.stop();
}

#[test]
fn a_derived_column_is_a_column_and_every_dataset_together_has_all() {
    let place = Place::new();
    let stack = stack_with_requests(&place);
    let made = json!({ "alias": "is_slow", "expression": "GT($duration_ms, 15)" });
    let made = post_json(stack.address, "/1/derived_columns/backend-flask", &made);
    assert_eq!(made.status, 201, "{}", made.text());
    let csv = ["count", "--where", "is_slow = true", "--output", "csv"];
    assert_eq!(query(&place, &csv).expect_code(0).stdout, "COUNT\r\n5\r\n");
    let ran = query(&place, &["count", "--where", "is_slow = 1"]).expect_code(2);
    assert!(ran.stderr.contains("use true or false"), "{}", ran.stderr);
    let ran = query(&place, &["count", "--by", "is_slo"]).expect_code(2);
    assert!(
        ran.stderr.contains("did you mean is_slow?"),
        "{}",
        ran.stderr
    );
    let all = ["count", "--dataset", "__all__", "--by", "http.rout"];
    let ran = query(&place, &all).expect_code(2);
    assert!(
        ran.stderr.contains("did you mean http.route?"),
        "{}",
        ran.stderr
    );
    stack.running.stop();
}

#[test]
fn root_spans_beside_the_spans_inside_of_them_are_said() {
    let place = Place::new();
    let stack = stack_with_requests(&place);
    let ran = query(&place, &["p90", "--by", "http.route"]).expect_code(0);
    let says = "these are 20 root spans (requests) and 20 spans inside of them, all of which are in the row -, without http.route; requests alone: --where 'trace.parent_id does-not-exist'\n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    for line in [
        &[
            "p90",
            "--by",
            "http.route",
            "--where",
            "trace.parent_id does-not-exist",
        ][..],
        &["p90", "--by", "http.route", "--where", "http.route exists"],
        &["count", "--by", "http.route"],
        &["p90"],
    ] {
        let ran = query(&place, line).expect_code(0);
        assert!(
            !ran.stderr.contains("root spans"),
            "{line:?}: {}",
            ran.stderr
        );
    }
    stack.running.stop();
}

#[test]
fn why_compares_requests_with_requests_and_says_the_same_thing_once() {
    let place = Place::new();
    let stack = place.stack();
    let mut spans = Vec::new();
    for i in 0..400u64 {
        let (route, ms) = if i % 10 == 0 {
            ("/api/slow", 500)
        } else {
            ("/api/home", 20)
        };
        let start = at_ms(100 * i);
        let trace_id = format!("{:032x}", i + 1);
        let mut root = Span::named(&format!("GET {route}"), start)
            .with("http.route", route)
            .with("url.path", route);
        root.trace_id.clone_from(&trace_id);
        root.span_id = format!("{:016x}", 2 * i + 1);
        root.end = start + ms * 1_000_000;
        let mut inside = Span::named("mock-data", start).with("app.rows", 3);
        inside.trace_id = trace_id;
        inside.span_id = format!("{:016x}", 2 * i + 2);
        inside.parent_id.clone_from(&root.span_id);
        inside.end = start + 1_000_000;
        spans.extend([root, inside]);
    }
    send(stack.address, "backend-flask", spans);
    let line = ["heatmap", "--select", ">400ms", "--why"];
    let ran = query(&place, &line).expect_code(0);
    let (_, list) = ran.stdout.split_once("\nselected: ").unwrap();
    assert!(
        list.starts_with("40 of 400 (10 %): above 400 ms\n"),
        "{list}"
    );
    assert!(list.contains("\n 1  http.route "), "{list}");
    assert!(
        list.contains("the same events: name GET /api/slow, url.path /api/slow\n"),
        "{list}"
    );
    assert!(
        !list.contains("\n 2  ") && !list.contains("app.rows"),
        "{list}"
    );
    let says = "root spans (requests) are compared with root spans; --all-spans compares";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);

    let json = [&line[..], &["--output", "json"]].concat();
    let json: Json = serde_json::from_str(&query(&place, &json).expect_code(0).stdout).unwrap();
    assert_eq!(json["why"]["spans"], "root");
    let attributes = json["why"]["attributes"].as_array().unwrap();
    let same: Vec<(&Json, &Json)> = attributes
        .iter()
        .take(3)
        .map(|it| (&it["attribute"], &it["same_as"]))
        .collect();
    let route = json!("http.route");
    assert_eq!(
        same,
        [
            (&route, &Json::Null),
            (&json!("name"), &route),
            (&json!("url.path"), &route)
        ]
    );

    let all = [&line[..], &["--all-spans"]].concat();
    let ran = query(&place, &all).expect_code(0);
    assert!(
        ran.stdout.contains("selected: 40 of 800 (5 %)"),
        "{}",
        ran.stdout
    );
    let inside = ["count", "--select", "app.rows = 3", "--why"];
    let ran = query(&place, &inside).expect_code(0);
    assert!(
        ran.stderr.contains("spans of all levels are compared"),
        "{}",
        ran.stderr
    );
    stack.running.stop();
}
