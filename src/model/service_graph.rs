//! Which service calls which, and how that went: the service graph.

use std::collections::HashMap;

use super::time::Window;

/// Services and their calls in a window of time.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceGraph {
    /// What was asked about.
    pub window: Window,
    /// In the order of the service; calls name them by their index.
    pub services: Vec<Service>,
}

/// One service, or whoever calls from outside.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its type, such as `AWS::ECS::Container`, `client` or `remote`.
    pub kind: Option<String>,
    /// Whether requests come in here first.
    pub is_root: bool,
    /// How the requests to it went.
    pub statistics: Statistics,
    /// Whom it calls.
    pub calls: Vec<Call>,
}

/// What one service asks of another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Call {
    /// Index of the called service in [`ServiceGraph::services`].
    pub to: usize,
    /// How the calls went.
    pub statistics: Statistics,
}

/// How requests went. Each is counted once: a throttle is no error here.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    /// Those that went well.
    pub ok: u64,
    /// Clients' mistakes, without the throttles.
    pub error: u64,
    /// Too many requests.
    pub throttle: u64,
    /// The service's mistakes.
    pub fault: u64,
    /// All of them.
    pub total: u64,
    /// What they took together, seconds.
    pub response_seconds: f64,
}

impl Statistics {
    /// Adds those of another time.
    pub fn add(&mut self, other: Statistics) {
        self.ok = self.ok.saturating_add(other.ok);
        self.error = self.error.saturating_add(other.error);
        self.throttle = self.throttle.saturating_add(other.throttle);
        self.fault = self.fault.saturating_add(other.fault);
        self.total = self.total.saturating_add(other.total);
        self.response_seconds += other.response_seconds;
    }

    /// Returns the seconds that a request took on average; `None` without requests.
    pub fn average_seconds(&self) -> Option<f64> {
        let average = self.response_seconds / self.total as f64;
        (self.total > 0 && average.is_finite()).then_some(average)
    }

    /// Returns the shares of ok, error, throttle and fault, 0 to 1 each; `None` without requests.
    pub fn shares(&self) -> Option<[f64; 4]> {
        let share = |count: u64| count as f64 / self.total as f64;
        let all = [self.ok, self.error, self.throttle, self.fault];
        (self.total > 0).then(|| all.map(share))
    }
}

impl ServiceGraph {
    /// Returns an empty graph.
    pub fn new(window: Window) -> ServiceGraph {
        ServiceGraph {
            window,
            services: Vec::new(),
        }
    }

    /// Adds what happened in another window; services are the same by name and type.
    ///
    /// The window grows to hold both.
    pub fn merge(&mut self, other: ServiceGraph) {
        self.window = Window {
            start: self.window.start.min(other.window.start),
            end: self.window.end.max(other.window.end),
        };
        let key = |service: &Service| (service.name.clone(), service.kind.clone());
        let mut known: HashMap<_, usize> = HashMap::new();
        for (idx, service) in self.services.iter().enumerate() {
            known.entry(key(service)).or_insert(idx);
        }
        let mut places = Vec::with_capacity(other.services.len());
        for service in &other.services {
            let idx = *known.entry(key(service)).or_insert(self.services.len());
            if idx == self.services.len() {
                self.services.push(Service {
                    name: service.name.clone(),
                    kind: service.kind.clone(),
                    ..Service::default()
                });
            }
            places.push(idx);
        }
        for (service, place) in other.services.into_iter().zip(&places) {
            let Some(own) = self.services.get_mut(*place) else {
                continue;
            };
            own.is_root |= service.is_root;
            own.statistics.add(service.statistics);
            for call in service.calls {
                let Some(&to) = places.get(call.to) else {
                    continue;
                };
                match own.calls.iter_mut().find(|known| known.to == to) {
                    Some(known) => known.statistics.add(call.statistics),
                    None => own.calls.push(Call { to, ..call }),
                }
            }
        }
    }

    /// Returns every call once: caller and called, as indices, and how it went.
    pub fn calls(&self) -> impl Iterator<Item = (usize, usize, &Statistics)> {
        let n_services = self.services.len();
        let of_service = |(from, service)| calls_of(from, service);
        self.services
            .iter()
            .enumerate()
            .flat_map(of_service)
            .filter(move |(_, to, _)| *to < n_services)
    }
}

fn calls_of(from: usize, service: &Service) -> impl Iterator<Item = (usize, usize, &Statistics)> {
    let calls = service.calls.iter();
    calls.map(move |call| (from, call.to, &call.statistics))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(ok: u64, fault: u64) -> Statistics {
        Statistics {
            ok,
            fault,
            total: ok + fault,
            response_seconds: (ok + fault) as f64 / 10.0,
            ..Statistics::default()
        }
    }

    fn service(name: &str, ok: u64, calls: &[usize]) -> Service {
        let call = |to: &usize| Call {
            to: *to,
            statistics: statistics(ok, 1),
        };
        Service {
            name: name.to_string(),
            statistics: statistics(ok, 0),
            calls: calls.iter().map(call).collect(),
            ..Service::default()
        }
    }

    fn graph(start: i64, services: Vec<Service>) -> ServiceGraph {
        let window = Window {
            start,
            end: start + 10,
        };
        ServiceGraph { window, services }
    }

    #[test]
    fn windows_add_up_and_services_are_the_same_by_name_and_type() {
        let mut sum = graph(10, vec![service("a", 3, &[1]), service("b", 3, &[])]);
        let other = vec![
            service("b", 5, &[]),
            service("c", 1, &[0]),
            service("a", 7, &[0]),
        ];
        sum.merge(graph(0, other));
        assert_eq!((sum.window.start, sum.window.end), (0, 20));
        let names: Vec<&str> = sum.services.iter().map(|service| &*service.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(sum.services[0].statistics.total, 10);
        let calls: Vec<(usize, usize, u64)> = sum
            .calls()
            .map(|(from, to, statistics)| (from, to, statistics.total))
            .collect();
        assert_eq!(calls, [(0, 1, 12), (2, 1, 2)]);
    }

    #[test]
    fn shares_and_averages_need_requests() {
        assert_eq!(Statistics::default().shares(), None);
        assert_eq!(Statistics::default().average_seconds(), None);
        assert_eq!(statistics(3, 1).shares(), Some([0.75, 0.0, 0.0, 0.25]));
        assert_eq!(statistics(3, 1).average_seconds(), Some(0.1));
    }

    #[test]
    fn calls_to_services_that_are_not_there_are_left_out() {
        assert_eq!(graph(0, vec![service("a", 1, &[7])]).calls().count(), 0);
    }
}
