//! Who reports about which rule, how much they ask for, and what part of the reservoir they get.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::time::SECOND;

/// Seconds between two reports. Source: X-Ray Developer Guide, GetSamplingTargets.
pub const INTERVAL_SECONDS: i64 = 10;
/// How long a share holds. Source: as above.
pub const QUOTA_LIFE: i64 = 300 * SECOND;
/// A client counts as long as it was heard of within this time: three reports.
const CLIENT_LIFE: i64 = 30 * SECOND;
/// Reports that are closer together than this are counted as one, so that a rate can be told.
const SHORTEST_PERIOD: i64 = SECOND;
/// More clients than this, over all rules, are not noted and get nothing of the reservoir.
const MAX_CLIENTS: usize = 10_000;

/// The clients heard of lately, by region and rule, then by id.
///
/// Kept in memory: after a restart they report anew within ten seconds.
#[derive(Default)]
pub struct Clients {
    seen: Mutex<BTreeMap<(String, String), BTreeMap<String, Client>>>,
}

/// What is known of a client's demand.
#[derive(Debug, Clone, Copy)]
struct Client {
    /// When the period began that `requests` were counted in; `None` before the second report,
    /// because the first does not say how long it was counted for.
    since: Option<i64>,
    /// When the period ended.
    until: i64,
    /// When it was heard of last; at or a moment after `until`.
    heard: i64,
    /// Requests of the period.
    requests: u64,
}

impl Clients {
    /// Notes a report and returns the client's part of the reservoir, requests a second.
    ///
    /// `requests` is what the client counted since its last report; `now` is in nanoseconds.
    pub fn grant(
        &self,
        region: &str,
        rule_name: &str,
        client_id: &str,
        requests: u64,
        reservoir: u64,
        now: i64,
    ) -> u64 {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (region.to_string(), rule_name.to_string());
        let is_known = seen
            .get(&place)
            .is_some_and(|clients| clients.contains_key(client_id));
        if !is_known {
            seen.retain(|_, clients| {
                clients.retain(|_, client| client.is_alive(now));
                !clients.is_empty()
            });
            if seen.values().map(BTreeMap::len).sum::<usize>() >= MAX_CLIENTS {
                return 0;
            }
        }
        let clients = seen.entry(place).or_default();
        clients.retain(|id, client| client.is_alive(now) || id == client_id);
        let client = match clients.get(client_id) {
            Some(before) if before.is_alive(now) => before.reported(requests, now),
            _ => Client::new(requests, now),
        };
        clients.insert(client_id.to_string(), client);

        let demands: Vec<Option<u64>> = clients.values().map(Client::demand).collect();
        let granted = shares(reservoir, &demands);
        let mine = clients.keys().zip(granted).find(|(id, _)| *id == client_id);
        mine.map_or(0, |(_, share)| share)
    }
}

impl Client {
    fn new(requests: u64, now: i64) -> Client {
        Client {
            since: None,
            until: now,
            heard: now,
            requests,
        }
    }

    fn is_alive(&self, now: i64) -> bool {
        now.saturating_sub(self.heard) < CLIENT_LIFE
    }

    fn reported(self, requests: u64, now: i64) -> Client {
        if now.saturating_sub(self.until) < SHORTEST_PERIOD {
            return Client {
                heard: now,
                requests: self.requests.saturating_add(requests),
                ..self
            };
        }
        Client {
            since: Some(self.until),
            until: now,
            heard: now,
            requests,
        }
    }

    /// Returns the requests of a second, rounded up; `None` if nothing is known yet.
    fn demand(&self) -> Option<u64> {
        let period = self.until.saturating_sub(self.since?).max(SHORTEST_PERIOD);
        let per_second = i128::from(self.requests) * i128::from(SECOND);
        let rounded_up = (per_second + i128::from(period) - 1) / i128::from(period);
        Some(u64::try_from(rounded_up).unwrap_or(u64::MAX))
    }
}

/// Divides a reservoir among clients by what they ask for; the parts add up to the reservoir.
///
/// Nobody gets more than it asks for as long as another gets less, and those who get less get equal
/// parts, give or take one (max-min fairness). What nobody asks for is divided evenly, so that
/// a client whose traffic begins has something to begin with. A client of which nothing is known
/// asks for everything, which gives it an even part. X-Ray says only that a reservoir is divided
/// evenly. One part for each of `demands`, in their order.
fn shares(reservoir: u64, demands: &[Option<u64>]) -> Vec<u64> {
    let wanted = |idx: usize| demands.get(idx).copied().flatten().unwrap_or(u64::MAX);
    let mut order: Vec<usize> = (0..demands.len()).collect();
    // Of equals the first has what cannot be divided.
    order.sort_by_key(|idx| (wanted(*idx), Reverse(*idx)));

    let mut left = reservoir;
    let mut granted = vec![0; demands.len()];
    // The modest come first: what they leave over is the others'.
    for (served, idx) in order.iter().enumerate() {
        let even = left / (demands.len() - served) as u64;
        let share = wanted(*idx).min(even);
        left -= share;
        put(&mut granted, *idx, share);
    }
    for (served, idx) in order.iter().enumerate() {
        let even = left / (demands.len() - served) as u64;
        left -= even;
        put(&mut granted, *idx, even);
    }
    granted
}

fn put(granted: &mut [u64], idx: usize, more: u64) {
    if let Some(share) = granted.get_mut(idx) {
        *share += more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn parts_follow_the_demand() {
        for (reservoir, demands, expected) in [
            (5, vec![Some(10), Some(2)], vec![3, 2]),
            (5, vec![None, Some(2)], vec![3, 2]),
            (5, vec![None], vec![5]),
            (5, vec![Some(0)], vec![5]),
            (5, vec![Some(0), Some(10)], vec![0, 5]),
            (6, vec![Some(1), Some(1)], vec![3, 3]),
            (1, vec![Some(9), Some(9)], vec![1, 0]),
            (0, vec![None, Some(9)], vec![0, 0]),
            (5, vec![], vec![]),
        ] {
            assert_eq!(shares(reservoir, &demands), expected, "{demands:?}");
        }
    }

    #[test]
    fn parts_add_up_and_nobody_is_starved() {
        let mut rng = StdRng::seed_from_u64(11);
        for _ in 0..5_000 {
            let reservoir = rng.random_range(0..60_u64);
            let number = rng.random_range(1..12);
            let demands: Vec<Option<u64>> = (0..number)
                .map(|_| {
                    let demand = rng.random_range(0..20);
                    rng.random_bool(0.8).then_some(demand)
                })
                .collect();
            let granted = shares(reservoir, &demands);
            assert_eq!(granted.iter().sum::<u64>(), reservoir, "{demands:?}");

            let wanted: Vec<u64> = demands.iter().map(|d| d.unwrap_or(u64::MAX)).collect();
            let total = wanted.iter().fold(0, |sum: u64, w| sum.saturating_add(*w));
            for (share, demand) in granted.iter().zip(&wanted) {
                let even = reservoir / number;
                assert!(*share >= even.min(*demand), "{granted:?} of {demands:?}");
                if total >= reservoir {
                    assert!(share <= demand, "{granted:?} of {demands:?}");
                }
                let is_short = share < demand;
                let most = granted.iter().max().unwrap();
                assert!(
                    !is_short || share + 1 >= *most,
                    "{granted:?} of {demands:?}"
                );
            }
        }
    }

    #[test]
    fn demand_is_what_was_counted_since_the_last_report() {
        let clients = Clients::default();
        let grant = |id: &str, requests, second: i64| {
            clients.grant("a", "r", id, requests, 5, second * SECOND)
        };
        assert_eq!(grant("1", 100, 0), 5);
        // The first report does not say for how long it counted.
        assert_eq!(grant("2", 1, 5), 2);
        assert_eq!(grant("1", 100, 10), 2);
        // 15 requests in ten seconds are two a second, rounded up.
        assert_eq!(grant("2", 15, 15), 2);
        assert_eq!(grant("1", 100, 20), 3);
        assert_eq!(grant("2", 0, 25), 0);
        assert_eq!(grant("1", 100, 30), 5);
    }

    #[test]
    fn reports_on_each_other_s_heels_count_as_one() {
        let clients = Clients::default();
        let grant = |id: &str, requests, ms: i64| {
            clients.grant("a", "r", id, requests, 6, ms * SECOND / 1000)
        };
        grant("1", 1_000, 0);
        grant("1", 10, 10_000);
        grant("1", 10, 10_001);
        grant("2", 1_000, 10_001);
        grant("2", 1_000, 11_002);
        // Twenty in ten seconds, and not ten in a millisecond.
        assert_eq!(grant("2", 0, 11_003), 4);
    }

    #[test]
    fn clients_are_forgotten_after_half_a_minute_and_kept_apart_by_region_and_rule() {
        let clients = Clients::default();
        let grant = |region: &str, rule: &str, id: &str, second: i64| {
            clients.grant(region, rule, id, 9_999, 6, second * SECOND)
        };
        assert_eq!(grant("a", "r", "1", 0), 6);
        assert_eq!(grant("b", "r", "2", 0), 6);
        assert_eq!(grant("a", "s", "2", 0), 6);
        assert_eq!(grant("a", "r", "2", 29), 3);
        assert_eq!(grant("a", "r", "2", 30), 6);
    }

    #[test]
    fn beyond_the_limit_a_client_gets_nothing_until_others_leave() {
        let clients = Clients::default();
        for number in 0..MAX_CLIENTS {
            // Spread over rules, or this would take long.
            let rule = (number / 10).to_string();
            clients.grant("a", &rule, &number.to_string(), 1, 5, 0);
        }
        assert_eq!(clients.grant("a", "r", "late", 1, 5, 0), 0);
        assert_eq!(clients.grant("a", "r", "late", 1, 5, CLIENT_LIFE), 5);
    }
}
