//! A drawing as a PNG, without a browser: our own SVG, rastered in a font that comes with the tool.
//!
//! The system's fonts are never looked at, so that the same drawing is the same bytes on every machine. The font is
//! DejaVu Sans Condensed: as wide as what browsers take for `system-ui`, which the drawings leave room for, in two
//! weights, with arrows, blocks and nearly every alphabet. What it has no glyph for (Chinese, emoji) is a box.

use std::sync::Arc;

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, PixelDimensions, Unit};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, ID, Source};
use resvg::usvg::{self, FontResolver, Options, Tree};

use super::scheme::in_scheme;
use super::terminal::Theme;

/// How many pixels a unit of the drawing has, so that it is sharp on today's screens.
pub const SCALE: f32 = 2.0;
/// The most pixels; a longer drawing gets fewer for each unit, down to one. Four bytes each while it is drawn.
const MOST_PIXELS: f32 = 48e6;
/// Weights from this on are bold, as browsers have it for a family of two.
const BOLD_FROM: u16 = 600;
/// How many pixels a metre has with one for each unit, which is 1/72 inch: twice as many are shown half as large.
const PIXELS_PER_METRE: f32 = 2834.6;

/// Why there is no PNG.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// The drawing is too long to be looked at.
    #[error(
        "the picture would be {width} by {height} pixels, which is more than a PNG is made of here"
    )]
    TooLarge {
        /// Its width at one pixel for each unit.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The drawing cannot be read, which is our bug.
    #[error("the drawing cannot be read as SVG")]
    Drawing(#[from] usvg::Error),
    /// It cannot be written.
    #[error("the PNG cannot be written")]
    Encoding(#[from] EncodingError),
}

/// Returns an SVG of ours as a PNG with [`SCALE`] pixels for each of its units, in one scheme of colours.
///
/// Its title and description go along as text, for those who do not see it.
///
/// # Errors
/// If the drawing has more than 48 million units.
pub fn png(svg: &str, theme: Theme) -> Result<Vec<u8>, PngError> {
    let svg = in_scheme(svg, theme);
    let tree = Tree::from_str(&svg, &options())?;
    let size = tree.size();
    let (width, height) = (size.width(), size.height());
    let too_large = || PngError::TooLarge {
        width: width as u32,
        height: height as u32,
    };
    let scale = scale(width, height).ok_or_else(too_large)?;
    let pixels = |units: f32| (units * scale).round() as u32;
    let mut pixmap = Pixmap::new(pixels(width), pixels(height)).ok_or_else(too_large)?;
    let transform = Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixmap.as_mut());

    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    let per_metre = (PIXELS_PER_METRE * scale).round() as u32;
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: Unit::Meter,
    }));
    for (keyword, element) in [("Title", "title"), ("Description", "desc")] {
        if let Some(words) = words_of(&svg, element) {
            encoder.add_itxt_chunk(keyword.to_string(), words)?;
        }
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixmap.take_demultiplied())?;
    writer.finish()?;
    Ok(bytes)
}

/// Returns how many pixels a unit of a drawing of this size gets; `None` if it is too large.
fn scale(width: f32, height: f32) -> Option<f32> {
    let most = (MOST_PIXELS / (width * height)).sqrt();
    (most >= 1.0).then(|| most.min(SCALE))
}

fn options() -> Options<'static> {
    let mut fonts = Database::new();
    let mut load = |font: &'static [u8]| fonts.load_font_source(Source::Binary(Arc::new(font)));
    let regular = load(dejavu::sans_condensed::regular()).first().copied();
    let bold = load(dejavu::sans_condensed::bold()).first().copied();
    Options {
        font_resolver: FontResolver {
            // Whatever family is named, there is one.
            select_font: Box::new(move |font, _| match font.weight() {
                BOLD_FROM.. => bold,
                _ => regular,
            }),
            select_fallback: Box::new(|_, _, _| None::<ID>),
        },
        fontdb: Arc::new(fonts),
        ..Options::default()
    }
}

/// Returns the words of the drawing's first `element`, as they were before they were escaped.
fn words_of(svg: &str, element: &str) -> Option<String> {
    let (_, from) = svg.split_once(&format!("<{element}"))?;
    let (_, from) = from.split_once('>')?;
    let (words, _) = from.split_once("</")?;
    let words = words.replace("&lt;", "<").replace("&gt;", ">");
    Some(words.replace("&quot;", "\"").replace("&amp;", "&"))
}

#[cfg(test)]
#[path = "png_tests.rs"]
mod tests;
