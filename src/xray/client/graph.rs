//! The service graph: which service calls which, and how that went.

use std::collections::HashMap;

use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types;

use super::pieces::Pieces;
use super::{XRayClient, odd};
use crate::aws::{AwsError, classify};
use crate::model::service_graph::{Call, Service, ServiceGraph, Statistics};
use crate::model::time::Window;

impl XRayClient {
    /// Returns the service graph of `window`, of one group or, without its name, of all traces.
    ///
    /// A window that is too long for the service is asked about in pieces, which are added up.
    pub async fn service_graph(
        &self,
        window: Window,
        group_name: Option<&str>,
    ) -> Result<ServiceGraph, AwsError> {
        let mut graph = ServiceGraph::new(window);
        let mut pieces = Pieces::new(window);
        while let Some(piece) = pieces.next() {
            match self.graph_of(piece, group_name).await {
                Ok(found) => graph.merge(found),
                Err(error) => pieces.split(piece, error)?,
            }
        }
        Ok(graph)
    }

    async fn graph_of(
        &self,
        window: Window,
        group_name: Option<&str>,
    ) -> Result<ServiceGraph, AwsError> {
        let call = self
            .client
            .get_service_graph()
            .start_time(DateTime::from_nanos(window.start.into()).map_err(odd)?)
            .end_time(DateTime::from_nanos(window.end.into()).map_err(odd)?)
            .set_group_name(group_name.map(str::to_string));
        let mut services = Vec::new();
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            services.extend(page.map_err(classify)?.services.into_iter().flatten());
        }
        Ok(read(window, services))
    }
}

fn read(window: Window, services: Vec<types::Service>) -> ServiceGraph {
    // A service is meant by its reference id, which may be on another page than the call.
    let places: HashMap<i32, usize> = services
        .iter()
        .enumerate()
        .filter_map(|(idx, service)| Some((service.reference_id?, idx)))
        .collect();
    let read_service = |service: types::Service| {
        let edges = service.edges.into_iter().flatten();
        let calls: Vec<Call> = edges
            .filter_map(|edge| {
                Some(Call {
                    to: *places.get(&edge.reference_id?)?,
                    statistics: edge.summary_statistics.map(of_edge).unwrap_or_default(),
                })
            })
            .collect();
        // Of clients the service tells only the calls.
        let statistics = service.summary_statistics.map_or_else(
            || {
                let mut all = Statistics::default();
                calls.iter().for_each(|call| all.add(call.statistics));
                all
            },
            of_service,
        );
        Service {
            name: service.name.unwrap_or_default(),
            kind: service.r#type,
            is_root: service.root.unwrap_or(false),
            statistics,
            calls,
        }
    };
    ServiceGraph {
        window,
        services: services.into_iter().map(read_service).collect(),
    }
}

fn of_service(found: types::ServiceStatistics) -> Statistics {
    statistics(
        found.ok_count,
        found.error_statistics,
        found.fault_statistics,
        found.total_count,
        found.total_response_time,
    )
}

fn of_edge(found: types::EdgeStatistics) -> Statistics {
    statistics(
        found.ok_count,
        found.error_statistics,
        found.fault_statistics,
        found.total_count,
        found.total_response_time,
    )
}

fn statistics(
    ok: Option<i64>,
    error: Option<types::ErrorStatistics>,
    fault: Option<types::FaultStatistics>,
    total: Option<i64>,
    response_seconds: Option<f64>,
) -> Statistics {
    let count = |number: Option<i64>| number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let error = error.unwrap_or_else(|| types::ErrorStatistics::builder().build());
    let throttle = count(error.throttle_count);
    Statistics {
        ok: count(ok),
        error: count(error.total_count).saturating_sub(throttle),
        throttle,
        fault: count(fault.and_then(|fault| fault.total_count)),
        total: count(total),
        response_seconds: response_seconds.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_find_their_service_by_reference_and_throttles_are_no_errors() {
        let error = types::ErrorStatistics::builder()
            .throttle_count(2)
            .total_count(5)
            .build();
        let statistics = types::EdgeStatistics::builder()
            .ok_count(4)
            .error_statistics(error)
            .total_count(9)
            .total_response_time(1.5)
            .build();
        let edge = types::Edge::builder()
            .reference_id(8)
            .summary_statistics(statistics)
            .build();
        let lost = types::Edge::builder().reference_id(99).build();
        let service = |id: i32| {
            types::Service::builder()
                .reference_id(id)
                .name(id.to_string())
        };
        let window = Window { start: 0, end: 1 };
        let graph = read(
            window,
            vec![
                service(3).edges(edge).edges(lost).root(true).build(),
                service(8).build(),
            ],
        );
        let expected = Statistics {
            ok: 4,
            error: 3,
            throttle: 2,
            fault: 0,
            total: 9,
            response_seconds: 1.5,
        };
        assert!(graph.services[0].is_root);
        let calls: Vec<_> = graph.calls().collect();
        assert_eq!(calls, [(0, 1, &expected)]);
    }
}
