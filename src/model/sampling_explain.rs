//! Why a request is decided by the rule that it is decided by.

use super::sampling::{SamplingRequest, SamplingRule, sort_for_evaluation};
use super::sampling_match::{FieldMatch, Matcher};

/// Every rule, in the order in which they are asked, and what each says of one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// By priority, then by name.
    pub asked: Vec<Asked>,
    /// Index of the one that decides: the first that matches.
    pub winner: Option<usize>,
}

/// A rule, and what each of its fields says of the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The rule.
    pub rule: SamplingRule,
    /// All fields; the rule matches if all do.
    pub fields: Vec<FieldMatch>,
}

impl Explanation {
    /// Asks every rule, those behind the winner too.
    pub fn of(mut rules: Vec<SamplingRule>, request: &SamplingRequest<'_>) -> Explanation {
        sort_for_evaluation(&mut rules);
        let ask = |rule: SamplingRule| Asked {
            fields: Matcher::new(&rule).fields(request),
            rule,
        };
        let asked: Vec<Asked> = rules.into_iter().map(ask).collect();
        Explanation {
            winner: asked.iter().position(Asked::matches),
            asked,
        }
    }

    /// Returns the rule that decides.
    pub fn deciding(&self) -> Option<&SamplingRule> {
        Some(&self.asked.get(self.winner?)?.rule)
    }
}

impl Asked {
    /// Tells whether the rule matches.
    pub fn matches(&self) -> bool {
        self.fields.iter().all(FieldMatch::matched)
    }
}
