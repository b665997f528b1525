//! Whether root spans and the spans inside of them are in one answer about how long a route took.

use super::query::Asking;
use super::query_empty::as_count;
use super::question::quantity::units_in_a_second;
use super::render::text::grouped;
use crate::clock::now;
use crate::model::answer::{Answer, Row};
use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::{Calculation, Op, QuerySpec};
use crate::model::span::Value;

/// The column that only spans inside of others have, and what belongs to spans.
pub const PARENT: &str = "trace.parent_id";
/// The condition that takes root spans alone.
pub const ROOTS_ONLY: &str = "trace.parent_id does-not-exist";

// What a request is for. Source: OpenTelemetry's semantic conventions, old names and new.
const ROUTES: [&str; 6] = [
    "http.route",
    "http.target",
    "http.url",
    "url.full",
    "url.path",
    "name",
];
const MOST_GROUPS: usize = 1_000;

/// Says so if the answer is about how long routes take, and has root spans and others.
pub async fn note(asking: &Asking<'_>, answer: &Answer) -> Option<String> {
    let spec = asking.spec;
    if !is_about_routes(asking) || answer.rows.is_empty() {
        return None;
    }
    if !asking.client.is_local() {
        // A run of the ten that a minute has is not spent on this.
        return Some(format!(
            "root spans and the spans inside of them are counted alike; requests alone: --where '{ROOTS_ONLY}'"
        ));
    }
    let counted = counted(asking).await?;
    let n = |is_root: bool| {
        let some = counted.iter().filter(|it| it.is_root == is_root);
        some.map(|it| it.n).sum::<u64>()
    };
    let (n_roots, n_inside) = (n(true), n(false));
    if n_roots == 0 || n_inside == 0 {
        return None;
    }
    let mut text = format!(
        "these are {} root spans (requests) and {} spans inside of them",
        grouped(n_roots),
        grouped(n_inside)
    );
    let (bare, named): (Vec<&Counted>, Vec<&Counted>) = counted
        .iter()
        .filter(|it| !it.is_root)
        .partition(|it| it.is_bare);
    if !spec.breakdowns.is_empty() && !bare.is_empty() {
        let where_to = match named.is_empty() {
            true => format!(
                "all of which are in the row -, without {}",
                spec.breakdowns.join(", ")
            ),
            false => format!("some in the row -, without {}", spec.breakdowns.join(", ")),
        };
        text.push_str(&format!(", {where_to}"));
    }
    Some(format!("{text}; requests alone: --where '{ROOTS_ONLY}'"))
}

fn is_about_routes(asking: &Asking<'_>) -> bool {
    let spec = asking.spec;
    let has_route = |name: &str| ROUTES.contains(&name);
    let names_route = spec.breakdowns.iter().any(|it| has_route(it))
        || asking
            .conditions
            .iter()
            .any(|it| it.columns().into_iter().any(has_route));
    let takes_time = |it: &Calculation| {
        let is_of_time = it.column.as_deref().and_then(units_in_a_second).is_some();
        is_of_time && !matches!(it.op, Op::Count | Op::CountDistinct)
    };
    let is_known = |name: &str| asking.schema.columns.iter().any(|it| it.name == name);
    let is_chosen = |name: &str| {
        let names = spec.breakdowns.iter().map(String::as_str);
        let conditions = asking.conditions.iter().flat_map(|it| it.columns());
        names.chain(conditions).any(|it| it == name)
    };
    names_route
        && spec.calculations.iter().any(takes_time)
        && is_known(PARENT)
        && ![PARENT, "span.kind", "meta.annotation_type"]
            .into_iter()
            .any(is_chosen)
}

struct Counted {
    is_root: bool,
    // Whether it lacks all that the rows are grouped by.
    is_bare: bool,
    n: u64,
}

async fn counted(asking: &Asking<'_>) -> Option<Vec<Counted>> {
    let mut spec = QuerySpec {
        calculations: vec![Calculation::new(Op::Count, None)],
        orders: Vec::new(),
        havings: Vec::new(),
        formulas: Vec::new(),
        limit: MOST_GROUPS,
        ..asking.spec.clone()
    };
    let name = "is inside".to_string();
    let formula = Formula::parse(&format!("EXISTS(${PARENT})")).ok()?;
    spec.calculated_fields.push(NamedFormula {
        name: name.clone(),
        formula,
    });
    spec.breakdowns.insert(0, name);
    let dataset = &asking.args.of.dataset;
    let answer = asking.client.ask(dataset, &spec, false, true, now()).await;
    let row = |row: &Row| {
        let inside = row.group.first().cloned().flatten();
        Counted {
            is_root: inside != Some(Value::Bool(true)),
            is_bare: row.group.iter().skip(1).all(Option::is_none),
            n: row.cells.first().map_or(0, as_count),
        }
    };
    Some(answer.ok()?.answer.rows.iter().map(row).collect())
}
