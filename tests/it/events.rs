//! Honeycomb's own ingest: `POST /1/events/{dataset}` and `POST /1/batch/{dataset}`.

use serde_json::{Value as Json, json};

use crate::compression::{gzip, zstd, zstd_bomb};
use crate::http::{Answer, Request, get_keyed, post_json, request};
use crate::place::{Place, Stack};
use crate::question::{THEN, alike, ask, count, rows};

fn post<'a>(stack: &Stack, path: &'a str) -> Request<'a> {
    request(stack.address, "POST", path).header("x-honeycomb-team", "any")
}

fn error_of(answer: &Answer) -> (u16, String) {
    let error = answer.json()["error"].as_str().unwrap_or("").to_string();
    (answer.status, error)
}

#[test]
fn an_event_is_at_its_time_weighs_its_rate_and_keeps_its_types() {
    let place = Place::new();
    let stack = place.stack();
    let event = json!({
        "name": "login", "duration_ms": 12.5, "n": 3, "ok": true, "none": null,
        "tags": ["a", "b"], "user": {"id": 7},
    });
    let answer = post(&stack, "/1/events/My%20App")
        .header("x-honeycomb-event-time", &format!("{THEN}123"))
        .header("x-honeycomb-samplerate", "20")
        .send(event.to_string().as_bytes());
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));

    let question = json!({
        "breakdowns": ["name", "n", "ok", "none", "tags", "user"],
        "calculations": [{"op": "COUNT"}, {"op": "MAX", "column": "duration_ms"}],
        "granularity": 1,
    });
    let data = ask(stack.address, "my-app", &question);
    let expected = json!({
        "name": "login", "n": 3, "ok": true,
        "tags": "[\"a\",\"b\"]", "user": "{\"id\":7}",
        "COUNT": 20, "MAX(duration_ms)": 12.5,
    });
    assert!(
        alike(&data["results"], &json!([{ "data": expected }])),
        "{data}"
    );
    let filled: Vec<&Json> = data["series"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["data"]["COUNT"] == 20)
        .map(|step| &step["time"])
        .collect();
    assert_eq!(filled, ["2026-11-22T07:09:00Z"]);
    let dataset = get_keyed(stack.address, "/1/datasets/my-app").json();
    assert_eq!(dataset["name"], "My App");
    assert_eq!(dataset["last_written_at"], "2026-11-22T07:09:00.123Z");
    let columns = get_keyed(stack.address, "/1/columns/my-app?key_name=n").json();
    assert_eq!(columns["type"], "integer");
}

#[test]
fn an_event_without_a_time_is_of_now() {
    let place = Place::new();
    let stack = place.stack();
    assert_eq!(
        post(&stack, "/1/events/now").send(b"{\"a\": 1}").status,
        200
    );
    let question = json!({ "time_range": 600 });
    assert_eq!(
        rows(stack.address, "now", &question),
        [json!({ "COUNT": 1 })]
    );
}

#[test]
fn a_batch_answers_with_a_status_for_each_event_in_its_order() {
    let place = Place::new();
    let stack = place.stack();
    let batch = json!([
        {"data": {"a": 1}, "time": THEN, "samplerate": 5},
        {"data": {}, "time": THEN},
        {"data": {"a": 2}, "time": "2026-11-22T07:09:01.5Z"},
        {"data": {"a": 3}, "time": "soon"},
        "nothing",
        {"data": {"a": 4}, "time": THEN, "samplerate": 1.5},
    ]);
    let answer = post_json(stack.address, "/1/batch/app", &batch);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let expected = json!([
        {"status": 202},
        {"status": 400, "error": "Request body should not be empty."},
        {"status": 202},
        {"status": 400, "error": "the time must be RFC 3339 or seconds since the epoch"},
        {"status": 400, "error": "Request body is malformed and cannot be read."},
        {"status": 400, "error": "the sample rate must be a whole number"},
    ]);
    assert_eq!(answer.json(), expected);
    let question = json!({ "breakdowns": ["a"], "calculations": [{"op": "COUNT"}] });
    let expected = [json!({"a": 1, "COUNT": 5}), json!({"a": 2, "COUNT": 1})];
    assert_eq!(rows(stack.address, "app", &question), expected);
    assert_eq!(
        post_json(stack.address, "/1/batch/app", &json!([])).json(),
        json!([])
    );
}

#[test]
fn what_was_accepted_survives_a_power_failure() {
    let place = Place::new();
    let stack = place.stack();
    let batch: Json = (0..500)
        .map(|idx| json!({"data": {"idx": idx}, "time": THEN}))
        .collect();
    assert_eq!(
        post_json(stack.address, "/1/batch/kept", &batch).status,
        200
    );
    stack.running.kill();
    assert_eq!(count(place.stack().address, "kept"), 500);
}

#[test]
fn bodies_may_be_compressed_with_gzip_or_zstd() {
    let place = Place::new();
    let stack = place.stack();
    let event = json!({"a": "x".repeat(200_000)}).to_string();
    let batch = json!([{"data": {"a": 1}, "time": THEN}]).to_string();
    type Compress = fn(&[u8]) -> Vec<u8>;
    for (encoding, compress) in [("gzip", gzip as Compress), ("zstd", zstd as Compress)] {
        let sent = |path: &str, body: &str| {
            post(&stack, path)
                .header("content-encoding", encoding)
                .header("x-honeycomb-event-time", &THEN.to_string())
                .send(&compress(body.as_bytes()))
                .status
        };
        assert_eq!(sent(&format!("/1/events/{encoding}"), &event), 200);
        assert_eq!(sent(&format!("/1/batch/{encoding}"), &batch), 200);
        assert_eq!(count(stack.address, encoding), 2);
        let cut = compress(batch.as_bytes());
        let answer = post(&stack, "/1/batch/cut")
            .header("content-encoding", encoding)
            .send(&cut[..cut.len() - 1]);
        assert_eq!(
            error_of(&answer),
            (400, "Request body is malformed and cannot be read.".into())
        );
    }
    let answer = post(&stack, "/1/batch/br")
        .header("content-encoding", "br")
        .send(batch.as_bytes());
    assert_eq!(answer.status, 415, "{}", answer.text());
}

#[test]
fn messagepack_is_read_plain_and_compressed_and_answered_in_json() {
    let place = Place::new();
    let stack = place.stack();
    // {"data": {"n": 3, "route": "/"}, "time": THEN as an extension, "samplerate": 4}, then nothing, then 7.
    let mut item = b"\x83\xa4data\x82\xa1n\x03\xa5route\xa1/\xa4time\xd6\xff".to_vec();
    item.extend((THEN as u32).to_be_bytes());
    item.extend(b"\xaasamplerate\x04");
    let batch = [b"\x93".to_vec(), item, b"\x80\x07".to_vec()].concat();
    for (idx, (encoding, body)) in [
        ("", batch.clone()),
        ("zstd", zstd(&batch)),
        ("gzip", gzip(&batch)),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = post(&stack, "/1/batch/packed")
            .header("content-type", "application/msgpack")
            .header("content-encoding", encoding)
            .send(&body);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "application/json")
        );
        assert_eq!(
            answer.json(),
            json!([
                { "status": 202 },
                { "status": 400, "error": "Request body should not be empty." },
                { "status": 400, "error": "Request body is malformed and cannot be read." },
            ])
        );
        assert_eq!(count(stack.address, "packed"), 4 * (idx as u64 + 1));
    }
    let event = post(&stack, "/1/events/packed")
        .header("content-type", "application/x-msgpack")
        .header("x-honeycomb-event-time", &THEN.to_string())
        .send(b"\x81\xa1n\xcb\x40\x04\x00\x00\x00\x00\x00\x00");
    assert_eq!((event.status, event.text()), (200, String::new()));
    let question = json!({ "calculations": [{ "op": "MIN", "column": "n" }, { "op": "COUNT", "column": "route" }] });
    let found = rows(stack.address, "packed", &question);
    assert!(
        alike(&found[0], &json!({ "MIN(n)": 2.5, "COUNT(route)": 12 })),
        "{found:?}"
    );
    for body in [&batch[..batch.len() - 1], b"", b"\x80", b"\xc1"] {
        let answer = post(&stack, "/1/batch/packed").header("content-type", "application/msgpack");
        assert_eq!(answer.send(body).status, 400, "{body:?}");
    }
}

#[test]
fn what_is_no_event_is_refused_in_the_services_words() {
    let place = Place::new();
    let stack = place.stack();
    let sent = |path: &str, body: &[u8]| error_of(&post(&stack, path).send(body));
    let malformed = "Request body is malformed and cannot be read.";
    for path in ["/1/events/no", "/1/batch/no"] {
        let empty = "Request body should not be empty.";
        assert_eq!(sent(path, b""), (400, empty.into()));
        assert_eq!(sent(path, b"{\"a\":"), (400, malformed.into()));
        assert_eq!(sent(path, &b"[".repeat(100_000)), (400, malformed.into()));
    }
    assert_eq!(sent("/1/batch/no", b"{\"a\": 1}"), (400, malformed.into()));
    let many: serde_json::Map<String, Json> = (0..2_001)
        .map(|idx| (format!("f{idx}"), idx.into()))
        .collect();
    assert_eq!(
        sent("/1/events/no", Json::Object(many).to_string().as_bytes()),
        (400, "Event has too many columns.".into())
    );
    assert_eq!(sent("/1/events/__all__", b"{\"a\": 1}").0, 404);
    let unkeyed = request(stack.address, "POST", "/1/events/no").send(b"{\"a\": 1}");
    assert_eq!(unkeyed.status, 401);
    assert_eq!(get_keyed(stack.address, "/1/datasets").json(), json!([]));
}

#[test]
fn what_is_too_long_is_413_whether_it_says_so_or_hides_it() {
    let place = Place::new();
    let stack = place.stack();
    let too_large = (413, "Request body is too large.".to_string());
    for (path, most) in [("/1/events/long", 1_000_000), ("/1/batch/long", 5_000_000)] {
        let announced = post(&stack, path).announce(most + 1).unwrap();
        assert_eq!(error_of(&announced), too_large);
        for (encoding, bomb) in [
            ("zstd", zstd_bomb(8 << 10)),
            ("gzip", gzip(&vec![b' '; 64 << 20])),
        ] {
            let answer = post(&stack, path).header("content-encoding", encoding);
            assert_eq!(
                error_of(&answer.send(&bomb)),
                too_large,
                "{path} {encoding}"
            );
        }
    }
    // One event of a batch may be too long by itself; the others are taken.
    let long = "x".repeat(1_000_000);
    let batch = json!([{"data": {"a": long}}, {"data": {"a": 1}, "time": THEN}]);
    let answer = post_json(stack.address, "/1/batch/long", &batch).json();
    let expected = json!([{"status": 400, "error": too_large.1}, {"status": 202}]);
    assert_eq!(answer, expected);
    assert_eq!(count(stack.address, "long"), 1);
}
