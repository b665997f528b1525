use serde_json::{Value, json};

use super::server::OPERATIONS;
use super::server_model;
use super::server_tests::Service;

const GROUP_ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:g";
const IDENTIFIER: &str = r"Member must satisfy regular expression pattern: [\w#+=/:,.@-]*";

#[test]
fn every_operation_has_its_limits() {
    let answered = OPERATIONS.iter().map(|(name, _)| *name);
    let answered: Vec<&str> = answered.filter(|name| *name != "PutLogEvents").collect();
    let modelled: Vec<&str> = server_model::OPERATIONS
        .iter()
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(answered, modelled);
}

#[tokio::test]
async fn limits_of_the_model_are_refused_in_the_services_words() {
    let service = Service::with_stream().await;
    let arn = format!("{GROUP_ARN}:*");
    let one = |what: &str| format!("1 validation error detected: {what}");
    let fails = |value: &str, member: &str, constraint: &str| {
        format!("Value{value} at '{member}' failed to satisfy constraint: {constraint}")
    };
    let long = "a".repeat(2_049);
    for (operation, request, text) in [
        // Identifiers that end in `:*`, where the service takes none.
        (
            "DescribeLogStreams",
            json!({"logGroupIdentifier": arn}),
            one(&fails("", "logGroupIdentifier", IDENTIFIER)),
        ),
        (
            "GetLogEvents",
            json!({"logGroupIdentifier": arn, "logStreamName": "s"}),
            one(&fails("", "logGroupIdentifier", IDENTIFIER)),
        ),
        (
            "FilterLogEvents",
            json!({"logGroupIdentifier": arn}),
            one(&fails("", "logGroupIdentifier", IDENTIFIER)),
        ),
        (
            "PutLogGroupDeletionProtection",
            json!({"logGroupIdentifier": arn, "deletionProtectionEnabled": true}),
            one(&fails("", "logGroupIdentifier", IDENTIFIER)),
        ),
        (
            "StartQuery",
            json!({"logGroupIdentifiers": [arn], "startTime": 0, "endTime": 1, "queryString": "limit 1"}),
            one(&fails(
                "",
                "logGroupIdentifiers",
                &format!(
                    "Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, {IDENTIFIER}]"
                ),
            )),
        ),
        (
            "ListTagsForResource",
            json!({"resourceArn": arn}),
            one(&fails(
                "",
                "resourceArn",
                r"Member must satisfy regular expression pattern: [\w+=/:,.@-]*",
            )),
        ),
        (
            "TagResource",
            json!({"resourceArn": arn, "tags": {"a": "b"}}),
            one(&fails(
                "",
                "resourceArn",
                r"Member must satisfy regular expression pattern: [\w+=/:,.@-]*",
            )),
        ),
        // Times, lengths, numbers.
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "startTime": -1}),
            one(&fails(
                " '-1'",
                "startTime",
                "Member must have value greater than or equal to 0",
            )),
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "endTime": -1, "limit": 0}),
            format!(
                "2 validation errors detected: {}; {}",
                fails(
                    " '-1'",
                    "endTime",
                    "Member must have value greater than or equal to 0"
                ),
                fails(
                    " '0'",
                    "limit",
                    "Member must have value greater than or equal to 1"
                ),
            ),
        ),
        (
            "DescribeLogGroups",
            json!({"logGroupNamePrefix": ""}),
            format!(
                "2 validation errors detected: {}; {}",
                fails(
                    "",
                    "logGroupNamePrefix",
                    r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"
                ),
                fails(
                    " ''",
                    "logGroupNamePrefix",
                    "Member must have length greater than or equal to 1"
                ),
            ),
        ),
        (
            "DescribeLogStreams",
            json!({"logGroupIdentifier": long}),
            one(&fails(
                &format!(" '{long}'"),
                "logGroupIdentifier",
                "Member must have length less than or equal to 2048",
            )),
        ),
        (
            "DescribeLogStreams",
            json!({"logGroupName": "g", "orderBy": "Name"}),
            one(&fails(
                " 'Name'",
                "orderBy",
                "Member must satisfy enum value set: [LogStreamName, LastEventTime]",
            )),
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "logStreamNames": []}),
            one(&fails(
                " '[]'",
                "logStreamNames",
                "Member must have length greater than or equal to 1",
            )),
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "nextToken": ""}),
            one(&fails(
                " ''",
                "nextToken",
                "Member must have length greater than or equal to 1",
            )),
        ),
        (
            "CreateLogStream",
            json!({"logGroupName": null}),
            format!(
                "2 validation errors detected: {}; {}",
                fails(" null", "logGroupName", "Member must not be null"),
                fails(" null", "logStreamName", "Member must not be null"),
            ),
        ),
        (
            "TagLogGroup",
            json!({"logGroupName": "g", "tags": {"a*": "b"}}),
            one(&fails(
                "",
                "tags",
                r"Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$]",
            )),
        ),
        (
            "ListLogGroups",
            json!({"logGroupNamePattern": "ab|^c*"}),
            one(&fails(
                "",
                "logGroupNamePattern",
                r"Member must satisfy regular expression pattern: (\^?[\.\-_\/#A-Za-z0-9]{3,24})(\|\^?[\.\-_\/#A-Za-z0-9]{3,24}){0,4}",
            )),
        ),
        (
            "ListLogGroups",
            json!({"dataSources": [{"type": "x"}]}),
            one(&fails(
                " null",
                "dataSources.1.member.name",
                "Member must not be null",
            )),
        ),
        (
            "TestMetricFilter",
            json!({"filterPattern": "", "logEventMessages": ["", "a"]}),
            one(&fails(
                " '[, a]'",
                "logEventMessages",
                "Member must satisfy constraint: [Member must have length greater than or equal to 1]",
            )),
        ),
        (
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "logEvents": []}),
            one(&fails(
                " '[]'",
                "logEvents",
                "Member must have length greater than or equal to 1",
            )),
        ),
        (
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "a:b", "logEvents": []}),
            one(&fails(
                "",
                "logStreamName",
                "Member must satisfy regular expression pattern: [^:*]*",
            )),
        ),
        (
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "entity": {"keyAttributes": {"a": "b"}},
                "logEvents": [{"timestamp": 1, "message": "x"}]}),
            one(&fails(
                " '{a=b}'",
                "entity.keyAttributes",
                "Member must have length greater than or equal to 2",
            )),
        ),
        (
            "PutLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s",
                "logEvents": [{"timestamp": -1, "message": "x"}, {"message": ""}]}),
            format!(
                "3 validation errors detected: {}; {}; {}",
                fails(
                    " '-1'",
                    "logEvents.1.member.timestamp",
                    "Member must have value greater than or equal to 0"
                ),
                fails(
                    " null",
                    "logEvents.2.member.timestamp",
                    "Member must not be null"
                ),
                fails(
                    " ''",
                    "logEvents.2.member.message",
                    "Member must have length greater than or equal to 1"
                ),
            ),
        ),
        (
            "ListLogGroupsForQuery",
            json!({"queryId": "x", "maxResults": 49}),
            one(&fails(
                " '49'",
                "maxResults",
                "Member must have value greater than or equal to 50",
            )),
        ),
    ] {
        let expected = ("InvalidParameterException".to_string(), text);
        let (code, text) = service.refused(operation, request.clone()).await;
        assert_eq!((code.to_string(), text), expected, "{operation} {request}");
    }
}

#[tokio::test]
async fn what_is_of_another_kind_of_json_is_not_read() {
    let service = Service::with_stream().await;
    let put = |members: Value| {
        let mut request = json!({"logGroupName": "g", "logStreamName": "s",
            "logEvents": [{"timestamp": super::server_tests::NOW, "message": "x"}]});
        for (name, value) in members.as_object().unwrap() {
            request[name] = value.clone();
        }
        request
    };
    for (operation, request, says) in [
        ("DescribeLogGroups", json!([]), "an object is expected"),
        (
            "PutLogEvents",
            json!(["g", "s", []]),
            "an object is expected",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": 5}),
            "logGroupName must be a text",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "n", "tags": {"a": 1}}),
            "tags.a must be a text",
        ),
        (
            "CreateLogGroup",
            json!({"logGroupName": "n", "deletionProtectionEnabled": 1}),
            "deletionProtectionEnabled must be true or false",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "interleaved": "x"}),
            "interleaved must be true or false",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "limit": 1.5}),
            "limit must be a whole number",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "logStreamNames": "s"}),
            "logStreamNames must be a list",
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "logStreamNames": ["s", 5]}),
            "logStreamNames.2.member must be a text",
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "unmask": []}),
            "unmask must be true or false",
        ),
        (
            "GetLogRecord",
            json!({"logRecordPointer": "p", "unmask": {}}),
            "unmask must be true or false",
        ),
        (
            "ListLogGroups",
            json!({"dataSources": ["x"]}),
            "dataSources.1.member must be an object",
        ),
        (
            "ListLogGroups",
            json!({"dataSources": [{"name": "x", "type": 5}]}),
            "dataSources.1.member.type must be a text",
        ),
        (
            "ListLogGroups",
            json!({"logGroupTags": [[]]}),
            "logGroupTags.1.member must be an object",
        ),
        (
            "ListLogGroupsForQuery",
            json!({"queryId": "q", "maxResults": "50"}),
            "maxResults must be a whole number",
        ),
        (
            "PutLogEvents",
            put(json!({"entity": "x"})),
            "entity must be an object",
        ),
        (
            "PutLogEvents",
            put(json!({"entity": {"attributes": {"a": 5}}})),
            "entity.attributes.a must be a text",
        ),
        (
            "PutLogEvents",
            put(json!({"logEvents": [[1, "x"]]})),
            "an event with timestamp and message",
        ),
        (
            "PutLogEvents",
            put(json!({"logEvents": [{"timestamp": "1", "message": "x"}]})),
            "invalid type",
        ),
        (
            "StartQuery",
            json!({"startTime": "x"}),
            "startTime must be a whole number",
        ),
    ] {
        let (code, text) = service.refused(operation, request.clone()).await;
        assert_eq!(
            code, "SerializationException",
            "{operation} {request}: {text}"
        );
        assert!(text.contains(says), "{operation} {request}: {text}");
    }
    let (code, text) = service
        .refused("PutLogEvents", put(json!({"logEvents": [null]})))
        .await;
    assert_eq!(code, "InvalidParameterException");
    assert!(text.contains("'logEvents.1.member.message'"), "{text}");
}

#[tokio::test]
async fn null_is_as_good_as_absent() {
    let service = Service::with_stream().await;
    for (operation, request) in [
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "logGroupIdentifier": null, "logStreamNames": null,
                "logStreamNamePrefix": null, "startTime": null, "endTime": null, "filterPattern": null,
                "nextToken": null, "limit": null, "interleaved": null, "unmask": null}),
        ),
        (
            "DescribeLogGroups",
            json!({"logGroupNamePrefix": null, "logGroupNamePattern": "", "limit": null, "nextToken": null}),
        ),
        (
            "AssociateKmsKey",
            json!({"kmsKeyId": "k", "resourceIdentifier": format!("{GROUP_ARN}:*"), "logGroupName": null}),
        ),
    ] {
        service.ok(operation, request).await;
    }
}

#[tokio::test]
async fn a_token_of_another_operation_or_of_other_parameters_is_invalid() {
    let service = Service::with_stream().await;
    for name in ["g2", "h1", "h2"] {
        service
            .ok("CreateLogGroup", json!({"logGroupName": name}))
            .await;
    }
    for name in ["t", "u"] {
        service
            .ok(
                "CreateLogStream",
                json!({"logGroupName": "g", "logStreamName": name}),
            )
            .await;
    }
    let now = super::server_tests::NOW;
    service
        .put("s", &[(now, "a"), (now, "b"), (now, "c")])
        .await;
    let token = |answer: &Value, member: &str| answer[member].clone();
    let groups = token(
        &service.ok("DescribeLogGroups", json!({"limit": 1})).await,
        "nextToken",
    );
    let listed = token(
        &service.ok("ListLogGroups", json!({"limit": 1})).await,
        "nextToken",
    );
    let streams = json!({"logGroupName": "g", "limit": 1});
    let streams = token(
        &service.ok("DescribeLogStreams", streams).await,
        "nextToken",
    );
    let found = json!({"logGroupName": "g", "limit": 1});
    let found = token(&service.ok("FilterLogEvents", found).await, "nextToken");
    let read = json!({"logGroupName": "g", "logStreamName": "s", "limit": 1});
    let read = token(&service.ok("GetLogEvents", read).await, "nextBackwardToken");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let asked = json!({"logGroupName": "g", "startTime": now / 1_000, "endTime": now / 1_000 + 1,
            "queryString": "fields @message"});
        ids.push(service.ok("StartQuery", asked).await["queryId"].clone());
    }
    let queries = service
        .ok("DescribeQueries", json!({"maxResults": 1}))
        .await;
    let queries = token(&queries, "nextToken");
    let rows = json!({"queryId": ids[0], "maxItems": 1});
    let rows = token(&service.ok("GetQueryResults", rows).await, "nextToken");
    for (operation, request) in [
        ("DescribeQueries", json!({"nextToken": ids[0]})),
        (
            "DescribeQueries",
            json!({"nextToken": queries, "status": "Complete"}),
        ),
        (
            "DescribeQueries",
            json!({"nextToken": queries, "logGroupName": "g"}),
        ),
        (
            "GetQueryResults",
            json!({"queryId": ids[1], "nextToken": rows}),
        ),
        (
            "GetQueryResults",
            json!({"queryId": ids[0], "nextToken": "1"}),
        ),
        (
            "ListLogGroupsForQuery",
            json!({"queryId": ids[0], "nextToken": rows}),
        ),
        (
            "DescribeLogGroups",
            json!({"nextToken": groups, "logGroupNamePrefix": "h"}),
        ),
        ("DescribeLogGroups", json!({"nextToken": listed})),
        ("DescribeLogGroups", json!({"nextToken": "g"})),
        ("ListLogGroups", json!({"nextToken": groups})),
        (
            "DescribeLogStreams",
            json!({"logGroupName": "g", "nextToken": streams, "descending": true}),
        ),
        (
            "DescribeLogStreams",
            json!({"logGroupName": "g2", "nextToken": streams}),
        ),
        (
            "DescribeLogStreams",
            json!({"logGroupName": "g", "nextToken": groups}),
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "nextToken": read}),
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "nextToken": found, "filterPattern": "x"}),
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g2", "nextToken": found}),
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "nextToken": found}),
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "t", "nextToken": read}),
        ),
    ] {
        let (code, text) = service.refused(operation, request.clone()).await;
        let expected = (
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        );
        assert_eq!((code, text.as_str()), expected, "{operation} {request}");
    }
    for (operation, request) in [
        (
            "DescribeLogGroups",
            json!({"nextToken": groups, "limit": 2}),
        ),
        ("DescribeQueries", json!({"nextToken": queries})),
        (
            "GetQueryResults",
            json!({"queryId": ids[0], "nextToken": rows, "maxItems": 2}),
        ),
        ("ListLogGroups", json!({"nextToken": listed})),
        (
            "DescribeLogStreams",
            json!({"logGroupName": "g", "nextToken": streams}),
        ),
        (
            "FilterLogEvents",
            json!({"logGroupName": "g", "nextToken": found}),
        ),
        (
            "GetLogEvents",
            json!({"logGroupName": "g", "logStreamName": "s", "nextToken": read}),
        ),
    ] {
        service.ok(operation, request).await;
    }
}

#[tokio::test]
async fn the_token_of_an_empty_page_keeps_its_start_time() {
    let service = Service::with_stream().await;
    let now = super::server_tests::NOW;
    service.put("s", &[(now - 20, "old")]).await;
    for from_head in [true, false] {
        let asked = json!({"logGroupName": "g", "logStreamName": "s", "startTime": now - 10, "startFromHead": from_head});
        let empty = service.ok("GetLogEvents", asked).await;
        assert_eq!(empty["events"], json!([]));
        let forward = json!({"logGroupName": "g", "logStreamName": "s", "nextToken": empty["nextForwardToken"]});
        let later = service.ok("GetLogEvents", forward).await;
        assert_eq!(later["events"], json!([]), "an older line stays out");
        assert_eq!(later["nextForwardToken"], empty["nextForwardToken"]);
        let backward = json!({"logGroupName": "g", "logStreamName": "s", "nextToken": empty["nextBackwardToken"]});
        let earlier = service.ok("GetLogEvents", backward).await;
        assert_eq!(earlier["events"][0]["message"], "old");
    }
}

#[tokio::test]
async fn groups_are_listed_by_parts_and_beginnings_of_their_names() {
    let service = Service::with_stream().await;
    for (name, tags) in [
        ("/aws/lambda/one", json!({"team": "red-1"})),
        ("/aws/rds", json!({"team": "blue"})),
        ("my/aws/copy", json!({"other": "red"})),
    ] {
        let request = json!({"logGroupName": name, "tags": tags});
        service.ok("CreateLogGroup", request).await;
    }
    for (request, expected) in [
        (
            json!({}),
            vec!["/aws/lambda/one", "/aws/rds", "g", "my/aws/copy"],
        ),
        (
            json!({"logGroupNamePattern": "aws"}),
            vec!["/aws/lambda/one", "/aws/rds", "my/aws/copy"],
        ),
        (
            json!({"logGroupNamePattern": "^/aws"}),
            vec!["/aws/lambda/one", "/aws/rds"],
        ),
        (
            json!({"logGroupNamePattern": "one|copy"}),
            vec!["/aws/lambda/one", "my/aws/copy"],
        ),
        (json!({"logGroupNamePattern": "no-such-group"}), vec![]),
        (json!({"logGroupClass": "DELIVERY"}), vec![]),
        (json!({"dataSources": [{"name": "x"}]}), vec![]),
        (
            json!({"includeLinkedAccounts": true, "accountIdentifiers": ["999999999999"]}),
            vec![],
        ),
        (
            json!({"logGroupTags": [{"key": "team"}]}),
            vec!["/aws/lambda/one", "/aws/rds"],
        ),
        (
            json!({"logGroupTags": [{"key": "team", "values": ["red*"]}]}),
            vec!["/aws/lambda/one"],
        ),
        (
            json!({"logGroupTags": [{"key": "team", "values": ["!*-1"]}]}),
            vec!["/aws/rds"],
        ),
    ] {
        let answer = service.ok("ListLogGroups", request.clone()).await;
        let names = answer["logGroups"].as_array().unwrap().iter();
        let names: Vec<&str> = names
            .map(|it| it["logGroupName"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{request}");
    }
    let first = service.ok("ListLogGroups", json!({"limit": 3})).await;
    let rest = json!({"limit": 3, "nextToken": first["nextToken"]});
    let rest = service.ok("ListLogGroups", rest).await;
    assert_eq!(
        rest,
        json!({"logGroups": [{"logGroupName": "my/aws/copy", "logGroupClass": "STANDARD",
            "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:my/aws/copy"}]})
    );
}

#[tokio::test]
async fn a_metric_filter_is_tested_as_the_service_tests_it() {
    let service = Service::with_stream().await;
    let request = json!({
        "filterPattern": r#"[kind = "SPACE", value, bucket]"#,
        "logEventMessages": ["SPACE 13 A", "SPACE", r#"SPACE "17.5" A"#],
    });
    let answer = service.ok("TestMetricFilter", request).await;
    assert_eq!(
        answer,
        json!({"matches": [
            {"eventNumber": 1, "eventMessage": "SPACE 13 A",
                "extractedValues": {"$kind": "SPACE", "$value": "13", "$bucket": "A"}},
            {"eventNumber": 3, "eventMessage": r#"SPACE "17.5" A"#,
                "extractedValues": {"$kind": "SPACE", "$value": "17.5", "$bucket": "A"}},
        ]})
    );
    let request = json!({"filterPattern": "{ $.v EXISTS }", "logEventMessages": ["{}"]});
    let refused = service.refused("TestMetricFilter", request).await;
    let expected = (
        "InvalidParameterException",
        "Invalid metric filter pattern".to_string(),
    );
    assert_eq!(refused, expected);
}
