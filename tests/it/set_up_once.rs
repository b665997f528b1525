//! One definition of what is set up, whichever command does it; and what it matches where AWS_XRAY_URL names segments.

use crate::http::{get, request};
use crate::place::Place;
use crate::serve::serve;

fn retention(place: &Place) -> String {
    let ran = place.run(&["logs", "status", "--output", "json"]);
    ran.stdout
}

#[test]
fn whatever_sets_up_first_nothing_else_has_anything_to_change() {
    for first in [&["setup", "--yes"][..], &["up"], &["serve"]] {
        let place = Place::new();
        match first {
            ["setup", ..] => {
                place.run(first).expect_code(0);
            }
            ["up"] => {
                let up = place.start(&["up", "--yes", "--port", "0", "--stack-port", "0"]);
                up.back_end();
                up.stop().expect_code(0);
            }
            _ => {
                let serving = serve(&place, &[]);
                assert_eq!(get(serving.address, "/api/activities/home").status, 200);
                serving.running.stop().expect_code(0);
            }
        }
        let plan = place.run(&["logs", "plan"]).stdout;
        assert!(
            plan.contains("= unchanged log group cruddur"),
            "{first:?}: {plan}"
        );
        let before = retention(&place);
        let up = place.start(&["up", "--yes", "--port", "0", "--stack-port", "0"]);
        up.back_end();
        let said = up.stop().expect_code(0);
        assert!(
            !said.stdout.contains("retention_days: 7 ->") && !said.stdout.contains("never"),
            "{first:?}: {}",
            said.stdout
        );
        assert_eq!(retention(&place), before, "{first:?}");
        let plan = place.run(&["plan"]).stdout;
        assert!(!plan.contains("~ update"), "{first:?}: {plan}");
    }
}

#[test]
fn segments_are_named_after_the_host_and_rules_that_then_match_nothing_are_said() {
    let gitpod = "4567-me.ws-eu.gitpod.io";
    // One request each, since the first of a second is always sampled.
    for (pattern, host, name, says) in [
        (
            "*4567-*.gitpod.io*",
            gitpod,
            gitpod,
            &[
                "segments: named after the Host header where it matches AWS_XRAY_URL=*4567-*.gitpod.io*, else backend-flask; those to 127.0.0.1:",
                "rule Cruddur (ServiceName backend-flask) and group Cruddur (service(\"backend-flask\")) will match nothing",
                "hint: write ServiceName * in the rule",
            ][..],
        ),
        (
            "*4567-*.gitpod.io*",
            "example.com",
            "backend-flask",
            &["segments: named after the Host header"],
        ),
        (
            "*",
            "example.com",
            "example.com",
            &["segments: named after"],
        ),
        (
            "exampl?.com",
            "example.com",
            "example.com",
            &["those to 127.0.0.1:"],
        ),
        (
            "https://4567-*.gitpod.io",
            gitpod,
            "backend-flask",
            &["has a scheme, which no Host header has"],
        ),
    ] {
        let mut place = Place::new();
        place.run(&["setup", "--yes"]).expect_code(0);
        place.set("AWS_XRAY_URL", pattern);
        let running = place.start(&["serve", "--port", "0", "--stack-port", "0"]);
        let address = running.back_end();
        for says in says {
            running.stderr_line(|line| line.contains(says));
        }
        let call = request(address, "GET", "/api/activities/home").header("host", host);
        assert_eq!(call.send(b"").status, 200);
        running.stop().expect_code(0);
        let line = ["xray", "traces", "--last", "1h", "--output", "json"];
        let traces = place.run(&line).expect_code(0).stdout;
        assert!(
            traces.contains(&format!("\"service\": \"{name}\"")),
            "{pattern}: {traces}"
        );
    }
}
