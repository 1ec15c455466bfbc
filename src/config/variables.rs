//! `${NAME}` in a text, filled in from the environment.

/// Looks a variable up in the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where the values of variables come from.
pub enum Variables<'a> {
    /// The environment; a variable that is not set and has no default is an error.
    Environment(Environment<'a>),
    /// The environment; a variable that is not set and has no default is replaced with this text. For settings that are
    /// not used.
    StandIn(Environment<'a>, &'a str),
    /// None: only the pipeline file has variables.
    Refused,
}

impl Variables<'_> {
    /// Fills in `${NAME}`, `${NAME:-default}` and `${NAME:?message}`; `$${` becomes a literal `${`. A variable that is
    /// set to an empty text counts as not set if a default or a message is given.
    ///
    /// # Errors
    /// A message: a variable is not set, a `${` is not closed, or variables are not allowed here.
    pub fn fill_in(&self, text: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            if let Some(escaped) = before.strip_suffix('$') {
                filled.push_str(escaped);
                filled.push_str("${");
                rest = &after[2..];
                continue;
            }
            filled.push_str(before);
            let (inside, remainder) =
                after[2..].split_once('}').ok_or_else(|| "`${` without a closing `}`".to_owned())?;
            filled.push_str(&self.value_of(inside)?);
            rest = remainder;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// What to do about a text that cannot be filled in.
    pub fn hint(&self, message: &str) -> Option<&'static str> {
        match self {
            Self::Refused => {
                Some("write the value, or `$${` where the text has `${`; queries and rules use `$parameters`")
            }
            _ if message.contains(" is not set: ") => None,
            _ => Some("set the variable, or write `${NAME:-default}`"),
        }
    }

    fn value_of(&self, inside: &str) -> Result<String, String> {
        let (environment, stand_in) = match self {
            Self::Environment(environment) => (environment, None),
            Self::StandIn(environment, text) => (environment, Some(*text)),
            Self::Refused => return Err(format!("`${{{inside}}}` is not filled in here, only in the pipeline file")),
        };
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let (name, value, message) = if let Some((name, default)) = inside.split_once(":-") {
            (name, Some(set(name).unwrap_or_else(|| default.to_owned())), None)
        } else if let Some((name, message)) = inside.split_once(":?") {
            (name, set(name), Some(message))
        } else {
            (inside, environment(inside), None)
        };
        value.or(stand_in.map(str::to_owned)).ok_or_else(|| match message {
            Some(message) => format!("the environment variable `{name}` is not set: {message}"),
            None => format!("the environment variable `{name}` is not set"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        Variables::Environment(&environment).fill_in(text)
    }

    fn environment(name: &str) -> Option<String> {
        match name {
            "LAKE" => Some("s3://lake".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn set_variables_are_filled_in_and_others_take_their_default() {
        assert_eq!(filled("${LAKE}/a").unwrap(), "s3://lake/a");
        assert_eq!(filled("${NOPE:-out}/${LAKE:-x}").unwrap(), "out/s3://lake");
        assert_eq!(filled("${EMPTY:-out}").unwrap(), "out");
        assert_eq!(filled("${EMPTY}").unwrap(), "");
        assert_eq!(filled("$${LAKE}").unwrap(), "${LAKE}");
    }

    #[test]
    fn a_missing_variable_is_an_error_with_its_message() {
        assert_eq!(
            filled("${DATA:?get it first}").unwrap_err(),
            "the environment variable `DATA` is not set: get it first"
        );
        assert_eq!(filled("${DATA}").unwrap_err(), "the environment variable `DATA` is not set");
        assert_eq!(filled("a${LAKE").unwrap_err(), "`${` without a closing `}`");
    }

    #[test]
    fn a_variable_without_value_and_default_takes_the_replacement_text() {
        let filled = |text| Variables::StandIn(&environment, "unread").fill_in(text).unwrap();
        assert_eq!(filled("${LAKE}/${NOPE}/${NOPE:?get it}/${NOPE:-out}"), "s3://lake/unread/unread/out");
    }

    #[test]
    fn outside_of_the_pipeline_file_a_variable_is_refused() {
        assert_eq!(
            Variables::Refused.fill_in("${LAKE}").unwrap_err(),
            "`${LAKE}` is not filled in here, only in the pipeline file"
        );
        assert_eq!(Variables::Refused.fill_in("costs $${x}").unwrap(), "costs ${x}");
    }
}
