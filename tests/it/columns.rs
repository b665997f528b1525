//! `/1/columns`: found in the events, made by hand, changed and deleted.

use serde_json::{Value as Json, json};

use crate::http::{Answer, get_keyed, keyed, post_json};
use crate::otlp_text::Span;
use crate::place::{Place, Stack};
use crate::question::{at_ms, now, send};

fn stack_with_a_dataset(place: &Place) -> Stack {
    let stack = place.stack();
    send(
        stack.address,
        "app",
        vec![Span::named("x", at_ms(0)).with("tenant", "a")],
    );
    stack
}

fn named(stack: &Stack, name: &str) -> Answer {
    get_keyed(stack.address, &format!("/1/columns/app?key_name={name}"))
}

#[test]
fn a_column_is_made_found_by_id_changed_and_deleted() {
    let place = Place::new();
    let stack = stack_with_a_dataset(&place);
    let asked =
        json!({ "key_name": "mine", "type": "integer", "description": "d", "hidden": true });
    let made = post_json(stack.address, "/1/columns/app", &asked);
    assert_eq!(made.status, 201);
    let made = made.json();
    for (name, value) in asked.as_object().unwrap() {
        assert_eq!(&made[name], value);
    }
    let path = format!("/1/columns/app/{}", made["id"].as_str().unwrap());
    assert_eq!(get_keyed(stack.address, &path).json(), made);
    assert_eq!(named(&stack, "mine").json(), made);
    let again = post_json(stack.address, "/1/columns/app", &asked);
    assert_eq!(
        (again.status, again.header("content-type")),
        (409, "application/problem+json")
    );

    let changed = keyed(
        stack.address,
        "PUT",
        &path,
        &json!({ "type": "float", "hidden": false }),
    );
    assert_eq!(changed.status, 200);
    let changed = changed.json();
    let (kind, hidden, description) = (
        &changed["type"],
        &changed["hidden"],
        &changed["description"],
    );
    assert_eq!(
        (kind, hidden, description),
        (&json!("float"), &json!(false), &json!("d"))
    );
    stack.running.kill();
    let stack = place.stack();
    assert_eq!(get_keyed(stack.address, &path).json(), changed);

    let deleted = keyed(stack.address, "DELETE", &path, &json!({}));
    assert_eq!((deleted.status, deleted.text()), (204, String::new()));
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(
            keyed(stack.address, method, &path, &json!({})).status,
            404,
            "{method}"
        );
    }
    assert_eq!(named(&stack, "mine").status, 404);
    assert_eq!(
        post_json(stack.address, "/1/columns/app", &asked).status,
        201
    );
}

#[test]
fn what_the_events_have_can_be_described_but_not_made_again() {
    let place = Place::new();
    let stack = stack_with_a_dataset(&place);
    let column = named(&stack, "tenant").json();
    assert_eq!(
        (&column["type"], &column["hidden"]),
        (&json!("string"), &json!(false))
    );
    assert!(column["last_written"].is_string());
    let again = post_json(
        stack.address,
        "/1/columns/app",
        &json!({ "key_name": "tenant" }),
    );
    assert_eq!(again.status, 409);
    let path = format!("/1/columns/app/{}", column["id"].as_str().unwrap());
    let described = keyed(
        stack.address,
        "PUT",
        &path,
        &json!({ "description": "who pays" }),
    )
    .json();
    assert_eq!(described["description"], "who pays");
    assert_eq!(described["last_written"], column["last_written"]);
    let n_columns = get_keyed(stack.address, "/1/columns/app")
        .json()
        .as_array()
        .unwrap()
        .len();
    let dataset = get_keyed(stack.address, "/1/datasets/app").json();
    assert_eq!(dataset["regular_columns_count"], n_columns);
    let everywhere = get_keyed(stack.address, "/1/columns/__all__?key_name=tenant").json();
    assert_eq!(everywhere["description"], "who pays");
}

#[test]
fn a_deleted_column_cannot_be_asked_for_until_a_later_event_has_it() {
    let place = Place::new();
    let stack = stack_with_a_dataset(&place);
    let id = named(&stack, "tenant").json()["id"].clone();
    let path = format!("/1/columns/app/{}", id.as_str().unwrap());
    let asked = json!({ "breakdowns": ["tenant"], "time_range": 600 });
    let query = post_json(stack.address, "/1/queries/app", &asked).json();
    assert_eq!(
        keyed(stack.address, "DELETE", &path, &json!({})).status,
        204
    );
    assert_eq!(named(&stack, "tenant").status, 404);
    // Another dataset has it still, and so has the environment.
    send(
        stack.address,
        "other",
        vec![Span::named("y", at_ms(0)).with("tenant", "a")],
    );
    for (dataset, status) in [("app", 404), ("other", 200), ("__all__", 200)] {
        let path = format!("/1/columns/{dataset}?key_name=tenant");
        assert_eq!(get_keyed(stack.address, &path).status, status, "{dataset}");
    }
    let run = json!({ "query_id": query["id"] });
    for (path, body) in [("/1/queries/app", &asked), ("/1/query_results/app", &run)] {
        let refused = post_json(stack.address, path, body);
        assert_eq!(refused.status, 422, "{path}");
        let detail = &refused.json()["type_detail"][0];
        assert_eq!(
            detail["description"],
            "tenant was deleted from this dataset"
        );
    }
    send(
        stack.address,
        "app",
        vec![Span::named("x", now()).with("tenant", "b")],
    );
    assert_eq!(named(&stack, "tenant").status, 200);
    assert_eq!(
        post_json(stack.address, "/1/query_results/app", &run).status,
        201
    );
}

#[test]
fn what_is_no_column_is_refused() {
    let place = Place::new();
    let stack = stack_with_a_dataset(&place);
    let refused = |body: Json| post_json(stack.address, "/1/columns/app", &body);
    for blank in [json!({}), json!({ "key_name": "" })] {
        let answer = refused(blank);
        assert_eq!(
            (answer.status, answer.json()),
            (400, json!({ "error": "Key name cannot be blank" }))
        );
    }
    let answer =
        refused(json!({ "key_name": "a", "type": "text", "description": 1, "hidden": "no" }));
    assert_eq!(answer.status, 422);
    let fields: Vec<Json> = answer.json()["type_detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|detail| detail["field"].clone())
        .collect();
    assert_eq!(fields, ["type", "description", "hidden"]);
    for dataset in ["nope", "__all__"] {
        let path = format!("/1/columns/{dataset}");
        assert_eq!(
            post_json(stack.address, &path, &json!({ "key_name": "a" })).status,
            404
        );
    }
    assert_eq!(get_keyed(stack.address, "/1/columns/app/nope").status, 404);
}
