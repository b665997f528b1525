//! Holds the arrows between the rooms, and keeps outside crates where they belong.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::rust_source::{SourceFile, source_files};

/// The layers, and which files each has; the first that fits counts.
///
/// A name that ends in `/` is a folder, one that ends in `*` a beginning, any other one file. What is
/// left of a vendor's folder are its words: wire forms, rules, patterns, without any I/O.
const LAYERS: [(&str, &str); 35] = [
    ("main", "main"),
    ("lib", "lib"),
    ("cli/render", "cli/render/"),
    ("cli", "cli/"),
    ("settings", "settings/"),
    ("aws", "aws/"),
    ("clock", "clock"),
    ("system", "system"),
    ("whole_file", "whole_file"),
    ("records", "records"),
    ("spool", "spool/"),
    ("door", "door/"),
    ("honeycomb/client", "honeycomb/client/"),
    ("honeycomb/server", "honeycomb/server*"),
    ("honeycomb", "honeycomb/"),
    ("xray/client", "xray/client"),
    ("xray/plan", "xray/plan"),
    ("xray/server", "xray/server*"),
    // The way into the store, which both doors share.
    ("xray/server", "xray/intake"),
    ("xray/daemon", "xray/daemon*"),
    ("xray/otlp_spans", "xray/otlp_spans"),
    ("xray", "xray/"),
    ("cloudwatch/client", "cloudwatch/client"),
    ("cloudwatch/sink", "cloudwatch/sink*"),
    ("cloudwatch/tail", "cloudwatch/tail*"),
    ("cloudwatch/plan", "cloudwatch/plan"),
    ("cloudwatch/server", "cloudwatch/server*"),
    ("cloudwatch", "cloudwatch/"),
    ("otlp/receiver", "otlp/receiver*"),
    ("otlp", "otlp/"),
    ("stack", "stack/"),
    ("relay", "relay/"),
    ("backend", "backend/"),
    ("load", "load/"),
    ("fuzzing", "fuzzing/"),
];

/// The layers whose name is their folder's.
const PLAIN_LAYERS: [&str; 3] = ["model", "store", "engine"];

/// Which layers (or single files) a layer may name besides itself. What is not here is forbidden.
const ARROWS: [(&str, &[&str]); 35] = [
    ("main", &["cli"]),
    (
        "cli",
        &[
            "settings",
            "honeycomb/client",
            "xray/client",
            "cloudwatch/client",
            // `logs ship` is the sink with a pipe in front; what it reads are lines with their times.
            "cloudwatch/sink",
            "cloudwatch/lines",
            "cloudwatch/line_time",
            "xray/plan",
            "cloudwatch/plan",
            "stack",
            "relay",
            "backend",
            "load",
            "model",
            "cli/render",
            // Only to read and mend rule files, which are checked before anything is sent.
            "xray/rule_file",
            // Only to say at which place a filter expression goes wrong, and to join one with a group.
            "xray/filter",
            // Only to let the real sampler decide about requests that nobody sends.
            "xray/fleet",
            // Only to say at which place a filter pattern goes wrong, before it is sent.
            "cloudwatch/pattern",
            // The same for a query of Logs Insights, and which fields it looks for.
            "cloudwatch/insights",
            // Lines of many groups and streams in one order, and what to say when that has trouble.
            "cloudwatch/tail",
            // For the SDK configuration that it hands from the target to the clients.
            "aws",
            // A question is asked as of now.
            "clock",
            // `serve` binds its port before it sets anything up, and says who has it.
            "door",
            // What became of spans and segments is told.
            "spool",
            // A command that stays leaves huge pages alone.
            "system",
            // Pictures, exports, rule files and a checkout's files.
            "whole_file",
        ],
    ),
    ("cli/render", &["model"]),
    ("settings", &["model"]),
    // It turns a target into the SDK's configuration, and what a service says into text that is safe to show.
    ("aws", &["settings", "model"]),
    (
        "honeycomb/client",
        &[
            "honeycomb",
            "model",
            "settings",
            "aws",
            // Runs are counted by the minute.
            "clock",
            // What is remembered from one command to the next.
            "whole_file",
        ],
    ),
    ("xray/client", &["xray", "model", "settings", "aws"]),
    (
        "cloudwatch/client",
        &["cloudwatch", "model", "settings", "aws"],
    ),
    // The queue in front of the client, with what waits on disk in checksummed records.
    (
        "cloudwatch/sink",
        &[
            "cloudwatch/client",
            "cloudwatch",
            "model",
            "aws",
            "records",
            // Which process has which queue.
            "spool",
            "whole_file",
        ],
    ),
    // The reading end of the client, as the sink is its writing end.
    (
        "cloudwatch/tail",
        &["cloudwatch/client", "cloudwatch", "model", "aws", "clock"],
    ),
    // Plans fail as their client does, and the client's error is `aws`'s.
    ("xray/plan", &["xray/client", "model", "aws"]),
    ("cloudwatch/plan", &["cloudwatch/client", "model", "aws"]),
    (
        "honeycomb/server",
        &[
            "engine",
            "store",
            "honeycomb",
            "model",
            "clock",
            // Compressed bodies are bounded alike wherever events come in.
            "door/body",
            // What a request holds draws from one budget, and queries take turns.
            "door/budget",
            "door/turns",
            // A result that is complete is written bit by bit.
            "door/frames",
            // A browser sends a password in base64.
            "otlp/from_base64",
        ],
    ),
    (
        "xray/server",
        &[
            "engine",
            "store",
            "xray",
            "model",
            "clock",
            // A document may be an OTLP request, whose spans are kept as spans and as segments.
            "otlp",
            "xray/otlp_spans",
            // A search ends with its time, or when its caller leaves.
            "door/query_pool",
        ],
    ),
    (
        "xray/daemon",
        &[
            "engine",
            "store",
            "xray",
            "model",
            "clock",
            // What comes through either door is read and kept alike.
            "xray/intake",
        ],
    ),
    // It knows both forms, and no store.
    ("xray/otlp_spans", &["xray", "model", "otlp"]),
    (
        "cloudwatch/server",
        &[
            "store",
            "cloudwatch",
            "model",
            "clock",
            // An answer that goes on for hours is written bit by bit.
            "door/frames",
            // A search ends with its time, or when its caller leaves.
            "door/query_pool",
        ],
    ),
    // As for Honeycomb's server.
    (
        "otlp/receiver",
        &[
            "otlp",
            "store",
            "model",
            "door/body",
            // What a request holds draws from one budget.
            "door/budget",
            // Log records that do not say when they were are of now.
            "clock",
        ],
    ),
    ("honeycomb", &["model"]),
    ("xray", &["model"]),
    ("cloudwatch", &["model"]),
    // Rows are written by column, straight into what the store takes.
    ("otlp", &["model", "store"]),
    (
        "stack",
        &[
            // Threads that read give way to those that write.
            "system",
            "honeycomb/server",
            "xray/server",
            "xray/daemon",
            // What a stack refused is listed in the form in which it kept it.
            "xray/reject",
            "cloudwatch/server",
            "otlp/receiver",
            "store",
            "settings",
            // How a port is taken, and how many get in, is the same for stack and back end.
            "door",
            // It says since when it runs.
            "clock",
            // STS answers with the local account's number, which is a shared word.
            "model",
            // Where it listens is written whole.
            "whole_file",
        ],
    ),
    // It stands between SDKs and X-Ray: the daemon's door on the one side, a client on the other.
    (
        "relay",
        &[
            "xray/daemon",
            "xray/client",
            // What a document and a datagram are, and how one that was refused is told of.
            "xray",
            // For the SDK configuration and its errors.
            "aws",
            "settings",
            // A local stack is found again through its folder, and keeps what was refused.
            "stack",
            // What waits on disk, and how it is sent again and again.
            "spool",
            "door",
            "clock",
        ],
    ),
    (
        "backend",
        &[
            "cloudwatch/client",
            "xray/sampler",
            "xray/segment",
            "settings",
            "model",
            // Lines go out in batches, through the client's own queue.
            "cloudwatch/sink",
            // Segments are delivered through the API, which acknowledges them; the daemon's door,
            // which does not, comes later.
            "xray/client",
            // For the SDK configuration and its errors.
            "aws",
            // As for the stack.
            "door",
            // Spans, lines and segments say when.
            "clock",
            // Spans and segments wait on disk while the other side is away.
            "spool",
            // Spans are encoded where they end.
            "otlp/protobuf",
            // What delivers goes after what answers.
            "system",
        ],
    ),
    ("engine", &["store", "model"]),
    // Events go when they are too old, and the store asks how late it is; merging gives way to everything else.
    (
        "store",
        &["model", "clock", "records", "system", "whole_file"],
    ),
    ("model", &[]),
    // Errors point at their place, under characters of any width.
    ("load", &["model/width"]),
    // Wherever bytes from outside are decoded. It is a door for the fuzzer and the tests, so nothing
    // names it; what it writes, it writes into a folder that it is given.
    (
        "fuzzing",
        &[
            "otlp",
            "honeycomb",
            "xray",
            "cloudwatch",
            "door/body",
            "engine",
            "store",
            "model",
        ],
    ),
    ("clock", &[]),
    ("system", &[]),
    ("records", &[]),
    ("whole_file", &[]),
    // What waits on disk, whatever it is and wherever it goes.
    ("spool", &["records", "whole_file"]),
];

/// Outside crates, and the only places that may name them, written as in `LAYERS`.
const CONFINED: [(&[&str], &[&str]); 26] = [
    (
        &[
            "clap",
            "clap_complete",
            "clap_mangen",
            "comfy_table",
            "indicatif",
            "terminal_size",
        ],
        &["cli/"],
    ),
    (&["anyhow"], &["main", "cli/", "stack/", "backend/"]),
    // Spans are sent by a courier of ours, which keeps them until they are taken; and one service calls
    // another.
    (
        &["reqwest"],
        &[
            "honeycomb/client/",
            "backend/span_courier",
            "backend/span_receiver",
            "backend/outgoing",
        ],
    ),
    (&["aws_sdk_xray"], &["xray/client/"]),
    (
        &["aws_sdk_cloudwatchlogs"],
        &["cloudwatch/client", "cloudwatch/client/"],
    ),
    (
        &[
            "aws_config",
            "aws_credential_types",
            "aws_smithy_http_client",
            "aws_smithy_runtime_api",
            "aws_smithy_types",
        ],
        &["aws/"],
    ),
    (
        &["axum"],
        &[
            "honeycomb/server*",
            "xray/server*",
            "cloudwatch/server*",
            "otlp/receiver",
            "otlp/receiver_intake",
            "stack/",
            "backend/",
            "relay/",
            // A bounded listener has to be one that axum knows.
            "door/",
        ],
    ),
    // Who makes spans: the provider's set-up, the middleware that fills them, and who encodes and delivers them.
    (
        &[
            "opentelemetry",
            "opentelemetry_http",
            "opentelemetry_otlp",
            "opentelemetry_sdk",
        ],
        &[
            "backend/telemetry",
            "backend/lenses",
            "backend/semconv",
            "backend/span_batches",
            "backend/span_courier",
            "backend/span_encoding",
        ],
    ),
    (&["flate2", "zstd"], &["door/body"]),
    // Signals, handed on, the size of pages, and priorities.
    (&["rustix"], &["system", "cli/signals"]),
    // How large a socket's buffer is.
    (&["socket2"], &["door/port"]),
    (
        &["crc32fast"],
        &["records", "store/", "cloudwatch/event_stream"],
    ),
    // How wide characters are.
    (&["unicode_width"], &["model/width"]),
    // What columns are made of; files are the store's alone.
    (&["arrow_buffer"], &["store/", "engine/"]),
    (
        &["arrow_array", "arrow_ipc", "arrow_schema", "parquet"],
        &["store/"],
    ),
    (&["memmap2"], &["store/open_files", "door/unpacked"]),
    // AWS's signature, checked.
    (&["hmac"], &["stack/signature"]),
    (
        &["sha2"],
        &[
            "stack/signature",
            "cloudwatch/insights/functions_text",
            "cloudwatch/server_token",
        ],
    ),
    // From drawings to pixels.
    (&["resvg", "png", "dejavu"], &["cli/render/png"]),
    // Looking for a text in all lines at once, and for the directory of a segment file.
    (
        &["memchr"],
        &[
            "cloudwatch/pattern",
            "cloudwatch/pattern/",
            "cloudwatch/insights/",
            "store/directory",
            "store/segment_write",
        ],
    ),
    // The gRPC door: HTTP/2 with trailers is below what axum offers; so is the text of a status line.
    (
        &["hyper"],
        &[
            "door/http1",
            "door/http2",
            "door/drawn",
            "door/frames",
            "stack/admission",
            "stack/bounds",
            "otlp/receiver_grpc",
            "backend/flask",
        ],
    ),
    (&["hyper_util"], &["door/http1", "door/http2"]),
    (&["http_body_util"], &["otlp/receiver_grpc", "stack/bounds"]),
    // Load's own client, which does no more than it must, and what it measured.
    (&["httparse"], &["load/connection"]),
    (&["hdrhistogram"], &["load/spread"]),
    // Patterns in calculated fields; the other pattern languages here have matchers of their own.
    (&["regex_lite"], &["model/formula/"]),
];

/// Files past 450 lines, and why they have no second subject inside.
const LONG_FILES: [(&str, &str); 2] = [
    (
        "otlp/decode",
        "one span's fields, in the order in which later ones win",
    ),
    (
        "xray/filter_parser",
        "one grammar, one function for each rule of it",
    ),
];

/// How many packages may be in the lock file. Raise it on purpose: each one is built by everybody who
/// clones the project, and trusted by everybody who runs it.
// 380 for jiff with its time zones, and regex.
const MOST_PACKAGES: usize = 380;

fn fits(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None if pattern.ends_with('/') => name.starts_with(pattern),
        None => name == pattern,
    }
}

fn layer_of(name: &str) -> &str {
    let room = name.split('/').next().unwrap();
    if let Some(plain) = PLAIN_LAYERS.iter().find(|plain| **plain == room) {
        return plain;
    }
    // `xray` alone is its mod.rs, as `xray/` says; `xray/client/XRayClient` is in `xray/client`.
    let in_folder = format!("{name}/");
    let module: Vec<&str> = name.split('/').take(2).collect();
    let module = module.join("/");
    let found = LAYERS.iter().find(|(_, pattern)| {
        fits(name, pattern)
            || fits(&module, pattern)
            || fits(&in_folder, pattern)
            || *pattern == room
    });
    found.map_or("", |(layer, _)| layer)
}

fn may_name(from: &str, path: &str) -> bool {
    let to = layer_of(path);
    let arrows = ARROWS
        .iter()
        .find(|(layer, _)| *layer == from)
        .map_or(&[][..], |(_, to)| to);
    let is_single_file = |arrow: &str| path == arrow || path.starts_with(&format!("{arrow}/"));
    to == from
        || arrows.contains(&to)
        || arrows
            .iter()
            .filter(|it| it.contains('/'))
            .any(|it| is_single_file(it))
}

#[test]
fn every_file_is_in_a_layer() {
    let lost: Vec<String> = source_files()
        .into_iter()
        .map(|file| file.name)
        .filter(|name| layer_of(name).is_empty())
        .collect();
    assert!(
        lost.is_empty(),
        "in no layer; add a row to LAYERS and its arrows: {lost:#?}"
    );
}

#[test]
fn no_layer_names_what_its_arrows_do_not_allow() {
    let mut wrong = Vec::new();
    for file in source_files() {
        let from = layer_of(&file.name);
        // mod.rs lists its room and lib.rs the house.
        if from == "lib" {
            continue;
        }
        for path in file.own_paths() {
            let is_own_list = file.name.ends_with("/mod") && file.name.starts_with(&path);
            if !is_own_list && !may_name(from, &path) {
                wrong.push(format!(
                    "{} ({from}) names {path} ({})",
                    file.name,
                    layer_of(&path)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "forbidden arrows:\n{}", wrong.join("\n"));
}

#[test]
fn the_arrows_keep_clients_from_servers_and_everything_from_the_command_line() {
    for (from, to) in ARROWS
        .iter()
        .filter(|(from, _)| !["main", "stack"].contains(from))
    {
        let wrong =
            |it: &&&str| **it == "cli" || it.ends_with("/server") || it.ends_with("/receiver");
        assert_eq!(to.iter().find(wrong), None, "{from}");
    }
    assert!(may_name("honeycomb/server", "honeycomb/wire/rfc3339"));
    assert!(may_name("backend", "xray/sampler/Sampler"));
    for (from, path) in [
        ("honeycomb/client", "honeycomb/server/routes"),
        ("otlp/receiver", "door/bind"),
        ("xray/server", "xray/client/XRayClient"),
        ("backend", "xray/filter"),
        ("engine", "cli/args"),
        ("model", "store/Store"),
    ] {
        assert!(!may_name(from, path), "{from} to {path}");
    }
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for file in source_files() {
        for (crates, places) in CONFINED {
            let is_at_home = places.iter().any(|place| fits(&file.name, place));
            for name in crates
                .iter()
                .filter(|name| !is_at_home && file.names_crate(name))
            {
                wrong.push(format!(
                    "{} names {name}, which belongs to {}",
                    file.name,
                    places.join(", ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_prints_and_nothing_is_unsafe() {
    let mut wrong = Vec::new();
    // The one memory map, which says there why it is sound.
    for SourceFile { name, .. } in source_files()
        .into_iter()
        .filter(|file| file.has_word("unsafe") && file.name != "store/open_files")
    {
        wrong.push(format!("{name} has unsafe code"));
    }
    for file in source_files()
        .into_iter()
        .filter(|file| !file.name.starts_with("cli/"))
    {
        for word in [
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
            "io::stdout",
            "io::stderr",
        ] {
            if file.has_word(word) || file.has_word(&format!("std::{word}")) {
                wrong.push(format!("{} has {word}", file.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_lists_every_room() {
    let files = source_files();
    let lib = files.iter().find(|file| file.name == "lib").unwrap();
    let rooms: BTreeSet<&str> = files
        .iter()
        .map(|file| file.name.split('/').next().unwrap())
        .collect();
    for room in rooms
        .into_iter()
        .filter(|room| !["lib", "main"].contains(room))
    {
        assert!(
            lib.code.contains(&format!("pub mod {room};")),
            "lib.rs does not list {room}"
        );
    }
}

#[test]
fn no_file_is_longer_than_one_subject() {
    let long: Vec<String> = source_files()
        .into_iter()
        .filter(|file| file.n_lines > 450 && !LONG_FILES.iter().any(|(name, _)| *name == file.name))
        .map(|file| format!("{} has {} lines", file.name, file.n_lines))
        .collect();
    assert!(
        long.is_empty(),
        "split them, or give the reason in LONG_FILES: {long:#?}"
    );
}

#[test]
fn the_lock_file_stays_under_its_ceiling() {
    let n_packages = locked_packages().len();
    assert!(n_packages <= MOST_PACKAGES, "{n_packages} packages");
}

#[test]
fn there_is_one_tls_stack() {
    let packages = locked_packages();
    let n_of = |wanted: &str| packages.iter().filter(|name| *name == wanted).count();
    assert_eq!(n_of("rustls"), 1);
    for other in [
        "native-tls",
        "openssl",
        "openssl-sys",
        "aws-lc-rs",
        "aws-lc-sys",
        "boring",
        "s2n-tls",
    ] {
        assert_eq!(n_of(other), 0, "{other} is a second TLS stack");
    }
}

fn locked_packages() -> Vec<String> {
    let lock =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let names = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    names.map(str::to_string).collect()
}
