//! Random texts through the value parsers.

use proptest::prelude::*;

use super::*;
use crate::plan::source_format::NumberStyle;
use crate::plan::time_format::TimeFormat;

fn read(column: &SourceColumn, texts: &TextValues, text: &str) -> Result<String, Expected> {
    let mut values = ValueColumn::of(column, texts, Tz::Europe__Berlin);
    values.push(text)?;
    Ok(arrow::util::display::array_value_to_string(&values.finish().0, 0).unwrap())
}

fn german() -> TextValues {
    TextValues {
        numbers: NumberStyle {
            decimal_separator: ',',
            thousands_separator: Some('.'),
            strip: ["€".to_owned()].into(),
            has_parentheses: true,
            has_trailing_minus: true,
        },
        ..TextValues::default()
    }
}

/// An amount with its digits in groups of three, written without the code under test.
fn grouped(cents: i64) -> String {
    let digits = (cents.unsigned_abs() / 100).to_string();
    let mut whole = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            whole.push('.');
        }
        whole.push(digit);
    }
    format!("{whole},{:02}", cents.unsigned_abs() % 100)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn amounts_are_read_to_the_cent_however_they_are_written(cents in -99_999_999_999_i64..99_999_999_999) {
        let money = SourceColumn::of("x", DataType::Decimal(18, 2));
        let sign = if cents < 0 { "-" } else { "" };
        let expected = format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
        prop_assert_eq!(&read(&money, &TextValues::default(), &expected).unwrap(), &expected);
        let text = grouped(cents);
        let written = match cents < 0 {
            true => [format!("-{text} €"), format!("{text}-"), format!("({text}) €"), format!("€ -{text}")],
            false => [text.clone(), format!("{text} €"), format!("€{text}"), format!("+{text}")],
        };
        for text in written {
            prop_assert_eq!(&read(&money, &german(), &text).unwrap(), &expected, "{}", text);
        }
    }

    #[test]
    fn whole_numbers_survive_points_and_exponents(number in any::<i32>(), zeros in 0..4_usize) {
        let integer = SourceColumn::of("x", DataType::Integer);
        let written = [
            number.to_string(),
            format!("{number}.{}", "0".repeat(zeros)),
            format!("{number}{}e-{zeros}", "0".repeat(zeros)),
            format!("{number}E0"),
        ];
        for text in written.iter().filter(|text| !text.ends_with('.')) {
            prop_assert_eq!(&read(&integer, &TextValues::default(), text).unwrap(), &number.to_string(), "{}", text);
        }
    }

    #[test]
    fn moments_are_the_same_however_they_are_written(seconds in -2_208_988_800_i64..7_258_118_400) {
        let moment = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let iso = SourceColumn::of("x", DataType::Timestamp);
        let local = moment.with_timezone(&Tz::Europe__Berlin).naive_local().format("%Y-%m-%dT%H:%M:%S").to_string();
        let utc = moment.format("%Y-%m-%d %H:%M:%S").to_string();
        for zone in ["Z", " UTC", "+00:00", " Etc/GMT"] {
            prop_assert_eq!(&read(&iso, &TextValues::default(), &format!("{utc}{zone}")).unwrap(), &local);
        }
        for (format, text) in [("epoch_seconds", seconds.to_string()), ("%d.%m.%Y %T %Z", moment.format("%d.%m.%Y %T UTC").to_string())] {
            let declared = SourceColumn { formats: [TimeFormat::parse(format).unwrap()].into(), ..iso.clone() };
            prop_assert_eq!(&read(&declared, &TextValues::default(), &text).unwrap(), &local, "{}", format);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic_and_what_is_read_is_of_the_type(text in "\\PC{0,12}|[-+0-9.,eE:TZ ()€]{0,20}") {
        for kind in [DataType::Integer, DataType::Double, DataType::Decimal(9, 2), DataType::Boolean, DataType::Date, DataType::Timestamp] {
            for texts in [TextValues::default(), german()] {
                if let Ok(value) = read(&SourceColumn::of("x", kind), &texts, &text) {
                    prop_assert!(!value.is_empty(), "{text}");
                    // What is read is read again from the text that it makes.
                    prop_assert_eq!(&read(&SourceColumn::of("x", kind), &TextValues::default(), &value).unwrap(), &value);
                }
            }
        }
    }
}
