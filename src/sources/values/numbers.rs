//! Text into numbers and truth values.

use std::borrow::Cow;

use super::Expected;
use crate::plan::source_format::{NumberStyle, TextValues};

/// The largest exponent that is written out.
const LARGEST_EXPONENT: i32 = 60;

/// A number in the style of a file as one with a point and nothing around it.
///
/// # Errors
///
/// The text is not a number in this style. Texts that are no number in any style may pass; they fail later.
pub fn plain<'a>(text: &'a str, style: &NumberStyle) -> Result<Cow<'a, str>, Expected> {
    let is_usual = style.decimal_separator == '.' && style.thousands_separator.is_none();
    if is_usual && style.strip.is_empty() && !style.has_parentheses && !style.has_trailing_minus {
        return Ok(Cow::Borrowed(text));
    }
    let mut is_negative = false;
    let mut rest = text.trim();
    // Signs and texts come in any order: `-€ 5`, `€ -5`, `(5) EUR`.
    loop {
        let before = rest;
        for stripped in style.strip.iter() {
            rest = rest.strip_prefix(stripped.as_str()).unwrap_or(rest);
            rest = rest.strip_suffix(stripped.as_str()).unwrap_or(rest).trim();
        }
        let inner = match () {
            () if is_negative => None,
            () if style.has_parentheses && rest.starts_with('(') => rest[1..].strip_suffix(')'),
            () if style.has_trailing_minus && rest.ends_with('-') => rest.strip_suffix('-'),
            () => rest.strip_prefix(['-', '−']),
        };
        if let Some(inner) = inner {
            is_negative = true;
            rest = inner.trim();
        }
        if rest == before {
            break;
        }
    }
    let expected = || format!("a number such as {}", example(style));
    if rest.starts_with(['-', '+', '−']) && is_negative {
        return Err(expected());
    }
    let (whole, fraction) = match rest.split_once(style.decimal_separator) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (rest, None),
    };
    let whole = match style.thousands_separator {
        Some(separator) => without_groups(whole, separator).ok_or_else(expected)?,
        None => Cow::Borrowed(whole),
    };
    if whole.contains('.') || fraction.is_some_and(|fraction| fraction.contains('.')) {
        return Err(expected());
    }
    let sign = if is_negative { "-" } else { "" };
    Ok(Cow::Owned(match fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    }))
}

/// The digits of a whole number without the separators of its groups, each of three digits but the first.
fn without_groups(whole: &str, separator: char) -> Option<Cow<'_, str>> {
    let is_separator = |found: char| found == separator || (separator == ' ' && matches!(found, '\u{a0}' | '\u{202f}'));
    if !whole.contains(is_separator) {
        return Some(Cow::Borrowed(whole));
    }
    let mut groups = whole.split(is_separator);
    let first = groups.next()?.trim_start_matches('+');
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=3).contains(&first.len()) || !is_digits(first) {
        return None;
    }
    groups.all(|group| group.len() == 3 && is_digits(group)).then(|| whole.replace(is_separator, "").into())
}

fn example(style: &NumberStyle) -> String {
    let thousands = style.thousands_separator.map(String::from).unwrap_or_default();
    format!("1{thousands}234{}5", style.decimal_separator)
}

/// A whole number, also when written as `5.0` or `1.2e3`.
pub fn integer(text: &str) -> Option<i64> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let written_out = without_exponent(text)?;
    let (whole, fraction) = written_out.split_once('.').unwrap_or((&written_out, ""));
    let is_whole = fraction.bytes().all(|digit| digit == b'0');
    whole.parse().ok().filter(|_| is_whole)
}

pub fn double(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|value: &f64| is_number && value.is_finite())
}

/// A number without its exponent, all its digits kept: `1.25e1` is `12.5`.
fn without_exponent(text: &str) -> Option<Cow<'_, str>> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return Some(Cow::Borrowed(text)) };
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= LARGEST_EXPONENT)?;
    let (sign, digits) = match mantissa.strip_prefix(['-', '+']) {
        Some(digits) => (&mantissa[..1], digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let written_out = match usize::try_from(point) {
        Ok(0) => format!("{sign}0.{all}"),
        Ok(point) if point >= all.len() => format!("{sign}{all}{}", "0".repeat(point - all.len())),
        Ok(point) => format!("{sign}{}.{}", &all[..point], &all[point..]),
        Err(_) => format!("{sign}0.{}{all}", "0".repeat(usize::try_from(-point).ok()?)),
    };
    Some(Cow::Owned(written_out))
}

/// The unscaled value of a decimal. Zeros beyond the scale lose nothing and are allowed.
pub fn decimal(text: &str, precision: u8, scale: i8) -> Result<i128, Expected> {
    let expected = || format!("a decimal({precision},{scale}): digits, with a point");
    let text = without_exponent(text).ok_or_else(expected)?;
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, &*text),
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
    let digits = || whole.bytes().chain(fraction.bytes()).chain(padding.clone());
    // Up to 18 digits fit into 64 bits, where arithmetic is several times as fast.
    let is_short = whole.len() + places <= 18;
    let short = digits().take_while(|_| is_short).fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    let mut value = i128::from(short);
    for digit in digits().skip_while(|_| is_short) {
        value =
            value.checked_mul(10).and_then(|value| value.checked_add(i128::from(digit - b'0'))).ok_or_else(expected)?;
    }
    if value >= 10_i128.checked_pow(u32::from(precision)).unwrap_or(i128::MAX) {
        let whole_digits = i16::from(precision) - i16::from(scale);
        return Err(format!("a decimal({precision},{scale}): at most {whole_digits} digits before the point"));
    }
    Ok(if negative { -value } else { value })
}

/// A truth value.
///
/// # Errors
///
/// The text is none of those of true and false.
pub fn boolean(text: &str, texts: &TextValues) -> Result<bool, Expected> {
    if texts.true_values.is_empty() {
        let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        return match () {
            () if is(&["true", "t", "yes", "1"]) => Ok(true),
            () if is(&["false", "f", "no", "0"]) => Ok(false),
            () => Err("one of true, false, t, f, yes, no, 1, 0".into()),
        };
    }
    let lower = text.to_lowercase();
    match () {
        () if texts.true_values.contains(&lower) => Ok(true),
        () if texts.false_values.contains(&lower) => Ok(false),
        () => {
            let known: Vec<&str> =
                texts.true_values.iter().chain(texts.false_values.iter()).map(String::as_str).collect();
            Err(format!("one of {}", known.join(", ")))
        }
    }
}
