//! What means nothing, and what is said of it.

use super::*;

/// A query, the part of it that is pointed at, and what is said.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("anomaly", "anomaly", "anomaly is not answered by this local stack: it is a model"),
    ("fields a | diff previousDay", "diff", "run it once for each range"),
    ("join type=inner left=l right=r where l.k=r.k (SOURCE 'g')", "join", "query both groups"),
    ("lookup t a OUTPUT b", "lookup", "no lookup tables"),
    ("tail 20", "tail", "sort @timestamp asc"),
    ("felds a", "felds", "did you mean fields?"),
    ("select a", "select", "there is no command select: a query is commands joined by |"),
    ("fields", "", "a field, a value or a function is expected"),
    ("fields a |", "", "a command behind | is expected"),
    ("fields a || limit 1", "||", "use or"),
    ("fields a | | limit 1", "|", "a command, such as fields"),
    ("fields a b", "b", "| and a command, or the end"),
    ("fields a, ", "", "is expected"),
    ("fields a; limit 1", ";", "commands are joined by |"),
    ("fields 'status'", "'status'", "without quotes, or in backticks"),
    ("fields 5", "5", "a constant needs a name"),
    ("fields a as 'b'", "'b'", "in backticks: `b`"),
    ("fields a as 5", "5", "a name is expected"),
    ("filter a", "a", "write a = 1, or ispresent(a)"),
    ("filter strlen(a)", "strlen(a)", "compare it with something"),
    ("filter a == 1", "==", "use ="),
    ("filter a = = 1", "=", "there is no ==: use ="),
    ("filter a <> 1", "<>", "use !="),
    ("filter a = 1 && b = 2", "&&", "use and"),
    ("filter !a", "!", "use not"),
    ("filter a !~ /x/", "!~", "not like"),
    ("filter $.a = 1", "$", "without $"),
    ("filter a = “x”", "“", "straight quotes"),
    ("filter 'status' = 200", "'status' = 200", "both sides are constants"),
    ("filter 'status' like /x/", "'status'", "without quotes"),
    ("filter 5 in [5]", "5 in [5", ""),
    ("filter a < b < c", "<", "one comparison at a time"),
    ("filter a like 7", "7", "a text in quotes or an expression"),
    ("filter a like b", "b", "a text in quotes or an expression"),
    ("filter a like /(/", "/(/", "this is no regular expression: unclosed group"),
    ("filter a like /(?=x)/", "/(?=x)/", "look-around"),
    ("filter a = 'x", "'x", "never closed"),
    ("filter a not b", "b", "like or in is expected"),
    ("filter a in (1, 2)", "(", "a list in square brackets"),
    ("filter a in [1, 2", "", ", or ] is expected"),
    ("filter a in []", "]", "is expected"),
    ("filter (a = 1", "", ") is expected"),
    ("filter a > 250ms", "250ms", "250ms is a period"),
    ("filter a = null", "null", "use ispresent(f)"),
    ("filter @timestamp > '2026-11-22'", "'2026-11-22'", "toMillis(@timestamp)"),
    ("filter @timestamp like '2026'", "@timestamp", "formatDate(@timestamp"),
    ("filter strlen(a) = 'x'", "'x'", "which this text never is"),
    ("filter isempty(a) = 'yes'", "'yes'", "true or false"),
    ("filter @mesage like 'x'", "@mesage", "did you mean @message?"),
    ("filter @example = 1", "@example", "is written @@example"),
    ("filter ispresent('a')", "'a'", "without quotes"),
    ("filter count(*) > 1", "count(*)", "stands in stats"),
    ("filter and = 1", "and", "stands in backticks"),
    ("filter a..b = 1", "a.", "empty part"),
    ("filter a = 1 | filter b = 2)", ")", "the end of the query"),
    ("fields strlen(a, b)", "strlen(a, b)", "strlen takes 1 argument, not 2: strlen(s)"),
    ("fields substr(a)", "substr(a)", "substr takes 2 to 3 arguments, not 1"),
    ("fields now(a)", "now(a)", "now takes 0 arguments"),
    ("fields upper(a)", "upper", "use toupper"),
    ("fields strlength(a)", "strlength", "there is no function strlength"),
    ("fields tolowr(a)", "tolowr", "did you mean tolower?"),
    ("fields abs('x')", "'x'", "a number is expected"),
    ("fields a + 'x'", "'x'", "concat(a, b) joins texts"),
    ("fields a / 0", "a / 0", "divided by 0"),
    ("fields jsonParse(a) + 1", "jsonParse(a)", "a map or a list is no number"),
    ("fields bin(@timestamp, 5m)", "bin(@timestamp, 5m)", "use datefloor(t, 5m)"),
    ("fields datefloor(@timestamp, '5m')", "'5m'", "without quotes"),
    ("fields formatDate(@timestamp, 'yyyy')", "'yyyy'", "%Y-%m-%d"),
    ("fields formatDate(@timestamp, '%Y', 'Mars/Base')", "'Mars/Base'", "Europe/Berlin"),
    ("fields parseDate(a, 'yyyy-QQ')", "'yyyy-QQ'", "yyyy-MM-dd"),
    ("fields isIpInSubnet(a, '10.0.0.0/33')", "'10.0.0.0/33'", "10.0.0.0/8"),
    ("fields isIpv4InSubnet(a, 'fe80::/10')", "'fe80::/10'", "use isIpv6InSubnet"),
    ("fields isIpv6InSubnet(a, '10.0.0.0/8')", "'10.0.0.0/8'", "use isIpv4InSubnet"),
    ("fields substr(a, -1)", "-1", "characters count from 0"),
    ("fields substr(a, 1, 1.5)", "1.5", "a whole number"),
    ("fields a / (1 - 1)", "a / (1 - 1)", "divided by 0"),
    ("fields a % abs(0)", "a % abs(0)", "divided by 0"),
    ("fields pow(a, 2)", "pow", "use a ^ b"),
    ("stats distinct(a)", "distinct", "use count_distinct"),
    ("stats first(a)", "first", "use earliest"),
    ("filter a is null", "is", "not ispresent(f)"),
    ("filter a between 1 and 5", "between", "f >= 1 and f <= 5"),
    ("filter a like /x/i", "i", "/(?i)text/"),
    ("fields regexReplace(a, /(/, 'x')", "/(/", "no regular expression"),
    ("fields /x/", "/x/", "behind like or =~"),
    ("fields a as @message", "@message", "take another name"),
    ("limit 0", "0", "a number of rows from 1 to 100000"),
    ("limit 100001", "100001", "from 1 to 100000"),
    ("limit 1.5", "1.5", "a number of rows"),
    ("limit x", "x", "a number of rows"),
    ("limit", "", "a number of rows"),
    ("stats median(a)", "median", "use pct(f, 50)"),
    ("stats sum(5)", "5", "sum takes a field, not a constant"),
    ("stats sum('a')", "'a'", "without quotes"),
    ("stats count(5)", "5", "count(*) counts rows"),
    ("stats sum(a, b)", "sum(a, b)", "takes 1 argument, not 2"),
    ("stats sum()", "sum()", "takes 1 argument, not 0"),
    ("stats sum(*)", "*", "count(*) alone"),
    ("stats sum(max(a))", "max(a)", "stands in stats"),
    ("stats 5", "5", "aggregates, such as count(*)"),
    ("stats a", "a", "neither in an aggregate nor behind by"),
    ("stats count(*), a by b", "a", "by a"),
    ("stats count(*) as n, sum(a) as n", "n", "there twice"),
    ("stats count(*), count(*)", "count(*)", "there twice"),
    ("stats count(*) by 5", "5", "the same for every row"),
    ("stats count(*) by 'a'", "'a'", "without quotes"),
    ("stats count(*) by jsonParse(a)", "jsonParse(a)", "cannot stand here"),
    ("stats count(*) by bin(5)", "5", "a period such as"),
    ("stats count(*) by bin(0m)", "0m", "a period such as"),
    ("stats count(*) by bin()", "bin()", "bin takes 1 argument"),
    ("stats count(*) by bin(5m) offset 1h", "offset", "offset is not answered"),
    ("stats pct(a, 101)", "101", "a percentage"),
    ("stats countOverTime(a)", "countOverTime(a)", "by bin(5m)"),
    ("stats count(*) | stats count(*) | stats count(*)", "stats", "at most two stats"),
    ("stats count(*) as n | filter m > 1", "m", "m is gone"),
    ("stats count(*) as n by b | limit 5 | stats max(n)", "limit", "behind the second stats"),
    ("stats count(*) by b | stats count(*) by bin(5m)", "bin(5m)", "max(@timestamp) as t"),
    ("sort 5", "5", "the same for every row"),
    ("sort jsonParse(a)", "jsonParse(a)", "cannot stand here"),
    ("sort a descending", "descending", "is expected"),
    ("dedup 'a'", "'a'", "without quotes"),
    ("dedup a | filter b = 1", "filter", "only limit may follow dedup"),
    ("parse '*' as a, b", "'*'", "1 star and 2 names"),
    ("parse 'x' as a", "'x'", "a star for each name"),
    ("parse '**' as a, b", "'**'", "something between"),
    ("parse 'x *'", "", "as, and a name for each star"),
    ("parse @message", "", "a text with stars"),
    ("parse @message /x/", "/x/", "a group with a name"),
    ("parse @message /(?<a>x)/ as b", "/(?<a>x)/", "as is not needed"),
    ("parse @message /(x)(y)/ as b", "/(x)(y)/", "as many names as groups"),
    ("parse @message '* *' as a, a", "a", "there twice"),
    ("unnest a", "", "into and a name"),
    ("json field=a '$.x' as z", "'$.x'", "without $."),
    ("json field=a 'x..y' as z", "'x..y'", "names with dots"),
    ("fillmissing", "fillmissing", "behind stats"),
    ("outlier action=drop a", "drop", "transform or remove"),
    ("autoregress a p=4-1", "1", "must not be less"),
    ("SOURCE g", "g", "in quotes"),
    ("SOURCE 'g' START=-12h END=0s | limit 1", "START", "StartQuery takes startTime"),
    ("SOURCE logGroups(accountIdentifiers: ['1'])", "'1'", ""),
    ("SOURCE logGroups(prefix: ['abc'])", "prefix", "namePrefix"),
    ("limit 1 | SOURCE 'g'", "SOURCE", "at the beginning"),
    ("filter a = (fields b | limit 1)", "fields", "a subquery is not answered"),
    ("fields é & a", "&", "use and"),
    ("fields a ? b", "?", "the character ? is not expected here"),
];

#[test]
fn what_means_nothing_is_refused_with_its_place_and_the_right_form() {
    let mut wrong = Vec::new();
    for (query, part, says) in REFUSED {
        match Query::parse(query) {
            Ok(_) => wrong.push(format!("{query}: is accepted")),
            Err(error) => {
                let n = error.end - error.start;
                let pointed: String = query.chars().skip(error.start).take(n).collect();
                let is_part = pointed == *part || says.is_empty();
                if !is_part || !error.what.contains(says) {
                    wrong.push(format!("{query}: `{pointed}`: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_nested_too_deeply_or_too_long_is_refused() {
    for (query, says) in [
        (format!("filter {}a = 1", "(".repeat(4_000)), "too deeply"),
        (
            format!("filter {}a = 1", "not ".repeat(2_000)),
            "too deeply",
        ),
        (format!("fields {}a as b", "-".repeat(4_000)), "too deeply"),
        (format!("fields {}a", "abs(".repeat(2_000)), "too deeply"),
        (format!("fields 2{} as b", "^2".repeat(3_000)), "too deeply"),
        (
            format!("fields a{} as b", "+1".repeat(3_000)),
            "too many operators",
        ),
        (
            format!(
                "fields {}a1999",
                (0..1_999).map(|it| format!("a{it},")).collect::<String>()
            ),
            "too many fields",
        ),
        (
            format!("limit 1{}", "|limit 1".repeat(1_000)),
            "at most 200 commands",
        ),
        (format!("expand a{}", "|expand a".repeat(10)), "at most 5"),
        (
            r"filter a like /(\w{50}){50}{50}/".to_string(),
            "regular expression",
        ),
    ] {
        let error = Query::parse(&query).map(|_| ()).unwrap_err();
        assert!(error.what.contains(says), "{query:.40}: {error}");
    }
    let many = format!("filter a = 0{}", " or a = 1".repeat(1_000));
    assert!(Query::parse(&many).is_ok());
}

#[test]
fn random_queries_are_answered_or_refused_with_a_place_inside() {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    const PARTS: &[&str] = &[
        "fields",
        "display",
        "filter",
        "stats",
        "sort",
        "limit",
        "parse",
        "dedup",
        "unnest",
        "expand",
        "pattern",
        "fillmissing",
        "accum",
        "addtotals",
        "outlier",
        "sessionize",
        "autoregress",
        "|",
        "|",
        "|",
        ",",
        "(",
        ")",
        "a",
        "a.b",
        "a[0]",
        "@timestamp",
        "@message",
        "`x y`",
        "'t*'",
        "\"*:*\"",
        "/(?<g>.)/",
        "as",
        "b",
        "by",
        "bin(5m)",
        "count(*)",
        "sum(a)",
        "pct(a, 50)",
        "histogram(a, 3)",
        "and",
        "or",
        "not",
        "like",
        "in [1, 'x']",
        "=",
        "<",
        "+",
        "-",
        "*",
        "/",
        "^",
        "5",
        "1e308",
        "jsonParse(@message)",
        "strlen(a)",
        "if(a=1,b,2)",
        "substr(a, 1, 2)",
        "into",
        "multi",
        "desc",
        "logfmt",
        "csv",
        "#",
        "\n",
        "é",
    ];
    const ODD: &[&str] = &[
        r#"{"a":1,"b":"x","x y":[1,{"z":null}]}"#,
        r#"{"a":{"b":[[[1]]]},"b":1e308}"#,
        r#"{"a":"t1","#,
        "",
        "é:1=\"",
    ];
    let mut rng = StdRng::seed_from_u64(16);
    let mut n_answered = 0;
    for _ in 0..40_000 {
        let mut query = ["fields a, ", "filter a = 1 | ", "stats ", "parse a ", ""]
            [rng.random_range(0..5)]
        .to_string();
        for _ in 0..rng.random_range(1..9) {
            query.push_str(PARTS[rng.random_range(0..PARTS.len())]);
            query.push_str([" ", ""][rng.random_range(0..6) / 5]);
        }
        match Query::parse(&query) {
            Ok(_) => {
                n_answered += 1;
                let lines: Vec<(i64, &str)> = ODD
                    .iter()
                    .zip(0..)
                    .map(|(it, n)| (-n * 40_000, *it))
                    .collect();
                let answer = answer_over(&lines, &query, Some(50));
                assert!(answer.rows.len() <= 50, "{query}");
            }
            Err(error) => {
                assert!(
                    error.start <= error.end && error.end <= query.chars().count(),
                    "{query}: {error:?}"
                );
                assert!(!error.what.is_empty(), "{query}");
            }
        }
    }
    assert!(n_answered > 500, "{n_answered}");
}
