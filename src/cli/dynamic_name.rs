//! `AWS_XRAY_URL`: segments are named after the Host header, and rules and groups may not know that name.

use std::net::SocketAddr;

use super::context::Context;
use crate::aws::SdkConfig;
use crate::model::dynamic_name::DynamicName;
use crate::model::sampling::{SamplingRequest, SamplingRule};
use crate::model::sampling_match::{Field, Matcher};
use crate::settings::env;
use crate::xray::client::XRayClient;
use crate::xray::filter;

// Who calls on this machine, where the pattern matches any Host.
const LOCAL_HOST: &str = "127.0.0.1:4567";
const DEFAULT: &str = "Default";

/// Returns how segments are named, if AWS_XRAY_URL says so.
pub fn of_environment(context: &Context) -> Option<DynamicName> {
    context
        .environment
        .get(env::AWS_XRAY_URL)
        .map(DynamicName::new)
}

/// Says how segments are named, and which rules and groups then match nothing that is named after its Host.
///
/// `backend` is where it listens. What cannot be asked is left out: the back end itself says that X-Ray is away.
pub async fn note(
    context: &Context,
    naming: &DynamicName,
    service_name: &str,
    backend: Option<SocketAddr>,
    aws: &SdkConfig,
) {
    let host = match named(naming, service_name) {
        Ok((words, host)) => {
            let own = backend.and_then(|backend| own_name(naming, service_name, backend));
            context.note(&format!("{words}{}", own.unwrap_or_default()));
            host
        }
        Err(warning) => return context.note(&warning),
    };
    let client = XRayClient::new(aws);
    let rules = client.rules().await.unwrap_or_default();
    let groups = client.groups().await.unwrap_or_default();
    let groups: Vec<(&str, &str)> = groups
        .iter()
        .filter_map(|group| Some((group.name.as_str(), group.filter_expression.as_deref()?)))
        .collect();
    if let Some(warning) = warning(&host, service_name, &rules, &groups) {
        context.note(&warning);
    }
}

/// Returns a sentence on how segments are named, and a Host after which one is.
///
/// # Errors
/// A warning if none is.
pub fn named(naming: &DynamicName, service_name: &str) -> Result<(String, String), String> {
    let (variable, pattern) = (env::AWS_XRAY_URL, naming.pattern());
    match naming.implied_host() {
        Ok(host) => {
            let words = format!(
                "segments: named after the Host header where it matches {variable}={pattern}, else {service_name}"
            );
            Ok((words, host.unwrap_or_else(|| LOCAL_HOST.to_string())))
        }
        Err(what) => Err(format!(
            "warning: {variable}={pattern} has {what}, which no Host header has, so it matches no request and segments are \
             called {service_name}; write the host alone, such as *4567-*.gitpod.io*"
        )),
    }
}

// Says so if the back end's own address is no such Host.
fn own_name(naming: &DynamicName, service_name: &str, backend: SocketAddr) -> Option<String> {
    let local = format!("localhost:{}", backend.port());
    let own = backend.to_string();
    let is_named = |host: &str| naming.name(host, "") == host;
    (!is_named(&own) && !is_named(&local))
        .then(|| format!("; those to {own} and {local} are called {service_name}"))
}

/// Returns a warning of what matches the service's name, and not the name of a segment after `host`.
fn warning(
    host: &str,
    service_name: &str,
    rules: &[SamplingRule],
    groups: &[(&str, &str)],
) -> Option<String> {
    let mut lost = Vec::new();
    let mut fixes = Vec::new();
    for rule in rules.iter().filter(|rule| rule.rule_name != DEFAULT) {
        if matches_name(rule, service_name, host) && !matches_name(rule, host, host) {
            let (name, asked) = (&rule.rule_name, &rule.service_name);
            lost.push(format!("rule {name} (ServiceName {asked})"));
            fixes.push("ServiceName * in the rule".to_string());
        }
    }
    let known = |name: &str| {
        let group = groups.iter().find(|(known, _)| *known == name);
        group.map(|(_, expression)| expression.to_string())
    };
    for (name, expression) in groups.iter().filter(|(_, it)| !it.is_empty()) {
        let Ok(read) = filter::parse(expression, &known) else {
            continue;
        };
        if read.can_mean(service_name) && !read.can_mean(host) {
            lost.push(format!("group {name} ({expression})"));
            fixes.push(format!("service(\"{host}\") in the group"));
        }
    }
    if lost.is_empty() {
        return None;
    }
    fixes.dedup();
    Some(format!(
        "warning: of requests to such a host, {host} for one, {} will match nothing: their segments are not called \
         {service_name}\nhint: write {}, or unset {}",
        lost.join(" and "),
        fixes.join(" and "),
        env::AWS_XRAY_URL
    ))
}

// By the name and the Host alone; whichever path it is about.
fn matches_name(rule: &SamplingRule, service_name: &str, host: &str) -> bool {
    let request = SamplingRequest {
        service_name,
        service_type: "",
        host,
        http_method: "GET",
        url_path: "/",
    };
    let fields = Matcher::new(rule).fields(&request);
    fields
        .iter()
        .filter(|it| matches!(it.field, Field::ServiceName | Field::Host))
        .all(|it| it.matched())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xray::rule_file::built_in;

    #[test]
    fn rules_and_groups_for_the_service_match_nothing_that_is_named_after_its_host() {
        let group = [("Cruddur", "service(\"backend-flask\")")];
        let (_, host) = named(&DynamicName::new("*4567-me.gitpod.io*"), "backend-flask").unwrap();
        let found = warning(&host, "backend-flask", &[built_in()], &group).unwrap();
        let rule = built_in().rule_name;
        assert!(
            found.contains(&format!("rule {rule} (ServiceName backend-flask)")),
            "{found}"
        );
        assert!(
            found.contains("group Cruddur (service(\"backend-flask\"))"),
            "{found}"
        );
        assert!(
            found.contains("service(\"4567-me.gitpod.io\") in the group"),
            "{found}"
        );

        let any = SamplingRule {
            service_name: "*".to_string(),
            ..built_in()
        };
        let of_host = [("Cruddur", "service(\"4567-me.gitpod.io\")")];
        assert_eq!(warning(&host, "backend-flask", &[any], &of_host), None);
    }

    #[test]
    fn a_pattern_that_lacks_the_port_is_said_beside_the_address() {
        let backend = SocketAddr::from(([127, 0, 0, 1], 4567));
        for (pattern, is_said) in [
            ("localhost", true),
            ("*4567-*.gitpod.io*", true),
            ("localhost*", false),
            ("127.0.0.1:4567", false),
            ("127.0.0.?:*", false),
            ("*", false),
        ] {
            let said = own_name(&DynamicName::new(pattern), "backend-flask", backend);
            assert_eq!(said.is_some(), is_said, "{pattern}");
        }
        let said = own_name(&DynamicName::new("localhost"), "backend-flask", backend);
        assert_eq!(
            said.as_deref(),
            Some("; those to 127.0.0.1:4567 and localhost:4567 are called backend-flask")
        );
    }

    #[test]
    fn a_pattern_that_no_host_has_is_said() {
        let error = named(
            &DynamicName::new("https://4567-me.gitpod.io"),
            "backend-flask",
        );
        assert!(error.unwrap_err().contains("has a scheme"));
    }
}
