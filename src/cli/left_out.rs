//! What answers leave out, gathered over a command and said beside what it prints.

use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use super::context::Context;
use super::render::clock::short_date_and_time;
use super::render::text::printable;
use crate::model::left_out::LeftOut;

/// What the answers that a command has got leave out.
#[derive(Debug, Clone, Default)]
pub struct Gathered(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    all: LeftOut,
    // What was said beside an answer.
    said: LeftOut,
}

impl Gathered {
    /// Takes what one more answer leaves out.
    pub fn take(&self, left_out: &LeftOut) {
        if let Ok(mut known) = self.0.lock() {
            known.all.merge(left_out);
        }
    }

    /// Returns all of it.
    pub fn all(&self) -> LeftOut {
        let known = self.0.lock();
        known.map_or_else(|_| LeftOut::default(), |known| known.all.clone())
    }

    fn take_said(&self, left_out: &LeftOut) {
        if let Ok(mut known) = self.0.lock() {
            known.said.merge(left_out);
        }
    }

    // What nothing was said of: another file, or events that are gone for another reason.
    fn unsaid(&self) -> LeftOut {
        let Ok(known) = self.0.lock() else {
            return LeftOut::default();
        };
        let Known { all, said } = &*known;
        let mut unsaid = all.clone();
        unsaid
            .unread
            .retain(|it| !said.unread.iter().any(|said| said.file == it.file));
        let kind = |why| std::mem::discriminant(&why);
        unsaid
            .gone
            .retain(|it| !said.gone.iter().any(|said| kind(said.why) == kind(it.why)));
        unsaid
    }
}

impl Context {
    /// Returns a warning for each kind of what an answer leaves out, and takes it that they are shown.
    pub fn left_out_warnings(&self, left_out: &LeftOut) -> Vec<String> {
        self.left_out.take_said(left_out);
        self.left_out_sentences(left_out)
            .iter()
            .map(|sentence| format!("warning: {sentence}"))
            .collect()
    }

    /// Returns a sentence for each kind of what an answer leaves out.
    pub fn left_out_sentences(&self, left_out: &LeftOut) -> Vec<String> {
        if left_out.is_empty() {
            return Vec::new();
        }
        let zone = self.zone();
        let sentences = left_out.sentences(|time| short_date_and_time(time, zone));
        sentences.iter().map(|it| printable(it)).collect()
    }

    /// Returns what the answers so far leave out, as lines to stand in a picture.
    pub fn left_out_lines(&self) -> Vec<String> {
        self.left_out_sentences(&self.left_out.all())
    }

    /// Says on stderr what the answers so far leave out, unless it was said.
    pub fn note_left_out(&self) {
        for warning in self.left_out_warnings(&self.left_out.unsaid()) {
            self.note(&warning);
        }
    }

    /// Puts what the answers so far leave out into a JSON object, as `left_out`; nothing if they leave nothing out.
    pub fn put_left_out(&self, whole: &mut Json) {
        let all = self.left_out.all();
        if !all.is_empty() && whole.is_object() {
            whole["left_out"] = all.to_json();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::left_out::Unread;

    fn of(file: &str) -> LeftOut {
        let mut left_out = LeftOut::default();
        left_out.add_unread(Unread {
            file: file.to_string(),
            events: 2,
            may_be_more: false,
            may_be_elsewhere: false,
            reason: "is missing".to_string(),
        });
        left_out
    }

    #[test]
    fn what_was_said_beside_an_answer_is_not_said_again() {
        let gathered = Gathered::default();
        gathered.take(&of("a"));
        gathered.take(&of("b"));
        gathered.take_said(&of("a"));
        assert_eq!(gathered.unsaid(), of("b"));
        gathered.take_said(&of("b"));
        assert!(gathered.unsaid().is_empty());
        assert_eq!(gathered.all().unread_events(), 4);
    }
}
