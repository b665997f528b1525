//! What is wrong with a store: what is damaged, what is set aside, what stands in the way.

use std::sync::Arc;

use super::aside;
use super::handle::Store;
use super::part::Part;

impl Store {
    /// Returns what is damaged: what was found when the store was opened, and what readers came upon
    /// since. One sentence each, naming the file.
    pub fn damage(&self) -> Vec<String> {
        let mut damage = self.found_damage.clone();
        let Ok(state) = self.shared.state.read() else {
            return damage;
        };
        let damaged = state
            .segments()
            .filter(|part| part.damage.found.get().is_some());
        let files = damaged.filter_map(|part| Some((part.file.as_ref()?, part)));
        damage.extend(files.map(|(file, part)| {
            let (path, n_events) = (file.path.display(), part.len());
            let of_them = match part.n_damaged() {
                0 => format!("all of its {n_events} events are used"),
                n if n == n_events => {
                    format!("its {n} events are left out wherever those are needed")
                }
                n => format!("{n} of its {n_events} events are left out wherever those are needed"),
            };
            format!("{path}: some of its bytes are not what was written; {of_them}")
        }));
        damage
    }

    /// Reads every byte of every segment, so that [`Store::damage`] tells all. Returns how many events can
    /// be read in full.
    pub fn verify(&self) -> u64 {
        let Ok(state) = self.shared.state.read() else {
            return 0;
        };
        let datasets = state.every_dataset();
        let parts: Vec<Arc<Part>> = datasets
            .flat_map(|(_, dataset)| dataset.parts().cloned())
            .collect();
        drop(state);
        let mut n_events = 0;
        for part in parts {
            // A byte that means nothing to us may be damaged; the events are whole all the same.
            part.is_file_sound();
            let pieces = part.wholly_readable().into_iter();
            let sound = pieces.filter(|piece| piece.is_wholly_sound());
            n_events += sound.map(|piece| piece.len() as u64).sum::<u64>();
        }
        n_events
    }

    /// Returns what keeps the store from tidying up, if anything does.
    pub fn trouble(&self) -> Option<String> {
        self.shared.trouble.lock().ok()?.clone()
    }

    /// Returns the journal files that cannot be sealed: a sentence for each.
    pub fn set_aside(&self) -> Vec<String> {
        let Ok(state) = self.shared.state.read() else {
            return Vec::new();
        };
        let all = aside::all(&state.documents).into_iter();
        all.map(|aside| aside.sentence()).collect()
    }

    /// Takes it that sentences about what happens while the store is open go to `tell`, those too that there were
    /// before.
    pub fn tell(&self, tell: impl Fn(&str) + Send + Sync + 'static) {
        self.shared.notices.go_to(Box::new(tell));
    }
}
