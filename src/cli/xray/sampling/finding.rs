//! What a simulation comes to: how well P90 is known from what was kept, whether a rate applies, and the cost.

use serde_json::{Value as Json, json};

use crate::cli::render::clock::duration;
use crate::cli::render::sampling::percent;
use crate::cli::render::text::{printable, significant};
use crate::model::rank_interval::{CONFIDENCE, Population, RankInterval, kept_for, nearest_rank};
use crate::model::sampling_cost::{MonthlyCost, Prices};
use crate::model::sampling_run::{FIRST_REPORTS, RuleRun, SamplingRun, Trap};
use crate::model::time::SECOND;

/// The percentile that is asked about, as a share.
const SHARE: f64 = 0.9;
/// How exactly one may want to know it, in percentile points to either side.
const POINTS: [f64; 3] = [5.0, 2.0, 1.0];

/// What is known of P90.
pub struct P90 {
    interval: RankInterval,
    /// How long requests took, if that was recorded.
    durations: Option<Durations>,
}

/// P90 in milliseconds.
struct Durations {
    of_all: f64,
    /// `None` if nothing was kept.
    of_kept: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl P90 {
    /// Finds it; `all` and `kept` are durations in milliseconds in any order, empty if none are known.
    pub fn of(run: &SamplingRun, mut all: Vec<f64>, mut kept: Vec<f64>) -> P90 {
        let total = run.total();
        let interval = RankInterval::of(SHARE, total.kept(), Population::Of(total.total()));
        all.sort_by(f64::total_cmp);
        kept.sort_by(f64::total_cmp);
        let durations = at_rank(&all).map(|of_all| {
            let (low, high) = interval.values(&kept);
            Durations {
                of_all,
                of_kept: at_rank(&kept),
                low,
                high,
            }
        });
        P90 {
            interval,
            durations,
        }
    }

    /// Says it in lines.
    pub fn words(&self, run: &SamplingRun) -> String {
        let kept = run.total().kept();
        if kept == 0 {
            return "nothing is kept, so nothing is known of P90\n".to_string();
        }
        let confidence = CONFIDENCE * 100.0;
        let mut text = match &self.durations {
            None => self.ranks(kept, kept == run.total().total(), confidence),
            Some(durations) => durations.words(kept == run.total().total(), confidence),
        };
        let per_second = kept as f64 / run.seconds();
        let needed = POINTS.map(|points| {
            let n = kept_for(SHARE, points);
            let seconds = (n as f64 / per_second).ceil();
            format!("{n} for ±{points} ({})", length(seconds))
        });
        text.push_str(&format!(
            "kept requests that P90 needs, in percentile points: {}\n",
            needed.join(", ")
        ));
        text
    }

    fn ranks(&self, kept: u64, is_whole: bool, confidence: f64) -> String {
        let place = |percentile: f64| format!("P{}", significant(percentile, 4));
        match self.interval.percentiles() {
            _ if is_whole => {
                "every request is kept, so P90 of the kept is P90 of all\n".to_string()
            }
            (Some(low), Some(high)) => format!(
                "P90 of all lies between {} and {} of the {kept} kept, with {confidence} % confidence\n",
                place(low),
                place(high)
            ),
            (Some(low), None) => format!(
                "{kept} kept are too few for an upper end: P90 of all is {} of them or more, with {confidence} % confidence\n",
                place(low)
            ),
            _ => format!("{kept} kept are too few to say anything of P90 of all\n"),
        }
    }

    /// Returns it as JSON.
    pub fn json(&self) -> Json {
        let (low, high) = self.interval.percentiles();
        let durations = self.durations.as_ref();
        let needed =
            POINTS.map(|points| json!({ "points": points, "kept": kept_for(SHARE, points) }));
        json!({
            "confidence": CONFIDENCE,
            "low_percentile_of_kept": low,
            "high_percentile_of_kept": high,
            "of_all_ms": durations.map(|it| it.of_all),
            "of_kept_ms": durations.and_then(|it| it.of_kept),
            "low_ms": durations.and_then(|it| it.low),
            "high_ms": durations.and_then(|it| it.high),
            "is_inside": durations.map(Durations::is_inside),
            "needed": needed,
        })
    }
}

impl Durations {
    fn is_inside(&self) -> bool {
        let (low, high) = (self.low, self.high);
        low.is_none_or(|low| low <= self.of_all) && high.is_none_or(|high| self.of_all <= high)
    }

    fn words(&self, is_whole: bool, confidence: f64) -> String {
        let ms = |value: f64| format!("{} ms", significant(value, 3));
        let of_all = ms(self.of_all);
        let Some(of_kept) = self.of_kept.map(ms) else {
            return format!("P90 of all is {of_all}\n");
        };
        let between = match (self.low, self.high) {
            _ if is_whole => "all are kept".to_string(),
            (Some(low), Some(high)) => format!(
                "with {confidence} % confidence between {} and {}",
                ms(low),
                ms(high)
            ),
            (Some(low), None) => format!(
                "too few are kept for an upper end, but with {confidence} % confidence it is at least {}",
                ms(low)
            ),
            _ => "too few are kept to say how far off that may be".to_string(),
        };
        let verdict = if self.is_inside() {
            "which holds the true one"
        } else {
            "which does not hold the true one: by chance, as one of twenty, or since a reservoir takes the first of each second and so counts busy seconds for too little"
        };
        let verdict = match self.low {
            Some(_) if !is_whole => format!(", {verdict}"),
            _ => String::new(),
        };
        format!("P90 of all is {of_all}, of the kept {of_kept}: {between}{verdict}\n")
    }
}

fn at_rank(ascending: &[f64]) -> Option<f64> {
    let rank = nearest_rank(SHARE, ascending.len() as u64);
    ascending
        .get(usize::try_from(rank).ok()?.checked_sub(1)?)
        .copied()
}

/// Returns whole seconds in a unit that people use, rounded.
fn length(seconds: f64) -> String {
    let rounded = match seconds {
        _ if seconds >= 2.0 * 86_400.0 => (seconds / 86_400.0).round() * 86_400.0,
        _ if seconds >= 2.0 * 3_600.0 => (seconds / 3_600.0).round() * 3_600.0,
        _ if seconds >= 120.0 => (seconds / 60.0).round() * 60.0,
        _ => seconds.max(1.0),
    };
    if rounded >= 3_650.0 * 86_400.0 {
        return "more than ten years".to_string();
    }
    duration((rounded as i64).saturating_mul(SECOND))
}

/// Says which reservoirs leave their rate next to nothing to decide; no lines if none does.
pub fn traps(run: &SamplingRun) -> String {
    let lines = run.rules.iter().filter_map(|rule| {
        let seconds = run.seconds() - FIRST_REPORTS as f64 / 1e9;
        let rps = significant(rule.with_quota.total() as f64 / seconds.max(1.0), 3);
        trap(rule, &rps)
    });
    lines.collect()
}

fn trap(rule: &RuleRun, rps: &str) -> Option<String> {
    let (name, reservoir) = (printable(&rule.name), rule.reservoir_size);
    let rate = significant(rule.fixed_rate * 100.0, 3);
    let mut text = match rule.trap()? {
        Trap::RateNeverApplies => format!(
            "{name}: at {rps} rps every request is kept; FixedRate never applies, since the first {reservoir} of each second are kept anyway (ReservoirSize)\n"
        ),
        Trap::RateSeldomApplies(share) => format!(
            "{name}: at {rps} rps {} of the requests are kept before FixedRate ({rate} %) is asked, since the first {reservoir} of each second are kept anyway (ReservoirSize)\n",
            percent(share)
        ),
    };
    let (all, later) = (rule.all.left_to_rate(), rule.with_quota.left_to_rate());
    if all > later {
        text.push_str(
            "  (in the first 10 s an instance has no share of the reservoir yet: it borrows one a second, and FixedRate decides about the others)\n",
        );
    }
    Some(text)
}

/// Tells whether any rule's rate decides nothing at all.
pub fn has_trap(run: &SamplingRun) -> bool {
    run.rules.iter().any(|rule| rule.trap().is_some())
}

/// What such traffic costs in a month; and what it would if all were kept.
pub struct Cost {
    kept: MonthlyCost,
    all: MonthlyCost,
}

impl Cost {
    /// Returns the cost of a month of seconds like those of the run.
    pub fn of(run: &SamplingRun) -> Cost {
        let prices = Prices::known();
        let months = run.seconds() / prices.seconds_in_a_month();
        let total = run.total();
        Cost {
            kept: MonthlyCost::of(total.kept() as f64 / months, prices),
            all: MonthlyCost::of(total.total() as f64 / months, prices),
        }
    }

    /// Says it in a line.
    pub fn words(&self) -> String {
        let prices = Prices::known();
        let (kept, currency) = (&self.kept, &prices.currency);
        format!(
            "a month at this rate: {:.0} traces, {:.0} % of the {:.0} that are free, {:.2} {currency}; all of them would be {:.2} {currency} (prices of {})\n",
            kept.traces,
            kept.share_of_free() * 100.0,
            kept.free_traces,
            kept.dollars,
            self.all.dollars,
            prices.as_of
        )
    }

    /// Returns it as JSON.
    pub fn json(&self) -> Json {
        json!({
            "traces_a_month": self.kept.traces,
            "dollars_a_month": self.kept.dollars,
            "dollars_a_month_if_all_were_kept": self.all.dollars,
            "prices_as_of": Prices::known().as_of,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sampling_run::Fate;
    use crate::model::time::Window;

    /// Every `nth` of `n` requests is kept; they take 1, 2, 3, … ms.
    fn kept_of(n: i64, nth: i64) -> (SamplingRun, Vec<f64>, Vec<f64>) {
        let window = Window {
            start: 0,
            end: n * SECOND,
        };
        let mut run = SamplingRun::new(window, 60, [("r".to_string(), 0, 0.5)]);
        let (mut all, mut kept) = (Vec::new(), Vec::new());
        for second in 0..n {
            let is_kept = second % nth == 0;
            let fate = if is_kept { Fate::ByRate } else { Fate::Dropped };
            run.count(second * SECOND, Some(0), fate);
            all.push((n - second) as f64);
            kept.extend(is_kept.then_some((n - second) as f64));
        }
        (run, all, kept)
    }

    #[test]
    fn p90_of_all_and_of_the_kept_stand_beside_each_other() {
        let (run, all, kept) = kept_of(1_000, 2);
        let p90 = P90::of(&run, all, kept);
        let words = p90.words(&run);
        assert!(
            words.starts_with(
                "P90 of all is 900 ms, of the kept 900 ms: with 95 % confidence between "
            ),
            "{words}"
        );
        assert!(words.contains("which holds the true one"), "{words}");
        let (run, all, kept) = kept_of(1_000, 1);
        let words = P90::of(&run, all, kept).words(&run);
        assert!(
            words.starts_with("P90 of all is 900 ms, of the kept 900 ms: all are kept\n"),
            "{words}"
        );
    }

    #[test]
    fn what_was_kept_wrongly_is_found_out() {
        let (run, all, _) = kept_of(1_000, 10);
        // The hundred fastest.
        let kept = (1..=100).map(f64::from).collect();
        let p90 = P90::of(&run, all, kept);
        assert!(p90.words(&run).contains("does not hold the true one"));
        assert_eq!(p90.json()["is_inside"], false);
    }

    #[test]
    fn few_or_none_say_so() {
        let (run, all, kept) = kept_of(90, 9);
        let words = P90::of(&run, all, kept).words(&run);
        assert!(
            words.contains("too few are kept for an upper end"),
            "{words}"
        );
        let (run, ..) = kept_of(90, 9);
        let words = P90::of(&run, Vec::new(), Vec::new()).words(&run);
        assert!(
            words.starts_with("10 kept are too few for an upper end: P90 of all is P70 "),
            "{words}"
        );
        let (mut run, ..) = kept_of(0, 1);
        run.count(0, Some(0), Fate::Dropped);
        let words = P90::of(&run, Vec::new(), Vec::new()).words(&run);
        assert_eq!(words, "nothing is kept, so nothing is known of P90\n");
    }

    #[test]
    fn lengths_are_rounded_to_what_people_say() {
        for (seconds, text) in [
            (0.2, "1 s"),
            (46.0, "46 s"),
            (287.0, "5 min"),
            (20_000.0, "6 h"),
            (300_000.0, "3 d"),
            (1e12, "more than ten years"),
            (f64::INFINITY, "more than ten years"),
        ] {
            assert_eq!(length(seconds), text);
        }
    }
}
