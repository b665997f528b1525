//! X-Ray's sampling rule and group, and the one function that tells whether a rule matches.

use std::collections::BTreeMap;

/// The group of week 2.
pub const CRUDDUR_GROUP: &str = "Cruddur";
/// The filter expression of week 2's group.
pub const CRUDDUR_FILTER: &str = "service(\"backend-flask\")";

/// A sampling rule.
///
/// Source: X-Ray API, SamplingRule: lengths and ranges are noted at each field.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplingRule {
    /// 1 to 32 characters.
    pub rule_name: String,
    /// Up to 500 characters; `*` for all.
    pub resource_arn: String,
    /// 1 to 9999; the lowest is asked first. The Default rule has 10000.
    pub priority: i64,
    /// The share sampled after the reservoir, 0 to 1.
    pub fixed_rate: f64,
    /// Requests a second that are sampled before the rate applies, over all instances.
    pub reservoir_size: i64,
    /// Up to 64 characters with `*` and `?`; matched with the segment's name.
    pub service_name: String,
    /// Up to 64 characters with `*` and `?`; matched with the segment's origin.
    pub service_type: String,
    /// Up to 64 characters with `*` and `?`.
    pub host: String,
    /// Up to 10 characters with `*` and `?`.
    pub http_method: String,
    /// Up to 128 characters with `*` and `?`.
    pub url_path: String,
    /// Always 1.
    pub version: i64,
    /// Up to 5 pairs, keys and values of 1 to 32 characters.
    pub attributes: BTreeMap<String, String>,
}

/// What a rule is matched with.
#[derive(Debug, Clone, Copy)]
pub struct SamplingRequest<'a> {
    /// The segment's name.
    pub service_name: &'a str,
    /// The segment's origin; empty if unknown.
    pub service_type: &'a str,
    /// The Host header.
    pub host: &'a str,
    /// GET, POST, …
    pub http_method: &'a str,
    /// The path without the query string.
    pub url_path: &'a str,
}

impl SamplingRule {
    /// The rule that every region has and nobody can delete.
    ///
    /// Source: X-Ray Developer Guide, "Using the X-Ray API", GetSamplingRules.
    pub fn default_rule() -> SamplingRule {
        let any = || "*".to_string();
        SamplingRule {
            rule_name: "Default".to_string(),
            resource_arn: any(),
            priority: 10_000,
            fixed_rate: 0.05,
            reservoir_size: 1,
            service_name: any(),
            service_type: any(),
            host: any(),
            http_method: any(),
            url_path: any(),
            version: 1,
            attributes: BTreeMap::new(),
        }
    }

    /// Tells whether the rule applies to `request`.
    ///
    /// As the SDKs do, a rule with a resource ARN other than `*`, with attributes, or of another
    /// version than 1 never matches. Source: X-Ray Developer Guide, "Sampling rules".
    pub fn matches(&self, request: &SamplingRequest<'_>) -> bool {
        self.resource_arn == "*"
            && self.attributes.is_empty()
            && self.version == 1
            && wildcard_matches(&self.service_name, request.service_name)
            && wildcard_matches(&self.service_type, request.service_type)
            && wildcard_matches(&self.host, request.host)
            && wildcard_matches(&self.http_method, request.http_method)
            && wildcard_matches(&self.url_path, request.url_path)
    }
}

/// Puts rules into the order in which they are asked: by priority, then by name.
pub fn sort_for_evaluation(rules: &mut [SamplingRule]) {
    rules.sort_by(|a, b| (a.priority, &a.rule_name).cmp(&(b.priority, &b.rule_name)));
}

/// Tells whether `text` matches `pattern`, where `*` is any run of characters and `?` is any one.
///
/// Case does not count, as in the X-Ray SDKs. Runs in O(pattern × text) at worst and never
/// recurses, so a pattern of many stars costs no more than its length.
pub fn wildcard_matches(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let pattern: Vec<char> = pattern.chars().map(|c| c.to_ascii_lowercase()).collect();
    let text: Vec<char> = text.chars().map(|c| c.to_ascii_lowercase()).collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            // Let the last star swallow one character more, and try again from there.
            star = Some((star_p, star_t + 1));
            p = star_p + 1;
            t = star_t + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_xray_does() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("backend-flask", "backend-flask", true),
            ("backend-flask", "Backend-Flask", true),
            ("Cruddur", "backend-flask", false),
            ("/api/*", "/api/activities/home", true),
            ("/api/?", "/api/", false),
            ("*-flask", "backend-flask", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("", "", true),
            ("", "x", false),
            ("????", "GETS", true),
        ] {
            assert_eq!(
                wildcard_matches(pattern, text),
                expected,
                "{pattern} against {text}"
            );
        }
    }

    #[test]
    fn a_pattern_of_many_stars_ends() {
        assert!(!wildcard_matches(&"*a".repeat(60), &"a".repeat(59)));
    }
}
