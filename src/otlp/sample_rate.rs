//! How many events one that arrived stands for.
//!
//! Source: Honeycomb's open-source translation library, and OpenTelemetry's "TraceState: Probability
//! Sampling" for the threshold.

use crate::store::ValueRef;

/// Reads the rate from an attribute's value: text, whole number or double, rounded half up.
///
/// At least 1 and at most 2^31 - 1. `None` for a truth and for text that is no number.
pub fn rate_of_value(value: ValueRef<'_>) -> Option<u32> {
    let number = match value {
        ValueRef::Str(text) => text.trim().parse::<f64>().ok()?,
        ValueRef::Int(int) => int as f64,
        ValueRef::Float(float) => float,
        ValueRef::Bool(_) | ValueRef::Hex(_) => return None,
    };
    (!number.is_nan()).then(|| whole((number + 0.5).floor()))
}

/// Reads the rate from a span's trace state: `ot=th:HEX` says which share of 2^56 was rejected, and
/// what was kept stands for 1 / (1 - share).
///
/// A rate that is not whole is rounded up as often as its fraction says, so that the mean is right.
pub fn rate_of_state(state: &str) -> Option<u32> {
    let ot = state
        .split(',')
        .find_map(|member| member.trim().strip_prefix("ot="))?;
    let threshold = ot.split(';').find_map(|pair| {
        let pair = pair.trim();
        pair.strip_prefix("th:")
            .or_else(|| pair.strip_prefix("th="))
    })?;
    // A sign would be read as a number's too.
    let is_hex = threshold.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || !(1..=14).contains(&threshold.len()) {
        return None;
    }
    let rejected = u64::from_str_radix(threshold, 16).ok()?;
    let rejected = (rejected as f64) / 16f64.powi(threshold.len() as i32);
    let count = 1.0 / (1.0 - rejected);
    let floor = count.floor();
    let is_rounded_up = count <= 100.0 && rand::random::<f64>() < count - floor;
    Some(whole(floor + f64::from(u8::from(is_rounded_up))))
}

fn whole(rate: f64) -> u32 {
    rate.clamp(1.0, f64::from(i32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span::Value;

    #[test]
    fn rates_are_read_from_text_and_numbers_and_kept_in_bounds() {
        let most = i32::MAX as u32;
        let rates: [(Value, Option<u32>); 17] = [
            ("20".into(), Some(20)),
            (" 2.5 ".into(), Some(3)),
            ("-3".into(), Some(1)),
            ("inf".into(), Some(most)),
            ("nan".into(), None),
            ("many".into(), None),
            ("".into(), None),
            (20.into(), Some(20)),
            (0.into(), Some(1)),
            (i64::MIN.into(), Some(1)),
            (i64::MAX.into(), Some(most)),
            (1.49.into(), Some(1)),
            (1.5.into(), Some(2)),
            (f64::NEG_INFINITY.into(), Some(1)),
            (1e300.into(), Some(most)),
            (f64::NAN.into(), None),
            (true.into(), None),
        ];
        for (value, rate) in rates {
            assert_eq!(rate_of_value(ValueRef::from(&value)), rate, "{value:?}");
        }
    }

    #[test]
    fn the_threshold_in_the_trace_state_says_what_one_span_stands_for() {
        for (state, rate) in [
            ("ot=th:8", 2),
            ("ot=th:c", 4),
            ("ot=th:0", 1),
            ("ot=th:fd", 85),
            ("vendor=x, ot=rv:abc;th:e", 8),
            ("ot=th=8", 2),
            ("ot=th:ffffffffffffff", i32::MAX as u32),
        ] {
            let found = rate_of_state(state);
            let is_near = found.is_some_and(|found| found == rate || found == rate + 1);
            assert!(is_near, "{state}: {found:?}");
        }
        for state in [
            "",
            "ot=",
            "ot=th:",
            "ot=th:+8",
            "ot=th:xyz",
            "th:8",
            "ot=th:123456789abcdef",
        ] {
            assert_eq!(rate_of_state(state), None, "{state}");
        }
    }

    #[test]
    fn rates_between_two_whole_numbers_have_the_right_mean() {
        // 0.6 rejected: each stands for two and a half.
        let threshold = format!("ot=th:{:014x}", (0.6 * 16f64.powi(14)) as u64);
        let sum: u32 = (0..10_000).filter_map(|_| rate_of_state(&threshold)).sum();
        let mean = f64::from(sum) / 10_000.0;
        assert!((2.4..2.6).contains(&mean), "{mean}");
    }
}
