//! Reads our own source far enough to know what each file names.

use std::fs;
use std::path::Path;

/// A file of `src` without comments, the content of strings, and what is compiled for tests only.
pub struct SourceFile {
    /// Below `src`, with slashes and without `.rs`: `xray/client`.
    pub name: String,
    pub code: String,
    /// Lines up to the file's own tests.
    pub n_lines: usize,
}

/// Returns every file of `src` that is in the product, sorted by name: all but those whose module is declared for tests only,
/// whatever they are called.
pub fn source_files() -> Vec<SourceFile> {
    let mut texts = Vec::new();
    read_folder(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        "",
        &mut texts,
    );
    texts.sort();
    product_files(texts)
}

fn product_files(texts: Vec<(String, String)>) -> Vec<SourceFile> {
    let modules = texts
        .iter()
        .flat_map(|(name, text)| test_modules(name, text));
    let modules: Vec<String> = modules.collect();
    let is_test = |name: &str| {
        let in_module = |module: &String| {
            let below = name.strip_prefix(module.as_str());
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        };
        modules.iter().any(in_module)
    };
    let mut files = Vec::new();
    for (name, text) in texts.into_iter().filter(|(name, _)| !is_test(name)) {
        let lines = text.lines();
        let n_lines = lines
            .take_while(|line| line.trim() != "#[cfg(test)]")
            .count();
        let code = without_tests(&code_of(&text));
        files.push(SourceFile {
            name,
            code,
            n_lines,
        });
    }
    files
}

// Names of the files whose modules the file declares behind `#[cfg(test)]`.
fn test_modules(name: &str, text: &str) -> Vec<String> {
    let (folder, stem) = name.rsplit_once('/').unwrap_or(("", name));
    let beside = |module: &str| match folder {
        "" => module.to_string(),
        folder => format!("{folder}/{module}"),
    };
    let below = |module: &str| match stem {
        "mod" | "lib" | "main" => beside(module),
        _ => format!("{name}/{module}"),
    };
    let mut found = Vec::new();
    for (at, attribute) in text.match_indices("#[cfg(test)]") {
        let mut path = None;
        for line in text[at + attribute.len()..].lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("#[path = \"") {
                path = rest.split(".rs").next();
            } else if !(line.is_empty() || line.starts_with("#[") || line.starts_with("//")) {
                let module = line
                    .rsplit_once("mod ")
                    .and_then(|it| it.1.strip_suffix(';'));
                let file = module.map(|module| path.map_or_else(|| below(module), &beside));
                found.extend(file);
                break;
            }
        }
    }
    found
}

fn read_folder(folder: &Path, prefix: &str, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let own_name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            read_folder(&entry.path(), &format!("{prefix}{own_name}/"), texts);
        } else if let Some(stem) = own_name.strip_suffix(".rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            texts.push((format!("{prefix}{stem}"), text));
        }
    }
}

impl SourceFile {
    /// Returns the paths into our own house that the file names, from the root: `store/Store`.
    ///
    /// A room that is imported as a whole is followed to where its parts are used.
    pub fn own_paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        for start in ["crate::", "super::", "cruddurctl::"] {
            for (at, _) in self.code.match_indices(start) {
                let before = self.code[..at].chars().next_back();
                let is_inside = before.is_some_and(|c| c == ':' || c == '_' || c.is_alphanumeric());
                if !is_inside {
                    self.expand(&self.code[at..], &mut paths);
                }
            }
        }
        let whole_rooms: Vec<String> = paths
            .iter()
            .filter(|path| !path.contains('/'))
            .cloned()
            .collect();
        for room in whole_rooms {
            let parts = self.after(&format!("{room}::"));
            if !parts.is_empty() {
                paths.retain(|path| *path != room);
            }
            paths.extend(parts.iter().map(|part| format!("{room}/{part}")));
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// Tells whether the file names a crate: `axum::…`, or `use axum;`.
    pub fn names_crate(&self, name: &str) -> bool {
        self.has_word(&format!("{name}::")) || self.has_word(&format!("use {name};"))
    }

    /// Tells whether `word` stands in the code, not as the end of a longer name or path.
    pub fn has_word(&self, word: &str) -> bool {
        self.starts_of(word).next().is_some()
    }

    fn after(&self, start: &str) -> Vec<String> {
        self.starts_of(start)
            .map(|at| first_word(&self.code[at + start.len()..]))
            .collect()
    }

    fn starts_of<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code
            .match_indices(word)
            .map(|(at, _)| at)
            .filter(|&at| {
                let before = self.code[..at].chars().next_back();
                !before.is_some_and(|c| c == ':' || c == '.' || c == '_' || c.is_alphanumeric())
            })
    }

    // Takes `super::a::{b, c::D}` apart into paths from the root.
    fn expand(&self, text: &str, paths: &mut Vec<String>) {
        let mut base: Vec<String> = Vec::new();
        let mut rest = text;
        if let Some(after) = rest
            .strip_prefix("crate::")
            .or(rest.strip_prefix("cruddurctl::"))
        {
            rest = after;
        } else {
            base = self.name.split('/').map(str::to_string).collect();
            if base.last().is_some_and(|last| last == "mod") {
                base.pop();
            }
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
        }
        tree(&base, rest, paths);
    }
}

// Reads one branch of a use tree and returns what comes after it.
fn tree<'a>(base: &[String], text: &'a str, paths: &mut Vec<String>) -> &'a str {
    let mut path = base.to_vec();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(inside) = rest.strip_prefix('{') {
            rest = inside;
            loop {
                rest = rest.trim_start().trim_start_matches(',').trim_start();
                if let Some(after) = rest.strip_prefix('}') {
                    return after;
                }
                let after = tree(&path, rest, paths);
                assert!(after.len() < rest.len(), "cannot read {rest}");
                rest = after;
            }
        }
        let word = first_word(rest);
        rest = &rest[word.len()..];
        if word.is_empty() || word == "self" {
            rest = rest.strip_prefix('*').unwrap_or(rest);
            break;
        }
        path.push(word);
        match rest.strip_prefix("::") {
            Some(after) => rest = after,
            None => break,
        }
    }
    // `as another_name` is no path of its own.
    if let Some(after) = rest.strip_prefix(" as ") {
        rest = &after[first_word(after).len()..];
    }
    paths.push(path.join("/"));
    rest
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|&c| c == '_' || c.is_alphanumeric())
        .collect()
}

// Comments go, strings and characters become empty ones; everything else stays as it is.
fn code_of(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = |idx: usize| letters.get(idx).copied().unwrap_or('\0');
    let mut code = String::new();
    let mut idx = 0;
    while idx < letters.len() {
        let is_in_word = idx > 0 && (at(idx - 1) == '_' || at(idx - 1).is_alphanumeric());
        match at(idx) {
            '/' if at(idx + 1) == '/' => {
                while idx < letters.len() && at(idx) != '\n' {
                    idx += 1;
                }
            }
            'r' if !is_in_word
                && (at(idx + 1) == '"' || at(idx + 1) == '#' && "#\"".contains(at(idx + 2))) =>
            {
                let n_signs = (idx + 1..).take_while(|&i| at(i) == '#').count();
                let end: String = std::iter::once('"')
                    .chain((0..n_signs).map(|_| '#'))
                    .collect();
                idx += n_signs + 2;
                while idx < letters.len()
                    && !(0..=n_signs).all(|i| Some(at(idx + i)) == end.chars().nth(i))
                {
                    idx += 1;
                }
                idx += n_signs + 1;
                code.push_str("\"\"");
            }
            '"' => {
                idx += 1;
                while idx < letters.len() && at(idx) != '"' {
                    idx += if at(idx) == '\\' { 2 } else { 1 };
                }
                idx += 1;
                code.push_str("\"\"");
            }
            // A character, and not a lifetime.
            '\'' if at(idx + 1) == '\\' || at(idx + 2) == '\'' => {
                idx += if at(idx + 1) == '\\' { 3 } else { 2 };
                while idx < letters.len() && at(idx) != '\'' {
                    idx += 1;
                }
                idx += 1;
                code.push_str("' '");
            }
            letter => {
                code.push(letter);
                idx += 1;
            }
        }
    }
    code
}

// Cuts every item that stands behind `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once("#[cfg(test)]") {
        kept.push_str(before);
        let mut depth = 0;
        let end = after.char_indices().find(|(_, letter)| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ';' => return depth == 0,
                _ => return false,
            }
            depth == 0
        });
        rest = end.map_or("", |(end, _)| &after[end + 1..]);
    }
    kept.push_str(rest);
    kept
}

#[test]
fn names_are_read_and_words_in_comments_and_strings_are_not() {
    let text = r##"
        // crate::no::comment
        use super::{wire, client::{self, Reader as Other}, all::*};
        use crate::store;
        fn f<'a>() -> &'a str { let _ = store::Block::x; let c = '"'; "crate::no::string" }
        const R: &str = r#"crate::no::"raw""#;
        #[cfg(test)]
        mod tests { use crate::no::test; }
        fn g() -> crate::model::span::Value {}
    "##;
    let file = SourceFile {
        name: "xray/server".into(),
        code: without_tests(&code_of(text)),
        n_lines: 0,
    };
    let expected = [
        "model/span/Value",
        "store/Block",
        "xray/all",
        "xray/client",
        "xray/client/Reader",
        "xray/wire",
    ];
    assert_eq!(file.own_paths(), expected);
    assert!(!file.names_crate("no"));
}

#[test]
fn a_file_is_a_test_by_its_declaration_and_not_by_its_name() {
    let files = [
        (
            "xray/mod",
            "mod server_row_tests;\n#[cfg(test)]\nmod server_tests;\n#[cfg(test)]\nmod tests;\nmod wire;",
        ),
        ("xray/server_row_tests", "use crate::store;"),
        ("xray/server_tests", ""),
        ("xray/tests", ""),
        ("xray/tests/sampling", ""),
        ("xray/tests_of_rules", ""),
        (
            "xray/wire",
            "#[cfg(test)]\n#[path = \"wire_tests.rs\"]\nmod tests;\n#[cfg(test)]\nmod odd;",
        ),
        ("xray/wire_tests", ""),
        ("xray/wire/odd", ""),
        (
            "xray/wire/part",
            "#[cfg(test)]\nmod tests {\n    fn f() {}\n}",
        ),
    ];
    let texts = files.map(|(name, text)| (name.to_string(), text.to_string()));
    let product = product_files(texts.into());
    let names: Vec<&str> = product.iter().map(|file| file.name.as_str()).collect();
    let expected = [
        "xray/mod",
        "xray/server_row_tests",
        "xray/tests_of_rules",
        "xray/wire",
        "xray/wire/part",
    ];
    assert_eq!(names, expected);
    assert!(
        source_files()
            .iter()
            .any(|file| file.name == "xray/server_row_tests")
    );
}
