//! A trace in short, as GetTraceSummaries tells it.

use std::collections::BTreeMap;

use super::causes::{CauseEntity, CauseService, causes};
use super::filter::{CLIENT, CauseKind};
use super::trace::{Node, Trace};
use super::wire::{
    AnnotationShape, AnnotationValue, ArnShape, CauseEntityShape, CauseServiceShape, CauseShape,
    ExceptionShape, HttpShape, IdShape, NameShape, ServiceId, TraceSummary, UserShape,
    whole_seconds,
};

/// Returns the trace in short.
///
/// Faults, errors and throttling are the first segment's, because they are what the caller saw; a throttled
/// request is no error besides. Without a first segment there is no request to tell of.
pub fn summary(trace: &Trace) -> TraceSummary {
    let root = trace.root_node();
    let outcome = root.map(|root| root.outcome).unwrap_or_default();
    let mut service_ids: Vec<ServiceId> = Vec::new();
    let mut users: Vec<UserShape> = Vec::new();
    let mut annotations: BTreeMap<String, Vec<AnnotationShape>> = BTreeMap::new();
    for node in &trace.nodes {
        if let Some(user) = &node.user {
            let user_name = user.clone();
            add(
                &mut users,
                UserShape {
                    service_ids: (),
                    user_name,
                },
            );
        }
        for (key, value) in &node.annotations {
            if let Some(annotation_value) = annotation_value(value) {
                let values = annotations.entry(key.clone()).or_default();
                add(
                    values,
                    AnnotationShape {
                        service_ids: (),
                        annotation_value,
                    },
                );
            }
        }
        add(&mut service_ids, service_id(&node.name, node.kind.clone()));
    }
    for node in trace.nodes.iter().filter(|node| node.is_root) {
        add(
            &mut service_ids,
            service_id(&node.name, Some(CLIENT.to_string())),
        );
    }
    TraceSummary {
        id: trace.id.clone(),
        start_time: whole_seconds(trace.start()),
        duration: trace.duration(),
        response_time: root.and_then(Node::response_time),
        has_fault: outcome.fault,
        has_error: outcome.error && !outcome.throttle,
        has_throttle: outcome.throttle,
        is_partial: trace.is_partial,
        http: root.map(http).unwrap_or_default(),
        annotations,
        users,
        service_ids,
        entry_point: root.map(|root| service_id(&root.name, root.kind.clone())),
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
        revision: trace.revision,
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
        service_id: service_id(&service.name, service.kind),
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

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

fn service_id(name: &str, kind: Option<String>) -> ServiceId {
    ServiceId {
        account_id: (),
        name: name.to_string(),
        names: vec![name.to_string()],
        kind,
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
    let found = AnnotationValue {
        number_value: value.as_f64(),
        boolean_value: value.as_bool(),
        string_value: value.as_str().map(str::to_string),
    };
    (found != AnnotationValue::default()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::document;
    use super::super::trace::tests::{three_services, trace_of};
    use super::*;
    use serde_json::{Value, json};

    fn service(name: &str, kind: &Value) -> Value {
        json!({"Name": name, "Names": [name], "AccountId": null, "Type": kind})
    }

    #[test]
    fn the_summary_has_the_kinds_of_json_that_typed_clients_demand() {
        let annotation = |kind: &str, value: Value| json!([{"AnnotationValue": {kind: value}, "ServiceIds": null}]);
        let null = Value::Null;
        let backend = service("backend-flask", &null);
        let table = service("DynamoDB", &json!("AWS::DynamoDB"));
        let mut caused = table.clone();
        caused["EntityPath"] = json!([{"Name": "DynamoDB", "Exceptions": [], "Remote": false}]);
        caused["Inferred"] = json!(true);
        let found = serde_json::to_value(summary(&three_services())).unwrap();
        let expected = json!({
            "Id": "1-581cf771-a006649127e371903a2de979",
            "StartTime": 1000.0, "Duration": 1.5, "ResponseTime": 1.5,
            "HasFault": false, "HasError": false, "HasThrottle": false, "IsPartial": false,
            "Http": {"HttpURL": "http://x/api/activities/home", "HttpStatus": 200, "HttpMethod": "GET", "UserAgent": null, "ClientIp": null},
            "Annotations": {
                "age": annotation("NumberValue", json!(30.0)),
                "beta": annotation("BooleanValue", json!(true)),
                "plan": annotation("StringValue", json!("free")),
            },
            "Users": [{"UserName": "andrew", "ServiceIds": null}],
            "ServiceIds": [
                backend, service("api", &json!("AWS::ECS::Container")), table, service("backend-flask", &json!("client")),
            ],
            "EntryPoint": backend,
            "FaultRootCauses": [{"Services": [caused], "ClientImpacting": false}],
            "ErrorRootCauses": [], "ResponseTimeRootCauses": [],
            "ResourceARNs": [], "InstanceIds": [], "AvailabilityZones": [],
            "Revision": 2, "MatchedEventTime": null,
        });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(found[key], *value, "{key}");
        }
        assert_eq!(
            found.as_object().unwrap().len(),
            expected.as_object().unwrap().len()
        );
    }

    #[test]
    fn what_the_caller_saw_is_told_and_a_throttle_is_no_error_besides() {
        for (flags, expected) in [
            (
                json!({"error": true, "throttle": true}),
                [false, false, true],
            ),
            (json!({"error": true}), [false, true, false]),
            (json!({"fault": true}), [true, false, false]),
            (json!({}), [false, false, false]),
        ] {
            let mut root = json!({"id": "000000000000000a", "subsegments": [
                {"id": "000000000000000b", "name": "b", "namespace": "aws", "throttle": true, "fault": true,
                 "start_time": 1000, "end_time": 1001},
            ]});
            for (key, value) in flags.as_object().unwrap() {
                root[key] = value.clone();
            }
            let found = summary(&trace_of(&[root]));
            assert_eq!(
                [found.has_fault, found.has_error, found.has_throttle],
                expected,
                "{flags}"
            );
        }
    }

    #[test]
    fn an_orphan_has_no_entry_point_and_no_request() {
        let orphan = json!({
            "id": "000000000000000a", "parent_id": "00000000000000ff", "fault": true, "user": "u",
            "http": {"request": {"method": "GET"}, "response": {"status": 500}},
        });
        let found = serde_json::to_value(summary(&trace_of(&[orphan]))).unwrap();
        assert_eq!(found["IsPartial"], true);
        for key in ["EntryPoint", "ResponseTime"] {
            assert_eq!(found[key], Value::Null, "{key}");
        }
        assert!(
            found["Http"]
                .as_object()
                .unwrap()
                .values()
                .all(Value::is_null)
        );
        assert_eq!(
            found["ServiceIds"],
            json!([service("backend-flask", &Value::Null)])
        );
        assert_eq!(found["Duration"], 1.5);
        assert_eq!(found["HasFault"], false);
    }

    #[test]
    fn arrivals_that_changed_the_trace_are_counted() {
        let trace = trace_of(&[
            json!({"id": "000000000000000a", "end_time": null, "in_progress": true}),
            json!({"id": "000000000000000b", "parent_id": "000000000000000a"}),
        ]);
        assert_eq!(summary(&trace).duration, Some(1.5));
        let again = |arrival: i64, documents: &[document::Document]| {
            let documents = documents.iter().cloned();
            documents.map(|it| it.received(arrival)).collect::<Vec<_>>()
        };
        let both = [again(1, &trace.documents), again(2, &trace.documents)].concat();
        let found = Trace::new(&trace.id, both);
        // Of the second arrival only the segment in progress is new.
        assert_eq!(summary(&found).revision, 2);
    }
}
