//! The syntax tree of a query: what is written, before it is known what its names mean.

use super::token::Ident;

/// A query as it is written.
#[derive(Debug, Default)]
pub struct Tree {
    pub source: Source,
    pub commands: Vec<PlacedCommand>,
}

/// What `SOURCE` names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// Log groups by name or ARN.
    pub groups: Vec<String>,
    /// All log groups whose name begins so; all of them for an empty beginning.
    pub prefixes: Vec<String>,
    /// Only those of these classes; of STANDARD alone if there are none.
    pub classes: Vec<String>,
}

/// A command, where its name stands, and where all of it ends, in characters.
#[derive(Debug)]
pub struct PlacedCommand {
    pub command: Command,
    pub start: usize,
    pub name_end: usize,
    pub end: usize,
}

/// A command.
#[derive(Debug)]
pub enum Command {
    Fields(Vec<Item>),
    Display(Vec<Item>),
    Filter(Expression),
    Parse(Parse),
    Stats {
        items: Vec<Item>,
        by: Vec<Item>,
    },
    /// With whether the largest comes first.
    Sort(Vec<(Item, bool)>),
    Limit(usize),
    Dedup(Vec<Item>),
    Pattern(Item),
    Unnest {
        list: Expression,
        name: Name,
    },
    Expand(Item),
    Accum(Item),
    Autoregress {
        of: Item,
        from: usize,
        to: usize,
    },
    AddTotals {
        name: Option<Name>,
        has_row: bool,
        has_col: bool,
        of: Vec<Item>,
    },
    FillDown(Vec<Item>),
    FillMissing {
        with: Option<Expression>,
        of: Vec<Item>,
    },
    Outlier {
        of: Vec<Item>,
        param: f64,
        is_removing: bool,
        uses_lower: bool,
        is_marking: bool,
    },
    Sessionize {
        of: Vec<Item>,
        max_span: Option<(String, Place)>,
        name: Option<Name>,
    },
    CountFrequent(Vec<Item>),
    /// There is nothing that it would change.
    Unmask,
}

/// An expression, what it is called by its own text, and the name that it is given.
#[derive(Debug)]
pub struct Item {
    pub of: Expression,
    pub spelt: String,
    pub name: Option<Name>,
}

/// A new name and its place.
#[derive(Debug, Clone)]
pub struct Name {
    pub name: String,
    pub place: Place,
}

/// `start..end`, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Place {
    pub start: usize,
    pub end: usize,
}

/// What `parse` takes apart, and how.
#[derive(Debug)]
pub struct Parse {
    /// `@message` if nothing is named.
    pub of: Option<Expression>,
    pub how: ParseHow,
}

#[derive(Debug)]
pub enum ParseHow {
    Glob {
        text: String,
        place: Place,
        names: Vec<Name>,
    },
    Regex {
        text: String,
        place: Place,
        names: Vec<Name>,
        is_multi: bool,
    },
    Logfmt(Name),
    Csv(Vec<Name>),
    /// Paths into a JSON text, and the names of what is found there.
    Json(Vec<(String, Place, Name)>),
}

/// An expression and its place.
#[derive(Debug, Clone)]
pub struct Expression {
    pub node: Node,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub enum Node {
    Number(f64),
    Text(String),
    Regex(String),
    Field(Ident),
    /// Of `count(*)`.
    Star,
    Negated(Box<Expression>),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `like` and `=~`, with a text or an expression.
    Like {
        of: Box<Expression>,
        like: Box<Expression>,
        is_negated: bool,
    },
    In {
        of: Box<Expression>,
        list: Vec<Expression>,
        is_negated: bool,
    },
    Call {
        name: String,
        name_place: Place,
        arguments: Vec<Expression>,
    },
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The operators between two values, as they are written.
pub const OPERATORS: [(&str, Operator); 12] = [
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    ("*", Operator::Multiply),
    ("/", Operator::Divide),
    ("%", Operator::Remainder),
    ("^", Operator::Power),
    ("=", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<", Operator::Less),
    ("<=", Operator::LessOrEqual),
    (">", Operator::Greater),
    (">=", Operator::GreaterOrEqual),
];

impl Operator {
    /// Returns it as it is written.
    pub fn sign(self) -> &'static str {
        let found = OPERATORS.iter().find(|(_, it)| *it == self);
        found.map_or("", |(sign, _)| sign)
    }

    /// Tells whether it compares.
    pub fn is_comparison(self) -> bool {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Unequal};
        matches!(
            self,
            Equal | Unequal | Less | LessOrEqual | Greater | GreaterOrEqual
        )
    }
}

impl Expression {
    /// Returns one text for all ways to write it: without blanks, and functions in lower case.
    pub fn canonical(&self) -> String {
        let list = |list: &[Expression], between: &str| {
            let list: Vec<String> = list.iter().map(Expression::canonical).collect();
            list.join(between)
        };
        let negation = |is_negated: bool| if is_negated { "not " } else { "" };
        match &self.node {
            Node::Number(number) => number.to_string(),
            Node::Text(text) => format!("{text:?}"),
            Node::Regex(text) => format!("/{text}/"),
            Node::Field(ident) => ident.name.clone(),
            Node::Star => "*".to_string(),
            Node::Negated(of) => format!("-{}", of.canonical()),
            Node::Not(of) => format!("(not {})", of.canonical()),
            Node::All(all) => format!("({})", list(all, " and ")),
            Node::Any(any) => format!("({})", list(any, " or ")),
            Node::Binary(operator, a, b) => {
                format!("({}{}{})", a.canonical(), operator.sign(), b.canonical())
            }
            Node::Like {
                of,
                like,
                is_negated,
            } => {
                format!(
                    "({} {}like {})",
                    of.canonical(),
                    negation(*is_negated),
                    like.canonical()
                )
            }
            Node::In {
                of,
                list: values,
                is_negated,
            } => {
                let of = of.canonical();
                format!("({of} {}in [{}])", negation(*is_negated), list(values, ","))
            }
            Node::Call {
                name, arguments, ..
            } => {
                format!("{}({})", name.to_ascii_lowercase(), list(arguments, ","))
            }
        }
    }

    /// Returns the field that it is, if it is no more than that.
    pub fn field(&self) -> Option<&Ident> {
        match &self.node {
            Node::Field(ident) => Some(ident),
            _ => None,
        }
    }
}
