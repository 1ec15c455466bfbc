//! The path model of a questionnaire: latent variables, the items that measure them, and the paths between them. Queries read it
//! as the tables `path_model_items`, `path_model_paths` and `path_model_settings`.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::PipelineText;
use super::located::Located;
use crate::error::{Problem, did_you_mean};

/// A path model (PLS-PM).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathModel {
    /// How latent variables are weighted in the inner estimate of their neighbours.
    #[serde(default)]
    pub scheme: PathScheme,
    /// What happens to missing answers.
    #[serde(default)]
    pub missing: MissingAnswers,
    /// Bootstrap samples for standard errors and intervals; 0 for none.
    #[serde(default = "default_samples")]
    pub bootstrap_samples: u32,
    /// Seed of the samples.
    #[serde(default = "default_seed")]
    pub seed: u32,
    /// The latent variable that the importance-performance map is drawn for; the last one by default.
    #[serde(default)]
    pub target: Option<Located<String>>,
    /// Latent variables by name, each with its items.
    pub latents: IndexMap<Located<String>, LatentVariable>,
    /// Paths.
    pub paths: Vec<PathsFrom>,
}

/// A latent variable.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatentVariable {
    /// How it is measured.
    #[serde(default)]
    pub mode: MeasurementMode,
    /// Items of the questionnaire.
    pub items: Vec<Located<String>>,
}

/// Paths that start at one latent variable.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathsFrom {
    /// The latent variable that explains.
    pub from: Located<String>,
    /// Those that it explains.
    pub to: Vec<Located<String>>,
}

/// How items relate to their latent variable.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
pub enum MeasurementMode {
    /// The items reflect it.
    #[default]
    A,
    /// The items form it.
    B,
}

/// An inner weighting scheme.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum PathScheme {
    /// Sign of the correlation.
    Centroid,
    /// The correlation.
    Factorial,
    /// Regression on what explains it, correlation with what it explains.
    #[default]
    Path,
}

/// What happens to missing answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum MissingAnswers {
    /// The mean of the item replaces them.
    #[default]
    Mean,
    /// Responses with one are left out.
    Listwise,
}

fn default_samples() -> u32 {
    500
}

fn default_seed() -> u32 {
    1
}

impl MeasurementMode {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

impl PathScheme {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Centroid => "centroid",
            Self::Factorial => "factorial",
            Self::Path => "path",
        }
    }
}

impl MissingAnswers {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Listwise => "listwise",
        }
    }
}

impl PathModel {
    /// Every path as a pair of names, in the order of the file.
    pub fn pairs(&self) -> impl Iterator<Item = (&Located<String>, &Located<String>)> {
        self.paths.iter().flat_map(|paths| paths.to.iter().map(|to| (&paths.from, to)))
    }

    /// Everything that is wrong with it, given the items of the questionnaire.
    pub fn problems<'a>(&self, items: impl Iterator<Item = &'a str> + Clone, file: &PipelineText) -> Vec<Problem> {
        let mut problems = self.item_problems(items, file);
        let names = || self.latents.keys().map(|name| name.value.as_str());
        let ends = self.pairs().flat_map(|(from, to)| [from, to]).chain(self.target.as_ref());
        for name in ends.filter(|name| !self.latents.contains_key(*name)) {
            let mut problem = Problem::new(format!("the path model has no latent variable `{}`", name.value));
            problem.hint = did_you_mean(name, names());
            problems.push(problem.at(file.place_of(name)));
        }
        let mut seen = BTreeSet::new();
        for (from, to) in self.pairs() {
            if !seen.insert((from.value.as_str(), to.value.as_str())) {
                let message = format!("the path from `{}` to `{}` is there twice", from.value, to.value);
                problems.push(Problem::new(message).at(file.place_of(to)));
            }
        }
        for (name, _) in &self.latents {
            if !self.pairs().any(|(from, to)| from == name || to == name) {
                let message = format!("the latent variable `{}` has no path", name.value);
                problems.push(Problem::new(message).at(file.place_of(name)).hint("add a path from it or to it"));
            }
        }
        problems.extend(self.circle(file));
        problems
    }

    fn item_problems<'a>(&self, items: impl Iterator<Item = &'a str> + Clone, file: &PipelineText) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for (name, latent) in &self.latents {
            if latent.items.is_empty() {
                let message = format!("the latent variable `{}` has no items", name.value);
                problems.push(Problem::new(message).at(file.place_of(name)));
            }
            for item in &latent.items {
                if !items.clone().any(|known| known == item.value) {
                    let message = format!("`{}` of the path model is not an item of the questionnaire", item.value);
                    let mut problem = Problem::new(message).at(file.place_of(item));
                    problem.hint = did_you_mean(item, items.clone());
                    problems.push(problem);
                }
                if !seen.insert(item.value.as_str()) {
                    let message = format!("the item `{}` is there twice in the path model", item.value);
                    problems.push(Problem::new(message).at(file.place_of(item)));
                }
            }
        }
        problems
    }

    /// Removes latent variables that nothing explains until none is left, or only those of a circle.
    fn circle(&self, file: &PipelineText) -> Option<Problem> {
        let mut left: Vec<&Located<String>> = self.latents.keys().collect();
        loop {
            let explained =
                |name: &&Located<String>| self.pairs().any(|(from, to)| to == *name && left.contains(&from));
            let still: Vec<&Located<String>> = left.iter().copied().filter(explained).collect();
            if still.len() == left.len() {
                let first = still.first()?;
                let message = format!("the paths from `{}` lead back to it", first.value);
                return Some(Problem::new(message).at(file.place_of(first)).hint("a path model has no circle"));
            }
            left = still;
        }
    }
}
