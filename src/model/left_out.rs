//! What an answer leaves out: events that could not be read, and events that are no longer kept.
//!
//! The store says it of each range that is read; an answer carries it to whoever reads the answer, over HTTP
//! in the member `left_out` or in the header [`HEADER`].

use serde_json::{Value as Json, json};

/// The response header that carries [`LeftOut::header`]; an answer that leaves nothing out has none.
pub const HEADER: &str = "x-cruddur-left-out";

/// More files than this are one entry together.
const MOST_FILES: usize = 10;
/// And more than this are not named in a sentence.
const MOST_NAMED: usize = 3;

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
    /// How many events.
    pub events: u64,
    /// Whether there may be more than these.
    pub may_be_more: bool,
    /// Whether they may be of another dataset, or of another time than the answer is about.
    pub may_be_elsewhere: bool,
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

    /// Returns how many events could not be read.
    pub fn unread_events(&self) -> u64 {
        let events = self.unread.iter().map(|it| it.events);
        events.fold(0, u64::saturating_add)
    }

    /// Returns a sentence for each kind of what is left out; `shown` writes a time, nanoseconds since the epoch.
    pub fn sentences(&self, shown: impl Fn(i64) -> String) -> Vec<String> {
        let unread = (!self.unread.is_empty()).then(|| self.unread_sentence());
        let gone = self.gone.iter().map(|gone| {
            let before = shown(gone.before);
            match gone.why {
                GoneWhy::Full { keep_bytes } => format!(
                    "events before {before} were evicted: the folder is full (keep-size {})",
                    size(keep_bytes)
                ),
                GoneWhy::Old { keep_seconds } => format!(
                    "events before {before} have expired: they are kept for {}",
                    length(keep_seconds)
                ),
            }
        });
        unread.into_iter().chain(gone).collect()
    }

    fn unread_sentence(&self) -> String {
        let least = match self.unread.iter().any(|it| it.may_be_more) {
            true => "at least ",
            false => "",
        };
        let events = match self.unread_events() {
            0 => "an unknown number of events".to_string(),
            1 => format!("{least}1 event"),
            n => format!("{least}{n} events"),
        };
        let place = match self.unread.iter().any(|it| it.may_be_elsewhere) {
            true => "that may be in this range",
            false => "in this range",
        };
        let files = self.unread.iter().take(MOST_NAMED);
        let mut files: Vec<String> = files
            .map(|it| format!("{} ({})", it.file, it.reason))
            .collect();
        match self.unread.len().saturating_sub(MOST_NAMED) {
            0 => {}
            1 => files.push("1 more file".to_string()),
            n => files.push(format!("{n} more files")),
        }
        let files = files.join(", ");
        format!("{events} {place} could not be read and are left out: {files}")
    }

    /// Adds events of the same answer that could not be read.
    pub fn add_unread(&mut self, unread: Unread) {
        match self.unread.iter_mut().find(|it| it.file == unread.file) {
            Some(known) => {
                known.events = known.events.saturating_add(unread.events);
                known.may_be_more |= unread.may_be_more;
                known.may_be_elsewhere |= unread.may_be_elsewhere;
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

    /// Returns it as JSON: `unread_events`, `unread` by file, and `evicted` and `expired` with the time `before`
    /// which events are missing.
    pub fn to_json(&self) -> Json {
        let events = self.unread_events();
        let listed = self.unread.iter().take(MOST_FILES);
        let mut files: Vec<Json> = listed.map(unread_json).collect();
        let rest = self.unread.get(MOST_FILES..).unwrap_or_default();
        if !rest.is_empty() {
            files.push(unread_json(&Unread {
                file: format!("{} other files", rest.len()),
                events: rest.iter().map(|it| it.events).sum(),
                may_be_more: rest.iter().any(|it| it.may_be_more),
                may_be_elsewhere: rest.iter().any(|it| it.may_be_elsewhere),
                reason: "cannot be read either".to_string(),
            }));
        }
        let mut json = json!({ "unread_events": events, "unread": files });
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
                may_be_more: file["may_be_more"].as_bool().unwrap_or(true),
                may_be_elsewhere: file["may_be_elsewhere"].as_bool().unwrap_or(true),
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
        "may_be_more": unread.may_be_more,
        "may_be_elsewhere": unread.may_be_elsewhere,
        "reason": unread.reason,
    })
}

// `4 GiB` if it is a round number, `4100 kB` if not.
fn size(bytes: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let round = UNITS
        .iter()
        .find(|(bits, _)| bytes > 0 && bytes.is_multiple_of(1 << bits));
    match round {
        Some((bits, unit)) => format!("{} {unit}", bytes >> bits),
        None => format!("{bytes} bytes"),
    }
}

fn length(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let fits = |unit: u64| seconds >= unit && seconds.is_multiple_of(unit);
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| fits(*unit))
        .unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        n => format!("{n} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(file: &str, events: u64) -> Unread {
        Unread {
            file: file.to_string(),
            events,
            may_be_more: events % 2 == 1,
            may_be_elsewhere: false,
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
        assert_eq!(one.unread_events(), 7);
        let mut all = one.clone();
        all.merge(&one);
        all.merge(&some());
        assert_eq!(all.unread_events(), 50);
        assert_eq!(all.gone, some().gone);
    }

    #[test]
    fn sentences_say_how_many_and_why_and_no_more_than_is_known() {
        let mut said = some();
        said.unread[0].file = "a".to_string();
        let shown = |time: i64| format!("T{time}");
        assert_eq!(
            said.sentences(shown),
            [
                "at least 43 events in this range could not be read and are left out: a (is missing), b (is missing)",
                "events before T1800000000123456789 were evicted: the folder is full (keep-size 4 KiB)",
                "events before T-5 have expired: they are kept for 1 minute",
            ]
        );
        let mut unknown = LeftOut::default();
        unknown.add_unread(Unread {
            may_be_elsewhere: true,
            ..unread("a", 0)
        });
        assert_eq!(
            unknown.sentences(shown),
            [
                "an unknown number of events that may be in this range could not be read and are left out: a (is missing)"
            ]
        );
        assert_eq!(
            (size(4 << 30), size(1500)),
            ("4 GiB".into(), "1500 bytes".into())
        );
        assert_eq!(
            (length(60 * 86_400), length(90)),
            ("60 days".into(), "90 seconds".into())
        );
    }

    #[test]
    fn many_files_are_counted_and_not_listed() {
        let mut many = LeftOut::default();
        (0..200).for_each(|n| many.add_unread(unread(&format!("file {n}"), 2)));
        let read = LeftOut::of_header(&many.header().unwrap());
        assert_eq!(read.unread_events(), 400);
        assert_eq!(read.unread.len(), MOST_FILES + 1);
    }
}
