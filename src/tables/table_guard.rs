//! A table that owns its share of the memory budget and its temporary folder until nothing can read it any more.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, Statistics};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use tempfile::TempDir;

use super::budget::Share;

/// A table with the resources that it needs to stay readable.
pub(super) struct TableGuard {
    inner: Arc<dyn TableProvider>,
    _shares: Vec<Share>,
    _folders: Vec<Arc<TempDir>>,
}

impl TableGuard {
    /// Holds `shares` and `folders` for `inner`.
    pub(super) fn new(inner: Arc<dyn TableProvider>, shares: Vec<Share>, folders: Vec<Arc<TempDir>>) -> Self {
        Self { inner, _shares: shares, _folders: folders }
    }
}

impl std::fmt::Debug for TableGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TableGuard").field(&self.inner).finish()
    }
}

#[async_trait]
impl TableProvider for TableGuard {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.inner.scan(state, projection, filters, limit).await
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        self.inner.supports_filters_pushdown(filters)
    }

    fn statistics(&self) -> Option<Statistics> {
        self.inner.statistics()
    }
}
