//! The few values of a JSON text that are asked for, found in one pass without keeping the others.
//!
//! The whole text is read all the same, since a line that is not JSON to its end matches nothing.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

    /// Returns what is at the end of each path, by number; `None` if the text is not JSON.
    pub fn find<'a>(&self, text: &'a str) -> Option<Vec<Found<'a>>> {
        let mut found = vec![Found::Nothing; self.n_paths];
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let finder = Finder {
            node: &self.root,
            found: &mut found,
        };
        finder.deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
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

struct Finder<'n, 'f, 'a> {
    node: &'n Node,
    found: &'f mut [Found<'a>],
}

impl<'a> Finder<'_, '_, 'a> {
    fn put(self, found: Found<'a>) {
        if let Some(place) = self
            .node
            .number
            .and_then(|number| self.found.get_mut(number))
        {
            *place = found;
        }
    }
}

impl<'a> DeserializeSeed<'a> for Finder<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Finder<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(Found::Null);
        Ok(())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.put(Found::Bool(truth));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.put(Found::Number(number as f64));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.put(Found::Number(number as f64));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.put(Found::Number(number));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<(), E> {
        self.put(Found::Text(text.into()));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(Found::Text(text.to_string().into()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut elements: A) -> Result<(), A::Error> {
        let Finder { node, found } = self;
        for idx in 0.. {
            let asked = node.elements.iter().find(|(it, _)| *it == idx);
            let is_there = match asked {
                Some((_, node)) => {
                    let finder = Finder {
                        node,
                        found: &mut *found,
                    };
                    elements.next_element_seed(finder)?.is_some()
                }
                None => elements.next_element::<IgnoredAny>()?.is_some(),
            };
            if !is_there {
                break;
            }
        }
        Finder { node, found }.put(Found::Several);
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let Finder { node, found } = self;
        while let Some(asked) = members.next_key_seed(Member(node))? {
            match asked {
                Some(node) => {
                    node.forget(found);
                    let finder = Finder {
                        node,
                        found: &mut *found,
                    };
                    members.next_value_seed(finder)?;
                }
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Finder { node, found }.put(Found::Several);
        Ok(())
    }
}

/// Finds the paths that go on from the member with the name that is read.
struct Member<'n>(&'n Node);

impl<'a, 'n> DeserializeSeed<'a> for Member<'n> {
    type Value = Option<&'n Node>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'n> Visitor<'_> for Member<'n> {
    type Value = Option<&'n Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let asked = self.0.members.iter().find(|(it, _)| it == name);
        Ok(asked.map(|(_, node)| node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
