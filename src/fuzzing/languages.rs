//! What people write: formulas, questions, filter patterns.

use super::{first_line, with_text};
use crate::cloudwatch::insights::{Query, Record, Run, Times};
use crate::cloudwatch::pattern::FilterPattern;
use crate::engine::formula::value;
use crate::honeycomb::spec_reader::spec_from_json;
use crate::honeycomb::wire::spec_to_json;
use crate::model::formula::{Expression, Formula, Function};
use crate::model::span::Value;

/// A formula, evaluated over columns of every kind.
pub fn formula(bytes: &[u8]) {
    with_text(bytes, |text| {
        let Ok(formula) = Formula::parse(text) else {
            return;
        };
        let printed = printed(&formula, formula.root());
        let again = Formula::parse(&printed);
        let again = again.as_ref().map(|it| (it.columns(), it.root()));
        assert_eq!(
            again,
            Ok((formula.columns(), formula.root())),
            "a formula that is printed reads as itself: {printed}"
        );

        let result = value(formula.root(), &column, 1_500_549_764_888_000_000);
        if let Some(Value::Float(float)) = result {
            assert!(float.is_finite(), "what is no number is null");
        }
    });
}

// Some that are missing, some at the ends of their type, some that change when they are read as another.
fn column(idx: usize) -> Option<Value> {
    match idx % 11 {
        0 => Some(Value::Int(5)),
        1 => Some("Text".into()),
        2 => None,
        3 => Some(Value::Float(-2.5)),
        4 => Some(Value::Bool(true)),
        5 => Some(Value::Int(i64::MIN)),
        6 => Some("2017-07-20T11:22:44.888Z".into()),
        7 => Some(Value::Int(-1)),
        8 => Some(Value::Float(1e308)),
        9 => Some(" 1e3 ".into()),
        _ => Some("İé\u{0}".into()),
    }
}

/// Writes an expression with a call for every operator.
fn printed(formula: &Formula, expression: &Expression) -> String {
    match expression {
        Expression::Literal(None) => "null".to_string(),
        Expression::Literal(Some(Value::Str(text))) => quoted(text),
        // Unlike the plain form this one keeps `1.0` apart from `1`.
        Expression::Literal(Some(Value::Float(float))) => format!("{float:?}"),
        Expression::Literal(Some(value)) => value.to_string(),
        Expression::Column(idx) => {
            let name = formula.columns().get(*idx);
            format!("${}", quoted(name.map_or("", |name| name)))
        }
        Expression::Pattern(pattern) => quoted(pattern.text()),
        Expression::Call(function, arguments) => {
            let arguments: Vec<String> = arguments
                .iter()
                .map(|argument| printed(formula, argument))
                .collect();
            format!("{}({})", name_of(*function), arguments.join(", "))
        }
    }
}

fn name_of(function: Function) -> &'static str {
    let found = Function::ALL
        .iter()
        .find(|(_, known, ..)| *known == function);
    found.map_or("", |(name, ..)| name)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A query specification.
pub fn query_spec(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice(bytes) else {
        return;
    };
    match spec_from_json(&body) {
        Ok(spec) => assert_eq!(
            spec_from_json(&spec_to_json(&spec)),
            Ok(spec),
            "a question that is written reads as itself"
        ),
        Err(problems) => assert!(!problems.is_empty(), "what is refused has a reason"),
    }
}

/// A filter pattern of CloudWatch Logs on the first line, and the lines that it is asked of.
pub fn cloudwatch_pattern(bytes: &[u8]) {
    with_text(bytes, |text| {
        let (pattern, messages) = first_line(text);
        let Ok(pattern) = FilterPattern::parse(pattern) else {
            return;
        };
        for message in messages.split('\n') {
            let first = pattern.matches(message);
            assert_eq!(first, pattern.matches(message), "a pattern has no memory");
            let prefilter = pattern.prefilter(message.as_bytes()).filter(|_| first);
            assert!(
                prefilter.is_none_or(|it| it.find(message.as_bytes()).is_some()),
                "a line that matches has what is looked for"
            );
            assert_eq!(
                pattern.extracted(message).is_some(),
                first,
                "values are extracted from lines that match"
            );
        }
    });
}

/// A query of CloudWatch Logs Insights on the first line, and the lines that it is asked of.
pub fn cloudwatch_insights(bytes: &[u8]) {
    with_text(bytes, |text| {
        let (text, messages) = first_line(text);
        let query = match Query::parse(text) {
            Ok(query) => query,
            Err(error) => {
                let n_chars = text.chars().count();
                let is_inside = error.start <= error.end && error.end <= n_chars;
                assert!(is_inside, "what is wrong has a place: {error:?}");
                return;
            }
        };
        let n_chars = text.chars().count();
        let are_inside = query
            .filters
            .iter()
            .all(|(start, end)| start < end && *end <= n_chars);
        assert!(are_inside, "conditions have a place: {:?}", query.filters);
        let answer = || {
            let mut run = Run::new(&query, Some(100), Times::default());
            for (number, message) in (0..).zip(messages.split('\n')) {
                let goes_on = run.take(&Record {
                    time_ms: number,
                    ingested_ms: number,
                    message: message.into(),
                    stream: "s".into(),
                    log: "l",
                    pointer: &|| number.to_string(),
                });
                if !goes_on {
                    break;
                }
            }
            run.finish()
        };
        let first = answer();
        assert!(first.rows.len() <= 100, "no more rows than are wanted");
        assert_eq!(first, answer(), "a query has no memory");
    });
}
