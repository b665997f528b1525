//! X-Ray: segment documents, filter expressions, trace headers, rule files.

use super::{first_line, with_text};
use crate::xray::datagram as datagrams;
use crate::xray::document::{self, Document, MAX_BYTES};
use crate::xray::filter::{self, Filter};
use crate::xray::outline::{entries, outline};
use crate::xray::segment_tree::segment_tree;
use crate::xray::summary::summary;
use crate::xray::trace::Trace;
use crate::xray::trace_header::TraceHeader;
use crate::xray::{json_spans, rule_file as rules, written};

/// A datagram as the daemon's door gets it.
pub fn datagram(bytes: &[u8]) {
    if let Ok(text) = datagrams::document(bytes) {
        assert!(
            !text.is_empty() && bytes.ends_with(text.as_bytes()),
            "the document is the datagram's end"
        );
    }
}

/// Segment documents, one on each line, put together as one trace.
pub fn documents(bytes: &[u8]) {
    with_text(bytes, |text| {
        let documents: Vec<Document> = text
            .split('\n')
            .filter_map(|line| document::read(line).ok())
            .collect();
        for document in &documents {
            let text = document.json.to_string();
            // Escapes can make it longer than it came.
            if text.len() <= MAX_BYTES {
                let again = document::read(&text);
                assert_eq!(again.as_ref(), Ok(document), "a document reads as itself");
            }
        }
        for document in &documents {
            if let Some(text) = outline(document) {
                assert!(
                    entries(text.as_bytes(), document.start).count() > 0,
                    "it outlines something"
                );
            }
        }
        let texts: Vec<String> = text.split('\n').map(str::to_string).collect();
        let tree = segment_tree("1-00000001-000000000000000000000001", &texts, false);
        for (idx, piece) in tree.pieces.iter().enumerate() {
            let is_inside = piece.parent.is_none_or(|parent| parent < idx);
            assert!(is_inside, "a piece stands behind what it is inside of");
        }
        let n_documents = documents.len();
        let trace = Trace::new("1-00000001-000000000000000000000001", documents);
        assert!(
            trace.documents.len() <= n_documents,
            "no document is made up"
        );
        for (from, to) in &trace.edges {
            let n_nodes = trace.nodes.len();
            assert!(*from < n_nodes && *to < n_nodes, "calls have two ends");
        }
        assert!(
            trace.duration().is_none_or(|seconds| seconds >= 0.0),
            "a trace ends after it began"
        );
        for segment in written::segments(&trace) {
            let is_json = serde_json::from_str::<serde_json::Value>(&segment.document).is_ok();
            assert!(is_json, "a document that is given out can be read");
        }
        assert!(
            serde_json::to_string(&summary(&trace)).is_ok(),
            "every trace has a summary"
        );
    });
}

/// A filter expression on the first line, and the documents of the trace that it is asked of.
///
/// It may name two groups: `other`, and `itself`, which is the expression.
pub fn filter(bytes: &[u8]) {
    with_text(bytes, |text| {
        let (expression, documents) = first_line(text);
        let groups = |name: &str| match name {
            "itself" => Some(expression.to_string()),
            "other" => Some("fault OR service(\"a\") { ok }".to_string()),
            _ => None,
        };
        let Ok(filter) = filter::parse(expression, &groups) else {
            return;
        };
        let documents = documents.split('\n');
        let documents = documents.filter_map(|line| document::read(line).ok());
        let trace = Trace::new("1-00000001-000000000000000000000001", documents.collect());
        let matches = filter.matches(&trace);
        let opposite = Filter::Not(Box::new(filter));
        assert_ne!(
            matches,
            opposite.matches(&trace),
            "a filter holds or does not"
        );
    });
}

/// The value of a trace header.
pub fn trace_header(bytes: &[u8]) {
    with_text(bytes, |text| {
        let header = TraceHeader::parse(text);
        let again = TraceHeader::parse(&header.to_string());
        assert_eq!(again, header, "a header that is passed on reads as itself");
    });
}

/// A file with sampling rules, groups and log groups.
pub fn rule_file(bytes: &[u8]) {
    match rules::parse(bytes) {
        Ok(file) => {
            for wanted in file.rules {
                let again = rules::parse(rules::to_json(&wanted.rule).as_bytes());
                // It may be warned of: one that can match nothing is a rule too.
                let again = again.map(|file| {
                    let rules = file.rules.into_iter().map(|wanted| wanted.rule);
                    rules.collect()
                });
                assert_eq!(again, Ok(vec![wanted.rule]), "a rule reads as itself");
            }
        }
        Err(diagnostics) => assert!(!diagnostics.is_empty(), "what is refused has a reason"),
    }
    with_text(bytes, |text| {
        if let Some(fixed) = rules::fix(text) {
            assert_eq!(rules::fix(&fixed), None, "what was put right is right");
        }
        // Another reader of the same grammar is the judge of ours, but for numbers that no double holds.
        if json_spans::read(text).is_ok() {
            let judged = serde_json::from_str::<serde_json::Value>(text);
            let is_json =
                judged.map_or_else(|error| error.to_string().contains("number"), |_| true);
            assert!(is_json, "what we read is JSON");
        }
    });
}
