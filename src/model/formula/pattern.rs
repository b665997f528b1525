//! Regular expressions in formulas: the service's syntax, and a matcher whose time and memory are bounded.
//!
//! The service reads patterns as Go does (RE2). The matcher we have reads nearly the same; where the two
//! differ on what people write, the pattern is rewritten. Unicode classes such as `\pL` are refused, and
//! `(?i)` folds ASCII letters only.
//! Source: Go's package regexp/syntax; regex-lite's own list of what it reads.

use std::iter::Peekable;
use std::str::Chars;

use regex_lite::{Regex, RegexBuilder};

/// A pattern, compiled once for the whole query.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

// A pattern that compiles to more than this is refused. A match visits at most each part of a pattern at
// each character of a text, so this bounds the time for a row too.
const MOST_COMPILED_BYTES: usize = 256 << 10;

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn compile(text: &str) -> Result<Pattern, String> {
        let regex = RegexBuilder::new(&rewritten(text))
            .size_limit(MOST_COMPILED_BYTES)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Pattern {
            text: text.to_string(),
            regex,
        })
    }

    /// Returns the pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether it matches anywhere in `text`; an empty text never matches, as in the service.
    pub fn matches(&self, text: &str) -> bool {
        !text.is_empty() && self.regex.is_match(text)
    }

    /// Returns what the first group of the first match holds, or the match if the pattern has no group.
    pub fn value<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = self.regex.captures(text)?;
        let group = usize::from(found.len() > 1);
        found.get(group).map(|part| part.as_str())
    }

    /// Returns how many matches follow one another without overlapping.
    pub fn count(&self, text: &str) -> usize {
        self.regex.find_iter(text).count()
    }
}

// From Go's syntax to the matcher's.
fn rewritten(pattern: &str) -> String {
    let mut rest = pattern.chars().peekable();
    let mut out = String::with_capacity(pattern.len() + 8);
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                escape(&mut rest, &mut out);
            }
            '[' => class(&mut rest, &mut out),
            // A brace that bounds no repetition stands for itself.
            '{' => match repetition(rest.clone()) {
                Some(length) => {
                    out.push(c);
                    out.extend(rest.by_ref().take(length));
                }
                None => out.push_str("\\{"),
            },
            '}' => out.push_str("\\}"),
            c => out.push(c),
        }
    }
    out
}

// What follows a backslash. Tells whether it stands for one character and not for a class of them.
fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> bool {
    match rest.next() {
        // Word edges to the matcher, plain signs to Go.
        Some(c @ ('<' | '>')) => out.push(c),
        Some('Q') => quoted(rest, out),
        Some(c) => {
            out.push('\\');
            out.push(c);
            return !matches!(c, 'd' | 'D' | 's' | 'S' | 'w' | 'W');
        }
        None => out.push('\\'),
    }
    true
}

// From `\Q` to `\E` or the end, everything stands for itself.
fn quoted(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    while let Some(c) = rest.next() {
        if c == '\\' && rest.peek() == Some(&'E') {
            rest.next();
            return;
        }
        literal(c, out);
    }
}

fn literal(c: char, out: &mut String) {
    if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
        out.push('\\');
    }
    out.push(c);
}

// From after `[` to the `]` that closes it. Go takes `[`, `&`, `~` and most dashes for themselves; to the
// matcher they mean operations on classes.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    if rest.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    // Whether what was read last may begin a range.
    let mut may_begin = false;
    let mut ends_range = false;
    while let Some(c) = rest.next() {
        let was_range = std::mem::take(&mut ends_range);
        match c {
            ']' => {
                out.push(']');
                return;
            }
            '-' if may_begin && !was_range && rest.peek().is_some_and(|next| *next != ']') => {
                out.push('-');
                ends_range = true;
                may_begin = false;
                continue;
            }
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                for c in rest.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
                may_begin = false;
                continue;
            }
            '\\' => {
                let is_one = escape(rest, out);
                may_begin = is_one && !was_range;
                continue;
            }
            '[' | '&' | '~' | '-' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        may_begin = !was_range;
    }
}

// How long `n}`, `n,}` or `n,m}` is, if that is what comes next.
fn repetition(rest: Peekable<Chars<'_>>) -> Option<usize> {
    let inner: String = rest.take_while(|c| *c != '}').collect();
    let (least, most) = inner.split_once(',').unwrap_or((&inner, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = !least.is_empty() && are_digits(least) && are_digits(most);
    // All of it is ASCII, so bytes are characters; one more for the brace, which the next step checks.
    is_one.then_some(inner.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::compile(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn patterns_mean_what_they_mean_to_go() {
        for (text, yes, no) in [
            (r"^[a-z]+\[[0-9]+\]$", "abc[12]", "abc12"),
            (
                r"^[\w-_]+\.(s3\.)?amazonaws.com",
                "a-b_c.amazonaws.com",
                "!.amazonaws.com",
            ),
            (r"^[-a]+$", "-a-", "b"),
            (r"^[a-]+$", "a-", "b"),
            (r"^[a-c-e]+$", "abc-e", "d"),
            (r"^[+--]+$", "+,-", "."),
            (r"^[[&&]$", "[", "&&"),
            (r"^[~~]$", "~", "^"),
            (r"^[]x]$", "]", "y"),
            (r"^[^]x]$", "y", "]"),
            (r"^[[:alpha:]-9]+$", "ab-9", "8"),
            (r"^/api/{id}$", "/api/{id}", "/api/id"),
            (r"^a{2,3}$", "aa", "a"),
            (r"^a{,3}$", "a{,3}", "aa"),
            (r"^\<b\>$", "<b>", "b"),
            (r"^\Qa.b[\E.$", "a.b[x", "aXb[x"),
            (r"(?i)^GET$", "get", "got"),
            (r"^\d{3}$", "404", "40"),
        ] {
            let pattern = pattern(text);
            assert!(pattern.matches(yes), "{text} {yes}");
            assert!(!pattern.matches(no), "{text} {no}");
        }
    }

    #[test]
    fn the_first_group_is_the_value_and_without_groups_the_match() {
        assert_eq!(pattern(r"v(\d+)\.(\d+)").value("a v12.3"), Some("12"));
        assert_eq!(
            pattern(r"Chrome/[\d.]+").value("x Chrome/12.1 y"),
            Some("Chrome/12.1")
        );
        assert_eq!(pattern(r"a(b)?").value("a"), None);
        assert_eq!(pattern("z").value("a"), None);
    }

    #[test]
    fn matches_are_counted_without_overlap() {
        assert_eq!(pattern("aa").count("aaaaa"), 2);
        assert_eq!(pattern("a*").count("baaac"), 3);
        assert_eq!(pattern("é").count("éé"), 2);
        assert_eq!(pattern("x").count(""), 0);
    }

    #[test]
    fn what_is_no_pattern_or_too_large_is_refused() {
        for text in [
            "(",
            "[a",
            r"\pL",
            "a**)",
            r"\",
            "[z-a]",
            "a{999}{999}",
            &"(".repeat(10_000),
        ] {
            assert!(Pattern::compile(text).is_err(), "{text:.20}");
        }
    }

    #[test]
    fn random_patterns_are_compiled_or_refused_and_always_end() {
        use rand::rngs::StdRng;
        use rand::{Rng, SeedableRng};
        const PARTS: [&str; 20] = [
            "a", "b", "-", "[", "]", "^", "$", "(", ")", "*", "+", "?", "{", "}", "2,3", "\\", "w",
            ":", "|", "é",
        ];
        let mut rng = StdRng::seed_from_u64(7);
        let mut n_compiled = 0;
        for _ in 0..20_000 {
            let n = rng.random_range(0..12);
            let text: String = (0..n).map(|_| PARTS[rng.random_range(0..20)]).collect();
            if let Ok(pattern) = Pattern::compile(&text) {
                n_compiled += 1;
                pattern.count("aab-é[a]{2,3}");
            }
        }
        assert!(n_compiled > 1_000, "{n_compiled}");
    }
}
