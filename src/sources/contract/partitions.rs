//! Hive-style folders: `month=2026-11/` gives every row below it the column `month`.

use arrow::datatypes::Field;
use chrono_tz::Tz;
use datafusion::scalar::ScalarValue;
use object_store::path::Path;

use crate::config::data_type::DataType;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourcePlan;
use crate::sources::contract::types::table_type;
use crate::sources::values::{ValueColumn, shortened};
use crate::storage::address::percent_decoded;

/// How Hive writes a missing partition value.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The table's fields of partition columns.
pub fn partition_fields(partitions: &[(String, DataType)]) -> Vec<Field> {
    partitions.iter().map(|(name, data_type)| Field::new(name, table_type(*data_type), true)).collect()
}

/// The values of partition columns for one object, from the folders it is in; `file` names it in messages.
///
/// # Errors
///
/// A partition's folder is missing, out of order, or its value is not of the declared type.
pub fn partition_values(source: &SourcePlan, path: &Path, file: &str) -> Result<Vec<ScalarValue>> {
    let parts: Vec<_> = path.parts().collect();
    let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
    let mut pairs = folders.iter().filter_map(|folder| folder.as_ref().split_once('='));
    source
        .partitions
        .iter()
        .map(|(name, data_type)| {
            let Some((_, text)) = pairs.find(|(folder, _)| percent_decoded(folder) == *name) else {
                return Err(Error::data(
                    Problem::new(format!("`{file}` is not below a folder `{name}=…`"))
                        .hint("the source declares it under `partitions`, in the order of the folders"),
                ));
            };
            value(*data_type, text, source.time_zone).map_err(|expected| {
                Error::data(
                    Problem::new(format!("the folder `{name}={}` of `{file}` is not {expected}", shortened(text)))
                        .hint("declare the partition with the type its folders have, or rename the folder"),
                )
            })
        })
        .collect()
}

fn value(data_type: DataType, text: &str, time_zone: Tz) -> Result<ScalarValue, String> {
    let failed = |error: datafusion::error::DataFusionError| error.to_string();
    if text == HIVE_NULL {
        return ScalarValue::try_from(&table_type(data_type)).map_err(failed);
    }
    let mut column = ValueColumn::plain(data_type, time_zone);
    column.push(&percent_decoded(text))?;
    ScalarValue::try_from_array(&column.finish().0, 0).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::source;

    #[test]
    fn folders_give_typed_values() {
        let mut source = source("/data/");
        source.partitions = vec![("day".to_owned(), DataType::Date), ("shop".to_owned(), DataType::String)];
        let path = Path::parse("data/x=1/day=2026-11-30/shop=a%20b/part=7.csv").unwrap();
        let values = partition_values(&source, &path, "f").unwrap();
        assert_eq!(values[0].to_string(), "2026-11-30");
        assert_eq!(values[1], ScalarValue::Utf8View(Some("a b".into())));
        let missing = Path::parse("data/day=2026-11-30/part.csv").unwrap();
        assert!(partition_values(&source, &missing, "f").unwrap_err().to_string().contains("`shop=…`"));
        let wrong = Path::parse("day=soon/shop=a/part.csv").unwrap();
        assert_eq!(partition_values(&source, &wrong, "f").unwrap_err().exit_code(), 3);
        let null = Path::parse("day=__HIVE_DEFAULT_PARTITION__/shop=a/part.csv").unwrap();
        assert!(partition_values(&source, &null, "f").unwrap()[0].is_null());
    }
}
