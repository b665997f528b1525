//! From words to an expression.
//!
//! Operators, from the tightest: `!`, then `* / %`, `+ -`, `< <= > >=`, `= !=`, `AND`, `OR`; those of one
//! line go from left to right.

use super::token::{Placed, Token, tokens};
use super::{Expression, Formula, FormulaError, FormulaProblem, Function, Pattern, time_format};
use crate::model::span::Value;

/// Reads a formula; returns its columns and its expression.
///
/// # Errors
/// The first thing that is wrong, and where.
pub fn parse(text: &str) -> Result<(Vec<String>, Expression), FormulaError> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        columns: Vec::new(),
        depth: 0,
    };
    let part = parser.operation(0)?;
    if *parser.peek() != Token::End {
        return Err(parser.error(parser.not_an_operator("an operator or the end")));
    }
    Ok((parser.columns, part.expression))
}

struct Parser<'a> {
    tokens: &'a [Placed],
    at: usize,
    columns: Vec<String>,
    // How many parentheses, calls and `!` are open.
    depth: usize,
}

// An expression and how deep it is. Whoever walks it recurses that deep, so it is bounded too: a chain
// of a thousand minus signs is as deep as a thousand parentheses.
struct Part {
    expression: Expression,
    depth: usize,
}

impl Part {
    fn leaf(expression: Expression) -> Part {
        Part {
            expression,
            depth: 1,
        }
    }
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens
            .get(self.at)
            .map_or(&Token::End, |placed| &placed.token)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn error(&self, problem: FormulaProblem) -> FormulaError {
        self.error_at(self.at, problem)
    }

    fn error_at(&self, token_idx: usize, problem: FormulaProblem) -> FormulaError {
        let placed = self.tokens.get(token_idx).or(self.tokens.last());
        FormulaError {
            column: placed.map_or(1, |placed| placed.column),
            problem,
        }
    }

    fn not_an_operator(&self, expected: &'static str) -> FormulaProblem {
        let before = self.at.checked_sub(1).and_then(|idx| self.tokens.get(idx));
        match before.map(|placed| &placed.token) {
            Some(Token::Column(name)) if name.ends_with(['/', ':', '=', '+', '-']) => {
                FormulaProblem::Glued(name.clone())
            }
            _ => FormulaProblem::Expected(expected),
        }
    }

    // Operands joined by operators that bind at least as tightly as `loosest`.
    fn operation(&mut self, loosest: u8) -> Result<Part, FormulaError> {
        let mut left = self.operand()?;
        while let Some((operator, tightness)) = operator(self.peek()) {
            if tightness < loosest {
                break;
            }
            let token_idx = self.at;
            self.at += 1;
            let right = self.operation(tightness + 1)?;
            left = match operator {
                Operator::Call(function) => self.call(token_idx, function, vec![left, right])?,
                Operator::NotEqual => {
                    let equal = self.call(token_idx, Function::Equals, vec![left, right])?;
                    self.call(token_idx, Function::Not, vec![equal])?
                }
            };
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Part, FormulaError> {
        let token_idx = self.at;
        let literal = |value| Ok(Part::leaf(Expression::Literal(value)));
        match self.next() {
            Token::Number(value) => literal(Some(value)),
            Token::Text(text) => literal(Some(text.into())),
            Token::Column(name) => Ok(Part::leaf(Expression::Column(self.column_idx(name)))),
            Token::Sign("-") => match self.next() {
                Token::Number(Value::Int(int)) => literal(Some(Value::Int(-int))),
                Token::Number(Value::Float(float)) => literal(Some(Value::Float(-float))),
                _ => {
                    let expected = FormulaProblem::Expected("a number after `-`");
                    Err(self.error_at(token_idx + 1, expected))
                }
            },
            Token::Sign("!") => {
                let part = self.nested(Self::operand)?;
                self.call(token_idx, Function::Not, vec![part])
            }
            Token::Sign("(") => {
                let part = self.nested(|parser| parser.operation(0))?;
                self.close("an operator or `)`")?;
                Ok(part)
            }
            Token::Name(name) if *self.peek() == Token::Sign("(") => {
                let arguments = self.nested(Self::arguments)?;
                self.named_call(token_idx, name, arguments)
            }
            Token::Name(name) => match name.as_str() {
                "true" => literal(Some(true.into())),
                "false" => literal(Some(false.into())),
                "null" => literal(None),
                _ => Err(self.error(FormulaProblem::Expected("`(`"))),
            },
            Token::Sign(_) | Token::End => {
                let expected = FormulaProblem::Expected("a column, a value or a function");
                Err(self.error_at(token_idx, expected))
            }
        }
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FormulaError>,
    ) -> Result<T, FormulaError> {
        if self.depth >= Formula::MAX_DEPTH {
            return Err(self.error(FormulaProblem::Depth));
        }
        self.depth += 1;
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn close(&mut self, expected: &'static str) -> Result<(), FormulaError> {
        if *self.peek() != Token::Sign(")") {
            return Err(self.error(self.not_an_operator(expected)));
        }
        self.at += 1;
        Ok(())
    }

    // From the opening parenthesis to the closing one; a comma before the closing one is welcome.
    fn arguments(&mut self) -> Result<Vec<Part>, FormulaError> {
        self.at += 1;
        let mut arguments = Vec::new();
        while *self.peek() != Token::Sign(")") {
            arguments.push(self.operation(0)?);
            if *self.peek() != Token::Sign(",") {
                break;
            }
            self.at += 1;
        }
        self.close("an operator, `,` or `)`")?;
        Ok(arguments)
    }

    fn named_call(
        &self,
        token_idx: usize,
        name: String,
        mut arguments: Vec<Part>,
    ) -> Result<Part, FormulaError> {
        if name == "INGEST_TIMESTAMP" {
            return Err(self.error_at(token_idx, FormulaProblem::NotKept));
        }
        let known = Function::ALL.iter().find(|(known, ..)| *known == name);
        let Some((name, function, least, most)) = known else {
            return Err(self.error_at(token_idx, FormulaProblem::NoSuchFunction(name)));
        };
        if arguments.len() < *least || arguments.len() > *most {
            let arity = arity(*least, *most);
            return Err(self.error_at(token_idx, FormulaProblem::Arguments { name, arity }));
        }
        if *function == Function::Bucket && !sizes_are_numbers(&arguments) {
            return Err(self.error_at(token_idx, FormulaProblem::Size));
        }
        let checked = match function {
            Function::RegMatch | Function::RegValue | Function::RegCount => {
                compile_pattern(name, &mut arguments)
            }
            Function::FormatTime => check_time_format(&arguments),
            _ => Ok(()),
        };
        checked.map_err(|problem| self.error_at(token_idx, problem))?;
        self.call(token_idx, *function, arguments)
    }

    fn call(
        &self,
        token_idx: usize,
        function: Function,
        parts: Vec<Part>,
    ) -> Result<Part, FormulaError> {
        let mut depth = 0;
        let mut arguments = Vec::with_capacity(parts.len());
        for (idx, part) in parts.into_iter().enumerate() {
            match part.expression {
                // `a + b + c` is one sum of three, so a long one stays flat.
                Expression::Call(inner, first)
                    if idx == 0 && inner == function && is_chain(function) =>
                {
                    depth = part.depth - 1;
                    arguments.extend(first);
                }
                expression => {
                    depth = depth.max(part.depth);
                    arguments.push(expression);
                }
            }
        }
        if depth >= Formula::MAX_DEPTH {
            return Err(self.error_at(token_idx, FormulaProblem::Depth));
        }
        Ok(Part {
            expression: Expression::Call(function, arguments),
            depth: depth + 1,
        })
    }

    fn column_idx(&mut self, name: String) -> usize {
        let known = self.columns.iter().position(|known| *known == name);
        known.unwrap_or_else(|| {
            self.columns.push(name);
            self.columns.len() - 1
        })
    }
}

enum Operator {
    Call(Function),
    NotEqual,
}

// An infix operator, and how tightly it binds.
fn operator(token: &Token) -> Option<(Operator, u8)> {
    let (function, tightness) = match token {
        Token::Name(name) if name == "OR" => (Function::Or, 1),
        Token::Name(name) if name == "AND" => (Function::And, 2),
        Token::Sign("!=") => return Some((Operator::NotEqual, 3)),
        Token::Sign("=") => (Function::Equals, 3),
        Token::Sign("<") => (Function::Less, 4),
        Token::Sign("<=") => (Function::LessOrEqual, 4),
        Token::Sign(">") => (Function::Greater, 4),
        Token::Sign(">=") => (Function::GreaterOrEqual, 4),
        Token::Sign("+") => (Function::Sum, 5),
        Token::Sign("-") => (Function::Sub, 5),
        Token::Sign("*") => (Function::Mul, 6),
        Token::Sign("/") => (Function::Div, 6),
        Token::Sign("%") => (Function::Mod, 6),
        _ => return None,
    };
    Some((Operator::Call(function), tightness))
}

fn is_chain(function: Function) -> bool {
    use Function::{And, Mul, Or, Sum};
    matches!(function, Sum | Mul | And | Or)
}

// Once for the query, not once for each event.
fn compile_pattern(name: &'static str, arguments: &mut [Part]) -> Result<(), FormulaProblem> {
    let Some(part) = arguments.get_mut(1) else {
        return Ok(());
    };
    let Expression::Literal(Some(Value::Str(text))) = &part.expression else {
        return Err(FormulaProblem::ComputedPattern(name));
    };
    let pattern = Pattern::compile(text).map_err(|reason| FormulaProblem::Pattern {
        pattern: text.to_string(),
        reason,
    })?;
    part.expression = Expression::Pattern(pattern);
    Ok(())
}

// A format that is computed is looked at for each event, and one that is none gives null.
fn check_time_format(arguments: &[Part]) -> Result<(), FormulaProblem> {
    match arguments.first().map(|part| &part.expression) {
        Some(Expression::Literal(Some(Value::Str(format)))) => {
            match time_format::unknown_part(format) {
                Some(part) => Err(FormulaProblem::TimeFormat(part)),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn sizes_are_numbers(arguments: &[Part]) -> bool {
    let sizes: Option<Vec<f64>> = arguments
        .iter()
        .skip(1)
        .map(|part| match &part.expression {
            Expression::Literal(Some(value)) => value.number(),
            _ => None,
        })
        .collect();
    sizes.is_some_and(|sizes| sizes.first().is_some_and(|size| *size > 0.0))
}

fn arity(least: usize, most: usize) -> String {
    let plural = |n: usize| if n == 1 { "argument" } else { "arguments" };
    match (least, most) {
        (0, 0) => "no arguments".to_string(),
        (least, most) if least == most => format!("{least} {}", plural(least)),
        (least, usize::MAX) => format!("at least {least} {}", plural(least)),
        (least, most) => format!("{least} to {most} arguments"),
    }
}
