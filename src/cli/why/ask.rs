//! Asks all that it takes to compare a selection with the rest.

use indicatif::ProgressBar;

use super::pack::{MOST_ROWS, packs, read, with_others};
use super::survey::{
    Candidate, Common, Groups, Kind, SPREAD_AT_ONCE, SURVEYED_AT_ONCE, candidates, groups,
    groups_by_level,
};
use super::words::condition;
use crate::cli::failure::{Exit, Failure};
use crate::cli::query::Asking;
use crate::cli::query_cloud;
use crate::cli::query_roots::PARENT;
use crate::cli::question::condition::Condition;
use crate::cli::question::names::meant;
use crate::cli::question::schema::similar;
use crate::cli::question::selection::Chosen;
use crate::model::answer::Answer;
use crate::model::contrast::Pair;
use crate::model::formula::FormulaError;
use crate::model::query::QuerySpec;
use crate::model::why::{Attribute, Counted, Counts, Level, Skipped, Why};

// Runs that the cloud allows in a minute; whoever wants more says so with `--among`.
const RUNS_A_MINUTE: usize = 10;

// What tells root spans from others: a query that names one of these means what it says.
const LEVELS: [&str; 3] = [PARENT, "span.kind", "meta.annotation_type"];
// Attributes that may say the same are looked at once each.
const MOST_FOLDS: usize = 40;

/// What is compared.
pub struct Comparison<'a> {
    /// The question that the selection is of, and whom it is asked.
    pub asking: &'a Asking<'a>,
    /// What is selected.
    pub chosen: &'a Chosen,
    /// The column whose values are in the picture, if it is one.
    pub column: Option<&'a str>,
    /// The present moment, nanoseconds since the epoch.
    pub now: i64,
    /// Shows how far it is.
    pub bar: &'a ProgressBar,
}

/// What came of it.
pub enum Outcome {
    /// There are events on both sides.
    Compared(Box<Why>),
    /// Nothing is selected of so many events.
    Nothing(u64),
    /// Everything is selected.
    Everything(u64),
}

/// Compares the selection with the rest of the events that the question is about.
///
/// # Errors
/// As for any question, and if a column of `--among` is not there.
pub async fn compare(comparison: &Comparison<'_>) -> Result<Outcome, Failure> {
    let asking = comparison.asking;
    let args = asking.args;
    let dataset = &args.of.dataset;
    let columns = match asking.client.columns(dataset).await {
        Ok(columns) => columns,
        Err(error) => return Err(query_cloud::explained(asking.client, error).await),
    };
    let known: Vec<String> = columns.iter().map(|it| it.name.clone()).collect();
    let computed: Vec<String> = args.computed.iter().map(|it| it.name.clone()).collect();
    let among = among(&args.among, &known, &computed, dataset)?;
    let selected_by = selected_by(comparison);
    let (mut candidates, mut skipped) = candidates(&columns, &computed, &among, &selected_by);
    let formula = comparison.chosen.formula(comparison.column);
    let mut common = Common::new(asking.spec, &formula, &known).map_err(odd)?;
    let mut run = Run {
        comparison,
        n_asked: 1,
    };
    run.say_cost(&candidates);

    let (seen, level) = run.seen(&mut common, &known, &selected_by).await?;
    let pair = seen.pair();
    if pair.inside == 0 {
        return Ok(Outcome::Nothing(pair.outside));
    }
    if pair.outside == 0 {
        return Ok(Outcome::Everything(pair.inside));
    }
    run.survey(&common, &mut candidates).await?;
    run.spread(&common, &mut candidates).await?;
    candidates.retain(|candidate| match candidate.skipped(pair.total()) {
        None => true,
        Some(reason) => {
            skipped.push((candidate.column.clone(), reason));
            false
        }
    });

    let mut packs = packs(&candidates, seen);
    for idx in run.dear(&mut packs, !among.is_empty()) {
        if let Some(candidate) = candidates.get(idx) {
            skipped.push((candidate.column.clone(), Skipped::Cost));
        }
    }
    let (counts, events) = run.details(&common, &candidates, packs).await?;
    skipped.sort_by(|a, b| a.0.cmp(&b.0));
    let mut attributes = Why::ranked(counts, pair);
    run.fold(&common, &mut attributes).await?;
    Ok(Outcome::Compared(Box::new(Why {
        events,
        seen: pair,
        attributes,
        selected_by,
        skipped,
        level,
    })))
}

struct Run<'a> {
    comparison: &'a Comparison<'a>,
    // The question itself was the first.
    n_asked: usize,
}

impl Run<'_> {
    // A laptop's own stack costs nothing.
    fn say_cost(&self, candidates: &[Candidate]) {
        let asking = self.comparison.asking;
        let n = candidates.len();
        let n_runs = n.div_ceil(SURVEYED_AT_ONCE) + 2;
        self.comparison.bar.set_length(n_runs as u64 + 2);
        if !asking.client.is_local() {
            asking.context.note(&format!(
                "why: {n} attributes; {} first, then some more to count their values; Honeycomb runs {RUNS_A_MINUTE} queries a minute",
                runs(n_runs)
            ));
        }
    }

    async fn ask(&mut self, spec: &QuerySpec) -> Result<Answer, Failure> {
        let Comparison {
            asking, now, bar, ..
        } = self.comparison;
        let (dataset, fresh) = (&asking.args.of.dataset, asking.args.cloud.fresh);
        let asked = asking.client.ask(dataset, spec, false, fresh, *now).await;
        self.n_asked += 1;
        bar.inc(1);
        match asked {
            Ok(asked) => Ok(asked.answer),
            Err(error) => Err(query_cloud::explained(asking.client, error).await),
        }
    }

    // Counts both sides, and leaves root spans alone if both have some and nothing tells levels apart.
    async fn seen(
        &mut self,
        common: &mut Common,
        known: &[String],
        selected_by: &[String],
    ) -> Result<(Groups, Level), Failure> {
        let asking = self.comparison.asking;
        let asked = asking.spec.columns();
        let names = |name: &str| asked.contains(&name) || selected_by.iter().any(|it| it == name);
        let has_levels = known.iter().any(|it| it == PARENT);
        let is_told_apart = asking.args.all_spans || LEVELS.into_iter().any(names);
        if !has_levels || is_told_apart {
            return Ok((groups(&self.ask(&common.seen()).await?), Level::All));
        }
        let answer = self.ask(&common.seen_by_level().map_err(odd)?).await?;
        let (roots, all) = groups_by_level(&answer);
        let pair = roots.pair();
        if pair.inside == 0 || pair.outside == 0 {
            return Ok((all, Level::NoRoots));
        }
        if roots == all {
            return Ok((all, Level::All));
        }
        common.take_roots().map_err(odd)?;
        Ok((roots, Level::Roots))
    }

    // Finds attributes that say the same: the same events have what is most over-represented of each.
    async fn fold(&mut self, common: &Common, attributes: &mut [Attribute]) -> Result<(), Failure> {
        let mut n_left = match self.comparison.asking.client.is_local() {
            true => MOST_FOLDS,
            false => RUNS_A_MINUTE.saturating_sub(self.n_asked),
        };
        for idx in 0..attributes.len() {
            let Some((column, most)) = cause(attributes, idx) else {
                continue;
            };
            for other in idx + 1..attributes.len() {
                let Some((twin, its_most)) = cause(attributes, other) else {
                    continue;
                };
                if its_most.pair != most.pair || n_left == 0 {
                    continue;
                }
                let both = [condition(&column, &most), condition(&twin, &its_most)];
                let Some(both) = both.into_iter().collect::<Option<Vec<Condition>>>() else {
                    continue;
                };
                n_left -= 1;
                let spec = common.together(both).map_err(odd)?;
                let is_same = groups(&self.ask(&spec).await?).pair() == most.pair;
                if let Some(attribute) = attributes.get_mut(other).filter(|_| is_same) {
                    attribute.same_as = Some(column.clone());
                }
            }
        }
        Ok(())
    }

    async fn survey(
        &mut self,
        common: &Common,
        candidates: &mut [Candidate],
    ) -> Result<(), Failure> {
        let is_told_apart = |it: &&mut Candidate| it.kind != Kind::Fractions;
        let mut candidates: Vec<&mut Candidate> =
            candidates.iter_mut().filter(is_told_apart).collect();
        for some in candidates.chunks_mut(SURVEYED_AT_ONCE) {
            let columns: Vec<&str> = some.iter().map(|it| it.column.as_str()).collect();
            let answer = self.ask(&common.survey(&columns)).await?;
            for (idx, candidate) in some.iter_mut().enumerate() {
                candidate.take_distinct(&answer, idx);
            }
        }
        Ok(())
    }

    async fn spread(
        &mut self,
        common: &Common,
        candidates: &mut [Candidate],
    ) -> Result<(), Failure> {
        let mut numbers: Vec<&mut Candidate> =
            candidates.iter_mut().filter(|it| it.needs_bins()).collect();
        for some in numbers.chunks_mut(SPREAD_AT_ONCE) {
            let columns: Vec<&str> = some.iter().map(|it| it.column.as_str()).collect();
            let spec = common.spread(&columns);
            let n_each = (spec.calculations.len() - 1) / columns.len().max(1);
            let answer = self.ask(&spec).await?;
            for (idx, candidate) in some.iter_mut().enumerate() {
                candidate.take_spread(&answer, 1 + idx * n_each);
            }
        }
        Ok(())
    }

    // Takes away the packs that would make the cloud wait for another minute, unless their attributes
    // were asked for by name, and returns what was in them.
    fn dear(&self, packs: &mut Vec<Vec<usize>>, is_named: bool) -> Vec<usize> {
        let asking = self.comparison.asking;
        if asking.client.is_local() {
            self.comparison
                .bar
                .set_length((self.n_asked - 1 + packs.len()) as u64);
            return Vec::new();
        }
        let left = RUNS_A_MINUTE.saturating_sub(self.n_asked).max(1);
        let dear = match is_named {
            true => Vec::new(),
            false => packs.split_off(left.min(packs.len())),
        };
        let n = packs.iter().map(Vec::len).sum::<usize>();
        self.comparison
            .bar
            .set_length((self.n_asked - 1 + packs.len()) as u64);
        asking.context.note(&format!(
            "why: {} to count the values of {n} attributes",
            runs(packs.len())
        ));
        dear.concat()
    }

    async fn details(
        &mut self,
        common: &Common,
        candidates: &[Candidate],
        mut packs: Vec<Vec<usize>>,
    ) -> Result<(Vec<Counts>, Pair), Failure> {
        let mut whole: Vec<Counts> = Vec::new();
        let mut cut: Vec<Counts> = Vec::new();
        let mut events = None;
        packs.reverse();
        while let Some(pack) = packs.pop() {
            let members: Vec<&Candidate> =
                pack.iter().filter_map(|idx| candidates.get(*idx)).collect();
            let spec = common.detail(&members, MOST_ROWS).map_err(odd)?;
            let answer = self.ask(&spec).await?;
            let detail = read(&answer, &members, MOST_ROWS);
            match (detail.is_cut, pack.as_slice()) {
                (false, _) => {
                    events = Some(detail.events);
                    whole.extend(detail.counts);
                }
                (true, [_]) => cut.extend(detail.counts),
                // There were more combinations than the numbers of values promised.
                (true, several) => packs.extend(several.iter().map(|idx| vec![*idx])),
            }
        }
        let events = match events {
            Some(events) => events,
            None => groups(&self.ask(&common.count()).await?).pair(),
        };
        for counts in &mut cut {
            with_others(counts, events);
        }
        whole.extend(cut);
        Ok((whole, events))
    }
}

// An attribute that stands out and is not folded, with what is most over-represented of it.
fn cause(attributes: &[Attribute], idx: usize) -> Option<(String, Counted)> {
    let attribute = attributes.get(idx)?;
    let is_cause = attribute.stands_out() && attribute.same_as.is_none();
    let most = attribute.most().filter(|_| is_cause)?;
    Some((attribute.column.clone(), most))
}

// What the selection is made of, and the calculated fields that are made of that.
fn selected_by(comparison: &Comparison<'_>) -> Vec<String> {
    let mut columns = comparison.chosen.columns();
    for field in &comparison.asking.spec.calculated_fields {
        let is_made_of_them = field
            .formula
            .columns()
            .iter()
            .any(|it| columns.contains(it));
        if is_made_of_them && !columns.contains(&field.name) {
            columns.push(field.name.clone());
        }
    }
    columns
}

// The columns that were asked for, under the names that they have here.
fn among(
    asked: &[String],
    known: &[String],
    computed: &[String],
    dataset: &str,
) -> Result<Vec<String>, Failure> {
    let find = |name: &String| {
        if known.contains(name) || computed.contains(name) {
            return Ok(name.clone());
        }
        if let Some(other) = meant(name, known) {
            return Ok(other.to_string());
        }
        let near = similar(name, known.iter().chain(computed).map(String::as_str));
        let near = match near.is_empty() {
            true => String::new(),
            false => format!("; did you mean {}?", near.join(" or ")),
        };
        let what = format!("--among: {dataset} has no column {name}{near}");
        Err(Failure::of(Exit::Usage, what))
    };
    asked.iter().map(find).collect()
}

fn runs(n: usize) -> String {
    match n {
        1 => "1 run".to_string(),
        n => format!("{n} runs"),
    }
}

fn odd(error: FormulaError) -> Failure {
    let what = format!("no formula can tell the selection from the rest: {error}");
    Failure::of(Exit::Usage, what)
}
