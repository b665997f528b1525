//! The few values of a JSON text that are asked for, found in one pass without keeping the others.
//!
//! The whole text is read all the same, since a line that is not JSON to its end matches nothing.

use std::borrow::Cow;

use super::json_scanner::Scanner;

/// Arrays and objects inside each other; keeps reading far from the end of the stack.
const DEEPEST: u32 = 128;

/// A step of a path: into an object or an array.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Member(String),
    Element(usize),
}

/// What was found at the end of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'a> {
    /// The path leads nowhere.
    Nothing,
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    /// An array or an object.
    Several,
}

/// Paths from the root of a text, by number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paths {
    root: Node,
    n_paths: usize,
}

/// The paths that go on from one place.
#[derive(Debug, Clone, Default, PartialEq)]
struct Node {
    members: Vec<(String, Node)>,
    elements: Vec<(usize, Node)>,
    /// The number of the path that ends here.
    number: Option<usize>,
}

impl Paths {
    /// Returns the number of a path, counted from 0; equal paths have the same.
    pub fn number(&mut self, path: Vec<Step>) -> usize {
        let node = path.into_iter().fold(&mut self.root, Node::step);
        let number = *node.number.get_or_insert(self.n_paths);
        self.n_paths = self.n_paths.max(number + 1);
        number
    }

    /// Returns what is at the end of each path, by number; `None` if the text is not JSON, or is nested more
    /// than 128 deep.
    pub fn find<'a>(&self, text: &'a str) -> Option<Vec<Found<'a>>> {
        let mut found = vec![Found::Nothing; self.n_paths];
        let mut scanner = Scanner::of(text);
        scanner.value(Some(&self.root), &mut found, 0)?;
        scanner.end()?;
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
    fn forget(&self, found: &mut [Found<'_>]) {
        if let Some(place) = self.number.and_then(|number| found.get_mut(number)) {
            *place = Found::Nothing;
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

impl<'a> Scanner<'a> {
    // Reads a value; what is asked for of it, which is what `node` has, goes into `found`.
    fn value(&mut self, node: Option<&Node>, found: &mut [Found<'a>], depth: u32) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let value = match self.next_byte()? {
            b'{' => {
                self.object(node, found, depth)?;
                Found::Several
            }
            b'[' => {
                self.array(node, found, depth)?;
                Found::Several
            }
            b'"' => {
                let text = self.text()?;
                // What nobody asks for need not be made.
                match node.and_then(|node| node.number) {
                    Some(_) => Found::Text(text.plain()?),
                    None => return Some(()),
                }
            }
            b't' => self.literal("rue", Found::Bool(true))?,
            b'f' => self.literal("alse", Found::Bool(false))?,
            b'n' => self.literal("ull", Found::Null)?,
            first => {
                let number = self.number(first)?;
                match node.and_then(|node| node.number) {
                    Some(_) => {
                        let number: f64 = number.parse().ok()?;
                        Found::Number(number.is_finite().then_some(number)?)
                    }
                    None => return Some(()),
                }
            }
        };
        let number = node.and_then(|node| node.number);
        if let Some(place) = number.and_then(|number| found.get_mut(number)) {
            *place = value;
        }
        Some(())
    }

    fn object(&mut self, node: Option<&Node>, found: &mut [Found<'a>], depth: u32) -> Option<()> {
        let mut byte = self.next_byte()?;
        if byte == b'}' {
            return Some(());
        }
        loop {
            if byte != b'"' {
                return None;
            }
            let name = self.text()?;
            let mut child = None;
            if let Some(node) = node.filter(|node| !node.members.is_empty()) {
                let name = name.plain()?;
                let asked = node.members.iter().find(|(it, _)| **it == *name);
                child = asked.map(|(_, node)| node);
            }
            if let Some(child) = child {
                child.forget(found);
            }
            if self.next_byte()? != b':' {
                return None;
            }
            self.value(child, found, depth + 1)?;
            match self.next_byte()? {
                b',' => byte = self.next_byte()?,
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn array(&mut self, node: Option<&Node>, found: &mut [Found<'a>], depth: u32) -> Option<()> {
        if self.peek()? == b']' {
            self.next_byte();
            return Some(());
        }
        let elements = node.map_or(&[][..], |node| &node.elements);
        for idx in 0.. {
            let asked = elements.iter().find(|(it, _)| *it == idx);
            self.value(asked.map(|(_, node)| node), found, depth + 1)?;
            match self.next_byte()? {
                b',' => {}
                b']' => break,
                _ => return None,
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    use serde_json::Value;

    fn find<'a>(paths: &[&[Step]], text: &'a str) -> Option<Vec<Found<'a>>> {
        let mut all = Paths::default();
        for (number, path) in paths.iter().enumerate() {
            assert_eq!(all.number(path.to_vec()), number);
        }
        all.find(text)
    }

    fn member(name: &str) -> Step {
        Step::Member(name.to_string())
    }

    #[test]
    fn values_are_found_by_path_and_the_last_of_a_name_counts() {
        let a = [member("a")];
        let ab = [member("a"), member("b")];
        let a1 = [member("a"), Step::Element(1)];
        let paths: [&[Step]; 3] = [&a, &ab, &a1];
        let nothing = Found::Nothing;
        for (text, expected) in [
            (r#"{}"#, [nothing.clone(), nothing.clone(), nothing.clone()]),
            (
                r#"{"a":{"b":"x\ny","c":[{}]}}"#,
                [Found::Several, Found::Text("x\ny".into()), nothing.clone()],
            ),
            (
                r#"{"a":[0,-1.5]}"#,
                [Found::Several, nothing.clone(), Found::Number(-1.5)],
            ),
            (
                r#"{"a":{"b":1},"a":true}"#,
                [Found::Bool(true), nothing.clone(), nothing.clone()],
            ),
            (
                r#"{"\u0061":null}"#,
                [Found::Null, nothing.clone(), nothing.clone()],
            ),
            (
                r#"[1]"#,
                [nothing.clone(), nothing.clone(), nothing.clone()],
            ),
        ] {
            assert_eq!(find(&paths, text), Some(expected.to_vec()), "{text}");
        }
        for text in [
            r#"{"a":1"#,
            r#"{"a":1}}"#,
            "",
            r#"{"a":1,}"#,
            r#"{"z":[1,}"#,
        ] {
            assert_eq!(find(&paths, text), None, "{text}");
        }
        let deep = format!("{}{}", r#"{"z":"#.repeat(50_000), "1");
        assert_eq!(find(&paths, &deep), None);
    }

    // Something like JSON, mostly right.
    fn random_json(rng: &mut StdRng, depth: u32, text: &mut String) {
        let space = |rng: &mut StdRng, text: &mut String| {
            if rng.random_range(0..12) == 0 {
                text.push_str([" ", "\n", "\t\r ", "\u{b}"][rng.random_range(0..4)]);
            }
        };
        space(rng, text);
        match rng.random_range(0..if depth > 3 { 4 } else { 7 }) {
            0 => text.push_str(
                [
                    "true", "false", "null", "true", "false", "null", "tru", "nulll",
                ][rng.random_range(0..8)],
            ),
            1 => text.push_str(
                [
                    "0",
                    "-0",
                    "12.50",
                    "-3e2",
                    "1E-2",
                    "7e+3",
                    "01",
                    "1.",
                    ".5",
                    "-",
                    "1e",
                    "1e999",
                    "9007199254740993",
                ][rng.random_range(0..13)],
            ),
            2 | 3 => {
                let pieces = [
                    "a",
                    "b",
                    "long enough to fill more than eight bytes",
                    "é",
                    "\\n",
                    "\\u0061",
                    "\\ud83e\\udd80",
                    "\\ud800",
                    "\\x",
                    "\\\"",
                    "\u{1}",
                    "\\u00zz",
                    "\\/",
                    "0",
                ];
                text.push('"');
                for _ in 0..rng.random_range(0..3) {
                    let n = if rng.random_range(0..20) == 0 {
                        pieces.len()
                    } else {
                        7
                    };
                    text.push_str(pieces[rng.random_range(0..n)]);
                }
                text.push('"');
            }
            4 => {
                text.push('[');
                for idx in 0..rng.random_range(0..4) {
                    text.push_str(if idx > 0 { "," } else { "" });
                    random_json(rng, depth + 1, text);
                }
                text.push(']');
            }
            _ => {
                text.push('{');
                for idx in 0..rng.random_range(0..4) {
                    text.push_str(if idx > 0 { "," } else { "" });
                    let names = ["a", "b", "c", "\\u0061", "", "longer than eight"];
                    text.push_str(&format!("\"{}\"", names[rng.random_range(0..6)]));
                    space(rng, text);
                    text.push(':');
                    random_json(rng, depth + 1, text);
                }
                text.push('}');
            }
        }
        space(rng, text);
    }

    fn by_serde(text: &str, path: &[Step]) -> Option<Value> {
        let mut value: Value = serde_json::from_str(text).ok()?;
        for step in path {
            value = match step {
                Step::Member(name) => value.get_mut(name)?.take(),
                Step::Element(idx) => value.get_mut(idx)?.take(),
            };
        }
        Some(value)
    }

    #[test]
    fn what_is_json_and_what_is_in_it_is_what_serde_says() {
        let mut rng = StdRng::seed_from_u64(9);
        let a = [member("a")];
        let ab = [member("a"), member("b")];
        let a1 = [member("a"), Step::Element(1)];
        let paths: [&[Step]; 3] = [&a, &ab, &a1];
        let mut n_json = 0;
        for _ in 0..60_000 {
            let mut text = String::new();
            random_json(&mut rng, 0, &mut text);
            if rng.random_range(0..20) == 0 {
                text.push_str(["}", "]", ",", "x", "\""][rng.random_range(0..5)]);
            }
            let found = find(&paths, &text);
            // A value that nobody asks for may be too large for a number, or half a character.
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            assert!(is_json || found.is_none(), "{text:?}");
            let is_value = serde_json::from_str::<Value>(&text).is_ok();
            assert!(!is_value || found.is_some(), "{text:?}");
            let Some(found) = found.filter(|_| is_value) else {
                continue;
            };
            n_json += 1;
            for (path, found) in paths.iter().zip(found) {
                let expected = match by_serde(&text, path) {
                    None => Found::Nothing,
                    Some(Value::Null) => Found::Null,
                    Some(Value::Bool(truth)) => Found::Bool(truth),
                    Some(Value::Number(number)) => Found::Number(number.as_f64().unwrap()),
                    Some(Value::String(text)) => Found::Text(text.into()),
                    Some(Value::Array(_) | Value::Object(_)) => Found::Several,
                };
                assert_eq!(found, expected, "{text:?}");
            }
        }
        assert!(n_json > 10_000, "{n_json}");
    }
}
