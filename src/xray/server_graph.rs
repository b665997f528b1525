//! Graphs and series: GetServiceGraph, GetTraceGraph, GetTimeSeriesServiceStatistics.

use std::collections::BTreeMap;

use super::filter::{self, Filter, Selector};
use super::graph::{Graph, Requests};
use super::server::Context;
use super::server_errors::XRayError;
use super::server_groups::filter_of;
use super::server_search::by_id;
use super::server_sketches::walk;
use super::server_traces::off_the_runtime;
use super::sketch::{Sketch, SketchNode};
use super::trace::Trace;
use super::wire::{
    BucketShape, EdgeShape, ErrorShape, FaultShape, SeriesAnswer, SeriesRequest, SeriesShape,
    ServiceGraphAnswer, ServiceGraphRequest, ServiceShape, StatisticsShape, TraceGraphAnswer,
    TraceGraphRequest, epoch_seconds, nanoseconds,
};
use crate::model::span::Lens;
use crate::model::time::{SECOND, Window};

/// The longest time that a graph is made of, in seconds.
const LONGEST_SECONDS: i64 = 6 * 3600;

/// Returns the services that had requests in a time, and their calls.
pub async fn service(
    ctx: Context,
    request: ServiceGraphRequest,
) -> Result<ServiceGraphAnswer, XRayError> {
    let (window, filter) = asked(&ctx, &request)?;
    let parts = ctx.store().sound_parts(Lens::Segments, &ctx.region);
    let services = off_the_runtime(move || {
        let graphs = walk(&parts, window, &filter, Graph::default, |graph, trace| {
            graph.add(trace);
        });
        let mut all = Graph::default();
        graphs.into_iter().for_each(|graph| all.merge(graph));
        shapes(all)
    });
    Ok(ServiceGraphAnswer {
        start_time: request.start_time,
        end_time: request.end_time,
        services: services.await?,
        contains_old_group_versions: false,
    })
}

/// Returns the services of certain traces, and their calls.
pub async fn trace(
    ctx: Context,
    request: TraceGraphRequest,
) -> Result<TraceGraphAnswer, XRayError> {
    if request.next_token.is_some() {
        return Err(XRayError::NextToken);
    }
    for id in &request.trace_ids {
        XRayError::check_length("TraceIds", id, 1, 35)?;
    }
    let parts = ctx.store().sound_parts(Lens::Segments, &ctx.region);
    let services = off_the_runtime(move || of_traces(&by_id(&parts, &request.trace_ids)));
    Ok(TraceGraphAnswer {
        services: services.await?,
    })
}

/// Returns the services of some traces.
pub fn of_traces(traces: &[Trace]) -> Vec<ServiceShape> {
    let mut graph = Graph::default();
    traces
        .iter()
        .for_each(|trace| graph.add(&Sketch::of(trace)));
    shapes(graph)
}

/// Returns how requests went, period by period.
pub async fn series(ctx: Context, request: SeriesRequest) -> Result<SeriesAnswer, XRayError> {
    let (window, filter) = asked(&ctx, &request.graph)?;
    let period = request.period.unwrap_or(60);
    if !(1..=LONGEST_SECONDS).contains(&period) {
        return Err(XRayError::Period);
    }
    // Nothing here foretells; a client that asks for it gets what happened.
    let entity = entity(request.entity_selector_expression.as_deref())?;
    let is_service = matches!(entity, Entity::Service(_));
    let parts = ctx.store().sound_parts(Lens::Segments, &ctx.region);
    let periods = off_the_runtime(move || {
        type Periods = BTreeMap<i64, Requests>;
        let found = walk(&parts, window, &filter, Periods::new, |periods, trace| {
            entity.each(trace, |node| {
                let start = node.start.div_euclid(period * SECOND) * period * SECOND;
                periods.entry(start).or_default().add(node);
            });
        });
        let mut all = Periods::new();
        for (start, requests) in found.into_iter().flatten() {
            all.entry(start).or_default().merge(requests);
        }
        all
    });
    let periods = periods.await?.into_iter();
    let shape = |(start, requests): (i64, Requests)| SeriesShape {
        timestamp: epoch_seconds(start),
        edge_summary_statistics: (!is_service).then(|| statistics(&requests)),
        service_summary_statistics: is_service.then(|| statistics(&requests)),
        response_time_histogram: histogram(&requests),
    };
    Ok(SeriesAnswer {
        time_series_service_statistics: periods
            .filter(|(_, it)| it.total() > 0)
            .map(shape)
            .collect(),
        contains_old_group_versions: false,
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
    let whole = match expression.trim_start().get(..2) {
        Some(id) if id.eq_ignore_ascii_case("id") => format!("service({expression})"),
        _ => expression.to_string(),
    };
    let is_plain = |inner: &Filter| *inner == Filter::All(Vec::new());
    match filter::parse(&whole, &|_| None)? {
        Filter::Service(of, inner) if is_plain(&inner) => Ok(Entity::Service(of)),
        Filter::Edge(from, to, inner) if is_plain(&inner) => Ok(Entity::Edge(from, to)),
        _ => Err(XRayError::Selector),
    }
}

fn asked(ctx: &Context, request: &ServiceGraphRequest) -> Result<(Window, Filter), XRayError> {
    if request.next_token.is_some() {
        return Err(XRayError::NextToken);
    }
    let times = (
        nanoseconds(request.start_time),
        nanoseconds(request.end_time),
    );
    let (Some(start), Some(end)) = times else {
        return Err(XRayError::TimeRange);
    };
    if start > end {
        return Err(XRayError::TimeRange);
    }
    if end.saturating_sub(start) > LONGEST_SECONDS * SECOND {
        return Err(XRayError::LongRange);
    }
    let group = request
        .group_name
        .as_deref()
        .or(request.group_arn.as_deref());
    let expression = match group {
        Some(group) => filter_of(ctx, group).ok_or(XRayError::GroupNotFoundForGraph)?,
        None => String::new(),
    };
    let filter = filter::parse(&expression, &|group| filter_of(ctx, group))?;
    Ok((Window { start, end }, filter))
}

fn shapes(mut graph: Graph) -> Vec<ServiceShape> {
    graph.sort();
    let edge = |(to, requests): (&usize, &Requests)| EdgeShape {
        reference_id: *to,
        start_time: requests.window.map(|(start, _)| epoch_seconds(start)),
        end_time: requests.window.map(|(_, end)| epoch_seconds(end)),
        summary_statistics: statistics(requests),
        response_time_histogram: histogram(requests),
        aliases: Vec::new(),
    };
    let services = graph.services.into_iter().enumerate();
    let shape = |(reference_id, service): (usize, super::graph::Service)| ServiceShape {
        reference_id,
        names: vec![service.name.clone()],
        name: service.name,
        root: service.is_root,
        account_id: service.account_id,
        kind: service.kind,
        state: if service.is_active {
            "active"
        } else {
            "unknown"
        },
        start_time: service
            .requests
            .window
            .map(|(start, _)| epoch_seconds(start)),
        end_time: service.requests.window.map(|(_, end)| epoch_seconds(end)),
        edges: service.calls.iter().map(edge).collect(),
        summary_statistics: statistics(&service.requests),
        duration_histogram: histogram(&service.requests),
        response_time_histogram: histogram(&service.requests),
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
        total_response_time: requests.total_ns as f64 / 1e9,
    }
}

fn histogram(requests: &Requests) -> Vec<BucketShape> {
    let mut buckets: Vec<(i64, u64)> = requests
        .by_duration
        .iter()
        .map(|(ns, count)| (*ns, *count))
        .collect();
    buckets.sort_unstable();
    let bucket = |(ns, count): (i64, u64)| BucketShape {
        value: ns as f64 / 1e9,
        count,
    };
    buckets.into_iter().map(bucket).collect()
}
