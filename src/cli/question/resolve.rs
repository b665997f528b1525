//! Names and values of a query as its dataset has them.

use super::condition::Stated;
use super::formula_types::mismatch;
use super::schema::{Meaning, Schema};
use super::typed::{Part, fit};
use crate::model::query::{Filter, OrderKey, QuerySpec};

/// Puts the dataset's own names and values of their columns' types into a condition, and returns what there
/// is to say about it.
///
/// # Errors
/// A column that the dataset lacks and a value that its column never has, with a caret under the place.
pub fn resolve(stated: &mut Stated, schema: &Schema) -> Result<Vec<String>, String> {
    let mut notes = Vec::new();
    stated.each(|filter, places| {
        let renamed = rename(&mut filter.column, schema).map_err(|what| (places.column, what))?;
        notes.extend(renamed);
        fit(filter, schema, |idx| places.bare(idx)).map_err(|(part, what)| {
            let position = match part {
                Part::Op => places.op,
                Part::Value(idx) => places.values.get(idx).map_or(places.op, |it| it.at),
            };
            (position, what)
        })
    })?;
    Ok(notes)
}

/// Puts the name that the dataset has in place of another name of the same HTTP attribute, and returns what
/// there is to say about the name.
///
/// # Errors
/// That the dataset has no such column, with what may be meant.
pub fn rename(name: &mut String, schema: &Schema) -> Result<Option<String>, String> {
    match schema.meaning(name) {
        Meaning::Column(_) => Ok(None),
        Meaning::Called(other) => {
            let note =
                format!("{name} is called {other} here: OpenTelemetry renamed its HTTP attributes");
            *name = other;
            Ok(Some(note))
        }
        Meaning::Later(why) => Ok(Some(format!(
            "no event of {} has {name} yet: {why}",
            schema.dataset
        ))),
        Meaning::Nothing(what) => Err(what),
    }
}

/// Does the same for a whole specification, whose formulas stay as they are.
///
/// # Errors
/// Every field that is at fault and why.
pub fn resolve_spec(spec: &mut QuerySpec, schema: &Schema) -> Result<Vec<String>, Vec<String>> {
    let mut notes = Vec::new();
    let mut problems = Vec::new();
    let mut renamed = Vec::new();
    let mut named = |field: String, name: &mut String| {
        let before = name.clone();
        match rename(name, schema) {
            Ok(note) => notes.extend(note),
            Err(what) => problems.push(format!("{field}: {what}")),
        }
        if *name != before {
            renamed.push((before, name.clone()));
        }
    };
    for (idx, calculation) in spec.calculations.iter_mut().enumerate() {
        if let Some(column) = &mut calculation.column {
            named(format!("calculations[{idx}].column"), column);
        }
        for (nth, filter) in calculation.filters.iter_mut().enumerate() {
            let field = format!("calculations[{idx}].filters[{nth}].column");
            named(field, &mut filter.column);
        }
    }
    for (idx, column) in spec.breakdowns.iter_mut().enumerate() {
        named(format!("breakdowns[{idx}]"), column);
    }
    for (idx, filter) in spec.filters.iter_mut().enumerate() {
        named(format!("filters[{idx}].column"), &mut filter.column);
    }
    for (idx, field) in spec.calculated_fields.iter().enumerate() {
        for column in field.formula.columns() {
            let field = format!("calculated_fields[{idx}].expression");
            match schema.meaning(column) {
                Meaning::Nothing(what) => problems.push(format!("{field}: {what}")),
                Meaning::Called(other) => problems.push(format!(
                    "{field}: {} has no column {column}; it is called {other} here",
                    schema.dataset
                )),
                Meaning::Column(_) | Meaning::Later(_) => {}
            }
        }
        if let Some(mismatch) = mismatch(&field.formula, schema) {
            problems.push(format!(
                "calculated_fields[{idx}].expression: {}",
                mismatch.what
            ));
        }
    }
    let new_name = |name: &mut String| {
        if let Some((_, new)) = renamed.iter().find(|(old, _)| old == name) {
            *name = new.clone();
        }
    };
    for order in &mut spec.orders {
        match &mut order.key {
            OrderKey::Breakdown(name) => new_name(name),
            OrderKey::Calculation(calculation) => calculation.column.iter_mut().for_each(new_name),
            OrderKey::Named(_) => {}
        }
    }
    for having in &mut spec.havings {
        having.calculation.column.iter_mut().for_each(new_name);
    }
    let mut fitted = |field: String, filter: &mut Filter| {
        // What JSON has as text is text.
        if let Err((part, what)) = fit(filter, schema, |_| None) {
            let part = if part == Part::Op { "op" } else { "value" };
            problems.push(format!("{field}.{part}: {what}"));
        }
    };
    for (idx, calculation) in spec.calculations.iter_mut().enumerate() {
        for (nth, filter) in calculation.filters.iter_mut().enumerate() {
            fitted(format!("calculations[{idx}].filters[{nth}]"), filter);
        }
    }
    for (idx, filter) in spec.filters.iter_mut().enumerate() {
        fitted(format!("filters[{idx}]"), filter);
    }
    if problems.is_empty() {
        Ok(notes)
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::parse_stated;
    use super::super::schema::tests::schema;
    use super::super::written::written;
    use super::*;
    use crate::honeycomb::client::spec_from_json;
    use serde_json::json;

    #[test]
    fn a_condition_gets_the_names_that_there_are() {
        let mut stated = parse_stated("http.method = GET and error exists").unwrap();
        let notes = resolve(&mut stated, &schema()).unwrap();
        assert_eq!(
            written(&stated.condition),
            "http.request.method = GET and error exists"
        );
        assert!(notes[0].starts_with("http.method is called http.request.method here"));
        assert!(notes[1].starts_with("no event of backend-flask has error yet: "));
        let mut stated = parse_stated("duration_ms > 1s and http.rout = /a").unwrap();
        let error = resolve(&mut stated, &schema()).unwrap_err();
        assert_eq!(
            error,
            "backend-flask has no column http.rout; did you mean http.route?\n  duration_ms > 1s and http.rout = /a\n                       ^"
        );
    }

    #[test]
    fn every_field_of_a_specification_is_checked() {
        let mut spec = spec_from_json(&json!({
            "calculated_fields": [{ "name": "slow", "expression": "GT($duration, 250)" }],
            "calculations": [{ "op": "P90", "column": "duratoin_ms" }],
            "breakdowns": ["http.rout", "http.method", "slow"],
            "filters": [
                { "column": "duration_ms", "op": ">", "value": "fast" },
                { "column": "nothing", "op": "exists" },
            ],
            "orders": [{ "column": "http.method" }],
        }))
        .unwrap();
        let problems = resolve_spec(&mut spec, &schema()).unwrap_err();
        let fields: Vec<&str> = problems
            .iter()
            .filter_map(|it| it.split(": ").next())
            .collect();
        assert_eq!(
            fields,
            [
                "calculations[0].column",
                "breakdowns[0]",
                "filters[1].column",
                "calculated_fields[0].expression",
                "filters[0].value",
            ]
        );
        assert!(
            problems[1].ends_with("did you mean http.route?"),
            "{}",
            problems[1]
        );
        assert_eq!(spec.breakdowns[1], "http.request.method");
        let key = OrderKey::Breakdown("http.request.method".to_string());
        assert_eq!(spec.orders[0].key, key);
    }
}
