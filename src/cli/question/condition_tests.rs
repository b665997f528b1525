//! What conditions mean, and what is no condition.

use super::*;
use crate::model::span::Value;

fn test(column: &str, op: &str, values: Vec<Value>) -> Condition {
    Condition::Test(Filter {
        column: column.to_string(),
        op: FilterOp::named(op).unwrap(),
        values,
    })
}

#[test]
fn comparisons_are_read_as_people_write_them() {
    for (text, column, op, values) in [
        (
            "http.route = /api/activities/home",
            "http.route",
            "=",
            vec!["/api/activities/home".into()],
        ),
        ("duration_ms>=250", "duration_ms", ">=", vec![250.into()]),
        ("  a != -1.5 ", "a", "!=", vec![Value::Float(-1.5)]),
        ("a EXISTS", "a", "exists", vec![]),
        ("a Contains 404", "a", "contains", vec!["404".into()]),
        ("a:b = 1", "a:b", "=", vec![1.into()]),
        (
            "url = http://x/?a=1,b=2",
            "url",
            "=",
            vec!["http://x/?a=1,b=2".into()],
        ),
        ("status = '200'", "status", "=", vec!["200".into()]),
        ("a = 'it\\'s'", "a", "=", vec!["it's".into()]),
        ("'odd name' = 1", "odd name", "=", vec![1.into()]),
        ("error = true", "error", "=", vec![true.into()]),
        (
            "name contains home feed",
            "name",
            "contains",
            vec!["home feed".into()],
        ),
        ("name = f(x)", "name", "=", vec!["f(x)".into()]),
        ("name = sandor", "name", "=", vec!["sandor".into()]),
        ("error exists", "error", "exists", vec![]),
        ("error does-not-exist", "error", "does-not-exist", vec![]),
        ("s in (200, 404)", "s", "in", vec![200.into(), 404.into()]),
        ("s in('a,b', c)", "s", "in", vec!["a,b".into(), "c".into()]),
        ("s not-in a,b", "s", "not-in", vec!["a".into(), "b".into()]),
        ("handle = infinity", "handle", "=", vec!["infinity".into()]),
        ("not a > 1", "a", "<=", vec![1.into()]),
        ("not not a exists", "a", "exists", vec![]),
    ] {
        assert_eq!(
            parse_condition(text),
            Ok(test(column, op, values)),
            "{text}"
        );
    }
}

#[test]
fn and_binds_tighter_than_or() {
    let (a, b, c) = (
        test("a", "=", vec!["x y".into()]),
        test("b", ">", vec![2.into()]),
        test("c", "exists", vec![]),
    );
    let and = |parts: &[&Condition]| Condition::All(parts.iter().copied().cloned().collect());
    let or = |parts: &[&Condition]| Condition::Any(parts.iter().copied().cloned().collect());
    for (text, meant) in [
        ("a = x y and b > 2", and(&[&a, &b])),
        ("a = x y AND b > 2 And c exists", and(&[&a, &b, &c])),
        (
            "a = 'x y' or b > 2 and c exists",
            or(&[&a, &and(&[&b, &c])]),
        ),
        (
            "(a = x y OR b > 2) and c exists",
            and(&[&or(&[&a, &b]), &c]),
        ),
        ("((a = x y))", a.clone()),
    ] {
        assert_eq!(parse_condition(text), Ok(meant), "{text}");
    }
    let opposite = or(&[
        &test("a", "!=", vec!["x y".into()]),
        &test("c", "does-not-exist", vec![]),
    ]);
    assert_eq!(parse_condition("not (a = x y and c exists)"), Ok(opposite));
}

#[test]
fn errors_point_at_the_place() {
    for (text, caret) in [
        ("", 0),
        ("= 3", 0),
        ("route is /api", 6),
        ("route =", 7),
        ("error exists 3", 13),
        ("s in ()", 5),
        ("a = 1 and ", 10),
        ("a = 1 and or b = 2", 10),
        ("(a = 1", 6),
        ("a = 1)", 5),
        ("a = 'x", 4),
        ("ä = 1 and ü is", 12),
    ] {
        let error = parse_condition(text).unwrap_err();
        let last = error.lines().last().unwrap();
        assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
    }
    assert!(parse_condition(&"(".repeat(10_000)).is_err());
    assert!(parse_condition(&"not ".repeat(10_000)).is_err());
}

#[test]
fn what_another_language_would_take_is_an_error_with_the_right_form() {
    for (text, caret, says) in [
        ("http.route == /api", 11, "unknown operator `==`: use `=`"),
        ("a <> 1", 2, "unknown operator `<>`: use `!=`"),
        (
            "a=~b",
            1,
            "unknown operator `=~`: use `contains`: a contains b",
        ),
        ("a !~ b", 2, "unknown operator `!~`: use `does-not-contain`"),
        (
            "a like '%b%'",
            2,
            "unknown operator `like`: use `contains`: a contains b",
        ),
        (
            "a LIKE 'b%'",
            2,
            "unknown operator `LIKE`: use `starts-with`",
        ),
        ("a is b", 2, "unknown operator `is`: use `=`"),
        (
            "a IS NOT NULL",
            2,
            "unknown operator `IS NOT NULL`: use `exists`",
        ),
        (
            "a BETWEEN 1 AND 2",
            2,
            "unknown operator `BETWEEN`: use `>= LOW",
        ),
        ("a => 1", 2, "unknown operator `=>`: use `>=`"),
        ("a =< 1", 2, "unknown operator `=<`: use `<=`"),
        ("a === 1", 2, "unknown operator `===`: use `=`"),
        ("a:1", 1, "unknown operator `:`: use `=`: a = 1"),
        ("a: 1", 1, "unknown operator `:`: use `=`: a = 1"),
        ("a :1", 2, "unknown operator `:`: use `=`"),
        ("a = 1 && b = 2", 6, "unknown operator `&&`: use `and`"),
        ("a = 1 || b = 2", 6, "unknown operator `||`: use `or`"),
        ("a=1&&b=2", 3, "unknown operator `&&`: use `and`"),
        ("a exists & b exists", 9, "unknown operator `&`: use `and`"),
        ("!a exists", 0, "unknown operator `!`: use `not`"),
        ("a = 1, b = 2", 9, "expected `and` or `or`"),
        ("a=1,b=2", 2, "expected `and` or `or`"),
        ("a = 1 b = 2", 8, "expected `and` or `or`"),
        ("a = 1 adn b = 2", 12, "expected `and` or `or`"),
        ("a = 1 b exists", 8, "expected `and` or `or`"),
        ("a = x y and", 8, "expected a condition after `and`"),
        ("contains(a, b)", 0, "COLUMN contains VALUE"),
        ("a.contains('b')", 0, "COLUMN contains VALUE"),
        ("WHERE a = 1", 0, "without `WHERE`"),
        ("a = null", 4, "`null` is no value: use `does-not-exist`"),
        ("a != None", 5, "`None` is no value: use `exists`"),
        ("a = = 1", 4, "begins with a sign stands in quotes"),
        ("a = “x”", 4, "typographic"),
        ("250 < a", 0, "expected a column first"),
        ("p90(duration_ms) > 250", 0, "--having"),
        ("a in [1, 2]", 5, "in parentheses"),
        ("duration_ms", 11, "quote the whole condition"),
    ] {
        let error = parse_condition(text).expect_err(text);
        let mut lines = error.lines().rev();
        let last = lines.next().unwrap_or_default();
        assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn places_are_those_of_the_comparisons() {
    let mut stated = parse_stated("not (a = 1 and b in (2, 'x'))").unwrap();
    let mut seen = Vec::new();
    let each = stated.each(|filter, places| {
        let values = places.values.iter().map(|it| (it.at, it.bare.is_none()));
        let values: Vec<(usize, bool)> = values.collect();
        seen.push((filter.column.clone(), places.column, places.op, values));
        Ok(())
    });
    assert_eq!(each, Ok(()));
    let expected = vec![
        ("a".to_string(), 5, 7, vec![(9, false)]),
        ("b".to_string(), 15, 17, vec![(21, false), (24, true)]),
    ];
    assert_eq!(seen, expected);
}
