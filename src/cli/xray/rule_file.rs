//! `xray check`, and the file that set-ups take their rules and groups from.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::services;
use crate::aws::SdkConfig;
use crate::cli::args::{CheckArgs, FormArg, RuleFileArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::render::json::SCHEMA_VERSION;
use crate::cli::render::text::{printable, shell_word};
use crate::model::diagnostic::{self, Diagnostic, Severity};
use crate::model::sampling::SamplingRule;
use crate::model::sampling_doubts::{RuleDoubt, rule_doubts};
use crate::model::wanted::{Tags, WantedGroup, WantedLogGroup, XRayWanted};
use crate::whole_file::WholeFile;
use crate::xray::client::XRayClient;
use crate::xray::rule_file::{self, RuleFile};

/// Where a Cruddur checkout keeps its rule.
pub const RULE_FILE: &str = "aws/json/xray.json";

/// What a file asks for.
pub struct WantedByFile {
    /// Rules and groups.
    pub xray: XRayWanted,
    /// Log groups, if the file says something of them.
    pub log_groups: Option<Vec<WantedLogGroup>>,
    /// Where it is from.
    pub source: RuleSource,
}

/// Where rules and groups are from.
#[derive(Debug, Clone, Default)]
pub struct RuleSource {
    /// The file and its text; `None` for what is built in.
    file: Option<(PathBuf, Vec<u8>)>,
}

/// Returns the rules and groups of the file that was named, of the checkout's file, or what is built in,
/// and says which.
///
/// # Errors
/// Everything that is wrong with the file, before anything is sent.
pub fn wanted(context: &Context, args: &RuleFileArgs) -> Result<WantedByFile, Failure> {
    let path = match &args.rule_file {
        Some(path) => path.clone(),
        None if Path::new(RULE_FILE).exists() => PathBuf::from(RULE_FILE),
        None => {
            context.note(&format!(
                "rule: built in, since there is no {RULE_FILE} here"
            ));
            return Ok(WantedByFile {
                xray: XRayWanted::of_rule(rule_file::built_in(), Tags::new()),
                log_groups: None,
                source: RuleSource::default(),
            });
        }
    };
    context.note(&format!("rule: {}", path.display()));
    let bytes = read(&path)?;
    match rule_file::parse(&bytes) {
        Ok(file) => {
            show(context, &path, &bytes, &file.warnings);
            if rule_file::fix(&String::from_utf8_lossy(&bytes)).is_some() {
                let fix = fix_command(&path);
                context.note(&format!("hint: `{fix}` rewrites the misspelt keys"));
            }
            let groups = file.groups;
            Ok(WantedByFile {
                xray: XRayWanted {
                    groups: groups.unwrap_or_else(|| vec![WantedGroup::of_week_2()]),
                    rules: file.rules,
                },
                log_groups: file.log_groups,
                source: RuleSource {
                    file: Some((path, bytes)),
                },
            })
        }
        Err(diagnostics) => {
            show(context, &path, &bytes, &diagnostics);
            Err(wrong(&shown_name(&path), &diagnostics, Exit::Failed))
        }
    }
}

/// Warns of rules and groups that are about services which neither the checkout nor the stored segments
/// have.
pub async fn warn_of_unknown_services(
    context: &Context,
    config: &SdkConfig,
    source: &RuleSource,
    wanted: Option<&XRayWanted>,
) {
    let Some(wanted) = wanted else {
        return;
    };
    let path = source.file.as_ref().map(|(path, _)| path.as_path());
    let mut known = services::of_checkout(context, path.unwrap_or(Path::new(RULE_FILE)));
    known.extend(services::of_segments(&XRayClient::new(config)).await);
    match &source.file {
        Some((path, bytes)) => {
            let (Ok(before), Ok(now)) = (
                rule_file::parse(bytes),
                rule_file::parse_about(bytes, &known),
            ) else {
                return;
            };
            let is_new = |it: &&Diagnostic| !before.warnings.contains(it);
            let new: Vec<Diagnostic> = now.warnings.iter().filter(is_new).cloned().collect();
            show(context, path, bytes, &new);
        }
        None => {
            for wanted in &wanted.rules {
                let doubts = rule_doubts(&wanted.rule, &known);
                for doubt in doubts.iter().map(|it| rule_doubt_words(&wanted.rule, it)) {
                    context.note(&doubt);
                }
            }
        }
    }
}

/// Returns a doubt about a rule that stands in no file, as a line.
pub fn rule_doubt_words(rule: &SamplingRule, doubt: &RuleDoubt) -> String {
    let help = doubt
        .help
        .as_ref()
        .map_or_else(String::new, |help| format!("; {help}"));
    let name = printable(&rule.rule_name);
    printable(&format!(
        "warning: rule {name}: {} {}{help}",
        doubt.key, doubt.message
    ))
}

/// Standard input, as the file's name.
const STDIN: &str = "-";

/// Checks a file of rules and groups, and fixes its misspelt keys if asked to.
pub fn check(context: &Context, args: &CheckArgs) -> Outcome {
    let path = &args.file;
    let is_stdin = path == Path::new(STDIN);
    if is_stdin && args.fix && args.output == FormArg::Json {
        let message =
            "with --fix, `-` writes the fixed file to standard output, and so would --output json";
        return Err(Failure::of(Exit::Usage, message).with_hint("leave one of the two out"));
    }
    let mut bytes = if is_stdin { read_stdin()? } else { read(path)? };
    let name = shown_name(path);
    let mut is_fixed = false;
    if args.fix
        && let Ok(text) = std::str::from_utf8(&bytes)
        && let Some(fixed) = rule_file::fix(text)
    {
        if !is_stdin {
            replace(path, &fixed)?;
        }
        context.note(&format!("{name}: rewrote the misspelt keys"));
        bytes = fixed.into_bytes();
        is_fixed = true;
    }
    let services = services::of_checkout(context, path);
    let parsed = rule_file::parse_about(&bytes, &services);
    let found = match &parsed {
        Ok(file) => &file.warnings,
        Err(diagnostics) => diagnostics,
    };
    let writes_file = is_stdin && args.fix;
    match args.output {
        FormArg::Json => {
            let json = json_of(&name, &parsed, found, is_fixed);
            context.print(&format!("{json:#}\n"))?;
        }
        FormArg::Table => show(context, path, &bytes, found),
    }
    if writes_file {
        context.print(&String::from_utf8_lossy(&bytes))?;
    }
    match (&parsed, found.is_empty()) {
        (Ok(file), true) if writes_file => {
            context.note(&format!("{name}: {}", fine(file)));
            Ok(Exit::Done)
        }
        (Ok(file), true) if args.output == FormArg::Table => {
            context.print(&format!("{name}: {}\n", fine(file)))
        }
        (_, true) => Ok(Exit::Done),
        (_, false) => {
            let failure = wrong(&name, found, Exit::Found);
            let is_fixable = rule_file::fix(&String::from_utf8_lossy(&bytes)).is_some();
            Err(match is_fixable {
                true => failure.with_hint(format!(
                    "`{}` rewrites the misspelt keys",
                    fix_command(path)
                )),
                false => failure,
            })
        }
    }
}

/// Returns what is fine: `rule Cruddur is fine`, `2 rules, 1 group and 0 log groups are fine`.
fn fine(file: &RuleFile) -> String {
    let groups = file.groups.as_deref().unwrap_or_default();
    let log_groups = file.log_groups.as_deref().unwrap_or_default();
    if let ([wanted], [], []) = (file.rules.as_slice(), groups, log_groups) {
        return format!("rule {} is fine", printable(&wanted.rule.rule_name));
    }
    format!(
        "{}, {} and {} are fine",
        count(file.rules.len(), "rule"),
        count(groups.len(), "group"),
        count(log_groups.len(), "log group")
    )
}

fn json_of(
    file: &str,
    parsed: &Result<RuleFile, Vec<Diagnostic>>,
    found: &[Diagnostic],
    is_fixed: bool,
) -> Json {
    let finding = |it: &Diagnostic| {
        json!({
            "file": file,
            "line": it.line,
            "column": it.column,
            "length": it.length,
            "severity": it.severity.to_string(),
            "message": it.message,
            "suggestion": it.help,
        })
    };
    let names = |names: Option<Vec<&String>>| names.map_or(Json::Null, |names| json!(names));
    let rules = parsed.as_ref().ok().map(|file| {
        let rules = file.rules.iter();
        rules.map(|it| &it.rule.rule_name).collect()
    });
    let groups = parsed.as_ref().ok().map(|file| {
        let groups = file.groups.iter().flatten();
        groups.map(|it| &it.name).collect()
    });
    let log_groups = parsed.as_ref().ok().map(|file| {
        let log_groups = file.log_groups.iter().flatten();
        log_groups.map(|it| &it.name).collect()
    });
    json!({
        "schema_version": SCHEMA_VERSION,
        "file": file,
        "is_fine": found.is_empty(),
        "is_fixed": is_fixed,
        "findings": found.iter().map(finding).collect::<Vec<Json>>(),
        "rules": names(rules),
        "groups": names(groups),
        "log_groups": names(log_groups),
    })
}

/// Reads all of standard input, or as much as is surely too much.
fn read_stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut input = io::stdin().lock().take(LONGEST_INPUT);
    input.read_to_end(&mut bytes).map_err(|error| {
        Failure::new(Exit::Failed, error.into()).while_doing("cannot read standard input")
    })?;
    Ok(bytes)
}

/// A rule file may have one MiB.
const LONGEST_INPUT: u64 = 4 << 20;

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| {
        Failure::new(Exit::Failed, error.into())
            .while_doing(format!("cannot read {}", path.display()))
    };
    let about = fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        let message = format!("cannot read {}: it is a directory", path.display());
        return Err(
            Failure::of(Exit::Failed, message).with_hint("name the file in it, such as xray.json")
        );
    }
    fs::read(path).map_err(failed)
}

// First under another name beside it, so that a full disk does not cost the file.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let written = WholeFile::instead_of(path).and_then(|file| file.write(text.as_bytes()));
    written.map_err(|error| {
        Failure::new(Exit::Failed, error.into())
            .while_doing(format!("cannot write {}", path.display()))
    })
}

fn show(context: &Context, path: &Path, bytes: &[u8], diagnostics: &[Diagnostic]) {
    let text = String::from_utf8_lossy(bytes);
    for diagnostic in diagnostics {
        let shown = diagnostic::render(diagnostic, &shown_name(path), &text);
        context.note(shown.trim_end());
    }
}

fn wrong(name: &str, diagnostics: &[Diagnostic], exit: Exit) -> Failure {
    let n_errors = diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .count();
    let n_warnings = diagnostics.len() - n_errors;
    let found = match (n_errors, n_warnings) {
        (n, 0) => count(n, "error"),
        (0, n) => count(n, "warning"),
        (errors, warnings) => format!(
            "{} and {}",
            count(errors, "error"),
            count(warnings, "warning")
        ),
    };
    Failure::of(exit, format!("{name} has {found}"))
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

fn fix_command(path: &Path) -> String {
    if path == Path::new(RULE_FILE) {
        return "cruddurctl xray check --fix".to_string();
    }
    let shown = path.display().to_string();
    // A name that begins with a dash would be taken for a flag.
    let shown = match shown.strip_prefix('-') {
        Some(rest) if !rest.is_empty() => format!("./{shown}"),
        _ => shown,
    };
    format!("cruddurctl xray check {} --fix", shell_word(&shown))
}

fn shown_name(path: &Path) -> String {
    match path == Path::new(STDIN) {
        true => "standard input".to_string(),
        false => path.display().to_string(),
    }
}
