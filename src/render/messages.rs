//! The messages of a language: one file in the syntax of [Fluent](https://projectfluent.org).
//!
//! A number that a message prints is written as the language writes numbers, and chooses between plural forms.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::numbers::NumberStyle;
use super::templates::broken;
use crate::config::language::Language;
use crate::error::Result;

/// All messages of one language.
pub(crate) struct Messages {
    file: &'static str,
    bundle: FluentBundle<FluentResource>,
    /// The language.
    pub(crate) language: Language,
    /// How it writes numbers and dates.
    pub(crate) numbers: NumberStyle,
}

impl Messages {
    /// The messages of `text`, the content of `file`.
    ///
    /// # Errors
    /// `Error::Execution` when the text is no such file, which is a defect of the program.
    pub(crate) fn parse(language: Language, file: &'static str, text: &str) -> Result<Self> {
        let resource =
            FluentResource::try_new(text.to_owned()).map_err(|(_, causes)| broken(file, &all_of(&causes)))?;
        let tag = language.code().parse().map_err(|cause| broken(file, &cause))?;
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Marks of direction are for languages that are written from right to left.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match language {
            Language::English => |value, _| number(value, Language::English),
            Language::Chinese => |value, _| number(value, Language::Chinese),
        }));
        bundle.add_resource(resource).map_err(|causes| broken(file, &all_of(&causes)))?;
        Ok(Self { file, bundle, language, numbers: NumberStyle::of(language) })
    }

    /// Whether there is a message `id`.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// The message `id`, or its attribute, as in `segment-former.says`.
    ///
    /// # Errors
    /// `Error::Execution` when there is none, or it has variables.
    pub(crate) fn text(&self, id: &str) -> Result<String> {
        self.sentence(id, &[])
    }

    /// The message `id` with its variables filled in.
    ///
    /// # Errors
    /// `Error::Execution` when there is none, or a variable is not given.
    pub(crate) fn sentence(&self, id: &str, values: &[(&str, FluentValue<'_>)]) -> Result<String> {
        let failed = |reason: String| broken(self.file, &format!("message `{id}`: {reason}"));
        let (message, attribute) = id.split_once('.').map_or((id, None), |(message, name)| (message, Some(name)));
        let found = self.bundle.get_message(message).and_then(|message| match attribute {
            Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
            None => message.value(),
        });
        let pattern = found.ok_or_else(|| failed("there is none".to_owned()))?;
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            arguments.set(*name, value.clone());
        }
        let mut problems = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&arguments), &mut problems);
        if !problems.is_empty() {
            return Err(failed(all_of(&problems)));
        }
        // A long message is written on several lines.
        Ok(text.replace('\n', " "))
    }
}

/// A number as a language writes it; nothing for a value of another kind, which is printed as it is.
fn number(value: &FluentValue<'_>, language: Language) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let written = number.value.to_string();
    let decimals = written.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    Some(NumberStyle::of(language).number(number.value, decimals))
}

fn all_of(causes: &[impl std::fmt::Display]) -> String {
    causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "customers = { $count ->\n    [one] { $count } customer\n   *[other] { $count } customers\n}\n\
                        long =\n    one\n    two\n    .short = 1\n";

    fn english() -> Messages {
        Messages::parse(Language::English, "en.ftl", TEXT).unwrap()
    }

    #[test]
    fn a_count_chooses_the_plural_form_and_has_separators() {
        let customers = |count: FluentValue<'_>| english().sentence("customers", &[("count", count)]).unwrap();
        assert_eq!(customers(1.into()), "1 customer");
        assert_eq!(customers(0.into()), "0 customers");
        assert_eq!(customers(1234.into()), "1,234 customers");
        assert_eq!(customers("<5".into()), "<5 customers");
    }

    #[test]
    fn a_message_is_one_line_and_has_attributes() {
        assert_eq!(english().text("long").unwrap(), "one two");
        assert_eq!(english().text("long.short").unwrap(), "1");
    }

    #[test]
    fn a_missing_message_or_variable_is_an_error() {
        for (id, reason) in [("short", "there is none"), ("long.much", "there is none"), ("customers", "$count")] {
            let message = english().text(id).unwrap_err().to_string();
            assert!(message.contains(&format!("message `{id}`")) && message.contains(reason), "{message}");
        }
    }

    #[test]
    fn a_file_with_a_mistake_is_refused() {
        assert!(Messages::parse(Language::English, "en.ftl", "title\n").is_err());
        assert!(Messages::parse(Language::English, "en.ftl", "title = a\ntitle = b\n").is_err());
    }
}
