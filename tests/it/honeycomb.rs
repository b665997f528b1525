//! Honeycomb's query API as the stack answers it: paths, statuses, bodies, and the rules for answers.

use serde_json::{Value as Json, json};

use crate::http::{get, get_keyed, post_json, request};
use crate::otlp_text::Span;
use crate::place::{Place, Stack};
use crate::question::{THEN, alike, ask, at_ms, rows, send};

/// A stack that has a hundred spans of two routes, spread over the first hundred seconds.
fn stack_with_spans(place: &Place) -> Stack {
    let stack = place.stack();
    let spans = (0..100)
        .map(|idx| {
            let mut span = Span::named("GET", at_ms(idx * 1_000));
            span.end = span.start + (idx + 1) * 1_000_000;
            span.with("http.route", if idx % 4 == 0 { "/slow" } else { "/fast" })
        })
        .collect();
    send(stack.address, "Backend Flask", spans);
    stack
}

#[test]
fn auth_names_team_and_environment_and_refuses_no_key() {
    let place = Place::new();
    let stack = place.stack();
    let auth = get_keyed(stack.address, "/1/auth").json();
    assert_eq!(auth["api_key_access"]["queries"], true);
    assert!(
        auth["team"]["slug"].is_string() && auth["environment"]["slug"].is_string(),
        "{auth}"
    );

    for path in ["/1/auth", "/1/datasets", "/1/nothing"] {
        let answer = get(stack.address, path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (401, "application/json"),
            "{path}"
        );
        assert_eq!(
            answer.json(),
            json!({ "error": "unknown API key - check your credentials" })
        );
    }
}

#[test]
fn datasets_and_columns_are_what_was_sent() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let datasets = get_keyed(stack.address, "/1/datasets").json();
    assert_eq!(datasets.as_array().unwrap().len(), 1);
    assert_eq!(
        (&datasets[0]["name"], &datasets[0]["slug"]),
        (&json!("Backend Flask"), &json!("backend-flask"))
    );
    assert!(alike(
        &get_keyed(stack.address, "/1/datasets/backend-flask").json(),
        &datasets[0]
    ));

    let columns = get_keyed(stack.address, "/1/columns/backend-flask").json();
    let type_of = |name: &str| {
        let column = columns
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["key_name"] == name);
        column.unwrap_or_else(|| panic!("{name} in {columns}"))["type"].clone()
    };
    assert_eq!(type_of("duration_ms"), "float");
    assert_eq!(type_of("http.route"), "string");
    assert_eq!(type_of("status_code"), "integer");
    let one = get_keyed(
        stack.address,
        "/1/columns/backend-flask?key_name=http.route",
    );
    assert_eq!(
        (one.status, &one.json()["key_name"]),
        (200, &json!("http.route"))
    );
    assert_eq!(
        get_keyed(stack.address, "/1/columns/backend-flask?key_name=nope").status,
        404
    );
    assert_eq!(get_keyed(stack.address, "/1/columns/nope").status, 404);
}

#[test]
fn a_query_comes_back_with_an_id_that_the_same_query_keeps() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let body = json!({ "calculations": [{"op": "P90", "column": "duration_ms"}], "breakdowns": ["http.route"] });
    let first = post_json(stack.address, "/1/queries/backend-flask", &body);
    assert_eq!(first.status, 200);
    let mut echo = first.json();
    let id = echo.as_object_mut().unwrap().remove("id").unwrap();
    assert_eq!(echo, body);
    assert_eq!(
        post_json(stack.address, "/1/queries/backend-flask", &body).json()["id"],
        id
    );
    let path = format!("/1/queries/backend-flask/{}", id.as_str().unwrap());
    assert_eq!(get_keyed(stack.address, &path).json(), first.json());
    assert_eq!(
        get_keyed(stack.address, "/1/queries/backend-flask/nope").status,
        404
    );
}

#[test]
fn a_result_is_created_at_a_location_and_polled_there() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let query =
        json!({ "start_time": THEN, "end_time": THEN + 600, "calculations": [{"op": "COUNT"}] });
    let id = post_json(stack.address, "/1/queries/backend-flask", &query).json()["id"].clone();
    let path = "/1/query_results/backend-flask";
    let started = post_json(stack.address, path, &json!({ "query_id": id }));
    assert_eq!(started.status, 201);
    let result_id = started.json()["id"].as_str().unwrap().to_string();
    assert_eq!(started.header("location"), format!("{path}/{result_id}"));
    assert_eq!(started.json()["query"]["id"], id);
    assert!(
        started.json()["links"]["query_url"]
            .as_str()
            .unwrap()
            .starts_with("http")
    );

    let mut result = get_keyed(stack.address, started.header("location")).json();
    while result["complete"] != true {
        result = get_keyed(stack.address, started.header("location")).json();
    }
    assert_eq!(
        result["data"]["results"],
        json!([{ "data": { "COUNT": 100 } }])
    );
    let series = result["data"]["series"].as_array().unwrap();
    let sum: u64 = series
        .iter()
        .map(|step| step["data"]["COUNT"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, 100);
    assert_eq!(series[0]["time"], "2026-11-22T07:09:00Z");

    let quiet = post_json(
        stack.address,
        path,
        &json!({ "query_id": id, "disable_series": true }),
    );
    let quiet = get_keyed(stack.address, quiet.header("location")).json();
    assert_eq!(quiet["data"]["series"], json!([]));
    assert_eq!(
        get_keyed(stack.address, &format!("{path}/nope")).status,
        404
    );
    assert_eq!(
        post_json(stack.address, path, &json!({ "query_id": "nope" })).status,
        404
    );
    assert_eq!(post_json(stack.address, path, &json!({})).status, 422);
}

#[test]
fn an_unknown_dataset_is_a_problem_whose_type_is_at_the_stacks_own_address() {
    let place = Place::new();
    let stack = place.stack();
    let answer = post_json(stack.address, "/1/queries/nope", &json!({}));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (404, "application/problem+json")
    );
    let expected = json!({
        "status": 404,
        "title": "The requested resource cannot be found.",
        "error": "Dataset not found",
        "type": format!("http://{}/problems/not-found", stack.address),
    });
    assert_eq!(answer.json(), expected);
}

#[test]
fn every_field_that_is_wrong_is_named() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let body = json!({
        "calculations": [{"op": "P42", "column": "duration_ms"}, {"op": "SUM"}],
        "filters": [{"column": "a", "op": "~", "value": 1}],
        "orders": [{"column": "not-a-breakdown"}],
        "limit": 1001,
    });
    let answer = post_json(stack.address, "/1/queries/backend-flask", &body);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (422, "application/problem+json")
    );
    let problem = answer.json();
    assert_eq!(
        problem["type"],
        format!("http://{}/problems/validation-failed", stack.address)
    );
    let details = problem["type_detail"].as_array().unwrap();
    let fields: Vec<&str> = details
        .iter()
        .map(|it| it["field"].as_str().unwrap())
        .collect();
    let expected = [
        "calculations[0].op",
        "calculations[1].column",
        "filters[0].op",
        "orders[0].column",
        "limit",
    ];
    assert_eq!(fields, expected);
    assert!(
        details
            .iter()
            .all(|it| it["code"].is_string() && it["description"].is_string())
    );

    let garbage = request(stack.address, "POST", "/1/queries/backend-flask")
        .header("x-honeycomb-team", "any")
        .send(b"{");
    assert_eq!(
        (garbage.status, garbage.header("content-type")),
        (400, "application/problem+json")
    );
}

#[test]
fn nothing_that_matches_is_a_count_of_zero_and_no_group() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let mut question = json!({
        "calculations": [{"op": "COUNT"}, {"op": "AVG", "column": "duration_ms"}],
        "filters": [{"column": "http.route", "op": "=", "value": "/nobody"}],
    });
    let got = rows(stack.address, "backend-flask", &question);
    assert_eq!((got.len(), &got[0]["COUNT"]), (1, &json!(0)));
    assert!(
        got[0].get("AVG(duration_ms)").is_none_or(Json::is_null),
        "{got:?}"
    );
    question["breakdowns"] = json!(["http.route"]);
    assert_eq!(
        rows(stack.address, "backend-flask", &question),
        Vec::<Json>::new()
    );
}

#[test]
fn every_histogram_of_a_heatmap_adds_up_to_its_count() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let question = json!({
        "calculations": [{"op": "HEATMAP", "column": "duration_ms"}, {"op": "COUNT"}],
        "breakdowns": ["http.route"],
        "granularity": 10,
    });
    let data = ask(stack.address, "backend-flask", &question);
    let all = |name: &str| {
        data[name]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["data"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(all("results").len(), 2);
    let mut total = 0;
    for data in all("results").iter().chain(&all("series")) {
        let heatmap = &data["HEATMAP(duration_ms)"];
        if data["COUNT"] == 0 && heatmap.is_null() {
            continue;
        }
        let number = |name: &str| heatmap[name].as_f64().unwrap();
        let counts: Vec<u64> = heatmap["counts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|count| count.as_u64().unwrap())
            .collect();
        assert_eq!(counts.iter().sum::<u64>(), data["COUNT"].as_u64().unwrap());
        let width = number("step_size") * counts.len() as f64;
        assert!(
            (number("max_value") - number("min_value") - width).abs() < 1e-9 * width,
            "{heatmap}"
        );
        total += counts.iter().sum::<u64>();
    }
    assert_eq!(total, 200, "once in the results and once in the series");
}

#[test]
fn granularity_lies_between_a_thousandth_of_the_range_and_the_range() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let about = |granularity: u64| json!({ "start_time": THEN, "end_time": THEN + 7200, "granularity": granularity });
    for granularity in [7, 7201] {
        let answer = post_json(
            stack.address,
            "/1/queries/backend-flask",
            &about(granularity),
        );
        assert_eq!(answer.status, 422, "{granularity}");
        let detail = &answer.json()["type_detail"][0];
        assert_eq!(detail["field"], "granularity");
        assert!(
            detail["description"]
                .as_str()
                .unwrap()
                .contains("between 8 and 7200"),
            "{detail}"
        );
    }
    let data = ask(stack.address, "backend-flask", &about(60));
    let series = data["series"].as_array().unwrap();
    let of = |idx: usize| {
        (
            series[idx]["time"].as_str().unwrap(),
            series[idx]["data"]["COUNT"].as_u64().unwrap(),
        )
    };
    assert_eq!(of(0), ("2026-11-22T07:09:00Z", 60));
    assert_eq!(of(1), ("2026-11-22T07:10:00Z", 40));
    assert_eq!(
        post_json(stack.address, "/1/queries/backend-flask", &about(8)).status,
        200
    );
}

#[test]
fn a_limit_keeps_the_first_groups_only() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let question = json!({ "breakdowns": ["http.route"], "limit": 1 });
    let got = rows(stack.address, "backend-flask", &question);
    assert_eq!(got, [json!({ "http.route": "/fast", "COUNT": 75 })]);
}

#[test]
fn all_datasets_can_be_asked_at_once() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    send(stack.address, "other", vec![Span::named("work", at_ms(0))]);
    assert_eq!(
        rows(stack.address, "__all__", &json!({})),
        [json!({ "COUNT": 101 })]
    );
}

#[test]
fn queries_and_spans_are_there_after_a_restart() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let question = json!({ "breakdowns": ["http.route"] });
    let id = post_json(stack.address, "/1/queries/backend-flask", &question).json()["id"].clone();
    assert_eq!(stack.running.stop().code, Some(0));
    let stack = place.stack();
    let path = format!("/1/queries/backend-flask/{}", id.as_str().unwrap());
    assert_eq!(get_keyed(stack.address, &path).status, 200);
    let got = rows(stack.address, "backend-flask", &question);
    assert_eq!(got[0], json!({ "http.route": "/fast", "COUNT": 75 }));
}
