//! Lines below a picture that say what is not in it.

use std::borrow::Cow;

use super::sheet::{CHARACTER, text};

const LINE: f64 = 20.0;
const LEFT: f64 = 24.0;

/// Returns an SVG of ours with these sentences below it, or anything else as it is.
pub fn with_caution<'d>(drawing: &'d str, sentences: &[String]) -> Cow<'d, str> {
    let enlarged = (!sentences.is_empty()).then(|| enlarged(drawing, sentences));
    match enlarged.flatten() {
        Some(svg) => svg.into(),
        None => drawing.into(),
    }
}

fn enlarged(svg: &str, sentences: &[String]) -> Option<String> {
    // The size stands three times at the beginning: in the view box, as size, and in the ground.
    let size = svg.strip_prefix("<svg ")?.split_once("viewBox=\"0 0 ")?.1;
    let (width, height) = size.split_once('"')?.0.split_once(' ')?;
    let (wide, high): (f64, f64) = (width.parse().ok()?, height.parse().ok()?);
    let most = ((wide - 2.0 * LEFT) / CHARACTER).max(20.0) as usize;
    let warned = sentences.iter().map(|it| format!("Warning: {it}."));
    let lines: Vec<String> = warned.flat_map(|it| wrapped(&it, most)).collect();
    let taller = high + lines.len() as f64 * LINE + LINE / 2.0;
    let body = svg.strip_suffix("</svg>\n")?;
    let mut all = body
        .replacen(
            &format!("0 0 {width} {height}\""),
            &format!("0 0 {width} {taller}\""),
            1,
        )
        .replacen(
            &format!("width=\"{width}\" height=\"{height}\""),
            &format!("width=\"{width}\" height=\"{taller}\""),
            2,
        );
    for (idx, line) in lines.iter().enumerate() {
        text(&mut all, LEFT, high + LINE * (idx as f64 + 0.5), "s", line);
    }
    all.push_str("</svg>\n");
    Some(all)
}

fn wrapped(sentence: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in sentence.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str = "<svg xmlns=\"x\" viewBox=\"0 0 200 100\" width=\"200\" height=\"100\" role=\"img\">\n<rect class=\"b\" width=\"200\" height=\"100\" rx=\"10\"/>\n</svg>\n";

    #[test]
    fn a_picture_grows_by_the_lines_that_stand_below_it() {
        let sentence = "5 events < all could not be read and are left out".to_string();
        let svg = with_caution(SVG, &[sentence]);
        assert!(
            svg.contains("viewBox=\"0 0 200 170\" width=\"200\" height=\"170\""),
            "{svg}"
        );
        assert!(svg.contains("<rect class=\"b\" width=\"200\" height=\"170\""));
        assert!(svg.contains(">Warning: 5 events &lt;</text>") && svg.contains(">all could"));
        assert!(svg.ends_with("</text>\n</svg>\n"));
    }

    #[test]
    fn nothing_is_said_below_a_whole_picture_and_pages_stay_as_they_are() {
        assert_eq!(with_caution(SVG, &[]), SVG);
        assert_eq!(
            with_caution("<!doctype html>", &["x".to_string()]),
            "<!doctype html>"
        );
    }
}
