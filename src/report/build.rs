//! Tables -> report.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use chrono::Days;

use super::context::{CodeLabels, ReportContext};
use super::key_figures::key_figures;
use super::model::{
    Amount, Count, CoverageLine, IndicatorLine, LoyaltyReport, NewestLine, NpsLine, QualityLine, ReasonLine,
    SegmentGroup, Segments,
};
use super::privacy;
use super::shown_table::ShownTable;
use super::table::{INDICATORS, INPUT_QUALITY, MEASUREMENT_COUNTS, NEWEST_DATA, NPS, Row, SEGMENT_SHARES, Tables};
use super::trends::{self, NightFigures, TrendPoint};
use crate::error::Result;

/// The four segments and the unmeasured, by their keys.
const SEGMENTS: [&str; 5] = ["true_loyalty", "latent_loyalty", "spurious_loyalty", "no_loyalty", UNMEASURED];
/// All values of a segment in the order in which people read them; the last two are of tables about changes.
pub const SEGMENT_ORDER: [&str; 8] =
    ["true_loyalty", "latent_loyalty", "spurious_loyalty", "no_loyalty", UNMEASURED, FORMER, "new", "lost"];
const UNMEASURED: &str = "unmeasured";
/// Customers who left, outside all shares.
const FORMER: &str = "former";
/// The code of the `reason` of customers who were measured, in `measurement_counts`.
const MEASURED: &str = "measured";
/// Value of `customer_type` for customers of all types.
const ALL_TYPES: &str = "all";
/// Dimension of figures about all customers.
pub(super) const TOTAL: &str = "total";
/// Changes for the better, and for the worse, that are told.
pub(super) const CHANGES: usize = 5;

/// Builds the report from the tables that it reads (see [`super::TABLES`]) and those that it only shows.
///
/// # Errors
///
/// `Error::Data` when a column of a table is of a type that the report cannot use.
pub fn build(
    context: ReportContext,
    tables: &BTreeMap<String, RecordBatch>,
    shown: Vec<ShownTable>,
    nights: &[NightFigures],
) -> Result<LoyaltyReport> {
    let mut tables = Tables::new(tables);
    let all_indicators = indicators(&mut tables, context.min_cell, &context.figures)?;
    let segments = segments(&mut tables, &context, &all_indicators)?;
    let coverage = coverage(&mut tables, &context)?;
    let nps = nps(&mut tables, context.min_cell, &all_indicators)?;
    let quality = quality(&mut tables, &context.labels)?;
    let newest = newest(&mut tables, &context.labels)?;
    let has_previous = all_indicators.iter().any(|line| line.previous.is_some());
    let has_textbook = all_indicators.iter().any(|line| line.textbook_value.is_some());
    let trend = |line: &IndicatorLine| trends::trend(nights, line, context.as_of_date, context.min_cell);
    let key_figures = key_figures(&context, &all_indicators, segments.as_ref(), trend);
    let is_compared = |night: &&NightFigures| Some(night.as_of_date()) == context.compared_to;
    let changes = match nights.iter().find(is_compared) {
        Some(earlier) => trends::changes(&key_figures, &all_indicators, earlier, &context, CHANGES),
        None => Vec::new(),
    };
    let segment_trends = segment_trends(&all_indicators, segments.as_ref(), trend);
    let indicators = all_indicators.into_iter().filter(|line| is_listed(line, segments.as_ref())).collect();
    let window_start = context
        .window_days
        .and_then(|days| u64::try_from(days - 1).ok())
        .and_then(|days| context.as_of_date.checked_sub_days(Days::new(days)));
    Ok(LoyaltyReport {
        context,
        window_start,
        segments,
        coverage,
        nps,
        key_figures,
        changes,
        segment_trends,
        indicators,
        has_previous,
        has_textbook,
        quality,
        newest,
        tables: shown,
        missing: tables.missing(),
    })
}

/// The shares of the four segments on all nights.
fn segment_trends(
    lines: &[IndicatorLine],
    segments: Option<&Segments>,
    trend: impl Fn(&IndicatorLine) -> Vec<TrendPoint>,
) -> Vec<(String, Vec<TrendPoint>)> {
    let of = |key: &&str| {
        let dimension = format!("segment={key}");
        let line = lines.iter().find(|line| line.indicator == "segment_share" && line.dimension == dimension)?;
        is_listed(line, segments).then(|| ((*key).to_owned(), trend(line)))
    };
    SEGMENTS.iter().filter(|key| **key != UNMEASURED).filter_map(of).collect()
}

fn segments(
    tables: &mut Tables<'_>,
    context: &ReportContext,
    indicators: &[IndicatorLine],
) -> Result<Option<Segments>> {
    let min_cell = context.min_cell;
    let numbers = [
        "customers_count",
        "customers_share",
        "measured_share",
        "measured_share_low",
        "measured_share_high",
        "measured_amount_share",
        "amount",
        "amount_share",
        "mean_share_of_wallet",
        "mean_attitude_index",
    ];
    let texts = ["customer_type", "segment", "strategy", "not_possible_because"];
    let Some(table) = tables.read(SEGMENT_SHARES, &texts, &numbers)? else { return Ok(None) };
    let is_of_all = |row: &Row<'_>| row.text("customer_type").as_deref() == Some(ALL_TYPES);
    let rows: BTreeMap<String, Row<'_>> =
        table.rows().filter(is_of_all).filter_map(|row| row.text("segment").map(|key| (key, row))).collect();
    let counts = SEGMENTS.map(|key| rows.get(key).and_then(|row| row.count("customers_count")).unwrap_or(0));
    // The shares are of the customers in the four measured segments.
    let [measured @ .., unmeasured] = &counts;
    let shown = privacy::counts(measured, min_cell).into_iter().chain([privacy::count(Some(*unmeasured), min_cell)]);
    let groups = SEGMENTS.into_iter().zip(shown).map(|(key, customers)| {
        let Some(row) = rows.get(key) else {
            return (key.to_owned(), SegmentGroup { customers: privacy::count(Some(0), 1), ..SegmentGroup::default() });
        };
        let strategy = row.words("strategy", &context.labels);
        // A segment that cannot occur has no numbers, and says why where others say what to do.
        if let Some(reason) = row.words("not_possible_because", &context.labels) {
            return (key.to_owned(), SegmentGroup { strategy: Some(reason), ..SegmentGroup::default() });
        }
        if customers.shown.is_none() {
            return (key.to_owned(), SegmentGroup { customers, strategy, ..SegmentGroup::default() });
        }
        let group = SegmentGroup {
            customers,
            customers_share: row.number("customers_share"),
            measured_share: row.number("measured_share"),
            measured_share_low: row.number("measured_share_low"),
            measured_share_high: row.number("measured_share_high"),
            change: change_of(indicators, "segment_share", &format!("segment={key}")),
            measured_amount_share: row.number("measured_amount_share"),
            amount: row.number("amount").map(Amount),
            amount_share: row.number("amount_share"),
            mean_share_of_wallet: row.number("mean_share_of_wallet"),
            mean_attitude_index: row.number("mean_attitude_index"),
            strategy,
        };
        (key.to_owned(), group)
    });
    let customers: u64 = counts.iter().sum();
    let measured = customers - counts[4];
    // An empty segment has an amount of 0 also where no purchase is on file.
    let of_customers = rows.iter().filter(|(key, row)| *key != FORMER && row.count("customers_count") != Some(0));
    let amounts: Vec<f64> = of_customers.filter_map(|(_, row)| row.number("amount")).collect();
    let former = rows.get(FORMER).and_then(|row| row.count("customers_count"));
    Ok(Some(Segments {
        customers: privacy::count(Some(customers), min_cell),
        former: privacy::count(Some(former.unwrap_or(0)), min_cell),
        measured: privacy::count(Some(measured), min_cell),
        measured_share: ratio(measured, customers),
        amount: (!amounts.is_empty()).then(|| Amount(amounts.iter().sum())),
        groups: groups.collect(),
    }))
}

fn coverage(tables: &mut Tables<'_>, context: &ReportContext) -> Result<Vec<CoverageLine>> {
    let min_cell = context.min_cell;
    let numbers = ["customers_count", "customers_share"];
    let texts = ["dimension", "measure", "reason"];
    let Some(table) = tables.read(MEASUREMENT_COUNTS, &texts, &numbers)? else { return Ok(Vec::new()) };
    let mut lines: Vec<CoverageLine> = Vec::new();
    let mut rows: Vec<(String, String, u64, Option<f64>, String)> = table
        .rows()
        .filter(|row| row.text("dimension").as_deref() == Some(TOTAL))
        .filter_map(|row| {
            let number = row.count("customers_count")?;
            let words = row.words("reason", &context.labels)?;
            Some((row.text("measure")?, row.code("reason")?, number, row.number("customers_share"), words))
        })
        .collect();
    let rank =
        |measure: &str| ["segment", "behaviour", "attitude"].iter().position(|first| *first == measure).unwrap_or(3);
    rows.sort_by(|a, b| (rank(&a.0), &a.0, b.2, &a.1).cmp(&(rank(&b.0), &b.0, a.2, &b.1)));
    for reasons in rows.chunk_by(|a, b| a.0 == b.0) {
        let numbers: Vec<u64> = reasons.iter().map(|row| row.2).collect();
        let mut line = CoverageLine {
            measure: reasons[0].0.clone(),
            measured: privacy::count(Some(0), min_cell),
            measured_share: None,
            reasons: Vec::new(),
        };
        for ((_, code, number, share, reason), customers) in reasons.iter().zip(privacy::counts(&numbers, min_cell)) {
            let share = share.filter(|_| customers.shown.is_some());
            if code == MEASURED {
                (line.measured, line.measured_share) = (customers, share);
            } else if *number > 0 {
                line.reasons.push(ReasonLine { reason: reason.clone(), customers, customers_share: share });
            }
        }
        lines.push(line);
    }
    Ok(lines)
}

fn nps(tables: &mut Tables<'_>, min_cell: u64, indicators: &[IndicatorLine]) -> Result<Vec<NpsLine>> {
    let numbers = [
        "is_suppressed",
        "n",
        "n_eff",
        "promoters_count",
        "passives_count",
        "detractors_count",
        "nps",
        "margin",
        "adjusted_low",
        "adjusted_high",
        "weighted_nps",
        "weighted_margin",
        "difference",
        "p_value",
    ];
    let Some(table) = tables.read(NPS, &["dimension", "dimension_value", "previous_wave"], &numbers)? else {
        return Ok(Vec::new());
    };
    let mut lines: Vec<NpsLine> = table.rows().map(|row| nps_line(row, min_cell, indicators)).collect();
    let rank = |dimension: &str| [TOTAL, "wave", "channel"].iter().position(|first| *first == dimension).unwrap_or(3);
    lines.sort_by(|a, b| {
        let key = |line: &NpsLine| (rank(&line.dimension), line.dimension.clone(), segment_rank(&line.dimension_value));
        key(a).cmp(&key(b)).then_with(|| a.dimension_value.cmp(&b.dimension_value))
    });
    Ok(lines)
}

fn nps_line(row: Row<'_>, min_cell: u64, indicators: &[IndicatorLine]) -> NpsLine {
    let dimension = row.text("dimension").unwrap_or_default();
    let dimension_value = row.text("dimension_value").unwrap_or_default();
    let n = match row.count("is_suppressed") {
        Some(1..) => Count { is_hidden: true, ..Count::default() },
        _ => privacy::count(row.count("n"), min_cell),
    };
    // A group that is too small is shown without any number.
    let is_shown = n.shown.is_some();
    let number = |column: &str| row.number(column).filter(|_| is_shown);
    let count = |column: &str| privacy::count(row.count(column).filter(|_| is_shown), min_cell);
    let mut groups = [count("promoters_count"), count("passives_count"), count("detractors_count")];
    if groups.iter().any(|group| group.below.is_some()) {
        // The total minus two of the groups would reveal the third.
        groups = groups.map(|group| match group.below {
            Some(_) => group,
            None => Count { is_hidden: true, ..Count::default() },
        });
    }
    let [promoters, passives, detractors] = groups;
    let share = |group: &Count| group.shown.zip(n.shown).and_then(|(part, whole)| ratio(part, whole));
    let part = if dimension == TOTAL { TOTAL.to_owned() } else { format!("{dimension}={dimension_value}") };
    NpsLine {
        change: change_of(indicators, "nps", &part).filter(|_| is_shown),
        n,
        n_eff: number("n_eff"),
        promoters_share: share(&promoters),
        passives_share: share(&passives),
        detractors_share: share(&detractors),
        promoters,
        passives,
        detractors,
        nps: number("nps"),
        margin: number("margin"),
        adjusted_low: number("adjusted_low"),
        adjusted_high: number("adjusted_high"),
        weighted_nps: number("weighted_nps"),
        weighted_margin: number("weighted_margin"),
        previous_wave: row.text("previous_wave"),
        difference: number("difference"),
        p_value: number("p_value"),
        dimension,
        dimension_value,
    }
}

fn indicators(tables: &mut Tables<'_>, min_cell: u64, figures: &[(String, String)]) -> Result<Vec<IndicatorLine>> {
    let numbers = ["value", "n", "low", "high", "textbook_value", "previous", "change"];
    let Some(table) = tables.read(INDICATORS, &["indicator", "dimension", "unit"], &numbers)? else {
        return Ok(Vec::new());
    };
    let mut lines: Vec<IndicatorLine> = table
        .rows()
        .filter_map(|row| {
            let n = privacy::count(row.count("n"), min_cell);
            let number = |column: &str| row.number(column).filter(|_| n.below.is_none());
            Some(IndicatorLine {
                indicator: row.text("indicator")?,
                dimension: row.text("dimension")?,
                value: number("value"),
                n,
                low: number("low"),
                high: number("high"),
                unit: row.text("unit").unwrap_or_default(),
                previous: number("previous"),
                change: number("change"),
                textbook_value: row.number("textbook_value"),
            })
        })
        .collect();
    lines.sort_by(|a, b| sort_key(a, figures).cmp(&sort_key(b, figures)));
    Ok(lines)
}

/// Place of a segment in the order in which people read them; the last for anything else.
pub(super) fn segment_rank(key: &str) -> usize {
    SEGMENT_ORDER.iter().position(|known| *known == key).unwrap_or(SEGMENT_ORDER.len())
}

/// Indicators in the order of the catalogue, others at the end; a whole before its parts, segments as in [`SEGMENTS`].
fn sort_key<'a>(line: &'a IndicatorLine, figures: &[(String, String)]) -> (usize, &'a str, bool, usize, &'a str) {
    let rank = figures.iter().position(|(known, _)| *known == line.indicator).unwrap_or(figures.len());
    let segment = segment_rank(line.dimension.strip_prefix("segment=").unwrap_or_default());
    (rank, &line.indicator, line.dimension != TOTAL, segment, &line.dimension)
}

/// Whether the section on indicators lists the line. It leaves out scores by wave and channel, which the section on the Net
/// Promoter Score shows, and segments that are suppressed.
pub(super) fn is_listed(line: &IndicatorLine, segments: Option<&Segments>) -> bool {
    let is_score_part = line.dimension != TOTAL && ["nps", "weighted_nps"].contains(&line.indicator.as_str());
    let group = line.dimension.strip_prefix("segment=").and_then(|key| segments?.groups.get(key));
    !is_score_part && group.is_none_or(|group| group.customers.shown.is_some())
}

fn quality(tables: &mut Tables<'_>, labels: &CodeLabels) -> Result<Vec<QualityLine>> {
    let texts = ["table_name", "issue", "handling"];
    let Some(table) = tables.read(INPUT_QUALITY, &texts, &["rows_count", "table_rows_count"])? else {
        return Ok(Vec::new());
    };
    let mut lines: Vec<QualityLine> = table
        .rows()
        .filter_map(|row| {
            let rows = row.count("rows_count").filter(|rows| *rows > 0)?;
            Some(QualityLine {
                table: row.text("table_name")?,
                issue: row.text("issue")?,
                rows,
                rows_share: row.count("table_rows_count").and_then(|all| ratio(rows, all)),
                handling: row.words("handling", labels),
            })
        })
        .collect();
    lines.sort_by(|a, b| (&a.table, b.rows, &a.issue).cmp(&(&b.table, a.rows, &b.issue)));
    Ok(lines)
}

/// The newest data in the order of the table.
fn newest(tables: &mut Tables<'_>, labels: &CodeLabels) -> Result<Vec<NewestLine>> {
    let Some(table) = tables.read_if_there(NEWEST_DATA, &["data_kind", "newest_on"], &["position"])? else {
        return Ok(Vec::new());
    };
    let mut lines: Vec<(u64, NewestLine)> = Vec::new();
    for row in table.rows() {
        let day = row.text("newest_on").and_then(|day| day.parse().ok());
        if let (Some(kind), Some(newest_on)) = (row.text("data_kind"), day) {
            let kind = labels.get("data_kind", &kind).unwrap_or(kind);
            lines.push((row.count("position").unwrap_or(u64::MAX), NewestLine { kind, newest_on }));
        }
    }
    lines.sort_by_key(|(position, _)| *position);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

fn change_of(indicators: &[IndicatorLine], indicator: &str, dimension: &str) -> Option<f64> {
    indicators.iter().find(|line| line.indicator == indicator && line.dimension == dimension)?.change
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| of_count(part) / of_count(whole))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(super) fn of_count(count: u64) -> f64 {
    count as f64
}

impl Count {
    /// Whether there is anybody, shown or not.
    pub fn is_anybody(&self) -> bool {
        self.shown != Some(0)
    }
}
