use super::*;
use crate::honeycomb::wire::spec_to_json;
use serde_json::json;

fn problems(body: Json) -> Vec<String> {
    let problems = spec_from_json(&body).unwrap_err();
    problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.field, problem.description))
        .collect()
}

#[test]
fn a_specification_comes_back_the_same() {
    let body = json!({
        "calculated_fields": [
            {"name": "is_slow", "expression": "$duration_ms > 100"},
            {"name": "kind", "expression": "IF($is_slow, \"slow\", \"quick\")"},
        ],
        "calculations": [{"op": "COUNT"}, {"op": "P90", "column": "duration_ms"}, {"op": "HEATMAP", "column": "duration_ms"}],
        "breakdowns": ["http.route"],
        "filters": [
            {"column": "http.route", "op": "=", "value": "/api"},
            {"column": "status", "op": "in", "value": [200, 404.5, true]},
            {"column": "error", "op": "does-not-exist"},
        ],
        "filter_combination": "OR",
        "orders": [{"op": "P90", "column": "duration_ms", "order": "descending"}, {"column": "http.route"}],
        "havings": [{"calculate_op": "COUNT", "op": ">", "value": 3.0}],
        "limit": 10,
        "start_time": 1_700_000_000,
        "end_time": 1_700_000_600,
        "granularity": 60,
        "usage_mode": true,
    });
    let spec = spec_from_json(&body).unwrap();
    assert_eq!(spec_from_json(&spec_to_json(&spec)).unwrap(), spec);
    assert_eq!(spec_to_json(&spec), body);
}

#[test]
fn nothing_asked_is_a_count_over_two_hours() {
    let spec = spec_from_json(&json!({})).unwrap();
    assert_eq!(spec.calculations, [Calculation::new(Op::Count, None)]);
    assert_eq!(spec.time_range, TimeRange::DEFAULT);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let found = problems(json!({
        "calculations": [{"op": "P42", "column": "x"}, {"op": "SUM"}, {"op": "RATE_SUM"}],
        "filters": [{"column": "a", "op": "~"}, {"column": "a", "op": "="}, {"column": "root.name", "op": "exists"}],
        "orders": [{"column": "x"}],
        "limit": 5000,
        "time_range": 0,
        "compare_time_offset_seconds": 1800,
    }));
    assert_eq!(found.len(), 10, "{found:#?}");
}

#[test]
fn calculated_fields_name_earlier_ones_only() {
    let field = |name: &str, expression: &str| json!({"name": name, "expression": expression});
    let found = problems(json!({"calculated_fields": [
        field("a", "$a + 1"), field("b", "$c"), field("c", "$b"), field("c", "1"),
        field("", "1"), field("d", "1 +"), field("e", "$root.name"), {"name": "f", "expression": 1},
    ]}));
    assert_eq!(
        found,
        [
            "calculated_fields[4].name: cannot be blank",
            "calculated_fields[5].expression: expected a column, a value or a function at column 4",
            "calculated_fields[6].expression: the relational prefix `root.` is not supported by this server",
            "calculated_fields[7].expression: must be a string",
            "calculated_fields[0].expression: names a, which is not an earlier calculated field",
            "calculated_fields[1].expression: names c, which is not an earlier calculated field",
            "calculated_fields[3].name: c is the name of another calculated field",
        ]
    );
}

#[test]
fn named_results_come_back_the_same() {
    let body = json!({
        "calculations": [
            {"op": "COUNT", "name": "errors", "filters": [
                {"column": "status", "op": ">=", "value": 500}, {"column": "error", "op": "exists"},
            ], "filter_combination": "OR"},
            {"op": "COUNT", "name": "all"},
        ],
        "formulas": [{"name": "error rate", "expression": "$errors / $all"}],
        "orders": [{"column": "error rate", "order": "descending"}, {"column": "all"}],
        "limit": 100,
        "time_range": 7200,
    });
    let spec = spec_from_json(&body).unwrap();
    assert_eq!(spec_from_json(&spec_to_json(&spec)).unwrap(), spec);
    assert_eq!(spec_to_json(&spec), body);
}

#[test]
fn names_are_given_once_and_formulas_name_calculations() {
    let filters = json!([{"column": "a", "op": "exists"}]);
    let found = problems(json!({
        "calculations": [
            {"op": "COUNT", "filters": filters}, {"op": "COUNT", "name": "n"},
            {"op": "HEATMAP", "column": "d", "name": "picture"}, {"op": "MAX", "column": "d", "name": "n"},
        ],
        "formulas": [
            {"name": "n", "expression": "$n + $COUNT"}, {"name": "t", "expression": "EVENT_TIMESTAMP()"},
        ],
        "orders": [{"column": "picture"}, {"column": "nobody"}],
    }));
    assert_eq!(
        found,
        [
            "calculations[0].name: cannot be blank for a calculation with filters",
            "formulas[0].expression: COUNT is not the name of a calculation of this query",
            "formulas[1].expression: EVENT_TIMESTAMP is about events, not about results",
            "formulas: HEATMAP cannot be in a query with formulas",
            "calculations: n is the name of two results",
            "calculations: n is the name of two results",
            "orders[0].column: HEATMAP cannot be ordered by",
            "orders[1].column: nobody is not a breakdown or a named result of this query",
        ]
    );
}
