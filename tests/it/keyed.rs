//! With CRUDDUR_STACK_KEY every endpoint needs the key; our own commands have it.

use std::net::SocketAddr;

use crate::http::{get, request};
use crate::place::Place;

const KEY: &str = "s3cret-of_the+class/=";

#[test]
fn nothing_but_health_and_the_front_page_is_answered_without_the_key() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", KEY);
    let stack = place.stack();
    let target = ("x-amz-target", "Logs_20140328.DescribeLogGroups");
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    for (method, path, header, body, status, code) in [
        (
            "POST",
            "/Groups",
            None,
            "{}",
            403,
            "MissingAuthenticationTokenException",
        ),
        (
            "POST",
            "/Nowhere",
            None,
            "{}",
            403,
            "MissingAuthenticationTokenException",
        ),
        (
            "GET",
            "/TelemetryRecords",
            None,
            "",
            403,
            "MissingAuthenticationTokenException",
        ),
        (
            "GET",
            "/xray-daemon/rejects",
            None,
            "",
            403,
            "MissingAuthenticationTokenException",
        ),
        (
            "POST",
            "/xray-daemon/rejects",
            None,
            "[]",
            403,
            "MissingAuthenticationTokenException",
        ),
        (
            "POST",
            "/",
            Some(target),
            "{}",
            403,
            "MissingAuthenticationTokenException",
        ),
        (
            "POST",
            "/",
            None,
            form,
            403,
            "<Code>MissingAuthenticationToken</Code>",
        ),
        (
            "GET",
            "/?Action=GetCallerIdentity",
            None,
            "",
            403,
            "<Code>MissingAuthenticationToken</Code>",
        ),
        ("GET", "/1/datasets", None, "", 401, "unknown API key"),
        ("POST", "/1/events/a", None, "{}", 401, "unknown API key"),
        (
            "POST",
            "/v1/metrics",
            None,
            "{}",
            401,
            "missing 'x-honeycomb-team'",
        ),
        (
            "GET",
            "/cruddurctl/datasets/a/result/b",
            None,
            "",
            401,
            "a key is needed",
        ),
        (
            "GET",
            "/cruddurctl/datasets/a/result/b/snapshot",
            None,
            "",
            401,
            "a key is needed",
        ),
        ("GET", "/healthz", None, "", 200, "\"ok\""),
        ("GET", "/", None, "", 200, "The local stack is running"),
    ] {
        let asking = |key: Option<&str>| {
            let mut asking =
                request(stack.address, method, path).header("content-type", "application/json");
            for (name, value) in header
                .into_iter()
                .chain(key.map(|key| ("x-honeycomb-team", key)))
            {
                asking = asking.header(name, value);
            }
            asking.send(body.as_bytes())
        };
        for key in [None, Some("wrong")] {
            let answer = asking(key);
            assert_eq!(answer.status, status, "{method} {path} {key:?}");
            if status != 401 || key.is_none() {
                assert!(
                    answer.text().contains(code),
                    "{method} {path} {}",
                    answer.text()
                );
            }
            assert!(!answer.text().contains("s3cret"), "{}", answer.text());
        }
        let answer = asking(Some(KEY));
        assert!(
            ![401, 403].contains(&answer.status),
            "{method} {path} {}",
            answer.text()
        );
    }
    let wrong = request(stack.address, "POST", "/Groups")
        .header("x-amz-date", "20150830T123600Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/xray/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
        )
        .send(b"{}");
    assert_eq!(wrong.status, 403);
    assert_eq!(
        wrong.header("x-amzn-errortype"),
        "InvalidSignatureException"
    );
    assert!(
        wrong.text().contains("Signature expired: "),
        "{}",
        wrong.text()
    );
    let large = request(stack.address, "POST", "/Groups").announce(21 << 20);
    assert_eq!(large.unwrap().status, 413);
}

#[test]
fn our_own_commands_sign_with_the_key_and_others_are_told_what_is_wrong() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", KEY);
    let stack = place.stack();
    for arguments in [
        &["setup"][..],
        &["xray", "rules"],
        &["xray", "traces"],
        &["xray", "daemon", "rejects"],
        &["logs", "filter", "--last", "1h"],
        &["datasets"],
        &["auth"],
    ] {
        let ran = place.run(arguments).expect_code(0);
        assert!(!ran.stdout.contains("s3cret") && !ran.stderr.contains("s3cret"));
    }
    let shipped = place.run_shell(&format!(
        "echo one | '{}' logs ship --stream s --output json",
        crate::place::BINARY
    ));
    let shipped = shipped.expect_code(0);
    assert!(
        shipped.stdout.contains("\"delivered\":1"),
        "{}",
        shipped.stdout
    );

    // What `env` says is what any SDK needs, and the shell has the key already.
    let env = place.run(&["env"]).expect_code(0);
    let line = "export AWS_SECRET_ACCESS_KEY=''\"$CRUDDUR_STACK_KEY\"";
    assert!(env.stdout.contains(line), "{}", env.stdout);
    let given = place.run(&[
        "run",
        "--",
        "sh",
        "-c",
        "test \"$AWS_SECRET_ACCESS_KEY\" = \"$CRUDDUR_STACK_KEY\"",
    ]);
    given.expect_code(0);
    let json = place.run(&["env", "--output", "json"]).expect_code(0);
    assert!(!json.stdout.contains("SECRET"), "{}", json.stdout);

    let mut other = Place::new();
    other.set("AWS_ENDPOINT_URL", &format!("http://{}", stack.address));
    other.set("AWS_ACCESS_KEY_ID", "local");
    other.set("AWS_SECRET_ACCESS_KEY", "local");
    other.set("AWS_REGION", "us-east-1");
    let ran = other.run(&["xray", "groups"]).expect_code(4);
    assert!(ran.stderr.contains("CRUDDUR_STACK_KEY"), "{}", ran.stderr);
}

#[test]
fn the_daemons_port_asks_for_no_key_and_is_for_this_machine_alone() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", KEY);
    let stack = place.stack_with(&["--host", "0.0.0.0"]);
    let said = stack
        .running
        .stderr_line(|line| line.starts_with("x-ray daemon: "));
    assert!(said.starts_with("x-ray daemon: 127.0.0.1:"), "{said}");
    assert!(said.contains("this machine alone"), "{said}");
    let here = SocketAddr::from(([127, 0, 0, 1], stack.address.port()));
    let health = get(here, "/healthz").json();
    let door = health["daemon_address"].as_str().unwrap().parse().unwrap();
    let rules = request(door, "POST", "/GetSamplingRules").send(b"");
    assert_eq!(rules.status, 200, "{}", rules.text());
}

#[test]
fn a_key_that_no_header_can_carry_is_refused_at_the_start() {
    for key in ["zwei wörter", "s3cret\n", "s3 cret", "schlüssel"] {
        let mut place = Place::new();
        place.set("CRUDDUR_STACK_KEY", key);
        let ran = place.run(&["stack", "--port", "0"]).expect_code(1);
        assert!(
            ran.stderr.contains("CRUDDUR_STACK_KEY cannot be sent"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains(key.trim()), "{}", ran.stderr);
    }
}
