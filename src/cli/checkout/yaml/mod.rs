//! As much of YAML as compose files are written in: blocks, flow collections on their lines, quotes, comments,
//! block scalars, anchors, aliases and merge keys. A line that fits nothing is passed over and named.

mod reader;
mod text;

use reader::Reader;

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
    Reader::of(text).document()
}

/// Returns what a text means, to be compared: without places, and whatever the order of keys is.
pub fn meaning(text: &str) -> Node {
    read(text).root.meaning()
}

#[cfg(test)]
mod tests;
