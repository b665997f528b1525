//! The service graph as text: the services as a tree of who calls whom, then every call.

use serde_json::{Value as Json, json};

use super::columns::{Column, in_columns};
use super::json::SCHEMA_VERSION;
use super::terminal::Terminal;
use super::text::{clipped, milliseconds, printable};
use crate::model::service_graph::{ServiceGraph, Statistics};
use crate::model::time::rfc3339;
use crate::model::width::cell_width;

/// The most services that are drawn; of a larger graph, the others are counted.
const MOST_SERVICES: usize = 200;

/// Returns a table of services, those that others call under their first caller, and one of calls.
///
/// A service that is called by several stands in full once; where it is called again, it is only
/// named. Circles end there too.
pub fn graph(graph: &ServiceGraph, terminal: &Terminal) -> String {
    let mut rows: Vec<Vec<String>> = lines(graph)
        .into_iter()
        .take(MOST_SERVICES)
        .map(|line| service_row(graph, &line, terminal))
        .collect();
    let mut titles = vec!["service", "type"];
    if terminal.is_terminal && width(&columns(&titles), &rows) > terminal.width {
        // The type is what can be missed; whoever pipes the table has it.
        titles.pop();
        for row in &mut rows {
            drop_type(row);
        }
    }
    let mut text = fitted(&columns(&titles), rows, terminal);
    let n_left_out = lines(graph).len().saturating_sub(MOST_SERVICES);
    if n_left_out > 0 {
        text.push_str(&format!("and {n_left_out} more\n"));
    }
    let name = |idx: usize| graph.services.get(idx).map_or("", |service| &*service.name);
    let calls: Vec<Vec<String>> = graph
        .calls()
        .take(MOST_SERVICES)
        .map(|(from, to, statistics)| {
            let mut row = vec![name(from).to_string(), name(to).to_string()];
            row.extend(numbers(statistics));
            row
        })
        .collect();
    if !calls.is_empty() {
        text.push('\n');
        text.push_str(&fitted(&columns(&["from", "to"]), calls, terminal));
        let n_left_out = graph.calls().count().saturating_sub(MOST_SERVICES);
        if n_left_out > 0 {
            text.push_str(&format!("and {n_left_out} more\n"));
        }
    }
    text
}

/// What stands for the type of a service that stands in full further up.
const AGAIN: &str = "see above";
/// Words are not cut to fewer characters than these.
const SHORTEST: usize = 8;

fn drop_type(row: &mut Vec<String>) {
    if row.len() < 2 {
        return;
    }
    let kind = row.remove(1);
    if let Some(name) = row.first_mut() {
        match kind.as_str() {
            AGAIN => name.push_str(" (above)"),
            // They have the name of whom they call, which stands below.
            "client" => *name = "clients".to_string(),
            _ => {}
        }
    }
}

/// Lays out rows whose words are cut where the terminal is too narrow, because a tree whose lines go on in
/// the next is no tree.
fn fitted(columns: &[Column], mut rows: Vec<Vec<String>>, terminal: &Terminal) -> String {
    if terminal.is_terminal {
        let mark = if terminal.unicode { '…' } else { '~' };
        while width(columns, &rows) > terminal.width {
            let words = columns.iter().enumerate().filter(|(_, it)| !it.is_number);
            let words = words.map(|(idx, column)| (longest(idx, column, &rows), idx));
            let Some((length, idx)) = words.max().filter(|(length, _)| *length > SHORTEST) else {
                break;
            };
            for cell in rows.iter_mut().filter_map(|row| row.get_mut(idx)) {
                *cell = clipped(cell.trim_end_matches(mark), length - 1, mark);
            }
        }
    }
    in_columns(columns, &rows, terminal)
}

fn width(columns: &[Column], rows: &[Vec<String>]) -> usize {
    let columns = columns.iter().enumerate();
    columns
        .map(|(idx, column)| longest(idx, column, rows) + 2)
        .sum()
}

fn longest(idx: usize, column: &Column, rows: &[Vec<String>]) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(idx));
    let lengths = cells.map(|cell| cell_width(&printable(cell)));
    lengths.max().unwrap_or(0).max(cell_width(&column.title))
}

/// Returns the graph as JSON; calls name services by their place in the list.
pub fn json(graph: &ServiceGraph) -> Json {
    let statistics = |statistics: &Statistics| {
        json!({
            "ok": statistics.ok,
            "error": statistics.error,
            "throttle": statistics.throttle,
            "fault": statistics.fault,
            "total": statistics.total,
            "average_seconds": statistics.average_seconds(),
        })
    };
    let services: Vec<Json> = graph
        .services
        .iter()
        .map(|service| {
            json!({
                "name": service.name,
                "type": service.kind,
                "is_root": service.is_root,
                "statistics": statistics(&service.statistics),
            })
        })
        .collect();
    let calls: Vec<Json> = graph
        .calls()
        .map(|(from, to, found)| json!({ "from": from, "to": to, "statistics": statistics(found) }))
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "window": { "start": rfc3339(graph.window.start), "end": rfc3339(graph.window.end) },
        "services": services,
        "calls": calls,
    })
}

/// A service's place in the tree.
struct Line {
    service: usize,
    depth: usize,
    /// Whether it stands in full further up.
    is_again: bool,
}

fn lines(graph: &ServiceGraph) -> Vec<Line> {
    let n_services = graph.services.len();
    let mut is_called = vec![false; n_services];
    for (from, to, _) in graph.calls().filter(|(from, to, _)| from != to) {
        let _ = from;
        if let Some(called) = is_called.get_mut(to) {
            *called = true;
        }
    }
    let is_top = |idx: &usize| !is_called.get(*idx).copied().unwrap_or(false);
    // Behind the real tops come all, for circles that nobody calls into.
    let tops = (0..n_services).filter(is_top).chain(0..n_services);
    let mut is_drawn = vec![false; n_services];
    let mut lines = Vec::new();
    for top in tops {
        if is_drawn.get(top).copied().unwrap_or(true) {
            continue;
        }
        let mut waiting = vec![(top, 0)];
        while let Some((idx, depth)) = waiting.pop() {
            let (Some(service), Some(drawn)) = (graph.services.get(idx), is_drawn.get_mut(idx))
            else {
                continue;
            };
            let is_again = std::mem::replace(drawn, true);
            lines.push(Line {
                service: idx,
                depth,
                is_again,
            });
            if !is_again {
                waiting.extend(service.calls.iter().rev().map(|call| (call.to, depth + 1)));
            }
        }
    }
    lines
}

fn service_row(graph: &ServiceGraph, line: &Line, terminal: &Terminal) -> Vec<String> {
    let Some(service) = graph.services.get(line.service) else {
        return Vec::new();
    };
    let arrow = if terminal.unicode { "└→ " } else { "`> " };
    let lead = match line.depth {
        0 => String::new(),
        // Deeper than this, depth is said and not drawn.
        depth @ 1..=12 => format!("{}{arrow}", "   ".repeat(depth - 1)),
        depth => format!("({depth}) {arrow}"),
    };
    let kind = service.kind.clone().unwrap_or_default();
    if line.is_again {
        let mut row = vec![format!("{lead}{}", service.name), AGAIN.to_string()];
        row.extend(std::iter::repeat_n(String::new(), 6));
        return row;
    }
    let mut row = vec![format!("{lead}{}", service.name), kind];
    row.extend(numbers(&service.statistics));
    row
}

fn columns(words: &[&str]) -> Vec<Column> {
    let numbers = ["requests", "average", "ok", "error", "throttle", "fault"];
    let words = words.iter().map(|title| Column::words(*title));
    words.chain(numbers.map(Column::numbers)).collect()
}

fn numbers(statistics: &Statistics) -> Vec<String> {
    let average = statistics.average_seconds().map(milliseconds);
    let mut cells = vec![
        statistics.total.to_string(),
        average.unwrap_or_else(|| "-".to_string()),
    ];
    match statistics.shares() {
        Some(shares) => cells.extend(shares.map(percent)),
        None => cells.extend(["-"; 4].map(str::to_string)),
    }
    cells
}

/// Returns a share of 0 to 1 in percent; what happened once in a thousand must not look like never.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.1 {
        return "<0.1 %".to_string();
    }
    if percent < 100.0 && percent > 99.9 {
        return ">99.9 %".to_string();
    }
    let decimals = usize::from(percent.fract() != 0.0);
    format!("{percent:.decimals$} %")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::service_graph::{Call, Service};
    use crate::model::time::Window;

    fn statistics(ok: u64, fault: u64) -> Statistics {
        Statistics {
            ok,
            fault,
            total: ok + fault,
            response_seconds: (ok + fault) as f64 * 0.042,
            ..Statistics::default()
        }
    }

    fn service(name: &str, kind: Option<&str>, calls: &[usize]) -> Service {
        let call = |to: &usize| Call {
            to: *to,
            statistics: statistics(3, 1),
        };
        Service {
            name: name.to_string(),
            kind: kind.map(str::to_string),
            statistics: statistics(3, 1),
            calls: calls.iter().map(call).collect(),
            ..Service::default()
        }
    }

    fn graph_of(services: Vec<Service>) -> ServiceGraph {
        let window = Window { start: 0, end: 1 };
        ServiceGraph { window, services }
    }

    #[test]
    fn services_stand_under_their_first_caller_and_circles_end() {
        let found = graph_of(vec![
            service("clients", Some("client"), &[1]),
            service("backend-flask", None, &[2, 1]),
            service("messages", Some("remote"), &[1]),
        ]);
        assert_eq!(
            graph(&found, &Terminal::plain(80))
                .split("\n\n")
                .next()
                .unwrap(),
            "service                 type       requests  average    ok  error  throttle  fault
clients                 client            4    42 ms  75 %    0 %       0 %   25 %
`> backend-flask                          4    42 ms  75 %    0 %       0 %   25 %
   `> messages          remote            4    42 ms  75 %    0 %       0 %   25 %
      `> backend-flask  see above
   `> backend-flask     see above"
        );
    }

    #[test]
    fn on_a_narrow_terminal_types_are_left_out_and_names_are_cut() {
        let kind = Some("AWS::ECS::Container");
        let found = graph_of(vec![
            service("a-service-with-a-rather-long-name", kind, &[1]),
            service("messages", kind, &[0]),
        ]);
        let terminal = Terminal {
            is_terminal: true,
            ..Terminal::plain(72)
        };
        let text = graph(&found, &terminal);
        assert!(text.lines().all(|line| cell_width(line) <= 72), "{text}");
        assert_eq!(text.lines().count(), 4 + 4, "{text}");
        assert!(
            text.contains("\n`> messages ") && !text.contains("AWS"),
            "{text}"
        );
        assert!(text.contains("a-service-with-a"), "{text}");
    }

    #[test]
    fn a_circle_without_a_caller_is_drawn_and_nothing_is_lost() {
        let found = graph_of(vec![service("a", None, &[1]), service("b", None, &[0])]);
        let text = graph(&found, &Terminal::plain(80));
        assert!(text.contains("\n`> b ") && text.contains("\na "), "{text}");
    }

    #[test]
    fn rare_is_not_never_and_common_is_not_always() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.000_1), "<0.1 %");
        assert_eq!(percent(0.999_99), ">99.9 %");
        assert_eq!(percent(0.123), "12.3 %");
    }
}
