//! Completions and the manual page, from the grammar itself.

use std::io;

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell as Generator;

use super::args::{Cli, CompletionsArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};

/// A shell that completions can be made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
    /// PowerShell
    Powershell,
    /// Elvish
    Elvish,
}

/// The files under `completions/`, and which shell each is for; `None` is the manual page.
pub const COMPLETIONS: [(&str, Option<Shell>); 6] = [
    ("cruddurctl.bash", Some(Shell::Bash)),
    ("_cruddurctl", Some(Shell::Zsh)),
    ("cruddurctl.fish", Some(Shell::Fish)),
    ("_cruddurctl.ps1", Some(Shell::Powershell)),
    ("cruddurctl.elv", Some(Shell::Elvish)),
    ("cruddurctl.1", None),
];

/// Prints the completions of a shell.
pub fn completions(context: &Context, args: &CompletionsArgs) -> Outcome {
    context.print_bytes(&completions_of(args.shell))
}

/// Prints the manual page.
pub fn man(context: &Context) -> Outcome {
    let page = manual().map_err(|error| Failure::new(Exit::Failed, error.into()))?;
    context.print_bytes(&page)
}

/// Returns the files that are committed under `completions/`: name and content.
///
/// # Errors
/// If a page cannot be written to memory, which does not happen.
pub fn generated_files() -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    COMPLETIONS
        .iter()
        .map(|(name, shell)| {
            Ok((
                *name,
                match shell {
                    Some(shell) => completions_of(*shell),
                    None => manual()?,
                },
            ))
        })
        .collect()
}

fn completions_of(shell: Shell) -> Vec<u8> {
    let generator = match shell {
        Shell::Bash => Generator::Bash,
        Shell::Zsh => Generator::Zsh,
        Shell::Fish => Generator::Fish,
        Shell::Powershell => Generator::PowerShell,
        Shell::Elvish => Generator::Elvish,
    };
    let mut script = Vec::new();
    clap_complete::generate(generator, &mut Cli::command(), "cruddurctl", &mut script);
    with_names(shell, &String::from_utf8_lossy(&script)).into_bytes()
}

/// Options whose values are names that only the other side knows, and the command that prints them.
const NAMED: [(&str, &str); 4] = [
    ("by", COLUMN_NAMES),
    ("column", COLUMN_NAMES),
    // A condition begins with a column.
    ("where", COLUMN_NAMES),
    ("dataset", "cruddurctl datasets --names 2>/dev/null"),
];
const COLUMN_NAMES: &str = "cruddurctl columns --names 2>/dev/null";

// The generator knows no values that come from a command, so its file names make room for them.
fn with_names(shell: Shell, script: &str) -> String {
    let mut named = String::new();
    // Bash names an option on one line and completes it on the next.
    let mut before = "";
    for line in script.lines() {
        let command = NAMED.iter().find(|(option, _)| match shell {
            Shell::Bash => before.trim_start() == format!("--{option})"),
            Shell::Zsh => line.contains(&format!("--{option}=[")),
            Shell::Fish => line.contains(&format!(" -l {option} ")),
            Shell::Powershell | Shell::Elvish => false,
        });
        before = line;
        let Some((_, command)) = command else {
            named.push_str(line);
            named.push('\n');
            continue;
        };
        let line = match shell {
            Shell::Bash => line.replace(
                "compgen -f \"",
                &format!("compgen -W \"$({command})\" -- \""),
            ),
            Shell::Zsh => line.replace(
                ":_default'",
                &format!(":{{compadd -- ${{(f)\"$({command})\"}}}}'"),
            ),
            Shell::Fish => format!("{line} -f -a '({command})'"),
            Shell::Powershell | Shell::Elvish => line.to_string(),
        };
        named.push_str(&line);
        named.push('\n');
    }
    named
}

// One page with every command on it, so that `man cruddurctl` answers whatever is asked.
fn manual() -> io::Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        let mut below: Vec<clap::Command> = sub
            .get_subcommands()
            .filter(|it| it.get_name() != "help")
            .cloned()
            .collect();
        if below.is_empty() {
            below.push(sub.clone());
        }
        for sub in below {
            let name = sub.get_bin_name().unwrap_or(sub.get_name()).to_string();
            page.extend_from_slice(format!(".SH \"{}\"\n", name.to_uppercase()).as_bytes());
            let man = clap_mangen::Man::new(sub);
            let mut section = Vec::new();
            man.render_synopsis_section(&mut section)?;
            man.render_description_section(&mut section)?;
            man.render_options_section(&mut section)?;
            // Sections of the command become subsections of the page.
            let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
            page.extend_from_slice(section.as_bytes());
        }
    }
    Ok(page)
}
