//! From the text of a query to its commands.

use regex_lite::Regex;

use super::condition::{Condition, Op, Operand};
use super::datum::Datum;
use super::lexer::{Placed, Token, tokens};
use super::stats::{Calculation, GroupBy, Stats};
use super::{ANSWER_MAX_ROWS, Command, Glob, Origin, Query, QueryError, Shown, Slot};
use crate::cloudwatch::json_values::{Paths, Step};

/// Parentheses inside each other; keeps reading and asking far from the end of the stack.
const MAX_DEPTH: usize = 32;
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

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    length: usize,
    query: Query,
    has_stats: bool,
}

type Parsed<T> = Result<T, QueryError>;

impl Parser {
    // What is shown if nobody says, and what every line can be asked for by.
    fn finish(mut self) -> Parsed<Query> {
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

    fn command(&mut self) -> Parsed<Command> {
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

    fn several<T>(&mut self, one: fn(&mut Parser) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut several = vec![one(self)?];
        while self.sign(",") {
            several.push(one(self)?);
        }
        Ok(several)
    }

    // `field`, or `field as name`.
    fn shown(&mut self) -> Parsed<Shown> {
        let from = self.field()?;
        let slot = match self.word("as") {
            true => self.new_name()?,
            false => from,
        };
        Ok(Shown { slot, from })
    }

    fn sorted(&mut self) -> Parsed<(usize, bool)> {
        let slot = self.field()?;
        let is_descending = self.word("desc");
        if !is_descending {
            self.word("asc");
        }
        Ok((slot, is_descending))
    }

    fn glob(&mut self) -> Parsed<Glob> {
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

    fn stats(&mut self) -> Parsed<Stats> {
        let calculations = self.several(Parser::calculation)?;
        let mut groups = Vec::new();
        if self.word("by") {
            groups = self.several(Parser::group)?;
        }
        Ok(Stats {
            calculations,
            groups,
        })
    }

    fn calculation(&mut self) -> Parsed<(Calculation, usize)> {
        const KNOWN: &str =
            "count, count_distinct, sum, avg, min, max or pct with what it is of in parentheses";
        let start = self.at;
        let Some(Token::Word(word)) = self.peek().cloned() else {
            return Err(self.expected(KNOWN));
        };
        self.at += 1;
        self.require("(")?;
        let calculation = match word.to_ascii_lowercase().as_str() {
            "count" if self.sign("*") || matches!(self.peek(), Some(Token::Sign(")"))) => {
                Calculation::Count(None)
            }
            "count" => Calculation::Count(Some(self.field()?)),
            "count_distinct" => Calculation::CountDistinct(self.field()?),
            "sum" => Calculation::Sum(self.field()?),
            "avg" => Calculation::Avg(self.field()?),
            "min" => Calculation::Min(self.field()?),
            "max" => Calculation::Max(self.field()?),
            "pct" => {
                let slot = self.field()?;
                self.require(",")?;
                let at = self.at;
                match self.value()?.number() {
                    Some(percent) if (0.0..=100.0).contains(&percent) => {
                        Calculation::Percentile(slot, percent)
                    }
                    _ => return Err(self.placed(at, "a percentage from 0 to 100 is expected")),
                }
            }
            _ => {
                self.at = start;
                return Err(self.unknown(&format!("{KNOWN} is expected")));
            }
        };
        self.require(")")?;
        let slot = self.name_of_result(start)?;
        Ok((calculation, slot))
    }

    // `field` or `bin(5m)`, either with a name.
    fn group(&mut self) -> Parsed<(GroupBy, usize)> {
        let start = self.at;
        let is_bin = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("bin"))
            && matches!(self.ahead(1), Some(Token::Sign("(")));
        if !is_bin {
            let from = self.field()?;
            let slot = match self.word("as") {
                true => self.new_name()?,
                false => from,
            };
            return Ok((GroupBy::Slot(from), slot));
        }
        self.at += 2;
        let at = self.at;
        let step_ms = match self.peek() {
            Some(Token::Word(period)) => period_ms(period),
            _ => None,
        };
        let Some(step_ms) = step_ms else {
            return Err(self.placed(at, "a period such as 30s, 5m, 1h or 1d is expected"));
        };
        self.at += 1;
        self.require(")")?;
        let timestamp = self.slot("@timestamp")?;
        let slot = self.name_of_result(start)?;
        Ok((GroupBy::Bin { timestamp, step_ms }, slot))
    }

    // What is called by its own text unless it is given a name.
    fn name_of_result(&mut self, start: usize) -> Parsed<usize> {
        if self.word("as") {
            return self.new_name();
        }
        let name = self.spelt(start, self.at);
        self.computed(name)
    }

    fn any(&mut self, depth: usize) -> Parsed<Condition> {
        let mut conditions = vec![self.all(depth)?];
        while self.word("or") {
            conditions.push(self.all(depth)?);
        }
        Ok(one_or(conditions, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Parsed<Condition> {
        let mut conditions = vec![self.condition(depth)?];
        while self.word("and") {
            conditions.push(self.condition(depth)?);
        }
        Ok(one_or(conditions, Condition::All))
    }

    fn condition(&mut self, depth: usize) -> Parsed<Condition> {
        if depth > MAX_DEPTH {
            return Err(self.unknown("parentheses are nested too deeply here"));
        }
        if self.word("not") {
            return Ok(Condition::Not(Box::new(self.condition(depth + 1)?)));
        }
        if self.sign("(") {
            let inner = self.any(depth + 1)?;
            self.require(")")?;
            return Ok(inner);
        }
        if let (Some(Token::Word(word)), Some(Token::Sign("("))) = (self.peek(), self.ahead(1)) {
            let word = word.to_ascii_lowercase();
            let start = self.at;
            self.at += 2;
            let condition = match word.as_str() {
                "ispresent" => Condition::IsPresent(self.field()?),
                "strcontains" => {
                    let operand = self.operand()?;
                    self.require(",")?;
                    Condition::Contains(operand, self.text("a text")?)
                }
                other => {
                    self.at = start;
                    return Err(self.unknown(&format!(
                        "the function {other} is not answered by this local stack; filter knows ispresent and strcontains"
                    )));
                }
            };
            self.require(")")?;
            return Ok(condition);
        }
        let left = self.operand()?;
        self.comparison(left)
    }

    fn comparison(&mut self, left: Operand) -> Parsed<Condition> {
        let ops = [
            ("!=", Op::Unequal),
            ("<=", Op::LessOrEqual),
            (">=", Op::GreaterOrEqual),
            ("=", Op::Equal),
            ("<", Op::Less),
            (">", Op::Greater),
        ];
        for (sign, op) in ops {
            if self.sign(sign) {
                return Ok(Condition::Compares(left, op, self.operand()?));
            }
        }
        if self.sign("=~") {
            return self.likeness(left);
        }
        let is_negated = self.word("not");
        let condition = if self.word("like") {
            self.likeness(left)?
        } else if self.word("in") {
            self.require("[")?;
            let values = self.several(Parser::value)?;
            self.require("]")?;
            Condition::In(left, values)
        } else {
            return Err(self.expected("=, !=, <, <=, >, >=, =~, like, in, not like or not in"));
        };
        Ok(match is_negated {
            true => Condition::Not(Box::new(condition)),
            false => condition,
        })
    }

    fn likeness(&mut self, left: Operand) -> Parsed<Condition> {
        if let Some(Token::Regex(expression)) = self.peek().cloned() {
            let regex = Regex::new(&expression);
            let regex = regex.map_err(|error| self.placed(self.at, &format!("{error}")))?;
            self.at += 1;
            return Ok(Condition::Fits(left, regex));
        }
        let text = self.text("a text in quotes or an expression between slashes")?;
        Ok(Condition::Contains(left, text))
    }

    fn operand(&mut self) -> Parsed<Operand> {
        match self.peek() {
            Some(Token::Text(_) | Token::Sign("-")) => Ok(Operand::Value(self.value()?)),
            Some(Token::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(Operand::Value(self.value()?))
            }
            _ => Ok(Operand::Slot(self.field()?)),
        }
    }

    fn value(&mut self) -> Parsed<Datum> {
        let at = self.at;
        if let Some(Token::Text(text)) = self.peek().cloned() {
            self.at += 1;
            return Ok(Datum::Text(text));
        }
        let is_negative = self.sign("-");
        let number = match self.peek() {
            Some(Token::Word(word)) => Datum::Text(word.clone()).number(),
            _ => None,
        };
        let Some(number) = number else {
            return Err(self.placed(at, "a number or a text in quotes is expected"));
        };
        self.at += 1;
        Ok(Datum::Number(if is_negative { -number } else { number }))
    }

    // A name; of a result also as it was calculated, such as `count(*)`.
    fn field(&mut self) -> Parsed<usize> {
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

    fn new_name(&mut self) -> Parsed<usize> {
        match self.peek().cloned() {
            Some(Token::Name(name) | Token::Word(name)) => {
                self.at += 1;
                self.computed(name)
            }
            _ => Err(self.expected("a name")),
        }
    }

    fn computed(&mut self, name: String) -> Parsed<usize> {
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
    fn slot(&mut self, name: &str) -> Parsed<usize> {
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

    fn push(&mut self, slot: Slot) -> Parsed<usize> {
        if self.query.slots.len() >= MAX_SLOTS {
            return Err(self.unknown("the query names too many fields"));
        }
        self.query.slots.push(slot);
        Ok(self.query.slots.len() - 1)
    }

    fn text(&mut self, what: &str) -> Parsed<String> {
        match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.expected(what)),
        }
    }

    fn whole_number(&mut self, what: &str, most: usize) -> Parsed<usize> {
        let number = match self.peek() {
            Some(Token::Word(word)) => word.parse().ok().filter(|it| (1..=most).contains(it)),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected(&format!("{what} from 1 to {most}")))?;
        self.at += 1;
        Ok(number)
    }

    fn peek(&self) -> Option<&Token> {
        self.ahead(0)
    }

    fn ahead(&self, n: usize) -> Option<&Token> {
        self.tokens.get(self.at + n).map(|placed| &placed.token)
    }

    fn word(&mut self, wanted: &str) -> bool {
        let is_it =
            matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(is_it);
        is_it
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Sign(sign)) if *sign == wanted);
        self.at += usize::from(is_it);
        is_it
    }

    fn require(&mut self, wanted: &str) -> Parsed<()> {
        match self.sign(wanted) {
            true => Ok(()),
            false => Err(self.expected(wanted)),
        }
    }

    // What tokens `start..end` look like without the blanks between them.
    fn spelt(&self, start: usize, end: usize) -> String {
        let tokens = self.tokens.get(start..end).unwrap_or_default();
        let spelt = tokens.iter().map(|placed| match &placed.token {
            Token::Word(text) | Token::Name(text) | Token::Text(text) | Token::Regex(text) => text,
            Token::Sign(sign) => *sign,
        });
        spelt.collect()
    }

    fn expected(&self, what: &str) -> QueryError {
        self.unknown(&format!("{what} is expected"))
    }

    fn unknown(&self, what: &str) -> QueryError {
        self.placed(self.at, what)
    }

    fn placed(&self, at: usize, what: &str) -> QueryError {
        QueryError {
            what: what.to_string(),
            ..self.range(at, at + 1)
        }
    }

    fn range(&self, start: usize, end: usize) -> QueryError {
        let last = end.checked_sub(1).and_then(|last| self.tokens.get(last));
        QueryError {
            what: String::new(),
            start: self.tokens.get(start).map_or(self.length, |it| it.start),
            end: last.map_or(self.length, |it| it.end),
        }
    }
}

fn one_or(mut conditions: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        last => {
            conditions.extend(last);
            several(conditions)
        }
    }
}

// `30s`, `5m`, `1h`, `1d`, `100ms`.
fn period_ms(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1,
        "s" | "sec" | "second" | "seconds" => 1_000,
        "m" | "min" | "minute" | "minutes" => 60_000,
        "h" | "hr" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        "w" | "week" | "weeks" => 7 * 86_400_000,
        _ => return None,
    };
    let number: i64 = number.parse().ok()?;
    number.checked_mul(unit_ms).filter(|ms| *ms > 0)
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
