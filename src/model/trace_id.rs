//! Trace ids: 32 hexadecimal digits in W3C's form, the same digits with dashes in X-Ray's.

use std::ops::Range;

/// Returns X-Ray's form (`1-5759e988-bd862e3fe1be46a994272793`) of 32 hexadecimal digits.
///
/// `None` if the text is not 32 hexadecimal digits. Source: X-Ray Developer Guide, segment documents.
pub fn xray_from_hex(hex: &str) -> Option<String> {
    if hex.len() != 32 || !is_hex(hex) {
        return None;
    }
    Some(format!("1-{}-{}", &hex[..8], &hex[8..]).to_ascii_lowercase())
}

/// Returns X-Ray's form of a trace id's sixteen bytes.
pub fn xray_from_bytes(id: [u8; 16]) -> String {
    let mut text = String::with_capacity(35);
    let (epoch, rest) = id.split_at(4);
    text.push_str("1-");
    push_hex(&mut text, epoch);
    text.push('-');
    push_hex(&mut text, rest);
    text
}

/// Appends the hexadecimal digits of some bytes.
pub fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.extend(bytes.iter().flat_map(|byte| {
        let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
        [char::from(DIGITS[high]), char::from(DIGITS[low])]
    }));
}

/// Returns the 32 hexadecimal digits of an id in X-Ray's form; `None` if it has another form.
pub fn hex_from_xray(id: &str) -> Option<String> {
    let (epoch, rest) = id.strip_prefix("1-")?.split_once('-')?;
    let well_formed = epoch.len() == 8 && rest.len() == 24 && is_hex(epoch) && is_hex(rest);
    well_formed.then(|| format!("{epoch}{rest}").to_ascii_lowercase())
}

/// Returns where trace ids stand in a text, in either form, and each in X-Ray's form.
///
/// Zeros are left out: they answer a request that was not sampled, and are no trace.
pub fn trace_ids_in(text: &str) -> Vec<(Range<usize>, String)> {
    // Ids are made of these, so whatever else stands between is a border.
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let mut found = Vec::new();
    let mut start = 0;
    for end in 0..=text.len() {
        if text.as_bytes().get(end).copied().is_some_and(is_part) {
            continue;
        }
        if let Some(run) = text.get(start..end).filter(|run| run.len() >= 32) {
            found.extend(
                id_in_run(run).map(|(range, id)| (start + range.start..start + range.end, id)),
            );
        }
        start = end + 1;
    }
    found
}

// The whole run, or the second part of a `traceparent`. Source: W3C Trace Context, 3.2.
fn id_in_run(run: &str) -> Option<(Range<usize>, String)> {
    let parts: Vec<&str> = run.split('-').collect();
    let (range, hex) = match parts.as_slice() {
        [_] => (0..run.len(), run.to_string()),
        ["1", _, _] => (0..run.len(), hex_from_xray(run)?),
        ["00", hex, parent, flags] if parent.len() == 16 && flags.len() == 2 => {
            (3..3 + hex.len(), hex.to_string())
        }
        _ => return None,
    };
    let is_nothing = hex.bytes().all(|byte| byte == b'0');
    xray_from_hex(&hex)
        .filter(|_| !is_nothing)
        .map(|id| (range, id))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_come_back_the_same() {
        let hex = "5759e988bd862e3fe1be46a994272793";
        let xray = xray_from_hex(hex).unwrap();
        assert_eq!(xray, "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(hex_from_xray(&xray).unwrap(), hex);
        let id: u128 = 0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793;
        assert_eq!(xray_from_bytes(id.to_be_bytes()), xray);
    }

    #[test]
    fn ids_are_found_in_a_line_in_every_form_in_which_they_are_written() {
        let hex = "5759e988bd862e3fe1be46a994272793";
        let xray = "1-5759e988-bd862e3fe1be46a994272793";
        for line in [
            format!("Root={xray};Parent=53995c3f42cd8ad8;Sampled=1"),
            format!("{{\"trace_id\":\"{hex}\"}}"),
            format!("trace_id={hex}"),
            format!("traceparent: 00-{hex}-53995c3f42cd8ad8-01"),
            xray.to_string(),
        ] {
            let found = trace_ids_in(&line);
            assert_eq!(found.len(), 1, "{line}");
            assert_eq!(found[0].1, xray, "{line}");
            assert!([hex, xray].contains(&&line[found[0].0.clone()]), "{line}");
        }
        for line in [
            "",
            "ä",
            "68f126b0-1ceb-4a33-88be-d90fa7109eee",
            "Root=1-00000000-000000000000000000000000",
            "5759e988bd862e3fe1be46a9942727930",
            "x5759e988bd862e3fe1be46a994272793",
        ] {
            assert_eq!(trace_ids_in(line), vec![], "{line}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for id in [
            "",
            "1-",
            "1-5759e988",
            "2-5759e988-bd862e3fe1be46a994272793",
            "1-5759e98g-bd862e3fe1be46a994272793",
        ] {
            assert_eq!(hex_from_xray(id), None, "{id}");
        }
        assert_eq!(xray_from_hex("é759e988bd862e3fe1be46a99427279"), None);
    }
}
