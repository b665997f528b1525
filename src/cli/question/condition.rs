//! Conditions: `http.route = /api/activities/home and (duration_ms > 250 or error exists)`.

use super::pointed;
use crate::model::query::{Arity, Filter, FilterOp};
use crate::model::span::Value;

/// A condition as it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// One comparison.
    Test(Filter),
    /// All of them hold.
    All(Vec<Condition>),
    /// One of them holds.
    Any(Vec<Condition>),
}

/// Parentheses go at most this deep.
const MAX_DEPTH: usize = 50;

/// Reads a condition.
///
/// A comparison is `COLUMN OPERATOR VALUE` with Honeycomb's operators: `= != > >= < <=`, `starts-with`,
/// `ends-with`, `contains`, `exists`, `in` and their opposites; `==` is `=`. `and` binds tighter than `or`;
/// `not` turns what follows it into its opposite; parentheses group. A value in quotes is text; without,
/// `true`, `false` and numbers are what they look like, and it ends at `and`, `or` or a parenthesis that
/// is not its own. A column with blanks in it stands in quotes. `in` takes values separated by commas, in
/// parentheses if one likes.
///
/// # Errors
/// What was expected, with a caret under the place.
pub fn parse_condition(text: &str) -> Result<Condition, String> {
    let mut reader = Reader {
        text,
        position: 0,
        depth: 0,
    };
    let condition = reader.any()?;
    match reader.next() {
        None => Ok(condition),
        Some(')') => Err(reader.wrong("no parenthesis is open here")),
        Some(_) => Err(reader.wrong("expected `and`, `or` or the end")),
    }
}

impl Condition {
    /// Returns the opposite: every comparison becomes its own, and `and` becomes `or`.
    fn opposite(self) -> Condition {
        let all = |parts: Vec<Condition>| parts.into_iter().map(Condition::opposite).collect();
        match self {
            Condition::Test(filter) => Condition::Test(Filter {
                op: opposite(filter.op),
                ..filter
            }),
            Condition::All(parts) => Condition::Any(all(parts)),
            Condition::Any(parts) => Condition::All(all(parts)),
        }
    }

    /// Returns the column of every comparison, from left to right.
    pub fn columns(&mut self) -> Vec<&mut String> {
        match self {
            Condition::Test(filter) => vec![&mut filter.column],
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter_mut().flat_map(Condition::columns).collect()
            }
        }
    }
}

fn opposite(op: FilterOp) -> FilterOp {
    match op {
        FilterOp::Equal => FilterOp::NotEqual,
        FilterOp::NotEqual => FilterOp::Equal,
        FilterOp::Greater => FilterOp::LessOrEqual,
        FilterOp::GreaterOrEqual => FilterOp::Less,
        FilterOp::Less => FilterOp::GreaterOrEqual,
        FilterOp::LessOrEqual => FilterOp::Greater,
        FilterOp::StartsWith => FilterOp::DoesNotStartWith,
        FilterOp::DoesNotStartWith => FilterOp::StartsWith,
        FilterOp::EndsWith => FilterOp::DoesNotEndWith,
        FilterOp::DoesNotEndWith => FilterOp::EndsWith,
        FilterOp::Exists => FilterOp::DoesNotExist,
        FilterOp::DoesNotExist => FilterOp::Exists,
        FilterOp::Contains => FilterOp::DoesNotContain,
        FilterOp::DoesNotContain => FilterOp::Contains,
        FilterOp::In => FilterOp::NotIn,
        FilterOp::NotIn => FilterOp::In,
    }
}

struct Reader<'a> {
    text: &'a str,
    // In bytes, always between two characters.
    position: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.word("or") || self.sign("||") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.word("and") || self.sign("&&") {
            parts.push(self.one()?);
        }
        Ok(joined(parts, Condition::All))
    }

    fn one(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("nested too deeply"));
        }
        let condition = if self.word("not") {
            self.one()?.opposite()
        } else if self.sign("(") {
            let inside = self.any()?;
            if !self.sign(")") {
                return Err(self.wrong("expected `and`, `or` or `)`"));
            }
            inside
        } else {
            Condition::Test(self.test()?)
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn test(&mut self) -> Result<Filter, String> {
        self.skip_blanks();
        let column = self.column()?;
        self.skip_blanks();
        let rest = self.rest();
        let Some((name, op)) = operator_at(rest) else {
            let names: Vec<&str> = FilterOp::ALL.iter().map(|(name, _)| *name).collect();
            return Err(self.wrong(&format!("expected an operator: {}", names.join(" "))));
        };
        self.position += name.len();
        self.skip_blanks();
        let values = match op.arity() {
            Arity::None => Vec::new(),
            Arity::One => vec![self.value(false)?],
            Arity::Many => self.values()?,
        };
        if op.arity() == Arity::None && !self.is_at_an_end() {
            return Err(self.wrong(&format!("{name} takes no value")));
        }
        Ok(Filter { column, op, values })
    }

    // A column ends at a blank or where an operator of signs begins.
    fn column(&mut self) -> Result<String, String> {
        if let Some(quoted) = self.quoted()? {
            return Ok(quoted);
        }
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || "=!<>()".contains(c));
        let column = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        if column.is_empty() || joint(rest).is_some() {
            return Err(self.wrong("expected a column, such as http.route"));
        }
        self.position += column.len();
        Ok(column.to_string())
    }

    // Values separated by commas; in parentheses, to the closing one.
    fn values(&mut self) -> Result<Vec<Value>, String> {
        let start = self.position;
        let has_parentheses = self.sign("(");
        let mut values = Vec::new();
        loop {
            self.skip_blanks();
            if has_parentheses && self.sign(")") {
                break;
            }
            values.push(self.value(true)?);
            if self.sign(",") {
                continue;
            }
            if has_parentheses && !self.sign(")") {
                return Err(self.wrong("expected `,` or `)`"));
            }
            break;
        }
        if values.is_empty() {
            return Err(pointed(
                self.text,
                start,
                "expected values separated by commas",
            ));
        }
        Ok(values)
    }

    fn value(&mut self, is_in_a_list: bool) -> Result<Value, String> {
        if let Some(quoted) = self.quoted()? {
            return Ok(quoted.as_str().into());
        }
        let rest = self.rest();
        let mut end = rest.len();
        let mut open = 0usize;
        for (i, c) in rest.char_indices() {
            match c {
                '(' => open += 1,
                ')' if open == 0 => {
                    end = i;
                    break;
                }
                ')' => open -= 1,
                ',' if is_in_a_list => {
                    end = i;
                    break;
                }
                c if c.is_whitespace() && is_joint(rest.get(i..).unwrap_or_default()) => {
                    end = i;
                    break;
                }
                _ => {}
            }
        }
        let word = rest.get(..end).unwrap_or_default().trim_end();
        if word.is_empty() {
            return Err(self.wrong("expected a value"));
        }
        self.position += word.len();
        Ok(value_of(word))
    }

    // A text in quotes, if one begins here; a backslash keeps a quote or a backslash.
    fn quoted(&mut self) -> Result<Option<String>, String> {
        let rest = self.rest();
        let Some(quote) = rest.chars().next().filter(|c| "\"'`".contains(*c)) else {
            return Ok(None);
        };
        let mut inner = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((i, c)) = characters.next() {
            match c {
                '\\' => match characters.next() {
                    Some((_, kept)) if kept == quote || kept == '\\' => inner.push(kept),
                    Some((_, other)) => inner.extend(['\\', other]),
                    None => inner.push('\\'),
                },
                c if c == quote => {
                    self.position += i + c.len_utf8();
                    return Ok(Some(inner));
                }
                c => inner.push(c),
            }
        }
        Err(self.wrong("this quote is not closed"))
    }

    fn is_at_an_end(&mut self) -> bool {
        let rest = self.rest().trim_start();
        rest.is_empty() || rest.starts_with(')') || joint(rest).is_some()
    }

    // Takes the word if it comes next, whatever its case.
    fn word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let rest = self.rest();
        let is_it = starts_with_word(rest, word);
        if is_it {
            self.position += word.len();
        }
        is_it
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        let is_it = self.rest().starts_with(sign);
        if is_it {
            self.position += sign.len();
        }
        is_it
    }

    fn next(&mut self) -> Option<char> {
        self.skip_blanks();
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    fn wrong(&mut self, what: &str) -> String {
        self.skip_blanks();
        pointed(self.text, self.position, what)
    }
}

fn joined(mut parts: Vec<Condition>, join: impl Fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

// What joins two conditions, if it stands at the beginning.
fn joint(text: &str) -> Option<&'static str> {
    let words = ["and", "or"].into_iter();
    let word = words.clone().find(|word| starts_with_word(text, word));
    word.or_else(|| ["&&", "||"].into_iter().find(|sign| text.starts_with(sign)))
}

// Tells whether what follows the blanks at the beginning joins conditions.
fn is_joint(text: &str) -> bool {
    joint(text.trim_start()).is_some()
}

// A word counts only if something can follow it: `or` alone, at the end, is part of a value.
fn starts_with_word(text: &str, word: &str) -> bool {
    let Some(start) = text.get(..word.len()) else {
        return false;
    };
    let rest = text.get(word.len()..).unwrap_or_default();
    start.eq_ignore_ascii_case(word) && rest.starts_with(|c: char| c.is_whitespace() || c == '(')
}

fn operator_at(text: &str) -> Option<(&'static str, FilterOp)> {
    let fits = |name: &str| {
        let Some(rest) = text.strip_prefix(name) else {
            return false;
        };
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic());
        !is_word
            || rest.is_empty()
            || rest.starts_with(|c: char| c.is_whitespace() || "()".contains(c))
    };
    // The longest name that fits: `>=` before `>`.
    FilterOp::ALL
        .into_iter()
        .chain([("==", FilterOp::Equal)])
        .filter(|(name, _)| fits(name))
        .max_by_key(|(name, _)| name.len())
}

fn value_of(text: &str) -> Value {
    match text {
        "true" => true.into(),
        "false" => false.into(),
        _ => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(int), _) => int.into(),
            (_, Ok(float)) if float.is_finite() => float.into(),
            _ => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(column: &str, op: &str, values: Vec<Value>) -> Condition {
        Condition::Test(Filter {
            column: column.to_string(),
            op: FilterOp::named(op).unwrap(),
            values,
        })
    }

    #[test]
    fn comparisons_are_read_as_people_write_them() {
        for (text, column, op, values) in [
            (
                "http.route = /api/activities/home",
                "http.route",
                "=",
                vec!["/api/activities/home".into()],
            ),
            ("duration_ms>=250", "duration_ms", ">=", vec![250.into()]),
            ("  a != -1.5 ", "a", "!=", vec![Value::Float(-1.5)]),
            ("a == 1", "a", "=", vec![1.into()]),
            ("status = '200'", "status", "=", vec!["200".into()]),
            ("a = 'it\\'s'", "a", "=", vec!["it's".into()]),
            ("'odd name' = 1", "odd name", "=", vec![1.into()]),
            ("error = true", "error", "=", vec![true.into()]),
            (
                "name contains home feed",
                "name",
                "contains",
                vec!["home feed".into()],
            ),
            ("name = f(x)", "name", "=", vec!["f(x)".into()]),
            ("name = sandor", "name", "=", vec!["sandor".into()]),
            ("error exists", "error", "exists", vec![]),
            ("error does-not-exist", "error", "does-not-exist", vec![]),
            ("s in (200, 404)", "s", "in", vec![200.into(), 404.into()]),
            ("s in('a,b', c)", "s", "in", vec!["a,b".into(), "c".into()]),
            ("s not-in a,b", "s", "not-in", vec!["a".into(), "b".into()]),
            ("handle = infinity", "handle", "=", vec!["infinity".into()]),
            ("not a > 1", "a", "<=", vec![1.into()]),
            ("not not a exists", "a", "exists", vec![]),
        ] {
            assert_eq!(
                parse_condition(text),
                Ok(test(column, op, values)),
                "{text}"
            );
        }
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let (a, b, c) = (
            test("a", "=", vec!["x y".into()]),
            test("b", ">", vec![2.into()]),
            test("c", "exists", vec![]),
        );
        let and = |parts: &[&Condition]| Condition::All(parts.iter().copied().cloned().collect());
        let or = |parts: &[&Condition]| Condition::Any(parts.iter().copied().cloned().collect());
        for (text, meant) in [
            ("a = x y and b > 2", and(&[&a, &b])),
            ("a = x y AND b > 2 && c exists", and(&[&a, &b, &c])),
            (
                "a = 'x y' or b > 2 and c exists",
                or(&[&a, &and(&[&b, &c])]),
            ),
            (
                "(a = x y || b > 2) and c exists",
                and(&[&or(&[&a, &b]), &c]),
            ),
            ("((a = x y))", a.clone()),
        ] {
            assert_eq!(parse_condition(text), Ok(meant), "{text}");
        }
        let opposite = or(&[
            &test("a", "!=", vec!["x y".into()]),
            &test("c", "does-not-exist", vec![]),
        ]);
        assert_eq!(parse_condition("not (a = x y and c exists)"), Ok(opposite));
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, caret) in [
            ("", 0),
            ("= 3", 0),
            ("route is /api", 6),
            ("route =", 7),
            ("error exists 3", 13),
            ("s in ()", 5),
            ("a = 1 and ", 10),
            ("a = 1 and or b = 2", 10),
            ("(a = 1", 6),
            ("a = 1)", 5),
            ("a = 'x", 4),
            ("ä = 1 and ü is", 12),
        ] {
            let error = parse_condition(text).unwrap_err();
            let last = error.lines().last().unwrap();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
        }
        assert!(parse_condition(&"(".repeat(10_000)).is_err());
        assert!(parse_condition(&"not ".repeat(10_000)).is_err());
    }
}
