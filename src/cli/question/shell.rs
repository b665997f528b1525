//! Conditions that a shell has taken apart before they came here.

// Flags whose value has signs or blanks in it more often than not.
const CONDITIONS: [&str; 7] = [
    "--where", "--having", "--assert", "--select", "--calc", "--order", "--filter",
];
// Flags that are forgotten to be flags.
const FLAGS: [&str; 9] = [
    "where", "having", "order", "by", "last", "since", "until", "limit", "assert",
];

/// Returns what to do about arguments that were refused, if it is a condition without its quotes.
///
/// `arguments` are all there are, the program first.
pub fn hint(arguments: &[String]) -> Option<String> {
    for (at, flag) in arguments.iter().enumerate() {
        let (name, own) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (flag.as_str(), None),
        };
        if !CONDITIONS.contains(&name) {
            continue;
        }
        let rest = arguments.get(at + 1..).unwrap_or_default();
        let words = rest.iter().take_while(|it| !it.starts_with("--"));
        let words: Vec<String> = own.into_iter().chain(words.cloned()).collect();
        match words.as_slice() {
            [] => {
                return Some(format!(
                    "the shell takes what follows an unquoted > or <: quote the condition, as in {name} '{}'",
                    example(name)
                ));
            }
            [_] => {}
            words => {
                let whole = words.join(" ").replace('\'', "\"");
                return Some(format!("quote the whole condition: {name} '{whole}'"));
            }
        }
    }
    let is_query = arguments.get(1).is_some_and(|it| it == "query");
    let forgotten = arguments.iter().skip(2);
    let word = forgotten
        .map(String::as_str)
        .find(|it| FLAGS.contains(it))?;
    is_query.then(|| format!("`{word}` is a flag: --{word}"))
}

fn example(flag: &str) -> &'static str {
    match flag {
        "--having" => "count > 10",
        "--assert" => "p90 < 250ms",
        "--select" => ">400ms",
        "--calc" => "slow = GT($duration_ms, 250)",
        "--order" => "p90 desc",
        _ => "duration_ms > 250",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_in_pieces_is_put_together() {
        for (line, says) in [
            (
                "x query count --where status = 500",
                Some("--where 'status = 500'"),
            ),
            (
                "x query count --where duration_ms 250",
                Some("--where 'duration_ms 250'"),
            ),
            (
                "x query count --where a=1 and b=2 --by c",
                Some("--where 'a=1 and b=2'"),
            ),
            ("x query count --where=a = 1", Some("--where 'a = 1'")),
            ("x query count --having", Some("--having 'count > 10'")),
            ("x query count --select --why", Some("--select '>400ms'")),
            ("x query p90 --order p90 desc", Some("--order 'p90 desc'")),
            (
                "x query count where a=1",
                Some("`where` is a flag: --where"),
            ),
            ("x query p90 by http.route", Some("`by` is a flag: --by")),
            ("x query count --where a=1 --nonsense", None),
            ("x stack by", None),
        ] {
            let arguments: Vec<String> = line.split(' ').map(str::to_string).collect();
            let hint = hint(&arguments);
            match says {
                None => assert_eq!(hint, None, "{line}"),
                Some(says) => assert!(
                    hint.as_deref().is_some_and(|it| it.ends_with(says)),
                    "{line}: {hint:?}"
                ),
            }
        }
    }
}
