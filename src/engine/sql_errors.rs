//! DataFusion's errors -> ours, with the place in the analyst's file and whether a retry can help.

use arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError, Span};
use datafusion::sql::sqlparser::tokenizer;

use crate::config::PipelineText;
use crate::error::{Error, Place, Problem, did_you_mean};
use crate::plan::query::{lower_first, place, syntax_problem};
use crate::plan::source_format::LARGE_PATTERN_HINT;

/// Hint for SQL that the engine can plan but not compute.
const CANNOT_COMPUTE_HINT: &str =
    "rewrite it: often a `join` works where a subquery does not, and a cast where a literal does not";

/// The problem of a query that cannot be planned, placed in its file as precisely as possible.
pub fn planning_problem(sql: &PipelineText, error: &DataFusionError) -> Problem {
    let root = error.find_root();
    if let DataFusionError::SQL(parser, _) = root {
        return syntax_problem(sql, parser);
    }
    let (message, hint) = words(root);
    let at = match error.diagnostic().and_then(|diagnostic| diagnostic.span) {
        Some(span) => place(sql, written_span(span)),
        None => looked_up_place(sql, &message, root),
    };
    let mut problem = Problem::new(message).at(at);
    problem.hint = hint;
    problem
}

/// The problem of a query that can be planned but not computed: making its physical plan, or computing it on no rows,
/// failed. `culprit` is the part of the query that it cannot compute, where that is known.
pub fn cannot_compute(sql: &PipelineText, error: &DataFusionError, culprit: Option<Span>) -> Problem {
    let mut problem = planning_problem(sql, error);
    if let Some(span) = culprit {
        problem = problem.at(place(sql, written_span(span)));
    }
    problem.message = format!("the engine cannot compute this: {}", problem.message);
    problem.hint = problem.hint.or_else(|| Some(CANNOT_COMPUTE_HINT.to_owned()));
    problem
}

/// The engine's span as the parser's.
pub fn written_span(span: Span) -> tokenizer::Span {
    let location = |at: datafusion::common::Location| tokenizer::Location::new(at.line, at.column);
    tokenizer::Span::new(location(span.start), location(span.end))
}

/// The error of running a query. `activity` says what it was doing, such as ``computing `customer_loyalty` ``.
pub fn running_error(activity: &str, error: DataFusionError) -> Error {
    if let Some(own) = own_error(&error) {
        return own.clone();
    }
    let root = error.find_root();
    let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    if let Some((message, hint)) = pattern_words(&root.strip_backtrace()) {
        let hint = hint.unwrap_or_else(|| "correct the pattern".to_owned());
        return Error::data(Problem::new(format!("{activity} failed: {message}")).hint(hint).caused_by(error));
    }
    match root {
        DataFusionError::ResourcesExhausted(text) => Error::execution(
            Problem::new(format!("{activity} ran out of memory{}", asked_for(text)))
                .hint("give the run more with `--memory` or `runtime.memory`, or use fewer `--threads`")
                .caused_by(error),
        ),
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) | DataFusionError::ExecutionJoin(_) => {
            Error::execution(
                Problem::new(format!("{activity} failed: {}", first_line(&root.strip_backtrace())))
                    .hint("the storage did not respond as expected; run again")
                    .caused_by(error),
            )
        }
        DataFusionError::ArrowError(arrow, _) => Error::data(arrow_problem(activity, arrow).caused_by(error)),
        DataFusionError::External(external) if external.downcast_ref::<std::io::Error>().is_some() => {
            Error::execution(Problem::new(format!("{activity} failed: {external}")).caused_by(error))
        }
        DataFusionError::Internal(text) => Error::execution(
            Problem::new(format!("{activity} failed inside the query engine: {}", first_line(text)))
                .hint("this is a defect; please report it with the query")
                .caused_by(error),
        ),
        other => {
            let text = other.strip_backtrace();
            let text = text.strip_prefix("Execution error: ").unwrap_or(&text);
            Error::data(
                Problem::new(format!("{activity} failed: {}", first_line(text)))
                    .hint("check the values that the query reads")
                    .caused_by(error),
            )
        }
    }
}

/// The error of making a query's physical plan, before any data is read: the SQL asks for something that the engine
/// does not support or that is impossible.
pub fn physical_planning_error(activity: &str, sql: &PipelineText, error: DataFusionError) -> Error {
    let is_of_the_query = matches!(
        error.find_root(),
        DataFusionError::Plan(_)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Execution(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::ArrowError(..)
    );
    if !is_of_the_query {
        return running_error(activity, error);
    }
    let mut problem = planning_problem(sql, &error);
    problem.message = format!("{activity} is not possible: {}", problem.message);
    problem.hint = problem.hint.or_else(|| Some(CANNOT_COMPUTE_HINT.to_owned()));
    Error::invalid(problem.caused_by(error))
}

/// Whether the operators needed more memory than was available.
pub fn is_out_of_memory(error: &Error) -> bool {
    let engine_error = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<DataFusionError>());
    engine_error.is_some_and(|error| matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)))
}

/// Which operator asked for how much more memory, from the engine's message: `Failed to allocate additional 24.0 MB for
/// HashJoinInput with 1.0 MB already allocated ...`.
fn asked_for(text: &str) -> String {
    let parts = || {
        let (amount, rest) = text.split_once("allocate additional ")?.1.split_once(" for ")?;
        let (operator, rest) = rest.split_once(" with ")?;
        Some((amount, operator, rest.split_once(" already")?.0))
    };
    match parts() {
        Some((amount, operator, held)) => format!(" when {operator}, which holds {held}, asked for {amount} more"),
        None => String::new(),
    }
}

/// An error that no input should cause.
pub fn internal(activity: &str, error: DataFusionError) -> Error {
    Error::execution(Problem::new(format!("{activity}: {}", error.strip_backtrace())).caused_by(error))
}

/// Our own error, if one of our streams returned it.
fn own_error(error: &DataFusionError) -> Option<&Error> {
    let mut current: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = current {
        if let Some(own) = found.downcast_ref::<Error>() {
            return Some(own);
        }
        let inside = match found.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(external)) => external.downcast_ref::<Error>(),
            Some(DataFusionError::ArrowError(arrow, _)) => external_of(arrow),
            _ => None,
        };
        if inside.is_some() {
            return inside;
        }
        current = found.source();
    }
    None
}

fn external_of(error: &ArrowError) -> Option<&Error> {
    match error {
        ArrowError::ExternalError(external) => external.downcast_ref::<Error>(),
        _ => None,
    }
}

fn arrow_problem(activity: &str, error: &ArrowError) -> Problem {
    match error {
        ArrowError::DivideByZero => Problem::new(format!("{activity} divides by zero"))
            .hint("write `nullif(x, 0)` under the division, so that the result is NULL"),
        ArrowError::ArithmeticOverflow(text) => {
            Problem::new(format!("{activity} overflows: {text}")).hint("cast to a wider type, such as `decimal(38, 2)`")
        }
        ArrowError::CastError(text) | ArrowError::ParseError(text) => {
            Problem::new(format!("{activity} cannot convert a value: {text}"))
                .hint("use `try_cast` where some values do not convert")
        }
        other => Problem::new(format!("{activity} failed: {other}")).hint("check the values that the query reads"),
    }
}

/// An error in words for people, and a hint.
pub fn words(error: &DataFusionError) -> (String, Option<String>) {
    if let Some(words) = argument_words(&error.strip_backtrace()) {
        return words;
    }
    if let Some(words) = pattern_words(&error.strip_backtrace()) {
        return words;
    }
    match error {
        DataFusionError::SchemaError(schema, _) => schema_words(schema),
        DataFusionError::NotImplemented(text) => misplaced_words(text).unwrap_or_else(|| (plain(text), None)),
        DataFusionError::Plan(text) | DataFusionError::Execution(text) => (plain(text), None),
        DataFusionError::ArrowError(arrow, _) => {
            let problem = arrow_problem("the expression", arrow);
            (problem.message, problem.hint)
        }
        other => (plain(&other.strip_backtrace()), None),
    }
}

/// A pattern cannot be used. The engine tells it in another way for each function.
fn pattern_words(text: &str) -> Option<(String, Option<String>)> {
    if text.contains("CompiledTooBig") || text.contains("Compiled regex exceeds size limit") {
        return Some(("the regular expression is too large".into(), Some(LARGE_PATTERN_HINT.into())));
    }
    if !text.contains("regex parse error") {
        return None;
    }
    let reason = text.lines().find_map(|line| line.trim_start().strip_prefix("error: "));
    let reason = reason.unwrap_or("it cannot be parsed");
    Some((format!("the pattern is not a regular expression: {reason}"), None))
}

/// An expression is used where the engine cannot compute one of its kind.
fn misplaced_words(text: &str) -> Option<(String, Option<String>)> {
    let (_, expression) = text.split_once("does not support logical expression ")?;
    let (message, hint) = match expression.split(['(', ' ']).next()? {
        "InSubquery" | "Exists" | "ScalarSubquery" | "SetComparison" => {
            ("a subquery cannot be used here", "join its table, and use the joined columns")
        }
        "WindowFunction" => {
            ("a window function cannot be used here", "compute it in a `with` query and filter that, or use `qualify`")
        }
        "OuterReferenceColumn" => {
            ("this subquery cannot read columns of the query around it", "join its table instead")
        }
        kind => return Some((format!("an expression of the kind `{kind}` cannot be used here"), None)),
    };
    Some((message.into(), Some(hint.into())))
}

/// A function got an argument of a type that it does not take.
fn argument_words(text: &str) -> Option<(String, Option<String>)> {
    let (head, tail) = text.split_once(" failed to match any signature, errors: ")?;
    let function = head.split('\'').nth(1)?;
    let found = tail.split(", but received ").nth(1)?.split(" (DataType").next()?;
    let wanted: Vec<&str> =
        tail.split(" requires ").skip(1).filter_map(|part| part.split(", but received ").next()).collect();
    Some((format!("`{function}` does not take a {found}"), Some(format!("it takes {}", wanted.join(" or ")))))
}

fn schema_words(error: &SchemaError) -> (String, Option<String>) {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let near = did_you_mean(&field.name, valid_fields.iter().map(|column| column.name.as_str()));
            let listed = || {
                let names: Vec<String> = valid_fields.iter().map(Column::quoted_flat_name).take(12).collect();
                (!names.is_empty()).then(|| format!("known columns: {}", names.join(", ")))
            };
            (format!("there is no column `{}`", field.flat_name()), near.or_else(listed))
        }
        SchemaError::AmbiguousReference { field } => (
            format!("the column `{}` exists in more than one table", field.flat_name()),
            Some("write the table's name or alias in front of it".into()),
        ),
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => (
            format!("the column name `{name}` appears more than once"),
            Some("give one of them another name with `as`".into()),
        ),
    }
}

/// The first line, without the engine's prefix, with a lower-case first letter and without the list of candidate
/// signatures.
fn plain(text: &str) -> String {
    let first = text.split("\n").next().unwrap_or_default();
    let first = first.split(" Candidate functions:").next().unwrap_or(first);
    let first = first.trim_start_matches("Error during planning: ").trim_end_matches(['.', ':', ' ']);
    lower_first(first)
}

/// The engine gives no place for wrong argument types and casts, so the name in its message is looked up in the text.
fn looked_up_place(sql: &PipelineText, message: &str, error: &DataFusionError) -> Place {
    let column = match error {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, .. } | SchemaError::AmbiguousReference { field } => {
                Some(field.name.clone())
            }
            SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
                Some(name.clone())
            }
        },
        _ => None,
    };
    let quoted = message
        .split(['\'', '`', '"'])
        .skip(1)
        .step_by(2)
        .map(|text| text.split('(').next().unwrap_or(text).rsplit('.').next().unwrap_or(text).to_owned());
    for word in column.into_iter().chain(quoted) {
        for (index, line) in sql.text.lines().enumerate() {
            if let Some(offset) = find_word(line, &word) {
                let column = line[..offset].chars().count() + 1;
                return sql.place(index + 1, column).length(word.chars().count());
            }
        }
    }
    Place::file(sql.path.display().to_string())
}

fn find_word(line: &str, word: &str) -> Option<usize> {
    if word.is_empty() {
        return None;
    }
    let code = line.split("--").next().unwrap_or(line).to_lowercase();
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(&word.to_lowercase()).map(|(offset, _)| offset).find(|offset| {
        let before = code[..*offset].chars().next_back().is_some_and(is_part);
        let after = code[offset + word.len()..].chars().next().is_some_and(is_part);
        !before && !after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_ours_passes_through_the_engine_with_its_cause() {
        let reset = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the peer hung up");
        let own = Error::execution(Problem::new("cannot read `a.parquet`").hint("try again").caused_by(reset));
        let shared = DataFusionError::External(Box::new(own)).context("while scanning");
        let found = running_error("computing `q`", shared);
        assert_eq!((found.exit_code(), found.to_string().as_str()), (1, "cannot read `a.parquet` (hint: try again)"));
        assert_eq!(found.problems()[0].cause_chain(), "the peer hung up");
    }
}
