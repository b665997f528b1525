//! `/1/datasets`: made, described, protected and deleted with everything in them.

use serde_json::{Value as Json, json};

use crate::http::{get_keyed, keyed, post_json};
use crate::otlp_text::Span;
use crate::place::Place;
use crate::question::{at_ms, count, rows, send};

#[test]
fn a_dataset_is_made_once_and_described_and_kept() {
    let place = Place::new();
    let stack = place.stack();
    let asked = json!({ "name": "My Dataset!", "description": "mine", "expand_json_depth": 2 });
    let made = post_json(stack.address, "/1/datasets", &asked);
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(made["slug"], "my-dataset-");
    for name in ["name", "description", "expand_json_depth"] {
        assert_eq!(made[name], asked[name]);
    }
    assert_eq!(made["settings"]["delete_protected"], true);
    assert_eq!(
        (&made["last_written_at"], &made["regular_columns_count"]),
        (&Json::Null, &Json::Null)
    );
    assert!(made["created_at"].is_string());
    let again = post_json(
        stack.address,
        "/1/datasets",
        &json!({ "name": "my dataset!" }),
    );
    assert_eq!((again.status, again.json()), (200, made.clone()));

    let path = "/1/datasets/my-dataset-";
    let changed = keyed(
        stack.address,
        "PUT",
        path,
        &json!({
            "description": "ours", "expand_json_depth": 0, "settings": { "delete_protected": false },
        }),
    );
    assert_eq!(changed.status, 200);
    let changed = changed.json();
    assert_eq!(
        (&changed["name"], &changed["description"]),
        (&json!("My Dataset!"), &json!("ours"))
    );
    assert_eq!(changed["settings"]["delete_protected"], false);
    assert_eq!(changed["created_at"], made["created_at"]);

    stack.running.kill();
    let stack = place.stack();
    assert_eq!(get_keyed(stack.address, path).json(), changed);
    assert_eq!(
        get_keyed(stack.address, "/1/datasets").json(),
        json!([changed])
    );
    let reset = keyed(stack.address, "PUT", path, &json!({})).json();
    assert_eq!(
        (
            &reset["description"],
            &reset["settings"]["delete_protected"]
        ),
        (&json!(""), &json!(true))
    );
    let unknown = keyed(stack.address, "PUT", "/1/datasets/nope", &json!({}));
    assert_eq!(
        (unknown.status, &unknown.json()["error"]),
        (404, &json!("Dataset not found"))
    );
}

#[test]
fn what_is_no_dataset_is_refused_field_by_field() {
    let place = Place::new();
    let stack = place.stack();
    let problems = |body: Json| -> Vec<Json> {
        let answer = post_json(stack.address, "/1/datasets", &body);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (422, "application/problem+json"),
            "{body}"
        );
        let body = answer.json();
        assert_eq!(body["title"], "The provided input is invalid.");
        assert_eq!(body["error"], "The provided input is invalid.");
        assert_eq!(
            body["type"],
            format!("http://{}/problems/validation-failed", stack.address)
        );
        body["type_detail"].as_array().unwrap().clone()
    };
    let blank = json!({ "field": "name", "code": "missing", "description": "cannot be blank" });
    for body in [json!({}), json!({ "name": "" }), json!({ "name": null })] {
        assert_eq!(problems(body), std::slice::from_ref(&blank));
    }
    let wrong = problems(json!({
        "name": "x".repeat(256), "description": "x".repeat(1025), "expand_json_depth": 11,
        "settings": { "delete_protected": "no" },
    }));
    let fields: Vec<String> = wrong
        .iter()
        .map(|it| format!("{}: {}", it["field"], it["code"]))
        .collect();
    assert_eq!(
        fields,
        [
            "\"name\": \"invalid\"",
            "\"description\": \"invalid\"",
            "\"expand_json_depth\": \"invalid\"",
            "\"settings.delete_protected\": \"incorrect_type\"",
        ]
    );
    assert_eq!(problems(json!({ "name": 7 }))[0]["code"], "incorrect_type");
    assert_eq!(problems(json!({ "name": "__ALL__" }))[0]["code"], "invalid");
    assert_eq!(
        post_json(stack.address, "/1/datasets", &json!([])).status,
        400
    );
    assert_eq!(get_keyed(stack.address, "/1/datasets").json(), json!([]));
}

#[test]
fn a_protected_dataset_stays_and_a_deleted_one_leaves_nothing() {
    let place = Place::new();
    let stack = place.stack();
    send(stack.address, "App", vec![Span::named("x", at_ms(0))]);
    send(stack.address, "other", vec![Span::named("y", at_ms(0))]);
    let marker = post_json(
        stack.address,
        "/1/markers/app",
        &json!({ "message": "deploy" }),
    );
    assert_eq!(marker.status, 201);

    let refused = keyed(stack.address, "DELETE", "/1/datasets/app", &json!({}));
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (409, "application/problem+json")
    );
    assert_eq!(
        refused.json()["type"],
        format!("http://{}/problems/conflict", stack.address)
    );
    assert_eq!(count(stack.address, "app"), 1);

    let open = json!({ "description": "", "expand_json_depth": 0, "settings": { "delete_protected": false } });
    assert_eq!(
        keyed(stack.address, "PUT", "/1/datasets/app", &open).status,
        200
    );
    let deleted = keyed(stack.address, "DELETE", "/1/datasets/app", &json!({}));
    assert_eq!((deleted.status, deleted.text()), (202, String::new()));
    for path in ["/1/datasets/app", "/1/columns/app", "/1/markers/app"] {
        assert_eq!(get_keyed(stack.address, path).status, 404, "{path}");
    }
    let again = keyed(stack.address, "DELETE", "/1/datasets/app", &json!({}));
    assert_eq!(again.status, 404);

    // Kept out of the way of a restart, and of a dataset of the same name.
    stack.running.kill();
    let stack = place.stack();
    assert_eq!(get_keyed(stack.address, "/1/datasets/app").status, 404);
    assert_eq!(count(stack.address, "other"), 1);
    send(stack.address, "App", vec![Span::named("z", at_ms(0))]);
    assert_eq!(count(stack.address, "app"), 1);
    assert_eq!(get_keyed(stack.address, "/1/markers/app").json(), json!([]));
    assert_eq!(
        get_keyed(stack.address, "/1/datasets/app").json()["settings"]["delete_protected"],
        true
    );
}

#[test]
fn objects_in_events_are_unpacked_as_deep_as_their_dataset_says() {
    let place = Place::new();
    let stack = place.stack();
    let event = json!([{ "time": crate::question::THEN, "data": { "http": { "route": "/", "code": { "n": 1 } } } }]);
    let deep = json!({ "name": "deep", "expand_json_depth": 1 });
    assert_eq!(post_json(stack.address, "/1/datasets", &deep).status, 201);
    for dataset in ["deep", "flat"] {
        let sent = post_json(stack.address, &format!("/1/batch/{dataset}"), &event);
        assert_eq!(sent.json(), json!([{ "status": 202 }]));
    }
    let asked =
        |columns: &[&str]| json!({ "breakdowns": columns, "calculations": [{ "op": "COUNT" }] });
    assert_eq!(
        rows(stack.address, "deep", &asked(&["http.route", "http.code"])),
        [json!({ "http.route": "/", "http.code": "{\"n\":1}", "COUNT": 1 })]
    );
    assert_eq!(
        rows(stack.address, "flat", &asked(&["http"])),
        [json!({ "http": "{\"route\":\"/\",\"code\":{\"n\":1}}", "COUNT": 1 })]
    );
}
