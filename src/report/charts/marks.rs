//! What a chart draws: one mark for each row whose number is known.

use chrono::{Datelike, NaiveDate};

use crate::config::chart::ChartKind;
use crate::config::column_role::ColumnRole;
use crate::error::Result;
use crate::render::Messages;
use crate::report::build::segment_rank;
use crate::report::context::ReportContext;
use crate::report::shown_table::{Cell, ShownChart, ShownTable};
use crate::report::table_view::{column_label, column_texts};

/// The marks of a chart, in the order of the table.
pub(in crate::report) struct Marks {
    pub kind: ChartKind,
    pub rows: Vec<Mark>,
    pub value: Axis,
    pub x: Option<Axis>,
    pub beside: Option<Axis>,
}

/// What the numbers of an axis are.
pub(in crate::report) struct Axis {
    /// Heading of the column.
    pub label: String,
    /// Unit of the numbers.
    pub unit: Option<String>,
    /// Whether they are days, as days since 1 January of year 1.
    pub is_day: bool,
}

/// One row.
#[derive(Clone, Default)]
pub(in crate::report) struct Mark {
    /// Its name, and the key behind it.
    pub label: String,
    pub label_key: String,
    /// What splits marks of the same name, and the key behind it.
    pub by: String,
    pub by_key: String,
    pub value: f64,
    /// The number as the table writes it.
    pub text: String,
    pub x: Option<f64>,
    /// `x` as the table writes it.
    pub x_text: String,
    pub interval: Option<(f64, f64)>,
    /// The interval of `x`.
    pub x_interval: Option<(f64, f64)>,
    pub beside: Option<f64>,
    /// `beside` as the table writes it.
    pub beside_text: String,
    pub size: Option<f64>,
    /// What `value` is called, where it is a figure inside a box.
    pub figure: String,
}

impl Marks {
    /// The rows of a chart; those whose number is unknown or hidden leave no mark.
    pub fn read(chart: &ShownChart, texts: &Messages, context: &ReportContext) -> Result<Self> {
        let table = ShownTable { columns: chart.columns.clone(), rows: chart.rows.clone(), ..ShownTable::default() };
        let reader = Reader { table: &table, texts, context };
        let labels = reader.texts(chart.label.as_ref())?;
        let parts = reader.texts(chart.by.as_ref())?;
        let texts = reader.texts(Some(&chart.value))?;
        let x_texts = reader.texts(chart.x.as_ref())?;
        let beside_texts = reader.texts(chart.beside.as_ref())?;
        let figures = reader.texts(chart.figure.as_ref())?;
        let mut rows = Vec::new();
        for row in 0..table.rows.len() {
            let number = |column: Option<&String>| reader.number(column, row);
            let Some(value) = number(Some(&chart.value)) else { continue };
            let x = number(chart.x.as_ref());
            if chart.x.is_some() && x.is_none() {
                continue;
            }
            rows.push(Mark {
                label: labels[row].clone(),
                label_key: reader.key(chart.label.as_ref(), row),
                by: parts[row].clone(),
                by_key: reader.key(chart.by.as_ref(), row),
                value,
                text: texts[row].clone(),
                x,
                x_text: x_texts[row].clone(),
                interval: number(chart.low.as_ref()).zip(number(chart.high.as_ref())),
                x_interval: number(chart.x_low.as_ref()).zip(number(chart.x_high.as_ref())),
                beside: number(chart.beside.as_ref()),
                beside_text: beside_texts[row].clone(),
                size: number(chart.size.as_ref()),
                figure: figures[row].clone(),
            });
        }
        Ok(Self {
            kind: chart.kind,
            rows,
            value: reader.axis(&chart.value)?,
            x: chart.x.as_ref().map(|column| reader.axis(column)).transpose()?,
            beside: chart.beside.as_ref().map(|column| reader.axis(column)).transpose()?,
        })
    }

    /// The rows of a part from left to right. Where values hold until the next one, the corners of the steps are among them, and
    /// shares begin with all of the whole at 0 of a horizontal axis of numbers.
    pub fn curve(&self, part: &str) -> Vec<Mark> {
        let mut rows: Vec<Mark> = self.rows.iter().filter(|mark| mark.by == part).cloned().collect();
        rows.sort_by(|a, b| a.x.unwrap_or_default().total_cmp(&b.x.unwrap_or_default()));
        if self.kind != ChartKind::Steps {
            return rows;
        }
        let is_of_days = self.x.as_ref().is_some_and(|x| x.is_day);
        if self.value.unit.as_deref() == Some("share")
            && !is_of_days
            && let Some(first) = rows.first().filter(|mark| mark.x.is_some_and(|x| x > 0.0))
        {
            let interval = first.interval.map(|_| (1.0, 1.0));
            rows.insert(0, Mark { x: Some(0.0), value: 1.0, interval, ..first.clone() });
        }
        let corners = rows.windows(2).map(|pair| Mark { x: pair[1].x, ..pair[0].clone() });
        let mut steps: Vec<Mark> = rows.iter().cloned().zip(corners).flat_map(|(row, corner)| [row, corner]).collect();
        steps.extend(rows.pop());
        steps
    }

    /// Every name of `key` in order of appearance, segments in their own order, with the key behind it.
    pub fn names(&self, key: fn(&Mark) -> (&str, &str)) -> Vec<(String, String)> {
        let mut names: Vec<(String, String)> = Vec::new();
        for (name, key) in self.rows.iter().map(key) {
            if !names.iter().any(|(known, _)| known == name) {
                names.push((name.to_owned(), key.to_owned()));
            }
        }
        names.sort_by_key(|(_, key)| segment_rank(key));
        names
    }
}

/// A day as a number, so that days can stand on an axis.
pub(in crate::report) fn number_of(day: NaiveDate) -> f64 {
    f64::from(day.num_days_from_ce())
}

struct Reader<'a> {
    table: &'a ShownTable,
    texts: &'a Messages,
    context: &'a ReportContext,
}

impl Reader<'_> {
    fn index(&self, column: Option<&String>) -> Option<usize> {
        self.position(column?)
    }

    fn position(&self, column: &str) -> Option<usize> {
        self.table.columns.iter().position(|shown| shown.name == column)
    }

    fn texts(&self, column: Option<&String>) -> Result<Vec<String>> {
        match self.index(column) {
            Some(index) => column_texts(self.table, index, self.texts, &self.context.labels),
            None => Ok(vec![String::new(); self.table.rows.len()]),
        }
    }

    fn key(&self, column: Option<&String>, row: usize) -> String {
        match self.index(column).map(|index| &self.table.rows[row].cells[index]) {
            Some(Cell::Text(key)) => key.clone(),
            _ => String::new(),
        }
    }

    fn number(&self, column: Option<&String>, row: usize) -> Option<f64> {
        match &self.table.rows[row].cells[self.index(column)?] {
            Cell::Number(value) => Some(*value),
            Cell::Date(day) => Some(number_of(*day)),
            Cell::Time(moment) => Some(number_of(moment.date())),
            _ => None,
        }
    }

    fn axis(&self, column: &str) -> Result<Axis> {
        let shown = self.position(column).map(|index| &self.table.columns[index]);
        let is_day = self.position(column).is_some_and(|index| {
            self.table.rows.iter().any(|row| matches!(row.cells[index], Cell::Date(_) | Cell::Time(_)))
        });
        Ok(Axis {
            label: match shown {
                Some(shown) => column_label(shown, self.texts, self.context.currency.as_deref())?,
                None => String::new(),
            },
            unit: shown.and_then(|shown| shown.unit.clone()),
            is_day: is_day || shown.is_some_and(|shown| shown.role == Some(ColumnRole::Month)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(is_day: bool) -> Vec<(Option<f64>, f64)> {
        let mark = |x: f64, value: f64| Mark { x: Some(x), value, ..Mark::default() };
        let axis = |unit: &str, is_day| Axis { label: String::new(), unit: Some(unit.to_owned()), is_day };
        let marks = Marks {
            kind: ChartKind::Steps,
            rows: vec![mark(3.0, 0.5), mark(1.0, 0.75)],
            value: axis("share", false),
            x: Some(axis("months", is_day)),
            beside: None,
        };
        marks.curve("").iter().map(|mark| (mark.x, mark.value)).collect()
    }

    #[test]
    fn a_share_that_holds_until_the_next_number_begins_with_the_whole() {
        let corners = [(0.0, 1.0), (1.0, 1.0), (1.0, 0.75), (3.0, 0.75), (3.0, 0.5)];
        assert_eq!(curve(false), corners.map(|(x, value)| (Some(x), value)));
    }

    #[test]
    fn on_an_axis_of_days_nothing_is_before_the_first() {
        assert_eq!(curve(true), [(1.0, 0.75), (3.0, 0.75), (3.0, 0.5)].map(|(x, value)| (Some(x), value)));
    }
}
