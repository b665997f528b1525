//! The OpenAPI document of the application.

use serde_json::{Map, Value, json};

use super::catalogue::{ROUTES, Route};

/// Returns the document. Its examples are requests that succeed.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES.iter().filter(|it| is_described(it)) {
        let method = route.method.to_ascii_lowercase();
        paths.insert(
            route.template.to_string(),
            json!({ method: operation(route) }),
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Cruddur",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The back end of the bootcamp's application with fixed people and words."
        },
        "paths": paths,
        "components": {"schemas": schemas()}
    })
}

// A path that is the other one with an empty handle is no operation of its own.
fn is_described(route: &Route) -> bool {
    !route.template.ends_with('@')
}

fn operation(route: &Route) -> Value {
    let (summary, answer) = match route.name {
        "health" => ("Tells that the back end is there", "Health"),
        "home" => ("The home feed", "Activities"),
        "notifications" => ("The notifications", "Activities"),
        "search" => ("Activities that hold a term", "Activities"),
        "user" => ("The feed of one user", "Activities"),
        "create" => ("Writes an activity", "Activity"),
        "show" => ("One activity with its reply", "Shown"),
        "reply" => ("Replies to an activity", "Activity"),
        "message-groups" => ("The conversations", "MessageGroups"),
        "messages" => (
            "The messages of a conversation, by its other person",
            "Activities",
        ),
        "message-group" => ("The messages of a conversation, by its id", "Activities"),
        "send-message" => ("Writes a message", "Activity"),
        "user-short" => ("One person", "User"),
        "update-profile" => ("Changes the own profile", "User"),
        _ => ("Says hello", "Text"),
    };
    let mut responses = Map::new();
    let content = match answer {
        "Text" => json!({"text/html": {"schema": {"type": "string"}}}),
        schema => json!({"application/json": {"schema": reference(schema)}}),
    };
    responses.insert(
        "200".to_string(),
        json!({"description": "Done", "content": content}),
    );
    let is_checked = matches!(route.name, "search" | "user") || route.method == "POST";
    if is_checked {
        let codes = json!({"application/json": {"schema": reference("Codes")}});
        responses.insert(
            "422".to_string(),
            json!({"description": "What is wrong, as a code", "content": codes}),
        );
    }
    let mut operation = json!({
        "operationId": route.name,
        "summary": summary,
        "parameters": parameters(route),
        "responses": responses
    });
    if let Some(body) = body(route.name) {
        for (status, why) in [
            ("400", "Not a JSON object of texts"),
            ("413", "More than a mebibyte"),
            ("415", "Not application/json"),
        ] {
            let page = json!({"text/html": {"schema": {"type": "string"}}});
            operation["responses"][status] = json!({"description": why, "content": page});
        }
        operation["requestBody"] = json!({
            "required": true,
            "content": {"application/json": body}
        });
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = [
        ("handle", "andrewbrown"),
        ("activity_uuid", "68f126b0-1ceb-4a33-88be-d90fa7109eee"),
        ("message_group_uuid", "24b95582-9e7b-4e0a-9ad1-639773ab7552"),
    ];
    let mut parameters: Vec<Value> = in_path
        .iter()
        .filter(|(name, _)| route.template.contains(&format!("{{{name}}}")))
        .map(|(name, example)| {
            let schema = json!({"type": "string", "minLength": 1, "pattern": "^[^/]+$"});
            json!({"name": name, "in": "path", "required": true, "schema": schema, "example": example})
        })
        .collect();
    let text = json!({"type": "string"});
    match route.name {
        "search" => parameters.push(json!({"name": "term", "in": "query", "required": true,
                "schema": {"type": "string", "minLength": 1}, "example": "cloud"})),
        "messages" => parameters.push(
            json!({"name": "user_reciever_handle", "in": "query", "required": false, "schema": text,
                "description": "Spelt as the front end spells it; the answer is the same without",
                "example": "worf"}),
        ),
        _ => {}
    }
    parameters
}

fn body(name: &str) -> Option<Value> {
    let nullable = json!({"type": ["string", "null"]});
    let (schema, example) = match name {
        "create" => (
            json!({"message": {"type": "string", "minLength": 1, "maxLength": 280},
                "ttl": {"enum": ["30-days", "7-days", "3-days", "1-day", "12-hours", "3-hours", "1-hour"]}}),
            json!({"message": "Cloud is fun!", "ttl": "7-days"}),
        ),
        "reply" => (
            json!({"message": {"type": "string", "minLength": 1, "maxLength": 1024}}),
            json!({"message": "It is."}),
        ),
        "send-message" => (
            json!({"message": {"type": "string", "minLength": 1, "maxLength": 1024},
                "user_receiver_handle": nullable, "handle": nullable, "message_group_uuid": nullable}),
            json!({"message": "Hello", "user_receiver_handle": "worf"}),
        ),
        "update-profile" => (
            json!({"bio": nullable, "display_name": {"type": "string", "minLength": 1}}),
            json!({"bio": "A cadet", "display_name": "Andrew Brown"}),
        ),
        _ => return None,
    };
    let required = match name {
        "create" => json!(["message", "ttl"]),
        "update-profile" => json!(["display_name"]),
        _ => json!(["message"]),
    };
    let mut schema = json!({"type": "object", "properties": schema, "required": required});
    if name == "send-message" {
        // To whom: at least one of the three says it.
        let said = |by: &str| json!({"properties": {by: {"type": "string", "minLength": 1}}, "required": [by]});
        schema["anyOf"] = ["user_receiver_handle", "handle", "message_group_uuid"]
            .map(said)
            .to_vec()
            .into();
    }
    Some(json!({"schema": schema, "example": example}))
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn schemas() -> Value {
    let (text, count) = (
        json!({"type": "string"}),
        json!({"type": "integer", "minimum": 0}),
    );
    let list = |of: &str| json!({"type": "array", "items": reference(of)});
    let activity = |replies: Value| {
        json!({
            "type": "object",
            "properties": {
                "uuid": text, "display_name": text, "handle": text, "message": text,
                "created_at": text, "expires_at": text, "likes": count, "likes_count": count,
                "replies_count": count, "reposts_count": count, "reply_to_activity_uuid": text,
                "replies": replies
            },
            "required": ["uuid", "handle", "message", "created_at"],
            "additionalProperties": false
        })
    };
    let person = json!({"uuid": text, "display_name": text, "handle": text});
    let mut group = person.clone();
    group["created_at"] = text.clone();
    json!({
        "Health": {"type": "object", "properties": {"success": {"const": true}}, "required": ["success"]},
        "Codes": {"type": "array", "items": text, "minItems": 1, "maxItems": 1},
        "Activity": activity(list("Activity")),
        "Activities": list("Activity"),
        "Shown": {"type": "array", "items": activity(reference("Activity"))},
        "User": {"type": "object", "properties": person,
            "required": ["uuid", "display_name", "handle"], "additionalProperties": false},
        "MessageGroups": {"type": "array", "items": {"type": "object", "properties": group,
            "required": ["uuid", "display_name", "handle", "created_at"], "additionalProperties": false}}
    })
}
