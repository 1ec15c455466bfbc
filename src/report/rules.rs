//! The rule of a check in the words of a language.

use crate::config::sidecar::Check;
use crate::error::Result;
use crate::render::Messages;

/// The rule in words. An expression has the words that its sidecar gives it.
pub(super) fn in_words(check: &Check, texts: &Messages) -> Result<String> {
    let list = |parts: &[String]| parts.join(texts.language.list_separator());
    match check {
        Check::NotNull(check) => texts.sentence("rule-not-null", &[("columns", list(&check.columns).into())]),
        Check::Unique(check) => texts.sentence("rule-unique", &[("columns", list(&check.columns).into())]),
        Check::AcceptedValues(check) => {
            let values: Vec<String> = check.values.iter().map(ToString::to_string).collect();
            let column = check.column.as_str();
            texts.sentence("rule-one-of", &[("column", column.into()), ("values", list(&values).into())])
        }
        Check::Range(check) => {
            let mut values = vec![("column", check.column.as_str().into())];
            values.extend(check.min.as_ref().map(|min| ("min", min.to_string().into())));
            values.extend(check.max.as_ref().map(|max| ("max", max.to_string().into())));
            let id = match (&check.min, &check.max) {
                (Some(_), Some(_)) => "rule-range",
                (Some(_), None) => "rule-at-least",
                (None, Some(_)) => "rule-at-most",
                (None, None) => "rule-any-range",
            };
            texts.sentence(id, &values)
        }
        Check::Expression(check) => Ok(check.label.text(texts.language).unwrap_or(&check.name).to_owned()),
        Check::RowCount(check) => {
            let mut values = Vec::new();
            values.extend(check.min.map(|min| ("min", min.into())));
            values.extend(check.max.map(|max| ("max", max.into())));
            let id = match (check.min, check.max) {
                (Some(_), Some(_)) => "rule-rows",
                (Some(_), None) => "rule-rows-at-least",
                (None, Some(_)) => "rule-rows-at-most",
                (None, None) => "rule-any-rows",
            };
            texts.sentence(id, &values)
        }
        Check::Relationship(check) => {
            let values =
                [("column", check.column.as_str()), ("table", check.table.as_str()), ("to", check.to.as_str())];
            texts.sentence("rule-relationship", &values.map(|(name, value)| (name, value.into())))
        }
    }
}
