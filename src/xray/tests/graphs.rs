//! Graphs and series, asked for over HTTP at different times.

use super::clocked::{Clocked, clocked, document, seconds};
use super::*;

#[tokio::test]
async fn a_graph_tells_states_and_seconds_and_nothing_of_the_client() {
    let stack = clocked!();
    let calls = json!({"subsegments": [
        {"id": "00000000000000a1", "name": "api", "namespace": "remote", "start_time": seconds() + 0.1, "end_time": seconds() + 0.1226},
        {"id": "00000000000000a2", "name": "SNS", "namespace": "aws", "start_time": seconds() + 0.1, "end_time": seconds() + 0.2},
    ], "error": true, "throttle": true});
    stack.put(&[document(1, 0.5, 1.0, calls)]).await;
    let graph = stack.between("/ServiceGraph", -1.0, 10.0, json!({})).await;
    assert_eq!(graph["StartTime"], json!(seconds()));
    assert_eq!(graph["EndTime"], json!(seconds()));
    assert_eq!(graph["NextToken"], Value::Null);
    let told: Vec<Value> = graph["Services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            json!([
                it["Name"],
                it["Type"],
                it["State"],
                it["Root"],
                it["SummaryStatistics"]["TotalCount"]
            ])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!(["SNS", "AWS::SNS", "unknown", null, 1]),
            json!(["api", "remote", "passive", null, 1]),
            json!(["front", null, "active", true, 1]),
            json!(["front", "client", "unknown", null, null]),
        ]
    );
    let services = graph["Services"].as_array().unwrap();
    for service in services {
        assert_eq!(service["StartTime"], json!(seconds()));
        assert_eq!(service["EndTime"], json!(seconds() + 1.0));
    }
    assert_eq!(
        services[1]["ResponseTimeHistogram"],
        json!([{"Value": 0.023, "Count": 1}])
    );
    assert_eq!(services[1]["SummaryStatistics"]["TotalResponseTime"], 0.023);
    let errors = &services[2]["SummaryStatistics"]["ErrorStatistics"];
    assert_eq!(
        *errors,
        json!({"ThrottleCount": 1, "OtherCount": 0, "TotalCount": 1})
    );
    let client = &services[3];
    assert_eq!(client["DurationHistogram"], Value::Null);
    assert_eq!(client["ResponseTimeHistogram"], Value::Null);
    assert_eq!(client["Edges"][0]["SummaryStatistics"]["TotalCount"], 1);

    let body = json!({"TraceIds": [trace_id(1)]}).to_string();
    let of_one = stack.running.answer("/TraceGraph", &body).await;
    for service in of_one["Services"].as_array().unwrap() {
        for key in ["StartTime", "EndTime"] {
            assert_eq!(service[key], Value::Null, "{key}");
        }
    }
}

#[tokio::test]
async fn a_series_counts_by_arrival_and_names_the_end_of_each_period_the_newest_first() {
    let stack = clocked!();
    // The first minute that is whole.
    let minute = f64::from(60 - (NOW / SECOND % 60) as i32);
    for (number, at, outcome) in [
        (1, minute + 1.0, json!({})),
        (2, minute + 59.0, json!({"error": true})),
        (3, minute + 60.0, json!({"fault": true})),
    ] {
        let document = document(number, 0.0, f64::from(number), outcome);
        stack.at(at).put(&[document]).await;
    }
    let series = |more: Value, from: f64, to: f64| {
        let stack = &stack;
        async move {
            let answer = stack
                .between("/TimeSeriesServiceStatistics", from, to, more)
                .await;
            answer["TimeSeriesServiceStatistics"]
                .as_array()
                .unwrap()
                .clone()
        }
    };
    let of_service = json!({"EntitySelectorExpression": "service(\"front\")"});
    let rows = series(of_service.clone(), 0.0, 1_000.0).await;
    let end = |row: &Value| row["Timestamp"].as_f64().unwrap() - seconds() - minute;
    assert_eq!(rows.iter().map(end).collect::<Vec<_>>(), [120.0, 60.0]);
    assert_eq!(
        rows[0]["ServiceSummaryStatistics"]["FaultStatistics"]["TotalCount"],
        1
    );
    assert_eq!(rows[1]["ServiceSummaryStatistics"]["TotalCount"], 2);
    assert_eq!(rows[1]["EdgeSummaryStatistics"], Value::Null);
    assert_eq!(
        rows[0]["ServiceForecastStatistics"],
        json!({"FaultCountHigh": null, "FaultCountLow": null})
    );
    // A row is in the window if the end of its period is.
    assert_eq!(
        series(of_service.clone(), minute, minute + 60.0)
            .await
            .len(),
        0
    );
    assert_eq!(
        series(of_service, minute + 60.0, minute + 61.0).await.len(),
        1
    );
    let absent = json!({"EntitySelectorExpression": "service(\"nobody\")"});
    let rows = series(absent, 0.0, 1_000.0).await;
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row["ServiceSummaryStatistics"].is_null())
    );
    let edge =
        json!({"EntitySelectorExpression": "edge(id(type: \"client\"), \"front\")", "Period": 300});
    let rows = series(edge, -300.0, 1_000.0).await;
    let total = |row: &Value| row["EdgeSummaryStatistics"]["TotalCount"].as_u64().unwrap();
    assert_eq!(rows.iter().map(total).sum::<u64>(), 3);
    assert!(
        rows.iter()
            .all(|row| row["ServiceSummaryStatistics"].is_null())
    );

    for (more, message) in [
        (
            json!({"Period": 120}),
            "Time period must be one of [60, 300]",
        ),
        (json!({"Period": 0}), "Time period must be one of [60, 300]"),
        (
            json!({"EntitySelectorExpression": "id(name: \"front\")"}),
            "Error Location: line 1, position 1 : Invalid input symbol: 'id'",
        ),
        (
            json!({"EntitySelectorExpression": "  fault"}),
            "Error Location: line 1, position 3 : Invalid input symbol: 'fault'",
        ),
        (json!({"GroupName": "none"}), "Group not found."),
    ] {
        let mut body = more;
        body["StartTime"] = json!(seconds());
        body["EndTime"] = json!(seconds() + 60.0);
        let path = "/TimeSeriesServiceStatistics";
        assert_eq!(
            stack.running.refusal(path, &body.to_string()).await,
            message
        );
    }
}

#[tokio::test]
async fn a_changed_filter_is_not_applied_to_what_arrived_before() {
    let stack = clocked!();
    let group = |filter: &str| json!({"GroupName": "g", "FilterExpression": filter}).to_string();
    stack.running.answer("/CreateGroup", &group("fault")).await;
    stack
        .at(1.0)
        .put(&[
            document(1, 0.0, 1.0, json!({"fault": true})),
            document(2, 0.0, 1.0, json!({})),
        ])
        .await;
    stack
        .at(10.0)
        .running
        .answer("/UpdateGroup", &group("ok"))
        .await;
    stack
        .at(11.0)
        .put(&[
            document(3, 0.0, 1.0, json!({"fault": true})),
            document(4, 0.0, 1.0, json!({})),
        ])
        .await;
    for (from, to, n_faults, n_all, is_old) in [
        (0.0, 20.0, 1, 2, true),
        (0.0, 10.0, 1, 1, true),
        (10.0, 20.0, 0, 1, false),
    ] {
        let group = json!({"GroupName": "g"});
        let graph = stack
            .between("/ServiceGraph", from, to, group.clone())
            .await;
        let front = &graph["Services"][0]["SummaryStatistics"];
        assert_eq!(
            front["FaultStatistics"]["TotalCount"], n_faults,
            "{from} {to}"
        );
        assert_eq!(front["TotalCount"], n_all, "{from} {to}");
        assert_eq!(graph["ContainsOldGroupVersions"], is_old, "{from} {to}");
        let series = stack
            .between("/TimeSeriesServiceStatistics", from, to, group)
            .await;
        assert_eq!(series["ContainsOldGroupVersions"], is_old, "{from} {to}");
    }
    stack
        .running
        .answer("/DeleteGroup", r#"{"GroupName": "g"}"#)
        .await;
    let body = json!({"StartTime": seconds(), "EndTime": seconds() + 5.0, "GroupName": "g"});
    let message = stack
        .running
        .refusal("/ServiceGraph", &body.to_string())
        .await;
    assert_eq!(message, "Group not found.");
}
