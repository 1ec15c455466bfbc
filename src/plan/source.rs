//! One input as it will be read.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::DataType as ArrowType;
use chrono_tz::Tz;

use super::contract::{ColumnRule, RejectLimit, column_rules};
use super::durations;
use super::source_format::{DropPlan, FileFormat, Sheet};
use super::time_format::{TimeFormat, TimePattern};
use crate::config::data_type::DataType;
use crate::config::located::Located;
use crate::config::location::Location;
use crate::config::sources::{
    ColumnDefinition, FreshnessDefinition, Metadata, OnDuplicate, OnEmpty, SourceDefinition, UnpivotDefinition,
};
use crate::config::{Pipeline, PipelineText, is_name};
use crate::error::{Place, Problem, did_you_mean};

/// First of the hundred years that two digits stand for, unless a column declares another.
const TWO_DIGIT_YEARS_FROM: i32 = 1970;
/// What a column may declare in its place.
const FIRST_YEARS: RangeInclusive<i32> = 1900..=2100;

/// One input as it will be read: location resolved, columns in the order of the resulting table.
#[derive(Clone, Debug)]
pub struct SourcePlan {
    /// Table name.
    pub name: String,
    /// File, folder or glob.
    pub location: Location,
    /// How the objects are written.
    pub format: FileFormat,
    /// Hive-style partition columns in folder order; they follow the declared columns.
    pub partitions: Vec<(String, DataType)>,
    /// Declared columns that files have; empty when the pipeline declares none.
    pub columns: Vec<SourceColumn>,
    /// Columns that tell the file and row a row came from; they are the table's last columns.
    pub metadata: Vec<(String, Metadata)>,
    /// Columns that are turned into rows.
    pub unpivot: Option<UnpivotPlan>,
    /// Columns whose values together appear once.
    pub unique: Vec<String>,
    /// What happens to a row whose `unique` values an earlier row has.
    pub on_duplicate: OnDuplicate,
    /// How many rows may break the contract; `None` when none may, and the first one ends the run.
    pub rejects: Option<RejectLimit>,
    /// Rows that are no data.
    pub drops: Vec<DropPlan>,
    /// What happens when there are no rows.
    pub on_empty: OnEmpty,
    /// How old the data may be.
    pub freshness: Option<FreshnessPlan>,
    /// Whether a location without objects is an empty table.
    pub optional: bool,
    /// Whether an earlier run read it; only a run knows.
    pub was_read: bool,
    /// How long a run waits for a location without objects.
    pub wait: Option<Duration>,
    /// The pipeline's time zone: declared timestamps are local times of it.
    pub time_zone: Tz,
    /// Where the pipeline file declares the source.
    pub place: Place,
    /// What is mixed into the hashes of sensitive values, from the environment.
    pub salt: Option<String>,
}

/// A declared column of an input.
#[derive(Clone, Debug)]
pub struct SourceColumn {
    /// Name in the table.
    pub name: String,
    /// Where files have it.
    pub found: FoundBy,
    /// Type in the table.
    pub data_type: DataType,
    /// Type in the table of a column that was found to hold objects or lists; it is never declared.
    pub nested_type: Option<ArrowType>,
    /// Whether a missing value breaks the contract.
    pub required: bool,
    /// Whether files may lack the column.
    pub may_be_missing: bool,
    /// How dates and timestamps are written in text; ISO 8601 when empty.
    pub formats: Arc<[TimeFormat]>,
    /// Texts that stand for no value, in place of the file's.
    pub null_values: Option<Arc<[String]>>,
    /// What values must be beyond their type.
    pub rules: Vec<ColumnRule>,
    /// Whether digits of a second beyond microseconds are dropped rather than refused.
    pub truncates: bool,
    /// First of the hundred years that two digits stand for.
    pub two_digit_years_from: i32,
    /// Whether values are never shown.
    pub is_sensitive: bool,
}

/// How a column is found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// By the first of these names that the file has.
    Name(Vec<String>),
    /// By its position, from 0.
    Position(usize),
}

/// Columns that are turned into rows.
#[derive(Clone, Debug)]
pub struct UnpivotPlan {
    /// Names of the columns, in the order of their rows.
    pub columns: Vec<String>,
    /// Name of the column with their names.
    pub name: String,
    /// Name of the column with their values.
    pub value: String,
    /// Whether rows without a value are left out.
    pub drops_missing: bool,
}

/// How old data may be.
#[derive(Clone, Debug)]
pub struct FreshnessPlan {
    /// Column with the time of each row; without it the time of the latest file counts.
    pub column: Option<String>,
    /// Age from which the summary warns.
    pub warn_after: Option<Duration>,
    /// Age from which the run stops.
    pub stop_after: Option<Duration>,
}

impl SourcePlan {
    /// The column that says when the event of a row took place: that of `freshness`, else the first of times, else the first
    /// of days.
    pub fn event_column(&self) -> Option<&str> {
        let first = |wanted| {
            let is_turned = |name: &String| self.unpivot.as_ref().is_some_and(|unpivot| unpivot.columns.contains(name));
            let mut columns = self.columns.iter().filter(|column| !is_turned(&column.name));
            columns.find(|column| column.data_type == wanted).map(|column| column.name.as_str())
        };
        let declared = self.freshness.as_ref().and_then(|freshness| freshness.column.as_deref());
        declared.or_else(|| first(DataType::Timestamp)).or_else(|| first(DataType::Date))
    }

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
        if let Some(FileFormat::Excel(excel)) = &format
            && excel.sheet == Sheet::All
            && definition.columns.is_empty()
        {
            problems.push(
                Problem::new(format!("the source `{}` reads all sheets and declares no columns", name.value))
                    .at(written_at)
                    .hint("declare `columns`, which tell the sheets with rows from others"),
            );
        }
        for partition in
            definition.partitions.keys().filter(|name| definition.columns.contains_key(name.value.as_str()))
        {
            problems.push(
                Problem::new(format!("`{}` is both a partition and a column", partition.value))
                    .at(file.place_of(partition)),
            );
        }
        let mut columns = Vec::new();
        let mut metadata = Vec::new();
        for (name, column) in &definition.columns {
            let resolved = match column.metadata {
                Some(kind) => {
                    metadata_column(name, column, kind, file).map(|()| metadata.push((name.value.clone(), kind)))
                }
                None => SourceColumn::resolve(name, column, format.as_ref(), file).map(|column| columns.push(column)),
            };
            problems.extend(resolved.err().into_iter().flatten());
        }
        let mut drops = Vec::new();
        for rule in &definition.drop_where {
            let at = file.place_of(&rule.column);
            match DropPlan::resolve(rule, &at) {
                Ok(_) if format.as_ref().is_some_and(|format| !format.has_text_fields()) => problems.push(
                    Problem::new("`drop_where` is for CSV, JSON and Excel").at(at).hint("leave the rows out in SQL"),
                ),
                Ok(drop) => drops.push(drop),
                Err(problem) => problems.push(problem),
            }
        }
        let unknown = |column: &Located<String>, setting: &str| unknown_column(column, setting, definition, file);
        problems.extend(definition.unique.iter().filter_map(|column| unknown(column, "unique")));
        let unpivot = definition.unpivot.as_ref().map(|unpivot| {
            problems.extend(unpivot.columns.iter().filter_map(|column| unknown(column, "unpivot")));
            let plan = UnpivotPlan::of(unpivot);
            problems.extend(unpivot_problems(&plan, &columns, &file.place_of(&unpivot.name)));
            plan
        });
        let rejects = definition
            .rejects
            .as_ref()
            .and_then(|limits| RejectLimit::resolve(limits, file).map_err(|problem| problems.push(problem)).ok());
        let freshness = definition.freshness.as_ref().and_then(|freshness| {
            problems.extend(freshness.column.as_ref().and_then(|column| unknown(column, "freshness")));
            FreshnessPlan::resolve(freshness, file).map_err(|problem| problems.push(problem)).ok()
        });
        let wait = definition.wait.as_ref().and_then(|written| {
            let place = file.place_of(written);
            if definition.optional {
                problems.push(
                    Problem::new(format!("the optional source `{}` has `wait`", name.value))
                        .at(place)
                        .hint("remove `wait`, or `optional`: an optional source without files is empty at once"),
                );
                return None;
            }
            durations::parse(written, &place).map_err(|problem| problems.push(problem)).ok()
        });
        let Some(format) = format.filter(|_| problems.is_empty()) else { return Err(problems) };
        Ok(Self {
            name: name.value.clone(),
            location: Location::resolve(&definition.location, &pipeline.definition.stores, folder),
            format,
            partitions: definition.partitions.iter().map(|(name, kind)| (name.value.clone(), *kind)).collect(),
            columns,
            metadata,
            unpivot,
            unique: definition.unique.iter().map(|column| column.value.clone()).collect(),
            on_duplicate: definition.on_duplicate,
            rejects,
            drops,
            on_empty: definition.on_empty,
            freshness,
            optional: definition.optional,
            was_read: false,
            wait,
            time_zone: pipeline.time_zone,
            place,
            salt: pipeline.salt.clone(),
        })
    }

    /// Whether rows tell the file or folder they came from, so that two files with the same content are two facts.
    pub fn rows_tell_their_file(&self) -> bool {
        !self.partitions.is_empty() || !self.metadata.is_empty()
    }
}

impl UnpivotPlan {
    fn of(unpivot: &UnpivotDefinition) -> Self {
        Self {
            columns: unpivot.columns.iter().map(|column| column.value.clone()).collect(),
            name: unpivot.name.value.clone(),
            value: unpivot.value.value.clone(),
            drops_missing: unpivot.drop_missing,
        }
    }
}

impl FreshnessPlan {
    /// Judges what is written in `file`.
    ///
    /// # Errors
    /// An age is no duration.
    fn resolve(freshness: &FreshnessDefinition, file: &PipelineText) -> Result<Self, Problem> {
        let duration = |written: &Option<Located<String>>| {
            written.as_ref().map(|written| durations::parse(written, &file.place_of(written))).transpose()
        };
        Ok(Self {
            column: freshness.column.as_ref().map(|column| column.value.clone()),
            warn_after: duration(&freshness.warn_after)?,
            stop_after: duration(&freshness.stop_after)?,
        })
    }
}

/// A column that the settings of a source name and do not declare.
fn unknown_column(
    column: &Located<String>,
    setting: &str,
    definition: &SourceDefinition,
    file: &PipelineText,
) -> Option<Problem> {
    let known = || definition.columns.keys().chain(definition.partitions.keys()).map(|name| name.value.as_str());
    if known().any(|name| name == column.value) {
        return None;
    }
    let mut problem = Problem::new(format!("`{setting}` names the column `{}`, which is not declared", column.value))
        .at(file.place_of(column));
    problem.hint = did_you_mean(column, known()).or_else(|| Some("declare it under `columns`".into()));
    Some(problem)
}

fn unpivot_problems(plan: &UnpivotPlan, columns: &[SourceColumn], place: &Place) -> Vec<Problem> {
    let turned = |column: &&SourceColumn| plan.columns.contains(&column.name);
    let mut problems = Vec::new();
    let mut types = columns.iter().filter(turned).map(|column| column.data_type);
    if let Some(first) = types.next()
        && let Some(other) = types.find(|data_type| *data_type != first)
    {
        problems.push(
            Problem::new(format!("`unpivot` puts columns of the types {first} and {other} into one"))
                .at(place.clone())
                .hint("declare the columns with one type"),
        );
    }
    for name in [&plan.name, &plan.value] {
        if !is_name(name) || columns.iter().any(|column| column.name == *name) {
            problems.push(
                Problem::new(format!("`{name}` cannot be the name of a column that `unpivot` adds"))
                    .at(place.clone())
                    .hint("use a name of lower-case letters, digits and underscores that no column has"),
            );
        }
    }
    problems
}

/// Checks a column that tells where a row came from.
fn metadata_column(
    name: &Located<String>,
    column: &ColumnDefinition,
    kind: Metadata,
    file: &PipelineText,
) -> Result<(), Vec<Problem>> {
    let wanted = metadata_type(kind);
    let mut problems = Vec::new();
    let at = file.place_of(name);
    if column.data_type != wanted {
        problems.push(
            Problem::new(format!("the column `{}` must be of type {wanted}, not {}", name.value, column.data_type))
                .at(at.clone())
                .hint(format!("write `{}: {{type: {wanted}, metadata: …}}`", name.value)),
        );
    }
    if column.from.is_some() || column.position.is_some() {
        problems.push(
            Problem::new(format!("the column `{}` has `metadata` and a place in the file", name.value))
                .at(at)
                .hint("remove `from` and `position`"),
        );
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The type of a column that tells where a row came from.
pub fn metadata_type(kind: Metadata) -> DataType {
    match kind {
        Metadata::FileName => DataType::String,
        Metadata::FileModifiedAt => DataType::Timestamp,
        Metadata::RowNumber => DataType::Integer,
    }
}

impl SourceColumn {
    /// A column of a type that files have under its own name, without rules.
    pub fn of(name: impl Into<String>, data_type: DataType) -> Self {
        let name = name.into();
        Self {
            found: FoundBy::Name(vec![name.clone()]),
            name,
            data_type,
            nested_type: None,
            required: false,
            may_be_missing: false,
            formats: Arc::default(),
            null_values: None,
            rules: Vec::new(),
            truncates: false,
            two_digit_years_from: TWO_DIGIT_YEARS_FROM,
            is_sensitive: false,
        }
    }

    fn resolve(
        name: &Located<String>,
        column: &ColumnDefinition,
        format: Option<&FileFormat>,
        file: &PipelineText,
    ) -> Result<Self, Vec<Problem>> {
        let place = file.place_of(name);
        let is_time = matches!(column.data_type, DataType::Date | DataType::Timestamp);
        let mut problems = Vec::new();
        let mut wrong = |message: String, hint: String| {
            problems.push(Problem::new(message).at(place.clone()).hint(hint));
        };
        if column.format.is_some() && !is_time {
            wrong(
                format!("`format` of the column `{}` is for dates and timestamps", name.value),
                format!("remove it, or give the column another type than {}", column.data_type),
            );
        }
        let mut formats = Vec::new();
        for written in column.format.iter().flat_map(|formats| formats.iter()).filter(|_| is_time) {
            match TimeFormat::parse(written) {
                Some(format) => formats.push(format),
                None => wrong(
                    format!("the format `{written}` of the column `{}` is not a strftime format", name.value),
                    "write it such as `%d.%m.%Y %H:%M`; a time zone's name, `%Z`, comes last".into(),
                ),
            }
        }
        if column.truncate && column.data_type != DataType::Timestamp {
            wrong(
                format!("`truncate` of the column `{}` is for timestamps", name.value),
                "remove it; values of other types are never cut".into(),
            );
        }
        if let Some(first) = &column.two_digit_years_from {
            if !formats.iter().any(TimeFormat::has_two_digit_years) {
                wrong(
                    format!("`two_digit_years_from` of the column `{}` has no effect", name.value),
                    "remove it, or give the column a `format` with `%y`".into(),
                );
            }
            if !FIRST_YEARS.contains(&first.value) {
                wrong(
                    format!("`two_digit_years_from: {}` of the column `{}` is out of range", first.value, name.value),
                    format!("use a year from {} to {}", FIRST_YEARS.start(), FIRST_YEARS.end()),
                );
            }
        }
        let found = match &column.position {
            None => FoundBy::Name(match &column.from {
                Some(names) => names.to_vec(),
                None => vec![name.value.clone()],
            }),
            Some(position) => {
                if column.from.is_some() {
                    wrong(
                        format!("the column `{}` has a position and a name in the file", name.value),
                        "keep one of `position` and `from`".into(),
                    );
                }
                if format.is_some_and(|format| !format.has_positions()) {
                    wrong(
                        format!("`position` of the column `{}` is for CSV and Excel", name.value),
                        "name it with `from`".into(),
                    );
                }
                if position.value == 0 {
                    wrong(format!("the position of the column `{}` is 0", name.value), "positions start at 1".into());
                }
                FoundBy::Position(position.value.saturating_sub(1))
            }
        };
        let rules = column_rules(name, column, file).unwrap_or_else(|found| {
            problems.extend(found);
            Vec::new()
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            name: name.value.clone(),
            found,
            data_type: column.data_type,
            nested_type: None,
            required: column.required,
            may_be_missing: column.may_be_missing,
            formats: formats.into(),
            null_values: column.null_values.clone().map(Into::into),
            rules,
            truncates: column.truncate,
            two_digit_years_from: column
                .two_digit_years_from
                .as_ref()
                .map_or(TWO_DIGIT_YEARS_FROM, |first| first.value),
            is_sensitive: column.sensitive,
        })
    }

    /// Whether a declared format counts units since 1970.
    pub fn has_epoch_format(&self) -> bool {
        self.formats.iter().any(|format| matches!(format.pattern, TimePattern::Epoch { .. }))
    }

    /// What the file calls it, for messages.
    pub fn shown(&self) -> String {
        match &self.found {
            FoundBy::Name(names) => names.join("` or `"),
            FoundBy::Position(position) => format!("{} (position {})", self.name, position + 1),
        }
    }

    /// Whether the file's column of this name is the one.
    pub fn is_called(&self, found: &str) -> bool {
        matches!(&self.found, FoundBy::Name(names) if names.iter().any(|name| name == found))
    }
}
