//! `init`: what week 2 adds to a checkout of Cruddur.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::args::InitArgs;
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::render::diff::diff;
use super::setup::says_yes;
use crate::xray::rule_file;

/// A file of week 2.
struct Template {
    /// Where it goes, from the checkout's folder on.
    path: &'static str,
    text: &'static str,
    mode: Mode,
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// All of it is ours: it is replaced, if the user says so.
    Whole,
    /// It is the user's, and what it lacks is added at its end: packages.
    Packages,
    /// The same: variables.
    Variables,
}

const TEMPLATES: [Template; 5] = [
    Template {
        path: "aws/json/xray.json",
        text: rule_file::TEMPLATE,
        mode: Mode::Whole,
    },
    Template {
        path: "docker-compose.override.yml",
        text: include_str!("../../templates/init/docker-compose.override.yml"),
        mode: Mode::Whole,
    },
    Template {
        path: "backend-flask/requirements.txt",
        text: include_str!("../../templates/init/requirements.txt"),
        mode: Mode::Packages,
    },
    Template {
        path: "backend-flask/lib/observability.py",
        text: include_str!("../../templates/init/observability.py"),
        mode: Mode::Whole,
    },
    Template {
        path: ".env.example",
        text: include_str!("../../templates/init/env.example"),
        mode: Mode::Variables,
    },
];

/// A file that is to be written.
struct Change {
    path: PathBuf,
    name: &'static str,
    old: Option<String>,
    new: String,
    is_replaced: bool,
}

/// Shows what is to be written, and writes it.
pub fn run(context: &Context, args: &InitArgs) -> Outcome {
    let folder = &args.folder;
    if !folder.join("backend-flask").is_dir() {
        let what = format!("{} is no checkout of Cruddur", folder.display());
        return Err(Failure::of(
            Exit::Failed,
            format!("{what}: it has no folder backend-flask"),
        )
        .with_hint("name the checkout's folder, as in `cruddurctl init PATH`"));
    }
    let mut changes = Vec::new();
    for template in &TEMPLATES {
        changes.extend(change(folder, template)?);
    }
    if changes.is_empty() {
        context.note("nothing to do: all is there already");
        return Ok(Exit::Done);
    }
    for change in &changes {
        let old = change.old.as_deref();
        context.print(&diff(change.name, old, &change.new, &context.out))?;
    }
    if args.dry_run {
        context.note("dry run: nothing was written");
        return Ok(Exit::Done);
    }
    let replaced: Vec<&str> = changes
        .iter()
        .filter(|change| change.is_replaced)
        .map(|change| change.name)
        .collect();
    if !replaced.is_empty() && !args.yes {
        let names = replaced.join(", ");
        if !says_yes(context, &format!("replace {names} by what is shown?")) {
            return Err(Failure::of(
                Exit::Failed,
                format!("nothing was written: {names} would be replaced"),
            )
            .with_hint("say yes with --yes, or move away what you want to keep"));
        }
    }
    for change in &changes {
        write(&change.path, change.old.is_some(), &change.new)?;
        let verb = match (&change.old, change.is_replaced) {
            (None, _) => "wrote",
            (Some(_), true) => "replaced",
            (Some(_), false) => "added to",
        };
        context.note(&format!("{verb} {}", change.path.display()));
    }
    context.note("in backend-flask/app.py, right after `app = Flask(__name__)`, add:\n  from lib.observability import observe\n  observe(app)");
    let ignored = fs::read_to_string(folder.join(".gitignore")).unwrap_or_default();
    if !ignored
        .lines()
        .any(|line| matches!(line.trim(), ".env" | "/.env" | "*.env" | ".env*"))
    {
        context.note("warning: .gitignore does not name .env, which will hold your keys");
    }
    context.note(
        "next: cruddurctl setup; then, in backend-flask, cruddurctl run -- flask run --port 4567",
    );
    Ok(Exit::Done)
}

fn change(folder: &Path, template: &Template) -> Result<Option<Change>, Failure> {
    let path = folder.join(template.path);
    let old = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Failure::new(Exit::Failed, error.into())
                .while_doing(format!("cannot read {}", path.display())));
        }
    };
    let new = match (&old, template.mode) {
        (None, _) => template.text.to_string(),
        (Some(old), Mode::Whole) => with_ends_of(old, template.text),
        (Some(old), Mode::Packages) => with_missing(old, template.text, package),
        (Some(old), Mode::Variables) => with_missing(old, template.text, variable),
    };
    if old.as_ref() == Some(&new) {
        return Ok(None);
    }
    Ok(Some(Change {
        path,
        name: template.path,
        is_replaced: old.is_some() && template.mode == Mode::Whole,
        old,
        new,
    }))
}

// Git may have given a file the line ends of Windows; that makes it no other file.
fn with_ends_of(old: &str, new: &str) -> String {
    if old.contains("\r\n") {
        new.replace('\n', "\r\n")
    } else {
        new.to_string()
    }
}

/// Returns `old` with those lines of `ours` at its end that say something it says nothing about, by `key`.
fn with_missing(old: &str, ours: &str, key: fn(&str) -> Option<String>) -> String {
    let known: Vec<String> = old.lines().filter_map(key).collect();
    let end = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let mut new = old.to_string();
    for line in ours.lines() {
        let is_missing = key(line).is_some_and(|key| !known.contains(&key));
        if is_missing {
            if !new.is_empty() && !new.ends_with('\n') {
                new.push_str(end);
            }
            new.push_str(line);
            new.push_str(end);
        }
    }
    new
}

/// Returns the package that a line of a requirements file asks for, as PyPI compares names.
///
/// Source: PEP 503 on normalized names, PEP 508 on what may follow one.
fn package(line: &str) -> Option<String> {
    let line = line.trim_start();
    let is_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = line.chars().take_while(is_name).collect();
    let starts_well = name
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric());
    if !starts_well {
        return None;
    }
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    Some(words.collect::<Vec<_>>().join("-").to_ascii_lowercase())
}

/// Returns the variable that a line of an `.env` file sets.
fn variable(line: &str) -> Option<String> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, _) = line.split_once('=')?;
    let name = name.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_string())
}

// Written beside it and then renamed, so that nobody ever finds half a file.
fn write(path: &Path, is_there: bool, text: &str) -> Result<(), Failure> {
    let written = || -> io::Result<()> {
        // A link stays one: what it points to is written.
        let path = match is_there {
            true => fs::canonicalize(path)?,
            false => path.to_path_buf(),
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut fresh = path.clone().into_os_string();
        fresh.push(format!(".{}.new", std::process::id()));
        let fresh = PathBuf::from(fresh);
        let renamed = fs::write(&fresh, text)
            .and_then(|()| match is_there {
                true => fs::set_permissions(&fresh, fs::metadata(&path)?.permissions()),
                false => Ok(()),
            })
            .and_then(|()| fs::rename(&fresh, &path));
        if renamed.is_err() {
            let _ = fs::remove_file(&fresh);
        }
        renamed
    };
    written().map_err(|error| {
        Failure::new(Exit::Failed, error.into())
            .while_doing(format!("cannot write {}", path.display()))
            .with_hint("what is not written yet will be by another `cruddurctl init`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_known_however_it_is_spelt() {
        for line in [
            "aws-xray-sdk",
            "AWS_xray.sdk==2.15",
            "  aws-xray-sdk[x] >= 2 ; python_version > '3'",
            "aws-xray-sdk # for week 2",
        ] {
            assert_eq!(package(line).as_deref(), Some("aws-xray-sdk"), "{line}");
        }
        for line in ["", "# aws-xray-sdk", "-r other.txt", "--hash=x"] {
            assert_eq!(package(line), None, "{line}");
        }
    }

    #[test]
    fn only_what_is_missing_is_added_and_line_ends_stay() {
        let ours = "flask\nwatchtower\n";
        assert_eq!(
            with_missing("Flask==3", ours, package),
            "Flask==3\nwatchtower\n"
        );
        assert_eq!(with_missing("", ours, package), ours);
        assert_eq!(
            with_missing("x\r\nflask\r\n", ours, package),
            "x\r\nflask\r\nwatchtower\r\n"
        );
        let env = "# a comment\nA=\nB=1\n# C=2\n";
        assert_eq!(
            with_missing("export A=9\n", env, variable),
            "export A=9\nB=1\n"
        );
    }
}
