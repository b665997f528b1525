//! Where a command goes: the local stack or the cloud, for AWS and Honeycomb separately.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::env::{self, Environment};
use super::secret::Secret;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// The local stack, whatever the environment says.
    Local,
    /// The cloud, whatever the environment lacks.
    Cloud,
    /// The cloud if the environment has its credentials, else the local stack.
    #[default]
    Auto,
}

/// Where AWS calls go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwsTarget {
    /// A local stack.
    Local {
        /// Its HTTP door.
        address: SocketAddr,
        /// The region that calls are signed for.
        region: String,
        /// The key that it takes alone, if there is one.
        key: Option<Secret>,
    },
    /// AWS, or whatever its standard variables point to.
    Cloud,
}

/// Where Honeycomb calls go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoneycombTarget {
    /// The address without a path: `https://api.honeycomb.io`.
    pub base: String,
    /// The key.
    pub key: Secret,
    /// Whether it is the local stack.
    pub is_local: bool,
}

/// Honeycomb's address in the United States.
pub const HONEYCOMB_US: &str = "https://api.honeycomb.io";

/// The key that our own commands show a local stack that asks for none in particular.
pub const LOCAL_KEY: &str = "local";

/// Tells whether AWS calls go to the cloud.
///
/// With `Auto`: if any of the SDKs' standard signals is there, or a `default` profile in the shared
/// files. Never asks an instance's metadata service.
pub fn aws_is_cloud(target: Target, environment: &Environment) -> bool {
    const SIGNALS: [&str; 8] = [
        env::AWS_ACCESS_KEY_ID,
        env::AWS_PROFILE,
        env::AWS_WEB_IDENTITY_TOKEN_FILE,
        env::AWS_CONTAINER_RELATIVE_URI,
        env::AWS_CONTAINER_FULL_URI,
        env::AWS_ENDPOINT_URL,
        env::AWS_ENDPOINT_URL_XRAY,
        env::AWS_ENDPOINT_URL_LOGS,
    ];
    match target {
        Target::Local => false,
        Target::Cloud => true,
        Target::Auto => {
            SIGNALS.iter().any(|name| environment.get(name).is_some())
                || shared_files(environment)
                    .iter()
                    .any(|path| has_default_profile(path))
        }
    }
}

/// Tells whether Honeycomb calls go to the cloud; with `Auto`, if there is a key.
pub fn honeycomb_is_cloud(target: Target, environment: &Environment) -> bool {
    match target {
        Target::Local => false,
        Target::Cloud => true,
        Target::Auto => environment.get(env::HONEYCOMB_API_KEY).is_some(),
    }
}

/// Returns where Honeycomb is in the cloud, or `None` without a key.
pub fn honeycomb_cloud(environment: &Environment) -> Option<HoneycombTarget> {
    let key = environment.get(env::HONEYCOMB_API_KEY)?;
    let base = environment
        .get(env::HONEYCOMB_API_ENDPOINT)
        .unwrap_or(HONEYCOMB_US);
    Some(HoneycombTarget {
        base: base.trim_end_matches('/').to_string(),
        key: Secret::new(key.to_string()),
        is_local: false,
    })
}

/// Returns where Honeycomb is on a local stack.
pub fn honeycomb_local(address: SocketAddr, environment: &Environment) -> HoneycombTarget {
    let key = environment.get(env::STACK_KEY).unwrap_or(LOCAL_KEY);
    HoneycombTarget {
        base: format!("http://{address}"),
        key: Secret::new(key.to_string()),
        is_local: true,
    }
}

fn shared_files(environment: &Environment) -> Vec<PathBuf> {
    let in_home = |name: &str| {
        Some(
            Path::new(environment.get(env::HOME)?)
                .join(".aws")
                .join(name),
        )
    };
    let named = |variable, name| {
        environment
            .get(variable)
            .map(PathBuf::from)
            .or_else(|| in_home(name))
    };
    [
        named(env::AWS_CONFIG_FILE, "config"),
        named(env::AWS_CREDENTIALS_FILE, "credentials"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

// A profile with nothing but a region gives no credentials, so it is no signal.
fn has_default_profile(path: &Path) -> bool {
    const GIVES_CREDENTIALS: [&str; 6] = [
        "aws_access_key_id",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "credential_process",
        "endpoint_url",
    ];
    let Ok(text) = fs::read_to_string(path) else {
        return false;
    };
    let mut is_default = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']').trim();
            is_default = section == "default" || section == "profile default";
        } else if is_default {
            let key = line.split('=').next().unwrap_or_default().trim();
            if GIVES_CREDENTIALS.contains(&key) {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_set_means_local() {
        let environment = Environment::default();
        assert!(!aws_is_cloud(Target::Auto, &environment));
        assert!(!honeycomb_is_cloud(Target::Auto, &environment));
        assert_eq!(honeycomb_cloud(&environment), None);
    }

    #[test]
    fn each_remote_follows_its_own_signals() {
        let aws = Environment::of([(env::AWS_ENDPOINT_URL, "http://127.0.0.1:1")]);
        assert!(aws_is_cloud(Target::Auto, &aws));
        assert!(!honeycomb_is_cloud(Target::Auto, &aws));
        let honeycomb = Environment::of([(env::HONEYCOMB_API_KEY, "k")]);
        assert!(!aws_is_cloud(Target::Auto, &honeycomb));
        assert!(honeycomb_is_cloud(Target::Auto, &honeycomb));
        assert!(!honeycomb_is_cloud(Target::Local, &honeycomb));
    }

    #[test]
    fn an_empty_variable_is_no_signal() {
        let environment = Environment::of([(env::AWS_PROFILE, ""), (env::HONEYCOMB_API_KEY, "")]);
        assert!(!aws_is_cloud(Target::Auto, &environment));
        assert!(!honeycomb_is_cloud(Target::Auto, &environment));
    }

    #[test]
    fn a_default_profile_with_credentials_is_a_signal_and_a_bare_region_is_none() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("config");
        let environment = Environment::of([(env::AWS_CONFIG_FILE, path.to_str().unwrap())]);
        fs::write(
            &path,
            "[profile other]\nrole_arn = x\n[default]\nregion = us-east-1\n",
        )
        .unwrap();
        assert!(!aws_is_cloud(Target::Auto, &environment));
        fs::write(&path, "[default]\nregion=us-east-1\nsso_session = mine\n").unwrap();
        assert!(aws_is_cloud(Target::Auto, &environment));
    }

    #[test]
    fn the_endpoint_variable_moves_honeycomb() {
        let environment = Environment::of([
            (env::HONEYCOMB_API_KEY, "k"),
            (env::HONEYCOMB_API_ENDPOINT, "https://api.eu1.honeycomb.io/"),
        ]);
        assert_eq!(
            honeycomb_cloud(&environment).unwrap().base,
            "https://api.eu1.honeycomb.io"
        );
    }
}
