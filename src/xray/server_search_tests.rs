use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value as Json, json};

use super::*;
use crate::model::span::{Batch, Lens};
use crate::model::time::SECOND;
use crate::xray::filter::parse;
use crate::xray::graph::Graph;
use crate::xray::server_columns::event;
use crate::xray::server_gather::is_chosen;
use crate::xray::server_rows::time_of_id;
use crate::xray::server_sketches::walk;
use crate::xray::sketch::Sketch;

/// Some traces, whose documents are spread over several parts.
struct Scene {
    parts: Vec<Arc<Part>>,
    documents: Vec<document::Document>,
}

const NAMES: [&str; 4] = ["front", "back", "db", "4bf92f3577b34da6"];

fn pick<T: Copy>(random: &mut StdRng, of: &[T]) -> T {
    of[random.random_range(0..of.len())]
}

fn id(random: &mut StdRng) -> String {
    // Few, so that they meet: parents that are there and not, and documents that replace others.
    format!("{:016x}", random.random_range(1..9u64))
}

// Some say a time, of which some rows are far; others say none.
fn number_of_trace(trace: u32) -> u128 {
    let second = match trace {
        1..=4 => 1_000 + 2 * u128::from(trace),
        _ => u128::from(u32::MAX - trace),
    };
    second << 96 | u128::from(trace)
}

fn id_of_trace(trace: u32) -> String {
    let id = number_of_trace(trace);
    Position { start: 0, id }.trace_id()
}

fn piece(random: &mut StdRng, start: f64) -> Json {
    let mut json = json!({"id": id(random), "name": pick(random, &NAMES), "start_time": start});
    if random.random_bool(0.9) {
        json["end_time"] = json!(start + f64::from(random.random_range(0..4u32)));
    } else {
        json["in_progress"] = json!(true);
    }
    for flag in ["error", "throttle", "fault"] {
        if random.random_bool(0.2) {
            json[flag] = json!(true);
        }
    }
    if random.random_bool(0.3) {
        json["namespace"] = json!(pick(random, &["aws", "remote", "local"]));
        if random.random_bool(0.5) {
            json["name"] = json!("SQS");
            json["aws"] = json!({"operation": "SendMessage", "queue_url": "q"});
        }
    }
    if random.random_bool(0.3) {
        json["http"] = json!({
            "request": {"url": pick(random, &["http://x/a", "http://x/b"]), "method": "GET"},
            "response": {"status": pick(random, &[200, 404, 500])},
        });
    }
    if random.random_bool(0.4) {
        let values = [
            json!(1),
            json!(2.5),
            json!("x"),
            json!(true),
            json!([1]),
            json!("00f067aa0ba902b7"),
        ];
        json["annotations"] = json!({
            "age": values[random.random_range(0..values.len())],
            "plan": values[random.random_range(0..values.len())],
            "a b": 1,
        });
        if random.random_bool(0.1) {
            for number in 0..40 {
                let key = format!("{}{number}", pick(random, &["a", "m", "q"]));
                json["annotations"][key] = json!(1);
            }
        }
    }
    if random.random_bool(0.2) {
        json["cause"] =
            json!({"exceptions": [{"type": "T", "message": pick(random, &["gone", "slow"])}]});
    }
    json
}

fn scene(random: &mut StdRng) -> Scene {
    let mut documents = Vec::new();
    let mut parts = Vec::new();
    let mut arrival = 1_000 * SECOND;
    for _ in 0..random.random_range(1..4) {
        let mut events = Vec::new();
        for _ in 0..random.random_range(1..12) {
            arrival += random.random_range(0..2) * SECOND / 2;
            let start = match random.random_range(0..20) {
                0 => 9e6,
                _ => f64::from(random.random_range(1000..1010u32)),
            };
            let mut json = piece(random, start);
            json["trace_id"] = json!(id_of_trace(random.random_range(1..7)));
            for _ in 0..random.random_range(0..3) {
                let way = pick(random, &[0.0, 0.0, -2.0, 3.0]);
                let inner = piece(random, start + way);
                json["subsegments"]
                    .as_array_mut()
                    .map_or_else(Vec::new, std::mem::take);
                json["subsegments"] = json!([inner]);
            }
            if random.random_bool(0.5) {
                json["parent_id"] = json!(id(random));
                if random.random_bool(0.3) {
                    json["type"] = json!("subsegment");
                }
            }
            for (key, values) in [("user", ["ann", "bob"]), ("origin", ["AWS::ECS", "remote"])] {
                if random.random_bool(0.4) {
                    json[key] = json!(pick(random, &values));
                }
            }
            let text = json.to_string();
            // Some were stored before arrivals were, and came when they ended.
            let is_old = random.random_bool(0.1);
            let read = document::read(&text).unwrap();
            let document = match is_old {
                true => read,
                false => read.received(arrival),
            };
            let mut event = event(&document, text);
            if is_old {
                event.fields.retain(|(name, _)| **name != *"arrival_ns");
            }
            events.push(event);
            documents.push(document);
        }
        let (lens, dataset) = (Lens::Segments, "r".to_string());
        let first = (documents.len() - events.len()) as u64;
        let part = Part::of(&Batch {
            lens,
            dataset,
            events,
        });
        parts.push(part.numbered_from(first));
    }
    Scene {
        parts: parts.into_iter().map(Arc::new).collect(),
        documents,
    }
}

fn expression(random: &mut StdRng, depth: usize, inside: bool) -> String {
    let simple = [
        "ok",
        "error",
        "throttle",
        "fault",
        "partial",
        "inferred",
        "first",
        "last",
        "remote",
        "root",
        "responsetime > 1",
        "responsetime = 2",
        "responsetime < 1",
        "duration >= 3",
        "duration < 2",
        "duration = 2",
        "duration != 1",
        "http.status = 404",
        "http.status != 200",
        "index = 0",
        "coverage > 0",
        "http.url",
        "http.url CONTAINS \"/a\"",
        "http.url != \"http://x/a\"",
        "user = \"ann\"",
        "user",
        "name = \"front\"",
        "name != \"db\"",
        "name = \"4bf92f3577b34da6\"",
        "name BEGINSWITH \"4b\"",
        "type = \"remote\"",
        "type = \"AWS::db\"",
        "type = \"AWS::SQS::Queue\"",
        "type BEGINSWITH \"AWS\"",
        "duration >= 4",
        "message CONTAINS \"gone\"",
        "message",
        "message != \"slow\"",
        "message = \"slow\"",
        "instance.id",
        "resource.arn = \"x\"",
    ];
    let outside = [
        "annotation.age = 1",
        "annotation.age > 1",
        "annotation.age",
        "annotation.plan = \"x\"",
        "annotation.plan != \"x\"",
        "annotation[plan] = true",
        "annotation.age = \"00f067aa0ba902b7\"",
        "annotation.none",
        "annotation.m7 = 1",
        "annotation.q39",
        "rootcause.fault.service { name = \"db\" }",
        "rootcause.error.entity",
        "json",
    ];
    let nested = |random: &mut StdRng, inside| expression(random, depth - 1, inside);
    let braces = |random: &mut StdRng| {
        if random.random_bool(0.7) {
            format!("{{ {} }}", nested(random, true))
        } else {
            String::new()
        }
    };
    match random.random_range(0..if depth == 0 { 2 } else { 8 }) {
        0 => pick(random, &simple).to_string(),
        1 if inside => pick(random, &simple).to_string(),
        1 => pick(random, &outside).to_string(),
        2 | 3 => format!("!({})", nested(random, inside)),
        4 => format!(
            "({} AND {})",
            nested(random, inside),
            nested(random, inside)
        ),
        5 => format!("({} OR {})", nested(random, inside), nested(random, inside)),
        6 => {
            let name = pick(
                random,
                &[
                    "\"front\"",
                    "\"db\"",
                    "",
                    "id(type: \"remote\")",
                    "id(type: \"client\")",
                    "id(name: \"front\", type: \"client\")",
                    "id(type: \"AWS::SQS::Queue\")",
                    "id(name: \"back\", type: \"AWS::back\")",
                ],
            );
            format!("service({name}) {}", braces(random))
        }
        _ => {
            let (from, to) = (pick(random, &NAMES), pick(random, &NAMES));
            let from = match random.random_range(0..4) {
                0 => format!("id(name: \"{from}\", type: \"client\")"),
                _ => format!("\"{from}\""),
            };
            format!("edge({from}, \"{to}\") {}", braces(random))
        }
    }
}

// Every trace from all of its documents, newest first.
fn naive(scene: &Scene, window: Window, kind: RangeKind) -> Vec<(Position, Trace)> {
    let mut found = Vec::new();
    for trace in 1..7 {
        let (id, trace_id) = (number_of_trace(trace), id_of_trace(trace));
        let documents = scene.documents.iter().filter(|it| it.trace_id == trace_id);
        let documents: Vec<_> = documents.cloned().collect();
        let Some(start) = documents.iter().map(|document| document.start).min() else {
            continue;
        };
        let arrivals = documents.iter().map(|document| document.arrival);
        let first_arrival = arrivals.min().unwrap();
        let trace = Trace::new(&trace_id, documents);
        let time = match kind {
            RangeKind::TraceId => time_of_id(id, start).unwrap_or(first_arrival),
            RangeKind::LastChange => trace.last_change,
        };
        if window.contains(time) {
            found.push((Position { start, id }, trace));
        }
    }
    found.sort_by_key(|(position, _)| std::cmp::Reverse(*position));
    found
}

#[test]
fn columns_never_change_what_documents_say() {
    let mut random = StdRng::seed_from_u64(7);
    let (mut n_matching, mut n_not) = (0, 0);
    for round in 0..600 {
        let scene = scene(&mut random);
        let expression = expression(&mut random, 3, false);
        let filter = parse(&expression, &|_| None).unwrap();
        let start = random.random_range(1000..1010) * SECOND;
        let window = Window {
            start,
            end: start + random.random_range(1..11) * SECOND,
        };
        let kind = pick(&mut random, &[RangeKind::TraceId, RangeKind::LastChange]);
        let all = naive(&scene, window, kind);
        let (wanted, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(_, it)| filter.matches(it));
        n_matching += wanted.len();
        n_not += others.len();

        let mut found = Vec::new();
        let (mut after, mut ahead) = (None, None);
        loop {
            let asked = Search {
                window,
                kind,
                filter: &filter,
                share: 1.0,
                after,
                limit: 2,
            };
            let page = search(&scene.parts, &asked, ahead);
            assert_eq!(
                page.n_processed as usize,
                wanted.len() + others.len(),
                "round {round}: {expression}"
            );
            after = page.traces.last().map(|(position, _)| *position);
            found.extend(page.traces);
            if page.ahead.is_none() {
                break;
            }
            // Whether or not it is remembered is all the same.
            ahead = page.ahead.filter(|_| round % 2 == 0);
        }
        assert_eq!(found, wanted, "round {round}: {expression}");
    }
    assert!(
        n_matching > 250 && n_not > 250,
        "{n_matching} match, {n_not} do not"
    );
}

#[test]
fn the_graph_of_columns_is_the_graph_of_documents() {
    let mut random = StdRng::seed_from_u64(5);
    let mut n_services = 0;
    for round in 0..600 {
        let scene = scene(&mut random);
        let expression = match round % 3 {
            0 => String::new(),
            _ => expression(&mut random, 2, false),
        };
        let filter = parse(&expression, &|_| None).unwrap();
        let start = random.random_range(1000..1010) * SECOND;
        let window = Window {
            start,
            end: start + random.random_range(1..11) * SECOND,
        };
        let mut wanted = Graph::default();
        for (_, trace) in naive(&scene, window, RangeKind::LastChange) {
            if filter.matches(&trace) {
                wanted.add(&Sketch::of(&trace));
            }
        }
        wanted.sort();
        let mut found = Graph::default();
        let graphs = walk(
            &scene.parts,
            window,
            &filter,
            Graph::default,
            |graph, it| {
                graph.add(it);
            },
        );
        graphs.into_iter().for_each(|graph| found.merge(graph));
        found.sort();
        n_services += found.services.len();
        assert_eq!(
            found.services, wanted.services,
            "round {round}: {expression}"
        );
    }
    assert!(n_services > 1_000, "{n_services}");
}

#[test]
fn most_traces_are_ruled_out_without_their_documents() {
    let mut random = StdRng::seed_from_u64(11);
    let scenes: Vec<Scene> = (0..200).map(|_| scene(&mut random)).collect();
    let parts: Vec<Arc<Part>> = scenes.into_iter().flat_map(|scene| scene.parts).collect();
    for (expression, most) in [
        ("service(\"nobody\") { fault }", 0),
        ("annotation.none = 1 OR user = \"carl\"", 6),
        ("duration > 100000000", 0),
        ("http.status = 418 AND !ok", 0),
    ] {
        let filter = parse(expression, &|_| None).unwrap();
        let asked = Search {
            window: Window::ALL,
            kind: RangeKind::TraceId,
            filter: &filter,
            share: 1.0,
            after: None,
            limit: 100,
        };
        let n = candidates(&parts, &asked, &Expression::of(&filter), None)
            .newest
            .len();
        assert!(n <= most, "{expression}: {n}");
    }
}

#[test]
fn an_id_says_a_time_if_it_is_near_the_segments() {
    let at = |second: u128| second << 96;
    let now = 1_795_331_345 * SECOND;
    for (id, expected) in [
        (at(1_795_331_345), Some(now)),
        (
            at(1_795_331_345 - 29 * 86_400),
            Some(now - 29 * 86_400 * SECOND),
        ),
        (at(1_795_331_345 - 31 * 86_400), None),
        (at(0x5759_e988), None),
        (at(0xffff_ffff), None),
    ] {
        assert_eq!(time_of_id(id, now), expected);
    }
}

#[test]
fn a_share_of_traces_is_the_same_share_each_time() {
    let ids = (0..10_000u128).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let n_chosen = ids.filter(|id| is_chosen(*id, 0.25)).count();
    assert!((2_300..2_700).contains(&n_chosen), "{n_chosen}");
    assert!(is_chosen(u128::MAX, 1.0) && !is_chosen(0, 0.0));
}

#[test]
fn a_place_reads_as_itself() {
    let position = Position {
        start: -5,
        id: 0x5759_e988 << 96 | 7,
    };
    assert_eq!(
        position.to_string(),
        "-5.1-5759e988-000000000000000000000007"
    );
    assert_eq!(Position::parse(&position.to_string()), Some(position));
    for token in ["", "5", "x.1-5759e988-000000000000000000000007", "5.x"] {
        assert_eq!(Position::parse(token), None, "{token}");
    }
}
