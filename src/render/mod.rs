//! Text for people: messages of a language, numbers and dates, escaping, templates. The report and the form are made of it.

pub(crate) mod markdown;
pub(crate) mod messages;
pub(crate) mod numbers;
pub(crate) mod templates;
pub(crate) mod words;

pub(crate) use messages::Messages;
pub(crate) use templates::Markup;
