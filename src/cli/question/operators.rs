//! Operators: those that there are, and what is meant by those of other languages.

use crate::model::query::FilterOp;

/// Returns the operator that `text` begins with and its length in bytes; words in any case.
pub fn operator_at(text: &str) -> Option<(usize, FilterOp)> {
    let signs = run_of_signs(text);
    if !signs.is_empty() {
        return FilterOp::named(signs).map(|op| (signs.len(), op));
    }
    let word = first_word(text);
    let op = FilterOp::named(&word.to_ascii_lowercase())?;
    Some((word.len(), op))
}

/// Says what to write in place of the operator that `text` begins with, which is none of ours, and how many
/// bytes it has; `None` if nothing here is like an operator. `column` is what stands before it.
pub fn advice_at(column: &str, text: &str) -> Option<(usize, String)> {
    let signs = run_of_signs(text);
    if !signs.is_empty() {
        let used = SIGNS.iter().find(|(sign, _)| *sign == signs);
        let advice = match used {
            Some((_, Use::This(right))) => format!("use `{right}`"),
            Some((_, Use::Pattern(no))) => pattern_advice(column, text, *no),
            None => format!("use one of {}", comparisons()),
        };
        return Some((signs.len(), format!("unknown operator `{signs}`: {advice}")));
    }
    let (length, used) = words_at(text)?;
    let typed = text.get(..length).unwrap_or_default();
    let advice = match used {
        Use::This(right) => format!("use `{right}`"),
        Use::Pattern(no) => pattern_advice(column, text.get(length..).unwrap_or_default(), no),
    };
    Some((length, format!("unknown operator `{typed}`: {advice}")))
}

/// Says as [`advice_at`] what to write where only numbers are compared; operators of ours that compare something else are
/// as unknown as all others.
pub fn comparison_at(column: &str, text: &str) -> Option<(usize, String)> {
    let is_comparison = |(_, op): &(usize, FilterOp)| COMPARISONS.contains(op);
    let ours = operator_at(text).filter(|it| !is_comparison(it));
    let (length, advice) = match ours {
        Some((length, _)) => (length, None),
        None => {
            let (length, advice) = advice_at(column, text)?;
            let names = FilterOp::ALL.iter();
            let others = names.filter(|(_, op)| !COMPARISONS.contains(op));
            let mut names = others.map(|(name, _)| format!("use `{name}`"));
            let is_other = names.any(|it| advice.contains(&it));
            (length, (!is_other).then_some(advice))
        }
    };
    let typed = text.get(..length).unwrap_or_default();
    let usual = || format!("unknown operator `{typed}`: use one of {}", comparisons());
    Some((length, advice.unwrap_or_else(usual)))
}

const COMPARISONS: [FilterOp; 6] = [
    FilterOp::Equal,
    FilterOp::NotEqual,
    FilterOp::Greater,
    FilterOp::GreaterOrEqual,
    FilterOp::Less,
    FilterOp::LessOrEqual,
];

/// Returns the comparisons of numbers, for messages.
pub fn comparisons() -> String {
    let names = FilterOp::ALL.iter().take(6).map(|(name, _)| *name);
    names.collect::<Vec<_>>().join(" ")
}

/// Returns what joins conditions in place of the sign that `text` begins with, and the sign's length.
pub fn joint_advice(text: &str) -> Option<(usize, &'static str)> {
    let joints = [
        ("&&", "unknown operator `&&`: use `and`"),
        ("||", "unknown operator `||`: use `or`"),
        ("&", "unknown operator `&`: use `and`"),
        ("|", "unknown operator `|`: use `or`"),
        (";", "conditions are joined by `and` or `or`, not by `;`"),
        (",", "conditions are joined by `and` or `or`, not by `,`"),
    ];
    let found = joints.iter().find(|(sign, _)| text.starts_with(sign))?;
    Some((found.0.len(), found.1))
}

#[derive(Clone, Copy)]
enum Use {
    // This operator of ours.
    This(&'static str),
    // One that compares parts of texts, or its opposite.
    Pattern(bool),
}

const SIGNS: [(&str, Use); 25] = [
    ("==", Use::This("=")),
    ("===", Use::This("=")),
    (":", Use::This("=")),
    (":=", Use::This("=")),
    ("<=>", Use::This("=")),
    ("<>", Use::This("!=")),
    ("!==", Use::This("!=")),
    ("=!", Use::This("!=")),
    ("=!=", Use::This("!=")),
    ("≠", Use::This("!=")),
    ("!", Use::This("!=")),
    ("=>", Use::This(">=")),
    ("≥", Use::This(">=")),
    ("!<", Use::This(">=")),
    ("=<", Use::This("<=")),
    ("≤", Use::This("<=")),
    ("!>", Use::This("<=")),
    (">>", Use::This(">")),
    ("<<", Use::This("<")),
    ("~", Use::Pattern(false)),
    ("=~", Use::Pattern(false)),
    ("~=", Use::Pattern(false)),
    ("~*", Use::Pattern(false)),
    ("!~", Use::Pattern(true)),
    ("!~*", Use::Pattern(true)),
];

// With `-` between the words, however they were joined.
const WORDS: [(&str, Use); 65] = [
    ("eq", Use::This("=")),
    ("equal", Use::This("=")),
    ("equals", Use::This("=")),
    ("equal-to", Use::This("=")),
    ("is", Use::This("=")),
    ("is-equal-to", Use::This("=")),
    ("ne", Use::This("!=")),
    ("neq", Use::This("!=")),
    ("not", Use::This("!=")),
    ("isnt", Use::This("!=")),
    ("is-not", Use::This("!=")),
    ("not-equal", Use::This("!=")),
    ("not-equals", Use::This("!=")),
    ("does-not-equal", Use::This("!=")),
    ("gt", Use::This(">")),
    ("over", Use::This(">")),
    ("above", Use::This(">")),
    ("more-than", Use::This(">")),
    ("greater-than", Use::This(">")),
    ("gte", Use::This(">=")),
    ("ge", Use::This(">=")),
    ("at-least", Use::This(">=")),
    ("lt", Use::This("<")),
    ("under", Use::This("<")),
    ("below", Use::This("<")),
    ("less-than", Use::This("<")),
    ("lte", Use::This("<=")),
    ("le", Use::This("<=")),
    ("at-most", Use::This("<=")),
    ("between", Use::This(">= LOW and COLUMN <= HIGH")),
    ("not-between", Use::This("< LOW or COLUMN > HIGH")),
    ("like", Use::Pattern(false)),
    ("ilike", Use::Pattern(false)),
    ("glob", Use::Pattern(false)),
    ("rlike", Use::Pattern(false)),
    ("regex", Use::Pattern(false)),
    ("regexp", Use::Pattern(false)),
    ("match", Use::Pattern(false)),
    ("matches", Use::Pattern(false)),
    ("similar-to", Use::Pattern(false)),
    ("not-like", Use::Pattern(true)),
    ("not-ilike", Use::Pattern(true)),
    ("not-regexp", Use::Pattern(true)),
    ("does-not-match", Use::Pattern(true)),
    ("is-null", Use::This("does-not-exist")),
    ("isnull", Use::This("does-not-exist")),
    ("is-missing", Use::This("does-not-exist")),
    ("missing", Use::This("does-not-exist")),
    ("not-exists", Use::This("does-not-exist")),
    ("is-not-null", Use::This("exists")),
    ("notnull", Use::This("exists")),
    ("is-set", Use::This("exists")),
    ("exist", Use::This("exists")),
    ("is-in", Use::This("in")),
    ("not-one-of", Use::This("not-in")),
    ("notin", Use::This("not-in")),
    ("nin", Use::This("not-in")),
    ("contain", Use::This("contains")),
    ("include", Use::This("contains")),
    ("includes", Use::This("contains")),
    ("has", Use::This("contains")),
    ("not-contains", Use::This("does-not-contain")),
    ("startswith", Use::This("starts-with")),
    ("begins-with", Use::This("starts-with")),
    ("endswith", Use::This("ends-with")),
];

// The most words of an operator that there is.
const MOST_WORDS: usize = 4;

fn words_at(text: &str) -> Option<(usize, Use)> {
    let mut ends = Vec::new();
    let mut at = 0;
    for _ in 0..MOST_WORDS {
        let rest = text.get(at..).unwrap_or_default();
        let word = rest.trim_start();
        let length = first_word(word).len();
        if length == 0 {
            break;
        }
        at += rest.len() - word.len() + length;
        ends.push(at);
    }
    ends.into_iter().rev().find_map(|end| {
        let typed = text.get(..end)?.to_lowercase();
        let typed = typed.trim_start_matches('-').replace('_', "-");
        let typed = typed.replace("n't", " not").replace('’', "'");
        let joined = typed.split_whitespace().collect::<Vec<_>>().join("-");
        if let Some((name, _)) = FilterOp::ALL.iter().find(|(name, _)| *name == joined) {
            return Some((end, Use::This(name)));
        }
        let known = WORDS.iter().find(|(name, _)| *name == joined)?;
        Some((end, known.1))
    })
}

// A value of SQL's LIKE says by its `%` which part of the text is meant.
fn pattern_advice(column: &str, rest: &str, is_opposite: bool) -> String {
    let value = rest.trim_start_matches(|c: char| is_sign(c) || c.is_whitespace());
    let value = value.trim_matches(|c: char| "'\"` ".contains(c));
    // Others write a pattern between slashes.
    let between = value.strip_prefix('/').and_then(|it| it.strip_suffix('/'));
    let value = between.unwrap_or(value);
    let inner = value.trim_matches(|c| c == '%' || c == '*');
    let open = (
        value.starts_with(['%', '*']) || value.starts_with(".*"),
        value.ends_with(['%', '*']),
    );
    let right = match (open, is_opposite) {
        ((false, true), false) => "starts-with",
        ((false, true), true) => "does-not-start-with",
        ((true, false), false) => "ends-with",
        ((true, false), true) => "does-not-end-with",
        (_, false) => "contains",
        (_, true) => "does-not-contain",
    };
    let is_plain = !inner.is_empty()
        && inner.len() < 80
        && !inner.contains(|c: char| "^$[](){}|\\+?%*'\" ".contains(c))
        && !inner.contains(".*");
    if is_plain {
        return format!("use `{right}`: {column} {right} {inner}");
    }
    format!(
        "use `{right}`, or for a regular expression --calc 'hit = REG_MATCH(${column}, `PATTERN`)' with --where 'hit = {}'",
        !is_opposite
    )
}

fn is_sign(c: char) -> bool {
    "=!<>~:*≠≥≤".contains(c)
}

// What belongs together as one operator of signs; a star only after another sign.
fn run_of_signs(text: &str) -> &str {
    let end = text.find(|c| !is_sign(c)).unwrap_or(text.len());
    let run = text.get(..end).unwrap_or_default();
    if run.starts_with('*') {
        return "";
    }
    // `=:id` and `=*.html` compare with a value that begins like that.
    let second = run.char_indices().nth(1).map_or(run.len(), |(at, _)| at);
    match run.get(second..).unwrap_or_default() {
        rest if rest.starts_with([':', '*']) && !run.starts_with(['~', ':']) => {
            run.get(..second).unwrap_or_default()
        }
        _ => run,
    }
}

fn first_word(text: &str) -> &str {
    let is_word = |c: char| c.is_alphanumeric() || "-_'’".contains(c);
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_read_in_any_case_and_as_a_whole() {
        for (text, name) in [
            ("= 3", "="),
            (">=3", ">="),
            ("EXISTS", "exists"),
            ("Not-In (1)", "not-in"),
            ("in(1)", "in"),
            ("=:id", "="),
        ] {
            let (_, op) = operator_at(text).unwrap();
            assert_eq!(op.name(), name, "{text}");
        }
        for text in ["== 3", "=> 3", "like x", "existsnot", "inside", "", "* 3"] {
            assert_eq!(operator_at(text), None, "{text}");
        }
    }

    #[test]
    fn an_operator_of_another_language_names_the_right_one() {
        for (text, right) in [
            ("== 3", "`==`: use `=`"),
            ("===3", "`===`: use `=`"),
            (": 3", "`:`: use `=`"),
            ("<> 3", "`<>`: use `!=`"),
            ("=> 3", "`=>`: use `>=`"),
            ("=< 3", "`=<`: use `<=`"),
            ("≥ 3", "`≥`: use `>=`"),
            ("=~ /api", "`=~`: use `contains`: c contains /api"),
            ("=~ /api/", "`=~`: use `contains`: c contains api"),
            ("!~ x", "`!~`: use `does-not-contain`: c does-not-contain x"),
            (
                "=~ ^/api/.*$",
                "use `contains`, or for a regular expression --calc",
            ),
            ("LIKE '%home%'", "`LIKE`: use `contains`: c contains home"),
            (
                "like '/api%'",
                "`like`: use `starts-with`: c starts-with /api",
            ),
            ("not like '%x'", "`not like`: use `does-not-end-with`"),
            ("is 3", "`is`: use `="),
            ("IS NULL", "`IS NULL`: use `does-not-exist`"),
            ("is not null", "`is not null`: use `exists`"),
            ("is not 3", "`is not`: use `!=`"),
            ("not in (1)", "`not in`: use `not-in`"),
            ("between 1 and 2", "`between`: use `>= LOW and"),
            ("starts with x", "`starts with`: use `starts-with`"),
            ("startsWith x", "`startsWith`: use `starts-with`"),
            ("starts_with x", "`starts_with`: use `starts-with`"),
            (
                "does not contain x",
                "`does not contain`: use `does-not-contain`",
            ),
            ("doesn't exist", "`doesn't exist`: use `does-not-exist`"),
            ("-eq 3", "`-eq`: use `=`"),
            ("greater than 3", "`greater than`: use `>`"),
            ("=== = 3", "use `=`"),
            ("<>= 3", "use one of = != > >= < <="),
        ] {
            let (_, advice) = advice_at("c", text).unwrap_or_else(|| panic!("{text}"));
            assert!(advice.contains(right), "{text}: {advice}");
        }
        assert_eq!(advice_at("c", "250"), None);
    }
}
