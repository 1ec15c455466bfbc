//! Which column of a file is which column of the table.

use arrow::datatypes::{DataType as ArrowType, Field, Schema};

use super::types::{as_view, becomes, described};
use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::plan::source::{SourceColumn, SourcePlan};

/// One column of the table and where a file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnMatch {
    /// Name in the table.
    pub name: String,
    /// Name in the file.
    pub file_name: String,
    /// Position in the file.
    pub index: usize,
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
            only_position(&names, name, file)?;
        }
        return Ok(found.fields().iter().enumerate().map(|(index, field)| undeclared(index, field)).collect());
    }
    declared
        .iter()
        .map(|column| {
            let index = only_position(&names, &column.file_name, file)?;
            let found_type = found.field(index).data_type();
            let table_type =
                becomes(column.data_type, found_type).ok_or_else(|| wrong_type(column, found_type, file))?;
            Ok(ColumnMatch {
                name: column.name.clone(),
                file_name: column.file_name.clone(),
                index,
                table_type,
                required: column.required,
            })
        })
        .collect()
}

/// The one position of a column among a file's names.
///
/// # Errors
///
/// The column is missing, or there more than once.
pub fn only_position(names: &[&str], wanted: &str, file: &str) -> Result<usize> {
    let mut positions = names.iter().enumerate().filter(|(_, name)| **name == wanted).map(|(index, _)| index);
    let Some(index) = positions.next() else {
        let hint = did_you_mean(wanted, names.iter().copied()).map_or_else(
            || format!("the file has {}", listed(names)),
            |suggestion| format!("{suggestion} Names are compared exactly, blanks and case included"),
        );
        return Err(Error::data(Problem::new(format!("column `{wanted}` is missing in `{file}`")).hint(hint)));
    };
    if positions.next().is_some() {
        return Err(Error::data(
            Problem::new(format!("column `{wanted}` is more than once in `{file}`"))
                .hint("give each column of the file its own name"),
        ));
    }
    Ok(index)
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

/// The table's fields of matched columns.
pub fn table_fields(columns: &[ColumnMatch]) -> Vec<Field> {
    columns.iter().map(|column| Field::new(&column.name, column.table_type.clone(), true)).collect()
}

fn undeclared(index: usize, field: &Field) -> ColumnMatch {
    let name = field.name().clone();
    ColumnMatch { file_name: name.clone(), name, index, table_type: as_view(field.data_type()), required: false }
}

fn wrong_type(column: &SourceColumn, found: &ArrowType, file: &str) -> Error {
    let message =
        format!("column `{}` is {} in `{file}`, declared {}", column.file_name, described(found), column.data_type);
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
        let fraction = found(&[("x", ArrowType::Float64)]);
        assert_eq!(match_columns(&[column("x", DataType::Integer)], &fraction, "f").unwrap_err().exit_code(), 3);
    }

    #[test]
    fn identifiers_stay_text_or_become_wide_integers() {
        let id = [column("x", DataType::Id)];
        let kind = |found_type| match_columns(&id, &found(&[("x", found_type)]), "f").unwrap()[0].table_type.clone();
        assert_eq!(kind(ArrowType::Int32), ArrowType::Int64);
        assert_eq!(kind(ArrowType::LargeUtf8), ArrowType::Utf8View);
    }
}
