//! Text for people: words of a language, numbers and dates, escaping, templates. The report and the form are made of it.

pub(crate) mod markdown;
pub(crate) mod numbers;
pub(crate) mod templates;
pub(crate) mod words;

mod language;

pub use language::Language;
pub(crate) use templates::Markup;
pub(crate) use words::Wording;
