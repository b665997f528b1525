//! What `stats`, `pattern` and the commands that need several rows mean where they stand.

use super::catalogue::{AggregateEntry, Aggregation, Kind};
use super::expression::Expr;
use super::parse::Parsed;
use super::pattern::PATTERN_COLUMNS;
use super::period::Period;
use super::plan::Planner;
use super::plan_expression::check_number;
use super::scope::{Known, Scope, error, resolve};
use super::stats::{Aggregate, Stats};
use super::steps::{Origin, PatternStep, RowStep, Step};
use super::token::Ident;
use super::tree::{Command, Expression, Item, Name, Node, Place};
use super::value::Value;

impl Planner {
    pub(super) fn stats(&mut self, items: &[Item], by: &[Item]) -> Parsed<Stats> {
        let mut keys = Vec::new();
        let mut names: Vec<Known> = Vec::new();
        let mut bin = None;
        for item in by {
            let (expr, kind) = self.varying(item)?;
            self.no_structure(item, kind)?;
            let name = item.name.as_ref().map_or(&item.spelt, |it| &it.name);
            let slot = self.slots.push(name, Origin::Computed, item.of.place)?;
            if let (Expr::Floor(_, period, false), true) = (&expr, bin.is_none()) {
                bin = Some((slot, *period));
            }
            keys.push((expr, slot));
            names.push(known(item, slot, kind));
        }
        self.check_twice(by.iter().chain(items))?;
        let inner = Scope {
            names,
            has_events: false,
        };
        self.of_events = Some(std::mem::replace(&mut self.scope, inner));
        self.bin = bin.map(|(slot, period)| {
            let others = keys.iter().map(|(_, slot)| *slot).filter(|it| *it != slot);
            (slot, period, others.collect())
        });
        let mut computed = Vec::new();
        for item in items {
            let n_before = self.aggregates.len();
            let (expr, kind) = self.expression(&item.of)?;
            let has_aggregate = self.aggregates.len() > n_before;
            if !has_aggregate && expr.reads().is_empty() {
                return Err(error(
                    item.of.place,
                    "stats takes aggregates, such as count(*) or avg(f)",
                ));
            }
            let name = item.name.as_ref().map_or(&item.spelt, |it| &it.name);
            let slot = self.slots.push(name, Origin::Computed, item.of.place)?;
            self.scope.names.push(known(item, slot, kind));
            computed.push((slot, expr));
        }
        let events = self.of_events.take();
        let has_time = |it: &Aggregate| it.aggregation.needs_time();
        let aggregates = std::mem::take(&mut self.aggregates);
        let mut timestamp = None;
        if let (true, Some(events)) = (aggregates.iter().any(has_time), events) {
            let place = items.first().map(|it| it.of.place).unwrap_or_default();
            let (time, _) = resolve(&events, &mut self.slots, &Ident::of("@timestamp"), place)?;
            if let Expr::Slot(time) = time {
                timestamp = Some(time);
            }
        }
        let slots = keys.iter().map(|(_, slot)| *slot);
        let shown = slots
            .chain(computed.iter().map(|(slot, _)| *slot))
            .collect();
        self.show_only(shown);
        Ok(Stats {
            keys,
            aggregates,
            computed,
            timestamp,
        })
    }

    fn check_twice<'i>(&self, items: impl Iterator<Item = &'i Item>) -> Parsed<()> {
        let mut names: Vec<&str> = Vec::new();
        for item in items {
            let name = item
                .name
                .as_ref()
                .map_or(item.spelt.as_str(), |it| &it.name);
            if names.contains(&name) {
                let place = item.name.as_ref().map_or(item.of.place, |it| it.place);
                return Err(error(
                    place,
                    &format!("the name {name} is there twice: give one of them another with as"),
                ));
            }
            names.push(name);
        }
        Ok(())
    }

    /// Adds an aggregate, and returns the slot that has its result.
    pub(super) fn aggregate(
        &mut self,
        entry: &'static AggregateEntry,
        arguments: &[Expression],
        place: Place,
    ) -> Parsed<(Expr, Kind)> {
        use Aggregation as A;
        let aggregation = entry.aggregation;
        let n_wanted = match aggregation {
            A::Percentile | A::Rate | A::Histogram => 2,
            _ => 1,
        };
        let is_count = matches!(aggregation, A::Count | A::CountOverTime);
        let is_all = is_count
            && matches!(
                arguments,
                [] | [Expression {
                    node: Node::Star,
                    ..
                }]
            );
        if !is_all && arguments.len() != n_wanted {
            let what = format!(
                "{} takes {n_wanted} argument{}, not {}: {}",
                entry.name,
                if n_wanted == 1 { "" } else { "s" },
                arguments.len(),
                entry.form
            );
            return Err(error(place, &what));
        }
        if matches!(aggregation, A::CountOverTime | A::SumOverTime) && self.bin.is_none() {
            return Err(error(
                place,
                &format!("{} stands with by bin(5m) or the like", entry.name),
            ));
        }
        // What is aggregated is that of the rows, and no aggregate again.
        let Some(events) = self.of_events.take() else {
            return Err(error(place, "an aggregate stands in stats"));
        };
        let inner = std::mem::replace(&mut self.scope, events);
        let read = self.aggregated(entry, arguments, is_all);
        self.of_events = Some(std::mem::replace(&mut self.scope, inner));
        let (of, kind) = read?;
        let number = match aggregation {
            A::Percentile => constant(arguments.get(1), 0.0, 100.0, "a percentage from 0 to 100")?,
            A::Histogram => constant(
                arguments.get(1),
                1.0,
                1_000.0,
                "a number of ranges from 1 to 1000",
            )?,
            A::Rate => self.period(arguments.get(1), place)?.length_ms() as f64,
            _ => 0.0,
        };
        let slot = self.slots.push("", Origin::Computed, place)?;
        self.aggregates.push(Aggregate {
            aggregation,
            of,
            number,
            slot,
        });
        let kind = match aggregation {
            A::Min | A::Max | A::Earliest | A::Latest | A::SortsFirst | A::SortsLast => kind,
            A::Histogram => Kind::Structure,
            _ => Kind::Number,
        };
        Ok((Expr::Slot(slot), kind))
    }

    fn aggregated(
        &mut self,
        entry: &AggregateEntry,
        arguments: &[Expression],
        is_all: bool,
    ) -> Parsed<(Option<Expr>, Kind)> {
        let Some(of) = arguments.first().filter(|_| !is_all) else {
            return Ok((None, Kind::Number));
        };
        let (expr, kind) = self.expression(of)?;
        if expr.reads().is_empty() {
            let what = match entry.aggregation {
                Aggregation::Count => "count takes a field, and count(*) counts rows".to_string(),
                _ => format!(
                    "{} takes a field, not a constant: a field is named without quotes, or in backticks",
                    entry.name
                ),
            };
            return Err(error(of.place, &what));
        }
        if kind == Kind::Structure {
            return Err(error(
                of.place,
                "a map or a list cannot stand in stats: name what is in it, such as j.size",
            ));
        }
        if entry.aggregation.is_numeric() {
            check_number(of, &expr, kind)?;
        }
        Ok((Some(expr), kind))
    }

    pub(super) fn pattern(&mut self, item: &Item) -> Parsed<Step> {
        let (of, kind) = self.varying(item)?;
        self.no_structure(item, kind)?;
        let mut slots = Vec::new();
        self.scope = Scope::default();
        for name in PATTERN_COLUMNS {
            slots.push(self.define(&named(name), Kind::Any, None)?);
        }
        self.show_only(slots.clone());
        Ok(Step::Pattern(PatternStep { of, slots }))
    }

    /// Returns the step of a command that needs the rows around a row.
    pub(super) fn row_step(&mut self, command: &Command, place: Place) -> Parsed<Step> {
        let step = match command {
            Command::Accum(item) => {
                let of = self.number(item)?;
                let spelt = format!("accum({})", item.spelt);
                let slot = self.define(
                    &item.name.clone().unwrap_or(named(&spelt)),
                    Kind::Number,
                    None,
                )?;
                self.show_added(slot);
                RowStep::Accum(of, slot)
            }
            Command::Autoregress { of: item, from, to } => {
                let of = self.varying(item)?.0;
                let base = item
                    .name
                    .as_ref()
                    .map_or(item.spelt.as_str(), |it| &it.name);
                let mut slots = Vec::new();
                for p in *from..=*to {
                    let name = match (&item.name, from == to) {
                        (Some(name), true) => name.name.clone(),
                        _ => format!("{base}_p{p}"),
                    };
                    let slot = self.define(&named(&name), Kind::Any, None)?;
                    self.show_added(slot);
                    slots.push((p, slot));
                }
                RowStep::Autoregress(of, slots)
            }
            Command::AddTotals {
                name,
                has_row,
                has_col,
                of,
            } => {
                let of = self.slots_of(of)?;
                let name = name.clone().unwrap_or(named("Total"));
                let row = match has_row {
                    true => Some(self.define(&name, Kind::Number, None)?),
                    false => None,
                };
                row.into_iter().for_each(|slot| self.show_added(slot));
                RowStep::AddTotals {
                    of,
                    row,
                    has_col: *has_col,
                }
            }
            Command::FillDown(items) => RowStep::FillDown(self.slots_of(items)?),
            Command::FillMissing { with, of } => {
                let Some((bin, period, keys)) = self.bin.clone() else {
                    return Err(error(
                        place,
                        "fillmissing stands behind stats … by bin(5m) or the like",
                    ));
                };
                let with = match with {
                    Some(with) => {
                        let (value, _) = self.expression(with)?;
                        let mut slots = self.slots_of(of)?;
                        slots.retain(|slot| *slot != bin && !keys.contains(slot));
                        slots
                            .into_iter()
                            .map(|slot| (slot, value.clone()))
                            .collect()
                    }
                    None => Vec::new(),
                };
                RowStep::FillMissing {
                    bin,
                    period,
                    keys,
                    with,
                }
            }
            Command::Outlier {
                of,
                param,
                is_removing,
                uses_lower,
                is_marking,
            } => {
                let of = self.slots_of(of)?;
                let mut marks = Vec::new();
                for slot in of.iter().filter(|_| *is_marking) {
                    let name = self.slots.slots.get(*slot).map_or("", |it| &it.name);
                    let mark = self.define(&named(&format!("{name}_outlier")), Kind::Bool, None)?;
                    self.show_added(mark);
                    marks.push(mark);
                }
                RowStep::Outlier {
                    of,
                    marks,
                    param: *param,
                    is_removing: *is_removing,
                    uses_lower: *uses_lower,
                }
            }
            Command::Sessionize { of, max_span, name } => {
                let mut keys = Vec::new();
                for item in of {
                    keys.push(self.varying(item)?.0);
                }
                let span = max_span.as_ref().and_then(|(text, _)| Period::parse(text));
                let max_span_ms = span.map_or(30 * 60_000, Period::length_ms);
                let timestamp = resolve(
                    &self.scope,
                    &mut self.slots,
                    &Ident::of("@timestamp"),
                    place,
                )?;
                let Expr::Slot(timestamp) = timestamp.0 else {
                    return Err(error(place, "sessionize needs @timestamp"));
                };
                let name = name.clone().unwrap_or(named("session_id"));
                let slot = self.define(&name, Kind::Number, None)?;
                self.show_added(slot);
                RowStep::Sessionize {
                    of: keys,
                    timestamp,
                    max_span_ms,
                    slot,
                }
            }
            Command::CountFrequent(items) => {
                let mut of = Vec::new();
                let mut names = Vec::new();
                for item in items {
                    let (expr, kind) = self.varying(item)?;
                    self.no_structure(item, kind)?;
                    let name = item.name.as_ref().map_or(&item.spelt, |it| &it.name);
                    let slot = self.slots.push(name, Origin::Computed, item.of.place)?;
                    of.push((expr, slot));
                    names.push(known(item, slot, kind));
                }
                self.scope = Scope {
                    names,
                    has_events: false,
                };
                let slot = self.define(&named("_approxcount"), Kind::Number, None)?;
                let shown = of.iter().map(|(_, slot)| *slot).chain([slot]).collect();
                self.show_only(shown);
                RowStep::CountFrequent { of, slot }
            }
            _ => return Err(error(place, "this command means nothing here")),
        };
        Ok(Step::Rows(step))
    }

    fn number(&mut self, item: &Item) -> Parsed<Expr> {
        let (expr, kind) = self.varying(item)?;
        check_number(&item.of, &expr, kind)?;
        Ok(expr)
    }

    // The slots of fields that are named, or of all that are shown.
    fn slots_of(&mut self, items: &[Item]) -> Parsed<Vec<usize>> {
        if items.is_empty() {
            return self.all_shown();
        }
        let mut slots = Vec::new();
        for item in items {
            match self.varying(item)? {
                (Expr::Slot(slot), _) => slots.push(slot),
                _ => {
                    let what = "a field is expected here: give the expression a name with fields … as n before";
                    return Err(error(item.of.place, what));
                }
            }
        }
        Ok(slots)
    }
}

fn known(item: &Item, slot: usize, kind: Kind) -> Known {
    let canonical = match (&item.name, item.of.field()) {
        (None, None) => item.of.canonical(),
        _ => String::new(),
    };
    let name = item.name.as_ref().map_or(&item.spelt, |it| &it.name);
    Known {
        name: name.clone(),
        canonical,
        slot,
        kind,
        alias_of: None,
    }
}

fn named(name: &str) -> Name {
    Name {
        name: name.to_string(),
        place: Place::default(),
    }
}

fn constant(of: Option<&Expression>, least: f64, most: f64, what: &str) -> Parsed<f64> {
    let place = of.map(|it| it.place).unwrap_or_default();
    let number = match of.map(|it| &it.node) {
        Some(Node::Number(number)) => Some(*number),
        Some(Node::Text(text)) => Value::of_text(text.as_str()).number(),
        _ => None,
    };
    let number = number.filter(|it| (least..=most).contains(it));
    number.ok_or_else(|| error(place, &format!("{what} is expected here")))
}
