//! Rules that hold for a whole query specification, or for each part of it alike.

use serde_json::{Map, Value as Json};

use super::spec_reader::{Reader, is_nothing};
use crate::model::time::TimeRange;

// Source: Honeycomb's OpenAPI document, `compare_time_offset_seconds`; the query's own range is one too.
const OFFSETS: [i64; 8] = [
    1_800, 3_600, 7_200, 28_800, 86_400, 604_800, 2_419_200, 15_724_800,
];

impl Reader {
    /// Notes the fields of `item` that are not among `known`, unless they say nothing.
    ///
    /// Whether the service refuses or overlooks them is not documented. Overlooked, a misspelt `filters`
    /// would give the answer to another question.
    pub(super) fn only(&mut self, within: &str, item: &Map<String, Json>, known: &[&str]) {
        for (name, value) in item {
            if !known.contains(&name.as_str()) && !is_nothing(value) {
                let text = "is not a field that a query has here";
                self.problem(format!("{within}{name}"), "invalid", text);
            }
        }
    }

    /// Returns the fields of `item`, an object that has no others than `known`.
    pub(super) fn object<'i>(
        &mut self,
        field: &str,
        item: &'i Json,
        known: &[&str],
    ) -> Option<&'i Map<String, Json>> {
        let Json::Object(item) = item else {
            self.problem(field, "incorrect_type", "must be an object");
            return None;
        };
        self.only(&format!("{field}."), item, known);
        Some(item)
    }

    /// Checks `compare_time_offset_seconds`. Nothing comes of it: a result of the service's API never has
    /// the data that it is compared with.
    pub(super) fn compare_offset(&mut self, body: &Map<String, Json>, range: TimeRange) {
        let name = "compare_time_offset_seconds";
        let Some(offset) = self.number(body, name, 1) else {
            return;
        };
        let range = range.seconds();
        if offset != range && !OFFSETS.contains(&offset) {
            let texts: Vec<String> = OFFSETS.iter().map(i64::to_string).collect();
            let texts = texts.join(", ");
            let text = format!("must be {range}, which is the query's range, or one of {texts}");
            self.problem(name, "invalid", text);
        } else if offset < range {
            let text = format!("must be at least {range}, which is the query's range");
            self.problem(name, "invalid", text);
        }
    }
}
