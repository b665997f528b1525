//! The local time zone: TZ, else the system's.

use std::path::Path;

use jiff::tz::TimeZone;

use super::env::{self, Environment};
use crate::model::zone::Zone;

/// The local time zone, and what is wrong with what should have said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalZone {
    /// The zone; the unknown one, which shows UTC, if something is wrong.
    pub zone: Zone,
    /// A sentence's fragment.
    pub trouble: Option<String>,
}

// Where systems keep the rules of all zones.
const FOLDERS: [&str; 4] = [
    "/usr/share/zoneinfo/",
    "/usr/share/lib/zoneinfo/",
    "/var/db/timezone/zoneinfo/",
    "/etc/zoneinfo/",
];

/// Returns the local time zone.
///
/// TZ is read as the C library does it: the name of a zone or a file with its rules, with or without a colon before it, or the
/// rules themselves as POSIX writes them; an empty one is UTC. Without it, the system's zone counts, and UTC where it has none.
/// Unlike the C library, a TZ that means nothing is not taken for UTC in silence.
pub fn local_zone(environment: &Environment) -> LocalZone {
    let sure = |zone: Zone| LocalZone {
        zone,
        trouble: None,
    };
    if environment.get(env::UTC).is_some() {
        return sure(Zone::UTC);
    }
    let Some(text) = environment.get_even_empty(env::TZ) else {
        return match TimeZone::try_system() {
            Ok(rules) => sure(Zone::new(rules)),
            // As in a container, which has no zone.
            Err(_) if !Path::new("/etc/localtime").exists() => sure(Zone::UTC),
            Err(error) => unknown(format!(
                "the system's time zone cannot be read ({error}); local times are shown in UTC; set TZ, to UTC or to a zone such as Europe/Berlin"
            )),
        };
    };
    match named(text) {
        Some(zone) => sure(zone),
        None => unknown(format!(
            "TZ={text} is not a time zone; local times are shown in UTC; {}",
            advice(text)
        )),
    }
}

fn unknown(trouble: String) -> LocalZone {
    LocalZone {
        zone: Zone::new(TimeZone::unknown()),
        trouble: Some(trouble),
    }
}

/// Returns the zone that a text names as TZ does.
pub fn named(text: &str) -> Option<Zone> {
    let text = text.strip_prefix(':').unwrap_or(text);
    if text.is_empty() {
        return Some(Zone::UTC);
    }
    if text.starts_with('/') {
        return of_file(text);
    }
    // jiff has a zone of this name that stands for none.
    let found = TimeZone::get(text).ok().filter(|it| !it.is_unknown());
    found.or_else(|| posix(text)).map(Zone::new)
}

fn of_file(path: &str) -> Option<Zone> {
    let in_folder = |path: &str| {
        let name = FOLDERS.iter().find_map(|it| path.strip_prefix(it))?;
        TimeZone::get(name).ok()
    };
    // A link such as /etc/localtime leads to a file that has a name.
    let target = std::fs::canonicalize(path).ok();
    let target = target.as_deref().and_then(Path::to_str);
    let found = in_folder(path).or_else(|| in_folder(target?));
    if let Some(found) = found {
        return Some(Zone::new(found));
    }
    let bytes = std::fs::read(path).ok()?;
    TimeZone::tzif(path, &bytes).ok().map(Zone::new)
}

fn posix(text: &str) -> Option<TimeZone> {
    // Daylight saving time without its rule has that of the United States, as in the C library.
    TimeZone::posix(text)
        .or_else(|_| TimeZone::posix(&format!("{text},M3.2.0,M11.1.0")))
        .ok()
}

/// Returns what to write instead of a text that names no zone.
pub fn advice(text: &str) -> String {
    let wanted = text.trim_start_matches(':').to_lowercase();
    let names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_string())
        .collect();
    let near = |name: &String| strsim::osa_distance(&name.to_lowercase(), &wanted);
    // `Berlin` for `Europe/Berlin`.
    let by_city = names
        .iter()
        .find(|name| name.to_lowercase().rsplit('/').next() == Some(wanted.as_str()));
    let nearest = names.iter().min_by_key(|name| near(name));
    match by_city.or(nearest.filter(|name| near(name) <= 3)) {
        Some(name) => format!("did you mean {name}?"),
        None => "write a name such as Europe/Berlin, or rules such as CET-1CEST,M3.5.0,M10.5.0/3"
            .to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 1 July and 1 December 2026, at noon in UTC.
    const JULY: i64 = 1_782_907_200_000_000_000;
    const DECEMBER: i64 = 1_796_126_400_000_000_000;

    #[test]
    fn tz_is_read_as_the_c_library_reads_it() {
        for (text, july, december) in [
            ("Europe/Berlin", 7200, 3600),
            (":Europe/Berlin", 7200, 3600),
            ("America/New_York", -14_400, -18_000),
            ("Australia/Lord_Howe", 37_800, 39_600),
            ("Asia/Kathmandu", 20_700, 20_700),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 7200, 3600),
            (":CET-1CEST,M3.5.0,M10.5.0/3", 7200, 3600),
            ("EST5EDT", -14_400, -18_000),
            ("MYT-1MYST", 7200, 3600),
            ("<+0330>-3:30", 12_600, 12_600),
            ("UTC", 0, 0),
            ("UTC0", 0, 0),
            ("", 0, 0),
            (":", 0, 0),
            ("GMT+2", -7200, -7200),
        ] {
            let environment = Environment::of([(env::TZ, text)]);
            let local = local_zone(&environment);
            assert_eq!(local.trouble, None, "{text}");
            let offsets = [JULY, DECEMBER].map(|at| local.zone.offset_seconds(at));
            assert_eq!(offsets, [july, december], "{text}");
        }
    }

    #[test]
    fn a_tz_that_means_nothing_is_not_utc_in_silence() {
        for (text, advice) in [
            ("Europe/Berln", "did you mean Europe/Berlin?"),
            ("Berlin", "did you mean Europe/Berlin?"),
            ("nowhere at all", "write a name such as"),
            ("/no/such/file", "write a name such as"),
            ("Etc/Unknown", "TZ=Etc/Unknown is not a time zone"),
        ] {
            let local = local_zone(&Environment::of([(env::TZ, text)]));
            let trouble = local.trouble.unwrap_or_default();
            assert!(
                local.zone.is_unknown() && trouble.contains(advice),
                "{text}: {trouble}"
            );
        }
        let utc = Environment::of([(env::TZ, "Europe/Berln"), (env::UTC, "1")]);
        assert_eq!(local_zone(&utc).trouble, None);
    }
}
