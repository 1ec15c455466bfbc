//! Weights that bring answers to known margins: `rake`.

use datafusion::common::Result;

use super::super::adapter::{Argument, Declaration, Fit, Kind, Rows, Shape, Value, is_missing};
use super::super::kernels::raking::{Answers, rake as raked};

const WEIGHTS: Shape = Shape::Record(&[
    ("weights", Shape::List(&Shape::Record(&[("key", Shape::Text), ("weight", Shape::Number)]))),
    ("rounds_count", Shape::Integer),
    ("design_effect", Shape::Number),
    ("n_eff", Shape::Number),
    ("is_converged", Shape::Boolean),
    ("reason", Shape::Text),
]);

/// The functions of this file.
pub const FITS: &[Fit] = &[Fit {
    declaration: Declaration {
        name: "rake",
        arguments: &[
            Argument::required("key", Kind::Text, "What the weight is found by, such as the response."),
            Argument::required("weight", Kind::Number, "Its weight before."),
            Argument::required(
                "groups",
                Kind::Numbers,
                "The number of its group in each margin; NULL where not known: there it keeps its weight.",
            ),
            Argument::required("shares", Kind::Numbers, "The share of that group in the population, in each margin."),
            Argument::optional(
                "largest",
                Kind::NumberSetting,
                "No weight exceeds this many times the mean weight, at least 1; without it weights are not trimmed.",
            ),
        ],
        result: WEIGHTS,
        meaning: "Raking: weights are adjusted to one margin after the other until all are met within 1e-10. With largest they are cut there and raked again until both hold. Groups without answers cannot be represented: the others share what is theirs. The sum of weights stays. design_effect = n sum w^2 / (sum w)^2, n_eff = (sum w)^2 / sum w^2. NULL with a reason: no_rows, out_of_range, not_converged (the margins contradict each other for these answers), trim_too_tight.",
        example: "select rake(k, 1, [region], [share])['weights'][1]['weight'] from (values ('r1', 1, 0.75), ('r2', 2, 0.25)) as t (k, region, share) -- 1.5",
        source: "W. E. Deming and F. F. Stephan, Annals of Mathematical Statistics 11 (1940) 427-444; L. Kish, Journal of Official Statistics 8 (1992) 183-200",
    },
    keeps_missing: true,
    compute: rake,
}];

fn rake(rows: &Rows) -> Result<Value> {
    let known = |number: f64| (!is_missing(number)).then_some(number);
    let list = |argument: usize, row: usize| {
        let width = rows.width(argument);
        &rows.numbers(argument)[row * width..(row + 1) * width]
    };
    let answers = |row: usize| Answers {
        groups: list(2, row).iter().map(|group| known(*group).map(|group| group as i64)).collect(),
        shares: list(3, row).iter().map(|share| known(*share)).collect(),
        weight: rows.numbers(1)[row],
        count: 1.0,
    };
    let answers: Vec<Answers> = (0..rows.len()).map(answers).collect();
    Ok(Value::Record(match raked(&answers, rows.number_setting(4)) {
        Ok(found) => {
            let keyed = rows.texts(0).iter().zip(&found.weights);
            let weights = keyed.map(|(key, weight)| Value::Record(vec![key.as_str().into(), (*weight).into()]));
            let rounds = usize::try_from(found.rounds).unwrap_or(usize::MAX);
            vec![
                Value::List(weights.collect()),
                rounds.into(),
                found.design_effect.into(),
                found.effective_count.into(),
                true.into(),
                Value::Missing,
            ]
        }
        Err(failure) => [vec![Value::Missing; 4], vec![false.into(), failure.code().into()]].concat(),
    }))
}
