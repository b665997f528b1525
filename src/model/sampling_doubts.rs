//! What can stand in a sampling rule and then matches no request, or not those that were meant.

use super::known_services::KnownServices;
use super::sampling::SamplingRule;
use super::sampling_match::Field;

/// Why a member of a rule matches nothing, or not everywhere what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleDoubt {
    /// The member as the API spells it.
    pub key: &'static str,
    /// What is doubtful, as it follows the member's name: `is empty, so …`.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The methods of HTTP, and of WebDAV as far as people use them.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

/// Returns what is doubtful about a rule, in the order of the API's members.
///
/// Whether a rule is hidden by those before it is asked of [`super::sampling_cover`].
pub fn rule_doubts(rule: &SamplingRule, services: &KnownServices) -> Vec<RuleDoubt> {
    let mut doubts = Vec::new();
    let mut doubt = |field: Field, message: String, help: Option<String>| {
        doubts.push(RuleDoubt {
            key: field.name(),
            message,
            help,
        });
    };
    let texts = [
        (Field::ResourceArn, &rule.resource_arn, "resource"),
        (Field::ServiceName, &rule.service_name, "service"),
        (Field::ServiceType, &rule.service_type, "type of service"),
        (Field::Host, &rule.host, "Host header"),
        (Field::HttpMethod, &rule.http_method, "method"),
        (Field::UrlPath, &rule.url_path, "path"),
    ];
    for (field, text, what) in texts {
        if text.is_empty() {
            let message = format!("is empty, so the rule matches no request with a {what}");
            doubt(field, message, Some("write \"*\" for all".to_string()));
            continue;
        }
        if text.trim() != text {
            let shown = text.trim();
            let message = "has a blank at an end, and so matches nothing that has none".to_string();
            let help = match shown {
                "" => "write \"*\" for all".to_string(),
                shown => format!("write {shown:?}"),
            };
            doubt(field, message, Some(help));
            continue;
        }
        let found = match field {
            Field::ServiceName => service_name(text, services),
            Field::Host => host(text),
            Field::HttpMethod => http_method(text),
            Field::UrlPath => url_path(text),
            Field::ResourceArn if text != "*" => Some((
                "is not \"*\", and the SDKs pass over such a rule".to_string(),
                Some("write \"*\"".to_string()),
            )),
            _ => None,
        };
        if let Some((message, help)) = found {
            doubt(field, message, help);
        }
    }
    if !rule.attributes.is_empty() {
        let message = "are there, and the SDKs pass over a rule that has any".to_string();
        doubt(Field::Attributes, message, Some("remove them".to_string()));
    }
    doubts
}

type Found = Option<(String, Option<String>)>;

fn service_name(text: &str, services: &KnownServices) -> Found {
    if let Some((_, rest)) = text.split_once("://") {
        let message = "has a scheme, and a segment's name has none".to_string();
        return Some((message, Some(format!("write {:?}", host_part(rest)))));
    }
    let unknown = services.unknown_pattern(text)?;
    let message = format!("is the name of no service: {}", unknown.known);
    let help = unknown.near.map(|near| format!("did you mean {near:?}?"));
    Some((message, help))
}

fn host(text: &str) -> Found {
    if let Some((_, rest)) = text.split_once("://") {
        let message = "has a scheme, and a Host header has none".to_string();
        return Some((message, Some(format!("write {:?}", host_part(rest)))));
    }
    if text.contains('/') {
        let message = "has a path, and a Host header has none".to_string();
        let host = host_part(text);
        let help = (!host.is_empty()).then(|| format!("write {host:?}"));
        return Some((message, help));
    }
    let blank = text.contains(char::is_whitespace) || text.contains(',');
    blank.then(|| {
        let message = "is no Host header, which is one name and perhaps a port".to_string();
        (message, Some("make a rule for each".to_string()))
    })
}

fn host_part(text: &str) -> &str {
    text.split('/').next().unwrap_or(text)
}

fn http_method(text: &str) -> Found {
    let upper = text.to_ascii_uppercase();
    let wanted = super::sampling_wildcard::Wildcard::new(upper.clone());
    let is_some = METHODS
        .iter()
        .any(|method| wanted.matches(method, super::sampling_wildcard::Case::Counts));
    if !is_some {
        let parts = text
            .split([',', '|', ' ', '/'])
            .filter(|part| !part.is_empty());
        let help = match parts.count() {
            0 | 1 => nearest_method(&upper).map(|near| format!("did you mean {near:?}?")),
            _ => Some("a rule has one method: make a rule for each, or write \"*\"".to_string()),
        };
        return Some(("is no method of HTTP".to_string(), help));
    }
    (upper != text).then(|| {
        let message =
            "has small letters, which OpenTelemetry's samplers tell from capitals".to_string();
        (message, Some(format!("write {upper:?}")))
    })
}

fn nearest_method(text: &str) -> Option<&'static str> {
    let near = METHODS
        .into_iter()
        .map(|method| (strsim::damerau_levenshtein(method, text), method))
        .min()?;
    (near.0 <= 2).then_some(near.1)
}

fn url_path(text: &str) -> Found {
    if let Some((_, rest)) = text.split_once("://") {
        let message = "has a scheme and a host, and a path has neither".to_string();
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        return Some((message, Some(format!("write {:?}", format!("/{path}")))));
    }
    if !text.starts_with(['/', '*', '?']) {
        let message = "does not begin with /, as every path does".to_string();
        return Some((message, Some(format!("write {:?}", format!("/{text}")))));
    }
    let (path, query) = text.split_once('?')?;
    let is_query = query.contains('=') && path.starts_with('/');
    is_query.then(|| {
        let message = "has a query string, which is not a part of the path".to_string();
        (message, Some(format!("write {path:?}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(change: impl Fn(&mut SamplingRule)) -> Vec<(&'static str, String, String)> {
        let mut rule = SamplingRule::default_rule();
        change(&mut rule);
        let mut services = KnownServices::default();
        services.add("backend-flask", "docker-compose.yml");
        let doubts = rule_doubts(&rule, &services).into_iter();
        doubts
            .map(|it| (it.key, it.message, it.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn what_matches_nothing_is_doubtful() {
        type Set = fn(&mut SamplingRule, &str);
        let host: Set = |rule, text| rule.host = text.to_string();
        let method: Set = |rule, text| rule.http_method = text.to_string();
        let path: Set = |rule, text| rule.url_path = text.to_string();
        let service: Set = |rule, text| rule.service_name = text.to_string();
        let kind: Set = |rule, text| rule.service_type = text.to_string();
        let arn: Set = |rule, text| rule.resource_arn = text.to_string();
        for (set, text, key, message, help) in [
            (host, "", "Host", "is empty", "write \"*\" for all"),
            (
                host,
                "x.de ",
                "Host",
                "has a blank at an end",
                "write \"x.de\"",
            ),
            (
                host,
                " ",
                "Host",
                "has a blank at an end",
                "write \"*\" for all",
            ),
            (
                host,
                "https://x.de/api",
                "Host",
                "has a scheme",
                "write \"x.de\"",
            ),
            (host, "x.de/api", "Host", "has a path", "write \"x.de\""),
            (
                host,
                "a.de, b.de",
                "Host",
                "is no Host header",
                "make a rule for each",
            ),
            (method, "", "HTTPMethod", "is empty", "write \"*\" for all"),
            (
                method,
                "get",
                "HTTPMethod",
                "has small letters",
                "write \"GET\"",
            ),
            (
                method,
                "GTE",
                "HTTPMethod",
                "is no method",
                "did you mean \"GET\"?",
            ),
            (
                method,
                "GET,POST",
                "HTTPMethod",
                "is no method",
                "a rule has one method",
            ),
            (method, "FETCH", "HTTPMethod", "is no method", ""),
            (path, "", "URLPath", "is empty", "write \"*\" for all"),
            (
                path,
                "api/*",
                "URLPath",
                "does not begin with /",
                "write \"/api/*\"",
            ),
            (
                path,
                "http://x.de/api",
                "URLPath",
                "has a scheme",
                "write \"/api\"",
            ),
            (
                path,
                "/api?term=x",
                "URLPath",
                "has a query string",
                "write \"/api\"",
            ),
            (
                path,
                "/api\n",
                "URLPath",
                "has a blank at an end",
                "write \"/api\"",
            ),
            (
                service,
                "",
                "ServiceName",
                "is empty",
                "write \"*\" for all",
            ),
            (
                service,
                "backend-falsk",
                "ServiceName",
                "is the name of no service",
                "did you mean \"backend-flask\"?",
            ),
            (
                service,
                "https://x.de",
                "ServiceName",
                "has a scheme",
                "write \"x.de\"",
            ),
            (kind, "", "ServiceType", "is empty", "write \"*\" for all"),
            (
                arn,
                "arn:aws:x",
                "ResourceARN",
                "is not \"*\"",
                "write \"*\"",
            ),
        ] {
            let found = found(|rule| set(rule, text));
            assert_eq!(found.len(), 1, "{text:?} {found:?}");
            assert_eq!(found[0].0, key, "{text:?}");
            assert!(found[0].1.starts_with(message), "{text:?} {found:?}");
            assert!(found[0].2.starts_with(help), "{text:?} {found:?}");
        }
    }

    #[test]
    fn what_can_match_is_not_doubtful() {
        assert_eq!(found(|_| {}), []);
        assert_eq!(
            found(|rule| {
                rule.host = "*.gitpod.io:4567".to_string();
                rule.http_method = "P*".to_string();
                rule.url_path = "*home?".to_string();
                rule.service_name = "BACKEND-*".to_string();
                rule.service_type = "AWS::EC2::Instance".to_string();
            }),
            []
        );
    }
}
