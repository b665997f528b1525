//! Rule files as people write them.

use super::*;
use crate::model::diagnostic::render;

/// The file as many checkouts carry it.
const MISSPELT: &str = r#"{
  "SamplingRule": {
    "RuleName": "Cruddur",
    "ResourcesARN": "*",
    "Priority": 9000,
    "FixedRate": 0.1,
    "ResevoirSize": 5,
    "ServiceName": "backend-flask",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1
  }
}
"#;

/// The one rule of a file.
fn only(file: &RuleFile) -> SamplingRule {
    assert_eq!(file.rules.len(), 1, "{file:?}");
    file.rules[0].rule.clone()
}

fn messages(text: &str) -> Vec<String> {
    match parse(text.as_bytes()) {
        Ok(file) => panic!("accepted: {file:?}"),
        Err(diagnostics) => diagnostics
            .iter()
            .map(|d| format!("{}:{}: {}: {}", d.line, d.column, d.severity, d.message))
            .collect(),
    }
}

#[test]
fn the_template_is_the_built_in_rule_in_its_canonical_form() {
    let file = parse(TEMPLATE.as_bytes()).unwrap();
    let lesson = SamplingRule {
        rule_name: "Cruddur".to_string(),
        priority: 9000,
        fixed_rate: 0.1,
        reservoir_size: 5,
        service_name: "backend-flask".to_string(),
        ..SamplingRule::default_rule()
    };
    assert_eq!(only(&file), lesson);
    assert_eq!(built_in(), lesson);
    assert_eq!(file.warnings, []);
    assert_eq!(to_json(&built_in()), TEMPLATE);
}

#[test]
fn the_misspelt_file_works_with_two_warnings_and_their_places() {
    let file = parse(MISSPELT.as_bytes()).unwrap();
    assert_eq!(only(&file), built_in());
    let places: Vec<(usize, usize, usize)> = file
        .warnings
        .iter()
        .map(|w| (w.line, w.column, w.length))
        .collect();
    assert_eq!(places, [(4, 5, 14), (7, 5, 14)]);
    assert_eq!(
        render(&file.warnings[1], "aws/json/xray.json", MISSPELT),
        "warning: unknown key `ResevoirSize`, read as `ReservoirSize`\n \
         --> aws/json/xray.json:7:5\n  |\n\
         7 |     \"ResevoirSize\": 5,\n  \
           |     ^^^^^^^^^^^^^^\n  \
           = help: spell it `ReservoirSize`\n"
    );
}

#[test]
fn fixing_the_misspelt_file_gives_the_template() {
    let fixed = fix(MISSPELT).unwrap();
    assert_eq!(fixed, TEMPLATE);
    assert_eq!(fix(&fixed), None);
}

#[test]
fn fixing_changes_nothing_but_the_keys() {
    let odd = "\u{feff}{ \"samplingRuel\" :\r\n\t{\"Prioirty\":1e9, \"Foo\": [ ] , \"\\u0048sot\":\"日本\"}}  ";
    let fixed = odd
        .replace("samplingRuel", "SamplingRule")
        .replace("Prioirty", "Priority")
        .replace("\\u0048sot", "Host");
    assert_eq!(fix(odd).unwrap(), fixed);
    for not_to_fix in ["", "{", "[]", "{\"SamplingRule\": 3}"] {
        assert_eq!(fix(not_to_fix), None, "{not_to_fix}");
    }
}

#[test]
fn a_rule_comes_back_from_its_file() {
    let mut rule = built_in();
    rule.rule_name = "a \"quoted\" \\ näme\n".to_string();
    rule.fixed_rate = 1.0;
    rule.attributes = [("k".to_string(), "v".to_string())].into();
    let file = parse(to_json(&rule).as_bytes()).unwrap();
    assert_eq!(only(&file), rule);
    // SDKs pass over a rule with attributes, and nothing else is odd about it.
    assert_eq!(file.warnings.len(), 1);
}

#[test]
fn the_inner_object_alone_is_a_rule_file() {
    let inner = TEMPLATE
        .trim_end()
        .strip_prefix("{\n  \"SamplingRule\": ")
        .unwrap();
    let inner = inner.strip_suffix("}").unwrap();
    assert_eq!(only(&parse(inner.as_bytes()).unwrap()), built_in());
}

#[test]
fn everything_wrong_is_named_at_once() {
    let text = r#"{"SamplingRule": {
  "RuleName": "",
  "ResourcesARN": 7,
  "Priority": "9000",
  "FixedRate": 1.5,
  "ReservoirSize": 5, "ReservoirSize": 6,
  "ServiceType": null,
  "Colour": "red",
  "Rate": 3,
  "Version": 1.0
}, "Colour": []}"#;
    assert_eq!(
        messages(text),
        [
            "1:18: error: missing keys `ServiceName`, `Host`, `HTTPMethod`, `URLPath`",
            "2:15: error: `RuleName` must have 1 to 32 characters, not 0",
            "3:3: warning: unknown key `ResourcesARN`, read as `ResourceARN`",
            "3:19: error: `ResourceARN` must be a string, not `7`",
            "4:15: error: `Priority` must be a whole number, not a string",
            "5:16: error: `FixedRate` must be 0 to 1, not 1.5",
            "6:23: error: duplicate key `ReservoirSize`",
            "7:18: error: `ServiceType` must be a string, not null",
            "8:3: error: unknown key `Colour`",
            "9:3: error: unknown key `Rate`",
            "10:14: error: `Version` must be a whole number, not `1.0`",
            "11:4: error: unknown key `Colour`",
        ]
    );
}

#[test]
fn a_key_and_its_misspelling_together_are_an_error_and_not_fixed() {
    let text = MISSPELT.replace("\"Version\": 1", "\"Version\": 1, \"ReservoirSize\": 1");
    assert_eq!(
        messages(&text),
        [
            "4:5: warning: unknown key `ResourcesARN`, read as `ResourceARN`",
            "13:19: error: `ResevoirSize` and `ReservoirSize` both mean `ReservoirSize`",
        ]
    );
    let fixed = fix(&text).unwrap();
    assert!(fixed.contains("ResourceARN") && fixed.contains("ResevoirSize"));
}

#[test]
fn numbers_of_any_size_are_out_of_range_and_not_lost() {
    for (from, to, message) in [
        (
            "9000",
            "0",
            "5:17: error: `Priority` must be 1 to 9999, not 0",
        ),
        (
            "9000",
            "99999999999999999999",
            "5:17: error: `Priority` must be 1 to 9999, not 9223372036854775807",
        ),
        (
            "0.1",
            "1e999",
            "6:18: error: `FixedRate` must be 0 to 1, not inf",
        ),
        (
            "0.1",
            "-0.1",
            "6:18: error: `FixedRate` must be 0 to 1, not -0.1",
        ),
    ] {
        assert_eq!(messages(&TEMPLATE.replace(from, to)), [message]);
    }
}

#[test]
fn other_forms_of_a_file_are_refused_in_words() {
    for (text, expected) in [
        ("", "1:1: error: the file is empty"),
        (" \n ", "1:1: error: the file is empty"),
        ("[]", "1:1: error: expected an object, found an array"),
        ("{}", "1:1: error: missing key `SamplingRule`"),
        (
            "{\"SamplingRule\": []}",
            "1:18: error: `SamplingRule` must be an object, not an array",
        ),
        (
            "{\n  \"SamplingRule\": {,}}",
            "2:20: error: not JSON: expected a key in double quotes or `}`, found `,`",
        ),
        (
            "{\"SamplingRule\": {",
            "1:19: error: not JSON: expected a key in double quotes or `}`, found the end of the file",
        ),
        (
            "rule: x",
            "1:1: error: not JSON: expected a value, found `rule`",
        ),
    ] {
        assert_eq!(messages(text), [expected], "{text}");
    }
    let deep = "{\"SamplingRule\":".repeat(50_000);
    assert!(messages(&deep)[0].ends_with("nested more than 64 levels deep"));
}

#[test]
fn bytes_that_are_not_text_are_placed() {
    let diagnostic = |bytes: &[u8]| parse(bytes).unwrap_err().remove(0);
    let found = diagnostic(b"\xef\xbb\xbf{\n  \"\xc3\xa9\xff\"}");
    assert_eq!((found.line, found.column), (2, 5));
    assert_eq!(found.message, "not UTF-8 at byte 10");
    assert!(diagnostic(b"\xff\xfe{\0").message.contains("UTF-16"));
    assert!(
        diagnostic(&vec![b' '; MAX_BYTES + 1])
            .message
            .contains("too many")
    );
}

#[test]
fn a_byte_order_mark_is_no_fault() {
    let text = format!("\u{feff}{MISSPELT}");
    let file = parse(text.as_bytes()).unwrap();
    assert_eq!(file.warnings[0].column, 5);
}

#[test]
fn a_file_of_very_many_faults_is_read_in_one_pass() {
    let members: Vec<String> = (0..10_000).map(|i| format!("\"x{i}\":1")).collect();
    let text = format!("{{\"SamplingRule\":{{{}}}}}", members.join(","));
    assert_eq!(parse(text.as_bytes()).unwrap_err().len(), 10_001);
}

#[test]
fn a_file_of_another_kind_is_named_and_never_fixed() {
    for (text, what) in [
        (
            r#"{"version": 2, "default": {"fixed_target": 1, "rate": 0.05}, "rules": []}"#,
            "the local sampling rules of an X-Ray SDK",
        ),
        (
            r#"{"version": 1, "default": {"rate": 0.1}}"#,
            "the local sampling rules of an X-Ray SDK",
        ),
        (
            r#"{"SamplingRuleRecords": [{"SamplingRule": {"RuleNmae": "x"}}]}"#,
            "the output of `aws xray get-sampling-rules`",
        ),
        (
            r#"{"Groups": [{"GroupName": "Default", "GroupARN": "a"}], "NextToken": null}"#,
            "the output of `aws xray get-groups`",
        ),
        (
            r#"{"Group": {"GroupName": "x"}}"#,
            "the output of `aws xray get-group`",
        ),
        (
            r#"{"SamplingRuleUpdate": {"RuleName": "x"}}"#,
            "the input of `aws xray update-sampling-rule`",
        ),
        (
            r#"{"name": "x", "version": "1.0.0", "scripts": {}}"#,
            "npm's package.json",
        ),
        (
            r#"{"trace_id": "1-x", "id": "y", "name": "z"}"#,
            "a segment document",
        ),
        (r#"{"Version": "2012-10-17", "Statement": []}"#, "a policy"),
        (
            r#"{"name": "x", "version": "1", "host": "y", "port": 3}"#,
            "another JSON file",
        ),
    ] {
        let found = messages(text);
        assert_eq!(
            found,
            [format!("1:1: error: this is no rule file but {what}")],
            "{text}"
        );
        assert_eq!(fix(text), None, "{text}");
    }
}

#[test]
fn slips_of_json_are_marked_where_they_are() {
    for (text, expected, help) in [
        (
            "{\n  \"SamplingRule\": {\n    \"RuleName\": \"x\"\n    \"Host\": \"*\"\n  }\n}",
            "3:20: error: not JSON: missing comma",
            "add a comma here",
        ),
        (
            "{\n  \"SamplingRule\": {\"RuleName\": \"x\"}\n  \"Tags\": []\n}",
            "2:36: error: not JSON: missing comma",
            "add a comma here",
        ),
        (
            "{\"SamplingRules\": [{} {}]}",
            "1:22: error: not JSON: missing comma",
            "add a comma here",
        ),
        (
            "{\n\"SamplingRule\": {\"Host\": \"*\"",
            "2:17: error: not JSON: the `{` is not closed",
            "add the `}` that closes it",
        ),
        (
            "{\"SamplingRules\": [{}",
            "1:19: error: not JSON: the `[` is not closed",
            "add the `]` that closes it",
        ),
        (
            "{\"a\": 1,,}",
            "1:9: error: not JSON: expected a key in double quotes, found `,`",
            "remove one of the commas",
        ),
        (
            "{\"a\": True}",
            "1:7: error: not JSON: expected a value, found `True`",
            "write true",
        ),
        (
            "{SamplingRule: {}}",
            "1:2: error: not JSON: expected a key in double quotes or `}`, found `SamplingRule`",
            "write \"SamplingRule\"",
        ),
        (
            "{\"a\" = 1}",
            "1:6: error: not JSON: expected `:` after the key, found `=`",
            "write `:`",
        ),
        (
            "{\"a\": 1; \"b\": 2}",
            "1:8: error: not JSON: expected `,` or `}`, found `;`",
            "write `,`",
        ),
        (
            "{\"a\": 1}}",
            "1:9: error: not JSON: expected the end of the file, found `}`",
            "remove it",
        ),
        (
            "{\"a\": \"x\n}",
            "1:7: error: not JSON: string without a closing quote",
            "add the quote that closes it; a string ends on its line",
        ),
    ] {
        assert_eq!(messages(text), [expected], "{text}");
        let first = parse(text.as_bytes()).unwrap_err().remove(0);
        assert_eq!(first.help.as_deref(), Some(help), "{text}");
    }
}

/// The warnings of a file that can be used, without their places.
fn warnings(text: &str, services: &KnownServices) -> Vec<String> {
    let file = parse_about(text.as_bytes(), services).unwrap();
    file.warnings.into_iter().map(|it| it.message).collect()
}

#[test]
fn a_rule_or_group_that_can_match_nothing_is_warned_of() {
    let mut services = KnownServices::default();
    services.add("backend-flask", "docker-compose.yml");
    assert_eq!(warnings(TEMPLATE, &services), [""; 0]);
    let odd = TEMPLATE
        .replace("backend-flask", "backend-falsk")
        .replace("\"Host\": \"*\"", "\"Host\": \"\"")
        .replace("\"URLPath\": \"*\"", "\"URLPath\": \"api/*\"");
    assert_eq!(
        warnings(&odd, &services),
        [
            "`ServiceName` is the name of no service: known are backend-flask (docker-compose.yml)",
            "`Host` is empty, so the rule matches no request with a Host header",
            "`URLPath` does not begin with /, as every path does",
        ]
    );
    // Where no service is known, none is unknown.
    assert_eq!(warnings(&odd, &KnownServices::default()).len(), 2);

    let rule = |name: &str, more: &str| {
        format!(
            r#"{{"RuleName": "{name}", "ResourceARN": "*", "FixedRate": 0, "ServiceType": "*", "Host": "*",
                "HTTPMethod": "*", "Version": 1, {more}}}"#
        )
    };
    let drops = rule(
        "drops",
        r#""Priority": 1, "ReservoirSize": 0, "ServiceName": "*", "URLPath": "/api/*""#,
    );
    let hidden = rule(
        "hidden",
        r#""Priority": 2, "ReservoirSize": 1, "ServiceName": "backend-*", "URLPath": "/api/activities/home""#,
    );
    let all = rule(
        "all",
        r#""Priority": 3, "ReservoirSize": 0, "ServiceName": "*", "URLPath": "*""#,
    );
    let groups = r#"[
        {"GroupName": "me", "FilterExpression": "group.name = \"me\""},
        {"GroupName": "url", "FilterExpression": "service(\"$FLASK_ADDRESS\")"},
        {"GroupName": "slip", "FilterExpression": "service(\"bakend-flask\") { fault }"},
        {"GroupName": "not", "FilterExpression": "!service(\"gone\")"}
    ]"#;
    let text = format!(r#"{{"SamplingRules": [{hidden}, {drops}, {all}], "Groups": {groups}}}"#);
    assert_eq!(
        warnings(&text, &services),
        [
            "`hidden` never matches: `drops` is asked before it and matches all that it would, and keeps nothing of it",
            "`all` keeps nothing of all requests, and no later rule is asked",
            "in the filter expression: group me asks for itself, so it can have no traces",
            "in the filter expression: the variable `$FLASK_ADDRESS` was not replaced by its value",
            "in the filter expression: `bakend-flask` is the name of no service: known are backend-flask (docker-compose.yml)",
        ]
    );
}

#[test]
fn what_is_written_right_is_escaped_inside_of_a_file() {
    let text = r#"{"Groups": [{"GroupName": "g", "FilterExpression": "service('x')"}]}"#;
    let found = parse(text.as_bytes()).unwrap_err().remove(0);
    assert_eq!(found.help.as_deref(), Some(r#"write \"x\""#));
}
