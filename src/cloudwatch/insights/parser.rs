//! From the text of a query to its commands.

use super::lexer::{Placed, Token, tokens};
use super::{ANSWER_MAX_ROWS, Command, Glob, Origin, Query, QueryError, Shown, Slot};
use crate::cloudwatch::json_values::{Paths, Step};

/// The most values that a query may name.
const MAX_SLOTS: usize = 1_000;

const COMMANDS: &str = "fields, display, filter, parse, stats, sort or limit";

impl Query {
    /// Reads a query; an empty one shows time and message of every line.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let mut parser = Parser {
            tokens: tokens(text)?,
            at: 0,
            length: text.chars().count(),
            query: Query {
                sources: Vec::new(),
                commands: Vec::new(),
                slots: Vec::new(),
                paths: Paths::default(),
            },
            has_stats: false,
        };
        if parser.word("SOURCE") {
            loop {
                let source = parser.text("the name of a log group in quotes")?;
                parser.query.sources.push(source);
                if !parser.sign(",") {
                    break;
                }
            }
            if parser.peek().is_none() {
                return parser.finish();
            }
            parser.require("|")?;
        }
        while parser.peek().is_some() {
            let command = parser.command()?;
            parser.query.commands.push(command);
            if parser.peek().is_some() {
                parser.require("|")?;
                if parser.peek().is_none() {
                    return Err(parser.expected(COMMANDS));
                }
            }
        }
        parser.finish()
    }
}

pub(super) struct Parser {
    tokens: Vec<Placed>,
    pub(super) at: usize,
    length: usize,
    query: Query,
    has_stats: bool,
}

pub(super) type Parsed<T> = Result<T, QueryError>;

impl Parser {
    // What is shown if nobody says, and what every line can be asked for by.
    pub(super) fn finish(mut self) -> Parsed<Query> {
        let shows = |it: &Command| {
            matches!(
                it,
                Command::Fields(_) | Command::Display(_) | Command::Stats(_)
            )
        };
        if !self.query.commands.iter().any(shows) {
            let mut fields = Vec::new();
            for name in ["@timestamp", "@message"] {
                let slot = self.slot(name)?;
                fields.push(Shown { slot, from: slot });
            }
            self.query.commands.insert(0, Command::Fields(fields));
        }
        if !self.has_stats {
            self.slot("@ptr")?;
        }
        Ok(self.query)
    }

    pub(super) fn command(&mut self) -> Parsed<Command> {
        let start = self.at;
        let Some(Token::Word(word)) = self.peek().cloned() else {
            return Err(self.expected(COMMANDS));
        };
        self.at += 1;
        match word.to_ascii_lowercase().as_str() {
            "fields" => Ok(Command::Fields(self.several(Parser::shown)?)),
            "display" => Ok(Command::Display(self.several(Parser::shown)?)),
            "filter" => Ok(Command::Filter(self.any(0)?)),
            "parse" => Ok(Command::Parse(self.glob()?)),
            "stats" if self.has_stats => {
                self.at = start;
                Err(self.unknown("a second stats is not answered by this local stack"))
            }
            "stats" => {
                self.has_stats = true;
                Ok(Command::Stats(self.stats()?))
            }
            "sort" | "order" => {
                self.word("by");
                Ok(Command::Sort(self.several(Parser::sorted)?))
            }
            "limit" | "head" => {
                let limit = self.whole_number("a number of rows", ANSWER_MAX_ROWS)?;
                Ok(Command::Limit(limit))
            }
            other => {
                self.at = start;
                Err(self.unknown(&format!(
                    "the command {other} is not answered by this local stack; it knows {COMMANDS}"
                )))
            }
        }
    }

    pub(super) fn several<T>(&mut self, one: fn(&mut Parser) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut several = vec![one(self)?];
        while self.sign(",") {
            several.push(one(self)?);
        }
        Ok(several)
    }

    // `field`, or `field as name`.
    pub(super) fn shown(&mut self) -> Parsed<Shown> {
        let from = self.field()?;
        let slot = match self.word("as") {
            true => self.new_name()?,
            false => from,
        };
        Ok(Shown { slot, from })
    }

    pub(super) fn sorted(&mut self) -> Parsed<(usize, bool)> {
        let slot = self.field()?;
        let is_descending = self.word("desc");
        if !is_descending {
            self.word("asc");
        }
        Ok((slot, is_descending))
    }

    pub(super) fn glob(&mut self) -> Parsed<Glob> {
        let from = match self.peek() {
            Some(Token::Text(_)) => self.slot("@message")?,
            _ => self.field()?,
        };
        if let Some(Token::Regex(_)) = self.peek() {
            return Err(
                self.unknown("parse with a regular expression is not answered by this local stack")
            );
        }
        let at = self.at;
        let text = self.text("a text with stars")?;
        let pieces: Vec<String> = text.split('*').map(str::to_string).collect();
        let wrong = |what: &str| Err(self.placed(at, what));
        if pieces.len() < 2 {
            return wrong("a star for each name is expected in the text");
        }
        let inner = pieces.get(1..pieces.len() - 1).unwrap_or_default();
        if inner.iter().any(String::is_empty) {
            return wrong("two stars need something between them");
        }
        if !self.word("as") {
            return Err(self.expected("as, and a name for each star"));
        }
        let slots = self.several(Parser::new_name)?;
        if slots.len() + 1 != pieces.len() {
            return Err(self.placed(at, "there must be as many names as stars"));
        }
        Ok(Glob {
            from,
            pieces,
            slots,
        })
    }

    // A name; of a result also as it was calculated, such as `count(*)`.
    pub(super) fn field(&mut self) -> Parsed<usize> {
        let start = self.at;
        match self.peek().cloned() {
            Some(Token::Name(name)) => {
                self.at += 1;
                self.slot(&name)
            }
            Some(Token::Word(word)) => {
                self.at += 1;
                if !matches!(self.peek(), Some(Token::Sign("("))) {
                    return self.slot(&word);
                }
                while !matches!(self.peek(), None | Some(Token::Sign(")"))) {
                    self.at += 1;
                }
                self.require(")")?;
                let name = self.spelt(start, self.at);
                let known = self.query.slots.iter().position(|slot| slot.name == name);
                known.ok_or_else(|| QueryError {
                    what: format!("the function {word} is not answered here by this local stack"),
                    ..self.range(start, self.at)
                })
            }
            _ => Err(self.expected("the name of a field")),
        }
    }

    pub(super) fn new_name(&mut self) -> Parsed<usize> {
        match self.peek().cloned() {
            Some(Token::Name(name) | Token::Word(name)) => {
                self.at += 1;
                self.computed(name)
            }
            _ => Err(self.expected("a name")),
        }
    }

    pub(super) fn computed(&mut self, name: String) -> Parsed<usize> {
        let known = self.query.slots.iter().rposition(|slot| slot.name == name);
        match known {
            Some(slot)
                if self
                    .query
                    .slots
                    .get(slot)
                    .is_some_and(|it| it.origin == Origin::Computed) =>
            {
                Ok(slot)
            }
            _ => self.push(Slot {
                name,
                origin: Origin::Computed,
            }),
        }
    }

    // The last of a name counts: an alias hides the field that is called alike.
    pub(super) fn slot(&mut self, name: &str) -> Parsed<usize> {
        if let Some(slot) = self.query.slots.iter().rposition(|slot| slot.name == name) {
            return Ok(slot);
        }
        let origin = match name {
            "@timestamp" => Origin::Timestamp,
            "@ingestionTime" => Origin::IngestionTime,
            "@message" => Origin::Message,
            "@logStream" => Origin::LogStream,
            "@log" => Origin::Log,
            "@ptr" => Origin::Pointer,
            name => {
                let paths = paths_of(name).into_iter();
                Origin::Json(paths.map(|path| self.query.paths.number(path)).collect())
            }
        };
        self.push(Slot {
            name: name.to_string(),
            origin,
        })
    }

    pub(super) fn push(&mut self, slot: Slot) -> Parsed<usize> {
        if self.query.slots.len() >= MAX_SLOTS {
            return Err(self.unknown("the query names too many fields"));
        }
        self.query.slots.push(slot);
        Ok(self.query.slots.len() - 1)
    }

    pub(super) fn text(&mut self, what: &str) -> Parsed<String> {
        match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.expected(what)),
        }
    }

    pub(super) fn whole_number(&mut self, what: &str, most: usize) -> Parsed<usize> {
        let number = match self.peek() {
            Some(Token::Word(word)) => word.parse().ok().filter(|it| (1..=most).contains(it)),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected(&format!("{what} from 1 to {most}")))?;
        self.at += 1;
        Ok(number)
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, n: usize) -> Option<&Token> {
        self.tokens.get(self.at + n).map(|placed| &placed.token)
    }

    pub(super) fn word(&mut self, wanted: &str) -> bool {
        let is_it =
            matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(is_it);
        is_it
    }

    pub(super) fn sign(&mut self, wanted: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Sign(sign)) if *sign == wanted);
        self.at += usize::from(is_it);
        is_it
    }

    pub(super) fn require(&mut self, wanted: &str) -> Parsed<()> {
        match self.sign(wanted) {
            true => Ok(()),
            false => Err(self.expected(wanted)),
        }
    }

    // What tokens `start..end` look like without the blanks between them.
    pub(super) fn spelt(&self, start: usize, end: usize) -> String {
        let tokens = self.tokens.get(start..end).unwrap_or_default();
        let spelt = tokens.iter().map(|placed| match &placed.token {
            Token::Word(text) | Token::Name(text) | Token::Text(text) | Token::Regex(text) => text,
            Token::Sign(sign) => *sign,
        });
        spelt.collect()
    }

    pub(super) fn expected(&self, what: &str) -> QueryError {
        self.unknown(&format!("{what} is expected"))
    }

    pub(super) fn unknown(&self, what: &str) -> QueryError {
        self.placed(self.at, what)
    }

    pub(super) fn placed(&self, at: usize, what: &str) -> QueryError {
        QueryError {
            what: what.to_string(),
            ..self.range(at, at + 1)
        }
    }

    pub(super) fn range(&self, start: usize, end: usize) -> QueryError {
        let last = end.checked_sub(1).and_then(|last| self.tokens.get(last));
        QueryError {
            what: String::new(),
            start: self.tokens.get(start).map_or(self.length, |it| it.start),
            end: last.map_or(self.length, |it| it.end),
        }
    }
}

// A dot goes into an object or an array; or it is part of a name, as in OpenTelemetry's attributes.
fn paths_of(name: &str) -> Vec<Vec<Step>> {
    let parts: Vec<&str> = name.split('.').collect();
    // Few names have so many dots that trying everything would be too much.
    let tries_all = parts.len() <= 5;
    let mut paths: Vec<Vec<Step>> = vec![Vec::new()];
    for part in parts {
        let mut longer = Vec::new();
        for path in paths {
            let with = |step: Step| -> Vec<Step> { path.iter().cloned().chain([step]).collect() };
            let element = part.parse().ok().filter(|_| !path.is_empty());
            if element.is_none() || tries_all {
                longer.push(with(Step::Member(part.to_string())));
            }
            longer.extend(element.map(|idx| with(Step::Element(idx))));
            if let Some((Step::Member(last), before)) = path.split_last()
                && tries_all
            {
                let wider = Step::Member(format!("{last}.{part}"));
                longer.push(before.iter().cloned().chain([wider]).collect());
            }
        }
        paths = longer;
    }
    paths
}
