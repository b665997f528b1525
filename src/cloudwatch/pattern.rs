//! CloudWatch Logs' filter patterns: which lines `FilterLogEvents` returns.
//!
//! Three kinds: terms (`ERROR -debug`, `?a ?b`, `"a phrase"`, `%regex%`), conditions on a JSON object
//! (`{ $.status >= 500 }`) and on space-delimited fields (`[ip, user, ..., status = 5*]`).
//! Source: CloudWatch Logs User Guide, "Filter pattern syntax". Knows no store and no HTTP.

mod condition;
mod cursor;
mod fields;
mod json;
mod literal;
mod regex;
mod terms;

use cursor::Cursor;
use fields::Fields;
use json::JsonTest;
pub use terms::Needle;
use terms::Terms;

/// The most characters of a pattern. Source: FilterLogEvents, `filterPattern`.
pub const PATTERN_MAX_CHARS: usize = 1024;

/// A pattern, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterPattern(Kind);

/// Why a text is no pattern. Positions count characters from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Longer than [`PATTERN_MAX_CHARS`].
    #[error("Invalid filter pattern: it is longer than {PATTERN_MAX_CHARS} characters")]
    TooLong,
    /// Something was opened and never closed.
    #[error("Invalid filter pattern: the {what} at character {at} is never closed")]
    Unclosed {
        /// What was opened.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// Something else should stand here.
    #[error("Invalid filter pattern: {what} is expected at character {at}")]
    Expected {
        /// What should stand there.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// A bare term with other characters than letters, digits and underscores.
    #[error(
        "Invalid filter pattern: Invalid character(s) in term '{term}'; put it in double quotes"
    )]
    BareSymbol {
        /// The term.
        term: String,
    },
    /// Parentheses in parentheses, too often.
    #[error("Invalid filter pattern: parentheses are nested too deeply at character {at}")]
    TooDeep {
        /// Where.
        at: usize,
    },
    /// More regular expressions than the service takes in one pattern.
    #[error("Invalid filter pattern: at most 2 regular expressions are allowed in one pattern")]
    TooManyRegexes,
    /// More than one `...`.
    #[error("Invalid filter pattern: '...' may stand only once")]
    SecondEllipsis,
    /// A regular expression that is not one of the service's.
    #[error("Invalid filter pattern: the regular expression at character {at}: {why}")]
    Regex {
        /// Where it begins.
        at: usize,
        /// What is wrong with it.
        why: regex::RegexError,
    },
}

impl FilterPattern {
    /// Reads a pattern; an empty one matches every line.
    ///
    /// # Errors
    /// See [`PatternError`].
    pub fn parse(text: &str) -> Result<FilterPattern, PatternError> {
        if text.chars().count() > PATTERN_MAX_CHARS {
            return Err(PatternError::TooLong);
        }
        let mut cursor = Cursor::new(text);
        cursor.skip_spaces();
        let kind = match cursor.peek() {
            Some('{') => Kind::Json(json::parse(&mut cursor)?),
            Some('[') => Kind::Fields(fields::parse(&mut cursor)?),
            _ => Kind::Terms(Terms::parse(&mut cursor)?),
        };
        cursor.skip_spaces();
        match cursor.peek() {
            None => Ok(FilterPattern(kind)),
            Some(_) => Err(cursor.expected("the end of the pattern")),
        }
    }

    /// Tells whether it asks for nothing, so that every line matches.
    pub fn is_everything(&self) -> bool {
        matches!(&self.0, Kind::Terms(terms) if terms.are_none())
    }

    /// Returns a text that is in every one of these lines that matches, if there is one. `lines` are the bytes
    /// of many, one after another.
    pub fn needle_in(&self, lines: &[u8]) -> Option<&Needle> {
        match &self.0 {
            Kind::Terms(terms) => terms.needle(),
            Kind::Fields(fields) => fields.needle(),
            // JSON may write any character in another way, with a backslash.
            Kind::Json(test) => test
                .needle()
                .filter(|_| memchr::memchr(b'\\', lines).is_none()),
        }
    }

    /// Tells whether a line matches.
    pub fn matches(&self, message: &str) -> bool {
        match &self.0 {
            Kind::Terms(terms) => terms.matches(message),
            Kind::Fields(fields) => fields.matches(message),
            Kind::Json(test) => test.matches(message),
        }
    }
}

/// A pattern that every line matches.
impl Default for FilterPattern {
    fn default() -> FilterPattern {
        FilterPattern(Kind::Terms(Terms::default()))
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Terms(Terms),
    Json(JsonTest),
    Fields(Fields),
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    const LINE: &str = "[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home? 200 OK";
    const JSON: &str = r#"{"status":503,"ok":false,"user":{"name":"Andrew Brown","id":null},
        "tags":["a","b"],"took":1.5e3,"list":[1,2]}"#;

    fn matches(pattern: &str, line: &str) -> bool {
        FilterPattern::parse(pattern).unwrap().matches(line)
    }

    #[test]
    fn terms_match_as_the_guide_says() {
        for (pattern, expected) in [
            ("", true),
            (r#"" ""#, true),
            ("GET", true),
            ("get", false),
            ("GET 200", true),
            ("GET 404", false),
            ("?POST ?200", true),
            ("?POST ?404", false),
            ("GET -404", true),
            ("GET -200", false),
            ("-POST", true),
            ("?404 -POST", false),
            ("?404 GET", true),
            (r#""200 OK""#, true),
            (r#"-"200 OK""#, false),
            (r#""/api/activities/home?""#, true),
            (r#""a \"quoted\" word""#, false),
            ("%127\\.0\\.0\\.[0-9]+%", true),
            ("%^GET%", false),
            ("%40[0-9]|OK$%", true),
        ] {
            assert_eq!(matches(pattern, LINE), expected, "{pattern}");
        }
        assert!(matches(r#""say \"hi\"""#, r#"they say "hi""#));
    }

    #[test]
    fn json_conditions_match_as_the_guide_says() {
        for (pattern, expected) in [
            ("{ $.status = 503 }", true),
            ("{ $.status = 5* }", true),
            ("{ $.status = 4* }", false),
            ("{$.status>=500}", true),
            ("{ $.status < 503 }", false),
            ("{ $.status != 200 }", true),
            ("{ $.missing != 200 }", false),
            (r#"{ $.user.name = "Andrew *" }"#, true),
            (r#"{ $.user.name = "*drew*" && $.status > 600 }"#, false),
            (r#"{ $.user.name = "x" || $.status > 500 }"#, true),
            (
                r#"{ $.user.name = "x" && $.ok IS TRUE || $.status = 503 }"#,
                true,
            ),
            (
                r#"{ $.status = 503 && ($.ok IS TRUE || $.user.id IS NULL) }"#,
                true,
            ),
            ("{ $.ok IS FALSE }", true),
            ("{ $.ok IS TRUE }", false),
            ("{ $.user.id IS NULL }", true),
            ("{ $.missing IS NULL }", false),
            ("{ $.missing NOT EXISTS }", true),
            ("{ $.user.id NOT EXISTS }", false),
            (r#"{ $.tags[1] = "b" }"#, true),
            ("{ $.list[0] = 1 }", true),
            ("{ $.list[9] = 1 }", false),
            ("{ $.list = 1 }", false),
            ("{ $.user = * }", false),
            ("{ $.took = 1500 }", true),
            ("{ $.took > 1.4e3 }", true),
            ("{ $.user.name = %^Andrew% }", true),
        ] {
            assert_eq!(matches(pattern, JSON), expected, "{pattern}");
        }
        assert!(
            !matches("{ $.status NOT EXISTS }", LINE),
            "a line that is no JSON never matches"
        );
    }

    #[test]
    fn fields_match_as_the_guide_says() {
        for (pattern, expected) in [
            ("[ts, ip, method, scheme, path, status, reason]", true),
            ("[ts, ip, method, scheme, path, status]", false),
            ("[...]", true),
            ("[ts, ip, method = GET, ...]", true),
            ("[..., status = 2*, reason]", true),
            ("[..., status >= 200 && status < 300, reason]", true),
            ("[..., status = 404 || status = 500, reason]", false),
            ("[ts, ..., status, reason = OK]", true),
            ("[ts = 2026-Nov-22*, ...]", true),
            ("[a, b, c, d, e, f, g, ..., h]", false),
            ("[ts, ip != 127.0.0.1, ...]", false),
            ("[ts, ip = %127\\.0%, ...]", true),
            (r#"[ts, ip, method, scheme, path = "/api/*", ...]"#, true),
        ] {
            assert_eq!(matches(pattern, LINE), expected, "{pattern}");
        }
        assert!(matches(r#"[a = "two words", b]"#, r#""two words" 3"#));
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (pattern, says) in [
            (
                r#""open"#,
                "the double quote at character 0 is never closed",
            ),
            (
                "%open",
                "the regular expression at character 0 is never closed",
            ),
            ("/api/x", "Invalid character(s) in term '/api/x'"),
            ("-", "a term is expected at character 1"),
            ("{ $.a }", "an operator is expected"),
            ("{ $.a = 1", "'}' is expected"),
            ("{ a = 1 }", "a selector such as $.name is expected"),
            ("{ $.a < \"x\" }", "a number is expected"),
            ("{ $.a IS ODD }", "NULL, TRUE or FALSE is expected"),
            ("{ $.a = 1 } x", "the end of the pattern is expected"),
            ("[a, b", "']' is expected"),
            ("[..., a, ...]", "'...' may stand only once"),
            (
                "{ $.a = %x% && $.b = %y% && $.c = %z% }",
                "at most 2 regular expressions",
            ),
            ("%a(b)%", "'(' is not supported"),
            ("%a!%", "'!' is not supported"),
        ] {
            let error = FilterPattern::parse(pattern).unwrap_err().to_string();
            assert!(error.contains(says), "{pattern}: {error}");
        }
        let deep = format!("{{ {} $.a = 1 }}", "(".repeat(900));
        assert!(matches!(
            FilterPattern::parse(&deep),
            Err(PatternError::TooDeep { .. })
        ));
        let long = "a".repeat(PATTERN_MAX_CHARS + 1);
        assert_eq!(FilterPattern::parse(&long), Err(PatternError::TooLong));
    }

    #[test]
    fn odd_characters_are_a_pattern_or_an_error_and_never_a_panic() {
        let alphabet: Vec<char> = "{}[]()$.\"%\\-?*=!<>&|, aAé0{1,}^+ISNULTRE"
            .chars()
            .collect();
        let mut rng = StdRng::seed_from_u64(3);
        let mut text = || -> String {
            let length = rng.random_range(0..24);
            (0..length)
                .map(|_| alphabet[rng.random_range(0..alphabet.len())])
                .collect()
        };
        for _ in 0..60_000 {
            let (pattern, line) = (text(), text());
            for pattern in [&pattern, &format!("{{{pattern}}}"), &format!("%{pattern}%")] {
                if let Ok(pattern) = FilterPattern::parse(pattern) {
                    pattern.matches(&line);
                }
            }
        }
    }

    #[test]
    fn a_quoted_part_of_any_line_finds_the_line() {
        let mut rng = StdRng::seed_from_u64(4);
        let characters: Vec<char> = LINE.chars().chain("é\"\\".chars()).collect();
        for _ in 0..2_000 {
            let line: Vec<char> = (0..20)
                .map(|_| characters[rng.random_range(0..characters.len())])
                .collect();
            let (from, to) = (rng.random_range(0..10), rng.random_range(10..20));
            let part: String = line[from..to].iter().collect();
            let pattern = format!("\"{}\"", part.replace('\\', "\\\\").replace('"', "\\\""));
            let line: String = line.into_iter().collect();
            assert!(matches(&pattern, &line), "{pattern} in {line}");
            if !part.trim().is_empty() {
                assert!(
                    !matches(&format!("-{pattern}"), &line),
                    "-{pattern} in {line}"
                );
            }
        }
    }
}
