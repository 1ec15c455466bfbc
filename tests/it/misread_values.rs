//! Values that another program would read as something else without a word: stand-ins for missing answers, dates that lost a
//! digit, counts in another unit, columns and sheets that come twice.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use rust_xlsxwriter::Workbook;

use crate::contract::{project, rejects, show};
use crate::project::Project;

fn result_of(project: &Project) -> String {
    project.succeeds(&["run", "pipeline.yml"]);
    show(project, "select * from result order by 1")
}

const SCORES: &str = "select id, score, name from t\n";
/// Answers 1 and 3 are missing: 99 as a number, and `n/a` as a text.
const ANSWERED: &str = "id,score,name\n1,,99\n2,4.5,\n3,,b\n";

fn score_columns(format: &str) -> String {
    format!(
        "location: data/\nformat: {format}\ncolumns:\n  id: {{type: integer, required: true}}\n  \
         score: {{type: double, null_values: ['', '99', NaN]}}\n  name: {{type: string, null_values: ['n/a']}}\n"
    )
}

#[test]
fn stand_ins_for_missing_values_are_missing_in_every_format() {
    let csv =
        project(&score_columns("{csv: {}}"), SCORES, &[("a.csv", "id,score,name\n1,99.0,99\n2,4.5,n/a\n3, 99 ,b\n")]);
    assert_eq!(result_of(&csv), ANSWERED);

    let lines = "{\"id\":1,\"score\":99,\"name\":\"99\"}\n{\"id\":2,\"score\":4.5,\"name\":\"n/a\"}\n\
                 {\"id\":3,\"score\":\"\",\"name\":\"b\"}\n";
    let json = project(&score_columns("{json_lines: {}}"), SCORES, &[("a.jsonl", lines)]);
    assert_eq!(result_of(&json), ANSWERED);

    let columns: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ("score", Arc::new(Float64Array::from(vec![99.0, 4.5, f64::NAN]))),
        ("name", Arc::new(StringArray::from(vec!["99", "n/a", "b"]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let parquet = project(&score_columns("{parquet: {}}"), SCORES, &[]);
    parquet.write("data/a.parquet", writer.into_inner().unwrap());
    assert_eq!(result_of(&parquet), ANSWERED);

    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, ["id", "score", "name"]).unwrap();
    for (row, (id, name)) in [(1.0, "99"), (2.0, "n/a"), (3.0, "b")].into_iter().enumerate() {
        let row = u32::try_from(row).unwrap() + 1;
        sheet.write(row, 0, id).unwrap().write(row, 2, name).unwrap();
    }
    sheet.write(1, 1, 99).unwrap().write(2, 1, 4.5).unwrap().write(3, 1, "99").unwrap();
    let excel = project(&score_columns("{excel: {}}"), SCORES, &[]);
    excel.write("data/a.xlsx", workbook.save_to_buffer().unwrap());
    assert_eq!(result_of(&excel), ANSWERED);
}

#[test]
fn dates_that_lost_a_digit_are_refused_and_not_guessed() {
    let source = |format: &str| {
        format!(
            "location: data/\nformat: {{csv: {{}}}}\ncolumns: {{at: {{type: timestamp, format: {format}}}}}\nrejects: {{max_rows: 9}}"
        )
    };
    for (format, good, read, lost) in [
        ("'%d%m%y'", "010126", "2026-01-01T00:00:00", "10126"),
        ("'%Y%m%d'", "20260111", "2026-01-11T00:00:00", "2026111"),
        ("'%Y%m%d %H%M'", "20261005 0115", "2026-10-05T01:15:00", "20261005 115"),
        ("'%d/%m/%Y'", "5/6/2026", "2026-06-05T00:00:00", "5/6/26"),
        ("epoch_millis", "1790000000000", "2026-09-21T16:13:20", "1790000000"),
        ("epoch_seconds", "1790000000", "2026-09-21T16:13:20", "46000"),
    ] {
        let project = project(&source(format), "select at from t\n", &[("a.csv", &format!("at\n{good}\n{lost}\n"))]);
        assert_eq!(result_of(&project), format!("at\n{read}\n"), "{format}");
        assert_eq!(rejects(&project).len(), 1, "{format}");
    }
    // The next format is asked.
    let both = project(&source("['%d/%m/%Y', '%d/%m/%y']"), "select at from t\n", &[("a.csv", "at\n5/6/26\n")]);
    assert_eq!(result_of(&both), "at\n2026-06-05T00:00:00\n");
}

#[test]
fn days_that_json_writes_as_integers_are_read_by_their_format() {
    let source = "location: data/\nformat: {json_lines: {}}\ncolumns: {day: {type: date, format: '%Y%m%d'}}";
    let json = project(source, "select day from t\n", &[("a.jsonl", "{\"day\":20261005}\n")]);
    assert_eq!(result_of(&json), "day\n2026-10-05\n");
}

#[test]
fn a_key_within_a_value_that_is_no_object_breaks_the_contract() {
    let lines = "{\"customer\":{\"id\":\"a\"}}\n{\"customer\":null}\n{}\n{\"customer\":\"cus_1\"}\n{\"customer\":[{\"id\":\"b\"}]}\n";
    let source = |from: &str| {
        format!(
            "location: data/\nformat: {{json_lines: {{}}}}\ncolumns: {{c: {{type: string, from: {from}}}}}\nrejects: {{max_rows: 9}}"
        )
    };
    let strict = project(&source("customer.id"), "select c from t where c is not null\n", &[("a.jsonl", lines)]);
    assert_eq!(result_of(&strict), "c\na\n");
    let reasons: Vec<String> =
        rejects(&strict).iter().map(|row| row["reason"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert_eq!(reasons[0], "`cus_1` is not an object with the key `id`");
    // The value itself may be the identifier, too.
    let either = project(
        &source("[customer.id, customer]"),
        "select c from t where c is not null\n",
        &[("a.jsonl", &lines[..lines.rfind("{\"customer\":[").unwrap()])],
    );
    assert_eq!(result_of(&either), "c\na\ncus_1\n");
}

#[test]
fn a_file_with_two_names_of_a_column_is_told() {
    let source = "location: data/\nformat: {csv: {}}\ncolumns: {amount: {type: double, from: [amount, amt]}}";
    let project = project(source, "select amount from t\n", &[("a.csv", "amount,amt\n,2.5\n3,\n")]);
    let run = project.succeeds(&["run", "pipeline.yml"]);
    let told = "a.csv` has several of the names of the column `amount`: `amount` is read, `amt` is not";
    assert!(run.stderr.contains(told), "{}", run.stderr);
}

#[test]
fn hidden_sheets_are_not_read_and_other_sheets_of_the_columns_are_told() {
    let mut workbook = Workbook::new();
    for (name, value) in [("Old", 9.0), ("Jan", 1.0), ("Feb", 2.0)] {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, "amount").unwrap().write(1, 0, value).unwrap();
        // The first sheet can be hidden only once another one is shown first.
        sheet.set_hidden(name == "Old").set_active(name == "Jan");
    }
    workbook.add_worksheet().set_name("Notes").unwrap().write(0, 0, "about").unwrap();
    let source = "location: data/\nformat: {excel: {}}\ncolumns: {amount: {type: double}}";
    let project = project(source, "select amount from t\n", &[]);
    project.write("data/a.xlsx", workbook.save_to_buffer().unwrap());
    // Excel writes such a file beside a workbook that somebody has open.
    project.write("data/~$a.xlsx", "anna");
    let run = project.succeeds(&["run", "pipeline.yml"]);
    assert!(run.stderr.contains("these have columns of the table too: `Feb` (`all_sheets: true`"), "{}", run.stderr);
    assert_eq!(show(&project, "select * from result"), "amount\n1.0\n");
}

#[test]
fn cells_that_compute_a_number_are_read_as_excel_shows_them() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "amount").unwrap().write(1, 0, 3.0 * 1.1).unwrap().write(2, 0, 0.1 + 0.2).unwrap();
    let source = "location: data/\nformat: {excel: {}}\ncolumns: {amount: {type: 'decimal(18,2)'}}";
    let project = project(source, "select amount from t\n", &[]);
    project.write("data/a.xlsx", workbook.save_to_buffer().unwrap());
    assert_eq!(result_of(&project), "amount\n0.30\n3.30\n");
}

#[test]
fn a_header_that_was_not_read_as_it_was_meant_gets_a_hint() {
    let source = "location: data/\nformat: {csv: {}}\ncolumns: {id: {type: id}, a: {type: integer}}";
    for (text, hint) in [
        ("sep=;\nid;a\n1;2\n", "set `skip_lines: 1`, and `delimiter`"),
        ("id;a\n1;2\n", "the header is a single field, `id;a`: set `delimiter: \";\"`"),
        ("id\ta\n1\t2\n", "set `delimiter: \"\\t\"`"),
    ] {
        let project = project(source, "select id from t\n", &[("a.csv", text)]);
        let run = project.run(&["run", "pipeline.yml"]);
        assert!(run.exit_code == 3 && run.stderr.contains(hint), "{}", run.stderr);
    }
    let optional = "location: data/\nformat: {csv: {}}\ncolumns: {id: {type: id, may_be_missing: true}}";
    let stranger = project(optional, "select id from t\n", &[("a.csv", "id;a\n1;2\n")]);
    let run = stranger.run(&["run", "pipeline.yml"]);
    assert!(run.exit_code == 3 && run.stderr.contains("has none of the declared columns"), "{}", run.stderr);
}
