//! The grammar of filter expressions: text in, [`Filter`] out.

use serde_json::Value;

use super::filter::{
    AnnotationTest, CauseKind, CausePart, CausePattern, Comparison, EntitySelector, Filter, Flag,
    Selector, TextKey, TextTest,
};
use super::filter_advice as advice;
use super::filter_error::{FilterError, FilterFault};
use super::filter_keywords::{
    MAX_DEPTH, cause_named, flag_named, number_named, operator_meant, text_named,
};
use super::filter_slips::in_quotes;
use super::filter_tokens::{Placed, Token, tokens};

/// Reads a filter expression; an empty one means every trace.
///
/// `groups` returns the filter expression of a group by its name or ARN.
///
/// # Errors
/// See [`FilterError`]; of its faults only an unknown group may be right elsewhere.
pub fn parse(text: &str, groups: &dyn Fn(&str) -> Option<String>) -> Result<Filter, FilterError> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Filter::All(Vec::new()));
    }
    let mut parser = Parser::new(text, &tokens, groups);
    let filter = parser.any()?;
    match parser.peek() {
        None => Ok(filter),
        Some(Token::Mark(mark @ (')' | '}'))) => {
            let fault = FilterFault::Unopened { mark: *mark };
            Err(parser.error(fault, parser.place()))
        }
        Some(_) => Err(parser.expected("AND, OR or the end")),
    }
}

/// Reads which service or call is meant: `service(…)`, `edge(…, …)` or `id(…)`, and nothing else.
///
/// Source: X-Ray API, GetTimeSeriesServiceStatistics, `EntitySelectorExpression`.
///
/// # Errors
/// See [`FilterError`].
pub fn parse_entity(text: &str) -> Result<EntitySelector, FilterError> {
    const EXPECTED: &str = "service(…), edge(…, …) or id(…)";
    let tokens = tokens(text)?;
    let mut parser = Parser::new(text, &tokens, &|_| None);
    let is_id = matches!(parser.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("id"));
    let selector = if is_id {
        EntitySelector::Service(parser.selector()?)
    } else if parser.take_word("service") {
        EntitySelector::Service(parser.service_selector()?)
    } else if parser.take_word("edge") {
        let (from, to) = parser.edge_selectors()?;
        EntitySelector::Edge(from, to)
    } else {
        return Err(parser.expected(EXPECTED));
    };
    match parser.tokens.first() {
        None => Ok(selector),
        Some(_) => Err(parser.expected("the end")),
    }
}

#[derive(Clone)]
pub(super) struct Parser<'t> {
    /// All of it.
    pub(super) text: &'t str,
    /// What is left.
    pub(super) tokens: &'t [Placed],
    end: usize,
    groups: &'t dyn Fn(&str) -> Option<String>,
    depth: usize,
    /// Inside the braces of `service` or `edge`.
    in_node: bool,
    /// The last text that had no quotes: its first character and where the next piece begins.
    bare_text: Option<(usize, usize)>,
    /// What is read is only to be quoted in an error, so errors in it need no advice of their own.
    pub(super) is_quoting: bool,
}

impl<'t> Parser<'t> {
    fn new(
        text: &'t str,
        tokens: &'t [Placed],
        groups: &'t dyn Fn(&str) -> Option<String>,
    ) -> Parser<'t> {
        Parser {
            text,
            tokens,
            end: text.chars().count() + 1,
            groups,
            depth: 0,
            in_node: false,
            bare_text: None,
            is_quoting: false,
        }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.first().map(|placed| &placed.token)
    }

    // Where the next piece is, and how long.
    pub(super) fn place(&self) -> (usize, usize) {
        let place = |placed: &Placed| (placed.at, placed.length);
        self.tokens.first().map_or((self.end, 0), place)
    }

    fn error(&self, fault: FilterFault, (at, length): (usize, usize)) -> FilterError {
        FilterError {
            fault,
            at,
            length,
            right: None,
            text: self.text.to_string(),
        }
    }

    pub(super) fn skip(&mut self) {
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
        self.error(FilterFault::Expected(expected), self.place())
    }

    /// The same, with how it is written right.
    fn expected_as(&self, expected: &'static str, right: Option<String>) -> FilterError {
        FilterError {
            right,
            ..self.expected(expected)
        }
    }

    /// Reads the mark that closes the one at `opened`, a character counted from 1.
    fn need_closing(
        &mut self,
        mark: char,
        opened: usize,
        expected: &'static str,
    ) -> Result<(), FilterError> {
        if self.take_mark(mark) {
            return Ok(());
        }
        if !self.tokens.is_empty() {
            return Err(self.expected(expected));
        }
        let fault = FilterFault::Unclosed {
            mark: if mark == ')' { '(' } else { '{' },
            opened_at: opened,
        };
        Err(FilterError {
            right: Some(format!("{}{mark}", self.text.trim_end())),
            ..self.error(fault, self.place())
        })
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
            return Err(self.error(FilterFault::TooDeep, self.place()));
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

    pub(super) fn condition(&mut self) -> Result<Filter, FilterError> {
        let mut is_negated = false;
        while self.take_mark('!') {
            is_negated = !is_negated;
        }
        let (opened, _) = self.place();
        let filter = if self.take_mark('(') {
            let inner = self.nested(Self::any)?;
            self.need_closing(')', opened, "`)`")?;
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
        let place = self.place();
        let keyword = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            Some(Token::AnnotationKey(key)) => format!("annotation.{key}"),
            _ => return Err(self.expected("a keyword")),
        };
        let at_keyword = self.clone();
        self.skip();
        let plain = keyword.to_ascii_lowercase();
        if let (Some(_), Some((_, key))) =
            (plain.strip_prefix("annotation."), keyword.split_once('.'))
        {
            if self.in_node {
                return Err(self.error(FilterFault::AnnotationInside, place));
            }
            return self.annotation(key);
        }
        if let Some(flag) = flag_named(&plain) {
            return self.flag(flag, &keyword);
        }
        let kind = number_named(&plain)
            .map(|_| ())
            .or(text_named(&plain).map(|_| ()));
        if let (Some(()), Some(Token::Word(word))) = (kind, self.peek())
            && operator_meant(word).is_some()
        {
            let fault = FilterFault::Operator {
                found: word.clone(),
            };
            return Err(FilterError {
                right: advice::operator(&at_keyword),
                ..self.error(fault, self.place())
            });
        }
        if let Some(key) = number_named(&plain) {
            let comparison = self.comparison()?;
            return Ok(Filter::Number(key, comparison, self.number()?));
        }
        if let Some(key) = text_named(&plain) {
            return self.text(key);
        }
        if let Some((kind, part)) = cause_named(&plain) {
            return self.cause(kind, part);
        }
        match plain.as_str() {
            "service" => {
                let selector = self.service_selector()?;
                Ok(Filter::Service(selector, Box::new(self.node_filter()?)))
            }
            "edge" => {
                let (from, to) = self.edge_selectors()?;
                Ok(Filter::Edge(from, to, Box::new(self.node_filter()?)))
            }
            "group.name" | "group.arn" => self.group(),
            "json" | "rootcause.json" => self.cause_json(),
            "not" => Err(FilterError {
                right: advice::negated(self),
                ..self.error(FilterFault::Not, place)
            }),
            "id" => Err(FilterError {
                right: advice::id(&at_keyword),
                ..self.error(FilterFault::IdAlone, place)
            }),
            _ => Err(self.unknown(&at_keyword, &keyword)),
        }
    }

    /// Returns what is wrong about a word that is no keyword.
    fn unknown(&self, at_keyword: &Parser<'_>, keyword: &str) -> FilterError {
        let place = at_keyword.place();
        if let Some((start, _)) = self.bare_text.filter(|(_, end)| *end == place.0) {
            return FilterError {
                right: Some(advice::bare_text(at_keyword, start)),
                at: start,
                length: place.0 + place.1 - start,
                ..at_keyword.expected("a text in double quotes, if it has blanks,")
            };
        }
        let fault = match operator_meant(keyword) {
            Some(_) => FilterFault::Operator {
                found: keyword.to_string(),
            },
            None => FilterFault::unknown_keyword(keyword),
        };
        let right = match operator_meant(keyword) {
            Some(operator) => Some(operator.to_string()),
            None => advice::service(at_keyword),
        };
        FilterError {
            right,
            ..self.error(fault, place)
        }
    }

    fn flag(&mut self, flag: Flag, keyword: &str) -> Result<Filter, FilterError> {
        let Some(Token::Comparison(comparison)) = self.peek() else {
            return Ok(Filter::Flag(flag));
        };
        let is_equal = match comparison {
            Comparison::Equal => true,
            Comparison::NotEqual => false,
            _ => return Err(self.expected_as("`=` or `!=`", Some(keyword.to_string()))),
        };
        self.skip();
        let wanted = match (self.take_word("true"), self.take_word("false")) {
            (true, _) => true,
            (false, true) => false,
            _ => return Err(self.expected_as("true or false", advice::flag(self.peek()))),
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
        let number =
            number.ok_or_else(|| self.expected_as("a number", advice::number(self.peek())))?;
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
        let (at, _) = self.place();
        let (text, is_bare) = match self.peek() {
            Some(Token::Quoted(text)) => (text.clone(), false),
            Some(Token::Word(text)) => (text.clone(), true),
            _ => return Err(self.expected("a text in double quotes")),
        };
        self.skip();
        if is_bare {
            let (next, _) = self.place();
            // `http://…` ends at its colon.
            if self.peek() == Some(&Token::Mark(':')) {
                let right = advice::up_to_blank(self.text, at);
                return Err(FilterError {
                    at,
                    length: right.chars().count() - 2,
                    right: Some(right),
                    ..self.expected("a text in double quotes")
                });
            }
            self.bare_text = Some((at, next));
        }
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
                    return Err(self.expected_as(
                        "a number, true, false or a text in double quotes",
                        text_test.map(|_| in_quotes(&word)),
                    ));
                }
            },
            _ => return Err(self.expected("a number, true, false or a text in double quotes")),
        };
        self.skip();
        Ok(test)
    }

    fn service_selector(&mut self) -> Result<Selector, FilterError> {
        let (opened, _) = self.place();
        if !self.take_mark('(') {
            let right = advice::service_without_parentheses(self);
            return Err(self.expected_as("`(` after service", right));
        }
        let selector = match self.peek() {
            Some(Token::Mark(')')) => Selector::default(),
            _ => self.selector()?,
        };
        self.need_closing(')', opened, "`)`")?;
        Ok(selector)
    }

    fn edge_selectors(&mut self) -> Result<(Selector, Selector), FilterError> {
        let (opened, _) = self.place();
        self.need_mark('(', "`(` after edge")?;
        let from = self.selector()?;
        self.need_mark(',', "`,` between the two services")?;
        let to = self.selector()?;
        self.need_closing(')', opened, "`)`")?;
        Ok((from, to))
    }

    fn cause(&mut self, kind: CauseKind, part: CausePart) -> Result<Filter, FilterError> {
        Ok(Filter::Cause(kind, part, Box::new(self.node_filter()?)))
    }

    /// Reads `= #[…]`, or `!=`, or nothing, which asks whether there is any root cause.
    fn cause_json(&mut self) -> Result<Filter, FilterError> {
        let is_equal = match self.peek() {
            Some(Token::Comparison(Comparison::Equal)) => true,
            Some(Token::Comparison(Comparison::NotEqual)) => false,
            Some(Token::Comparison(_)) => return Err(self.expected("`=` or `!=`")),
            _ => return Ok(Filter::CauseJson(vec![CausePattern::default()])),
        };
        self.skip();
        let patterns = match self.peek() {
            Some(Token::Json(json)) => patterns(json),
            _ => None,
        };
        let Some(patterns) = patterns else {
            return Err(self.expected("`#[{\"Services\": […]}, …]`"));
        };
        self.skip();
        let filter = Filter::CauseJson(patterns);
        Ok(if is_equal {
            filter
        } else {
            Filter::Not(Box::new(filter))
        })
    }

    pub(super) fn selector(&mut self) -> Result<Selector, FilterError> {
        if !self.take_word("id") {
            return match self.peek() {
                Some(Token::Quoted(_)) => Ok(Selector {
                    name: Some(self.wanted_text()?),
                    ..Selector::default()
                }),
                _ => Err(self.expected_as("a name in double quotes or id(…)", advice::name(self))),
            };
        }
        let (opened, _) = self.place();
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
            if !self.take_mark(':') {
                let is_equals = matches!(self.peek(), Some(Token::Comparison(Comparison::Equal)));
                let right = is_equals.then(|| ":".to_string());
                return Err(self.expected_as("`:`", right));
            }
            *part = Some(self.wanted_text()?);
            if !self.take_mark(',') {
                self.need_closing(')', opened, "`,` or `)`")?;
                return Ok(selector);
            }
        }
    }

    fn node_filter(&mut self) -> Result<Filter, FilterError> {
        let (opened, _) = self.place();
        if !self.take_mark('{') {
            return Ok(Filter::All(Vec::new()));
        }
        if self.take_mark('}') {
            return Ok(Filter::All(Vec::new()));
        }
        let outside = std::mem::replace(&mut self.in_node, true);
        let inner = self.nested(Self::any)?;
        self.in_node = outside;
        self.need_closing('}', opened, "`}`")?;
        Ok(inner)
    }

    /// Reads which group is meant and puts its own filter in the place.
    fn group(&mut self) -> Result<Filter, FilterError> {
        let is_equal = match self.comparison()? {
            Comparison::Equal => true,
            Comparison::NotEqual => false,
            _ => return Err(self.expected("`=` or `!=`")),
        };
        let place = self.place();
        let name = self.wanted_text()?;
        let unknown = || {
            let name = name.clone();
            self.error(FilterFault::UnknownGroup { name }, place)
        };
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

pub(super) fn finite(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_boolean(word: &str) -> bool {
    word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false")
}

fn patterns(json: &Value) -> Option<Vec<CausePattern>> {
    let causes = json.as_array().filter(|causes| !causes.is_empty())?;
    causes.iter().map(CausePattern::of_json).collect()
}

#[cfg(test)]
mod tests {
    use super::super::filter_keywords::KEYWORDS;
    use super::*;

    fn error(text: &str) -> String {
        parse(text, &|_| None).unwrap_err().to_string()
    }

    #[test]
    fn faults_are_named_with_their_place() {
        for (text, message) in [
            (
                "service(\"a",
                "the text at character 9 has no closing quote; write `\"a\"`",
            ),
            (
                "service(a)",
                "expected a name in double quotes or id(…) at character 9; write `\"a\"`",
            ),
            ("service(\"a\") {", "expected a keyword at character 15"),
            ("ok AND", "expected a keyword at character 7"),
            ("ok )", "`)` at character 4 closes nothing"),
            ("ok = 3", "expected true or false at character 6"),
            (
                "ok > true",
                "expected `=` or `!=` at character 4; write `ok`",
            ),
            ("responsetime", "expected a comparison at character 13"),
            (
                "responsetime > \"5\"",
                "expected a number at character 16; write `5`",
            ),
            ("duration > nan", "expected a number at character 12"),
            (
                "user < \"a\"",
                "expected `=`, `!=`, CONTAINS, BEGINSWITH or ENDSWITH at character 6",
            ),
            (
                "srevice(\"a\")",
                "unknown keyword `srevice` at character 1; did you mean `service`?",
            ),
            ("https://x", "unknown keyword `https` at character 1"),
            (
                "é & x",
                "`&` at character 3 is no operator of filter expressions; write `AND`",
            ),
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

    /// Which part of an expression is wrong, and how that is written right.
    fn marked(text: &str) -> (String, String) {
        let error = parse(text, &|_| Some(String::new())).unwrap_err();
        let marked = text.chars().skip(error.at - 1).take(error.length.max(1));
        (marked.collect(), error.right.unwrap_or_default())
    }

    #[test]
    fn what_other_languages_write_is_shown_as_it_is_written_here() {
        for (text, wrong, right) in [
            ("NOT fault", "NOT", "!fault"),
            ("ok and not (fault OR error)", "not", "!(fault OR error)"),
            ("NOT service(\"a\") AND ok", "NOT", "!service(\"a\")"),
            ("NOT http.status = 200", "NOT", "http.status != 200"),
            ("NOT duration > 5 ok", "NOT", "duration <= 5"),
            ("NOT annotation.plan", "NOT", "!annotation.plan"),
            ("NOT", "NOT", ""),
            ("http.url CONTAINS 'api'", "'api'", "\"api\""),
            (
                "service('backend-flask')",
                "'backend-flask'",
                "\"backend-flask\"",
            ),
            ("user = 'o\"hara", "'o\"hara", "\"o\\\"hara\""),
            ("user = “ann”", "“ann”", "\"ann\""),
            ("user = `ann`", "`ann`", "\"ann\""),
            ("id(name:\"x\")", "id", "service(id(name:\"x\"))"),
            (
                "ok id(name: \"x\", type: \"client\") ok",
                "id",
                "service(id(name: \"x\", type: \"client\"))",
            ),
            ("id", "id", ""),
            ("http.status == 200", "==", "="),
            ("http.url =~ \"api\"", "=~", "CONTAINS"),
            ("http.url ~ \"api\"", "~", "CONTAINS"),
            ("http.status <> 200", "<>", "!="),
            ("http.status !== 200", "!==", "!="),
            ("duration => 5", "=>", ">="),
            ("fault && ok", "&&", "AND"),
            ("fault || ok", "||", "OR"),
            ("fault; ok", ";", "AND"),
            (
                "http.url LIKE \"%api%\"",
                "LIKE",
                "http.url CONTAINS \"api\"",
            ),
            ("user startswith an", "startswith", "user BEGINSWITH \"an\""),
            (
                "http.status IN (500, 503)",
                "IN",
                "(http.status = 500 OR http.status = 503)",
            ),
            ("http.method in (\"GET\")", "in", "http.method = \"GET\""),
            ("duration gt 5", "gt", "duration > 5"),
            ("annotation.plan like \"f\"", "like", "CONTAINS"),
            (
                "service(backend-flask)",
                "backend-flask",
                "\"backend-flask\"",
            ),
            (
                "service(backend flask) { fault }",
                "backend",
                "\"backend flask\"",
            ),
            ("service(name = \"a\")", "name", "\"a\""),
            ("service(id(name=\"a\"))", "=", ":"),
            ("service = \"a\"", "=", "service(\"a\")"),
            (
                "service backend-flask",
                "backend-flask",
                "service(\"backend-flask\")",
            ),
            ("service.name != \"a\"", "service.name", "!service(\"a\")"),
            ("edge(a, \"b\")", "a", "\"a\""),
            (
                "user = andrew brown AND ok",
                "andrew brown",
                "\"andrew brown\"",
            ),
            (
                "http.url = http://127.0.0.1:4567/api AND ok",
                "http://127.0.0.1:4567/api",
                "\"http://127.0.0.1:4567/api\"",
            ),
            ("annotation.plan = free", "free", "\"free\""),
            ("duration > 250ms", "250ms", "0.25"),
            ("responsetime >= 5s", "5s", "5"),
            ("duration > \"5\"", "\"5\"", "5"),
            ("http.status = 5xx", "5xx", "500"),
            ("fault = 1", "1", "true"),
            ("fault = \"false\"", "\"false\"", "false"),
            ("fault > 0", ">", "fault"),
            ("(fault OR error", "(", "(fault OR error)"),
            ("service(\"a\"", "(", "service(\"a\")"),
            ("service(\"a\") { fault", "{", "service(\"a\") { fault}"),
            ("fault)", ")", ""),
            ("fault }", "}", ""),
            ("service(\"backend", "\"backend", "\"backend\""),
            ("service(\"backend)", "\"backend)", "\"backend\")"),
            ("service($SERVICE)", "$SERVICE", ""),
            ("user = ${USER:-x}", "${USER:-x}", ""),
        ] {
            let (found, written) = marked(text);
            // What is not closed is named by its place; the mark stands where the other is missing.
            let is_unclosed = matches!(wrong, "(" | "{");
            let found = if is_unclosed { wrong } else { found.as_str() };
            assert_eq!((found, written.as_str()), (wrong, right), "{text}");
        }
    }

    #[test]
    fn words_of_other_tools_are_asked_about() {
        for (word, keyword) in [
            ("status", "http.status"),
            ("http.status_code", "http.status"),
            ("url", "http.url"),
            ("method", "http.method"),
            ("latency", "responsetime"),
            ("statsu", "http.status"),
            ("mehtod", "http.method"),
            ("group", "group.name"),
        ] {
            let error = parse(&format!("{word} = \"x\""), &|_| None).unwrap_err();
            assert_eq!(error.near(), Some(keyword), "{word}");
        }
    }

    #[test]
    fn what_is_written_right_can_be_read() {
        for text in [
            "!fault",
            "!(fault OR error)",
            "http.status != 200",
            "service(id(name:\"x\"))",
            "(http.status = 500 OR http.status = 503)",
            "http.url CONTAINS \"api\"",
            "user = \"o\\\"hara\"",
        ] {
            assert!(parse(text, &|_| None).is_ok(), "{text}");
        }
    }

    #[test]
    fn every_keyword_of_the_guide_is_known() {
        for keyword in KEYWORDS {
            let after = match keyword {
                "service" | "edge" => "(id(name: \"a\"))",
                "group.name" | "group.arn" => " = \"x\"",
                "AND" | "OR" | "id" => continue,
                _ if number_named(keyword).is_some() => " > 1",
                _ => "",
            };
            let after = after.replace("))", if keyword == "edge" { "), \"b\")" } else { "))" });
            let found = parse(&format!("{keyword}{after}"), &|_| Some("ok".to_string()));
            assert!(found.is_ok(), "{keyword}{after}: {found:?}");
        }
        assert_eq!(
            error("ok group.name = \"x\""),
            "the group `x` at character 17 does not exist, or its own filter cannot be used"
        );
    }

    #[test]
    fn root_causes_in_json_are_read_up_to_their_bracket() {
        let services = r#"{"Services": [{"Name": "a", "EntityPath": [{"Name": "b"}]}]}"#;
        assert!(
            parse(
                &format!("rootcause.json = #[{services}, {services}] ok"),
                &|_| None
            )
            .is_ok()
        );
        assert!(parse(&format!("json != #[{services}]"), &|_| None).is_ok());
        for text in ["json = #[", "json = #", "json = #[1", "ok #]"] {
            assert!(
                error(text).contains("expected the JSON of root causes"),
                "{text}"
            );
        }
        for text in [
            "json = #[]",
            "json = #[1]",
            "json = #{}",
            "json = \"[]\"",
            "json =",
        ] {
            assert!(error(text).contains("\"Services\""), "{text}");
        }
        let deep = format!("json = #{}", "[".repeat(100_000));
        assert!(error(&deep).contains("expected the JSON"));
    }

    #[test]
    fn a_service_or_a_call_is_selected_by_the_same_grammar() {
        let named = |name: &str| Selector {
            name: Some(name.to_string()),
            ..Selector::default()
        };
        for (text, selector) in [
            ("service(\"a\")", EntitySelector::Service(named("a"))),
            ("id(name: \"a\")", EntitySelector::Service(named("a"))),
            ("service()", EntitySelector::Service(Selector::default())),
            (
                "edge(\"a\", id(name: \"b\"))",
                EntitySelector::Edge(named("a"), named("b")),
            ),
        ] {
            assert_eq!(parse_entity(text), Ok(selector), "{text}");
        }
        for text in ["", "ok", "service(\"a\") { ok }", "edge(\"a\")", "service"] {
            assert!(parse_entity(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_group_that_names_itself_ends() {
        let groups = |_: &str| Some("group.name = \"me\"".to_string());
        let found = parse("group.name = \"me\"", &groups).unwrap_err();
        assert!(matches!(found.fault, FilterFault::UnknownGroup { .. }));
    }

    #[test]
    fn deep_nesting_is_refused_and_long_rows_are_not() {
        assert_eq!(
            error(&"(".repeat(100_000)),
            "nested more than 32 levels deep at character 34"
        );
        assert_eq!(
            error(&"service(){".repeat(1000)),
            "nested more than 32 levels deep at character 331"
        );
        assert!(parse(&format!("{}ok", "!".repeat(100_000)), &|_| None).is_ok());
        assert!(parse(&"ok ".repeat(10_000), &|_| None).is_ok());
        for many in ["NOT ", "NOT !", "NOT (", "NOT service() {"] {
            assert!(parse(&many.repeat(100_000), &|_| None).is_err());
        }
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
