//! A place in a pattern's text, and the pieces that all kinds of patterns share.

use super::error::{PatternError, PatternWarning, RefusedPattern};
use super::regex::PatternRegex;

/// The most regular expressions of a pattern. Source: user guide, "Supported regular expressions", Quotas.
const MAX_REGEXES: usize = 2;

/// Reads a pattern from left to right. Positions count characters.
pub struct Cursor<'a> {
    text: &'a str,
    at_byte: usize,
    at_char: usize,
    n_regexes: usize,
    /// What was read and may mean something else.
    pub warnings: Vec<PatternWarning>,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Cursor<'a> {
        Cursor {
            text,
            at_byte: 0,
            at_char: 0,
            n_regexes: 0,
            warnings: Vec::new(),
        }
    }

    pub fn at(&self) -> usize {
        self.at_char
    }

    pub fn rest(&self) -> &'a str {
        self.text.get(self.at_byte..).unwrap_or_default()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at_byte += next.len_utf8();
        self.at_char += 1;
        Some(next)
    }

    pub fn skip_spaces(&mut self) {
        self.take_while(char::is_whitespace);
    }

    pub fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let (taken, _) = rest.split_at(length);
        self.at_byte += length;
        self.at_char += taken.chars().count();
        taken
    }

    /// Steps over `text` if it stands here.
    pub fn eat(&mut self, text: &str) -> bool {
        let stands = self.rest().starts_with(text);
        if stands {
            self.at_byte += text.len();
            self.at_char += text.chars().count();
        }
        stands
    }

    /// Steps over a whole word if it stands here.
    pub fn eat_word(&mut self, word: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let after = self.rest().strip_prefix(word);
        after.is_some_and(|after| !after.starts_with(is_word)) && self.eat(word)
    }

    /// Returns the word that stands here, without stepping over it.
    pub fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
    }

    pub fn require(&mut self, text: &str, what: &str) -> Result<(), PatternError> {
        if self.eat(text) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// Refuses what stands here, where `what` should.
    pub fn expected(&self, what: &str) -> PatternError {
        let length = self.word().chars().count().max(1);
        self.refuse_form(self.at_char, length, format!("{what} is expected here"))
    }

    /// Refuses characters that are words of the language but mean nothing there.
    pub fn refuse_form(&self, at: usize, length: usize, why: impl Into<String>) -> PatternError {
        self.refuse(RefusedPattern::Form, at, length, why)
    }

    /// Refuses `piece`, which stands at `at`, as no word of the language.
    pub fn refuse_term(&self, piece: impl Into<String>, at: usize) -> PatternError {
        let piece = piece.into();
        let length = piece.chars().count().max(1);
        let why = format!("{piece} cannot stand here");
        self.refuse(RefusedPattern::Term(piece), at, length, why)
    }

    /// Refuses `refused`, with the place and why.
    pub fn refuse(
        &self,
        refused: RefusedPattern,
        at: usize,
        length: usize,
        why: impl Into<String>,
    ) -> PatternError {
        PatternError {
            refused,
            at,
            length,
            why: why.into(),
            hint: None,
        }
    }

    /// Refuses the character that stands here, and `before` it what was read in vain.
    pub fn refuse_here(&self, before: &str) -> PatternError {
        let mut piece = before.to_string();
        piece.extend(self.peek());
        let at = self.at_char.saturating_sub(before.chars().count());
        self.refuse_term(piece, at)
    }

    pub fn warn(&mut self, at: usize, length: usize, text: impl Into<String>) {
        let text = text.into();
        self.warnings.push(PatternWarning { at, length, text });
    }

    /// Reads `"text"`, in which a backslash stands before a quote or a backslash.
    pub fn quoted(&mut self) -> Result<String, PatternError> {
        let (at, rest) = (self.at_char, self.rest());
        self.require("\"", "a double quote")?;
        let mut text = String::new();
        loop {
            match self.next() {
                None => {
                    let mut error = self.refuse_term(rest, at);
                    error.length = 1;
                    error.why = "the double quote here is never closed".to_string();
                    return Err(error.with_hint("close it with another \""));
                }
                Some('"') => return Ok(text),
                Some('\\') => match self.peek() {
                    Some(escaped @ ('"' | '\\')) => {
                        self.next();
                        text.push(escaped);
                    }
                    _ => text.push('\\'),
                },
                Some(other) => text.push(other),
            }
        }
    }

    /// Reads `%regex%`.
    pub fn regex(&mut self) -> Result<PatternRegex, PatternError> {
        let (at, rest) = (self.at_char, self.rest());
        self.require("%", "a regular expression")?;
        let inside = self.take_while(|c| c != '%');
        // Its characters are looked at one after another, so a wrong one is found before a missing end.
        let regex = PatternRegex::parse(inside, at + 1, self)?;
        if !self.eat("%") {
            let mut error = self.refuse_term(rest, at);
            error.length = 1;
            error.why = "the regular expression here is never closed".to_string();
            return Err(error.with_hint("close it with another %"));
        }
        self.n_regexes += 1;
        if self.n_regexes > MAX_REGEXES {
            let length = inside.chars().count() + 2;
            let why = "a pattern can have two regular expressions; this is the third";
            return Err(self.refuse(RefusedPattern::Regexes, at, length, why));
        }
        Ok(regex)
    }
}
