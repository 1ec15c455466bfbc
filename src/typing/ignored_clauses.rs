//! Clauses that the parser accepts and the engine drops without a word, so that the rows would not be what the text says.
//!
//! Statements are taken apart field by field, without `..`: a field that a later parser adds does not compile until it has
//! been reviewed here.

use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArgumentClause, FunctionArguments, GroupByExpr, Ident,
    NamedWindowDefinition, NamedWindowExpr, Query, Select, Spanned, TableFactor, TableFunctionArgs, Visit, Visitor,
    WindowSpec, WindowType,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use crate::config::PipelineText;
use crate::error::{Place, Problem};
use crate::plan::query::place;

/// Everything in `tree`, a statement or an expression of `sql`, that the engine would ignore.
pub fn problems(sql: &PipelineText, tree: &impl Visit, state: &SessionState) -> Vec<Problem> {
    let mut finder = Finder { state, found: Vec::new() };
    let _ = tree.visit(&mut finder);
    let problem = |Ignored { clause, span, hint }: Ignored| {
        let at = if span == Span::empty() { Place::file(sql.path.display().to_string()) } else { place(sql, span) };
        Problem::new(format!("{clause} would be ignored")).at(at).hint(hint)
    };
    finder.found.into_iter().map(problem).collect()
}

/// A clause without effect.
struct Ignored {
    /// What it is, in the words of SQL.
    clause: String,
    /// Where it is, as far as the parser records it.
    span: Span,
    hint: &'static str,
}

const LEAVE_OUT: &str = "leave it out";

struct Finder<'a> {
    state: &'a SessionState,
    found: Vec<Ignored>,
}

impl Finder<'_> {
    fn found(&mut self, clause: impl Into<String>, span: Span, hint: &'static str) {
        self.found.push(Ignored { clause: clause.into(), span, hint });
    }

    /// A window that is made from a named one.
    fn window(&mut self, window: &WindowSpec) {
        let WindowSpec { window_name, partition_by: _, order_by: _, window_frame: _ } = window;
        if let Some(name) = window_name {
            self.found(format!("the window `{}` within another one", name.value), name.span, "write the window out");
        }
    }

    /// Clauses of a call that belong to another kind of function.
    fn call(&mut self, function: &Function, name: &Ident) {
        let Function { name: _, uses_odbc_syntax: _, parameters, args, filter, null_treatment, over, within_group } =
            function;
        // As in the engine, a quoted name keeps its case, and a scalar function comes first.
        let resolved = if name.quote_style.is_some() { name.value.clone() } else { name.value.to_ascii_lowercase() };
        let is_scalar = self.state.scalar_functions().contains_key(&resolved)
            || self.state.higher_order_functions().contains_key(&resolved);
        let is_window_only = !is_scalar && over.is_some() && self.state.window_functions().contains_key(&resolved);
        let is_distinct = matches!(args, FunctionArguments::List(list)
            if list.duplicate_treatment == Some(DuplicateTreatment::Distinct));
        let has_clause = |wanted: fn(&FunctionArgumentClause) -> bool| {
            matches!(args, FunctionArguments::List(list)
            if list.clauses.iter().any(wanted))
        };
        let is_ordered = has_clause(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)));
        let treats_nulls = null_treatment.is_some()
            || has_clause(|clause| matches!(clause, FunctionArgumentClause::IgnoreOrRespectNulls(_)));
        let mut of_call = |clause: &str, is_there: bool, hint: &'static str| {
            if is_there {
                self.found(format!("{clause} of `{}`", name.value), name.span, hint);
            }
        };
        const SCALAR: &str = "the function works on one row at a time: leave it out";
        const IN_THE_WINDOW: &str = "order the rows in `over (order by ...)`";
        const USE_CASE: &str = "use an aggregate, or `case` in its argument";
        of_call("the parameters in front of the arguments", *parameters != FunctionArguments::None, LEAVE_OUT);
        of_call("`over`", is_scalar && over.is_some(), SCALAR);
        of_call("`filter`", is_scalar && filter.is_some(), SCALAR);
        of_call("`distinct`", is_scalar && is_distinct, SCALAR);
        of_call("`order by`", is_scalar && is_ordered, SCALAR);
        of_call("`within group`", is_scalar && !within_group.is_empty(), SCALAR);
        of_call("`ignore nulls` or `respect nulls`", is_scalar && treats_nulls, SCALAR);
        of_call("`order by` in the arguments", !is_scalar && over.is_some() && is_ordered, IN_THE_WINDOW);
        of_call("`filter`", is_window_only && filter.is_some(), USE_CASE);
        of_call("`distinct`", is_window_only && is_distinct, LEAVE_OUT);
    }
}

impl Visitor for Finder<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let Query {
            with: _,
            body: _,
            order_by: _,
            limit_clause: _,
            fetch: _,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators: _,
        } = query;
        let clauses = [
            ("`for update` or `for share`", !locks.is_empty()),
            ("`for xml`, `for json` or `for browse`", for_clause.is_some()),
            ("`settings`", settings.is_some()),
            ("`format`", format_clause.is_some()),
        ];
        for (clause, _) in clauses.into_iter().filter(|(_, is_there)| *is_there) {
            self.found(clause, query.span(), LEAVE_OUT);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let Select {
            select_token,
            // Hints are comments.
            optimizer_hints: _,
            distinct: _,
            select_modifiers,
            top: _,
            top_before_distinct: _,
            projection: _,
            exclude,
            into: _,
            from: _,
            lateral_views: _,
            prewhere,
            selection: _,
            connect_by,
            group_by,
            cluster_by: _,
            distribute_by,
            sort_by: _,
            having: _,
            named_window,
            qualify: _,
            window_before_qualify: _,
            value_table_mode,
            flavor: _,
        } = select;
        let start = select_token.0.span;
        let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = group_by;
        const WHERE: &str = "write the condition in `where`";
        let clauses = [
            ("a modifier such as `sql_calc_found_rows` after `select`", select_modifiers.is_some(), LEAVE_OUT),
            ("`exclude` at the end of the columns", exclude.is_some(), "write `* exclude (...)`, or name the columns"),
            ("`prewhere`", prewhere.is_some(), WHERE),
            ("`connect by` or `start with`", !connect_by.is_empty(), "use `with recursive`"),
            ("`with rollup`, `with cube` or `with totals`", !modifiers.is_empty(), "use `group by rollup (...)`"),
            ("`distribute by`", !distribute_by.is_empty(), LEAVE_OUT),
            ("`as value` or `as struct` after `select`", value_table_mode.is_some(), "use `named_struct`"),
        ];
        for (clause, _, hint) in clauses.into_iter().filter(|(_, is_there, _)| *is_there) {
            self.found(clause, start, hint);
        }
        for NamedWindowDefinition(_, window) in named_window {
            if let NamedWindowExpr::WindowSpec(window) = window {
                self.window(window);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        match table {
            TableFactor::Table {
                name,
                alias: _,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                // `tablesample` is refused as not reproducible.
                sample: _,
                index_hints,
            } => {
                let has_settings = matches!(args, Some(TableFunctionArgs { args: _, settings: Some(_) }));
                let clauses = [
                    ("a hint in `with (...)`", !with_hints.is_empty(), LEAVE_OUT),
                    ("a version such as `for system_time as of`", version.is_some(), "read a table of that time"),
                    ("`with ordinality`", *with_ordinality, "number the rows with `row_number`"),
                    ("`partition (...)`", !partitions.is_empty(), "write the condition in `where`"),
                    ("a path in JSON", json_path.is_some(), "use the functions of JSON or structures"),
                    ("an index hint", !index_hints.is_empty(), LEAVE_OUT),
                    ("`settings`", has_settings, LEAVE_OUT),
                ];
                for (clause, _, hint) in clauses.into_iter().filter(|(_, is_there, _)| *is_there) {
                    self.found(clause, name.span(), hint);
                }
            }
            TableFactor::Function { with_ordinality: true, name, .. } => {
                self.found("`with ordinality`", name.span(), "number the rows with `row_number`");
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        let Expr::Function(function) = expression else { return ControlFlow::Continue(()) };
        if let Some(WindowType::WindowSpec(window)) = &function.over {
            self.window(window);
        }
        if let Some(name) = function.name.0.last().and_then(|part| part.as_ident()) {
            self.call(function, name);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::config::query_files::QueryFile;
    use crate::engine::Engine;
    use crate::plan::query::QueryPlan;

    fn told(sql: &str) -> Vec<String> {
        let text = PipelineText { path: PathBuf::from("q.sql"), text: Arc::from(sql) };
        let query = QueryPlan::parse(&QueryFile { name: "q".into(), sql: text, sidecar: None }, &[]).unwrap();
        let state = Engine::for_planning().unwrap().context.state();
        problems(&query.file.sql, query.body().unwrap(), &state).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_clause_that_the_engine_drops_is_told_with_its_place() {
        insta::assert_snapshot!(told("select sum(x) over (w order by y)\nfrom t window w as (partition by z)").join("\n"), @"q.sql:1:21: the window `w` within another one would be ignored (hint: write the window out)");
        insta::assert_snapshot!(told("select x\nfrom t with (nolock)").join("\n"), @"q.sql:2:6: a hint in `with (...)` would be ignored (hint: leave it out)");
    }

    #[test]
    fn every_clause_without_effect_is_found() {
        let clauses = [
            ("select x from t for update", "`for update`"),
            ("select x from t for share", "`for share`"),
            ("select x from (select x from t for update) as s", "`for update`"),
            ("select x from t with (nolock)", "a hint"),
            ("select x from t window w as (partition by x), v as (w order by x)", "the window `w`"),
            ("select upper(x) over () from t", "`over` of `upper`"),
            ("select upper(x) filter (where y > 1) from t", "`filter` of `upper`"),
            ("select \"upper\"(distinct x) from t", "`distinct` of `upper`"),
            ("select upper(x order by y) from t", "`order by` of `upper`"),
            ("select abs(x) ignore nulls from t", "`ignore nulls`"),
            ("select sum(x order by y) over (partition by z) from t", "`order by` in the arguments of `sum`"),
            ("select row_number() filter (where x > 1) over (order by x) from t", "`filter` of `row_number`"),
            ("select x, count(*) from t group by x with rollup", "`with rollup`"),
            ("select 1 where coalesce(1) filter (where true) = 1", "`filter` of `coalesce`"),
        ];
        for (sql, words) in clauses {
            let told = told(sql);
            assert!(
                told.iter().any(|told| told.contains(words) && told.contains("would be ignored")),
                "{sql}: {told:?}"
            );
        }
    }

    #[test]
    fn what_has_an_effect_is_left_alone() {
        let clauses = [
            "select sum(x) over w from t window w as (partition by z order by y)",
            "select sum(distinct x) filter (where y > 1) from t",
            "select first_value(x order by y) from t",
            "select first_value(x) ignore nulls over (order by y) from t",
            "select sum(x) filter (where y > 1) over (partition by z) from t",
            "select * exclude (x) from t",
            "select x, count(*) from t group by rollup (x)",
            "select x from t order by x limit 3",
            "select /*+ hint */ x from t",
        ];
        for sql in clauses {
            assert_eq!(told(sql), Vec::<String>::new(), "{sql}");
        }
    }
}
