//! `query --watch`: the same question again and again, drawn in place.

use std::io::{self, Write};
use std::time::Duration;

use super::args::{AnswerOutputArg, QueryArgs};
use super::context::Context;
use super::failure::{Exit, Failure, Outcome};
use super::query::Asking;
use super::query_empty::why_empty;
use super::query_show::{Shown, shown};
use super::render::clock::second_of_day;
use super::render::terminal::Terminal;
use super::render::text::{clipped, printable};
use super::stack::stop_signal;
use super::terminal_text::TerminalText;
use crate::clock::now;

const PAUSE: Duration = Duration::from_secs(2);
// Honeycomb runs ten queries a minute. Source: Honeycomb API, rate limits of query results.
const CLOUD_PAUSE: Duration = Duration::from_secs(10);
const USUAL_HEIGHT: usize = 24;
const LEAST_CLOUD_PAUSE: Duration = Duration::from_secs(6);

/// Checks that somebody can watch.
///
/// # Errors
/// Wrong usage, if stdout is no terminal or the form is not drawn on one.
pub fn check_watch(context: &Context, args: &QueryArgs) -> Result<(), Failure> {
    if args.output != AnswerOutputArg::Table {
        let message = "--watch draws on a terminal, and --output asks for data";
        return Err(Failure::of(Exit::Usage, message).with_hint("leave out one of the two"));
    }
    if !context.out.is_terminal {
        let message = "--watch draws in place, and stdout is no terminal";
        let hint = "leave it out to ask once; `--output json` is for programs";
        return Err(Failure::of(Exit::Usage, message).with_hint(hint));
    }
    Ok(())
}

/// Asks and draws until it is interrupted; `pause` is between an answer and the next question.
///
/// # Errors
/// If the first question has no answer, or a later one is refused for good. While the other side cannot be
/// reached, the last picture stays, and it is said.
pub async fn watch(asking: &Asking<'_>, pause: Option<Duration>) -> Outcome {
    let context = asking.context;
    let pause = match (asking.client.is_local(), pause) {
        (true, pause) => pause.unwrap_or(PAUSE),
        (false, pause) => pause.unwrap_or(CLOUD_PAUSE).max(LEAST_CLOUD_PAUSE),
    };
    let stop = stop_signal();
    tokio::pin!(stop);
    let mut screen = Screen { is_begun: false };
    let mut last: Option<Shown> = None;
    loop {
        let asked = tokio::select! {
            biased;
            () = &mut stop => return Ok(Exit::Interrupted),
            asked = asking.answer() => asked,
        };
        let terminal = context.out_now();
        let time = second_of_day(now(), context.zone());
        let state = match asked {
            Ok((answer, marks)) => {
                let empty = why_empty(asking, &answer).await;
                let mut shown = shown(asking, answer, &marks, &terminal);
                shown.notes.extend(empty.map(|it| it.text));
                if context.is_embedded() {
                    shown.notes.push("nobody else can write to this embedded stack: `cruddurctl serve` or `cruddurctl stack` starts one that stays".to_string());
                }
                last = Some(shown);
                let seconds = pause.as_secs_f64();
                format!("{time}, every {seconds} s; Ctrl-C ends it")
            }
            Err(failure) if last.is_some() && may_pass(failure.exit) => {
                format!("{time}, trying again: {}", failure.words())
            }
            Err(failure) => return Err(failure),
        };
        if let Some(shown) = &last {
            match screen.draw(context, shown, &state, &terminal) {
                Ok(_) => {}
                // Whoever looked has seen enough.
                Err(failure) if failure.exit == Exit::Done => return Ok(Exit::Done),
                Err(failure) => return Err(failure),
            }
        }
        tokio::select! {
            biased;
            () = &mut stop => return Ok(Exit::Interrupted),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn may_pass(exit: Exit) -> bool {
    matches!(exit, Exit::Unreachable | Exit::Failed)
}

/// The terminal while it is drawn on; its cursor comes back however this ends.
struct Screen {
    is_begun: bool,
}

impl Screen {
    fn draw(
        &mut self,
        context: &Context,
        shown: &Shown,
        state: &str,
        terminal: &Terminal,
    ) -> Outcome {
        // Before the first picture, what was there is pushed up and out of sight, where it can be scrolled to.
        let begin = match self.is_begun {
            true => "\x1b[H".to_string(),
            false => {
                let height = terminal.height.unwrap_or(USUAL_HEIGHT);
                format!("\x1b[?25l{}\x1b[H", "\n".repeat(height.min(1000)))
            }
        };
        self.is_begun = true;
        let lines = lines(shown, state, terminal);
        // One write, so that no half of a picture is ever seen.
        let lines = lines.iter().map(|line| TerminalText::drawn(line));
        let lines: Vec<String> = lines.map(|line| line.as_str().to_string()).collect();
        let text = lines.join("\x1b[K\r\n");
        context.print_bytes(format!("{begin}{text}\x1b[K\x1b[J").as_bytes())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.is_begun {
            // If nobody is there to see it, no cursor is missing either.
            let _ = io::stdout().lock().write_all(b"\x1b[?25h\r\n");
            let _ = io::stdout().lock().flush();
        }
    }
}

/// Returns what fits on the screen: the state and the notes at the bottom, above them as much of the picture as
/// there is room for.
fn lines(shown: &Shown, state: &str, terminal: &Terminal) -> Vec<String> {
    let height = terminal.height.unwrap_or(USUAL_HEIGHT).max(2);
    let mark = if terminal.unicode { '…' } else { '~' };
    let one_line = |text: &str| clipped(&printable(text), terminal.width, mark);
    let notes: Vec<String> = shown.notes.iter().map(|note| one_line(note)).collect();
    let n_below = (notes.len() + 1).min(height - 1);
    let picture = shown.text.trim_end().lines().map(str::to_string);
    let mut lines: Vec<String> = picture.take(height - n_below).collect();
    lines.extend(notes.into_iter().take(n_below - 1));
    lines.push(one_line(state));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_from_the_picture_and_the_state_is_always_there() {
        let shown = Shown {
            text: "1\n2\n3\n4\n\n".to_string(),
            notes: vec!["a note that is too long".to_string()],
        };
        let on = |height| {
            let terminal = Terminal {
                height: Some(height),
                ..Terminal::plain(8)
            };
            lines(&shown, "state", &terminal)
        };
        assert_eq!(on(10), ["1", "2", "3", "4", "a note ~", "state"]);
        assert_eq!(on(4), ["1", "2", "a note ~", "state"]);
        assert_eq!(on(2), ["1", "state"]);
    }
}
