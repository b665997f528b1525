//! What Honeycomb has besides: empty lists, definitions, classic keys, and where a result's links lead.

use serde_json::json;

use crate::http::{get, get_keyed, keyed, post_json, request};
use crate::otlp_text::{Export, Span};
use crate::place::{Place, Stack};
use crate::question::at_ms;

fn with_a_span(place: &Place, name: &str) -> Stack {
    let stack = place.stack();
    let export = Export::of(
        "backend-flask",
        vec![Span::named(name, at_ms(0)).with("http.route", name)],
    );
    let answer = request(stack.address, "POST", "/v1/traces")
        .header("content-type", "application/json")
        .send(export.json().to_string().as_bytes());
    assert_eq!(answer.status, 200);
    stack
}

#[test]
fn lists_of_what_is_not_served_are_empty_and_none_can_be_made() {
    let place = Place::new();
    let stack = with_a_span(&place, "work");
    for (list, what) in [
        ("/1/boards", "boards"),
        ("/1/recipients", "recipients"),
        ("/1/slos/backend-flask", "SLOs"),
        ("/1/slos/__all__", "SLOs"),
        ("/1/burn_alerts/backend-flask?slo_id=x", "burn alerts"),
        ("/1/triggers/backend-flask", "triggers"),
    ] {
        let answer = get_keyed(stack.address, list);
        assert_eq!((answer.status, answer.json()), (200, json!([])), "{list}");
        let made = post_json(stack.address, list, &json!({ "name": "x" }));
        assert_eq!(made.status, 403, "{list}");
        assert_eq!(made.header("content-type"), "application/problem+json");
        let error = made.json()["error"].to_string();
        assert!(
            error.contains(what) && error.contains("not served locally"),
            "{error}"
        );
        let one = list.split('?').next().unwrap();
        let one = get_keyed(stack.address, &format!("{one}/abc"));
        assert_eq!(one.status, 404, "{list}");
        assert_eq!(get(stack.address, list).status, 401, "{list}");
    }
    for list in ["/1/slos/none", "/1/triggers/none"] {
        assert_eq!(get_keyed(stack.address, list).status, 404, "{list}");
    }
}

#[test]
fn definitions_are_kept_and_given_back_and_their_columns_have_to_be_there() {
    let place = Place::new();
    let stack = with_a_span(&place, "work");
    let path = "/1/dataset_definitions/backend-flask";
    let column = |name: &str| json!({ "name": name, "column_type": "column" });
    let before = get_keyed(stack.address, path).json();
    assert_eq!(before["duration_ms"], column("duration_ms"));
    assert_eq!(before["route"], column("http.route"));
    assert_eq!(before["trace_id"], column("trace.trace_id"));
    assert_eq!(before["user"], json!(null));
    let slow = json!({ "alias": "slow", "expression": "GT($duration_ms, 5)" });
    assert_eq!(
        post_json(stack.address, "/1/derived_columns/backend-flask", &slow).status,
        201
    );
    let wanted =
        json!({ "route": { "name": "name" }, "error": { "name": "slow" }, "status": null });
    let changed = keyed(stack.address, "PATCH", path, &wanted);
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.json()["route"], column("name"));
    let derived = json!({ "name": "slow", "column_type": "derived_column" });
    assert_eq!(changed.json()["error"], derived);
    assert_eq!(changed.json()["duration_ms"], column("duration_ms"));
    assert_eq!(get_keyed(stack.address, path).json(), changed.json());
    let back = json!({ "route": { "name": "" }, "error": null });
    let changed = keyed(stack.address, "PATCH", path, &back);
    assert_eq!(changed.json(), before);
    for (wrong, field) in [
        (json!({ "route": { "name": "http.rout" } }), "route"),
        (json!({ "rout": { "name": "name" } }), "rout"),
        (json!({ "route": "name" }), "route"),
        (
            json!({ "error": { "name": "slow", "column_type": "column" } }),
            "error",
        ),
    ] {
        let refused = keyed(stack.address, "PATCH", path, &wrong);
        assert_eq!(refused.status, 422, "{wrong}");
        assert_eq!(refused.json()["type_detail"][0]["field"], field);
    }
    assert_eq!(
        get_keyed(stack.address, "/1/dataset_definitions/none").status,
        404
    );
}

#[test]
fn a_classic_key_has_no_environment() {
    let place = Place::new();
    let stack = place.stack();
    for (key, slug) in [
        ("0123456789abcdef0123456789abcdef", ""),
        (&format!("hcaic_{}", "0".repeat(58)), ""),
        ("0123456789ABCDEF0123456789abcdef", "local"),
        ("any", "local"),
        (&format!("hcaik_{}", "0".repeat(58)), "local"),
    ] {
        let answer = request(stack.address, "GET", "/1/auth")
            .header("x-honeycomb-team", key)
            .send(b"");
        let environment = json!({ "name": slug, "slug": slug });
        assert_eq!(answer.json()["environment"], environment, "{key}");
    }
}

#[test]
fn a_results_links_lead_to_its_rows_and_its_picture() {
    let place = Place::new();
    let evil = "<script>alert(1)</script>";
    let stack = with_a_span(&place, evil);
    let second = at_ms(0) / 1_000_000_000;
    let spec = json!({
        "calculations": [{ "op": "COUNT" }], "breakdowns": ["http.route"],
        "start_time": second - 60, "end_time": second + 60,
    });
    let query = post_json(stack.address, "/1/queries/backend-flask", &spec).json();
    let run = json!({ "query_id": query["id"] });
    let result = post_json(stack.address, "/1/query_results/backend-flask", &run).json();
    let path_of = |name: &str| {
        let url = result["links"][name].as_str().unwrap();
        let start = format!("http://{}", stack.address);
        url.strip_prefix(&start).unwrap().to_string()
    };
    let id = result["id"].as_str().unwrap();
    // Waits until it is done.
    let polled = get_keyed(
        stack.address,
        &format!("/1/query_results/backend-flask/{id}"),
    );
    assert_eq!(polled.json()["complete"], true);
    let page = get(stack.address, &path_of("query_url"));
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let text = page.text();
    assert!(text.contains("<th>http.route<th>COUNT"), "{text}");
    assert!(
        text.contains("&lt;script&gt;alert(1)") && !text.contains("<script"),
        "{text}"
    );
    let picture = get(stack.address, &path_of("graph_image_url"));
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, "image/svg+xml")
    );
    assert!(picture.text().contains("<polyline"), "{}", picture.text());
    let other = path_of("query_url").replace(id, "00000000000");
    let gone = get(stack.address, &other);
    assert_eq!(gone.status, 404);
    assert!(
        gone.text().contains("Run the query again"),
        "{}",
        gone.text()
    );
}
