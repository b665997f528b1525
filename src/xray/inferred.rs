//! Segments that X-Ray makes up for what was called and sent none of its own.
//!
//! A subsegment with the namespace `aws` or `remote` that no segment answers gets one, which says of the
//! called service what its caller saw. Its origin tells what it is.

use serde_json::{Value, json};

use super::document::{member, text_of};

/// Services whose calls name a resource: what the SDKs call them, the member with the resource, and what
/// the resource is.
const RESOURCES: [(&str, &str, &str); 5] = [
    ("DynamoDB", "table_name", "AWS::DynamoDB::Table"),
    ("SQS", "queue_url", "AWS::SQS::Queue"),
    ("S3", "bucket_name", "AWS::S3::Bucket"),
    ("Lambda", "function_name", "AWS::Lambda"),
    ("SNS", "topic_arn", "AWS::SNS"),
];

/// Returns the namespace of a subsegment that is a call to elsewhere.
pub fn call_namespace(subsegment: &Value) -> Option<&str> {
    text_of(subsegment, "namespace").filter(|it| matches!(*it, "remote" | "aws"))
}

/// Returns the type of the service that a call went to: `remote`, or its origin.
pub fn type_of(subsegment: &Value, namespace: &str) -> String {
    match namespace {
        "remote" => namespace.to_string(),
        _ => origin(subsegment),
    }
}

/// Returns the origin of what a call into AWS went to.
///
/// Only a call that names its operation tells which resource was meant.
pub fn origin(subsegment: &Value) -> String {
    match resource_of(subsegment) {
        Some((_, _, origin)) => (*origin).to_string(),
        None => format!("AWS::{}", text_of(subsegment, "name").unwrap_or_default()),
    }
}

/// Returns the one resource that a call into AWS used, if it names it and its operation.
pub fn resource(subsegment: &Value) -> Option<&str> {
    let (_, key, _) = resource_of(subsegment)?;
    text_of(subsegment.get("aws")?, key)
}

fn resource_of(subsegment: &Value) -> Option<&'static (&'static str, &'static str, &'static str)> {
    if text_of(subsegment, "namespace") != Some("aws") {
        return None;
    }
    let aws = member(subsegment, "aws")?;
    text_of(aws, "operation")?;
    let name = text_of(subsegment, "name")?;
    RESOURCES
        .iter()
        .find(|(service, key, _)| service.eq_ignore_ascii_case(name) && text_of(aws, key).is_some())
}

/// Returns the segment that is made up for `subsegment`, as it was written by [`super::written`].
///
/// Its id is the same each time.
pub fn segment(subsegment: &Value, trace_id: &str) -> Value {
    let parent_id = text_of(subsegment, "id").unwrap_or_default();
    let seen = |key: &str| member(subsegment, key).cloned();
    let is_aws = text_of(subsegment, "namespace") == Some("aws");
    let is_queue = resource_of(subsegment).is_some_and(|(_, key, _)| *key == "queue_url");
    let waited = seen("end_time").filter(|_| is_queue).map(|end| {
        json!([{
            "id": id_after(parent_id, 2),
            "name": "QueueTime",
            "start_time": seen("start_time"),
            "end_time": end,
        }])
    });
    let members = [
        ("id", Some(id_after(parent_id, 1).into())),
        ("name", seen("name")),
        ("start_time", seen("start_time")),
        ("trace_id", Some(trace_id.into())),
        ("end_time", seen("end_time")),
        ("parent_id", Some(parent_id.into())),
        ("in_progress", seen("in_progress")),
        ("inferred", Some(true.into())),
        ("fault", seen("fault")),
        ("error", seen("error")),
        ("throttle", seen("throttle")),
        ("http", seen("http")),
        ("aws", seen("aws")),
        ("origin", is_aws.then(|| origin(subsegment).into())),
        ("subsegments", waited),
    ];
    let set = members.into_iter();
    let set = set.filter_map(|(key, value)| Some((key.to_string(), value?)));
    Value::Object(set.collect())
}

/// Returns an id of 16 hexadecimal digits that follows from another and a number.
fn id_after(id: &str, number: u64) -> String {
    // FNV-1a, and the last step of SplitMix64, so that neighbours look nothing alike.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ number;
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    format!("{:016x}", hash ^ (hash >> 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, aws: &Value) -> Value {
        json!({
            "id": "000000000000000b", "name": name, "namespace": "aws", "aws": aws,
            "start_time": 1.0, "end_time": 2.0,
        })
    }

    #[test]
    fn a_call_that_names_operation_and_resource_has_the_resource_s_origin() {
        let queue = "https://sqs.us-east-1.amazonaws.com/1/q";
        for (name, aws, expected, used) in [
            (
                "DynamoDB",
                json!({"operation": "GetItem", "table_name": "t"}),
                "AWS::DynamoDB::Table",
                Some("t"),
            ),
            (
                "dynamodb",
                json!({"operation": "GetItem", "table_name": "t"}),
                "AWS::DynamoDB::Table",
                Some("t"),
            ),
            (
                "DynamoDB",
                json!({"table_name": "t"}),
                "AWS::DynamoDB",
                None,
            ),
            (
                "DynamoDB",
                json!({"operation": "ListTables"}),
                "AWS::DynamoDB",
                None,
            ),
            (
                "SQS",
                json!({"operation": "SendMessage", "queue_url": queue}),
                "AWS::SQS::Queue",
                Some(queue),
            ),
            (
                "S3",
                json!({"operation": "GetObject", "bucket_name": "b"}),
                "AWS::S3::Bucket",
                Some("b"),
            ),
            (
                "Lambda",
                json!({"operation": "Invoke", "function_name": "f"}),
                "AWS::Lambda",
                Some("f"),
            ),
            (
                "orders",
                json!({"operation": "GetItem", "table_name": "t"}),
                "AWS::orders",
                None,
            ),
            ("Kinesis", json!(null), "AWS::Kinesis", None),
        ] {
            let call = call(name, &aws);
            assert_eq!(
                (&*origin(&call), resource(&call)),
                (expected, used),
                "{call}"
            );
        }
    }

    #[test]
    fn a_made_up_segment_says_what_the_caller_saw_and_has_the_same_id_each_time() {
        let remote = json!({
            "id": "000000000000000b", "name": "api", "namespace": "remote", "start_time": 1.0, "end_time": 2.0,
            "fault": true, "http": {"response": {"status": 500}}, "cause": {"exceptions": []},
            "annotations": {"a": 1},
        });
        let made = segment(&remote, "1-581cf771-a006649127e371903a2de979");
        assert_eq!(
            made,
            segment(&remote, "1-581cf771-a006649127e371903a2de979")
        );
        assert!(super::super::trace_header::is_id(
            made["id"].as_str().unwrap()
        ));
        assert_ne!(made["id"], remote["id"]);
        assert_eq!(
            made,
            json!({
                "id": made["id"], "name": "api", "start_time": 1.0,
                "trace_id": "1-581cf771-a006649127e371903a2de979", "end_time": 2.0,
                "parent_id": "000000000000000b", "inferred": true, "fault": true,
                "http": {"response": {"status": 500}},
            })
        );
        let queue = call(
            "SQS",
            &json!({"operation": "SendMessage", "queue_url": "q"}),
        );
        let made = segment(&queue, "1-581cf771-a006649127e371903a2de979");
        assert_eq!(made["subsegments"][0]["name"], "QueueTime");
        assert_ne!(made["subsegments"][0]["id"], made["id"]);
    }
}
