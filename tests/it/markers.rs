//! `/1/markers`: made, listed, changed and deleted, and kept over a restart.

use serde_json::{Value as Json, json};

use crate::http::{get_keyed, keyed, post_json};
use crate::otlp_text::Span;
use crate::place::{Place, Stack};
use crate::question::{THEN, at_ms, send};

fn stack_with_a_dataset(place: &Place) -> Stack {
    let stack = place.stack();
    send(stack.address, "app", vec![Span::named("x", at_ms(0))]);
    stack
}

#[test]
fn a_marker_is_made_listed_changed_and_deleted() {
    let place = Place::new();
    let stack = stack_with_a_dataset(&place);
    let deploy = json!({
        "start_time": THEN, "end_time": THEN + 60, "message": "deploy #7", "type": "deploy",
        "url": "http://ci.test/7", "id": "mine", "color": "#F96E11",
    });
    let made = post_json(stack.address, "/1/markers/app", &deploy);
    assert_eq!(made.status, 201);
    let made = made.json();
    for name in ["start_time", "end_time", "message", "type", "url"] {
        assert_eq!(made[name], deploy[name]);
    }
    let id = made["id"].as_str().unwrap().to_string();
    assert!(
        id != "mine" && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{id}"
    );
    assert!(made["created_at"].is_string() && made["updated_at"].is_string());
    assert_eq!(
        get_keyed(stack.address, "/1/markers/app").json(),
        json!([made])
    );
    assert_eq!(
        get_keyed(stack.address, "/1/markers/__all__").json(),
        json!([])
    );

    let path = format!("/1/markers/app/{id}");
    let changed = keyed(
        stack.address,
        "PUT",
        &path,
        &json!({ "message": "deploy #8" }),
    );
    assert_eq!(changed.status, 200);
    let changed = changed.json();
    assert_eq!(changed["message"], "deploy #8");
    assert_eq!(
        (&changed["id"], &changed["start_time"]),
        (&made["id"], &made["start_time"])
    );
    assert_eq!(changed["created_at"], made["created_at"]);
    assert_eq!((changed.get("end_time"), changed.get("url")), (None, None));

    stack.running.kill();
    let stack = place.stack();
    assert_eq!(
        get_keyed(stack.address, "/1/markers/app").json(),
        json!([changed])
    );
    let deleted = keyed(stack.address, "DELETE", &path, &json!({}));
    assert_eq!((deleted.status, deleted.json()), (200, changed));
    assert_eq!(get_keyed(stack.address, "/1/markers/app").json(), json!([]));
    for method in ["PUT", "DELETE"] {
        assert_eq!(
            keyed(stack.address, method, &path, &json!({})).status,
            404,
            "{method}"
        );
    }
}

#[test]
fn a_marker_of_the_whole_environment_begins_now_if_it_says_nothing() {
    let place = Place::new();
    let stack = place.stack();
    let made = post_json(stack.address, "/1/markers/__all__", &json!({}));
    assert_eq!(made.status, 201);
    assert!(made.json()["start_time"].as_u64().unwrap() > THEN - (1 << 30));
    let listed = get_keyed(stack.address, "/1/markers/__all__").json();
    assert_eq!(listed, json!([made.json()]));
}

#[test]
fn what_is_no_marker_is_refused() {
    let place = Place::new();
    let stack = stack_with_a_dataset(&place);
    let wrong = json!({ "start_time": "now", "end_time": -1, "message": 7 });
    let answer = post_json(stack.address, "/1/markers/app", &wrong);
    assert_eq!(answer.status, 422);
    let body = answer.json();
    let fields: Vec<&Json> = body["type_detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|detail| &detail["field"])
        .collect();
    assert_eq!(fields, ["start_time", "end_time", "message"]);
    assert_eq!(
        post_json(stack.address, "/1/markers/app", &json!([])).status,
        400
    );
    assert_eq!(
        post_json(stack.address, "/1/markers/nope", &json!({})).status,
        404
    );
    assert_eq!(get_keyed(stack.address, "/1/markers/nope").status, 404);
    let long = json!({ "message": "x".repeat(100_000) });
    let answer = post_json(stack.address, "/1/markers/app", &long);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (413, "application/problem+json")
    );
    assert_eq!(get_keyed(stack.address, "/1/markers/app").json(), json!([]));
}
