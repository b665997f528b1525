//! What is looked for in many lines at once, before each is asked whether it matches.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use super::regex::PatternRegex;

/// A text to look for, ready to be looked for often.
#[derive(Debug, Clone)]
pub struct Needle(Box<Finder<'static>>);

impl Needle {
    /// Prepares a text.
    pub fn new(text: &str) -> Needle {
        Needle(Box::new(Finder::new(text).into_owned()))
    }

    /// Tells whether it is in a text.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.find(text.as_bytes()).is_some()
    }

    /// Returns its text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.0.needle()).unwrap_or_default()
    }
}

impl PartialEq for Needle {
    fn eq(&self, other: &Needle) -> bool {
        self.0.needle() == other.0.needle()
    }
}

/// Something that is in every line that matches.
#[derive(Debug, Clone)]
pub enum Prefilter {
    /// A text.
    Text(Needle),
    /// An expression without `^` and `$` that does not match what is empty.
    Regex(Box<Regex>),
}

impl PartialEq for Prefilter {
    fn eq(&self, other: &Prefilter) -> bool {
        match (self, other) {
            (Prefilter::Text(one), Prefilter::Text(other)) => one == other,
            (Prefilter::Regex(one), Prefilter::Regex(other)) => one.as_str() == other.as_str(),
            _ => false,
        }
    }
}

impl Prefilter {
    /// Prepares the longest of these texts, or else one of these expressions, if there is any.
    pub fn of<'p>(
        texts: impl Iterator<Item = &'p str>,
        mut regexes: impl Iterator<Item = &'p PatternRegex>,
    ) -> Option<Prefilter> {
        let longest = texts.max_by_key(|text| text.len());
        if let Some(text) = longest.filter(|text| !text.is_empty()) {
            return Some(Prefilter::Text(Needle::new(text)));
        }
        let regex = regexes.find_map(PatternRegex::anywhere)?;
        Some(Prefilter::Regex(Box::new(regex.clone())))
    }

    /// Prepares several texts of which a line must have one; `None` if one is empty.
    pub fn any_of<'p>(texts: impl Iterator<Item = &'p str>) -> Option<Prefilter> {
        let texts: Vec<String> = texts.map(regex::escape).collect();
        if texts.is_empty() || texts.iter().any(String::is_empty) {
            return None;
        }
        let regex = RegexBuilder::new(&texts.join("|")).build().ok()?;
        Some(Prefilter::Regex(Box::new(regex)))
    }

    /// Returns the place of a byte in `lines`, which are the bytes of many, one after another: no line before
    /// that byte's has it. Whether that byte's line has it is still to be asked, since it may lie across two.
    pub fn find(&self, lines: &[u8]) -> Option<usize> {
        match self {
            Prefilter::Text(needle) => needle.0.find(lines),
            // Where the first match ends: a line before that one would have had an end of its own.
            Prefilter::Regex(regex) => Some(regex.shortest_match(lines)?.saturating_sub(1)),
        }
    }
}
