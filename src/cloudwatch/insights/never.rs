//! Conditions that no event can pass, whatever is in it: `a = 1 and a = 2`, `strlen(a) < 0`.
//!
//! The service takes them and finds nothing; so they are answered, and it is said why. What is not sure is not said.

use std::cmp::Ordering;

use super::catalogue::{Kind, function};
use super::tree::{Command, Expression, Item, Node, Operator, PlacedCommand};
use super::value::Value;

/// The most conditions that are compared with each other.
const MAX_CONDITIONS: usize = 100;
/// A time in seconds is below this, and one in milliseconds above, since 1973.
const LEAST_MS: f64 = 1e11;

/// Returns what is to be said of the conditions of a query that never hold.
pub(super) fn notes(commands: &[PlacedCommand]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut together: Vec<&Expression> = Vec::new();
    let is_plain = |items: &[Item]| items.iter().all(|item| item.name.is_none());
    for placed in commands {
        match &placed.command {
            Command::Filter(condition) => {
                each_note(condition, &mut notes);
                add_parts(condition, &mut together);
            }
            // After these a name means what it meant before.
            Command::Sort(keys) if keys.iter().all(|(item, _)| item.name.is_none()) => {}
            Command::Fields(items) | Command::Display(items) if is_plain(items) => {}
            Command::Limit(_) => {}
            _ => {
                notes.extend(clash(&together));
                together.clear();
            }
        }
    }
    notes.extend(clash(&together));
    notes.dedup();
    notes
}

fn add_parts<'e>(condition: &'e Expression, parts: &mut Vec<&'e Expression>) {
    match &condition.node {
        Node::All(all) => all.iter().for_each(|it| add_parts(it, parts)),
        _ => parts.push(condition),
    }
}

// What is odd about a condition by itself, and about those inside of it.
fn each_note(condition: &Expression, notes: &mut Vec<String>) {
    match &condition.node {
        Node::Any(list) => {
            for it in list {
                if let Node::All(all) = &it.node {
                    notes.extend(clash(&all.iter().collect::<Vec<_>>()));
                }
                each_note(it, notes);
            }
        }
        Node::All(list) => list.iter().for_each(|it| each_note(it, notes)),
        Node::Not(of) => each_note(of, notes),
        Node::Field(ident) if ident.is("false") => {
            notes.push("no event passes the condition false".to_string());
        }
        Node::Binary(operator, a, b) => {
            let sides = [(a, *operator, b), (b, turned(*operator), a)];
            for (of, operator, other) in sides {
                notes.extend(compared(condition, of, operator, other));
            }
        }
        _ => {}
    }
}

fn compared(
    condition: &Expression,
    of: &Expression,
    operator: Operator,
    other: &Expression,
) -> Option<String> {
    let shown = shown(condition);
    let name = of.field().map(|it| it.name.as_str());
    let is_time = matches!(name, Some("@timestamp" | "@ingestionTime"))
        || matches!(&of.node, Node::Call { name, .. } if name.eq_ignore_ascii_case("toMillis"));
    if is_time && operator.is_comparison() && is_in_seconds(other) {
        return Some(format!(
            "{shown}: times are milliseconds, and now() gives seconds: write now() * 1000"
        ));
    }
    let value = constant(other)?;
    let number = value.number();
    if is_time && operator.is_comparison() && number.is_some_and(|it| it > 0.0 && it < LEAST_MS) {
        return Some(format!(
            "{shown}: times are milliseconds since 1970, so that this is one before 1974: multiply seconds by 1000"
        ));
    }
    if name == Some("@log") && operator == Operator::Equal {
        let is_whole = matches!(&value, Value::Text(text) if text.contains(':'));
        return (!is_whole).then(|| {
            format!("{shown} never holds: @log is account:group, as in @log like /group$/")
        });
    }
    let (least, most) = range(of)?;
    let number = number?;
    let never = match operator {
        Operator::Equal => number < least || number > most,
        Operator::Less => number <= least,
        Operator::LessOrEqual => number < least,
        Operator::Greater => number >= most,
        Operator::GreaterOrEqual => number > most,
        _ => false,
    };
    let of = shown_of(of);
    never.then(|| match most.is_finite() {
        true => format!("{shown} never holds: {of} is from {least} to {most}"),
        false => format!("{shown} never holds: {of} is {least} or more"),
    })
}

// Whether it is now(), or a sum with it; a product is made of it to have milliseconds.
fn is_in_seconds(of: &Expression) -> bool {
    match &of.node {
        Node::Call { name, .. } => name.eq_ignore_ascii_case("now"),
        Node::Binary(Operator::Add | Operator::Subtract, a, b) => {
            is_in_seconds(a) || is_in_seconds(b)
        }
        _ => false,
    }
}

// The least and the most that something can come to.
fn range(of: &Expression) -> Option<(f64, f64)> {
    const COUNTS: [&str; 6] = [
        "strlen",
        "abs",
        "messagesize",
        "jsonarraysize",
        "sqrt",
        "count",
    ];
    match &of.node {
        Node::Call { name, .. } if COUNTS.contains(&&*name.to_ascii_lowercase()) => {
            Some((0.0, f64::INFINITY))
        }
        Node::Call { name, .. } if function(name).is_some_and(|it| it.gives == Kind::Bool) => {
            Some((0.0, 1.0))
        }
        Node::Binary(Operator::Remainder, _, by) => {
            let by = constant(by)?.number()?.abs();
            Some((-by, by))
        }
        _ => None,
    }
}

/// What a condition says of something.
enum Says<'e> {
    /// It is one of these.
    OneOf(Vec<Value<'e>>),
    Unequal(Value<'e>),
    Order(Operator, Value<'e>),
    Present,
    Absent,
    Like(String, bool),
}

fn clash(conditions: &[&Expression]) -> Option<String> {
    let conditions = conditions.iter().take(MAX_CONDITIONS);
    let known: Vec<(&Expression, Option<(String, Says<'_>)>)> =
        conditions.map(|it| (*it, says(it))).collect();
    for (idx, (one, one_says)) in known.iter().enumerate() {
        for (other, other_says) in known.iter().skip(idx + 1) {
            let excludes = match (one_says, other_says) {
                (Some((of, a)), Some((other_of, b))) if of == other_of => {
                    excludes(a, b) || excludes(b, a)
                }
                _ => is_negation(one, other) || is_negation(other, one),
            };
            if excludes {
                return Some(format!(
                    "no event passes both {} and {}",
                    shown(one),
                    shown(other)
                ));
            }
        }
    }
    None
}

fn is_negation(one: &Expression, other: &Expression) -> bool {
    matches!(&one.node, Node::Not(of) if of.canonical() == other.canonical())
}

fn says(condition: &Expression) -> Option<(String, Says<'_>)> {
    match &condition.node {
        Node::Binary(operator, a, b) if operator.is_comparison() => {
            let (of, operator, value) = match (constant(a), constant(b)) {
                (None, Some(value)) => (a, *operator, value),
                (Some(value), None) => (b, turned(*operator), value),
                _ => return None,
            };
            let says = match operator {
                Operator::Equal => Says::OneOf(vec![value]),
                Operator::Unequal => Says::Unequal(value),
                operator => Says::Order(operator, value),
            };
            Some((of.canonical(), says))
        }
        Node::In {
            of,
            list,
            is_negated: false,
        } => {
            let values: Option<Vec<Value<'_>>> = list.iter().map(constant).collect();
            Some((of.canonical(), Says::OneOf(values?)))
        }
        Node::Like {
            of,
            like,
            is_negated,
        } => Some((of.canonical(), Says::Like(like.canonical(), *is_negated))),
        Node::Call {
            name, arguments, ..
        } if name.eq_ignore_ascii_case("ispresent") => {
            Some((arguments.first()?.canonical(), Says::Present))
        }
        Node::Not(of) => match says(of)? {
            (of, Says::Present) => Some((of, Says::Absent)),
            _ => None,
        },
        _ => None,
    }
}

// Whether what the first says of a value makes false what the second says.
fn excludes(one: &Says<'_>, other: &Says<'_>) -> bool {
    let holds = |order: &Operator, ordering: Ordering| match order {
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    };
    match (one, other) {
        (Says::OneOf(ones), Says::OneOf(others)) => !ones
            .iter()
            .any(|one| others.iter().any(|other| may_both_equal(one, other))),
        // What equals a text that is a number may be written in another way.
        (Says::OneOf(ones), Says::Unequal(other)) => ones.iter().all(|one| match (one, other) {
            (Value::Number(one), Value::Number(other)) => one == other,
            (Value::Text(a), Value::Text(b)) => a == b && one.number().is_none(),
            _ => false,
        }),
        (Says::OneOf(ones), Says::Order(order, bound)) => ones.iter().all(|one| {
            // What equals a number may be a text, and texts are in order by their characters.
            if matches!(one, Value::Number(_)) && bound.number().is_none() {
                return false;
            }
            let ordering = one.compare(bound);
            !ordering.is_some_and(|ordering| holds(order, ordering))
        }),
        (Says::Order(low, least), Says::Order(high, most)) => {
            let is_low = matches!(low, Operator::Greater | Operator::GreaterOrEqual);
            let is_high = matches!(high, Operator::Less | Operator::LessOrEqual);
            let both_include = *low == Operator::GreaterOrEqual && *high == Operator::LessOrEqual;
            let (Value::Number(least), Value::Number(most)) = (least, most) else {
                return false;
            };
            is_low && is_high && (least > most || (least == most && !both_include))
        }
        (Says::Absent, Says::OneOf(_) | Says::Order(..) | Says::Present) => true,
        (Says::Absent, Says::Like(_, is_negated)) => !is_negated,
        (Says::Like(one, false), Says::Like(other, true)) => one == other,
        _ => false,
    }
}

fn may_both_equal(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one.number(), other.number()) {
        (Some(one), Some(other)) => one == other,
        _ => one.equals(other),
    }
}

// A number or a text that stands there. `"true"` and `"false"` are no texts alone.
fn constant(of: &Expression) -> Option<Value<'_>> {
    match &of.node {
        Node::Number(number) => Some(Value::Number(*number)),
        Node::Negated(inner) => match inner.node {
            Node::Number(number) => Some(Value::Number(-number)),
            _ => None,
        },
        Node::Text(text) if text != "true" && text != "false" => {
            Some(Value::of_text(text.as_str()))
        }
        _ => None,
    }
}

// The operator that says the same with its sides changed.
fn turned(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        same => same,
    }
}

fn shown(of: &Expression) -> String {
    format!("`{}`", shown_of(of))
}

// Without the parentheses around all of it.
fn shown_of(of: &Expression) -> String {
    let text = of.canonical();
    let inner = text.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    inner.map(str::to_string).unwrap_or(text)
}
