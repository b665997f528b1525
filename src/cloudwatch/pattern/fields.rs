//! Conditions on space-delimited fields: `[ip, user, ..., status = 5*, bytes > 1000]`.

use super::condition::Condition;
use super::cursor::Cursor;
use super::error::{PatternError, RefusedPattern};
use super::literal::{Compared, Comparison};
use super::prefilter::Prefilter;

/// What is asked of the words of a line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    /// Is in every line that matches.
    prefilter: Option<Prefilter>,
    fields: Vec<Field>,
    /// How many fields stand before `...`; `None` if there is none, and then the last takes the rest.
    gap: Option<usize>,
}

/// A place between commas.
#[derive(Debug, Clone, PartialEq)]
struct Field {
    name: Option<String>,
    condition: Option<Condition<Comparison>>,
}

impl Fields {
    /// Returns what every line has that matches, if there is such.
    pub fn prefilter(&self) -> Option<&Prefilter> {
        self.prefilter.as_ref()
    }

    /// Tells whether a line has these fields.
    pub fn matches(&self, message: &str) -> bool {
        self.bind(&split(message), message).is_some()
    }

    /// Returns what keeps each of these lines from matching, if it is one thing.
    pub fn why_none(&self, lines: &[&str]) -> Option<String> {
        let n_fields = self.fields.len();
        let fitting: Vec<(&str, Vec<Word<'_>>)> = lines
            .iter()
            .map(|line| (*line, split(line)))
            .filter(|(_, words)| words.len() >= n_fields)
            .collect();
        if fitting.is_empty() {
            return Some(format!(
                "none of them has the {n_fields} words that it has fields for"
            ));
        }
        let alone = |idx: usize| {
            let mut fields = self.clone();
            for (other, field) in fields.fields.iter_mut().enumerate() {
                if other != idx {
                    field.condition = None;
                }
            }
            fields
        };
        for (idx, field) in self.fields.iter().enumerate() {
            let only = alone(idx);
            let holds = |(line, words): &(&str, Vec<Word<'_>>)| only.bind(words, line).is_some();
            if !fitting.iter().any(holds) {
                let name = field.name.as_deref().unwrap_or_default();
                return Some(format!("the condition on {name} holds for none of them"));
            }
        }
        None
    }

    /// Returns what the fields of a line are: `$name`, or `$1`, `$2`, … by place for those without one; `None`
    /// if it does not match.
    pub fn extracted(&self, message: &str) -> Option<Vec<(String, String)>> {
        let words = split(message);
        let bound = self.bind(&words, message)?;
        let extracted = bound.into_iter().map(|(place, name, text)| {
            let key = name.map_or_else(|| format!("${place}"), |name| format!("${name}"));
            (key, text.to_string())
        });
        Some(extracted.collect())
    }

    // Returns the place from 1, the name and the text of every field, and of the words between; `None` if there
    // are too few words, or a condition does not hold.
    fn bind<'a>(
        &'a self,
        words: &[Word<'a>],
        line: &'a str,
    ) -> Option<Vec<(usize, Option<&'a str>, &'a str)>> {
        let n_between = match self.gap {
            Some(_) => words.len().checked_sub(self.fields.len())?,
            None if words.len() < self.fields.len() => return None,
            None => 0,
        };
        let gap = self.gap.unwrap_or(usize::MAX);
        let mut bound = Vec::with_capacity(self.fields.len() + n_between);
        for (idx, field) in self.fields.iter().enumerate() {
            let word_idx = if idx < gap { idx } else { idx + n_between };
            let word = words.get(word_idx)?;
            let takes_rest = self.gap.is_none()
                && idx + 1 == self.fields.len()
                && words.len() > self.fields.len();
            let text = if takes_rest {
                line.trim_end().get(word.start..)?
            } else {
                word.text
            };
            let holds = |comparison: &Comparison| comparison.holds_for_word(text);
            if field.condition.as_ref().is_some_and(|it| !it.holds(&holds)) {
                return None;
            }
            bound.push((word_idx + 1, field.name.as_deref(), text));
        }
        let between = words
            .iter()
            .enumerate()
            .skip(gap.min(words.len()))
            .take(n_between);
        bound.extend(between.map(|(idx, word)| (idx + 1, None, word.text)));
        bound.sort_unstable_by_key(|(place, ..)| *place);
        Some(bound)
    }
}

/// Reads `[field, field, …]`.
pub fn parse(cursor: &mut Cursor<'_>) -> Result<Fields, PatternError> {
    cursor.require("[", "[")?;
    let mut parsed = Fields::default();
    let mut names: Vec<String> = Vec::new();
    cursor.skip_spaces();
    if cursor.eat("]") {
        parsed.gap = Some(0);
        return Ok(parsed);
    }
    loop {
        cursor.skip_spaces();
        let at = cursor.at();
        if cursor.eat("...") {
            if parsed.gap.is_some() {
                return Err(duplicate(cursor, "...", at));
            }
            parsed.gap = Some(parsed.fields.len());
        } else {
            let field = field(cursor)?;
            if let Some(name) = &field.name {
                if names.contains(name) {
                    return Err(duplicate(cursor, name, at));
                }
                names.push(name.clone());
            }
            parsed.fields.push(field);
        }
        cursor.skip_spaces();
        if cursor.eat(",") {
            continue;
        }
        if !cursor.eat("]") {
            return Err(cursor.expected("a comma or ]").with_hint(
                "fields are divided by commas; put a value with a blank in it in double quotes",
            ));
        }
        let conditions = parsed
            .fields
            .iter()
            .filter_map(|field| field.condition.as_ref());
        let required: Vec<&Comparison> = conditions.flat_map(Condition::required).collect();
        let texts = required.iter().filter_map(|it| it.contained());
        let regexes = required.iter().filter_map(|it| it.contained_regex());
        parsed.prefilter = Prefilter::of(texts, regexes);
        return Ok(parsed);
    }
}

fn duplicate(cursor: &Cursor<'_>, name: &str, at: usize) -> PatternError {
    let refused = RefusedPattern::DuplicateField(name.to_string());
    let error = cursor.refuse(refused, at, name.chars().count(), "this field stands twice");
    match name {
        "..." => error.with_hint("... can stand once; a field that does not matter needs no name: [a, , b]"),
        _ => error.with_hint(
            "give each field a name of its own; several conditions on one stand together: [a != x && a != y]",
        ),
    }
}

fn field(cursor: &mut Cursor<'_>) -> Result<Field, PatternError> {
    if matches!(cursor.peek(), Some(',' | ']')) {
        return Ok(Field {
            name: None,
            condition: None,
        });
    }
    let at = cursor.at();
    let mut name: Option<String> = None;
    let condition = Condition::parse(cursor, &mut |cursor| {
        let at = cursor.at();
        let own = field_name(cursor)?;
        if let Some(other) = name.as_ref().filter(|it| **it != own) {
            let why = format!("this is the place of {other}, and the condition is about {own}");
            let error = cursor.refuse_form(at, own.chars().count(), why);
            return Err(error.with_hint(format!("write it in the place of {own}")));
        }
        name = Some(own);
        Comparison::parse(cursor, Compared::Word)
    })?;
    if condition.is_mixed() {
        let text = "AWS has not documented && beside || in one field; && binds more closely here";
        cursor.warn(at, cursor.at() - at, text);
    }
    let is_name_only = condition == Condition::One(None);
    let condition = compared(condition);
    let is_never = |tests: &Vec<&Comparison>| {
        let mut each = tests.iter().enumerate();
        each.any(|(idx, one)| tests.iter().skip(idx + 1).any(|other| one.excludes(other)))
    };
    if let Some(condition) = &condition
        && condition.together().iter().any(is_never)
    {
        let length = cursor.at() - at;
        cursor.warn(at, length, "no word is as all of this asks: || is either");
    }
    if condition.is_none() && !is_name_only {
        let length = cursor.at() - at;
        let error = cursor.refuse_form(at, length, "a part of this condition compares nothing");
        return Err(error.with_hint("the name stands before each operator: a = x || a = y"));
    }
    Ok(Field { name, condition })
}

fn field_name(cursor: &mut Cursor<'_>) -> Result<String, PatternError> {
    cursor.eat("$");
    let name = cursor.take_while(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if name.is_empty() {
        return Err(cursor.expected("the name of a field").with_hint(
            "a condition stands behind a name: [level = ERROR]; ... is any number of words",
        ));
    }
    match cursor.peek() {
        Some(c) if !c.is_whitespace() && !",]=!<>&|)".contains(c) => Err(cursor
            .refuse_here("")
            .with_hint("the name of a field has letters, digits, _ and -")),
        _ => Ok(name.to_string()),
    }
}

// `None` if a test compares nothing.
fn compared(condition: Condition<Option<Comparison>>) -> Option<Condition<Comparison>> {
    let each = |several: Vec<Condition<Option<Comparison>>>| -> Option<Vec<Condition<Comparison>>> {
        several.into_iter().map(compared).collect()
    };
    match condition {
        Condition::One(comparison) => comparison.map(Condition::One),
        Condition::All(all) => each(all).map(Condition::All),
        Condition::Any(any) => each(any).map(Condition::Any),
    }
}

/// A word of a line.
#[derive(Debug, PartialEq)]
struct Word<'a> {
    /// Without the quotes or brackets that enclose it.
    text: &'a str,
    /// Its first byte in the line, that of the quote or bracket if it has one.
    start: usize,
}

/// Splits a line at blanks and tabs; text in brackets or double quotes is one word. A quote that is never closed
/// is a character as any other.
fn split(line: &str) -> Vec<Word<'_>> {
    let is_blank = |c: char| c == ' ' || c == '\t';
    let mut words = Vec::new();
    let line = line.trim_end();
    let mut rest = line.trim_start_matches(is_blank);
    while let Some(first) = rest.chars().next() {
        let start = line.len() - rest.len();
        let closing = match first {
            '[' => Some(']'),
            '"' => Some('"'),
            _ => None,
        };
        let enclosed = closing.and_then(|closing| rest.get(1..)?.split_once(closing));
        let (text, after) = match enclosed {
            Some(enclosed) => enclosed,
            None => rest.split_once(is_blank).unwrap_or((rest, "")),
        };
        words.push(Word { text, start });
        rest = after.trim_start_matches(is_blank);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<&str> {
        split(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn brackets_and_quotes_hold_a_field_together() {
        assert_eq!(
            texts("[10/Oct 13:55] \"GET / HTTP\"\t200  7 \n"),
            ["10/Oct 13:55", "GET / HTTP", "200", "7"]
        );
        assert_eq!(texts("[open 1 \"also"), ["[open", "1", "\"also"]);
        assert_eq!(texts("  "), Vec::<&str>::new());
    }
}
