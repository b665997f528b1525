//! Conditions on a line that is a JSON object: `{ $.status >= 500 && $.user.name = "*drew*" }`.

use serde_json::Value;

use super::PatternError;
use super::condition::Condition;
use super::cursor::Cursor;
use super::literal::Comparison;

/// A condition on a JSON line.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonTest(Condition<Leaf>);

impl JsonTest {
    /// Tells whether a line is JSON and the condition holds for it.
    pub fn matches(&self, message: &str) -> bool {
        let begins_json = message.trim_start().starts_with(['{', '[']);
        if !begins_json {
            return false;
        }
        match serde_json::from_str::<Value>(message) {
            Ok(value) => self.0.holds(&|leaf| leaf.holds(&value)),
            Err(_) => false,
        }
    }
}

/// Reads `{ condition }`.
pub fn parse(cursor: &mut Cursor<'_>) -> Result<JsonTest, PatternError> {
    cursor.require("{", "'{'")?;
    let condition = Condition::parse(cursor, leaf)?;
    cursor.skip_spaces();
    cursor.require("}", "'}'")?;
    cursor.check_regexes()?;
    Ok(JsonTest(condition))
}

#[derive(Debug, Clone, PartialEq)]
struct Leaf {
    path: Vec<Step>,
    ask: Ask,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Member(String),
    Element(usize),
}

#[derive(Debug, Clone, PartialEq)]
enum Ask {
    Compares(Comparison),
    IsNull,
    Is(bool),
    NotExists,
}

impl Leaf {
    fn holds(&self, line: &Value) -> bool {
        let mut found = Some(line);
        for step in &self.path {
            found = match (step, found) {
                (Step::Member(name), Some(Value::Object(members))) => members.get(name),
                (Step::Element(idx), Some(Value::Array(elements))) => elements.get(*idx),
                _ => None,
            };
        }
        match (&self.ask, found) {
            (Ask::NotExists, found) => found.is_none(),
            (Ask::IsNull, Some(found)) => found.is_null(),
            (Ask::Is(truth), Some(found)) => found.as_bool() == Some(*truth),
            (Ask::Compares(comparison), Some(found)) => match found {
                Value::String(text) => comparison.holds_for_text(text),
                Value::Number(number) => number
                    .as_f64()
                    .is_some_and(|number| comparison.holds_for_number(number)),
                Value::Bool(truth) => comparison.holds_for_text(&truth.to_string()),
                // What is null, an array or an object compares with nothing.
                Value::Null | Value::Array(_) | Value::Object(_) => false,
            },
            (_, None) => false,
        }
    }
}

fn leaf(cursor: &mut Cursor<'_>) -> Result<Leaf, PatternError> {
    let path = selector(cursor)?;
    cursor.skip_spaces();
    if let Some(comparison) = Comparison::parse(cursor)? {
        return Ok(Leaf {
            path,
            ask: Ask::Compares(comparison),
        });
    }
    if cursor.eat("IS") {
        cursor.skip_spaces();
        let answers = [
            ("NULL", Ask::IsNull),
            ("TRUE", Ask::Is(true)),
            ("FALSE", Ask::Is(false)),
        ];
        return match answers.into_iter().find(|(word, _)| cursor.eat(word)) {
            Some((_, ask)) => Ok(Leaf { path, ask }),
            None => Err(cursor.expected("NULL, TRUE or FALSE")),
        };
    }
    if cursor.eat("NOT") {
        cursor.skip_spaces();
        cursor.require("EXISTS", "EXISTS")?;
        return Ok(Leaf {
            path,
            ask: Ask::NotExists,
        });
    }
    Err(cursor.expected("an operator"))
}

/// Reads `$.user.names[0]`.
fn selector(cursor: &mut Cursor<'_>) -> Result<Vec<Step>, PatternError> {
    cursor.require("$", "a selector such as $.name")?;
    let mut path = Vec::new();
    loop {
        if cursor.eat(".") {
            let ends = |c: char| c.is_whitespace() || ".[]=!<>()&|{}\"%,".contains(c);
            let name = cursor.take_while(|c| !ends(c));
            if name.is_empty() {
                return Err(cursor.expected("a name"));
            }
            path.push(Step::Member(name.to_string()));
        } else if cursor.eat("[") {
            let digits = cursor.take_while(|c| c.is_ascii_digit());
            let idx = digits.parse().map_err(|_| cursor.expected("an index"))?;
            cursor.require("]", "']'")?;
            path.push(Step::Element(idx));
        } else if path.is_empty() {
            return Err(cursor.expected("a selector such as $.name"));
        } else {
            return Ok(path);
        }
    }
}
