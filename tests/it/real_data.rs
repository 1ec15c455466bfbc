//! The published numbers of real data sets. They need the data: `STAUNCH_DATA` names the folder that holds
//! `cdnow/`, `complete_journey/`, `ecsi_mobi/`, `olist/`, `sfo_survey/`, `rfm/`, `ibm_telco/` and `uci_online_retail/`; without
//! it every test here says that it was skipped.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use crate::described;
use crate::project::{Project, repository};
use crate::published::{Table, assert_near};

/// Pipelines whose description was checked; once each is enough.
static CHECKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The folder of the data, or a line that says what is not tested.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("STAUNCH_DATA").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        eprintln!("skipped: set STAUNCH_DATA to the folder of the data sets");
    }
    folder.map(|folder| std::path::absolute(folder).unwrap())
}

fn staunch(project: &Project, arguments: &[&str], data: &Path) -> String {
    let mut command = project.staunch(arguments);
    command.current_dir(repository()).env("STAUNCH_DATA", data).env("STAUNCH_OUTPUT", project.path("out"));
    let finished = project.finish(&mut command);
    assert_eq!(finished.exit_code, 0, "{}", finished.stderr);
    finished.stdout
}

/// Runs a pipeline that ships.
fn published(pipeline: &str, data: &Path) -> Project {
    let project = Project::empty();
    staunch(&project, &["run", "--quiet", &format!("pipelines/{pipeline}.yml")], data);
    if CHECKED.lock().unwrap().insert(pipeline.to_owned()) {
        described::check(&project, &format!("out/{pipeline}"), &[]);
    }
    project
}

fn latest(project: &Project, pipeline: &str, table: &str) -> Table {
    Table::read(&project.path(&format!("out/{pipeline}/latest/{table}.parquet")))
}

fn segments(summary: &Table) -> [Option<f64>; 6] {
    ["true_loyalty", "latent_loyalty", "spurious_loyalty", "no_loyalty", "unmeasured", "former"]
        .map(|segment| summary.number(&[("segment", segment)], "customers_count"))
}

fn mean(values: &[f64]) -> Option<f64> {
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// The Complete Journey (84.51°), households and soft drinks of manufacturer 103 in 2017. Computed with DuckDB from the
/// definitions: an occasion is a distinct basket and manufacturer with positive net sales_value, sales_value as
/// decimal(18,2).
#[test]
fn complete_journey_gives_the_known_shares_and_measures_nobody() {
    let Some(data) = data() else { return };
    let project = published("complete_journey", &data);
    let behaviour = latest(&project, "complete_journey", "customer_behaviour");
    let own = behaviour.integers("own_occasions_count");
    let all = behaviour.integers("category_occasions_count");
    assert_eq!(all.iter().filter(|count| count.is_some_and(|count| count > 0)).count(), 2260, "category buyers");
    assert_eq!(own.iter().filter(|count| count.is_some_and(|count| count > 0)).count(), 1733, "own buyers");
    let of_own_buyers = |column: &str| {
        let values = behaviour.numbers(column);
        let of_buyers = values.into_iter().zip(&own).filter(|(_, own)| own.is_some_and(|own| own > 0));
        of_buyers.map(|(value, _)| value.unwrap()).collect::<Vec<_>>()
    };
    assert_near(mean(&of_own_buyers("repeat_purchase_rate")), 0.3698944815869521, 1e-12);
    assert_near(mean(&of_own_buyers("share_of_wallet")), 0.39712525376950525, 1e-12);
    let indicators = latest(&project, "complete_journey", "indicators");
    let total = |indicator: &str| indicators.number(&[("indicator", indicator), ("dimension", "total")], "value");
    assert_near(total("aggregate_share_of_wallet"), 0.33503319004086796, 1e-12);
    assert_near(total("own_buyers"), 1733.0, 0.0);

    // Of 614 who left, 370 bought elsewhere twice since; most of them always had. Counted in DuckDB from the same files.
    let causes = latest(&project, "complete_journey", "churn_causes");
    let competitor = [("dimension", "total"), ("churn_cause", "competitor")];
    assert_eq!(causes.number(&competitor, "customers_count"), Some(38.0));
    assert_eq!(causes.number(&competitor, "n"), Some(614.0));

    // At least three occasions, as the pipeline says.
    let states = behaviour.texts("behaviour_state");
    let count = |state: &str| states.iter().filter(|found| found.as_deref() == Some(state)).count();
    assert_eq!((count("high") + count("low"), count("high")), (1961, 538));

    // Nobody was asked anything; of the 538 with high behaviour 114 bought none for 90 days and twice their own gap.
    let customers = latest(&project, "complete_journey", "customer_loyalty").len() as f64 - 114.0;
    let nobody_but_unmeasured = [None, None, None, None, Some(customers), Some(114.0)];
    assert_eq!(segments(&latest(&project, "complete_journey", "segment_summary")), nobody_but_unmeasured);
    let coverage = latest(&project, "complete_journey", "measurement_coverage");
    let unasked = [("dimension", "total"), ("measure", "attitude"), ("reason", "no survey on file")];
    assert_near(coverage.number(&unasked, "customers_count"), customers, 0.0);
    let report = project.text("out/complete_journey/latest/loyalty.en.md");
    for words in ["attitudinal loyalty and the Net Promoter Score", "no survey on file"] {
        assert!(report.contains(words), "the report says `{words}`");
    }
}

/// The same data and definitions with one occasion as the minimum.
#[test]
fn complete_journey_gives_the_known_counts_around_the_cut() {
    let Some(data) = data() else { return };
    let sql = "
        select
            count(*) filter (where 2 * own_occasions_count >= category_occasions_count) as by_occasions,
            count(*) filter (where 2 * own_occasions_count = category_occasions_count) as exactly_half,
            count(*) filter (where 2 * own_amount >= category_amount) as by_money,
            count(*) filter (where behaviour_state = 'high') as high,
            count(*) filter (where behaviour_state <> 'insufficient') as measured
        from customer_behaviour
        where category_occasions_count > 0";
    let shown = staunch(
        &Project::empty(),
        &[
            "show",
            "--sql",
            sql,
            "-p",
            "pipelines/complete_journey.yml",
            "--format",
            "json",
            "--var",
            "min_category_occasions=1",
        ],
        &data,
    );
    let counts: Value = serde_json::from_str(&shown).unwrap();
    let expected = serde_json::json!({
        "by_occasions": 522, "exactly_half": 122, "by_money": 599, "high": 653, "measured": 2260,
    });
    assert_eq!(counts, expected);
}

/// All lines of 2017 whose product is in products, DuckDB with sales_value as decimal(18,2).
#[test]
fn complete_journey_reads_every_basket() {
    let Some(data) = data() else { return };
    let sql = "
        select count(*) as baskets, sum(amount) as amount
        from (
            select order_id, sum(amount) as amount
            from stg_purchases
            where brand is not null and ordered_at < date '2018-01-01'
            group by order_id
        ) as baskets";
    let arguments = ["show", "--sql", sql, "-p", "pipelines/complete_journey.yml", "--format", "csv"];
    assert_eq!(staunch(&Project::empty(), &arguments, &data), "baskets,amount\n155605,4593973.75\n");
}

/// SFO customer survey of 2017: NETPRO with 11 as blank, WEIGHT, Q5TIMESFLOWN from code 3 on as high behaviour; computed
/// with pandas and with DuckDB.
#[test]
fn sfo_gives_the_known_net_promoter_score_and_segments() {
    let Some(data) = data() else { return };
    let project = published("sfo_airport", &data);
    let nps = latest(&project, "sfo_airport", "nps");
    let total = |column: &str| nps.number(&[("dimension", "total")], column);
    let counts = ["n", "promoters_count", "passives_count", "detractors_count"].map(total);
    assert_eq!(counts, [2746.0, 1436.0, 968.0, 342.0].map(Some));
    assert_near(total("nps"), 0.39840, 5e-6);
    assert_near(total("margin"), 0.02615, 5e-6);
    assert_near(total("weighted_nps"), 0.40398, 5e-6);
    assert_near(total("n_eff"), 2266.5, 0.05);

    let loyalty = latest(&project, "sfo_airport", "customer_loyalty");
    let found = segments(&latest(&project, "sfo_airport", "segment_summary"));
    assert_eq!(found[..4], [568.0, 857.0, 505.0, 794.0].map(Some));
    assert_near(found[4], loyalty.len() as f64 - 2724.0, 0.0);
    assert_eq!(found[5], Some(0.0));

    let related = latest(&project, "sfo_airport", "attitude_behaviour");
    let key =
        [("dimension", "total"), ("behaviour_measure", "declared_behaviour"), ("attitude_measure", "attitude_index")];
    assert_near(related.number(&key, "spearman"), 0.0333, 5e-5);
    assert_near(related.number(&key, "phi"), 0.0101, 5e-5);
    let incidents = latest(&project, "sfo_airport", "incident_tolerance");
    let scores = incidents.texts("dimension").into_iter().zip(incidents.numbers("nps"));
    let totals: Vec<f64> =
        scores.filter(|(part, _)| part.as_deref() == Some("total")).filter_map(|(_, nps)| nps).collect();
    assert_near(totals.iter().copied().reduce(f64::min), 0.1877, 5e-5);
    assert_near(totals.iter().copied().reduce(f64::max), 0.4365, 5e-5);

    let report = project.text("out/sfo_airport/latest/loyalty.en.md");
    for number in ["+39.8 ± 2.6", "2,746", "2,267", "+40.4", "| 857 |"] {
        assert!(report.contains(number), "the report says {number}");
    }
}

/// Survey of mobile phone customers of Tenenhaus et al. (2005): paths by SmartPLS 2.0.M3 (R package semPLS), relative weights of
/// the means of the blocks by numpy.
#[test]
fn the_mobile_phone_survey_gives_the_known_path_model_and_importances() {
    let Some(data) = data() else { return };
    let project = published("ecsi_mobi", &data);
    let model = latest(&project, "ecsi_mobi", "path_model");
    let path =
        |from: &str, to: &str| model.number(&[("measure", "path"), ("latent", from), ("counterpart", to)], "estimate");
    assert_near(path("image", "satisfaction"), 0.17873950, 1e-6);
    assert_near(path("quality", "satisfaction"), 0.51202394, 1e-6);
    assert_near(path("satisfaction", "loyalty"), 0.48547762, 1e-6);
    assert_near(model.number(&[("measure", "gof")], "estimate"), 0.47175, 5e-6);
    let importance = latest(&project, "ecsi_mobi", "driver_importance");
    for (driver, weight) in
        [("image", 0.165644), ("expectation", 0.081499), ("quality", 0.281454), ("value_product", 0.140845)]
    {
        let key = [("dimension", "total"), ("driver", driver)];
        assert_near(importance.number(&key, "relative_weight"), weight, 1e-6);
        assert_near(importance.number(&key, "r2"), 0.669441, 1e-6);
    }
    assert_eq!(latest(&project, "ecsi_mobi", "latent_scores").len(), 250 * 7);
}

/// SFO customer survey of 2016: Q5TIMESFLOWN from code 3 on as high behaviour, Q7ALL 4 and 5 as high attitude, 0 and 6 as no
/// answer, WEIGHT; computed with DuckDB.
#[test]
fn sfo_of_2016_gives_the_known_segments_and_satisfaction() {
    let Some(data) = data() else { return };
    let project = published("sfo_airport_2016", &data);
    let found = segments(&latest(&project, "sfo_airport_2016", "segment_summary"));
    assert_eq!(found, [909.0, 1425.0, 251.0, 298.0, 204.0, 0.0].map(Some));
    let scores = latest(&project, "sfo_airport_2016", "survey_scores");
    let total = |column: &str| scores.number(&[("dimension", "total"), ("construct", "satisfaction")], column);
    assert_eq!(total("n"), Some(2919.0));
    assert_near(total("top_two_box_share"), 0.813_996_644, 5e-9);
    assert_near(total("mean_index"), 76.333123857, 1e-9);
    // The wide file is read twice: once with a row per passenger, once with a row per answer.
    let manifest = project.last_manifest("out/sfo_airport_2016");
    let read: Vec<_> = manifest["inputs"].as_array().unwrap().iter().map(|input| input["rows_read"].clone()).collect();
    assert_eq!(read, [3087, 3087]);
}

/// SFO customer survey of 2017, weighted by WEIGHT; six items of quality, three of ease on 1 to 5, which is no Customer
/// Effort Score. The top two boxes are shares of answers, computed with DuckDB; the rest with pandas and numpy: alpha from
/// the covariance and the correlation matrix of the respondents who answered all items.
#[test]
fn sfo_gives_the_known_scores_and_reliabilities() {
    let Some(data) = data() else { return };
    let project = published("sfo_airport", &data);
    let scores = latest(&project, "sfo_airport", "survey_scores");
    let total =
        |construct: &str, column: &str| scores.number(&[("dimension", "total"), ("construct", construct)], column);
    for (construct, n, mean_index, top_two_box_share) in [
        ("recommend", 2746.0, 83.627_851_956_198_27, 0.524_067_058_617_478_3),
        ("satisfaction", 2688.0, 76.780_065_948_493_52, 0.822_793_064_850_582_1),
        ("quality", 2805.0, 75.304_823_793_777, 0.738_031_372_559_513),
        ("trust_reliability", 2781.0, 84.688_567_200_431_11, 0.869_573_194_051_094),
        ("ease", 2735.0, 83.282_947_630_988_69, 0.824_619_539_254_795_5),
    ] {
        assert_eq!(total(construct, "n"), Some(n), "{construct}");
        assert_near(total(construct, "mean_index"), mean_index, 1e-9);
        assert_near(total(construct, "top_two_box_share"), top_two_box_share, 1e-9);
        assert_eq!(total(construct, "ces_share"), None, "{construct}");
    }
    assert_near(total("satisfaction", "n_eff"), 2_223.261_898_548_94, 1e-6);
    assert_near(total("satisfaction", "mean_index_low"), 76.051_325_831_208_63, 1e-9);
    assert_near(total("satisfaction", "top_two_box_share_low"), 0.806_367_964_948_858_5, 1e-9);
    for (construct, complete, alpha, standardised) in [
        ("quality", 2070.0, 0.855_991_815_352_459_8, 0.856_884_280_073_246_6),
        ("ease", 2110.0, 0.680_711_656_061_163_6, 0.686_092_044_766_941_1),
    ] {
        assert_eq!(total(construct, "complete_responses_count"), Some(complete), "{construct}");
        assert_near(total(construct, "cronbach_alpha"), alpha, 1e-9);
        assert_near(total(construct, "cronbach_alpha_standardised"), standardised, 1e-9);
    }
}

/// Olist: the latest review of each person in the 365 days that end with October 2018, satisfied from 4 of 5. Computed with
/// DuckDB.
#[test]
fn olist_gives_the_known_satisfaction() {
    let Some(data) = data() else { return };
    let project = published("olist", &data);
    let scores = latest(&project, "olist", "survey_scores");
    let total = |column: &str| scores.number(&[("dimension", "total"), ("construct", "satisfaction")], column);
    assert_eq!(total("n"), Some(9737.0));
    assert_near(total("mean_index"), 66.229_331_416_247_3, 1e-9);
    assert_near(total("top_two_box_share"), 0.650_611_071_171_818_8, 1e-9);
    let of_wave = [("dimension", "wave"), ("dimension_value", "2018-Q3"), ("construct", "satisfaction")];
    assert_eq!(scores.number(&of_wave, "n"), Some(2148.0));
    assert_near(scores.number(&of_wave, "top_two_box_share"), 0.707_635_009_310_987, 1e-9);

    // Nine in ten customers bought once and long ago: the days of silence say of nobody that they left.
    assert_eq!(latest(&project, "olist", "customer_churn").len(), 0);
    assert_eq!(latest(&project, "olist", "win_back").len(), 0);
    let causes = latest(&project, "olist", "churn_causes");
    assert_eq!(causes.known("customers_count") + causes.known("n") + causes.known("measure"), 0);
    assert_eq!(latest(&project, "olist", "satisfaction_defection").known("left_share"), 0);
}

/// Olist: rivals are not seen, so behaviour goes by a count and shares of wallet are unknown.
#[test]
fn olist_puts_every_customer_into_one_segment() {
    let Some(data) = data() else { return };
    let project = published("olist", &data);
    let loyalty = latest(&project, "olist", "customer_loyalty");
    let counted: f64 = segments(&latest(&project, "olist", "segment_summary")).into_iter().map(Option::unwrap).sum();
    assert_near(Some(counted), loyalty.len() as f64, 0.0);
    assert!(loyalty.len() > 5_000, "only {} customers", loyalty.len());
    assert_eq!((loyalty.known("share_of_wallet"), loyalty.known("repeat_purchase_rate")), (0, 0));
    let columns = ["segment", "behaviour_state", "attitude_state"].map(|column| loyalty.texts(column));
    let [segments, behaviour, attitude] = columns;
    let orders = loyalty.integers("own_occasions_count");
    for (row, segment) in segments.iter().enumerate() {
        if let Some(orders) = orders[row] {
            let expected = if orders >= 2 { "high" } else { "low" };
            assert_eq!(behaviour[row].as_deref(), Some(expected), "{orders} orders");
        }
        let expected = match (behaviour[row].as_deref(), attitude[row].as_deref()) {
            (Some("high"), Some("high")) => "true_loyalty",
            (Some("low"), Some("high")) => "latent_loyalty",
            (Some("high"), Some("low")) => "spurious_loyalty",
            (Some("low"), Some("low")) => "no_loyalty",
            _ => "unmeasured",
        };
        assert_eq!(segment.as_deref(), Some(expected));
    }
    let measured: BTreeSet<&str> = segments.iter().flatten().map(String::as_str).collect();
    assert_eq!(
        measured,
        BTreeSet::from(["true_loyalty", "latent_loyalty", "spurious_loyalty", "no_loyalty", "unmeasured"])
    );
}

/// The demo orders of the R package rfm at 2006-12-31; customers, orders and revenue of its groups are from the package's
/// own tests.
#[test]
fn rfm_finds_the_published_groups() {
    let Some(data) = data() else { return };
    let project = published("rfm", &data);
    let summary = latest(&project, "rfm", "rfm_summary");
    let groups = [
        ("champions", 158.0, 1234.0, 120_178.0),
        ("loyal", 278.0, 1708.0, 166_712.0),
        ("potential_loyalist", 229.0, 801.0, 65_873.0),
        ("at_risk", 86.0, 438.0, 44_178.0),
        ("lost", 111.0, 244.0, 20_955.0),
    ];
    for (group, customers, orders, amount) in groups {
        let of = |column: &str| summary.number(&[("dimension", "total"), ("rfm_group", group)], column);
        assert_eq!(
            [of("customers_count"), of("orders_count"), of("amount")],
            [customers, orders, amount].map(Some),
            "{group}"
        );
    }
}

/// CDNOW, all 23,570 customers, the first 39 weeks: lifetimes 0.11.3 (ModifiedBetaGeoFitter, ParetoNBDFitter, GammaGammaFitter)
/// gives the same parameters, and 19,684 days with a purchase follow in the next 39.
#[test]
fn cdnow_gives_the_parameters_that_lifetimes_gives() {
    let Some(data) = data() else { return };
    let project = published("cdnow", &data);
    let models = latest(&project, "cdnow", "purchase_models");
    let expected = [
        ("mbg_nbd", "r", 0.637_139_733),
        ("mbg_nbd", "alpha", 7.310_289_542),
        ("mbg_nbd", "a", 0.807_474_118),
        ("mbg_nbd", "b", 1.228_393_996),
        ("pareto_nbd", "r", 0.597_406),
        ("pareto_nbd", "s", 0.522_218),
        ("gamma_gamma", "p", 6.275_358_6),
        ("gamma_gamma", "q", 3.624_450_2),
        ("gamma_gamma", "gamma", 14.983_689),
    ];
    for (model, parameter, value) in expected {
        let row = [("period", "calibration"), ("model", model), ("parameter", parameter)];
        assert_near(models.number(&row, "value"), value, 1e-3 * value);
    }
    let holdout = latest(&project, "cdnow", "customer_value_holdout");
    assert_near(holdout.number(&[("model", "naive")], "actual_purchases_count"), 19_684.0, 0.0);

    // value / P(alive) x (1 - P(alive)), added up in DuckDB; the value already holds the probability to be alive.
    let summary = latest(&project, "cdnow", "customer_value_summary");
    let total = |column: &str| summary.number(&[("dimension", "total")], column);
    assert_near(total("lifetime_value"), 757_601.825, 0.5);
    assert_near(total("amount_probably_lost"), 474_646.196, 0.5);
}

/// Online Retail II, sheet Year 2009-2010, lines with a customer, credit notes (C...) included, each line rounded to pence;
/// the 365 days to 2010-12-09. Computed with DuckDB: 4,312 customers with lines, 96 of them with nothing left.
#[test]
fn uci_retail_takes_credit_notes_off_what_customers_spent() {
    let Some(data) = data() else { return };
    let project = published("uci_retail", &data);
    let behaviour = latest(&project, "uci_retail", "customer_behaviour");
    let amounts = behaviour.numbers("own_amount");
    assert_near(Some(amounts.iter().flatten().sum::<f64>()), 8_021_266.13, 1e-6);
    let bought = behaviour.integers("own_occasions_count");
    let is_buyer = |count: &Option<i64>| count.is_some_and(|count| count > 0);
    assert_eq!(bought.iter().filter(|count| is_buyer(count)).count(), 4216);
    let rfm = latest(&project, "uci_retail", "rfm");
    assert_eq!(rfm.len(), 4216);
    assert!(rfm.numbers("amount").iter().all(|amount| amount.is_some_and(|amount| amount > 0.0)));

    let quality = latest(&project, "uci_retail", "input_quality");
    let of = |issue: &str, column: &str| quality.number(&[("table_name", "stg_purchases"), ("issue", issue)], column);
    assert_near(of("nothing_left", "customers_count"), 96.0, 0.0);
    assert_near(of("nothing_left", "amount"), -98_880.87, 1e-9);
    assert_near(of("category_left_out", "amount"), 0.0, 0.0);
    let pareto = latest(&project, "uci_retail", "pareto");
    assert_near(pareto.number(&[("dimension", "total")], "amount"), 8_120_147.0, 1e-9);
}

/// The whole file, 2009-12-01 to 2010-12-09, computed with DuckDB.
#[test]
fn uci_retail_over_the_whole_file_gives_the_known_net_amount() {
    let Some(data) = data() else { return };
    let sql = "
        select
            count(*) as customers,
            count(*) filter (where own_amount <= 0) as nothing_left,
            sum(own_amount) as own_amount
        from customer_behaviour";
    let arguments =
        ["show", "--sql", sql, "-p", "pipelines/uci_retail.yml", "--format", "csv", "--var", "window_days=374"];
    let shown = staunch(&Project::empty(), &arguments, &data);
    assert_eq!(shown, "customers,nothing_left,own_amount\n4383,106,8348208.56\n");
}

/// Olist, delivered orders whose sample_source contains techbyhemant, one row per review: calendar day of delivery minus
/// the promised one, satisfied from 4 of 5. Computed with DuckDB.
#[test]
fn olist_reviews_fall_with_every_day_of_delay() {
    let Some(data) = data() else { return };
    let project = published("olist", &data);
    let gaps = latest(&project, "olist", "expectation_gap");
    let bands = [
        ("<= -14", 1700.0, 4.319_411_764_705_882, 0.833_529_411_764_705_9),
        ("-13..-1", 1863.0, 4.270_531_400_966_184, 0.818_035_426_731_079),
        ("0", 55.0, 3.763_636_363_636_363_7, 0.709_090_909_090_909_1),
        ("1..7", 144.0, 2.673_611_111_111_111, 0.381_944_444_444_444_4),
        ("> 7", 124.0, 1.548_387_096_774_193_5, 0.072_580_645_161_290_33),
    ];
    for (band, n, mean_score, csat_share) in bands {
        let key = [("kind", "delivered_minus_promised"), ("dimension", "total"), ("band", band)];
        assert_eq!(gaps.number(&key, "n"), Some(n), "{band}");
        assert_near(gaps.number(&key, "mean_score"), mean_score, 1e-12);
        assert_near(gaps.number(&key, "csat_share"), csat_share, 1e-12);
    }
}

/// IBM's telecom company, which is made up: who left by satisfaction score and by reason, and money as monthly charge x
/// months of tenure, twelve at the most. Counted in Python from the CSV files; the causes are the mapping's.
#[test]
fn ibm_telco_says_who_left_and_why() {
    let Some(data) = data() else { return };
    let project = published("ibm_telco", &data);
    let defection = latest(&project, "ibm_telco", "satisfaction_defection");
    let bands = [
        ("very dissatisfied", 922.0, 922.0),
        ("dissatisfied", 518.0, 518.0),
        ("neither nor", 2665.0, 429.0),
        ("satisfied", 1789.0, 0.0),
        ("very satisfied", 1149.0, 0.0),
    ];
    for (satisfaction, n, left) in bands {
        let key = [("dimension", "total"), ("satisfaction", satisfaction)];
        let found = ["n", "left_count"].map(|column| defection.number(&key, column));
        assert_eq!(found, [Some(n), Some(left)], "{satisfaction}");
        assert_near(defection.number(&key, "left_share"), left / n, 1e-12);
    }

    let causes = latest(&project, "ibm_telco", "churn_causes");
    let counted = [
        ("competitor", 878.0, 545_210.50),
        ("price", 211.0, 124_991.25),
        ("overbearing_vendor", 314.0, 181_471.40),
        ("broken_promises", 149.0, 98_082.35),
        ("neglected_details", 135.0, 81_606.80),
        ("natural", 52.0, 31_066.75),
        ("unknown", 130.0, 78_767.40),
    ];
    for (cause, customers, amount) in counted {
        let key = [("dimension", "total"), ("churn_cause", cause)];
        assert_near(causes.number(&key, "customers_count"), customers, 0.0);
        assert_near(causes.number(&key, "amount"), amount, 0.005);
        let stated = if cause == "unknown" { 0.0 } else { 1.0 };
        assert_eq!(causes.number(&key, "stated_share"), (customers > 0.0).then_some(stated), "{cause}");
    }
    // The list of reasons has none for these, and nothing else on file could show them.
    for cause in ["staff_turnover", "vendor_turbulence", "unequal_treatment"] {
        let key = [("dimension", "total"), ("churn_cause", cause)];
        assert_eq!(causes.number(&key, "customers_count"), None, "{cause}");
    }

    // Who left is former, who stays high in behaviour; attitude is high from 4 of 5 on. Nobody satisfied left.
    let summary = latest(&project, "ibm_telco", "segment_summary");
    // Nobody can be low in behaviour, which is staying, and not former.
    assert_eq!(segments(&summary), [Some(2938.0), None, Some(2236.0), None, Some(0.0), Some(1869.0)]);
    let money = ["true_loyalty", "spurious_loyalty", "former"]
        .map(|segment| summary.number(&[("segment", segment)], "amount").unwrap());
    assert_eq!(money, [1_850_770.70, 1_615_506.50, 1_141_196.45]);
    // Referrals are counted, and nobody knows whom.
    let referrals = latest(&project, "ibm_telco", "referrals");
    let counted = [("true_loyalty", 1418.0, 6961.0), ("spurious_loyalty", 1180.0, 5812.0), ("former", 624.0, 974.0)];
    for (segment, referrers, referred) in counted {
        let key = [("dimension", "segment"), ("dimension_value", segment)];
        let found = ["referrers_count", "referred_count", "new_referred_share", "reached_count"];
        let found = found.map(|column| referrals.number(&key, column));
        assert_eq!(found, [Some(referrers), Some(referred), None, None], "{segment}");
    }
    // All 1,869 who left in the quarter are dated to its last day: no month's losses are known.
    let indicators = latest(&project, "ibm_telco", "indicators");
    assert_eq!(indicators.number(&[("indicator", "former_customers"), ("dimension", "total")], "value"), Some(1869.0));
    for rate in ["retention_rate", "net_retention_rate", "gross_retention_rate"] {
        assert!(
            !indicators.texts("indicator").iter().flatten().any(|indicator| indicator == rate),
            "{rate} is not known"
        );
    }
    let pareto = latest(&project, "ibm_telco", "pareto");
    assert_near(pareto.number(&[("dimension", "total")], "top_customers_count"), 3581.0, 0.0);
}
