//! Runs every scene: some spans, a question, and the rows that must come back.
//!
//! A scene is a JSON file in `tests/scenes`. `spans` have `at_ms` after the scene's beginning,
//! `duration_ms`, and `fields` (their attributes); `question` is a query specification; `rows` are the
//! `data` of all results in their order. `aggregates`, if a scene has them, are the members of the answer
//! beside `results` and `series`, and are asked for.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::otlp_text::Span;
use crate::place::Place;
use crate::question::{self, alike, ask_for, at_ms};

#[test]
fn every_scene_gets_its_rows() {
    let place = Place::new();
    let stack = place.stack();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenes");
    let mut n_scenes = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let scene: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let spans = scene["spans"]
            .as_array()
            .unwrap()
            .iter()
            .map(span)
            .collect();
        question::send(stack.address, &name, spans);
        let run = match scene.get("aggregates") {
            None => json!({}),
            Some(_) => {
                json!({"disable_total_by_aggregate": false, "disable_other_by_aggregate": false})
            }
        };
        let mut data = ask_for(stack.address, &name, &scene["question"], run);
        let rows: Json = data["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["data"].clone())
            .collect();
        if !alike(&rows, &scene["rows"]) {
            wrong.push(format!(
                "{name}:\n  expected {}\n  got      {rows}",
                scene["rows"]
            ));
        }
        let aggregates = data.as_object_mut().unwrap();
        let percentiles = aggregates.remove("percentiles");
        if let Some(expected) = scene.get("percentiles") {
            assert_eq!(percentiles.as_ref(), Some(expected), "{name}");
        }
        aggregates.retain(|member, _| member != "results" && member != "series");
        let expected = scene.get("aggregates").cloned().unwrap_or(json!({}));
        if !alike(&json!(aggregates), &expected) {
            let got = json!(aggregates);
            wrong.push(format!("{name}:\n  expected {expected}\n  got      {got}"));
        }
        n_scenes += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_scenes >= 10, "only {n_scenes} scenes were found");
}

fn span(from: &Json) -> Span {
    let mut span = Span::named("scene", at_ms(from["at_ms"].as_u64().unwrap_or(0)));
    let duration_ms = from["duration_ms"].as_f64().unwrap_or(0.0);
    span.end = span.start + (duration_ms * 1e6) as u64;
    let fields = from["fields"].as_object().cloned().unwrap_or_default();
    span.attributes = fields.into_iter().collect();
    span
}
