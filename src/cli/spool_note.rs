//! Names what waits on disk and cannot be sent, since nothing says any more where it goes.

use std::path::Path;

use super::context::Context;
use super::render::text::printable;
use crate::spool::Queues;

/// Warns of each queue of `spool`, and of those of spans and segments beside it, that has lost its address.
pub fn note_unaddressed(context: &Context, spool: &Path) {
    let folders = [
        spool.to_path_buf(),
        spool.join("spans"),
        spool.join("segments"),
    ];
    for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
        // What keeps the folder from being read is said when it is used.
        let queues = Queues::new(folder);
        let Ok(looking) = queues.look() else { continue };
        for queue in looking.unaddressed() {
            context.note(&format!(
                "warning: {} has something to be sent, and both of its files that said where are damaged or gone; it stays there, and is not sent",
                printable(&queue.display().to_string())
            ));
        }
    }
}
