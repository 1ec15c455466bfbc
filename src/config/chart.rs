//! A chart of a table in the report: the key `chart` of a sidecar's `report`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::language::Words;
use super::located::Located;
use super::scalar::Scalar;

/// A chart of a table. It is drawn from the rows that the report may show; the table itself stays behind a click.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// What is drawn.
    pub kind: ChartKind,
    /// Heading above the chart, where a table has several.
    #[serde(default)]
    pub title: Option<Words>,
    /// Column that names the marks; the rows of a heat map; where flows and arrows start.
    #[serde(default)]
    pub label: Option<Located<String>>,
    /// Column that splits marks of the same name: the parts of stacked bars, lines, the columns of a heat map, where flows
    /// and arrows end.
    #[serde(default)]
    pub by: Option<Located<String>>,
    /// Column of the horizontal axis of lines and points: numbers or days.
    #[serde(default)]
    pub x: Option<Located<String>>,
    /// Column of the numbers that are drawn.
    pub value: Located<String>,
    /// Lower end of the interval of `value`.
    #[serde(default)]
    pub low: Option<Located<String>>,
    /// Upper end of the interval of `value`.
    #[serde(default)]
    pub high: Option<Located<String>>,
    /// Lower end of the interval of `x`.
    #[serde(default)]
    pub x_low: Option<Located<String>>,
    /// Upper end of the interval of `x`.
    #[serde(default)]
    pub x_high: Option<Located<String>>,
    /// Second column of numbers, drawn beside `value`, such as a textbook's figure.
    #[serde(default)]
    pub beside: Option<Located<String>>,
    /// Column of the size of points.
    #[serde(default)]
    pub size: Option<Located<String>>,
    /// Column that names the figures inside the boxes of a path diagram.
    #[serde(default)]
    pub figure: Option<Located<String>>,
    /// Draw only rows whose column holds one of these values, in place of those that `only` of the table names for the
    /// same column.
    #[serde(default)]
    pub only: IndexMap<Located<String>, Vec<Scalar>>,
}

/// What a chart draws.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// A bar for each `label`, as long as `value`; with `beside`, a second bar.
    Bars,
    /// A bar for each `label`, made of a part for each value of `by`.
    StackedBars,
    /// A dot for each `label`, and value of `by`, at `value`, with its interval from `low` to `high`.
    Dots,
    /// A line for each value of `by`, or one line, of `value` over `x`, with its interval.
    Lines,
    /// As `lines`, but each value holds until the next one, and shares begin with 100 percent at 0
    /// of an axis of numbers: curves of survival.
    Steps,
    /// A point for each `label` at `x` and `value`, as large as `size`, with their intervals; lines mark the means of both axes.
    Points,
    /// A band from each `label` to each value of `by`, as wide as `value`.
    Flow,
    /// A field for each `label` and value of `by`, as dark as `value`.
    HeatMap,
    /// A box for each `label`, and an arrow to each `by`, as thick as `value` and dashed where its interval holds 0. Rows
    /// whose `by` is `all` are figures inside the box, named by `figure`.
    PathDiagram,
}

impl ChartKind {
    /// Its name in YAML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::StackedBars => "stacked_bars",
            Self::Dots => "dots",
            Self::Lines => "lines",
            Self::Steps => "steps",
            Self::Points => "points",
            Self::Flow => "flow",
            Self::HeatMap => "heat_map",
            Self::PathDiagram => "path_diagram",
        }
    }

    /// Keys that this kind needs in addition to `value`.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Bars | Self::Dots => &["label"],
            Self::StackedBars | Self::Flow | Self::HeatMap | Self::PathDiagram => &["label", "by"],
            Self::Lines | Self::Steps => &["x"],
            Self::Points => &["label", "x"],
        }
    }

    /// Keys that this kind draws in addition to those that it needs.
    pub fn allows(self) -> &'static [&'static str] {
        match self {
            Self::Bars => &["low", "high", "beside"],
            Self::Dots => &["by", "low", "high"],
            Self::Lines | Self::Steps => &["by", "low", "high", "beside"],
            Self::Points => &["low", "high", "x_low", "x_high", "size"],
            Self::PathDiagram => &["low", "high", "figure"],
            Self::StackedBars | Self::Flow | Self::HeatMap => &[],
        }
    }
}

impl Chart {
    /// Its keys that name a column, with the column.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, &Located<String>)> {
        let optional = [
            ("label", &self.label),
            ("by", &self.by),
            ("x", &self.x),
            ("low", &self.low),
            ("high", &self.high),
            ("x_low", &self.x_low),
            ("x_high", &self.x_high),
            ("beside", &self.beside),
            ("size", &self.size),
            ("figure", &self.figure),
        ];
        let optional = optional.into_iter().filter_map(|(key, column)| Some((key, column.as_ref()?)));
        [("value", &self.value)].into_iter().chain(optional)
    }
}
