//! The forty examples, by their number: input, query, answer.

use super::*;

const E: &[&str] = &[
    r#"{"a":2,"b":"x"}"#,
    r#"{"a":2,"b":"y","lat":20}"#,
    r#"{"a":1,"b":"x","lat":10}"#,
];
const L: &[&str] =
    &["25 May 2019 10:24:39,474 [ERROR] {foo=2, bar=data} The error was: DataIntegrityException"];
const USER: &[&str] = &["user=a, method:m, latency := 216"];
const EVENTS: &[&str] = &[r#"{"events":[{"name":"exception"},{"name":"user action"}]}"#];
const USERS: &[&str] = &[r#"{"users":[{"action":"A"},{"action":"PutData"}]}"#];
const ITEMS: &[&str] = &[r#"{"items":["apple","banana","cherry"],"host":"web-01"}"#];
const TRAIL: &[&str] =
    &[r#"{"requestParameters":{"instancesSet":{"items":[{"instanceId":"i-abcde123"}]}}}"#];
const SORTED: &[&str] = &[
    r#"{"v":"3"}"#,
    r#"{"v":"A"}"#,
    r#"{"v":"0"}"#,
    r##"{"v":"#"}"##,
    r#"{"v":"5A"}"#,
    r#"{"v":"111A"}"#,
];

#[rustfmt::skip]
const EXAMPLES: &[(u8, &[&str], &str, &str)] = &[
    (1, E, "stats count(*)", "count(*)=3"),
    (2, E, "stats count(lat)", "count(lat)=2"),
    (3, E, "stats count() as n by b | sort n desc", "b=x,n=2;b=y,n=1"),
    (4, E, "stats avg(lat), max(lat) by b", "b=x,avg(lat)=10,max(lat)=10;b=y,avg(lat)=20,max(lat)=20"),
    (5, E, "stats sum(lat) as s, min(lat) as m, s - m as d", "s=30,m=10,d=20"),
    (6, E, "stats count_distinct(b)", "count_distinct(b)=2"),
    (7, E, "stats earliest(b), latest(a)", "earliest(b)=x,latest(a)=2"),
    (8, E, "fields a | filter lat > 10", "a=2"),
    (9, E, "filter ispresent(lat) | stats sum(lat)", "sum(lat)=30"),
    (10, E, "filter b in [\"x\"] and a = 2 | display @message", "@message={\"a\":2,\"b\":\"x\"}"),
    (11, E, "filter b not in [\"x\"] | display lat", "lat=20"),
    (12, E, "fields concat(b, \"-\", a) as k", "k=x-2;k=y-2;k=x-1"),
    (13, E, "fields abs(a - 3) as d", "d=1;d=1;d=2"),
    (14, E, "sort @timestamp desc | limit 1 | display a, b", "a=2,b=x"),
    (15, E, "fields b | sort @timestamp desc | dedup b", "b=x;b=y"),
    (16, E, "fields a | dedup lat", "a=2;a=2;a=1"),
    (17, E, "fields coalesce(lat, a) as v", "v=2;v=20;v=10"),
    (18, E, "display a | display b", "b=x;b=y;b=x"),
    (19, L, "parse @message \"[*] * The error was: *\" as level, config, exception | display level, config, exception",
        "level=ERROR,config={foo=2, bar=data},exception=DataIntegrityException"),
    (20, L, r"parse @message /\[(?<level>\S+)\]\s+(?<config>\{.*\})\s+The error was: (?<exception>\S+)/ | display level, config, exception",
        "level=ERROR,config={foo=2, bar=data},exception=DataIntegrityException"),
    (21, L, "parse \"nothing *\" as x | display @logStream, x", "@logStream=web/1"),
    (22, USER, "parse @message \"user=*, method:*, latency := *\" as u, m, l | stats avg(l) by m, u", "m=m,u=a,avg(l)=216"),
    (23, EVENTS, "fields jsonParse(@message) as j | unnest j.events into event | display event.name",
        "event.name=exception;event.name=user action"),
    (24, USERS, "fields jsonParse(@message) as j | filter j.users[1].action = \"PutData\" | stats count(*)", "count(*)=1"),
    (25, E, "fields jsonParse(@message) as j | display toupper(j)", ";;"),
    (26, ITEMS, "fields items, host | expand items", "items=apple,host=web-01;items=banana,host=web-01;items=cherry,host=web-01"),
    (27, TRAIL, "filter requestParameters.instancesSet.items.0.instanceId=\"i-abcde123\" | stats count(*)", "count(*)=1"),
    (28, L, "fields ltrim(\"xyZxyfooxyZ\",\"xyZ\") as s", "s=fooxyZ"),
    (29, L, "fields rtrim(\"xyZfooxyxyZ\",\"xyZ\") as s", "s=xyZfoo"),
    (30, L, "fields trim(\"xyZxyfooxyxyZ\",\"xyZ\") as s", "s=foo"),
    (31, L, "fields substr(\"xyZfooxyZ\",3,3)", "substr(\"xyZfooxyZ\",3,3)=foo"),
    (32, L, "fields 2 ^ 3, 10 % 3", "2 ^ 3=8,10 % 3=1"),
    (33, L, "fields toMillis(@timestamp)", "toMillis(@timestamp)=1795331340000"),
    (34, L, "fields hexToAscii(\"48656c6c6f\") as a, decToHex(255) as b, hexToDec(\"0xff\") as c", "a=Hello,b=0xff,c=255"),
    (35, SORTED, "fields v | sort v", "v=#;v=5A;v=111A;v=A;v=0;v=3"),
    (36, SORTED, "fields v | sort v desc", "v=3;v=0;v=A;v=111A;v=5A;v=#"),
    (37, L, "filter @message like /Exception/ | stats count(*) as exceptionCount by bin(1h)",
        "bin(1h)=2026-11-22 07:00:00.000,exceptionCount=1"),
    (38, E, "stats sum(lat) by bin(300s)", "bin(300s)=2026-11-22 07:09:00.000,sum(lat)=30"),
];

#[test]
fn the_examples_of_the_guide_come_to_what_it_says() {
    for (number, messages, query, expected) in EXAMPLES {
        let last = messages.len() as i64 - 1;
        let lines: Vec<(i64, &str)> = messages
            .iter()
            .enumerate()
            .map(|(idx, message)| (START_MS + last - idx as i64, *message))
            .collect();
        assert_eq!(
            pairs(answer_over(&lines, query, None)),
            *expected,
            "{number}: {query}"
        );
    }
}

#[test]
fn what_is_gone_after_stats_and_what_comes_too_early_are_refused() {
    for (number, query, says) in [
        (
            39,
            "fields @message | stats sum(lat) by b | stats max(strlen(@message))",
            "@message is gone",
        ),
        (
            40,
            "stats sum(lat) as s by b | sort s | stats max(s)",
            "sort and limit stand behind",
        ),
    ] {
        let error = Query::parse(query).unwrap_err();
        assert!(error.what.contains(says), "{number}: {error}");
    }
}
