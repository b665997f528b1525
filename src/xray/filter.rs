//! Filter expressions: which traces a group or a search means.
//!
//! A simple keyword asks the trace as its caller saw it, which is its first segment; `service()` and
//! `edge()` ask the services inside. Source: X-Ray Developer Guide, "Using filter expressions".

use serde_json::Value;

use super::trace::{Node, Trace};

pub use super::filter_parser::{FilterError, parse};

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
    /// Known only from the caller.
    Inferred,
    /// Called over a network.
    Remote,
    /// Called by nobody in the trace.
    Root,
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

impl Filter {
    /// Tells whether the trace is meant.
    pub fn matches(&self, trace: &Trace) -> bool {
        self.holds(trace, None)
    }

    /// Tells whether the filter holds of `node`, or of the trace itself if there is none.
    fn holds(&self, trace: &Trace, node: Option<&Node>) -> bool {
        match self {
            Filter::All(filters) => filters.iter().all(|filter| filter.holds(trace, node)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.holds(trace, node)),
            Filter::Not(filter) => !filter.holds(trace, node),
            Filter::Flag(flag) => flag.holds(trace, node),
            Filter::Number(key, comparison, wanted) => key
                .value(trace, node)
                .is_some_and(|found| comparison.holds(found, *wanted)),
            Filter::Text(key, test, wanted) => key
                .values(trace, node)
                .iter()
                .any(|found| test.holds(found, wanted)),
            Filter::Present(key) => !key.values(trace, node).is_empty(),
            Filter::Annotation(key, test) => trace
                .nodes
                .iter()
                .flat_map(|node| &node.annotations)
                .any(|(found, value)| found == key && test.holds(value)),
            Filter::Service(selector, inner) => trace
                .nodes
                .iter()
                .any(|node| selector.means(node) && inner.holds(trace, Some(node))),
            Filter::Edge(from, to, inner) => trace.edges.iter().any(|(from_idx, to_idx)| {
                match (trace.nodes.get(*from_idx), trace.nodes.get(*to_idx)) {
                    (Some(caller), Some(called)) => {
                        from.means(caller) && to.means(called) && inner.holds(trace, Some(called))
                    }
                    _ => false,
                }
            }),
        }
    }
}

impl Flag {
    fn holds(self, trace: &Trace, node: Option<&Node>) -> bool {
        if let (Flag::Partial, None) = (self, node) {
            return trace.is_partial();
        }
        let Some(node) = node.or_else(|| trace.root_node()) else {
            return false;
        };
        let outcome = node.outcome;
        match self {
            Flag::Ok => !outcome.error && !outcome.throttle && !outcome.fault,
            Flag::Error => outcome.error,
            Flag::Throttle => outcome.throttle,
            Flag::Fault => outcome.fault,
            Flag::Partial => node.end.is_none(),
            Flag::Inferred => node.is_inferred,
            Flag::Remote => node.is_remote,
            Flag::Root => node.is_root,
        }
    }
}

impl NumberKey {
    fn value(self, trace: &Trace, node: Option<&Node>) -> Option<f64> {
        if let (NumberKey::Duration, None) = (self, node) {
            return Some(trace.duration());
        }
        let node = node.or_else(|| trace.root_node())?;
        match self {
            NumberKey::ResponseTime | NumberKey::Duration => node.response_time(),
            NumberKey::HttpStatus => node.http.status.map(|status| status as f64),
        }
    }
}

impl TextKey {
    /// Returns what the node says; of the trace, what its first node says, or for what a trace has
    /// many of, what any says.
    fn values<'t>(self, trace: &'t Trace, node: Option<&'t Node>) -> Vec<&'t str> {
        let has_many = matches!(
            self,
            TextKey::User | TextKey::Message | TextKey::AvailabilityZone | TextKey::InstanceId
        );
        match (node, has_many) {
            (Some(node), _) => self.values_of(node),
            (None, true) => trace
                .nodes
                .iter()
                .flat_map(|node| self.values_of(node))
                .collect(),
            (None, false) => trace
                .root_node()
                .map_or_else(Vec::new, |node| self.values_of(node)),
        }
    }

    fn values_of(self, node: &Node) -> Vec<&str> {
        let one = match self {
            TextKey::Name => return vec![&node.name],
            TextKey::Message => return node.messages.iter().map(|message| &**message).collect(),
            TextKey::HttpUrl => &node.http.url,
            TextKey::HttpMethod => &node.http.method,
            TextKey::HttpUserAgent => &node.http.user_agent,
            TextKey::HttpClientIp => &node.http.client_ip,
            TextKey::User => &node.user,
            TextKey::Type => &node.kind,
            TextKey::AvailabilityZone => &node.availability_zone,
            TextKey::InstanceId => &node.instance_id,
        };
        one.as_deref().into_iter().collect()
    }
}

impl Comparison {
    fn holds(self, found: f64, wanted: f64) -> bool {
        match self {
            Comparison::Equal => found == wanted,
            Comparison::NotEqual => found != wanted,
            Comparison::Less => found < wanted,
            Comparison::LessOrEqual => found <= wanted,
            Comparison::Greater => found > wanted,
            Comparison::GreaterOrEqual => found >= wanted,
        }
    }
}

impl TextTest {
    fn holds(self, found: &str, wanted: &str) -> bool {
        match self {
            TextTest::Equal => found == wanted,
            TextTest::NotEqual => found != wanted,
            TextTest::Contains => found.contains(wanted),
            TextTest::BeginsWith => found.starts_with(wanted),
            TextTest::EndsWith => found.ends_with(wanted),
        }
    }
}

impl AnnotationTest {
    fn holds(&self, value: &Value) -> bool {
        match self {
            AnnotationTest::Present => true,
            AnnotationTest::Bool(wanted) => value.as_bool() == Some(*wanted),
            AnnotationTest::Number(comparison, wanted) => value
                .as_f64()
                .is_some_and(|found| comparison.holds(found, *wanted)),
            AnnotationTest::Text(test, wanted) => value
                .as_str()
                .is_some_and(|found| test.holds(found, wanted)),
        }
    }
}

impl Selector {
    fn means(&self, node: &Node) -> bool {
        self.name.as_ref().is_none_or(|name| *name == node.name)
            && (self.kind.is_none() || self.kind == node.kind)
            && (self.account_id.is_none() || self.account_id == node.account_id)
    }
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
            "SERVICE(\"api\") { error AND throttle }",
            "service() { fault }",
            "service(id(name: \"DynamoDB\", type: \"AWS::DynamoDB\")) { inferred }",
            "service(id(type: \"AWS::ECS::Container\"))",
            "!service(\"api.example.com\")",
            "service(\"backend-flask\") {root = true and !fault}",
            "edge(\"backend-flask\", \"api\") { error }",
            "!edge(\"api\", \"backend-flask\")",
            "edge(id(name: \"backend-flask\"), id(type: \"AWS::DynamoDB\")) { fault }",
            "group.name = \"slow\" AND user = \"andrew\"",
            "(error OR ok) AND (fault OR (ok))",
            "fault OR ok AND ok",
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
            "error AND ok OR fault",
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
