//! Words, texts and signs of a query, each with its place.

use super::QueryError;

/// A word, a text or a sign.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// Letters, digits, `_`, `@` and `.`: a name, a keyword or a number.
    Word(String),
    /// A name in backticks.
    Name(String),
    /// A text in double or single quotes.
    Text(String),
    /// `/regular expression/`
    Regex(String),
    /// One or two other characters.
    Sign(&'static str),
}

/// A token and where it stands, in characters: `start..end`.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    pub token: Token,
    pub start: usize,
    pub end: usize,
}

// The longer ones stand first, since the shorter ones begin them.
const SIGNS: [&str; 19] = [
    "=~", "!=", "<=", ">=", "|", ",", "(", ")", "[", "]", "=", "<", ">", "*", "+", "-", "%", "^",
    "/",
];

/// Returns the tokens of a query; comments, from `#` to the end of the line, are none.
///
/// # Errors
/// For a text, name or expression that does not end, and for a character that has no business here.
pub fn tokens(text: &str) -> Result<Vec<Placed>, QueryError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Placed> = Vec::new();
    let mut at = 0;
    while let Some(&first) = characters.get(at) {
        let start = at;
        let rest = characters.get(at..).unwrap_or_default();
        if first.is_whitespace() {
            at += 1;
            continue;
        }
        if first == '#' {
            at += rest.iter().take_while(|c| **c != '\n').count();
            continue;
        }
        // A slash is the beginning of an expression after `like` and `=~`, and else a division.
        let expects_regex = tokens.last().is_some_and(|last| match &last.token {
            Token::Word(word) => word.eq_ignore_ascii_case("like"),
            Token::Sign(sign) => *sign == "=~",
            _ => false,
        });
        let token = if is_word(first) {
            let word: String = rest.iter().take_while(|c| is_word(**c)).collect();
            at += word.chars().count();
            Token::Word(word)
        } else if "\"'`".contains(first) || (first == '/' && expects_regex) {
            let (content, length) = quoted(rest, first).ok_or_else(|| QueryError {
                what: format!("what {first} opens here is never closed"),
                start,
                end: characters.len(),
            })?;
            at += length;
            match first {
                '`' => Token::Name(content),
                '/' => Token::Regex(content),
                _ => Token::Text(content),
            }
        } else {
            let begins = |sign: &&&str| {
                sign.chars()
                    .zip(0..)
                    .all(|(c, idx)| rest.get(idx) == Some(&c))
            };
            let Some(sign) = SIGNS.iter().find(begins) else {
                return Err(QueryError {
                    what: format!("the character {first} is not expected here"),
                    start,
                    end: start + 1,
                });
            };
            at += sign.len();
            Token::Sign(sign)
        };
        tokens.push(Placed {
            token,
            start,
            end: at,
        });
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_@.$".contains(c)
}

// What stands between quotes, and how many characters it is with them. A backslash keeps its own meaning
// in an expression, and else makes the next character plain.
fn quoted(rest: &[char], quote: char) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut idx = 1;
    loop {
        let c = *rest.get(idx)?;
        if c == quote {
            return Some((content, idx + 1));
        }
        let next = rest.get(idx + 1);
        if c == '\\' && next.is_some() {
            let next = *next?;
            if quote == '/' && next != '/' {
                content.push(c);
            }
            content.push(next);
            idx += 2;
            continue;
        }
        content.push(c);
        idx += 1;
    }
}
