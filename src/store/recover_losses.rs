//! What reading a folder back finds to be missing, and what earlier readings found.

use std::path::Path;

use super::documents::{self, Change};
use super::folder;
use super::gaps::{self, Gap, counted};
use super::left_out::shown;
use super::limits::Limits;
use super::recover::Loaded;
use super::retention::{Arrived, RetentionClock};

impl Loaded {
    /// Takes it that what is missing in journal files is left out of answers, now and when the files are sealed and
    /// gone.
    pub fn take_gaps(&mut self, folder: &Path) {
        let place = |gap: &Gap| folder.join(&gap.file).display().to_string();
        let reached = self.reached.map_or(0, |reached| reached.sequence);
        self.state.next_sequence = self.state.next_sequence.max(reached);
        for gap in &self.gaps {
            let is_named = |damage: &String| damage.contains(&gap.file);
            if !self.damage.iter().any(is_named) {
                let (file, reason, n_lost) = (place(gap), &gap.reason, gap.events);
                let events = counted(n_lost);
                self.damage.push(format!("{file}: {reason}: {events}"));
            }
        }
        let mut earlier = gaps::remembered(&self.state.documents, &self.gaps);
        let files = self.journal_names();
        earlier.retain(|gap| !gap.is_healed_by(&files));
        for gap in &earlier {
            let (file, reason, n_lost) = (place(gap), &gap.reason, gap.events);
            let events = counted(n_lost);
            self.damage.push(format!(
                "{file}: was found damaged before: {reason}: {events}"
            ));
        }
        let all = self.gaps.iter().chain(&earlier);
        self.state.lost.extend(all.map(Gap::lost));
    }

    /// Where both copies of the documents are lost, makes those again that events speak of, and returns the changes
    /// that keep them and remember the loss.
    pub fn restore(&mut self, limits: Limits) -> Vec<Change> {
        if self.documents.as_ref().is_none_or(|it| it.is_whole) {
            return Vec::new();
        }
        let (mut changes, mut n_datasets) = (Vec::new(), 0);
        for ((lens, key), dataset) in self.state.every_dataset() {
            let parts: Vec<_> = dataset.parts().cloned().collect();
            let mut restored = (limits.restored)(*lens, key, &parts);
            restored.retain(|change| match change {
                Change::Put { table, key, .. } => self.state.documents.get(*table, key).is_none(),
                Change::Delete { .. } => false,
            });
            n_datasets += usize::from(!restored.is_empty());
            changes.extend(restored);
        }
        let again = match n_datasets {
            0 => String::new(),
            1 => "; 1 log group and its streams were made again from its lines".to_string(),
            n => format!("; {n} log groups and their streams were made again from their lines"),
        };
        let said = format!(
            "both copies were lost or damaged; sampling rules, X-Ray groups, retention and tags of log groups, settings of datasets, columns, markers and stored queries may be missing{again}"
        );
        self.damage
            .push(format!("{}: {said}", super::document_file::FOLDER));
        changes.push(gaps::put_documents_lost(&said, (limits.clock)()));
        let applied = documents::encode(changes.clone());
        self.state.documents.apply(applied);
        changes
    }

    /// Returns the clock that events expire by, as of now.
    pub fn clock(&self, limits: Limits) -> RetentionClock {
        let segments = self.state.segments().filter_map(|part| part.file.as_ref());
        let changed = segments.filter_map(|file| Arrived::of_file(&file.path));
        let newest = changed.map(|arrived| arrived.last).max();
        RetentionClock::begin(&self.state.documents, newest, limits)
    }

    /// Returns what is to be remembered of losses, and what no more.
    pub fn losses(&self, limits: Limits) -> Vec<Change> {
        let (documents, now) = (&self.state.documents, (limits.clock)());
        let found = self.gaps.iter().filter_map(|gap| gap.put(documents, now));
        let age = limits
            .most_age
            .map(|age| i64::try_from(age.as_nanos()).unwrap_or(i64::MAX));
        let outlived = age.map(|age| gaps::outlived(documents, now.saturating_sub(age)));
        let healed = gaps::healed(documents, &self.gaps, &self.journal_names());
        let forgotten = outlived.into_iter().flatten().chain(healed);
        found.chain(forgotten).collect()
    }

    // The journal files that were read, by their names inside the folder.
    fn journal_names(&self) -> Vec<String> {
        let numbers = self.journal.iter().map(|file| file.number);
        numbers
            .map(|number| shown(&folder::journal_path(Path::new(""), number)))
            .collect()
    }
}
