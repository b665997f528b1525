//! What setting up groups and rules, or taking them away, would change; and doing it.

use std::time::Duration;

use super::client::{AwsError, Group, KnownRule, XRayClient};
use crate::model::plan::{
    Action, Claim, Field, FieldChange, Kind, Owner, Plan, Step, owned, tag_change, tags_text,
};
use crate::model::sampling::{RateBoost, SamplingRule};
use crate::model::wanted::{Tags, WantedGroup, XRayWanted};

/// What is to be done, in order: groups and then rules; the other way round if they go.
#[derive(Debug, Clone, PartialEq)]
pub struct XRayPlan {
    /// To be shown.
    pub plan: Plan,
    wanted: XRayWanted,
    known: Known,
}

/// What the service has, and the tags of what is wanted.
#[derive(Debug, Clone, Default, PartialEq)]
struct Known {
    groups: Vec<Group>,
    rules: Vec<KnownRule>,
}

impl Known {
    async fn of(client: &XRayClient) -> Result<Known, AwsError> {
        let (groups, rules) = tokio::try_join!(client.groups(), client.known_rules())?;
        Ok(Known { groups, rules })
    }

    fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    fn rule(&self, name: &str) -> Option<&KnownRule> {
        self.rules.iter().find(|known| known.rule.rule_name == name)
    }

    fn has(&self, kind: Kind, name: &str) -> bool {
        match kind {
            Kind::Group => self.group(name).is_some(),
            Kind::Rule => self.rule(name).is_some(),
            Kind::LogGroup => false,
        }
    }
}

/// Compares what is there with what is wanted.
///
/// A rule's version cannot change, and there is only one, so it is not compared. What is not named in
/// `wanted` is not looked at.
///
/// # Errors
/// If the service cannot be asked. Tags that cannot be read are none: their resource's owner is then
/// unknown.
pub async fn plan(
    client: &XRayClient,
    wanted: &XRayWanted,
    claim: Claim,
) -> Result<XRayPlan, AwsError> {
    let known = Known::of(client).await?;
    let mut steps = Vec::new();
    for group in &wanted.groups {
        steps.push(match known.group(&group.name) {
            None => Step::create(Kind::Group, &group.name, group_fields(group)),
            Some(present) => {
                let (owner, tags) = owner(client, &present.arn, claim).await;
                let mut changes = group_changes(group, present);
                changes.extend(tag_change(&tags, &group.tags));
                let present = present_group(present);
                Step::bring(Kind::Group, &group.name, owner, claim, present, changes)
            }
        });
    }
    for wanted in &wanted.rules {
        let name = &wanted.rule.rule_name;
        steps.push(match known.rule(name) {
            None => {
                let mut fields = set_fields(&wanted.rule);
                fields.extend(tag_field(&wanted.tags));
                Step::create(Kind::Rule, name, fields)
            }
            Some(present) => {
                let (owner, tags) = owner(client, &present.arn, claim).await;
                let mut changes = rule_changes(&wanted.rule, &present.rule);
                changes.extend(tag_change(&tags, &wanted.tags));
                let present = set_fields(&present.rule);
                Step::bring(Kind::Rule, name, owner, claim, present, changes)
            }
        });
    }
    Ok(XRayPlan {
        plan: Plan { steps },
        wanted: wanted.clone(),
        known,
    })
}

/// Plans to take away what is wanted, rules first.
///
/// # Errors
/// As [`plan`].
pub async fn teardown(
    client: &XRayClient,
    wanted: &XRayWanted,
    claim: Claim,
) -> Result<XRayPlan, AwsError> {
    let known = Known::of(client).await?;
    let mut steps = Vec::new();
    for wanted in &wanted.rules {
        let name = &wanted.rule.rule_name;
        let present = known.rule(name);
        let owner = match present {
            Some(present) => owner(client, &present.arn, claim).await.0,
            None => Owner::Us,
        };
        let fields = present.map(|present| set_fields(&present.rule));
        steps.push(Step::delete(Kind::Rule, name, owner, claim, fields));
    }
    for group in &wanted.groups {
        let present = known.group(&group.name);
        let owner = match present {
            Some(present) => owner(client, &present.arn, claim).await.0,
            None => Owner::Us,
        };
        let fields = present.map(present_group);
        steps.push(Step::delete(Kind::Group, &group.name, owner, claim, fields));
    }
    Ok(XRayPlan {
        plan: Plan { steps },
        wanted: wanted.clone(),
        known,
    })
}

/// Does what the plan says, and calls `done` after each step, the unchanged ones included.
///
/// # Errors
/// The first step that fails ends it; those before it stay done, and a new plan leaves them out.
pub async fn apply(
    client: &XRayClient,
    planned: &XRayPlan,
    mut done: impl FnMut(&Step),
) -> Result<(), AwsError> {
    for step in &planned.plan.steps {
        match step.action {
            Action::Unchanged | Action::Missing | Action::NotOurs(_) => {}
            Action::Create(_) => {
                let made = create(client, planned, step).await;
                forgive(client, made, |known| is_as_wanted(known, planned, step)).await?;
            }
            Action::Update(_) => update(client, planned, step).await?,
            Action::Delete => {
                let gone = match step.kind {
                    Kind::Group => client.delete_group(&step.name).await,
                    _ => client.delete_rule(&step.name).await,
                };
                forgive(client, gone, |known| !known.has(step.kind, &step.name)).await?;
            }
        }
        done(step);
    }
    Ok(())
}

/// How often, and after which first pause, a list is asked for what was just made; each pause is twice
/// the one before, so the last answer is 6 seconds old at most.
const LOOKS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Waits until the lists show what the plan made, and no more what it took away; `false` if they still
/// do not after a bounded time.
///
/// # Errors
/// If the service cannot be asked.
pub async fn settled(client: &XRayClient, planned: &XRayPlan) -> Result<bool, AwsError> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..LOOKS {
        let known = Known::of(client).await?;
        let is_shown = planned.plan.steps.iter().all(|step| match step.action {
            Action::Create(_) => known.has(step.kind, &step.name),
            Action::Update(_) => is_as_wanted(&known, planned, step),
            Action::Delete => !known.has(step.kind, &step.name),
            _ => true,
        });
        if is_shown {
            return Ok(true);
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    Ok(false)
}

/// Lets a refused call be if the service already is as it should make it: somebody was faster, or the
/// list from which the plan was made was late. The service has one code for everything that it refuses,
/// so the list decides; where the words are about what is or is not there, it is given time.
async fn forgive(
    client: &XRayClient,
    result: Result<(), AwsError>,
    is_well: impl Fn(&Known) -> bool,
) -> Result<(), AwsError> {
    let error = match result {
        Err(error) if error.is_code("InvalidRequestException") => error,
        other => return other,
    };
    let words = error.to_string().to_lowercase();
    let is_about_presence = ["exist", "not found"].iter().any(|it| words.contains(it));
    let n_looks = if is_about_presence { LOOKS } else { 1 };
    let mut pause = FIRST_PAUSE;
    for look in 1..=n_looks {
        if is_well(&Known::of(client).await?) {
            return Ok(());
        }
        if look < n_looks {
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
    Err(error)
}

async fn create(client: &XRayClient, planned: &XRayPlan, step: &Step) -> Result<(), AwsError> {
    let wanted = &planned.wanted;
    if step.kind == Kind::Group {
        for group in wanted.groups.iter().filter(|it| it.name == step.name) {
            client.create_group(group, &owned(&group.tags)).await?;
        }
        return Ok(());
    }
    for wanted in wanted
        .rules
        .iter()
        .filter(|it| it.rule.rule_name == step.name)
    {
        client
            .create_rule(&wanted.rule, &owned(&wanted.tags))
            .await?;
    }
    Ok(())
}

/// Tags first: what is taken over says so before it is changed, and what cannot be is left as it was.
async fn update(client: &XRayClient, planned: &XRayPlan, step: &Step) -> Result<(), AwsError> {
    let Action::Update(changes) = &step.action else {
        return Ok(());
    };
    let is_tags = |change: &&FieldChange| matches!(change.field, "owner" | "tags");
    let (has_tags, has_fields) = (
        changes.iter().any(|change| is_tags(&change)),
        !changes.iter().all(|change| is_tags(&change)),
    );
    let wanted = &planned.wanted;
    if step.kind == Kind::Group {
        let group = wanted.groups.iter().find(|it| it.name == step.name);
        if let (Some(group), Some(known)) = (group, planned.known.group(&step.name)) {
            if has_tags {
                client.tag(&known.arn, &owned(&group.tags)).await?;
            }
            if has_fields {
                client.update_group(group).await?;
            }
        }
        return Ok(());
    }
    let rule = wanted
        .rules
        .iter()
        .find(|it| it.rule.rule_name == step.name);
    if let (Some(wanted), Some(known)) = (rule, planned.known.rule(&step.name)) {
        if has_tags {
            client.tag(&known.arn, &owned(&wanted.tags)).await?;
        }
        if has_fields {
            client.update_rule(&known.rule, &wanted.rule).await?;
        }
    }
    Ok(())
}

fn is_as_wanted(known: &Known, planned: &XRayPlan, step: &Step) -> bool {
    let wanted = &planned.wanted;
    if step.kind == Kind::Group {
        let group = wanted.groups.iter().find(|it| it.name == step.name);
        let present = known.group(&step.name);
        return matches!((group, present), (Some(group), Some(present)) if group_changes(group, present).is_empty());
    }
    let rule = wanted
        .rules
        .iter()
        .find(|it| it.rule.rule_name == step.name);
    let present = known.rule(&step.name);
    matches!((rule, present), (Some(wanted), Some(present)) if rule_changes(&wanted.rule, &present.rule).is_empty())
}

/// Asks for the tags, unless the user's own stack makes them matter less.
async fn owner(client: &XRayClient, arn: &str, claim: Claim) -> (Owner, Tags) {
    match client.tags(arn).await {
        Ok(tags) if claim == Claim::Everything => (Owner::Us, tags),
        Ok(tags) => (Owner::by(&tags), tags),
        Err(error) => {
            let reason = error.to_string();
            (Owner::Unknown { reason }, Tags::new())
        }
    }
}

fn tag_field(tags: &Tags) -> Option<Field> {
    (!tags.is_empty()).then(|| ("tags", tags_text(tags)))
}

fn group_fields(group: &WantedGroup) -> Vec<Field> {
    let mut fields = vec![("filter_expression", group.filter_expression.clone())];
    if let Some(insights) = group.insights {
        fields.push(("insights_enabled", insights.is_enabled.to_string()));
        fields.push(("notifications_enabled", insights.notifies.to_string()));
    }
    fields.extend(tag_field(&group.tags));
    fields
}

fn present_group(group: &Group) -> Vec<Field> {
    let filter = group.filter_expression.clone().unwrap_or_default();
    vec![
        ("filter_expression", filter),
        ("insights_enabled", group.insights.is_enabled.to_string()),
        ("notifications_enabled", group.insights.notifies.to_string()),
    ]
}

fn group_changes(wanted: &WantedGroup, present: &Group) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut compare = |field, from: Option<String>, to: Option<String>| {
        if from != to {
            changes.push(FieldChange { field, from, to });
        }
    };
    let expression = Some(wanted.filter_expression.clone()).filter(|text| !text.is_empty());
    compare(
        "filter_expression",
        present.filter_expression.clone(),
        expression,
    );
    if let Some(insights) = wanted.insights {
        let text = |flag: bool| Some(flag.to_string());
        let (is, should) = (present.insights, insights);
        compare(
            "insights_enabled",
            text(is.is_enabled),
            text(should.is_enabled),
        );
        compare(
            "notifications_enabled",
            text(is.notifies),
            text(should.notifies),
        );
    }
    changes
}

fn rule_changes(wanted: &SamplingRule, present: &SamplingRule) -> Vec<FieldChange> {
    let shown = |(field, text): (&str, String)| {
        Some(text).filter(|text| !text.is_empty() || !may_be_absent(field))
    };
    let boost = wanted.rate_boost.or(present.rate_boost);
    let wanted = SamplingRule {
        // One that is not named stays as it is; see `XRayClient::update_rule`.
        rate_boost: boost,
        ..wanted.clone()
    };
    let pairs = fields(present).into_iter().zip(fields(&wanted));
    pairs
        .filter(|(from, to)| from != to)
        .map(|(from, to)| FieldChange {
            field: from.0,
            from: shown(from),
            to: shown(to),
        })
        .collect()
}

fn set_fields(rule: &SamplingRule) -> Vec<Field> {
    let is_set = |(field, value): &Field| !value.is_empty() || !may_be_absent(field);
    fields(rule).into_iter().filter(is_set).collect()
}

/// Tells whether a rule can be without the field; of the others an empty text is a value, and a strange one.
fn may_be_absent(field: &str) -> bool {
    ["attributes", "rate_boost"].contains(&field)
}

/// Returns what can differ between two rules, always the same fields in the same order.
fn fields(rule: &SamplingRule) -> Vec<Field> {
    let attributes = rule
        .attributes
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    vec![
        ("resource_arn", rule.resource_arn.clone()),
        ("priority", rule.priority.to_string()),
        ("fixed_rate", rule.fixed_rate.to_string()),
        ("reservoir_size", rule.reservoir_size.to_string()),
        ("service_name", rule.service_name.clone()),
        ("service_type", rule.service_type.clone()),
        ("host", rule.host.clone()),
        ("http_method", rule.http_method.clone()),
        ("url_path", rule.url_path.clone()),
        ("attributes", attributes.collect::<Vec<String>>().join(",")),
        (
            "rate_boost",
            rule.rate_boost.map_or_else(String::new, boost_text),
        ),
    ]
}

fn boost_text(boost: RateBoost) -> String {
    let RateBoost {
        max_rate,
        cooldown_minutes,
    } = boost;
    format!("up to {max_rate}, {cooldown_minutes} minutes apart")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::wanted::Insights;
    use crate::xray::rule_file::built_in;

    #[test]
    fn only_what_differs_is_changed() {
        let known = SamplingRule {
            reservoir_size: 1,
            fixed_rate: 0.05,
            ..built_in()
        };
        let change = |field, from: &str, to: &str| FieldChange {
            field,
            from: Some(from.to_string()),
            to: Some(to.to_string()),
        };
        assert_eq!(
            rule_changes(&built_in(), &known),
            [
                change("fixed_rate", "0.05", "0.1"),
                change("reservoir_size", "1", "5"),
            ]
        );
        assert_eq!(rule_changes(&known, &known), []);
    }

    #[test]
    fn what_is_empty_is_not_shown_as_a_value() {
        let is_attributes = |(field, _): &Field| *field == "attributes";
        assert!(!set_fields(&built_in()).iter().any(is_attributes));
        let hostless = SamplingRule {
            host: String::new(),
            ..built_in()
        };
        assert!(set_fields(&hostless).contains(&("host", String::new())));
        let mut wanted = built_in();
        wanted.attributes = [("a".to_string(), "b".to_string())].into();
        let change = FieldChange {
            field: "attributes",
            from: None,
            to: Some("a=b".to_string()),
        };
        assert_eq!(rule_changes(&wanted, &built_in()), [change]);
    }

    #[test]
    fn a_group_without_filter_is_one_with_an_empty_filter_and_unnamed_insights_stay() {
        let present = Group {
            name: "Cruddur".to_string(),
            arn: String::new(),
            filter_expression: None,
            insights: Insights {
                is_enabled: true,
                notifies: false,
            },
        };
        let mut wanted = XRayWanted::of_rule(built_in(), Tags::new())
            .groups
            .remove(0);
        wanted.filter_expression = String::new();
        assert_eq!(group_changes(&wanted, &present), []);
        wanted.filter_expression = "ok".to_string();
        wanted.insights = Some(Insights::default());
        let changes = group_changes(&wanted, &present);
        assert_eq!(changes[0].from, None);
        assert_eq!(changes[1].field, "insights_enabled");
        assert_eq!(changes.len(), 2);
    }
}
