//! Filter expressions cut into words, quoted texts and marks.

use serde_json::Value;

use super::filter::Comparison;
use super::filter_error::{FilterError, FilterFault};
use super::filter_slips::{Slip, open_text, slip};

/// A piece of a filter expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A keyword, connective, number or unquoted text.
    Word(String),
    /// A text in double quotes.
    Quoted(String),
    /// `annotation[…]`: the key.
    AnnotationKey(String),
    /// One of `( ) { } , : !`.
    Mark(char),
    /// A comparison.
    Comparison(Comparison),
    /// `#` and the JSON after it.
    Json(Value),
}

/// A piece and its place.
pub struct Placed {
    /// The piece.
    pub token: Token,
    /// Its first character, counted from 1.
    pub at: usize,
    /// How many characters it has.
    pub length: usize,
}

/// Cuts a filter expression into pieces.
///
/// # Errors
/// At a character that begins none, or a quote or bracket without an end.
pub fn tokens(text: &str) -> Result<Vec<Placed>, FilterError> {
    let characters: Vec<char> = text.chars().collect();
    let missing_at_the_end = |expected| FilterError {
        fault: FilterFault::Expected(expected),
        at: characters.len() + 1,
        length: 0,
        right: None,
        text: text.to_string(),
    };
    let wrong = |slip: Slip| FilterError {
        fault: slip.fault,
        at: slip.start + 1,
        length: slip.length,
        right: slip.right,
        text: text.to_string(),
    };
    let peek = |i: usize| characters.get(i).copied();
    let mut tokens: Vec<Placed> = Vec::new();
    let mut i = 0;
    while let Some(character) = peek(i) {
        if let Some(slip) = slip(&characters, i) {
            return Err(wrong(slip));
        }
        let at = i + 1;
        i += 1;
        let followed_by_equals = peek(i) == Some('=');
        let token = match character {
            c if c.is_whitespace() => continue,
            '(' | ')' | '{' | '}' | ',' | ':' => Token::Mark(character),
            '!' if !followed_by_equals => Token::Mark('!'),
            '=' => Token::Comparison(Comparison::Equal),
            '<' if !followed_by_equals => Token::Comparison(Comparison::Less),
            '>' if !followed_by_equals => Token::Comparison(Comparison::Greater),
            '!' | '<' | '>' => {
                i += 1;
                Token::Comparison(match character {
                    '!' => Comparison::NotEqual,
                    '<' => Comparison::LessOrEqual,
                    _ => Comparison::GreaterOrEqual,
                })
            }
            '"' => {
                let (quoted, after) =
                    quoted(&characters, i).ok_or_else(|| wrong(open_text(&characters, i - 1)))?;
                i = after;
                Token::Quoted(quoted)
            }
            c if is_word_character(c) => {
                let start = i - 1;
                while peek(i).is_some_and(is_word_character) {
                    i += 1;
                }
                let word: String = characters
                    .get(start..i)
                    .unwrap_or_default()
                    .iter()
                    .collect();
                if word.eq_ignore_ascii_case("annotation") && peek(i) == Some('[') {
                    let length = characters
                        .iter()
                        .skip(i)
                        .position(|c| *c == ']')
                        .ok_or_else(|| missing_at_the_end("`]`"))?;
                    let key: String = characters.iter().skip(i + 1).take(length - 1).collect();
                    i += length + 1;
                    Token::AnnotationKey(key.trim_matches('"').to_string())
                } else {
                    Token::Word(word)
                }
            }
            '#' => {
                let (json, length) = json(&characters, i).ok_or_else(|| FilterError {
                    fault: FilterFault::Json,
                    at,
                    length: 1,
                    right: None,
                    text: text.to_string(),
                })?;
                i += length;
                Token::Json(json)
            }
            _ => {
                return Err(FilterError {
                    fault: FilterFault::Expected("a keyword"),
                    at,
                    length: 1,
                    right: None,
                    text: text.to_string(),
                });
            }
        };
        tokens.push(Placed {
            token,
            at,
            length: i + 1 - at,
        });
    }
    Ok(tokens)
}

// `:` is not among them, although types such as AWS::EC2::Instance have it: those are quoted, and
// `id(name:"x")` needs the mark.
fn is_word_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | '/' | '*')
}

// The JSON that begins at `start`, and how many characters it has.
fn json(characters: &[char], start: usize) -> Option<(Value, usize)> {
    let rest: String = characters.get(start..)?.iter().collect();
    let mut values = serde_json::Deserializer::from_str(&rest).into_iter::<Value>();
    let json = values.next()?.ok()?;
    let length = rest.get(..values.byte_offset())?.chars().count();
    Some((json, length))
}

fn quoted(characters: &[char], start: usize) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut i = start;
    loop {
        match characters.get(i)? {
            '"' => return Some((text, i + 1)),
            // Only the quote and the backslash need an escape; others stay as they are.
            '\\' if matches!(characters.get(i + 1), Some('"' | '\\')) => {
                text.extend(characters.get(i + 1));
                i += 2;
            }
            other => {
                text.push(*other);
                i += 1;
            }
        }
    }
}
