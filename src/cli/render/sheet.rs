//! What drawings of traces share: the page with its two schemes of colour, and words that are safe in XML.

use std::fmt::Write as _;

use super::scheme::DARK as DARK_PAGE;
use crate::model::trace_summary::Verdict;
use crate::model::width::cell_width;

/// How wide a character of 13 units is taken to be; a little more than it is in most fonts.
pub const CHARACTER: f64 = 7.2;
/// The same of the smaller words, which have 11.5 units.
pub const SMALL_CHARACTER: f64 = 6.3;

/// Begins a drawing with its heading, and what it says to those who do not see it.
///
/// Classes for everything that is drawn: `b` the ground, `r` rules, `h`, `n`, `c`, `s`, nothing and `t` for words
/// from loud to quiet, `m` and `e` for words that stand around or before their place, `k` for words over lines, `i` for
/// words in a bar, `o` for outlines, `p` for bands, and for each verdict its [`class`] as a filling and, with an `l` before it, as a line.
pub fn open(svg: &mut String, (width, height): (f64, f64), title: &str, description: &str) {
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>\n\
         svg{{font:13px ui-sans-serif,system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif;\
         font-variant-numeric:tabular-nums}}\n\
         .h{{font-size:16px;font-weight:600}}.n{{font-weight:600}}.t,.c{{font-size:11.5px}}.c{{font-weight:600}}\
         .m{{text-anchor:middle}}.e{{text-anchor:end}}\n\
         .k{{paint-order:stroke;stroke-width:4;stroke-linejoin:round}}\n",
        escaped(title),
        escaped(description),
    );
    scheme(svg, &LIGHT);
    let _ = writeln!(svg, "{DARK_PAGE}");
    scheme(svg, &DARK);
    let _ = write!(
        svg,
        "}}\n</style>\n<rect class=\"b\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"10\"/>\n"
    );
    text(svg, 24.0, 36.0, "h", title);
}

struct Scheme {
    ground: &'static str,
    words: &'static str,
    quiet: &'static str,
    rules: &'static str,
    lines: &'static str,
    panel: &'static str,
    ok: &'static str,
    open: &'static str,
    error: &'static str,
    throttle: &'static str,
    fault: &'static str,
}

// None of them has to be told from another by red and green alone: they differ in lightness, and words
// beside them say the same.
const LIGHT: Scheme = Scheme {
    ground: "#ffffff",
    words: "#1d2733",
    quiet: "#5b6876",
    rules: "#dfe5ea",
    lines: "#9aa7b4",
    panel: "#f5f7f9",
    ok: "#2a8fb0",
    open: "#8a97a4",
    error: "#e0900a",
    throttle: "#8b4fd0",
    fault: "#c81e4a",
};
const DARK: Scheme = Scheme {
    ground: "#10151c",
    words: "#e6ebf0",
    quiet: "#93a0ad",
    rules: "#27313b",
    lines: "#5d6b79",
    panel: "#171e27",
    ok: "#35b0bf",
    open: "#7a8793",
    error: "#ffc052",
    throttle: "#c39bff",
    fault: "#ff5c7c",
};

fn scheme(svg: &mut String, scheme: &Scheme) {
    let Scheme {
        ground,
        words,
        quiet,
        rules,
        lines,
        panel,
        ..
    } = scheme;
    let _ = write!(
        svg,
        ".b{{fill:{ground}}}.p{{fill:{panel}}}text{{fill:{quiet}}}.h,.s,.n,.c{{fill:{words}}}\
         .r{{stroke:{rules};fill:none}}.o{{stroke:{lines};fill:none}}.a{{fill:{lines}}}\
         .k{{stroke:{ground}}}text.i{{fill:{ground}}}"
    );
    for (verdict, colour) in [
        (Verdict::Ok, scheme.ok),
        (Verdict::Open, scheme.open),
        (Verdict::Error, scheme.error),
        (Verdict::Throttle, scheme.throttle),
        (Verdict::Fault, scheme.fault),
    ] {
        let class = class(verdict);
        let _ = write!(
            svg,
            ".{class},text.{class}{{fill:{colour}}}.l{class}{{stroke:{colour};fill:none}}"
        );
    }
    svg.push('\n');
}

/// Returns the class that fills with a verdict's colour.
pub fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "vo",
        Verdict::Open => "vp",
        Verdict::Error => "ve",
        Verdict::Throttle => "vt",
        Verdict::Fault => "vf",
    }
}

/// Returns what a verdict is called.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Open => "in progress",
        Verdict::Error => "error",
        Verdict::Throttle => "throttle",
        Verdict::Fault => "fault",
    }
}

/// Draws a swatch with its word for each verdict, and returns where they end.
pub fn legend(svg: &mut String, mut x: f64, y: f64, verdicts: &[Verdict]) -> f64 {
    for verdict in verdicts {
        let word = word(*verdict);
        let _ = writeln!(
            svg,
            "<rect class=\"{}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\" rx=\"3\"/>",
            class(*verdict),
            y - 10.5
        );
        text(svg, x + 18.0, y, "t", word);
        x += 18.0 + cell_width(word) as f64 * SMALL_CHARACTER + 20.0;
    }
    x
}

/// Writes words at a place.
pub fn text(svg: &mut String, x: f64, y: f64, class: &str, words: &str) {
    let words = escaped(words);
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>"
    );
}

/// Returns text for an XML document; what XML 1.0 cannot hold becomes U+FFFD.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ if c.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(c),
        }
    }
    escaped
}
