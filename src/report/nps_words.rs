//! The Net Promoter Score in words.

use fluent_bundle::FluentValue;

use super::context::RecommendScale;
use super::model::{LoyaltyReport, NpsLine};
use super::view::part_name;
use crate::error::Result;
use crate::render::Messages;

/// A difference that chance makes less often than this is told.
const SIGNIFICANCE: f64 = 0.05;

/// The score of the latest wave against the wave before it, where chance does not explain the difference.
pub(super) fn news(report: &LoyaltyReport, texts: &Messages) -> Result<Option<String>> {
    let is_followed = |wave: &NpsLine| {
        report.nps.iter().any(|line| line.previous_wave.as_deref() == Some(wave.dimension_value.as_str()))
    };
    let mut waves = report.nps.iter().filter(|line| line.dimension == "wave" && line.previous_wave.is_some());
    let Some(latest) = waves.find(|line| !is_followed(line)) else { return Ok(None) };
    let (Some(nps), Some(difference), Some(p_value)) = (latest.nps, latest.difference, latest.p_value) else {
        return Ok(None);
    };
    if p_value >= SIGNIFICANCE {
        return Ok(None);
    }
    let values = [
        ("wave", latest.dimension_value.as_str().into()),
        ("previous", latest.previous_wave.as_deref().unwrap_or_default().into()),
        ("direction", if difference > 0.0 { "up" } else { "down" }.into()),
        ("now", texts.numbers.score(nps).into()),
        ("before", texts.numbers.score(nps - difference).into()),
    ];
    texts.sentence("nps-news", &values).map(Some)
}

/// What the groups of answers are called.
pub(super) fn names(report: &LoyaltyReport, texts: &Messages) -> Result<Vec<String>> {
    let names = report.nps.iter().map(|line| match line.dimension.as_str() {
        "total" => texts.text("nps-total"),
        kind => part_name(kind, &line.dimension_value, &report.context.labels, texts),
    });
    names.collect()
}

/// What the score is made of: which answers count, by the scale of the question.
pub(super) fn intro(report: &LoyaltyReport, texts: &Messages) -> Result<String> {
    let scale = report.context.rules.recommend.unwrap_or_default();
    let number = |value: f64| FluentValue::from(texts.numbers.number(value, 0));
    let usual = RecommendScale::default();
    let values = [
        ("promoter_from", number(scale.promoter_from)),
        ("detractor_to", number(scale.passive_from - 1.0)),
        ("lowest", number(scale.lowest)),
        ("highest", number(scale.highest)),
        ("scale", if scale == usual { "usual" } else { "other" }.into()),
    ];
    texts.sentence("nps-intro", &values)
}

/// What the score's margin allows to be said, and what became of it; empty without a score.
pub(super) fn verdict(total: Option<&NpsLine>, news: Option<&str>, texts: &Messages) -> Result<String> {
    let verdict = total.and_then(|line| line.nps.zip(line.margin)).map(|(nps, margin)| match nps {
        _ if nps.abs() <= margin => texts.text("nps-verdict-open"),
        _ if nps > 0.0 => texts.text("nps-verdict-positive"),
        _ => texts.text("nps-verdict-negative"),
    });
    let verdict = verdict.transpose()?;
    let sentences: Vec<&str> = verdict.as_deref().into_iter().chain(news).collect();
    Ok(sentences.join(texts.language.sentence_separator()))
}
