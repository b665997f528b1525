//! What X-Ray and CloudWatch Logs allow in tags. Files, flags and our server ask here.
//!
//! Source: X-Ray API, TagResource; X-Ray Developer Guide, "Tagging"; CloudWatch Logs API, TagResource.

/// The most tags of one group, rule or log group.
pub const MAX_TAGS: usize = 50;

/// Returns what is refused about a tag: a fragment that begins with what is wrong.
pub fn violation(key: &str, value: &str) -> Option<String> {
    let (key_length, value_length) = (key.chars().count(), value.chars().count());
    if !(1..=128).contains(&key_length) {
        return Some(format!(
            "a tag's key must have 1 to 128 characters, not {key_length}"
        ));
    }
    if value_length > 256 {
        return Some(format!(
            "a tag's value must have at most 256 characters, not {value_length}"
        ));
    }
    if key
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
    {
        return Some("tags that begin with aws: are AWS's own".to_string());
    }
    let odd = key.chars().chain(value.chars()).find(|c| !is_allowed(*c))?;
    Some(format!(
        "a tag may have letters, digits, spaces and _ . : / = + - @, not {odd:?}"
    ))
}

fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_are_allowed_and_one_step_past_them_is_not() {
        let key = "é".repeat(128);
        let value = "v".repeat(256);
        assert_eq!(violation(&key, &value), None);
        assert_eq!(violation("a b_.:/=+-@1", ""), None);
        for (key, value, says) in [
            ("", "", "1 to 128"),
            (&*format!("{key}x"), "", "1 to 128"),
            ("k", &*format!("{value}x"), "at most 256"),
            ("aws:x", "", "AWS's own"),
            ("AWS:x", "", "AWS's own"),
            ("k", "a\nb", "not '\\n'"),
            ("k{", "", "not '{'"),
        ] {
            let found = violation(key, value).unwrap();
            assert!(found.contains(says), "{found}");
        }
        assert_eq!(violation("awsé", ""), None);
    }
}
