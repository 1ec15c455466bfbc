//! Which rows of a table are shown and drawn, by the values that its sidecar restricts columns to.

use arrow::array::RecordBatch;

use super::values::{self, ColumnName};
use crate::config::chart::Chart;
use crate::config::located::Located;
use crate::config::scalar::Scalar;
use crate::config::table_report::TableReport;
use crate::error::Result;

/// A column, and the values of which its rows hold one.
type Restriction<'a> = (&'a Located<String>, &'a Vec<Scalar>);

/// For each row, whether the table shows it. Where customers are counted, the rows are groups of those that it shows.
///
/// # Errors
/// `Error::Data` when a column is not there or cannot be read.
pub(super) fn shown_rows(rows: &RecordBatch, table: &str, report: &TableReport) -> Result<Vec<bool>> {
    let is_counted = !report.count_by.is_empty();
    matching(rows, table, report.only.iter().filter(|_| !is_counted))
}

/// For each row, whether a chart of the table draws it.
///
/// # Errors
/// See [`shown_rows`].
pub(super) fn drawn_rows(rows: &RecordBatch, table: &str, report: &TableReport, chart: &Chart) -> Result<Vec<bool>> {
    let is_counted = !report.count_by.is_empty();
    let inherited = report.only.iter().filter(|(column, _)| !is_counted && !names(chart, column));
    matching(rows, table, inherited.chain(&chart.only))
}

/// What a column is restricted to so that all rows are there that the table or one of its charts shows.
pub(crate) fn widest<'a>(report: &'a TableReport, column: &str) -> Vec<&'a Scalar> {
    let of = |only: &'a indexmap::IndexMap<Located<String>, Vec<Scalar>>| {
        only.iter().filter(|(name, _)| name.value == column).flat_map(|(_, values)| values).collect::<Vec<_>>()
    };
    let mut values = of(&report.only);
    if report.count_by.is_empty() {
        values.extend(report.charts.iter().flat_map(|chart| of(&chart.only)));
    }
    values
}

fn names(chart: &Chart, column: &str) -> bool {
    chart.only.keys().any(|name| name.value == column)
}

fn matching<'a>(
    rows: &RecordBatch,
    table: &str,
    restrictions: impl Iterator<Item = Restriction<'a>>,
) -> Result<Vec<bool>> {
    let mut is_wanted = vec![true; rows.num_rows()];
    for (column, wanted) in restrictions {
        let name = ColumnName { table, column };
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        for (is_wanted, text) in is_wanted.iter_mut().zip(values::texts(values::column(rows, name)?, name)?) {
            *is_wanted &= text.is_some_and(|text| wanted.contains(&text));
        }
    }
    Ok(is_wanted)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    #[test]
    fn a_chart_draws_other_rows_than_its_table_shows_where_it_says_so() {
        let report: TableReport = serde_yaml::from_str(
            "section: leaving\ntitle: {en: Curves}\nonly: {dimension: [total], basis: [observed]}\ncharts:\n\
             - {kind: bars, label: dimension, value: n}\n\
             - {kind: bars, label: dimension, value: n, only: {dimension: [size, region]}}\n",
        )
        .unwrap();
        let dimension: ArrayRef = Arc::new(StringArray::from(vec!["total", "size", "total", "region", "age"]));
        let basis: ArrayRef =
            Arc::new(StringArray::from(vec!["observed", "observed", "other", "observed", "observed"]));
        let n: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5]));
        let rows = RecordBatch::try_from_iter([("dimension", dimension), ("basis", basis), ("n", n)]).unwrap();
        let drawn = |chart: usize| drawn_rows(&rows, "curves", &report, &report.charts[chart]).unwrap();
        assert_eq!(shown_rows(&rows, "curves", &report).unwrap(), [true, false, false, false, false]);
        assert_eq!(drawn(0), [true, false, false, false, false]);
        assert_eq!(drawn(1), [false, true, false, true, false]);
        let wanted: Vec<String> = widest(&report, "dimension").into_iter().map(ToString::to_string).collect();
        assert_eq!(wanted, ["total", "size", "region"]);
        assert_eq!(widest(&report, "basis").len(), 1);
    }
}
