//! How parts of a filter expression that cannot be read are written right.

use super::filter::Comparison;
use super::filter_keywords::{operator_meant, text_named};
use super::filter_parser::{Parser, finite};
use super::filter_slips::in_quotes;
use super::filter_tokens::{Placed, Token};

/// Returns the characters from `start` up to `end`, both counted from 1, without blanks around them.
fn slice(text: &str, start: usize, end: usize) -> String {
    let characters = text.chars().skip(start.saturating_sub(1));
    let slice: String = characters.take(end.saturating_sub(start)).collect();
    slice.trim().to_string()
}

fn source(text: &str, token: &Placed) -> String {
    slice(text, token.at, token.at + token.length)
}

/// Returns the negation of what stands behind `NOT`: `!fault`, `http.status != 200`.
pub fn negated(after_not: &Parser<'_>) -> Option<String> {
    let (start, _) = after_not.place();
    let first = after_not.tokens.first()?;
    if after_not.is_quoting {
        return None;
    }
    let mut rest = after_not.clone();
    // Without this, a row of NOTs would be read once for each of them, one inside of the other.
    rest.is_quoting = true;
    if rest.condition().is_err() {
        return Some(format!("!{}", source(after_not.text, first)));
    }
    let (end, _) = rest.place();
    let condition = slice(after_not.text, start, end);
    let second = after_not.tokens.get(1);
    if let (Token::Word(_), Some(placed)) = (&first.token, second)
        && let Token::Comparison(comparison) = placed.token
    {
        let before = slice(after_not.text, start, placed.at);
        let after = slice(after_not.text, placed.at + placed.length, end);
        return Some(format!("{before} {} {after}", opposite(comparison)));
    }
    Some(format!("!{condition}"))
}

fn opposite(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "!=",
        Comparison::NotEqual => "=",
        Comparison::Less => ">=",
        Comparison::LessOrEqual => ">",
        Comparison::Greater => "<=",
        Comparison::GreaterOrEqual => "<",
    }
}

/// Returns `id(…)` inside of `service`.
pub fn id(at_id: &Parser<'_>) -> Option<String> {
    let (start, _) = at_id.place();
    let mut rest = at_id.clone();
    rest.selector().ok()?;
    let (end, _) = rest.place();
    Some(format!("service({})", slice(at_id.text, start, end)))
}

/// Returns a condition with the operator that it should have: `http.url CONTAINS "api"`.
pub fn operator(at_keyword: &Parser<'_>) -> Option<String> {
    let [keyword, operator, values @ ..] = at_keyword.tokens else {
        return None;
    };
    let (Token::Word(keyword), Token::Word(operator)) = (&keyword.token, &operator.token) else {
        return None;
    };
    let is_text = text_named(&keyword.to_ascii_lowercase()).is_some();
    let right = operator_meant(operator)?;
    let value = |token: &Token| match token {
        Token::Quoted(text) if is_text => Some(in_quotes(text.trim_matches('%'))),
        Token::Quoted(text) => finite(text).map(|_| text.clone()),
        Token::Word(word) if is_text => Some(in_quotes(word)),
        Token::Word(word) => finite(word).map(|_| word.clone()),
        _ => None,
    };
    let condition = |token: &Token| Some(format!("{keyword} {right} {}", value(token)?));
    match values {
        [first, rest @ ..] if first.token == Token::Mark('(') => {
            let within = rest.iter().take_while(|it| it.token != Token::Mark(')'));
            let conditions: Vec<String> = within.filter_map(|it| condition(&it.token)).collect();
            (!conditions.is_empty()).then(|| match conditions.as_slice() {
                [only] => only.clone(),
                several => format!("({})", several.join(" OR ")),
            })
        }
        [first, ..] => condition(&first.token).or_else(|| Some(right.to_string())),
        [] => Some(right.to_string()),
    }
}

/// Returns a text that begins at the character `start` and ends before the next connective, in quotes.
pub fn bare_text(parser: &Parser<'_>, start: usize) -> String {
    let is_part = |placed: &&Placed| match &placed.token {
        Token::Word(word) => !["and", "or"].contains(&word.to_ascii_lowercase().as_str()),
        _ => false,
    };
    let parts = parser.tokens.iter().take_while(is_part);
    let end = parts
        .last()
        .map_or(parser.place().0, |last| last.at + last.length);
    in_quotes(&slice(parser.text, start, end))
}

/// Returns the characters from `start` to the next blank or closing mark, in quotes.
pub fn up_to_blank(text: &str, start: usize) -> String {
    let characters = text.chars().skip(start.saturating_sub(1));
    let word: String = characters
        .take_while(|c| !c.is_whitespace() && !matches!(c, ')' | '}' | '"'))
        .collect();
    in_quotes(&word)
}

/// Returns `service("x")` for `service.name = "x"` and its like.
pub fn service(at_keyword: &Parser<'_>) -> Option<String> {
    let [keyword, comparison, value, ..] = at_keyword.tokens else {
        return None;
    };
    let Token::Word(keyword) = &keyword.token else {
        return None;
    };
    let names = ["service.name", "service_name", "servicename"];
    let is_service = names.contains(&keyword.to_ascii_lowercase().as_str());
    match (&comparison.token, &value.token) {
        (Token::Comparison(comparison), Token::Quoted(name) | Token::Word(name)) if is_service => {
            let not = if *comparison == Comparison::NotEqual {
                "!"
            } else {
                ""
            };
            Some(format!("{not}service({})", in_quotes(name)))
        }
        _ => None,
    }
}

/// Returns `service("x")` for `service = "x"` or `service "x"`; `parser` is behind `service`.
pub fn service_without_parentheses(parser: &Parser<'_>) -> Option<String> {
    let mut tokens = parser.tokens.iter().map(|placed| &placed.token);
    let name = match tokens.next()? {
        Token::Comparison(_) => tokens.next()?,
        other => other,
    };
    match name {
        Token::Quoted(name) => Some(format!("service({})", in_quotes(name))),
        Token::Word(name) if !["and", "or"].contains(&name.to_ascii_lowercase().as_str()) => {
            Some(format!("service({})", in_quotes(name)))
        }
        _ => None,
    }
}

/// Returns the name of a service in the quotes that it lacks; `parser` is in front of it.
pub fn name(parser: &Parser<'_>) -> Option<String> {
    let (start, _) = parser.place();
    let mut tokens = parser.tokens.iter();
    let end = tokens.find(|it| matches!(it.token, Token::Mark(')' | ',' | '{' | '}')));
    let end = end.map_or(parser.text.chars().count() + 1, |end| end.at);
    if end <= start {
        return None;
    }
    // `name: "x"` or `name = "x"`, as it stands in id(…).
    if let [key, mark, value, ..] = parser.tokens
        && matches!(&key.token, Token::Word(word) if word.eq_ignore_ascii_case("name"))
        && matches!(mark.token, Token::Mark(':') | Token::Comparison(_))
        && let Token::Quoted(name) | Token::Word(name) = &value.token
    {
        return Some(in_quotes(name));
    }
    let name = slice(parser.text, start, end);
    Some(in_quotes(&name.replace('"', "")))
}

/// Returns a number for `"5"`, and seconds for `250ms` or `5s`.
pub fn number(token: Option<&Token>) -> Option<String> {
    let (Token::Quoted(text) | Token::Word(text)) = token? else {
        return None;
    };
    let text = text.trim();
    if finite(text).is_some() {
        return Some(text.to_string());
    }
    if let Some(hundred) = text
        .strip_suffix("xx")
        .and_then(|it| it.parse::<u32>().ok())
    {
        // The comparison stands before it, so only the number can be named.
        return Some(format!("{}", hundred * 100));
    }
    let units = [
        ("ms", 1e-3),
        ("us", 1e-6),
        ("min", 60.0),
        ("s", 1.0),
        ("m", 60.0),
    ];
    units.iter().find_map(|(unit, seconds)| {
        let number = finite(text.strip_suffix(unit)?.trim())?;
        Some(format!("{}", (number * seconds * 1e9).round() / 1e9))
    })
}

/// Returns `true` or `false` for what means one of them elsewhere.
pub fn flag(token: Option<&Token>) -> Option<String> {
    let (Token::Quoted(text) | Token::Word(text)) = token? else {
        return None;
    };
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "on" => Some("true".to_string()),
        "false" | "no" | "0" | "off" => Some("false".to_string()),
        _ => None,
    }
}
