//! The variables that point any SDK at a local stack.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::secret::Secret;
use super::targets::LOCAL_KEY;

/// Where a stack is, and as whom an SDK is to speak to it.
#[derive(Debug, Clone)]
pub struct Pointers {
    /// The HTTP door: `127.0.0.1:4318`.
    pub http: String,
    /// The X-Ray daemon's door, if there is one.
    pub daemon: Option<String>,
    /// The region.
    pub region: String,
    /// What the service calls itself.
    pub service_name: String,
    /// The only key the stack takes, if there is one.
    pub key: Option<Secret>,
}

/// A variable's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Just this.
    Plain(String),
    /// This, and then the stack's key, which is not for everybody's eyes.
    Key(&'static str),
}

/// Variables that would go before ours and lead an SDK elsewhere.
///
/// Source: the AWS SDKs' reference guide on service-specific endpoints; the OpenTelemetry specification on
/// the OTLP exporter, whose variables of one signal go before the general ones.
pub const IN_THE_WAY: [&str; 11] = [
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_ENDPOINT_URL_XRAY",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_STS",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
];

impl Pointers {
    /// Returns each variable and its value, in the order in which they are shown.
    pub fn variables(&self) -> Vec<(&'static str, Setting)> {
        let url = format!("http://{}", self.http);
        let plain = |text: &str| Setting::Plain(text.to_string());
        let keyed = |before| match self.key {
            Some(_) => Setting::Key(before),
            None => Setting::Plain(format!("{before}{LOCAL_KEY}")),
        };
        let mut variables = vec![
            ("AWS_ENDPOINT_URL", plain(&url)),
            ("AWS_ACCESS_KEY_ID", plain(LOCAL_KEY)),
            ("AWS_SECRET_ACCESS_KEY", keyed("")),
            ("AWS_REGION", plain(&self.region)),
            // The AWS CLI of version 1 and boto3 read only this one.
            ("AWS_DEFAULT_REGION", plain(&self.region)),
            // Else StartLiveTail looks for a host called `stream-127.0.0.1`.
            ("AWS_DISABLE_HOST_PREFIX_INJECTION", plain("true")),
        ];
        let daemon = self.daemon.as_deref();
        variables.extend(daemon.map(|daemon| ("AWS_XRAY_DAEMON_ADDRESS", plain(daemon))));
        variables.extend([
            ("OTEL_SERVICE_NAME", plain(&self.service_name)),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", plain(&url)),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", plain("http/protobuf")),
            ("OTEL_EXPORTER_OTLP_HEADERS", keyed("x-honeycomb-team=")),
            // The stack takes traces and logs; automatic instrumentation would send metrics too.
            ("OTEL_METRICS_EXPORTER", plain("none")),
            ("HONEYCOMB_API_ENDPOINT", plain(&url)),
            ("HONEYCOMB_API_KEY", keyed("")),
        ]);
        variables
    }

    /// Returns each variable with its whole value, the key in it: to be given to a process, and never shown.
    pub fn exposed(&self) -> Vec<(&'static str, String)> {
        let key = self.key.as_ref().map_or(LOCAL_KEY, Secret::expose);
        let whole = |setting| match setting {
            Setting::Plain(value) => value,
            Setting::Key(before) => format!("{before}{key}"),
        };
        let variables = self.variables().into_iter();
        variables.map(|(name, it)| (name, whole(it))).collect()
    }
}

/// Returns where a door on this machine is called that listens at `address`, which may be every address.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => {
            SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port())
        }
        IpAddr::V6(ip) if ip.is_unspecified() => {
            SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), address.port())
        }
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(key: Option<&str>) -> Pointers {
        Pointers {
            http: "127.0.0.1:4318".into(),
            daemon: None,
            region: "eu-west-1".into(),
            service_name: "backend-flask".into(),
            key: key.map(|key| Secret::new(key.into())),
        }
    }

    #[test]
    fn a_key_is_only_in_what_a_process_is_given() {
        let shown = format!("{:?}", pointers(Some("s3cret")).variables());
        assert!(!shown.contains("s3cret"), "{shown}");
        let given = pointers(Some("s3cret")).exposed();
        assert!(given.contains(&(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "x-honeycomb-team=s3cret".to_string()
        )));
        for name in ["HONEYCOMB_API_KEY", "AWS_SECRET_ACCESS_KEY"] {
            assert!(given.contains(&(name, "s3cret".to_string())), "{name}");
        }
    }

    #[test]
    fn a_stack_without_a_daemon_names_none() {
        let names: Vec<&str> = pointers(None).variables().iter().map(|it| it.0).collect();
        assert!(!names.contains(&"AWS_XRAY_DAEMON_ADDRESS"));
        assert!(IN_THE_WAY.iter().all(|name| !names.contains(name)));
    }

    #[test]
    fn every_address_is_reached_over_loopback() {
        let here = reachable(([0, 0, 0, 0], 4318).into());
        assert_eq!(here, ([127, 0, 0, 1], 4318).into());
        let other = SocketAddr::from(([192, 168, 0, 2], 4318));
        assert_eq!(reachable(other), other);
    }
}
