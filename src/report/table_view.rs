//! [`ShownTable`] -> headings, texts and sentences, the same in every format.

use fluent_bundle::FluentValue;
use serde::Serialize;

use super::charts::{self, Picture};
use super::code_words;
use super::context::{CodeLabels, ReportContext};
use super::formats::Pictures;
use super::shown_table::{Cell, ShownColumn, ShownRow, ShownTable};
use crate::config::column_role::ColumnRole;
use crate::error::Result;
use crate::render::Messages;
use crate::render::numbers::Precision;
use crate::render::templates::first_upper;
use crate::render::words::{fill, in_words};

/// A table with more rows than this is collapsed until it is clicked on.
const LONG_ROWS: usize = 15;
/// A column of texts that are longer than this gets room to wrap.
const WORDY_CHARACTERS: usize = 28;
/// Columns that a page has room for; the file has the others.
const SCREEN_COLUMNS: usize = 8;
/// A table with more columns than this has no room for bars.
const DRAWN_COLUMNS: usize = 6;

/// A table ready to be printed.
#[derive(Debug, Serialize)]
pub(super) struct TableView {
    name: String,
    title: String,
    note: Option<String>,
    finding: Option<String>,
    charts: Vec<Picture>,
    columns: Vec<ColumnView>,
    rows: Vec<Vec<CellView>>,
    /// How many rows are shown of how many, where not all are.
    cut: Option<String>,
    /// How many columns the page has no room for.
    more: Option<String>,
    /// Which columns have no values.
    unknown: Option<String>,
    /// Which customers were counted.
    counted: Option<String>,
    is_collapsed: bool,
    is_wide: bool,
    has_hidden: bool,
    has_textbook: bool,
}

#[derive(Debug, Serialize)]
struct ColumnView {
    label: String,
    is_number: bool,
    is_textbook: bool,
    /// Whether its shares are drawn too.
    has_bar: bool,
    is_wordy: bool,
}

#[derive(Debug, Serialize)]
struct CellView {
    text: String,
    /// Share to draw, 0 to 1.
    bar: Option<f64>,
    /// Whether the cell above says the same.
    is_repeated: bool,
}

/// A table without numbers, and why it has none.
#[derive(Debug, Serialize)]
pub(super) struct EmptyTable {
    name: String,
    title: String,
    reason: String,
}

impl TableView {
    /// Name and title.
    pub(super) fn title(&self) -> (String, String) {
        (self.name.clone(), self.title.clone())
    }

    /// What to know about it: what it found, how to read it, and what it leaves out.
    pub(super) fn lines(&self) -> Vec<String> {
        let lines = [&self.finding, &self.note, &self.cut, &self.counted, &self.unknown];
        lines.into_iter().flatten().cloned().collect()
    }

    /// What its first row says.
    pub(super) fn finding(&self) -> Option<(&str, &str)> {
        Some((self.name.as_str(), self.finding.as_deref()?))
    }
}

impl EmptyTable {
    /// Its title and the reason.
    pub(super) fn reason(&self) -> (String, String) {
        (self.title.clone(), self.reason.clone())
    }
}

/// A table without numbers, and why it has none.
pub(super) fn empty_table(table: &ShownTable, texts: &Messages) -> Result<EmptyTable> {
    let inputs = table.absent_inputs.iter().map(|input| input.gives.as_str());
    let inputs: Vec<&str> = inputs.collect();
    let absent = match inputs.is_empty() {
        true => None,
        false => Some(("inputs", FluentValue::from(inputs.join(&texts.text("clause-separator")?)))),
    };
    let reason = match (&table.empty, absent) {
        // An input that is not there may be all there is to it, or only a part.
        (Some(reason), Some(absent)) => {
            let absent = texts.sentence("tables-not-on-file", &[absent])?;
            [reason.as_str(), &absent].join(texts.language.sentence_separator())
        }
        (None, Some(absent)) => texts.sentence("tables-absent", &[absent])?,
        (_, None) if table.lacks_earlier_run => texts.text("tables-no-earlier-run")?,
        (Some(reason), None) => reason.clone(),
        (None, None) => texts.text("tables-empty")?,
    };
    Ok(EmptyTable { name: table.name.clone(), title: table.title.clone(), reason })
}

/// A table with numbers.
pub(super) fn table_view(
    table: &ShownTable,
    shown: Pictures,
    texts: &Messages,
    context: &ReportContext,
) -> Result<TableView> {
    let currency = context.currency.as_deref();
    let styles: Vec<ColumnStyle> = (0..table.columns.len()).map(|index| ColumnStyle::of(table, index)).collect();
    let has_room = table.columns.len() <= DRAWN_COLUMNS && table.rows.len() > 1;
    let bar = table.columns.iter().position(|column| has_room && is_drawn(column));
    let mut rows = Vec::new();
    for row in &table.rows {
        let mut cells = Vec::new();
        for (index, style) in styles.iter().enumerate() {
            let share = match row.cells[index] {
                Cell::Number(share) if bar == Some(index) => Some(share),
                _ => None,
            };
            cells.push(CellView {
                text: text(table, row, index, style, texts, &context.labels)?,
                bar: share,
                is_repeated: false,
            });
        }
        rows.push(cells);
    }
    let keys_count = table.columns.iter().filter(|column| column.is_key).count();
    if keys_count > 1 && table.columns.first().is_some_and(|column| column.is_key) {
        say_once(&mut rows);
    }
    let mut columns = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        columns.push(ColumnView {
            label: column_label(column, texts, currency)?,
            is_number: column.is_number && !column.is_key,
            is_textbook: column.is_textbook(),
            has_bar: bar == Some(index),
            is_wordy: !column.is_number && rows.iter().any(|row| row[index].text.chars().count() > WORDY_CHARACTERS),
        });
    }
    let left_out = columns.len().saturating_sub(SCREEN_COLUMNS);
    columns.truncate(SCREEN_COLUMNS);
    rows.iter_mut().for_each(|row| row.truncate(SCREEN_COLUMNS));
    let file = || FluentValue::from(table.spreadsheet.clone().unwrap_or_else(|| "none".to_owned()));
    let more = (left_out > 0).then(|| texts.sentence("tables-more", &[("count", left_out.into()), ("file", file())]));
    let cut = (table.rows_count > table.rows.len()).then(|| {
        texts.sentence(
            "tables-cut",
            &[("shown", table.rows.len().into()), ("all", table.rows_count.into()), ("file", file())],
        )
    });
    let is_hidden = |cell: &Cell| matches!(cell, Cell::Hidden | Cell::Below(_));
    let has_hidden = table.rows.iter().flat_map(|row| &row.cells).any(is_hidden);
    // The whole would give away what is hidden of it.
    let counted = table
        .customers_count
        .filter(|_| !has_hidden)
        .map(|all| texts.sentence("tables-counted", &[("customers", all.into()), ("file", file())]));
    // A reason that no row needs is no gap.
    let unknown = table.unknown_columns.iter().filter(|column| !column.name.ends_with("_because"));
    let unknown = unknown.map(|column| column_label(column, texts, None));
    let unknown = unknown.collect::<Result<Vec<_>>>()?.join(texts.language.list_separator());
    let unknown = (!unknown.is_empty()).then(|| texts.sentence("tables-unknown", &[("columns", unknown.into())]));
    let pictures = match shown {
        Pictures::Drawn => pictures(table, texts, context)?,
        Pictures::LeftOut => Vec::new(),
    };
    Ok(TableView {
        name: table.name.clone(),
        title: table.title.clone(),
        note: note(table, texts),
        finding: finding(table, &styles, texts, context)?,
        has_hidden,
        has_textbook: on_screen(table).any(ShownColumn::is_textbook),
        is_collapsed: table.is_collapsed || !pictures.is_empty() || rows.len() > LONG_ROWS,
        charts: pictures,
        is_wide: columns.len() > 7,
        columns,
        rows,
        cut: cut.transpose()?,
        more: more.transpose()?,
        unknown: unknown.transpose()?,
        counted: counted.transpose()?,
    })
}

/// The charts of a table, drawn.
fn pictures(table: &ShownTable, texts: &Messages, context: &ReportContext) -> Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    for (number, chart) in table.charts.iter().enumerate() {
        let name = format!("chart-{}-{}", table.name, number + 1);
        pictures.extend(charts::draw(chart, &name, (&table.name, &table.title), texts, context)?);
    }
    Ok(pictures)
}

/// The columns that a page has room for.
fn on_screen(table: &ShownTable) -> impl Iterator<Item = &ShownColumn> {
    table.columns.iter().take(SCREEN_COLUMNS)
}

/// How to read the table, with what there is to know about the columns that the page shows.
fn note(table: &ShownTable, texts: &Messages) -> Option<String> {
    let is_shown = |name: &String| on_screen(table).any(|column| column.name == *name);
    let of_columns = table.column_notes.iter().filter(|(column, _)| is_shown(column)).map(|(_, note)| note);
    let notes: Vec<&str> = table.note.iter().chain(of_columns).map(String::as_str).collect();
    (!notes.is_empty()).then(|| notes.join(texts.language.sentence_separator()))
}

/// Marks the names that the row above has too.
fn say_once(rows: &mut [Vec<CellView>]) {
    let names: Vec<String> = rows.iter().filter_map(|row| row.first().map(|cell| cell.text.clone())).collect();
    for (row, pair) in rows.iter_mut().skip(1).zip(names.windows(2)) {
        if pair[0] == pair[1]
            && let Some(cell) = row.first_mut()
        {
            cell.is_repeated = true;
        }
    }
}

/// Whether the shares of a column are drawn as bars.
fn is_drawn(column: &ShownColumn) -> bool {
    column.unit.as_deref() == Some("share") && !column.is_textbook() && !column.is_key
}

/// All values of a column as the table writes them.
pub(super) fn column_texts(
    table: &ShownTable,
    index: usize,
    texts: &Messages,
    labels: &CodeLabels,
) -> Result<Vec<String>> {
    let style = ColumnStyle::of(table, index);
    table.rows.iter().map(|row| text(table, row, index, &style, texts, labels)).collect()
}

/// The heading of a column, with its unit.
pub(super) fn column_label(column: &ShownColumn, texts: &Messages, currency: Option<&str>) -> Result<String> {
    let known = |id: String| texts.has(&id).then(|| texts.text(&id)).transpose();
    let words = || first_upper(&column.name.replace('_', " "));
    let mut label = match &column.label {
        Some(label) => label.clone(),
        None => known(format!("label-{}", column.name))?.unwrap_or_else(words),
    };
    let unit = match column.unit.as_deref() {
        Some("currency") => currency.map(str::to_owned),
        Some(unit) => known(format!("unit-{unit}"))?,
        None => None,
    };
    if let Some(unit) = unit.filter(|unit| !label.to_lowercase().contains(&unit.to_lowercase())) {
        label = texts.sentence("with-unit", &[("label", label.into()), ("unit", unit.into())])?;
    }
    if column.is_textbook() && !label.to_lowercase().contains(&texts.text("tables-textbook")?.to_lowercase()) {
        label = texts.sentence("tables-textbook-label", &[("label", label.into())])?;
    }
    Ok(label)
}

/// The sentence on the first row; none when a value of it is unknown or hidden.
fn finding(
    table: &ShownTable,
    styles: &[ColumnStyle],
    texts: &Messages,
    context: &ReportContext,
) -> Result<Option<String>> {
    let (Some(sentence), Some(first)) = (&table.finding, table.rows.first()) else { return Ok(None) };
    let mut values = Vec::new();
    for (index, (column, style)) in table.columns.iter().zip(styles).enumerate() {
        if matches!(first.cells[index], Cell::Unknown | Cell::Hidden | Cell::Below(_)) {
            continue;
        }
        let mut value = match &first.cells[index] {
            Cell::Number(share) if column.unit.as_deref() == Some("share") => texts.numbers.round_percent(*share),
            Cell::Date(day) if column.role == Some(ColumnRole::Month) => texts.numbers.month_in_full(*day),
            Cell::Date(day) => texts.numbers.date(*day),
            _ => text(table, first, index, style, texts, &context.labels)?,
        };
        if let (Some("currency"), Some(currency)) = (column.unit.as_deref(), &context.currency) {
            value = format!("{value} {currency}");
        }
        values.push((column.name.as_str(), value));
    }
    let value_of = |gap: &str| values.iter().find(|(name, _)| *name == gap).map(|(_, value)| value.clone());
    Ok(fill(sentence, value_of).ok())
}

/// How the values of a column are written, so that they line up.
struct ColumnStyle {
    unit: Option<String>,
    precision: Precision,
    /// A number that names its row, such as a year or a rank: no thousands.
    is_name: bool,
}

impl ColumnStyle {
    fn of(table: &ShownTable, index: usize) -> Self {
        let column = &table.columns[index];
        let values = table.rows.iter().filter_map(|row| match row.cells[index] {
            Cell::Number(value) => Some(value),
            _ => None,
        });
        Self {
            unit: column.unit.clone(),
            precision: Precision::of(values),
            is_name: column.is_key && column.unit.is_none(),
        }
    }
}

fn text(
    table: &ShownTable,
    row: &ShownRow,
    index: usize,
    style: &ColumnStyle,
    texts: &Messages,
    labels: &CodeLabels,
) -> Result<String> {
    let numbers = &texts.numbers;
    let column = &table.columns[index];
    Ok(match &row.cells[index] {
        Cell::Unknown | Cell::Hidden => numbers.unknown.to_owned(),
        Cell::Below(limit) => numbers.count_below(Some(*limit)),
        Cell::Text(key) => name_of_value(table, row, column, key, texts, labels)?,
        Cell::Boolean(true) => texts.text("tables-is-true")?,
        Cell::Boolean(false) => texts.text("tables-is-false")?,
        Cell::Date(day) => {
            let is_month = column.role == Some(ColumnRole::Month);
            if is_month { numbers.month(*day) } else { numbers.short_date(*day) }
        }
        Cell::Time(moment) => numbers.time(*moment),
        Cell::Number(value) if style.is_name && value.fract() == 0.0 => numbers.number_without_thousands(*value),
        Cell::Number(value) => match (&style.unit, &row.unit) {
            (Some(unit), _) => numbers.measure(*value, unit, style.precision),
            // Each row has a unit of its own; the digits are its own too.
            // Ratios around 1 differ in the third digit.
            (None, Some(unit)) if unit == "ratio" => numbers.number(*value, 3),
            (None, Some(unit)) => numbers.measure(*value, unit, Precision::of([*value])),
            (None, None) => numbers.number(*value, style.precision.decimals()),
        },
    })
}

/// A value of a column of texts in words.
fn name_of_value(
    table: &ShownTable,
    row: &ShownRow,
    column: &ShownColumn,
    key: &str,
    texts: &Messages,
    labels: &CodeLabels,
) -> Result<String> {
    let named = |column: &str| code_words::name_of(column, key, labels, texts);
    match column.role {
        Some(ColumnRole::Segment) => named("segment"),
        Some(ColumnRole::DimensionValue) => {
            let dimension = table.columns.iter().position(|column| column.role == Some(ColumnRole::Dimension));
            match dimension.map(|index| &row.cells[index]) {
                Some(Cell::Text(dimension)) => named(dimension),
                _ => Ok(in_words(key)),
            }
        }
        _ => named(&column.name),
    }
}
