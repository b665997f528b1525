//! Annotations that X-Ray indexes, and those that it drops.
//!
//! Source: X-Ray Developer Guide, "Add annotations": a key has up to 500 letters, digits and underscores, a
//! trace up to 50 annotations. What else a document says in its annotations is ignored there, so it is
//! ignored here, and counted.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{member, subsegments};

/// The most annotations of a trace that are indexed. Source: AWS X-Ray endpoints and quotas.
pub const MOST_ANNOTATIONS: usize = 50;
/// The longest key, in characters.
const LONGEST_KEY: usize = 500;

/// Why an annotation is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnotationFault {
    /// The key is empty.
    Empty,
    /// The key is too long.
    Long,
    /// The key has this character.
    Character(char),
    /// The value is no text, number or boolean.
    Value,
    /// There are more than a trace can have.
    Many,
}

impl std::fmt::Display for AnnotationFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AnnotationFault::Empty => f.write_str("its key is empty"),
            AnnotationFault::Long => write!(f, "its key has more than {LONGEST_KEY} characters"),
            AnnotationFault::Character(c) => write!(
                f,
                "its key has the character {c:?}; letters, digits and _ are allowed"
            ),
            AnnotationFault::Value => f.write_str("its value is no text, number or boolean"),
            AnnotationFault::Many => {
                write!(f, "a trace can have {MOST_ANNOTATIONS} annotations")
            }
        }
    }
}

/// Returns why X-Ray does not index an annotation; `None` if it does.
pub fn fault(key: &str, value: &Value) -> Option<AnnotationFault> {
    if key.is_empty() {
        return Some(AnnotationFault::Empty);
    }
    if key.chars().count() > LONGEST_KEY {
        return Some(AnnotationFault::Long);
    }
    let odd = key.chars().find(|c| !(c.is_alphanumeric() || *c == '_'));
    if let Some(odd) = odd {
        return Some(AnnotationFault::Character(odd));
    }
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => None,
        // An optional member that is null is absent, and nothing is dropped.
        _ => Some(AnnotationFault::Value),
    }
}

/// Returns the annotations of a segment or subsegment itself that are indexed, as far as they alone tell.
pub fn indexed(json: &Value) -> impl Iterator<Item = (&str, &Value)> {
    written(json).filter(|(key, value)| fault(key, value).is_none())
}

/// Returns all that a segment or subsegment itself says in its annotations; null is nothing.
pub fn written(json: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let annotations = member(json, "annotations").and_then(Value::as_object);
    let pairs = annotations.into_iter().flatten();
    pairs
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.as_str(), value))
}

/// An annotation that was dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedAnnotation<'d> {
    /// Its key.
    pub key: &'d str,
    /// Why.
    pub fault: AnnotationFault,
}

/// Returns what a document, and everything in it, loses of its annotations.
pub fn dropped(document: &Value) -> Vec<DroppedAnnotation<'_>> {
    let mut found = Vec::new();
    let mut kept = BTreeSet::new();
    let mut waiting = vec![document];
    // Without recursion: depth is the sender's choice.
    while let Some(json) = waiting.pop() {
        for (key, value) in written(json) {
            let why = fault(key, value).or_else(|| {
                let has_room = kept.contains(key) || kept.len() < MOST_ANNOTATIONS;
                (!has_room).then_some(AnnotationFault::Many)
            });
            match why {
                Some(fault) => found.push(DroppedAnnotation { key, fault }),
                None => {
                    kept.insert(key);
                }
            }
        }
        waiting.extend(subsegments(json).iter().rev());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_and_values_that_the_service_ignores_are_dropped_with_the_reason() {
        for (key, value, expected) in [
            ("order_id", json!("x"), None),
            ("größe1", json!(1.5), None),
            ("beta", json!(false), None),
            ("", json!(1), Some(AnnotationFault::Empty)),
            ("a b", json!(1), Some(AnnotationFault::Character(' '))),
            ("a:b", json!(1), Some(AnnotationFault::Character(':'))),
            ("a.b", json!(1), Some(AnnotationFault::Character('.'))),
            ("a-b", json!(1), Some(AnnotationFault::Character('-'))),
            ("list", json!([1]), Some(AnnotationFault::Value)),
            ("object", json!({}), Some(AnnotationFault::Value)),
        ] {
            assert_eq!(fault(key, &value), expected, "{key:?}");
        }
        assert_eq!(fault(&"k".repeat(500), &json!(1)), None);
        let long = fault(&"k".repeat(501), &json!(1));
        assert_eq!(long, Some(AnnotationFault::Long));
    }

    #[test]
    fn fifty_keys_of_a_document_are_kept_and_each_of_the_others_is_named() {
        let mut document =
            json!({"annotations": {}, "subsegments": [{"annotations": {"k00": 2, "late": 1}}]});
        for number in 0..50 {
            document["annotations"][format!("k{number:02}")] = json!(number);
        }
        let late = DroppedAnnotation {
            key: "late",
            fault: AnnotationFault::Many,
        };
        assert_eq!(dropped(&document), [late]);
        document["annotations"]["none"] = json!(null);
        assert_eq!(dropped(&document).len(), 1);
    }
}
