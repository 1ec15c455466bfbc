//! The rule of a check, and what is so when it is broken, in the words of a language.

use fluent_bundle::FluentValue;

use crate::config::sidecar::Check;
use crate::error::Result;
use crate::render::Messages;

/// The rule in words. An expression has the words that its sidecar gives it.
pub(super) fn in_words(check: &Check, texts: &Messages) -> Result<String> {
    match check {
        Check::Expression(check) => Ok(check.label.text(texts.language).unwrap_or(&check.name).to_owned()),
        _ => texts.sentence(&format!("rule-{}", kind(check)), &values(check, texts)),
    }
}

/// What is so when rows break the rule. For an expression whose sidecar does not say it, that the rule does not hold.
pub(super) fn broken(check: &Check, texts: &Messages) -> Result<String> {
    let Check::Expression(written) = check else {
        return texts.sentence(&format!("found-{}", kind(check)), &values(check, texts));
    };
    match written.found.text(texts.language) {
        Some(found) => Ok(found.to_owned()),
        None => texts.sentence("found-expression", &[("rule", in_words(check, texts)?.into())]),
    }
}

/// The last part of the names of the texts of a rule.
fn kind(check: &Check) -> &'static str {
    match check {
        Check::NotNull(_) => "not-null",
        Check::Unique(_) => "unique",
        Check::AcceptedValues(_) => "one-of",
        Check::Range(check) => match (&check.min, &check.max) {
            (Some(_), Some(_)) => "range",
            (Some(_), None) => "at-least",
            (None, Some(_)) => "at-most",
            (None, None) => "any-range",
        },
        Check::Expression(_) => "expression",
        Check::RowCount(check) => match (check.min, check.max) {
            (Some(_), Some(_)) => "rows",
            (Some(_), None) => "rows-at-least",
            (None, Some(_)) => "rows-at-most",
            (None, None) => "any-rows",
        },
        Check::Relationship(_) => "relationship",
    }
}

/// What the texts of a rule say of it.
fn values<'a>(check: &'a Check, texts: &Messages) -> Vec<(&'static str, FluentValue<'a>)> {
    let list = |parts: &[String]| FluentValue::from(parts.join(texts.language.list_separator()));
    match check {
        Check::NotNull(check) => vec![("columns", list(&check.columns))],
        Check::Unique(check) => vec![("columns", list(&check.columns))],
        Check::AcceptedValues(check) => {
            let values: Vec<String> = check.values.iter().map(ToString::to_string).collect();
            vec![("column", check.column.as_str().into()), ("values", list(&values))]
        }
        Check::Range(check) => {
            let bounds = [("min", &check.min), ("max", &check.max)];
            let bounds =
                bounds.into_iter().filter_map(|(name, bound)| Some((name, bound.as_ref()?.to_string().into())));
            [("column", check.column.as_str().into())].into_iter().chain(bounds).collect()
        }
        Check::Expression(_) => Vec::new(),
        Check::RowCount(check) => {
            let bounds = [("min", check.min), ("max", check.max)];
            bounds.into_iter().filter_map(|(name, bound)| Some((name, bound?.into()))).collect()
        }
        Check::Relationship(check) => {
            let values = [("column", &check.column), ("table", &check.table.value), ("to", &check.to)];
            values.map(|(name, value)| (name, value.as_str().into())).to_vec()
        }
    }
}
