//! One input as it will be read.

use std::path::Path;

use chrono_tz::Tz;

use crate::config::data_type::DataType;
use crate::config::located::Located;
use crate::config::location::Location;
use crate::config::schema::{CsvFormat, Format, SourceDefinition};
use crate::config::{Pipeline, is_name};
use crate::error::{Place, Problem};

/// One input as it will be read: location resolved, columns in the order of the resulting table.
#[derive(Clone, Debug)]
pub struct SourcePlan {
    /// Table name.
    pub name: String,
    /// File, folder or glob.
    pub location: Location,
    /// How the objects are written.
    pub format: Format,
    /// Hive-style partition columns in folder order; they become the table's last columns.
    pub partitions: Vec<(String, DataType)>,
    /// Declared columns; empty when the pipeline declares none.
    pub columns: Vec<SourceColumn>,
    /// Whether a location without objects is an empty table.
    pub optional: bool,
    /// The pipeline's time zone: declared timestamps are local times of it.
    pub time_zone: Tz,
    /// Where the pipeline file declares the source.
    pub place: Place,
}

/// A declared column of an input.
#[derive(Clone, Debug)]
pub struct SourceColumn {
    /// Name in the table.
    pub name: String,
    /// Name in the file.
    pub file_name: String,
    /// Type in the table.
    pub data_type: DataType,
    /// Whether a missing value is an error.
    pub required: bool,
    /// How dates and timestamps are written in text, in `strftime` terms.
    pub format: Option<String>,
}

impl SourcePlan {
    /// Resolves what the pipeline file declares.
    ///
    /// # Errors
    /// Everything that is wrong with the declaration.
    pub fn resolve(
        name: &Located<String>,
        definition: &SourceDefinition,
        pipeline: &Pipeline,
    ) -> Result<Self, Vec<Problem>> {
        let file = &pipeline.file;
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let place = file.place_of(name);
        let mut problems = Vec::new();
        if !is_name(name) {
            problems.push(
                Problem::new(format!("`{}` cannot be a table name", name.value))
                    .at(place.clone())
                    .hint("use lower-case letters, digits and underscores, a letter first"),
            );
        }
        if definition.optional && definition.columns.is_empty() {
            problems.push(
                Problem::new(format!("the optional source `{}` declares no columns", name.value))
                    .at(place.clone())
                    .hint("declare `columns`, so that the table exists without objects"),
            );
        }
        if let Format::Csv(csv) = &definition.format.value {
            let at = file.place(definition.format.line, definition.format.column);
            problems.extend(csv_problems(csv).into_iter().map(|message| Problem::new(message).at(at.clone())));
        }
        for partition in
            definition.partitions.keys().filter(|name| definition.columns.contains_key(name.value.as_str()))
        {
            problems.push(
                Problem::new(format!("`{}` is both a partition and a column", partition.value))
                    .at(file.place_of(partition)),
            );
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let columns = definition.columns.iter().map(|(name, column)| SourceColumn {
            name: name.value.clone(),
            file_name: column.from.clone().unwrap_or_else(|| name.value.clone()),
            data_type: column.data_type,
            required: column.required,
            format: column.format.clone(),
        });
        Ok(Self {
            name: name.value.clone(),
            location: Location::resolve(&definition.location, &pipeline.definition.stores, folder),
            format: definition.format.value.clone(),
            partitions: definition.partitions.iter().map(|(name, kind)| (name.value.clone(), *kind)).collect(),
            columns: columns.collect(),
            optional: definition.optional,
            time_zone: pipeline.time_zone,
            place,
        })
    }
}

fn csv_problems(csv: &CsvFormat) -> Vec<String> {
    let mut problems = Vec::new();
    let is_one_ascii = |text: &str| text.len() == 1 && text.is_ascii();
    if !is_one_ascii(&csv.delimiter) {
        problems.push(format!("the delimiter `{}` is not one ASCII character", csv.delimiter.escape_debug()));
    }
    if !(csv.quote.is_empty() || is_one_ascii(&csv.quote)) {
        problems.push(format!("the quote `{}` is not one ASCII character", csv.quote.escape_debug()));
    }
    if encoding_rs::Encoding::for_label(csv.encoding.as_bytes()).is_none() {
        problems.push(format!("unknown encoding `{}`; use a label such as `utf-8` or `windows-1252`", csv.encoding));
    }
    if csv.header && !csv.column_names.is_empty() {
        problems.push("`column_names` are for files without a header; add `header: false`".to_owned());
    }
    if !csv.header && csv.column_names.is_empty() {
        problems.push("a file without a header needs `column_names`".to_owned());
    }
    problems
}
