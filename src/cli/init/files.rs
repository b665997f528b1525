//! What files become: lists that get what they lack, and files that are all ours.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::cli::checkout::{Checkout, yaml_meaning};
use crate::cli::failure::{Exit, Failure};

/// A file that is to be written.
pub struct Change {
    /// Where it is.
    pub path: PathBuf,
    /// The same, from the checkout's folder on.
    pub name: String,
    /// What it says now; `None` if it is not there.
    pub old: Option<String>,
    /// What it will say.
    pub new: String,
    /// Whether what it says now goes.
    pub is_replaced: bool,
}

/// Plans the lists of packages and variables, and the module.
///
/// # Errors
/// If a file cannot be read.
pub fn lists(checkout: &Checkout) -> Result<Vec<Change>, Failure> {
    let packages = include_str!("../../../templates/init/requirements.txt");
    let module = include_str!("../../../templates/init/observability.py");
    let variables = include_str!("../../../templates/init/env.example");
    let requirements = format!("{}/requirements.txt", checkout.back_end);
    let all = [
        added_to(checkout, &requirements, packages, package)?,
        whole(checkout, &checkout.module(), module)?,
        added_to(checkout, ".env.example", variables, variable)?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// Plans a file that is all ours; `None` if it says so already.
///
/// # Errors
/// If it cannot be read.
pub fn whole(checkout: &Checkout, name: &str, text: &str) -> Result<Option<Change>, Failure> {
    let old = old(checkout, name)?;
    let new = old
        .as_deref()
        .map_or_else(|| text.to_string(), |old| with_ends_of(old, text));
    Ok(changed(checkout, name, old, new, true))
}

/// The same for YAML, where order, quotes and comments make no difference.
///
/// # Errors
/// If it cannot be read.
pub fn whole_yaml(checkout: &Checkout, name: &str, text: &str) -> Result<Option<Change>, Failure> {
    match old(checkout, name)? {
        Some(old) if yaml_meaning(&old) == yaml_meaning(text) => Ok(None),
        _ => whole(checkout, name, text),
    }
}

/// Reads a file; `None` if it is not there.
///
/// # Errors
/// If it is there and cannot be read.
pub fn old(checkout: &Checkout, name: &str) -> Result<Option<String>, Failure> {
    let path = checkout.root.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(Exit::Failed, error.into())
            .while_doing(format!("cannot read {}", path.display()))),
    }
}

fn added_to(
    checkout: &Checkout,
    name: &str,
    text: &str,
    key: fn(&str) -> Option<String>,
) -> Result<Option<Change>, Failure> {
    let old = old(checkout, name)?;
    let new = match &old {
        Some(old) => with_missing(old, text, key),
        None => text.to_string(),
    };
    Ok(changed(checkout, name, old, new, false))
}

fn changed(
    checkout: &Checkout,
    name: &str,
    old: Option<String>,
    new: String,
    is_whole: bool,
) -> Option<Change> {
    if old.as_ref() == Some(&new) {
        return None;
    }
    Some(Change {
        path: checkout.root.join(name),
        name: name.to_string(),
        is_replaced: old.is_some() && is_whole,
        old,
        new,
    })
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
