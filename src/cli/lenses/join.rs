//! The join by trace id: what was asked for on the one side, what each lens has on the other.

use std::collections::{BTreeMap, BTreeSet};

/// A request that was answered, as its caller knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The trace that the answer named, in X-Ray's form; empty if it named none.
    pub trace_id: String,
    /// Whether the answer says that there is a segment; `None` if it does not say.
    pub is_sampled: Option<bool>,
}

/// What the lenses have, by trace id in X-Ray's form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many root spans each trace has.
    pub roots: BTreeMap<String, u64>,
    /// The traces that have segments.
    pub segments: BTreeSet<String>,
    /// How many lines of requests each trace has.
    pub lines: BTreeMap<String, u64>,
}

/// How the two sides fit together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Joined {
    /// Requests that have one root span.
    pub with_span: u64,
    /// Requests that have one line.
    pub with_line: u64,
    /// Requests that should have a segment.
    pub sampled: u64,
    /// Those of them that have one.
    pub with_segment: u64,
    /// Requests that should have no segment.
    pub unsampled: u64,
    /// Those of them that have none.
    pub without_segment: u64,
    /// Traces that a lens has and that are of none of the requests.
    pub strangers: u64,
    /// What does not fit, by trace, in sentences' fragments.
    pub odd: Vec<(String, Vec<String>)>,
}

impl Joined {
    /// Joins both sides.
    pub fn of(asked: &[Asked], seen: &Seen) -> Joined {
        let mut joined = Joined::default();
        for request in asked {
            joined.add(request, seen);
        }
        let known: BTreeSet<&str> = asked.iter().map(|it| it.trace_id.as_str()).collect();
        let everywhere = seen
            .roots
            .keys()
            .chain(&seen.segments)
            .chain(seen.lines.keys());
        let strangers: BTreeSet<&str> = everywhere
            .map(String::as_str)
            .filter(|id| !known.contains(id))
            .collect();
        joined.strangers = strangers.len() as u64;
        for id in strangers {
            let words = vec!["of none of the requests".to_string()];
            joined.odd.push((id.to_string(), words));
        }
        joined
    }

    fn add(&mut self, request: &Asked, seen: &Seen) {
        let id = &request.trace_id;
        let mut odd = Vec::new();
        let of = |counts: &BTreeMap<String, u64>| counts.get(id).copied().unwrap_or(0);
        for (what, n, count) in [
            ("root span", of(&seen.roots), &mut self.with_span),
            ("log line", of(&seen.lines), &mut self.with_line),
        ] {
            match n {
                1 => *count += 1,
                0 => odd.push(format!("no {what}")),
                n => odd.push(format!("{n} {what}s")),
            }
        }
        let has_segment = seen.segments.contains(id);
        match request.is_sampled {
            Some(true) => {
                self.sampled += 1;
                self.with_segment += u64::from(has_segment);
                if !has_segment {
                    odd.push("sampled, and no segment".to_string());
                }
            }
            Some(false) => {
                self.unsampled += 1;
                self.without_segment += u64::from(!has_segment);
                if has_segment {
                    odd.push("not sampled, and a segment".to_string());
                }
            }
            None => odd.push("its answer does not say whether it was sampled".to_string()),
        }
        if !odd.is_empty() {
            self.odd.push((id.clone(), odd));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(id: &str, is_sampled: bool) -> Asked {
        Asked {
            trace_id: id.to_string(),
            is_sampled: Some(is_sampled),
        }
    }

    fn seen(roots: &[&str], segments: &[&str], lines: &[&str]) -> Seen {
        let count = |ids: &[&str]| {
            let mut counts = BTreeMap::new();
            for id in ids {
                *counts.entry(id.to_string()).or_insert(0) += 1;
            }
            counts
        };
        Seen {
            roots: count(roots),
            segments: segments.iter().map(|id| id.to_string()).collect(),
            lines: count(lines),
        }
    }

    #[test]
    fn a_whole_run_leaves_nothing_odd() {
        let requests = [asked("a", true), asked("b", false)];
        let joined = Joined::of(&requests, &seen(&["a", "b"], &["a"], &["b", "a"]));
        let whole = Joined {
            with_span: 2,
            with_line: 2,
            sampled: 1,
            with_segment: 1,
            unsampled: 1,
            without_segment: 1,
            ..Joined::default()
        };
        assert_eq!(joined, whole);
    }

    #[test]
    fn equal_counts_of_other_traces_are_not_the_same_traces() {
        let requests = [asked("a", true), asked("b", false)];
        // As many of everything as in a whole run.
        let joined = Joined::of(&requests, &seen(&["a", "c"], &["b"], &["a", "a"]));
        assert_eq!((joined.with_span, joined.with_line), (1, 0));
        assert_eq!((joined.with_segment, joined.without_segment), (0, 0));
        assert_eq!(joined.strangers, 1);
        let odd: Vec<String> = joined
            .odd
            .iter()
            .map(|(id, words)| format!("{id}: {}", words.join(", ")))
            .collect();
        assert_eq!(
            odd,
            [
                "a: 2 log lines, sampled, and no segment",
                "b: no root span, no log line, not sampled, and a segment",
                "c: of none of the requests",
            ]
        );
    }

    #[test]
    fn an_answer_that_does_not_say_is_odd() {
        let silent = Asked {
            trace_id: "a".to_string(),
            is_sampled: None,
        };
        let joined = Joined::of(&[silent], &seen(&["a"], &[], &["a"]));
        assert_eq!(joined.odd.len(), 1);
    }
}
