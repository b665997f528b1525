//! What a run is asked to keep: `p99 < 250ms`, `home.errors < 1%`, `rps > 90`.

use std::time::Duration;

use super::report::LoadReport;
use super::tally::Counts;
use crate::model::width::blanks;

/// A condition on a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// As it was typed.
    pub text: String,
    route: Option<String>,
    measure: Measure,
    comparison: Comparison,
    // In the measure's unit.
    limit: f64,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// Seconds that this share of response times are at or below.
    Percentile(f64),
    /// Seconds, the mean of response times.
    Mean,
    /// Seconds, the longest response time.
    Max,
    /// Errors as a share of requests.
    ErrorShare,
    /// Errors.
    ErrorCount,
    /// Answers a second.
    Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Equal,
}

/// What became of a threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The threshold as it was typed.
    pub text: String,
    /// In which unit `value` is.
    pub measure: Measure,
    /// What was measured; `None` if nothing was, in which case the threshold does not hold.
    pub value: Option<f64>,
    /// Whether it holds.
    pub holds: bool,
    /// How many response times it rests on, and how many a percentile needs.
    pub samples: Option<(u64, u64)>,
}

const COMPARISONS: [(&str, Comparison); 5] = [
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::MoreOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::More),
    ("=", Comparison::Equal),
];

const TIMES: [(&str, Measure); 8] = [
    ("p50", Measure::Percentile(0.5)),
    ("p75", Measure::Percentile(0.75)),
    ("p90", Measure::Percentile(0.9)),
    ("p95", Measure::Percentile(0.95)),
    ("p99", Measure::Percentile(0.99)),
    ("p999", Measure::Percentile(0.999)),
    ("mean", Measure::Mean),
    ("max", Measure::Max),
];

// Units of time as thresholds name them, in seconds.
const TIME_UNITS: [(&str, f64); 6] = [
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
];
// How others write a comparison, and how it is written here.
const FOREIGN: [(&str, &str); 7] = [
    ("==", "="),
    ("=>", ">="),
    ("=<", "<="),
    ("<>", "< or >"),
    ("!=", "< or >"),
    ("≤", "<="),
    ("≥", ">="),
];

impl Threshold {
    /// Reads `[ROUTE.]MEASURE COMPARISON VALUE`. Measures are percentiles, `mean` and `max` of the response
    /// time (a value with a unit: `250ms`), `errors` (`1%`, or a count) and `rps`.
    ///
    /// # Errors
    /// What was expected, with a caret under the place.
    pub fn parse(text: &str) -> Result<Threshold, String> {
        let at = |position: usize, what: &str| {
            let before = text.get(..position).unwrap_or(text);
            format!("{what}\n  {text}\n  {}^", blanks(before))
        };
        let begin = text.len() - text.trim_start().len();
        let is_end = |c: char| "<>=!≤≥".contains(c) || c.is_whitespace();
        let end = begin + text[begin..].find(is_end).unwrap_or(text.len() - begin);
        let name = &text[begin..end];
        let (route, metric) = match name.rsplit_once('.') {
            Some((route, metric)) => (Some(route.to_string()), metric),
            None => (None, name),
        };
        let metric_at = end - metric.len();
        let time = TIMES.iter().find(|(known, _)| *known == metric);
        if time.is_none() && !["errors", "rps"].contains(&metric) {
            let what = "expected p50, p75, p90, p95, p99, p999, mean, max, errors or rps";
            return Err(at(metric_at, what));
        }
        if route.is_some() && metric == "rps" {
            return Err(at(begin, "rps is counted for all routes together"));
        }
        let rest = text[end..].trim_start();
        let comparison_at = text.len() - rest.len();
        if let Some((sign, right)) = FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign)) {
            let what = format!("unknown comparison `{sign}`: use {right}");
            return Err(at(comparison_at, &what));
        }
        if rest.is_empty() {
            let what = format!(
                "expected < <= > >= or =; if there was one, the shell took it: quote the whole condition, as in '{} < 250ms'",
                text.trim()
            );
            return Err(at(comparison_at, &what));
        }
        let found = COMPARISONS.iter().find(|(sign, _)| rest.starts_with(sign));
        let (sign, comparison) =
            found.ok_or_else(|| at(comparison_at, "expected < <= > >= or ="))?;
        let value = rest[sign.len()..].trim_start();
        let value_at = text.len() - value.len();
        let value = value.trim_end();
        let digits_end = value
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(value.len());
        let (digits, unit) = value.split_at(digits_end);
        let number: f64 = digits
            .parse()
            .map_err(|_| at(value_at, "expected a number"))?;
        let unit_at = value_at + digits_end;
        let unit = unit.trim();
        let (measure, limit) = match (metric, time) {
            (_, Some((_, measure))) => {
                let known = TIME_UNITS.iter().find(|(known, _)| *known == unit);
                let (_, seconds) = known.ok_or_else(|| {
                    at(
                        unit_at,
                        "expected a unit of time: us, ms, s or m, such as 250ms",
                    )
                })?;
                (*measure, number * seconds)
            }
            ("errors", None) if unit == "%" => (Measure::ErrorShare, number / 100.0),
            ("errors", None) if unit.is_empty() => (Measure::ErrorCount, number),
            ("rps", None) if unit.is_empty() => (Measure::Rate, number),
            ("errors", None) => return Err(at(unit_at, "expected % or nothing more")),
            _ => return Err(at(unit_at, "expected nothing more")),
        };
        Ok(Threshold {
            text: text.trim().to_string(),
            route,
            measure,
            comparison: *comparison,
            limit,
        })
    }

    /// Returns the name of the route that it is about; `None` for all.
    pub fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// Measures a report.
    pub fn judge(&self, report: &LoadReport) -> Judged {
        let counts = match &self.route {
            None => Some(&report.all),
            Some(name) => {
                let mut routes = report.routes.iter();
                let found = routes.find(|(route, _)| route.name == *name);
                found.map(|(_, counts)| counts)
            }
        };
        let value = counts.and_then(|counts| self.measured(counts, report));
        let samples = match (self.measure, counts) {
            (Measure::Percentile(share), Some(counts)) => {
                Some((counts.response_time.count(), super::spread::needed(share)))
            }
            _ => None,
        };
        Judged {
            text: self.text.clone(),
            measure: self.measure,
            value,
            holds: value.is_some_and(|value| self.comparison.holds(value, self.limit)),
            samples,
        }
    }

    fn measured(&self, counts: &Counts, report: &LoadReport) -> Option<f64> {
        let times = &counts.response_time;
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        match self.measure {
            Measure::Percentile(share) => seconds(times.at(share)),
            Measure::Mean => seconds(times.mean()),
            Measure::Max => seconds(times.max()),
            Measure::ErrorShare => {
                (counts.requests > 0).then(|| counts.errors as f64 / counts.requests as f64)
            }
            Measure::ErrorCount => Some(counts.errors as f64),
            Measure::Rate => Some(report.rate()),
        }
    }
}

impl Comparison {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Comparison::Less => value < limit,
            Comparison::LessOrEqual => value <= limit,
            Comparison::More => value > limit,
            Comparison::MoreOrEqual => value >= limit,
            Comparison::Equal => value == limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::super::mix::Mix;
    use super::super::plan::{LoadPlan, Model};
    use super::super::tally::Tally;
    use super::*;

    fn parsed(text: &str) -> (Option<String>, Measure, Comparison, f64) {
        let threshold = Threshold::parse(text).unwrap();
        (
            threshold.route,
            threshold.measure,
            threshold.comparison,
            threshold.limit,
        )
    }

    #[test]
    fn thresholds_are_read_as_people_write_them() {
        use Comparison::*;
        for (text, route, measure, comparison, limit) in [
            ("p99<250ms", None, Measure::Percentile(0.99), Less, 0.25),
            (
                " p999 <= 1.5 s ",
                None,
                Measure::Percentile(0.999),
                LessOrEqual,
                1.5,
            ),
            (
                "home.p50 < 800us",
                Some("home"),
                Measure::Percentile(0.5),
                Less,
                0.0008,
            ),
            ("max<2m", None, Measure::Max, Less, 120.0),
            ("errors<1%", None, Measure::ErrorShare, Less, 0.01),
            ("errors = 0", None, Measure::ErrorCount, Equal, 0.0),
            ("rps>90", None, Measure::Rate, More, 90.0),
            (
                "message-groups.mean >= 1ms",
                Some("message-groups"),
                Measure::Mean,
                MoreOrEqual,
                0.001,
            ),
        ] {
            let (found_route, found, how, value) = parsed(text);
            assert_eq!(
                (found_route.as_deref(), found, how),
                (route, measure, comparison),
                "{text}"
            );
            assert!((value - limit).abs() < 1e-9, "{text}: {value}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        for (text, caret) in [
            ("", 0),
            ("p98<1ms", 0),
            ("home.x<1ms", 5),
            ("p99 250ms", 4),
            ("p99<", 4),
            ("p99<250", 7),
            ("p99<250kg", 7),
            ("p99<abc", 4),
            ("p99 < 1.2.3ms", 6),
            ("errors<1x", 8),
            ("rps>9%", 5),
            ("home.rps>9", 0),
            ("größe<1", 0),
        ] {
            let error = Threshold::parse(text).unwrap_err();
            let last = error.lines().last().unwrap();
            assert_eq!(last, format!("  {}^", " ".repeat(caret)), "{text}: {error}");
        }
    }

    #[test]
    fn a_report_is_measured_and_nothing_measured_does_not_hold() {
        let mix = Mix::of_paths(&["/a".to_string(), "/b".to_string()]);
        let plan = LoadPlan {
            address: ([127, 0, 0, 1], 1).into(),
            host: String::new(),
            mix,
            model: Model::Closed {
                connections: 1,
                length: Duration::from_secs(2),
            },
            seed: 1,
            timeout: Duration::from_secs(1),
            has_traceparent: false,
            follows_traces: false,
        };
        let mut tally = Tally::new(2, 0);
        let counts = Counts {
            requests: 100,
            errors: 2,
            ..Counts::default()
        };
        for ms in 1..=100 {
            tally.all.response_time.add(Duration::from_millis(ms));
        }
        tally.by_status.insert(200, 100);
        (tally.all.requests, tally.all.errors) = (100, 2);
        tally.routes[0] = counts;
        let report = LoadReport::new(
            &plan,
            tally,
            100,
            (UNIX_EPOCH, Duration::from_secs(2)),
            false,
        );
        for (text, holds) in [
            ("p90<91ms", true),
            ("p90<90ms", false),
            ("max>=100ms", true),
            ("errors<3%", true),
            ("errors<2%", false),
            ("errors=2", true),
            ("rps>=50", true),
            ("rps>50", false),
            ("/a.errors<=2", true),
            ("/b.p99<1s", false),
            ("/c.errors=0", false),
        ] {
            let judged = Threshold::parse(text).unwrap().judge(&report);
            assert_eq!(judged.holds, holds, "{judged:?}");
        }
        let judged = Threshold::parse("p99<1s").unwrap().judge(&report);
        assert_eq!(judged.samples, Some((100, 1000)));
    }
}
