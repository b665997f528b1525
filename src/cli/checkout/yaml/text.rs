//! Lines, keys, quotes and brackets: YAML below its blocks.

use super::Value;

/// A line with something on it.
#[derive(Debug, Clone)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// How many blanks are in front.
    pub indent: usize,
    /// Without the blanks in front, and without a comment.
    pub text: String,
    /// Without the line's end, for block scalars.
    pub raw: String,
}

/// Returns the lines of the first document.
pub fn lines_of(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    for (line_idx, raw) in text.lines().enumerate() {
        let bare = raw.trim_start_matches([' ', '\t']);
        let content = without_comment(bare).trim_end();
        if content == "---" && lines.is_empty() || content.starts_with('%') && lines.is_empty() {
            continue;
        }
        if content == "---" || content == "..." {
            break;
        }
        if content.is_empty() {
            continue;
        }
        lines.push(Line {
            number: line_idx + 1,
            indent: raw.len() - bare.len(),
            text: content.to_string(),
            raw: raw.to_string(),
        });
    }
    lines
}

// A `#` at the beginning or after a blank begins a comment, unless it stands in quotes.
fn without_comment(text: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open && before != '\\' => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            None if c == '#' && before.is_whitespace() => {
                return text.get(..at).unwrap_or_default();
            }
            None => {}
        }
        before = c;
    }
    text
}

/// Tells whether a line is an item of a list.
pub fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// Splits `key: value`; a colon counts if a blank or nothing follows it.
pub fn split_key(text: &str) -> Option<(String, &str)> {
    if text.starts_with(['{', '[', '|', '>', '*', '&', '!']) {
        return None;
    }
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let from = match quote {
        Some(quote) => text.get(1..)?.find(quote)? + 2,
        None => 0,
    };
    let rest = text.get(from..)?;
    let colons = rest.match_indices(':').map(|(at, _)| from + at);
    for at in colons {
        let after = text.get(at + 1..)?;
        if after.is_empty() || after.starts_with([' ', '\t']) {
            let key = text.get(..at)?.trim();
            return Some((unquoted(key), after.trim_start()));
        }
        if quote.is_some() {
            return None;
        }
    }
    None
}

/// Returns what a text is that is no collection.
pub fn scalar_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        text => Value::Scalar(unquoted(text)),
    }
}

/// Returns a text without the quotes around it.
pub fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inside = |quote: char| {
        let inner = text.strip_prefix(quote)?;
        inner.strip_suffix(quote)
    };
    if let Some(inner) = inside('"') {
        return inner.replace("\\\"", "\"").replace("\\\\", "\\");
    }
    if let Some(inner) = inside('\'') {
        return inner.replace("''", "'");
    }
    text.to_string()
}

/// Tells whether all brackets are closed.
pub fn is_balanced(text: &str) -> bool {
    depths(text).last().is_none_or(|(_, depth)| *depth == 0)
}

/// Splits what stands within brackets at its commas.
pub fn split_flow(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, depth) in depths(text) {
        if depth == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(',')) {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at + 1;
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Returns how deep in brackets the text is after each character that is not in quotes.
fn depths(text: &str) -> Vec<(usize, usize)> {
    let mut quote = None;
    let mut depth = 0_usize;
    let mut all = Vec::new();
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) => {
                if c == open {
                    quote = None;
                }
                continue;
            }
            None => match c {
                '"' | '\'' => quote = Some(c),
                '{' | '[' => depth += 1,
                // `${NAME}` in a flow list has its own brackets, which come out even.
                '}' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
        all.push((at, depth));
    }
    all
}
