//! Which sampling rules can never decide, because of what they ask for or because of rules before them.

use super::sampling::SamplingRule;
use super::sampling_match::{Field, is_usable};

/// Why a rule never decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Never {
    /// SDKs pass over rules that have this at all.
    Ignored(Field),
    /// The rule of this name is asked before it and matches all that it matches.
    Covered(String),
}

/// Returns for each of `rules`, which are in the order in which they are asked, why it never decides;
/// `None` if it may.
///
/// A rule that several others cover together is not found.
pub fn never_decides(rules: &[SamplingRule]) -> Vec<Option<Never>> {
    let mut before: Vec<&SamplingRule> = Vec::new();
    let mut found = Vec::new();
    for rule in rules {
        if let Some(field) = ignored(rule) {
            found.push(Some(Never::Ignored(field)));
            continue;
        }
        let first = before.iter().find(|earlier| covers(earlier, rule));
        found.push(first.map(|earlier| Never::Covered(earlier.rule_name.clone())));
        before.push(rule);
    }
    found
}

fn ignored(rule: &SamplingRule) -> Option<Field> {
    let default = SamplingRule::default_rule();
    if is_usable(rule) {
        None
    } else if rule.resource_arn != default.resource_arn {
        Some(Field::ResourceArn)
    } else if rule.attributes.is_empty() {
        Some(Field::Version)
    } else {
        Some(Field::Attributes)
    }
}

fn covers(earlier: &SamplingRule, later: &SamplingRule) -> bool {
    let fields = |rule: &SamplingRule| {
        [
            rule.service_name.clone(),
            rule.service_type.clone(),
            rule.host.clone(),
            rule.http_method.clone(),
            rule.url_path.clone(),
        ]
    };
    let mut pairs = fields(earlier).into_iter().zip(fields(later));
    pairs.all(|(earlier, later)| pattern_covers(&earlier, &later))
}

/// Tells whether `outer` matches whatever `inner` matches. Never says so wrongly.
///
/// Case counts, although it does not for the X-Ray SDKs, so that it holds for every sampler. A star of
/// `outer` takes any run of `inner`'s characters, its stars among them; everything else takes its like.
pub fn pattern_covers(outer: &str, inner: &str) -> bool {
    let (outer, inner) = (normal(outer), normal(inner));
    // `reaches[j]`: what is left of `outer` covers `inner` from its `j`th character on.
    let mut reaches = vec![false; inner.len() + 1];
    reaches[inner.len()] = true;
    for wanted in outer.iter().rev() {
        let mut now = vec![false; inner.len() + 1];
        for (j, reached) in now.iter_mut().enumerate() {
            let skips = reaches.get(j).copied().unwrap_or(false);
            *reached = *wanted == '*' && skips;
        }
        for j in (0..inner.len()).rev() {
            let takes = match wanted {
                '*' => now.get(j + 1),
                '?' if inner.get(j) != Some(&'*') => reaches.get(j + 1),
                literal if inner.get(j) == Some(literal) && *literal != '?' => reaches.get(j + 1),
                _ => None,
            };
            if takes.copied().unwrap_or(false)
                && let Some(reached) = now.get_mut(j)
            {
                *reached = true;
            }
        }
        reaches = now;
    }
    reaches.first().copied().unwrap_or(false)
}

/// Returns the characters with each run of wildcards as its question marks and then one star.
fn normal(pattern: &str) -> Vec<char> {
    let mut characters = Vec::new();
    let mut has_star = false;
    for character in pattern.chars() {
        if character == '*' {
            has_star = true;
            continue;
        }
        if character != '?' && has_star {
            characters.push('*');
            has_star = false;
        }
        characters.push(character);
    }
    if has_star {
        characters.push('*');
    }
    characters
}

#[cfg(test)]
mod tests {
    use super::super::sampling_wildcard::wildcard_matches;
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn a_pattern_covers_what_asks_for_more() {
        for (outer, inner, expected) in [
            ("*", "anything", true),
            ("*", "", true),
            ("*", "?*", true),
            ("?*", "*?", true),
            ("?*", "*", false),
            ("/api/*", "/api/activities/*", true),
            ("/api/activities/*", "/api/*", false),
            ("*home", "/api/*/home", true),
            ("*a*b*", "a?b", true),
            ("a?b", "a*b", false),
            ("GET", "get", false),
            ("", "", true),
            ("", "?", false),
            ("??", "?", false),
        ] {
            assert_eq!(pattern_covers(outer, inner), expected, "{outer} {inner}");
        }
    }

    #[test]
    fn what_is_covered_never_matches_alone() {
        let mut rng = StdRng::seed_from_u64(9);
        let mut text = |letters: &[char], most: usize| -> String {
            let length = rng.random_range(0..=most);
            let one = |_| letters[rng.random_range(0..letters.len())];
            (0..length).map(one).collect()
        };
        let mut n_covered = 0;
        for _ in 0..20_000 {
            let (outer, inner) = (
                text(&['a', 'b', '*', '?'], 5),
                text(&['a', 'b', '*', '?'], 5),
            );
            if !pattern_covers(&outer, &inner) {
                continue;
            }
            n_covered += 1;
            for _ in 0..20 {
                let given = text(&['a', 'b', 'c'], 6);
                assert!(
                    !wildcard_matches(&inner, &given) || wildcard_matches(&outer, &given),
                    "{outer} does not cover {inner}: {given}"
                );
            }
        }
        assert!(n_covered > 1_000, "{n_covered}");
    }

    #[test]
    fn rules_are_named_that_never_decide_and_why() {
        let rule = |name: &str, host: &str, path: &str| SamplingRule {
            rule_name: name.to_string(),
            host: host.to_string(),
            url_path: path.to_string(),
            ..SamplingRule::default_rule()
        };
        let mut ignored = rule("ignored", "*", "*");
        ignored.attributes = [("a".to_string(), "b".to_string())].into();
        let rules = [
            ignored,
            rule("api", "*", "/api/*"),
            rule("home", "localhost", "/api/activities/home"),
            rule("other", "localhost", "/*"),
            SamplingRule::default_rule(),
        ];
        assert_eq!(
            never_decides(&rules),
            [
                Some(Never::Ignored(Field::Attributes)),
                None,
                Some(Never::Covered("api".to_string())),
                None,
                None,
            ]
        );
    }
}
