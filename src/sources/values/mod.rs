//! Text into values, strictly: nothing is guessed, cut or rounded. What does not fit is named, with what was expected.

pub(super) mod local_time;
mod numbers;
mod times;

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringViewBuilder,
    TimestampMicrosecondBuilder,
};
use chrono_tz::Tz;

use self::numbers::{boolean, decimal, double, integer};
use self::times::{days, formatted_date, formatted_timestamp, iso_date, iso_timestamp};
use crate::config::data_type::DataType;
use crate::plan::source::SourceColumn;
use crate::plan::source_format::TimeFormat;

/// What a text should have been, such as "an integer".
pub type Expected = String;

/// A column that grows text by text.
pub struct ValueColumn {
    values: Values,
    /// How dates and times are written; ISO 8601 when `None`.
    format: Option<TimeFormat>,
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
    /// An empty column for the values of a declared one. Times with a zone become local times of `time_zone`, those
    /// without are taken as they are.
    pub fn of(column: &SourceColumn, time_zone: Tz) -> Self {
        Self::new(column.data_type, column.format.clone(), time_zone)
    }

    /// An empty column; `format` is how dates and times are written.
    pub fn new(data_type: DataType, format: Option<TimeFormat>, time_zone: Tz) -> Self {
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
        Self { values, format, time_zone }
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
        let (format, zone) = (self.format.as_ref(), self.time_zone);
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
                    Some(format) => formatted_date(bare, &format.items, zone)
                        .ok_or_else(|| format!("a date written as `{}`", format.written))?,
                };
                builder.append_value(days(date));
            }
            Values::Timestamp(builder) => {
                let time = match format {
                    None => iso_timestamp(bare, zone).ok_or("a time such as 2026-11-30T23:59:59")?,
                    Some(format) => formatted_timestamp(bare, &format.items, zone)
                        .ok_or_else(|| format!("a time written as `{}`", format.written))?,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data_type: DataType, format: Option<&str>, text: &str) -> Result<String, Expected> {
        read_in(Tz::UTC, data_type, format, text)
    }

    fn read_in(zone: Tz, data_type: DataType, format: Option<&str>, text: &str) -> Result<String, Expected> {
        let format = format.map(|written| TimeFormat::parse(written).unwrap());
        let mut column = ValueColumn::new(data_type, format, zone);
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
