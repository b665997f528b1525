//! The regular expressions of filter patterns: a subset without parentheses, matched in linear time.
//!
//! Each is checked against what the service allows, and then written anew for the `regex` crate, in which
//! `\d`, `\w` and `\s` would mean more than ASCII, and brackets may nest.
//! Source: CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax".

use regex::bytes::{Regex, RegexBuilder};

use super::cursor::Cursor;
use super::error::{PatternError, RefusedPattern};

/// The most bytes of a compiled expression; `.{9999}` would need more.
const MAX_COMPILED_BYTES: usize = 2 << 20;

/// A regular expression.
#[derive(Debug, Clone)]
pub struct PatternRegex {
    source: String,
    regex: Regex,
    /// The same without `^` and `$`; `None` if it matches everything.
    anywhere: Option<Regex>,
}

impl PartialEq for PatternRegex {
    fn eq(&self, other: &PatternRegex) -> bool {
        self.source == other.source
    }
}

impl PatternRegex {
    /// Reads an expression, without the `%` around it; `at` is the place of its first character.
    ///
    /// # Errors
    /// `Term` for a character that the service does not allow, else `Regex`.
    pub fn parse(
        inside: &str,
        at: usize,
        cursor: &mut Cursor<'_>,
    ) -> Result<PatternRegex, PatternError> {
        if let Some((idx, (byte, refused))) = inside
            .char_indices()
            .enumerate()
            .find(|(_, (_, c))| !is_allowed(*c))
        {
            let end = byte + refused.len_utf8();
            let piece = format!("%{}", inside.get(..end).unwrap_or_default());
            return Err(refused_character(cursor, piece, at + idx, refused));
        }
        let mut parser = Parser {
            rest: inside,
            at,
            written: String::new(),
            unanchored: String::new(),
            has_anchors: false,
        };
        if let Err((at, why)) = parser.expression(cursor) {
            return Err(cursor.refuse(RefusedPattern::Regex, at, 1, why));
        }
        let n_chars = inside.chars().count().max(1);
        let compile = |written: &str| {
            let regex = RegexBuilder::new(written)
                .size_limit(MAX_COMPILED_BYTES)
                .build();
            regex.map_err(|error| {
                let why = match error {
                    regex::Error::CompiledTooBig(_) => "this regular expression is too large",
                    _ => "this is no regular expression",
                };
                cursor.refuse(RefusedPattern::Regex, at, n_chars, why)
            })
        };
        let regex = compile(&parser.written)?;
        let anywhere = if parser.has_anchors {
            compile(&parser.unanchored)?
        } else {
            regex.clone()
        };
        Ok(PatternRegex {
            source: inside.to_string(),
            regex,
            anywhere: (!anywhere.is_match(b"")).then_some(anywhere),
        })
    }

    /// Tells whether the expression matches anywhere in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }

    /// Returns an expression that matches in every text that has this one in it, and knows no ends of texts.
    pub fn anywhere(&self) -> Option<&Regex> {
        self.anywhere.as_ref()
    }
}

fn is_allowed(character: char) -> bool {
    is_plain(character) || "^$?[]{}|\\*+.".contains(character)
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || " :_#=@/;,-".contains(character)
}

fn refused_character(
    cursor: &Cursor<'_>,
    piece: String,
    at: usize,
    character: char,
) -> PatternError {
    let why = format!("{character} is not allowed in a regular expression");
    let error = cursor.refuse(RefusedPattern::Term(piece), at, 1, why);
    match character {
        '(' | ')' => error.with_hint(
            "there are no groups: | divides the whole expression, and \\x28 and \\x29 are the characters ( and )",
        ),
        ascii if ascii.is_ascii() => {
            error.with_hint(format!("write \\x{:02x} for {ascii:?}", u32::from(ascii)))
        }
        _ => error.with_hint("only ASCII can be written; . stands for any one character"),
    }
}

struct Parser<'a> {
    rest: &'a str,
    at: usize,
    /// The expression for the `regex` crate.
    written: String,
    /// The same without anchors.
    unanchored: String,
    has_anchors: bool,
}

type Parsed<T> = Result<T, (usize, String)>;

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next()?;
        self.rest = characters.as_str();
        self.at += 1;
        Some(next)
    }

    fn refuse<T>(&self, at: usize, why: impl Into<String>) -> Parsed<T> {
        Err((at, why.into()))
    }

    fn write(&mut self, text: &str) {
        self.written.push_str(text);
        self.unanchored.push_str(text);
    }

    fn expression(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let mut is_start = true;
        while let Some(character) = self.next() {
            let at = self.at - 1;
            match character {
                '|' => {
                    self.write("|");
                    is_start = true;
                    continue;
                }
                '^' => {
                    if !is_start {
                        cursor.warn(at, 1, "after other characters, ^ can never match");
                    }
                    self.anchor(r"\A");
                }
                '$' => {
                    if !matches!(self.peek(), None | Some('|')) {
                        cursor.warn(at, 1, "before other characters, $ can never match");
                    }
                    self.anchor(r"\z");
                }
                '*' | '+' | '?' | '{' => {
                    return self
                        .refuse(at, format!("there is nothing before {character} to repeat"));
                }
                '}' | ']' => {
                    return self.refuse(
                        at,
                        format!("this {character} closes nothing; \\{character} is the character"),
                    );
                }
                '.' => {
                    self.write(".");
                    self.quantity()?;
                }
                '[' => {
                    let class = self.bracket(at)?;
                    self.write(&class);
                    self.quantity()?;
                }
                '\\' => {
                    let class = match self.escaped(at)? {
                        Escaped::Class(letter) => format!("[{}]", named(letter)),
                        Escaped::Character(character) => literal(character),
                    };
                    self.write(&class);
                    self.quantity()?;
                }
                plain => {
                    self.write(&literal(plain));
                    self.quantity()?;
                }
            }
            is_start = false;
        }
        Ok(())
    }

    fn anchor(&mut self, written: &str) {
        self.written.push_str(written);
        self.has_anchors = true;
    }

    /// Reads a class whose opening bracket stood at `start`.
    fn bracket(&mut self, start: usize) -> Parsed<String> {
        let mut class = String::from("[");
        if self.peek() == Some('^') {
            self.next();
            class.push('^');
        }
        let mut is_first = true;
        loop {
            let at = self.at;
            let Some(character) = self.next() else {
                return self.refuse(start, "this [ is never closed");
            };
            let first = match character {
                ']' if !is_first => break,
                '[' => return self.refuse(at, "brackets do not nest; \\[ is the character"),
                '\\' => match self.escaped(at)? {
                    Escaped::Class(letter) => {
                        class.push_str(&format!("[{}]", named(letter)));
                        is_first = false;
                        continue;
                    }
                    Escaped::Character(character) => character,
                },
                plain => plain,
            };
            is_first = false;
            class.push_str(&literal(first));
            if !self.rest.starts_with('-') || self.rest.starts_with("-]") {
                continue;
            }
            self.next();
            let last_at = self.at;
            let last = match self.next() {
                None => return self.refuse(start, "this [ is never closed"),
                Some('\\') => match self.escaped(last_at)? {
                    Escaped::Character(character) => character,
                    Escaped::Class(_) => {
                        return self.refuse(last_at, "a range ends with a character");
                    }
                },
                Some(plain) => plain,
            };
            if last < first {
                return self.refuse(at, format!("the range {first}-{last} is upside down"));
            }
            class.push('-');
            class.push_str(&literal(last));
        }
        class.push(']');
        Ok(class)
    }

    /// Reads what a backslash at `at` stands before.
    fn escaped(&mut self, at: usize) -> Parsed<Escaped> {
        match self.next() {
            None => self.refuse(at, "a backslash at the end escapes nothing"),
            Some(letter @ ('d' | 'D' | 's' | 'S' | 'w' | 'W')) => Ok(Escaped::Class(letter)),
            Some('x') => {
                let code = self.rest.get(..2).and_then(|hex| {
                    let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
                    u8::from_str_radix(hex, 16).ok().filter(|_| is_hex)
                });
                let Some(code) = code.filter(u8::is_ascii) else {
                    return self.refuse(at, "\\x stands before two hexadecimal digits, up to 7f");
                };
                self.next();
                self.next();
                Ok(Escaped::Character(char::from(code)))
            }
            Some(symbol) if !symbol.is_ascii_alphanumeric() => Ok(Escaped::Character(symbol)),
            Some(other) => self.refuse(
                at,
                format!("\\{other} is not one of \\d \\D \\s \\S \\w \\W \\xhh"),
            ),
        }
    }

    /// Reads `?`, `*`, `+`, `{m}`, `{m,}`, `{,n}` or `{m,n}`, if one stands here.
    fn quantity(&mut self) -> Parsed<()> {
        let at = self.at;
        match self.peek() {
            Some(sign @ ('?' | '*' | '+')) => {
                self.next();
                self.write(&sign.to_string());
            }
            Some('{') => {
                self.next();
                let Some((inside, after)) = self.rest.split_once('}') else {
                    return self.refuse(at, "this { is never closed");
                };
                let (least, most) = match inside.split_once(',') {
                    Some((least, most)) => (least, Some(most)),
                    None => (inside, None),
                };
                let number = |text: &str| text.parse::<u32>().ok();
                let is_open = |text: &str| text.is_empty() && inside.len() > 1;
                let repeats = match (number(least), most.map(|most| (most, number(most)))) {
                    (Some(times), None) => Some(format!("{{{times}}}")),
                    (Some(least), Some(("", _))) => Some(format!("{{{least},}}")),
                    (None, Some((_, Some(most)))) if is_open(least) => {
                        Some(format!("{{0,{most}}}"))
                    }
                    (Some(least), Some((_, Some(most)))) if least <= most => {
                        Some(format!("{{{least},{most}}}"))
                    }
                    _ => None,
                };
                let Some(repeats) = repeats else {
                    return self.refuse(at, "{m}, {m,}, {,n} and {m,n} can stand here, m up to n");
                };
                self.at += inside.chars().count() + 1;
                self.rest = after;
                self.write(&repeats);
            }
            _ => return Ok(()),
        }
        // Whether it takes as few characters as it can makes no difference to whether it matches.
        if self.peek() == Some('?') {
            self.next();
        }
        match self.peek() {
            Some(sign @ ('?' | '*' | '+' | '{')) => {
                self.refuse(self.at, format!("{sign} repeats what is repeated already"))
            }
            _ => Ok(()),
        }
    }
}

enum Escaped {
    Class(char),
    Character(char),
}

/// Returns what stands in brackets for `\d` and its like.
fn named(letter: char) -> &'static str {
    match letter {
        'd' => "0-9",
        'D' => "^0-9",
        'w' => "0-9A-Za-z_",
        'W' => "^0-9A-Za-z_",
        's' => r"\t-\r\x20",
        _ => r"^\t-\r\x20",
    }
}

fn literal(character: char) -> String {
    if character.is_ascii_alphanumeric() {
        character.to_string()
    } else {
        format!("\\x{{{:x}}}", u32::from(character))
    }
}
