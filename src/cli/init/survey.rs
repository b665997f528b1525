//! What a checkout has of week 2 already, what `observe` will add to it, and what is to be changed by hand.

use crate::cli::checkout::{Call, Checkout, Python, Read};

/// What was found, in the order of the files.
#[derive(Debug, Default)]
pub struct Survey {
    found: Vec<(String, String)>,
    by_hand: Vec<(String, String)>,
    fixed: Vec<(String, String)>,
    added: Vec<&'static str>,
    left_alone: Option<(String, String)>,
    app: Option<(String, String)>,
    is_wired: bool,
}

/// A part of the instrumentation, and the calls that make it.
struct Part {
    /// What is called.
    call: &'static str,
    /// What `observe` adds where nothing calls it.
    added: &'static str,
    /// What is said of a second call that has the same arguments; `None` if that is all right.
    twice: Option<&'static str>,
}

const PARTS: [Part; 5] = [
    Part {
        call: "TracerProvider",
        added: "a tracer provider",
        twice: None,
    },
    Part {
        call: "OTLPSpanExporter",
        added: "an OTLP span processor",
        twice: Some("a second exporter to the same place sends every span twice: remove it"),
    },
    Part {
        call: "instrument_app",
        added: "the Flask instrumentation",
        twice: None,
    },
    Part {
        call: "XRayMiddleware",
        added: "X-Ray's middleware",
        twice: Some(
            "a second XRayMiddleware ends the first one's segments, and X-Ray gets none: remove it",
        ),
    },
    Part {
        call: "CloudWatchLogHandler",
        added: "a CloudWatch handler",
        twice: None,
    },
];

impl Survey {
    /// Reads what the back end's Python files say.
    pub fn of(checkout: &Checkout) -> Survey {
        let mut survey = Survey::default();
        for part in &PARTS {
            survey.read_part(part, &checkout.python);
        }
        for file in &checkout.python {
            survey.read_file(file);
        }
        let by_place = |list: &mut Vec<(String, String)>| list.sort_by_key(|(place, _)| key(place));
        by_place(&mut survey.found);
        by_place(&mut survey.by_hand);
        survey
    }

    /// Adds something that is there and stays.
    pub fn found(&mut self, place: &str, text: &str) {
        self.found.push((place.to_string(), text.to_string()));
    }

    /// Adds something that the user is to look at.
    pub fn warn(&mut self, place: &str, text: &str) {
        self.by_hand.push((place.to_string(), text.to_string()));
    }

    /// Adds something that the compose override puts right.
    pub fn fixed(&mut self, place: &str, text: &str) {
        self.fixed.push((place.to_string(), text.to_string()));
    }

    /// Says that a file was not touched, and what it lacks.
    pub fn left_alone(&mut self, name: &str, lacks: &str) {
        self.left_alone = Some((name.to_string(), lacks.to_string()));
    }

    /// Tells whether the application calls `observe`.
    pub fn is_wired(&self) -> bool {
        self.is_wired
    }

    /// Returns where the application is made.
    pub fn app_place(&self) -> Option<&str> {
        self.app.as_ref().map(|(place, _)| place.as_str())
    }

    /// Returns the variable that has it.
    pub fn app_variable(&self) -> &str {
        self.app.as_ref().map_or("app", |(_, variable)| variable)
    }

    /// Returns all of it in sentences; nothing if there is nothing to say.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut list = |head: &str, all: &[(String, String)]| {
            if !all.is_empty() {
                lines.push(head.to_string());
                lines.extend(all.iter().map(|(place, text)| format!("  {place}: {text}")));
            }
        };
        list("found, and kept:", &self.found);
        list("to be changed by hand:", &self.by_hand);
        list("put right by the compose override:", &self.fixed);
        let is_instrumented = !self.found.is_empty() || !self.by_hand.is_empty();
        if is_instrumented && !self.added.is_empty() {
            let added = self.added.join(", ");
            lines.push(format!(
                "observe({}) adds at the first request: {added}",
                self.app_variable()
            ));
        }
        if let Some((name, lacks)) = &self.left_alone {
            lines.push(format!(
                "{name} is yours and was left as it is; it lacks:\n{lacks}"
            ));
        }
        lines
    }

    fn read_part(&mut self, part: &Part, files: &[Read<Python>]) {
        let mut seen: Vec<(String, &Call)> = Vec::new();
        for file in files {
            for call in file.content.calls_of(part.call) {
                let place = format!("{}:{}", file.name, call.line);
                // Another file may be another application, or an old one.
                let is_same = |known: &&(String, &Call)| {
                    let name = known.0.rsplit_once(':').map(|(name, _)| name);
                    name == Some(file.name.as_str())
                        && bare(&known.1.arguments) == bare(&call.arguments)
                };
                match (part.twice, seen.iter().find(is_same)) {
                    // Within a function or a condition, only one of them may run.
                    (Some(twice), Some((first, _))) => {
                        let if_both = if call.is_indented {
                            "if both run, "
                        } else {
                            ""
                        };
                        self.warn(
                            &place,
                            &format!("{if_both}{twice} (the first is at {first})"),
                        );
                    }
                    _ => self.found(&place, &described(part.call, call)),
                }
                seen.push((place, call));
            }
        }
        if seen.is_empty() {
            self.added.push(part.added);
        }
    }

    fn read_file(&mut self, file: &Read<Python>) {
        let place = |line: usize| format!("{}:{line}", file.name);
        let python = &file.content;
        for call in python.calls_of("Flask") {
            let is_first = self.app.is_none();
            if let (Some(variable), true) = (&call.target, is_first) {
                self.app = Some((place(call.line), variable.clone()));
            }
        }
        let is_ours = |name: &str| name == "observe" || name.ends_with("observability.observe");
        self.is_wired |= python.calls.iter().any(|call| is_ours(&call.name));
        for assigned in &python.assignments {
            let target = assigned.target.rsplit('.').next().unwrap_or_default();
            if target == "XRayMiddleware" {
                self.warn(
                    &place(assigned.line),
                    &format!(
                        "`XRayMiddleware = {}` is an assignment and installs nothing: remove it, observe() makes the call",
                        assigned.value
                    ),
                );
            }
        }
        for call in python.calls_of("begin_segment") {
            self.warn(
                &place(call.line),
                "within a request begin_segment takes the place of the middleware's segment: use begin_subsegment; until then observe() makes a subsegment of it",
            );
        }
        for call in python.calls_of("configure") {
            let naming = call.argument("dynamic_naming").filter(|it| *it != "None");
            if let (Some(naming), true) = (naming, call.name.contains("xray_recorder")) {
                self.warn(
                    &place(call.line),
                    &format!("dynamic_naming={naming} names segments after the Host header where that matches: a rule or group that names the service does not match those"),
                );
            }
        }
        for decorator in &python.decorators {
            if decorator.name.ends_with(".before_first_request") {
                self.warn(
                    &place(decorator.line),
                    "before_first_request is gone since Flask 2.3, and this file ends in an error with it: call the function where the application is made",
                );
            }
        }
        for (module, line) in &python.imports {
            if module.starts_with("aws_xray_sdk.core.ext") {
                self.warn(
                    &place(*line),
                    &format!(
                        "there is no module {module}: write {}",
                        module.replace(".core.ext", ".ext")
                    ),
                );
            }
        }
    }
}

// Blanks within brackets mean nothing.
fn bare(arguments: &str) -> String {
    arguments.split_whitespace().collect()
}

fn described(name: &str, call: &Call) -> String {
    let group = call
        .argument("log_group_name")
        .or_else(|| call.argument("log_group"))
        .map(|group| group.trim_matches(['"', '\'']));
    match group {
        Some(group) if name == "CloudWatchLogHandler" && group != "cruddur" => {
            format!("{name}, log group {group}: `cruddurctl` looks there with --log-group {group}")
        }
        _ => name.to_string(),
    }
}

fn key(place: &str) -> (String, usize) {
    let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
    (file.to_string(), line.parse().unwrap_or_default())
}
