//! A report as JSON, in a form that stays as it is.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::Ran;
use super::warnings::PERCENTILES;
use crate::cli::render::json::SCHEMA_VERSION;
use crate::load::{Counts, Judged, Measure, Model, Spread, needed};
use crate::model::time::rfc3339;

/// Returns the report as an object. Times of requests are in milliseconds, null where nothing was
/// answered; moments are RFC 3339 in UTC.
pub fn json(ran: &Ran) -> Json {
    let report = &ran.report;
    let model = match ran.plan.model {
        Model::Open { .. } => "open",
        Model::Closed { .. } => "closed",
    };
    let routes = report.routes.iter().map(|(route, counts)| {
        let mut object = counted(counts);
        object.insert("name".to_string(), route.name.as_str().into());
        object.insert("request".to_string(), route.label.as_str().into());
        object.insert("weight".to_string(), route.weight.into());
        Json::Object(object)
    });
    let steps = report.steps.iter().map(|step| {
        let mut object = counted(&step.counts);
        object.insert("wanted_rps".to_string(), step.step.rate.into());
        object.insert("achieved_rps".to_string(), step.rate().into());
        object.insert("seconds".to_string(), step.ran.as_secs_f64().into());
        Json::Object(object)
    });
    let slowest = report.slowest.iter().map(|slow| {
        let route = report.routes.get(slow.route);
        json!({
            "route": route.map(|(route, _)| route.name.as_str()),
            "status": slow.status,
            "due": rfc3339(ran.moment(slow.due)),
            "response_time_ms": milliseconds(slow.response_time),
            "service_time_ms": milliseconds(slow.service_time),
            "trace_id": slow.trace_id,
        })
    });
    let statuses: Map<String, Json> = report
        .by_status
        .iter()
        .map(|(status, n)| (status.to_string(), (*n).into()))
        .collect();
    let by_kind: Map<String, Json> = report
        .errors_by_kind()
        .into_iter()
        .map(|(kind, n)| (kind.to_string(), n.into()))
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "url": format!("http://{}", ran.plan.host),
        "model": model,
        "seed": ran.plan.seed,
        "start": rfc3339(ran.began),
        "end": rfc3339(ran.ended),
        "seconds": report.elapsed.as_secs_f64(),
        "interrupted": report.was_stopped,
        "wanted_rps": report.wanted_rate(),
        "achieved_rps": report.rate(),
        "issued": report.issued,
        "sent": report.sent,
        "answered": report.answered(),
        "unfinished": report.unfinished,
        "statuses": statuses,
        "refused_as_meant": report.refused_as_meant,
        "errors_by_kind": by_kind,
        "first_fault": report.first_fault.as_ref().map(ToString::to_string),
        "connections": report.connections,
        "waited_for_connection": report.waited,
        "lateness_ms": spread(&report.lateness),
        "all": counted(&report.all),
        "routes": routes.collect::<Vec<Json>>(),
        "steps": steps.collect::<Vec<Json>>(),
        "slowest": slowest.collect::<Vec<Json>>(),
        "assertions": ran.judged.iter().map(assertion).collect::<Vec<Json>>(),
        "warnings": ran.warnings,
    })
}

fn counted(counts: &Counts) -> Map<String, Json> {
    let mut object = Map::new();
    object.insert("requests".to_string(), counts.requests.into());
    object.insert("errors".to_string(), counts.errors.into());
    object.insert(
        "response_time_ms".to_string(),
        spread(&counts.response_time),
    );
    object.insert("service_time_ms".to_string(), spread(&counts.service_time));
    object
}

fn spread(spread: &Spread) -> Json {
    let ms = |time: Option<Duration>| time.map(milliseconds);
    let mut object = Map::new();
    object.insert("count".to_string(), spread.count().into());
    object.insert("mean".to_string(), ms(spread.mean()).into());
    for (name, share) in PERCENTILES {
        object.insert(name.to_string(), ms(spread.at(share)).into());
    }
    object.insert("max".to_string(), ms(spread.max()).into());
    let thin = PERCENTILES
        .iter()
        .filter(|(_, share)| spread.count() < needed(*share));
    let thin: Vec<Json> = thin.map(|(name, _)| Json::from(*name)).collect();
    object.insert("too_few_samples_for".to_string(), thin.into());
    Json::Object(object)
}

/// Whole microseconds, which is what is measured; divided, so that no digits of chance follow.
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

fn assertion(judged: &Judged) -> Json {
    let (unit, factor) = match judged.measure {
        Measure::Percentile(_) | Measure::Mean | Measure::Max => ("ms", 1e3),
        Measure::ErrorShare => ("percent", 100.0),
        Measure::ErrorCount => ("requests", 1.0),
        Measure::Rate => ("requests_per_second", 1.0),
    };
    json!({
        "assertion": judged.text,
        "measured": judged.value.map(|value| value * factor),
        "unit": unit,
        "holds": judged.holds,
    })
}
