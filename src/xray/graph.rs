//! The service graph: traces added up by service and by call.

use std::collections::{BTreeMap, HashMap};

use super::segment::Outcome;
use super::trace::{Node, Trace};

/// Services, and the calls between them.
#[derive(Debug, Default)]
pub struct Graph {
    /// In the order in which they were met; calls name them by their index.
    pub services: Vec<Service>,
    places: HashMap<(String, Option<String>), usize>,
}

/// A service, or whoever calls it from outside.
#[derive(Debug)]
pub struct Service {
    /// Its name; the clients of a service have the service's own.
    pub name: String,
    /// Its origin, `remote`, or `client`.
    pub kind: Option<String>,
    /// The account that it ran in.
    pub account_id: Option<String>,
    /// Whether some trace began in it.
    pub is_root: bool,
    /// Whether it sent segments of its own.
    pub is_active: bool,
    /// The requests to it.
    pub requests: Requests,
    /// Those of them that came from each service it calls, by the called one's index.
    pub calls: BTreeMap<usize, Requests>,
}

/// Requests added up.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Requests {
    /// The earliest start and the latest end, nanoseconds since the epoch; `None` of no request.
    pub window: Option<(i64, i64)>,
    /// Those that went well.
    pub ok: u64,
    /// Clients' mistakes, without the throttles.
    pub error: u64,
    /// Too many requests.
    pub throttle: u64,
    /// The service's mistakes.
    pub fault: u64,
    /// What all of them took, nanoseconds.
    pub total_ns: i128,
    /// How many took so long; nanoseconds with two significant digits.
    pub by_duration: BTreeMap<i64, u64>,
}

impl Graph {
    /// Adds a trace. What is still in progress has no duration, and is left out.
    pub fn add(&mut self, trace: &Trace) {
        let places: Vec<usize> = trace.nodes.iter().map(|node| self.place(node)).collect();
        for (node, &place) in trace.nodes.iter().zip(&places) {
            if let Some(service) = self.services.get_mut(place) {
                service.is_root |= node.is_root;
                service.is_active |= !node.is_inferred;
                service.requests.add(node);
            }
            if node.is_root {
                let client = self.place_of(&node.name, Some("client"), None);
                if let Some(client) = self.services.get_mut(client) {
                    client.requests.add(node);
                    client.calls.entry(place).or_default().add(node);
                }
            }
        }
        for (from, to) in &trace.edges {
            let (Some(&from), Some(&place), Some(node)) =
                (places.get(*from), places.get(*to), trace.nodes.get(*to))
            else {
                continue;
            };
            if let Some(caller) = self.services.get_mut(from) {
                caller.calls.entry(place).or_default().add(node);
            }
        }
    }

    fn place(&mut self, node: &Node) -> usize {
        self.place_of(&node.name, node.kind.as_deref(), node.account_id.as_deref())
    }

    fn place_of(&mut self, name: &str, kind: Option<&str>, account_id: Option<&str>) -> usize {
        let key = (name.to_string(), kind.map(str::to_string));
        *self.places.entry(key).or_insert_with(|| {
            self.services.push(Service {
                name: name.to_string(),
                kind: kind.map(str::to_string),
                account_id: account_id.map(str::to_string),
                is_root: false,
                is_active: false,
                requests: Requests::default(),
                calls: BTreeMap::new(),
            });
            self.services.len() - 1
        })
    }
}

impl Requests {
    /// Adds the request that `node` answered, each under the gravest thing that can be said of it.
    pub fn add(&mut self, node: &Node) {
        let Some(end) = node.end else { return };
        let Outcome {
            error,
            throttle,
            fault,
        } = node.outcome;
        *match (fault, throttle, error) {
            (true, ..) => &mut self.fault,
            (_, true, _) => &mut self.throttle,
            (_, _, true) => &mut self.error,
            _ => &mut self.ok,
        } += 1;
        let took = end.saturating_sub(node.start).max(0);
        self.total_ns += i128::from(took);
        *self.by_duration.entry(rounded(took)).or_default() += 1;
        let (first, last) = self.window.unwrap_or((node.start, end));
        self.window = Some((first.min(node.start), last.max(end)));
    }

    /// Returns how many there were.
    pub fn total(&self) -> u64 {
        self.ok + self.error + self.throttle + self.fault
    }
}

// X-Ray does not say how wide its buckets are; two digits are what a person reads off a histogram.
fn rounded(ns: i64) -> i64 {
    let unit = 10_i64.pow(ns.checked_ilog10().unwrap_or(0).saturating_sub(1));
    ns / unit * unit
}

#[cfg(test)]
mod tests {
    use super::super::trace::tests::three_services;
    use super::*;

    #[test]
    fn callers_hold_the_calls_and_everybody_is_counted_once_a_trace() {
        let mut graph = Graph::default();
        graph.add(&three_services());
        graph.add(&three_services());
        let named = |name: &str, kind: Option<&str>| {
            let found = graph
                .services
                .iter()
                .position(|it| it.name == name && it.kind.as_deref() == kind);
            found.unwrap()
        };
        let client = named("backend-flask", Some("client"));
        let backend = named("backend-flask", None);
        let api = named("api", Some("AWS::ECS::Container"));
        let table = named("DynamoDB", Some("AWS::DynamoDB"));
        assert_eq!(graph.services.len(), 4);
        let calls = |place: usize| {
            graph.services[place]
                .calls
                .keys()
                .copied()
                .collect::<Vec<_>>()
        };
        assert_eq!(calls(client), [backend]);
        assert_eq!(calls(backend), [api, table]);
        let requests = &graph.services[api].requests;
        assert_eq!(
            (requests.throttle, requests.error, requests.total()),
            (2, 0, 2)
        );
        assert_eq!(requests.total_ns, 140_000_000);
        assert!(graph.services[backend].is_root && !graph.services[table].is_active);
        assert_eq!(graph.services[table].requests.fault, 2);
    }

    #[test]
    fn durations_keep_two_digits() {
        for (ns, expected) in [
            (0, 0),
            (7, 7),
            (99, 99),
            (129, 120),
            (1_999_999, 1_900_000),
            (i64::MAX, 9_200_000_000_000_000_000),
        ] {
            assert_eq!(rounded(ns), expected);
        }
    }
}
