//! Checks a request against the limits of the service's model, before its operation sees it.
//!
//! The service finds all that is wrong at once, and says it in one sentence: `2 validation errors detected: …; …`.
//! A value that is not of the pattern of its member is not repeated (recorded in 2026; it was before).

use serde_json::{Map, Value};

use super::server_model::OPERATIONS;
use super::server_refusal::Refusal;
use super::wire::NAME_MAX_CHARS;

/// A member of a request.
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there; `null` is as good as absent.
    pub is_required: bool,
    /// What it should be.
    pub form: Form,
}

/// What a member should be.
pub enum Form {
    /// A text.
    Text(&'static Text),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Number {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// True or false.
    Flag,
    /// Some values of one form.
    List {
        /// How many at least.
        least: usize,
        /// How many at most.
        most: usize,
        /// Their form.
        of: &'static Form,
    },
    /// Texts by name.
    Map {
        /// How many at least.
        least: usize,
        /// How many at most.
        most: usize,
        /// What names should be.
        key: &'static Text,
        /// What texts should be.
        value: &'static Text,
    },
    /// Members of its own.
    Object(&'static [Member]),
}

/// What a text should be.
pub struct Text {
    /// How many characters at least.
    pub least: usize,
    /// How many characters at most.
    pub most: usize,
    /// Which characters.
    pub pattern: Option<&'static Pattern>,
}

/// A regular expression of the model.
pub struct Pattern {
    /// As the model has it.
    pub text: &'static str,
    /// Whether it matches the whole of a text.
    pub fits: fn(&str) -> bool,
}

/// Checks the request of an operation.
///
/// # Errors
/// `Validation` with all that is wrong, `NameTooLong`, which the service says in other words, and `WrongKind` for
/// what is not read at all.
pub fn check(operation: &str, request: &Value) -> Result<(), Refusal> {
    let found = OPERATIONS.iter().find(|(name, _)| *name == operation);
    match (found, request) {
        (Some((_, members)), Value::Object(request)) => check_members(members, request),
        _ => Ok(()),
    }
}

/// Checks some members of a request.
///
/// # Errors
/// As there.
pub fn check_members(members: &[Member], request: &Map<String, Value>) -> Result<(), Refusal> {
    // What is of another kind is not read at all, so that it comes before all limits.
    if let Some((member, kind)) = wrong_kind(members, request, "") {
        return Err(Refusal::WrongKind { member, kind });
    }
    let names = ["logGroupName", "logStreamName"];
    let is_too_long = |name: &&str| {
        let value = request.get(*name).and_then(Value::as_str);
        value.is_some_and(|value| value.chars().count() > NAME_MAX_CHARS)
    };
    let is_member = |name: &&str| members.iter().any(|member| member.name == *name);
    if names
        .iter()
        .any(|name| is_member(name) && is_too_long(name))
    {
        return Err(Refusal::NameTooLong);
    }
    let mut errors = Vec::new();
    find_errors(members, request, "", &mut errors);
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Validation { errors })
    }
}

// Returns the first member that is of another kind than the model has it, and the kind that it has.
fn wrong_kind(
    members: &[Member],
    request: &Map<String, Value>,
    within: &str,
) -> Option<(String, &'static str)> {
    members.iter().find_map(|member| {
        let value = request.get(member.name)?;
        let path = format!("{within}{}", member.name);
        member.form.wrong_kind(value, path)
    })
}

fn find_errors(
    members: &[Member],
    request: &Map<String, Value>,
    within: &str,
    errors: &mut Vec<String>,
) {
    for member in members {
        let path = format!("{within}{}", member.name);
        match request.get(member.name) {
            None | Some(Value::Null) if member.is_required => {
                errors.push(format!(
                    "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                ));
            }
            None | Some(Value::Null) => {}
            Some(value) => member.form.find_errors(value, &path, errors),
        }
    }
}

impl Form {
    fn wrong_kind(&self, value: &Value, path: String) -> Option<(String, &'static str)> {
        let (is_it, kind) = match self {
            Form::Text(_) | Form::OneOf(_) => (value.is_string(), "a text"),
            Form::Number { .. } => (value.as_i64().is_some(), "a whole number of 64 bits"),
            Form::Flag => (value.is_boolean(), "true or false"),
            Form::List { .. } => (value.is_array(), "a list"),
            Form::Map { .. } | Form::Object(_) => (value.is_object(), "an object"),
        };
        // `null` is as good as absent, and among others a fault of another sort.
        if !is_it && !value.is_null() {
            return Some((path, kind));
        }
        match (self, value) {
            (Form::List { of, .. }, Value::Array(values)) => {
                let mut values = values.iter().enumerate();
                values.find_map(|(idx, it)| of.wrong_kind(it, format!("{path}.{}.member", idx + 1)))
            }
            (Form::Map { .. }, Value::Object(entries)) => {
                let mut entries = entries.iter();
                let is_text = |value: &Value| value.is_string() || value.is_null();
                let (name, _) = entries.find(|(_, value)| !is_text(value))?;
                Some((format!("{path}.{name}"), "a text"))
            }
            (Form::Object(members), Value::Object(value)) => {
                wrong_kind(members, value, &format!("{path}."))
            }
            _ => None,
        }
    }

    fn find_errors(&self, value: &Value, path: &str, errors: &mut Vec<String>) {
        let mut fail = |shown: Option<String>, constraint: String| {
            let shown = shown.map(|value| format!(" '{value}'")).unwrap_or_default();
            errors.push(format!(
                "Value{shown} at '{path}' failed to satisfy constraint: {constraint}"
            ));
        };
        match (self, value) {
            (Form::Text(text), Value::String(value)) => {
                if let Some(constraint) = text.pattern_failed(value) {
                    fail(None, constraint);
                }
                if let Some(constraint) =
                    length_failed(value.chars().count(), text.least, text.most)
                {
                    fail(Some(value.clone()), constraint);
                }
            }
            (Form::OneOf(allowed), Value::String(value)) if !allowed.contains(&value.as_str()) => {
                fail(Some(value.clone()), enum_constraint(allowed));
            }
            (Form::Number { least, most }, Value::Number(number)) => {
                let Some(number) = number.as_i64() else {
                    return;
                };
                let (side, bound) = match number {
                    number if number < *least => ("greater", least),
                    number if number > *most => ("less", most),
                    _ => return,
                };
                let constraint = format!("Member must have value {side} than or equal to {bound}");
                fail(Some(number.to_string()), constraint);
            }
            (Form::List { least, most, of }, Value::Array(values)) => {
                if let Some(constraint) = length_failed(values.len(), *least, *most) {
                    fail(Some(shown(value)), constraint);
                }
                of.find_element_errors(values, path, errors);
            }
            (
                Form::Map {
                    least,
                    most,
                    key,
                    value: text,
                },
                Value::Object(entries),
            ) => {
                if let Some(constraint) = length_failed(entries.len(), *least, *most) {
                    fail(Some(shown(value)), constraint);
                }
                if entries.keys().any(|name| !key.fits(name)) {
                    let constraint = format!("Map keys must satisfy constraint: [{}]", key.words());
                    fail(None, constraint);
                }
                let values = entries.values().filter_map(Value::as_str);
                if values.into_iter().any(|value| !text.fits(value)) {
                    let constraint =
                        format!("Map value must satisfy constraint: [{}]", text.words());
                    fail(None, constraint);
                }
                if entries.values().any(Value::is_null) {
                    let constraint = "Map value must satisfy constraint: [Member must not be null]";
                    fail(Some(shown(value)), constraint.to_string());
                }
            }
            (Form::Object(members), Value::Object(value)) => {
                find_errors(members, value, &format!("{path}."), errors);
            }
            _ => {}
        }
    }

    fn find_element_errors(&self, values: &[Value], path: &str, errors: &mut Vec<String>) {
        let all = || shown(&Value::Array(values.to_vec()));
        if values.iter().any(Value::is_null) {
            errors.push(format!(
                "Value '{}' at '{path}' failed to satisfy constraint: Member must satisfy constraint: [Member must not be null]",
                all()
            ));
        }
        if let Form::Text(text) = self {
            let mut texts = values.iter().filter_map(Value::as_str);
            if texts.any(|value| !text.fits(value)) {
                let of_pattern = |value: &str| text.pattern_failed(value).is_some();
                let hides = values.iter().filter_map(Value::as_str).any(of_pattern);
                let shown = if hides {
                    String::new()
                } else {
                    format!(" '{}'", all())
                };
                errors.push(format!(
                    "Value{shown} at '{path}' failed to satisfy constraint: Member must satisfy constraint: [{}]",
                    text.words()
                ));
            }
            return;
        }
        for (idx, value) in values.iter().enumerate() {
            self.find_errors(value, &format!("{path}.{}.member", idx + 1), errors);
        }
    }
}

impl Text {
    fn fits(&self, value: &str) -> bool {
        self.pattern_failed(value).is_none()
            && length_failed(value.chars().count(), self.least, self.most).is_none()
    }

    fn pattern_failed(&self, value: &str) -> Option<String> {
        let pattern = self.pattern.filter(|pattern| !(pattern.fits)(value))?;
        let text = pattern.text;
        Some(format!(
            "Member must satisfy regular expression pattern: {text}"
        ))
    }

    // Says all its limits, as the service does where it does not say which one was broken.
    fn words(&self) -> String {
        let mut words = Vec::new();
        if self.most < usize::MAX {
            words.push(format!(
                "Member must have length less than or equal to {}",
                self.most
            ));
        }
        words.push(format!(
            "Member must have length greater than or equal to {}",
            self.least
        ));
        if let Some(pattern) = self.pattern {
            words.push(format!(
                "Member must satisfy regular expression pattern: {}",
                pattern.text
            ));
        }
        words.join(", ")
    }
}

fn length_failed(length: usize, least: usize, most: usize) -> Option<String> {
    let (side, bound) = match length {
        length if length < least => ("greater", least),
        length if length > most => ("less", most),
        _ => return None,
    };
    Some(format!(
        "Member must have length {side} than or equal to {bound}"
    ))
}

fn enum_constraint(allowed: &[&str]) -> String {
    format!(
        "Member must satisfy enum value set: [{}]",
        allowed.join(", ")
    )
}

// Returns a value in the form in which the service writes it: `[a, b]`, `{a=b}`.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(shown).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(name, value)| format!("{name}={}", shown(value)));
            format!("{{{}}}", entries.collect::<Vec<String>>().join(", "))
        }
        other => other.to_string(),
    }
}
