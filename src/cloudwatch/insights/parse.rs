//! From the text of a query to its syntax tree: the commands, one after another.

use super::QueryError;
use super::catalogue::{COMMANDS, Standing, nearest};
use super::scope::error;
use super::token::{Ident, Placed, Token, tokens};
use super::tree::{Command, Item, Name, Place, PlacedCommand, Source, Tree};

/// What reading gives.
pub(super) type Parsed<T> = Result<T, QueryError>;

/// Tokens, and how far they have been read.
pub(super) struct Parser {
    tokens: Vec<Placed>,
    pub(super) at: usize,
    /// Expressions that are open around the next token.
    pub(super) depth: usize,
    /// The characters of the query.
    characters: Vec<char>,
}

/// Reads a query.
///
/// # Errors
/// For what is no query, with its place.
pub(super) fn tree(text: &str) -> Parsed<Tree> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        characters: text.chars().collect(),
    };
    let mut tree = Tree::default();
    if parser.word("SOURCE") {
        tree.source = parser.source()?;
        if parser.peek().is_none() {
            return Ok(tree);
        }
        parser.require("|")?;
    }
    // A query may begin with the bar, as those of the console do.
    parser.sign("|");
    while parser.peek().is_some() {
        tree.commands.push(parser.placed_command()?);
        if parser.peek().is_some() {
            parser.end_of_command()?;
        }
    }
    Ok(tree)
}

impl Parser {
    fn placed_command(&mut self) -> Parsed<PlacedCommand> {
        let first = self.at;
        let command = self.command()?;
        let name = self.place(first, first + 1);
        Ok(PlacedCommand {
            command,
            start: name.start,
            name_end: name.end,
            end: self.place(first, self.at).end,
        })
    }

    fn end_of_command(&mut self) -> Parsed<()> {
        if !self.sign("|") {
            let hint = [
                ("is", "; write ispresent(f) or not ispresent(f)"),
                ("between", "; write f >= 1 and f <= 5"),
                ("i", "; /(?i)text/ leaves letter case out"),
                ("asc", "; the order stands in sort f asc"),
                ("desc", "; the order stands in sort f desc"),
            ];
            let hint = hint.into_iter().find(|(word, _)| self.peek_word(word));
            let mut refused = self.expected("| and a command, or the end of the query,");
            refused.what.push_str(hint.map_or("", |(_, hint)| hint));
            return Err(refused);
        }
        match self.peek() {
            Some(_) => Ok(()),
            None => Err(self.expected("a command behind |")),
        }
    }

    fn command(&mut self) -> Parsed<Command> {
        let start = self.at;
        let Some(Token::Word(word)) = self.peek().cloned() else {
            return Err(self.expected("a command, such as fields, filter or stats,"));
        };
        let name = word.name.to_ascii_lowercase();
        let known = COMMANDS.iter().find(|it| {
            let mut names = std::iter::once(&it.name).chain(it.aliases);
            names.any(|known| known.eq_ignore_ascii_case(&name))
        });
        let Some(known) = known.filter(|_| !word.is_quoted) else {
            let names = COMMANDS.iter().map(|it| it.name);
            let advice = match nearest(&name, names) {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "a query is commands joined by |, such as `filter @message like \"ERROR\" | stats count(*) by bin(5m)`".to_string(),
            };
            return Err(self.error(&format!("there is no command {}: {advice}", word.name)));
        };
        if let Standing::Refused(reason) = known.standing {
            self.at = start;
            return Err(self.unanswered(&format!("the command {}", known.name), reason));
        }
        self.at += 1;
        match known.name {
            "fields" => Ok(Command::Fields(self.items()?)),
            "display" => Ok(Command::Display(self.items()?)),
            "filter" | "filterIndex" => Ok(Command::Filter(self.expression()?)),
            "parse" => Ok(Command::Parse(self.parse_command()?)),
            "json" => Ok(Command::Parse(self.json()?)),
            "stats" => self.stats(),
            "sort" => self.sort(),
            "limit" => self.limit(),
            "dedup" => Ok(Command::Dedup(self.items()?)),
            "pattern" => Ok(Command::Pattern(self.item()?)),
            "unnest" => self.unnest(),
            "expand" => Ok(Command::Expand(self.item()?)),
            "accum" => Ok(Command::Accum(self.item()?)),
            "autoregress" => self.autoregress(),
            "addtotals" => self.add_totals(),
            "filldown" => Ok(Command::FillDown(self.items_if_any()?)),
            "fillmissing" => self.fill_missing(),
            "outlier" => self.outlier(),
            "sessionize" => self.sessionize(),
            "countFrequent" => Ok(Command::CountFrequent(self.items()?)),
            "unmask" => {
                self.items_if_any()?;
                Ok(Command::Unmask)
            }
            _ => {
                self.at = start;
                Err(self.error("SOURCE stands at the beginning of a query"))
            }
        }
    }

    fn source(&mut self) -> Parsed<Source> {
        let mut source = Source::default();
        if self.word("logGroups") {
            self.log_groups(&mut source)?;
        } else {
            loop {
                let what = "the name of a log group in quotes, or logGroups(…),";
                let Some(Token::Text(group)) = self.peek().cloned() else {
                    return Err(self.expected(what));
                };
                self.at += 1;
                source.groups.push(group);
                if !self.sign(",") {
                    break;
                }
            }
        }
        if self.peek_word("START") || self.peek_word("END") {
            return Err(self.error(
                "START and END are what the console writes; StartQuery takes startTime and endTime",
            ));
        }
        Ok(source)
    }

    // `logGroups(namePrefix: ["a"], class: ["STANDARD"])`
    fn log_groups(&mut self, source: &mut Source) -> Parsed<()> {
        self.require("(")?;
        // None means all.
        let mut prefixes = Vec::new();
        while !self.sign(")") {
            let start = self.at;
            let Some(Token::Word(name)) = self.peek().cloned() else {
                return Err(self.expected("namePrefix, class or accountIdentifiers"));
            };
            self.at += 1;
            self.require(":")?;
            self.require("[")?;
            let (list, first) = (self.texts()?, self.at);
            self.require("]")?;
            if name.is("namePrefix") {
                if list.len() > 5 || list.iter().any(|it| it.chars().count() < 3) {
                    self.at = start;
                    return Err(
                        self.error("there are at most 5 beginnings, of 3 characters or more")
                    );
                }
                prefixes = list;
            } else if name.is("class") {
                let known = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];
                if let Some(odd) = list.iter().find(|it| !known.contains(&it.as_str())) {
                    self.at = start;
                    let known = known.join(", ");
                    return Err(self.error(&format!("there is no class {odd}: there is {known}")));
                }
                source.classes = list;
            } else if name.is("accountIdentifiers") {
                let account = crate::model::region::LOCAL_ACCOUNT;
                if list.iter().any(|it| it != account) {
                    self.at = first - 1;
                    return Err(
                        self.unanswered("another account", &format!("there is {account} alone"))
                    );
                }
            } else {
                self.at = start;
                return Err(self.expected("namePrefix, class or accountIdentifiers"));
            }
            if !self.sign(",") {
                self.require(")")?;
                break;
            }
        }
        source.prefixes = match prefixes.is_empty() {
            true => vec![String::new()],
            false => prefixes,
        };
        Ok(())
    }

    fn texts(&mut self) -> Parsed<Vec<String>> {
        let mut texts = Vec::new();
        loop {
            let Some(Token::Text(text)) = self.peek().cloned() else {
                return Err(self.expected("a text in quotes"));
            };
            self.at += 1;
            texts.push(text);
            if !self.sign(",") {
                return Ok(texts);
            }
        }
    }

    /// Reads expressions with their names, one at least.
    pub(super) fn items(&mut self) -> Parsed<Vec<Item>> {
        let mut items = vec![self.item()?];
        while self.sign(",") {
            items.push(self.item()?);
        }
        Ok(items)
    }

    /// The same, or none.
    pub(super) fn items_if_any(&mut self) -> Parsed<Vec<Item>> {
        match self.peek() {
            None | Some(Token::Sign("|" | ")")) => Ok(Vec::new()),
            _ => self.items(),
        }
    }

    /// Reads an expression, and its name behind `as`.
    pub(super) fn item(&mut self) -> Parsed<Item> {
        let start = self.at;
        let of = self.expression()?;
        let spelt = self.spelt(start, self.at);
        let name = match self.word("as") {
            true => Some(self.name()?),
            false => None,
        };
        Ok(Item { of, spelt, name })
    }

    /// Reads a new name.
    pub(super) fn name(&mut self) -> Parsed<Name> {
        match self.peek().cloned() {
            Some(Token::Word(ident)) if ident.number().is_none() => {
                self.at += 1;
                Ok(Name {
                    name: ident.name,
                    place: self.place(self.at - 1, self.at),
                })
            }
            Some(Token::Text(text)) => Err(self.error(&format!(
                "a name stands without quotes, or in backticks: `{text}`"
            ))),
            _ => Err(self.expected("a name")),
        }
    }

    /// Reads names, one at least.
    pub(super) fn names(&mut self) -> Parsed<Vec<Name>> {
        let mut names = vec![self.name()?];
        while self.sign(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    /// Returns the next token, which stays.
    pub(super) fn peek(&self) -> Option<&Token> {
        self.ahead(0)
    }

    /// The same for one that comes later.
    pub(super) fn ahead(&self, n: usize) -> Option<&Token> {
        self.tokens.get(self.at + n).map(|placed| &placed.token)
    }

    /// Tells whether the next token is a keyword.
    pub(super) fn peek_word(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(word)) if word.is(wanted))
    }

    /// Tells whether a query begins here rather than an expression.
    pub(super) fn peek_command(&self) -> bool {
        let Some(Token::Word(word)) = self.peek() else {
            return false;
        };
        let is_command = COMMANDS.iter().any(|it| word.is(it.name));
        is_command
            && matches!(self.ahead(1), Some(Token::Word(_) | Token::Text(_)))
            && !["and", "or", "in", "like", "not", "as"]
                .iter()
                .any(|it| matches!(self.ahead(1), Some(Token::Word(next)) if next.is(it)))
    }

    /// Takes a keyword, if it is next.
    pub(super) fn word(&mut self, wanted: &str) -> bool {
        let is_it = self.peek_word(wanted);
        self.at += usize::from(is_it);
        is_it
    }

    /// Takes the word that is next, if it is one.
    pub(super) fn ident(&mut self) -> Option<Ident> {
        let Some(Token::Word(ident)) = self.peek().cloned() else {
            return None;
        };
        self.at += 1;
        Some(ident)
    }

    /// Takes a sign, if it is next.
    pub(super) fn sign(&mut self, wanted: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Sign(sign)) if *sign == wanted);
        self.at += usize::from(is_it);
        is_it
    }

    /// Takes a sign that must be next.
    pub(super) fn require(&mut self, wanted: &str) -> Parsed<()> {
        match self.sign(wanted) {
            true => Ok(()),
            false => Err(self.expected(wanted)),
        }
    }

    /// Returns tokens `start..end` as they are written, with one blank where there are any.
    pub(super) fn spelt(&self, start: usize, end: usize) -> String {
        let mut spelt = String::new();
        let mut last_end = None;
        for placed in self.tokens.get(start..end).unwrap_or_default() {
            if last_end.is_some_and(|last_end| last_end < placed.start) {
                spelt.push(' ');
            }
            last_end = Some(placed.end);
            match &placed.token {
                // A name loses its backticks, since that is what the column is called.
                Token::Word(ident) if end == start + 1 => spelt.push_str(&ident.name),
                _ => spelt.extend(
                    self.characters
                        .get(placed.start..placed.end)
                        .unwrap_or_default(),
                ),
            }
        }
        spelt
    }

    /// Refuses what is next, since something else must be there.
    pub(super) fn expected(&self, what: &str) -> QueryError {
        self.error(&format!("{} is expected here", what.trim_end_matches(',')))
    }

    /// Refuses what is next.
    pub(super) fn error(&self, what: &str) -> QueryError {
        error(self.place(self.at, self.at + 1), what)
    }

    /// Refuses what the service answers, and the local stack does not.
    pub(super) fn unanswered(&self, what: &str, reason: &str) -> QueryError {
        QueryError {
            is_of_stack: true,
            ..self.error(&format!(
                "{what} is not answered by this local stack: {reason}"
            ))
        }
    }

    /// Returns the place of tokens `start..end`.
    pub(super) fn place(&self, start: usize, end: usize) -> Place {
        let length = self.characters.len();
        let last = end.checked_sub(1).and_then(|last| self.tokens.get(last));
        Place {
            start: self.tokens.get(start).map_or(length, |it| it.start),
            end: last.map_or(length, |it| it.end),
        }
    }
}
