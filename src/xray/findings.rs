//! What was found in a text, by its bytes, until all of it is turned into lines and columns.

use std::ops::Range;

use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::known_services::KnownServices;

/// One finding by its bytes.
struct Finding {
    span: Range<usize>,
    severity: Severity,
    message: String,
    help: Option<String>,
}

/// Everything found so far.
#[derive(Default)]
pub struct Findings {
    all: Vec<Finding>,
    /// Misspelt keys with their quotes, and how they are spelt right.
    pub renames: Vec<(Range<usize>, &'static str)>,
    /// The services that rules and groups can be about.
    pub services: KnownServices,
}

impl Findings {
    /// Makes an empty list, for a text about these services.
    pub fn about(services: &KnownServices) -> Findings {
        Findings {
            services: services.clone(),
            ..Findings::default()
        }
    }

    /// Adds an error at `span`.
    pub fn error(&mut self, span: &Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.all.push(Finding {
            span: span.clone(),
            severity: Severity::Error,
            message: message.into(),
            help,
        });
    }

    /// Adds a warning at `span`.
    pub fn warning(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.error(span, message, help);
        if let Some(last) = self.all.last_mut() {
            last.severity = Severity::Warning;
        }
    }

    /// Returns the findings with lines and columns, in the order of `text`, in one pass over it.
    pub fn place(mut self, text: &str) -> Vec<Diagnostic> {
        self.all.sort_by_key(|finding| finding.span.start);
        let (mut line, mut column, mut at) = (1, 1, 0);
        let mut diagnostics = Vec::with_capacity(self.all.len());
        for finding in self.all {
            for character in text.get(at..finding.span.start).unwrap_or("").chars() {
                (line, column) = match character {
                    '\n' => (line + 1, 1),
                    _ => (line, column + 1),
                };
            }
            at = finding.span.start;
            let meant = text.get(finding.span).unwrap_or("");
            let on_first_line = meant.split('\n').next().unwrap_or("");
            diagnostics.push(Diagnostic {
                severity: finding.severity,
                message: finding.message,
                line,
                column,
                length: on_first_line.chars().count().max(1),
                help: finding.help,
            });
        }
        diagnostics
    }
}

/// Returns a name from the file between backticks, cut and without control characters.
pub fn quoted(name: &str) -> String {
    const LONGEST: usize = 40;
    let shown: String = name
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    let dots = if name.chars().count() > LONGEST {
        "..."
    } else {
        ""
    };
    format!("`{shown}{dots}`")
}
