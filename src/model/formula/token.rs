//! The words of a formula.

use super::{FormulaError, FormulaProblem};
use crate::model::span::Value;

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A number without a sign.
    Number(Value),
    /// A text, its quotes and escapes undone.
    Text(String),
    /// A column's name.
    Column(String),
    /// A function, `AND`, `OR`, `true`, `false` or `null`.
    Name(String),
    /// An operator, a parenthesis or a comma.
    Sign(&'static str),
    /// Nothing is left.
    End,
}

/// A word and the character it begins at, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The word.
    pub token: Token,
    /// Where.
    pub column: usize,
}

// The longer ones first, so that `<=` is not read as `<`.
const SIGNS: [&str; 15] = [
    "<=", ">=", "!=", "<", ">", "=", "!", "*", "/", "%", "+", "-", "(", ")", ",",
];

/// Splits a formula into words; the last one is always [`Token::End`].
///
/// # Errors
/// For characters that begin no word, texts without an end, and numbers beyond 64 bits.
pub fn tokens(text: &str) -> Result<Vec<Placed>, FormulaError> {
    let chars: Vec<char> = text.chars().collect();
    let mut lexer = Lexer {
        chars: &chars,
        at: 0,
    };
    let mut found = Vec::new();
    loop {
        lexer.take_while(char::is_whitespace);
        let column = lexer.at + 1;
        let token = lexer
            .token()
            .map_err(|problem| FormulaError { column, problem })?;
        let is_end = token == Token::End;
        found.push(Placed { token, column });
        if is_end {
            return Ok(found);
        }
    }
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take_while(&mut self, is_wanted: fn(char) -> bool) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let taken: String = rest.iter().take_while(|c| is_wanted(**c)).collect();
        self.at += taken.chars().count();
        taken
    }

    fn token(&mut self) -> Result<Token, FormulaProblem> {
        let Some(first) = self.peek(0) else {
            return Ok(Token::End);
        };
        match first {
            '$' => {
                self.at += 1;
                self.column()
            }
            '"' | '`' => self.text(first).map(Token::Text),
            '0'..='9' => self.number(),
            '.' if self.peek(1).is_some_and(|c| c.is_ascii_digit()) => self.number(),
            'a'..='z' | 'A'..='Z' => Ok(Token::Name(
                self.take_while(|c| c.is_ascii_alphanumeric() || c == '_'),
            )),
            _ => {
                let starts_here = |sign: &&&str| {
                    sign.chars()
                        .enumerate()
                        .all(|(idx, c)| self.peek(idx) == Some(c))
                };
                let sign = SIGNS
                    .iter()
                    .find(starts_here)
                    .ok_or(FormulaProblem::Character(first))?;
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
        }
    }

    // The service's grammar lets a bare name have operators in it: `$a+$b` is the column `a+` and then
    // the column `b`. We read it as the service does, and the parser explains.
    fn column(&mut self) -> Result<Token, FormulaProblem> {
        if let Some(quote @ ('"' | '`')) = self.peek(0) {
            return self.text(quote).map(Token::Column);
        }
        let name = self.take_while(|c| c.is_alphanumeric() || "_./:=+?-".contains(c));
        if name.is_empty() {
            return Err(FormulaProblem::Expected("a column name after `$`"));
        }
        Ok(Token::Column(name))
    }

    fn text(&mut self, quote: char) -> Result<String, FormulaProblem> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let c = self.peek(0).ok_or(FormulaProblem::OpenText)?;
            self.at += 1;
            match c {
                c if c == quote => return Ok(text),
                '\\' if quote == '"' => text.push(self.escaped()?),
                c => text.push(c),
            }
        }
    }

    // Source: the escapes of Go's interpreted string literals, to which the grammar refers.
    fn escaped(&mut self) -> Result<char, FormulaProblem> {
        let c = self.peek(0).ok_or(FormulaProblem::OpenText)?;
        self.at += 1;
        Ok(match c {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '\'' | '"' => c,
            'x' => self.coded(2, 16)?,
            'u' => self.coded(4, 16)?,
            'U' => self.coded(8, 16)?,
            '0'..='7' => {
                self.at -= 1;
                self.coded(3, 8)?
            }
            _ => return Err(FormulaProblem::Escape),
        })
    }

    fn coded(&mut self, n_digits: usize, radix: u32) -> Result<char, FormulaProblem> {
        let mut code = 0u32;
        for _ in 0..n_digits {
            let digit = self.peek(0).and_then(|c| c.to_digit(radix));
            code = code
                .checked_mul(radix)
                .zip(digit)
                .and_then(|(code, digit)| code.checked_add(digit))
                .ok_or(FormulaProblem::Escape)?;
            self.at += 1;
        }
        char::from_u32(code).ok_or(FormulaProblem::Escape)
    }

    fn number(&mut self) -> Result<Token, FormulaProblem> {
        let digits = |c: char| c.is_ascii_digit();
        let mut text = self.take_while(digits);
        let mut is_whole = true;
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            is_whole = false;
            self.at += 1;
            text.push('.');
            text.push_str(&self.take_while(digits));
        }
        if matches!(self.peek(0), Some('e' | 'E')) {
            let n_signs = usize::from(matches!(self.peek(1), Some('+' | '-')));
            if self.peek(1 + n_signs).is_some_and(|c| c.is_ascii_digit()) {
                is_whole = false;
                for _ in 0..=n_signs {
                    text.extend(self.peek(0));
                    self.at += 1;
                }
                text.push_str(&self.take_while(digits));
            }
        }
        let value = if is_whole {
            text.parse().ok().map(Value::Int)
        } else {
            text.parse()
                .ok()
                .filter(|f: &f64| f.is_finite())
                .map(Value::Float)
        };
        value.map(Token::Number).ok_or(FormulaProblem::Number(text))
    }
}
