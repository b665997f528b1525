//! What the service answered, pattern by pattern; the numbers are those of the list from which the rules were
//! worked out. Row 21 is the user guide's.

use super::{FilterPattern, PatternUse};

/// A pattern, the lines that match it, and those that do not.
type Row = (
    u32,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const ACCESS: &str = "[ip, identity, user, timestamp, request, status, bytes]";
const GAP: &str = "[..., request = *.html*, status = 4*, bytes]";
const FIVE: &str =
    "127.0.0.5  -  frank [10/Oct/2000:13:25:19 -0700] \"GET /index.html HTTP/1.0\" 404 1534 extra";
const TABS: &str =
    "127.0.0.6\t-\tfrank\t[10/Oct/2000:13:25:20 -0700]\t\"GET /index.html HTTP/1.0\"\t404\t1534";
const JANE: &str =
    "127.0.0.2 - jane [10/Oct/2000:13:25:16 -0700] \"GET /index.html HTTP/1.0\" 410 0";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (1, "", &[" "], &[]),
    (2, r#"" ""#, &["ARGUMENTS ERROR"], &[]),
    (3, r#"" ""#, &[], &["hello-world"]),
    (4, r#"" ""#, &[], &["ERROR\nARGUMENTS"]),
    (5, "ERROR", &["TERROR REQUEST"], &[]),
    (6, "ERROR", &["ERROR_ARGUMENTS"], &[]),
    (7, "ERROR", &[], &["error arguments request"]),
    (8, "?ERROR ?ARGUMENTS", &["INFO ARGUMENTS"], &[]),
    (9, "?ERROR ?ARGUMENTS", &[], &["INFO REQUEST"]),
    (10, "?ERROR ?ARGUMENTS REQUEST", &["INFO REQUEST"], &[]),
    (11, "?ERROR ?ARGUMENTS REQUEST", &[], &["ARGUMENTS ERROR"]),
    (11, "?ERROR ?ARGUMENTS -REQUEST", &["INFO ARGUMENTS", "plain", " "], &["INFO REQUEST"]),
    (12, "ERROR -ARGUMENTS", &["ERROR-REQUEST"], &[]),
    (13, "ERROR -ARGUMENTS", &[], &["ERROR\nARGUMENTS"]),
    (14, r#""INTERNAL SERVER ERROR""#, &["ERROR INTERNAL SERVER ERROR"], &[]),
    (15, r#""INTERNAL SERVER ERROR""#, &[], &["ERROR INTERNAL  SERVER ERROR"]),
    (17, r"%^ERROR\s[0-9]{3}$%", &["ERROR\n500"], &[]),
    (18, r"%^ERROR\s[0-9]{3}$%", &[], &["ERROR 5000"]),
    (19, "%^colou?r$%", &["colour"], &["colouur"]),
    (20, "%10.10.0.1%", &["10010,051"], &[]),
    (21, "%gra|ey%", &["grey"], &[]),
    (25, "{ $.v = 1 }", &[r#"{"v":1e0}"#], &[]),
    (26, "{ $.v = 1 }", &[r#"{"v":"1"}"#], &[]),
    (27, "{ $.v = 1 }", &[], &[r#"{"v":"1.0"}"#]),
    (28, "{ $.v = 1 }", &[r#"{"v":2,"v":1}"#], &[r#"{"v":1,"v":2}"#]),
    (29, "{ $.v = 1 }", &[], &[r#"[{"v":1}]"#]),
    (30, "{ $.v = 1 }", &[], &[r#"{"v":[1,"Alpha",null]}"#]),
    (31, "{ $.v > 1 }", &[], &[r#"{"v":"10"}"#]),
    (32, "{ $.v > 1 }", &[r#"{"v":1,"v":2}"#], &[]),
    (33, "{ $.v <= 1 }", &[r#"{"v":-1}"#], &[]),
    (34, "{ $.v = 1e+0 }", &[r#"{"v":1.0}"#], &[r#"{"v":"1"}"#]),
    (35, r#"{ $.v = "1" }"#, &[r#"{"v":1}"#], &[r#"{"v":1.0}"#]),
    (35, r#"{ $.v != 1 }"#, &[r#"{"v":"1.0"}"#, r#"{"v":""}"#, r#"{"v":"null"}"#, r#"{"v":0}"#],
        &[r#"{"v":true}"#, r#"{"v":"1"}"#, r#"{"v":null}"#, r#"{"v":{}}"#, "{}", "not JSON", "{broken"]),
    (36, r#"{ $.v = "Alpha*" }"#, &[r#"{"v":"Alpha"}"#], &[r#"{"v":"xAlpha"}"#]),
    (37, r#"{ $.v = "a?b" }"#, &[r#"{"v":"a?b"}"#], &[r#"{"v":"a*b"}"#]),
    (38, "{ $.v IS NULL }", &[r#"{"v":[1,"Alpha",null]}"#], &[]),
    (39, "{ $.v IS NULL }", &[], &[r#"{"v":"null"}"#, "{}"]),
    (40, "{ $.v IS FALSE }", &[r#"{"v":false}"#], &[r#"{"v":"false"}"#]),
    (41, "{ $.v = true }", &[r#"{"v":"true"}"#], &[r#"{"v":true}"#]),
    (42, "{ $.v = * }", &[r#"{"v":""}"#], &[]),
    (43, "{ $.v = * }", &[], &[r#"{"v":null}"#, r#"{"v":false}"#, r#"{"v":[]}"#, "{}"]),
    (45, "{ $.['cluster.name'] = \"flat\" }", &[r#"{"cluster.name":"flat"}"#], &[r#"{"cluster":{"name":"flat"}}"#]),
    (46, r#"{ $.arr[0] = "hit" }"#, &[r#"{"arr":["hit","miss"]}"#], &[]),
    (47, r#"{ $.arr[0] = "hit" }"#, &[], &[r#"{"arr":{"0":"hit"}}"#, r#"{"arr":"hit"}"#, r#"{"arr":[["hit"]]}"#]),
    (47, r#"{ $.arr[*] = "hit" }"#, &[r#"{"arr":{"0":"hit"}}"#, r#"{"arr":["miss","hit"]}"#],
        &[r#"{"arr":"hit"}"#, r#"{"arr":[["hit"]]}"#, r#"{"arr":[]}"#]),
    (48, r#"{ $.* = "hit" }"#, &[r#"{"other":"hit"}"#], &[r#"{"nested":{"value":"hit"}}"#]),
    (49, "{ $.items[*].a = 1 && $.items[*].b = 2 }", &[r#"{"items":[{"a":1},{"b":2}]}"#], &[]),
    (50, "{ $.a = 1 || $.b = 2 && $.c = 3 }", &[r#"{"a":1,"b":0,"c":0}"#], &[r#"{"a":0,"b":2,"c":0}"#]),
    (50, "{ ($.a = 1 || $.b = 2) && $.c = 3 }", &[r#"{"a":0,"b":2,"c":3}"#], &[r#"{"a":1,"b":0,"c":0}"#]),
    (51, "{ $.nested.value NOT EXISTS }",
        &[r#"{"nested":null}"#, r#"{"nested":[{"value":"hit"}]}"#, r#"{"nested.value":"hit"}"#, "{}"], &[]),
    (52, "{ $.nested.value NOT EXISTS }", &[], &[r#"{"nested":{"value":null}}"#, r#"[{"v":1}]"#, "not JSON"]),
    (53, ACCESS, &[FIVE], &[]),
    (54, ACCESS, &[TABS], &[]),
    (55, ACCESS, &[], &["ERROR request failed"]),
    (56, GAP, &[JANE], &[]),
    (57, GAP, &[], &[FIVE]),
    (58, "[..., bytes]", &["ERROR"], &[]),
    (59, "[..., bytes]", &["ERROR \"unterminated words"], &[]),
    (60, "[]", &["ERROR \"two words\""], &[]),
    (61, "[w1!=ERROR && w1!=WARNING, w2]", &["INFO request accepted"], &[]),
    (62, "[w1!=ERROR && w1!=WARNING, w2]", &[], &["ERROR request failed", "ERROR"]),
    (63, r#"[kind = "SPACE", value, bucket]"#, &[r#"SPACE "17.5" A"#], &["SPACE"]),
    (63, "[w1=ERROR, w2]", &["ERROR request failed", "ERROR \"two words\""], &["ERROR", "INFO request"]),
    (63, "[ip, ..., status, bytes]", &["ERROR request failed", TABS], &["WARNING request", "ERROR \"two words\""]),
    (63, "[ip, identity, user, timestamp, request, status >= 400, bytes > 1000]", &[TABS], &[JANE, FIVE]),
];

/// The number, the pattern, and the texts of TestMetricFilter and FilterLogEvents.
const REFUSED: &[(u32, &str, &str, &str)] = &[
    same(16, "ERR*", "Invalid character(s) in term '*'"),
    same(16, "\"ERROR", "Invalid character(s) in term '\"ERROR'"),
    same(22, "%^(ERROR|WARN)%", "Invalid character(s) in term '%^('"),
    same(22, "%hello!%", "Invalid character(s) in term '%hello!'"),
    same(23, "%café%", "Invalid character(s) in term '%café'"),
    same(24, "%[abc%", "Failed to compile regular expression."),
    invalid(44, "{ $.v = null }"),
    invalid(64, "{ $.v EXISTS }"),
    invalid(64, "{ $.v == 1 }"),
    invalid(64, "{ $.v > 0 AND $.v < 2 }"),
    invalid(64, "{ $.v > 0 OR $.v < 2 }"),
    invalid(64, "{ $.broken = }"),
    (
        64,
        "{ $.v IS NOT NULL }",
        "Invalid character(s) in term 'NOT'",
        "Invalid filter pattern",
    ),
    same(
        65,
        "{ $.v > \"Alpha\" }",
        "Invalid character(s) in term '\"Alpha\"'",
    ),
    same(65, "{ !($.v = 1) }", "Invalid character(s) in term '!('"),
    same(65, "{ \"v\": [1] }", "Invalid character(s) in term ':'"),
    same(
        66,
        "{ $.items[*].* = 1 }",
        "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector.",
    ),
    same(
        67,
        "{ $.arr[-1] = \"hit\" }",
        "Invalid character(s) in term '[-'",
    ),
    same(
        67,
        "{ $.arr[0:2] = \"hit\" }",
        "Invalid character(s) in term '[0:'",
    ),
    same(67, "{ $..v = 1 }", "Invalid character(s) in term '$..'"),
    same(67, "{ $.v = %(a)% }", "Invalid character(s) in term '%('"),
    same(
        68,
        "{ $.arr[*] = \"hit\" || $.items[*].a = 1 || $.* = \"hit\" || $.matrix[*][0] = 0 }",
        "Your input has exceeded the maximum of 3 JSON wildcard selectors allowed per filter pattern.",
    ),
    same(
        68,
        "{ $.v = %Alpha% || $.v = %Beta% || $.v = %Gamma% }",
        "Your input has exceeded the maximum of 2 regular expressions per filter pattern.",
    ),
    same(69, "[..., status, ...]", "Duplicate field '...'"),
    same(69, "[word, word]", "Duplicate field 'word'"),
];

const fn same(
    number: u32,
    pattern: &'static str,
    text: &'static str,
) -> (u32, &'static str, &'static str, &'static str) {
    (number, pattern, text, text)
}

const fn invalid(
    number: u32,
    pattern: &'static str,
) -> (u32, &'static str, &'static str, &'static str) {
    (
        number,
        pattern,
        "Invalid metric filter pattern",
        "Invalid filter pattern",
    )
}

type Extraction = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// The pattern, the line, and the values that were extracted, by place.
const EXTRACTED: &[Extraction] = &[
    (
        ACCESS,
        FIVE,
        &[
            ("$ip", "127.0.0.5"),
            ("$identity", "-"),
            ("$user", "frank"),
            ("$timestamp", "10/Oct/2000:13:25:19 -0700"),
            ("$request", "GET /index.html HTTP/1.0"),
            ("$status", "404"),
            ("$bytes", "1534 extra"),
        ],
    ),
    (
        GAP,
        JANE,
        &[
            ("$1", "127.0.0.2"),
            ("$2", "-"),
            ("$3", "jane"),
            ("$4", "10/Oct/2000:13:25:16 -0700"),
            ("$request", "GET /index.html HTTP/1.0"),
            ("$status", "410"),
            ("$bytes", "0"),
        ],
    ),
    ("[..., bytes]", "ERROR", &[("$bytes", "ERROR")]),
    (
        "[..., bytes]",
        "ERROR \"unterminated words",
        &[
            ("$1", "ERROR"),
            ("$2", "\"unterminated"),
            ("$bytes", "words"),
        ],
    ),
    (
        "[ip, ..., status, bytes]",
        "ERROR \"unterminated words",
        &[
            ("$ip", "ERROR"),
            ("$status", "\"unterminated"),
            ("$bytes", "words"),
        ],
    ),
    (
        "[]",
        "ERROR \"two words\"",
        &[("$1", "ERROR"), ("$2", "two words")],
    ),
    (
        "[w1!=ERROR && w1!=WARNING, w2]",
        "INFO request accepted",
        &[("$w1", "INFO"), ("$w2", "request accepted")],
    ),
    (
        "[w1=ERROR, w2]",
        "ERROR \"two words\"",
        &[("$w1", "ERROR"), ("$w2", "two words")],
    ),
    (
        r#"[kind = "SPACE", value, bucket]"#,
        r#"SPACE "17.5" A"#,
        &[("$kind", "SPACE"), ("$value", "17.5"), ("$bucket", "A")],
    ),
    ("{ $.v = * }", r#"{"v":7}"#, &[]),
    ("ERROR", "ERROR request failed", &[]),
    ("%ERR%", "ERROR request failed", &[]),
];

#[test]
fn lines_match_as_the_service_recorded() {
    for (number, pattern, matching, others) in ROWS {
        let parsed = FilterPattern::parse(pattern)
            .unwrap_or_else(|error| panic!("{number}: {pattern}: {error}"));
        for (lines, expected) in [(matching, true), (others, false)] {
            for line in *lines {
                assert_eq!(
                    parsed.matches(line),
                    expected,
                    "{number}: {pattern} on {line}"
                );
                // What is looked for at once must be in every line that matches.
                let found = parsed.prefilter(line.as_bytes());
                let found = found.is_none_or(|it| it.find(line.as_bytes()).is_some());
                assert!(found || !expected, "{number}: {pattern} on {line}");
            }
        }
    }
}

#[test]
fn patterns_are_refused_with_the_texts_that_were_recorded() {
    for (number, pattern, metric, events) in REFUSED {
        let error = FilterPattern::parse(pattern).expect_err(pattern);
        assert_eq!(
            error.text(PatternUse::MetricFilter),
            *metric,
            "{number}: {pattern}"
        );
        assert_eq!(
            error.text(PatternUse::Events),
            *events,
            "{number}: {pattern}"
        );
        let n_chars = pattern.chars().count();
        assert!(
            error.at < n_chars && error.length > 0,
            "{number}: {error:?}"
        );
    }
}

#[test]
fn values_are_extracted_as_the_service_recorded() {
    for (pattern, line, expected) in EXTRACTED {
        let extracted = FilterPattern::parse(pattern).unwrap().extracted(line);
        let extracted = extracted.unwrap();
        let extracted: Vec<(&str, &str)> = extracted
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        assert_eq!(extracted, *expected, "{pattern} on {line}");
    }
}
