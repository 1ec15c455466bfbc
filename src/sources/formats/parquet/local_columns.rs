//! Columns of Parquet files that have a zone, read as local times. It is decided file by file: of two files of a source,
//! one may write its times with a zone and the other without.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use chrono_tz::Tz;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::utils::take_function_args;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::physical_expr::expressions::{CastExpr, Column};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};

use crate::sources::values::local_time::{becomes_local, local_times};

/// Adapts projections and filters to files as DataFusion does, and turns moments into local times of the zone.
#[derive(Debug)]
pub struct LocalColumns {
    /// The pipeline's time zone.
    pub time_zone: Tz,
}

impl PhysicalExprAdapterFactory for LocalColumns {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let mut moments = HashMap::new();
        let mut fields: Vec<FieldRef> = Vec::with_capacity(table.fields().len());
        for field in table.fields() {
            let found = file
                .fields()
                .iter()
                .find(|found| found.name() == field.name() && self.is_converted(found.data_type(), field.data_type()));
            if found.is_some() {
                moments.insert(field.name().clone(), field.data_type().clone());
            }
            fields.push(Arc::clone(found.unwrap_or(field)));
        }
        let adapter = DefaultPhysicalExprAdapterFactory.create(Arc::new(Schema::new(fields)), file)?;
        let function = Arc::new(ScalarUDF::new_from_impl(LocalTime::new(self.time_zone)));
        Ok(Arc::new(LocalColumnsOfFile { adapter, moments, function }))
    }
}

impl LocalColumns {
    /// UTC needs no conversion: a cast leaves it, and unlike a function it lets filters skip row groups.
    fn is_converted(&self, found: &ArrowType, table: &ArrowType) -> bool {
        let is_left_by_cast = self.time_zone == Tz::UTC && *table != ArrowType::Date32;
        becomes_local(found, table) && !is_left_by_cast
    }
}

#[derive(Debug)]
struct LocalColumnsOfFile {
    /// Takes the columns of `moments` as the file has them.
    adapter: Arc<dyn PhysicalExprAdapter>,
    /// Columns that become local times, with their types in the table.
    moments: HashMap<String, ArrowType>,
    function: Arc<ScalarUDF>,
}

impl PhysicalExprAdapter for LocalColumnsOfFile {
    fn rewrite(&self, expression: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let local = |expression: Arc<dyn PhysicalExpr>| {
            let wanted = expression.downcast_ref::<Column>().and_then(|column| self.moments.get(column.name()));
            Ok(match wanted {
                Some(wanted) => Transformed::yes(self.local(expression, wanted)),
                None => Transformed::no(expression),
            })
        };
        self.adapter.rewrite(expression.transform_up(local).data()?)
    }
}

impl LocalColumnsOfFile {
    fn local(&self, column: Arc<dyn PhysicalExpr>, wanted: &ArrowType) -> Arc<dyn PhysicalExpr> {
        let field = Arc::new(Field::new(self.function.name(), local_type(), true));
        let options = Arc::new(ConfigOptions::default());
        let function = Arc::clone(&self.function);
        let local = Arc::new(ScalarFunctionExpr::new(self.function.name(), function, vec![column], field, options));
        if *wanted == local_type() { local } else { Arc::new(CastExpr::new(local, wanted.clone(), None)) }
    }
}

fn local_type() -> ArrowType {
    ArrowType::Timestamp(TimeUnit::Microsecond, None)
}

/// [`local_times`] as a function; only scans have it, no query can call it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct LocalTime {
    time_zone: Tz,
    signature: Signature,
}

impl LocalTime {
    fn new(time_zone: Tz) -> Self {
        Self { time_zone, signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for LocalTime {
    fn name(&self) -> &str {
        "local_time"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[ArrowType]) -> Result<ArrowType> {
        Ok(local_type())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [moments] = take_function_args(self.name(), &arguments.args)?;
        let moments = moments.to_array(arguments.number_rows)?;
        Ok(ColumnarValue::Array(local_times(&moments, self.time_zone)?))
    }
}
