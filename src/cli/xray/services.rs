//! Which services there are: by the files of this checkout, and by the segments that X-Ray has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::RULE_FILE;
use crate::cli::context::Context;
use crate::clock;
use crate::model::known_services::KnownServices;
use crate::model::time::{SECOND, Window};
use crate::settings::env;
use crate::xray::client::XRayClient;

/// How deep files are looked for, how many, and how large they may be.
const DEPTH: usize = 3;
const MOST_FILES: usize = 500;
const MOST_ENTRIES: usize = 5_000;
const MOST_BYTES: u64 = 256 * 1024;
/// Folders of other people's files.
const SKIPPED: [&str; 9] = [
    ".git",
    "node_modules",
    ".venv",
    "venv",
    "target",
    "__pycache__",
    "dist",
    "build",
    "site-packages",
];

/// Returns the services that the checkout names which `rule_file` is in, or the present folder.
pub fn of_checkout(context: &Context, rule_file: &Path) -> KnownServices {
    let outside = rule_file.parent().unwrap_or(Path::new(""));
    let folder = match rule_file.to_str().and_then(|it| it.strip_suffix(RULE_FILE)) {
        Some("") | None if outside.as_os_str().is_empty() => PathBuf::from("."),
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => PathBuf::from("."),
    };
    let mut services = KnownServices::default();
    if let Some(name) = context.environment.get(env::OTEL_SERVICE_NAME) {
        services.add(name, "OTEL_SERVICE_NAME");
    }
    let mut files = Vec::new();
    find(&folder, 0, &mut 0, &mut files);
    let texts: Vec<(String, String)> = files
        .into_iter()
        .filter_map(|path| {
            let shown = path
                .strip_prefix(".")
                .unwrap_or(&path)
                .display()
                .to_string();
            Some((shown, fs::read_to_string(&path).ok()?))
        })
        .collect();
    let variables = variables(&texts);
    for (path, text) in &texts {
        read(path, text, &variables, &mut services);
    }
    services
}

/// No warning is worth a longer wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns the services that sent segments in the last hours; none if that is not answered in time.
pub async fn of_segments(client: &XRayClient) -> KnownServices {
    let mut services = KnownServices::default();
    let end = clock::now();
    // The longest that one call takes.
    let window = Window {
        start: end.saturating_sub(6 * 3600 * SECOND - SECOND),
        end,
    };
    let answer = tokio::time::timeout(PATIENCE, client.service_graph(window, None));
    if let Ok(Ok(graph)) = answer.await {
        for service in graph.services {
            match service.kind.as_deref() {
                Some("client") => {}
                Some("remote") => services.add_possible(&service.name),
                Some(kind) if kind.starts_with("AWS::") && !service.is_root => {
                    services.add_possible(&service.name);
                }
                _ => services.add(&service.name, "the stored segments"),
            }
        }
    }
    services
}

fn find(folder: &Path, depth: usize, n_entries: &mut usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        *n_entries += 1;
        if *n_entries > MOST_ENTRIES || files.len() >= MOST_FILES {
            return;
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        let Ok(about) = fs::symlink_metadata(&path) else {
            continue;
        };
        if about.is_dir() && depth < DEPTH && !SKIPPED.contains(&name) {
            find(&path, depth + 1, n_entries, files);
        } else if about.is_file() && about.len() <= MOST_BYTES && is_of_interest(name) {
            files.push(path);
        }
    }
}

fn is_of_interest(name: &str) -> bool {
    let is_example =
        name.contains("example") || name.contains("sample") || name.contains("template");
    let is_compose =
        name.contains("compose") && (name.ends_with(".yml") || name.ends_with(".yaml"));
    let is_environment = (name.starts_with(".env") || name.ends_with(".env")) && !is_example;
    is_compose || is_environment || name.ends_with(".py")
}

/// A line `OTEL_SERVICE_NAME=…` or `OTEL_SERVICE_NAME: …` of an environment file or of compose.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*(?:-[ \t]*)?(?:export[ \t]+)?["']?(?:OTEL_SERVICE_NAME|AWS_XRAY_TRACING_NAME)["']?[ \t]*[:=][ \t]*(.*)$"#).ok()
});
/// `service.name=…` among the resource's attributes, or as a key in Python.
static ATTRIBUTE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[^#\n]*?\bservice\.name["']?[ \t]*[=:][ \t]*["']?([^,"'\s)}]+)"#).ok()
});
/// `xray_recorder.configure(…)`.
static CONFIGURE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^[^#\n]*\bxray_recorder\.configure\(([^)]*)").ok());
static SERVICE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\bservice[ \t]*=[ \t]*(?:["']([^"']*)["'])?"#).ok());
/// `NAME=value` of an environment file.
static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=["']?([^"'\n#]*)"#).ok()
});
/// The name of a service in compose.
static COMPOSE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^ {2}([A-Za-z0-9_.-]+):[ \t]*$").ok());

fn variables(texts: &[(String, String)]) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let of_environment = texts.iter().filter(|(path, _)| path.contains(".env"));
    for (_, text) in of_environment {
        for found in VARIABLE.iter().flat_map(|regex| regex.captures_iter(text)) {
            variables.insert(found[1].to_string(), found[2].trim().to_string());
        }
    }
    variables
}

fn read(
    path: &str,
    text: &str,
    variables: &BTreeMap<String, String>,
    services: &mut KnownServices,
) {
    if path.ends_with(".py") {
        read_python(path, text, services);
        return;
    }
    for found in NAME.iter().flat_map(|regex| regex.captures_iter(text)) {
        let value = found.get(1).map_or("", |value| value.as_str());
        match resolved(plain(value), variables) {
            Some(name) => services.add(&name, path),
            None => services.may_have_more(),
        }
    }
    for found in ATTRIBUTE.iter().flat_map(|regex| regex.captures_iter(text)) {
        match resolved(&found[1], variables) {
            Some(name) => services.add(&name, path),
            None => services.may_have_more(),
        }
    }
    if path.contains("compose") {
        for found in COMPOSE.iter().flat_map(|regex| regex.captures_iter(text)) {
            services.add_possible(&found[1]);
        }
    }
}

fn read_python(path: &str, text: &str, services: &mut KnownServices) {
    for found in CONFIGURE.iter().flat_map(|regex| regex.captures_iter(text)) {
        let arguments = found.get(1).map_or("", |it| it.as_str());
        // The segment is then called what the Host header says, where the pattern matches that.
        if arguments.contains("dynamic_naming") {
            services.may_have_hosts();
        }
        for found in SERVICE
            .iter()
            .flat_map(|regex| regex.captures_iter(arguments))
        {
            match found.get(1) {
                Some(name) => services.add(name.as_str(), path),
                None => services.may_have_more(),
            }
        }
    }
    for found in ATTRIBUTE.iter().flat_map(|regex| regex.captures_iter(text)) {
        services.add(&found[1], path);
    }
}

/// Returns a value without its quotes and without the comment behind it.
fn plain(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split(" #").next().unwrap_or(value).trim()
}

/// Returns a value whose variables are replaced; `None` if it has one that is not known.
fn resolved(value: &str, variables: &BTreeMap<String, String>) -> Option<String> {
    let Some((before, rest)) = value.split_once('$') else {
        return Some(value.to_string());
    };
    let (name, after) = match rest.strip_prefix('{') {
        Some(rest) => rest.split_once('}')?,
        None => {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            rest.split_at(end.unwrap_or(rest.len()))
        }
    };
    let (name, default) = match name.split_once(['-', '?']) {
        Some((name, default)) => (name.trim_end_matches(':'), Some(default)),
        None => (name, None),
    };
    let known = variables.get(name).map(String::as_str);
    let value = known.filter(|value| !value.is_empty()).or(default)?;
    // One variable is enough: more are not resolved.
    (!after.contains('$')).then(|| format!("{before}{value}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(path: &str, text: &str) -> KnownServices {
        let texts = vec![
            (path.to_string(), text.to_string()),
            (".env".to_string(), "NAME=from-env\n".to_string()),
        ];
        let mut services = KnownServices::default();
        read(path, text, &variables(&texts), &mut services);
        services
    }

    #[test]
    fn names_are_found_where_people_write_them() {
        for (path, text, name) in [
            (
                "docker-compose.yml",
                "services:\n  web:\n    environment:\n      OTEL_SERVICE_NAME: \"backend-flask\" # x\n",
                "backend-flask",
            ),
            (
                "docker-compose.yml",
                "      - OTEL_SERVICE_NAME=backend-flask\n",
                "backend-flask",
            ),
            (
                "docker-compose.yml",
                "      OTEL_SERVICE_NAME: ${NAME}\n",
                "from-env",
            ),
            (
                "docker-compose.yml",
                "      OTEL_SERVICE_NAME: ${OTHER:-fallback}\n",
                "fallback",
            ),
            (".env", "export OTEL_SERVICE_NAME='a b'\n", "a b"),
            (
                ".env",
                "OTEL_RESOURCE_ATTRIBUTES=team=x,service.name=y\n",
                "y",
            ),
            (
                "app.py",
                "xray_recorder.configure(service='backend-flask')\n",
                "backend-flask",
            ),
            (
                "app.py",
                "xray_recorder.configure(\n  sampling=False,\n  service = \"api\")\n",
                "api",
            ),
            (
                "app.py",
                "Resource.create({\"service.name\": \"z\"})\n",
                "z",
            ),
        ] {
            let services = known(path, text);
            assert_eq!(services.unknown_name(name), None, "{text}");
            assert!(services.unknown_name("zzzzzzzzzz").is_some(), "{text}");
        }
    }

    #[test]
    fn dynamic_naming_may_name_a_host_and_nothing_else() {
        let text = "xray_recorder.configure(service='backend-flask', dynamic_naming=xray_url)\n";
        let services = known("app.py", text);
        assert_eq!(services.unknown_name("4567-x.gitpod.io"), None);
        assert!(services.unknown_name("Cruddur").is_some());
    }

    #[test]
    fn what_is_computed_may_be_anything() {
        for (path, text) in [
            (
                "docker-compose.yml",
                "      OTEL_SERVICE_NAME: ${HONEYCOMB_SERVICE_NAME}\n",
            ),
            (
                "app.py",
                "xray_recorder.configure(service=os.getenv('X'))\n",
            ),
            ("app.py", "# xray_recorder.configure(service='x')\n"),
            ("compose.yaml", "services:\n  web:\n    image: x\n"),
        ] {
            assert_eq!(known(path, text).unknown_name("zzzzzzzzzz"), None, "{text}");
        }
    }
}
