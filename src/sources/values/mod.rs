//! Text into values, strictly: nothing is guessed, cut or rounded. What does not fit is named, with what was expected.

pub(super) mod local_time;
mod nested;
pub mod null_values;
pub(super) mod numbers;
#[cfg(test)]
mod random_tests;
mod times;

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, StringViewBuilder,
    TimestampMicrosecondBuilder,
};
use chrono::{NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use self::nested::Nested;
use self::null_values::NullValues;
use self::numbers::{boolean, decimal, double, integer, plain};
use self::times::{TimeReader, days};
use crate::config::data_type::DataType;
use crate::plan::source::SourceColumn;
use crate::plan::source_format::TextValues;

/// What a text should have been, such as "an integer".
pub type Expected = String;

/// A column that grows text by text.
pub struct ValueColumn {
    values: Values,
    null_values: NullValues,
    texts: TextValues,
    times: TimeReader,
}

enum Values {
    Text(StringViewBuilder),
    Integer(Int64Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    /// Objects and lists as JSON, one line each.
    Nested(Nested),
}

impl ValueColumn {
    /// An empty column for the values of a declared one, which are written as `texts` says. Times with a zone become local
    /// times of `time_zone`, those without are taken as they are.
    pub fn of(column: &SourceColumn, texts: &TextValues, time_zone: Tz) -> Self {
        let null_values = column.null_values.as_ref().unwrap_or(&texts.null_values);
        let null_values = NullValues::new(Arc::clone(null_values), column.data_type);
        let texts = texts.clone();
        let times = TimeReader {
            formats: Arc::clone(&column.formats),
            month_names: texts.month_names,
            truncates: column.truncates,
            two_digit_years_from: column.two_digit_years_from,
            time_zone,
        };
        let values = match &column.nested_type {
            Some(nested) => Values::Nested(Nested::new(nested.clone())),
            None => Values::of(column.data_type),
        };
        Self { values, null_values, texts, times }
    }

    /// An empty column of values that are written in the usual way.
    pub fn plain(data_type: DataType, time_zone: Tz) -> Self {
        Self::of(&SourceColumn::of("", data_type), &TextValues::default(), time_zone)
    }

    /// Whether a value, as it is written, stands for no value.
    pub fn is_null(&self, text: &str) -> bool {
        self.null_values.holds(text)
    }

    /// Adds one value. Blanks around anything but text are ignored.
    ///
    /// # Errors
    ///
    /// The text is not a value of the column's type.
    pub fn push(&mut self, text: &str) -> Result<(), Expected> {
        let bare = text.trim_ascii();
        match &mut self.values {
            values @ (Values::Integer(_) | Values::Double(_) | Values::Decimal(..)) => {
                values.push_number(&plain(bare, &self.texts.numbers)?)
            }
            _ => self.push_other(text, bare),
        }
    }

    /// Adds a number that is written with a point and without anything around it, whatever the style of the file's texts.
    /// Numbers become times only by a format that counts since 1970.
    ///
    /// # Errors
    ///
    /// The number is not a value of the column's type.
    pub fn push_number(&mut self, number: &str) -> Result<(), Expected> {
        match &mut self.values {
            values @ (Values::Integer(_) | Values::Double(_) | Values::Decimal(..)) => values.push_number(number),
            _ => self.push_other(number, number),
        }
    }

    fn push_other(&mut self, text: &str, bare: &str) -> Result<(), Expected> {
        match &mut self.values {
            Values::Text(builder) => builder.append_value(text),
            Values::Boolean(builder) => builder.append_value(boolean(bare, &self.texts)?),
            Values::Date(builder) => builder.append_value(days(self.times.date(bare)?)),
            Values::Timestamp(builder) => {
                builder.append_value(self.times.timestamp(bare)?.and_utc().timestamp_micros());
            }
            values @ (Values::Integer(_) | Values::Double(_) | Values::Decimal(..)) => return values.push_number(bare),
            Values::Nested(_) => return Err("an object or a list".into()),
        }
        Ok(())
    }

    /// Adds a time that a file has as one, not as text.
    ///
    /// # Errors
    ///
    /// The column is not of times; or it is of days, and the time is not midnight.
    pub fn push_time(&mut self, time: NaiveDateTime) -> Result<(), Expected> {
        match &mut self.values {
            Values::Date(builder) if time.time() == NaiveTime::MIN => builder.append_value(days(time.date())),
            Values::Date(_) => return Err("a date without a time of day".into()),
            Values::Timestamp(builder) => builder.append_value(time.and_utc().timestamp_micros()),
            Values::Text(builder) if time.time() == NaiveTime::MIN => builder.append_value(time.date().to_string()),
            Values::Text(builder) => builder.append_value(time.format("%Y-%m-%dT%H:%M:%S").to_string()),
            _ => return Err("a number or a text, not a date".into()),
        }
        Ok(())
    }

    /// Adds a truth value that a file has as one, not as text.
    ///
    /// # Errors
    ///
    /// The column is of numbers or times.
    pub fn push_boolean(&mut self, value: bool) -> Result<(), Expected> {
        match &mut self.values {
            Values::Boolean(builder) => builder.append_value(value),
            Values::Text(builder) => builder.append_value(if value { "true" } else { "false" }),
            _ => return Err("a value of its type, not true or false".into()),
        }
        Ok(())
    }

    /// Adds an object or a list, as JSON; whether it is of the column's type is known when the column is finished.
    ///
    /// # Errors
    ///
    /// The column is not of objects or lists.
    pub fn push_nested(&mut self, json: &str) -> Result<(), Expected> {
        match &mut self.values {
            Values::Nested(nested) => nested.push(Some(json)),
            _ => return Err("a single value, not an object or a list".into()),
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
            Values::Nested(nested) => nested.push(None),
        }
    }

    /// The values so far, leaving the column empty, and the rows whose nested values are not of the column's type, with the
    /// reasons; they are missing in the column.
    pub fn finish(&mut self) -> (ArrayRef, Vec<(usize, String)>) {
        let array: ArrayRef = match &mut self.values {
            Values::Nested(nested) => return nested.finish(),
            Values::Text(builder) => Arc::new(builder.finish()),
            Values::Integer(builder) => Arc::new(builder.finish()),
            Values::Double(builder) => Arc::new(builder.finish()),
            Values::Decimal(builder, ..) => Arc::new(builder.finish()),
            Values::Boolean(builder) => Arc::new(builder.finish()),
            Values::Date(builder) => Arc::new(builder.finish()),
            Values::Timestamp(builder) => Arc::new(builder.finish()),
        };
        (array, Vec::new())
    }
}

impl Values {
    /// Adds a number that is written with a point.
    fn push_number(&mut self, number: &str) -> Result<(), Expected> {
        match self {
            Self::Integer(builder) => builder.append_value(integer(number).ok_or("an integer of up to 18 digits")?),
            Self::Double(builder) => builder.append_value(double(number).ok_or("a finite number, with a point")?),
            Self::Decimal(builder, precision, scale) => builder.append_value(decimal(number, *precision, *scale)?),
            _ => return Err("a value of another type than a number".into()),
        }
        Ok(())
    }

    fn of(data_type: DataType) -> Self {
        match data_type {
            DataType::Id | DataType::String => Self::Text(StringViewBuilder::new()),
            DataType::Integer => Self::Integer(Int64Builder::new()),
            DataType::Double => Self::Double(Float64Builder::new()),
            DataType::Decimal(precision, scale) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(data_type.arrow()), precision, scale)
            }
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Date => Self::Date(Date32Builder::new()),
            DataType::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new()),
        }
    }
}

/// A column's value in a message: never a sensitive one.
pub fn shown_value(column: &SourceColumn, text: &str) -> String {
    if column.is_sensitive { "the value".to_owned() } else { format!("`{}`", shortened(text)) }
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
    use crate::plan::source_format::NumberStyle;
    use crate::plan::time_format::TimeFormat;

    fn read(data_type: DataType, format: Option<&str>, text: &str) -> Result<String, Expected> {
        read_in(Tz::UTC, data_type, format, text)
    }

    fn read_in(zone: Tz, data_type: DataType, format: Option<&str>, text: &str) -> Result<String, Expected> {
        let formats = format.iter().map(|written| TimeFormat::parse(written).unwrap()).collect();
        let declared = SourceColumn { formats, ..SourceColumn::of("x", data_type) };
        push_to(ValueColumn::of(&declared, &TextValues::default(), zone), text)
    }

    fn push_to(mut column: ValueColumn, text: &str) -> Result<String, Expected> {
        column.push(text)?;
        let (array, _) = column.finish();
        Ok(arrow::util::display::array_value_to_string(&array, 0).unwrap())
    }

    #[test]
    fn numbers_are_read_strictly() {
        assert_eq!(read(DataType::Integer, None, " -12 ").unwrap(), "-12");
        assert_eq!(read(DataType::Integer, None, "5.0").unwrap(), "5");
        assert_eq!(read(DataType::Integer, None, "1.20E+02").unwrap(), "120");
        for wrong in ["1.5", "1e-1", "1_000", "", "0x1", "9223372036854775808", "１２", ".", "e5", "1e99"] {
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
        assert_eq!(read(money, None, "1.25e2").unwrap(), "125.00");
        assert!(read(money, None, "1.005").unwrap_err().contains("at most 2 digits after the point"));
        assert!(read(money, None, "1000").unwrap_err().contains("at most 3 digits before the point"));
        for wrong in ["", ".", "-", "1,5", "1e-3", "--1", "+-1", "99999999999999999999999999999999999999999"] {
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
        assert_eq!(time("2024-02-29T23:59:58.1234560").unwrap(), "2024-02-29T23:59:58.123456");
        assert!(time("2024-02-29T23:59:58.1234567").unwrap_err().contains("`truncate: true`"));
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
        assert!(read_in(Tz::Europe__Berlin, DataType::Timestamp, None, "2024-06-30T22:30:00 EDT").is_err());
        for utc in ["2024-06-30 22:30:00 UTC", "2024-06-30T22:30:00 GMT", "2024-06-30 18:30:00 America/New_York"] {
            assert_eq!(berlin(utc), "2024-07-01T00:30:00", "{utc}");
        }
        // Set back twice the same hour: the first; set forward over it: there is no such time.
        assert_eq!(berlin("2024-10-27 02:30:00 Europe/Berlin"), "2024-10-27T02:30:00");
        assert!(
            read_in(Tz::UTC, DataType::Timestamp, None, "2024-03-31 02:30:00 Europe/Berlin").is_err(),
            "no such time"
        );
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
    fn digits_of_a_second_beyond_microseconds_are_dropped_only_when_declared() {
        let declared = SourceColumn { truncates: true, ..SourceColumn::of("x", DataType::Timestamp) };
        let column = ValueColumn::of(&declared, &TextValues::default(), Tz::UTC);
        assert_eq!(push_to(column, "2024-02-29T23:59:58.1234567Z").unwrap(), "2024-02-29T23:59:58.123456");
        let nanos = read(DataType::Timestamp, Some("%Y-%m-%d %H:%M:%S%.f"), "2024-02-29 23:59:58.123456789");
        assert!(nanos.unwrap_err().contains("`truncate: true`"));
    }

    #[test]
    fn two_digits_are_a_year_of_the_declared_hundred() {
        let year_from = |first: Option<i32>, text: &str| {
            let mut declared = SourceColumn::of("x", DataType::Date);
            declared.formats = [TimeFormat::parse("%d.%m.%y").unwrap()].into();
            declared.two_digit_years_from = first.unwrap_or(declared.two_digit_years_from);
            push_to(ValueColumn::of(&declared, &TextValues::default(), Tz::UTC), text).unwrap()
        };
        assert_eq!(year_from(None, "01.02.69"), "2069-02-01");
        assert_eq!(year_from(None, "01.02.70"), "1970-02-01");
        for (text, day) in [("31.12.29", "2029-12-31"), ("01.01.30", "1930-01-01"), ("29.02.00", "2000-02-29")] {
            assert_eq!(year_from(Some(1930), text), day);
        }
        assert_eq!(year_from(Some(1926), "01.01.26"), "1926-01-01");
        assert_eq!(year_from(Some(1926), "31.12.25"), "2025-12-31");
    }

    #[test]
    fn counts_since_1970_and_names_of_zones_are_formats() {
        let berlin = |format, text| read_in(Tz::Europe__Berlin, DataType::Timestamp, Some(format), text);
        assert_eq!(berlin("epoch_seconds", "1719786600").unwrap(), "2024-07-01T00:30:00");
        assert_eq!(berlin("epoch_millis", "1719786600123").unwrap(), "2024-07-01T00:30:00.123");
        assert_eq!(berlin("epoch_micros", "-1").unwrap(), "1970-01-01T00:59:59.999999");
        assert_eq!(berlin("epoch_seconds", "1719786600.5").unwrap(), "2024-07-01T00:30:00.500");
        assert!(berlin("epoch_seconds", "soon").is_err());
        let named = "%d.%m.%Y %H:%M %Z";
        assert_eq!(berlin(named, "30.06.2024 22:30 UTC").unwrap(), "2024-07-01T00:30:00");
        assert_eq!(berlin(named, "30.06.2024 22:30 Asia/Tokyo").unwrap(), "2024-06-30T15:30:00");
        assert!(berlin(named, "30.06.2024 22:30 PST").unwrap_err().contains("`PST`"));
        assert!(berlin(named, "30.06.2024 22:30").is_err());
    }

    #[test]
    fn several_formats_are_tried_in_turn() {
        let formats = ["%d.%m.%Y", "%Y%m%d"].map(|written| TimeFormat::parse(written).unwrap()).into();
        let declared = SourceColumn { formats, ..SourceColumn::of("x", DataType::Date) };
        let read = |text| push_to(ValueColumn::of(&declared, &TextValues::default(), Tz::UTC), text);
        assert_eq!(read("30.11.2026").unwrap(), "2026-11-30");
        assert_eq!(read("20261130").unwrap(), "2026-11-30");
        assert_eq!(read("2026-11-30").unwrap_err(), "a date written as `%d.%m.%Y` or `%Y%m%d`");
    }

    #[test]
    fn numbers_are_read_as_the_file_writes_them() {
        let german = TextValues {
            numbers: NumberStyle {
                decimal_separator: ',',
                thousands_separator: Some('.'),
                strip: ["€".to_owned(), "EUR".to_owned(), "%".to_owned()].into(),
                has_parentheses: true,
                has_trailing_minus: true,
            },
            ..TextValues::default()
        };
        let money = SourceColumn::of("x", DataType::Decimal(18, 2));
        let read = |text| push_to(ValueColumn::of(&money, &german, Tz::UTC), text);
        for (text, value) in [
            ("1.234,56 €", "1234.56"),
            ("€ 1.234.567,5", "1234567.50"),
            ("-12,00\u{a0}€", "-12.00"),
            ("-€12", "-12.00"),
            ("12,00-", "-12.00"),
            ("(7,5) EUR", "-7.50"),
            ("1234,5", "1234.50"),
            ("19 %", "19.00"),
        ] {
            assert_eq!(read(text).unwrap(), value, "{text}");
        }
        for wrong in ["1.23,4", "12.34", "1,234.56", "1.2345,6", "--5", "(-5)", "-5-", "€", "5 £", ".123", "1..234"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let swiss = TextValues {
            numbers: NumberStyle { thousands_separator: Some('\''), ..NumberStyle::default() },
            ..TextValues::default()
        };
        assert_eq!(push_to(ValueColumn::of(&money, &swiss, Tz::UTC), "1'234.50").unwrap(), "1234.50");
    }

    #[test]
    fn texts_of_true_and_false_may_be_declared() {
        let german = TextValues {
            true_values: ["ja".to_owned()].into(),
            false_values: ["nein".to_owned()].into(),
            ..TextValues::default()
        };
        let read = |text| push_to(ValueColumn::of(&SourceColumn::of("x", DataType::Boolean), &german, Tz::UTC), text);
        assert_eq!((read("Ja").unwrap(), read("NEIN").unwrap()), ("true".to_owned(), "false".to_owned()));
        assert_eq!(read("true").unwrap_err(), "one of ja, nein");
    }

    #[test]
    fn long_and_strange_values_are_shortened_for_messages() {
        assert_eq!(shortened("a\nb"), "a\\nb");
        assert_eq!(shortened(&"x".repeat(50)).chars().count(), 41);
    }
}
