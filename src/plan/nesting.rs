//! How deeply expressions and set operations are nested. The engine plans them recursively, in time that grows with the
//! square of their depth: a chain of 15,000 additions takes minutes, one of 30,000 overflows the stack.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, SetExpr, Spanned, Statement, Visit, Visitor};

use super::query::place;
use crate::config::PipelineText;
use crate::error::Problem;

/// Most levels of an expression; `a + b + c` has two operators and three levels. Planning that many takes about a second.
const MOST_LEVELS: usize = 500;
/// Most `union`, `intersect` and `except` in a row. Planning that many takes about a second.
const MOST_SET_OPERATIONS: usize = 200;

/// What is wrong with a statement that is nested too deeply.
pub fn problem(statement: &Statement, sql: &PipelineText) -> Option<Problem> {
    match statement.visit(&mut Nesting { sql, levels: Vec::new() }) {
        ControlFlow::Break(problem) => Some(*problem),
        ControlFlow::Continue(()) => None,
    }
}

struct Nesting<'a> {
    sql: &'a PipelineText,
    /// For every query around the current place, the levels of its current expression.
    levels: Vec<usize>,
}

impl Visitor for Nesting<'_> {
    type Break = Box<Problem>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        self.levels.push(0);
        let mut body = query.body.as_ref();
        let mut operations = 0;
        let mut last = None;
        while let SetExpr::SetOperation { left, right, .. } = body {
            operations += 1;
            let last = *last.get_or_insert(right);
            if operations > MOST_SET_OPERATIONS {
                let problem = Problem::new(format!("more than {MOST_SET_OPERATIONS} set operations in a row"))
                    .at(place(self.sql, last.span()))
                    .hint("put the rows into a table and read that, or split the query into several");
                return ControlFlow::Break(Box::new(problem));
            }
            body = left;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Self::Break> {
        self.levels.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<Self::Break> {
        let Some(levels) = self.levels.last_mut() else { return ControlFlow::Continue(()) };
        *levels += 1;
        if *levels <= MOST_LEVELS {
            return ControlFlow::Continue(());
        }
        let problem = Problem::new(format!("an expression is nested more than {MOST_LEVELS} levels deep"))
            .at(place(self.sql, last_part(expression).span()))
            .hint("use a list (`in (...)`), a `case`, or a table of values in place of a long chain of operators");
        ControlFlow::Break(Box::new(problem))
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<Self::Break> {
        if let Some(levels) = self.levels.last_mut() {
            *levels -= 1;
        }
        ControlFlow::Continue(())
    }
}

/// The last part of an expression that has no parts itself, found without recursion.
fn last_part(expression: &Expr) -> &Expr {
    let mut part = expression;
    loop {
        part = match part {
            Expr::BinaryOp { right, .. } => right,
            Expr::Cast { expr, .. } | Expr::UnaryOp { expr, .. } | Expr::Nested(expr) => expr,
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => inner,
            leaf => return leaf,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::query::QueryPlan;
    use super::*;
    use crate::config::query_files::QueryFile;

    fn parsed(sql: &str) -> Result<(), Vec<Problem>> {
        let text = PipelineText { path: "q.sql".into(), text: Arc::from(sql) };
        QueryPlan::parse(&QueryFile { name: "q".into(), sql: text, sidecar: None }, &[]).map(|_| ())
    }

    #[test]
    fn long_chains_are_refused_with_their_place_and_shorter_ones_are_not() {
        let chain = |operator: &str, count: usize| format!("select\n    {}\nfrom t", vec!["a"; count].join(operator));
        let casts = |count: usize| format!("select\n    a{} as x\nfrom t", "::text".repeat(count));
        let unions = |count: usize| vec!["select a from t"; count].join("\nunion all ");
        for sql in [chain(" + ", 500), chain(" or ", 500), casts(499), unions(201)] {
            parsed(&sql).unwrap();
        }
        for (sql, line, what) in [
            (chain(" + ", 501), 2, "nested more than 500 levels deep"),
            (chain(" or ", 30_000), 2, "nested more than 500 levels deep"),
            (chain("||", 60_000), 2, "nested more than 500 levels deep"),
            (casts(30_000), 2, "nested more than 500 levels deep"),
            (
                format!("select a from t where a in (select b from u where {})", vec!["a"; 9_000].join(" and ")),
                1,
                "levels",
            ),
            (unions(202), 202, "more than 200 set operations in a row"),
            (unions(8_000), 8_000, "more than 200 set operations in a row"),
        ] {
            let problems = parsed(&sql).unwrap_err();
            assert_eq!(problems.len(), 1);
            assert!(problems[0].message.contains(what), "{}", problems[0].message);
            assert_eq!(problems[0].place.as_ref().unwrap().line, line);
            assert!(problems[0].hint.is_some());
        }
    }
}
