//! The compose override: what the back end and the daemon lack, under the names that they have here.

use std::fmt::Write as _;

use crate::cli::checkout::{Checkout, Compose, Service};

/// What the override says, and why where that is not plain to see.
pub struct Overlay {
    /// The file.
    pub text: String,
    /// What is odd about other files.
    pub notes: Vec<Note>,
}

/// Something odd in another file.
#[derive(Debug)]
pub struct Note {
    /// `docker-compose.yml:12`.
    pub place: String,
    /// A sentence without a full stop.
    pub text: String,
    /// Whether the override puts it right.
    pub is_fixed: bool,
}

const HEAD: &str = "\
# Week 2 of Cruddur: where telemetry goes, and the X-Ray daemon. Written by `cruddurctl init`.
#
# `docker compose up` reads this file on top of the other one. Secrets and places come from `.env` or from
# the shell (see `.env.example`); a name without a value below is passed on as it is there, and is left out
# if it is not. What the other file says already is not repeated.
services:
";
const HONEYCOMB: &str = "https://api.honeycomb.io";
const REGION: &str = "${AWS_DEFAULT_REGION:-us-east-1}";
const HOST: &str = "host.docker.internal";
const KEYS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// Plans the override; `None` if nothing is missing.
pub fn overlay(checkout: &Checkout, compose: &Compose) -> Option<Overlay> {
    let back_end = compose
        .back_end(&checkout.back_end)
        .cloned()
        .unwrap_or_else(|| Service {
            name: checkout.back_end.clone(),
            ..Service::default()
        });
    let daemon = compose.daemon();
    let mut plan = Plan {
        checkout,
        text: String::new(),
        notes: Vec::new(),
    };
    let back_end_text = plan.back_end(&back_end, daemon);
    let daemon_text = match daemon {
        Some(daemon) => plan.known_daemon(&back_end, daemon),
        None => new_daemon(&back_end),
    };
    for (name, body) in [
        (back_end.name.as_str(), back_end_text),
        (daemon_name(daemon), daemon_text),
    ] {
        if body.is_empty() {
            continue;
        }
        if !plan.text.is_empty() {
            plan.text.push('\n');
        }
        let _ = write!(plan.text, "  {}:\n{body}", key(name));
    }
    (!plan.text.is_empty()).then(|| Overlay {
        text: format!("{HEAD}{}", plan.text),
        notes: plan.notes,
    })
}

struct Plan<'a> {
    checkout: &'a Checkout,
    text: String,
    notes: Vec<Note>,
}

impl Plan<'_> {
    fn back_end(&mut self, service: &Service, daemon: Option<&Service>) -> String {
        let mut lines = String::new();
        let known = self.variables(service);
        let has = |name: &str| known.iter().any(|(known, _)| known == name);
        let mut set = |name: &str, value: Option<&str>, comment: &str| {
            if !comment.is_empty() {
                let _ = writeln!(lines, "      # {comment}");
            }
            let _ = match value {
                Some(value) => writeln!(lines, "      {name}: {}", quoted(value)),
                None => writeln!(lines, "      {name}:"),
            };
        };
        if !has("OTEL_SERVICE_NAME") {
            set("OTEL_SERVICE_NAME", Some("backend-flask"), "");
        }
        // One that is written out cannot be led to a local stack.
        let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
        if let Some(default) = fixed(service, endpoint, has(endpoint), HONEYCOMB) {
            set(endpoint, Some(&redirected(endpoint, &default)), "");
        }
        if !has("OTEL_EXPORTER_OTLP_PROTOCOL") {
            set("OTEL_EXPORTER_OTLP_PROTOCOL", Some("http/protobuf"), "");
        }
        let headers = "OTEL_EXPORTER_OTLP_HEADERS";
        let fault = service.variable(headers).and_then(header_fault);
        if let (Some(fault), Some(setting)) = (fault, service.environment.get(headers)) {
            self.note(
                setting.place.clone(),
                true,
                format!("{headers} {fault}: Honeycomb gets nothing"),
            );
        }
        if fault.is_some() || !has(headers) {
            set(
                headers,
                Some(
                    "x-honeycomb-team=${HONEYCOMB_API_KEY:?put it into .env, as .env.example shows}",
                ),
                "With an equals sign: a colon here is the most common reason for an empty Honeycomb.",
            );
        }
        let address = "AWS_XRAY_DAEMON_ADDRESS";
        let ours = format!("{}:2000", daemon_host(service, daemon));
        match service.environment.get(address) {
            Some(setting) if is_other_host(setting.value.as_deref(), &ours) => {
                let value = setting.value.as_deref().unwrap_or_default();
                self.note(
                    setting.place.clone(),
                    true,
                    format!("{address} is {value}, and the daemon is at {ours}"),
                );
                set(address, Some(&redirected(address, &ours)), "");
            }
            _ => {
                if let Some(default) = fixed(service, address, has(address), &ours) {
                    set(address, Some(&redirected(address, &default)), "");
                }
            }
        }
        let region = service.variable("AWS_DEFAULT_REGION").map(str::to_string);
        if !has("AWS_REGION") {
            let comment = "One region for all. boto3 reads only AWS_DEFAULT_REGION.";
            set(
                "AWS_REGION",
                Some(region.as_deref().unwrap_or(REGION)),
                comment,
            );
        }
        if !has("AWS_DEFAULT_REGION") {
            let value = service.variable("AWS_REGION").unwrap_or(REGION);
            set("AWS_DEFAULT_REGION", Some(value), "");
        }
        for name in KEYS.into_iter().chain(["AWS_ENDPOINT_URL"]) {
            if !has(name) {
                set(name, None, "");
            }
        }
        if let Some(setting) = service.environment.get("AWS_ENDPOINT_URL")
            && let Some(value) = setting.value.as_deref()
            && !value.contains('$')
        {
            self.note(setting.place.clone(), false, format!("AWS_ENDPOINT_URL {value} is for every AWS service, CloudWatch Logs too: for DynamoDB alone it is AWS_ENDPOINT_URL_DYNAMODB"));
        }
        let mut body = String::new();
        if !lines.is_empty() {
            let _ = write!(body, "    environment:\n{lines}");
        }
        let is_on_host = service.network_mode.as_deref() == Some("host");
        let knows_host = service
            .extra_hosts
            .iter()
            .any(|host| host.starts_with(HOST));
        if !is_on_host && !knows_host {
            let _ = writeln!(
                body,
                "    # The machine that Docker runs on, where `cruddurctl stack` may run. Linux does not know it otherwise.\n    extra_hosts:\n      - \"{HOST}:host-gateway\""
            );
        }
        let name = daemon_name(daemon);
        if !service.depends_on.iter().any(|known| known == name) {
            let _ = writeln!(body, "    depends_on:\n      - {}", key(name));
        }
        body
    }

    fn note(&mut self, place: String, is_fixed: bool, text: String) {
        self.notes.push(Note {
            place,
            text,
            is_fixed,
        });
    }

    /// Returns the names and values that a service has, also from its files.
    fn variables(&self, service: &Service) -> Vec<(String, Option<String>)> {
        let settings = service.environment.iter();
        let mut all: Vec<_> = settings
            .map(|(name, setting)| (name.clone(), setting.value.clone()))
            .collect();
        for file in &service.env_files {
            let text = self.checkout.text(file).unwrap_or_default();
            for line in text.lines() {
                let line = line.trim_start();
                let line = line.strip_prefix("export ").unwrap_or(line);
                if let Some((name, value)) = line.split_once('=')
                    && !name.starts_with('#')
                {
                    all.push((name.trim().to_string(), Some(value.to_string())));
                }
            }
        }
        all
    }

    fn known_daemon(&mut self, back_end: &Service, daemon: &Service) -> String {
        let mut body = String::new();
        if let Some((words, place)) = &daemon.command
            && words
                .first()
                .is_some_and(|word| !word.starts_with('-') || word.contains(' '))
        {
            self.note(
                place.clone(),
                true,
                format!(
                    "command `{}` does not begin with a flag, so the daemon ignores all of it",
                    words.join(" ")
                ),
            );
            body.push_str("    # Flags go one to a list item: all in one string count as one word, and the daemon\n    # ignores it without a message.\n    command: [\"-o\"]\n");
        }
        let known = self.variables(daemon);
        let has = |name: &str| known.iter().any(|(known, _)| known == name);
        let mut lines = String::new();
        let wanted = back_end
            .variable("AWS_DEFAULT_REGION")
            .or_else(|| back_end.variable("AWS_REGION"));
        match (daemon.environment.get("AWS_REGION"), wanted) {
            (Some(setting), Some(wanted)) if setting.value.as_deref() != Some(wanted) => {
                let is = setting.value.as_deref().unwrap_or("the shell's");
                self.note(setting.place.clone(), true, format!("the daemon's AWS_REGION is {is} and the back end's region {wanted}: segments, rules and groups would be in two regions"));
                let _ = writeln!(lines, "      AWS_REGION: {}", quoted(wanted));
            }
            (None, wanted) if !has("AWS_REGION") => {
                let _ = writeln!(
                    lines,
                    "      AWS_REGION: {}",
                    quoted(wanted.unwrap_or(REGION))
                );
            }
            _ => {}
        }
        for name in KEYS {
            if !has(name) {
                let _ = writeln!(lines, "      {name}:");
            }
        }
        if !lines.is_empty() {
            let _ = write!(body, "    environment:\n{lines}");
        }
        let networks = |service: &Service| match service.networks.as_slice() {
            [] => vec!["default".to_string()],
            names => names.to_vec(),
        };
        let theirs = networks(daemon);
        let is_apart = back_end.network_mode.is_none()
            && daemon.network_mode.is_none()
            && !networks(back_end).iter().any(|name| theirs.contains(name));
        if is_apart {
            self.note(
                daemon.place.clone(),
                true,
                format!("{} is on no network of {}", daemon.name, back_end.name),
            );
            body.push_str("    networks:\n");
            for name in theirs.iter().chain(&networks(back_end)) {
                let _ = writeln!(body, "      - {}", key(name));
            }
        }
        body
    }
}

fn new_daemon(back_end: &Service) -> String {
    let mut body = String::from(
        "    image: \"amazon/aws-xray-daemon\"
    # The image itself says where to listen, UDP and TCP. Flags go one to a list item: all in one string
    # count as one word, and the daemon ignores it without a message.
    command: [\"-o\"]
    environment:
",
    );
    let region = back_end
        .variable("AWS_DEFAULT_REGION")
        .or_else(|| back_end.variable("AWS_REGION"))
        .unwrap_or(REGION);
    let _ = writeln!(body, "      AWS_REGION: {}", quoted(region));
    for name in KEYS {
        let _ = writeln!(body, "      {name}:");
    }
    match (&back_end.network_mode, back_end.networks.as_slice()) {
        (Some(mode), _) if mode == "host" => body.push_str("    network_mode: host\n"),
        (_, []) => {}
        (_, networks) => {
            body.push_str("    networks:\n");
            for name in networks {
                let _ = writeln!(body, "      - {}", key(name));
            }
        }
    }
    body.push_str(
        "    # Services of this file reach it without a published port. For a back end outside of Docker, publish
    # both: segments go by UDP, sampling rules by TCP.
    #   ports: [\"127.0.0.1:2000:2000/udp\", \"127.0.0.1:2000:2000/tcp\"]
",
    );
    body
}

fn daemon_name(daemon: Option<&Service>) -> &str {
    daemon.map_or("xray-daemon", |daemon| daemon.name.as_str())
}

fn daemon_host(back_end: &Service, daemon: Option<&Service>) -> String {
    match back_end.network_mode.as_deref() {
        Some("host") => "127.0.0.1".to_string(),
        _ => daemon_name(daemon).to_string(),
    }
}

/// Returns what a variable is by default if it is to be set so that the shell can set another: it is missing,
/// or written out.
fn fixed(service: &Service, name: &str, has: bool, default: &str) -> Option<String> {
    match service.variable(name) {
        Some(value) if !value.contains('$') && !value.is_empty() => Some(value.to_string()),
        None if !has => Some(default.to_string()),
        _ => None,
    }
}

fn redirected(name: &str, default: &str) -> String {
    format!("${{{name}:-{default}}}")
}

/// Tells what is wrong about the headers, as they are written.
fn header_fault(value: &str) -> Option<&'static str> {
    if value.starts_with(['"', '\'']) {
        return Some("has quotes in a list item, where they are part of the value");
    }
    let Some((name, secret)) = value.split_once('=') else {
        return Some("has no equals sign");
    };
    match secret.trim() {
        "" | "${}" | "$" => Some("has no key behind the equals sign"),
        _ if name.contains(':') => Some("has a colon where the equals sign belongs"),
        _ => None,
    }
}

/// Tells whether an address names another host than the daemon has; what a variable says is not known.
fn is_other_host(value: Option<&str>, ours: &str) -> bool {
    let Some(value) = value.filter(|value| !value.contains('$')) else {
        return false;
    };
    let host = |address: &str| {
        let address = address.rsplit(' ').next().unwrap_or_default();
        let address = address
            .trim_start_matches("udp:")
            .trim_start_matches("tcp:");
        address.split(':').next().unwrap_or_default().to_string()
    };
    // The machine that Docker runs on may have a daemon of its own.
    host(value) != host(ours) && host(value) != HOST
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

// What YAML would read as something else than a name is put in quotes.
fn key(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !name.is_empty() && name.chars().all(is_plain) {
        true => name.to_string(),
        false => quoted(name),
    }
}

#[cfg(test)]
#[path = "overlay_tests.rs"]
mod tests;
