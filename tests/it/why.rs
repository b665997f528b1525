//! `query --select --why`: a cause that was planted is found, and none where there is none.

use serde_json::{Value as Json, json};

use crate::http::post_json;
use crate::pictures::{assert_loads_nothing, assert_well_formed};
use crate::place::{Place, Stack};
use crate::question::{THEN, at_ms};

// Ten minutes from THEN, which is 07:09.
const TIMES: [&str; 4] = [
    "--since",
    "2026-11-22T07:09:00Z",
    "--until",
    "2026-11-22T07:19:00Z",
];
const BOX: &str = "t=07:13..07:15,>400ms";
const N: u64 = 4_000;
// The slow requests between 07:13 and 07:15.
const SLOW: &str = "Robot/2.1 (+http://robot.example/)";

// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }
}

/// Requests at an even pace. If there is a cause, every eighth in two minutes comes from a robot that runs
/// into a slow build; whatever else they have is chance.
fn events(has_cause: bool) -> Vec<Json> {
    let mut dice = Dice(2_026);
    let event = |i: u64| {
        let ms = i * 600_000 / N;
        let is_slow = has_cause && (240_000..360_000).contains(&ms) && i.is_multiple_of(8);
        let agent = match is_slow || (has_cause && dice.below(300) == 0) {
            true => SLOW,
            false => dice.one_of(&["Mozilla/5.0", "curl/8.5.0", "okhttp/4.9"]),
        };
        let length = match is_slow || (!has_cause && dice.below(20) == 0) {
            true => 500 + dice.below(400),
            false => 20 + dice.below(100),
        };
        let status = [200, 200, 200, 404, 500][dice.below(5) as usize];
        let mut data = json!({
            "name": "GET",
            "duration_ms": length as f64 + 0.5,
            "http.route": dice.one_of(&["/api/home", "/api/messages", "/api/search", "/api/<x>&"]),
            "http.response.status_code": status,
            "user_agent.original": agent,
            "http.response.body.size": (1_000 + dice.below(9_000)) * if is_slow { 20 } else { 1 },
            "app.queue_depth": dice.below(80),
            "app.user": format!("user-{}", dice.below(300)),
            "host.name": format!("10.0.0.{}", dice.below(9)),
            "request.id": format!("r{i}-{}", dice.below(1_000_000)),
            "trace.span_id": format!("{:016x}", i + 1),
            "meta.signal_type": "trace",
        });
        if !is_slow && dice.below(2) == 0 {
            data["app.session"] = format!("s{}", dice.below(40)).into();
        }
        let nanoseconds = i128::from(at_ms(ms));
        let time = jiff::Timestamp::from_nanosecond(nanoseconds).unwrap();
        json!({ "time": time.to_string(), "data": data })
    };
    (0..N).map(event).collect()
}

fn stack(place: &Place, has_cause: bool) -> (Stack, Vec<Json>) {
    let stack = place.stack();
    let events = events(has_cause);
    send(&stack, &events);
    (stack, events)
}

fn send(stack: &Stack, events: &[Json]) {
    for some in events.chunks(1_000) {
        let sent = post_json(stack.address, "/1/batch/app", &json!(some));
        assert_eq!(sent.status, 200, "{}", sent.text());
    }
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["--dataset", "app"].into_iter().chain(TIMES);
    let all = ["query"].into_iter().chain(more.iter().copied());
    all.chain(fixed).collect()
}

fn why(place: &Place, question: &[&str]) -> Json {
    let json = [question, &["--why", "--output", "json"]].concat();
    let ran = place.run(&arguments(&json)).expect_code(0);
    let whole: Json = serde_json::from_str(&ran.stdout).unwrap();
    whole["why"].clone()
}

fn names(why: &Json, stands_out: bool) -> Vec<&str> {
    let attributes = why["attributes"].as_array().unwrap().iter();
    attributes
        .filter(|it| it["stands_out"] == stands_out)
        .map(|it| it["attribute"].as_str().unwrap())
        .collect()
}

fn attribute<'j>(why: &'j Json, name: &str) -> &'j Json {
    let mut attributes = why["attributes"].as_array().unwrap().iter();
    attributes.find(|it| it["attribute"] == name).unwrap()
}

#[test]
fn the_planted_cause_comes_first_with_its_counts_and_chance_does_not() {
    let place = Place::new();
    let (stack, events) = stack(&place, true);
    let why = why(&place, &["heatmap", "--select", BOX]);
    let slow = |it: &&Json| it["data"]["duration_ms"].as_f64() > Some(400.0);
    let n_slow = events.iter().filter(slow).count() as u64;
    let robots = events
        .iter()
        .filter(|it| it["data"]["user_agent.original"] == SLOW);
    let n_robots = robots.count() as u64;
    assert_eq!(why["inside"], json!({ "events": n_slow, "seen": n_slow }));
    let n_rest = N - n_slow;
    assert_eq!(why["outside"], json!({ "events": n_rest, "seen": n_rest }));
    assert_eq!(why["selected_by"], json!(["duration_ms"]));

    let found = names(&why, true);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.contains(&"http.response.body.size") && found.contains(&"app.session"));
    assert!(found[..2].contains(&"user_agent.original"), "{found:?}");
    let agent = &attribute(&why, "user_agent.original")["values"][0];
    assert_eq!(
        (&agent["value"], &agent["inside"], &agent["outside"]),
        (&json!(SLOW), &json!(n_slow), &json!(n_robots - n_slow))
    );
    assert_eq!(agent["inside_share"], 1.0);
    // No value is a value.
    let session = &attribute(&why, "app.session")["values"][0];
    assert_eq!(
        (&session["kind"], &session["inside"]),
        (&json!("missing"), &json!(n_slow))
    );
    let size = attribute(&why, "http.response.body.size");
    assert!(size["inside_median"].as_f64() > Some(20_000.0), "{size}");
    assert_eq!(size["values"][0]["kind"], "range");

    let chance = names(&why, false);
    for noise in ["http.route", "app.user", "host.name", "app.queue_depth"] {
        assert!(chance.contains(&noise), "{noise}: {chance:?}");
    }
    let skipped = json!([
        {"attribute": "request.id", "reason": "id"},
        {"attribute": "trace.span_id", "reason": "id"},
    ]);
    assert_eq!(why["skipped"], skipped);
    for attribute in why["attributes"].as_array().unwrap() {
        for (side, all) in [("inside", n_slow), ("outside", n_rest)] {
            let values = attribute["values"].as_array().unwrap().iter();
            let n: u64 = values.map(|it| it[side].as_u64().unwrap()).sum();
            assert_eq!(n, all, "{side} {attribute}");
        }
    }
    stack.running.stop();
}

#[test]
fn the_terminal_has_a_box_in_the_heatmap_the_ranking_and_a_command_that_runs() {
    let place = Place::new();
    let (stack, _) = stack(&place, true);
    let line = ["heatmap", "--select", BOX, "--why", "--limit", "2"];
    let ran = place.run(&arguments(&line)).expect_code(0);
    assert!(ran.stdout.contains("+=="), "{}", ran.stdout);
    let (picture, list) = ran.stdout.split_once("\nselected: ").unwrap();
    assert!(picture.contains("HEATMAP(duration_ms)"), "{picture}");
    assert!(
        list.contains(": 07:13:00 to 07:15:00, above 400 ms\n"),
        "{list}"
    );
    assert!(list.contains("\n 1  ") && list.contains("\n 2  ") && !list.contains("\n 3  "));
    assert!(
        list.contains("inside 100 of 100 (100 %); outside "),
        "{list}"
    );
    let says = "1 more stand out; --limit shows them\nno more than chance: ";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let next = ran.stderr.lines().last().unwrap();
    let next = next.strip_prefix("next: cruddurctl ").unwrap();
    assert!(next.starts_with("query heatmap --where "), "{next}");
    let closer = place.run_shell(&format!("{} {next}", crate::place::BINARY));
    let closer = closer.expect_code(0);
    assert!(
        closer.stdout.contains("HEATMAP(duration_ms)"),
        "{}",
        closer.stdout
    );
    // Without a reason, the box alone.
    let boxed = place.run(&arguments(&["heatmap", "--select", BOX]));
    let boxed = boxed.expect_code(0).stdout;
    assert!(
        boxed.contains("+==") && !boxed.contains("selected: "),
        "{boxed}"
    );
    stack.running.stop();
}

#[test]
fn where_nothing_differs_nothing_is_made_up() {
    let place = Place::new();
    let (stack, _) = stack(&place, false);
    for selection in [
        "t=07:13..07:15",
        ">400ms",
        "t=07:10..07:18,..60ms",
        "host.name = 10.0.0.3",
    ] {
        let why = why(&place, &["heatmap", "--select", selection]);
        // Slow requests are no more than that.
        let causes = names(&why, true);
        assert!(
            causes.is_empty() || causes == ["duration_ms"],
            "{selection}: {causes:?}"
        );
    }
    let line = ["heatmap", "--select", ">400ms", "--why"];
    let ran = place.run(&arguments(&line)).expect_code(0);
    assert!(
        ran.stdout.contains("\nnothing stands out: none of "),
        "{}",
        ran.stdout
    );
    assert!(!ran.stderr.contains("next: "), "{}", ran.stderr);
    stack.running.stop();
}

#[test]
fn any_question_has_a_selection_by_condition() {
    let place = Place::new();
    let (stack, events) = stack(&place, true);
    let condition = "'user_agent.original' starts-with Robot";
    let why = why(&place, &["count", "--select", condition]);
    let robots = events
        .iter()
        .filter(|it| it["data"]["user_agent.original"] == SLOW);
    assert_eq!(why["inside"]["events"], robots.count() as u64);
    assert_eq!(why["selected_by"], json!(["user_agent.original"]));
    assert_eq!(names(&why, true)[0], "duration_ms");
    // Fewer attributes are fewer questions, under any name that they have.
    let why = self::why(
        &place,
        &[
            "p90",
            "--select",
            "duration_ms > 400ms",
            "--among",
            "http.user_agent,app.user",
            "--where",
            "http.route != /none",
        ],
    );
    assert_eq!(names(&why, true), ["user_agent.original"]);
    assert_eq!(names(&why, false), ["app.user"]);
    let line = ["count", "--select", condition, "--why", "--output", "csv"];
    let csv = place.run(&arguments(&line)).expect_code(0).stdout;
    let heading =
        "attribute,stands_out,effect,chance,value,inside,inside_share,outside,outside_share\r\n";
    assert!(
        csv.starts_with(heading) && csv.contains("\r\nhttp.route,false,"),
        "{csv}"
    );
    stack.running.stop();
}

#[test]
fn pictures_have_the_box_and_pairs_of_bars_and_load_nothing() {
    let place = Place::new();
    let (stack, _) = stack(&place, true);
    let line = |form| ["heatmap", "--select", BOX, "--why", "--output", form];
    let svg = place.run(&arguments(&line("svg"))).expect_code(0).stdout;
    assert_well_formed(&svg);
    assert!(svg.contains("class=\"sel\"") && svg.contains("inside 100 of 100, outside "));
    let html = place.run(&arguments(&line("html"))).expect_code(0).stdout;
    let body = html.split_once("<body>").unwrap().1;
    assert_well_formed(body.split_once("</body>").unwrap().0);
    assert!(html.contains("<td>user_agent.original</td>"), "{html}");
    assert!(html.contains("<p>no more than chance: "));
    let count = [
        "count",
        "--select",
        "error does-not-exist and duration_ms > 400",
        "--why",
    ];
    let count = [&count[..], &["--output", "svg"]].concat();
    let svg = place.run(&arguments(&count)).expect_code(0).stdout;
    assert_well_formed(&svg);
    assert_loads_nothing(&svg.replace("http://robot.example/", ""));
    stack.running.stop();
}

#[test]
fn a_selection_of_nothing_or_of_everything_says_what_there_is() {
    let place = Place::new();
    let (stack, _) = stack(&place, true);
    for (selection, says) in [
        (
            ">10s",
            "error: nothing is selected: none of 4,000 events is above 10 s\n",
        ),
        (
            "t=07:30..",
            "error: nothing is selected: none of 4,000 events is from 07:30:00\n",
        ),
        (
            ">=1us",
            "error: everything is selected: nothing of 4,000 events is left to compare with\n",
        ),
    ] {
        let line = ["heatmap", "--select", selection, "--why"];
        let ran = place.run(&arguments(&line)).expect_code(1);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        let hint = "hint: the question is about 2026-11-22 07:09:00 to 2026-11-22 07:19:00; events are between ";
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
        assert!(
            ran.stderr.contains(", with duration_ms from "),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stdout.contains("HEATMAP(duration_ms)"),
            "{}",
            ran.stdout
        );
    }
    stack.running.stop();
}

#[test]
fn what_makes_no_sense_is_wrong_usage_with_the_place_of_it() {
    let place = Place::new();
    let (stack, _) = stack(&place, true);
    for (line, says) in [
        (&["heatmap", "--why"][..], "--select <SELECTION>"),
        (
            &["heatmap", "--select", "t=07:13"],
            "expected two moments with `..` between them",
        ),
        (
            &["count", "--select", ">3ms", "--why"],
            "--select: there is no value to compare",
        ),
        (
            &["count", "--select", "error = true"],
            "--select draws a box in a heatmap",
        ),
        (
            &["heatmap", "--select", ">3", "--why", "--watch"],
            "cannot be used with '--watch",
        ),
        (
            &["heatmap", "--select", ">3", "--why", "--among", "http.rout"],
            "--among: app has no column http.rout; did you mean http.route?",
        ),
    ] {
        let ran = place.run(&arguments(line)).expect_code(2);
        assert!(ran.stderr.contains(says), "{line:?}: {}", ran.stderr);
    }
    stack.running.stop();
}

#[test]
fn the_cloud_is_told_what_it_costs_and_ten_runs_are_enough() {
    let home = Place::new();
    let stack = home.stack_with(&["--strict"]);
    send(&stack, &events(true));
    let mut place = Place::new();
    place.set("HONEYCOMB_API_KEY", "k-e-y");
    place.set(
        "HONEYCOMB_API_ENDPOINT",
        &format!("http://{}", stack.address),
    );
    let line = ["heatmap", "--select", BOX, "--why", "--output", "json"];
    let ran = place.run(&arguments(&line)).expect_code(0);
    let costs = "why: 11 attributes; 3 runs first, then some more to count their values; Honeycomb runs 10 queries a minute\nwhy: ";
    assert!(ran.stderr.contains(costs), "{}", ran.stderr);
    assert!(!ran.stderr.contains("waiting"), "{}", ran.stderr);
    let whole: Json = serde_json::from_str(&ran.stdout).unwrap();
    let found = names(&whole["why"], true);
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(THEN, 1_795_331_340);
    stack.running.stop();
}
