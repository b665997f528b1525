//! The names of services that are known to exist, and which name was meant by one that is not.

use std::collections::{BTreeMap, BTreeSet};

use super::sampling_wildcard::{Case, Wildcard};

/// Services that send, or will send, segments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownServices {
    /// Each name, and where it is known from: `docker-compose.yml`, `the stored segments`.
    names: BTreeMap<String, String>,
    /// Names that a service may have besides, which are no reason to expect it.
    possible: BTreeSet<String>,
    /// There may be others: a name is computed.
    has_more: bool,
    /// There may be others that are called what a Host header says.
    has_hosts: bool,
}

/// Why a name can be no service's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownService {
    /// What is known instead: `this checkout and the stored segments have backend-flask`.
    pub known: String,
    /// The name that was probably meant.
    pub near: Option<String>,
}

impl KnownServices {
    /// Adds a name, and where it is known from; an earlier place stays.
    pub fn add(&mut self, name: &str, place: &str) {
        let name = name.trim();
        if !name.is_empty() {
            let known = self.names.entry(name.to_string());
            known.or_insert_with(|| place.to_string());
        }
    }

    /// Adds a name that a service may have.
    pub fn add_possible(&mut self, name: &str) {
        self.possible.insert(name.to_string());
    }

    /// Notes that there may be others.
    pub fn may_have_more(&mut self) {
        self.has_more = true;
    }

    /// Notes that there may be others, called after their Host headers, as the X-Ray SDKs' dynamic naming does.
    pub fn may_have_hosts(&mut self) {
        self.has_hosts = true;
    }

    /// Adds all that another knows.
    pub fn extend(&mut self, other: KnownServices) {
        for (name, place) in other.names {
            self.names.entry(name).or_insert(place);
        }
        self.possible.extend(other.possible);
        self.has_more |= other.has_more;
        self.has_hosts |= other.has_hosts;
    }

    /// Tells why no service has a name that `pattern` matches; `None` if one has, or may have.
    ///
    /// Where nothing is known there is nothing to tell. Case does not count, as for the X-Ray SDKs.
    pub fn unknown_pattern(&self, pattern: &str) -> Option<UnknownService> {
        let wildcard = Wildcard::new(pattern);
        self.unknown(pattern, |name| wildcard.matches(name, Case::Ignored))
    }

    /// Tells why no service is called `wanted`, as filters want it; `None` as above.
    pub fn unknown_name(&self, wanted: &str) -> Option<UnknownService> {
        self.unknown(wanted, |name| name == wanted)
    }

    fn unknown(&self, wanted: &str, is_meant: impl Fn(&str) -> bool) -> Option<UnknownService> {
        let mut all = self.names.keys().chain(&self.possible);
        if self.names.is_empty() || all.any(|name| is_meant(name)) {
            return None;
        }
        let near = self.near(wanted);
        let may_be_other = self.has_more || self.has_hosts && may_be_host(wanted);
        if may_be_other && near.is_none() {
            return None;
        }
        const SHOWN: usize = 4;
        let shown = self.names.iter().take(SHOWN);
        let shown: Vec<String> = shown
            .map(|(name, place)| format!("{name} ({place})"))
            .collect();
        let more = match self.names.len().saturating_sub(SHOWN) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        Some(UnknownService {
            known: format!("known are {}{more}", shown.join(", ")),
            near,
        })
    }

    /// Returns the known name that is nearest to `wanted`, if it is near enough to be a slip.
    fn near(&self, wanted: &str) -> Option<String> {
        let plain = |name: &str| name.to_lowercase().replace(['_', ' ', '.'], "-");
        let wanted = plain(wanted.trim());
        if wanted.chars().count() > 200 {
            return None;
        }
        let distances = self.names.keys().map(|name| {
            let distance = strsim::damerau_levenshtein(&plain(name), &wanted);
            (distance, name)
        });
        let (distance, name) = distances.min()?;
        let is_near = distance <= 2.max(wanted.chars().count() / 4);
        is_near.then(|| name.clone())
    }
}

/// Tells whether a name, or what a pattern matches, may be that of a host.
fn may_be_host(pattern: &str) -> bool {
    pattern.contains(['.', ':', '*', '?']) || pattern.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownServices {
        let mut known = KnownServices::default();
        known.add("backend-flask", "docker-compose.yml");
        known.add("frontend-react-js", "the stored segments");
        known.add_possible("xray-daemon");
        known
    }

    #[test]
    fn a_misspelt_name_is_unknown_and_the_nearest_is_named() {
        let near = |pattern: &str| known().unknown_pattern(pattern).map(|it| it.near);
        let flask = Some(Some("backend-flask".to_string()));
        for (pattern, expected) in [
            ("backend-falsk", flask.clone()),
            ("bakend-flask", flask.clone()),
            ("backend_flask", flask.clone()),
            ("backend-flask ", flask.clone()),
            ("Cruddur", Some(None)),
            ("", Some(None)),
            ("api-*", Some(None)),
            ("Backend-Flask", None),
            ("backend-flask", None),
            ("backend-*", None),
            ("*", None),
            ("b?ckend-flask", None),
            ("xray-daemon", None),
        ] {
            assert_eq!(near(pattern), expected, "{pattern:?}");
        }
        assert_eq!(
            known().unknown_name("Backend-Flask").unwrap().near,
            Some("backend-flask".to_string())
        );
        assert_eq!(
            known().unknown_pattern("x").unwrap().known,
            "known are backend-flask (docker-compose.yml), frontend-react-js (the stored segments)"
        );
    }

    #[test]
    fn where_little_is_known_little_is_said() {
        let nothing = KnownServices::default();
        assert_eq!(nothing.unknown_pattern("x"), None);
        let mut partly = known();
        partly.may_have_more();
        assert_eq!(partly.unknown_pattern("4567-x.gitpod.io"), None);
        assert!(partly.unknown_pattern("backend-falsk").is_some());
        let mut by_host = known();
        by_host.may_have_hosts();
        for host in ["4567-x.gitpod.io", "localhost", "127.0.0.1:4567", "4567-*"] {
            assert_eq!(by_host.unknown_pattern(host), None, "{host}");
        }
        assert!(by_host.unknown_pattern("Cruddur").is_some());
    }
}
