//! Comparing a value with what a pattern says about it: numbers, text with `*`, regular expressions.

use std::cmp::Ordering;

use super::cursor::Cursor;
use super::error::PatternError;
use super::number::{compare, is_number};
use super::regex::PatternRegex;

/// An operator and what stands to its right.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    op: Op,
    literal: Literal,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq)]
enum Literal {
    /// A number, as it is written.
    Number(String),
    /// The pieces between the stars; one piece means that there is no star.
    Text(Vec<String>),
    Regex(PatternRegex),
}

/// What a pattern compares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compared {
    /// A value of a JSON object.
    Json,
    /// A word of a line.
    Word,
}

impl Comparison {
    /// Reads an operator and a literal; `None` if no operator stands here.
    pub fn parse(
        cursor: &mut Cursor<'_>,
        compared: Compared,
    ) -> Result<Option<Comparison>, PatternError> {
        cursor.skip_spaces();
        let at = cursor.at();
        // The longer operators stand first, since the shorter ones begin them.
        let ops = [
            ("!=", Op::Unequal),
            ("<=", Op::LessOrEqual),
            (">=", Op::GreaterOrEqual),
            ("<", Op::Less),
            (">", Op::Greater),
            ("=", Op::Equal),
        ];
        let Some((_, op)) = ops.into_iter().find(|(spelt, _)| cursor.eat(spelt)) else {
            return Ok(None);
        };
        check_operator(cursor, at)?;
        cursor.skip_spaces();
        let (at, before) = (cursor.at(), cursor.rest());
        let literal = literal(cursor, compared)?;
        let orders = !matches!(op, Op::Equal | Op::Unequal);
        if orders && !matches!(literal, Literal::Number(_)) {
            let length = before.len() - cursor.rest().len();
            let written = before.get(..length).unwrap_or_default();
            let mut error = cursor.refuse_term(written, at);
            error.why = "only numbers can be compared by order".to_string();
            return Err(error.with_hint("numbers are written without quotes; text has = and !="));
        }
        Ok(Some(Comparison { op, literal }))
    }

    /// Returns a text that is in every text that compares as asked, if there is one.
    pub fn contained(&self) -> Option<&str> {
        match (&self.op, &self.literal) {
            (Op::Equal, Literal::Text(pieces)) => {
                let longest = pieces.iter().max_by_key(|piece| piece.len());
                longest
                    .filter(|piece| !piece.is_empty())
                    .map(String::as_str)
            }
            _ => None,
        }
    }

    /// Returns an expression that is in every text that compares as asked, if there is one.
    pub fn contained_regex(&self) -> Option<&PatternRegex> {
        match (&self.op, &self.literal) {
            (Op::Equal, Literal::Regex(regex)) => Some(regex),
            _ => None,
        }
    }

    /// Tells whether a number compares as asked; `number` is how it is written, which is what text and
    /// expressions are compared with.
    pub fn holds_for_number(&self, number: &str) -> bool {
        match &self.literal {
            Literal::Number(asked) => compare(number, asked).is_some_and(|it| self.orders(it)),
            Literal::Text(_) | Literal::Regex(_) => self.holds_for_text(number),
        }
    }

    /// Tells whether a text compares as asked: with a number by how that is written, and never by order.
    pub fn holds_for_text(&self, text: &str) -> bool {
        let equal = match &self.literal {
            Literal::Text(pieces) => fits(pieces, text),
            Literal::Regex(regex) => regex.is_in(text),
            Literal::Number(asked) => text == asked,
        };
        match self.op {
            Op::Equal => equal,
            Op::Unequal => !equal,
            _ => false,
        }
    }

    /// Tells whether a word of a line compares as asked: as a number if both are numbers.
    pub fn holds_for_word(&self, word: &str) -> bool {
        if is_number(word) {
            self.holds_for_number(word)
        } else {
            self.holds_for_text(word)
        }
    }

    /// Tells whether no value compares as asked here and there, as far as that is plain to see.
    pub fn excludes(&self, other: &Comparison) -> bool {
        self.is_alone_without(other)
            || other.is_alone_without(self)
            || self.is_above(other)
            || other.is_above(self)
    }

    // Whether only one value compares as asked, and that one not as the other asks.
    fn is_alone_without(&self, other: &Comparison) -> bool {
        let holds_for = |text: &str| {
            other.holds_for_text(text) || (is_number(text) && other.holds_for_number(text))
        };
        match (&self.op, &self.literal, &other.literal) {
            (Op::Equal, Literal::Text(pieces), _) => match &pieces[..] {
                [text] => !holds_for(text),
                _ => false,
            },
            // As it is written here; in other ways it is another text, and the same number.
            (Op::Equal, Literal::Number(number), Literal::Number(_)) => !holds_for(number),
            _ => false,
        }
    }

    // Whether all numbers here are above those there.
    fn is_above(&self, other: &Comparison) -> bool {
        let (Literal::Number(least), Literal::Number(most)) = (&self.literal, &other.literal)
        else {
            return false;
        };
        let is_pair = matches!(self.op, Op::Greater | Op::GreaterOrEqual)
            && matches!(other.op, Op::Less | Op::LessOrEqual);
        let both_include = self.op == Op::GreaterOrEqual && other.op == Op::LessOrEqual;
        is_pair
            && compare(least, most).is_some_and(|it| it.is_gt() || (it.is_eq() && !both_include))
    }

    fn orders(&self, ordering: Ordering) -> bool {
        match self.op {
            Op::Equal => ordering.is_eq(),
            Op::Unequal => ordering.is_ne(),
            Op::Less => ordering.is_lt(),
            Op::LessOrEqual => ordering.is_le(),
            Op::Greater => ordering.is_gt(),
            Op::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

// Refuses operators of other languages, whose first character was just read.
fn check_operator(cursor: &Cursor<'_>, at: usize) -> Result<(), PatternError> {
    match cursor.peek() {
        Some('=' | '<' | '>') => {
            let error = cursor.refuse_form(at, 2, "there is no such operator");
            Err(error.with_hint("the operators are = != < <= > >="))
        }
        Some('~') => {
            let error = cursor.refuse_here("");
            Err(error.with_hint("a regular expression is written = %expression%"))
        }
        _ => Ok(()),
    }
}

fn literal(cursor: &mut Cursor<'_>, compared: Compared) -> Result<Literal, PatternError> {
    let at = cursor.at();
    let text = match cursor.peek() {
        Some('"') => cursor.quoted()?,
        Some('%') => return Ok(Literal::Regex(cursor.regex()?)),
        _ => {
            let word = word(cursor)?;
            if is_number(word) {
                return Ok(Literal::Number(word.to_string()));
            }
            if compared == Compared::Json {
                check_keyword(cursor, word, at)?;
            }
            word.to_string()
        }
    };
    let has_inner_star = text.trim_matches('*').contains('*');
    if compared == Compared::Json && has_inner_star {
        let length = cursor.at() - at;
        cursor.warn(
            at,
            length,
            "AWS documents * at the ends of a text only; in the middle it stands for any characters here",
        );
    }
    Ok(Literal::Text(pieces(&text)))
}

// Reads a word without quotes.
fn word<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, PatternError> {
    let at = cursor.at();
    let belongs = |c: char| c.is_alphanumeric() || "_.*-+/@#".contains(c);
    let word = cursor.take_while(belongs);
    let ends = |c: char| c.is_whitespace() || ",])}&|".contains(c);
    match cursor.peek() {
        Some('\'') => {
            let error = cursor.refuse_here("");
            Err(error.with_hint("put text in double quotes, not in single ones"))
        }
        Some(other) if !ends(other) => {
            let error = cursor.refuse_here("");
            Err(error.with_hint(format!("put text that has {other} in it in double quotes")))
        }
        _ if word.is_empty() => Err(cursor.refuse_form(at, 1, "a value is expected here")),
        _ => Ok(word),
    }
}

fn check_keyword(cursor: &mut Cursor<'_>, word: &str, at: usize) -> Result<(), PatternError> {
    if word.eq_ignore_ascii_case("null") {
        let error = cursor.refuse_form(at, word.len(), "nothing equals null");
        return Err(error.with_hint("write $.field IS NULL"));
    }
    if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
        let upper = word.to_uppercase();
        cursor.warn(
            at,
            word.len(),
            format!("this is the text \"{word}\"; a boolean is found by IS {upper}"),
        );
    }
    Ok(())
}

fn pieces(text: &str) -> Vec<String> {
    text.split('*').map(str::to_string).collect()
}

/// Tells whether `text` is `pieces` with anything between them.
fn fits(pieces: &[String], text: &str) -> bool {
    let Some((first, others)) = pieces.split_first() else {
        return text.is_empty();
    };
    let Some((last, middle)) = others.split_last() else {
        return text == first;
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for piece in middle {
        // The earliest place is always good enough: it leaves the most for what follows.
        match rest.split_once(piece.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_run_of_characters() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "A", false),
            ("*", "", true),
            ("*", "anything", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*a", "a", false),
            ("*b*b*", "abcb", true),
            ("*b*b*", "abc", false),
            ("x**y", "xy", true),
            ("*é*", "caféx", true),
        ] {
            assert_eq!(
                fits(&pieces(pattern), text),
                expected,
                "{pattern} against {text}"
            );
        }
    }
}
