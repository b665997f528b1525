//! The keys of a rule file, and what a misspelt one was meant to be.

/// The keys that a rule needs or may have, as the API spells them, and those of its tags, last.
pub const RULE_AND_TAGS_KEYS: [&str; 14] = [
    "RuleName",
    "ResourceARN",
    "Priority",
    "FixedRate",
    "ReservoirSize",
    "ServiceName",
    "ServiceType",
    "Host",
    "HTTPMethod",
    "URLPath",
    "Version",
    "Attributes",
    "SamplingRateBoost",
    "Tags",
];

/// The same without the tags, which the API has beside the rule.
pub const RULE_KEYS: &[&str] = RULE_AND_TAGS_KEYS.split_at(13).0;

/// What a key in a file stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It is spelt right.
    Exact(&'static str),
    /// It is so near to one key, and to no other, that it can mean nothing else.
    Misspelt(&'static str),
    /// It may mean anything; the key that is perhaps meant.
    Unknown(Option<&'static str>),
}

/// Reads `key` as one of `known`.
///
/// Case, `_`, `-` and spaces do not count against a misspelling; a letter too many, too few, wrong,
/// or swapped with its neighbour counts one. Up to one such step in a short key and two in a longer
/// one, the key is taken as misspelt; up to a third of its letters, or if it is a part of just one
/// known key, it is worth a question.
pub fn reading(key: &str, known: &[&'static str]) -> Reading {
    if let Some(exact) = known.iter().find(|candidate| **candidate == key) {
        return Reading::Exact(exact);
    }
    // Nobody means a known key with this, and distances of long texts take long.
    if key.chars().count() > 64 {
        return Reading::Unknown(None);
    }

    let plain_key = plain(key);
    let mut by_distance: Vec<(usize, &'static str)> = known
        .iter()
        .map(|candidate| (edit_distance(&plain_key, &plain(candidate)), *candidate))
        .collect();
    by_distance.sort();
    if let [(nearest, candidate), rest @ ..] = by_distance.as_slice() {
        let alone = rest.first().is_none_or(|(second, _)| second > nearest);
        let n_letters = plain(candidate).len();
        let sure = if n_letters <= 5 { 1 } else { 2 };
        if alone && *nearest <= sure {
            return Reading::Misspelt(candidate);
        }
        if alone && *nearest <= n_letters / 3 {
            return Reading::Unknown(Some(candidate));
        }
    }
    Reading::Unknown(only_key_with(&plain_key, known))
}

fn only_key_with(part: &[char], known: &[&'static str]) -> Option<&'static str> {
    let part: String = part.iter().collect();
    if part.len() < 3 {
        return None;
    }
    let only = |is_it: fn(&str, &str) -> bool| {
        let mut found = known
            .iter()
            .filter(|candidate| is_it(&candidate.to_ascii_lowercase(), &part));
        match (found.next(), found.next()) {
            (Some(only), None) => Some(*only),
            _ => None,
        }
    };
    // `Rate` is in two keys, but the word that a key is about stands at its end.
    only(|key, part| key.contains(part)).or_else(|| only(|key, part| key.ends_with(part)))
}

fn plain(key: &str) -> Vec<char> {
    key.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Counts the letters to insert, remove, replace or swap with their neighbour to get from `a` to `b`.
///
/// Source: optimal string alignment, Boytsov (2011), "Indexing methods for approximate dictionary
/// searching".
fn edit_distance(a: &[char], b: &[char]) -> usize {
    // Three rows of the table are enough: the swap looks two back.
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, a_char) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b_char) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(a_char != b_char);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            let swapped = i > 0 && j > 0 && *a_char == b[j - 1] && a[i - 1] == *b_char;
            if swapped {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = last;
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_are_read_as_the_key_they_are_near() {
        for (key, meant) in [
            ("ResourcesARN", "ResourceARN"),
            ("ResevoirSize", "ReservoirSize"),
            ("ReservoirsSize", "ReservoirSize"),
            ("reservoir_size", "ReservoirSize"),
            ("resourceArn", "ResourceARN"),
            ("Hsot", "Host"),
            ("HttpMethod", "HTTPMethod"),
            ("UrlPath", "URLPath"),
            ("Prioirty", "Priority"),
            ("ServiceNmae", "ServiceName"),
        ] {
            assert_eq!(reading(key, RULE_KEYS), Reading::Misspelt(meant), "{key}");
        }
    }

    #[test]
    fn keys_that_could_mean_something_else_are_only_asked_about() {
        for (key, asked) in [
            ("Rate", Some("FixedRate")),
            ("Method", Some("HTTPMethod")),
            ("Reservoir", Some("ReservoirSize")),
            ("Service", None),
            ("Colour", None),
            ("", None),
            ("e", None),
        ] {
            assert_eq!(reading(key, RULE_KEYS), Reading::Unknown(asked), "{key}");
        }
        let long = "x".repeat(1_000_000);
        assert_eq!(reading(&long, RULE_KEYS), Reading::Unknown(None));
    }

    #[test]
    fn right_keys_are_exact() {
        for key in RULE_AND_TAGS_KEYS {
            assert_eq!(reading(key, &RULE_AND_TAGS_KEYS), Reading::Exact(key));
        }
    }

    #[test]
    fn a_swap_counts_one() {
        let distance = |a: &str, b: &str| edit_distance(&plain(a), &plain(b));
        assert_eq!(distance("host", "hsot"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
