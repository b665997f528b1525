//! What setting up group and rule would change, and changing it.

use super::client::{AwsError, XRayClient};
use crate::model::plan::{Action, FieldChange, Plan, Step};
use crate::model::sampling::SamplingRule;

/// What should be there.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The group's name.
    pub group_name: String,
    /// Which traces the group has.
    pub filter_expression: String,
    /// The rule.
    pub rule: SamplingRule,
}

/// What is to be done, in order: first the group, then the rule.
#[derive(Debug, Clone, PartialEq)]
pub struct XRayPlan {
    /// To be shown.
    pub plan: Plan,
    wanted: Wanted,
    /// The rule as it is; `None` if it is missing.
    known_rule: Option<SamplingRule>,
}

/// Compares what is there with what is wanted.
///
/// A rule's version cannot change, and there is only one, so it is not compared.
///
/// # Errors
/// If the service cannot be asked.
pub async fn plan(client: &XRayClient, wanted: &Wanted) -> Result<XRayPlan, AwsError> {
    let group = client.group(&wanted.group_name);
    let (group, rules) = tokio::try_join!(group, client.rules())?;
    let known_filter = group.map(|group| group.filter_expression);
    let known_rule = rules
        .into_iter()
        .find(|rule| rule.rule_name == wanted.rule.rule_name);
    let steps = vec![
        group_step(wanted, known_filter),
        rule_step(&wanted.rule, known_rule.as_ref()),
    ];
    Ok(XRayPlan {
        plan: Plan { steps },
        wanted: wanted.clone(),
        known_rule,
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
    let wanted = &planned.wanted;
    for step in &planned.plan.steps {
        match (step.kind, &step.action, &planned.known_rule) {
            (_, Action::Unchanged, _) => {}
            (GROUP, Action::Create(_), _) => {
                client
                    .create_group(&wanted.group_name, &wanted.filter_expression)
                    .await?;
            }
            (GROUP, Action::Update(_), _) => {
                client
                    .update_group(&wanted.group_name, &wanted.filter_expression)
                    .await?;
            }
            (_, _, Some(known)) => client.update_rule(known, &wanted.rule).await?,
            (_, _, None) => client.create_rule(&wanted.rule).await?,
        }
        done(step);
    }
    Ok(())
}

const GROUP: &str = "X-Ray group";
const RULE: &str = "sampling rule";

/// `known_filter` is `None` if there is no such group.
fn group_step(wanted: &Wanted, known_filter: Option<Option<String>>) -> Step {
    let field = "filter_expression";
    let expression = wanted.filter_expression.clone();
    let action = match known_filter {
        None => Action::Create(vec![(field, expression)]),
        Some(Some(known)) if known == expression => Action::Unchanged,
        Some(None) if expression.is_empty() => Action::Unchanged,
        Some(from) => Action::Update(vec![FieldChange {
            field,
            from,
            to: Some(expression),
        }]),
    };
    Step {
        kind: GROUP,
        name: wanted.group_name.clone(),
        action,
    }
}

fn rule_step(wanted: &SamplingRule, known: Option<&SamplingRule>) -> Step {
    // An empty text is no value, and there is nothing to show of it.
    let shown = |text: String| Some(text).filter(|text| !text.is_empty());
    let action = match known {
        None => {
            let is_set = |(_, value): &(_, String)| !value.is_empty();
            Action::Create(fields(wanted).into_iter().filter(is_set).collect())
        }
        Some(known) => {
            let pairs = fields(known).into_iter().zip(fields(wanted));
            let changes: Vec<FieldChange> = pairs
                .filter(|(from, to)| from != to)
                .map(|((field, from), (_, to))| FieldChange {
                    field,
                    from: shown(from),
                    to: shown(to),
                })
                .collect();
            if changes.is_empty() {
                Action::Unchanged
            } else {
                Action::Update(changes)
            }
        }
    };
    Step {
        kind: RULE,
        name: wanted.rule_name.clone(),
        action,
    }
}

/// Returns what can differ between two rules, always the same fields in the same order.
fn fields(rule: &SamplingRule) -> Vec<(&'static str, String)> {
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
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
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
            rule_step(&built_in(), Some(&known)).action,
            Action::Update(vec![
                change("fixed_rate", "0.05", "0.1"),
                change("reservoir_size", "1", "5"),
            ])
        );
        assert_eq!(rule_step(&known, Some(&known)).action, Action::Unchanged);
    }

    #[test]
    fn what_is_empty_is_not_shown_as_a_value() {
        let Action::Create(fields) = rule_step(&built_in(), None).action else {
            unreachable!()
        };
        assert!(fields.iter().all(|(field, _)| *field != "attributes"));
        let mut wanted = built_in();
        wanted.attributes = [("a".to_string(), "b".to_string())].into();
        let change = FieldChange {
            field: "attributes",
            from: None,
            to: Some("a=b".to_string()),
        };
        let step = rule_step(&wanted, Some(&built_in()));
        assert_eq!(step.action, Action::Update(vec![change]));
    }

    #[test]
    fn a_group_without_filter_is_one_with_an_empty_filter() {
        let mut wanted = Wanted {
            group_name: "Cruddur".to_string(),
            filter_expression: String::new(),
            rule: built_in(),
        };
        assert_eq!(group_step(&wanted, Some(None)).action, Action::Unchanged);
        wanted.filter_expression = "ok".to_string();
        let step = group_step(&wanted, Some(None));
        let Action::Update(changes) = step.action else {
            unreachable!()
        };
        assert_eq!(changes[0].from, None);
    }
}
