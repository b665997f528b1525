//! The size of the pages that a command's memory consists of.

/// Leaves huge pages to others, for a command that stays.
///
/// The allocator asks Linux for them, which fills two megabytes with zeros for each of the many small and short
/// needs of a service: a fifth of the stack's time.
pub fn stay_small() {
    // Where it cannot be asked for, the command is a little slower and works.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
