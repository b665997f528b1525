//! Conditions on space-delimited fields: `[ip, user, ..., status = 5*, bytes > 1000]`.

use super::PatternError;
use super::condition::Condition;
use super::cursor::Cursor;
use super::literal::Comparison;
use super::terms::Needle;

/// A condition for each field of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// Is in every line that matches.
    needle: Option<Needle>,
    first: Vec<Field>,
    /// The fields after `...`; `None` if there is no such gap and the number of fields must be the same.
    last: Option<Vec<Field>>,
}

/// A field with a name only has no comparison.
type Field = Condition<Option<Comparison>>;

impl Fields {
    /// Returns a text that is in every line that matches, if there is one.
    pub fn needle(&self) -> Option<&Needle> {
        self.needle.as_ref()
    }

    fn find_needle(&self) -> Option<Needle> {
        let fields = self.first.iter().chain(self.last.iter().flatten());
        let required = fields.flat_map(Condition::required).flatten();
        Needle::longest(required.filter_map(Comparison::contained))
    }

    /// Tells whether a line has these fields.
    pub fn matches(&self, message: &str) -> bool {
        let found = split(message);
        let n_last = self.last.as_ref().map_or(0, Vec::len);
        let n_named = self.first.len() + n_last;
        let has_gap = self.last.is_some();
        if found.len() < n_named || (!has_gap && found.len() > n_named) {
            return false;
        }
        let from_end = found.iter().skip(found.len() - n_last);
        let last = self.last.iter().flatten().zip(from_end);
        self.first
            .iter()
            .zip(&found)
            .chain(last)
            .all(|(field, text)| {
                field.holds(&|comparison| {
                    comparison
                        .as_ref()
                        .is_none_or(|comparison| comparison.holds_for_field(text))
                })
            })
    }
}

/// Reads `[field, field, …]`.
pub fn parse(cursor: &mut Cursor<'_>) -> Result<Fields, PatternError> {
    cursor.require("[", "'['")?;
    let mut fields = Fields {
        needle: None,
        first: Vec::new(),
        last: None,
    };
    loop {
        cursor.skip_spaces();
        if cursor.eat("...") {
            if fields.last.is_some() {
                return Err(PatternError::SecondEllipsis);
            }
            fields.last = Some(Vec::new());
        } else {
            let field = Condition::parse(cursor, test)?;
            fields
                .last
                .as_mut()
                .unwrap_or(&mut fields.first)
                .push(field);
        }
        cursor.skip_spaces();
        if cursor.eat(",") {
            continue;
        }
        cursor.require("]", "']'")?;
        cursor.check_regexes()?;
        fields.needle = fields.find_needle();
        return Ok(fields);
    }
}

fn test(cursor: &mut Cursor<'_>) -> Result<Option<Comparison>, PatternError> {
    let ends = |c: char| c.is_whitespace() || ",[]=!<>()&|\"%".contains(c);
    let name = cursor.take_while(|c| !ends(c));
    if name.is_empty() {
        return Err(cursor.expected("the name of a field"));
    }
    Comparison::parse(cursor)
}

/// Splits a line at its spaces; text in brackets or double quotes is one field, without them.
fn split(line: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let closing = match first {
            '[' => Some(']'),
            '"' => Some('"'),
            _ => None,
        };
        let enclosed = closing.and_then(|closing| rest.get(1..)?.split_once(closing));
        let (field, after) = match enclosed {
            Some(enclosed) => enclosed,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        fields.push(field);
        rest = after.trim_start();
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_quotes_hold_a_field_together() {
        assert_eq!(
            split("[10/Oct 13:55] \"GET / HTTP\" 200  7 "),
            ["10/Oct 13:55", "GET / HTTP", "200", "7"]
        );
        assert_eq!(split("[open 1 \"also"), ["[open", "1", "\"also"]);
        assert_eq!(split("  "), Vec::<&str>::new());
    }
}
