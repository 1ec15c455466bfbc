//! The template engine, with the filters that turn numbers into text.
//!
//! A sentence of the words with `{gaps}` is filled by the filter `fill`.

use std::sync::Arc;

use chrono::NaiveDate;
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use super::markdown;
use super::numbers::NumberStyle;
use super::words::{self, Wording};
use crate::error::{Error, Problem, Result};

/// What a template writes, which decides on how values are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Markup {
    /// HTML.
    Html,
    /// Markdown.
    Markdown,
}

/// An environment with no template yet. Whatever a template prints is escaped.
pub(crate) fn environment(markup: Markup) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    match markup {
        Markup::Html => environment.set_auto_escape_callback(|_| AutoEscape::Html),
        Markup::Markdown => {
            environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown"));
            environment.set_formatter(markdown::write_escaped);
        }
    }
    environment
}

/// Adds the filters that turn numbers into text of a language, and that fill the gaps of its sentences.
pub(crate) fn add_filters(environment: &mut Environment<'_>, wording: &Wording) {
    let style = Arc::new(wording.numbers.clone());

    add(environment, "percent", &style, |style, value| style.percent(value));
    add(environment, "points", &style, |style, value| style.change(value, "share"));
    add(environment, "score", &style, |style, value| style.score(value));
    add(environment, "score_change", &style, |style, value| style.change(value, "nps"));
    add(environment, "margin", &style, |style, value| style.number(value * 100.0, 1));
    add(environment, "whole", &style, |style, value| style.number(value, 0));
    add(environment, "tenths", &style, |style, value| style.number(value, 1));
    // The length of a bar is CSS: a decimal point in every language, and no length when unknown.
    environment.add_filter("css_percent", |value: Value| {
        let share = number(&value).unwrap_or(0.0).clamp(0.0, 1.0);
        Value::from_safe_string(format!("{:.2}%", share * 100.0))
    });

    let s = Arc::clone(&style);
    environment
        .add_filter("value", move |value: Value, unit: &str| or_unknown(&s, number(&value), |v| s.value(v, unit)));
    let s = Arc::clone(&style);
    environment
        .add_filter("change", move |value: Value, unit: &str| or_unknown(&s, number(&value), |v| s.change(v, unit)));
    let s = Arc::clone(&style);
    environment.add_filter("amount", move |value: Value, decimals: usize| {
        or_unknown(&s, number(&value), |value| s.number(value, decimals))
    });
    let s = Arc::clone(&style);
    environment.add_filter("count", move |value: Value| count(&s, &value));
    let s = Arc::clone(&style);
    environment.add_filter("date", move |text: &str| date(&s, text));
    environment.add_filter("bytes", |bytes: u64| bytesize::ByteSize(bytes).display().iec().to_string());
    environment.add_filter("fill", fill);
    environment.add_filter("first_upper", first_upper);
    environment.add_filter("anchor", anchor);
    environment.add_filter("words", |key: &str| key.replace('_', " "));
}

/// Renders the first of these templates, each a name and its text; it may include the others.
///
/// # Errors
/// `Error::Execution` when a template of ours does not fit, which is a defect of the program.
pub(crate) fn render(
    mut environment: Environment<'_>,
    files: &[(&'static str, &'static str)],
    values: Value,
) -> Result<String> {
    for (name, text) in files {
        environment.add_template(name, text).map_err(|cause| broken(name, &cause))?;
    }
    let first = files.first().map(|(name, _)| *name).unwrap_or_default();
    let rendered = environment.get_template(first).and_then(|template| template.render(values));
    rendered.map_err(|cause| broken(first, &cause))
}

/// A template or words of ours that do not fit.
pub(crate) fn broken(file: &str, cause: &dyn std::fmt::Display) -> Error {
    let problem = Problem::new(format!("cannot render `{file}`: {cause}"));
    Error::execution(problem.hint("this is a defect of staunch; until it is mended, leave the report or form out"))
}

/// Adds a filter that formats a number and says when it is unknown.
fn add(
    environment: &mut Environment<'_>,
    name: &'static str,
    style: &Arc<NumberStyle>,
    format: fn(&NumberStyle, f64) -> String,
) {
    let style = Arc::clone(style);
    environment.add_filter(name, move |value: Value| or_unknown(&style, number(&value), |value| format(&style, value)));
}

fn or_unknown(style: &NumberStyle, value: Option<f64>, format: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| style.unknown.clone(), format)
}

fn number(value: &Value) -> Option<f64> {
    f64::try_from(value.clone()).ok()
}

/// A plain count, or one with `shown` and `below`, which may be too small to be shown.
fn count(style: &NumberStyle, value: &Value) -> Result<String, minijinja::Error> {
    if let Some(number) = value.as_usize() {
        return Ok(style.count(number as u64));
    }
    if value.is_none() {
        return Ok(style.unknown.clone());
    }
    let part = |name: &str| value.get_attr(name).map(|part| part.as_usize().map(|number| number as u64));
    Ok(match (part("shown")?, part("below")?) {
        (Some(number), _) => style.count(number),
        (None, Some(limit)) => format!("<{}", style.count(limit)),
        (None, None) => style.unknown.clone(),
    })
}

fn date(style: &NumberStyle, text: &str) -> Result<String, minijinja::Error> {
    let date: NaiveDate = text
        .parse()
        .map_err(|_| minijinja::Error::new(ErrorKind::InvalidOperation, format!("`{text}` is not a date")))?;
    Ok(date.format(&style.date).to_string())
}

/// The text with a capital at its beginning.
pub(crate) fn first_upper(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The anchor that Markdown viewers give to a heading.
fn anchor(heading: &str) -> Value {
    let letters = heading.to_lowercase();
    let kept = letters.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    Value::from_safe_string(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
}

fn fill(sentence: &str, values: Kwargs) -> Result<String, minijinja::Error> {
    words::fill(sentence, |gap| values.get::<Value>(gap).ok().map(|value| value.to_string()))
        .map_err(|reason| minijinja::Error::new(ErrorKind::InvalidOperation, reason))
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    const WORDS: &str = "numbers: {thousands: ',', decimal: '.', percent: '%', points: ' pp', unknown: '–',
        date: '%-d %B %Y', short_date: '%-d %b %Y', month: '%b %Y', time: '%H:%M'}";

    fn english() -> Environment<'static> {
        let mut environment = environment(Markup::Html);
        add_filters(&mut environment, &Wording::parse("words.yml", WORDS).unwrap());
        environment
    }

    #[test]
    fn an_unknown_number_is_a_dash() {
        let value = Value::from(());
        assert_eq!(english().render_str("{{ value|percent }} {{ value|count }}", context! { value }).unwrap(), "– –");
    }

    #[test]
    fn a_gap_that_is_not_filled_is_an_error() {
        assert!(english().render_str("{{ '{x}'|fill(y=1) }}", ()).is_err());
    }
}
