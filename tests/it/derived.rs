//! `/1/derived_columns`: made once for all queries, and read by those that name them.

use serde_json::{Value as Json, json};

use crate::http::{Answer, get_keyed, keyed, post_json};
use crate::otlp_text::Span;
use crate::place::{Place, Stack};
use crate::question::{at_ms, rows, send};

fn stack_with_spans(place: &Place) -> Stack {
    let stack = place.stack();
    let spans =
        (0..10).map(|idx| Span::named("x", at_ms(idx * 100)).with("v", format!("v{idx}.0")));
    send(stack.address, "app", spans.collect());
    stack
}

fn make(stack: &Stack, dataset: &str, alias: &str, expression: &str) -> Answer {
    let body = json!({ "alias": alias, "expression": expression, "description": "d" });
    post_json(
        stack.address,
        &format!("/1/derived_columns/{dataset}"),
        &body,
    )
}

#[test]
fn a_derived_column_is_made_found_changed_and_deleted() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    let made = make(&stack, "app", "major", "INT(REG_VALUE($v, `v(\\d+)`))");
    assert_eq!(made.status, 201);
    let made = made.json();
    let all = "/1/derived_columns/app";
    let path = format!("{all}/{}", made["id"].as_str().unwrap());
    assert_eq!(get_keyed(stack.address, all).json(), json!([made]));
    assert_eq!(
        get_keyed(stack.address, &format!("{all}?alias=major")).json(),
        made
    );
    assert_eq!(
        get_keyed(stack.address, &format!("{all}?alias=nope")).status,
        404
    );
    assert_eq!(get_keyed(stack.address, &path).json(), made);
    assert_eq!(make(&stack, "app", "major", "1").status, 409);
    assert_eq!(make(&stack, "nope", "major", "1").status, 404);
    let wrong = make(&stack, "app", "wrong", "1 +");
    let error = "expression: expected a column, a value or a function at column 4";
    assert_eq!(
        (wrong.status, wrong.json()),
        (400, json!({ "error": error }))
    );
    let related = make(&stack, "app", "related", "$root.name");
    let error = "expression: the relational prefix `root.` is not supported by this server";
    assert_eq!(
        (related.status, related.json()),
        (400, json!({ "error": error }))
    );
    assert_eq!(make(&stack, "app", "", "1").status, 422);
    for dataset in ["app", "__all__"] {
        let unknown = make(&stack, dataset, "log", "LOG10($invalid_column)");
        let error = json!({ "error": "unknown column name: invalid_column" });
        assert_eq!((unknown.status, unknown.json()), (400, error), "{dataset}");
    }

    let other = make(&stack, "app", "other", "1").json();
    let body = json!({ "alias": "major", "expression": "2" });
    let other = format!("{all}/{}", other["id"].as_str().unwrap());
    assert_eq!(keyed(stack.address, "PUT", &other, &body).status, 409);
    let unknown = json!({ "alias": "major", "expression": "$w + 1" });
    assert_eq!(keyed(stack.address, "PUT", &path, &unknown).status, 400);
    let changed = keyed(stack.address, "PUT", &path, &body);
    assert_eq!(
        (changed.status, &changed.json()["expression"]),
        (200, &json!("2"))
    );
    assert_eq!(changed.json()["created_at"], made["created_at"]);
    stack.running.kill();
    let stack = place.stack();
    assert_eq!(get_keyed(stack.address, &path).json(), changed.json());
    assert_eq!(
        keyed(stack.address, "DELETE", &path, &json!({})).status,
        204
    );
    for method in ["GET", "DELETE"] {
        assert_eq!(keyed(stack.address, method, &path, &json!({})).status, 404);
    }
    assert_eq!(keyed(stack.address, "PUT", &path, &body).status, 404);
}

#[test]
fn a_query_reads_the_derived_columns_that_it_names() {
    let place = Place::new();
    let stack = stack_with_spans(&place);
    assert_eq!(
        make(&stack, "app", "major", "INT(REG_VALUE($v, `v(\\d+)`))").status,
        201
    );
    assert_eq!(
        make(&stack, "__all__", "is_late", "$major >= 7").status,
        201
    );
    let asked = json!({
        "breakdowns": ["is_late"],
        "calculations": [{ "op": "COUNT" }, { "op": "MAX", "column": "major" }],
        "filters": [{ "column": "major", "op": ">", "value": 1 }],
    });
    let expected: Vec<Json> = vec![
        json!({ "is_late": false, "COUNT": 5, "MAX(major)": 6.0 }),
        json!({ "is_late": true, "COUNT": 3, "MAX(major)": 9.0 }),
    ];
    let found = rows(stack.address, "app", &asked);
    assert!(crate::question::alike(&found.into(), &expected.into()));

    // A field of the query itself hides the one that everybody has.
    let own = json!({
        "calculated_fields": [{ "name": "major", "expression": "1" }],
        "calculations": [{ "op": "MAX", "column": "major" }],
    });
    let found = rows(stack.address, "app", &own);
    assert!(crate::question::alike(
        &found[0],
        &json!({ "MAX(major)": 1 })
    ));
}
