//! Pages of lists, boosts, reports and their sums over bare HTTP.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

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
        match &answer["NextToken"] {
            Value::Null => return sizes,
            token => body = json!({ "NextToken": token }),
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
        let body =
            json!({ "GroupName": format!("g{number}"), "FilterExpression": "ok" }).to_string();
        running.answer("/CreateGroup", &body).await;
    }
    assert_eq!(walk(&running, "/Groups", "Groups").await, [26]);
    let rules = walk(&running, "/GetSamplingRules", "SamplingRuleRecords").await;
    assert_eq!(rules, [10, 10, 6]);
    // Samplers do not sign and read one page only.
    let all = running.answer("/GetSamplingRules", "").await;
    let records = all["SamplingRuleRecords"].as_array().unwrap();
    let name = |record: &Value| {
        record["SamplingRule"]["RuleName"]
            .as_str()
            .unwrap()
            .to_string()
    };
    let names: Vec<String> = records.iter().map(name).collect();
    let (default, others) = names.split_last().unwrap();
    assert!(
        others.is_sorted() && others.len() == 25 && default == "Default",
        "{names:?}"
    );
    assert_eq!(all["NextToken"], Value::Null);
    for path in [
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
    let body = update("SamplingRateBoost", &boost);
    let answer = running.answer("/UpdateSamplingRule", &body).await;
    let rule = &answer["SamplingRuleRecord"]["SamplingRule"];
    assert_eq!(rule["SamplingRateBoost"], boost);
    let running = Running::over(running.stop().await).await;
    let rules = running.answer("/GetSamplingRules", "").await;
    let rule = &rules["SamplingRuleRecords"][0]["SamplingRule"];
    assert_eq!(rule["SamplingRateBoost"], boost);
    // Our own client sends it along, since an update without it takes it away.
    let client = running.client("us-east-1").await;
    let known = client.rules().await.unwrap().remove(0);
    let mut wanted = known.clone();
    (wanted.priority, wanted.rate_boost) = (7, None);
    client.update_rule(&known, &wanted).await.unwrap();
    let kept = client.rules().await.unwrap().remove(0);
    assert_eq!((kept.priority, kept.rate_boost), (7, known.rate_boost));
    for body in [
        update("Priority", &json!(8)),
        update("SamplingRateBoost", &Value::Null),
    ] {
        let answer = running.answer("/UpdateSamplingRule", &body).await;
        let rule = &answer["SamplingRuleRecord"]["SamplingRule"];
        assert_eq!(rule.get("SamplingRateBoost"), None);
    }
    let body = json!({"SamplingRuleUpdate": {"RuleName": "Default", "SamplingRateBoost": boost}});
    let message = running
        .refusal("/UpdateSamplingRule", &body.to_string())
        .await;
    assert_eq!(message, "Invalid update request for default sampling rule");
}

#[tokio::test]
async fn every_report_has_a_target_and_unknown_rules_are_named() {
    let running = Running::start().await;
    let report = |client: &str, rule: &str, timestamp: i64| {
        json!({"RuleName": rule, "ClientID": client.repeat(24), "Timestamp": timestamp,
            "RequestCount": 3, "SampledCount": 2, "BorrowCount": 1})
    };
    let now = NOW / SECOND;
    let boost = |rule: &str| {
        json!({"RuleName": rule, "ServiceName": "s", "Timestamp": now, "AnomalyCount": 2,
            "TotalCount": 1, "SampledAnomalyCount": 3, "ClientID": "x"})
    };
    // An hour old and a day ahead count like the others.
    let body = json!({
        "SamplingStatisticsDocuments": [
            report("a", "Default", now), report("a", "Default", now), report("a", "gone", now),
            report("b", "Default", now - 3600), report("c", "Default", now + 86_400),
        ],
        "SamplingBoostStatisticsDocuments": [boost("Default"), boost("gone")],
    });
    let answer = running.answer("/SamplingTargets", &body.to_string()).await;
    let targets = answer["SamplingTargetDocuments"].as_array().unwrap();
    assert_eq!(targets.len(), 4);
    assert_eq!(
        targets[0],
        json!({"RuleName": "Default", "FixedRate": 0.05, "ReservoirQuota": 1,
            "ReservoirQuotaTTL": (now + 300) as f64, "Interval": 10})
    );
    let unknown = json!([{"ErrorCode": "400", "RuleName": "gone", "Message": "Unknown rule"}]);
    assert_eq!(answer["UnprocessedStatistics"], unknown);
    assert_eq!(answer["UnprocessedBoostStatistics"], unknown);

    // What is new is said where boosts are reported, and only there.
    for (body, boosts) in [
        (json!({"SamplingStatisticsDocuments": []}), Value::Null),
        (
            json!({"SamplingStatisticsDocuments": [], "SamplingBoostStatisticsDocuments": null}),
            Value::Null,
        ),
        (
            json!({"SamplingStatisticsDocuments": [], "SamplingBoostStatisticsDocuments": []}),
            json!([]),
        ),
    ] {
        let mut expected = json!({"SamplingTargetDocuments": [], "LastRuleModification": 0.0,
            "UnprocessedStatistics": []});
        if !boosts.is_null() {
            expected["UnprocessedBoostStatistics"] = boosts;
        }
        let answer = running.answer("/SamplingTargets", &body.to_string()).await;
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn a_new_rule_s_target_is_its_rate_alone() {
    let running = Running::start().await;
    let create = json!({ "SamplingRule": rule_json() }).to_string();
    running.answer("/CreateSamplingRule", &create).await;
    let report = json!({"SamplingStatisticsDocuments": [
        {"RuleName": "Cruddur", "ClientID": "a".repeat(24), "Timestamp": 1},
    ]})
    .to_string();
    let answer = running.answer("/SamplingTargets", &report).await;
    assert_eq!(
        answer["SamplingTargetDocuments"],
        json!([{"RuleName": "Cruddur", "FixedRate": 0.1, "ReservoirQuota": null,
            "ReservoirQuotaTTL": null, "Interval": null}])
    );
    let running = Running::over_at(running.stop().await, || NOW + 10 * SECOND).await;
    let answer = running.answer("/SamplingTargets", &report).await;
    assert_eq!(
        answer["SamplingTargetDocuments"],
        json!([{"RuleName": "Cruddur", "FixedRate": 0.1, "ReservoirQuota": 5,
            "ReservoirQuotaTTL": (NOW / SECOND + 310) as f64, "Interval": 10}])
    );
}

/// A clock that a test moves on; only one test uses it.
static TICKING: AtomicI64 = AtomicI64::new(NOW);

#[tokio::test]
async fn statistics_have_a_row_for_each_rule_about_the_last_window_that_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::over_at(folder, || TICKING.load(Ordering::Relaxed)).await;
    let create = json!({ "SamplingRule": rule_json() }).to_string();
    running.answer("/CreateSamplingRule", &create).await;
    let report = json!({"SamplingStatisticsDocuments": [
        {"RuleName": "Default", "ClientID": "a".repeat(24), "Timestamp": 1, "RequestCount": 3,
            "SampledCount": 2, "BorrowCount": 1},
    ]})
    .to_string();
    let window = NOW / SECOND - NOW / SECOND % 10;
    for (later, n_reports, counted) in [(0, 2, 0), (10, 1, 2), (20, 0, 1), (30, 0, 0)] {
        TICKING.store(NOW + later * SECOND, Ordering::Relaxed);
        for _ in 0..n_reports {
            running.answer("/SamplingTargets", &report).await;
        }
        let timestamp = (window + later - 10) as f64;
        let row = |rule: &str, n: i64| {
            json!({"RuleName": rule, "Timestamp": timestamp, "RequestCount": 3 * n,
                "SampledCount": 2 * n, "BorrowCount": n})
        };
        assert_eq!(
            running.answer("/SamplingStatisticSummaries", "{}").await,
            json!({"SamplingStatisticSummaries": [row("Cruddur", 0), row("Default", counted)],
                "NextToken": null})
        );
    }
}

/// As above, of another test.
static SAMPLING: AtomicI64 = AtomicI64::new(NOW);

#[tokio::test]
async fn explanation_sampler_and_service_name_the_same_rule() {
    let mut rng = StdRng::seed_from_u64(23);
    let (mut n_own, mut n_default) = (0, 0);
    for _ in 0..6 {
        SAMPLING.store(NOW, Ordering::Relaxed);
        let folder = tempfile::tempdir().unwrap();
        let running = Running::over_at(folder, || SAMPLING.load(Ordering::Relaxed)).await;
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
        SAMPLING.store(NOW + 10 * SECOND, Ordering::Relaxed);
        let sums = running.answer("/SamplingStatisticSummaries", "{}").await;
        let sums = sums["SamplingStatisticSummaries"]
            .as_array()
            .unwrap()
            .clone();
        let counted = sums.iter().map(|sum| {
            let name = sum["RuleName"].as_str().unwrap().to_string();
            (name, sum["RequestCount"].as_u64().unwrap())
        });
        let counted = counted.filter(|(_, count)| *count > 0);
        assert_eq!(counted.collect::<BTreeMap<_, _>>(), explained);
    }
    assert!(n_own > 300 && n_default > 20, "{n_own} {n_default}");
}
