//! A set-up's plan as it is shown before it is applied.

use serde_json::{Map, Value as Json, json};

use super::columns::{Column, in_columns};
use super::json::SCHEMA_VERSION;
use super::terminal::Terminal;
use super::text::{Ink, Line, printable};
use crate::model::plan::{Action, Field, FieldChange, Kind, Owner, Plan, State, Step};

/// Returns one paragraph for each step, then how many there are to create, to change and to delete.
///
/// Signs say the same as the colours: `+` is created, `~` is changed, `-` is deleted, `=` stays, `!` is
/// left alone because it is not ours.
pub fn plan(plan: &Plan, terminal: &Terminal) -> String {
    let mut lines: Vec<Line> = plan.steps.iter().flat_map(step_lines).collect();
    let mut total = Line::new();
    total.push(&total_words(plan), Ink::BOLD);
    lines.push(total);
    lines
        .iter()
        .map(|line| line.text(terminal.colour) + "\n")
        .collect()
}

/// Returns the plan as JSON; names are stable and in snake case.
pub fn json(plan: &Plan) -> Json {
    let counts = plan.counts();
    json!({
        "schema_version": SCHEMA_VERSION,
        "steps": plan.steps.iter().map(step_json).collect::<Vec<Json>>(),
        "to_create": counts.created,
        "to_change": counts.updated,
        "to_delete": counts.deleted,
        "not_ours": counts.not_ours,
    })
}

/// Returns a row for each resource: what it is, how it is, and what is known of it.
pub fn status(plan: &Plan, terminal: &Terminal) -> String {
    let columns = ["KIND", "NAME", "STATE", "DETAILS"].map(Column::words);
    let row = |step: &Step| {
        vec![
            step.kind.to_string(),
            step.name.clone(),
            step.state().words().to_string(),
            details(step),
        ]
    };
    let rows: Vec<Vec<String>> = plan.steps.iter().map(row).collect();
    in_columns(&columns, &rows, terminal)
}

/// Returns the state as JSON; names are stable and in snake case.
pub fn status_json(plan: &Plan) -> Json {
    let resource = |step: &Step| {
        let mut resource = step_json(step);
        resource["state"] = json!(step.state().words().replace(' ', "_"));
        resource["present"] = step
            .present
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect::<Map<String, Json>>()
            .into();
        resource
    };
    json!({
        "schema_version": SCHEMA_VERSION,
        "is_as_wanted": plan.steps.iter().all(|step| step.state() == State::Ok),
        "resources": plan.steps.iter().map(resource).collect::<Vec<Json>>(),
    })
}

fn step_json(step: &Step) -> Json {
    let of_field = |(name, value): &Field| json!({"field": name, "from": null, "to": value});
    let of_change =
        |change: &FieldChange| json!({"field": change.field, "from": change.from, "to": change.to});
    let (action, changes): (&str, Vec<Json>) = match &step.action {
        Action::Create(fields) => ("create", fields.iter().map(of_field).collect()),
        Action::Update(changes) => ("update", changes.iter().map(of_change).collect()),
        Action::NotOurs(changes) => ("not_ours", changes.iter().map(of_change).collect()),
        Action::Delete => ("delete", Vec::new()),
        Action::Unchanged => ("unchanged", Vec::new()),
        Action::Missing => ("missing", Vec::new()),
    };
    let kind = match step.kind {
        Kind::Group => "xray_group",
        Kind::Rule => "sampling_rule",
        Kind::LogGroup => "log_group",
    };
    let owner = match step.owner {
        Owner::Us => "us",
        Owner::SomebodyElse => "somebody_else",
        Owner::Unknown { .. } => "unknown",
    };
    let fixed: Vec<Json> = step.fixed.iter().map(of_change).collect();
    json!({"kind": kind, "name": step.name, "action": action, "owner": owner, "changes": changes, "fixed": fixed})
}

/// What differs, if something does; else what one would look for first.
fn details(step: &Step) -> String {
    let mut differing: Vec<String> = match &step.action {
        Action::Update(changes) | Action::NotOurs(changes) => {
            changes.iter().map(change_words).collect()
        }
        _ => Vec::new(),
    };
    differing.extend(step.fixed.iter().map(fixed_words));
    if !differing.is_empty() {
        return differing.join(", ");
    }
    const SHOWN: [&str; 7] = [
        "filter_expression",
        "priority",
        "fixed_rate",
        "reservoir_size",
        "service_name",
        "retention_days",
        "stored_bytes",
    ];
    let present = step.present.iter().filter(|(name, _)| SHOWN.contains(name));
    let words: Vec<String> = present
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    words.join(", ")
}

fn step_lines(step: &Step) -> Vec<Line> {
    let (verb, ink) = match step.action {
        Action::Create(_) => ("+ create", Ink::GREEN),
        Action::Update(_) => ("~ update", Ink::YELLOW),
        Action::Delete => ("- delete", Ink::RED),
        Action::Unchanged => ("= unchanged", Ink::FAINT),
        Action::NotOurs(_) => ("! not ours", Ink::RED),
        Action::Missing => ("= missing", Ink::FAINT),
    };
    let mut first = Line::new();
    first.push(
        &format!("{verb} {} {}", step.kind, printable(&step.name)),
        ink,
    );
    let of_field = |(name, value): &Field| format!("{name}: {}", shown(value));
    let mut lines = vec![first];
    let mut fields: Vec<String> = match &step.action {
        Action::Create(fields) => fields.iter().map(of_field).collect(),
        Action::Update(changes) | Action::NotOurs(changes) => {
            changes.iter().map(change_words).collect()
        }
        Action::Delete => step.present.iter().map(of_field).collect(),
        Action::Unchanged | Action::Missing => Vec::new(),
    };
    fields.extend(step.fixed.iter().map(fixed_words));
    for field in fields {
        let mut line = Line::new();
        line.push(&format!("    {field}"), Ink::PLAIN);
        lines.push(line);
    }
    lines
}

fn change_words(change: &FieldChange) -> String {
    let side = |value: &Option<String>| value.as_deref().map_or("none".to_string(), shown);
    format!(
        "{}: {} -> {}",
        change.field,
        side(&change.from),
        side(&change.to)
    )
}

/// Returns a value so that it can be seen: one that is empty or has a blank at an end is in quotes.
fn shown(value: &str) -> String {
    match value.trim() == value && !value.is_empty() {
        true => printable(value),
        false => printable(&format!("\"{value}\"")),
    }
}

fn fixed_words(change: &FieldChange) -> String {
    format!("{} (fixed: nobody can change it)", change_words(change))
}

fn total_words(plan: &Plan) -> String {
    let counts = plan.counts();
    let words: Vec<String> = [
        (counts.created, "to create"),
        (counts.updated, "to change"),
        (counts.deleted, "to delete"),
        (counts.not_ours, "not ours"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    match words.is_empty() {
        true => "nothing to do".to_string(),
        false => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::super::terminal::Colour;
    use super::*;

    fn step(kind: Kind, action: Action) -> Step {
        Step {
            action,
            ..Step::create(kind, "Cruddur", Vec::new())
        }
    }

    fn change(field: &'static str, from: Option<&str>, to: Option<&str>) -> FieldChange {
        FieldChange {
            field,
            from: from.map(Into::into),
            to: to.map(Into::into),
        }
    }

    fn whole() -> Plan {
        Plan {
            steps: vec![
                step(Kind::Group, Action::Unchanged),
                step(
                    Kind::Rule,
                    Action::Update(vec![
                        change("reservoir_size", Some("1"), Some("5")),
                        change("host", None, Some("*\x1b[2J")),
                    ]),
                ),
                step(
                    Kind::LogGroup,
                    Action::Create(vec![("retention_days", "7".to_string())]),
                ),
            ],
        }
    }

    #[test]
    fn a_plan_reads_without_colours() {
        assert_eq!(
            plan(&whole(), &Terminal::plain(80)),
            "= unchanged X-Ray group Cruddur\n\
             ~ update sampling rule Cruddur\n    \
                 reservoir_size: 1 -> 5\n    \
                 host: none -> *\\u{1b}[2J\n\
             + create log group Cruddur\n    \
                 retention_days: 7\n\
             1 to create, 1 to change\n"
        );
    }

    #[test]
    fn nothing_to_do_is_said() {
        let mut unchanged = whole();
        unchanged.steps.truncate(1);
        let said = plan(&unchanged, &Terminal::plain(80));
        assert_eq!(said, "= unchanged X-Ray group Cruddur\nnothing to do\n");
    }

    #[test]
    fn created_is_green_changed_yellow_and_unchanged_faint() {
        let said = plan(
            &whole(),
            &Terminal {
                colour: Colour::Ansi16,
                ..Terminal::plain(80)
            },
        );
        assert!(said.contains("\x1b[0;32m+ create"), "{said}");
        assert!(said.contains("\x1b[0;33m~ update"), "{said}");
        assert!(said.contains("\x1b[0;2m= unchanged"), "{said}");
    }
}
