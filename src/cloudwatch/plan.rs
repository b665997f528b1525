//! What `logs setup` would change about the log group, and doing it.

use super::client::{KnownGroup, LogsClient};
use crate::aws::AwsError;
use crate::model::log::{LogGroup, RETENTION_DAYS};
use crate::model::plan::{Action, Claim, Field, FieldChange, Kind, Owner, Step};

/// A number of days that the service cannot keep lines for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lines cannot be kept for {days} days; the nearest that can be is {nearest}")]
pub struct NoSuchRetention {
    /// What was asked for.
    pub days: u32,
    /// The allowed number that is nearest; the smaller one of two.
    pub nearest: u32,
}

/// Checks a number of days against those that the service allows.
///
/// # Errors
/// `NoSuchRetention` with the nearest that is allowed.
pub fn check_retention_days(days: u32) -> Result<u32, NoSuchRetention> {
    let nearest = RETENTION_DAYS
        .into_iter()
        .min_by_key(|allowed| allowed.abs_diff(days));
    match nearest {
        Some(nearest) if nearest != days => Err(NoSuchRetention { days, nearest }),
        _ => Ok(days),
    }
}

/// Returns what makes `wanted` out of what is there, and whose that is.
pub fn step(wanted: &LogGroup, present: Option<(&KnownGroup, Owner)>, claim: Claim) -> Step {
    let to = wanted.retention_days;
    let Some((known, owner)) = present else {
        let fields = vec![("retention_days", days_text(to))];
        return Step::create(Kind::LogGroup, &wanted.name, fields);
    };
    let from = known.group.retention_days;
    let change = FieldChange {
        field: "retention_days",
        from: Some(days_text(from)),
        to: Some(days_text(to)),
    };
    let changes = if from == to { vec![] } else { vec![change] };
    let present = present_fields(known);
    Step::bring(Kind::LogGroup, &wanted.name, owner, claim, present, changes)
}

/// Asks what is there and returns what would change.
pub async fn plan(client: &LogsClient, wanted: &LogGroup, claim: Claim) -> Result<Step, AwsError> {
    let known = client.known_group(&wanted.name).await?;
    let owner = owner(client, known.as_ref(), claim).await;
    Ok(step(
        wanted,
        known.as_ref().map(|known| (known, owner)),
        claim,
    ))
}

/// Plans to take the group away, with all its lines.
pub async fn teardown(
    client: &LogsClient,
    wanted: &LogGroup,
    claim: Claim,
) -> Result<Step, AwsError> {
    let known = client.known_group(&wanted.name).await?;
    let owner = owner(client, known.as_ref(), claim).await;
    let present = known.as_ref().map(present_fields);
    Ok(Step::delete(
        Kind::LogGroup,
        &wanted.name,
        owner,
        claim,
        present,
    ))
}

/// Does what a step of [`plan`] or [`teardown`] says; doing it twice is as good as once.
pub async fn apply(client: &LogsClient, wanted: &LogGroup, step: &Step) -> Result<(), AwsError> {
    match &step.action {
        Action::Unchanged | Action::NotOurs(_) | Action::Missing => return Ok(()),
        Action::Delete => return client.delete_group(&wanted.name).await.map(drop),
        // If somebody else has made it since, ours is only to see to the days.
        Action::Create(_) => drop(client.create_group(&wanted.name).await?),
        Action::Update(changes) => {
            if changes.iter().any(|change| change.field == "owner")
                && let Some(known) = client.known_group(&wanted.name).await?
            {
                client.take_over(&known.arn).await?;
            }
            if changes.iter().all(|change| change.field == "owner") {
                return Ok(());
            }
        }
    }
    match (wanted.retention_days, &step.action) {
        (Some(days), _) => client.put_retention(&wanted.name, days).await,
        (None, Action::Update(_)) => client.delete_retention(&wanted.name).await,
        (None, _) => Ok(()),
    }
}

/// Tells whose the group is; the user's own stack is all theirs, and needs no asking.
async fn owner(client: &LogsClient, known: Option<&KnownGroup>, claim: Claim) -> Owner {
    let Some(known) = known.filter(|_| claim != Claim::Everything) else {
        return Owner::Us;
    };
    match client.tags(&known.arn).await {
        Ok(tags) => Owner::by(&tags),
        Err(error) => Owner::Unknown {
            reason: error.to_string(),
        },
    }
}

fn present_fields(known: &KnownGroup) -> Vec<Field> {
    let mut fields = vec![("retention_days", days_text(known.group.retention_days))];
    fields.extend(
        known
            .stored_bytes
            .map(|bytes| ("stored_bytes", bytes.to_string())),
    );
    fields
}

fn days_text(days: Option<u32>) -> String {
    days.map_or_else(|| "never".to_string(), |days| days.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(retention_days: Option<u32>) -> LogGroup {
        LogGroup {
            name: "cruddur".to_string(),
            retention_days,
        }
    }

    fn brought(to: Option<u32>, from: Option<u32>) -> Action {
        let known = KnownGroup {
            arn: String::new(),
            stored_bytes: None,
            group: group(from),
        };
        step(&group(to), Some((&known, Owner::Us)), Claim::Tagged).action
    }

    #[test]
    fn a_missing_group_is_made_with_its_days() {
        let step = step(&group(Some(7)), None, Claim::Tagged);
        let fields = vec![("retention_days", "7".to_string())];
        assert_eq!(step.action, Action::Create(fields));
    }

    #[test]
    fn only_other_days_are_a_change() {
        assert_eq!(brought(Some(7), Some(7)), Action::Unchanged);
        assert_eq!(brought(None, None), Action::Unchanged);
        let change = FieldChange {
            field: "retention_days",
            from: Some("never".to_string()),
            to: Some("7".to_string()),
        };
        assert_eq!(brought(Some(7), None), Action::Update(vec![change]));
    }

    #[test]
    fn days_that_the_service_lacks_are_told_the_nearest() {
        for (days, nearest) in [(0, 1), (2, 1), (8, 7), (370, 365), (u32::MAX, 3653)] {
            assert_eq!(
                check_retention_days(days),
                Err(NoSuchRetention { days, nearest })
            );
        }
        for days in RETENTION_DAYS {
            assert_eq!(check_retention_days(days), Ok(days));
        }
    }
}
