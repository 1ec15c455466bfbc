//! How large a result will be. A NULL among the arguments gives none.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date64Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::common::Result;

/// Bytes of a number or a time in a list.
const NUMBER_BYTES: u64 = 8;
const NANOSECONDS_PER_DAY: i128 = 86_400_000_000_000;
const NANOSECONDS_PER_MILLISECOND: i128 = 1_000_000;
const SHORTEST_MONTH_DAYS: i32 = 28;

/// A text so many times.
pub(super) fn repeated_text(arguments: &[ArrayRef]) -> Result<Vec<u64>> {
    let [text, count, ..] = arguments else { return Ok(Vec::new()) };
    let lengths = arrow::compute::kernels::length::length(text)?;
    Ok(products(&numbers(&lengths)?, &numbers(count)?))
}

/// A text of so many characters, each of at least one byte.
pub(super) fn padded_text(arguments: &[ArrayRef]) -> Result<Vec<u64>> {
    let [_, length, ..] = arguments else { return Ok(Vec::new()) };
    numbers(length)
}

/// A list of one value so many times.
pub(super) fn repeated_value(arguments: &[ArrayRef]) -> Result<Vec<u64>> {
    let [value, count, ..] = arguments else { return Ok(Vec::new()) };
    let bytes = bytes_per_value(value);
    Ok(numbers(count)?.into_iter().map(|count| count.saturating_mul(bytes)).collect())
}

/// A list of so many values.
pub(super) fn resized_list(arguments: &[ArrayRef]) -> Result<Vec<u64>> {
    let [list, length, ..] = arguments else { return Ok(Vec::new()) };
    let bytes = list.as_list_opt::<i32>().map_or(NUMBER_BYTES, |list| bytes_per_value(list.values()));
    Ok(numbers(length)?.into_iter().map(|length| length.saturating_mul(bytes)).collect())
}

/// The numbers or times from one to another.
pub(super) fn series(arguments: &[ArrayRef]) -> Result<Vec<u64>> {
    let (start, stop, step) = match arguments {
        [stop] => (None, stop, None),
        [start, stop] => (Some(start), stop, None),
        [start, stop, step, ..] => (Some(start), stop, Some(step)),
        [] => return Ok(Vec::new()),
    };
    let places = |array: &ArrayRef| if array.data_type().is_temporal() { times(array) } else { signed(array) };
    let stop = places(stop)?;
    let start = start.map_or_else(|| Ok(vec![Some(0); stop.len()]), places)?;
    let step = step.map_or_else(|| Ok(vec![Some(1); stop.len()]), steps)?;
    let bytes = |((start, stop), step): ((Option<i128>, Option<i128>), Option<i128>)| {
        let (Some(start), Some(stop), Some(step)) = (start, stop, step) else { return 0 };
        let distance = if step < 0 { start - stop } else { stop - start };
        let count = if distance < 0 { 0 } else { distance / step.abs().max(1) + 1 };
        u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(NUMBER_BYTES)
    };
    Ok(start.into_iter().zip(stop).zip(step).map(bytes).collect())
}

fn products(left: &[u64], right: &[u64]) -> Vec<u64> {
    left.iter().zip(right).map(|(left, right)| left.saturating_mul(*right)).collect()
}

/// Mean bytes of the values of an array, and at least those of a number.
fn bytes_per_value(array: &ArrayRef) -> u64 {
    let bytes = array.to_data().get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size());
    (bytes.checked_div(array.len()).unwrap_or(0) as u64).max(NUMBER_BYTES)
}

/// Counts; those below zero are zero.
fn numbers(array: &ArrayRef) -> Result<Vec<u64>> {
    let positive = |number: Option<i128>| u64::try_from(number.unwrap_or(0).max(0)).unwrap_or(u64::MAX);
    Ok(signed(array)?.into_iter().map(positive).collect())
}

fn signed(array: &ArrayRef) -> Result<Vec<Option<i128>>> {
    let numbers = cast(array, &DataType::Int64)?;
    Ok(numbers.as_primitive::<Int64Type>().iter().map(|number| number.map(i128::from)).collect())
}

/// Nanoseconds, exact to the millisecond.
fn times(array: &ArrayRef) -> Result<Vec<Option<i128>>> {
    let times = cast(array, &DataType::Date64)?;
    let nanoseconds = |time: Option<i64>| time.map(|time| i128::from(time) * NANOSECONDS_PER_MILLISECOND);
    Ok(times.as_primitive::<Date64Type>().iter().map(nanoseconds).collect())
}

/// Numbers, or the shortest time that each interval can mean in nanoseconds.
fn steps(array: &ArrayRef) -> Result<Vec<Option<i128>>> {
    if !matches!(array.data_type(), DataType::Interval(_)) {
        return signed(array);
    }
    let intervals = cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?;
    let nanoseconds = |interval: Option<_>| {
        let (months, days, nanoseconds) = IntervalMonthDayNanoType::to_parts(interval?);
        let days = i128::from(months) * i128::from(SHORTEST_MONTH_DAYS) + i128::from(days);
        Some(days * NANOSECONDS_PER_DAY + i128::from(nanoseconds))
    };
    Ok(intervals.as_primitive::<IntervalMonthDayNanoType>().iter().map(nanoseconds).collect())
}
