//! Reads expressions: `or`, `and`, `not`, comparisons, sums, products, signs, powers, calls.

use super::parse::{Parsed, Parser};
use super::token::Token;
use super::tree::{Expression, Node, OPERATORS, Operator, Place};

/// Parentheses, calls and signs inside each other, and operators of one kind behind each other; keeps reading and
/// evaluating far from the end of the stack.
const MAX_DEPTH: usize = 48;
const MAX_CHAIN: usize = 64;

impl Parser {
    /// Reads an expression.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("expressions are nested too deeply here"));
        }
        let start = self.at;
        let mut any = vec![self.all()?];
        while self.word("or") {
            any.push(self.all()?);
        }
        self.depth -= 1;
        Ok(self.several(start, any, Node::Any))
    }

    fn all(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let mut all = vec![self.negation()?];
        while self.word("and") {
            all.push(self.negation()?);
        }
        Ok(self.several(start, all, Node::All))
    }

    fn several(
        &self,
        start: usize,
        mut list: Vec<Expression>,
        node: fn(Vec<Expression>) -> Node,
    ) -> Expression {
        match list.pop() {
            Some(only) if list.is_empty() => only,
            last => {
                list.extend(last);
                self.placed(start, node(list))
            }
        }
    }

    fn negation(&mut self) -> Parsed<Expression> {
        let start = self.at;
        if !self.word("not") {
            return self.comparison();
        }
        self.deeper()?;
        let of = Box::new(self.negation()?);
        self.depth -= 1;
        Ok(self.placed(start, Node::Not(of)))
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let left = self.sum()?;
        let compared = self.compared(start, left)?;
        if matches!(compared.node, Node::Binary(operator, ..) if operator.is_comparison())
            && let Some(Token::Sign(sign)) = self.peek()
            && ["=", "!=", "<", "<=", ">", ">=", "=~"].contains(sign)
        {
            return Err(self.error("one comparison at a time: join them with and"));
        }
        Ok(compared)
    }

    fn compared(&mut self, start: usize, left: Expression) -> Parsed<Expression> {
        if self.sign("=~") {
            return self.likeness(start, left, false);
        }
        let operator = self.operator(Operator::is_comparison);
        if let Some(operator) = operator {
            if let Some(Token::Sign(sign @ ("=" | "<" | ">"))) = self.peek() {
                let what = match (operator, *sign) {
                    (Operator::Less, ">") => "there is no <>: use !=",
                    (Operator::Equal, "=") => "there is no ==: use =",
                    (Operator::Equal, _) => "write >= or <=",
                    _ => "a value is expected",
                };
                return Err(self.error(what));
            }
            let right = self.sum()?;
            return Ok(self.placed(
                start,
                Node::Binary(operator, Box::new(left), Box::new(right)),
            ));
        }
        let negation = self.at;
        let is_negated = self.word("not");
        if self.word("like") {
            return self.likeness(start, left, is_negated);
        }
        if self.word("in") {
            if !self.sign("[") {
                return Err(self.expected("a list in square brackets, such as [200, \"x\"],"));
            }
            let list = self.list("]", Parser::expression)?;
            let of = Box::new(left);
            return Ok(self.placed(
                start,
                Node::In {
                    of,
                    list,
                    is_negated,
                },
            ));
        }
        if is_negated {
            self.at = negation + 1;
            return Err(self.expected("like or in"));
        }
        Ok(left)
    }

    fn likeness(&mut self, start: usize, left: Expression, is_negated: bool) -> Parsed<Expression> {
        let at = self.at;
        let node = match self.peek() {
            Some(Token::Text(text)) => Node::Text(text.clone()),
            Some(Token::Regex(text)) => Node::Regex(text.clone()),
            _ => return Err(self.expected("a text in quotes or an expression between slashes")),
        };
        self.at += 1;
        let like = Box::new(self.placed(at, node));
        let of = Box::new(left);
        Ok(self.placed(
            start,
            Node::Like {
                of,
                like,
                is_negated,
            },
        ))
    }

    fn sum(&mut self) -> Parsed<Expression> {
        let is_sum = |it: Operator| matches!(it, Operator::Add | Operator::Subtract);
        self.chain(is_sum, Parser::product)
    }

    fn product(&mut self) -> Parsed<Expression> {
        use Operator::{Divide, Multiply, Remainder};
        let is_product = |it: Operator| matches!(it, Multiply | Divide | Remainder);
        self.chain(is_product, Parser::signed)
    }

    fn chain(
        &mut self,
        is_one: impl Fn(Operator) -> bool,
        operand: fn(&mut Parser) -> Parsed<Expression>,
    ) -> Parsed<Expression> {
        let start = self.at;
        let mut left = operand(self)?;
        let mut n_operators = 0;
        while let Some(operator) = self.operator(&is_one) {
            n_operators += 1;
            if n_operators > MAX_CHAIN {
                return Err(self.error("too many operators behind each other"));
            }
            let right = Box::new(operand(self)?);
            left = self.placed(start, Node::Binary(operator, Box::new(left), right));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed<Expression> {
        let start = self.at;
        if !self.sign("-") {
            return self.power();
        }
        self.deeper()?;
        let of = self.signed()?;
        self.depth -= 1;
        Ok(match of.node {
            Node::Number(number) => self.placed(start, Node::Number(-number)),
            _ => self.placed(start, Node::Negated(Box::new(of))),
        })
    }

    fn power(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let base = self.primary()?;
        if !self.sign("^") {
            return Ok(base);
        }
        self.deeper()?;
        let exponent = Box::new(self.signed()?);
        self.depth -= 1;
        Ok(self.placed(
            start,
            Node::Binary(Operator::Power, Box::new(base), exponent),
        ))
    }

    /// Reads a value, a field, a call or what stands in parentheses.
    pub(super) fn primary(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let token = self.peek().cloned();
        match token {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(self.placed(start, Node::Text(text)))
            }
            Some(Token::Regex(text)) => {
                self.at += 1;
                Ok(self.placed(start, Node::Regex(text)))
            }
            Some(Token::Word(ident)) => {
                self.at += 1;
                if let Some(number) = ident.number() {
                    return Ok(self.placed(start, Node::Number(number)));
                }
                if !ident.is_quoted && self.sign("(") {
                    let arguments = self.arguments()?;
                    let (name, name_place) = (ident.name, self.place(start, start + 1));
                    let call = Node::Call {
                        name,
                        name_place,
                        arguments,
                    };
                    return Ok(self.placed(start, call));
                }
                const KEYWORDS: [&str; 9] =
                    ["and", "or", "not", "like", "in", "as", "by", "asc", "desc"];
                if KEYWORDS.iter().any(|it| ident.is(it)) {
                    self.at = start;
                    let name = &ident.name;
                    return Err(self.error(&format!(
                        "a value is expected before {name}; a field of that name stands in backticks"
                    )));
                }
                Ok(self.placed(start, Node::Field(ident)))
            }
            Some(Token::Sign("(")) => {
                self.at += 1;
                if self.peek_word("SOURCE") || self.peek_command() {
                    return Err(self.unanswered("a subquery", "run two queries"));
                }
                let inner = self.expression()?;
                self.require(")")?;
                Ok(Expression {
                    place: self.place(start, self.at),
                    ..inner
                })
            }
            _ => Err(self.expected("a field, a value or a function")),
        }
    }

    fn arguments(&mut self) -> Parsed<Vec<Expression>> {
        if self.sign(")") {
            return Ok(Vec::new());
        }
        self.list(")", |parser| {
            let start = parser.at;
            // Of `count(*)`.
            if parser.sign("*") {
                return Ok(parser.placed(start, Node::Star));
            }
            parser.expression()
        })
    }

    fn list(
        &mut self,
        end: &'static str,
        one: fn(&mut Parser) -> Parsed<Expression>,
    ) -> Parsed<Vec<Expression>> {
        let mut list = vec![one(self)?];
        while self.sign(",") {
            list.push(one(self)?);
        }
        match self.sign(end) {
            true => Ok(list),
            false => Err(self.expected(&format!(", or {end}"))),
        }
    }

    fn operator(&mut self, is_one: impl Fn(Operator) -> bool) -> Option<Operator> {
        let Some(Token::Sign(sign)) = self.peek() else {
            return None;
        };
        let found = OPERATORS.iter().find(|(it, _)| it == sign);
        let operator = found
            .map(|(_, operator)| *operator)
            .filter(|it| is_one(*it))?;
        self.at += 1;
        Some(operator)
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(self.error("expressions are nested too deeply here")),
            false => Ok(()),
        }
    }

    fn placed(&self, start: usize, node: Node) -> Expression {
        let place: Place = self.place(start, self.at);
        Expression { node, place }
    }
}
