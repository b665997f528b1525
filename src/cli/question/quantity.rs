//! Numbers with a unit of time: `250ms`, `1.5 s`, `300µs`.

/// A number, and how many seconds its unit has if one was typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    number: f64,
    seconds: Option<f64>,
}

/// The units, for messages.
pub const UNITS_IN_WORDS: &str = "ns, us, ms, s, m or h";

// Both characters that look like the Greek letter are typed.
const UNITS: [(&str, f64); 9] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("min", 60.0),
    ("h", 3_600.0),
];

impl Quantity {
    /// Reads a finite number, with a unit or without; `None` is anything else.
    pub fn parse(text: &str) -> Option<Quantity> {
        let text = text.trim();
        if let Some(number) = finite(text) {
            let seconds = None;
            return Some(Quantity { number, seconds });
        }
        let digits = text.trim_end_matches(char::is_alphabetic);
        let unit = text.get(digits.len()..)?;
        let (_, seconds) = UNITS.iter().find(|(known, _)| *known == unit)?;
        Some(Quantity {
            number: finite(digits.trim_end())?,
            seconds: Some(*seconds),
        })
    }

    /// Tells whether a unit was typed.
    pub fn has_unit(self) -> bool {
        self.seconds.is_some()
    }

    /// Tells whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.number < 0.0
    }

    /// Returns the number that stands for it where a second has `per_second` units; `None` if it has a unit
    /// and nothing has any there.
    pub fn at(self, per_second: Option<f64>) -> Option<f64> {
        let Some(seconds) = self.seconds else {
            return Some(self.number);
        };
        let factor = seconds * per_second?;
        // Factors are whole, or parts of a whole: 0.001 times 1000 is 1, without a last digit of its own.
        Some(if factor >= 1.0 {
            self.number * factor.round()
        } else {
            self.number / (1.0 / factor).round()
        })
    }
}

fn finite(text: &str) -> Option<f64> {
    let begins = |c: char| c.is_ascii_digit() || "+-.".contains(c);
    let is_number = text.starts_with(begins);
    let number: f64 = text.parse().ok()?;
    (is_number && number.is_finite()).then_some(number)
}

/// Returns how many of a column's unit a second has, as far as its name promises one: 1000 for `duration_ms`.
pub fn units_in_a_second(column: &str) -> Option<f64> {
    let (_, unit) = column.rsplit_once(['_', '.'])?;
    match unit {
        "ns" => Some(1e9),
        "us" => Some(1e6),
        "ms" => Some(1e3),
        "s" | "seconds" => Some(1.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_a_unit_is_in_the_unit_of_what_it_meets() {
        for (text, milliseconds) in [
            ("250ms", 250.0),
            ("1.5s", 1_500.0),
            ("2m", 120_000.0),
            ("2min", 120_000.0),
            ("1h", 3_600_000.0),
            ("300us", 0.3),
            ("300µs", 0.3),
            ("300 μs", 0.3),
            ("5000ns", 0.005),
            ("1e2 ms", 100.0),
            ("-3ms", -3.0),
            ("7", 7.0),
        ] {
            let quantity = Quantity::parse(text).unwrap();
            assert_eq!(quantity.at(Some(1e3)), Some(milliseconds), "{text}");
        }
        for text in [
            "", "ms", "fast", "3 days", "3d", "1,000", "inf", "nan", "1ms2",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
        assert_eq!(Quantity::parse("3ms").unwrap().at(None), None);
    }

    #[test]
    fn the_unit_of_a_column_is_the_end_of_its_name() {
        assert_eq!(units_in_a_second("duration_ms"), Some(1e3));
        assert_eq!(units_in_a_second("db.seconds"), Some(1.0));
        assert_eq!(units_in_a_second("items"), None);
    }
}
