//! Text into numbers and truth values.

use super::Expected;

pub fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

pub fn double(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|value: &f64| is_number && value.is_finite())
}

/// The unscaled value of a decimal. Zeros beyond the scale lose nothing and are allowed.
pub fn decimal(text: &str, precision: u8, scale: i8) -> Result<i128, Expected> {
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

pub fn boolean(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["true", "t", "yes", "1"]) {
        return Some(true);
    }
    is(&["false", "f", "no", "0"]).then_some(false)
}
