//! Files as people really have them: exports of survey tools, tills, shops and databases, with what must come out of them.
//! Each folder of `tests/cases` has the files, a pipeline that declares them, and the expected rows of its table `result`.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;

use crate::project::{Finished, Project, repository};

/// A case, run in a folder of its own.
struct Case {
    project: Project,
    name: &'static str,
    run: Finished,
}

impl Case {
    fn run(name: &'static str) -> Self {
        let project = Project::empty();
        project.copy_from_repository(&format!("tests/cases/{name}"));
        let path = format!("tests/cases/{name}/pipeline.yml");
        let run = project.finish(&mut command(&project, &["run", &path]));
        Self { project, name, run }
    }

    /// The run succeeds, and the table `result` is the expected one.
    fn gives_the_expected_rows(&self) {
        assert_eq!(self.run.exit_code, 0, "{}\n{}", self.name, self.run.stderr);
        let found = self.show("select * from result order by 1, 2");
        let expected = self.project.text(&format!("tests/cases/{}/expected.csv", self.name));
        assert_eq!(found, expected, "{}", self.name);
    }

    /// The summary, or the table of issues with the inputs, says so.
    fn tells(&self, pattern: &str) {
        let issues =
            "select table_name || ' ' || issue || ' ' || handling as told from input_quality where rows_count > 0";
        let is_progress = |line: &&str| ["read ", "computed ", "published "].iter().any(|verb| line.starts_with(verb));
        let mut told: String = self.run.stderr.lines().filter(|line| !is_progress(line)).collect::<Vec<_>>().join("\n");
        let pipeline = self.project.text(&format!("tests/cases/{}/pipeline.yml", self.name));
        if pipeline.contains("input_quality") {
            told.push_str(&self.show(issues));
        }
        assert!(Regex::new(pattern).unwrap().is_match(&told), "{}: {told}", self.name);
    }

    fn is_refused(&self, exit_code: i32, texts: &[&str]) {
        assert_eq!(self.run.exit_code, exit_code, "{}\n{}", self.name, self.run.stderr);
        for text in texts {
            assert!(self.run.stderr.contains(text), "{}: {}", self.name, self.run.stderr);
        }
        assert!(!self.project.path("out/case/latest").exists(), "{}: something was published", self.name);
    }

    fn show(&self, sql: &str) -> String {
        let path = format!("tests/cases/{}/pipeline.yml", self.name);
        let arguments = ["show", "-q", "-n", "0", "-f", "csv", "-p", &path, "--sql", sql];
        let shown = self.project.finish(&mut command(&self.project, &arguments));
        assert_eq!(shown.exit_code, 0, "{}\n{}", self.name, shown.stderr);
        shown.stdout
    }
}

fn command(project: &Project, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = project.staunch(arguments);
    command.env("STAUNCH_OUTPUT", project.path("out")).env("STAUNCH_HOME", repository());
    command
}

/// Cases that only have to give the expected rows.
const PLAIN: &[&str] = &[
    "01-qualtrics-three-header-rows",
    "03-titles-above-and-totals-below",
    "05-decimal-comma-thousands-euro",
    "07-same-question-twice-and-an-empty-name",
    "08-column-added-in-october-csv",
    "10-backslash-quotes-mysql",
    "18-na-is-namibia-and-no-answer",
    "20-utc-written-as-a-name",
    "22-the-hour-that-comes-twice",
    "24-excel-workbook",
    "26-int96-with-9999",
    "28-hive-folders-escaped-and-null",
    "35-daily-snapshots-latest-wins",
    "42-json-lines-with-line-items",
];

#[test]
fn files_of_other_systems_are_read_as_they_are_meant() {
    PLAIN.iter().for_each(|name| Case::run(name).gives_the_expected_rows());
}

#[test]
fn one_bad_row_of_a_thousand_is_kept_apart_and_told() {
    let case = Case::run("14-one-bad-value-of-1000");
    case.gives_the_expected_rows();
    case.tells("rejected");
}

#[test]
fn one_bad_byte_is_refused_with_its_file_and_line() {
    Case::run("12-one-latin1-byte-in-utf8").is_refused(3, &["sales.csv` line 5", "0xE9", "windows-1252"]);
}

/// Cases about what purchases and answers mean.
const MEANING: &[&str] = &[
    "16-float-ids-in-one-source",
    "30-shopify-order-fields-on-the-first-row",
    "31-cancelled-by-credit-notes",
    "37-one-person-submits-five-times",
    "39-out-of-scale-and-fractions",
];

#[test]
fn purchases_and_answers_mean_what_people_mean_by_them() {
    let cases: Vec<Case> = MEANING.iter().map(|name| Case::run(name)).collect();
    cases.iter().for_each(Case::gives_the_expected_rows);
    cases[0].tells("unmatched|unknown_customer|do not (meet|match)|in common");
    cases[4].tells("out_of_scale");
}

#[test]
fn two_currencies_are_refused_by_name() {
    Case::run("33-two-currencies").is_refused(3, &["INR"]);
}

#[test]
fn every_case_is_tried() {
    let tried: BTreeSet<String> = PLAIN
        .iter()
        .chain(MEANING)
        .chain(&["12-one-latin1-byte-in-utf8", "14-one-bad-value-of-1000", "33-two-currencies"])
        .map(|name| (*name).to_owned())
        .collect();
    let folders = fs::read_dir(repository().join("tests/cases")).unwrap();
    let there: BTreeSet<String> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(tried, there);
}
