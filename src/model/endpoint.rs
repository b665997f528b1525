//! Addresses as they may be shown: without what only their owner should know.

/// Returns an address without user, password, query and fragment, any of which may hold a key:
/// `https://***@example.com/v1/traces?***`.
pub fn without_secrets(url: &str) -> String {
    let (url, query) = match url.find(['?', '#']) {
        Some(at) => url.split_at(at),
        None => (url, ""),
    };
    let shown = without_users(url);
    match query.len() {
        0 | 1 => shown,
        _ => format!("{shown}?***"),
    }
}

/// Returns any text without users and passwords of the addresses in it.
///
/// Source: RFC 3986, 3.2: what stands between `//` and the last `@` before the next `/`, `?` or `#`.
pub fn without_users(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + "://".len());
        shown.push_str(before);
        let is_end = |c: char| c.is_whitespace() || "/?#\"'`<>".contains(c);
        let end = behind.find(is_end).unwrap_or(behind.len());
        let (authority, after) = behind.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                shown.push_str("***@");
                shown.push_str(host);
            }
            None => shown.push_str(authority),
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_passwords_and_queries_are_not_shown() {
        for (url, shown) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318"),
            ("https://me:pa55@host/v1", "https://***@host/v1"),
            ("https://pa55@host", "https://***@host"),
            ("https://a:b@c@host/x", "https://***@host/x"),
            ("https://host/x?api_key=pa55", "https://host/x?***"),
            ("https://host/x#pa55", "https://host/x?***"),
            ("https://host/a@b", "https://host/a@b"),
            ("no address", "no address"),
        ] {
            assert_eq!(without_secrets(url), shown, "{url}");
        }
    }

    #[test]
    fn a_sentence_keeps_all_but_users() {
        for (text, shown) in [
            (
                "cannot reach http://me:pa55@host:1/a: refused",
                "cannot reach http://***@host:1/a: refused",
            ),
            ("mail me@example.com", "mail me@example.com"),
            (
                "from `http://u:p@a` to 'https://u:p@b/c@d'",
                "from `http://***@a` to 'https://***@b/c@d'",
            ),
            ("://", "://"),
            ("a://\u{e4}:\u{f6}@h", "a://***@h"),
        ] {
            assert_eq!(without_users(text), shown, "{text}");
        }
    }
}
