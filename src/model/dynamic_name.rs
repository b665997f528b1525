//! A segment's name after the Host header, as the X-Ray SDKs have it.
//!
//! Source: aws-xray-sdk-python, core/models/default_dynamic_naming.py and ext/flask/middleware.py: a Host that the pattern
//! matches is the segment's name, else the service is; the sampling rules are asked with that name too.

use super::sampling_wildcard::{Case, Wildcard};

/// A pattern for Host headers after which segments are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DynamicName {
    pattern: Wildcard,
}

impl DynamicName {
    /// Prepares a pattern: `*` is any run of characters, `?` is any one, and case does not count.
    pub fn new(pattern: &str) -> DynamicName {
        DynamicName {
            pattern: Wildcard::new(pattern),
        }
    }

    /// Returns the name of a request to `host`; `service_name` where the pattern does not match.
    pub fn name<'a>(&self, host: &'a str, service_name: &'a str) -> &'a str {
        // Flask leaves out the port that HTTP has anyway.
        let host = host.strip_suffix(":80").unwrap_or(host);
        match !host.is_empty() && self.pattern.matches(host, Case::Ignored) {
            true => host,
            false => service_name,
        }
    }

    /// Returns the shortest Host that the pattern matches, such as `4567-x.gitpod.io` for `*4567-*.gitpod.io*`; `None` for a
    /// pattern that matches anything.
    ///
    /// # Errors
    /// What in the pattern no Host header has.
    pub fn implied_host(&self) -> Result<Option<String>, &'static str> {
        let pattern = self.pattern.pattern();
        if pattern.contains("://") {
            return Err("a scheme");
        }
        if pattern.contains('/') {
            return Err("a path");
        }
        if pattern.contains(char::is_whitespace) {
            return Err("a blank");
        }
        let mut host = String::new();
        for c in pattern.trim_matches('*').chars() {
            match c {
                '*' if host.ends_with('x') => {}
                '*' | '?' => host.push('x'),
                c => host.push(c),
            }
        }
        Ok(Some(host).filter(|host| !host.is_empty()))
    }

    /// Returns the pattern as it was written.
    pub fn pattern(&self) -> &str {
        self.pattern.pattern()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_the_pattern_matches_is_the_name() {
        for (pattern, host, name) in [
            (
                "*4567-*.gitpod.io*",
                "4567-me.ws-eu.gitpod.io",
                "4567-me.ws-eu.gitpod.io",
            ),
            ("*4567-*.gitpod.io*", "127.0.0.1:4567", "backend-flask"),
            ("*LOCALHOST*", "localhost:4567", "localhost:4567"),
            ("localhost", "localhost:80", "localhost"),
            ("localhost", "localhost:4567", "backend-flask"),
            ("localhost:?567", "localhost:4567", "localhost:4567"),
            ("*", "a", "a"),
            ("*", "", "backend-flask"),
            // A Host has no scheme.
            ("https://4567-*", "4567-me", "backend-flask"),
        ] {
            let found = DynamicName::new(pattern).name(host, "backend-flask");
            assert_eq!(found, name, "{pattern} {host}");
        }
    }

    #[test]
    fn what_a_pattern_implies_it_matches() {
        for (pattern, host) in [
            ("*4567-me.gitpod.io*", Ok(Some("4567-me.gitpod.io"))),
            ("*4567-*.gitpod.io*", Ok(Some("4567-x.gitpod.io"))),
            ("localhost:????", Ok(Some("localhost:xxxx"))),
            ("*", Ok(None)),
            ("*https://4567-me*", Err("a scheme")),
            ("4567-me/api", Err("a path")),
        ] {
            let naming = DynamicName::new(pattern);
            let implied = naming.implied_host();
            assert_eq!(
                implied.as_ref().map(|it| it.as_deref()),
                host.as_ref().map(|it| *it)
            );
            if let Ok(Some(implied)) = &implied {
                assert_eq!(naming.name(implied, "-"), implied, "{pattern}");
            }
        }
    }
}
