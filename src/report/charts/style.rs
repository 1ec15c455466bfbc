//! Colours of charts: variables of the page's style, so that charts follow its light and dark mode.

use kuva::render::theme::Theme;

/// Colours of things that have none of their own, in order.
const COLOURS: [&str; 8] = [
    "var(--true)",
    "var(--spurious)",
    "var(--latent)",
    "var(--detractor)",
    "var(--none)",
    "var(--chart-6)",
    "var(--chart-7)",
    "var(--chart-8)",
];

/// The colour of the thing at `index`.
pub(super) fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

/// The colour of a segment or of a kind of recommender, wherever it is drawn.
pub(super) fn colour_of(key: &str, index: usize) -> &'static str {
    match key {
        "true_loyalty" => "var(--true)",
        "latent_loyalty" => "var(--latent)",
        "spurious_loyalty" => "var(--spurious)",
        "no_loyalty" => "var(--none)",
        "unmeasured" => "var(--unmeasured)",
        "former" => "var(--former)",
        "promoter" => "var(--promoter)",
        "passive" => "var(--passive)",
        "detractor" => "var(--detractor)",
        _ => colour(index),
    }
}

/// A field of a heat map: the share `part` of the main colour, on the colour of the page.
pub(super) fn shade(part: f64) -> String {
    if part.is_finite() {
        format!("color-mix(in srgb, var(--true) {:.0}%, var(--faint))", part.clamp(0.0, 1.0) * 100.0)
    } else {
        "none".to_owned()
    }
}

/// Axes, grid and texts.
pub(super) fn theme() -> Theme {
    Theme {
        background: "none".into(),
        axis_color: "var(--soft)".into(),
        grid_color: "var(--line)".into(),
        tick_color: "var(--soft)".into(),
        text_color: "var(--ink)".into(),
        legend_bg: "none".into(),
        legend_border: "none".into(),
        pie_leader: "var(--soft)".into(),
        box_median: "var(--card)".into(),
        violin_border: "var(--ink)".into(),
        colorbar_border: "var(--line)".into(),
        font_family: Some("inherit".into()),
        show_grid: true,
    }
}
