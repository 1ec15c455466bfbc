//! YAML text -> documented struct, or one problem with its place.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::filling::Filler;
use super::variables::Variables;
use crate::error::{Place, Problem, did_you_mean};

/// Reads `text`, the contents of `file`, strictly. Variables are refused: the file, whose hash the manifest records,
/// would not contain what was used.
///
/// # Errors
/// The first structural problem, with line, column and, for an unknown key, the nearest known one.
pub fn parse<T: DeserializeOwned>(file: &str, text: &Arc<str>) -> Result<T, Problem> {
    let variables = Variables::Refused;
    let filler = Filler::new(&variables, &BTreeSet::new());
    read(text, &filler).map_err(|error| problem_of(file, text, &error, &filler, &variables))
}

/// Reads `text`, the contents of `file`, strictly, and fills in the variables in its values.
///
/// # Errors
/// Every variable that has no value, and the first structural problem that does not follow from that.
pub fn parse_filled<T: DeserializeOwned>(
    file: &str,
    text: &Arc<str>,
    variables: &Variables<'_>,
) -> Result<T, Vec<Problem>> {
    let mut unfilled = BTreeSet::new();
    let mut problems: Vec<Problem> = Vec::new();
    loop {
        let filler = Filler::new(variables, &unfilled);
        match read(text, &filler) {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(problems),
            Err(error) => {
                let problem = problem_of(file, text, &error, &filler, variables);
                // A variable that is left unfilled may not be a number, for example; that is one problem, not two.
                if problems.iter().all(|known| position(known) != position(&problem)) {
                    problems.push(problem);
                }
                // Reads again without it, to find the others.
                match filler.failed() {
                    Some((position, _)) => unfilled.insert(position),
                    None => return Err(problems),
                };
            }
        }
    }
}

fn read<T: DeserializeOwned>(text: &str, filler: &Filler<'_>) -> Result<T, serde_yaml::Error> {
    // YAML 1.2: only `true` and `false` are booleans, so that `no`, `on` or `y` stay the words they are.
    let options = serde_yaml::options! { with_snippet: false, strict_booleans: true };
    serde_yaml::with_deserializer_from_str_with_options(text, options, |yaml| T::deserialize(filler.filling(yaml)))
}

fn position(problem: &Problem) -> Option<(usize, usize)> {
    problem.place.as_ref().map(|place| (place.line, place.column))
}

fn problem_of(
    file: &str,
    text: &Arc<str>,
    error: &serde_yaml::Error,
    filler: &Filler<'_>,
    variables: &Variables<'_>,
) -> Problem {
    let mut problem = problem(file, text, error);
    if let Some((_, message)) = filler.failed() {
        problem.hint = variables.hint(&message).map(str::to_owned);
        problem.message = message;
    }
    problem
}

fn problem(file: &str, text: &Arc<str>, error: &serde_yaml::Error) -> Problem {
    let rendered = error.to_string();
    let message = without_place(&rendered);
    let (line, column) = error
        .location()
        .map(|at| (usize::try_from(at.line()).unwrap_or(0), usize::try_from(at.column()).unwrap_or(0)))
        .unwrap_or_default();
    let (head, known) = message.split_once(", expected one of ").unwrap_or((message, ""));
    let is_unknown = ["unknown field", "unknown variant", "unknown type"].iter().any(|start| head.starts_with(start));
    let written = head.split('`').nth(1).filter(|_| is_unknown);
    let mut problem = Problem::new(plain_words(head))
        .at(Place::new(file, Arc::clone(text), line, column).length(written.map_or(1, |name| name.chars().count())));
    if let Some(written) = written {
        let names = known.split(", ").map(|name| name.trim_matches('`')).filter(|name| !name.is_empty());
        let listed = format!("expected one of {known}");
        problem = problem.hint(did_you_mean(written, names).unwrap_or(listed));
    }
    problem
}

/// The library ends its message with the place, which [`Place`] shows in its own way.
fn without_place(message: &str) -> &str {
    let message =
        message.split_once(": ").filter(|(head, _)| head.starts_with("error: line")).map_or(message, |(_, tail)| tail);
    message.rfind(" at line ").map_or(message, |end| &message[..end]).trim_end_matches([',', ' '])
}

/// Rewords messages of the parser and of serde for people who write YAML.
fn plain_words(message: &str) -> String {
    let expected = match message {
        "expected mapping start" => "a map, such as `{key: value}`",
        "expected sequence start" => "a list, such as `[one, two]`",
        "expected string scalar" => "a text",
        "invalid boolean" => "`true` or `false`",
        "invalid u64" | "invalid u8" => "a whole number, 0 or more",
        "invalid i64" => "a whole number",
        "invalid f64" => "a number",
        _ => "",
    };
    if !expected.is_empty() {
        return format!("expected {expected}");
    }
    let twice = message.strip_prefix("duplicate mapping key: ").and_then(|rest| rest.split(", set ").next());
    if let Some(key) = twice {
        return format!("the key `{key}` appears more than once");
    }
    message
        .replace("unknown field", "unknown key")
        .replace("missing field", "missing key")
        .replace("duplicate field", "duplicate key")
        .replace("unknown variant", "unknown value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema::PipelineFile;

    fn message(text: &str) -> String {
        let problem = parse::<PipelineFile>("p.yml", &Arc::from(text)).unwrap_err();
        problem.to_string()
    }

    const REST: &str = "queries: []\noutputs: {}\npublish: {location: out}\n";

    #[test]
    fn an_unknown_key_gets_the_nearest_known_one() {
        assert_eq!(
            message(&format!("name: a\nsuorces: {{}}\n{REST}")),
            "p.yml:2:1: unknown key `suorces` (hint: did you mean `sources`?)"
        );
    }

    #[test]
    fn an_unknown_format_is_placed_inside_its_source() {
        let text = format!("name: a\nsources:\n  x: {{location: y, format: {{parket: {{}}}}}}\n{REST}");
        assert_eq!(message(&text), "p.yml:3:29: unknown value `parket` (hint: did you mean `parquet`?)");
    }

    #[test]
    fn a_wrong_type_and_a_missing_key_are_named() {
        assert_eq!(message(&format!("name: [a]\n{REST}")), "p.yml:1:7: expected a text");
        assert_eq!(message("name: a\nqueries: []\npublish: {location: x}\n"), "p.yml:3:1: missing key `outputs`");
    }
}
