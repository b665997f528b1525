//! A door for the fuzzer: every decoder that meets bytes from outside, each as a function of bytes.
//!
//! Not a part of the product; it is compiled with it so that it cannot fall behind. A decoder that is
//! named here gets its bytes from `fuzz/run`, which looks for new ones, and from the tests, which go
//! through `fuzz/seeds`. To add one, write the function, give it a row in [`DECODERS`], and put a few
//! small files that it accepts in `fuzz/seeds/<name>/`.
//!
//! A function returns for bytes that its decoder refuses; that they are refused without a panic is the
//! first promise. What is accepted has to keep more of them, and those are asserted.

mod events;
mod journal;
mod languages;
mod segment;
mod xray;

use std::path::Path;

/// A decoder under its name, with what it promises.
pub type Decoder = (&'static str, fn(&[u8]));

/// A decoder that reads files, with a folder of its own.
pub type FolderDecoder = (&'static str, fn(&Path, &[u8]));

/// The decoders of files.
pub const FOLDER_DECODERS: [FolderDecoder; 2] = [
    ("data_folder", journal::data_folder),
    ("segment_file", segment::segment_file),
];

/// Every other decoder.
pub const DECODERS: [Decoder; 19] = [
    ("body_gzip", events::body_gzip),
    ("body_zstd", events::body_zstd),
    ("cloudwatch_insights", languages::cloudwatch_insights),
    ("cloudwatch_pattern", languages::cloudwatch_pattern),
    ("formula", languages::formula),
    ("honeycomb_batch", events::honeycomb_batch),
    ("honeycomb_event", events::honeycomb_event),
    ("journal_file", journal::journal_file),
    ("journal_payload", journal::journal_payload),
    ("otlp_json", events::otlp_json),
    ("otlp_logs_json", events::otlp_logs_json),
    ("otlp_logs_protobuf", events::otlp_logs_protobuf),
    ("otlp_protobuf", events::otlp_protobuf),
    ("query_spec", languages::query_spec),
    ("xray_datagram", xray::datagram),
    ("xray_document", xray::documents),
    ("xray_filter", xray::filter),
    ("xray_rule_file", xray::rule_file),
    ("xray_trace_header", xray::trace_header),
];

/// Returns the decoder of this name.
pub fn decoder(name: &str) -> Option<fn(&[u8])> {
    let found = DECODERS.iter().find(|(known, _)| *known == name);
    found.map(|(_, decoder)| *decoder)
}

/// Returns the decoder of files of this name.
pub fn folder_decoder(name: &str) -> Option<fn(&Path, &[u8])> {
    let found = FOLDER_DECODERS.iter().find(|(known, _)| *known == name);
    found.map(|(_, decoder)| *decoder)
}

/// Calls `read` with the bytes if they are text.
fn with_text(bytes: &[u8], read: impl FnOnce(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read(text);
    }
}

/// Returns the first line, and what comes after its end.
fn first_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}
