use std::io::{Cursor, Read};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use calamine::{Data, Reader, Xlsx};
use chrono::NaiveDateTime;

use super::cells::excel_time;
use super::*;
use crate::config::catalogue;

const SIDECAR: &str = "
description: What to do for whom.
columns:
  customer_id: {type: id, description: Who, label: {en: Customer}}
  reason: {type: string, label: {en: Main reason}}
  amount: {type: 'decimal(18,2)', unit: currency, label: {en: Amount at risk}}
  deal_share: {type: double, unit: share}
  due_on: {type: date}
  asked_at: {type: timestamp}
  may_contact: {type: boolean}
";

fn rows() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("customer_id", Arc::new(Int64Array::from(vec![7, 12_345_678_901_234_567]))),
        ("reason", Arc::new(StringArray::from(vec![Some("=HYPERLINK(\"http://x\")"), None]))),
        ("amount", Arc::new(Decimal128Array::from(vec![123_456, -5]).with_precision_and_scale(18, 2).unwrap())),
        ("deal_share", Arc::new(arrow::array::Float64Array::from(vec![Some(0.25), None]))),
        ("due_on", Arc::new(Date32Array::from(vec![20_787, -40_000]))),
        ("asked_at", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_796_083_200_000_000), None]))),
        ("may_contact", Arc::new(BooleanArray::from(vec![Some(true), None]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true))).unwrap()
}

fn count(rows: &RecordBatch) -> Vec<OwnerRows> {
    vec![OwnerRows { owner: None, rows: rows.num_rows() as u64 }]
}

fn started(rows: &RecordBatch, counts: &[OwnerRows], sidecar: &Sidecar, sheet_rows: u32) -> Spreadsheet {
    let labels = CodeLabels::default();
    let about = SheetDescription {
        name: "care_plan",
        sidecar: Some(sidecar),
        currency: Some("EUR"),
        as_of_date: "2026-11-30".parse().unwrap(),
        labels: &labels,
    };
    Spreadsheet::new(&about, &rows.schema(), counts, sheet_rows, None).unwrap()
}

fn written(batches: &[RecordBatch]) -> Vec<u8> {
    let counts = vec![OwnerRows { owner: None, rows: batches.iter().map(|batch| batch.num_rows() as u64).sum() }];
    let mut spreadsheet = started(&batches[0], &counts, &serde_yaml::from_str(SIDECAR).unwrap(), SHEET_ROWS);
    batches.iter().for_each(|batch| spreadsheet.append(batch).unwrap());
    spreadsheet.finish().unwrap()
}

#[test]
fn every_value_is_read_back_as_what_it_is() {
    let mut file = Xlsx::new(Cursor::new(written(&[rows()]))).unwrap();
    assert_eq!(file.sheet_names(), ["care_plan", "About"]);
    let sheet = file.worksheet_range("care_plan").unwrap();
    let line = |row: usize| sheet.rows().nth(row).unwrap().to_vec();
    let text = |text: &str| Data::String(text.into());
    let labels = ["Customer", "Main reason", "Amount at risk (EUR)", "Deal share", "Due on", "Asked at", "May contact"];
    assert_eq!(line(0), labels.map(text));
    assert_eq!(line(1)[..4], [text("7"), text("=HYPERLINK(\"http://x\")"), Data::Float(1234.56), Data::Float(0.25)]);
    let Data::DateTime(day) = &line(1)[4] else { panic!("{:?} is no date", line(1)[4]) };
    assert_eq!(day.to_ymd_hms_milli(), (2026, 11, 30, 0, 0, 0, 0));
    let Data::DateTime(moment) = &line(1)[5] else { panic!("{:?} is no time", line(1)[5]) };
    assert_eq!(moment.to_ymd_hms_milli(), (2026, 12, 1, 0, 0, 0, 0));
    assert_eq!(line(1)[6], Data::Bool(true));
    assert_eq!(line(2)[..3], [text("12345678901234567"), Data::Empty, Data::Float(-0.05)]);
    assert_eq!(line(2)[4], text("1860-06-26"), "spreadsheets know no days before 1900");
    assert_eq!(file.worksheet_formula("care_plan").unwrap().used_cells().count(), 0);
    let about = file.worksheet_range("About").unwrap();
    assert_eq!(about.get_value((0, 1)), Some(&text("What to do for whom.")));
    assert_eq!(about.get_value((1, 1)), Some(&text("30 November 2026")));
    assert_eq!(about.get_value((4, 1)), Some(&text("Who")));
}

/// Days and seconds since 1899-12-30, counted by the calendar and not by the library that writes them.
#[test]
fn days_and_moments_are_the_numbers_that_spreadsheets_count() {
    let epoch: NaiveDate = "1899-12-30".parse().unwrap();
    for text in ["1900-03-01T00:00:00", "1970-01-01T00:00:00", "2024-02-29T23:59:59.999999", "9999-12-31T12:00:00"] {
        let moment: NaiveDateTime = text.parse().unwrap();
        let since = moment - epoch.and_time(NaiveTime::MIN);
        let expected = since.num_milliseconds() as f64 / 86_400_000.0;
        let found = excel_time(moment).unwrap().to_excel();
        assert!((found - expected).abs() < 2e-8, "{text}: {found} instead of {expected}");
    }
    assert!(excel_time("1899-12-30T00:00:00".parse().unwrap()).is_none());
    assert!(excel_time("+10000-01-01T00:00:00".parse().unwrap()).is_none());
}

#[test]
fn a_value_that_does_not_fit_its_column_is_an_error_that_names_it() {
    let mut spreadsheet = started(&rows(), &count(&rows()), &serde_yaml::from_str(SIDECAR).unwrap(), SHEET_ROWS);
    let right = rows();
    let columns = right.schema_ref().fields().iter().zip(right.columns()).map(|(field, values)| {
        let list: ArrayRef =
            Arc::new(arrow::array::ListArray::from_iter_primitive::<arrow::datatypes::Int64Type, _, _>([
                Some(vec![Some(1)]),
                None,
            ]));
        (field.name().clone(), if field.name() == "due_on" { list } else { Arc::clone(values) })
    });
    let wrong = RecordBatch::try_from_iter_with_nullable(
        columns.map(|(name, values)| (name, values, true)).collect::<Vec<_>>(),
    )
    .unwrap();
    let error = spreadsheet.append(&wrong).unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert!(error.to_string().contains("column `due_on` of `care_plan`"), "{error}");
}

#[test]
fn the_same_rows_give_the_same_bytes_however_they_are_cut() {
    let rows = rows();
    let whole = written(std::slice::from_ref(&rows));
    assert_eq!(whole, written(&[rows.slice(0, 1), rows.slice(1, 1)]));
}

#[test]
fn a_table_without_rows_has_its_header() {
    let mut file = Xlsx::new(Cursor::new(written(&[rows().slice(0, 0)]))).unwrap();
    assert_eq!(file.worksheet_range("care_plan").unwrap().height(), 1);
}

#[test]
fn rows_that_do_not_fit_under_a_header_go_on_in_another_sheet() {
    let rows = rows();
    let five = [rows.clone(), rows.clone(), rows.slice(0, 1)];
    let counts = [OwnerRows { owner: None, rows: 5 }];
    let mut spreadsheet = started(&rows, &counts, &serde_yaml::from_str(SIDECAR).unwrap(), 2);
    five.iter().for_each(|batch| spreadsheet.append(batch).unwrap());
    let mut file = Xlsx::new(Cursor::new(spreadsheet.finish().unwrap())).unwrap();
    assert_eq!(file.sheet_names(), ["care_plan", "care_plan (2)", "care_plan (3)", "About"]);
    let customers = |file: &mut Xlsx<_>, sheet: &str| -> Vec<String> {
        let range = file.worksheet_range(sheet).unwrap();
        range.rows().map(|row| row[0].to_string()).collect()
    };
    assert_eq!(customers(&mut file, "care_plan"), ["Customer", "7", "12345678901234567"]);
    assert_eq!(customers(&mut file, "care_plan (2)"), ["Customer", "7", "12345678901234567"]);
    assert_eq!(customers(&mut file, "care_plan (3)"), ["Customer", "7"]);
}

#[test]
fn more_rows_than_were_counted_are_an_error() {
    let rows = rows();
    let counts = [OwnerRows { owner: None, rows: 1 }];
    let mut spreadsheet = started(&rows, &counts, &serde_yaml::from_str(SIDECAR).unwrap(), 1);
    let message = spreadsheet.append(&rows).unwrap_err().to_string();
    assert!(message.contains("more rows than were counted"), "{message}");
}

const LIST: &str = "
description: What to do for whom.
report: {section: care, title: {en: Care plan, zh: 客户关怀计划}}
working_list:
  columns: [customer_id, priority, due_at, owner, reason]
  owner: owner
  due: due_at
  fill_in:
    - {column: status, label: {en: Status, zh: 状态}, choices: [done, not_reached], closing: [done]}
    - {column: done_at, type: date, label: {en: Done on, zh: 完成日期}}
columns:
  customer_id: {type: id, label: {en: Customer, zh: 客户}}
  priority: {type: integer, label: {en: Priority, zh: 优先级}}
  due_at: {type: date, label: {en: Due on, zh: 截止日期}}
  owner: {type: string, label: {en: Owner, zh: 负责人}}
  reason: {type: string, label: {en: Reason, zh: 原因}}
  reason_code: {type: string}
";

/// Five tasks of three owners, one of whom has no name; the reason is a sentence with a code.
fn tasks() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("customer_id", Arc::new(StringArray::from(vec!["a", "b", "c", "d", "e"]))),
        ("reason", Arc::new(StringArray::from(vec!["They wait"; 5]))),
        ("reason_code", Arc::new(StringArray::from(vec!["wait"; 5]))),
        ("priority", Arc::new(Int64Array::from(vec![1, 1, 2, 3, 9]))),
        ("due_at", Arc::new(Date32Array::from(vec![20_786; 5]))),
        ("owner", Arc::new(StringArray::from(vec![Some("wang"), Some("Li/East"), None, Some("wang"), Some("wang")]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true))).unwrap()
}

fn list(language: &str, sheet_rows: u32) -> Vec<u8> {
    let catalogue = "
codes:
  priority: {labels: {'1': {en: 1 urgent, zh: 1 紧急}, '2': {en: 2 soon, zh: 2 尽快}, '3': {en: 3 normal, zh: 3 一般}}}
  reason_code: {labels: {wait: {en: They wait, zh: 在等待}}}
  status: {labels: {done: {en: \"done, said \\\"yes\\\"\", zh: 已完成}, not_reached: {en: not reached, zh: 未联系上}}}
";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("catalogue.yml"), catalogue).unwrap();
    let catalogue = catalogue::read(&[folder.path().to_owned()], &mut Vec::new());
    let language = Language::ALL.into_iter().find(|known| known.code() == language).unwrap();
    let labels = CodeLabels::of(&catalogue, language);
    let sidecar: Sidecar = serde_yaml::from_str(LIST).unwrap();
    let about = SheetDescription {
        name: "care_plan",
        sidecar: Some(&sidecar),
        currency: None,
        as_of_date: "2026-11-30".parse().unwrap(),
        labels: &labels,
    };
    let owner = |owner: Option<&str>, rows| OwnerRows { owner: owner.map(str::to_owned), rows };
    let counts = [owner(Some("Li/East"), 1), owner(Some("wang"), 3), owner(None, 1)];
    let rows = tasks();
    let mut spreadsheet = Spreadsheet::new(&about, &rows.schema(), &counts, sheet_rows, None).unwrap();
    spreadsheet.append(&rows).unwrap();
    spreadsheet.finish().unwrap()
}

/// The text of a part of the file.
fn part(file: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn texts_of(file: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<String>> {
    let range = file.worksheet_range(sheet).unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn every_owner_has_a_sheet_and_codes_are_words_in_the_language() {
    let mut english = Xlsx::new(Cursor::new(list("en", SHEET_ROWS))).unwrap();
    assert_eq!(english.sheet_names(), ["Care plan", "Li East", "wang", "Nobody named", "About", "Choices"]);
    let all = texts_of(&mut english, "Care plan");
    assert_eq!(all[0], ["Customer", "Priority", "Due on", "Owner", "Reason", "Status", "Done on"]);
    let column = |rows: &[Vec<String>], index: usize| -> Vec<String> {
        rows.iter().skip(1).map(|row| row[index].clone()).collect()
    };
    assert_eq!(column(&all, 0), ["a", "b", "c", "d", "e"]);
    assert_eq!(column(&all, 1), ["1 urgent", "1 urgent", "2 soon", "3 normal", "9"]);
    assert_eq!(column(&texts_of(&mut english, "wang"), 0), ["a", "d", "e"]);
    assert_eq!(column(&texts_of(&mut english, "Li East"), 0), ["b"]);
    assert_eq!(column(&texts_of(&mut english, "Nobody named"), 0), ["c"]);
    let choices = texts_of(&mut english, "Choices");
    assert_eq!(choices, [["done, said \"yes\""], ["not reached"]]);

    let mut chinese = Xlsx::new(Cursor::new(list("zh", SHEET_ROWS))).unwrap();
    assert_eq!(chinese.sheet_names(), ["客户关怀计划", "Li East", "wang", "未指定负责人", "说明", "选项"]);
    let all = texts_of(&mut chinese, "客户关怀计划");
    assert_eq!(all[0], ["客户", "优先级", "截止日期", "负责人", "原因", "状态", "完成日期"]);
    assert_eq!((all[1][1].as_str(), all[1][4].as_str()), ("1 紧急", "在等待"));
    assert_eq!(texts_of(&mut chinese, "选项"), [["已完成"], ["未联系上"]]);
}

#[test]
fn people_choose_from_lists_and_overdue_rows_are_coloured_until_they_are_dealt_with() {
    let file = list("en", SHEET_ROWS);
    let wang = part(&file, "xl/worksheets/sheet3.xml");
    // Three rows under the header: F is the status, G the day of doing it.
    assert!(wang.contains("sqref=\"F2:F4\"><formula1>'Choices'!$A$1:$A$2</formula1>"), "{wang}");
    assert!(wang.contains("type=\"date\""), "{wang}");
    assert!(wang.contains("<conditionalFormatting sqref=\"A2:G4\">"), "{wang}");
    let rule = "AND(ISNUMBER($C2),$C2&lt;DATE(2026,11,30),$F2&lt;&gt;\"done, said \"\"yes\"\"\")";
    assert!(wang.contains(rule), "{wang}");
    assert!(wang.contains("<autoFilter ref=\"A1:G4\"/>"), "{wang}");
    assert_eq!(file, list("en", SHEET_ROWS), "the same rows, the same bytes");
}

#[test]
fn the_sheets_of_an_owner_are_split_too() {
    let mut file = Xlsx::new(Cursor::new(list("en", 2))).unwrap();
    let names = file.sheet_names();
    assert_eq!(names[..3], ["Care plan", "Care plan (2)", "Care plan (3)"]);
    assert_eq!(names[3..], ["Li East", "wang", "wang (2)", "Nobody named", "About", "Choices"]);
    assert_eq!(texts_of(&mut file, "wang (2)")[1][0], "e");
}
