//! X-Ray's patterns: `*` is any run of characters, `?` is any one, and case does not count.

use std::ops::Range;

/// A pattern that was looked at once, so that matching it allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard {
    pattern: String,
    kind: Kind,
}

/// Most patterns are one of the first four, which need no search.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Only stars.
    Any,
    /// No `*` and no `?`.
    Exact,
    /// Text and then stars: these bytes of the pattern are the text.
    Prefix(Range<usize>),
    /// Stars and then text.
    Suffix(Range<usize>),
    /// Anything else: the text before the first `*` or `?` and behind the last one, as bytes of the pattern,
    /// and the fewest bytes that match.
    Search {
        prefix: Range<usize>,
        suffix: Range<usize>,
        least: usize,
    },
}

/// Whether upper and lower case of A to Z are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// They are, as in the X-Ray SDKs.
    Ignored,
    /// They are not, as in the OpenTelemetry samplers.
    Counts,
}

impl Wildcard {
    /// Prepares a pattern.
    pub fn new(pattern: impl Into<String>) -> Wildcard {
        let pattern = pattern.into();
        let n_bytes = pattern.len();
        let without_end = pattern.trim_end_matches('*').len();
        let start = n_bytes - pattern.trim_start_matches('*').len();
        let is_plain = |range: Range<usize>| {
            let text = pattern.get(range).unwrap_or_default();
            !text.contains(['*', '?'])
        };
        let kind = if n_bytes > 0 && without_end == 0 {
            Kind::Any
        } else if is_plain(0..n_bytes) {
            Kind::Exact
        } else if without_end < n_bytes && is_plain(0..without_end) {
            Kind::Prefix(0..without_end)
        } else if start > 0 && is_plain(start..n_bytes) {
            Kind::Suffix(start..n_bytes)
        } else {
            let is_wild = ['*', '?'];
            let prefix = 0..pattern.find(is_wild).unwrap_or(n_bytes);
            let suffix = pattern.rfind(is_wild).map_or(0, |last| last + 1)..n_bytes;
            let least = pattern.bytes().filter(|byte| *byte != b'*').count();
            Kind::Search {
                prefix,
                suffix,
                least,
            }
        };
        Wildcard { pattern, kind }
    }

    /// Returns the pattern as it was written.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Tells whether it matches everything, the empty text too.
    pub fn is_any(&self) -> bool {
        self.kind == Kind::Any
    }

    /// Tells whether `text` matches.
    pub fn matches(&self, text: &str, case: Case) -> bool {
        let (pattern, text) = (self.pattern.as_bytes(), text.as_bytes());
        match &self.kind {
            Kind::Any => true,
            Kind::Exact => same(pattern, text, case),
            Kind::Prefix(range) => {
                let prefix = pattern.get(range.clone()).unwrap_or_default();
                text.get(..prefix.len())
                    .is_some_and(|start| same(prefix, start, case))
            }
            Kind::Suffix(range) => {
                let suffix = pattern.get(range.clone()).unwrap_or_default();
                let start = text.len().checked_sub(suffix.len());
                start
                    .and_then(|start| text.get(start..))
                    .is_some_and(|end| same(suffix, end, case))
            }
            Kind::Search {
                prefix,
                suffix,
                least,
            } => {
                // Most texts differ at one of their ends, which is found quicker than by searching.
                let inner = prefix.end..suffix.start;
                let end = text.len().checked_sub(suffix.len());
                let (Some(end), true) = (end, text.len() >= *least) else {
                    return false;
                };
                let of_pattern = |range: Range<usize>| pattern.get(range).unwrap_or_default();
                let of_text = |range: Range<usize>| text.get(range).unwrap_or_default();
                same(of_pattern(prefix.clone()), of_text(0..prefix.end), case)
                    && same(of_pattern(suffix.clone()), of_text(end..text.len()), case)
                    && search(of_pattern(inner), of_text(prefix.end..end), case)
            }
        }
    }
}

/// Tells whether `text` matches `pattern`, whatever their case.
///
/// Runs in O(pattern × text) at worst and never recurses, so a pattern of many stars costs no more than
/// its length.
pub fn wildcard_matches(pattern: &str, text: &str) -> bool {
    search(pattern.as_bytes(), text.as_bytes(), Case::Ignored)
}

fn same(a: &[u8], b: &[u8], case: Case) -> bool {
    match case {
        // Bytes that are the same are compared many at a time.
        Case::Ignored => a == b || a.eq_ignore_ascii_case(b),
        Case::Counts => a == b,
    }
}

fn search(pattern: &[u8], text: &[u8], case: Case) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where the last star is, and how far it has swallowed.
    let mut star: Option<(usize, usize)> = None;
    while let Some(&byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(b'?') => {
                p += 1;
                t += length_of_character(byte);
            }
            // All bytes of a character beyond ASCII are compared one after the other.
            Some(&wanted) if same(&[wanted], &[byte], case) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star_p, star_t)) = star else {
                    return false;
                };
                // Let the last star swallow one character more, and try again from there.
                let swallowed = text.get(star_t).copied().map_or(1, length_of_character);
                star = Some((star_p, star_t + swallowed));
                p = star_p + 1;
                t = star_t + swallowed;
            }
        }
    }
    let rest = pattern.get(p..).unwrap_or_default();
    rest.iter().all(|&byte| byte == b'*')
}

// Source: RFC 3629, the first byte of a sequence.
fn length_of_character(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn wildcards_match_as_xray_does() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("***", "x", true),
            ("backend-flask", "backend-flask", true),
            ("backend-flask", "Backend-Flask", true),
            ("Cruddur", "backend-flask", false),
            ("/api/*", "/api/activities/home", true),
            ("/API/*", "/api/", true),
            ("/api/*", "/ap", false),
            ("/api/?", "/api/", false),
            ("*-flask", "backend-flask", true),
            ("*-flask", "flask", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("", "", true),
            ("", "x", false),
            ("????", "GETS", true),
            ("gr??e", "größe", true),
            ("*?e", "größe", true),
            ("?", "日本", false),
            ("*本", "日本", true),
        ] {
            assert_eq!(
                wildcard_matches(pattern, text),
                expected,
                "{pattern} against {text}"
            );
            assert_eq!(
                Wildcard::new(pattern).matches(text, Case::Ignored),
                expected,
                "{pattern} against {text}, prepared"
            );
        }
    }

    #[test]
    fn case_counts_only_where_it_is_asked_to() {
        for (pattern, expected) in [("GET", false), ("g*", true), ("*T", false), ("*E*", false)] {
            let wildcard = Wildcard::new(pattern);
            assert!(wildcard.matches("get", Case::Ignored), "{pattern}");
            assert_eq!(wildcard.matches("get", Case::Counts), expected, "{pattern}");
        }
    }

    #[test]
    fn a_prepared_pattern_matches_what_the_plain_one_and_a_naive_one_match() {
        // By the definition: a star is nothing, or one character and the star again.
        fn naive(pattern: &[char], text: &[char]) -> bool {
            match (pattern, text) {
                ([], rest) => rest.is_empty(),
                (['*', later @ ..], rest) => {
                    naive(later, rest) || (!rest.is_empty() && naive(pattern, &rest[1..]))
                }
                (['?', later @ ..], [_, rest @ ..]) => naive(later, rest),
                ([wanted, later @ ..], [found, rest @ ..]) => {
                    wanted.eq_ignore_ascii_case(found) && naive(later, rest)
                }
                (_, []) => false,
            }
        }
        let mut rng = StdRng::seed_from_u64(4);
        let mut text = |letters: &[char]| -> String {
            let length = rng.random_range(0..7);
            (0..length)
                .map(|_| letters[rng.random_range(0..letters.len())])
                .collect()
        };
        let (mut n_matches, mut n_misses) = (0, 0);
        for _ in 0..20_000 {
            let pattern = text(&['a', 'B', 'é', '*', '?', '*']);
            let given = text(&['a', 'b', 'A', 'é']);
            let chars = |it: &str| it.chars().collect::<Vec<char>>();
            let expected = naive(&chars(&pattern), &chars(&given));
            assert_eq!(
                wildcard_matches(&pattern, &given),
                expected,
                "{pattern} {given}"
            );
            let prepared = Wildcard::new(&*pattern).matches(&given, Case::Ignored);
            assert_eq!(prepared, expected, "{pattern} {given}, prepared");
            if expected {
                n_matches += 1;
            } else {
                n_misses += 1;
            }
        }
        assert!(
            n_matches > 2_000 && n_misses > 2_000,
            "{n_matches} {n_misses}"
        );
    }

    #[test]
    fn a_pattern_of_many_stars_ends() {
        assert!(!wildcard_matches(&"*a".repeat(60), &"a".repeat(59)));
    }
}
