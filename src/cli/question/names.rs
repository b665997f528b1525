//! OpenTelemetry's old and new names of HTTP attributes, which are understood as each other.
//!
//! Source: OpenTelemetry's semantic conventions, HTTP migration guide.

/// Old names beside the new ones.
const RENAMED: [(&str, &str); 13] = [
    ("http.method", "http.request.method"),
    ("http.status_code", "http.response.status_code"),
    ("http.url", "url.full"),
    ("http.target", "url.path"),
    ("http.scheme", "url.scheme"),
    ("http.host", "server.address"),
    ("http.server_name", "server.address"),
    ("http.user_agent", "user_agent.original"),
    ("http.client_ip", "client.address"),
    ("http.flavor", "network.protocol.version"),
    ("net.peer.ip", "network.peer.address"),
    ("net.peer.port", "network.peer.port"),
    ("net.host.port", "server.port"),
];

/// Returns what else the attribute `name` has been called.
pub fn other_names(name: &str) -> impl Iterator<Item = &'static str> + use<'_> {
    RENAMED.iter().filter_map(move |(old, new)| {
        if name == *old {
            Some(*new)
        } else {
            (name == *new).then_some(*old)
        }
    })
}

/// Returns the known column that is meant by `name`, if `name` itself is not known but another name of the
/// same attribute is.
pub fn meant<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    if known.iter().any(|it| it == name) {
        return None;
    }
    other_names(name).find_map(|other| known.iter().find(|it| *it == other).map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_found_under_its_other_name() {
        let known = ["http.request.method".to_string(), "http.host".to_string()];
        assert_eq!(meant("http.method", &known), Some("http.request.method"));
        assert_eq!(meant("server.address", &known), Some("http.host"));
        assert_eq!(meant("http.request.method", &known), None);
        assert_eq!(meant("http.route", &known), None);
    }
}
