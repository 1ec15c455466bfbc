use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    new_null_array,
};

use super::*;
use crate::config::catalogue::{self, Document};
use crate::config::first_screen::Direction;
use crate::config::language::Language;
use crate::config::report_format::{Headline, ReportFormat};
use crate::config::sidecar::{Severity, Sidecar};

/// A run with everything in it: a second run, a survey, dirty lines, a broken check.
fn full() -> (ReportContext, BTreeMap<String, RecordBatch>) {
    full_in(Language::English)
}

fn full_in(language: Language) -> (ReportContext, BTreeMap<String, RecordBatch>) {
    let catalogue = catalogue::read(&[], &mut Vec::new());
    let context = ReportContext {
        sections: ReportSection::all_of(&catalogue, language),
        labels: CodeLabels::of(&catalogue, language),
        figures: catalogue.figures.iter().map(|(key, name)| (key.clone(), name.text(language).to_owned())).collect(),
        pipeline: "roaster".into(),
        description: "Coffee and tea, own brand northwind".into(),
        caveats: Vec::new(),
        headline: Headline::default(),
        rules: LoyaltyRules::default(),
        as_of_date: "2026-11-30".parse().unwrap(),
        window_days: Some(365),
        currency: Some("EUR".into()),
        run_id: "0193795e-2b1c-7d3f-9a44-0c1de2f3a4b5".into(),
        staunch_version: "0.1.0".into(),
        compared_to: Some("2026-10-31".parse().unwrap()),
        absent_inputs: vec![("stg_contacts".into(), "effort, promise keeping and incidents".into())],
        checks: vec![check("customer_loyalty", "unique (customer_id)", 0), check("nps", "range nps from -1 to 1", 2)],
        inputs: vec![InputLine {
            source: "transactions".into(),
            objects: 12,
            rows: 40_444,
            bytes: 3_720_762,
            latest_event: None,
        }],
        directions: BTreeMap::from([("nps".to_owned(), Direction::Up), ("own_amount".to_owned(), Direction::Up)]),
        key_figures: [("segment_share", "segment=true_loyalty"), ("nps", "total"), ("own_amount", "total")]
            .map(|(figure, part)| WantedFigure {
                figure: figure.into(),
                part: part.into(),
                name: None,
                least_share: None,
            })
            .to_vec(),
        blocks: Vec::new(),
        basis: Vec::new(),
        families: Vec::new(),
        min_cell: 5,
    };
    let tables = [
        (
            "segment_shares",
            segments([
                ("true_loyalty", 500, 90_000),
                ("latent_loyalty", 240, 8_400),
                ("spurious_loyalty", 330, 24_800),
                ("no_loyalty", 290, 4_800),
                ("unmeasured", 640, 33_400),
                ("former", 102, 7_700),
            ]),
        ),
        (
            "measurement_counts",
            coverage(&[
                ("attitude", "measured", 1460),
                ("attitude", "no recent survey answer", 540),
                ("behaviour", "measured", 1740),
                ("behaviour", "too few purchases", 260),
                ("segment", "measured", 1360),
                ("segment", "no recent survey answer", 640),
            ]),
        ),
        ("nps", nps(&[("wave", "2026-04", [396, 410, 275]), ("total", "all", [640, 439, 619])])),
        (
            "indicators",
            indicators(&[
                ("nps", "total", 0.0124, 1698, "nps", Some(0.0375)),
                ("nps", "wave=2026-04", 0.1119, 1081, "nps", None),
                ("customers", "total", 2000.0, 2000, "count", Some(1990.0)),
                ("segment_share", "segment=true_loyalty", 0.3676, 1360, "share", Some(0.3546)),
                ("own_amount", "total", 161_400.0, 1964, "currency", Some(158_000.5)),
                ("something_new", "region=north", 12.345, 80, "index", None),
            ]),
        ),
        (
            "input_quality",
            quality(&[("stg_purchases", "duplicate_line", 11, 40_444), ("stg_purchases", "missing_amount", 0, 40_444)]),
        ),
    ];
    (context, tables.into_iter().map(|(name, table)| (name.to_owned(), table)).collect())
}

/// The same pipeline on its first night, without a survey.
fn without_survey() -> (ReportContext, BTreeMap<String, RecordBatch>) {
    let (mut context, mut tables) = full();
    context.compared_to = None;
    let nobody = [
        ("true_loyalty", 0, 0),
        ("latent_loyalty", 0, 0),
        ("spurious_loyalty", 0, 0),
        ("no_loyalty", 0, 0),
        ("unmeasured", 2000, 161_400),
        ("former", 0, 0),
    ];
    let coverage = coverage(&[
        ("segment", "measured", 0),
        ("segment", "no survey on file", 2000),
        ("behaviour", "measured", 1740),
        ("behaviour", "too few purchases", 260),
    ]);
    tables.insert("segment_shares".into(), segments(nobody));
    tables.insert("measurement_counts".into(), coverage);
    tables.insert("nps".into(), nps(&[("total", "all", [0, 0, 0])]));
    tables.insert("indicators".into(), indicators(&[("behaviour_high_share", "total", 0.622, 1740, "share", None)]));
    (context, tables)
}

/// The report, and what its numbers rest on.
fn render(report: &LoyaltyReport, name: ReportFormat) -> crate::error::Result<String> {
    let document = |document, other| {
        let bytes = format(name).write(report, &Page { document, other })?;
        Ok::<_, crate::error::Error>(String::from_utf8(bytes).unwrap())
    };
    Ok(document(Document::Report, "loyalty-quality")? + &document(Document::Quality, "loyalty")?)
}

fn rendered(input: (ReportContext, BTreeMap<String, RecordBatch>), format: ReportFormat) -> String {
    render(&build(input.0, &input.1, described_tables(5), &[]).unwrap(), format).unwrap()
}

fn both(input: impl Fn() -> (ReportContext, BTreeMap<String, RecordBatch>)) -> [String; 2] {
    [ReportFormat::Html, ReportFormat::Markdown].map(|format| rendered(input(), format))
}

#[test]
fn the_markdown_report_is_complete() {
    insta::assert_snapshot!(rendered(full(), ReportFormat::Markdown));
}

#[test]
fn the_html_report_is_complete() {
    let page = rendered(full(), ReportFormat::Html);
    let (before, style) = page.split_once("<style>").unwrap();
    let (_, after) = style.split_once("</style>").unwrap();
    insta::assert_snapshot!(format!("{before}<style></style>{after}"));
}

#[test]
fn a_report_in_another_language_has_the_same_numbers_and_no_english_text() {
    for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
        let english = super::texts::texts(Language::English).unwrap();
        let (_, file) = super::texts::file(Language::English);
        let ids = file.lines().filter_map(|line| line.split_once(" =").map(|(id, _)| id)).filter(|id| english.has(id));
        let sentences: Vec<String> =
            ids.filter_map(|id| english.text(id).ok()).filter(|text| text.contains(' ') && text.len() > 5).collect();
        assert!(sentences.len() > 60, "{}", sentences.len());
        for input in [full_in, |language| (full_in(language).0, BTreeMap::new())] {
            for name in [ReportFormat::Html, ReportFormat::Markdown] {
                let (context, tables) = input(language);
                let text = render(&build(context, &tables, Vec::new(), &[]).unwrap(), name).unwrap();
                for sentence in &sentences {
                    assert!(!text.contains(sentence.as_str()), "{sentence}: {text}");
                }
            }
        }
        let (context, tables) = full_in(language);
        let text = render(&build(context, &tables, Vec::new(), &[]).unwrap(), ReportFormat::Markdown).unwrap();
        for number in ["2,000", "36.8%", "161,400", "−2.5", "+1.2 ± 4.1"] {
            assert!(text.contains(number), "{number}: {text}");
        }
        assert!(
            text.contains(&super::texts::texts(language).unwrap().numbers.date("2026-10-31".parse().unwrap())),
            "{text}"
        );
    }
}

#[test]
fn sentences_of_queries_are_told_by_their_codes_in_other_languages() {
    let yaml = "grain: [band]
columns: {band: {type: string}, handling_code: {type: string}, handling: {type: string, label: {en: Handling, zh: 处理}},
  wording: {type: string}, wording_zh: {type: string}}
report: {section: value, title: {en: Rows, zh: 行}, columns: [band, handling, wording], about_customers: false}";
    let sidecar: Sidecar = serde_yaml::from_str(yaml).unwrap();
    let rows = table(vec![
        ("band", texts(["a", "b", "c"])),
        ("handling_code", texts(["left_out", "kept,left_out", "not_in_the_catalogue"])),
        ("handling", texts(["left out", "kept, left out (7)", "gone"])),
        ("wording", texts(["one", "two", "three"])),
        ("wording_zh", texts(["一", "二", "三"])),
    ]);
    let to_show = TableToShow {
        name: "rows",
        sidecar: &sidecar,
        report: sidecar.report.as_ref().unwrap(),
        rows,
        customers_count: None,
        absent_inputs: Vec::new(),
        compares: false,
        lacks_earlier_run: false,
        finding: None,
        has_spreadsheet: false,
    };
    let catalogue = catalogue::read(&[], &mut Vec::new());
    let told = |language: Language| {
        let shown = show(&to_show, 5, &CodeLabels::of(&catalogue, language)).unwrap();
        let cells = shown.rows.into_iter().map(|row| match &row.cells[1..] {
            [Cell::Text(handling), Cell::Text(wording)] => format!("{handling}: {wording}"),
            other => panic!("{other:?}"),
        });
        (shown.title, shown.columns[1].label.clone().unwrap(), cells.collect::<Vec<_>>())
    };
    let english = ["left out: one", "kept, left out (7): two", "gone: three"].map(str::to_owned).to_vec();
    assert_eq!(told(Language::English), ("Rows".into(), "Handling".into(), english));
    let chinese = ["未纳入: 一", "保留、未纳入: 二", "gone: 三"].map(str::to_owned).to_vec();
    assert_eq!(told(Language::Chinese), ("行".into(), "处理".into(), chinese));
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let page = rendered(full(), ReportFormat::Html);
    for outside in ["http:", "https:", "<script", "<link", "@import", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    // Charts refer to their own clip paths.
    assert!(page.split("url(").skip(1).all(|rest| rest.starts_with('#')));
}

#[test]
fn without_a_survey_everybody_is_unmeasured_and_the_report_says_why() {
    for text in both(without_survey) {
        // What is known leads.
        assert!(!text.contains("No customer can be placed"), "{text}");
        assert!(
            text.contains("All 2,000 customers are unmeasured. The most frequent reason: no survey on file."),
            "{text}"
        );
        assert!(text.contains("Behaviour is known for 1,740 customers, and 62% of them are loyal in what they buy."));
        assert!(text.contains("No answer to the question"), "{text}");
        assert!(text.contains("There is no earlier run to compare with"), "{text}");
    }
}

#[test]
fn a_segment_that_cannot_occur_says_why_and_shows_no_number() {
    let input = || {
        let (context, mut tables) = full();
        let groups = [
            ("true_loyalty", 500, 90_000),
            ("latent_loyalty", 0, 0),
            ("spurious_loyalty", 330, 24_800),
            ("no_loyalty", 0, 0),
            ("unmeasured", 0, 0),
            ("former", 40, 9_753),
        ];
        let reason = Some("cannot occur here");
        tables.insert("segment_shares".into(), segments_with(groups, [None, reason, None, reason, None, None]));
        tables.insert("indicators".into(), indicators(&[]));
        (context, tables)
    };
    let report = build(input().0, &input().1, Vec::new(), &[]).unwrap();
    let groups = report.segments.unwrap().groups;
    for key in ["latent_loyalty", "no_loyalty"] {
        let group = &groups[key];
        assert_eq!((group.customers, group.measured_share, group.amount), (Count::default(), None, None), "{key}");
        assert_eq!(group.strategy.as_deref(), Some("cannot occur here"), "{key}");
    }
    assert_eq!(groups["unmeasured"].customers.shown, Some(0));
    for text in both(input) {
        assert!(text.contains("Cannot occur here"), "{text}");
        assert!(!text.contains("group is left out as well"), "{text}");
    }
}

#[test]
fn a_small_segment_is_told_nowhere_and_takes_the_next_smallest_with_it() {
    let input = || {
        let (context, mut tables) = full();
        let groups = [
            ("true_loyalty", 500, 90_000),
            ("latent_loyalty", 3, 1_237),
            ("spurious_loyalty", 330, 24_800),
            ("no_loyalty", 290, 4_871),
            ("unmeasured", 640, 33_400),
            ("former", 4, 9_753),
        ];
        tables.insert("segment_shares".into(), segments(groups));
        let lines = [
            ("segment_share", "segment=latent_loyalty", 0.0027, 1123, "share", None),
            ("segment_share", "segment=no_loyalty", 0.2582, 1123, "share", None),
        ];
        tables.insert("indicators".into(), indicators(&lines));
        (context, tables)
    };
    let report = build(input().0, &input().1, Vec::new(), &[]).unwrap();
    let groups = report.segments.unwrap().groups;
    assert_eq!((groups["latent_loyalty"].customers.below, groups["latent_loyalty"].amount), (Some(5), None));
    assert!(groups["no_loyalty"].customers.is_hidden && groups["no_loyalty"].amount.is_none());
    assert_eq!(groups["spurious_loyalty"].customers.shown, Some(330));
    for (text, below) in both(input).into_iter().zip(["&lt;5", "&lt;5"]) {
        assert!(text.contains(below), "{text}");
        for told in ["1,237", "4,871", "9,753", "0.3%", "25.8%"] {
            assert!(!text.contains(told), "{told}: {text}");
        }
    }
}

#[test]
fn a_small_group_of_responses_has_no_score() {
    let (context, mut tables) = full();
    tables.insert("nps".into(), nps(&[("total", "all", [640, 439, 619]), ("channel", "fax", [3, 0, 1])]));
    let report = build(context, &tables, Vec::new(), &[]).unwrap();
    let fax = &report.nps[1];
    assert_eq!((fax.n.below, fax.nps, fax.promoters.shown), (Some(5), None, None));
}

#[test]
fn a_score_of_too_few_is_not_said_to_be_of_nobody() {
    let input = || {
        let (context, mut tables) = full();
        // As the query gives it: hidden, and every number NULL.
        let hidden = nps(&[("total", "all", [0, 0, 0])]);
        let columns = hidden.schema_ref().fields().iter().zip(hidden.columns()).map(|(field, column)| {
            let values = match field.name().as_str() {
                "dimension" | "dimension_value" => column.clone(),
                "is_suppressed" => booleans([true]),
                _ => new_null_array(column.data_type(), 1),
            };
            (field.name().as_str(), values)
        });
        let suppressed = table(columns.collect());
        tables.insert("nps".into(), suppressed);
        (context, tables)
    };
    for text in both(input) {
        assert!(text.contains("Fewer than 5 customers answered the question"), "{text}");
        assert!(!text.contains("Nobody answered") && !text.contains("nobody was asked"), "{text}");
    }
}

#[test]
fn text_from_data_never_becomes_markup() {
    let input = || {
        let (mut context, tables) = full();
        context.description = "<script>alert(1)</script> a|b".into();
        context.checks[0].rule = "amount <= 5 | `x`".into();
        (context, tables)
    };
    let [html, markdown] = both(input);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;") && !html.contains("<script"), "{html}");
    assert!(markdown.contains("&lt;script&gt;alert(1)") && !markdown.contains("<script"), "{markdown}");
    assert!(markdown.contains(r"amount &lt;= 5 \| \`x\`"), "{markdown}");
}

#[test]
fn a_fall_is_shown_with_a_minus_and_a_rise_with_a_plus() {
    for text in both(full) {
        assert!(text.contains("−2.5"), "the score fell: {text}");
        assert!(text.contains("+1.3 pp"), "the share of true rose: {text}");
        assert!(text.contains("+3,400") && text.contains("+10"), "{text}");
        assert!(text.contains("31 October 2026"), "{text}");
    }
}

#[test]
fn a_report_without_any_table_says_what_is_missing() {
    let report = build(full().0, &BTreeMap::new(), Vec::new(), &[]).unwrap();
    let needed = || TABLES.iter().filter(|table| **table != "newest_data");
    assert_eq!(report.missing.len(), needed().count());
    for text in both(|| (full().0, BTreeMap::new())) {
        assert!(text.contains("The loyalty segments were not computed in this run."), "{text}");
        for table in needed() {
            assert!(text.contains(&format!("table {table}")), "{table}: {text}");
        }
    }
}

#[test]
fn a_missing_column_is_named_and_its_numbers_are_unknown() {
    let (context, mut tables) = full();
    let summary = tables.remove("segment_shares").unwrap();
    let kept: Vec<usize> =
        (0..summary.num_columns()).filter(|i| summary.schema().field(*i).name() != "amount").collect();
    tables.insert("segment_shares".into(), summary.project(&kept).unwrap());
    let report = build(context, &tables, Vec::new(), &[]).unwrap();
    let part = MissingPart { table: "segment_shares".into(), column: Some("amount".into()) };
    assert_eq!(report.missing, [part]);
    assert!(render(&report, ReportFormat::Markdown).unwrap().contains("column amount of segment_shares"));
}

#[test]
fn the_report_written_as_json_and_read_again_gives_the_same_pages() {
    let (context, tables) = full();
    let report = build(context, &tables, described_tables(5), &[]).unwrap();
    let page = Page { document: Document::Report, other: "loyalty-quality.en.json" };
    let json = format(ReportFormat::Json).write(&report, &page).unwrap();
    let read = read_json(&json).unwrap();
    for name in [ReportFormat::Html, ReportFormat::Markdown] {
        assert!(render(&report, name).unwrap() == render(&read, name).unwrap(), "{name:?}");
    }
}

#[test]
fn broken_checks_come_first() {
    let markdown = rendered(full(), ReportFormat::Markdown);
    assert!(markdown.contains("1 of 2 checks gave a warning; none failed."), "{markdown}");
    let (broken, holding) = (markdown.find("range nps").unwrap(), markdown.find("unique (customer").unwrap());
    assert!(broken < holding, "{markdown}");
}

#[test]
fn a_score_that_moved_by_more_than_chance_since_the_wave_before_is_news() {
    let told = |p_value: f64, previous: [Option<&str>; 3]| {
        let (context, mut tables) = full();
        let none = || doubles([None; 3]);
        let waves = table(vec![
            ("dimension", texts(["total", "wave", "wave"])),
            ("dimension_value", texts(["all", "2026-H1", "2026-H2"])),
            ("is_suppressed", booleans([false; 3])),
            ("n", integers([900, 400, 500])),
            ("n_eff", none()),
            ("promoters_count", integers([360, 140, 220])),
            ("passives_count", integers([290, 124, 166])),
            ("detractors_count", integers([250, 136, 114])),
            ("nps", doubles([Some(0.122), Some(0.01), Some(0.212)])),
            ("margin", none()),
            ("adjusted_low", none()),
            ("adjusted_high", none()),
            ("weighted_nps", none()),
            ("weighted_margin", none()),
            ("previous_wave", Arc::new(StringArray::from(previous.to_vec()))),
            ("difference", doubles([None, None, Some(0.202)])),
            ("p_value", doubles([None, None, Some(p_value)])),
        ]);
        tables.insert("nps".into(), waves);
        let report = build(context, &tables, Vec::new(), &[]).unwrap();
        render(&report, ReportFormat::Markdown).unwrap().matches("The Net Promoter Score has risen from +1.0 in wave 2026-H1 to +21.2 in wave 2026-H2, by more than chance explains.").count()
    };
    // On the first screen, and beside the scores.
    assert_eq!(told(0.001, [None, None, Some("2026-H1")]), 2);
    assert_eq!(told(0.2, [None, None, Some("2026-H1")]), 0, "chance explains it");
    assert_eq!(told(0.001, [None, None, None]), 0, "there is no wave before");
}

#[test]
fn a_small_group_of_a_described_table_hides_the_next_smallest_of_its_dimension() {
    let causes = &described_tables(5)[0];
    let shown = |row: usize| causes.rows[row].cells[2..5].to_vec();
    assert_eq!(shown(1), [Cell::Below(5), Cell::Hidden, Cell::Hidden], "the file leaves a small group out");
    assert_eq!(shown(2), [Cell::Hidden, Cell::Hidden, Cell::Hidden], "or the total would give it away");
    assert_eq!(shown(0)[0], Cell::Number(40.0), "another dimension");
    assert_eq!(shown(3)[0], Cell::Number(31.0));
    assert_eq!(described_tables(1)[0].rows[2].cells[2], Cell::Number(6.0), "nothing is hidden from an inner circle");
}

#[test]
fn roles_decide_on_hiding_and_names_do_not() {
    let yaml = "grain: [town]
columns:
  town: {type: string}
  clients: {type: integer, role: customers_count}
  replies: {type: integer, role: n}
  newcomers: {type: integer, role: part_count}
  customers_count: {type: integer}
  book: {type: double, role: textbook}
  kept_back: {type: boolean, role: suppressed}
report: {section: value, title: {en: Towns}}";
    let rows = table(vec![
        ("town", texts(["a", "b", "c", "d"])),
        ("clients", integers([2, 90, 80, 70])),
        ("replies", integers([90, 3, 80, 70])),
        ("newcomers", integers([60, 60, 4, 60])),
        ("customers_count", integers([1, 1, 1, 1])),
        ("book", doubles([Some(0.5); 4])),
        ("kept_back", booleans([false, false, false, true])),
    ]);
    let towns = described("towns", yaml, rows, None, 5);
    assert!(towns.columns.iter().all(|column| column.name != "kept_back"), "what hides is not shown itself");
    let cells = |row: usize| towns.rows[row].cells[1..].to_vec();
    let (number, book) = (Cell::Number, Cell::Number(0.5));
    assert_eq!(cells(0), [Cell::Below(5), Cell::Hidden, Cell::Hidden, Cell::Hidden, book.clone()]);
    assert_eq!(cells(1), [Cell::Hidden, Cell::Below(5), Cell::Hidden, Cell::Hidden, book.clone()]);
    assert_eq!(cells(2), [number(80.0), number(80.0), Cell::Below(5), number(1.0), book.clone()], "alone");
    assert_eq!(cells(3), [Cell::Hidden, Cell::Hidden, Cell::Hidden, Cell::Hidden, book], "the query said so");
}

#[test]
fn spans_of_time_do_not_give_each_other_away_and_other_groups_do() {
    let hidden = |role: &str| {
        let yaml = format!(
            "grain: [wave]\ncolumns: {{wave: {{type: integer{role}}}, clients: {{type: integer, role: customers_count}}}}\n\
             report: {{section: value, title: {{en: Waves}}}}"
        );
        let rows = table(vec![("wave", integers([1, 2, 3])), ("clients", integers([3, 900, 80]))]);
        described("waves", &yaml, rows, None, 5).rows.iter().map(|row| row.cells[1].clone()).collect::<Vec<_>>()
    };
    assert_eq!(hidden(", role: period"), [Cell::Below(5), Cell::Number(900.0), Cell::Number(80.0)]);
    assert_eq!(hidden(""), [Cell::Below(5), Cell::Number(900.0), Cell::Hidden]);
}

#[test]
fn a_value_that_cannot_be_shown_is_an_error_and_no_empty_cell() {
    let yaml = "grain: [band]\ncolumns: {band: {type: string}, clients: {type: integer, role: customers_count}}\n\
                report: {section: value, title: {en: Bands}}";
    let sidecar: Sidecar = serde_yaml::from_str(yaml).unwrap();
    let show_rows = |rows: RecordBatch| {
        let report = sidecar.report.as_ref().unwrap();
        let to_show = TableToShow {
            name: "bands",
            sidecar: &sidecar,
            report,
            rows,
            customers_count: None,
            absent_inputs: Vec::new(),
            compares: false,
            lacks_earlier_run: false,
            finding: None,
            has_spreadsheet: false,
        };
        show(&to_show, 5, &CodeLabels::default()).unwrap_err().to_string()
    };
    let message = show_rows(table(vec![("band", texts(["a"])), ("clients", texts(["many"]))]));
    assert!(message.contains("column `clients` of `bands`"), "{message}");
    let message = show_rows(table(vec![("band", texts(["a"]))]));
    assert!(message.contains("`bands` has no column `clients`"), "nothing is shown unhidden: {message}");
    let mut tables = full().1;
    tables.insert("nps".into(), table(vec![("dimension", texts(["total"])), ("n", texts(["many"]))]));
    let message = build(full().0, &tables, Vec::new(), &[]).unwrap_err().to_string();
    assert!(message.contains("column `n` of `nps`"), "{message}");
}

#[test]
fn months_of_a_table_do_not_give_each_other_away() {
    let yaml = "grain: [month]\ncolumns: {month: {type: date, role: month}, customers_count: {type: integer, role: customers_count}}\n\
                report: {section: value, title: {en: Months}}";
    let rows = table(vec![
        ("month", Arc::new(Date32Array::from_iter_values([20_000, 20_031]))),
        ("customers_count", integers([3, 900])),
    ]);
    let months = described("months", yaml, rows, None, 5);
    assert_eq!(months.rows[0].cells[1], Cell::Below(5));
    assert_eq!(months.rows[1].cells[1], Cell::Number(900.0));
}

#[test]
fn a_table_without_rows_or_numbers_says_in_a_line_why() {
    let yaml = "grain: [band]\ncolumns: {band: {type: string}, customers_count: {type: integer, role: customers_count}}\n\
                report: {section: service, title: {en: Effort}, empty: {en: nobody had a case}}";
    let rows = || table(vec![("band", texts(["0", "1"])), ("customers_count", integers([0, 0]))]);
    let mut effort = described("service_effort", yaml, rows(), None, 5);
    assert!(effort.is_empty);
    let (context, tables) = full();
    let text = |effort: &ShownTable| {
        let report = build(context.clone(), &tables, vec![effort.clone()], &[]).unwrap();
        [ReportFormat::Html, ReportFormat::Markdown].map(|format| render(&report, format).unwrap())
    };
    assert!(text(&effort).iter().all(|text| text.contains(": nobody had a case")));
    effort.absent_inputs = vec![AbsentInput { table: "stg_contacts".into(), gives: "effort".into() }];
    assert!(text(&effort).iter().all(|text| text.contains(": nobody had a case Not on file: data for effort.")));
}

#[test]
fn a_column_without_a_value_is_named_and_not_shown() {
    let yaml = "grain: [band]\ncolumns: {band: {type: string}, customers_count: {type: integer, role: customers_count},\n\
                effort: {type: double, label: {en: Effort}}}\n\
                report: {section: service, title: {en: Effort}, finding: {en: 'It takes {effort}.'}}";
    let rows = table(vec![
        ("band", texts(["0", "1"])),
        ("customers_count", integers([40, 50])),
        ("effort", doubles([None, None])),
    ]);
    let effort = described("service_effort", yaml, rows, None, 5);
    assert_eq!(effort.columns.len(), 2);
    let (context, tables) = full();
    let report = build(context, &tables, vec![effort], &[]).unwrap();
    let text = render(&report, ReportFormat::Markdown).unwrap();
    assert!(text.contains("Not known in this run: Effort.") && !text.contains("It takes"), "{text}");
}

/// What leaving is about, whom to care for, and a table without its input.
fn described_tables(min_cell: u64) -> Vec<ShownTable> {
    let causes = "grain: [dimension, dimension_value]
columns:
  dimension: {type: string, role: dimension, label: {en: By}}
  dimension_value: {type: string, role: dimension_value, label: {en: Part}}
  customers_count: {type: integer, role: customers_count, unit: count, label: {en: Customers}}
  customers_share: {type: double, unit: share, label: {en: Share}}
  amount: {type: 'decimal(18,2)', unit: currency, label: {en: Amount lost}}
  textbook_share: {type: double, role: textbook, unit: share, label: {en: Share}}
  is_suppressed: {type: boolean, role: suppressed}
report:
  section: leaving
  title: {en: Why customers left}
  note: {en: 'Customers who left in the last 180 days, by cause & | segment.'}
  finding: {en: '{customers_count} customers left and took {amount} with them.'}
  rows: 4
";
    let (suppressed, numbers) =
        ([false, true, false, false, false], [Some(40.0), None, Some(6.0), Some(31.0), Some(9.0)]);
    let rows = table(vec![
        ("dimension", texts(["total", "segment", "segment", "segment", "region"])),
        ("dimension_value", texts(["all", "true_loyalty", "latent_loyalty", "no_loyalty", "north_west"])),
        ("customers_count", Arc::new(Int64Array::from_iter(numbers.map(|n: Option<f64>| n.map(|n| n as i64))))),
        ("customers_share", doubles(numbers.map(|n| n.map(|n| n / 40.0)))),
        ("amount", doubles(numbers.map(|n| n.map(|n| n * 1000.5)))),
        ("textbook_share", doubles([None, None, Some(0.2), Some(0.8), None])),
        ("is_suppressed", Arc::new(BooleanArray::from_iter(suppressed.map(Some)))),
    ]);
    let plan = "grain: [customer_id]
columns:
  customer_id: {type: id, role: customer_id}
  care_form: {type: string, label: {en: Care}}
  own_amount: {type: 'decimal(18,2)', unit: currency, label: {en: Own amount}}
report: {section: care, title: {en: What to do for whom}, count_by: [care_form], sums: [own_amount], collapsed: true}
";
    let counts = table(vec![
        ("care_form", texts(["personal_service", "customer club"])),
        ("customers_count", integers([80, 20])),
        ("own_amount", doubles([Some(900.25), Some(40.0)])),
    ]);
    let promises = "grain: [kind]
columns: {kind: {type: string}, kept_share: {type: double, unit: share}}
report: {section: service, title: {en: Promises kept}}
";
    let nothing = table(vec![("kind", texts([""; 0])), ("kept_share", doubles([]))]);
    let mut promises = described("promise_keeping", promises, nothing, None, min_cell);
    promises.absent_inputs = vec![AbsentInput { table: "stg_contacts".into(), gives: "promise keeping".into() }];
    vec![
        described("churn_causes", causes, rows, None, min_cell),
        described("care_plan", plan, counts, Some(100), min_cell),
        promises,
    ]
}

fn described(name: &str, yaml: &str, rows: RecordBatch, customers_count: Option<u64>, min_cell: u64) -> ShownTable {
    let sidecar: Sidecar = serde_yaml::from_str(yaml).unwrap();
    let report = sidecar.report.as_ref().unwrap();
    let to_show = TableToShow {
        name,
        sidecar: &sidecar,
        report,
        rows,
        customers_count,
        absent_inputs: Vec::new(),
        compares: false,
        lacks_earlier_run: false,
        finding: sidecar.report.as_ref().unwrap().finding.clone(),
        has_spreadsheet: false,
    };
    show(&to_show, min_cell, &CodeLabels::default()).unwrap()
}

fn check(table: &str, rule: &str, offending_rows: u64) -> CheckLine {
    CheckLine {
        table: table.into(),
        rule: rule.into(),
        found: (offending_rows > 0).then(|| format!("not so: {rule}")),
        severity: Severity::Warn,
        offending_rows,
        passed: offending_rows == 0,
    }
}

fn texts(values: impl IntoIterator<Item = impl Into<String>>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values.into_iter().map(Into::into)))
}

fn integers(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

fn doubles(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from_iter(values))
}

fn booleans(values: impl IntoIterator<Item = bool>) -> ArrayRef {
    Arc::new(values.into_iter().map(Some).collect::<BooleanArray>())
}

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true))).unwrap()
}

fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Segment, customers, whole amount.
fn segments(groups: [(&str, i64, i64); 6]) -> RecordBatch {
    segments_with(groups, [None; 6])
}

/// Segment, customers, whole amount; why the segment cannot occur.
fn segments_with(groups: [(&str, i64, i64); 6], not_possible: [Option<&str>; 6]) -> RecordBatch {
    let all: i64 = groups[..5].iter().map(|group| group.1).sum();
    let measured: i64 = groups[..4].iter().map(|group| group.1).sum();
    let money: i64 = groups[..5].iter().map(|group| group.2).sum();
    let measured_money: i64 = groups[..4].iter().map(|group| group.2).sum();
    let is_measured = |segment: &str| !["unmeasured", "former"].contains(&segment);
    let of_measured = |by: f64| {
        groups.map(|group| share(group.1, measured).filter(|_| is_measured(group.0)).map(|share| (share + by).max(0.0)))
    };
    let of_customers = |part: i64, whole: i64, segment: &str| share(part, whole).filter(|_| segment != "former");
    let cents = groups.map(|group| i128::from(group.2) * 100);
    table(vec![
        ("customer_type", texts(groups.map(|_| "all"))),
        ("segment", texts(groups.map(|group| group.0))),
        ("customers_count", integers(groups.map(|group| group.1))),
        ("customers_share", doubles(groups.map(|group| of_customers(group.1, all, group.0)))),
        ("measured_share", doubles(of_measured(0.0))),
        ("measured_share_low", doubles(of_measured(-0.02))),
        ("measured_share_high", doubles(of_measured(0.02))),
        (
            "measured_amount_share",
            doubles(groups.map(|group| share(group.2, measured_money).filter(|_| is_measured(group.0)))),
        ),
        ("amount", Arc::new(Decimal128Array::from_iter_values(cents).with_precision_and_scale(28, 2).unwrap())),
        ("amount_share", doubles(groups.map(|group| of_customers(group.2, money, group.0)))),
        ("mean_share_of_wallet", doubles([Some(0.87), Some(0.21), Some(0.73), Some(0.14), None, None])),
        ("mean_attitude_index", doubles([Some(86.9), Some(86.4), Some(40.4), Some(41.2), None, None])),
        ("strategy", texts(groups.map(|group| format!("how to treat {}", group.0)))),
        ("not_possible_because", Arc::new(StringArray::from_iter(not_possible))),
    ])
}

/// Measure, reason and customers of the total; each line also stands for a customer type, which the report leaves out.
fn coverage(lines: &[(&str, &str, i64)]) -> RecordBatch {
    let lines: Vec<_> =
        ["customer_type", "total"].iter().flat_map(|group| lines.iter().map(move |line| (*group, line))).collect();
    table(vec![
        ("dimension", texts(lines.iter().map(|line| line.0))),
        ("measure", texts(lines.iter().map(|line| line.1.0))),
        ("reason", texts(lines.iter().map(|line| line.1.1))),
        ("customers_count", integers(lines.iter().map(|line| line.1.2))),
        ("customers_share", doubles(lines.iter().map(|line| share(line.1.2, 2000)))),
    ])
}

/// Dimension, its value, promoters, passives and detractors.
fn nps(lines: &[(&str, &str, [i64; 3])]) -> RecordBatch {
    let n = |line: &(&str, &str, [i64; 3])| line.2.iter().sum::<i64>();
    let score = |line: &(&str, &str, [i64; 3])| share(line.2[0] - line.2[2], n(line));
    let around = |by: f64| doubles(lines.iter().map(move |line| score(line).map(|score| score + by)));
    table(vec![
        ("dimension", texts(lines.iter().map(|line| line.0))),
        ("dimension_value", texts(lines.iter().map(|line| line.1))),
        ("is_suppressed", booleans(lines.iter().map(|_| false))),
        ("n", integers(lines.iter().map(n))),
        ("n_eff", doubles(lines.iter().map(|line| share(n(line) * 19, 20)))),
        ("promoters_count", integers(lines.iter().map(|line| line.2[0]))),
        ("passives_count", integers(lines.iter().map(|line| line.2[1]))),
        ("detractors_count", integers(lines.iter().map(|line| line.2[2]))),
        ("nps", around(0.0)),
        ("margin", doubles(lines.iter().map(|line| score(line).map(|_| 0.041)))),
        ("adjusted_low", around(-0.042)),
        ("adjusted_high", around(0.042)),
        ("weighted_nps", around(0.001)),
        ("weighted_margin", doubles(lines.iter().map(|line| score(line).map(|_| 0.043)))),
        ("previous_wave", Arc::new(StringArray::from(vec![None::<&str>; lines.len()]))),
        ("difference", doubles(lines.iter().map(|_| None))),
        ("p_value", doubles(lines.iter().map(|_| None))),
    ])
}

/// Key, dimension, value, n, unit, value before.
type Indicator<'a> = (&'a str, &'a str, f64, i64, &'a str, Option<f64>);

fn indicators(lines: &[Indicator<'_>]) -> RecordBatch {
    table(vec![
        ("indicator", texts(lines.iter().map(|line| line.0))),
        ("dimension", texts(lines.iter().map(|line| line.1))),
        ("value", doubles(lines.iter().map(|line| Some(line.2)))),
        ("n", integers(lines.iter().map(|line| line.3))),
        ("low", doubles(lines.iter().map(|_| None))),
        ("high", doubles(lines.iter().map(|_| None))),
        ("unit", texts(lines.iter().map(|line| line.4))),
        ("textbook_value", doubles(lines.iter().map(|line| (line.0 == "own_amount").then_some(150_000.0)))),
        ("previous", doubles(lines.iter().map(|line| line.5))),
        ("change", doubles(lines.iter().map(|line| line.5.map(|before| line.2 - before)))),
    ])
}

fn quality(lines: &[(&str, &str, i64, i64)]) -> RecordBatch {
    table(vec![
        ("table_name", texts(lines.iter().map(|line| line.0))),
        ("issue", texts(lines.iter().map(|line| line.1))),
        ("rows_count", integers(lines.iter().map(|line| line.2))),
        ("table_rows_count", integers(lines.iter().map(|line| line.3))),
        ("handling", texts(lines.iter().map(|_| "left out but for one copy"))),
    ])
}

/// Figures of an earlier night.
fn night(day: &str, lines: &[Indicator<'_>]) -> NightFigures {
    NightFigures::read(day.parse().unwrap(), &indicators(lines)).unwrap()
}

#[test]
fn trends_have_every_night_that_has_the_figure_and_hide_small_parts() {
    let (context, tables) = full();
    let share = |value, n| [("segment_share", "segment=true_loyalty", value, n, "share", None)];
    let nights = [
        night("2026-08-31", &share(0.30, 1_000)),
        // Four of 1,000.
        night("2026-09-30", &share(0.004, 1_000)),
        night("2026-10-31", &[("nps", "total", 0.0375, 1_600, "nps", None)]),
    ];
    let report = build(context, &tables, Vec::new(), &nights).unwrap();
    let figure = |key: &str| report.key_figures.iter().find(|figure| figure.line.indicator == key).unwrap();
    let days = |key: &str| figure(key).trend.iter().map(|point| point.as_of_date.to_string()).collect::<Vec<_>>();
    assert_eq!(days("segment_share"), ["2026-08-31", "2026-11-30"]);
    assert_eq!(days("nps"), ["2026-10-31", "2026-11-30"]);
    assert_eq!(figure("segment_share").trend[0].figure.value, 0.30);
    assert_eq!(report.segment_trends[0].1.len(), 2);
}

#[test]
fn a_change_is_told_when_it_is_good_or_bad_and_larger_than_chance() {
    let input = |now: f64| {
        let (context, mut tables) = full();
        let rows = indicators(&[("nps", "total", now, 1_698, "nps", Some(0.0))]);
        tables.insert("indicators".into(), with_interval(&rows, now - 0.04, now + 0.04));
        (context, tables)
    };
    let before = indicators(&[("nps", "total", 0.0, 1_600, "nps", None)]);
    let earlier = NightFigures::read("2026-10-31".parse().unwrap(), &with_interval(&before, -0.03, 0.03)).unwrap();
    let changes = |now: f64| {
        let (context, tables) = input(now);
        let report = build(context, &tables, Vec::new(), std::slice::from_ref(&earlier)).unwrap();
        report.changes.into_iter().map(|change| change.is_good).collect::<Vec<_>>()
    };
    // The margins 0.04 and 0.03 together are 0.05.
    assert_eq!(changes(0.049), [] as [bool; 0]);
    assert_eq!(changes(0.051), [true]);
    assert_eq!(changes(-0.051), [false]);
}

#[test]
fn the_newest_data_are_those_that_count_and_not_the_latest_row_of_a_source() {
    let (mut context, mut tables) = full();
    context.inputs[0].latest_event = "2026-11-29T10:00:00".parse().ok();
    let page = |context: ReportContext, tables: &BTreeMap<String, RecordBatch>| {
        render(&build(context, tables, Vec::new(), &[]).unwrap(), ReportFormat::Markdown).unwrap()
    };
    // Without the table, the sources tell.
    let told = page(context.clone(), &tables);
    assert!(told.contains("Newest data: transactions 29 November 2026 (one day before)."), "{told}");
    let days: ArrayRef = Arc::new(Date32Array::from(vec![20_700, 20_729]));
    let newest = vec![
        ("position", integers([2, 1])),
        ("data_kind", texts(["survey_answers", "own_purchases"])),
        ("newest_on", days),
    ];
    tables.insert("newest_data".into(), table(newest));
    let told = page(context, &tables);
    let expected = "own purchases 3 October 2026 (58 days before), survey answers 4 September 2026 (87 days before).";
    assert!(told.contains(&format!("Newest data: {expected}")), "{told}");
}

#[test]
fn a_note_on_a_column_is_said_only_where_the_page_shows_the_column() {
    let columns: Vec<String> = (1..=9).map(|number| format!("part_{number}")).collect();
    let declared: Vec<String> =
        columns.iter().map(|name| format!("  {name}: {{type: double, unit: share, label: {{en: {name}}}}}")).collect();
    let yaml = format!(
        "grain: [cause]
columns:
  cause: {{type: string, label: {{en: Cause}}}}
{}
report:
  section: leaving
  about_customers: false
  title: {{en: Causes}}
  note: {{en: Read it so.}}
  column_notes: {{part_1: {{en: The first part.}}, part_9: {{en: The last part.}}}}
  columns: [cause, {}]
",
        declared.join("\n"),
        columns.join(", ")
    );
    let mut values: Vec<(&str, ArrayRef)> = vec![("cause", texts(["dear", "slow"]))];
    values.extend(columns.iter().map(|name| (name.as_str(), doubles([Some(0.1), Some(0.2)]))));
    let (context, tables) = full();
    let shown = vec![described("causes", &yaml, table(values), None, 5)];
    let page = render(&build(context, &tables, shown, &[]).unwrap(), ReportFormat::Markdown).unwrap();
    // Eight columns have room; part_9 is the tenth.
    assert!(page.contains("Read it so. The first part.\n"), "{page}");
    assert!(!page.contains("The last part."));
}

#[test]
fn data_that_cannot_show_behaviour_begin_with_attitude_and_have_no_segment_on_the_first_screen() {
    let (mut context, mut tables) = full();
    context.headline = Headline::Attitude;
    let figures = [
        ("attitude_high_share", "total", 0.75, 1_460, "share", None),
        ("behaviour_high_share", "total", 0.01, 1_740, "share", None),
        ("segment_share", "segment=true_loyalty", 0.006, 1_360, "share", None),
        ("nps", "total", 0.2, 1_000, "nps", None),
    ];
    tables.insert("indicators".into(), indicators(&figures));
    let page = render(&build(context, &tables, Vec::new(), &[]).unwrap(), ReportFormat::Markdown).unwrap();
    let (first, _) = page.split_once("## Contents").unwrap();
    assert!(
        first.contains("**Attitude is known for 1,460 customers, and 75% of them think well of the brand.**"),
        "{first}"
    );
    assert!(!first.contains("truly loyal") && !first.contains("0.6%"), "{first}");
}

#[test]
fn a_figure_about_a_handful_of_customers_is_no_key_figure() {
    let shown = |n: i64| {
        let (mut context, mut tables) = full();
        let wanted = WantedFigure { figure: "amount_at_risk".into(), part: "total".into(), ..WantedFigure::default() };
        context.key_figures = vec![WantedFigure { least_share: Some(0.01), ..wanted }];
        let figures = [
            ("customers", "total", 2_000.0, 2_000, "count", None),
            ("amount_at_risk", "total", 5_992.61, n, "currency", None),
        ];
        tables.insert("indicators".into(), indicators(&figures));
        build(context, &tables, Vec::new(), &[]).unwrap().key_figures.len()
    };
    assert_eq!((shown(19), shown(20)), (0, 1));
}

#[test]
fn a_score_from_another_scale_says_so() {
    let page = |recommend| {
        let (mut context, tables) = full();
        context.rules.recommend = recommend;
        render(&build(context, &tables, Vec::new(), &[]).unwrap(), ReportFormat::Markdown).unwrap()
    };
    assert!(page(None).contains("Promoters (9 to 10) minus detractors (0 to 6) on"));
    let told = page(Some(RecommendScale { lowest: 1.0, ..RecommendScale::default() }));
    let warning = "The question was asked on a scale from 1 to 10 instead of 0 to 10";
    assert!(told.contains("Promoters (9 to 10) minus detractors (1 to 6) on") && told.contains(warning), "{told}");
    assert!(!page(Some(RecommendScale::default())).contains("The question was asked on a scale"));
}

#[test]
fn hovering_tells_names_and_numbers_as_the_table_writes_them() {
    let yaml = "grain: [month, cause]
columns:
  month: {type: string, label: {en: Month}}
  cause: {type: string, label: {en: Cause}}
  clients: {type: integer, role: customers_count, unit: count, label: {en: Clients}}
  part: {type: double, unit: share, label: {en: Part}}
  other: {type: double, unit: share, label: {en: Other}}
report:
  section: leaving
  title: {en: Causes}
  columns: [month, cause, clients, part]
  charts:
    - {kind: heat_map, label: month, by: cause, value: part}
    - {kind: stacked_bars, label: month, by: cause, value: part}
    - {kind: bars, label: month, value: part, beside: other}
";
    let rows = table(vec![
        ("month", texts(["May", "May", "June"])),
        ("cause", texts(["dear", "slow", "dear"])),
        ("clients", integers([40, 30, 20])),
        ("part", doubles([Some(0.071), Some(-0.000_01), Some(0.44)])),
        ("other", doubles([Some(0.2), Some(0.3), Some(0.4)])),
    ]);
    let (context, tables) = full();
    let shown = vec![described("causes", yaml, rows, None, 5)];
    let page = render(&build(context, &tables, shown, &[]).unwrap(), ReportFormat::Html).unwrap();
    let told: Vec<&str> = page.split("<title>").skip(1).filter_map(|rest| rest.split("</title>").next()).collect();
    assert!(told.contains(&"May / dear: 7.1%") && told.contains(&"June / dear: 44.0%"), "{told:?}");
    assert!(told.contains(&"May / Other: 20.0%") && told.contains(&"May / Part: 7.1%"), "{told:?}");
    let is_raw = |told: &&&str| {
        told.is_empty() || told.starts_with([',', ':', ' ']) || told.contains("NaN") || told.contains("-0.00")
    };
    assert_eq!(told.iter().find(is_raw), None);
}

/// NPS went from 0 to 0.2 and own sales fell; the two figures of attitude changed by 0.1 and 6 among the same customers.
fn with_changes(nps_of_the_same: f64) -> LoyaltyReport {
    let (mut context, mut tables) = full();
    context.families = vec![vec!["attitude_high_share".into(), "attitude_index".into()]];
    context.directions.insert("attitude_high_share".into(), Direction::Up);
    context.directions.insert("attitude_index".into(), Direction::Up);
    let rows = [
        ("nps", "total", 0.2, 1_698, "nps", Some(0.0)),
        ("attitude_high_share", "total", 0.6, 1_000, "share", Some(0.4)),
        ("attitude_index", "total", 70.0, 1_000, "index", Some(60.0)),
        ("like_for_like_change", "figure=nps", nps_of_the_same, 800, "nps", None),
        ("like_for_like_change", "figure=attitude_high_share", 0.1, 700, "share", None),
        ("like_for_like_change", "figure=attitude_index", 6.0, 700, "index", None),
    ];
    let low = [Some(0.18), Some(0.57), Some(69.0), Some(nps_of_the_same - 0.05), Some(0.05), Some(2.0)];
    let high = [Some(0.22), Some(0.63), Some(71.0), Some(nps_of_the_same + 0.05), Some(0.15), Some(10.0)];
    let mut rows = with_bounds(&indicators(&rows), low, high);
    let sales = indicators(&[("own_amount", "total", 150_000.0, 1_964, "currency", Some(158_000.5))]);
    rows = arrow::compute::concat_batches(&rows.schema(), [&rows, &with_bounds(&sales, [None], [None])]).unwrap();
    tables.insert("indicators".into(), rows);
    let before = [("nps", "total", 0.0, 1_600, "nps", None), ("attitude_index", "total", 60.0, 900, "index", None)];
    let before = with_bounds(&indicators(&before), [Some(-0.02), Some(59.0)], [Some(0.02), Some(61.0)]);
    let earlier = NightFigures::read("2026-10-31".parse().unwrap(), &before).unwrap();
    build(context, &tables, Vec::new(), &[earlier]).unwrap()
}

#[test]
fn changes_are_those_of_the_same_customers_one_of_a_family_and_every_figure_on_the_screen_that_is_good_or_bad() {
    let report = with_changes(0.08);
    let told = |report: &LoyaltyReport| {
        let told = |line: &ChangeLine| (line.line.indicator.clone(), line.change.value, line.is_good);
        report.changes.iter().map(told).collect::<Vec<_>>()
    };
    // Of the family the share changed by twice its margin, the index by one and a half.
    let expected = [("nps", 0.08, true), ("attitude_high_share", 0.1, true), ("own_amount", -8_000.5, false)];
    assert_eq!(told(&report), expected.map(|(key, change, is_good)| (key.to_owned(), change, is_good)));
    let page = render(&report, ReportFormat::Markdown).unwrap();
    let sentence = "Loyal in attitude: +10.0 pp (+5.0 pp to +15.0 pp) among the 700 customers known both times; of all, \
        40.0% → 60.0%";
    assert_eq!(page.matches(sentence).count(), 1, "{page}");
    assert_eq!(page.matches("| Net Promoter Score | +20.0 | +18.0 to +22.0 | +8.0 |").count(), 1, "{page}");
    // The same customers answered as before: the rise comes from who answered, and is no change.
    let report = with_changes(0.03);
    assert!(told(&report).iter().all(|(key, ..)| key != "nps"), "{:?}", told(&report));
    assert!(render(&report, ReportFormat::Markdown).unwrap().contains("+3.0 (within chance)"));
}

#[test]
fn the_report_and_what_it_rests_on_are_two_documents_that_link_to_each_other() {
    let (context, tables) = full();
    let report = build(context, &tables, described_tables(5), &[]).unwrap();
    for name in [ReportFormat::Html, ReportFormat::Markdown] {
        let document = |document, other| {
            let bytes = format(name).write(&report, &Page { document, other }).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let main = document(Document::Report, "loyalty-quality.en.html");
        let quality = document(Document::Quality, "loyalty.en.html");
        assert!(
            main.contains("loyalty-quality.en.html") && quality.contains("\"loyalty.en.html")
                || quality.contains("(loyalty.en.html")
        );
        assert!(main.contains("Why customers left") && !quality.contains("Why customers left"));
        assert!(quality.contains("duplicate") || quality.contains("same order and line number twice"), "{quality}");
        assert!(!main.contains("same order and line number twice"), "{main}");
    }
}

#[test]
fn a_chart_draws_what_its_table_may_show() {
    let yaml = "grain: [cause]
columns:
  cause: {type: string, label: {en: Cause}}
  clients: {type: integer, role: customers_count, unit: count, label: {en: Clients}}
  amount: {type: double, unit: currency, label: {en: Amount}}
report:
  section: leaving
  title: {en: Causes}
  columns: [cause, clients]
  rows: 1
  charts: [{kind: bars, label: cause, value: amount}]
";
    let rows = table(vec![
        ("cause", texts(["dear", "slow", "small", "far"])),
        ("clients", integers([40, 30, 3, 20])),
        ("amount", doubles([Some(1_000.0), Some(2_000.0), Some(777.0), Some(3_000.0)])),
    ]);
    let (context, tables) = full();
    let page = render(
        &build(context, &tables, vec![described("causes", yaml, rows, None, 5)], &[]).unwrap(),
        ReportFormat::Html,
    )
    .unwrap();
    let chart = page.split_once("id=\"chart-causes-1-wide-text\">").map(|(_, rest)| rest).unwrap();
    let (description, drawing) = chart.split_once("</desc>").unwrap();
    // All rows that may be shown, not only the first of the table; the small group and the next smallest have no mark.
    assert_eq!(description, "Amount (EUR): dear 1,000.00; slow 2,000.00");
    let (drawing, _) = drawing.split_once("</svg>").unwrap();
    assert!(drawing.contains("dear") && drawing.contains("var(--true)") && !drawing.contains("777"), "{drawing}");
    assert!(page.contains("id=\"chart-causes-1-narrow-text\""));
}

/// Figures with one interval.
fn with_interval(rows: &RecordBatch, low: f64, high: f64) -> RecordBatch {
    let all = |end| vec![Some(end); rows.num_rows()];
    with_bounds(rows, all(low), all(high))
}

/// Figures with intervals of their own.
fn with_bounds(
    rows: &RecordBatch,
    low: impl IntoIterator<Item = Option<f64>>,
    high: impl IntoIterator<Item = Option<f64>>,
) -> RecordBatch {
    let (low, high) = (doubles(low), doubles(high));
    let columns = rows.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    let values = columns.iter().map(|name| match name.as_str() {
        "low" => low.clone(),
        "high" => high.clone(),
        _ => rows.column_by_name(name).unwrap().clone(),
    });
    table(columns.iter().map(String::as_str).zip(values).collect())
}
