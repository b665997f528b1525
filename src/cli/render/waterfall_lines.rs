//! Log lines on a trace's time axis.

use super::text::milliseconds;
use crate::model::request_line::RequestLine;
use crate::model::three_lenses::TraceLine;
use crate::model::time::{MILLISECOND, Window};
use crate::model::trace_id::trace_ids_in;
use crate::model::trace_summary::Verdict;

/// Where a line lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the axis begins.
    Before,
    /// So many nanoseconds after its beginning.
    At(i64),
    /// After it ends.
    After,
}

/// Returns where a line lies; one of the same millisecond as an end of the axis lies at that end, as no line
/// says more than that.
pub fn place_of(line: &TraceLine, window: Window) -> Place {
    let since = line.time.saturating_sub(window.start);
    let length = window.length();
    if since <= -MILLISECOND {
        Place::Before
    } else if since > length.saturating_add(MILLISECOND) {
        Place::After
    } else {
        Place::At(since.clamp(0, length))
    }
}

/// Returns how long after the axis' beginning a line was written, as exactly as that is known.
pub fn since_start(line: &TraceLine, window: Window) -> String {
    let since = line.time.saturating_sub(window.start);
    match place_of(line, window) {
        Place::At(_) => format!("{} ms", since.max(0) / MILLISECOND),
        Place::Before | Place::After => milliseconds((since / MILLISECOND) as f64 / 1e3),
    }
}

/// Returns how bad what a line tells of is.
pub fn verdict_of_line(message: &str) -> Verdict {
    if message
        .split([' ', ':', '[', ']'])
        .take(8)
        .any(|word| word == "ERROR")
    {
        return Verdict::Fault;
    }
    match RequestLine::parse(message).map(|line| line.status) {
        Ok(500..) => Verdict::Fault,
        Ok(429) => Verdict::Throttle,
        Ok(400..) => Verdict::Error,
        _ => Verdict::Ok,
    }
}

/// Returns what a line says without the trace's own id at its end, which every line here carries.
pub fn without_id(message: &str, trace_id: &str) -> String {
    let message = message.trim_end();
    let found = trace_ids_in(message).pop();
    let Some((range, _)) = found.filter(|(range, id)| id == trace_id && range.end == message.len())
    else {
        return message.to_string();
    };
    let before = message.get(..range.start).unwrap_or(message);
    let before = before.trim_end_matches("trace_id=").trim_end();
    if before.is_empty() { message } else { before }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1-5759e988-bd862e3fe1be46a994272793";
    const HEX: &str = "5759e988bd862e3fe1be46a994272793";

    fn line(time: i64) -> TraceLine {
        TraceLine {
            time,
            stream: String::new(),
            message: String::new(),
        }
    }

    #[test]
    fn a_line_lies_in_the_millisecond_that_it_says() {
        let window = Window {
            start: 10_400_000,
            end: 12_900_000,
        };
        let of = |ms: i64| {
            (
                place_of(&line(ms * MILLISECOND), window),
                since_start(&line(ms * MILLISECOND), window),
            )
        };
        assert_eq!(of(10), (Place::At(0), "0 ms".to_string()));
        assert_eq!(of(12), (Place::At(1_600_000), "1 ms".to_string()));
        assert_eq!(of(13), (Place::At(2_500_000), "2 ms".to_string()));
        assert_eq!(of(9), (Place::Before, "-1 ms".to_string()));
        assert_eq!(of(2_010).0, Place::After);
    }

    #[test]
    fn the_id_that_all_lines_carry_is_left_out_at_the_end_only() {
        for (message, said) in [
            (
                format!("HomeActivities trace_id={HEX}"),
                "HomeActivities".to_string(),
            ),
            (
                format!("ERROR x [GET /] {ID}"),
                "ERROR x [GET /]".to_string(),
            ),
            (format!("trace {HEX} began"), format!("trace {HEX} began")),
            (HEX.to_string(), HEX.to_string()),
            ("plain".to_string(), "plain".to_string()),
        ] {
            assert_eq!(without_id(&message, ID), said);
        }
    }

    #[test]
    fn errors_are_known_by_their_word_and_by_their_status() {
        let of = |message: &str| verdict_of_line(message);
        assert_eq!(of("ERROR KeyError: 'x' [GET /]"), Verdict::Fault);
        assert_eq!(
            of("[x] 127.0.0.1 GET http /a? 500 INTERNAL SERVER ERROR"),
            Verdict::Fault
        );
        assert_eq!(
            of("[x] 127.0.0.1 GET http /a? 404 NOT FOUND trace_id=1"),
            Verdict::Error
        );
        assert_eq!(
            of("[x] 127.0.0.1 GET http /a? 200 OK trace_id=1"),
            Verdict::Ok
        );
        assert_eq!(of("HomeActivities"), Verdict::Ok);
    }
}
