//! A trace in short, as GetTraceSummaries tells it.

use std::collections::BTreeMap;

use super::causes::{CauseEntity, CauseService, causes};
use super::filter::CauseKind;
use super::trace::{Node, Trace};
use super::wire::{
    AnnotationShape, AnnotationValue, ArnShape, CauseEntityShape, CauseServiceShape, CauseShape,
    ExceptionShape, HttpShape, IdShape, NameShape, ServiceId, TraceSummary, UserShape,
    epoch_seconds,
};

/// Returns the trace in short.
///
/// Faults and errors are the first segment's, because they are what the caller saw; throttling
/// counts wherever it happened. Source: X-Ray API, TraceSummary.
pub fn summary(trace: &Trace) -> TraceSummary {
    let root = trace.root_node();
    let mut service_ids: Vec<ServiceId> = Vec::new();
    let mut users: Vec<UserShape> = Vec::new();
    let mut annotations: BTreeMap<String, Vec<AnnotationShape>> = BTreeMap::new();
    for node in &trace.nodes {
        let service_id = service_id(node);
        if let Some(user) = &node.user {
            let known = users.iter_mut().find(|known| known.user_name == *user);
            match known {
                Some(known) => add(&mut known.service_ids, &service_id),
                None => users.push(UserShape {
                    user_name: user.clone(),
                    service_ids: vec![service_id.clone()],
                }),
            }
        }
        for (key, value) in &node.annotations {
            let Some(value) = annotation_value(value) else {
                continue;
            };
            let values = annotations.entry(key.clone()).or_default();
            let known = values
                .iter_mut()
                .find(|known| known.annotation_value == value);
            match known {
                Some(known) => add(&mut known.service_ids, &service_id),
                None => values.push(AnnotationShape {
                    annotation_value: value,
                    service_ids: vec![service_id.clone()],
                }),
            }
        }
        add(&mut service_ids, &service_id);
    }
    TraceSummary {
        id: trace.id.clone(),
        start_time: epoch_seconds(trace.start()),
        duration: trace.duration(),
        response_time: root.and_then(Node::response_time),
        has_fault: root.is_some_and(|root| root.outcome.fault),
        has_error: root.is_some_and(|root| root.outcome.error),
        has_throttle: trace.nodes.iter().any(|node| node.outcome.throttle),
        is_partial: trace.is_partial(),
        http: root.map(http).unwrap_or_default(),
        annotations,
        users,
        service_ids,
        entry_point: root.map(service_id),
        resource_arns: each(trace, |node| {
            node.resource_arn.clone().map(|arn| ArnShape { arn })
        }),
        instance_ids: each(trace, |node| {
            node.instance_id.clone().map(|id| IdShape { id })
        }),
        availability_zones: each(trace, |node| {
            node.availability_zone
                .clone()
                .map(|name| NameShape { name })
        }),
        fault_root_causes: root_causes(trace, CauseKind::Fault),
        error_root_causes: root_causes(trace, CauseKind::Error),
        response_time_root_causes: root_causes(trace, CauseKind::ResponseTime),
        revision: 1,
        matched_event_time: None,
    }
}

// What nodes say, each different thing once.
fn each<T: PartialEq>(trace: &Trace, of_node: impl Fn(&Node) -> Option<T>) -> Vec<T> {
    let mut all = Vec::new();
    for found in trace.nodes.iter().filter_map(of_node) {
        if !all.contains(&found) {
            all.push(found);
        }
    }
    all
}

fn root_causes(trace: &Trace, kind: CauseKind) -> Vec<CauseShape> {
    let is_time = kind == CauseKind::ResponseTime;
    let entity = |entity: CauseEntity| CauseEntityShape {
        name: entity.name,
        coverage: entity.coverage.filter(|_| is_time),
        exceptions: (!is_time).then(|| {
            let thrown = entity.exceptions.into_iter();
            thrown
                .map(|(name, message)| ExceptionShape { name, message })
                .collect()
        }),
        remote: entity.is_remote,
    };
    let service = |service: CauseService| CauseServiceShape {
        service_id: ServiceId {
            names: vec![service.name.clone()],
            name: service.name,
            account_id: service.account_id,
            kind: service.kind,
        },
        entity_path: service.path.into_iter().map(entity).collect(),
        inferred: service.is_inferred,
    };
    let causes = causes(trace, kind).into_iter();
    causes
        .map(|cause| CauseShape {
            services: cause.services.into_iter().map(service).collect(),
            client_impacting: cause.is_client_impacting,
        })
        .collect()
}

fn add(service_ids: &mut Vec<ServiceId>, service_id: &ServiceId) {
    if !service_ids.contains(service_id) {
        service_ids.push(service_id.clone());
    }
}

fn service_id(node: &Node) -> ServiceId {
    ServiceId {
        name: node.name.clone(),
        names: vec![node.name.clone()],
        account_id: node.account_id.clone(),
        kind: node.kind.clone(),
    }
}

fn http(node: &Node) -> HttpShape {
    let facts = node.http.clone();
    HttpShape {
        url: facts.url,
        status: facts.status,
        method: facts.method,
        user_agent: facts.user_agent,
        client_ip: facts.client_ip,
    }
}

// Other kinds of JSON are not indexed by X-Ray either.
fn annotation_value(value: &serde_json::Value) -> Option<AnnotationValue> {
    match value {
        serde_json::Value::Bool(bool) => Some(AnnotationValue::BooleanValue(*bool)),
        serde_json::Value::Number(number) => number.as_f64().map(AnnotationValue::NumberValue),
        serde_json::Value::String(text) => Some(AnnotationValue::StringValue(text.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace::tests::three_services;
    use super::*;
    use serde_json::json;

    #[test]
    fn the_summary_has_the_kinds_of_json_that_typed_clients_demand() {
        let backend = json!({"Name": "backend-flask", "Names": ["backend-flask"]});
        let api = json!({"Name": "api", "Names": ["api"], "Type": "AWS::ECS::Container"});
        let entity = |name: &str| json!({"Name": name, "Exceptions": [{"Message": "no such table"}], "Remote": false});
        let table = json!({"Name": "DynamoDB", "Names": ["DynamoDB"], "Type": "AWS::DynamoDB"});
        assert_eq!(
            serde_json::to_value(summary(&three_services())).unwrap(),
            json!({
                "Id": "1-581cf771-a006649127e371903a2de979",
                "StartTime": 1000.0, "Duration": 1.5, "ResponseTime": 1.5,
                "HasFault": false, "HasError": false, "HasThrottle": true, "IsPartial": false,
                "Http": {"HttpURL": "http://x/api/activities/home", "HttpStatus": 200, "HttpMethod": "GET"},
                "Annotations": {
                    "age": [{"AnnotationValue": {"NumberValue": 30.0}, "ServiceIds": [backend]}],
                    "beta": [{"AnnotationValue": {"BooleanValue": true}, "ServiceIds": [backend]}],
                    "plan": [{"AnnotationValue": {"StringValue": "free"}, "ServiceIds": [backend]}],
                },
                "Users": [{"UserName": "andrew", "ServiceIds": [backend]}],
                "ServiceIds": [backend, api, table],
                "EntryPoint": backend,
                "FaultRootCauses": [{
                    "Services": [
                        {
                            "Name": "backend-flask", "Names": ["backend-flask"], "Inferred": false,
                            "EntityPath": [entity("DynamoDB")],
                        },
                        {
                            "Name": "DynamoDB", "Names": ["DynamoDB"], "Type": "AWS::DynamoDB",
                            "Inferred": true, "EntityPath": [entity("DynamoDB")],
                        },
                    ],
                    "ClientImpacting": false,
                }],
                "ErrorRootCauses": [{
                    "Services": [{
                        "Name": "api", "Names": ["api"], "Type": "AWS::ECS::Container", "Inferred": false,
                        "EntityPath": [{"Name": "api", "Exceptions": [], "Remote": false}],
                    }],
                    "ClientImpacting": false,
                }],
                "ResponseTimeRootCauses": [{
                    "Services": [{
                        "Name": "backend-flask", "Names": ["backend-flask"], "Inferred": false,
                        "EntityPath": [{"Name": "backend-flask", "Coverage": 1.0, "Remote": false}],
                    }],
                    "ClientImpacting": true,
                }],
                "Revision": 1,
            })
        );
    }
}
