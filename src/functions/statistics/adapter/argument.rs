//! Arguments: how they are declared, and the types that the engine converts them to.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, plan_err};

use super::declaration::Declaration;

/// One argument of a function.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name, for people: SQL passes arguments by position.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Whether it may be left out; only the last arguments may.
    pub is_optional: bool,
    /// What it means, with its unit.
    pub meaning: &'static str,
}

impl Argument {
    /// An argument that must be given.
    pub const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Self { name, kind, is_optional: false, meaning }
    }

    /// An argument that may be left out.
    pub const fn optional(name: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Self { name, kind, is_optional: true, meaning }
    }
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number in each row; true is 1, false 0.
    Number,
    /// A list of numbers in each row, of the same length in all rows.
    Numbers,
    /// A text in each row.
    Text,
    /// A number that is the same in all rows.
    NumberSetting,
    /// A text that is the same in all rows.
    TextSetting,
    /// A list of texts that is the same in all rows.
    TextsSetting,
    /// A struct of which these fields are read; only of scalar functions, which get one cell for each field.
    Record(&'static [(&'static str, Kind)]),
}

impl Kind {
    /// Whether the value is the same in all rows.
    pub(super) fn is_setting(self) -> bool {
        matches!(self, Self::NumberSetting | Self::TextSetting | Self::TextsSetting)
    }

    /// The type that the engine converts an argument of the type `given` to.
    pub(super) fn arrow(self, given: &DataType) -> DataType {
        match self {
            Self::Number | Self::NumberSetting => DataType::Float64,
            Self::Text | Self::TextSetting => DataType::Utf8,
            Self::Numbers => list(DataType::Float64),
            Self::TextsSetting => list(DataType::Utf8),
            Self::Record(_) => given.clone(),
        }
    }

    fn accepts(self, given: &DataType) -> bool {
        let is_text = |found: &DataType| {
            matches!(found, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Null)
        };
        let element = |found: &DataType| match found {
            DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
                Some(field.data_type().clone())
            }
            DataType::Null => Some(DataType::Null),
            _ => None,
        };
        let is_number = |found: &DataType| found.is_numeric() || matches!(found, DataType::Boolean | DataType::Null);
        match self {
            Self::Number | Self::NumberSetting => is_number(given),
            Self::Text | Self::TextSetting => is_text(given),
            Self::Numbers => element(given).is_some_and(|element| is_number(&element)),
            Self::TextsSetting => element(given).is_some_and(|element| is_text(&element)),
            Self::Record(fields) => match given {
                DataType::Struct(given) => fields
                    .iter()
                    .all(|(name, kind)| given.find(name).is_some_and(|(_, field)| kind.accepts(field.data_type()))),
                _ => false,
            },
        }
    }

    fn described(self) -> String {
        match self {
            Self::Number | Self::NumberSetting => "a number".to_owned(),
            Self::Text | Self::TextSetting => "a text".to_owned(),
            Self::Numbers => "a list of numbers".to_owned(),
            Self::TextsSetting => "a list of texts".to_owned(),
            Self::Record(fields) => {
                let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
                format!("a struct with the fields {}", names.join(", "))
            }
        }
    }
}

fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

/// The types that the engine converts the arguments of a call to.
///
/// # Errors
/// Too few or too many arguments, or one of another kind; the message shows the signature.
pub(super) fn coerced(declaration: &Declaration, given: &[DataType]) -> Result<Vec<DataType>> {
    let (least, most) = declaration.arity();
    if !(least..=most).contains(&given.len()) {
        let expected = if least == most { most.to_string() } else { format!("{least} to {most}") };
        return plan_err!(
            "`{}` takes {expected} arguments, not {}: `{}`",
            declaration.name,
            given.len(),
            declaration.signature()
        );
    }
    for (argument, given) in declaration.arguments.iter().zip(given) {
        if !argument.kind.accepts(given) {
            return plan_err!(
                "the argument `{}` of `{}` must be {}, not {given}",
                argument.name,
                declaration.signature(),
                argument.kind.described()
            );
        }
    }
    Ok(declaration.arguments.iter().zip(given).map(|(argument, given)| argument.kind.arrow(given)).collect())
}
