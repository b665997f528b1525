use super::super::mark::Mark;
use super::super::picture::Frame;
use super::super::sample::{START, latencies};
use super::super::sheet::{self, text};
use super::super::svg::heatmap_svg;
use super::*;
use crate::model::time::SECOND;

/// A PNG as it is read back: its size, its pixels (RGBA, row by row), its texts by their keywords.
struct Read {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    texts: Vec<(String, String)>,
}

impl Read {
    fn of(bytes: &[u8]) -> Read {
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(frame.color_type, ColorType::Rgba);
        let texts = reader.info().utf8_text.iter();
        let texts = texts.map(|it| (it.keyword.clone(), it.get_text().unwrap()));
        Read {
            width: frame.width as usize,
            height: frame.height as usize,
            texts: texts.collect(),
            pixels,
        }
    }

    fn at(&self, x: usize, y: usize) -> [u8; 4] {
        let start = (y * self.width + x) * 4;
        self.pixels[start..start + 4].try_into().unwrap()
    }

    /// The pixels of a part, in units of the drawing.
    fn part(&self, x: f64, y: f64, width: f64, height: f64) -> Vec<[u8; 4]> {
        let pixel = |unit: f64| (unit * f64::from(SCALE)) as usize;
        let rows = pixel(y)..pixel(y + height);
        rows.flat_map(|row| (pixel(x)..pixel(x + width)).map(move |column| (column, row)))
            .map(|(column, row)| self.at(column, row))
            .collect()
    }
}

fn n_colours(part: &[[u8; 4]]) -> usize {
    part.iter().collect::<std::collections::HashSet<_>>().len()
}

fn n_other(part: &[[u8; 4]], ground: [u8; 4]) -> usize {
    part.iter().filter(|pixel| **pixel != ground).count()
}

const WHITE: [u8; 4] = [255, 255, 255, 255];
const NIGHT: [u8; 4] = [0x10, 0x15, 0x1c, 255];

fn drawn(words: &str, class: &str) -> Read {
    let mut svg = String::new();
    sheet::open(&mut svg, (200.0, 80.0), "", "");
    text(&mut svg, 20.0, 60.0, class, words);
    svg.push_str("</svg>\n");
    Read::of(&png(&svg, Theme::Light).unwrap())
}

#[test]
fn a_heatmap_is_twice_its_size_with_cells_and_words_where_they_belong() {
    let marks = [Mark::new(START + 20 * SECOND, None, "deploy", "deploy 7")];
    let frame = Frame {
        marks: &marks,
        ..Frame::new("HEATMAP(duration_ms) & <P90>")
    };
    let svg = heatmap_svg(&latencies(5000, 60, 10, 0.0), &frame);
    for (theme, ground) in [(Theme::Light, WHITE), (Theme::Dark, NIGHT)] {
        let bytes = png(&svg, theme).unwrap();
        let read = Read::of(&bytes);
        assert_eq!((read.width, read.height), (1920, 1048));
        // The ground has round corners.
        assert_eq!((read.at(0, 0)[3], read.at(30, 30)), (0, ground));
        // The title, the labels of both axes, the legend.
        for (x, y, width, height) in [
            (24.0, 22.0, 200.0, 18.0),
            (20.0, 60.0, 55.0, 350.0),
            (90.0, 430.0, 800.0, 20.0),
            (78.0, 470.0, 14.0, 12.0),
        ] {
            let part = read.part(x, y, width, height);
            let n = n_other(&part, ground);
            assert!(
                n > 20 && n < part.len() / 2,
                "{n} of {} at {x},{y}",
                part.len()
            );
        }
        assert!(n_colours(&read.part(80.0, 70.0, 850.0, 350.0)) > 12);
        let title = (
            "Title".to_string(),
            "HEATMAP(duration_ms) & <P90>".to_string(),
        );
        assert!(read.texts.contains(&title), "{:?}", read.texts);
        assert!(
            read.texts
                .iter()
                .any(|(keyword, it)| keyword == "Description" && it.contains("deploy 7"))
        );
        assert_eq!(
            bytes,
            png(&svg, theme).unwrap(),
            "the same drawing is the same bytes"
        );
        assert!(bytes.len() < 400_000, "{}", bytes.len());
    }
}

#[test]
fn every_character_that_drawings_have_of_their_own_has_a_glyph() {
    let box_of_none = drawn("\u{10ffff}", "s").pixels;
    for c in "·…→×−µ≥≤±%/()░▒▓█▁▂▃▄▅▆▇━╍┅éñßЯλ".chars()
    {
        let glyph = drawn(&c.to_string(), "s").pixels;
        assert_ne!(glyph, box_of_none, "{c}");
        assert_ne!(glyph, drawn(" ", "s").pixels, "{c}");
    }
}

#[test]
fn headings_are_bold_and_words_end_where_they_are_told_to() {
    let ink = |read: &Read, x: f64| n_other(&read.part(x, 45.0, 90.0, 20.0), WHITE);
    let (plain, bold) = (drawn("loud words", "s"), drawn("loud words", "n"));
    assert!(ink(&bold, 20.0) > ink(&plain, 20.0) * 11 / 10);
    let mut svg = String::new();
    sheet::open(&mut svg, (200.0, 80.0), "", "");
    text(&mut svg, 180.0, 60.0, "s e", "loud words");
    svg.push_str("</svg>\n");
    let at_end = Read::of(&png(&svg, Theme::Light).unwrap());
    assert_eq!((ink(&at_end, 0.0), ink(&plain, 110.0)), (0, 0));
    assert!(ink(&at_end, 90.0) > 100);
}

#[test]
fn a_long_drawing_has_fewer_pixels_and_one_that_nobody_can_look_at_none() {
    assert_eq!(scale(960.0, 524.0), Some(SCALE));
    let less = scale(1000.0, 24_000.0).unwrap();
    assert!((1.4..1.5).contains(&less), "{less}");
    assert_eq!(scale(1000.0, 60_000.0), None);
    let mut svg = String::new();
    sheet::open(&mut svg, (400.0, 200_000.0), "t", "d");
    svg.push_str("</svg>\n");
    let refused = png(&svg, Theme::Light).unwrap_err().to_string();
    assert!(refused.contains("400 by 200000 pixels"), "{refused}");
}
