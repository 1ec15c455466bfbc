//! Orders that leave rows tied: a window, an ordered aggregate or a `limit` whose order does not contain the key of the rows
//! it is over, so that the result depends on the order in which tied rows arrive.
//!
//! The key of a table is its declared grain; it is followed through CTEs, filters, semi and anti joins and `group by`. What
//! has no known key (other joins, unions, sources) is not judged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArgumentClause, FunctionArguments, GroupByExpr, JoinOperator, NamedWindowExpr, OrderByExpr,
    OrderByKind, Query, Select, SelectItem, SetExpr, Spanned, TableFactor, Visit, Visitor, WindowFrameUnits,
    WindowSpec, WindowType,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::query::{QueryPlan, place};
use crate::error::Problem;
use crate::functions::suppress;

/// Columns that together are different in every row.
type Key = BTreeSet<String>;

/// Window functions whose value depends on which of two tied rows comes first; `rank` and its like give ties one value.
const TELLS_TIES_APART: [&str; 9] =
    ["row_number", "ntile", "lag", "lead", "first_value", "last_value", "nth_value", "array_agg", suppress::NAME];

/// The orders in `query` that leave rows tied; `grains` are the declared grains of the tables it may read.
pub fn problems(query: &QueryPlan, grains: &BTreeMap<String, Vec<String>>) -> Vec<Problem> {
    let Some(body) = query.body() else { return Vec::new() };
    let mut judge = Judge { found: Vec::new() };
    judge.query(body, &Tables { named: BTreeMap::new(), around: Around::Declared(grains) });
    judge
        .found
        .into_iter()
        .map(|tie| {
            let missing: Vec<String> = tie.missing.iter().map(|column| format!("`{column}`")).collect();
            Problem::new(format!("{} leaves rows tied that differ in {}", tie.what, missing.join(", ")))
                .at(place(&query.file.sql, tie.span))
                .hint(format!("end its order with {}", missing.join(", ")))
        })
        .collect()
}

/// Tables in sight: those that a `with` names, before those around it.
struct Tables<'a> {
    named: BTreeMap<&'a str, Option<Key>>,
    around: Around<'a>,
}

enum Around<'a> {
    Query(&'a Tables<'a>),
    Declared(&'a BTreeMap<String, Vec<String>>),
}

impl Tables<'_> {
    /// The key of a table, when it is known.
    fn key(&self, name: &str) -> Option<Key> {
        match (self.named.get(name), &self.around) {
            (Some(key), _) => key.clone(),
            (None, Around::Query(around)) => around.key(name),
            (None, Around::Declared(grains)) => {
                grains.get(name).filter(|grain| !grain.is_empty()).map(|grain| grain.iter().cloned().collect())
            }
        }
    }
}

struct Tie {
    what: String,
    missing: Vec<String>,
    span: Span,
}

struct Judge {
    found: Vec<Tie>,
}

impl Judge {
    /// Judges a query and all that is in its `with` and `from`; the key of its rows, when it is known.
    fn query(&mut self, query: &Query, around: &Tables<'_>) -> Option<Key> {
        let mut tables = Tables { named: BTreeMap::new(), around: Around::Query(around) };
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                // A recursive CTE reads itself: its key is not known while it is found.
                if with.recursive {
                    tables.named.insert(&cte.alias.name.value, None);
                }
                let key = self.query(&cte.query, &tables).filter(|_| cte.alias.columns.is_empty() && !with.recursive);
                tables.named.insert(&cte.alias.name.value, key);
            }
        }
        let key = self.body(&query.body, &tables);
        if let (Some(key), Some(order), true) = (&key, &query.order_by, query.limit_clause.is_some())
            && let OrderByKind::Expressions(order) = &order.kind
        {
            self.judge("`limit`".to_owned(), query.span(), key, columns(order.iter().map(|order| &order.expr)));
        }
        key
    }

    fn body(&mut self, body: &SetExpr, tables: &Tables<'_>) -> Option<Key> {
        match body {
            SetExpr::Select(select) => self.select(select, tables),
            SetExpr::Query(query) => self.query(query, tables),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left, tables);
                self.body(right, tables);
                None
            }
            _ => None,
        }
    }

    fn select(&mut self, select: &Select, tables: &Tables<'_>) -> Option<Key> {
        let read = self.rows_read(select, tables);
        let groups = group_columns(select);
        // What windows are over: the groups where there are some, else the rows read.
        let rows = match &groups {
            Groups::None => read.clone(),
            Groups::By(groups) => key_of_groups(groups, read.as_ref()),
            Groups::Unknown => None,
        };
        let mut finder = FunctionFinder::default();
        for item in &select.projection {
            let _ = item.visit(&mut finder);
        }
        for function in &finder.functions {
            let what = || format!("the order of `{}`", function.name.to_string().to_ascii_lowercase());
            let inside = inner_order(function);
            if let (Some(over), Some(rows)) = (&function.over, &rows) {
                if let Some(window) = specification(select, over).filter(|window| tells_ties_apart(function, window)) {
                    let ordered = window.order_by.iter().map(|order| &order.expr);
                    self.judge(what(), function.name.span(), rows, columns(window.partition_by.iter().chain(ordered)));
                }
            } else if let (None, Some(inside), Some(read)) = (&function.over, inside, &read) {
                let mut ordered = columns(inside.iter().map(|order| &order.expr));
                if let Groups::By(groups) = &groups {
                    ordered.extend(groups.iter().cloned());
                }
                self.judge(what(), function.name.span(), read, ordered);
            }
        }
        rows.and_then(|rows| projected(select, &rows))
    }

    /// The key of the rows that a select reads before it groups them.
    fn rows_read(&mut self, select: &Select, tables: &Tables<'_>) -> Option<Key> {
        let mut key = None;
        for from in &select.from {
            key = self.relation(&from.relation, tables);
            for join in &from.joins {
                self.relation(&join.relation, tables);
                let keeps_rows = matches!(
                    join.join_operator,
                    JoinOperator::Semi(_)
                        | JoinOperator::LeftSemi(_)
                        | JoinOperator::Anti(_)
                        | JoinOperator::LeftAnti(_)
                );
                if !keeps_rows {
                    key = None;
                }
            }
        }
        key.filter(|_| select.from.len() == 1 && select.lateral_views.is_empty())
    }

    fn relation(&mut self, relation: &TableFactor, tables: &Tables<'_>) -> Option<Key> {
        let renames = |alias: &Option<datafusion::sql::sqlparser::ast::TableAlias>| {
            alias.as_ref().is_some_and(|alias| !alias.columns.is_empty())
        };
        match relation {
            TableFactor::Table { name, alias, args: None, .. } if !renames(alias) => {
                tables.key(&name.to_string().replace('"', ""))
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let key = self.query(subquery, tables);
                key.filter(|_| !renames(alias))
            }
            _ => None,
        }
    }

    fn judge(&mut self, what: String, span: Span, key: &Key, ordered: Key) {
        let missing: Vec<String> = key.difference(&ordered).cloned().collect();
        if !missing.is_empty() {
            self.found.push(Tie { what, missing, span });
        }
    }
}

enum Groups {
    None,
    By(Key),
    Unknown,
}

fn group_columns(select: &Select) -> Groups {
    match &select.group_by {
        GroupByExpr::Expressions(expressions, modifiers) if modifiers.is_empty() => {
            let groups: Option<Key> = expressions.iter().map(column).collect();
            match groups {
                Some(groups) if groups.is_empty() => Groups::None,
                Some(groups) => Groups::By(groups),
                None => Groups::Unknown,
            }
        }
        _ => Groups::Unknown,
    }
}

/// The columns that tell groups apart. Of several group columns some may only go with the others, as a name goes with its
/// number, so that they are no key anybody has to order by.
fn key_of_groups(groups: &Key, read: Option<&Key>) -> Option<Key> {
    match read {
        Some(read) if read.is_subset(groups) => Some(read.clone()),
        _ => Some(groups.clone()).filter(|groups| groups.len() == 1),
    }
}

/// The key under the names of the result, when all of it is there.
fn projected(select: &Select, key: &Key) -> Option<Key> {
    let is_wildcard = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    let keeps_all = select.projection.iter().any(is_wildcard);
    let name_of = |wanted: &String| {
        let named = select.projection.iter().find_map(|item| match item {
            SelectItem::UnnamedExpr(expression) => column(expression).filter(|name| name == wanted),
            SelectItem::ExprWithAlias { expr, alias } => {
                column(expr).filter(|name| name == wanted).map(|_| alias.value.clone())
            }
            _ => None,
        });
        named.or_else(|| keeps_all.then(|| wanted.clone()))
    };
    key.iter().map(name_of).collect()
}

/// The name of a plain column.
fn column(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.clone()),
        Expr::Nested(inside) => column(inside),
        _ => None,
    }
}

fn columns<'a>(expressions: impl Iterator<Item = &'a Expr>) -> Key {
    expressions.filter_map(column).collect()
}

fn specification<'a>(select: &'a Select, over: &'a WindowType) -> Option<&'a WindowSpec> {
    match over {
        WindowType::WindowSpec(window) if window.window_name.is_none() => Some(window),
        WindowType::WindowSpec(_) => None,
        WindowType::NamedWindow(name) => select.named_window.iter().find_map(|named| match &named.1 {
            NamedWindowExpr::WindowSpec(window) if named.0 == *name => Some(window),
            _ => None,
        }),
    }
}

/// Without an order of its own a window is judged elsewhere. A frame counted in rows tells tied rows apart whatever the
/// function.
fn tells_ties_apart(function: &Function, window: &WindowSpec) -> bool {
    let name = function.name.to_string().to_ascii_lowercase();
    let counts_rows = window.window_frame.as_ref().is_some_and(|frame| frame.units == WindowFrameUnits::Rows);
    !window.order_by.is_empty() && (counts_rows || TELLS_TIES_APART.contains(&name.as_str()))
}

/// The order of `first_value(x order by y)`.
fn inner_order(function: &Function) -> Option<&[OrderByExpr]> {
    let name = function.name.to_string().to_ascii_lowercase();
    let FunctionArguments::List(list) = &function.args else { return None };
    let order = list.clauses.iter().find_map(|clause| match clause {
        FunctionArgumentClause::OrderBy(order) => Some(order.as_slice()),
        _ => None,
    });
    order.filter(|_| TELLS_TIES_APART.contains(&name.as_str()))
}

/// Finds the functions of a select itself, not those of queries inside it.
#[derive(Default)]
struct FunctionFinder {
    functions: Vec<Function>,
    depth: usize,
}

impl Visitor for FunctionFinder {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let (Expr::Function(function), 0) = (expression, self.depth) {
            self.functions.push(function.clone());
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PipelineText;
    use crate::config::query_files::QueryFile;
    use std::path::PathBuf;
    use std::sync::Arc;

    fn complaints(sql: &str) -> Vec<String> {
        let text = PipelineText { path: PathBuf::from("q.sql"), text: Arc::from(sql) };
        let file = QueryFile { name: "q".into(), sql: text, sidecar: None };
        let query = QueryPlan::parse(&file, &[]).unwrap();
        let grain =
            |table: &str, columns: &[&str]| (table.to_owned(), columns.iter().map(ToString::to_string).collect());
        let grains = [grain("orders", &["order_id"]), grain("lines", &["order_id", "line"]), grain("open", &[])].into();
        problems(&query, &grains).iter().map(ToString::to_string).collect()
    }

    fn is_fine(sql: &str) -> bool {
        complaints(sql).is_empty()
    }

    #[test]
    fn a_window_must_not_leave_rows_of_a_table_tied() {
        assert_eq!(
            complaints("select row_number() over (partition by a order by day) as n from orders"),
            ["q.sql:1:8: the order of `row_number` leaves rows tied that differ in `order_id` \
              (hint: end its order with `order_id`)"]
        );
        assert!(is_fine("select row_number() over (partition by a order by day, order_id) as n from orders"));
        assert!(is_fine("select row_number() over (partition by o.order_id order by day) as n from orders as o"));
        assert_eq!(complaints("select day - lag(day) over (order by order_id) as gap from lines").len(), 1);
        assert_eq!(complaints("select lag(day) over w as gap from orders window w as (order by day)").len(), 1);
    }

    #[test]
    fn ties_that_make_no_difference_are_fine() {
        assert!(is_fine("select rank() over (order by day) as n, sum(x) over (order by day) as s from orders"));
        assert_eq!(complaints("select sum(x) over (order by day rows 3 preceding) as s from orders").len(), 1);
        assert!(is_fine("select count(*) over (partition by day) as n from orders"));
    }

    #[test]
    fn keys_are_followed_through_ctes_filters_and_groups() {
        let with = |cte: &str, order: &str| {
            format!("with x as ({cte}) select row_number() over (order by {order}) as n from x")
        };
        assert_eq!(complaints(&with("select * from orders where day > 1", "day")).len(), 1);
        assert!(is_fine(&with("select * from orders where day > 1", "order_id")));
        assert_eq!(complaints(&with("select order_id as id, day from orders", "day")).len(), 1);
        assert!(is_fine(&with("select order_id as id, day from orders", "id")));
        assert_eq!(complaints(&with("select customer, max(day) as day from lines group by customer", "day")).len(), 1);
        assert!(is_fine(&with("select customer, max(day) as day from lines group by customer", "day, customer")));
        assert_eq!(complaints(&with("select o.* from orders as o left anti join lines as l on true", "day")).len(), 1);
    }

    #[test]
    fn what_has_no_known_key_is_not_judged() {
        for from in [
            "open",
            "nowhere",
            "orders cross join open",
            "(select day from orders)",
            "(select * from orders union all select * from orders)",
            "(select customer, day from lines group by customer, day)",
            "orders as o (a, day)",
        ] {
            assert!(is_fine(&format!("select row_number() over (order by day) as n from {from}")), "{from}");
        }
        assert!(is_fine(
            "with recursive orders as (select 1 as day) select row_number() over (order by day) from orders"
        ));
        assert!(is_fine("with orders as (select 1 as day) select row_number() over (order by day) as n from orders"));
    }

    #[test]
    fn ordered_aggregates_and_limits_are_judged_too() {
        assert_eq!(complaints("select first_value(a order by day) as a from orders").len(), 1);
        assert!(is_fine("select first_value(a order by day, order_id) as a from orders"));
        assert!(is_fine("select order_id, array_agg(a order by line) as a from lines group by order_id"));
        assert_eq!(complaints("select order_id, day from orders order by day limit 3").len(), 1);
        assert!(is_fine("select order_id, day from orders order by day, order_id limit 3"));
    }

    #[test]
    fn a_window_inside_an_inner_query_is_judged_by_its_own_rows() {
        let inner =
            "select (select max(n) from (select row_number() over (order by line) as n from lines)) as n from orders";
        assert!(is_fine(inner));
    }
}
