//! Comparisons in formulas that can never hold.

use super::schema::{Kind, Schema};
use crate::model::formula::{Expression, Formula, Function};
use crate::model::span::Value;

/// Returns the text that a formula compares with a column of numbers, and what is wrong with that, if there is
/// one that is no number.
pub fn never(formula: &Formula, schema: &Schema) -> Option<(String, String)> {
    within(formula.root(), formula, schema)
}

fn within(expression: &Expression, formula: &Formula, schema: &Schema) -> Option<(String, String)> {
    use Function::{Equals, Greater, GreaterOrEqual, In, Less, LessOrEqual};
    let Expression::Call(function, arguments) = expression else {
        return None;
    };
    let compares = matches!(
        function,
        Less | LessOrEqual | Greater | GreaterOrEqual | Equals | In
    );
    let column = arguments.iter().find_map(|it| match it {
        Expression::Column(idx) => formula.columns().get(*idx),
        _ => None,
    });
    if compares && let Some(column) = column {
        let kind = schema.kind(column);
        let texts = arguments.iter().filter_map(|it| match it {
            Expression::Literal(Some(Value::Str(text))) => Some(text),
            _ => None,
        });
        let is_odd = |text: &str| !text.parse::<f64>().is_ok_and(f64::is_finite);
        for text in texts {
            if matches!(kind, Kind::Number(_)) && is_odd(text) {
                let what = format!(
                    "{column} is a column of {}, and `{text}` is no number",
                    kind.words()
                );
                return Some((text.to_string(), what));
            }
        }
    }
    arguments.iter().find_map(|it| within(it, formula, schema))
}

#[cfg(test)]
mod tests {
    use super::super::schema::tests::schema;
    use super::*;

    #[test]
    fn text_beside_a_column_of_numbers_never_holds() {
        let never = |text: &str| never(&Formula::parse(text).unwrap(), &schema());
        for text in [
            "GT($duration_ms, \"abc\")",
            "AND($app.retried, $duration_ms > \"abc\")",
            "IN($app.queue_depth, 3, \"abc\")",
        ] {
            let (value, what) = never(text).unwrap();
            assert_eq!(value, "abc");
            assert!(what.ends_with("and `abc` is no number"), "{what}");
        }
        for text in [
            "EQUALS($http.route, \"abc\")",
            "GT($duration_ms, \"250\")",
            "IF($duration_ms > 3, \"slow\", \"fast\")",
        ] {
            assert_eq!(never(text), None, "{text}");
        }
    }
}
