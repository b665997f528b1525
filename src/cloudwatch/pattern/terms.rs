//! Terms: `ERROR -debug`, `?a ?b`, `"a phrase"`, `%regex%`.

use memchr::memmem::Finder;

use super::PatternError;
use super::cursor::Cursor;
use super::regex::Regex;

/// Words that must, may or must not occur. Case counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    required: Vec<Term>,
    excluded: Vec<Term>,
    optional: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
enum Term {
    Text(Needle),
    Regex(Regex),
}

/// A text to look for, ready to be looked for often.
#[derive(Debug, Clone)]
pub struct Needle(Box<Finder<'static>>);

impl Needle {
    fn new(text: &str) -> Needle {
        Needle(Box::new(Finder::new(text).into_owned()))
    }

    /// Returns the longest of these texts, if there is one.
    pub fn longest<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Needle> {
        texts.max_by_key(|text| text.len()).map(Needle::new)
    }

    /// Returns the first place where it begins.
    pub fn find(&self, haystack: &[u8]) -> Option<usize> {
        self.0.find(haystack)
    }

    /// Returns how many bytes it has.
    pub fn n_bytes(&self) -> usize {
        self.0.needle().len()
    }
}

impl PartialEq for Needle {
    fn eq(&self, other: &Needle) -> bool {
        self.0.needle() == other.0.needle()
    }
}

impl Terms {
    /// Reads terms to the end of the pattern.
    pub fn parse(cursor: &mut Cursor<'_>) -> Result<Terms, PatternError> {
        let mut terms = Terms::default();
        loop {
            cursor.skip_spaces();
            let list = match cursor.peek() {
                None => return Ok(terms),
                Some('-') => &mut terms.excluded,
                Some('?') => &mut terms.optional,
                Some(_) => &mut terms.required,
            };
            if matches!(cursor.peek(), Some('-' | '?')) {
                cursor.next();
            }
            // A quoted blank asks for nothing; the guide uses it to match every line.
            list.extend(term(cursor)?);
        }
    }

    /// Tells whether nothing is asked for.
    pub fn are_none(&self) -> bool {
        self.required.is_empty() && self.excluded.is_empty() && self.optional.is_empty()
    }

    /// Returns the longest text that must occur.
    pub fn needle(&self) -> Option<&Needle> {
        let texts = self.required.iter().filter_map(|term| match term {
            Term::Text(needle) => Some(needle),
            Term::Regex(_) => None,
        });
        texts.max_by_key(|needle| needle.n_bytes())
    }

    /// Tells whether a line matches.
    pub fn matches(&self, message: &str) -> bool {
        let occurs = |term: &Term| match term {
            Term::Text(needle) => needle.find(message.as_bytes()).is_some(),
            Term::Regex(regex) => regex.is_in(message),
        };
        if self.excluded.iter().any(occurs) || !self.required.iter().all(occurs) {
            return false;
        }
        // Beside terms that must occur, those that may occur decide nothing.
        let decided = self.optional.is_empty() || !self.required.is_empty();
        decided || self.optional.iter().any(occurs)
    }
}

// Reads a term; `None` for one that every line has.
fn term(cursor: &mut Cursor<'_>) -> Result<Option<Term>, PatternError> {
    match cursor.peek() {
        Some('"') => {
            let text = cursor.quoted()?;
            Ok((!text.trim().is_empty()).then(|| Term::Text(Needle::new(&text))))
        }
        Some('%') => Ok(Some(Term::Regex(cursor.regex()?))),
        _ => {
            let word = cursor.take_while(|c| !c.is_whitespace());
            if word.is_empty() {
                return Err(cursor.expected("a term"));
            }
            if !word.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return Err(PatternError::BareSymbol {
                    term: word.to_string(),
                });
            }
            Ok(Some(Term::Text(Needle::new(word))))
        }
    }
}
