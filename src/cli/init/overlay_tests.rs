use std::fs;

use super::*;

/// Returns the override for a compose file, and its notes.
fn planned(text: &str) -> (String, Vec<Note>) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("backend-flask")).unwrap();
    fs::write(folder.path().join("env.file"), "AWS_SESSION_TOKEN=x\n").unwrap();
    let checkout = Checkout::read(folder.path()).unwrap();
    let mut compose = Compose::default();
    compose.add("docker-compose.yml", text);
    let overlay = overlay(&checkout, &compose);
    overlay.map_or_else(Default::default, |it| (it.text, it.notes))
}

/// Returns a service of an override as it is read again.
fn service(text: &str, name: &str) -> Service {
    let mut compose = Compose::default();
    compose.add("override", text);
    assert!(compose.unread.is_empty(), "{:?}\n{text}", compose.unread);
    compose.service(name).cloned().unwrap_or_default()
}

#[test]
fn without_a_compose_file_all_of_it_is_there() {
    let (text, notes) = planned("");
    assert!(notes.is_empty());
    let back_end = service(&text, "backend-flask");
    for (name, value) in [
        ("OTEL_SERVICE_NAME", "backend-flask"),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "${OTEL_EXPORTER_OTLP_ENDPOINT:-https://api.honeycomb.io}",
        ),
        (
            "AWS_XRAY_DAEMON_ADDRESS",
            "${AWS_XRAY_DAEMON_ADDRESS:-xray-daemon:2000}",
        ),
        ("AWS_REGION", REGION),
    ] {
        assert_eq!(back_end.variable(name), Some(value), "{name}");
    }
    assert_eq!(back_end.depends_on, ["xray-daemon"]);
    assert_eq!(back_end.extra_hosts, ["host.docker.internal:host-gateway"]);
    let daemon = service(&text, "xray-daemon");
    assert_eq!(daemon.command.unwrap().0, ["-o"]);
    assert!(daemon.networks.is_empty());
}

#[test]
fn the_real_names_of_service_daemon_and_network_are_used() {
    let (text, _) = planned(
        "services:\n  backend:\n    build: ./backend-flask\n    networks:\n      cruddur-net:\n  db:\n    image: postgres\nnetworks:\n  cruddur-net:\n",
    );
    assert_eq!(service(&text, "xray-daemon").networks, ["cruddur-net"]);
    let back_end = service(&text, "backend");
    assert_eq!(back_end.depends_on, ["xray-daemon"]);
    assert!(!text.contains("  backend-flask:"), "{text}");

    let (text, _) = planned(
        "services:\n  api:\n    build:\n      context: backend-flask\n  tracing:\n    image: amazon/aws-xray-daemon:3.x\n    command: ['-o']\n",
    );
    let address = service(&text, "api");
    assert_eq!(
        address.variable("AWS_XRAY_DAEMON_ADDRESS"),
        Some("${AWS_XRAY_DAEMON_ADDRESS:-tracing:2000}")
    );
    assert!(
        !text.contains("image:") && !text.contains("command:"),
        "{text}"
    );

    let (text, _) = planned(
        "services:\n  backend-flask:\n    build: ./backend-flask\n    network_mode: host\n",
    );
    assert_eq!(
        service(&text, "backend-flask").variable("AWS_XRAY_DAEMON_ADDRESS"),
        Some("${AWS_XRAY_DAEMON_ADDRESS:-127.0.0.1:2000}")
    );
    assert_eq!(
        service(&text, "xray-daemon").network_mode.as_deref(),
        Some("host")
    );
}

const SETTLED: &str = r#"version: "3.8"
services:
  backend-flask:
    environment:
      OTEL_SERVICE_NAME: 'backend-flask'
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://api.honeycomb.io"
      OTEL_EXPORTER_OTLP_HEADERS: "x-honeycomb-team=${HONEYCOMB_API_KEY}"
      AWS_XRAY_DAEMON_ADDRESS: "xray-daemon:2000"
      AWS_DEFAULT_REGION: "${AWS_DEFAULT_REGION}"
      AWS_ACCESS_KEY_ID: "${AWS_ACCESS_KEY_ID}"
      AWS_SECRET_ACCESS_KEY: "${AWS_SECRET_ACCESS_KEY}"
    build: ./backend-flask
    env_file: env.file
  xray-daemon:
    image: "amazon/aws-xray-daemon"
    environment:
      AWS_ACCESS_KEY_ID: "${AWS_ACCESS_KEY_ID}"
      AWS_SECRET_ACCESS_KEY: "${AWS_SECRET_ACCESS_KEY}"
      AWS_REGION: "ca-central-1"
    command:
      - "xray -o -b xray-daemon:2000"
    ports:
      - 2000:2000/udp
"#;

#[test]
fn only_what_is_missing_or_wrong_is_said_and_the_place_is_named() {
    let (text, notes) = planned(SETTLED);
    let back_end = service(&text, "backend-flask");
    let names: Vec<&str> = back_end.environment.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "AWS_ENDPOINT_URL",
            "AWS_REGION",
            "AWS_XRAY_DAEMON_ADDRESS",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ]
    );
    let daemon = service(&text, "xray-daemon");
    assert_eq!(daemon.command.unwrap().0, ["-o"]);
    assert_eq!(
        daemon.environment["AWS_REGION"].value.as_deref(),
        Some("${AWS_DEFAULT_REGION}")
    );
    assert_eq!(daemon.image, None);
    let places: Vec<&str> = notes.iter().map(|note| note.place.as_str()).collect();
    assert_eq!(places, ["docker-compose.yml:21", "docker-compose.yml:19"]);
}

#[test]
fn what_cannot_work_is_made_good() {
    for (line, place) in [
        (
            "OTEL_EXPORTER_OTLP_HEADERS: x-honeycomb-team:${KEY}",
            Some(5),
        ),
        ("OTEL_EXPORTER_OTLP_HEADERS: x-honeycomb-team=${}", Some(5)),
        (
            "OTEL_EXPORTER_OTLP_HEADERS: x-honeycomb-team=${KEY},x-honeycomb-dataset=a",
            None,
        ),
        ("AWS_XRAY_DAEMON_ADDRESS: xray:2000", Some(5)),
        ("AWS_XRAY_DAEMON_ADDRESS: localhost:2000", Some(5)),
        ("AWS_XRAY_DAEMON_ADDRESS: ${WHERE}", None),
        (
            "AWS_XRAY_DAEMON_ADDRESS: tcp:xray-daemon:2000 udp:xray-daemon:2000",
            None,
        ),
        ("AWS_ENDPOINT_URL: http://ddb:8000", Some(5)),
    ] {
        let (_, notes) = planned(&format!(
            "services:\n  backend-flask:\n    build: backend-flask\n    environment:\n      {line}\n"
        ));
        let wanted = place.map(|line| format!("docker-compose.yml:{line}"));
        let found = notes.first().map(|note| note.place.clone());
        assert_eq!(found, wanted, "{line}: {notes:?}");
    }
    let (text, notes) = planned(
        "services:\n  backend-flask:\n    build: backend-flask\n    networks: [a]\n  xray-daemon:\n    image: amazon/aws-xray-daemon\n    networks: [b]\n",
    );
    assert_eq!(service(&text, "xray-daemon").networks, ["b", "a"]);
    assert!(
        notes
            .iter()
            .any(|note| note.text.contains("on no network of backend-flask")),
        "{notes:?}"
    );
}

#[test]
fn an_override_leaves_nothing_to_do_for_another() {
    for base in [
        "services:\n  backend:\n    build: ./backend-flask\n    networks: [n]\n",
        SETTLED,
    ] {
        let (text, _) = planned(base);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("backend-flask")).unwrap();
        fs::write(folder.path().join("env.file"), "AWS_SESSION_TOKEN=x\n").unwrap();
        let checkout = Checkout::read(folder.path()).unwrap();
        let mut compose = Compose::default();
        compose.add("docker-compose.yml", base);
        compose.add("docker-compose.override.yml", &text);
        let again = overlay(&checkout, &compose).map(|it| it.text);
        assert_eq!(again, None);
    }
}
