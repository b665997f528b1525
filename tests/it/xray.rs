//! `xray setup` and `xray check` as they are typed.

use std::fs;

use serde_json::{Value as Json, json};

use crate::http::{post_json, request};
use crate::place::{Place, Ran, Stack};

/// The rule file as the bootcamp's lesson prints it, with its two misspelt keys.
const MISSPELT: &str = include_str!("data/xray_as_in_the_lesson.json");
const RULE_FILE: &str = "aws/json/xray.json";

/// The names of all sampling rules and groups that the stack has.
fn names(stack: &Stack) -> (Vec<String>, Vec<String>) {
    let list = |path: &str, list: &str, of: fn(&Json) -> &Json| -> Vec<String> {
        let answer = post_json(stack.address, path, &json!({})).json();
        let items = answer[list].as_array().unwrap().iter();
        items
            .map(|item| of(item).as_str().unwrap().to_string())
            .collect()
    };
    (
        list("/GetSamplingRules", "SamplingRuleRecords", |it| {
            &it["SamplingRule"]["RuleName"]
        }),
        list("/Groups", "Groups", |it| &it["GroupName"]),
    )
}

fn rule(stack: &Stack) -> Json {
    let rules = post_json(stack.address, "/GetSamplingRules", &json!({})).json();
    let records = rules["SamplingRuleRecords"].as_array().unwrap().clone();
    let record = records
        .into_iter()
        .find(|it| it["SamplingRule"]["RuleName"] == "Cruddur")
        .unwrap();
    record["SamplingRule"].clone()
}

#[test]
fn setup_creates_group_and_rule_and_a_second_run_has_nothing_to_do() {
    let place = Place::new();
    let stack = place.stack();
    let first = place.run(&["xray", "setup"]).expect_code(0);
    let plan = r#"+ create X-Ray group Cruddur
    filter_expression: service("backend-flask")
+ create sampling rule Cruddur
    resource_arn: *
    priority: 9000
    fixed_rate: 0.1
    reservoir_size: 5
    service_name: backend-flask
    service_type: *
    host: *
    http_method: *
    url_path: *
2 to create
"#;
    assert_eq!(first.stdout, plan);
    let said = format!(
        "rule: built in, since there is no {RULE_FILE} here\n\
         x-ray: local stack at {}, region us-east-1\n\
         done: 2 created, 0 updated; next: cruddurctl serve\n",
        stack.address
    );
    assert_eq!(first.stderr, said);
    let (rules, groups) = names(&stack);
    assert!(rules.contains(&"Cruddur".to_string()) && groups.contains(&"Cruddur".to_string()));

    let before = (names(&stack), rule(&stack));
    let second = place.run(&["xray", "setup"]).expect_code(0);
    let plan =
        "= unchanged X-Ray group Cruddur\n= unchanged sampling rule Cruddur\nnothing to do\n";
    assert_eq!(second.stdout, plan);
    assert!(
        second
            .stderr
            .ends_with("nothing to do; next: cruddurctl serve\n"),
        "{}",
        second.stderr
    );
    assert_eq!((names(&stack), rule(&stack)), before);
}

#[test]
fn a_changed_rule_file_changes_what_differs_and_nothing_else() {
    let place = Place::new();
    let stack = place.stack();
    let with_size =
        |size: &str| MISSPELT.replace("\"ResevoirSize\": 5", &format!("\"ReservoirSize\": {size}"));
    place.write(RULE_FILE, with_size("1"));
    place.run(&["xray", "setup"]).expect_code(0);
    place.write(RULE_FILE, with_size("5"));
    let dry = place.run(&["xray", "setup", "--dry-run"]).expect_code(0);
    let plan = "= unchanged X-Ray group Cruddur\n~ update sampling rule Cruddur\n    reservoir_size: 1 -> 5\n1 to change\n";
    assert_eq!(dry.stdout, plan);
    assert!(dry.stderr.ends_with("dry run: nothing was changed\n"));
    assert_eq!(rule(&stack)["ReservoirSize"], 1);

    let applied = place.run(&["xray", "setup"]).expect_code(0);
    assert_eq!(applied.stdout, plan);
    assert!(
        applied
            .stderr
            .ends_with("done: 0 created, 1 updated; next: cruddurctl serve\n")
    );
    assert_eq!(rule(&stack)["ReservoirSize"], 5);
}

#[test]
fn the_lessons_own_file_works_and_its_misspelt_keys_are_named() {
    let place = Place::new();
    let stack = place.stack();
    place.write(RULE_FILE, MISSPELT);
    let ran = place.run(&["xray", "setup"]).expect_code(0);
    let warnings = r#"warning: unknown key `ResourcesARN`, read as `ResourceARN`
 --> aws/json/xray.json:4:5
  |
4 |     "ResourcesARN": "*",
  |     ^^^^^^^^^^^^^^
  = help: spell it `ResourceARN`
warning: unknown key `ResevoirSize`, read as `ReservoirSize`
 --> aws/json/xray.json:7:5
  |
7 |     "ResevoirSize": 5,
  |     ^^^^^^^^^^^^^^
  = help: spell it `ReservoirSize`
hint: `cruddurctl xray check --fix` rewrites the misspelt keys
"#;
    assert!(ran.stderr.contains(warnings), "{}", ran.stderr);
    let rule = rule(&stack);
    assert_eq!(
        (&rule["ResourceARN"], &rule["ReservoirSize"]),
        (&json!("*"), &json!(5))
    );
    assert_eq!(fs::read_to_string(place.path(RULE_FILE)).unwrap(), MISSPELT);
}

#[test]
fn check_finds_misspelt_keys_and_fix_rewrites_only_them() {
    let place = Place::new();
    place.write(RULE_FILE, MISSPELT);
    let found = place.run(&["xray", "check"]).expect_code(6);
    assert_eq!(found.stdout, "");
    assert_eq!(found.stderr.matches("warning: unknown key").count(), 2);
    let end = "error: aws/json/xray.json has 2 warnings\nhint: `cruddurctl xray check --fix` rewrites the misspelt keys\n";
    assert!(found.stderr.ends_with(end), "{}", found.stderr);
    assert_eq!(fs::read_to_string(place.path(RULE_FILE)).unwrap(), MISSPELT);

    let fixed = place.run(&["xray", "check", "--fix"]).expect_code(0);
    assert_eq!(fixed.stdout, "aws/json/xray.json: rule Cruddur is fine\n");
    let expected = MISSPELT
        .replace("ResourcesARN", "ResourceARN")
        .replace("ResevoirSize", "ReservoirSize");
    assert_eq!(fs::read_to_string(place.path(RULE_FILE)).unwrap(), expected);
    let well = place.run(&["xray", "check"]).expect_code(0);
    assert_eq!(
        (well.stdout.as_str(), well.stderr.as_str()),
        ("aws/json/xray.json: rule Cruddur is fine\n", "")
    );
    assert!(!place.data().exists(), "check needs no stack");
}

/// A right rule with some of its members replaced; `null` takes one away.
fn rule_with(changes: Json) -> String {
    let mut rule: Json =
        serde_json::from_str(&MISSPELT.replace("ResourcesARN", "ResourceARN")).unwrap();
    let size = rule["SamplingRule"]
        .as_object_mut()
        .unwrap()
        .remove("ResevoirSize")
        .unwrap();
    rule["SamplingRule"]["ReservoirSize"] = size;
    for (key, value) in changes.as_object().unwrap() {
        rule["SamplingRule"][key] = value.clone();
        if value.is_null() {
            rule["SamplingRule"].as_object_mut().unwrap().remove(key);
        }
    }
    format!("{rule:#}")
}

#[test]
fn a_bad_rule_file_names_everything_at_once_and_nothing_is_created() {
    let place = Place::new();
    let stack = place.stack();
    let before = names(&stack);
    fs::create_dir(place.path("a-folder.json")).unwrap();
    place.write("empty.json", "");
    place.write("blank.json", " \n\t");
    place.write("utf-16.json", b"\xff\xfe{\0}\0");
    place.write(
        "latin-1.json",
        b"{\"SamplingRule\": {\"RuleName\": \"Caf\xe9\"}}",
    );
    place.write("cut.json", &MISSPELT[..100]);
    place.write("list.json", "[]");
    place.write("no-rule.json", "{\"Rule\": {}}");
    place.write("unknown.json", rule_with(json!({ "Colour": "blue" })));
    place.write(
        "missing.json",
        rule_with(json!({ "Host": null, "FixedRate": null })),
    );
    place.write(
        "types.json",
        rule_with(json!({ "Priority": "9000", "URLPath": 7, "FixedRate": true })),
    );
    place.write(
        "ranges.json",
        rule_with(json!({ "Priority": 10_000, "FixedRate": 1.5, "ReservoirSize": -1 })),
    );
    let many = json!({ "Colour": 1, "Host": null, "Priority": "x", "FixedRate": 7, "Version": 2 });
    place.write("many.json", rule_with(many));
    place.write("deep.json", "[".repeat(100_000));

    for (name, says) in [
        (
            "a-folder.json",
            &["cannot read a-folder.json: it is a directory"][..],
        ),
        ("nowhere.json", &["cannot read nowhere.json: No such file"]),
        ("empty.json", &["the file is empty"]),
        ("blank.json", &["the file is empty"]),
        ("utf-16.json", &["not UTF-8", "UTF-16"]),
        (
            "latin-1.json",
            &["not UTF-8 at byte 34", "latin-1.json:1:35"],
        ),
        ("cut.json", &["not JSON"]),
        ("deep.json", &["deep.json:1:"]),
        ("list.json", &["list.json:1:1"]),
        ("no-rule.json", &["SamplingRule", "`Rule`"]),
        ("unknown.json", &["unknown key `Colour`", "has 1 error\n"]),
        (
            "missing.json",
            &["missing keys `FixedRate`, `Host`", "has 1 error\n"],
        ),
        (
            "types.json",
            &[
                "`Priority` must be a whole number, not a string",
                "`URLPath` must be a string, not `7`",
                "`FixedRate` must be a number, not a boolean",
                "has 3 errors\n",
            ],
        ),
        (
            "ranges.json",
            &[
                "`Priority` must be 1 to 9999, not 10000",
                "`FixedRate` must be 0 to 1, not 1.5",
                "`ReservoirSize` must be 0 to 2147483647, not -1",
                "has 3 errors\n",
            ],
        ),
        (
            "many.json",
            &[
                "missing key `Host`",
                "`Colour`",
                "`Priority`",
                "`FixedRate`",
                "`Version`",
                "has 5 errors\n",
            ],
        ),
    ] {
        let ran = place
            .run(&["xray", "setup", "--rule-file", name])
            .expect_code(1);
        for said in says {
            assert!(
                ran.stderr.contains(said),
                "{name}: no {said:?} in\n{}",
                ran.stderr
            );
        }
        assert_eq!(ran.stdout, "", "{name}");
        assert!(
            !ran.stderr.contains("x-ray: "),
            "{name} was sent:\n{}",
            ran.stderr
        );
        let checked = place.run(&["xray", "check", name]);
        assert!(matches!(checked.code, Some(1 | 6)), "{name}: {checked:?}");
    }
    assert_eq!(names(&stack), before);
}

#[test]
fn setup_does_all_three_as_one_plan() {
    let place = Place::new();
    let stack = place.stack();
    let dry = place.run(&["setup", "--dry-run"]).expect_code(0);
    assert!(
        dry.stdout
            .ends_with("+ create log group cruddur\n    retention_days: 7\n3 to create\n"),
        "{}",
        dry.stdout
    );
    assert!(
        !names(&stack).0.contains(&"Cruddur".to_string()),
        "a dry run creates nothing"
    );
    place.run(&["setup"]).expect_code(0);
    let second = place.run(&["setup"]).expect_code(0);
    let plan = "= unchanged X-Ray group Cruddur\n= unchanged sampling rule Cruddur\n\
                = unchanged log group cruddur\nnothing to do\n";
    assert_eq!(second.stdout, plan);
}

#[test]
fn the_embedded_stack_keeps_what_was_set_up() {
    let place = Place::new();
    let first = place.run(&["xray", "setup"]).expect_code(0);
    assert!(
        first.stderr.contains("x-ray: embedded stack at 127.0.0.1:"),
        "{}",
        first.stderr
    );
    let second = place.run(&["xray", "setup"]).expect_code(0);
    assert!(
        second.stdout.ends_with("nothing to do\n"),
        "{}",
        second.stdout
    );
}

fn in_cloud(place: &Place, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = place.command(arguments);
    let output = command.envs(environment.iter().copied()).output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_cloud_without_credentials_or_region_is_exit_4_with_what_to_set() {
    let place = Place::new();
    for command in [&["xray", "setup"][..], &["logs", "setup"], &["setup"]] {
        let arguments: Vec<&str> = command
            .iter()
            .chain(&["--target", "cloud"])
            .copied()
            .collect();
        for environment in [&[][..], &[("AWS_REGION", "eu-central-1")]] {
            let ran = in_cloud(&place, &arguments, environment).expect_code(4);
            assert_eq!(ran.stdout, "");
            let hint = ran
                .stderr
                .lines()
                .find(|line| line.starts_with("hint: "))
                .unwrap();
            assert!(
                hint.contains("AWS_ACCESS_KEY_ID") && hint.contains("AWS_PROFILE"),
                "{hint}"
            );
        }
    }
    assert!(!place.data().exists(), "the cloud needs no local folder");
}

#[test]
fn nobody_at_the_aws_address_is_exit_3_with_the_address() {
    let place = Place::new();
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let url = format!("http://{closed}");
    let mut environment = vec![
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", url.as_str()),
    ];
    for command in [["xray", "setup"], ["logs", "setup"]] {
        let ran = in_cloud(&place, &command, &environment).expect_code(3);
        let said = format!("error: cannot reach {closed}: Connection refused");
        assert!(
            ran.stderr.contains(&said) && ran.stderr.contains("hint: "),
            "{}",
            ran.stderr
        );
    }
    // One service can be elsewhere, and then that address is the one to name.
    environment[3].0 = "AWS_ENDPOINT_URL_XRAY";
    let ran = in_cloud(&place, &["xray", "setup"], &environment).expect_code(3);
    assert!(
        ran.stderr.contains(&format!("cannot reach {closed}")),
        "{}",
        ran.stderr
    );
}

#[test]
fn aws_variables_that_point_at_a_stack_work_like_the_cloud() {
    let place = Place::new();
    let stack = place.stack();
    let url = format!("http://{}", stack.address);
    let environment = [
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", url.as_str()),
    ];
    let refused = in_cloud(&place, &["xray", "setup"], &environment).expect_code(1);
    assert!(
        refused
            .stderr
            .contains("nothing was changed in the cloud\nhint: say yes with --yes"),
        "{}",
        refused.stderr
    );
    let ran = in_cloud(&place, &["xray", "setup", "--yes"], &environment).expect_code(0);
    assert!(
        ran.stderr
            .contains(&format!("x-ray: {url}, region eu-west-1")),
        "{}",
        ran.stderr
    );
    // Regions are apart, as in the cloud: the local one has nothing yet.
    let local = place
        .run(&["xray", "setup", "--target", "local", "--dry-run"])
        .expect_code(0);
    assert!(local.stdout.ends_with("2 to create\n"), "{}", local.stdout);
    assert_eq!(
        request(stack.address, "POST", "/GetSamplingRules")
            .send(b"{")
            .status,
        400
    );
}
