//! What a log group costs a month, from what it stores.

use super::sampling_cost::Prices;

/// An amount of bytes and its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Priced {
    /// Billions of bytes.
    pub gigabytes: f64,
    /// Per month, in the currency of the prices, before anything that is free.
    pub dollars: f64,
}

/// What a log group costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogCost {
    /// What lies there.
    pub stored: Priced,
    /// What comes in in a month; `None` for a group that is less than a day old.
    pub coming: Option<Priced>,
}

impl LogCost {
    /// Returns the cost of a group that stores `bytes`, is `age_days` old and keeps lines for
    /// `retention_days`, or for ever.
    ///
    /// What it stores is taken to have come in evenly, in the time that it keeps.
    pub fn of(
        bytes: u64,
        age_days: f64,
        retention_days: Option<f64>,
        is_infrequent: bool,
        prices: &Prices,
    ) -> LogCost {
        let priced = |gigabytes: f64, figure: &str| Priced {
            gigabytes,
            dollars: gigabytes * prices.amount(figure),
        };
        let gigabytes = bytes as f64 / 1e9;
        let kept_days = retention_days.map_or(age_days, |days| days.min(age_days));
        let figure = match is_infrequent {
            true => "logs_ingested_infrequent_per_gigabyte",
            false => "logs_ingested_per_gigabyte",
        };
        LogCost {
            stored: priced(gigabytes, "logs_stored_per_gigabyte"),
            coming: (kept_days >= 1.0)
                .then(|| priced(gigabytes / kept_days * prices.days_in_a_month, figure)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(age_days: f64, retention_days: Option<f64>, is_infrequent: bool) -> LogCost {
        let bytes = 14_000_000_000;
        LogCost::of(
            bytes,
            age_days,
            retention_days,
            is_infrequent,
            Prices::known(),
        )
    }

    #[test]
    fn what_is_kept_came_in_while_it_was_kept() {
        let a_week = of(100.0, Some(7.0), false);
        assert_eq!(a_week.stored.gigabytes, 14.0);
        assert_eq!(a_week.coming.unwrap().gigabytes, 60.0);
        assert_eq!(of(14.0, None, false).coming.unwrap().gigabytes, 30.0);
        assert_eq!(of(14.0, Some(30.0), false).coming.unwrap().gigabytes, 30.0);
        assert_eq!(of(0.5, None, false).coming, None);
    }

    #[test]
    fn the_other_class_costs_half_to_take_in_and_as_much_to_store() {
        let (plain, infrequent) = (of(14.0, None, false), of(14.0, None, true));
        assert_eq!(plain.stored, infrequent.stored);
        assert!(plain.stored.dollars > 0.0);
        let dollars = |cost: LogCost| cost.coming.unwrap().dollars;
        assert_eq!(dollars(plain), 2.0 * dollars(infrequent));
    }
}
