use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const LINE: &str = "[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home? 200 OK";
const JSON: &str = r#"{"status":503,"ok":false,"user":{"name":"Andrew Brown","id":null},
    "tags":["a","b"],"took":1.5e3,"list":[1,2],"big":9007199254740993}"#;

fn matches(pattern: &str, line: &str) -> bool {
    let parsed = FilterPattern::parse(pattern);
    parsed
        .unwrap_or_else(|error| panic!("{pattern}: {error:?}"))
        .matches(line)
}

#[test]
fn terms_are_texts_that_occur() {
    for (pattern, expected) in [
        ("", true),
        ("  ", true),
        (r#"" ""#, true),
        ("GET", true),
        ("get", false),
        ("GET 200", true),
        ("GET 404", false),
        ("?POST ?200", true),
        ("?POST ?404", false),
        ("GET -404", true),
        ("GET -200", false),
        ("-POST", true),
        ("?404 -POST", true),
        ("?404 GET", true),
        (r#""200 OK""#, true),
        (r#"-"200 OK""#, false),
        (r#""/api/activities/home?""#, true),
        (r#""a \"quoted\" word""#, false),
    ] {
        assert_eq!(matches(pattern, LINE), expected, "{pattern}");
    }
    assert!(matches(r#""say \"hi\"""#, r#"they say "hi""#));
}

#[test]
fn regular_expressions_are_those_of_the_guide() {
    for (pattern, line, expected) in [
        ("%AUTHORIZED%", "UNAUTHORIZED", true),
        ("%^AUTHORIZED%", "UNAUTHORIZED", false),
        ("%127\\.0\\.0\\.[0-9]+%", LINE, true),
        ("%^GET%", LINE, false),
        ("%40[0-9]|OK$%", LINE, true),
        ("%ERR$%", "ERR an", false),
        ("%^$%", "", true),
        ("%^$%", "x", false),
        ("%ab*c%", "ac", true),
        ("%ab+c%", "ac", false),
        ("%a{2}b%", "ab aab", true),
        ("%^a{2,3}$%", "aaaa", false),
        ("%^a{2,}$%", "aaaa", true),
        ("%^a{,2}$%", "aaa", false),
        ("%^a{,2}$%", "aa", true),
        ("%[^0-9]+x%", "12x", false),
        ("%[a-c_-]x%", "-x", true),
        ("%[]x]%", "]", true),
        ("%[\\]x]%", "]", true),
        ("%[\\d.]+z%", "1.5z", true),
        ("%[^\\D]z%", "5z", true),
        ("%\\w\\s\\W%", "a !", true),
        ("%\\w%", "é", false),
        ("%\\d%", "٣", false),
        ("%\\x21%", "hello!", true),
        ("%[\\x20-\\x2f]%", "a-b", true),
        ("%gray|grey%", "grey", true),
        ("%a.c%", "aéc", true),
        ("%a.c%", "a\nc", false),
        ("%[^a]%", "é", true),
        ("%.*?x%", "aax", true),
        ("%user-[a-z]+:%", "the user-b: x", true),
        ("%a^b%", "ab", false),
        (
            "%[a-f0-9]{40}%",
            "8843d7f92416211de9ebb963ff4ce28125932878",
            true,
        ),
    ] {
        assert_eq!(matches(pattern, line), expected, "{pattern} in {line}");
    }
}

#[test]
fn json_conditions_hold_for_texts_and_numbers() {
    for (pattern, expected) in [
        ("{ $.status = 503 }", true),
        ("{ $.status = 5* }", true),
        ("{ $.status = 4* }", false),
        ("{$.status>=500}", true),
        ("{ $.status < 503 }", false),
        ("{ $.status != 200 }", true),
        ("{ $.missing != 200 }", false),
        ("{ $.ok != 200 }", false),
        ("{ $.big = 9007199254740992 }", false),
        ("{ $.big > 9007199254740992 }", true),
        (r#"{ $.user.name = "Andrew *" }"#, true),
        (r#"{ $.user.name = "*drew*" && $.status > 600 }"#, false),
        (r#"{ $.user.name = "x" || $.status > 500 }"#, true),
        (
            r#"{ $.user.name = "x" && $.ok IS TRUE || $.status = 503 }"#,
            true,
        ),
        (
            r#"{ $.status = 503 && ($.ok IS TRUE || $.user.id IS NULL) }"#,
            true,
        ),
        ("{ ($.ok IS FALSE) && (($.status = 503)) }", true),
        ("{ $.ok IS TRUE }", false),
        ("{ $.missing IS NULL }", false),
        ("{ $.missing NOT EXISTS }", true),
        ("{ $.user.id NOT EXISTS }", false),
        (r#"{ $.tags[1] = "b" }"#, true),
        (r#"{ $.tags[*] = "b" && $.tags[1] = "b" }"#, true),
        (r#"{ $.tags[*] NOT EXISTS }"#, false),
        (r#"{ $.user.* = "Andrew Brown" }"#, true),
        ("{ $.* = 503 && $.status = 503 }", true),
        ("{ $.* = %Andrew% }", false),
        ("{ $.list[0] = 1 }", true),
        ("{ $.list[9] = 1 }", false),
        ("{ $.list = 1 }", false),
        ("{ $.user = * }", false),
        ("{ $.took = 1500 }", true),
        ("{ $.took = \"1.5e3\" }", true),
        ("{ $.took > 1.4e3 }", true),
        ("{ $.user.name = %^Andrew% }", true),
        ("{ $.user.name != %^Andrew% }", false),
    ] {
        assert_eq!(matches(pattern, JSON), expected, "{pattern}");
    }
    assert!(
        !matches("{ $.status NOT EXISTS }", LINE),
        "a line that is no JSON never matches"
    );
}

#[test]
fn of_members_with_one_name_the_last_counts_at_every_depth() {
    for (pattern, line, expected) in [
        ("{ $.a.b = 1 }", r#"{"a":{"b":1},"a":{}}"#, false),
        ("{ $.a.b NOT EXISTS }", r#"{"a":{"b":1},"a":2}"#, true),
        ("{ $.* = 1 }", r#"{"x":1,"y":0,"x":2}"#, false),
        ("{ $.* = 2 }", r#"{"x":1,"y":0,"x":2}"#, true),
        ("{ $.i[*].a = 1 }", r#"{"i":[{"a":1},{"a":1,"a":2}]}"#, true),
        ("{ $.i[*].a = 1 }", r#"{"i":[{"a":1,"a":2}]}"#, false),
        (r#"{ $.a = "x" }"#, "{\"\\u0061\":\"\\u0078\"}", true),
    ] {
        assert_eq!(matches(pattern, line), expected, "{pattern} on {line}");
    }
}

#[test]
fn fields_are_words_and_the_last_takes_the_rest() {
    for (pattern, expected) in [
        ("[ts, ip, method, scheme, path, status, reason]", true),
        ("[ts, ip, method, scheme, path, status]", true),
        ("[a, b, c, d, e, f, g, h]", false),
        ("[...]", true),
        ("[]", true),
        ("[ts, ip, method = GET, ...]", true),
        ("[ts, ip, method = GET, rest = \"*200 OK\"]", true),
        ("[, , method = GET, ]", true),
        ("[,, method = POST,]", false),
        ("[..., status = 2*, reason]", true),
        ("[..., status = 2*, ]", true),
        ("[..., status >= 200 && status < 300, reason]", true),
        ("[..., status = 404 || status = 500, reason]", false),
        ("[ts, ..., status, reason = OK]", true),
        ("[ts = 2026-Nov-22*, ...]", true),
        ("[a, b, c, d, e, f, g, ..., h]", false),
        ("[ts, ip != 127.0.0.1, ...]", false),
        ("[ts, ip = %127\\.0%, ...]", true),
        (r#"[ts, ip, method, scheme, path = "/api/*", ...]"#, true),
        ("[..., status = 200.0, reason]", true),
    ] {
        assert_eq!(matches(pattern, LINE), expected, "{pattern}");
    }
    assert!(matches(r#"[a = "two words", b]"#, r#""two words" 3"#));
    assert!(matches(
        r#"[, level="INFO",,, unique="x"]"#,
        "now INFO a b x"
    ));
    let unnamed = FilterPattern::parse("[, level, ]").unwrap();
    assert_eq!(
        unnamed.extracted("a INFO b c\n").unwrap(),
        [("$1", "a"), ("$level", "INFO"), ("$3", "b c")]
            .map(|(name, text)| (name.to_string(), text.to_string()))
    );
}

/// The pattern, what is marked, and what the hint has.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("ERROR /api/x", "/api/x", "\"/api/x\""),
    ("'not found'", "'not", "double quotes"),
    (r#"ä "open"#, "\"", "close it"),
    ("%open", "%", "close it"),
    ("ERROR %x%", "%x%", "whole pattern"),
    ("%a% %b%", "%b%", "divides"),
    ("ä %(x)%", "%(x)%", "whole pattern"),
    ("%(x)%", "(", "no groups"),
    ("%a!%", "!", "\\x21"),
    ("%*a%", "*", ""),
    ("%a**%", "*", ""),
    ("%a{x}%", "{", ""),
    ("%a{3,2}%", "{", ""),
    ("%[z-a]%", "z", ""),
    ("%[a[b]]%", "[", ""),
    ("%\\bword%", "\\", ""),
    ("%.{99999}%", ".{99999}", ""),
    ("ERR*", "ERR*", "needs no *"),
    ("-", "", ""),
    ("{ $.level = 'ERROR' }", "'", "double quotes"),
    ("{ $.level == \"ERROR\" }", "==", "= !="),
    ("{ $.level <> \"ERROR\" }", "<>", "= !="),
    ("{ $.level =~ \"ERR\" }", "~", "%expression%"),
    ("{ level = \"ERROR\" }", "level", "$.level"),
    ("{ $.a = 1 and $.b = 2 }", "and", "&&"),
    ("{ $.a = 1 OR $.b = 2 }", "OR", "||"),
    ("{ $.a = two words }", "words", "double quotes"),
    ("{ $.a = http://x }", ":", "double quotes"),
    ("{ $.a = NULL }", "NULL", "IS NULL"),
    ("{ $.a is null }", "is", "capitals"),
    ("{ $.a IS NOT NULL }", "NOT", "= *"),
    ("{ $.a IS NULLABLE }", "NULLABLE", ""),
    ("{ $.a EXISTS }", "EXISTS", "= *"),
    ("{ NOT $.a }", "NOT", "NOT EXISTS"),
    ("{ $.a }", "}", "IS NULL"),
    ("{ $.a = 1", "", ""),
    ("{ $.a < \"10\" }", "\"10\"", "without quotes"),
    ("{ $.a = 1 } x", "x", ""),
    ("{ $.@timestamp = 1 }", "$.@", "$.['@name']"),
    ("{ $.a/b = 1 }", "/", "$.['"),
    ("{ $[0].a = 1 }", "$[", "$.name"),
    ("{ $.a['b'] = 1 }", "['", ".['name']"),
    ("[a, b", "", ""),
    ("[a = 1 || b = 2, c]", "b", "in the place of b"),
    ("[a = two words]", "words", "commas"),
    ("[= x]", "=", "behind a name"),
    ("[a, ..., b, ...]", "...", "once"),
    ("[a, b, a]", "a", "of its own"),
    ("[level = 'ERROR', ...]", "'", "double quotes"),
    ("{ $['a b'] = 1 }", "$[", "$.['name']"),
    ("{ $.[\"a b\"] = 1 }", "$.[", "single quotes"),
    ("{ $level = 1 }", "$", "$.level"),
    ("{ $.a = 1 & $.b = 2 }", "&", "&&"),
    ("{ $.a = 1 | $.b = 2 }", "|", "||"),
    ("{ $.a = 1, $.b = 2 }", ",", "&&"),
];

#[test]
fn a_mistake_is_marked_and_has_the_right_form() {
    for (pattern, marked, hint) in MISTAKES {
        let error = FilterPattern::parse(pattern).expect_err(pattern);
        let said: String = pattern.chars().skip(error.at).take(error.length).collect();
        assert_eq!(said, *marked, "{pattern}: {error:?}");
        let given = error.hint.unwrap_or_default();
        assert!(given.contains(hint), "{pattern}: {given}");
        assert!(!error.why.is_empty());
    }
    let deep = format!("{{ {} $.a = 1 }}", "(".repeat(900));
    assert!(FilterPattern::parse(&deep).is_err());
    let long = "a".repeat(PATTERN_MAX_CHARS + 1);
    let error = FilterPattern::parse(&long).unwrap_err();
    assert_eq!(error.refused, RefusedPattern::TooLong);
}

#[test]
fn what_may_be_meant_otherwise_is_warned_of() {
    for (pattern, marked) in [
        ("?ERROR ?ARGUMENTS -REQUEST", &["?ERROR", "?ARGUMENTS"][..]),
        ("?a \"b c\"", &["?a"]),
        ("?a ?b", &[]),
        ("ERROR AND WARN", &["AND"]),
        ("\"\"", &["\"\""]),
        ("{ $.a = true }", &["true"]),
        ("{ $.a = \"true\" }", &[]),
        ("{ $.a = \"a*b\" }", &["\"a*b\""]),
        ("{ $.a = *a* }", &[]),
        ("{ $.a[*] IS NULL }", &["$.a[*] IS NULL"]),
        ("[a = 1 || a > 5 && a < 7, b]", &["a = 1 || a > 5 && a < 7"]),
        ("[a = *x*y*, b]", &[]),
        ("%a$b%", &["$"]),
        // What no line can match.
        ("ERROR -ERR", &["-ERR"]),
        ("ERR -ERROR", &[]),
        ("a -\"\"", &["-\"\""]),
        ("{ $.a > 5 && $.a < 3 }", &["$.a < 3"]),
        ("{ $.a > 5 && $.a <= 5 }", &["$.a <= 5"]),
        ("{ $.a >= 5 && $.a <= 5 }", &[]),
        ("{ $.a = 1 && $.a = 2 }", &["$.a = 2"]),
        ("{ $.a = 1 && $.a = 1.0 }", &[]),
        ("{ $.a = 1 && $.a != 1 }", &["$.a != 1"]),
        ("{ $.a = 1 && $.a != \"1\" }", &[]),
        ("{ $.a = \"x\" && $.a = \"y*\" }", &["$.a = \"y*\""]),
        ("{ $.a = \"x*\" && $.a = \"*y\" }", &[]),
        ("{ $.a = \"x\" && $.a > 1 }", &["$.a > 1"]),
        ("{ $.a = %x% && $.a = \"y\" }", &["$.a = \"y\""]),
        ("{ $.a IS TRUE && $.a = 1 }", &["$.a = 1"]),
        ("{ $.a IS TRUE && $.a IS FALSE }", &["$.a IS FALSE"]),
        ("{ $.a NOT EXISTS && $.a = 1 }", &["$.a = 1"]),
        ("{ $.a[*] = 1 && $.a[*] = 2 }", &[]),
        ("{ $.a = 1 || $.a = 2 }", &[]),
        ("{ $.b = 1 || ($.a = 1 && $.a = 2) }", &["$.a = 2"]),
        ("[a = 1 && a = 2]", &["a = 1 && a = 2"]),
        ("[a != 1 && a != 2]", &[]),
        ("[a > 5 && a < 3, b]", &["a > 5 && a < 3"]),
        ("%a|^b|c$%", &[]),
    ] {
        let parsed = FilterPattern::parse(pattern).unwrap();
        let warned = parsed.warnings().iter();
        let warned: Vec<String> = warned
            .map(|it| pattern.chars().skip(it.at).take(it.length).collect())
            .collect();
        assert_eq!(warned, *marked, "{pattern}");
    }
}

#[test]
fn what_keeps_all_lines_from_matching_is_named() {
    let json = r#"{"level":"info","status":200}"#;
    for (pattern, lines, expected) in [
        (
            "ERROR boom",
            &["an ERROR", "a"][..],
            Some("none of them has \"boom\""),
        ),
        (
            "error",
            &["ERROR"],
            Some("none of them has \"error\", though in other letter case, which counts"),
        ),
        ("a -b", &["ab", "b"], Some("all of them have \"b\"")),
        ("a b", &["a", "b"], None),
        (
            "{ $.a = 1 }",
            &[LINE],
            Some("none of them is a JSON object, which { } asks for"),
        ),
        (
            "{ $.lvl = info }",
            &[json, LINE],
            Some("none of them has $.lvl"),
        ),
        (
            "{ $.level = info && $.status >= 500 }",
            &[json],
            Some("$.status >= 500 holds for none of them"),
        ),
        (
            "{ $.level NOT EXISTS }",
            &[json],
            Some("$.level NOT EXISTS holds for none of them"),
        ),
        (
            "[a, b, c]",
            &["one two"],
            Some("none of them has the 3 words that it has fields for"),
        ),
        (
            "[a, b = 5*, c]",
            &["one 404 x", "x"],
            Some("the condition on b holds for none of them"),
        ),
        ("%x%", &["a"], None),
    ] {
        let why = FilterPattern::parse(pattern).unwrap().why_none(lines);
        assert_eq!(why.as_deref(), expected, "{pattern}");
    }
}

#[test]
fn odd_characters_are_a_pattern_or_an_error_and_never_a_panic() {
    let alphabet: Vec<char> = "{}[]()$.\"%\\-?*=!<>&|, aAé0{1,}^+ISNULTRE'"
        .chars()
        .collect();
    let mut rng = StdRng::seed_from_u64(3);
    let mut text = || -> String {
        let length = rng.random_range(0..24);
        (0..length)
            .map(|_| alphabet[rng.random_range(0..alphabet.len())])
            .collect()
    };
    for _ in 0..20_000 {
        let (pattern, line) = (text(), text());
        for pattern in [
            &pattern,
            &format!("{{{pattern}}}"),
            &format!("%{pattern}%"),
            &format!("[{pattern}]"),
        ] {
            if let Ok(pattern) = FilterPattern::parse(pattern) {
                let found = pattern.prefilter(line.as_bytes());
                let found = found.is_none_or(|it| it.find(line.as_bytes()).is_some());
                assert!(found || !pattern.matches(&line), "{pattern:?} {line}");
                pattern.extracted(&line);
            }
        }
    }
}

#[test]
fn a_quoted_part_of_any_line_finds_the_line() {
    let mut rng = StdRng::seed_from_u64(4);
    let characters: Vec<char> = LINE.chars().chain("é\"\\".chars()).collect();
    for _ in 0..2_000 {
        let line: Vec<char> = (0..20)
            .map(|_| characters[rng.random_range(0..characters.len())])
            .collect();
        let (from, to) = (rng.random_range(0..10), rng.random_range(10..20));
        let part: String = line[from..to].iter().collect();
        let pattern = format!("\"{}\"", part.replace('\\', "\\\\").replace('"', "\\\""));
        let line: String = line.into_iter().collect();
        assert!(matches(&pattern, &line), "{pattern} in {line}");
        assert!(
            !matches(&format!("-{pattern}"), &line),
            "-{pattern} in {line}"
        );
    }
}
