//! The parts of a query specification: calculations, formulas, filters, orders and havings.

use serde_json::{Map, Value as Json};

use super::spec_reader::{Reader, is_nothing};
use super::wire::value_from_json;
use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::{
    Arity, Calculation, Combination, Filter, FilterOp, Having, Op, Order, OrderKey, QuerySpec,
};
use crate::model::span::Value;

const RELATIONS: [&str; 7] = [
    "root.", "parent.", "child.", "any.", "any2.", "any3.", "none.",
];

/// Returns the relational prefix that a column's name begins with: it asks for another span of the trace.
pub fn relation_of(column: &str) -> Option<&'static str> {
    let mut relations = RELATIONS.into_iter();
    relations.find(|prefix| column.starts_with(prefix))
}

impl Reader {
    pub(super) fn text(&mut self, field: &str, value: Option<&Json>) -> Option<String> {
        match value {
            Some(Json::String(text)) if !text.is_empty() => return Some(text.clone()),
            None | Some(Json::Null | Json::String(_)) => {
                self.problem(field, "missing", "cannot be blank");
            }
            Some(_) => self.problem(field, "incorrect_type", "must be a string"),
        }
        None
    }

    pub(super) fn column(&mut self, field: &str, value: Option<&Json>) -> Option<String> {
        let name = self.text(field, value)?;
        self.no_relation(field, &name);
        Some(name)
    }

    pub(super) fn no_relation(&mut self, field: &str, column: &str) {
        if let Some(prefix) = relation_of(column) {
            let text = format!("the relational prefix `{prefix}` is not supported by this server");
            self.problem(field, "invalid", text);
        }
    }

    pub(super) fn calculation(
        &mut self,
        field: &str,
        item: &Map<String, Json>,
        op_name: &str,
    ) -> Option<Calculation> {
        let op_field = format!("{field}.{op_name}");
        let name = self.text(&op_field, item.get(op_name))?;
        let Some(op) = Op::named(&name) else {
            self.problem(op_field, "invalid", format!("{name} is not a calculation"));
            return None;
        };
        let column = item.get("column").filter(|column| !is_nothing(column));
        let column_field = format!("{field}.column");
        let column = match column {
            None if !op.needs_column() => None,
            Some(_) if !op.takes_column() => {
                self.problem(column_field, "invalid", format!("{name} takes no column"));
                return None;
            }
            column => Some(self.column(&column_field, column)?),
        };
        Some(Calculation::new(op, column))
    }

    pub(super) fn named_formula(&mut self, field: &str, item: &Json) -> Option<NamedFormula> {
        let item = self.object(field, item, &["name", "expression"])?;
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
    pub(super) fn calculated_fields_name_earlier_ones(&mut self, fields: &[NamedFormula]) {
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

    // A formula over results reads those of the calculations that have a name.
    pub(super) fn formulas_name_calculations(&mut self, spec: &QuerySpec) {
        for (idx, NamedFormula { formula, .. }) in spec.formulas.iter().enumerate() {
            let field = format!("formulas[{idx}].expression");
            let is_known = |name: &String| {
                let mut calculations = spec.calculations.iter();
                calculations.any(|it| it.name.as_ref() == Some(name))
            };
            if let Some(unknown) = formula.columns().iter().find(|name| !is_known(name)) {
                let text = format!("{unknown} is not the name of a calculation of this query");
                self.problem(&field, "invalid", text);
            }
            if formula.asks_for_the_event() {
                let text = "EVENT_TIMESTAMP is about events, not about results";
                self.problem(&field, "invalid", text);
            }
        }
        let has_heatmap = spec.calculations.iter().any(|it| it.op == Op::Heatmap);
        if has_heatmap && !spec.formulas.is_empty() {
            let text = "HEATMAP cannot be in a query with formulas";
            self.problem("formulas", "invalid", text);
        }
    }

    pub(super) fn names_are_unique(&mut self, spec: &QuerySpec) {
        let calculations = spec.calculations.iter().filter_map(|it| it.name.as_ref());
        let formulas = spec.formulas.iter().map(|it| &it.name);
        let mut seen: Vec<&String> = Vec::new();
        for name in calculations.chain(formulas) {
            if seen.contains(&name) {
                let text = format!("{name} is the name of two results");
                self.problem("calculations", "invalid", text);
            }
            seen.push(name);
        }
    }

    pub(super) fn with_name_and_filters(
        &mut self,
        field: &str,
        item: &Map<String, Json>,
        mut calculation: Calculation,
    ) -> Calculation {
        if item.get("name").is_some_and(|name| !is_nothing(name)) {
            calculation.name = self.text(&format!("{field}.name"), item.get("name"));
        }
        (calculation.filters, calculation.combination) = self.filters(&format!("{field}."), item);
        if calculation.name.is_none() && !calculation.filters.is_empty() {
            let text = "cannot be blank for a calculation with filters";
            self.problem(format!("{field}.name"), "missing", text);
        }
        calculation
    }

    // The filters of the query or of one calculation, and how they are joined.
    pub(super) fn filters(
        &mut self,
        within: &str,
        body: &Map<String, Json>,
    ) -> (Vec<Filter>, Combination) {
        let mut filters = Vec::new();
        for (idx, item) in self.items(body, "filters").into_iter().enumerate() {
            filters.extend(self.filter(&format!("{within}filters[{idx}]"), &item));
        }
        let combination = match body.get("filter_combination") {
            None | Some(Json::Null) => Combination::And,
            Some(Json::String(text)) if text == "AND" => Combination::And,
            Some(Json::String(text)) if text == "OR" => Combination::Or,
            Some(_) => {
                let field = format!("{within}filter_combination");
                self.problem(field, "invalid", "must be AND or OR");
                Combination::And
            }
        };
        (filters, combination)
    }

    fn filter(&mut self, field: &str, item: &Json) -> Option<Filter> {
        let item = self.object(field, item, &["column", "op", "value"])?;
        let column = self.column(&format!("{field}.column"), item.get("column"));
        let op_field = format!("{field}.op");
        let op_name = self.text(&op_field, item.get("op"))?;
        let Some(op) = FilterOp::named(&op_name) else {
            let text = format!("`{op_name}` is not a filter operator");
            self.problem(op_field, "invalid", text);
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
                Some(Value::Str(text)) => vec![Value::Str(text)],
                Some(_) if op.takes_text() => {
                    let text = format!("must be a string, as {op_name} compares texts");
                    self.problem(value_field, "incorrect_type", text);
                    return None;
                }
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

    pub(super) fn order(&mut self, field: &str, item: &Json, spec: &QuerySpec) -> Option<Order> {
        let item = self.object(field, item, &["column", "op", "order"])?;
        let descending = match item.get("order").map(Json::as_str) {
            None | Some(Some("ascending")) => false,
            Some(Some("descending")) => true,
            Some(None) if item.get("order").is_some_and(Json::is_null) => false,
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
                return self.order_by_name(field, column, descending, spec);
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
        } else if !spec.calculations.iter().any(|it| it.is_like(&calculation)) {
            let text = format!("{} is not a calculation of this query", calculation.label());
            self.problem(field, "invalid", text);
        }
        Some(Order {
            key: OrderKey::Calculation(calculation),
            descending,
        })
    }

    fn order_by_name(
        &mut self,
        field: &str,
        name: String,
        descending: bool,
        spec: &QuerySpec,
    ) -> Option<Order> {
        let field = format!("{field}.column");
        let mut results = spec.calculations.iter().cloned().chain(spec.answered());
        match results.find(|it| it.name.as_ref() == Some(&name)) {
            Some(result) if result.op == Op::Heatmap => {
                self.problem(field, "invalid", "HEATMAP cannot be ordered by");
                None
            }
            Some(_) => Some(Order {
                key: OrderKey::Named(name),
                descending,
            }),
            None => {
                let text = format!("{name} is not a breakdown or a named result of this query");
                self.problem(field, "invalid", text);
                None
            }
        }
    }

    pub(super) fn having(&mut self, field: &str, item: &Json, spec: &QuerySpec) -> Option<Having> {
        let fields = ["calculate_op", "column", "op", "value"];
        let item = self.object(field, item, &fields)?;
        let tested = self.tested(field, item, spec);
        let op_name = item.get("op").and_then(Json::as_str).unwrap_or_default();
        let op = FilterOp::named(op_name)
            .filter(|op| FilterOp::ALL[..6].iter().any(|(_, known)| known == op));
        let value = item.get("value").and_then(Json::as_f64);
        if op.is_none() {
            let text = "must be one of = != > >= < <=";
            self.problem(format!("{field}.op"), "invalid", text);
        }
        if value.is_none() {
            let text = "must be a number";
            self.problem(format!("{field}.value"), "incorrect_type", text);
        }
        Some(Having {
            calculation: tested?,
            op: op?,
            value: value?,
        })
    }

    // What a having tests. Its column may also be the name of a result.
    fn tested(
        &mut self,
        field: &str,
        item: &Map<String, Json>,
        spec: &QuerySpec,
    ) -> Option<Calculation> {
        let op_field = format!("{field}.calculate_op");
        if item.get("calculate_op").and_then(Json::as_str) == Some(Op::Heatmap.name()) {
            self.problem(op_field, "invalid", "HEATMAP cannot be tested");
            return None;
        }
        let name = item.get("column").and_then(Json::as_str);
        let has_it = |result: &Calculation| name.is_some() && result.name.as_deref() == name;
        let mut results = spec.calculations.iter().cloned().chain(spec.answered());
        if let Some(named) = results.find(has_it) {
            let op = self.text(&op_field, item.get("calculate_op"))?;
            match Op::named(&op) {
                // Otherwise it is the column that is meant.
                Some(op) if named.op != op && named.op != Op::Formula => {}
                Some(_) => return Some(named),
                None => {
                    self.problem(op_field, "invalid", format!("{op} is not a calculation"));
                    return None;
                }
            }
        }
        let calculation = self.calculation(field, item, "calculate_op")?;
        if !spec.calculations.iter().any(|it| it.is_like(&calculation)) {
            let text = format!("{} is not a calculation of this query", calculation.label());
            self.problem(field, "invalid", text);
        }
        Some(calculation)
    }
}
