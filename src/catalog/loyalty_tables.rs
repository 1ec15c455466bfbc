//! The loyalty definition as the tables `loyalty_conditions` and `loyalty_index_items`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{Field, Schema};

use super::definition_tables::{
    Columns, DefinitionTable, LOYALTY_CONDITION_COLUMNS, LOYALTY_CONDITIONS, LOYALTY_INDEX_ITEM_COLUMNS,
    LOYALTY_INDEX_ITEMS,
};
use crate::config::loyalty_definition::{Condition, IndexItem, LoyaltyDefinition};

/// Both tables, without rows where there is no definition.
pub fn tables(definition: Option<&LoyaltyDefinition>) -> [DefinitionTable; 2] {
    let conditions = definition.map(|definition| definition.loyal_customer.as_slice()).unwrap_or_default();
    let items = definition.map(|definition| definition.loyalty_index.as_slice()).unwrap_or_default();
    [
        table(LOYALTY_CONDITIONS, LOYALTY_CONDITION_COLUMNS, condition_arrays(conditions)),
        table(LOYALTY_INDEX_ITEMS, LOYALTY_INDEX_ITEM_COLUMNS, item_arrays(items)),
    ]
}

fn table(name: &'static str, fields: Columns, columns: Vec<ArrayRef>) -> DefinitionTable {
    let fields: Vec<Field> = fields.iter().map(|(name, kind)| Field::new(*name, kind.arrow(), true)).collect();
    DefinitionTable { name, schema: Arc::new(Schema::new(fields)), columns }
}

fn condition_arrays(conditions: &[Condition]) -> Vec<ArrayRef> {
    let texts = |text: fn(&Condition) -> Option<&str>| -> ArrayRef {
        Arc::new(conditions.iter().map(text).collect::<StringArray>())
    };
    let values = conditions.iter().map(|condition| condition.bound().map(|(_, value)| value));
    vec![
        positions(conditions.len()),
        texts(|condition| Some(condition.indicator.axis().name())),
        texts(|condition| Some(condition.indicator.name())),
        texts(|condition| condition.bound().map(|(comparison, _)| comparison)),
        Arc::new(values.collect::<Float64Array>()),
        texts(|condition| Some(condition.description.as_str())),
    ]
}

fn item_arrays(items: &[IndexItem]) -> Vec<ArrayRef> {
    let texts = |text: fn(&IndexItem) -> Option<&str>| -> ArrayRef {
        Arc::new(items.iter().map(text).collect::<StringArray>())
    };
    let numbers = |number: fn(&IndexItem) -> Option<f64>| -> ArrayRef {
        Arc::new(items.iter().map(number).collect::<Float64Array>())
    };
    vec![
        positions(items.len()),
        texts(|item| Some(item.indicator.axis().name())),
        texts(|item| Some(item.dimension.as_str())),
        texts(|item| Some(item.indicator.name())),
        numbers(|item| Some(item.weight.value)),
        texts(|item| Some(item.mapping.name())),
        numbers(|item| item.mapping.range().map(|range| range.from)),
        numbers(|item| item.mapping.range().map(|range| range.to)),
        Arc::new(items.iter().map(|item| Some(item.reverse)).collect::<BooleanArray>()),
        texts(|item| Some(item.formula.as_str())),
        texts(|item| Some(item.source.as_str())),
    ]
}

/// 1, 2, ...: the order in the file.
fn positions(count: usize) -> ArrayRef {
    Arc::new((1..).take(count).collect::<Int64Array>())
}
