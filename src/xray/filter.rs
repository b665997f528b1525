//! Filter expressions: which traces a group or a search means.
//!
//! A simple keyword asks the trace as its caller saw it, which is its first segment; `service()` and
//! `edge()` ask the services inside. Source: X-Ray Developer Guide, "Using filter expressions".

use serde_json::Value;

use super::document::text_of;

pub use super::filter_doubts::{filter_doubts, named_services};
pub use super::filter_error::{FilterError, FilterFault};
pub use super::filter_parser::{parse, parse_entity};

/// The type of whatever calls a trace's first service from outside.
pub const CLIENT: &str = "client";

/// A filter expression. Asking recurses only as deep as the parser let it nest.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every one holds; all hold of none, so this is also the filter of a group without one.
    All(Vec<Filter>),
    /// At least one holds.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A boolean keyword is true.
    Flag(Flag),
    /// A number compares so. What has no such number does not match, whatever the comparison.
    Number(NumberKey, Comparison, f64),
    /// A text compares so. What has no such text does not match, whatever the comparison.
    Text(TextKey, TextTest, String),
    /// There is such a text.
    Present(TextKey),
    /// An annotation anywhere in the trace compares so.
    Annotation(String, AnnotationTest),
    /// A service like this is in the trace, and the filter holds of it.
    Service(Selector, Box<Filter>),
    /// A call between services like these is in the trace, and the filter holds of the called one.
    Edge(Selector, Selector, Box<Filter>),
    /// There is a root cause of the kind, and the filter holds of something on its way.
    Cause(CauseKind, CausePart, Box<Filter>),
    /// The trace has a root cause, of whatever kind, for each of these.
    CauseJson(Vec<CausePattern>),
}

/// What a root cause is the cause of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CauseKind {
    /// That it took so long.
    ResponseTime,
    /// Faults.
    Fault,
    /// Errors.
    Error,
}

/// What is asked of the way of a root cause: each of these, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CausePart {
    /// The services.
    Service,
    /// The segments and subsegments.
    Entity,
    /// What was thrown in them.
    Exception,
}

/// A root cause as `rootcause.json` writes it; what is not said may be anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CausePattern {
    /// All services on the way, or `None` for any way.
    pub services: Option<Vec<ServicePattern>>,
}

/// A service in a [`CausePattern`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServicePattern {
    /// Which service.
    pub selector: Selector,
    /// The names on its way, all of them, if they are said.
    pub path: Option<Vec<Option<String>>>,
}

/// Which service, or which calls, a statistic is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntitySelector {
    /// Services.
    Service(Selector),
    /// Calls from the one to the other.
    Edge(Selector, Selector),
}

impl CausePattern {
    /// Reads an element of `rootcause.json`; `None` if it has no services.
    pub fn of_json(json: &Value) -> Option<CausePattern> {
        let services = json.get("Services")?.as_array()?;
        let services: Option<Vec<ServicePattern>> = services.iter().map(service_pattern).collect();
        Some(CausePattern {
            services: Some(services?),
        })
    }
}

fn service_pattern(json: &Value) -> Option<ServicePattern> {
    json.as_object()?;
    let text = |json: &Value, key: &str| text_of(json, key).map(str::to_string);
    let path = json.get("EntityPath").and_then(Value::as_array);
    Some(ServicePattern {
        selector: Selector {
            name: text(json, "Name"),
            kind: text(json, "Type"),
            account_id: text(json, "AccountId"),
        },
        path: path.map(|path| path.iter().map(|entity| text(entity, "Name")).collect()),
    })
}

/// A boolean keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Neither error, throttle nor fault.
    Ok,
    /// The client's mistake.
    Error,
    /// Too many requests.
    Throttle,
    /// The service's mistake.
    Fault,
    /// Something is in progress or missing.
    Partial,
    /// Known only from the caller; of a trace, whether any service is.
    Inferred,
    /// Called over a network.
    Remote,
    /// Called by nobody in the trace.
    Root,
    /// The first of what is asked one by one; the trace itself is not.
    First,
    /// The last of what is asked one by one.
    Last,
}

/// A number keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberKey {
    /// Seconds from the request to its answer.
    ResponseTime,
    /// Seconds from the first start to the last end.
    Duration,
    /// The status code.
    HttpStatus,
    /// Which of what is asked one by one, counted from 0.
    Index,
    /// Part of the time of the trace's first segment, 1 for all; only of root causes.
    Coverage,
}

/// A text keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKey {
    /// `http.url`
    HttpUrl,
    /// `http.method`
    HttpMethod,
    /// `http.useragent`
    HttpUserAgent,
    /// `http.clientip`
    HttpClientIp,
    /// `user`
    User,
    /// `name`
    Name,
    /// `type`
    Type,
    /// `message`
    Message,
    /// `availabilityzone`
    AvailabilityZone,
    /// `instance.id`
    InstanceId,
    /// `resource.arn`
    ResourceArn,
}

/// How numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How texts compare; case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `CONTAINS`
    Contains,
    /// `BEGINSWITH`
    BeginsWith,
    /// `ENDSWITH`
    EndsWith,
}

/// What is asked of an annotation; a value of another type does not match.
#[derive(Debug, Clone, PartialEq)]
pub enum AnnotationTest {
    /// It is set.
    Present,
    /// It is this boolean.
    Bool(bool),
    /// It is a number that compares so.
    Number(Comparison, f64),
    /// It is a text that compares so.
    Text(TextTest, String),
}

/// Which service is meant; what is `None` may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// The service's name.
    pub name: Option<String>,
    /// The service's type.
    pub kind: Option<String>,
    /// The account that it ran in.
    pub account_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::super::trace::tests::{three_services, trace_of};
    use super::*;
    use serde_json::json;

    fn matches(expression: &str) -> bool {
        let groups = |name: &str| (name == "slow").then(|| "responsetime > 1".to_string());
        parse(expression, &groups)
            .unwrap()
            .matches(&three_services())
    }

    #[test]
    fn expressions_find_what_they_mean() {
        for expression in [
            "",
            "ok",
            "!error",
            "ok = true",
            "fault != true",
            "ok AND !fault and !partial",
            "ok !partial duration <3",
            "error OR fault OR responsetime >= 1.5",
            "duration = 1.5",
            "http.status = 200",
            "http.status != 404 http.status < 300",
            "http.url CONTAINS \"/api/\" AND http.method = \"GET\"",
            "http.url BEGINSWITH \"http://x\" http.url ENDSWITH \"home\"",
            "http.url",
            "user = \"andrew\"",
            "user CONTAINS \"\"",
            "name = backend-flask",
            "message CONTAINS \"table\"",
            "annotation.age > 29",
            "annotation.age = 30 annotation.plan = \"free\" annotation.beta = true",
            "annotation[age] >= 30",
            "annotation.beta",
            "!annotation.colour",
            "service(\"backend-flask\")",
            "SERVICE(\"api\") { !error AND throttle AND !ok }",
            "service(id(type: \"client\")) { ok }",
            "service(id(name: \"backend-flask\", type: \"client\"))",
            "edge(id(name: \"backend-flask\", type: \"client\"), \"backend-flask\") { ok root }",
            "edge(\"backend-flask\", \"backend-flask\")",
            "service() { fault }",
            "service(id(name: \"DynamoDB\", type: \"AWS::DynamoDB\")) { inferred }",
            "service(id(type: \"AWS::ECS::Container\"))",
            "!service(\"api.example.com\")",
            "service(\"backend-flask\") {root = true and !fault}",
            "edge(\"backend-flask\", \"api\") { throttle }",
            "!edge(\"api\", \"backend-flask\")",
            "edge(id(name: \"backend-flask\"), id(type: \"AWS::DynamoDB\")) { fault }",
            "group.name = \"slow\" AND user = \"andrew\"",
            "(error OR ok) AND (fault OR (ok))",
            "fault OR ok AND ok",
            "inferred",
            "service() { first }",
            "service(\"DynamoDB\") { last AND index = 2 }",
            "service(\"api\") { !first !last index = 1 }",
            "edge(\"backend-flask\", \"DynamoDB\") { index = 2 }",
            "rootcause.fault.service",
            "rootcause.fault.service { name = \"DynamoDB\" inferred first last index = 0 }",
            "rootcause.fault.entity { fault name = DynamoDB coverage < 0.1 }",
            "json",
            "rootcause.json = #[{\"Services\": [{\"Name\": \"DynamoDB\"}]}]",
            "rootcause.json = #[{\"Services\": [{\"Name\": \"DynamoDB\", \"Type\": \"AWS::DynamoDB\", \"EntityPath\": [{\"Name\": \"DynamoDB\"}]}]}] ok",
            "json = #[{\"Services\": [{}]}, {\"Services\": [{\"Type\": \"AWS::DynamoDB\"}]}]",
        ] {
            assert!(matches(expression), "{expression}");
        }
    }

    #[test]
    fn expressions_leave_out_what_they_do_not_mean() {
        for expression in [
            "error",
            "!ok",
            "ok = false",
            "fault OR throttle",
            "partial",
            "responsetime > 1.5",
            "http.status >= 300",
            "http.clientip",
            "http.clientip != \"127.0.0.1\"",
            "user = \"Andrew\"",
            "annotation.age = \"30\"",
            "annotation.colour != 3",
            "service(\"Backend-Flask\")",
            "service(\"backend-flask\") { fault }",
            "service(id(name: \"api\", type: \"remote\"))",
            "edge(\"api\", \"DynamoDB\")",
            "edge(id(type: \"client\"), \"api\")",
            "service(id(name: \"api\", type: \"client\"))",
            "service(\"api\") { error }",
            "error AND ok OR fault",
            "first OR last OR index >= 0 OR coverage >= 0",
            "service(\"DynamoDB\") { first }",
            "service() { coverage >= 0 }",
            "resource.arn",
            "rootcause.responsetime.exception",
            "rootcause.fault.service { name = \"api\" }",
            "rootcause.error.exception { message CONTAINS \"table\" }",
            "json != #[{\"Services\": [{\"Name\": \"DynamoDB\"}]}]",
            "json = #[{\"Services\": [{\"Name\": \"api\", \"EntityPath\": [{\"Name\": \"x\"}]}]}]",
            "json = #[{\"Services\": [{\"Name\": \"api\"}, {\"Name\": \"api\"}]}]",
        ] {
            assert!(!matches(expression), "{expression}");
        }
    }

    #[test]
    fn a_trace_without_its_first_segment_is_partial_and_nothing_else() {
        let trace = trace_of(&[json!({
            "id": "0000000000000001", "type": "subsegment", "parent_id": "0000000000000002",
        })]);
        let holds = |text| parse(text, &|_| None).unwrap().matches(&trace);
        assert!(holds("partial"));
        assert!(!holds("ok") && !holds("http.url") && !holds("responsetime > 0"));
    }
}
