//! Text into dates and times, as ISO 8601 or as a declared format says.

use std::sync::Arc;

use chrono::format::{Item, Parsed, parse};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;

use super::Expected;
use super::local_time::local_time;
use super::numbers::decimal;
use crate::plan::month_names::MonthNames;
use crate::plan::time_format::{TimeFormat, TimePattern};

/// How the texts of one column become dates and times.
pub struct TimeReader {
    /// Formats to try in turn; ISO 8601 when there are none.
    pub formats: Arc<[TimeFormat]>,
    /// Names of months, when they are not English.
    pub month_names: Option<&'static MonthNames>,
    /// Whether digits beyond microseconds are dropped rather than refused.
    pub truncates: bool,
    /// First of the hundred years that two digits stand for.
    pub two_digit_years_from: i32,
    /// Where times with a zone are made local.
    pub time_zone: Tz,
}

impl TimeReader {
    /// The day of a text; of a moment, the local day.
    ///
    /// # Errors
    ///
    /// The text is not one.
    pub fn date(&self, text: &str) -> Result<NaiveDate, Expected> {
        if self.formats.is_empty() {
            return iso_date(text).ok_or_else(|| "a date such as 2026-11-30".into());
        }
        self.by_format("a date", text, |format, text| match &format.pattern {
            TimePattern::Epoch { per_second } => Ok(self.epoch(text, *per_second).ok_or(())?.date()),
            TimePattern::Strftime { has_zone_name: true, .. } => Ok(self.timestamp_by(format, text)?.ok_or(())?.date()),
            TimePattern::Strftime { items, digits, .. } => {
                Ok(self.formatted_date(text, items).filter(|_| has_digits(text, digits)).ok_or(())?)
            }
        })
    }

    /// The local time of a text, to the microsecond.
    ///
    /// # Errors
    ///
    /// The text is not one, or has digits beyond microseconds.
    pub fn timestamp(&self, text: &str) -> Result<NaiveDateTime, Expected> {
        let time = if self.formats.is_empty() {
            self.iso_timestamp(text)?.ok_or("a time such as 2026-11-30T23:59:59")?
        } else {
            self.by_format("a time", text, |format, text| Ok(self.timestamp_by(format, text)?.ok_or(())?))?
        };
        let excess = time.nanosecond() % 1000;
        if excess != 0 && !self.truncates {
            return Err(too_fine());
        }
        Ok(time - TimeDelta::nanoseconds(i64::from(excess)))
    }

    /// The first format that fits decides. The reason of one that almost fits is told; else all formats are.
    fn by_format<T>(
        &self,
        what: &str,
        text: &str,
        read: impl Fn(&TimeFormat, &str) -> Result<T, Misfit>,
    ) -> Result<T, Expected> {
        let english = self.month_names.map(|names| names.in_english(text));
        let text = english.as_deref().unwrap_or(text);
        let mut reason = None;
        for format in self.formats.iter() {
            match read(format, text) {
                Ok(value) => return Ok(value),
                Err(Misfit::Because(why)) => reason = reason.or(Some(why)),
                Err(Misfit::Other) => {}
            }
        }
        let written: Vec<String> = self.formats.iter().map(|format| format!("`{}`", format.written)).collect();
        Err(reason.unwrap_or_else(|| format!("{what} written as {}", written.join(" or "))))
    }

    fn timestamp_by(&self, format: &TimeFormat, text: &str) -> Result<Option<NaiveDateTime>, Expected> {
        if let TimePattern::Strftime { digits, .. } = &format.pattern
            && !has_digits(text, digits)
        {
            return Ok(None);
        }
        match &format.pattern {
            TimePattern::Epoch { per_second } => Ok(self.epoch(text, *per_second)),
            TimePattern::Strftime { items, has_zone_name: false, .. } => {
                Ok(self.formatted_timestamp(text, items, self.time_zone))
            }
            TimePattern::Strftime { items, has_zone_name: true, .. } => {
                let Some((clock, zone)) = text.trim_ascii_end().rsplit_once([' ', '\t']) else { return Ok(None) };
                match self.formatted_timestamp(clock.trim_ascii_end(), items, Tz::UTC) {
                    Some(time) => Ok(Some(self.local_of(time, zone)?)),
                    None => Ok(None),
                }
            }
        }
    }

    fn parsed(&self, text: &str, items: &[Item<'static>]) -> Option<Parsed> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, items.iter()).ok()?;
        if let (Some(two_digits), None, None) = (parsed.year_mod_100(), parsed.year_div_100(), parsed.year()) {
            let first = self.two_digit_years_from;
            let year = first + (two_digits - first).rem_euclid(100);
            parsed.set_year_div_100(i64::from(year / 100)).ok()?;
        }
        Some(parsed)
    }

    /// The day of a text; with a time of day and a zone, the local day.
    fn formatted_date(&self, text: &str, items: &[Item<'static>]) -> Option<NaiveDate> {
        let parsed = self.parsed(text, items)?;
        if is_moment(&parsed) && !is_date_only(&parsed) {
            return Some(time(&parsed, self.time_zone)?.date());
        }
        parsed.to_naive_date().ok()
    }

    fn formatted_timestamp(&self, text: &str, items: &[Item<'static>], time_zone: Tz) -> Option<NaiveDateTime> {
        let parsed = self.parsed(text, items)?;
        if is_date_only(&parsed) {
            return Some(parsed.to_naive_date().ok()?.and_time(NaiveTime::MIN));
        }
        time(&parsed, time_zone)
    }

    /// A count of units since 1970 in UTC, with up to six digits after the point of a second.
    fn epoch(&self, text: &str, per_second: i64) -> Option<NaiveDateTime> {
        // Exact in decimal: seconds, milliseconds or microseconds as microseconds.
        let scale = match per_second {
            1 => 6,
            1_000 => 3,
            _ => 0,
        };
        let micros = i64::try_from(decimal(text, 30, scale).ok()?).ok()?;
        local_time(DateTime::from_timestamp_micros(micros)?.naive_utc(), self.time_zone)
    }

    /// The local time here of a time in another zone.
    fn local_of(&self, time: NaiveDateTime, zone: &str) -> Result<NaiveDateTime, Expected> {
        let zone = zone_of(zone).ok_or_else(|| {
            format!("a time with a zone that is sure: `{zone}` is not UTC, GMT, Z or a name such as Europe/Berlin")
        })?;
        // When clocks are set back, an hour comes twice: the first one is taken.
        let utc = match zone.from_local_datetime(&time) {
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => moment.naive_utc(),
            LocalResult::None => return Err(format!("a time that clocks in {zone} show: they skip {time}")),
        };
        local_time(utc, self.time_zone).ok_or_else(|| "a time that a calendar can hold".into())
    }

    /// `YYYY-MM-DD`, then `T` or a blank and `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`, then nothing, `Z`, `+HH:MM` or the
    /// name of a time zone. A time with a zone becomes a local one. A date alone is its midnight.
    fn iso_timestamp(&self, text: &str) -> Result<Option<NaiveDateTime>, Expected> {
        let Some(date) = text.get(..10).and_then(iso_date) else { return Ok(None) };
        let rest = &text[10..];
        if rest.is_empty() {
            return Ok(Some(date.and_time(NaiveTime::MIN)));
        }
        let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else { return Ok(None) };
        let zone_start =
            rest.find(|found: char| found.is_ascii_alphabetic() || matches!(found, '+' | '-')).unwrap_or(rest.len());
        let (clock, zone) = rest.split_at(zone_start);
        let Some(time) = iso_time(clock.trim_ascii_end(), self.truncates)? else { return Ok(None) };
        let time = date.and_time(time);
        if zone.is_empty() {
            return Ok(Some(time));
        }
        if zone.starts_with(['+', '-']) {
            let moment = zone_offset(zone).and_then(|offset| time.checked_sub_signed(offset));
            return Ok(moment.and_then(|moment| local_time(moment, self.time_zone)));
        }
        self.local_of(time, zone).map(Some)
    }
}

/// Why a format does not fit.
enum Misfit {
    /// A reason that is worth telling.
    Because(Expected),
    /// The text is another one.
    Other,
}

impl From<()> for Misfit {
    fn from((): ()) -> Self {
        Self::Other
    }
}

impl From<Expected> for Misfit {
    fn from(why: Expected) -> Self {
        Self::Because(why)
    }
}

fn too_fine() -> Expected {
    "a time of at most 6 digits after the second; set `truncate: true` to drop the others".into()
}

/// A time zone by a name that means one thing only.
fn zone_of(name: &str) -> Option<Tz> {
    match name {
        "UTC" | "utc" | "GMT" | "gmt" | "Z" | "z" => Some(Tz::UTC),
        // Abbreviations such as EST are zones of the database too, and mean other things elsewhere.
        name if name.contains('/') => name.parse().ok(),
        _ => None,
    }
}

/// Exactly `YYYY-MM-DD`.
fn iso_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = digits(&bytes[..4])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, digits(&bytes[5..7])?, digits(&bytes[8..])?)
}

fn iso_time(text: &str, truncates: bool) -> Result<Option<NaiveTime>, Expected> {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || bytes[2] != b':' {
        return Ok(None);
    }
    let (Some(hour), Some(minute)) = (digits(&bytes[..2]), digits(&bytes[3..5])) else { return Ok(None) };
    let (second, micros) = match &bytes[5..] {
        [] => (Some(0), 0),
        [b':', second @ ..] if second.len() == 2 => (digits(second), 0),
        [b':', tens, ones, b'.' | b',', fraction @ ..]
            if !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit) =>
        {
            if !truncates && fraction.iter().skip(6).any(|digit| *digit != b'0') {
                return Err(too_fine());
            }
            let mut micros = 0;
            for place in 0..6 {
                micros = micros * 10 + u32::from(fraction.get(place).map_or(0, |digit| digit - b'0'));
            }
            (digits(&[*tens, *ones]), micros)
        }
        _ => return Ok(None),
    };
    Ok(second.and_then(|second| NaiveTime::from_hms_micro_opt(hour, minute, second, micros)))
}

fn zone_offset(zone: &str) -> Option<TimeDelta> {
    let (sign, rest) = zone.split_at(1);
    let compact: Vec<u8> = rest.bytes().filter(|byte| *byte != b':').collect();
    let well_formed = matches!((rest.len(), compact.len()), (2, 2) | (4, 4) | (5, 4));
    let hours = digits(compact.get(..2)?)?;
    let minutes = compact.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0), digits)?;
    if !well_formed || hours > 18 || minutes > 59 {
        return None;
    }
    let minutes = i64::from(hours * 60 + minutes);
    Some(TimeDelta::minutes(if sign == "-" { -minutes } else { minutes }))
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |number: u32, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

/// Whether the numbers of a text have as many digits as a format says.
fn has_digits(text: &str, digits: &[Option<usize>]) -> bool {
    let numbers = text.split(|found: char| !found.is_ascii_digit()).filter(|number| !number.is_empty());
    numbers.zip(digits).all(|(number, wanted)| wanted.is_none_or(|wanted| wanted == number.len()))
}

/// Whether a text names a moment by itself: it has a zone, or counts seconds since 1970 in UTC (`%s`).
fn is_moment(parsed: &Parsed) -> bool {
    parsed.offset().is_some() || parsed.timestamp().is_some()
}

fn is_date_only(parsed: &Parsed) -> bool {
    parsed.timestamp().is_none() && parsed.hour_mod_12().is_none() && parsed.minute().is_none()
}

fn time(parsed: &Parsed, time_zone: Tz) -> Option<NaiveDateTime> {
    match is_moment(parsed) {
        true => local_time(parsed.to_datetime().ok()?.naive_utc(), time_zone),
        false => parsed.to_naive_datetime_with_offset(0).ok(),
    }
}

pub fn days(date: NaiveDate) -> i32 {
    let epoch = DateTime::UNIX_EPOCH.date_naive();
    i32::try_from(date.signed_duration_since(epoch).num_days()).unwrap_or(i32::MAX)
}
