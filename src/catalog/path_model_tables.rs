//! The path model of the questionnaire as the tables `path_model_items`, `path_model_paths` and `path_model_settings`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};

use super::definition_tables::{
    DefinitionTable, PATH_MODEL_ITEM_COLUMNS, PATH_MODEL_ITEMS, PATH_MODEL_PATH_COLUMNS, PATH_MODEL_PATHS,
    PATH_MODEL_SETTING_COLUMNS, PATH_MODEL_SETTINGS,
};
use crate::config::path_model::PathModel;

/// The three tables, without rows where there is no model.
pub fn tables(model: Option<&PathModel>) -> [DefinitionTable; 3] {
    [
        DefinitionTable::new(PATH_MODEL_ITEMS, PATH_MODEL_ITEM_COLUMNS, items(model)),
        DefinitionTable::new(PATH_MODEL_PATHS, PATH_MODEL_PATH_COLUMNS, paths(model)),
        DefinitionTable::new(PATH_MODEL_SETTINGS, PATH_MODEL_SETTING_COLUMNS, settings(model)),
    ]
}

fn items(model: Option<&PathModel>) -> Vec<ArrayRef> {
    let latents = model.into_iter().flat_map(|model| &model.latents);
    let rows: Vec<[&str; 3]> = latents
        .flat_map(|(name, latent)| {
            latent.items.iter().map(|item| [item.value.as_str(), name.value.as_str(), latent.mode.name()])
        })
        .collect();
    let texts = |column: usize| texts(rows.iter().map(|row| Some(row[column])));
    vec![positions(rows.len()), texts(0), texts(1), texts(2)]
}

fn paths(model: Option<&PathModel>) -> Vec<ArrayRef> {
    let pairs: Vec<[&str; 2]> = model
        .into_iter()
        .flat_map(PathModel::pairs)
        .map(|(from, to)| [from.value.as_str(), to.value.as_str()])
        .collect();
    let texts = |column: usize| texts(pairs.iter().map(|pair| Some(pair[column])));
    vec![positions(pairs.len()), texts(0), texts(1)]
}

fn settings(model: Option<&PathModel>) -> Vec<ArrayRef> {
    let numbers = |number: fn(&PathModel) -> u32| -> ArrayRef {
        Arc::new(model.iter().map(|model| Some(i64::from(number(model)))).collect::<Int64Array>())
    };
    let target = |model: &&PathModel| {
        let last = model.latents.keys().last().map(|name| name.value.clone());
        model.target.as_ref().map(|target| target.value.clone()).or(last)
    };
    vec![
        texts(model.iter().map(|model| Some(model.scheme.name()))),
        texts(model.iter().map(|model| Some(model.missing.name()))),
        numbers(|model| model.bootstrap_samples),
        numbers(|model| model.seed),
        Arc::new(model.iter().map(target).collect::<StringArray>()),
    ]
}

fn texts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}

/// 1, 2, ...: the order in the file.
fn positions(count: usize) -> ArrayRef {
    Arc::new((1..).take(count).collect::<Int64Array>())
}
