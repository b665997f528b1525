//! From what is written as an expression to one that can be evaluated: names, numbers of arguments, kinds of values.

use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};

use super::QueryError;
use super::catalogue::Kind;
use super::expression::{Expr, Times};
use super::parse::Parsed;
use super::period::Period;
use super::plan::Planner;
use super::scope::{error, resolve, unknown};
use super::tree::{Expression, Node, Operator, Place};
use super::value::Value;

/// The most bytes of a compiled expression.
const REGEX_MAX_BYTES: usize = 1 << 20;

impl Planner {
    /// Returns an expression that can be evaluated, and the kind of its values.
    pub(super) fn expression(&mut self, of: &Expression) -> Parsed<(Expr, Kind)> {
        if let Some(known) = self.by_text(of) {
            return Ok(known);
        }
        match &of.node {
            Node::Number(number) => Ok((Expr::Constant(Value::Number(*number)), Kind::Number)),
            Node::Text(text) => Ok((Expr::Constant(Value::of_text(text.as_str())), Kind::Text)),
            Node::Regex(_) => Err(error(
                of.place,
                "an expression between slashes stands behind like or =~",
            )),
            Node::Star => Err(error(of.place, "* stands in count(*) alone")),
            Node::Field(ident) => {
                if Period::parse(&ident.name).is_some()
                    && !ident.is_quoted
                    && self.scope.named(&ident.name).is_none()
                {
                    let name = &ident.name;
                    return Err(error(
                        of.place,
                        &format!(
                            "{name} is a period, which stands in bin({name}) and the like: write a number; a field of that name stands in backticks"
                        ),
                    ));
                }
                let is_grouped =
                    self.of_events.is_some() && self.scope.named(&ident.name).is_none();
                if is_grouped && resolve(&self.scope, &mut self.slots, ident, of.place).is_err() {
                    let has_events = self.of_events.as_ref().is_some_and(|it| it.has_events);
                    let is_there = has_events
                        || self
                            .of_events
                            .as_ref()
                            .is_some_and(|it| it.named(&ident.name).is_some());
                    let name = &ident.name;
                    return Err(match is_there {
                        true => error(
                            of.place,
                            &format!(
                                "{name} is neither in an aggregate nor behind by: write max({name}), latest({name}) or by {name}"
                            ),
                        ),
                        false => unknown(&self.scope, name, of.place),
                    });
                }
                resolve(&self.scope, &mut self.slots, ident, of.place)
            }
            Node::Negated(inner) => {
                let (expr, kind) = self.expression(inner)?;
                check_number(inner, &expr, kind)?;
                Ok((Expr::Negated(Box::new(expr)), Kind::Number))
            }
            Node::Not(inner) => {
                let condition = self.condition(inner)?;
                Ok((Expr::Not(Box::new(condition)), Kind::Bool))
            }
            Node::All(list) => Ok((Expr::All(self.conditions(list)?), Kind::Bool)),
            Node::Any(list) => Ok((Expr::Any(self.conditions(list)?), Kind::Bool)),
            Node::Binary(operator, a, b) => self.binary(*operator, a, b, of.place),
            Node::Like {
                of,
                like,
                is_negated,
            } => self.like(of, like, *is_negated),
            Node::In {
                of: value,
                list,
                is_negated,
            } => {
                let (expr, kind) = self.expression(value)?;
                let mut values = Vec::new();
                for it in list {
                    let (other, other_kind) = self.expression(it)?;
                    self.check_compared((value, &expr, kind), (it, &other, other_kind))?;
                    values.push(other);
                }
                Ok((
                    negated(Expr::In(Box::new(expr), values), *is_negated),
                    Kind::Bool,
                ))
            }
            Node::Call {
                name,
                name_place,
                arguments,
            } => self.call(name, *name_place, arguments, of.place),
        }
    }

    /// Returns a condition.
    pub(super) fn condition(&mut self, of: &Expression) -> Parsed<Expr> {
        let (expr, kind) = self.expression(of)?;
        if kind == Kind::Bool {
            return Ok(expr);
        }
        let what = match of.field() {
            Some(ident) => {
                let name = &ident.name;
                format!("a condition is expected here: write {name} = 1, or ispresent({name})")
            }
            None => "a condition is expected here: compare it with something".to_string(),
        };
        Err(error(of.place, &what))
    }

    fn conditions(&mut self, list: &[Expression]) -> Parsed<Vec<Expr>> {
        list.iter().map(|it| self.condition(it)).collect()
    }

    // A column that an earlier command has made and that is called by its own text, such as `count(*)`.
    fn by_text(&self, of: &Expression) -> Option<(Expr, Kind)> {
        if matches!(of.node, Node::Field(_) | Node::Number(_) | Node::Text(_)) {
            return None;
        }
        let mut names = self
            .scope
            .names
            .iter()
            .rev()
            .filter(|it| !it.canonical.is_empty())
            .peekable();
        names.peek()?;
        let canonical = of.canonical();
        let known = names.find(|known| known.canonical == canonical)?;
        Some((Expr::Slot(known.slot), known.kind))
    }

    fn binary(
        &mut self,
        operator: Operator,
        a: &Expression,
        b: &Expression,
        place: Place,
    ) -> Parsed<(Expr, Kind)> {
        let (left, left_kind) = self.expression(a)?;
        let (right, right_kind) = self.expression(b)?;
        let kind = match operator.is_comparison() {
            true => {
                self.check_compared((a, &left, left_kind), (b, &right, right_kind))?;
                Kind::Bool
            }
            false => {
                check_number(a, &left, left_kind)?;
                check_number(b, &right, right_kind)?;
                Kind::Number
            }
        };
        let is_division = matches!(operator, Operator::Divide | Operator::Remainder);
        let is_zero = |by: &Expr| {
            by.reads().is_empty()
                && !by.asks_time()
                && by.value(&[], &Times::default()).number() == Some(0.0)
        };
        if is_division && is_zero(&right) {
            return Err(error(place, "nothing can be divided by 0"));
        }
        Ok((
            Expr::Binary(operator, Box::new(left), Box::new(right)),
            kind,
        ))
    }

    // Refuses what could never hold, or always would.
    fn check_compared(
        &mut self,
        (a, left, left_kind): (&Expression, &Expr, Kind),
        (b, right, right_kind): (&Expression, &Expr, Kind),
    ) -> Parsed<()> {
        if let (Expr::Constant(_), Expr::Constant(_)) = (left, right) {
            let both = Place {
                start: a.place.start,
                end: b.place.end,
            };
            return Err(error(
                both,
                "both sides are constants: a field is named without quotes, or in backticks",
            ));
        }
        for (kind, constant, other) in [(left_kind, right, b), (right_kind, left, a)] {
            let Expr::Constant(value @ (Value::Text(_) | Value::Bool(_))) = constant else {
                continue;
            };
            let what = match (kind, value) {
                (Kind::Time, Value::Text(_)) if value.number().is_none() => {
                    "times are compared as milliseconds: use toMillis(@timestamp), or formatDate(@timestamp, \"%Y-%m-%d\")"
                }
                (Kind::Number, Value::Text(_)) if value.number().is_none() => {
                    "the other side is a number, which this text never is"
                }
                (Kind::Bool, Value::Text(text))
                    if !["true", "false", "1", "0"].contains(&&**text) =>
                {
                    "the other side is true or false"
                }
                _ => continue,
            };
            return Err(error(other.place, what));
        }
        if left_kind == Kind::Structure || right_kind == Kind::Structure {
            let what = "a map or a list equals nothing: name what is in it, such as j.name";
            self.notes.push(what.to_string());
        }
        Ok(())
    }

    fn like(
        &mut self,
        of: &Expression,
        like: &Expression,
        is_negated: bool,
    ) -> Parsed<(Expr, Kind)> {
        let (expr, kind) = self.expression(of)?;
        if matches!(expr, Expr::Constant(_)) {
            return Err(error(
                of.place,
                "a field is expected here, without quotes, or in backticks",
            ));
        }
        if kind == Kind::Time {
            let what = "a time has no text in a condition: use formatDate(@timestamp, \"%Y-%m-%d %H:%M\") like …";
            return Err(error(of.place, what));
        }
        let of = Box::new(expr);
        let expr = match &like.node {
            Node::Regex(text) => Expr::Fits(of, regex(text, like.place)?),
            Node::Text(text) => {
                if text.starts_with('%') || text.ends_with('%') {
                    self.notes.push(format!(
                        "like \"{text}\" looks for the percent sign itself: a text is found anywhere without one"
                    ));
                }
                if text.len() > 1 && (text.starts_with('*') || text.ends_with('*')) {
                    self.notes.push(format!(
                        "like \"{text}\" looks for the star itself: a text is found anywhere without one"
                    ));
                }
                Expr::Contains(of, Box::new(Finder::new(text).into_owned()))
            }
            _ => return Err(error(like.place, "a text or an expression is expected")),
        };
        Ok((negated(expr, is_negated), Kind::Bool))
    }

    /// Reads a period.
    pub(super) fn period(&self, of: Option<&Expression>, place: Place) -> Parsed<Period> {
        let place = of.map_or(place, |it| it.place);
        let period = of
            .and_then(Expression::field)
            .and_then(|it| Period::parse(&it.name));
        period.ok_or_else(|| {
            error(
                place,
                "a period such as 30s, 5m, 1h or 1d is expected here, without quotes",
            )
        })
    }
}

/// Compiles an expression.
pub(super) fn regex(text: &str, place: Place) -> Parsed<Regex> {
    let regex = RegexBuilder::new(text)
        .size_limit(REGEX_MAX_BYTES)
        .dfa_size_limit(REGEX_MAX_BYTES)
        .build();
    regex.map_err(|failure| {
        let text = failure.to_string();
        let last = text.lines().last().unwrap_or_default();
        let what = last.trim_start_matches("error: ");
        error(place, &format!("this is no regular expression: {what}"))
    })
}

/// Refuses a text or a map where a number is computed with.
pub(super) fn check_number(of: &Expression, expr: &Expr, kind: Kind) -> Result<(), QueryError> {
    match expr {
        Expr::Constant(value @ Value::Text(_)) if value.number().is_none() => Err(error(
            of.place,
            "a number is expected here; concat(a, b) joins texts",
        )),
        _ if kind == Kind::Structure => Err(error(
            of.place,
            "a map or a list is no number: name what is in it, such as j.size",
        )),
        _ => Ok(()),
    }
}

pub(super) fn common(kinds: Option<&[Kind]>) -> Kind {
    match kinds.and_then(<[Kind]>::split_first) {
        Some((first, rest)) if rest.iter().all(|it| it == first) => *first,
        _ => Kind::Any,
    }
}

fn negated(expr: Expr, is_negated: bool) -> Expr {
    match is_negated {
        true => Expr::Not(Box::new(expr)),
        false => expr,
    }
}
