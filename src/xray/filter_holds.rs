//! Whether a filter holds of a trace.

use serde_json::Value;

use super::causes::{Cause, CauseEntity, CauseService, causes};
use super::filter::{
    AnnotationTest, CLIENT, CauseKind, CausePart, CausePattern, Comparison, Filter, Flag,
    NumberKey, Selector, TextKey, TextTest,
};
use super::segment::Outcome;
use super::trace::{Node, Trace};

/// What a filter is asked of.
#[derive(Clone, Copy)]
enum Subject<'t> {
    /// The trace as its caller saw it.
    Trace,
    /// A service in it, by its index.
    Node(usize),
    /// Something on the way of a root cause.
    Element(&'t Element),
}

/// Something on the way of a root cause.
#[derive(Default)]
struct Element {
    index: usize,
    is_last: bool,
    name: Option<String>,
    kind: Option<String>,
    message: Option<String>,
    outcome: Outcome,
    seconds: Option<f64>,
    coverage: Option<f64>,
    is_inferred: bool,
    is_remote: bool,
    is_root: bool,
}

impl Filter {
    /// Tells whether the trace is meant.
    pub fn matches(&self, trace: &Trace) -> bool {
        self.holds(trace, Subject::Trace)
    }

    fn holds(&self, trace: &Trace, subject: Subject<'_>) -> bool {
        match self {
            Filter::All(filters) => filters.iter().all(|filter| filter.holds(trace, subject)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.holds(trace, subject)),
            Filter::Not(filter) => !filter.holds(trace, subject),
            Filter::Flag(flag) => flag.holds(trace, subject),
            Filter::Number(key, comparison, wanted) => key
                .value(trace, subject)
                .is_some_and(|found| comparison.holds(found, *wanted)),
            Filter::Text(key, test, wanted) => key
                .values(trace, subject)
                .iter()
                .any(|found| test.holds(found, wanted)),
            Filter::Present(key) => !key.values(trace, subject).is_empty(),
            Filter::Annotation(key, test) => trace
                .nodes
                .iter()
                .flat_map(|node| &node.annotations)
                .any(|(found, value)| found == key && test.holds(value)),
            Filter::Service(selector, inner) if selector.is_client() => {
                let called = selector.called();
                let mut nodes = trace.nodes.iter().enumerate();
                nodes.any(|(idx, node)| {
                    node.is_root && called.means(node) && inner.holds(trace, Subject::Node(idx))
                })
            }
            Filter::Service(selector, inner) => {
                let mut nodes = trace.nodes.iter().enumerate();
                nodes.any(|(idx, node)| {
                    selector.means(node) && inner.holds(trace, Subject::Node(idx))
                })
            }
            Filter::Edge(from, to, inner) => {
                let is_meant = |idx: usize| {
                    let called = trace.nodes.get(idx);
                    called.is_some_and(|called| to.means(called))
                        && inner.holds(trace, Subject::Node(idx))
                };
                let is_called = trace.edges.iter().any(|(from_idx, to_idx)| {
                    let caller = trace.nodes.get(*from_idx);
                    caller.is_some_and(|caller| from.means(caller)) && is_meant(*to_idx)
                });
                // The client that called a root has the root's name.
                let client = from.of_client();
                is_called
                    || client.is_some_and(|client| {
                        let mut nodes = trace.nodes.iter().enumerate();
                        nodes.any(|(idx, node)| node.is_root && client.means(node) && is_meant(idx))
                    })
            }
            Filter::Cause(kind, part, inner) => {
                let causes = causes(trace, *kind);
                causes.iter().any(|cause| {
                    let mut elements = elements(cause, *part);
                    let n_elements = elements.len();
                    elements.iter_mut().enumerate().any(|(index, element)| {
                        element.index = index;
                        element.is_last = index + 1 == n_elements;
                        inner.holds(trace, Subject::Element(element))
                    })
                })
            }
            Filter::CauseJson(patterns) => {
                let kinds = [CauseKind::ResponseTime, CauseKind::Fault, CauseKind::Error];
                let causes: Vec<Cause> = kinds
                    .into_iter()
                    .flat_map(|kind| causes(trace, kind))
                    .collect();
                patterns
                    .iter()
                    .all(|pattern| causes.iter().any(|cause| pattern.means(cause)))
            }
        }
    }
}

fn elements(cause: &Cause, part: CausePart) -> Vec<Element> {
    let mut elements = Vec::new();
    for (service_idx, service) in cause.services.iter().enumerate() {
        let is_root = service_idx == 0 && cause.is_client_impacting;
        let of_entity = |entity: &CauseEntity| Element {
            name: Some(entity.name.clone()),
            kind: service.kind.clone(),
            outcome: entity.outcome,
            seconds: entity.seconds,
            coverage: entity.coverage,
            is_inferred: service.is_inferred,
            is_remote: entity.is_remote,
            is_root,
            ..Element::default()
        };
        match part {
            CausePart::Service => elements.extend(service.path.first().map(|first| Element {
                name: Some(service.name.clone()),
                ..of_entity(first)
            })),
            CausePart::Entity => elements.extend(service.path.iter().map(of_entity)),
            CausePart::Exception => elements.extend(exceptions(service, &of_entity)),
        }
    }
    elements
}

fn exceptions(service: &CauseService, of_entity: &dyn Fn(&CauseEntity) -> Element) -> Vec<Element> {
    let mut elements = Vec::new();
    for entity in &service.path {
        for (name, message) in &entity.exceptions {
            elements.push(Element {
                name: name.clone(),
                message: message.clone(),
                ..of_entity(entity)
            });
        }
    }
    elements
}

impl CausePattern {
    fn means(&self, cause: &Cause) -> bool {
        let Some(services) = &self.services else {
            return true;
        };
        services.len() == cause.services.len()
            && services
                .iter()
                .zip(&cause.services)
                .all(|(pattern, found)| {
                    let wanted = &pattern.selector;
                    let is_path = pattern.path.as_ref().is_none_or(|path| {
                        path.len() == found.path.len()
                            && path.iter().zip(&found.path).all(|(name, entity)| {
                                name.as_ref().is_none_or(|name| *name == entity.name)
                            })
                    });
                    wanted.is(
                        &found.name,
                        found.kind.as_deref(),
                        found.account_id.as_deref(),
                    ) && is_path
                })
    }
}

impl Flag {
    fn holds(self, trace: &Trace, subject: Subject<'_>) -> bool {
        let (outcome, end, node) = match subject {
            Subject::Element(element) => {
                return match self {
                    Flag::Ok => is_ok(element.outcome),
                    Flag::Error => element.outcome.error,
                    Flag::Throttle => element.outcome.throttle,
                    Flag::Fault => element.outcome.fault,
                    Flag::Partial => element.seconds.is_none(),
                    Flag::Inferred => element.is_inferred,
                    Flag::Remote => element.is_remote,
                    Flag::Root => element.is_root,
                    Flag::First => element.index == 0,
                    Flag::Last => element.is_last,
                };
            }
            Subject::Trace => {
                match self {
                    Flag::Partial => return trace.is_partial,
                    Flag::Inferred => return trace.nodes.iter().any(|node| node.is_inferred),
                    // A trace is not one of several.
                    Flag::First | Flag::Last => return false,
                    _ => {}
                }
                let Some(root) = trace.root_node() else {
                    return false;
                };
                (root.outcome, root.end, root)
            }
            Subject::Node(idx) => {
                match self {
                    Flag::First => return idx == 0,
                    Flag::Last => return idx + 1 == trace.nodes.len(),
                    _ => {}
                }
                let Some(node) = trace.nodes.get(idx) else {
                    return false;
                };
                (node.outcome, node.end, node)
            }
        };
        match self {
            Flag::Ok => is_ok(outcome),
            // As in the summary: a throttled request is no error besides.
            Flag::Error => outcome.error && !outcome.throttle,
            Flag::Throttle => outcome.throttle,
            Flag::Fault => outcome.fault,
            Flag::Partial => end.is_none(),
            Flag::Inferred => node.is_inferred,
            Flag::Remote => node.is_remote,
            Flag::Root => node.is_root,
            Flag::First | Flag::Last => false,
        }
    }
}

/// Tells whether a request went well.
pub(super) fn is_ok(outcome: Outcome) -> bool {
    !outcome.error && !outcome.throttle && !outcome.fault
}

impl NumberKey {
    fn value(self, trace: &Trace, subject: Subject<'_>) -> Option<f64> {
        let node = match subject {
            Subject::Element(element) => {
                return match self {
                    NumberKey::ResponseTime | NumberKey::Duration => element.seconds,
                    NumberKey::HttpStatus => None,
                    NumberKey::Index => Some(element.index as f64),
                    NumberKey::Coverage => element.coverage,
                };
            }
            Subject::Trace if self == NumberKey::Duration => return trace.duration(),
            Subject::Trace if self == NumberKey::Index => return None,
            Subject::Trace => trace.root_node()?,
            Subject::Node(idx) if self == NumberKey::Index => return Some(idx as f64),
            Subject::Node(idx) => trace.nodes.get(idx)?,
        };
        match self {
            NumberKey::ResponseTime | NumberKey::Duration => node.response_time(),
            NumberKey::HttpStatus => node.http.status.map(|status| status as f64),
            NumberKey::Index | NumberKey::Coverage => None,
        }
    }
}

impl TextKey {
    /// Tells whether a trace has many of them, so that it is asked for any.
    pub(super) fn has_many(self) -> bool {
        matches!(
            self,
            TextKey::User
                | TextKey::Message
                | TextKey::AvailabilityZone
                | TextKey::InstanceId
                | TextKey::ResourceArn
        )
    }

    /// Returns what the node says; of the trace, what its first node says, or for what a trace has
    /// many of, what any says.
    fn values<'t>(self, trace: &'t Trace, subject: Subject<'t>) -> Vec<&'t str> {
        match subject {
            Subject::Node(idx) => {
                let node = trace.nodes.get(idx);
                node.map_or_else(Vec::new, |node| self.values_of(node))
            }
            Subject::Trace if self.has_many() => trace
                .nodes
                .iter()
                .flat_map(|node| self.values_of(node))
                .collect(),
            Subject::Trace => trace
                .root_node()
                .map_or_else(Vec::new, |node| self.values_of(node)),
            Subject::Element(element) => {
                let one = match self {
                    TextKey::Name => &element.name,
                    TextKey::Type => &element.kind,
                    TextKey::Message => &element.message,
                    _ => return Vec::new(),
                };
                one.as_deref().into_iter().collect()
            }
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
            TextKey::ResourceArn => &node.resource_arn,
        };
        one.as_deref().into_iter().collect()
    }
}

impl Comparison {
    /// Tells whether `found` compares to `wanted` so.
    pub(super) fn holds(self, found: f64, wanted: f64) -> bool {
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
    /// Tells whether `found` compares to `wanted` so.
    pub(super) fn holds(self, found: &str, wanted: &str) -> bool {
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
    /// Tells whether the node is meant.
    pub fn means(&self, node: &Node) -> bool {
        self.is(&node.name, node.kind.as_deref(), node.account_id.as_deref())
    }

    /// Tells whether the clients of services are meant, and nothing else.
    pub(super) fn is_client(&self) -> bool {
        self.kind.as_deref() == Some(CLIENT)
    }

    /// Returns which services' clients are meant; `None` if none are.
    pub(super) fn of_client(&self) -> Option<Selector> {
        match &self.kind {
            None => Some(self.clone()),
            Some(_) => self.is_client().then(|| self.called()),
        }
    }

    /// Returns the selector of the services whose clients are meant, which have the services' names.
    pub(super) fn called(&self) -> Selector {
        self.of_any_kind()
    }

    /// Returns the selector without its type.
    pub(super) fn of_any_kind(&self) -> Selector {
        Selector {
            kind: None,
            ..self.clone()
        }
    }

    /// Tells whether a service of this name, type and account is meant.
    pub(super) fn is(&self, name: &str, kind: Option<&str>, account_id: Option<&str>) -> bool {
        self.name.as_ref().is_none_or(|wanted| wanted == name)
            && (self.kind.is_none() || self.kind.as_deref() == kind)
            && (self.account_id.is_none() || self.account_id.as_deref() == account_id)
    }
}
