//! The fields of a message that is JSON: those that a query names, found in one pass without keeping the others.

use std::borrow::Cow;

use super::value::Value;
use crate::cloudwatch::json_scanner::Scanner;

/// Arrays and objects inside each other; keeps reading far from the end of the stack.
const DEEPEST: u32 = 128;

/// Names with more dots than this are read in one way only.
const MOST_PARTS: usize = 5;

/// Paths from the root of a message, by number.
#[derive(Debug, Default)]
pub struct Paths {
    root: Node,
    n_paths: usize,
}

/// The paths that go on from one place.
#[derive(Debug, Default)]
struct Node {
    members: Vec<(String, Node)>,
    elements: Vec<(usize, Node)>,
    /// The number of the path that ends here.
    number: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Member(String),
    Element(usize),
}

impl Paths {
    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.n_paths == 0
    }

    /// Returns the numbers of the paths that a field's name may mean, the likeliest first.
    ///
    /// A dot goes into an object or an array; or it is part of a name, as in OpenTelemetry's attributes.
    pub fn numbers(&mut self, name: &str) -> Vec<usize> {
        paths_of(name)
            .into_iter()
            .map(|path| self.number(path))
            .collect()
    }

    fn number(&mut self, path: Vec<Step>) -> usize {
        let node = path.into_iter().fold(&mut self.root, Node::step);
        let number = *node.number.get_or_insert(self.n_paths);
        self.n_paths = self.n_paths.max(number + 1);
        number
    }

    /// Returns what is at the end of each path, by number; `None` if the text is not JSON to its end, or is nested
    /// more than 128 deep. Of a `fragment` only the beginning has to be.
    pub fn find<'a>(&self, text: &'a str, is_fragment: bool) -> Option<Vec<Value<'a>>> {
        let mut found = vec![Value::Null; self.n_paths];
        let mut scanner = Scanner::of(text);
        value(&mut scanner, text, Some(&self.root), &mut found, 0)?;
        if !is_fragment {
            scanner.end()?;
        }
        Some(found)
    }
}

impl Node {
    fn step(&mut self, step: Step) -> &mut Node {
        match step {
            Step::Member(name) => child(&mut self.members, name),
            Step::Element(idx) => child(&mut self.elements, idx),
        }
    }

    // An object may have a member twice, and then the later one counts.
    fn forget(&self, found: &mut [Value<'_>]) {
        if let Some(place) = self.number.and_then(|number| found.get_mut(number)) {
            *place = Value::Null;
        }
        let members = self.members.iter().map(|(_, node)| node);
        let elements = self.elements.iter().map(|(_, node)| node);
        members.chain(elements).for_each(|node| node.forget(found));
    }
}

fn child<K: PartialEq>(children: &mut Vec<(K, Node)>, key: K) -> &mut Node {
    let idx = children.iter().position(|(it, _)| *it == key);
    let idx = idx.unwrap_or_else(|| {
        children.push((key, Node::default()));
        children.len() - 1
    });
    &mut children[idx].1
}

// Reads a value; what is wanted of it, which is what `node` has, goes into `found`.
fn value<'a>(
    scanner: &mut Scanner<'a>,
    text: &'a str,
    node: Option<&Node>,
    found: &mut [Value<'a>],
    depth: u32,
) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    let place = node.and_then(|node| node.number);
    let first = scanner.next_byte()?;
    let start = scanner.at() - 1;
    let value = match first {
        b'{' => {
            object(scanner, text, node, found, depth)?;
            Value::Text(Cow::Borrowed(text.get(start..scanner.at())?))
        }
        b'[' => {
            array(scanner, text, node, found, depth)?;
            Value::Text(Cow::Borrowed(text.get(start..scanner.at())?))
        }
        b'"' => {
            let quoted = scanner.text()?;
            match place {
                Some(_) => Value::Text(quoted.plain()?),
                None => return Some(()),
            }
        }
        b't' => scanner.literal("rue", Value::Bool(true))?,
        b'f' => scanner.literal("alse", Value::Bool(false))?,
        b'n' => scanner.literal("ull", Value::Null)?,
        first => {
            let number = scanner.number(first)?;
            match place {
                Some(_) => Value::of_literal(number),
                None => return Some(()),
            }
        }
    };
    if let Some(place) = place.and_then(|number| found.get_mut(number)) {
        *place = value;
    }
    Some(())
}

fn object<'a>(
    scanner: &mut Scanner<'a>,
    text: &'a str,
    node: Option<&Node>,
    found: &mut [Value<'a>],
    depth: u32,
) -> Option<()> {
    let mut byte = scanner.next_byte()?;
    if byte == b'}' {
        return Some(());
    }
    loop {
        if byte != b'"' {
            return None;
        }
        let name = scanner.text()?;
        let mut child = None;
        if let Some(node) = node.filter(|node| !node.members.is_empty()) {
            let name = name.plain()?;
            let wanted = node.members.iter().find(|(it, _)| **it == *name);
            child = wanted.map(|(_, node)| node);
        }
        if let Some(child) = child {
            child.forget(found);
        }
        if scanner.next_byte()? != b':' {
            return None;
        }
        value(scanner, text, child, found, depth + 1)?;
        match scanner.next_byte()? {
            b',' => byte = scanner.next_byte()?,
            b'}' => return Some(()),
            _ => return None,
        }
    }
}

fn array<'a>(
    scanner: &mut Scanner<'a>,
    text: &'a str,
    node: Option<&Node>,
    found: &mut [Value<'a>],
    depth: u32,
) -> Option<()> {
    if scanner.peek()? == b']' {
        scanner.next_byte();
        return Some(());
    }
    let elements = node.map_or(&[][..], |node| &node.elements);
    for idx in 0.. {
        let wanted = elements.iter().find(|(it, _)| *it == idx);
        value(
            scanner,
            text,
            wanted.map(|(_, node)| node),
            found,
            depth + 1,
        )?;
        match scanner.next_byte()? {
            b',' => {}
            b']' => break,
            _ => return None,
        }
    }
    Some(())
}

fn paths_of(name: &str) -> Vec<Vec<Step>> {
    let parts: Vec<&str> = name.split('.').collect();
    let tries_all = parts.len() <= MOST_PARTS;
    let mut paths: Vec<Vec<Step>> = vec![Vec::new()];
    for part in parts {
        let mut longer = Vec::new();
        for path in paths {
            let with = |step: Step| -> Vec<Step> { path.iter().cloned().chain([step]).collect() };
            let element = part.parse().ok().filter(|_| !path.is_empty());
            if element.is_none() || tries_all {
                longer.push(with(Step::Member(part.to_string())));
            }
            longer.extend(element.map(|idx| with(Step::Element(idx))));
            if let Some((Step::Member(last), before)) = path.split_last()
                && tries_all
            {
                let wider = Step::Member(format!("{last}.{part}"));
                longer.push(before.iter().cloned().chain([wider]).collect());
            }
        }
        paths = longer;
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_dots_in_one_pass() {
        for (name, text, expected) in [
            ("a", r#"{"a":1.0}"#, "1"),
            ("a.b", r#"{"a":{"b":"x\ny"}}"#, "x\ny"),
            ("a.b", r#"{"a.b":"dotted"}"#, "dotted"),
            ("a.1.b", r#"{"a":[{},{"b":true}]}"#, "1"),
            ("a", r#"{"a":{"b":[1, 2]}, "c":0}"#, r#"{"b":[1, 2]}"#),
            ("a", r#"{"a":1,"a":2}"#, "2"),
            ("a.b", r#"{"a":{"b":1},"a":2}"#, ""),
            ("a", r#"{"a":9007199254740993}"#, "9007199254740993"),
            ("a", r#"{"a":null}"#, ""),
            ("a", r#"{"a":1"#, ""),
            ("a", r#"{"a":1} x"#, ""),
        ] {
            let mut paths = Paths::default();
            let numbers = paths.numbers(name);
            let found = paths.find(text, false).unwrap_or_default();
            let mut found = numbers
                .iter()
                .filter_map(|number| found.get(*number)?.shown());
            assert_eq!(found.next().unwrap_or_default(), expected, "{name} {text}");
        }
        let mut paths = Paths::default();
        paths.numbers("a");
        assert!(paths.find(r#"{"a":1} x"#, true).is_some());
        let deep = format!("{}{}", r#"{"z":"#.repeat(50_000), "1");
        assert!(paths.find(&deep, false).is_none());
    }
}
