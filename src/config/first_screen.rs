//! The first screen of the report: the keys `first_screen` and `better` of the catalogue.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::language::Words;
use super::located::Located;

/// What the report shows first, beside its headline.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstScreen {
    /// Figures in order of importance; the first five that have a value are shown.
    #[serde(default)]
    pub key_figures: Vec<KeyFigure>,
    /// What tables found, under headings of their own.
    #[serde(default)]
    pub blocks: Vec<Block>,
    /// Tables whose findings say what the numbers rest on.
    #[serde(default)]
    pub basis: Vec<Located<String>>,
    /// Lists of figures that say much the same. Of each list the changes since the earlier run name one figure, unless
    /// several of them are key figures.
    #[serde(default)]
    pub families: Vec<Vec<Located<String>>>,
}

/// A figure of the table `indicators`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyFigure {
    /// Its key.
    pub figure: Located<String>,
    /// The part that it is of, such as `segment=true_loyalty`; all customers when left out.
    #[serde(default = "total")]
    pub part: String,
    /// Its name on the first screen; that of the figure when left out.
    #[serde(default)]
    pub name: Option<Words>,
    /// The smallest share of all customers, 0 to 1, that the figure must be about to be shown; any when left out.
    #[serde(default)]
    pub least_share: Option<f64>,
}

/// What some tables found.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Heading.
    pub heading: Words,
    /// Tables whose findings are said here, in order. Tables that the pipeline does not publish are left out.
    #[serde(default)]
    pub findings: Vec<Located<String>>,
    /// Table that is shown after the findings.
    #[serde(default)]
    pub table: Option<Located<String>>,
}

/// For which figures more is better, and for which less; a change of any other figure is neither good nor bad.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Better {
    /// Keys of figures of which more is better.
    #[serde(default)]
    pub up: Vec<Located<String>>,
    /// Keys of figures of which less is better.
    #[serde(default)]
    pub down: Vec<Located<String>>,
}

/// What a change means.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Neither.
    #[default]
    Neither,
}

impl Better {
    /// What a change of a figure means.
    pub fn of(&self, figure: &str) -> Direction {
        let lists = |figures: &[Located<String>]| figures.iter().any(|listed| listed.value == figure);
        if lists(&self.up) {
            Direction::Up
        } else if lists(&self.down) {
            Direction::Down
        } else {
            Direction::Neither
        }
    }
}

impl Direction {
    /// Whether a change is for the better; unknown when it means neither, or there is none.
    pub fn is_good(self, change: f64) -> Option<bool> {
        match self {
            Self::Up if change != 0.0 => Some(change > 0.0),
            Self::Down if change != 0.0 => Some(change < 0.0),
            _ => None,
        }
    }
}

fn total() -> String {
    "total".to_owned()
}
