//! What can be read as a filter expression and still can hardly mean what was meant.

use super::filter_slips::{in_quotes, variable};
use super::filter_tokens::{Placed, Token, tokens};

/// Something odd in a filter expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterDoubt {
    /// Its first character, counted from 0.
    pub start: usize,
    /// How many characters it has.
    pub length: usize,
    /// What is odd: a fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A service that an expression asks for by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedService {
    /// The name.
    pub name: String,
    /// The first character of the text that it is, counted from 0.
    pub start: usize,
    /// How many characters that has.
    pub length: usize,
}

/// Returns what is odd about an expression; `group` is the group whose filter it is, if it is one's.
pub fn filter_doubts(text: &str, group: Option<&str>) -> Vec<FilterDoubt> {
    let Ok(tokens) = tokens(text) else {
        return Vec::new();
    };
    let mut doubts = Vec::new();
    let mut doubt = |placed: &Placed, message: String, help: Option<String>| {
        doubts.push(FilterDoubt {
            start: placed.at - 1,
            length: placed.length,
            message,
            help,
        });
    };
    for (idx, placed) in tokens.iter().enumerate() {
        let Token::Quoted(value) = &placed.token else {
            continue;
        };
        if let Some(name) = variable_in(value) {
            let message = format!("the variable `{name}` was not replaced by its value");
            let help = "inside of single quotes a shell replaces nothing, nor does a file; write the value".to_string();
            doubt(placed, message, Some(help));
        }
        if group == Some(value.as_str()) && is_after_group_name(&tokens, idx) {
            let message = format!("group {value} asks for itself, so it can have no traces");
            let help = "write what its traces have in common, such as service(\"backend-flask\")"
                .to_string();
            doubt(placed, message, Some(help));
        }
    }
    for service in named_services(text) {
        let name = service.name.as_str();
        let plain = host_of(name.trim());
        if plain != name && !plain.is_empty() && variable_in(name).is_none() {
            let message = match name.trim() == name {
                true => format!("no service is called `{name}`: a segment's name has no scheme"),
                false => format!("the name `{}` has a blank at an end", name.escape_debug()),
            };
            doubts.push(FilterDoubt {
                start: service.start,
                length: service.length,
                message,
                help: Some(format!("write {}", in_quotes(plain))),
            });
        }
    }
    doubts.sort_by_key(|doubt| doubt.start);
    doubts
}

/// Returns the services that must be in a trace for an expression to hold, as far as that is plain:
/// those that are asked for in `service(…)` and `edge(…)` and not negated.
pub fn named_services(text: &str) -> Vec<NamedService> {
    let Ok(tokens) = tokens(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut tokens = tokens.iter().peekable();
    let mut is_negated = false;
    while let Some(placed) = tokens.next() {
        let is_selector = matches!(&placed.token, Token::Word(word)
            if word.eq_ignore_ascii_case("service") || word.eq_ignore_ascii_case("edge"));
        if is_selector && !is_negated {
            read_names(&mut tokens, &mut found);
        }
        is_negated = placed.token == Token::Mark('!');
    }
    found
}

/// Reads up to the parenthesis that closes a selector.
fn read_names<'t>(
    tokens: &mut std::iter::Peekable<impl Iterator<Item = &'t Placed>>,
    found: &mut Vec<NamedService>,
) {
    let mut depth = 0;
    let mut key = String::from("name");
    for placed in tokens.by_ref() {
        match &placed.token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') if depth <= 1 => return,
            Token::Mark(')') => depth -= 1,
            Token::Mark(',') => key = "name".to_string(),
            Token::Word(word) if depth > 1 => key = word.to_ascii_lowercase(),
            Token::Quoted(name) if key == "name" => found.push(NamedService {
                name: name.clone(),
                start: placed.at - 1,
                length: placed.length,
            }),
            _ if depth == 0 => return,
            _ => {}
        }
    }
}

fn is_after_group_name(tokens: &[Placed], idx: usize) -> bool {
    let before = idx.checked_sub(2).and_then(|first| tokens.get(first..idx));
    let Some([keyword, comparison]) = before else {
        return false;
    };
    matches!(&keyword.token, Token::Word(word) if word.eq_ignore_ascii_case("group.name"))
        && matches!(comparison.token, Token::Comparison(_))
}

/// Returns the first variable in a text.
fn variable_in(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    (0..characters.len()).find_map(|at| {
        let rest = characters.get(at..)?;
        let length = variable(rest)?;
        Some(rest.iter().take(length).collect())
    })
}

/// Returns what of a URL is its host; anything else as it is.
pub fn host_of(name: &str) -> &str {
    match name.split_once("://") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_circles_and_urls_are_doubtful() {
        for (text, marked, message) in [
            (
                "service(\"$FLASK_ADDRESS\")",
                "\"$FLASK_ADDRESS\"",
                "the variable `$FLASK_ADDRESS` was not replaced by its value",
            ),
            (
                "http.url CONTAINS \"https://${HOST}/api\"",
                "\"https://${HOST}/api\"",
                "the variable `${HOST}` was not replaced by its value",
            ),
            (
                "group.name = \"Mine\" ok",
                "\"Mine\"",
                "group Mine asks for itself, so it can have no traces",
            ),
            (
                "service(\"https://4567-x.gitpod.io/api\")",
                "\"https://4567-x.gitpod.io/api\"",
                "no service is called `https://4567-x.gitpod.io/api`: a segment's name has no scheme",
            ),
            (
                "service(\"backend-flask\n\")",
                "\"backend-flask\n\"",
                "the name `backend-flask\\n` has a blank at an end",
            ),
        ] {
            let doubts = filter_doubts(text, Some("Mine"));
            assert_eq!(doubts.len(), 1, "{text}");
            let shown: String = text
                .chars()
                .skip(doubts[0].start)
                .take(doubts[0].length)
                .collect();
            assert_eq!(
                (shown.as_str(), doubts[0].message.as_str()),
                (marked, message)
            );
        }
        for text in [
            "group.name = \"Other\"",
            "service(\"backend-flask\") AND user = \"$5\"",
            "annotation.cost = \"US$\"",
            "http.url = \"http://x\"",
        ] {
            assert_eq!(filter_doubts(text, Some("Mine")), [], "{text}");
        }
    }

    #[test]
    fn the_names_of_services_are_found_and_negated_ones_are_not() {
        let names = |text: &str| -> Vec<String> {
            named_services(text).into_iter().map(|it| it.name).collect()
        };
        assert_eq!(
            names(
                "service(\"a\") { name = \"x\" } OR edge(\"b\", id(type: \"client\", name: \"c\")) service()"
            ),
            ["a", "b", "c"]
        );
        assert_eq!(names("!service(\"a\") user = \"b\""), [""; 0]);
    }
}
