//! A disk that is full: what cannot be kept is refused, what was acknowledged stays, questions are
//! answered all the time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64};

use serde_json::json;

use crate::http::{get, get_keyed, post_json};
use crate::place::{Place, Stack};
use crate::traffic::{Fate, N_SENDERS, Numbers, Sent, TINY, Traffic, check_totals, found, numbers};

/// What a stack may answer when it cannot write; an exporter sends again after any of them.
const NO_ROOM: [u16; 3] = [429, 503, 507];
const PADDING: usize = 8 << 10;
const N_REFUSALS: usize = 40;

type Next = [AtomicU64; N_SENDERS as usize];

/// A file system in memory of a few megabytes. Unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts it, or says why that is not possible here.
    fn mount(folder: &Path) -> Result<SmallDisk, String> {
        fs::create_dir(folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
            .arg(folder)
            .output()
            .map_err(|error| error.to_string())?;
        match mounted.status.success() {
            true => Ok(SmallDisk(folder.to_path_buf())),
            false => Err(String::from_utf8_lossy(&mounted.stderr).into_owned()),
        }
    }
}

/// Fills what is left of a disk with the file at `path`.
fn take_the_rest(path: &Path) {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).open(path).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_what_it_cannot_keep_and_keeps_what_it_took() {
    let mut place = Place::new();
    let folder = place.path("disk");
    let disk = match SmallDisk::mount(&folder) {
        Ok(disk) => disk,
        Err(why) => {
            // The other test has files that may not grow, which needs no rights.
            println!("not root enough for a small disk: {why}");
            return;
        }
    };
    let data = disk.0.join("data");
    place.set("CRUDDUR_DATA_DIR", data.to_str().unwrap());
    // In the way from the start, so that there is something to take away later.
    let ballast = disk.0.join("ballast");
    fs::write(&ballast, vec![0; 3 << 20]).unwrap();

    let next = Next::default();
    let mut truth = BTreeMap::new();
    let stack = place.stack_with(TINY);
    truth.insert(0, fill(&stack, &next));
    let rest = disk.0.join("rest");
    let n_markers = check_while_full(stack.address, &truth, || take_the_rest(&rest));

    // As soon as there is room, it goes on without a restart.
    fs::remove_file(&ballast).unwrap();
    fs::remove_file(&rest).unwrap();
    truth.insert(1, send_a_little(&stack, &next));
    check_all(stack.address, &truth, "with room again");

    let said = stack.running.stop();
    assert!(!said.stderr.contains("panicked"), "{said:?}");
    let stack = place.stack_with(TINY);
    check_all(stack.address, &truth, "after a restart");
    assert_eq!(markers(stack.address), n_markers);
    let said = stack.running.stop();
    assert!(!said.stderr.contains("warning: "), "{said:?}");
}

#[test]
fn files_that_may_not_grow_are_like_a_full_disk() {
    let place = Place::new();
    let next = Next::default();
    let mut truth = BTreeMap::new();
    // In blocks of 512 bytes. Without the trap the first long write would end the process.
    let stack = place.stack_after("trap '' XFSZ; ulimit -f 4000", &[]);
    truth.insert(0, fill(&stack, &next));
    let n_markers = check_while_full(stack.address, &truth, || {});
    // Not even an orderly end.
    let said = stack.running.kill();
    assert!(!said.stderr.contains("panicked"), "{said:?}");

    let stack = place.stack();
    check_all(stack.address, &truth, "after a restart without the limit");
    assert_eq!(markers(stack.address), n_markers);
    truth.insert(1, send_a_little(&stack, &next));
    check_all(stack.address, &truth, "with more since");
}

/// Sends until a good many requests were refused, and returns what was acknowledged until then.
fn fill(stack: &Stack, next: &Next) -> Numbers {
    let traffic = Traffic {
        address: stack.address,
        round: 0,
        next,
        padding: PADDING,
        is_over: &AtomicBool::new(false),
    };
    let is_refused = |sent: &&Sent| sent.fate != Fate::Acknowledged;
    let sent = traffic.send_from_all_until(|sent| {
        // A disk that never fills would be news.
        sent.iter().filter(is_refused).count() >= N_REFUSALS || sent.len() > 5_000
    });
    let mut senders = BTreeSet::new();
    for sent in sent.iter().filter(is_refused) {
        let is_no_room = matches!(sent.fate, Fate::Refused(status) if NO_ROOM.contains(&status));
        assert!(is_no_room, "sender {} got {:?}", sent.sender, sent.fate);
        senders.insert(sent.sender);
    }
    assert!(senders.len() > 1, "only sender {senders:?} was refused");
    numbers(&sent, |fate| fate == Fate::Acknowledged)
}

/// Sends a few requests, which are all acknowledged.
fn send_a_little(stack: &Stack, next: &Next) -> Numbers {
    let traffic = Traffic {
        address: stack.address,
        round: 1,
        next,
        padding: 10,
        is_over: &AtomicBool::new(false),
    };
    let sent = traffic.send_from_all(20);
    let refused = sent.iter().find(|sent| sent.fate != Fate::Acknowledged);
    assert_eq!(refused, None, "there is room again");
    numbers(&sent, |_| true)
}

/// Makes markers until not even one more can be kept, and checks that the stack has those that it
/// acknowledged, has exactly the spans that it acknowledged, and answers. Returns how many markers there
/// are.
///
/// `take_the_rest` takes whatever room the stack may have made in the meantime.
fn check_while_full(
    address: SocketAddr,
    truth: &BTreeMap<u64, Numbers>,
    take_the_rest: impl Fn(),
) -> usize {
    let mut n_markers = 0;
    loop {
        take_the_rest();
        // Long, since documents have a file of their own, which no span has filled.
        let url = format!("{n_markers} {}", "x".repeat(4_000));
        let marker = json!({ "message": "full", "url": url });
        let made = post_json(address, "/1/markers/__all__", &marker);
        if made.status != 201 {
            assert!(NO_ROOM.contains(&made.status), "{}", made.text());
            break;
        }
        n_markers += 1;
        assert!(n_markers < 2_000, "there is no end of the room");
    }
    assert_eq!(markers(address), n_markers);
    assert_eq!(get(address, "/healthz").status, 200);
    // None of these questions was asked before: the stack has no room to remember them either.
    check_all(address, truth, "while the disk is full");
    n_markers
}

fn markers(address: SocketAddr) -> usize {
    let markers = get_keyed(address, "/1/markers/__all__").json();
    markers.as_array().unwrap().len()
}

#[track_caller]
fn check_all(address: SocketAddr, truth: &BTreeMap<u64, Numbers>, context: &str) {
    for (round, numbers) in truth {
        assert_eq!(&found(address, *round, context), numbers, "{context}");
    }
    check_totals(address, truth, context);
}
