//! How dates and times are written: a `strftime` format, or a count since 1970.

use std::sync::Arc;

use chrono::format::{Fixed, Item, Numeric, StrftimeItems};

/// How dates and times are written in text.
#[derive(Clone, Debug)]
pub struct TimeFormat {
    /// The format as the pipeline writes it, for messages.
    pub written: String,
    /// What it says.
    pub pattern: TimePattern,
}

/// What a format says.
#[derive(Clone, Debug)]
pub enum TimePattern {
    /// A pattern in `strftime` terms.
    Strftime {
        /// The pattern, without a name of a time zone at its end.
        items: Arc<[Item<'static>]>,
        /// Whether the name of a time zone (`%Z`) ends it.
        has_zone_name: bool,
    },
    /// Units since 1 January 1970 in UTC, so many to a second.
    Epoch {
        /// 1, 1000 or 1,000,000.
        per_second: i64,
    },
}

impl TimeFormat {
    /// Whether it reads years of two digits (`%y`) without a century (`%C`).
    pub fn has_two_digit_years(&self) -> bool {
        let TimePattern::Strftime { items, .. } = &self.pattern else { return false };
        let has =
            |wanted: &Numeric| items.iter().any(|item| matches!(item, Item::Numeric(number, _) if number == wanted));
        has(&Numeric::YearMod100) && !has(&Numeric::YearDiv100)
    }

    /// Parses a format; `None` when it is malformed or has a time zone's name before its end.
    pub fn parse(written: &str) -> Option<Self> {
        let per_second = match written {
            "epoch_seconds" => Some(1),
            "epoch_millis" => Some(1_000),
            "epoch_micros" => Some(1_000_000),
            _ => None,
        };
        let pattern = match per_second {
            Some(per_second) => TimePattern::Epoch { per_second },
            None => strftime(written)?,
        };
        Some(Self { written: written.to_owned(), pattern })
    }
}

fn strftime(written: &str) -> Option<TimePattern> {
    let mut items = StrftimeItems::new(written).parse_to_owned().ok()?;
    let is_zone_name = |item: &Item<'static>| *item == Item::Fixed(Fixed::TimezoneName);
    let has_zone_name = items.last().is_some_and(is_zone_name);
    if has_zone_name {
        items.pop();
        while matches!(items.last(), Some(Item::Space(_) | Item::OwnedSpace(_))) {
            items.pop();
        }
    }
    if items.iter().any(is_zone_name) {
        return None;
    }
    Some(TimePattern::Strftime { items: items.into(), has_zone_name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_format_and_a_zone_name_before_the_end_are_refused() {
        assert!(TimeFormat::parse("%d.%m.%Y").is_some());
        assert!(TimeFormat::parse("%H:%M %Z").is_some());
        assert!(TimeFormat::parse("%Q").is_none());
        assert!(TimeFormat::parse("%Z %H:%M").is_none());
    }

    #[test]
    fn counts_since_1970_have_names() {
        let units = ["epoch_seconds", "epoch_millis", "epoch_micros"].map(|written| {
            match TimeFormat::parse(written).unwrap().pattern {
                TimePattern::Epoch { per_second } => per_second,
                TimePattern::Strftime { .. } => 0,
            }
        });
        assert_eq!(units, [1, 1_000, 1_000_000]);
    }
}
