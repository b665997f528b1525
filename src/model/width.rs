//! How many cells of a terminal a text takes: wide characters two, what combines with the character before none.
//!
//! Source: Unicode Standard Annex 11, by `unicode-width`; a sequence of emoji is measured as the one picture that it is shown as.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const JOINER: char = '\u{200d}';

/// Returns how many cells `text` takes.
pub fn cell_width(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => clusters(text).map(width).sum(),
    }
}

/// Returns each character with the cells that it takes; the first of several that are shown as one has those of all.
pub fn glyphs(text: &str) -> impl Iterator<Item = (char, usize)> {
    clusters(text).flat_map(|cluster| {
        let firsts = std::iter::once(width(cluster)).chain(std::iter::repeat(0));
        cluster.chars().zip(firsts)
    })
}

/// Splits a text into what is shown as one character each.
pub fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let mut before = first;
        let mut n_flags = usize::from(is_flag(first));
        let mut end = rest.len();
        for (at, c) in chars {
            let is_pair = is_flag(c) && is_flag(before) && n_flags == 1;
            n_flags += usize::from(is_pair);
            let is_joined = before == JOINER && c.width() == Some(2);
            let is_tone = matches!(c, '\u{1f3fb}'..='\u{1f3ff}') && before.width() == Some(2);
            if !(is_pair || is_joined || is_tone || c.width() == Some(0)) {
                end = at;
                break;
            }
            before = c;
        }
        let (cluster, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(cluster)
    })
}

/// Returns the beginning of `text` that takes at most `most` cells; never a part of what is shown as one character.
pub fn beginning(text: &str, most: usize) -> &str {
    let mut end = 0;
    let mut taken = 0;
    for cluster in clusters(text) {
        taken += width(cluster);
        if taken > most {
            break;
        }
        end += cluster.len();
    }
    text.get(..end).unwrap_or_default()
}

/// Returns blanks below `text`, so that what follows them stands below what follows it; a tab stays one.
pub fn blanks(text: &str) -> String {
    let mut below = String::new();
    for (c, n_cells) in glyphs(text) {
        match c {
            '\t' => below.push('\t'),
            _ => below.extend(std::iter::repeat_n(' ', n_cells)),
        }
    }
    below
}

// A control character takes one cell where it is written out for what it is; half of a flag is shown as a letter.
fn width(cluster: &str) -> usize {
    cluster.width().min(2)
}

fn is_flag(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_take_the_cells_that_terminals_give_them() {
        for (text, n_cells) in [
            ("", 0),
            ("abc", 3),
            ("größe", 5),
            ("gro\u{308}ße", 5),
            ("日本語", 6),
            ("한글", 4),
            ("ｆｕｌｌ", 8),
            ("🚀", 2),
            ("👍🏽", 2),
            ("👩\u{200d}💻", 2),
            ("❤\u{fe0f}", 2),
            ("🇩🇪🇫🇷", 4),
            ("a\u{200b}b", 2),
            ("…", 1),
        ] {
            assert_eq!(cell_width(text), n_cells, "{text}");
            assert_eq!(
                glyphs(text).map(|it| it.1).sum::<usize>(),
                n_cells,
                "{text}"
            );
            assert_eq!(clusters(text).collect::<String>(), text);
        }
    }

    #[test]
    fn a_beginning_never_ends_inside_of_a_character() {
        assert_eq!(beginning("日本語", 5), "日本");
        assert_eq!(beginning("日本語", 1), "");
        assert_eq!(beginning("e\u{301}x", 1), "e\u{301}");
        assert_eq!(beginning("👩\u{200d}💻x", 2), "👩\u{200d}💻");
    }

    #[test]
    fn blanks_are_as_wide_as_what_is_above() {
        assert_eq!(blanks("a\t日本e\u{301}"), " \t     ");
    }
}
