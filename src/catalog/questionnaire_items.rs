//! The questionnaire as the table `questionnaire_items`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, ListBuilder, PrimitiveBuilder, StringArray};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef};

use super::definition_tables::{DefinitionTable, QUESTIONNAIRE_ITEMS};
use crate::config::questionnaire::{Item, Questionnaire};

/// The items of `questionnaire`, no rows without one.
pub fn table(questionnaire: Option<&Questionnaire>) -> DefinitionTable {
    DefinitionTable { name: QUESTIONNAIRE_ITEMS, schema: schema(), columns: columns(questionnaire) }
}

fn schema() -> SchemaRef {
    let codes = DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true)));
    Arc::new(Schema::new(vec![
        Field::new("item_id", DataType::Utf8, true),
        Field::new("construct", DataType::Utf8, true),
        Field::new("dimension", DataType::Utf8, true),
        Field::new("weight", DataType::Float64, true),
        Field::new("dimension_weight", DataType::Float64, true),
        Field::new("scale_min", DataType::Float64, true),
        Field::new("scale_max", DataType::Float64, true),
        Field::new("is_reversed", DataType::Boolean, true),
        Field::new("missing_codes", codes, true),
        Field::new("wording_en", DataType::Utf8, true),
        Field::new("wording_zh", DataType::Utf8, true),
    ]))
}

fn columns(questionnaire: Option<&Questionnaire>) -> Vec<ArrayRef> {
    let items = questionnaire.map(|questionnaire| questionnaire.items.as_slice()).unwrap_or_default();
    let texts =
        |text: fn(&Item) -> Option<&str>| -> ArrayRef { Arc::new(items.iter().map(text).collect::<StringArray>()) };
    let numbers = |number: &dyn Fn(&Item) -> Option<f64>| -> ArrayRef {
        Arc::new(items.iter().map(number).collect::<Float64Array>())
    };
    let dimension_weight = |item: &Item| {
        let dimension = item.dimension.as_ref()?;
        questionnaire?.dimensions.get(dimension.value.as_str()).map(|dimension| dimension.weight.value)
    };
    let mut codes = ListBuilder::new(PrimitiveBuilder::<Float64Type>::new());
    for item in items {
        codes.values().append_slice(&item.missing_codes);
        codes.append(true);
    }
    vec![
        texts(|item| Some(item.id.as_str())),
        texts(|item| Some(item.construct.value.name())),
        texts(|item| item.dimension.as_ref().map(|dimension| dimension.value.as_str())),
        numbers(&|item| item.weight.as_ref().map(|weight| weight.value)),
        numbers(&dimension_weight),
        numbers(&|item| Some(item.scale.min)),
        numbers(&|item| Some(item.scale.max)),
        Arc::new(items.iter().map(|item| Some(item.reverse)).collect::<BooleanArray>()),
        Arc::new(codes.finish()),
        texts(|item| Some(item.wording.en.as_str())),
        texts(|item| Some(item.wording.zh.as_str())),
    ]
}
