//! Small named documents: groups, rules, log groups, stored queries.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

/// A kind of document, such as `xray/group`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table(pub &'static str);

/// One change of one document.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Makes or replaces a document.
    Put {
        /// The kind.
        table: Table,
        /// The key, unique in its table.
        key: String,
        /// What it says.
        value: Value,
    },
    /// Takes a document away; nothing happens if it is not there.
    Delete {
        /// The kind.
        table: Table,
        /// The key.
        key: String,
    },
}

/// All documents at one moment.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    tables: BTreeMap<String, BTreeMap<String, Arc<Value>>>,
}

impl Documents {
    /// Returns a document.
    pub fn get(&self, table: Table, key: &str) -> Option<&Value> {
        self.shared(table, key).map(|value| &**value)
    }

    /// Returns the documents whose key starts with `prefix`, sorted by key.
    pub fn list(&self, table: Table, prefix: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.list_shared(table, prefix)
            .map(|(key, value)| (key, &**value))
    }

    pub(super) fn shared(&self, table: Table, key: &str) -> Option<&Arc<Value>> {
        self.tables.get(table.0)?.get(key)
    }

    pub(super) fn list_shared(
        &self,
        table: Table,
        prefix: &str,
    ) -> impl Iterator<Item = (&str, &Arc<Value>)> {
        let prefix = prefix.to_string();
        self.tables
            .get(table.0)
            .into_iter()
            .flat_map({
                let prefix = prefix.clone();
                move |documents| {
                    documents.range((Bound::Included(prefix.clone()), Bound::Unbounded))
                }
            })
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(key, value)| (key.as_str(), value))
    }

    /// Applies changes as they stand on disk: `[[table, key, value], [table, key], …]`.
    ///
    /// Entries of another form are passed over; the checksum has already vouched for the bytes.
    pub(super) fn apply(&mut self, changes: Value) {
        let Value::Array(changes) = changes else {
            return;
        };
        for change in changes {
            let Value::Array(mut parts) = change else {
                continue;
            };
            let value = if parts.len() == 3 { parts.pop() } else { None };
            let [Value::String(table), Value::String(key)] = parts.as_slice() else {
                continue;
            };
            let documents = self.tables.entry(table.clone()).or_default();
            match value {
                Some(value) => drop(documents.insert(key.clone(), Arc::new(value))),
                None => drop(documents.remove(key)),
            }
        }
    }

    /// Returns everything in the form that `apply` takes, in pieces of about `piece_bytes`.
    pub(super) fn pieces(&self, piece_bytes: usize) -> impl Iterator<Item = Value> {
        let mut all = self.tables.iter().flat_map(|(table, documents)| {
            documents
                .iter()
                .map(move |(key, value)| (table, key, value))
        });
        std::iter::from_fn(move || {
            let (mut piece, mut n_bytes) = (Vec::new(), 0);
            while n_bytes < piece_bytes
                && let Some((table, key, value)) = all.next()
            {
                let put = Value::Array(vec![
                    table.clone().into(),
                    key.clone().into(),
                    (**value).clone(),
                ]);
                n_bytes += put.to_string().len();
                piece.push(put);
            }
            (!piece.is_empty()).then_some(Value::Array(piece))
        })
    }
}

/// Returns the form of `changes` on disk.
pub(super) fn encode(changes: Vec<Change>) -> Value {
    let encoded = changes.into_iter().map(|change| match change {
        Change::Put { table, key, value } => Value::Array(vec![table.0.into(), key.into(), value]),
        Change::Delete { table, key } => Value::Array(vec![table.0.into(), key.into()]),
    });
    Value::Array(encoded.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: Table = Table("xray/group");

    #[test]
    fn documents_come_back_the_same_from_their_own_pieces() {
        let mut documents = Documents::default();
        documents.apply(encode(vec![
            Change::Put {
                table: GROUPS,
                key: "a/one".into(),
                value: 1.into(),
            },
            Change::Put {
                table: GROUPS,
                key: "a/two".into(),
                value: Value::Null,
            },
            Change::Put {
                table: GROUPS,
                key: "b/one".into(),
                value: 3.into(),
            },
            Change::Delete {
                table: GROUPS,
                key: "b/one".into(),
            },
        ]));
        let mut again = Documents::default();
        let pieces: Vec<Value> = documents.pieces(1).collect();
        assert_eq!(pieces.len(), 2);
        pieces.into_iter().for_each(|piece| again.apply(piece));
        let keys: Vec<&str> = again.list(GROUPS, "a/").map(|(key, _)| key).collect();
        assert_eq!(keys, ["a/one", "a/two"]);
        assert_eq!(again.get(GROUPS, "a/two"), Some(&Value::Null));
        assert_eq!(again.get(GROUPS, "b/one"), None);
    }
}
