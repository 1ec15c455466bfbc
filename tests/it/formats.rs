//! Exports in the formats and encodings that survey tools and shops write.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::contract::{project, show};

#[test]
fn a_chinese_survey_in_its_code_pages() {
    let text = "问卷编号,会员,推荐,日期,意见\nA1,0001,9,2026年10月5日,很好\nA2,0002,不知道,2026年10月6日,\"一般,还行\"\nA3,0003,3,2026年11月30日,\n";
    for encoding in [encoding_rs::GBK, encoding_rs::GB18030, encoding_rs::UTF_16LE, encoding_rs::UTF_8] {
        let source = format!(
            "location: data/\nformat: {{csv: {{encoding: {}}}}}\ncolumns:\n  form: {{type: string, required: true, from: 问卷编号}}\n  \
             card: {{type: id, from: 会员}}\n  recommend: {{type: integer, from: 推荐, min: 0, max: 10, null_values: ['', 不知道]}}\n  \
             day: {{type: date, required: true, from: 日期, format: '%Y年%m月%d日'}}\n  comment: {{type: string, from: 意见}}\n",
            encoding.name().to_lowercase()
        );
        let sql = "select count(*) as forms, sum(recommend) as total, min(card) as card, max(day) as last_day, \
                   max(comment) as comment from t\n";
        // The crate does not write UTF-16.
        let bytes = match encoding == encoding_rs::UTF_16LE {
            true => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            false => encoding.encode(text).0.into_owned(),
        };
        let project = project(&source, sql, &[]);
        project.write("data/survey.csv", bytes);
        project.succeeds(&["run", "pipeline.yml"]);
        let shown = show(&project, "select * from result");
        assert_eq!(shown, "forms,total,card,last_day,comment\n3,12,0001,2026-11-30,很好\n", "{}", encoding.name());
    }
}

#[test]
fn a_workbook_of_a_survey_tool() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Notes").unwrap().write(0, 0, "read me").unwrap();
    let sheet = workbook.add_worksheet().set_name("Responses").unwrap();
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let headers = ["ResponseId", "RecordedDate", "Card", "Q1", "Q2"];
    for (column, header) in (0..).zip(headers) {
        sheet.write(0, column, header).unwrap();
        sheet.write(1, column, format!("What is {header}?")).unwrap();
        sheet.write(2, column, format!("{{\"ImportId\":\"{header}\"}}")).unwrap();
    }
    let rows = [("R_1", "0007", 9.0, "fine"), ("R_2", "0012", 3.0, ""), ("R_3", "", 10.0, "café")];
    for (row, (id, card, score, comment)) in (3..).zip(rows) {
        sheet.write(row, 0, id).unwrap();
        let at = ExcelDateTime::from_ymd(2026, 10, 5).unwrap().and_hms(9, 15, row as f64).unwrap();
        sheet.write_with_format(row, 1, &at, &time).unwrap();
        sheet.write(row, 2, card).unwrap();
        sheet.write(row, 3, score).unwrap();
        sheet.write(row, 4, comment).unwrap();
    }
    sheet.write(6, 0, "3 responses").unwrap();
    let source = "location: data/survey.xlsx\nformat: {excel: {sheet: Responses, header_rows: 3, skip_last: 1}}\ncolumns:\n  \
                  form: {type: string, required: true, from: ResponseId}\n  \
                  recorded_at: {type: timestamp, required: true, from: RecordedDate}\n  card: {type: id, from: Card}\n  \
                  score: {type: integer, from: Q1, min: 0, max: 10}\n  comment: {type: string, from: Q2}\n";
    let sql = "select count(*) as forms, count(card) as cards, min(card) as card, sum(score) as total, \
               max(recorded_at) as last_at, count(comment) as comments from t\n";
    let project = project(source, sql, &[]);
    project.write("data/survey.xlsx", workbook.save_to_buffer().unwrap());
    project.succeeds(&["run", "pipeline.yml"]);
    let shown = show(&project, "select * from result");
    assert_eq!(shown, "forms,cards,card,total,last_at,comments\n3,2,0007,22,2026-10-05T09:15:05,2\n");
    let other = project.replace("pipeline.yml", "sheet: Responses", "sheet: Answers").run(&["run", "pipeline.yml"]);
    assert_eq!(other.exit_code, 3);
    assert!(other.stderr.contains("its sheets are: Notes, Responses"), "{}", other.stderr);
}

#[test]
fn all_visible_sheets_with_the_columns_are_one_table() {
    let mut workbook = Workbook::new();
    let mut add = |name: &str, header: [&str; 2], rows: &[(&str, f64)]| {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        (0..).zip(header).for_each(|(column, text)| {
            sheet.write(0, column, text).unwrap();
        });
        for (line, (customer, amount)) in (1..).zip(rows) {
            sheet.write(line, 0, *customer).unwrap().write(line, 1, *amount).unwrap();
        }
        sheet.set_hidden(name == "Lists");
    };
    add("North", ["Customer", "Amount"], &[("a", 10.0), ("b", 2.5)]);
    // A sheet has an order of its own, and one without rows has none.
    add("South", ["Customer", "Amount"], &[("c", 4.0)]);
    add("West", ["Customer", "Amount"], &[]);
    add("About", ["What it is", "Sales"], &[]);
    add("Lists", ["Customer", "Amount"], &[("hidden", 1000.0)]);
    let source = "location: data/sales.xlsx\nformat: {excel: {all_sheets: true}}\ncolumns:\n  \
                  customer_id: {type: id, from: Customer}\n  amount: {type: \"decimal(18,2)\", from: Amount}\n";
    let sql = "select count(*) as rows_count, sum(amount) as amount, max(customer_id) as last from t\n";
    let project = project(source, sql, &[]);
    project.write("data/sales.xlsx", workbook.save_to_buffer().unwrap());
    project.succeeds(&["run", "pipeline.yml"]);
    assert_eq!(show(&project, "select * from result"), "rows_count,amount,last\n3,16.50,c\n");
    let named = project.replace("pipeline.yml", "all_sheets: true", "all_sheets: true, sheet: North");
    let refused = named.run(&["validate", "pipeline.yml"]);
    assert!(refused.stderr.contains("`sheet` names one sheet, and `all_sheets` reads all"), "{}", refused.stderr);
}

#[test]
fn a_workbook_without_a_sheet_of_the_columns_and_all_sheets_without_columns_are_errors() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write(0, 0, "Something else").unwrap();
    let source =
        "location: data/sales.xlsx\nformat: {excel: {all_sheets: true}}\ncolumns:\n  customer_id: {type: id}\n";
    let project = project(source, "select count(*) as rows_count from t\n", &[]);
    project.write("data/sales.xlsx", workbook.save_to_buffer().unwrap());
    let refused = project.run(&["run", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 3);
    assert!(refused.stderr.contains("has one of the declared columns in its header"), "{}", refused.stderr);
    let undeclared =
        project.replace("pipeline.yml", "columns:", "").replace("pipeline.yml", "customer_id: {type: id}", "");
    let refused = undeclared.run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert!(refused.stderr.contains("reads all sheets and declares no columns"), "{}", refused.stderr);
}

#[test]
fn orders_of_an_interface_as_a_nested_document() {
    let document = r#"{"page": {"next": null}, "data": {"orders": [
        {"id": 1, "customer": {"id": "K1", "tags": ["new"]}, "paid": "2026-11-01T10:00:00Z",
         "items": [{"sku": "tea", "amount": "9.80"}, {"sku": "mug", "amount": "12.00"}]},
        {"id": 2, "customer": {"id": "K2", "tags": []}, "paid": "2026-11-02T23:30:00Z", "items": []}
    ]}}"#;
    let source = "location: data/orders.json\nformat: {json: {records: data.orders}}";
    let sql = "with lines as (select id, customer['id'] as card, unnest(items) as item from t)\n\
               select card, count(*) as lines, sum(cast(item['amount'] as decimal(18, 2))) as amount from lines group by card\n";
    let nested = project(source, sql, &[("orders.json", document)]);
    nested.succeeds(&["run", "pipeline.yml"]);
    assert_eq!(show(&nested, "select * from result"), "card,lines,amount\nK1,2,21.80\n");

    let declared = format!(
        "{source}\ncolumns:\n  id: {{type: integer, required: true}}\n  card: {{type: id, required: true, from: customer.id}}\n  \
         paid: {{type: timestamp, required: true}}\n"
    );
    let flat = project(&declared, "select id, card, cast(paid as date) as day from t\n", &[("orders.json", document)]);
    flat.succeeds(&["run", "pipeline.yml"]);
    let shown = show(&flat, "select * from result order by id");
    assert_eq!(shown, "id,card,day\n1,K1,2026-11-01\n2,K2,2026-11-03\n", "the second is of the next day in Berlin");
}
