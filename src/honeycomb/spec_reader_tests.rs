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
        "calculations": [{"op": "P42", "column": "x"}, {"op": "SUM"}, {"op": "CONCURRENCY", "column": "x"}],
        "filters": [{"column": "a", "op": "~"}, {"column": "a", "op": "="}, {"column": "root.name", "op": "exists"}],
        "orders": [{"column": "x"}],
        "limit": 5000,
        "time_range": 0,
        "compare_time_offset_seconds": 1801,
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

#[test]
fn every_operation_is_read_with_the_column_it_takes() {
    let body = json!({
        "calculations": [
            {"op": "CONCURRENCY"}, {"op": "RATE_AVG", "column": "c"}, {"op": "RATE_SUM", "column": "c"},
            {"op": "RATE_MAX", "column": "c"}, {"op": "COUNT", "column": "c"},
        ],
        "orders": [{"op": "CONCURRENCY"}, {"op": "RATE_MAX", "column": "c", "order": "descending"}],
        "havings": [{"calculate_op": "RATE_SUM", "column": "c", "op": "<", "value": -1.5}],
        "limit": 100,
        "time_range": 7200,
    });
    let spec = spec_from_json(&body).unwrap();
    let mut names = spec.calculations.iter().map(Calculation::label);
    assert_eq!(names.next().as_deref(), Some("CONCURRENCY"));
    assert_eq!(names.next().as_deref(), Some("RATE_AVG(c)"));
    let mut again = spec_to_json(&spec);
    // The same object; only the order of a having's members is ours.
    assert_eq!(again["havings"][0]["value"], -1.5);
    again["havings"] = body["havings"].clone();
    assert_eq!(again, body);
    for op in ["RATE_AVG", "RATE_SUM", "RATE_MAX", "HEATMAP", "SUM"] {
        assert_eq!(
            problems(json!({"calculations": [{"op": op}]})),
            ["calculations[0].column: cannot be blank"]
        );
    }
    assert_eq!(
        problems(
            json!({"calculations": [{"op": "CONCURRENCY", "column": "c"}, {"op": 7}, "COUNT", {}]})
        ),
        [
            "calculations[0].column: CONCURRENCY takes no column",
            "calculations[1].op: must be a string",
            "calculations[2]: must be an object",
            "calculations[3].op: cannot be blank",
        ]
    );
}

#[test]
fn havings_test_results_by_operation_and_column_or_by_name() {
    let body = json!({
        "calculations": [
            {"op": "COUNT", "name": "all"},
            {"op": "COUNT", "name": "slow", "filters": [{"column": "ms", "op": ">", "value": 9}]},
            {"op": "MAX", "column": "all"},
        ],
        "formulas": [{"name": "share", "expression": "$slow / $all"}],
        "havings": [
            {"calculate_op": "COUNT", "op": ">", "value": 1},
            {"calculate_op": "COUNT", "column": "slow", "op": ">", "value": 2},
            {"calculate_op": "MAX", "column": "share", "op": ">", "value": 0.5},
            {"calculate_op": "MAX", "column": "all", "op": ">", "value": 3},
        ],
    });
    let spec = spec_from_json(&body).unwrap();
    let tested: Vec<(Op, Option<&str>)> = spec
        .havings
        .iter()
        .map(|having| (having.calculation.op, having.calculation.name.as_deref()))
        .collect();
    assert_eq!(
        tested,
        [
            (Op::Count, None),
            (Op::Count, Some("slow")),
            (Op::Formula, Some("share")),
            (Op::Max, None),
        ]
    );
    assert_eq!(spec_from_json(&spec_to_json(&spec)).unwrap(), spec);
    let found = problems(json!({
        "calculations": [{"op": "COUNT"}, {"op": "HEATMAP", "column": "d"}],
        "havings": [
            {"calculate_op": "HEATMAP", "column": "d", "op": ">", "value": 1},
            {"calculate_op": "SUM", "column": "d", "op": ">", "value": 1},
            {"calculate_op": "COUNT", "op": "in", "value": "1"},
            {"op": ">", "value": 1},
            {"calculate_op": "COUNT", "op": ">", "value": 1, "colum": "d"},
        ],
    }));
    assert_eq!(
        found,
        [
            "havings[0].calculate_op: HEATMAP cannot be tested",
            "havings[1]: SUM(d) is not a calculation of this query",
            "havings[2].op: must be one of = != > >= < <=",
            "havings[2].value: must be a number",
            "havings[3].calculate_op: cannot be blank",
            "havings[4].colum: is not a field that a query has here",
        ]
    );
}

#[test]
fn filters_take_as_many_values_as_their_operator_and_of_its_type() {
    let filter = |op: &str, value: Json| json!({"column": "a", "op": op, "value": value});
    let wrong = [
        (filter("exists", json!(1)), "value: exists takes no value"),
        (filter("=", Json::Null), "value: cannot be blank"),
        (
            filter("=", json!([1])),
            "value: must be a string, a number or a boolean",
        ),
        (filter("in", json!("a")), "value: must be an array"),
        (
            filter("in", json!([])),
            "value: must hold strings, numbers or booleans, at least one",
        ),
        (
            filter("not-in", json!([1, null])),
            "value: must hold strings, numbers or booleans, at least one",
        ),
        (
            filter("contains", json!(5)),
            "value: must be a string, as contains compares texts",
        ),
        (
            filter("does-not-end-with", json!(true)),
            "value: must be a string, as does-not-end-with compares texts",
        ),
        (
            filter("like", json!("a")),
            "op: `like` is not a filter operator",
        ),
        (json!({"column": "a"}), "op: cannot be blank"),
        (
            json!({"column": 5, "op": "exists"}),
            "column: must be a string",
        ),
        (
            json!({"column": "a", "op": "exists", "valeu": 1}),
            "valeu: is not a field that a query has here",
        ),
    ];
    for (filter, text) in wrong {
        let expected = format!("filters[0].{text}");
        assert_eq!(problems(json!({"filters": [filter]})), [expected]);
    }
    for prefix in ["root", "parent", "child", "any", "any2", "any3", "none"] {
        let column = format!("{prefix}.name");
        let refused = format!("the relational prefix `{prefix}.` is not supported by this server");
        assert_eq!(
            problems(json!({
                "breakdowns": [column],
                "filters": [{"column": column, "op": "exists"}],
                "calculations": [{"op": "MAX", "column": column}],
            })),
            [
                format!("calculations[0].column: {refused}"),
                format!("breakdowns[0]: {refused}"),
                format!("filters[0].column: {refused}"),
            ]
        );
    }
}

#[test]
fn numbers_of_the_whole_query_are_within_their_bounds() {
    let wrong = [
        (json!({"limit": 0}), "limit: must be at least 1"),
        (json!({"limit": 1001}), "limit: must be at most 1000"),
        (json!({"limit": "9"}), "limit: must be a whole number"),
        (
            json!({"time_range": 1.5}),
            "time_range: must be a whole number",
        ),
        (json!({"start_time": 0}), "start_time: must be at least 1"),
        (
            json!({"start_time": 9, "end_time": 8}),
            "start_time: must not be after end_time",
        ),
        (
            json!({"start_time": 8, "end_time": 9, "time_range": 1}),
            "time_range: at most two of time_range, start_time and end_time may be given",
        ),
        (
            json!({"granularity": -1}),
            "granularity: must be at least 0",
        ),
        (
            json!({"usage_mode": 1}),
            "usage_mode: must be true or false",
        ),
        (
            json!({"filter_combination": "XOR"}),
            "filter_combination: must be AND or OR",
        ),
        (
            json!({"orders": [{"op": "COUNT", "order": "up"}]}),
            "orders[0].order: must be ascending or descending",
        ),
        (
            json!({"orders": [{"op": "COUNT", "order": 1}]}),
            "orders[0].order: must be ascending or descending",
        ),
        (json!({"breakdowns": "a"}), "breakdowns: must be an array"),
        (
            json!({"calculation": [{"op": "COUNT"}]}),
            "calculation: is not a field that a query has here",
        ),
        (
            json!({"compare_time_offset_seconds": 3600}),
            "compare_time_offset_seconds: must be at least 7200, which is the query's range",
        ),
        (
            json!({"time_range": 60, "compare_time_offset_seconds": 61}),
            "compare_time_offset_seconds: must be 60, which is the query's range, or one of 1800, 3600, 7200, 28800, 86400, 604800, 2419200, 15724800",
        ),
    ];
    for (body, expected) in wrong {
        assert_eq!(problems(body), [expected]);
    }
    for well in [
        json!({"limit": 1000.0, "granularity": 0, "usage_mode": null}),
        json!({"compare_time_offset_seconds": 86_400}),
        json!({"time_range": 61, "compare_time_offset_seconds": 61}),
        json!({"start_time": 8, "end_time": 8}),
        json!({"id": "abc", "orders": [{"op": "COUNT", "order": null}], "later": null, "more": []}),
    ] {
        assert!(spec_from_json(&well).is_ok(), "{well}");
    }
    let many = |n: usize| vec![json!({"column": "a", "op": "exists"}); n];
    assert!(spec_from_json(&json!({"filters": many(100)})).is_ok());
    assert_eq!(
        problems(json!({"filters": many(101)})),
        ["filters: must have at most 100 entries"]
    );
    for name in [
        "calculations",
        "breakdowns",
        "orders",
        "havings",
        "calculated_fields",
        "formulas",
    ] {
        let body = json!({ name: vec![Json::Null; 101] });
        let expected = format!("{name}: must have at most 100 entries");
        assert_eq!(problems(body)[0], expected);
    }
}
