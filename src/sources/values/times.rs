//! Text into dates and times, as ISO 8601 or as a declared format says.

use chrono::format::{Item, Parsed, parse};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use super::local_time::local_time;

/// Exactly `YYYY-MM-DD`.
pub fn iso_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = digits(&bytes[..4])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, digits(&bytes[5..7])?, digits(&bytes[8..])?)
}

/// `YYYY-MM-DD`, then `T` or a blank and `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`, then nothing, `Z` or `+HH:MM`. A time
/// with a zone becomes a local one. Digits beyond microseconds are dropped. A date alone is its midnight.
pub fn iso_timestamp(text: &str, time_zone: Tz) -> Option<NaiveDateTime> {
    let date = iso_date(text.get(..10)?)?;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(date.and_time(NaiveTime::MIN));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let zone_start = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone_start);
    let time = date.and_time(iso_time(clock.trim_ascii_end())?);
    if zone.is_empty() {
        return Some(time);
    }
    local_time(time.checked_sub_signed(zone_offset(zone)?)?, time_zone)
}

fn iso_time(text: &str) -> Option<NaiveTime> {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || bytes[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&bytes[..2])?, digits(&bytes[3..5])?);
    let (second, micros) = match bytes.get(5..)? {
        [] => (0, 0),
        [b':', second @ ..] if second.len() == 2 => (digits(second)?, 0),
        [b':', tens, ones, b'.' | b',', fraction @ ..]
            if !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit) =>
        {
            let mut micros = 0;
            for place in 0..6 {
                micros = micros * 10 + u32::from(fraction.get(place).map_or(0, |digit| digit - b'0'));
            }
            (digits(&[*tens, *ones])?, micros)
        }
        _ => return None,
    };
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros)
}

fn zone_offset(zone: &str) -> Option<chrono::TimeDelta> {
    if matches!(zone, "Z" | "z") {
        return Some(chrono::TimeDelta::zero());
    }
    let (sign, rest) = zone.split_at(1);
    let compact: Vec<u8> = rest.bytes().filter(|byte| *byte != b':').collect();
    let well_formed = matches!((rest.len(), compact.len()), (2, 2) | (4, 4) | (5, 4));
    let hours = digits(compact.get(..2)?)?;
    let minutes = compact.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0), digits)?;
    if !well_formed || hours > 18 || minutes > 59 {
        return None;
    }
    let minutes = i64::from(hours * 60 + minutes);
    Some(chrono::TimeDelta::minutes(if sign == "-" { -minutes } else { minutes }))
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |number: u32, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

fn parsed(text: &str, items: &[Item<'static>]) -> Option<Parsed> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, items.iter()).ok()?;
    Some(parsed)
}

/// The day of a text; with a time of day and a zone, the local day.
pub fn formatted_date(text: &str, items: &[Item<'static>], time_zone: Tz) -> Option<NaiveDate> {
    let parsed = parsed(text, items)?;
    if is_moment(&parsed) && !is_date_only(&parsed) {
        return Some(time(&parsed, time_zone)?.date());
    }
    parsed.to_naive_date().ok()
}

pub fn formatted_timestamp(text: &str, items: &[Item<'static>], time_zone: Tz) -> Option<NaiveDateTime> {
    let parsed = parsed(text, items)?;
    if is_date_only(&parsed) {
        return Some(parsed.to_naive_date().ok()?.and_time(NaiveTime::MIN));
    }
    time(&parsed, time_zone)
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
