//! `env`, `run` and `up`: every SDK at the local stack, seen from outside.

use serde_json::Value as Json;

use crate::http::{get, post_json};
use crate::place::{BINARY, Place, Ran};
use crate::question::count;

/// Sends one span as an exporter would that knows nothing but its environment. curl ends in error if the
/// stack does not take it. It is from when the spans of all tests are.
const SEND_A_SPAN: &str = r#"curl -sSf -o /dev/null "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces" -H "$(echo "$OTEL_EXPORTER_OTLP_HEADERS" | tr = :)" -H content-type:application/json -d '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"'$OTEL_SERVICE_NAME'"}}]},"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"one","kind":2,"startTimeUnixNano":"1795331340001000000","endTimeUnixNano":"1795331340002000000"}]}]}]}'"#;

fn run_sh(place: &Place, line: &str) -> Ran {
    place.run(&["run", "--", "sh", "-c", line])
}

fn after_eval(place: &Place, line: &str) -> Ran {
    place.run_shell(&format!("eval \"$({BINARY} env 2>/dev/null)\" && {line}"))
}

#[test]
fn without_a_stack_env_names_the_next_step_and_prints_nothing() {
    let ran = Place::new().run(&["env"]).expect_code(1);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "error: no local stack is running\n\
         hint: start one with `cruddurctl stack`, or run one command with `cruddurctl run -- CMD`\n"
    );
}

#[test]
fn env_points_a_shell_at_the_running_stack_whatever_it_had_before() {
    let mut place = Place::new();
    let stack = place.stack();
    place.set("AWS_ENDPOINT_URL_XRAY", "http://192.0.2.1");
    place.set("OTEL_SERVICE_NAME", "it's me");
    let line = "echo \"$AWS_ENDPOINT_URL|$AWS_REGION|${AWS_ENDPOINT_URL_XRAY-none}|$OTEL_SERVICE_NAME|$AWS_XRAY_DAEMON_ADDRESS\"";
    let ran = after_eval(&place, line).expect_code(0);
    let daemon = get(stack.address, "/healthz").json()["daemon_address"].clone();
    assert_eq!(
        ran.stdout,
        format!(
            "http://{}|us-east-1|none|it's me|{}\n",
            stack.address,
            daemon.as_str().unwrap()
        )
    );
    // What is then run finds the stack too, and does not take it for the cloud.
    let asked = after_eval(&place, &format!("{BINARY} xray setup")).expect_code(0);
    let said = format!("x-ray: local stack at {}", stack.address);
    let is_said = asked.stderr.lines().any(|line| line.starts_with(&said));
    assert!(is_said, "{}", asked.stderr);
}

#[test]
fn fish_reads_its_form_and_goes_on() {
    let mut place = Place::new();
    if place.run_shell("command -v fish").code != Some(0) {
        println!("skipped: there is no fish on this machine");
        return;
    }
    let stack = place.stack();
    place.set("AWS_ENDPOINT_URL_XRAY", "http://192.0.2.1");
    let name = r#"it's a "$HOME" \ name"#;
    place.set("OTEL_SERVICE_NAME", name);
    // `and` goes on only if all that was read did well.
    let line = format!(
        "{BINARY} env --shell fish 2>/dev/null | source; and printf '%s\\n' $AWS_ENDPOINT_URL \
         \"xray:$AWS_ENDPOINT_URL_XRAY\" $OTEL_SERVICE_NAME"
    );
    let script = place.write("read.fish", line);
    let ran = place.run_shell(&format!("fish --no-config {}", script.display()));
    let ran = ran.expect_code(0);
    let read = format!("http://{}\nxray:\n{name}\n", stack.address);
    assert_eq!(ran.stdout, read, "{}", ran.stderr);
}

#[test]
fn each_form_says_the_same() {
    let place = Place::new();
    let stack = place.stack();
    let url = format!("http://{}", stack.address);
    let json = place.run(&["env", "--output", "json"]).expect_code(0);
    let json: Json = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["OTEL_EXPORTER_OTLP_ENDPOINT"], url.as_str());
    assert_eq!(json["HONEYCOMB_API_KEY"], "local");
    assert_eq!(json["AWS_DISABLE_HOST_PREFIX_INJECTION"], "true");
    let fish = place.run(&["env", "--shell", "fish"]).expect_code(0).stdout;
    let powershell = place.run(&["env", "--shell", "powershell"]);
    let powershell = powershell.expect_code(0).stdout;
    let bash = place.run(&["env"]).expect_code(0).stdout;
    for (name, value) in json.as_object().unwrap() {
        let value = value.as_str().unwrap();
        for (form, line) in [
            (&bash, format!("export {name}={value}\n")),
            (&fish, format!("set -gx {name} '{value}'\n")),
            (&powershell, format!("$Env:{name} = '{value}'\n")),
        ] {
            assert!(form.contains(&line), "{line} is not in {form}");
        }
    }
    let compose = place.run(&["env", "--output", "docker-compose"]);
    let compose = compose.expect_code(0);
    let port = stack.address.port();
    for line in [
        format!("      AWS_ENDPOINT_URL: \"http://host.docker.internal:{port}\"\n"),
        "    extra_hosts:\n      - \"host.docker.internal:host-gateway\"\n".to_string(),
    ] {
        assert!(compose.stdout.contains(&line), "{}", compose.stdout);
    }
    assert!(
        compose
            .stderr
            .starts_with("warning: the stack listens on loopback only")
    );
}

#[test]
fn a_key_is_never_printed_and_works_all_the_same() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", "a-s3cret$'key");
    let stack = place.stack();
    for arguments in [
        &["env"][..],
        &["env", "--shell", "fish"],
        &["env", "--shell", "powershell"],
        &["env", "--output", "json"],
        &["env", "--output", "docker-compose"],
    ] {
        let ran = place.run(arguments).expect_code(0);
        assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
    }
    after_eval(&place, SEND_A_SPAN).expect_code(0);
    run_sh(&place, SEND_A_SPAN).expect_code(0);
    let received = get(stack.address, "/healthz").json()["received"].clone();
    assert_eq!(received["spans"], 2);
}

#[test]
fn run_starts_a_stack_of_its_own_and_says_what_came_in() {
    let place = Place::new();
    let ran = run_sh(&place, &format!("echo out; echo err >&2; {SEND_A_SPAN}")).expect_code(0);
    assert_eq!(ran.stdout, "out\n");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        lines[0].starts_with("a local stack for this command: http://127.0.0.1:"),
        "{lines:?}"
    );
    assert_eq!(
        lines[1..],
        [
            "err",
            "came in: 1 span, 0 segments, 0 log lines; next: cruddurctl query count --by name"
        ]
    );
    // The stack is gone, and what it was told is kept.
    place.run(&["env"]).expect_code(1);
    assert_eq!(count(place.stack().address, "backend-flask"), 1);
}

#[test]
fn a_segment_counts_though_nobody_waited_for_it() {
    let place = Place::new();
    let segment = r#"printf '{"format":"json","version":1}\n{"name":"n","id":"70de5b6f19ff9a0a","trace_id":"1-%08x-5759e988bd862e3fe1be46a9","start_time":%d,"end_time":%d}' $(date +%s) $(date +%s) $(date +%s) >segment; cat segment >"/dev/udp/${AWS_XRAY_DAEMON_ADDRESS%:*}/${AWS_XRAY_DAEMON_ADDRESS##*:}""#;
    let said = "came in: 0 spans, 1 segment, 0 log lines; next: cruddurctl query count --by name\n";
    let own = place
        .run(&["run", "--", "bash", "-c", segment])
        .expect_code(0);
    assert!(own.stderr.ends_with(said), "{}", own.stderr);
    let _stack = place.stack();
    let others = place
        .run(&["run", "--", "bash", "-c", segment])
        .expect_code(0);
    assert!(others.stderr.starts_with("local stack: http://"));
    assert!(others.stderr.ends_with(said), "{}", others.stderr);
}

#[test]
fn the_exit_code_is_the_commands() {
    let place = Place::new();
    let ran = run_sh(&place, "exit 7").expect_code(7);
    assert!(ran.stderr.contains("nothing came in"), "{}", ran.stderr);
    run_sh(&place, "kill -KILL $$").expect_code(128 + 9);
    let ran = place
        .run(&["run", "--", "no-such-program"])
        .expect_code(127);
    assert!(
        ran.stderr.contains("error: cannot run no-such-program: "),
        "{}",
        ran.stderr
    );
    place.write("no-program", "");
    place.run(&["run", "--", "./no-program"]).expect_code(126);
    place.run(&["run"]).expect_code(2);
    place
        .run(&["--target", "cloud", "run", "--", "true"])
        .expect_code(2);
}

#[test]
fn signals_reach_the_command_and_the_stack_outlives_it() {
    let place = Place::new();
    for (signal, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        // The command says which one came, and only then sends what it has.
        let line = format!(
            "trap 'echo got {signal}; {}; exit 3' {signal}; echo ready; while :; do sleep 0.05; done",
            SEND_A_SPAN.replace('\'', "'\\''")
        );
        let mut running = place.start(&["run", "--", "sh", "-c", &line]);
        running.stdout_line(|line| line == "ready");
        running.signal(signal);
        let ended = running.finish();
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        assert_eq!(ended.stdout, format!("got {signal}\n"));
        assert!(
            ended.stderr.contains("came in: 1 span,"),
            "{}",
            ended.stderr
        );

        let mut running = place.start(&["run", "--", "sh", "-c", "echo ready; exec sleep 60"]);
        running.stdout_line(|line| line == "ready");
        running.signal(signal);
        let ended = running.finish();
        assert_eq!(ended.code, Some(128 + number), "{}", ended.stderr);
    }
}

#[test]
fn up_sets_up_serves_and_ends_all_in_order() {
    let mut place = Place::new();
    // Credentials that happen to lie around do not make it go anywhere else.
    place.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    place.set("AWS_SECRET_ACCESS_KEY", "x");
    place.set("HONEYCOMB_API_KEY", "x");
    for signal in ["TERM", "INT"] {
        let mut running = place.start(&["up", "--port", "0", "--stack-port", "0"]);
        let stack = running.stderr_line(|line| line.starts_with("stack: http://"));
        let stack = stack.trim_start_matches("stack: http://").parse().unwrap();
        running.stderr_line(|line| line.starts_with("  export AWS_ENDPOINT_URL=http://"));
        assert_eq!(get(running.back_end(), "/api/activities/home").status, 200);
        let groups = post_json(stack, "/Groups", &serde_json::json!({}));
        assert!(groups.text().contains("Cruddur"), "{}", groups.text());
        running.signal(signal);
        let ended = running.finish();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(
            ended.stderr,
            "delivered 2 spans\ndelivered 2 log lines\ndelivered 1 segment\n\
             came in: 2 spans, 1 segment, 2 log lines\nstack: stopped\n\
             next: cruddurctl query p90 --by http.route\n"
        );
    }
}

#[test]
fn up_leaves_a_stack_alone_that_was_there_before() {
    let place = Place::new();
    let stack = place.stack();
    let running = place.start(&["up", "--port", "0"]);
    let said = format!("stack: http://{}", stack.address);
    running.stderr_line(|line| line == said);
    running.stderr_line(|line| line.starts_with("back end: http://"));
    let ended = running.stop();
    assert!(
        ended
            .stderr
            .contains("stack: goes on, since it was not started here\n")
    );
    assert_eq!(get(stack.address, "/healthz").status, 200);
    // Nothing is set up twice.
    let running = place.start(&["up", "--port", "0"]);
    running.stderr_line(|line| line == "set up: all is there already");
    running.stderr_line(|line| line.starts_with("back end: http://"));
    running.stop();
}

#[test]
fn up_is_as_broken_as_one_wants() {
    let place = Place::new();
    let running = place.start(&[
        "up",
        "--port",
        "0",
        "--stack-port",
        "0",
        "--errors",
        "home=100%",
        "--break",
        "wrong-service-name",
        "--without",
        "logs",
    ]);
    running.stderr_line(|line| line.starts_with("broken on purpose: wrong-service-name: "));
    assert_eq!(get(running.back_end(), "/api/activities/home").status, 500);
    let ended = running.stop();
    assert!(
        ended
            .stderr
            .contains("delivered 2 spans\ndelivered 1 segment\n"),
        "{}",
        ended.stderr
    );
    let datasets = place.run(&["datasets", "--output", "json"]).stdout;
    assert!(!datasets.contains("backend-flask"), "{datasets}");
    // Where `serve` would send, `up` does not: its stack takes spans without a key.
    let mut place = Place::new();
    place.set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let ran = place.run(&["up", "--break", "colon-header"]).expect_code(2);
    let hint = "set CRUDDUR_STACK_KEY";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
}
