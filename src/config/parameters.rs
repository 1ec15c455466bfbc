//! Parameters: their definitions, and the values that a run gives them.

use chrono::{Days, NaiveDate};

use super::scalar::Scalar;
use super::schema::{ParameterDefinition, ParameterType};

/// Digits after the point that a decimal parameter keeps.
pub const DECIMAL_SCALE: usize = 6;

/// A parameter with the value it has in this run.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Name, written `$name` in SQL.
    pub name: String,
    /// What it decides.
    pub description: String,
    /// Its value; `None` if it has none, which is an error only if a query uses it.
    pub value: Option<ParameterValue>,
    /// Whether the given value is invalid, which has been reported already.
    pub is_wrong: bool,
    /// Where its value comes from.
    pub origin: Origin,
}

impl Parameter {
    /// Whether the pipeline or the command line gives it, and not a shared default.
    pub fn is_given(&self) -> bool {
        self.origin != Origin::SharedDefault
    }
}

/// Where the value of a parameter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--var` or `--as-of-date`, or their environment variables.
    CommandLine,
    /// `set` in the pipeline file, on this line.
    Set {
        /// Line of the value, from 1.
        line: usize,
    },
    /// The default of a parameter that the pipeline itself defines.
    OwnDefault,
    /// The default in a file of shared parameters.
    SharedDefault,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CommandLine => f.write_str("from the command line"),
            Self::Set { line } => write!(f, "from `set` in line {line} of the pipeline"),
            Self::OwnDefault => f.write_str("the default in the pipeline"),
            Self::SharedDefault => f.write_str("the default"),
        }
    }
}

/// A typed value.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    /// A calendar date.
    Date(NaiveDate),
    /// A 64-bit integer.
    Integer(i64),
    /// An exact decimal as text, with at most [`DECIMAL_SCALE`] digits after the point.
    Decimal(String),
    /// Text.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// A list of texts.
    Texts(Vec<String>),
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal(text) | Self::Text(text) => f.write_str(text),
            Self::Boolean(flag) => write!(f, "{flag}"),
            Self::Texts(texts) => f.write_str(&texts.join(", ")),
        }
    }
}

/// The value of a numeric parameter.
pub fn number(parameter: &Parameter) -> Option<f64> {
    match parameter.value.as_ref()? {
        ParameterValue::Integer(number) => Some(*number as f64),
        ParameterValue::Decimal(text) => text.parse().ok(),
        _ => None,
    }
}

/// Converts what was written to the defined type, and checks the limits of the definition.
///
/// # Errors
/// What is wrong with the value, without its name.
pub fn typed(definition: &ParameterDefinition, written: &Scalar, today: NaiveDate) -> Result<ParameterValue, String> {
    let value = of_type(definition.parameter_type, written, today)?;
    if !definition.values.is_empty() {
        let allowed: Vec<ParameterValue> = definition
            .values
            .iter()
            .map(|value| of_type(definition.parameter_type, value, today))
            .collect::<Result<_, _>>()?;
        if !allowed.contains(&value) {
            let listed: Vec<String> = allowed.iter().map(|value| format!("`{value}`")).collect();
            return Err(format!("`{value}` is not one of {}", listed.join(", ")));
        }
    }
    for (bound, is_min) in [(&definition.min, true), (&definition.max, false)] {
        let Some(bound) = bound else { continue };
        let limit = of_type(definition.parameter_type, bound, today)?;
        let outside = if is_min { less(&value, &limit) } else { less(&limit, &value) };
        if outside {
            let word = if is_min { "below the smallest" } else { "above the largest" };
            return Err(format!("`{value}` is {word} allowed value `{limit}`"));
        }
    }
    Ok(value)
}

/// Reads a value typed on the command line, where a list is separated by commas.
pub fn scalar_from_text(parameter_type: ParameterType, text: &str) -> Scalar {
    match parameter_type {
        ParameterType::Strings if text.is_empty() => Scalar::List(Vec::new()),
        ParameterType::Strings => Scalar::List(text.split(',').map(|one| Scalar::Text(one.trim().into())).collect()),
        _ => Scalar::Text(text.into()),
    }
}

fn of_type(parameter_type: ParameterType, written: &Scalar, today: NaiveDate) -> Result<ParameterValue, String> {
    let wrong = |expected: &str| Err(format!("`{written}` is not {expected}"));
    match parameter_type {
        ParameterType::Date => match written {
            Scalar::Text(text) if text == "yesterday" => {
                today.checked_sub_days(Days::new(1)).map(ParameterValue::Date).ok_or_else(|| "no day before".into())
            }
            Scalar::Text(text) => {
                text.parse().map(ParameterValue::Date).or_else(|_| wrong("a date such as `2026-11-30` or `yesterday`"))
            }
            _ => wrong("a date such as `2026-11-30` or `yesterday`"),
        },
        ParameterType::Integer => match written {
            Scalar::Integer(number) => Ok(ParameterValue::Integer(*number)),
            Scalar::Text(text) => text.parse().map(ParameterValue::Integer).or_else(|_| wrong("a whole number")),
            _ => wrong("a whole number"),
        },
        ParameterType::Decimal => match written {
            Scalar::Integer(_) | Scalar::Number(_) | Scalar::Text(_) => decimal(&written.to_string())
                .map(ParameterValue::Decimal)
                .map_or_else(|| wrong("a decimal number with at most six digits after the point"), Ok),
            _ => wrong("a decimal number"),
        },
        ParameterType::String => match written {
            Scalar::Text(text) => Ok(ParameterValue::Text(text.clone())),
            Scalar::Integer(_) => Ok(ParameterValue::Text(written.to_string())),
            _ => wrong("a text"),
        },
        ParameterType::Boolean => match written {
            Scalar::Boolean(flag) => Ok(ParameterValue::Boolean(*flag)),
            Scalar::Text(text) => text.parse().map(ParameterValue::Boolean).or_else(|_| wrong("true or false")),
            _ => wrong("true or false"),
        },
        ParameterType::Strings => match written {
            Scalar::List(values) if values.iter().all(|v| matches!(v, Scalar::Text(_) | Scalar::Integer(_))) => {
                Ok(ParameterValue::Texts(values.iter().map(ToString::to_string).collect()))
            }
            _ => wrong("a list of texts"),
        },
    }
}

/// The number in plain notation when it is one that a `decimal(18,6)` holds exactly.
fn decimal(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits(whole) && digits(fraction) && !whole.is_empty() && whole.len() <= 12;
    (fits && fraction.len() <= DECIMAL_SCALE).then(|| text.to_owned())
}

fn less(left: &ParameterValue, right: &ParameterValue) -> bool {
    match (left, right) {
        (ParameterValue::Date(a), ParameterValue::Date(b)) => a < b,
        (ParameterValue::Integer(a), ParameterValue::Integer(b)) => a < b,
        (ParameterValue::Decimal(a), ParameterValue::Decimal(b)) => scaled(a) < scaled(b),
        _ => false,
    }
}

/// A decimal text as an integer of millionths, for exact comparison.
fn scaled(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<DECIMAL_SCALE$}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(yaml: &str) -> ParameterDefinition {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn value(yaml: &str, written: Scalar) -> Result<ParameterValue, String> {
        typed(&definition(yaml), &written, NaiveDate::from_ymd_opt(2026, 3, 1).unwrap())
    }

    #[test]
    fn yesterday_is_the_day_before_today() {
        let yesterday = value("type: date", Scalar::Text("yesterday".into())).unwrap();
        assert_eq!(yesterday.to_string(), "2026-02-28");
    }

    #[test]
    fn limits_are_inclusive_and_compared_as_numbers() {
        assert!(value("{type: decimal, min: 0, max: 1}", Scalar::Number(0.5)).is_ok());
        assert!(value("{type: decimal, min: 0, max: 1}", Scalar::Integer(1)).is_ok());
        assert_eq!(
            value("{type: decimal, min: 0, max: 1}", Scalar::Text("1.000001".into())).unwrap_err(),
            "`1.000001` is above the largest allowed value `1`"
        );
        assert_eq!(
            value("{type: integer, min: 10}", Scalar::Integer(9)).unwrap_err(),
            "`9` is below the smallest allowed value `10`"
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_or_outside_the_list_is_refused() {
        assert_eq!(value("type: integer", Scalar::Text("ten".into())).unwrap_err(), "`ten` is not a whole number");
        assert_eq!(
            value("{type: string, values: [share, count]}", Scalar::Text("shares".into())).unwrap_err(),
            "`shares` is not one of `share`, `count`"
        );
        assert!(value("type: decimal", Scalar::Text("0.1234567".into())).is_err());
        assert!(value("type: decimal", Scalar::Text("1e3".into())).is_err());
    }

    #[test]
    fn a_list_on_the_command_line_is_separated_by_commas() {
        let written = scalar_from_text(ParameterType::Strings, "SOFT DRINKS, TEA");
        assert_eq!(
            value("type: strings", written).unwrap(),
            ParameterValue::Texts(vec!["SOFT DRINKS".into(), "TEA".into()])
        );
    }
}
