//! The benchmark's pipeline on a handful of rows whose figures are worked out by hand: the same tables that other engines
//! are measured on.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use chrono::NaiveDateTime;

use crate::project::{Project, repository};
use crate::published::{Table, assert_near, write_parquet};

/// Customer, order, moment, brand, category, quantity, amount in cents, on deal.
type Line = (i64, i64, &'static str, &'static str, &'static str, i32, i128, bool);

/// The window is 2025-12-01 to 2026-11-30, the own brand brand_0; rivals count in category_a and category_b, where the own
/// brand was bought.
const LINES: [Line; 18] = [
    // 1: two own occasions (15.00 after a return, 30.00) and a rival's (10.00); bought before the window
    (1, 10, "2025-03-05 10:00", "brand_0", "category_a", 1, 500, false),
    (1, 11, "2026-02-10 10:00", "brand_0", "category_a", 2, 2000, true),
    (1, 11, "2026-02-10 10:00", "brand_0", "category_a", -1, -500, false),
    (1, 11, "2026-02-10 10:00", "brand_1", "category_a", 1, 1000, false),
    (1, 12, "2026-11-30 23:59", "brand_0", "category_b", 1, 3000, false),
    (1, 13, "2026-12-01 00:00", "brand_0", "category_b", 1, 9900, false),
    (1, 14, "2026-05-05 10:00", "brand_2", "category_c", 1, 10000, false),
    // 2: one own occasion on the first day of the window, three of rivals
    (2, 21, "2025-12-01 00:00", "brand_0", "category_a", 1, 1000, false),
    (2, 22, "2026-06-01 10:00", "brand_1", "category_a", 4, 1000, false),
    (2, 23, "2026-06-02 10:00", "brand_1", "category_a", 4, 1000, false),
    (2, 23, "2026-06-02 10:00", "brand_2", "category_a", 1, 500, false),
    // 3: two occasions only, a return by itself is none
    (3, 31, "2026-01-01 10:00", "brand_0", "category_a", 1, 800, false),
    (3, 32, "2026-02-01 10:00", "brand_0", "category_a", -1, -300, false),
    (3, 33, "2026-03-01 10:00", "brand_1", "category_b", 1, 200, false),
    // 4: a third of the occasions, exactly half of the money
    (4, 41, "2026-11-29 10:00", "brand_0", "category_a", 1, 2000, true),
    (4, 42, "2026-06-01 10:00", "brand_1", "category_a", 1, 1200, false),
    (4, 43, "2026-06-02 10:00", "brand_1", "category_a", 1, 800, false),
    // 6: never bought in the window
    (6, 61, "2025-11-30 23:59", "brand_0", "category_a", 1, 100, false),
];

/// Response, customer, moment, item, score.
type Answer = (i64, i64, &'static str, &'static str, i32);

const ANSWERS: [Answer; 22] = [
    // 1: the latest response of the window counts: 100 x (0.3 x 0.9 + 0.4 x 1 + 0.2 x 0.75 + 0.1 x 0.75) = 89.5
    (100, 1, "2026-03-01 10:00", "recommend", 0),
    (100, 1, "2026-03-01 10:00", "repurchase", 1),
    (101, 1, "2026-09-01 10:00", "recommend", 9),
    (101, 1, "2026-09-01 10:00", "repurchase", 5),
    (101, 1, "2026-09-01 10:00", "tolerance", 4),
    (101, 1, "2026-09-01 10:00", "competitor", 2),
    (102, 1, "2026-12-01 00:00", "recommend", 0),
    (102, 1, "2026-12-01 00:00", "repurchase", 1),
    // 2: of two responses at one moment the higher id; no answer on competitor: 100 x (0.21 + 0.3 + 0.1) / 0.9
    (199, 2, "2026-09-01 10:00", "recommend", 10),
    (199, 2, "2026-09-01 10:00", "repurchase", 5),
    (199, 2, "2026-09-01 10:00", "tolerance", 5),
    (200, 2, "2026-09-01 10:00", "recommend", 7),
    (200, 2, "2026-09-01 10:00", "repurchase", 4),
    (200, 2, "2026-09-01 10:00", "tolerance", 3),
    // 3: less than half of the weight answered
    (300, 3, "2026-09-01 10:00", "recommend", 10),
    // 4: exactly the cut: 100 x (0.3 x 0.3 + 0.4 x 1) / 0.7 = 70
    (400, 4, "2026-09-01 10:00", "recommend", 3),
    (400, 4, "2026-09-01 10:00", "repurchase", 5),
    // 5: answered, bought nothing
    (500, 5, "2026-09-01 10:00", "recommend", 0),
    (500, 5, "2026-09-01 10:00", "repurchase", 1),
    (500, 5, "2026-09-01 10:00", "tolerance", 1),
    (500, 5, "2026-09-01 10:00", "competitor", 5),
    (600, 6, "2025-11-30 23:59", "recommend", 10),
];

fn microseconds(moment: &str) -> i64 {
    NaiveDateTime::parse_from_str(moment, "%Y-%m-%d %H:%M").unwrap().and_utc().timestamp_micros()
}

fn purchases(lines: &[Line]) -> RecordBatch {
    let amounts = Decimal128Array::from_iter_values(lines.iter().map(|line| line.6));
    let columns: [(&str, ArrayRef); 8] = [
        ("customer_id", Arc::new(Int64Array::from_iter_values(lines.iter().map(|line| line.0)))),
        ("order_id", Arc::new(Int64Array::from_iter_values(lines.iter().map(|line| line.1)))),
        (
            "ordered_at",
            Arc::new(TimestampMicrosecondArray::from_iter_values(lines.iter().map(|line| microseconds(line.2)))),
        ),
        ("brand", Arc::new(StringArray::from_iter_values(lines.iter().map(|line| line.3)))),
        ("category", Arc::new(StringArray::from_iter_values(lines.iter().map(|line| line.4)))),
        ("quantity", Arc::new(Int32Array::from_iter_values(lines.iter().map(|line| line.5)))),
        ("amount", Arc::new(amounts.with_precision_and_scale(18, 2).unwrap())),
        ("is_deal", Arc::new(BooleanArray::from_iter(lines.iter().map(|line| Some(line.7))))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn survey_answers() -> RecordBatch {
    let columns: [(&str, ArrayRef); 5] = [
        ("response_id", Arc::new(Int64Array::from_iter_values(ANSWERS.map(|answer| answer.0)))),
        ("customer_id", Arc::new(Int64Array::from_iter_values(ANSWERS.map(|answer| answer.1)))),
        (
            "answered_at",
            Arc::new(TimestampMicrosecondArray::from_iter_values(ANSWERS.map(|answer| microseconds(answer.2)))),
        ),
        ("item_id", Arc::new(StringArray::from_iter_values(ANSWERS.map(|answer| answer.3)))),
        ("score", Arc::new(Int32Array::from_iter_values(ANSWERS.map(|answer| answer.4)))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// Runs the pipeline on the rows above, spread over monthly folders as the data generator does.
fn published() -> Project {
    let project = Project::empty();
    let mut months: Vec<&str> = LINES.iter().map(|line| &line.2[..7]).collect();
    months.sort_unstable();
    months.dedup();
    for month in months {
        let lines: Vec<Line> = LINES.into_iter().filter(|line| line.2.starts_with(month)).collect();
        let folder = format!("data/purchases/month={month}");
        write_parquet(&project.make_folder(&folder).path(&folder).join("part-0.parquet"), &purchases(&lines));
    }
    project.make_folder("data/survey_answers");
    write_parquet(&project.path("data/survey_answers/part-0.parquet"), &survey_answers());
    let mut command = project.staunch(&["run", "--quiet", "pipelines/bench.yml"]);
    command
        .current_dir(repository())
        .env("STAUNCH_BENCH", project.path("data"))
        .env("STAUNCH_OUTPUT", project.path("out"));
    let finished = project.finish(&mut command);
    assert_eq!(finished.exit_code, 0, "{}", finished.stderr);
    project
}

#[test]
fn the_benchmark_computes_what_a_person_computes() {
    let project = published();
    let latest = |table: &str| Table::read(&project.path(&format!("out/bench/latest/{table}.parquet")));

    let behaviour = latest("customer_behaviour");
    let integers = |column: &str| behaviour.integers(column).into_iter().map(Option::unwrap).collect::<Vec<_>>();
    assert_eq!(integers("customer_id"), [1, 2, 3, 4]);
    assert_eq!(integers("own_orders_count"), [2, 1, 1, 1]);
    assert_eq!(integers("repeat_purchases_count"), [2, 0, 0, 0]);
    assert_eq!(integers("own_categories_count"), [2, 1, 1, 1]);
    assert_eq!(integers("own_occasions_count"), [2, 1, 1, 1]);
    assert_eq!(integers("category_occasions_count"), [3, 4, 2, 3]);
    assert_eq!(integers("recency_days"), [0, 364, 333, 1]);
    let near = |table: &Table, column: &str, expected: &[f64]| {
        let found = table.numbers(column);
        assert_eq!(found.len(), expected.len(), "{column}");
        for (found, expected) in found.into_iter().zip(expected) {
            assert_near(found, *expected, 1e-12);
        }
    };
    near(&behaviour, "repeat_purchase_rate", &[2.0 / 3.0, 0.25, 0.5, 1.0 / 3.0]);
    near(&behaviour, "own_amount", &[45.0, 10.0, 8.0, 20.0]);
    near(&behaviour, "category_amount", &[55.0, 35.0, 10.0, 40.0]);
    near(&behaviour, "share_of_wallet", &[45.0 / 55.0, 10.0 / 35.0, 0.8, 0.5]);
    near(&behaviour, "share_of_requirements", &[2.0 / 3.0, 0.1, 0.5, 1.0 / 3.0]);
    near(&behaviour, "deal_share", &[2.0 / 3.0, 0.0, 0.0, 1.0]);
    assert_eq!(behaviour.texts("behaviour_state"), ["high", "low", "insufficient", "high"].map(|s| Some(s.to_owned())));

    let attitude = latest("customer_attitude");
    assert_eq!(attitude.integers("customer_id"), [1, 2, 3, 4, 5].map(Some));
    assert_eq!(attitude.integers("recommend_score"), [9, 7, 10, 3, 0].map(Some));
    near(&attitude, "answered_weight_share", &[1.0, 0.9, 0.3, 0.7, 1.0]);
    let states = ["high", "low", "unmeasured", "high", "low"].map(|state| Some(state.to_owned()));
    assert_eq!(attitude.texts("attitude_state"), states);
    let index = attitude.numbers("attitude_index");
    assert_eq!(index[2], None);
    for (row, expected) in [(0, 89.5), (1, 61.0 / 0.9), (3, 70.0), (4, 0.0)] {
        assert_near(index[row], expected, 1e-9);
    }

    let loyalty = latest("customer_loyalty");
    assert_eq!(loyalty.integers("customer_id"), [1, 2, 3, 4, 5].map(Some));
    let segments = ["true_loyalty", "no_loyalty", "unmeasured", "true_loyalty", "unmeasured"]
        .map(|segment| Some(segment.to_owned()));
    assert_eq!(loyalty.texts("segment"), segments);

    let summary = latest("segment_summary");
    assert_eq!(
        summary.texts("segment"),
        ["no_loyalty", "true_loyalty", "unmeasured"].map(|segment| Some(segment.to_owned()))
    );
    near(&summary, "customers_count", &[1.0, 2.0, 2.0]);
    near(&summary, "amount", &[10.0, 65.0, 8.0]);
    near(&summary, "mean_share_of_wallet", &[10.0 / 35.0, (45.0 / 55.0 + 0.5) / 2.0, 0.8]);
    near(&summary, "mean_attitude_index", &[61.0 / 0.9, 79.75, 0.0]);
}
