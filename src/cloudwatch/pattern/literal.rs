//! Comparing a value with what a pattern says about it: numbers, text with `*`, regular expressions.

use super::PatternError;
use super::cursor::Cursor;
use super::regex::Regex;

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
    Number(f64),
    /// The pieces between the stars; one piece means that there is no star.
    Text(Vec<String>),
    Regex(Regex),
}

impl Comparison {
    /// Reads an operator and a literal; `None` if no operator stands here.
    pub fn parse(cursor: &mut Cursor<'_>) -> Result<Option<Comparison>, PatternError> {
        cursor.skip_spaces();
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
        cursor.skip_spaces();
        let at = cursor.at();
        let literal = literal(cursor)?;
        let orders = !matches!(op, Op::Equal | Op::Unequal);
        if orders && !matches!(literal, Literal::Number(_)) {
            return Err(PatternError::Expected {
                what: "a number",
                at,
            });
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

    /// Tells whether a number compares as asked.
    pub fn holds_for_number(&self, number: f64) -> bool {
        match &self.literal {
            Literal::Number(asked) => self.orders(number.partial_cmp(asked)),
            // `status = 5*` asks for the number's digits.
            _ => self.holds_for_text(&number.to_string()),
        }
    }

    /// Tells whether a text compares as asked; a text that is not a number equals no number.
    pub fn holds_for_text(&self, text: &str) -> bool {
        let equal = match &self.literal {
            Literal::Text(pieces) => fits(pieces, text),
            Literal::Regex(regex) => regex.is_in(text),
            Literal::Number(_) => false,
        };
        match self.op {
            Op::Equal => equal,
            Op::Unequal => !equal,
            _ => false,
        }
    }

    /// Tells whether a field of a line compares as asked: as a number if both are numbers.
    pub fn holds_for_field(&self, field: &str) -> bool {
        match (&self.literal, field.parse::<f64>()) {
            (Literal::Number(_), Ok(number)) => self.holds_for_number(number),
            _ => self.holds_for_text(field),
        }
    }

    fn orders(&self, ordering: Option<std::cmp::Ordering>) -> bool {
        let Some(ordering) = ordering else {
            return false;
        };
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

fn literal(cursor: &mut Cursor<'_>) -> Result<Literal, PatternError> {
    match cursor.peek() {
        Some('"') => Ok(Literal::Text(pieces(&cursor.quoted()?))),
        Some('%') => Ok(Literal::Regex(cursor.regex()?)),
        _ => {
            let ends = |c: char| c.is_whitespace() || ",])}&|\"".contains(c);
            let word = cursor.take_while(|c| !ends(c));
            if word.is_empty() {
                return Err(cursor.expected("a value"));
            }
            // Rust also reads `inf` and `nan` as numbers; here they are words.
            match word.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Literal::Number(number)),
                _ => Ok(Literal::Text(pieces(word))),
            }
        }
    }
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
