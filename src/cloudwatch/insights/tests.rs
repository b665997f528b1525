//! Queries over a few records, the newest first, and what they come to.

mod examples;
mod functions;
mod guide;
mod refused;

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
    let lines = LINES.map(|(after_ms, message)| (START_MS + after_ms, message));
    answer_over(&lines, text, limit)
}

/// The answer over lines with their times, the newest first.
fn answer_over(lines: &[(i64, &str)], text: &str, limit: Option<usize>) -> Answer {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let times = Times {
        now_ms: START_MS + 400_000,
        start_ms: START_MS,
        end_ms: START_MS + 360_000,
    };
    let mut run = Run::new(&query, limit, times);
    for (number, (time_ms, message)) in lines.iter().enumerate() {
        let pointer = || format!("p{number}");
        let goes_on = run.take(&Record {
            time_ms: *time_ms,
            ingested_ms: time_ms + 7,
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
fn values(answer: Answer) -> String {
    let rows = answer.rows.into_iter().map(|row| {
        let shown = row.into_iter().filter(|(name, _)| name != "@ptr");
        let values: Vec<String> = shown.map(|(_, value)| value).collect();
        values.join(",")
    });
    rows.collect::<Vec<String>>().join(";")
}

/// The same with names, `name=value`.
fn pairs(answer: Answer) -> String {
    let rows = answer.rows.into_iter().map(|row| {
        let shown = row.into_iter().filter(|(name, _)| name != "@ptr");
        let pairs: Vec<String> = shown
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join(",")
    });
    rows.collect::<Vec<String>>().join(";")
}

fn rows(text: &str) -> String {
    values(answer(text))
}

#[test]
fn rows_are_chosen_shown_and_counted_as_the_query_says() {
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
        (
            "fields user as u | filter ispresent(u.name) | display u.name",
            "Bayko",
        ),
        ("fields tags.1 | filter tags.0 = \"web\"", "slow"),
        ("fields tags[1] | filter tags[0] = \"web\"", "slow"),
        ("fields http.method | filter `http.method` = 'GET'", "GET"),
        ("fields ok | filter ok = 0", "0"),
        ("fields ok | filter ok = false", "0"),
        ("fields ok | filter ok = 'false'", "0"),
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
        ("fields took_ms | sort by took_ms | limit any 2", "1;2.5"),
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
            "stats count_distinct(route), pct(took_ms, 50), percentile(took_ms, 100)",
            "2,2.5,40",
        ),
        (
            "filter status = 1 | stats count(*), avg(took_ms), sum(took_ms)",
            "0",
        ),
        ("fields status # a comment\n| filter status = 404", "404"),
        (
            "# all of a line\nfields status\n# | limit 1\n| filter status = 404",
            "404",
        ),
        (
            "FIELDS status | WHERE status = 404 AND NOT (status IN [1])",
            "404",
        ),
        ("filterIndex status = 404 | display status", "404"),
        ("fields took_ms * 2 + 1 as t | filter t = 20", "20"),
        (
            "fields took_ms > 9 as slow | filter slow | display slow",
            "1;1",
        ),
        (
            "filter abs(took_ms - 40) < 1 and took_ms % 7 = 5 | display took_ms",
            "40",
        ),
        ("fields 2 + 3 * 4 ^ 2 / 8 - -1 as n | limit 1", "9"),
        ("fields -2 ^ 2 as n | limit 1", "-4"),
        (
            "fields status / (status - status) as n, status | filter status = 404",
            "404",
        ),
        (
            "stats count(*) as n by bin(1m) as t | sort t desc | limit 1",
            "2026-11-22 07:14:00.000,2",
        ),
        (
            "stats max(took_ms) as most by route | filter ispresent(route) | stats sum(most), count(*)",
            "49.5,2",
        ),
        (
            "stats count(*) by route | filter ispresent(route) | stats avg(COUNT( * ))",
            "2",
        ),
        (
            "stats max(@timestamp) as t by status | filter ispresent(status) | stats count(*) by datefloor(t, 5m)",
            "2026-11-22 07:10:00.000,3",
        ),
        (
            "stats earliest(status), latest(status), sortsFirst(route), sortsLast(route)",
            "200,500,/api/a,/api/b",
        ),
        (
            "stats stddev(status) by route | filter ispresent(route) | sort route desc | limit 1",
            "/api/b,0",
        ),
        ("stats rate(took_ms, 1m)", "1.2034383954154728"),
        (
            "stats histogram(took_ms, 3) as h",
            r#"{"1-14":3,"14-27":0,"27-40":1}"#,
        ),
        (
            "stats count_over_time(status) by bin(1h)",
            "2026-11-22 07:00:00.000,4",
        ),
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
    assert!(
        limited("stats count(*)", None).rows[0]
            .iter()
            .all(|(name, _)| name != "@ptr")
    );
}

#[test]
fn a_limit_that_is_written_counts_beyond_the_usual_rows() {
    let lines = vec![(START_MS, "x"); 12_000];
    let n_rows = |text: &str, limit| answer_over(&lines, text, limit).rows.len();
    assert_eq!(n_rows("fields @message", None), 10_000);
    assert_eq!(n_rows("fields @message | limit 10001", None), 10_001);
    assert_eq!(
        n_rows("fields @message | sort @message | limit 11000", None),
        11_000
    );
    assert_eq!(n_rows("fields @message", Some(11_000)), 11_000);
    assert_eq!(n_rows("fields @message | limit 10001", Some(7)), 7);
    assert_eq!(n_rows("limit 7", Some(11_000)), 7);
}

#[test]
fn sources_come_first_and_are_named() {
    let source = |text: &str| Query::parse(text).unwrap().source;
    assert_eq!(
        source("SOURCE 'a', \"b\" | fields @message").groups,
        ["a", "b"]
    );
    assert_eq!(source("SOURCE 'a'").groups, ["a"]);
    assert_eq!(source("source logGroups() | limit 1").prefixes, [""]);
    let both = source(
        "SOURCE logGroups(namePrefix: ['/aws/lambda', \"web\"], class: ['STANDARD'], accountIdentifiers: ['123456789012']) | limit 1",
    );
    assert_eq!(both.prefixes, ["/aws/lambda", "web"]);
    assert_eq!(both.classes, ["STANDARD"]);
}

#[test]
fn what_could_be_meant_otherwise_is_noted() {
    for (query, note) in [
        ("stats count(*) by bin(300s)", "bin(300s) is cut down"),
        (
            "filter @message like '%error%'",
            "looks for the percent sign itself",
        ),
        ("unnest tags into tag", "a list of jsonParse alone"),
        (
            "filter jsonParse(@message) = 'x'",
            "a map or a list equals nothing",
        ),
        ("filter a like '*x*'", "looks for the star itself"),
        ("fields bin(1M)", "written 1m; months are mo"),
        ("fields log(-1)", "`log(-1)` has no value"),
        ("fields hexToDec('zz')", "has no value, whatever the event"),
        // What no event can pass.
        (
            "filter a = 1 and a = 2",
            "no event passes both `a=1` and `a=2`",
        ),
        ("filter a = 1 | filter a = 2", "no event passes both"),
        ("filter a = 1 | sort b | filter 2 = a", "`2=a`"),
        ("filter a > 5 and a < 3", "`a>5` and `a<3`"),
        ("filter a < 5 and a >= 5", "no event passes both"),
        ("filter a = 1 and a != 1", "no event passes both"),
        ("filter a = 'x' and a > 5", "no event passes both"),
        ("filter a in [1, 2] and a = 3", "no event passes both"),
        ("filter a in [1, 2] and a > 2", "no event passes both"),
        (
            "filter a like /x/ and a not like /x/",
            "no event passes both",
        ),
        (
            "filter ispresent(a) and not ispresent(a)",
            "no event passes both",
        ),
        (
            "filter not ispresent(a) | filter a = 1",
            "no event passes both",
        ),
        (
            "filter strlen(b) > 1 and not (strlen(b) > 1)",
            "no event passes both",
        ),
        ("filter b = 1 or (a = 1 and a = 2)", "no event passes both"),
        ("filter false", "condition false"),
        ("filter strlen(a) < 0", "strlen(a) is 0 or more"),
        ("filter 0 > abs(a)", "abs(a) is 0 or more"),
        ("filter isempty(a) > 1", "from 0 to 1"),
        ("filter ispresent(a) = 2", "from 0 to 1"),
        ("filter a % 2 = 3", "from -2 to 2"),
        ("filter @timestamp < 1700000000", "multiply seconds by 1000"),
        ("filter @timestamp > now() - 60", "write now() * 1000"),
        ("filter @log = 'cruddur'", "@log is account:group"),
    ] {
        let notes = Query::parse(query).unwrap().notes.join("\n");
        assert!(notes.contains(note), "{query}: {notes}");
    }
    assert!(
        Query::parse("stats count(*) by bin(5m)")
            .unwrap()
            .notes
            .is_empty()
    );
    for query in [
        "filter a = 1 or a = 2",
        "filter a = 1 and a = 1.0",
        "filter a = '1' and a = 1",
        "filter a = '503' and a != '503.0'",
        "filter a = '503' and a != 503.0",
        "filter a >= 5 and a <= 5",
        "filter a = 5 and a < 'abc'",
        "filter a > '10' and a < '9'",
        "filter a in [1, 2] and a in [2, 3]",
        "filter a != 1 and a != 2",
        "filter a like 'x' and a not like 'y'",
        "filter not ispresent(a) and a != 1",
        "filter a = 'true' and a > 0",
        "filter a = 1 | fields b as a | filter a = 2",
        "filter a = 1 | parse '*' as a | filter a = 2",
        "filter a = 1 | stats count(*) as a | filter a = 2",
        "filter strlen(a) <= 0",
        "filter a % 2 = -1",
        "filter @timestamp > now() * 1000 - 60000",
        "filter @timestamp > 1700000000000",
        "filter @log = '123456789012:cruddur'",
        "fields log(a), substr(a, 1)",
    ] {
        let notes = Query::parse(query).unwrap().notes;
        assert!(notes.is_empty(), "{query}: {notes:?}");
    }
    let query = Query::parse("filter level = ERROR and @type = 'x' | display user.name").unwrap();
    let fields: Vec<&str> = query.fields().collect();
    assert_eq!(fields, ["level", "ERROR", "@type", "user.name"]);
}

#[test]
fn more_than_is_kept_is_said() {
    let query = Query::parse("stats count(*) by @message").unwrap();
    let mut run = Run::new(&query, None, Times::default());
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
    let answer = run.finish();
    assert!(answer.is_too_much && answer.rows.is_empty());
}

#[test]
fn rows_of_rows_of_rows_end() {
    let list = format!("[{}1]", "1,".repeat(1_000));
    let line = format!(r#"{{"l":{list}}}"#);
    let text = "display @logStream | fields jsonParse(l) as a, jsonParse(l) as b, jsonParse(l) as c | unnest a into x | unnest b into y | unnest c into z";
    let one = [(START_MS, line.as_str())];
    assert_eq!(answer_over(&one, text, None).rows.len(), 10_000);
    let shown = answer_over(&one, &format!("{text} | display x, z"), None);
    assert_eq!((shown.rows.len(), shown.is_too_much), (10_000, false));
}

#[test]
fn the_tables_in_the_documentation_are_what_there_is() {
    const BEGIN: &str = "<!-- insights -->\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/semantics.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("a mark before the tables");
    let (written, after) = rest.split_once(BEGIN).expect("a mark behind the tables");
    let tables = tables();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{tables}{BEGIN}{after}")).unwrap();
        return;
    }
    assert_eq!(written, tables, "UPDATE_DOCS=1 writes them");
}
