//! Numbers and dates as people read them. The only place that rounds.

use chrono::{NaiveDate, NaiveDateTime};

use crate::config::language::Language;

/// Unicode minus, as wide as a plus.
const MINUS: char = '\u{2212}';

/// How a language writes numbers and dates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberStyle {
    /// Between groups of three digits.
    thousands: char,
    /// Between whole and fraction.
    decimal: char,
    /// After a percentage.
    percent: &'static str,
    /// After a difference of two percentages.
    points: &'static str,
    /// For an unknown number.
    pub(crate) unknown: &'static str,
    /// `strftime` pattern of a date.
    date: &'static str,
    /// The same, short.
    short_date: &'static str,
    /// `strftime` pattern of a month.
    month: &'static str,
    /// The same, in full.
    full_month: &'static str,
    /// `strftime` pattern of a moment.
    time: &'static str,
    /// After a number of seconds, minutes, hours and days.
    spans: [&'static str; 4],
}

const ENGLISH: NumberStyle = NumberStyle {
    thousands: ',',
    decimal: '.',
    percent: "%",
    points: " pp",
    unknown: "–",
    date: "%-d %B %Y",
    short_date: "%-d %b %Y",
    month: "%b %Y",
    full_month: "%B %Y",
    time: "%-d %b %Y %H:%M",
    spans: [" s", " min", " h", " days"],
};

const CHINESE: NumberStyle = NumberStyle {
    points: "个百分点",
    date: "%Y年%-m月%-d日",
    short_date: "%Y年%-m月%-d日",
    month: "%Y年%-m月",
    full_month: "%Y年%-m月",
    time: "%Y年%-m月%-d日 %H:%M",
    spans: ["秒", "分钟", "小时", "天"],
    ..ENGLISH
};

/// How large and how whole the numbers of a column are, which decides on digits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Precision {
    largest: f64,
    has_fractions: bool,
}

impl Precision {
    /// That of these numbers.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        values.into_iter().fold(Self::default(), |so_far, value| Self {
            largest: so_far.largest.max(value.abs()),
            has_fractions: so_far.has_fractions || value.fract() != 0.0,
        })
    }

    /// Digits after the point of a number without a unit: about four in all.
    pub(crate) fn decimals(self) -> usize {
        match self.largest {
            _ if !self.has_fractions => 0,
            largest if largest >= 1000.0 => 0,
            largest if largest >= 100.0 => 1,
            largest if largest >= 1.0 => 2,
            _ => 3,
        }
    }
}

impl NumberStyle {
    /// That of a language.
    pub(crate) fn of(language: Language) -> Self {
        match language {
            Language::English => ENGLISH,
            Language::Chinese => CHINESE,
        }
    }

    /// A day in full.
    pub(crate) fn date(&self, day: NaiveDate) -> String {
        day.format(self.date).to_string()
    }

    /// A day in a table.
    pub(crate) fn short_date(&self, day: NaiveDate) -> String {
        day.format(self.short_date).to_string()
    }

    /// The month of a day.
    pub(crate) fn month(&self, day: NaiveDate) -> String {
        day.format(self.month).to_string()
    }

    /// The month of a day in a sentence.
    pub(crate) fn month_in_full(&self, day: NaiveDate) -> String {
        day.format(self.full_month).to_string()
    }

    /// A moment to the minute.
    pub(crate) fn time(&self, moment: NaiveDateTime) -> String {
        moment.format(self.time).to_string()
    }

    /// A number with so many digits after the point.
    pub(crate) fn number(&self, value: f64, decimals: usize) -> String {
        let rounded = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = rounded.split_once('.').unwrap_or((&rounded, ""));
        let mut text = String::new();
        // A number that rounds to zero has no sign.
        if value < 0.0 && rounded.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
            text.push(MINUS);
        }
        for (index, digit) in whole.char_indices() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(self.thousands);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(self.decimal);
            text.push_str(fraction);
        }
        text
    }

    /// A whole number that is a name, such as a year.
    pub(crate) fn number_without_thousands(&self, value: f64) -> String {
        self.number(value, 0).replace(self.thousands, "")
    }

    /// A number with its sign, except when it rounds to zero.
    pub(crate) fn signed(&self, value: f64, decimals: usize) -> String {
        let text = self.number(value, decimals);
        let is_nothing = !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
        if value > 0.0 && !is_nothing { format!("+{text}") } else { text }
    }

    /// A count.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(crate) fn count(&self, value: u64) -> String {
        self.number(value as f64, 0)
    }

    /// A count that is too small to be shown, because it is below the limit or would give away one that is.
    pub(crate) fn count_below(&self, limit: Option<u64>) -> String {
        limit.map_or_else(|| self.unknown.to_owned(), |limit| format!("<{}", self.count(limit)))
    }

    /// A share, 0 to 1, as percent with one decimal. A share that is not zero but rounds to it is written `<0.1%`.
    pub(crate) fn percent(&self, share: f64) -> String {
        let (below, percent) = if (1e-12..0.0005).contains(&share) { ("<", 0.1) } else { ("", share * 100.0) };
        format!("{below}{}{}", self.number(percent, 1), self.percent)
    }

    /// A probability, such as a p-value, with three decimals. One that rounds to zero is written `<0.001`.
    pub(crate) fn probability(&self, probability: f64) -> String {
        if (0.0..0.001).contains(&probability) { "<0.001".to_owned() } else { self.number(probability, 3) }
    }

    /// A Net Promoter Score, -1 to 1, on its usual scale of -100 to 100.
    pub(crate) fn score(&self, score: f64) -> String {
        self.signed(score * 100.0, 1)
    }

    /// A value of the table `indicators` by its unit.
    pub(crate) fn value(&self, value: f64, unit: &str) -> String {
        match unit {
            "share" => self.percent(value),
            "nps" => self.score(value),
            "probability" => self.probability(value),
            "nps_margin" => self.number(value * 100.0, 1),
            "currency" => self.number(value, if value.abs() >= 10_000.0 { 0 } else { 2 }),
            "count" if value.fract() == 0.0 => self.number(value, 0),
            "seconds" => self.span(value, value),
            "count" | "index" | "points" | "days" => self.number(value, 1),
            // Ratios, correlations, elasticities.
            _ => self.number(value, 2),
        }
    }

    /// A value by its unit, with the digits of its column.
    pub(crate) fn measure(&self, value: f64, unit: &str, precision: Precision) -> String {
        match unit {
            "share" => self.percent(value),
            "nps" => self.score(value),
            "probability" => self.probability(value),
            "nps_margin" => self.number(value * 100.0, 1),
            "currency" => self.number(value, if precision.largest >= 10_000.0 { 0 } else { 2 }),
            "index" | "points" => self.number(value, 1),
            "seconds" => self.span(value, precision.largest),
            "count" | "days" => self.number(value, usize::from(precision.has_fractions)),
            _ => self.number(value, precision.decimals()),
        }
    }

    /// A span of time in the unit that suits `largest` seconds, from two of the unit on.
    fn span(&self, seconds: f64, largest: f64) -> String {
        let sizes = [86_400.0, 3_600.0, 60.0, 1.0];
        let unit = sizes.iter().position(|size| largest.abs() >= 2.0 * size).unwrap_or(sizes.len() - 1);
        let value = seconds / sizes[unit];
        let decimals = usize::from(value.fract() != 0.0 && unit + 1 < sizes.len());
        format!("{}{}", self.number(value, decimals), self.spans[sizes.len() - 1 - unit])
    }

    /// A share in a sentence: whole percent, but one decimal below ten percent.
    pub(crate) fn round_percent(&self, share: f64) -> String {
        if share.abs() < 0.095 {
            self.percent(share)
        } else {
            format!("{}{}", self.number(share * 100.0, 0), self.percent)
        }
    }

    /// The ends of an interval of shares in a sentence; the percent sign stands behind the second.
    pub(crate) fn round_percents(&self, low: f64, high: f64) -> (String, String) {
        let low = self.round_percent(low);
        (low.strip_suffix(self.percent).unwrap_or(&low).to_owned(), self.round_percent(high))
    }

    /// What follows a difference of two percentages.
    pub(crate) fn points_suffix(&self) -> &'static str {
        self.points
    }

    /// The size of a difference of shares, in points.
    pub(crate) fn points(&self, size: f64) -> String {
        format!("{}{}", self.number(size * 100.0, 1), self.points)
    }

    /// A value on the axis of a chart: no more digits than it has.
    pub(crate) fn tick(&self, value: f64, unit: Option<&str>) -> String {
        let short = |value: f64| {
            let decimals = (0..3).find(|decimals| {
                let scale = 10_f64.powi(*decimals);
                (value * scale - (value * scale).round()).abs() < 1e-6
            });
            self.number(value, decimals.map_or(2, |decimals| usize::try_from(decimals).unwrap_or_default()))
        };
        match unit {
            Some("share") => format!("{}{}", short(value * 100.0), self.percent),
            Some("nps") => short(value * 100.0),
            Some("seconds") => self.span(value, value),
            _ => short(value),
        }
    }

    /// The difference of two values by their unit.
    pub(crate) fn change(&self, change: f64, unit: &str) -> String {
        match unit {
            "share" => format!("{}{}", self.signed(change * 100.0, 1), self.points),
            "nps" => self.signed(change * 100.0, 1),
            "currency" => self.signed(change, if change.abs() >= 1_000.0 { 0 } else { 2 }),
            "count" if change.fract() == 0.0 => self.signed(change, 0),
            "seconds" if change > 0.0 => format!("+{}", self.span(change, change)),
            "seconds" => self.span(change, change),
            "count" | "index" | "points" | "days" => self.signed(change, 1),
            _ => self.signed(change, 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english() -> NumberStyle {
        NumberStyle::of(Language::English)
    }

    #[test]
    fn thousands_are_separated_and_a_minus_is_a_minus() {
        assert_eq!(english().number(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(english().number(-1234.0, 0), "−1,234");
        assert_eq!(english().number(999.0, 0), "999");
    }

    #[test]
    fn what_rounds_to_nothing_has_no_sign() {
        assert_eq!(english().number(-0.04, 1), "0.0");
        assert_eq!(english().signed(0.04, 1), "0.0");
        assert_eq!(english().signed(0.06, 1), "+0.1");
    }

    #[test]
    fn a_value_is_written_by_its_unit() {
        let style = english();
        assert_eq!(style.value(0.365_907, "share"), "36.6%");
        assert_eq!(style.value(0.000_3, "share"), "<0.1%");
        assert_eq!(style.value(0.0, "share"), "0.0%");
        assert_eq!(style.value(-0.398_4, "nps"), "−39.8");
        assert_eq!(style.value(1e-12, "probability"), "<0.001");
        assert_eq!(style.measure(0.001, "probability", Precision::of([0.5, 12.0])), "0.001");
        assert_eq!(style.value(0.0549, "nps_margin"), "5.5", "a margin has no sign");
        assert_eq!(style.value(2000.0, "count"), "2,000");
        assert_eq!(style.value(5.25, "count"), "5.2");
        assert_eq!(style.value(164_745.25, "currency"), "164,745");
        assert_eq!(style.change(-0.012, "share"), "−1.2 pp");
        assert_eq!(style.change(0.5, "index"), "+0.5");
    }

    #[test]
    fn chinese_has_dates_and_points_of_its_own() {
        let style = NumberStyle::of(Language::Chinese);
        let day: NaiveDate = "2026-11-03".parse().unwrap();
        assert_eq!((style.date(day), style.short_date(day)), ("2026年11月3日".into(), "2026年11月3日".into()));
        assert_eq!(
            (style.month(day), style.time(day.and_hms_opt(9, 5, 0).unwrap())),
            ("2026年11月".into(), "2026年11月3日 09:05".into())
        );
        assert_eq!(style.change(-0.012, "share"), "−1.2个百分点");
        assert_eq!((style.number(1_234_567.0, 0), style.percent(0.366)), ("1,234,567".into(), "36.6%".into()));
    }

    #[test]
    fn spans_of_time_have_the_unit_that_suits_them() {
        let english = ENGLISH;
        assert_eq!(english.value(95.0, "seconds"), "95 s");
        assert_eq!(english.value(1_320.0, "seconds"), "22 min");
        assert_eq!(english.value(29_610.0, "seconds"), "8.2 h");
        assert_eq!(english.value(454_563.0, "seconds"), "5.3 days");
        assert_eq!(CHINESE.value(29_610.0, "seconds"), "8.2小时");
        assert_eq!(english.change(-600.0, "seconds"), "−10 min");
        // The numbers of a column have one unit.
        assert_eq!(english.measure(1_800.0, "seconds", Precision::of([1_800.0, 36_000.0])), "0.5 h");
    }

    #[test]
    fn shares_in_sentences_are_whole_percents_unless_they_are_small() {
        assert_eq!(ENGLISH.round_percent(0.382), "38%");
        assert_eq!(ENGLISH.round_percent(0.0345), "3.5%");
    }
}
