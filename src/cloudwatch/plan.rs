//! What `logs setup` would change about the log group, and doing it.

use super::client::LogsClient;
use crate::aws::AwsError;
use crate::model::log::{LogGroup, RETENTION_DAYS};
use crate::model::plan::{Action, FieldChange, Step};

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

/// Returns what makes `wanted` out of what is there.
pub fn step(wanted: &LogGroup, present: Option<&LogGroup>) -> Step {
    let (from, to) = (
        present.map(|group| group.retention_days),
        wanted.retention_days,
    );
    let action = match from {
        None => Action::Create(vec![("retention_days", days_text(to))]),
        Some(from) if from == to => Action::Unchanged,
        Some(from) => Action::Update(vec![FieldChange {
            field: "retention_days",
            from: Some(days_text(from)),
            to: Some(days_text(to)),
        }]),
    };
    Step {
        kind: "log group",
        name: wanted.name.clone(),
        action,
    }
}

/// Asks what is there and returns what would change.
pub async fn plan(client: &LogsClient, wanted: &LogGroup) -> Result<Step, AwsError> {
    let present = client.group(&wanted.name).await?;
    Ok(step(wanted, present.as_ref()))
}

/// Does what a step of [`plan`] says; doing it twice is as good as once.
pub async fn apply(client: &LogsClient, wanted: &LogGroup, step: &Step) -> Result<(), AwsError> {
    match &step.action {
        Action::Unchanged => return Ok(()),
        // If somebody else has made it since, ours is only to see to the days.
        Action::Create(_) => drop(client.create_group(&wanted.name).await?),
        Action::Update(_) => {}
    }
    match (wanted.retention_days, &step.action) {
        (Some(days), _) => client.put_retention(&wanted.name, days).await,
        (None, Action::Update(_)) => client.delete_retention(&wanted.name).await,
        (None, _) => Ok(()),
    }
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

    #[test]
    fn a_missing_group_is_made_with_its_days() {
        let step = step(&group(Some(7)), None);
        assert_eq!(
            step.action,
            Action::Create(vec![("retention_days", "7".to_string())])
        );
    }

    #[test]
    fn only_other_days_are_a_change() {
        assert_eq!(
            step(&group(Some(7)), Some(&group(Some(7)))).action,
            Action::Unchanged
        );
        assert_eq!(
            step(&group(None), Some(&group(None))).action,
            Action::Unchanged
        );
        let change = FieldChange {
            field: "retention_days",
            from: Some("never".to_string()),
            to: Some("7".to_string()),
        };
        let step = step(&group(Some(7)), Some(&group(None)));
        assert_eq!(step.action, Action::Update(vec![change]));
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
