use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

// The expression in prefix form, which shows what binds to what.
fn shape(text: &str) -> String {
    let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    prefix(&formula, formula.root())
}

fn prefix(formula: &Formula, expression: &Expression) -> String {
    match expression {
        Expression::Literal(None) => "null".to_string(),
        Expression::Literal(Some(Value::Str(text))) => format!("{text:?}"),
        Expression::Literal(Some(value)) => value.to_string(),
        Expression::Column(idx) => format!("${}", formula.columns()[*idx]),
        Expression::Pattern(pattern) => format!("/{}/", pattern.text()),
        Expression::Call(function, arguments) => {
            let (name, ..) = Function::ALL
                .iter()
                .find(|(_, known, ..)| known == function)
                .unwrap();
            let arguments: Vec<String> = arguments.iter().map(|it| prefix(formula, it)).collect();
            format!("{name}({})", arguments.join(" "))
        }
    }
}

fn error(text: &str) -> String {
    Formula::parse(text).unwrap_err().to_string()
}

#[test]
fn operators_bind_as_in_the_grammar() {
    for (text, expected) in [
        ("1 + 2 * 3", "SUM(1 MUL(2 3))"),
        ("(1 + 2) * 3", "MUL(SUM(1 2) 3)"),
        ("1 - 2 - 3", "SUB(SUB(1 2) 3)"),
        ("1 + 2 - 3 + 4", "SUM(SUB(SUM(1 2) 3) 4)"),
        ("$a < 1 = $b >= 2", "EQUALS(LT($a 1) GTE($b 2))"),
        (
            "$a = 1 OR $b = 2 AND $c != 3",
            "OR(EQUALS($a 1) AND(EQUALS($b 2) NOT(EQUALS($c 3))))",
        ),
        ("!$a = $b", "EQUALS(NOT($a) $b)"),
        ("!!true", "NOT(NOT(true))"),
        ("8 / 4 % 3", "MOD(DIV(8 4) 3)"),
        ("1 + 2 + 3 + 4", "SUM(1 2 3 4)"),
        ("5 -3", "SUB(5 3)"),
        ("5 - -3", "SUB(5 -3)"),
    ] {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn words_are_read_as_written() {
    for (text, expected) in [
        ("$\"with space\"", "$with space"),
        ("$`with \"quotes\"`", "$with \"quotes\""),
        ("$http.route-name/x", "$http.route-name/x"),
        (r#""a\"b\\\n\t\x41\u00e9\101""#, r#""a\"b\\\n\tAéA""#),
        (r"`raw \d+`", r#""raw \\d+""#),
        ("CONCAT(\"a\", $b,)", "CONCAT(\"a\" $b)"),
        ("AND($a, $b) AND OR($c,)", "AND($a $b OR($c))"),
        ("EVENT_TIMESTAMP()", "EVENT_TIMESTAMP()"),
        (r"REG_VALUE($a, `v(\d+)`)", r"REG_VALUE($a /v(\d+)/)"),
        ("FORMAT_TIME($a, 1)", "FORMAT_TIME($a 1)"),
        ("  \n null ", "null"),
        (".5 + 4e2 + 12.02 + 4e-2", "SUM(0.5 400 12.02 0.04)"),
    ] {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn a_column_named_twice_is_read_once() {
    let formula = Formula::parse("$a + $b + $a").unwrap();
    assert_eq!(formula.columns(), ["a", "b"]);
    assert_eq!(formula.text(), "$a + $b + $a");
}

#[test]
fn errors_say_what_and_where() {
    for (text, expected) in [
        ("", "expected a column, a value or a function at column 1"),
        (
            "$a +",
            "expected a column, a value or a function at column 5",
        ),
        ("IF($a, 1", "expected an operator, `,` or `)` at column 9"),
        ("($a", "expected an operator or `)` at column 4"),
        ("1 2", "expected an operator or the end at column 3"),
        ("é", "unexpected `é` at column 1"),
        ("1 + FOO(2)", "`FOO` is not a function at column 5"),
        ("if(true, 1)", "`if` is not a function at column 1"),
        ("DIV(1)", "DIV takes 2 arguments at column 1"),
        ("NOT()", "NOT takes 1 argument at column 1"),
        ("IF(1)", "IF takes at least 2 arguments at column 1"),
        (
            "LENGTH($a, \"bytes\", 1)",
            "LENGTH takes 1 to 2 arguments at column 1",
        ),
        (
            "EVENT_TIMESTAMP(1)",
            "EVENT_TIMESTAMP takes no arguments at column 1",
        ),
        (
            "1 + INGEST_TIMESTAMP()",
            "INGEST_TIMESTAMP is not supported by this server, which does not keep when an event came in at column 5",
        ),
        (
            "1 + REG_COUNT($a, $b)",
            "the pattern of REG_COUNT must be a text that is written out at column 5",
        ),
        (
            "REG_MATCH($a, `[a`)",
            "`[a` is not a regular expression that can be used: non-empty character class has no closing bracket at column 1",
        ),
        (
            "FORMAT_TIME(\"%F %Q\", $a)",
            "`%Q` is not a part of a time format at column 1",
        ),
        ("\"open", "a text is not closed at column 1"),
        (r#""\q""#, "unknown escape in a text at column 1"),
        ("$", "expected a column name after `$` at column 1"),
        ("-$a", "expected a number after `-` at column 2"),
        (
            "99999999999999999999",
            "`99999999999999999999` is not a number that can be held at column 1",
        ),
        (
            "1e999",
            "`1e999` is not a number that can be held at column 1",
        ),
        (
            "BUCKET($a, $b)",
            "the sizes of BUCKET must be plain numbers, the first above zero at column 1",
        ),
        (
            "BUCKET($a, 0)",
            "the sizes of BUCKET must be plain numbers, the first above zero at column 1",
        ),
        ("foo", "expected `(` at column 4"),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
    assert!(error("$a+$b").contains("put spaces around operators"));
    assert!(error("($a/$b)").contains("put spaces around operators"));
}

#[test]
fn depth_is_bounded_and_length_is_not() {
    for deep in [
        "(".repeat(100_000),
        "!".repeat(100_000),
        "NOT(".repeat(100_000),
        format!("1{}", " - 1".repeat(100_000)),
        format!("1{}", " != 1".repeat(100_000)),
        format!("{}1{}", "(".repeat(101), ")".repeat(101)),
    ] {
        assert!(error(&deep).starts_with("nested too deeply"));
    }
    assert!(Formula::parse(&format!("1{}", " + 1".repeat(10_000))).is_ok());
    assert!(Formula::parse(&format!("{}1{}", "(".repeat(100), ")".repeat(100))).is_ok());
}

#[test]
fn random_words_are_read_or_refused() {
    const WORDS: [&str; 30] = [
        "$a", "$\"b c\"", "1", "2.5", "\"x\"", "`y`", "true", "null", "(", ")", ",", "+", "-", "*",
        "/", "%", "<", "<=", "=", "!=", "!", "AND", "OR", "IF(", "SUM(", "BUCKET(", " ", "\\", "é",
        "\"",
    ];
    let mut rng = StdRng::seed_from_u64(7);
    let mut n_read = 0;
    for _ in 0..20_000 {
        let n = rng.random_range(1..12);
        let text: Vec<&str> = (0..n).map(|_| WORDS[rng.random_range(0..30)]).collect();
        let text = text.join(" ");
        match Formula::parse(&text) {
            Ok(_) => n_read += 1,
            Err(error) => assert!(error.column <= text.chars().count() + 1, "{text}"),
        }
    }
    assert!(n_read > 100, "{n_read}");
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..rng.random_range(0..40)).map(|_| rng.random()).collect();
        let text = String::from_utf8_lossy(&bytes);
        if let Err(error) = Formula::parse(&text) {
            assert!(error.column <= text.chars().count() + 1, "{text}");
        }
    }
}
