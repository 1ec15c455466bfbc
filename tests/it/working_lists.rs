//! Spreadsheets that people work through, and the way back of what they filled in.

use std::fs::File;
use std::io::BufReader;

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::project::Project;
use crate::published::Table;
use crate::sample::small_sample;

type Rows = Vec<Vec<Data>>;

fn workbook(project: &Project, name: &str) -> Xlsx<BufReader<File>> {
    calamine::open_workbook(project.path(&format!("out/sample/latest/{name}.xlsx"))).unwrap()
}

/// Names and rows of the sheets of a workbook.
fn sheets(project: &Project, name: &str) -> Vec<(String, Rows)> {
    let mut workbook = workbook(project, name);
    let names = workbook.sheet_names();
    let rows = |name: &String| workbook.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect();
    names
        .iter()
        .map(rows)
        .collect::<Vec<Rows>>()
        .into_iter()
        .zip(names.clone())
        .map(|(rows, name)| (name, rows))
        .collect()
}

/// Writes the sheets as a spreadsheet program would.
fn saved(sheets: &[(String, Rows)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        for (line, row) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    Data::Empty => {}
                    Data::String(text) => {
                        sheet.write_string(line, column, text.as_str()).unwrap();
                    }
                    Data::Float(number) => {
                        sheet.write_number(line, column, *number).unwrap();
                    }
                    Data::DateTime(time) => {
                        let (year, month, day_of_month, ..) = time.to_ymd_hms_milli();
                        let time = ExcelDateTime::from_ymd(year, month, day_of_month).unwrap();
                        sheet.write_datetime_with_format(line, column, &time, &day).unwrap();
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn column(header: &[Data], label: &str) -> usize {
    header.iter().position(|cell| *cell == label).unwrap_or_else(|| panic!("no column {label}"))
}

/// Fills in the row of a customer, and returns the words of another column of it.
fn fill_in(rows: &mut Rows, customer: &str, filled: &[(&str, Data)]) {
    let header = rows[0].clone();
    let row = rows.iter_mut().find(|row| row[0] == customer).unwrap();
    row.resize(header.len(), Data::Empty);
    for (label, value) in filled {
        row[column(&header, label)] = value.clone();
    }
}

/// A day of November 2026 as a cell.
fn november(day: u32) -> Data {
    let serial = 46_326.0 + f64::from(day);
    Data::DateTime(calamine::ExcelDateTime::new(serial, calamine::ExcelDateTimeType::DateTime, false))
}

#[test]
fn a_filled_in_care_list_comes_back_as_tasks_that_are_done() {
    let (project, _) = small_sample();
    project.succeeds(&["run", "--quiet", "pipelines/sample.yml", "--as-of-date", "2026-10-31"]);
    let plan = Table::read(&project.path("out/sample/latest/care_plan.parquet"));
    let mut english = sheets(&project, "care_plan.en");
    let mut chinese = sheets(&project, "care_plan.zh");
    assert_eq!((english[0].0.as_str(), chinese[0].0.as_str()), ("Care plan", "客户关怀计划"));
    assert_eq!(english[0].1.len(), plan.len() + 1);

    // The sheets of the owners together are the sheet of everybody, and each is in its order: priority, then due date.
    let is_of_owner = |name: &str| !["Care plan", "About", "Choices"].contains(&name);
    let all: Vec<&Vec<Data>> = english[0].1.iter().skip(1).collect();
    let header = english[0].1[0].clone();
    let (owner, priority, due) = (column(&header, "Owner"), column(&header, "Priority"), column(&header, "Due on"));
    let mut rows_of_owners = 0;
    for (name, rows) in english.iter().filter(|(name, _)| is_of_owner(name)) {
        assert!(rows.iter().skip(1).all(|row| row[owner].to_string() == *name), "{name}");
        let own: Vec<&Vec<Data>> = all.iter().copied().filter(|row| row[owner].to_string() == *name).collect();
        assert_eq!(rows.iter().skip(1).collect::<Vec<_>>(), own, "{name}");
        rows_of_owners += own.len();
    }
    assert_eq!(rows_of_owners, all.len());
    let key = |row: &Vec<Data>| {
        let Data::DateTime(due) = &row[due] else { panic!("{:?}", row[due]) };
        (row[priority].to_string(), due.as_f64() as i64)
    };
    assert!(all.windows(2).all(|pair| key(pair[0]) <= key(pair[1])));

    // One task is filled in with English words in the sheet of its owner, another in Chinese in the sheet of everybody.
    let first = all[0][0].to_string();
    let second = all[1][0].to_string();
    let owner_of_first = all[0][owner].to_string();
    let sheet = english.iter_mut().find(|(name, _)| *name == owner_of_first).unwrap();
    let text = |text: &str| Data::String(text.into());
    fill_in(&mut sheet.1, &first, &[("Status", text("done")), ("Done on", november(5)), ("Result", text("resolved"))]);
    let filled = [("状态", text("已完成")), ("完成日期", november(6)), ("结果", text("无反应"))];
    fill_in(&mut chinese[0].1, &second, &filled);
    project.write("pipelines/sample/care_lists/october.xlsx", saved(&english));
    project.write("pipelines/sample/care_lists/october_zh.xlsx", saved(&chinese));
    project.succeeds(&["run", "--quiet", "pipelines/sample.yml", "--var", "care_cap_days=30"]);

    let checklist = Table::read(&project.path("out/sample/latest/care_checklist.parquet"));
    let ids = checklist.texts("customer_id");
    let done = |customer: &str| {
        let task = format!("care {customer} ");
        let tasks = checklist.texts("task_id");
        let row = (0..checklist.len())
            .find(|row| tasks[*row].as_deref().is_some_and(|found| found.starts_with(&task)))
            .unwrap_or_else(|| panic!("no task of {customer} is done"));
        let text = |column: &str| checklist.texts(column)[row].clone().unwrap_or_default();
        assert_eq!(ids[row].as_deref(), Some(customer));
        [text("status"), text("owner"), text("result"), text("main_reason"), text("care_form")]
    };
    let planned = |customer: &str, column: &str| {
        let row = plan.texts("customer_id").iter().position(|id| id.as_deref() == Some(customer)).unwrap();
        plan.texts(column)[row].clone().unwrap()
    };
    for customer in [&first, &second] {
        let [status, owner, result, reason, care_form] = done(customer);
        assert_eq!(status, "done");
        assert_eq!(owner, planned(customer, "owner"));
        assert_eq!(reason, planned(customer, "main_reason"));
        assert_eq!(care_form, planned(customer, "care_form"));
        let expected = if *customer == first { ["resolved", "ordered"] } else { ["no_reaction", "ordered"] };
        assert!(expected.contains(&result.as_str()), "{customer}: {result}");
    }
}

#[test]
fn a_working_list_that_contradicts_its_table_is_refused() {
    let shop = Project::copy_of("shop");
    let list = "working_list:
  order_by: [{column: amout}]
  columns: [customer_id, amount]
  owner: orders_count
  due: amount
  fill_in:
    - {column: remark}
    - {column: orders_count}
    - {column: status, label: {en: Status}, choices: [done], closing: [finished]}
    - {column: status, label: {en: Status}, type: date, choices: [done]}
";
    shop.write("queries/customer_totals.yml", shop.text("queries/customer_totals.yml") + list);
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    for message in [
        "the working list of `customer_totals` names `amout`, which the table does not have",
        "did you mean `amount`?",
        "`due` of the working list of `customer_totals` must be a date, and `amount` is",
        "`owner` of the working list of `customer_totals` must be text, and `orders_count` is",
        "`remark` is a new column of the working list of `customer_totals`, without a heading",
        "people cannot fill in `orders_count` of `customer_totals`",
        "the working list of `customer_totals` needs the column `orders_count`, and its `columns` leave it out",
        "`closing` of `status` names `finished`, which is none of its `choices`",
        "`fill_in` of `customer_totals` names `status` twice",
        "`status` is a date and has `choices`",
    ] {
        assert!(refused.stderr.contains(message), "{message}\n{}", refused.stderr);
    }
}
