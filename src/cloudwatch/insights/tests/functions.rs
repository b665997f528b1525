//! Functions, one by one, over one line.

use super::*;

const LINE: &str = r#"{"a":2.5,"n":-7,"t":" Ab cé ","e":"","blank":"  ","ip":"10.1.2.3","ip6":"fe80::1","pub":"8.8.8.8","j":"{\"k\":[1,\"two\",{\"z\":3}]}","list":[1,"x",true],"date":"2026-11-22T08:09:00+01:00","kv":"level=info msg=\"a b\"","csv":"x,\"y, z\",3","m":"a=1 b=2 a=3","h":"48656c6c6f","b64":"SGVsbG8=","yes":true,"@own":"at","big":9007199254740993}"#;

#[rustfmt::skip]
const FUNCTIONS: &[(&str, &str)] = &[
    ("abs(n)", "7"), ("ceil(a)", "3"), ("floor(a)", "2"), ("sqrt(16)", "4"), ("log(1)", "0"),
    ("round(a)", "3"), ("round(2.345, 2)", "2.35"), ("round(1234, -2)", "1200"),
    ("greatest(a, n, 1)", "2.5"), ("least(a, n, 1)", "-7"), ("least(a, missing)", "2.5"),
    ("haversine(52.52, 13.405, 48.8566, 2.3522)", "877.4633259175431"),
    ("toNumber('12.5')", "12.5"), ("toInt(a)", "2"), ("toInt(3000000000)", ""), ("toLong(3000000000.7)", "3000000000"), ("toDouble('x')", ""),
    ("ispresent(a)", "1"), ("ispresent(missing)", "0"), ("coalesce(missing, a)", "2.5"),
    ("if(a > 2, 'more', 'less')", "more"), ("if(missing > 2, 'more', 'less')", "less"),
    ("case(a > 9, 'x', a > 2, 'y', 'z')", "y"), ("case(a > 9, 'x', 'z')", "z"), ("case(a > 9, 'x')", ""),
    ("isNumeric(a)", "1"), ("isNumeric(t)", "0"), ("messageSize(t)", "8"),
    ("queryStartTime()", "1795331340000"), ("queryEndTime()", "1795331700000"), ("queryTimeRange()", "360000"),
    ("isempty(e)", "1"), ("isempty(missing)", "1"), ("isempty(blank)", "0"), ("isblank(blank)", "1"), ("isblank(t)", "0"),
    ("concat(a, '/', n)", "2.5/-7"), ("concat(missing, 'x')", "x"), ("concat(missing)", ""),
    ("trim(t)", "Ab cé"), ("ltrim(t)", "Ab cé "), ("rtrim(t)", " Ab cé"), ("trim('xxaxx', 'x')", "a"), ("trim(' x ', 'x')", " x "),
    ("strlen(t)", "7"), ("toupper(t)", " AB CÉ "), ("tolower('ÀB')", "àb"),
    ("substr('abcdef', 2)", "cdef"), ("substr('abcdef', 2, 2)", "cd"), ("substr('é', 0, 1)", "é"), ("substr('abc', 9)", ""),
    ("replace('foo', 'o', '0')", "f00"), ("regexReplace('a1b22', /[0-9]+/, '#')", "a#b#"), ("regexReplace('ab', /(a)(b)/, '\\\\2\\\\1')", "ba"),
    ("strcontains(t, 'Ab')", "1"), ("strcontains(t, 'AB')", "0"), ("strcontains(t, 'AB', true)", "1"),
    ("startsWith('abc', 'ab')", "1"), ("endsWith('abc', 'ab')", "0"),
    ("split('a,b', ',')", r#"["a","b"]"#),
    ("urlencode('a b&é')", "a%20b%26%C3%A9"), ("urldecode('a%20b+%26')", "a b &"), ("urldecode('%zz%')", "%zz%"),
    ("base64encode('Hello')", "SGVsbG8="), ("base64decode(b64)", "Hello"), ("base64decode('*')", ""),
    ("hexToAscii(h)", "Hello"), ("hexToAscii('4')", ""), ("hexToDec('ff')", "255"), ("hexToDec('x')", ""), ("decToHex(-1)", ""),
    ("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
    ("sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("bin(5m)", "2026-11-22 07:05:00.000"), ("datefloor(@timestamp, 1h)", "2026-11-22 07:00:00.000"),
    ("dateceil(@timestamp, 1h)", "2026-11-22 08:00:00.000"), ("fromMillis(0)", "1970-01-01 00:00:00.000"), ("fromMillis(1e30)", ""),
    ("toMillis(@timestamp)", "1795331340000"), ("now()", "1795331740"),
    ("formatDate(@timestamp, '%Y/%m/%d %H:%M')", "2026/11/22 07:09"), ("strftime(@timestamp, '%H', 'Europe/Berlin')", "08"),
    ("formatDate(0, '%Y')", "1970"), ("formatDate(1782900000000, '%H', 'Europe/Berlin')", "12"),
    ("parseDate(date, \"yyyy-MM-dd'T'HH:mm:ssXXX\")", "1795331340000"),
    ("parseDate('22/11/2026 08:09', 'dd/MM/yyyy HH:mm', 'Europe/Berlin')", "1795331340000"),
    ("parseDate('2026-11-22', 'yyyy-MM-dd')", "1795305600000"), ("parseDate('x', 'yyyy-MM-dd')", ""),
    ("parseDate('22 Nov 2026 07:09:00.250', 'dd MMM yyyy HH:mm:ss.SSS')", "1795331340250"),
    ("jsonStringify(jsonParse(j))", r#"{"k":[1,"two",{"z":3}]}"#), ("jsonParse(t)", ""), ("jsonParse(a)", ""),
    ("jsonArraySize(list)", "3"), ("jsonArraySize(j)", ""), ("jsonArrayContains(list, 'x')", "1"), ("jsonArrayContains(list, 'X')", "0"),
    ("jsonArrayContains(list, 1)", "1"), ("jsonArrayContains(j, 1)", "0"),
    ("isValidIp(ip)", "1"), ("isValidIpV4(ip6)", "0"), ("isValidIpV6(ip6)", "1"), ("isValidIp(t)", "0"),
    ("isIpInSubnet(ip, '10.0.0.0/8')", "1"), ("isIpv4InSubnet(ip, '10.1.2.0/24')", "1"), ("isIpv6InSubnet(ip6, 'fe80::/10')", "1"),
    ("isIpInSubnet(ip, '0.0.0.0/0')", "1"), ("isIpInSubnet(ip6, '::/0')", "1"), ("isIpInSubnet(ip, 'fe80::/10')", "0"),
    ("ipv4ToNumber(ip)", "167838211"), ("isPrivateIP(ip)", "1"), ("isPublicIP(pub)", "1"), ("isPublicIP(ip)", "0"), ("isReservedIP('127.0.0.1')", "1"),
    ("unmask(a)", "2.5"),
    // Operators and fields.
    ("1 / 3", "0.3333333333333333"), ("a / (n + 7)", ""), ("10 % 4 + 2 ^ 3 * 2", "18"), ("2 ^ 3 ^ 2", "512"), ("t + 1", ""),
    ("a > 2 and not n > 0", "1"), ("a = 2.5 or missing = 1", "1"), ("missing != 1", "1"), ("missing = 1", "0"), ("missing < 1", "0"),
    ("t like 'Ab'", "1"), ("t like /(?i)ab/", "1"), ("t =~ /^(?i) ab/", "1"), ("t not like 'Ab'", "0"), ("missing not like 'x'", "1"),
    ("a in [1, 2.5]", "1"), ("t in ['x', 'y']", "0"), ("a not in ['x', 2.5]", "0"), ("a = '2.5'", "1"), ("n < '3'", "1"), ("t > 5", "0"),
    ("yes", "1"), ("yes = true", "1"), ("@@own", "at"), ("big", "9007199254740993"), ("big = 9007199254740992", "1"),
    ("1e3 + 1.5e-1", "1000.15"), ("0.1 + 0.2", "0.30000000000000004"), ("10 ^ 20", "1e20"), ("list[1]", "x"), ("list.2", "1"), ("list", r#"[1,"x",true]"#),
];

fn line(query: &str) -> Answer {
    answer_over(&[(START_MS, LINE)], query, None)
}

#[test]
fn functions_and_operators_give_what_they_should() {
    let mut wrong = Vec::new();
    for (expression, expected) in FUNCTIONS {
        let query = format!("fields {expression} as v");
        let found = match Query::parse(&query) {
            Ok(_) => values(line(&query)),
            Err(error) => error.to_string(),
        };
        if found != *expected {
            wrong.push(format!("{expression}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_function_has_an_example() {
    let names = super::super::functions::FUNCTIONS
        .iter()
        .copied()
        .flatten()
        .map(|it| it.name);
    let known: Vec<&str> = FUNCTIONS.iter().map(|(it, _)| *it).collect();
    let known = known.join(" ");
    let without: Vec<&str> = names
        .filter(|it| !known.contains(&format!("{it}(")))
        .collect();
    let elsewhere = ["sqrt", "log"];
    let without: Vec<&&str> = without
        .iter()
        .filter(|it| !elsewhere.contains(*it))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn texts_are_taken_apart() {
    for (query, expected) in [
        ("parse kv logfmt as m | display m.level, m.msg", "info,a b"),
        ("parse csv csv as x, y, z | display x, y, z", "x,y, z,3"),
        ("parse m /(?<k>[a-z])=(?<v>[0-9])/ | display k, v", "a,1"),
        (
            "parse m /(?<k>[a-z])=(?<v>[0-9])/ multi | display k, v",
            "a,1;b,2;a,3",
        ),
        ("parse m /a=([0-9])/ as v multi | display v", "1;3"),
        ("parse m /b=[0-9]/ as v | display v", "b=2"),
        ("parse m 'a=* ' as v | parse v '*' as w | display w", "1"),
        (
            "parse m 'z=*' as v | parse m 'b=* *' as v, w | display v, w",
            "2,a=3",
        ),
        (
            "parse m 'b=*' as v | parse m 'z=*' as v | display v",
            "2 a=3",
        ),
        (
            "json field=j 'k.2.z' as z, 'k.1' as w | display z, w",
            "3,two",
        ),
        ("json 'ip' as address | display address", "10.1.2.3"),
        (
            "fields jsonParse(j) as p | display p.k[2].z, p.k.1, p.none",
            "3,two",
        ),
        (
            "fields jsonParse(j).k as p",
            "give it a name first, as in fields jsonParse(…) as j",
        ),
        (
            "fields jsonParse('{\"odd.key\":{\"a b\":7}}') as p | display p.`odd.key`.`a b`",
            "7",
        ),
        (
            "fields jsonParse(j) as p | unnest p.k into e | display e, e.z",
            "1;two;{\"z\":3},3",
        ),
        ("unnest a into e | display e", "2.5"),
        ("expand list | display list", "1;x;1"),
        ("fields list as l | expand l | display l", "1;x;1"),
        ("expand a | display a", "2.5"),
        (
            "fields a as `odd name` | filter `odd name` > 2 | display `odd name`",
            "2.5",
        ),
    ] {
        let found = match Query::parse(query) {
            Ok(_) => values(line(query)),
            Err(error) => error.to_string(),
        };
        assert!(
            found == expected || (found.len() > 30 && found.contains(expected)),
            "{query}: {found}"
        );
    }
}
