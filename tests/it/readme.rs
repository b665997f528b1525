//! Every command of the README, run as it stands there, from top to bottom, in one place.

use std::path::Path;

use crate::place::{BINARY, Place, Running};

// The README's block of JSON, which it asks to save.
fn saved_file() -> String {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```json\n").unwrap();
    rest.split_once("```").unwrap().0.to_string()
}

// The lines of the README's `sh` blocks, without blank ones.
fn commands() -> Vec<String> {
    let readme = include_str!("../../README.md");
    let mut found = Vec::new();
    let mut is_shell = false;
    for line in readme.lines() {
        match line.strip_prefix("```") {
            Some(language) => is_shell = language == "sh",
            None if is_shell && !line.trim().is_empty() => found.push(line.to_string()),
            None => {}
        }
    }
    found
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let mut place = Place::new();
    let folder = Path::new(BINARY).parent().unwrap().to_str().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    place.set("PATH", &format!("{folder}:{path}"));
    place.write(
        "aws/json/xray.json",
        include_str!("data/xray_as_in_the_lesson.json"),
    );
    place.write("all.json", saved_file());
    let mut serving: Option<Running> = None;
    let mut back_end = String::new();
    let mut n_run = 0;
    for command in commands() {
        if command.starts_with("cargo ") {
            let checks = include_str!("../../.ci/run");
            assert!(
                checks.contains(&command),
                "the checks do not run `{command}`"
            );
            continue;
        }
        // Other people's clients judge the stack in `tests/clients`, which runs these lines.
        if command.starts_with("aws ") || command.starts_with("export AWS_") {
            continue;
        }
        n_run += 1;
        if command == "cruddurctl serve" {
            // On free ports, since this machine's may be taken.
            let running = place.start(&["serve", "--port", "0", "--stack-port", "0"]);
            let line = running.stderr_line(|line| line.starts_with("back end: http://"));
            let address = line.trim_start_matches("back end: ").split("/api").next();
            back_end = address.unwrap().to_string();
            serving = Some(running);
            continue;
        }
        let command = command.replace("http://127.0.0.1:4567", &back_end);
        let ran = place.run_shell(&command);
        assert_eq!(
            ran.code,
            Some(0),
            "`{command}` said:\n{}{}",
            ran.stdout,
            ran.stderr
        );
        assert!(!ran.stdout.is_empty(), "`{command}` printed nothing");
    }
    assert!(n_run > 10, "only {n_run} commands were found");
    let stopped = serving.expect("the README starts the back end").stop();
    assert_eq!(stopped.code, Some(0), "{}", stopped.stderr);
}

#[test]
fn the_readme_lists_every_variable() {
    let readme = include_str!("../../README.md");
    for variable in cruddurctl::settings::env::ALL {
        let row = format!("| `{}` | {} |", variable.name, variable.about);
        assert!(
            readme.contains(&row),
            "the README's table needs the row\n{row}"
        );
    }
}
