//! Trace ids: 32 hexadecimal digits in W3C's form, the same digits with dashes in X-Ray's.

/// Returns X-Ray's form (`1-5759e988-bd862e3fe1be46a994272793`) of 32 hexadecimal digits.
///
/// `None` if the text is not 32 hexadecimal digits. Source: X-Ray Developer Guide, segment documents.
pub fn xray_from_hex(hex: &str) -> Option<String> {
    if hex.len() != 32 || !is_hex(hex) {
        return None;
    }
    Some(format!("1-{}-{}", &hex[..8], &hex[8..]).to_ascii_lowercase())
}

/// Returns the 32 hexadecimal digits of an id in X-Ray's form; `None` if it has another form.
pub fn hex_from_xray(id: &str) -> Option<String> {
    let (epoch, rest) = id.strip_prefix("1-")?.split_once('-')?;
    let well_formed = epoch.len() == 8 && rest.len() == 24 && is_hex(epoch) && is_hex(rest);
    well_formed.then(|| format!("{epoch}{rest}").to_ascii_lowercase())
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
