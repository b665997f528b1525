//! What the environment and the flags say of a terminal.

use super::args::{ColorArg, Global, ThemeArg};
use super::render::terminal::{self, ColourChoice, Terminal, Theme};
use crate::settings::env::{self, Environment};

pub(super) fn terminal_of(
    environment: &Environment,
    global: &Global,
    is_terminal: bool,
) -> Terminal {
    let get = |name| environment.get_even_empty(name);
    let of_terminal = terminal::Environment {
        no_color: get(env::NO_COLOR),
        clicolor: get(env::CLICOLOR),
        clicolor_force: get(env::CLICOLOR_FORCE),
        term: get(env::TERM),
        colorterm: get(env::COLORTERM),
        colorfgbg: get(env::COLORFGBG),
        lc_all: get(env::LC_ALL),
        lc_ctype: get(env::LC_CTYPE),
        lang: get(env::LANG),
        is_terminal,
    };
    let choice = match global.color {
        ColorArg::Auto => ColourChoice::Auto,
        ColorArg::Always => ColourChoice::Always,
        ColorArg::Never => ColourChoice::Never,
    };
    let columns = environment
        .get(env::COLUMNS)
        .and_then(|columns| columns.parse().ok());
    let size = match (is_terminal.then(size_of_terminal).flatten(), columns) {
        (Some(size), _) => Some(size),
        (None, Some(columns)) => Some((columns, 0)),
        (None, None) => None,
    };
    let mut terminal = Terminal::of(&of_terminal, choice, size);
    terminal.height = terminal.height.filter(|&height| height > 0);
    terminal.theme = theme_of(global).unwrap_or(terminal.theme);
    terminal
}

pub(super) fn theme_of(global: &Global) -> Option<Theme> {
    match global.theme {
        ThemeArg::Auto => None,
        ThemeArg::Light => Some(Theme::Light),
        ThemeArg::Dark => Some(Theme::Dark),
    }
}

pub(super) fn size_of_terminal() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size()?;
    Some((usize::from(width.0), usize::from(height.0)))
}
