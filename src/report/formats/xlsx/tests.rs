use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx as Workbook};

use super::*;
use crate::config::chart::Chart;
use crate::config::language::Language;
use crate::report::shown_table::Cell;
use crate::report::{
    CodeLabels, LoyaltyReport, ReportContext, ReportSection, ShownChart, ShownColumn, ShownRow, ShownTable, build,
};

fn context() -> ReportContext {
    let section = ReportSection { name: "prices".into(), heading: Some("Prices".into()), ..ReportSection::default() };
    ReportContext {
        pipeline: "shop".into(),
        description: "A shop".into(),
        caveats: Vec::new(),
        headline: crate::config::report_format::Headline::default(),
        rules: crate::report::LoyaltyRules::default(),
        as_of_date: "2026-11-30".parse().unwrap(),
        window_days: Some(365),
        currency: Some("EUR".into()),
        run_id: "r1".into(),
        staunch_version: "0.1.0".into(),
        compared_to: None,
        absent_inputs: Vec::new(),
        checks: Vec::new(),
        inputs: Vec::new(),
        sections: vec![section],
        figures: Vec::new(),
        directions: BTreeMap::new(),
        key_figures: Vec::new(),
        blocks: Vec::new(),
        basis: Vec::new(),
        families: Vec::new(),
        labels: CodeLabels::default(),
        min_cell: 5,
    }
}

fn column(name: &str, unit: Option<&str>, is_number: bool) -> ShownColumn {
    ShownColumn { name: name.into(), unit: unit.map(str::to_owned), is_number, ..ShownColumn::default() }
}

fn row(cells: Vec<Cell>) -> ShownRow {
    ShownRow { cells, unit: None }
}

/// A table with one row of numbers, one hidden row, and a chart.
fn table(title: &str, chart: &str) -> ShownTable {
    let columns = vec![
        column("product", None, false),
        column("share", Some("share"), true),
        column("score", Some("nps"), true),
        column("day", None, false),
        column("low", Some("share"), true),
        column("high", Some("share"), true),
    ];
    let day = |text: &str| Cell::Date(text.parse().unwrap());
    let numbers = |name: &str, share: f64, date: &str| {
        let numbers = [share - 0.05, share + 0.1].map(Cell::Number);
        let [low, high] = numbers;
        row(vec![Cell::Text(name.into()), Cell::Number(share), Cell::Number(-0.25), day(date), low, high])
    };
    let hidden = row(vec![
        Cell::Text("coffee".into()),
        Cell::Hidden,
        Cell::Below(5),
        day("2026-09-30"),
        Cell::Hidden,
        Cell::Hidden,
    ]);
    let rows = vec![numbers("tea", 0.25, "2026-10-31"), numbers("=1+1", 0.5, "2026-11-30"), hidden];
    let chart: Chart = serde_yaml::from_str(chart).unwrap();
    let drawn = ShownChart::new(&chart, Language::English, columns.clone(), rows.clone());
    ShownTable {
        name: title.into(),
        section: "prices".into(),
        title: title.into(),
        columns,
        rows,
        rows_count: 3,
        charts: vec![drawn],
        ..ShownTable::default()
    }
}

fn report(tables: Vec<ShownTable>) -> LoyaltyReport {
    build(context(), &BTreeMap::new(), tables, &[]).unwrap()
}

fn written(report: &LoyaltyReport) -> Vec<u8> {
    Xlsx.write(report, &Page { document: Document::Report, other: "" }).unwrap()
}

fn part(file: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_table_is_a_sheet_with_numbers_as_people_read_them_and_small_groups_without() {
    let file = written(&report(vec![
        table("Shares of the products that people buy", "{kind: bars, label: product, value: share}"),
        table("Shares of the products that people sell", "{kind: bars, label: product, value: share}"),
    ]));
    let mut workbook = Workbook::new(Cursor::new(file)).unwrap();
    let names = workbook.sheet_names();
    let titles = ["Shares of the products that peo", "Shares of the products that (2)"];
    assert_eq!(names, ["Customer loyalty", "Contents", titles[0], titles[1], "Chart data"]);
    let sheet = workbook.worksheet_range(titles[1]).unwrap();
    let rows: Vec<Vec<Data>> = sheet.rows().map(<[Data]>::to_vec).collect();
    let text = |text: &str| Data::String(text.into());
    assert_eq!(rows[0][0], text("Shares of the products that people sell"));
    let header = rows.iter().position(|row| row[0] == text("Product")).unwrap();
    let tea = &rows[header + 1];
    assert_eq!(tea[..3], [text("tea"), Data::Float(0.25), Data::Float(-25.0)]);
    let Data::DateTime(day) = &tea[3] else { panic!("{:?}", tea[3]) };
    assert_eq!(day.to_ymd_hms_milli(), (2026, 10, 31, 0, 0, 0, 0));
    assert_eq!(rows[header + 2][0], text("=1+1"), "text stays text");
    assert_eq!(rows[header + 3][..3], [text("coffee"), text("–"), text("<5")]);
    assert_eq!(workbook.worksheet_formula(titles[1]).unwrap().used_cells().count(), 0);
}

#[test]
fn charts_are_drawn_by_excel_from_the_rows_that_may_be_shown() {
    let charts = [
        "{kind: bars, label: product, value: share, low: low, high: high}",
        "{kind: stacked_bars, label: product, by: product, value: share}",
        "{kind: dots, label: product, value: score}",
        "{kind: lines, x: day, value: share}",
        "{kind: points, label: product, x: share, value: score}",
        "{kind: flow, label: product, by: product, value: share}",
        "{kind: steps, x: day, value: share}",
        "{kind: heat_map, label: product, by: product, value: share}",
        "{kind: path_diagram, label: product, by: product, value: share}",
    ];
    let tables = charts.iter().enumerate().map(|(number, chart)| table(&format!("Table {number}"), chart));
    let report = report(tables.collect());
    let file = written(&report);
    let chart = |number: usize| part(&file, &format!("xl/charts/chart{number}.xml"));
    let bars = chart(1);
    assert!(bars.contains("<c:barDir val=\"bar\"/>") && bars.contains("<c:errBars>"), "{bars}");
    // Two marks: the hidden row leaves none.
    assert!(bars.contains("<c:f>'Chart data'!$B$1:$B$2</c:f>"), "{bars}");
    assert!(bars.contains("<c:v>0.25</c:v>") && !bars.contains("coffee"), "{bars}");
    assert!(chart(2).contains("<c:grouping val=\"stacked\"/>"));
    assert!(chart(3).contains("<c:v>-25</c:v>"));
    // 31 October and 30 November 2026 as Excel counts days.
    let lines = chart(4);
    assert!(lines.contains("<c:scatterChart>") && lines.contains("<c:v>46326</c:v>"), "{lines}");
    assert!(lines.contains("<c:v>46356</c:v>"), "{lines}");
    assert!(chart(5).contains("tea"));
    assert!(chart(6).contains("<c:grouping val=\"percentStacked\"/>"), "{}", chart(6));
    // A value holds until the next day: three corners, of which two are on 30 November.
    assert!(chart(7).contains("<c:ptCount val=\"3\"/>"), "{}", chart(7));
    let mut archive = zip::ZipArchive::new(Cursor::new(file.as_slice())).unwrap();
    assert!(archive.by_name("xl/charts/chart8.xml").is_err(), "Excel draws neither heat maps nor path diagrams");
    drop(archive);
    // The heat map is a block beside its table: a line for each product, a column for each, and a scale of colours.
    let sheet = part(&file, "xl/worksheets/sheet10.xml");
    assert!(sheet.contains("<conditionalFormatting sqref=\"I2:J3\">") && sheet.contains("<colorScale>"), "{sheet}");
    assert!(
        sheet.contains("<c r=\"I2\"") && sheet.contains("<c r=\"J3\"") && !sheet.contains("<c r=\"I3\""),
        "{sheet}"
    );
    assert_eq!(file, written(&report), "the same report, the same bytes");
}
