//! What a source promises about its rows: rows that break the promise are kept apart with the reason, every row is counted,
//! and the run stops where the pipeline says so.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use crate::project::{Finished, Project, repository};

/// A project with one source `t` of `data/*`, declared by `source`, and a table `result` by `sql`.
pub fn project(source: &str, sql: &str, files: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    let indented: String = source.lines().map(|line| format!("    {line}\n")).collect();
    project.write(
        "pipeline.yml",
        format!(
            "name: contract\ntime_zone: Europe/Berlin\nset: {{as_of_date: 2026-11-30}}\nsources:\n  t:\n{indented}\
             queries: [queries]\noutputs: {{result: {{}}}}\npublish: {{location: out}}\n"
        ),
    );
    project.write("queries/result.sql", sql);
    for (name, text) in files {
        project.write(&format!("data/{name}"), text);
    }
    project
}

const SALES: &str = "\
location: data/
format: {csv: {}}
columns:
  id: {type: integer, required: true, min: 1}
  brand: {type: string, values: [tea, mug]}
  code: {type: string, pattern: '[A-Z]{2}'}
  email: {type: string, sensitive: true}
  amount: {type: 'decimal(10,2)', max: 100}
";

const GOOD_AND_BAD: &str = "\
id,brand,code,email,amount
1,tea,AB,a@b.c,1.00
2,cup,AB,b@b.c,2.00
3,tea,ABC,c@b.c,3.00
0,tea,AB,d@b.c,4.00
5,tea,AB,e@b.c,100.01
6,tea,AB,f@b.c,six
,tea,AB,g@b.c,7.00
8,tea,AB
9,tea,\"A\"B,i@b.c,9.00
10,mug,CD,j@b.c,10.00
";

const COUNT: &str = "select count(*) as rows_count, sum(amount) as amount from t\n";

pub fn show(project: &Project, sql: &str) -> String {
    project.succeeds(&["show", "-q", "-n", "0", "-f", "csv", "-p", "pipeline.yml", "--sql", sql]).stdout
}

pub fn rejects(project: &Project) -> Vec<Value> {
    let printed = project.succeeds(&["rejects", "-q", "-p", "pipeline.yml", "-n", "0", "-f", "json"]).stdout;
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn run_with_salt(project: &Project) -> Finished {
    project.finish(project.staunch(&["run", "pipeline.yml"]).env("STAUNCH_SALT", "s"))
}

#[test]
fn rows_that_break_the_contract_are_kept_with_place_rule_and_contents() {
    let source = format!("{SALES}rejects: {{max_rows: 8}}");
    let project = project(&source, COUNT, &[("sales.csv", GOOD_AND_BAD)]);
    let run = run_with_salt(&project);
    assert_eq!(run.exit_code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("8 of 10 rows break its contract and were rejected"), "{}", run.stderr);
    let input = &project.last_manifest("out")["inputs"][0];
    let counts =
        ["rows_read", "rows", "rows_rejected", "rows_left_out", "rows_duplicate"].map(|key| input[key].clone());
    assert_eq!(counts, [json!(10), json!(2), json!(8), json!(0), json!(0)]);

    let found: Vec<(u64, Value, Value)> = rejects(&project)
        .into_iter()
        .map(|row| (row["line"].as_u64().unwrap(), row["column_name"].clone(), row["rule"].clone()))
        .collect();
    let expected = [
        (3, json!("brand"), "values"),
        (4, json!("code"), "pattern"),
        (5, json!("id"), "min"),
        (6, json!("amount"), "max"),
        (7, json!("amount"), "type"),
        (8, json!("id"), "required"),
        (9, Value::Null, "fields"),
        (10, Value::Null, "quote"),
    ];
    assert_eq!(found, expected.map(|(line, column, rule)| (line, column, json!(rule))));
}

#[test]
fn sensitive_values_are_hashed_and_never_shown() {
    let source = format!("{SALES}rejects: {{max_rows: 8}}");
    let project = project(&source, COUNT, &[("sales.csv", GOOD_AND_BAD)]);
    let refused = project.run(&["run", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("set STAUNCH_SALT to a secret text"), "{}", refused.stderr);
    assert_eq!(run_with_salt(&project).exit_code, 0);
    let rows = rejects(&project);
    assert!(rows.iter().all(|row| !row.to_string().contains("@b.c")), "{rows:?}");
    let record: Value = serde_json::from_str(rows[0]["record"].as_str().unwrap()).unwrap();
    // printf 's\0b@b.c' | sha256sum
    assert_eq!(record["email"], "sha256:985a5158937534bdf9f3d91942c610c6e8ea556f0c7d20d58956b72b7517c2fb");
    assert_eq!((&record["id"], &record["brand"]), (&json!("2"), &json!("cup")));
}

#[test]
fn without_a_limit_the_first_bad_row_ends_the_run() {
    let project = project(SALES, COUNT, &[("sales.csv", GOOD_AND_BAD)]);
    let run = project.run(&["run", "pipeline.yml"]);
    assert_eq!(run.exit_code, 3);
    assert!(run.stderr.contains("data/sales.csv` line"), "{}", run.stderr);
    assert!(!project.path("out/latest").exists());
}

#[test]
fn more_rows_than_a_limit_allows_stop_the_run() {
    for (limits, is_within) in [
        ("max_rows: 7", false),
        ("max_rows: 8", true),
        ("max_share: 0.79", false),
        ("max_share: 0.8", true),
        ("max_rows: 8, max_share: 0.1", false),
    ] {
        let source = format!("{SALES}rejects: {{{limits}}}");
        let project = project(&source, COUNT, &[("sales.csv", GOOD_AND_BAD)]);
        let run = run_with_salt(&project);
        assert_eq!(run.exit_code, if is_within { 0 } else { 3 }, "{limits}: {}", run.stderr);
        assert_eq!(project.path("out/latest").exists(), is_within, "{limits}");
    }
}

#[test]
fn the_same_rows_break_the_same_contract_in_every_format() {
    let columns = "columns:\n  id: {type: integer, required: true, min: 1}\n  brand: {type: string, values: [tea]}\n";
    let csv = "id,brand\n1,tea\n0,tea\n,tea\n4,mug\n";
    let lines = "{\"id\":1,\"brand\":\"tea\"}\n{\"id\":0,\"brand\":\"tea\"}\n{\"brand\":\"tea\"}\n{\"id\":4,\"brand\":\"mug\"}\n";
    let document = format!("{{\"data\": [{}]}}", lines.trim_end().replace('\n', ","));
    let expected = [("id", "min"), ("id", "required"), ("brand", "values")];
    let sql = "select count(*) as rows_count from t\n";
    let texts = [
        ("{csv: {}}", "a.csv", csv),
        ("{json_lines: {}}", "a.jsonl", lines),
        ("{json: {records: data}}", "a.json", document.as_str()),
    ];
    for (format, name, text) in texts {
        let source = format!("location: data/\nformat: {format}\n{columns}rejects: {{max_rows: 3}}");
        let project = project(&source, sql, &[(name, text)]);
        project.succeeds(&["run", "pipeline.yml"]);
        let mut found: Vec<Value> =
            rejects(&project).iter().map(|row| json!([row["column_name"], row["rule"]])).collect();
        // The objects of a document may share a line.
        found.sort_by_key(|row| (row[0] == "brand", row.to_string()));
        assert_eq!(found, expected.map(|(column, rule)| json!([column, rule])), "{format}");
        assert_eq!(show(&project, "select * from result"), "rows_count\n1\n", "{format}");
    }
}

#[test]
fn parquet_files_keep_the_contract_row_by_row_too() {
    let csv = "id,brand\n1,tea\n0,tea\n,tea\n4,mug\n";
    let columns = "columns: {id: {type: integer}, brand: {type: string}}";
    let writer =
        project(&format!("location: data/\nformat: {{csv: {{}}}}\n{columns}"), "select * from t\n", &[("a.csv", csv)]);
    writer.succeeds(&["run", "pipeline.yml"]);
    let parquet = std::fs::read(writer.path("out/latest/result.parquet")).unwrap();

    let source = "location: data/\nformat: {parquet: {}}\ncolumns:\n  id: {type: integer, required: true, min: 1}\n  \
                  brand: {type: string, values: [tea]}\nrejects: {max_rows: 3}";
    let reader = project(source, "select count(*) as rows_count from t\n", &[]);
    reader.write("data/a.parquet", parquet);
    reader.succeeds(&["run", "pipeline.yml"]);
    let mut found: Vec<String> = rejects(&reader).iter().map(|row| row["rule"].as_str().unwrap().to_owned()).collect();
    found.sort();
    assert_eq!(found, ["min", "required", "values"]);
    assert_eq!(show(&reader, "select * from result"), "rows_count\n1\n");
}

#[test]
fn rows_with_the_same_key_are_rejected_or_left_out() {
    let files = [("a.csv", "id,v\n1,first\n2,only\n1,second\n,none\n"), ("b.csv", "id,v\n1,third\n,none\n")];
    let source = |rule: &str| {
        format!(
            "location: data/\nformat: {{csv: {{}}}}\ncolumns: {{id: {{type: integer}}, v: {{type: string}}}}\nunique: [id]\n{rule}"
        )
    };
    let sql = "select coalesce(id, 0) as id, v from t\n";
    for (rule, kept) in [
        ("on_duplicate: keep_first", "first"),
        ("on_duplicate: keep_last", "third"),
        ("rejects: {max_rows: 2}", "first"),
    ] {
        let project = project(&source(rule), sql, &files);
        project.succeeds(&["run", "pipeline.yml"]);
        let shown = show(&project, "select * from result order by 1, 2");
        assert_eq!(shown, format!("id,v\n0,none\n0,none\n1,{kept}\n2,only\n"), "{rule}");
        let inputs = project.last_manifest("out")["inputs"].clone();
        let sum = |key: &str| inputs.as_array().unwrap().iter().map(|input| input[key].as_u64().unwrap()).sum::<u64>();
        assert_eq!(sum("rows_read"), sum("rows") + sum("rows_rejected") + sum("rows_duplicate"), "{rule}");
        assert_eq!((sum("rows_read"), sum("rows")), (6, 4), "{rule}");
    }
    let refused = project(&source(""), sql, &files).run(&["run", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 3);
    assert!(refused.stderr.contains("has the values of `id` (1) that an earlier row has"), "{}", refused.stderr);
}

#[test]
fn duplicates_are_found_before_columns_become_rows() {
    let files = [("a.csv", "id,at,q1,q2\n1,2026-10-01,3,4\n2,2026-10-02,,5\n1,2026-10-03,1,1\n")];
    let source = |rule: &str| {
        format!(
            "location: data/\nformat: {{csv: {{}}}}\n\
             columns: {{id: {{type: integer}}, at: {{type: date}}, q1: {{type: integer}}, q2: {{type: integer}}, \
             line: {{type: integer, metadata: row_number}}}}\nunique: [id]\n{rule}"
        )
    };
    let sql = "select id, at, line, item_id, score from t\n";
    for (rule, rows) in [
        (
            "on_duplicate: keep_last\nunpivot: {columns: [q2, q1], name: item_id, value: score}",
            "1,2026-10-03,3,q1,1\n1,2026-10-03,3,q2,1\n2,2026-10-02,2,q1,\n2,2026-10-02,2,q2,5\n",
        ),
        (
            "rejects: {max_rows: 1}\nunpivot: {columns: [q2, q1], name: item_id, value: score, drop_missing: true}",
            "1,2026-10-01,1,q1,3\n1,2026-10-01,1,q2,4\n2,2026-10-02,2,q2,5\n",
        ),
    ] {
        let project = project(&source(rule), sql, &files);
        project.succeeds(&["run", "pipeline.yml"]);
        let shown = show(&project, "select * from result order by id, item_id");
        assert_eq!(shown, format!("id,at,line,item_id,score\n{rows}"), "{rule}");
        let input = project.last_manifest("out")["inputs"][0].clone();
        assert_eq!((&input["rows_read"], &input["rows"]), (&json!(3), &json!(2)), "{rule}");
        assert_eq!(input["last_event_at"], "2026-10-03T00:00:00", "{rule}");
    }
}

#[test]
fn a_file_that_is_delivered_twice_is_read_once_and_told() {
    let source = "location: data/\nformat: {csv: {}}\ncolumns: {id: {type: integer}}";
    let files = [("a.csv", "id\n1\n2\n"), ("b.csv", "id\n3\n"), ("copy of a.csv", "id\n1\n2\n")];
    let project = project(source, "select count(*) as rows_count from t\n", &files);
    let run = project.succeeds(&["run", "pipeline.yml"]);
    assert!(run.stderr.contains("copy of a.csv` has the same content as"), "{}", run.stderr);
    assert_eq!(show(&project, "select * from result"), "rows_count\n3\n");
    let inputs = project.last_manifest("out")["inputs"].clone();
    assert_eq!(inputs[2]["rows_duplicate"], 2);
    // printf 'id\n3\n' | sha256sum
    assert_eq!(inputs[1]["sha256"], "d7847e01b29c413f099429cb049be7d862406b2c45f612530328c75d1b7309e8");
}

#[test]
fn the_manifest_tells_when_events_took_place_and_which_columns_a_file_has() {
    let source = "location: data/\nformat: {csv: {}}\ncolumns: {id: {type: integer}, at: {type: timestamp}}";
    let files = [
        ("a.csv", "id,at\n1,2026-10-05T12:00:00\n2,2026-10-01T08:30:00\n3,\n"),
        ("b.csv", "id,at\n4,2026-10-02T00:00:00\n"),
        ("c.csv", "id,at,new\n5,,x\n"),
    ];
    let project = project(source, "select count(*) as rows_count from t\n", &files);
    project.succeeds(&["run", "pipeline.yml"]);
    let inputs = project.last_manifest("out")["inputs"].clone();
    let times = |file: usize| (inputs[file]["first_event_at"].clone(), inputs[file]["last_event_at"].clone());
    assert_eq!(times(0), (json!("2026-10-01T08:30:00"), json!("2026-10-05T12:00:00")));
    assert_eq!(times(1), (json!("2026-10-02T00:00:00"), json!("2026-10-02T00:00:00")));
    assert_eq!(times(2), (Value::Null, Value::Null));
    // printf 'id\t\nat\t\n' | sha256sum
    assert_eq!(inputs[0]["columns_sha256"], "324ac3d4cf42adc7456a22fd9ee49ba7c8f44fde2faf65f3d9f8ef1a05238962");
    assert_eq!(inputs[0]["columns_sha256"], inputs[1]["columns_sha256"]);
    assert_ne!(inputs[0]["columns_sha256"], inputs[2]["columns_sha256"]);
}

/// In files that are scanned in place, the footers tell; moments are told as local times.
#[test]
fn types_that_differ_between_parquet_files_are_told_and_footers_tell_the_times() {
    let source = "location: data/\nformat: {parquet: {}}\ncolumns: {amount: {type: double}, at: {type: timestamp}}";
    let project = project(source, "select sum(amount) as amount, max(at) as last_at from t\n", &[]);
    let moments = |seconds: Vec<i64>| {
        Arc::new(arrow::array::TimestampSecondArray::from(seconds).with_timezone("UTC")) as ArrayRef
    };
    let write = |name: &str, amount: ArrayRef, at: ArrayRef| {
        let batch = RecordBatch::try_from_iter([("amount", amount), ("at", at)]).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        project.write(&format!("data/{name}"), writer.into_inner().unwrap());
    };
    // 2026-10-01 and 2026-10-02, 22:00 in UTC: midnight in Berlin.
    write("a.parquet", Arc::new(Float64Array::from(vec![1.5, 2.0])), moments(vec![1_790_978_400, 1_790_892_000]));
    write("b.parquet", Arc::new(arrow::array::Int64Array::from(vec![4])), moments(vec![1_790_892_000]));
    let run = project.succeeds(&["run", "pipeline.yml"]);
    let told = ["`amount` is double in `", "data/a.parquet` and integer in `", "data/b.parquet`; it is read as double"];
    assert!(told.iter().all(|told| run.stderr.contains(told)), "{}", run.stderr);
    assert_eq!(show(&project, "select * from result"), "amount,last_at\n7.5,2026-10-03T00:00:00\n");
    let input = &project.last_manifest("out")["inputs"][0];
    assert_eq!(input["first_event_at"], "2026-10-02T00:00:00");
    assert_eq!(input["last_event_at"], "2026-10-03T00:00:00");
}

/// Expected sums by `decimal.Decimal(repr(x)).quantize(Decimal("0.01"), ROUND_HALF_UP)` of Python; files of one type are
/// scanned in place, others are read through.
#[test]
fn doubles_of_parquet_become_decimals_as_people_round() {
    let source = "location: data/\nformat: {parquet: {}}\ncolumns: {amount: {type: 'decimal(9,2)', from: Amount}}";
    let sql =
        "select sum(amount) as amount, min(amount) as least, count(*) as rows_count from t where amount <> 1.00\n";
    let double = |values: &[f64]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
    let single = |values: &[f32]| Arc::new(arrow::array::Float32Array::from(values.to_vec())) as ArrayRef;
    let first = double(&[1.005, -1.005, 2.675, 1.0]);
    for (files, expected) in [
        (vec![first.clone()], "amount,least,rows_count\n2.68,-1.01,3\n"),
        (vec![first.clone(), double(&[0.285])], "amount,least,rows_count\n2.97,-1.01,4\n"),
        (vec![first.clone(), single(&[0.285])], "amount,least,rows_count\n2.97,-1.01,4\n"),
    ] {
        let project = project(source, sql, &[]);
        for (number, amounts) in files.iter().enumerate() {
            let batch = RecordBatch::try_from_iter([("Amount", Arc::clone(amounts))]).unwrap();
            let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            project.write(&format!("data/{number}.parquet"), writer.into_inner().unwrap());
        }
        project.succeeds(&["run", "pipeline.yml"]);
        assert_eq!(show(&project, "select * from result"), expected);
    }
    let project = project(source, sql, &[]);
    let batch = RecordBatch::try_from_iter([("Amount", double(&[1.5, f64::NAN]))]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    project.write("data/0.parquet", writer.into_inner().unwrap());
    let refused = project.run(&["run", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 3);
    assert!(refused.stderr.contains("`NaN` is not decimal(9,2)"), "{}", refused.stderr);
}

#[test]
fn totals_and_records_of_control_are_left_out_and_counted() {
    let source = "location: data/\nformat: {csv: {skip_last: 1}}\ncolumns: {id: {type: integer}, v: {type: string}}\n\
                  drop_where: [{column: id, is: [Total, '']}, {column: v, matches: '^EOF'}]";
    let text = "id,v\n1,a\nTotal\n2,b\n,\n3,EOF 3\nthe end\n";
    let project = project(source, "select count(*) as rows_count, sum(id) as ids from t\n", &[("a.csv", text)]);
    project.succeeds(&["run", "pipeline.yml"]);
    assert_eq!(show(&project, "select * from result"), "rows_count,ids\n2,3\n");
    let input = &project.last_manifest("out")["inputs"][0];
    assert_eq!((&input["rows_read"], &input["rows"], &input["rows_left_out"]), (&json!(6), &json!(2), &json!(4)));
}

#[test]
fn a_wide_survey_becomes_long() {
    let source = "location: data/\nformat: {csv: {}}\ncolumns:\n  form: {type: string}\n  q1: {type: double}\n  \
                  q2: {type: double}\nunpivot: {columns: [q1, q2], name: item_id, value: score, drop_missing: true}";
    let project = project(source, "select form, item_id, score from t\n", &[("a.csv", "form,q1,q2\nf1,9,8\nf2,,7\n")]);
    project.succeeds(&["run", "pipeline.yml"]);
    let shown = show(&project, "select * from result order by 1, 2");
    assert_eq!(shown, "form,item_id,score\nf1,q1,9.0\nf1,q2,8.0\nf2,q2,7.0\n");
}

#[test]
fn compression_is_told_by_the_bytes() {
    let source = "location: data/*\nformat: {csv: {}}\ncolumns: {id: {type: integer}}";
    let project = project(source, "select count(*) as rows_count, sum(id) as ids from t\n", &[("a.csv.gz", "id\n1\n")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(b"id\n2\n").unwrap();
    project.write("data/b.csv", gzip.finish().unwrap());
    project.write("data/c.csv", zstd::encode_all(&b"id\n3\n"[..], 1).unwrap());
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("export/d.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(b"id\n4\n").unwrap();
    project.write("data/d.csv.zip", zip.finish().unwrap().into_inner());
    project.succeeds(&["run", "pipeline.yml"]);
    assert_eq!(show(&project, "select * from result"), "rows_count,ids\n4,10\n");
}

#[test]
fn old_and_empty_data_warn_or_stop() {
    let columns = "format: {csv: {}}\ncolumns: {at: {type: timestamp}}";
    let stale = |rule: &str| format!("location: data/\n{columns}\nfreshness: {{column: at, {rule}}}");
    let old = [("a.csv", "at\n2020-01-01T00:00:00\n")];
    let sql = "select count(*) as rows_count from t\n";
    let warned = project(&stale("warn_after: 26h"), sql, &old);
    let run = warned.succeeds(&["run", "pipeline.yml"]);
    assert!(run.stderr.contains("its latest data is of 2020-01-01 00:00:00"), "{}", run.stderr);
    let checked = warned.succeeds(&["freshness", "pipeline.yml"]);
    assert!(checked.stdout.starts_with("late: source `t`: its latest data is of 2020-01-01"), "{}", checked.stdout);

    let stopped = project(&stale("stop_after: 2d"), sql, &old);
    assert_eq!(stopped.run(&["run", "pipeline.yml"]).exit_code, 3);
    let checked = stopped.run(&["freshness", "pipeline.yml"]);
    assert_eq!(checked.exit_code, 3, "{}", checked.stderr);
    assert!(checked.stdout.starts_with("stale: "), "{}", checked.stdout);

    let none = project(&stale("stop_after: 2d"), sql, &[("a.csv", "at\n")]);
    assert_eq!(none.run(&["run", "pipeline.yml"]).exit_code, 3, "no rows are not fresh");
    let new_file = project(&format!("location: data/\n{columns}\nfreshness: {{stop_after: 2d}}"), sql, &old);
    assert!(new_file.succeeds(&["freshness", "pipeline.yml"]).stdout.starts_with("fresh: "));

    let empty = [("a.csv", "at\n")];
    for (rule, exit_code, warns) in [("allow", 0, false), ("warn", 0, true), ("stop", 3, true)] {
        let project = project(&format!("location: data/\n{columns}\non_empty: {rule}"), sql, &empty);
        let run = project.run(&["run", "pipeline.yml"]);
        assert_eq!((run.exit_code, run.stderr.contains("source `t` has no rows")), (exit_code, warns), "{rule}");
    }
}

#[test]
fn doctor_tells_what_can_be_used_and_what_not() {
    let source = "location: data/\nformat: {csv: {}}\ncolumns: {id: {type: integer}}";
    let good = project(source, "select count(*) as rows_count from t\n", &[("a.csv", "id\n1\n")]);
    let checked = good.succeeds(&["doctor", "pipeline.yml"]);
    assert!(checked.stdout.contains("ok    source t: 1 files, 5 B; `"), "{}", checked.stdout);
    assert!(checked.stdout.contains("ok    publish out: can be written"), "{}", checked.stdout);
    assert!(!good.path("out/_staunch/log").exists(), "nothing stays behind");
    let bad = project(source, "select count(*) as rows_count from t\n", &[]);
    let checked = bad.run(&["doctor", "pipeline.yml"]);
    assert_eq!(checked.exit_code, 2);
    assert!(checked.stdout.contains("FAIL  source t: "), "{}", checked.stdout);
    assert!(checked.stdout.contains("ok    publish out: "), "{}", checked.stdout);
}

#[test]
fn impossible_contracts_are_found_before_any_data_is_read() {
    let source = "location: data/\nformat: {csv: {}}\ncolumns:\n  id: {type: integer, min: low}\n  \
                  name: {type: string, pattern: '('}\n  at: {type: date, format: '%Q'}\nunique: [key]\n\
                  rejects: {max_share: 2}\nfreshness: {warn_after: soon}";
    let refused = project(source, "select 1 as a\n", &[]).run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    for text in [
        "`min: low` of the column `id` is not integer",
        "`(` is not a regular expression",
        "the format `%Q` of the column `at` is not a strftime format",
        "`unique` names the column `key`, which is not declared",
        "`max_share: 2` is not a share",
        "`soon` is not a duration",
    ] {
        assert!(refused.stderr.contains(text), "{text}: {}", refused.stderr);
    }
}

#[test]
fn a_plan_tells_what_changed_since_the_last_run() {
    let source = "location: data/\nformat: {csv: {}}\ncolumns: {id: {type: integer}}";
    let files = [("a.csv", "id\n1\n"), ("b.csv", "id\n2\n"), ("c.csv", "id\n3\n")];
    let project = project(source, "select count(*) as rows_count from t\n", &files);
    let plan = |project: &Project| project.succeeds(&["plan", "pipeline.yml"]).stdout;
    assert!(plan(&project).contains("from data/\n"), "{}", plan(&project));
    project.succeeds(&["run", "pipeline.yml"]);
    assert!(plan(&project).contains("from data/; unchanged\n"), "{}", plan(&project));
    project.write("data/b.csv", "id\n2\n4\n").write("data/d.csv", "id\n5\n").remove("data/c.csv");
    assert!(plan(&project).contains("from data/; 1 new, 1 changed, 1 vanished\n"), "{}", plan(&project));
}

#[test]
fn a_page_that_does_not_match_its_checksum_is_refused() {
    let source = "location: data/\nformat: {parquet: {}}\ncolumns: {n: {type: integer}}";
    let good = std::fs::read(repository().join("tests/fixtures/checksums/pages.parquet")).unwrap();
    let sum = "select sum(n) as n from t\n";
    let whole = project(source, sum, &[]);
    whole.write("data/a.parquet", &good);
    whole.succeeds(&["run", "pipeline.yml"]);
    assert_eq!(show(&whole, "select * from result"), "n\n110\n");
    // The number 33 becomes 35: a file that only its checksum tells from a good one.
    let mut changed = good.clone();
    let at = good.windows(8).position(|bytes| bytes == 33_i64.to_le_bytes()).unwrap();
    changed[at] = 35;
    let damaged = project(source, sum, &[]);
    damaged.write("data/a.parquet", changed);
    let run = damaged.run(&["run", "pipeline.yml"]);
    assert_eq!(run.exit_code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("data/a.parquet"), "{}", run.stderr);
}

#[test]
fn values_that_are_none_break_the_contract_in_parquet_too() {
    let arrays: [(&str, ArrayRef); 2] = [
        ("name", Arc::new(BinaryArray::from(vec![&b"ann"[..], b"\xff", b"cy", b"dan"]))),
        ("score", Arc::new(Float64Array::from(vec![1.0, 2.0, f64::NAN, f64::INFINITY]))),
    ];
    let batch = RecordBatch::try_from_iter(arrays).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    let source =
        "location: data/\nformat: {parquet: {}}\ncolumns: {name: {type: string}, score: {type: double, max: 10}}\n";
    let sql = "select count(*) as rows_count, max(upper(name)) as name, sum(score) as score from t\n";
    let strict = project(source, sql, &[]);
    strict.write("data/a.parquet", &bytes);
    assert_eq!(strict.run(&["run", "pipeline.yml"]).exit_code, 3);

    let lenient = project(&format!("{source}rejects: {{max_rows: 3}}"), sql, &[]);
    lenient.write("data/a.parquet", &bytes).write("data/b.parquet", &bytes);
    let run = lenient.run(&["run", "pipeline.yml"]);
    assert_eq!(run.exit_code, 3, "six rows are rejected: {}", run.stderr);
    lenient.remove("data/b.parquet").succeeds(&["run", "pipeline.yml"]);
    assert_eq!(show(&lenient, "select * from result"), "rows_count,name,score\n1,ANN,1.0\n");
}

#[test]
fn a_parquet_file_that_is_delivered_twice_is_read_once() {
    let batch = RecordBatch::try_from_iter([("n", Arc::new(Float64Array::from(vec![1.0, 2.0])) as ArrayRef)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    let source = "location: data/\nformat: {parquet: {}}\ncolumns: {n: {type: double}}";
    let project = project(source, "select count(*) as rows_count, sum(n) as n from t\n", &[]);
    project.write("data/a.parquet", &bytes).write("data/b.parquet", &bytes);
    let run = project.succeeds(&["run", "pipeline.yml"]);
    assert!(run.stderr.contains("b.parquet` has the same content as"), "{}", run.stderr);
    assert_eq!(show(&project, "select * from result"), "rows_count,n\n2,3.0\n");
    assert_eq!(project.last_manifest("out")["inputs"][1]["rows_duplicate"], 2);
}

#[test]
fn a_json_line_with_bad_bytes_is_kept_as_far_as_it_can_be_read() {
    let source = "location: data/\nformat: {json_lines: {}}\ncolumns: {id: {type: integer}, name: {type: string}}\n\
                  rejects: {max_rows: 1}";
    let project = project(source, "select sum(id) as ids from t\n", &[]);
    project.write("data/a.jsonl", b"{\"id\": 1, \"name\": \"a\"}\n{\"id\": 2, \"name\": \"caf\xE9\"}\n");
    project.succeeds(&["run", "pipeline.yml"]);
    assert_eq!(show(&project, "select * from result"), "ids\n1\n");
    let rows = rejects(&project);
    assert_eq!((&rows[0]["line"], &rows[0]["rule"]), (&json!(2), &json!("encoding")));
    let record: Value = serde_json::from_str(rows[0]["record"].as_str().unwrap()).unwrap();
    assert_eq!(record, json!({"id": 2, "name": "caf\u{FFFD}"}));
}
