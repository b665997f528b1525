//! What a Python file calls, by a reader that knows strings, comments, brackets and imports, and no more of
//! the language.

use std::collections::BTreeMap;

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is called, by the name that it was imported under: `watchtower.CloudWatchLogHandler`. A call
    /// of what another call returned has it in front: `FlaskInstrumentor().instrument_app`.
    pub name: String,
    /// From 1.
    pub line: usize,
    /// What stands between the brackets, as it is written.
    pub arguments: String,
    /// The variable that gets the result, if it stands right before.
    pub target: Option<String>,
    /// Whether the line begins with blanks: within a function, a class or a condition.
    pub is_indented: bool,
}

/// An assignment of something that is no call: `XRayMiddleware = (app, xray_recorder)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub target: String,
    /// From 1.
    pub line: usize,
    /// The rest of the line.
    pub value: String,
}

/// A decorator, with or without a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decorator {
    /// `app.before_first_request`.
    pub name: String,
    /// From 1.
    pub line: usize,
}

/// What a file says that is code: neither comment nor text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Python {
    /// In the order of the file.
    pub calls: Vec<Call>,
    /// The same.
    pub assignments: Vec<Assignment>,
    /// The same.
    pub decorators: Vec<Decorator>,
    /// Modules that something is imported from, with their line.
    pub imports: Vec<(String, usize)>,
}

impl Call {
    /// Tells whether this calls `name`, whatever module it was imported from.
    pub fn is(&self, name: &str) -> bool {
        let before = self.name.strip_suffix(name);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }

    /// Returns the text of a keyword argument, or of the first one that has no keyword if `keyword` is empty.
    pub fn argument(&self, keyword: &str) -> Option<&str> {
        let parts = split_outside(&self.arguments, ',');
        let named = |part: &&str| match part.split_once('=') {
            Some((name, _)) if is_name(name.trim()) => name.trim() == keyword,
            _ => keyword.is_empty(),
        };
        let part = parts.into_iter().map(str::trim).find(named)?;
        match keyword {
            "" => (!part.is_empty()).then_some(part),
            _ => part.split_once('=').map(|(_, value)| value.trim()),
        }
    }
}

impl Python {
    /// Reads a file; what it does not understand it passes over.
    pub fn read(text: &str) -> Python {
        let code = without_texts(text);
        let pairs = brackets(&code);
        let (aliases, imports) = imports_of(&code);
        let mut python = Python {
            imports,
            ..Python::default()
        };
        python.read_lines(text, &code);
        python.read_calls(text, &code, &pairs, &aliases);
        python
    }

    /// Returns the calls of `name`.
    pub fn calls_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Call> {
        self.calls.iter().filter(move |call| call.is(name))
    }

    fn read_lines(&mut self, text: &str, code: &str) {
        let mut start = 0;
        for (line_idx, line) in code.split('\n').enumerate() {
            let bare = line.trim();
            if let Some(name) = bare.strip_prefix('@') {
                let name: String = name
                    .chars()
                    .take_while(|c| is_word(*c) || *c == '.')
                    .collect();
                self.decorators.push(Decorator {
                    name,
                    line: line_idx + 1,
                });
            } else if let Some((target, value)) = assignment(bare)
                && !begins_with_call(value)
            {
                let value_start = line.find('=').map_or(0, |at| at + 1);
                let raw = text.get(start + value_start..start + line.len());
                self.assignments.push(Assignment {
                    target: target.to_string(),
                    line: line_idx + 1,
                    value: raw.unwrap_or(value).trim().to_string(),
                });
            }
            start += line.len() + 1;
        }
    }

    fn read_calls(
        &mut self,
        text: &str,
        code: &str,
        pairs: &BTreeMap<usize, usize>,
        aliases: &BTreeMap<String, String>,
    ) {
        let bytes = code.as_bytes();
        let mut line = 1;
        let mut line_start = 0;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte == b'\n' {
                line += 1;
                line_start = at + 1;
            }
            let before = at.checked_sub(1).and_then(|it| bytes.get(it)).copied();
            let is_start = is_word_byte(byte)
                && !byte.is_ascii_digit()
                && before.is_none_or(|byte| !is_word_byte(byte) && byte != b'.');
            if !is_start {
                at += 1;
                continue;
            }
            let end = word_end(bytes, at);
            let is_defined = code
                .get(line_start..at)
                .is_some_and(|head| matches!(head.trim(), "def" | "class" | "async def"));
            if !is_defined {
                let head = code.get(line_start..at).unwrap_or_default();
                let place = Place {
                    line,
                    target: assignment(head.trim_start())
                        .filter(|(_, value)| value.trim().is_empty())
                        .map(|(target, _)| target.to_string()),
                    is_indented: code
                        .get(line_start..)
                        .is_some_and(|rest| rest.starts_with([' ', '\t'])),
                };
                self.read_chain(text, code, pairs, aliases, at, &place);
            }
            at = end;
        }
    }

    /// Reads `a.b(…).c(…)` from its first word on.
    fn read_chain(
        &mut self,
        text: &str,
        code: &str,
        pairs: &BTreeMap<usize, usize>,
        aliases: &BTreeMap<String, String>,
        start: usize,
        place: &Place,
    ) {
        let bytes = code.as_bytes();
        let end = word_end(bytes, start);
        let first = code.get(start..end).unwrap_or_default();
        let mut name = aliases
            .get(first)
            .cloned()
            .unwrap_or_else(|| first.to_string());
        let mut at = end;
        loop {
            let next = after_blanks(bytes, at);
            match bytes.get(next) {
                Some(b'(') => {
                    let Some(&close) = pairs.get(&next) else {
                        return;
                    };
                    let lines_on = code.get(start..next).unwrap_or_default();
                    self.calls.push(Call {
                        name: name.clone(),
                        line: place.line + lines_on.matches('\n').count(),
                        arguments: text.get(next + 1..close).unwrap_or_default().to_string(),
                        target: place.target.clone(),
                        is_indented: place.is_indented,
                    });
                    name.push_str("()");
                    at = close + 1;
                }
                Some(b'.') => {
                    let word = after_blanks(bytes, next + 1);
                    let end = word_end(bytes, word);
                    if end == word {
                        return;
                    }
                    name.push('.');
                    name.push_str(code.get(word..end).unwrap_or_default());
                    at = end;
                }
                _ => return,
            }
        }
    }
}

/// Where a chain of calls begins.
struct Place {
    line: usize,
    target: Option<String>,
    is_indented: bool,
}

/// Returns the text with blanks for comments and for what stands in quotes: as many bytes, and every line
/// where it was.
fn without_texts(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let blank = |byte: &u8| if *byte == b'\n' { b'\n' } else { b' ' };
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let end = match byte {
            b'#' => {
                at + rest
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(rest.len())
            }
            b'"' | b'\'' => {
                let is_triple = rest.starts_with(&[byte; 3]);
                let quotes: &[u8] = if is_triple { &[byte; 3] } else { &[byte] };
                at + text_length(rest, quotes)
            }
            _ => {
                code.push(byte);
                at += 1;
                continue;
            }
        };
        code.extend(bytes.get(at..end).unwrap_or_default().iter().map(blank));
        at = end;
    }
    // Only whole characters were replaced: a quote and a line's end are never part of another one.
    String::from_utf8(code).unwrap_or_default()
}

/// Returns how long a text is, with the quotes at both ends.
fn text_length(rest: &[u8], quotes: &[u8]) -> usize {
    let mut at = quotes.len();
    while let Some(&byte) = rest.get(at) {
        if byte == b'\\' {
            at += 2;
        } else if rest.get(at..).is_some_and(|rest| rest.starts_with(quotes)) {
            return at + quotes.len();
        } else if byte == b'\n' && quotes.len() == 1 {
            // Not closed: the next line is read as code again.
            return at;
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Returns each opening round bracket's closing one, by position.
fn brackets(code: &str) -> BTreeMap<usize, usize> {
    let mut open = Vec::new();
    let mut pairs = BTreeMap::new();
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'(' => open.push(at),
            b')' => {
                if let Some(opening) = open.pop() {
                    pairs.insert(opening, at);
                }
            }
            _ => {}
        }
    }
    pairs
}

/// Returns what names stand for, and the modules.
fn imports_of(code: &str) -> (BTreeMap<String, String>, Vec<(String, usize)>) {
    let mut aliases = BTreeMap::new();
    let mut modules = Vec::new();
    let lines: Vec<&str> = code.split('\n').collect();
    for (line_idx, line) in lines.iter().enumerate() {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("from ")
            && let Some((module, names)) = rest.split_once(" import ")
        {
            let module = module.trim();
            modules.push((module.to_string(), line_idx + 1));
            let mut names = names.replace('(', " ");
            let mut next = line_idx + 1;
            // In brackets, or after a backslash, it goes on.
            while (line.contains('(') && !names.contains(')')) || names.trim_end().ends_with('\\') {
                names = names.trim_end().trim_end_matches('\\').to_string();
                let Some(more) = lines.get(next) else {
                    break;
                };
                names.push(' ');
                names.push_str(more);
                next += 1;
            }
            for name in names.replace(')', " ").split(',') {
                let (name, alias) = name.split_once(" as ").unwrap_or((name, name));
                aliases.insert(
                    alias.trim().to_string(),
                    format!("{module}.{}", name.trim()),
                );
            }
        } else if let Some(rest) = line.strip_prefix("import ") {
            for name in rest.split(',') {
                let (module, alias) = name.split_once(" as ").unwrap_or((name, ""));
                modules.push((module.trim().to_string(), line_idx + 1));
                if !alias.trim().is_empty() {
                    aliases.insert(alias.trim().to_string(), module.trim().to_string());
                }
            }
        }
    }
    (aliases, modules)
}

/// Returns both sides of `name = value`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (target, value) = line.split_once('=')?;
    // `name: type = value` too.
    let target = target.split(':').next().unwrap_or_default().trim();
    let is_other = value.starts_with('=') || !is_dotted_name(target);
    (!is_other).then(|| (target, value.trim_start()))
}

fn begins_with_call(value: &str) -> bool {
    let name = value.trim_start();
    let length = name
        .find(|c: char| !is_word(c) && c != '.')
        .unwrap_or(name.len());
    length > 0
        && name
            .get(length..)
            .is_some_and(|rest| rest.trim_start().starts_with('('))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_word) && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn is_dotted_name(text: &str) -> bool {
    !text.is_empty() && text.split('.').all(is_name)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

// A letter that is not ASCII is of a word too.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    start
        + rest
            .iter()
            .position(|byte| !is_word_byte(*byte))
            .unwrap_or(rest.len())
}

// A line's end counts as a blank where a call goes on behind it: after a backslash or a closing bracket.
fn after_blanks(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' => at += 1,
            b'\\' if matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) => {
                at += if bytes.get(at + 1) == Some(&b'\r') {
                    3
                } else {
                    2
                };
            }
            _ => break,
        }
    }
    at
}

/// Splits at a separator that is neither in quotes nor in brackets.
fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let code = without_texts(text);
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
#[path = "python_tests.rs"]
mod tests;
