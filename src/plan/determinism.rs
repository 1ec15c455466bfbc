//! Expressions whose result depends on the moment, on chance or on the order in which rows happen to arrive.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Query, SetExpr, Spanned, TableFactor, Visit, Visitor, WindowType,
};

use super::query::place;
use crate::config::PipelineText;
use crate::error::Problem;

const CLOCK_AND_CHANCE: [&str; 9] =
    ["now", "current_date", "current_time", "current_timestamp", "localtimestamp", "today", "random", "rand", "uuid"];

/// Aggregates of doubles whose last digits depend on the order in which they are added up.
const ROUNDS_ON_THE_WAY: [&str; 24] = [
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "var",
    "var_pop",
    "var_population",
    "var_samp",
    "var_sample",
    "covar",
    "covar_pop",
    "covar_samp",
    "corr",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "approx_median",
    "approx_percentile_cont",
    "approx_percentile_cont_with_weight",
];

const NEEDS_AN_ORDER: [&str; 14] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
    "array_agg",
    "string_agg",
    "any_value",
];

/// Everything in a statement or an expression that would give another result on another night or with another number of threads.
pub fn problems(tree: &impl Visit, sql: &PipelineText) -> Vec<Problem> {
    let mut finder = Finder { sql, problems: Vec::new() };
    let _ = tree.visit(&mut finder);
    finder.problems
}

struct Finder<'a> {
    sql: &'a PipelineText,
    problems: Vec<Problem>,
}

impl Visitor for Finder<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if query.limit_clause.is_some() && query.order_by.is_none() {
            self.problems.push(
                Problem::new("`limit` without `order by` picks other rows on every run")
                    .at(place(self.sql, query.span()))
                    .hint("order by a unique key"),
            );
        }
        self.selects(&query.body);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        let Expr::Function(function) = expression else { return ControlFlow::Continue(()) };
        let name = function.name.to_string().to_ascii_lowercase();
        let at = || place(self.sql, function.name.span());
        if CLOCK_AND_CHANCE.contains(&name.as_str()) {
            self.problems.push(
                Problem::new(format!("`{name}` gives another result on every run"))
                    .at(at())
                    .hint("use the parameter `$as_of_date`, the only clock a query can see"),
            );
        }
        if ROUNDS_ON_THE_WAY.contains(&name.as_str()) {
            self.problems.push(
                Problem::new(format!("the last digits of `{name}` depend on the order in which rows arrive"))
                    .at(at())
                    .hint(if name.starts_with("approx") {
                        "use `median` or `percentile_cont`, which are exact"
                    } else {
                        "write it with `sum` and `avg`, which are exact"
                    }),
            );
        }
        let is_ordered = match &function.over {
            Some(WindowType::WindowSpec(window)) => !window.order_by.is_empty() || window.window_name.is_some(),
            Some(WindowType::NamedWindow(_)) => true,
            None => has_inner_order(function),
        };
        if NEEDS_AN_ORDER.contains(&name.as_str()) && !is_ordered {
            self.problems.push(
                Problem::new(format!("`{name}` without `order by` depends on the order in which rows arrive"))
                    .at(at())
                    .hint("order by a unique key"),
            );
        }
        ControlFlow::Continue(())
    }
}

impl Finder<'_> {
    /// What a select itself, not an expression in it, leaves to chance.
    fn selects(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => {
                if matches!(select.distinct, Some(Distinct::On(_))) {
                    self.problems.push(
                        Problem::new("`distinct on` keeps whichever row arrives first")
                            .at(place(self.sql, select.span()))
                            .hint("number the rows with `row_number` in the order of a unique key, and keep the first"),
                    );
                }
                let relations = select.from.iter().flat_map(|from| {
                    std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation))
                });
                for relation in relations {
                    if let TableFactor::Table { name, sample: Some(_), .. } = relation {
                        self.problems.push(
                            Problem::new("`tablesample` picks other rows on every run")
                                .at(place(self.sql, name.span()))
                                .hint("filter by a hash of a unique key, such as `md5`"),
                        );
                    }
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.selects(left);
                self.selects(right);
            }
            _ => {}
        }
    }
}

/// `first_value(x order by y)`.
fn has_inner_order(function: &datafusion::sql::sqlparser::ast::Function) -> bool {
    use datafusion::sql::sqlparser::ast::{FunctionArgumentClause, FunctionArguments};
    let inside = match &function.args {
        FunctionArguments::List(list) => {
            list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)))
        }
        _ => false,
    };
    inside || !function.within_group.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::sql::sqlparser::{dialect::GenericDialect, parser::Parser};
    use std::path::PathBuf;
    use std::sync::Arc;

    fn complaints(sql: &str) -> Vec<String> {
        let statement = Parser::parse_sql(&GenericDialect {}, sql).unwrap().remove(0);
        let text = PipelineText { path: PathBuf::from("q.sql"), text: Arc::from(sql) };
        problems(&statement, &text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_clock_and_chance_are_refused() {
        assert_eq!(complaints("select now() as a, random() as b").len(), 2);
        assert!(complaints("select a, current_date from b")[0].starts_with("q.sql:1:11: `current_date`"));
    }

    #[test]
    fn an_order_makes_a_window_acceptable() {
        assert_eq!(complaints("select row_number() over (partition by a) from b").len(), 1);
        assert!(complaints("select row_number() over (partition by a order by c) from b").is_empty());
        assert_eq!(complaints("select first_value(a) from b").len(), 1);
        assert!(complaints("select first_value(a order by c) from b").is_empty());
        assert!(complaints("select sum(a) over (partition by c) from b").is_empty());
    }

    #[test]
    fn what_rounds_on_the_way_or_keeps_any_row_is_refused() {
        let complaint = |sql: &str| complaints(sql).join("\n");
        assert!(complaint("select stddev(a) from b").contains("the last digits of `stddev` depend on the order"));
        assert!(complaint("select approx_median(a) from b").contains("use `median`"));
        assert_eq!(complaints("select string_agg(a, ',') from b").len(), 1);
        assert!(complaints("select string_agg(a, ',' order by a) from b").is_empty());
        assert!(complaint("select distinct on (a) a, c from b union all select a, c from d").contains("`distinct on`"));
        assert!(complaint("select a from b tablesample (10)").contains("`tablesample` picks other rows"));
        assert!(
            complaints("select distinct a, median(c), percentile_cont(0.5) within group (order by c) from b")
                .is_empty()
        );
    }

    #[test]
    fn limit_needs_an_order() {
        assert_eq!(complaints("select a from b limit 3").len(), 1);
        assert!(complaints("select a from b order by a limit 3").is_empty());
    }
}
