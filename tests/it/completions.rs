//! The generated files under `completions/` are what the binary prints today.

use std::fs;
use std::path::Path;

use crate::place::Place;

/// A file of `completions/`, and the command that prints it.
const FILES: [(&str, &[&str]); 6] = [
    ("cruddurctl.bash", &["completions", "bash"]),
    ("_cruddurctl", &["completions", "zsh"]),
    ("cruddurctl.fish", &["completions", "fish"]),
    ("_cruddurctl.ps1", &["completions", "powershell"]),
    ("cruddurctl.elv", &["completions", "elvish"]),
    ("cruddurctl.1", &["man"]),
];

#[test]
fn every_file_is_byte_for_byte_what_the_command_prints() {
    let place = Place::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let mut stale = Vec::new();
    for (name, command) in FILES {
        let printed = place.run(command).expect_code(0);
        assert_eq!(printed.stderr, "");
        let committed = fs::read(folder.join(name)).unwrap_or_default();
        if committed != printed.stdout.as_bytes() {
            stale.push(format!(
                "  cargo run -- {} > completions/{name}",
                command.join(" ")
            ));
        }
    }
    assert!(
        stale.is_empty(),
        "make these files again:\n{}",
        stale.join("\n")
    );
}

#[test]
fn nothing_else_lies_in_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        assert!(
            FILES.iter().any(|(known, _)| *known == name),
            "completions/{name} is nobody's"
        );
    }
}
