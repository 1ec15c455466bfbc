//! Compares the rows that a query gave with those expected.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Column;
use datafusion::logical_expr::Expr;

use super::Row;
use crate::config::scalar::Scalar;
use crate::engine::{Engine, sql_errors};
use crate::error::Result;

/// Largest relative difference of two doubles that count as equal.
const TOLERANCE: f64 = 1e-9;

/// What differs between the table `query`, ordered by `grain`, and `expected`.
pub async fn differences(engine: &Engine, query: &str, grain: &[String], expected: &[Row]) -> Result<Vec<String>> {
    let failed = |error| sql_errors::running_error(&format!("reading `{query}`"), error);
    let order = grain.iter().map(|name| Expr::Column(Column::from_name(name)).sort(true, false)).collect();
    let frame = engine.table(query).await.and_then(|frame| frame.sort(order)).map_err(failed)?;
    let schema = frame.schema().as_arrow().clone();
    let batches = frame.collect().await.map_err(failed)?;
    let found = concat_batches(&schema.into(), &batches).map_err(|error| failed(error.into()))?;
    let mut differences = Vec::new();
    if found.num_rows() != expected.len() {
        differences.push(format!("{} rows found, {} expected", found.num_rows(), expected.len()));
        // After a missing row every later one would differ and hide the cause.
        return Ok(differences);
    }
    for (index, row) in expected.iter().enumerate().take(found.num_rows()) {
        for (name, value) in row {
            match cell(&found, &name.value, index) {
                None => differences.push(format!("there is no column `{}`", name.value)),
                Some(cell) if !agrees(&cell, &value.value) => differences.push(format!(
                    "row {}, `{}`: found {}, expected {}",
                    index + 1,
                    name.value,
                    cell.text,
                    value.value
                )),
                Some(_) => {}
            }
        }
    }
    Ok(differences)
}

struct Cell {
    text: String,
    number: Option<f64>,
    is_time: bool,
    is_null: bool,
}

fn cell(found: &RecordBatch, name: &str, row: usize) -> Option<Cell> {
    let column = found.column_by_name(name)?;
    if column.is_null(row) {
        return Some(Cell { text: "null".into(), number: None, is_time: false, is_null: true });
    }
    let format = FormatOptions::default();
    let text = ArrayFormatter::try_new(column, &format).map(|formatter| formatter.value(row).to_string());
    Some(Cell {
        text: text.unwrap_or_default(),
        number: number(column, row),
        is_time: column.data_type().is_temporal(),
        is_null: false,
    })
}

fn number(column: &ArrayRef, row: usize) -> Option<f64> {
    if !column.data_type().is_numeric() {
        return None;
    }
    let doubles = cast(&column.slice(row, 1), &DataType::Float64).ok()?;
    Some(doubles.as_primitive::<Float64Type>().value(0))
}

fn agrees(found: &Cell, expected: &Scalar) -> bool {
    let close = |wanted: f64| {
        found.number.is_some_and(|number| {
            (number - wanted).abs() <= TOLERANCE * number.abs().max(wanted.abs()).max(f64::MIN_POSITIVE)
        })
    };
    match expected {
        Scalar::Null => found.is_null,
        Scalar::Integer(wanted) if found.number.is_some() => close(*wanted as f64),
        Scalar::Number(wanted) => close(*wanted),
        // A time may be written with `T` or a blank, at midnight without the time of day.
        Scalar::Text(wanted) => {
            found.text == *wanted
                || found.text == format!("{wanted}T00:00:00")
                || (found.is_time && found.text == wanted.replacen(' ', "T", 1))
        }
        other => !found.is_null && found.text == other.to_string(),
    }
}
