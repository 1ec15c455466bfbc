//! The loyalty definition as the tables `loyalty_conditions` and `loyalty_index_items`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};

use super::definition_tables::{
    DefinitionTable, LOYALTY_CONDITION_COLUMNS, LOYALTY_CONDITIONS, LOYALTY_INDEX_ITEM_COLUMNS, LOYALTY_INDEX_ITEMS,
};
use crate::config::catalogue::Catalogue;
use crate::config::language::Language;
use crate::config::loyalty_definition::{Condition, IndexItem, LoyaltyDefinition};

/// Both tables, without rows where there is no definition; `catalogue` says which axis an indicator measures.
pub fn tables(definition: Option<&LoyaltyDefinition>, catalogue: &Catalogue) -> [DefinitionTable; 2] {
    let conditions = definition.map(|definition| definition.loyal_customer.as_slice()).unwrap_or_default();
    let items = definition.map(|definition| definition.loyalty_index.as_slice()).unwrap_or_default();
    [
        DefinitionTable::new(LOYALTY_CONDITIONS, LOYALTY_CONDITION_COLUMNS, condition_arrays(conditions, catalogue)),
        DefinitionTable::new(LOYALTY_INDEX_ITEMS, LOYALTY_INDEX_ITEM_COLUMNS, item_arrays(items, catalogue)),
    ]
}

fn condition_arrays(conditions: &[Condition], catalogue: &Catalogue) -> Vec<ArrayRef> {
    let texts = |text: fn(&Condition) -> Option<&str>| -> ArrayRef {
        Arc::new(conditions.iter().map(text).collect::<StringArray>())
    };
    let values = conditions.iter().map(|condition| condition.bound().map(|(_, value)| value));
    vec![
        positions(conditions.len()),
        axes(conditions.iter().map(|condition| condition.indicator.as_str()), catalogue),
        texts(|condition| Some(condition.indicator.as_str())),
        texts(|condition| condition.bound().map(|(comparison, _)| comparison)),
        Arc::new(values.collect::<Float64Array>()),
        texts(|condition| Some(condition.description.as_str())),
        texts(|condition| condition.label.given(Language::Chinese)),
    ]
}

fn item_arrays(items: &[IndexItem], catalogue: &Catalogue) -> Vec<ArrayRef> {
    let texts = |text: fn(&IndexItem) -> Option<&str>| -> ArrayRef {
        Arc::new(items.iter().map(text).collect::<StringArray>())
    };
    let numbers = |number: fn(&IndexItem) -> Option<f64>| -> ArrayRef {
        Arc::new(items.iter().map(number).collect::<Float64Array>())
    };
    vec![
        positions(items.len()),
        axes(items.iter().map(|item| item.indicator.as_str()), catalogue),
        texts(|item| Some(item.dimension.as_str())),
        texts(|item| Some(item.indicator.as_str())),
        numbers(|item| Some(item.weight.value)),
        texts(|item| Some(item.mapping.name())),
        numbers(|item| item.mapping.range().map(|range| range.from)),
        numbers(|item| item.mapping.range().map(|range| range.to)),
        Arc::new(items.iter().map(|item| Some(item.reverse)).collect::<BooleanArray>()),
        texts(|item| Some(item.formula.as_str())),
        texts(|item| Some(item.source.as_str())),
        texts(|item| item.label.given(Language::Chinese)),
        texts(|item| item.formula_label.given(Language::Chinese)),
    ]
}

fn axes<'a>(indicators: impl Iterator<Item = &'a str>, catalogue: &Catalogue) -> ArrayRef {
    let axis = |name: &str| catalogue.indicators.get(name).map(|indicator| indicator.axis.name());
    Arc::new(indicators.map(axis).collect::<StringArray>())
}

/// 1, 2, ...: the order in the file.
fn positions(count: usize) -> ArrayRef {
    Arc::new((1..).take(count).collect::<Int64Array>())
}
