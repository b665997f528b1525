//! `xray check`, and the rule file that set-ups take their rule from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::{CheckArgs, RuleFileArgs};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::model::diagnostic::{self, Diagnostic, Severity};
use crate::model::sampling::SamplingRule;
use crate::xray::rule_file;

/// Where a Cruddur checkout keeps its rule.
pub const RULE_FILE: &str = "aws/json/xray.json";

/// Returns the rule of the file that was named, of the checkout's file, or the built-in one, and says
/// which.
///
/// # Errors
/// Everything that is wrong with the file, before anything is sent.
pub fn wanted_rule(context: &Context, args: &RuleFileArgs) -> Result<SamplingRule, Failure> {
    let path = match &args.rule_file {
        Some(path) => path.clone(),
        None if Path::new(RULE_FILE).exists() => PathBuf::from(RULE_FILE),
        None => {
            context.note(&format!(
                "rule: built in, since there is no {RULE_FILE} here"
            ));
            return Ok(rule_file::built_in());
        }
    };
    context.note(&format!("rule: {}", path.display()));
    let bytes = read(&path)?;
    match rule_file::parse(&bytes) {
        Ok(file) => {
            show(context, &path, &bytes, &file.warnings);
            if !file.warnings.is_empty() {
                let fix = fix_command(&path);
                context.note(&format!("hint: `{fix}` rewrites the misspelt keys"));
            }
            Ok(file.rule)
        }
        Err(diagnostics) => {
            show(context, &path, &bytes, &diagnostics);
            Err(wrong(&path, &diagnostics, Exit::Failed))
        }
    }
}

/// Checks a rule file, and mends its misspelt keys if asked to.
pub fn check(context: &Context, args: &CheckArgs) -> Outcome {
    let path = &args.file;
    let mut bytes = read(path)?;
    if args.fix
        && let Ok(text) = std::str::from_utf8(&bytes)
        && let Some(fixed) = rule_file::fix(text)
    {
        replace(path, &fixed)?;
        context.note(&format!("{}: rewrote the misspelt keys", path.display()));
        bytes = fixed.into_bytes();
    }
    match rule_file::parse(&bytes) {
        Ok(file) if file.warnings.is_empty() => {
            let rule = &file.rule;
            context.print(&format!(
                "{}: rule {} is fine\n",
                path.display(),
                rule.rule_name
            ))
        }
        Ok(file) => {
            show(context, path, &bytes, &file.warnings);
            let hint = format!("`{}` rewrites the misspelt keys", fix_command(path));
            Err(wrong(path, &file.warnings, Exit::Found).with_hint(hint))
        }
        Err(diagnostics) => {
            show(context, path, &bytes, &diagnostics);
            Err(wrong(path, &diagnostics, Exit::Found))
        }
    }
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
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
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

fn fix_command(path: &Path) -> String {
    if path == Path::new(RULE_FILE) {
        return "cruddurctl xray check --fix".to_string();
    }
    format!("cruddurctl xray check {} --fix", path.display())
}
