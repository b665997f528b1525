//! Where a page is from, as a browser says it: a scheme, a host and a port, and nothing else.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// An origin in the one form in which browsers write it: lower case, without the scheme's own port.
///
/// Source: RFC 6454, section 6.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    host: String,
    is_web: bool,
}

/// Why a text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It is empty.
    #[error("an origin is a scheme and a host, such as `http://localhost:3000`")]
    Empty,
    /// It stands for every page there is.
    #[error(
        "`*` would let every page in the world send here; name each origin, such as \
         `https://app.example.com`"
    )]
    Everything,
    /// What browsers say of pages without an origin.
    #[error(
        "`null` is what browsers say of every file and sandboxed frame; serve the page from \
         `http://localhost` instead"
    )]
    Null,
    /// It begins with the host.
    #[error("an origin begins with a scheme; write `http://{0}` or `https://{0}`")]
    NoScheme(String),
    /// There is something after the host and port.
    #[error("an origin ends with its host and port; write `{0}`")]
    Path(String),
    /// There is a user before the host.
    #[error("an origin has no user; write `{0}`")]
    User(String),
    /// Its host has a character that stands for others.
    #[error("`{0}` is a pattern, and origins are compared as they are; name each one")]
    Pattern(String),
    /// Its host is none.
    #[error("`{0}` is no host; browsers write other alphabets as `xn--…`")]
    Host(String),
    /// Its port is none.
    #[error("`{0}` is no port; it is a number from 1 to 65535")]
    Port(String),
    /// Its scheme is none.
    #[error("`{0}` is no scheme; write `http` or `https`")]
    Scheme(String),
}

impl Origin {
    /// Reads an origin.
    ///
    /// # Errors
    /// See [`OriginError`]; each names the right form where there is one.
    pub fn parse(text: &str) -> Result<Origin, OriginError> {
        match text {
            "" => return Err(OriginError::Empty),
            "*" => return Err(OriginError::Everything),
            "null" => return Err(OriginError::Null),
            _ => {}
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            let host = text.trim_start_matches('/');
            let host = host.split('/').next().unwrap_or_default();
            return Err(OriginError::NoScheme(host.to_string()));
        };
        let scheme = scheme.to_ascii_lowercase();
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && (scheme.bytes()).all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it));
        if !is_scheme {
            return Err(OriginError::Scheme(scheme));
        }
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let authority = &rest[..end];
        if end < rest.len() {
            return Err(OriginError::Path(format!("{scheme}://{authority}")));
        }
        if let Some((_, host)) = authority.rsplit_once('@') {
            return Err(OriginError::User(format!("{scheme}://{host}")));
        }
        let (host, port) = split_port(authority);
        let host = host_of(host)?;
        let usual = match scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        let port = port
            .map(port_of)
            .transpose()?
            .filter(|it| Some(*it) != usual);
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Origin {
            text: format!("{scheme}://{host}{port}"),
            is_web: usual.is_some(),
            host,
        })
    }

    /// Tells whether its pages are served on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        self.is_web && is_loopback_name(host)
    }

    /// Returns its host; an IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Tells whether a name or an address, without brackets, is this machine's own.
pub fn is_loopback_name(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

// An IPv6 address has colons of its own, and brackets around them.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn host_of(text: &str) -> Result<String, OriginError> {
    let host = text.to_ascii_lowercase();
    let wrong = || Err(OriginError::Host(text.to_string()));
    if let Some(inside) = host.strip_prefix('[') {
        let address = inside.strip_suffix(']').map(str::parse::<Ipv6Addr>);
        return match address {
            Some(Ok(address)) => Ok(format!("[{address}]")),
            _ => wrong(),
        };
    }
    if host.contains('*') {
        return Err(OriginError::Pattern(text.to_string()));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match !host.is_empty() && host.bytes().all(is_plain) {
        true => Ok(host),
        false => wrong(),
    }
}

fn port_of(text: &str) -> Result<u16, OriginError> {
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let port = text.parse().ok().filter(|port| is_number && *port > 0);
    port.ok_or_else(|| OriginError::Port(text.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_would_write() {
        for (text, written) in [
            ("http://localhost:3000", "http://localhost:3000"),
            ("HTTP://LocalHost:3000", "http://localhost:3000"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:80", "http://app.example.com"),
            ("https://app.example.com:80", "https://app.example.com:80"),
            ("http://[0:0::1]:8080", "http://[::1]:8080"),
            ("http://[::1]", "http://[::1]"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ] {
            let origin = Origin::parse(text).map(|it| it.to_string());
            assert_eq!(origin.as_deref(), Ok(written), "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_the_right_form() {
        for (text, says) in [
            ("", "such as `http://localhost:3000`"),
            ("*", "name each origin"),
            ("null", "serve the page from"),
            ("localhost:3000", "write `http://localhost:3000` or"),
            ("//localhost:3000/x", "write `http://localhost:3000` or"),
            ("app.example.com/x", "write `http://app.example.com` or"),
            ("http://localhost:3000/", "write `http://localhost:3000`"),
            ("https://a.test/x?y", "write `https://a.test`"),
            ("https://a.test?y", "write `https://a.test`"),
            ("https://a.test#y", "write `https://a.test`"),
            ("https://a.test\\@b.test", "write `https://a.test`"),
            ("https://me:pw@a.test", "write `https://a.test`"),
            ("https://*.a.test", "is a pattern"),
            ("https://", "is no host"),
            ("https://a b.test", "is no host"),
            ("https://bücher.test", "xn--"),
            ("http://[::1", "is no host"),
            ("http://[localhost]", "is no host"),
            ("http://::1", "is no host"),
            ("http://a.test:", "`` is no port"),
            ("http://a.test:0", "`0` is no port"),
            ("http://a.test:65536", "`65536` is no port"),
            ("http://a.test:+80", "`+80` is no port"),
            (" http://a.test", "is no scheme"),
            ("://a.test", "`` is no scheme"),
        ] {
            let error = Origin::parse(text).expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn only_pages_of_this_machine_are_loopback() {
        let is_loopback = |text| Origin::parse(text).is_ok_and(|it| it.is_loopback());
        for own in [
            "http://localhost:3000",
            "https://localhost",
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "https://[::1]:8443",
            "http://app.localhost:5173",
        ] {
            assert!(is_loopback(own), "{own}");
        }
        for other in [
            "http://localhost.evil.test",
            "http://127.0.0.1.evil.test",
            "http://evillocalhost",
            "http://10.0.0.1",
            "http://[::2]",
            "chrome-extension://localhost",
            "http://localhost@evil.test",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
