//! `env`: the variables that point any SDK at the running local stack.

use std::net::SocketAddr;

use serde_json::{Map, Value as Json};

use super::args::{EnvArgs, EnvOutputArg, EnvShellArg};
use super::context::Context;
use super::dynamic_name;
use super::failure::{Exit, Failure, Outcome};
use super::render::text::shell_word;
use crate::settings::env;
use crate::settings::pointers::{IN_THE_WAY, Pointers, Setting, reachable};
use crate::settings::targets::Target;
use crate::stack::{Running, find};

// What containers call the machine that they run on.
const HOST: &str = "host.docker.internal";

/// Prints the variables.
pub fn run(context: &Context, args: &EnvArgs) -> Outcome {
    if context.target() == Target::Cloud {
        return Err(
            Failure::of(Exit::Usage, "env is about the local stack").with_hint(
                "for the cloud, the SDKs' own variables do: AWS_PROFILE, HONEYCOMB_API_KEY",
            ),
        );
    }
    let running = find(&context.data_folder()?).ok_or_else(|| {
        Failure::of(Exit::Failed, "no local stack is running").with_hint(
            "start one with `cruddurctl stack`, or run one command with `cruddurctl run -- CMD`",
        )
    })?;
    let pointers = pointers(context, running.address, running.daemon_address);
    if pointers.daemon.is_none() {
        context.note("warning: the stack has no X-Ray daemon's door, so AWS_XRAY_DAEMON_ADDRESS is left out; open it with `cruddurctl stack --daemon-port PORT`");
    }
    if let Some(naming) = dynamic_name::of_environment(context) {
        let named = dynamic_name::named(&naming, &pointers.service_name);
        context.note(&named.map_or_else(|warning| warning, |(words, _)| words));
    }
    let default = match cfg!(windows) {
        true => EnvShellArg::Powershell,
        false => EnvShellArg::Bash,
    };
    let text = match args.output {
        None => for_shell(
            &pointers,
            &own_variables(context)?,
            args.shell.unwrap_or(default),
        ),
        Some(EnvOutputArg::Json) => {
            if pointers.key.is_some() {
                context.note("the key is left out: it is what CRUDDUR_STACK_KEY says");
            }
            format!("{:#}\n", json(&pointers))
        }
        Some(EnvOutputArg::DockerCompose) => {
            if running.address.ip().is_loopback() {
                let has_key = pointers.key.is_some();
                context.note(&format!(
                    "warning: the stack listens on loopback only; on Linux, containers reach it when it is started with `{}`{}",
                    beyond_loopback(has_key),
                    match has_key {
                        true => "",
                        false => ", which lets every machine of the network in",
                    }
                ));
            }
            compose(&inside_containers(&pointers, &running))
        }
    };
    context.print(&text)?;
    context.note(match args.output {
        Some(EnvOutputArg::DockerCompose) => "next: put this into docker-compose.override.yml",
        _ => "next: cruddurctl query count",
    });
    Ok(Exit::Done)
}

/// Returns what points an SDK on this machine at a stack, by its HTTP door and its daemon's.
pub fn pointers(context: &Context, http: SocketAddr, daemon: Option<SocketAddr>) -> Pointers {
    let service_name = context.environment.get(env::OTEL_SERVICE_NAME);
    Pointers {
        http: reachable(http).to_string(),
        daemon: daemon.map(|at| reachable(at).to_string()),
        region: context.environment.region().to_string(),
        service_name: service_name.unwrap_or("backend-flask").to_string(),
        key: context.stack_key(),
    }
}

/// Returns the lines by which a POSIX shell is pointed at a stack, for people to copy.
pub fn exports(context: &Context, http: SocketAddr, daemon: Option<SocketAddr>) -> String {
    let variables = pointers(context, http, daemon).variables().into_iter();
    let lines = variables.map(|(name, setting)| format!("  {}", in_posix(name, &setting)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns what lets our own commands find the same stack, and not take it for the cloud.
///
/// # Errors
/// If there is no data folder.
pub fn own_variables(context: &Context) -> Result<Vec<(&'static str, String)>, Failure> {
    let folder = context.data_folder()?;
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    Ok(vec![
        (env::TARGET, "local".to_string()),
        (env::DATA_DIR, folder.display().to_string()),
    ])
}

fn inside_containers(pointers: &Pointers, running: &Running) -> Pointers {
    Pointers {
        http: format!("{HOST}:{}", running.address.port()),
        daemon: running
            .daemon_address
            .map(|address| format!("{HOST}:{}", address.port())),
        ..pointers.clone()
    }
}

/// Returns lines that set the variables, and take away those that would go before them.
fn for_shell(pointers: &Pointers, own: &[(&'static str, String)], shell: EnvShellArg) -> String {
    let key = env::STACK_KEY;
    let mut lines = vec![match shell {
        EnvShellArg::Bash => format!("unset {}", IN_THE_WAY.join(" ")),
        // What is not set is no failure; `set -gx` would keep the status that this leaves.
        EnvShellArg::Fish => format!("set -e {}; or true", IN_THE_WAY.join(" ")),
        EnvShellArg::Powershell => {
            let names: Vec<String> = IN_THE_WAY.iter().map(|it| format!("Env:{it}")).collect();
            format!(
                "Remove-Item -ErrorAction SilentlyContinue {}",
                names.join(",")
            )
        }
    }];
    let own = own.iter().cloned();
    let own = own.map(|(name, value)| (name, Setting::Plain(value)));
    for (name, setting) in pointers.variables().into_iter().chain(own) {
        lines.push(match (shell, setting) {
            (EnvShellArg::Bash, setting) => in_posix(name, &setting),
            (EnvShellArg::Fish, Setting::Plain(value)) => {
                format!("set -gx {name} {}", in_fish(&value))
            }
            (EnvShellArg::Fish, Setting::Key(before)) => {
                format!("set -gx {name} {}\"${key}\"", in_fish(before))
            }
            (EnvShellArg::Powershell, Setting::Plain(value)) => {
                format!("$Env:{name} = {}", in_powershell(&value))
            }
            (EnvShellArg::Powershell, Setting::Key(before)) => {
                format!("$Env:{name} = {} + $Env:{key}", in_powershell(before))
            }
        });
    }
    lines.join("\n") + "\n"
}

// The shell puts the key in: it has it, or the stack could not have been started with it.
fn in_posix(name: &str, setting: &Setting) -> String {
    match setting {
        Setting::Plain(value) => format!("export {name}={}", shell_word(value)),
        Setting::Key(before) => format!(
            "export {name}={}\"${}\"",
            shell_word(before),
            env::STACK_KEY
        ),
    }
}

// In fish, a backslash within single quotes can escape a quote and itself.
fn in_fish(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

// PowerShell doubles the quote, and takes typographic ones for quotes too.
fn in_powershell(value: &str) -> String {
    let mut quoted = String::from("'");
    for c in value.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
    }
    quoted.push('\'');
    quoted
}

// How the stack is started for containers; without a key it has to be said that all may come in.
fn beyond_loopback(has_key: bool) -> String {
    let insecure = match has_key {
        true => "",
        false => " --insecure",
    };
    format!("cruddurctl stack --host 0.0.0.0 --allow-host {HOST}{insecure}")
}

fn json(pointers: &Pointers) -> Json {
    let plain = pointers.variables().into_iter();
    let plain = plain.filter_map(|(name, setting)| match setting {
        Setting::Plain(value) => Some((name.to_string(), Json::from(value))),
        Setting::Key(_) => None,
    });
    Json::Object(plain.collect::<Map<String, Json>>())
}

fn compose(pointers: &Pointers) -> String {
    let mut text = format!(
        "# Points the back end at the local stack on this machine, which containers call {HOST}.\n\
         # On Linux that name needs extra_hosts, and the stack has to listen beyond loopback:\n\
         #   {}\n\
         services:\n  backend-flask:\n    environment:\n",
        beyond_loopback(pointers.key.is_some())
    );
    for (name, setting) in pointers.variables() {
        let value = match setting {
            Setting::Plain(value) => in_yaml(&value),
            Setting::Key(before) => format!("\"{before}${{{}}}\"", env::STACK_KEY),
        };
        text.push_str(&format!("      {name}: {value}\n"));
    }
    text.push_str(&format!(
        "    extra_hosts:\n      - \"{HOST}:host-gateway\"\n"
    ));
    text
}

// A JSON string is a YAML one too. Compose reads a dollar sign as a variable's, unless it is doubled.
fn in_yaml(value: &str) -> String {
    Json::from(value.replace('$', "$$")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_gets_its_own_quotes() {
        let odd = "it's $HOME \\ `x`";
        assert_eq!(shell_word(odd), r"'it'\''s $HOME \ `x`'");
        assert_eq!(in_fish(odd), r"'it\'s $HOME \\ `x`'");
        assert_eq!(in_powershell("it's"), "'it''s'");
        assert_eq!(in_yaml("a\"$b"), r#""a\"$$b""#);
    }
}
