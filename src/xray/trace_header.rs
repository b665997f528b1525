//! The header `X-Amzn-Trace-Id`, which carries a trace from one service to the next.

use crate::model::trace_id::hex_from_xray;

/// The header's name as it is written.
pub const TRACE_HEADER: &str = "X-Amzn-Trace-Id";

/// What the header says. Displays as the header's value.
///
/// Source: X-Ray Developer Guide, "Tracing header".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceHeader {
    /// The trace in X-Ray's form.
    pub root: Option<String>,
    /// The segment or subsegment that made the call, 16 hexadecimal digits.
    pub parent: Option<String>,
    /// Whether the caller traces the request.
    pub sampled: Option<SampledFlag>,
    /// Other pairs, to be passed on as they are.
    pub others: Vec<(String, String)>,
}

/// The caller's sampling decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampledFlag {
    /// `1`: the request is traced.
    Yes,
    /// `0`: it is not.
    No,
    /// `?`: decide, and say so in the answer.
    Asked,
}

impl TraceHeader {
    /// Reads a header's value; pairs that are not well formed are left out.
    ///
    /// `Self`, which load balancers add about themselves, is dropped. The all-zero root, with which
    /// the Python SDK answers requests that it does not trace, is no trace.
    pub fn parse(value: &str) -> TraceHeader {
        let mut header = TraceHeader::default();
        for pair in value.split(';') {
            let Some((key, value)) = pair.trim().split_once('=') else {
                continue;
            };
            match key {
                "Root" => {
                    header.root = hex_from_xray(value)
                        .filter(|hex| hex.bytes().any(|digit| digit != b'0'))
                        .map(|_| value.to_string());
                }
                "Parent" => header.parent = is_id(value).then(|| value.to_string()),
                "Sampled" => {
                    header.sampled = match value {
                        "1" => Some(SampledFlag::Yes),
                        "0" => Some(SampledFlag::No),
                        "?" => Some(SampledFlag::Asked),
                        _ => None,
                    };
                }
                "Self" => {}
                _ => header.others.push((key.to_string(), value.to_string())),
            }
        }
        header
    }
}

impl std::fmt::Display for TraceHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sampled = self.sampled.map(|flag| match flag {
            SampledFlag::Yes => "1",
            SampledFlag::No => "0",
            SampledFlag::Asked => "?",
        });
        let own = [
            ("Root", self.root.as_deref()),
            ("Parent", self.parent.as_deref()),
            ("Sampled", sampled),
        ];
        let own = own
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)));
        let others = self.others.iter().map(|(key, value)| (&**key, &**value));
        for (idx, (key, value)) in own.chain(others).enumerate() {
            let separator = if idx == 0 { "" } else { ";" };
            write!(f, "{separator}{key}={value}")?;
        }
        Ok(())
    }
}

/// Tells whether `text` is the id of a segment: 16 hexadecimal digits.
pub fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn a_header_comes_back_in_the_usual_order() {
        let header = TraceHeader::parse(&format!(
            "Sampled=?; Self=1-67891234-12456789abcdef012345678;Parent=53995c3f42cd8ad8;Lineage=a:1;Root={ROOT}"
        ));
        assert_eq!(header.sampled, Some(SampledFlag::Asked));
        let text = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=?;Lineage=a:1");
        assert_eq!(header.to_string(), text);
        assert_eq!(TraceHeader::parse(&text), header);
    }

    #[test]
    fn broken_pairs_are_left_out() {
        for value in [
            "",
            ";;=;",
            "Root=1-5759e988",
            "Root=1-00000000-000000000000000000000000",
            "Parent=53995c3f42cd8ad",
            "Parent=ééééééé1",
            "Sampled=yes",
            "Root",
        ] {
            let header = TraceHeader::parse(value);
            assert_eq!(
                (header.root, header.parent, header.sampled),
                (None, None, None),
                "{value}"
            );
        }
    }
}
