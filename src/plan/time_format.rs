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
        /// Digits of each number in a text of this format, in their order: `None` where there may be fewer.
        digits: Arc<[Option<usize>]>,
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
    let digits = digits(&items).into();
    Some(TimePattern::Strftime { items: items.into(), has_zone_name, digits })
}

/// Digits of each number in a text of these items. Of a lone day or month there may be one or two. A year has four, and where
/// numbers follow each other without anything between them, every digit counts: a lost zero would move all others.
///
/// Stops at what has a varying number of digits by itself, such as a fraction of a second or an offset.
fn digits(items: &[Item<'static>]) -> Vec<Option<usize>> {
    let mut runs = Vec::new();
    let (mut width, mut numbers) = (0, 0);
    let mut end = |width: &mut usize, numbers: &mut usize, is_exact: bool| {
        if *numbers > 0 {
            runs.push((is_exact || *numbers > 1).then_some(*width));
        }
        (*width, *numbers) = (0, 0);
    };
    let mut has_year = false;
    for item in items {
        match item {
            Item::Numeric(number, _) => {
                let Some(more) = width_of(number) else { break };
                has_year = numbers == 0 && *number == Numeric::Year;
                width += more;
                numbers += 1;
            }
            Item::Literal(text) if text.bytes().any(|byte| byte.is_ascii_digit()) => return Vec::new(),
            Item::OwnedLiteral(text) if text.bytes().any(|byte| byte.is_ascii_digit()) => return Vec::new(),
            Item::Literal(_) | Item::OwnedLiteral(_) | Item::Space(_) | Item::OwnedSpace(_) => {
                end(&mut width, &mut numbers, has_year);
            }
            Item::Fixed(fixed) if is_name(fixed) => end(&mut width, &mut numbers, has_year),
            Item::Fixed(_) | Item::Error => break,
        }
    }
    end(&mut width, &mut numbers, has_year);
    runs
}

fn width_of(number: &Numeric) -> Option<usize> {
    Some(match number {
        Numeric::Year | Numeric::IsoYear => 4,
        Numeric::Ordinal => 3,
        Numeric::NumDaysFromSun | Numeric::WeekdayFromMon => 1,
        Numeric::Timestamp | Numeric::Nanosecond => return None,
        _ => 2,
    })
}

fn is_name(fixed: &Fixed) -> bool {
    matches!(
        fixed,
        Fixed::ShortMonthName
            | Fixed::LongMonthName
            | Fixed::ShortWeekdayName
            | Fixed::LongWeekdayName
            | Fixed::LowerAmPm
            | Fixed::UpperAmPm
    )
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
