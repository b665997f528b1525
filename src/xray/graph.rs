//! The service graph: traces added up by service and by call.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::filter::CLIENT;
use super::segment::Outcome;
use super::sketch::{Sketch, SketchNode};
use crate::model::time::{MILLISECOND, SECOND};

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
    /// Whether some trace began in it.
    pub is_root: bool,
    /// Whether it sent segments of its own.
    pub is_active: bool,
    /// The seconds in which the first and the last of its traces began, nanoseconds since the epoch.
    pub seconds: Seconds,
    /// The requests to it; of a client, none.
    pub requests: Requests,
    /// Those that it made, by the index of the service that it called.
    pub calls: BTreeMap<usize, Calls>,
}

/// Requests of one service to another.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Calls {
    /// As those of a service.
    pub seconds: Seconds,
    /// The requests.
    pub requests: Requests,
}

/// The first and the last of some seconds in which traces began, nanoseconds since the epoch; `None` of
/// none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub Option<(i64, i64)>);

impl Seconds {
    /// Adds a second.
    pub fn add(&mut self, second: i64) {
        self.merge(Seconds(Some((second, second))));
    }

    /// Adds others.
    pub fn merge(&mut self, other: Seconds) {
        self.0 = match (self.0, other.0) {
            (Some((first, last)), Some((other_first, other_last))) => {
                Some((first.min(other_first), last.max(other_last)))
            }
            (one, other) => one.or(other),
        };
    }
}

/// Requests added up.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Requests {
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
    /// How many took so long, milliseconds; see [`rounded`].
    pub by_duration: HashMap<i64, u64, FixedState>,
}

impl Graph {
    /// Adds a trace. What is still in progress has no duration, and is left out.
    pub fn add(&mut self, trace: &Sketch<'_>) {
        let second = trace.second();
        let mut places = std::mem::take(&mut self.places_of_nodes);
        places.clear();
        places.extend(trace.nodes.iter().map(|node| self.place_of(node)));
        for (node, &place) in trace.nodes.iter().zip(&places) {
            if let Some(service) = self.services.get_mut(place) {
                service.is_root |= node.is_root;
                service.is_active |= !node.is_inferred;
                service.seconds.add(second);
                service.requests.add(node);
            }
            if node.is_root {
                let client = self.place(node.name, Some(CLIENT));
                self.call(client, place, node, second);
                if let Some(client) = self.services.get_mut(client) {
                    client.seconds.add(second);
                }
            }
        }
        for (from, to) in &trace.edges {
            let ends = (places.get(*from), places.get(*to), trace.nodes.get(*to));
            if let (Some(&from), Some(&place), Some(node)) = ends {
                self.call(from, place, node, second);
            }
        }
        self.places_of_nodes = places;
    }

    fn call(&mut self, from: usize, to: usize, node: &SketchNode<'_>, second: i64) {
        if let Some(caller) = self.services.get_mut(from) {
            let calls = caller.calls.entry(to).or_default();
            calls.seconds.add(second);
            calls.requests.add(node);
        }
    }

    /// Adds what another graph is made of.
    pub fn merge(&mut self, other: Graph) {
        let mut places = Vec::with_capacity(other.services.len());
        for service in &other.services {
            places.push(self.place(&service.name, service.kind.as_deref()));
        }
        for (service, place) in other.services.into_iter().zip(&places) {
            let Some(own) = self.services.get_mut(*place) else {
                continue;
            };
            own.is_root |= service.is_root;
            own.is_active |= service.is_active;
            own.seconds.merge(service.seconds);
            own.requests.merge(service.requests);
            for (to, calls) in service.calls {
                if let Some(to) = places.get(to) {
                    let own = own.calls.entry(*to).or_default();
                    own.seconds.merge(calls.seconds);
                    own.requests.merge(calls.requests);
                }
            }
        }
    }

    /// Returns the seconds in which the first and the last trace began.
    pub fn seconds(&self) -> Seconds {
        let mut seconds = Seconds::default();
        let services = self.services.iter();
        services.for_each(|service| seconds.merge(service.seconds));
        seconds
    }

    /// Puts the services in an order that does not depend on that of the traces: by name, and of one name
    /// those without a type first.
    pub fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.services.len()).collect();
        order.sort_by_key(|idx| {
            let service = self.services.get(*idx);
            service.map(|it| (&it.name, &it.kind))
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
        let place = self.place(node.name, node.kind.text(&mut room));
        self.room = room;
        place
    }

    fn place(&mut self, name: &str, kind: Option<&str>) -> usize {
        let of_name = self.places.get(name).map(Vec::as_slice).unwrap_or_default();
        let known = of_name.iter().find(|(known, _)| known.as_deref() == kind);
        if let Some((_, place)) = known {
            return *place;
        }
        let place = self.services.len();
        let kind = kind.map(str::to_string);
        let of_name = self.places.entry(name.to_string()).or_default();
        of_name.push((kind.clone(), place));
        self.services.push(Service {
            name: name.to_string(),
            kind,
            is_root: false,
            is_active: false,
            seconds: Seconds::default(),
            requests: Requests::default(),
            calls: BTreeMap::new(),
        });
        place
    }
}

impl Service {
    /// Returns what X-Ray calls the state of the service: `active` if it sent segments, `passive` if it is
    /// remote and sent none, `unknown` for AWS's services and clients.
    pub fn state(&self) -> &'static str {
        match (self.is_active, self.kind.as_deref()) {
            (true, _) => "active",
            (false, Some("remote")) => "passive",
            (false, _) => "unknown",
        }
    }

    /// Tells whether it is a client, of which nothing is known but its calls.
    pub fn is_client(&self) -> bool {
        self.kind.as_deref() == Some(CLIENT)
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
    }

    /// Returns how many there were.
    pub fn total(&self) -> u64 {
        self.ok + self.error + self.throttle + self.fault
    }
}

/// Bins of a histogram at most: X-Ray was seen to answer with up to 157.
const MOST_BINS: usize = 150;

impl Requests {
    /// Returns how long requests took, in milliseconds and ascending, and how many took so long.
    ///
    /// Each value has a bin of its own if there are few; else neighbours share one, with their mean.
    pub fn histogram(&self) -> Vec<(i64, u64)> {
        let mut bins: Vec<(i64, u64)> = self
            .by_duration
            .iter()
            .map(|(took, count)| (*took, *count))
            .collect();
        bins.sort_unstable();
        if bins.len() <= MOST_BINS {
            return bins;
        }
        let n_together = bins.len().div_ceil(MOST_BINS);
        let together = |bins: &[(i64, u64)]| {
            let count: u64 = bins.iter().map(|(_, count)| count).sum();
            let sum = bins
                .iter()
                .map(|(took, count)| i128::from(*took) * i128::from(*count));
            let mean = sum.sum::<i128>() / i128::from(count.max(1));
            (i64::try_from(mean).unwrap_or(i64::MAX), count)
        };
        bins.chunks(n_together).map(together).collect()
    }
}

/// Returns nanoseconds in milliseconds, rounded half up; from ten seconds on with four digits, so that
/// there are not too many different ones.
fn rounded(ns: i64) -> i64 {
    let ms = ns.saturating_add(MILLISECOND / 2) / MILLISECOND;
    if ms < 10 * SECOND / MILLISECOND {
        return ms;
    }
    let unit = 10_i64.pow(ms.checked_ilog10().unwrap_or(0).saturating_sub(3));
    ms / unit * unit
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
        // Nothing is known of the client but its calls.
        assert_eq!(graph.services[client].requests, Requests::default());
        let calls = &graph.services[client].calls[&backend];
        assert_eq!(calls.requests.total(), 2);
        let first = Seconds(Some((1_000 * SECOND, 1_000 * SECOND)));
        assert_eq!((calls.seconds, graph.seconds()), (first, first));
        let states = [client, backend, api, table].map(|place| graph.services[place].state());
        assert_eq!(states, ["unknown", "active", "active", "unknown"]);
    }

    #[test]
    fn a_called_service_that_sent_nothing_is_passive() {
        let trace = super::super::trace::tests::trace_of(&[serde_json::json!({
            "id": "000000000000000a", "subsegments": [
                {"id": "000000000000000b", "name": "api", "namespace": "remote", "start_time": 1000, "end_time": 1001},
            ],
        })]);
        let mut graph = Graph::default();
        graph.add(&Sketch::of(&trace));
        let remote = graph.services.iter().find(|it| it.name == "api").unwrap();
        assert_eq!(
            (remote.state(), remote.kind.as_deref()),
            ("passive", Some("remote"))
        );
    }

    #[test]
    fn many_values_share_bins_and_none_is_lost() {
        let mut requests = Requests::default();
        for number in 0..1_024 {
            requests.by_duration.insert(number, 2);
        }
        let bins = requests.histogram();
        assert!(bins.len() <= MOST_BINS && bins.is_sorted());
        assert_eq!(bins.iter().map(|(_, count)| count).sum::<u64>(), 2_048);
        requests.by_duration.retain(|number, _| *number < 80);
        assert_eq!(requests.histogram().len(), 80);
    }

    #[test]
    fn durations_are_rounded_to_the_millisecond() {
        for (ns, expected) in [
            (0, 0),
            (22_600_000, 23),
            (22_499_999, 22),
            (22_500_000, 23),
            (9_999_400_000, 9_999),
            (12_345_678_000_000, 12_340_000),
            (i64::MAX, 9_223_000_000_000),
        ] {
            assert_eq!(rounded(ns), expected, "{ns}");
        }
    }
}
