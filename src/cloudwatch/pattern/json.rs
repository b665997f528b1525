//! Conditions on a line that is a JSON object: `{ $.status >= 500 && $.user.name = "*drew*" }`.

use super::PatternError;
use super::condition::Condition;
use super::cursor::Cursor;
use super::literal::Comparison;
use super::terms::Needle;
use crate::cloudwatch::json_values::{Found, Paths, Step};

/// A condition on a JSON line.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonTest {
    /// Is in every line that matches, unless it is written with escapes.
    needle: Option<Needle>,
    condition: Condition<Leaf>,
    paths: Paths,
}

impl JsonTest {
    /// Returns a text that is in every line that matches and has no backslash, if there is one.
    pub fn needle(&self) -> Option<&Needle> {
        self.needle.as_ref()
    }

    /// Tells whether a line is JSON and the condition holds for it.
    pub fn matches(&self, message: &str) -> bool {
        let begins_json = message.trim_start().starts_with(['{', '[']);
        let found = if begins_json {
            self.paths.find(message)
        } else {
            None
        };
        let Some(found) = found else { return false };
        let holds = |leaf: &Leaf| leaf.holds(found.get(leaf.path).unwrap_or(&Found::Nothing));
        self.condition.holds(&holds)
    }
}

/// Reads `{ condition }`.
pub fn parse(cursor: &mut Cursor<'_>) -> Result<JsonTest, PatternError> {
    cursor.require("{", "'{'")?;
    let parsed = Condition::parse(cursor, leaf)?;
    cursor.skip_spaces();
    cursor.require("}", "'}'")?;
    cursor.check_regexes()?;
    let mut paths = Paths::default();
    let condition = parsed.map(&mut |(path, ask)| Leaf {
        path: paths.number(path),
        ask,
    });
    let texts = condition
        .required()
        .into_iter()
        .filter_map(|leaf| match &leaf.ask {
            Ask::Compares(comparison) => comparison.contained(),
            Ask::IsNull | Ask::Is(_) | Ask::NotExists => None,
        });
    // A number is looked for by its digits, which may be written in another way; and so may a truth.
    let texts = texts.filter(|text| text.bytes().any(|byte| !b"+-.0123456789eE".contains(&byte)));
    let needle = Needle::longest(texts);
    Ok(JsonTest {
        needle,
        condition,
        paths,
    })
}

#[derive(Debug, Clone, PartialEq)]
struct Leaf {
    /// The number of the path to the value that it asks about.
    path: usize,
    ask: Ask,
}

#[derive(Debug, Clone, PartialEq)]
enum Ask {
    Compares(Comparison),
    IsNull,
    Is(bool),
    NotExists,
}

impl Leaf {
    fn holds(&self, found: &Found<'_>) -> bool {
        match (&self.ask, found) {
            (Ask::NotExists, found) => matches!(found, Found::Nothing),
            (Ask::IsNull, found) => matches!(found, Found::Null),
            (Ask::Is(truth), found) => matches!(found, Found::Bool(it) if it == truth),
            (Ask::Compares(comparison), found) => match found {
                Found::Text(text) => comparison.holds_for_text(text),
                Found::Number(number) => comparison.holds_for_number(*number),
                Found::Bool(truth) => {
                    comparison.holds_for_text(if *truth { "true" } else { "false" })
                }
                // What is null, an array or an object compares with nothing.
                Found::Null | Found::Several | Found::Nothing => false,
            },
        }
    }
}

fn leaf(cursor: &mut Cursor<'_>) -> Result<(Vec<Step>, Ask), PatternError> {
    Ok((selector(cursor)?, ask(cursor)?))
}

fn ask(cursor: &mut Cursor<'_>) -> Result<Ask, PatternError> {
    cursor.skip_spaces();
    if let Some(comparison) = Comparison::parse(cursor)? {
        return Ok(Ask::Compares(comparison));
    }
    if cursor.eat("IS") {
        cursor.skip_spaces();
        let answers = [
            ("NULL", Ask::IsNull),
            ("TRUE", Ask::Is(true)),
            ("FALSE", Ask::Is(false)),
        ];
        let found = answers.into_iter().find(|(word, _)| cursor.eat(word));
        return match found {
            Some((_, ask)) => Ok(ask),
            None => Err(cursor.expected("NULL, TRUE or FALSE")),
        };
    }
    if cursor.eat("NOT") {
        cursor.skip_spaces();
        cursor.require("EXISTS", "EXISTS")?;
        return Ok(Ask::NotExists);
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
