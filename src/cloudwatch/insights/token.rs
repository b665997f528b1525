//! Names, texts, expressions and signs of a query, each with its place.

use super::QueryError;
use super::scope::error;
use super::tree::Place;

/// A name, a text, an expression or a sign.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A field, a keyword, a number or a period: what begins with a letter, a digit, `_`, `@`, `.` or a backtick.
    Word(Ident),
    /// A text in double or single quotes.
    Text(String),
    /// `/regular expression/`
    Regex(String),
    /// One or two other characters.
    Sign(&'static str),
}

/// A name as it is written: `a.b`, ``m.`odd.key` ``, `list[0]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ident {
    /// All of it, without backticks; an index stands behind a dot.
    pub name: String,
    /// Its parts; what stands in backticks is one.
    pub steps: Vec<String>,
    /// Whether a part stands in backticks, so that it is no keyword.
    pub is_quoted: bool,
}

/// A token and where it stands, in characters: `start..end`.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    pub token: Token,
    pub start: usize,
    pub end: usize,
}

/// Signs of the language; the longer ones stand first, since the shorter ones begin them.
const SIGNS: [&str; 20] = [
    "=~", "!=", "<=", ">=", "|", ",", "(", ")", "[", "]", "=", "<", ">", "*", "+", "-", "%", "^",
    "/", ":",
];

/// What other languages write, and what is written here.
const FOREIGN: [(&str, &str); 16] = [
    ("===", "use ="),
    ("==", "use ="),
    ("!==", "use !="),
    ("<>", "use !="),
    ("!~", "use not like /…/"),
    ("&&", "use and"),
    ("||", "use or"),
    ("!", "use not"),
    ("&", "use and"),
    ("~", "use =~ /…/"),
    (";", "commands are joined by |"),
    ("“", "use straight quotes"),
    ("”", "use straight quotes"),
    ("‘", "use straight quotes"),
    ("’", "use straight quotes"),
    ("$", "a field is named without $, or in backticks"),
];

/// Returns the tokens of a query; comments, from `#` to the end of the line, are none.
///
/// # Errors
/// For a text, name or expression that does not end, and for a sign that is none here.
pub fn tokens(text: &str) -> Result<Vec<Placed>, QueryError> {
    let characters: Vec<char> = text.chars().collect();
    let mut lexer = Lexer {
        characters: &characters,
        at: 0,
        tokens: Vec::new(),
        is_parse: false,
        depth: 0,
    };
    while let Some(&first) = characters.get(lexer.at) {
        if first.is_whitespace() {
            lexer.at += 1;
        } else if first == '#' {
            lexer.at += lexer.rest().iter().take_while(|c| **c != '\n').count();
        } else {
            let start = lexer.at;
            let token = lexer.token(first)?;
            lexer.follow(&token);
            let end = lexer.at;
            lexer.tokens.push(Placed { token, start, end });
        }
    }
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    characters: &'a [char],
    at: usize,
    tokens: Vec<Placed>,
    /// Inside the command `parse`, whose field an expression may follow.
    is_parse: bool,
    /// Parentheses that are open.
    depth: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &[char] {
        self.characters.get(self.at..).unwrap_or_default()
    }

    fn begins_with(&self, sign: &str) -> bool {
        let rest = self.rest();
        sign.chars()
            .enumerate()
            .all(|(idx, c)| rest.get(idx) == Some(&c))
    }

    fn token(&mut self, first: char) -> Result<Token, QueryError> {
        match first {
            '"' | '\'' => Ok(Token::Text(self.quoted(first)?)),
            '/' if self.expects_regex() => Ok(Token::Regex(self.quoted(first)?)),
            '`' => Ok(Token::Word(self.ident()?)),
            c if is_word(c) => Ok(Token::Word(self.ident()?)),
            _ => self.sign(first),
        }
    }

    fn sign(&mut self, first: char) -> Result<Token, QueryError> {
        let foreign = FOREIGN.iter().find(|(sign, _)| self.begins_with(sign));
        let sign = SIGNS.iter().find(|sign| self.begins_with(sign));
        if let Some(sign) = sign.filter(|sign| foreign.is_none_or(|(it, _)| it.len() < sign.len()))
        {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        let error = |what: String, n: usize| Err(refused(&what, self.at, self.at + n));
        match foreign {
            Some((sign, advice)) => error(
                format!("the language has no {sign} here: {advice}"),
                sign.chars().count(),
            ),
            None => error(format!("the character {first} is not expected here"), 1),
        }
    }

    // A slash begins an expression where a value is expected, and behind the field of `parse`; it is a division
    // behind a value.
    fn expects_regex(&self) -> bool {
        const BEFORE_VALUES: [&str; 5] = ["like", "and", "or", "not", "by"];
        let Some(last) = self.tokens.last() else {
            return true;
        };
        match &last.token {
            Token::Word(word) if BEFORE_VALUES.iter().any(|it| word.is(it)) => true,
            // Behind the name of a command.
            Token::Word(_) if self.is_first() => true,
            Token::Word(_) => self.is_parse && self.depth == 0,
            Token::Sign(")") => self.is_parse && self.depth == 0,
            Token::Sign("]") | Token::Text(_) | Token::Regex(_) => false,
            Token::Sign(_) => true,
        }
    }

    // Whether the last token is the first one of a command.
    fn is_first(&self) -> bool {
        let before = self.tokens.iter().rev().nth(1);
        before.is_none_or(|before| before.token == Token::Sign("|"))
    }

    fn follow(&mut self, token: &Token) {
        let begins_command = self
            .tokens
            .last()
            .is_none_or(|last| last.token == Token::Sign("|"));
        match token {
            Token::Word(word) if begins_command => self.is_parse = word.is("parse"),
            Token::Sign("(") => self.depth += 1,
            Token::Sign(")") => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    // What stands between quotes. In an expression only the slash is escaped, in a text the backslash and the
    // quotes; every other backslash stands for itself, as in a message that is JSON.
    fn quoted(&mut self, quote: char) -> Result<String, QueryError> {
        let start = self.at;
        let mut content = String::new();
        self.at += 1;
        while let Some(&c) = self.characters.get(self.at) {
            self.at += 1;
            if c == quote {
                return Ok(content);
            }
            let next = self.characters.get(self.at).copied();
            let is_escape = match (quote, next) {
                ('/', Some(next)) => next == '/',
                ('`', _) => false,
                (_, Some(next)) => "\"'\\".contains(next),
                _ => false,
            };
            match next {
                Some(next) if c == '\\' && is_escape => {
                    content.push(next);
                    self.at += 1;
                }
                Some(next) if c == '\\' && quote == '/' => {
                    content.extend([c, next]);
                    self.at += 1;
                }
                _ => content.push(c),
            }
        }
        let what = format!("what {quote} opens here is never closed");
        Err(refused(&what, start, self.characters.len()))
    }

    fn ident(&mut self) -> Result<Ident, QueryError> {
        let start = self.at;
        let mut ident = Ident::default();
        let mut step = String::new();
        let mut is_empty = true;
        while let Some(&c) = self.characters.get(self.at) {
            match c {
                '`' => {
                    step.push_str(&self.quoted('`')?);
                    ident.is_quoted = true;
                    is_empty = false;
                }
                '.' => {
                    // The dot of a fraction is one like any other.
                    if is_empty && !ident.steps.is_empty() {
                        break;
                    }
                    self.at += 1;
                    ident.steps.push(std::mem::take(&mut step));
                    is_empty = true;
                }
                '[' => match self.index(start) {
                    Some((index, length)) => {
                        self.at += length;
                        if !is_empty {
                            ident.steps.push(std::mem::take(&mut step));
                        }
                        step = index;
                        is_empty = false;
                        if !matches!(self.characters.get(self.at), Some('.' | '[')) {
                            break;
                        }
                    }
                    None => break,
                },
                c if is_word(c) => {
                    step.push(c);
                    self.at += 1;
                    is_empty = false;
                }
                // `1e-5`
                '-' | '+' if is_exponent(&ident, &step) && self.is_digit(1) => {
                    step.push(c);
                    self.at += 1;
                }
                _ => break,
            }
        }
        ident.steps.push(step);
        ident.name = ident.steps.join(".");
        if ident.steps.iter().any(String::is_empty) && ident.name.parse::<f64>().is_err() {
            let what = match self.tokens.last() {
                Some(last) if last.token == Token::Sign(")") && last.end == start => {
                    "what a function gives has no members here: give it a name first, as in fields jsonParse(…) as j, j.name".to_string()
                }
                _ => format!("the name {} has an empty part", ident.name),
            };
            return Err(refused(&what, start, self.at));
        }
        Ok(ident)
    }

    // `[0]` directly behind a name; behind `in` it is a list.
    fn index(&self, start: usize) -> Option<(String, usize)> {
        let word: String = self.characters.get(start..self.at)?.iter().collect();
        if word.is_empty() || word.eq_ignore_ascii_case("in") {
            return None;
        }
        let rest = self.rest();
        let digits: String = rest
            .iter()
            .skip(1)
            .take_while(|c| c.is_ascii_digit())
            .collect();
        let is_closed = rest.get(digits.len() + 1) == Some(&']');
        let is_index = is_closed && !digits.is_empty() && digits.len() < 10;
        is_index.then(|| {
            let length = digits.len() + 2;
            (digits, length)
        })
    }

    fn is_digit(&self, offset: usize) -> bool {
        let c = self.characters.get(self.at + offset);
        c.is_some_and(char::is_ascii_digit)
    }
}

impl Ident {
    /// Returns a name of one part.
    pub fn of(name: &str) -> Ident {
        Ident {
            name: name.to_string(),
            steps: name.split('.').map(str::to_string).collect(),
            is_quoted: false,
        }
    }

    /// Tells whether it is a keyword.
    pub fn is(&self, keyword: &str) -> bool {
        !self.is_quoted && self.name.eq_ignore_ascii_case(keyword)
    }

    /// Returns it as a number, if it is one.
    pub fn number(&self) -> Option<f64> {
        let begins = self
            .name
            .starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let number = self
            .name
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite());
        number.filter(|_| begins && !self.is_quoted)
    }
}

fn refused(what: &str, start: usize, end: usize) -> QueryError {
    error(Place { start, end }, what)
}

fn is_exponent(ident: &Ident, step: &str) -> bool {
    let begins = ident
        .steps
        .iter()
        .all(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    let mantissa = step.strip_suffix(['e', 'E']);
    let is_number =
        mantissa.is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
    begins && is_number && !ident.is_quoted
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_@.".contains(c)
}
