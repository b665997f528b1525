//! The service graph: traces added up by service and by call.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::segment::Outcome;
use super::sketch::{Sketch, SketchNode};

/// Services, and the calls between them.
#[derive(Debug, Default)]
pub struct Graph {
    /// In the order in which they were met; calls name them by their index.
    pub services: Vec<Service>,
    // By name: the types that a service of this name has, and where.
    places: HashMap<String, Vec<(Option<String>, usize)>, FixedState>,
    // Room that is used again from one trace to the next.
    places_of_nodes: Vec<usize>,
    room: String,
}

/// A service, or whoever calls it from outside.
#[derive(Debug, PartialEq)]
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
    pub by_duration: HashMap<i64, u64, FixedState>,
}

impl Graph {
    /// Adds a trace. What is still in progress has no duration, and is left out.
    pub fn add(&mut self, trace: &Sketch<'_>) {
        let mut places = std::mem::take(&mut self.places_of_nodes);
        places.clear();
        places.extend(trace.nodes.iter().map(|node| self.place_of(node)));
        for (node, &place) in trace.nodes.iter().zip(&places) {
            if let Some(service) = self.services.get_mut(place) {
                service.is_root |= node.is_root;
                service.is_active |= !node.is_inferred;
                service.requests.add(node);
            }
            if node.is_root {
                let client = self.place(node.name, Some("client"), None);
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
        self.places_of_nodes = places;
    }

    /// Adds what another graph is made of.
    pub fn merge(&mut self, other: Graph) {
        let mut places = Vec::with_capacity(other.services.len());
        for service in &other.services {
            let account_id = service.account_id.as_deref();
            places.push(self.place(&service.name, service.kind.as_deref(), account_id));
        }
        for (service, place) in other.services.into_iter().zip(&places) {
            let Some(own) = self.services.get_mut(*place) else {
                continue;
            };
            own.is_root |= service.is_root;
            own.is_active |= service.is_active;
            own.requests.merge(service.requests);
            for (to, requests) in service.calls {
                if let Some(to) = places.get(to) {
                    own.calls.entry(*to).or_default().merge(requests);
                }
            }
        }
    }

    /// Puts the services in an order that does not depend on that of the traces: clients first, then by
    /// name and type.
    pub fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.services.len()).collect();
        order.sort_by_key(|idx| {
            let service = self.services.get(*idx);
            service.map(|it| (it.kind.as_deref() != Some("client"), &it.name, &it.kind))
        });
        let mut new_places = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(place) = new_places.get_mut(*old) {
                *place = new;
            }
        }
        let moved = |place: usize| new_places.get(place).copied().unwrap_or(place);
        let mut services: Vec<(usize, Service)> = std::mem::take(&mut self.services)
            .into_iter()
            .enumerate()
            .map(|(old, mut service)| {
                let calls = std::mem::take(&mut service.calls).into_iter();
                service.calls = calls.map(|(to, it)| (moved(to), it)).collect();
                (moved(old), service)
            })
            .collect();
        services.sort_by_key(|(place, _)| *place);
        self.services = services.into_iter().map(|(_, service)| service).collect();
        for (_, place) in self.places.values_mut().flatten() {
            *place = moved(*place);
        }
    }

    fn place_of(&mut self, node: &SketchNode<'_>) -> usize {
        let mut room = std::mem::take(&mut self.room);
        let place = self.place(node.name, node.kind.text(&mut room), node.account_id);
        self.room = room;
        place
    }

    fn place(&mut self, name: &str, kind: Option<&str>, account_id: Option<&str>) -> usize {
        let of_name = self.places.get(name).map(Vec::as_slice).unwrap_or_default();
        let known = of_name.iter().find(|(known, _)| known.as_deref() == kind);
        if let Some((_, place)) = known {
            let place = *place;
            if let (Some(service), Some(account_id)) = (self.services.get_mut(place), account_id) {
                service.note_account(account_id);
            }
            return place;
        }
        let place = self.services.len();
        let kind = kind.map(str::to_string);
        let of_name = self.places.entry(name.to_string()).or_default();
        of_name.push((kind.clone(), place));
        self.services.push(Service {
            name: name.to_string(),
            kind,
            account_id: account_id.map(str::to_string),
            is_root: false,
            is_active: false,
            requests: Requests::default(),
            calls: BTreeMap::new(),
        });
        place
    }
}

impl Service {
    // Of several accounts the first in the alphabet, whichever trace is looked at first.
    fn note_account(&mut self, account_id: &str) {
        let known = self.account_id.as_deref();
        if known.is_none_or(|known| account_id < known) {
            self.account_id = Some(account_id.to_string());
        }
    }
}

impl Requests {
    /// Adds the request that `node` answered, each under the gravest thing that can be said of it.
    pub fn add(&mut self, node: &SketchNode<'_>) {
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

    /// Adds other requests.
    pub fn merge(&mut self, other: Requests) {
        self.ok += other.ok;
        self.error += other.error;
        self.throttle += other.throttle;
        self.fault += other.fault;
        self.total_ns += other.total_ns;
        for (took, count) in other.by_duration {
            *self.by_duration.entry(took).or_default() += count;
        }
        self.window = match (self.window, other.window) {
            (Some((start, end)), Some((other_start, other_end))) => {
                Some((start.min(other_start), end.max(other_end)))
            }
            (one, other) => one.or(other),
        };
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
        let trace = three_services();
        graph.add(&Sketch::of(&trace));
        let mut other = Graph::default();
        other.add(&Sketch::of(&trace));
        graph.merge(other);
        graph.sort();
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
        assert_eq!(calls(backend), [table, api]);
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
