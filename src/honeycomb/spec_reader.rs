//! Reads a query specification and says everything that is wrong with it.
//!
//! Source for all names and rules: Honeycomb's OpenAPI document, schema Query.

use serde_json::{Map, Value as Json};

use crate::model::query::{Calculation, Op, QuerySpec};
use crate::model::time::TimeRange;

/// One thing that is wrong with a request, as Honeycomb's validation errors list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which field: `calculations[0].op`.
    pub field: String,
    /// `invalid`, `missing`, `incorrect_type` or `already_exists`.
    pub code: &'static str,
    /// What is wrong, for a person.
    pub description: String,
}

/// Reads a specification.
///
/// # Errors
/// Everything that is wrong with it, not just the first thing.
pub fn spec_from_json(body: &Json) -> Result<QuerySpec, Vec<Problem>> {
    let Json::Object(body) = body else {
        return Err(vec![Problem {
            field: String::new(),
            code: "incorrect_type",
            description: "must be an object".into(),
        }]);
    };
    let mut reader = Reader {
        problems: Vec::new(),
    };
    let spec = reader.spec(body);
    if reader.problems.is_empty() {
        Ok(spec)
    } else {
        Err(reader.problems)
    }
}

/// Reads a specification and collects what is wrong with it.
pub(super) struct Reader {
    problems: Vec<Problem>,
}

// What a specification may say; `id` comes back with one that was stored.
const FIELDS: [&str; 16] = [
    "id",
    "calculated_fields",
    "calculations",
    "formulas",
    "breakdowns",
    "filters",
    "filter_combination",
    "orders",
    "havings",
    "limit",
    "time_range",
    "start_time",
    "end_time",
    "granularity",
    "usage_mode",
    "compare_time_offset_seconds",
];

impl Reader {
    pub(super) fn problem(
        &mut self,
        field: impl Into<String>,
        code: &'static str,
        text: impl Into<String>,
    ) {
        self.problems.push(Problem {
            field: field.into(),
            code,
            description: text.into(),
        });
    }

    fn spec(&mut self, body: &Map<String, Json>) -> QuerySpec {
        self.only("", body, &FIELDS);
        let mut spec = QuerySpec::new(Vec::new(), self.time_range(body));
        for (idx, item) in self
            .items(body, "calculated_fields")
            .into_iter()
            .enumerate()
        {
            let field = format!("calculated_fields[{idx}]");
            spec.calculated_fields
                .extend(self.named_formula(&field, &item));
        }
        self.calculated_fields_name_earlier_ones(&spec.calculated_fields);
        for (idx, item) in self.items(body, "calculations").into_iter().enumerate() {
            let field = format!("calculations[{idx}]");
            let fields = ["op", "column", "name", "filters", "filter_combination"];
            let Some(item) = self.object(&field, &item, &fields) else {
                continue;
            };
            if let Some(calculation) = self.calculation(&field, item, "op") {
                let calculation = self.with_name_and_filters(&field, item, calculation);
                spec.calculations.push(calculation);
            }
        }
        if spec.calculations.is_empty() {
            spec.calculations.push(Calculation::new(Op::Count, None));
        }
        for (idx, item) in self.items(body, "formulas").into_iter().enumerate() {
            let formula = self.named_formula(&format!("formulas[{idx}]"), &item);
            spec.formulas.extend(formula);
        }
        self.formulas_name_calculations(&spec);
        self.names_are_unique(&spec);
        for (idx, item) in self.items(body, "breakdowns").into_iter().enumerate() {
            let field = format!("breakdowns[{idx}]");
            spec.breakdowns.extend(self.column(&field, Some(&item)));
        }
        (spec.filters, spec.combination) = self.filters("", body);
        for (idx, item) in self.items(body, "orders").into_iter().enumerate() {
            let order = self.order(&format!("orders[{idx}]"), &item, &spec);
            spec.orders.extend(order);
        }
        for (idx, item) in self.items(body, "havings").into_iter().enumerate() {
            let having = self.having(&format!("havings[{idx}]"), &item, &spec);
            spec.havings.extend(having);
        }
        if let Some(limit) = self.number(body, "limit", 1) {
            if limit > 1000 {
                self.problem("limit", "invalid", "must be at most 1000");
            }
            spec.limit = limit as usize;
        }
        spec.granularity_seconds = self.number(body, "granularity", 0);
        self.compare_offset(body, spec.time_range);
        match body.get("usage_mode") {
            None | Some(Json::Null) => {}
            Some(Json::Bool(usage_mode)) => spec.usage_mode = *usage_mode,
            Some(_) => self.problem("usage_mode", "incorrect_type", "must be true or false"),
        }
        spec
    }

    fn time_range(&mut self, body: &Map<String, Json>) -> TimeRange {
        let range = self.number(body, "time_range", 1);
        let start = self.number(body, "start_time", 1);
        let end = self.number(body, "end_time", 1);
        match (start, end, range) {
            (None, None, None) => TimeRange::DEFAULT,
            (None, None, Some(seconds)) => TimeRange::Last { seconds },
            (Some(start), None, Some(seconds)) => TimeRange::From { start, seconds },
            (None, Some(end), Some(seconds)) => TimeRange::Until { end, seconds },
            (Some(start), None, None) => TimeRange::From {
                start,
                seconds: 7200,
            },
            (None, Some(end), None) => TimeRange::Until { end, seconds: 7200 },
            (Some(start), Some(end), None) => {
                if start > end {
                    self.problem("start_time", "invalid", "must not be after end_time");
                }
                TimeRange::Between { start, end }
            }
            (Some(_), Some(_), Some(_)) => {
                let text = "at most two of time_range, start_time and end_time may be given";
                self.problem("time_range", "invalid", text);
                TimeRange::DEFAULT
            }
        }
    }

    pub(super) fn items(&mut self, body: &Map<String, Json>, name: &str) -> Vec<Json> {
        match body.get(name) {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(items)) => {
                if items.len() > 100 {
                    self.problem(name, "invalid", "must have at most 100 entries");
                }
                items.clone()
            }
            Some(_) => {
                self.problem(name, "incorrect_type", "must be an array");
                Vec::new()
            }
        }
    }

    pub(super) fn number(
        &mut self,
        body: &Map<String, Json>,
        name: &str,
        least: i64,
    ) -> Option<i64> {
        let value = body.get(name).filter(|value| !value.is_null())?;
        // 7200.0 is what some languages make of 7200.
        let whole =
            |float: f64| (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64);
        match value.as_i64().or_else(|| value.as_f64().and_then(whole)) {
            None => self.problem(name, "incorrect_type", "must be a whole number"),
            Some(number) if number < least => {
                self.problem(name, "invalid", format!("must be at least {least}"));
            }
            Some(number) => return Some(number),
        }
        None
    }
}

pub(super) fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::String(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
#[path = "spec_reader_tests.rs"]
mod tests;
