//! What names mean in a dataset.

use super::*;

pub fn schema() -> Schema {
    let column = |(name, kind): (&str, &str)| Column {
        name: name.to_string(),
        kind: kind.to_string(),
        description: String::new(),
        is_hidden: false,
        last_written: None,
    };
    let columns = [
        ("duration_ms", "float"),
        ("http.route", "string"),
        ("http.request.method", "string"),
        ("http.response.status_code", "integer"),
        ("app.retried", "boolean"),
        ("app.queue_depth", "integer"),
        ("status_code", "integer"),
    ];
    let named = |name: &str, formula: &str| NamedFormula {
        name: name.to_string(),
        formula: Formula::parse(formula).unwrap(),
    };
    Schema {
        dataset: "backend-flask".to_string(),
        columns: columns.into_iter().map(column).collect(),
        computed: vec![
            named("slow", "GT($duration_ms, 250)"),
            named("took", "$duration_ms"),
            named("twice", "$duration_ms * 2"),
        ],
        aliases: Vec::new(),
    }
}

#[test]
fn a_name_that_the_dataset_lacks_is_nothing_and_the_nearest_is_named() {
    for (name, near) in [
        ("http.rout", "did you mean http.route?"),
        ("route", "did you mean http.route?"),
        ("HTTP.Route", "did you mean http.route?"),
        ("http_route", "did you mean http.route?"),
        ("duration", "did you mean duration_ms?"),
        // Of one letter, every other one would be near.
        ("n", "lists them"),
        ("duraton_ms", "did you mean duration_ms?"),
        ("durationMs", "did you mean duration_ms?"),
        ("$duration_ms", "did you mean duration_ms?"),
        (
            "http.method.request",
            "`cruddurctl columns --dataset backend-flask` lists them",
        ),
        ("slw", "did you mean slow?"),
        (
            "lows",
            "`cruddurctl columns --dataset backend-flask` lists them",
        ),
        (
            "p90",
            "p90 is a calculation, and conditions on those go in --having",
        ),
        ("COUNT", "count is a calculation"),
        ("timestamp", "chosen by --since, --until and --last"),
        (
            "zebra",
            "`cruddurctl columns --dataset backend-flask` lists them",
        ),
    ] {
        let Meaning::Nothing(what) = schema().meaning(name) else {
            panic!("{name}: {:?}", schema().meaning(name));
        };
        let begin = format!("backend-flask has no column {name}; ");
        assert!(what.starts_with(&begin) && what.contains(near), "{what}");
    }
    let status = schema().meaning("status");
    let near = "did you mean status_code or http.response.status_code?";
    assert!(matches!(status, Meaning::Nothing(what) if what.ends_with(near)));
}

#[test]
fn what_may_be_there_is_not_nothing() {
    let schema = schema();
    let called = Meaning::Called("http.request.method".to_string());
    assert_eq!(schema.meaning("http.method"), called);
    assert!(matches!(schema.meaning("error"), Meaning::Later(_)));
    assert!(matches!(
        schema.meaning("exception.type"),
        Meaning::Later(_)
    ));
    assert_eq!(schema.meaning("root.name"), Meaning::Column(Kind::Any));
    assert_eq!(Schema::default().meaning("x"), Meaning::Column(Kind::Any));
}

#[test]
fn columns_and_fields_have_kinds_and_units() {
    let schema = schema();
    assert_eq!(
        schema.kind("duration_ms"),
        Kind::Number(NumberKind::Fraction)
    );
    assert_eq!(schema.kind("app.retried"), Kind::Truth);
    assert_eq!(schema.kind("slow"), Kind::Truth);
    assert_eq!(schema.kind("took"), Kind::Number(NumberKind::Fraction));
    assert_eq!(schema.kind("twice"), Kind::Number(NumberKind::Computed));
    assert_eq!(schema.per_second("took"), Some(1e3));
    assert_eq!(schema.per_second("twice"), None);
}
