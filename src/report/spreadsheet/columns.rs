//! The columns of a list: what they hold, how they look, and the values of a batch in words.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType as ArrowType, Schema};
use chrono::{NaiveDate, NaiveDateTime};
use rust_xlsxwriter::Format;

use super::SheetDescription;
use super::cells;
use crate::config::data_type::DataType;
use crate::config::working_list::{FillIn, FillInType};
use crate::error::Result;
use crate::render::Messages;
use crate::report::code_words;
use crate::report::context::CodeLabels;
use crate::report::shown_table::ShownColumn;
use crate::report::table_view::column_label;
use crate::report::values::{self, ColumnName};

/// Behind the cells that people fill in.
const TO_FILL_IN: u32 = 0x00FF_F8E1;

/// A column of a list.
pub(super) struct SheetColumn {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) label: String,
    pub(super) meaning: String,
    pub(super) format: Format,
    /// What people write into it.
    pub(super) fill_in: Option<FillIn>,
    /// Whether the table has it.
    is_in_table: bool,
    /// The longest text so far, in characters.
    pub(super) longest: usize,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Text,
    Number,
    Boolean,
    Date,
    Time,
}

/// The values of a column of a batch.
pub(super) enum Values {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<f64>>),
    Booleans(Vec<Option<bool>>),
    Days(Vec<Option<NaiveDate>>),
    Moments(Vec<Option<NaiveDateTime>>),
    /// To be filled in.
    Blank,
}

/// The columns of a list in order: those of the table, then new ones.
pub(super) fn columns(
    description: &SheetDescription<'_>,
    schema: &Schema,
    texts: &Messages,
) -> Result<Vec<SheetColumn>> {
    let list = description.working_list();
    let wanted: Vec<&str> = match list {
        Some(list) if !list.columns.is_empty() => list.columns.iter().map(|name| name.value.as_str()).collect(),
        _ => schema.fields().iter().map(|field| field.name().as_str()).collect(),
    };
    let is_new = |entry: &&FillIn| schema.field_with_name(&entry.column).is_err();
    let new = list.map(|list| list.fill_in.as_slice()).unwrap_or_default().iter().filter(is_new);
    let of_table = wanted.into_iter().filter_map(|name| {
        let field = schema.field_with_name(name).ok()?;
        Some(of_table(description, field.name(), field.data_type(), texts))
    });
    of_table.chain(new.map(|entry| of_people(entry, texts))).collect()
}

fn of_table(
    description: &SheetDescription<'_>,
    name: &str,
    found: &ArrowType,
    texts: &Messages,
) -> Result<SheetColumn> {
    let labels = description.labels;
    let declared = description.sidecar.and_then(|sidecar| sidecar.columns.get(name));
    let unit = declared.and_then(|column| column.unit.as_deref());
    let is_text = declared.is_some_and(|column| column.data_type == DataType::Id)
        || (found.is_integer() && labels.has_codes_of(name));
    let kind = match found {
        _ if is_text => Kind::Text,
        ArrowType::Boolean => Kind::Boolean,
        ArrowType::Date32 => Kind::Date,
        ArrowType::Timestamp(_, _) => Kind::Time,
        found if found.is_numeric() => Kind::Number,
        _ => Kind::Text,
    };
    let shown = ShownColumn {
        name: name.to_owned(),
        label: declared.and_then(|column| column.label.text(labels.language)).map(str::to_owned),
        unit: unit.map(str::to_owned),
        ..ShownColumn::default()
    };
    let fill_in = description.working_list().and_then(|list| list.fill_in_of(name)).cloned();
    let format = format(kind, unit, found.is_integer());
    Ok(SheetColumn {
        name: name.to_owned(),
        kind,
        label: column_label(&shown, texts, description.currency)?,
        meaning: declared.map(|column| column.meaning(labels.language).to_owned()).unwrap_or_default(),
        format: if fill_in.is_some() { format.set_background_color(TO_FILL_IN) } else { format },
        fill_in,
        is_in_table: true,
        longest: 0,
    })
}

fn of_people(entry: &FillIn, texts: &Messages) -> Result<SheetColumn> {
    let kind = match entry.fill_in_type {
        FillInType::Text => Kind::Text,
        FillInType::Date => Kind::Date,
    };
    let shown = ShownColumn {
        name: entry.column.value.clone(),
        label: entry.label.text(texts.language).map(str::to_owned),
        ..ShownColumn::default()
    };
    Ok(SheetColumn {
        name: entry.column.value.clone(),
        kind,
        label: column_label(&shown, texts, None)?,
        meaning: entry.meaning(texts.language).to_owned(),
        format: format(kind, None, false).set_background_color(TO_FILL_IN),
        fill_in: Some(entry.clone()),
        is_in_table: false,
        longest: 0,
    })
}

fn format(kind: Kind, unit: Option<&str>, is_integer: bool) -> Format {
    match kind {
        Kind::Date => cells::day_format(),
        Kind::Time => cells::moment_format(),
        Kind::Number => cells::number_format(unit, is_integer),
        Kind::Text => cells::text_format(),
        Kind::Boolean => cells::top(),
    }
}

impl SheetColumn {
    /// Its values in a batch, codes and sentences in words.
    pub(super) fn values(&self, rows: &RecordBatch, table: &str, labels: &CodeLabels) -> Result<Values> {
        if !self.is_in_table {
            return Ok(Values::Blank);
        }
        let name = ColumnName { table, column: &self.name };
        let values: &ArrayRef = values::column(rows, name)?;
        Ok(match self.kind {
            Kind::Text => Values::Texts(self.words(values::texts(values, name)?, rows, table, labels)?),
            Kind::Number => Values::Numbers(values::numbers(values, name)?),
            Kind::Boolean => Values::Booleans(values::booleans(values, name)?),
            Kind::Date => Values::Days(values::days(values, name)?),
            Kind::Time => Values::Moments(values::moments(values, name)?),
        })
    }

    fn words(
        &self,
        texts: Vec<Option<String>>,
        rows: &RecordBatch,
        table: &str,
        labels: &CodeLabels,
    ) -> Result<Vec<Option<String>>> {
        let coded = code_words::coded(&self.name);
        if let Some(codes) = rows.column_by_name(&coded.column) {
            let codes = values::texts(codes, ColumnName { table, column: &coded.column })?;
            let rows = texts.into_iter().zip(codes);
            return Ok(rows.map(|(text, codes)| labels.sentence(text, &coded.list, codes.as_deref())).collect());
        }
        let in_words = |text: String| labels.get(&self.name, &text).unwrap_or(text);
        Ok(texts.into_iter().map(|text| text.map(in_words)).collect())
    }
}
