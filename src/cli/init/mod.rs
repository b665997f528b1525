//! `init`: what week 2 adds to a checkout of Cruddur.

mod files;
mod overlay;
mod rule;
mod survey;
mod write;

use super::args::InitArgs;
use super::checkout::{Checkout, Compose};
use super::confirm::says_yes;
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::render::diff::diff;
use super::render::text::printable;
use files::Change;
use overlay::{Note, Overlay};
use survey::Survey;

/// Shows what is there and what is to be written, and writes it.
pub fn run(context: &Context, args: &InitArgs) -> Outcome {
    let folder = &args.folder;
    let Some(checkout) = Checkout::read(folder) else {
        let what = format!("{} is no checkout of Cruddur", folder.display());
        return Err(Failure::of(
            Exit::Failed,
            format!("{what}: it has no folder backend-flask"),
        )
        .with_hint("name the checkout's folder, as in `cruddurctl init PATH`"));
    };
    let mut survey = Survey::of(&checkout);
    let mut changes = Vec::new();
    changes.extend(rule::change(&checkout, &mut survey)?);
    changes.extend(compose(&checkout, &mut survey)?);
    changes.extend(files::lists(&checkout)?);
    for change in &changes {
        write::check(folder, &change.path)?;
    }
    for line in survey.lines() {
        context.note(&printable_lines(&line));
    }
    if changes.is_empty() {
        context.note(match survey.is_wired() {
            true => "nothing to do: all is there already",
            false => "nothing to do: all files are there already",
        });
        note_by_hand(context, &checkout, &survey);
        return Ok(Exit::Done);
    }
    for change in &changes {
        let old = change.old.as_deref();
        context.print(&diff(&change.name, old, &change.new, &context.out))?;
    }
    if args.dry_run {
        note_by_hand(context, &checkout, &survey);
        context.note("dry run: nothing was written");
        return Ok(Exit::Done);
    }
    confirm(context, args, &changes)?;
    for change in &changes {
        write::write(&change.path, &change.new)?;
        let verb = match (&change.old, change.is_replaced) {
            (None, _) => "wrote",
            (Some(_), true) => "replaced",
            (Some(_), false) => "added to",
        };
        context.note(&format!("{verb} {}", change.path.display()));
    }
    note_by_hand(context, &checkout, &survey);
    let ignored = checkout.text(".gitignore").unwrap_or_default();
    if !ignored
        .lines()
        .any(|line| matches!(line.trim(), ".env" | "/.env" | "*.env" | ".env*"))
    {
        context.note("warning: .gitignore does not name .env, which will hold your keys");
    }
    context.note(&format!(
        "next: cruddurctl setup; then, in {}, cruddurctl run -- flask run --port 4567",
        checkout.back_end
    ));
    Ok(Exit::Done)
}

/// Plans the compose override, and adds to the survey what is odd about compose files.
fn compose(checkout: &Checkout, survey: &mut Survey) -> Result<Option<Change>, Failure> {
    let is_ours = |text: &str| text.contains("Written by `cruddurctl init`");
    let foreign = checkout
        .compose_override
        .as_ref()
        .filter(|file| !is_ours(&file.content));
    let mut compose = Compose::default();
    for file in checkout.compose.iter().chain(foreign) {
        compose.add(&file.name, &file.content);
    }
    for name in &checkout.compose_ignored {
        survey.warn(
            name,
            "`docker compose` does not read this file beside the others",
        );
    }
    for (place, word) in &compose.unread {
        survey.warn(place, &format!("{word}: it was not followed"));
    }
    if checkout.compose.is_some() && compose.back_end(&checkout.back_end).is_none() {
        let name = checkout
            .compose
            .as_ref()
            .map_or("", |file| file.name.as_str());
        let folder = &checkout.back_end;
        survey.warn(
            name,
            &format!("no service is built from ./{folder}, so no override is written"),
        );
        return Ok(None);
    }
    let Some(Overlay { text, notes }) = overlay::overlay(checkout, &compose) else {
        return Ok(None);
    };
    for Note {
        place,
        text,
        is_fixed,
    } in notes
    {
        match is_fixed && foreign.is_none() {
            true => survey.fixed(&place, &text),
            false => survey.warn(&place, &text),
        }
    }
    if let Some(file) = foreign {
        survey.left_alone(&file.name, &text);
        return Ok(None);
    }
    let name = match (&checkout.compose_override, &checkout.compose) {
        (Some(file), _) => file.name.clone(),
        (None, Some(file)) if file.name.starts_with("compose.") => {
            file.name.replacen("compose.", "compose.override.", 1)
        }
        _ => "docker-compose.override.yml".to_string(),
    };
    files::whole_yaml(checkout, &name, &text)
}

/// Asks before anything is written.
fn confirm(context: &Context, args: &InitArgs, changes: &[Change]) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    let replaced: Vec<&str> = changes
        .iter()
        .filter(|change| change.is_replaced)
        .map(|change| change.name.as_str())
        .collect();
    let question = match replaced.as_slice() {
        [] => "write this?".to_string(),
        names => format!("write this, and replace {}?", names.join(", ")),
    };
    if says_yes(context, &question) {
        return Ok(());
    }
    let message = match replaced.as_slice() {
        [] => "nothing was written: init asks first, and there was no yes".to_string(),
        names => format!(
            "nothing was written: {} would be replaced",
            names.join(", ")
        ),
    };
    let hint = match replaced.as_slice() {
        [] => "say yes with --yes; --dry-run only shows what would be written",
        _ => "say yes with --yes, or move away what you want to keep",
    };
    Err(Failure::of(Exit::Failed, message).with_hint(hint))
}

/// Says which two lines are left to the user, who owns the application.
fn note_by_hand(context: &Context, checkout: &Checkout, survey: &Survey) {
    if survey.is_wired() {
        return;
    }
    let variable = survey.app_variable();
    let lines = format!("  from lib.observability import observe\n  observe({variable})");
    let place = survey.app_place();
    context.note(&match place {
        Some(place) => {
            let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
            format!(
                "in {file}, right after `{variable} = Flask(__name__)` (line {line}), add:\n{lines}"
            )
        }
        None => format!(
            "in {}/app.py, right after `app = Flask(__name__)`, add:\n{lines}",
            checkout.back_end
        ),
    });
}

fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}
