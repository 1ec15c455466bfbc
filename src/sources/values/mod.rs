//! Text into values, strictly: nothing is guessed, cut or rounded. What does not fit is named, with what was expected.

pub(super) mod local_time;

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringViewBuilder,
    TimestampMicrosecondBuilder,
};
use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use crate::config::data_type::DataType;
use crate::sources::values::local_time::local_time;

/// What a text should have been, such as "an integer".
pub type Expected = String;

/// A column that grows text by text.
pub struct ValueColumn {
    values: Values,
    /// How dates and times are written; ISO 8601 when `None`.
    format: Option<Vec<Item<'static>>>,
    written_format: String,
    /// Where times with a zone are made local.
    time_zone: Tz,
}

enum Values {
    Text(StringViewBuilder),
    Integer(Int64Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl ValueColumn {
    /// An empty column; `format` is how dates and timestamps are written, in `strftime` terms. Those with a zone become local
    /// times of `time_zone`, those without are taken as they are.
    ///
    /// # Errors
    ///
    /// The format is malformed.
    pub fn new(data_type: DataType, format: Option<&str>, time_zone: Tz) -> Result<Self, Expected> {
        let items = match format {
            Some(format) => {
                let items = StrftimeItems::new(format).parse_to_owned();
                Some(items.map_err(|_| format!("a valid strftime format, `{format}` is not"))?)
            }
            None => None,
        };
        let values = match data_type {
            DataType::Id | DataType::String => Values::Text(StringViewBuilder::new()),
            DataType::Integer => Values::Integer(Int64Builder::new()),
            DataType::Double => Values::Double(Float64Builder::new()),
            DataType::Decimal(precision, scale) => {
                let builder = Decimal128Builder::new().with_data_type(data_type.arrow());
                Values::Decimal(builder, precision, scale)
            }
            DataType::Boolean => Values::Boolean(BooleanBuilder::new()),
            DataType::Date => Values::Date(Date32Builder::new()),
            DataType::Timestamp => Values::Timestamp(TimestampMicrosecondBuilder::new()),
        };
        Ok(Self { values, format: items, written_format: format.unwrap_or_default().to_owned(), time_zone })
    }

    /// Whether blanks around a value belong to it.
    pub fn is_text(&self) -> bool {
        matches!(self.values, Values::Text(_))
    }

    /// Adds one value. Blanks around anything but text are ignored.
    ///
    /// # Errors
    ///
    /// The text is not a value of the column's type.
    pub fn push(&mut self, text: &str) -> Result<(), Expected> {
        let bare = text.trim_ascii();
        let (format, zone) = (self.format.as_deref(), self.time_zone);
        let written = || format!(" written as `{}`", self.written_format);
        match &mut self.values {
            Values::Text(builder) => builder.append_value(text),
            Values::Integer(builder) => builder.append_value(integer(bare).ok_or("an integer of up to 18 digits")?),
            Values::Double(builder) => builder.append_value(double(bare).ok_or("a finite number, with a point")?),
            Values::Decimal(builder, precision, scale) => builder.append_value(decimal(bare, *precision, *scale)?),
            Values::Boolean(builder) => {
                builder.append_value(boolean(bare).ok_or("one of true, false, t, f, yes, no, 1, 0")?);
            }
            Values::Date(builder) => {
                let date = match format {
                    None => iso_date(bare).ok_or("a date such as 2026-11-30")?,
                    Some(items) => formatted_date(bare, items, zone).ok_or_else(|| format!("a date{}", written()))?,
                };
                builder.append_value(days(date));
            }
            Values::Timestamp(builder) => {
                let time = match format {
                    None => iso_timestamp(bare, zone).ok_or("a time such as 2026-11-30T23:59:59")?,
                    Some(items) => {
                        formatted_timestamp(bare, items, zone).ok_or_else(|| format!("a time{}", written()))?
                    }
                };
                builder.append_value(time.and_utc().timestamp_micros());
            }
        }
        Ok(())
    }

    /// Adds a missing value.
    pub fn push_null(&mut self) {
        match &mut self.values {
            Values::Text(builder) => builder.append_null(),
            Values::Integer(builder) => builder.append_null(),
            Values::Double(builder) => builder.append_null(),
            Values::Decimal(builder, ..) => builder.append_null(),
            Values::Boolean(builder) => builder.append_null(),
            Values::Date(builder) => builder.append_null(),
            Values::Timestamp(builder) => builder.append_null(),
        }
    }

    /// The values so far, leaving the column empty.
    pub fn finish(&mut self) -> ArrayRef {
        match &mut self.values {
            Values::Text(builder) => Arc::new(builder.finish()),
            Values::Integer(builder) => Arc::new(builder.finish()),
            Values::Double(builder) => Arc::new(builder.finish()),
            Values::Decimal(builder, ..) => Arc::new(builder.finish()),
            Values::Boolean(builder) => Arc::new(builder.finish()),
            Values::Date(builder) => Arc::new(builder.finish()),
            Values::Timestamp(builder) => Arc::new(builder.finish()),
        }
    }
}

/// A value for a message: short, with control characters made visible.
pub fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}

fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn double(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|value: &f64| is_number && value.is_finite())
}

/// The unscaled value of a decimal. Zeros beyond the scale lose nothing and are allowed.
fn decimal(text: &str, precision: u8, scale: i8) -> Result<i128, Expected> {
    let expected = || format!("a decimal({precision},{scale}): digits, with a point");
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit()) {
        return Err(expected());
    }
    let places = usize::from(scale.unsigned_abs());
    let fraction = match fraction.get(places..) {
        Some(beyond) if beyond.bytes().any(|digit| digit != b'0') => {
            return Err(format!("a decimal({precision},{scale}): at most {scale} digits after the point"));
        }
        Some(_) => &fraction[..places],
        None => fraction,
    };
    let padding = std::iter::repeat_n(b'0', places - fraction.len());
    let mut value: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
        value =
            value.checked_mul(10).and_then(|value| value.checked_add(i128::from(digit - b'0'))).ok_or_else(expected)?;
    }
    if value >= 10_i128.checked_pow(u32::from(precision)).unwrap_or(i128::MAX) {
        let whole_digits = i16::from(precision) - i16::from(scale);
        return Err(format!("a decimal({precision},{scale}): at most {whole_digits} digits before the point"));
    }
    Ok(if negative { -value } else { value })
}

fn boolean(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["true", "t", "yes", "1"]) {
        return Some(true);
    }
    is(&["false", "f", "no", "0"]).then_some(false)
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

/// `YYYY-MM-DD`, then `T` or a blank and `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction`, then nothing, `Z` or `+HH:MM`. A time
/// with a zone becomes a local one. Digits beyond microseconds are dropped. A date alone is its midnight.
fn iso_timestamp(text: &str, time_zone: Tz) -> Option<NaiveDateTime> {
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
fn formatted_date(text: &str, items: &[Item<'static>], time_zone: Tz) -> Option<NaiveDate> {
    let parsed = parsed(text, items)?;
    if is_moment(&parsed) && !is_date_only(&parsed) {
        return Some(time(&parsed, time_zone)?.date());
    }
    parsed.to_naive_date().ok()
}

fn formatted_timestamp(text: &str, items: &[Item<'static>], time_zone: Tz) -> Option<NaiveDateTime> {
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

fn days(date: NaiveDate) -> i32 {
    let epoch = DateTime::UNIX_EPOCH.date_naive();
    i32::try_from(date.signed_duration_since(epoch).num_days()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data_type: DataType, format: Option<&str>, text: &str) -> Result<String, Expected> {
        read_in(Tz::UTC, data_type, format, text)
    }

    fn read_in(zone: Tz, data_type: DataType, format: Option<&str>, text: &str) -> Result<String, Expected> {
        let mut column = ValueColumn::new(data_type, format, zone)?;
        column.push(text)?;
        let array = column.finish();
        Ok(arrow::util::display::array_value_to_string(&array, 0).unwrap())
    }

    #[test]
    fn numbers_are_read_strictly() {
        assert_eq!(read(DataType::Integer, None, " -12 ").unwrap(), "-12");
        for wrong in ["1.0", "1_000", "", "0x1", "9223372036854775808", "１２"] {
            assert!(read(DataType::Integer, None, wrong).is_err(), "{wrong}");
        }
        assert_eq!(read(DataType::Double, None, "-1.5e3").unwrap(), "-1500.0");
        for wrong in ["NaN", "inf", "1e999", "1,5", "", "infinity"] {
            assert!(read(DataType::Double, None, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn decimals_are_never_cut_or_rounded() {
        let money = DataType::Decimal(5, 2);
        assert_eq!(read(money, None, "-12.5").unwrap(), "-12.50");
        assert_eq!(read(money, None, ".5").unwrap(), "0.50");
        assert_eq!(read(money, None, "1.500").unwrap(), "1.50");
        assert_eq!(read(money, None, "999.99").unwrap(), "999.99");
        assert!(read(money, None, "1.005").unwrap_err().contains("at most 2 digits after the point"));
        assert!(read(money, None, "1000").unwrap_err().contains("at most 3 digits before the point"));
        for wrong in ["", ".", "-", "1,5", "1e2", "--1", "+-1", "99999999999999999999999999999999999999999"] {
            assert!(read(money, None, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn booleans_are_a_short_list() {
        for (text, value) in [("TRUE", "true"), ("f", "false"), ("Yes", "true"), ("0", "false")] {
            assert_eq!(read(DataType::Boolean, None, text).unwrap(), value);
        }
        assert!(read(DataType::Boolean, None, "2").is_err());
    }

    #[test]
    fn dates_are_iso_or_as_declared() {
        assert_eq!(read(DataType::Date, None, "2024-02-29").unwrap(), "2024-02-29");
        for wrong in ["2023-02-29", "2024-2-9", "29.02.2024", "2024-02-29T00:00"] {
            assert!(read(DataType::Date, None, wrong).is_err(), "{wrong}");
        }
        assert_eq!(read(DataType::Date, Some("%d.%m.%Y"), "29.02.2024").unwrap(), "2024-02-29");
        assert_eq!(read(DataType::Date, Some("%m/%d/%Y %I:%M:%S %p"), "05/11/2016 12:00:00 AM").unwrap(), "2016-05-11");
        let wrong = read(DataType::Date, Some("%d.%m.%Y"), "2024-02-29").unwrap_err();
        assert_eq!(wrong, "a date written as `%d.%m.%Y`");
        assert!(read(DataType::Date, Some("%Q"), "x").is_err());
    }

    #[test]
    fn times_are_iso_or_as_declared() {
        let time = |text| read(DataType::Timestamp, None, text);
        assert_eq!(time("2024-02-29T23:59:58.1234567").unwrap(), "2024-02-29T23:59:58.123456");
        assert_eq!(time("2024-02-29 23:59").unwrap(), "2024-02-29T23:59:00");
        assert_eq!(time("2024-02-29T23:30:00-02:30").unwrap(), "2024-03-01T02:00:00");
        assert_eq!(time("2024-02-29 23:30:00 +01").unwrap(), "2024-02-29T22:30:00");
        assert_eq!(time("2024-02-29T00:00:00Z").unwrap(), "2024-02-29T00:00:00");
        assert_eq!(time("2024-02-29").unwrap(), "2024-02-29T00:00:00");
        for wrong in
            ["2024-02-29T24:00", "2024-02-29T1:00", "2024-02-29X10:00", "2024-02-29T10:00+1:00", "10:00", "é024"]
        {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        let declared = read(DataType::Timestamp, Some("%d/%m/%y %H:%M %z"), "29/02/24 10:00 +0200").unwrap();
        assert_eq!(declared, "2024-02-29T08:00:00");
        assert_eq!(read(DataType::Timestamp, Some("%s"), "60").unwrap(), "1970-01-01T00:01:00");
    }

    #[test]
    fn times_with_a_zone_become_local_and_others_stay() {
        let berlin = |text| read_in(Tz::Europe__Berlin, DataType::Timestamp, None, text).unwrap();
        assert_eq!(berlin("2024-06-30T22:30:00Z"), "2024-07-01T00:30:00");
        assert_eq!(berlin("2024-06-30 22:30:00.5 +00:00"), "2024-07-01T00:30:00.500");
        assert_eq!(berlin("2024-12-31T17:30:00-05:00"), "2024-12-31T23:30:00");
        assert_eq!(berlin("2024-12-31T18:30:00-05:00"), "2025-01-01T00:30:00");
        assert_eq!(berlin("2024-06-30T22:30:00"), "2024-06-30T22:30:00");
        assert_eq!(berlin("2024-03-31T02:30:00"), "2024-03-31T02:30:00");
        assert_eq!(berlin("2024-03-31T00:59:59Z"), "2024-03-31T01:59:59");
        assert_eq!(berlin("2024-03-31T01:00:00Z"), "2024-03-31T03:00:00");
        assert_eq!(berlin("2024-06-30"), "2024-06-30T00:00:00");
        assert!(read_in(Tz::Europe__Berlin, DataType::Timestamp, None, "2024-06-30T22:30:00 CET").is_err());
    }

    #[test]
    fn declared_formats_with_a_zone_become_local_times_and_days() {
        let berlin = |data_type, format, text| read_in(Tz::Europe__Berlin, data_type, Some(format), text).unwrap();
        let with_zone = "%d/%m/%Y %H:%M %z";
        assert_eq!(berlin(DataType::Timestamp, with_zone, "30/06/2024 22:30 +0000"), "2024-07-01T00:30:00");
        assert_eq!(berlin(DataType::Date, with_zone, "30/06/2024 22:30 +0000"), "2024-07-01");
        assert_eq!(berlin(DataType::Date, with_zone, "30/06/2024 22:30 +0200"), "2024-06-30");
        assert_eq!(berlin(DataType::Date, "%d/%m/%Y %z", "30/06/2024 -0500"), "2024-06-30");
        assert_eq!(berlin(DataType::Date, "%d/%m/%Y %H:%M", "30/06/2024 23:30"), "2024-06-30");
        assert_eq!(berlin(DataType::Timestamp, "%d/%m/%Y %H:%M", "30/06/2024 22:30"), "2024-06-30T22:30:00");
        assert_eq!(berlin(DataType::Timestamp, "%s", "1719786600"), "2024-07-01T00:30:00");
        assert_eq!(berlin(DataType::Date, "%s", "1719786600"), "2024-07-01");
        let hour_in_doubt = "%Y-%m-%d %I:%M %z";
        assert!(read_in(Tz::Europe__Berlin, DataType::Date, Some(hour_in_doubt), "2024-06-30 10:30 +0000").is_err());
    }

    #[test]
    fn long_and_strange_values_are_shortened_for_messages() {
        assert_eq!(shortened("a\nb"), "a\\nb");
        assert_eq!(shortened(&"x".repeat(50)).chars().count(), 41);
    }
}
