//! Tests joined by `&&`, `||` and parentheses.

use super::cursor::Cursor;
use super::error::PatternError;

/// Parentheses inside each other; keeps reading and asking far from the end of the stack.
const MAX_DEPTH: usize = 32;

/// A test, or several of which all or any must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition<T> {
    One(T),
    All(Vec<Condition<T>>),
    Any(Vec<Condition<T>>),
}

impl<T> Condition<T> {
    /// Reads a condition; `&&` binds more closely than `||`. `test` reads a single test.
    pub fn parse(cursor: &mut Cursor<'_>, test: Test<'_, T>) -> Result<Condition<T>, PatternError> {
        any(cursor, test, 0)
    }

    /// Turns every single test into another, in the order in which they stand.
    pub fn map<U>(self, turn: &mut impl FnMut(T) -> U) -> Condition<U> {
        let mut each = |several: Vec<Condition<T>>| -> Vec<Condition<U>> {
            several
                .into_iter()
                .map(|condition| condition.map(turn))
                .collect()
        };
        match self {
            Condition::All(several) => Condition::All(each(several)),
            Condition::Any(several) => Condition::Any(each(several)),
            Condition::One(test) => Condition::One(turn(test)),
        }
    }

    /// Returns the tests that all must hold, as far as that is plain to see.
    pub fn required(&self) -> Vec<&T> {
        match self {
            Condition::One(test) => vec![test],
            Condition::All(all) => all.iter().flat_map(Condition::required).collect(),
            Condition::Any(_) => Vec::new(),
        }
    }

    /// Returns the tests that must hold together, for each place where some must.
    pub fn together(&self) -> Vec<Vec<&T>> {
        let mut all = vec![self.required()];
        self.add_inner(&mut all);
        all.retain(|tests| tests.len() > 1);
        all
    }

    fn add_inner<'c>(&'c self, together: &mut Vec<Vec<&'c T>>) {
        match self {
            Condition::One(_) => {}
            Condition::All(all) => all.iter().for_each(|it| it.add_inner(together)),
            Condition::Any(any) => {
                for it in any {
                    together.push(it.required());
                    it.add_inner(together);
                }
            }
        }
    }

    /// Tells whether `&&` and `||` both join tests.
    pub fn is_mixed(&self) -> bool {
        let is_list = |it: &Condition<T>| !matches!(it, Condition::One(_));
        match self {
            Condition::One(_) => false,
            Condition::All(several) | Condition::Any(several) => several.iter().any(is_list),
        }
    }

    /// Tells whether the condition holds, given how to ask a single test.
    pub fn holds(&self, ask: &impl Fn(&T) -> bool) -> bool {
        match self {
            Condition::One(test) => ask(test),
            Condition::All(all) => all.iter().all(|condition| condition.holds(ask)),
            Condition::Any(any) => any.iter().any(|condition| condition.holds(ask)),
        }
    }
}

/// Reads a single test.
pub type Test<'t, T> = &'t mut dyn FnMut(&mut Cursor<'_>) -> Result<T, PatternError>;

fn any<T>(
    cursor: &mut Cursor<'_>,
    test: Test<'_, T>,
    depth: usize,
) -> Result<Condition<T>, PatternError> {
    let first = all(cursor, test, depth)?;
    let mut conditions = vec![first];
    while followed_by(cursor, "||") {
        conditions.push(all(cursor, test, depth)?);
    }
    Ok(alone(&mut conditions).unwrap_or(Condition::Any(conditions)))
}

fn all<T>(
    cursor: &mut Cursor<'_>,
    test: Test<'_, T>,
    depth: usize,
) -> Result<Condition<T>, PatternError> {
    let mut conditions = vec![unit(cursor, test, depth)?];
    while followed_by(cursor, "&&") {
        conditions.push(unit(cursor, test, depth)?);
    }
    Ok(alone(&mut conditions).unwrap_or(Condition::All(conditions)))
}

// One condition is no list of conditions.
fn alone<T>(conditions: &mut Vec<Condition<T>>) -> Option<Condition<T>> {
    if conditions.len() == 1 {
        conditions.pop()
    } else {
        None
    }
}

fn unit<T>(
    cursor: &mut Cursor<'_>,
    test: Test<'_, T>,
    depth: usize,
) -> Result<Condition<T>, PatternError> {
    cursor.skip_spaces();
    let at = cursor.at();
    if !cursor.eat("(") {
        return Ok(Condition::One(test(cursor)?));
    }
    if depth == MAX_DEPTH {
        let why = format!("parentheses are nested deeper than {MAX_DEPTH}");
        return Err(cursor.refuse_form(at, 1, why));
    }
    let inside = any(cursor, test, depth + 1)?;
    cursor.skip_spaces();
    if !cursor.eat(")") {
        return Err(connective_expected(cursor, "&&, || or )"));
    }
    Ok(inside)
}

/// Refuses what stands after a test, where `what` should.
pub fn connective_expected(cursor: &Cursor<'_>, what: &str) -> PatternError {
    let error = cursor.expected(what);
    match cursor.word() {
        "AND" | "and" => error.with_hint("write && for it"),
        "OR" | "or" => error.with_hint("write || for it"),
        "" => match cursor.peek() {
            Some('&') => error.with_hint("write && for it"),
            Some('|') => error.with_hint("write || for it"),
            Some(',') => error.with_hint("write && or || for it"),
            _ => error,
        },
        _ => error.with_hint("put text with a blank in it in double quotes"),
    }
}

fn followed_by(cursor: &mut Cursor<'_>, connective: &str) -> bool {
    cursor.skip_spaces();
    cursor.eat(connective)
}
