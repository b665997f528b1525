//! AWS's signature, checked: whether a request was signed with the stack's key as the secret access key.
//!
//! Source: AWS Signature Version 4, "Create a signed AWS API request" and "Add a signature with query
//! parameters". Knows no HTTP server; a request is its head and its body.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::settings::secret::Secret;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
// How far a signer's clock may be from ours. Source: the same guide, "Signature expired".
const MOST_SKEW_MINUTES: i64 = 5;
// Source: the same guide, X-Amz-Expires.
const LONGEST_EXPIRY_SECONDS: i64 = 7 * 86_400;

/// Why a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("missing")]
    Missing,
    /// It lacks a part, or a part cannot be read.
    #[error("{0}")]
    Incomplete(String),
    /// It is of another time, which the signer's clock or a replay may be the cause of.
    #[error("{0}")]
    Time(String),
    /// It was made with another key, or of another request.
    #[error("mismatch")]
    Mismatch,
    /// The body is not the one whose hash was signed.
    #[error("the provided 'x-amz-content-sha256' header does not match what was computed")]
    Body,
}

/// Tells who signed what: the part of a signature that says how it was made.
#[derive(Debug)]
struct Claim<'r> {
    credential: &'r str,
    signed_headers: Vec<&'r str>,
    signature: &'r str,
    /// ISO 8601 in its basic form, as it is signed.
    time: String,
    /// How long it holds, in seconds; `None` if it is in a header, which holds for as long as clocks differ.
    expires: Option<i64>,
}

/// Checks that the request with this head and body was signed with `key` at about `now`.
///
/// The access key's id may be any, and so may the region and the service: the key is what counts.
///
/// # Errors
/// See [`SignatureError`].
pub fn verify(
    head: &Parts,
    body: &[u8],
    key: &Secret,
    now: Timestamp,
) -> Result<(), SignatureError> {
    let query: Vec<(String, String)> = query_of(head.uri.query().unwrap_or_default());
    let in_query = |name: &str| {
        let found = query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let authorization = head.headers.get(header::AUTHORIZATION);
    let claim = match authorization.map(|value| value.to_str().unwrap_or_default()) {
        Some(authorization) => of_header(authorization, &head.headers)?,
        None if in_query("X-Amz-Signature").is_some() => of_query(in_query)?,
        None => return Err(SignatureError::Missing),
    };
    let scope = Scope::of(&claim)?;
    check_time(&claim, &scope, now)?;
    let is_presigned = claim.expires.is_some();
    let hash = payload_hash(&head.headers, body)?;
    let request = canonical_request(head, &query, &claim.signed_headers, &hash, is_presigned)?;
    let text = format!(
        "{ALGORITHM}\n{}\n{}\n{}",
        claim.time,
        scope.text,
        hex(&Sha256::digest(request))
    );
    let mut signing = format!("AWS4{}", key.expose()).into_bytes();
    for part in [scope.date, scope.region, scope.service, "aws4_request"] {
        let next = mac(&signing, part.as_bytes())?.finalize();
        signing = next.into_bytes().to_vec();
    }
    let shown = from_hex(claim.signature).ok_or(SignatureError::Mismatch)?;
    // In a time that does not depend on where they differ.
    let verified = mac(&signing, text.as_bytes())?.verify_slice(&shown);
    verified.map_err(|_| SignatureError::Mismatch)
}

/// Returns the credential scope of a request that is signed in its query, in the form of a header.
pub fn scope_in_query(query: &str) -> Option<String> {
    let query = query_of(query);
    let (_, credential) = query.iter().find(|(name, _)| name == "X-Amz-Credential")?;
    Some(format!("{ALGORITHM} Credential={credential}"))
}

fn of_header<'r>(text: &'r str, headers: &HeaderMap) -> Result<Claim<'r>, SignatureError> {
    let Some(rest) = text.strip_prefix(ALGORITHM) else {
        let named = text.split_whitespace().next().unwrap_or_default();
        return Err(incomplete(format!(
            "the Authorization header must begin with {ALGORITHM}, not '{named}'"
        )));
    };
    let part = |name: &str| {
        let mut parts = rest.split(',').map(str::trim);
        let found = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found
            .filter(|value| !value.is_empty())
            .ok_or_else(|| incomplete(format!("Authorization header requires '{name}' parameter.")))
    };
    Ok(Claim {
        credential: part("Credential")?,
        signed_headers: part("SignedHeaders")?.split(';').collect(),
        signature: part("Signature")?,
        time: time_of(headers)?,
        expires: None,
    })
}

fn of_query<'r>(get: impl Fn(&str) -> Option<&'r str>) -> Result<Claim<'r>, SignatureError> {
    let part = |name: &str| {
        get(name).ok_or_else(|| {
            incomplete(format!(
                "AWS query-string parameters must include '{name}'."
            ))
        })
    };
    let algorithm = part("X-Amz-Algorithm")?;
    if algorithm != ALGORITHM {
        return Err(incomplete(format!(
            "X-Amz-Algorithm must be {ALGORITHM}, not '{algorithm}'"
        )));
    }
    let expires = part("X-Amz-Expires")?.parse().ok();
    let expires = expires.filter(|it| (1..=LONGEST_EXPIRY_SECONDS).contains(it));
    let expires = expires.ok_or_else(|| {
        incomplete(format!(
            "X-Amz-Expires must be from 1 to {LONGEST_EXPIRY_SECONDS} seconds"
        ))
    })?;
    Ok(Claim {
        credential: part("X-Amz-Credential")?,
        signed_headers: part("X-Amz-SignedHeaders")?.split(';').collect(),
        signature: part("X-Amz-Signature")?,
        time: part("X-Amz-Date")?.to_string(),
        expires: Some(expires),
    })
}

// `Date` is for signers of before X-Amz-Date; it is signed in the same form all the same.
fn time_of(headers: &HeaderMap) -> Result<String, SignatureError> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(time) = text(&HeaderName::from_static("x-amz-date")) {
        return Ok(time.trim().to_string());
    }
    let date = text(&header::DATE).and_then(|it| jiff::fmt::rfc2822::parse(it).ok());
    let date = date.map(|it| it.with_time_zone(TimeZone::UTC).strftime(TIME).to_string());
    date.ok_or_else(|| {
        incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                .to_string(),
        )
    })
}

const TIME: &str = "%Y%m%dT%H%M%SZ";

/// What a signature is for: a day, a region and a service.
struct Scope<'r> {
    text: &'r str,
    date: &'r str,
    region: &'r str,
    service: &'r str,
}

impl<'r> Scope<'r> {
    fn of(claim: &Claim<'r>) -> Result<Scope<'r>, SignatureError> {
        let wrong = || {
            incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request, got '{}'",
                claim.credential
            ))
        };
        // An access key's id may have slashes of its own.
        let mut parts = claim.credential.rsplitn(5, '/');
        let mut next = || parts.next().ok_or_else(wrong);
        let (end, service, region, date, id) = (next()?, next()?, next()?, next()?, next()?);
        if end != "aws4_request" {
            return Err(wrong());
        }
        Ok(Scope {
            text: claim.credential.get(id.len() + 1..).unwrap_or_default(),
            date,
            region,
            service,
        })
    }
}

fn check_time(claim: &Claim<'_>, scope: &Scope<'_>, now: Timestamp) -> Result<(), SignatureError> {
    let time = &claim.time;
    let signed = strtime::parse(TIME, time).and_then(|it| it.to_datetime());
    let signed = signed.and_then(|it| TimeZone::UTC.to_timestamp(it));
    let signed = signed.map_err(|_| {
        incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{time}'."
        ))
    })?;
    if !time.starts_with(scope.date) || scope.date.len() != 8 {
        return Err(SignatureError::Time(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{time}'.",
            scope.date,
            time.get(..8).unwrap_or_default(),
        )));
    }
    let written = |second: i64| {
        let time = Timestamp::from_second(second).unwrap_or(now);
        time.strftime(TIME).to_string()
    };
    let (now, signed) = (now.as_second(), signed.as_second());
    let skew = MOST_SKEW_MINUTES * 60;
    let holds_for = claim.expires.unwrap_or(skew);
    if signed + holds_for < now {
        return Err(SignatureError::Time(format!(
            "Signature expired: {} is now earlier than {} ({} - {} min.)",
            time,
            written(now - holds_for),
            written(now),
            holds_for / 60,
        )));
    }
    if signed - skew > now {
        return Err(SignatureError::Time(format!(
            "Signature not yet current: {} is still later than {} ({} + {MOST_SKEW_MINUTES} min.)",
            time,
            written(now + skew),
            written(now),
        )));
    }
    Ok(())
}

// What a signer says of the body is signed as it stands, `UNSIGNED-PAYLOAD` and the streaming forms too;
// if it is a hash, the body has to have it.
fn payload_hash(headers: &HeaderMap, body: &[u8]) -> Result<String, SignatureError> {
    let own = || hex(&Sha256::digest(body));
    let Some(said) = headers.get("x-amz-content-sha256") else {
        return Ok(own());
    };
    let said = said.to_str().unwrap_or_default();
    let is_a_form = said == "UNSIGNED-PAYLOAD" || said.starts_with("STREAMING-");
    match is_a_form || said == own() {
        true => Ok(said.to_string()),
        false => Err(SignatureError::Body),
    }
}

fn canonical_request(
    head: &Parts,
    query: &[(String, String)],
    signed_headers: &[&str],
    hash: &str,
    is_presigned: bool,
) -> Result<String, SignatureError> {
    let mut pairs: Vec<(String, String)> = query
        .iter()
        .filter(|(name, _)| !(is_presigned && name == "X-Amz-Signature"))
        .map(|(name, value)| (encoded(name, ""), encoded(value, "")))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut text = format!(
        "{}\n{}\n{}\n",
        head.method,
        canonical_path(head.uri.path()),
        pairs.join("&")
    );
    for needed in ["host", "x-amz-target"] {
        let is_there = needed == "host" || head.headers.contains_key(needed);
        if is_there && !signed_headers.contains(&needed) {
            return Err(incomplete(format!(
                "'{needed}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    for name in signed_headers {
        text.push_str(&format!("{name}:{}\n", canonical_values(head, name)));
    }
    text.push_str(&format!("\n{}\n{hash}", signed_headers.join(";")));
    Ok(text)
}

fn canonical_values(head: &Parts, name: &str) -> String {
    let values = head.headers.get_all(name).iter();
    let values: Vec<String> = values
        .map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    match (name, head.uri.authority()) {
        // Over HTTP/2 the host is part of the address.
        ("host", Some(authority)) if values.is_empty() => authority.to_string(),
        _ => values.join(","),
    }
}

// Dots and double slashes are resolved, and what is left is encoded once more, as every service but S3 has it.
fn canonical_path(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    let ends_in_slash = path.ends_with('/') && !steps.is_empty();
    let mut text = format!("/{}", steps.join("/"));
    if ends_in_slash {
        text.push('/');
    }
    encoded(&text, "/")
}

fn query_of(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn encoded(text: &str, also_plain: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let is_plain = byte.is_ascii_alphanumeric()
            || b"-._~".contains(&byte)
            || also_plain.as_bytes().contains(&byte);
        match is_plain {
            true => encoded.push(byte.into()),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn mac(key: &[u8], text: &[u8]) -> Result<Hmac<Sha256>, SignatureError> {
    // It takes keys of every length.
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mut mac = mac.map_err(|_| SignatureError::Mismatch)?;
    mac.update(text);
    Ok(mac)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let starts = (0..text.len()).step_by(2).filter(|_| is_hex);
    let bytes: Option<Vec<u8>> = starts
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect();
    bytes.filter(|bytes| bytes.len() == 32)
}

fn incomplete(message: String) -> SignatureError {
    SignatureError::Incomplete(message)
}
