//! `query` against a Honeycomb that misbehaves as the real one can: each misbehaviour has its own sentence,
//! its exit code and its next step.

use std::fs;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::odd_honeycomb::{Odd, OddHoneycomb, Step};
use crate::place::{Place, Ran};

const COUNT: &[&str] = &["query", "count", "--output", "csv", "--fresh"];

#[track_caller]
fn says(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.stderr.contains(part), "no {part:?} in:\n{}", ran.stderr);
    }
}

#[track_caller]
fn refused(honeycomb: &OddHoneycomb, code: i32, parts: &[&str]) -> Ran {
    let ran = honeycomb.place().run(COUNT).expect_code(code);
    assert_eq!(ran.stdout, "");
    says(&ran, parts);
    assert!(!ran.stderr.contains("k-e-y"), "{}", ran.stderr);
    ran
}

#[track_caller]
fn counted(ran: Ran) -> Ran {
    let ran = ran.expect_code(0);
    assert_eq!(ran.stdout, "COUNT\r\n42\r\n");
    ran
}

fn refusal(status: u16, said: &'static str) -> Odd {
    Odd::Refusal(status, said, Vec::new())
}

fn after(name: &'static str, value: impl Into<String>) -> Odd {
    Odd::Refusal(429, "rate limit exceeded", vec![(name, value.into())])
}

#[test]
fn a_slow_query_is_looked_for_until_it_is_done() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.pending(3);
    let ran = counted(honeycomb.place().run(COUNT));
    says(
        &ran,
        &[
            ", team Cruddur, environment Test\n",
            "Honeycomb's API cuts both ends of the range down to a minute: ",
        ],
    );
    assert_eq!(honeycomb.n_calls(Step::Result), 4);
    assert_eq!(honeycomb.n_calls(Step::Run), 1);
}

#[test]
fn a_query_that_is_never_done_ends_with_the_time_that_was_waited() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.pending(usize::MAX);
    let place = honeycomb.place();
    let ran = place
        .run(&["query", "count", "--timeout", "1s"])
        .expect_code(3);
    says(
        &ran,
        &["error: the query was not done within 1 s\nhint: ask about less"],
    );
}

#[test]
fn a_run_that_is_put_off_waits_as_long_as_it_is_told_in_any_spelling() {
    let soon = Timestamp::now() + Duration::from_secs(1);
    let date = soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for odd in [
        after("RateLimit", "limit=10, remaining=0, reset=1"),
        after("Ratelimit", "limit=10, remaining=0, reset=1"),
        after("Retry-After", "1"),
        after("Retry-After", date),
    ] {
        let honeycomb = OddHoneycomb::start();
        honeycomb.script(Step::Run, [odd]);
        let ran = counted(honeycomb.place().run(COUNT));
        says(&ran, &["honeycomb: asked to come later: waiting "]);
        assert_eq!(honeycomb.n_calls(Step::Run), 2);
    }
}

#[test]
fn who_asks_for_more_patience_than_anybody_has_is_quoted() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.script(Step::Run, [after("Retry-After", "3000")]);
    let parts = [
        "takes no more queries for now: rate limit exceeded\n",
        "hint: it asks to come again in 3000 s",
    ];
    refused(&honeycomb, 1, &parts);
    assert_eq!(honeycomb.n_calls(Step::Run), 1);
}

#[test]
fn a_sick_server_is_asked_a_few_times_and_then_named() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.script(Step::Create, [refusal(500, "oops"), refusal(503, "oops")]);
    let ran = counted(honeycomb.place().run(COUNT));
    says(
        &ran,
        &[
            "honeycomb: HTTP status 500: trying again in ",
            "honeycomb: HTTP status 503: trying again in ",
        ],
    );

    honeycomb.script(Step::Result, vec![refusal(503, "down for now"); 9]);
    let parts = [
        "is not well: HTTP status 503 each of 4 times: down for now\n",
        "hint: try again in a few minutes",
    ];
    refused(&honeycomb, 1, &parts);
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again_and_then_said() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.script(Step::Result, [Odd::Cut]);
    let ran = counted(honeycomb.place().run(COUNT));
    says(
        &ran,
        &["honeycomb: the answer broke off in the middle: trying again in "],
    );
    honeycomb.script(Step::Result, vec![Odd::Cut; 9]);
    let parts = [
        " broke off in the middle: ",
        "hint: check the network and what stands in between",
    ];
    refused(&honeycomb, 3, &parts);
}

#[test]
fn an_error_in_a_200_is_an_error() {
    let honeycomb = OddHoneycomb::start();
    let body = json!({"id": "r", "complete": true, "error": "query timed out"});
    honeycomb.script(Step::Result, [Odd::Body(body)]);
    let parts = ["error: the query failed: query timed out\nhint: ask about less"];
    refused(&honeycomb, 1, &parts);
}

#[test]
fn a_finished_result_without_data_is_no_answer() {
    let honeycomb = OddHoneycomb::start();
    let body = json!({"id": "r", "complete": true});
    honeycomb.script(Step::Result, [Odd::Body(body)]);
    refused(&honeycomb, 1, &["a finished result without data"]);
}

#[test]
fn a_web_page_in_place_of_json_leads_to_the_address() {
    for (step, status) in [(Step::Auth, 200), (Step::Create, 403), (Step::Result, 200)] {
        let honeycomb = OddHoneycomb::start();
        honeycomb.script(step, [Odd::Page(status)]);
        let parts = [
            " answered with a web page where JSON was due\n",
            "hint: check HONEYCOMB_API_ENDPOINT",
        ];
        refused(&honeycomb, 1, &parts);
    }
}

#[test]
fn a_plan_without_the_api_is_told_from_a_key_that_may_not() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.script(Step::Run, vec![refusal(403, "no"); 2]);
    let parts = [
        "error: team Cruddur may not run queries through the API, though the key may: that takes Honeycomb's Enterprise plan (no)\n",
        "hint: --url prints and --open opens a link",
        "--target local",
    ];
    refused(&honeycomb, 4, &parts);

    honeycomb.key("configuration", &json!({"queries": false, "columns": true}));
    let parts = [
        "error: the key lacks the permission \"Run Queries\" (no)\n",
        "at https://ui.honeycomb.io/cruddur/environments/test/api_keys",
    ];
    refused(&honeycomb, 4, &parts);
}

#[test]
fn an_ingest_key_is_told_from_a_wrong_one() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.key("ingest", &json!({"createDatasets": true}));
    honeycomb.script(Step::Create, [refusal(401, "unknown API key")]);
    let parts = [
        "error: HONEYCOMB_API_KEY is an ingest key, which sends events and asks no questions",
        "hint: make a configuration key with the permissions",
    ];
    refused(&honeycomb, 4, &parts);
    for command in [&["datasets"][..], &["columns"], &["markers", "list"]] {
        let ran = honeycomb.place().run(command).expect_code(4);
        says(&ran, &parts);
    }

    honeycomb.script(Step::Auth, [refusal(401, "unknown API key")]);
    let parts = [
        " rejected the key: unknown API key\n",
        "hint: check HONEYCOMB_API_KEY and HONEYCOMB_API_ENDPOINT: a key is only known in its own region",
    ];
    refused(&honeycomb, 4, &parts);
}

#[test]
fn a_management_key_is_known_by_its_looks() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.script(Step::Auth, [refusal(401, "unknown API key")]);
    let mut place = honeycomb.place();
    place.set("HONEYCOMB_API_KEY", "hcamk_01abc:secretpart");
    let ran = place.run(COUNT).expect_code(4);
    says(
        &ran,
        &["hint: HONEYCOMB_API_KEY looks like a management key"],
    );
    assert!(!ran.stderr.contains("secretpart"), "{}", ran.stderr);
}

#[test]
fn the_eleventh_run_of_a_minute_waits_and_says_so_and_ctrl_c_ends_it() {
    let honeycomb = OddHoneycomb::start();
    let place = honeycomb.place();
    for _ in 0..10 {
        counted(place.run(COUNT));
    }
    let mut eleventh = place.start(COUNT);
    let line = eleventh.stderr_line(|line| line.contains("10 runs a minute"));
    assert!(
        line.starts_with("honeycomb: 10 runs a minute are allowed and all are used: waiting ")
            && line.ends_with(" s (Ctrl-C ends it)"),
        "{line}"
    );
    eleventh.signal("INT");
    let ran = eleventh.finish().expect_code(130);
    assert_eq!(
        (ran.stdout.as_str(), honeycomb.n_calls(Step::Run)),
        ("", 10)
    );

    // Another key has another budget, and none of them is written down.
    let mut place = place;
    place.set("HONEYCOMB_API_KEY", "another");
    counted(place.run(COUNT));
    for (path, content) in place.listing() {
        let text = String::from_utf8_lossy(&content);
        let shown = path.display();
        assert!(
            !text.contains("k-e-y") && !text.contains("another"),
            "{shown}"
        );
    }
}

#[test]
fn what_the_server_says_about_its_budget_goes_before_our_own_count() {
    let honeycomb = OddHoneycomb::start();
    let place = honeycomb.place();
    let plenty = || {
        Odd::Headers(vec![(
            "ratelimit",
            "limit=100, remaining=90, reset=60".into(),
        )])
    };
    honeycomb.script(Step::Run, (0..12).map(|_| plenty()));
    for _ in 0..12 {
        let ran = counted(place.run(COUNT));
        assert!(!ran.stderr.contains("waiting"), "{}", ran.stderr);
    }
    let none = Odd::Headers(vec![(
        "ratelimit",
        "limit=100, remaining=0, reset=60".into(),
    )]);
    honeycomb.script(Step::Run, [none]);
    counted(place.run(COUNT));
    let mut next = place.start(COUNT);
    next.stderr_line(|line| line.contains("all are used: waiting "));
    next.signal("INT");
    next.finish().expect_code(130);
    assert_eq!(honeycomb.n_calls(Step::Run), 13);
}

#[test]
fn a_server_that_has_no_runs_left_for_an_hour_is_not_waited_for() {
    let honeycomb = OddHoneycomb::start();
    let place = honeycomb.place();
    let none = Odd::Headers(vec![(
        "ratelimit",
        "limit=100, remaining=0, reset=3600".into(),
    )]);
    honeycomb.script(Step::Run, [none]);
    counted(place.run(COUNT));
    let ran = place.run(COUNT).expect_code(1);
    says(
        &ran,
        &[
            "takes no more queries for now: it said that no runs are left\nhint: it asks to come again in 3",
        ],
    );
    assert_eq!(honeycomb.n_calls(Step::Run), 1);
}

#[test]
fn columns_that_cannot_be_listed_are_said_and_nothing_is_checked() {
    let honeycomb = OddHoneycomb::start();
    let place = honeycomb.place();
    let by: Vec<&str> = COUNT
        .iter()
        .copied()
        .chain(["--where", "durtion_ms > 3"])
        .collect();
    let ran = place.run(&by).expect_code(2);
    says(
        &ran,
        &["has no column durtion_ms; did you mean duration_ms?"],
    );
    assert_eq!(honeycomb.n_calls(Step::Create), 0);

    honeycomb.script(Step::Columns, vec![refusal(403, "no"); 2]);
    let ran = counted(place.run(&by));
    says(
        &ran,
        &[
            "warning: the columns of backend-flask cannot be listed, so names and types are not checked: ",
        ],
    );
    // A unit means something only beside a duration.
    let unit: Vec<&str> = COUNT
        .iter()
        .copied()
        .chain(["--where", "size > 3s"])
        .collect();
    let ran = place.run(&unit).expect_code(2);
    says(&ran, &["size has no unit of time"]);
}

#[test]
fn the_same_question_within_its_time_step_is_not_asked_twice() {
    let honeycomb = OddHoneycomb::start();
    let place = honeycomb.place();
    // Both ends are fixed, and a step is as long as an hour.
    let question = [
        "query",
        "count",
        "--output",
        "csv",
        "--since",
        "2026-11-22T07:00:00Z",
        "--until",
        "2026-11-22T09:00:00Z",
        "--granularity",
        "1h",
    ];
    counted(place.run(&question));
    let ran = counted(place.run(&question));
    says(&ran, &["the answer is from ", " ago; --fresh asks anew\n"]);
    assert_eq!(honeycomb.n_calls(Step::Run), 1);
    let fresh: Vec<&str> = question.into_iter().chain(["--fresh"]).collect();
    let ran = counted(place.run(&fresh));
    assert!(!ran.stderr.contains("the answer is from"), "{}", ran.stderr);
    assert_eq!(honeycomb.n_calls(Step::Run), 2);

    let other: Vec<&str> = question
        .into_iter()
        .chain(["--where", "duration_ms exists"])
        .collect();
    counted(place.run(&other));
    assert_eq!(honeycomb.n_calls(Step::Run), 3);
    let mut place = place;
    place.set("HONEYCOMB_API_KEY", "of another team");
    counted(place.run(&question));
    assert_eq!(honeycomb.n_calls(Step::Run), 4);
}

#[test]
fn a_folder_that_cannot_be_written_costs_the_memory_and_not_the_answer() {
    let honeycomb = OddHoneycomb::start();
    let place = honeycomb.place();
    fs::write(place.data(), "a file where the folder should be").unwrap();
    let ran = counted(place.run(COUNT));
    says(
        &ran,
        &["warning: the run budget and answers cannot be kept: "],
    );
}

#[test]
fn more_than_seven_days_are_refused_before_anything_is_asked() {
    let honeycomb = OddHoneycomb::start();
    let place = honeycomb.place();
    let ran = place
        .run(&["query", "count", "--last", "10d"])
        .expect_code(2);
    says(
        &ran,
        &[
            "error: Honeycomb's API answers 7 days at most, and this asks for 10\n",
            "hint: ask for parts",
        ],
    );
    assert_eq!(honeycomb.n_calls(Step::Create), 0);
    let ran = place.run(&["query", "count", "--last", "7d", "--output", "csv"]);
    let ran = counted(ran);
    says(&ran, &["cuts both ends of the range down to 30 minutes: "]);
    assert_eq!(honeycomb.last_query()["time_range"], 604_800);
}

#[test]
fn a_link_runs_the_question_in_the_browser_and_nothing_here() {
    let honeycomb = OddHoneycomb::start();
    honeycomb.key("ingest", &json!({"createDatasets": true}));
    let mut place = honeycomb.place();
    let question = ["query", "p90", "--by", "name", "--last", "15m"];
    let url: Vec<&str> = question.into_iter().chain(["--url"]).collect();
    let ran = place.run(&url).expect_code(0);
    let spec: Vec<&str> = question.into_iter().chain(["--print-spec"]).collect();
    let spec: serde_json::Value =
        serde_json::from_str(&place.run(&spec).expect_code(0).stdout).unwrap();
    let (link, query) = ran.stdout.trim_end().split_once("?query=").unwrap();
    assert_eq!(
        link,
        "https://ui.honeycomb.io/cruddur/environments/test/datasets/backend-flask"
    );
    let linked: serde_json::Value = serde_json::from_str(&decoded(query)).unwrap();
    assert_eq!(linked, spec);
    assert_eq!(honeycomb.n_calls(Step::Create), 0);

    if cfg!(target_os = "linux") {
        let opener = place.write("bin/xdg-open", "#!/bin/sh\nprintf %s \"$1\" > opened\n");
        place.run_shell("chmod 755 bin/xdg-open").expect_code(0);
        let path = std::env::var("PATH").unwrap();
        let bin = place.path("bin").display().to_string();
        place.set("PATH", &format!("{bin}:{path}"));
        let open: Vec<&str> = question.into_iter().chain(["--open"]).collect();
        assert_eq!(place.run(&open).expect_code(0).stdout, "");
        let opened = fs::read_to_string(place.path("opened")).unwrap();
        assert_eq!(format!("{opened}\n"), ran.stdout);

        fs::write(&opener, "#!/bin/sh\nexit 3\n").unwrap();
        let failed = place.run(&open).expect_code(1);
        says(
            &failed,
            &["xdg-open opened nothing", "hint: --url prints the link"],
        );
    }
}

#[test]
fn the_local_stack_has_no_pages_to_link_to() {
    let place = Place::new();
    let ran = place.run(&["query", "count", "--url"]).expect_code(2);
    says(
        &ran,
        &[
            "links lead to Honeycomb's own pages",
            "hint: set HONEYCOMB_API_KEY",
        ],
    );
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next().unwrap(), rest.next().unwrap()];
            let hex = std::str::from_utf8(&hex).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}
