//! CloudWatch Logs' filter patterns: which lines `FilterLogEvents` returns.
//!
//! Four kinds: terms (`ERROR -debug`, `?a ?b`, `"a phrase"`), a regular expression (`%regex%`), conditions on a
//! JSON object (`{ $.status >= 500 }`) and on space-delimited fields (`[ip, user, ..., status = 5*]`).
//! Sources: recorded answers of the service, which are a table in the tests, and where none is recorded the
//! CloudWatch Logs User Guide, "Filter pattern syntax". Knows no store and no HTTP.

mod condition;
mod cursor;
mod error;
mod fields;
mod json;
mod literal;
mod number;
mod prefilter;
#[cfg(test)]
mod recorded_tests;
mod regex;
mod selector;
mod selector_text;
mod terms;
#[cfg(test)]
mod tests;

use cursor::Cursor;
pub use error::{PATTERN_MAX_CHARS, PatternError, PatternUse, PatternWarning, RefusedPattern};
use fields::Fields;
use json::JsonTest;
pub use prefilter::Prefilter;
use regex::PatternRegex;
use terms::Terms;

/// A pattern, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterPattern {
    kind: Kind,
    warnings: Vec<PatternWarning>,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Terms(Terms),
    Regex {
        regex: PatternRegex,
        prefilter: Option<Prefilter>,
    },
    Json(JsonTest),
    Fields(Fields),
}

impl FilterPattern {
    /// Reads a pattern; an empty one matches every line.
    ///
    /// # Errors
    /// With the place, the service's text, and the right form.
    pub fn parse(text: &str) -> Result<FilterPattern, PatternError> {
        let mut cursor = Cursor::new(text);
        if text.chars().count() > PATTERN_MAX_CHARS {
            let why = format!("a pattern has up to {PATTERN_MAX_CHARS} characters");
            return Err(cursor.refuse(RefusedPattern::TooLong, PATTERN_MAX_CHARS, 1, why));
        }
        cursor.skip_spaces();
        let kind = match cursor.peek() {
            Some('{') => Kind::Json(json::parse(&mut cursor)?),
            Some('[') => Kind::Fields(fields::parse(&mut cursor)?),
            Some('%') => {
                let regex = cursor.regex()?;
                let prefilter = Prefilter::of(std::iter::empty(), std::iter::once(&regex));
                Kind::Regex { regex, prefilter }
            }
            _ => Kind::Terms(Terms::parse(&mut cursor)?),
        };
        cursor.skip_spaces();
        if let Some(next) = cursor.peek() {
            let length = cursor.rest().trim_end().chars().count();
            let error = cursor.refuse_form(cursor.at(), length, "the pattern ended before this");
            return Err(match (&kind, next) {
                (Kind::Regex { .. }, _) => error.with_hint(
                    "a regular expression is the whole pattern; | divides it, as in %a|b%",
                ),
                _ => error,
            });
        }
        Ok(FilterPattern {
            kind,
            warnings: cursor.warnings,
        })
    }

    /// Returns what may be meant otherwise, or is not documented.
    pub fn warnings(&self) -> &[PatternWarning] {
        &self.warnings
    }

    /// Tells whether it asks for nothing, so that every line matches.
    pub fn is_everything(&self) -> bool {
        matches!(&self.kind, Kind::Terms(terms) if terms.are_none())
    }

    /// Returns what is in every one of these lines that matches, if there is such. `lines` are the bytes of many,
    /// one after another.
    pub fn prefilter(&self, lines: &[u8]) -> Option<&Prefilter> {
        match &self.kind {
            Kind::Terms(terms) => terms.prefilter(),
            Kind::Regex { prefilter, .. } => prefilter.as_ref(),
            Kind::Fields(fields) => fields.prefilter(),
            // JSON may write any character in another way, with a backslash.
            Kind::Json(test) => test
                .prefilter()
                .filter(|_| memchr::memchr(b'\\', lines).is_none()),
        }
    }

    /// Tells whether a line matches.
    pub fn matches(&self, message: &str) -> bool {
        match &self.kind {
            Kind::Terms(terms) => terms.matches(message),
            Kind::Regex { regex, .. } => regex.is_in(message),
            Kind::Fields(fields) => fields.matches(message),
            Kind::Json(test) => test.matches(message),
        }
    }

    /// Returns what keeps each of these lines, none of which matches, from matching; `None` if it is not one thing.
    pub fn why_none(&self, lines: &[&str]) -> Option<String> {
        match &self.kind {
            Kind::Terms(terms) => terms.why_none(lines),
            Kind::Regex { .. } => None,
            Kind::Fields(fields) => fields.why_none(lines),
            Kind::Json(test) => test.why_none(lines),
        }
    }

    /// Returns what TestMetricFilter extracts from a line: names and texts for space-delimited patterns, nothing
    /// for others; `None` if it does not match.
    pub fn extracted(&self, message: &str) -> Option<Vec<(String, String)>> {
        match &self.kind {
            Kind::Fields(fields) => fields.extracted(message),
            _ => self.matches(message).then(Vec::new),
        }
    }
}

/// A pattern that every line matches.
impl Default for FilterPattern {
    fn default() -> FilterPattern {
        FilterPattern {
            kind: Kind::Terms(Terms::default()),
            warnings: Vec::new(),
        }
    }
}
