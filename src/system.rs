//! What a command asks of the operating system for itself: the size of its pages, and who goes before whom.
//!
//! Linux is asked. Where it refuses, and elsewhere, all works as it would have, a little slower.

/// Leaves huge pages to others, for a command that stays.
///
/// The allocator asks for them, which fills two megabytes with zeros for each of the many small and short needs of a
/// service: a fifth of the stack's time.
pub fn stay_small() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Lets every other thread go before this one, for work that nobody waits for, such as merging.
///
/// On a busy machine it then takes a tenth of a core, and otherwise what is free.
pub fn go_last() {
    give_way(10);
}

/// Lets others go before this one, for work that may be late but not for long, such as sending what waits on disk.
pub fn go_later() {
    give_way(5);
}

#[cfg(target_os = "linux")]
fn give_way(by: i32) {
    use rustix::process::{getpriority_process, setpriority_process};
    // Linux has it by thread.
    let this = Some(rustix::thread::gettid());
    if let Ok(niceness) = getpriority_process(this) {
        let _ = setpriority_process(this, (niceness + by).min(19));
    }
}

#[cfg(not(target_os = "linux"))]
fn give_way(_by: i32) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use crate::system::go_last;

    #[test]
    fn only_the_thread_that_asks_goes_last() {
        let niceness =
            || rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap();
        let ours = niceness();
        let theirs = std::thread::spawn(move || {
            go_last();
            niceness()
        });
        assert_eq!(theirs.join().unwrap(), (ours + 10).min(19));
        assert_eq!(niceness(), ours);
    }
}
