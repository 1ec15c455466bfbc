//! `${NAME}` in string values, filled in from the environment after the YAML was parsed.

use super::located::Located;
use super::scalar::Scalar;
use super::schema::{Format, PipelineFile};

/// Looks a variable up in the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Fills in `${NAME}`, `${NAME:-default}` and `${NAME:?message}`; `$${` stands for a literal `${`. A variable that is set to
/// nothing counts as not set where a default or a message is given.
///
/// # Errors
/// A message that names the variable which is not set, or says that a `${` is not closed.
pub fn fill_in(text: &str, environment: Environment<'_>) -> Result<String, String> {
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
        let (inside, remainder) = after[2..].split_once('}').ok_or_else(|| "`${` without a closing `}`".to_owned())?;
        filled.push_str(&value_of(inside, environment)?);
        rest = remainder;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value_of(inside: &str, environment: Environment<'_>) -> Result<String, String> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    if let Some((name, default)) = inside.split_once(":-") {
        return Ok(set(name).unwrap_or_else(|| default.to_owned()));
    }
    if let Some((name, message)) = inside.split_once(":?") {
        return set(name).ok_or_else(|| format!("the environment variable `{name}` is not set: {message}"));
    }
    environment(inside).ok_or_else(|| format!("the environment variable `{inside}` is not set"))
}

/// A variable that could not be filled in: message, line and column.
pub type Unfilled = (String, usize, usize);

/// Fills in every string value of a pipeline file, in place, and returns what could not be filled in.
pub fn fill_in_pipeline(file: &mut PipelineFile, environment: Environment<'_>) -> Vec<Unfilled> {
    let mut filler = Filler { environment, unfilled: Vec::new() };
    filler.located(&mut file.name);
    filler.text(&mut file.description, 0, 0);
    filler.located(&mut file.time_zone);
    file.currency.iter_mut().for_each(|text| filler.located(text));
    for value in file.set.values_mut() {
        filler.scalar(value);
    }
    for value in file.parameters.values_mut().filter_map(|definition| definition.default.as_mut()) {
        filler.scalar(value);
    }
    for store in file.stores.values_mut() {
        filler.located(&mut store.url);
        let (line, column) = (store.url.line, store.url.column);
        for text in [&mut store.endpoint, &mut store.region].into_iter().flatten() {
            filler.text(text, line, column);
        }
    }
    for source in file.sources.values_mut() {
        filler.located(&mut source.location);
        let (line, column) = (source.format.line, source.format.column);
        if let Format::Csv(csv) = &mut source.format.value {
            for text in [&mut csv.delimiter, &mut csv.quote, &mut csv.encoding] {
                filler.text(text, line, column);
            }
        }
    }
    file.queries.iter_mut().for_each(|text| filler.located(text));
    for text in [&mut file.questionnaire, &mut file.loyalty_definition].into_iter().flatten() {
        filler.located(text);
    }
    filler.located(&mut file.publish.location);
    let runtime = &mut file.runtime;
    for text in [&mut runtime.memory, &mut runtime.threads, &mut runtime.spill].into_iter().flatten() {
        filler.located(text);
    }
    filler.unfilled
}

struct Filler<'a> {
    environment: Environment<'a>,
    unfilled: Vec<Unfilled>,
}

impl Filler<'_> {
    fn text(&mut self, text: &mut String, line: usize, column: usize) {
        match fill_in(text, self.environment) {
            Ok(filled) => *text = filled,
            Err(message) => self.unfilled.push((message, line, column)),
        }
    }

    fn located(&mut self, text: &mut Located<String>) {
        let (line, column) = (text.line, text.column);
        self.text(&mut text.value, line, column);
    }

    fn scalar(&mut self, scalar: &mut Located<Scalar>) {
        let (line, column) = (scalar.line, scalar.column);
        match &mut scalar.value {
            Scalar::Text(text) => self.text(text, line, column),
            Scalar::List(values) => {
                for value in values {
                    if let Scalar::Text(text) = value {
                        self.text(text, line, column);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        fill_in(text, &|name| match name {
            "LAKE" => Some("s3://lake".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
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
}
