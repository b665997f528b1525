//! The address of a back end, as people write it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::cli::failure::{Exit, Failure};

use super::mix::parse_path;

/// How long a back end may take to accept a first connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a back end is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What requests call it: `127.0.0.1:4567`, or `cruddur.test` for port 80.
    pub host: String,
    /// Name or address without brackets.
    name: String,
    port: u16,
    /// A path other than `/`.
    pub path: Option<String>,
}

/// Reads `http://127.0.0.1:4567`, with or without the scheme, or with a path.
///
/// # Errors
/// A sentence's fragment that names what was given.
pub fn parse_site(text: &str) -> Result<Site, String> {
    if text.starts_with("https://") {
        return Err(
            "load speaks plain HTTP only; give it the address behind the TLS proxy".to_string(),
        );
    }
    let odd = || format!("`{text}` is not an address; write http://127.0.0.1:4567");
    let rest = text.strip_prefix("http://").unwrap_or(text);
    let path_at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(path_at);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    if host.is_empty() || !host.chars().all(is_plain) {
        return Err(odd());
    }
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, port) = rest.split_once(']').ok_or_else(odd)?;
            match port {
                "" => (name, None),
                port => (name, Some(port.strip_prefix(':').ok_or_else(odd)?)),
            }
        }
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(odd)?,
        None => 80,
    };
    if name.is_empty() || name.contains(['[', ']']) {
        return Err(odd());
    }
    let path = match path {
        "" | "/" => None,
        path if path.starts_with('?') => Some(parse_path(&format!("/{path}"))?),
        path => Some(parse_path(path)?),
    };
    Ok(Site {
        host: host.to_string(),
        name: name.to_string(),
        port,
        path,
    })
}

impl Site {
    /// Returns an address of the site that takes connections.
    ///
    /// # Errors
    /// If the name is unknown, or nobody listens.
    pub async fn reach(&self) -> Result<SocketAddr, Failure> {
        let unreachable = |reason: String| {
            let failure = Failure::of(
                Exit::Unreachable,
                format!("cannot reach {}: {reason}", self.host),
            );
            failure.with_hint("is `cruddurctl serve` running?")
        };
        let found = lookup_host((self.name.as_str(), self.port)).await;
        let addresses: Vec<SocketAddr> = found
            .map_err(|error| unreachable(error.to_string()))?
            .collect();
        let mut reason = "the name has no address".to_string();
        for address in addresses {
            match timeout(PATIENCE, TcpStream::connect(address)).await {
                Ok(Ok(_)) => return Ok(address),
                Ok(Err(error)) => reason = reason_of(&error),
                Err(_) => reason = format!("no answer within {} s", PATIENCE.as_secs()),
            }
        }
        Err(unreachable(reason))
    }
}

fn reason_of(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_string(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, host, name, port, path) in [
            (
                "http://127.0.0.1:4567",
                "127.0.0.1:4567",
                "127.0.0.1",
                4567,
                None,
            ),
            ("localhost:4567/", "localhost:4567", "localhost", 4567, None),
            (
                "http://cruddur.test",
                "cruddur.test",
                "cruddur.test",
                80,
                None,
            ),
            (
                "http://[::1]:80/x?y=1",
                "[::1]:80",
                "::1",
                80,
                Some("/x?y=1"),
            ),
            ("[::1]", "[::1]", "::1", 80, None),
            ("http://h:1?q=2", "h:1", "h", 1, Some("/?q=2")),
        ] {
            let site = parse_site(text).unwrap();
            assert_eq!(
                (
                    site.host.as_str(),
                    site.name.as_str(),
                    site.port,
                    site.path.as_deref()
                ),
                (host, name, port, path),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_none_is_said() {
        for text in [
            "",
            "http://",
            "http://:4567",
            "h:0",
            "h:99999",
            "h:x",
            "ftp://h",
            "u:p@h:1",
            "[::1",
            "[]",
            "a b",
            "h\r\nx",
            "https://h",
            "h/a b",
            "h/ä",
        ] {
            assert!(parse_site(text).is_err(), "{text}");
        }
    }
}
