//! Formulas: over one event's columns, or over one group's results.
//!
//! What a formula is and how it is written; what comes out of it is the engine's business.
//! Source: Honeycomb's calculated-field reference and the grammar of its formula validator.

mod parser;
mod pattern;
pub mod time_format;
mod token;

pub use pattern::Pattern;

use super::span::Value;

/// A formula that can be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    text: String,
    columns: Vec<String>,
    root: Expression,
}

/// A formula and the name that its result goes by.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedFormula {
    /// The name.
    pub name: String,
    /// What is computed.
    pub formula: Formula,
}

/// A part of a formula. Operators are calls of the function that does the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A constant; `None` is `null`.
    Literal(Option<Value>),
    /// A column, by its index in [`Formula::columns`].
    Column(usize),
    /// A regular expression: the second argument of the functions that match texts, and nothing else.
    Pattern(Pattern),
    /// A function and as many arguments as it takes.
    Call(Function, Vec<Expression>),
}

impl Formula {
    /// The deepest nesting of a formula.
    pub const MAX_DEPTH: usize = 100;

    /// Reads a formula.
    ///
    /// # Errors
    /// The first thing that is wrong, and where.
    pub fn parse(text: &str) -> Result<Formula, FormulaError> {
        let (columns, root) = parser::parse(text)?;
        Ok(Formula {
            text: text.to_string(),
            columns,
            root,
        })
    }

    /// Returns the formula as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the names of the columns it reads, each once.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Tells whether it asks for more of an event than its columns.
    pub fn asks_for_the_event(&self) -> bool {
        fn asks(expression: &Expression) -> bool {
            match expression {
                Expression::Literal(_) | Expression::Column(_) | Expression::Pattern(_) => false,
                Expression::Call(function, arguments) => {
                    *function == Function::EventTimestamp || arguments.iter().any(asks)
                }
            }
        }
        asks(&self.root)
    }

    /// Returns the expression that gives the result.
    pub fn root(&self) -> &Expression {
        &self.root
    }
}

/// What is wrong with a formula, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at column {column}")]
pub struct FormulaError {
    /// The character at which it was noticed, counted from 1.
    pub column: usize,
    /// What it is.
    pub problem: FormulaProblem,
}

/// What can be wrong with a formula.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormulaProblem {
    /// A character that begins nothing.
    #[error("unexpected `{0}`")]
    Character(char),
    /// Something else belongs here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A column name swallowed an operator.
    #[error(
        "expected an operator; the column name `{0}` takes in the sign at its end, so put spaces around operators"
    )]
    Glued(String),
    /// A text without its closing quote.
    #[error("a text is not closed")]
    OpenText,
    /// A backslash before something that it does not change.
    #[error("unknown escape in a text")]
    Escape,
    /// A number that no 64 bits hold.
    #[error("`{0}` is not a number that can be held")]
    Number(String),
    /// No such function.
    #[error("`{0}` is not a function")]
    NoSuchFunction(String),
    /// When an event came in is not kept, and any other time in its place would be untrue.
    #[error(
        "INGEST_TIMESTAMP is not supported by this server, which does not keep when an event came in"
    )]
    NotKept,
    /// Too few or too many arguments.
    #[error("{name} takes {arity}")]
    Arguments {
        /// The function.
        name: &'static str,
        /// How many it takes, in words.
        arity: String,
    },
    /// An argument that must be written out as a number.
    #[error("the sizes of BUCKET must be plain numbers, the first above zero")]
    Size,
    /// The pattern of a function that matches texts is computed.
    #[error("the pattern of {0} must be a text that is written out")]
    ComputedPattern(&'static str),
    /// It is no regular expression.
    #[error("`{pattern}` is not a regular expression that can be used: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A part of a time format that is none.
    #[error("`{0}` is not a part of a time format")]
    TimeFormat(String),
    /// Nested beyond [`Formula::MAX_DEPTH`].
    #[error("nested too deeply")]
    Depth,
}

/// What a formula can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Pairs of a condition and a value, then the value for no condition.
    If,
    /// A value, pairs of a case and its result, then the result for no case.
    Switch,
    /// The first argument that is not null.
    Coalesce,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`
    Equals,
    /// Whether the first argument equals one of the others.
    In,
    /// Whether the argument is not null.
    Exists,
    /// `!`
    Not,
    /// `AND`
    And,
    /// `OR`
    Or,
    /// The smallest argument of the first one's type.
    Min,
    /// The largest argument of the first one's type.
    Max,
    /// `+`
    Sum,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// The decimal logarithm.
    Log10,
    /// The name of the bin that a number is in.
    Bucket,
    /// The whole part.
    Int,
    /// A double.
    Float,
    /// Whether the argument counts as true.
    Bool,
    /// The argument as text.
    String,
    /// All arguments as one text.
    Concat,
    /// Whether a text starts with another.
    StartsWith,
    /// Whether a text ends with another.
    EndsWith,
    /// Whether a text has another in it.
    Contains,
    /// The text in lower case.
    ToLower,
    /// How many characters a text has, or bytes.
    Length,
    /// Whether a text has a match of a pattern in it.
    RegMatch,
    /// What the first group of a pattern's first match holds.
    RegValue,
    /// How many matches of a pattern a text has.
    RegCount,
    /// Seconds since the epoch of a moment written in RFC 3339.
    UnixTimestamp,
    /// Seconds since the epoch of the event.
    EventTimestamp,
    /// A moment in seconds since the epoch, as text.
    FormatTime,
}

// Any number of arguments.
const ANY: usize = usize::MAX;

impl Function {
    /// Every function with Honeycomb's name and the fewest and most arguments it takes.
    pub const ALL: [(&'static str, Function, usize, usize); 38] = [
        ("IF", Function::If, 2, ANY),
        ("SWITCH", Function::Switch, 3, ANY),
        ("COALESCE", Function::Coalesce, 1, ANY),
        ("LT", Function::Less, 2, 2),
        ("LTE", Function::LessOrEqual, 2, 2),
        ("GT", Function::Greater, 2, 2),
        ("GTE", Function::GreaterOrEqual, 2, 2),
        ("EQUALS", Function::Equals, 2, 2),
        ("IN", Function::In, 2, ANY),
        ("EXISTS", Function::Exists, 1, 1),
        ("NOT", Function::Not, 1, 1),
        ("AND", Function::And, 1, ANY),
        ("OR", Function::Or, 1, ANY),
        ("MIN", Function::Min, 1, ANY),
        ("MAX", Function::Max, 1, ANY),
        ("SUM", Function::Sum, 1, ANY),
        ("SUB", Function::Sub, 2, 2),
        ("MUL", Function::Mul, 1, ANY),
        ("DIV", Function::Div, 2, 2),
        ("MOD", Function::Mod, 2, 2),
        ("LOG10", Function::Log10, 1, 1),
        ("BUCKET", Function::Bucket, 2, 4),
        ("INT", Function::Int, 1, 1),
        ("FLOAT", Function::Float, 1, 1),
        ("BOOL", Function::Bool, 1, 1),
        ("STRING", Function::String, 1, 1),
        ("CONCAT", Function::Concat, 1, ANY),
        ("STARTS_WITH", Function::StartsWith, 2, 2),
        ("ENDS_WITH", Function::EndsWith, 2, 2),
        ("CONTAINS", Function::Contains, 2, 2),
        ("TO_LOWER", Function::ToLower, 1, 1),
        ("LENGTH", Function::Length, 1, 2),
        ("REG_MATCH", Function::RegMatch, 2, 2),
        ("REG_VALUE", Function::RegValue, 2, 2),
        ("REG_COUNT", Function::RegCount, 2, 2),
        ("UNIX_TIMESTAMP", Function::UnixTimestamp, 1, 1),
        ("EVENT_TIMESTAMP", Function::EventTimestamp, 0, 0),
        ("FORMAT_TIME", Function::FormatTime, 2, 2),
    ];
}

#[cfg(test)]
mod tests;
