//! `init`: what it writes, and what it leaves alone.

use std::fs;

use crate::place::Place;

const WRITTEN: [&str; 4] = [
    "aws/json/xray.json",
    "docker-compose.override.yml",
    "backend-flask/lib/observability.py",
    ".env.example",
];

fn checkout() -> Place {
    let place = Place::new();
    place.write("backend-flask/requirements.txt", "flask\nflask-cors");
    place
}

fn read(place: &Place, name: &str) -> String {
    fs::read_to_string(place.path(name)).unwrap()
}

#[test]
fn a_checkout_gets_week_two_and_a_second_time_nothing() {
    let place = checkout();
    let ran = place.run(&["init", "--yes"]).expect_code(0);
    assert!(
        ran.stdout
            .contains("--- /dev/null\n+++ aws/json/xray.json\n")
    );
    assert!(ran.stdout.contains("--- backend-flask/requirements.txt\n"));
    assert!(
        ran.stderr
            .contains("\nadded to ./backend-flask/requirements.txt\n")
    );
    assert!(ran.stderr.contains("  observe(app)\n"));
    for name in WRITTEN {
        assert!(!read(&place, name).is_empty(), "{name}");
        assert!(ran.stderr.contains(&format!("wrote ./{name}\n")), "{name}");
    }
    let requirements = read(&place, "backend-flask/requirements.txt");
    assert!(requirements.starts_with("flask\nflask-cors\nopentelemetry-api\n"));
    assert!(requirements.ends_with("\nwatchtower\n"));
    // The rule file is one that our own check and set-up take.
    place
        .run(&["xray", "check", "aws/json/xray.json"])
        .expect_code(0);

    let again = place.run(&["init"]).expect_code(0);
    assert_eq!(again.stdout, "");
    assert_eq!(
        again.stderr,
        "nothing to do: all files are there already\n\
         in backend-flask/app.py, right after `app = Flask(__name__)`, add:\n  from lib.observability import observe\n  observe(app)\n"
    );
    place.write(
        "backend-flask/app.py",
        "from flask import Flask\napp = Flask(__name__)\nfrom lib.observability import observe\nobserve(app)\n",
    );
    let wired = place.run(&["init"]).expect_code(0);
    assert_eq!(wired.stderr, "nothing to do: all is there already\n");
}

#[test]
fn what_is_there_is_replaced_only_when_somebody_says_so() {
    let place = checkout();
    place.write("aws/json/xray.json", "{\"mine\": true}\n");
    let refused = place.run(&["init"]).expect_code(1);
    assert!(refused.stdout.contains("-{\"mine\": true}\n"));
    assert_eq!(
        refused.stderr,
        "error: nothing was written: aws/json/xray.json would be replaced\n\
         hint: say yes with --yes, or move away what you want to keep\n"
    );
    assert_eq!(read(&place, "aws/json/xray.json"), "{\"mine\": true}\n");
    assert!(!place.path("docker-compose.override.yml").exists());

    let said_yes = place.run(&["init", "--yes"]).expect_code(0);
    assert!(said_yes.stderr.contains("replaced ./aws/json/xray.json\n"));
    assert!(read(&place, "aws/json/xray.json").contains("SamplingRule"));
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let place = checkout();
    let ran = place.run(&["init", "--dry-run"]).expect_code(0);
    assert!(ran.stdout.contains("+++ docker-compose.override.yml\n"));
    assert!(
        ran.stderr.ends_with("\ndry run: nothing was written\n"),
        "{}",
        ran.stderr
    );
    for name in WRITTEN {
        assert!(!place.path(name).exists(), "{name}");
    }
}

#[test]
fn what_others_put_into_lists_stays() {
    let place = checkout();
    let theirs =
        "# pinned\r\nFlask==2.3.3\r\nAWS_xray.SDK>=2.12 ; python_version > '3'\r\nwatchtower\r\n";
    place.write("backend-flask/requirements.txt", theirs);
    place.write(".env.example", "HONEYCOMB_API_KEY=put-yours-here\n");
    place.run(&["init", "--yes"]).expect_code(0);
    let requirements = read(&place, "backend-flask/requirements.txt");
    let added = requirements.strip_prefix(theirs).unwrap();
    assert!(added.starts_with("opentelemetry-api\r\n"), "{added}");
    assert!(
        !added.contains("xray") && !added.contains("watchtower"),
        "{added}"
    );
    assert_eq!(
        read(&place, ".env.example"),
        "HONEYCOMB_API_KEY=put-yours-here\nAWS_DEFAULT_REGION=us-east-1\nAWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\n"
    );
}

#[test]
fn a_folder_that_is_no_checkout_is_left_alone() {
    let place = Place::new();
    let ran = place.run(&["init"]).expect_code(1);
    assert!(
        ran.stderr
            .starts_with("error: . is no checkout of Cruddur: ")
    );
    let elsewhere = checkout();
    let folder = elsewhere.path("");
    place
        .run(&["init", "--yes", folder.to_str().unwrap()])
        .expect_code(0);
    assert!(elsewhere.path("aws/json/xray.json").exists());
}

#[test]
fn without_a_yes_and_a_terminal_nothing_is_written() {
    let place = checkout();
    let ran = place.run(&["init"]).expect_code(1);
    assert!(ran.stdout.contains("+++ aws/json/xray.json\n"));
    assert_eq!(
        ran.stderr,
        "error: nothing was written: init asks first, and there was no yes\n\
         hint: say yes with --yes; --dry-run only shows what would be written\n"
    );
    for name in WRITTEN {
        assert!(!place.path(name).exists(), "{name}");
    }
}

const RULE: &str = r#"
{ "SamplingRule": { "RuleName": "Cruddur", "ResourceARN": "*", "Priority": 9000, "FixedRate": 0.1,
    "ReservoirSize": 5, "ServiceName": "backend-flask", "ServiceType": "*", "Host": "*",
    "HTTPMethod": "*", "URLPath": "*", "Version": 1 } }"#;

#[test]
fn a_rule_file_is_compared_by_what_it_means() {
    for (rule, said) in [
        (RULE.to_string(), ""),
        (
            RULE.replace("0.1", "1.0"),
            "  aws/json/xray.json: a rule file of yours, kept: FixedRate 1, where ours says 0.1\n",
        ),
        (
            RULE.replace("ResourceARN", "ResourcesARN"),
            "`cruddurctl xray check --fix aws/json/xray.json` puts them right\n",
        ),
        (
            RULE.replace("0.1", "7"),
            "`cruddurctl xray check aws/json/xray.json` says why; it was left as it is\n",
        ),
    ] {
        let place = checkout();
        place.write("aws/json/xray.json", &rule);
        let ran = place.run(&["init", "--yes"]).expect_code(0);
        assert_eq!(read(&place, "aws/json/xray.json"), rule);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(!ran.stdout.contains("xray.json"), "{}", ran.stdout);
    }
}

const INSTRUMENTED: &str = r#"from flask import Flask
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from opentelemetry.sdk.trace import TracerProvider
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter( )))
application = Flask(__name__)
xray_recorder.configure(service='backend-flask', dynamic_naming=xray_url)
XRayMiddleware(application, xray_recorder)
# XRayMiddleware(application, xray_recorder)
XRayMiddleware = (application, xray_recorder)
XRayMiddleware(application, xray_recorder)
FlaskInstrumentor().instrument_app(application)
@application.before_first_request
def init_rollbar():
    pass
"""
XRayMiddleware(application, xray_recorder)
"""
"#;

#[test]
fn what_an_application_has_is_named_with_its_lines_and_stays() {
    let place = checkout();
    place.write("backend-flask/app.py", INSTRUMENTED);
    place.write(
        "backend-flask/services/user_activities.py",
        "segment = xray_recorder.begin_segment('user_activities')\n",
    );
    let ran = place.run(&["init", "--yes"]).expect_code(0);
    let expected = [
        "found, and kept:",
        "  backend-flask/app.py:5: TracerProvider",
        "  backend-flask/app.py:6: OTLPSpanExporter",
        "  backend-flask/app.py:10: XRayMiddleware",
        "  backend-flask/app.py:14: instrument_app",
        "to be changed by hand:",
        "  backend-flask/app.py:7: a second exporter to the same place sends every span twice: remove it (the first is at backend-flask/app.py:6)",
        "  backend-flask/app.py:9: dynamic_naming=xray_url names segments after the Host header",
        "  backend-flask/app.py:12: `XRayMiddleware = (application, xray_recorder)` is an assignment and installs nothing",
        "  backend-flask/app.py:13: a second XRayMiddleware ends the first one's segments",
        "  backend-flask/app.py:15: before_first_request is gone since Flask 2.3",
        "  backend-flask/services/user_activities.py:1: within a request begin_segment",
        "observe(application) adds at the first request: a CloudWatch handler",
    ];
    let mut lines = ran.stderr.lines();
    for part in expected {
        let line = lines.next().unwrap_or_default();
        assert!(line.starts_with(part), "{part}\n{line}\n{}", ran.stderr);
    }
    assert!(
        ran.stderr.contains(
            "in backend-flask/app.py, right after `application = Flask(__name__)` (line 8), add:\n  from lib.observability import observe\n  observe(application)\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(read(&place, "backend-flask/app.py"), INSTRUMENTED);
}

#[test]
fn the_compose_file_s_own_names_are_used_and_its_files_stay() {
    let place = checkout();
    let base = "services:\n  backend:\n    build: ./backend-flask\n    networks:\n      - cruddur-net\n    environment:\n      - OTEL_SERVICE_NAME=backend-flask\nnetworks:\n  cruddur-net:\n";
    place.write("compose.yaml", base);
    place.run(&["init", "--yes"]).expect_code(0);
    assert_eq!(read(&place, "compose.yaml"), base);
    let ours = read(&place, "compose.override.yaml");
    for part in ["\n  backend:\n", "\n    networks:\n      - cruddur-net\n"] {
        assert!(ours.contains(part), "{ours}");
    }
    assert!(
        !ours.contains("OTEL_SERVICE_NAME") && !ours.contains("backend-flask:"),
        "{ours}"
    );
    let again = place.run(&["init"]).expect_code(0);
    assert_eq!(again.stdout, "");
    // Another order and other comments mean the same.
    place.write("compose.override.yaml", format!("# mine\n{ours}"));
    assert_eq!(place.run(&["init"]).expect_code(0).stdout, "");
}

#[test]
fn an_override_of_somebody_else_and_a_compose_file_without_a_back_end_are_left_alone() {
    let place = checkout();
    place.write(
        "docker-compose.yml",
        "services:\n  backend-flask:\n    build: ./backend-flask\n",
    );
    let theirs = "services:\n  backend-flask:\n    environment:\n      OTEL_SERVICE_NAME: mine\n";
    place.write("docker-compose.override.yml", theirs);
    let ran = place.run(&["init", "--yes"]).expect_code(0);
    assert_eq!(read(&place, "docker-compose.override.yml"), theirs);
    assert!(
        ran.stderr
            .contains("docker-compose.override.yml is yours and was left as it is; it lacks:\n"),
        "{}",
        ran.stderr
    );
    let place = checkout();
    place.write(
        "docker-compose.yml",
        "services:\n  db:\n    image: postgres\n",
    );
    let ran = place.run(&["init", "--yes"]).expect_code(0);
    assert!(
        ran.stderr.contains("docker-compose.yml: no service is built from ./backend-flask, so no override is written"),
        "{}",
        ran.stderr
    );
    assert!(!place.path("docker-compose.override.yml").exists());
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_checkout_is_not_written_through() {
    use std::os::unix::fs::symlink;

    let elsewhere = Place::new();
    elsewhere.write("requirements.txt", "flask\n");
    let place = checkout();
    fs::create_dir_all(place.path("aws")).unwrap();
    symlink(elsewhere.path(""), place.path("aws/json")).unwrap();
    let ran = place.run(&["init", "--yes"]).expect_code(1);
    assert!(
        ran.stderr
            .starts_with("error: nothing was written: ./aws/json leads out of the checkout, to "),
        "{}",
        ran.stderr
    );
    for name in WRITTEN {
        assert!(!place.path(name).exists(), "{name}");
    }

    let place = checkout();
    fs::remove_file(place.path("backend-flask/requirements.txt")).unwrap();
    symlink(
        elsewhere.path("requirements.txt"),
        place.path("backend-flask/requirements.txt"),
    )
    .unwrap();
    place.run(&["init", "--yes"]).expect_code(1);
    assert_eq!(read(&elsewhere, "requirements.txt"), "flask\n");

    // One that stays within is followed, and stays one.
    let place = checkout();
    place.write("requirements.txt", "flask\n");
    fs::remove_file(place.path("backend-flask/requirements.txt")).unwrap();
    symlink(
        "../requirements.txt",
        place.path("backend-flask/requirements.txt"),
    )
    .unwrap();
    place.run(&["init", "--yes"]).expect_code(0);
    assert!(read(&place, "requirements.txt").contains("watchtower"));
    assert!(
        fs::symlink_metadata(place.path("backend-flask/requirements.txt"))
            .unwrap()
            .is_symlink()
    );
}
