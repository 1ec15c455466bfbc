//! Plain arithmetic that fails where a result does not fit its type.
//!
//! The engine lets `+`, `-` and `*` of integers wrap around silently, and lets decimals of the greatest precision grow beyond
//! it. Its setting `enable_ansi_mode` is not read by these operators, and `BinaryExpr::with_fail_on_overflow` reaches neither
//! the constants that the optimizer computes nor the expressions that it plans. So the analyzer replaces each such operator,
//! once its types are known and before anything is computed, by a function that computes the same with checked kernels.
//!
//! What is checked already stays as it is: division, dates, times and intervals, casts, `abs`, `factorial`, `gcd`, `lcm`.

mod checked;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow::datatypes::{
    DECIMAL32_MAX_PRECISION, DECIMAL64_MAX_PRECISION, DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType,
};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ExprSchema, Result};
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, ScalarUDF};
use datafusion::optimizer::AnalyzerRule;

use checked::{Checked, Operation};

/// Puts checked arithmetic in the place of the engine's. It must come after the analyzer's type coercion.
#[derive(Debug)]
pub(super) struct CheckArithmetic;

impl AnalyzerRule for CheckArithmetic {
    fn name(&self) -> &str {
        "check_arithmetic"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(check_node)?.data)
    }
}

fn check_node(node: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let mut is_affected = false;
    node.apply_expressions(|expression| {
        expression.apply(|part| {
            is_affected |= matches!(part, Expr::Negative(_))
                || matches!(part, Expr::BinaryExpr(binary) if can_overflow(binary.op));
            Ok(if is_affected { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    if !is_affected {
        return Ok(Transformed::no(node));
    }
    // Names and types stay what they were, so that the schema of the node holds.
    let schema = match node.inputs().as_slice() {
        [input] => Arc::clone(input.schema()),
        inputs => Arc::new(merge_schema(inputs)),
    };
    let names = NamePreserver::new(&node);
    node.map_expressions(|expression| {
        let name = names.save(&expression);
        let checked = expression.transform_up(|part| check(part, &schema))?;
        Ok(checked.update_data(|expression| name.restore(expression)))
    })
}

fn can_overflow(operator: Operator) -> bool {
    matches!(operator, Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide)
}

fn check(expression: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expression {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if can_overflow(op) => {
            let left_type = type_of(&left, schema)?;
            let result_type = match &left_type {
                // Integers are divided by a checked kernel.
                integer if integer.is_integer() && op != Operator::Divide => {
                    type_of(&right, schema)?.is_integer().then(|| integer.clone())
                }
                decimal if decimal.is_decimal() => {
                    let result =
                        BinaryTypeCoercer::new(&left_type, &op, &type_of(&right, schema)?).get_result_type()?;
                    has_greatest_precision(&result).then_some(result)
                }
                _ => None,
            };
            Ok(match result_type {
                Some(data_type) => {
                    let written = checked::written(&left, op, &right);
                    Transformed::yes(call(Operation::Binary(op), data_type, written, vec![*left, *right]))
                }
                None => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
            })
        }
        Expr::Negative(operand) => {
            let data_type = type_of(&operand, schema)?;
            if data_type.is_integer() {
                let written = checked::written_negative(&operand);
                Ok(Transformed::yes(call(Operation::Negative, data_type, written, vec![*operand])))
            } else {
                Ok(Transformed::no(Expr::Negative(operand)))
            }
        }
        other => Ok(Transformed::no(other)),
    }
}

fn call(operation: Operation, data_type: DataType, written: String, arguments: Vec<Expr>) -> Expr {
    let function = ScalarUDF::new_from_impl(Checked::new(operation, data_type, written));
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(function), arguments))
}

/// The type of an expression whose parts are checked already: a look at the outermost part where that says it, so that long
/// chains of operators are not walked again for each of their links.
fn type_of(expression: &Expr, schema: &DFSchema) -> Result<DataType> {
    match expression {
        Expr::ScalarFunction(function) => match function.func.inner().downcast_ref::<Checked>() {
            Some(checked) => Ok(checked.data_type().clone()),
            None => expression.get_type(schema),
        },
        Expr::Cast(Cast { field, .. }) => Ok(field.data_type().clone()),
        Expr::Literal(value, _) => Ok(value.data_type()),
        Expr::Column(column) => schema.data_type(column).cloned(),
        other => other.get_type(schema),
    }
}

/// Whether sums of decimals of this type may have more digits than the type: with fewer digits the type of a result is wide
/// enough for every result.
fn has_greatest_precision(data_type: &DataType) -> bool {
    match data_type {
        DataType::Decimal32(precision, _) => *precision == DECIMAL32_MAX_PRECISION,
        DataType::Decimal64(precision, _) => *precision == DECIMAL64_MAX_PRECISION,
        DataType::Decimal128(precision, _) => *precision == DECIMAL128_MAX_PRECISION,
        DataType::Decimal256(precision, _) => *precision == DECIMAL256_MAX_PRECISION,
        _ => false,
    }
}
