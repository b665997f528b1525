//! `/1/marker_settings`: the colour of a type of markers, made, listed, changed and deleted.

use serde_json::{Value as Json, json};

use crate::http::{get_keyed, keyed, post_json};
use crate::otlp_text::Span;
use crate::place::Place;
use crate::question::{THEN, at_ms, send};

const SETTINGS: &str = "/1/marker_settings/app";

#[test]
fn a_type_of_markers_has_a_colour_where_markers_are_listed() {
    let place = Place::new();
    let stack = place.stack();
    let at = stack.address;
    assert_eq!(get_keyed(at, SETTINGS).status, 404);
    send(at, "app", vec![Span::named("x", at_ms(0))]);
    let deploy = json!({"start_time": THEN, "message": "deploy #7", "type": "deploy"});
    assert_eq!(post_json(at, "/1/markers/app", &deploy).status, 201);
    let color = || get_keyed(at, "/1/markers/app").json()[0]["color"].clone();
    assert_eq!(color(), Json::Null);

    let everywhere = json!({"type": "deploy", "color": "#000000"});
    let made = post_json(at, "/1/marker_settings/__all__", &everywhere);
    assert_eq!(made.status, 201);
    assert_eq!(color(), "#000000");
    let made = post_json(at, SETTINGS, &json!({"type": "deploy", "color": "#7b1fA2"}));
    assert_eq!(made.status, 201);
    let made = made.json();
    assert!(made["created_at"].is_string() && made["updated_at"].is_string());
    assert_eq!(color(), "#7b1fA2");

    let path = format!("{SETTINGS}/{}", made["id"].as_str().unwrap());
    let changed = keyed(
        at,
        "PUT",
        &path,
        &json!({"type": "deploy", "color": "#1fa297"}),
    );
    assert_eq!((changed.status, color()), (200, "#1fa297".into()));
    assert_eq!(changed.json()["created_at"], made["created_at"]);
    assert_eq!(get_keyed(at, SETTINGS).json(), json!([changed.json()]));

    for (method, path, body, status, field) in [
        (
            "POST",
            SETTINGS,
            json!({"type": "deploy", "color": "#1fa297"}),
            422,
            "type",
        ),
        (
            "POST",
            SETTINGS,
            json!({"type": "", "color": "#1fa297"}),
            422,
            "type",
        ),
        (
            "POST",
            SETTINGS,
            json!({"type": "x", "color": "red"}),
            422,
            "color",
        ),
        (
            "POST",
            SETTINGS,
            json!({"type": "x", "color": 7}),
            422,
            "color",
        ),
        ("POST", SETTINGS, json!({"type": "x"}), 422, "color"),
        (
            "PUT",
            &path,
            json!({"type": "x", "color": "#1fa297"}),
            422,
            "type",
        ),
        (
            "PUT",
            "/1/marker_settings/app/x",
            json!({"color": "#1fa297"}),
            404,
            "",
        ),
        (
            "POST",
            "/1/marker_settings/nope",
            json!({"type": "x", "color": "#1fa297"}),
            404,
            "",
        ),
        ("DELETE", "/1/marker_settings/app/x", json!({}), 404, ""),
    ] {
        let refused = keyed(at, method, path, &body);
        assert_eq!(refused.status, status, "{method} {path} {body}");
        if status == 422 {
            assert_eq!(refused.json()["type_detail"][0]["field"], field, "{body}");
        }
    }
    drop(stack);

    let stack = place.stack();
    let gone = keyed(stack.address, "DELETE", &path, &json!({}));
    assert_eq!((gone.status, &gone.json()["id"]), (200, &made["id"]));
    assert_eq!(get_keyed(stack.address, SETTINGS).json(), json!([]));
}
