//! `xray check`, and the file that set-ups take their rules and groups from.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::cli::args::{CheckArgs, FormArg, RuleFileArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::render::json::SCHEMA_VERSION;
use crate::cli::render::text::printable;
use crate::model::diagnostic::{self, Diagnostic, Severity};
use crate::model::wanted::{Tags, WantedGroup, WantedLogGroup, XRayWanted};
use crate::xray::rule_file::{self, RuleFile};

/// Where a Cruddur checkout keeps its rule.
pub const RULE_FILE: &str = "aws/json/xray.json";

/// What a file asks for.
pub struct WantedByFile {
    /// Rules and groups.
    pub xray: XRayWanted,
    /// Log groups, if the file says something of them.
    pub log_groups: Option<Vec<WantedLogGroup>>,
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
            })
        }
        Err(diagnostics) => {
            show(context, &path, &bytes, &diagnostics);
            Err(wrong(&path, &diagnostics, Exit::Failed))
        }
    }
}

/// Checks a file of rules and groups, and mends its misspelt keys if asked to.
pub fn check(context: &Context, args: &CheckArgs) -> Outcome {
    let path = &args.file;
    let mut bytes = read(path)?;
    let mut is_fixed = false;
    if args.fix
        && let Ok(text) = std::str::from_utf8(&bytes)
        && let Some(fixed) = rule_file::fix(text)
    {
        replace(path, &fixed)?;
        context.note(&format!("{}: rewrote the misspelt keys", path.display()));
        bytes = fixed.into_bytes();
        is_fixed = true;
    }
    let parsed = rule_file::parse(&bytes);
    let found = match &parsed {
        Ok(file) => &file.warnings,
        Err(diagnostics) => diagnostics,
    };
    match args.output {
        FormArg::Json => {
            let json = json_of(path, &parsed, found, is_fixed);
            context.print(&format!("{json:#}\n"))?;
        }
        FormArg::Table => show(context, path, &bytes, found),
    }
    match (&parsed, found.is_empty()) {
        (Ok(file), true) if args.output == FormArg::Table => {
            context.print(&format!("{}: {}\n", path.display(), fine(file)))
        }
        (_, true) => Ok(Exit::Done),
        (_, false) => {
            let failure = wrong(path, found, Exit::Found);
            let is_mendable = rule_file::fix(&String::from_utf8_lossy(&bytes)).is_some();
            Err(match is_mendable {
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
    path: &Path,
    parsed: &Result<RuleFile, Vec<Diagnostic>>,
    found: &[Diagnostic],
    is_fixed: bool,
) -> Json {
    let file = path.display().to_string();
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

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| {
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
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let written = fs::write(&fresh, text).and_then(|()| {
        fs::set_permissions(&fresh, fs::metadata(path)?.permissions())?;
        fs::rename(&fresh, path)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&fresh);
        Failure::new(Exit::Failed, error.into())
            .while_doing(format!("cannot write {}", path.display()))
    })
}

fn show(context: &Context, path: &Path, bytes: &[u8], diagnostics: &[Diagnostic]) {
    let text = String::from_utf8_lossy(bytes);
    for diagnostic in diagnostics {
        let shown = diagnostic::render(diagnostic, &path.display().to_string(), &text);
        context.note(shown.trim_end());
    }
}

fn wrong(path: &Path, diagnostics: &[Diagnostic], exit: Exit) -> Failure {
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
    Failure::of(exit, format!("{} has {found}", path.display()))
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

fn fix_command(path: &Path) -> String {
    if path == Path::new(RULE_FILE) {
        return "cruddurctl xray check --fix".to_string();
    }
    format!("cruddurctl xray check {} --fix", path.display())
}
