//! What people write in filter expressions that other languages have and X-Ray's has not, and what it means.

use super::filter_error::FilterFault;

/// Something that begins no piece of a filter expression.
pub struct Slip {
    /// What is wrong.
    pub fault: FilterFault,
    /// Its first character, counted from 0.
    pub start: usize,
    /// How many characters it has.
    pub length: usize,
    /// How it is written right.
    pub right: Option<String>,
}

/// Operators of other languages, longer ones before those that they begin with.
const OPERATORS: [(&str, &str); 19] = [
    ("===", "="),
    ("!==", "!="),
    ("==", "="),
    ("=~", "CONTAINS"),
    ("!~", "! … CONTAINS"),
    ("~=", "CONTAINS"),
    ("~*", "CONTAINS"),
    ("*=", "CONTAINS"),
    ("^=", "BEGINSWITH"),
    ("=>", ">="),
    ("=<", "<="),
    ("<>", "!="),
    (":=", "="),
    ("&&", "AND"),
    ("||", "OR"),
    ("~", "CONTAINS"),
    ("&", "AND"),
    ("|", "OR"),
    (";", "AND"),
];

/// Returns the slip that begins at `start`, counted from 0.
pub fn slip(characters: &[char], start: usize) -> Option<Slip> {
    let rest = characters.get(start..)?;
    let first = *rest.first()?;
    if let Some(closing) = closing_quote(first) {
        let inner = rest.iter().skip(1).take_while(|c| !closing.contains(c));
        let inner: String = inner.collect();
        let length = inner.chars().count() + 1;
        let has_end = rest.len() > length;
        return Some(Slip {
            fault: FilterFault::WrongQuotes,
            start,
            length: if has_end { length + 1 } else { length },
            right: Some(in_quotes(&inner)),
        });
    }
    if let Some(length) = variable(rest) {
        return Some(Slip {
            fault: FilterFault::Variable {
                name: rest.iter().take(length).collect(),
            },
            start,
            length,
            right: None,
        });
    }
    let is_there = |operator: &str| {
        let operator = operator.chars();
        operator.enumerate().all(|(at, c)| rest.get(at) == Some(&c))
    };
    let (found, right) = OPERATORS.iter().find(|(found, _)| is_there(found))?;
    Some(Slip {
        fault: FilterFault::Operator {
            found: (*found).to_string(),
        },
        start,
        length: found.len(),
        right: Some((*right).to_string()),
    })
}

/// Returns the slip of a text that begins at `start` and has no end.
pub fn open_text(characters: &[char], start: usize) -> Slip {
    let inner: String = characters.iter().skip(start + 1).collect();
    // Most likely what closes it stands before the parentheses at the end.
    let text = inner.trim_end_matches([')', '}', ' ']);
    let rest = inner.strip_prefix(text).unwrap_or_default();
    Slip {
        fault: FilterFault::OpenText,
        start,
        length: characters.len() - start,
        right: Some(format!("{}{rest}", in_quotes(text))),
    }
}

/// Returns a text as a filter expression has it.
pub fn in_quotes(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

/// Returns how many characters the variable has that `characters` begin with: `$NAME` or `${NAME…}`.
pub fn variable(characters: &[char]) -> Option<usize> {
    if characters.first() != Some(&'$') {
        return None;
    }
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    match characters.get(1) {
        Some('{') => {
            let length = characters.iter().position(|c| *c == '}')? + 1;
            (length > 3).then_some(length)
        }
        Some(first) if first.is_ascii_alphabetic() || *first == '_' => {
            let n = characters.iter().skip(1).take_while(|c| is_name(c)).count();
            Some(n + 1)
        }
        _ => None,
    }
}

fn closing_quote(opening: char) -> Option<&'static [char]> {
    Some(match opening {
        '\'' => &['\''],
        '`' => &['`'],
        '\u{2018}' | '\u{2019}' | '\u{201a}' => &['\u{2018}', '\u{2019}'],
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => {
            &['\u{201c}', '\u{201d}', '"', '\u{ab}', '\u{bb}']
        }
        _ => return None,
    })
}
