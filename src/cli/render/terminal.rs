//! What the place we draw for can do: size, colours, characters.

use std::fmt;

/// The place that text is drawn for. Plain values: nothing here asks the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    /// Lines, if known.
    pub height: Option<usize>,
    /// How many colours may be used.
    pub colour: Colour,
    /// Whether characters outside ASCII come out right.
    pub unicode: bool,
    /// Whether text is bright on dark or dark on bright.
    pub theme: Theme,
    /// Whether somebody looks at it; `false` for a pipe or a file.
    pub is_terminal: bool,
}

/// How many colours may be used; more is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    /// None at all, nor bold nor faint.
    None,
    /// The 16 of the terminal's own theme.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// 24 bits.
    True,
}

/// What the background is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Bright text on a dark ground.
    Dark,
    /// Dark text on a bright ground.
    Light,
}

/// The value of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourChoice {
    /// Colours where they are wanted and understood.
    #[default]
    Auto,
    /// Colours, also into a pipe.
    Always,
    /// No colours.
    Never,
}

impl fmt::Display for ColourChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ColourChoice::Auto => "auto",
            ColourChoice::Always => "always",
            ColourChoice::Never => "never",
        })
    }
}

/// The environment variables that decide, and whether the stream is a terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Environment<'a> {
    /// `NO_COLOR`: not empty means no colours. Source: no-color.org.
    pub no_color: Option<&'a str>,
    /// `CLICOLOR`: `0` means no colours. Source: bixense.com/clicolors.
    pub clicolor: Option<&'a str>,
    /// `CLICOLOR_FORCE`: neither empty nor `0` means colours, also into a pipe.
    pub clicolor_force: Option<&'a str>,
    /// `TERM`.
    pub term: Option<&'a str>,
    /// `COLORTERM`: `truecolor` or `24bit`.
    pub colorterm: Option<&'a str>,
    /// `COLORFGBG`: `15;0` is white on black.
    pub colorfgbg: Option<&'a str>,
    /// `LC_ALL`.
    pub lc_all: Option<&'a str>,
    /// `LC_CTYPE`.
    pub lc_ctype: Option<&'a str>,
    /// `LANG`.
    pub lang: Option<&'a str>,
    /// Whether the stream that is written to is a terminal.
    pub is_terminal: bool,
}

impl Terminal {
    /// The width where nobody says another, as for a pipe.
    pub const DEFAULT_WIDTH: usize = 80;

    /// Derives the terminal from its environment; `size` is `(columns, lines)` if it is known.
    pub fn of(
        environment: &Environment<'_>,
        choice: ColourChoice,
        size: Option<(usize, usize)>,
    ) -> Terminal {
        Terminal {
            width: size.map_or(Self::DEFAULT_WIDTH, |(width, _)| width),
            height: size.map(|(_, height)| height),
            colour: environment.colour(choice),
            unicode: environment.unicode(),
            theme: environment.theme(),
            is_terminal: environment.is_terminal,
        }
    }

    /// Returns the poorest one: ASCII without colours, as for a file.
    pub fn plain(width: usize) -> Terminal {
        Terminal {
            width,
            height: None,
            colour: Colour::None,
            unicode: false,
            theme: Theme::Dark,
            is_terminal: false,
        }
    }
}

impl Environment<'_> {
    /// Decides about colours.
    ///
    /// The flag goes before the variables, and among these `NO_COLOR` before `CLICOLOR_FORCE` before
    /// `CLICOLOR` before `TERM=dumb`. Colours that are forced are at least the 16.
    pub fn colour(&self, choice: ColourChoice) -> Colour {
        let forced = is_set(self.clicolor_force) && self.clicolor_force != Some("0");
        let wanted = match choice {
            ColourChoice::Never => false,
            ColourChoice::Always => true,
            ColourChoice::Auto if is_set(self.no_color) => false,
            ColourChoice::Auto if forced => true,
            ColourChoice::Auto => self.is_terminal && self.clicolor != Some("0") && self.is_able(),
        };
        if wanted { self.depth() } else { Colour::None }
    }

    /// Tells whether the locale's character set is UTF-8.
    ///
    /// As POSIX has it, the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is not empty counts, and
    /// without any of them the locale is C, which is ASCII.
    pub fn unicode(&self) -> bool {
        let locale = [self.lc_all, self.lc_ctype, self.lang]
            .into_iter()
            .flatten()
            .find(|locale| !locale.is_empty())
            .unwrap_or("C")
            .to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    }

    /// Tells whether the background is bright, where the terminal says so; most do not, and are dark.
    pub fn theme(&self) -> Theme {
        let background = self
            .colorfgbg
            .and_then(|pair| pair.rsplit(';').next())
            .and_then(|number| number.parse::<u8>().ok());
        match background {
            Some(7 | 9..=15) => Theme::Light,
            _ => Theme::Dark,
        }
    }

    fn is_able(&self) -> bool {
        is_set(self.term) && self.term != Some("dumb")
    }

    fn depth(&self) -> Colour {
        let term = self.term.unwrap_or("");
        let names_itself = [
            "kitty",
            "alacritty",
            "wezterm",
            "ghostty",
            "foot",
            "contour",
        ]
        .iter()
        .any(|name| term.contains(name));
        match self.colorterm {
            Some("truecolor" | "24bit") => Colour::True,
            _ if names_itself || term.ends_with("-direct") => Colour::True,
            _ if term.contains("256color") => Colour::Ansi256,
            _ => Colour::Ansi16,
        }
    }
}

fn is_set(variable: Option<&str>) -> bool {
    variable.is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const XTERM: Environment<'static> = Environment {
        no_color: None,
        clicolor: None,
        clicolor_force: None,
        term: Some("xterm-256color"),
        colorterm: None,
        colorfgbg: None,
        lc_all: None,
        lc_ctype: None,
        lang: Some("en_GB.UTF-8"),
        is_terminal: true,
    };

    #[test]
    fn flag_goes_before_variables_and_no_color_before_force() {
        use Colour::*;
        use ColourChoice::*;
        let pipe = Environment {
            is_terminal: false,
            ..XTERM
        };
        let table = [
            (XTERM, Auto, Ansi256),
            (XTERM, Never, None),
            (pipe, Auto, None),
            (pipe, Always, Ansi256),
            (
                Environment {
                    term: Option::None,
                    ..XTERM
                },
                Auto,
                None,
            ),
            (
                Environment {
                    term: Some("dumb"),
                    ..XTERM
                },
                Auto,
                None,
            ),
            (
                Environment {
                    term: Some("dumb"),
                    ..XTERM
                },
                Always,
                Ansi16,
            ),
            (
                Environment {
                    no_color: Some("1"),
                    ..XTERM
                },
                Auto,
                None,
            ),
            (
                Environment {
                    no_color: Some(""),
                    ..XTERM
                },
                Auto,
                Ansi256,
            ),
            (
                Environment {
                    no_color: Some("1"),
                    ..XTERM
                },
                Always,
                Ansi256,
            ),
            (
                Environment {
                    clicolor: Some("0"),
                    ..XTERM
                },
                Auto,
                None,
            ),
            (
                Environment {
                    clicolor: Some("1"),
                    ..pipe
                },
                Auto,
                None,
            ),
            (
                Environment {
                    clicolor_force: Some("1"),
                    ..pipe
                },
                Auto,
                Ansi256,
            ),
            (
                Environment {
                    clicolor_force: Some("0"),
                    ..pipe
                },
                Auto,
                None,
            ),
            (
                Environment {
                    clicolor_force: Some(""),
                    ..pipe
                },
                Auto,
                None,
            ),
            (
                Environment {
                    clicolor_force: Some("1"),
                    ..pipe
                },
                Never,
                None,
            ),
            (
                Environment {
                    clicolor_force: Some("1"),
                    no_color: Some("1"),
                    ..XTERM
                },
                Auto,
                None,
            ),
            (
                Environment {
                    clicolor_force: Some("1"),
                    clicolor: Some("0"),
                    ..XTERM
                },
                Auto,
                Ansi256,
            ),
        ];
        for (environment, choice, expected) in table {
            assert_eq!(
                environment.colour(choice),
                expected,
                "{choice} {environment:?}"
            );
        }
    }

    #[test]
    fn depth_comes_from_colorterm_and_then_from_term() {
        for (colorterm, term, expected) in [
            (Some("truecolor"), "xterm-256color", Colour::True),
            (Some("24bit"), "screen", Colour::True),
            (Some("yes"), "xterm", Colour::Ansi16),
            (None, "xterm", Colour::Ansi16),
            (None, "linux", Colour::Ansi16),
            (None, "tmux-256color", Colour::Ansi256),
            (None, "xterm-kitty", Colour::True),
            (None, "xterm-direct", Colour::True),
        ] {
            let environment = Environment {
                colorterm,
                term: Some(term),
                ..XTERM
            };
            assert_eq!(environment.colour(ColourChoice::Auto), expected, "{term}");
        }
    }

    #[test]
    fn first_locale_variable_that_is_not_empty_counts() {
        for (lc_all, lc_ctype, lang, expected) in [
            (None, None, Some("en_GB.UTF-8"), true),
            (None, None, Some("C.utf8"), true),
            (Some("C"), None, Some("en_GB.UTF-8"), false),
            (Some(""), Some("C.UTF-8"), Some("C"), true),
            (None, Some("POSIX"), Some("en_GB.UTF-8"), false),
            (None, None, Some("de_DE.ISO-8859-1"), false),
            (None, None, None, false),
        ] {
            let environment = Environment {
                lc_all,
                lc_ctype,
                lang,
                ..XTERM
            };
            assert_eq!(
                environment.unicode(),
                expected,
                "{lc_all:?} {lc_ctype:?} {lang:?}"
            );
        }
    }

    #[test]
    fn background_is_dark_unless_the_terminal_says_bright() {
        for (colorfgbg, expected) in [
            (None, Theme::Dark),
            (Some("15;0"), Theme::Dark),
            (Some("0;15"), Theme::Light),
            (Some("0;default;7"), Theme::Light),
            (Some("12;8"), Theme::Dark),
            (Some("nonsense"), Theme::Dark),
        ] {
            let environment = Environment { colorfgbg, ..XTERM };
            assert_eq!(environment.theme(), expected, "{colorfgbg:?}");
        }
    }
}
