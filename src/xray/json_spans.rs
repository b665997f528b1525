//! JSON with the place of every key and value, so that a finding can point at them.
//!
//! Small and strict (RFC 8259). Knows nothing of rules.

use std::ops::Range;

/// How deep arrays and objects may nest; reading recurses, and a rule file needs three levels.
const MAX_DEPTH: usize = 64;

/// A value and its place, in bytes of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// From the first byte to the one after the last.
    pub span: Range<usize>,
    /// The value.
    pub json: Json,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// Text, with its escapes resolved.
    String(String),
    /// The elements in order.
    Array(Vec<Node>),
    /// The members in order, repeated keys included.
    Object(Vec<Member>),
}

/// One `"key": value` of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The key with its escapes resolved.
    pub key: String,
    /// The place of the key with its quotes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

impl Json {
    /// Returns the kind of value with its article: `an object`.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }
}

/// Where and why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The offending bytes; empty at the end of the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Something else should be here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A comma before a closing bracket.
    #[error("comma after the last member")]
    TrailingComma,
    /// A value, and right behind it another one.
    #[error("missing comma")]
    MissingComma,
    /// A bracket or brace that is not closed until the end of the text.
    #[error("the `{0}` is not closed")]
    Unclosed(char),
    /// `//`, `/*` or `#`.
    #[error("comment in JSON")]
    Comment,
    /// A quote that is not `"`.
    #[error("wrong kind of quote")]
    Quote,
    /// A string that does not end on its line.
    #[error("string without a closing quote")]
    OpenString,
    /// A backslash before something else than JSON's escapes, or half a surrogate pair.
    #[error("invalid escape in a string")]
    Escape,
    /// A number that JSON cannot say: `01`, `.5`, `+1`, `1.`.
    #[error("invalid number")]
    Number,
    /// More levels than any sensible file.
    #[error("nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
}

/// Reads one JSON value and nothing after it.
///
/// # Errors
/// The first place where the text stops being JSON.
pub fn read(text: &str) -> Result<Node, SyntaxError> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.skip_space();
    let node = scanner.value(0)?;
    scanner.skip_space();
    match scanner.peek() {
        None => Ok(node),
        Some(_) => Err(scanner.unexpected("the end of the file")),
    }
}

/// Returns where `n` characters of a string's value stand in `text`, from the one that is counted `at`
/// from 0; `span` is the string with its quotes. Escapes count as the one character that they mean.
///
/// What lies past the end is the closing quote.
pub fn within_string(text: &str, span: &Range<usize>, at: usize, n: usize) -> Range<usize> {
    let quote = span.end.saturating_sub(1)..span.end;
    let inner = text.get(span.start + 1..quote.start).unwrap_or_default();
    let mut scanner = Scanner { text: inner, at: 0 };
    let mut starts = Vec::new();
    while scanner.peek().is_some() && starts.len() <= at.saturating_add(n) {
        starts.push(span.start + 1 + scanner.at);
        let is_escape = scanner.take() == Some('\\');
        if is_escape && scanner.escape().is_none() {
            break;
        }
    }
    let Some(start) = starts.get(at) else {
        return quote;
    };
    let end = starts.get(at.saturating_add(n)).unwrap_or(&quote.start);
    *start..(*end).max(start + 1)
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn take_if(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn fault(&self, start: usize, fault: Fault) -> SyntaxError {
        SyntaxError {
            span: start..self.at,
            fault,
        }
    }

    /// Names what should stand at the current place, or better, the usual mistake that stands there.
    fn unexpected(&mut self, expected: &'static str) -> SyntaxError {
        let start = self.at;
        let fault = match self.take() {
            Some(first) if first.is_alphanumeric() || first == '_' => {
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
                while self.peek().is_some_and(is_part) {
                    self.take();
                }
                Fault::Expected(expected)
            }
            Some('/' | '#') => Fault::Comment,
            Some('\'' | '“' | '”' | '‘' | '’' | '„' | '«' | '`') => Fault::Quote,
            _ => Fault::Expected(expected),
        };
        self.fault(start, fault)
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        let start = self.at;
        let json = match self.peek() {
            Some('{' | '[') if depth >= MAX_DEPTH => {
                self.at += 1;
                return Err(self.fault(start, Fault::TooDeep));
            }
            Some('{') => self.object(depth)?,
            Some('[') => self.array(depth)?,
            Some('"') => Json::String(self.string()?),
            Some('-' | '+' | '.' | '0'..='9') => self.number()?,
            Some('a'..='z' | 'A'..='Z') => self.word()?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node {
            span: start..self.at,
            json,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Json, SyntaxError> {
        let opened = self.at;
        self.at += 1;
        let mut members = Vec::new();
        self.skip_space();
        if self.take_if('}') {
            return Ok(Json::Object(members));
        }
        loop {
            if self.peek() != Some('"') {
                return Err(self.unexpected(if members.is_empty() {
                    "a key in double quotes or `}`"
                } else {
                    "a key in double quotes"
                }));
            }
            let key_start = self.at;
            let key = self.string()?;
            let key_span = key_start..self.at;
            self.skip_space();
            if !self.take_if(':') {
                return Err(self.unexpected("`:` after the key"));
            }
            self.skip_space();
            let value = self.value(depth + 1)?;
            members.push(Member {
                key,
                key_span,
                value,
            });
            if !self.another(opened, '}', "`,` or `}`")? {
                return Ok(Json::Object(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, SyntaxError> {
        let opened = self.at;
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_space();
        if self.take_if(']') {
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            if !self.another(opened, ']', "`,` or `]`")? {
                return Ok(Json::Array(elements));
            }
        }
    }

    /// Tells whether a comma leads to another element, or `close` ends the row that began at `opened`.
    fn another(
        &mut self,
        opened: usize,
        close: char,
        expected: &'static str,
    ) -> Result<bool, SyntaxError> {
        let after_value = self.at;
        self.skip_space();
        if self.take_if(close) {
            return Ok(false);
        }
        let comma = self.at;
        if !self.take_if(',') {
            return Err(match self.peek() {
                None => SyntaxError {
                    span: opened..opened + 1,
                    fault: Fault::Unclosed(if close == '}' { '{' } else { '[' }),
                },
                // It is missing behind the value, and not where the next one is.
                Some('"' | '{' | '[' | '-' | '0'..='9' | 't' | 'f' | 'n') => SyntaxError {
                    span: after_value..after_value,
                    fault: Fault::MissingComma,
                },
                Some(_) => self.unexpected(expected),
            });
        }
        let after_comma = self.at;
        self.skip_space();
        if self.peek() == Some(close) {
            return Err(SyntaxError {
                span: comma..after_comma,
                fault: Fault::TrailingComma,
            });
        }
        Ok(true)
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut string = String::new();
        loop {
            let before = self.at;
            match self.take() {
                Some('"') => return Ok(string),
                Some('\\') => match self.escape() {
                    Some(character) => string.push(character),
                    None => return Err(self.fault(before, Fault::Escape)),
                },
                Some(character) if !character.is_ascii_control() || character == '\u{7f}' => {
                    string.push(character);
                }
                _ => {
                    self.at = before;
                    return Err(self.fault(start, Fault::OpenString));
                }
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        match self.take()? {
            '"' => Some('"'),
            '\\' => Some('\\'),
            '/' => Some('/'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'u' => {
                let first = self.four_hex_digits()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first);
                }
                // Characters past U+FFFF are two escapes, RFC 8259 section 7.
                let second = match (self.take_if('\\'), self.take_if('u')) {
                    (true, true) => self.four_hex_digits()?,
                    _ => return None,
                };
                let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)
            }
            _ => None,
        }
    }

    fn four_hex_digits(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.peek()?.to_digit(16)?;
            self.at += 1;
            number = number * 16 + digit;
        }
        Some(number)
    }

    fn number(&mut self) -> Result<Json, SyntaxError> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some('-' | '+' | '.' | '0'..='9' | 'a'..='z' | 'A'..='Z' | '_')
        ) {
            self.at += 1;
        }
        let number = self.text.get(start..self.at).unwrap_or_default();
        if is_json_number(number) {
            Ok(Json::Number(number.to_string()))
        } else {
            Err(self.fault(start, Fault::Number))
        }
    }

    fn word(&mut self) -> Result<Json, SyntaxError> {
        let start = self.at;
        while matches!(self.peek(), Some('a'..='z' | 'A'..='Z' | '0'..='9' | '_')) {
            self.at += 1;
        }
        match self.text.get(start..self.at) {
            Some("true") => Ok(Json::Bool(true)),
            Some("false") => Ok(Json::Bool(false)),
            Some("null") => Ok(Json::Null),
            _ => Err(self.fault(start, Fault::Expected("a value"))),
        }
    }
}

fn is_json_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let exponent_digits = |text: &str| digits(text.strip_prefix(['+', '-']).unwrap_or(text));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(exponent_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(text: &str) -> (Fault, Range<usize>) {
        let error = read(text).unwrap_err();
        (error.fault, error.span)
    }

    #[test]
    fn values_know_their_place() {
        let node = read(" {\"a\": [1, \"é\\n\\ud83d\\ude00\"]} ").unwrap();
        assert_eq!(node.span, 1..31);
        let Json::Object(members) = node.json else {
            unreachable!()
        };
        assert_eq!(members[0].key_span, 2..5);
        let Json::Array(elements) = &members[0].value.json else {
            unreachable!()
        };
        assert_eq!(elements[0].json, Json::Number("1".to_string()));
        assert_eq!(elements[0].span, 8..9);
        assert_eq!(elements[1].json, Json::String("é\n😀".to_string()));
    }

    #[test]
    fn a_character_of_a_string_is_found_behind_its_escapes() {
        let text = r#"["a\"b\u00e9c\ud83d\ude00dé"]"#;
        let Json::Array(elements) = read(text).unwrap().json else {
            unreachable!()
        };
        let Json::String(value) = &elements[0].json else {
            unreachable!()
        };
        for (at, character) in value.chars().enumerate() {
            let span = within_string(text, &elements[0].span, at, 1);
            let written = format!("\"{}\"", &text[span]);
            let read = read(&written).unwrap().json;
            assert_eq!(read, Json::String(character.to_string()), "{at}");
        }
        let end = within_string(text, &elements[0].span, 99, 3);
        assert_eq!(&text[end], "\"");
        let to_the_end = within_string(text, &elements[0].span, 5, 99);
        assert!(text[to_the_end].ends_with("é"));
    }

    #[test]
    fn it_agrees_with_serde_json_on_what_is_json() {
        for text in [
            "0",
            "-0",
            "01",
            "1.",
            ".5",
            "+1",
            "1e5",
            "1E+5",
            "1e",
            "-",
            "1.5e-3",
            "0x10",
            "NaN",
            "true",
            "tru",
            "nul",
            "null",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\t\"",
            "\"\u{7f}\"",
            "\"\\u0041\"",
            "[]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{}",
            "{\"a\"}",
            "{a:1}",
            "{\"a\":1,}",
            "{\"a\":1}x",
            "",
            " ",
            "// no\n1",
            "'a'",
            "[",
            "{",
            "{\"a\":",
            "[[]]",
            "\"\\ud83d\\u0041\"",
            "\"\\udc00\"",
            "1_000",
            "\u{feff}1",
            "{\"a\":1,,\"b\":2}",
        ] {
            let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(read(text).is_ok(), theirs, "{text:?}");
        }
    }

    #[test]
    fn usual_mistakes_are_called_by_name() {
        assert_eq!(fault_of("{\"a\": 1,\n}"), (Fault::TrailingComma, 7..8));
        assert_eq!(fault_of("{ // x\n}"), (Fault::Comment, 2..3));
        assert_eq!(fault_of("{'a': 1}"), (Fault::Quote, 1..2));
        assert_eq!(fault_of("{“a”: 1}"), (Fault::Quote, 1..4));
        assert_eq!(fault_of("{\"a: 1\n}"), (Fault::OpenString, 1..6));
        assert_eq!(fault_of("[.5]"), (Fault::Number, 1..3));
        assert_eq!(fault_of("{\"a\": 1 \"b\": 2}"), (Fault::MissingComma, 7..7));
        assert_eq!(fault_of("{\"a\": 1"), (Fault::Unclosed('{'), 0..1));
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow_the_stack() {
        let arrays = "[".repeat(100_000);
        assert_eq!(fault_of(&arrays).0, Fault::TooDeep);
        let objects = "{\"a\":".repeat(100_000);
        assert_eq!(fault_of(&objects).0, Fault::TooDeep);
        let fine = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(read(&fine).is_ok());
    }
}
