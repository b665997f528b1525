//! How many data points a request of metrics has. They are read to be counted, and not kept.
//!
//! Source: opentelemetry-proto, `metrics/v1/metrics.proto`.

use serde::Deserialize;

use super::decode::Encoding;
use super::fields::{Fields, Reader};
use super::json::{self, number, optional_double, optional_number, or_default, text};
use super::message::ReadError;

/// Returns how many data points an `ExportMetricsServiceRequest` has.
///
/// # Errors
/// See [`ReadError`].
pub fn metric_points(request: &[u8], encoding: Encoding) -> Result<u64, ReadError> {
    match encoding {
        Encoding::Protobuf => of_protobuf(request),
        Encoding::Json => {
            let request: Request = json::request(request)?;
            let scopes = request
                .resource_metrics
                .iter()
                .flat_map(|it| &it.scope_metrics);
            Ok(scopes
                .flat_map(|it| &it.metrics)
                .map(Metric::n_points)
                .sum())
        }
    }
}

fn of_protobuf(request: &[u8]) -> Result<u64, ReadError> {
    let mut reader = Reader::default();
    let mut n_points = 0;
    // The way down is by field 2 of a resource and of a scope.
    each(Fields::of(request), 1, &mut |resource| {
        each(reader.open(resource)?, 2, &mut |scope| {
            each(reader.open(scope)?, 2, &mut |metric| {
                n_points += points_of(&mut reader, metric)?;
                Ok(())
            })
        })
    })?;
    Ok(n_points)
}

// Gauge, sum, histogram, exponential histogram and summary all have their points in field 1.
const KINDS: [u64; 5] = [5, 7, 9, 10, 11];

fn points_of(reader: &mut Reader, metric: &[u8]) -> Result<u64, ReadError> {
    let mut n_points = 0;
    let mut fields = reader.open(metric)?;
    while let Some((number, field)) = fields.next()? {
        match number {
            // Name, description and unit.
            1..=3 => drop(field.text()?),
            kind if KINDS.contains(&kind) => each(reader.open(field.bytes()?)?, 1, &mut |point| {
                check_point(reader.open(point)?)?;
                n_points += 1;
                Ok(())
            })?,
            _ => {}
        }
    }
    Ok(n_points)
}

// Every kind of point has its two times in the same fields.
fn check_point(mut fields: Fields<'_>) -> Result<(), ReadError> {
    while let Some((number, field)) = fields.next()? {
        if let 2 | 3 = number {
            field.fixed()?;
        }
    }
    Ok(())
}

fn each<'a>(
    mut fields: Fields<'a>,
    wanted: u64,
    take: &mut dyn FnMut(&'a [u8]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    while let Some((number, field)) = fields.next()? {
        if number == wanted {
            take(field.bytes()?)?;
        }
    }
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    #[serde(alias = "resource_metrics", deserialize_with = "or_default")]
    resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceMetrics {
    #[serde(alias = "scope_metrics", deserialize_with = "or_default")]
    scope_metrics: Vec<ScopeMetrics>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScopeMetrics {
    #[serde(deserialize_with = "or_default")]
    metrics: Vec<Metric>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metric {
    #[serde(rename = "name", deserialize_with = "checked_text")]
    _name: (),
    #[serde(deserialize_with = "or_default")]
    gauge: Points,
    #[serde(deserialize_with = "or_default")]
    sum: Points,
    #[serde(deserialize_with = "or_default")]
    histogram: Points,
    #[serde(alias = "exponential_histogram", deserialize_with = "or_default")]
    exponential_histogram: Points,
    #[serde(deserialize_with = "or_default")]
    summary: Points,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Points {
    #[serde(alias = "data_points", deserialize_with = "or_default")]
    data_points: Vec<Point>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Point {
    #[serde(rename = "startTimeUnixNano", deserialize_with = "checked_number")]
    _start: (),
    #[serde(rename = "timeUnixNano", deserialize_with = "checked_number")]
    _time: (),
    #[serde(rename = "asInt", deserialize_with = "checked_integer")]
    _integer: (),
    #[serde(rename = "asDouble", deserialize_with = "checked_double")]
    _double: (),
}

impl Metric {
    fn n_points(&self) -> u64 {
        let kinds = [
            &self.gauge,
            &self.sum,
            &self.histogram,
            &self.exponential_histogram,
            &self.summary,
        ];
        kinds.iter().map(|it| it.data_points.len() as u64).sum()
    }
}

fn checked_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    text(deserializer).map(drop)
}

fn checked_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    number(deserializer).map(drop)
}

fn checked_integer<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    optional_number(deserializer).map(drop)
}

fn checked_double<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    optional_double(deserializer).map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::protobuf::Writer;
    use super::*;

    // One metric of each kind, with as many points as `n_points` says of it.
    fn protobuf(n_points: [u64; 5]) -> Vec<u8> {
        let mut request = Writer::default();
        request.message(1, |resource| {
            resource.message(1, |_| {});
            resource.message(2, |scope| {
                for (kind, n_points) in KINDS.into_iter().zip(n_points) {
                    scope.message(2, |metric| {
                        metric.bytes(1, b"m");
                        metric.message(kind, |data| {
                            for idx in 0..n_points {
                                data.message(1, |point| point.fixed(3, idx + 1));
                            }
                            data.number(2, 2);
                        });
                    });
                }
            });
        });
        request.bytes
    }

    fn json(n_points: [u64; 5]) -> Vec<u8> {
        let kinds = [
            "gauge",
            "sum",
            "histogram",
            "exponentialHistogram",
            "summary",
        ];
        let metric = |(kind, n_points): (&str, u64)| {
            let points: Vec<_> = (0..n_points)
                .map(|idx| json!({ "timeUnixNano": idx.to_string(), "asInt": "-5", "asDouble": null }))
                .collect();
            json!({ "name": "m", kind: { "dataPoints": points } })
        };
        let metrics: Vec<_> = kinds.into_iter().zip(n_points).map(metric).collect();
        let scopes = json!([{ "scope": null, "metrics": metrics }]);
        let request = json!({ "resourceMetrics": [{ "resource": {}, "scopeMetrics": scopes }] });
        request.to_string().into_bytes()
    }

    #[test]
    fn the_points_of_every_kind_are_counted_in_either_encoding() {
        for (n_points, all) in [([0; 5], 0), ([1, 2, 3, 4, 5], 15), ([0, 0, 70, 0, 0], 70)] {
            let counted = metric_points(&protobuf(n_points), Encoding::Protobuf);
            assert_eq!(counted.unwrap(), all);
            let counted = metric_points(&json(n_points), Encoding::Json);
            assert_eq!(counted.unwrap(), all);
        }
        assert_eq!(metric_points(b"", Encoding::Protobuf).unwrap(), 0);
        assert_eq!(metric_points(b"{}", Encoding::Json).unwrap(), 0);
    }

    #[test]
    fn what_is_cut_or_of_another_kind_is_refused() {
        let whole = protobuf([1, 1, 1, 1, 1]);
        for end in 1..whole.len() {
            let cut = metric_points(&whole[..end], Encoding::Protobuf);
            assert!(cut.is_err(), "{end}");
        }
        for odd in [
            "",
            "[]",
            "5",
            r#"{"resourceMetrics":{}}"#,
            r#"{"resourceMetrics":["x"]}"#,
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":["x"]}}]}]}]}"#,
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"timeUnixNano":"x"}]}}]}]}]}"#,
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":5}]}]}]}"#,
        ] {
            assert!(
                metric_points(odd.as_bytes(), Encoding::Json).is_err(),
                "{odd}"
            );
        }
    }
}
