//! The first sheet: the headline, the key figures, what was found, and what the numbers rest on.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::table_sheet::{Value, write};
use crate::error::Result;
use crate::render::Messages;
use crate::report::LoyaltyReport;
use crate::report::first_view::FirstView;
use crate::report::spreadsheet::cells;
use crate::report::view::View;

/// The first sheet, line by line.
pub(super) struct FirstSheet {
    title: String,
    lines: Vec<Line>,
}

enum Line {
    Blank,
    Heading(String),
    Sentence(String),
    /// Name and value of what the run says of itself.
    Fact(String, String),
    /// Headings of the key figures.
    Header(Vec<String>),
    /// A key figure.
    Figure(Vec<Value>),
}

/// What the first sheet says.
pub(super) fn first(report: &LoyaltyReport, view: &View, texts: &Messages) -> Result<FirstSheet> {
    let context = &report.context;
    let numbers = &texts.numbers;
    let mut lines = vec![Line::Sentence(context.description.clone())];
    lines.push(Line::Fact(texts.text("meta-as-of")?, numbers.date(context.as_of_date)));
    if let (Some(from), Some(days)) = (report.window_start, context.window_days) {
        let values = [
            ("from", numbers.date(from).into()),
            ("to", numbers.date(context.as_of_date).into()),
            ("days", days.into()),
        ];
        lines.push(Line::Fact(texts.text("meta-period")?, texts.sentence("meta-period-value", &values)?));
    }
    if let Some(currency) = &context.currency {
        lines.push(Line::Fact(texts.text("meta-currency")?, currency.clone()));
    }
    let compared = context.compared_to.map(|day| numbers.date(day));
    let compared = compared.map_or_else(|| texts.text("meta-no-comparison"), Ok)?;
    lines.push(Line::Fact(texts.text("meta-compared-to")?, compared));
    lines.push(Line::Fact(texts.sentence("footer-run", &[("run_id", context.run_id.as_str().into())])?, {
        texts.sentence("footer-version", &[("version", context.staunch_version.as_str().into())])?
    }));

    lines.extend([Line::Blank, Line::Heading(view.headline().to_owned())]);
    let Some(first) = view.first() else { return Ok(FirstSheet { title: texts.text("title")?, lines }) };
    lines.extend(first.change().into_iter().chain(view.details()).map(|text| Line::Sentence(text.to_owned())));
    lines.extend(figures(report, first, texts)?);
    for (heading, findings) in first.findings() {
        lines.extend([Line::Blank, Line::Heading(heading.to_owned())]);
        lines.extend(findings.into_iter().map(|text| Line::Sentence(text.to_owned())));
    }
    if let Some(day) = context.compared_to {
        let heading = texts.sentence("first-changes", &[("date", numbers.date(day).into())])?;
        lines.extend([Line::Blank, Line::Heading(heading)]);
        let (better, worse) = first.changes();
        for (name, changes) in [(texts.text("first-better")?, better), (texts.text("first-worse")?, worse)] {
            lines.extend(changes.iter().map(|text| Line::Fact(name.clone(), text.clone())));
        }
        if better.is_empty() && worse.is_empty() {
            lines.push(Line::Sentence(texts.text("first-no-changes")?));
        }
    }
    lines.extend([Line::Blank, Line::Heading(texts.text("first-basis")?)]);
    lines.extend(first.basis().iter().map(|text| Line::Sentence(text.clone())));
    let title = [texts.text("title")?, context.pipeline.clone()].join(&texts.text("colon")?);
    Ok(FirstSheet { title, lines })
}

fn figures(report: &LoyaltyReport, first: &FirstView, texts: &Messages) -> Result<Vec<Line>> {
    if report.key_figures.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ["indicators-indicator", "indicators-value", "workbook-low", "workbook-high", "indicators-change"];
    let headings = ids.iter().map(|id| texts.text(id)).collect::<Result<_>>()?;
    let mut lines = vec![Line::Blank, Line::Header(headings)];
    for (figure, change) in report.key_figures.iter().zip(first.figure_changes()) {
        let line = &figure.line;
        let unit = Some(line.unit.as_str());
        let name = figure.name.clone().unwrap_or_else(|| report.context.figure_name(&line.indicator));
        let currency = report.context.currency.as_deref().filter(|_| line.unit == "currency");
        let name = match currency {
            Some(currency) => texts.sentence("with-unit", &[("label", name.into()), ("unit", currency.into())])?,
            None => name,
        };
        let mut values = vec![Value::Text(name)];
        values.extend([line.value, line.low, line.high].map(|value| Value::number(value, unit)));
        if let Some((change, is_within_chance)) = change {
            values.push(Value::change(Some(change), &line.unit, texts));
            if is_within_chance {
                values.push(Value::Text(texts.text("first-within-chance")?));
            }
        }
        lines.push(Line::Figure(values));
    }
    let note = match report.context.compared_to {
        Some(day) => texts.sentence("first-figures-note", &[("date", texts.numbers.date(day).into())])?,
        None => texts.text("first-figures-note-alone")?,
    };
    lines.push(Line::Sentence(note));
    Ok(lines)
}

impl FirstSheet {
    pub(super) fn write(&self, sheet: &mut Worksheet, name: &str) -> Result<(), XlsxError> {
        let bold = Format::new().set_bold();
        sheet.set_name(name)?.set_print_fit_to_pages(1, 0);
        sheet.set_column_width(0, 44)?;
        for column in 1..6 {
            sheet.set_column_width(column, 16)?;
        }
        sheet.write_string_with_format(0, 0, &self.title, &bold.clone().set_font_size(16))?;
        for (line, content) in (1_u32..).zip(&self.lines) {
            match content {
                Line::Blank => {}
                Line::Heading(text) => {
                    sheet.write_string_with_format(line, 0, text, &bold)?;
                }
                Line::Sentence(text) => {
                    sheet.write_string(line, 0, text)?;
                }
                Line::Fact(fact, value) => {
                    sheet.write_string(line, 0, fact)?.write_string(line, 1, value)?;
                }
                Line::Header(labels) => {
                    for (index, label) in (0_u16..).zip(labels) {
                        sheet.write_string_with_format(line, index, label, &cells::header())?;
                    }
                }
                Line::Figure(values) => {
                    for (index, value) in (0_u16..).zip(values) {
                        write(sheet, (line, index), value)?;
                    }
                }
            }
        }
        Ok(())
    }
}
