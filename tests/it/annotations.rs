//! `/1/query_annotations`: made for a query, listed, changed and deleted.

use serde_json::json;

use crate::http::{get_keyed, keyed, post_json};
use crate::otlp_text::Span;
use crate::place::Place;
use crate::question::{at_ms, send};

#[test]
fn an_annotation_belongs_to_one_query_of_its_dataset() {
    let place = Place::new();
    let stack = place.stack();
    send(stack.address, "app", vec![Span::named("x", at_ms(0))]);
    let query = |body| post_json(stack.address, "/1/queries/app", &body).json()["id"].clone();
    let (query, other) = (query(json!({})), query(json!({ "time_range": 60 })));
    let all = "/1/query_annotations/app";
    let made = post_json(
        stack.address,
        all,
        &json!({ "name": "slow ones", "query_id": query }),
    );
    assert_eq!(made.status, 201);
    let made = made.json();
    let id = made["id"].as_str().unwrap();
    let expected = json!({
        "id": id, "name": "slow ones", "description": "", "query_id": query, "source": "query",
    });
    assert_eq!(made, expected);
    assert_eq!(
        get_keyed(
            stack.address,
            &format!("{all}?include_board_annotations=true")
        )
        .json(),
        json!([made])
    );

    let path = format!("{all}/{id}");
    let changed = keyed(
        stack.address,
        "PUT",
        &path,
        &json!({ "name": "n", "description": "d", "query_id": query }),
    );
    assert_eq!(
        (changed.status, &changed.json()["description"]),
        (200, &json!("d"))
    );
    assert_eq!(get_keyed(stack.address, &path).json(), changed.json());
    for (body, error) in [
        (
            json!({ "name": "n", "query_id": other }),
            "queries in annotations cannot be changed",
        ),
        (
            json!({ "name": "n", "id": "x" }),
            "Query annotation id included in body does not match URL",
        ),
    ] {
        let refused = keyed(stack.address, "PUT", &path, &body);
        assert_eq!(
            (refused.status, refused.json()),
            (400, json!({ "error": error }))
        );
    }
    let refused = post_json(
        stack.address,
        all,
        &json!({ "name": "n", "query_id": "nope" }),
    );
    let error = json!({ "error": "Query ID included in body is invalid" });
    assert_eq!((refused.status, refused.json()), (400, error));
    // The service's description has no other refusal for a wrong field.
    let refused = post_json(stack.address, all, &json!({}));
    let error = json!({ "error": "name cannot be blank; query_id cannot be blank" });
    assert_eq!((refused.status, refused.json()), (400, error));
    let elsewhere = "/1/query_annotations/nope";
    assert_eq!(
        post_json(
            stack.address,
            elsewhere,
            &json!({ "name": "n", "query_id": query })
        )
        .status,
        404
    );
    assert_eq!(get_keyed(stack.address, elsewhere).status, 404);

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
    assert_eq!(
        keyed(stack.address, "PUT", &path, &json!({ "name": "n" })).status,
        404
    );
}
