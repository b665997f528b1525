//! Queries over a few lines of the week-2 back end, the newest first.

use super::*;

const START_MS: i64 = 1_795_331_340_000;
const LINES: [(i64, &str); 6] = [
    (
        350_000,
        r#"{"status":500,"route":"/api/a","took_ms":9.5,"user":{"name":"Bayko"},"ok":false}"#,
    ),
    (
        300_000,
        r#"{"status":200,"route":"/api/b","took_ms":40,"tags":["web","slow"]}"#,
    ),
    (
        60_000,
        r#"{"status":404,"route":"/api/a","took_ms":1,"http.method":"GET"}"#,
    ),
    (
        59_999,
        "[2026-Nov-22 07:09] 127.0.0.1 GET http /api/home? 200 OK",
    ),
    (1_000, r#"{"status":200,"route":"/api/a","took_ms":2.5}"#),
    (0, "not JSON at all"),
];

fn answer(text: &str) -> Answer {
    limited(text, None)
}

fn limited(text: &str, limit: Option<usize>) -> Answer {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut run = Run::new(&query, limit);
    for (number, (after_ms, message)) in LINES.iter().enumerate() {
        let pointer = || format!("p{number}");
        let goes_on = run.take(&Record {
            time_ms: START_MS + after_ms,
            ingested_ms: START_MS + after_ms + 7,
            message: (*message).into(),
            stream: "web/1".into(),
            log: "123456789012:cruddur",
            pointer: &pointer,
        });
        if !goes_on {
            break;
        }
    }
    run.finish()
}

/// The values of all rows as text, `,` between values and `;` between rows, without pointers.
fn rows(text: &str) -> String {
    let rows = answer(text).rows.into_iter().map(|row| {
        let shown = row.into_iter().filter(|(name, _)| name != "@ptr");
        let values: Vec<String> = shown.map(|(_, value)| value).collect();
        values.join(",")
    });
    rows.collect::<Vec<String>>().join(";")
}

#[test]
fn rows_are_chosen_shown_and_counted_as_asked() {
    for (query, expected) in [
        ("fields status | filter status >= 400", "500;404"),
        ("filter status = 500 | display route, took_ms", "/api/a,9.5"),
        (
            "fields status as code, route | filter code = 404",
            "404,/api/a",
        ),
        (
            "fields route | filter status != 200 and route = '/api/a'",
            "/api/a;/api/a",
        ),
        (
            "fields status | filter status in [404, 500] | sort status",
            "404;500",
        ),
        (
            "fields status | filter status not in [200] and ispresent(status) | sort status desc",
            "500;404",
        ),
        (
            "fields took_ms | filter took_ms > 1 and not (took_ms > 9 or took_ms < 2)",
            "2.5",
        ),
        ("fields user.name | filter ispresent(user.name)", "Bayko"),
        ("fields tags.1 | filter tags.0 = \"web\"", "slow"),
        ("fields http.method | filter `http.method` = 'GET'", "GET"),
        ("fields ok | filter ok = 0", "0"),
        (
            "fields status | filter @message like /\"took_ms\":\\d+\\.5/",
            "500;200",
        ),
        ("fields status | filter @message =~ /^\\{.*api.b/", "200"),
        (
            "filter @message like 'JSON' | fields @logStream, @log",
            "web/1,123456789012:cruddur",
        ),
        ("filter @message not like \"status\" | stats count(*)", "2"),
        ("filter strcontains(route, '/b') | fields route", "/api/b"),
        ("fields @timestamp | limit 1", "2026-11-22 07:14:50.000"),
        (
            "fields @ingestionTime | filter @timestamp <= 1795331340000",
            "2026-11-22 07:09:00.007",
        ),
        ("fields took_ms | sort took_ms desc | limit 2", "40;9.5"),
        ("fields took_ms | limit 3 | sort took_ms", "1;9.5;40"),
        (
            "parse '[*] * * * * * *' as ts, ip, method, scheme, path, status, reason | filter method = 'GET' | fields ip, path, reason",
            "127.0.0.1,/api/home?,OK",
        ),
        ("stats count(*)", "6"),
        (
            "stats count(status), sum(took_ms), min(took_ms), max(took_ms)",
            "4,53,1,40",
        ),
        (
            "stats avg(took_ms) as mean by route | sort mean desc",
            "/api/b,40;/api/a,4.333333333333333;",
        ),
        (
            "stats count(*) as n by bin(1m)",
            "2026-11-22 07:09:00.000,3;2026-11-22 07:10:00.000,1;2026-11-22 07:14:00.000,2",
        ),
        (
            "stats count(*) by route, status | filter ispresent(route) | sort count(*) desc, status | limit 1",
            "/api/a,200,1",
        ),
        (
            "stats count_distinct(route), pct(took_ms, 50), pct(took_ms, 100)",
            "2,2.5,40",
        ),
        ("filter status = 1 | stats count(*), avg(took_ms)", "0"),
        ("fields status # a comment\n| filter status = 404", "404"),
    ] {
        assert_eq!(rows(query), expected, "{query}");
    }
}

#[test]
fn rows_without_stats_have_a_pointer_and_an_empty_query_shows_time_and_message() {
    let answer = answer("limit 1");
    let pairs: Vec<(&str, &str)> = answer.rows[0].iter().map(|(a, b)| (&**a, &**b)).collect();
    let expected = [
        ("@timestamp", "2026-11-22 07:14:50.000"),
        ("@message", LINES[0].1),
        ("@ptr", "p0"),
    ];
    assert_eq!(pairs, expected);
    assert_eq!(answer.n_matched, 1);
    let all = limited("", None);
    assert_eq!((all.rows.len(), all.n_matched), (6, 6));
    assert_eq!(limited("", Some(2)).rows.len(), 2);
    assert_eq!(
        limited("sort @timestamp", Some(2)).rows[0][1].1,
        "not JSON at all"
    );
    assert_eq!(limited("stats count(*) by status", Some(1)).rows.len(), 1);
}

#[test]
fn sources_come_first_and_are_named() {
    let query = Query::parse("SOURCE 'a', \"b\" | fields @message").unwrap();
    assert_eq!(query.sources, ["a", "b"]);
    assert_eq!(Query::parse("SOURCE 'a'").unwrap().sources, ["a"]);
}

#[test]
fn what_is_not_answered_is_said_with_its_place() {
    for (query, says, start, end) in [
        ("anomaly", "the command anomaly is not answered", 0, 7),
        ("fields a | dedup a", "the command dedup", 11, 16),
        ("fields", "the name of a field is expected", 6, 6),
        ("fields a |", "is expected", 10, 10),
        ("fields a b", "| is expected", 9, 10),
        ("filter a", "is expected", 8, 8),
        (
            "filter a like 7",
            "a text in quotes or an expression",
            14,
            15,
        ),
        ("filter a like /(/", "", 14, 17),
        ("filter a = 'x", "never closed", 11, 13),
        ("filter (a = 1", ") is expected", 13, 13),
        ("filter isempty(a)", "the function isempty", 7, 14),
        ("fields strlen(a)", "the function strlen", 7, 16),
        ("limit 0", "a number of rows from 1 to 100000", 6, 7),
        ("limit x", "a number of rows", 6, 7),
        ("stats median(a)", "count, count_distinct, sum", 6, 12),
        ("stats count(*) by bin(5)", "a period such as", 22, 23),
        ("stats count(*) by bin(0m)", "a period such as", 22, 24),
        ("stats pct(a, 101)", "a percentage", 13, 16),
        ("stats count(*) | stats count(*)", "a second stats", 17, 22),
        ("parse '*' as a, b", "as many names as stars", 6, 9),
        ("parse 'x' as a", "a star for each name", 6, 9),
        ("parse '**' as a, b", "something between", 6, 10),
        ("parse @message /x/ as a", "", 15, 16),
        (
            "fields é & a",
            "the character & is not expected here",
            9,
            10,
        ),
    ] {
        let error = Query::parse(query).unwrap_err();
        assert!(error.what.contains(says), "{query}: {error}");
        assert_eq!((error.start, error.end), (start, end), "{query}: {error}");
    }
    let deep = format!("filter {}a = 1", "(".repeat(5_000));
    assert!(Query::parse(&deep).unwrap_err().what.contains("too deeply"));
    let many: Vec<String> = (0..2_000).map(|number| format!("a{number}")).collect();
    let many = format!("fields {}", many.join(","));
    assert!(Query::parse(&many).unwrap_err().what.contains("too many"));
}

#[test]
fn more_than_is_remembered_is_said() {
    let query = Query::parse("stats count(*) by @message").unwrap();
    let mut run = Run::new(&query, None);
    let long = "x".repeat(1 << 20);
    let goes_on = (0..100).take_while(|number| {
        run.take(&Record {
            time_ms: START_MS,
            ingested_ms: START_MS,
            message: format!("{number}{long}").into(),
            stream: "s".into(),
            log: "l",
            pointer: &String::new,
        })
    });
    assert!(goes_on.count() < 70);
    assert!(run.finish().is_too_much);
}
