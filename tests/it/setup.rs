//! Setting up, planning, looking and tearing down, as they are typed: by file, by tag, and where things
//! are somebody else's.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::post_json;
use crate::place::{BINARY, Place, Ran, Stack};
use crate::slow_aws::{Day, SlowAws};

/// Several rules and groups, with everything that one can say about them.
const WHOLE: &str = r#"{
  "SamplingRules": [
    {
      "SamplingRule": {
        "RuleName": "home", "ResourceARN": "*", "Priority": 100, "FixedRate": 0.5, "ReservoirSize": 1,
        "ServiceName": "backend-flask", "ServiceType": "*", "Host": "*", "HTTPMethod": "GET",
        "URLPath": "/api/activities/home", "Version": 1,
        "SamplingRateBoost": {"MaxRate": 0.8, "CooldownWindowMinutes": 10}
      },
      "Tags": [{"Key": "team", "Value": "a"}]
    },
    {
      "RuleName": "health", "ResourceARN": "*", "Priority": 10, "FixedRate": 0, "ReservoirSize": 0,
      "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*",
      "URLPath": "/api/health-check", "Version": 1, "Tags": {"team": "b"}
    }
  ],
  "Groups": [
    {
      "GroupName": "slow", "FilterExpression": "responsetime > 1",
      "InsightsConfiguration": {"InsightsEnabled": true, "NotificationsEnabled": true},
      "Tags": [{"Key": "team", "Value": "a"}]
    },
    {"GroupName": "all", "FilterExpression": "responsetime >= 0"}
  ]
}
"#;

fn in_cloud(place: &mut Place, stack: &Stack) {
    let url = format!("http://{}", stack.address);
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", &url),
    ] {
        place.set(name, value);
    }
}

fn list(stack: &Stack, path: &str, member: &str) -> Vec<Json> {
    let answer = post_json(stack.address, path, &json!({})).json();
    answer[member].as_array().unwrap().clone()
}

fn rule(stack: &Stack, name: &str) -> Option<Json> {
    let records = list(stack, "/GetSamplingRules", "SamplingRuleRecords");
    let mut rules = records
        .into_iter()
        .map(|record| record["SamplingRule"].clone());
    rules.find(|rule| rule["RuleName"] == name)
}

fn group(stack: &Stack, name: &str) -> Option<Json> {
    let mut groups = list(stack, "/Groups", "Groups").into_iter();
    groups.find(|group| group["GroupName"] == name)
}

fn tags(stack: &Stack, arn: &Json) -> Json {
    let answer = post_json(
        stack.address,
        "/ListTagsForResource",
        &json!({"ResourceARN": arn}),
    );
    let tags = answer.json()["Tags"].clone();
    let pairs = tags.as_array().unwrap().iter();
    pairs
        .map(|tag| {
            (
                tag["Key"].as_str().unwrap().to_string(),
                tag["Value"].clone(),
            )
        })
        .collect()
}

fn json_of(ran: &Ran) -> Json {
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_file_of_several_rules_and_groups_is_set_up_compared_and_torn_down() {
    let place = Place::new();
    let stack = place.stack();
    place.write("all.json", WHOLE);
    let file = ["--file", "all.json"];
    let run = |words: &[&str]| place.run(&[words, &file].concat());

    let planned = run(&["xray", "plan", "--detailed-exitcode"]).expect_code(2);
    assert!(
        planned.stdout.ends_with("4 to create\n"),
        "{}",
        planned.stdout
    );
    run(&["xray", "setup"]).expect_code(0);
    let home = rule(&stack, "home").unwrap();
    let boost = json!({"MaxRate": 0.8, "CooldownWindowMinutes": 10});
    assert_eq!(home["SamplingRateBoost"], boost);
    let both = json!({"managed-by": "cruddurctl", "team": "a"});
    assert_eq!(tags(&stack, &home["RuleARN"]), both);
    let slow = group(&stack, "slow").unwrap();
    let insights = json!({"InsightsEnabled": true, "NotificationsEnabled": true});
    assert_eq!(slow["InsightsConfiguration"], insights);
    assert_eq!(tags(&stack, &slow["GroupARN"]), both);
    assert_eq!(
        group(&stack, "all").unwrap()["FilterExpression"],
        "responsetime >= 0"
    );
    assert_eq!(group(&stack, "Cruddur"), None, "the file says all");
    run(&["xray", "plan", "--detailed-exitcode"]).expect_code(0);
    run(&["xray", "status"]).expect_code(0);

    let changed = WHOLE
        .replace(
            r#""NotificationsEnabled": true"#,
            r#""NotificationsEnabled": false"#,
        )
        .replace(r#""MaxRate": 0.8"#, r#""MaxRate": 0.9"#)
        .replace(r#"{"team": "b"}"#, r#"{"team": "c"}"#);
    place.write("all.json", changed);
    let changed = run(&["xray", "setup"]).expect_code(0);
    let expected = r#"~ update X-Ray group slow
    notifications_enabled: true -> false
= unchanged X-Ray group all
~ update sampling rule home
    rate_boost: up to 0.8, 10 minutes apart -> up to 0.9, 10 minutes apart
~ update sampling rule health
    tags: team=b -> team=c
3 to change
"#;
    assert_eq!(changed.stdout, expected);
    run(&["xray", "status"]).expect_code(0);

    // What the file does not name stays.
    place.run(&["xray", "setup"]).expect_code(0);
    let gone = run(&["xray", "teardown"]).expect_code(0);
    assert!(gone.stdout.ends_with("4 to delete\n"), "{}", gone.stdout);
    assert_eq!((rule(&stack, "home"), group(&stack, "slow")), (None, None));
    assert!(rule(&stack, "Cruddur").is_some() && group(&stack, "Cruddur").is_some());
}

#[test]
fn everything_wrong_in_a_file_of_several_is_shown_at_once_with_its_place() {
    let place = Place::new();
    let text = r#"{
  "SamplingRules": [
    {"RuleName": "a", "ResourcesARN": "*", "Priority": 1, "FixedRate": 0.1, "ResevoirSize": 5,
     "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
     "SamplingRateBoost": {"MaxRate": 2, "Cooldown": 1}},
    7
  ],
  "Groups": [
    {"GroupName": "g", "FilterExpresion": "service(\"a\") { falt }"},
    {"GroupName": "g", "InsightsConfiguration": {"NotificationsEnabled": true}},
    {"GroupName": "Default", "Tags": [{"Key": "aws:x", "Value": ""}, {"Key": "managed-by", "Value": "me"}]},
    {"FilterExpression": "service("}
  ],
  "RuleName": "x"
}
"#;
    place.write("all.json", text);
    let ran = place.run(&["xray", "check", "all.json"]).expect_code(6);
    let first_lines: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: ") || line.starts_with("warning: "))
        .collect();
    assert_eq!(
        first_lines,
        [
            "warning: unknown key `ResourcesARN`, read as `ResourceARN`",
            "warning: unknown key `ResevoirSize`, read as `ReservoirSize`",
            "error: missing key `CooldownWindowMinutes`",
            "error: `MaxRate` must be 0 to 1, not 2",
            "error: unknown key `Cooldown`",
            "error: expected an object, found a number",
            "warning: unknown key `FilterExpresion`, read as `FilterExpression`",
            "error: in the filter expression: unknown keyword `falt`; did you mean `fault`?",
            "error: missing key `FilterExpression`",
            "error: another group is called `g` as well",
            "error: `NotificationsEnabled` may be true only if `InsightsEnabled` is true",
            "error: missing key `FilterExpression`",
            "error: `GroupName` must not be `Default`, which is X-Ray's own group",
            "error: tags that begin with aws: are AWS's own",
            "error: the tag `managed-by` is set by cruddurctl itself",
            "error: missing key `GroupName`",
            "error: in the filter expression: expected a name in double quotes or id(…)",
            "error: unknown key `RuleName`",
            "error: all.json has 15 errors and 3 warnings",
        ]
    );
    // The caret is inside of the expression, behind its escapes.
    let caret = r#"
9 |     {"GroupName": "g", "FilterExpresion": "service(\"a\") { falt }"},
  |                                                             ^^^^
"#;
    assert!(ran.stderr.contains(caret), "{}", ran.stderr);
    let refused = place.run(&["setup", "--file", "all.json"]).expect_code(1);
    assert_eq!(refused.stdout, "");
    assert!(!place.data().exists(), "nothing is asked of anybody");
}

#[test]
fn check_as_json_has_every_finding_with_its_place_and_suggestion() {
    let place = Place::new();
    let text = WHOLE.replace("\"Priority\": 100", "\"Priorty\": 100");
    let text = text.replace(
        "\"GroupName\": \"all\"",
        "\"Colour\": 1, \"GroupName\": \"all\"",
    );
    place.write("all.json", &text);
    let words = ["xray", "check", "all.json", "--output", "json"];
    let found = json_of(&place.run(&words).expect_code(6));
    let findings = found["findings"].as_array().unwrap();
    assert_eq!(
        findings[0],
        json!({
            "file": "all.json", "line": 5, "column": 49, "length": 9, "severity": "warning",
            "message": "unknown key `Priorty`, read as `Priority`",
            "suggestion": "spell it `Priority`",
        })
    );
    assert_eq!(
        (&findings[1]["severity"], findings.len(), &found["is_fine"]),
        (&json!("error"), 2, &json!(false))
    );
    assert_eq!(found["rules"], Json::Null);

    place.write("all.json", WHOLE);
    let fine = json_of(&place.run(&words).expect_code(0));
    assert_eq!(
        (&fine["is_fine"], &fine["findings"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(fine["rules"], json!(["home", "health"]));
    assert_eq!(fine["groups"], json!(["slow", "all"]));
    let words = place.run(&["xray", "check", "all.json"]).expect_code(0);
    assert_eq!(
        words.stdout,
        "all.json: 2 rules, 2 groups and 0 log groups are fine\n"
    );
}

#[test]
fn what_is_somebody_elses_is_never_touched_until_it_is_adopted() {
    let mut place = Place::new();
    let stack = place.stack();
    in_cloud(&mut place, &stack);
    let theirs = json!({"SamplingRule": {
        "RuleName": "Cruddur", "ResourceARN": "*", "Priority": 5, "FixedRate": 1, "ReservoirSize": 0,
        "ServiceName": "theirs", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*",
        "Version": 1}});
    // Without a signature it is the region that everything of the tests is in.
    let made = post_json(stack.address, "/CreateSamplingRule", &theirs);
    assert_eq!(made.status, 200);
    post_json(
        stack.address,
        "/CreateGroup",
        &json!({"GroupName": "Cruddur", "FilterExpression": "ok"}),
    );
    let before = (rule(&stack, "Cruddur"), group(&stack, "Cruddur"));

    let planned = place
        .run(&["xray", "plan", "--output", "json"])
        .expect_code(0);
    let plan = json_of(&planned);
    assert_eq!(
        (&plan["not_ours"], &plan["to_create"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(plan["steps"][1]["owner"], "somebody_else");
    assert!(
        planned.stderr.contains("setup --adopt"),
        "{}",
        planned.stderr
    );
    let refused = place.run(&["xray", "setup", "--yes"]).expect_code(1);
    assert!(
        refused
            .stderr
            .contains("it lacks the tag managed-by=cruddurctl")
    );
    let kept = place.run(&["xray", "teardown", "--yes"]).expect_code(0);
    assert!(
        kept.stdout.contains("! not ours sampling rule Cruddur"),
        "{}",
        kept.stdout
    );
    place.run(&["xray", "status"]).expect_code(1);
    assert_eq!((rule(&stack, "Cruddur"), group(&stack, "Cruddur")), before);

    let adopted = place
        .run(&["xray", "setup", "--adopt", "--yes"])
        .expect_code(0);
    assert!(
        adopted
            .stdout
            .contains("owner: none -> managed-by=cruddurctl")
    );
    let now = rule(&stack, "Cruddur").unwrap();
    assert_eq!(now["ServiceName"], "backend-flask");
    assert_eq!(
        tags(&stack, &now["RuleARN"]),
        json!({"managed-by": "cruddurctl"})
    );
    place.run(&["xray", "status"]).expect_code(0);
    let gone = place.run(&["xray", "teardown", "--yes"]).expect_code(0);
    assert!(gone.stdout.ends_with("2 to delete\n"), "{}", gone.stdout);
    assert_eq!(
        (rule(&stack, "Cruddur"), group(&stack, "Cruddur")),
        (None, None)
    );
}

#[test]
fn a_log_group_gets_class_key_protection_and_tags_and_keeps_its_class() {
    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/a";
    let place = Place::new();
    let _stack = place.stack();
    let words = [
        "logs",
        "setup",
        "--class",
        "infrequent-access",
        "--kms-key",
        KEY,
        "--deletion-protection",
        "--tag",
        "team=a",
        "--tag",
        "week=2",
    ];
    let made = place.run(&words).expect_code(0);
    let plan = format!(
        "+ create log group cruddur\n    retention_days: 7\n    class: INFREQUENT_ACCESS\n    kms_key: {KEY}\n    deletion_protection: true\n    tags: team=a,week=2\n1 to create\n"
    );
    assert_eq!(made.stdout, plan);
    place.run(&words).expect_code(0);

    let protected = place.run(&["teardown"]).expect_code(1);
    assert!(
        protected.stderr.contains("log group cruddur is protected")
            && protected.stderr.contains("hint: lift that with"),
        "{}",
        protected.stderr
    );
    let words = [
        "logs",
        "setup",
        "--class",
        "standard",
        "--kms-key",
        "none",
        "--deletion-protection=false",
        "--tag",
        "team=b",
    ];
    let changed = place.run(&words).expect_code(0);
    let plan = format!(
        "~ update log group cruddur\n    kms_key: {KEY} -> none\n    deletion_protection: true -> false\n    tags: team=a -> team=b\n    class: INFREQUENT_ACCESS -> STANDARD (fixed: nobody can change it)\n1 to change\n"
    );
    assert_eq!(changed.stdout, plan);
    assert!(
        changed
            .stderr
            .contains("keeps its class INFREQUENT_ACCESS for life")
    );
    let status = place
        .run(&["logs", "status", "--class", "standard", "--output", "json"])
        .expect_code(1);
    let resource = &json_of(&status)["resources"][0];
    assert_eq!(
        (&resource["state"], &resource["action"]),
        (&json!("differs"), &json!("unchanged"))
    );
    assert_eq!(resource["fixed"][0]["field"], "class");
    let plain = place.run(&["logs", "status"]).expect_code(0);
    assert!(
        plain.stderr.contains("stored cost 0.00 USD a month"),
        "{}",
        plain.stderr
    );
    place.run(&["logs", "teardown"]).expect_code(0);
}

#[test]
fn tags_that_aws_would_refuse_are_refused_before_anything_is_asked() {
    let place = Place::new();
    for (tag, says) in [
        ("team", "expected KEY=VALUE"),
        ("aws:a=b", "AWS's own"),
        ("managed-by=me", "set by cruddurctl itself"),
        ("=b", "1 to 128"),
    ] {
        let ran = place.run(&["setup", "--tag", tag]).expect_code(2);
        assert!(ran.stderr.contains(says), "{tag}: {}", ran.stderr);
    }
    assert!(!place.data().exists());
}

#[test]
fn rules_say_whose_they_are_what_never_matches_and_where_the_rate_does_not_apply() {
    let place = Place::new();
    let stack = place.stack();
    place.write("all.json", WHOLE);
    place
        .run(&["xray", "setup", "--file", "all.json"])
        .expect_code(0);
    place.run(&["xray", "setup"]).expect_code(0);
    let theirs = json!({"SamplingRule": {
        "RuleName": "theirs", "ResourceARN": "*", "Priority": 9001, "FixedRate": 1, "ReservoirSize": 0,
        "ServiceName": "backend-*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "/*",
        "Version": 1}});
    post_json(stack.address, "/CreateSamplingRule", &theirs);
    let mut late = theirs.clone();
    late["SamplingRule"]["RuleName"] = json!("late");
    late["SamplingRule"]["Priority"] = json!(9500);
    late["SamplingRule"]["URLPath"] = json!("/api/*");
    post_json(stack.address, "/CreateSamplingRule", &late);

    let ran = place
        .run(&["xray", "rules", "--output", "json"])
        .expect_code(0);
    let rules = json_of(&ran);
    let of = |member: &str| -> Vec<Json> {
        let rules = rules.as_array().unwrap().iter();
        rules.map(|rule| rule[member].clone()).collect()
    };
    assert_eq!(
        of("name"),
        ["health", "home", "Cruddur", "theirs", "late", "Default"]
    );
    assert_eq!(
        of("owner"),
        ["us", "us", "us", "somebody_else", "somebody_else", "xray"]
    );
    assert_eq!(of("covered_by")[4], "theirs");
    assert_eq!(of("can_match"), [true, true, true, true, false, true]);
    assert!(of("created")[..5].iter().all(Json::is_string));
    assert_eq!(of("created")[5], Json::Null);
    for note in [
        "late never matches: theirs is asked before it and matches all that it would\n",
        "Cruddur keeps every request up to 5 a second; its rate of 10 % is for what comes on top\n",
    ] {
        assert!(ran.stderr.contains(note), "{}", ran.stderr);
    }
    let groups = place.run(&["xray", "groups"]).expect_code(0);
    let lines: Vec<&str> = groups.stdout.lines().collect();
    assert!(
        lines[1].starts_with("Default  X-Ray's"),
        "{}",
        groups.stdout
    );
    assert!(
        lines.iter().any(|line| line.starts_with("slow     yes")),
        "{}",
        groups.stdout
    );
}

#[test]
fn a_service_that_puts_off_pages_and_is_late_is_waited_for() {
    let service = SlowAws::start(Day {
        put_off: 1,
        put_off_groups: 3,
        late: 3,
    });
    let mut place = Place::new();
    for (name, value) in service.environment() {
        place.set(name, &value);
    }
    place.write("all.json", WHOLE);
    let file = ["--file", "all.json", "--yes"];
    let run = |words: &[&str]| place.run(&[words, &file].concat());

    let made = run(&["setup"]).expect_code(0);
    assert!(made.stdout.ends_with("5 to create\n"), "{}", made.stdout);
    assert!(
        made.stderr
            .contains("the service puts calls off; trying again"),
        "{}",
        made.stderr
    );
    assert!(!made.stderr.contains("not listed yet"), "{}", made.stderr);
    let names = || service.names().map(|names| names.join(" "));
    assert_eq!(names(), ["home health", "slow all", "cruddur"]);
    // One put off, one that met a conflict, one too early, and the one that was taken.
    assert_eq!(service.n_calls("PutRetentionPolicy"), 4);
    let again = run(&["setup"]).expect_code(0);
    assert!(
        again.stdout.ends_with("nothing to do\n"),
        "{}",
        again.stdout
    );

    let gone = run(&["teardown"]).expect_code(0);
    assert!(gone.stdout.ends_with("5 to delete\n"), "{}", gone.stdout);
    assert!(!gone.stderr.contains("still listed"), "{}", gone.stderr);
    assert_eq!(names(), ["", "", ""]);
}

#[test]
fn a_list_that_is_late_makes_no_second_thing_and_no_error() {
    let service = SlowAws::start(Day {
        late: 4,
        ..Day::default()
    });
    let mut place = Place::new();
    for (name, value) in service.environment() {
        place.set(name, &value);
    }
    place.write("all.json", WHOLE);
    let run = |verb: &str| place.run(&["xray", verb, "--file", "all.json", "--yes"]);
    // Two at once: whoever comes second plans from a list that does not have what the first made.
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| run("setup"));
        let second = scope.spawn(|| run("setup"));
        (first.join().unwrap(), second.join().unwrap())
    });
    first.expect_code(0);
    second.expect_code(0);
    let [rules, groups, _] = service.names();
    assert_eq!((rules.len(), groups.len()), (2, 2));
    let status = ["xray", "status", "--file", "all.json"];
    place.run(&status).expect_code(0);
}

#[test]
fn a_files_misspelt_keys_are_mended_wherever_they_are() {
    let place = Place::new();
    let wrong = WHOLE
        .replace("\"SamplingRules\"", "\"SamplingRuels\"")
        .replace("\"FilterExpression\"", "\"FilterExpresion\"")
        .replace("\"MaxRate\"", "\"Maxrate\"");
    let path = place.write("all.json", &wrong);
    place
        .run(&["xray", "check", "all.json", "--fix"])
        .expect_code(0);
    assert_eq!(fs::read_to_string(path).unwrap(), WHOLE);
}

#[test]
fn a_file_with_log_groups_is_the_whole_plan() {
    let place = Place::new();
    let _stack = place.stack();
    let text = r#"{"LogGroups": [
        {"logGroupName": "cruddur", "retentionInDays": 14, "tags": {"team": "a"}},
        {"logGroupName": "cruddur/other", "logGroupClass": "INFREQUENT_ACCESS"}
    ]}"#;
    place.write("logs.json", text);
    let made = place.run(&["setup", "--file", "logs.json"]).expect_code(0);
    let plan = "+ create log group cruddur\n    retention_days: 14\n    tags: team=a\n+ create log group cruddur/other\n    retention_days: never\n    class: INFREQUENT_ACCESS\n2 to create\n";
    assert_eq!(made.stdout, plan);
    place.run(&["status", "--file", "logs.json"]).expect_code(0);
    let words = ["plan", "--file", "logs.json", "--retention-days", "7"];
    let both = place.run(&words).expect_code(2);
    assert!(
        both.stderr.contains("hint: leave the flags out"),
        "{}",
        both.stderr
    );
    let xray = place
        .run(&["xray", "plan", "--file", "logs.json"])
        .expect_code(0);
    assert!(
        xray.stderr.contains("left to `cruddurctl setup`"),
        "{}",
        xray.stderr
    );
    let gone = place
        .run(&["teardown", "--file", "logs.json"])
        .expect_code(0);
    assert!(gone.stdout.ends_with("2 to delete\n"), "{}", gone.stdout);

    let wrong = text
        .replace("14", "8")
        .replace("INFREQUENT_ACCESS", "CHEAP")
        .replace("cruddur/other", "cruddur other")
        .replace("tags", "tag");
    place.write("logs.json", wrong);
    let found = place.run(&["xray", "check", "logs.json"]).expect_code(6);
    for says in [
        "error: `retentionInDays` must be one of 1, 3, 5, 7, 14,",
        "error: `logGroupClass` must be one of STANDARD, INFREQUENT_ACCESS, DELIVERY, ESSENTIALS, not `CHEAP`",
        "error: `logGroupName` may have letters, digits and . - _ / #, not ' '",
        "warning: unknown key `tag`, read as `tags`",
    ] {
        assert!(found.stderr.contains(says), "{says}: {}", found.stderr);
    }
}

/// A rule with slips that no client finds.
const SLIPS: &str = r#"{"SamplingRules": [
  {"RuleName": "slips", "ResourceARN": "*", "Priority": 1, "FixedRate": 0.1, "ReservoirSize": 5,
   "ServiceName": "backend-falsk", "ServiceType": "*", "Host": "", "HTTPMethod": "get", "URLPath": "api",
   "Version": 1}],
  "Groups": [{"GroupName": "slips", "FilterExpression": "service(\"bakend-flask\")"}]}
"#;

#[test]
fn what_can_match_nothing_is_said_by_check_plan_setup_status_rules_and_groups() {
    let place = Place::new();
    let stack = place.stack();
    place.write("slips.json", SLIPS);
    place.write(
        "docker-compose.yml",
        "services:\n  web:\n    environment:\n      OTEL_SERVICE_NAME: backend-flask\n",
    );
    let of_rule = [
        ("Host", "is empty"),
        ("HTTPMethod", "has small letters"),
        ("URLPath", "does not begin with /"),
        (
            "ServiceName",
            "is the name of no service: known are backend-flask (docker-compose.yml)",
        ),
    ];
    let says_all = |ran: &Ran| {
        for (key, words) in of_rule {
            let said = [format!("`{key}` {words}"), format!("{key} {words}")];
            let is_said = said.iter().any(|said| ran.stderr.contains(said));
            assert!(is_said, "no {said:?} in\n{}", ran.stderr);
        }
        assert!(
            ran.stderr.contains("did you mean \"backend-flask\"?"),
            "{}",
            ran.stderr
        );
    };
    let checked = place.run(&["xray", "check", "slips.json"]).expect_code(6);
    says_all(&checked);
    assert!(
        checked
            .stderr
            .ends_with("error: slips.json has 5 warnings\n")
    );
    for (verb, code) in [("plan", 0), ("setup", 0), ("status", 0)] {
        let ran = place
            .run(&["xray", verb, "--file", "slips.json"])
            .expect_code(code);
        says_all(&ran);
        assert_eq!(ran.stderr.matches("`Host` is empty").count(), 1);
        assert!(
            ran.stderr.contains("did you mean `backend-flask`?"),
            "{}",
            ran.stderr
        );
        if verb == "plan" {
            assert!(ran.stdout.contains("    host: \"\"\n"), "{}", ran.stdout);
        }
    }
    says_all(&place.run(&["xray", "rules"]).expect_code(0));
    let groups = place.run(&["xray", "groups"]).expect_code(0);
    let warning = "warning: group slips: bakend-flask is the name of no service: known are backend-flask (docker-compose.yml); did you mean backend-flask?\n";
    assert!(groups.stderr.contains(warning), "{}", groups.stderr);

    // Without a checkout the stored segments tell, and where there are none nothing does.
    fs::remove_file(place.path("docker-compose.yml")).unwrap();
    let planned = place
        .run(&["xray", "plan", "--file", "slips.json"])
        .expect_code(0);
    assert!(!planned.stderr.contains("no service"), "{}", planned.stderr);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    let segment = json!({"name": "backend-flask", "id": "70de5b6f19ff9a0a", "trace_id":
        format!("1-{:08x}-a006649127e371903a2de979", now as i64 - 60), "start_time": now - 60.0,
        "end_time": now - 59.0});
    let body = json!({"TraceSegmentDocuments": [segment.to_string()]});
    assert_eq!(
        post_json(stack.address, "/TraceSegments", &body).status,
        200
    );
    let planned = place
        .run(&["xray", "plan", "--file", "slips.json"])
        .expect_code(0);
    let said =
        "`ServiceName` is the name of no service: known are backend-flask (the stored segments)";
    assert!(planned.stderr.contains(said), "{}", planned.stderr);
}

#[test]
fn check_reads_standard_input_and_leaves_other_files_alone() {
    let place = Place::new();
    let misspelt = WHOLE.replace("ReservoirSize", "ResevoirSize");
    place.write("misspelt.json", &misspelt);
    let found = place
        .run_shell(&format!("{BINARY} xray check - < misspelt.json"))
        .expect_code(6);
    assert!(
        found.stderr.contains(" --> standard input:5:"),
        "{}",
        found.stderr
    );
    let fixed = place
        .run_shell(&format!("{BINARY} xray check - --fix < misspelt.json"))
        .expect_code(0);
    assert_eq!(fixed.stdout, WHOLE);
    let text = r#"{"version": 2, "default": {"fixed_target": 1, "rate": 0.05}, "rules": []}"#;
    place.write("my rule's.json", text);
    let other = place
        .run(&["xray", "check", "--fix", "my rule's.json"])
        .expect_code(6);
    let what = "error: this is no rule file but the local sampling rules of an X-Ray SDK\n";
    assert!(other.stderr.starts_with(what), "{}", other.stderr);
    assert_eq!(
        fs::read_to_string(place.path("my rule's.json")).unwrap(),
        text
    );
    place.write("my rule's.json", &misspelt);
    let hinted = place
        .run(&["xray", "check", "my rule's.json"])
        .expect_code(6);
    let hint =
        "hint: `cruddurctl xray check 'my rule'\\''s.json' --fix` rewrites the misspelt keys\n";
    assert!(hinted.stderr.ends_with(hint), "{}", hinted.stderr);
}
