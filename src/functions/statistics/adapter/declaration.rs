//! What analysts read about a function.

use std::fmt::Write as _;

use datafusion::logical_expr::{DocSection, Documentation};

use super::argument::Argument;
use super::shape::Shape;

/// A function as analysts see it.
#[derive(Debug)]
pub struct Declaration {
    /// The name in SQL.
    pub name: &'static str,
    /// Its arguments, in order; the last ones may be optional.
    pub arguments: &'static [Argument],
    /// What it returns.
    pub result: Shape,
    /// What it computes: formula, units, limits, and when the result is NULL. Sentences.
    pub meaning: &'static str,
    /// A call, as one would write it in a query.
    pub example: &'static str,
    /// Where the formula was published.
    pub source: &'static str,
}

impl Declaration {
    /// The call with the names of its arguments, such as `wilson_low(successes, n [, z])`.
    pub fn signature(&self) -> String {
        let mut text = format!("{}(", self.name);
        for (position, argument) in self.arguments.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            let _ = if argument.is_optional {
                write!(text, " [{comma}{}]", argument.name)
            } else {
                write!(text, "{comma}{}", argument.name)
            };
        }
        text.push(')');
        text
    }

    /// The least and the greatest number of arguments.
    pub(super) fn arity(&self) -> (usize, usize) {
        let required = self.arguments.iter().filter(|argument| !argument.is_optional).count();
        (required, self.arguments.len())
    }

    /// As the engine documents its own functions.
    pub(super) fn documentation(&self) -> Documentation {
        let section = DocSection { include: true, label: "Statistics", description: None };
        let mut builder =
            Documentation::builder(section, self.meaning, self.signature()).with_sql_example(self.example);
        for argument in self.arguments {
            builder = builder.with_argument(argument.name, argument.meaning);
        }
        builder.build()
    }
}
