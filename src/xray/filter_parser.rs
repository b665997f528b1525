//! The grammar of filter expressions: text in, [`Filter`] out.

use super::filter::{
    AnnotationTest, Comparison, Filter, Flag, NumberKey, Selector, TextKey, TextTest,
};
use super::filter_tokens::{Placed, Token, tokens};

/// Why a text is no filter expression that we can use. Places count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Something else should stand there.
    #[error("expected {expected} at character {at}")]
    Expected {
        /// What should stand there.
        expected: &'static str,
        /// Where.
        at: usize,
    },
    /// No such keyword exists.
    #[error("unknown keyword `{keyword}` at character {at}")]
    UnknownKeyword {
        /// As it is written.
        keyword: String,
        /// Where.
        at: usize,
    },
    /// A keyword that X-Ray has and this program has not.
    #[error("the keyword `{keyword}` is not supported by the local stack")]
    Unsupported {
        /// As it is written.
        keyword: String,
    },
    /// The group does not exist.
    #[error("the group `{name}` does not exist, or its own filter cannot be used")]
    UnknownGroup {
        /// Its name or ARN.
        name: String,
    },
    /// Parentheses and braces in each other without end.
    #[error("nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
}

const MAX_DEPTH: usize = 32;

/// Reads a filter expression; an empty one means every trace.
///
/// `groups` returns the filter expression of a group by its name or ARN.
///
/// # Errors
/// See [`FilterError`]; only [`FilterError::Unsupported`] and [`FilterError::UnknownGroup`] may be
/// right elsewhere.
pub fn parse(text: &str, groups: &dyn Fn(&str) -> Option<String>) -> Result<Filter, FilterError> {
    let tokens = tokens(text)?;
    let end = text.chars().count() + 1;
    let mut parser = Parser {
        tokens: &tokens,
        end,
        groups,
        depth: 0,
        in_node: false,
    };
    if tokens.is_empty() {
        return Ok(Filter::All(Vec::new()));
    }
    let filter = parser.any()?;
    match parser.tokens.first() {
        None => Ok(filter),
        Some(_) => Err(parser.expected("AND, OR or the end")),
    }
}

struct Parser<'t> {
    /// What is left.
    tokens: &'t [Placed],
    end: usize,
    groups: &'t dyn Fn(&str) -> Option<String>,
    depth: usize,
    /// Inside the braces of `service` or `edge`.
    in_node: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.first().map(|placed| &placed.token)
    }

    fn at(&self) -> usize {
        self.tokens.first().map_or(self.end, |placed| placed.at)
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    fn take_mark(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        if found {
            self.skip();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found =
            matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        if found {
            self.skip();
        }
        found
    }

    fn expected(&self, expected: &'static str) -> FilterError {
        FilterError::Expected {
            expected,
            at: self.at(),
        }
    }

    fn need_mark(&mut self, mark: char, expected: &'static str) -> Result<(), FilterError> {
        if self.take_mark(mark) {
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        if self.depth >= MAX_DEPTH {
            return Err(FilterError::TooDeep);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads alternatives joined by OR, which binds less than AND.
    fn any(&mut self) -> Result<Filter, FilterError> {
        let first = self.all()?;
        let mut alternatives = vec![first];
        while self.take_word("OR") {
            alternatives.push(self.all()?);
        }
        Ok(one_or(alternatives, Filter::Any))
    }

    /// Reads conditions joined by AND, or by nothing, which means the same.
    fn all(&mut self) -> Result<Filter, FilterError> {
        let mut conditions = vec![self.condition()?];
        loop {
            let is_end = match self.peek() {
                None | Some(Token::Mark(')' | '}')) => true,
                Some(Token::Word(word)) => word.eq_ignore_ascii_case("OR"),
                Some(_) => false,
            };
            if is_end {
                return Ok(one_or(conditions, Filter::All));
            }
            self.take_word("AND");
            conditions.push(self.condition()?);
        }
    }

    fn condition(&mut self) -> Result<Filter, FilterError> {
        let mut is_negated = false;
        while self.take_mark('!') {
            is_negated = !is_negated;
        }
        let filter = if self.take_mark('(') {
            let inner = self.nested(Self::any)?;
            self.need_mark(')', "`)`")?;
            inner
        } else {
            self.keyword()?
        };
        Ok(if is_negated {
            Filter::Not(Box::new(filter))
        } else {
            filter
        })
    }

    fn keyword(&mut self) -> Result<Filter, FilterError> {
        let at = self.at();
        let keyword = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            Some(Token::AnnotationKey(key)) => format!("annotation.{key}"),
            _ => return Err(self.expected("a keyword")),
        };
        self.skip();
        let plain = keyword.to_ascii_lowercase();
        if let (Some(_), Some((_, key))) =
            (plain.strip_prefix("annotation."), keyword.split_once('.'))
        {
            if self.in_node {
                return Err(FilterError::Expected {
                    expected: "no annotation inside service or edge",
                    at,
                });
            }
            return self.annotation(key);
        }
        if let Some(flag) = flag_named(&plain) {
            return self.flag(flag);
        }
        if let Some(key) = number_named(&plain) {
            let comparison = self.comparison()?;
            return Ok(Filter::Number(key, comparison, self.number()?));
        }
        if let Some(key) = text_named(&plain) {
            return self.text(key);
        }
        match plain.as_str() {
            "service" => self.service(),
            "edge" => self.edge(),
            "group.name" | "group.arn" => self.group(),
            "first" | "last" | "index" | "coverage" | "json" | "resource.arn" => {
                Err(FilterError::Unsupported { keyword })
            }
            _ if plain.starts_with("rootcause.") => Err(FilterError::Unsupported { keyword }),
            _ => Err(FilterError::UnknownKeyword { keyword, at }),
        }
    }

    fn flag(&mut self, flag: Flag) -> Result<Filter, FilterError> {
        let Some(Token::Comparison(comparison)) = self.peek() else {
            return Ok(Filter::Flag(flag));
        };
        let is_equal = match comparison {
            Comparison::Equal => true,
            Comparison::NotEqual => false,
            _ => return Err(self.expected("`=` or `!=`")),
        };
        self.skip();
        let wanted = match (self.take_word("true"), self.take_word("false")) {
            (true, _) => true,
            (false, true) => false,
            _ => return Err(self.expected("true or false")),
        };
        let filter = Filter::Flag(flag);
        Ok(if wanted == is_equal {
            filter
        } else {
            Filter::Not(Box::new(filter))
        })
    }

    fn comparison(&mut self) -> Result<Comparison, FilterError> {
        let Some(Token::Comparison(comparison)) = self.peek() else {
            return Err(self.expected("a comparison"));
        };
        let comparison = *comparison;
        self.skip();
        Ok(comparison)
    }

    fn number(&mut self) -> Result<f64, FilterError> {
        let number = match self.peek() {
            Some(Token::Word(word)) => finite(word),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected("a number"))?;
        self.skip();
        Ok(number)
    }

    fn text(&mut self, key: TextKey) -> Result<Filter, FilterError> {
        let Some(test) = self.text_test() else {
            return match self.peek() {
                Some(Token::Comparison(_)) => {
                    Err(self.expected("`=`, `!=`, CONTAINS, BEGINSWITH or ENDSWITH"))
                }
                _ => Ok(Filter::Present(key)),
            };
        };
        Ok(Filter::Text(key, test, self.wanted_text()?))
    }

    fn text_test(&mut self) -> Option<TextTest> {
        let test = match self.peek()? {
            Token::Comparison(Comparison::Equal) => TextTest::Equal,
            Token::Comparison(Comparison::NotEqual) => TextTest::NotEqual,
            Token::Word(word) if word.eq_ignore_ascii_case("CONTAINS") => TextTest::Contains,
            Token::Word(word) if word.eq_ignore_ascii_case("BEGINSWITH") => TextTest::BeginsWith,
            Token::Word(word) if word.eq_ignore_ascii_case("ENDSWITH") => TextTest::EndsWith,
            _ => return None,
        };
        self.skip();
        Some(test)
    }

    // One of the guide's examples has a name without quotes.
    fn wanted_text(&mut self) -> Result<String, FilterError> {
        let Some(Token::Quoted(text) | Token::Word(text)) = self.peek() else {
            return Err(self.expected("a text in double quotes"));
        };
        let text = text.clone();
        self.skip();
        Ok(text)
    }

    fn annotation(&mut self, key: &str) -> Result<Filter, FilterError> {
        let test = match self.peek() {
            Some(Token::Comparison(comparison)) => {
                let comparison = *comparison;
                self.skip();
                self.annotation_test(comparison)?
            }
            _ => match self.text_test() {
                Some(test) => AnnotationTest::Text(test, self.wanted_text()?),
                None => AnnotationTest::Present,
            },
        };
        Ok(Filter::Annotation(key.to_string(), test))
    }

    /// Reads the value, whose form says what type the annotation must have.
    fn annotation_test(&mut self, comparison: Comparison) -> Result<AnnotationTest, FilterError> {
        let value = self.peek().cloned();
        let text_test = match comparison {
            Comparison::Equal => Some(TextTest::Equal),
            Comparison::NotEqual => Some(TextTest::NotEqual),
            _ => None,
        };
        let test = match (value, text_test) {
            (Some(Token::Quoted(text)), Some(test)) => AnnotationTest::Text(test, text),
            (Some(Token::Word(word)), Some(test)) if is_boolean(&word) => {
                let is_true = word.eq_ignore_ascii_case("true");
                AnnotationTest::Bool(is_true == (test == TextTest::Equal))
            }
            (Some(Token::Word(word)), _) => match finite(&word) {
                Some(number) => AnnotationTest::Number(comparison, number),
                None => {
                    return Err(self.expected("a number, true, false or a text in double quotes"));
                }
            },
            _ => return Err(self.expected("a number, true, false or a text in double quotes")),
        };
        self.skip();
        Ok(test)
    }

    fn service(&mut self) -> Result<Filter, FilterError> {
        self.need_mark('(', "`(` after service")?;
        let selector = match self.peek() {
            Some(Token::Mark(')')) => Selector::default(),
            _ => self.selector()?,
        };
        self.need_mark(')', "`)`")?;
        Ok(Filter::Service(selector, Box::new(self.node_filter()?)))
    }

    fn edge(&mut self) -> Result<Filter, FilterError> {
        self.need_mark('(', "`(` after edge")?;
        let from = self.selector()?;
        self.need_mark(',', "`,` between the two services")?;
        let to = self.selector()?;
        self.need_mark(')', "`)`")?;
        Ok(Filter::Edge(from, to, Box::new(self.node_filter()?)))
    }

    fn selector(&mut self) -> Result<Selector, FilterError> {
        if !self.take_word("id") {
            return match self.peek() {
                Some(Token::Quoted(_)) => Ok(Selector {
                    name: Some(self.wanted_text()?),
                    ..Selector::default()
                }),
                _ => Err(self.expected("a name in double quotes or id(…)")),
            };
        }
        self.need_mark('(', "`(` after id")?;
        let mut selector = Selector::default();
        loop {
            let part = if self.take_word("name") {
                &mut selector.name
            } else if self.take_word("type") {
                &mut selector.kind
            } else if self.take_word("account.id") {
                &mut selector.account_id
            } else {
                return Err(self.expected("name, type or account.id"));
            };
            self.need_mark(':', "`:`")?;
            *part = Some(self.wanted_text()?);
            if !self.take_mark(',') {
                self.need_mark(')', "`,` or `)`")?;
                return Ok(selector);
            }
        }
    }

    fn node_filter(&mut self) -> Result<Filter, FilterError> {
        if !self.take_mark('{') {
            return Ok(Filter::All(Vec::new()));
        }
        if self.take_mark('}') {
            return Ok(Filter::All(Vec::new()));
        }
        let outside = std::mem::replace(&mut self.in_node, true);
        let inner = self.nested(Self::any)?;
        self.in_node = outside;
        self.need_mark('}', "`}`")?;
        Ok(inner)
    }

    /// Reads which group is meant and puts its own filter in the place.
    fn group(&mut self) -> Result<Filter, FilterError> {
        let is_equal = match self.comparison()? {
            Comparison::Equal => true,
            Comparison::NotEqual => false,
            _ => return Err(self.expected("`=` or `!=`")),
        };
        let name = self.wanted_text()?;
        let unknown = || FilterError::UnknownGroup { name: name.clone() };
        let expression = (self.groups)(&name).ok_or_else(unknown)?;
        // Groups of groups would allow circles, so inside a group no group is known.
        let filter = parse(&expression, &|_| None).map_err(|_| unknown())?;
        Ok(if is_equal {
            filter
        } else {
            Filter::Not(Box::new(filter))
        })
    }
}

fn one_or(mut filters: Vec<Filter>, several: fn(Vec<Filter>) -> Filter) -> Filter {
    match (filters.len(), filters.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            filters.extend(last);
            several(filters)
        }
    }
}

fn finite(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_boolean(word: &str) -> bool {
    word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false")
}

fn flag_named(keyword: &str) -> Option<Flag> {
    Some(match keyword {
        "ok" => Flag::Ok,
        "error" => Flag::Error,
        "throttle" => Flag::Throttle,
        "fault" => Flag::Fault,
        "partial" => Flag::Partial,
        "inferred" => Flag::Inferred,
        "remote" => Flag::Remote,
        "root" => Flag::Root,
        _ => return None,
    })
}

fn number_named(keyword: &str) -> Option<NumberKey> {
    Some(match keyword {
        "responsetime" => NumberKey::ResponseTime,
        "duration" => NumberKey::Duration,
        "http.status" => NumberKey::HttpStatus,
        _ => return None,
    })
}

fn text_named(keyword: &str) -> Option<TextKey> {
    Some(match keyword {
        "http.url" => TextKey::HttpUrl,
        "http.method" => TextKey::HttpMethod,
        "http.useragent" => TextKey::HttpUserAgent,
        "http.clientip" => TextKey::HttpClientIp,
        "user" => TextKey::User,
        "name" => TextKey::Name,
        "type" => TextKey::Type,
        "message" => TextKey::Message,
        "availabilityzone" => TextKey::AvailabilityZone,
        "instance.id" => TextKey::InstanceId,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text, &|_| None).unwrap_err().to_string()
    }

    #[test]
    fn faults_are_named_with_their_place() {
        for (text, message) in [
            ("service(\"a", "expected a closing quote at character 11"),
            (
                "service(a)",
                "expected a name in double quotes or id(…) at character 9",
            ),
            ("service(\"a\") {", "expected a keyword at character 15"),
            ("ok AND", "expected a keyword at character 7"),
            ("ok )", "expected AND, OR or the end at character 4"),
            ("ok = 3", "expected true or false at character 6"),
            ("ok > true", "expected `=` or `!=` at character 4"),
            ("responsetime", "expected a comparison at character 13"),
            ("responsetime > \"5\"", "expected a number at character 16"),
            ("duration > nan", "expected a number at character 12"),
            (
                "user < \"a\"",
                "expected `=`, `!=`, CONTAINS, BEGINSWITH or ENDSWITH at character 6",
            ),
            ("srevice(\"a\")", "unknown keyword `srevice` at character 1"),
            ("https://x", "unknown keyword `https` at character 1"),
            ("é & x", "expected a keyword at character 3"),
            ("annotation[a > 3", "expected `]` at character 17"),
            (
                "edge(\"a\")",
                "expected `,` between the two services at character 9",
            ),
            (
                "service(\"a\") { annotation.b }",
                "expected no annotation inside service or edge at character 16",
            ),
        ] {
            assert_eq!(error(text), message, "{text}");
        }
    }

    #[test]
    fn what_we_lack_is_told_from_what_is_wrong() {
        for text in [
            "first",
            "rootcause.fault.service { ok }",
            "coverage > 0.5",
            "json = \"x\"",
        ] {
            let found = parse(text, &|_| None).unwrap_err();
            assert!(matches!(found, FilterError::Unsupported { .. }), "{text}");
        }
        assert_eq!(
            error("group.name = \"x\""),
            "the group `x` does not exist, or its own filter cannot be used"
        );
    }

    #[test]
    fn a_group_that_names_itself_ends() {
        let groups = |_: &str| Some("group.name = \"me\"".to_string());
        let found = parse("group.name = \"me\"", &groups).unwrap_err();
        assert!(matches!(found, FilterError::UnknownGroup { .. }));
    }

    #[test]
    fn deep_nesting_is_refused_and_long_rows_are_not() {
        assert_eq!(
            error(&"(".repeat(100_000)),
            FilterError::TooDeep.to_string()
        );
        assert_eq!(
            error(&"service(){".repeat(1000)),
            FilterError::TooDeep.to_string()
        );
        assert!(parse(&format!("{}ok", "!".repeat(100_000)), &|_| None).is_ok());
        assert!(parse(&"ok ".repeat(10_000), &|_| None).is_ok());
    }

    #[test]
    fn quotes_inside_quotes_are_escaped() {
        let filter = parse("user = \"a \\\"b\\\" \\\\ \\n\"", &|_| None).unwrap();
        assert_eq!(
            filter,
            Filter::Text(TextKey::User, TextTest::Equal, "a \"b\" \\ \\n".to_string())
        );
    }
}
