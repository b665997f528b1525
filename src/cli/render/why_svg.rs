//! What tells a selection from the rest, as a picture: for each attribute two bars for each of its values,
//! the share inside above the share outside.

use std::fmt::Write as _;

use super::axis::Unit;
use super::picture::Frame;
use super::plot_svg::{HEIGHT, LEFT, RIGHT, WIDTH, begin, heading};
use super::sheet::{CHARACTER, escaped, text};
use super::svg::heatmap_part;
use super::text::{clipped, grouped};
use super::why::{EFFECT, item_words, percent};
use crate::model::answer::Answer;
use crate::model::contrast::{Pair, difference, share};
use crate::model::why::{Attribute, Counted, Item, Why};

/// Values of one attribute that are drawn: those that differ most.
const MOST_VALUES: usize = 4;
const MOST_RANGES: usize = 12;
const LINE: f64 = 30.0;
const HEAD: f64 = 34.0;
const BAR: f64 = 9.0;
/// Where bars begin, and how long the longest is.
const BARS: f64 = LEFT + 270.0;
const LONGEST: f64 = 300.0;

/// Draws the heatmaps one under another, then what stands out of their selection, at most `limit`
/// attributes.
///
/// `selection` says in words what is selected.
pub fn why_svg(
    title: &str,
    parts: &[(&Answer, Frame<'_>)],
    why: &Why,
    selection: &str,
    limit: usize,
) -> String {
    let causes: Vec<&Attribute> = why.causes().take(limit).collect();
    let drawn: Vec<(&Attribute, Vec<&Counted>)> = causes
        .into_iter()
        .map(|it| (it, most_different(it)))
        .collect();
    let top = if parts.is_empty() {
        24.0
    } else {
        HEIGHT * parts.len() as f64
    };
    let n_lines: usize = drawn.iter().map(|(_, values)| values.len()).sum();
    let height = 84.0 + drawn.len() as f64 * (HEAD + 14.0) + n_lines as f64 * LINE;
    let mut svg = String::new();
    begin(&mut svg, title, top + height);
    for (idx, (answer, frame)) in parts.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<g transform=\"translate(0,{})\">",
            HEIGHT * idx as f64
        );
        heatmap_part(&mut svg, answer, frame, heading);
        svg.push_str("</g>\n");
    }
    let _ = writeln!(svg, "<g transform=\"translate(0,{top})\">");
    let inside = share(why.events.inside, why.events.total());
    let question = format!(
        "What is different about {} of {} events ({}): {selection}",
        grouped(why.events.inside),
        grouped(why.events.total()),
        percent(inside)
    );
    // A letter of a heading is taken to be 9.8 units wide.
    let room = ((WIDTH - 48.0) / 9.8) as usize;
    text(&mut svg, 24.0, 20.0, "h", &clipped(&question, room, '…'));
    legend(&mut svg, 44.0);
    let mut y = 72.0;
    if drawn.is_empty() {
        let words = "nothing stands out: no attribute differs more than by chance";
        text(&mut svg, WIDTH / 2.0, y, "m", words);
    }
    for (cause, values) in drawn {
        y = attribute(&mut svg, cause, &values, y) + 14.0;
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn legend(svg: &mut String, y: f64) {
    for (x, class, word) in [(LEFT, "l0", "inside"), (LEFT + 90.0, "k3", "outside")] {
        bar(svg, x, y - 4.0, 26.0, class);
        text(svg, x + 34.0, y, "", word);
    }
    let effect = format!("effect: {EFFECT}");
    text(svg, WIDTH - RIGHT, y, "e", &effect);
}

// The more a value differs, the more it tells; the most over-represented ones come first. Ranges of numbers
// are there in their order.
fn most_different(cause: &Attribute) -> Vec<&Counted> {
    let totals = cause.totals();
    let difference = |it: &Counted| difference(it.pair, totals);
    let mut values: Vec<&Counted> = cause.values.iter().collect();
    values.sort_by(|a, b| difference(b).abs().total_cmp(&difference(a).abs()));
    let are_ranges = values
        .iter()
        .any(|it| matches!(it.item, Item::Between { .. }));
    values.truncate(if are_ranges { MOST_RANGES } else { MOST_VALUES });
    let place = |it: &Counted| match it.item {
        Item::Between { low, .. } => (0, low.unwrap_or(f64::NEG_INFINITY)),
        _ => (1, -difference(it)),
    };
    values.sort_by(|a, b| {
        let (a, b) = (place(a), place(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    values
}

/// Draws one attribute from `y` down, and returns where it ends.
fn attribute(svg: &mut String, cause: &Attribute, values: &[&Counted], y: f64) -> f64 {
    let totals = cause.totals();
    let _ = writeln!(
        svg,
        "<path class=\"r\" d=\"M24 {:.1}H{}\"/>",
        y - 6.0,
        WIDTH - RIGHT
    );
    let name = clipped(&cause.column, 60, '…');
    text(svg, 24.0, y + 14.0, "h", &name);
    let effect = format!("effect {}", percent(cause.contrast.effect()));
    text(svg, WIDTH - RIGHT, y + 14.0, "e", &effect);
    let unit = Unit::of(&cause.column);
    let mut y = y + HEAD;
    for counted in values {
        let name = item_words(&counted.item, unit);
        let room = ((BARS - 36.0) / CHARACTER) as usize;
        let Pair { inside, outside } = counted.pair;
        let words = format!(
            "{name}: inside {} of {}, outside {} of {}",
            grouped(inside),
            grouped(totals.inside),
            grouped(outside),
            grouped(totals.outside)
        );
        let _ = writeln!(svg, "<g><title>{}</title>", escaped(&words));
        text(svg, BARS - 12.0, y + 8.0, "e s", &clipped(&name, room, '…'));
        let sides = [
            (inside, totals.inside, "l0", 0.0),
            (outside, totals.outside, "k3", BAR + 2.0),
        ];
        for (part, whole, class, down) in sides {
            let share = share(part, whole);
            let width = (share * LONGEST).max(if part > 0 { 1.5 } else { 0.0 });
            bar(svg, BARS, y + down, width, class);
            let label = format!("{} ({})", grouped(part), percent(share));
            text(svg, BARS + width + 8.0, y + down + 4.0, "t", &label);
        }
        svg.push_str("</g>\n");
        y += LINE;
    }
    y
}

// A thick line, since the classes of colours are those of lines.
fn bar(svg: &mut String, x: f64, y: f64, width: f64, class: &str) {
    if width > 0.0 {
        let _ = writeln!(
            svg,
            "<path class=\"{class}\" stroke-width=\"{BAR}\" d=\"M{x:.1} {y:.1}h{width:.1}\"/>"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::latencies;
    use super::super::selected::Selected;
    use super::super::why::tests::sample;
    use super::*;

    #[test]
    fn each_cause_has_pairs_of_bars_with_their_counts_and_the_heatmap_its_box() {
        let answer = latencies(400, 9, 10, 0.0);
        let frame = Frame {
            selected: Some(Selected {
                low: Some(20.0),
                ..Selected::default()
            }),
            ..Frame::new("t")
        };
        let svg = why_svg("t", &[(&answer, frame)], &sample(), "above <20> ms", 9);
        assert_eq!(svg.matches("class=\"sel\"").count(), 1);
        assert!(svg.contains("above &lt;20&gt; ms"));
        assert!(svg.contains("inside 412 of 430, outside 1,203 of 50,120</title>"));
        assert!(svg.contains(">effect 94 %<"), "{svg}");
        let alone = why_svg("t", &[], &sample(), "x", 1);
        assert!(!alone.contains("class=\"sel\"") && alone.contains("user_agent.original"));
        assert!(!alone.contains("http.response_size_ms"));
    }

    #[test]
    fn nothing_that_differs_is_a_sentence_in_the_picture() {
        let mut why = sample();
        why.attributes.clear();
        let svg = why_svg("t", &[], &why, "x", 9);
        assert!(svg.contains("nothing stands out"));
    }
}
