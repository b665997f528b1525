//! What `parse` means: a glob, an expression, `logfmt` or `csv`, and the fields that it makes.

use super::catalogue::Kind;
use super::parse::Parsed;
use super::plan::{Planner, plural};
use super::plan_expression::regex;
use super::scope::{error, resolve};
use super::steps::{How, ParseStep};
use super::token::Ident;
use super::tree::{Name, Parse, ParseHow, Place};

impl Planner {
    pub(super) fn parse(&mut self, parse: &Parse) -> Parsed<ParseStep> {
        let of = match &parse.of {
            Some(of) => {
                let (expr, _) = self.expression(of)?;
                if expr.reads().is_empty() {
                    return Err(error(of.place, "a field is expected here, without quotes"));
                }
                expr
            }
            None => {
                resolve(
                    &self.scope,
                    &mut self.slots,
                    &Ident::of("@message"),
                    Place::default(),
                )?
                .0
            }
        };
        let how = match &parse.how {
            ParseHow::Glob { text, place, names } => {
                let pieces: Vec<String> = text.split('*').map(str::to_string).collect();
                let n_stars = pieces.len() - 1;
                let inner = pieces.get(1..n_stars).unwrap_or_default();
                let what = match () {
                    () if n_stars == 0 => {
                        "a star for each name is expected in the text".to_string()
                    }
                    () if inner.iter().any(String::is_empty) => {
                        "two stars need something between them".to_string()
                    }
                    () if n_stars != names.len() => format!(
                        "there must be as many names as stars: {n_stars} star{} and {} name{}",
                        plural(n_stars),
                        names.len(),
                        plural(names.len())
                    ),
                    () => String::new(),
                };
                if !what.is_empty() {
                    return Err(error(*place, &what));
                }
                How::Glob(pieces, self.all_defined(names, Kind::Text)?)
            }
            ParseHow::Regex {
                text,
                place,
                names,
                is_multi,
            } => self.regex_groups(text, *place, names, *is_multi)?,
            ParseHow::Logfmt(name) => How::Logfmt(self.define(name, Kind::Structure, None)?),
            ParseHow::Csv(names) => How::Csv(self.all_defined(names, Kind::Text)?),
            ParseHow::Json(paths) => {
                let mut found = Vec::new();
                for (path, place, name) in paths {
                    let steps: Vec<String> = path.split('.').map(str::to_string).collect();
                    if path.starts_with('$') {
                        let what = "a path begins with a name, without $., as in \"user.name\"";
                        return Err(error(*place, what));
                    }
                    if steps.iter().any(String::is_empty) {
                        return Err(error(
                            *place,
                            "a path is names with dots between, such as user.name",
                        ));
                    }
                    found.push((steps, self.define(name, Kind::Any, None)?));
                }
                How::Json(found)
            }
        };
        Ok(ParseStep { of, how })
    }

    // Names of groups, or names behind `as` for groups without one.
    pub(super) fn regex_groups(
        &mut self,
        text: &str,
        place: Place,
        names: &[Name],
        is_multi: bool,
    ) -> Parsed<How> {
        let regex = regex(text, place)?;
        let named: Vec<(usize, String)> = regex
            .capture_names()
            .enumerate()
            .filter_map(|(idx, name)| Some((idx, name?.to_string())))
            .collect();
        let n_groups = regex.captures_len() - 1;
        let what = match (named.is_empty(), names.len()) {
            (false, 0) => "",
            (false, _) => "the groups have names, so that as is not needed",
            (true, 0) => "a group with a name is expected, such as (?<status>\\d+)",
            (true, 1) if n_groups == 0 => "",
            (true, n) if n != n_groups => "there must be as many names as groups in parentheses",
            _ => "",
        };
        if !what.is_empty() {
            return Err(error(place, what));
        }
        let mut groups = Vec::new();
        for (idx, name) in named {
            let name = Name { name, place };
            groups.push((idx, self.define(&name, Kind::Text, None)?));
        }
        for (idx, name) in names.iter().enumerate() {
            // Without groups it is all of what fits.
            let group = if n_groups == 0 { 0 } else { idx + 1 };
            groups.push((group, self.define(name, Kind::Text, None)?));
        }
        Ok(How::Regex(regex, groups, is_multi))
    }

    pub(super) fn all_defined(&mut self, names: &[Name], kind: Kind) -> Parsed<Vec<usize>> {
        let mut slots = Vec::new();
        for (idx, name) in names.iter().enumerate() {
            if names.iter().take(idx).any(|it| it.name == name.name) {
                return Err(error(
                    name.place,
                    &format!("the name {} is there twice", name.name),
                ));
            }
            slots.push(self.define(name, kind, None)?);
        }
        Ok(slots)
    }
}
