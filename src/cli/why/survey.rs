//! What there is to compare: which attributes, how many values each has, and where numbers are cut into bins.

use crate::cli::query_roots::PARENT;
use crate::cli::question::condition::Condition;
use crate::cli::question::lower::put_conditions;
use crate::model::answer::{Answer, Cell, Row};
use crate::model::catalogue::Column;
use crate::model::contrast::Pair;
use crate::model::formula::{Formula, FormulaError, NamedFormula};
use crate::model::query::{Calculation, Combination, Filter, FilterOp, Op, Percentile, QuerySpec};
use crate::model::span::Value;
use crate::model::why::Skipped;

/// Attributes in one question about their different values; Honeycomb calculates a hundred things at most,
/// and ten seconds long.
pub const SURVEYED_AT_ONCE: usize = 50;
/// Attributes in one question about where their numbers lie.
pub const SPREAD_AT_ONCE: usize = 100 / CUTS.len();
// Numbers with no more different values than this are told apart like words.
const FEW_VALUES: u64 = 12;
// Whoever is another one in this share of the events is an id, if there are enough to tell.
const ID_SHARE: f64 = 0.5;
const ENOUGH: u64 = 50;
// Ids by what they are called. Source: Honeycomb's names for traces.
const IDS: [&str; 5] = [
    "trace.trace_id",
    "trace.span_id",
    "trace.parent_id",
    "trace.link.trace_id",
    "trace.link.span_id",
];
// Where numbers are cut. Those who are selected for something are often at the upper end.
const CUTS: [&str; 6] = ["P10", "P25", "P50", "P75", "P90", "P99"];

/// An attribute that may be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its column.
    pub column: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether it was asked for by name.
    pub is_named: bool,
    /// How many different values it has, where that was asked.
    pub distinct: u64,
    /// Where its numbers are cut into bins, ascending; empty if values are told apart.
    pub edges: Vec<f64>,
    /// The medians inside and outside, of what is cut into bins.
    pub medians: Option<(Option<f64>, Option<f64>)>,
}

/// What the values of an attribute are, as far as it matters how they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Told apart one by one.
    Words,
    /// Whole numbers, which may be few enough for that.
    Whole,
    /// Other numbers, which always go into bins.
    Fractions,
}

/// How many events are inside, outside, and neither, because they are not in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Groups {
    /// By place: inside, outside, neither.
    pub n: [u64; 3],
}

impl Groups {
    /// Returns those that are compared.
    pub fn pair(self) -> Pair {
        let [inside, outside, _] = self.n;
        Pair { inside, outside }
    }
}

/// What all questions have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    spec: QuerySpec,
}

impl Common {
    /// Asks about the events of `spec`, whose time does not go on while they are asked; `formula` is true
    /// inside, false outside.
    ///
    /// # Errors
    /// If a column name is such that no formula can have it.
    pub fn new(spec: &QuerySpec, formula: &str, known: &[String]) -> Result<Common, FormulaError> {
        let is_taken = |name: &String| {
            known.contains(name) || spec.calculated_fields.iter().any(|it| it.name == *name)
        };
        let mut selection = "selected".to_string();
        while is_taken(&selection) {
            selection.push('_');
        }
        let count = Calculation::new(Op::Count, None);
        let mut common = QuerySpec::new(vec![count], spec.time_range);
        common.calculated_fields = spec.calculated_fields.clone();
        common.calculated_fields.push(NamedFormula {
            name: selection.clone(),
            formula: Formula::parse(formula)?,
        });
        common.filters = spec.filters.clone();
        common.combination = spec.combination;
        common.granularity_seconds = spec.granularity_seconds;
        common.usage_mode = spec.usage_mode;
        // The calculated field that tells inside from outside.
        common.breakdowns = vec![selection];
        Ok(Common { spec: common })
    }

    /// Returns the question how many events were really seen, root spans and others apart: the second group of
    /// a row is true for spans inside of others.
    ///
    /// # Errors
    /// None that is known.
    pub fn seen_by_level(&self) -> Result<QuerySpec, FormulaError> {
        let mut spec = self.seen();
        let name = "is inside".to_string();
        let formula = Formula::parse(&format!("EXISTS(${PARENT})"))?;
        spec.calculated_fields.push(NamedFormula {
            name: name.clone(),
            formula,
        });
        spec.breakdowns.push(name);
        Ok(spec)
    }

    /// Leaves root spans alone.
    ///
    /// # Errors
    /// If a column name is such that no formula can have it.
    pub fn take_roots(&mut self) -> Result<(), FormulaError> {
        let mut conditions: Vec<Condition> = std::mem::take(&mut self.spec.filters)
            .into_iter()
            .map(Condition::Test)
            .collect();
        if self.spec.combination == Combination::Or {
            conditions = vec![Condition::Any(conditions)];
            self.spec.combination = Combination::And;
        }
        conditions.push(Condition::Test(Filter {
            column: PARENT.to_string(),
            op: FilterOp::DoesNotExist,
            values: Vec::new(),
        }));
        put_conditions(&mut self.spec, conditions)
    }

    /// Returns the question how many events, inside and outside, meet all of some conditions.
    ///
    /// # Errors
    /// As [`Common::take_roots`].
    pub fn together(&self, conditions: Vec<Condition>) -> Result<QuerySpec, FormulaError> {
        let mut spec = self.spec.clone();
        let mut all: Vec<Condition> = spec.filters.drain(..).map(Condition::Test).collect();
        if spec.combination == Combination::Or {
            all = vec![Condition::Any(all)];
            spec.combination = Combination::And;
        }
        all.extend(conditions);
        put_conditions(&mut spec, all)?;
        Ok(spec)
    }

    /// Returns the question how many events there are in each group.
    pub fn count(&self) -> QuerySpec {
        self.spec.clone()
    }

    /// Returns the question how many events were really seen.
    pub fn seen(&self) -> QuerySpec {
        let mut spec = self.spec.clone();
        spec.usage_mode = true;
        spec
    }

    /// Returns the question how many different values each column has, inside and outside together: to look
    /// for them on each side takes several times as long.
    pub fn survey(&self, columns: &[&str]) -> QuerySpec {
        let mut spec = self.spec.clone();
        spec.breakdowns.clear();
        let distinct = columns.iter().map(|it| Some(it.to_string()));
        let distinct = distinct.map(|column| Calculation::new(Op::CountDistinct, column));
        spec.calculations = distinct.collect();
        spec
    }

    /// Returns the question where the numbers of each column lie.
    pub fn spread(&self, columns: &[&str]) -> QuerySpec {
        let mut spec = self.spec.clone();
        for column in columns {
            for percentile in CUTS.iter().filter_map(|name| Percentile::named(name)) {
                let op = Op::Percentile(percentile);
                let column = Some(column.to_string());
                spec.calculations.push(Calculation::new(op, column));
            }
        }
        spec
    }

    /// Returns the question how many events there are with each combination of values of some attributes.
    pub fn detail(
        &self,
        candidates: &[&Candidate],
        limit: usize,
    ) -> Result<QuerySpec, FormulaError> {
        let mut spec = self.spec.clone();
        spec.limit = limit;
        for candidate in candidates {
            spec.breakdowns.push(candidate.breakdown());
            if let Some(field) = candidate.bins() {
                spec.calculated_fields.push(field?);
            }
        }
        Ok(spec)
    }
}

/// Returns the place of a row's group: 0 inside, 1 outside, 2 neither.
pub fn group_of(value: Option<&Option<Value>>) -> usize {
    match value {
        Some(Some(Value::Bool(true) | Value::Int(1))) => 0,
        Some(Some(Value::Str(text))) if &**text == "true" => 0,
        Some(Some(_)) => 1,
        _ => 2,
    }
}

/// Returns how many events each group of an answer has.
pub fn groups(answer: &Answer) -> Groups {
    let mut groups = Groups::default();
    for row in &answer.rows {
        if let Some(place) = groups.n.get_mut(group_of(row.group.first())) {
            *place = place.saturating_add(count(row.cells.first()));
        }
    }
    groups
}

/// Returns the groups of root spans alone, of an answer to [`Common::seen_by_level`], and of all.
pub fn groups_by_level(answer: &Answer) -> (Groups, Groups) {
    let is_root = |row: &&Row| group_of(row.group.get(1)) != 0;
    let roots = answer.rows.iter().filter(is_root).cloned().collect();
    let roots = Answer {
        left_out: Default::default(),
        rows: roots,
        ..answer.clone()
    };
    (groups(&roots), groups(answer))
}

/// Returns a cell as a count.
pub fn count(cell: Option<&Cell>) -> u64 {
    match cell {
        Some(Cell::Count(count)) => *count,
        Some(Cell::Number(number)) => number.max(0.0) as u64,
        _ => 0,
    }
}

impl Candidate {
    /// Returns an attribute of which nothing is known yet.
    pub fn new(column: &str, kind: Kind, is_named: bool) -> Candidate {
        Candidate {
            column: column.to_string(),
            kind,
            is_named,
            distinct: 0,
            edges: Vec::new(),
            medians: None,
        }
    }

    /// Takes over what calculation `idx` of a survey says of it.
    pub fn take_distinct(&mut self, answer: &Answer, idx: usize) {
        let row = answer.rows.first();
        self.distinct = row.map_or(0, |row| count(row.cells.get(idx)));
    }

    /// Takes over what the calculations from `idx` on of a spread say of it.
    pub fn take_spread(&mut self, answer: &Answer, idx: usize) {
        let mut cuts = Vec::new();
        let mut medians = [None; 3];
        for row in &answer.rows {
            let group = group_of(row.group.first());
            let cells = row.cells.iter().skip(idx).take(CUTS.len());
            let numbers = cells.map(|it| it.number().filter(|it| it.is_finite()));
            for (name, number) in CUTS.iter().zip(numbers) {
                if let (true, Some(number)) = (group < 2, number) {
                    cuts.push(number);
                }
                if let ("P50", Some(place)) = (*name, medians.get_mut(group)) {
                    *place = number;
                }
            }
        }
        self.edges = edges(cuts);
        let [inside, outside, _] = medians;
        self.medians = (!self.edges.is_empty()).then_some((inside, outside));
    }

    /// Tells whether its numbers have to be put into bins.
    pub fn needs_bins(&self) -> bool {
        match self.kind {
            Kind::Words => false,
            Kind::Whole => self.distinct > FEW_VALUES,
            Kind::Fractions => true,
        }
    }

    /// Returns why it is not compared, now that all is known of it; `n_events` is how many were seen.
    pub fn skipped(&self, n_events: u64) -> Option<Skipped> {
        if self.needs_bins() {
            return self.edges.is_empty().then_some(Skipped::Empty);
        }
        if self.distinct == 0 {
            return Some(Skipped::Empty);
        }
        let is_id = n_events >= ENOUGH && self.distinct as f64 >= ID_SHARE * n_events as f64;
        (is_id && !self.is_named).then_some(Skipped::Id)
    }

    /// Returns how many kinds of events there are at most, those without a value among them.
    pub fn kinds(&self) -> u64 {
        match self.edges.is_empty() {
            true => self.distinct.saturating_add(1),
            false => self.edges.len() as u64 + 2,
        }
    }

    /// Returns the column that events are grouped by.
    pub fn breakdown(&self) -> String {
        match self.edges.is_empty() {
            true => self.column.clone(),
            false => format!("bin of {}", self.column),
        }
    }

    // Which bin an event's number is in, counted from 0; none for an event without one.
    fn bins(&self) -> Option<Result<NamedFormula, FormulaError>> {
        if self.edges.is_empty() {
            return None;
        }
        let column = crate::cli::question::lower::column(&self.column);
        let mut text = String::from("IF(");
        for (idx, edge) in self.edges.iter().enumerate() {
            text.push_str(&format!("LT({column}, {edge}), {idx}, "));
        }
        text.push_str(&format!("EXISTS({column}), {})", self.edges.len()));
        let name = self.breakdown();
        Some(Formula::parse(&text).map(|formula| NamedFormula { name, formula }))
    }
}

/// Returns the attributes that may be compared, and those that are left out at once.
///
/// `among` are those that were asked for by name; without any, all columns and the fields `computed` are.
/// What the selection is made of, `selected_by`, is in neither.
pub fn candidates(
    columns: &[Column],
    computed: &[String],
    among: &[String],
    selected_by: &[String],
) -> (Vec<Candidate>, Vec<(String, Skipped)>) {
    let mut candidates = Vec::new();
    let mut skipped = Vec::new();
    for column in columns {
        let is_named = among.contains(&column.name);
        let is_hidden_by = computed.contains(&column.name);
        let is_asked = is_named || among.is_empty();
        if !is_asked || selected_by.contains(&column.name) || is_hidden_by {
            continue;
        }
        let reason = match column.kind.as_str() {
            "histogram" => Some(Skipped::Histogram),
            _ if is_named => None,
            _ if IDS.contains(&column.name.as_str()) => Some(Skipped::Id),
            _ if column.is_hidden => Some(Skipped::Hidden),
            _ => None,
        };
        let kind = match column.kind.as_str() {
            "float" => Kind::Fractions,
            "integer" => Kind::Whole,
            _ => Kind::Words,
        };
        match reason {
            Some(reason) => skipped.push((column.name.clone(), reason)),
            None => candidates.push(Candidate::new(&column.name, kind, is_named)),
        }
    }
    for name in computed {
        let is_named = among.contains(name);
        if (is_named || among.is_empty()) && !selected_by.contains(name) {
            candidates.push(Candidate::new(name, Kind::Words, is_named));
        }
    }
    (candidates, skipped)
}

/// Returns the cuts once each, ascending, with as few digits as keep them apart.
fn edges(mut cuts: Vec<f64>) -> Vec<f64> {
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let rounded = |digits: usize| {
        let round = |cut: &f64| format!("{cut:.*e}", digits - 1).parse().unwrap_or(*cut);
        let mut rounded: Vec<f64> = cuts.iter().map(round).collect();
        rounded.dedup();
        rounded
    };
    // The least number is no cut: nothing lies below it.
    let enough = cuts.len().min(6);
    let digits = (2..=17).find(|digits| rounded(*digits).len() >= enough);
    rounded(digits.unwrap_or(17))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::PercentileMethod;
    use crate::model::time::{TimeRange, Window};

    fn answer(rows: &[(Option<Value>, Vec<Cell>)]) -> Answer {
        let row = |(group, cells): &(Option<Value>, Vec<Cell>)| Row {
            group: vec![group.clone()],
            cells: cells.clone(),
        };
        Answer {
            left_out: Default::default(),
            window: Window { start: 0, end: 1 },
            granularity: 1,
            breakdowns: vec!["selected".to_string()],
            calculations: Vec::new(),
            rows: rows.iter().map(row).collect(),
            series: Vec::new(),
            percentiles: PercentileMethod::Exact,
        }
    }

    #[test]
    fn cuts_have_few_digits_unless_that_makes_them_the_same() {
        assert_eq!(
            edges(vec![10.04, 102.7, 250.3, 1_024.0, 4_096.0, 9_871.0, 10.04]),
            [10.0, 100.0, 250.0, 1_000.0, 4_100.0, 9_900.0]
        );
        assert_eq!(edges(vec![1001.0, 1002.0, 1002.0]), [1001.0, 1002.0]);
        assert!(edges(Vec::new()).is_empty());
    }

    #[test]
    fn ids_and_what_nobody_has_are_left_out_unless_they_are_asked_for() {
        let skipped = |is_named, distinct, n_events| {
            let candidate = Candidate {
                distinct,
                ..Candidate::new("x", Kind::Words, is_named)
            };
            candidate.skipped(n_events)
        };
        assert_eq!(skipped(false, 990, 1_000), Some(Skipped::Id));
        assert_eq!(skipped(true, 990, 1_000), None);
        assert_eq!(skipped(false, 100, 1_000), None);
        assert_eq!(skipped(false, 12, 12), None);
        assert_eq!(skipped(true, 0, 1_000), Some(Skipped::Empty));
    }

    #[test]
    fn answers_are_read_by_group_whatever_the_order_of_rows() {
        let seen = answer(&[
            (None, vec![Cell::Count(9)]),
            (Some(false.into()), vec![Cell::Count(500)]),
            (Some(true.into()), vec![Cell::Count(20)]),
        ]);
        assert_eq!(groups(&seen).n, [20, 500, 9]);
        let mut size = Candidate::new("size", Kind::Whole, false);
        size.take_distinct(&answer(&[(None, vec![Cell::Count(1), Cell::Count(30)])]), 1);
        assert!(size.needs_bins());
        assert_eq!(size.skipped(600), Some(Skipped::Empty));
        let cells = |numbers: [f64; 6]| {
            let numbers = numbers.map(Cell::Number);
            [vec![Cell::Count(1)], numbers.to_vec()].concat()
        };
        let spread = answer(&[
            (
                Some(true.into()),
                cells([40.0, 50.0, 60.0, 70.0, 80.0, 90.0]),
            ),
            (Some(false.into()), cells([1.0, 2.0, 3.0, 4.0, 5.0, 60.0])),
        ]);
        size.take_spread(&spread, 1);
        assert_eq!(size.medians, Some((Some(60.0), Some(3.0))));
        assert_eq!((size.edges.len(), size.kinds()), (11, 13));
        assert_eq!(size.skipped(600), None);
        let field = size.bins().unwrap().unwrap();
        let text = field.formula.text();
        assert!(text.starts_with("IF(LT($\"size\", 1), 0, LT("));
    }

    #[test]
    fn the_selection_has_a_name_of_its_own_and_numbers_are_grouped_by_their_bins() {
        let spec = QuerySpec::new(Vec::new(), TimeRange::DEFAULT);
        let known = ["selected".to_string()];
        let common = Common::new(&spec, "EQUALS($a, 1)", &known).unwrap();
        assert_eq!(common.count().breakdowns, ["selected_"]);
        let mut size = Candidate::new("size", Kind::Whole, false);
        size.edges = vec![5.0];
        let detail = common.detail(&[&size, &Candidate::new("b", Kind::Words, false)], 9);
        let detail = detail.unwrap();
        assert_eq!(detail.breakdowns, ["selected_", "bin of size", "b"]);
        assert_eq!(detail.calculated_fields.len(), 2);
    }
}
