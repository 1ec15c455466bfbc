//! Which column of a file is which column of the table.

use arrow::datatypes::{DataType as ArrowType, Field, Schema};

use super::types::{as_view, becomes, described, table_type};
use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::plan::source::{FoundBy, SourceColumn, SourcePlan};

/// One column of the table and where a file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnMatch {
    /// Name in the table.
    pub name: String,
    /// Name in the file.
    pub file_name: String,
    /// Position in the file; `None` when the file lacks the column, and may.
    pub index: Option<usize>,
    /// Type in the table.
    pub table_type: ArrowType,
    /// Whether NULL is an error.
    pub required: bool,
}

/// Finds the table's columns in a file; with nothing declared, every column of the file in its order.
///
/// # Errors
///
/// A declared column is missing, is there twice, or has a type that does not become the declared one without loss.
pub fn match_columns(declared: &[SourceColumn], found: &Schema, file: &str) -> Result<Vec<ColumnMatch>> {
    let names: Vec<&str> = found.fields().iter().map(|field| field.name().as_str()).collect();
    if declared.is_empty() {
        for name in &names {
            only_position(&names, std::slice::from_ref(name), file)?;
        }
        return Ok(found.fields().iter().enumerate().map(|(index, field)| undeclared(index, field)).collect());
    }
    let columns: Vec<ColumnMatch> = declared
        .iter()
        .map(|column| {
            let index = position_of(column, &names, file)?;
            let (file_name, table_type) = match index {
                Some(index) => {
                    let found = found.field(index).data_type();
                    let table_type = becomes(column, found).ok_or_else(|| wrong_type(column, found, file))?;
                    (names[index].to_owned(), table_type)
                }
                None => (column.shown(), table_type(column.data_type)),
            };
            Ok(ColumnMatch { name: column.name.clone(), file_name, index, table_type, required: column.required })
        })
        .collect::<Result<_>>()?;
    let positions: Vec<Option<usize>> = columns.iter().map(|column| column.index).collect();
    refuse_stranger(&positions, &names, file)?;
    Ok(columns)
}

/// The position of a declared column among a file's names; `None` when the file may lack it and does.
///
/// # Errors
///
/// The column is missing, or appears more than once.
pub fn position_of(column: &SourceColumn, names: &[&str], file: &str) -> Result<Option<usize>> {
    let wanted: Vec<&str> = match &column.found {
        FoundBy::Position(position) if *position < names.len() => return Ok(Some(*position)),
        FoundBy::Position(_) if column.may_be_missing => return Ok(None),
        FoundBy::Position(position) => {
            return Err(Error::data(
                Problem::new(format!(
                    "column `{}` is at position {}, and `{file}` has {} columns",
                    column.name,
                    position + 1,
                    names.len()
                ))
                .hint("correct `position`, or add `may_be_missing: true`"),
            ));
        }
        FoundBy::Name(wanted) => wanted.iter().map(String::as_str).collect(),
    };
    if column.may_be_missing && !names.iter().any(|name| wanted.contains(name)) {
        return Ok(None);
    }
    only_position(names, &wanted, file).map(Some)
}

/// Refuses a file that has none of the declared columns, although it may lack each of them.
///
/// # Errors
///
/// No column has a position.
pub fn refuse_stranger(positions: &[Option<usize>], names: &[&str], file: &str) -> Result<()> {
    if positions.is_empty() || positions.iter().any(Option::is_some) {
        return Ok(());
    }
    let hint = header_hint(names, None).unwrap_or_else(|| format!("the file has {}", listed(names)));
    Err(Error::data(Problem::new(format!("`{file}` has none of the declared columns")).hint(hint)))
}

/// A hint for a header of text that was not read as it was meant: a line for Excel above it, or another delimiter.
fn header_hint(names: &[&str], wanted: Option<&str>) -> Option<String> {
    let [first, rest @ ..] = names else { return None };
    if first.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep=")) {
        return Some("the first line tells Excel the delimiter: set `skip_lines: 1`, and `delimiter`".into());
    }
    let is_part = |delimiter: &char| first.split(*delimiter).any(|part| wanted.is_none_or(|wanted| part == wanted));
    let mut delimiter = [';', '\t', '|', ','].into_iter().filter(|found| rest.is_empty() && first.contains(*found));
    let delimiter = delimiter.find(is_part)?;
    let written = if delimiter == '\t' { "\\t".to_owned() } else { delimiter.to_string() };
    Some(format!("the header is a single field, `{first}`: set `delimiter: \"{written}\"`"))
}

/// What to tell of a column when a file has several of its names: only the first one is read.
pub fn doubled(column: &SourceColumn, names: &[&str], file: &str) -> Option<String> {
    let FoundBy::Name(wanted) = &column.found else { return None };
    let there: Vec<String> =
        wanted.iter().filter(|name| names.contains(&name.as_str())).map(|name| format!("`{name}`")).collect();
    let (first, others) = there.split_first().filter(|(_, others)| !others.is_empty())?;
    Some(format!(
        "`{file}` has several of the names of the column `{}`: {first} is read, {} is not (declare a column for each, and \
         `coalesce` them in SQL)",
        column.name,
        others.join(", ")
    ))
}

/// The one position of a column among a file's names, by the first of its own names that the file has.
///
/// # Errors
///
/// The column is missing, or appears more than once.
pub fn only_position(names: &[&str], wanted: &[&str], file: &str) -> Result<usize> {
    let Some(found) = wanted.iter().find(|wanted| names.contains(wanted)) else {
        let first = wanted.first().copied().unwrap_or_default();
        let suggested = || {
            let suggestion = did_you_mean(first, names.iter().copied())?;
            Some(format!("{suggestion} Names are compared exactly, blanks and case included"))
        };
        let hint = header_hint(names, Some(first)).or_else(suggested);
        let hint = hint.unwrap_or_else(|| format!("the file has {}", listed(names)));
        let shown = wanted.join("` or `");
        return Err(Error::data(Problem::new(format!("column `{shown}` is missing in `{file}`")).hint(hint)));
    };
    let mut positions = names.iter().enumerate().filter(|(_, name)| *name == found).map(|(index, _)| index);
    match (positions.next(), positions.next()) {
        (Some(index), None) => Ok(index),
        _ => Err(Error::data(
            Problem::new(format!("column `{found}` appears more than once in `{file}`"))
                .hint("tell them apart by `position`, or give each column of the file its own name"),
        )),
    }
}

/// Checks that a file has the columns of the source's first file, and gives them in the first file's order. Declared
/// columns are the same already, but an `id` may be text in one file and an integer in another.
///
/// # Errors
///
/// A column is missing, is new, or has another type.
pub fn same_columns(
    source: &SourcePlan,
    first: &[ColumnMatch],
    first_file: &str,
    here: Vec<ColumnMatch>,
    file: &str,
) -> Result<Vec<ColumnMatch>> {
    let refused = |message: String| {
        let hint = "all files of a source have the same columns; declare `columns` to read some of them";
        Err(Error::data(Problem::new(message).hint(hint)))
    };
    let ordered = if source.columns.is_empty() {
        if let Some(new) = here.iter().find(|column| first.iter().all(|known| known.name != column.name)) {
            return refused(format!("column `{}` is in `{file}` but not in `{first_file}`", new.name));
        }
        let mut ordered = Vec::with_capacity(first.len());
        for known in first {
            match here.iter().find(|column| column.name == known.name) {
                Some(column) => ordered.push(column.clone()),
                None => {
                    return refused(format!("column `{}` is missing in `{file}`, `{first_file}` has it", known.name));
                }
            }
        }
        ordered
    } else {
        here
    };
    match first.iter().zip(&ordered).find(|(known, column)| known.table_type != column.table_type) {
        Some((known, column)) => refused(format!(
            "column `{}` is {} in `{file}` but {} in `{first_file}`",
            known.file_name,
            described(&column.table_type),
            described(&known.table_type)
        )),
        None => Ok(ordered),
    }
}

/// What to tell about columns that the files of a source, each given by name, schema and matched columns, have in several
/// types. All of them become the declared one without loss.
pub fn several_types(source: &SourcePlan, files: &[(&str, &Schema, &[ColumnMatch])]) -> Vec<String> {
    let mut told = Vec::new();
    for (position, column) in source.columns.iter().enumerate() {
        let mut types = files.iter().filter_map(|(file, schema, columns)| {
            let index = columns.get(position)?.index?;
            Some((*file, described(schema.field(index).data_type())))
        });
        let Some((first_file, first)) = types.next() else { continue };
        if let Some((file, other)) = types.find(|(_, other)| *other != first) {
            told.push(format!(
                "source `{}`: the column `{}` is {first} in `{first_file}` and {other} in `{file}`; it is read as {}",
                source.name, column.name, column.data_type
            ));
        }
    }
    told
}

/// The table's fields of matched columns.
pub fn table_fields(columns: &[ColumnMatch]) -> Vec<Field> {
    columns.iter().map(|column| Field::new(&column.name, column.table_type.clone(), true)).collect()
}

fn undeclared(index: usize, field: &Field) -> ColumnMatch {
    let name = field.name().clone();
    ColumnMatch {
        file_name: name.clone(),
        name,
        index: Some(index),
        table_type: as_view(field.data_type()),
        required: false,
    }
}

fn wrong_type(column: &SourceColumn, found: &ArrowType, file: &str) -> Error {
    let message =
        format!("column `{}` is {} in `{file}`, declared {}", column.shown(), described(found), column.data_type);
    let hint = match (column.data_type, found) {
        (DataType::Decimal(..), ArrowType::Decimal128(precision, scale)) => {
            format!("digits would be lost: declare decimal({precision},{scale}) and round in SQL")
        }
        _ => "declare the type the file has and convert in SQL, or write the file with the declared type".to_owned(),
    };
    Error::data(Problem::new(message).hint(hint))
}

fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 if shown.is_empty() => "no columns".into(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{column, found};
    use super::*;

    #[test]
    fn a_column_in_another_case_is_missing_and_suggested() {
        let error = match_columns(
            &[column("amount", DataType::Double)],
            &found(&[("Amount", ArrowType::Float64)]),
            "a.parquet",
        )
        .unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("column `amount` is missing in `a.parquet`"), "{error}");
        assert!(error.to_string().contains("did you mean `Amount`?"), "{error}");
    }

    #[test]
    fn text_is_not_parsed_and_digits_are_not_cut() {
        let decimal = column("x", DataType::Decimal(18, 2));
        let text = match_columns(std::slice::from_ref(&decimal), &found(&[("x", ArrowType::Utf8)]), "f").unwrap_err();
        assert!(text.to_string().contains("column `x` is text in `f`, declared decimal(18,2)"), "{text}");
        let four = found(&[("x", ArrowType::Decimal128(18, 4))]);
        assert!(match_columns(&[decimal], &four, "f").unwrap_err().to_string().contains("declare decimal(18,4)"));
        let number = found(&[("x", ArrowType::Float64)]);
        assert_eq!(match_columns(&[column("x", DataType::Boolean)], &number, "f").unwrap_err().exit_code(), 3);
    }

    #[test]
    fn identifiers_stay_text_or_become_wide_integers() {
        let id = [column("x", DataType::Id)];
        let kind = |found_type| match_columns(&id, &found(&[("x", found_type)]), "f").unwrap()[0].table_type.clone();
        assert_eq!(kind(ArrowType::Int32), ArrowType::Int64);
        assert_eq!(kind(ArrowType::LargeUtf8), ArrowType::Utf8View);
    }
}
