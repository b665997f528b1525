//! The functions of the language, in their groups, and those of numbers and of any value.
//!
//! A function of a value that is not there, or of another kind than it takes, gives no value; where the guide says
//! otherwise, the function says so.

use super::catalogue::{Function, Kind, Param, Work};
use super::expression::{Pure, Times};
use super::value::Value;
use super::{functions_address, functions_json, functions_text, functions_time};

/// All functions, group by group.
pub static FUNCTIONS: &[&[Function]] = &[
    GENERAL,
    NUMBERS,
    functions_text::TEXTS,
    functions_text::CODES,
    functions_time::TIMES,
    functions_json::JSON,
    functions_address::ADDRESSES,
];

/// Declares a function whose parameters must all be there.
pub(super) const fn function(
    group: &'static str,
    name: &'static str,
    form: &'static str,
    params: &'static [Param],
    gives: Kind,
    pure: Pure,
) -> Function {
    Function {
        group,
        name,
        aliases: &[],
        form,
        params,
        n_required: params.len(),
        n_more: 0,
        gives,
        work: Work::Pure(pure),
    }
}

/// The most arguments of a function that takes any number.
pub(super) const MANY: usize = 100;

use Param::{Any, Condition, Number, Text};

const GENERAL: &[Function] = &[
    function(
        "general",
        "ispresent",
        "ispresent(f)",
        &[Any],
        Kind::Bool,
        |of, _| Value::Bool(!first(of).is_null()),
    ),
    Function {
        n_more: MANY,
        ..function(
            "general",
            "coalesce",
            "coalesce(a, b, …)",
            &[Any],
            Kind::Any,
            |of, _| {
                let found = of.iter().find(|it| !it.is_null());
                found.cloned().unwrap_or(Value::Null)
            },
        )
    },
    function(
        "general",
        "if",
        "if(condition, a, b)",
        &[Condition, Any, Any],
        Kind::Any,
        |of, _| nth(of, if first(of).is_true() { 1 } else { 2 }),
    ),
    Function {
        // Ten branches and what holds if none does.
        n_more: 19,
        ..function(
            "general",
            "case",
            "case(c1, a, c2, b, …, otherwise)",
            &[Condition, Any],
            Kind::Any,
            case,
        )
    },
    function(
        "general",
        "isNumeric",
        "isNumeric(f)",
        &[Any],
        Kind::Bool,
        |of, _| Value::Bool(first(of).number().is_some()),
    ),
    function(
        "general",
        "messageSize",
        "messageSize(f)",
        &[Text],
        Kind::Number,
        |of, _| {
            first(of)
                .text()
                .map_or(Value::Null, |text| Value::Number(text.len() as f64))
        },
    ),
    function(
        "general",
        "unmask",
        "unmask(f)",
        &[Any],
        Kind::Any,
        |of, _| first(of),
    ),
    function(
        "general",
        "queryStartTime",
        "queryStartTime()",
        &[],
        Kind::Number,
        |_, times| Value::Number(times.start_ms as f64),
    ),
    function(
        "general",
        "queryEndTime",
        "queryEndTime()",
        &[],
        Kind::Number,
        |_, times| Value::Number(times.end_ms as f64),
    ),
    function(
        "general",
        "queryTimeRange",
        "queryTimeRange()",
        &[],
        Kind::Number,
        |_, times| Value::Number(times.end_ms.saturating_sub(times.start_ms) as f64),
    ),
];

const fn number(name: &'static str, form: &'static str, pure: Pure) -> Function {
    function("numbers", name, form, &[Number], Kind::Number, pure)
}

const NUMBERS: &[Function] = &[
    number("abs", "abs(n)", |of, _| computed(of, f64::abs)),
    number("ceil", "ceil(n)", |of, _| computed(of, f64::ceil)),
    number("floor", "floor(n)", |of, _| computed(of, f64::floor)),
    Function {
        n_required: 1,
        ..function(
            "numbers",
            "round",
            "round(n, digits)",
            &[Number, Number],
            Kind::Number,
            round,
        )
    },
    number("sqrt", "sqrt(n)", |of, _| computed(of, f64::sqrt)),
    number("log", "log(n)", |of, _| computed(of, f64::ln)),
    Function {
        n_more: MANY,
        ..number("greatest", "greatest(a, b, …)", |of, _| {
            folded(of, f64::max)
        })
    },
    Function {
        n_more: MANY,
        ..number("least", "least(a, b, …)", |of, _| folded(of, f64::min))
    },
    function(
        "numbers",
        "haversine",
        "haversine(lat1, lon1, lat2, lon2)",
        &[Number; 4],
        Kind::Number,
        haversine,
    ),
    function(
        "numbers",
        "toNumber",
        "toNumber(f)",
        &[Any],
        Kind::Number,
        |of, _| computed(of, |it| it),
    ),
    function(
        "numbers",
        "toDouble",
        "toDouble(f)",
        &[Any],
        Kind::Number,
        |of, _| computed(of, |it| it),
    ),
    function(
        "numbers",
        "toInt",
        "toInt(f)",
        &[Any],
        Kind::Number,
        |of, _| whole(of, f64::from(i32::MIN), f64::from(i32::MAX)),
    ),
    function(
        "numbers",
        "toLong",
        "toLong(f)",
        &[Any],
        Kind::Number,
        |of, _| whole(of, i64::MIN as f64, i64::MAX as f64),
    ),
];

/// Returns the first argument.
pub(super) fn first<'v>(of: &[Value<'v>]) -> Value<'v> {
    nth(of, 0)
}

/// Returns an argument, or no value.
pub(super) fn nth<'v>(of: &[Value<'v>], idx: usize) -> Value<'v> {
    of.get(idx).cloned().unwrap_or(Value::Null)
}

fn computed<'v>(of: &[Value<'v>], compute: fn(f64) -> f64) -> Value<'v> {
    let number = of.first().and_then(Value::number);
    number.map_or(Value::Null, |number| Value::of_number(compute(number)))
}

// What is not there does not count.
fn folded<'v>(of: &[Value<'v>], fold: fn(f64, f64) -> f64) -> Value<'v> {
    let numbers = of.iter().filter_map(Value::number);
    numbers.reduce(fold).map_or(Value::Null, Value::of_number)
}

fn whole<'v>(of: &[Value<'v>], least: f64, most: f64) -> Value<'v> {
    match of.first().and_then(Value::number).map(f64::trunc) {
        Some(number) if (least..=most).contains(&number) => Value::Number(number),
        _ => Value::Null,
    }
}

fn round<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    let digits = match of.get(1) {
        None => Some(0.0),
        Some(digits) => digits.number(),
    };
    match (of.first().and_then(Value::number), digits) {
        (Some(number), Some(digits)) => {
            let scale = 10_f64.powi(digits.clamp(-15.0, 15.0) as i32);
            Value::of_number((number * scale).round() / scale)
        }
        _ => Value::Null,
    }
}

fn case<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    for branch in of.chunks(2) {
        match branch {
            [condition, value] if condition.is_true() => return value.clone(),
            [otherwise] => return otherwise.clone(),
            _ => {}
        }
    }
    Value::Null
}

// Kilometres on a sphere with the mean radius of the Earth.
fn haversine<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    const RADIUS_KM: f64 = 6_371.0;
    let numbers: Option<Vec<f64>> = of.iter().map(Value::number).collect();
    let Some([lat1, lon1, lat2, lon2]) = numbers.as_deref() else {
        return Value::Null;
    };
    let half_sine = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let cosines = lat1.to_radians().cos() * lat2.to_radians().cos();
    let chord = half_sine(*lat1, *lat2) + cosines * half_sine(*lon1, *lon2);
    Value::of_number(2.0 * RADIUS_KM * chord.sqrt().min(1.0).asin())
}
