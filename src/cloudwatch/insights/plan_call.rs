//! What a call of a function means: its arguments by number and kind.

use super::catalogue::{
    AGGREGATES, Function, Kind, Param, Work, aggregate_named, function, nearest,
};
use super::expression::{Expr, Times};
use super::functions::FUNCTIONS;
use super::functions_address::Subnet;
use super::functions_time::{is_strftime, strptime_of, zone_named};
use super::parse::Parsed;
use super::plan::Planner;
use super::plan_expression::{common, regex};
use super::scope::{error, resolve};
use super::tree::{Expression, Node, Place};
use super::value::Value;

impl Planner {
    pub(super) fn call(
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

    pub(super) fn call_of(
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

    pub(super) fn argument(
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
