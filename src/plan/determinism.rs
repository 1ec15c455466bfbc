//! Expressions whose result depends on the moment, on chance or on the order in which rows happen to arrive.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, Spanned, Visit, Visitor, WindowType};

use super::query::place;
use crate::config::PipelineText;
use crate::error::Problem;

const CLOCK_AND_CHANCE: [&str; 9] =
    ["now", "current_date", "current_time", "current_timestamp", "localtimestamp", "today", "random", "rand", "uuid"];

const NEEDS_AN_ORDER: [&str; 12] = [
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
    fn limit_needs_an_order() {
        assert_eq!(complaints("select a from b limit 3").len(), 1);
        assert!(complaints("select a from b order by a limit 3").is_empty());
    }
}
