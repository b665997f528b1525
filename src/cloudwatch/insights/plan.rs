//! From the syntax tree to steps: what each command means where it stands.

use super::catalogue::Kind;
use super::discover::SYSTEM_FIELDS;
use super::expression::Expr;
use super::parse::Parsed;
use super::period::Period;
use super::plan_expression::regex;
use super::scope::{Known, Scope, Slots, error, resolve};
use super::steps::{How, Origin, ParseStep, Slot, Step};
use super::token::Ident;
use super::tree::{Command, Item, Name, Parse, ParseHow, Place, PlacedCommand, Tree};
use super::{Query, QueryError};

/// The most commands, and of those the most that make several rows of one.
const MAX_COMMANDS: usize = 200;
const MAX_MULTIPLYING: usize = 5;

/// Slots, and what is computed for each.
type Assigned = Vec<(usize, Expr)>;

/// What is known so far of a query.
pub(super) struct Planner {
    pub(super) slots: Slots,
    pub(super) scope: Scope,
    /// What names mean inside an aggregate, while `stats` is read.
    pub(super) of_events: Option<Scope>,
    pub(super) aggregates: Vec<super::stats::Aggregate>,
    /// The slots that are shown, in order; time and message if nothing says.
    shown: Option<Vec<usize>>,
    /// What is shown besides.
    added: Vec<usize>,
    /// The bin of the last `stats`, with its period and the other keys.
    pub(super) bin: Option<(usize, Period, Vec<usize>)>,
    /// What the reader should know though it is no mistake.
    pub(super) notes: Vec<String>,
    /// Whether rows are still events, which have a pointer.
    has_pointer: bool,
}

/// Makes a plan of a query.
///
/// # Errors
/// For what means nothing where it stands.
pub(super) fn query(tree: Tree) -> Parsed<Query> {
    check_order(&tree.commands)?;
    let mut planner = Planner {
        slots: Slots::default(),
        scope: Scope {
            names: Vec::new(),
            has_events: true,
        },
        of_events: None,
        aggregates: Vec::new(),
        shown: None,
        added: Vec::new(),
        bin: None,
        notes: Vec::new(),
        has_pointer: true,
    };
    let is_filter = |it: &&PlacedCommand| matches!(it.command, Command::Filter(_));
    let is_before = |it: &&PlacedCommand| {
        !matches!(
            it.command,
            Command::Stats { .. } | Command::Dedup(_) | Command::Pattern(_)
        )
    };
    let filters = tree.commands.iter().take_while(is_before).filter(is_filter);
    let filters = filters.map(|it| (it.start, it.end)).collect();
    let mut steps = Vec::new();
    let mut limit = None;
    for placed in &tree.commands {
        if let Command::Limit(n) = placed.command {
            limit = Some(n);
        }
        let place = Place {
            start: placed.start,
            end: placed.name_end,
        };
        steps.extend(planner.step(&placed.command, place)?);
    }
    let n_multiplying = steps.iter().filter(|it| it.is_multiplying()).count();
    if n_multiplying > MAX_MULTIPLYING {
        let what = format!("at most {MAX_MULTIPLYING} commands may make several rows of one");
        return Err(error(Place::default(), &what));
    }
    planner.notes.extend(super::never::notes(&tree.commands));
    hoist(&mut steps);
    let shown = planner.all_shown()?;
    let pointer = match planner.has_pointer {
        true => Some(planner.slots.of_event("@ptr", Place::default())?.0),
        false => None,
    };
    let Slots { slots, paths } = planner.slots;
    let n_streaming = steps.iter().take_while(|it| it.is_streaming()).count();
    let mut kept = vec![false; slots.len()];
    let later = steps.iter().skip(n_streaming).flat_map(Step::reads);
    for slot in later.chain(shown.iter().copied()).chain(pointer) {
        if let Some(is_kept) = kept.get_mut(slot) {
            *is_kept = true;
        }
    }
    Ok(Query {
        source: tree.source,
        notes: planner.notes,
        steps,
        slots,
        paths,
        shown,
        pointer,
        kept,
        limit,
        filters,
    })
}

// What may follow what.
fn check_order(commands: &[PlacedCommand]) -> Result<(), QueryError> {
    let at = |it: &PlacedCommand| Place {
        start: it.start,
        end: it.name_end,
    };
    if let Some(it) = commands.get(MAX_COMMANDS) {
        return Err(error(
            at(it),
            &format!("a query has at most {MAX_COMMANDS} commands"),
        ));
    }
    let is_stats = |it: &&PlacedCommand| matches!(it.command, Command::Stats { .. });
    if let Some(third) = commands.iter().filter(is_stats).nth(2) {
        return Err(error(at(third), "a query has at most two stats"));
    }
    if let Some(second) = commands.iter().filter(is_stats).nth(1) {
        let is_late = |it: &&PlacedCommand| {
            it.start < second.start && matches!(it.command, Command::Sort(_) | Command::Limit(_))
        };
        if let Some(early) = commands.iter().find(is_late) {
            return Err(error(
                at(early),
                "sort and limit stand behind the second stats",
            ));
        }
    }
    let mut commands = commands.iter();
    if commands.any(|it| matches!(it.command, Command::Dedup(_)))
        && let Some(it) = commands.find(|it| !matches!(it.command, Command::Limit(_)))
    {
        return Err(error(
            at(it),
            "only limit may follow dedup: write this before it",
        ));
    }
    Ok(())
}

// Brings filters to the front, past what they do not depend on, so that most rows cost no more than that.
fn hoist(steps: &mut [Step]) {
    for idx in 1..steps.len() {
        let mut at = idx;
        while let Some([before, filter @ Step::Filter(_)]) = steps.get(at.saturating_sub(1)..=at)
            && before
                .writes()
                .is_some_and(|writes| filter.reads().iter().all(|slot| !writes.contains(slot)))
        {
            steps.swap(at - 1, at);
            at -= 1;
            if at == 0 {
                break;
            }
        }
    }
}

impl Planner {
    fn step(&mut self, command: &Command, place: Place) -> Parsed<Vec<Step>> {
        let step = match command {
            Command::Fields(items) => {
                let (assigned, slots) = self.assigned(items, true)?;
                let mut shown = self.shown.take().unwrap_or_default();
                slots
                    .into_iter()
                    .for_each(|slot| self.slots.show(&mut shown, slot));
                self.shown = Some(shown);
                Step::Assign(assigned)
            }
            Command::Display(items) => {
                let (assigned, slots) = self.assigned(items, true)?;
                let mut shown = Vec::new();
                slots
                    .into_iter()
                    .for_each(|slot| self.slots.show(&mut shown, slot));
                (self.shown, self.added) = (Some(shown), Vec::new());
                Step::Assign(assigned)
            }
            Command::Filter(of) => Step::Filter(self.condition(of)?),
            Command::Parse(parse) => Step::Parse(self.parse(parse)?),
            Command::Stats { items, by } => Step::Stats(Box::new(self.stats(items, by)?)),
            Command::Sort(keys) => {
                let mut by = Vec::new();
                let mut assigned = Vec::new();
                for (item, is_descending) in keys {
                    let (expr, kind) = self.varying(item)?;
                    self.no_structure(item, kind)?;
                    let expr = match &item.name {
                        Some(name) => {
                            let slot = self.define(name, kind, None)?;
                            assigned.push((slot, expr));
                            Expr::Slot(slot)
                        }
                        None => expr,
                    };
                    by.push((expr, *is_descending));
                }
                return Ok(match assigned.is_empty() {
                    true => vec![Step::Sort(by)],
                    false => vec![Step::Assign(assigned), Step::Sort(by)],
                });
            }
            Command::Limit(n) => Step::Limit(*n),
            Command::Dedup(items) => {
                let mut by = Vec::new();
                for item in items {
                    let (expr, kind) = self.varying(item)?;
                    self.no_structure(item, kind)?;
                    by.push(expr);
                }
                Step::Dedup(by)
            }
            Command::Pattern(item) => self.pattern(item)?,
            Command::Unnest { list, name } => {
                let (list, kind) = self.expression(list)?;
                if let (Expr::Slot(_), Kind::Any | Kind::Text) = (&list, kind) {
                    self.notes.push("unnest makes rows of a list of jsonParse alone: fields jsonParse(@message) as j | unnest j.… into …".to_string());
                }
                let slot = self.define(name, Kind::Any, None)?;
                self.show_added(slot);
                Step::Unnest {
                    list,
                    slot,
                    is_list_of_one: true,
                }
            }
            Command::Expand(item) => {
                let (list, kind) = self.varying(item)?;
                let name = item.name.clone().unwrap_or(Name {
                    name: item.spelt.clone(),
                    place: item.of.place,
                });
                let kind = if kind == Kind::Structure {
                    Kind::Any
                } else {
                    kind
                };
                let slot = self.define(&name, kind, None)?;
                let of = item.of.field().map(|it| it.name.clone());
                self.show_instead(of.as_deref(), slot);
                Step::Unnest {
                    list,
                    slot,
                    is_list_of_one: false,
                }
            }
            Command::Unmask => return Ok(Vec::new()),
            other => self.row_step(other, place)?,
        };
        Ok(vec![step])
    }

    // What `fields` and `display` compute, and which slots they show.
    fn assigned(&mut self, items: &[Item], may_be_plain: bool) -> Parsed<(Assigned, Vec<usize>)> {
        let (mut assigned, mut shown) = (Vec::new(), Vec::new());
        for item in items {
            let (expr, kind) = self.expression(&item.of)?;
            if matches!(expr, Expr::Constant(_)) && item.name.is_none() {
                let what = "a constant needs a name with as; a field is named without quotes, or in backticks";
                return Err(error(item.of.place, what));
            }
            let slot = match (&item.name, &expr) {
                (None, Expr::Slot(slot)) if may_be_plain => *slot,
                (Some(name), _) => {
                    let field = item.of.field().map(|it| it.name.as_str());
                    let field = field.filter(|it| self.scope.named(it).is_none());
                    let slot = self.define(name, kind, field)?;
                    assigned.push((slot, expr));
                    slot
                }
                (None, _) => {
                    let slot = self.define_text(item, kind)?;
                    assigned.push((slot, expr));
                    slot
                }
            };
            shown.push(slot);
        }
        Ok((assigned, shown))
    }

    /// Returns an expression that depends on the row.
    pub(super) fn varying(&mut self, item: &Item) -> Parsed<(Expr, Kind)> {
        let (expr, kind) = self.expression(&item.of)?;
        if expr.reads().is_empty() {
            let what = "a constant is the same for every row: a field is named without quotes, or in backticks";
            return Err(error(item.of.place, what));
        }
        Ok((expr, kind))
    }

    /// Refuses a map or a list where it has no order.
    pub(super) fn no_structure(&self, item: &Item, kind: Kind) -> Parsed<()> {
        match kind {
            Kind::Structure => Err(error(
                item.of.place,
                "a map or a list cannot stand here: name what is in it, such as j.name, or use jsonStringify",
            )),
            _ => Ok(()),
        }
    }

    /// Gives a slot to a name.
    pub(super) fn define(&mut self, name: &Name, kind: Kind, field: Option<&str>) -> Parsed<usize> {
        if SYSTEM_FIELDS.contains(&name.name.as_str()) && self.scope.has_events {
            let what = format!("{} is what the event has: take another name", name.name);
            return Err(error(name.place, &what));
        }
        let slot = match self.scope.named(&name.name) {
            Some(known) => known.slot,
            None => self.slots.push(&name.name, Origin::Computed, name.place)?,
        };
        self.scope.names.push(Known {
            name: name.name.clone(),
            canonical: String::new(),
            slot,
            kind,
            alias_of: field.map(str::to_string),
        });
        Ok(slot)
    }

    /// Gives a slot to an expression that is called by its own text.
    pub(super) fn define_text(&mut self, item: &Item, kind: Kind) -> Parsed<usize> {
        let canonical = item.of.canonical();
        let known = self.scope.names.iter().find(|it| it.canonical == canonical);
        let slot = match known {
            Some(known) => known.slot,
            None => self
                .slots
                .push(&item.spelt, Origin::Computed, item.of.place)?,
        };
        self.scope.names.push(Known {
            name: item.spelt.clone(),
            canonical,
            slot,
            kind,
            alias_of: None,
        });
        Ok(slot)
    }

    /// Shows these slots and nothing else.
    pub(super) fn show_only(&mut self, slots: Vec<usize>) {
        self.shown = Some(slots);
        self.added = Vec::new();
        self.has_pointer = false;
    }

    /// Shows a slot besides what is shown.
    pub(super) fn show_added(&mut self, slot: usize) {
        if !self.added.contains(&slot) {
            self.added.push(slot);
        }
    }

    // Shows a slot where the one was that is called so, or besides.
    fn show_instead(&mut self, name: Option<&str>, slot: usize) {
        let is_it = |it: &&mut usize| {
            let shown = self.slots.slots.get(**it).map(|it| it.name.as_str());
            shown.is_some() && shown == name
        };
        match self.shown.iter_mut().flatten().find(is_it) {
            Some(place) => *place = slot,
            None => self.show_added(slot),
        }
    }

    /// Returns the slots that are shown so far.
    pub(super) fn all_shown(&mut self) -> Parsed<Vec<usize>> {
        let mut shown = match &self.shown {
            Some(shown) => shown.clone(),
            None => {
                let mut shown = Vec::new();
                for name in ["@timestamp", "@message"] {
                    shown.push(
                        resolve(
                            &self.scope,
                            &mut self.slots,
                            &Ident::of(name),
                            Place::default(),
                        )
                        .map(|(expr, _)| match expr {
                            Expr::Slot(slot) => slot,
                            _ => usize::MAX,
                        })?,
                    );
                }
                shown
            }
        };
        for slot in self.added.clone() {
            self.slots.show(&mut shown, slot);
        }
        Ok(shown)
    }

    fn parse(&mut self, parse: &Parse) -> Parsed<ParseStep> {
        let of = match &parse.of {
            Some(of) => {
                let (expr, _) = self.expression(of)?;
                if expr.reads().is_empty() {
                    return Err(error(of.place, "a field is expected here, without quotes"));
                }
                expr
            }
            None => {
                resolve(
                    &self.scope,
                    &mut self.slots,
                    &Ident::of("@message"),
                    Place::default(),
                )?
                .0
            }
        };
        let how = match &parse.how {
            ParseHow::Glob { text, place, names } => {
                let pieces: Vec<String> = text.split('*').map(str::to_string).collect();
                let n_stars = pieces.len() - 1;
                let inner = pieces.get(1..n_stars).unwrap_or_default();
                let what = match () {
                    () if n_stars == 0 => {
                        "a star for each name is expected in the text".to_string()
                    }
                    () if inner.iter().any(String::is_empty) => {
                        "two stars need something between them".to_string()
                    }
                    () if n_stars != names.len() => format!(
                        "there must be as many names as stars: {n_stars} star{} and {} name{}",
                        plural(n_stars),
                        names.len(),
                        plural(names.len())
                    ),
                    () => String::new(),
                };
                if !what.is_empty() {
                    return Err(error(*place, &what));
                }
                How::Glob(pieces, self.all_defined(names, Kind::Text)?)
            }
            ParseHow::Regex {
                text,
                place,
                names,
                is_multi,
            } => self.regex_groups(text, *place, names, *is_multi)?,
            ParseHow::Logfmt(name) => How::Logfmt(self.define(name, Kind::Structure, None)?),
            ParseHow::Csv(names) => How::Csv(self.all_defined(names, Kind::Text)?),
            ParseHow::Json(paths) => {
                let mut found = Vec::new();
                for (path, place, name) in paths {
                    let steps: Vec<String> = path.split('.').map(str::to_string).collect();
                    if path.starts_with('$') {
                        let what = "a path begins with a name, without $., as in \"user.name\"";
                        return Err(error(*place, what));
                    }
                    if steps.iter().any(String::is_empty) {
                        return Err(error(
                            *place,
                            "a path is names with dots between, such as user.name",
                        ));
                    }
                    found.push((steps, self.define(name, Kind::Any, None)?));
                }
                How::Json(found)
            }
        };
        Ok(ParseStep { of, how })
    }

    // Names of groups, or names behind `as` for groups without one.
    fn regex_groups(
        &mut self,
        text: &str,
        place: Place,
        names: &[Name],
        is_multi: bool,
    ) -> Parsed<How> {
        let regex = regex(text, place)?;
        let named: Vec<(usize, String)> = regex
            .capture_names()
            .enumerate()
            .filter_map(|(idx, name)| Some((idx, name?.to_string())))
            .collect();
        let n_groups = regex.captures_len() - 1;
        let what = match (named.is_empty(), names.len()) {
            (false, 0) => "",
            (false, _) => "the groups have names, so that as is not needed",
            (true, 0) => "a group with a name is expected, such as (?<status>\\d+)",
            (true, 1) if n_groups == 0 => "",
            (true, n) if n != n_groups => "there must be as many names as groups in parentheses",
            _ => "",
        };
        if !what.is_empty() {
            return Err(error(place, what));
        }
        let mut groups = Vec::new();
        for (idx, name) in named {
            let name = Name { name, place };
            groups.push((idx, self.define(&name, Kind::Text, None)?));
        }
        for (idx, name) in names.iter().enumerate() {
            // Without groups it is all of what fits.
            let group = if n_groups == 0 { 0 } else { idx + 1 };
            groups.push((group, self.define(name, Kind::Text, None)?));
        }
        Ok(How::Regex(regex, groups, is_multi))
    }

    fn all_defined(&mut self, names: &[Name], kind: Kind) -> Parsed<Vec<usize>> {
        let mut slots = Vec::new();
        for (idx, name) in names.iter().enumerate() {
            if names.iter().take(idx).any(|it| it.name == name.name) {
                return Err(error(
                    name.place,
                    &format!("the name {} is there twice", name.name),
                ));
            }
            slots.push(self.define(name, kind, None)?);
        }
        Ok(slots)
    }
}

impl Slots {
    /// Adds a slot to those that are shown; one that is called alike makes way.
    fn show(&self, shown: &mut Vec<usize>, slot: usize) {
        let name = |slot: usize| self.slots.get(slot).map(|it: &Slot| it.name.as_str());
        match shown.iter_mut().find(|it| name(**it) == name(slot)) {
            Some(place) => *place = slot,
            None => shown.push(slot),
        }
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}
