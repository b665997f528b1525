//! `--latency`, `--errors` and `--break`: what a back end does on purpose.

use std::time::Duration;

use super::duration::parse_short_duration;
use super::question::{nearest, pointed};
use crate::backend::catalogue;
use crate::backend::faults::{FAULTS, Fault};
use crate::backend::pretence::{For, LONGEST, Latency};

/// Reads `home=lognormal(40ms,0.5)`, `*=uniform(10ms,50ms)`, `search=fixed(20ms)` or `show=40ms`.
///
/// # Errors
/// What is wrong, with a caret under it.
pub fn parse_latency(text: &str) -> Result<For<Latency>, String> {
    let (route, spec, at) = route_and_rest(text, "home=lognormal(40ms,0.5)")?;
    let value = latency(text, spec, at)?;
    Ok(For { route, value })
}

/// Reads `search=2%` or `*=0.02`: the share of requests that fail.
///
/// # Errors
/// What is wrong, with a caret under it.
pub fn parse_errors(text: &str) -> Result<For<f64>, String> {
    let (route, spec, at) = route_and_rest(text, "search=2%")?;
    let (number, whole) = match spec.strip_suffix('%') {
        Some(percent) => (percent, 100.0),
        None => (spec, 1.0),
    };
    let share = number.trim().parse::<f64>().ok().map(|it| it / whole);
    match share.filter(|share| (0.0..=1.0).contains(share)) {
        Some(value) => Ok(For { route, value }),
        None => Err(pointed(
            text,
            at,
            "not a share from 0% to 100%; write 2% or 0.02",
        )),
    }
}

/// What `--break` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakArg {
    /// To explain them all.
    List,
    /// To cause one.
    Of(Fault),
}

/// Reads the name of a failure, or `list`.
///
/// # Errors
/// What was given, and the name that was probably meant.
pub fn parse_break(text: &str) -> Result<BreakArg, String> {
    if text == "list" {
        return Ok(BreakArg::List);
    }
    if let Some(known) = FAULTS.iter().find(|it| it.name == text) {
        return Ok(BreakArg::Of(known.fault));
    }
    let names = || FAULTS.iter().map(|it| it.name);
    Err(match nearest(text, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
    })
}

/// Returns what every failure is, in three lines each.
pub fn break_list() -> String {
    let lines: Vec<String> = FAULTS
        .iter()
        .map(|it| format!("{}\n  shows: {}\n  fix:   {}", it.name, it.shows, it.fix))
        .collect();
    lines.join("\n")
}

fn route_and_rest<'a>(
    text: &'a str,
    example: &str,
) -> Result<(Option<&'static str>, &'a str, usize), String> {
    let Some((name, rest)) = text.split_once('=') else {
        let what = format!("no `=` after the route; write {example}");
        return Err(pointed(text, text.len(), &what));
    };
    let at = name.len() + 1;
    if name == "*" {
        return Ok((None, rest, at));
    }
    let known = catalogue::names();
    if let Some(found) = known.iter().find(|it| **it == name) {
        return Ok((Some(*found), rest, at));
    }
    let what = match nearest(name, known.iter().copied()) {
        Some(near) => format!("no route `{name}`; did you mean `{near}`?"),
        None => format!(
            "no route `{name}`; there are {}, and * for all",
            known.join(", ")
        ),
    };
    Err(pointed(text, 0, &what))
}

// `at` is where `spec` begins in `text`.
fn latency(text: &str, spec: &str, at: usize) -> Result<Latency, String> {
    const FORMS: &str = "write 40ms, fixed(40ms), uniform(10ms,50ms) or lognormal(40ms,0.5)";
    let Some((name, rest)) = spec.split_once('(') else {
        return Ok(Latency::Fixed(time(text, spec, at)?));
    };
    let inner_at = at + name.len() + 1;
    let Some(inner) = rest.strip_suffix(')') else {
        return Err(pointed(text, text.len(), "`)` is missing at the end"));
    };
    let parts: Vec<&str> = inner.split(',').collect();
    match (name, parts.as_slice()) {
        ("fixed", [only]) => Ok(Latency::Fixed(time(text, only, inner_at)?)),
        ("uniform", [from, to]) => {
            let to_at = inner_at + from.len() + 1;
            let (from, to) = (time(text, from, inner_at)?, time(text, to, to_at)?);
            if from > to {
                return Err(pointed(text, to_at, "less than where it begins"));
            }
            Ok(Latency::Uniform(from, to))
        }
        ("lognormal", [median, sigma]) => {
            let sigma_at = inner_at + median.len() + 1;
            let median = time(text, median, inner_at)?;
            let sigma = sigma.trim().parse::<f64>().ok();
            match sigma.filter(|sigma| (0.0..=5.0).contains(sigma)) {
                Some(sigma) => Ok(Latency::LogNormal(median, sigma)),
                None => Err(pointed(
                    text,
                    sigma_at,
                    "not a deviation of the logarithm, from 0 to 5; 0.5 is usual",
                )),
            }
        }
        ("fixed" | "uniform" | "lognormal", _) => Err(pointed(
            text,
            inner_at,
            &format!("{name} does not take {} of them; {FORMS}", parts.len()),
        )),
        _ => {
            let what = match nearest(name, ["fixed", "uniform", "lognormal"]) {
                Some(near) => format!("no distribution `{name}`; did you mean `{near}`?"),
                None => format!("no distribution `{name}`; {FORMS}"),
            };
            Err(pointed(text, at, &what))
        }
    }
}

fn time(text: &str, word: &str, at: usize) -> Result<Duration, String> {
    let blanks = word.len() - word.trim_start().len();
    let time = match word.trim() {
        "0" | "0ms" | "0s" => Ok(Duration::ZERO),
        word => parse_short_duration(word),
    };
    match time {
        Ok(time) if time <= LONGEST => Ok(time),
        Ok(_) => Err(pointed(text, at + blanks, "longer than 60 s")),
        Err(what) => Err(pointed(text, at + blanks, &what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares_are_read_in_every_form() {
        let ms = Duration::from_millis;
        for (text, route, value) in [
            ("home=40ms", Some("home"), Latency::Fixed(ms(40))),
            ("*=fixed(20ms)", None, Latency::Fixed(ms(20))),
            (
                "show=uniform(10ms, 50ms)",
                Some("show"),
                Latency::Uniform(ms(10), ms(50)),
            ),
            (
                "home=lognormal(40ms,0.5)",
                Some("home"),
                Latency::LogNormal(ms(40), 0.5),
            ),
        ] {
            assert_eq!(parse_latency(text), Ok(For { route, value }), "{text}");
        }
        let share = |text| parse_errors(text).map(|it| it.value);
        assert_eq!((share("search=2%"), share("*=0.5")), (Ok(0.02), Ok(0.5)));
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (text, column, says) in [
            ("hoem=40ms", 0, "did you mean `home`?"),
            ("home", 4, "no `=`"),
            ("home=40", 5, "is not a stretch of time"),
            ("home=lognorml(40ms,0.5)", 5, "did you mean `lognormal`?"),
            ("home=lognormal(40ms,x)", 20, "not a deviation"),
            ("home=uniform(50ms,10ms)", 18, "less than"),
            ("home=fixed(40ms", 15, "`)` is missing"),
            ("home=fixed(90s)", 11, "longer than 60 s"),
        ] {
            let error = parse_latency(text).unwrap_err();
            assert!(error.contains(says), "{error}");
            let caret = format!("\n  {text}\n  {}^", " ".repeat(column));
            assert!(error.ends_with(&caret), "{error}");
        }
        for text in ["search=101%", "search=-1%", "search=NaN", "search=much"] {
            let error = parse_errors(text).unwrap_err();
            assert!(error.ends_with("\n         ^"), "{error}");
        }
    }
}
