//! What changes in a text, line by line, in the unified form that `patch` and people read.

use super::terminal::Terminal;
use super::text::{Ink, Line, printable};

// How many lines around a change are shown.
const AROUND: usize = 3;
// Where the middles of two texts are larger than this, lines times lines, all of one is said to go for all
// of the other: that is still true, and takes no time.
const MOST_CELLS: usize = 4_000_000;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes,
    Comes,
}

/// Returns the difference between two texts of one file; nothing if there is none.
///
/// `old` is `None` for a file that is made.
pub fn diff(name: &str, old: Option<&str>, new: &str, terminal: &Terminal) -> String {
    let before: Vec<&str> = old.unwrap_or_default().lines().collect();
    let after: Vec<&str> = new.lines().collect();
    let fates = fates(&before, &after);
    if old.is_some() && fates.iter().all(|(fate, _)| *fate == Fate::Stays) {
        return String::new();
    }
    let mut lines = Vec::new();
    let mut say = |text: String, ink: Ink| {
        let mut line = Line::new();
        line.push(&text, ink);
        lines.push(line);
    };
    let from = match old {
        Some(_) => printable(name),
        None => "/dev/null".to_string(),
    };
    say(format!("--- {from}"), Ink::BOLD);
    say(format!("+++ {}", printable(name)), Ink::BOLD);
    for (start, end) in hunks(&fates) {
        let shown = fates.get(start..end).unwrap_or_default();
        let earlier = fates.get(..start).unwrap_or_default();
        let count =
            |all: &[(Fate, &str)], but: Fate| all.iter().filter(|(fate, _)| *fate != but).count();
        let place = |but: Fate| {
            let n = count(shown, but);
            // Of nothing, the line before it is named.
            format!("{},{n}", count(earlier, but) + usize::from(n > 0))
        };
        let head = format!("@@ -{} +{} @@", place(Fate::Comes), place(Fate::Goes));
        say(head, Ink::FAINT);
        for (fate, text) in shown {
            let (sign, ink) = match fate {
                Fate::Stays => (' ', Ink::PLAIN),
                Fate::Goes => ('-', Ink::RED),
                Fate::Comes => ('+', Ink::GREEN),
            };
            say(format!("{sign}{}", printable(text)), ink);
        }
    }
    lines
        .iter()
        .map(|line| line.text(terminal.colour) + "\n")
        .collect()
}

/// Returns every line of both texts once, with what becomes of it.
fn fates<'t>(before: &[&'t str], after: &[&'t str]) -> Vec<(Fate, &'t str)> {
    let pairs = before.iter().zip(after);
    let n_first = pairs.take_while(|(a, b)| a == b).count();
    let (first, before) = before.split_at(n_first);
    let after = after.get(n_first..).unwrap_or_default();
    let ends = before.iter().rev().zip(after.iter().rev());
    let n_last = ends.take_while(|(a, b)| a == b).count();
    let (before, last) = before.split_at(before.len() - n_last);
    let after = after.get(..after.len() - n_last).unwrap_or_default();

    let mut fates: Vec<_> = first.iter().map(|line| (Fate::Stays, *line)).collect();
    if before.len().saturating_mul(after.len()) > MOST_CELLS {
        fates.extend(before.iter().map(|line| (Fate::Goes, *line)));
        fates.extend(after.iter().map(|line| (Fate::Comes, *line)));
    } else {
        middle(before, after, &mut fates);
    }
    fates.extend(last.iter().map(|line| (Fate::Stays, *line)));
    fates
}

// The longest common subsequence, by a table of how long it is from each pair of lines on.
fn middle<'t>(before: &[&'t str], after: &[&'t str], fates: &mut Vec<(Fate, &'t str)>) {
    let width = after.len() + 1;
    let mut lengths = vec![0u32; (before.len() + 1) * width];
    let at = |lengths: &[u32], i: usize, j: usize| lengths.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in before.iter().enumerate().rev() {
        for (j, b) in after.iter().enumerate().rev() {
            let length = match a == b {
                true => at(&lengths, i + 1, j + 1) + 1,
                false => at(&lengths, i + 1, j).max(at(&lengths, i, j + 1)),
            };
            if let Some(cell) = lengths.get_mut(i * width + j) {
                *cell = length;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (before.get(i), after.get(j)) {
            (None, None) => return,
            (Some(a), Some(b)) if a == b => {
                fates.push((Fate::Stays, a));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || at(&lengths, i + 1, j) >= at(&lengths, i, j + 1) => {
                fates.push((Fate::Goes, a));
                i += 1;
            }
            (_, Some(b)) => {
                fates.push((Fate::Comes, b));
                j += 1;
            }
            (Some(_), None) => return,
        }
    }
}

/// Returns which stretches to show, half open: changes with what is around them.
fn hunks(fates: &[(Fate, &str)]) -> Vec<(usize, usize)> {
    let mut hunks: Vec<(usize, usize)> = Vec::new();
    for (idx, (fate, _)) in fates.iter().enumerate() {
        if *fate == Fate::Stays {
            continue;
        }
        let start = idx.saturating_sub(AROUND);
        let end = (idx + 1 + AROUND).min(fates.len());
        match hunks.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => hunks.push((start, end)),
        }
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(old: Option<&str>, new: &str) -> String {
        diff("a/file", old, new, &Terminal::plain(80))
    }

    #[test]
    fn a_changed_line_goes_and_comes_with_what_is_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\nten\n";
        let said = "--- a/file\n+++ a/file\n@@ -2,8 +2,9 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+ten\n";
        assert_eq!(plain(Some(old), new), said);
    }

    #[test]
    fn a_new_file_comes_from_nowhere_and_the_same_text_is_no_difference() {
        let said = "--- /dev/null\n+++ a/file\n@@ -0,0 +1,2 @@\n+x\n+y\n";
        assert_eq!(plain(None, "x\ny\n"), said);
        assert_eq!(plain(Some("x\n"), "x\n"), "");
    }

    #[test]
    fn changes_far_apart_are_shown_apart() {
        let old: String = (0..40).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n5\n", "\n").replace("\n30\n", "\nthirty\n");
        let said = plain(Some(&old), &new);
        let heads: Vec<&str> = said.lines().filter(|it| it.starts_with("@@")).collect();
        assert_eq!(heads, ["@@ -3,7 +3,6 @@", "@@ -28,7 +27,7 @@"]);
    }

    #[test]
    fn any_two_texts_are_told_apart_so_that_both_can_be_read_back() {
        let texts = ["", "a\n", "b\na\n", "a\nb\nc\n", "c\nb\na\n", "a\na\na\n"];
        for old in texts {
            for new in texts {
                let (before, after): (Vec<_>, Vec<_>) =
                    (old.lines().collect(), new.lines().collect());
                let fates = fates(&before, &after);
                let but = |fate| {
                    let kept = fates.iter().filter(move |(it, _)| *it != fate);
                    kept.map(|(_, line)| *line).collect::<Vec<&str>>()
                };
                assert_eq!((but(Fate::Comes), but(Fate::Goes)), (before, after));
            }
        }
    }
}
