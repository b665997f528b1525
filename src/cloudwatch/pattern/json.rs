//! Conditions on a line that is a JSON object: `{ $.status >= 500 && $.user.name = "*drew*" }`.

use super::condition::{Condition, connective_expected};
use super::cursor::Cursor;
use super::error::{PatternError, RefusedPattern};
use super::literal::{Compared, Comparison};
use super::prefilter::Prefilter;
use super::selector::{Selectors, Step, Tests, Value};
use super::selector_text::{Wildcards, selector};

/// A condition on a JSON line.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonTest {
    /// Is in every line that matches, unless it is written with escapes.
    prefilter: Option<Prefilter>,
    /// The numbers of tests.
    condition: Condition<usize>,
    tests: Vec<JsonAsk>,
    /// Of each test: its selector, and the whole of it, as written.
    written: Vec<(String, String)>,
    selectors: Selectors,
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
enum JsonAsk {
    Compares(Comparison),
    IsNull,
    Is(bool),
    NotExists,
}

impl JsonTest {
    /// Returns what every line has that matches and has no backslash, if there is such.
    pub fn prefilter(&self) -> Option<&Prefilter> {
        self.prefilter.as_ref()
    }

    /// Returns what keeps each of these lines from matching, if it is one thing.
    pub fn why_none(&self, lines: &[&str]) -> Option<String> {
        let walk = |line: &&str| {
            self.selectors
                .walk(line, |test, value| self.holds(test, value))
        };
        let found: Vec<Tests> = lines.iter().filter_map(walk).collect();
        if found.is_empty() {
            let why = "none of them is a JSON object, which { } asks for";
            return Some(why.to_string());
        }
        let reach = |line: &&str| self.selectors.walk(line, |_, _| true);
        let reached: Vec<Tests> = lines.iter().filter_map(reach).collect();
        for &test in self.condition.required() {
            let (selector, whole) = self.written.get(test)?;
            let is_absence = self.tests.get(test) == Some(&JsonAsk::NotExists);
            if !is_absence && !reached.iter().any(|it| it.has(test)) {
                return Some(format!("none of them has {selector}"));
            }
            if !found.iter().any(|it| it.has(test) != is_absence) {
                return Some(format!("{whole} holds for none of them"));
            }
        }
        None
    }

    fn holds(&self, test: usize, value: &Value<'_>) -> bool {
        self.tests.get(test).is_some_and(|ask| ask.holds(value))
    }

    /// Tells whether a line is a JSON object and the condition holds for it.
    pub fn matches(&self, message: &str) -> bool {
        let holds = |test: usize, value: &Value<'_>| self.holds(test, value);
        let Some(found) = self.selectors.walk(message, holds) else {
            return false;
        };
        self.condition.holds(&|test| {
            let is_absence = self.tests.get(*test) == Some(&JsonAsk::NotExists);
            found.has(*test) != is_absence
        })
    }
}

impl JsonAsk {
    // Whether no value is as asked here and there.
    fn excludes(&self, other: &JsonAsk) -> bool {
        match (self, other) {
            (JsonAsk::Compares(one), JsonAsk::Compares(other)) => one.excludes(other),
            (one, other) => one != other,
        }
    }

    fn holds(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            // Whatever is found says that it is there.
            (JsonAsk::NotExists, _) => true,
            (JsonAsk::IsNull, value) => {
                matches!(value, Value::Null | Value::Array { has_null: true })
            }
            (JsonAsk::Is(truth), value) => matches!(value, Value::Bool(it) if it == truth),
            (JsonAsk::Compares(comparison), Value::Text(text)) => comparison.holds_for_text(text),
            (JsonAsk::Compares(comparison), Value::Number(number)) => {
                comparison.holds_for_number(number)
            }
            // Nothing else compares with anything, not even by `!=`.
            (JsonAsk::Compares(_), _) => false,
        }
    }
}

/// Reads `{ condition }`.
pub fn parse(cursor: &mut Cursor<'_>) -> Result<JsonTest, PatternError> {
    cursor.require("{", "{")?;
    let mut wildcards = Wildcards::default();
    let mut places: Vec<(usize, usize, Vec<Step>)> = Vec::new();
    let parsed = Condition::parse(cursor, &mut |cursor| {
        let (at, before) = (cursor.at(), cursor.rest());
        let steps = selector(cursor, &mut wildcards)?;
        let selected = written(before, cursor);
        let ask = ask(cursor)?;
        let written = (selected, written(before, cursor));
        places.push((at, cursor.at() - at, steps.clone()));
        if ask == JsonAsk::IsNull && steps.contains(&Step::Any) {
            let length = cursor.at() - at;
            let text = "AWS has not documented IS NULL behind a wildcard; here it holds if one value is null";
            cursor.warn(at, length, text);
        }
        Ok((steps, ask, written))
    })?;
    cursor.skip_spaces();
    if !cursor.eat("}") {
        return Err(connective_expected(cursor, "&&, || or }"));
    }
    let (mut tests, mut all_written) = (Vec::new(), Vec::new());
    let mut selectors = Selectors::default();
    let condition = parsed.map(&mut |(steps, ask, written)| {
        selectors.add(&steps, tests.len());
        tests.push(ask);
        all_written.push(written);
        tests.len() - 1
    });
    // Behind a wildcard each test may be met by a value of its own.
    let same = |one: usize, other: usize| {
        let steps = |test: usize| places.get(test).map(|(_, _, steps)| steps);
        steps(one) == steps(other) && steps(one).is_some_and(|it| !it.contains(&Step::Any))
    };
    let excludes = |one: usize, other: usize| {
        let both = tests.get(one).zip(tests.get(other));
        both.is_some_and(|(one, other)| one.excludes(other))
    };
    for together in condition.together() {
        let pair = together.iter().enumerate().find_map(|(idx, other)| {
            let mut before = together.iter().take(idx);
            let one = before.find(|one| same(***one, **other) && excludes(***one, **other))?;
            Some((**one, **other))
        });
        let Some((one, other)) = pair else { continue };
        if let (Some((at, length, _)), Some((_, whole))) = (places.get(other), all_written.get(one))
        {
            let text = format!("no line matches: together with {whole} this never holds");
            cursor.warn(*at, *length, text);
        }
    }
    if tests.len() > Tests::MAX {
        return Err(cursor.refuse_form(0, 1, format!("more than {} tests", Tests::MAX)));
    }
    selectors.spread();
    let comparisons = || {
        let required = condition.required().into_iter();
        required.filter_map(|test| match tests.get(*test) {
            Some(JsonAsk::Compares(comparison)) => Some(comparison),
            _ => None,
        })
    };
    let texts = comparisons().filter_map(Comparison::contained);
    let regexes = comparisons().filter_map(Comparison::contained_regex);
    let prefilter = Prefilter::of(texts, regexes);
    Ok(JsonTest {
        prefilter,
        condition,
        tests,
        written: all_written,
        selectors,
    })
}

// Returns what was read since `before` was the rest of the pattern.
fn written(before: &str, cursor: &Cursor<'_>) -> String {
    let length = before.len() - cursor.rest().len();
    before.get(..length).unwrap_or_default().trim().to_string()
}

fn ask(cursor: &mut Cursor<'_>) -> Result<JsonAsk, PatternError> {
    cursor.skip_spaces();
    let at = cursor.at();
    if let Some(comparison) = Comparison::parse(cursor, Compared::Json)? {
        return Ok(JsonAsk::Compares(comparison));
    }
    if cursor.eat_word("IS") {
        cursor.skip_spaces();
        let answers = [
            ("NULL", JsonAsk::IsNull),
            ("TRUE", JsonAsk::Is(true)),
            ("FALSE", JsonAsk::Is(false)),
        ];
        let found = answers.into_iter().find(|(word, _)| cursor.eat_word(word));
        if let Some((_, ask)) = found {
            return Ok(ask);
        }
        if cursor.word() == "NOT" {
            let error = cursor.refuse(RefusedPattern::IsNot, cursor.at(), 3, "IS takes no NOT");
            return Err(error.with_hint(
                "= * holds for every text and number, and IS TRUE is the other of IS FALSE",
            ));
        }
        return Err(cursor.expected("NULL, TRUE or FALSE"));
    }
    if cursor.eat_word("NOT") {
        cursor.skip_spaces();
        if cursor.eat_word("EXISTS") {
            return Ok(JsonAsk::NotExists);
        }
        return Err(cursor.expected("EXISTS"));
    }
    if cursor.peek() == Some('~') || cursor.peek() == Some(':') {
        let error = cursor.refuse_here("");
        return Err(error.with_hint("the operators are = != < <= > >="));
    }
    if cursor.peek() == Some('!') {
        cursor.next();
        return Err(cursor.refuse_here("!").with_hint("the operator is !="));
    }
    let error = cursor.refuse_form(
        at,
        cursor.word().chars().count().max(1),
        "an operator is expected here",
    );
    Err(match cursor.word() {
        "EXISTS" => error.with_hint("write = *, which holds for every text and number"),
        "is" | "not" | "Is" | "Not" => {
            error.with_hint("keywords are in capitals: IS NULL, NOT EXISTS")
        }
        _ => error.with_hint(
            "after a selector comes = != < <= > >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS",
        ),
    })
}
