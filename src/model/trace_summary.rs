//! A trace in short, as a list of traces shows it.

use super::span::Value;

/// What a trace, or a piece of it, is marked with; a success has none of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// The service's mistake, 5xx.
    pub fault: bool,
    /// The client's mistake, 4xx.
    pub error: bool,
    /// Too many requests, 429.
    pub throttle: bool,
    /// Something is in progress or missing.
    pub partial: bool,
}

/// How a request ended, by the worst that it is marked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Well.
    Ok,
    /// Not yet known.
    Open,
    /// With the client's mistake.
    Error,
    /// With too many requests.
    Throttle,
    /// With the service's mistake.
    Fault,
}

impl Marks {
    /// Returns the worst of the marks.
    ///
    /// A throttle is an error too, and goes before it because it says more.
    pub fn verdict(self) -> Verdict {
        match self {
            Marks { fault: true, .. } => Verdict::Fault,
            Marks { throttle: true, .. } => Verdict::Throttle,
            Marks { error: true, .. } => Verdict::Error,
            Marks { partial: true, .. } => Verdict::Open,
            Marks { .. } => Verdict::Ok,
        }
    }

    /// Returns the marks in words, the worst first; none for a success.
    pub fn words(self) -> Vec<&'static str> {
        let all = [
            (self.fault, "fault"),
            (self.throttle, "throttle"),
            (self.error, "error"),
            (self.partial, "partial"),
        ];
        let set = all.into_iter().filter(|(is_set, _)| *is_set);
        set.map(|(_, word)| word).collect()
    }
}

/// A trace in short. Source: X-Ray API, TraceSummary.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TraceSummary {
    /// In X-Ray's form.
    pub id: String,
    /// Nanoseconds since the epoch.
    pub start: i64,
    /// Seconds from the first request to its answer; `None` while there is none.
    pub response_seconds: Option<f64>,
    /// Seconds from the earliest start to the latest end, what goes on after the answer included.
    pub duration_seconds: f64,
    /// GET, POST, …
    pub method: Option<String>,
    /// The whole address of the first request.
    pub url: Option<String>,
    /// The status of its answer.
    pub status: Option<i64>,
    /// Who was asked first.
    pub service: Option<String>,
    /// What it is marked with: fault and error of the first request, throttle of any.
    pub marks: Marks,
    /// By key, every value that was set, in the order of the service.
    pub annotations: Vec<(String, Vec<Value>)>,
    /// Who asked.
    pub users: Vec<String>,
    /// Everybody who took part.
    pub services: Vec<String>,
}

impl TraceSummary {
    /// Returns the seconds that traces are compared by: the response's, or the trace's without one.
    pub fn seconds(&self) -> f64 {
        self.response_seconds.unwrap_or(self.duration_seconds)
    }
}

/// Returns the path of an address, without its query: `/api/x` of `https://host/api/x?y`.
///
/// What has no scheme is taken for a path already.
pub fn path_of(url: &str) -> &str {
    let after_host = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => url,
    };
    after_host.split(['?', '#']).next().unwrap_or(after_host)
}

/// Returns host and port of an address: `host:80` of `https://host:80/api/x`; nothing of a bare path.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Who asks is no part of the Host header.
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_mark_decides_and_a_throttle_says_more_than_an_error() {
        let throttled = Marks {
            error: true,
            throttle: true,
            partial: true,
            ..Marks::default()
        };
        assert_eq!(throttled.verdict(), Verdict::Throttle);
        assert_eq!(throttled.words(), ["throttle", "error", "partial"]);
        assert_eq!(Marks::default().verdict(), Verdict::Ok);
        assert!(Marks::default().words().is_empty());
        assert!(Verdict::Fault > Verdict::Throttle && Verdict::Error > Verdict::Ok);
    }

    #[test]
    fn the_host_of_an_address_is_what_the_host_header_says() {
        for (url, host) in [
            (
                "http://127.0.0.1:4567/api/activities/home?x=1",
                "127.0.0.1:4567",
            ),
            ("https://me:secret@example.com", "example.com"),
            ("http://[::1]:4567?x=/", "[::1]:4567"),
            ("/health@home", ""),
        ] {
            assert_eq!(host_of(url), host);
        }
    }

    #[test]
    fn the_path_of_an_address_has_no_host_and_no_query() {
        for (url, path) in [
            (
                "http://127.0.0.1:4567/api/activities/home?x=1",
                "/api/activities/home",
            ),
            ("https://example.com", "/"),
            ("/health#a", "/health"),
            ("", ""),
        ] {
            assert_eq!(path_of(url), path);
        }
    }
}
