//! Sealing: each dataset's events of a full journal file become a segment, or several if one would take too much
//! memory. A file that cannot be sealed is set aside, so that it does not keep the others waiting.

use std::collections::HashSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::aside::{self, Aside};
use super::cost::{Cost, MOST_BYTES, that_fit};
use super::documents::Change;
use super::folder;
use super::manifest::{self, Manifest};
use super::merge::merged_since;
use super::part::Part;
use super::retention::Arrived;
use super::sealer::Sealer;
use super::segment_write::Origin;
use super::state::{Dataset, DatasetKey, State};
use super::writer::remove_file;
use crate::records::sync_names;

/// A full journal file that is not sealed yet.
#[derive(Debug, Clone, Copy)]
pub struct Full {
    /// Its number.
    pub number: u64,
    /// Its length.
    pub length: u64,
    /// Whether it was tried, and what stood in the way.
    pub failed: Option<Obstacle>,
    /// Whether writers wait for it if there is too much to be sealed.
    pub is_waited_for: bool,
}

/// What stands in the way of sealing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The disk, most likely: it is tried again and again.
    System,
    /// What is in the file, or how much: it is tried again at the next start, and by `store compact`.
    Contents,
}

impl Obstacle {
    /// Returns what an error is about.
    pub fn of(error: &io::Error) -> Obstacle {
        match error.kind() {
            io::ErrorKind::Other | io::ErrorKind::OutOfMemory => Obstacle::Contents,
            _ => Obstacle::System,
        }
    }
}

impl Full {
    /// Returns a file that was not tried yet.
    pub fn new(number: u64, length: u64) -> Full {
        Full {
            number,
            length,
            failed: None,
            is_waited_for: true,
        }
    }

    /// Tells whether it is tried again without being asked for.
    pub fn is_due(&self) -> bool {
        self.failed != Some(Obstacle::Contents)
    }
}

impl Sealer {
    /// Seals the full journal files, the oldest first: all of them if that was asked for. Returns the last error.
    pub(super) fn seal_all(&mut self, is_asked_for: bool) -> io::Result<()> {
        let mut trouble = Ok(());
        let mut at = 0;
        while let Some(file) = self.full.get(at).copied() {
            if self.is_stopping() {
                return Ok(());
            }
            if !file.is_due() && !is_asked_for {
                at += 1;
                continue;
            }
            match self.seal(file.number) {
                Ok(()) => {
                    self.wait_no_more(at);
                    self.full.remove(at);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
                Err(error) => {
                    self.set_aside(at, &error)?;
                    trouble = Err(error);
                    at += 1;
                }
            }
        }
        trouble
    }

    // Writers do not wait for what cannot be sealed either.
    fn wait_no_more(&mut self, at: usize) {
        let unsealed_bytes = &self.shared.unsealed_bytes;
        if let Some(file) = self.full.get_mut(at).filter(|file| file.is_waited_for) {
            file.is_waited_for = false;
            unsealed_bytes.fetch_sub(file.length, Ordering::Relaxed);
        }
        if unsealed_bytes.load(Ordering::Relaxed) <= self.limits.unsealed_bytes / 2 {
            self.caught_up = None;
        }
    }

    // Where the file ends is remembered before those that come after it are listed no more.
    fn set_aside(&mut self, at: usize, error: &io::Error) -> io::Result<()> {
        let Some(file) = self.full.get(at).copied() else {
            return Ok(());
        };
        let reason = error.to_string();
        let mut is_news = false;
        let mut sentence = None;
        self.change(|state| {
            let aside = Aside::new(&state.documents, file.number, reason);
            let change = aside.put(&state.documents);
            is_news = change.is_some() || file.failed.is_none();
            sentence = Some(aside.sentence());
            change.into_iter().collect()
        })?;
        let obstacle = Obstacle::of(error);
        if obstacle == Obstacle::Contents {
            self.wait_no_more(at);
        }
        if let Some(file) = self.full.get_mut(at) {
            file.failed = Some(obstacle);
        }
        if let Some(sentence) = sentence.filter(|_| is_news) {
            self.shared.notices.say(sentence);
        }
        Ok(())
    }

    // Lets the journal file go when all of it is sealed.
    fn seal(&mut self, journal_file: u64) -> io::Result<()> {
        let found: Vec<(DatasetKey, u64, Vec<Arc<Part>>)> = {
            let state = self.shared.state.read().map_err(|_| io::ErrorKind::Other)?;
            let parts_of = |(key, dataset): (&DatasetKey, &Dataset)| {
                let of_file = dataset
                    .recent
                    .iter()
                    .filter(|(number, _)| *number == journal_file);
                let parts: Vec<Arc<Part>> = of_file.map(|(_, part)| part.clone()).collect();
                (!parts.is_empty()).then(|| (key.clone(), dataset.made, parts))
            };
            state.every_dataset().filter_map(parts_of).collect()
        };
        let clock = self.shared.clock(self.limits);
        let arrived = {
            let state = self.shared.state.read().map_err(|_| io::ErrorKind::Other)?;
            Manifest::of(&state.documents).arrived_in(journal_file, clock.arrival())
        };
        let mut failure = None;
        for (key, made, parts) in found {
            let mut groups = groups_of(parts, MOST_BYTES);
            while let Some(mut group) = groups.pop() {
                if self.is_stopping() {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                match self.seal_group((journal_file, arrived), (&key, made), &group) {
                    Ok(()) => {}
                    Err(error) if Obstacle::of(&error) == Obstacle::System => return Err(error),
                    // Perhaps half of it can be.
                    Err(_) if group.len() > 1 => {
                        groups.push(group.split_off(group.len() / 2));
                        groups.push(group);
                    }
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        sync_names(&self.folder.join("segments"))?;
        let listed = self.unlisted.get(&journal_file).cloned();
        let mut changes = listed.unwrap_or_default();
        changes.push(manifest::delete_journal(journal_file));
        self.change(|state| {
            changes.extend(aside::forget(&state.documents, journal_file));
            let mut changes = still_there(state, changes);
            changes.push(clock.put(self.limits));
            changes
        })?;
        self.unlisted.remove(&journal_file);
        match std::fs::remove_file(folder::journal_path(&self.folder, journal_file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => sync_names(&self.folder.join("journal")),
        }
    }

    fn seal_group(
        &mut self,
        (journal_file, arrived): (u64, Arrived),
        (key, made): (&DatasetKey, u64),
        group: &[Arc<Part>],
    ) -> io::Result<()> {
        let origin = Origin {
            journal: (journal_file, journal_file),
            ..Origin::default()
        };
        let Some(sealed) = self.made_of(group, i64::MIN, origin)? else {
            return Ok(());
        };
        let Ok(mut state) = self.shared.state.write() else {
            return Err(io::ErrorKind::Other.into());
        };
        match state
            .dataset_mut(key)
            .filter(|dataset| dataset.made == made)
        {
            Some(dataset) => {
                let unlisted = self.unlisted.entry(journal_file).or_default();
                unlisted.extend(manifest::put_segment(&sealed, Some(arrived)));
                let gone: HashSet<*const Part> = group.iter().map(Arc::as_ptr).collect();
                dataset
                    .recent
                    .retain(|(_, part)| !gone.contains(&Arc::as_ptr(part)));
                dataset.take_sealed(sealed);
            }
            // Forgotten meanwhile.
            None => remove_file(&sealed),
        }
        Ok(())
    }

    /// Makes a segment of the events of these parts since `oldest`; `None` if there are none.
    ///
    /// Whatever goes wrong is an error, even a mistake of ours: what comes after it goes on.
    pub(super) fn made_of(
        &mut self,
        parts: &[Arc<Part>],
        oldest: i64,
        origin: Origin,
    ) -> io::Result<Option<Arc<Part>>> {
        let parts: Vec<&Part> = parts.iter().map(|part| &**part).collect();
        // The part, its bytes as they are written, and as they are read back.
        ask_for_memory(Cost::of(parts.iter().copied()).bytes().saturating_mul(3))?;
        let made = catch_unwind(AssertUnwindSafe(|| {
            let kept = merged_since(&parts, oldest);
            match kept.is_empty() {
                true => Ok(None),
                false => self.segment(&kept, origin).map(Some),
            }
        }));
        made.unwrap_or_else(|_| Err(io::Error::other("a mistake in this program")))
    }
}

// The last one first; each takes little enough memory as one part, if it has several.
fn groups_of(mut parts: Vec<Arc<Part>>, most_bytes: usize) -> Vec<Vec<Arc<Part>>> {
    let mut groups = Vec::new();
    while !parts.is_empty() {
        let n = that_fit(parts.iter().map(|part| &**part), most_bytes);
        let rest = parts.split_off(n.clamp(1, parts.len()));
        groups.push(std::mem::replace(&mut parts, rest));
    }
    groups.reverse();
    groups
}

// Where memory has a limit, what cannot be had would end the process; asked for beforehand, it is an error.
fn ask_for_memory(n_bytes: usize) -> io::Result<()> {
    let mut memory: Vec<u8> = Vec::new();
    let asked = std::hint::black_box(&mut memory).try_reserve_exact(n_bytes);
    asked.map_err(|_| {
        let message = format!("there is not enough memory, about {n_bytes} bytes");
        io::Error::new(io::ErrorKind::OutOfMemory, message)
    })
}

// Leaves out what lists a segment that was forgotten after it had been sealed.
fn still_there(state: &State, changes: Vec<Change>) -> Vec<Change> {
    let listed = state
        .segments()
        .filter_map(|part| manifest::key_of_segment(part));
    let listed: HashSet<String> = listed.collect();
    let is_there = |change: &Change| match change {
        Change::Put { key, .. } => listed.contains(key),
        Change::Delete { .. } => true,
    };
    changes.into_iter().filter(is_there).collect()
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
