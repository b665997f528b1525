//! Why a text is no filter expression, and where in it one has to look.

use super::filter_keywords::{KEYWORDS, MAX_DEPTH, meant};
use super::rule_keys::{Reading, reading};
use crate::model::width::cell_width;

/// Why a text is no filter expression that can be used, and where.
///
/// Displays as one line; [`FilterError::caret`] shows the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct FilterError {
    /// What is wrong.
    pub fault: FilterFault,
    /// The first character of what is wrong, counted from 1.
    pub at: usize,
    /// How many characters are wrong; 0 where something is missing at the end.
    pub length: usize,
    /// How what is wrong is written right, if that is known.
    pub right: Option<String>,
    /// The whole expression.
    pub text: String,
}

/// What is wrong with a filter expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterFault {
    /// This should stand there.
    Expected(&'static str),
    /// No such keyword exists.
    UnknownKeyword {
        /// As it is written.
        keyword: String,
        /// What was probably meant.
        near: Option<&'static str>,
    },
    /// `NOT`, which is written `!`.
    Not,
    /// `id(…)` outside of what it belongs in.
    IdAlone,
    /// An operator that filter expressions do not have.
    Operator {
        /// As it is written.
        found: String,
    },
    /// A text in other quotes than `"`.
    WrongQuotes,
    /// A text without its closing quote.
    OpenText,
    /// A parenthesis or brace without its partner.
    Unclosed {
        /// Which.
        mark: char,
        /// Its character, counted from 1.
        opened_at: usize,
    },
    /// One that closes nothing.
    Unopened {
        /// Which.
        mark: char,
    },
    /// A variable that the shell, or whatever wrote the expression, should have replaced.
    Variable {
        /// With its `$`.
        name: String,
    },
    /// The group does not exist, or its own filter cannot be used.
    UnknownGroup {
        /// Its name or ARN.
        name: String,
    },
    /// An annotation is asked of a service or a call, where X-Ray does not know it.
    AnnotationInside,
    /// The JSON of a root cause breaks off or is none.
    Json,
    /// Parentheses and braces in each other without end.
    TooDeep,
}

// So many characters of an expression are shown.
const SHOWN: usize = 72;

impl FilterError {
    /// Returns the keyword that was probably meant.
    pub fn near(&self) -> Option<&'static str> {
        match &self.fault {
            FilterFault::UnknownKeyword { near, .. } => *near,
            _ => None,
        }
    }

    /// Returns the expression, and below it marks under what is wrong.
    ///
    /// Two lines without an end; of a long expression the part around the place.
    pub fn caret(&self) -> String {
        let n_characters = self.text.chars().count();
        let at = self.at.saturating_sub(1).min(n_characters);
        let start = if n_characters <= SHOWN {
            0
        } else {
            at.saturating_sub(SHOWN / 2).min(n_characters - SHOWN)
        };
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let shown: String = self
            .text
            .chars()
            .skip(start)
            .take(SHOWN)
            .map(plain)
            .collect();
        let before = if start > 0 { "…" } else { "" };
        let after = if start + SHOWN < n_characters {
            "…"
        } else {
            ""
        };
        let n_meant = self
            .length
            .clamp(1, (SHOWN + start).saturating_sub(at).max(1));
        let part = |from: usize, n: usize| shown.chars().skip(from).take(n).collect::<String>();
        let indent = cell_width(before) + cell_width(&part(0, at - start));
        let n_marks = cell_width(&part(at - start, n_meant)).max(1);
        format!(
            "{before}{shown}{after}\n{}{}",
            " ".repeat(indent),
            "^".repeat(n_marks)
        )
    }

    /// Returns what is wrong without saying where and how it is written right, for those who show both
    /// themselves.
    pub fn what_alone(&self) -> String {
        self.what("")
    }

    fn message(&self) -> String {
        self.words(&format!(" at character {}", self.at))
    }

    /// Returns how it is written right, as the end of a sentence; empty if that is not known.
    fn advice(&self) -> String {
        let right = self.right.as_deref();
        let right = right.filter(|right| right.chars().count() <= 2 * SHOWN);
        match right {
            Some(right) => format!("; write `{right}`"),
            None => String::new(),
        }
    }

    fn words(&self, place: &str) -> String {
        self.what(place) + &self.advice()
    }

    fn what(&self, place: &str) -> String {
        match &self.fault {
            FilterFault::Expected(expected) => format!("expected {expected}{place}"),
            FilterFault::UnknownKeyword { keyword, near } => {
                let near =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                format!("unknown keyword `{keyword}`{place}{near}")
            }
            FilterFault::Not => format!("`NOT`{place} is written `!`"),
            FilterFault::IdAlone => {
                format!("id(…){place} belongs inside of service(…) or edge(…, …)")
            }
            FilterFault::Operator { found } => {
                format!("`{found}`{place} is no operator of filter expressions")
            }
            FilterFault::WrongQuotes => {
                format!("texts stand in double quotes, unlike the one{place}")
            }
            FilterFault::OpenText => format!("the text{place} has no closing quote"),
            FilterFault::Unclosed { mark, opened_at } => {
                let other = if *mark == '(' { ')' } else { '}' };
                format!("expected `{other}`{place}, for the `{mark}` at character {opened_at}")
            }
            FilterFault::Unopened { mark } => format!("`{mark}`{place} closes nothing"),
            FilterFault::Variable { name } => {
                format!("the variable `{name}`{place} was not replaced by its value")
            }
            FilterFault::UnknownGroup { name } => format!(
                "the group `{name}`{place} does not exist, or its own filter cannot be used"
            ),
            FilterFault::AnnotationInside => {
                format!("expected no annotation inside service or edge{place}")
            }
            FilterFault::Json if place.is_empty() => {
                "expected the JSON of root causes, `#[…]`".to_string()
            }
            FilterFault::Json => format!("expected the JSON of root causes, `#[…]`,{place}"),
            FilterFault::TooDeep => format!("nested more than {MAX_DEPTH} levels deep{place}"),
        }
    }
}

impl FilterFault {
    /// Returns the fault of a keyword that does not exist.
    pub fn unknown_keyword(keyword: &str) -> FilterFault {
        let near = match reading(keyword, &KEYWORDS) {
            _ if keyword.to_ascii_lowercase().starts_with("annotation") => Some("annotation.KEY"),
            _ if meant(keyword).is_some() => meant(keyword),
            _ if of_http(keyword).is_some() => of_http(keyword),
            Reading::Exact(near) | Reading::Misspelt(near) => Some(near),
            Reading::Unknown(near) => near,
        };
        FilterFault::UnknownKeyword {
            // What is shown of it is enough to find it.
            keyword: keyword.chars().take(SHOWN).collect(),
            near,
        }
    }
}

/// Returns the keyword of HTTP whose last part `keyword` is a slip of: `statsu`.
fn of_http(keyword: &str) -> Option<&'static str> {
    const PARTS: [&str; 5] = ["status", "url", "method", "useragent", "clientip"];
    match reading(keyword, &PARTS) {
        Reading::Exact(part) | Reading::Misspelt(part) => meant(part),
        Reading::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter::parse;

    fn caret(text: &str) -> String {
        parse(text, &|_| None).unwrap_err().caret()
    }

    #[test]
    fn marks_stand_under_what_is_wrong() {
        assert_eq!(caret("ok srevice(\"a\")"), "ok srevice(\"a\")\n   ^^^^^^^");
        assert_eq!(
            caret("duration > \"5\""),
            "duration > \"5\"\n           ^^^"
        );
        assert_eq!(caret("service(\"a\""), "service(\"a\"\n           ^");
        assert_eq!(caret("ok\n& x"), "ok & x\n   ^");
    }

    #[test]
    fn of_a_long_expression_the_part_around_the_place_is_shown() {
        let shown = caret(&format!("{}fualt{}", "ok ".repeat(100), " ok".repeat(100)));
        let (expression, marks) = shown.split_once('\n').unwrap();
        assert_eq!(expression.chars().count(), 74);
        let place = expression.chars().take(marks.find('^').unwrap()).count();
        let marked: String = expression.chars().skip(place).take(5).collect();
        assert_eq!((marked.as_str(), marks.trim()), ("fualt", "^^^^^"));
        let end = caret(&"(".repeat(1000));
        assert!(end.lines().all(|line| line.chars().count() <= 74), "{end}");
    }

    #[test]
    fn what_was_probably_meant_is_said() {
        for (text, near) in [
            ("srevice(\"a\")", Some("service")),
            ("respons_time > 1", Some("responsetime")),
            ("http.methode = \"GET\"", Some("http.method")),
            (
                "rootcause.fualt.service { ok }",
                Some("rootcause.fault.service"),
            ),
            ("annotations.age = 3", Some("annotation.KEY")),
            ("zebra", None),
        ] {
            let error = parse(text, &|_| None).unwrap_err();
            assert_eq!(error.near(), near, "{text}");
        }
    }
}
