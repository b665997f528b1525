//! Moments with a name, as lines across a picture.

use super::clock::TimeAxis;

/// More lines than this hide what they mark.
const MOST_MARKS: usize = 24;

/// Something that happened: a deployment, a run of traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When it began, nanoseconds since the epoch.
    pub start: i64,
    /// When it was over; `None` for a moment.
    pub end: Option<i64>,
    /// What it was.
    pub label: String,
}

/// A mark on a time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedMark {
    /// Where it begins, 0 to 1; `None` if that is before the axis.
    pub start: Option<f64>,
    /// How far it goes on, 0 to 1; `None` for a moment.
    pub end: Option<f64>,
    /// What it was.
    pub label: String,
}

impl Mark {
    /// Returns a mark whose label says both the kind and the message, if there are any, once each.
    pub fn new(start: i64, end: Option<i64>, kind: &str, message: &str) -> Mark {
        let label = match (kind, message) {
            ("", "") => "marker".to_string(),
            (only, "") | ("", only) => only.to_string(),
            (kind, message) if message.starts_with(kind) => message.to_string(),
            (kind, message) => format!("{kind}: {message}"),
        };
        let end = end.filter(|end| *end > start);
        Mark { start, end, label }
    }
}

impl PlacedMark {
    /// Returns where the label stands, 0 to 1.
    pub fn place(&self) -> f64 {
        self.start.unwrap_or(0.0)
    }
}

/// Returns the marks that are on the axis, in order of time; the latest ones if they are too many, and how many
/// are left out.
pub fn placed(marks: &[Mark], axis: &TimeAxis) -> (Vec<PlacedMark>, usize) {
    let is_on_axis =
        |mark: &&Mark| mark.start < axis.end && mark.end.unwrap_or(mark.start) >= axis.start;
    let mut seen: Vec<&Mark> = marks.iter().filter(is_on_axis).collect();
    seen.sort_by_key(|mark| mark.start);
    let n_left_out = seen.len().saturating_sub(MOST_MARKS);
    let placed = seen.into_iter().skip(n_left_out).map(|mark| PlacedMark {
        start: (mark.start >= axis.start).then(|| axis.position(mark.start)),
        end: mark.end.map(|end| axis.position(end)),
        label: mark.label.clone(),
    });
    (placed.collect(), n_left_out)
}

/// Returns how much room each label has up to the next mark, or to the end of the axis: a share of the axis.
pub fn rooms(marks: &[PlacedMark]) -> Vec<f64> {
    let nexts = marks.iter().skip(1).map(PlacedMark::place).chain([1.0]);
    marks
        .iter()
        .zip(nexts)
        .map(|(mark, next)| next - mark.place())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::zone::Zone;

    const AXIS: TimeAxis = TimeAxis {
        start: 100,
        end: 200,
        zone: Zone::UTC,
    };

    #[test]
    fn labels_say_kind_and_message_once() {
        let label = |kind, message| Mark::new(0, None, kind, message).label;
        assert_eq!(label("load", "load: 5 a second"), "load: 5 a second");
        assert_eq!(label("deploy", "#7"), "deploy: #7");
        assert_eq!(
            (label("deploy", ""), label("", "x")),
            ("deploy".into(), "x".into())
        );
        assert_eq!(label("", ""), "marker");
    }

    #[test]
    fn marks_off_the_axis_are_left_out_and_those_that_reach_into_it_are_not() {
        let mark = |start, end| Mark::new(start, end, "", "m");
        let (seen, left_out) = placed(
            &[
                mark(150, Some(175)),
                mark(99, None),
                mark(200, None),
                mark(50, Some(110)),
            ],
            &AXIS,
        );
        let places: Vec<_> = seen.iter().map(|it| (it.start, it.end)).collect();
        assert_eq!(places, [(None, Some(0.1)), (Some(0.5), Some(0.75))]);
        assert_eq!((rooms(&seen), left_out), (vec![0.5, 0.5], 0));
    }

    #[test]
    fn the_latest_of_too_many_marks_are_shown() {
        let many: Vec<Mark> = (100..130).map(|at| Mark::new(at, None, "", "m")).collect();
        let (seen, left_out) = placed(&many, &AXIS);
        assert_eq!((seen.len(), left_out), (MOST_MARKS, 6));
        assert_eq!(seen[0].start, Some(0.06));
    }
}
