//! Reads what stands behind the name of a command.

use super::ANSWER_MAX_ROWS;
use super::parse::{Parsed, Parser};
use super::period::Period;
use super::token::Token;
use super::tree::{Command, Item, Parse, ParseHow};

impl Parser {
    pub(super) fn stats(&mut self) -> Parsed<Command> {
        let items = self.items()?;
        let mut by = Vec::new();
        if self.word("by") {
            by = self.items()?;
        }
        if self.peek_word("offset") {
            let reason = "it is not documented which way it shifts; write by datefloor(fromMillis(toMillis(@timestamp) + 3600000), 5m)";
            return Err(self.unanswered("offset", reason));
        }
        Ok(Command::Stats { items, by })
    }

    pub(super) fn sort(&mut self) -> Parsed<Command> {
        self.word("by");
        let mut keys = Vec::new();
        loop {
            let item = self.item()?;
            let is_descending = self.word("desc");
            if !is_descending {
                self.word("asc");
            }
            keys.push((item, is_descending));
            if !self.sign(",") {
                return Ok(Command::Sort(keys));
            }
        }
    }

    // `limit 20`, `limit any 20`
    pub(super) fn limit(&mut self) -> Parsed<Command> {
        self.word("any");
        let number = match self.peek() {
            Some(Token::Word(word)) => word.name.parse().ok(),
            _ => None,
        };
        let number = number.filter(|it| (1..=ANSWER_MAX_ROWS).contains(it));
        let what = format!("a number of rows from 1 to {ANSWER_MAX_ROWS}");
        let number = number.ok_or_else(|| self.expected(&what))?;
        self.at += 1;
        Ok(Command::Limit(number))
    }

    pub(super) fn parse_command(&mut self) -> Parsed<Parse> {
        let is_how = |token: Option<&Token>| match token {
            Some(Token::Text(_) | Token::Regex(_)) => true,
            Some(Token::Word(word)) => word.is("logfmt") || word.is("csv"),
            _ => false,
        };
        // A field may be called `csv`.
        let is_omitted = is_how(self.peek()) && !is_how(self.ahead(1));
        let of = match is_omitted {
            true => None,
            false => Some(self.primary()?),
        };
        let start = self.at;
        let how = match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.at += 1;
                let place = self.place(start, self.at);
                if !self.word("as") {
                    return Err(self.expected("as, and a name for each star"));
                }
                let names = self.names()?;
                ParseHow::Glob { text, place, names }
            }
            Some(Token::Regex(text)) => {
                self.at += 1;
                let place = self.place(start, self.at);
                let mut is_multi = self.word("multi");
                let names = match self.word("as") {
                    true => self.names()?,
                    false => Vec::new(),
                };
                is_multi |= self.word("multi");
                ParseHow::Regex {
                    text,
                    place,
                    names,
                    is_multi,
                }
            }
            Some(Token::Word(word)) if word.is("logfmt") || word.is("csv") => {
                self.at += 1;
                if !self.word("as") {
                    return Err(self.expected("as and a name"));
                }
                match word.is("csv") {
                    true => ParseHow::Csv(self.names()?),
                    false => ParseHow::Logfmt(self.name()?),
                }
            }
            _ => {
                let what =
                    "a text with stars in quotes, an expression between slashes, logfmt or csv";
                return Err(self.expected(what));
            }
        };
        Ok(Parse { of, how })
    }

    // `json field=F "k.sub" as a, "k.other" as b`
    pub(super) fn json(&mut self) -> Parsed<Parse> {
        let mut of = None;
        if self.word("field") {
            self.require("=")?;
            of = Some(self.primary()?);
        }
        let mut paths = Vec::new();
        loop {
            let start = self.at;
            let Some(Token::Text(path)) = self.peek().cloned() else {
                return Err(self.expected("a path in quotes, such as \"user.name\""));
            };
            self.at += 1;
            let place = self.place(start, self.at);
            if !self.word("as") {
                return Err(self.expected("as and a name"));
            }
            paths.push((path, place, self.name()?));
            if !self.sign(",") {
                let how = ParseHow::Json(paths);
                return Ok(Parse { of, how });
            }
        }
    }

    // `unnest list into name`
    pub(super) fn unnest(&mut self) -> Parsed<Command> {
        let list = self.expression()?;
        if !self.word("into") {
            return Err(self.expected("into and a name"));
        }
        let name = self.name()?;
        Ok(Command::Unnest { list, name })
    }

    // `autoregress bytes as b p=1-4`
    pub(super) fn autoregress(&mut self) -> Parsed<Command> {
        const MOST: usize = 100;
        let of = self.item()?;
        let (mut from, mut to) = (1, 1);
        if self.word("p") {
            self.require("=")?;
            from = self.count("a number of rows", MOST)?;
            to = match self.sign("-") {
                true => self.count("a number of rows", MOST)?,
                false => from,
            };
            if to < from {
                self.at -= 1;
                return Err(self.error(&format!("the second must not be less than {from}")));
            }
        }
        Ok(Command::Autoregress { of, from, to })
    }

    // `addtotals fieldname=Sum row=true col=true a, b`
    pub(super) fn add_totals(&mut self) -> Parsed<Command> {
        let (mut name, mut has_row, mut has_col) = (None, true, false);
        while let Some(option) = self.option(&["fieldname", "row", "col"]) {
            match option {
                "fieldname" => name = Some(self.name()?),
                "row" => has_row = self.truth()?,
                _ => has_col = self.truth()?,
            }
        }
        let of = self.items_if_any()?;
        Ok(Command::AddTotals {
            name,
            has_row,
            has_col,
            of,
        })
    }

    // `fillmissing with 0 for n, m`
    pub(super) fn fill_missing(&mut self) -> Parsed<Command> {
        let (mut with, mut of) = (None, Vec::new());
        if self.word("with") {
            with = Some(self.expression()?);
            if self.word("for") {
                of = self.items()?;
            }
        }
        Ok(Command::FillMissing { with, of })
    }

    // `outlier action=remove param=1.5 uselower=true mark=true a, b`
    pub(super) fn outlier(&mut self) -> Parsed<Command> {
        let (mut param, mut is_removing) = (2.5, false);
        let (mut uses_lower, mut is_marking) = (false, false);
        while let Some(option) = self.option(&["action", "param", "uselower", "mark"]) {
            match option {
                "action" if self.word("remove") => is_removing = true,
                "action" if self.word("transform") => is_removing = false,
                "action" => return Err(self.expected("transform or remove")),
                "param" => {
                    let number = self.ident().and_then(|it| it.number());
                    param = match number.filter(|it| *it > 0.0) {
                        Some(number) => number,
                        None => {
                            self.at -= 1;
                            return Err(self.expected("a number above 0"));
                        }
                    };
                }
                "uselower" => uses_lower = self.truth()?,
                _ => is_marking = self.truth()?,
            }
        }
        let of = self.several_fields()?;
        Ok(Command::Outlier {
            of,
            param,
            is_removing,
            uses_lower,
            is_marking,
        })
    }

    // `sessionize user, ip maxspan 30m as session_id`
    pub(super) fn sessionize(&mut self) -> Parsed<Command> {
        let mut of = self.items()?;
        let mut max_span = None;
        if self.word("maxspan") {
            self.sign("=");
            let start = self.at;
            let period = self.ident().map(|it| it.name).unwrap_or_default();
            if Period::parse(&period).is_none() {
                self.at = start;
                return Err(self.expected("a period such as 30m"));
            }
            max_span = Some((period, self.place(start, self.at)));
        }
        // Without `maxspan` the name stands behind the last field.
        let behind_last = of.last_mut().and_then(|last| last.name.take());
        let name = match self.word("as") {
            true => Some(self.name()?),
            false => behind_last,
        };
        Ok(Command::Sessionize { of, max_span, name })
    }

    // Fields with or without commas between them, as in `outlier a b`.
    fn several_fields(&mut self) -> Parsed<Vec<Item>> {
        let mut items = vec![self.item()?];
        while self.sign(",") || matches!(self.peek(), Some(Token::Word(_))) {
            items.push(self.item()?);
        }
        Ok(items)
    }

    // An option and its equals sign.
    fn option(&mut self, names: &[&'static str]) -> Option<&'static str> {
        let name = names.iter().find(|name| self.peek_word(name))?;
        if !matches!(self.ahead(1), Some(Token::Sign("="))) {
            return None;
        }
        self.at += 2;
        Some(name)
    }

    fn truth(&mut self) -> Parsed<bool> {
        match (self.word("true"), self.word("false")) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Err(self.expected("true or false")),
        }
    }

    fn count(&mut self, what: &str, most: usize) -> Parsed<usize> {
        let number = match self.peek() {
            Some(Token::Word(word)) => word.name.parse().ok().filter(|it| (1..=most).contains(it)),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected(&format!("{what} from 1 to {most}")))?;
        self.at += 1;
        Ok(number)
    }
}
