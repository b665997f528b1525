//! Where a checkout has its back end and its compose files, and what they say.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::compose::Compose;
use super::python::Python;

/// A file that was read.
#[derive(Debug, Clone)]
pub struct Read<T> {
    /// From the checkout's folder on: `backend-flask/app.py`.
    pub name: String,
    /// What it says.
    pub content: T,
}

/// A checkout.
#[derive(Debug)]
pub struct Checkout {
    /// Its folder.
    pub root: PathBuf,
    /// The folder of the back end, from there on.
    pub back_end: String,
    /// The back end's Python files.
    pub python: Vec<Read<Python>>,
    /// The compose file that `docker compose` reads.
    pub compose: Option<Read<String>>,
    /// The one that it reads on top of it.
    pub compose_override: Option<Read<String>>,
    /// Compose files with such a name that it does not read.
    pub compose_ignored: Vec<String>,
}

// In the order in which `docker compose` looks for them; the first one counts, with whatever override.
// Source: compose-go, cli/options.go, DefaultFileNames and DefaultOverrideFileNames.
const COMPOSE: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];
const BACK_END: &str = "backend-flask";
const MODULE: &str = "lib/observability.py";
// No source file is larger, and no checkout has more of them.
const MOST_BYTES: u64 = 1 << 20;
const MOST_FILES: usize = 2_000;
const MOST_DEPTH: usize = 8;

impl Checkout {
    /// Reads a checkout; `None` if there is no back end in it.
    pub fn read(root: &Path) -> Option<Checkout> {
        let (compose, mut compose_ignored) = first(root, &COMPOSE);
        let (compose_override, more) = first(root, &OVERRIDES);
        compose_ignored.extend(more);
        let back_end = back_end(root, compose.as_ref())?;
        let mut python = Vec::new();
        read_python(root, &back_end, 0, &mut python);
        python.sort_by(|a: &Read<Python>, b| a.name.cmp(&b.name));
        Some(Checkout {
            root: root.to_path_buf(),
            back_end,
            python,
            compose,
            compose_override,
            compose_ignored,
        })
    }

    /// Returns a text file of the checkout, if it can be read.
    pub fn text(&self, name: &str) -> Option<String> {
        text(&self.root.join(name))
    }

    /// Returns the name of the module that `init` writes.
    pub fn module(&self) -> String {
        format!("{}/{MODULE}", self.back_end)
    }
}

fn first(root: &Path, names: &[&str]) -> (Option<Read<String>>, Vec<String>) {
    let mut found = None;
    let mut ignored = Vec::new();
    for name in names {
        let Some(content) = text(&root.join(name)) else {
            continue;
        };
        match found {
            None => {
                found = Some(Read {
                    name: name.to_string(),
                    content,
                });
            }
            Some(_) => ignored.push(name.to_string()),
        }
    }
    (found, ignored)
}

fn back_end(root: &Path, compose: Option<&Read<String>>) -> Option<String> {
    if root.join(BACK_END).is_dir() {
        return Some(BACK_END.to_string());
    }
    let is_flask = |folder: &str| {
        let app = text(&root.join(folder).join("app.py"));
        app.is_some_and(|text| Python::read(&text).calls_of("Flask").next().is_some())
    };
    let mut services = Compose::default();
    if let Some(file) = compose {
        services.add(&file.name, &file.content);
    }
    let contexts = services.services.into_iter().filter_map(|it| it.context);
    let inside = |context: String| {
        let folder = context.trim_start_matches("./").trim_end_matches('/');
        let is_below = !folder.is_empty() && !folder.starts_with('/') && !folder.contains("..");
        is_below.then(|| folder.to_string())
    };
    let built = contexts.filter_map(inside).find(|folder| is_flask(folder));
    built.or_else(|| {
        let entries = fs::read_dir(root).ok()?;
        let names = entries.flatten().filter_map(|entry| {
            let is_folder = entry.file_type().ok()?.is_dir();
            is_folder.then(|| entry.file_name().into_string().ok())?
        });
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names.into_iter().find(|folder| is_flask(folder))
    })
}

fn read_python(root: &Path, folder: &str, depth: usize, found: &mut Vec<Read<Python>>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return;
    };
    let is_module = |name: &str| name.ends_with(&format!("/{MODULE}"));
    for entry in entries.flatten() {
        let Ok(own_name) = entry.file_name().into_string() else {
            continue;
        };
        let name = format!("{folder}/{own_name}");
        // A link to a folder is not followed: it may lead out, or round in a circle.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_foreign = own_name.starts_with('.')
            || matches!(
                own_name.as_str(),
                "node_modules" | "__pycache__" | "venv" | "env" | "site-packages"
            )
            || root.join(&name).join("pyvenv.cfg").exists();
        if is_folder && !is_foreign && depth < MOST_DEPTH {
            read_python(root, &name, depth + 1, found);
        } else if own_name.ends_with(".py")
            && !is_folder
            && !is_module(&name)
            && found.len() < MOST_FILES
            && let Some(text) = text(&root.join(&name))
        {
            found.push(Read {
                name,
                content: Python::read(&text),
            });
        }
    }
}

fn text(path: &Path) -> Option<String> {
    // Before it is opened: a pipe would wait for somebody who writes.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .ok()?
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
