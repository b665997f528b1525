//! A question about events: what Honeycomb calls a query specification.

use super::formula::NamedFormula;
use super::span::Value;
use super::time::TimeRange;

/// What is calculated over a column.
///
/// Source: Honeycomb API, QueryOp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// How many events, weighted by sample rate.
    Count,
    /// The weighted sum.
    Sum,
    /// The weighted mean.
    Avg,
    /// How many different values, not weighted.
    CountDistinct,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// A percentile, by weighted nearest rank.
    Percentile(Percentile),
    /// A histogram of the values for each time step.
    Heatmap,
    /// How many spans are in progress at a time.
    ///
    /// Each span counts in every time step that it touches, by the fraction of the step that it covers: the
    /// parts of all durations that fall into the step, together, divided by the step. A span reaches from its
    /// event's time to `duration_ms` later; what has no duration covers nothing. The service's page says no
    /// word of the whole range; here it is the largest step, so that a row tells the peak.
    /// Source: Honeycomb's documentation, Visualize Concurrency.
    Concurrency,
    /// How much a calculation changes from one time step to the next.
    ///
    /// Source: Honeycomb's documentation, Visualize Rate: "the difference between subsequent field values
    /// after applying" MAX, AVG or SUM. That is a series for each group: each step's result less that of the
    /// last step before it that has one; the first has none. What stands for the whole range is not
    /// documented; here it is the sum of the differences, the last result less the first.
    Rate(RateOf),
    /// Arithmetic over the results of others: a column of an answer, which no question asks for by this
    /// name but through [`QuerySpec::formulas`].
    Formula,
}

/// What a rate is the change of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateOf {
    /// `RATE_AVG`
    Avg,
    /// `RATE_SUM`
    Sum,
    /// `RATE_MAX`
    Max,
}

/// One of Honeycomb's percentiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Percentile {
    /// In tenths of a percent: 900 is P90, 1 is P001, 999 is P999.
    per_mille: u16,
}

impl Percentile {
    /// The percentiles that Honeycomb knows, as `(name, per mille)`.
    pub const ALL: [(&'static str, u16); 13] = [
        ("P001", 1),
        ("P01", 10),
        ("P05", 50),
        ("P10", 100),
        ("P20", 200),
        ("P25", 250),
        ("P50", 500),
        ("P75", 750),
        ("P80", 800),
        ("P90", 900),
        ("P95", 950),
        ("P99", 990),
        ("P999", 999),
    ];
    /// P90.
    pub const P90: Percentile = Percentile { per_mille: 900 };

    /// Returns the percentile called `name`, as in `P90`; only those in [`Percentile::ALL`].
    pub fn named(name: &str) -> Option<Percentile> {
        let (_, per_mille) = Self::ALL.iter().find(|(known, _)| *known == name)?;
        Some(Percentile {
            per_mille: *per_mille,
        })
    }

    /// Returns the name, as in `P90`.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, per_mille)| *per_mille == self.per_mille)
            .map_or("P90", |(name, _)| name)
    }

    /// Returns the share of values at or below, 0 to 1.
    pub fn fraction(self) -> f64 {
        f64::from(self.per_mille) / 1000.0
    }
}

impl Op {
    /// Returns Honeycomb's name: `COUNT`, `P90`, `HEATMAP`.
    pub fn name(self) -> &'static str {
        match self {
            Op::Count => "COUNT",
            Op::Sum => "SUM",
            Op::Avg => "AVG",
            Op::CountDistinct => "COUNT_DISTINCT",
            Op::Min => "MIN",
            Op::Max => "MAX",
            Op::Percentile(percentile) => percentile.name(),
            Op::Heatmap => "HEATMAP",
            Op::Concurrency => "CONCURRENCY",
            Op::Rate(RateOf::Avg) => "RATE_AVG",
            Op::Rate(RateOf::Sum) => "RATE_SUM",
            Op::Rate(RateOf::Max) => "RATE_MAX",
            Op::Formula => "FORMULA",
        }
    }

    /// Returns the operation with Honeycomb's `name`.
    pub fn named(name: &str) -> Option<Op> {
        Some(match name {
            "COUNT" => Op::Count,
            "SUM" => Op::Sum,
            "AVG" => Op::Avg,
            "COUNT_DISTINCT" => Op::CountDistinct,
            "MIN" => Op::Min,
            "MAX" => Op::Max,
            "HEATMAP" => Op::Heatmap,
            "CONCURRENCY" => Op::Concurrency,
            "RATE_AVG" => Op::Rate(RateOf::Avg),
            "RATE_SUM" => Op::Rate(RateOf::Sum),
            "RATE_MAX" => Op::Rate(RateOf::Max),
            _ => return Percentile::named(name).map(Op::Percentile),
        })
    }

    /// Tells whether the operation needs a column.
    pub fn needs_column(self) -> bool {
        !matches!(self, Op::Count | Op::Concurrency | Op::Formula)
    }

    /// Tells whether the operation can have a column; one without works on events as they are.
    pub fn takes_column(self) -> bool {
        !matches!(self, Op::Concurrency | Op::Formula)
    }
}

/// An operation and the column it works on.
#[derive(Debug, Clone, PartialEq)]
pub struct Calculation {
    /// What to calculate.
    pub op: Op,
    /// Over which column; `None` only where [`Op::needs_column`] says no.
    pub column: Option<String>,
    /// What the result is called, if the question says so.
    pub name: Option<String>,
    /// Only events that pass these too.
    pub filters: Vec<Filter>,
    /// How they are joined.
    pub combination: Combination,
}

impl Calculation {
    /// Returns the calculation of `op` over `column`, of all events, without a name of its own.
    pub fn new(op: Op, column: Option<String>) -> Calculation {
        Calculation {
            op,
            column,
            name: None,
            filters: Vec::new(),
            combination: Combination::And,
        }
    }

    /// Tells whether `other` does the same with the same column; names and filters do not count.
    pub fn is_like(&self, other: &Calculation) -> bool {
        self.op == other.op && self.column == other.column
    }

    /// Returns the key that Honeycomb gives the result: its name, or `COUNT`, `P90(duration_ms)`.
    pub fn label(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        match &self.column {
            Some(column) => format!("{}({column})", self.op.name()),
            None => self.op.name().to_string(),
        }
    }
}

/// How a filter compares.
///
/// Source: Honeycomb API, FilterOp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `starts-with`
    StartsWith,
    /// `does-not-start-with`
    DoesNotStartWith,
    /// `ends-with`
    EndsWith,
    /// `does-not-end-with`
    DoesNotEndWith,
    /// `exists`
    Exists,
    /// `does-not-exist`
    DoesNotExist,
    /// `contains`
    Contains,
    /// `does-not-contain`
    DoesNotContain,
    /// `in`
    In,
    /// `not-in`
    NotIn,
}

impl FilterOp {
    /// Every operator with Honeycomb's name.
    pub const ALL: [(&'static str, FilterOp); 16] = [
        ("=", FilterOp::Equal),
        ("!=", FilterOp::NotEqual),
        (">", FilterOp::Greater),
        (">=", FilterOp::GreaterOrEqual),
        ("<", FilterOp::Less),
        ("<=", FilterOp::LessOrEqual),
        ("starts-with", FilterOp::StartsWith),
        ("does-not-start-with", FilterOp::DoesNotStartWith),
        ("ends-with", FilterOp::EndsWith),
        ("does-not-end-with", FilterOp::DoesNotEndWith),
        ("exists", FilterOp::Exists),
        ("does-not-exist", FilterOp::DoesNotExist),
        ("contains", FilterOp::Contains),
        ("does-not-contain", FilterOp::DoesNotContain),
        ("in", FilterOp::In),
        ("not-in", FilterOp::NotIn),
    ];

    /// Returns the operator with Honeycomb's `name`.
    pub fn named(name: &str) -> Option<FilterOp> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, op)| *op)
    }

    /// Returns Honeycomb's name.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, op)| *op == self)
            .map_or("=", |(name, _)| name)
    }

    /// Tells whether the operator compares parts of texts, so that its value must be one.
    pub fn takes_text(self) -> bool {
        use FilterOp::{
            Contains, DoesNotContain, DoesNotEndWith, DoesNotStartWith, EndsWith, StartsWith,
        };
        matches!(
            self,
            StartsWith | DoesNotStartWith | EndsWith | DoesNotEndWith | Contains | DoesNotContain
        )
    }

    /// Tells how many values the operator takes: none, one, or any number.
    pub fn arity(self) -> Arity {
        match self {
            FilterOp::Exists | FilterOp::DoesNotExist => Arity::None,
            FilterOp::In | FilterOp::NotIn => Arity::Many,
            _ => Arity::One,
        }
    }
}

/// How many values a filter operator takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// `exists` and its opposite.
    None,
    /// Comparisons.
    One,
    /// `in` and its opposite.
    Many,
}

/// One condition on one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// How to compare.
    pub op: FilterOp,
    /// What to compare with: as many as [`FilterOp::arity`] says.
    pub values: Vec<Value>,
}

/// How filters are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Combination {
    /// All must hold.
    #[default]
    And,
    /// One must hold.
    Or,
}

/// What a row is ordered by.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderKey {
    /// A breakdown, by its column.
    Breakdown(String),
    /// The first calculation of the same query that [is like](Calculation::is_like) this one.
    Calculation(Calculation),
    /// A calculation or a formula of the same query, by its name.
    Named(String),
}

/// One order term.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// What to order by.
    pub key: OrderKey,
    /// Largest first.
    pub descending: bool,
}

/// A condition on a group's result.
#[derive(Debug, Clone, PartialEq)]
pub struct Having {
    /// Which result is tested: the calculation or formula ([`Op::Formula`]) of this name if it has one, else
    /// the first calculation of the query that [is like](Calculation::is_like) this one.
    pub calculation: Calculation,
    /// One of the six comparisons.
    pub op: FilterOp,
    /// What it is compared with.
    pub value: f64,
}

/// A question about one dataset, or about all.
#[derive(Debug, Clone, PartialEq)]
pub struct QuerySpec {
    /// Columns that are computed for each event, in this order; a later one may read an earlier one.
    /// Everything below may name them. One that is called like a field of the events hides it.
    pub calculated_fields: Vec<NamedFormula>,
    /// What to calculate; never empty: Honeycomb takes COUNT when none is given.
    pub calculations: Vec<Calculation>,
    /// What to answer with in place of the calculations, from those that have a name.
    pub formulas: Vec<NamedFormula>,
    /// Group by these columns.
    pub breakdowns: Vec<String>,
    /// Only events that pass.
    pub filters: Vec<Filter>,
    /// How the filters are joined.
    pub combination: Combination,
    /// Order of the rows; empty for the first calculation, largest first.
    pub orders: Vec<Order>,
    /// Only groups that pass.
    pub havings: Vec<Having>,
    /// At most this many groups, 1 to 10,000.
    pub limit: usize,
    /// When.
    pub time_range: TimeRange,
    /// Seconds per time step; `None` lets the engine choose.
    pub granularity_seconds: Option<i64>,
    /// Do not correct for sample rates.
    pub usage_mode: bool,
}

impl QuerySpec {
    /// Honeycomb's name for "all datasets of the environment".
    pub const ALL_DATASETS: &'static str = "__all__";
    /// How many groups come back when a query names no limit. Source: Honeycomb's OpenAPI document.
    pub const DEFAULT_LIMIT: usize = 100;

    /// Returns the plainest question: these calculations over `time_range`.
    pub fn new(calculations: Vec<Calculation>, time_range: TimeRange) -> QuerySpec {
        QuerySpec {
            calculated_fields: Vec::new(),
            calculations,
            formulas: Vec::new(),
            breakdowns: Vec::new(),
            filters: Vec::new(),
            combination: Combination::And,
            orders: Vec::new(),
            havings: Vec::new(),
            limit: Self::DEFAULT_LIMIT,
            time_range,
            granularity_seconds: None,
            usage_mode: false,
        }
    }

    /// Returns the names of all columns that it reads, those of its own calculated fields among them.
    pub fn columns(&self) -> Vec<&str> {
        let calculations = self.calculations.iter();
        let filters = calculations.clone().flat_map(|it| &it.filters);
        let filters = filters.chain(&self.filters).map(|it| &it.column);
        let fields = self.calculated_fields.iter();
        let names = calculations
            .filter_map(|it| it.column.as_ref())
            .chain(&self.breakdowns)
            .chain(filters)
            .chain(fields.flat_map(|it| it.formula.columns()));
        names.map(String::as_str).collect()
    }

    /// Returns what the cells of an answer are: the formulas if there are any, else the calculations.
    pub fn answered(&self) -> Vec<Calculation> {
        if self.formulas.is_empty() {
            return self.calculations.clone();
        }
        let cell = |formula: &NamedFormula| Calculation {
            name: Some(formula.name.clone()),
            ..Calculation::new(Op::Formula, None)
        };
        self.formulas.iter().map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_percentile_keeps_its_name() {
        for (name, _) in Percentile::ALL {
            assert_eq!(Op::named(name).unwrap().name(), name);
        }
        assert_eq!(Op::named("P42"), None);
        assert_eq!(Op::named("P90"), Some(Op::Percentile(Percentile::P90)));
    }

    #[test]
    fn every_operation_keeps_its_name_and_knows_its_column() {
        for (name, needs, takes) in [
            ("COUNT", false, true),
            ("SUM", true, true),
            ("AVG", true, true),
            ("MIN", true, true),
            ("MAX", true, true),
            ("COUNT_DISTINCT", true, true),
            ("HEATMAP", true, true),
            ("CONCURRENCY", false, false),
            ("RATE_AVG", true, true),
            ("RATE_SUM", true, true),
            ("RATE_MAX", true, true),
        ] {
            let op = Op::named(name).unwrap();
            let known = (op.name(), op.needs_column(), op.takes_column());
            assert_eq!(known, (name, needs, takes));
        }
        assert_eq!(Op::named("FORMULA"), None);
    }

    #[test]
    fn labels_are_the_keys_that_honeycomb_answers_with() {
        let mut p90 = Calculation::new(Op::Percentile(Percentile::P90), Some("duration_ms".into()));
        assert_eq!(p90.label(), "P90(duration_ms)");
        p90.name = Some("slowest".into());
        assert_eq!(p90.label(), "slowest");
        assert_eq!(Calculation::new(Op::Count, None).label(), "COUNT");
    }
}
