//! What makes customers choose one of several brands: `conditional_logit`.

use datafusion::common::Result;

use super::super::adapter::{Argument, Declaration, Fit, Kind, Rows, Shape, Value};
use super::super::kernels::conditional_logit::{Alternative, Estimate, Fit as Logit, fit};

const LOGIT: Shape = Shape::Record(&[
    ("base", Shape::Text),
    ("sets_count", Shape::Integer),
    ("choices_count", Shape::Number),
    ("log_likelihood", Shape::Number),
    ("log_likelihood_at_random", Shape::Number),
    (
        "intercepts",
        Shape::List(&Shape::Record(&[
            ("alternative", Shape::Text),
            ("estimate", Shape::Number),
            ("standard_error", Shape::Number),
        ])),
    ),
    ("coefficients", Shape::List(&Shape::Record(&[("estimate", Shape::Number), ("standard_error", Shape::Number)]))),
    ("is_converged", Shape::Boolean),
    ("reason", Shape::Text),
]);

/// The functions of this file.
pub const FITS: &[Fit] = &[Fit {
    declaration: Declaration {
        name: "conditional_logit",
        arguments: &[
            Argument::required("choice_set", Kind::Text, "What was chosen from, such as a category in a week."),
            Argument::required(
                "alternative",
                Kind::Text,
                "What could be chosen, such as a brand; once in a choice set.",
            ),
            Argument::required("chosen_count", Kind::Number, "How often it was chosen; 0 where it was not."),
            Argument::required("covariates", Kind::Numbers, "What it offered, such as [price, deal]."),
            Argument::optional(
                "base",
                Kind::TextSetting,
                "The alternative whose intercept is 0; by default the one chosen most often.",
            ),
        ],
        result: LOGIT,
        meaning: "Conditional logit by maximum likelihood: an alternative is chosen with a probability proportional to exp(intercept of the alternative + sum of coefficient x covariate), among those of its choice set. Coefficients come in the order of covariates. Standard errors from the inverse information. Sets without a choice say nothing and are left out. NULL with a reason: no_choices, out_of_range, collinear, separated.",
        example: "select conditional_logit(s, a, n, [p])['base'] from (values ('1', 'x', 3, 1.0), ('1', 'y', 1, 1.2), ('2', 'x', 2, 1.1), ('2', 'y', 2, 1.0)) as t (s, a, n, p) -- x",
        source: "D. McFadden, in P. Zarembka, Frontiers in Econometrics (1974) 105-142; P. M. Guadagni and J. D. C. Little, Marketing Science 2 (1983) 203-238",
    },
    keeps_missing: false,
    compute: conditional_logit,
}];

fn conditional_logit(rows: &Rows) -> Result<Value> {
    let width = rows.width(3);
    let alternative = |row: usize| Alternative {
        set: rows.texts(0)[row].clone(),
        name: rows.texts(1)[row].clone(),
        chosen: rows.numbers(2)[row],
        covariates: rows.numbers(3)[row * width..(row + 1) * width].to_vec(),
    };
    Ok(Value::Record(match fit((0..rows.len()).map(alternative).collect(), rows.text_setting(4)) {
        Ok(logit) => fields(logit),
        Err(failure) => [vec![Value::Missing; 7], vec![false.into(), failure.code().into()]].concat(),
    }))
}

fn fields(logit: Logit) -> Vec<Value> {
    let of_estimate = |estimate: &Estimate| vec![estimate.value.into(), estimate.standard_error.into()];
    let intercept = |(name, estimate): &(String, Estimate)| {
        Value::Record([vec![name.as_str().into()], of_estimate(estimate)].concat())
    };
    vec![
        logit.base.as_str().into(),
        logit.sets.into(),
        logit.choices.into(),
        logit.log_likelihood.into(),
        logit.log_likelihood_at_random.into(),
        Value::List(logit.intercepts.iter().map(intercept).collect()),
        Value::List(logit.coefficients.iter().map(|estimate| Value::Record(of_estimate(estimate))).collect()),
        true.into(),
        Value::Missing,
    ]
}
