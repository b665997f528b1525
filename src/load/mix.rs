//! What is asked for, and how often: Cruddur's routes as its visitors use them, or plain paths.

use rand::Rng;
use serde_json::{Value, json};

/// Requests to choose from by chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    routes: Vec<Route>,
    variants: Vec<Variant>,
    // Weights added up, one for each variant.
    sums: Vec<f64>,
}

/// Requests that are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// A short name, as `--mix` takes it: `home`.
    pub name: String,
    /// What is sent: `GET /api/activities/home`.
    pub label: String,
    /// How often, in relation to the other routes.
    pub weight: u32,
}

/// One request, word by word.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Its route, an index into [`Mix::routes`].
    pub route: usize,
    /// How it is sent.
    pub method: Method,
    /// Path and query, percent-encoded: `/api/activities/@worf`.
    pub path: String,
    /// Sent as JSON.
    pub body: Option<Value>,
    /// Whether a status from 400 to 499 is the right answer, and so no error.
    pub is_refused: bool,
}

/// The methods that Cruddur's routes take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
}

impl Method {
    /// Returns the method as HTTP writes it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// There is no route of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no route `{0}`")]
pub struct NoSuchRoute(pub String);

/// One route of Cruddur's: its weight of a hundred, its name, its label, and what is sent, of which each
/// is as likely as its own weight among them says.
struct Usual {
    weight: u32,
    name: &'static str,
    label: &'static str,
    variants: fn() -> Vec<(u32, Draft)>,
}

/// To add a route, add an entry and take its weight from another, so that the sum stays a hundred.
const USUAL: [Usual; 12] = [
    Usual {
        weight: 38,
        name: "home",
        label: "GET /api/activities/home",
        variants: || vec![(1, get("/api/activities/home"))],
    },
    Usual {
        weight: 12,
        name: "notifications",
        label: "GET /api/activities/notifications",
        variants: || vec![(1, get("/api/activities/notifications"))],
    },
    Usual {
        weight: 11,
        name: "user",
        label: "GET /api/activities/@{handle}",
        variants: || each(&HANDLES, |handle| get(format!("/api/activities/@{handle}"))),
    },
    Usual {
        weight: 10,
        name: "search",
        label: "GET /api/activities/search",
        variants: || {
            let mut searches = each(&TERMS, |term| {
                get(format!("/api/activities/search?term={term}"))
            });
            // One in five presses Enter in an empty search field, which is answered with 422.
            searches.push((1, get("/api/activities/search?term=").refused()));
            searches
        },
    },
    Usual {
        weight: 6,
        name: "show",
        label: "GET /api/activities/{activity_uuid}",
        variants: || each(&ACTIVITIES, |uuid| get(format!("/api/activities/{uuid}"))),
    },
    Usual {
        weight: 6,
        name: "create",
        label: "POST /api/activities",
        variants: creations,
    },
    Usual {
        weight: 3,
        name: "reply",
        label: "POST /api/activities/{activity_uuid}/reply",
        variants: || {
            let replies = ACTIVITIES.iter().flat_map(|uuid| {
                let path = format!("/api/activities/{uuid}/reply");
                each(&WORDS, |words| {
                    post(path.as_str(), json!({ "message": words }))
                })
            });
            replies.collect()
        },
    },
    Usual {
        weight: 4,
        name: "message-groups",
        label: "GET /api/message_groups",
        variants: || vec![(1, get("/api/message_groups"))],
    },
    Usual {
        weight: 4,
        name: "messages",
        label: "GET /api/messages/@{handle}",
        variants: || {
            each(&HANDLES, |handle| {
                // Upstream spells the parameter this way.
                get(format!(
                    "/api/messages/@{handle}?user_reciever_handle={handle}"
                ))
            })
        },
    },
    Usual {
        weight: 2,
        name: "send-message",
        label: "POST /api/messages",
        variants: || {
            let messages = HANDLES.iter().flat_map(|handle| {
                each(&WORDS, |words| {
                    let body = json!({ "message": words, "user_receiver_handle": handle });
                    post("/api/messages", body)
                })
            });
            messages.collect()
        },
    },
    Usual {
        weight: 3,
        name: "health",
        label: "GET /api/health-check",
        variants: || vec![(1, get("/api/health-check"))],
    },
    // Robots ask every server on the Internet for this; it is a 404.
    Usual {
        weight: 1,
        name: "unknown",
        label: "GET (unknown)",
        variants: || vec![(1, get("/wp-login.php").refused())],
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

impl Mix {
    /// Returns what visitors of Cruddur do: mostly they look at the home page.
    pub fn cruddur() -> Mix {
        Mix::usual(|usual| usual.weight)
    }

    /// Returns a mix of Cruddur's routes by name, each as often as its weight says; a route that is not
    /// named, or has the weight 0, is not asked for.
    ///
    /// # Errors
    /// If a name is no route's.
    pub fn of_routes(weights: &[(String, u32)]) -> Result<Mix, NoSuchRoute> {
        let is_known = |name: &str| USUAL.iter().any(|usual| usual.name == name);
        if let Some((name, _)) = weights.iter().find(|(name, _)| !is_known(name)) {
            return Err(NoSuchRoute(name.clone()));
        }
        Ok(Mix::usual(|usual| {
            let named = weights.iter().filter(|(name, _)| name == usual.name);
            named.fold(0, |sum, (_, weight)| sum.saturating_add(*weight))
        }))
    }

    /// Returns a mix of GET requests for these paths, each as often as the others.
    pub fn of_paths(paths: &[String]) -> Mix {
        let mut mix = Mix::empty();
        for path in paths {
            let route = Route {
                name: path.clone(),
                label: format!("GET {path}"),
                weight: 1,
            };
            mix.add(route, vec![(1, get(path.as_str()))]);
        }
        mix
    }

    fn usual(weight: impl Fn(&Usual) -> u32) -> Mix {
        let mut mix = Mix::empty();
        for usual in &USUAL {
            let route = Route {
                name: usual.name.to_string(),
                label: usual.label.to_string(),
                weight: weight(usual),
            };
            if route.weight > 0 {
                mix.add(route, (usual.variants)());
            }
        }
        mix
    }

    fn empty() -> Mix {
        Mix {
            routes: Vec::new(),
            variants: Vec::new(),
            sums: Vec::new(),
        }
    }

    fn add(&mut self, route: Route, drafts: Vec<(u32, Draft)>) {
        let total: u32 = drafts.iter().map(|(weight, _)| weight).sum();
        for (weight, draft) in drafts {
            let share = f64::from(route.weight) * f64::from(weight) / f64::from(total);
            self.sums
                .push(self.sums.last().copied().unwrap_or(0.0) + share);
            self.variants.push(Variant {
                route: self.routes.len(),
                method: draft.method,
                path: draft.path,
                body: draft.body,
                is_refused: draft.is_refused,
            });
        }
        self.routes.push(route);
    }

    /// Returns the routes in their usual order.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Returns all that may be sent.
    pub fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// Draws a request: an index into [`Mix::variants`]; 0 if there are none.
    pub fn draw(&self, rng: &mut impl Rng) -> usize {
        let total = self.sums.last().copied().unwrap_or(0.0);
        let ticket = rng.random::<f64>() * total;
        let idx = self.sums.partition_point(|sum| *sum <= ticket);
        // Rounding may put the ticket on the very end.
        idx.min(self.sums.len().saturating_sub(1))
    }
}

/// A request before it belongs to a route.
struct Draft {
    method: Method,
    path: String,
    body: Option<Value>,
    is_refused: bool,
}

impl Draft {
    fn refused(mut self) -> Draft {
        self.is_refused = true;
        self
    }
}

fn get(path: impl Into<String>) -> Draft {
    Draft {
        method: Method::Get,
        path: path.into(),
        body: None,
        is_refused: false,
    }
}

fn post(path: impl Into<String>, body: Value) -> Draft {
    Draft {
        method: Method::Post,
        body: Some(body),
        ..get(path)
    }
}

fn each(words: &[&str], draft: impl Fn(&str) -> Draft) -> Vec<(u32, Draft)> {
    words.iter().map(|word| (1, draft(word))).collect()
}

/// Now and then the message is blank or too long, which is answered with 422.
fn creations() -> Vec<(u32, Draft)> {
    let create = |message: &str, ttl: &str| {
        let body = json!({ "message": message, "ttl": ttl });
        post("/api/activities", body)
    };
    let mut all = Vec::new();
    for ttl in LIFETIMES {
        all.extend(WORDS.map(|words| (10, create(words, ttl))));
        all.push((4, create("", ttl).refused()));
        all.push((4, create(&WORDS[0].repeat(30), ttl).refused()));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn drawn(mix: &Mix, n: usize, seed: u64) -> Vec<usize> {
        let mut rng = StdRng::seed_from_u64(seed);
        (0..n).map(|_| mix.draw(&mut rng)).collect()
    }

    #[test]
    fn usual_weights_are_percent_and_names_are_different() {
        assert_eq!(USUAL.iter().map(|usual| usual.weight).sum::<u32>(), 100);
        let names: BTreeSet<&str> = USUAL.iter().map(|usual| usual.name).collect();
        assert_eq!(names.len(), USUAL.len());
    }

    #[test]
    fn same_seed_draws_the_same_and_another_seed_others() {
        let mix = Mix::cruddur();
        assert_eq!(drawn(&mix, 50, 1), drawn(&mix, 50, 1));
        assert_ne!(drawn(&mix, 50, 1), drawn(&mix, 50, 2));
    }

    #[test]
    fn routes_come_up_as_often_as_their_weights_say() {
        let mix = Mix::cruddur();
        let n = 20_000;
        let mut counts = vec![0u32; mix.routes().len()];
        for idx in drawn(&mix, n, 3) {
            counts[mix.variants()[idx].route] += 1;
        }
        for (route, count) in mix.routes().iter().zip(counts) {
            let expected = f64::from(route.weight) / 100.0 * n as f64;
            // Six standard deviations.
            let slack = 6.0 * expected.sqrt();
            let off = (f64::from(count) - expected).abs();
            assert!(off < slack, "{}: {count}, not {expected}", route.name);
        }
    }

    #[test]
    fn every_variant_comes_up_and_some_are_meant_to_be_refused() {
        let mix = Mix::cruddur();
        let seen: BTreeSet<usize> = drawn(&mix, 50_000, 4).into_iter().collect();
        assert_eq!(seen.len(), mix.variants().len());
        let refused: Vec<&str> = mix
            .variants()
            .iter()
            .filter(|variant| variant.is_refused)
            .map(|variant| variant.path.as_str())
            .collect();
        for path in [
            "/api/activities/search?term=",
            "/wp-login.php",
            "/api/activities",
        ] {
            assert!(refused.contains(&path), "{path}");
        }
    }

    #[test]
    fn a_mix_of_ones_own_has_only_what_is_named() {
        let weights = [
            ("home".to_string(), 6),
            ("search".to_string(), 2),
            ("user".to_string(), 0),
        ];
        let mix = Mix::of_routes(&weights).unwrap();
        let names: Vec<&str> = mix.routes().iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["home", "search"]);
        let homes = drawn(&mix, 4000, 5)
            .into_iter()
            .filter(|idx| mix.variants()[*idx].route == 0)
            .count();
        assert!((2850..3150).contains(&homes), "{homes}");
        assert_eq!(
            Mix::of_routes(&[("hone".to_string(), 1)]),
            Err(NoSuchRoute("hone".to_string()))
        );
    }

    #[test]
    fn paths_are_asked_for_as_they_are() {
        let mix = Mix::of_paths(&["/x".to_string(), "/y?z=1".to_string()]);
        let labels: Vec<&str> = mix.routes().iter().map(|it| it.label.as_str()).collect();
        assert_eq!(labels, ["GET /x", "GET /y?z=1"]);
        assert!(drawn(&mix, 100, 6).contains(&1));
        assert_eq!(drawn(&Mix::of_paths(&[]), 1, 1), [0]);
    }
}
