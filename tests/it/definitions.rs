//! The questionnaire and the definition of a loyal customer: what queries read of them, and what is refused.

use insta::assert_snapshot;

use crate::project::{Project, repository};

const LOYALTY: &str = "\
name: two
loyal_customer:
  - {indicator: repeat_purchases_count, at_least: 2, description: buys regularly}
  - {indicator: deal_share, at_most: 0.5}
loyalty_index:
  - {dimension: repurchase, indicator: repurchase_index, weight: 3, mapping: {range: {from: 20, to: 80}}, source: a}
  - {dimension: wallet, indicator: share_of_wallet, weight: 2, mapping: share, formula: f}
  - {dimension: decision, indicator: choice_seconds_median, weight: 1, mapping: percentile, reverse: true}
";

const QUESTIONNAIRE: &str = "\
name: short
dimensions:
  attitude: {weight: 1}
items:
  - id: again
    wording: {en: Would you buy again?, zh: 您会再次购买吗？}
    construct: repurchase
    dimension: attitude
    scale: {min: 1, max: 5}
    weight: 1
";

const FORM: &str = "\
name: short
title: {en: You and us}
introduction: {zh: 请如实回答。}
sections:
  needs: {title: {en: Needs, zh: 需要}, instruction: {en: Think of the last year.}}
  brands: {title: {en: Brands}}
items:
  - id: first
    section: needs
    wording: {en: What comes first?, zh: 首要的是什么？}
    construct: need_first
    scale: {min: 1, max: 3}
    choices:
      - {score: 1, wording: {en: quality, zh: 质量}}
      - {score: 2, wording: {en: price, zh: 价格}}
      - {score: 3, wording: {en: speed, zh: 速度}}
  - id: satisfaction
    section: brands
    wording: {en: How satisfied are you?, zh: 您满意吗？}
    construct: satisfaction
    scale: {min: 1, max: 5}
    labels: {min: {en: not at all}, max: {en: very, zh: 非常}}
    asked_for: each_brand
  - id: share
    section: brands
    wording: {en: How much of it with us?, zh: 其中多少给我们？}
    construct: wallet_declared
    scale: {min: 0, max: 100}
    missing_codes: [999]
  - id: again
    wording: {en: Would you buy \"again\" <here>?, zh: 您会再次购买吗？}
    construct: repurchase
    scale: {min: 1, max: 5}
    missing_codes: [8, 9]
";

/// The shop with a loyalty definition.
fn shop_with_loyalty(definition: &str) -> Project {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "queries: [queries]", "queries: [queries]\nloyalty_definition: loyalty.yml");
    shop.write("loyalty.yml", definition);
    shop
}

/// The shop with a questionnaire; `attitude_cut` and the break points are parameters that all pipelines share.
fn shop_with_questionnaire(questionnaire: &str) -> Project {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "queries: [queries]", "queries: [queries]\nquestionnaire: questions.yml");
    shop.write(
        "queries/parameters.yml",
        "parameters:\n  attitude_cut: {type: decimal, default: 70}\n  promoter_from: {type: decimal, default: 9}\n  \
         passive_from: {type: decimal, default: 7}\n",
    );
    shop.write("questions.yml", questionnaire);
    shop
}

/// The message with which `validate` refuses the project.
#[track_caller]
fn refusal(project: &Project) -> String {
    let refused = project.run(&["validate", "pipeline.yml"]);
    assert_eq!((refused.exit_code, refused.stdout.as_str()), (2, ""), "{}", refused.stderr);
    refused.stderr
}

fn rows(project: &Project, table: &str) -> String {
    project.succeeds(&["show", table, "-q", "-p", "pipeline.yml", "--format", "csv"]).stdout
}

#[test]
fn queries_read_a_loyalty_definition_as_two_tables() {
    let shop = shop_with_loyalty(LOYALTY);
    assert_snapshot!(rows(&shop, "loyalty_conditions"), @r"
    position,axis,indicator,comparison,value,description,description_zh
    1,behaviour,repeat_purchases_count,at_least,2.0,buys regularly,
    2,behaviour,deal_share,at_most,0.5,,
    ");
    assert_snapshot!(rows(&shop, "loyalty_index_items"), @r"
    position,axis,dimension,indicator,weight,mapping,range_from,range_to,is_reversed,formula,source,dimension_zh,formula_zh
    1,attitude,repurchase,repurchase_index,3.0,range,20.0,80.0,false,,a,,
    2,behaviour,wallet,share_of_wallet,2.0,share,,,false,f,,,
    3,behaviour,decision,choice_seconds_median,1.0,percentile,,,true,,,,
    ");
}

/// A catalogue of one's own: an indicator that no other has.
const CATALOGUE: &str = "\
indicators:
  visits_count: {axis: behaviour, unit: quantity, description: Visits to the shop.}
  liking_index: {axis: attitude, unit: index, description: Likes the shop., constructs: [goodwill]}
";

const OWN_LOYALTY: &str = "\
name: own
loyalty_index:
  - {dimension: visits, indicator: visits_count, weight: 1, mapping: {range: {from: 0, to: 4}}}
  - {dimension: liking, indicator: liking_index, weight: 1, mapping: {range: {from: 0, to: 100}}}
";

/// The file of a shipped query, wherever its folder is.
fn shipped(query: &str) -> String {
    fn found(folder: &std::path::Path, name: &str) -> Option<String> {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.into_iter().find_map(|path| match path.is_dir() {
            true => found(&path, name),
            false => path.ends_with(name).then(|| std::fs::read_to_string(&path).unwrap()),
        })
    }
    found(&repository().join("queries"), query).unwrap()
}

#[test]
fn a_new_indicator_of_the_loyalty_index_needs_yaml_and_sql_only() {
    let shop = shop_with_loyalty(OWN_LOYALTY);
    shop.write("queries/catalogue.yml", CATALOGUE);
    shop.write(
        "queries/customer_measures.sql",
        "select customer_id, 'visits_count' as indicator, cast(orders_count as double) as value from customer_totals",
    );
    shop.write("queries/index_shares.sql", shipped("index_shares.sql"));
    let orders = "select orders_count / 4.0 as share from customer_totals order by share";
    let shares = "select mapped_share from index_shares where axis = 'behaviour' order by mapped_share";
    let numbers = |sql: &str| -> Vec<f64> {
        let shown = ["show", "--sql", sql, "-q", "-p", "pipeline.yml", "--format", "csv"];
        shop.succeeds(&shown).stdout.lines().skip(1).map(|line| line.parse().unwrap()).collect()
    };
    assert_eq!(numbers(shares), [0.25, 0.5]);
    assert_eq!(numbers(shares), numbers(orders));
    let told = shop.succeeds(&["validate", "pipeline.yml"]).stderr;
    assert!(told.contains("the loyalty index (own): visits_count, liking_index"), "{told}");
    assert!(told.contains("`liking_index` of `loyalty.yml` stays unknown"), "{told}");
}

#[test]
fn what_a_definition_names_must_be_in_the_catalogue_and_fit_its_unit() {
    let shop = shop_with_loyalty(&OWN_LOYALTY.replace("indicator: liking_index", "indicator: likng_index"));
    shop.write("queries/catalogue.yml", CATALOGUE.replace("unit: quantity", "unit: share"));
    assert_snapshot!(refusal(&shop), @"
    error: `visits_count` is a share from 0 to 1, so its range cannot be 0 to 4
     --> loyalty.yml:3:70
      |
    3 |   - {dimension: visits, indicator: visits_count, weight: 1, mapping: {range: {from: 0, to: 4}}}
      |                                                                      ^

    error: there is no indicator `likng_index`
     --> loyalty.yml:4:36
      |
    4 |   - {dimension: liking, indicator: likng_index, weight: 1, mapping: {range: {from: 0, to: 100}}}
      |                                    ^^^^^^^^^^^
      |
      = hint: did you mean `liking_index`?

    2 problems found
    ");
    shop.write("queries/catalogue.yml", CATALOGUE.replace("unit: quantity", "unit: visits"));
    assert_snapshot!(refusal(&shop), @"
    error: unknown value `visits`
     --> [project]/queries/catalogue.yml:2:41
      |
    2 |   visits_count: {axis: behaviour, unit: visits, description: Visits to the shop.}
      |                                         ^^^^^^
      |
      = hint: expected one of share, index, quantity, difference
    ");
}

#[test]
fn without_a_definition_its_tables_are_empty() {
    let shop = Project::copy_of("shop");
    assert_eq!(rows(&shop, "loyalty_conditions").lines().count(), 1);
    assert_eq!(rows(&shop, "loyalty_index_items").lines().count(), 1);
}

#[test]
fn a_query_that_reads_a_definition_is_checked_against_its_columns() {
    let shop = shop_with_loyalty(LOYALTY);
    shop.write("queries/shop_summary.sql", "select sum(wieght) as weight from loyalty_index_items");
    let refused = refusal(&shop);
    assert!(refused.starts_with("error: there is no column `wieght`"), "{refused}");
    assert!(refused.contains("did you mean `weight`?"), "{refused}");
}

#[test]
fn unit_tests_give_the_rows_of_a_definition_or_name_its_file() {
    let shop = shop_with_loyalty(LOYALTY);
    shop.write("own/weights.sql", "select axis, sum(weight) as weight from loyalty_index_items group by axis");
    shop.write(
        "own/weights.yml",
        "grain: [axis]\ncolumns:\n  axis: {type: string}\n  weight: {type: double}\nchecks: []\n",
    );
    shop.write(
        "tests/queries/weights.yml",
        "query: weights\nfolders: [own]\nloyalty_definition: loyalty.yml\ncases:\n  - name: from the file\n    \
         expected: [{axis: attitude, weight: 3}, {axis: behaviour, weight: 3}]\n  - name: from rows\n    given: \
         {loyalty_index_items: [{axis: attitude, weight: 7}]}\n    expected: [{axis: attitude, weight: 7}]\n",
    );
    let passed = shop.succeeds(&["test", "tests/queries/weights.yml"]);
    assert!(passed.stderr.contains("2 passed, 0 failed"), "{}", passed.stderr);
    shop.replace("tests/queries/weights.yml", "{axis: attitude, weight: 7}]}", "{axis: attitude, wait: 7}]}");
    let refused = shop.run(&["test", "tests/queries/weights.yml"]);
    assert!(refused.stderr.contains("`loyalty_index_items` has no column `wait`"), "{}", refused.stderr);
}

#[test]
fn plan_validate_and_the_manifest_name_the_definitions() {
    let shop = shop_with_loyalty(LOYALTY);
    let planned = shop.succeeds(&["plan", "pipeline.yml"]).stdout;
    assert!(planned.contains("\ndefinitions\n  loyalty_definition: loyalty.yml\n"), "{planned}");
    assert_snapshot!(shop.succeeds(&["validate", "pipeline.yml"]).stderr, @"
    pipeline.yml: valid (1 source, 4 queries, 3 outputs)
      a loyal customer (two): repeat_purchases_count at least 2, deal_share at most 0.5
      the loyalty index (two): repurchase_index, share_of_wallet, choice_seconds_median
      warning: `repurchase_index` of `loyalty.yml` stays unknown: no item of the questionnaire measures it
    ");
    let run = || {
        shop.succeeds(&["run", "pipeline.yml"]);
        let manifests = shop.files_below("out/_staunch/runs");
        let last = manifests.keys().rfind(|path| path.ends_with("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&shop.text(last)).unwrap();
        manifest["definitions"].clone()
    };
    let first = run();
    assert_eq!(first[0]["key"], "loyalty_definition");
    assert_eq!(first[0]["file"], "loyalty.yml");
    assert_eq!(first[0]["sha256"], shop.files_below("")["loyalty.yml"]);
    shop.replace("loyalty.yml", "weight: 3", "weight: 4");
    assert_ne!(run()[0]["sha256"], first[0]["sha256"]);
}

#[test]
fn a_misspelt_indicator_gets_the_nearest_one() {
    let shop = shop_with_loyalty(&LOYALTY.replace("indicator: share_of_wallet", "indicator: share_of_walet"));
    assert_snapshot!(refusal(&shop), @"
    error: there is no indicator `share_of_walet`
     --> loyalty.yml:7:36
      |
    7 |   - {dimension: wallet, indicator: share_of_walet, weight: 2, mapping: share, formula: f}
      |                                    ^^^^^^^^^^^^^^
      |
      = hint: did you mean `share_of_wallet`?
    ");
}

#[test]
fn everything_wrong_with_a_loyalty_definition_is_said_at_once() {
    let shop = shop_with_loyalty(
        "\
name: wrong
loyal_customer:
  - {indicator: share_of_wallet, at_least: 50}
  - {indicator: recency_days}
  - {indicator: recency_days, at_least: 1, at_most: 2}
  - {indicator: recommend_index, at_least: 70}
  - {indicator: recommend_index, at_least: 80}
loyalty_index:
  - {dimension: a, indicator: repurchase_index, weight: 0, mapping: share}
  - {dimension: b, indicator: own_orders_count, weight: 1, mapping: {range: {from: 5, to: 5}}}
  - {dimension: c, indicator: share_of_wallet, weight: 1, mapping: {range: {from: 0, to: 100}}}
  - {dimension: d, indicator: share_of_wallet, weight: 1, mapping: share}
",
    );
    assert_snapshot!(refusal(&shop), @"
    error: the condition on `recency_days` needs either `at_least` or `at_most`
     --> loyalty.yml:4:17
      |
    4 |   - {indicator: recency_days}
      |                 ^^^^^^^^^^^^
      |
      = hint: for both, write two conditions

    error: the condition on `recency_days` needs either `at_least` or `at_most`
     --> loyalty.yml:5:17
      |
    5 |   - {indicator: recency_days, at_least: 1, at_most: 2}
      |                 ^^^^^^^^^^^^
      |
      = hint: for both, write two conditions

    error: `recommend_index` has two conditions of the same kind
     --> loyalty.yml:7:17
      |
    7 |   - {indicator: recommend_index, at_least: 80}
      |                 ^^^^^^^^^^^^^^^

    error: the weight of `repurchase_index` must be positive, not 0
     --> loyalty.yml:9:57
      |
    9 |   - {dimension: a, indicator: repurchase_index, weight: 0, mapping: share}
      |                                                         ^

    error: `share_of_wallet` appears twice in the loyalty index
      --> loyalty.yml:12:31
       |
    12 |   - {dimension: d, indicator: share_of_wallet, weight: 1, mapping: share}
       |                               ^^^^^^^^^^^^^^^
       |
       = hint: list it once, with the sum of both weights

    error: `share_of_wallet` is a share from 0 to 1 and cannot be compared with 50
     --> loyalty.yml:3:44
      |
    3 |   - {indicator: share_of_wallet, at_least: 50}
      |                                            ^

    error: `repurchase_index` is not a share from 0 to 1, so the mapping `share` does not fit
     --> loyalty.yml:9:69
      |
    9 |   - {dimension: a, indicator: repurchase_index, weight: 0, mapping: share}
      |                                                                     ^
      |
      = hint: use `percentile`, or a range such as `{range: {from: 0, to: 100}}`

    error: the range of `own_orders_count` must have its `from` below its `to`
      --> loyalty.yml:10:69
       |
    10 |   - {dimension: b, indicator: own_orders_count, weight: 1, mapping: {range: {from: 5, to: 5}}}
       |                                                                     ^
       |
       = hint: if less is better, keep the order and add `reverse: true`

    error: `share_of_wallet` is a share from 0 to 1, so its range cannot be 0 to 100
      --> loyalty.yml:11:68
       |
    11 |   - {dimension: c, indicator: share_of_wallet, weight: 1, mapping: {range: {from: 0, to: 100}}}
       |                                                                    ^

    9 problems found
    ");
}

#[test]
fn behaviour_judged_by_an_index_needs_indicators_of_behaviour() {
    let only_asked = "name: asked\nloyalty_index:\n  - {dimension: a, indicator: attitude_index, weight: 1, mapping: \
                      percentile}\n";
    for (definition, is_warned) in [(only_asked, true), (LOYALTY, false)] {
        let shop = shop_with_loyalty(definition);
        shop.write("queries/parameters.yml", "parameters: {behaviour_rule: {type: string, default: index}}\n");
        let valid = shop.succeeds(&["validate", "pipeline.yml"]).stderr;
        assert_eq!(valid.contains("no loyalty definition has an indicator of behaviour"), is_warned, "{valid}");
    }
}

#[test]
fn a_loyalty_index_needs_an_indicator() {
    let shop = shop_with_loyalty("name: none\nloyalty_index: []\n");
    assert_snapshot!(refusal(&shop), @"
    error: the loyalty index has no indicators
      in loyalty.yml
      hint: list at least one under `loyalty_index`
    ");
}

#[test]
fn a_definition_that_is_not_there_is_said_where_it_is_named() {
    let shop = shop_with_loyalty(LOYALTY);
    shop.remove("loyalty.yml");
    assert_snapshot!(refusal(&shop), @"
    error: there is no loyalty definition `loyalty.yml`
      --> pipeline.yml:22:21
       |
    22 | loyalty_definition: loyalty.yml
       |                     ^^^^^^^^^^^
       |
       = hint: check the path
    ");
}

#[test]
fn the_presets_are_valid_with_the_standard_questionnaire() {
    let standard = repository().join("queries/questionnaires/standard.yml");
    for preset in ["two_factors", "four_factors", "six_factors"] {
        let path = repository().join(format!("queries/loyalty/{preset}.yml"));
        let shop = shop_with_loyalty(&std::fs::read_to_string(path).unwrap());
        shop.write("questions.yml", std::fs::read_to_string(&standard).unwrap());
        shop.replace("pipeline.yml", "queries: [queries]", "queries: [queries]\nquestionnaire: questions.yml");
        let valid = shop.succeeds(&["validate", "pipeline.yml"]).stderr;
        assert!(valid.contains(&format!("the loyalty index ({preset}): ")), "{valid}");
        assert!(!valid.contains("warning"), "{valid}");
    }
}

#[test]
fn an_item_that_asks_for_loyalty_is_refused() {
    for wording in ["{en: Are you a Loyal customer?}", "{en: How strong is your loyalty?}", "{zh: 您对我们忠诚吗？}"]
    {
        let asked = QUESTIONNAIRE.replace("{en: Would you buy again?, zh: 您会再次购买吗？}", wording);
        let refused = refusal(&shop_with_questionnaire(&asked));
        assert!(refused.starts_with("error: item `again` asks for loyalty directly: `"), "{refused}");
    }
    let labelled = QUESTIONNAIRE.replace("    weight: 1\n", "    labels: {max: {en: very loyal}}\n    weight: 1\n");
    assert_snapshot!(refusal(&shop_with_questionnaire(&labelled)), @"
    error: item `again` asks for loyalty directly: `loyal`
     --> questions.yml:5:9
      |
    5 |   - id: again
      |         ^^^^^
      |
      = hint: ask about what shows loyalty: buying again, recommending, forgiving a mistake, paying a little more
    ");
}

#[test]
fn weights_must_be_positive() {
    let weightless = QUESTIONNAIRE.replace("    weight: 1\n", "    weight: 0\n");
    let negative = weightless.replace("{weight: 1}", "{weight: -1}");
    assert_snapshot!(refusal(&shop_with_questionnaire(&negative)), @"
    error: weight of dimension `attitude` must be positive, not -1
     --> questions.yml:3:22
      |
    3 |   attitude: {weight: -1}
      |                      ^

    error: weight of item `again` must be positive, not 0
      --> questions.yml:10:13
       |
    10 |     weight: 0
       |             ^

    2 problems found
    ");
}

#[test]
fn a_recommendation_on_another_scale_needs_break_points() {
    let asked = QUESTIONNAIRE.replace("construct: repurchase", "construct: recommend");
    let shop = shop_with_questionnaire(&asked);
    assert_snapshot!(refusal(&shop), @"
    error: item `again` asks for a recommendation on a scale from 1 to 5, not 0 to 10
     --> questions.yml:5:9
      |
    5 |   - id: again
      |         ^^^^^
      |
      = hint: use the scale of the Net Promoter Score, or set `promoter_from` and `passive_from` in the pipeline
    ");

    let set = |passive_from: &str, promoter_from: &str| {
        let shop = shop_with_questionnaire(&asked);
        let both = format!("{{passive_from: {passive_from}, promoter_from: {promoter_from}}}");
        shop.replace("pipeline.yml", "set:\n  as_of_date: 2026-11-30", "XX");
        shop.replace("pipeline.yml", "XX", &format!("set: {both}"));
        shop
    };
    set("4", "5").succeeds(&["validate", "pipeline.yml"]);
    for (passive_from, promoter_from) in [("1", "5"), ("5", "4"), ("4", "6")] {
        let refused = refusal(&set(passive_from, promoter_from));
        assert!(refused.contains("do not divide the scale from 1 to 5 of item `again`"), "{refused}");
    }
    assert_snapshot!(refusal(&set("7", "9")), @"
    error: the break points passive_from 7 and promoter_from 9 do not divide the scale from 1 to 5 of item `again`
     --> questions.yml:5:9
      |
    5 |   - id: again
      |         ^^^^^
      |
      = hint: use 1 < passive_from <= promoter_from <= 5
    ");
}

#[test]
fn validate_says_which_answers_are_high_and_warns_of_neutral_ones() {
    let shop = shop_with_questionnaire(QUESTIONNAIRE);
    assert_snapshot!(shop.succeeds(&["validate", "pipeline.yml"]).stderr, @"
    pipeline.yml: valid (1 source, 4 queries, 3 outputs)
      answers that are high at attitude_cut 70: again 4-5 of 1-5
    ");
    let low = shop.succeeds(&["validate", "pipeline.yml", "--var", "attitude_cut=50"]);
    assert_snapshot!(low.stderr, @"
    pipeline.yml: valid (1 source, 4 queries, 3 outputs)
      answers that are high at attitude_cut 50: again 3-5 of 1-5
      warning: at attitude_cut 50 the answer 3 to `again`, the middle of 1-5, counts as high
    ");
}

#[test]
fn validate_says_no_answers_where_attitude_is_judged_against_rivals() {
    let shop = shop_with_questionnaire(QUESTIONNAIRE);
    let axis = "  attitude_axis: {type: string, default: relative}\n";
    shop.replace("queries/parameters.yml", "parameters:\n", &format!("parameters:\n{axis}"));
    assert_snapshot!(shop.succeeds(&["validate", "pipeline.yml"]).stderr, @"pipeline.yml: valid (1 source, 4 queries, 3 outputs)");
}

#[test]
fn what_an_item_refers_to_must_be_there() {
    let asked = QUESTIONNAIRE
        .replace("dimension: attitude\n", "dimension: atitude\n    section: first\n")
        .replace("items:\n", "sections:\n  fist: {}\nitems:\n")
        .replace(
            "    weight: 1\n",
            "    weight: 1\n    choices: [{score: 1, wording: {}}, {score: 1, wording: {}}, {score: 6, wording: {}}]\n",
        );
    assert_snapshot!(refusal(&shop_with_questionnaire(&asked)), @"
    error: item `again` belongs to the dimension `atitude`, which is not defined
      --> questions.yml:10:16
       |
    10 |     dimension: atitude
       |                ^^^^^^^
       |
       = hint: did you mean `attitude`?

    error: item `again` belongs to the section `first`, which is not defined
      --> questions.yml:11:14
       |
    11 |     section: first
       |              ^^^^^
       |
       = hint: did you mean `fist`?

    error: item `again` has two choices with the score 1
      --> questions.yml:14:48
       |
    14 |     choices: [{score: 1, wording: {}}, {score: 1, wording: {}}, {score: 6, wording: {}}]
       |                                                ^

    error: item `again` has a choice with the score 6, which is not on its scale
      --> questions.yml:14:73
       |
    14 |     choices: [{score: 1, wording: {}}, {score: 1, wording: {}}, {score: 6, wording: {}}]
       |                                                                         ^

    4 problems found
    ");
}

#[test]
fn the_form_of_the_standard_questionnaire_has_all_questions_in_both_languages() {
    let standard = repository().join("queries/questionnaires/standard.yml");
    let shop = Project::empty();
    shop.write("standard.yml", std::fs::read_to_string(standard).unwrap());
    for format in ["md", "html"] {
        let form = shop.succeeds(&["questionnaire", "standard.yml", "--format", format, "--lang", "both"]);
        assert_eq!(form.stderr, "");
        for text in [
            "How likely are you to recommend us to a friend or colleague?",
            "您有多大可能把我们推荐给朋友或同事？",
            "extremely likely",
            "非常可能",
            "Number the companies that you buy such products from",
            "cannot say",
            "说不清",
            "另一家公司",
        ] {
            assert!(form.stdout.contains(text), "{format}: {text}");
        }
    }
}

#[test]
fn a_short_form_in_markdown() {
    let shop = shop_with_questionnaire(FORM);
    assert_snapshot!(shop.succeeds(&["questionnaire", "questions.yml", "--section", "brands"]).stdout, @"
    # You and us

    Sheet number: ____________ Date: ____________

    Please mark one answer to each question. There are no right or wrong answers: what you really think helps most. Nobody needs your name; the number of the sheet only keeps your answers together.

    ## Brands

    **1.** How satisfied are you?

    1 not at all – 5 very

    - us: ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5
    - another company ____________: ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5
    - another company ____________: ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5
    - another company ____________: ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5

    **2.** How much of it with us?

    ____________ (number from 0 to 100) · ☐ cannot say


    Thank you.

    ---

    ## For whoever enters the answers

    One row per answer: the sheet number as response_id, the item, the score as marked. Scores are entered as they stand; those of reversed items are turned later. Answers about another company carry its name as brand.

    | Question | item_id | Scale | Cannot say |
    | ---: | :--- | :--- | :--- |
    | 1 | `satisfaction` | 1 – 5 | – |
    | 2 | `share` | 0 – 100 | 999 |
    ");
    assert_snapshot!(shop.succeeds(&["questionnaire", "questions.yml", "--lang", "zh"]).stdout, @"
    # 问卷

    问卷编号: ____________ 日期: ____________

    请如实回答。

    **1.** 您会再次购买吗？

    ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5 · ☐ 说不清


    ## 需要

    **2.** 首要的是什么？

    ☐ 质量 ☐ 价格 ☐ 速度


    **3.** 您满意吗？

    1  – 5 非常

    - 我们: ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5
    - 另一家公司 ____________: ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5
    - 另一家公司 ____________: ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5
    - 另一家公司 ____________: ☐ 1 ☐ 2 ☐ 3 ☐ 4 ☐ 5

    **4.** 其中多少给我们？

    ____________ (填写 0 到 100 之间的数字) · ☐ 说不清


    谢谢。

    ---

    ## 供录入人员使用

    每个回答录入一行：问卷编号为 response_id，题目为 item_id，分数按勾选录入。分数照原样录入，反向题由系统换算。关于其他公司的回答在 brand 中填写公司名称。

    | 题号 | item_id | 量表 | 说不清 |
    | ---: | :--- | :--- | :--- |
    | 1 | `again` | 1 – 5 | 8 |
    | 2 | `first` | 1 = 质量; 2 = 价格; 3 = 速度 | – |
    | 3 | `satisfaction` | 1 – 5 | – |
    | 4 | `share` | 0 – 100 | 999 |
    ");
}

#[test]
fn a_form_in_html_needs_nothing_else() {
    let shop = shop_with_questionnaire(FORM);
    let html = shop.succeeds(&["questionnaire", "questions.yml", "--format", "html"]).stdout;
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{html}");
    assert!(html.contains("Would you buy &quot;again&quot; &lt;here&gt;?"), "{html}");
    assert!(html.contains("@media print"), "{html}");
    for outside in ["<script", "<link", "http:", "https:", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
    // 5 steps and `cannot say`; 3 choices; 5 steps for the own and for each of three other companies; `cannot say`
    assert_eq!(html.matches("class=\"box\"").count(), 6 + 3 + 4 * 5 + 1);
    assert_eq!(html.matches("<li>").count(), 4);
}

#[test]
fn a_form_that_cannot_be_printed_is_refused() {
    let shop = shop_with_questionnaire(FORM);
    let refused = |arguments: &[&str]| {
        let refused = shop.run(arguments);
        assert_eq!((refused.exit_code, refused.stdout.as_str()), (2, ""), "{}", refused.stderr);
        refused.stderr
    };
    assert_snapshot!(refused(&["questionnaire", "questions.yml", "--section", "brand,last"]), @"
    error: `questions.yml` has no section `brand`
      hint: did you mean `brands`?

    error: `questions.yml` has no section `last`
      hint: known sections: needs, brands

    2 problems found
    ");
    assert_snapshot!(refused(&["questionnaire", "nowhere.yml"]), @"
    error: there is no questionnaire `nowhere.yml`
      hint: check the path
    ");
    shop.replace("questions.yml", ", zh: 首要的是什么？}", "}");
    assert_snapshot!(refused(&["questionnaire", "questions.yml", "--lang", "both"]), @"
    error: item `first` is not worded in Chinese
     --> questions.yml:8:9
      |
    8 |   - id: first
      |         ^^^^^
      |
      = hint: give its `wording` and that of its choices a text under `zh`
    ");
    shop.replace("questions.yml", "max: 5", "max: 0");
    assert!(refused(&["questionnaire", "questions.yml"]).contains("must have its min below its max"));
}
