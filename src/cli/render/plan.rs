//! A set-up's plan as it is shown before it is applied.

use super::palette::Paint;
use super::terminal::Terminal;
use super::text::{Ink, Line, printable};
use crate::model::plan::{Action, FieldChange, Plan, Step};

const GREEN: Ink = Ink {
    fg: Some(Paint::Basic(2)),
    ..Ink::PLAIN
};
const YELLOW: Ink = Ink {
    fg: Some(Paint::Basic(3)),
    ..Ink::PLAIN
};

/// Returns one paragraph for each step, then how many there are to create and to change.
///
/// Signs say the same as the colours: `+` is created, `~` is changed, `=` stays.
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

fn step_lines(step: &Step) -> Vec<Line> {
    let (verb, ink) = match step.action {
        Action::Create(_) => ("+ create", GREEN),
        Action::Update(_) => ("~ update", YELLOW),
        Action::Unchanged => ("= unchanged", Ink::FAINT),
    };
    let mut first = Line::new();
    first.push(
        &format!("{verb} {} {}", step.kind, printable(&step.name)),
        ink,
    );
    let mut lines = vec![first];
    let fields: Vec<String> = match &step.action {
        Action::Create(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name}: {}", printable(value)))
            .collect(),
        Action::Update(changes) => changes.iter().map(change_words).collect(),
        Action::Unchanged => Vec::new(),
    };
    for field in fields {
        let mut line = Line::new();
        line.push(&format!("    {field}"), Ink::PLAIN);
        lines.push(line);
    }
    lines
}

fn change_words(change: &FieldChange) -> String {
    let side = |value: &Option<String>| value.as_deref().map_or("none".to_string(), printable);
    format!(
        "{}: {} -> {}",
        change.field,
        side(&change.from),
        side(&change.to)
    )
}

fn total_words(plan: &Plan) -> String {
    match plan.changes() {
        (0, 0) => "nothing to do".to_string(),
        (created, 0) => format!("{created} to create"),
        (0, changed) => format!("{changed} to change"),
        (created, changed) => format!("{created} to create, {changed} to change"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::terminal::Colour;
    use super::*;

    fn step(kind: &'static str, action: Action) -> Step {
        Step {
            kind,
            name: "Cruddur".to_string(),
            action,
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
                step("X-Ray group", Action::Unchanged),
                step(
                    "sampling rule",
                    Action::Update(vec![
                        change("reservoir_size", Some("1"), Some("5")),
                        change("host", None, Some("*\x1b[2J")),
                    ]),
                ),
                step(
                    "log group",
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
