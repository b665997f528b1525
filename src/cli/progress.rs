//! What moves on a terminal while a command takes its time; nothing anywhere else.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::terminal_text::TerminalText;

/// Shows that something is being done, when it takes longer than a blink.
pub fn spinner(context: &Context, what: &'static str) -> ProgressBar {
    if !context.err.is_terminal {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(500));
    spinner
}

/// Shows how much of `what` is done; the length is set when it is known.
pub fn bar(context: &Context, what: &'static str) -> ProgressBar {
    if !context.err.is_terminal {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    let template = if context.err.unicode {
        "{bar:40} {pos}/{len} {msg}"
    } else {
        "[{bar:40}] {pos}/{len} {msg}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(if context.err.unicode {
            style
        } else {
            style.progress_chars("=> ")
        });
    }
    bar.with_message(what)
}

/// A bar that only shows itself when the work takes longer than half a second.
pub struct Late<'c> {
    context: &'c Context,
    what: &'static str,
    length: u64,
    begun: Instant,
    shown: Option<ProgressBar>,
}

// The clock is looked at once for so many pieces of work.
const BETWEEN_LOOKS: u64 = 1 << 14;

impl<'c> Late<'c> {
    /// Begins to wait; `length` is how much there is to do.
    pub fn new(context: &'c Context, what: &'static str, length: u64) -> Late<'c> {
        Late {
            context,
            what,
            length,
            begun: Instant::now(),
            shown: None,
        }
    }

    /// Says how much is done.
    pub fn at(&mut self, position: u64) {
        if !position.is_multiple_of(BETWEEN_LOOKS) {
            return;
        }
        if self.shown.is_none() && self.begun.elapsed() > Duration::from_millis(500) {
            let bar = bar(self.context, self.what);
            bar.set_length(self.length);
            self.shown = Some(bar);
        }
        if let Some(bar) = &self.shown {
            bar.set_position(position);
        }
    }

    /// Takes the bar away.
    pub fn end(self) {
        if let Some(bar) = self.shown {
            bar.finish_and_clear();
        }
    }
}

/// Shows how much of a run that lasts `length` is over; the rest of the line is the message's.
pub fn clock(context: &Context, length: Duration) -> ProgressBar {
    if !context.err.is_terminal {
        return ProgressBar::hidden();
    }
    let clock = ProgressBar::new(length.as_secs());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} s  {msg}") {
        clock.set_style(if context.err.unicode {
            style
        } else {
            style.progress_chars("=> ")
        });
    }
    clock
}

/// A place for a few lines that change, at the foot of the terminal; nothing where there is none. It is
/// taken away when it is dropped.
pub struct Board {
    width: Option<usize>,
}

impl Board {
    /// Makes a place that is empty.
    pub fn new(context: &Context) -> Board {
        Board {
            width: context.err.is_terminal.then_some(context.err.width),
        }
    }

    /// Shows these lines instead of those before.
    pub fn show(&self, lines: &[String]) {
        if let Some(width) = self.width {
            let lines = lines.iter().map(|line| TerminalText::plain(line));
            let lines: Vec<String> = lines.map(|line| line.as_str().to_string()).collect();
            put(&board_text(&lines, width));
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        if self.width.is_some() {
            put("\r\x1b[J");
        }
    }
}

// Whoever looked on may have gone; the work goes on all the same.
fn put(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

// The cursor goes back to where the first line begins: there, the terminal's own `^C` is overwritten, while
// at the end of the last line it would begin another.
fn board_text(lines: &[String], width: usize) -> String {
    let cut = lines.iter().map(|line| {
        line.chars()
            .take(width.saturating_sub(1))
            .collect::<String>()
    });
    let text = cut.collect::<Vec<_>>().join("\x1b[K\n");
    let up = match lines.len() {
        0 | 1 => String::new(),
        n => format!("\x1b[{}A", n - 1),
    };
    format!("\r{text}\x1b[J{up}\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_leaves_the_cursor_where_it_began() {
        let lines = ["one".to_string(), "three".to_string()];
        assert_eq!(board_text(&lines, 5), "\rone\x1b[K\nthre\x1b[J\x1b[1A\r");
        assert_eq!(board_text(&lines[..1], 80), "\rone\x1b[J\r");
    }
}
