//! Blocks of YAML, and what aliases and merge keys make of them.

use std::collections::BTreeMap;

use super::text::{
    Line, is_balanced, is_item, lines_of, scalar_value, split_flow, split_key, unquoted,
};
use super::{Document, Node, Value};

// Deeper than any compose file, and shallow enough for the stack.
const MOST_DEPTH: usize = 60;
// What aliases may make of a small file.
const MOST_NODES: usize = 100_000;

/// Reads blocks, line by line.
pub struct Reader {
    lines: Vec<Line>,
    at: usize,
    anchors: BTreeMap<String, Node>,
    unread: Vec<usize>,
    n_nodes: usize,
}

impl Reader {
    /// Begins at the top of a text.
    pub fn of(text: &str) -> Reader {
        Reader {
            lines: lines_of(text),
            at: 0,
            anchors: BTreeMap::new(),
            unread: Vec::new(),
            n_nodes: 0,
        }
    }

    /// Reads all of it.
    pub fn document(mut self) -> Document {
        let root = self.block(0, 0);
        while let Some(line) = self.lines.get(self.at) {
            self.unread.push(line.number);
            self.at += 1;
        }
        Document {
            root,
            unread: self.unread,
        }
    }

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
