//! The two schemes of colour that every drawing has, and a drawing in just one of them.

use super::terminal::Theme;

/// What stands in a drawing's style before the rules of a dark page, which end with one more brace.
pub(super) const DARK: &str = "@media (prefers-color-scheme:dark){";

/// Returns a drawing of ours, SVG or HTML, in one scheme wherever it is shown.
///
/// Without this it follows the page or the reader's system.
pub fn in_scheme(drawing: &str, theme: Theme) -> String {
    let mut out = String::with_capacity(drawing.len());
    let mut rest = drawing;
    // Only styles are looked at: words may be anything.
    while let Some((before, style)) = rest.split_once("<style>") {
        let (style, after) = style.split_once("</style>").unwrap_or((style, ""));
        out.push_str(before);
        out.push_str("<style>");
        style_in_scheme(&mut out, style, theme);
        out.push_str("</style>");
        rest = after;
    }
    out.push_str(rest);
    out
}

fn style_in_scheme(out: &mut String, style: &str, theme: Theme) {
    let mut rest = style;
    while let Some((before, from_rules)) = rest.split_once(DARK) {
        let (rules, after) = from_rules.split_at(end_of_block(from_rules));
        out.push_str(before);
        if theme == Theme::Dark {
            out.push_str(rules);
        }
        rest = after.strip_prefix('}').unwrap_or(after);
    }
    out.push_str(rest);
}

// Where the brace is that closes a block whose opening brace came before.
fn end_of_block(text: &str) -> usize {
    let mut depth = 0usize;
    for (place, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return place,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing() -> String {
        format!(
            "<style>\n.a{{x}}\n{DARK}\n.a{{y}}.b{{z}}\n}}\n</style><title>{DARK}.a{{}}</title><style>{DARK}.c{{w}}}}.d{{}}</style>"
        )
    }

    #[test]
    fn dark_rules_are_for_the_dark_scheme_alone_and_come_last() {
        let light = "<style>\n.a{x}\n\n</style>";
        let dark = "<style>\n.a{x}\n\n.a{y}.b{z}\n\n</style>";
        for (theme, first, second) in [
            (Theme::Light, light, "<style>.d{}</style>"),
            (Theme::Dark, dark, "<style>.c{w}.d{}</style>"),
        ] {
            let words = format!("<title>{DARK}.a{{}}</title>");
            assert_eq!(
                in_scheme(&drawing(), theme),
                format!("{first}{words}{second}")
            );
        }
    }

    #[test]
    fn what_is_broken_off_or_has_no_style_stays() {
        for theme in [Theme::Light, Theme::Dark] {
            assert_eq!(in_scheme("<svg></svg>", theme), "<svg></svg>");
            let cut = format!("<style>{DARK}.a{{");
            assert!(in_scheme(&cut, theme).starts_with("<style>"));
        }
    }
}
