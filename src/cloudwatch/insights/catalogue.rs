//! The commands, functions and aggregates of the language: which there are, and which are answered here.
//!
//! The table in `docs/semantics.md` is made of this, and a test compares the two.

use std::fmt::Write;

use super::expression::Pure;
use super::functions::FUNCTIONS;

/// A command.
pub struct CommandEntry {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub form: &'static str,
    pub standing: Standing,
}

/// Whether something is answered here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing {
    Answered,
    /// Answered, and what there is to say about it.
    Noted(&'static str),
    /// Refused by name, and why.
    Refused(&'static str),
}

use Standing::{Answered, Noted, Refused};

const fn command(
    name: &'static str,
    aliases: &'static [&'static str],
    form: &'static str,
    standing: Standing,
) -> CommandEntry {
    CommandEntry {
        name,
        aliases,
        form,
        standing,
    }
}

/// All commands of the guide.
pub const COMMANDS: &[CommandEntry] = &[
    command(
        "SOURCE",
        &[],
        "`SOURCE \"group\", …` · `SOURCE logGroups(namePrefix: [..], class: [..])`",
        Noted("first; the account is the local one"),
    ),
    command("fields", &[], "`fields f, expression as name, …`", Answered),
    command(
        "display",
        &[],
        "`display f, …`",
        Noted("the last one counts"),
    ),
    command("filter", &["where"], "`filter condition`", Answered),
    command(
        "filterIndex",
        &[],
        "`filterIndex condition`",
        Noted("as filter: every group is read"),
    ),
    command(
        "stats",
        &[],
        "`stats aggregate as name, … by f, bin(5m), …`",
        Noted("two at most; sort and limit behind the second; no `offset`"),
    ),
    command("sort", &["order"], "`sort f asc, g desc`", Answered),
    command(
        "limit",
        &["head"],
        "`limit 20` · `limit any 20`",
        Noted("1 to 100,000; 10,000 without it"),
    ),
    command(
        "parse",
        &[],
        "`parse f \"glob *\" as a` · `parse f /(?<a>re)/ multi` · `parse f logfmt as m` · `parse f csv as a, b`",
        Noted("`@message` without `f`"),
    ),
    command("json", &[], "`json field=f \"path.to\" as a`", Answered),
    command("dedup", &[], "`dedup f, …`", Noted("only limit may follow")),
    command(
        "pattern",
        &[],
        "`pattern @message`",
        Noted("by our own shapes of lines"),
    ),
    command("unnest", &[], "`unnest list into name`", Answered),
    command("expand", &[], "`expand f`", Answered),
    command("accum", &[], "`accum f as name`", Answered),
    command("autoregress", &[], "`autoregress f p=1-4`", Answered),
    command(
        "addtotals",
        &[],
        "`addtotals fieldname=Total row=true col=false f, …`",
        Answered,
    ),
    command("filldown", &[], "`filldown f, …`", Answered),
    command(
        "fillmissing",
        &[],
        "`fillmissing with 0 for f, …`",
        Noted("behind stats by bin() alone"),
    ),
    command(
        "outlier",
        &[],
        "`outlier action=transform param=2.5 uselower=false mark=false f …`",
        Answered,
    ),
    command(
        "sessionize",
        &[],
        "`sessionize f, … maxspan 30m as session_id`",
        Answered,
    ),
    command(
        "countFrequent",
        &["count_frequent"],
        "`countFrequent f, …`",
        Noted("exact"),
    ),
    command("unmask", &[], "`unmask`", Noted("nothing is masked here")),
    command(
        "diff",
        &[],
        "`diff previousDay`",
        Refused("a query reads one range; run it once for each range"),
    ),
    command(
        "logcompare",
        &[],
        "`logcompare timeshift 7d`",
        Refused("a query reads one range; run it once for each range"),
    ),
    command(
        "anomaly",
        &[],
        "`pattern @message | anomaly`",
        Refused("it is a model of the service's own; pattern shows the lines by their shape"),
    ),
    command(
        "relevantfields",
        &[],
        "`relevantfields where condition`",
        Refused("its scores are the service's own; compare with stats count(*) by the field"),
    ),
    command(
        "join",
        &[],
        "`join type=inner left=l right=r where l.k = r.k (SOURCE ..)`",
        Refused("a query reads its groups once; query both groups and use stats … by the key"),
    ),
    command(
        "appendcols",
        &[],
        "`appendcols (query)`",
        Refused("subqueries are not answered; run two queries"),
    ),
    command(
        "lookup",
        &[],
        "`lookup table ..`",
        Refused("there are no lookup tables; use case(…)"),
    ),
    command(
        "cidrlookup",
        &[],
        "`cidrlookup table ..`",
        Refused("there are no lookup tables; use isIpInSubnet(f, \"10.0.0.0/8\")"),
    ),
    command(
        "tail",
        &[],
        "`tail 20`",
        Refused("the guide has replaced it; use sort @timestamp asc | limit 20"),
    ),
];

/// The kind of value that an expression has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Of a field it is not known.
    Any,
    Number,
    Text,
    Bool,
    Time,
    /// A map or a list.
    Structure,
}

/// What a function takes at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Param {
    Any,
    Number,
    Text,
    Time,
    Condition,
    /// `5m`
    Period,
    /// `/…/`, or a text that is one.
    Regex,
    /// `yyyy-MM-dd`
    JavaFormat,
    /// `%Y-%m-%d`
    Strftime,
    /// `Europe/Berlin`
    Zone,
    /// `10.0.0.0/8`
    Subnet,
}

/// How a function is worked out.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    Pure(Pure),
    Bin,
    DateFloor,
    DateCeil,
    RegexReplace,
}

/// A function.
#[derive(Debug)]
pub struct Function {
    pub group: &'static str,
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub form: &'static str,
    pub params: &'static [Param],
    /// How many of them must be there.
    pub n_required: usize,
    /// How often the last one may be there again.
    pub n_more: usize,
    pub gives: Kind,
    pub work: Work,
}

/// An aggregate.
#[derive(Debug)]
pub struct AggregateEntry {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub form: &'static str,
    pub aggregation: Aggregation,
    pub note: &'static str,
}

/// What an aggregate does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregation {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Stddev,
    Min,
    Max,
    Percentile,
    Earliest,
    Latest,
    SortsFirst,
    SortsLast,
    Rate,
    CountOverTime,
    SumOverTime,
    Histogram,
}

const fn aggregate(
    name: &'static str,
    aliases: &'static [&'static str],
    form: &'static str,
    aggregation: Aggregation,
    note: &'static str,
) -> AggregateEntry {
    AggregateEntry {
        name,
        aliases,
        form,
        aggregation,
        note,
    }
}

/// All aggregates of the guide.
pub const AGGREGATES: &[AggregateEntry] = &[
    aggregate(
        "count",
        &[],
        "count(*), count(f)",
        Aggregation::Count,
        "rows, or rows that have a value",
    ),
    aggregate(
        "count_distinct",
        &[],
        "count_distinct(f)",
        Aggregation::CountDistinct,
        "exact",
    ),
    aggregate(
        "sum",
        &[],
        "sum(f)",
        Aggregation::Sum,
        "of what is a number; no value if nothing is",
    ),
    aggregate("avg", &[], "avg(f)", Aggregation::Avg, "likewise"),
    aggregate(
        "stddev",
        &[],
        "stddev(f)",
        Aggregation::Stddev,
        "of the population",
    ),
    aggregate(
        "min",
        &[],
        "min(f)",
        Aggregation::Min,
        "in the order of sort",
    ),
    aggregate("max", &[], "max(f)", Aggregation::Max, "likewise"),
    aggregate(
        "pct",
        &["percentile"],
        "pct(f, 95)",
        Aggregation::Percentile,
        "by nearest rank, exact",
    ),
    aggregate(
        "earliest",
        &[],
        "earliest(f)",
        Aggregation::Earliest,
        "of the rows that have a value",
    ),
    aggregate("latest", &[], "latest(f)", Aggregation::Latest, "likewise"),
    aggregate(
        "sortsFirst",
        &[],
        "sortsFirst(f)",
        Aggregation::SortsFirst,
        "",
    ),
    aggregate("sortsLast", &[], "sortsLast(f)", Aggregation::SortsLast, ""),
    aggregate(
        "rate",
        &[],
        "rate(f, 1m)",
        Aggregation::Rate,
        "the latest value less the earliest, for each period between them",
    ),
    aggregate(
        "countOverTime",
        &["count_over_time"],
        "countOverTime(f)",
        Aggregation::CountOverTime,
        "with by bin(…)",
    ),
    aggregate(
        "sumOverTime",
        &["sum_over_time"],
        "sumOverTime(f)",
        Aggregation::SumOverTime,
        "with by bin(…)",
    ),
    aggregate(
        "histogram",
        &[],
        "histogram(f, 10)",
        Aggregation::Histogram,
        "a map from `least-most` to how many",
    ),
];

/// Returns a function by its name, in any case.
pub fn function(name: &str) -> Option<&'static Function> {
    let is_it = |it: &&Function| has_name(it.name, it.aliases, name);
    FUNCTIONS.iter().copied().flatten().find(is_it)
}

/// Returns an aggregate by its name, in any case.
pub fn aggregate_named(name: &str) -> Option<&'static AggregateEntry> {
    AGGREGATES
        .iter()
        .find(|it| has_name(it.name, it.aliases, name))
}

fn has_name(known: &str, aliases: &[&str], name: &str) -> bool {
    let mut names = std::iter::once(&known).chain(aliases);
    names.any(|it| it.eq_ignore_ascii_case(name))
}

/// Returns the known name that is nearest to one that is not known, if it is near.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = name.to_ascii_lowercase();
    let distances = known.into_iter().map(|it| {
        let distance = strsim::damerau_levenshtein(&lower, &it.to_ascii_lowercase());
        (distance, it)
    });
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    let most = if lower.chars().count() < 4 { 1 } else { 2 };
    (distance <= most).then_some(nearest)
}

/// Returns the tables of what is answered, in Markdown.
pub fn tables() -> String {
    let mut text = String::from("| command | | |\n|---|---|---|\n");
    // Writing to a String cannot fail.
    for it in COMMANDS {
        let aliases: String = it
            .aliases
            .iter()
            .map(|alias| format!(", `{alias}`"))
            .collect();
        let standing = match it.standing {
            Answered => "yes".to_string(),
            Noted(note) => format!("yes: {note}"),
            Refused(reason) => format!("refused: {reason}"),
        };
        let form = it.form.replace('|', "\\|");
        let _ = writeln!(text, "| `{}`{aliases} | {form} | {standing} |", it.name);
    }
    text.push_str("\n| aggregate | |\n|---|---|\n");
    for it in AGGREGATES {
        let aliases: String = it
            .aliases
            .iter()
            .map(|alias| format!(", `{alias}`"))
            .collect();
        let _ = writeln!(text, "| `{}`{aliases} | {} |", it.form, it.note);
    }
    text.push_str("\n| functions | |\n|---|---|\n");
    for group in FUNCTIONS {
        let forms: Vec<String> = group.iter().map(|it| format!("`{}`", it.form)).collect();
        let name = group.first().map_or("", |it| it.group);
        let _ = writeln!(text, "| {name} | {} |", forms.join(" "));
    }
    text
}
