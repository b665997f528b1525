//! The service graph as a standalone SVG, readable on bright and dark pages alike.

use std::f64::consts::PI;
use std::fmt::Write as _;

use super::clock::date_and_second;
use super::graph::percent;
use super::graph_layout::{Line, STEP, layout};
use super::graph_words::{
    description, in_ring, is_client, name, shares, short, words, words_of_call,
};
use super::sheet::{self, class, escaped, text};
use super::text::{clipped, printable};
use crate::model::service_graph::{Service, ServiceGraph, Statistics};
use crate::model::trace_summary::Verdict;
use crate::model::zone::Zone;

/// The most services that are drawn, those with the most requests; of a larger graph, the others are counted.
const MOST_SERVICES: usize = 60;
/// The radius of a service's ring, and how thick it is.
const RADIUS: f64 = 34.0;
const RING: f64 = 8.0;
/// From the edges of the page to the middle of a service.
const SIDE: f64 = 116.0;
const TOP: f64 = 128.0;
const BOTTOM: f64 = 146.0;
const NARROWEST: f64 = 640.0;
/// How thin and how thick a line is.
const THIN: f64 = 1.5;
const THICK: f64 = 7.0;
/// Characters of a name that have room.
const NAME: usize = 26;

/// What is written around the graph.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'f> {
    /// The group whose traces it is made of.
    pub group: Option<&'f str>,
    /// Whose clock is shown.
    pub zone: Zone,
}

/// Draws a ring for each service, parted by how its requests went, and an arrow for each call.
///
/// Arrows are as thick as calls are many. What is drawn has its numbers as a `<title>`, which browsers show
/// under the pointer, and the whole graph is told in words by the `<desc>`.
pub fn graph_svg(graph: &ServiceGraph, frame: &Frame<'_>) -> String {
    let (graph, n_left_out) = largest(graph);
    let calls: Vec<(usize, usize, &Statistics)> = graph.calls().collect();
    let ends: Vec<(usize, usize)> = calls.iter().map(|(from, to, _)| (*from, *to)).collect();
    let layout = layout(graph.services.len(), &ends);
    let width = (layout.size.0 + 2.0 * SIDE).max(NARROWEST);
    let height = layout.size.1 + TOP + BOTTOM;
    // A graph that is narrower than the page stands in its middle.
    let left = (width - layout.size.0) / 2.0;
    let place = |(x, y): (f64, f64)| (x + left, y + TOP);

    let mut svg = String::new();
    let title = match frame.group {
        Some(group) => format!("Service graph of {}", printable(group)),
        None => "Service graph".to_string(),
    };
    sheet::open(&mut svg, (width, height), &title, &description(&graph));
    let span = [graph.window.start, graph.window.end];
    let span = span.map(|moment| date_and_second(moment, frame.zone));
    text(&mut svg, 24.0, 57.0, "t", &span.join(" to "));
    if graph.services.is_empty() {
        text(
            &mut svg,
            width / 2.0,
            height / 2.0,
            "m",
            "no traces in this time",
        );
        svg.push_str("</svg>\n");
        return svg;
    }

    let most = calls.iter().map(|(.., it)| it.total).max().unwrap_or(1);
    let mut labels = String::new();
    for line in &layout.lines {
        if let Some((from, to, statistics)) = calls.get(line.call) {
            let words = words_of_call(&graph, *from, *to, statistics);
            let points: Vec<(f64, f64)> = line.points.iter().copied().map(place).collect();
            let line = Line {
                call: line.call,
                points,
            };
            arrow(&mut svg, &mut labels, &line, statistics, most, &words);
        }
    }
    for call in &layout.back {
        if let Some((from, to, statistics)) = calls.get(*call)
            && let (Some(start), Some(end)) = (layout.places.get(*from), layout.places.get(*to))
        {
            let words = words_of_call(&graph, *from, *to, statistics);
            arc(
                &mut svg,
                place(*start),
                place(*end),
                statistics,
                most,
                &words,
            );
        }
    }
    // Above all lines, so that none runs through a number.
    svg.push_str(&labels);
    for (service, at) in graph.services.iter().zip(&layout.places) {
        node(&mut svg, service, place(*at));
    }

    let verdicts = [
        Verdict::Ok,
        Verdict::Error,
        Verdict::Throttle,
        Verdict::Fault,
    ];
    let y = height - 22.0;
    sheet::legend(&mut svg, 24.0, y, &verdicts);
    let mut summary = "rings: average time and requests, arrows: calls".to_string();
    if n_left_out > 0 {
        summary = format!("and {n_left_out} services more with fewer requests");
    }
    text(&mut svg, width - 24.0, y, "t e", &summary);
    svg.push_str("</svg>\n");
    svg
}

/// Returns the graph of the services with the most requests, and how many others there are.
fn largest(graph: &ServiceGraph) -> (ServiceGraph, usize) {
    let n_left_out = graph.services.len().saturating_sub(MOST_SERVICES);
    if n_left_out == 0 {
        return (graph.clone(), 0);
    }
    let mut order: Vec<usize> = (0..graph.services.len()).collect();
    let total = |idx: &usize| graph.services.get(*idx).map(|it| it.statistics.total);
    order.sort_by_key(|idx| std::cmp::Reverse(total(idx)));
    order.truncate(MOST_SERVICES);
    order.sort_unstable();
    let mut kept = ServiceGraph::new(graph.window);
    for idx in &order {
        if let Some(service) = graph.services.get(*idx) {
            let mut service = service.clone();
            service
                .calls
                .retain_mut(|call| match order.binary_search(&call.to) {
                    Ok(place) => {
                        call.to = place;
                        true
                    }
                    Err(_) => false,
                });
            kept.services.push(service);
        }
    }
    (kept, n_left_out)
}

fn node(svg: &mut String, service: &Service, (x, y): (f64, f64)) {
    let kind = match is_client(service) {
        true => None,
        false => service.kind.as_deref().map(printable),
    };
    let called = match &kind {
        Some(kind) => format!("{} ({kind})", name(service)),
        None => name(service),
    };
    let statistics = &service.statistics;
    let _ = writeln!(
        svg,
        "<g><title>{}: {}</title>\n<circle class=\"b\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\"/>\n\
         <circle class=\"r\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{RADIUS}\" stroke-width=\"{RING}\"/>",
        escaped(&called),
        words(statistics),
        RADIUS + RING / 2.0 + 3.0,
    );
    ring(svg, &shares(statistics), (x, y));
    match statistics.average_seconds() {
        Some(average) => text(svg, x, y + 0.5, "c m", &in_ring(average)),
        None => text(svg, x, y + 1.0, "m", "-"),
    }
    text(svg, x, y + 14.5, "t m", &short(statistics.total));
    let mut below = y + RADIUS + RING / 2.0 + 18.0;
    text(svg, x, below, "n m k", &clipped(&name(service), NAME, '…'));
    if let Some(kind) = kind {
        below += 15.0;
        text(svg, x, below, "t m k", &clipped(&kind, NAME + 4, '…'));
    }
    let bad = shares(statistics);
    let worst = bad.first().filter(|(verdict, _)| *verdict != Verdict::Ok);
    if let Some((verdict, share)) = worst {
        let words = format!("{} {}", percent(*share), sheet::word(*verdict));
        text(
            svg,
            x,
            below + 15.0,
            &format!("t m k {}", class(*verdict)),
            &words,
        );
    }
    svg.push_str("</g>\n");
}

/// Draws the parts of a ring from the top on, as the hands of a clock go.
fn ring(svg: &mut String, shares: &[(Verdict, f64)], (x, y): (f64, f64)) {
    let around = 2.0 * PI * RADIUS;
    // One part of a hundred thousand should be seen; the largest part makes room for it.
    const LEAST: f64 = 0.02;
    let shown: Vec<f64> = shares.iter().map(|(_, share)| share.max(LEAST)).collect();
    let sum: f64 = shown.iter().sum();
    let mut before = 0.0;
    for ((verdict, _), share) in shares.iter().zip(shown) {
        let length = share / sum * around;
        let _ = writeln!(
            svg,
            "<circle class=\"l{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{RADIUS}\" stroke-width=\"{RING}\" \
             stroke-dasharray=\"{length:.2} {:.2}\" stroke-dashoffset=\"{:.2}\" \
             transform=\"rotate(-90 {x:.1} {y:.1})\"/>",
            class(*verdict),
            around - length,
            -before,
        );
        before += length;
    }
}

fn thickness(total: u64, most: u64) -> f64 {
    let share = total as f64 / most.max(1) as f64;
    THIN + (THICK - THIN) * share.sqrt()
}

/// Draws the line of a call, and its number apart from it.
fn arrow(
    svg: &mut String,
    labels: &mut String,
    line: &Line,
    statistics: &Statistics,
    most: u64,
    words: &str,
) {
    let (Some(&(first_x, first_y)), Some(&(last_x, last_y))) =
        (line.points.first(), line.points.last())
    else {
        return;
    };
    let wide = thickness(statistics.total, most);
    let head = 7.0 + wide;
    let edge = RADIUS + RING / 2.0 + 3.0;
    let mut points = line.points.clone();
    if let Some(first) = points.first_mut() {
        *first = (first_x + edge, first_y);
    }
    if let Some(last) = points.last_mut() {
        *last = (last_x - edge - head, last_y);
    }
    let mut path = String::new();
    for (idx, pair) in points.windows(2).enumerate() {
        let [(x, y), (next_x, next_y)] = pair else {
            continue;
        };
        if idx == 0 {
            let _ = write!(path, "M{x:.1} {y:.1}");
        }
        let middle = (x + next_x) / 2.0;
        let _ = write!(
            path,
            "C{middle:.1} {y:.1} {middle:.1} {next_y:.1} {next_x:.1} {next_y:.1}"
        );
    }
    strokes(svg, &path, wide, statistics, words, "");
    let tip = last_x - edge;
    let half = 3.5 + wide * 0.7;
    let _ = writeln!(
        svg,
        "<path class=\"a\" d=\"M{tip:.1} {last_y:.1}l-{head:.1} -{half:.1}v{:.1}z\"/>",
        2.0 * half
    );
    // In the middle of the last stretch, where lines from one service have parted.
    if let [.., (x, y), (next_x, next_y)] = points.as_slice() {
        let at = ((x + next_x) / 2.0, (y + next_y) / 2.0);
        text(labels, at.0, at.1 + 4.0, "t m k", &short(statistics.total));
    }
}

/// Draws a call that goes back: beside the arrows if it goes to the layer before, else over the tops of
/// the services.
fn arc(
    svg: &mut String,
    (x, y): (f64, f64),
    (to_x, to_y): (f64, f64),
    statistics: &Statistics,
    most: u64,
    words: &str,
) {
    let wide = thickness(statistics.total, most).min(3.0);
    let edge = RADIUS + RING / 2.0 + 2.0;
    let is_next = (x - to_x - STEP.0).abs() < 1.0;
    // Where it leaves, which way, where it arrives, and from which way.
    let (start, away, tip, from) = if is_next {
        let (aside, down) = (edge * 0.87, edge * 0.5);
        (
            (x - aside, y + down),
            (x - aside - 40.0, y + down + 22.0),
            (to_x + aside, to_y + down),
            (to_x + aside + 40.0, to_y + down + 22.0),
        )
    } else {
        // A call to itself leaves and arrives beside the top.
        let aside = if (x, y) == (to_x, to_y) { 16.0 } else { 0.0 };
        let lift = 34.0 + (x - to_x).abs() * 0.08;
        let top = y.min(to_y) - edge - lift;
        (
            (x + aside, y - edge),
            (x + aside, top),
            (to_x - aside, to_y - edge),
            (to_x - aside, top),
        )
    };
    let way = (tip.0 - from.0, tip.1 - from.1);
    let length = way.0.hypot(way.1).max(1.0);
    let end = (tip.0 - way.0 / length * 9.0, tip.1 - way.1 / length * 9.0);
    let path = format!(
        "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
        start.0, start.1, away.0, away.1, from.0, from.1, end.0, end.1
    );
    let dashes = " stroke-dasharray=\"5 4\"";
    strokes(svg, &path, wide, statistics, words, dashes);
    let _ = writeln!(
        svg,
        "<path class=\"a\" transform=\"translate({:.1} {:.1}) rotate({:.1})\" d=\"M0 0l-10 -5v10z\"/>",
        tip.0,
        tip.1,
        way.1.atan2(way.0).to_degrees()
    );
}

/// Draws a line, and in it a thinner one for the share of calls that went wrong.
fn strokes(
    svg: &mut String,
    path: &str,
    wide: f64,
    statistics: &Statistics,
    words: &str,
    more: &str,
) {
    let _ = writeln!(
        svg,
        "<g><title>{}</title>\n<path class=\"o\" stroke-width=\"{wide:.1}\"{more} d=\"{path}\"/>",
        escaped(words)
    );
    let bad: f64 = shares(statistics)
        .iter()
        .filter(|(verdict, _)| *verdict != Verdict::Ok)
        .map(|(_, share)| share)
        .sum();
    if let Some((verdict, _)) = shares(statistics).first()
        && bad > 0.0
    {
        let _ = writeln!(
            svg,
            "<path class=\"l{}\" stroke-width=\"{:.1}\"{more} d=\"{path}\"/>",
            class(*verdict),
            (wide * bad).max(1.2)
        );
    }
    // What is thin is hard to point at.
    let _ = writeln!(
        svg,
        "<path fill=\"none\" stroke=\"transparent\" stroke-width=\"14\" d=\"{path}\"/></g>"
    );
}

#[cfg(test)]
#[path = "graph_svg_tests.rs"]
mod tests;
