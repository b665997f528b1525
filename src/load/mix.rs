//! What visitors of Cruddur do: mostly they look at the home page.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::plan::{Method, PlannedRequest};

/// One of a hundred visitors' choices: how many of a hundred make it, and what they send.
struct Choice {
    weight: u32,
    label: &'static str,
    request: fn(&mut StdRng) -> (Method, String, Option<Value>),
}

/// To add a route, add a line and take its weight from another, so that the sum stays a hundred.
const CHOICES: [Choice; 13] = [
    Choice {
        weight: 38,
        label: "GET /api/activities/home",
        request: |_| get("/api/activities/home"),
    },
    Choice {
        weight: 12,
        label: "GET /api/activities/notifications",
        request: |_| get("/api/activities/notifications"),
    },
    Choice {
        weight: 11,
        label: "GET /api/activities/@{handle}",
        request: |rng| get(format!("/api/activities/@{}", one_of(rng, &HANDLES))),
    },
    Choice {
        weight: 8,
        label: "GET /api/activities/search",
        request: |rng| {
            get(format!(
                "/api/activities/search?term={}",
                one_of(rng, &TERMS)
            ))
        },
    },
    // Somebody presses Enter in an empty search field, which is answered with 422.
    Choice {
        weight: 2,
        label: "GET /api/activities/search",
        request: |_| get("/api/activities/search?term="),
    },
    Choice {
        weight: 6,
        label: "GET /api/activities/{activity_uuid}",
        request: |rng| get(format!("/api/activities/{}", one_of(rng, &ACTIVITIES))),
    },
    Choice {
        weight: 6,
        label: "POST /api/activities",
        request: |rng| create(rng),
    },
    Choice {
        weight: 3,
        label: "POST /api/activities/{activity_uuid}/reply",
        request: |rng| reply(rng),
    },
    Choice {
        weight: 4,
        label: "GET /api/message_groups",
        request: |_| get("/api/message_groups"),
    },
    Choice {
        weight: 4,
        label: "GET /api/messages/@{handle}",
        request: |rng| {
            let handle = one_of(rng, &HANDLES);
            // Upstream spells the parameter this way.
            get(format!(
                "/api/messages/@{handle}?user_reciever_handle={handle}"
            ))
        },
    },
    Choice {
        weight: 2,
        label: "POST /api/messages",
        request: |rng| message(rng),
    },
    Choice {
        weight: 3,
        label: "GET /api/health-check",
        request: |_| get("/api/health-check"),
    },
    // Robots ask every server on the Internet for this; it is a 404.
    Choice {
        weight: 1,
        label: "GET (unknown)",
        request: |_| get("/wp-login.php"),
    },
];

const HANDLES: [&str; 5] = ["andrewbrown", "worf", "garek", "coco", "bayko"];
const TERMS: [&str; 4] = ["cloud", "honor", "prune%20juice", "tailor"];
const ACTIVITIES: [&str; 3] = [
    "68f126b0-1ceb-4a33-88be-d90fa7109eee",
    "66e12864-8c26-4c3a-9658-95a10f8fea67",
    "248959df-3079-4947-b847-9e0892d1bab4",
];
const WORDS: [&str; 4] = [
    "Cloud is fun!",
    "Has anybody seen my traces?",
    "It works on my machine.",
    "Today is a good day to deploy.",
];
const LIFETIMES: [&str; 7] = [
    "30-days", "7-days", "3-days", "1-day", "12-hours", "3-hours", "1-hour",
];

/// Returns `n` requests to Cruddur's routes that arrive at random, `rate` a second on average.
///
/// The gaps between arrivals are exponential, as those of visitors who know nothing of each other. A
/// rate that is not above zero makes all requests due at once. The same seed gives the same requests.
pub fn cruddur_mix(n: usize, rate: f64, seed: u64) -> Vec<PlannedRequest> {
    let mut rng = StdRng::seed_from_u64(seed);
    let total: u32 = CHOICES.iter().map(|choice| choice.weight).sum();
    let mut at = Duration::ZERO;
    let mut requests = Vec::with_capacity(n);
    while requests.len() < n {
        let mut ticket = rng.random_range(0..total);
        let chosen = CHOICES.iter().find(|choice| {
            let is_chosen = ticket < choice.weight;
            ticket = ticket.saturating_sub(choice.weight);
            is_chosen
        });
        let Some(choice) = chosen else { continue };
        let (method, path, body) = (choice.request)(&mut rng);
        if rate > 0.0 {
            let gap = -(1.0 - rng.random::<f64>()).ln() / rate;
            at = at.saturating_add(Duration::try_from_secs_f64(gap).unwrap_or(Duration::MAX));
        }
        requests.push(PlannedRequest {
            method,
            path,
            label: choice.label,
            body,
            at,
        });
    }
    requests
}

fn get(path: impl Into<String>) -> (Method, String, Option<Value>) {
    (Method::Get, path.into(), None)
}

/// Now and then the message is blank or too long, which is answered with 422.
fn create(rng: &mut StdRng) -> (Method, String, Option<Value>) {
    let message = match rng.random_range(0..12) {
        0 => String::new(),
        1 => one_of(rng, &WORDS).repeat(30),
        _ => one_of(rng, &WORDS).to_string(),
    };
    let body = json!({ "message": message, "ttl": one_of(rng, &LIFETIMES) });
    (Method::Post, "/api/activities".to_string(), Some(body))
}

fn reply(rng: &mut StdRng) -> (Method, String, Option<Value>) {
    let path = format!("/api/activities/{}/reply", one_of(rng, &ACTIVITIES));
    (
        Method::Post,
        path,
        Some(json!({ "message": one_of(rng, &WORDS) })),
    )
}

fn message(rng: &mut StdRng) -> (Method, String, Option<Value>) {
    let body =
        json!({ "message": one_of(rng, &WORDS), "user_receiver_handle": one_of(rng, &HANDLES) });
    (Method::Post, "/api/messages".to_string(), Some(body))
}

fn one_of(rng: &mut StdRng, words: &[&'static str]) -> &'static str {
    words
        .get(rng.random_range(0..words.len().max(1)))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_percent() {
        assert_eq!(CHOICES.iter().map(|choice| choice.weight).sum::<u32>(), 100);
    }

    #[test]
    fn same_seed_gives_the_same_requests_and_another_seed_others() {
        assert_eq!(cruddur_mix(50, 10.0, 1), cruddur_mix(50, 10.0, 1));
        assert_ne!(cruddur_mix(50, 10.0, 1), cruddur_mix(50, 10.0, 2));
    }

    #[test]
    fn arrivals_rise_and_keep_the_rate_with_exponential_gaps() {
        let n = 4000;
        let requests = cruddur_mix(n, 200.0, 3);
        assert!(requests.is_sorted_by_key(|request| request.at));
        let length = requests[n - 1].at.as_secs_f64();
        assert!((18.0..22.0).contains(&length), "{length}");
        // Of exponential gaps, 1 - 1/e are shorter than the mean.
        let mean = length / n as f64;
        let gaps = requests
            .windows(2)
            .map(|pair| (pair[1].at - pair[0].at).as_secs_f64());
        let n_short = gaps.filter(|gap| *gap < mean).count();
        assert!(
            (0.60..0.66).contains(&(n_short as f64 / n as f64)),
            "{n_short}"
        );
    }

    #[test]
    fn home_is_asked_for_most_and_every_kind_of_answer_comes_up() {
        let requests = cruddur_mix(1000, 100.0, 4);
        let count = |is: fn(&PlannedRequest) -> bool| requests.iter().filter(|r| is(r)).count();
        assert!((330..430).contains(&count(|r| r.path == "/api/activities/home")));
        assert!(count(|r| r.path.ends_with("?term=")) > 5);
        assert!(count(|r| r.path == "/wp-login.php") > 2);
        assert!(count(|r| r.method == Method::Post && r.body.is_some()) > 70);
        for choice in &CHOICES {
            assert!(
                requests.iter().any(|r| r.label == choice.label),
                "{}",
                choice.label
            );
        }
    }

    #[test]
    fn without_a_rate_all_are_due_at_once() {
        for rate in [0.0, -1.0, f64::NAN] {
            assert!(
                cruddur_mix(20, rate, 5)
                    .iter()
                    .all(|request| request.at.is_zero())
            );
        }
    }
}
