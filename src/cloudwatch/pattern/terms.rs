//! Terms: `ERROR -debug`, `?a ?b`, `"a phrase"`.

use super::cursor::Cursor;
use super::error::PatternError;
use super::prefilter::{Needle, Prefilter};

/// Texts that must, may or must not occur, as parts of words too. Case counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    required: Vec<Needle>,
    excluded: Vec<Needle>,
    /// One of them must occur; empty beside others, which are all that counts then.
    optional: Vec<Needle>,
    prefilter: Option<Prefilter>,
}

impl Terms {
    /// Reads terms to the end of the pattern.
    pub fn parse(cursor: &mut Cursor<'_>) -> Result<Terms, PatternError> {
        let mut terms = Terms::default();
        let (mut optional_places, mut excluded_places) = (Vec::new(), Vec::new());
        loop {
            cursor.skip_spaces();
            let (at, sign) = (cursor.at(), cursor.peek());
            let list = match sign {
                None => break,
                Some('-') => &mut terms.excluded,
                Some('?') => &mut terms.optional,
                Some(_) => &mut terms.required,
            };
            if matches!(sign, Some('-' | '?')) {
                cursor.next();
            }
            list.push(term(cursor, sign == Some('-'))?);
            match sign {
                Some('?') => optional_places.push((at, cursor.at() - at)),
                Some('-') => excluded_places.push((at, cursor.at() - at)),
                _ => {}
            }
        }
        if !(terms.required.is_empty() && terms.excluded.is_empty()) {
            for (at, length) in optional_places {
                cursor.warn(at, length, "beside terms without ? this one is ignored");
            }
            terms.optional.clear();
        }
        for (needle, (at, length)) in terms.excluded.iter().zip(excluded_places) {
            let has_it = |it: &&Needle| needle.is_in(it.text());
            let text = match terms.required.iter().find(has_it) {
                _ if needle.text().is_empty() => {
                    "no line matches: nothing stands in these quotes, which every line has"
                        .to_string()
                }
                Some(it) => format!(
                    "no line matches: one that has \"{}\" has this too",
                    it.text()
                ),
                None => continue,
            };
            cursor.warn(at, length, text);
        }
        let required = terms.required.iter().map(Needle::text);
        let optional = terms.optional.iter().map(Needle::text);
        terms.prefilter =
            Prefilter::of(required, std::iter::empty()).or_else(|| Prefilter::any_of(optional));
        Ok(terms)
    }

    /// Tells whether nothing is asked for.
    pub fn are_none(&self) -> bool {
        self.required.is_empty() && self.excluded.is_empty() && self.optional.is_empty()
    }

    /// Returns what every line has that matches, if there is such.
    pub fn prefilter(&self) -> Option<&Prefilter> {
        self.prefilter.as_ref()
    }

    /// Returns what keeps each of these lines from matching, if it is one thing.
    pub fn why_none(&self, lines: &[&str]) -> Option<String> {
        let n_with = |needle: &Needle| lines.iter().filter(|line| needle.is_in(line)).count();
        let missing = self.required.iter().find(|it| n_with(it) == 0);
        let present = self.excluded.iter().find(|it| n_with(it) == lines.len());
        if let Some(needle) = missing {
            let lower = needle.text().to_lowercase();
            let is_other_case = |line: &&&str| line.to_lowercase().contains(&lower);
            let case = match lines.iter().find(is_other_case) {
                Some(_) => ", though in other letter case, which counts",
                None => "",
            };
            return Some(format!("none of them has \"{}\"{case}", needle.text()));
        }
        present.map(|needle| format!("all of them have \"{}\"", needle.text()))
    }

    /// Tells whether a line matches.
    pub fn matches(&self, message: &str) -> bool {
        let occurs = |needle: &Needle| needle.is_in(message);
        !self.excluded.iter().any(occurs)
            && self.required.iter().all(occurs)
            && (self.optional.is_empty() || self.optional.iter().any(occurs))
    }
}

fn term(cursor: &mut Cursor<'_>, is_excluded: bool) -> Result<Needle, PatternError> {
    let (at, begun) = (cursor.at(), cursor.rest());
    if cursor.peek() == Some('"') {
        let text = cursor.quoted()?;
        if text.is_empty() && !is_excluded {
            cursor.warn(
                at,
                2,
                "nothing stands in these quotes, which every line has",
            );
        }
        check_end(cursor, at, begun)?;
        return Ok(Needle::new(&text));
    }
    let word = cursor.take_while(|c| c.is_alphanumeric() || c == '_');
    check_end(cursor, at, begun)?;
    if word.is_empty() {
        return Err(cursor.refuse_form(at, 1, "a term is expected here"));
    }
    if ["AND", "OR", "NOT"].contains(&word) {
        let text = format!(
            "{word} is a text to look for: terms must all occur, ?a ?b is either, and -a excludes"
        );
        cursor.warn(at, word.len(), text);
    }
    Ok(Needle::new(word))
}

// A term that began at `at` ends at a blank.
fn check_end(cursor: &Cursor<'_>, at: usize, begun: &str) -> Result<(), PatternError> {
    let refused = match cursor.peek() {
        None => return Ok(()),
        Some(c) if c.is_whitespace() => return Ok(()),
        Some(refused) => refused,
    };
    let word = begun.split_whitespace().next().unwrap_or_default();
    let mut error = cursor.refuse_here("");
    (error.at, error.length) = (at, word.chars().count().max(1));
    error.why = format!("{refused} cannot stand in a term without quotes");
    Err(match refused {
        '\'' => error.with_hint("put a phrase in double quotes, not in single ones"),
        '%' => error.with_hint(
            "a regular expression is the whole pattern, or stands in one of JSON or of fields",
        ),
        '*' => error.with_hint(
            "a term is found in the middle of a word too, so it needs no *; in double quotes, * is the character",
        ),
        _ => error.with_hint(format!(
            "put it in double quotes: \"{}\"",
            word.replace('"', "\\\"")
        )),
    })
}
