//! A report as tables.

use std::time::Duration;

use super::warnings::{PERCENTILES, is_thin};
use super::{Ran, seconds};
use crate::cli::render::columns::{Column, in_columns};
use crate::cli::render::terminal::Terminal;
use crate::cli::render::text::{milliseconds, significant};
use crate::load::{Counts, Judged, LoadReport, Measure, Spread};
use crate::model::time::rfc3339;

/// Which time of a request.
type Time = fn(&Counts) -> &Spread;

/// Lays out a report: times by route, steps, errors, the slowest, assertions, and a summing line.
pub fn tables(ran: &Ran, terminal: &Terminal) -> String {
    let report = &ran.report;
    let mut parts = vec![
        format!(
            "response time in ms, from when a request was due\n{}",
            times(report, |counts| &counts.response_time, terminal)
        ),
        format!(
            "service time in ms, from when it was sent\n{}",
            times(report, |counts| &counts.service_time, terminal)
        ),
    ];
    if report.steps.len() > 1 {
        parts.push(format!(
            "steps, response time in ms\n{}",
            steps(report, terminal)
        ));
    }
    if report.all.errors > 0 {
        parts.push(errors(report, terminal));
    }
    if report.slowest.iter().any(|slow| slow.trace_id.is_some()) {
        parts.push(format!("the slowest, in ms\n{}", slowest(ran, terminal)));
    }
    if !ran.judged.is_empty() {
        parts.push(assertions(&ran.judged, terminal));
    }
    parts.push(format!("{}\n", summary(report)));
    parts.join("\n")
}

fn times(report: &LoadReport, time: Time, terminal: &Terminal) -> String {
    let mut columns = vec![
        Column::words("route"),
        Column::numbers("requests"),
        Column::numbers("errors"),
    ];
    columns.extend(PERCENTILES.map(|(name, _)| Column::numbers(name)));
    columns.push(Column::numbers("max"));
    let row = |name: &str, counts: &Counts| {
        let mut row = vec![
            name.to_string(),
            counts.requests.to_string(),
            counts.errors.to_string(),
        ];
        row.extend(percentiles(counts, time));
        row
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    if report.routes.len() > 1 {
        let routes = report.routes.iter();
        rows.extend(routes.map(|(route, counts)| row(&route.name, counts)));
        rows.push(row("all", &report.all));
    } else {
        let route = report.routes.first();
        rows.push(row(
            route.map_or("all", |(route, _)| &route.name),
            &report.all,
        ));
    }
    in_columns(&columns, &rows, terminal)
}

/// Returns the percentiles and the longest; what rests on too few is marked.
fn percentiles(counts: &Counts, time: Time) -> Vec<String> {
    let spread = time(counts);
    let mut cells: Vec<String> = PERCENTILES
        .iter()
        .map(|(_, share)| {
            let mark = if is_thin(counts, *share) { "~" } else { "" };
            format!("{mark}{}", ms(spread.at(*share)))
        })
        .collect();
    cells.push(ms(spread.max()));
    cells
}

fn ms(time: Option<Duration>) -> String {
    time.map_or_else(
        || "-".to_string(),
        |time| significant(time.as_secs_f64() * 1e3, 3),
    )
}

fn steps(report: &LoadReport, terminal: &Terminal) -> String {
    let mut columns = vec![
        Column::numbers("wanted/s"),
        Column::numbers("answered/s"),
        Column::numbers("requests"),
        Column::numbers("errors"),
    ];
    columns.extend(PERCENTILES.map(|(name, _)| Column::numbers(name)));
    columns.push(Column::numbers("max"));
    let rows: Vec<Vec<String>> = report
        .steps
        .iter()
        .map(|step| {
            let mut row = vec![
                step.step.rate.to_string(),
                format!("{:.1}", step.rate()),
                step.counts.requests.to_string(),
                step.counts.errors.to_string(),
            ];
            row.extend(percentiles(&step.counts, |counts| &counts.response_time));
            row
        })
        .collect();
    in_columns(&columns, &rows, terminal)
}

fn errors(report: &LoadReport, terminal: &Terminal) -> String {
    let columns = [Column::words("errors"), Column::numbers("requests")];
    let words = |kind: &str| match kind {
        "status_4xx" => "answered with a status from 400 to 499",
        "status_5xx" => "answered with a status from 500 on",
        "refused" => "connection refused",
        "connect" => "could not connect",
        "reset" => "connection reset",
        "closed" => "connection closed before the answer was whole",
        "timeout" => "no answer in time",
        _ => "the answer was not HTTP",
    };
    let rows: Vec<Vec<String>> = report
        .errors_by_kind()
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(kind, n)| vec![words(kind).to_string(), n.to_string()])
        .collect();
    let mut text = in_columns(&columns, &rows, terminal);
    if let Some(fault) = &report.first_fault {
        text.push_str(&format!("the first without an answer: {fault}\n"));
    }
    text
}

fn slowest(ran: &Ran, terminal: &Terminal) -> String {
    let columns = [
        Column::words("route"),
        Column::numbers("status"),
        Column::numbers("response"),
        Column::numbers("service"),
        Column::words("due"),
        Column::words("trace"),
    ];
    let rows: Vec<Vec<String>> = ran
        .report
        .slowest
        .iter()
        .map(|slow| {
            let route = ran.report.routes.get(slow.route);
            vec![
                route.map_or_else(String::new, |(route, _)| route.name.clone()),
                slow.status.to_string(),
                ms(Some(slow.response_time)),
                ms(Some(slow.service_time)),
                rfc3339(ran.moment(slow.due)),
                slow.trace_id.clone().unwrap_or_else(|| "-".to_string()),
            ]
        })
        .collect();
    in_columns(&columns, &rows, terminal)
}

fn assertions(judged: &[Judged], terminal: &Terminal) -> String {
    let columns = [
        Column::words("assertion"),
        Column::words("measured"),
        Column::words("holds"),
    ];
    let rows: Vec<Vec<String>> = judged
        .iter()
        .map(|judged| {
            let holds = if judged.holds { "yes" } else { "NO" };
            vec![judged.text.clone(), measured(judged), holds.to_string()]
        })
        .collect();
    in_columns(&columns, &rows, terminal)
}

fn measured(judged: &Judged) -> String {
    let Some(value) = judged.value else {
        return "nothing".to_string();
    };
    match judged.measure {
        Measure::Percentile(_) | Measure::Mean | Measure::Max => milliseconds(value),
        Measure::ErrorShare => format!("{} %", significant(value * 100.0, 3)),
        Measure::ErrorCount => format!("{value:.0}"),
        Measure::Rate => significant(value, 4),
    }
}

fn summary(report: &LoadReport) -> String {
    let mut line = format!(
        "{} requests in {}, {} answers a second",
        report.all.requests,
        seconds(report.elapsed),
        significant(report.rate(), 4)
    );
    if let Some(wanted) = report.wanted_rate() {
        line.push_str(&format!(" of {} wanted", significant(wanted, 4)));
    }
    let share = report.all.errors as f64 / report.all.requests.max(1) as f64;
    line.push_str(&format!(
        ", {} errors ({} %)",
        report.all.errors,
        significant(share * 100.0, 3)
    ));
    if report.refused_as_meant > 0 {
        line.push_str(&format!(
            ", {} refused as they should be",
            report.refused_as_meant
        ));
    }
    if report.unfinished > 0 {
        line.push_str(&format!(", {} not finished", report.unfinished));
    }
    let connections = match report.connections {
        1 => "1 connection".to_string(),
        n => format!("{n} connections"),
    };
    line.push_str(&format!(", over {connections}"));
    line
}
