//! Sampling targets: how a rule's reservoir is divided among the clients that report.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::server::Context;
use super::server_errors::XRayError;
use super::server_rules::{all, last_modified, named};
use super::wire::{
    TargetDocument, TargetsAnswer, TargetsRequest, UnprocessedStatistics, epoch_seconds,
};
use crate::model::time::SECOND;

/// A client counts as long as it was heard of within this time: three reports.
const CLIENT_LIFE: i64 = 30 * SECOND;
/// Seconds between two reports. Source: X-Ray Developer Guide, GetSamplingTargets.
const INTERVAL_SECONDS: i64 = 10;
/// How long a share holds. Source: as above.
const QUOTA_LIFE: i64 = 300 * SECOND;
/// More clients of one rule than this are not told apart; the first ones keep their shares.
const MAX_CLIENTS: usize = 10_000;

/// The clients heard of lately, by region and rule. Kept in memory: after a restart they report anew.
#[derive(Default)]
pub struct Clients {
    seen: Mutex<BTreeMap<(String, String), BTreeMap<String, i64>>>,
}

impl Clients {
    /// Notes that `client_id` reported, and returns its place among the clients of the rule and
    /// their number, `0 <= place < number`.
    fn note(&self, region: &str, rule_name: &str, client_id: &str, now: i64) -> (usize, usize) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let clients = seen
            .entry((region.to_string(), rule_name.to_string()))
            .or_default();
        clients.retain(|_, last| now.saturating_sub(*last) < CLIENT_LIFE);
        if clients.len() < MAX_CLIENTS || clients.contains_key(client_id) {
            clients.insert(client_id.to_string(), now);
        }
        let place = clients.keys().position(|id| id == client_id);
        (place.unwrap_or(MAX_CLIENTS), clients.len())
    }
}

/// Answers reports with targets.
///
/// X-Ray says only that a reservoir is divided evenly. Here each client has its whole part, and what
/// is left over goes to the first ones by id, so that the shares add up to the reservoir.
pub async fn get(ctx: Context, request: TargetsRequest) -> Result<TargetsAnswer, XRayError> {
    let documents = request.sampling_statistics_documents;
    if documents.len() > 25 {
        return Err(XRayError::Count {
            member: "SamplingStatisticsDocuments",
            fewest: 0,
            most: 25,
        });
    }
    for document in &documents {
        if document.client_id.chars().count() != 24 {
            return Err(XRayError::Length {
                member: "ClientID",
                shortest: 24,
                longest: 24,
            });
        }
        let counts = [
            document.request_count,
            document.sampled_count,
            document.borrow_count,
        ];
        if counts.iter().any(|count| *count < 0) {
            return Err(XRayError::NegativeCount);
        }
    }

    let rules = all(&ctx);
    let mut answer = TargetsAnswer {
        sampling_target_documents: Vec::new(),
        last_rule_modification: last_modified(&ctx),
        unprocessed_statistics: Vec::new(),
    };
    for document in documents {
        let record = rules
            .iter()
            .find(|record| named(record) == document.rule_name);
        let Some(record) = record else {
            answer.unprocessed_statistics.push(UnprocessedStatistics {
                rule_name: document.rule_name,
                error_code: "404".to_string(),
                message: "Sampling rule not found".to_string(),
            });
            continue;
        };
        let (place, number) = ctx.service.clients.note(
            &ctx.region,
            &document.rule_name,
            &document.client_id,
            ctx.now,
        );
        let reservoir = record.sampling_rule.reservoir_size.unwrap_or(0);
        answer.sampling_target_documents.push(TargetDocument {
            rule_name: document.rule_name,
            fixed_rate: record.sampling_rule.fixed_rate.unwrap_or(0.0),
            reservoir_quota: share(reservoir, place, number),
            reservoir_quota_ttl: epoch_seconds(ctx.now.saturating_add(QUOTA_LIFE)).floor(),
            interval: INTERVAL_SECONDS,
        });
    }
    Ok(answer)
}

fn share(reservoir: i64, place: usize, number: usize) -> i64 {
    let (place, number) = (place as i64, (number as i64).max(1));
    reservoir / number + i64::from(place < reservoir % number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_add_up_to_the_reservoir() {
        for reservoir in [0, 1, 5, 7, 100] {
            for number in 1..9 {
                let shares = (0..number).map(|place| share(reservoir, place, number));
                assert_eq!(shares.sum::<i64>(), reservoir, "{reservoir} among {number}");
            }
        }
    }

    #[test]
    fn clients_are_forgotten_after_half_a_minute_and_kept_apart_by_region() {
        let clients = Clients::default();
        assert_eq!(clients.note("a", "r", "2", 0), (0, 1));
        assert_eq!(clients.note("a", "r", "1", 10 * SECOND), (0, 2));
        assert_eq!(clients.note("b", "r", "3", 10 * SECOND), (0, 1));
        assert_eq!(clients.note("a", "r", "3", 29 * SECOND), (2, 3));
        assert_eq!(clients.note("a", "r", "3", 31 * SECOND), (1, 2));
    }
}
