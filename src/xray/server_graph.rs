//! Graphs and series: GetServiceGraph, GetTraceGraph, GetTimeSeriesServiceStatistics.

use std::collections::BTreeMap;

use super::filter::{self, CLIENT, Filter, Selector};
use super::graph::{Calls, Graph, Requests, Seconds, Service};
use super::server::Context;
use super::server_errors::XRayError;
use super::server_group_versions as versions;
use super::server_groups;
use super::server_groups::filter_of;
use super::server_search::by_id;
use super::server_sketches::walk;
use super::server_traces::{asked_window, off_the_runtime};
use super::sketch::{Sketch, SketchNode};
use super::trace::Trace;
use super::wire::{
    BucketShape, EdgeShape, ErrorShape, FaultShape, ForecastShape, SeriesAnswer, SeriesRequest,
    SeriesShape, ServiceGraphAnswer, ServiceGraphRequest, ServiceShape, StatisticsShape,
    TraceGraphAnswer, TraceGraphRequest, whole_seconds,
};
use crate::model::time::{MILLISECOND, SECOND, Window};

/// The longest time that a graph is made of, in seconds.
const LONGEST_SECONDS: i64 = 6 * 3600;
/// The periods of a series, in seconds; the first is the default.
const PERIODS: [i64; 2] = [60, 300];

/// Returns the services of the traces that arrivals in a time changed last, and their calls.
pub async fn service(
    ctx: Context,
    request: ServiceGraphRequest,
) -> Result<ServiceGraphAnswer, XRayError> {
    let window = checked(&request)?;
    let choices = choices(&ctx, &request, window)?;
    let contains_old_group_versions = has_old(&ctx, &request, window)?;
    let parts = ctx.parts(window);
    let graph = off_the_runtime(move || {
        let mut all = Graph::default();
        for (window, filter) in choices {
            let graphs = walk(&parts, window, &filter, Graph::default, |graph, trace| {
                graph.add(trace);
            });
            graphs.into_iter().for_each(|graph| all.merge(graph));
        }
        all
    });
    let graph = graph.await?;
    let Seconds(seconds) = graph.seconds();
    Ok(ServiceGraphAnswer {
        next_token: (),
        start_time: seconds.map(|(first, _)| whole_seconds(first)),
        end_time: seconds.map(|(_, last)| whole_seconds(last)),
        services: shapes(graph, GraphKind::Services),
        contains_old_group_versions,
    })
}

/// Returns the services of one trace, and their calls.
pub async fn trace(
    ctx: Context,
    request: TraceGraphRequest,
) -> Result<TraceGraphAnswer, XRayError> {
    if let Some(token) = request.next_token {
        return Err(XRayError::InvalidToken(token));
    }
    match request.trace_ids.len() {
        0 => return Err(XRayError::NoTraceIds),
        1 => {}
        _ => return Err(XRayError::ManyTraceIds),
    }
    for id in &request.trace_ids {
        XRayError::check_length("TraceIds", id, 1, 35)?;
    }
    let parts = ctx.parts_of(&request.trace_ids);
    let traces = off_the_runtime(move || by_id(&parts, &request.trace_ids)).await?;
    if traces.is_empty() {
        return Err(XRayError::TraceNotFound);
    }
    Ok(TraceGraphAnswer {
        next_token: (),
        services: of_traces(&traces),
    })
}

/// Returns the services of some traces.
pub fn of_traces(traces: &[Trace]) -> Vec<ServiceShape> {
    let mut graph = Graph::default();
    traces
        .iter()
        .for_each(|trace| graph.add(&Sketch::of(trace)));
    shapes(graph, GraphKind::Trace)
}

/// Returns how requests went, period by period, by the arrival that changed their trace last.
pub async fn series(ctx: Context, request: SeriesRequest) -> Result<SeriesAnswer, XRayError> {
    let window = checked(&request.graph)?;
    let seconds = request.period.unwrap_or(PERIODS[0]);
    if !PERIODS.contains(&seconds) {
        return Err(XRayError::Period);
    }
    // Nothing here foretells; a client that asks for it gets what happened.
    let entity = entity(request.entity_selector_expression.as_deref())?;
    let is_service = matches!(entity, Entity::Service(_));
    let period = seconds * SECOND;
    // A row is in the window if the end of its period is.
    let reach = Window {
        start: window.start.saturating_sub(period),
        end: window.end,
    };
    let choices = choices(&ctx, &request.graph, reach)?;
    let contains_old_group_versions = has_old(&ctx, &request.graph, window)?;
    let parts = ctx.parts(reach);
    let periods = off_the_runtime(move || {
        type Periods = BTreeMap<i64, Requests>;
        let mut all = Periods::new();
        for (reach, filter) in choices {
            let found = walk(&parts, reach, &filter, Periods::new, |periods, trace| {
                let n_before = trace.last_change.div_euclid(period);
                let end = n_before.saturating_add(1).saturating_mul(period);
                let requests = periods.entry(end).or_default();
                entity.each(trace, |node| requests.add(node));
            });
            for (end, requests) in found.into_iter().flatten() {
                all.entry(end).or_default().merge(requests);
            }
        }
        all.retain(|end, _| window.contains(*end));
        all
    });
    // Of periods without such a request only the time is told.
    let shape = |(end, requests): (i64, Requests)| {
        let statistics = (requests.total() > 0).then(|| statistics(&requests));
        let mut response_time_histogram = histogram(&requests);
        response_time_histogram.reverse();
        let (edge, service) = match is_service {
            true => (None, statistics),
            false => (statistics, None),
        };
        SeriesShape {
            timestamp: whole_seconds(end),
            edge_summary_statistics: edge,
            service_summary_statistics: service,
            service_forecast_statistics: ForecastShape::default(),
            response_time_histogram,
        }
    };
    Ok(SeriesAnswer {
        next_token: (),
        time_series_service_statistics: periods.await?.into_iter().rev().map(shape).collect(),
        contains_old_group_versions,
    })
}

/// What a series is of.
enum Entity {
    /// Requests that came from outside.
    Clients,
    /// Requests to a service.
    Service(Selector),
    /// Calls from one service to another.
    Edge(Selector, Selector),
}

impl Entity {
    fn each(&self, trace: &Sketch<'_>, mut see: impl FnMut(&SketchNode<'_>)) {
        let mut room = String::new();
        let mut means = |wanted: &Selector, node: &SketchNode<'_>| {
            wanted.is(node.name, node.kind.text(&mut room), node.account_id)
        };
        match self {
            Entity::Clients => trace.nodes.iter().filter(|node| node.is_root).for_each(see),
            Entity::Service(wanted) => {
                let nodes = trace.nodes.iter();
                nodes.filter(|node| means(wanted, node)).for_each(see);
            }
            Entity::Edge(from, to) => {
                let of_client = |node: &SketchNode<'_>| from.is(node.name, Some(CLIENT), None);
                for root in trace.nodes.iter().filter(|node| node.is_root) {
                    if of_client(root) && means(to, root) {
                        see(root);
                    }
                }
                for (caller, called) in &trace.edges {
                    let ends = (trace.nodes.get(*caller), trace.nodes.get(*called));
                    if let (Some(caller), Some(called)) = ends
                        && means(from, caller)
                        && means(to, called)
                    {
                        see(called);
                    }
                }
            }
        }
    }
}

// The filter's own language, of which one service or one edge may be said.
fn entity(expression: Option<&str>) -> Result<Entity, XRayError> {
    let Some(expression) = expression else {
        return Ok(Entity::Clients);
    };
    XRayError::check_length("EntitySelectorExpression", expression, 1, 500)?;
    let is_plain = |inner: &Filter| *inner == Filter::All(Vec::new());
    let blank = expression.len() - expression.trim_start().len();
    let first = expression.trim_start();
    let word = |text: &str| {
        let letters = text
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_');
        let word: String = letters.collect();
        match word.is_empty() {
            true => text.chars().take(1).collect(),
            false => word,
        }
    };
    let symbol = word(first);
    let is_selector = ["service", "edge"].map(|known| symbol.eq_ignore_ascii_case(known));
    let odd = || XRayError::Selector {
        position: expression.get(..blank).unwrap_or_default().chars().count() + 1,
        symbol: symbol.clone(),
    };
    if !is_selector.contains(&true) {
        return Err(odd());
    }
    match filter::parse(expression, &|_| None)? {
        Filter::Service(of, inner) if is_plain(&inner) => Ok(Entity::Service(of)),
        Filter::Edge(from, to, inner) if is_plain(&inner) => Ok(Entity::Edge(from, to)),
        _ => Err(odd()),
    }
}

/// Returns the window that is asked for.
fn checked(request: &ServiceGraphRequest) -> Result<Window, XRayError> {
    if let Some(token) = &request.next_token {
        return Err(XRayError::InvalidToken(token.clone()));
    }
    let window = asked_window(request.start_time, request.end_time)?;
    if window.end.saturating_sub(window.start) > LONGEST_SECONDS * SECOND {
        return Err(XRayError::LongRange);
    }
    Ok(window)
}

/// Returns which filter chooses among the arrivals of which part of the window: several if the group's
/// filter was changed meanwhile.
fn choices(
    ctx: &Context,
    request: &ServiceGraphRequest,
    window: Window,
) -> Result<Vec<(Window, Filter)>, XRayError> {
    let Some((arn, current)) = group(ctx, request)? else {
        return Ok(vec![(window, Filter::All(Vec::new()))]);
    };
    let versions = versions::within(ctx, &arn, &current, window).into_iter();
    let parsed = versions.map(|version| {
        let filter = filter::parse(&version.expression, &|group| filter_of(ctx, group))?;
        Ok((version.window, filter))
    });
    parsed.collect()
}

/// Tells whether the window lies wholly or in part before the last change of the group's filter.
fn has_old(
    ctx: &Context,
    request: &ServiceGraphRequest,
    window: Window,
) -> Result<bool, XRayError> {
    let Some((arn, current)) = group(ctx, request)? else {
        return Ok(false);
    };
    let to_the_end = Window {
        end: i64::MAX,
        ..window
    };
    Ok(versions::within(ctx, &arn, &current, to_the_end).len() > 1)
}

/// Returns ARN and filter of the group that is asked for, if one is.
fn group(
    ctx: &Context,
    request: &ServiceGraphRequest,
) -> Result<Option<(String, String)>, XRayError> {
    let asked = request.group_name.as_ref().or(request.group_arn.as_ref());
    let Some(asked) = asked else {
        return Ok(None);
    };
    let mut groups = server_groups::all(ctx).into_iter();
    let group = groups.find(|it| it.group_name == *asked || it.group_arn == *asked);
    let group = group.ok_or(XRayError::GroupNotFoundForGraph)?;
    Ok(Some((
        group.group_arn,
        group.filter_expression.unwrap_or_default(),
    )))
}

/// What a graph is of, which decides what it says of times.
#[derive(Clone, Copy, PartialEq, Eq)]
enum GraphKind {
    Services,
    Trace,
}

fn shapes(mut graph: Graph, kind: GraphKind) -> Vec<ServiceShape> {
    graph.sort();
    let is_of_services = kind == GraphKind::Services;
    let first = |seconds: Seconds| {
        let (first, _) = seconds.0.filter(|_| is_of_services)?;
        Some(whole_seconds(first))
    };
    // A trace counts for the whole second in which it began.
    let end = |seconds: Seconds| {
        let (_, last) = seconds.0.filter(|_| is_of_services)?;
        Some(whole_seconds(last.saturating_add(SECOND)))
    };
    let edge = |(to, calls): (&usize, &Calls)| EdgeShape {
        edge_type: (),
        received_event_age_histogram: (),
        reference_id: *to,
        start_time: first(calls.seconds),
        end_time: end(calls.seconds),
        summary_statistics: statistics(&calls.requests),
        response_time_histogram: histogram(&calls.requests),
        aliases: Vec::new(),
    };
    let services = graph.services.into_iter().enumerate();
    let shape = |(reference_id, service): (usize, Service)| {
        let requests = (!service.is_client()).then_some(&service.requests);
        ServiceShape {
            account_id: (),
            reference_id,
            root: service.is_root.then_some(true),
            state: service.state(),
            start_time: first(service.seconds),
            end_time: end(service.seconds),
            edges: service.calls.iter().map(edge).collect(),
            summary_statistics: requests.map(statistics),
            duration_histogram: requests.map(histogram),
            response_time_histogram: requests.map(histogram),
            names: vec![service.name.clone()],
            name: service.name,
            kind: service.kind,
        }
    };
    services.map(shape).collect()
}

fn statistics(requests: &Requests) -> StatisticsShape {
    StatisticsShape {
        ok_count: requests.ok,
        error_statistics: ErrorShape {
            throttle_count: requests.throttle,
            other_count: requests.error,
            total_count: requests.error + requests.throttle,
        },
        fault_statistics: FaultShape {
            other_count: requests.fault,
            total_count: requests.fault,
        },
        total_count: requests.total(),
        total_response_time: total_seconds(requests.total_ns),
    }
}

// Rounded to the millisecond, after adding up.
fn total_seconds(nanoseconds: i128) -> f64 {
    let millisecond = i128::from(MILLISECOND);
    let milliseconds = (nanoseconds + millisecond / 2).div_euclid(millisecond);
    milliseconds as f64 / 1e3
}

fn histogram(requests: &Requests) -> Vec<BucketShape> {
    let bucket = |(ms, count): (i64, u64)| BucketShape {
        value: ms as f64 / 1e3,
        count,
    };
    requests.histogram().into_iter().map(bucket).collect()
}
