//! What moves on a terminal while a command takes its time; nothing anywhere else.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;

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
