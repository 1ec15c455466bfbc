//! Published Parquet files as a reader sees them.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A published table, all of it.
pub struct Table {
    pub rows: RecordBatch,
}

impl Table {
    /// Reads a Parquet file.
    pub fn read(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let schema = builder.schema().clone();
        let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
        Self { rows: concat_batches(&schema, &batches).unwrap() }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.num_rows()
    }

    /// Names of the columns.
    pub fn columns(&self) -> Vec<String> {
        self.rows.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// A text column.
    pub fn texts(&self, column: &str) -> Vec<Option<String>> {
        self.column(column).as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    /// A column of whole numbers.
    pub fn integers(&self, column: &str) -> Vec<Option<i64>> {
        self.column(column).as_primitive::<Int64Type>().iter().collect()
    }

    /// A column of numbers: doubles as they are, decimals as the nearest double.
    pub fn numbers(&self, column: &str) -> Vec<Option<f64>> {
        let column = self.column(column);
        match column.data_type() {
            DataType::Float64 => column.as_primitive::<Float64Type>().iter().collect(),
            DataType::Int64 => column.as_primitive::<Int64Type>().iter().map(|value| Some(value? as f64)).collect(),
            DataType::Decimal128(_, scale) => {
                let unit = 10_f64.powi(i32::from(*scale));
                column.as_primitive::<Decimal128Type>().iter().map(|value| Some(value? as f64 / unit)).collect()
            }
            other => panic!("{other} is not a type of numbers"),
        }
    }

    /// The position of the only row in which the text columns have these values.
    pub fn position(&self, key: &[(&str, &str)]) -> usize {
        let is_it = |row: &usize| key.iter().all(|(column, value)| self.texts(column)[*row].as_deref() == Some(*value));
        let found: Vec<usize> = (0..self.len()).filter(is_it).collect();
        assert_eq!(found.len(), 1, "rows with {key:?}");
        found[0]
    }

    /// The number in `column` of the only row with this key.
    pub fn number(&self, key: &[(&str, &str)], column: &str) -> Option<f64> {
        self.numbers(column)[self.position(key)]
    }

    /// How many values of a column are there.
    pub fn known(&self, column: &str) -> usize {
        let column = self.column(column);
        column.len() - column.logical_null_count()
    }

    fn column(&self, name: &str) -> &dyn Array {
        self.rows.column_by_name(name).unwrap_or_else(|| panic!("no column `{name}` among {:?}", self.columns()))
    }
}

/// Writes rows as a Parquet file.
pub fn write_parquet(path: &Path, rows: &RecordBatch) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), rows.schema(), None).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
}

/// Whether two numbers agree to `tolerance`.
#[track_caller]
pub fn assert_near(found: Option<f64>, expected: f64, tolerance: f64) {
    let found = found.unwrap_or_else(|| panic!("NULL instead of {expected}"));
    assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
}
