//! Pictures as they leave the tool: SVG, HTML or PNG, in one scheme of colours or in both.

use std::borrow::Cow;

use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::render::caution::with_caution;
use super::render::png::{PngError, png};
use super::render::scheme::in_scheme;
use super::render::terminal::Theme;

/// Refuses to write a PNG on a terminal, before anybody is asked anything.
///
/// # Errors
/// Wrong usage.
pub fn check_png(context: &Context, is_png: bool, name: &str) -> Result<(), Failure> {
    if is_png && context.out.is_terminal {
        let what = "a PNG is bytes, which a terminal cannot show";
        return Err(Failure::of(Exit::Usage, what)
            .with_hint(format!("write it to a file: --output png > {name}.png")));
    }
    Ok(())
}

/// Prints an SVG or a page of ours in the scheme that was asked for; by default it follows the reader's page.
///
/// # Errors
/// As [`Context::print`].
pub fn print_drawing(context: &Context, drawing: &str) -> Outcome {
    let drawing = with_caution(drawing, &context.left_out_lines());
    context.print(&themed(context, &drawing))
}

/// Returns an SVG or a page of ours in the scheme that was asked for; by default in both.
pub fn themed<'d>(context: &Context, drawing: &'d str) -> Cow<'d, str> {
    match context.theme() {
        Some(theme) => in_scheme(drawing, theme).into(),
        None => drawing.into(),
    }
}

/// Prints an SVG of ours as a PNG.
///
/// # Errors
/// If it is too large, and as [`Context::print`].
pub fn print_png(context: &Context, svg: &str) -> Outcome {
    let svg = with_caution(svg, &context.left_out_lines());
    context.print_bytes(&png_of(context, &svg)?)
}

/// Returns an SVG of ours as a PNG, in the scheme that was asked for, by default the light one.
///
/// # Errors
/// If it is too large.
pub fn png_of(context: &Context, svg: &str) -> Result<Vec<u8>, Failure> {
    png(svg, context.theme().unwrap_or(Theme::Light)).map_err(|error| {
        let (exit, hint) = match error {
            PngError::TooLarge { .. } => (
                Exit::Failed,
                "--limit draws less; --output svg has no such bound",
            ),
            PngError::Drawing(_) | PngError::Encoding(_) => {
                (Exit::Bug, "--output svg gives the same picture")
            }
        };
        Failure::new(exit, error.into()).with_hint(hint)
    })
}
