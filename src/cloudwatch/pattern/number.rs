//! Numbers as they are written, compared without loss.

use std::cmp::Ordering;

/// Tells whether a text is a number: digits, with a sign, a point and an exponent if need be.
pub fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_mantissa =
        is_digits(whole) && is_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let has_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    has_mantissa && has_exponent
}

/// Compares two texts that are numbers.
pub fn compare(one: &str, other: &str) -> Option<Ordering> {
    let (near_one, near_other) = (one.parse::<f64>().ok()?, other.parse::<f64>().ok()?);
    let rough = near_one.partial_cmp(&near_other)?;
    // Rounding keeps the order, so only what seems equal is to be looked at: up to 15 digits it is.
    let is_short = |text: &str, near: f64| text.len() <= 15 && near.is_finite() && near != 0.0;
    if rough.is_ne() || (is_short(one, near_one) && is_short(other, near_other)) {
        return Some(rough);
    }
    Some(Decimal::of(one).compare(&Decimal::of(other)))
}

/// `0.d1d2d3… * 10^exponent`, where the first digit is not 0.
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn of(text: &str) -> Decimal {
        let is_negative = text.starts_with('-');
        let unsigned = text.trim_start_matches(['-', '+']);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        // An exponent that is too large for a number is as good as the largest.
        let sign = if exponent.starts_with('-') { -1 } else { 1 };
        let exponent = exponent
            .parse::<i32>()
            .map_or(sign * i64::from(i32::MAX), i64::from);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let n_leading = i64::try_from(all.len() - significant.len()).unwrap_or(0);
        let n_whole = i64::try_from(whole.len()).unwrap_or(0);
        Decimal {
            is_negative,
            digits: significant.trim_end_matches('0').to_string(),
            exponent: exponent + n_whole - n_leading,
        }
    }

    fn compare(&self, other: &Decimal) -> Ordering {
        // -1, 0 or 1.
        let sign = |it: &Decimal| match (it.digits.is_empty(), it.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let (one_sign, other_sign) = (sign(self), sign(other));
        if one_sign != other_sign || one_sign == 0 {
            return one_sign.cmp(&other_sign);
        }
        let size = self.exponent.cmp(&other.exponent);
        let size = size.then_with(|| self.digits.cmp(&other.digits));
        if self.is_negative {
            size.reverse()
        } else {
            size
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_words() {
        for number in ["1", "-1", "+1", "1.5", ".5", "1.", "1e3", "1E-3", "007"] {
            assert!(is_number(number), "{number}");
        }
        for word in [
            "", "-", ".", "e3", "1e", "1e+", "inf", "NaN", "0x1", "1.2.3", "1 ", "--1",
        ] {
            assert!(!is_number(word), "{word}");
        }
    }

    #[test]
    fn numbers_compare_without_loss() {
        for (one, other, expected) in [
            ("1", "1.0", Ordering::Equal),
            ("1", "10e-1", Ordering::Equal),
            ("-0", "0", Ordering::Equal),
            ("0.0e9", "0", Ordering::Equal),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("-9007199254740993", "-9007199254740992", Ordering::Less),
            ("1e400", "1e401", Ordering::Less),
            ("1e-400", "0", Ordering::Greater),
            ("0.1", "0.10000000000000000001", Ordering::Less),
            (
                "123456789012345678901234567890",
                "1.2345678901234567890123456789e29",
                Ordering::Equal,
            ),
        ] {
            assert_eq!(compare(one, other), Some(expected), "{one} {other}");
        }
    }
}
