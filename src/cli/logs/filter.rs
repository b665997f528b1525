//! `logs filter`: lines of a stretch of time, or how often what was said.

use std::time::Duration;

use indicatif::ProgressBar;

use super::ask::{check_pattern, distinct, explained, note_event, streams};
use super::counts::{Counts, Shapes};
use super::lines::{LineForm, LinePrinter, Tally, ascii_controls};
use crate::cli::args::{FilterArgs, FoundOutputArg};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, Outcome};
use crate::cli::progress;
use crate::cli::render::columns::{Column, in_columns};
use crate::cli::render::log_line::moment;
use crate::cli::render::text::{printable, shell_word};
use crate::cli::render::{clock, csv, json as render_json};
use crate::cli::when::When;
use crate::cli::when::ends;
use crate::cli::when_error::backwards;
use crate::clock::now;
use crate::cloudwatch::client::{Filter, LogsClient, Streams};
use crate::cloudwatch::pattern::FilterPattern;
use crate::cloudwatch::tail::{Tail, TailEvent, TailLine, TailOptions};
use crate::model::time::{MILLISECOND, SECOND, Window, rfc3339};

const HOUR: i64 = 3600 * SECOND;

/// Finds lines, or counts them.
pub async fn filter(context: &Context, args: &FilterArgs) -> Outcome {
    for pattern in &args.patterns {
        check_pattern(context, pattern)?;
    }
    let window = window_of(context, args.last, args.since, args.until)?;
    let streams = streams(&args.streams)?;
    let groups = distinct(&args.groups);
    let (config, _) = context.aws("logs").await?;
    let search = Search {
        context,
        args,
        client: LogsClient::new(&config),
        groups,
        streams,
        window,
    };
    match args.patterns.as_slice() {
        [] | [_] if args.count => search.count_shapes().await,
        [] | [_] => search.print_lines().await,
        _ => search.count_patterns().await,
    }
}

/// Returns the range that is meant; the last hour if nothing says.
pub(super) fn window_of(
    context: &Context,
    last: Option<Duration>,
    since: Option<When>,
    until: Option<When>,
) -> Result<Window, Failure> {
    let now = now();
    let ends =
        ends(since, until, now, context.zone()).map_err(|what| Failure::of(Exit::Usage, what))?;
    ends.notes.iter().for_each(|it| context.note(it));
    let until = ends.until;
    let last = last.map(|last| i64::try_from(last.as_nanos()).unwrap_or(i64::MAX));
    let end = until.unwrap_or_else(|| now.saturating_add(MILLISECOND));
    let start = match ends.since {
        Some(since) => since,
        None => end.saturating_sub(last.unwrap_or(HOUR)),
    };
    if start >= end {
        let message = backwards(ends.since.zip(until), now, context.zone());
        return Err(Failure::of(Exit::Usage, message));
    }
    Ok(Window { start, end })
}

struct Search<'a> {
    context: &'a Context,
    args: &'a FilterArgs,
    client: LogsClient,
    groups: Vec<String>,
    streams: Streams,
    window: Window,
}

impl Search<'_> {
    async fn print_lines(&self) -> Outcome {
        let form = match self.args.output {
            FoundOutputArg::Table => LineForm::Text,
            FoundOutputArg::Json => LineForm::JsonList,
            FoundOutputArg::Csv => LineForm::Csv,
            FoundOutputArg::Raw => LineForm::Raw,
        };
        let spinner = progress::spinner(self.context, "looking for lines");
        let mut printer = LinePrinter::new(self.context, &self.groups, form);
        if form == LineForm::JsonList {
            let head = self.json_head(self.args.patterns.first());
            self.context.print(&format!("{head},\n  \"lines\": ["))?;
        }
        let pattern = self.args.patterns.first();
        self.each(pattern, |lines| {
            // It would be written into the middle of the lines.
            spinner.finish_and_clear();
            printer.print(&lines).map(drop)
        })
        .await?;
        spinner.finish_and_clear();
        if form == LineForm::JsonList {
            let end = if printer.tally().n_lines > 0 {
                "\n  ]"
            } else {
                "]"
            };
            self.context
                .print(&format!("{end}{}\n}}\n", self.json_left_out()))?;
        }
        self.context.note_left_out();
        self.close(printer.tally()).await;
        Ok(Exit::Done)
    }

    async fn count_shapes(&self) -> Outcome {
        let spinner = progress::spinner(self.context, "counting lines");
        let mut shapes = Shapes::default();
        let mut tally = Tally::default();
        self.each(self.args.patterns.first(), |lines| {
            for line in lines {
                tally.add(&line);
                shapes.add(line.event);
            }
            say(&spinner, tally.n_lines);
            Ok(())
        })
        .await?;
        spinner.finish_and_clear();
        let n_shapes = shapes.len();
        let most = usize::try_from(self.args.limit).unwrap_or(usize::MAX);
        let (counts, n_other) = shapes.most_frequent(most);
        self.print_counts("shape", &counts, self.args.patterns.first())?;
        if n_other > 0 {
            self.context.note(&format!(
                "{n_other} lines are of other shapes, of which there are {}; see --limit",
                n_shapes - counts.len()
            ));
        }
        self.close(&tally).await;
        Ok(Exit::Done)
    }

    async fn count_patterns(&self) -> Outcome {
        let spinner = progress::spinner(self.context, "counting lines");
        let mut counts = Vec::new();
        let mut tally = Tally::default();
        for pattern in &self.args.patterns {
            let mut count = Counts::new(pattern.clone());
            self.each(Some(pattern), |lines| {
                for line in lines {
                    tally.add(&line);
                    count.add(line.event);
                }
                say(&spinner, tally.n_lines);
                Ok(())
            })
            .await?;
            counts.push(count);
        }
        spinner.finish_and_clear();
        self.print_counts("pattern", &counts, None)?;
        let found = counts.iter().max_by_key(|count| count.n_lines);
        match found.filter(|found| found.n_lines > 0) {
            Some(found) => self.context.note(&format!(
                "next: cruddurctl logs filter {} --count",
                shell_word(&printable(&found.of))
            )),
            None => self.note_nothing().await,
        }
        Ok(Exit::Done)
    }

    /// Hands over the lines that match, in order of time.
    async fn each(
        &self,
        pattern: Option<&String>,
        mut take: impl FnMut(Vec<TailLine>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let options = TailOptions {
            groups: self.groups.clone(),
            streams: self.streams.clone(),
            pattern: pattern.cloned(),
            window_ms: self.window.start.div_euclid(MILLISECOND).max(0)
                ..self.window.end.div_euclid(MILLISECOND).max(0),
            follow: None,
        };
        let mut tail = Tail::start(self.client.clone(), options);
        loop {
            match tail.next().await {
                Ok(Some(TailEvent::Lines(lines))) => take(lines)?,
                Ok(Some(event)) => note_event(self.context, &event, &self.groups, &self.streams),
                Ok(None) => return Ok(()),
                Err(error) => return Err(explained(&self.client, error, &self.groups).await),
            }
        }
    }

    fn print_counts(&self, what: &str, counts: &[Counts], pattern: Option<&String>) -> Outcome {
        let text = match self.args.output {
            FoundOutputArg::Table => self.table(what, counts),
            FoundOutputArg::Json => self.json(what, counts, pattern),
            FoundOutputArg::Csv => {
                let titles = ["lines", what, "first", "last", "example"];
                csv::table(&titles, counts.iter().map(fields))
            }
            FoundOutputArg::Raw => {
                let line = |it: &Counts| format!("{} {}\n", it.n_lines, it.of);
                counts.iter().map(line).collect()
            }
        };
        let printed = self.context.print(&text);
        self.context.note_left_out();
        printed
    }

    fn table(&self, what: &str, counts: &[Counts]) -> String {
        let columns = [
            Column::numbers("lines"),
            Column::words("first"),
            Column::words("last"),
            Column::words(what),
        ];
        let zone = self.context.zone();
        let day = |time_ms: i64| clock::day(time_ms.saturating_mul(MILLISECOND), zone);
        let times = || counts.iter().filter_map(|it| it.times_ms);
        let is_one_day = times().all(|(first, _)| times().all(|(_, last)| day(first) == day(last)));
        let time = |time_ms: Option<i64>| match time_ms {
            None => "-".to_string(),
            Some(time_ms) => {
                let moment = time_ms
                    .div_euclid(1_000)
                    .saturating_mul(1_000 * MILLISECOND);
                // Without the date where it is the same everywhere.
                match is_one_day {
                    true => clock::second_of_day(moment, zone),
                    false => clock::date_and_second(moment, zone),
                }
            }
        };
        let mut rows = Vec::new();
        for count in counts {
            rows.push(vec![
                count.n_lines.to_string(),
                time(count.times_ms.map(|it| it.0)),
                time(count.times_ms.map(|it| it.1)),
                count.of.clone(),
            ]);
            let example = count.example.as_deref().filter(|it| *it != count.of);
            if let (Some(example), true) = (example, self.context.out.is_terminal) {
                let shown = format!("e.g. {example}");
                rows.push(vec![String::new(), String::new(), String::new(), shown]);
            }
        }
        in_columns(&columns, &rows, &self.context.out)
    }

    fn json(&self, what: &str, counts: &[Counts], pattern: Option<&String>) -> String {
        let list: Vec<String> = counts
            .iter()
            .map(|it| {
                let object = serde_json::json!({
                    what: it.of,
                    "lines": it.n_lines,
                    "first": it.times_ms.map(|it| moment(it.0)),
                    "last": it.times_ms.map(|it| moment(it.1)),
                    "example": it.example,
                });
                format!("\n    {}", ascii_controls(&object.to_string()))
            })
            .collect();
        let head = self.json_head(pattern);
        let end = if list.is_empty() { "" } else { "\n  " };
        let left_out = self.json_left_out();
        format!(
            "{head},\n  \"{what}s\": [{}{end}]{left_out}\n}}\n",
            list.join(",")
        )
    }

    /// Returns the last member of an answer as JSON, with its comma: what is left out, if anything is.
    fn json_left_out(&self) -> String {
        let left_out = self.context.left_out.all();
        if left_out.is_empty() {
            return String::new();
        }
        let text = ascii_controls(&left_out.to_json().to_string());
        format!(",\n  \"left_out\": {text}")
    }

    /// Returns the beginning of an answer as JSON, up to the comma before the list.
    fn json_head(&self, pattern: Option<&String>) -> String {
        let mut head = serde_json::json!({
            "schema_version": render_json::SCHEMA_VERSION,
            "window": { "start": rfc3339(self.window.start), "end": rfc3339(self.window.end) },
            "groups": self.groups,
        });
        if let Some(pattern) = pattern {
            head["pattern"] = pattern.as_str().into();
        }
        let text = format!("{head:#}");
        ascii_controls(text.strip_suffix("\n}").unwrap_or(&text))
    }

    async fn close(&self, tally: &Tally) {
        if tally.n_lines == 0 {
            return self.note_nothing().await;
        }
        let zone = self.context.zone();
        self.context.note(&tally.words(&self.groups, zone));
        let pattern = self.args.patterns.first();
        self.context.note(&match (tally.trace(), pattern) {
            (Some(id), _) => format!("next: cruddurctl trace {id}"),
            (None, Some(pattern)) if self.args.count => {
                format!(
                    "next: cruddurctl logs tail -f --filter {}",
                    shell_word(&printable(pattern))
                )
            }
            (None, Some(pattern)) => {
                format!(
                    "next: cruddurctl logs filter {} --count",
                    shell_word(&printable(pattern))
                )
            }
            (None, None) if self.args.count => "next: cruddurctl logs tail -f".to_string(),
            (None, None) => "next: cruddurctl logs filter --count".to_string(),
        });
    }

    /// Says why nothing was found: there are no lines at all, or there are and the pattern is at fault.
    async fn note_nothing(&self) {
        let axis = clock::TimeAxis {
            start: self.window.start.div_euclid(SECOND).saturating_mul(SECOND),
            end: self.window.end.div_euclid(SECOND).saturating_mul(SECOND),
            zone: self.context.zone(),
        };
        let groups = match &self.streams {
            Streams::All => self.groups.join(", "),
            _ => format!("these streams of {}", self.groups.join(", ")),
        };
        let span = axis.span();
        let (lines, has_more) = match self.args.patterns.is_empty() {
            true => (Vec::new(), false),
            false => self.lines_of_any_kind().await,
        };
        if lines.is_empty() {
            let text =
                format!("there are no lines of {groups}, {span}; look further back with --last");
            return self.context.note(&text);
        }
        let at_least = if has_more { "at least " } else { "" };
        let n_lines = match lines.len() {
            1 => "1 line".to_string(),
            n_lines => format!("{n_lines} lines"),
        };
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for pattern in &self.args.patterns {
            let parsed = FilterPattern::parse(pattern).ok();
            let why = parsed.and_then(|pattern| pattern.why_none(&lines));
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            self.context.note(&printable(&format!(
                "there are {at_least}{n_lines} of {groups}, {span}, and none matches {pattern}{why}"
            )));
        }
    }

    /// Returns the first page of lines of each group, whatever they say, and whether there are more.
    async fn lines_of_any_kind(&self) -> (Vec<String>, bool) {
        let window_ms = self.window.start.div_euclid(MILLISECOND).max(0)
            ..self.window.end.div_euclid(MILLISECOND).max(0);
        let (mut lines, mut has_more) = (Vec::new(), false);
        for group in &self.groups {
            let filter = Filter {
                group: group.clone(),
                streams: self.streams.clone(),
                pattern: None,
                window_ms: Some(window_ms.clone()),
            };
            // That nothing was found has been said by then; why is a help that may fail.
            let Ok(page) = self.client.find(&filter, None).await else {
                continue;
            };
            has_more |= page.next_token.is_some();
            lines.extend(page.lines.into_iter().map(|line| line.event.message));
        }
        (lines, has_more)
    }
}

fn say(spinner: &ProgressBar, n_lines: u64) {
    spinner.set_message(format!("counting lines: {n_lines}"));
}

fn fields(count: &Counts) -> Vec<String> {
    let time = |time_ms: Option<i64>| time_ms.map(moment).unwrap_or_default();
    vec![
        count.n_lines.to_string(),
        count.of.clone(),
        time(count.times_ms.map(|it| it.0)),
        time(count.times_ms.map(|it| it.1)),
        count.example.clone().unwrap_or_default(),
    ]
}
