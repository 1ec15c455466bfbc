//! The codes of the catalogue as the table `catalogue_codes`.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};

use super::definition_tables::{CATALOGUE_CODE_COLUMNS, CATALOGUE_CODES, DefinitionTable};
use crate::config::catalogue::Catalogue;
use crate::config::language::Words;

/// One row for each code of each column, in the order of the catalogue.
pub fn table(catalogue: &Catalogue) -> DefinitionTable {
    let rows: Vec<(&str, &str, &Words)> = catalogue
        .codes
        .iter()
        .flat_map(|(column, codes)| codes.iter().map(move |(code, words)| (column.as_str(), code.as_str(), words)))
        .collect();
    let texts = |text: fn(&(&str, &str, &Words)) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(text).collect::<StringArray>())
    };
    let columns = vec![
        texts(|row| Some(row.0.to_owned())),
        texts(|row| Some(row.1.to_owned())),
        texts(|row| Some(row.2.en.value.clone())),
        texts(|row| row.2.zh.as_ref().map(|zh| zh.value.clone())),
    ];
    DefinitionTable::new(CATALOGUE_CODES, CATALOGUE_CODE_COLUMNS, columns)
}
