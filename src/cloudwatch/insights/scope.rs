//! What names mean at a place of a query: what commands before it have made, and the fields of events.

use super::QueryError;
use super::catalogue::{Kind, nearest};
use super::discover::{FOREIGN_FIELDS, LAMBDA_FIELDS, LineField, SYSTEM_FIELDS};
use super::expression::Expr;
use super::json_fields::Paths;
use super::steps::{Origin, Slot};
use super::token::Ident;
use super::tree::Place;
use super::value::Value;

/// The most values that a query may name.
const MAX_SLOTS: usize = 1_000;

/// Names, and the slots behind them.
#[derive(Debug, Default, Clone)]
pub struct Scope {
    pub names: Vec<Known>,
    /// Whether the fields of events can be named, as before the first `stats`.
    pub has_events: bool,
}

/// A name that a command has made.
#[derive(Debug, Clone)]
pub struct Known {
    pub name: String,
    /// The expression that it stands for, if it has no other name.
    pub canonical: String,
    pub slot: usize,
    pub kind: Kind,
    /// The field of events that it is another name of.
    pub alias_of: Option<String>,
}

impl Scope {
    /// Returns what is known by a name; the last of a name counts.
    pub fn named(&self, name: &str) -> Option<&Known> {
        self.names.iter().rev().find(|known| known.name == name)
    }
}

/// The slots of a query.
#[derive(Debug, Default)]
pub struct Slots {
    pub slots: Vec<Slot>,
    pub paths: Paths,
}

impl Slots {
    /// Adds a slot.
    pub fn push(&mut self, name: &str, origin: Origin, place: Place) -> Result<usize, QueryError> {
        if self.slots.len() >= MAX_SLOTS {
            return Err(error(place, "the query names too many fields"));
        }
        self.slots.push(Slot {
            name: name.to_string(),
            origin,
        });
        Ok(self.slots.len() - 1)
    }

    /// Returns the slot of a field of events.
    pub fn of_event(&mut self, name: &str, place: Place) -> Result<(usize, Kind), QueryError> {
        let kind = match name {
            "@timestamp" | "@ingestionTime" => Kind::Time,
            "@message" | "@logStream" | "@log" | "@ptr" => Kind::Text,
            _ => Kind::Any,
        };
        let is_it = |slot: &Slot| slot.name == name && slot.origin != Origin::Computed;
        if let Some(slot) = self.slots.iter().position(is_it) {
            return Ok((slot, kind));
        }
        let origin = match name {
            "@timestamp" => Origin::Timestamp,
            "@ingestionTime" => Origin::IngestionTime,
            "@message" => Origin::Message,
            "@logStream" => Origin::LogStream,
            "@log" => Origin::Log,
            "@ptr" => Origin::Pointer,
            _ => self.discovered(name, place)?,
        };
        Ok((self.push(name, origin, place)?, kind))
    }

    fn discovered(&mut self, name: &str, place: Place) -> Result<Origin, QueryError> {
        let line = LineField::named(name);
        let is_foreign = FOREIGN_FIELDS.iter().any(|it| name.starts_with(it));
        match name.strip_prefix('@') {
            // What begins with @ in an event is shown with one more.
            Some(inner) if inner.starts_with('@') => {
                Ok(Origin::Discovered(self.paths.numbers(inner), None))
            }
            Some(_) if line.is_some() || is_foreign => Ok(Origin::Discovered(Vec::new(), line)),
            Some(_) => {
                let known = SYSTEM_FIELDS.iter().chain(&LAMBDA_FIELDS).copied();
                let advice = match nearest(name, known) {
                    Some(nearest) => format!("did you mean {nearest}?"),
                    None => format!("a field of JSON that begins with @ is written @{name}"),
                };
                Err(error(place, &format!("there is no field {name}: {advice}")))
            }
            None => Ok(Origin::Discovered(self.paths.numbers(name), line)),
        }
    }
}

/// Returns what a name means.
pub fn resolve(
    scope: &Scope,
    slots: &mut Slots,
    ident: &Ident,
    place: Place,
) -> Result<(Expr, Kind), QueryError> {
    if let Some(known) = scope.named(&ident.name) {
        return Ok((Expr::Slot(known.slot), known.kind));
    }
    for (word, truth) in [("true", true), ("false", false)] {
        if ident.is(word) {
            return Ok((Expr::Constant(Value::Bool(truth)), Kind::Bool));
        }
    }
    if ident.is("null") {
        return Err(error(
            place,
            "there is no null: use ispresent(f) or not ispresent(f)",
        ));
    }
    // Into a map or a list, of which the longest name counts.
    for n_steps in (1..ident.steps.len()).rev() {
        let (first, rest) = ident.steps.split_at(n_steps);
        let Some(known) = scope.named(&first.join(".")) else {
            continue;
        };
        if let Some(field) = known.alias_of.as_ref().filter(|_| scope.has_events) {
            let (slot, kind) = slots.of_event(&format!("{field}.{}", rest.join(".")), place)?;
            return Ok((Expr::Slot(slot), kind));
        }
        if matches!(known.kind, Kind::Structure | Kind::Any) {
            let of = Box::new(Expr::Slot(known.slot));
            return Ok((Expr::Path(of, rest.to_vec()), Kind::Any));
        }
    }
    if !scope.has_events {
        return Err(unknown(scope, &ident.name, place));
    }
    let (slot, kind) = slots.of_event(&ident.name, place)?;
    Ok((Expr::Slot(slot), kind))
}

/// Refuses a name that the commands before have not left.
pub fn unknown(scope: &Scope, name: &str, place: Place) -> QueryError {
    let names: Vec<&str> = scope
        .names
        .iter()
        .map(|known| known.name.as_str())
        .collect();
    let nearest = nearest(name, names.iter().copied());
    let advice = match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("there is {}", names.join(", ")),
    };
    let time = match name {
        "@timestamp" => "; keep a time with max(@timestamp) as t, and use datefloor(t, 5m)",
        _ => "",
    };
    error(
        place,
        &format!("{name} is gone after the command before: {advice}{time}"),
    )
}

/// Refuses what stands at a place.
pub fn error(place: Place, what: &str) -> QueryError {
    QueryError {
        what: what.to_string(),
        start: place.start,
        end: place.end,
        is_of_stack: false,
    }
}
