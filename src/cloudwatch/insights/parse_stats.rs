//! Reads what `stats` calculates, and what it groups by.

use super::lexer::Token;
use super::parser::{Parsed, Parser};
use super::stats::{Calculation, GroupBy, Stats};

impl Parser {
    pub(super) fn stats(&mut self) -> Parsed<Stats> {
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

    pub(super) fn calculation(&mut self) -> Parsed<(Calculation, usize)> {
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
    pub(super) fn group(&mut self) -> Parsed<(GroupBy, usize)> {
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
    pub(super) fn name_of_result(&mut self, start: usize) -> Parsed<usize> {
        if self.word("as") {
            return self.new_name();
        }
        let name = self.spelt(start, self.at);
        self.computed(name)
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
