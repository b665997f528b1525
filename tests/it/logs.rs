//! `logs setup` as it is typed.

use serde_json::{Value as Json, json};

use crate::http::logs;
use crate::place::{Place, Stack};

fn groups(stack: &Stack) -> Json {
    logs(stack.address, "DescribeLogGroups", &json!({})).json()["logGroups"].clone()
}

#[test]
fn setup_creates_the_group_and_a_second_run_has_nothing_to_do() {
    let place = Place::new();
    let stack = place.stack();
    let first = place.run(&["logs", "setup"]).expect_code(0);
    assert_eq!(
        first.stdout,
        "+ create log group cruddur\n    retention_days: 7\n1 to create\n"
    );
    let said = format!(
        "logs: local stack at {}, region us-east-1\n\
         log events leave after 7 days; CloudWatch's own default keeps them for ever, and bills them for ever\n\
         done: 1 created, 0 updated; next: cruddurctl serve\n",
        stack.address
    );
    assert_eq!(first.stderr, said);
    let made = groups(&stack);
    assert_eq!(
        (&made[0]["logGroupName"], &made[0]["retentionInDays"]),
        (&json!("cruddur"), &json!(7))
    );

    let second = place.run(&["logs", "setup"]).expect_code(0);
    assert_eq!(
        second.stdout,
        "= unchanged log group cruddur\nnothing to do\n"
    );
    assert_eq!(groups(&stack), made);
}

#[test]
fn another_retention_is_a_change_and_a_dry_run_is_none() {
    let place = Place::new();
    let stack = place.stack();
    let dry = place.run(&["logs", "setup", "--dry-run"]).expect_code(0);
    assert!(dry.stderr.ends_with("dry run: nothing was changed\n"));
    assert_eq!(groups(&stack), json!([]));
    place.run(&["logs", "setup"]).expect_code(0);

    let plan = "~ update log group cruddur\n    retention_days: 7 -> 30\n1 to change\n";
    let dry = place
        .run(&["logs", "setup", "--retention-days", "30", "--dry-run"])
        .expect_code(0);
    assert_eq!(
        (dry.stdout.as_str(), &groups(&stack)[0]["retentionInDays"]),
        (plan, &json!(7))
    );
    let applied = place
        .run(&["logs", "setup", "--retention-days", "30"])
        .expect_code(0);
    assert_eq!(
        (
            applied.stdout.as_str(),
            &groups(&stack)[0]["retentionInDays"]
        ),
        (plan, &json!(30))
    );
}

#[test]
fn a_retention_that_the_service_does_not_allow_is_wrong_usage_with_the_list() {
    let place = Place::new();
    for days in ["8", "0", "-1", "seven", "99999999999"] {
        let ran = place
            .run(&["logs", "setup", &format!("--retention-days={days}")])
            .expect_code(2);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.contains(days) && ran.stderr.contains("--retention-days"),
            "{}",
            ran.stderr
        );
    }
    let ran = place
        .run(&["logs", "setup", "--retention-days", "8"])
        .expect_code(2);
    let says = "the nearest that can be is 7; allowed are 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, \
                545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(!place.data().exists(), "wrong usage touches nothing");
}
