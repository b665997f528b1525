//! What X-Ray allows in a sampling rule.
//!
//! The service's own clients check only what is missing, so rule files and our server ask here.

use crate::model::sampling::SamplingRule;

/// A member of a rule that X-Ray would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The member as the API spells it.
    pub key: &'static str,
    /// What must hold and what was given: ``must be 1 to 9999, not 90000``.
    pub message: String,
}

/// Returns everything about `rule` that X-Ray refuses, in the order of the API's members.
///
/// The Default rule breaks the limit for `Priority`, which is for rules that users make.
/// Source: X-Ray API, SamplingRule.
pub fn violations(rule: &SamplingRule) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut check = |key, holds: bool, message: String| {
        if !holds {
            found.push(Violation { key, message });
        }
    };

    let name_length = rule.rule_name.chars().count();
    check(
        "RuleName",
        (1..=32).contains(&name_length),
        format!("must have 1 to 32 characters, not {name_length}"),
    );
    let texts = [
        ("ResourceARN", &rule.resource_arn, 500),
        ("ServiceName", &rule.service_name, 64),
        ("ServiceType", &rule.service_type, 64),
        ("Host", &rule.host, 64),
        ("HTTPMethod", &rule.http_method, 10),
        ("URLPath", &rule.url_path, 128),
    ];
    for (key, text, longest) in texts {
        let length = text.chars().count();
        check(
            key,
            length <= longest,
            format!("must have at most {longest} characters, not {length}"),
        );
    }
    check(
        "Priority",
        (1..=9999).contains(&rule.priority),
        format!("must be 1 to 9999, not {}", rule.priority),
    );
    check(
        "FixedRate",
        (0.0..=1.0).contains(&rule.fixed_rate),
        format!("must be 0 to 1, not {}", rule.fixed_rate),
    );
    // The wire's integers have 32 bits.
    check(
        "ReservoirSize",
        (0..=i64::from(i32::MAX)).contains(&rule.reservoir_size),
        format!("must be 0 to {}, not {}", i32::MAX, rule.reservoir_size),
    );
    check(
        "Version",
        rule.version == 1,
        format!("must be 1, not {}", rule.version),
    );
    check(
        "Attributes",
        rule.attributes.len() <= 5,
        format!("must have at most 5 pairs, not {}", rule.attributes.len()),
    );
    for (key, value) in &rule.attributes {
        for (what, text) in [("keys", key), ("values", value)] {
            let length = text.chars().count();
            check(
                "Attributes",
                (1..=32).contains(&length),
                format!("must have {what} of 1 to 32 characters, not {length}"),
            );
        }
    }
    if let Some(boost) = rule.rate_boost {
        // The model allows 0, which the service answers with an internal failure.
        check(
            "SamplingRateBoost.MaxRate",
            (0.0..=1.0).contains(&boost.max_rate),
            format!("must be 0 to 1, not {}", boost.max_rate),
        );
        let minutes = boost.cooldown_minutes;
        check(
            "SamplingRateBoost.CooldownWindowMinutes",
            (1..=i64::from(i32::MAX)).contains(&minutes),
            format!("must be 1 to {}, not {minutes}", i32::MAX),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xray::rule_file::built_in;

    #[test]
    fn the_built_in_rule_is_allowed() {
        assert_eq!(violations(&built_in()), []);
    }

    #[test]
    fn the_edges_are_allowed_and_one_step_past_them_is_not() {
        let mut rule = built_in();
        rule.rule_name = "é".repeat(32);
        rule.host = "h".repeat(64);
        rule.priority = 9999;
        rule.fixed_rate = 1.0;
        rule.reservoir_size = 0;
        assert_eq!(violations(&rule), []);

        rule.rule_name.push('x');
        rule.host.push('x');
        rule.priority = 0;
        rule.fixed_rate = 1.000_1;
        rule.reservoir_size = -1;
        rule.version = 2;
        rule.attributes = (0..6).map(|i| (i.to_string(), String::new())).collect();
        let keys: Vec<&str> = violations(&rule).iter().map(|v| v.key).collect();
        assert_eq!(
            keys[..7],
            [
                "RuleName",
                "Host",
                "Priority",
                "FixedRate",
                "ReservoirSize",
                "Version",
                "Attributes"
            ]
        );
        rule.fixed_rate = f64::NAN;
        assert!(violations(&rule).iter().any(|v| v.key == "FixedRate"));
    }
}
