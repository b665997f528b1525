//! A place in a pattern's text, and the pieces that all kinds of patterns share.

use super::PatternError;
use super::regex::Regex;

/// Reads a pattern from left to right. Positions count characters.
pub struct Cursor<'a> {
    text: &'a str,
    at_byte: usize,
    at_char: usize,
    n_regexes: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Cursor<'a> {
        Cursor {
            text,
            at_byte: 0,
            at_char: 0,
            n_regexes: 0,
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

    pub fn require(&mut self, text: &str, what: &'static str) -> Result<(), PatternError> {
        if self.eat(text) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    pub fn expected(&self, what: &'static str) -> PatternError {
        PatternError::Expected {
            what,
            at: self.at_char,
        }
    }

    /// Reads `"text"`, in which a backslash stands before a quote or a backslash.
    pub fn quoted(&mut self) -> Result<String, PatternError> {
        let at = self.at_char;
        self.require("\"", "a double quote")?;
        let mut text = String::new();
        loop {
            match self.next() {
                None => {
                    return Err(PatternError::Unclosed {
                        what: "double quote",
                        at,
                    });
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
    pub fn regex(&mut self) -> Result<Regex, PatternError> {
        let at = self.at_char;
        self.require("%", "a regular expression")?;
        let inside = self.take_while(|c| c != '%');
        if !self.eat("%") {
            return Err(PatternError::Unclosed {
                what: "regular expression",
                at,
            });
        }
        self.n_regexes += 1;
        Regex::parse(inside).map_err(|why| PatternError::Regex { at, why })
    }

    /// Fails if the pattern holds more regular expressions than the service takes.
    pub fn check_regexes(&self) -> Result<(), PatternError> {
        if self.n_regexes > 2 {
            Err(PatternError::TooManyRegexes)
        } else {
            Ok(())
        }
    }
}
