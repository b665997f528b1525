//! A window that is longer than the service answers at once, asked about piece by piece.

use crate::aws::AwsError;
use crate::model::time::{SECOND, Window};

/// No piece is made shorter than this: no limit of the service is.
const SHORTEST: i64 = 3600 * SECOND;

/// The pieces of a window that are still to be asked about, the newest first.
#[derive(Debug)]
pub struct Pieces {
    waiting: Vec<Window>,
}

impl Pieces {
    /// Begins with the whole window.
    pub fn new(window: Window) -> Pieces {
        Pieces {
            waiting: vec![window],
        }
    }

    /// Returns the newest piece that is left, and takes it for answered.
    pub fn next(&mut self) -> Option<Window> {
        self.waiting.pop()
    }

    /// Puts back a piece in two halves, if the service refused it for its length.
    ///
    /// What is left is halved as well: it is at least as long, so it would be refused too.
    ///
    /// # Errors
    /// The service's own, if that was not the reason, or if the piece is short already.
    pub fn split(&mut self, piece: Window, error: AwsError) -> Result<(), AwsError> {
        if !is_about_length(&error) || piece.length() < 2 * SHORTEST {
            return Err(error);
        }
        let left = std::mem::take(&mut self.waiting);
        for window in left.into_iter().chain([piece]) {
            let middle = window.start.saturating_add(window.length() / 2);
            // Whole seconds, so that a service that rounds neither misses nor counts twice.
            let middle = middle - middle.rem_euclid(SECOND);
            let (older, newer) = (
                Window {
                    end: middle,
                    ..window
                },
                Window {
                    start: middle,
                    ..window
                },
            );
            self.waiting.extend([older, newer]);
        }
        Ok(())
    }
}

// The one recorded text is GetServiceGraph's: `Time range cannot be longer than 6 hours`.
fn is_about_length(error: &AwsError) -> bool {
    match error {
        AwsError::Refused { message, .. } => {
            let message = message.raw().to_lowercase();
            message.contains("time range") && message.contains("longer than")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600 * SECOND;

    fn refusal(message: &str) -> AwsError {
        AwsError::Refused {
            code: "InvalidRequestException".into(),
            message: message.into(),
        }
    }

    /// Asks a service that takes at most `limit`, and returns the windows that it answered.
    fn answered(window: Window, limit: i64) -> Result<Vec<Window>, AwsError> {
        let mut pieces = Pieces::new(window);
        let mut answered = Vec::new();
        while let Some(piece) = pieces.next() {
            if piece.length() > limit {
                let message = "Time range cannot be longer than 6 hours";
                pieces.split(piece, refusal(message))?;
            } else {
                answered.push(piece);
            }
        }
        Ok(answered)
    }

    #[test]
    fn a_day_is_asked_about_in_pieces_that_meet_and_leave_nothing_out() {
        let window = Window {
            start: 7,
            end: 7 + 25 * HOUR,
        };
        let answered = answered(window, 6 * HOUR).unwrap();
        assert!((5..=8).contains(&answered.len()), "{}", answered.len());
        assert_eq!(answered[0].end, window.end);
        assert_eq!(answered.last().unwrap().start, window.start);
        assert!(answered.windows(2).all(|pair| pair[0].start == pair[1].end));
    }

    #[test]
    fn a_service_that_takes_nothing_is_not_asked_for_ever() {
        let window = Window {
            start: 0,
            end: 100 * HOUR,
        };
        assert!(answered(window, 1).is_err());
    }

    #[test]
    fn any_other_refusal_is_an_error_at_once() {
        let window = Window {
            start: 0,
            end: 100 * HOUR,
        };
        let mut pieces = Pieces::new(window);
        assert!(pieces.split(window, refusal("Group not found")).is_err());
    }
}
