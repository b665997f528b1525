//! Reads what `filter` asks.

use regex_lite::Regex;

use super::condition::{Condition, Op, Operand};
use super::datum::Datum;
use super::lexer::Token;
use super::parser::{Parsed, Parser};

/// Parentheses inside each other; keeps reading and asking far from the end of the stack.
const MAX_DEPTH: usize = 32;

impl Parser {
    pub(super) fn any(&mut self, depth: usize) -> Parsed<Condition> {
        let mut conditions = vec![self.all(depth)?];
        while self.word("or") {
            conditions.push(self.all(depth)?);
        }
        Ok(one_or(conditions, Condition::Any))
    }

    pub(super) fn all(&mut self, depth: usize) -> Parsed<Condition> {
        let mut conditions = vec![self.condition(depth)?];
        while self.word("and") {
            conditions.push(self.condition(depth)?);
        }
        Ok(one_or(conditions, Condition::All))
    }

    pub(super) fn condition(&mut self, depth: usize) -> Parsed<Condition> {
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

    pub(super) fn comparison(&mut self, left: Operand) -> Parsed<Condition> {
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

    pub(super) fn likeness(&mut self, left: Operand) -> Parsed<Condition> {
        if let Some(Token::Regex(expression)) = self.peek().cloned() {
            let regex = Regex::new(&expression);
            let regex = regex.map_err(|error| self.placed(self.at, &format!("{error}")))?;
            self.at += 1;
            return Ok(Condition::Fits(left, regex));
        }
        let text = self.text("a text in quotes or an expression between slashes")?;
        Ok(Condition::Contains(left, text))
    }

    pub(super) fn operand(&mut self) -> Parsed<Operand> {
        match self.peek() {
            Some(Token::Text(_) | Token::Sign("-")) => Ok(Operand::Value(self.value()?)),
            Some(Token::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(Operand::Value(self.value()?))
            }
            _ => Ok(Operand::Slot(self.field()?)),
        }
    }

    pub(super) fn value(&mut self) -> Parsed<Datum> {
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
