//! Selectors as they are written: `$.user.names[*]`, `$.['a name']`.

use super::cursor::Cursor;
use super::error::{PatternError, RefusedPattern};
use super::selector::Step;

/// The most selectors with a wildcard of a pattern. Recorded.
const MAX_WILDCARDS: usize = 3;

/// Counts the selectors that have a wildcard.
#[derive(Default)]
pub struct Wildcards(usize);

/// Reads `$.user.names[0]`.
pub fn selector(
    cursor: &mut Cursor<'_>,
    wildcards: &mut Wildcards,
) -> Result<Vec<Step>, PatternError> {
    let at = cursor.at();
    if !cursor.eat("$") {
        return Err(no_selector(cursor));
    }
    let mut steps = Vec::new();
    loop {
        let step_at = cursor.at();
        if cursor.eat(".") {
            steps.push(after_dot(cursor, steps.is_empty())?);
        } else if cursor.peek() == Some('[') && !steps.is_empty() {
            steps.push(bracket(cursor)?);
        } else if cursor.peek() == Some('[') {
            let error = cursor.refuse_form(at, 2, "an array at the top is never found");
            let rest = cursor.rest();
            return Err(match rest.starts_with("['") || rest.starts_with("[\"") {
                true => error.with_hint("a dot stands before a name in quotes: $.['name']"),
                false => error.with_hint("a line must be a JSON object: begin with $.name"),
            });
        } else if steps.is_empty() {
            let error = cursor.refuse_form(at, 1, "a selector such as $.name is expected here");
            return Err(match cursor.word() {
                "" => error,
                word => error.with_hint(format!("write $.{word}")),
            });
        } else {
            break;
        }
        let is_wildcard = |step: &&Step| **step == Step::Any;
        if steps.iter().filter(is_wildcard).count() > 1 {
            let why = "a selector can have one wildcard; this is the second";
            let refused = RefusedPattern::WildcardsInSelector;
            return Err(cursor.refuse(refused, step_at, cursor.at() - step_at, why));
        }
    }
    if steps.contains(&Step::Any) {
        wildcards.0 += 1;
        if wildcards.0 > MAX_WILDCARDS {
            let why = "three selectors of a pattern can have a wildcard; this is the fourth";
            let refused = RefusedPattern::WildcardSelectors;
            return Err(cursor.refuse(refused, at, cursor.at() - at, why));
        }
    }
    match cursor.peek() {
        Some(c) if !c.is_whitespace() && !"=!<>)}&|".contains(c) => {
            let name: String = cursor
                .rest()
                .chars()
                .take_while(|c| !c.is_whitespace())
                .collect();
            let name = name.split(['=', '!', '<', '>']).next().unwrap_or_default();
            let error = cursor.refuse_here("");
            Err(error.with_hint(format!(
                "names have letters, digits, _ and -; others stand in quotes: $.['…{name}']"
            )))
        }
        _ => Ok(steps),
    }
}

fn after_dot(cursor: &mut Cursor<'_>, is_first: bool) -> Result<Step, PatternError> {
    if cursor.eat("*") {
        return Ok(Step::Any);
    }
    if cursor.eat("['") {
        let name = cursor.take_while(|c| c != '\'').to_string();
        cursor.require("']", "']")?;
        return Ok(Step::Member(name));
    }
    let name = cursor.take_while(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if !name.is_empty() {
        return Ok(Step::Member(name.to_string()));
    }
    let before = if is_first { "$." } else { "." };
    let error = cursor.refuse_here(before);
    Err(match cursor.peek() {
        Some('.') => error.with_hint("each step has a name: $.a.b; * stands for any one"),
        _ => error.with_hint("a name with other characters stands in single quotes: $.['@name']"),
    })
}

fn bracket(cursor: &mut Cursor<'_>) -> Result<Step, PatternError> {
    cursor.eat("[");
    if cursor.eat("*]") {
        return Ok(Step::Any);
    }
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    match (digits.parse(), cursor.peek()) {
        (Ok(idx), Some(']')) => {
            cursor.next();
            Ok(Step::Element(idx))
        }
        (_, Some('\'')) => {
            let error = cursor.refuse_here("[");
            Err(error.with_hint("a dot stands before a name in quotes: .['name']"))
        }
        _ => {
            let error = cursor.refuse_here(&format!("[{digits}"));
            Err(error.with_hint("an index counts from 0, as in [0]; [*] is any element"))
        }
    }
}

fn no_selector(cursor: &mut Cursor<'_>) -> PatternError {
    let at = cursor.at();
    match cursor.peek() {
        Some('!') => {
            cursor.next();
            let error = cursor.refuse_here("!");
            error.with_hint("nothing can be negated as a whole: use != or NOT EXISTS in it")
        }
        Some('"') if cursor.quoted().is_ok() => {
            cursor.skip_spaces();
            if cursor.peek() == Some(':') {
                let error = cursor.refuse_here("");
                return error
                    .with_hint("this is another language's form; write { $.name = \"value\" }");
            }
            cursor.refuse_form(at, 1, "a selector such as $.name is expected here")
        }
        Some('\'') => {
            let error = cursor.refuse_here("");
            error.with_hint("a selector is written $.name")
        }
        _ => {
            let word = cursor.word().to_string();
            let error = cursor.expected("a selector such as $.name");
            match word.as_str() {
                "" => error,
                "NOT" => error.with_hint("NOT stands behind a selector: $.name NOT EXISTS"),
                word => error.with_hint(format!("write $.{word}")),
            }
        }
    }
}
