//! `--mix` and `--path`: what is asked for.

use crate::cli::question::nearest;
use crate::cli::render::columns::{Column, in_columns};
use crate::cli::render::terminal::Terminal;
use crate::load::Mix;

/// What `--mix` says.
#[derive(Debug, Clone, PartialEq)]
pub enum MixArg {
    /// To list the routes.
    List,
    /// Routes with their weights: as it was typed, and what it means.
    Of(String, Mix),
}

/// Reads `home=6,search=2`, or `list`.
///
/// # Errors
/// A sentence's fragment that names what was given, and the name that was probably meant.
pub fn parse_mix(text: &str) -> Result<MixArg, String> {
    if text == "list" {
        return Ok(MixArg::List);
    }
    let mut weights = Vec::new();
    for part in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
        let number = weight.trim().parse::<u32>().ok();
        let Some(weight) = number.filter(|weight| *weight <= 1_000_000) else {
            return Err(format!(
                "`{part}` has no weight from 0 to 1000000; write {}=6",
                name.trim()
            ));
        };
        weights.push((name.trim().to_string(), weight));
    }
    if weights.iter().all(|(_, weight)| *weight == 0) {
        return Err("no route is left; write home=6,search=2".to_string());
    }
    let mix = Mix::of_routes(&weights).map_err(|unknown| {
        let known = route_names();
        match nearest(&unknown.0, known.iter().map(String::as_str)) {
            Some(near) => format!("{unknown}; did you mean `{near}`?"),
            None => format!("{unknown}; there are {}", known.join(", ")),
        }
    })?;
    let typed: Vec<String> = weights
        .iter()
        .map(|(name, weight)| format!("{name}={weight}"))
        .collect();
    Ok(MixArg::Of(typed.join(","), mix))
}

/// Reads a path as it stands in a request.
///
/// # Errors
/// A sentence's fragment that names what was given.
pub fn parse_path(text: &str) -> Result<String, String> {
    let is_sendable = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if text.starts_with('/') && text.bytes().all(is_sendable) {
        return Ok(text.to_string());
    }
    Err(format!(
        "`{}` is not a path; it begins with / and writes blanks and other special signs as %20",
        text.escape_default()
    ))
}

/// Returns the names of Cruddur's routes.
pub fn route_names() -> Vec<String> {
    let routes = Mix::cruddur();
    routes.routes().iter().map(|it| it.name.clone()).collect()
}

/// Returns the routes with their usual weights, as a table.
pub fn list(terminal: &Terminal) -> String {
    let columns = [
        Column::words("name"),
        Column::numbers("weight"),
        Column::words("request"),
    ];
    let rows: Vec<Vec<String>> = Mix::cruddur()
        .routes()
        .iter()
        .map(|route| {
            vec![
                route.name.clone(),
                route.weight.to_string(),
                route.label.clone(),
            ]
        })
        .collect();
    in_columns(&columns, &rows, terminal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_is_names_with_weights() {
        let MixArg::Of(typed, mix) = parse_mix("home=6, search,user=0").unwrap() else {
            panic!("a list");
        };
        assert_eq!(typed, "home=6,search=1,user=0");
        let weights: Vec<u32> = mix.routes().iter().map(|route| route.weight).collect();
        assert_eq!(weights, [6, 1]);
        assert_eq!(parse_mix("list"), Ok(MixArg::List));
    }

    #[test]
    fn odd_mixes_say_what_was_probably_meant() {
        for (text, says) in [
            ("hoem=6", "did you mean `home`?"),
            ("zzzzzzz=1", "there are home, notifications"),
            ("home=many", "home=6"),
            ("home=-1", "home=6"),
            ("home=0", "no route is left"),
            ("", "no route is left"),
        ] {
            let error = parse_mix(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn paths_cannot_carry_headers() {
        assert_eq!(parse_path("/a?b=%20"), Ok("/a?b=%20".to_string()));
        for text in ["", "a", "/a b", "/a\r\nx: y", "/ä", "/a#b"] {
            assert!(parse_path(text).is_err(), "{text}");
        }
    }
}
