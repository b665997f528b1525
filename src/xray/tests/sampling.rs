//! Pages of lists, boosts, reports and their sums over bare HTTP.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::{NOW, Running, rule_json};
use crate::model::sampling_explain::Explanation;
use crate::model::sampling_match::tests::{random_request, random_rule};
use crate::model::time::SECOND;
use crate::model::wanted::Tags;
use crate::xray::sampler::Sampler;

pub(super) const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=AK/20261122/us-east-1/xray/aws4_request";

/// Turns all pages of a list and returns how many elements each has.
pub(super) async fn walk(running: &Running, path: &str, list: &str) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut body = json!({});
    loop {
        let (status, _, answer) = running.ask("POST", path, SIGNED, &body.to_string()).await;
        assert_eq!(status, 200, "{answer}");
        sizes.push(answer[list].as_array().unwrap().len());
        match answer.get("NextToken") {
            None => return sizes,
            Some(token) => body = json!({ "NextToken": token }),
        }
    }
}

#[tokio::test]
async fn lists_come_in_pages_that_end() {
    let running = Running::start().await;
    for number in 0..25 {
        let mut rule = rule_json();
        rule["RuleName"] = json!(format!("r{number}"));
        let body = json!({ "SamplingRule": rule }).to_string();
        running.answer("/CreateSamplingRule", &body).await;
        let body = json!({ "GroupName": format!("g{number}") }).to_string();
        running.answer("/CreateGroup", &body).await;
    }
    assert_eq!(walk(&running, "/Groups", "Groups").await, [10, 10, 6]);
    let rules = walk(&running, "/GetSamplingRules", "SamplingRuleRecords").await;
    assert_eq!(rules, [10, 10, 6]);
    // Samplers do not sign and read one page only.
    let all = running.answer("/GetSamplingRules", "").await;
    assert_eq!(all["SamplingRuleRecords"].as_array().unwrap().len(), 26);
    assert_eq!(all.get("NextToken"), None);
    for path in [
        "/Groups",
        "/GetSamplingRules",
        "/GetIndexingRules",
        "/SamplingStatisticSummaries",
    ] {
        for token in ["", "policies.a"] {
            let body = json!({ "NextToken": token }).to_string();
            let message = running.refusal(path, &body).await;
            assert_eq!(message, "the NextToken is invalid", "{path}");
        }
    }
}

#[tokio::test]
async fn a_boost_is_kept_and_only_shown_where_it_is_set() {
    let running = Running::start().await;
    let create = json!({ "SamplingRule": rule_json() }).to_string();
    let made = running.answer("/CreateSamplingRule", &create).await;
    assert_eq!(
        made["SamplingRuleRecord"]["SamplingRule"].get("SamplingRateBoost"),
        None
    );
    let boost = json!({"MaxRate": 0.5, "CooldownWindowMinutes": 10});
    let update = |member: &str, value: &Value| {
        json!({"SamplingRuleUpdate": {"RuleName": "Cruddur", member: value}}).to_string()
    };
    for body in [
        update("SamplingRateBoost", &boost),
        update("Priority", &json!(7)),
    ] {
        let answer = running.answer("/UpdateSamplingRule", &body).await;
        let rule = &answer["SamplingRuleRecord"]["SamplingRule"];
        assert_eq!(rule["SamplingRateBoost"], boost);
    }
    let running = Running::over(running.stop().await).await;
    let rules = running.answer("/GetSamplingRules", "").await;
    let rule = &rules["SamplingRuleRecords"][0]["SamplingRule"];
    assert_eq!(
        (&rule["SamplingRateBoost"], &rule["Priority"]),
        (&boost, &json!(7))
    );
    let body = json!({"SamplingRuleUpdate": {"RuleName": "Default", "SamplingRateBoost": boost}});
    let message = running
        .refusal("/UpdateSamplingRule", &body.to_string())
        .await;
    assert_eq!(message, "Invalid update request for default sampling rule");
}

#[tokio::test]
async fn reports_are_added_up_and_odd_ones_named() {
    let running = Running::start().await;
    let report = |client: &str, rule: &str, timestamp: i64| {
        json!({"RuleName": rule, "ClientID": client.repeat(24), "Timestamp": timestamp,
            "RequestCount": 3, "SampledCount": 2, "BorrowCount": 1})
    };
    let now = NOW / SECOND;
    let boost = |rule: &str| {
        json!({"RuleName": rule, "ServiceName": "s", "Timestamp": now, "AnomalyCount": 1,
            "TotalCount": 1, "SampledAnomalyCount": 1, "ClientID": "x"})
    };
    let body = json!({
        "SamplingStatisticsDocuments": [
            report("a", "Default", now), report("b", "Default", now), report("a", "gone", now),
            report("a", "Default", now - 301), report("a", "Default", now + 301),
            report("a", "Default", now - 20),
        ],
        "SamplingBoostStatisticsDocuments": [boost("Default"), boost("gone")],
    });
    let answer = running.answer("/SamplingTargets", &body.to_string()).await;
    assert_eq!(
        answer["SamplingTargetDocuments"].as_array().unwrap().len(),
        3
    );
    let unprocessed = |code: &str, rule: &str, message: &str| json!({"ErrorCode": code, "RuleName": rule, "Message": message});
    assert_eq!(
        answer["UnprocessedStatistics"],
        json!([
            unprocessed("404", "gone", "Sampling rule not found"),
            unprocessed("400", "Default", "the statistics are too old"),
            unprocessed("400", "Default", "the statistics are of the future"),
        ])
    );
    assert_eq!(
        answer["UnprocessedBoostStatistics"],
        json!([unprocessed("404", "gone", "Sampling rule not found")])
    );
    let sums = running.answer("/SamplingStatisticSummaries", "{}").await;
    let sum = |timestamp: i64, times: i64| {
        json!({"RuleName": "Default", "Timestamp": timestamp as f64, "RequestCount": 3 * times,
            "SampledCount": 2 * times, "BorrowCount": times})
    };
    let window = now - now % 10;
    assert_eq!(
        sums,
        json!({"SamplingStatisticSummaries": [sum(window - 20, 1), sum(window, 2)]})
    );
    // A sampler that has nothing to report may send nothing at all.
    for body in ["", r#"{"SamplingBoostStatisticsDocuments": null}"#] {
        let answer = running.answer("/SamplingTargets", body).await;
        assert_eq!(
            answer,
            json!({"SamplingTargetDocuments": [], "LastRuleModification": 0.0, "UnprocessedStatistics": []})
        );
    }
}

#[tokio::test]
async fn statistics_beyond_a_page_come_on_the_next() {
    let running = Running::start().await;
    for number in 0..25 {
        let mut rule = rule_json();
        rule["RuleName"] = json!(format!("r{number}"));
        let body = json!({ "SamplingRule": rule }).to_string();
        running.answer("/CreateSamplingRule", &body).await;
    }
    for window in 0..5 {
        let report = |number: i64| {
            json!({"RuleName": format!("r{number}"), "ClientID": "a".repeat(24), "RequestCount": 1,
                "Timestamp": NOW / SECOND - 10 * window})
        };
        let reports: Vec<Value> = (0..25).map(report).collect();
        let body = json!({ "SamplingStatisticsDocuments": reports }).to_string();
        running.answer("/SamplingTargets", &body).await;
    }
    let sizes = walk(
        &running,
        "/SamplingStatisticSummaries",
        "SamplingStatisticSummaries",
    )
    .await;
    assert_eq!(sizes, [100, 25]);
}

#[tokio::test]
async fn explanation_sampler_and_service_name_the_same_rule() {
    let mut rng = StdRng::seed_from_u64(23);
    let (mut n_own, mut n_default) = (0, 0);
    for _ in 0..6 {
        let running = Running::start().await;
        let client = running.client("us-east-1").await;
        for number in 0..8 {
            let mut rule = random_rule(&mut rng, &format!("r{number}"));
            // The service takes no other.
            rule.version = 1;
            client.create_rule(&rule, &Tags::new()).await.unwrap();
        }
        let rules = client.rules().await.unwrap();
        let sampler = Sampler::new(1);
        sampler.set_rules(rules.clone());
        let mut explained: BTreeMap<String, u64> = BTreeMap::new();
        for _ in 0..200 {
            let request = random_request(&mut rng);
            let explanation = Explanation::of(rules.clone(), &request);
            let deciding = explanation.deciding().unwrap().rule_name.clone();
            let decision = sampler.decide(NOW, &request);
            assert_eq!(decision.rule.as_deref(), Some(&*deciding), "{request:?}");
            match deciding.as_str() {
                "Default" => n_default += 1,
                _ => n_own += 1,
            }
            *explained.entry(deciding).or_default() += 1;
        }
        // What the sampler reports, the service counts for the same rules.
        let client_id = "a".repeat(24);
        let statistics = sampler.statistics();
        let granted = client.sampling_targets(&client_id, NOW, &statistics).await;
        assert_eq!(granted.unwrap().unprocessed, []);
        let sums = running.answer("/SamplingStatisticSummaries", "{}").await;
        let sums = sums["SamplingStatisticSummaries"]
            .as_array()
            .unwrap()
            .clone();
        let counted = sums.iter().map(|sum| {
            let name = sum["RuleName"].as_str().unwrap().to_string();
            (name, sum["RequestCount"].as_u64().unwrap())
        });
        assert_eq!(counted.collect::<BTreeMap<_, _>>(), explained);
    }
    assert!(n_own > 300 && n_default > 20, "{n_own} {n_default}");
}
