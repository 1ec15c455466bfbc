//! How long customers with a contract stay: `kaplan_meier`, `log_rank`.

use datafusion::common::Result;

use super::super::adapter::{Argument, Declaration, Fit, Kind, Rows, Shape, Value};
use super::super::kernels::failure::Failure;
use super::super::kernels::survival::Spell;
use super::super::kernels::survival::kaplan_meier::{Point, curve, median};
use super::super::kernels::survival::log_rank::log_rank as compare;
use super::Z_95;

const DURATION: Argument = Argument::required(
    "duration",
    Kind::Number,
    "Time from the start of the relation to leaving, or to the end of observation.",
);
const EVENT: Argument = Argument::required(
    "event",
    Kind::Number,
    "Whether the customer left then (true, 1), or was still there (false, 0).",
);
const ENTRY: Argument = Argument::optional(
    "entry",
    Kind::Number,
    "Time from the start to the begin of observation; 0 by default. Customers count as at risk only after it, because those who left before are not on file.",
);

const CURVE: Shape = Shape::Record(&[
    ("customers_count", Shape::Integer),
    ("events_count", Shape::Integer),
    ("median", Shape::Number),
    (
        "points",
        Shape::List(&Shape::Record(&[
            ("time", Shape::Number),
            ("at_risk_count", Shape::Integer),
            ("events_count", Shape::Integer),
            ("censored_count", Shape::Integer),
            ("survival", Shape::Number),
            ("standard_error", Shape::Number),
            ("low", Shape::Number),
            ("high", Shape::Number),
        ])),
    ),
    ("reason", Shape::Text),
]);

const COMPARISON: Shape = Shape::Record(&[
    ("chi_square", Shape::Number),
    ("degrees_of_freedom", Shape::Integer),
    ("p_value", Shape::Number),
    (
        "groups",
        Shape::List(&Shape::Record(&[
            ("name", Shape::Text),
            ("customers_count", Shape::Integer),
            ("observed_count", Shape::Integer),
            ("expected_count", Shape::Number),
        ])),
    ),
    ("reason", Shape::Text),
]);

/// The functions of this file.
pub const FITS: &[Fit] = &[
    Fit {
        declaration: Declaration {
            name: "kaplan_meier",
            arguments: &[
                DURATION,
                EVENT,
                ENTRY,
                Argument::optional("z", Kind::NumberSetting, "Normal quantile of the level; that of 95 % by default."),
            ],
            result: CURVE,
            meaning: "The share of customers who stay beyond each time at which somebody left or observation ended (Kaplan and Meier), with Greenwood's standard error S sqrt(sum d / (n (n - d))); low and high are z standard errors of ln(-ln S), which stay within 0 and 1. The median is the first time at which half or fewer stay. NULL without rows, and with a duration below 0 or not above its entry.",
            example: "select kaplan_meier(duration, event)['points'][2]['survival'] from (values (1, true), (2, true), (3, false), (4, true)) as t (duration, event) -- 0.5",
            source: "E. L. Kaplan and P. Meier, Journal of the American Statistical Association 53 (1958) 457-481",
        },
        keeps_missing: false,
        compute: kaplan_meier,
    },
    Fit {
        declaration: Declaration {
            name: "log_rank",
            arguments: &[DURATION, EVENT, Argument::required("group", Kind::Text, "The group of the customer."), ENTRY],
            result: COMPARISON,
            meaning: "The log-rank test whether groups stay equally long: events observed in each group against those expected if all groups were equal, and the chi-square statistic of their differences. NULL where nobody left while two groups were at risk.",
            example: "select log_rank(duration, event, name)['degrees_of_freedom'] from (values (1, true, 'a'), (2, true, 'b'), (3, false, 'a'), (4, true, 'b')) as t (duration, event, name) -- 1",
            source: "N. Mantel, Cancer Chemotherapy Reports 50 (1966) 163-170",
        },
        keeps_missing: false,
        compute: log_rank,
    },
];

/// The spells of the rows, with entries in the argument `entry`.
fn spells(rows: &Rows, entry: usize) -> std::result::Result<Vec<Spell>, Failure> {
    if rows.len() == 0 {
        return Err(Failure::NoRows);
    }
    let entries = rows.numbers(entry);
    let spell = |row: usize| {
        let event = rows.numbers(1)[row];
        let spell = Spell {
            entry: entries.get(row).copied().unwrap_or(0.0),
            exit: rows.numbers(0)[row],
            is_event: event == 1.0,
        };
        (spell.is_possible() && (event == 0.0 || event == 1.0)).then_some(spell)
    };
    (0..rows.len()).map(spell).collect::<Option<_>>().ok_or(Failure::OutOfRange)
}

fn kaplan_meier(rows: &Rows) -> Result<Value> {
    let z = rows.number_setting(3).unwrap_or(Z_95);
    let missing = |count: usize| vec![count.into(), Value::Missing, Value::Missing, Value::Missing];
    Ok(Value::Record(match spells(rows, 2) {
        Ok(spells) => {
            let points = curve(&spells);
            let events = spells.iter().filter(|spell| spell.is_event).count();
            let listed = Value::List(points.iter().map(|point| point_record(point, z)).collect());
            vec![spells.len().into(), events.into(), median(&points).into(), listed, Value::Missing]
        }
        Err(failure) => [missing(rows.len()), vec![failure.code().into()]].concat(),
    }))
}

fn point_record(point: &Point, z: f64) -> Value {
    let (low, high) = point.interval(z).unzip();
    Value::Record(vec![
        point.time.into(),
        point.at_risk.into(),
        point.events.into(),
        point.censored.into(),
        point.survival.into(),
        point.standard_error.into(),
        low.into(),
        high.into(),
    ])
}

fn log_rank(rows: &Rows) -> Result<Value> {
    let spells = match spells(rows, 3) {
        Ok(spells) => spells,
        Err(failure) => {
            return Ok(Value::Record([vec![Value::Missing; 4], vec![failure.code().into()]].concat()));
        }
    };
    let named: Vec<(String, Spell)> = rows.texts(2).iter().cloned().zip(spells).collect();
    let found = compare(&named);
    let group = |group: &super::super::kernels::survival::log_rank::Group| {
        Value::Record(vec![
            group.name.as_str().into(),
            group.spells.into(),
            group.observed.into(),
            group.expected.into(),
        ])
    };
    let groups = Value::List(found.groups.iter().map(group).collect());
    Ok(Value::Record(match found.test {
        Some((statistic, degrees, probability)) => {
            vec![statistic.into(), degrees.into(), probability.into(), groups, Value::Missing]
        }
        None => {
            let reason = Failure::Constant.code().into();
            vec![Value::Missing, Value::Missing, Value::Missing, groups, reason]
        }
    }))
}
