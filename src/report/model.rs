//! The report as numbers. Shares and rates are 0 to 1, the Net Promoter Score is -1 to 1, indices are 0 to 100.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::ReportContext;
use super::shown_table::ShownTable;
use super::trends::{ChangeLine, TrendPoint};
use crate::config::first_screen::Direction;

/// The report `loyalty`.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct LoyaltyReport {
    /// What the run says about itself.
    pub context: ReportContext,
    /// First day of the purchase window.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub window_start: Option<NaiveDate>,
    /// The segments; absent without `segment_shares`.
    pub segments: Option<Segments>,
    /// On how many customers each measure could be taken: segment, behaviour, attitude, then the others.
    pub coverage: Vec<CoverageLine>,
    /// Net Promoter Score: total first, then waves in order, then channels.
    pub nps: Vec<NpsLine>,
    /// The figures of the first screen.
    pub key_figures: Vec<KeyFigureLine>,
    /// Changes since the earlier run that chance does not explain, the good ones first.
    pub changes: Vec<ChangeLine>,
    /// Shares of the four segments of measured customers on all nights, by key.
    pub segment_trends: Vec<(String, Vec<TrendPoint>)>,
    /// All other indicators, in the order people read them; the totals of an indicator before its parts.
    pub indicators: Vec<IndicatorLine>,
    /// Whether any indicator has a value of an earlier run.
    pub has_previous: bool,
    /// Whether any indicator has a figure of a textbook beside it.
    pub has_textbook: bool,
    /// Input rows with an issue.
    pub quality: Vec<QualityLine>,
    /// The newest data of each kind that the numbers count.
    #[serde(default)]
    pub newest: Vec<NewestLine>,
    /// Published tables whose sidecars say how to show them, in the order of the pipeline.
    pub tables: Vec<ShownTable>,
    /// Tables and columns that the report could not read.
    pub missing: Vec<MissingPart>,
}

/// The four segments and the unmeasured.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct Segments {
    /// All customers but the former ones.
    pub customers: Count,
    /// Customers who left, outside all shares.
    pub former: Count,
    /// Customers in one of the four segments.
    pub measured: Count,
    /// Measured customers / all customers.
    pub measured_share: Option<f64>,
    /// Amount of all customers but the former ones.
    pub amount: Option<Amount>,
    /// By key: `true_loyalty`, `latent_loyalty`, `spurious_loyalty`, `no_loyalty`, `unmeasured`; always all five.
    pub groups: BTreeMap<String, SegmentGroup>,
}

/// One segment. A group that is too small to be shown has no numbers but [`Count::below`].
#[derive(Clone, Debug, Default, JsonSchema, Deserialize, Serialize)]
pub struct SegmentGroup {
    /// Customers.
    pub customers: Count,
    /// Of all customers.
    pub customers_share: Option<f64>,
    /// Of the measured customers.
    pub measured_share: Option<f64>,
    /// Lower end of the interval of `measured_share`.
    pub measured_share_low: Option<f64>,
    /// Upper end of the interval of `measured_share`.
    pub measured_share_high: Option<f64>,
    /// Change of `measured_share` since the earlier run.
    pub change: Option<f64>,
    /// Of the amount of the measured customers.
    pub measured_amount_share: Option<f64>,
    /// Own amount in the window.
    pub amount: Option<Amount>,
    /// Of the amount of all customers.
    pub amount_share: Option<f64>,
    /// Mean over customers who have one.
    pub mean_share_of_wallet: Option<f64>,
    /// Mean over customers who have one.
    pub mean_attitude_index: Option<f64>,
    /// What to do, in words.
    pub strategy: Option<String>,
}

/// A number of customers or responses that may be too small to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
pub struct Count {
    /// The number, where it may be shown.
    pub shown: Option<u64>,
    /// The limit that the number is below, where it is too small to be shown.
    pub below: Option<u64>,
    /// Whether it is suppressed because, with the total, it would reveal a smaller group.
    pub is_hidden: bool,
}

/// Money in the pipeline's currency.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Amount(pub f64);

/// On how many customers a measure could be taken, and why not on the others.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct CoverageLine {
    /// Key of the measure.
    pub measure: String,
    /// Customers with the measure.
    pub measured: Count,
    /// Of all customers.
    pub measured_share: Option<f64>,
    /// Why not, the most frequent reason first.
    pub reasons: Vec<ReasonLine>,
}

/// A reason why a measure is unknown.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct ReasonLine {
    /// In words.
    pub reason: String,
    /// Customers.
    pub customers: Count,
    /// Of all customers.
    pub customers_share: Option<f64>,
}

/// Net Promoter Score of a group of responses.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct NpsLine {
    /// `total`, `wave` or `channel`.
    pub dimension: String,
    /// Which wave or channel.
    pub dimension_value: String,
    /// Responses.
    pub n: Count,
    /// Effective number of responses under the weights.
    pub n_eff: Option<f64>,
    /// Answers 9 and 10.
    pub promoters: Count,
    /// Answers 7 and 8.
    pub passives: Count,
    /// Answers 0 to 6.
    pub detractors: Count,
    /// Promoters / n.
    pub promoters_share: Option<f64>,
    /// Passives / n.
    pub passives_share: Option<f64>,
    /// Detractors / n.
    pub detractors_share: Option<f64>,
    /// Promoters minus detractors.
    pub nps: Option<f64>,
    /// Half width of its interval.
    pub margin: Option<f64>,
    /// Lower end of the adjusted Wald interval.
    pub adjusted_low: Option<f64>,
    /// Upper end of the adjusted Wald interval.
    pub adjusted_high: Option<f64>,
    /// With response weights.
    pub weighted_nps: Option<f64>,
    /// Half width of its interval.
    pub weighted_margin: Option<f64>,
    /// Change of `nps` since the earlier run.
    pub change: Option<f64>,
    /// Of a wave: the wave before it.
    pub previous_wave: Option<String>,
    /// Of a wave: `nps` minus that of the wave before.
    pub difference: Option<f64>,
    /// Chance of a difference at least as large if nothing had changed.
    pub p_value: Option<f64>,
}

/// One line of the table `indicators`.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct IndicatorLine {
    /// Key.
    pub indicator: String,
    /// `total`, or which part.
    pub dimension: String,
    /// The number.
    pub value: Option<f64>,
    /// Customers or responses behind it.
    pub n: Count,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// share, count, currency, days, index or nps.
    pub unit: String,
    /// Value of the earlier run.
    pub previous: Option<f64>,
    /// Difference to the earlier run.
    pub change: Option<f64>,
    /// A textbook's figure to compare with, not computed.
    pub textbook_value: Option<f64>,
}

/// A figure of the first screen.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct KeyFigureLine {
    /// Its name on the first screen; that of the figure when absent.
    pub name: Option<String>,
    /// What a change of it means.
    pub direction: Direction,
    /// The figure.
    pub line: IndicatorLine,
    /// The figure on all nights that have it, tonight last.
    pub trend: Vec<TrendPoint>,
}

/// Input rows with an issue.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct QualityLine {
    /// The staging table.
    pub table: String,
    /// Key of the issue.
    pub issue: String,
    /// Rows with it.
    pub rows: u64,
    /// Of the table's rows.
    pub rows_share: Option<f64>,
    /// What became of them, in words.
    pub handling: Option<String>,
}

/// The newest data of a kind that the numbers count.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
pub struct NewestLine {
    /// The kind, in words.
    pub kind: String,
    /// Day of the newest row.
    #[schemars(with = "String", extend("format" = "date"))]
    pub newest_on: NaiveDate,
}

/// A table, or a column of it, that the report could not read.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
pub struct MissingPart {
    /// The table.
    pub table: String,
    /// The column; the whole table when absent.
    pub column: Option<String>,
}
