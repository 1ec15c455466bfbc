//! The template engine, with the filters that turn numbers into text.
//!
//! The function `t` gives a message: `t("title")`, `t("page-title", pipeline=..., date=...)`. `has_text` says whether there is
//! one, for messages that are named after a key of the data.

use std::sync::Arc;

use chrono::NaiveDate;
use fluent_bundle::FluentValue;
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use super::numbers::NumberStyle;
use super::{Messages, markdown};
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

/// Adds the messages of a language, and the filters that turn numbers into its text.
pub(crate) fn add_language(environment: &mut Environment<'_>, messages: &Arc<Messages>) {
    let style = Arc::new(messages.numbers);
    environment.add_global("language", messages.language.code());
    environment.add_global("list_separator", messages.language.list_separator());
    environment.add_global("unknown", style.unknown);
    let m = Arc::clone(messages);
    environment.add_function("t", move |id: &str, values: Kwargs| message(&m, id, &values));
    let m = Arc::clone(messages);
    environment.add_function("has_text", move |id: &str| m.has(id));

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
    value.map_or_else(|| style.unknown.to_owned(), format)
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
        return Ok(style.unknown.to_owned());
    }
    Ok(match shown_or_below(value)? {
        (Some(number), _) => style.count(number),
        (None, limit) => style.count_below(limit),
    })
}

fn shown_or_below(value: &Value) -> Result<(Option<u64>, Option<u64>), minijinja::Error> {
    let part = |name: &str| value.get_attr(name).map(|part| part.as_usize().map(|number| number as u64));
    Ok((part("shown")?, part("below")?))
}

fn message(messages: &Messages, id: &str, values: &Kwargs) -> Result<String, minijinja::Error> {
    let mut arguments = Vec::new();
    for name in values.args() {
        arguments.push((name, argument(&messages.numbers, &values.get::<Value>(name)?, name)?));
    }
    messages
        .sentence(id, &arguments)
        .map_err(|cause| minijinja::Error::new(ErrorKind::InvalidOperation, cause.to_string()))
}

/// What fills a variable of a message: a text, a number, or a count that may be too small to be shown.
fn argument(style: &NumberStyle, value: &Value, name: &str) -> Result<FluentValue<'static>, minijinja::Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned().into());
    }
    if let (true, Some(number)) = (value.is_number(), number(value)) {
        return Ok(number.into());
    }
    if value.is_none() || value.is_undefined() {
        let reason = format!("nothing is given for `{name}`");
        return Err(minijinja::Error::new(ErrorKind::InvalidOperation, reason));
    }
    Ok(match shown_or_below(value)? {
        (Some(number), _) => number.into(),
        (None, limit) => style.count_below(limit).into(),
    })
}

fn date(style: &NumberStyle, text: &str) -> Result<String, minijinja::Error> {
    let date: NaiveDate = text
        .parse()
        .map_err(|_| minijinja::Error::new(ErrorKind::InvalidOperation, format!("`{text}` is not a date")))?;
    Ok(style.date(date))
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

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;
    use crate::config::language::Language;

    const TEXT: &str = "left = { $count ->\n    [one] { $count } <b>customer\n   *[other] { $count } customers\n}\n";

    fn english() -> Environment<'static> {
        let mut environment = environment(Markup::Html);
        let messages = Messages::parse(Language::English, "en.ftl", TEXT).unwrap();
        add_language(&mut environment, &Arc::new(messages));
        environment
    }

    #[test]
    fn an_unknown_number_is_a_dash() {
        let value = Value::from(());
        let rendered = english().render_str("{{ value|percent }} {{ value|count }} {{ unknown }}", context! { value });
        assert_eq!(rendered.unwrap(), "– – –");
    }

    #[test]
    fn a_message_is_filled_with_numbers_and_counts_and_is_escaped() {
        let left = |count: Value| english().render_str("{{ t('left', count=count) }}", context! { count }).unwrap();
        assert_eq!(left(1.into()), "1 &lt;b&gt;customer");
        assert_eq!(left(context! { shown => 1234, below => () }), "1,234 customers");
        assert_eq!(left(context! { shown => (), below => 5 }), "&lt;5 customers");
        assert_eq!(left(context! { shown => (), below => () }), "– customers");
    }

    #[test]
    fn a_message_that_is_not_there_or_not_filled_is_an_error() {
        let none = Value::from(());
        for template in ["{{ t('right') }}", "{{ t('left') }}", "{{ t('left', n=1) }}", "{{ t('left', count=none) }}"] {
            assert!(english().render_str(template, context! { none }).is_err(), "{template}");
        }
        assert_eq!(english().render_str("{{ has_text('left') }} {{ has_text('right') }}", ()).unwrap(), "True False");
    }
}
