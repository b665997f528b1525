//! Every environment variable that the tool reads, and how it reads them.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A variable and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
}

macro_rules! variables {
    ($($constant:ident = $name:literal: $about:literal;)*) => {
        $(#[doc = $about] pub const $constant: &str = $name;)*
        /// All of them, as the README lists them.
        pub const ALL: &[Variable] = &[$(Variable { name: $name, about: $about }),*];
    };
}

variables! {
    TARGET = "CRUDDUR_TARGET": "Where commands go: `local`, `cloud` or `auto` (the default).";
    DATA_DIR = "CRUDDUR_DATA_DIR": "The folder of the local stack.";
    STACK_KEY = "CRUDDUR_STACK_KEY": "If set, the local stack takes only this key: in `x-honeycomb-team`, and as the secret access key of AWS's clients.";
    KEEP_SIZE = "CRUDDUR_KEEP_SIZE": "How large the local stack's segments may become; the default is 4GiB.";
    KEEP_AGE = "CRUDDUR_KEEP_AGE": "How old the local stack's events may become; the default is 60d.";
    HONEYCOMB_API_KEY = "HONEYCOMB_API_KEY": "Honeycomb's key; if set, queries go to Honeycomb.";
    HONEYCOMB_API_ENDPOINT = "HONEYCOMB_API_ENDPOINT": "Honeycomb's address; the default is `https://api.honeycomb.io`.";
    HONEYCOMB_DATASET = "HONEYCOMB_DATASET": "The dataset that queries ask when `--dataset` is not given.";
    AWS_REGION = "AWS_REGION": "The AWS region.";
    AWS_DEFAULT_REGION = "AWS_DEFAULT_REGION": "The AWS region, if AWS_REGION is not set.";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID": "AWS credentials; if set, AWS commands go to AWS.";
    AWS_PROFILE = "AWS_PROFILE": "The AWS profile; if set, AWS commands go to AWS.";
    AWS_WEB_IDENTITY_TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE": "AWS credentials of a CI job; if set, AWS commands go to AWS.";
    AWS_CONTAINER_RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "AWS credentials of a container; if set, AWS commands go to AWS.";
    AWS_CONTAINER_FULL_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI": "AWS credentials of a container; if set, AWS commands go to AWS.";
    AWS_ENDPOINT_URL = "AWS_ENDPOINT_URL": "Another address for AWS; if set, AWS commands go there.";
    AWS_ENDPOINT_URL_XRAY = "AWS_ENDPOINT_URL_XRAY": "Another address for X-Ray; if set, AWS commands go there.";
    AWS_ENDPOINT_URL_LOGS = "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": "Another address for CloudWatch Logs; if set, AWS commands go there.";
    AWS_CONFIG_FILE = "AWS_CONFIG_FILE": "The shared configuration file; the default is ~/.aws/config.";
    AWS_CREDENTIALS_FILE = "AWS_SHARED_CREDENTIALS_FILE": "The shared credentials file; the default is ~/.aws/credentials.";
    OTEL_SERVICE_NAME = "OTEL_SERVICE_NAME": "The service name of `serve`; the default is backend-flask.";
    OTEL_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT": "Where `serve` sends spans; the default follows the target.";
    OTEL_TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "Where `serve` sends spans, as a whole URL; goes before the general one.";
    OTEL_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS": "Headers for that: `x-honeycomb-team=KEY`.";
    OTEL_TRACES_HEADERS = "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Headers for spans only; goes before the general ones.";
    OTEL_SDK_DISABLED = "OTEL_SDK_DISABLED": "`true`: `serve` makes no spans.";
    AWS_XRAY_SDK_ENABLED = "AWS_XRAY_SDK_ENABLED": "`false`: `serve` makes no segments.";
    AWS_XRAY_URL = "AWS_XRAY_URL": "A pattern such as `*4567-*`; `serve` names segments after the Host header where that matches.";
    FRONTEND_URL = "FRONTEND_URL": "The front end's address, allowed to call `serve` from a browser.";
    BACKEND_URL = "BACKEND_URL": "The back end's own address, allowed likewise.";
    NO_COLOR = "NO_COLOR": "If set, no colour.";
    CLICOLOR = "CLICOLOR": "`0` for no colour.";
    CLICOLOR_FORCE = "CLICOLOR_FORCE": "Colour even when not on a terminal, unless `0`.";
    TERM = "TERM": "What the terminal can do; `dumb` for no colour.";
    COLORTERM = "COLORTERM": "`truecolor` or `24bit` for 16 million colours.";
    COLORFGBG = "COLORFGBG": "The terminal's colours, foreground and background, if it says them.";
    COLUMNS = "COLUMNS": "The width to draw for when not on a terminal.";
    LC_ALL = "LC_ALL": "The locale; UTF-8 in it allows more than ASCII.";
    LC_CTYPE = "LC_CTYPE": "The same, after LC_ALL.";
    LANG = "LANG": "The same, after LC_CTYPE.";
    UTC = "CRUDDUR_UTC": "If set, local times are UTC, whatever TZ says.";
    TZ = "TZ": "The time zone, such as `Europe/Berlin` or `CET-1CEST,M3.5.0,M10.5.0/3`; the default is the system's.";
    HOME = "HOME": "Where the home folder is.";
    XDG_DATA_HOME = "XDG_DATA_HOME": "Where data folders are; the default is ~/.local/share.";
    LOCALAPPDATA = "LOCALAPPDATA": "Where data folders are on Windows.";
}

/// The environment as it was when the process started.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
}

impl Environment {
    /// Reads the process's environment; variables that are not UTF-8 count as unset.
    pub fn of_process() -> Environment {
        let known = ALL.iter().filter_map(|variable| {
            Some((
                variable.name.to_string(),
                std::env::var(variable.name).ok()?,
            ))
        });
        Environment {
            values: known.collect(),
        }
    }

    /// Returns an environment with just these variables.
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Environment {
        let values = values
            .into_iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        Environment {
            values: values.collect(),
        }
    }

    /// Returns a variable's value; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns a variable's value, also an empty one.
    pub fn get_even_empty(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Returns the AWS region that the environment names, or `us-east-1`.
    pub fn region(&self) -> &str {
        self.get(AWS_REGION)
            .or_else(|| self.get(AWS_DEFAULT_REGION))
            .unwrap_or(crate::model::region::DEFAULT_REGION)
    }

    /// Returns the folder that the local stack keeps its data in when none is named.
    ///
    /// `None` if the system does not even say where the home folder is.
    pub fn data_folder(&self) -> Option<PathBuf> {
        if let Some(folder) = self.get(DATA_DIR) {
            return Some(PathBuf::from(folder));
        }
        let home = || self.get(HOME).map(PathBuf::from);
        let base = if cfg!(windows) {
            self.get(LOCALAPPDATA).map(PathBuf::from)
        } else if let Some(xdg) = self.get(XDG_DATA_HOME).filter(|xdg| xdg.starts_with('/')) {
            Some(PathBuf::from(xdg))
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Application Support"))
        } else {
            home().map(|home| home.join(".local/share"))
        };
        base.map(|base| base.join("cruddurctl"))
    }
}
