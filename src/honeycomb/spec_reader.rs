//! Reads a query specification and says everything that is wrong with it.
//!
//! Source for all names and rules: Honeycomb's OpenAPI document, schema Query.

use serde_json::{Map, Value as Json};

use super::wire::value_from_json;
use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::{
    Arity, Calculation, Combination, Filter, FilterOp, Having, Op, Order, OrderKey, QuerySpec,
};
use crate::model::span::Value;
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
struct Reader {
    problems: Vec<Problem>,
}

// What the service knows and the local stack does not answer yet.
const LATER: [&str; 2] = ["formulas", "compare_time_offset_seconds"];
const LATER_OPS: [&str; 4] = ["CONCURRENCY", "RATE_AVG", "RATE_SUM", "RATE_MAX"];
const RELATIONS: [&str; 7] = [
    "root.", "parent.", "child.", "any.", "any2.", "any3.", "none.",
];

impl Reader {
    fn problem(&mut self, field: impl Into<String>, code: &'static str, text: impl Into<String>) {
        self.problems.push(Problem {
            field: field.into(),
            code,
            description: text.into(),
        });
    }

    fn spec(&mut self, body: &Map<String, Json>) -> QuerySpec {
        for name in LATER {
            let is_given = body.get(name).is_some_and(|value| !is_nothing(value));
            if is_given {
                self.problem(name, "invalid", "is not supported by this server yet");
            }
        }
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
            for name in ["name", "filters"] {
                if item.get(name).is_some_and(|value| !is_nothing(value)) {
                    let field = format!("{field}.{name}");
                    self.problem(field, "invalid", "is not supported by this server yet");
                }
            }
            spec.calculations
                .extend(self.calculation(&field, &item, "op"));
        }
        if spec.calculations.is_empty() {
            spec.calculations.push(Calculation {
                op: Op::Count,
                column: None,
            });
        }
        for (idx, item) in self.items(body, "breakdowns").into_iter().enumerate() {
            let field = format!("breakdowns[{idx}]");
            spec.breakdowns.extend(self.column(&field, Some(&item)));
        }
        for (idx, item) in self.items(body, "filters").into_iter().enumerate() {
            spec.filters
                .extend(self.filter(&format!("filters[{idx}]"), &item));
        }
        match body.get("filter_combination") {
            None | Some(Json::Null) => {}
            Some(Json::String(text)) if text == "AND" => {}
            Some(Json::String(text)) if text == "OR" => spec.combination = Combination::Or,
            Some(_) => self.problem("filter_combination", "invalid", "must be AND or OR"),
        }
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

    fn items(&mut self, body: &Map<String, Json>, name: &str) -> Vec<Json> {
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

    fn number(&mut self, body: &Map<String, Json>, name: &str, least: i64) -> Option<i64> {
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

    fn text(&mut self, field: &str, value: Option<&Json>) -> Option<String> {
        match value {
            Some(Json::String(text)) if !text.is_empty() => return Some(text.clone()),
            None | Some(Json::Null | Json::String(_)) => {
                self.problem(field, "missing", "cannot be blank");
            }
            Some(_) => self.problem(field, "incorrect_type", "must be a string"),
        }
        None
    }

    fn column(&mut self, field: &str, value: Option<&Json>) -> Option<String> {
        let name = self.text(field, value)?;
        self.no_relation(field, &name);
        Some(name)
    }

    fn no_relation(&mut self, field: &str, column: &str) {
        if let Some(prefix) = RELATIONS.iter().find(|prefix| column.starts_with(**prefix)) {
            let text = format!("the relational prefix `{prefix}` is not supported by this server");
            self.problem(field, "invalid", text);
        }
    }

    fn calculation(&mut self, field: &str, item: &Json, op_name: &str) -> Option<Calculation> {
        let op_field = format!("{field}.{op_name}");
        let Some(name) = item.get(op_name).and_then(Json::as_str) else {
            self.problem(op_field, "missing", "cannot be blank");
            return None;
        };
        let Some(op) = Op::named(name) else {
            let text = if LATER_OPS.contains(&name) {
                format!("{name} is not supported by this server yet")
            } else {
                format!("{name} is not a calculation")
            };
            self.problem(op_field, "invalid", text);
            return None;
        };
        let column = item.get("column").filter(|column| !column.is_null());
        let column = match column {
            None if !op.needs_column() => None,
            column => Some(self.column(&format!("{field}.column"), column)?),
        };
        Some(Calculation { op, column })
    }

    fn named_formula(&mut self, field: &str, item: &Json) -> Option<NamedFormula> {
        let name = self.text(&format!("{field}.name"), item.get("name"));
        let field = format!("{field}.expression");
        let text = self.text(&field, item.get("expression"))?;
        match Formula::parse(&text) {
            Ok(formula) => {
                for column in formula.columns() {
                    self.no_relation(&field, column);
                }
                Some(NamedFormula {
                    name: name?,
                    formula,
                })
            }
            Err(error) => {
                self.problem(field, "invalid", error.to_string());
                None
            }
        }
    }

    // Whoever may only name what comes before cannot make a circle.
    fn calculated_fields_name_earlier_ones(&mut self, fields: &[NamedFormula]) {
        for (idx, NamedFormula { name, formula }) in fields.iter().enumerate() {
            let (before, rest) = fields.split_at(idx);
            if before.iter().any(|earlier| earlier.name == *name) {
                let text = format!("{name} is the name of another calculated field");
                self.problem(format!("calculated_fields[{idx}].name"), "invalid", text);
            }
            let is_named = |later: &&NamedFormula| formula.columns().contains(&later.name);
            if let Some(later) = rest.iter().find(is_named) {
                let field = format!("calculated_fields[{idx}].expression");
                let text = format!(
                    "names {}, which is not an earlier calculated field",
                    later.name
                );
                self.problem(field, "invalid", text);
            }
        }
    }

    fn filter(&mut self, field: &str, item: &Json) -> Option<Filter> {
        let column = self.column(&format!("{field}.column"), item.get("column"));
        let op_name = item.get("op").and_then(Json::as_str).unwrap_or_default();
        let Some(op) = FilterOp::named(op_name) else {
            let text = format!("`{op_name}` is not a filter operator");
            self.problem(format!("{field}.op"), "invalid", text);
            return None;
        };
        let value_field = format!("{field}.value");
        let value = item.get("value").filter(|value| !value.is_null());
        let values = match (op.arity(), value) {
            (Arity::None, None) => Vec::new(),
            (Arity::None, Some(_)) => {
                self.problem(value_field, "invalid", format!("{op_name} takes no value"));
                return None;
            }
            (Arity::Many, Some(Json::Array(items))) => {
                let values: Vec<Value> = items.iter().filter_map(value_from_json).collect();
                if values.len() != items.len() || values.is_empty() {
                    let text = "must hold strings, numbers or booleans, at least one";
                    self.problem(value_field, "invalid", text);
                    return None;
                }
                values
            }
            (Arity::Many, _) => {
                self.problem(value_field, "incorrect_type", "must be an array");
                return None;
            }
            (Arity::One, None) => {
                self.problem(value_field, "missing", "cannot be blank");
                return None;
            }
            (Arity::One, Some(value)) => match value_from_json(value) {
                Some(value) => vec![value],
                None => {
                    let text = "must be a string, a number or a boolean";
                    self.problem(value_field, "incorrect_type", text);
                    return None;
                }
            },
        };
        Some(Filter {
            column: column?,
            op,
            values,
        })
    }

    fn order(&mut self, field: &str, item: &Json, spec: &QuerySpec) -> Option<Order> {
        let descending = match item.get("order").and_then(Json::as_str) {
            None | Some("ascending") => false,
            Some("descending") => true,
            Some(_) => {
                let text = "must be ascending or descending";
                self.problem(format!("{field}.order"), "invalid", text);
                return None;
            }
        };
        let has_op = item.get("op").is_some_and(|op| !op.is_null());
        if !has_op {
            let column = self.column(&format!("{field}.column"), item.get("column"))?;
            if !spec.breakdowns.contains(&column) {
                let text = format!("{column} is not a breakdown of this query");
                self.problem(format!("{field}.column"), "invalid", text);
            }
            return Some(Order {
                key: OrderKey::Breakdown(column),
                descending,
            });
        }
        let calculation = self.calculation(field, item, "op")?;
        if calculation.op == Op::Heatmap {
            self.problem(
                format!("{field}.op"),
                "invalid",
                "HEATMAP cannot be ordered by",
            );
        } else if !spec.calculations.contains(&calculation) {
            let text = format!("{} is not a calculation of this query", calculation.label());
            self.problem(field, "invalid", text);
        }
        Some(Order {
            key: OrderKey::Calculation(calculation),
            descending,
        })
    }

    fn having(&mut self, field: &str, item: &Json, spec: &QuerySpec) -> Option<Having> {
        let calculation = self.calculation(field, item, "calculate_op")?;
        if calculation.op == Op::Heatmap {
            self.problem(
                format!("{field}.calculate_op"),
                "invalid",
                "HEATMAP cannot be tested",
            );
        } else if !spec.calculations.contains(&calculation) {
            let text = format!("{} is not a calculation of this query", calculation.label());
            self.problem(field, "invalid", text);
        }
        let op_name = item.get("op").and_then(Json::as_str).unwrap_or_default();
        let op = FilterOp::named(op_name)
            .filter(|op| FilterOp::ALL[..6].iter().any(|(_, known)| known == op));
        let value = item.get("value").and_then(Json::as_f64);
        if op.is_none() {
            self.problem(
                format!("{field}.op"),
                "invalid",
                "must be one of = != > >= < <=",
            );
        }
        if value.is_none() {
            self.problem(
                format!("{field}.value"),
                "incorrect_type",
                "must be a number",
            );
        }
        Some(Having {
            calculation,
            op: op?,
            value: value?,
        })
    }
}

fn is_nothing(value: &Json) -> bool {
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
