//! Sentences for the person who runs the store, about what happens while it runs.

use std::fmt;
use std::sync::Mutex;

type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// Sentences that are told at once, or kept until it is known to whom.
#[derive(Default)]
pub struct Notices(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    tell: Option<Tell>,
    waiting: Vec<String>,
}

impl Notices {
    /// Tells a sentence.
    pub fn say(&self, sentence: String) {
        let Ok(mut inner) = self.0.lock() else {
            return;
        };
        match &inner.tell {
            Some(tell) => tell(&sentence),
            None => inner.waiting.push(sentence),
        }
    }

    /// Takes it that sentences go to `tell`, those too that were kept.
    pub fn go_to(&self, tell: Tell) {
        let Ok(mut inner) = self.0.lock() else {
            return;
        };
        let waiting = std::mem::take(&mut inner.waiting);
        waiting.iter().for_each(|sentence| tell(sentence));
        inner.tell = Some(tell);
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}
