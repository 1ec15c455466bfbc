//! Functions that build long texts and lists from a few bytes, with a limit.
//!
//! The memory pool of the engine does not count the values of an expression, so `repeat('x', 2000000000)` would take all the
//! memory of the machine before anybody notices. These functions estimate what they will build before they do.

mod estimates;
#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use bytesize::ByteSize;
use datafusion::common::{Result, exec_err};
use datafusion::functions::{string, unicode};
use datafusion::functions_nested::{range, repeat, resize};
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

/// Bytes of one text or list.
const LARGEST_VALUE_BYTES: u64 = 16 << 20;
/// Bytes of the values of a batch of rows together.
const LARGEST_BATCH_BYTES: u64 = 128 << 20;

/// Estimated bytes of the result for each row.
type Estimate = fn(&[ArrayRef]) -> Result<Vec<u64>>;

/// The functions with a limit.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    let bounded = |(function, estimate): (Arc<ScalarUDF>, Estimate)| {
        Arc::new(ScalarUDF::new_from_impl(Bounded { inner: Arc::clone(function.inner()), estimate }))
    };
    let functions: [(Arc<ScalarUDF>, Estimate); 7] = [
        (string::repeat(), estimates::repeated_text),
        (unicode::lpad(), estimates::padded_text),
        (unicode::rpad(), estimates::padded_text),
        (repeat::array_repeat_udf(), estimates::repeated_value),
        (resize::array_resize_udf(), estimates::resized_list),
        (range::range_udf(), estimates::series),
        (range::gen_series_udf(), estimates::series),
    ];
    functions.into_iter().map(bounded).collect()
}

/// A function of the engine with a limit.
#[derive(Debug)]
struct Bounded {
    inner: Arc<dyn ScalarUDFImpl>,
    estimate: Estimate,
}

impl Bounded {
    fn check(&self, arguments: &[ColumnarValue], rows: usize) -> Result<()> {
        // Constants are looked at once.
        let is_constant = arguments.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let arrays = arguments.iter().map(|argument| argument.to_array(if is_constant { 1 } else { rows }));
        let estimated = (self.estimate)(&arrays.collect::<Result<Vec<_>>>()?)?;
        let largest = estimated.iter().copied().max().unwrap_or(0);
        let sum = estimated.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
        let (name, shown) = (self.inner.name(), |bytes| ByteSize::b(bytes).display().iec().to_string());
        if largest > LARGEST_VALUE_BYTES {
            let (largest, most) = (shown(largest), shown(LARGEST_VALUE_BYTES));
            return exec_err!("`{name}` would build a value of {largest}; a value may have at most {most}");
        }
        if sum > LARGEST_BATCH_BYTES {
            let (sum, most) = (shown(sum), shown(LARGEST_BATCH_BYTES));
            return exec_err!("`{name}` would build values of {sum} for {rows} rows; at most {most} are built at once");
        }
        Ok(())
    }
}

impl PartialEq for Bounded {
    fn eq(&self, other: &Self) -> bool {
        self.inner.name() == other.inner.name()
    }
}

impl Eq for Bounded {}

impl Hash for Bounded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.name().hash(state);
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(given)
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.check(&arguments.args, arguments.number_rows)?;
        self.inner.invoke_with_args(arguments)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}
