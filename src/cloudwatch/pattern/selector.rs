//! The walk over a line that finds what selectors such as `$.user.names[*]` lead to.
//!
//! A line is read once, and only what a selector leads to is looked at; the rest is still read, since a line
//! that is not JSON to its end matches nothing.

use std::borrow::Cow;

use crate::cloudwatch::json_scanner::Scanner;

/// Arrays and objects inside each other; keeps reading far from the end of the stack.
const DEEPEST: u32 = 128;

/// A step of a selector.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// `.name`, into an object.
    Member(String),
    /// `[0]`, into an array.
    Element(usize),
    /// `[*]` or `.*`: every element of an array, every value of an object.
    Any,
}

/// A value that a selector leads to.
pub enum Value<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'a str),
    Text(Cow<'a, str>),
    Object,
    Array {
        /// Whether one of its elements is null.
        has_null: bool,
    },
}

/// Which of a pattern's tests hold; there are fewer than 192 of them in 1,024 characters.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tests([u64; 3]);

impl Tests {
    pub const MAX: usize = 192;

    pub fn has(&self, test: usize) -> bool {
        self.0
            .get(test / 64)
            .is_some_and(|bits| bits >> (test % 64) & 1 == 1)
    }

    fn set(&mut self, test: usize) {
        if let Some(bits) = self.0.get_mut(test / 64) {
            *bits |= 1 << (test % 64);
        }
    }

    fn or(self, other: Tests) -> Tests {
        let mut all = self;
        for (bits, others) in all.0.iter_mut().zip(other.0) {
            *bits |= others;
        }
        all
    }
}

/// The selectors of a pattern, joined where they begin alike.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selectors {
    members: Vec<(String, Selectors)>,
    elements: Vec<(usize, Selectors)>,
    any: Option<Box<Selectors>>,
    /// The tests of what is found here.
    tests: Vec<usize>,
}

impl Selectors {
    /// Adds a selector, at whose end a test is made.
    pub fn add(&mut self, steps: &[Step], test: usize) {
        let Some((step, rest)) = steps.split_first() else {
            self.tests.push(test);
            return;
        };
        match step {
            Step::Member(name) => child(&mut self.members, name).add(rest, test),
            Step::Element(idx) => child(&mut self.elements, idx).add(rest, test),
            Step::Any => self.any.get_or_insert_default().add(rest, test),
        }
    }

    /// Makes what is asked of any value be asked of those too that are named; to be called once, at the end.
    pub fn spread(&mut self) {
        let members = self.members.iter_mut().map(|(_, child)| child);
        let elements = self.elements.iter_mut().map(|(_, child)| child);
        for child in members.chain(elements) {
            if let Some(any) = &self.any {
                child.merge(any);
            }
            child.spread();
        }
        if let Some(any) = &mut self.any {
            any.spread();
        }
    }

    fn merge(&mut self, other: &Selectors) {
        for (name, node) in &other.members {
            child(&mut self.members, name).merge(node);
        }
        for (idx, node) in &other.elements {
            child(&mut self.elements, idx).merge(node);
        }
        if let Some(any) = &other.any {
            self.any.get_or_insert_default().merge(any);
        }
        self.tests.extend(&other.tests);
    }

    /// Makes the tests on a line: `holds` tells whether one holds for a value. `None` if the line is no JSON
    /// object, or is nested more than 128 deep.
    pub fn walk(&self, line: &str, holds: impl Fn(usize, &Value<'_>) -> bool) -> Option<Tests> {
        let mut walk = Walk {
            scanner: Scanner::of(line),
            holds,
            members: Vec::new(),
        };
        if walk.scanner.peek()? != b'{' {
            return None;
        }
        let (tests, _) = walk.value(Some(self), 0)?;
        walk.scanner.end()?;
        Some(tests)
    }
}

fn child<'s, K: PartialEq + Clone>(
    children: &'s mut Vec<(K, Selectors)>,
    key: &K,
) -> &'s mut Selectors {
    let idx = children.iter().position(|(it, _)| it == key);
    let idx = idx.unwrap_or_else(|| {
        children.push((key.clone(), Selectors::default()));
        children.len() - 1
    });
    &mut children[idx].1
}

struct Walk<'a, H> {
    scanner: Scanner<'a>,
    holds: H,
    /// What came of the members of the objects that are being read, by name where any name is asked for.
    members: Vec<(Option<Cow<'a, str>>, Tests)>,
}

impl<'a, H: Fn(usize, &Value<'_>) -> bool> Walk<'a, H> {
    // Reads a value; returns the tests that hold for it and what is in it, and whether it is null.
    fn value(&mut self, node: Option<&Selectors>, depth: u32) -> Option<(Tests, bool)> {
        if depth > DEEPEST {
            return None;
        }
        let mut inner = Tests::default();
        let asked = node.filter(|node| !node.tests.is_empty());
        let value = match self.scanner.next_byte()? {
            b'{' => {
                inner = self.object(node, depth)?;
                Value::Object
            }
            b'[' => {
                let has_null;
                (inner, has_null) = self.array(node, depth)?;
                Value::Array { has_null }
            }
            b'"' => {
                let text = self.scanner.text()?;
                // What is not asked for need not be made.
                if asked.is_none() {
                    return Some((inner, false));
                }
                Value::Text(text.plain()?)
            }
            b't' => self.scanner.literal("rue", Value::Bool(true))?,
            b'f' => self.scanner.literal("alse", Value::Bool(false))?,
            b'n' => self.scanner.literal("ull", Value::Null)?,
            first => Value::Number(self.scanner.number(first)?),
        };
        for &test in asked.map_or(&[][..], |node| &node.tests) {
            if (self.holds)(test, &value) {
                inner.set(test);
            }
        }
        Some((inner, matches!(value, Value::Null)))
    }

    // Of two members with one name, the later one counts.
    fn object(&mut self, node: Option<&Selectors>, depth: u32) -> Option<Tests> {
        let mut byte = self.scanner.next_byte()?;
        if byte == b'}' {
            return Some(Tests::default());
        }
        let start = self.members.len();
        let named = node.map_or(&[][..], |node| &node.members);
        let any = node.and_then(|node| node.any.as_deref());
        self.members
            .extend(named.iter().map(|_| (None, Tests::default())));
        loop {
            if byte != b'"' {
                return None;
            }
            let name = self.scanner.text()?;
            let is_asked = !named.is_empty() || any.is_some();
            let name = if is_asked { Some(name.plain()?) } else { None };
            if self.scanner.next_byte()? != b':' {
                return None;
            }
            let idx = name
                .as_deref()
                .and_then(|name| named.iter().position(|(it, _)| it == name));
            match (idx, named.get(idx.unwrap_or(usize::MAX)), any) {
                (Some(idx), Some((_, child)), _) => {
                    let (tests, _) = self.value(Some(child), depth + 1)?;
                    if let Some(place) = self.members.get_mut(start + idx) {
                        place.1 = tests;
                    }
                }
                (_, _, Some(any)) => {
                    let (tests, _) = self.value(Some(any), depth + 1)?;
                    self.members.push((name, tests));
                }
                _ => {
                    self.value(None, depth + 1)?;
                }
            }
            match self.scanner.next_byte()? {
                b',' => byte = self.scanner.next_byte()?,
                b'}' => break,
                _ => return None,
            }
        }
        let mut all = Tests::default();
        let members = self.members.get_mut(start..).unwrap_or_default();
        // Sorting is stable, so of those with one name the last is the latest.
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (idx, (name, tests)) in members.iter().enumerate() {
            let next = members.get(idx + 1).and_then(|(name, _)| name.as_deref());
            if name.is_none() || next != name.as_deref() {
                all = all.or(*tests);
            }
        }
        self.members.truncate(start);
        Some(all)
    }

    fn array(&mut self, node: Option<&Selectors>, depth: u32) -> Option<(Tests, bool)> {
        let (mut all, mut has_null) = (Tests::default(), false);
        if self.scanner.peek()? == b']' {
            self.scanner.next_byte();
            return Some((all, has_null));
        }
        let elements = node.map_or(&[][..], |node| &node.elements);
        let any = node.and_then(|node| node.any.as_deref());
        for idx in 0.. {
            let named = elements.iter().find(|(it, _)| *it == idx);
            let child = named.map(|(_, child)| child).or(any);
            let (tests, is_null) = self.value(child, depth + 1)?;
            all = all.or(tests);
            has_null |= is_null;
            match self.scanner.next_byte()? {
                b',' => {}
                b']' => break,
                _ => return None,
            }
        }
        Some((all, has_null))
    }
}
