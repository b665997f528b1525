//! What the service allows, which is less than what it can.
//!
//! Source: Honeycomb's OpenAPI document, tag Query Data, and its page on rate limits.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;

use super::server_refusal::Refusal;
use crate::model::time::{SECOND, TimeRange};

/// What a team has paid for, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Queries can be run.
    Enterprise,
    /// Queries can be made, not run: everything under `/1/query_results` is refused.
    Free,
}

/// How many runs of a query may start in a minute, how long their range may be, how long they may take.
pub struct Limits {
    runs: Budget,
    is_strict: bool,
    longest_run: Duration,
    plan: Plan,
}

/// How long a run may take if nothing else is said, as on the real service.
pub const USUAL_LONGEST_RUN: Duration = Duration::from_secs(10);

impl Limits {
    /// The limits of a laptop: a run may take so long, and there are no others that a person meets.
    pub fn local(longest_run: Duration) -> Limits {
        // The headers have to name some number, and what they name holds.
        Limits {
            runs: Budget::new(1_000_000),
            is_strict: false,
            longest_run,
            plan: Plan::Enterprise,
        }
    }

    /// The real service's limits for a team on `plan`, for testing clients against them.
    pub fn strict(plan: Plan) -> Limits {
        Limits {
            runs: Budget::new(10),
            is_strict: true,
            longest_run: USUAL_LONGEST_RUN,
            plan,
        }
    }

    /// Tells whether the plan lets queries be run.
    ///
    /// # Errors
    /// `Plan` if not.
    pub(super) fn check_plan(&self) -> Result<(), Refusal> {
        match self.plan {
            Plan::Enterprise => Ok(()),
            Plan::Free => Err(Refusal::Plan),
        }
    }

    /// Counts a request to run a query.
    pub(super) fn run(&self) -> Run {
        self.runs.spend(Instant::now())
    }

    /// Returns the range that is answered when `range` is asked at `now`, in nanoseconds since the epoch.
    ///
    /// # Errors
    /// `TooLong` if it is longer than the limits allow.
    pub(super) fn range(&self, range: TimeRange, now: i64) -> Result<TimeRange, Refusal> {
        if !self.is_strict {
            return Ok(range);
        }
        let seconds = range.seconds();
        let step = if seconds <= SIX_HOURS {
            60
        } else if seconds <= TWO_DAYS {
            300
        } else if seconds <= SEVEN_DAYS {
            1_800
        } else {
            return Err(Refusal::TooLong);
        };
        let window = range.window(now);
        let down = |time: i64| {
            let second = time.div_euclid(SECOND);
            second - second.rem_euclid(step)
        };
        Ok(TimeRange::Between {
            start: down(window.start),
            end: down(window.end),
        })
    }

    /// Returns how long a run may take.
    pub(super) fn longest_run(&self) -> Duration {
        self.longest_run
    }
}

const SIX_HOURS: i64 = 6 * 3_600;
const TWO_DAYS: i64 = 2 * 86_400;
const SEVEN_DAYS: i64 = 7 * 86_400;

const MINUTE: Duration = Duration::from_secs(60);

/// So many requests in a minute; the next minute begins with the first request after this one.
struct Budget {
    most: u32,
    minute: Mutex<Minute>,
}

#[derive(Clone, Copy)]
struct Minute {
    begun: Option<Instant>,
    spent: u32,
}

/// What is left of a budget after one more request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Whether it was within the budget.
    pub is_allowed: bool,
    most: u32,
    remaining: u32,
    // Whole seconds until the next minute begins.
    reset: u64,
}

impl Budget {
    fn new(most: u32) -> Budget {
        let minute = Mutex::new(Minute {
            begun: None,
            spent: 0,
        });
        Budget { most, minute }
    }

    fn spend(&self, now: Instant) -> Run {
        // A count is right or wrong by itself; whoever panicked beside it changes nothing.
        let mut minute = self
            .minute
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let since = |begun| now.saturating_duration_since(begun);
        let begun = minute.begun.filter(|&begun| since(begun) < MINUTE);
        if begun.is_none() {
            *minute = Minute {
                begun: Some(now),
                spent: 0,
            };
        }
        let is_allowed = minute.spent < self.most;
        if is_allowed {
            minute.spent += 1;
        }
        let left = MINUTE.saturating_sub(begun.map_or(Duration::ZERO, since));
        Run {
            is_allowed,
            most: self.most,
            remaining: self.most - minute.spent,
            // Rounded up, so that whoever waits that long does not come too early.
            reset: left.as_secs() + u64::from(left.subsec_nanos() > 0),
        }
    }
}

impl Run {
    /// Adds the headers that tell a client what is left of its budget.
    ///
    /// The service's own documents spell them differently in different places, and clients read one
    /// spelling or another; so all are there.
    pub fn put_headers(self, headers: &mut HeaderMap) {
        let Run {
            most,
            remaining,
            reset,
            ..
        } = self;
        let state = format!("limit={most}, remaining={remaining}, reset={reset}");
        let policy = format!("{most};w={}", MINUTE.as_secs());
        for (name, text) in [
            ("ratelimit", &state),
            ("ratelimitpolicy", &policy),
            ("ratelimit-policy", &policy),
        ] {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        }
        if !self.is_allowed {
            put_retry_after(headers, reset);
        }
    }

    /// Returns the refusal of a request beyond the budget.
    pub fn refusal(self) -> Refusal {
        Refusal::RateLimited(self.most)
    }
}

/// Adds the header that asks a client to come again in so many seconds at the earliest.
pub(super) fn put_retry_after(headers: &mut HeaderMap, seconds: u64) {
    // A date has whole seconds; one more, so that who keeps to it does not come too early.
    let again = SystemTime::now() + Duration::from_secs(seconds + 1);
    if let Some(date) = http_date(again) {
        headers.insert(header::RETRY_AFTER, date);
    }
}

/// Returns a moment as headers have it.
pub(super) fn http_date(moment: SystemTime) -> Option<HeaderValue> {
    let moment = Timestamp::try_from(moment).ok()?;
    let text = moment.strftime(HTTP_DATE).to_string();
    HeaderValue::from_str(&text).ok()
}

// The service sends Retry-After as a date. Source for its form: RFC 9110, section 5.6.7.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_full_again_after_a_minute() {
        let budget = Budget::new(2);
        let begun = Instant::now();
        let at = |ms| budget.spend(begun + Duration::from_millis(ms));
        let run = |is_allowed, remaining, reset| Run {
            is_allowed,
            most: 2,
            remaining,
            reset,
        };
        assert_eq!(at(0), run(true, 1, 60));
        assert_eq!(at(1_000), run(true, 0, 59));
        assert_eq!(at(1_001), run(false, 0, 59));
        assert_eq!(at(59_999), run(false, 0, 1));
        assert_eq!(at(60_000), run(true, 1, 60));
        assert_eq!(at(200_000), run(true, 1, 60));
    }

    #[test]
    fn only_a_refused_run_is_told_when_to_come_again() {
        let budget = Budget::new(1);
        let mut headers = HeaderMap::new();
        budget.spend(Instant::now()).put_headers(&mut headers);
        assert_eq!(headers["ratelimit"], "limit=1, remaining=0, reset=60");
        assert_eq!(headers["ratelimitpolicy"], "1;w=60");
        assert_eq!(headers["ratelimit-policy"], "1;w=60");
        assert!(!headers.contains_key(header::RETRY_AFTER));
        budget.spend(Instant::now()).put_headers(&mut headers);
        let date = headers[header::RETRY_AFTER].to_str().unwrap();
        let is_date = date.len() == "Sun, 22 Nov 2026 07:09:00 GMT".len() && date.ends_with(" GMT");
        assert!(is_date, "{date}");
    }

    #[test]
    fn strict_ranges_are_cut_downward_and_at_most_seven_days_long() {
        let now = 1_795_331_399 * SECOND + 5;
        let range = |seconds| {
            Limits::strict(Plan::Enterprise)
                .range(TimeRange::Last { seconds }, now)
                .ok()
        };
        let between = |start, end| Some(TimeRange::Between { start, end });
        assert_eq!(range(600), between(1_795_330_740, 1_795_331_340));
        assert_eq!(range(SIX_HOURS), between(1_795_309_740, 1_795_331_340));
        assert_eq!(range(SIX_HOURS + 1), between(1_795_309_500, 1_795_331_100));
        assert_eq!(range(TWO_DAYS), between(1_795_158_300, 1_795_331_100));
        assert_eq!(range(TWO_DAYS + 1), between(1_795_158_000, 1_795_330_800));
        assert_eq!(range(SEVEN_DAYS), between(1_794_726_000, 1_795_330_800));
        assert_eq!(range(SEVEN_DAYS + 1), None);
    }

    #[test]
    fn only_a_free_team_cannot_run_queries() {
        assert!(Limits::local(USUAL_LONGEST_RUN).check_plan().is_ok());
        assert!(Limits::strict(Plan::Enterprise).check_plan().is_ok());
        assert!(Limits::strict(Plan::Free).check_plan().is_err());
    }

    #[test]
    fn a_laptop_answers_any_range_as_it_was_asked() {
        let range = TimeRange::Last {
            seconds: 100 * SEVEN_DAYS,
        };
        assert_eq!(
            Limits::local(USUAL_LONGEST_RUN).range(range, 0).ok(),
            Some(range)
        );
    }
}
