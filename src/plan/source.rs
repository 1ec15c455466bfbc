//! One input as it will be read.

use std::path::Path;

use chrono_tz::Tz;

use super::source_format::{FileFormat, TimeFormat};
use crate::config::data_type::DataType;
use crate::config::located::Located;
use crate::config::location::Location;
use crate::config::schema::{ColumnDefinition, SourceDefinition};
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
    pub format: FileFormat,
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
    /// How dates and timestamps are written in text, when it is not as ISO 8601 has it.
    pub format: Option<TimeFormat>,
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
        let written_at = file.place(definition.format.line, definition.format.column);
        let format = FileFormat::resolve(&definition.format, &written_at).map_err(|found| problems.extend(found)).ok();
        for partition in
            definition.partitions.keys().filter(|name| definition.columns.contains_key(name.value.as_str()))
        {
            problems.push(
                Problem::new(format!("`{}` is both a partition and a column", partition.value))
                    .at(file.place_of(partition)),
            );
        }
        let mut columns = Vec::new();
        for (name, column) in &definition.columns {
            match SourceColumn::resolve(name, column, &file.place_of(name)) {
                Ok(column) => columns.push(column),
                Err(problem) => problems.push(problem),
            }
        }
        let Some(format) = format.filter(|_| problems.is_empty()) else { return Err(problems) };
        Ok(Self {
            name: name.value.clone(),
            location: Location::resolve(&definition.location, &pipeline.definition.stores, folder),
            format,
            partitions: definition.partitions.iter().map(|(name, kind)| (name.value.clone(), *kind)).collect(),
            columns,
            optional: definition.optional,
            time_zone: pipeline.time_zone,
            place,
        })
    }
}

impl SourceColumn {
    fn resolve(name: &str, column: &ColumnDefinition, place: &Place) -> Result<Self, Problem> {
        let is_time = matches!(column.data_type, DataType::Date | DataType::Timestamp);
        let format = match &column.format {
            None => None,
            Some(_) if !is_time => {
                return Err(Problem::new(format!("`format` of the column `{name}` is for dates and timestamps"))
                    .at(place.clone())
                    .hint(format!("remove it, or give the column another type than {}", column.data_type)));
            }
            Some(written) => Some(TimeFormat::parse(written).ok_or_else(|| {
                Problem::new(format!("the format `{written}` of the column `{name}` is not a strftime format"))
                    .at(place.clone())
                    .hint("write it such as `%d.%m.%Y %H:%M`")
            })?),
        };
        Ok(Self {
            name: name.to_owned(),
            file_name: column.from.clone().unwrap_or_else(|| name.to_owned()),
            data_type: column.data_type,
            required: column.required,
            format,
        })
    }
}
