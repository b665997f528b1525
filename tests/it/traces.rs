//! The X-Ray commands that look: traces, graph, trace, rejects, rules, groups, sampling explain.

use std::net::UdpSocket;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::{post_json, request};
use crate::place::{Place, Stack};

fn trace_id(now: f64, n: usize) -> String {
    format!("1-{:08x}-{n:024x}", now as u64)
}

fn segment(now: f64, n: usize) -> Json {
    let start = now - 30.0 + n as f64;
    let is_fault = n % 4 == 3;
    json!({
        "name": "backend-flask", "id": format!("{:016x}", n + 1), "trace_id": trace_id(now, n),
        "start_time": start, "end_time": start + 0.1 + 0.01 * n as f64, "fault": is_fault,
        "http": {
            "request": {"method": "GET", "url": "http://localhost:4567/api/activities/home"},
            "response": {"status": if is_fault { 500 } else { 200 }},
        },
        "subsegments": [{
            "name": "DynamoDB", "namespace": "aws", "id": format!("{:016x}", n + 100),
            "start_time": start + 0.02, "end_time": start + 0.07, "fault": is_fault,
        }],
    })
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}

/// Puts eight traces into the stack, two of them faults.
pub fn filled(stack: &Stack) -> f64 {
    let now = now();
    let documents: Vec<String> = (0..8).map(|n| segment(now, n).to_string()).collect();
    let body = json!({"TraceSegmentDocuments": documents});
    let answer = post_json(stack.address, "/TraceSegments", &body).json();
    assert_eq!(answer, json!({"UnprocessedTraceSegments": []}));
    now
}

#[test]
fn traces_are_listed_newest_first_and_a_filter_chooses_among_them() {
    let place = Place::new();
    let stack = place.stack();
    let now = filled(&stack);
    let all = place
        .run(&["xray", "traces", "--output", "json"])
        .expect_code(0);
    let all: Json = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(all["traces"].as_array().unwrap().len(), 8);
    assert_eq!(all["traces"][0]["id"], trace_id(now, 7));
    let filter = "service(\"backend-flask\") { fault }";
    let faults = place
        .run(&["xray", "traces", "--filter", filter])
        .expect_code(0);
    let ids = faults.stdout.lines().filter(|line| line.starts_with("1-"));
    assert_eq!(ids.count(), 2, "{}", faults.stdout);
    assert!(
        faults
            .stderr
            .contains(&format!("next: cruddurctl trace {}", trace_id(now, 7)))
    );
    let wrong = place
        .run(&["xray", "traces", "--filter", "falt"])
        .expect_code(1);
    assert!(
        wrong.stderr.contains("did you mean `fault`?\nfalt\n^^^^"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn the_graph_adds_up_what_the_traces_say() {
    let place = Place::new();
    let stack = place.stack();
    filled(&stack);
    let graph = place
        .run(&["xray", "graph", "--output", "json"])
        .expect_code(0);
    let graph: Json = serde_json::from_str(&graph.stdout).unwrap();
    let services = graph["services"].as_array().unwrap();
    let table = services.iter().find(|it| it["name"] == "DynamoDB").unwrap();
    assert_eq!(table["type"], "AWS::DynamoDB", "{table}");
    let drawn = place.run(&["xray", "graph"]).expect_code(0);
    let line = drawn
        .stdout
        .lines()
        .find(|line| line.contains("DynamoDB"))
        .unwrap();
    assert!(line.contains("  8  ") && line.contains("25 %"), "{line}");
    let (start, end) = (now() - 7.0 * 3600.0, now());
    let long = post_json(
        stack.address,
        "/ServiceGraph",
        &json!({"StartTime": start, "EndTime": end}),
    );
    assert_eq!(
        long.json()["Message"],
        "Time range cannot be longer than 6 hours"
    );
}

#[test]
fn a_series_has_the_requests_of_the_entity_that_was_asked_for() {
    let place = Place::new();
    let stack = place.stack();
    let now = filled(&stack);
    let total = |expression: &str, statistics: &str| -> u64 {
        let body = json!({
            "StartTime": now - 120.0, "EndTime": now + 60.0, "Period": 60,
            "EntitySelectorExpression": expression,
        });
        let answer = post_json(stack.address, "/TimeSeriesServiceStatistics", &body).json();
        let periods = answer["TimeSeriesServiceStatistics"]
            .as_array()
            .unwrap()
            .clone();
        periods
            .iter()
            .map(|it| {
                it[statistics]["FaultStatistics"]["TotalCount"]
                    .as_u64()
                    .unwrap_or(0)
            })
            .sum()
    };
    assert_eq!(
        total("service(\"backend-flask\")", "ServiceSummaryStatistics"),
        2
    );
    assert_eq!(
        total(
            "service(id(name: \"DynamoDB\", type: \"AWS::DynamoDB\"))",
            "ServiceSummaryStatistics"
        ),
        2
    );
    assert_eq!(
        total(
            "edge(\"backend-flask\", \"DynamoDB\")",
            "EdgeSummaryStatistics"
        ),
        2
    );
    let body =
        json!({"StartTime": now - 60.0, "EndTime": now, "EntitySelectorExpression": "fault"});
    let refused = post_json(stack.address, "/TimeSeriesServiceStatistics", &body).json();
    assert!(
        refused["Message"]
            .as_str()
            .unwrap()
            .contains("Invalid input symbol: 'fault'")
    );
}

#[test]
fn a_trace_is_drawn_by_either_form_of_its_id_and_an_unknown_one_is_explained() {
    let place = Place::new();
    let stack = place.stack();
    let now = filled(&stack);
    let id = trace_id(now, 7);
    let drawn = place.run(&["trace", &id]).expect_code(0).stdout;
    assert!(
        drawn.contains("backend-flask") && drawn.contains("DynamoDB"),
        "{drawn}"
    );
    let hex = id.replacen("1-", "", 1).replace('-', "");
    assert_eq!(place.run(&["trace", &hex]).expect_code(0).stdout, drawn);
    assert_eq!(
        place.run(&["trace", "--slowest"]).expect_code(0).stdout,
        drawn
    );
    let unknown = place.run(&["trace", &trace_id(now, 99)]).expect_code(1);
    assert!(
        unknown
            .stderr
            .contains("without its span it cannot be known which rule decided, or whether the request was sampled"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn the_daemon_s_door_takes_segments_answers_samplers_and_says_what_it_refused() {
    let place = Place::new();
    let running = place.start(&["stack", "--port", "0"]);
    let line = running.stderr_line(|line| line.contains("AWS_XRAY_DAEMON_ADDRESS="));
    let door: std::net::SocketAddr = line.split('=').nth(1).unwrap().parse().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let now = now();
    let good = format!(
        "{{\"format\": \"JSON\", \"version\": 1}}\n{}",
        segment(now, 0)
    );
    let bad = "{\"format\":\"json\",\"version\":1}\n{\"name\":\"a*b\",\"id\":\"70de5b6f19ff9a0a\",\"trace_id\":\"1-581cf771-a006649127e371903a2de979\",\"start_time\":1,\"end_time\":2}";
    for datagram in [good.as_bytes(), bad.as_bytes(), b"no header at all"] {
        socket.send_to(datagram, door).unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    let rejects = loop {
        let list = place
            .run(&["xray", "daemon", "rejects", "--output", "json"])
            .expect_code(0);
        let list: Json = serde_json::from_str(&list.stdout).unwrap();
        if list.as_array().unwrap().len() == 2 {
            break list;
        }
        assert!(Instant::now() < deadline, "{list}");
    };
    let named = rejects
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["reason"] == "InvalidName")
        .unwrap();
    assert_eq!(named["trace_id"], "1-581cf771-a006649127e371903a2de979");
    assert!(
        named["explanation"].as_str().unwrap().contains("'*'"),
        "{named}"
    );
    let body = json!({"TraceIds": [trace_id(now, 0)]});
    let traces = post_json(door, "/Traces", &body).json();
    assert_eq!(traces["Traces"].as_array().unwrap().len(), 1, "{traces}");
    // As the OpenTelemetry samplers ask: unsigned, and with nothing in it.
    let rules = request(door, "POST", "/GetSamplingRules")
        .header("content-type", "application/json")
        .send(b"")
        .json();
    assert_eq!(
        rules["SamplingRuleRecords"][0]["SamplingRule"]["RuleName"],
        "Default"
    );
    let ended = running.stop();
    assert!(
        ended.stderr.contains("x-ray daemon: received 3, kept 1"),
        "{}",
        ended.stderr
    );
}

#[test]
fn explain_names_the_rule_that_decides_and_the_trap_of_the_reservoir() {
    let place = Place::new();
    place.run(&["xray", "setup"]).expect_code(0);
    let explain = |more: &[&str]| {
        let arguments = [&["xray", "sampling", "explain"], more].concat();
        place.run(&arguments).expect_code(0).stdout
    };
    let ours = explain(&["--rps", "3"]);
    assert!(
        ours.contains("1. Cruddur (priority 9000) decides"),
        "{ours}"
    );
    assert!(
        ours.contains("at 3 rps every request is kept; FixedRate never applies"),
        "{ours}"
    );
    let host = explain(&["--service", "4567-me.gitpod.io"]);
    assert!(
        host.contains("ServiceName \"backend-flask\" does not match \"4567-me.gitpod.io\""),
        "{host}"
    );
    assert!(
        host.contains("2. Default (priority 10000) decides"),
        "{host}"
    );
    let json: Json = serde_json::from_str(&explain(&["--rps", "15", "--output", "json"])).unwrap();
    assert_eq!(
        (&json["decides"], &json["kept_per_second"]),
        (&json!("Cruddur"), &json!(6.0))
    );
}

#[test]
fn rules_come_in_the_order_in_which_they_are_asked_and_groups_with_their_filter() {
    let place = Place::new();
    place.run(&["xray", "setup"]).expect_code(0);
    let rules = place
        .run(&["xray", "rules", "--output", "csv"])
        .expect_code(0)
        .stdout;
    let names: Vec<&str> = rules
        .lines()
        .map(|line| line.split(',').nth(1).unwrap())
        .collect();
    assert_eq!(names, ["name", "Cruddur", "Default"]);
    let groups = place
        .run(&["xray", "groups", "--output", "json"])
        .expect_code(0)
        .stdout;
    let groups: Json = serde_json::from_str(&groups).unwrap();
    assert_eq!(groups[1]["filter_expression"], "service(\"backend-flask\")");
}

#[test]
fn a_group_chooses_traces_with_and_without_a_filter_and_a_trace_leads_on() {
    let place = Place::new();
    let stack = place.stack();
    let now = filled(&stack);
    let other = json!({
        "name": "another", "id": "00000000000000ff", "trace_id": trace_id(now, 99),
        "start_time": now - 10.0, "end_time": now - 9.0, "fault": true,
    });
    let body = json!({"TraceSegmentDocuments": [other.to_string()]});
    post_json(stack.address, "/TraceSegments", &body);
    place.run(&["xray", "setup"]).expect_code(0);
    let count = |arguments: &[&str]| {
        let all = [&["xray", "traces", "--output", "json"], arguments].concat();
        let listed: Json = serde_json::from_str(&place.run(&all).expect_code(0).stdout).unwrap();
        listed["traces"].as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 9);
    assert_eq!(count(&["--filter", "fault"]), 3);
    assert_eq!(count(&["--group", "Cruddur"]), 8);
    assert_eq!(count(&["--group", "Cruddur", "--filter", "fault"]), 2);
    assert_eq!(count(&["--group", "Cruddur", "--filter", "fault OR ok"]), 8);
    let unknown = place
        .run(&["xray", "traces", "--group", "crudur"])
        .expect_code(1);
    assert!(
        unknown.stderr.contains("there is no X-Ray group crudur"),
        "{}",
        unknown.stderr
    );

    let good = place.run(&["trace", &trace_id(now, 0)]).expect_code(0);
    let more = format!("next: cruddurctl trace {} --details", trace_id(now, 0));
    assert!(good.stderr.contains(&more), "{}", good.stderr);
    let fault = place.run(&["trace", &trace_id(now, 3)]).expect_code(0);
    let alike = "next: cruddurctl xray traces --filter 'service(\"backend-flask\") { fault }'";
    assert!(fault.stderr.contains(alike), "{}", fault.stderr);
}

#[test]
fn traces_and_graphs_are_drawn_as_pictures_that_say_the_same_in_words() {
    let place = Place::new();
    let stack = place.stack();
    let now = filled(&stack);
    let graph = place
        .run(&["xray", "graph", "--output", "svg"])
        .expect_code(0)
        .stdout;
    assert!(
        graph.starts_with("<svg ") && graph.ends_with("</svg>\n"),
        "{graph}"
    );
    assert!(
        graph.contains("backend-flask to DynamoDB: 8 requests"),
        "{graph}"
    );
    assert!(graph.contains("25 % fault"), "{graph}");
    let trace = place
        .run(&["trace", &trace_id(now, 7), "--output", "svg"])
        .expect_code(0)
        .stdout;
    assert!(
        trace.contains("<title>DynamoDB, at 20 ms, took 50 ms, fault"),
        "{trace}"
    );
    assert!(trace.contains("GET /api/activities/home · 500"), "{trace}");
}
