//! The colours and characters that stand for counts, and the scale between them.
//!
//! The ramp goes through blue and teal only, whose lightness rises (on dark) or falls (on bright) all
//! the way; the lines over it are orange, pink and yellow. So nothing depends on telling red from green, and
//! the picture keeps its sense in grey.

use super::terminal::{Colour, Terminal, Theme};

/// A colour as a terminal takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Red, green, blue.
    Rgb(u8, u8, u8),
    /// One of xterm's 256.
    Indexed(u8),
    /// One of the theme's 16, 0 to 15.
    Basic(u8),
}

impl Paint {
    /// Returns the SGR codes for text in this colour, with a leading semicolon.
    pub fn foreground(self) -> String {
        self.codes(38, 30, 90)
    }

    /// Returns the SGR codes for a ground of this colour, with a leading semicolon.
    pub fn background(self) -> String {
        self.codes(48, 40, 100)
    }

    fn codes(self, extended: u8, normal: u8, bright: u8) -> String {
        match self {
            Paint::Rgb(r, g, b) => format!(";{extended};2;{r};{g};{b}"),
            Paint::Indexed(idx) => format!(";{extended};5;{idx}"),
            Paint::Basic(idx) if idx < 8 => format!(";{}", normal + idx),
            Paint::Basic(idx) => format!(";{}", bright + idx % 8),
        }
    }
}

type Rgb = (u8, u8, u8);

/// From few to many on a dark ground: dim blue to pale mint.
const DARK: [Rgb; 6] = [
    (30, 74, 122),
    (22, 105, 150),
    (14, 138, 163),
    (38, 171, 164),
    (104, 209, 170),
    (214, 250, 208),
];
/// From few to many on a bright ground: pale teal to dark blue, as Honeycomb draws it.
const LIGHT: [Rgb; 6] = [
    (178, 226, 219),
    (119, 200, 200),
    (58, 165, 184),
    (25, 126, 167),
    (19, 87, 140),
    (17, 45, 92),
];
const DARK_MARKS: [Rgb; 3] = [(255, 159, 67), (255, 110, 199), (250, 230, 90)];
const LIGHT_MARKS: [Rgb; 3] = [(230, 81, 0), (194, 24, 122), (150, 110, 0)];

/// Lines of groups: as far from one another as six can be for any eye, and no two of one lightness side by side.
const DARK_GROUPS: [Rgb; 6] = [
    (92, 184, 255),
    (255, 159, 67),
    (72, 214, 168),
    (255, 130, 205),
    (244, 224, 96),
    (198, 206, 216),
];
const LIGHT_GROUPS: [Rgb; 6] = [
    (0, 98, 178),
    (184, 72, 0),
    (0, 128, 104),
    (184, 32, 120),
    (122, 98, 0),
    (76, 84, 96),
];

const DARK_256: [u8; 6] = [24, 31, 37, 79, 158, 230];
const LIGHT_256: [u8; 6] = [152, 116, 73, 31, 25, 17];
const DARK_256_MARKS: [u8; 3] = [214, 206, 227];
const LIGHT_256_MARKS: [u8; 3] = [166, 162, 94];

/// Blue, cyan, bright cyan, bright white.
const DARK_16: [u8; 4] = [4, 6, 14, 15];
/// Bright cyan, cyan, blue, black.
const LIGHT_16: [u8; 4] = [14, 6, 4, 0];
/// Bright yellow, bright magenta, bright red.
const DARK_16_MARKS: [u8; 3] = [11, 13, 9];
/// Red, magenta, yellow, which is brown in most themes.
const LIGHT_16_MARKS: [u8; 3] = [1, 5, 3];

const UNICODE_GLYPHS: [char; 4] = ['░', '▒', '▓', '█'];
const ASCII_GLYPHS: [char; 7] = ['.', ':', '+', '*', '%', '#', '@'];
const UNICODE_MARKS: [char; 3] = ['━', '╍', '┅'];
const ASCII_MARKS: [char; 3] = ['-', '=', '~'];

/// Returns the exact colour of `share`, 0 for the fewest to 1 for the most.
pub fn cell_rgb(theme: Theme, share: f64) -> Rgb {
    let stops = match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    };
    let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let low = (place as usize).min(stops.len() - 2);
    let part = place - low as f64;
    let between =
        |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    let ((r0, g0, b0), (r1, g1, b1)) = (stops[low], stops[low + 1]);
    (between(r0, r1), between(g0, g1), between(b0, b1))
}

/// Returns the exact colour of the line `idx`; the fourth looks like the first again.
pub fn mark_rgb(theme: Theme, idx: usize) -> Rgb {
    match theme {
        Theme::Dark => DARK_MARKS[idx % DARK_MARKS.len()],
        Theme::Light => LIGHT_MARKS[idx % LIGHT_MARKS.len()],
    }
}

/// How many groups can be told apart by the colour of their lines.
pub const N_GROUP_COLOURS: usize = DARK_GROUPS.len();

/// Returns the exact colour of the line of group `idx`; the seventh looks like the first again.
pub fn group_rgb(theme: Theme, idx: usize) -> Rgb {
    match theme {
        Theme::Dark => DARK_GROUPS[idx % DARK_GROUPS.len()],
        Theme::Light => LIGHT_GROUPS[idx % LIGHT_GROUPS.len()],
    }
}

/// What a given terminal can show.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    colour: Colour,
    theme: Theme,
    unicode: bool,
}

impl Palette {
    /// Returns the richest palette that `terminal` can show.
    pub fn new(terminal: &Terminal) -> Palette {
        Palette {
            colour: terminal.colour,
            theme: terminal.theme,
            unicode: terminal.unicode,
        }
    }

    /// Returns the colour of `share`, 0 to 1; `None` without colours.
    pub fn cell(&self, share: f64) -> Option<Paint> {
        let indexed = match (self.colour, self.theme) {
            (Colour::None, _) => return None,
            (Colour::True, theme) => {
                let (r, g, b) = cell_rgb(theme, share);
                return Some(Paint::Rgb(r, g, b));
            }
            (Colour::Ansi16, Theme::Dark) => return Some(Paint::Basic(level(&DARK_16, share))),
            (Colour::Ansi16, Theme::Light) => return Some(Paint::Basic(level(&LIGHT_16, share))),
            (Colour::Ansi256, Theme::Dark) => level(&DARK_256, share),
            (Colour::Ansi256, Theme::Light) => level(&LIGHT_256, share),
        };
        Some(Paint::Indexed(indexed))
    }

    /// Returns the colour of the line `idx`; `None` without colours.
    pub fn mark(&self, idx: usize) -> Option<Paint> {
        let nth = |marks: &[u8; 3]| marks[idx % marks.len()];
        Some(match (self.colour, self.theme) {
            (Colour::None, _) => return None,
            (Colour::True, theme) => {
                let (r, g, b) = mark_rgb(theme, idx);
                Paint::Rgb(r, g, b)
            }
            (Colour::Ansi16, Theme::Dark) => Paint::Basic(nth(&DARK_16_MARKS)),
            (Colour::Ansi16, Theme::Light) => Paint::Basic(nth(&LIGHT_16_MARKS)),
            (Colour::Ansi256, Theme::Dark) => Paint::Indexed(nth(&DARK_256_MARKS)),
            (Colour::Ansi256, Theme::Light) => Paint::Indexed(nth(&LIGHT_256_MARKS)),
        })
    }

    /// Returns the characters that stand for counts where there are no colours, few to many.
    pub fn glyphs(&self) -> &'static [char] {
        if self.unicode {
            &UNICODE_GLYPHS
        } else {
            &ASCII_GLYPHS
        }
    }

    /// Returns the character of `share`, 0 to 1.
    pub fn glyph(&self, share: f64) -> char {
        level(self.glyphs(), share)
    }

    /// Returns the character of the line `idx`.
    pub fn mark_glyph(&self, idx: usize) -> char {
        let marks = if self.unicode {
            &UNICODE_MARKS
        } else {
            &ASCII_MARKS
        };
        marks[idx % marks.len()]
    }
}

/// How counts become shares of the ramp: by their square root, so that a single event is visible
/// beside hundreds and the many still differ from the most.
#[derive(Debug, Clone, Copy)]
pub struct CountScale {
    largest: u64,
}

impl CountScale {
    /// Returns the scale for counts from 1 to `largest`.
    pub fn new(largest: u64) -> CountScale {
        CountScale {
            largest: largest.max(1),
        }
    }

    /// Returns the share of `count`, which is above zero: 0 for one event, 1 for the largest count.
    ///
    /// Where single events are all there is, they get the middle.
    pub fn share(&self, count: u64) -> f64 {
        if self.largest == 1 {
            return 0.5;
        }
        let root = |count: u64| (count as f64).sqrt() - 1.0;
        (root(count) / root(self.largest)).clamp(0.0, 1.0)
    }

    /// Returns the smallest count whose share is at least `share`.
    pub fn count_at(&self, share: f64) -> u64 {
        let root = 1.0 + share * ((self.largest as f64).sqrt() - 1.0);
        // The root's square may lie a hair above the whole number that it came from.
        (root * root - 1e-9).ceil() as u64
    }

    /// Returns the largest count.
    pub fn largest(&self) -> u64 {
        self.largest
    }
}

fn level<T: Copy>(levels: &[T], share: f64) -> T {
    let idx = (share.clamp(0.0, 1.0) * levels.len() as f64) as usize;
    levels[idx.min(levels.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2 defines it.
    fn luminance((r, g, b): Rgb) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn lightness_runs_one_way_from_few_to_many() {
        for step in 0..100 {
            let (few, many) = (f64::from(step) / 100.0, f64::from(step + 1) / 100.0);
            assert!(luminance(cell_rgb(Theme::Dark, few)) < luminance(cell_rgb(Theme::Dark, many)));
            assert!(
                luminance(cell_rgb(Theme::Light, few)) > luminance(cell_rgb(Theme::Light, many))
            );
        }
    }

    #[test]
    fn indexed_ramps_run_the_same_way() {
        let rgb = |idx: &u8| {
            let level = |n: u8| [0, 95, 135, 175, 215, 255][usize::from(n % 6)];
            (
                level((idx - 16) / 36),
                level((idx - 16) / 6),
                level(idx - 16),
            )
        };
        assert!(DARK_256.iter().map(|idx| luminance(rgb(idx))).is_sorted());
        assert!(
            LIGHT_256
                .iter()
                .rev()
                .map(|idx| luminance(rgb(idx)))
                .is_sorted()
        );
    }

    #[test]
    fn a_single_event_stands_out_from_the_ground_and_the_most_stand_out_far() {
        let (black, white) = ((24, 24, 24), (255, 255, 255));
        assert!(contrast(cell_rgb(Theme::Dark, 0.0), black) > 1.8);
        assert!(contrast(cell_rgb(Theme::Dark, 1.0), black) > 12.0);
        assert!(contrast(cell_rgb(Theme::Light, 0.0), white) > 1.3);
        assert!(contrast(cell_rgb(Theme::Light, 1.0), white) > 12.0);
    }

    #[test]
    fn lines_of_groups_stand_out_from_the_ground() {
        for idx in 0..N_GROUP_COLOURS {
            assert!(contrast(group_rgb(Theme::Dark, idx), (16, 21, 28)) > 4.5);
            assert!(
                contrast(group_rgb(Theme::Light, idx), (255, 255, 255)) > 4.5,
                "{idx}"
            );
        }
    }

    #[test]
    fn one_event_is_the_first_level_and_the_largest_count_the_last() {
        for largest in [2, 3, 10, 57, 1_000_000, u64::MAX] {
            let scale = CountScale::new(largest);
            assert_eq!(scale.share(1), 0.0);
            assert_eq!(scale.share(largest), 1.0);
        }
        assert_eq!(CountScale::new(1).share(1), 0.5);
    }

    #[test]
    fn counts_at_a_share_reach_it_and_the_ones_below_do_not() {
        for largest in [2u64, 7, 49, 52, 1000] {
            let scale = CountScale::new(largest);
            for step in 1..=7u32 {
                let share = f64::from(step) / 7.0;
                let count = scale.count_at(share);
                assert!(scale.share(count) >= share - 1e-9, "{largest} {share}");
                assert!(scale.share(count - 1) < share, "{largest} {share}");
            }
        }
    }

    #[test]
    fn paints_are_written_as_terminals_read_them() {
        assert_eq!(Paint::Rgb(1, 2, 3).foreground(), ";38;2;1;2;3");
        assert_eq!(Paint::Indexed(31).background(), ";48;5;31");
        assert_eq!(Paint::Basic(4).foreground(), ";34");
        assert_eq!(Paint::Basic(14).background(), ";106");
    }
}
