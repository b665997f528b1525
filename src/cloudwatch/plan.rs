//! What `logs setup` would change about the log group, and doing it.

use std::time::Duration;

use super::client::{KnownGroup, LogsClient};
use crate::aws::AwsError;
use crate::model::log::{LogClass, LogGroup, RETENTION_DAYS};
use crate::model::plan::{
    Action, Claim, Field, FieldChange, Kind, Owner, Step, owned, tag_change, tags_text,
};
use crate::model::wanted::{KmsKey, Tags, WantedLogGroup};

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

/// A step, and what the service knows of the group now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogsPlan {
    /// To be shown.
    pub step: Step,
    /// The group as it is; `None` if it is missing.
    pub known: Option<KnownGroup>,
}

/// Returns what makes `wanted` out of what is there, whose that is, and its tags.
pub fn step(
    wanted: &WantedLogGroup,
    present: Option<(&KnownGroup, Owner, Tags)>,
    claim: Claim,
) -> Step {
    let Some((known, owner, tags)) = present else {
        return Step::create(Kind::LogGroup, &wanted.name, wanted_fields(wanted));
    };
    let mut changes = changes(wanted, &known.group);
    changes.extend(tag_change(&tags, &wanted.tags));
    let name = &wanted.name;
    let present = present_fields(known);
    let mut step = Step::bring(Kind::LogGroup, name, owner, claim, present, changes);
    let is = &known.group.class;
    step.fixed = wanted
        .class
        .map(LogClass::name)
        .filter(|should| *should != is && !is.is_empty())
        .map(|should| FieldChange {
            field: "class",
            from: Some(is.clone()),
            to: Some(should.to_string()),
        })
        .into_iter()
        .collect();
    step
}

/// Asks what is there and returns what would change.
///
/// # Errors
/// If the service cannot be asked.
pub async fn plan(
    client: &LogsClient,
    wanted: &WantedLogGroup,
    claim: Claim,
) -> Result<LogsPlan, AwsError> {
    let known = client.known_group(&wanted.name).await?;
    let present = match &known {
        Some(known) => {
            let (owner, tags) = owner(client, known, claim).await;
            Some((known, owner, tags))
        }
        None => None,
    };
    let step = step(wanted, present, claim);
    Ok(LogsPlan { step, known })
}

/// Plans to take the group away, with all its lines.
///
/// # Errors
/// If the service cannot be asked.
pub async fn teardown(
    client: &LogsClient,
    wanted: &WantedLogGroup,
    claim: Claim,
) -> Result<LogsPlan, AwsError> {
    let known = client.known_group(&wanted.name).await?;
    let owner = match &known {
        Some(known) => owner(client, known, claim).await.0,
        None => Owner::Us,
    };
    let present = known.as_ref().map(present_fields);
    let step = Step::delete(Kind::LogGroup, &wanted.name, owner, claim, present);
    Ok(LogsPlan { step, known })
}

/// Does what a step of [`plan`] or [`teardown`] says; doing it twice is as good as once.
///
/// # Errors
/// If the service refuses.
pub async fn apply(
    client: &LogsClient,
    wanted: &WantedLogGroup,
    step: &Step,
) -> Result<(), AwsError> {
    let name = &wanted.name;
    let changes = match &step.action {
        Action::Unchanged | Action::NotOurs(_) | Action::Missing => return Ok(()),
        Action::Delete => return client.delete_group(name).await.map(drop),
        Action::Create(_) => {
            // If somebody else has made it since, ours is only to see to the days.
            client.create_as(wanted).await?;
            return match wanted.retention_days {
                Some(days) => put_retention_of_new(client, name, days).await,
                None => Ok(()),
            };
        }
        Action::Update(changes) => changes,
    };
    let has = |field: &str| changes.iter().any(|change| change.field == field);
    // Tags first: what is taken over says so before it is changed.
    if (has("owner") || has("tags"))
        && let Some(known) = client.known_group(name).await?
    {
        client.tag(&known.arn, &owned(&wanted.tags)).await?;
    }
    if has("retention_days") {
        match wanted.retention_days {
            Some(days) => client.put_retention(name, days).await?,
            None => client.delete_retention(name).await?,
        }
    }
    if let Some(key) = wanted.kms_key.as_ref().filter(|_| has("kms_key")) {
        client.set_kms_key(name, key).await?;
    }
    if let Some(is_protected) = wanted.is_protected.filter(|_| has("deletion_protection")) {
        client.set_protection(name, is_protected).await?;
    }
    Ok(())
}

/// How often, and after which first pause, a new group that is not found yet is asked for again; each
/// pause is twice the one before, so it is waited for 3 seconds at most.
const LOOKS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

async fn put_retention_of_new(client: &LogsClient, name: &str, days: u32) -> Result<(), AwsError> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..LOOKS {
        match client.put_retention(name, days).await {
            Err(error) if error.is_code("ResourceNotFoundException") => {}
            other => return other,
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    client.put_retention(name, days).await
}

/// Tells whose the group is, and its tags; the user's own stack is all theirs.
async fn owner(client: &LogsClient, known: &KnownGroup, claim: Claim) -> (Owner, Tags) {
    match client.tags(&known.arn).await {
        Ok(tags) if claim == Claim::Everything => (Owner::Us, tags),
        Ok(tags) => (Owner::by(&tags), tags),
        Err(error) => {
            let reason = error.to_string();
            (Owner::Unknown { reason }, Tags::new())
        }
    }
}

fn changes(wanted: &WantedLogGroup, present: &LogGroup) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut compare = |field, from: Option<String>, to: Option<String>| {
        if from != to {
            changes.push(FieldChange { field, from, to });
        }
    };
    // The service's own default, for ever, is no choice; any number of days is one.
    if !(wanted.has_usual_days && present.retention_days.is_some()) {
        compare(
            "retention_days",
            Some(days_text(present.retention_days)),
            Some(days_text(wanted.retention_days)),
        );
    }
    if let Some(key) = &wanted.kms_key {
        compare("kms_key", present.kms_key.clone(), key_text(key));
    }
    if let Some(is_protected) = wanted.is_protected {
        let text = |flag: bool| Some(flag.to_string());
        compare(
            "deletion_protection",
            text(present.is_protected),
            text(is_protected),
        );
    }
    changes
}

fn wanted_fields(wanted: &WantedLogGroup) -> Vec<Field> {
    let mut fields = vec![("retention_days", days_text(wanted.retention_days))];
    let class = wanted
        .class
        .map(|class| ("class", class.name().to_string()));
    fields.extend(class);
    let key = wanted.kms_key.as_ref().and_then(key_text);
    fields.extend(key.map(|key| ("kms_key", key)));
    if wanted.is_protected == Some(true) {
        fields.push(("deletion_protection", "true".to_string()));
    }
    if !wanted.tags.is_empty() {
        fields.push(("tags", tags_text(&wanted.tags)));
    }
    fields
}

fn present_fields(known: &KnownGroup) -> Vec<Field> {
    let group = &known.group;
    let mut fields = vec![("retention_days", days_text(group.retention_days))];
    if !group.class.is_empty() {
        fields.push(("class", group.class.clone()));
    }
    fields.extend(group.kms_key.clone().map(|key| ("kms_key", key)));
    if group.is_protected {
        fields.push(("deletion_protection", "true".to_string()));
    }
    let bytes = known.stored_bytes;
    fields.extend(bytes.map(|bytes| ("stored_bytes", bytes.to_string())));
    fields
}

fn key_text(key: &KmsKey) -> Option<String> {
    match key {
        KmsKey::Arn(arn) => Some(arn.clone()),
        KmsKey::Service => None,
    }
}

fn days_text(days: Option<u32>) -> String {
    days.map_or_else(|| "never".to_string(), |days| days.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::State;

    fn group(retention_days: Option<u32>) -> WantedLogGroup {
        WantedLogGroup::keeping("cruddur", retention_days)
    }

    fn known(retention_days: Option<u32>) -> KnownGroup {
        KnownGroup {
            arn: String::new(),
            stored_bytes: None,
            created_ms: None,
            group: LogGroup {
                name: "cruddur".to_string(),
                retention_days,
                class: "STANDARD".to_string(),
                kms_key: Some("arn:k".to_string()),
                is_protected: false,
            },
        }
    }

    fn compared(wanted: &WantedLogGroup, known: &KnownGroup) -> Step {
        let present = Some((known, Owner::Us, Tags::new()));
        step(wanted, present, Claim::Tagged)
    }

    fn brought(to: Option<u32>, from: Option<u32>) -> Action {
        compared(&group(to), &known(from)).action
    }

    #[test]
    fn what_is_not_named_is_left_and_what_is_named_is_compared() {
        let mut wanted = group(Some(7));
        wanted.class = Some(LogClass::Standard);
        wanted.kms_key = Some(KmsKey::Service);
        wanted.is_protected = Some(true);
        wanted.tags = [("team".to_string(), "a".to_string())].into();
        let Action::Update(changes) = compared(&wanted, &known(Some(7))).action else {
            unreachable!()
        };
        let fields: Vec<(&str, Option<&str>)> = changes
            .iter()
            .map(|change| (change.field, change.to.as_deref()))
            .collect();
        let expected = [
            ("kms_key", None),
            ("deletion_protection", Some("true")),
            ("tags", Some("team=a")),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn days_that_someone_chose_stay_where_no_one_chooses_others() {
        let usual = WantedLogGroup::of_week_2();
        for (present, action) in [(Some(7), None), (Some(30), None), (None, Some("7"))] {
            let found = match compared(&usual, &known(present)).action {
                Action::Update(changes) => changes.first().and_then(|it| it.to.clone()),
                _ => None,
            };
            assert_eq!(found.as_deref(), action, "{present:?}");
        }
    }

    #[test]
    fn a_class_that_differs_is_fixed_and_no_change() {
        let mut wanted = group(Some(7));
        wanted.class = Some(LogClass::InfrequentAccess);
        let step = compared(&wanted, &known(Some(7)));
        assert_eq!(
            (step.action.clone(), step.fixed.len()),
            (Action::Unchanged, 1)
        );
        assert_eq!(step.state(), State::Differs);
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
