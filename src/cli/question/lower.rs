//! Conditions as a query specification can say them.
//!
//! A specification joins all its filters by AND or all by OR. What mixes the two becomes a calculated
//! field that is true where the condition holds, and one filter on it.

use super::condition::Condition;
use crate::model::formula::{Formula, FormulaError, NamedFormula};
use crate::model::query::{Combination, Filter, FilterOp, QuerySpec};
use crate::model::span::Value;

/// What the calculated field is called.
const FIELD: &str = "where";

/// Puts `conditions`, which all must hold, into the specification.
///
/// # Errors
/// If the formula that a mixed condition becomes cannot be read, which only a column name that no formula
/// can name brings about.
pub fn put_conditions(
    spec: &mut QuerySpec,
    conditions: Vec<Condition>,
) -> Result<(), FormulaError> {
    match flat(conditions) {
        Condition::Test(filter) => spec.filters.push(filter),
        Condition::All(parts) => {
            let (tests, mixed) = split(parts);
            spec.filters.extend(tests);
            if !mixed.is_empty() {
                put_field(spec, &Condition::All(mixed))?;
            }
        }
        Condition::Any(parts) => match split(parts.clone()) {
            (tests, mixed) if mixed.is_empty() => {
                spec.filters.extend(tests);
                spec.combination = Combination::Or;
            }
            _ => put_field(spec, &Condition::Any(parts))?,
        },
    }
    Ok(())
}

fn put_field(spec: &mut QuerySpec, condition: &Condition) -> Result<(), FormulaError> {
    spec.calculated_fields.push(NamedFormula {
        name: FIELD.to_string(),
        formula: Formula::parse(&formula_of(condition))?,
    });
    spec.filters.push(Filter {
        column: FIELD.to_string(),
        op: FilterOp::Equal,
        values: vec![true.into()],
    });
    Ok(())
}

// `and` within `and` is one list, and so is `or` within `or`.
fn flat(conditions: Vec<Condition>) -> Condition {
    let mut parts = Vec::new();
    for condition in conditions {
        match flattened(condition) {
            Condition::All(inner) => parts.extend(inner),
            other => parts.push(other),
        }
    }
    match parts.len() {
        1 => parts.remove(0),
        _ => Condition::All(parts),
    }
}

fn flattened(condition: Condition) -> Condition {
    match condition {
        Condition::Test(_) => condition,
        Condition::All(parts) => flat(parts),
        Condition::Any(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match flattened(part) {
                    Condition::Any(inner) => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            Condition::Any(flat)
        }
    }
}

fn split(parts: Vec<Condition>) -> (Vec<Filter>, Vec<Condition>) {
    let mut tests = Vec::new();
    let mut mixed = Vec::new();
    for part in parts {
        match part {
            Condition::Test(filter) => tests.push(filter),
            other => mixed.push(other),
        }
    }
    (tests, mixed)
}

/// Returns the formula that is true where the condition holds.
pub fn formula_of(condition: &Condition) -> String {
    let call = |name: &str, parts: &[Condition]| {
        let parts: Vec<String> = parts.iter().map(formula_of).collect();
        format!("{name}({})", parts.join(", "))
    };
    match condition {
        Condition::Test(filter) => test(filter),
        Condition::All(parts) => call("AND", parts),
        Condition::Any(parts) => call("OR", parts),
    }
}

fn test(filter: &Filter) -> String {
    let mut arguments = vec![column(&filter.column)];
    arguments.extend(filter.values.iter().map(literal));
    let (name, is_opposite) = match filter.op {
        FilterOp::Equal => ("EQUALS", false),
        FilterOp::NotEqual => ("EQUALS", true),
        FilterOp::Greater => ("GT", false),
        FilterOp::GreaterOrEqual => ("GTE", false),
        FilterOp::Less => ("LT", false),
        FilterOp::LessOrEqual => ("LTE", false),
        FilterOp::StartsWith => ("STARTS_WITH", false),
        FilterOp::DoesNotStartWith => ("STARTS_WITH", true),
        FilterOp::EndsWith => ("ENDS_WITH", false),
        FilterOp::DoesNotEndWith => ("ENDS_WITH", true),
        FilterOp::Contains => ("CONTAINS", false),
        FilterOp::DoesNotContain => ("CONTAINS", true),
        FilterOp::Exists => ("EXISTS", false),
        FilterOp::DoesNotExist => ("EXISTS", true),
        FilterOp::In => ("IN", false),
        FilterOp::NotIn => ("IN", true),
    };
    let call = format!("{name}({})", arguments.join(", "));
    if is_opposite {
        format!("NOT({call})")
    } else {
        call
    }
}

/// Returns a column as a formula names it; any name can be written in quotes.
pub fn column(name: &str) -> String {
    format!("${}", quoted(name))
}

fn literal(value: &Value) -> String {
    match value {
        Value::Str(text) => quoted(text),
        // A number without a point or an exponent has to fit into 64 bits, and so have the digits of a negative one.
        Value::Float(float) if float.abs() >= 1e15 => format!("{float:?}"),
        Value::Int(i64::MIN) => format!("{:?}", i64::MIN as f64),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::super::condition::parse_condition;
    use super::*;
    use crate::model::query::{Calculation, Op};
    use crate::model::time::TimeRange;

    fn lowered(texts: &[&str]) -> QuerySpec {
        let count = Calculation::new(Op::Count, None);
        let mut spec = QuerySpec::new(vec![count], TimeRange::DEFAULT);
        let conditions = texts.iter().map(|text| parse_condition(text).unwrap());
        put_conditions(&mut spec, conditions.collect()).unwrap();
        spec
    }

    fn filters(spec: &QuerySpec) -> Vec<String> {
        let words = |it: &Filter| format!("{} {} {:?}", it.column, it.op.name(), it.values);
        spec.filters.iter().map(words).collect()
    }

    #[test]
    fn any_number_can_stand_in_a_formula() {
        for text in [
            "a = 99999999999999999999",
            "a = -1e300",
            "a > 0.25",
            "a = 1e-9",
            "a = -9223372036854775808",
            "a = 9223372036854775807",
        ] {
            let condition = parse_condition(text).unwrap();
            let formula = formula_of(&condition);
            assert!(Formula::parse(&formula).is_ok(), "{text}: {formula}");
        }
    }

    #[test]
    fn one_kind_of_joint_becomes_filters() {
        let spec = lowered(&["a = 1 and (b = 2 and c exists)", "d < 3"]);
        assert_eq!(spec.filters.len(), 4, "{:?}", filters(&spec));
        assert_eq!(spec.combination, Combination::And);
        assert!(spec.calculated_fields.is_empty());
        let spec = lowered(&["a = 1 or (b = 2 or c exists)"]);
        assert_eq!(spec.filters.len(), 3, "{:?}", filters(&spec));
        assert_eq!(spec.combination, Combination::Or);
        assert!(spec.calculated_fields.is_empty());
        assert!(lowered(&[]).filters.is_empty());
    }

    #[test]
    fn what_mixes_them_becomes_a_calculated_field() {
        let spec = lowered(&["a = 1 and (b = 'x\"y' or not (c in (1, 2.5) or 'odd name' exists))"]);
        let [field] = spec.calculated_fields.as_slice() else {
            panic!("{:?}", spec.calculated_fields);
        };
        assert_eq!(
            field.formula.text(),
            r#"AND(OR(EQUALS($"b", "x\"y"), AND(NOT(IN($"c", 1, 2.5)), NOT(EXISTS($"odd name")))))"#
        );
        assert_eq!(spec.filters.len(), 2, "{:?}", filters(&spec));
        assert_eq!(spec.filters[1].column, "where");
        // Two questions, each with an `or`, are asked together.
        let spec = lowered(&["a = 1 or b = 2", "c = 3 or d = 4"]);
        assert_eq!(spec.filters.len(), 1);
        assert_eq!(spec.combination, Combination::And);
        let spec = lowered(&["a = 1 or b = 2 and c = 3"]);
        assert_eq!(spec.filters.len(), 1);
    }
}
