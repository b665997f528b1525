//! From what is written as an expression to one that can be evaluated: names, numbers of arguments, kinds of values.

use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};

use super::QueryError;
use super::catalogue::{
    AGGREGATES, Function, Kind, Param, Work, aggregate_named, function, nearest,
};
use super::expression::{Expr, Times};
use super::functions::FUNCTIONS;
use super::functions_address::Subnet;
use super::functions_time::{is_strftime, strptime_of, zone_named};
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

    fn call(
        &mut self,
        name: &str,
        name_place: Place,
        arguments: &[Expression],
        place: Place,
    ) -> Parsed<(Expr, Kind)> {
        if let Some(entry) = aggregate_named(name) {
            return match self.of_events {
                Some(_) => self.aggregate(entry, arguments, place),
                None => Err(error(
                    place,
                    &format!(
                        "{name}(…) is an aggregate, which stands in stats: stats {name}(…) as n by …"
                    ),
                )),
            };
        }
        let Some(function) = function(name) else {
            let known = FUNCTIONS.iter().copied().flatten().map(|it| it.name);
            let known = known.chain(AGGREGATES.iter().map(|it| it.name));
            let advice = match (name.to_ascii_lowercase().as_str(), nearest(name, known)) {
                ("upper" | "uppercase", _) => "use toupper".to_string(),
                ("lower" | "lowercase", _) => "use tolower".to_string(),
                ("length" | "len", _) => "use strlen".to_string(),
                ("median", _) => "use pct(f, 50)".to_string(),
                ("exists" | "isnotnull", _) => "use ispresent".to_string(),
                ("isnull", _) => "use not ispresent(f)".to_string(),
                ("contains", _) => "use strcontains, or f like \"text\"".to_string(),
                ("mean" | "average", _) => "use avg".to_string(),
                ("pow" | "power", _) => "use a ^ b".to_string(),
                ("distinct", _) => "use count_distinct(f), or dedup f".to_string(),
                ("first", _) => "use earliest, or sortsFirst".to_string(),
                ("last", _) => "use latest, or sortsLast".to_string(),
                ("int", _) => "use toInt".to_string(),
                (_, Some(nearest)) => format!("did you mean {nearest}?"),
                _ => "docs/semantics.md lists all of them".to_string(),
            };
            return Err(error(
                name_place,
                &format!("there is no function {name}: {advice}"),
            ));
        };
        let n = arguments.len();
        let most = function.params.len() + function.n_more;
        if n < function.n_required || n > most {
            let takes = match (function.n_required, most) {
                (least, most) if least == most => format!("{least}"),
                (least, most) if most < 30 => format!("{least} to {most}"),
                (least, _) => format!("at least {least}"),
            };
            let hint = match function.work {
                Work::Bin if n == 2 => "; of another time, use datefloor(t, 5m)",
                _ => "",
            };
            return Err(error(
                place,
                &format!(
                    "{} takes {takes} argument{}, not {n}: {}{hint}",
                    function.name,
                    if takes == "1" { "" } else { "s" },
                    function.form
                ),
            ));
        }
        self.call_of(function, arguments, place)
    }

    fn call_of(
        &mut self,
        function: &'static Function,
        arguments: &[Expression],
        place: Place,
    ) -> Parsed<(Expr, Kind)> {
        match function.work {
            Work::Bin => {
                let period = self.period(arguments.first(), place)?;
                if let Some(text) = arguments.first().map(Expression::canonical)
                    && text.ends_with('M')
                {
                    self.notes.push(format!(
                        "bin({text}) is in minutes, which are written {}; months are mo",
                        text.to_lowercase()
                    ));
                }
                let capped = period.capped();
                if capped != period {
                    let text = arguments
                        .first()
                        .map(Expression::canonical)
                        .unwrap_or_default();
                    self.notes.push(format!(
                        "bin({text}) is cut down to the most of its unit, {} s: write it in the next larger unit, such as bin(5m)",
                        capped.length_ms() as f64 / 1_000.0
                    ));
                }
                let ident = super::token::Ident::of("@timestamp");
                let (time, _) = resolve(&self.scope, &mut self.slots, &ident, place)?;
                return Ok((Expr::Floor(Box::new(time), capped, false), Kind::Time));
            }
            Work::DateFloor | Work::DateCeil => {
                let is_ceil = matches!(function.work, Work::DateCeil);
                let time = self.argument(function, 0, arguments)?.0;
                let period = self.period(arguments.get(1), place)?;
                return Ok((Expr::Floor(Box::new(time), period, is_ceil), Kind::Time));
            }
            Work::RegexReplace => {
                let of = Box::new(self.argument(function, 0, arguments)?.0);
                let with = Box::new(self.argument(function, 2, arguments)?.0);
                let regex = match arguments.get(1).map(|it| (&it.node, it.place)) {
                    Some((Node::Regex(text) | Node::Text(text), place)) => regex(text, place)?,
                    _ => {
                        return Err(error(
                            place,
                            "an expression such as /a+/ is expected as the second",
                        ));
                    }
                };
                return Ok((Expr::RegexReplace(of, regex, with), Kind::Text));
            }
            Work::Pure(_) => {}
        }
        let mut exprs = Vec::new();
        let mut kinds = Vec::new();
        for idx in 0..arguments.len() {
            let (expr, kind) = self.argument(function, idx, arguments)?;
            exprs.push(expr);
            kinds.push(kind);
        }
        let kind = match function.name {
            "if" => common(kinds.get(1..)),
            "coalesce" => common(Some(&kinds)),
            "case" => {
                let last = arguments.len() - 1;
                let is_value = |idx: usize| idx % 2 == 1 || (idx == last && idx.is_multiple_of(2));
                let kinds = kinds.iter().enumerate().filter(|(idx, _)| is_value(*idx));
                common(Some(&kinds.map(|(_, kind)| *kind).collect::<Vec<Kind>>()))
            }
            "unmask" => kinds.first().copied().unwrap_or(Kind::Any),
            _ => function.gives,
        };
        let Work::Pure(pure) = function.work else {
            return Err(error(place, "this function is not worked out"));
        };
        let constants: Option<Vec<Value<'_>>> = exprs.iter().map(constant).collect();
        if let Some(constants) = constants.filter(|it| !it.is_empty())
            && pure(&constants, &Times::default()).is_null()
        {
            let call = Node::Call {
                name: function.name.to_string(),
                name_place: place,
                arguments: arguments.to_vec(),
            };
            let text = Expression { node: call, place }.canonical();
            self.notes
                .push(format!("`{text}` has no value, whatever the event"));
        }
        check_places(function, &exprs, arguments)?;
        Ok((Expr::Call(pure, exprs), kind))
    }

    fn argument(
        &mut self,
        function: &Function,
        idx: usize,
        arguments: &[Expression],
    ) -> Parsed<(Expr, Kind)> {
        let Some(of) = arguments.get(idx) else {
            return Err(error(Place::default(), "an argument is missing"));
        };
        let param = match function.params {
            // `case`: conditions and values by turns, and what holds else.
            [condition, value] if function.n_more > 0 => {
                let is_otherwise = idx.is_multiple_of(2) && idx + 1 == arguments.len();
                if idx % 2 == 1 || is_otherwise {
                    *value
                } else {
                    *condition
                }
            }
            params => *params.get(idx).or(params.last()).unwrap_or(&Param::Any),
        };
        if param == Param::Condition {
            return Ok((self.condition(of)?, Kind::Bool));
        }
        let (expr, kind) = self.expression(of)?;
        let of_field = ["ispresent", "isempty", "isblank", "coalesce", "isNumeric"];
        if idx == 0 && matches!(expr, Expr::Constant(_)) && of_field.contains(&function.name) {
            return Err(error(
                of.place,
                "a field is expected here, without quotes, or in backticks",
            ));
        }
        let constant = match &expr {
            Expr::Constant(Value::Text(text)) => Some(text.to_string()),
            _ => None,
        };
        let what = match (param, &constant) {
            (Param::Number, Some(text)) if Value::of_text(text.as_str()).number().is_none() => {
                "a number is expected here"
            }
            (Param::Time, Some(_)) => "a time is expected here, such as @timestamp",
            (Param::JavaFormat, Some(text)) if strptime_of(text).is_none() => {
                "a format such as yyyy-MM-dd'T'HH:mm:ss.SSSXXX is expected here"
            }
            (Param::Strftime, Some(text)) if !is_strftime(text) || !text.contains('%') => {
                "a format such as %Y-%m-%d %H:%M:%S is expected here"
            }
            (Param::Zone, Some(text)) if zone_named(text).is_none() => {
                "a zone such as UTC or Europe/Berlin is expected here"
            }
            (Param::Subnet, Some(text)) => match (Subnet::parse(text), function.name) {
                (None, _) => "a network such as 10.0.0.0/8 is expected here",
                (Some(it), "isIpv4InSubnet") if !it.is_v4() => {
                    "no address of IPv4 is in a network of IPv6: use isIpv6InSubnet"
                }
                (Some(it), "isIpv6InSubnet") if it.is_v4() => {
                    "no address of IPv6 is in a network of IPv4: use isIpv4InSubnet"
                }
                _ => "",
            },
            _ => "",
        };
        match what.is_empty() {
            true => Ok((expr, kind)),
            false => Err(error(of.place, what)),
        }
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

// Refuses places in a text that there are not.
fn check_places(function: &Function, exprs: &[Expr], arguments: &[Expression]) -> Parsed<()> {
    if function.name != "substr" {
        return Ok(());
    }
    for (expr, argument) in exprs.iter().zip(arguments).skip(1) {
        let number = constant(expr).and_then(|it| it.number());
        if number.is_some_and(|it| it < 0.0 || it.fract() != 0.0) {
            let what = "a whole number is expected here; characters count from 0";
            return Err(error(argument.place, what));
        }
    }
    Ok(())
}

// A number or a text that stands there, a negative one too.
fn constant(expr: &Expr) -> Option<Value<'_>> {
    match expr {
        Expr::Constant(value) => Some(value.clone()),
        Expr::Negated(of) => match &**of {
            Expr::Constant(Value::Number(number)) => Some(Value::Number(-number)),
            _ => None,
        },
        _ => None,
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

fn common(kinds: Option<&[Kind]>) -> Kind {
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
