//! What `query` takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::{DatasetArgs, QueryCloudArgs};
use crate::cli::duration::{parse_duration, parse_pause};
use crate::cli::question::calculation::{CALCULATIONS, parse_calculations};
use crate::cli::question::computed::parse_computed;
use crate::cli::question::condition::{Stated, parse_stated};
use crate::cli::question::selection::{Selection, parse_selection};
use crate::cli::when::{When, parse_when};
use crate::model::formula::NamedFormula;

/// What stands in place of calculations where a file has the whole question.
pub const RUN: &str = "run";

/// What `query` takes.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// What to calculate, one or more: p90, count,p50,p99 or p90(http.response.body.size); `run` asks what --spec says
    #[arg(value_name = "CALCULATION", value_parser = CalculationsParser, hide_possible_values = true)]
    pub calculations: String,
    /// The query specification to run, in Honeycomb's JSON; - reads it from standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "column", "last", "since", "until", "by", "conditions", "having", "order", "limit", "granularity", "computed",
    ])]
    pub spec: Option<PathBuf>,
    /// The column to calculate over
    #[arg(long, value_name = "COLUMN", default_value = "duration_ms")]
    pub column: String,
    /// A stretch of time, such as 90s, 15m, 2h, 1h30m or 7d: the last one, or from --since, or up to --until [default: 2h]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub last: Option<Duration>,
    /// From this moment on: 15m, 10:30, yesterday 14:00, 2026-11-24 10:00 or RFC 3339
    #[arg(long, value_name = "MOMENT", value_parser = parse_when, allow_hyphen_values = true)]
    pub since: Option<When>,
    /// Up to this moment
    #[arg(long, value_name = "MOMENT", value_parser = parse_when, allow_hyphen_values = true)]
    pub until: Option<When>,
    /// Group by this column; may be given more than once
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Only events for which this holds, such as 'http.route = /api/activities/home and (duration_ms > 250 or error exists)'; may be given more than once, then all must hold
    #[arg(long = "where", value_name = "CONDITION", value_parser = parse_stated)]
    pub conditions: Vec<Stated>,
    /// Only groups for which this holds, such as 'p90 > 250ms'; may be given more than once
    #[arg(long, value_name = "CONDITION")]
    pub having: Vec<String>,
    /// Order the groups, such as 'p90', 'count asc' or a column of --by; may be given more than once
    #[arg(long, value_name = "KEY")]
    pub order: Vec<String>,
    /// At most this many groups [default: 100]; with --why, at most this many attributes [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: Option<u16>,
    /// The length of a time step, in whole seconds
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub granularity: Option<Duration>,
    /// A column to compute, in Honeycomb's formulas, such as 'slow = GT($duration_ms, 250)'; may be given more than once
    #[arg(long = "calc", value_name = "NAME=FORMULA", value_parser = parse_computed)]
    pub computed: Vec<NamedFormula>,
    /// Select events of the answer: t=12:03..12:05,'>400ms' is a box in the heatmap, 400ms..2s a range of its values, and a condition such as 'error = true' will do too
    #[arg(long = "select", value_name = "SELECTION", value_parser = parse_selection, conflicts_with_all = ["print_spec", "watch", "compare", "url", "open"])]
    pub selections: Vec<Selection>,
    /// Rank the attributes by how their values differ inside the selection from outside
    #[arg(long, requires = "selections")]
    pub why: bool,
    /// Compare the spans inside of others too; without it root spans are compared with root spans, if some are selected
    #[arg(long, requires = "why")]
    pub all_spans: bool,
    /// Compare only these attributes; may be given more than once
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', requires = "why")]
    pub among: Vec<String>,
    /// Which dataset.
    #[command(flatten)]
    pub of: DatasetArgs,
    /// Print the question as Honeycomb's JSON, and do not ask it
    #[arg(long)]
    pub print_spec: bool,
    /// How Honeycomb itself is asked.
    #[command(flatten)]
    pub cloud: QueryCloudArgs,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    pub output: AnswerOutputArg,
    /// How the value axis of a picture runs
    #[arg(long, value_enum, default_value_t, value_name = "SCALE")]
    pub scale: ScaleArg,
    /// Ask again every so many seconds, and draw in place until Ctrl-C [default: 2; 10 with Honeycomb itself]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, value_parser = parse_pause, conflicts_with = "print_spec")]
    pub watch: Option<Option<Duration>>,
}

/// How to print the answer to a query.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum AnswerOutputArg {
    /// A table; a picture, where there is one
    #[default]
    Table,
    /// JSON
    Json,
    /// Comma-separated values
    Csv,
    /// A picture that stands alone
    Svg,
    /// The same as pixels, in the light scheme unless --theme says otherwise: --output png > heatmap.png
    Png,
    /// A page with the picture and the rows, which loads nothing
    Html,
}

impl AnswerOutputArg {
    /// Tells whether lines over time are in it; CSV has rows only.
    pub fn has_series(self) -> bool {
        self != AnswerOutputArg::Csv
    }

    /// Tells whether it is a drawing that stands alone.
    pub fn is_drawing(self) -> bool {
        use AnswerOutputArg::{Html, Png, Svg};
        matches!(self, Svg | Png | Html)
    }
}

/// How the value axis of a picture runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ScaleArg {
    /// Logarithmic where a few outliers would press all others together, else linear
    #[default]
    Auto,
    /// Equal lengths are equal differences
    Linear,
    /// Equal lengths are equal ratios; linear all the same if there are values below zero
    Log,
}

/// Takes any list of calculations; completions offer each by itself.
#[derive(Clone)]
struct CalculationsParser;

impl TypedValueParser for CalculationsParser {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        let checked = |text: String| match parse_calculations(&text) {
            Err(wrong) if text != RUN => Err(wrong),
            _ => Ok(text),
        };
        StringValueParser::new()
            .try_map(checked)
            .parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = CALCULATIONS.into_iter().chain([RUN]);
        Some(Box::new(names.map(PossibleValue::new)))
    }
}
