//! PutTelemetryRecords: what daemons tell of themselves, added up by sender.
//!
//! X-Ray has no operation to ask for it. Here `GET /TelemetryRecords` answers the sums of the region.

use serde_json::json;

use super::server::Context;
use super::server_errors::XRayError;
use super::wire::{
    ConnectionErrors, Nothing, TelemetryAnswer, TelemetryCounts, TelemetryRequest, TelemetryTotals,
};
use crate::store::{Change, Table};

const TELEMETRY: Table = Table("xray/telemetry");
/// Senders that a region keeps; the one with the oldest record leaves when another comes.
const MOST_SENDERS: usize = 100;

/// Adds records to what their sender told before. Their numbers are taken as they are, also negative ones.
pub async fn put(ctx: Context, request: TelemetryRequest) -> Result<Nothing, XRayError> {
    let TelemetryRequest {
        telemetry_records,
        sender,
    } = request;
    if telemetry_records.is_empty() {
        return Ok(Nothing {});
    }
    let prefix = format!("{}/", ctx.region);
    let decided = ctx.transact(move |documents| {
        let key = format!("{prefix}{}", json!(sender));
        let known = documents.get(TELEMETRY, &key).and_then(totals_of);
        let mut changes = Vec::new();
        if known.is_none() {
            let others: Vec<(&str, f64)> = documents
                .list(TELEMETRY, &prefix)
                .filter_map(|(key, value)| Some((key, totals_of(value)?.last_timestamp)))
                .collect();
            if others.len() >= MOST_SENDERS {
                let oldest = others.iter().min_by(|a, b| a.1.total_cmp(&b.1));
                changes.extend(oldest.map(|(key, _)| Change::Delete {
                    table: TELEMETRY,
                    key: (*key).to_string(),
                }));
            }
        }
        let mut totals = known.unwrap_or(TelemetryTotals {
            sender,
            record_count: 0,
            last_timestamp: 0.0,
            counts: TelemetryCounts::default(),
        });
        for record in telemetry_records {
            totals.record_count += 1;
            totals.last_timestamp = totals.last_timestamp.max(record.timestamp);
            totals.counts = sum(&totals.counts, &record.counts);
        }
        changes.push(Change::Put {
            table: TELEMETRY,
            key,
            value: json!(totals),
        });
        Ok((changes, Nothing {}))
    });
    decided.await
}

/// Returns the sums of every sender of the region.
pub async fn list(ctx: Context, _: Nothing) -> Result<TelemetryAnswer, XRayError> {
    let stored = ctx
        .store()
        .documents(TELEMETRY, &format!("{}/", ctx.region));
    let totals = stored.iter().filter_map(|(_, value)| totals_of(value));
    Ok(TelemetryAnswer {
        telemetry_totals: totals.collect(),
    })
}

fn totals_of(value: &serde_json::Value) -> Option<TelemetryTotals> {
    serde::Deserialize::deserialize(value).ok()
}

fn sum(a: &TelemetryCounts, b: &TelemetryCounts) -> TelemetryCounts {
    TelemetryCounts {
        received: a.received.saturating_add(b.received),
        sent: a.sent.saturating_add(b.sent),
        spillover: a.spillover.saturating_add(b.spillover),
        rejected: a.rejected.saturating_add(b.rejected),
        errors: ConnectionErrors {
            timeout: a.errors.timeout.saturating_add(b.errors.timeout),
            connection_refused: a
                .errors
                .connection_refused
                .saturating_add(b.errors.connection_refused),
            http_4xx: a.errors.http_4xx.saturating_add(b.errors.http_4xx),
            http_5xx: a.errors.http_5xx.saturating_add(b.errors.http_5xx),
            unknown_host: a.errors.unknown_host.saturating_add(b.errors.unknown_host),
            other: a.errors.other.saturating_add(b.errors.other),
        },
    }
}
