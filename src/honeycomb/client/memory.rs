//! What is remembered from one command to the next: when queries were run, and what they gave.
//!
//! All of it is in one folder. Keys are not: only the hash of an address and its key.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value as Json, json};

use super::limits::Limits;
use crate::model::time::MILLISECOND;
use crate::whole_file::{WholeFile, owner_only};

/// How many queries Honeycomb runs in a minute. Source: its OpenAPI document, tag Query Data.
pub const RUNS_A_MINUTE: usize = 10;
const MINUTE_MS: i64 = 60_000;
// No server asks for more patience than this; see `Limits`.
const DAY_MS: i64 = 86_400_000;

// What one would look at again is small, and all of it fits into a corner.
const MOST_ANSWERS: usize = 64;
const LARGEST_ANSWER: u64 = 8 << 20;
const MOST_BYTES: u64 = 64 << 20;
// A file of runs is a few lines.
const LARGEST_RUNS: u64 = 1 << 20;
// Whoever holds the lock reads and writes one small file.
const LOCK_TRIES: u32 = 400;
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// The memory of one key at one address.
#[derive(Debug)]
pub struct Memory {
    folder: PathBuf,
    key: String,
}

/// Whether a query may run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Yes; it is counted.
    Now,
    /// Not before this much time has passed.
    In(Duration),
}

/// An answer from before.
#[derive(Debug, PartialEq)]
pub struct Kept {
    /// The `data` of the finished result.
    pub data: Json,
    /// When it was asked, nanoseconds since the epoch.
    pub asked: i64,
}

// Of one key at one address; all times are milliseconds since the epoch.
#[derive(Debug, Default, PartialEq)]
struct Runs {
    begun: Vec<i64>,
    // What the server said: how many it still takes until when.
    left: Option<(u64, i64)>,
}

impl Memory {
    /// Remembers in `folder`, which is made when there is something to remember; `key` is a hash.
    pub fn new(folder: PathBuf, key: String) -> Memory {
        Memory { folder, key }
    }

    /// Returns where that is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Counts a run at `now`, in nanoseconds since the epoch, if one may begin.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub async fn turn(&self, now: i64) -> io::Result<Turn> {
        let now_ms = now.div_euclid(MILLISECOND);
        self.change(now_ms, |runs| runs.turn(now_ms)).await
    }

    /// Remembers what the server says about its own budget, which goes before our own count.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub async fn server_says(&self, limits: Limits, now: i64) -> io::Result<()> {
        let now_ms = now.div_euclid(MILLISECOND);
        let (Some(remaining), Some(reset)) = (limits.remaining, limits.reset) else {
            return Ok(());
        };
        let reset = i64::try_from(reset.as_millis()).unwrap_or(MINUTE_MS);
        let left = (remaining, now_ms.saturating_add(reset));
        self.change(now_ms, |runs| runs.left = Some(left)).await
    }

    async fn change<T>(&self, now_ms: i64, change: impl FnOnce(&mut Runs) -> T) -> io::Result<T> {
        fs::create_dir_all(&self.folder)?;
        // It is let go when it is dropped, and by the system if the process ends first.
        let _lock = lock(&self.folder.join("runs.lock")).await?;
        let path = self.folder.join("runs.json");
        let mut all = read_runs(&path)?;
        let mut runs = all.get(&self.key).map(Runs::of).unwrap_or_default();
        runs.forget(now_ms);
        let changed = change(&mut runs);
        all.insert(self.key.clone(), runs.json());
        all.retain(|_, runs| {
            let mut runs = Runs::of(runs);
            runs.forget(now_ms);
            runs != Runs::default()
        });
        write(&path, format!("{}\n", Json::Object(all)).as_bytes())?;
        Ok(changed)
    }

    /// Returns the answer called `name` if it was asked less than `longest` (nanoseconds) before `now`.
    ///
    /// A file that cannot be read is no answer.
    pub fn answer(&self, name: &str, now: i64, longest: i64) -> Option<Kept> {
        let bytes = read(&self.answer_path(name), LARGEST_ANSWER).ok()?;
        let mut json: Json = serde_json::from_slice(&bytes).ok()?;
        let asked = json.get("asked")?.as_i64()?;
        let age = now.checked_sub(asked)?;
        let data = json.get_mut("data")?.take();
        ((0..longest).contains(&age) && data.is_object()).then_some(Kept { data, asked })
    }

    /// Keeps an answer that was asked at `asked`, and lets the oldest ones go.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub fn keep_answer(&self, name: &str, data: &Json, asked: i64) -> io::Result<()> {
        let text = json!({ "asked": asked, "data": data }).to_string();
        if text.len() as u64 > LARGEST_ANSWER {
            return Ok(());
        }
        fs::create_dir_all(self.answers())?;
        write(&self.answer_path(name), text.as_bytes())?;
        self.let_old_answers_go()
    }

    fn let_old_answers_go(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(self.answers())? {
            let entry = entry?;
            // Another command may have let it go already.
            if let Ok(about) = entry.metadata() {
                let changed = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                files.push((changed, about.len(), entry.path()));
            }
        }
        files.sort_by(|a, b| b.cmp(a));
        let mut bytes = 0_u64;
        for (n, (_, length, path)) in files.iter().enumerate() {
            bytes = bytes.saturating_add(*length);
            if n >= MOST_ANSWERS || bytes > MOST_BYTES {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    fn answers(&self) -> PathBuf {
        self.folder.join("answers")
    }

    fn answer_path(&self, name: &str) -> PathBuf {
        self.answers().join(format!("{name}.json"))
    }
}

impl Runs {
    fn of(json: &Json) -> Runs {
        let list = json.get("runs").and_then(Json::as_array);
        let begun = list.into_iter().flatten().filter_map(Json::as_i64);
        let left = || {
            let left = json.get("left")?;
            Some((
                left.get("remaining")?.as_u64()?,
                left.get("until")?.as_i64()?,
            ))
        };
        Runs {
            begun: begun.take(RUNS_A_MINUTE).collect(),
            left: left(),
        }
    }

    fn json(&self) -> Json {
        let mut json = json!({ "runs": self.begun });
        if let Some((remaining, until)) = self.left {
            json["left"] = json!({ "remaining": remaining, "until": until });
        }
        json
    }

    // Runs of more than a minute ago, and of a clock that went wrong; a server whose minute is over has
    // forgotten what came before, and so do we.
    fn forget(&mut self, now_ms: i64) {
        let mut since = now_ms - MINUTE_MS;
        if let Some((_, until)) = self.left.filter(|(_, until)| *until <= now_ms) {
            since = since.max(until - 1);
            self.left = None;
        }
        // A clock that was set back makes nobody wait for the day that it showed.
        let latest = now_ms.saturating_add(DAY_MS);
        self.left = self.left.filter(|(_, until)| *until <= latest);
        self.begun.retain(|&it| it > since && it <= now_ms);
    }

    fn turn(&mut self, now_ms: i64) -> Turn {
        let wait = |until: i64| {
            let ms = u64::try_from(until.saturating_sub(now_ms)).unwrap_or(0);
            Turn::In(Duration::from_millis(ms.max(1)))
        };
        if let Some((remaining, until)) = &mut self.left {
            if *remaining == 0 {
                return wait(*until);
            }
            *remaining -= 1;
        } else if self.begun.len() >= RUNS_A_MINUTE {
            let oldest = self.begun.iter().min().copied().unwrap_or(now_ms);
            return wait(oldest + MINUTE_MS);
        }
        if self.begun.len() >= RUNS_A_MINUTE {
            self.begun.remove(0);
        }
        self.begun.push(now_ms);
        Turn::Now
    }
}

async fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false);
    owner_only(&mut options);
    let file = options.open(path)?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    let what = format!("{} is held by another process", path.display());
    Err(io::Error::new(io::ErrorKind::WouldBlock, what))
}

// A file that is not ours any more begins anew.
fn read_runs(path: &Path) -> io::Result<Map<String, Json>> {
    match read(path, LARGEST_RUNS) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Map::new()),
        Err(error) => Err(error),
    }
}

fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        bytes.clear();
    }
    Ok(bytes)
}

// Readers see the old file or the new one, never half of it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    WholeFile::private(path)?.write(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(runs: &mut Runs, now_ms: i64) -> Turn {
        runs.forget(now_ms);
        runs.turn(now_ms)
    }

    fn after(ms: u64) -> Turn {
        Turn::In(Duration::from_millis(ms))
    }

    #[test]
    fn the_eleventh_run_waits_until_the_first_is_a_minute_old() {
        let mut runs = Runs::default();
        for n in 0..10 {
            assert_eq!(at(&mut runs, 1_000_000 + n * 100), Turn::Now);
        }
        assert_eq!(at(&mut runs, 1_001_000), after(59_000));
        assert_eq!(at(&mut runs, 1_059_999), after(1));
        assert_eq!(at(&mut runs, 1_060_000), Turn::Now);
        assert_eq!(at(&mut runs, 1_060_001), after(99));
    }

    #[test]
    fn what_the_server_says_goes_before_the_own_count() {
        let mut runs = Runs::default();
        for _ in 0..10 {
            at(&mut runs, 1_000_000);
        }
        runs.left = Some((2, 1_030_000));
        assert_eq!(at(&mut runs, 1_000_001), Turn::Now);
        assert_eq!(at(&mut runs, 1_000_002), Turn::Now);
        assert_eq!(at(&mut runs, 1_000_003), after(29_997));
        assert_eq!(at(&mut runs, 1_030_000), Turn::Now);
        assert_eq!(runs.begun, [1_030_000]);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_anybody() {
        let mut runs = Runs {
            begun: vec![900_000_000; 10],
            left: Some((0, 900_000_000)),
        };
        assert_eq!(at(&mut runs, 1_000_000), Turn::Now);
        assert_eq!(runs.begun, [1_000_000]);
    }

    #[test]
    fn runs_come_back_from_the_file_as_they_were() {
        let runs = Runs {
            begun: vec![1, 2],
            left: Some((7, 99)),
        };
        assert_eq!(Runs::of(&runs.json()), runs);
        assert_eq!(Runs::of(&json!([1])), Runs::default());
        assert_eq!(Runs::of(&json!({"runs": "x", "left": {}})), Runs::default());
    }

    #[test]
    fn answers_age_and_only_so_many_are_kept() {
        let temp = tempfile::tempdir().unwrap();
        let memory = Memory::new(temp.path().join("m"), "k".into());
        let data = json!({"results": [1]});
        assert_eq!(memory.answer("a", 5, 10), None);
        memory.keep_answer("a", &data, 5).unwrap();
        let kept = Some(Kept {
            data: data.clone(),
            asked: 5,
        });
        assert_eq!(memory.answer("a", 14, 10), kept);
        assert_eq!(memory.answer("a", 15, 10), None);
        assert_eq!(memory.answer("a", 4, 10), None);
        for n in 0..MOST_ANSWERS + 5 {
            memory.keep_answer(&format!("n{n}"), &data, 5).unwrap();
        }
        let n_files = fs::read_dir(memory.answers()).unwrap().count();
        assert_eq!(n_files, MOST_ANSWERS);
    }

    #[test]
    fn a_broken_file_is_no_answer_and_no_obstacle() {
        let temp = tempfile::tempdir().unwrap();
        let memory = Memory::new(temp.path().to_path_buf(), "k".into());
        fs::create_dir(memory.answers()).unwrap();
        for text in [
            "",
            "{\"asked\": 5, \"da",
            "{\"asked\": 5, \"data\": 3}",
            "[]",
        ] {
            fs::write(memory.answer_path("a"), text).unwrap();
            assert_eq!(memory.answer("a", 6, 10), None, "{text}");
        }
        fs::write(temp.path().join("runs.json"), "\u{0}\u{0}half").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let turn = runtime.block_on(memory.turn(1_000 * MILLISECOND)).unwrap();
        assert_eq!(turn, Turn::Now);
    }
}
