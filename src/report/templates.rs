//! The template engine: one environment a format, with the filters that turn the report's numbers into text.
//!
//! In templates, `report` is the [`LoyaltyReport`], `view` the [`View`] and `w` the wording. A sentence of the wording with `{gaps}` is filled
//! by the filter `fill`; whatever is printed is escaped for the format at hand.

use std::sync::Arc;

use chrono::NaiveDate;
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, context};

use super::format::NumberStyle;
use super::model::LoyaltyReport;
use super::view::View;
use super::wording::{self, Wording};
use crate::error::{Error, Problem, Result};

/// An environment with all filters and no template yet.
pub(super) fn environment(wording: &Wording) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let style = Arc::new(wording.numbers.clone());

    add(&mut environment, "percent", &style, |style, value| style.percent(value));
    add(&mut environment, "points", &style, |style, value| style.change(value, "share"));
    add(&mut environment, "score", &style, |style, value| style.score(value));
    add(&mut environment, "score_change", &style, |style, value| style.change(value, "nps"));
    add(&mut environment, "margin", &style, |style, value| style.number(value * 100.0, 1));
    add(&mut environment, "whole", &style, |style, value| style.number(value, 0));
    add(&mut environment, "tenths", &style, |style, value| style.number(value, 1));
    // Lengths of bars are for machines: a point whatever the language, nothing when unknown.
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
    environment
}

/// Renders one template of the environment.
pub(super) fn render(
    environment: &Environment<'_>,
    template: &str,
    report: &LoyaltyReport,
    wording: &Wording,
) -> Result<String> {
    let view = View::new(report, wording)?;
    environment
        .get_template(template)
        .and_then(|template| template.render(context! { report, view, w => Value::from_serialize(&wording.words) }))
        .map_err(|cause| broken(template, &cause))
}

/// A template or wording of ours that does not fit.
pub(super) fn broken(template: &str, cause: &dyn std::fmt::Display) -> Error {
    let problem = Problem::new(format!("cannot render the report `loyalty` with `{template}`: {cause}"));
    Error::execution(
        problem.hint("this is a defect of staunch; leave the report out of the pipeline to go on without it"),
    )
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

/// A plain number of things, or a [`super::Count`], which may be too small to be shown.
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
pub(super) fn first_upper(text: &str) -> String {
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
    wording::fill(sentence, |gap| values.get::<Value>(gap).ok().map(|value| value.to_string()))
        .map_err(|reason| minijinja::Error::new(ErrorKind::InvalidOperation, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str, value: Value) -> String {
        environment(&Wording::english().unwrap()).render_str(template, context! { value }).unwrap()
    }

    #[test]
    fn an_unknown_number_is_a_dash() {
        assert_eq!(rendered("{{ value|percent }} {{ value|count }}", Value::from(())), "– –");
    }

    #[test]
    fn a_gap_that_is_not_filled_is_an_error() {
        assert!(environment(&Wording::english().unwrap()).render_str("{{ '{x}'|fill(y=1) }}", ()).is_err());
    }
}
