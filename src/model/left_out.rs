//! What an answer leaves out: events that could not be read, and events that are no longer kept.
//!
//! The store says it of each range that is read; an answer carries it to whoever reads the answer, over HTTP
//! in the member `left_out` or in the header [`HEADER`].

use serde_json::{Value as Json, json};

/// The response header that carries [`LeftOut::header`]; an answer that leaves nothing out has none.
pub const HEADER: &str = "x-cruddur-left-out";

/// More files than this are one entry together.
const MOST_FILES: usize = 10;

/// What an answer leaves out of the range that it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Events that could not be read, one entry for each file.
    pub unread: Vec<Unread>,
    /// Events that were once there, one entry for each reason.
    pub gone: Vec<Gone>,
}

/// Events of one file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The file, inside the data folder.
    pub file: String,
    /// How many events; at least so many if not [`Unread::is_exact`].
    pub events: u64,
    /// Whether exactly so many are missing from the answer. Events that may be of another dataset or another
    /// time are counted, and make it `false`.
    pub is_exact: bool,
    /// Why, as in `is missing`.
    pub reason: String,
}

/// Events that are no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// All of them are older than this, in nanoseconds since the epoch.
    pub before: i64,
    /// How many, of all times.
    pub events: u64,
    /// Why.
    pub why: GoneWhy,
}

/// Why events are no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoneWhy {
    /// They were evicted: the folder was larger than this.
    Full {
        /// How large it may be, in bytes.
        keep_bytes: u64,
    },
    /// They have expired: they were older than this.
    Old {
        /// How long events are kept, in seconds.
        keep_seconds: u64,
    },
}

impl GoneWhy {
    // What the entry is called in JSON, and what its limit is.
    fn named(self) -> (&'static str, &'static str, u64) {
        match self {
            GoneWhy::Full { keep_bytes } => ("evicted", "keep_bytes", keep_bytes),
            GoneWhy::Old { keep_seconds } => ("expired", "keep_seconds", keep_seconds),
        }
    }
}

impl LeftOut {
    /// Tells whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.unread.is_empty() && self.gone.is_empty()
    }

    /// Returns how many events could not be read, and whether it is exactly so many.
    pub fn unread_events(&self) -> (u64, bool) {
        let events = self.unread.iter().map(|it| it.events);
        let is_exact = self.unread.iter().all(|it| it.is_exact);
        (events.fold(0, u64::saturating_add), is_exact)
    }

    /// Adds events of the same answer that could not be read.
    pub fn add_unread(&mut self, unread: Unread) {
        match self.unread.iter_mut().find(|it| it.file == unread.file) {
            Some(known) => {
                known.events = known.events.saturating_add(unread.events);
                known.is_exact &= unread.is_exact;
                if !known.reason.contains(&unread.reason) && known.reason.len() < 200 {
                    known.reason = format!("{}; {}", known.reason, unread.reason);
                }
            }
            None => self.unread.push(unread),
        }
    }

    /// Adds events that are no longer kept.
    pub fn add_gone(&mut self, gone: Gone) {
        let kind = gone.why.named().0;
        match self.gone.iter_mut().find(|it| it.why.named().0 == kind) {
            Some(known) => {
                known.events = known.events.saturating_add(gone.events);
                if gone.before > known.before {
                    (known.before, known.why) = (gone.before, gone.why);
                }
            }
            None => self.gone.push(gone),
        }
    }

    /// Adds what another part of the same answer leaves out.
    pub fn add(&mut self, other: LeftOut) {
        other.unread.into_iter().for_each(|it| self.add_unread(it));
        other.gone.into_iter().for_each(|it| self.add_gone(it));
    }

    /// Takes what another answer leaves out, which may be the same events: no file counts twice.
    pub fn merge(&mut self, other: &LeftOut) {
        for unread in &other.unread {
            match self.unread.iter_mut().find(|it| it.file == unread.file) {
                Some(known) if known.events < unread.events => *known = unread.clone(),
                Some(_) => {}
                None => self.unread.push(unread.clone()),
            }
        }
        for gone in &other.gone {
            let kind = gone.why.named().0;
            match self.gone.iter_mut().find(|it| it.why.named().0 == kind) {
                Some(known) if known.before < gone.before => *known = *gone,
                Some(_) => {}
                None => self.gone.push(*gone),
            }
        }
    }

    /// Returns it as JSON: `unread_events` (at least so many if not `is_exact`), `unread` by file, and
    /// `evicted` and `expired` with the time `before` which events are missing.
    pub fn to_json(&self) -> Json {
        let (events, is_exact) = self.unread_events();
        let listed = self.unread.iter().take(MOST_FILES);
        let mut files: Vec<Json> = listed.map(unread_json).collect();
        let rest = self.unread.get(MOST_FILES..).unwrap_or_default();
        if !rest.is_empty() {
            files.push(unread_json(&Unread {
                file: format!("{} other files", rest.len()),
                events: rest.iter().map(|it| it.events).sum(),
                is_exact: rest.iter().all(|it| it.is_exact),
                reason: "cannot be read either".to_string(),
            }));
        }
        let mut json = json!({ "unread_events": events, "is_exact": is_exact, "unread": files });
        for gone in &self.gone {
            let (name, limit, of) = gone.why.named();
            json[name] = json!({
                "before_ns": gone.before,
                "before": super::time::rfc3339(gone.before),
                "events": gone.events,
                limit: of,
            });
        }
        json
    }

    /// Reads what [`LeftOut::to_json`] wrote; of anything else, what can be read.
    pub fn of_json(json: &Json) -> LeftOut {
        let mut left_out = LeftOut::default();
        let files = json["unread"].as_array().into_iter().flatten();
        for file in files.take(MOST_FILES + 1) {
            left_out.add_unread(Unread {
                file: file["file"].as_str().unwrap_or("a file").to_string(),
                events: file["events"].as_u64().unwrap_or(0),
                is_exact: file["is_exact"].as_bool().unwrap_or(false),
                reason: file["reason"].as_str().unwrap_or_default().to_string(),
            });
        }
        let gone = |name: &str, limit: &str| {
            let json = json.get(name)?;
            let before = json["before_ns"].as_i64()?;
            let events = json["events"].as_u64().unwrap_or(0);
            Some((before, events, json[limit].as_u64().unwrap_or(0)))
        };
        if let Some((before, events, keep_bytes)) = gone("evicted", "keep_bytes") {
            let why = GoneWhy::Full { keep_bytes };
            left_out.gone.push(Gone {
                before,
                events,
                why,
            });
        }
        if let Some((before, events, keep_seconds)) = gone("expired", "keep_seconds") {
            let why = GoneWhy::Old { keep_seconds };
            left_out.gone.push(Gone {
                before,
                events,
                why,
            });
        }
        left_out
    }

    /// Returns what stands in the header [`HEADER`]: the JSON in ASCII; `None` if nothing is left out.
    pub fn header(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut text = String::new();
        for letter in self.to_json().to_string().chars() {
            match letter {
                ' '..='~' => text.push(letter),
                _ => {
                    let mut units = [0; 2];
                    for unit in letter.encode_utf16(&mut units) {
                        text.push_str(&format!("\\u{unit:04x}"));
                    }
                }
            }
        }
        Some(text)
    }

    /// Reads a header of that name; nothing is left out if it says nothing that can be read.
    pub fn of_header(text: &str) -> LeftOut {
        let json = serde_json::from_str(text);
        json.map_or_else(|_| LeftOut::default(), |json| LeftOut::of_json(&json))
    }
}

fn unread_json(unread: &Unread) -> Json {
    json!({
        "file": unread.file,
        "events": unread.events,
        "is_exact": unread.is_exact,
        "reason": unread.reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(file: &str, events: u64) -> Unread {
        Unread {
            file: file.to_string(),
            events,
            is_exact: events % 2 == 0,
            reason: "is missing".to_string(),
        }
    }

    fn some() -> LeftOut {
        LeftOut {
            unread: vec![unread("segments/ä\u{1}𝄞.arrow", 40), unread("b", 3)],
            gone: vec![
                Gone {
                    before: 1_800_000_000_123_456_789,
                    events: 7,
                    why: GoneWhy::Full { keep_bytes: 4096 },
                },
                Gone {
                    before: -5,
                    events: 1,
                    why: GoneWhy::Old { keep_seconds: 60 },
                },
            ],
        }
    }

    #[test]
    fn what_is_left_out_comes_back_from_json_and_from_a_header_of_plain_ascii() {
        let some = some();
        assert_eq!(LeftOut::of_json(&some.to_json()), some);
        let header = some.header().unwrap();
        assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        assert_eq!(LeftOut::of_header(&header), some);
        assert_eq!(LeftOut::default().header(), None);
        for odd in ["", "[]", "{\"unread\":3}", "{\"evicted\":{}}"] {
            assert!(LeftOut::of_header(odd).is_empty(), "{odd}");
        }
    }

    #[test]
    fn one_answer_adds_up_and_two_answers_count_no_file_twice() {
        let mut one = LeftOut::default();
        one.add_unread(unread("a", 4));
        one.add_unread(unread("a", 3));
        assert_eq!(one.unread_events(), (7, false));
        let mut all = one.clone();
        all.merge(&one);
        all.merge(&some());
        assert_eq!(all.unread_events(), (50, false));
        assert_eq!(all.gone, some().gone);
    }

    #[test]
    fn many_files_are_counted_and_not_listed() {
        let mut many = LeftOut::default();
        (0..200).for_each(|n| many.add_unread(unread(&format!("file {n}"), 2)));
        let read = LeftOut::of_header(&many.header().unwrap());
        assert_eq!(read.unread_events(), (400, true));
        assert_eq!(read.unread.len(), MOST_FILES + 1);
    }
}
