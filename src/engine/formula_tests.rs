use super::*;
use crate::model::formula::Formula;

// One event: n = 5, f = 2.5, s = "Text", t = "true", b = true; everything else is null.
fn of(text: &str) -> Option<Value> {
    let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let column = |idx: usize| match formula.columns()[idx].as_str() {
        "n" => Some(Value::Int(5)),
        "f" => Some(Value::Float(2.5)),
        "s" => Some("Text".into()),
        "t" => Some("true".into()),
        "b" => Some(true.into()),
        _ => None,
    };
    value(formula.root(), &column, 1_500_549_764_888_000_000)
}

fn check<T: Into<Value>>(cases: impl IntoIterator<Item = (&'static str, T)>) {
    for (text, expected) in cases {
        assert_eq!(of(text), Some(expected.into()), "{text}");
    }
}

#[test]
fn whole_numbers_stay_whole_but_in_a_division() {
    check(
        [
            ("$n + 1", 6),
            ("$n - 7", -2),
            ("$n * 2 + 1", 11),
            ("$n % 3", 2),
            ("SUM(1, \"2\", \"x\", true)", 3),
            ("INT($f)", 2),
            ("INT(-2.9)", -2),
            ("INT(\"7.9\")", 7),
            ("LENGTH(\"né\")", 2),
            ("LENGTH(\"né\", \"bytes\")", 3),
        ]
        .map(|(text, int)| (text, int as i64)),
    );
    check([
        ("$n / 2", 2.5),
        ("$n + $f", 7.5),
        ("$f % 2", 0.5),
        ("1.0 + 5 + \"2.3\"", 8.3),
        ("9223372036854775807 + 1", 9_223_372_036_854_775_808.0),
        ("LOG10(1000)", 3.0),
        ("FLOAT(\"3.5\")", 3.5),
        ("FLOAT($s)", 0.0),
        ("EVENT_TIMESTAMP()", 1_500_549_764.888),
        (
            "UNIX_TIMESTAMP(\"2017-07-20T11:22:44.888Z\")",
            1_500_549_764.888,
        ),
    ]);
}

#[test]
fn null_and_division_by_zero_are_null() {
    for text in [
        "$none",
        "$none + 1",
        "1 - $none",
        "SUM(1, $none)",
        "$n / 0",
        "$n / \"x\"",
        "$n % 0",
        "$f % 0",
        "-9223372036854775807 % 0",
        "LOG10(0)",
        "LOG10(-1)",
        "LOG10($s)",
        "1e308 * 10",
        "INT($none)",
        "TO_LOWER($n)",
        "LENGTH($none)",
        "UNIX_TIMESTAMP($s)",
        "IF(false, 1)",
        "IF($none, 1)",
        "SWITCH($s, \"a\", 1)",
        "COALESCE($none, null)",
        "MIN($none)",
        "BUCKET($s, 10)",
    ] {
        assert_eq!(of(text), None, "{text}");
    }
}

#[test]
fn conditions_hold_or_do_not() {
    check([
        ("$n < 6", true),
        ("$n >= 5.0", true),
        ("$n = 5.0", true),
        ("$n = \"5\"", false),
        ("$n != \"5\"", true),
        ("$n < \"6\"", false),
        ("$none < 1", false),
        ("$none = null", true),
        ("$s > \"Test\"", true),
        ("$b = true", true),
        ("IN($n, 1, 5)", true),
        ("IN($n, 1, \"5\")", false),
        ("EXISTS($n)", true),
        ("EXISTS($none)", false),
        ("!$none", true),
        ("NOT($t)", false),
        ("BOOL($s)", false),
        ("$t AND $b AND $n", true),
        ("$none OR 0", false),
        ("0 OR $f", true),
        ("STARTS_WITH($s, \"Te\")", true),
        ("ENDS_WITH($s, \"Te\")", false),
        ("CONTAINS($s, \"ex\")", true),
        ("CONTAINS($n, \"5\")", false),
    ]);
}

#[test]
fn texts_are_made_and_chosen() {
    check([
        ("IF($n > 9, \"a\", $n > 4, \"b\", \"c\")", "b"),
        ("IF($n > 9, \"a\", \"c\")", "c"),
        ("SWITCH($s, \"x\", \"a\", \"Text\", \"b\", \"c\")", "b"),
        ("SWITCH($s, \"x\", \"a\", \"c\")", "c"),
        ("COALESCE($none, $s, \"x\")", "Text"),
        ("CONCAT($s, \" \", $n, $none, $b)", "Text 5true"),
        ("STRING($f)", "2.5"),
        ("STRING($none)", ""),
        ("TO_LOWER($s)", "text"),
        ("MIN($none, \"b\", 1, \"a\")", "a"),
    ]);
    assert_eq!(of("MAX($n, $f, \"9\")"), Some(Value::Int(5)));
}

#[test]
fn buckets_are_named_by_their_edges_and_edges_fall_down() {
    check([
        ("BUCKET(-1, 10, 0, 30)", "< 0"),
        ("BUCKET(0, 10, 0, 30)", "0 - 10"),
        ("BUCKET(10, 10, 0, 30)", "0 - 10"),
        ("BUCKET(10.5, 10, 0, 30)", "10 - 20"),
        ("BUCKET(30, 10, 0, 30)", "20 - 30"),
        ("BUCKET(31, 10, 0, 30)", "> 30"),
        ("BUCKET(24, 10, 0, 25)", "20 - 25"),
        ("BUCKET(500, 100, 0)", "400 - 500"),
        ("BUCKET($f, 0.5)", "2 - 2.5"),
        ("BUCKET(-7, 5)", "-10 - -5"),
    ]);
}

#[test]
fn texts_are_matched_with_patterns_that_are_compiled_once() {
    check([
        ("REG_MATCH($s, `^T.x`)", true),
        ("REG_MATCH($s, `^x`)", false),
        ("REG_MATCH($n, `5`)", false),
        ("REG_MATCH($none, `.*`)", false),
        ("REG_MATCH(\"\", `^$`)", false),
    ]);
    check([
        ("REG_VALUE($s, `e(.)`)", "x"),
        ("REG_VALUE($s, `e.`)", "ex"),
        ("REG_VALUE(CONCAT($s, \"-12\"), `-(\\d+)`)", "12"),
    ]);
    check([
        ("REG_COUNT($s, `[a-z]`)", 3i64),
        ("REG_COUNT($s, `z`)", 0),
        ("REG_COUNT($n, `5`)", 0),
        ("REG_COUNT($none, `x`)", 0),
    ]);
    for text in [
        "REG_VALUE($s, `z`)",
        "REG_VALUE($n, `5`)",
        "REG_VALUE($none, `x`)",
    ] {
        assert_eq!(of(text), None, "{text}");
    }
}

#[test]
fn moments_are_formatted_in_utc() {
    check([
        (
            "FORMAT_TIME(\"%FT%TZ\", EVENT_TIMESTAMP())",
            "2017-07-20T11:22:44Z",
        ),
        ("FORMAT_TIME(\"%A\", 0)", "Thursday"),
        ("FORMAT_TIME($s, 0)", "Text"),
    ]);
    for text in [
        "FORMAT_TIME(\"%F\", $none)",
        "FORMAT_TIME(\"%F\", $s)",
        "FORMAT_TIME($n, 0)",
    ] {
        assert_eq!(of(text), None, "{text}");
    }
}
