//! What `parse` finds in a text.

use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::expression::{Times, member};
use super::functions_json::structure;
use super::stats::put;
use super::steps::{How, ParseStep};
use super::value::Value;

/// The most rows that one row becomes.
pub const MAX_ROWS_OF_ONE: usize = 10_000;

impl ParseStep {
    /// Fills a row; what does not match leaves it as it is. Returns the rows of every further match.
    pub fn fill<'v>(&self, row: &mut Vec<Value<'v>>, times: &Times) -> Vec<Vec<Value<'v>>> {
        let value = self.of.value(row, times).into_owned();
        if let How::Json(paths) = &self.how {
            if let Some(json) = structure(Some(&value)) {
                for (steps, slot) in paths {
                    let found = steps
                        .iter()
                        .try_fold(&*json, |json, step| member(json, step));
                    put(row, *slot, found.map_or(Value::Null, Value::of_json));
                }
            }
            return Vec::new();
        }
        let Some(text) = value.text() else {
            return Vec::new();
        };
        match &self.how {
            How::Glob(pieces, slots) => {
                for (slot, found) in slots.iter().zip(glob(pieces, &text).unwrap_or_default()) {
                    put(row, *slot, Value::of_text(found));
                }
            }
            How::Regex(regex, groups, is_multi) => {
                return fits(regex, groups, *is_multi, &text, row);
            }
            How::Logfmt(slot) => put(row, *slot, Value::Structure(Arc::new(logfmt(&text)))),
            How::Csv(slots) => {
                for (slot, found) in slots.iter().zip(csv(&text)) {
                    put(row, *slot, Value::of_text(found));
                }
            }
            How::Json(_) => {}
        }
        Vec::new()
    }
}

// What the stars stand for; `None` if the text is not like the glob.
fn glob<'t>(pieces: &[String], text: &'t str) -> Option<Vec<&'t str>> {
    let (first, others) = pieces.split_first()?;
    let (_, mut rest) = text.split_once(first.as_str())?;
    let mut found = Vec::with_capacity(others.len());
    for (idx, piece) in others.iter().enumerate() {
        // A star at the end takes everything.
        if piece.is_empty() && idx + 1 == others.len() {
            found.push(rest);
            return Some(found);
        }
        let (before, after) = rest.split_once(piece.as_str())?;
        found.push(before);
        rest = after;
    }
    Some(found)
}

fn fits<'v>(
    regex: &Regex,
    groups: &[(usize, usize)],
    is_multi: bool,
    text: &str,
    row: &mut Vec<Value<'v>>,
) -> Vec<Vec<Value<'v>>> {
    let mut further = Vec::new();
    let before = if is_multi { row.clone() } else { Vec::new() };
    let most = if is_multi { MAX_ROWS_OF_ONE } else { 1 };
    for (idx, captures) in regex.captures_iter(text).take(most).enumerate() {
        let fill = |row: &mut Vec<Value<'v>>| {
            for (group, slot) in groups {
                // A group that took no part has no value.
                if let Some(found) = captures.get(*group) {
                    put(row, *slot, Value::of_text(found.as_str()));
                }
            }
        };
        if idx == 0 {
            fill(row);
        } else {
            let mut another = before.clone();
            fill(&mut another);
            further.push(another);
        }
    }
    further
}

// `level=info msg="a b" done`: a key without a value is true.
fn logfmt(text: &str) -> Json {
    let mut map = Map::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && map.len() < 1_000 {
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix('=') {
            Some(after) if after.starts_with('"') => quoted(after),
            Some(after) => {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                let (value, after) = after.split_at(end);
                (Json::from(value), after)
            }
            None => (Json::Bool(true), after),
        };
        if !key.is_empty() {
            map.insert(key.to_string(), value);
        }
        // What follows a closing quote at once begins the next key.
        rest = after.trim_start();
    }
    Json::Object(map)
}

fn quoted(text: &str) -> (Json, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value.into(), text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(
                characters
                    .next()
                    .map(|(_, c)| if c == 'n' { '\n' } else { c }),
            ),
            c => value.push(c),
        }
    }
    (value.into(), "")
}

// Source: RFC 4180, of one line.
fn csv(text: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut is_quoted = false;
    let mut characters = text.trim_end_matches(['\r', '\n']).chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' if is_quoted => is_quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                is_quoted = true;
            }
            ',' if !is_quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
        .into_iter()
        .map(|cell| cell.trim().to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logfmt_and_csv_are_read() {
        let map = logfmt(r#"level=info msg="a \"b\" c" done took=3ms  =x"#);
        let expected =
            serde_json::json!({"level": "info", "msg": "a \"b\" c", "done": true, "took": "3ms"});
        assert_eq!(map, expected);
        assert_eq!(csv(r#"a, "b, ""c""",,d"#), ["a", r#"b, "c""#, "", "d"]);
        for odd in ["", "=", "\"", "a=\"", "=\"\"", "a=b\"c d"] {
            logfmt(odd);
            csv(odd);
        }
    }
}
