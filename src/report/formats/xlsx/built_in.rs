//! The parts that the program shows itself, as sheets.

use super::table_sheet::{TableSheet, Value};
use crate::config::catalogue::BuiltInPart;
use crate::config::sidecar::Severity;
use crate::error::Result;
use crate::render::Messages;
use crate::render::words::in_words;
use crate::report::LoyaltyReport;
use crate::report::model::{Amount, Count, Segments};
use crate::report::view::{SEGMENT_KEYS, View};

/// The sheets of a part: none where it has no numbers.
pub(super) fn sheets(
    part: BuiltInPart,
    heading: &str,
    report: &LoyaltyReport,
    view: &View,
    texts: &Messages,
) -> Result<Vec<TableSheet>> {
    let (columns, rows) = match part {
        BuiltInPart::Segments => match &report.segments {
            Some(segments) => segments_rows(segments, report, texts)?,
            None => return Ok(Vec::new()),
        },
        BuiltInPart::Nps => nps_rows(report, view, texts)?,
        BuiltInPart::Indicators => indicator_rows(report, view, texts)?,
        BuiltInPart::Coverage => coverage_rows(report, texts)?,
        BuiltInPart::Missing => missing_rows(report, texts)?,
        BuiltInPart::Checks => check_rows(report, texts)?,
        BuiltInPart::InputQuality => quality_rows(report, texts)?,
        BuiltInPart::Inputs => input_rows(report, texts)?,
    };
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let title = heading.to_owned();
    Ok(vec![TableSheet { title, lines: Vec::new(), columns, rows, charts: Vec::new() }])
}

type Rows = (Vec<String>, Vec<Vec<Value>>);

fn headings<const N: usize>(ids: [&str; N], texts: &Messages) -> Result<Vec<String>> {
    ids.iter().map(|id| texts.text(id)).collect()
}

fn count(count: &Count, texts: &Messages) -> Value {
    match count.shown {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        Some(number) => Value::number(Some(number as f64), Some("count")),
        None => Value::Text(texts.numbers.count_below(count.below)),
    }
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn share(value: Option<f64>) -> Value {
    Value::number(value, Some("share"))
}

fn score(value: Option<f64>) -> Value {
    Value::number(value, Some("nps"))
}

fn amount(value: Option<Amount>) -> Value {
    Value::number(value.map(|amount| amount.0), Some("currency"))
}

fn segments_rows(segments: &Segments, report: &LoyaltyReport, texts: &Messages) -> Result<Rows> {
    let mut columns = headings(
        [
            "segments-segment",
            "segments-customers",
            "segments-share-of-measured",
            "workbook-low",
            "workbook-high",
            "segments-share-of-all",
            "segments-change",
            "segments-amount",
            "segments-amount-share",
            "segments-wallet",
            "segments-attitude-index",
            "segments-strategy",
        ],
        texts,
    )?;
    if let Some(currency) = &report.context.currency {
        let values = [("label", columns[7].clone().into()), ("unit", currency.as_str().into())];
        columns[7] = texts.sentence("with-unit", &values)?;
    }
    let mut rows = Vec::new();
    for key in SEGMENT_KEYS {
        let Some(group) = segments.groups.get(key) else { continue };
        rows.push(vec![
            text(texts.text(&format!("segment-{key}"))?),
            count(&group.customers, texts),
            share(group.measured_share),
            share(group.measured_share_low),
            share(group.measured_share_high),
            share(group.customers_share),
            Value::change(group.change, "share", texts),
            amount(group.amount),
            share(group.amount_share),
            share(group.mean_share_of_wallet),
            Value::number(group.mean_attitude_index, Some("index")),
            group.strategy.clone().map_or(Value::Blank, Value::Text),
        ]);
    }
    let whole = |name: String, customers: &Count, own: Option<Amount>| {
        let mut row = vec![Value::Blank; columns.len()];
        row[0] = Value::Text(name);
        row[1] = count(customers, texts);
        row[7] = amount(own);
        row
    };
    if segments.former.is_anybody() {
        rows.push(whole(texts.text("segment-former")?, &segments.former, None));
    }
    rows.push(whole(texts.text("segments-total")?, &segments.customers, segments.amount));
    Ok((columns, rows))
}

fn nps_rows(report: &LoyaltyReport, view: &View, texts: &Messages) -> Result<Rows> {
    let columns = headings(
        [
            "nps-group",
            "nps-score",
            "workbook-margin",
            "nps-change",
            "nps-promoters",
            "nps-passives",
            "nps-detractors",
            "nps-responses-n",
            "nps-n-eff",
            "nps-weighted",
            "workbook-weighted-margin",
        ],
        texts,
    )?;
    let rows = report.nps.iter().zip(view.nps_names()).map(|(line, name)| {
        vec![
            text(name.as_str()),
            score(line.nps),
            score(line.margin),
            Value::change(line.change, "nps", texts),
            count(&line.promoters, texts),
            count(&line.passives, texts),
            count(&line.detractors, texts),
            count(&line.n, texts),
            Value::number(line.n_eff.map(f64::round), Some("count")),
            score(line.weighted_nps),
            score(line.weighted_margin),
        ]
    });
    Ok((columns, rows.collect()))
}

fn indicator_rows(report: &LoyaltyReport, view: &View, texts: &Messages) -> Result<Rows> {
    let columns = headings(
        [
            "indicators-indicator",
            "workbook-part",
            "workbook-unit",
            "indicators-value",
            "workbook-low",
            "workbook-high",
            "indicators-responses-n",
            "indicators-previous",
            "indicators-change",
            "tables-textbook",
        ],
        texts,
    )?;
    let rows = report.indicators.iter().map(|line| {
        let unit = Some(line.unit.as_str());
        let currency = report.context.currency.as_deref().filter(|_| line.unit == "currency");
        let words = format!("unit-name-{}", line.unit.replace(' ', "-"));
        let unit_name = match currency {
            Some(currency) => currency.to_owned(),
            None if texts.has(&words) => texts.text(&words)?,
            None => in_words(&line.unit),
        };
        Ok(vec![
            text(report.context.figure_name(&line.indicator)),
            text(view.dimension_name(&line.dimension).unwrap_or_default()),
            text(unit_name),
            Value::number(line.value, unit),
            Value::number(line.low, unit),
            Value::number(line.high, unit),
            count(&line.n, texts),
            Value::number(line.previous, unit),
            Value::change(line.change, &line.unit, texts),
            Value::number(line.textbook_value, unit),
        ])
    });
    Ok((columns, rows.collect::<Result<_>>()?))
}

fn coverage_rows(report: &LoyaltyReport, texts: &Messages) -> Result<Rows> {
    let columns = headings(["coverage-measure", "coverage-customers", "coverage-share", "coverage-reasons"], texts)?;
    let rows = report.coverage.iter().map(|line| {
        let name = format!("measure-{}", line.measure);
        let reasons = line.reasons.iter().map(|reason| {
            let customers = match reason.customers.shown {
                Some(number) => number.into(),
                None => texts.numbers.count_below(reason.customers.below).into(),
            };
            texts.sentence("coverage-reason", &[("customers", customers), ("reason", reason.reason.as_str().into())])
        });
        let reasons = reasons.collect::<Result<Vec<_>>>()?;
        Ok(vec![
            text(if texts.has(&name) { texts.text(&name)? } else { in_words(&line.measure) }),
            count(&line.measured, texts),
            share(line.measured_share),
            text(if reasons.is_empty() {
                texts.text("coverage-everybody")?
            } else {
                reasons.join(&texts.text("clause-separator")?)
            }),
        ])
    });
    Ok((columns, rows.collect::<Result<_>>()?))
}

fn missing_rows(report: &LoyaltyReport, texts: &Messages) -> Result<Rows> {
    let columns = headings(["missing-table", "missing-would-give"], texts)?;
    let rows = report.context.absent_inputs.iter().map(|(table, gives)| vec![text(table), text(gives)]);
    Ok((columns, rows.collect()))
}

fn check_rows(report: &LoyaltyReport, texts: &Messages) -> Result<Rows> {
    let columns =
        headings(["checks-table", "checks-rule", "checks-severity", "checks-offending", "checks-result"], texts)?;
    let mut checks: Vec<_> = report.context.checks.iter().collect();
    checks.sort_by_key(|check| check.passed);
    let rows = checks.into_iter().map(|check| {
        let severity = match check.severity {
            Severity::Warn => texts.text("severity-warn")?,
            Severity::Stop => texts.text("severity-stop")?,
        };
        Ok(vec![
            text(&check.table),
            text(check.found.as_ref().unwrap_or(&check.rule)),
            text(severity),
            whole(check.offending_rows),
            text(texts.text(match check.severity {
                _ if check.passed => "checks-holds",
                Severity::Warn => "checks-warning",
                Severity::Stop => "checks-broken",
            })?),
        ])
    });
    Ok((columns, rows.collect::<Result<_>>()?))
}

fn quality_rows(report: &LoyaltyReport, texts: &Messages) -> Result<Rows> {
    let columns =
        headings(["quality-table", "quality-issue", "quality-rows", "quality-share", "quality-handling"], texts)?;
    let rows = report.quality.iter().map(|line| {
        let issue = format!("issue-{}", line.issue);
        Ok(vec![
            text(&line.table),
            text(if texts.has(&issue) { texts.text(&issue)? } else { in_words(&line.issue) }),
            whole(line.rows),
            share(line.rows_share),
            line.handling.clone().map_or(Value::Blank, Value::Text),
        ])
    });
    Ok((columns, rows.collect::<Result<_>>()?))
}

fn input_rows(report: &LoyaltyReport, texts: &Messages) -> Result<Rows> {
    let columns = headings(["inputs-source", "inputs-objects", "inputs-rows", "workbook-bytes"], texts)?;
    let inputs = report.context.inputs.iter();
    let rows = inputs.map(|line| vec![text(&line.source), whole(line.objects), whole(line.rows), whole(line.bytes)]);
    Ok((columns, rows.collect()))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn whole(number: u64) -> Value {
    Value::number(Some(number as f64), Some("count"))
}
