//! As much of YAML as compose files are written in: blocks, flow collections on their lines, quotes, comments,
//! block scalars, anchors, aliases and merge keys. A line that fits nothing is passed over and named.

use std::collections::BTreeMap;

/// A value, and the line that it begins on, from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// From 1; 0 for what has no place.
    pub line: usize,
    /// What it is.
    pub value: Value,
}

/// What a value is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Value {
    /// Nothing, or `null`, or `~`.
    #[default]
    Null,
    /// A text, a number, a truth value: as text.
    Scalar(String),
    /// In its order.
    List(Vec<Node>),
    /// In its order; no key twice, the last one counts.
    Map(Vec<(String, Node)>),
}

/// A document, and what was not understood.
#[derive(Debug, Default)]
pub struct Document {
    /// The value at the top.
    pub root: Node,
    /// Lines, from 1.
    pub unread: Vec<usize>,
}

// Deeper than any compose file, and shallow enough for the stack.
const MOST_DEPTH: usize = 60;
// What aliases may make of a small file.
const MOST_NODES: usize = 100_000;

impl Node {
    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, node)| node)
    }

    /// Returns keys and values; none if it is no map.
    pub fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Returns the items; none if it is no list.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the text; `None` if it is none.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the same without places, to be compared by meaning.
    pub fn meaning(&self) -> Node {
        let value = match &self.value {
            Value::List(items) => Value::List(items.iter().map(Node::meaning).collect()),
            Value::Map(entries) => {
                let entries = entries.iter();
                let mut entries: Vec<_> = entries
                    .map(|(key, node)| (key.clone(), node.meaning()))
                    .collect();
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Map(entries)
            }
            other => other.clone(),
        };
        Node { line: 0, value }
    }

    fn size(&self) -> usize {
        match &self.value {
            Value::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Value::Map(entries) => 1 + entries.iter().map(|(_, node)| node.size()).sum::<usize>(),
            _ => 1,
        }
    }
}

/// Reads the first document of a text.
pub fn read(text: &str) -> Document {
    let mut reader = Reader {
        lines: lines_of(text),
        at: 0,
        anchors: BTreeMap::new(),
        unread: Vec::new(),
        n_nodes: 0,
    };
    let root = reader.block(0, 0);
    while let Some(line) = reader.lines.get(reader.at) {
        reader.unread.push(line.number);
        reader.at += 1;
    }
    Document {
        root,
        unread: reader.unread,
    }
}

/// Returns what a text means, to be compared: without places, and whatever the order of keys is.
pub fn meaning(text: &str) -> Node {
    read(text).root.meaning()
}

/// A line with something on it.
#[derive(Debug, Clone)]
struct Line {
    number: usize,
    indent: usize,
    /// Without the blanks in front, and without a comment.
    text: String,
    /// Without the line's end, for block scalars.
    raw: String,
}

fn lines_of(text: &str) -> Vec<Line> {
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

struct Reader {
    lines: Vec<Line>,
    at: usize,
    anchors: BTreeMap<String, Node>,
    unread: Vec<usize>,
    n_nodes: usize,
}

impl Reader {
    /// Reads what is indented by `indent` at least.
    fn block(&mut self, indent: usize, depth: usize) -> Node {
        let Some(first) = self.lines.get(self.at).cloned() else {
            return Node::default();
        };
        if first.indent < indent || depth > MOST_DEPTH {
            return Node::default();
        }
        self.n_nodes += 1;
        if is_item(&first.text) {
            return self.list(&first, depth);
        }
        if split_key(&first.text).is_some() {
            return self.map(&first, depth);
        }
        self.at += 1;
        self.value(&first.text, first.number, first.indent, depth)
    }

    fn list(&mut self, first: &Line, depth: usize) -> Node {
        let mut items = Vec::new();
        while let Some(line) = self.lines.get(self.at).cloned() {
            if line.indent != first.indent || !is_item(&line.text) {
                break;
            }
            let rest = line.text.get(1..).unwrap_or_default();
            let bare = rest.trim_start();
            let inner = line.indent + 1 + (rest.len() - bare.len());
            let is_block = !bare.starts_with(['{', '[', '"', '\'']) && split_key(bare).is_some();
            if is_block || is_item(bare) {
                // The rest of the line is the first one of a block that is indented as far.
                if let Some(line) = self.lines.get_mut(self.at) {
                    line.indent = inner;
                    line.text = bare.to_string();
                }
                items.push(self.block(inner, depth + 1));
                continue;
            }
            self.at += 1;
            items.push(self.value(bare, line.number, line.indent, depth));
        }
        Node {
            line: first.number,
            value: Value::List(items),
        }
    }

    fn map(&mut self, first: &Line, depth: usize) -> Node {
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut merged: Vec<(String, Node)> = Vec::new();
        while let Some(line) = self.lines.get(self.at).cloned() {
            if line.indent < first.indent || line.indent == first.indent && is_item(&line.text) {
                break;
            }
            let key = match line.indent == first.indent {
                true => split_key(&line.text),
                false => None,
            };
            let Some((key, rest)) = key else {
                self.unread.push(line.number);
                self.at += 1;
                continue;
            };
            self.at += 1;
            let node = self.value(rest, line.number, line.indent, depth);
            if key == "<<" {
                match &node.value {
                    Value::Map(more) => merged.extend(more.iter().cloned()),
                    Value::List(all) => {
                        merged.extend(all.iter().flat_map(|node| node.entries().iter().cloned()));
                    }
                    _ => self.unread.push(line.number),
                }
                continue;
            }
            entries.retain(|(known, _)| *known != key);
            entries.push((key, node));
        }
        for (key, node) in merged {
            if !entries.iter().any(|(known, _)| *known == key) {
                entries.push((key, node));
            }
        }
        Node {
            line: first.number,
            value: Value::Map(entries),
        }
    }

    /// Reads a value that begins on a line which is indented by `indent`.
    fn value(&mut self, text: &str, number: usize, indent: usize, depth: usize) -> Node {
        let (anchor, text) = match text.strip_prefix('&') {
            Some(rest) => {
                let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                (Some(name.to_string()), rest.trim_start())
            }
            None => (None, text),
        };
        let text = match text.strip_prefix('!') {
            Some(rest) => rest
                .split_once(char::is_whitespace)
                .map_or("", |(_, rest)| rest),
            None => text,
        };
        let node = if let Some(name) = text.strip_prefix('*') {
            self.alias(name.trim(), number)
        } else if text.is_empty() {
            self.nested(number, indent, depth)
        } else if text.starts_with(['|', '>']) {
            self.block_scalar(text, number, indent)
        } else if text.starts_with(['{', '[']) {
            self.flow(text, number, depth)
        } else {
            self.scalar(text, number, indent)
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        node
    }

    fn alias(&mut self, name: &str, number: usize) -> Node {
        let known = self.anchors.get(name).cloned();
        let size = known.as_ref().map_or(0, Node::size);
        self.n_nodes += size;
        match known {
            Some(node) if self.n_nodes <= MOST_NODES => node,
            _ => {
                self.unread.push(number);
                Node::default()
            }
        }
    }

    fn nested(&mut self, number: usize, indent: usize, depth: usize) -> Node {
        let null = Node {
            line: number,
            value: Value::Null,
        };
        let Some(next) = self.lines.get(self.at) else {
            return null;
        };
        // The items of a list may stand below their key.
        let is_nested = next.indent > indent || next.indent == indent && is_item(&next.text);
        let is_of_list = is_nested && next.indent == indent;
        let is_after_item = self.at.checked_sub(1).and_then(|it| self.lines.get(it));
        if !is_nested || is_of_list && is_after_item.is_some_and(|line| is_item(&line.text)) {
            return null;
        }
        let inner = next.indent;
        self.block(inner, depth + 1)
    }

    fn block_scalar(&mut self, head: &str, number: usize, indent: usize) -> Node {
        let mut lines = Vec::new();
        while let Some(line) = self.lines.get(self.at) {
            if line.indent <= indent {
                break;
            }
            lines.push(line.raw.trim().to_string());
            self.at += 1;
        }
        let between = if head.starts_with('>') { " " } else { "\n" };
        Node {
            line: number,
            value: Value::Scalar(lines.join(between)),
        }
    }

    fn flow(&mut self, text: &str, number: usize, depth: usize) -> Node {
        let mut whole = text.to_string();
        while !is_balanced(&whole) {
            let Some(line) = self.lines.get(self.at) else {
                break;
            };
            whole.push(' ');
            whole.push_str(&line.text);
            self.at += 1;
        }
        self.flow_value(&whole, number, depth)
    }

    fn flow_value(&mut self, text: &str, number: usize, depth: usize) -> Node {
        let text = text.trim();
        self.n_nodes += 1;
        let inside = |open: char, close: char| {
            let inner = text.strip_prefix(open)?;
            inner.strip_suffix(close)
        };
        if depth > MOST_DEPTH {
            self.unread.push(number);
            return Node::default();
        }
        let value = if let Some(inner) = inside('[', ']') {
            let parts = split_flow(inner);
            let items = parts.into_iter().filter(|part| !part.trim().is_empty());
            Value::List(
                items
                    .map(|part| self.flow_value(part, number, depth + 1))
                    .collect(),
            )
        } else if let Some(inner) = inside('{', '}') {
            let mut entries = Vec::new();
            for part in split_flow(inner) {
                let part = part.trim();
                if part.is_empty() {
                    continue;
                }
                let (key, rest) = split_key(part).unwrap_or((unquoted(part), ""));
                entries.push((key, self.flow_value(rest, number, depth + 1)));
            }
            Value::Map(entries)
        } else if let Some(name) = text.strip_prefix('*') {
            return self.alias(name, number);
        } else {
            scalar_value(text)
        };
        Node {
            line: number,
            value,
        }
    }

    fn scalar(&mut self, text: &str, number: usize, indent: usize) -> Node {
        let mut whole = text.to_string();
        // What is indented further goes on with it.
        while let Some(line) = self.lines.get(self.at) {
            if line.indent <= indent {
                break;
            }
            whole.push(' ');
            whole.push_str(&line.text);
            self.at += 1;
        }
        Node {
            line: number,
            value: scalar_value(&whole),
        }
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// Splits `key: value`; a colon counts if a blank or nothing follows it.
fn split_key(text: &str) -> Option<(String, &str)> {
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

fn scalar_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        text => Value::Scalar(unquoted(text)),
    }
}

fn unquoted(text: &str) -> String {
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

fn is_balanced(text: &str) -> bool {
    depths(text).last().is_none_or(|(_, depth)| *depth == 0)
}

fn split_flow(text: &str) -> Vec<&str> {
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

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
