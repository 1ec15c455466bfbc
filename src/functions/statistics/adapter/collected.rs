//! Aggregates that collect the rows of a group and compute their result from all of them.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, StringArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, UInt64Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, not_impl_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, ReversedUDAF, Signature, Volatility,
};

use super::argument::{Kind, coerced};
use super::declaration::Declaration;
use super::rows::{Column, MISSING, Rows, canonical, keep};
use super::shape::{Shape, Value};

/// An aggregate that is computed from all rows of a group at once.
#[derive(Debug)]
pub struct Fit {
    /// What analysts read about it.
    pub declaration: Declaration,
    /// Whether rows with a NULL among their numbers are kept, as [`super::is_missing`] numbers; otherwise they are skipped. Rows
    /// with a NULL list or text are always skipped.
    pub keeps_missing: bool,
    /// The result for the rows of a group, which are sorted; there may be none.
    pub compute: fn(&Rows) -> Result<Value>,
}

/// The function for the engine.
pub fn aggregate(fit: &'static Fit) -> AggregateUDF {
    AggregateUDF::new_from_impl(Collected {
        fit,
        signature: Signature::user_defined(Volatility::Immutable),
        documentation: fit.declaration.documentation(),
    })
}

#[derive(Debug)]
struct Collected {
    fit: &'static Fit,
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for Collected {
    fn eq(&self, other: &Self) -> bool {
        self.fit.declaration.name == other.fit.declaration.name
    }
}

impl Eq for Collected {}

impl Hash for Collected {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fit.declaration.name.hash(state);
    }
}

impl AggregateUDFImpl for Collected {
    fn name(&self) -> &str {
        self.fit.declaration.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        coerced(&self.fit.declaration, given)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.fit.declaration.result.arrow())
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if arguments.is_distinct {
            return not_impl_err!("`{}` does not take `distinct`: group the rows before", self.name());
        }
        Ok(Box::new(Collector::new(self.fit, arguments.expr_fields.len())))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = |part: &str| format_state_name(arguments.name, part);
        let mut fields = vec![Arc::new(Field::new(name("rows"), DataType::UInt64, true))];
        for argument in self.fit.declaration.arguments.iter().take(arguments.input_fields.len()) {
            fields.push(Arc::new(Field::new(name(argument.name), state_type(argument.kind), true)));
        }
        Ok(fields)
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// The type of the partial result of an argument: all its values in one list, or the setting.
fn state_type(kind: Kind) -> DataType {
    match kind {
        Kind::Number | Kind::Numbers => Shape::List(&Shape::Number).arrow(),
        Kind::Text => Shape::List(&Shape::Text).arrow(),
        setting => setting.arrow(&DataType::Null),
    }
}

#[derive(Debug)]
struct Collector {
    fit: &'static Fit,
    rows: Rows,
}

impl Collector {
    fn new(fit: &'static Fit, arguments: usize) -> Self {
        let column = |kind| match kind {
            Kind::Number => Column::Numbers { width: Some(1), values: Vec::new() },
            Kind::Numbers | Kind::Record(_) => Column::Numbers { width: None, values: Vec::new() },
            Kind::Text => Column::Texts(Vec::new()),
            Kind::NumberSetting => Column::NumberSetting(None),
            Kind::TextSetting => Column::TextSetting(None),
            Kind::TextsSetting => Column::TextsSetting(None),
        };
        let kinds = fit.declaration.arguments.iter().take(arguments).map(|argument| argument.kind);
        Self { fit, rows: Rows { columns: kinds.map(column).collect(), len: 0 } }
    }

    /// Which rows of a batch are collected.
    fn kept(&self, batch: &[ArrayRef]) -> Vec<bool> {
        let mut kept = vec![true; batch.first().map_or(0, |column| column.len())];
        for (argument, values) in self.fit.declaration.arguments.iter().zip(batch) {
            let keeps_null = argument.kind.is_setting() || (argument.kind == Kind::Number && self.fit.keeps_missing);
            for (row, kept) in kept.iter_mut().enumerate() {
                *kept &= keeps_null || values.is_valid(row);
            }
            if argument.kind == Kind::Numbers && !self.fit.keeps_missing {
                let lists = values.as_list::<i32>();
                for (row, kept) in kept.iter_mut().enumerate().filter(|(row, _)| lists.is_valid(*row)) {
                    *kept &= lists.value(row).null_count() == 0;
                }
            }
        }
        kept
    }

    fn add(&mut self, argument: usize, values: &ArrayRef, kept: &[bool]) -> Result<()> {
        let Some(declared) = self.fit.declaration.arguments.get(argument) else {
            return internal_err!("`{}` has no argument {argument}", self.fit.declaration.name);
        };
        let rows = || (0..values.len()).filter(|row| kept[*row]);
        let valid = || (0..values.len()).filter(|row| values.is_valid(*row));
        match &mut self.rows.columns[argument] {
            Column::Numbers { width, values: collected } if declared.kind == Kind::Numbers => {
                let lists = values.as_list::<i32>();
                for row in rows() {
                    let list = lists.value(row);
                    if *width.get_or_insert(list.len()) != list.len() {
                        return exec_err!(
                            "the lists `{}` of `{}` must have the same length in all rows: {} and {}",
                            declared.name,
                            self.fit.declaration.name,
                            width.unwrap_or(0),
                            list.len()
                        );
                    }
                    collected.extend(numbers(list.as_primitive::<Float64Type>()));
                }
            }
            Column::Numbers { values: collected, .. } => {
                let values = values.as_primitive::<Float64Type>();
                collected.extend(numbers(values).zip(kept).filter(|(_, kept)| **kept).map(|(number, _)| number));
            }
            Column::Texts(collected) => {
                let texts = values.as_string::<i32>();
                collected.extend(rows().map(|row| texts.value(row).to_owned()));
            }
            Column::NumberSetting(setting) => {
                let numbers = values.as_primitive::<Float64Type>();
                valid().try_for_each(|row| keep(setting, numbers.value(row), declared.name))?;
            }
            Column::TextSetting(setting) => {
                let texts = values.as_string::<i32>();
                valid().try_for_each(|row| keep(setting, texts.value(row).to_owned(), declared.name))?;
            }
            Column::TextsSetting(setting) => {
                let lists = values.as_list::<i32>();
                valid().try_for_each(|row| keep(setting, texts(&lists.value(row)), declared.name))?;
            }
        }
        Ok(())
    }

    /// Adds the values of a partial result with `rows` rows.
    fn merge(&mut self, argument: usize, state: &ArrayRef, row: usize, rows: usize) -> Result<()> {
        match &mut self.rows.columns[argument] {
            Column::Numbers { width, values } if rows > 0 => {
                let merged = state.as_list::<i32>().value(row);
                let merged = merged.as_primitive::<Float64Type>().values();
                if *width.get_or_insert(merged.len() / rows) != merged.len() / rows {
                    return exec_err!(
                        "the lists of `{}` must have the same length in all rows",
                        self.fit.declaration.name
                    );
                }
                values.extend_from_slice(merged);
                Ok(())
            }
            Column::Texts(collected) if rows > 0 => {
                collected.extend(texts(&state.as_list::<i32>().value(row)));
                Ok(())
            }
            Column::Numbers { .. } | Column::Texts(_) => Ok(()),
            _ => self.add(argument, &state.slice(row, 1), &[true]),
        }
    }
}

impl Accumulator for Collector {
    fn update_batch(&mut self, batch: &[ArrayRef]) -> Result<()> {
        let kept = self.kept(batch);
        self.rows.len += kept.iter().filter(|kept| **kept).count();
        batch.iter().enumerate().try_for_each(|(argument, values)| self.add(argument, values, &kept))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let counts = states[0].as_primitive::<UInt64Type>();
        for row in (0..counts.len()).filter(|row| counts.is_valid(*row)) {
            let rows = usize::try_from(counts.value(row)).unwrap_or(usize::MAX);
            for (argument, state) in states[1..].iter().enumerate() {
                self.merge(argument, state, row, rows)?;
            }
            self.rows.len += rows;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut states = vec![ScalarValue::UInt64(Some(self.rows.len as u64))];
        for column in &mut self.rows.columns {
            states.push(match column {
                Column::Numbers { values, .. } => {
                    list(Shape::Number, Arc::new(Float64Array::from(std::mem::take(values))))?
                }
                Column::Texts(texts) => list(Shape::Text, Arc::new(StringArray::from(std::mem::take(texts))))?,
                Column::NumberSetting(number) => ScalarValue::Float64(*number),
                Column::TextSetting(text) => ScalarValue::Utf8(text.clone()),
                Column::TextsSetting(texts) => {
                    let texts = texts.take().map(|texts| texts.into_iter().map(Value::Text).collect());
                    Shape::List(&Shape::Text).scalar(texts.map_or(Value::Missing, Value::List))?
                }
            });
        }
        Ok(states)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.rows.sort();
        self.fit.declaration.result.scalar((self.fit.compute)(&self.rows)?)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.rows.heap_bytes()
    }
}

fn numbers(values: &Float64Array) -> impl Iterator<Item = f64> {
    values.iter().map(|number| number.map_or(MISSING, canonical))
}

fn texts(values: &ArrayRef) -> Vec<String> {
    values.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

fn list(element: Shape, values: ArrayRef) -> Result<ScalarValue> {
    let field = Arc::new(Field::new_list_field(element.arrow(), true));
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    Ok(ScalarValue::List(Arc::new(ListArray::try_new(field, offsets, values, None)?)))
}
