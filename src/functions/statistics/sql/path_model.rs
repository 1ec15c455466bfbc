//! Path models: `path_model`, `latent_scores`, `acsi_score`.

use datafusion::common::{Result, exec_err};

use super::super::adapter::{
    Argument, Cell, Compute, Declaration, Fit, Kind, RowFunction, Rows, Shape, Value, is_missing,
};
use super::super::kernels::failure::Failure;
use super::super::kernels::path_model::{self, Fitted, Model, Scheme};
use super::{natural, seed};

const ESTIMATE: Shape = Shape::Record(&[
    ("measure", Shape::Text),
    ("latent", Shape::Text),
    ("other", Shape::Text),
    ("item", Shape::Integer),
    ("estimate", Shape::Number),
    ("standard_error", Shape::Number),
    ("t_value", Shape::Number),
    ("p_value", Shape::Number),
    ("bootstrap_error", Shape::Number),
    ("low", Shape::Number),
    ("high", Shape::Number),
]);

const MODEL: Shape = Shape::Record(&[
    ("n", Shape::Integer),
    ("iterations", Shape::Integer),
    ("is_converged", Shape::Boolean),
    ("reason", Shape::Text),
    ("estimates", Shape::List(&ESTIMATE)),
    ("item_latents", Shape::List(&Shape::Text)),
    ("item_means", Shape::List(&Shape::Number)),
    ("item_deviations", Shape::List(&Shape::Number)),
    ("item_weights", Shape::List(&Shape::Number)),
]);

/// The fields of a fitted model that scores need.
const SCORING: &[(&str, Kind)] = &[
    ("item_latents", Kind::TextsSetting),
    ("item_means", Kind::Numbers),
    ("item_deviations", Kind::Numbers),
    ("item_weights", Kind::Numbers),
];

/// The functions of this file.
pub const FITS: &[Fit] = &[Fit {
    declaration: Declaration {
        name: "path_model",
        arguments: &[
            Argument::required("answers", Kind::Numbers, "The answers to all items, NULL where there is none."),
            Argument::required("latents", Kind::TextsSetting, "The latent variable of each item."),
            Argument::required(
                "modes",
                Kind::TextsSetting,
                "The mode of each item's latent variable: A (reflective) or B (formative).",
            ),
            Argument::required("paths", Kind::TextsSetting, "The paths, each as 'from -> to', without a circle."),
            Argument::optional(
                "scheme",
                Kind::TextSetting,
                "Inner weighting: centroid, factorial or path; path by default.",
            ),
            Argument::optional(
                "missing",
                Kind::TextSetting,
                "mean: the item's mean replaces a missing answer (default); listwise: rows with one are left out.",
            ),
            Argument::optional("samples", Kind::NumberSetting, "Bootstrap samples, 0 (none) by default."),
            Argument::optional("seed", Kind::NumberSetting, "Seed of the samples, 1 by default."),
        ],
        result: MODEL,
        meaning: "Partial least squares path model. Every estimate is one element of `estimates`: measure (weight, loading, cross_loading, path, total_effect, indirect_effect, r2, adjusted_r2, latent_correlation, ave, redundancy, alpha_standardised, alpha_covariance, rho_a, rho_c, htmt, gof), the latent variable, the other one, the item by position from 1; paths with standard error, t and p of least squares; all with bootstrap standard error and 95 % percentile interval. The iteration starts from equal weights and ends when no weight changes by more than 1e-10, at most 1000 times. A latent variable has the sign of most of its items. `latents`, `modes` and `paths` may be those of the tables path_model_items and path_model_paths. Where there is no result, `reason` says why: no_rows, too_few_rows, constant, collinear, not_converged, latent_without_path, not_finite.",
        example: "select path_model([a, b], ['x', 'y'], ['A', 'A'], ['x -> y'])['n'] from (values (1, 1), (2, 3), (3, 2), (4, 4)) as t (a, b) -- 4",
        source: "Tenenhaus, Esposito Vinzi, Chatelin and Lauro, Computational Statistics and Data Analysis 48 (2005) 159-205; Dijkstra and Henseler (2015); Henseler, Ringle and Sarstedt (2015)",
    },
    keeps_missing: true,
    compute: fit,
}];

/// The scalar functions of this file.
pub const ROW_FUNCTIONS: &[RowFunction] = &[
    RowFunction {
        declaration: Declaration {
            name: "latent_scores",
            arguments: &[
                Argument::required("model", Kind::Record(SCORING), "The result of path_model."),
                Argument::required(
                    "answers",
                    Kind::Numbers,
                    "The answers of one respondent to all items; the mean of an item stands for NULL.",
                ),
                Argument::optional("minimums", Kind::Numbers, "The lower end of each item's scale."),
                Argument::optional("maximums", Kind::Numbers, "The upper end of each item's scale."),
            ],
            result: Shape::List(&Shape::Record(&[
                ("latent", Shape::Text),
                ("score", Shape::Number),
                ("latent_index", Shape::Number),
            ])),
            meaning: "The latent variables of one respondent: the standardised score (mean 0, variance 1 over the answers of the fit) and, with the ends of the scales, the index 0-100, the weighted mean of the items with weights per unit of the answers. The index is NULL where a weight is negative. NULL without a fit.",
            example: "select latent_scores(named_struct('item_latents', ['x'], 'item_means', [3.0], 'item_deviations', [2.0], 'item_weights', [1.0]), [5], [1], [5]) -- [{latent: x, score: 1.0, latent_index: 100.0}]",
            source: "Fornell et al., Journal of Marketing 60 (1996) 7-18; Tenenhaus et al. (2005)",
        },
        compute: Compute::Cells(latent_scores),
    },
    RowFunction {
        declaration: Declaration {
            name: "acsi_score",
            arguments: &[
                Argument::required("satisfaction", Kind::Number, "Mean overall satisfaction, 1-10."),
                Argument::required("disconfirmation", Kind::Number, "Mean of how far expectations were met, 1-10."),
                Argument::required("ideal", Kind::Number, "Mean closeness to the ideal, 1-10."),
                Argument::optional("weight_1", Kind::Number, "Weight of the first; one third each by default."),
                Argument::optional("weight_2", Kind::Number, "Weight of the second."),
                Argument::optional("weight_3", Kind::Number, "Weight of the third."),
            ],
            result: Shape::Number,
            meaning: "Score of the American Customer Satisfaction Index, 0-100: ((x1 - 1) w1 + (x2 - 1) w2 + (x3 - 1) w3) / 9 x 100, weights divided by their sum. NULL unless all weights are given or none, none is negative and one is positive.",
            example: "select acsi_score(8, 7, 6, 0.4, 0.3, 0.3) -- 67.7...",
            source: "Fornell et al., Journal of Marketing 60 (1996) 7-18, appendix",
        },
        compute: Compute::Numbers(acsi_score),
    },
];

fn acsi_score(numbers: &[f64]) -> f64 {
    let weights = match numbers.get(3..).unwrap_or_default() {
        [] => [1.0; 3],
        [first, second, third] => [*first, *second, *third],
        _ => return f64::NAN,
    };
    let sum: f64 = weights.iter().sum();
    if weights.iter().any(|weight| *weight < 0.0) || sum.is_nan() || sum <= 0.0 {
        return f64::NAN;
    }
    numbers[..3].iter().zip(weights).map(|(mean, weight)| (mean - 1.0) * weight).sum::<f64>() / sum / 9.0 * 100.0
}

fn fit(rows: &Rows) -> Result<Value> {
    let latents = rows.texts_setting(1);
    let model = match Model::new(latents, rows.texts_setting(2), rows.texts_setting(3)) {
        Ok(model) => model,
        Err(problem) => return exec_err!("`path_model`: {problem}"),
    };
    let scheme = match Scheme::named(rows.text_setting(4).unwrap_or("path")) {
        Ok(scheme) => scheme,
        Err(problem) => return exec_err!("`path_model`: {problem}"),
    };
    let (samples, seed) = (natural(rows, 6, "samples", 0)?, seed(rows, 7)?);
    if rows.len() == 0 {
        return Ok(failed(0, Failure::NoRows));
    }
    let items = rows.width(0);
    if items != model.items_count {
        return exec_err!(
            "`path_model`: {items} answers a row, but {} items have a latent variable",
            model.items_count
        );
    }
    if items == 0 {
        return Ok(failed(rows.len(), Failure::NoRows));
    }
    if rows.has_not_finite() {
        return Ok(failed(rows.len(), Failure::NotFinite));
    }
    let answers = match rows.text_setting(5).unwrap_or("mean") {
        "mean" => path_model::replaced_by_means(rows.numbers(0), items),
        "listwise" => {
            let is_complete = |row: &&[f64]| !row.iter().copied().any(is_missing);
            rows.numbers(0).chunks_exact(items).filter(is_complete).flatten().copied().collect()
        }
        other => return exec_err!("`path_model`: missing answers are treated as `mean` or `listwise`, not `{other}`"),
    };
    let n = answers.len() / items;
    Ok(match path_model::fit(&model, &answers, scheme, samples, seed) {
        Ok(fitted) => record(&model, latents, n, &fitted),
        Err(failure) => failed(n, failure),
    })
}

fn failed(n: usize, failure: Failure) -> Value {
    let mut record = vec![n.into(), Value::Missing, false.into(), failure.code().into()];
    record.extend(vec![Value::Missing; 5]);
    Value::Record(record)
}

fn record(model: &Model, latents: &[String], n: usize, fitted: &Fitted) -> Value {
    let name = |position: Option<usize>| match position {
        Some(position) => model.latents[position].name.as_str().into(),
        None => Value::Missing,
    };
    let estimates = fitted.estimates.iter().zip(&fitted.spreads).map(|(estimate, spread)| {
        let [standard_error, t, p] = estimate.least_squares.unwrap_or([f64::NAN; 3]);
        Value::Record(vec![
            estimate.measure.code().into(),
            name(estimate.latent),
            name(estimate.other),
            estimate.item.map_or(Value::Missing, |item| (item + 1).into()),
            estimate.value.into(),
            standard_error.into(),
            t.into(),
            p.into(),
            spread.standard_error.into(),
            spread.low.into(),
            spread.high.into(),
        ])
    });
    Value::Record(vec![
        n.into(),
        fitted.iterations.into(),
        true.into(),
        Value::Missing,
        Value::List(estimates.collect()),
        Value::List(latents.iter().map(|latent| latent.as_str().into()).collect()),
        fitted.means.clone().into(),
        fitted.deviations.clone().into(),
        fitted.weights.clone().into(),
    ])
}

fn latent_scores(cells: &[Cell]) -> Result<Value> {
    let [latents, means, deviations, weights, answers, scales @ ..] = cells else { return Ok(Value::Missing) };
    let (names, answers) = (latents.texts(), answers.numbers());
    let lists = [means, deviations, weights].map(Cell::numbers);
    let scales = match scales {
        [minimums, maximums] => Some((minimums.numbers(), maximums.numbers())),
        _ => None,
    };
    let lengths =
        lists.iter().map(|list| list.len()).chain(scales.iter().flat_map(|(low, high)| [low.len(), high.len()]));
    if answers.len() != names.len() || lengths.into_iter().any(|length| length != names.len()) {
        return exec_err!("`latent_scores`: the model has {} items, and the lists have another length", names.len());
    }
    let mut blocks: Vec<(&str, Vec<usize>)> = Vec::new();
    for (item, name) in names.iter().enumerate() {
        match blocks.iter_mut().find(|(known, _)| known == name) {
            Some((_, items)) => items.push(item),
            None => blocks.push((name, vec![item])),
        }
    }
    let items: Vec<Vec<usize>> = blocks.iter().map(|(_, items)| items.clone()).collect();
    let scores = path_model::scores(&items, answers, (lists[0], lists[1], lists[2]), scales);
    let record = |((name, _), (score, index)): (&(&str, Vec<usize>), (f64, f64))| {
        Value::Record(vec![(*name).into(), score.into(), index.into()])
    };
    Ok(Value::List(blocks.iter().zip(scores).map(record).collect()))
}
